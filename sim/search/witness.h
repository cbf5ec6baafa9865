/* sim/search/witness.h - one run, looked at closely: what chance decided, and where it came to. */
#pragma once

#include "sim/search/trial.h"

typedef struct
{
  SimTrialResult *result;
  GPtrArray *decisions; /* of ScenarioDecision, as they came; what storms decide is not among them */
  GPtrArray *places;    /* of ScenarioReach: the first of each kind, node and peer, as they came, … */
  GArray *place_lines;  /* … of uint64_t: … with its line in the trace */
} SimWitness;

/* Plays it in a process of its own, so that a crash is no more than its result.  `planted` are names of
 * planted bugs, NULL behind them, or NULL. */
SimWitness *sim_witness_new (const Scenario *scenario, uint64_t seed, const char *const *planted);
void sim_witness_free (SimWitness *witness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimWitness, sim_witness_free)

/* Does it come to this place, too? */
bool sim_witness_has (const SimWitness *witness, const ScenarioReach *place);
