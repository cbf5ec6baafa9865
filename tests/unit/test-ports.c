/* tests/unit/test-ports.c - ports, contexts, monitors and spawn within one node. */

#include "town.h"

#include <string.h>

typedef struct
{
  Town *town;
  void *ear;
  char *port;
} Story;

static void
note (Town *town, const char *text)
{
  g_string_append_printf (town->heard, "%s\n", text);
}

static void
test_order (void)
{
  g_test_summary ("A message is dispatched after the call that sent it has returned, and "
                  "several in the order they were sent.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, town_hear, town_ear (town, "got"), NULL));
  for (int i = 0; i < 3; i++)
    aemp_snd (rain, port, "sI", "number", i);
  note (town, "sent");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==,
                   "sent\ngot: \"number\",0\ngot: \"number\",1\ngot: \"number\",2\n");
}

static void
test_tags (void)
{
  g_test_summary ("Messages go to the callback of their tag, without it; others to the default "
                  "callback, also when that was set after the tags, and to tags no more that "
                  "were removed.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  aemp_rcv (rain, port, "tea", town_hear, town_ear (town, "tea"), NULL);
  aemp_rcv (rain, port, "milk", town_hear, town_ear (town, "milk"), NULL);
  aemp_rcv (rain, port, NULL, town_hear, town_ear (town, "rest"), NULL);
  aemp_snd (rain, port, "sI", "tea", 1);
  aemp_snd (rain, port, "yI", "milk", (size_t) 4, 2);
  aemp_snd (rain, port, "sI", "coffee", 3);
  town_run (town, SECOND);
  aemp_rcv (rain, port, "tea", NULL, NULL, NULL);
  aemp_snd (rain, port, "sI", "tea", 4);
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==,
                   "tea: 1\nmilk: 2\nrest: \"coffee\",3\nrest: \"tea\",4\n");
}

static void
test_unhandled (void)
{
  g_test_summary ("A port without a callback for a message dies of it; the reason quotes 30 "
                  "characters of the tag, odd ones as dots.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  aemp_mon (rain, port, town_hear, town_ear (town, "died"), NULL);
  aemp_snd (rain, port, "s", "caf\xc3\xa9\n of a long, long, long and longer tag");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "\"unhandled_message\",\"no callback found for message "
                                      "'caf.. of a long, long, long an'\""),
                    ==, 1);
}

static void
die_of_it (AempNode *node, const AempList *message, void *user_data)
{
  aemp_die (node, "no %s today", "tea");
  aemp_die (node, "not heard any more");
}

static void
test_error (void)
{
  g_test_summary ("An error in a callback kills the port, also in a default callback that was "
                  "set after tags; the first one counts.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  aemp_rcv (rain, port, "tag", town_hear, town_ear (town, "tag"), NULL);
  aemp_rcv (rain, port, NULL, die_of_it, NULL, NULL);
  aemp_mon (rain, port, town_hear, town_ear (town, "died"), NULL);
  aemp_snd (rain, port, "s", "x");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "died: \"die\",\"no tea today\"\n");
}

