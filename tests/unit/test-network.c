/* tests/unit/test-network.c - several nodes in a simulated world: sending, monitoring,
 * finding each other, losing each other. */

#include "town.h"

#include <string.h>

#define SOON (2 * SECOND)

/* A port that notes what it gets. */
static char *
ear_port (Town *town, const char *node, const char *label)
{
  return g_strdup (aemp_port (town_node (town, node), town_hear, town_ear (town, label), NULL));
}

static void
mon (Town *town, const char *node, const char *port, const char *label)
{
  aemp_mon (town_node (town, node), port, town_hear, town_ear (town, label), NULL);
}

/* Where in the story does this stand?  It has to. */
static size_t
place (Town *town, const char *text)
{
  const char *at = strstr (town->story->str, text);
  g_assert_nonnull (at);
  return at - town->story->str;
}

static void
test_any_size (void)
{
  g_test_summary ("Messages of every size and of several forms arrive as they were sent, whether "
                  "they are made on the way or kept.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "rain", "rain");
  g_autofree char *text = g_strnfill (2000, 'x');
  g_autofree char *nested = NULL;
  aemp_snd (ruth, port, "s", "kept");
  town_run (town, SOON);
  for (size_t length = 0; length <= 2000; length += length < 600 ? 1 : 100)
    {
      g_autofree char *expected = g_strdup_printf ("rain: \"%.*s\",%d\n", (int) length, text,
                                                   (int) length);
      g_string_set_size (town->heard, 0);
      aemp_snd (ruth, port, "t I", text, length, (int) length);
      town_run (town, SECOND / 10);
      g_assert_cmpstr (town->heard->str, ==, expected);
    }
  g_string_set_size (town->heard, 0);
  aemp_snd (ruth, port, "[s {s n}] nbdI", "deep", "key", 1, 1.5, -1);
  aemp_snd (ruth, port, "nnnnnnnn");
  aemp_snd (ruth, port, "nnnnnnnnn");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "rain: [\"deep\",{\"key\":null}],null,true,1.5,-1\n"
                   "rain: null,null,null,null,null,null,null,null\n"
                   "rain: null,null,null,null,null,null,null,null,null\n");
}

static void
test_skipped_messages (void)
{
  g_test_summary ("A tracer that skips messages hears of everything but what is sent and "
                  "delivered, there and at home.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *there = ear_port (town, "rain", "there");
  g_autofree char *here = ear_port (town, "ruth", "here");
  town->tracer.skips_messages = true;
  aemp_snd (ruth, there, "s", "tea");
  aemp_snd (ruth, here, "s", "tea");
  aemp_snd (ruth, "rain#nobody", "s", "tea");
  aemp_snd (ruth, "ruth#nobody", "s", "tea");
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, " send "), ==, 0);
  g_assert_cmpuint (town_told (town, " deliver "), ==, 0);
  g_assert_cmpuint (town_told (town, " unknown_port "), ==, 2);
  g_assert_cmpuint (town_told (town, " node_up "), ==, 2);
  g_assert_cmpuint (town_heard (town, ": \"tea\"\n"), ==, 2);
  town->tracer.skips_messages = false;
  aemp_snd (ruth, there, "s", "milk");
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, " send "), ==, 1);
  g_assert_cmpuint (town_told (town, " deliver "), ==, 1);
}

static void
test_hello (void)
{
  g_test_summary ("A node finds its seed, and messages that were sent before there was a "
                  "connection arrive in order.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "rain", "rain");
  g_assert_cmpint (aemp_node_is_up (ruth, "rain"), ==, AEMP_NODE_UNKNOWN);
  for (int i = 0; i < 3; i++)
    aemp_snd (ruth, port, "sI", "hello", i);
  g_assert_cmpint (aemp_node_is_up (ruth, "rain"), ==, AEMP_NODE_DOWN);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "rain: \"hello\",0\nrain: \"hello\",1\nrain: \"hello\",2\n");
  g_assert_cmpint (aemp_node_is_up (ruth, "rain"), ==, AEMP_NODE_UP);
  g_auto (GStrv) up = aemp_up_nodes (ruth);
  g_autofree char *joined = g_strjoinv (",", up);
  g_assert_cmpstr (joined, ==, "rain,ruth");
}

