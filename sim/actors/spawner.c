/* sim/actors/spawner.c - spawns ports on another node, one after the other.
 *
 * Each child is monitored and gets its work right after the spawn, in one breath.  It
 * answers and ends; the answer has to come before the news of its death.
 *
 *   ["work", number, spawner's port]  →  ["worked", number] */

#include "sim/actors/starts.h"

#define CHILDREN_MAX 1000 /* whose death is not known yet: then it waits */

typedef struct
{
  SimActor actor;
  char *where;
  int64_t every_us;
  int64_t count;
  int64_t spawned;
  int64_t ended;
  GPtrArray *children; /* of Child, the living; each belongs to its monitor */
} Spawner;

typedef struct
{
  Spawner *spawner;
  int64_t number; /* from 1 */
  bool worked;
} Child;

static void
clear_spawner (SimActor *actor)
{
  Spawner *spawner = (Spawner *)actor;

  g_free (spawner->where);
  if (spawner->children)
    g_ptr_array_unref (spawner->children);
}

static void
free_child (void *user_data)
{
  Child *child = user_data;

  sim_actor_unref (&child->spawner->actor);
  g_free (child);
}

static Child *
find_child (Spawner *spawner, int64_t number)
{
  for (unsigned i = 0; i < spawner->children->len; i++)
    {
      Child *child = spawner->children->pdata[i];

      if (child->number == number)
        return child;
    }
  return NULL;
}

static void
child_died (AempNode *node, const AempList *reason, void *user_data)
{
  Child *child = user_data;
  Spawner *spawner = child->spawner;
  SimActor *actor = &spawner->actor;
  g_autofree char *word = sim_reason_word (reason);

  g_ptr_array_remove (spawner->children, child);
  spawner->ended++;
  if (reason->count > 0)
    aemp_note (node, actor->name, "told", "si", word, child->number);
  else if (!child->worked)
    sim_actor_broken (actor, "child %" G_GINT64_FORMAT " ended well, but its answer is missing",
                      child->number);
  if (spawner->ended == spawner->count)
    aemp_note (node, actor->name, "done", "i", spawner->count);
}

/* [number]. */
static void
take_worked (AempNode *node, const AempList *message, void *user_data)
{
  Spawner *spawner = user_data;
  int64_t number = 0;
  Child *child = NULL;

  if (aemp_value_get_integer (aemp_list_get (message, 0), &number))
    child = find_child (spawner, number);
  if (child && child->worked)
    sim_actor_broken (&spawner->actor, "child %" G_GINT64_FORMAT " answers twice", number);
  else if (child)
    child->worked = true;
  else if (number < 1 || number > spawner->spawned)
    sim_actor_broken (&spawner->actor, "an answer came of a child that never was");
  /* else it was given up for lost: promises allow an alert for a living port */
}

static void
spawn_child (Spawner *spawner)
{
  SimActor *actor = &spawner->actor;
  Child *child = g_new0 (Child, 1);
  g_autofree char *port = NULL;

  child->spawner = spawner;
  sim_actor_ref (actor);
  child->number = ++spawner->spawned;
  g_ptr_array_add (spawner->children, child);
  port = aemp_spawn (actor->node, spawner->where, "aemp::child", "");
  aemp_mon (actor->node, port, child_died, child, free_child);
  aemp_snd (actor->node, port, "sis", "work", child->number, actor->port);
}

static void
tick (AempNode *node, const AempList *nothing, void *user_data)
{
  Spawner *spawner = user_data;

  if (spawner->children->len < CHILDREN_MAX)
    spawn_child (spawner);
  if (spawner->count == 0 || spawner->spawned < spawner->count)
    sim_actor_after (&spawner->actor, spawner->every_us, tick);
}

static bool
read_options (Spawner *spawner)
{
  SimActor *actor = &spawner->actor;

  return sim_actor_text (actor, "where", NULL, &spawner->where)
         && sim_actor_number (actor, "every_us", 100 * 1000, 1, G_MAXINT64 / 4, &spawner->every_us)
         && sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &spawner->count);
}

void
sim_spawner_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Spawner), node, arguments, user_data, clear_spawner);
  Spawner *spawner = (Spawner *)actor;

  if (!spawner || !read_options (spawner) || !sim_actor_open (actor))
    return;
  spawner->children = g_ptr_array_new ();
  sim_actor_receive (actor, "worked", take_worked);
  sim_actor_after (actor, spawner->every_us, tick);
}

/* [number, reply port]. */
static void
do_work (AempNode *node, const AempList *message, void *user_data)
{
  const AempValue *number = aemp_list_get (message, 0);
  g_autofree char *reply_port = sim_port_at (message, 1);

  if (!number || !reply_port)
    {
      aemp_die (node, "work is [number, reply port]");
      return;
    }
  aemp_snd (node, reply_port, "sv", "worked", number);
  aemp_kil (node, aemp_self (node), "");
}

void
sim_child_start (AempNode *node, const AempList *arguments, void *user_data)
{
  if (aemp_self (node))
    aemp_rcv (node, aemp_self (node), "work", do_work, NULL, NULL);
}
