/* reports/skim.h - a recorded trace from its first line to its last, for reports.
 *
 * A judge needs every line (trace-file.h); a report tells what it can.  So what cannot be read
 * is passed over and counted.  Memory does not grow with the file. */
#pragma once

#include "trace-read.h"

typedef struct
{
  uint64_t lines;       /* read so far */
  uint64_t events;
  uint64_t bad_lines;   /* passed over */
  uint64_t first_bad;   /* the first of them, from 1; 0: none */
  char *first_bad_why;
  AempMessage *head;    /* the first line, if it says that this is a trace; NULL */
  AempMessage *tail;    /* the last line, if it is an end; NULL: the file is cut */
  bool ends_in_line;    /* the file ends within a line */
} ReportSkimState;

typedef struct ReportSkim ReportSkim;

/* "-" is standard input.  NULL with an error in words: it cannot be opened. */
ReportSkim *report_skim_open (const char *path, GError **error);
void report_skim_close (ReportSkim *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportSkim, report_skim_close)

/* The next event, which lives until the next call, and its number in the trace (the one it says,
 * or its place).  False: the end; `error` is set if reading failed. */
bool report_skim_next (ReportSkim *file, const AempTraceEvent **event, uint64_t *number,
                        GError **error);

const ReportSkimState *report_skim_state (const ReportSkim *file);
/* The first line as a map, and the last; NULL: there is none. */
const AempValue *report_skim_head (const ReportSkim *file);
const AempValue *report_skim_tail (const ReportSkim *file);
