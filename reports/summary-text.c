/* reports/summary-text.c */

#include "summary-print.h"

#include <string.h>

#define ROWS_SHOWN 12 /* of each table; --json has all */

/* 12031 → "12,031"; in one of some buffers, so that a line may have several. */
static const char *
count (char buffer[32], uint64_t number)
{
  char *at = buffer + 31;
  unsigned digits = 0;

  *at = 0;
  do
    {
      if (digits > 0 && digits % 3 == 0)
        *--at = ',';
      *--at = (char)('0' + number % 10);
      digits++;
    }
  while ((number /= 10) > 0);
  return at;
}
#define COUNT(number) count ((char[32]){ 0 }, (number))

static const char *
seconds (char buffer[32], int64_t time_us)
{
  g_snprintf (buffer, 32, "%" G_GINT64_FORMAT ".%06d", time_us / 1000000, (int)(time_us % 1000000));
  return buffer;
}
#define SECONDS(time_us) seconds ((char[32]){ 0 }, (time_us))

static const char *
span (char buffer[32], int64_t time_us)
{
  if (time_us < 1000)
    g_snprintf (buffer, 32, "%d µs", (int)time_us);
  else if (time_us < 1000000)
    g_snprintf (buffer, 32, "%d.%d ms", (int)(time_us / 1000), (int)(time_us / 100 % 10));
  else
    g_snprintf (buffer, 32, "%" G_GINT64_FORMAT ".%02d s", time_us / 1000000,
                (int)(time_us / 10000 % 100));
  return buffer;
}
#define SPAN(time_us) span ((char[32]){ 0 }, (time_us))

static uint64_t
number_in (const AempValue *map, const char *key)
{
  uint64_t number = 0;

  aemp_value_get_unsigned (aemp_map_get (map, key), &number);
  return number;
}

/* Never NULL. */
static char *
text_in (const AempValue *map, const char *key)
{
  const AempValue *value = aemp_map_get (map, key);

  return value && aemp_value_is_string (value) ? aemp_value_dup_text (value, NULL) : g_strdup ("");
}

static const AempValue *
array_in (const AempValue *map, const char *key, uint32_t *length)
{
  const AempValue *value = aemp_map_get (map, key);
  const bool is_array = value && value->type == AEMP_ARRAY;

  *length = is_array ? value->length : 0;
  return is_array ? value->as.items : NULL;
}

uint64_t
report_failure (const AempValue *tail)
{
  uint32_t length;
  const AempValue *verdicts = array_in (tail, "verdicts", &length);
  uint64_t first = 0;

  for (uint32_t at = 0; at < length; at++)
    {
      const uint64_t line = number_in (&verdicts[at], "line");
      if (number_in (&verdicts[at], "breaches") > 0 && line > 0 && (first == 0 || line < first))
        first = line;
    }
  return first;
}

char *
report_title (const AempValue *head)
{
  g_autofree char *source = text_in (head, "scenario");
  const char *begin
      = g_str_has_prefix (source, "scenario \"") ? source : strstr (source, "\nscenario \"");
  const char *end;

  if (!begin)
    return NULL;
  begin = strchr (begin, '"') + 1;
  end = strchr (begin, '"');
  return end ? g_strndup (begin, (size_t)(end - begin)) : NULL;
}

/* "ruth#a1" */
static char *
port_id (const AempName *node, const AempName *port)
{
  return port && port->length > 0 ? g_strdup_printf ("%s#%s", node->text, port->text)
                                  : g_strdup (node->text);
}

char *
report_event_text (const AempTraceEvent *event, uint64_t number)
{
  const AempTraceInfo *info = &aemp_trace_catalogue[event->kind];
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "%8" G_GUINT64_FORMAT "  %14s  %-12s %-13s", number,
                          SECONDS (event->time_us), event->node->text, info->name);
  if (event->peer)
    g_string_append_printf (out, " %s", event->peer->text);
  if (event->port)
    g_string_append_printf (out, "%s%s", strchr (info->fields, 'f') ? " " : " #",
                            event->port->text);
  if (event->other && event->other->length > 0)
    g_string_append_printf (out, strchr (info->fields, 'k') ? " %s" : " (%s)", event->other->text);
  if (strchr (info->fields, 'n') && event->number > 0)
    g_string_append_printf (out, " %" G_GUINT64_FORMAT, event->number);
  if (event->text && *event->text)
    g_string_append_printf (out, "  %s", event->text);
  return g_string_free (out, FALSE);
}