static void
test_kill (void)
{
  g_test_summary ("A kill is carried out later, in order: what was sent before it arrives, what "
                  "was sent after it does not; its reason reaches every monitor once, also one "
                  "that was set afterwards learns that the port is gone.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, town_hear, town_ear (town, "got"), NULL));
  aemp_mon (rain, port, town_hear, town_ear (town, "first"), NULL);
  aemp_mon (rain, port, town_hear, town_ear (town, "second"), NULL);
  aemp_snd (rain, port, "s", "before");
  aemp_kil (rain, port, "sI", "enough", 7);
  aemp_snd (rain, port, "s", "after");
  aemp_mon (rain, port, town_hear, town_ear (town, "late"), NULL);
  aemp_kil (rain, port, "s", "again");
  town_run (town, SECOND);
  g_autofree char *expected = g_strdup_printf (
      "got: \"before\"\nfirst: \"enough\",7\nsecond: \"enough\",7\nlate: \"no_such_port\",\"cannot "
      "monitor nonexistent port\",\"%s\"\n",
      port);
  g_assert_cmpstr (town->heard->str, ==, expected);
}

static void
test_kill_node_port (void)
{
  g_test_summary ("A node port cannot be killed: outside of ports nothing happens but a trace "
                  "event, inside the caller dies of the mistake.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  aemp_kil (rain, "rain", "s", "no");
  town_run (town, SECOND);
  g_assert_cmpuint (town_told (town, "rain failure kil: rain is a node"), ==, 1);
  g_assert_cmpint (aemp_node_is_up (rain, "rain"), ==, AEMP_NODE_UP);
}

static void
test_guard (void)
{
  g_test_summary ("A dropped guard never fires, and what it holds is given back.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  {
    g_auto (AempGuard) guard
        = { rain, aemp_mon (rain, port, town_hear, town_ear (town, "no"), NULL) };
    AempMonitor late = aemp_mon (rain, port, town_hear, town_ear (town, "neither"), NULL);
    town_run (town, SECOND);
    aemp_unmon (rain, late);
    aemp_unmon (rain, late);
  }
  aemp_kil (rain, port, "s", "dead");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "");
  g_assert_cmpuint (town_told (town, "mon_dropped"), ==, 2);
}

static void
set_flag (void *flag)
{
  *(bool *) flag = true;
}

static void
test_mon_guard (void)
{
  g_test_summary ("mon_guard keeps what it is given until the port dies.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  bool given_back = false;
  aemp_mon_guard (rain, port, &given_back, set_flag);
  town_run (town, SECOND);
  g_assert_false (given_back);
  aemp_kil (rain, port, "");
  town_run (town, SECOND);
  g_assert_true (given_back);
}

static void
test_links (void)
{
  g_test_summary ("A linked port dies of the same reason, but not of a normal death; a message "
                  "on death is sent whatever the reason.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *ill = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  g_autofree char *well = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  g_autofree char *ear = g_strdup (aemp_port (rain, town_hear, town_ear (town, "told"), NULL));
  g_autofree char *first = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  g_autofree char *second = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  aemp_mon_kil (rain, ill, first);
  aemp_mon_kil (rain, well, second);
  aemp_mon_snd (rain, ill, ear, "s", "ill");
  aemp_mon_snd (rain, well, ear, "s", "well");
  aemp_mon (rain, first, town_hear, town_ear (town, "first"), NULL);
  aemp_mon (rain, second, town_hear, town_ear (town, "second"), NULL);
  aemp_kil (rain, ill, "s", "flu");
  aemp_kil (rain, well, "");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "told: \"ill\",\"flu\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "told: \"well\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "first: \"flu\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "second"), ==, 0);
}

static void
unmon_the_others (AempNode *node, const AempList *reason, void *user_data)
{
  AempMonitor *monitors = user_data;
  for (int i = 0; i < 3; i++)
    aemp_unmon (node, monitors[i]);
}

static void
test_unmon_while_firing (void)
{
  g_test_summary ("A callback that stops all monitors of the dying port, its own included: the "
                  "others do not fire.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  AempMonitor monitors[3];
  monitors[0] = aemp_mon (rain, port, unmon_the_others, monitors, NULL);
  monitors[1] = aemp_mon (rain, port, town_hear, town_ear (town, "no"), NULL);
  monitors[2] = aemp_mon (rain, port, town_hear, town_ear (town, "no"), NULL);
  town_run (town, SECOND);
  aemp_kil (rain, port, "s", "dead");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "");
}

static void
echo_init (AempNode *node, const AempList *arguments, void *user_data)
{
  Story *story = user_data;
  g_assert_nonnull (aemp_self (node));
  note (story->town, "init");
  aemp_rcv (node, aemp_self (node), NULL, town_hear, story->ear, NULL);
}

static void
broken_init (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_die (node, "cannot begin");
}

static void
test_spawn (void)
{
  g_test_summary ("Local spawn: nothing happens before it returns, the port sees what is sent "
                  "right after it.  A function that fails or does not exist kills the port.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  Story story = { town, town_ear (town, "spawned"), NULL };
  aemp_service (rain, "test::echo", echo_init, &story);
  aemp_service (rain, "test::broken", broken_init, NULL);
  g_autofree char *port = aemp_spawn (rain, "rain", "test::echo", "");
  note (town, "returned");
  aemp_snd (rain, port, "s", "hello");
  g_autofree char *broken = aemp_spawn (rain, "rain", "test::broken", "");
  aemp_mon (rain, broken, town_hear, town_ear (town, "broken"), NULL);
  g_autofree char *none = aemp_spawn (rain, "rain", "no::such", "");
  aemp_mon (rain, none, town_hear, town_ear (town, "none"), NULL);
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==,
                   "returned\ninit\nspawned: \"hello\"\nbroken: \"die\",\"cannot begin\"\n"
                   "none: \"die\",\"no such function: no::such\"\n");
}

static void
pong (AempNode *node, const AempList *message, void *user_data)
{
  Story *story = user_data;
  int64_t left;
  g_assert_true (aemp_value_get_integer (aemp_list_get (message, 1), &left));
  if (left > 0)
    aemp_snd (node, story->port, "si", "ping", left - 1);
  else
    note (story->town, "done");
}

static void
test_no_recursion (void)
{
  g_test_summary ("Two local ports pass a ball 100,000 times: nothing nests, and other things "
                  "of the node still get their turn.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  Story one = { town, NULL, NULL };
  Story two = { town, NULL, NULL };
  two.port = g_strdup (aemp_port (rain, pong, &one, NULL));
  one.port = g_strdup (aemp_port (rain, pong, &two, NULL));
  aemp_snd (rain, one.port, "si", "ping", (int64_t) 100000);
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "done\n");
  g_assert_true (town->tracer.marks & (1u << AEMP_MARK_LOCAL_QUEUE_LONG));
  g_free (one.port);
  g_free (two.port);
}

static void
replace_own_callback (AempNode *node, const AempList *message, void *user_data)
{
  Story *story = user_data;
  aemp_rcv (node, aemp_self (node), NULL, town_hear, story->ear, NULL);
  note (story->town, "still here");
}

static void
free_story (void *memory)
{
  memset (memory, 0, sizeof (Story));
  g_free (memory);
}

static void
test_replace_running_callback (void)
{
  g_test_summary ("A callback replaces itself while it runs: its data lives until it returned.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  Story *story = g_new0 (Story, 1);
  *story = (Story){ town, town_ear (town, "new"), NULL };
  g_autofree char *port = g_strdup (aemp_port (rain, replace_own_callback, story, free_story));
  aemp_snd (rain, port, "s", "one");
  aemp_snd (rain, port, "s", "two");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "still here\nnew: \"two\"\n");
}

static void
hear_self (AempNode *node, const AempList *message, void *user_data)
{
  Story *story = user_data;
  g_assert_cmpstr (aemp_self (node), ==, story->port);
  note (story->town, "in context");
  if (message->count > 0)
    aemp_die (node, "of it");
}

static void
test_context (void)
{
  g_test_summary ("peval and psub run in the context of a port, whose errors kill it; a psub of "
                  "a dead port does nothing.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  Story story = { town, NULL, g_strdup (aemp_port (rain, NULL, NULL, NULL)) };
  aemp_mon (rain, story.port, town_hear, town_ear (town, "died"), NULL);
  g_assert_null (aemp_self (rain));
  aemp_peval (rain, story.port, hear_self, &story);
  g_assert_cmpstr (town->heard->str, ==, "in context\n");
  g_assert_null (aemp_self (rain));
  g_autoptr (AempPsub) outside = aemp_psub (rain, town_hear, town_ear (town, "free"), NULL);
  aemp_psub_call (outside, "I", 1);
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "free: 1"), ==, 1);
  g_free (story.port);
}

typedef struct
{
  Story *story;
  AempPsub *psub;
} Bound;

static void
bind_here (AempNode *node, const AempList *message, void *user_data)
{
  Bound *bound = user_data;
  bound->psub = aemp_psub (node, hear_self, bound->story, NULL);
}

static void
test_psub (void)
{
  g_test_summary ("A psub made in a port's context runs there, and an error in it kills that "
                  "port; afterwards it does nothing.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  Story story = { town, NULL, g_strdup (aemp_port (rain, NULL, NULL, NULL)) };
  Bound bound = { &story, NULL };
  aemp_mon (rain, story.port, town_hear, town_ear (town, "died"), NULL);
  aemp_peval (rain, story.port, bind_here, &bound);
  aemp_psub_call (bound.psub, "s", "die");
  town_run (town, SECOND);
  aemp_psub_call (bound.psub, "s", "die again");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "in context\ndied: \"die\",\"of it\"\n");
  aemp_psub_free (bound.psub);
  g_free (story.port);
}

static void
answer_last (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *reply
      = aemp_value_dup_text (aemp_list_get (message, message->count - 1), NULL);
  aemp_snd (node, reply, "s", "answer");
  aemp_snd (node, reply, "s", "twice");
}

static void
test_call (void)
{
  g_test_summary ("A call is answered once, by the first reply; by nothing after the timeout; by "
                  "nothing when the port dies; and never a second time when it dies later.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, answer_last, NULL, NULL));
  g_autofree char *deaf = g_strdup (aemp_port (rain, town_hear, town_ear (town, "deaf"), NULL));
  aemp_cal (rain, port, AEMP_NO_TIMEOUT, town_hear, town_ear (town, "one"), NULL, "s", "ask");
  aemp_cal (rain, port, 2 * SECOND, town_hear, town_ear (town, "two"), NULL, "s", "ask");
  aemp_cal (rain, deaf, 3 * SECOND, town_hear, town_ear (town, "late"), NULL, "s", "ask");
  aemp_cal (rain, deaf, AEMP_NO_TIMEOUT, town_hear, town_ear (town, "dead"), NULL, "s", "ask");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "one: \"answer\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "two: \"answer\"\n"), ==, 1);
  aemp_kil (rain, port, "s", "x");
  town_run (town, 5 * SECOND);
  aemp_kil (rain, deaf, "s", "y");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "one: "), ==, 1);
  g_assert_cmpuint (town_heard (town, "two: "), ==, 1);
  g_assert_cmpuint (town_heard (town, "late: \n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "dead: \n"), ==, 1);
}

static void
test_after (void)
{
  g_test_summary ("after sends a message or calls back at its time.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, town_hear, town_ear (town, "got"), NULL));
  aemp_after_snd (rain, 2 * SECOND, port, "s", "late");
  aemp_after (rain, SECOND, town_hear, town_ear (town, "called"), NULL);
  town_run (town, SECOND / 2);
  g_assert_cmpstr (town->heard->str, ==, "");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "called: \n");
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "called: \ngot: \"late\"\n");
}

