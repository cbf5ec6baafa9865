/* tests/unit/test-handshake-tls.c - what the greeting and the auth line say about TLS. */
#include "engine/sha3.h"
#include "introduce.h"

#define GREETING_TLS "aemp;1;ruth;tls_sha3_512,hmac_sha3_512,tls_anon;json;tls=1.0"
#define NONCE "bm9uY2U"

static const char *const offer_anon[] = { "tls_anon", NULL };
static const char *const accept_hmac[] = { "hmac_sha3_512", NULL };

/* With a certificate, and without a secret. */
static Side
side_with_cert (const char *node_id)
{
  Side side = side_named (node_id);

  side.config.tls = true;
  side.config.secret = NULL;
  return side;
}

static void
test_greeting (void)
{
  g_test_summary (
      "The greeting wants TLS where there is a certificate, and lists the methods by which "
      "one can really come in: none of the secret's without a secret.");

  g_auto (Side) plain = side_named ("rain");
  g_auto (Side) cert = side_with_cert ("rain");
  g_auto (Side) both = side_with_cert ("rain");

  both.config.secret = "tea";
  side_greet (&plain);
  side_greet (&cert);
  side_greet (&both);
  g_autofree char *plain_line = side_take_line (&plain);
  g_autofree char *cert_line = side_take_line (&cert);
  g_autofree char *both_line = side_take_line (&both);
  g_assert_true (g_str_has_prefix (plain_line, "aemp;1;rain;hmac_sha3_512;cbor,json;"));
  g_assert_null (strstr (plain_line, "tls"));
  g_assert_true (g_str_has_prefix (cert_line, "aemp;1;rain;tls_sha3_512,tls_anon;cbor,json;"));
  g_assert_nonnull (strstr (cert_line, ";tls=1.0;"));
  g_assert_true (
      g_str_has_prefix (both_line, "aemp;1;rain;tls_sha3_512,hmac_sha3_512,tls_anon;cbor,json;"));
}

static void
test_introduce (void)
{
  g_test_summary ("Two with certificates agree on TLS, on who is the client, and on tls_sha3_512, "
                  "whatever secrets they have.");

  for (unsigned i = 0; i < 2; i++)
    {
      g_auto (Side) rain = side_with_cert ("rain");
      g_auto (Side) ruth = side_with_cert ("ruth");
      g_autoptr (GError) error = NULL;

      rain.config.secret = i ? "tea" : NULL;
      ruth.config.secret = i ? "coffee" : NULL;
      g_assert_true (introduce (&rain, &ruth, &error));
      g_assert_no_error (error);
      g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_DONE);
      g_assert_cmpint (side_state (&ruth), ==, AEMP_HANDSHAKE_DONE);
      g_assert_true (aemp_handshake_uses_tls (rain.machine));
      g_assert_true (aemp_handshake_is_tls_client (rain.machine)
                     != aemp_handshake_is_tls_client (ruth.machine));
      g_assert_true (
          aemp_handshake_is_tls_client (rain.machine)
          == (strcmp (aemp_handshake_nonce (rain.machine), aemp_handshake_nonce (ruth.machine))
              < 0));
      g_assert_cmpstr (aemp_handshake_method (rain.machine), ==, "tls_sha3_512");
      g_assert_true (aemp_handshake_is_trusted (rain.machine));
    }
}

static void
test_secret_only (void)
{
  g_test_summary ("One of the two has no certificate: there is no TLS, and the secret decides.");

  g_auto (Side) rain = side_with_cert ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;

  rain.config.secret = "tea";
  g_assert_true (introduce (&rain, &ruth, &error));
  g_assert_false (aemp_handshake_uses_tls (rain.machine) || aemp_handshake_uses_tls (ruth.machine));
  g_assert_cmpstr (aemp_handshake_method (rain.machine), ==, "hmac_sha3_512");
}

