/* sim/actors/actors.h - the built-in actors: programs that live on nodes.
 *
 * They use engine/aemp.h alone, the header that users' services get, so the same ones
 * run on simulated and on real nodes, and find each other by messages only.  The kinds
 * and what they take are told by the table in kinds.h. */
#pragma once

#include "engine/aemp.h"
#include "sim/actors/kinds.h"

/* Registers every kind as the service "aemp::KIND" (arguments: the actor's full name, a
 * map of its options), and the node's directory of them as "aemp::actor".  Once for each
 * node; what it keeps is freed with the node. */
void sim_actors_register (AempNode *node);
