/* scenarios/edit.h - a scenario with parts of it taken away.
 *
 * What is left makes sense again: with a node go its actors and who needs them, with an
 * actor the expectations of it.  Deadlines and the end are not computed anew: print and
 * parse does that. */
#pragma once

#include "scenario.h"

typedef enum
{
  SCENARIO_PART_NODES,
  SCENARIO_PART_ACTORS,
  SCENARIO_PART_EPISODES, /* a fault with the statement that ends it: a cut and its heal */
  SCENARIO_PART_ACTIONS,
  SCENARIO_PART_FAULTS, /* of all storms, in their order */
  SCENARIO_PART_EXPECTS,
  SCENARIO_PART_PROMISES, /* those that are checked, in the order of their numbers */
  SCENARIO_PART_LINKS,
  SCENARIO_PART_DECISIONS,
  SCENARIO_PARTS
} ScenarioPart;

/* "nodes", "faults of storms": as people read it. */
const char *scenario_part_name (ScenarioPart part);
unsigned scenario_part_count (const Scenario *scenario, ScenarioPart part);
/* Leaves only those that are `kept`, an array of scenario_part_count() of them. */
void scenario_keep (Scenario *scenario, ScenarioPart part, const bool *kept);

/* One that is equal, to be changed.  NULL: what it says cannot be said. */
Scenario *scenario_copy (const Scenario *scenario, const ScenarioActorKind *kinds);

/* Of each action the first one of its episode; g_free() it. */
unsigned *scenario_episodes (const Scenario *scenario);

/* Puts one node in the place of another, which is gone then: its actors, what is done to it, who has it
 * as a seed.  What cannot be between a node and itself is gone, too. */
void scenario_merge_nodes (Scenario *scenario, unsigned from, unsigned into);

/* Moves all that happens after `after_us`, and the end, by `by_us` (earlier when negative).  Nothing
 * that happens after it may come before it. */
void scenario_shift (Scenario *scenario, int64_t after_us, int64_t by_us);
