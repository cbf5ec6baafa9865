/* net/profile.h - the profile file: what is set for all nodes, and for those of one name.
 *
 * The file is Perl's, and stays one that Perl reads: a map of keys for all, with the map
 * `profile` of maps, each of which may name another one as its `parent`.  What is here is
 * pure; profile-file.h has the file. */
#pragma once

#include "net/section.h"

#define NET_PROFILE_VERSION 1

typedef struct NetProfiles NetProfiles;

NetProfiles *net_profiles_new (void);
void net_profiles_free (NetProfiles *profiles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetProfiles, net_profiles_free)

/* The text of a file, with Perl's relaxations.  NULL with an error that begins with the line
 * it is about, where there is one. */
NetProfiles *net_profiles_parse (const char *text, size_t length, GError **error);
/* The text of a file: strict JSON; parsing it gives the same again.  For g_free(). */
char *net_profiles_print (const NetProfiles *profiles);

/* What is set for all; in it are no profiles and no version. */
NetSection *net_profiles_global (NetProfiles *profiles);
/* NULL: there is none of that name. */
NetSection *net_profiles_find (const NetProfiles *profiles, const char *name);
/* … then it is made. */
NetSection *net_profiles_get (NetProfiles *profiles, const char *name);
bool net_profiles_delete (NetProfiles *profiles, const char *name);
/* In the order of their names, NULL-terminated, to be freed by g_free() alone. */
const char **net_profiles_names (const NetProfiles *profiles);

/* Where the arguments of a command stand among the rest. */
typedef enum
{
  NET_ARGUMENTS_FIRST,       /* the file overrides them, as Perl has it */
  NET_ARGUMENTS_OVER_GLOBAL, /* profiles override them */
  NET_ARGUMENTS_LAST,        /* nothing does */
} NetArgumentsPlace;

/* What holds for a node: the settings for all, those of the profile's outermost parent, … and
 * those of the profile (it need not be there), each overriding what stands before, with
 * `arguments` in their place.  NULL with AEMP_ERROR_CONFIG: parents in a circle, or one that
 * there is not. */
NetSection *net_profiles_merge (const NetProfiles *profiles, const char *profile,
                                const NetSection *arguments, NetArgumentsPlace place,
                                GError **error);
