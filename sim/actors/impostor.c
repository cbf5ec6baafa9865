/* sim/actors/impostor.c - says of a node that it is where another one is. */

#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  char *where;   /* a global node */
  char *name;    /* of the node that is said to be */
  char *address; /* … here */
  char *also;    /* … and here, if it is not empty */
  int64_t every_us;
} Impostor;

static void
clear_impostor (SimActor *actor)
{
  Impostor *impostor = (Impostor *)actor;

  g_free (impostor->where);
  g_free (impostor->name);
  g_free (impostor->address);
  g_free (impostor->also);
}

/* What our own node would say of itself, had it that name. */
static void
lie (AempNode *node, const AempList *nothing, void *user_data)
{
  Impostor *impostor = user_data;

  if (*impostor->also)
    aemp_snd_to_func (node, impostor->where, "g_upd", "s{s[ss]}[]", "'l", impostor->name,
                      impostor->address, impostor->also);
  else
    aemp_snd_to_func (node, impostor->where, "g_upd", "s{s[s]}[]", "'l", impostor->name,
                      impostor->address);
  sim_actor_after (&impostor->actor, impostor->every_us, lie);
}

void
sim_impostor_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Impostor), node, arguments, user_data, clear_impostor);
  Impostor *impostor = (Impostor *)actor;

  if (!impostor || !sim_actor_text (actor, "where", NULL, &impostor->where)
      || !sim_actor_text (actor, "name", NULL, &impostor->name)
      || !sim_actor_text (actor, "address", NULL, &impostor->address)
      || !sim_actor_text (actor, "also", "", &impostor->also)
      || !sim_actor_number (actor, "every_us", G_USEC_PER_SEC, 1, G_MAXINT64 / 4,
                            &impostor->every_us)
      || !sim_actor_open (actor))
    return;
  lie (node, NULL, impostor);
}
