/* net/run.h - `aemp run`: a real node, configured by its arguments. */
#pragma once

#include "engine/aemp.h"

/* Runs a node until SIGINT or SIGTERM; returns the exit status.  `register_services` (may
 * be NULL) is called with the node before it starts. */
int net_run_command (int argc, char **argv, void (*register_services) (AempNode *node));
