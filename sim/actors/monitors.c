/* sim/actors/monitors.c - many monitors of one port, set and stopped all at once.
 *
 * Of a storm all are told or, when it was stopped, none.  What they are told has to fit the
 * story of the port: it is spawned, killed, and then it is not there; and a connection may be
 * lost at any time, which all of them are told, too.  The news of the death are answered at
 * once by a storm on the dead port: a death that is told twice is then told to the wrong ones. */

#include "sim/actors/starts.h"

#include <string.h>

#define ALL_TOLD_WITHIN_US ((int64_t)1000 * 1000)

typedef enum
{
  STEP_BEGIN,  /* no port */
  STEP_SET,    /* the first storm is set */
  STEP_AGAIN,  /* … and stopped, the second one is set */
  STEP_KILLED, /* the port is killed */
  STEP_GONE,   /* its death was told, the third storm is set */
} Step;

/* Monitors of one port that were set together; each holds a reference. */
typedef struct Storm Storm;

typedef struct
{
  SimActor actor;
  char *where;
  int64_t every_us;
  int64_t count;
  int64_t monitors; /* of each storm */
  int64_t round;    /* from 1 */
  Step step;
  bool in_doubt; /* a loss was told: the spawn or the kill may be lost, the port gone */
  char *port;
  Storm *storm; /* NULL: none is set; it belongs to its monitors */
} Monitors;

struct Storm
{
  Monitors *monitors;
  unsigned references;
  AempMonitor *numbers;
  int64_t told;
  int64_t told_first_us;
  bool stopped;
  char *reason; /* as text; NULL: nobody was told yet */
};

static void
unref_storm (void *user_data)
{
  Storm *storm = user_data;

  if (--storm->references > 0)
    return;
  if (storm->monitors->storm == storm)
    storm->monitors->storm = NULL;
  sim_actor_unref (&storm->monitors->actor);
  g_free (storm->numbers);
  g_free (storm->reason);
  g_free (storm);
}

static void
clear_monitors (SimActor *actor)
{
  Monitors *monitors = (Monitors *)actor;

  g_free (monitors->where);
  g_free (monitors->port);
}

static void storm_is_told (Monitors *monitors, const AempList *reason);

static void
told (AempNode *node, const AempList *reason, void *user_data)
{
  Storm *storm = user_data;
  Monitors *monitors = storm->monitors;
  SimActor *actor = &monitors->actor;
  g_autofree char *text = aemp_list_to_text (reason, 0);

  if (storm->stopped)
    sim_actor_broken (actor, "a monitor of port %" G_GINT64_FORMAT " was stopped, and told [%s]",
                      monitors->round, text);
  else if (storm->told == monitors->monitors)
    sim_actor_broken (actor, "a monitor of port %" G_GINT64_FORMAT " is told twice: [%s]",
                      monitors->round, text);
  else if (storm->told > 0 && strcmp (storm->reason, text) != 0)
    sim_actor_broken (actor, "one monitor of port %" G_GINT64_FORMAT " is told [%s], another [%s]",
                      monitors->round, storm->reason, text);
  else
    {
      if (storm->told++ == 0)
        {
          storm->reason = g_steal_pointer (&text);
          storm->told_first_us = aemp_now_us (node);
        }
      if (storm->told == monitors->monitors)
        storm_is_told (monitors, reason);
    }
}

static void
set_storm (Monitors *monitors)
{
  AempNode *node = monitors->actor.node;
  Storm *storm = g_new0 (Storm, 1);

  sim_actor_ref (&monitors->actor);
  storm->monitors = monitors;
  storm->references = 1;
  storm->numbers = g_new0 (AempMonitor, monitors->monitors);
  monitors->storm = storm;
  for (int64_t i = 0; i < monitors->monitors; i++)
    {
      storm->references++;
      storm->numbers[i] = aemp_mon (node, monitors->port, told, storm, unref_storm);
    }
  unref_storm (storm);
}

static void
stop_storm (Monitors *monitors)
{
  Storm *storm = monitors->storm;

  monitors->storm = NULL;
  storm->references++; /* over the calls that free its monitors */
  storm->stopped = true;
  for (int64_t i = 0; i < monitors->monitors; i++)
    aemp_unmon (monitors->actor.node, storm->numbers[i]);
  unref_storm (storm);
}

static bool
is_our_kill (const Monitors *monitors, const AempList *reason)
{
  int64_t round = 0;

  return reason->count == 2 && aemp_value_is (aemp_list_get (reason, 0), "enough")
         && aemp_value_get_integer (aemp_list_get (reason, 1), &round) && round == monitors->round;
}

