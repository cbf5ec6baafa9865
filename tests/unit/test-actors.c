/* tests/unit/test-actors.c - the built-in actors do what they say. */

#include "stage.h"

#include <string.h>

#define SOON (5 * SECOND)

/* --- Finding each other ----------------------------------------------------------------- */

static void
test_directory (void)
{
  g_test_summary ("A node tells everybody who asks which port an actor is, and that there is "
                  "none before it began and after it died.  Questions without sense stay "
                  "without an answer.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *ruth = town_node (town, "ruth");
  const char *ear = aemp_port (ruth, town_hear, town_ear (town, "ruth"), NULL);

  aemp_snd_to_func (ruth, "rain", "aemp::actor", "sssI", "rain.echo", ear, "before", 7);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "ruth: \"before\",7,null\n");

  stage_act (town, "rain.echo", "echo", "{}");
  g_autofree char *port = stage_port (town, "rain.echo");
  g_assert_true (g_str_has_prefix (port, "rain#"));
  g_string_truncate (town->heard, 0);
  aemp_snd (ruth, port, "sss", "are", "you it", ear);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "ruth: \"are\",\"you it\"\n");

  aemp_kil (ruth, port, "");
  aemp_snd_to_func (ruth, "rain", "aemp::actor", "sss", "rain.echo", ear, "after");
  aemp_snd_to_func (ruth, "rain", "aemp::actor", "");
  aemp_snd_to_func (ruth, "rain", "aemp::actor", "sI", "rain.echo", 4);
  aemp_snd_to_func (ruth, "rain", "aemp::actor", "[]s", ear);
  aemp_snd_to_func (ruth, "rain", "aemp::actor", "ss", "rain.echo", "");
  g_string_truncate (town->heard, 0);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "ruth: \"after\",null\n");
}

static void
test_patience (void)
{
  g_test_summary ("An actor looks for another one that comes much later, on a node that is not "
                  "there yet; and finds its successors after it died and after its node did.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "ruth.watch", "watch", "{ss}", "target", "rain.echo");
  town_kill (town, "rain");
  town_run (town, 20 * SECOND);
  town_restart (town, "rain");
  sim_actors_register (town_node (town, "rain"));
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "found "), ==, 0);

  stage_act (town, "rain.echo", "echo", "{}");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "found "), ==, 1);
  g_autofree char *first = stage_port (town, "rain.echo");
  aemp_kil (town_node (town, "rain"), first, "ss", "tired", "of it");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "told tired"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "found "), ==, 1);

  stage_act (town, "rain.echo", "echo", "{}");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "found "), ==, 2);
  g_autofree char *second = stage_port (town, "rain.echo");
  aemp_kil (town_node (town, "ruth"), second, "");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "told normal"), ==, 1);

  stage_act (town, "rain.echo", "echo", "{}");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "found "), ==, 3);
  town_restart (town, "rain");
  sim_actors_register (town_node (town, "rain"));
  stage_act (town, "rain.echo", "echo", "{}");
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "told transport_error"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "told "), ==, 3);
  g_assert_cmpuint (stage_noted (town, "ruth.watch", "found "), ==, 4);
}

/* --- Arguments -------------------------------------------------------------------------- */

