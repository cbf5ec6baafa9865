/* sim/checkers/jury.h - the checkers of a run, each called only for what it wants to see.
 *
 * Most events are messages, and most checkers have nothing to say about those: the jury
 * keeps a table of who wants which kind.  What it does for an event is what a run with
 * checkers costs more than one without. */
#pragma once

#include "ledger.h"

#define SIM_JURY_MAX 8

typedef struct
{
  SimFindings *findings;
  SimChecker *checkers[SIM_JURY_MAX]; /* in the order in which they are called */
  unsigned count;
  uint8_t wanted[AEMP_TRACE_KINDS]; /* by whom: a bit for each of `checkers` */
} SimJury;

/* Without a checker yet; the findings have to outlive it. */
void sim_jury_init (SimJury *jury, SimFindings *findings);
void sim_jury_clear (SimJury *jury);
/* One more checker, before the first event. */
void sim_jury_call (SimJury *jury, const SimCheckerOps *ops);
/* All there are. */
void sim_jury_call_all (SimJury *jury);

static inline void
sim_jury_see (SimJury *jury, const AempTraceEvent *event, uint64_t line)
{
  SimFindings *findings = jury->findings;

  findings->line = line;
  if (findings->ledger)
    sim_ledger_see (findings->ledger, event, line);
  for (unsigned wanted = jury->wanted[event->kind] | findings->curious; wanted > 0;
       wanted &= wanted - 1)
    {
      SimChecker *checker = jury->checkers[__builtin_ctz (wanted)];
      checker->ops->see (checker, event, line);
    }
}

/* The trace is over: see `end` of a checker. */
void sim_jury_end (SimJury *jury, int64_t time_us, bool calm);
