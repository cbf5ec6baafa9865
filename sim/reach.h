/* sim/reach.h - does a run come to the places that its scenario is there for? */
#pragma once

#include "engine/trace.h"
#include "scenarios/scenario.h"

/* Which places of the scenario this event is at: a bit for each `reach`. */
uint64_t sim_reach_of_event (const Scenario *scenario, const AempTraceEvent *event);
/* … these marks are. */
uint64_t sim_reach_of_marks (const Scenario *scenario, uint64_t marks);
/* The first place that is not in `reached`, in the language; NULL: all are.  g_free() it. */
char *sim_reach_missed (const Scenario *scenario, uint64_t reached);
