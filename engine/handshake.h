/* engine/handshake.h - from the first byte of a connection to an agreed framing.
 *
 * A pure machine: bytes in, bytes out; no clock, no socket.  Feed it what the peer
 * sent, cut anywhere, and send on what it answers.  It stops at two gates, where
 * its owner has to decide: after the peer's greeting (who claims to be there:
 * continue, or drop) and before its own auth line goes out, which may be withheld
 * (see engine/pair.c).  docs/protocol.md has the lines.
 *
 * When both greetings say so, TLS begins behind them: the owner sees to it that what is
 * fed and given from then on goes through it. */
#pragma once

#include "codec.h"
#include "error.h"

/* How the error begins when the peer's secret is not ours. */
#define AEMP_HANDSHAKE_WRONG_ANSWER "the peer does not know our secret"
#define AEMP_HANDSHAKE_LINE_MAX_BYTES 4096 /* line end included; the peer cannot stretch it */
#define AEMP_HANDSHAKE_READ_MAX_BYTES (3 * AEMP_HANDSHAKE_LINE_MAX_BYTES) /* from who has not proved itself */
#define AEMP_HANDSHAKE_OPTIONS_MAX_BYTES 3840 /* so that any auth line fits with them */
#define AEMP_HANDSHAKE_NONCE_BYTES 66 /* as Perl: 88 characters of base64 */

/* What this side offers, accepts and is.  Plain data, borrowed: it has to outlive
 * the handshake.  Lists are NULL-terminated. */
typedef struct
{
  const char *node_id;
  const char *instance;      /* random for each process; no `;` in it */
  const char *provider;      /* our name and version */
  const char *secret;        /* NULL or empty: none, nobody gets in by it */
  bool tls;                  /* there is a certificate: we can and want to speak TLS */
  const char *const *auth_offer;  /* methods we may generate, as configured */
  /* Methods we accept, in order of preference.  The greeting lists those that can
   * really be accepted: none of TLS's without a certificate (Perl lists all), only those
   * of TLS without a secret.  Ours accepts cleartext only where it is listed. */
  const char *const *auth_accept;
  const char *const *framings; /* in order of preference: "cbor", "json" */
} AempHandshakeConfig;

/* What the peer's greeting says.  Claims only, until AEMP_HANDSHAKE_VERIFIED. */
typedef struct
{
  const char *node_id;  /* UTF-8 without `#`, `;` and control characters; never empty */
  const char *instance; /* any bytes, to be compared; NULL: it sent none (Perl) */
  bool dial;            /* it knows our rule for two connections */
  const char *provider; /* printable; may be NULL */
  const char *peer_address; /* how it sees us; printable; may be NULL */
  const char *nonce;    /* any bytes; may be empty */
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

/* `peer_address`: the peer as we see it, for the greeting.  `nonce`: randomness,
 * 16 to 1024 bytes (AEMP_HANDSHAKE_NONCE_BYTES are customary); it goes out in base64. */
AempHandshake *aemp_handshake_new (const AempHandshakeConfig *config, const char *peer_address,
                                   const uint8_t *nonce, size_t nonce_length);
void aemp_handshake_free (AempHandshake *handshake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempHandshake, aemp_handshake_free)

/* Appends our greeting and nonce lines.  Once, at the beginning. */
void aemp_handshake_greet (AempHandshake *handshake, GByteArray *out);

/* Takes bytes of the peer up to the end of the greeting in state GREETING, up to
 * the end of the auth line in state AUTH, and reports how many in `*taken`: look at
 * the state, decide, and feed the rest (behind DONE: the rest is packets; in VERIFIED
 * nothing is taken either).
 * False ends the handshake (state FAILED; only questions and free may follow):
 * AEMP_ERROR_PROTOCOL a line we cannot read or agree on, AEMP_ERROR_AUTH a wrong
 * answer.  The peer's text in an error is cut short and made printable.
 *
 * Our own node ID is refused as well, with AEMP_ERROR_PROTOCOL; whether this
 * process reached itself or there are two nodes of one name is for the owner to
 * tell, by the peer's nonce: is it one that we sent on another connection? */
bool aemp_handshake_feed (AempHandshake *handshake, const uint8_t *bytes, size_t length,
                          size_t *taken, GError **error);

/* Appends our auth line: in state AUTH or VERIFIED, once.  In VERIFIED the state
 * becomes DONE.  `options` (NULL: none) is "key=value;key=value" for the peer's
 * aemp_handshake_option(); no secret covers it, so nothing may hang on it that
 * somebody on the line must not change.  Options that are longer than the limit above
 * are left out: how many there are may depend on strangers. */
void aemp_handshake_answer (AempHandshake *handshake, GByteArray *out, const char *options);

AempHandshakeState aemp_handshake_state (const AempHandshake *handshake);
bool aemp_handshake_answered (const AempHandshake *handshake); /* ours has been given */
/* NULL until both greeting lines were read, good ones; from then on valid as long as
 * the handshake, also if it fails. */
const AempHandshakePeer *aemp_handshake_peer (const AempHandshake *handshake);
/* A key of the options behind the peer's auth line, from VERIFIED or DONE on.
 * NULL: not there. */
const char *aemp_handshake_option (const AempHandshake *handshake, const char *key);
/* From AUTH on: do both speak TLS, and is ours the client's side?  That is the one with the
 * lower nonce. */
bool aemp_handshake_uses_tls (const AempHandshake *handshake);
bool aemp_handshake_is_tls_client (const AempHandshake *handshake);
/* From VERIFIED on: has the peer proved itself?  By `tls_anon` it has not: it is not trusted any
 * further than its certificate. */
bool aemp_handshake_is_trusted (const AempHandshake *handshake);
/* From AUTH on: the framing we send in; from VERIFIED on: the peer's, its method. */
const AempCodec *aemp_handshake_codec_out (const AempHandshake *handshake);
const AempCodec *aemp_handshake_codec_in (const AempHandshake *handshake);
const char *aemp_handshake_method (const AempHandshake *handshake);
/* The nonce we sent, as it stands in the line. */
const char *aemp_handshake_nonce (const AempHandshake *handshake);
/* From AUTH on: names the connection, the same number at both ends: a hash of the
 * two nonces in the order of their bytes. */
uint64_t aemp_handshake_connection (const AempHandshake *handshake);
