/* tests/unit/test-heal.c - networks of several global nodes form, lose nodes, and heal. */

#include "town.h"

#include <string.h>

#define BIRCH "birch"
#define MAPLE "maple"

/* Is the family the same on this node, as its program sees it? */
static void
ask (Town *town, const char *name, const char *family, const char *wanted)
{
  g_autofree char *label = g_strconcat (name, " of ", family, NULL);
  g_autofree char *line = g_strconcat (label, ": ", wanted, "\n", NULL);
  town_run (town, SECOND); /* what was set has arrived */
  aemp_db_family (town_node (town, name), family, town_hear, town_ear (town, label), NULL);
  town_run (town, SECOND);
  if (town_heard (town, line) != 1)
    g_test_message ("wanted %sheard %s", line, town->heard->str);
  g_assert_cmpuint (town_heard (town, line), ==, 1);
  g_string_truncate (town->heard, 0);
}

static void
set (Town *town, const char *name, const char *key, int64_t value)
{
  aemp_db_set (town_node (town, name), "f", key, "i", value);
}

static bool
is_up (Town *town, const char *node, const char *peer)
{
  return aemp_node_is_up (town_node (town, node), peer) == AEMP_NODE_UP;
}

static void
test_mesh (void)
{
  g_test_summary ("Three global nodes know one of them as their seed.  All find each other, and stay "
                  "connected when that one is gone; a slave of it does not find another master.");
  g_autoptr (Town) town = town_new (1, "ash", BIRCH, MAPLE, NULL);
  town_set (town, "global", "yes");
  town_run (town, 5 * SECOND);
  g_assert_true (is_up (town, BIRCH, MAPLE));
  g_assert_cmpuint (town_told (town, " master "), ==, 0);
  set (town, BIRCH, "k", 2);
  set (town, MAPLE, "k", 3);
  set (town, "ash", "a", 1);
  ask (town, "ash", "f", "{\"a\":1,\"k\":2}");
  ask (town, MAPLE, "f", "{\"a\":1,\"k\":2}");
  town_kill (town, "ash");
  town_run (town, 5 * SECOND);
  ask (town, MAPLE, "f", "{\"k\":2}");
  ask (town, BIRCH, "f", "{\"k\":2}");
  town_restart (town, "ash");
  town_run (town, 40 * SECOND);
  ask (town, "ash", "f", "{\"k\":2}");
  ask (town, "ash", "'g", "{\"ash\":null,\"birch\":null,\"maple\":null}");
}

static void
test_cut_and_heal (void)
{
  g_test_summary ("Two global nodes that have each other as seeds are cut off for long; each side sees "
                  "what it can reach, and after the heal both see all.");
  g_autoptr (Town) town = town_new (2, "ash", BIRCH, NULL);
  town_set (town, "seeds", "ash:4040,birch:4040");
  town_set (town, "global", "yes");
  town_run (town, 5 * SECOND);
  set (town, "ash", "a", 1);
  set (town, BIRCH, "b", 2);
  ask (town, "ash", "f", "{\"a\":1,\"b\":2}");
  town_cut (town, "ash", BIRCH);
  set (town, "ash", "c", 3); /* so that TCP notices */
  set (town, BIRCH, "a", 4);
  town_run (town, 1200 * SECOND);
  ask (town, "ash", "f", "{\"a\":1,\"c\":3}");
  ask (town, BIRCH, "f", "{\"a\":4,\"b\":2}");
  town_heal (town, "ash", BIRCH);
  town_run (town, 60 * SECOND);
  ask (town, "ash", "f", "{\"a\":1,\"b\":2,\"c\":3}");
  ask (town, BIRCH, "f", "{\"a\":1,\"b\":2,\"c\":3}");
}

static void
test_new_master (void)
{
  g_test_summary ("A slave loses its master silently, and takes the other seed.  The old master does not "
                  "know, and its ID is lower; by its claim the new words of the slave count everywhere.");
  g_autoptr (Town) town = town_new (3, "ash", BIRCH, "slave", NULL);
  town_set (town, "seeds", "ash:4040,birch:4040");
  town_run (town, 5 * SECOND);
  g_assert_cmpuint (town_told (town, "slave master peer=ash"), ==, 1);
  set (town, "slave", "k", 1);
  ask (town, BIRCH, "f", "{\"k\":1}");
  town_cut (town, "ash", "slave");
  set (town, "slave", "k", 2);
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (town_told (town, "slave node_down peer=ash"), ==, 0);
  ask (town, "ash", "f", "{\"k\":1}");
  aemp_db_keys (town_node (town, "slave"), "f", town_hear, town_ear (town, "late"), NULL);
  town_run (town, 60 * SECOND);
  g_assert_cmpuint (town_heard (town, "late: [\"k\"]\n"), ==, 1);
  g_string_truncate (town->heard, 0);
  g_assert_cmpuint (town_told (town, "slave master peer=birch"), ==, 1);
  ask (town, "slave", "f", "{\"k\":2}");
  ask (town, BIRCH, "f", "{\"k\":2}");
  ask (town, "ash", "f", "{\"k\":2}");
}

