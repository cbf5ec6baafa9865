/* sim/search/sweep-parts.h - what the files of the sweep share. */
#pragma once

#include "sim/search/sweep.h"

#define SIM_SWEEP_SEEDS_KEPT 8

/* Runs that fail in the same way. */
typedef struct
{
  unsigned story;
  SimTrialVerdict verdict;
  char *signature;
  char *text; /* of the run that was first to come */
  uint64_t runs;
  uint64_t seeds[SIM_SWEEP_SEEDS_KEPT]; /* the lowest, in order */
  unsigned seeds_count;
} SimSweepGroup;

/* Of one story, or of all. */
typedef struct
{
  uint64_t runs;
  uint64_t before; /* … that were in the file already */
  uint64_t bad;
  uint64_t marks;
  uint64_t events;
  int64_t simulated_us;
  int64_t real_us;
  int64_t cpu_us;
  uint64_t judged[SIM_PROMISES + 1];
} SimSweepSum;

typedef struct
{
  const SimSweepOptions *options;
  SimSweepSum *sums; /* one for each story */
  SimSweepSum all;
  GPtrArray *groups; /* of SimSweepGroup */
  unsigned shown;    /* failures that were told at once */
  uint64_t planned;  /* runs of this shard */
  uint64_t repeated;
  uint64_t different;
  uint64_t last_mark_runs; /* how many were done when a mark was reached for the first time, lately */
  int64_t began_us;
  int64_t told_us;   /* when progress was told lately */
  int ended_by;      /* a signal, or 0 */
  bool out_of_time;
  SimStatus worst;
} SimSweepTally;

void sim_sweep_tally_init (SimSweepTally *tally, const SimSweepOptions *options);
void sim_sweep_tally_clear (SimSweepTally *tally);
/* One more run; `shown`: its failure may be told at once. */
void sim_sweep_tally_add (SimSweepTally *tally, unsigned story, const SimTrialResult *result,
                          bool shown);

/* Progress, if it is time for it (sweep-tell.c). */
void sim_sweep_tell_progress (SimSweepTally *tally);
void sim_sweep_tell_failure (SimSweepTally *tally, unsigned story, const SimTrialResult *result);
/* All that there is to say; what is vacuous becomes part of `worst`. */
void sim_sweep_tell_end (SimSweepTally *tally);
