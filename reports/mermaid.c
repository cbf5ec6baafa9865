/* reports/mermaid.c - an excerpt as a sequence diagram, in the words of Mermaid. */

#include "export.h"

typedef struct
{
  GString *out;
  GString *body;
  ReportLanes lanes;
  char *previous; /* a line, and how often it came in a row */
  unsigned times;
} Mermaid;

/* What means something to Mermaid becomes an entity. */
static void
append_words (GString *out, const char *text)
{
  for (const char *at = text; *at; at++)
    if (strchr ("#;:<>\"", *at))
      g_string_append_printf (out, "#%d;", *at);
    else
      g_string_append_c (out, (uint8_t)*at < 0x20 ? ' ' : *at);
}

static void
flush_line (Mermaid *mermaid)
{
  if (mermaid->times > 1)
    g_string_append_printf (mermaid->body, "  %s (%u times)\n", mermaid->previous, mermaid->times);
  else if (mermaid->times == 1)
    g_string_append_printf (mermaid->body, "  %s\n", mermaid->previous);
  g_clear_pointer (&mermaid->previous, g_free);
  mermaid->times = 0;
}

/* Takes the line. */
static void
add_line (Mermaid *mermaid, GString *line)
{
  g_autofree char *text = g_string_free (line, FALSE);

  if (g_strcmp0 (text, mermaid->previous) != 0)
    {
      flush_line (mermaid);
      mermaid->previous = g_steal_pointer (&text);
    }
  mermaid->times++;
}

static void *
begin (GString *out, const ReportFrame *frame)
{
  Mermaid *mermaid = g_new0 (Mermaid, 1);
  g_autofree char *title = report_title (frame->head);

  mermaid->out = out;
  mermaid->body = g_string_new (NULL);
  report_lanes_init (&mermaid->lanes);
  g_string_append (out, "sequenceDiagram\n");
  if (title)
    {
      g_string_append (out, "  title ");
      append_words (out, title);
      g_string_append_c (out, '\n');
    }
  return mermaid;
}

static void
add_arrival (Mermaid *mermaid, const AempTraceEvent *event)
{
  const unsigned from = report_lanes_add (&mermaid->lanes, event->peer);
  const unsigned to = report_lanes_add (&mermaid->lanes, event->node);
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "n%u->>n%u: ", from, to);
  if (event->kind == AEMP_TRACE_REQUEST)
    append_words (line, event->text ? event->text : "");
  else
    append_words (line, event->port ? event->port->text : "");
  if (event->kind == AEMP_TRACE_UNKNOWN_PORT)
    g_string_append (line, " (not there)");
  if (g_str_has_suffix (line->str, ": "))
    g_string_append (line, "the node");
  add_line (mermaid, line);
}

/* Beside the lane of a node; of the world, over all. */
static void
add_note (Mermaid *mermaid, const AempTraceEvent *event, const char *words)
{
  GString *line = g_string_new (NULL);

  if (event->kind == AEMP_TRACE_FAULT || event->kind == AEMP_TRACE_FAULT_OVER)
    g_string_append_printf (line, "Note over n0,n%u: ",
                            mermaid->lanes.names->len > 0 ? mermaid->lanes.names->len - 1 : 0);
  else
    g_string_append_printf (line,
                            "Note over n%u: ", report_lanes_add (&mermaid->lanes, event->node));
  append_words (line, words);
  add_line (mermaid, line);
}

static void
see (void *export, const ReportMoment *moment)
{
  const AempTraceEvent *event = moment->event;
  Mermaid *mermaid = export;
  g_autofree char *words = report_event_words (event);

  switch ((int)event->kind)
    {
    case AEMP_TRACE_DELIVER:
    case AEMP_TRACE_UNKNOWN_PORT:
    case AEMP_TRACE_REQUEST:
      if (!aemp_name_equal (event->node, event->peer))
        add_arrival (mermaid, event);
      return;
    case AEMP_TRACE_SEND:
      report_lanes_add (&mermaid->lanes, event->node);
      if (event->peer)
        report_lanes_add (&mermaid->lanes, event->peer);
      return;
    case AEMP_TRACE_FAULT:
    case AEMP_TRACE_FAULT_OVER:
    case AEMP_TRACE_PROCESS_START:
    case AEMP_TRACE_PROCESS_END:
    case AEMP_TRACE_LINK_UP:
    case AEMP_TRACE_LINK_DOWN:
    case AEMP_TRACE_LINK_REFUSED:
    case AEMP_TRACE_MON_FIRED:
    case AEMP_TRACE_PORT_DEAD:
    case AEMP_TRACE_FAILURE:
    case AEMP_TRACE_DB_SET:
    case AEMP_TRACE_DB_DELETE:
    case AEMP_TRACE_NOTE:
      add_note (mermaid, event, words);
      return;
    default:
      return;
    }
}

static void
lose (void *export, const ReportLoss *loss)
{
  Mermaid *mermaid = export;
  unsigned from, to;
  GString *line;

  if (!report_lanes_find (&mermaid->lanes, loss->from, &from)
      || !report_lanes_find (&mermaid->lanes, loss->to, &to) || from == to)
    return;
  line = g_string_new (NULL);
  g_string_append_printf (line, "n%u-xn%u: lost", from, to);
  add_line (mermaid, line);
}

static void
end (void *export)
{
  Mermaid *mermaid = export;

  flush_line (mermaid);
  for (unsigned at = 0; at < mermaid->lanes.names->len; at++)
    {
      const AempName *name = mermaid->lanes.names->pdata[at];
      g_string_append_printf (mermaid->out, "  participant n%u as ", at);
      append_words (mermaid->out, name->text);
      g_string_append_c (mermaid->out, '\n');
    }
  g_string_append_len (mermaid->out, mermaid->body->str, (gssize)mermaid->body->len);
  g_string_free (mermaid->body, TRUE);
  report_lanes_clear (&mermaid->lanes);
  g_free (mermaid);
}

const ReportExportOps report_mermaid = { .option = "--mermaid",
                                         .meaning = "an excerpt as a sequence diagram for Mermaid",
                                         .events_max = 400,
                                         .begin = begin,
                                         .see = see,
                                         .lose = lose,
                                         .end = end };