static bool
is_no_such_port (const Monitors *monitors, const AempList *reason)
{
  return reason->count == 3 && aemp_value_is (aemp_list_get (reason, 0), "no_such_port")
         && aemp_value_is (aemp_list_get (reason, 2), monitors->port);
}

static void
end_round (Monitors *monitors)
{
  SimActor *actor = &monitors->actor;

  monitors->step = STEP_BEGIN;
  if (monitors->round == monitors->count)
    aemp_note (actor->node, actor->name, "done", "i", monitors->count);
}

/* All of the storm that stands; no monitor is set now. */
static void
storm_is_told (Monitors *monitors, const AempList *reason)
{
  SimActor *actor = &monitors->actor;
  g_autofree char *word = sim_reason_word (reason);

  monitors->storm = NULL;
  aemp_note (actor->node, actor->name, "told", "si", word, monitors->monitors);
  if (strcmp (word, "transport_error") == 0
      && strcmp (monitors->where, aemp_node_id (actor->node)) != 0)
    monitors->in_doubt = true; /* set again with the next step */
  else if (is_our_kill (monitors, reason) && monitors->step == STEP_KILLED)
    {
      monitors->step = STEP_GONE;
      set_storm (monitors);
    }
  else if (is_no_such_port (monitors, reason)
           && (monitors->step == STEP_GONE || monitors->in_doubt))
    end_round (monitors);
  else
    sim_actor_broken (actor, "the monitors of port %" G_GINT64_FORMAT " are told %s",
                      monitors->round, word);
}

static void
begin_round (Monitors *monitors)
{
  monitors->round++;
  monitors->in_doubt = false;
  g_free (monitors->port);
  monitors->port = aemp_spawn (monitors->actor.node, monitors->where, "aemp::servant", "");
  set_storm (monitors);
}

static void
kill_port (Monitors *monitors)
{
  aemp_kil (monitors->actor.node, monitors->port, "si", "enough", monitors->round);
}

static void
go_on (Monitors *monitors)
{
  switch (monitors->step)
    {
    case STEP_BEGIN:
      begin_round (monitors);
      monitors->step = STEP_SET;
      return;
    case STEP_SET:
      stop_storm (monitors);
      set_storm (monitors);
      monitors->step = STEP_AGAIN;
      return;
    case STEP_AGAIN:
      kill_port (monitors);
      monitors->step = STEP_KILLED;
      return;
    case STEP_KILLED:
    case STEP_GONE:
      return; /* they will be told */
    }
  g_assert_not_reached ();
}

/* After a loss; the kill may be lost, too. */
static void
set_again (Monitors *monitors)
{
  set_storm (monitors);
  if (monitors->step == STEP_KILLED)
    kill_port (monitors);
}

static bool
is_half_told (const Monitors *monitors)
{
  const Storm *storm = monitors->storm;

  return storm && storm->told > 0
         && aemp_now_us (monitors->actor.node) > storm->told_first_us + ALL_TOLD_WITHIN_US;
}

static void
tick (AempNode *node, const AempList *nothing, void *user_data)
{
  Monitors *monitors = user_data;

  if (is_half_told (monitors))
    {
      sim_actor_broken (&monitors->actor,
                        "only %" G_GINT64_FORMAT " monitors of port %" G_GINT64_FORMAT
                        " are told [%s]",
                        monitors->storm->told, monitors->round, monitors->storm->reason);
      return;
    }
  if (monitors->step == STEP_BEGIN && monitors->count > 0 && monitors->round == monitors->count)
    return; /* done */
  if (monitors->step == STEP_BEGIN || (monitors->storm && monitors->storm->told == 0))
    go_on (monitors);
  else if (!monitors->storm)
    set_again (monitors);
  sim_actor_after (&monitors->actor, monitors->every_us, tick);
}

void
sim_monitors_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Monitors), node, arguments, user_data, clear_monitors);
  Monitors *monitors = (Monitors *)actor;

  if (!monitors || !sim_actor_text (actor, "where", NULL, &monitors->where)
      || !sim_actor_number (actor, "monitors", 1000, 1, 1000 * 1000, &monitors->monitors)
      || !sim_actor_number (actor, "every_us", 1000 * 1000, 1, G_MAXINT64 / 4, &monitors->every_us)
      || !sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &monitors->count)
      || !sim_actor_open (actor))
    return;
  sim_actor_after (actor, monitors->every_us, tick);
}
