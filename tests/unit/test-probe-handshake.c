/* tests/unit/test-probe-handshake.c - the probe of a Perl node, once more with ours: greetings and
 * auth lines.  Ours is configured to accept what Perl accepts by default. */

#include "probe.h"
#include "stranger.h"

#define SOON (SECOND / 2)
#define SEED "10.0.0.1:4040"
#define PERL_ACCEPTS "tls_sha3_512,hmac_sha3_512,tls_anon,cleartext"
#define CLEARTEXT "cleartext;746561;json" /* "tea" */

static const char *const probes[] = { "greeting",
                                      "greeting_unprompted",
                                      "handshake_ok_hmac_json",
                                      "handshake_ok_hmac_cbor",
                                      "handshake_ok_cleartext",
                                      "handshake_ok_minimal_offer",
                                      "handshake_ok_crlf",
                                      "handshake_ok_prefers_first_common_framing",
                                      "handshake_ok_cbor_first",
                                      "handshake_ok_unknown_auth_first",
                                      "handshake_ok_kv",
                                      "handshake_wrong_secret_hmac",
                                      "handshake_wrong_secret_cleartext",
                                      "handshake_no_common_framing",
                                      "handshake_no_common_auth",
                                      "handshake_only_cleartext_accepted",
                                      "handshake_choose_unknown_framing",
                                      "handshake_choose_unoffered_storable",
                                      "handshake_choose_unknown_auth",
                                      "handshake_choose_tls_anon_without_tls",
                                      "handshake_version_0",
                                      "handshake_version_2",
                                      "handshake_version_1.0",
                                      "handshake_proto_unknown",
                                      "handshake_proto_aemp_dash_unknown",
                                      "handshake_empty_nodeid",
                                      "handshake_nodeid_with_space",
                                      "handshake_greeting_3000_bytes",
                                      "handshake_greeting_5000_bytes",
                                      "handshake_nonce_3500_bytes",
                                      "handshake_claims_tls",
                                      "same_nodeid_as_target",
                                      "same_nonce",
                                      "short_greeting",
                                      "bad_auth_line",
                                      NULL };

/* --- A caller ------------------------------------------------------------------------------- */

typedef struct
{
  Town *town;
  SimProcess *process;
  Stranger *stranger;
} Caller;

static Caller
call (void)
{
  Town *town = town_new (1, "seed", NULL);
  SimProcess *process;
  Stranger *stranger;

  town_set (town, "auth_accept", PERL_ACCEPTS);
  process = sim_process_new (sim_host_new (town->world, "raw"));
  stranger = stranger_dial (sim_process_env (process), SEED);
  town_run (town, SOON);
  return (Caller){ town, process, stranger };
}

static void
caller_clear (Caller *caller)
{
  stranger_free (caller->stranger);
  sim_process_kill (caller->process);
  sim_process_free (caller->process);
  town_free (caller->town);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Caller, caller_clear)

/* Says a line, with its end; what the peer closed meanwhile says no more. */
static void
say (Caller *caller, const char *line, const char *end)
{
  g_autofree char *whole = g_strconcat (line, end, NULL);

  if (!caller->stranger->closed)
    stranger_say (caller->stranger, whole);
  town_run (caller->town, SOON);
}

/* From the third line on. */
static const char *
behind_greeting (const Caller *caller)
{
  const char *first = strchr (caller->stranger->heard->str, '\n');

  return strchr (first + 1, '\n') + 1;
}

/* "METHOD;...;FRAMING" if it gave its auth line, and "PACKETS" behind it. */
static char *
outcome_of (const Caller *caller, bool with_auth)
{
  const char *line = behind_greeting (caller);
  const char *packets = strchr (line, '\n');
  const GString *heard = caller->stranger->heard;

  if (!packets)
    return g_strdup ("closed");
  g_autofree char *answer = g_strndup (line, (gsize)(packets - line));
  g_auto (GStrv) fields = g_strsplit (answer, ";", 3);
  g_autofree char *rest
      = probe_heard (aemp_codec_by_name (fields[2], strlen (fields[2])), packets + 1,
                     (size_t)(heard->str + heard->len - packets - 1), caller->stranger->closed);

  return with_auth ? g_strdup_printf ("%s;...;%s %s", fields[0], fields[2], rest)
                   : g_steal_pointer (&rest);
}

