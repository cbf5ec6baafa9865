/* net/trace-file.h - the trace of a real node, as lines of JSON.
 *
 * An event is written before anybody else can notice what it tells of: a node that is killed
 * leaves everything that it sent in its trace. */
#pragma once

#include "engine/trace.h"

typedef struct NetTraceFile NetTraceFile;

/* Its first line says `who` (a kind of thing) and `name` (which of them).  `is_continued`: what
 * is there already stays.  NULL with an error that names the file. */
NetTraceFile *net_trace_file_open (const char *path, bool is_continued, const char *who,
                                   const char *name, GError **error);
/* The last line: how it ended. */
void net_trace_file_end (NetTraceFile *file, const char *digest, int status);
/* False with an error: not all of it could be written. */
bool net_trace_file_close (NetTraceFile *file, GError **error);
/* Under the same name: the former file was moved away.  If that fails the former one is used
 * on. */
bool net_trace_file_reopen (NetTraceFile *file, GError **error);
void net_trace_file_write (NetTraceFile *file, const AempTraceEvent *event);
