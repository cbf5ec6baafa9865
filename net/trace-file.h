/* net/trace-file.h - the trace of a real node, as lines of JSON (docs/trace.md).
 *
 * Events wait in memory only until somebody else could notice what led to them: they are
 * written before bytes leave for a peer, and at the end of each turn.  So `kill -9` loses no
 * send that anybody has got.  The secret leaves no mark in it.  A file whose name ends in .zst is
 * compressed; what was written can be read even so, whenever the process is killed. */
#pragma once

#include "engine/trace.h"

typedef struct NetTraceFile NetTraceFile;

/* Begins the trace of a process of `node_id`.  A file that is there already is continued: that
 * of an earlier process of this node stays in front, whatever became of its last line.  NULL
 * with an error that names the file. */
NetTraceFile *net_trace_file_open (const char *path, const char *node_id, GError **error);
void net_trace_file_write (NetTraceFile *file, const AempTraceEvent *event);
void net_trace_file_flush (NetTraceFile *file);
/* Goes on under the same name: the former file was moved away.  If that fails the former
 * one is used on. */
bool net_trace_file_reopen (NetTraceFile *file, GError **error);
/* The process is about to end in peace; told before its connections are closed. */
void net_trace_file_stop (NetTraceFile *file);
/* The last line. */
void net_trace_file_end (NetTraceFile *file, const char *digest, int status);
/* False with an error: not all of it could be written. */
bool net_trace_file_close (NetTraceFile *file, GError **error);