static void
test_wrong_arguments (void)
{
  g_test_summary ("An actor with wrong arguments dies at once and says what is wrong; and nobody "
                  "becomes an actor by a request to the node port.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *rain = town_node (town, "rain");

  g_free (aemp_spawn (rain, "rain", "aemp::sink", ""));
  g_free (aemp_spawn (rain, "rain", "aemp::sink", "ss", "rain.y", "z"));
  stage_act (town, "rain.a", "flood", "{}");
  stage_act (town, "rain.b", "flood", "{ss}", "target", "ruth");
  stage_act (town, "rain.c", "flood", "{sssI}", "target", "ruth.sink", "every_us", 0);
  stage_act (town, "rain.d", "flood", "{ssss}", "target", "ruth.sink", "every_us", "now and then");
  stage_act (town, "rain.e", "flood", "{s[]}", "target");
  stage_act (town, "rain.f", "echo", "{ss}", "target", "ruth.sink");
  stage_act (town, "rain.g", "echo", "{}");
  stage_act (town, "rain.g", "sink", "{}");
  aemp_snd_to_func (town_node (town, "ruth"), "rain", "aemp::echo", "s{}", "rain.h");
  town_run (town, SOON);

  static const char *const complaints[] = {
    "an actor needs a name as its first argument",
    "rain.y: the second argument of an actor is a map of options",
    "rain.a: the option 'target' is missing",
    "rain.b: the target 'ruth' is no actor: NODE.NAME is expected",
    "rain.c: the option 'every_us' should be a number from 1 to ",
    "rain.d: the option 'every_us' should be a number from 1 to ",
    "rain.e: the option 'target' should be a text",
    "rain.f: it has no option \"target\"",
    "rain.g: an actor of this name is here already",
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (complaints); i++)
    g_assert_cmpuint (town_told (town, complaints[i]), ==, 1);
  g_assert_cmpuint (town_told (town, "rain failure"), ==, G_N_ELEMENTS (complaints));
  g_assert_cmpuint (town_told (town, "rain port_dead"), ==, G_N_ELEMENTS (complaints));

  g_autofree char *still_there = stage_port (town, "rain.g");
  g_assert_nonnull (still_there);
}

static AempValue
text_value (const char *text)
{
  return (AempValue){ .type = AEMP_TEXT, .length = (uint32_t)strlen (text), .as.string = text };
}

/* A fitting value for "TARGET:target", a word of the notation. */
static AempValue
example_value (const char *word)
{
  if (g_str_has_prefix (word, "TARGET:"))
    return text_value ("ruth.nobody");
  if (g_str_has_prefix (word, "TEXT:"))
    return text_value ("ruth");
  if (strstr (word, ":is_"))
    return (AempValue){ .type = AEMP_INTEGER, .as.integer = 1 };
  if (strcmp (word, "DURATION:every_us") == 0)
    return (AempValue){ .type = AEMP_INTEGER, .as.integer = 1000 * 1000 };
  return (AempValue){ .type = AEMP_INTEGER, .as.integer = 1000 };
}

static int
compare_keys (const void *one, const void *other)
{
  const char *const *a = one;
  const char *const *b = other;

  return strcmp (strchr (*a, ':'), strchr (*b, ':'));
}

/* Begins the actor with every option that "TARGET:target [every DURATION:every_us]" names,
 * and with `more`, if that is not NULL. */
static void
act_with_all_options (Town *town, const char *name, const ScenarioActorKind *kind, const char *more)
{
  g_auto (GStrv) words = g_strsplit_set (kind->parameters, " []", 0);
  g_autoptr (GPtrArray) options = g_ptr_array_new ();
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (AempValue));

  for (unsigned i = 0; words[i]; i++)
    if (strchr (words[i], ':'))
      g_ptr_array_add (options, words[i]);
  if (more)
    g_ptr_array_add (options, (char *)more);
  g_ptr_array_sort (options, compare_keys); /* as keys of maps are */
  for (unsigned i = 0; i < options->len; i++)
    {
      AempValue pair[2]
          = { text_value (strchr (options->pdata[i], ':') + 1), example_value (options->pdata[i]) };
      g_array_append_vals (pairs, pair, 2);
    }
  AempValue map = { .type = AEMP_MAP,
                    .length = options->len,
                    .as.items = (const AempValue *)(const void *)pairs->data };
  stage_act (town, name, kind->kind, "v", &map);
}

