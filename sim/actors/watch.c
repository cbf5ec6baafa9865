/* sim/actors/watch.c - watches over another actor, and says what it is told. */

#include "sim/actors/find.h"
#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  SimFind find;
} Watch;

static void
clear_watch (SimActor *actor)
{
  Watch *watch = (Watch *)actor;

  sim_find_clear (&watch->find);
}

static void
note_found (SimActor *actor)
{
  aemp_note (actor->node, actor->name, "found", "s", actor->find->port);
}

static void
note_told (SimActor *actor, const AempList *reason)
{
  g_autofree char *word = sim_reason_word (reason);

  aemp_note (actor->node, actor->name, "told", "s", word);
}

void
sim_watch_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Watch), node, arguments, user_data, clear_watch);
  Watch *watch = (Watch *)actor;

  if (!watch || !sim_find_option (&watch->find, actor) || !sim_actor_open (actor))
    return;
  sim_find_start (&watch->find, note_found, note_told);
}
