/* net/trace-file.c - see trace-file.h. */
#include "net/trace-file.h"

#include "engine/error.h"
#include "engine/value.h"

#include <errno.h>
#include <stdio.h>

#define TRACE_FORMAT 1

struct NetTraceFile
{
  char *path;
  char *who;
  char *name;
  FILE *out;
  GString *line;
  uint64_t events;
  int64_t end_us;
};

static bool
complain (const char *path, GError **error)
{
  g_set_error (error, AEMP_ERRNO, errno, "%s: %s", path, aemp_errno_text (errno));
  return false;
}

static void
write_map (NetTraceFile *file, AempMessage *map)
{
  g_autofree char *text = aemp_value_to_text (&aemp_message_list (map).items[0], 0);

  fprintf (file->out, "%s\n", text);
  fflush (file->out);
}

static bool
begin (NetTraceFile *file, const char *mode, GError **error)
{
  g_autoptr (AempMessage) head = aemp_message_new ("{sI ss ss}", "aemp_trace", TRACE_FORMAT,
                                                   "build", AEMP_VERSION, file->who, file->name);
  FILE *out = fopen (file->path, mode);

  if (!out)
    return complain (file->path, error);
  if (file->out)
    fclose (file->out);
  file->out = out;
  write_map (file, head);
  return true;
}

static void
file_free (NetTraceFile *file)
{
  g_string_free (file->line, true);
  g_free (file->path);
  g_free (file->who);
  g_free (file->name);
  g_free (file);
}

NetTraceFile *
net_trace_file_open (const char *path, bool is_continued, const char *who, const char *name,
                     GError **error)
{
  NetTraceFile *file = g_new0 (NetTraceFile, 1);

  file->path = g_strdup (path);
  file->who = g_strdup (who);
  file->name = g_strdup (name);
  file->line = g_string_new (NULL);
  if (begin (file, is_continued ? "ae" : "we", error))
    return file;
  file_free (file);
  return NULL;
}

bool
net_trace_file_reopen (NetTraceFile *file, GError **error)
{
  return begin (file, "ae", error);
}

void
net_trace_file_write (NetTraceFile *file, const AempTraceEvent *event)
{
  g_string_truncate (file->line, 0);
  aemp_trace_write_json (file->line, event, ++file->events);
  g_string_append_c (file->line, '\n');
  fwrite (file->line->str, 1, file->line->len, file->out);
  fflush (file->out);
  file->end_us = event->time_us;
}

void
net_trace_file_end (NetTraceFile *file, const char *digest, int status)
{
  g_autoptr (AempMessage) tail
      = aemp_message_new ("{ss su si sI}", "digest", digest, "events", file->events, "end",
                          file->end_us, "status", status);

  write_map (file, tail);
}

bool
net_trace_file_close (NetTraceFile *file, GError **error)
{
  bool is_whole = !ferror (file->out);

  is_whole = fclose (file->out) == 0 && is_whole;
  if (!is_whole)
    complain (file->path, error);
  file_free (file);
  return is_whole;
}