static void
test_cut_out (void)
{
  g_test_summary ("Somebody on the way takes `tls=1.0` out of the greetings: without a secret that "
                  "ends it, and with one the proofs no longer fit.");

  g_auto (Side) lonely = side_with_cert ("rain");
  g_auto (Side) rain = side_with_cert ("rain");
  g_auto (Side) ruth = side_with_cert ("ruth");
  g_autoptr (GError) error = NULL;

  side_greet (&lonely);
  g_assert_false (side_hear (&lonely, "aemp;1;ruth;tls_sha3_512;json\n" NONCE "\n", &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "the peer does not speak TLS"));
  g_clear_error (&error);

  rain.config.secret = ruth.config.secret = "tea";
  side_greet (&rain);
  side_greet (&ruth);
  for (unsigned i = 0; i < 2; i++)
    {
      Side *side = i ? &rain : &ruth;
      char *key = g_strstr_len ((char *)side->said->data, side->said->len, ";tls=1.0");

      g_assert_nonnull (key);
      g_byte_array_remove_range (side->said, (guint)((uint8_t *)key - side->said->data),
                                 strlen (";tls=1.0"));
    }
  g_assert_true (side_hear_side (&rain, &ruth, &error) && side_hear_side (&ruth, &rain, &error));
  g_assert_false (aemp_handshake_uses_tls (rain.machine));
  side_answer (&rain, NULL);
  g_assert_false (side_hear_side (&ruth, &rain, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_AUTH);
}

static void
test_proof (void)
{
  g_test_summary (
      "tls_sha3_512 is the hash of the four lines, our own first; another one is refused.");

  g_auto (Side) rain = side_with_cert ("rain");
  g_autoptr (GError) error = NULL;
  uint8_t digest[AEMP_SHA3_512_BYTES];

  side_greet (&rain);
  g_autofree char *greeting = side_take_line (&rain);
  g_autofree char *nonce = side_take_line (&rain);
  g_assert_true (side_hear (&rain, GREETING_TLS "\n" NONCE "\n", &error));
  side_answer (&rain, NULL);
  g_autofree char *answer = side_take_line (&rain);

  g_autofree char *text
      = g_strconcat (greeting, "\n", nonce, "\n" GREETING_TLS "\n" NONCE "\n", NULL);
  g_autoptr (GString) expected = g_string_new ("tls_sha3_512;");
  aemp_sha3_512 (text, strlen (text), digest);
  for (unsigned i = 0; i < sizeof digest; i++)
    g_string_append_printf (expected, "%02x", digest[i]);
  g_string_append (expected, ";json");
  g_assert_cmpstr (answer, ==, expected->str);

  /* The same back at us is the proof of the other direction: no proof of Ruth. */
  g_string_append_c (expected, '\n');
  g_assert_false (side_hear (&rain, expected->str, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_AUTH);
  g_assert_nonnull (strstr (error->message, "not for this connection"));
}

static void
test_outside (void)
{
  g_test_summary ("The methods of TLS prove nothing without TLS, though we list them.");

  static const char *const lines[] = { "tls_anon;;json\n", "tls_sha3_512;%s;json\n" };

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_auto (Side) rain = side_with_cert ("rain");
      g_autoptr (GError) error = NULL;
      static const char greeting[] = "aemp;1;ruth;hmac_sha3_512;json";

      rain.config.secret = "tea";
      side_greet (&rain);
      g_assert_true (side_hear (&rain, "aemp;1;ruth;hmac_sha3_512;json\n" NONCE "\n", &error));
      g_autofree char *proof = prove (&rain, "tls_sha3_512", NULL, greeting, NONCE);
      g_autoptr (GString) line = g_string_new (lines[i]);
      g_string_replace (line, "%s", proof, 0);
      g_assert_false (side_hear (&rain, line->str, &error));
      g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, "but there is no TLS"));
    }
}

static void
test_anonymous (void)
{
  g_test_summary ("Who proves itself by tls_anon is let in and not trusted; where that is not "
                  "accepted it is not let in.");

  g_auto (Side) rain = side_with_cert ("rain");
  g_auto (Side) ruth = side_with_cert ("ruth");
  g_auto (Side) strict = side_with_cert ("rain");
  g_auto (Side) other = side_with_cert ("ruth");
  g_autoptr (GError) error = NULL;
  static const char *const accept_proof[] = { "tls_sha3_512", NULL };

  ruth.config.auth_offer = offer_anon;
  g_assert_true (introduce (&rain, &ruth, &error));
  g_assert_cmpstr (aemp_handshake_method (rain.machine), ==, "tls_anon");
  g_assert_false (aemp_handshake_is_trusted (rain.machine));
  g_assert_true (aemp_handshake_is_trusted (ruth.machine));

  strict.config.auth_accept = accept_proof;
  other.config.auth_offer = offer_anon;
  g_assert_false (introduce (&strict, &other, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
}

static void
test_no_method_inside (void)
{
  g_test_summary ("Inside TLS only its own methods are given, also where a secret is shared.");

  g_auto (Side) rain = side_with_cert ("rain");
  g_auto (Side) ruth = side_with_cert ("ruth");
  g_autoptr (GError) error = NULL;

  rain.config.secret = ruth.config.secret = "tea";
  ruth.config.auth_accept = accept_hmac;
  g_assert_false (introduce (&rain, &ruth, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "no common authentication method"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/handshake-tls/" name, function)
  ADD ("greeting", test_greeting);
  ADD ("introduce", test_introduce);
  ADD ("secret-only", test_secret_only);
  ADD ("cut-out", test_cut_out);
  ADD ("proof", test_proof);
  ADD ("outside", test_outside);
  ADD ("anonymous", test_anonymous);
  ADD ("no-method-inside", test_no_method_inside);
#undef ADD
  return g_test_run ();
}
