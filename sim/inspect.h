/* sim/inspect.h - a node and its host at one moment, for people. */
#pragma once

#include "engine/node.h"
#include "sim/world.h"

/* A message of one map: `time` (of the world), `host`, `process` (what it does, since which
 * start), `ways` to other hosts that are not as they should be, and, while there is a process,
 * `state`, which is what aemp_node_inspect() says.  `process` and `node` may be NULL. */
AempMessage *sim_inspect (SimHost *host, SimProcess *process, AempNode *node);
