/* engine/tls.h - TLS as a pure machine: what goes over the wire on one side, plain bytes on the
 * other.
 *
 * No clock, no socket: bytes in, bytes out, the time as an argument.  Feed it what the peer
 * sent, cut anywhere.  Both sides show a certificate, and each checks the other's; who is the
 * client is agreed on elsewhere.  TLS 1.2 and 1.3 by gnutls, which only tls.c includes.
 *
 * The bytes are random, gnutls sees to that; how many there are is not.  Therefore signatures
 * are RSA's, groups have keys of one length, and there are no tickets and no padding: what
 * a run reports of a connection never depends on the luck of a handshake. */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* Who we are and whom we trust. */
typedef struct AempTlsIdentity AempTlsIdentity;

/* From the text of `cert`: a private key, its certificate, and certificates of authorities,
 * in any order, in PEM.  Trusted is who has a certificate that is in the text itself, or was
 * signed by one of those.  NULL with AEMP_ERROR_CONFIG. */
AempTlsIdentity *aemp_tls_identity_new (const char *pem, GError **error);
void aemp_tls_identity_free (AempTlsIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempTlsIdentity, aemp_tls_identity_free)

/* A new key with a certificate for it, signed by itself, as text for `cert`: nodes that share
 * it trust each other.  Takes its randomness from the system, and a while; for tools.
 * g_free() it; NULL with AEMP_ERROR_CONFIG. */
char *aemp_tls_certificate_new (const char *name, int64_t from_us, int64_t until_us,
                                GError **error);

typedef struct AempTls AempTls;

/* `identity` is borrowed and has to outlive it. */
AempTls *aemp_tls_new (const AempTlsIdentity *identity, bool is_client);
void aemp_tls_free (AempTls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempTls, aemp_tls_free)

/* Takes all of the bytes; appends the plain ones to `plain`, and what has to be sent to `out`.
 * Begin it with no bytes: the client has the first word.  `wall_us` is the time by which
 * certificates are judged.  False ends it (only free may follow): AEMP_ERROR_AUTH says what is
 * wrong with the peer's certificate, or with ours in the eyes of the peer,
 * AEMP_ERROR_PROTOCOL what is no TLS that we speak.  What `out` then has tells the peer. */
bool aemp_tls_feed (AempTls *tls, const uint8_t *bytes, size_t length, int64_t wall_us,
                    GByteArray *plain, GByteArray *out, GError **error);

bool aemp_tls_is_ready (const AempTls *tls); /* the handshake is done, the peer is trusted */
bool aemp_tls_is_ended (const AempTls *tls); /* the peer said that nothing more will come */

/* Appends `bytes` in their sealed form.  Only when ready, and before the end. */
void aemp_tls_seal (AempTls *tls, const uint8_t *bytes, size_t length, GByteArray *out);
/* Says that we send no more, once; only when ready. */
void aemp_tls_end (AempTls *tls, GByteArray *out);
