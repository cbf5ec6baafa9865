/* tests/unit/test-stand-in.c - a stand-in says what a Perl node said in a recorded session, as the
 * side that connected or as the one that accepted; our node is the other side.
 *
 * Its greeting and its packets are the recorded bytes, chunk by chunk.  Only its proof is
 * made anew, as ours has another greeting to prove. */

#include "captures.h"
#include "visitor.h"

#include "engine/internal.h"

#define MOMENT (SECOND / 10)
#define HANDSHAKE_LINES 3
#define BOBS_PORT "mQzv7vQyec"  /* in direct-json */
#define ALICES_PORT "mR0t9hYbzb"

/* --- A recorded side ------------------------------------------------------------------------- */

typedef struct
{
  char *secret;
  GString *greeting; /* two lines with their ends */
  GString *answer;   /* the auth line with its end; empty: it gave none */
  GPtrArray *chunks; /* of GString: its packets, as they were read */
} Part;

static void
free_string (void *string)
{
  g_string_free (string, TRUE);
}

/* The first lines of it are moved away. */
static void
move_lines (GString *from, unsigned count, GString *to)
{
  for (unsigned i = 0; i < count && from->len > 0; i++)
    {
      size_t length = strchr (from->str, '\n') + 1 - from->str;
      g_string_append_len (to, from->str, length);
      g_string_erase (from, 0, length);
    }
}

/* The handshake can be cut anywhere, packets come in the chunks that were read. */
static Part
part_of (const char *capture, const char *direction)
{
  g_autofree char *name = g_strconcat (capture, ".jsonl", NULL);
  g_autoptr (GPtrArray) lines = capture_lines (name);
  Part part = { g_strdup (capture_string (capture_map (lines, 0), "secret")), g_string_new (NULL),
                g_string_new (NULL), g_ptr_array_new_with_free_func (free_string) };
  unsigned read = 0;
  for (unsigned i = 1; i < lines->len; i++)
    {
      const AempValue *map = capture_map (lines, i);
      const char *hex = capture_string (map, "hex");
      if (!hex || strcmp (capture_string (map, "dir"), direction) != 0)
        continue;
      g_autoptr (GByteArray) bytes = from_hex (hex);
      GString *chunk = g_string_new_len ((const char *) bytes->data, bytes->len);
      for (; read < HANDSHAKE_LINES && chunk->len > 0; read++)
        move_lines (chunk, 1, read < 2 ? part.greeting : part.answer);
      g_ptr_array_add (part.chunks, chunk);
    }
  g_assert_cmpuint (read, >=, 2);
  return part;
}

static void
part_clear (Part *part)
{
  g_free (part->secret);
  g_string_free (part->greeting, TRUE);
  g_string_free (part->answer, TRUE);
  g_ptr_array_unref (part->chunks);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Part, part_clear)

/* --- The stand-in ------------------------------------------------------------------------------ */

/* Its host lives as long as the story. */
typedef struct
{
  Town *town;
  SimProcess *process;
  AempListener *listener;
} Home;

static Home
home_new (Town *town, const char *name)
{
  return (Home){ .town = town, .process = sim_process_new (sim_host_new (town->world, name)) };
}

static void
home_clear (Home *home)
{
  aemp_listener_free (home->listener);
  sim_process_kill (home->process);
  sim_process_free (home->process);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Home, home_clear)

/* It connects to the town's first node. */
static Stranger *
connect_from (Home *home)
{
  return stranger_dial (sim_process_env (home->process), "10.0.0.1:4040");
}

/* It waits for our node to connect. */
static Stranger *
listen_at (Home *home)
{
  return stranger_listen (sim_process_env (home->process), &home->listener);
}

/* … which has it as a seed. */
static Stranger *
listen_as_seed (Home *home)
{
  Stranger *stranger = listen_at (home);
  town_set (home->town, "seeds", aemp_listener_address (home->listener));
  return stranger;
}

static void
greet (Stranger *stranger, const Part *part)
{
  g_string_assign (stranger->said, part->greeting->str);
  stranger_say (stranger, part->greeting->str);
}

static void
say_chunk (Town *town, Stranger *stranger, const Part *part, unsigned index)
{
  g_assert_cmpuint (index, <, part->chunks->len);
  const GString *chunk = part->chunks->pdata[index];
  g_assert_cmpuint (aemp_stream_write (stranger->stream, (const uint8_t *) chunk->str, chunk->len), ==,
                    chunk->len);
  town_run (town, MOMENT);
}

/* Everything behind our node's auth line, without what it says about the database, whose
 * times are its own. */
