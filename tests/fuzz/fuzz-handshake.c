/* tests/fuzz/fuzz-handshake.c - for libFuzzer: a stranger says random bytes.
 *
 * The first byte chooses what we are configured to take, the second how the rest is cut.
 * Nobody can guess a proof, so whoever gets in must have sent the secret in the clear
 * where that is accepted. */
#include "engine/handshake.h"

#include <string.h>

#define ERROR_MAX_BYTES 250

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

typedef struct
{
  AempHandshake *machine;
  GError *error;
  size_t taken;
} Outcome;

static void
check_node_id (const char *node_id)
{
  g_assert_true (*node_id != '\0' && g_utf8_validate (node_id, -1, NULL));
  for (const char *at = node_id; *at != '\0'; at = g_utf8_next_char (at))
    g_assert_true (!g_unichar_iscntrl (g_utf8_get_char (at)) && *at != '#' && *at != ';');
}

static void
check_printable (const char *text, size_t most_bytes)
{
  if (text == NULL)
    return;
  g_assert_cmpuint (strlen (text), <=, most_bytes);
  for (; *text != '\0'; text++)
    g_assert_true (g_ascii_isprint (*text));
}

/* Says the bytes in pieces; we answer at the gate or withhold it. */
static Outcome
converse (const AempHandshakeConfig *config, bool answers, const uint8_t *bytes, size_t length,
          size_t piece)
{
  static const uint8_t nonce[AEMP_HANDSHAKE_NONCE_BYTES] = "a nonce";
  g_autoptr (GByteArray) out = g_byte_array_new ();
  Outcome outcome = { aemp_handshake_new (config, "10.0.0.1:4040", nonce, sizeof nonce), NULL, 0 };
  bool stands_still = false;

  aemp_handshake_greet (outcome.machine, out);
  while (outcome.taken < length && outcome.error == NULL && !stands_still)
    {
      size_t end = MIN ((outcome.taken / piece + 1) * piece, length);
      size_t taken = 0;

      if (!aemp_handshake_feed (outcome.machine, bytes + outcome.taken, end - outcome.taken, &taken,
                                &outcome.error))
        g_assert_nonnull (outcome.error);
      g_assert_cmpuint (taken, <=, end - outcome.taken);
      stands_still = taken == 0;
      outcome.taken += taken;
      if (answers && aemp_handshake_state (outcome.machine) == AEMP_HANDSHAKE_AUTH
          && !aemp_handshake_answered (outcome.machine))
        aemp_handshake_answer (outcome.machine, out, "key=value");
    }
  return outcome;
}

static void
check_outcome (const Outcome *outcome, const AempHandshakeConfig *config)
{
  AempHandshakeState state = aemp_handshake_state (outcome->machine);
  const AempHandshakePeer *peer = aemp_handshake_peer (outcome->machine);

  g_assert_true ((outcome->error != NULL) == (state == AEMP_HANDSHAKE_FAILED));
  if (outcome->error != NULL)
    {
      check_printable (outcome->error->message, ERROR_MAX_BYTES);
      g_assert_true (g_error_matches (outcome->error, AEMP_ERROR, AEMP_ERROR_PROTOCOL)
                     || g_error_matches (outcome->error, AEMP_ERROR, AEMP_ERROR_AUTH));
    }
  if (peer != NULL)
    {
      check_node_id (peer->node_id);
      check_printable (peer->provider, 100);
      check_printable (peer->peer_address, 100);
      g_assert_nonnull (peer->nonce);
    }
  if (state == AEMP_HANDSHAKE_AUTH || state == AEMP_HANDSHAKE_VERIFIED
      || state == AEMP_HANDSHAKE_DONE)
    g_assert_true (peer != NULL && strcmp (peer->node_id, config->node_id) != 0
                   && aemp_handshake_codec_out (outcome->machine) != NULL);
  if (state == AEMP_HANDSHAKE_VERIFIED || state == AEMP_HANDSHAKE_DONE)
    {
      g_assert_true (g_strv_contains (config->auth_accept, "cleartext"));
      g_assert_cmpstr (aemp_handshake_method (outcome->machine), ==, "cleartext");
      g_assert_nonnull (aemp_handshake_codec_in (outcome->machine));
      aemp_handshake_option (outcome->machine, "key");
    }
}

static void
check_same (const Outcome *one, const Outcome *other)
{
  const AempHandshakePeer *peer = aemp_handshake_peer (one->machine);
  const AempHandshakePeer *other_peer = aemp_handshake_peer (other->machine);

  g_assert_true (aemp_handshake_state (one->machine) == aemp_handshake_state (other->machine));
  g_assert_cmpuint (one->taken, ==, other->taken);
  g_assert_cmpstr (one->error != NULL ? one->error->message : NULL, ==,
                   other->error != NULL ? other->error->message : NULL);
  g_assert_true ((peer == NULL) == (other_peer == NULL));
  if (peer == NULL)
    return;
  g_assert_cmpstr (peer->node_id, ==, other_peer->node_id);
  g_assert_cmpstr (peer->instance, ==, other_peer->instance);
  g_assert_cmpstr (peer->nonce, ==, other_peer->nonce);
  g_assert_true (peer->dial == other_peer->dial);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  static const char *const offer[] = { "hmac_sha3_512", NULL };
  static const char *const accept[] = { "tls_sha3_512", "hmac_sha3_512", "cleartext", NULL };
  static const char *const accept_hmac[] = { "hmac_sha3_512", NULL };
  static const char *const framings[] = { "cbor", "json", NULL };

  if (length < 2)
    return 0;
  const AempHandshakeConfig config = {
    .node_id = "rain",
    .instance = "1",
    .provider = "fuzz",
    .secret = bytes[0] & 1 ? NULL : "tea",
    .auth_offer = offer,
    .auth_accept = bytes[0] & 2 ? accept_hmac : accept,
    .framings = bytes[0] & 4 ? framings + 1 : framings,
  };
  bool answers = (bytes[0] & 8) != 0;
  size_t piece = (size_t)bytes[1] + 1;
  Outcome whole = converse (&config, answers, bytes + 2, length - 2, length);
  Outcome pieces = converse (&config, answers, bytes + 2, length - 2, piece);

  check_outcome (&whole, &config);
  check_same (&whole, &pieces);
  aemp_handshake_free (whole.machine);
  aemp_handshake_free (pieces.machine);
  g_clear_error (&whole.error);
  g_clear_error (&pieces.error);
  return 0;
}
