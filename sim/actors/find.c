/* sim/actors/find.c - asks for an actor until it is found, and again when it is lost. */

#include "sim/actors/find.h"

#include <string.h>

#define FOUND_TAG "actor_found"

/* The first question goes out soon, but not at once: a target that dies as often as it is
 * found must not keep the node busy.  Then the pauses double. */
#define PAUSE_FIRST_US ((int64_t)20 * 1000)
#define PAUSE_ASKED_US ((int64_t)500 * 1000)
#define PAUSE_MAX_US ((int64_t)4 * 1000 * 1000)

/* A timer's question: it counts only while the search is at this attempt. */
typedef struct
{
  SimFind *find;
  uint64_t search;
  uint32_t attempt;
} Question;

static void ask (AempNode *node, const AempList *nothing, void *user_data);

bool
sim_find_option (SimFind *find, SimActor *actor)
{
  const char *dot;

  find->actor = actor;
  if (!sim_actor_text (actor, "target", NULL, &find->target))
    return false;
  dot = strrchr (find->target, '.'); /* node IDs may have dots, actors' names have none */
  if (!dot || dot == find->target || !dot[1])
    {
      aemp_die (actor->node, "%s: the target '%s' is no actor: NODE.NAME is expected", actor->name,
                find->target);
      return false;
    }
  find->where = g_strndup (find->target, dot - find->target);
  return true;
}

void
sim_find_clear (SimFind *find)
{
  g_clear_pointer (&find->target, g_free);
  g_clear_pointer (&find->where, g_free);
  g_clear_pointer (&find->found_port, g_free);
  find->port = NULL;
}

static void
free_question (void *user_data)
{
  Question *question = user_data;

  sim_actor_unref (question->find->actor);
  g_free (question);
}

/* Half to all of the pause, so that actors who lost the same node do not ask in step. */
static int64_t
draw_pause_us (SimFind *find)
{
  int64_t pause_us = PAUSE_FIRST_US;

  if (find->attempt > 0)
    pause_us = MIN (PAUSE_ASKED_US << MIN (find->attempt - 1, 8), PAUSE_MAX_US);
  g_autofree char *label = g_strdup_printf ("actor/%s/ask", find->actor->name);
  uint64_t draw = aemp_random (find->actor->node, label, find->search << 32 | find->attempt);
  return pause_us / 2 + (int64_t)(draw % (uint64_t)(pause_us / 2 + 1));
}

static void
ask_later (SimFind *find)
{
  Question *question = g_new0 (Question, 1);

  question->find = find;
  question->search = find->search;
  question->attempt = find->attempt;
  sim_actor_ref (find->actor);
  aemp_after (find->actor->node, draw_pause_us (find), ask, question, free_question);
}

static void
search_anew (SimFind *find)
{
  find->search++;
  find->attempt = 0;
  ask_later (find);
}

static void
ask (AempNode *node, const AempList *nothing, void *user_data)
{
  const Question *question = user_data;
  SimFind *find = question->find;

  if (find->port || question->search != find->search || question->attempt != find->attempt)
    return;
  aemp_snd_to_func (node, find->where, "aemp::actor", "sssu", find->target, find->actor->port,
                    FOUND_TAG, find->search);
  find->attempt++;
  ask_later (find);
}

static void
target_died (AempNode *node, const AempList *reason, void *user_data)
{
  SimFind *find = user_data;

  find->port = NULL;
  g_clear_pointer (&find->found_port, g_free);
  search_anew (find);
  if (find->lost)
    find->lost (find->actor, reason);
}

static void
unref_actor_of (void *user_data)
{
  SimFind *find = user_data;

  sim_actor_unref (find->actor);
}

/* [search, port ID or null].  Slow answers count, as long as they are for this search: of
 * an earlier one they would name a port that is known to be lost. */
static void
answered (AempNode *node, const AempList *message, void *user_data)
{
  SimActor *actor = user_data;
  SimFind *find = actor->find;
  g_autofree char *port = sim_port_at (message, 1);
  uint64_t search = 0;

  if (!aemp_value_get_unsigned (aemp_list_get (message, 0), &search) || search != find->search)
    return;
  if (find->port || !port)
    return; /* found already, or not there yet: then the next question is under way */
  find->found_port = g_steal_pointer (&port);
  find->port = find->found_port;
  sim_actor_ref (actor);
  aemp_mon (node, find->port, target_died, find, unref_actor_of);
  find->found (actor);
}

void
sim_find_start (SimFind *find, void (*found) (SimActor *actor),
                void (*lost) (SimActor *actor, const AempList *reason))
{
  find->found = found;
  find->lost = lost;
  find->actor->find = find;
  sim_actor_receive (find->actor, FOUND_TAG, answered);
  search_anew (find);
}
