/* tests/unit/test-handshake.c - how two sides come to an agreement. */
#include "introduce.h"

static void
test_both_agree (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;
  const AempHandshakePeer *peer;

  g_test_summary ("Two nodes with one secret meet.  Both prove it by hmac_sha3_512, agree on "
                  "cbor, know each other, and give the connection the same number.");

  g_assert_true (introduce (&rain, &ruth, &error));
  g_assert_no_error (error);
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_DONE);
  g_assert_cmpint (side_state (&ruth), ==, AEMP_HANDSHAKE_DONE);
  g_assert_cmpstr (aemp_handshake_method (rain.machine), ==, "hmac_sha3_512");
  g_assert_true (aemp_handshake_codec_in (rain.machine) == &aemp_codec_cbor);
  g_assert_true (aemp_handshake_codec_out (rain.machine) == &aemp_codec_cbor);
  g_assert_cmpuint (aemp_handshake_connection (rain.machine), ==,
                    aemp_handshake_connection (ruth.machine));

  peer = aemp_handshake_peer (rain.machine);
  g_assert_cmpstr (peer->node_id, ==, "ruth");
  g_assert_cmpstr (peer->instance, ==, "ruth");
  g_assert_true (peer->dial);
  g_assert_cmpstr (peer->provider, ==, "aemp-test");
  g_assert_cmpstr (peer->peer_address, ==, "10.0.0.1:4040");
  g_assert_cmpstr (peer->nonce, ==, aemp_handshake_nonce (ruth.machine));
}

static void
test_greeting_lines (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autofree char *greeting = NULL;
  g_autofree char *nonce = NULL;

  g_test_summary ("Our two lines, byte for byte.  The methods are those that can be accepted "
                  "without TLS, and a ; in a value is escaped.");

  rain.config.instance = "1;2%3";
  side_greet (&rain);
  greeting = side_take_line (&rain);
  nonce = side_take_line (&rain);
  g_assert_cmpstr (greeting, ==,
                   "aemp;1;rain;hmac_sha3_512;cbor,json;provider=aemp-test;"
                   "peeraddr=10.0.0.1:4040;mproto=1;gproto=1;instance=1%3b2%253;dial=1");
  g_assert_cmpuint (strlen (nonce), ==, 88);
  g_assert_cmpuint (rain.said->len, ==, 0);
}

static void
test_escapes_travel (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;

  g_test_summary ("What is escaped on the way out is itself again at the other end.");

  rain.config.instance = "%3b;%25;;%%";
  g_assert_true (introduce (&rain, &ruth, &error));
  g_assert_cmpstr (aemp_handshake_peer (ruth.machine)->instance, ==, "%3b;%25;;%%");
}

static void
test_withheld (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;
  const char packets[] = "[]";
  size_t length = 2;

  g_test_summary ("Ruth proves herself while Rain still withholds her answer: Rain is at "
                  "VERIFIED and takes nothing, answers at last, and both are done.");

  side_greet (&rain);
  side_greet (&ruth);
  g_assert_null (aemp_handshake_peer (rain.machine));
  g_assert_true (side_hear_side (&rain, &ruth, &error));
  g_assert_true (side_hear_side (&ruth, &rain, &error));
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_AUTH);

  side_answer (&ruth, NULL);
  g_assert_true (aemp_handshake_answered (ruth.machine));
  g_assert_cmpint (side_state (&ruth), ==, AEMP_HANDSHAKE_AUTH);
  g_assert_true (side_hear_side (&rain, &ruth, &error));
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_VERIFIED);
  g_assert_false (aemp_handshake_answered (rain.machine));
  g_assert_cmpstr (aemp_handshake_method (rain.machine), ==, "hmac_sha3_512");
  g_assert_true (side_hear_bytes (&rain, packets, &length, &error));
  g_assert_cmpuint (length, ==, 2);

  side_answer (&rain, NULL);
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_DONE);
  g_assert_true (side_hear_side (&ruth, &rain, &error));
  g_assert_cmpint (side_state (&ruth), ==, AEMP_HANDSHAKE_DONE);
  g_assert_no_error (error);
}