static void
test_find (void)
{
  g_test_summary ("Two nodes that know only the seed reach each other through its addresses.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", NULL);
  town_run (town, SOON);
  g_autofree char *port = ear_port (town, "rain", "rain");
  aemp_snd (town_node (town, "ruth"), port, "s", "found you");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "rain: \"found you\"\n");
  g_assert_cmpuint (town_told (town, "rain node_up peer=ruth"), ==, 1);
  g_assert_cmpuint (town_told (town, "ruth node_up peer=rain"), ==, 1);
}

static void
test_unknown_node (void)
{
  g_test_summary ("Monitors on a node that nobody knows fire, on global nodes as on others; calls "
                  "and spawns come back, too.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *rain = town_node (town, "rain");
  mon (town, "rain", "nobody#x", "global");
  mon (town, "ruth", "nobody#x", "slave");
  mon (town, "ruth", "nowhere", "node port");
  aemp_cal (rain, "nobody2#x", AEMP_NO_TIMEOUT, town_hear, town_ear (town, "call"), NULL, "s",
            "hello");
  g_autofree char *spawned = aemp_spawn (rain, "nobody3", "some::thing", "");
  mon (town, "rain", spawned, "spawn");
  g_assert_cmpstr (town->heard->str, ==, "");
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "global: \"transport_error\",\"nobody\",\"no known address\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "slave: \"transport_error\",\"nobody\",\"no known address\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "node port: \"transport_error\",\"nowhere\",\"no known address\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "call: \n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "spawn: \"transport_error\",\"nobody3\""), ==, 1);
}

typedef struct
{
  const char *port;
  unsigned fired;
} Stubborn;

/* Monitors again whatever it is told, but not for ever. */
static void
monitor_again (AempNode *node, const AempList *reason, void *user_data)
{
  Stubborn *stubborn = user_data;
  if (++stubborn->fired < 10000)
    aemp_mon (node, stubborn->port, monitor_again, stubborn, NULL);
}

static void
test_stubborn (void)
{
  g_test_summary ("Who monitors what cannot be reached, and again as soon as that is told, is told "
                  "about ten times a second: on a global node, which knows at once, too.  The first "
                  "time it is told as soon as it is known.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *rain = town_node (town, "rain");
  Stubborn nobody = { .port = "nobody#x" }, node = { .port = "nowhere" };
  town_run (town, SOON);
  aemp_mon (rain, nobody.port, monitor_again, &nobody, NULL);
  aemp_mon (rain, node.port, monitor_again, &node, NULL);
  town_run (town, SECOND / 100);
  g_assert_cmpuint (nobody.fired, ==, 1);
  g_assert_cmpuint (node.fired, ==, 1);
  town_run (town, 10 * SECOND);
  g_assert_cmpuint (nobody.fired, >=, 90);
  g_assert_cmpuint (nobody.fired, <=, 110);
  g_assert_cmpuint (node.fired, ==, nobody.fired);
}

static void
test_no_master (void)
{
  g_test_summary ("Without a seed there is nobody to ask for addresses: connect timeout, after "
                  "connect_interval.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_kill (town, "rain");
  town_run (town, SOON);
  mon (town, "ruth", "somebody#x", "told");
  town_run (town, 19 * SECOND / 10);
  g_assert_cmpstr (town->heard->str, ==, "");
  town_run (town, 2 * SECOND / 10);
  g_assert_cmpstr (town->heard->str, ==,
                   "told: \"transport_error\",\"somebody\",\"connect timeout\"\n");
}

static void
test_remote_monitors (void)
{
  g_test_summary ("A remote port's death is told with exactly its reason, the normal one as "
                  "nothing; a port that is not there as no_such_port.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *ill = ear_port (town, "rain", "ill");
  g_autofree char *well = ear_port (town, "rain", "well");
  mon (town, "ruth", ill, "first");
  mon (town, "ruth", ill, "second");
  mon (town, "ruth", well, "third");
  mon (town, "ruth", "rain#none", "none");
  town_run (town, SOON);
  aemp_kil (rain, ill, "s[I]", "flu", 39);
  aemp_kil (rain, well, "");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "none: \"no_such_port\",\"cannot monitor nonexistent port\",\"rain#none\"\n"
                   "first: \"flu\",[39]\nsecond: \"flu\",[39]\nthird: \n");
  g_assert_cmpuint (town_told (town, "rain request peer=ruth mon1"), ==, 3);
}

static void
test_unmon_remote (void)
{
  g_test_summary ("Two monitors of one remote port share a mon1, and the last one that is "
                  "dropped takes it back: the death is not told.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "rain", "rain");
  AempMonitor one = aemp_mon (ruth, port, town_hear, town_ear (town, "no"), NULL);
  AempMonitor two = aemp_mon (ruth, port, town_hear, town_ear (town, "no"), NULL);
  town_run (town, SOON);
  aemp_unmon (ruth, one);
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "rain request peer=ruth mon0"), ==, 0);
  aemp_unmon (ruth, two);
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "rain request peer=ruth mon0"), ==, 1);
  aemp_kil (town_node (town, "rain"), port, "s", "dead");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "");
  g_assert_cmpuint (town_told (town, "ruth request peer=rain kil0"), ==, 0);
}

