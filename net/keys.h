/* net/keys.h - the keys of a profile that we know, and what they take. */
#pragma once

#include "net/section.h"

/* Their names, NULL-terminated, in the order of help; to be freed by g_free() alone. */
const char **net_key_names (void);
bool net_key_is_known (const char *key);
/* A line of help for the keys that are not in engine/config.h, NULL for those that are. */
const char *net_key_help (const char *key);
/* Is it a list? */
bool net_key_is_list (const char *key);

/* What a person wrote for a key as the value that belongs into the file, Perl's kind of it:
 * lists are arrays, times numbers of seconds.  `value` (may be NULL) is what the text is as
 * JSON.  NULL with AEMP_ERROR_CONFIG. */
AempMessage *net_key_value (const char *key, const char *text, const AempValue *value,
                            GError **error);

/* A value as text for aemp_config_set(): lists with commas.  NULL: it is no such thing. */
char *net_value_text (const AempValue *value);
