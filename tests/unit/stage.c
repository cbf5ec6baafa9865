/* tests/unit/stage.c - built-in actors in a town, for stories about them. */

#include "stage.h"

#include <string.h>

static GHashTable *kinds; /* the name of an actor to its ScenarioActorKind */

static const ScenarioActorKind *
kind_of (const char *name)
{
  const ScenarioActorKind *kind = sim_actor_kinds;

  while (kind->kind && strcmp (kind->kind, name) != 0)
    kind++;
  return kind->kind ? kind : NULL;
}

/* What is told in this line of the town's story is told to the language, too. */
static void
assert_declared (const char *line)
{
  const char *name = strstr (line, " other=");
  g_auto (GStrv) words = name ? g_strsplit (name + strlen (" other="), " ", 3) : NULL;
  const ScenarioActorKind *kind = words ? g_hash_table_lookup (kinds, words[0]) : NULL;

  if (kind && words[1] && !scenario_kind_remarks (kind, words[1]))
    g_error ("%s is not among the remarks that sim/actors/kinds.c tells of %s", words[1],
             kind->kind);
}

static void
assert_all_declared (Town *town)
{
  for (const char *at = town->story->str; (at = strstr (at, " note ")); at++)
    {
      g_autofree char *line = g_strndup (at, strcspn (at, "\n"));
      assert_declared (line);
    }
}

Town *
stage_new (uint64_t seed)
{
  Town *town = town_new (seed, "rain", "ruth", NULL);

  g_clear_pointer (&kinds, g_hash_table_unref);
  kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sim_actors_register (town_node (town, "rain"));
  sim_actors_register (town_node (town, "ruth"));
  return town;
}

void
stage_act (Town *town, const char *name, const char *kind, const char *format, ...)
{
  g_autofree char *where = g_strndup (name, strcspn (name, "."));
  g_autofree char *function = g_strconcat ("aemp::", kind, NULL);
  va_list arguments;

  g_hash_table_insert (kinds, g_strdup (name), (void *)kind_of (kind));
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList options = aemp_message_list (message);
  g_free (aemp_spawn (town_node (town, where), where, function, "s@", name, &options));
}

unsigned
stage_noted (Town *town, const char *actor, const char *remark)
{
  bool whole = !g_str_has_suffix (remark, " ");
  assert_all_declared (town);
  g_autofree char *text = g_strconcat (" other=", actor, " ", remark, whole ? "\n" : "", NULL);

  return town_told (town, text);
}

char *
stage_port (Town *town, const char *name)
{
  g_autofree char *where = g_strndup (name, strcspn (name, "."));
  AempNode *node = town_node (town, where);
  const char *ear = aemp_port (node, town_hear, town_ear (town, "directory"), NULL);
  char *begin;

  g_string_truncate (town->heard, 0);
  aemp_snd_to_func (node, where, "aemp::actor", "sss", name, ear, "it is");
  town_run (town, 1000);
  begin = strstr (town->heard->str, "directory: \"it is\",\"");
  g_assert_nonnull (begin);
  begin += strlen ("directory: \"it is\",\"");
  return g_strndup (begin, strcspn (begin, "\""));
}

void
stage_lose_connection (Town *town)
{
  sim_path_reset (town_host (town, "rain"), town_host (town, "ruth"));
}

void
stage_answer_with_port (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autofree char *reply_port = aemp_value_dup_text (aemp_list_get (arguments, 1), NULL);
  AempList reply = aemp_list_skip (*arguments, 2);

  aemp_snd (node, reply_port, "@s", &reply, user_data);
}
