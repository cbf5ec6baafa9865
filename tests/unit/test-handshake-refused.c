/* tests/unit/test-handshake-refused.c - who does not get in, and what is said about it. */
#include "introduce.h"

#define GREETING "aemp;1;ruth;hmac_sha3_512;json"
#define NONCE "cnV0aA"

/* `side` greets and hears what a stranger says, then has to refuse for this reason. */
static void
assert_refused (Side *side, const char *said, AempErrorCode code, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", reason);
  if (side->machine == NULL)
    side_greet (side);
  g_assert_false (side_hear (side, said, &error));
  g_assert_error (error, AEMP_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_cmpint (side_state (side), ==, AEMP_HANDSHAKE_FAILED);
}

static void
test_greetings (void)
{
  static const struct
  {
    const char *said;
    const char *reason;
  } greetings[] = {
    { "\n", "not an AEMP node" },
    { "GET / HTTP/1.0\r\n", "not an AEMP node, its first line begins with: \"GET / HTTP/1.0\"" },
    { "SSH-2.0-OpenSSH_9.2\n", "not an AEMP node" },
    { "AEMP;1;ruth;hmac_sha3_512;json\n", "not an AEMP node" },
    { "aemp\n", "too short" },
    { "aemp;1\n", "too short" },
    { "aemp;1;ruth;hmac_sha3_512\n", "too short: \"aemp;1;ruth;hmac_sha3_512\"" },
    { "aemp;0;ruth;hmac_sha3_512;json\n", "another version of the protocol than 1: \"0\"" },
    { "aemp;2;ruth;hmac_sha3_512;json\n", "another version" },
    { "aemp;10;ruth;hmac_sha3_512;json\n", "another version" },
    { "aemp;1.1;ruth;hmac_sha3_512;json\n", "another version" },
    { "aemp;1.01;ruth;hmac_sha3_512;json\n", "another version" },
    { "aemp;1.0.0;ruth;hmac_sha3_512;json\n", "another version" },
    { "aemp;;ruth;hmac_sha3_512;json\n", "another version of the protocol than 1: \"\"" },
    { "aemp;1;;hmac_sha3_512;json\n", "the peer has no node ID" },
    { "aemp;1;ru#th;hmac_sha3_512;json\n", "has a # or a control character in it: \"ru#th\"" },
    { "aemp;1;ru\tth;hmac_sha3_512;json\n", "control character in it: \"ru.th\"" },
    { "aemp;1;ru\x7fth;hmac_sha3_512;json\n", "control character" },
    { "aemp;1;ru\x85th;hmac_sha3_512;json\n", "control character" },
    { "aemp;1;ru\rth;hmac_sha3_512;json\n", "control character" },
  };

  g_test_summary ("Every first line that is no good greeting is refused at once, and the error "
                  "says what is wrong with it.");

  for (size_t i = 0; i < G_N_ELEMENTS (greetings); i++)
    {
      g_auto (Side) rain = side_named ("rain");

      assert_refused (&rain, greetings[i].said, AEMP_ERROR_PROTOCOL, greetings[i].reason);
      g_assert_null (aemp_handshake_peer (rain.machine));
    }
}

static void
test_sub_protocols (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");

  g_test_summary ("The word of a sub-protocol is not taken for a stranger's: the error names it.");

  assert_refused (&rain, "aemp-dataconn;1;ruth;hmac_sha3_512;json;dataconn_id=17\n",
                  AEMP_ERROR_PROTOCOL,
                  "the peer asks for a sub-protocol that this node does not speak: "
                  "\"aemp-dataconn\"");
  assert_refused (&ruth, "aemp-future\n", AEMP_ERROR_PROTOCOL, "\"aemp-future\"");
}

static void
test_nothing_in_common (void)
{
  static const struct
  {
    const char *said;
    const char *reason;
  } greetings[] = {
    { "aemp;1;ruth;cleartext;json\n\n",
      "no common authentication method, the peer accepts: \"cleartext\"" },
    { "aemp;1;ruth;tls_sha3_512,tls_anon;json\n\n",
      "no common authentication method, the peer accepts: \"tls_sha3_512,tls_anon\"" },
    { "aemp;1;ruth;;json\n\n", "no common authentication method, the peer accepts: \"\"" },
    { "aemp;1;ruth;hmac_md6_64_256,cleartext;json\n\n", "a node of AnyEvent::MP 1.x" },
    { "aemp;1;ruth;hmac_sha3_512;storable\n\n", "no other framing than Perl's own: \"storable\"" },
    { "aemp;1;ruth;hmac_sha3_512;xml,storable\n\n",
      "no common framing, the peer has: \"xml,storable\"" },
    { "aemp;1;ruth;hmac_sha3_512;\n\n", "no common framing, the peer has: \"\"" },
  };

  g_test_summary ("Where no method or no framing is common to both, the handshake ends after "
                  "the greeting; who it was is known then.");

  for (size_t i = 0; i < G_N_ELEMENTS (greetings); i++)
    {
      g_auto (Side) rain = side_named ("rain");

      assert_refused (&rain, greetings[i].said, AEMP_ERROR_PROTOCOL, greetings[i].reason);
      g_assert_cmpstr (aemp_handshake_peer (rain.machine)->node_id, ==, "ruth");
    }
}

static void
test_cleartext_never_given (void)
{
  static const char *const offer_cleartext[] = { "cleartext", NULL };
  g_auto (Side) rain = side_named ("rain");

  g_test_summary ("A peer that takes nothing but the secret in the clear does not get it, not "
                  "even where we accept that ourselves or are told to offer it.");

  rain.config.auth_accept = accept_cleartext;
  rain.config.auth_offer = offer_cleartext;
  assert_refused (&rain, "aemp;1;ruth;cleartext;json\n\n", AEMP_ERROR_PROTOCOL,
                  "no common authentication method, the peer accepts: \"cleartext\"");
}

static void
test_method_not_configured (void)
{
  static const char *const offer_tls[] = { "tls_sha3_512", NULL };
  g_auto (Side) rain = side_named ("rain");

  g_test_summary ("A method that we accept, but are not to prove ourselves by, is none in "
                  "common.");

  rain.config.auth_offer = offer_tls;
  assert_refused (&rain, GREETING "\n" NONCE "\n", AEMP_ERROR_PROTOCOL,
                  "no common authentication method, the peer accepts: \"hmac_sha3_512\"");
}

static void
test_framing_not_configured (void)
{
  g_auto (Side) rain = side_named ("rain");

  g_test_summary ("A framing that we know but do not offer is none in common.");

  rain.config.framings = framings_json;
  assert_refused (&rain, "aemp;1;ruth;hmac_sha3_512;cbor\n\n", AEMP_ERROR_PROTOCOL,
                  "no common framing, the peer has: \"cbor\"");
}

static void
test_echo (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Somebody sends our own greeting back, to have us make the proof for them.");

  side_greet (&rain);
  g_assert_false (side_hear_side (&rain, &rain, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "echo attack"));
}

static void
test_equal_nonce (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autofree char *said = NULL;

  g_test_summary ("A nonce that equals ours is refused whatever the greeting says; Perl "
                  "accepts it.");

  side_greet (&rain);
  said = g_strdup_printf (GREETING "\n%s\n", aemp_handshake_nonce (rain.machine));
  assert_refused (&rain, said, AEMP_ERROR_PROTOCOL, "the peer sends our own nonce: \"ruth\"");
}

static void
test_own_node_id (void)
{
  g_auto (Side) dialing = side_named ("rain");
  g_auto (Side) accepting = side_named ("rain");
  g_autoptr (GError) error = NULL;
  const uint8_t nonce[AEMP_HANDSHAKE_NONCE_BYTES] = "another connection, another nonce";

  g_test_summary ("A node reaches itself by a seed's address.  It refuses to talk to itself, "
                  "and the peer's nonce, by which it knows itself, can still be asked for.");

  side_greet (&dialing);
  accepting.machine = aemp_handshake_new (&accepting.config, "10.0.0.2:40000", nonce, sizeof nonce);
  aemp_handshake_greet (accepting.machine, accepting.said);
  g_assert_false (side_hear_side (&dialing, &accepting, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_true (g_str_has_prefix (error->message, "I refuse to talk to myself"));
  g_assert_cmpstr (aemp_handshake_peer (dialing.machine)->node_id, ==, "rain");
  g_assert_cmpstr (aemp_handshake_peer (dialing.machine)->nonce, ==,
                   aemp_handshake_nonce (accepting.machine));
}

/* Feeds `said` in pieces of `size` bytes; it has to fail with the limit's error. */
static void
stretch (const char *said, size_t size)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  size_t length = strlen (said);

  side_greet (&rain);
  for (size_t at = 0; at < length && error == NULL; at += size)
    {
      size_t left = MIN (size, length - at);

      if (side_hear_bytes (&rain, said + at, &left, &error))
        g_assert_cmpuint (left, ==, 0);
    }
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "exceeds 4096 bytes"));
}