static char *
heard_packets (const Stranger *stranger)
{
  const char *line = strstr (stranger->heard->str, "\nhmac_sha3_512;");
  g_assert_nonnull (line);
  const char *packets = strchr (line + 1, '\n') + 1;
  AempScanner scanner;
  aemp_scanner_init (&scanner);
  g_auto (Story) story = read_stream (&aemp_codec_json, &scanner, (const uint8_t *) packets,
                                      strlen (packets), 0, 0);
  g_assert_no_error (story.error);
  GString *out = g_string_new (NULL);
  for (unsigned i = 0; i < story.packets->len; i++)
    {
      AempList list = aemp_message_list (story.packets->pdata[i]);
      g_autofree char *text = aemp_list_to_text (&list, 0);
      if (!g_str_has_prefix (text, "\"\",\"g_"))
        g_string_append_printf (out, "[%s]", text);
    }
  return g_string_free (out, FALSE);
}

/* What the recorded side said, all of it. */
static char *
all_packets (const Part *part)
{
  GString *out = g_string_new (NULL);
  for (unsigned i = 0; i < part->chunks->len; i++)
    g_string_append (out, ((const GString *) part->chunks->pdata[i])->str);
  return g_string_free (out, FALSE);
}

/* Our node asks a connection that is up whether it is alive. */
static void
answer_time (Town *town, Stranger *stranger)
{
  const char *port = strstr (stranger->heard->str, "[\"\",\"time\",\"");
  g_assert_nonnull (port);
  port = strchr (port, '#') + 1;
  g_autofree char *answer
      = g_strdup_printf ("[\"%.*s\",1]", (int) (strchr (port, '"') - port), port);
  stranger_say (stranger, answer);
  town_run (town, MOMENT);
}

/* A port of this very name, as in the recording. */
static char *
port_named (AempNode *node, const char *text)
{
  g_autoptr (AempName) name = aemp_name_new (text, strlen (text));
  return g_strdup (aemp_port_make (node, name)->id);
}

/* --- Bob and alice, by themselves -------------------------------------------------------------- */

/* Bob's port: ("hello", text, reply) → ("hi", text). */
static void
say_hi (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *reply = aemp_value_dup_text (aemp_list_get (message, 1), NULL);
  AempList text = *message;
  text.count = 1;
  aemp_snd (node, reply, "s@", "hi", &text);
}

static void
test_direct_as_bob (void)
{
  g_test_summary ("direct-json: alice of 2.02 connects, monitors a port of ours, talks to it, kills "
                  "it.  Ours answers as bob of 2.02 did, byte for byte.");
  g_auto (Part) alice = part_of ("direct-json", ">");
  g_auto (Part) bob = part_of ("direct-json", "<");
  g_autoptr (Town) town = town_new (1, "bob", NULL);
  town_set (town, "secret", alice.secret);
  AempNode *node = town_node (town, "bob");
  g_autofree char *port = port_named (node, BOBS_PORT);
  aemp_rcv (node, port, "hello", say_hi, NULL, NULL);
  g_auto (Home) home = home_new (town, "alice");
  g_autoptr (Stranger) stand_in = connect_from (&home);
  town_run (town, MOMENT);
  greet (stand_in, &alice);
  town_run (town, MOMENT);
  stranger_prove (stand_in, alice.secret, "");
  for (unsigned i = 0; i < alice.chunks->len; i++)
    say_chunk (town, stand_in, &alice, i);
  g_autofree char *ours = heard_packets (stand_in);
  g_autofree char *theirs = all_packets (&bob);
  g_assert_cmpstr (ours, ==, theirs);
}

/* Alice's port: told of "hi", she is done with bob's. */
static void
be_done (AempNode *node, const AempList *message, void *user_data)
{
  aemp_kil (node, "bob#" BOBS_PORT, "s", "done");
}

static void
test_direct_as_alice (void)
{
  g_test_summary ("direct-json, the other way round: ours connects to bob of 2.02, and says what "
                  "alice of 2.02 said.");
  g_auto (Part) alice = part_of ("direct-json", ">");
  g_auto (Part) bob = part_of ("direct-json", "<");
  g_autoptr (Town) town = town_new (1, "alice", NULL);
  g_auto (Home) home = home_new (town, "bob");
  g_autoptr (Stranger) stand_in = listen_as_seed (&home);
  town_set (town, "secret", alice.secret);
  AempNode *node = town_node (town, "alice");
  g_autofree char *port = port_named (node, ALICES_PORT);
  aemp_rcv (node, port, "hi", be_done, NULL, NULL);
  town_run (town, MOMENT);
  g_assert_true (stand_in->opened);
  greet (stand_in, &bob);
  town_run (town, MOMENT);
  stranger_prove (stand_in, bob.secret, "");
  town_run (town, MOMENT);
  aemp_mon (node, "bob#" BOBS_PORT, town_hear, town_ear (town, "told"), NULL);
  aemp_snd (node, "bob#" BOBS_PORT, "sss", "hello", "from alice", port);
  town_run (town, MOMENT);
  for (unsigned i = 0; i < bob.chunks->len; i++)
    say_chunk (town, stand_in, &bob, i);
  g_autofree char *ours = heard_packets (stand_in);
  g_autofree char *theirs = all_packets (&alice);
  g_assert_cmpstr (ours, ==, theirs);
  g_assert_cmpstr (town->heard->str, ==, "told: \"done\"\n");
}

