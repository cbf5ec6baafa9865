/* sim/actors/flood.c - numbered messages to a sink, at a steady rate.
 *
 * Nothing is sent again: what the monitor's alert covers is lost, and a new epoch begins
 * with the number 1.  At the end the sink is asked how far it got: so every message has
 * arrived, or its loss was told. */

#include "sim/actors/find.h"
#include "sim/actors/starts.h"
#include "sim/actors/numbered.h"

typedef struct
{
  SimActor actor;
  SimFind find;
  int64_t every_us;
  int64_t from_us;
  int64_t count; /* in all; 0: no end */
  int64_t size_bytes;
  int64_t sent; /* in all */
  uint64_t epoch;
  uint64_t number; /* the last one sent in this epoch */
  bool done;
  GString *payload;
} Flood;

static void
clear_flood (SimActor *actor)
{
  Flood *flood = (Flood *)actor;

  sim_find_clear (&flood->find);
  if (flood->payload)
    g_string_free (flood->payload, TRUE);
}

static bool
is_all_sent (Flood *flood)
{
  return flood->count > 0 && flood->sent == flood->count;
}

static void
send_next (Flood *flood)
{
  SimActor *actor = &flood->actor;

  flood->sent++;
  flood->number++;
  for (size_t i = 0; i < flood->payload->len; i++)
    flood->payload->str[i] = sim_payload_at (flood->epoch, flood->number, i);
  aemp_snd (actor->node, actor->find->port, "sssuuut", "number", actor->name, actor->port,
            flood->epoch, flood->number, (uint64_t)flood->payload->len, flood->payload->str,
            flood->payload->len);
}

static void
ask_for_count (Flood *flood)
{
  SimActor *actor = &flood->actor;

  aemp_snd (actor->node, actor->find->port, "sssuus", "count", actor->name, actor->port,
            flood->epoch, flood->number, actor->port);
}

static void
tick (AempNode *node, const AempList *nothing, void *user_data)
{
  Flood *flood = user_data;

  if (flood->actor.find->port)
    {
      send_next (flood);
      if (is_all_sent (flood))
        {
          ask_for_count (flood);
          return;
        }
    }
  sim_actor_after (&flood->actor, flood->every_us, tick);
}

static void
begin_epoch (SimActor *actor)
{
  Flood *flood = (Flood *)actor;

  flood->epoch++;
  flood->number = 0;
  if (is_all_sent (flood) && !flood->done)
    ask_for_count (flood);
}

static void
note_told (SimActor *actor, const AempList *reason)
{
  g_autofree char *word = sim_reason_word (reason);

  aemp_note (actor->node, actor->name, "told", "s", word);
}

/* [epoch, number]. */
static void
counted (AempNode *node, const AempList *message, void *user_data)
{
  Flood *flood = user_data;
  uint64_t epoch = 0;
  uint64_t number = 0;

  if (!aemp_value_get_unsigned (aemp_list_get (message, 0), &epoch)
      || !aemp_value_get_unsigned (aemp_list_get (message, 1), &number))
    {
      sim_actor_broken (&flood->actor, "the sink's count is no number");
      return;
    }
  if (epoch != flood->epoch || flood->done)
    return; /* an answer that was late: the sink is asked again in each epoch */
  flood->done = true;
  if (number == flood->number)
    aemp_note (node, flood->actor.name, "done", "i", flood->sent);
  else
    sim_actor_broken (&flood->actor,
                      "the sink has %" G_GUINT64_FORMAT " messages of %" G_GUINT64_FORMAT
                      ", and no loss was told",
                      number, flood->number);
}

static bool
read_options (Flood *flood)
{
  SimActor *actor = &flood->actor;

  return sim_find_option (&flood->find, actor)
         && sim_actor_number (actor, "every_us", 10 * 1000, 1, G_MAXINT64 / 4, &flood->every_us)
         && sim_actor_number (actor, "from_us", 0, 0, G_MAXINT64 / 4, &flood->from_us)
         && sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &flood->count)
         && sim_actor_number (actor, "size_bytes", 16, 0, SIM_PAYLOAD_MAX_BYTES,
                              &flood->size_bytes);
}

/* Many floods with one rhythm should not all speak at once. */
static int64_t
draw_phase_us (Flood *flood)
{
  g_autofree char *label = g_strdup_printf ("actor/%s/phase", flood->actor.name);
  uint64_t draw = aemp_random (flood->actor.node, label, 0);

  return (int64_t)(draw % (uint64_t)flood->every_us);
}

void
sim_flood_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Flood), node, arguments, user_data, clear_flood);
  Flood *flood = (Flood *)actor;

  if (!flood || !read_options (flood) || !sim_actor_open (actor))
    return;
  flood->payload = g_string_new (NULL);
  g_string_set_size (flood->payload, (size_t)flood->size_bytes);
  sim_actor_receive (actor, "counted", counted);
  sim_find_start (&flood->find, begin_epoch, note_told);
  sim_actor_after (actor, flood->from_us + draw_phase_us (flood), tick);
}
