/* net/replay.h - `aemp replay`: what a real node did, once more. */
#pragma once

#include "engine/aemp.h"

/* Replays a recording of `aemp run --record`; returns the exit status.  `register_services`
 * as it was given to net_run_command(). */
int net_replay_command (int argc, char **argv, void (*register_services) (AempNode *node));