static void
test_direct_to_seed (void)
{
  g_test_summary ("direct-json-to-seed: ours is the seed, tells alice of 2.02 what it has and where "
                  "bob is, in the order and the bytes of the recorded seed.");
  g_auto (Part) alice = part_of ("direct-json-to-seed", ">");
  g_auto (Part) seed = part_of ("direct-json-to-seed", "<");
  g_autoptr (Town) town = town_new (1, "seed", NULL);
  g_autoptr (Visitor) bob = visitor_new (town, "seed", "bob", "");
  visitor_say (bob, "['','g_slave',{'`l':{'bob':['127.0.0.1:4826']},'direct':{'bob#" BOBS_PORT "':null}}]");
  g_auto (Home) home = home_new (town, "alice");
  g_autoptr (Stranger) stand_in = connect_from (&home);
  town_run (town, MOMENT);
  greet (stand_in, &alice);
  town_run (town, MOMENT);
  stranger_prove (stand_in, "tea", "");
  for (unsigned i = 0; i < alice.chunks->len; i++)
    say_chunk (town, stand_in, &alice, i);
  g_autofree char *theirs = all_packets (&seed);
  g_string_replace (stand_in->heard, "10.0.0.1:4040", "127.0.0.1:4824", 0); /* where the seed listens */
  g_assert_true (g_str_has_suffix (stand_in->heard->str, theirs));
}

/* --- Handshakes that fail ----------------------------------------------------------------------- */

static void
fail_as_acceptor (const char *capture, const char *framings, bool is_answered)
{
  g_auto (Part) alice = part_of (capture, ">");
  g_autoptr (Town) town = town_new (1, "seed", NULL);
  g_auto (Home) home = home_new (town, "alice");
  town_set (town, "framing_format", framings);
  g_autoptr (Stranger) stand_in = connect_from (&home);
  town_run (town, MOMENT);
  greet (stand_in, &alice);
  town_run (town, MOMENT);
  g_assert_cmpint (stranger_was_answered (stand_in), ==, is_answered);
  if (is_answered)
    stranger_say (stand_in, alice.answer->str);
  town_run (town, MOMENT);
  g_assert_true (stand_in->closed);
  g_assert_cmpuint (town_told (town, "seed link_refused"), ==, 1);
  g_assert_cmpuint (town_told (town, "node_up"), ==, 0);
}

static void
fail_as_initiator (const char *capture, const char *framings, bool is_answered)
{
  g_auto (Part) seed = part_of (capture, "<");
  g_autoptr (Town) town = town_new (1, "alice", NULL);
  g_auto (Home) home = home_new (town, "seed");
  g_autoptr (Stranger) stand_in = listen_as_seed (&home);
  town_set (town, "framing_format", framings);
  town_run (town, MOMENT);
  greet (stand_in, &seed);
  town_run (town, MOMENT);
  g_assert_cmpint (stranger_was_answered (stand_in), ==, is_answered);
  if (is_answered)
    stranger_say (stand_in, seed.answer->str);
  town_run (town, MOMENT);
  g_assert_true (stand_in->closed);
  g_assert_cmpuint (town_told (town, "alice link_refused"), ==, 1);
  g_assert_cmpuint (town_told (town, "node_up"), ==, 0);
}

static void
test_wrong_secret (void)
{
  g_test_summary ("wrong-secret, both ways: ours gives its line before it has seen the other, as "
                  "2.02 does, and closes after it.");
  fail_as_acceptor ("wrong-secret", "json", true);
  fail_as_initiator ("wrong-secret", "json", true);
}

static void
test_no_common_framing (void)
{
  g_test_summary ("no-common-framing, both ways: closed after the nonce, without an auth line.");
  fail_as_acceptor ("no-common-framing", "json", false);
  fail_as_initiator ("no-common-framing", "cbor", false);
}

