/* sim/search/explain-faults.c - which faults does it take? */

#include "sim/search/explain-parts.h"

#include "scenarios/edit.h"
#include "sim/actors/actors.h"

#define FAULTS_MAX 200 /* that are tried one by one: the last before it fails */

typedef struct
{
  SimExplanation *explanation;
  unsigned *firsts;   /* of each action the first one of its episode */
  GArray *candidates; /* of unsigned: actions, the first of their episodes, the latest first */
  GPtrArray *copies;  /* of Scenario: they outlive their plans */
} Search;

static void
free_scenario (void *scenario)
{
  scenario_free (scenario);
}

static SimExplainFault *
fault_at (const Search *search, unsigned action)
{
  return search->explanation->explained->faults->pdata[action];
}

/* Can it be left out?  What only ends something goes with what it ends. */
static bool
is_candidate (const Search *search, unsigned index)
{
  const SimExplanation *explanation = search->explanation;
  const ScenarioAction *action = explanation->expanded->actions->pdata[index];
  return search->firsts[index] == index && action->kind != SCENARIO_CALM
         && action->kind != SCENARIO_HEAL && action->at_us <= explanation->explained->time_us;
}

static void
find_candidates (Search *search)
{
  for (unsigned i = search->explanation->expanded->actions->len; i-- > 0;)
    if (is_candidate (search, i) && search->candidates->len < FAULTS_MAX)
      g_array_append_val (search->candidates, i);
}

/* Submits the story without these candidates. */
static bool
submit_without (Search *search, const bool *left_out, int64_t until_us)
{
  SimExplanation *explanation = search->explanation;
  Scenario *copy = scenario_copy (explanation->expanded, sim_actor_kinds);
  if (!copy)
    return false;
  unsigned episodes = scenario_part_count (copy, SCENARIO_PART_EPISODES);
  g_autofree bool *kept = g_new (bool, episodes + 1);
  unsigned episode = 0;
  for (unsigned i = 0; i < explanation->expanded->actions->len; i++)
    if (search->firsts[i] == i)
      kept[episode++] = !left_out[i];
  scenario_keep (copy, SCENARIO_PART_EPISODES, kept);
  g_ptr_array_add (search->copies, copy);
  SimTrialPlan plan = { .scenario = copy,
                        .options = { .until_us = until_us,
                                     .planted = explanation->options->planted },
                        .data = &explanation->trial };
  sim_trials_submit (explanation->trials, sim_trials_add_plan (explanation->trials, &plan), 0, 0);
  return true;
}

/* Each by itself. */
static void
try_single_ones (Search *search)
{
  unsigned actions = search->explanation->expanded->actions->len;
  g_autofree bool *left_out = g_new0 (bool, actions + 1);
  unsigned submitted = 0;
  for (; submitted < search->candidates->len; submitted++)
    {
      unsigned action = g_array_index (search->candidates, unsigned, submitted);
      left_out[action] = true;
      bool done = submit_without (search, left_out, search->explanation->until_us);
      left_out[action] = false;
      if (!done)
        break;
    }
  for (unsigned i = 0; i < submitted; i++)
    {
      g_autoptr (SimTrialResult) result
          = sim_explanation_next (search->explanation, "without single faults");
      if (!result)
        return;
      fault_at (search, g_array_index (search->candidates, unsigned, i))->without
          = sim_explanation_outcome (search->explanation, result);
    }
}

static bool
passes_without (Search *search, const bool *left_out)
{
  if (!submit_without (search, left_out, search->explanation->until_us))
    return false;
  g_autoptr (SimTrialResult) result
      = sim_explanation_next (search->explanation, "without several faults");
  return result && sim_explanation_outcome (search->explanation, result) == SIM_WITHOUT_PASSES;
}

/* The latest ones that it passes without, as few as can be: twice as many until it passes, then each is
 * put back unless it fails again. */
static void
try_several (Search *search)
{
  unsigned actions = search->explanation->expanded->actions->len;
  unsigned all = search->candidates->len, count = 2;
  g_autofree bool *left_out = g_new0 (bool, actions + 1);
  bool passes = false;
  for (unsigned done = 0; !passes && done < all && !sim_explanation_is_late (search->explanation);
       count *= 2)
    {
      for (; done < MIN (count, all); done++)
        left_out[g_array_index (search->candidates, unsigned, done)] = true;
      passes = passes_without (search, left_out);
    }
  for (unsigned i = all; passes && i-- > 0;)
    {
      unsigned action = g_array_index (search->candidates, unsigned, i);
      if (!left_out[action] || sim_explanation_is_late (search->explanation))
        continue;
      left_out[action] = false;
      left_out[action] = !passes_without (search, left_out);
    }
  for (unsigned i = 0; passes && i < actions; i++)
    {
      fault_at (search, i)->is_left_out = left_out[i];
      search->explanation->explained->left_out += left_out[i];
    }
}

/* Of the single ones without which it passes, the latest. */
static void
choose (Search *search)
{
  SimExplained *explained = search->explanation->explained;
  for (unsigned i = 0; i < search->candidates->len && explained->deciding < 0; i++)
    {
      unsigned action = g_array_index (search->candidates, unsigned, i);
      if (fault_at (search, action)->without != SIM_WITHOUT_PASSES)
        continue;
      explained->deciding = (int)action;
      explained->left_out = 1;
      fault_at (search, action)->is_left_out = true;
    }
}

/* The nearest run that passes up to there: does it to its end? */
static void
play_to_the_end (Search *search)
{
  SimExplained *explained = search->explanation->explained;
  g_autofree bool *left_out = g_new0 (bool, explained->faults->len + 1);
  for (unsigned i = 0; i < explained->faults->len; i++)
    left_out[i] = fault_at (search, i)->is_left_out;
  if (!submit_without (search, left_out, 0))
    return;
  g_autoptr (SimTrialResult) result
      = sim_explanation_next (search->explanation, "the run that passes");
  explained->fails_later = result && result->verdict != SIM_TRIAL_OK;
}

void
sim_explain_faults (SimExplanation *explanation)
{
  Search search = { .explanation = explanation,
                    .firsts = scenario_episodes (explanation->expanded),
                    .candidates = g_array_new (FALSE, FALSE, sizeof (unsigned)),
                    .copies = g_ptr_array_new_with_free_func (free_scenario) };
  find_candidates (&search);
  try_single_ones (&search);
  choose (&search);
  if (explanation->explained->deciding < 0 && search.candidates->len > 1)
    try_several (&search);
  if (explanation->explained->left_out == 1 && explanation->explained->deciding < 0)
    for (unsigned i = 0; i < explanation->explained->faults->len; i++)
      if (fault_at (&search, i)->is_left_out)
        explanation->explained->deciding = (int)i;
  if (explanation->explained->left_out > 0)
    play_to_the_end (&search);
  g_ptr_array_unref (search.copies);
  g_array_unref (search.candidates);
  g_free (search.firsts);
}
