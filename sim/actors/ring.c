/* sim/actors/ring.c - actors in a circle that pass on tokens.
 *
 * Each passes on what it gets to its target.  One that has tokens of its own starts them
 * and counts their laps; a token that stays away too long was lost with some link, and is
 * started again as another attempt, which makes the earlier one worthless.
 *
 *   ["token", owner's name, owner's port, token, lap, attempt, hops] */

#include "sim/actors/find.h"
#include "sim/actors/starts.h"

#include <string.h>

#define TOKENS_MAX 1000
#define HELD_MAX 1000    /* tokens that wait for the next actor to be found */
#define HOPS_MAX 1000000 /* where the owner is no part of the circle, they go round for ever */

typedef struct
{
  uint64_t lap; /* the one under way, from 1 */
  uint64_t attempt;
  uint64_t counted; /* the attempt that made the last lap */
  uint64_t hops;    /* of the last lap: all laps are equally long */
  int64_t started_us;
  bool away;
  bool done;
} Token;

typedef struct
{
  SimActor actor;
  SimFind find;
  int64_t laps;
  int64_t again_us;
  int64_t token_count;
  int64_t done_count;
  Token *tokens;
  GQueue held; /* of AempMessage */
} Ring;

/* A token as it came. */
typedef struct
{
  char *name;
  char *port;
  uint64_t number; /* from 1 */
  uint64_t lap;
  uint64_t attempt;
  uint64_t hops;
} Passing;

static void
passing_clear (Passing *passing)
{
  g_free (passing->name);
  g_free (passing->port);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Passing, passing_clear)

static void
unref_message (void *message)
{
  aemp_message_unref (message);
}

static void
clear_ring (SimActor *actor)
{
  Ring *ring = (Ring *)actor;

  sim_find_clear (&ring->find);
  g_queue_clear_full (&ring->held, unref_message);
  g_free (ring->tokens);
}

static void
start_token (Ring *ring, unsigned index)
{
  SimActor *actor = &ring->actor;
  Token *token = &ring->tokens[index];

  token->away = actor->find->port != NULL;
  if (!token->away)
    return; /* it starts when the target is found */
  token->attempt++;
  token->started_us = aemp_now_us (actor->node);
  aemp_snd (actor->node, actor->find->port, "sssuuuu", "token", actor->name, actor->port,
            (uint64_t)index + 1, token->lap, token->attempt, (uint64_t)1);
}

static void
look_after_tokens (AempNode *node, const AempList *nothing, void *user_data)
{
  Ring *ring = user_data;

  for (unsigned i = 0; i < ring->token_count; i++)
    {
      const Token *token = &ring->tokens[i];

      if (!token->done && token->away && aemp_now_us (node) - token->started_us >= ring->again_us)
        start_token (ring, i);
    }
  if (ring->done_count < ring->token_count)
    sim_actor_after (&ring->actor, MAX (ring->again_us / 4, 1), look_after_tokens);
}

static void
go_on (SimActor *actor)
{
  Ring *ring = (Ring *)actor;

  for (unsigned i = 0; i < ring->token_count; i++)
    if (!ring->tokens[i].done && !ring->tokens[i].away)
      start_token (ring, i);
  while (!g_queue_is_empty (&ring->held))
    {
      g_autoptr (AempMessage) message = g_queue_pop_head (&ring->held);
      AempList list = aemp_message_list (message);

      aemp_snd_list (actor->node, actor->find->port, &list);
    }
}

static void
pass_on (Ring *ring, const Passing *passing)
{
  SimActor *actor = &ring->actor;
  g_autoptr (AempMessage) message
      = aemp_message_new ("sssuuuu", "token", passing->name, passing->port, passing->number,
                          passing->lap, passing->attempt, passing->hops + 1);
  AempList list = aemp_message_list (message);

  if (actor->find->port)
    aemp_snd_list (actor->node, actor->find->port, &list);
  else if (ring->held.length < HELD_MAX)
    g_queue_push_tail (&ring->held, g_steal_pointer (&message));
  /* else it is lost; its owner starts it again */
}

