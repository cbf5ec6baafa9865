/* net/show.h - the commands that show what the profile file says. */
#pragma once

#include "net/command.h"

int net_show_profile (NetSession *session, NetWords *words, const char *key);
int net_show_config (NetSession *session, NetWords *words, const char *key);

/* "KEY VALUE" pairs to the end of the line, as settings.  NULL: that was told; the status is
 * NET_EXIT_USAGE. */
NetSection *net_show_take_pairs (NetSession *session, NetWords *words);
