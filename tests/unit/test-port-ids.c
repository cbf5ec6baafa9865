/* tests/unit/test-port-ids.c - what is no port ID, and what no node takes. */

#include "sim/actors/actors.h"
#include "town.h"

#include <string.h>

/* `length` times `letter`, and what follows. */
static char *
long_id (char letter, size_t length, const char *more)
{
  g_autofree char *begin = g_strnfill (length, letter);
  return g_strconcat (begin, more, NULL);
}

static void
test_valid (void)
{
  g_test_summary (
      "A port ID is a node ID, perhaps with # and a name behind it; both may be as long "
      "as nodes and ports can be called.");
  static const char *const valid[] = { "rain", "rain#", "rain#x", "rain/1#a#b", "räin#☃" };
  static const char *const wrong[] = { "", "#", "#x", "ra;in", "rain\n#x", "\x7f", "\x01#x" };
  g_autofree char *longest = long_id ('n', 8192, "#");
  g_autofree char *too_long = long_id ('n', 8193, "#x");
  g_autofree char *name = long_id ('n', 4096, "");
  g_autofree char *with_name = g_strconcat ("rain#", name, NULL);
  g_autofree char *with_more = g_strconcat ("rain#", name, "n", NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (valid); i++)
    g_assert_true (aemp_port_id_is_valid (valid[i]));
  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (aemp_port_id_is_valid (wrong[i]));
  g_assert_true (aemp_port_id_is_valid (longest));
  g_assert_false (aemp_port_id_is_valid (too_long));
  g_assert_true (aemp_port_id_is_valid (with_name));
  g_assert_false (aemp_port_id_is_valid (with_more));
}

static void
note_destroyed (void *user_data)
{
  ++*(unsigned *)user_data;
}

static void
count_reply (AempNode *node, const AempList *message, void *user_data)
{
  g_assert_cmpuint (message->count, ==, 0);
  *(unsigned *)user_data += 100;
}

static void
call_nobody (AempNode *node, const AempList *message, void *user_data)
{
  aemp_cal (node, "#nobody", AEMP_NO_TIMEOUT, town_hear, user_data, NULL, "s", "ask");
}

static void
test_call (void)
{
  g_test_summary (
      "A call to what is no port ID is answered by the empty list: from the loop, soon, "
      "with a timeout or without one, once; and who called lives on.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  unsigned without = 0, with = 0;

  aemp_cal (rain, "", AEMP_NO_TIMEOUT, count_reply, &without, note_destroyed, "s", "ask");
  aemp_cal (rain, "no;node", 60 * SECOND, count_reply, &with, note_destroyed, "s", "ask");
  g_assert_cmpuint (without + with, ==, 0);
  town_run (town, SECOND);
  g_assert_cmpuint (without, ==, 101);
  g_assert_cmpuint (with, ==, 101);

  const char *port = aemp_port (rain, call_nobody, town_ear (town, "asked"), NULL);
  aemp_snd (rain, port, "s", "go");
  aemp_snd (rain, port, "s", "again");
  town_run (town, 2 * SECOND);
  g_assert_cmpstr (town->heard->str, ==, "asked: \nasked: \n");
  g_assert_cmpuint (town_told (town, "port_dead"), ==, 0);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

static void
test_memory (void)
{
  g_test_summary (
      "Node IDs that others think up may be long: the addresses that are remembered are "
      "limited in bytes, too, and forgotten nodes are unknown.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *begin = long_id ('n', 8000, "");

  town_run (town, SECOND);
  aemp_snd (rain, "short#x", "s", "hello");
  for (unsigned i = 0; i < 200; i++)
    {
      g_autofree char *id = g_strdup_printf ("%s%u#x", begin, i);
      aemp_snd (rain, id, "s", "hello");
      if (i == 50)
        {
          town_run (town, 60 * SECOND);
          g_assert_cmpint (aemp_node_is_up (rain, "short"), ==, AEMP_NODE_DOWN);
        }
    }
  town_run (town, 60 * SECOND);
  g_assert_cmpint (aemp_node_is_up (rain, "short"), ==, AEMP_NODE_UNKNOWN);
}

/* --- Depth --------------------------------------------------------------------------------- */

/* A message that is nested so deeply. */
static AempMessage *
nest (unsigned depth)
{
  AempMessage *message = aemp_message_new ("s", "core");
  while (--depth > 0)
    {
      g_autoptr (AempMessage) inner = message;
      AempList list = aemp_message_list (inner);
      message = aemp_message_new ("[@]", &list);
    }
  return message;
}

static void
send_back_wrapped (AempNode *node, const AempList *message, void *user_data)
{
  aemp_snd (node, user_data, "[@]", message);
}

static void
test_depth (void)
{
  g_test_summary ("A message as deep as nodes take goes to another node and back; one that is "
                  "wrapped once more is a mistake of who sends it, and the connection stays.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *rain = town_node (town, "rain"), *ruth = town_node (town, "ruth");
  town_run (town, 5 * SECOND);
  const char *ear = aemp_port (rain, town_hear, town_ear (town, "ear"), NULL);
  const char *wrapper = aemp_port (ruth, send_back_wrapped, (void *)ear, NULL);
  g_autoptr (AempMessage) fits = nest (AEMP_DEPTH_MAX - 1);
  g_autoptr (AempMessage) fills = nest (AEMP_DEPTH_MAX);
  AempList fitting = aemp_message_list (fits), filling = aemp_message_list (fills);

  aemp_snd_list (rain, wrapper, &fitting);
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "core"), ==, 1);
  aemp_mon (rain, wrapper, town_hear, town_ear (town, "died"), NULL);
  aemp_snd_list (rain, wrapper, &filling);
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "core"), ==, 1);
  g_assert_cmpuint (town_heard (town, "died: \"die\",\"a message is nested more than 512 deep"), ==,
                    1);
  g_assert_cmpuint (town_told (town, "link_down"), ==, 0);
}