static void
test_stretched_lines (void)
{
  static const size_t sizes[] = { 1, 2, 7, 1000, 4095, 4096, 4097, SIZE_MAX / 2 };
  g_autofree char *filler = g_strnfill (AEMP_HANDSHAKE_LINE_MAX_BYTES, 'x');
  /* One byte too long with its end, in the first line, in the second, without an end. */
  g_autofree char *first
      = g_strdup_printf (GREETING ";%s\n" NONCE "\n", filler + strlen (GREETING) + 1);
  g_autofree char *second = g_strdup_printf (GREETING "\n%s\n", filler);
  g_autofree char *endless = g_strdup_printf (GREETING "\n%s", filler);
  g_autofree char *returned = g_strdup_printf (GREETING "\n%s\r\n", filler + 1);

  g_test_summary ("A line of one byte more than 4096, its end included, is refused however it "
                  "is cut, also when it comes in one piece; Perl lets that pass.");

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      stretch (first, sizes[i]);
      stretch (second, sizes[i]);
      stretch (endless, sizes[i]);
      stretch (returned, sizes[i]);
    }
}

static void
test_stretched_auth_line (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *filler = g_strnfill (AEMP_HANDSHAKE_LINE_MAX_BYTES, 'x');

  g_test_summary ("The auth line has the same limit.");

  side_greet (&rain);
  g_assert_true (side_hear (&rain, GREETING "\n" NONCE "\n", &error));
  assert_refused (&rain, filler, AEMP_ERROR_PROTOCOL, "exceeds 4096 bytes");
}

