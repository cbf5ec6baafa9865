/* reports/trace-file.c */

#include "trace-file.h"

#include "engine/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_FORMAT 1
#define BUFFER_BYTES (256 * 1024)

struct ReportTraceFile
{
  char *path;
  FILE *in;
  char *buffer;
  char *line; /* getline()'s */
  size_t line_bytes;
  ssize_t length; /* of the line; negative: there is none */
  uint64_t line_number;
  bool again; /* the line was looked at and is still to be read */
  bool begun; /* a first line was there */
  uint64_t stated;
  const AempTraceEvent *event;
  ReportTraceReader *reader;
};

ReportTraceFile *
report_trace_file_open (const char *path, GError **error)
{
  ReportTraceFile *file;
  FILE *in = fopen (path, "re");

  if (!in)
    {
      g_set_error (error, AEMP_ERRNO, errno, "%s: %s", path, aemp_errno_text (errno));
      return NULL;
    }
  file = g_new0 (ReportTraceFile, 1);
  file->path = g_strdup (path);
  file->in = in;
  file->buffer = g_malloc (BUFFER_BYTES);
  setvbuf (in, file->buffer, _IOFBF, BUFFER_BYTES);
  file->reader = report_trace_reader_new ();
  return file;
}

void
report_trace_file_close (ReportTraceFile *file)
{
  if (!file)
    return;
  report_trace_reader_free (file->reader);
  fclose (file->in);
  free (file->line);
  g_free (file->buffer);
  g_free (file->path);
  g_free (file);
}

/* --- Lines --- */

/* False: there is none, or it cannot be read. */
static bool
fetch (ReportTraceFile *file)
{
  if (file->again)
    {
      file->again = false;
      return file->length > 0;
    }
  file->length = getline (&file->line, &file->line_bytes, file->in);
  if (file->length <= 0)
    return false;
  file->line_number++;
  return true;
}

static bool
is_head (const char *line, size_t length)
{
  static const char key[] = "\"aemp_trace\"";

  return memmem (line, length, key, sizeof key - 1) != NULL && line[0] == '{';
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
  const uint64_t line = file->line_number;

  file->event = NULL;
  file->stated = 0;
  if (!file->begun)
    return fail (file, line, "this is no trace", error);
  if (fetch (file) && !is_head (file->line, (size_t)file->length))
    return fail (file, line, why, error);
  file->again = true;
  return REPORT_LINE_CUT;
}

static ReportLine
see_map (ReportTraceFile *file, GError **error)
{
  const int64_t format = report_map_number (report_trace_file_map (file), "aemp_trace", 0);

  if (format == 0)
    return file->begun ? REPORT_LINE_TAIL
                       : fail (file, file->line_number, "this is no trace", error);
  if (format != TRACE_FORMAT)
    return fail (file, file->line_number, "a trace of a format that this version does not know",
                 error);
  file->begun = true;
  return REPORT_LINE_HEAD;
}

ReportLine
report_trace_file_next (ReportTraceFile *file, ReportWanted wanted, GError **error)
{
  g_autoptr (GError) unreadable = NULL;

  do
    if (!fetch (file))
      return ferror (file->in) ? fail (file, file->line_number, aemp_errno_text (errno), error)
                               : REPORT_LINE_NONE;
  while (wanted && file->begun && !wanted (file->line, (size_t)file->length)
         && !is_head (file->line, (size_t)file->length));
  if (!report_trace_read (file->reader, file->line, (size_t)file->length, &file->event,
                          &file->stated, &unreadable))
    return see_unreadable (file, unreadable->message, error);
  if (!file->event)
    return see_map (file, error);
  return file->begun ? REPORT_LINE_EVENT
                     : fail (file, file->line_number, "this is no trace", error);
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
  return file->stated > 0 ? file->stated : file->line_number;
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
