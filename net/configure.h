/* net/configure.h - from profiles and arguments to the configuration of a node. */
#pragma once

#include "engine/config.h"
#include "net/profile.h"

/* What net_profiles_merge() says (`profiles` may be NULL with `norc`), with the node ID that the profile gives where none is set.  In
 * `arguments` the keys `force` and `norc` say how much the file counts. */
NetSection *net_configure_merge (const NetProfiles *profiles, const char *profile,
                                 const NetSection *arguments, GError **error);

/* The arguments that the file overrides with something else: their names, NULL-terminated,
 * for g_free(). */
const char **net_configure_overridden (const NetSection *arguments, const NetSection *settings);

/* What is not set gets its built-in default. */
void net_configure_add_defaults (NetSection *settings);

typedef struct
{
  AempConfig *config;
  AempMessage *services;
  bool nodelay;
} NetConfigured;
void net_configured_clear (NetConfigured *configured);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (NetConfigured, net_configured_clear)

/* A configuration that is good.  In the node ID `host_name` stands for %n and `unique` for %u
 * and behind a / at its end.  False with AEMP_ERROR_CONFIG.  What is odd and does not hurt is
 * told. */
bool net_configure (const NetSection *settings, const char *host_name, const char *unique,
                    NetConfigured *configured, GError **error);

/* A word that nobody else has, for g_free(). */
char *net_unique_word (void);
