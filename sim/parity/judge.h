/* sim/parity/judge.h - the two lives of each script, side by side. */
#pragma once

#include "sim/parity/halves.h"

typedef struct
{
  const ParityScript *script;
  ParityLife kernel;
  ParityLife model;
  bool model_played;
  unsigned tries;   /* the kernel's half was played so often */
  bool skipped;     /* the kernel could not be asked */
  bool same;        /* what was played agrees, with each other and with the script */
  char *difference; /* the first one; NULL: none */
} ParityVerdict;

/* Finds `same` and `difference`. */
void parity_judge (ParityVerdict *verdict);
void parity_verdict_clear (ParityVerdict *verdict);

/* Of all verdicts, or those that are remarkable: a line each; and the score. */
void parity_print_table (const ParityVerdict *verdicts, unsigned count, bool all);
void parity_print_json (const ParityVerdict *verdicts, unsigned count);
/* A line of TAP for each, and one for the score.  Those that are known to differ, and those that the
 * machine was too busy for to be measured, are skipped aloud; only the latter do not count. */
void parity_print_tap (const ParityVerdict *verdicts, unsigned count, unsigned least_score,
                       const char *no_kernel);
/* In percent of those that were not skipped, rounded down. */
unsigned parity_score (const ParityVerdict *verdicts, unsigned count);