static void
test_zero_bytes (void)
{
  static const char first[] = "aemp;1;ru\0th;hmac_sha3_512;json\n";
  static const char second[] = GREETING "\nnon\0ce\n";
  static const char empty[] = GREETING "\n\0\n";
  static const struct
  {
    const char *bytes;
    size_t length;
  } lines[] = {
    { first, sizeof first - 1 },
    { second, sizeof second - 1 },
    { empty, sizeof empty - 1 },
  };

  g_test_summary ("A zero byte could make a line end earlier for us than for others.");

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_auto (Side) rain = side_named ("rain");
      g_autoptr (GError) error = NULL;
      size_t length = lines[i].length;

      side_greet (&rain);
      g_assert_false (side_hear_bytes (&rain, lines[i].bytes, &length, &error));
      g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, "zero byte"));
    }
}

/* Ruth's proof with the right secret, which Rain has to refuse once `%s` in `spoiled` is
 * replaced by it. */
static void
assert_auth_refused (const char *spoiled, AempErrorCode code, const char *reason)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  g_autoptr (GString) line = g_string_new (spoiled);

  side_greet (&rain);
  g_assert_true (side_hear (&rain, GREETING "\n" NONCE "\n", &error));
  data = prove (&rain, "hmac_sha3_512", "tea", GREETING, NONCE);
  g_string_replace (line, "%s", data, 0);
  g_string_append_c (line, '\n');
  assert_refused (&rain, line->str, code, reason);
}

static void
test_auth_lines (void)
{
  static const struct
  {
    const char *spoiled;
    AempErrorCode code;
    const char *reason;
  } lines[] = {
    { "", AEMP_ERROR_PROTOCOL, "auth line is too short" },
    { "hmac_sha3_512;%s", AEMP_ERROR_PROTOCOL, "auth line is too short" },
    { "hmac_sha3_512;%s;", AEMP_ERROR_PROTOCOL, "a framing that we did not offer: \"\"" },
    { "hmac_sha3_512;%s;xml", AEMP_ERROR_PROTOCOL, "did not offer: \"xml\"" },
    { "hmac_sha3_512;%s;json ", AEMP_ERROR_PROTOCOL, "did not offer: \"json \"" },
    { "hmac_sha3_512;%s;storable", AEMP_ERROR_PROTOCOL, "Perl's own framing, which we never" },
    { "cleartext;746561;json", AEMP_ERROR_PROTOCOL, "a method that we did not offer" },
    { "tls_anon;;json", AEMP_ERROR_PROTOCOL, "did not offer: \"tls_anon\"" },
    { "tls_sha3_512;%s;json", AEMP_ERROR_PROTOCOL, "did not offer: \"tls_sha3_512\"" },
    { "hmac_md6_64_256;%s;json", AEMP_ERROR_PROTOCOL, "did not offer" },
    { ";%s;json", AEMP_ERROR_PROTOCOL, "did not offer: \"\"" },
    { "hmac_sha3_512;;json", AEMP_ERROR_AUTH, "claims to be: \"ruth\"" },
    { "hmac_sha3_512;0%s;json", AEMP_ERROR_AUTH, "does not know our secret" },
    { "hmac_sha3_512;%s0;json", AEMP_ERROR_AUTH, "does not know our secret" },
    { "hmac_sha3_512;%s%s;json", AEMP_ERROR_AUTH, "does not know our secret" },
    { "hmac_sha3_512; %s;json", AEMP_ERROR_AUTH, "does not know our secret" },
  };

  g_test_summary ("An auth line with a method or framing that was not offered is refused (Perl "
                  "takes any), and so is one without, or with half of its fields or with data "
                  "that is not exactly the proof.");

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_auth_refused (lines[i].spoiled, lines[i].code, lines[i].reason);
}

