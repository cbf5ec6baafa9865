/* tests/unit/test-actors-notice.c - the built-in actors notice what is wrong. */

#include "stage.h"

#include <string.h>

#define SOON (5 * SECOND)

/* --- Flood and sink --------------------------------------------------------------------- */

/* Sends numbered messages of one byte: "1.2" is number 2 of epoch 1; with a `!` behind it, it
 * is another byte than it should be, with a `-` there is none. */
static void
send_numbered (Town *town, const char *sink, const char *messages)
{
  g_auto (GStrv) words = g_strsplit (messages, " ", 0);

  for (unsigned i = 0; words[i]; i++)
    {
      char *rest;
      uint64_t epoch = g_ascii_strtoull (words[i], &rest, 10);
      uint64_t number = g_ascii_strtoull (rest + 1, &rest, 10);
      char payload = (char)('a' + (epoch * 7 + number) % 26);

      if (*rest == '!')
        payload++;
      aemp_snd (town_node (town, "ruth"), sink, "sssuuIt", "number", "ruth.talk", "ruth#talk",
                epoch, number, 1, &payload, (size_t)(*rest == '-' ? 0 : 1));
    }
}

static void
test_sink_notices (void)
{
  g_test_summary ("A sink dies, and says why, of a message that came twice, after a hole, too "
                  "late, altered, or cut short; and of nothing else.");
  static const struct
  {
    const char *messages;
    const char *why; /* NULL: all is well */
  } stories[] = {
    { "1.1 1.2 1.3 2.1 4.1", NULL },
    { "1.1 1.2 1.2", "message 2 of epoch 1 came again, or overtaken" },
    { "1.1 1.2 1.4", "message 4 of epoch 1 came after a hole" },
    { "1.2", "message 2 of epoch 1 came after a hole" },
    { "1.1 2.2", "message 2 of epoch 2 came after a hole" },
    { "1.1 2.1 1.2", "message 2 of epoch 1 came of an earlier epoch" },
    { "1.1 1.2!", "message 2 of epoch 1 is altered" },
    { "1.1 1.2-", "message 2 of epoch 1 is altered" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (stories); i++)
    {
      g_autoptr (Town) town = stage_new (1);

      stage_act (town, "rain.sink", "sink", "{}");
      g_autofree char *sink = stage_port (town, "rain.sink");
      send_numbered (town, sink, stories[i].messages);
      town_run (town, SOON);
      g_assert_cmpuint (stage_noted (town, "rain.sink", "broken "), ==, stories[i].why ? 1 : 0);
      g_assert_cmpuint (town_told (town, "rain failure"), ==, stories[i].why ? 1 : 0);
      if (stories[i].why)
        g_assert_cmpuint (town_told (town, stories[i].why), >=, 1);
    }
}

static void
test_sink_nonsense (void)
{
  g_test_summary ("What is no numbered message at all is not taken for one.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.sink", "sink", "{}");
  g_autofree char *sink = stage_port (town, "rain.sink");
  aemp_snd (town_node (town, "rain"), sink, "ss", "number", "rain.talk");
  aemp_snd (town_node (town, "rain"), sink, "ss", "number", "rain.talk");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.sink", "broken a message came that is not numbered"),
                    ==, 1);

  stage_act (town, "rain.sink", "sink", "{}");
  g_autofree char *next = stage_port (town, "rain.sink");
  aemp_snd (town_node (town, "rain"), next, "s", "hello");
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "unhandled_message"), >=, 1);
}

/* A sink that says it got one message less than it is asked for. */
static void
count_one_less (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *reply_port = aemp_value_dup_text (aemp_list_get (message, 4), NULL);
  int64_t number = 0;

  g_assert_true (aemp_value_get_integer (aemp_list_get (message, 3), &number));
  aemp_snd (node, reply_port, "svi", "counted", aemp_list_get (message, 2), number - 1);
}

static void
test_flood_notices (void)
{
  g_test_summary ("A flood notices that messages are missing at its end though no loss was told.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *port = g_strdup (aemp_port (rain, town_hear, town_ear (town, "sink"), NULL));

  aemp_rcv (rain, port, "count", count_one_less, NULL, NULL);
  aemp_service (rain, "aemp::actor", stage_answer_with_port, port);
  stage_act (town, "ruth.talk", "flood", "{sssI}", "target", "rain.sink", "count", 5);
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "sink: \"number\","), ==, 5);
  g_assert_cmpuint (
      stage_noted (town, "ruth.talk", "broken the sink has 4 messages of 5, and no loss was told"),
      ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.talk", "done "), ==, 0);
}

/* --- Tour ------------------------------------------------------------------------------- */

