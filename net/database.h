/* net/database.h - `aemp db` and `aemp nodes`: what a running network shares. */
#pragma once

#include "net/command.h"

int net_database_obey (NetSession *session, NetWords *words, const char *key);
int net_database_nodes_obey (NetSession *session, NetWords *words, const char *key);
