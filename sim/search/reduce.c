/* sim/search/reduce.c - less and less of a scenario that fails. */
#include "sim/search/reduce.h"

#include "scenarios/edit.h"
#include "scenarios/parse.h"
#include "sim/actors/actors.h"
#include "sim/search/ddmin.h"
#include "sim/search/words.h"

#include <string.h>

#define ROUNDS_MAX 6
#define DECISIONS_MAX 5000 /* of a run: more are left to the seed */
#define MERGED_MAX 12      /* nodes: each is tried in the place of each other one */

static Scenario *
parse (const char *text)
{
  return scenario_parse (text, "shrunk.scn", sim_actor_kinds, NULL);
}

/* --- Statements ----------------------------------------------------------------------------- */

typedef struct
{
  SimTries *tries;
  ScenarioPart part;
  const Scenario *base; /* of which subsets are taken */
} PartSearch;

/* NULL: it does not make sense. */
static char *
text_of_subset (const PartSearch *search, const SimSubset *subset)
{
  g_autoptr (Scenario) scenario = scenario_copy (search->base, sim_actor_kinds);
  if (!scenario)
    return NULL;
  scenario_keep (scenario, search->part, subset->has);
  return scenario->nodes->len > 0 ? scenario_print (scenario) : NULL;
}

static int
try_subsets (void *user_data, const SimSubset *candidates, unsigned count)
{
  PartSearch *search = user_data;
  char **texts = g_new0 (char *, count + 1);
  for (unsigned i = 0; i < count; i++)
    texts[i] = text_of_subset (search, &candidates[i]);
  int found = sim_tries_offer (search->tries, texts, count);
  for (unsigned i = 0; i < count; i++)
    g_free (texts[i]);
  g_free (texts);
  return found;
}

static void
reduce_part (SimTries *tries, ScenarioPart part)
{
  g_autoptr (Scenario) base = parse (sim_tries_text (tries));
  unsigned count = scenario_part_count (base, part);
  g_autofree bool *kept = g_new (bool, count + 1);
  PartSearch search = { tries, part, base };
  for (unsigned i = 0; i < count; i++)
    kept[i] = true;
  sim_ddmin (kept, count, try_subsets, &search);
}

/* Of the promises first of all only the one that was broken: others that are judged by the same
 * checker would do as well. */
static void
reduce_promises (SimTries *tries)
{
  g_autoptr (Scenario) scenario = parse (sim_tries_text (tries));
  int promise = sim_tries_result (tries)->promise;
  bool has[G_N_ELEMENTS (scenario->promises)] = { false };
  unsigned place = 0;
  for (int i = 1; i < promise; i++)
    place += scenario->promises[i];
  has[place] = true;
  PartSearch search = { tries, SCENARIO_PART_PROMISES, scenario };
  if (promise == 0 || try_subsets (&search, &(SimSubset){ has }, 1) < 0)
    reduce_part (tries, SCENARIO_PART_PROMISES);
}

/* One node in the place of two. */
static void
merge_nodes (SimTries *tries)
{
  int merged = 0;
  while (merged >= 0)
    {
      g_autoptr (Scenario) base = parse (sim_tries_text (tries));
      g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
      unsigned count = base->nodes->len <= MERGED_MAX ? base->nodes->len : 0;
      for (unsigned from = 0; from < count; from++)
        for (unsigned into = 0; into < count; into++)
          {
            g_autoptr (Scenario) scenario = scenario_copy (base, sim_actor_kinds);
            if (from == into || !scenario)
              continue;
            scenario_merge_nodes (scenario, from, into);
            g_ptr_array_add (texts, scenario_print (scenario));
          }
      merged = sim_tries_offer (tries, (char *const *)texts->pdata, texts->len);
    }
}

/* --- Time ------------------------------------------------------------------------------------- */

static int
compare_times (const void *one, const void *other)
{
  int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
  return (a > b) - (a < b);
}

/* All times at which something is said, sorted, and the end. */
static GArray *
list_times (const Scenario *scenario)
{
  GArray *times = g_array_new (FALSE, FALSE, sizeof (int64_t));
  for (unsigned i = 0; i < scenario->actions->len; i++)
    g_array_append_val (times, ((const ScenarioAction *)scenario->actions->pdata[i])->at_us);
  for (unsigned i = 0; i < scenario->expects->len; i++)
    g_array_append_val (times, ((const ScenarioExpect *)scenario->expects->pdata[i])->from_us);
  if (scenario->until_said)
    g_array_append_val (times, scenario->until_us);
  g_array_sort (times, compare_times);
  return times;
}

/* Tries shorter waits behind the time `from_us`, which is `gap_us` before the next. */
static bool
shorten_gap (SimTries *tries, const Scenario *base, int64_t from_us, int64_t gap_us)
{
  int64_t shorter[SIM_SIMPLER_MAX];
  unsigned count = sim_simpler_numbers (gap_us, shorter);
  char *texts[SIM_SIMPLER_MAX] = { NULL };
  for (unsigned i = 0; i < count; i++)
    {
      g_autoptr (Scenario) scenario = scenario_copy (base, sim_actor_kinds);
      if (!scenario)
        continue;
      scenario_shift (scenario, from_us, shorter[i] - gap_us);
      texts[i] = scenario_print (scenario);
    }
  int found = sim_tries_offer (tries, texts, count);
  for (unsigned i = 0; i < count; i++)
    g_free (texts[i]);
  return found >= 0;
}