static void
test_tour_notices (void)
{
  g_test_summary ("A tour goes well between two healthy nodes.  It notices when a node runs more "
                  "for others than it should.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.tour", "tour", "{ss}", "where", "ruth");
  stage_act (town, "ruth.tour", "tour", "{sssI}", "where", "rain", "is_secure", 1);
  town_run (town, 90 * SECOND);
  g_assert_cmpuint (stage_noted (town, "rain.tour", "done "), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.tour", "broken "), ==, 0);
  g_assert_cmpuint (stage_noted (town, "ruth.tour", "done "), ==, 0);
  g_assert_cmpuint (stage_noted (town, "ruth.tour", "broken asked: it should be  and is P[null]"),
                    ==, 1);
}

static void
test_tour_forgives_nothing (void)
{
  g_test_summary ("A tour that loses its connection is told what it does not expect, and says so.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.tour", "tour", "{ss}", "where", "ruth");
  for (int i = 0; i < 30; i++)
    {
      town_run (town, SECOND);
      stage_lose_connection (town);
    }
  g_assert_cmpuint (stage_noted (town, "rain.tour", "broken "), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.tour", "done "), ==, 0);
}

/* --- Ring ------------------------------------------------------------------------------- */

static void
test_ring_notices (void)
{
  g_test_summary ("The owner of a token notices one that comes home twice, one that took another "
                  "way, and one it never had.");
  static const struct
  {
    int number;
    int lap;
    int attempt;
    int hops;
    const char *why; /* NULL: all is well */
  } stories[] = {
    { 1, 2, 2, 1, NULL },
    { 1, 1, 1, 1, "token 1 came with lap 1, attempt 1 instead of 2, 2" },
    { 1, 2, 2, 2, "lap 2 of token 1 had 2 hops, the one before 1" },
    { 1, 3, 3, 1, "token 1 came with lap 3, attempt 3 instead of 2, 2" },
    { 2, 1, 1, 1, "token 2 was never started" },
    { 0, 1, 1, 1, "token 0 was never started" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (stories); i++)
    {
      g_autoptr (Town) town = stage_new (1);
      AempNode *rain = town_node (town, "rain");
      g_autofree char *next = g_strdup (aemp_port (rain, town_hear, town_ear (town, "next"), NULL));

      aemp_service (town_node (town, "ruth"), "aemp::actor", stage_answer_with_port, next);
      stage_act (town, "rain.ring", "ring", "{sssIsI}", "target", "ruth.ring", "tokens", 1, "laps",
                 5);
      town_run (town, SOON);
      g_autofree char *ring = stage_port (town, "rain.ring");
      aemp_snd (rain, ring, "sssIIII", "token", "rain.ring", ring, 1, 1, 1, 1);
      aemp_snd (rain, ring, "sssIIII", "token", "rain.ring", ring, stories[i].number,
                stories[i].lap, stories[i].attempt, stories[i].hops);
      town_run (town, SECOND);
      g_assert_cmpuint (stage_noted (town, "rain.ring", "lap 1 1"), ==, 1);
      g_assert_cmpuint (stage_noted (town, "rain.ring", "lap 2 1"), ==, stories[i].why ? 0 : 1);
      g_assert_cmpuint (stage_noted (town, "rain.ring", "broken "), ==, stories[i].why ? 1 : 0);
      if (stories[i].why)
        g_assert_cmpuint (town_told (town, stories[i].why), >=, 1);
    }
}

/* --- Chat ------------------------------------------------------------------------------- */

static void
test_chat_strangers (void)
{
  g_test_summary ("The server answers a speaker who is not in the room, takes a second join for "
                  "a new stay, and is not impressed by nonsense.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.room", "chat_server", "{}");
  stage_act (town, "ruth.ann", "chat_client", "{ssss}", "target", "rain.room", "nick", "Ann");
  town_run (town, SOON);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *room = stage_port (town, "rain.room");
  const char *ear = aemp_port (rain, town_hear, town_ear (town, "guest"), NULL);
  g_string_truncate (town->heard, 0);
  aemp_snd (rain, room, "sss", "say", ear, "anybody here?");
  aemp_snd (rain, room, "s", "join");
  aemp_snd (rain, room, "sss", "join", "Cid", "");
  aemp_snd (rain, room, "s[]", "say");
  aemp_snd (rain, room, "sn", "quit");
  aemp_snd (rain, room, "sss", "join", "Cid", ear);
  aemp_snd (rain, room, "sss", "join", "Cid", ear);
  aemp_snd (rain, room, "ss", "quit", ear);
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==,
                   "guest: \"unknown\"\nguest: \"welcome\",1\nguest: \"welcome\",1\n");
  g_assert_cmpuint (stage_noted (town, "rain.room", "joined Cid"), ==, 2);
  g_assert_cmpuint (stage_noted (town, "rain.room", "left Cid"), ==, 2);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "gone Cid"), ==, 2);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

/* --- Spawner ---------------------------------------------------------------------------- */

/* Children that end well without a word. */
static void
end_at_once (AempNode *node, const AempList *message, void *user_data)
{
  aemp_kil (node, aemp_self (node), "");
}

static void
start_lazy_child (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_rcv (node, aemp_self (node), NULL, end_at_once, NULL, NULL);
}

static void
test_spawner_notices (void)
{
  g_test_summary ("A child that ends well but never answered is noticed.");
  g_autoptr (Town) town = stage_new (1);

  aemp_service (town_node (town, "rain"), "aemp::child", start_lazy_child, NULL);
  stage_act (town, "ruth.spawner", "spawner", "{sssI}", "where", "rain", "count", 1);
  town_run (town, SOON);
  g_assert_cmpuint (
      stage_noted (town, "ruth.spawner", "broken child 1 ended well, but its answer is missing"),
      ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/actors-notice/tour", test_tour_notices);
  g_test_add_func ("/actors-notice/tour-forgives-nothing", test_tour_forgives_nothing);
  g_test_add_func ("/actors-notice/sink", test_sink_notices);
  g_test_add_func ("/actors-notice/sink-nonsense", test_sink_nonsense);
  g_test_add_func ("/actors-notice/flood", test_flood_notices);
  g_test_add_func ("/actors-notice/ring", test_ring_notices);
  g_test_add_func ("/actors-notice/chat-strangers", test_chat_strangers);
  g_test_add_func ("/actors-notice/spawner", test_spawner_notices);
  return g_test_run ();
}
