/* sim/search/tries.c - variations of a run that fails. */
#include "sim/search/tries.h"

#include "sim/actors/actors.h"

#include <string.h>

/* Virtual time that stands still for so long is a hang: in the first run, in others, and in those
 * of a run that hangs, of which each that does takes so long. */
#define HANG_FIRST_US (2 * G_USEC_PER_SEC)
#define HANG_OTHERS_US (2 * G_USEC_PER_SEC)
#define HANG_HANGING_US (G_USEC_PER_SEC / 2)
#define AHEAD 2 /* trials for each process that are submitted at a time */

/* A variation that did not fail in the same way with any seed. */
typedef struct
{
  char *text;
  bool passed;
} Refused;

struct SimTries
{
  SimTriesOptions options;
  SimTrialsOptions trials;
  char *text;
  uint64_t seed;
  SimTrialResult *result; /* of the two */
  uint64_t *seeds;        /* all that each is played with */
  GPtrArray *refused;     /* of Refused, in their order */
  GHashTable *known;      /* their texts; never walked */
  GHashTable *senseless;  /* texts that are no scenarios; never walked */
  bool needs_bad_luck;    /* it passes when nothing goes wrong by chance */
  unsigned played;
  unsigned passed;
  unsigned failed_otherwise;
  int64_t over_us;
};

/* One of those that are offered. */
typedef struct
{
  unsigned place; /* in the offer */
  Scenario *scenario;
  unsigned plan;
  bool passed; /* with all seeds so far */
} Candidate;

static void
refused_free (void *data)
{
  Refused *refused = data;
  g_free (refused->text);
  g_free (refused);
}

static void
candidate_free (void *data)
{
  Candidate *candidate = data;
  scenario_free (candidate->scenario);
  g_free (candidate);
}

/* --- One run ------------------------------------------------------------------------------------
 */

typedef enum
{
  AS_IT_IS,
  WITHOUT_BUG,     /* that was planted */
  WITHOUT_BAD_LUCK /* nothing goes wrong by chance */
} Way;

static SimTrialPlan
plan_of (const SimTries *tries, Scenario *scenario, Way way)
{
  SimTrialPlan plan = { .scenario = scenario, .options.planted = tries->options.planted };
  if (way == WITHOUT_BUG)
    plan.options.planted = NULL;
  if (way == WITHOUT_BAD_LUCK)
    {
      g_ptr_array_set_size (scenario->decisions, 0);
      plan.options.decides_nothing_else = true;
    }
  return plan;
}

static SimTrialResult *
play_one (SimTries *tries, const char *text, uint64_t seed, Way way, SimTrialFlags flags)
{
  g_autoptr (Scenario) scenario = scenario_parse (text, "shrunk.scn", sim_actor_kinds, NULL);
  g_assert (scenario); /* was read before */
  g_autoptr (SimTrials) trials = sim_trials_new (&tries->trials);
  SimTrialPlan plan = plan_of (tries, scenario, way);
  sim_trials_submit (trials, sim_trials_add_plan (trials, &plan), seed, flags);
  tries->played++;
  if (tries->options.told)
    tries->options.told (tries->options.user_data);
  return sim_trials_next (trials, -1);
}

/* Does it fail as the one that it is about does? */
static bool
is_same (const SimTries *tries, const SimTrialResult *result)
{
  return result->verdict != SIM_TRIAL_OK && result->verdict == tries->result->verdict
         && g_strcmp0 (result->signature, tries->result->signature) == 0;
}

/* What fails without the planted bug as well shows nothing of it. */
static bool
is_good_without_bug (SimTries *tries, const char *text, uint64_t seed)
{
  if (!tries->options.planted)
    return true;
  g_autoptr (SimTrialResult) result = play_one (tries, text, seed, WITHOUT_BUG, 0);
  return result->verdict == SIM_TRIAL_OK;
}

/* What went wrong by chance must not go wrong because it is impossible now. */
static bool
is_good_without_bad_luck (SimTries *tries, const char *text, uint64_t seed)
{
  if (!tries->needs_bad_luck)
    return true;
  g_autoptr (SimTrialResult) result = play_one (tries, text, seed, WITHOUT_BAD_LUCK, 0);
  return result->verdict == SIM_TRIAL_OK;
}

void
sim_tries_rebase (SimTries *tries)
{
  tries->needs_bad_luck = false;
  if (tries->result->verdict == SIM_TRIAL_OK || tries->options.planted)
    return;
  g_autoptr (SimTrialResult) result
      = play_one (tries, tries->text, tries->seed, WITHOUT_BAD_LUCK, 0);
  tries->needs_bad_luck = result->verdict == SIM_TRIAL_OK;
}

/* For a text that says the same in another way, as one without storms. */
bool
sim_tries_replace (SimTries *tries, char *text)
{
  tries->needs_bad_luck = false;
  bool taken = sim_tries_offer (tries, &text, 1) == 0;
  sim_tries_rebase (tries);
  return taken;
}

