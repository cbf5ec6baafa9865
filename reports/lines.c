/* reports/lines.c */

#include "lines.h"

#include "engine/error.h"
#include "engine/zstd-stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BUFFER_BYTES (256 * 1024)

struct ReportLines
{
  char *path;
  FILE *stream;
  char *buffer;
  size_t size;  /* of the buffer */
  size_t begin; /* what was read and not taken lies from here … */
  size_t end;   /* … to here */
  bool over;
  bool skipping; /* in a line that is too long */
  bool ends_within;
  uint64_t number;
  /* NULL: it is not compressed. */
  AempZstdReader *zstd;
  uint8_t *packed;
  const uint8_t *packed_next;
  size_t packed_left;
  GError *damage; /* told when what stands in front of it is taken; NULL */
};

static bool
fail (ReportLines *lines, GError **error)
{
  g_set_error (error, AEMP_ERRNO, errno, "%s: %s", lines->path, aemp_errno_text (errno));
  return false;
}

/* --- Bytes --- */

/* Looks at the first bytes: is it compressed? */
static bool
begin (ReportLines *lines, GError **error)
{
  lines->end = fread (lines->buffer, 1, lines->size, lines->stream);
  if (lines->end == 0 && ferror (lines->stream))
    return fail (lines, error);
  if (!aemp_zstd_is ((const uint8_t *)lines->buffer, lines->end))
    return true;
  lines->zstd = aemp_zstd_reader_new ();
  lines->packed = (uint8_t *)lines->buffer;
  lines->packed_next = lines->packed;
  lines->packed_left = lines->end;
  lines->end = 0;
  lines->buffer = g_malloc (lines->size);
  return true;
}

ReportLines *
report_lines_open (const char *path, GError **error)
{
  g_autoptr (ReportLines) lines = g_new0 (ReportLines, 1);

  lines->path = g_strdup (path);
  lines->stream = strcmp (path, "-") == 0 ? stdin : fopen (path, "rbe");
  if (!lines->stream)
    {
      fail (lines, error);
      return NULL;
    }
  lines->size = BUFFER_BYTES;
  lines->buffer = g_malloc (lines->size);
  if (!begin (lines, error))
    return NULL;
  return g_steal_pointer (&lines);
}

void
report_lines_close (ReportLines *lines)
{
  if (!lines)
    return;
  if (lines->stream && lines->stream != stdin)
    fclose (lines->stream);
  aemp_zstd_reader_free (lines->zstd);
  g_clear_error (&lines->damage);
  g_free (lines->packed);
  g_free (lines->buffer);
  g_free (lines->path);
  g_free (lines);
}

/* Some bytes more; none: the end, or damage.  A cut file is one whose writer was killed, or writes
 * on: it ends where it was cut. */
static size_t
unpack (ReportLines *lines, size_t room)
{
  uint8_t *const target = (uint8_t *)lines->buffer + lines->end;
  size_t got = 0;

  while (got == 0)
    {
      if (lines->packed_left == 0)
        {
          lines->packed_next = lines->packed;
          lines->packed_left = fread (lines->packed, 1, BUFFER_BYTES, lines->stream);
        }
      const size_t before = lines->packed_left;
      if (!aemp_zstd_read (lines->zstd, &lines->packed_next, &lines->packed_left, target, room,
                           &got, &lines->damage)
          || (before == 0 && got == 0))
        break;
    }
  return got;
}

/* Makes room behind what is there, and reads.  False: it failed. */
static bool
fill (ReportLines *lines, GError **error)
{
  size_t got;

  memmove (lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
  lines->end -= lines->begin;
  lines->begin = 0;
  if (lines->end == lines->size)
    lines->buffer = g_realloc (lines->buffer, lines->size *= 2);
  if (lines->zstd)
    got = unpack (lines, lines->size - lines->end);
  else
    got = fread (lines->buffer + lines->end, 1, lines->size - lines->end, lines->stream);
  lines->end += got;
  lines->over = lines->over || got == 0;
  return !ferror (lines->stream) || fail (lines, error);
}

/* --- Lines --- */

static ReportLinesNext
finish (ReportLines *lines, GError **error)
{
  if (!lines->damage)
    return REPORT_LINES_END;
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "%s: %s behind line %" G_GUINT64_FORMAT,
               lines->path, lines->damage->message, lines->number);
  return REPORT_LINES_ERROR;
}

/* What is there has no end, and is too much, or is the last. */
static ReportLinesNext
take_rest (ReportLines *lines, const char **line, size_t *length, GError **error)
{
  const bool was_skipping = lines->skipping;

  *line = lines->buffer + lines->begin;
  *length = lines->end - lines->begin;
  lines->begin = lines->end;
  if (*length == 0 || (lines->over && was_skipping))
    return finish (lines, error);
  lines->number += !was_skipping;
  lines->ends_within = lines->over;
  if (lines->over)
    return REPORT_LINES_LINE;
  lines->skipping = true;
  return was_skipping ? REPORT_LINES_LINE : REPORT_LINES_TOO_LONG;
}

ReportLinesNext
report_lines_next (ReportLines *lines, const char **line, size_t *length, GError **error)
{
  size_t seen = 0;

  for (;;)
    {
      const char *begin = lines->buffer + lines->begin;
      const size_t there = lines->end - lines->begin;
      const char *end = memchr (begin + seen, '\n', there - seen);
      if (end)
        {
          *line = begin;
          *length = (size_t)(end - begin);
          lines->begin += *length + 1;
          seen = 0;
          if (lines->skipping) /* the end of what was too long */
            {
              lines->skipping = false;
              continue;
            }
          lines->number++;
          return REPORT_LINES_LINE;
        }
      if (!lines->over && there <= REPORT_LINE_MAX_BYTES)
        {
          seen = there;
          if (!fill (lines, error))
            return REPORT_LINES_ERROR;
          continue;
        }
      const bool was_skipping = lines->skipping;
      const ReportLinesNext next = take_rest (lines, line, length, error);
      if (next != REPORT_LINES_LINE || !was_skipping)
        return next;
      seen = 0;
    }
}

uint64_t
report_lines_number (const ReportLines *lines)
{
  return lines->number;
}

bool
report_lines_ends_within (const ReportLines *lines)
{
  return lines->ends_within;
}
