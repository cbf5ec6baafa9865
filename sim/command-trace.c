/* sim/command-trace.c */

#include "sim/command-trace.h"

#include "engine/zstd-stream.h"

#include <stdio.h>
#include <string.h>

struct SimTraceFile
{
  FILE *out;
  AempZstdWriter *zstd; /* NULL: it is plain */
  GByteArray *packed;
};

SimTraceFile *
sim_trace_file_open (const char *path)
{
  FILE *out = strcmp (path, "-") == 0 ? stdout : fopen (path, "w");
  if (!out)
    return NULL;
  SimTraceFile *file = g_new0 (SimTraceFile, 1);
  file->out = out;
  file->packed = g_byte_array_new ();
  if (g_str_has_suffix (path, AEMP_ZSTD_SUFFIX))
    file->zstd = aemp_zstd_writer_new ();
  return file;
}

static void
write_packed (SimTraceFile *file)
{
  if (file->packed->len == 0)
    return;
  fwrite (file->packed->data, 1, file->packed->len, file->out);
  g_byte_array_set_size (file->packed, 0);
}

void
sim_trace_file_write (const char *line, size_t length, void *user_data)
{
  SimTraceFile *file = user_data;
  if (!file->zstd)
    {
      fwrite (line, 1, length, file->out);
      return;
    }
  aemp_zstd_write (file->zstd, line, length, file->packed);
  write_packed (file);
}

bool
sim_trace_file_close (SimTraceFile *file)
{
  if (file->zstd)
    {
      aemp_zstd_end (file->zstd, file->packed);
      write_packed (file);
    }
  bool failed = ferror (file->out);
  bool closed = (file->out == stdout ? fflush (stdout) : fclose (file->out)) == 0;
  aemp_zstd_writer_free (file->zstd);
  g_byte_array_unref (file->packed);
  g_free (file);
  return closed && !failed;
}