/* --- Many ---------------------------------------------------------------------------------------
 */

typedef struct
{
  SimTries *tries;
  char *const *texts;
  GPtrArray *candidates; /* of Candidate: those that can be played */
  SimTrials *trials;
  unsigned next; /* to be submitted: candidate * seeds + seed */
} Offer;

static void
read_candidates (Offer *offer, unsigned count)
{
  SimTries *tries = offer->tries;
  for (unsigned i = 0; i < count; i++)
    {
      const char *text = offer->texts[i];
      if (!text || strcmp (text, tries->text) == 0 || g_hash_table_contains (tries->known, text)
          || g_hash_table_contains (tries->senseless, text))
        continue;
      Scenario *scenario = scenario_parse (text, "shrunk.scn", sim_actor_kinds, NULL);
      if (!scenario)
        {
          g_hash_table_add (tries->senseless, g_strdup (text));
          continue;
        }
      Candidate *candidate = g_new0 (Candidate, 1);
      *candidate = (Candidate){ .place = i, .scenario = scenario, .passed = true };
      SimTrialPlan plan = plan_of (tries, scenario, AS_IT_IS);
      candidate->plan = sim_trials_add_plan (offer->trials, &plan);
      g_ptr_array_add (offer->candidates, candidate);
    }
}

/* The seed that fails now comes first. */
static uint64_t
seed_at (const SimTries *tries, unsigned place)
{
  unsigned current = 0;
  while (tries->seeds[current] != tries->seed)
    current++;
  if (place == 0)
    return tries->seed;
  return tries->seeds[place <= current ? place - 1 : place];
}

static void
submit_some (Offer *offer)
{
  const SimTries *tries = offer->tries;
  unsigned seeds = tries->options.seeds;
  unsigned most = AHEAD * tries->options.jobs;
  while (offer->next < offer->candidates->len * seeds && sim_trials_pending (offer->trials) < most)
    {
      const Candidate *candidate = offer->candidates->pdata[offer->next / seeds];
      sim_trials_submit (offer->trials, candidate->plan, seed_at (tries, offer->next % seeds), 0);
      offer->next++;
    }
}

static void
refuse (SimTries *tries, const char *text, bool passed)
{
  Refused *refused = g_new (Refused, 1);
  *refused = (Refused){ g_strdup (text), passed };
  g_ptr_array_add (tries->refused, refused);
  g_hash_table_add (tries->known, refused->text);
  tries->passed += passed;
  tries->failed_otherwise += !passed;
}

/* Looks at one result; true: it is the one. */
static bool
look (Offer *offer, const SimTrialResult *result)
{
  SimTries *tries = offer->tries;
  unsigned seeds = tries->options.seeds;
  Candidate *candidate = offer->candidates->pdata[result->number / seeds];
  const char *text = offer->texts[candidate->place];
  tries->played++;
  if (tries->options.told)
    tries->options.told (tries->options.user_data);
  if (is_same (tries, result) && is_good_without_bug (tries, text, result->seed)
      && is_good_without_bad_luck (tries, text, result->seed))
    return true;
  candidate->passed = candidate->passed && result->verdict == SIM_TRIAL_OK;
  if (result->number % seeds + 1 == seeds)
    refuse (tries, text, candidate->passed);
  return false;
}

static void
adopt (SimTries *tries, const char *text, SimTrialResult *result)
{
  sim_trial_result_free (tries->result);
  tries->result = result;
  tries->seed = result->seed;
  g_free (tries->text);
  tries->text = g_strdup (text);
}

static int
play_offer (Offer *offer)
{
  SimTries *tries = offer->tries;
  submit_some (offer);
  while (sim_trials_pending (offer->trials) > 0 && !sim_tries_are_over (tries))
    {
      SimTrialResult *result = sim_trials_next (offer->trials, -1);
      if (look (offer, result))
        {
          const Candidate *candidate
              = offer->candidates->pdata[result->number / tries->options.seeds];
          adopt (tries, offer->texts[candidate->place], result);
          return (int)candidate->place;
        }
      sim_trial_result_free (result);
      submit_some (offer);
    }
  return -1;
}

int
sim_tries_offer (SimTries *tries, char *const *texts, unsigned count)
{
  if (sim_tries_are_over (tries))
    return -1;
  g_autoptr (SimTrials) trials = sim_trials_new (&tries->trials);
  g_autoptr (GPtrArray) candidates = g_ptr_array_new_with_free_func (candidate_free);
  Offer offer = { .tries = tries, .texts = texts, .candidates = candidates, .trials = trials };
  read_candidates (&offer, count);
  return play_offer (&offer);
}

/* --- Beginning and end --------------------------------------------------------------------------
 */

