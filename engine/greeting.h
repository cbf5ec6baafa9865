/* engine/greeting.h - the fields of the handshake's lines; for the handshake.
 *
 * Fields have `;` between them.  The last ones are pairs, `key=value`, where `%3b`
 * stands for `;` and `%25` for `%`.  A key without `=` has the empty value; of equal
 * keys the last one counts. */
#pragma once

#include "error.h"

#include <stdbool.h>

/* The first line of a greeting. */
typedef struct
{
  char **fields;  /* as split; what is borrowed below lives here */
  char *node_id;  /* UTF-8; each byte of the line is a code point */
  char **methods; /* that its sender accepts */
  char **framings;
  char *provider;     /* printable; NULL: none */
  char *peer_address; /* printable; NULL: none */
  const char *instance; /* any bytes; NULL: none */
  bool dial;
  bool tls; /* it can and wants to speak TLS */
} AempGreeting;

/* Fills `greeting`, which has to be cleared in any case.  False with
 * AEMP_ERROR_PROTOCOL: no AEMP, another version, an unusable node ID. */
bool aemp_greeting_read (AempGreeting *greeting, const char *line, GError **error);
void aemp_greeting_clear (AempGreeting *greeting);

/* Begins a line; `methods` and `framings` in order of preference. */
GString *aemp_greeting_new_line (const char *node_id, const char *const *methods,
                                 const char *const *framings);
/* Appends `;key=value`, escaped. */
void aemp_line_append_pair (GString *line, const char *key, const char *value);

/* Resolves the escapes in the pairs, in place. */
void aemp_pairs_unescape (char **pairs);
/* NULL: not there. */
const char *aemp_pairs_get (char *const *pairs, const char *key);