static void
mon_kil_outside (AempNode *node, const AempList *arguments, void *user_data)
{
  g_assert_null (aemp_self (node));
  g_assert_cmpuint (aemp_mon_kil (node, user_data, NULL), ==, 0);
}

static void
test_mistake_outside (void)
{
  g_test_summary ("A mistake outside of all ports kills nobody, but the trace tells of it.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  aemp_service (rain, "test::outside", mon_kil_outside, port);
  aemp_snd_to_func (rain, "rain", "test::outside", "");
  town_run (town, SECOND);
  g_assert_cmpuint (town_told (town, "mon: there is no port to kill here"), ==, 1);
  g_assert_cmpuint (town_told (town, "port_dead"), ==, 0);
}

static void
count (void *counter)
{
  ++*(unsigned *) counter;
}

static void
test_left_behind (void)
{
  g_test_summary ("A node that ends gives everything back, also what it did not come round to "
                  "and monitors that never fire.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, NULL, NULL, NULL));
  unsigned given_back = 0;
  aemp_mon (rain, "rain", town_hear, &given_back, count);
  aemp_mon_nodes (rain, town_hear, &given_back, count);
  town_run (town, SECOND);
  aemp_mon (rain, port, town_hear, &given_back, count);
  aemp_snd (rain, port, "s", "never taken");
  g_assert_cmpuint (given_back, ==, 0);
  town_kill (town, "rain");
  g_assert_cmpuint (given_back, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ports/order", test_order);
  g_test_add_func ("/ports/tags", test_tags);
  g_test_add_func ("/ports/unhandled", test_unhandled);
  g_test_add_func ("/ports/error", test_error);
  g_test_add_func ("/ports/kill", test_kill);
  g_test_add_func ("/ports/kill-node-port", test_kill_node_port);
  g_test_add_func ("/ports/guard", test_guard);
  g_test_add_func ("/ports/mon-guard", test_mon_guard);
  g_test_add_func ("/ports/links", test_links);
  g_test_add_func ("/ports/unmon-while-firing", test_unmon_while_firing);
  g_test_add_func ("/ports/spawn", test_spawn);
  g_test_add_func ("/ports/no-recursion", test_no_recursion);
  g_test_add_func ("/ports/replace-running-callback", test_replace_running_callback);
  g_test_add_func ("/ports/context", test_context);
  g_test_add_func ("/ports/psub", test_psub);
  g_test_add_func ("/ports/call", test_call);
  g_test_add_func ("/ports/after", test_after);
  g_test_add_func ("/ports/mistake-outside", test_mistake_outside);
  g_test_add_func ("/ports/left-behind", test_left_behind);
  return g_test_run ();
}
