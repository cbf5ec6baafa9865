/* reports/histogram.c */

#include "histogram.h"

/* Below 16 a bin is one number; above, the four bits behind the highest one. */
static unsigned
bin_of (uint64_t time_us)
{
  unsigned shift;

  if (time_us < 16)
    return (unsigned)time_us;
  shift = 59 - (unsigned)__builtin_clzll (time_us);
  return shift * 16 + (unsigned)(time_us >> shift);
}

/* The middle of a bin. */
static int64_t
time_of (unsigned bin)
{
  const unsigned shift = bin < 32 ? 0 : bin / 16 - 1;

  return (int64_t)((uint64_t)(bin - shift * 16) << shift) + (INT64_C (1) << shift) / 2;
}

void
report_histogram_add (ReportHistogram *histogram, int64_t time_us)
{
  time_us = MAX (time_us, 0);
  if (histogram->count++ == 0 || time_us < histogram->least_us)
    histogram->least_us = time_us;
  histogram->most_us = MAX (histogram->most_us, time_us);
  histogram->bins[bin_of ((uint64_t)time_us)]++;
}

int64_t
report_histogram_at (const ReportHistogram *histogram, unsigned thousandths)
{
  /* Rounded up: the time of a message that there was.  `count` times 1000 does not overflow. */
  const uint64_t rank = MAX ((histogram->count * thousandths + 999) / 1000, 1);
  uint64_t seen = 0;

  for (unsigned bin = 0; histogram->count > 0 && bin < REPORT_HISTOGRAM_BINS; bin++)
    if ((seen += histogram->bins[bin]) >= rank)
      return CLAMP (time_of (bin), histogram->least_us, histogram->most_us);
  return 0;
}
