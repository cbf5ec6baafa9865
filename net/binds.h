/* net/binds.h - names among the addresses to listen at. */
#pragma once

#include "engine/config.h"
#include "engine/env.h"

#include <gio/gio.h>

/* Puts into the place of each name in `binds` every address that it has on this host; what is
 * numeric or `*` stays.  All are looked up at once, and the loop, of the environment's context,
 * runs meanwhile.  False with AEMP_ERROR_ADDRESS: a name has no address here; without an error:
 * somebody else has quit the loop. */
bool net_binds_find (AempConfig *config, AempEnv *env, GMainLoop *loop, GError **error);
