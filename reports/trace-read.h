/* reports/trace-read.h - reads recorded traces: lines of JSON become events again. */
#pragma once

#include "engine/trace.h"
#include "engine/value.h"

/* Reads one line after the other. */
typedef struct ReportTraceReader ReportTraceReader;
ReportTraceReader *report_trace_reader_new (void);
void report_trace_reader_free (ReportTraceReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportTraceReader, report_trace_reader_free)

/* Reads a line, with or without its end.  `event` becomes the event in it, or NULL for a line
 * that is none: the first and the last of a trace.  `number` becomes the line that the event
 * says it is, 0 if it does not; both may be NULL.  The reader owns the event and its names
 * until its next line.  False with AEMP_ERROR_MALFORMED (not JSON, not an object) or
 * AEMP_ERROR_PROTOCOL (an event we do not know, a field that cannot be): the error says which
 * one; the next line can be read all the same.  Fields that we do not know are skipped. */
bool report_trace_read (ReportTraceReader *reader, const char *line, size_t length,
                        const AempTraceEvent **event, uint64_t *number, GError **error);

/* The latest line that could be read, as a map; NULL before there was one. */
const AempValue *report_trace_reader_map (const ReportTraceReader *reader);
