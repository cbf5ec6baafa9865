/* sim/verdicts.h - the last line of a trace: how the run went, for those who read it later. */
#pragma once

#include "sim/run.h"

/* One JSON object, without the line end; g_free() it.
 *
 *   digest, events, end (in µs), status (as `aemp simulate` exits)
 *   rested         as the judges were told: the network had its time of calm
 *   marks          the rare places that were reached
 *   verdicts       of each promise that was asked for: promise, name, units, judged, breaches, and of
 *                  the first breach line (of the trace) and text
 *   expectations   how many were tried
 *   missed         those that did not come true: line (of the scenario), expected, text
 *   broken, first_broken   remarks of actors that nobody expected; left out when there are none
 *   trouble        why a node could not be started; left out when all could */
char *sim_verdicts_line (const Scenario *scenario, const SimResult *result, bool rested);