/* --- The parts, in order --- */

static void
print_head (GString *out, const ReportSummary *summary, const ReportFrame *frame)
{
  g_autofree char *title = report_title (frame->head);
  g_autofree char *file = text_in (frame->head, "file");
  const ReportSkimState *state = frame->state;

  const bool real = frame->head && aemp_map_get (frame->head, "node");

  g_string_append_printf (out, "%s", title ? title : frame->path);
  for (unsigned at = 1; frame->paths && frame->paths[0] && frame->paths[at]; at++)
    g_string_append_printf (out, ", %s", frame->paths[at]);
  if (frame->head && !real)
    g_string_append_printf (out, "   seed %" G_GUINT64_FORMAT "   %s",
                            number_in (frame->head, "seed"), file);
  g_string_append_printf (out, "\n  %s events", COUNT (state->events));
  if (summary->begin_us != REPORT_NEVER)
    g_string_append_printf (out, " from %s s to %s s", SECONDS (summary->begin_us),
                            SECONDS (summary->end_us));
  g_string_append_printf (out, ", %s nodes\n", COUNT (summary->nodes->len));
  if (state->events == 0)
    g_string_append (out, "  NOTE  no event could be read: is this a trace of aemp?\n");
  else if (!frame->head)
    g_string_append (out, "  NOTE  the first line is missing: nothing tells which run this was\n");
  if (real)
    g_string_append (out,
                     "  NOTE  traces of real nodes have no verdicts: aemp check judges them\n");
  else if (!frame->tail && state->events > 0)
    g_string_append_printf (out, "  NOTE  the file is cut%s: it has no last line, so no verdicts\n",
                            state->ends_in_line && state->bad_lines > 0 ? " within a line" : "");
  if (state->bad_lines > 0)
    g_string_append_printf (out, "  NOTE  %s lines could not be read, the first is line %s: %s\n",
                            COUNT (state->bad_lines), COUNT (state->first_bad),
                            state->first_bad_why);
}

static void
print_verdict (GString *out, const AempValue *verdict)
{
  const uint64_t breaches = number_in (verdict, "breaches");
  const uint64_t judged = number_in (verdict, "judged");
  g_autofree char *name = text_in (verdict, "name");
  g_autofree char *units = text_in (verdict, "units");
  g_autofree char *text = text_in (verdict, "text");

  g_string_append_printf (out, "  %-5s %2d %-20s ",
                          breaches ? "FAIL"
                          : judged ? "ok"
                                   : "-",
                          (int)number_in (verdict, "promise"), name);
  if (breaches)
    g_string_append_printf (out, "%s (line %" G_GUINT64_FORMAT ")", text,
                            number_in (verdict, "line"));
  else if (judged)
    g_string_append_printf (out, "%s %s", COUNT (judged), units);
  else
    g_string_append (out, "nothing to judge");
  if (breaches > 1)
    g_string_append_printf (out, "  and %s more like it", COUNT (breaches - 1));
  g_string_append_c (out, '\n');
}

