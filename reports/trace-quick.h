/* reports/trace-quick.h - reads, without detours, the lines that we write ourselves.
 *
 * An event as aemp_trace_write_json() writes it, nothing escaped, is read several times as fast
 * as by report_trace_read().  Whatever looks different is left to that. */
#pragma once

#include "engine/trace.h"

typedef struct ReportTraceQuick ReportTraceQuick;
ReportTraceQuick *report_trace_quick_new (void);
void report_trace_quick_free (ReportTraceQuick *quick);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportTraceQuick, report_trace_quick_free)

/* False: not such a line, which says nothing about whether it is a good one.  The event and its
 * names live until the next call. */
bool report_trace_quick_read (ReportTraceQuick *quick, const char *line, size_t length,
                              const AempTraceEvent **event, uint64_t *number);
