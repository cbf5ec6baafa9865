/* tests/unit/test-recorded-handshake.c - handshakes of Perl nodes, as they were recorded.
 *
 * The recordings are tests/data/captures/NAME.jsonl; their first line has the secret, every other
 * one a chunk that was read, with its direction: `>` from who had connected. */
#include "engine/tls.h"
#include "introduce.h"
#include "scenarios/scenario.h"

typedef enum
{
  INITIATOR, /* > */
  ACCEPTOR,  /* < */
} Role;

typedef struct
{
  char *secret;
  char *node_ids[2]; /* by role, from the recording's first line */
  GString *sent[2];  /* by role */
  char **lines[2];   /* the first three of these; fewer if there were no more */
} Recording;

/* The value of `"key": "…"` in a line of a recording, which escapes nothing. */
static char *
text_of (const char *line, const char *key)
{
  g_autofree char *pattern = g_strdup_printf ("\"%s\": \"", key);
  const char *at = strstr (line, pattern);

  if (at == NULL)
    return NULL;
  at += strlen (pattern);
  return g_strndup (at, (gsize)(strchr (at, '"') - at));
}

static void
append_hex (GString *bytes, const char *hex)
{
  for (; *hex != '\0'; hex += 2)
    g_string_append_c (bytes,
                       (char)(g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1])));
}

/* The lines of the handshake in front of packets (or TLS): no more than three, whole ones. */
static char **
split_lines (const char *bytes)
{
  char **lines = g_strsplit (bytes, "\n", 4);
  guint count = g_strv_length (lines);

  g_assert_cmpuint (count, >, 2); /* each has at least a greeting */
  g_free (lines[count - 1]);
  lines[count - 1] = NULL;
  return lines;
}

static Recording
recording_read (const char *name)
{
  g_autofree char *base = g_strconcat (name, ".jsonl", NULL);
  g_autofree char *path = g_build_filename (g_getenv ("AEMP_TEST_DATA"), "captures", base, NULL);
  g_autofree char *content = NULL;
  g_auto (GStrv) rows = NULL;
  g_autoptr (GError) error = NULL;
  Recording recording = { .sent = { g_string_new (NULL), g_string_new (NULL) } };

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  rows = g_strsplit (content, "\n", -1);
  recording.secret = text_of (rows[0], "secret");
  recording.node_ids[INITIATOR] = text_of (rows[0], "initiator");
  recording.node_ids[ACCEPTOR] = text_of (rows[0], "acceptor");
  for (size_t i = 1; rows[i] != NULL; i++)
    {
      g_autofree char *direction = text_of (rows[i], "dir");
      g_autofree char *hex = text_of (rows[i], "hex");

      if (hex != NULL)
        append_hex (recording.sent[*direction == '>' ? INITIATOR : ACCEPTOR], hex);
    }
  for (Role role = INITIATOR; role <= ACCEPTOR; role++)
    recording.lines[role] = split_lines (recording.sent[role]->str);
  return recording;
}

