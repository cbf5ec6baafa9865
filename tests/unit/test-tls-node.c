/* tests/unit/test-tls-node.c - nodes inside TLS, and what strangers do to them. */

#include "scenarios/scenario.h"
#include "stranger.h"

#include <string.h>

#define SOON (SECOND / 2)
#define RAIN "10.0.0.1:4040"
#define NONCE_LOW "+nonce" /* lower than any of ours that begins with a letter or a digit */

/* Nodes with a certificate of one authority, and no secret. */
static Town *
tls_town (const char *one, const char *other)
{
  Town *town = town_new (1, one, other, NULL);

  town_set (town, "secret", "");
  town_set (town, "cert", scenario_certificate_find ("signed")->pem);
  return town;
}

static bool
is_up (Town *town, const char *node, const char *peer)
{
  return aemp_node_is_up (town_node (town, node), peer) == AEMP_NODE_UP;
}

static void
test_meet (void)
{
  g_test_summary (
      "Two nodes meet inside TLS; what one sends arrives at the other; one ends, and the "
      "other hears of it as of an end, not of a cut.");

  g_autoptr (Town) town = tls_town ("rain", "ruth");
  town_run (town, SECOND);
  g_assert_true (is_up (town, "rain", "ruth") && is_up (town, "ruth", "rain"));
  g_assert_cmpuint (town_told (town, "tls_sha3_512"), ==, 2);

  const char *port = aemp_port (town_node (town, "rain"), town_hear, town_ear (town, "rain"), NULL);
  aemp_snd (town_node (town, "ruth"), port, "s", "hello");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "rain: \"hello\"\n"), ==, 1);
  town_kill (town, "ruth");
  town_run (town, SECOND);
  g_assert_cmpuint (town_told (town, "rain node_down peer=ruth Unexpected end-of-file\n"), ==, 1);
}

static void
test_anonymous (void)
{
  g_test_summary ("Where it is configured they come in by their certificates alone.");

  g_autoptr (Town) town = tls_town ("rain", "ruth");
  town_set (town, "auth_offer", "tls_anon");
  town_run (town, SECOND);
  g_assert_true (is_up (town, "rain", "ruth"));
  g_assert_cmpuint (town_told (town, "tls_anon"), ==, 2);
}

static void
test_power_loss (void)
{
  g_test_summary ("A host that was gone is back: its resets end the connection at once.");

  g_autoptr (Town) town = tls_town ("rain", "ruth");
  town_run (town, SECOND);
  town_vanish (town, "ruth");
  town_run (town, SECOND);
  town_restart (town, "ruth");
  town_run (town, 60 * SECOND);
  g_assert_true (is_up (town, "rain", "ruth") && is_up (town, "ruth", "rain"));
  g_assert_cmpuint (town_told (town, "rain node_up peer=ruth"), ==, 2);
}