static void
test_kinds (void)
{
  g_test_summary ("What the language is told about the actors is true: every kind exists, and "
                  "takes the options it is said to take, and no others.");
  g_autoptr (Town) town = stage_new (1);
  unsigned kinds = 0;

  for (const ScenarioActorKind *kind = sim_actor_kinds; kind->kind; kind++, kinds++)
    {
      g_autofree char *name = g_strdup_printf ("rain.%s", kind->kind);
      g_autofree char *odd_name = g_strdup_printf ("rain.odd_%s", kind->kind);

      act_with_all_options (town, name, kind, NULL);
      act_with_all_options (town, odd_name, kind, "NUMBER:unheard_of");
      g_assert_nonnull (strchr (kind->help, '.'));
    }
  town_run (town, 1000);
  g_assert_cmpuint (kinds, ==, 21);
  g_assert_cmpuint (town_told (town, "it has no option \"unheard_of\""), ==, kinds);
  g_assert_cmpuint (town_told (town, "rain failure"), ==, kinds);
}

/* --- Hello, pingpong -------------------------------------------------------------------- */

static void
test_hello (void)
{
  g_test_summary ("Hello is heard once, by an actor on another node and by one on the same.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.echo", "echo", "{}");
  stage_act (town, "rain.hello", "hello", "{ss}", "target", "rain.echo");
  stage_act (town, "ruth.hello", "hello", "{ssss}", "target", "rain.echo", "text", "good day");
  town_run (town, SOON);
  stage_lose_connection (town);
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.hello", "heard hello"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.hello", "heard good day"), ==, 1);
}

