/* sim/actors/pingpong.c - a ball that goes to an echo and back, a number of times. */

#include "sim/actors/find.h"
#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  SimFind find;
  int64_t count;
  int64_t played; /* how many came back */
  uint64_t ball;  /* the search at which the ball in play was thrown */
} Pingpong;

static void
clear_pingpong (SimActor *actor)
{
  Pingpong *game = (Pingpong *)actor;

  sim_find_clear (&game->find);
}

static void
throw_ball (SimActor *actor)
{
  Pingpong *game = (Pingpong *)actor;

  if (game->played == game->count)
    return;
  game->ball = actor->find->search;
  aemp_snd (actor->node, actor->find->port, "suis", "ball", game->ball, game->played + 1,
            actor->port);
}

/* [the ball's search, its number]. */
static void
catch_ball (AempNode *node, const AempList *message, void *user_data)
{
  Pingpong *game = user_data;
  SimActor *actor = &game->actor;
  uint64_t ball = 0;
  int64_t number = 0;

  if (!aemp_value_get_unsigned (aemp_list_get (message, 0), &ball)
      || !aemp_value_get_integer (aemp_list_get (message, 1), &number))
    {
      sim_actor_broken (actor, "what came back is no ball");
      return;
    }
  if (ball != game->ball || !actor->find->port)
    return; /* thrown before the echo was lost: another one is, or will be, in play */
  if (number != game->played + 1)
    {
      sim_actor_broken (actor,
                        "ball %" G_GINT64_FORMAT " came back, %" G_GINT64_FORMAT " was in play",
                        number, game->played + 1);
      return;
    }
  game->played++;
  if (game->played == game->count)
    aemp_note (node, actor->name, "done", "i", game->count);
  throw_ball (actor);
}

static void
note_told (SimActor *actor, const AempList *reason)
{
  g_autofree char *word = sim_reason_word (reason);

  aemp_note (actor->node, actor->name, "told", "s", word);
}

void
sim_pingpong_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Pingpong), node, arguments, user_data, clear_pingpong);
  Pingpong *game = (Pingpong *)actor;

  if (!game || !sim_find_option (&game->find, actor)
      || !sim_actor_number (actor, "count", 100, 1, G_MAXINT64, &game->count)
      || !sim_actor_open (actor))
    return;
  sim_actor_receive (actor, "ball", catch_ball);
  sim_find_start (&game->find, throw_ball, note_told);
}
