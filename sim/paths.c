/* sim/paths.c - what a scenario says of paths, in the simulated world. */
#include "sim/paths.h"

SimPath
sim_path_of (const ScenarioPath *path)
{
  SimPath result = { .delay_min_us = path->delay_min_us,
                     .loss_ppm = path->loss_ppm,
                     .loss_burst = path->loss_burst,
                     .duplicate_ppm = path->duplicate_ppm,
                     .corrupt_ppm = path->corrupt_ppm,
                     .reorders = path->reorders,
                     .rate_bits = path->rate_bits,
                     .queue_bytes = path->queue_bytes,
                     .buffer_bytes = path->buffer_bytes };
  switch (path->delay)
    {
    case SCENARIO_DELAY_UNIFORM:
      result.distribution = SIM_DELAY_UNIFORM;
      result.delay_max_us = path->delay_max_us;
      break;
    case SCENARIO_DELAY_NORMAL:
      result.distribution = SIM_DELAY_NORMAL;
      result.delay_spread_us = path->delay_max_us;
      break;
    case SCENARIO_DELAY_PARETO:
      result.distribution = SIM_DELAY_PARETO;
      result.delay_spread_us = path->delay_max_us;
      break;
    }
  return result;
}

void
sim_path_follow (SimHost *from, SimHost *to, const ScenarioAction *action)
{
  SimPath path = sim_path_get (from, to), said = sim_path_of (&action->path);

  if (action->kind == SCENARIO_DELAY)
    {
      path.distribution = said.distribution;
      path.delay_min_us = said.delay_min_us;
      path.delay_max_us = said.delay_max_us;
      path.delay_spread_us = said.delay_spread_us;
    }
  else if (action->kind == SCENARIO_LOSS)
    {
      path.loss_ppm = said.loss_ppm;
      path.loss_burst = said.loss_burst;
    }
  else
    path.rate_bits = said.rate_bits;
  sim_path_change (from, to, &path);
}
