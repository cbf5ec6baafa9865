/* engine/auth.h - how a side proves that it may come in; for the handshake.
 *
 * Most methods prove that it knows the secret.  Those of TLS need none: there certificates have
 * been checked, and what is proved is that it is this connection they were checked for. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The four greeting lines as they were sent, without their line ends.  `own` is the
 * side whose proof it is. */
typedef struct
{
  const char *own_greeting;
  const char *own_nonce;
  const char *peer_greeting;
  const char *peer_nonce;
} AempAuthLines;

bool aemp_auth_is_known (const char *method);     /* one that we can verify */
bool aemp_auth_is_generated (const char *method); /* one that we prove ourselves by */
bool aemp_auth_is_of_tls (const char *method);    /* known, works inside TLS only, without a secret */

/* The data field of an auth line.  `method` is known, `secret` not empty unless the method is
 * of TLS.  g_free() it. */
char *aemp_auth_data (const char *method, const char *secret, const AempAuthLines *lines);

/* Is this the data of who sent it?  Never so without a secret (NULL or empty), unless the method
 * is of TLS; that there is TLS is for the caller to see to. */
bool aemp_auth_verify (const char *method, const char *secret, const AempAuthLines *lines,
                       const char *data);
