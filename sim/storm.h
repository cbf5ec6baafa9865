/* sim/storm.h - faults by chance, for a while.
 *
 * A storm decides; what it decides are actions as a scenario could say them, which somebody
 * else carries out.  Each kind of its faults has its luck from streams of its own
 * ("faults/cut/any"), where the identity of a draw is the ordinal of the fault among those
 * of its kind, so that taking one kind away leaves the others where they were.  Nodes are
 * chosen by lots that belong to their names: a node more or less changes a choice only
 * where it would be the one that is chosen. */
#pragma once

#include "scenarios/scenario.h"
#include "sim/world.h"

typedef struct
{
  /* Does what `action` says, now; its text is its statement. */
  void (*act) (void *user_data, const ScenarioAction *action);
  bool (*is_running) (void *user_data, unsigned node);
} SimStormOps;

typedef struct SimStorm SimStorm;

/* `action` is a SCENARIO_STORM of `scenario`; both outlive the storm. */
SimStorm *sim_storm_new (SimWorld *world, const Scenario *scenario, const ScenarioAction *action,
                         const SimStormOps *ops, void *user_data);
/* To be freed when the world is played no more. */
void sim_storm_free (SimStorm *storm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimStorm, sim_storm_free)

/* What a storm's knobs make of a node's time limit: from a third of what it says up to that, so what is
 * computed from the settings, like `bound`, is enough.  Each limit of each process has a luck
 * of its own. */
int64_t sim_storm_knob_us (uint64_t seed, const char *limit, const char *node, unsigned process,
                           int64_t limit_us);

/* It strikes from now on, until … */
void sim_storm_begin (SimStorm *storm);
/* … it is ended, which also heals what it cut and restarts whom it killed or let vanish, in
 * the order in which it did so.  Does nothing if it was ended before. */
void sim_storm_end (SimStorm *storm);
