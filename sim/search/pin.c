/* sim/search/pin.c - a run that fails, kept as a scenario. */
#include "sim/search/pin.h"

#include "scenarios/parse.h"
#include "sim/actors/actors.h"
#include "sim/expand.h"

#define MARKS_MAX 3
#define PLACES_MAX 2

static Scenario *
parse (const char *text)
{
  return scenario_parse (text, "pinned.scn", sim_actor_kinds, NULL);
}

/* --- Places -------------------------------------------------------------------------------------
 */

/* Does the run come there also when nothing is wrong?  `good` is NULL where nobody knows. */
static bool
is_there_anyway (const SimWitness *good, const ScenarioReach *place)
{
  return !good || sim_witness_has (good, place);
}

static void
add_place (Scenario *scenario, const ScenarioReach *place)
{
  scenario_add_reach (scenario, place->mark, place->event, place->node, place->peer, 0);
}

/* The last marks of the catalogue that it comes to: those of what rarely happens. */
static void
add_marks (Scenario *scenario, const SimWitness *bad, const SimWitness *good)
{
  unsigned added = 0;
  for (int mark = AEMP_MARKS_COUNT; mark-- > 0 && added < MARKS_MAX;)
    {
      ScenarioReach place = { .mark = mark };
      if (!sim_witness_has (bad, &place) || !is_there_anyway (good, &place))
        continue;
      add_place (scenario, &place);
      added++;
    }
}

/* The last new things that happened before it went wrong. */
static void
add_places (Scenario *scenario, const SimWitness *bad, const SimWitness *good)
{
  uint64_t wrong_line = bad->result->line > 0 ? bad->result->line : G_MAXUINT64;
  unsigned added = 0;
  for (unsigned i = bad->places->len; i-- > 0 && added < PLACES_MAX;)
    {
      const ScenarioReach *place = bad->places->pdata[i];
      if (g_array_index (bad->place_lines, uint64_t, i) >= wrong_line
          || !is_there_anyway (good, place) || !scenario_knows_node (scenario, place->node)
          || (place->peer && !scenario_knows_node (scenario, place->peer)))
        continue;
      add_place (scenario, place);
      added++;
    }
}

static void
choose_places (Scenario *scenario, const SimPinOptions *options)
{
  g_autoptr (SimWitness) bad = sim_witness_new (scenario, scenario->seed, options->planted);
  g_autoptr (SimWitness) good
      = options->planted ? sim_witness_new (scenario, scenario->seed, NULL) : NULL;
  g_ptr_array_set_size (scenario->reaches, 0);
  add_marks (scenario, bad, good);
  add_places (scenario, bad, good);
}

/* --- All of it ----------------------------------------------------------------------------------
 */

/* A storm that comes down to the same statements fails in the same way. */
static void
spell_out (SimTries *tries, uint64_t seed)
{
  g_autoptr (Scenario) scenario = parse (sim_tries_text (tries));
  sim_expand_storms (scenario, seed);
  g_autofree char *text = scenario_print (scenario);
  sim_tries_replace (tries, text);
}

static void
finish (SimPinned *pinned, const SimTries *tries, const SimPinOptions *options)
{
  g_autoptr (Scenario) scenario = parse (sim_tries_text (tries));
  SimTriesOptions once = { .planted = options->planted };
  scenario->seed_said = true;
  scenario->seed = sim_tries_seed (tries);
  choose_places (scenario, options);
  pinned->text = scenario_print (scenario);
  pinned->decisions = scenario->decisions->len;
  pinned->places = scenario->reaches->len;
  g_autoptr (SimTries) again = sim_tries_new (pinned->text, scenario->seed, &once);
  pinned->verified = g_strcmp0 (sim_tries_signature (again), pinned->signature) == 0
                     && sim_tries_verify (again) && sim_tries_is_good_without_bug (again);
}

SimPinned *
sim_pin (const Scenario *scenario, const SimPinOptions *options)
{
  SimPinned *pinned = g_new0 (SimPinned, 1);
  SimTriesOptions of_tries
      = { .planted = options->planted, .jobs = options->jobs, .limit_us = options->limit_us };
  g_autofree char *text = scenario_print (scenario);
  g_autoptr (SimTries) tries = sim_tries_new (text, options->seed, &of_tries);
  pinned->signature = g_strdup (sim_tries_signature (tries));
  if (!pinned->signature)
    return pinned;
  spell_out (tries, options->seed);
  sim_reduce_decisions (tries);
  const SimTrialResult *result = sim_tries_result (tries);
  pinned->what = g_strdup (result->text ? result->text : sim_trial_verdict_name (result->verdict));
  finish (pinned, tries, options);
  return pinned;
}

void
sim_pinned_free (SimPinned *pinned)
{
  if (!pinned)
    return;
  g_free (pinned->text);
  g_free (pinned->signature);
  g_free (pinned->what);
  g_free (pinned);
}
