/* reports/shiviz.c - an excerpt as ShiViz reads it: each event with a vector clock.
 *
 * Its first line is the regular expression by which it is to be read; the second, which would
 * divide several runs, is empty.  Clocks count the events of the excerpt. */

#include "export.h"
#include "json-out.h"

typedef struct
{
  GString *out;
  ReportLanes lanes;
  GPtrArray *clocks;   /* of each lane: GArray of unsigned */
  GHashTable *sending; /* number of a send → its clock */
} Shiviz;

static void
unref_clock (void *clock)
{
  g_array_unref (clock);
}

static void *
begin (GString *out, const ReportFrame *frame)
{
  Shiviz *shiviz = g_new0 (Shiviz, 1);

  shiviz->out = out;
  report_lanes_init (&shiviz->lanes);
  shiviz->clocks = g_ptr_array_new_with_free_func (unref_clock);
  shiviz->sending = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, unref_clock);
  g_string_append (out, "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n\n");
  return shiviz;
}

static unsigned *
tick_of (GArray *clock, unsigned lane)
{
  if (clock->len <= lane)
    g_array_set_size (clock, lane + 1);
  return &g_array_index (clock, unsigned, lane);
}

static void
merge (GArray *clock, const GArray *other)
{
  for (unsigned lane = 0; lane < other->len; lane++)
    {
      unsigned *tick = tick_of (clock, lane);
      *tick = MAX (*tick, g_array_index (other, unsigned, lane));
    }
}

static GArray *
clock_of (Shiviz *shiviz, const AempName *node, unsigned *lane)
{
  *lane = report_lanes_add (&shiviz->lanes, node);
  if (*lane == shiviz->clocks->len)
    g_ptr_array_add (shiviz->clocks, g_array_new (FALSE, TRUE, sizeof (unsigned)));
  return shiviz->clocks->pdata[*lane];
}

/* Names end at white space there. */
static char *
host_name (const AempName *name)
{
  char *host = g_strdup (name->length > 0 ? name->text : "-");

  for (char *at = host; *at; at++)
    if (g_ascii_isspace (*at))
      *at = '_';
  return host;
}

static void
write_clock (const Shiviz *shiviz, const GArray *clock)
{
  g_string_append_c (shiviz->out, '{');
  for (unsigned lane = 0; lane < clock->len; lane++)
    {
      const unsigned tick = g_array_index (clock, unsigned, lane);
      g_autofree char *host = host_name (shiviz->lanes.names->pdata[lane]);
      if (tick == 0)
        continue;
      report_json_next (shiviz->out);
      report_json_text (shiviz->out, host, strlen (host));
      g_string_append_printf (shiviz->out, ":%u", tick);
    }
  g_string_append (shiviz->out, "}\n");
}

static void
write_words (GString *out, const AempTraceEvent *event)
{
  g_autofree char *words = report_event_words (event);

  g_string_append_printf (out, "%.6f s ", (double)event->time_us / 1e6);
  for (const char *at = words; *at; at++)
    g_string_append_c (out, *at == '\n' || *at == '\r' ? ' ' : *at);
  g_string_append_c (out, '\n');
}

static void
see (void *export, const ReportMoment *moment)
{
  Shiviz *shiviz = export;
  const AempTraceEvent *event = moment->event;
  unsigned lane;
  GArray *clock = clock_of (shiviz, event->node, &lane);
  g_autofree char *host = host_name (event->node);
  const GArray *sent
      = moment->packet ? g_hash_table_lookup (shiviz->sending, &moment->packet->number) : NULL;

  if (sent)
    {
      merge (clock, sent);
      g_hash_table_remove (shiviz->sending, &moment->packet->number);
    }
  (*tick_of (clock, lane))++;
  write_words (shiviz->out, event);
  g_string_append_printf (shiviz->out, "%s ", host);
  write_clock (shiviz, clock);
  if (event->kind == AEMP_TRACE_SEND)
    g_hash_table_insert (shiviz->sending, g_memdup2 (&moment->number, sizeof moment->number),
                         g_array_copy (clock));
}

static void
lose (void *export, const ReportLoss *loss)
{
  g_hash_table_remove (((Shiviz *)export)->sending, &loss->packet->number);
}

static void
end (void *export)
{
  Shiviz *shiviz = export;

  report_lanes_clear (&shiviz->lanes);
  g_ptr_array_unref (shiviz->clocks);
  g_hash_table_unref (shiviz->sending);
  g_free (shiviz);
}

const ReportExportOps report_shiviz = { .option = "--shiviz",
                                        .meaning = "an excerpt as a log for ShiViz",
                                        .events_max = 20000,
                                        .begin = begin,
                                        .see = see,
                                        .lose = lose,
                                        .end = end };
