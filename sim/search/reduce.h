/* sim/search/reduce.h - less and less of a scenario that fails.
 *
 * Statements first (delta debugging over promises, expectations, faults, actors, nodes), then
 * words, then numbers, until nothing more can be taken away. */
#pragma once

#include "sim/search/tries.h"
#include "sim/search/witness.h"

/* What is being tried at the moment, for people: "faults"; may be called often. */
typedef void (*SimReduceStage) (const char *stage, void *user_data);

/* Takes away from what `tries` know to fail, until nothing can be taken or their time is over. */
void sim_reduce (SimTries *tries, SimReduceStage stage, void *user_data);

/* Puts in the place of chance what it decided, as far as it is needed: with what is in the text then,
 * nothing else is decided by chance. */
void sim_reduce_decisions (SimTries *tries);

/* What a scenario is measured by. */
typedef struct
{
  unsigned nodes;
  unsigned statements; /* faults and workload: what is done to the nodes, and actors */
  unsigned lines;      /* of all of it as it is written, without comments */
  int64_t until_us;
} SimSize;

SimSize sim_size_of (const char *text);
