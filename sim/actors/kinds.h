/* sim/actors/kinds.h - the built-in actors, told to the language of scenarios. */
#pragma once

#include "scenarios/scenario.h"

/* Every kind, what it takes, and what it is for; ends with a NULL kind. */
extern const ScenarioActorKind sim_actor_kinds[];
