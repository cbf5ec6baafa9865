/* sim/actors/registrar.c - registers a port in a family of the database, and when that port
 * is dead another one. */

#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  char *family;
  char *value;
  int64_t every_us; /* 0: the first port stays */
  int64_t count;    /* of ports, the last one stays; 0: no end */
  int64_t registered;
  char *port; /* the one that is registered */
} Registrar;

static void register_port (Registrar *registrar);

static void
clear_registrar (SimActor *actor)
{
  Registrar *registrar = (Registrar *)actor;

  g_free (registrar->family);
  g_free (registrar->value);
  g_free (registrar->port);
}

static void
ignore_message (AempNode *node, const AempList *message, void *user_data)
{
}

static void
unref_actor (void *user_data)
{
  sim_actor_unref (user_data);
}

static void
port_died (AempNode *node, const AempList *reason, void *user_data)
{
  register_port (user_data);
}

static void
end_port (AempNode *node, const AempList *nothing, void *user_data)
{
  Registrar *registrar = user_data;

  aemp_kil (node, registrar->port, "");
}

static void
register_port (Registrar *registrar)
{
  SimActor *actor = &registrar->actor;

  g_free (registrar->port);
  registrar->port = g_strdup (aemp_port (actor->node, ignore_message, NULL, NULL));
  aemp_db_reg (actor->node, registrar->family, registrar->port, "s", registrar->value);
  aemp_mon (actor->node, registrar->port, port_died, sim_actor_ref (actor), unref_actor);
  aemp_note (actor->node, actor->name, "registered", "s", registrar->port);
  registrar->registered++;
  if (registrar->every_us > 0 && registrar->registered != registrar->count)
    sim_actor_after (actor, registrar->every_us, end_port);
}

void
sim_registrar_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Registrar), node, arguments, user_data, clear_registrar);
  Registrar *registrar = (Registrar *)actor;

  if (!registrar || !sim_actor_text (actor, "family", NULL, &registrar->family)
      || !sim_actor_text (actor, "value", "", &registrar->value)
      || !sim_actor_number (actor, "every_us", 0, 1, G_MAXINT64 / 4, &registrar->every_us)
      || !sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &registrar->count)
      || !sim_actor_open (actor))
    return;
  register_port (registrar);
}