static void
test_remote_kill_in_order (void)
{
  g_test_summary ("A remote kill comes after what was sent before it, and before what was sent "
                  "after it.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "rain", "rain");
  mon (town, "ruth", port, "died");
  aemp_snd (ruth, port, "s", "before");
  aemp_kil (ruth, port, "s", "enough");
  aemp_snd (ruth, port, "s", "after");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "rain: \"before\"\ndied: \"enough\"\n");
  g_assert_cmpuint (town_told (town, "rain unknown_port peer=ruth"), ==, 1);
}

static void
test_node_port_is_not_killed (void)
{
  g_test_summary ("A kil1 with an empty name does not hurt the node port.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "ruth", "ruth");
  aemp_snd (ruth, "rain", "sss", "kil1", "", "die");
  aemp_snd (ruth, "rain", "ss", "time", port);
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "ruth: 17672256"), ==, 1); /* in the first day of 2026 */
}

static void
hello_init (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autofree char *owner = aemp_value_dup_text (aemp_list_get (arguments, 0), NULL);
  aemp_mon_kil (node, owner, NULL);
  aemp_rcv (node, aemp_self (node), NULL, town_hear, user_data, NULL);
  aemp_snd (node, owner, "ss", "hello", aemp_self (node));
}

static void
test_remote_spawn (void)
{
  g_test_summary ("A spawned port can be sent to and monitored at once; it dies with its owner "
                  "when it has linked itself; an unknown function leaves no port behind.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  aemp_service (town_node (town, "rain"), "test::hello", hello_init,
                town_ear (town, "spawned"));
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *owner = ear_port (town, "ruth", "owner");
  g_autofree char *port = aemp_spawn (ruth, "rain", "test::hello", "s", owner);
  g_autofree char *none = aemp_spawn (ruth, "rain", "no::such", "");
  aemp_snd (ruth, port, "s", "right behind");
  mon (town, "ruth", port, "died");
  mon (town, "ruth", none, "none");
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "spawned: \"right behind\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "owner: \"hello\",\"rain#"), ==, 1);
  g_assert_cmpuint (town_heard (town, "none: \"no_such_port\""), ==, 1);
  aemp_kil (ruth, owner, "s", "gone");
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "died: \"gone\"\n"), ==, 1);
}

static void
test_requests (void)
{
  g_test_summary ("can, time, snd, up_nodes, eval, devnull, nothing, and words nobody knows.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "ruth", "got");
  aemp_snd (ruth, "rain", "ssss", "can", "mon1", port, "can");
  aemp_snd (ruth, "rain", "ssss", "can", "nosuch", port, "cannot");
  aemp_snd (ruth, "rain", "sss", "up_nodes", port, "up");
  aemp_snd (ruth, "rain", "ssss", "eval", "1 + 2", port, "eval");
  aemp_snd (ruth, "rain", "sI", "devnull", 1);
  aemp_snd (ruth, "rain", "s", "");
  aemp_snd (ruth, "rain", "sI", "no_such_function", 1);
  aemp_snd (ruth, "rain", "n");
  aemp_snd (ruth, "rain", "s", "time");
  aemp_snd_on (ruth, "rain", port, "sI", "relayed", 1);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "got: \"can\",\"1\"\ngot: \"cannot\",\"\"\ngot: \"up\",\"rain\",\"ruth\"\n"
                   "got: \"eval\",\"this node does not evaluate code\"\ngot: \"relayed\",1\n");
  g_assert_cmpuint (town_told (town, "rain refused peer=ruth no_such_function"), ==, 1);
}

