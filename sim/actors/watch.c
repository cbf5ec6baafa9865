/* sim/actors/watch.c - watches over another actor, and says what it is told. */

#include "sim/actors/find.h"
#include "sim/actors/starts.h"

#define AGAIN_MAX 1000

typedef struct
{
  SimActor actor;
  SimFind find;
  int64_t again; /* so many monitors are set on what was lost, at once */
  char *port;    /* … this one; NULL: none was found yet */
} Watch;

static void
clear_watch (SimActor *actor)
{
  Watch *watch = (Watch *)actor;

  sim_find_clear (&watch->find);
  g_free (watch->port);
}

static void
told_again (AempNode *node, const AempList *reason, void *user_data)
{
  SimActor *actor = user_data;
  g_autofree char *word = sim_reason_word (reason);

  aemp_note (node, actor->name, "again", "s", word);
}

static void
unref (void *actor)
{
  sim_actor_unref (actor);
}

static void
note_found (SimActor *actor)
{
  Watch *watch = (Watch *)actor;

  g_free (watch->port);
  watch->port = g_strdup (actor->find->port);
  aemp_note (actor->node, actor->name, "found", "s", actor->find->port);
}

static void
note_told (SimActor *actor, const AempList *reason)
{
  Watch *watch = (Watch *)actor;
  g_autofree char *word = sim_reason_word (reason);

  aemp_note (actor->node, actor->name, "told", "s", word);
  for (int64_t i = 0; i < watch->again; i++)
    aemp_mon (actor->node, watch->port, told_again, sim_actor_ref (actor), unref);
}

void
sim_watch_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Watch), node, arguments, user_data, clear_watch);
  Watch *watch = (Watch *)actor;

  if (!watch || !sim_find_option (&watch->find, actor)
      || !sim_actor_number (actor, "again", 0, 0, AGAIN_MAX, &watch->again)
      || !sim_actor_open (actor))
    return;
  sim_find_start (&watch->find, note_found, note_told);
}
