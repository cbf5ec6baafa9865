/* net/topology.h - `aemp trace`: who is connected with whom. */
#pragma once

#include "net/command.h"

int net_topology_obey (NetSession *session, NetWords *words, const char *key);
