/* reports/input.h - the events of a report: of one trace, or of several nodes' traces in the order
 * of cause.
 *
 * One trace is read as far as that goes (skim.h).  Several are put in order (order.h), which needs
 * to understand each: one that it does not is left out, and told. */
#pragma once

#include "skim.h"

typedef struct ReportInput ReportInput;

/* NULL with an error: none of them can be read. */
ReportInput *report_input_open (const char *const *paths, GError **error);
void report_input_close (ReportInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportInput, report_input_close)

/* As report_skim_next(); several traces are numbered as one. */
bool report_input_next (ReportInput *input, const AempTraceEvent **event, uint64_t *number,
                        GError **error);

const ReportSkimState *report_input_state (const ReportInput *input);
const AempValue *report_input_head (const ReportInput *input);
const AempValue *report_input_tail (const ReportInput *input);
/* What was said about traces that were left out: char *. */
const GPtrArray *report_input_left_out (const ReportInput *input);
