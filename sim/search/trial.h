/* sim/search/trial.h - runs of scenarios in processes of their own.
 *
 * What searches for bugs plays thousands of runs, and any of them may crash, hang or eat all
 * memory: that is a verdict about its seed, never the end of the search.  Worker processes are
 * forked once and play many trials each; one that dies is replaced, and only the trial it
 * was at gets the verdict.
 *
 *     g_autoptr (SimTrials) trials = sim_trials_new (&(SimTrialsOptions){ .jobs = 2 });
 *     unsigned plan = sim_trials_add_plan (trials, &(SimTrialPlan){ .scenario = scenario });
 *     for (uint64_t seed = 1; seed <= 100; seed++)
 *       sim_trials_submit (trials, plan, seed, 0);
 *     while ((result = sim_trials_next (trials, -1)))
 *       …
 */
#pragma once

#include "sim/run.h"

/* --- What is played ----------------------------------------------------------------------------- */

/* All that makes a run, besides its seed. */
typedef struct
{
  const Scenario *scenario;    /* with all settings made */
  SimRunOptions options;       /* without seed and trace */
  /* Trials in fresh processes read the scenario anew: */
  const char *source;          /* from this text; NULL: from the scenario's own */
  const char *const *settings; /* … `--set` of these, up to a NULL; NULL: none */
  const void *data;            /* for other functions than sim_trial_play() */
} SimTrialPlan;

typedef enum
{
  SIM_TRIAL_OK,
  SIM_TRIAL_FAILED,         /* a promise or an expectation */
  SIM_TRIAL_NO_PROGRESS,    /* the network was not whole again in time */
  SIM_TRIAL_CRASH,          /* a signal, a broken assertion, a complaint of GLib's */
  SIM_TRIAL_SANITIZER,
  SIM_TRIAL_HANG,           /* virtual time stood still */
  SIM_TRIAL_MEMORY,         /* more than there may be */
  SIM_TRIAL_NOT_REPEATABLE, /* it crashed, hung …, and in a new process it did not; or digests differ */
  SIM_TRIAL_VERDICTS
} SimTrialVerdict;

/* "ok", "failed", "no progress", "crash" … */
const char *sim_trial_verdict_name (SimTrialVerdict verdict);
/* False: there is no such verdict. */
bool sim_trial_verdict_find (const char *name, SimTrialVerdict *verdict);
/* … as `aemp` exits with it. */
SimStatus sim_trial_verdict_status (SimTrialVerdict verdict);

typedef struct
{
  unsigned number; /* in the order of submission, from 0 */
  unsigned plan;
  uint64_t seed;
  SimTrialVerdict verdict;
  int promise;          /* that was the first to be broken; 0: none */
  uint64_t line;        /* of the trace, where that was noticed; 0: not known */
  int64_t time_us;      /* … when */
  int64_t simulated_us; /* how far it came */
  int64_t planted_us;   /* when a planted bug first made a difference; -1: never */
  uint64_t planted_line; /* … and how many lines the trace had before it */
  int64_t real_us;
  int64_t cpu_us;       /* 0: not known, the process died */
  uint64_t events;      /* of the trace */
  uint64_t marks;
  uint64_t judged[SIM_PROMISES + 1];
  char digest[AEMP_DIGEST_TEXT_BYTES]; /* "": it had no end */
  /* What is above is plain data. */
  char *text;           /* what is wrong, one line; NULL: nothing */
  char *signature;      /* what others that fail the same way have, too (signature.h); NULL: as above */
  char *report;         /* what the process wrote to its standard error; NULL: nothing */
  GByteArray *payload;  /* whatever a function of the caller's adds; may be NULL */
} SimTrialResult;

void sim_trial_result_free (SimTrialResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimTrialResult, sim_trial_result_free)

/* Plays `plan` with `seed`, in the process that calls it, and fills in `result`, which is empty: the
 * rest of it, from `number` to `seed`, `real_us` and `cpu_us`, is done by who calls this. */
typedef void (*SimTrialPlay) (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
                              SimTrialResult *result);
/* The usual one: one run of the scenario. */
void sim_trial_play (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
                     SimTrialResult *result);
/* What of a run's result is a trial's. */
void sim_trial_take (SimTrialResult *trial, const Scenario *scenario, const SimResult *result);

/* --- Playing them ------------------------------------------------------------------------------- */

typedef struct
{
  unsigned jobs;       /* processes at a time; 0: one */
  bool ordered;        /* results come in the order of submission */
  int64_t hang_us;     /* of a process' time in which virtual time stands still; 0: 10 s.  Six times as
                        * much of real time, if the process does nothing at all. */
  uint64_t memory_bytes; /* that a process may have; 0: 2 GiB */
  SimTrialPlay play;   /* NULL: sim_trial_play() */
  int wake_fd;         /* sim_trials_next() returns when this can be read; 0: none */
  /* The program and its arguments for trials in fresh processes, up to a NULL; has to call
   * sim_trial_serve().  NULL: this program, as `sweep --serve`. */
  const char *const *fresh_command;
} SimTrialsOptions;

typedef struct SimTrials SimTrials;

/* What `options` points to outlives the trials; so do plans and all they point to. */
SimTrials *sim_trials_new (const SimTrialsOptions *options);
/* Ends all processes; what they were at is forgotten. */
void sim_trials_free (SimTrials *trials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimTrials, sim_trials_free)

/* The number that submissions name it by.  Any time; processes that do not know it are replaced, so
 * many plans at once are cheaper than one by one. */
unsigned sim_trials_add_plan (SimTrials *trials, const SimTrialPlan *plan);

typedef enum
{
  /* In a process that plays nothing else, made by exec: another address layout, another
   * environment.  Of the plan, it has scenario, settings and what a simulation's command line
   * can say; `data` it has not. */
  SIM_TRIAL_FRESH = 1 << 0,
} SimTrialFlags;

/* Returns its number. */
unsigned sim_trials_submit (SimTrials *trials, unsigned plan, uint64_t seed, SimTrialFlags flags);
/* How many were submitted and not returned yet. */
unsigned sim_trials_pending (const SimTrials *trials);

/* The next result, to be freed; waits for it up to `wait_us`, -1: as long as it takes.  NULL: there is
 * none that is pending, or none came, or `wake_fd` can be read. */
SimTrialResult *sim_trials_next (SimTrials *trials, int64_t wait_us);

/* How many processes were begun (for tests, and for people who wonder). */
unsigned sim_trials_processes (const SimTrials *trials);

/* What a fresh process does: plays what it is told to on the descriptors that it was given.
 * Returns its exit status. */
int sim_trial_serve (SimTrialPlay play);
