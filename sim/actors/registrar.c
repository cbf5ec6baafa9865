/* sim/actors/registrar.c - has keys in a family of the database, changes them, and watches it.
 *
 * Every so often it does the next thing of a round: sets one of its keys, sets the key that all
 * registrars share, asks what the family has, its keys, its values, deletes a key.  After
 * `count` such things it rests, and only watches and asks on. */

#include "sim/actors/starts.h"

#define KEYS 3

typedef struct
{
  SimActor base;
  char *family;
  int64_t every_us;
  int64_t count; /* things it may still change */
  uint64_t step;
} Registrar;

static void
answered (AempNode *node, const AempList *answer, void *user_data)
{
}

static void
ask (Registrar *registrar)
{
  AempNode *node = registrar->base.node;

  if (registrar->step % 3 == 0)
    aemp_db_family (node, registrar->family, answered, NULL, NULL);
  else if (registrar->step % 3 == 1)
    aemp_db_keys (node, registrar->family, answered, NULL, NULL);
  else
    aemp_db_values (node, registrar->family, answered, NULL, NULL);
}

static void
change (Registrar *registrar)
{
  AempNode *node = registrar->base.node;
  g_autofree char *key
      = g_strdup_printf ("%s.%u", registrar->base.name, (unsigned)(registrar->step % KEYS));

  if (registrar->step % 5 == 4)
    aemp_db_del (node, registrar->family, key);
  else if (registrar->step % 5 == 3)
    aemp_db_set (node, registrar->family, "shared", "ss", registrar->base.name, key);
  else
    aemp_db_set (node, registrar->family, key, "u", registrar->step);
}

static void
act (AempNode *node, const AempList *message, void *user_data)
{
  Registrar *registrar = user_data;

  registrar->step++;
  if (registrar->count-- > 0)
    change (registrar);
  ask (registrar);
  sim_actor_after (&registrar->base, registrar->every_us, act);
}

static void
told (AempNode *node, const AempFamilyNews *news, void *user_data)
{
}

static void
registrar_clear (SimActor *actor)
{
  g_free (((Registrar *)actor)->family);
}

void
sim_registrar_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Registrar), node, arguments, user_data, registrar_clear);
  Registrar *registrar = (Registrar *)actor;

  if (!actor || !sim_actor_text (actor, "family", "work", &registrar->family)
      || !sim_actor_number (actor, "every_us", 1000000, 1, G_MAXINT64, &registrar->every_us)
      || !sim_actor_number (actor, "count", G_MAXINT64, 0, G_MAXINT64, &registrar->count)
      || !sim_actor_open (actor))
    return;
  aemp_db_mon (node, registrar->family, told, NULL, NULL);
  sim_actor_after (actor, registrar->every_us, act);
}
