/* net/profile-file.h - the profile file where it lies. */
#pragma once

#include "net/profile.h"

#define NET_PROFILE_MAX_BYTES (16 * 1024 * 1024)

/* $PERL_ANYEVENT_MP_RC, or .perl-anyevent-mp in the home directory; for g_free(). */
char *net_profile_path (void);

/* Without a file: no profiles.  NULL with an error that names the file: it cannot be read, and
 * then must not be written. */
NetProfiles *net_profiles_load (const char *path, GError **error);

/* Replaces the file by a new one of mode 0600; the old one is kept, with ~ behind its name.
 * Whatever happens meanwhile, the file is there, old or new. */
bool net_profiles_save (const NetProfiles *profiles, const char *path, GError **error);

/* Until this is given to close(2), others who want to change the file wait.  -1: that could
 * not be arranged. */
int net_profile_lock (const char *path);