/* Rain's view of a Ruth whose proof has one character changed by `spoil`. */
static void
assert_proof (size_t position, char (*spoil) (char digit), bool is_good)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  g_autofree char *line = NULL;

  side_greet (&rain);
  g_assert_true (side_hear (&rain, GREETING "\n" NONCE "\n", &error));
  data = prove (&rain, "hmac_sha3_512", "tea", GREETING, NONCE);
  data[position] = spoil (data[position]);
  line = g_strdup_printf ("hmac_sha3_512;%s;json\n", data);
  g_assert_true (side_hear (&rain, line, &error) == is_good);
  g_assert_true (is_good || g_error_matches (error, AEMP_ERROR, AEMP_ERROR_AUTH));
}

static char
same (char digit)
{
  return digit;
}

static char
other_digit (char digit)
{
  return digit == '0' ? '1' : '0';
}

static void
test_every_digit_counts (void)
{
  g_test_summary ("A proof with one wrong digit, wherever it is, is no proof.  Upper-case "
                  "digits are wrong ones.");

  for (size_t position = 0; position < 128; position++)
    {
      g_auto (Side) rain = side_named ("rain");
      g_autofree char *data = NULL;

      assert_proof (position, same, true);
      assert_proof (position, other_digit, false);
      side_greet (&rain);
      data = prove (&rain, "hmac_sha3_512", "tea", GREETING, NONCE);
      assert_proof (position, g_ascii_toupper, g_ascii_isdigit (data[position]));
    }
}

static void
test_reflected_proof (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  g_autofree char *reflected = NULL;

  g_test_summary ("Our own proof, sent back, proves nothing: each side's lines come first in "
                  "its own.");

  side_greet (&rain);
  g_byte_array_set_size (rain.said, 0);
  g_assert_true (side_hear (&rain, GREETING "\n" NONCE "\n", &error));
  side_answer (&rain, NULL);
  line = side_take_line (&rain);
  g_assert_true (g_str_has_suffix (line, ";json"));
  reflected = g_strconcat (line, "\n", NULL);
  assert_refused (&rain, reflected, AEMP_ERROR_AUTH, "does not know our secret");
}

static void
test_replayed_proof (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) later = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  g_autofree char *line = NULL;
  const uint8_t nonce[AEMP_HANDSHAKE_NONCE_BYTES] = "the nonce of the next connection";

  g_test_summary ("A proof that was good on one connection is none on the next.");

  side_greet (&rain);
  g_assert_true (side_hear (&rain, GREETING "\n" NONCE "\n", &error));
  data = prove (&rain, "hmac_sha3_512", "tea", GREETING, NONCE);
  line = g_strdup_printf ("hmac_sha3_512;%s;json\n", data);
  g_assert_true (side_hear (&rain, line, &error));

  later.machine = aemp_handshake_new (&later.config, "10.0.0.1:4040", nonce, sizeof nonce);
  aemp_handshake_greet (later.machine, later.said);
  g_assert_true (side_hear (&later, GREETING "\n" NONCE "\n", &error));
  assert_refused (&later, line, AEMP_ERROR_AUTH, "does not know our secret");
}

static void
test_changed_greeting (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  g_autofree char *line = NULL;

  g_test_summary ("The proof covers the greeting: somebody on the line who changes the node ID "
                  "in it spoils the proof.");

  side_greet (&rain);
  g_assert_true (side_hear (&rain, "aemp;1;mallory;hmac_sha3_512;json\n" NONCE "\n", &error));
  data = prove (&rain, "hmac_sha3_512", "tea", GREETING, NONCE);
  line = g_strdup_printf ("hmac_sha3_512;%s;json\n", data);
  assert_refused (&rain, line, AEMP_ERROR_AUTH, "claims to be: \"mallory\"");
}

