/* tests/unit/test-recorded-session.c - recorded sessions with a node of 2.02: our node plays the
 * other. */

#include "session.h"

#include "sim/network.h"

/* Alice, who is not global, with this seed. */
static Town *
alice_with_seed (void)
{
  Town *town = town_new (1, "alice", NULL);
  town_set (town, "global", "no");
  town_set (town, "seeds", "seed:4040");
  return town;
}

static void
join (const char *capture)
{
  g_autoptr (Town) town = alice_with_seed ();
  g_autoptr (Session) session = session_new (town, capture, '>', "alice", "seed");
  session_play (session);
}

static void
test_join_json (void)
{
  g_test_summary (
      "join-work-json: our node is alice, who works through all that a node can be asked for.  She "
      "says the same, in the same order, and hears what was answered then.");
  join ("join-work-json.jsonl");
}

static void
test_join_cbor (void)
{
  g_test_summary ("join-work-cbor: the same in CBOR, from a node that says byte strings.");
  join ("join-work-cbor.jsonl");
}

static void
test_join_mixed (void)
{
  g_test_summary ("join-mixed-framing: our node sends CBOR and hears JSON.");
  join ("join-mixed-framing.jsonl");
}

static void
test_promote (void)
{
  g_test_summary ("promote-json: a seed that becomes global because alice asks it to.");
  join ("promote-json.jsonl");
}

static void
test_direct (void)
{
  g_test_summary (
      "direct-json-to-seed and direct-json: our node is alice, who finds bob's port by the seed, "
      "asks for his address, and sends what has waited for that.");
  g_autoptr (Town) town = alice_with_seed ();
  g_autoptr (Session) seed = session_new (town, "direct-json-to-seed.jsonl", '>', "alice", "seed");
  g_autoptr (Session) bob = session_new (town, "direct-json.jsonl", '>', "alice", "bob");
  g_autofree char *address = g_strconcat (
      sim_host_address (sim_network_host_by_name (town->world, "bob")), ":4040", NULL);
  session_bind (seed, "127.0.0.1:4826", address);
  seed->has_friend = true;
  session_act (seed);
  session_feed (seed);
  session_begin (seed);
  session_begin (bob);
  session_act (seed);
  session_feed (seed);
  session_compare (seed);
  session_play (bob);
}

static void
test_direct_bob (void)
{
  g_test_summary ("direct-json: our node is bob, whose port is monitored, spoken to, and killed.");
  g_autoptr (Town) town = town_new (1, "bob", NULL);
  town_set (town, "global", "no");
  g_autoptr (Session) session = session_new (town, "direct-json.jsonl", '<', "bob", "alice");
  session_port (session, "mQzv7vQyec");
  session_play (session);
}

/* --- Two global nodes --- */

#define OPENING_SECONDS 0.5 /* in the recording; then the slaves come */

/* What was said in it; it differs in more than can be compared. */
static char *
play_opening (Session *session)
{
  const double *times = (const double *)(void *)session->times->data;
  while (times[session->at] < OPENING_SECONDS)
    {
      session_act (session);
      session_feed (session);
    }
  g_string_truncate (session->to_say, 0);
  char *said = g_strdup (session->said->str);
  g_string_truncate (session->said, 0);
  return said;
}

static void
register_port (Session *session, const char *family, const char *recorded)
{
  g_autofree char *port = g_strconcat (session->self, "#", session_port (session, recorded), NULL);
  aemp_db_reg (town_node (session->town, session->self), family, port, "n");
}

/* On both sides. */
static const char slave_hears[]
    = "['','g_global'] ['','g_chg1','mesh',null] ['','g_chg2','mesh',{'key of alice':1},[]] "
      "['','g_chg2','mesh',{'key of bob':1},[]] ['','g_chg2','mesh',{'key of alice':'2'},[]] "
      "['','g_chg2','mesh',{},['key of alice']] ['','g_chg2','mesh',{'key of bob':'2'},[]] "
      "['','g_chg2','mesh',{},['key of bob']]";

/* With the IDs of our ports where ECHO and SINK stand. */
static char *
with_ports (Session *session, const char *text, const char *echo, const char *sink)
{
  GString *out = g_string_new (text);
  g_string_replace (out, "ECHO", session_port (session, echo), 0);
  g_string_replace (out, "SINK", session_port (session, sink), 0);
  return g_string_free (out, FALSE);
}

