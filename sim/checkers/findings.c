/* sim/checkers/findings.c */

#include "checker.h"

/* How many breaches of one promise are kept with their texts; all are counted. */
#define BREACHES_KEPT 8

static void
free_breach (void *breach)
{
  g_free (((SimBreach *)breach)->text);
  g_free (breach);
}

void
sim_findings_init (SimFindings *findings)
{
  *findings = (SimFindings){ .kept = g_ptr_array_new_with_free_func (free_breach) };
}

void
sim_findings_clear (SimFindings *findings)
{
  g_assert (!findings->ledger); /* the checkers go first */
  g_clear_pointer (&findings->kept, g_ptr_array_unref);
}

void
sim_findings_breach (SimFindings *findings, int promise, int64_t time_us, uint64_t line,
                     const char *format, ...)
{
  SimBreach *breach;
  va_list arguments;

  g_assert (promise >= 1 && promise <= SIM_PROMISES);
  if (findings->breaches[promise]++ >= BREACHES_KEPT)
    return;
  breach = g_new (SimBreach, 1);
  va_start (arguments, format);
  *breach = (SimBreach){ .promise = promise,
                         .time_us = time_us,
                         .line = line,
                         .text = g_strdup_vprintf (format, arguments) };
  va_end (arguments);
  g_ptr_array_add (findings->kept, breach);
}