static void
print_verdicts (GString *out, const AempValue *tail)
{
  g_autofree char *broken = text_in (tail, "first_broken");
  g_autofree char *trouble = text_in (tail, "trouble");
  uint32_t length;
  const AempValue *verdicts = array_in (tail, "verdicts", &length);

  for (uint32_t at = 0; at < length; at++)
    print_verdict (out, &verdicts[at]);
  if (*trouble)
    g_string_append_printf (out, "  FAIL     %s\n", trouble);
  if (*broken)
    g_string_append_printf (out, "  FAIL     %s\n", broken);
  const AempValue *missed = array_in (tail, "missed", &length);
  for (uint32_t at = 0; at < length; at++)
    {
      g_autofree char *expected = text_in (&missed[at], "expected");
      g_autofree char *text = text_in (&missed[at], "text");
      g_string_append_printf (out, "  FAIL     expected: %s (line %d of the scenario): %s\n",
                              expected, (int)number_in (&missed[at], "line"), text);
    }
  const uint64_t tried = number_in (tail, "expectations");
  if (tried > length)
    g_string_append_printf (out, "  ok       %-20s %s of %s\n", "expectations",
                            COUNT (tried - length), COUNT (tried));
}

static void
print_messages (GString *out, const ReportSummary *summary)
{
  const ReportHistogram *latency = &summary->latency;

  g_string_append_printf (out, "\nmessages: %s sent, %s arrived, %s lost", COUNT (summary->sent),
                          COUNT (summary->arrived), COUNT (summary->lost));
  if (summary->unexplained > 0)
    g_string_append_printf (out, ", %s arrived that nobody sent", COUNT (summary->unexplained));
  if (summary->forgotten > 0)
    g_string_append_printf (out, ", %s not followed", COUNT (summary->forgotten));
  g_string_append_c (out, '\n');
  if (latency->count > 0)
    g_string_append_printf (out, "on their way: median %s, 90 %% %s, 99 %% %s, at most %s\n",
                            SPAN (report_histogram_at (latency, 500)),
                            SPAN (report_histogram_at (latency, 900)),
                            SPAN (report_histogram_at (latency, 990)), SPAN (latency->most_us));
}

static void
print_more (GString *out, uint64_t all, unsigned shown)
{
  if (all > shown)
    g_string_append_printf (out, "  … and %s more\n", COUNT (all - shown));
}

/* The busiest first; of equals, the one that came first. */
static int
compare_links (const void *one, const void *other)
{
  const ReportLink *a = *(ReportLink *const *)one;
  const ReportLink *b = *(ReportLink *const *)other;
  const uint64_t busy_a = MAX (a->sent, a->arrived) + a->lost * 1000;
  const uint64_t busy_b = MAX (b->sent, b->arrived) + b->lost * 1000;

  return busy_a < busy_b ? 1 : busy_a > busy_b ? -1 : 0;
}

static void
print_links (GString *out, const ReportSummary *summary)
{
  g_autoptr (GPtrArray) links = g_ptr_array_copy (summary->links, NULL, NULL);

  g_ptr_array_set_free_func (links, NULL);
  g_ptr_array_sort (links, compare_links);
  g_string_append_printf (out, "\n  %-28s %10s %10s %8s %6s %10s %10s\n", "from → to", "sent",
                          "arrived", "lost", "conns", "median", "99 %");
  for (unsigned at = 0; at < links->len && at < ROWS_SHOWN; at++)
    {
      const ReportLink *link = links->pdata[at];
      g_autofree char *name
          = g_strconcat (link->from->name->text, " → ", link->to->name->text, NULL);
      g_string_append_printf (out, "  %-30s %10s %10s %8s %6s %10s %10s\n", name,
                              COUNT (link->sent), COUNT (link->arrived), COUNT (link->lost),
                              COUNT (link->connections),
                              link->latency ? SPAN (report_histogram_at (link->latency, 500)) : "",
                              link->latency ? SPAN (report_histogram_at (link->latency, 990)) : "");
    }
  print_more (out, links->len, ROWS_SHOWN);
}

static int
compare_ports (const void *one, const void *other)
{
  const ReportPort *a = *(ReportPort *const *)one;
  const ReportPort *b = *(ReportPort *const *)other;

  return a->arrived < b->arrived ? 1 : a->arrived > b->arrived ? -1 : 0;
}

