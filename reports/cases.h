/* reports/cases.h - how a run went, as a list of tests: for tools that know tests. */
#pragma once

#include "summary-print.h"

typedef enum
{
  REPORT_CASE_PASSED,
  REPORT_CASE_SKIPPED, /* there was nothing to judge */
  REPORT_CASE_FAILED,
  REPORT_CASE_ERROR, /* nobody knows: the trace is cut */
} ReportCaseResult;

typedef struct
{
  char *name;
  ReportCaseResult result;
  char *text; /* why it failed, or how much was judged; NULL */
} ReportCase;

/* Of a run's last line: each promise, then the expectations. */
GPtrArray *report_cases (const ReportFrame *frame);
/* "aemp simulate FILE --seed 7"; NULL: it is not known how to repeat it. */
char *report_repeat_command (const AempValue *head);
