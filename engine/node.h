/* engine/node.h - a node as its host sees it: begun, started, stopped.
 *
 * The host (a simulated process, or the run command) owns the node; programs see
 * engine/aemp.h only. */
#pragma once

#include "aemp.h"
#include "config.h"
#include "env.h"
#include "trace.h"

/* A node in `env`.  The configuration is copied; `tracer` may be NULL.  It can be given
 * ports and services, but talks to nobody before the start.  NULL with
 * AEMP_ERROR_CONFIG. */
AempNode *aemp_node_new (AempEnv *env, const AempConfig *config, AempTracer *tracer,
                         GError **error);

/* Listens and seeds.  False when it cannot listen at one of its binds; the node may
 * then only be freed. */
bool aemp_node_start (AempNode *node, GError **error);

/* The addresses it listens at, NULL-terminated, valid as long as the node. */
const char *const *aemp_node_listeners (AempNode *node);

/* The names of its services, in the order in which they were registered first. */
const GPtrArray *aemp_node_services (AempNode *node);

/* What waits to be written to others, or for a connection to them. */
uint64_t aemp_node_queued_bytes (AempNode *node);

/* Ends at once: connections are closed, callbacks destroyed, none is called. */
void aemp_node_free (AempNode *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempNode, aemp_node_free)
