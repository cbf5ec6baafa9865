/* net/section.h - keys and their values, as a profile has them.
 *
 * A value is a message of one element, so that everything that JSON can say is kept as it
 * was, also under keys that we do not know. */
#pragma once

#include "engine/value.h"

typedef struct NetSection NetSection;

NetSection *net_section_new (void);
void net_section_free (NetSection *section);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetSection, net_section_free)

/* In the order in which they were set first. */
unsigned net_section_count (const NetSection *section);
const char *net_section_key (const NetSection *section, unsigned index);

/* NULL: it is not set. */
const AempValue *net_section_get (const NetSection *section, const char *key);
/* Keeps a reference to `value`. */
void net_section_set (NetSection *section, const char *key, AempMessage *value);
/* A value from a format, see aemp_message_new(). */
void net_section_put (NetSection *section, const char *key, const char *format, ...);
/* False: it was not set. */
bool net_section_delete (NetSection *section, const char *key);

/* Sets everything that is set in `other`; null there is not set. */
void net_section_overlay (NetSection *section, const NetSection *other);

/* Is it set, and neither false, 0, "0" nor empty? */
bool net_section_is_true (const NetSection *section, const char *key);

/* A map of them with a line for each, indented by `depth` levels, without the last line's
 * end. */
void net_section_print (const NetSection *section, unsigned depth, GString *out);
void net_print_string (GString *out, const char *text);