/* --- Greetings ------------------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  const char *greeting; /* %N: filling of 2900 and 4900 bytes */
  const char *nonce;    /* NULL: theirs */
  const char *secret;   /* of an HMAC; NULL: `line` is said as it is */
  const char *line;     /* the framing behind the HMAC, or the whole line */
  const char *end;      /* of the lines */
} Handshake;

#define GREETING "aemp;1;raw1;hmac_sha3_512;json"
static const Handshake handshakes[] = {
  { "handshake_ok_hmac_json", GREETING, "0nonce", "tea", "json", "\n" },
  { "handshake_ok_hmac_cbor", "aemp;1;raw1;hmac_sha3_512;cbor", "0nonce", "tea", "cbor", "\n" },
  { "handshake_ok_cleartext", GREETING, "0nonce", NULL, CLEARTEXT, "\n" },
  { "handshake_ok_minimal_offer", GREETING, "", "tea", "json", "\n" },
  { "handshake_ok_crlf", GREETING, "0nonce", "tea", "json", "\r\n" },
  { "handshake_ok_prefers_first_common_framing", "aemp;1;raw1;hmac_sha3_512;nosuch,json,cbor",
    "0nonce", "tea", "json", "\n" },
  { "handshake_ok_cbor_first", "aemp;1;raw1;hmac_sha3_512;cbor,json", "0nonce", "tea", "json",
    "\n" },
  { "handshake_ok_unknown_auth_first", "aemp;1;raw1;nosuch,hmac_sha3_512;json", "0nonce", "tea",
    "json", "\n" },
  { "handshake_ok_kv", GREETING ";a=b;c;d=", "0nonce", "tea", "json", "\n" },
  { "handshake_wrong_secret_hmac", GREETING, "0nonce", "coffee", "json", "\n" },
  { "handshake_wrong_secret_cleartext", GREETING, "0nonce", NULL, "cleartext;746562;json", "\n" },
  { "handshake_no_common_framing", "aemp;1;raw1;hmac_sha3_512;nosuch", "0nonce", "tea", "json",
    "\n" },
  { "handshake_no_common_auth", "aemp;1;raw1;nosuch;json", "0nonce", "tea", "json", "\n" },
  { "handshake_only_cleartext_accepted", "aemp;1;raw1;cleartext;json", "0nonce", "tea", "json",
    "\n" },
  { "handshake_choose_unknown_framing", GREETING, "0nonce", "tea", "nosuch", "\n" },
  { "handshake_choose_unoffered_storable", GREETING, "0nonce", "tea", "storable", "\n" },
  { "handshake_choose_unknown_auth", GREETING, "0nonce", NULL, "nosuch;00;json", "\n" },
  { "handshake_choose_tls_anon_without_tls", GREETING, "0nonce", NULL, "tls_anon;;json", "\n" },
  { "handshake_version_0", "aemp;0;raw1;hmac_sha3_512;json", "0nonce", "tea", "json", "\n" },
  { "handshake_version_2", "aemp;2;raw1;hmac_sha3_512;json", "0nonce", "tea", "json", "\n" },
  { "handshake_version_1.0", "aemp;1.0;raw1;hmac_sha3_512;json", "0nonce", "tea", "json", "\n" },
  { "handshake_proto_unknown", "nosuch;1;raw1;hmac_sha3_512;json", "0nonce", "tea", "json", "\n" },
  { "handshake_proto_aemp_dash_unknown", "aemp-nosuch;1;raw1;hmac_sha3_512;json", "0nonce", "tea",
    "json", "\n" },
  { "handshake_empty_nodeid", "aemp;1;;hmac_sha3_512;json", "0nonce", "tea", "json", "\n" },
  { "handshake_nodeid_with_space", "aemp;1;raw 1;hmac_sha3_512;json", "0nonce", "tea", "json",
    "\n" },
  { "handshake_greeting_3000_bytes", GREETING ";x=%3000", "0nonce", "tea", "json", "\n" },
  { "handshake_greeting_5000_bytes", GREETING ";x=%5000", "0nonce", "tea", "json", "\n" },
  { "handshake_nonce_3500_bytes", GREETING, "%3500", "tea", "json", "\n" },
  { "handshake_claims_tls", GREETING ";tls=1.0", "0nonce", "tea", "json", "\n" },
  { "same_nodeid_as_target", "aemp;1;seed;hmac_sha3_512;json", "0nonce", "tea", "json", "\n" },
  { "same_nonce", GREETING, NULL, "tea", "json", "\n" },
};