static void
test_pingpong (void)
{
  g_test_summary ("The ball goes its number of times to the echo and back, also when the "
                  "connection is lost in between, and within a node without any depth.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.echo", "echo", "{}");
  stage_act (town, "rain.game", "pingpong", "{sssI}", "target", "rain.echo", "count", 20000);
  stage_act (town, "ruth.game", "pingpong", "{sssI}", "target", "rain.echo", "count", 1000);
  town_run (town, 3 * SECOND);
  g_assert_cmpuint (stage_noted (town, "rain.game", "done 20000"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.game", "done 1000"), ==, 0);
  stage_lose_connection (town);
  town_run (town, 30 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.game", "told transport_error"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.game", "done 1000"), ==, 1);
}

/* --- Flood and sink --------------------------------------------------------------------- */

static void
test_flood (void)
{
  g_test_summary ("Floods send all they should to a sink, here and elsewhere, also through the "
                  "loss of a connection, and the sink finds nothing wrong.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.sink", "sink", "{}");
  stage_act (town, "rain.talk", "flood", "{sssIsI}", "target", "rain.sink", "every_us", 1000,
             "count", 500);
  stage_act (town, "ruth.talk", "flood", "{sssIsIsIsI}", "target", "rain.sink", "every_us", 1000,
             "count", 10000, "size_bytes", 3000, "from_us", 2000000);
  town_run (town, 2 * SECOND);
  g_assert_cmpuint (stage_noted (town, "rain.talk", "done 500"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.sink", "got 100"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.sink", "got 1000"), ==, 0);
  town_run (town, 3 * SECOND);
  stage_lose_connection (town);
  town_run (town, 40 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.talk", "told transport_error"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.talk", "done 10000"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.sink", "got 1000"), ==, 1);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

static void
test_restarted_flood (void)
{
  g_test_summary ("A flood whose node was restarted begins at 1 again, under its old name, and "
                  "the sink knows it for a new one.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.sink", "sink", "{}");
  stage_act (town, "ruth.talk", "flood", "{ss}", "target", "rain.sink");
  town_run (town, SOON);
  town_restart (town, "ruth");
  sim_actors_register (town_node (town, "ruth"));
  stage_act (town, "ruth.talk", "flood", "{sssI}", "target", "rain.sink", "count", 100);
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.talk", "done 100"), ==, 1);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
}

/* A sink that never minds: it has what it is asked for. */
static void
count_as_told (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *reply_port = aemp_value_dup_text (aemp_list_get (message, 4), NULL);

  aemp_snd (node, reply_port, "svv", "counted", aemp_list_get (message, 2),
            aemp_list_get (message, 3));
}

static void
test_flood_asks_again (void)
{
  g_test_summary ("When the sink dies after the last message, a flood's question went with it, "
                  "and its successor is asked.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *first = g_strdup (aemp_port (rain, town_hear, town_ear (town, "first"), NULL));
  g_autofree char *second = g_strdup (aemp_port (rain, town_hear, town_ear (town, "second"), NULL));

  aemp_service (rain, "aemp::actor", stage_answer_with_port, first);
  stage_act (town, "ruth.talk", "flood", "{sssI}", "target", "rain.sink", "count", 5);
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "first: \"count\","), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.talk", "done "), ==, 0);

  aemp_rcv (rain, second, "count", count_as_told, NULL, NULL);
  aemp_service (rain, "aemp::actor", stage_answer_with_port, second);
  aemp_kil (rain, first, "");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.talk", "told normal"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.talk", "done 5"), ==, 1);
  g_assert_cmpuint (town_heard (town, "second: \"number\","), ==, 0);
}

/* --- Ring ------------------------------------------------------------------------------- */

static Town *
town_with_ring (int again_us)
{
  Town *town = town_new (3, "rain", "ruth", "tom", NULL);

  sim_actors_register (town_node (town, "rain"));
  sim_actors_register (town_node (town, "ruth"));
  sim_actors_register (town_node (town, "tom"));
  stage_act (town, "rain.ring", "ring", "{sssIsIsI}", "target", "ruth.ring", "tokens", 3, "laps",
             1000, "again_us", again_us);
  stage_act (town, "ruth.ring", "ring", "{ss}", "target", "tom.ring");
  stage_act (town, "tom.ring", "ring", "{sssI}", "target", "rain.ring", "tokens", 1);
  return town;
}

static void
test_ring (void)
{
  g_test_summary ("Tokens go round, each its number of laps; one of them is enough for an actor "
                  "that has one of its own lap only.");
  g_autoptr (Town) town = town_with_ring (10 * SECOND);

  town_run (town, 60 * SECOND);
  g_assert_cmpuint (stage_noted (town, "rain.ring", "lap "), ==, 3000);
  g_assert_cmpuint (stage_noted (town, "rain.ring", "lap 1000 2"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.ring", "done 3"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "tom.ring", "lap 1 1"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "tom.ring", "done 1"), ==, 1);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

static void
test_broken_ring (void)
{
  g_test_summary ("Tokens that were lost with a link in the circle, or with the process that had "
                  "them, are started again, and all laps are counted once.");
  g_autoptr (Town) town = town_with_ring (2 * SECOND);

  town_run (town, 3 * SECOND);
  sim_path_reset (town_host (town, "ruth"), town_host (town, "tom"));
  town_run (town, 4 * SECOND);
  town_restart (town, "ruth");
  sim_actors_register (town_node (town, "ruth"));
  stage_act (town, "ruth.ring", "ring", "{ss}", "target", "tom.ring");
  town_run (town, 120 * SECOND);
  g_assert_cmpuint (stage_noted (town, "rain.ring", "lap "), ==, 3000);
  g_assert_cmpuint (stage_noted (town, "rain.ring", "done 3"), ==, 1);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

static void
test_ring_patience (void)
{
  g_test_summary ("A token that does not come back is started again and again; one of others that "
                  "comes before the next in the circle is found, waits for that.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *next = g_strdup (aemp_port (rain, town_hear, town_ear (town, "next"), NULL));

  stage_act (town, "rain.ring", "ring", "{sssIsi}", "target", "ruth.ring", "tokens", 1, "again_us",
             2 * SECOND);
  town_run (town, SOON);
  g_autofree char *ring = stage_port (town, "rain.ring");
  aemp_snd (rain, ring, "sssIIII", "token", "tom.ring", "tom#ring", 1, 1, 1, 4);
  town_run (town, SOON);
  aemp_service (town_node (town, "ruth"), "aemp::actor", stage_answer_with_port, next);
  town_run (town, 12 * SECOND);
  g_assert_cmpuint (town_heard (town, "next: \"token\",\"tom.ring\",\"tom#ring\",1,1,1,5\n"), ==,
                    1);
  g_assert_cmpuint (town_heard (town, ",1,1,1,1\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, ",1,1,2,1\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, ",1,1,3,1\n"), ==, 1);
}

/* --- Chat ------------------------------------------------------------------------------- */

static Town *
town_with_chat (void)
{
  Town *town = stage_new (1);

  stage_act (town, "rain.room", "chat_server", "{}");
  stage_act (town, "ruth.ann", "chat_client", "{ssssss}", "target", "rain.room", "nick", "Ann",
             "say", "hi all");
  return town;
}

static void
test_chat (void)
{
  g_test_summary ("Who is in the room hears what the others say and who goes, and not what was "
                  "said before or by oneself.");
  g_autoptr (Town) town = town_with_chat ();

  town_run (town, SOON);
  stage_act (town, "ruth.bob", "chat_client", "{sssssssI}", "target", "rain.room", "nick", "Bob",
             "say", "hello", "stay_us", 20000000);
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.room", "joined Ann"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.room", "joined Bob"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "connected 0"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.bob", "connected 1"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "heard hello Bob"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "heard "), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.bob", "heard "), ==, 0);

  town_run (town, 20 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.bob", "quit"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.room", "left Bob"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "gone Bob"), ==, 1);
  g_assert_cmpuint (town_told (town, "rain mon_dropped"), ==, 1); /* he said so before he died */
}

static void
test_chat_losses (void)
{
  g_test_summary ("A lost connection ends the stay in the room for both sides, and the client "
                  "comes in again; so it does with a new server; a killed client has left.");
  g_autoptr (Town) town = town_with_chat ();

  town_run (town, SOON);
  stage_lose_connection (town);
  town_run (town, 10 * SECOND);
  g_assert_cmpuint (stage_noted (town, "rain.room", "left Ann"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "lost transport_error"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.room", "joined Ann"), ==, 2);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "connected 0"), ==, 2);

  town_restart (town, "rain");
  sim_actors_register (town_node (town, "rain"));
  stage_act (town, "rain.room", "chat_server", "{}");
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "lost transport_error"), ==, 2);
  g_assert_cmpuint (stage_noted (town, "ruth.ann", "connected 0"), ==, 3);

  g_autofree char *ann = stage_port (town, "ruth.ann");
  aemp_kil (town_node (town, "ruth"), ann, "s", "bored");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.room", "left Ann"), ==, 2);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

/* --- Spawner ---------------------------------------------------------------------------- */

static void
test_spawner (void)
{
  g_test_summary ("Every spawned port gets the work sent right after its spawn, answers, and ends "
                  "well, on the own node and elsewhere; a lost connection is told of those it "
                  "took.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "ruth.here", "spawner", "{sssIsI}", "where", "ruth", "every_us", 1000, "count",
             500);
  stage_act (town, "ruth.there", "spawner", "{sssIsI}", "where", "rain", "every_us", 1000, "count",
             5000);
  town_run (town, 3 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.here", "done 500"), ==, 1);
  g_assert_cmpuint (town_told (town, " told "), ==, 0);
  stage_lose_connection (town);
  town_run (town, 30 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "told transport_error "), >=, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "told transport_error "), <, 100);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "done 5000"), ==, 1);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/actors/directory", test_directory);
  g_test_add_func ("/actors/patience", test_patience);
  g_test_add_func ("/actors/wrong-arguments", test_wrong_arguments);
  g_test_add_func ("/actors/kinds", test_kinds);
  g_test_add_func ("/actors/hello", test_hello);
  g_test_add_func ("/actors/pingpong", test_pingpong);
  g_test_add_func ("/actors/flood", test_flood);
  g_test_add_func ("/actors/restarted-flood", test_restarted_flood);
  g_test_add_func ("/actors/flood-asks-again", test_flood_asks_again);
  g_test_add_func ("/actors/ring", test_ring);
  g_test_add_func ("/actors/broken-ring", test_broken_ring);
  g_test_add_func ("/actors/ring-patience", test_ring_patience);
  g_test_add_func ("/actors/chat", test_chat);
  g_test_add_func ("/actors/chat-losses", test_chat_losses);
  g_test_add_func ("/actors/spawner", test_spawner);
  return g_test_run ();
}
