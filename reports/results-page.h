/* reports/results-page.h - what sweeps have found, as a page: one file, which needs nothing else. */
#pragma once

#include "sim/search/results.h"

/* The name of a promise, for people. */
typedef const char *(*ReportPromiseName) (int promise);
/* The command that plays a run once more; the page frees it. */
typedef char *(*ReportRepeat) (const char *program, const SimResultsStory *story, uint64_t seed);

void report_results_page (GString *out, const SimResultsOverview *overview,
                          ReportPromiseName promise_name, ReportRepeat repeat);