/* A number behind a % is that many bytes of filling. */
static char *
filled (const char *text)
{
  const char *percent = strchr (text, '%');

  if (!percent)
    return g_strdup (text);
  g_autofree char *filling = g_strnfill (g_ascii_strtoull (percent + 1, NULL, 10), 'x');

  return g_strdup_printf ("%.*s%s", (int)(percent - text), text, filling);
}

static char *
their_nonce (const Caller *caller)
{
  const char *nonce = strchr (caller->stranger->heard->str, '\n') + 1;

  return g_strndup (nonce, (gsize)(strchr (nonce, '\n') - nonce));
}

static void
greet (Caller *caller, const Handshake *handshake)
{
  g_autofree char *greeting = filled (handshake->greeting);
  g_autofree char *nonce = handshake->nonce ? filled (handshake->nonce) : their_nonce (caller);

  g_string_printf (caller->stranger->said, "%s\n%s\n", greeting, nonce); /* for the proof */
  say (caller, greeting, handshake->end);
  say (caller, nonce, handshake->end);
}

/* An HMAC and a framing; for that it has to have heard both lines. */
static char *
proof (const Caller *caller, const char *secret, const char *framing)
{
  g_autofree char *theirs
      = g_strndup (caller->stranger->heard->str,
                   (gsize)(behind_greeting (caller) - caller->stranger->heard->str));
  g_autofree char *all = g_strconcat (caller->stranger->said->str, theirs, NULL);

  return stranger_proof (secret, all, framing);
}

static char *
perl_outcome (const AempValue *row)
{
  const char *auth = capture_string (row, "auth");
  g_autofree char *packets = probe_packets (row, "first");

  if (capture_string (row, "closed"))
    return g_strdup ("closed");
  return auth ? g_strdup_printf ("%s %s", auth, packets) : g_steal_pointer (&packets);
}

static void
test_handshakes (void)
{
  g_test_summary ("Greetings and auth lines of all kinds: who is let in, what it is answered.");

  for (size_t i = 0; i < G_N_ELEMENTS (handshakes); i++)
    {
      const Handshake *handshake = &handshakes[i];
      const AempValue *row = probe_row (handshake->name, NULL);
      g_auto (Caller) caller = call ();

      greet (&caller, handshake);
      g_autofree char *line = handshake->secret
                                  ? proof (&caller, handshake->secret, handshake->line)
                                  : g_strdup (handshake->line);

      say (&caller, line, handshake->end);
      g_autofree char *perl = perl_outcome (row);
      g_autofree char *ours = outcome_of (&caller, capture_string (row, "auth"));

      probe_compare (handshake->name, NULL, perl, ours);
    }
}

static void
test_short_greetings (void)
{
  static const char *const lines[] = { "aemp;1;short", "aemp;1", "aemp", "", "GET / HTTP/1.0" };

  g_test_summary ("Greetings with too few fields are closed.");
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      const AempValue *row = probe_row ("short_greeting", lines[i]);
      g_auto (Caller) caller = call ();

      say (&caller, lines[i], "\n");
      say (&caller, "0nonce", "\n");
      probe_compare ("short_greeting", lines[i], aemp_map_get (row, "eof")->as.boolean ? "EOF" : "",
                     caller.stranger->closed ? "EOF" : "");
    }
}