static void
test_too_deep (void)
{
  g_test_summary ("Whatever is made of a message that is too deep, by whatever call: it does not "
                  "leave, nobody is called in vain, nothing dies of it that was not to blame.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *rain = town_node (town, "rain");
  town_run (town, 5 * SECOND);
  const char *ear = aemp_port (town_node (town, "ruth"), town_hear, town_ear (town, "ear"), NULL);
  g_autoptr (AempMessage) deep = nest (AEMP_DEPTH_MAX + 1);
  AempList list = aemp_message_list (deep);
  AempList bare = { .items = list.items, .count = list.count };

  aemp_snd_list (rain, ear, &list);
  aemp_snd_list (rain, ear, &bare);
  aemp_snd (rain, ear, "@", &list);
  aemp_snd (rain, ear, "{sv}", "key", &list.items[0]);
  aemp_kil_list (rain, ear, &list);
  aemp_after_snd (rain, 0, ear, "@", &list);
  g_assert_cmpuint (aemp_mon_snd (rain, ear, ear, "@", &list), ==, 0);
  aemp_snd_on (rain, "ruth", ear, "@", &list);
  aemp_snd_to_func (rain, "ruth", "a::b", "@", &list);
  g_free (aemp_spawn (rain, "ruth", "a::b", "@", &list));
  g_assert_cmpuint (town_told (town, "failure a message is nested"), ==, 10);
  aemp_cal (rain, ear, AEMP_NO_TIMEOUT, town_hear, town_ear (town, "call"), NULL, "@", &list);
  town_run (town, SECOND);
  g_assert_cmpstr (town->heard->str, ==, "call: \n");
  g_assert_cmpuint (town_told (town, "link_down"), ==, 0);
  g_assert_cmpuint (town_told (town, "port_dead"), ==, 0);
}

/* --- Actors --------------------------------------------------------------------------------- */

static void
test_actors (void)
{
  g_test_summary (
      "Somebody asks the built-in actors and has the answer sent to what is no port ID: "
      "that is not answered, and nobody dies of it.");
  static const char *const wrong[] = { "", "#x", "a;b#x", "a\nb", "#" };
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  AempNode *rain = town_node (town, "rain"), *ruth = town_node (town, "ruth");
  g_autoptr (GPtrArray) ports = g_ptr_array_new_with_free_func (g_free);
  sim_actors_register (rain);
  g_ptr_array_add (ports, aemp_spawn (rain, "rain", "aemp::echo", "s{}", "rain.echo"));
  g_ptr_array_add (ports, aemp_spawn (rain, "rain", "aemp::chat_server", "s{}", "rain.room"));
  g_ptr_array_add (ports, aemp_spawn (rain, "rain", "aemp::sink", "s{}", "rain.sink"));
  town_run (town, 5 * SECOND);
  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      aemp_snd (ruth, ports->pdata[0], "ss", "hello", wrong[i]);
      aemp_snd (ruth, ports->pdata[1], "sss", "join", "stranger", wrong[i]);
      aemp_snd (ruth, ports->pdata[1], "sss", "say", wrong[i], "hello");
      aemp_snd (ruth, ports->pdata[2], "sssIIs", "count", "x", "ruth#x", 1, 0, wrong[i]);
      aemp_snd_to_func (ruth, "rain", "aemp::actor", "sss", "rain.echo", wrong[i], "it is");
      aemp_snd_to_func (ruth, "rain", "snd", "ss", wrong[i], "hello");
      aemp_snd_to_func (ruth, "rain", "time", "s", wrong[i]);
    }
  town_run (town, 5 * SECOND);
  g_assert_cmpuint (town_told (town, "port_dead"), ==, 0);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port-ids/valid", test_valid);
  g_test_add_func ("/port-ids/call", test_call);
  g_test_add_func ("/port-ids/memory", test_memory);
  g_test_add_func ("/port-ids/depth", test_depth);
  g_test_add_func ("/port-ids/too-deep", test_too_deep);
  g_test_add_func ("/port-ids/actors", test_actors);
  return g_test_run ();
}
