/* reports/trace-file.h - a trace in a file, line by line.
 *
 * A file has parts that begin with a first line each: a node that is started again writes
 * behind what it wrote before.  A process that was killed may leave half a line at the end of
 * its part; any other line that cannot be read is an error. */
#pragma once

#include "trace-read.h"

typedef struct ReportTraceFile ReportTraceFile;

typedef enum
{
  REPORT_LINE_HEAD,  /* a part begins: see report_trace_file_map() */
  REPORT_LINE_EVENT,
  REPORT_LINE_TAIL,  /* what stands behind all events */
  REPORT_LINE_CUT,   /* half a line: the part is over */
  REPORT_LINE_NONE,  /* the file is over */
  REPORT_LINE_ERROR,
} ReportLine;

/* What a skimming reader does not skip; lines that begin a part are never skipped. */
typedef bool (*ReportWanted) (const char *line, size_t length);

/* NULL with an error that names the file. */
ReportTraceFile *report_trace_file_open (const char *path, GError **error);
void report_trace_file_close (ReportTraceFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportTraceFile, report_trace_file_close)

/* The next line; `wanted` NULL: all are.  An error names file and line. */
ReportLine report_trace_file_next (ReportTraceFile *file, ReportWanted wanted, GError **error);

/* Of the latest line, until the next: the event (NULL: it was none), and the map. */
const AempTraceEvent *report_trace_file_event (const ReportTraceFile *file);
const AempValue *report_trace_file_map (const ReportTraceFile *file);
/* Its number as it says itself, or else as an editor counts, from 1. */
uint64_t report_trace_file_line (const ReportTraceFile *file);

/* A number or text of a map; `otherwise` if there is none. */
int64_t report_map_number (const AempValue *map, const char *key, int64_t otherwise);
char *report_map_text (const AempValue *map, const char *key);
