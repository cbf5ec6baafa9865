/* reports/skim.c */

#include "skim.h"

#include "trace-quick.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#define BUFFER_BYTES (256 * 1024)

struct ReportSkim
{
  ReportSkimState state;
  FILE *stream;
  char *path;
  char *buffer;
  size_t size;  /* of the buffer */
  size_t begin; /* what was read and not taken lies from here … */
  size_t end;   /* … to here */
  bool over;
  bool skipping; /* in a line that is too long */
  ReportTraceQuick *quick;
  ReportTraceReader *reader;
};

ReportSkim *
report_skim_open (const char *path, GError **error)
{
  FILE *stream = strcmp (path, "-") == 0 ? stdin : fopen (path, "rb");
  ReportSkim *file;

  if (!stream)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
                   g_strerror (errno));
      return NULL;
    }
  file = g_new0 (ReportSkim, 1);
  file->stream = stream;
  file->path = g_strdup (path);
  file->size = BUFFER_BYTES;
  file->buffer = g_malloc (file->size);
  file->quick = report_trace_quick_new ();
  file->reader = report_trace_reader_new ();
  return file;
}

void
report_skim_close (ReportSkim *file)
{
  if (!file)
    return;
  if (file->stream != stdin)
    fclose (file->stream);
  g_clear_pointer (&file->state.head, aemp_message_unref);
  g_clear_pointer (&file->state.tail, aemp_message_unref);
  g_free (file->state.first_bad_why);
  report_trace_quick_free (file->quick);
  report_trace_reader_free (file->reader);
  g_free (file->buffer);
  g_free (file->path);
  g_free (file);
}

/* --- Lines --- */

/* Makes room behind what is there, and reads.  False: it failed. */
static bool
fill (ReportSkim *file, GError **error)
{
  size_t got;

  memmove (file->buffer, file->buffer + file->begin, file->end - file->begin);
  file->end -= file->begin;
  file->begin = 0;
  if (file->end == file->size)
    file->buffer = g_realloc (file->buffer, file->size *= 2);
  got = fread (file->buffer + file->end, 1, file->size - file->end, file->stream);
  file->end += got;
  if (got > 0)
    return true;
  file->over = true;
  if (!ferror (file->stream))
    return true;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", file->path,
               g_strerror (errno));
  return false;
}

static void
note_bad_line (ReportSkim *file, const char *why)
{
  ReportSkimState *state = &file->state;

  if (state->bad_lines++ > 0)
    return;
  state->first_bad = state->lines;
  state->first_bad_why = g_strdup (why);
}

/* The next line without its end, in the buffer.  False: there is none. */
static bool
next_line (ReportSkim *file, const char **line, size_t *length, GError **error)
{
  size_t seen = 0;

  for (;;)
    {
      const char *begin = file->buffer + file->begin;
      const size_t there = file->end - file->begin;
      const char *end = memchr (begin + seen, '\n', there - seen);
      if (!end && !file->over && there <= REPORT_LINE_MAX_BYTES)
        {
          seen = there;
          if (!fill (file, error))
            return false;
          continue;
        }
      if (there == 0)
        return false;
      *line = begin;
      *length = end ? (size_t)(end - begin) : there;
      file->begin += *length + (end != NULL);
      if (end && file->skipping)
        {
          file->skipping = false;
          seen = 0;
          continue;
        }
      if (end || file->over)
        {
          file->state.ends_in_line = !end;
          file->state.lines += !file->skipping;
          return !file->skipping;
        }
      if (!file->skipping)
        {
          file->state.lines++;
          note_bad_line (file, "the line is too long");
        }
      file->skipping = true;
      seen = 0;
    }
}

/* --- Events --- */

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
