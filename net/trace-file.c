/* net/trace-file.c - see trace-file.h. */
#include "net/trace-file.h"

#include "engine/error.h"
#include "engine/value.h"
#include "engine/zstd-stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TRACE_FORMAT 1
#define HELD_BYTES_MAX (64 * 1024)

struct NetTraceFile
{
  char *path;
  AempName *node;
  int fd;
  GString *held;        /* not written yet */
  AempZstdWriter *zstd; /* NULL: it is plain */
  GByteArray *packed;
  int64_t began_us; /* by the wall clock: of all parts of this process */
  unsigned part;    /* from 1; one more each time that it is reopened */
  uint64_t events;
  int64_t end_us;
  int failure; /* the first errno; 0: all is well */
};

static bool
complain (const NetTraceFile *file, int number, GError **error)
{
  g_set_error (error, AEMP_ERRNO, number, "%s: %s", file->path, aemp_errno_text (number));
  return false;
}

static void
write_bytes (NetTraceFile *file, const void *bytes, size_t length)
{
  const char *next = bytes;
  size_t left = length;

  while (left > 0 && file->failure == 0)
    {
      ssize_t written = write (file->fd, next, left);

      if (written < 0 && errno != EINTR)
        file->failure = errno;
      if (written < 0)
        continue;
      next += written;
      left -= (size_t)written;
    }
}

static void
write_packed (NetTraceFile *file)
{
  write_bytes (file, file->packed->data, file->packed->len);
  g_byte_array_set_size (file->packed, 0);
}

void
net_trace_file_flush (NetTraceFile *file)
{
  if (file->held->len == 0)
    return;
  if (!file->zstd)
    write_bytes (file, file->held->str, file->held->len);
  else
    {
      aemp_zstd_write (file->zstd, file->held->str, file->held->len, file->packed);
      aemp_zstd_flush (file->zstd, file->packed);
      write_packed (file);
    }
  g_string_truncate (file->held, 0);
}

/* Nothing more comes into the file. */
static void
finish_part (NetTraceFile *file)
{
  net_trace_file_flush (file);
  if (!file->zstd)
    return;
  aemp_zstd_end (file->zstd, file->packed);
  write_packed (file);
}

static void
hold_map (NetTraceFile *file, AempMessage *map)
{
  g_autofree char *text = aemp_value_to_text (&aemp_message_list (map).items[0], 0);

  g_string_append (file->held, text);
  g_string_append_c (file->held, '\n');
}

static void
hold_head (NetTraceFile *file)
{
  g_autoptr (AempMessage) head = aemp_message_new (
      "{sI ss ss si sI si si}", "aemp_trace", TRACE_FORMAT, "build", AEMP_VERSION, "node",
      file->node->text, "began", file->began_us, "part", (int)file->part, "t",
      (int64_t)g_get_monotonic_time (), "wall", (int64_t)g_get_real_time ());

  hold_map (file, head);
}

/* A process that was killed may have left half a line. */
static bool
ends_within_line (int fd)
{
  const off_t length = lseek (fd, 0, SEEK_END);
  char last = '\n';

  return length > 0 && pread (fd, &last, 1, length - 1) == 1 && last != '\n';
}

/* The same of a compressed file: its last frame gets an end behind what is whole of it. */
static bool
mend_packed (NetTraceFile *file, int fd, GError **error)
{
  AempZstdWalk walk = { 0 };
  uint8_t bytes[16 * 1024];
  ssize_t got;

  while ((got = pread (fd, bytes, sizeof bytes, (off_t)walk.seen)) > 0)
    aemp_zstd_walk (&walk, bytes, (size_t)got);
  if (got < 0)
    return complain (file, errno, error);
  if (walk.foreign || (walk.within && walk.has_checksum))
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED,
                   "%s: this is no compressed trace that could be continued", file->path);
      return false;
    }
  if (walk.whole_bytes < walk.seen && ftruncate (fd, (off_t)walk.whole_bytes) != 0)
    return complain (file, errno, error);
  if (walk.within && write (fd, aemp_zstd_end_of_frame, AEMP_ZSTD_END_BYTES) != AEMP_ZSTD_END_BYTES)
    return complain (file, errno, error);
  if (walk.seen > 0) /* whether the last line is whole only a reader can tell */
    g_string_append_c (file->held, '\n');
  return true;
}

static bool
open_part (NetTraceFile *file, GError **error)
{
  int fd = open (file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

  if (fd < 0)
    return complain (file, errno, error);
  if (file->zstd && !mend_packed (file, fd, error))
    {
      close (fd);
      return false;
    }
  if (file->fd >= 0)
    close (file->fd);
  file->fd = fd;
  file->part++;
  if (!file->zstd && ends_within_line (fd))
    g_string_append_c (file->held, '\n');
  hold_head (file);
  return true;
}

static void
file_free (NetTraceFile *file)
{
  g_string_free (file->held, true);
  aemp_zstd_writer_free (file->zstd);
  g_byte_array_unref (file->packed);
  aemp_name_unref (file->node);
  g_free (file->path);
  g_free (file);
}

/* What is told of the process, not by its node. */
static void
hold_process (NetTraceFile *file, AempTraceKind kind, int64_t time_us, const char *text)
{
  net_trace_file_write (
      file,
      &(AempTraceEvent){ .kind = kind, .time_us = time_us, .node = file->node, .text = text });
}

NetTraceFile *
net_trace_file_open (const char *path, const char *node_id, GError **error)
{
  NetTraceFile *file = g_new0 (NetTraceFile, 1);

  file->path = g_strdup (path);
  file->node = aemp_name_new (node_id, strlen (node_id));
  file->held = g_string_new (NULL);
  if (g_str_has_suffix (path, AEMP_ZSTD_SUFFIX))
    file->zstd = aemp_zstd_writer_new ();
  file->packed = g_byte_array_new ();
  file->fd = -1;
  file->began_us = g_get_real_time ();
  if (!open_part (file, error))
    {
      file_free (file);
      return NULL;
    }
  hold_process (file, AEMP_TRACE_PROCESS_START, g_get_monotonic_time (), NULL);
  return file;
}

bool
net_trace_file_reopen (NetTraceFile *file, GError **error)
{
  finish_part (file); /* which may be the file that is opened again */
  return open_part (file, error);
}

void
net_trace_file_write (NetTraceFile *file, const AempTraceEvent *event)
{
  aemp_trace_write_json (file->held, event, 0);
  g_string_append_c (file->held, '\n');
  file->events++;
  file->end_us = event->time_us;
  if (file->held->len >= HELD_BYTES_MAX)
    net_trace_file_flush (file);
}

void
net_trace_file_stop (NetTraceFile *file)
{
  hold_process (file, AEMP_TRACE_PROCESS_END, g_get_monotonic_time (), "stopped");
}

void
net_trace_file_end (NetTraceFile *file, const char *digest, int status)
{
  g_autoptr (AempMessage) tail
      = aemp_message_new ("{ss su si sI}", "digest", digest, "events", file->events, "end",
                          file->end_us, "status", status);
  hold_map (file, tail);
}

bool
net_trace_file_close (NetTraceFile *file, GError **error)
{
  bool is_whole;

  finish_part (file);
  if (close (file->fd) != 0 && file->failure == 0)
    file->failure = errno;
  is_whole = file->failure == 0 || complain (file, file->failure, error);
  file_free (file);
  return is_whole;
}
