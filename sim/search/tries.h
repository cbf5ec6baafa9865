/* sim/search/tries.h - variations of a run that fails: which of them fail in the same way?
 *
 * There is always one text that is known to fail, at first the one that it is about; a variation
 * that fails in the same way takes its place.  Each is played with several seeds, as less of
 * everything shifts times a little: what matters is whether it can go wrong, and then the seed
 * with which it does is the seed from there on.
 *
 * With a planted bug a variation counts only when it passes without the bug: what fails in a good build,
 * too, shows nothing.
 *
 * Where it takes bad luck to fail (a lost packet, a storm), a variation has to pass without: or a
 * scenario that cannot work at all would do, too.
 *
 * Several are played at a time, in processes of their own, and still the first one in order is taken:
 * the result does not depend on how many. */
#pragma once

#include "sim/search/trial.h"

typedef struct
{
  const char *const *planted; /* names of planted bugs, NULL behind them; or NULL */
  unsigned jobs;              /* processes at a time; 0: one */
  unsigned seeds;             /* each variation is played with; 0: one */
  int64_t limit_us;           /* real time, for all of them; 0: as long as it takes */
  void (*told) (void *user_data); /* one more was played; may be NULL */
  void *user_data;
} SimTriesOptions;

typedef struct SimTries SimTries;

/* Plays `text`, a scenario in the language that was parsed before; what `options` points to outlives
 * the tries. */
SimTries *sim_tries_new (const char *text, uint64_t seed, const SimTriesOptions *options);
void sim_tries_free (SimTries *tries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimTries, sim_tries_free)

/* The way in which it fails, without names and numbers; NULL: it does not. */
const char *sim_tries_signature (const SimTries *tries);
/* What is known to fail, with which seed, … */
const char *sim_tries_text (const SimTries *tries);
uint64_t sim_tries_seed (const SimTries *tries);
/* … and how; belongs to the tries, up to the next offer. */
const SimTrialResult *sim_tries_result (const SimTries *tries);

const char *const *sim_tries_planted (const SimTries *tries);

/* Takes the first of these that fails in the same way; -1: none does.  Texts that cannot be read, and
 * those that were offered before, are not played. */
int sim_tries_offer (SimTries *tries, char *const *texts, unsigned count);
/* Takes a text that says the same in another way, if it fails in the same way; is it taken? */
bool sim_tries_replace (SimTries *tries, char *text);
/* Finds out whether what is known to fail now takes bad luck. */
void sim_tries_rebase (SimTries *tries);
/* Plays what is known to fail once more, in a fresh process: does it? */
bool sim_tries_verify (SimTries *tries);

/* Does it pass without the planted bugs?  True where there are none. */
bool sim_tries_is_good_without_bug (SimTries *tries);

/* Is the time over?  Then offers are refused. */
bool sim_tries_are_over (const SimTries *tries);
unsigned sim_tries_played (const SimTries *tries);
/* How many variations passed, and how many failed in another way. */
unsigned sim_tries_passed (const SimTries *tries);
unsigned sim_tries_failed_otherwise (const SimTries *tries);
/* Of those that passed with the seed that fails now, the one that differs in the fewest lines from
 * what fails; NULL: there is none. */
const char *sim_tries_neighbour (const SimTries *tries);
