/* reports/source.c */

#include "source.h"

#include "engine/error.h"

#include <string.h>

typedef struct
{
  ReportSource *source;
  ReportClocks *clocks;
  ReportPassage *passage;
  GArray *up; /* of uint64_t: the connections that the process has now */
} Skim;

static bool
is_to_be_skimmed (const char *line, size_t length)
{
  static const char link_up[] = "\"event\":\"link_up\"";
  static const char link_down[] = "\"event\":\"link_down\"";
  static const char node_start[] = "\"event\":\"node_start\"";

  return memmem (line, length, link_up, sizeof link_up - 1)
         || memmem (line, length, link_down, sizeof link_down - 1)
         || memmem (line, length, node_start, sizeof node_start - 1);
}

bool
report_begins_life (const AempValue *head)
{
  return report_map_number (head, "part", 1) <= 1;
}

static int64_t
wall_of (const AempValue *head)
{
  const int64_t wall_us = report_map_number (head, "wall", 0);

  return wall_us > 0 ? wall_us - report_map_number (head, "t", 0) : 0;
}

static bool
refuse (const ReportSource *source, const char *why, GError **error)
{
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "%s: %s", source->path, why);
  return false;
}

/* A process is over: what it had then, others lose with it. */
static void
skim_end (Skim *skim)
{
  for (unsigned at = 0; at < skim->up->len; at++)
    report_passage_add_fall (skim->passage, skim->source->node,
                             g_array_index (skim->up, uint64_t, at));
  g_array_set_size (skim->up, 0);
}

static void
forget_connection (GArray *up, uint64_t connection)
{
  for (unsigned at = 0; at < up->len; at++)
    if (g_array_index (up, uint64_t, at) == connection)
      {
        g_array_remove_index_fast (up, at);
        return;
      }
}

/* A part begins: whose is it? */
static bool
skim_head (Skim *skim, unsigned *life, const AempValue *head, GError **error)
{
  g_autofree char *node = report_map_text (head, "node");

  if (skim->source->node && (!node || strcmp (node, skim->source->node->text) != 0))
    return refuse (skim->source, "traces of several nodes in one file", error);
  if (!skim->source->node)
    {
      skim->source->node = node ? aemp_name_new (node, strlen (node)) : NULL;
      skim->source->began_us = report_map_number (head, "began", 0);
      skim->source->part = report_map_number (head, "part", 1);
      if (node)
        report_passage_add_node (skim->passage, skim->source->node);
    }
  if (report_begins_life (head) || skim->source->lives->len == 0)
    {
      skim_end (skim);
      *life = report_clocks_add (skim->clocks, wall_of (head));
      g_array_append_val (skim->source->lives, *life);
    }
  return true;
}

static void
skim_event (Skim *skim, unsigned life, const AempTraceEvent *event)
{
  if (event->kind == AEMP_TRACE_LINK_UP)
    {
      report_clocks_meet (skim->clocks, life, event->connection, event->time_us);
      g_array_append_val (skim->up, event->connection);
    }
  else if (event->kind == AEMP_TRACE_LINK_DOWN)
    forget_connection (skim->up, event->connection);
  else if (event->kind == AEMP_TRACE_NODE_START)
    report_passage_add_instance (skim->passage, skim->source->node, event->payload);
}

static bool
skim_all (Skim *skim, GError **error)
{
  g_autoptr (ReportTraceFile) file = report_trace_file_open (skim->source->path, error);
  unsigned life = 0;

  if (!file)
    return false;
  for (;;)
    switch (report_trace_file_next (file, is_to_be_skimmed, error))
      {
      case REPORT_LINE_HEAD:
        if (!skim_head (skim, &life, report_trace_file_map (file), error))
          return false;
        if (!skim->source->node) /* in order already */
          return true;
        break;
      case REPORT_LINE_EVENT:
        skim_event (skim, life, report_trace_file_event (file));
        break;
      case REPORT_LINE_TAIL:
      case REPORT_LINE_CUT:
        break;
      case REPORT_LINE_NONE:
        skim_end (skim);
        return skim->source->lives->len > 0 || refuse (skim->source, "it is empty", error);
      case REPORT_LINE_ERROR:
        return false;
      }
}

/* --- Make and free --- */

void
report_source_free (void *memory)
{
  ReportSource *source = memory;

  if (source->node)
    aemp_name_unref (source->node);
  g_array_unref (source->lives);
  g_free (source->path);
  g_free (source);
}

ReportSource *
report_source_new (const char *path, unsigned index, ReportClocks *clocks, ReportPassage *passage,
                   GError **error)
{
  ReportSource *source = g_new0 (ReportSource, 1);
  g_autoptr (GArray) up = g_array_new (false, false, sizeof (uint64_t));

  *source = (ReportSource){ .path = g_strdup (path), .index = index };
  source->lives = g_array_new (false, false, sizeof (unsigned));
  if (skim_all (&(Skim){ source, clocks, passage, up }, error))
    return source;
  report_source_free (source);
  return NULL;
}

int
report_source_compare (const void *one, const void *other)
{
  const ReportSource *a = *(const ReportSource *const *)one;
  const ReportSource *b = *(const ReportSource *const *)other;

  if (a->began_us != b->began_us && a->began_us != 0 && b->began_us != 0)
    return a->began_us < b->began_us ? -1 : 1;
  if (a->began_us == b->began_us && a->began_us != 0 && a->part != b->part)
    return a->part < b->part ? -1 : 1;
  return a->index < b->index ? -1 : 1;
}