static void
test_secure (void)
{
  g_test_summary ("With `secure`, no request from the network runs a function; the node's own "
                  "spawns do.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_set (town, "secure", "yes");
  AempNode *rain = town_node (town, "rain");
  aemp_service (rain, "test::hello", hello_init, town_ear (town, "spawned"));
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "ruth", "got");
  g_autofree char *refused = aemp_spawn (ruth, "rain", "test::hello", "s", port);
  aemp_snd_to_func (ruth, "rain", "test::hello", "s", port);
  mon (town, "ruth", refused, "refused");
  g_autofree char *own = aemp_spawn (rain, "rain", "test::hello", "s", port);
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "refused: \"no_such_port\""), ==, 1);
  g_assert_cmpuint (town_heard (town, "got: \"hello\""), ==, 1);
  g_assert_cmpuint (town_told (town, "rain refused peer=ruth test::hello"), ==, 2);
}

static void
test_secure_relayed (void)
{
  g_test_summary ("With `secure`, a function is not run either when the request for it was "
                  "relayed to the node by itself, through snd or an answer.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_set (town, "secure", "yes");
  AempNode *rain = town_node (town, "rain");
  aemp_service (rain, "test::hello", hello_init, town_ear (town, "spawned"));
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "ruth", "got");
  aemp_snd (ruth, "rain", "ssssss", "snd", "rain", "AnyEvent::MP::_spawn", "one", "test::hello",
            port);
  aemp_snd (ruth, "rain", "ssssssss", "snd", "rain", "snd", "rain", "AnyEvent::MP::_spawn", "two",
            "test::hello", port);
  aemp_snd (ruth, "rain", "sssssss", "can", "mon1", "rain", "AnyEvent::MP::_spawn", "three",
            "test::hello", port);
  aemp_snd (ruth, "rain", "ssss", "time", "rain", "test::hello", port);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "");
  g_assert_cmpuint (town_told (town, "rain port_new port=one"), ==, 0);
  g_assert_cmpuint (town_told (town, "rain refused peer=rain test::hello"), ==, 4);
  g_autofree char *own = aemp_spawn (rain, "rain", "test::hello", "s", port);
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "got: \"hello\""), ==, 1);
}

static void
test_lost (void)
{
  g_test_summary ("A process is killed: all monitors on its ports fire, then the node is down, "
                  "then the seed is dialed again; when it is back, monitors there are of now.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *ruth = town_node (town, "ruth");
  aemp_mon_nodes (ruth, town_hear, town_ear (town, "node"), NULL);
  town_run (town, SOON);
  g_autofree char *port = ear_port (town, "rain", "rain");
  mon (town, "ruth", port, "one");
  mon (town, "ruth", "rain", "two");
  town_run (town, SOON);
  town_kill (town, "rain");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "node: \"rain\",true\n"
                   "one: \"transport_error\",\"rain\",\"Unexpected end-of-file\"\n"
                   "two: \"transport_error\",\"rain\",\"Unexpected end-of-file\"\n"
                   "node: \"rain\",false,\"transport_error\",\"rain\",\"Unexpected end-of-file\"\n");
  g_assert_cmpuint (place (town, "ruth mon_fired"), <, place (town, "ruth node_down"));
  town_restart (town, "rain");
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (town_heard (town, "node: \"rain\",true\n"), ==, 2);
  mon (town, "ruth", port, "now");
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "now: \"no_such_port\""), ==, 1);
}

static void
resend (AempNode *node, const AempList *reason, void *user_data)
{
  aemp_snd (node, user_data, "s", "after the loss");
}

static void
test_send_while_firing (void)
{
  g_test_summary ("What a monitor's callback sends to the lost node belongs to the next "
                  "connection and arrives.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "rain", "rain");
  aemp_mon (ruth, port, resend, port, NULL);
  town_run (town, SOON);
  sim_path_reset (town_host (town, "rain"), town_host (town, "ruth"));
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "rain: \"after the loss\"\n");
  g_assert_cmpuint (town_told (town, "ruth node_down peer=rain"), ==, 1);
  g_assert_cmpuint (town_told (town, "ruth node_up peer=rain"), ==, 2);
}

static void
test_queue_limit (void)
{
  g_test_summary ("A peer that cannot be reached: its queue has a limit, then all is dropped and "
                  "the monitors say so.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", NULL);
  town_set (town, "queue_limit", "10000");
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *port = ear_port (town, "rain", "rain");
  town_cut (town, "rain", "ruth");
  mon (town, "ruth", port, "told");
  for (int i = 0; i < 1000; i++)
    aemp_snd (ruth, port, "sI", "into the dark", i);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "told: \"transport_error\",\"rain\",\"send queue limit reached\"\n");
  g_assert_true (town->tracer.marks & ((uint64_t) 1 << AEMP_MARK_QUEUE_LIMIT));
}