static void
recording_clear (Recording *recording)
{
  g_free (recording->secret);
  for (Role role = INITIATOR; role <= ACCEPTOR; role++)
    {
      g_free (recording->node_ids[role]);
      g_string_free (recording->sent[role], TRUE);
      g_strfreev (recording->lines[role]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Recording, recording_clear)

static AempAuthLines
lines_of (const Recording *recording, Role role)
{
  char **own = recording->lines[role];
  char **peer = recording->lines[!role];

  return (AempAuthLines){ own[0], own[1], peer[0], peer[1] };
}

/* The method and the data of the auth line that `role` sent. */
static char **
auth_fields (const Recording *recording, Role role)
{
  const char *line = recording->lines[role][2];

  g_assert_nonnull (line);
  return g_strsplit (line, ";", -1);
}

static const struct
{
  const char *name;
  const char *methods[2];
  const char *framings[2];
} agreed[] = {
#define BOTH(x)                                                                                    \
  {                                                                                                \
    x, x                                                                                           \
  }
  { "direct-json", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "direct-json-to-seed", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "global-mesh-json", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "join-mixed-framing", BOTH ("hmac_sha3_512"), { "cbor", "json" } },
  { "join-work-cbor", BOTH ("hmac_sha3_512"), BOTH ("cbor") },
  { "join-work-json", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "promote-json", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "simple-handshake-cbor", { "cleartext", "hmac_sha3_512" }, BOTH ("cbor") },
  { "simple-handshake-cleartext", { "cleartext", "hmac_sha3_512" }, BOTH ("json") },
  { "simultaneous-connect-to-alice", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "simultaneous-connect-to-alice-2", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "simultaneous-connect-to-alice-3", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "simultaneous-connect-to-bob", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "simultaneous-connect-to-bob-2", BOTH ("hmac_sha3_512"), BOTH ("json") },
  { "simultaneous-connect-to-bob-3", BOTH ("hmac_sha3_512"), BOTH ("json") },
#undef BOTH
};

static void
test_proofs (void)
{
  g_test_summary ("Every auth line that Perl's nodes sent each other is the proof that we would "
                  "make of the recorded greetings, in both roles; with another secret, with "
                  "the roles swapped or over another greeting it is none.");

  for (size_t i = 0; i < G_N_ELEMENTS (agreed); i++)
    {
      g_auto (Recording) recording = recording_read (agreed[i].name);

      for (Role role = INITIATOR; role <= ACCEPTOR; role++)
        {
          g_auto (GStrv) fields = auth_fields (&recording, role);
          const char *method = agreed[i].methods[role];
          AempAuthLines lines = lines_of (&recording, role);
          AempAuthLines swapped = lines_of (&recording, !role);
          g_autofree char *data = aemp_auth_data (method, recording.secret, &lines);

          g_assert_cmpstr (fields[0], ==, method);
          g_assert_cmpstr (fields[1], ==, data);
          g_assert_cmpstr (fields[2], ==, agreed[i].framings[role]);
          g_assert_true (aemp_auth_verify (method, recording.secret, &lines, fields[1]));
          g_assert_false (aemp_auth_verify (method, "geheim!", &lines, fields[1]));
          if (strcmp (method, "cleartext") == 0)
            continue;
          g_assert_false (aemp_auth_verify (method, recording.secret, &swapped, fields[1]));
          lines.peer_nonce = "another";
          g_assert_false (aemp_auth_verify (method, recording.secret, &lines, fields[1]));
        }
    }
}

static void
test_wrong_secret (void)
{
  g_auto (Recording) recording = recording_read ("wrong-secret");
  g_auto (GStrv) from_alice = auth_fields (&recording, INITIATOR);
  g_auto (GStrv) from_seed = auth_fields (&recording, ACCEPTOR);
  AempAuthLines alice = lines_of (&recording, INITIATOR);
  AempAuthLines seed = lines_of (&recording, ACCEPTOR);

  g_test_summary ("Alice had the secret `anders` where the seed had `geheim`: her line is "
                  "refused with the seed's secret, and the seed's with hers.");

  g_assert_false (aemp_auth_verify ("hmac_sha3_512", "geheim", &alice, from_alice[1]));
  g_assert_true (aemp_auth_verify ("hmac_sha3_512", "anders", &alice, from_alice[1]));
  g_assert_false (aemp_auth_verify ("hmac_sha3_512", "anders", &seed, from_seed[1]));
  g_assert_true (aemp_auth_verify ("hmac_sha3_512", "geheim", &seed, from_seed[1]));
}

static const AempCodec *
codec_named (const char *name)
{
  return aemp_codec_by_name (name, strlen (name));
}

/* A node of ours hears the whole recorded side, as if Perl had been there: it takes the
 * greeting, and refuses the proof, which was made for somebody else's nonce. */
static void
hear_recorded (const Recording *recording, Role role, const char *framing)
{
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  const GString *sent = recording->sent[role];
  const AempHandshakePeer *peer;
  size_t left = sent->len;

  side_greet (&rain);
  g_assert_true (side_hear_bytes (&rain, sent->str, &left, &error));
  g_assert_no_error (error);
  g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_AUTH);
  peer = aemp_handshake_peer (rain.machine);
  g_assert_cmpstr (peer->node_id, ==, recording->node_ids[role]);
  g_assert_cmpstr (peer->nonce, ==, recording->lines[role][1]);
  g_assert_null (peer->instance);
  g_assert_false (peer->dial);
  if (strstr (recording->lines[role][0], "provider=") != NULL)
    {
      g_assert_cmpstr (peer->provider, ==, "AE-2.01");
      g_assert_true (g_str_has_prefix (peer->peer_address, "127.0.0.1:"));
    }
  if (framing != NULL)
    g_assert_true (aemp_handshake_codec_out (rain.machine) == codec_named (framing));

  side_answer (&rain, NULL);
  if (recording->lines[role][2] == NULL)
    return;
  g_assert_false (side_hear_bytes (&rain, sent->str + (sent->len - left), &left, &error));
  g_assert_true (error->code == AEMP_ERROR_AUTH /* or cleartext, which is not accepted */
                 || strstr (error->message, "did not offer: \"cleartext\"") != NULL);
}

static void
test_greetings (void)
{
  static const struct
  {
    const char *name;
    const char *framings[2];
  } others[] = {
    { "already-connected", { "json", "cbor" } },
    { "no-common-framing", { "cbor", "json" } },
    { "wrong-secret", { "json", "json" } },
  };

  g_test_summary ("Our machine takes every greeting that was recorded, names who sent it, "
                  "chooses the framing that it prefers, and is not fooled by its old proof.");

  for (size_t i = 0; i < G_N_ELEMENTS (agreed); i++)
    {
      g_auto (Recording) recording = recording_read (agreed[i].name);

      for (Role role = INITIATOR; role <= ACCEPTOR; role++)
        hear_recorded (&recording, role, NULL);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_auto (Recording) recording = recording_read (others[i].name);

      for (Role role = INITIATOR; role <= ACCEPTOR; role++)
        hear_recorded (&recording, role, others[i].framings[role]);
    }
}

static void
test_no_common_framing (void)
{
  g_auto (Recording) recording = recording_read ("no-common-framing");
  g_auto (Side) seed = side_named ("rain");
  g_autoptr (GError) error = NULL;
  size_t left = recording.sent[INITIATOR]->len;

  g_test_summary ("In the place of the seed that had json only we end the handshake of the "
                  "alice that had cbor only where Perl ended it: without an auth line.");

  seed.config.framings = framings_json;
  side_greet (&seed);
  g_assert_false (side_hear_bytes (&seed, recording.sent[INITIATOR]->str, &left, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "no common framing, the peer has: \"cbor\""));
}

static void
test_tls (void)
{
  g_auto (Recording) recording = recording_read ("tls-cbor");

  g_test_summary ("Nodes that want TLS say so by a key.  Without a certificate of ours they are taken "
                  "like any other; with one, the roles are as they were between them.");

  for (Role role = INITIATOR; role <= ACCEPTOR; role++)
    {
      g_auto (Side) rain = side_named ("rain");
      g_autoptr (GError) error = NULL;
      size_t left = recording.sent[role]->len;

      g_assert_nonnull (strstr (recording.lines[role][0], ";tls=1.0"));
      side_greet (&rain);
      g_assert_true (side_hear_bytes (&rain, recording.sent[role]->str, &left, &error));
      g_assert_cmpint (side_state (&rain), ==, AEMP_HANDSHAKE_AUTH);
      g_assert_cmpstr (aemp_handshake_peer (rain.machine)->node_id, ==, recording.node_ids[role]);
      g_assert_true (aemp_handshake_codec_out (rain.machine) == &aemp_codec_cbor);
      g_assert_false (aemp_handshake_uses_tls (rain.machine));
    }
}

/* Both lines and what follows, as a peer of ours would hear it. */
static void
hear_greeting (Side *side, const Recording *recording, Role role, size_t *left)
{
  g_autoptr (GError) error = NULL;

  *left = recording->sent[role]->len;
  side_greet (side);
  g_assert_true (side_hear_bytes (side, recording->sent[role]->str, left, &error));
}

static void
test_tls_spoken (void)
{
  g_auto (Recording) recording = recording_read ("tls-cbor");
  g_auto (Side) rain = side_named ("rain");
  g_autoptr (GError) error = NULL;
  g_autoptr (AempTlsIdentity) identity
      = aemp_tls_identity_new (scenario_certificate_find ("alone")->pem, &error);
  g_autoptr (AempTls) tls = aemp_tls_new (identity, false);
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const GString *said = recording.sent[ACCEPTOR];
  size_t left;

  g_test_summary ("With a certificate, Perl's greeting starts TLS.  Its acceptor, whose nonce is "
                  "the lower one, was the client, and its first words are ones that our TLS goes "
                  "on from.");

  rain.config.tls = true;
  rain.config.secret = NULL;
  hear_greeting (&rain, &recording, ACCEPTOR, &left);
  g_assert_true (aemp_handshake_uses_tls (rain.machine));
  g_assert_cmpstr (recording.lines[ACCEPTOR][1], <, recording.lines[INITIATOR][1]);
  g_assert_true (aemp_handshake_is_tls_client (rain.machine)
                 == (strcmp (aemp_handshake_nonce (rain.machine), recording.lines[ACCEPTOR][1])
                     < 0));

  g_assert_cmpuint (left, >, 517);
  g_assert_true (aemp_tls_feed (tls, (const uint8_t *)said->str + said->len - left, 517, 0, plain,
                                out, &error));
  g_assert_cmpuint (out->len, >, 1000); /* key, certificate and proof of ours */
  g_assert_cmpint (out->data[0], ==, 22);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recorded-handshake/proofs", test_proofs);
  g_test_add_func ("/recorded-handshake/wrong-secret", test_wrong_secret);
  g_test_add_func ("/recorded-handshake/greetings", test_greetings);
  g_test_add_func ("/recorded-handshake/no-common-framing", test_no_common_framing);
  g_test_add_func ("/recorded-handshake/tls", test_tls);
  g_test_add_func ("/recorded-handshake/tls-spoken", test_tls_spoken);
  return g_test_run ();
}
