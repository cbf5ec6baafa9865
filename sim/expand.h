/* sim/expand.h - storms as the statements that they come down to.
 *
 * What a storm does is decided by the seed and by which nodes are running, never by what the nodes
 * do.  So it can be worked out without playing any of them, and a scenario that says it in
 * so many statements is the same story, of which single ones can be taken away. */
#pragma once

#include "scenarios/scenario.h"

/* Puts in the place of each storm what it does with this seed.  The end stays where it was.  Line
 * numbers are those of the storms: print and parse to have others. */
void sim_expand_storms (Scenario *scenario, uint64_t seed);