static void
end_lap (Ring *ring, Token *token, const Passing *passing)
{
  SimActor *actor = &ring->actor;

  if (token->hops != 0 && token->hops != passing->hops)
    {
      sim_actor_broken (actor,
                        "lap %" G_GUINT64_FORMAT " of token %" G_GUINT64_FORMAT
                        " had %" G_GUINT64_FORMAT " hops, the one before %" G_GUINT64_FORMAT,
                        passing->lap, passing->number, passing->hops, token->hops);
      return;
    }
  token->hops = passing->hops;
  token->counted = passing->attempt;
  aemp_note (actor->node, actor->name, "lap", "uu", passing->lap, passing->number);
  token->done = token->lap == (uint64_t)ring->laps;
  if (!token->done)
    {
      token->lap++;
      start_token (ring, (unsigned)(passing->number - 1));
    }
  else if (++ring->done_count == ring->token_count)
    aemp_note (actor->node, actor->name, "done", "i", ring->token_count);
}

static void
come_home (Ring *ring, const Passing *passing)
{
  Token *token;

  if (passing->number < 1 || passing->number > (uint64_t)ring->token_count)
    {
      sim_actor_broken (&ring->actor, "token %" G_GUINT64_FORMAT " was never started",
                        passing->number);
      return;
    }
  token = &ring->tokens[passing->number - 1];
  if (passing->attempt < token->attempt && passing->attempt != token->counted)
    return; /* given up, and late */
  if (token->done || passing->lap != token->lap || passing->attempt != token->attempt)
    sim_actor_broken (&ring->actor,
                      "token %" G_GUINT64_FORMAT " came with lap %" G_GUINT64_FORMAT
                      ", attempt %" G_GUINT64_FORMAT " instead of %" G_GUINT64_FORMAT
                      ", %" G_GUINT64_FORMAT,
                      passing->number, passing->lap, passing->attempt, token->lap, token->attempt);
  else
    end_lap (ring, token, passing);
}

static void
take_token (AempNode *node, const AempList *message, void *user_data)
{
  Ring *ring = user_data;
  SimActor *actor = &ring->actor;
  g_auto (Passing) passing = { 0 };

  passing.name = aemp_value_dup_text (aemp_list_get (message, 0), NULL);
  passing.port = aemp_value_dup_text (aemp_list_get (message, 1), NULL);
  if (!passing.name || !passing.port
      || !aemp_value_get_unsigned (aemp_list_get (message, 2), &passing.number)
      || !aemp_value_get_unsigned (aemp_list_get (message, 3), &passing.lap)
      || !aemp_value_get_unsigned (aemp_list_get (message, 4), &passing.attempt)
      || !aemp_value_get_unsigned (aemp_list_get (message, 5), &passing.hops))
    {
      sim_actor_broken (actor, "a token came that cannot be read");
      return;
    }
  if (strcmp (passing.port, actor->port) == 0)
    come_home (ring, &passing);
  else if (strcmp (passing.name, actor->name) != 0 && passing.hops < HOPS_MAX)
    pass_on (ring, &passing);
  /* else it is of the process that was here before, or goes round for ever */
}

static bool
read_options (Ring *ring)
{
  SimActor *actor = &ring->actor;

  return sim_find_option (&ring->find, actor)
         && sim_actor_number (actor, "tokens", 0, 0, TOKENS_MAX, &ring->token_count)
         && sim_actor_number (actor, "laps", 1, 1, G_MAXINT64, &ring->laps)
         && sim_actor_number (actor, "again_us", 10 * G_USEC_PER_SEC, 1, G_MAXINT64 / 4,
                              &ring->again_us);
}

void
sim_ring_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Ring), node, arguments, user_data, clear_ring);
  Ring *ring = (Ring *)actor;

  if (!ring || !read_options (ring) || !sim_actor_open (actor))
    return;
  ring->tokens = g_new0 (Token, ring->token_count);
  for (unsigned i = 0; i < ring->token_count; i++)
    ring->tokens[i].lap = 1;
  sim_actor_receive (actor, "token", take_token);
  sim_find_start (&ring->find, go_on, NULL);
  look_after_tokens (node, NULL, ring);
}
