/* net/shell.h - `aemp shell`: nodes are talked to line by line. */
#pragma once

#include "net/command.h"

int net_shell_obey (NetSession *session, NetWords *words, const char *key);
