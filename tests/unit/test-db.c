/* tests/unit/test-db.c - the database, as programs see it: sets, queries, monitors, groups. */

#include "town.h"

#include <string.h>

#define NODE(town, name) town_node (town, name)

static void
note_keys (GString *out, const char *what, const AempList *keys)
{
  g_autofree char *text = aemp_list_to_text (keys, 0);
  if (keys->count > 0)
    g_string_append_printf (out, " %s %s", what, text);
}

static void
append_contents (GString *out, const AempFamily *family)
{
  AempFamilyWalk walk = { 0 };
  while (aemp_family_next (family, &walk))
    {
      g_autofree char *value = aemp_value_to_text (walk.value, 0);
      g_string_append_printf (out, " %s=%s", walk.key->text, value);
    }
}

typedef struct
{
  GString *out;
  const char *label;
} Reader;

/* "rain: + ["a"] ~ ["b"] - ["c"] | a=1 b=2\n" */
static void
told (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  const Reader *reader = user_data;
  g_string_append_printf (reader->out, "%s:", reader->label);
  note_keys (reader->out, "+", &news->added);
  note_keys (reader->out, "~", &news->changed);
  note_keys (reader->out, "-", &news->deleted);
  g_string_append (reader->out, " |");
  append_contents (reader->out, news->family);
  g_string_append_c (reader->out, '\n');
}

static AempMonitor
watch (Town *town, const char *name, const char *family)
{
  Reader *reader = g_new (Reader, 1);
  *reader = (Reader){ town->heard, name };
  return aemp_db_mon (NODE (town, name), family, told, reader, g_free);
}

static void
assert_heard (Town *town, const char *wanted)
{
  g_assert_cmpstr (town->heard->str, ==, wanted);
  g_string_truncate (town->heard, 0);
}

static void
test_everywhere (void)
{
  g_test_summary ("A slave sets a key.  Its master, another slave, and the slave itself see the same, "
                  "and again when it is changed and deleted.");

  g_autoptr (Town) town = town_new (1, "sea", "rain", "ruth", NULL);
  town_run (town, SECOND);
  watch (town, "sea", "fruit");
  watch (town, "rain", "fruit");
  watch (town, "ruth", "fruit");
  town_run (town, SECOND);
  assert_heard (town, "sea: |\nrain: |\nruth: |\n");

  aemp_db_set (NODE (town, "rain"), "fruit", "apple", "s", "red");
  aemp_db_set (NODE (town, "rain"), "fruit", "pear", "");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "sea: + \"apple\" | apple=\"red\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "ruth: + \"pear\" | apple=\"red\" pear=null\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "rain: + \"pear\" | apple=\"red\" pear=null\n"), ==, 1);
  g_string_truncate (town->heard, 0);

  aemp_db_set (NODE (town, "rain"), "fruit", "apple", "s", "green");
  aemp_db_del (NODE (town, "rain"), "fruit", "pear");
  aemp_db_set (NODE (town, "rain"), "fruit", "apple", "s", "green");
  aemp_db_del (NODE (town, "rain"), "fruit", "none");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "ruth: ~ \"apple\" | apple=\"green\" pear=null\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "ruth: - \"pear\" | apple=\"green\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "ruth:"), ==, 2);
}

static void
test_settings (void)
{
  g_test_summary ("A setting is taken back by its number, unless the key was set again or deleted "
                  "since; equal values and absent keys are no news.");
  g_autoptr (Town) town = town_new (2, "sea", NULL);
  AempNode *sea = NODE (town, "sea");
  town_run (town, SECOND);
  watch (town, "sea", "f");
  AempSetting first = aemp_db_set (sea, "f", "k", "i", (int64_t) 1);
  town_run (town, SECOND);
  assert_heard (town, "sea: |\nsea: + \"k\" | k=1\n");
  AempSetting second = aemp_db_set (sea, "f", "k", "i", (int64_t) 1);
  g_assert_cmpuint (second, !=, first);
  aemp_db_unset (sea, first);
  aemp_db_del (sea, "f", "none");
  aemp_db_del (sea, "none", "k");
  aemp_db_unset (sea, 77);
  aemp_db_unset (sea, 0);
  town_run (town, SECOND);
  assert_heard (town, "");
  aemp_db_unset (sea, second);
  town_run (town, SECOND);
  assert_heard (town, "sea: - \"k\" |\n");
  {
    g_auto (AempSettingGuard) guard = { sea, aemp_db_set (sea, "f", "x", "s", "y") };
    town_run (town, SECOND);
    assert_heard (town, "sea: + \"x\" | x=\"y\"\n");
  }
  town_run (town, SECOND);
  assert_heard (town, "sea: - \"x\" |\n");
  g_assert_cmpuint (town_told (town, "sea db_set port=f other=k"), ==, 2);
  g_assert_cmpuint (town_told (town, "sea db_delete port=f other=k"), ==, 1);
  aemp_db_set (sea, "'l", "sea", "[s]", "nowhere:1");
  aemp_db_del (sea, "'g", "sea");
  town_run (town, SECOND);
  g_assert_cmpuint (town_told (town, "sea failure"), ==, 2);
}