static void
test_all_seeds_gone (void)
{
  g_test_summary ("The only seed is killed and comes back with nothing: its slaves tell it all again.");
  g_autoptr (Town) town = town_new (4, "ash", "ivy", "oak", NULL);
  town_run (town, 5 * SECOND);
  set (town, "ivy", "i", 1);
  set (town, "oak", "o", 2);
  town_run (town, SECOND);
  town_kill (town, "ash");
  set (town, "oak", "later", 3);
  town_run (town, 100 * SECOND);
  town_restart (town, "ash");
  town_run (town, 60 * SECOND);
  ask (town, "ivy", "f", "{\"i\":1,\"later\":3,\"o\":2}");
  town_kill (town, "oak");
  town_run (town, SECOND);
  ask (town, "ivy", "f", "{\"i\":1}");
}

static void
test_find (void)
{
  g_test_summary ("Slaves of different global nodes reach each other by their IDs.");
  g_autoptr (Town) town = town_new (5, "ash", BIRCH, "ivy", NULL);
  town_run (town, 2 * SECOND);
  town_run (town, 2 * SECOND);
  const char *port
      = aemp_port (town_node (town, "ivy"), town_hear, town_ear (town, "ivy"), NULL);
  aemp_snd (town_node (town, BIRCH), port, "s", "hello");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "ivy: \"hello\"\n"), ==, 1);
}

static void
test_big (void)
{
  g_test_summary ("A database that is larger than a message travels in pieces: to a master, between "
                  "global nodes, and to a slave that monitors it.");
  g_autoptr (Town) town = town_new (6, "ash", "ivy", "oak", NULL);
  town_set (town, "message_limit", "20000");
  town_run (town, 2 * SECOND);
  town_cut (town, "ash", "ivy");
  for (unsigned i = 0; i < 800; i++)
    {
      g_autofree char *key = g_strdup_printf ("some rather long key with the number %05u", i);
      set (town, "ivy", key, i);
    }
  town_run (town, SECOND);
  town_kill (town, "ash");
  town_heal (town, "ash", "ivy");
  town_restart (town, "ash");
  town_run (town, 100 * SECOND);
  g_auto (GStrv) merged = aemp_grp_get (town_node (town, "ash"), "f");
  g_assert_cmpuint (g_strv_length (merged), ==, 800);
  g_strfreev (aemp_grp_get (town_node (town, "oak"), "f"));
  town_run (town, 2 * SECOND);
  g_auto (GStrv) keys = aemp_grp_get (town_node (town, "oak"), "f");
  g_assert_cmpuint (g_strv_length (keys), ==, 800);
  town_restart (town, "ash");
  town_run (town, 100 * SECOND);
  g_auto (GStrv) again = aemp_grp_get (town_node (town, "oak"), "f");
  g_assert_cmpuint (g_strv_length (again), ==, 800);
  g_assert_cmpuint (town_told (town, "malformed"), ==, 0);
}

static void
test_one_name_for_all (void)
{
  g_test_summary ("All nodes have one seed, a name with the addresses of all three.  Each finds itself "
                  "among them and becomes global, and the others; two that are cut off from each other "
                  "find each other again.");
  g_autoptr (Town) town = town_new (7, "ash", BIRCH, MAPLE, NULL);
  town_set (town, "global", "no");
  town_set (town, "seeds", "ash--birch--maple:4040");
  town_run (town, 5 * SECOND);
  g_assert_cmpuint (town_told (town, " global\n"), ==, 3);
  g_assert_cmpuint (town_told (town, " seed ash--birch--maple:4040\n"), ==, 3);
  g_assert_true (is_up (town, BIRCH, MAPLE));
  set (town, MAPLE, "m", 1);
  ask (town, "ash", "f", "{\"m\":1}");
  town_cut (town, "ash", BIRCH);
  town_cut (town, "ash", MAPLE);
  set (town, "ash", "a", 1);
  set (town, BIRCH, "b", 1);
  town_run (town, 1200 * SECOND);
  g_assert_false (is_up (town, "ash", BIRCH));
  g_assert_false (is_up (town, "ash", MAPLE));
  town_heal (town, "ash", BIRCH);
  town_run (town, 60 * SECOND);
  g_assert_true (is_up (town, "ash", BIRCH));
  town_heal (town, "ash", MAPLE);
  town_run (town, 60 * SECOND);
  g_assert_true (is_up (town, "ash", MAPLE));
  ask (town, "ash", "f", "{\"a\":1,\"b\":1,\"m\":1}");
}

int
main (int count, char **texts)
{
  g_test_init (&count, &texts, NULL);
  g_test_add_func ("/heal/mesh", test_mesh);
  g_test_add_func ("/heal/cut-and-heal", test_cut_and_heal);
  g_test_add_func ("/heal/new-master", test_new_master);
  g_test_add_func ("/heal/all-seeds-gone", test_all_seeds_gone);
  g_test_add_func ("/heal/find", test_find);
  g_test_add_func ("/heal/big", test_big);
  g_test_add_func ("/heal/one-name-for-all", test_one_name_for_all);
  return g_test_run ();
}