static void
test_options (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Behind the framing of an auth line stand options; unknown ones and keys "
                  "without value do no harm, and the last of two counts.");

  side_greet (&rain);
  side_greet (&ruth);
  g_assert_true (side_hear_side (&rain, &ruth, &error));
  g_assert_true (side_hear_side (&ruth, &rain, &error));
  side_answer (&ruth, "other=12;flag;text=a%3bb;other=34");
  g_assert_true (side_hear_side (&rain, &ruth, &error));
  g_assert_cmpstr (aemp_handshake_option (rain.machine, "other"), ==, "34");
  g_assert_cmpstr (aemp_handshake_option (rain.machine, "flag"), ==, "");
  g_assert_cmpstr (aemp_handshake_option (rain.machine, "text"), ==, "a;b");
  g_assert_null (aemp_handshake_option (rain.machine, "oth"));
  g_assert_null (aemp_handshake_option (rain.machine, "hmac_sha3_512"));

  side_answer (&rain, NULL);
  g_assert_true (side_hear_side (&ruth, &rain, &error));
  g_assert_null (aemp_handshake_option (ruth.machine, "other"));
}

static void
test_options_limit (void)
{
  g_test_summary ("Options that would stretch the auth line beyond its limit are left out; "
                  "the longest ones arrive.");

  for (size_t beyond = 0; beyond < 2; beyond++)
    {
      g_auto (Side) rain = side_named ("rain");
      g_auto (Side) ruth = side_named ("ruth");
      g_autoptr (GError) error = NULL;
      g_autofree char *value
          = g_strnfill (AEMP_HANDSHAKE_OPTIONS_MAX_BYTES - strlen ("other=") + beyond, 'x');
      g_autofree char *options = g_strconcat ("other=", value, NULL);

      side_greet (&rain);
      side_greet (&ruth);
      g_assert_true (side_hear_side (&rain, &ruth, &error));
      g_assert_true (side_hear_side (&ruth, &rain, &error));
      side_answer (&ruth, options);
      g_assert_true (side_hear_side (&rain, &ruth, &error));
      g_assert_cmpstr (aemp_handshake_option (rain.machine, "other"), ==,
                       beyond == 0 ? value : NULL);
    }
}

static void
test_mixed_framings (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Each side sends in what the other prefers: Rain, who likes cbor, gets cbor "
                  "and sends json to Ruth.");

  ruth.config.framings = framings_json_first;
  g_assert_true (introduce (&rain, &ruth, &error));
  g_assert_true (aemp_handshake_codec_out (rain.machine) == &aemp_codec_json);
  g_assert_true (aemp_handshake_codec_in (rain.machine) == &aemp_codec_cbor);
  g_assert_true (aemp_handshake_codec_out (ruth.machine) == &aemp_codec_cbor);
  g_assert_true (aemp_handshake_codec_in (ruth.machine) == &aemp_codec_json);
}

static void
test_one_framing (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;

  g_test_summary ("One who has json only gets json.");

  ruth.config.framings = framings_json;
  g_assert_true (introduce (&rain, &ruth, &error));
  g_assert_true (aemp_handshake_codec_out (rain.machine) == &aemp_codec_json);
  g_assert_true (aemp_handshake_codec_in (rain.machine) == &aemp_codec_json);
}

static void
test_wrong_secret (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Two nodes whose secrets differ meet.  The answer is refused, the error says "
                  "why, and nobody reaches the data phase.");

  ruth.config.secret = "coffee";
  g_assert_false (introduce (&rain, &ruth, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_AUTH);
  g_assert_cmpstr (error->message, ==,
                   "the peer does not know our secret, it claims to be: \"ruth\"");
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_FAILED);
  g_clear_error (&error);
  g_assert_false (side_hear_side (&ruth, &rain, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_AUTH);
  g_assert_cmpint (side_state (&ruth), ==, AEMP_HANDSHAKE_FAILED);
  g_assert_cmpstr (aemp_handshake_peer (rain.machine)->node_id, ==, "ruth");
}

/* Everything that goes over one connection from `ruth`, who is asked what she would say. */
static char *
everything_ruth_says (Side *ruth, Side *rain, GError **error)
{
  GString *all = g_string_new (NULL);

  side_greet (ruth);
  side_greet (rain);
  g_string_append_len (all, (const char *)ruth->said->data, ruth->said->len);
  g_byte_array_set_size (ruth->said, 0);
  g_assert_true (side_hear_side (ruth, rain, error));
  side_answer (ruth, "other=1");
  g_string_append_len (all, (const char *)ruth->said->data, ruth->said->len);
  return g_string_free (all, FALSE);
}