static void
test_much (void)
{
  g_test_summary ("Eight megabytes at once: they wait in the queue, pass through TLS, and arrive.");

  g_autoptr (Town) town = tls_town ("rain", "ruth");
  town_run (town, SECOND);
  const char *port = aemp_port (town_node (town, "rain"), town_hear, town_ear (town, "rain"), NULL);
  g_autofree char *much = g_strnfill (1 << 20, 'x');
  for (unsigned i = 0; i < 8; i++)
    aemp_snd (town_node (town, "ruth"), port, "s", much);
  aemp_snd (town_node (town, "ruth"), port, "s", "last");
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (town_heard (town, "rain: \"last\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "rain: "), ==, 9);
  g_assert_cmpuint (town_told (town, "link_down"), ==, 0);
}

/* --- Strangers -------------------------------------------------------------------------- */

typedef struct
{
  Town *town;
  SimProcess *process;
  Stranger *stranger;
} Visit;

/* Somebody wants TLS, as the client or as the server, and then says `text`. */
static Visit
visit (const char *nonce, const char *text)
{
  Visit visit = { .town = town_new (1, "rain", NULL) };
  g_autofree char *greeting
      = g_strdup_printf ("aemp;1;eve;tls_sha3_512,tls_anon;json;tls=1.0\n%s\n%s", nonce, text);

  town_set (visit.town, "secret", "");
  town_set (visit.town, "cert", scenario_certificate_find ("signed")->pem);
  visit.process = sim_process_new (sim_host_new (visit.town->world, "elsewhere"));
  town_run (visit.town, SOON);
  visit.stranger = stranger_dial (sim_process_env (visit.process), RAIN);
  town_run (visit.town, SOON);
  stranger_say (visit.stranger, greeting);
  town_run (visit.town, SOON);
  return visit;
}

static void
visit_clear (Visit *visit)
{
  stranger_free (visit->stranger);
  sim_process_kill (visit->process);
  sim_process_free (visit->process);
  town_free (visit->town);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Visit, visit_clear)

static void
assert_thrown_out (Visit *visit, const char *text)
{
  g_autofree char *refused = g_strconcat ("rain link_refused peer=eve ", text, NULL);

  g_assert_cmpuint (town_told (visit->town, refused), ==, 1);
  g_assert_cmpuint (town_told (visit->town, "link_up"), ==, 0);
  g_assert_true (visit->stranger->closed);
}

static void
test_no_tls_after_all (void)
{
  g_test_summary (
      "Eve wants TLS, and then gives her auth line, or anything else, in plain bytes, in one "
      "piece with the greeting: as TLS's client and as its server she is thrown out.");

  static const char *const texts[]
      = { "tls_anon;;json\n[\"\",\"g_global\"]", "GET / HTTP/1.1\r\n\r\n     " };

  for (unsigned i = 0; i < 2 * G_N_ELEMENTS (texts); i++)
    {
      g_auto (Visit) visited = visit (i % 2 ? NONCE_LOW : "~nonce", texts[i / 2]);

      assert_thrown_out (&visited, "the peer's TLS is not what it should be");
    }
}

static void
test_silence (void)
{
  g_test_summary (
      "Eve wants TLS and says no more: the handshake's limit holds for TLS, too, and no auth "
      "line of ours goes out in plain bytes.");

  g_auto (Visit) visited = visit (NONCE_LOW, "");
  town_run (visited.town, 20 * SECOND);
  g_assert_false (visited.stranger->closed);
  g_assert_null (strstr (visited.stranger->heard->str, "tls_sha3_512;"));
  town_run (visited.town, 20 * SECOND);
  assert_thrown_out (&visited, "handshake timeout");
}

static void
test_end_in_handshake (void)
{
  g_test_summary ("Eve wants TLS and ends the connection.");

  g_auto (Visit) visited = visit ("~nonce", "");
  aemp_stream_end (visited.stranger->stream);
  town_run (visited.town, SOON);
  assert_thrown_out (&visited, "Unexpected end-of-file in the TLS handshake");
}

static void
test_client_hello (void)
{
  g_test_summary ("A node with the lower nonce begins TLS, behind its greeting.");

  g_auto (Visit) visited = visit ("~nonce", "");
  const char *lines_end = strchr (strchr (visited.stranger->heard->str, '\n') + 1, '\n');
  g_assert_nonnull (lines_end);
  g_assert_cmpint (lines_end[1], ==, 22); /* a handshake record */
  g_assert_cmpint (lines_end[6], ==, 1);  /* the client's hello */
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/tls-node/" name, function)
  ADD ("meet", test_meet);
  ADD ("anonymous", test_anonymous);
  ADD ("power-loss", test_power_loss);
  ADD ("much", test_much);
  ADD ("no-tls-after-all", test_no_tls_after_all);
  ADD ("silence", test_silence);
  ADD ("end-in-handshake", test_end_in_handshake);
  ADD ("client-hello", test_client_hello);
#undef ADD
  return g_test_run ();
}
