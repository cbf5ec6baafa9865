/* sim/search/tally.c - what came of a sweep's runs, in numbers. */

#include "sim/search/sweep-parts.h"

#include <string.h>

static void
group_free (void *memory)
{
  SimSweepGroup *group = memory;
  g_free (group->signature);
  g_free (group->text);
  g_free (group);
}

void
sim_sweep_tally_init (SimSweepTally *tally, const SimSweepOptions *options)
{
  *tally = (SimSweepTally){ .options = options,
                            .sums = g_new0 (SimSweepSum, options->stories->len),
                            .groups = g_ptr_array_new_with_free_func (group_free),
                            .began_us = g_get_monotonic_time () };
  tally->told_us = tally->began_us;
}

void
sim_sweep_tally_clear (SimSweepTally *tally)
{
  g_free (tally->sums);
  g_ptr_array_unref (tally->groups);
}

static SimSweepGroup *
group_of (SimSweepTally *tally, unsigned story, const SimTrialResult *result)
{
  const char *signature
      = result->signature ? result->signature : sim_trial_verdict_name (result->verdict);
  for (unsigned i = 0; i < tally->groups->len; i++)
    {
      SimSweepGroup *group = tally->groups->pdata[i];
      if (group->story == story && strcmp (group->signature, signature) == 0)
        return group;
    }
  SimSweepGroup *group = g_new0 (SimSweepGroup, 1);
  *group = (SimSweepGroup){ .story = story,
                            .verdict = result->verdict,
                            .signature = g_strdup (signature),
                            .text = g_strdup (result->text) };
  g_ptr_array_add (tally->groups, group);
  return group;
}

/* Keeps the lowest, in order. */
static void
keep_seed (SimSweepGroup *group, uint64_t seed)
{
  unsigned place = group->seeds_count;
  while (place > 0 && group->seeds[place - 1] > seed)
    place--;
  if (place == SIM_SWEEP_SEEDS_KEPT)
    return;
  group->seeds_count = MIN (group->seeds_count + 1, SIM_SWEEP_SEEDS_KEPT);
  for (unsigned i = group->seeds_count - 1; i > place; i--)
    group->seeds[i] = group->seeds[i - 1];
  group->seeds[place] = seed;
}

static void
add_up (SimSweepSum *sum, const SimTrialResult *result)
{
  sum->runs++;
  sum->bad += result->verdict != SIM_TRIAL_OK;
  sum->marks |= result->marks;
  sum->events += result->events;
  sum->simulated_us += result->simulated_us;
  sum->real_us += result->real_us;
  sum->cpu_us += result->cpu_us;
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    sum->judged[promise] += result->judged[promise];
}

void
sim_sweep_tally_add (SimSweepTally *tally, unsigned story, const SimTrialResult *result, bool shown)
{
  if (result->marks & ~tally->all.marks)
    tally->last_mark_runs = tally->all.runs + 1;
  add_up (&tally->sums[story], result);
  add_up (&tally->all, result);
  tally->worst = sim_status_worse (tally->worst, sim_trial_verdict_status (result->verdict));
  if (result->verdict == SIM_TRIAL_OK)
    return;
  SimSweepGroup *group = group_of (tally, story, result);
  group->runs++;
  keep_seed (group, result->seed);
  if (shown)
    sim_sweep_tell_failure (tally, story, result);
}