/* Feeds `all` in pieces of `first` and then `size` bytes, with a packet behind. */
static void
hear_in_pieces (Side *rain, const char *all, size_t first, size_t size)
{
  g_autofree char *stream = g_strconcat (all, "[\"packet\"]", NULL);
  g_autoptr (GError) error = NULL;
  size_t length = strlen (stream);
  size_t at = 0;

  while (at < strlen (all))
    {
      size_t piece = MIN (at == 0 ? first : size, length - at);
      size_t left = piece;

      g_assert_true (side_hear_bytes (rain, stream + at, &left, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (left, <, piece); /* each call gets on */
      at += piece - left;
      if (side_state (rain) == AEMP_HANDSHAKE_AUTH && !aemp_handshake_answered (rain->machine))
        side_answer (rain, NULL);
    }
  g_assert_cmpuint (at, ==, strlen (all)); /* the packet is left alone */
  g_assert_cmpint (side_state (rain), ==, AEMP_HANDSHAKE_DONE);
}

static void
test_cut_anywhere (void)
{
  g_test_summary ("The peer's bytes are cut in two at every place, and into pieces of every "
                  "size from one byte on: the result is always the same, and what follows "
                  "the auth line is left for the codec.");

  size_t total = 1;
  for (size_t cut = 1; cut <= total; cut++)
    for (int small = 0; small < 2; small++)
      {
        g_auto (Side) rain = side_named ("rain");
        g_auto (Side) ruth = side_named ("ruth");
        g_autoptr (GError) error = NULL;
        g_autofree char *all = everything_ruth_says (&ruth, &rain, &error);

        total = strlen (all);
        if (small)
          hear_in_pieces (&rain, all, cut, cut);
        else
          hear_in_pieces (&rain, all, cut, SIZE_MAX);
        g_assert_cmpstr (aemp_handshake_option (rain.machine, "other"), ==, "1");
      }
  g_assert_cmpuint (total, >, 300);
}

static void
test_carriage_returns (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  g_autofree char *auth = NULL;

  g_test_summary ("A peer ends its lines by CR LF.  The proof is over the lines without "
                  "their ends, so it holds.");

  side_greet (&rain);
  g_assert_true (side_hear (&rain, "aemp;1;ruth;hmac_sha3_512;json\r\nnonce\r\n", &error));
  g_assert_cmpstr (aemp_handshake_peer (rain.machine)->nonce, ==, "nonce");
  data = prove (&rain, "hmac_sha3_512", "tea", "aemp;1;ruth;hmac_sha3_512;json", "nonce");
  auth = g_strdup_printf ("hmac_sha3_512;%s;json\r\n", data);
  g_assert_true (side_hear (&rain, auth, &error));
  g_assert_no_error (error);
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_VERIFIED);
}

static void
test_plain_peer (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  const AempHandshakePeer *peer;

  g_test_summary ("A peer with five fields, an empty nonce and a node ID with a blank and a "
                  "Latin-1 letter is welcome; what it did not say is NULL.");

  side_greet (&rain);
  g_assert_true (side_hear (&rain, "aemp;1;caf\xe9 au lait;x,hmac_sha3_512;xml,json\n\n", &error));
  g_assert_no_error (error);
  peer = aemp_handshake_peer (rain.machine);
  g_assert_cmpstr (peer->node_id, ==, "caf\xc3\xa9 au lait");
  g_assert_cmpstr (peer->nonce, ==, "");
  g_assert_null (peer->instance);
  g_assert_false (peer->dial);
  g_assert_null (peer->provider);
  g_assert_null (peer->peer_address);
  g_assert_true (aemp_handshake_codec_out (rain.machine) == &aemp_codec_json);
}

static void
test_odd_pairs (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  const AempHandshakePeer *peer;

  g_test_summary ("Unknown keys, pairs without value, empty fields and keys given twice are "
                  "no reason to part; what is shown to people is made printable.");

  side_greet (&rain);
  g_assert_true (side_hear (&rain,
                            "aemp;1;ruth;hmac_sha3_512;json;tls=1.0;;zzz=1;dial;=;instance=;"
                            "provider=a%3Bb\x1b[2J;provided=no;instance=%25x;dial=1\nnonce\n",
                            &error));
  g_assert_no_error (error);
  peer = aemp_handshake_peer (rain.machine);
  g_assert_cmpstr (peer->instance, ==, "%x");
  g_assert_true (peer->dial);
  g_assert_cmpstr (peer->provider, ==, "a;b.[2J");
}

static void
test_empty_pairs (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;

  g_test_summary ("An empty instance is none, and only dial=1 says that the peer knows our "
                  "rule for two connections.");

  side_greet (&rain);
  g_assert_true (
      side_hear (&rain, "aemp;1;ruth;hmac_sha3_512;json;instance=;dial=0\nnonce\n", &error));
  g_assert_null (aemp_handshake_peer (rain.machine)->instance);
  g_assert_false (aemp_handshake_peer (rain.machine)->dial);
}

static void
test_versions (void)
{
  static const char *const accepted[] = { "1", "1.0", "1.000" };

  g_test_summary ("The version is compared as a number, as Perl does.");

  for (size_t i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      g_auto (Side) rain = side_named ("rain");
      g_autoptr (GError) error = NULL;
      g_autofree char *greeting
          = g_strdup_printf ("aemp;%s;ruth;hmac_sha3_512;json\nnonce\n", accepted[i]);

      side_greet (&rain);
      g_assert_true (side_hear (&rain, greeting, &error));
      g_assert_no_error (error);
    }
}

static void
test_longest_lines (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autofree char *filler = g_strnfill (AEMP_HANDSHAKE_LINE_MAX_BYTES - 34, 'x');
  g_autofree char *nonce = g_strnfill (AEMP_HANDSHAKE_LINE_MAX_BYTES - 1, 'n');
  g_autofree char *all
      = g_strdup_printf ("aemp;1;ruth;hmac_sha3_512;json;x=%s\n%s\n", filler, nonce);

  g_test_summary ("Lines of 4096 bytes with their ends are not too long.");

  g_assert_cmpuint (strlen (all), ==, 2 * AEMP_HANDSHAKE_LINE_MAX_BYTES);
  side_greet (&rain);
  g_assert_true (side_hear (&rain, all, &error));
  g_assert_no_error (error);
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_AUTH);
}