static void
test_auth_lines (void)
{
  static const Handshake lines[] = {
    { "", GREETING, "0nonce", NULL, "", "\n" },
    { "hmac_sha3_512", GREETING, "0nonce", NULL, "hmac_sha3_512", "\n" },
    { "hmac_sha3_512;;json", GREETING, "0nonce", NULL, "hmac_sha3_512;;json", "\n" },
    { "hmac_sha3_512;0", GREETING, "0nonce", NULL, "hmac_sha3_512;%128", "\n" },
    { "cleartext;;json", GREETING, "0nonce", NULL, "cleartext;;json", "\n" },
    { "cleartext;HEX;json;k=v", GREETING, "0nonce", NULL, CLEARTEXT ";k=v", "\n" },
    { "cleartext;HEX", GREETING, "0nonce", NULL, "cleartext;746561", "\n" },
    { "cleartext;HEX;json", GREETING, "0nonce", NULL, CLEARTEXT, "\n" },
  };
  g_autofree char *zeros = g_strnfill (128, '0');
  g_autofree char *wrong = g_strconcat ("hmac_sha3_512;", zeros, ";json", NULL);

  g_test_summary ("Auth lines that are none, and that are.");
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      const char *line = strchr (lines[i].line, '%') ? wrong : lines[i].line;
      const char *name = line == wrong ? wrong : lines[i].name;
      const AempValue *row = probe_row ("bad_auth_line", name);
      g_auto (Caller) caller = call ();

      greet (&caller, &lines[i]);
      say (&caller, line, "\n");
      g_autofree char *perl = probe_packets (row, "got");
      g_autofree char *ours = outcome_of (&caller, false);

      probe_compare ("bad_auth_line", name, perl, ours);
    }
}

static int
compare_texts (const void *one, const void *other)
{
  return strcmp (*(char *const *)one, *(char *const *)other);
}

/* The keys of a greeting, sorted. */
static char *
keys_of (char **fields)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  for (; *fields; fields++)
    g_ptr_array_add (keys, g_strndup (*fields, strcspn (*fields, "=")));
  g_ptr_array_sort (keys, compare_texts);
  g_ptr_array_add (keys, NULL);
  return g_strjoinv (",", (char **)keys->pdata);
}

static char *
joined (const AempValue *list, const char *separator)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (uint32_t i = 0; i < list->length; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? separator : "", list->as.items[i].as.string);
  return g_string_free (g_steal_pointer (&out), false);
}

static void
test_own_greeting (void)
{
  g_test_summary ("What the node says first, without being asked.");

  const AempValue *row = probe_row ("greeting", NULL);
  g_autofree char *fields = joined (aemp_map_get (row, "fields"), ";");
  g_autofree char *keys = joined (aemp_map_get (row, "kv_keys"), ",");
  g_autofree char *perl = g_strdup_printf ("%s %s %u", fields, keys,
                                           (unsigned)aemp_map_get (row, "nonce_chars")->as.integer);
  g_auto (Caller) caller = call ();
  g_auto (GStrv) lines = g_strsplit (caller.stranger->heard->str, "\n", -1);
  g_auto (GStrv) parts = g_strsplit (lines[0], ";", -1);
  g_autofree char *our_keys = keys_of (parts + 5);
  g_autofree char *ours = g_strdup_printf ("%s;%s;%s;%s;%s %s %zu", parts[0], parts[1], parts[2],
                                           parts[3], parts[4], our_keys, strlen (lines[1]));

  probe_compare ("greeting", NULL, perl, ours);
  g_assert_true (aemp_map_get (probe_row ("greeting_unprompted", NULL), "sent")->as.boolean);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  probe_begin (probes);
  g_test_add_func ("/probe-handshake/own-greeting", test_own_greeting);
  g_test_add_func ("/probe-handshake/handshakes", test_handshakes);
  g_test_add_func ("/probe-handshake/short-greetings", test_short_greetings);
  g_test_add_func ("/probe-handshake/auth-lines", test_auth_lines);
  status = g_test_run ();
  probe_end ();
  return status;
}
