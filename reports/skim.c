/* reports/skim.c */

#include "skim.h"

#include "lines.h"
#include "trace-quick.h"

struct ReportSkim
{
  ReportSkimState state;
  ReportLines *lines;
  ReportTraceQuick *quick;
  ReportTraceReader *reader;
};

ReportSkim *
report_skim_open (const char *path, GError **error)
{
  ReportLines *lines = report_lines_open (path, error);
  ReportSkim *file;

  if (!lines)
    return NULL;
  file = g_new0 (ReportSkim, 1);
  file->lines = lines;
  file->quick = report_trace_quick_new ();
  file->reader = report_trace_reader_new ();
  return file;
}

void
report_skim_close (ReportSkim *file)
{
  if (!file)
    return;
  g_clear_pointer (&file->state.head, aemp_message_unref);
  g_clear_pointer (&file->state.tail, aemp_message_unref);
  g_free (file->state.first_bad_why);
  report_trace_quick_free (file->quick);
  report_trace_reader_free (file->reader);
  report_lines_close (file->lines);
  g_free (file);
}

static void
note_bad_line (ReportSkim *file, const char *why)
{
  ReportSkimState *state = &file->state;

  if (state->bad_lines++ > 0)
    return;
  state->first_bad = report_lines_number (file->lines);
  state->first_bad_why = g_strdup (why);
}

/* The next line that is not too long.  False: there is none. */
static bool
next_line (ReportSkim *file, const char **line, size_t *length, GError **error)
{
  ReportLinesNext next;

  while ((next = report_lines_next (file->lines, line, length, error)) == REPORT_LINES_TOO_LONG)
    note_bad_line (file, "the line is too long");
  file->state.lines = report_lines_number (file->lines);
  file->state.ends_in_line = report_lines_ends_within (file->lines);
  return next == REPORT_LINES_LINE;
}

/* A line that is no event: the first or the last one. */
static void
read_frame (ReportSkim *file)
{
  const AempValue *map = report_trace_reader_map (file->reader);
  AempMessage **place = aemp_map_get (map, "aemp_trace") ? &file->state.head
                        : aemp_map_get (map, "digest") || aemp_map_get (map, "end")
                            ? &file->state.tail
                            : NULL;

  if (!place)
    {
      note_bad_line (file, "it is neither an event nor the first or last line of a trace");
      return;
    }
  g_clear_pointer (place, aemp_message_unref);
  *place = aemp_message_new ("v", map);
}

bool
report_skim_next (ReportSkim *file, const AempTraceEvent **event, uint64_t *number, GError **error)
{
  const char *line;
  size_t length;

  while (next_line (file, &line, &length, error))
    {
      g_autoptr (GError) why = NULL;
      *event = NULL;
      if (length == 0)
        continue;
      if (!report_trace_quick_read (file->quick, line, length, event, number)
          && !report_trace_read (file->reader, line, length, event, number, &why))
        {
          note_bad_line (file, why->message);
          continue;
        }
      if (!*event)
        {
          read_frame (file);
          continue;
        }
      file->state.events++;
      if (*number == 0)
        *number = file->state.events;
      return true;
    }
  return false;
}

const ReportSkimState *
report_skim_state (const ReportSkim *file)
{
  return &file->state;
}

static const AempValue *
only_value (AempMessage *message)
{
  return message ? aemp_message_list (message).items : NULL;
}

const AempValue *
report_skim_head (const ReportSkim *file)
{
  return only_value (file->state.head);
}

const AempValue *
report_skim_tail (const ReportSkim *file)
{
  return only_value (file->state.tail);
}
