/* sim/status.c - what a run, or many, amounts to. */

#include "sim/run.h"

#include <string.h>

SimStatus
sim_status_worse (SimStatus one, SimStatus other)
{
  static const SimStatus order[] = { SIM_STATUS_CRASH,       SIM_STATUS_NOT_REPEATABLE,
                                     SIM_STATUS_FAILED,      SIM_STATUS_NO_PROGRESS,
                                     SIM_STATUS_VACUOUS };
  for (unsigned i = 0; i < G_N_ELEMENTS (order); i++)
    if (one == order[i] || other == order[i])
      return order[i];
  return SIM_STATUS_OK;
}

SimStatus
sim_result_status (const SimResult *result)
{
  SimStatus status = result->trouble || result->broken ? SIM_STATUS_FAILED : SIM_STATUS_OK;
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (result->findings.breaches[promise] > 0)
      status = sim_status_worse (status, SIM_STATUS_FAILED);
  for (unsigned i = 0; i < result->missed->len; i++)
    {
      const SimMissed *missed = result->missed->pdata[i];
      status = sim_status_worse (status, missed->expect->kind == SCENARIO_EXPECT_WHOLE
                                             ? SIM_STATUS_NO_PROGRESS
                                             : SIM_STATUS_FAILED);
    }
  return status;
}

bool
sim_is_asked_for (const Scenario *scenario, const SimCheckerOps *ops)
{
  for (unsigned i = 0; ops->promises[i]; i++)
    if (scenario->promises[ops->promises[i]])
      return true;
  return false;
}

/* Was any promise of the checker's group tried on something? */
static bool
is_group_judged (const char *group, const uint64_t judged[SIM_PROMISES + 1])
{
  for (unsigned i = 0; sim_checkers[i]; i++)
    for (unsigned j = 0; sim_checkers[i]->promises[j]; j++)
      if (strcmp (sim_checkers[i]->name, group) == 0 && judged[sim_checkers[i]->promises[j]] > 0)
        return true;
  return false;
}

bool
sim_judged_nothing (const Scenario *scenario, const uint64_t judged[SIM_PROMISES + 1],
                    int *promise)
{
  for (unsigned i = 0; sim_checkers[i]; i++)
    {
      const SimCheckerOps *ops = sim_checkers[i];
      for (unsigned j = 0; ops->promises[j]; j++)
        {
          int number = ops->promises[j];
          if (scenario->promise_by_number[number] && judged[number] == 0)
            {
              *promise = number;
              return true;
            }
        }
      if (sim_is_asked_for (scenario, ops) && !is_group_judged (ops->name, judged))
        {
          *promise = ops->promises[0];
          return true;
        }
    }
  return false;
}
