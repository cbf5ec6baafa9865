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

int
main (int count, char **arguments)
{
  g_test_init (&count, &arguments, NULL);
  g_test_add_func ("/db/everywhere", test_everywhere);
  return g_test_run ();
}