SimTries *
sim_tries_new (const char *text, uint64_t seed, const SimTriesOptions *options)
{
  SimTries *tries = g_new0 (SimTries, 1);
  tries->options = *options;
  tries->options.jobs = MAX (options->jobs, 1);
  tries->options.seeds = MAX (options->seeds, 1);
  tries->trials = (SimTrialsOptions){ .jobs = tries->options.jobs,
                                      .ordered = true,
                                      .hang_us = HANG_FIRST_US };
  tries->text = g_strdup (text);
  tries->seed = seed;
  tries->seeds = g_new (uint64_t, tries->options.seeds);
  for (unsigned i = 0; i < tries->options.seeds; i++)
    tries->seeds[i] = seed + i; /* may wrap */
  tries->refused = g_ptr_array_new_with_free_func (refused_free);
  tries->known = g_hash_table_new (g_str_hash, g_str_equal);
  tries->senseless = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  tries->over_us = options->limit_us > 0 ? g_get_monotonic_time () + options->limit_us : G_MAXINT64;
  tries->result = play_one (tries, text, seed, AS_IT_IS, 0);
  tries->trials.hang_us
      = tries->result->verdict == SIM_TRIAL_HANG ? HANG_HANGING_US : HANG_OTHERS_US;
  sim_tries_rebase (tries);
  return tries;
}

void
sim_tries_free (SimTries *tries)
{
  if (!tries)
    return;
  sim_trial_result_free (tries->result);
  g_hash_table_unref (tries->known);
  g_hash_table_unref (tries->senseless);
  g_ptr_array_unref (tries->refused);
  g_free (tries->seeds);
  g_free (tries->text);
  g_free (tries);
}

bool
sim_tries_verify (SimTries *tries)
{
  g_autoptr (SimTrialResult) result
      = play_one (tries, tries->text, tries->seed, AS_IT_IS, SIM_TRIAL_FRESH);
  return is_same (tries, result);
}

bool
sim_tries_is_good_without_bug (SimTries *tries)
{
  return is_good_without_bug (tries, tries->text, tries->seed);
}

/* --- What there is to know ----------------------------------------------------------------------
 */

const char *
sim_tries_signature (const SimTries *tries)
{
  return tries->result->verdict == SIM_TRIAL_OK ? NULL
         : tries->result->signature             ? tries->result->signature
                                                : sim_trial_verdict_name (tries->result->verdict);
}

const char *
sim_tries_text (const SimTries *tries)
{
  return tries->text;
}

uint64_t
sim_tries_seed (const SimTries *tries)
{
  return tries->seed;
}

const char *const *
sim_tries_planted (const SimTries *tries)
{
  return tries->options.planted;
}

const SimTrialResult *
sim_tries_result (const SimTries *tries)
{
  return tries->result;
}

bool
sim_tries_are_over (const SimTries *tries)
{
  return g_get_monotonic_time () >= tries->over_us;
}

unsigned
sim_tries_played (const SimTries *tries)
{
  return tries->played;
}

unsigned
sim_tries_passed (const SimTries *tries)
{
  return tries->passed;
}

unsigned
sim_tries_failed_otherwise (const SimTries *tries)
{
  return tries->failed_otherwise;
}

/* --- Neighbours ---------------------------------------------------------------------------------
 */

/* Is everything asked for in `other` that is asked for in `one`?  What passes as nobody looks is no
 * neighbour. */
static bool
asks_for_all (char **one, char **other)
{
  static const char *const asking[] = { "check ", "expect ", "within " };
  for (unsigned i = 0; one[i]; i++)
    for (unsigned j = 0; j < G_N_ELEMENTS (asking); j++)
      if (g_str_has_prefix (one[i], asking[j])
          && !g_strv_contains ((const char *const *)other, one[i]))
        return false;
  return true;
}

/* How many lines of `one` are not in `other`, and the other way round. */
static unsigned
count_differences (char **one, char **other)
{
  unsigned differences = 0;
  for (unsigned i = 0; one[i]; i++)
    differences += !g_strv_contains ((const char *const *)other, one[i]);
  for (unsigned i = 0; other[i]; i++)
    differences += !g_strv_contains ((const char *const *)one, other[i]);
  return differences;
}

const char *
sim_tries_neighbour (const SimTries *tries)
{
  g_auto (GStrv) lines = g_strsplit (tries->text, "\n", -1);
  const char *nearest = NULL;
  unsigned fewest = G_MAXUINT;
  for (unsigned i = tries->refused->len; i-- > 0;) /* the latest are the most alike */
    {
      const Refused *refused = tries->refused->pdata[i];
      if (!refused->passed)
        continue;
      g_auto (GStrv) others = g_strsplit (refused->text, "\n", -1);
      unsigned differences = count_differences (lines, others);
      if (differences >= fewest || !asks_for_all (lines, others))
        continue;
      nearest = refused->text;
      fewest = differences;
    }
  return nearest;
}
