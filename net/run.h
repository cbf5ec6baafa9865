/* net/run.h - `aemp run`: a real node. */
#pragma once

#include "net/command.h"

int net_run_obey (NetSession *session, NetWords *words, const char *key);
void net_run_print_help (void);