/* The waits between the times, one after the other, the last one first: it makes all that follows
 * quicker. */
static void
reduce_times (SimTries *tries)
{
  g_autoptr (Scenario) base = parse (sim_tries_text (tries));
  g_autoptr (GArray) times = list_times (base);
  for (unsigned i = times->len; i-- > 0;)
    {
      int64_t from_us = i > 0 ? g_array_index (times, int64_t, i - 1) : 0;
      int64_t gap_us = g_array_index (times, int64_t, i) - from_us;
      if (gap_us == 0 || !shorten_gap (tries, base, from_us, gap_us))
        continue;
      scenario_free (base);
      base = parse (sim_tries_text (tries)); /* times before this one are what they were */
    }
}

/* --- Words and numbers ------------------------------------------------------------------------ */

/* Offers variations of the text, and of what it becomes, from its beginning to its end. */
static void
reduce_words (SimTries *tries, GPtrArray *(*variations) (const char *text))
{
  unsigned from = 0;
  int taken = 0;
  while (taken >= 0)
    {
      g_autoptr (GPtrArray) texts = variations (sim_tries_text (tries));
      from = MIN (from, texts->len);
      taken = sim_tries_offer (tries, (char *const *)texts->pdata + from, texts->len - from);
      from += (unsigned)MAX (taken, 0);
    }
}

/* --- Decisions -------------------------------------------------------------------------------- */

/* The text with all that chance decides in it; NULL: that is too much, or it is so already. */
static char *
with_decisions (const SimTries *tries)
{
  g_autoptr (Scenario) scenario = parse (sim_tries_text (tries));
  if (scenario->decides_nothing_else)
    return NULL;
  g_autoptr (SimWitness) witness
      = sim_witness_new (scenario, sim_tries_seed (tries), sim_tries_planted (tries));
  if (witness->decisions->len > DECISIONS_MAX)
    return NULL;
  g_ptr_array_set_size (scenario->decisions, 0); /* they are among the others */
  for (unsigned i = 0; i < witness->decisions->len; i++)
    {
      const ScenarioDecision *decision = witness->decisions->pdata[i];
      scenario_add_decision (scenario, decision->label, decision->identity, decision->value);
    }
  scenario->decides_nothing_else = true;
  return scenario_print (scenario);
}

void
sim_reduce_decisions (SimTries *tries)
{
  g_autofree char *text = with_decisions (tries);
  if (text && sim_tries_offer (tries, &text, 1) == 0)
    reduce_part (tries, SCENARIO_PART_DECISIONS);
}

/* Where chance is not needed at all, nothing has to be said of it. */
static void
leave_to_chance (SimTries *tries)
{
  g_autoptr (Scenario) scenario = parse (sim_tries_text (tries));
  if (!scenario->decides_nothing_else || scenario->decisions->len > 0)
    return;
  scenario->decides_nothing_else = false;
  g_autofree char *text = scenario_print (scenario);
  sim_tries_offer (tries, &text, 1);
}

/* --- All of it -------------------------------------------------------------------------------- */

static void
reduce_once (SimTries *tries, SimReduceStage stage, void *user_data)
{
  static const ScenarioPart parts[]
      = { SCENARIO_PART_EXPECTS, SCENARIO_PART_EPISODES, SCENARIO_PART_FAULTS,
          SCENARIO_PART_NODES,   SCENARIO_PART_ACTORS,   SCENARIO_PART_ACTIONS,
          SCENARIO_PART_LINKS,   SCENARIO_PART_DECISIONS };
  stage ("promises", user_data);
  reduce_promises (tries);
  for (unsigned i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      stage (scenario_part_name (parts[i]), user_data);
      reduce_part (tries, parts[i]);
    }
  stage ("nodes", user_data);
  merge_nodes (tries);
  stage ("decisions", user_data);
  sim_reduce_decisions (tries);
  leave_to_chance (tries);
  stage ("times", user_data);
  reduce_times (tries);
  stage ("words", user_data);
  reduce_words (tries, sim_words_fewer);
  stage ("numbers", user_data);
  reduce_words (tries, sim_words_simpler);
}

void
sim_reduce (SimTries *tries, SimReduceStage stage, void *user_data)
{
  bool again = true;
  for (unsigned round = 0; again && round < ROUNDS_MAX && !sim_tries_are_over (tries); round++)
    {
      g_autofree char *before = g_strdup (sim_tries_text (tries));
      reduce_once (tries, stage, user_data);
      again = strcmp (before, sim_tries_text (tries)) != 0;
    }
}

SimSize
sim_size_of (const char *text)
{
  g_autoptr (Scenario) scenario = parse (text);
  SimSize size = { 0 };
  if (!scenario)
    return size;
  size.nodes = scenario->nodes->len;
  size.statements = scenario->actions->len + scenario->actors->len;
  size.until_us = scenario->until_us;
  for (const char *line = text; *line;)
    {
      const char *end = strchr (line, '\n');
      size.lines += *line != '\n' && *line != '#';
      line = end ? end + 1 : line + strlen (line);
    }
  return size;
}
