/* sim/checkers/jury.c */

#include "jury.h"

G_STATIC_ASSERT (AEMP_TRACE_KINDS <= 64);

void
sim_jury_init (SimJury *jury, SimFindings *findings)
{
  *jury = (SimJury){ .findings = findings };
}

void
sim_jury_clear (SimJury *jury)
{
  for (unsigned at = 0; at < jury->count; at++)
    jury->checkers[at]->ops->free (jury->checkers[at]);
  jury->count = 0;
}

void
sim_jury_call (SimJury *jury, const SimCheckerOps *ops)
{
  SimChecker *checker = ops->new (jury->findings);

  g_assert (jury->count < SIM_JURY_MAX);
  checker->bit = 1u << jury->count;
  jury->checkers[jury->count++] = checker;
  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    if (ops->kinds >> kind & 1)
      jury->wanted[kind] |= checker->bit;
}

void
sim_jury_call_all (SimJury *jury)
{
  for (unsigned at = 0; sim_checkers[at]; at++)
    sim_jury_call (jury, sim_checkers[at]);
}

void
sim_jury_end (SimJury *jury, int64_t time_us, bool calm)
{
  for (unsigned at = 0; at < jury->count; at++)
    jury->checkers[at]->ops->end (jury->checkers[at], time_us, calm);
}
