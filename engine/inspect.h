/* engine/inspect.h - what a node has in its memory, for people.
 *
 * Looks and changes nothing; to be called when no callback of the node runs. */
#pragma once

#include "node.h"

/* A message of one map: `ports`, `monitors` (of nodes), `peers` with their queues and monitors,
 * `meetings` (connections in handshake), `local` (what it says to itself), `laters`,
 * `database`.  What is not the case is left out. */
AempMessage *aemp_node_inspect (AempNode *node);
