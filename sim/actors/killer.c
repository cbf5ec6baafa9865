/* sim/actors/killer.c - kills in the middle of a stream of messages.
 *
 * A kill is in order with what is sent: what stands before it arrives, what stands behind it
 * does not.  The victim answers what it gets, and it can do so only while it is alive; so the
 * answers tell what has arrived, and all of them are here before the news of its death, which
 * come as a message behind them.
 *
 *   ["number", round, number, killer's port]  →  ["number", round, number] */

#include "sim/actors/starts.h"

#include <string.h>

typedef struct
{
  SimActor actor;
  char *where;
  int64_t every_us;
  int64_t count;
  int64_t messages;
  int64_t round;    /* from 1 */
  int64_t answered; /* messages of this round */
  GByteArray *died; /* for each round that is over: did it die as it should? */
} Killer;

static void
clear_killer (SimActor *actor)
{
  Killer *killer = (Killer *)actor;

  g_free (killer->where);
  if (killer->died)
    g_byte_array_unref (killer->died);
}

static void begin_round (AempNode *node, const AempList *nothing, void *user_data);

static void
end_round (Killer *killer, uint8_t died)
{
  g_byte_array_append (killer->died, &died, 1);
  if (killer->round == killer->count)
    aemp_note (killer->actor.node, killer->actor.name, "done", "i", killer->count);
  else
    sim_actor_after (&killer->actor, killer->every_us, begin_round);
}

static bool
is_our_reason (Killer *killer, const AempList *reason)
{
  int64_t round = 0;

  return reason->count == 2 && aemp_value_is (aemp_list_get (reason, 0), "enough")
         && aemp_value_get_integer (aemp_list_get (reason, 1), &round) && round == killer->round;
}

/* [round, reason…]. */
static void
take_died (AempNode *node, const AempList *message, void *user_data)
{
  Killer *killer = user_data;
  SimActor *actor = &killer->actor;
  const AempList reason = aemp_list_skip (*message, 1);
  g_autofree char *word = sim_reason_word (&reason);
  int64_t round = 0;

  if (!aemp_value_get_integer (aemp_list_get (message, 0), &round) || round != killer->round)
    sim_actor_broken (actor, "a death was told that nobody asked for");
  else if (strcmp (word, "transport_error") == 0
           && strcmp (killer->where, aemp_node_id (node)) != 0)
    {
      aemp_note (node, actor->name, "told", "si", word, killer->round);
      end_round (killer, false);
    }
  else if (!is_our_reason (killer, &reason))
    sim_actor_broken (actor, "victim %" G_GINT64_FORMAT " died of %s", killer->round, word);
  else if (killer->answered != killer->messages)
    sim_actor_broken (actor,
                      "victim %" G_GINT64_FORMAT " was sent %" G_GINT64_FORMAT
                      " messages before it was killed, and answered %" G_GINT64_FORMAT,
                      killer->round, killer->messages, killer->answered);
  else
    end_round (killer, true);
}

/* [round, number]. */
static void
take_number (AempNode *node, const AempList *message, void *user_data)
{
  Killer *killer = user_data;
  SimActor *actor = &killer->actor;
  int64_t round = 0;
  int64_t number = 0;

  if (!aemp_value_get_integer (aemp_list_get (message, 0), &round)
      || !aemp_value_get_integer (aemp_list_get (message, 1), &number) || round < 1
      || round > killer->round)
    sim_actor_broken (actor, "an answer came of a victim that never was");
  else if (round <= (int64_t)killer->died->len)
    {
      if (killer->died->data[round - 1])
        sim_actor_broken (actor, "victim %" G_GINT64_FORMAT " answers after its death", round);
      /* else it was given up for lost, and may answer and live on */
    }
  else if (number != killer->answered + 1 || number > killer->messages)
    sim_actor_broken (actor,
                      "victim %" G_GINT64_FORMAT " answers message %" G_GINT64_FORMAT
                      " after %" G_GINT64_FORMAT ", of %" G_GINT64_FORMAT,
                      round, number, killer->answered, killer->messages);
  else
    killer->answered = number;
}

static void
begin_round (AempNode *node, const AempList *nothing, void *user_data)
{
  Killer *killer = user_data;
  SimActor *actor = &killer->actor;
  g_autofree char *victim = aemp_spawn (node, killer->where, "aemp::servant", "");

  killer->round++;
  killer->answered = 0;
  aemp_mon_snd (node, victim, actor->port, "si", "died", killer->round);
  for (int64_t number = 1; number <= 2 * killer->messages; number++)
    {
      aemp_snd (node, victim, "siis", "number", killer->round, number, actor->port);
      if (number == killer->messages)
        aemp_kil (node, victim, "si", "enough", killer->round);
    }
}

void
sim_killer_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Killer), node, arguments, user_data, clear_killer);
  Killer *killer = (Killer *)actor;

  if (!killer || !sim_actor_text (actor, "where", NULL, &killer->where)
      || !sim_actor_number (actor, "every_us", 100 * 1000, 1, G_MAXINT64 / 4, &killer->every_us)
      || !sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &killer->count)
      || !sim_actor_number (actor, "messages", 10, 1, 100 * 1000, &killer->messages)
      || !sim_actor_open (actor))
    return;
  killer->died = g_byte_array_new ();
  sim_actor_receive (actor, "number", take_number);
  sim_actor_receive (actor, "died", take_died);
  sim_actor_after (actor, killer->every_us, begin_round);
}
