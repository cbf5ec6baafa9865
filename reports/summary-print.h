/* reports/summary-print.h - a summary for people, and for machines. */
#pragma once

#include "summary.h"

typedef struct
{
  const char *path;              /* as it was given; of several, the first */
  const char *const *paths;      /* all of them, to be read again; ends with NULL */
  const ReportSkimState *state; /* of the file, read to its end */
  const AempValue *head;         /* its first line; NULL */
  const AempValue *tail;         /* its last; NULL */
  GPtrArray *before;             /* char *: the events before the failure, or the last ones; NULL */
  uint64_t failure;              /* the event where the first promise or expectation failed; 0 */
} ReportFrame;

void report_summary_print (GString *out, const ReportSummary *summary, const ReportFrame *frame);
/* As docs/report.schema.json says. */
void report_summary_print_json (GString *out, const ReportSummary *summary, const ReportFrame *frame);

/* The event where the first promise failed, as the last line says; 0: none did. */
uint64_t report_failure (const AempValue *tail);
/* The scenario's title, out of its text; NULL. */
char *report_title (const AempValue *head);
/* What happened, in words. */
char *report_event_words (const AempTraceEvent *event);
/* One event in one line. */
char *report_event_text (const AempTraceEvent *event, uint64_t number);
