/* engine/handshake.h - from the first byte of a connection to an agreed framing.
 *
 * A pure machine: bytes in, bytes out; no clock, no socket.  Feed it what the peer
 * sent, cut anywhere, and send on what it answers.  It stops at two gates, where
 * its owner has to decide: after the peer's greeting (who claims to be there:
 * continue, or drop) and before its own auth line goes out, which may be withheld
 * (see engine/pair.h).  docs/protocol.md has the lines. */
#pragma once

#include "codec.h"
#include "error.h"

#define AEMP_HANDSHAKE_LINE_MAX_BYTES 4096 /* line end included; the peer cannot stretch it */

/* What this side offers, accepts and is.  Plain data, borrowed: it has to outlive
 * the handshake.  Lists are NULL-terminated. */
typedef struct
{
  const char *node_id;
  const char *instance;      /* random for each process; no `;` in it */
  const char *provider;      /* our name and version */
  const char *secret;        /* NULL or empty: none, nobody gets in by it */
  const char *const *auth_offer;  /* methods we may generate, as configured */
  const char *const *auth_accept; /* methods we accept, in order of preference */
  const char *const *framings;    /* in order of preference: "cbor", "json" */
} AempHandshakeConfig;

/* What the peer's greeting says.  Claims only, until AEMP_HANDSHAKE_DONE. */
typedef struct
{
  const char *node_id;  /* never empty */
  const char *instance; /* NULL: it sent none (Perl) */
  bool dial;            /* it knows our rule for two connections */
  const char *provider; /* may be NULL */
  const char *peer_address; /* how it sees us; may be NULL */
  const char *nonce;
} AempHandshakePeer;

typedef enum
{
  AEMP_HANDSHAKE_GREETING, /* reading the peer's two lines */
  AEMP_HANDSHAKE_AUTH,     /* greeting read; waiting for its auth line */
  AEMP_HANDSHAKE_VERIFIED, /* its auth line was right; ours is still withheld */
  AEMP_HANDSHAKE_DONE,     /* both auth lines have been given: packets may follow */
  AEMP_HANDSHAKE_FAILED,
} AempHandshakeState;

typedef struct AempHandshake AempHandshake;

/* `peer_address`: the peer as we see it, for the greeting.  `nonce`: as much
 * randomness, `nonce_length` (at least 16) bytes; it goes out in base64. */
AempHandshake *aemp_handshake_new (const AempHandshakeConfig *config, const char *peer_address,
                                   const uint8_t *nonce, size_t nonce_length);
void aemp_handshake_free (AempHandshake *handshake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempHandshake, aemp_handshake_free)

/* Appends our greeting and nonce lines.  Once, at the beginning. */
void aemp_handshake_greet (AempHandshake *handshake, GByteArray *out);

/* Takes bytes of the peer up to the end of the greeting in state GREETING, up to
 * the end of the auth line in state AUTH, and reports how many in `*taken`: look at
 * the state, decide, and feed the rest (behind DONE: the rest is packets).
 * False ends the handshake (state FAILED; only free may follow):
 * AEMP_ERROR_PROTOCOL a line we cannot read or agree on, AEMP_ERROR_AUTH a wrong
 * answer.  The peer's text in an error is cut short and made printable. */
bool aemp_handshake_feed (AempHandshake *handshake, const uint8_t *bytes, size_t length,
                          size_t *taken, GError **error);

/* Appends our auth line: in state AUTH or VERIFIED, once.  In VERIFIED the state
 * becomes DONE. */
void aemp_handshake_answer (AempHandshake *handshake, GByteArray *out, const char *options);

AempHandshakeState aemp_handshake_state (const AempHandshake *handshake);
bool aemp_handshake_answered (const AempHandshake *handshake); /* ours has been given */
/* Valid from AUTH on, as long as the handshake. */
const AempHandshakePeer *aemp_handshake_peer (const AempHandshake *handshake);
/* A key of the options behind the peer's auth line, from VERIFIED or DONE on.
 * NULL: not there. */
const char *aemp_handshake_option (const AempHandshake *handshake, const char *key);
/* From AUTH on: the framing we send in; from VERIFIED on: the peer's, its method. */
const AempCodec *aemp_handshake_codec_out (const AempHandshake *handshake);
const AempCodec *aemp_handshake_codec_in (const AempHandshake *handshake);
const char *aemp_handshake_method (const AempHandshake *handshake);
/* The nonce we sent, as it stands in the line. */
const char *aemp_handshake_nonce (const AempHandshake *handshake);
/* From AUTH on: names the connection, the same number at both ends: a hash of the
 * two nonces in the order of their bytes. */
uint64_t aemp_handshake_connection (const AempHandshake *handshake);
