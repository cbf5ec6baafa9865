/* sim/search/shrink.h - from a seed that fails to a few lines that still do. */
#pragma once

#include "sim/search/reduce.h"

typedef struct
{
  uint64_t seed;
  const char *const *planted; /* names of planted bugs, NULL behind them; or NULL */
  unsigned jobs;              /* processes at a time; 0: one */
  unsigned seeds;             /* that each variation is tried with; 0: SIM_SHRINK_SEEDS */
  int64_t limit_us;           /* of real time; 0: none */
  /* After each run, for people; may be NULL. */
  void (*progress) (const char *stage, const SimTries *tries, void *user_data);
  void *user_data;
} SimShrinkOptions;

#define SIM_SHRINK_SEEDS 3

typedef struct
{
  char *text;      /* the scenario, with its seed in it; of one that did not fail what it was */
  char *neighbour; /* a scenario that passes, and differs in little; NULL: none was met */
  char *signature; /* the way in which both fail; NULL: it does not fail at all */
  char *what;      /* what is wrong in the shrunk one, in a line */
  uint64_t seed;   /* of the shrunk one */
  SimSize before;
  SimSize expanded; /* … with its storms in so many statements */
  SimSize after;
  unsigned played; /* runs */
  unsigned failed_otherwise;
  bool verified;   /* it failed once more in a fresh process, read anew */
  bool out_of_time;
} SimShrunk;

SimShrunk *sim_shrink (const Scenario *scenario, const SimShrinkOptions *options);
void sim_shrunk_free (SimShrunk *shrunk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimShrunk, sim_shrunk_free)
