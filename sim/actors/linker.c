/* sim/actors/linker.c - links ports to each other and kills one of them.
 *
 * Of four rounds, two kill the port on the other node, and two the one here; each once with a
 * reason, which has to reach the port that is linked to it, and once without, which must not.
 * That a port lives after the other's death is seen by its answer, and only then is it killed.
 *
 *   ["alive", round, linker's port]  →  ["alive", round] */

#include "sim/actors/starts.h"

#include <string.h>

typedef struct
{
  SimActor actor;
  char *where;
  int64_t every_us;
  int64_t count;
  int64_t round; /* from 1 */
  /* The round: */
  char *first;        /* is killed */
  char *second;       /* is linked to it */
  char *first_reason; /* as text; NULL: it lives */
  bool first_is_far;
  bool normal; /* the first died a normal death */
  bool lost;
  bool alive; /* the second answered after it */
} Linker;

static void
clear_linker (SimActor *actor)
{
  Linker *linker = (Linker *)actor;

  g_free (linker->where);
  g_free (linker->first);
  g_free (linker->second);
  g_free (linker->first_reason);
}

static void begin_round (AempNode *node, const AempList *nothing, void *user_data);

static void
end_round (Linker *linker)
{
  SimActor *actor = &linker->actor;

  if (linker->lost)
    aemp_note (actor->node, actor->name, "told", "si", "transport_error", linker->round);
  if (linker->round == linker->count)
    aemp_note (actor->node, actor->name, "done", "i", linker->count);
  else
    sim_actor_after (actor, linker->every_us, begin_round);
}

static bool
is_loss (Linker *linker, const AempList *reason)
{
  return aemp_list_get (reason, 0) && aemp_value_is (aemp_list_get (reason, 0), "transport_error")
         && strcmp (linker->where, aemp_node_id (linker->actor.node)) != 0;
}

/* The round's kill: every other round has a reason. */
static bool
kills_with_reason (const Linker *linker)
{
  return linker->round % 2 == 1;
}

static bool
is_our_kill (const Linker *linker, const AempList *reason)
{
  int64_t round = 0;

  if (!kills_with_reason (linker))
    return reason->count == 0;
  return reason->count == 2 && aemp_value_is (aemp_list_get (reason, 0), "linked")
         && aemp_value_get_integer (aemp_list_get (reason, 1), &round) && round == linker->round;
}

static void
first_died (AempNode *node, const AempList *reason, void *user_data)
{
  Linker *linker = user_data;
  SimActor *actor = &linker->actor;

  linker->first_reason = aemp_list_to_text (reason, 0);
  linker->normal = reason->count == 0;
  if (linker->first_is_far && is_loss (linker, reason))
    linker->lost = true;
  else if (!is_our_kill (linker, reason))
    sim_actor_broken (actor, "port %" G_GINT64_FORMAT " was killed, but died of [%s]",
                      linker->round, linker->first_reason);
  if (linker->normal)
    aemp_snd (node, linker->second, "sis", "alive", linker->round, actor->port);
}

static void
second_died (AempNode *node, const AempList *reason, void *user_data)
{
  Linker *linker = user_data;
  SimActor *actor = &linker->actor;
  g_autofree char *text = aemp_list_to_text (reason, 0);

  if (!linker->first_is_far && is_loss (linker, reason))
    linker->lost = true;
  else if (!linker->first_reason)
    sim_actor_broken (actor,
                      "port %" G_GINT64_FORMAT " died of [%s], but the one it is linked to lives",
                      linker->round, text);
  else if (strcmp (text, linker->first_reason) != 0)
    sim_actor_broken (actor,
                      "port %" G_GINT64_FORMAT " died of [%s], linked to one that died of [%s]",
                      linker->round, text, linker->first_reason);
  else if (linker->normal && !linker->alive)
    sim_actor_broken (actor, "the normal death of port %" G_GINT64_FORMAT " killed another one",
                      linker->round);
  end_round (linker);
}

/* [round]. */
static void
take_alive (AempNode *node, const AempList *message, void *user_data)
{
  Linker *linker = user_data;
  int64_t round = 0;

  if (!aemp_value_get_integer (aemp_list_get (message, 0), &round) || round != linker->round
      || !linker->normal)
    return; /* an answer of a port that was given up for lost */
  linker->alive = true;
  aemp_kil (node, linker->second, "");
}

static void
unref_actor (void *user_data)
{
  sim_actor_unref (user_data);
}

static void
begin_round (AempNode *node, const AempList *nothing, void *user_data)
{
  Linker *linker = user_data;
  SimActor *actor = &linker->actor;

  linker->first_is_far = linker->round++ % 4 < 2;
  g_clear_pointer (&linker->first_reason, g_free);
  linker->normal = linker->lost = linker->alive = false;
  g_free (linker->first);
  g_free (linker->second);
  linker->first = aemp_spawn (node, linker->first_is_far ? linker->where : aemp_node_id (node),
                              "aemp::servant", "");
  linker->second = aemp_spawn (node, linker->first_is_far ? aemp_node_id (node) : linker->where,
                               "aemp::servant", "");
  aemp_mon_kil (node, linker->first, linker->second);
  aemp_mon (node, linker->first, first_died, sim_actor_ref (actor), unref_actor);
  aemp_mon (node, linker->second, second_died, sim_actor_ref (actor), unref_actor);
  if (kills_with_reason (linker))
    aemp_kil (node, linker->first, "si", "linked", linker->round);
  else
    aemp_kil (node, linker->first, "");
}

void
sim_linker_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Linker), node, arguments, user_data, clear_linker);
  Linker *linker = (Linker *)actor;

  if (!linker || !sim_actor_text (actor, "where", NULL, &linker->where)
      || !sim_actor_number (actor, "every_us", 100 * 1000, 1, G_MAXINT64 / 4, &linker->every_us)
      || !sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &linker->count)
      || !sim_actor_open (actor))
    return;
  sim_actor_receive (actor, "alive", take_alive);
  sim_actor_after (actor, linker->every_us, begin_round);
}