static void
print_ports (GString *out, const ReportSummary *summary)
{
  g_autoptr (GPtrArray) ports = g_ptr_array_copy (summary->ports, NULL, NULL);

  g_ptr_array_set_free_func (ports, NULL);
  g_ptr_array_sort (ports, compare_ports);
  g_string_append_printf (out, "\n  %-28s %10s %10s %8s\n", "port", "sent to", "arrived",
                          "unknown");
  for (unsigned at = 0; at < ports->len && at < ROWS_SHOWN; at++)
    {
      const ReportPort *port = ports->pdata[at];
      g_autofree char *id = port_id (port->node->name, port->name);
      g_string_append_printf (out, "  %-28s %10s %10s %8s\n", id, COUNT (port->sent),
                              COUNT (port->arrived), COUNT (port->unknown));
    }
  print_more (out, ports->len, ROWS_SHOWN);
}

static void
print_connections (GString *out, const ReportSummary *summary)
{
  unsigned shown = 0;
  unsigned over = 0;

  for (unsigned at = 0; at < summary->connections->len; at++)
    over += ((ReportConnection *)summary->connections->pdata[at])->down_us != REPORT_NEVER;
  g_string_append_printf (out, "\nconnections: %s came up, %s of them were lost\n",
                          COUNT (summary->connections->len), COUNT (over));
  for (unsigned at = 0; at < summary->connections->len && shown < ROWS_SHOWN; at++)
    {
      const ReportConnection *connection = summary->connections->pdata[at];
      if (connection->down_us == REPORT_NEVER)
        continue;
      g_string_append_printf (
          out, "  %14s s  %s — %s  up for %s  %s: %s\n", SECONDS (connection->down_us),
          connection->dialer ? connection->dialer->name->text : "?",
          connection->accepter ? connection->accepter->name->text : "?",
          SPAN (connection->down_us - connection->up_us),
          connection->down_by ? connection->down_by->name->text : "?", connection->why);
      shown++;
    }
  print_more (out, over, ROWS_SHOWN);
}

static void
print_faults (GString *out, const ReportSummary *summary)
{
  if (summary->faults->len > 0)
    g_string_append (out, "\nwhat was done to them\n");
  for (unsigned at = 0; at < summary->faults->len && at < 2 * ROWS_SHOWN; at++)
    {
      const ReportFault *fault = summary->faults->pdata[at];
      g_string_append_printf (out, "  %14s s  %s", SECONDS (fault->begin_us), fault->statement);
      if (fault->end_us != REPORT_NEVER)
        g_string_append_printf (out, "  (over at %s s)", SECONDS (fault->end_us));
      g_string_append_c (out, '\n');
    }
  print_more (out, summary->faults->len, 2 * ROWS_SHOWN);
}

static void
print_marks (GString *out, const AempValue *tail)
{
  uint32_t length;
  const AempValue *marks = array_in (tail, "marks", &length);

  if (length > 0)
    g_string_append (out, "\nmarks\n");
  for (uint32_t at = 0; at < length; at++)
    {
      g_autofree char *text = aemp_value_dup_text (&marks[at], NULL);
      if (text)
        g_string_append_printf (out, "  %s\n", text);
    }
}

static void
print_before (GString *out, const ReportFrame *frame)
{
  if (!frame->before || frame->before->len == 0)
    return;
  g_string_append (out,
                   frame->failure ? "\nthe last events before it failed\n" : "\nthe last events\n");
  for (unsigned at = 0; at < frame->before->len; at++)
    g_string_append_printf (out, "%s\n", (const char *)frame->before->pdata[at]);
}

void
report_summary_print (GString *out, const ReportSummary *summary, const ReportFrame *frame)
{
  print_head (out, summary, frame);
  print_verdicts (out, frame->tail);
  if (summary->begin_us == REPORT_NEVER)
    return;
  print_messages (out, summary);
  print_links (out, summary);
  print_ports (out, summary);
  print_connections (out, summary);
  print_faults (out, summary);
  print_marks (out, frame->tail);
  if (summary->unlisted > 0)
    g_string_append_printf (out, "\n%s times a list was full: not all is listed\n",
                            COUNT (summary->unlisted));
  print_before (out, frame);
}
