/* sim/command-trace.h - the file that `aemp simulate --trace` writes. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct SimTraceFile SimTraceFile;

/* "-" is stdout.  A name that ends in .zst is compressed.  NULL: it cannot be written, errno says
 * why. */
SimTraceFile *sim_trace_file_open (const char *path);
/* Takes a line as SimRunOptions gives it: the file is its user data. */
void sim_trace_file_write (const char *line, size_t length, void *file);
/* False: not all of it could be written. */
bool sim_trace_file_close (SimTraceFile *file);
