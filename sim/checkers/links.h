/* sim/checkers/links.h - promise 6: a link kills after an abnormal death, and only then. */
#pragma once

#include "duty.h"

/* Takes note of what else could kill a port: KILL, FAILURE, a `kil1` from outside. */
void sim_links_see (SimLedger *ledger, SimNode *node, const AempTraceEvent *event, uint64_t line);
/* A monitor fires: if it is a link, its other port has to die now, or may not.  `normal` is
 * the hash of the empty reason. */
void sim_links_fire (SimLedger *ledger, const SimWatch *watch, const AempTraceEvent *event,
                     uint64_t line, uint64_t normal, SimFindings *findings);
/* A port dies: was that a link's doing, and right? */
void sim_links_judge_death (const SimPort *port, const AempTraceEvent *event, uint64_t line,
                            uint64_t normal, SimFindings *findings);