static void
test_cleartext (void)
{
  static const char greeting[] = "aemp;1;ruth;hmac_sha3_512;json";
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) strict = side_named ("strict");
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  g_test_summary ("The secret in the clear gets in where cleartext is configured, and "
                  "nowhere else.");

  rain.config.auth_accept = accept_cleartext;
  side_greet (&rain);
  line = side_take_line (&rain);
  g_assert_true (g_str_has_prefix (line, "aemp;1;rain;hmac_sha3_512,cleartext;cbor,json;"));
  g_assert_true (side_hear (&rain, "aemp;1;ruth;hmac_sha3_512;json\n\n", &error));
  g_assert_true (side_hear (&rain, "cleartext;746561;json\n", &error));
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_VERIFIED);
  g_assert_cmpstr (aemp_handshake_method (rain.machine), ==, "cleartext");

  side_greet (&strict);
  g_assert_true (side_hear (&strict, greeting, &error));
  g_assert_true (side_hear (&strict, "\n\n", &error));
  g_assert_false (side_hear (&strict, "cleartext;746561;json\n", &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "did not offer: \"cleartext\""));
}

static void
test_connection_number (void)
{
  g_auto (Side) rain = side_named ("rain");
  g_auto (Side) ruth = side_named ("ruth");
  g_auto (Side) again = side_named ("alice");
  g_autoptr (GError) error = NULL;
  uint64_t first;

  g_test_summary ("Another nonce makes another connection.");

  side_greet (&rain);
  g_assert_true (side_hear (&rain, "aemp;1;bob;hmac_sha3_512;json\none\n", &error));
  first = aemp_handshake_connection (rain.machine);
  side_greet (&ruth);
  g_assert_true (side_hear (&ruth, "aemp;1;bob;hmac_sha3_512;json\ntwo\n", &error));
  g_assert_cmpuint (aemp_handshake_connection (ruth.machine), !=, first);
  side_greet (&again);
  g_assert_true (side_hear (&again, "aemp;1;bob;hmac_sha3_512;json\none\n", &error));
  g_assert_cmpuint (aemp_handshake_connection (again.machine), !=, first);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/handshake/both-agree", test_both_agree);
  g_test_add_func ("/handshake/greeting-lines", test_greeting_lines);
  g_test_add_func ("/handshake/escapes-travel", test_escapes_travel);
  g_test_add_func ("/handshake/withheld", test_withheld);
  g_test_add_func ("/handshake/options", test_options);
  g_test_add_func ("/handshake/options-limit", test_options_limit);
  g_test_add_func ("/handshake/mixed-framings", test_mixed_framings);
  g_test_add_func ("/handshake/one-framing", test_one_framing);
  g_test_add_func ("/handshake/wrong-secret", test_wrong_secret);
  g_test_add_func ("/handshake/cut-anywhere", test_cut_anywhere);
  g_test_add_func ("/handshake/carriage-returns", test_carriage_returns);
  g_test_add_func ("/handshake/plain-peer", test_plain_peer);
  g_test_add_func ("/handshake/odd-pairs", test_odd_pairs);
  g_test_add_func ("/handshake/empty-pairs", test_empty_pairs);
  g_test_add_func ("/handshake/versions", test_versions);
  g_test_add_func ("/handshake/longest-lines", test_longest_lines);
  g_test_add_func ("/handshake/cleartext", test_cleartext);
  g_test_add_func ("/handshake/connection-number", test_connection_number);
  return g_test_run ();
}
