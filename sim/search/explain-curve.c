/* sim/search/explain-curve.c - when was it lost?
 *
 * A point says how many of some runs, in which everything from its time on is drawn again, fail in
 * the same way, no later than the one that is to be explained.  At its end that is all of them.  Points
 * are added where the curve rises most, between the faults as long as there are some. */

#include "sim/search/explain-parts.h"

#define RUNS 16
#define POINTS_MAX 16
#define RISE_MIN 0.25      /* what counts as a step */
#define STEP_MIN_US 1000   /* nobody wants to know it more exactly */
#define FLAT 0.85          /* who fails that often from the beginning on was never safe */

static double
share (const SimExplainPoint *point)
{
  return (double)point->same / point->runs;
}

static SimExplainPoint *
point_at (const SimExplained *explained, unsigned index)
{
  return &g_array_index (explained->curve, SimExplainPoint, index);
}

/* False: the time is over. */
static bool
play_again (SimExplanation *explanation, SimExplainPoint *point)
{
  SimTrialPlan plan = { .scenario = explanation->scenario,
                        .options = { .until_us = explanation->until_us,
                                     .planted = explanation->options->planted,
                                     .again_at_us = point->at_us,
                                     .keeps_faults = explanation->explained->promise == 0 },
                        .data = &explanation->trial };
  unsigned number = sim_trials_add_plan (explanation->trials, &plan);
  for (uint64_t again = 1; again <= RUNS; again++)
    sim_trials_submit (explanation->trials, number, again, 0);
  while (point->runs < RUNS)
    {
      g_autoptr (SimTrialResult) result = sim_explanation_next (explanation, "drawn again");
      if (!result)
        return false;
      point->runs++;
      point->same += sim_explanation_is_same (explanation, result);
      point->passed += result->verdict == SIM_TRIAL_OK;
    }
  return true;
}

static bool
add_point (SimExplanation *explanation, int64_t at_us)
{
  SimExplainPoint point = { .at_us = at_us };
  GArray *curve = explanation->explained->curve;
  unsigned index = 0;
  if (!play_again (explanation, &point))
    return false;
  while (index < curve->len && point_at (explanation->explained, index)->at_us < at_us)
    index++;
  g_array_insert_val (curve, index, point);
  return true;
}

/* Where it rises most, from this point to the next. */
static unsigned
find_rise (const SimExplained *explained)
{
  unsigned best = 0;
  double most = -1;
  for (unsigned i = 0; i + 1 < explained->curve->len; i++)
    {
      double rise = share (point_at (explained, i + 1)) - share (point_at (explained, i));
      if (rise > most)
        {
          most = rise;
          best = i;
        }
    }
  return best;
}

/* The middle one of the faults in between, or the middle. */
static int64_t
time_between (const SimExplained *explained, int64_t low_us, int64_t high_us)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (int64_t));
  for (unsigned i = 0; i < explained->faults->len; i++)
    {
      const SimExplainFault *fault = explained->faults->pdata[i];
      if (fault->at_us > low_us && fault->at_us < high_us)
        g_array_append_val (times, fault->at_us);
    }
  if (times->len > 0)
    return g_array_index (times, int64_t, times->len / 2);
  return low_us + (high_us - low_us) / 2;
}

static void
bisect (SimExplanation *explanation)
{
  SimExplained *explained = explanation->explained;
  while (explained->curve->len < POINTS_MAX && !sim_explanation_is_late (explanation))
    {
      unsigned index = find_rise (explained);
      const SimExplainPoint *low = point_at (explained, index);
      const SimExplainPoint *high = point_at (explained, index + 1);
      if (share (high) - share (low) < RISE_MIN || high->at_us - low->at_us <= STEP_MIN_US)
        return;
      if (!add_point (explanation, time_between (explained, low->at_us, high->at_us)))
        return;
    }
}

void
sim_explain_curve (SimExplanation *explanation)
{
  SimExplained *explained = explanation->explained;
  /* What has happened by then is not drawn again. */
  SimExplainPoint last = { .at_us = explained->time_us + 1, .runs = RUNS, .same = RUNS };
  g_array_append_val (explained->curve, last);
  if (!add_point (explanation, 0))
    return;
  if (share (point_at (explained, 0)) < FLAT)
    bisect (explanation);
  unsigned index = find_rise (explained);
  const SimExplainPoint *low = point_at (explained, index);
  const SimExplainPoint *high = point_at (explained, index + 1);
  if (share (high) - share (low) < RISE_MIN)
    return;
  explained->lost_after_us = low->at_us;
  explained->lost_before_us = high->at_us;
  for (unsigned i = 0; i < explained->curve->len; i++)
    explained->by_chance |= explained->left_out == 0 && point_at (explained, i)->passed > 0;
}
