/* reports/histogram.h - how long things take: percentiles within 3 %, in bounded memory. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define REPORT_HISTOGRAM_BINS (16 * 61)

typedef struct
{
  uint64_t count;
  int64_t least_us;
  int64_t most_us;
  uint32_t bins[REPORT_HISTOGRAM_BINS]; /* sixteen for each doubling */
} ReportHistogram;

/* Negative times, of clocks that disagree, count as 0. */
void report_histogram_add (ReportHistogram *histogram, int64_t time_us);
/* The time that `thousandths` of all do not exceed; 0 when there are none. */
int64_t report_histogram_at (const ReportHistogram *histogram, unsigned thousandths);
