/* sim/actors/setter.c - sets, changes and deletes numbered keys of a family.
 *
 * It begins with all of its keys; then each step takes one of them by chance, and sets it,
 * or deletes it.  Setters with the same word for their keys contend for them. */

#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  char *family;
  char *word;  /* the keys are word-1, word-2, … */
  char *value; /* NULL: another one with each step */
  int64_t keys;
  int64_t every_us; /* 0: the beginning is all */
  int64_t from_us;
  int64_t count;  /* of steps; 0: no end */
  int64_t delete; /* one step of so many deletes; 0: none does */
  int64_t steps;
} Setter;

static void
clear_setter (SimActor *actor)
{
  Setter *setter = (Setter *)actor;

  g_free (setter->family);
  g_free (setter->word);
  g_free (setter->value);
}

static void
set_key (Setter *setter, uint64_t number)
{
  AempNode *node = setter->actor.node;
  g_autofree char *key = g_strdup_printf ("%s-%" G_GUINT64_FORMAT, setter->word, number);

  if (setter->value)
    aemp_db_set (node, setter->family, key, "s", setter->value);
  else
    aemp_db_set (node, setter->family, key, "[si]", setter->actor.name, setter->steps);
}

static void
delete_key (Setter *setter, uint64_t number)
{
  g_autofree char *key = g_strdup_printf ("%s-%" G_GUINT64_FORMAT, setter->word, number);

  aemp_db_del (setter->actor.node, setter->family, key);
}

static void
change_one (Setter *setter)
{
  g_autofree char *label = g_strdup_printf ("actor/%s/step", setter->actor.name);
  uint64_t draw = aemp_random (setter->actor.node, label, (uint64_t)setter->steps);
  uint64_t number = 1 + (draw >> 32) % (uint64_t)setter->keys;

  if (setter->delete > 0 && draw % (uint64_t)setter->delete == 0)
    delete_key (setter, number);
  else
    set_key (setter, number);
}

static void
step (AempNode *node, const AempList *nothing, void *user_data)
{
  Setter *setter = user_data;

  setter->steps++;
  change_one (setter);
  if (setter->steps == setter->count)
    aemp_note (node, setter->actor.name, "done", "i", setter->count);
  else
    sim_actor_after (&setter->actor, setter->every_us, step);
}

static void
begin (AempNode *node, const AempList *nothing, void *user_data)
{
  Setter *setter = user_data;

  for (int64_t i = 1; i <= setter->keys; i++)
    set_key (setter, (uint64_t)i);
  if (setter->every_us > 0)
    sim_actor_after (&setter->actor, setter->every_us, step);
}

static bool
read_options (Setter *setter)
{
  SimActor *actor = &setter->actor;

  return sim_actor_text (actor, "family", NULL, &setter->family)
         && sim_actor_text (actor, "word", actor->name, &setter->word)
         && sim_actor_text (actor, "value", "", &setter->value)
         && sim_actor_number (actor, "keys", 10, 1, 1000 * 1000, &setter->keys)
         && sim_actor_number (actor, "every_us", 0, 1, G_MAXINT64 / 4, &setter->every_us)
         && sim_actor_number (actor, "from_us", 0, 0, G_MAXINT64 / 4, &setter->from_us)
         && sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &setter->count)
         && sim_actor_number (actor, "delete", 0, 1, G_MAXINT64, &setter->delete);
}

void
sim_setter_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Setter), node, arguments, user_data, clear_setter);
  Setter *setter = (Setter *)actor;

  if (!setter || !read_options (setter) || !sim_actor_open (actor))
    return;
  if (!*setter->value)
    g_clear_pointer (&setter->value, g_free);
  if (setter->from_us > 0)
    sim_actor_after (actor, setter->from_us, begin);
  else
    begin (node, NULL, setter);
}