static void
test_registered (void)
{
  g_test_summary ("A registered port leaves the group when it dies, wherever one looks; one that is "
                  "dead is not registered, and one of another node is not ours to register.");
  g_autoptr (Town) town = town_new (3, "sea", "rain", NULL);
  AempNode *rain = NODE (town, "rain");
  town_run (town, SECOND);
  g_autofree char *one = g_strdup (aemp_port (rain, town_hear, town_ear (town, "one"), NULL));
  g_autofree char *two = g_strdup (aemp_port (rain, town_hear, town_ear (town, "two"), NULL));
  aemp_grp_reg (rain, "workers", one);
  aemp_db_reg (rain, "workers", two, "s", "fast");
  g_strfreev (aemp_grp_get (rain, "workers"));
  town_run (town, SECOND);
  g_auto (GStrv) both = aemp_grp_get (rain, "workers");
  g_auto (GStrv) at_sea = aemp_grp_get (NODE (town, "sea"), "workers");
  g_assert_cmpuint (g_strv_length (both), ==, 2);
  g_assert_cmpuint (g_strv_length (at_sea), ==, 2);
  aemp_kil (rain, one, "s", "enough");
  aemp_grp_reg (rain, "workers", one);
  town_run (town, SECOND);
  g_auto (GStrv) left = aemp_grp_get (rain, "workers");
  g_assert_cmpuint (g_strv_length (left), ==, 1);
  g_assert_cmpstr (left[0], ==, two);
  g_assert_cmpuint (aemp_db_reg (rain, "workers", "sea#port", "n"), ==, 0);
  g_assert_cmpuint (aemp_db_reg (rain, "workers", "rain", "n"), ==, 0);
  town_kill (town, "rain");
  town_run (town, SECOND);
  g_auto (GStrv) none = aemp_grp_get (NODE (town, "sea"), "workers");
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

static void
stop_all (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  uint64_t *monitors = user_data;
  monitors[2]++;
  if (news->added.count + news->deleted.count > 0)
    for (unsigned i = 0; i < 2; i++)
      aemp_unmon (node, monitors[i]);
  aemp_db_set (node, "f", "from inside", "i", (int64_t) monitors[2]);
}

static void
count_free (void *user_data)
{
  ++*(unsigned *) user_data;
}

static void
never (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  g_assert_not_reached ();
}

static void
count_told (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  ((unsigned *) user_data)[1]++;
}

static void
watch_as_self (AempNode *node, const AempList *nothing, void *user_data)
{
  aemp_db_mon (node, "f", count_told, user_data, count_free);
}

static void
test_monitors (void)
{
  g_test_summary ("A monitor belongs to the port it was set by, and is gone with it.  Callbacks stop "
                  "monitors, their own too, and set keys, which takes effect afterwards.");
  g_autoptr (Town) town = town_new (4, "sea", NULL);
  AempNode *sea = NODE (town, "sea");
  town_run (town, SECOND);
  unsigned counts[2] = { 0 }; /* freed, told */
  uint64_t monitors[3] = { 0 };
  g_autofree char *port = g_strdup (aemp_port (sea, town_hear, town_ear (town, "port"), NULL));
  aemp_peval (sea, port, watch_as_self, counts);
  aemp_kil (sea, port, "");
  monitors[0] = aemp_db_mon (sea, "f", stop_all, monitors, NULL);
  monitors[1] = aemp_db_mon (sea, "f", never, counts, count_free);
  aemp_unmon (sea, monitors[1]);
  monitors[1] = aemp_db_mon (sea, "f", stop_all, monitors, NULL);
  town_run (town, SECOND);
  g_assert_cmpuint (counts[0], ==, 2);
  aemp_db_set (sea, "f", "k", "n");
  town_run (town, SECOND);
  g_assert_cmpuint (counts[1], ==, 1); /* before the port's death */
  g_assert_cmpuint (town_told (town, "sea db_dropped"), ==, 4);
  g_assert_cmpuint (monitors[2], ==, 3);
  watch (town, "sea", "f");
  town_run (town, SECOND);
  assert_heard (town, "sea: + \"from inside\",\"k\" | from inside=3 k=null\n");
}

static void
test_before_anybody (void)
{
  g_test_summary ("What is set, asked and monitored before there is a master waits for one.");
  g_autoptr (Town) town = town_new (5, "sea", "rain", NULL);
  town_kill (town, "sea");
  AempNode *rain = NODE (town, "rain");
  aemp_db_set (rain, "f", "k", "i", (int64_t) 1);
  aemp_db_values (rain, "f", town_hear, town_ear (town, "values"), NULL);
  watch (town, "rain", "f");
  town_run (town, 10 * SECOND);
  assert_heard (town, "");
  town_restart (town, "sea");
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (town_heard (town, "rain: + \"k\" | k=1\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "values: [1]\n"), ==, 1);
}

int
main (int count, char **arguments)
{
  g_test_init (&count, &arguments, NULL);
  g_test_add_func ("/db/everywhere", test_everywhere);
  g_test_add_func ("/db/settings", test_settings);
  g_test_add_func ("/db/registered", test_registered);
  g_test_add_func ("/db/monitors", test_monitors);
  g_test_add_func ("/db/before-anybody", test_before_anybody);
  return g_test_run ();
}