static void
test_south (void)
{
  g_test_summary (
      "global-mesh-json: our node is south, a global node with a seed.  It takes no master, as "
      "2.02 "
      "does; what it tells north of its slave bob is as recorded, and bob hears of alice's.");
  g_autoptr (Town) town = town_new (1, "south", NULL);
  town_set (town, "seeds", "north:4040");
  g_autoptr (Session) session = session_new (town, "global-mesh-json.jsonl", '>', "south", "north");
  session->slave_name = "bob";
  register_port (session, "echo", "obbTPEpEeb");
  register_port (session, "sink", "obbTPEpEec");
  g_autofree char *said = play_opening (session);
  g_autofree char *wanted = with_ports (
      session,
      "say: \"\" \"g_global\"\n"
      "say: \"\" \"g_slave\"\n"
      "say: \"\" \"g_global\"\n"
      "say: \"\" \"g_upd\" \"'g\" {\"north\":null} []\n"
      "say: \"\" \"g_set\" "
      "{\"'g\":{\"north\":null,\"south\":null},\"'l\":{\"south\":[\"10.0.0.1:4040\"]},"
      "\"echo\":{\"south#ECHO\":null},\"sink\":{\"south#SINK\":null}}\n"
      "say: \"\" \"g_upd\" \"'l\" {\"north\":[\"127.0.0.1:4801\"]} []\n",
      "obbTPEpEeb", "obbTPEpEec");
  g_assert_cmpstr (said, ==, wanted);
  session_play (session);
  g_assert_cmpstr (session->slave_heard, ==, slave_hears);
}

static void
test_north (void)
{
  g_test_summary (
      "global-mesh-json: our node is north, whom south makes its master; then south says that it "
      "is "
      "global, so what it said before goes.  What we tell it of our slave alice is as recorded.");
  g_autoptr (Town) town = town_new (1, "north", NULL);
  g_autoptr (Session) session = session_new (town, "global-mesh-json.jsonl", '<', "north", "south");
  session->slave_name = "alice";
  register_port (session, "echo", "oZaVec6FLb");
  register_port (session, "sink", "oZaVec6FLc");
  g_autofree char *said = play_opening (session);
  g_autofree char *wanted = with_ports (
      session,
      "say: \"\" \"g_global\"\n"
      "say: \"\" \"g_chg1\" \"'g\" {\"north\":null,\"south\":null}\n"
      "say: \"\" \"g_global\"\n"
      "say: \"\" \"g_upd\" \"'l\" {} [\"south\"]\n"
      "say: \"\" \"g_upd\" \"echo\" {} [\"south#obbTPEpEeb\"]\n"
      "say: \"\" \"g_upd\" \"sink\" {} [\"south#obbTPEpEec\"]\n"
      "say: \"\" \"g_set\" "
      "{\"'g\":{\"north\":null,\"south\":null},\"'l\":{\"north\":[\"10.0.0.1:4040\"]},"
      "\"echo\":{\"north#ECHO\":null},\"sink\":{\"north#SINK\":null}}\n"
      "say: \"\" \"g_upd\" \"'l\" {\"south\":[\"127.0.0.1:4802\"]} []\n",
      "oZaVec6FLb", "oZaVec6FLc");
  g_assert_cmpstr (said, ==, wanted);
  session_play (session);
  g_assert_cmpstr (session->slave_heard, ==, slave_hears);
}

int
main (int count, char **texts)
{
  g_test_init (&count, &texts, NULL);
  g_test_add_func ("/recorded-session/join-json", test_join_json);
  g_test_add_func ("/recorded-session/join-cbor", test_join_cbor);
  g_test_add_func ("/recorded-session/join-mixed", test_join_mixed);
  g_test_add_func ("/recorded-session/promote", test_promote);
  g_test_add_func ("/recorded-session/direct", test_direct);
  g_test_add_func ("/recorded-session/direct-bob", test_direct_bob);
  g_test_add_func ("/recorded-session/south", test_south);
  g_test_add_func ("/recorded-session/north", test_north);
  return g_test_run ();
}