static void
test_wrong_cleartext (void)
{
  static const char *const wrong[]
      = { "", "74", "7465", "74656100", "746562", "636f66666565", "tea", "74656", "7465 61" };

  g_test_summary ("Cleartext is accepted where configured, but only the whole secret.");

  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (Side) rain = side_named ("rain");
      g_autoptr (GError) error = NULL;
      g_autofree char *line = g_strdup_printf ("cleartext;%s;json\n", wrong[i]);

      rain.config.auth_accept = accept_cleartext;
      side_greet (&rain);
      g_assert_true (side_hear (&rain, GREETING "\n" NONCE "\n", &error));
      assert_refused (&rain, line, AEMP_ERROR_AUTH, "does not know our secret");
    }
}

static void
test_no_secret (void)
{
  static const char *const none[] = { NULL, "" };
  static const AempAuthLines lines = { GREETING, NONCE, "aemp;1;rain;hmac_sha3_512;json", "x" };

  g_test_summary ("A node without a secret offers no method, gets no further than the greeting, "
                  "and takes neither an empty cleartext nor the HMAC of an empty key.");

  for (size_t i = 0; i < G_N_ELEMENTS (none); i++)
    {
      g_auto (Side) rain = side_named ("rain");
      g_autofree char *greeting = NULL;

      rain.config.secret = none[i];
      rain.config.auth_accept = accept_cleartext;
      side_greet (&rain);
      greeting = side_take_line (&rain);
      g_assert_true (g_str_has_prefix (greeting, "aemp;1;rain;;cbor,json;"));
      assert_refused (&rain, GREETING "\n" NONCE "\n", AEMP_ERROR_PROTOCOL,
                      "no secret is configured");
      g_assert_false (aemp_auth_verify ("cleartext", none[i], &lines, ""));
      /* HMAC-SHA3-512 with the empty key over these lines, by Python's hmac. */
      g_assert_false (
          aemp_auth_verify ("hmac_sha3_512", none[i], &lines,
                            "e44ea30fc58fd1c9055691d3bfad9157d909c833a0ad7446df02812ef114675f"
                            "7bf22e030dd084c28d601bf31cd874181de0bc164e092f1913cd1103fe79ee42"));
    }
}

static void
test_quotes (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *filler = g_strnfill (1000, 'x');
  g_autofree char *line = g_strdup_printf ("\x1b]0;title\x07 \xff%s\n", filler);

  g_test_summary ("What strangers send stands in errors short and printable.");

  side_greet (&rain);
  g_assert_false (side_hear (&rain, line, &error));
  g_assert_cmpstr (error->message, ==,
                   "not an AEMP node, its first line begins with: "
                   "\".]0;title. .xxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/handshake-refused/greetings", test_greetings);
  g_test_add_func ("/handshake-refused/sub-protocols", test_sub_protocols);
  g_test_add_func ("/handshake-refused/nothing-in-common", test_nothing_in_common);
  g_test_add_func ("/handshake-refused/cleartext-never-given", test_cleartext_never_given);
  g_test_add_func ("/handshake-refused/method-not-configured", test_method_not_configured);
  g_test_add_func ("/handshake-refused/framing-not-configured", test_framing_not_configured);
  g_test_add_func ("/handshake-refused/echo", test_echo);
  g_test_add_func ("/handshake-refused/equal-nonce", test_equal_nonce);
  g_test_add_func ("/handshake-refused/own-node-id", test_own_node_id);
  g_test_add_func ("/handshake-refused/stretched-lines", test_stretched_lines);
  g_test_add_func ("/handshake-refused/stretched-auth-line", test_stretched_auth_line);
  g_test_add_func ("/handshake-refused/zero-bytes", test_zero_bytes);
  g_test_add_func ("/handshake-refused/auth-lines", test_auth_lines);
  g_test_add_func ("/handshake-refused/every-digit-counts", test_every_digit_counts);
  g_test_add_func ("/handshake-refused/reflected-proof", test_reflected_proof);
  g_test_add_func ("/handshake-refused/replayed-proof", test_replayed_proof);
  g_test_add_func ("/handshake-refused/changed-greeting", test_changed_greeting);
  g_test_add_func ("/handshake-refused/wrong-cleartext", test_wrong_cleartext);
  g_test_add_func ("/handshake-refused/no-secret", test_no_secret);
  g_test_add_func ("/handshake-refused/quotes", test_quotes);
  return g_test_run ();
}
