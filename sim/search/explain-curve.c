/* sim/search/explain-curve.c - when was it lost?
 *
 * A point says how many of some runs, in which everything from its time on is drawn again, fail in
 * the same way, no later than the one that is to be explained.  At its end that is all of them, and from
 * some time on it was: then the run was lost.  That is looked for by halves, between the faults as long
 * as there are some. */

#include "sim/search/explain-parts.h"

#include <string.h>

#define RUNS 16
#define POINTS_MAX 16
#define STEP_MIN_US 1000 /* nobody wants to know it more exactly */
#define DOUBTFUL 0.6     /* when so many fail before, that all fail may be chance */

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

/* An expectation that something happens speaks of the faults that make it happen. */
static bool
speaks_of_faults (const SimExplained *explained)
{
  return explained->what && g_str_has_prefix (explained->what, "expected ")
         && !strstr (explained->what, "too many");
}

/* False: the time is over. */
static bool
play_again (SimExplanation *explanation, SimExplainPoint *point, unsigned runs)
{
  unsigned all = point->runs + runs;
  SimTrialPlan plan = { .scenario = explanation->scenario,
                        .options = { .until_us = explanation->until_us,
                                     .planted = explanation->options->planted,
                                     .again_at_us = point->at_us,
                                     .keeps_faults = speaks_of_faults (explanation->explained) },
                        .data = &explanation->trial };
  unsigned number = sim_trials_add_plan (explanation->trials, &plan);
  for (uint64_t again = point->runs + 1; again <= all; again++)
    sim_trials_submit (explanation->trials, number, again, 0);
  while (point->runs < all)
    {
      g_autoptr (SimTrialResult) result = sim_explanation_next (explanation, "drawn again");
      if (!result)
        return false;
      point->runs++;
      SimWithout outcome = sim_explanation_outcome (explanation, result);
      point->same += outcome == SIM_WITHOUT_SAME;
      point->passed += outcome == SIM_WITHOUT_PASSES;
    }
  return true;
}

static bool
add_point (SimExplanation *explanation, int64_t at_us)
{
  SimExplainPoint point = { .at_us = at_us };
  GArray *curve = explanation->explained->curve;
  unsigned index = 0;
  if (!play_again (explanation, &point, RUNS))
    return false;
  while (index < curve->len && point_at (explanation->explained, index)->at_us < at_us)
    index++;
  g_array_insert_val (curve, index, point);
  return true;
}

static bool
is_time_of_fault (const SimExplained *explained, int64_t at_us)
{
  for (unsigned i = 0; i < explained->faults->len; i++)
    if (((const SimExplainFault *)explained->faults->pdata[i])->at_us == at_us)
      return true;
  return false;
}

/* The middle one of the faults in between; just behind one; or the middle. */
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
  return is_time_of_fault (explained, low_us) ? low_us + 1 : low_us + (high_us - low_us) / 2;
}

/* From here on nothing saves it.  Where most fail that were drawn again before, it takes more runs to say
 * that. */
static bool
is_lost (SimExplanation *explanation, unsigned index)
{
  SimExplained *explained = explanation->explained;
  SimExplainPoint *point = point_at (explained, index);
  bool before = index > 0 && share (point_at (explained, index - 1)) > DOUBTFUL;
  if (point->same == point->runs && before && point->runs == RUNS)
    play_again (explanation, point, RUNS);
  return point->same == point->runs;
}

/* Between the last point that is not lost and the first that is. */
static void
bisect (SimExplanation *explanation)
{
  SimExplained *explained = explanation->explained;
  unsigned low = 0;
  while (explained->curve->len < POINTS_MAX && !sim_explanation_is_late (explanation))
    {
      int64_t low_us = point_at (explained, low)->at_us;
      int64_t high_us = point_at (explained, low + 1)->at_us;
      bool at_fault = is_time_of_fault (explained, low_us);
      if (high_us - low_us <= (at_fault ? 1 : STEP_MIN_US)
          || !add_point (explanation, time_between (explained, low_us, high_us)))
        break;
      if (!is_lost (explanation, low + 1))
        low++;
    }
  explained->lost_after_us = point_at (explained, low)->at_us;
  explained->lost_before_us = point_at (explained, low + 1)->at_us;
}

/* What happened to the network just when it was lost? */
static void
find_step_fault (SimExplained *explained)
{
  for (unsigned i = 0; i < explained->faults->len; i++)
    {
      int64_t at_us = ((const SimExplainFault *)explained->faults->pdata[i])->at_us;
      if (at_us >= explained->lost_after_us && at_us < explained->lost_before_us)
        explained->step_fault = (int)i;
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
  if (is_lost (explanation, 0))
    explained->lost_after_us = explained->lost_before_us = 0;
  else
    bisect (explanation);
  find_step_fault (explained);
  for (unsigned i = 0; i < explained->curve->len; i++)
    explained->by_chance |= explained->left_out == 0 && point_at (explained, i)->passed > 0;
}
