/* sim/search/sweep.h - many seeds of many scenarios, and what came of them.
 *
 * All scenarios with the first seed, then all with the second one …, so that whenever a sweep ends,
 * each has had its share.  What happens is told on the way and at the end, and kept in a file
 * of results if there is one. */
#pragma once

#include "sim/search/results.h"
#include "sim/search/trial.h"

#include <stdio.h>

typedef struct
{
  const Scenario *scenario;
  SimResultsStory about;
  SimTrialPlan plan;
} SimSweepStory;

typedef struct
{
  GPtrArray *stories; /* of SimSweepStory */
  uint64_t seed_first;
  uint64_t seed_last;
  unsigned jobs;
  unsigned shard;  /* from 1 to `shards` */
  unsigned shards; /* 1: all */
  int64_t time_limit_us; /* 0: none */
  uint32_t repeat_ppm;   /* so many millionths are repeated, and the first of each story; 0: none */
  int64_t hang_us;       /* as SimTrialsOptions has them */
  uint64_t memory_bytes;
  const char *results_file; /* NULL: none */
  const char *build;
  bool resume; /* what is in the file is not played again */
  bool marks;  /* say which were never reached: that is what the sweep is for */
  const char *program; /* as it was called */
  bool terminal;       /* progress is one line, drawn again and again */
  bool colour;
  FILE *out;      /* verdicts */
  FILE *progress;
  /* For tests: */
  SimTrialPlay play;     /* NULL: the usual one */
  const char *const *fresh_command;
  int64_t save_every_us; /* 0: half a second */
} SimSweepOptions;

#define SIM_SWEEP_ERROR_RESULTS 73 /* as sysexits.h: the results cannot be written */

/* Returns the exit status: of the worst run; 128 + its number after a signal, if nothing failed before
 * it; SIM_SWEEP_ERROR_RESULTS. */
int sim_sweep (const SimSweepOptions *options);

/* What an executable is called in results when nobody gives it a name: version and a hash of it. */
char *sim_sweep_build_name (void);