static void
test_dial_timeout (void)
{
  g_test_summary ("A known address where nobody answers: the attempt ends after monitor_timeout, "
                  "one that refuses ends at once.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", NULL);
  town_set (town, "monitor_timeout", "10");
  town_run (town, SOON);
  town_cut (town, "rain", "ruth");
  mon (town, "ruth", "rain#x", "silent");
  town_run (town, 9 * SECOND);
  g_assert_cmpstr (town->heard->str, ==, "");
  town_run (town, 3 * SECOND / 2);
  g_assert_cmpstr (town->heard->str, ==,
                   "silent: \"transport_error\",\"rain\",\"connect timeout\"\n");
}

static void
test_master_lost (void)
{
  g_test_summary ("A node with two seeds takes another master when the first is gone, and still "
                  "finds nodes by it.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", NULL);
  town_set (town, "seeds", "seed:4040,rain:4040");
  town_run (town, 30 * SECOND);
  g_assert_cmpuint (town_told (town, "ruth master"), ==, 1);
  town_kill (town, town_told (town, "ruth master peer=seed") ? "seed" : "rain");
  town_run (town, 5 * SECOND);
  g_assert_cmpuint (town_told (town, "ruth master"), ==, 2);
}

static void
test_both_dial (void)
{
  g_test_summary ("Two nodes dial each other at the same moment, in a hundred worlds: every "
                  "message arrives, no monitor fires, and one connection is left.");
  unsigned crossed = 0;
  for (uint64_t seed = 1; seed <= 100; seed++)
    {
      g_autoptr (Town) town = town_new (seed, "seed", "rain", "ruth", NULL);
      town_run (town, SOON);
      g_autofree char *one = ear_port (town, "rain", "rain");
      g_autofree char *two = ear_port (town, "ruth", "ruth");
      mon (town, "ruth", one, "lost");
      mon (town, "rain", two, "lost");
      for (int i = 0; i < 3; i++)
        {
          aemp_snd (town_node (town, "ruth"), one, "sI", "hi", i);
          aemp_snd (town_node (town, "rain"), two, "sI", "hi", i);
        }
      town_run (town, 10 * SECOND);
      g_assert_cmpuint (town_heard (town, "lost"), ==, 0);
      g_assert_cmpuint (town_heard (town, "rain: \"hi\""), ==, 3);
      g_assert_cmpuint (town_heard (town, "ruth: \"hi\""), ==, 3);
      g_assert_cmpuint (town_told (town, "rain link_up peer=ruth"), ==, 1);
      g_assert_cmpuint (town_told (town, "ruth link_up peer=rain"), ==, 1);
      crossed += (town->tracer.marks >> AEMP_MARK_DIAL_CROSSED) & 1;
    }
  g_assert_cmpuint (crossed, >, 50);
}

