/* tests/unit/introduce.h - sides of a connection, for the tests of the handshake. */
#pragma once

#include "engine/auth.h"
#include "engine/handshake.h"

#include <string.h>

static const char *const offer_default[] = { "tls_sha3_512", "hmac_sha3_512", NULL };
static const char *const accept_default[]
    = { "tls_sha3_512", "hmac_sha3_512", "tls_anon", NULL };
static const char *const accept_cleartext[] = { "hmac_sha3_512", "cleartext", NULL };
static const char *const framings_default[] = { "cbor", "json", NULL };
static const char *const framings_json[] = { "json", NULL };
static const char *const framings_json_first[] = { "json", "cbor", NULL };

/* A node at one end, with what it said and not yet heard. */
typedef struct
{
  AempHandshakeConfig config;
  AempHandshake *machine;
  GByteArray *said;
} Side;

/* The configuration can be changed between this and side_greet(). */
static inline Side
side_named (const char *node_id)
{
  return (Side){
    .config = { .node_id = node_id,
                .instance = node_id,
                .provider = "aemp-test",
                .secret = "tea",
                .auth_offer = offer_default,
                .auth_accept = accept_default,
                .framings = framings_default },
    .said = g_byte_array_new (),
  };
}

static inline void
side_clear (Side *side)
{
  aemp_handshake_free (side->machine);
  g_byte_array_unref (side->said);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static inline void
side_greet (Side *side)
{
  uint8_t nonce[AEMP_HANDSHAKE_NONCE_BYTES];

  for (size_t i = 0; i < sizeof nonce; i++) /* each name has a nonce of its own */
    nonce[i] = (uint8_t)side->config.node_id[i % strlen (side->config.node_id)];
  side->machine = aemp_handshake_new (&side->config, "10.0.0.1:4040", nonce, sizeof nonce);
  aemp_handshake_greet (side->machine, side->said);
}

static inline void
side_answer (Side *side, const char *options)
{
  aemp_handshake_answer (side->machine, side->said, options);
}

static inline AempHandshakeState
side_state (const Side *side)
{
  return aemp_handshake_state (side->machine);
}

/* Hears up to the next gate; true with what is left in `*length`. */
static inline bool
side_hear_bytes (Side *side, const char *bytes, size_t *length, GError **error)
{
  size_t taken;

  if (!aemp_handshake_feed (side->machine, (const uint8_t *)bytes, *length, &taken, error))
    return false;
  *length -= taken;
  return true;
}

static inline bool
side_hear (Side *side, const char *text, GError **error)
{
  size_t length = strlen (text);

  return side_hear_bytes (side, text, &length, error);
}

/* All that `from` said. */
static inline bool
side_hear_side (Side *side, Side *from, GError **error)
{
  size_t length = from->said->len;
  bool is_fine = side_hear_bytes (side, (const char *)from->said->data, &length, error);

  g_byte_array_set_size (from->said, 0);
  g_assert_true (!is_fine || length == 0);
  return is_fine;
}

/* Both greet and both answer; ends at the first error. */
static inline bool
introduce (Side *one, Side *other, GError **error)
{
  side_greet (one);
  side_greet (other);
  if (!side_hear_side (other, one, error) || !side_hear_side (one, other, error))
    return false;
  side_answer (one, NULL);
  side_answer (other, NULL);
  return side_hear_side (one, other, error) && side_hear_side (other, one, error);
}

/* One line that `side` said, without its end, taken from the front. */
static inline char *
side_take_line (Side *side)
{
  const uint8_t *end = memchr (side->said->data, '\n', side->said->len);
  char *line;

  g_assert_nonnull (end);
  line = g_strndup ((const char *)side->said->data, (gsize)(end - side->said->data));
  g_byte_array_remove_range (side->said, 0, (guint)(end - side->said->data) + 1);
  return line;
}

/* What somebody who greeted with these two lines has to send as data of the auth line:
 * takes the greeting that `side` said. */
static inline char *
prove (Side *side, const char *method, const char *secret, const char *greeting,
       const char *nonce)
{
  g_autofree char *peer_greeting = side_take_line (side);
  g_autofree char *peer_nonce = side_take_line (side);
  const AempAuthLines lines = { greeting, nonce, peer_greeting, peer_nonce };

  return aemp_auth_data (method, secret, &lines);
}
