/* sim/paths.h - what a scenario says of paths, in the simulated world. */
#pragma once

#include "scenarios/scenario.h"
#include "sim/world.h"

SimPath sim_path_of (const ScenarioPath *path);
/* One way is from now on as an action of paths says; the rest of it stays. */
void sim_path_follow (SimHost *from, SimHost *to, const ScenarioAction *action);
