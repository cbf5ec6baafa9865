/* sim/actors/sink.c - takes numbered messages, and checks that none is missing, doubled,
 * overtaken or altered.
 *
 * An independent judge: it knows nothing of traces and checkers, only what arrives.  What
 * it remembers is one number for each flood's port that ever sent here. */

#include "sim/actors/starts.h"
#include "sim/actors/numbered.h"

typedef struct
{
  SimActor actor;
  GHashTable *progress; /* char *: a flood's port ID → Progress */
  uint64_t total;
  uint64_t next_remark; /* the total that is remarked next: 1, 10, 100, … */
} Sink;

typedef struct
{
  uint64_t epoch;
  uint64_t number;
} Progress;

/* The beginning that `number` and `count` have in common. */
typedef struct
{
  char *name;
  char *port;
  uint64_t epoch;
  uint64_t number;
} Heading;

static void
heading_clear (Heading *heading)
{
  g_free (heading->name);
  g_free (heading->port);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Heading, heading_clear)

static void
clear_sink (SimActor *actor)
{
  Sink *sink = (Sink *)actor;

  if (sink->progress)
    g_hash_table_unref (sink->progress);
}

static bool
read_heading (Sink *sink, const AempList *message, Heading *heading)
{
  heading->name = aemp_value_dup_text (aemp_list_get (message, 0), NULL);
  heading->port = aemp_value_dup_text (aemp_list_get (message, 1), NULL);
  if (heading->name && heading->port
      && aemp_value_get_unsigned (aemp_list_get (message, 2), &heading->epoch)
      && aemp_value_get_unsigned (aemp_list_get (message, 3), &heading->number))
    return true;
  sim_actor_broken (&sink->actor, "a message came that is not numbered");
  return false;
}

/* How far this flood has come; begins its epoch when it is a new one. */
static Progress *
find_progress (Sink *sink, const Heading *heading)
{
  Progress *progress = g_hash_table_lookup (sink->progress, heading->port);

  if (!progress)
    {
      progress = g_new0 (Progress, 1);
      g_hash_table_insert (sink->progress, g_strdup (heading->port), progress);
    }
  if (heading->epoch > progress->epoch)
    {
      progress->epoch = heading->epoch;
      progress->number = 0;
    }
  return progress;
}

/* False, and broken, unless the sink stands where it should, at `expected`. */
static bool
check_place (Sink *sink, const Heading *heading, const Progress *progress, uint64_t expected)
{
  const char *what;

  if (heading->epoch == progress->epoch && progress->number == expected)
    return true;
  if (heading->epoch < progress->epoch)
    what = "of an earlier epoch";
  else if (progress->number < expected)
    what = "after a hole";
  else
    what = "again, or overtaken";
  sim_actor_broken (
      &sink->actor,
      "%s: message %" G_GUINT64_FORMAT " of epoch %" G_GUINT64_FORMAT
      " came %s; the last one here was %" G_GUINT64_FORMAT " of epoch %" G_GUINT64_FORMAT,
      heading->name, heading->number, heading->epoch, what, progress->number, progress->epoch);
  return false;
}

static bool
check_payload (Sink *sink, const Heading *heading, const AempValue *size, const AempValue *payload)
{
  uint64_t length = 0;
  bool right = aemp_value_get_unsigned (size, &length) && payload && aemp_value_is_string (payload)
               && payload->length == length;

  for (uint32_t i = 0; right && i < payload->length; i++)
    right = payload->as.string[i] == sim_payload_at (heading->epoch, heading->number, i);
  if (!right)
    sim_actor_broken (&sink->actor,
                      "%s: message %" G_GUINT64_FORMAT " of epoch %" G_GUINT64_FORMAT " is altered",
                      heading->name, heading->number, heading->epoch);
  return right;
}

static void
take_number (AempNode *node, const AempList *message, void *user_data)
{
  Sink *sink = user_data;
  g_auto (Heading) heading = { 0 };
  Progress *progress;

  if (!read_heading (sink, message, &heading))
    return;
  progress = find_progress (sink, &heading);
  if (!check_place (sink, &heading, progress, heading.number - 1)
      || !check_payload (sink, &heading, aemp_list_get (message, 4), aemp_list_get (message, 5)))
    return;
  progress->number = heading.number;
  if (++sink->total == sink->next_remark)
    {
      aemp_note (node, sink->actor.name, "got", "u", sink->total);
      sink->next_remark *= 10;
    }
}

static void
tell_count (AempNode *node, const AempList *message, void *user_data)
{
  Sink *sink = user_data;
  g_auto (Heading) heading = { 0 };
  g_autofree char *reply_port = sim_port_at (message, 4);
  const Progress *progress;

  if (!read_heading (sink, message, &heading))
    return;
  progress = find_progress (sink, &heading);
  if (!check_place (sink, &heading, progress, heading.number))
    return;
  if (reply_port)
    aemp_snd (node, reply_port, "suu", "counted", progress->epoch, progress->number);
}

void
sim_sink_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Sink), node, arguments, user_data, clear_sink);
  Sink *sink = (Sink *)actor;

  if (!sink || !sim_actor_open (actor))
    return;
  sink->progress = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  sink->next_remark = 1;
  sim_actor_receive (actor, "number", take_number);
  sim_actor_receive (actor, "count", tell_count);
}