static void
test_already_connected (void)
{
  g_test_summary ("already-connected: the node `twice` connects once more.  2.02 closes at its "
                  "greeting; ours first asks the connection that is up, which answers.");
  g_auto (Part) twice = part_of ("already-connected", ">");
  g_autoptr (Town) town = town_new (1, "seed", NULL);
  town_set (town, "secret", twice.secret);
  g_auto (Home) home = home_new (town, "twice");
  g_autoptr (Stranger) first = connect_from (&home);
  g_autoptr (Stranger) second = connect_from (&home);
  town_run (town, MOMENT);
  stranger_greet (first, "twice", "0nonce of the first", "");
  town_run (town, MOMENT);
  stranger_prove (first, twice.secret, "");
  town_run (town, MOMENT);
  greet (second, &twice);
  town_run (town, MOMENT);
  stranger_prove (second, twice.secret, "");
  town_run (town, MOMENT);
  g_assert_false (stranger_was_answered (second));
  answer_time (town, first);
  g_assert_true (second->closed);
  g_assert_false (first->closed);
  g_assert_cmpuint (town_told (town, "node_down"), ==, 0);
}

/* --- Both at once ------------------------------------------------------------------------------- */

/* Alice is ours; the stand-in is bob, on both connections. */
static void
meet (const char *to_alice, const char *to_bob)
{
  g_auto (Part) as_initiator = part_of (to_alice, ">");
  g_auto (Part) as_acceptor = part_of (to_bob, "<");
  g_autoptr (Town) town = town_new (1, "alice", NULL);
  g_auto (Home) home = home_new (town, "bob");
  g_autoptr (Stranger) accepted = listen_at (&home);
  AempNode *alice = town_node (town, "alice");
  g_autofree char *port = port_named (alice, "mV2uVi7Yfb");
  aemp_rcv (alice, port, NULL, town_hear, town_ear (town, "alice"), NULL);
  g_autoptr (Visitor) carol = visitor_new (town, "alice", "carol", "");
  g_autofree char *listens = g_strdup_printf ("['','g_slave',{'`l':{'bob':['%s']}}]",
                                              aemp_listener_address (home.listener));
  visitor_say (carol, listens);
  g_autoptr (Stranger) dialed = connect_from (&home);
  aemp_mon (alice, "bob#mW2uVX3HWb", town_hear, town_ear (town, "told"), NULL);
  aemp_snd (alice, "bob#mW2uVX3HWb", "ss", "hi", "1");
  town_run (town, MOMENT);
  g_assert_true (accepted->opened && dialed->opened);
  greet (dialed, &as_initiator);
  greet (accepted, &as_acceptor);
  town_run (town, MOMENT);
  stranger_prove (dialed, "tea", "");
  stranger_prove (accepted, "tea", "");
  town_run (town, MOMENT);
  g_assert_cmpint (stranger_was_answered (dialed) + stranger_was_answered (accepted), ==, 1);
  Stranger *stays = stranger_was_answered (dialed) ? dialed : accepted;
  Stranger *goes = stays == dialed ? accepted : dialed;
  g_autofree char *ours = heard_packets (stays);
  g_assert_true (
      g_str_has_prefix (ours, "[\"\",\"mon1\",\"mW2uVX3HWb\"][\"mW2uVX3HWb\",\"hi\",\"1\"]"));
  answer_time (town, stays);
  g_assert_true (goes->closed);
  stranger_say (stays, "[\"mV2uVi7Yfb\",\"hi\",\"2\"]");
  town_run (town, 5 * SECOND);
  g_assert_cmpstr (town->heard->str, ==, "alice: \"hi\",\"2\"\n");
  g_assert_cmpuint (town_told (town, "alice node_up peer=bob"), ==, 1);
  g_assert_cmpuint (town_told (town, "node_down"), ==, 0);
}

static void
test_simultaneous (void)
{
  g_test_summary ("simultaneous-connect: alice (ours) and bob of 2.02 connect to each other at the "
                  "same moment.  Two of 2.02 lost both connections; ours lets bob see one auth "
                  "line, and nothing is lost.");
  meet ("simultaneous-connect-to-alice", "simultaneous-connect-to-bob");
  meet ("simultaneous-connect-to-alice-2", "simultaneous-connect-to-bob-2");
  meet ("simultaneous-connect-to-alice-3", "simultaneous-connect-to-bob-3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stand-in/direct-as-bob", test_direct_as_bob);
  g_test_add_func ("/stand-in/direct-as-alice", test_direct_as_alice);
  g_test_add_func ("/stand-in/direct-to-seed", test_direct_to_seed);
  g_test_add_func ("/stand-in/wrong-secret", test_wrong_secret);
  g_test_add_func ("/stand-in/no-common-framing", test_no_common_framing);
  g_test_add_func ("/stand-in/already-connected", test_already_connected);
  g_test_add_func ("/stand-in/simultaneous", test_simultaneous);
  return g_test_run ();
}
