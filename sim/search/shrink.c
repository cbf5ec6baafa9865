/* sim/search/shrink.c - from a seed that fails to a few lines that still do. */
#include "sim/search/shrink.h"

#include "sim/actors/actors.h"
#include "sim/expand.h"

typedef struct
{
  const SimShrinkOptions *options;
  SimTries *tries;
  const char *stage;
} Shrinking;

static void
on_stage (const char *stage, void *user_data)
{
  ((Shrinking *)user_data)->stage = stage;
}

static void
on_told (void *user_data)
{
  Shrinking *shrinking = user_data;
  if (shrinking->options->progress && shrinking->tries)
    shrinking->options->progress (shrinking->stage, shrinking->tries,
                                  shrinking->options->user_data);
}

static Scenario *
parse (const char *text)
{
  return scenario_parse (text, "shrunk.scn", sim_actor_kinds, NULL);
}

/* The storms in so many statements.  NULL: there are none. */
static char *
expand (const char *text, uint64_t seed)
{
  g_autoptr (Scenario) scenario = parse (text);
  unsigned storms = 0;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    storms += ((const ScenarioAction *)scenario->actions->pdata[i])->kind == SCENARIO_STORM;
  if (storms == 0)
    return NULL;
  sim_expand_storms (scenario, seed);
  return scenario_print (scenario);
}

/* The same text, with the seed in it. */
static char *
with_seed (const char *text, uint64_t seed)
{
  g_autoptr (Scenario) scenario = parse (text);
  scenario->seed_said = true;
  scenario->seed = seed;
  return scenario_print (scenario);
}

/* Is the text, read anew, still what fails? */
static bool
verify (const Shrinking *shrinking, const SimShrunk *shrunk)
{
  SimTriesOptions options = { .planted = shrinking->options->planted };
  g_autoptr (SimTries) again = sim_tries_new (shrunk->text, shrunk->seed, &options);
  return g_strcmp0 (sim_tries_signature (again), shrunk->signature) == 0
         && sim_tries_verify (again);
}

static void
take_result (Shrinking *shrinking, SimShrunk *shrunk)
{
  const SimTries *tries = shrinking->tries;
  const SimTrialResult *result = sim_tries_result (tries);
  const char *neighbour = sim_tries_neighbour (tries);
  shrunk->seed = sim_tries_seed (tries);
  shrunk->text = with_seed (sim_tries_text (tries), shrunk->seed);
  shrunk->neighbour = neighbour ? with_seed (neighbour, shrunk->seed) : NULL;
  shrunk->what = g_strdup (result->text ? result->text : sim_trial_verdict_name (result->verdict));
  shrunk->after = sim_size_of (shrunk->text);
  shrunk->failed_otherwise = sim_tries_failed_otherwise (tries);
  shrunk->out_of_time = sim_tries_are_over (tries);
}

static void
shrink (Shrinking *shrinking, SimShrunk *shrunk)
{
  SimTries *tries = shrinking->tries;
  g_autofree char *expanded = expand (sim_tries_text (tries), shrinking->options->seed);
  shrinking->stage = "storms";
  if (expanded)
    sim_tries_replace (tries, expanded);
  shrunk->expanded = sim_size_of (sim_tries_text (tries));
  sim_reduce (tries, on_stage, shrinking);
}

SimShrunk *
sim_shrink (const Scenario *scenario, const SimShrinkOptions *options)
{
  SimShrunk *shrunk = g_new0 (SimShrunk, 1);
  Shrinking shrinking = { .options = options, .stage = "the run itself" };
  SimTriesOptions of_tries = { .planted = options->planted,
                               .jobs = options->jobs,
                               .seeds = options->seeds ? options->seeds : SIM_SHRINK_SEEDS,
                               .limit_us = options->limit_us,
                               .told = on_told,
                               .user_data = &shrinking };
  g_autofree char *text = scenario_print (scenario);
  g_autoptr (SimTries) tries = sim_tries_new (text, options->seed, &of_tries);
  shrinking.tries = tries;
  shrunk->before = shrunk->expanded = sim_size_of (text);
  shrunk->signature = g_strdup (sim_tries_signature (tries));
  if (shrunk->signature)
    shrink (&shrinking, shrunk);
  take_result (&shrinking, shrunk);
  shrunk->verified = shrunk->signature && verify (&shrinking, shrunk);
  shrunk->played = sim_tries_played (tries);
  return shrunk;
}

void
sim_shrunk_free (SimShrunk *shrunk)
{
  if (!shrunk)
    return;
  g_free (shrunk->text);
  g_free (shrunk->neighbour);
  g_free (shrunk->signature);
  g_free (shrunk->what);
  g_free (shrunk);
}
