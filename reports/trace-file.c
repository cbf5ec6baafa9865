/* reports/trace-file.c */

#include "trace-file.h"

#include "engine/error.h"
#include "lines.h"

#include <string.h>

#define TRACE_FORMAT 1

struct ReportTraceFile
{
  char *path;
  ReportLines *lines;
  ReportLinesNext state; /* of the latest line */
  const char *line;
  size_t length;
  bool again; /* the line was looked at and is still to be read */
  bool begun; /* a first line was there */
  uint64_t stated;
  const AempTraceEvent *event;
  ReportTraceReader *reader;
};

ReportTraceFile *
report_trace_file_open (const char *path, GError **error)
{
  ReportLines *lines = report_lines_open (path, error);
  ReportTraceFile *file;

  if (!lines)
    return NULL;
  file = g_new0 (ReportTraceFile, 1);
  file->path = g_strdup (path);
  file->lines = lines;
  file->reader = report_trace_reader_new ();
  return file;
}

void
report_trace_file_close (ReportTraceFile *file)
{
  if (!file)
    return;
  report_trace_reader_free (file->reader);
  report_lines_close (file->lines);
  g_free (file->path);
  g_free (file);
}

/* --- Lines --- */

/* False: there is none, or it cannot be read. */
static bool
fetch (ReportTraceFile *file, GError **error)
{
  if (!file->again)
    do
      file->state = report_lines_next (file->lines, &file->line, &file->length, error);
    while (file->state == REPORT_LINES_LINE && file->length == 0);
  file->again = false;
  return file->state == REPORT_LINES_LINE || file->state == REPORT_LINES_TOO_LONG;
}

static bool
is_head (const char *line, size_t length)
{
  static const char key[] = "\"aemp_trace\"";

  return length > 0 && line[0] == '{' && memmem (line, length, key, sizeof key - 1) != NULL;
}

static ReportLine
fail (ReportTraceFile *file, uint64_t line, const char *why, GError **error)
{
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "%s:%" G_GUINT64_FORMAT ": %s", file->path,
               line, why);
  return REPORT_LINE_ERROR;
}

/* A line that cannot be read is the end of a part, or an error. */
static ReportLine
see_unreadable (ReportTraceFile *file, const char *why, GError **error)
{
  const uint64_t line = report_lines_number (file->lines);

  file->event = NULL;
  file->stated = 0;
  if (!file->begun)
    return fail (file, line, "this is no trace", error);
  if (fetch (file, error))
    {
      if (file->state == REPORT_LINES_TOO_LONG || !is_head (file->line, file->length))
        return fail (file, line, why, error);
    }
  else if (file->state == REPORT_LINES_ERROR)
    return REPORT_LINE_ERROR;
  file->again = true;
  return REPORT_LINE_CUT;
}

static ReportLine
see_map (ReportTraceFile *file, GError **error)
{
  const int64_t format = report_map_number (report_trace_file_map (file), "aemp_trace", 0);

  if (format == 0)
    return file->begun ? REPORT_LINE_TAIL
                       : fail (file, report_lines_number (file->lines), "this is no trace", error);
  if (format != TRACE_FORMAT)
    return fail (file, report_lines_number (file->lines),
                 "a trace of a format that this version does not know", error);
  file->begun = true;
  return REPORT_LINE_HEAD;
}

/* Lines that begin a part are never passed over. */
static bool
is_passed_over (const ReportTraceFile *file, ReportWanted wanted)
{
  return wanted && file->begun && file->state == REPORT_LINES_LINE
         && !wanted (file->line, file->length) && !is_head (file->line, file->length);
}

ReportLine
report_trace_file_next (ReportTraceFile *file, ReportWanted wanted, GError **error)
{
  g_autoptr (GError) unreadable = NULL;

  do
    if (!fetch (file, error))
      return file->state == REPORT_LINES_ERROR ? REPORT_LINE_ERROR : REPORT_LINE_NONE;
  while (is_passed_over (file, wanted));
  if (file->state == REPORT_LINES_TOO_LONG)
    return see_unreadable (file, "the line is too long", error);
  if (!report_trace_read (file->reader, file->line, file->length, &file->event, &file->stated,
                          &unreadable))
    return see_unreadable (file, unreadable->message, error);
  if (!file->event)
    return see_map (file, error);
  return file->begun ? REPORT_LINE_EVENT
                     : fail (file, report_lines_number (file->lines), "this is no trace", error);
}

const AempTraceEvent *
report_trace_file_event (const ReportTraceFile *file)
{
  return file->event;
}

const AempValue *
report_trace_file_map (const ReportTraceFile *file)
{
  return report_trace_reader_map (file->reader);
}

uint64_t
report_trace_file_line (const ReportTraceFile *file)
{
  return file->stated > 0 ? file->stated : report_lines_number (file->lines);
}

/* --- Maps --- */

int64_t
report_map_number (const AempValue *map, const char *key, int64_t otherwise)
{
  const AempValue *value = map ? aemp_map_get (map, key) : NULL;

  if (!value || value->type != AEMP_INTEGER || value->negative || value->as.integer > INT64_MAX)
    return otherwise;
  return (int64_t)value->as.integer;
}

char *
report_map_text (const AempValue *map, const char *key)
{
  const AempValue *value = map ? aemp_map_get (map, key) : NULL;

  return value && aemp_value_is_string (value) ? aemp_value_dup_text (value, NULL) : NULL;
}
