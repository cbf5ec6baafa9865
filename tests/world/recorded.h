/* tests/world/recorded.h - a world seen through recorders.
 *
 * Every promise of engine/env.h holds for an environment that is recorded, too.  What was
 * recorded has to be readable to its end. */
#pragma once

#include "suite.h"

/* The only one of its kind in a program. */
const WorldOps *recorded_world (const WorldOps *inner);