static void
test_back_after_power_loss (void)
{
  g_test_summary ("A host loses power and is back under its ID while the other side still holds "
                  "the old connection: the new process replaces it at once.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  mon (town, "rain", "ruth#x", "gone");
  town_run (town, SOON);
  mon (town, "rain", "ruth", "told");
  town_vanish (town, "ruth");
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (town_heard (town, "told"), ==, 0);
  town_restart (town, "ruth");
  town_run (town, 5 * SECOND);
  g_assert_cmpuint (town_heard (town, "told: \"transport_error\",\"ruth\",\"switched connections\""),
                    ==, 1);
  g_assert_cmpint (aemp_node_is_up (town_node (town, "rain"), "ruth"), ==, AEMP_NODE_UP);
  g_assert_cmpint (aemp_node_is_up (town_node (town, "ruth"), "rain"), ==, AEMP_NODE_UP);
}

static void
test_one_side_lost (void)
{
  g_test_summary ("One side gives its connection up while the line is cut; after the heal its new "
                  "connection replaces the one that the other side still has.");
  for (int lower = 0; lower < 2; lower++)
    {
      const char *quits = lower ? "rain" : "ruth";
      const char *stays = lower ? "ruth" : "rain";
      g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", NULL);
      town_set (town, "queue_limit", "200000");
      town_run (town, SOON);
      g_autofree char *port = ear_port (town, stays, "got");
      g_autofree char *back = ear_port (town, quits, "back");
      mon (town, stays, back, "told");
      aemp_snd (town_node (town, quits), port, "s", "first");
      town_run (town, SOON);
      town_cut (town, "rain", "ruth");
      g_autofree char *long_text = g_strnfill (10000, 'x');
      for (int i = 0; i < 40; i++)
        aemp_snd (town_node (town, quits), port, "s", long_text);
      town_run (town, SOON);
      town_heal (town, "rain", "ruth");
      aemp_snd (town_node (town, quits), port, "s", "again");
      town_run (town, 5 * SECOND);
      g_assert_cmpuint (town_heard (town, "got: \"first\""), ==, 1);
      g_assert_cmpuint (town_heard (town, "got: \"again\""), ==, 1);
      g_assert_cmpuint (town_heard (town, "told: \"transport_error\""), ==, 1);
    }
}

static void
test_wrong_secret (void)
{
  g_test_summary ("A node with another secret gets nowhere, and nothing is known of it.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_node (town, "rain");
  town_kill (town, "ruth");
  town_set (town, "secret", "coffee");
  town_restart (town, "ruth");
  town_run (town, 20 * SECOND);
  g_assert_cmpint (aemp_node_is_up (town_node (town, "rain"), "ruth"), ==, AEMP_NODE_UNKNOWN);
  g_assert_cmpuint (town_told (town, "link_up"), ==, 0);
  g_assert_cmpuint (town_told (town, "rain link_refused peer=ruth"), >=, 3);
}

static void
test_seed_is_self (void)
{
  g_test_summary ("A node that is its own seed notices, becomes global and stops dialing itself.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", NULL);
  town_set (town, "seeds", "rain:4040");
  town_run (town, 60 * SECOND);
  g_assert_true (town->tracer.marks & ((uint64_t) 1 << AEMP_MARK_SEED_IS_SELF));
  g_assert_cmpuint (town_told (town, "rain global"), ==, 1);
  g_assert_cmpuint (town_told (town, "rain dial rain"), <=, 2);
}

static void
greet_again (AempNode *node, const AempList *news, void *user_data)
{
  bool up = aemp_list_get (news, 1)->as.boolean;
  if (!up)
    aemp_snd (node, user_data, "s", "devnull");
}

static void
test_send_while_switching (void)
{
  g_test_summary ("A new process replaces the old one of its ID, and who is told that the old one "
                  "is gone sends to it at once: that goes out on the new connection, and does it "
                  "no harm.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  aemp_mon_nodes (town_node (town, "rain"), greet_again, (void *) "ruth", NULL);
  town_vanish (town, "ruth");
  town_run (town, 10 * SECOND);
  town_restart (town, "ruth");
  town_run (town, 30 * SECOND);
  g_assert_cmpuint (town_told (town, "rain node_down peer=ruth switched connections"), ==, 1);
  g_assert_cmpuint (town_told (town, "rain node_down peer=ruth"), ==, 1);
  g_assert_cmpuint (town_told (town, "ruth request peer=rain devnull"), ==, 1);
}

static void
monitor_anew (AempNode *node, const AempList *news, void *user_data)
{
  unsigned *calls = user_data;
  if (++*calls < 1000)
    aemp_mon_nodes (node, monitor_anew, calls, NULL);
}

static void
test_monitor_nodes_anew (void)
{
  g_test_summary ("A monitor of nodes that is set while an event is told hears of the next one.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  unsigned calls = 0;
  aemp_mon_nodes (town_node (town, "ruth"), monitor_anew, &calls, NULL);
  town_run (town, SOON);
  g_assert_cmpuint (calls, ==, 1);
  town_kill (town, "rain");
  town_run (town, SOON);
  g_assert_cmpuint (calls, ==, 3);
}

static void
test_dial_limit (void)
{
  g_test_summary ("A node with a hundred addresses of which none answers: after monitor_timeout "
                  "the rest of them is not tried any more.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", NULL);
  g_autoptr (GString) binds = g_string_new ("*:4040");
  for (int port = 5001; port < 5100; port++)
    g_string_append_printf (binds, ",*:%d", port);
  town_set (town, "binds", binds->str);
  town_set (town, "monitor_timeout", "10");
  town_run (town, SOON);
  town_cut (town, "rain", "ruth");
  mon (town, "ruth", "rain#x", "silent");
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (town_heard (town, "silent: "), ==, 1);
  g_assert_cmpuint (town_told (town, "ruth dial peer=rain"), >, 20);
  g_assert_cmpuint (town_told (town, "ruth dial peer=rain"), <, 35);
}

static void
write_will (void *user_data)
{
  AempNode *node = user_data;
  const char *port = aemp_port (node, town_hear, g_strdup ("a"), g_free);
  aemp_snd (node, "rain", "s", "devnull");
  aemp_snd (node, port, "s", "x");
  aemp_mon (node, "rain#x", town_hear, g_strdup ("b"), g_free);
  aemp_mon (node, port, town_hear, g_strdup ("c"), g_free);
  aemp_mon_nodes (node, town_hear, g_strdup ("d"), g_free);
  aemp_after (node, SECOND, town_hear, g_strdup ("e"), g_free);
  aemp_cal (node, "rain#y", AEMP_NO_TIMEOUT, town_hear, g_strdup ("f"), g_free, "");
  aemp_cal (node, port, SECOND, town_hear, g_strdup ("g"), g_free, "");
  aemp_kil (node, port, "");
}

static void
test_last_will (void)
{
  g_test_summary ("What callbacks are destroyed with may use the node while it is freed: "
                  "everything is destroyed, and nothing of it leaks.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  AempNode *ruth = town_node (town, "ruth");
  aemp_port (ruth, town_hear, ruth, write_will);
  aemp_after (ruth, 60 * SECOND, town_hear, ruth, write_will);
  aemp_mon (ruth, "rain", town_hear, ruth, write_will);
  aemp_mon_nodes (ruth, town_hear, ruth, write_will);
  town_kill (town, "ruth");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "");
}

static void
test_left_over (void)
{
  g_test_summary ("Two nodes have dialed each other and lose the connection that stayed soon "
                  "after: what was left over of the other one does not come to life.");
  g_autofree char *long_text = g_strnfill (20000, 'x'); /* more than is allowed to wait */
  for (uint64_t seed = 1; seed <= 100; seed++)
    {
      g_autoptr (Town) town = town_new (seed, "seed", "rain", "ruth", NULL);
      town_set (town, "queue_limit", "10000");
      town_run (town, SOON);
      aemp_snd (town_node (town, "ruth"), "rain", "s", "devnull");
      aemp_snd (town_node (town, "rain"), "ruth", "s", "devnull");
      town_run (town, SOON);
      aemp_snd (town_node (town, "ruth"), "rain", "ss", "devnull", long_text);
      town_run (town, SOON);
      aemp_snd (town_node (town, "ruth"), "rain", "s", "time");
      town_run (town, 60 * SECOND);
      g_assert_cmpuint (town_told (town, "rain request peer=ruth time"), ==, 1);
      g_assert_cmpuint (town_told (town, "rain node_up peer=ruth"), ==, 2);
      g_assert_cmpuint (town_told (town, "ruth node_up peer=rain"), ==, 2);
    }
}

static void
test_slave_becomes_global (void)
{
  g_test_summary ("A slave becomes global and gets a slave of its own; its former master does not "
                  "speak for it any more: when that slave is gone, it is known to nobody.");
  g_autoptr (Town) town = town_new (1, "seed", "rain", "ruth", "late", NULL);
  town_run (town, SOON);
  town_kill (town, "late");
  town_kill (town, "ruth");
  town_set (town, "seeds", "rain:4040"); /* ruth's: makes rain, a slave of seed, global */
  town_restart (town, "ruth");
  town_run (town, 5 * SECOND);
  g_assert_cmpuint (town_told (town, "rain global"), ==, 1);
  town_set (town, "seeds", "seed:4040,rain:4040");
  town_set (town, "global", "yes");
  town_restart (town, "late");
  town_run (town, 5 * SECOND);
  town_kill (town, "ruth");
  town_run (town, 5 * SECOND);
  mon (town, "late", "ruth#x", "told");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "told: \"transport_error\",\"ruth\",\"no known address\"\n");
}

static void
test_watched_twice (void)
{
  g_test_summary ("A peer that asks a thousand times for the death of one port is told once.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_run (town, SOON);
  g_autofree char *port = ear_port (town, "rain", "rain");
  const char *name = strchr (port, '#') + 1;
  for (int i = 0; i < 1000; i++)
    aemp_snd (town_node (town, "ruth"), "rain", "ss", "mon1", name);
  town_run (town, SOON);
  aemp_kil (town_node (town, "rain"), port, "s", "dead");
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "ruth request peer=rain kil0"), ==, 1);
}

static void
test_many_names (void)
{
  g_test_summary ("A peer has us send to ten thousand nodes that nobody knows: their records do "
                  "not stay.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *rain = town_node (town, "rain");
  town_run (town, SOON);
  g_autofree char *kept = ear_port (town, "ruth", "kept");
  aemp_mon_snd (rain, kept, "friend#x", "s", "kept"); /* names a node that is not known either */
  aemp_after_snd (rain, 60 * SECOND, "friend2#x", "s", "kept");
  unsigned left = 0;
  for (int i = 0; i < 10000; i++)
    {
      g_autofree char *port = g_strdup_printf ("nobody-%d#x", i);
      aemp_snd_on (town_node (town, "ruth"), "rain", port, "s", "hello");
      if (i % 100 == 0)
        town_run (town, SECOND / 100);
    }
  town_run (town, 30 * SECOND);
  for (int i = 0; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("nobody-%d", i);
      left += aemp_node_is_up (rain, name) != AEMP_NODE_UNKNOWN;
    }
  g_assert_cmpuint (left, <, 5000);
  g_assert_cmpint (aemp_node_is_up (rain, "ruth"), ==, AEMP_NODE_UP);
  aemp_kil (town_node (town, "ruth"), kept, "");
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (town_told (town, "rain send peer=friend port=x"), ==, 1);
  g_assert_cmpuint (town_told (town, "rain send peer=friend2 port=x"), ==, 1);
}

static void
test_same_node_id (void)
{
  g_test_summary ("Two living processes have the same node ID: they push each other out, but "
                  "not as fast as they can, and who sees it says so.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", "rose", NULL);
  town_node (town, "ruth");
  town_kill (town, "rose");
  town_set (town, "nodeid", "ruth");
  town_restart (town, "rose");
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (town_told (town, "rain link_up peer=ruth"), >, 2);
  g_assert_cmpuint (town_told (town, "rain link_up peer=ruth"), <, 100);

  unsigned all = town_told (town, "rain node_down peer=ruth switched connections");
  unsigned said = town_told (town, "rain node_down peer=ruth switched connections: another "
                                   "process uses the node ID ruth (at 10.");
  g_assert_cmpuint (said, >, 2);
  g_assert_cmpuint (said, <, all - 1); /* twice may be a restart */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/any-size", test_any_size);
  g_test_add_func ("/network/skipped-messages", test_skipped_messages);
  g_test_add_func ("/network/hello", test_hello);
  g_test_add_func ("/network/find", test_find);
  g_test_add_func ("/network/unknown-node", test_unknown_node);
  g_test_add_func ("/network/stubborn", test_stubborn);
  g_test_add_func ("/network/no-master", test_no_master);
  g_test_add_func ("/network/remote-monitors", test_remote_monitors);
  g_test_add_func ("/network/unmon-remote", test_unmon_remote);
  g_test_add_func ("/network/remote-kill-in-order", test_remote_kill_in_order);
  g_test_add_func ("/network/node-port-is-not-killed", test_node_port_is_not_killed);
  g_test_add_func ("/network/remote-spawn", test_remote_spawn);
  g_test_add_func ("/network/requests", test_requests);
  g_test_add_func ("/network/secure", test_secure);
  g_test_add_func ("/network/secure-relayed", test_secure_relayed);
  g_test_add_func ("/network/lost", test_lost);
  g_test_add_func ("/network/send-while-firing", test_send_while_firing);
  g_test_add_func ("/network/queue-limit", test_queue_limit);
  g_test_add_func ("/network/dial-timeout", test_dial_timeout);
  g_test_add_func ("/network/master-lost", test_master_lost);
  g_test_add_func ("/network/both-dial", test_both_dial);
  g_test_add_func ("/network/back-after-power-loss", test_back_after_power_loss);
  g_test_add_func ("/network/one-side-lost", test_one_side_lost);
  g_test_add_func ("/network/wrong-secret", test_wrong_secret);
  g_test_add_func ("/network/seed-is-self", test_seed_is_self);
  g_test_add_func ("/network/send-while-switching", test_send_while_switching);
  g_test_add_func ("/network/monitor-nodes-anew", test_monitor_nodes_anew);
  g_test_add_func ("/network/dial-limit", test_dial_limit);
  g_test_add_func ("/network/last-will", test_last_will);
  g_test_add_func ("/network/left-over", test_left_over);
  g_test_add_func ("/network/slave-becomes-global", test_slave_becomes_global);
  g_test_add_func ("/network/watched-twice", test_watched_twice);
  g_test_add_func ("/network/many-names", test_many_names);
  g_test_add_func ("/network/same-node-id", test_same_node_id);
  return g_test_run ();
}
