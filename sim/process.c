/* sim/process.c - AempEnv for one process on one host. */

#include "process.h"

#include "engine/planted.h"

#include <string.h>

/* What is due then came due while its process was paused. */
#define MISSED_US (-1)

typedef struct
{
  AempTimer base;
  SimObject object;
  SimProcess *process;
  SimEvent event;
  bool missed;         /* it came due while the process was paused */
  int64_t deadline_us; /* by the host's clock */
  AempTimerFired fired;
  void *user_data;
} SimTimer;

typedef struct
{
  AempResolution base;
  SimObject object;
  SimProcess *process;
  SimEvent event;
  char *host_port;
  int64_t usual_us; /* when its answer is there, */
  int64_t late_us;  /* ... or if lookups are late, as long as they are */
  int64_t asked_us;
  AempResolved resolved;
  void *user_data;
} SimResolution;

/* --- Objects --- */

void
sim_object_add (SimProcess *process, SimObject *object, const SimObjectOps *object_ops)
{
  object->ops = object_ops;
  object->next = process->objects;
  if (object->next)
    object->next->link = &object->next;
  object->link = &process->objects;
  process->objects = object;
}

void
sim_object_remove (SimObject *object)
{
  *object->link = object->next;
  if (object->next)
    object->next->link = object->link;
}

static SimProcess *
process_of (AempEnv *env)
{
  return (SimProcess *)env;
}

/* An event of a paused process takes its place among those to be played when it goes on. */
static bool
miss (SimProcess *process, SimEvent *event)
{
  if (!process->paused || AEMP_PLANTED (sim_pause_stops_nothing))
    return false;
  event->sequence = sim_queue_sequence (sim_process_world (process)->queue);
  event->due_us = MISSED_US;
  return true;
}

static void
make_up (SimProcess *process, SimEvent *event)
{
  SimWorld *world = sim_process_world (process);

  if (event->due_us == MISSED_US && !process->paused && !AEMP_PLANTED (sim_missed_timer_lost))
    sim_queue_add_as (world->queue, event, world->now_us, event->sequence);
}

static void
forget (SimProcess *process, SimEvent *event)
{
  sim_queue_remove (sim_process_world (process)->queue, event);
  event->due_us = 0;
}

/* --- Clocks, luck, the host --- */

static int64_t
env_now_us (AempEnv *env)
{
  return sim_clock_now_us (process_of (env)->host);
}

static int64_t
env_wall_us (AempEnv *env)
{
  return SIM_WALL_BEGIN_US + env_now_us (env) + process_of (env)->host->clock.wall_offset_us;
}

static void
env_random_bytes (AempEnv *env, const char *label, uint64_t identity, void *bytes, size_t length)
{
  SimProcess *process = process_of (env);
  SimLuck luck = sim_luck_below (process->host->luck, label);

  sim_luck_bytes (
      sim_luck_number (luck, process->ordinal > 1 && AEMP_PLANTED (sim_restart_has_same_luck)
                                 ? 1
                                 : process->ordinal),
      identity, bytes, length);
}

static bool
env_rare (AempEnv *env, AempRare point, uint64_t identity)
{
  SimProcess *process = process_of (env);
  SimWorld *world = sim_process_world (process);
  SimLuck luck;

  luck = sim_luck_number (sim_luck_below (process->host->luck, "rare"), process->ordinal);
  luck = sim_luck_number (sim_luck_number (luck, point), identity);
  if (!sim_luck_chance (luck, (uint64_t)world->now_us, world->rare_ppm[point]))
    return false;
  world->rare_seen |= 1u << point;
  return true;
}

static const char *
env_host_name (AempEnv *env)
{
  return process_of (env)->host->name;
}

static const char *const *
env_interfaces (AempEnv *env)
{
  return process_of (env)->host->interfaces;
}

/* --- Timers --- */

static void
timer_fires (SimEvent *event)
{
  SimTimer *timer = SIM_OWNER (SimTimer, event, event);

  if (!miss (timer->process, event))
    timer->fired (&timer->base, timer->user_data);
}

static void
silence_timer (SimObject *object)
{
  SimTimer *timer = SIM_OWNER (SimTimer, object, object);

  forget (timer->process, &timer->event);
}

static void
renew_timer (SimObject *object)
{
  SimTimer *timer = SIM_OWNER (SimTimer, object, object);
  SimProcess *process = timer->process;

  make_up (process, &timer->event);
  if (sim_event_is_queued (&timer->event))
    sim_queue_add_as (sim_process_world (process)->queue, &timer->event,
                      sim_clock_when_us (process->host, timer->deadline_us), timer->event.sequence);
}

static void
free_timer (SimObject *object)
{
  SimTimer *timer = SIM_OWNER (SimTimer, object, object);

  silence_timer (object);
  sim_object_remove (object);
  g_free (timer);
}

static const SimObjectOps timer_ops = { silence_timer, renew_timer, free_timer };

static AempTimer *
env_timer_new (AempEnv *env, AempTimerFired fired, void *user_data)
{
  SimProcess *process = process_of (env);
  SimTimer *timer = g_new0 (SimTimer, 1);

  timer->base.env = env;
  timer->process = process;
  timer->event.play = timer_fires;
  timer->event.host_key = process->host->key;
  timer->fired = fired;
  timer->user_data = user_data;
  sim_object_add (process, &timer->object, &timer_ops);
  return &timer->base;
}

static void
env_timer_start (AempTimer *base, int64_t delay_us)
{
  SimTimer *timer = (SimTimer *)base;
  SimHost *host = timer->process->host;
  SimWorld *world = host->world;
  int64_t now_us = sim_clock_now_us (host);
  int64_t due_us;

  if (!timer->process->running)
    return;
  delay_us = CLAMP (delay_us, 0, G_MAXINT64 - MAX (now_us, world->now_us));
  if (delay_us > 0 && AEMP_PLANTED (sim_timer_early))
    delay_us = delay_us / 10 * 9;
  due_us = world->now_us + delay_us;
  timer->deadline_us = now_us + delay_us;
  if (host->clock.drift_ppm != 0)
    due_us = sim_clock_when_us (host, timer->deadline_us);
  if (sim_event_is_queued (&timer->event) && AEMP_PLANTED (sim_timer_not_moved))
    return;
  sim_queue_add (world->queue, &timer->event, due_us);
}

static void
env_timer_stop (AempTimer *base)
{
  if (!AEMP_PLANTED (sim_timer_not_stopped))
    silence_timer (&((SimTimer *)base)->object);
}

static void
env_timer_free (AempTimer *base)
{
  free_timer (&((SimTimer *)base)->object);
}

/* --- Names --- */

static SimLuck
lookup_luck (const SimResolution *resolution)
{
  return sim_luck_below (sim_luck_below (resolution->process->host->luck, "lookup"),
                         resolution->host_port);
}

/* Does the host's resolver get no answer now? */
static bool
lookup_fails (const SimResolution *resolution)
{
  const SimTrouble *trouble = &resolution->process->host->trouble;

  return sim_process_world (resolution->process)->now_us < trouble->fails_until_us
         && sim_luck_chance (sim_luck_below (lookup_luck (resolution), "fails"),
                             (uint64_t)resolution->asked_us, trouble->fails_ppm);
}

/* The numeric "host:port", or NULL with an error. */
static char *
look_up (const SimResolution *resolution, const char *host_port, GError **error)
{
  SimWorld *world = sim_process_world (resolution->process);
  uint16_t port;
  g_autofree char *name = sim_address_split (host_port, &port);
  SimAddress address;
  SimHost *host;

  if (!name)
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_ADDRESS, "not a host:port: %s", host_port);
      return NULL;
    }
  if (strcmp (name, "*") != 0 && sim_address_parse (world, host_port, &address))
    return g_strdup (host_port);
  if (strcmp (name, "localhost") == 0)
    return g_strdup_printf ("127.0.0.1:%u", port);
  host = lookup_fails (resolution) ? NULL : sim_network_host_by_name (world, name);
  if (!host)
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_ADDRESS, "no such host: %s", name);
      return NULL;
    }
  return g_strdup_printf ("%s:%u", host->address, port);
}

/* "rain--ruth:4040" is a name that has the addresses of both. */
static GPtrArray *
look_up_all (const SimResolution *resolution, GError **error)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);
  const char *port = strrchr (resolution->host_port, ':') ?: "";
  g_autofree char *names
      = g_strndup (resolution->host_port, strlen (resolution->host_port) - strlen (port));
  g_auto (GStrv) parts = g_strsplit (names, "--", 0);

  for (unsigned i = 0; i == 0 || parts[i]; i++)
    {
      g_autofree char *one = g_strconcat (parts[i] ? parts[i] : "", port, NULL);
      char *address = look_up (resolution, one, error);
      if (!address)
        return NULL;
      g_ptr_array_add (addresses, address);
    }
  g_ptr_array_add (addresses, NULL);
  return g_steal_pointer (&addresses);
}

static void
resolution_is_done (SimEvent *event)
{
  SimResolution *resolution = SIM_OWNER (SimResolution, event, event);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) addresses = NULL;

  if (miss (resolution->process, event))
    return;
  addresses = look_up_all (resolution, &error);
  if (error && AEMP_PLANTED (sim_lookup_never_answers))
    return;
  resolution->resolved (&resolution->base,
                        addresses ? (const char *const *)addresses->pdata : NULL, error,
                        resolution->user_data);
}

static void
silence_resolution (SimObject *object)
{
  SimResolution *resolution = SIM_OWNER (SimResolution, object, object);

  forget (resolution->process, &resolution->event);
}

static void
plan_resolution (SimResolution *resolution)
{
  SimHost *host = resolution->process->host;
  int64_t time_us = MIN (resolution->late_us, host->trouble.lookups.until_us);

  time_us = MAX (time_us, resolution->usual_us);
  sim_queue_add (host->world->queue, &resolution->event, MAX (time_us, host->world->now_us));
}

static void
renew_resolution (SimObject *object)
{
  SimResolution *resolution = SIM_OWNER (SimResolution, object, object);

  make_up (resolution->process, &resolution->event);
  if (resolution->late_us > 0 && sim_event_is_queued (&resolution->event))
    plan_resolution (resolution);
}

static void
free_resolution (SimObject *object)
{
  SimResolution *resolution = SIM_OWNER (SimResolution, object, object);

  silence_resolution (object);
  sim_object_remove (object);
  g_free (resolution->host_port);
  g_free (resolution);
}

static const SimObjectOps resolution_ops
    = { silence_resolution, renew_resolution, free_resolution };

/* Decides when it will be answered.  Numeric addresses, and what is none at all, take no time. */
static void
draw_answer (SimResolution *resolution)
{
  SimHost *host = resolution->process->host;
  const SimWorld *world = host->world;
  const SimLateness *late = &host->trouble.lookups;
  uint64_t identity = (uint64_t)world->now_us;
  SimLuck luck = lookup_luck (resolution);
  SimAddress address;

  resolution->asked_us = resolution->usual_us = world->now_us;
  if (sim_address_parse (host->world, resolution->host_port, &address))
    return;
  resolution->usual_us
      += sim_luck_between (luck, identity, world->lookup_min_us, world->lookup_max_us);
  if (world->now_us < late->until_us)
    resolution->late_us
        = world->now_us
          + sim_luck_between (sim_luck_below (luck, "late"), identity, late->min_us, late->max_us);
}

static AempResolution *
env_resolve (AempEnv *env, const char *host_port, AempResolved resolved, void *user_data)
{
  SimProcess *process = process_of (env);
  SimResolution *resolution = g_new0 (SimResolution, 1);

  resolution->base.env = env;
  resolution->process = process;
  resolution->event.play = resolution_is_done;
  resolution->event.host_key = process->host->key;
  resolution->host_port = g_strdup (host_port);
  resolution->resolved = resolved;
  resolution->user_data = user_data;
  sim_object_add (process, &resolution->object, &resolution_ops);
  if (process->running)
    {
      draw_answer (resolution);
      plan_resolution (resolution);
    }
  return &resolution->base;
}

static void
env_resolution_free (AempResolution *base)
{
  free_resolution (&((SimResolution *)base)->object);
}

/* --- Listeners and streams --- */

static AempListener *
env_listen (AempEnv *env, const char *address, AempAccepted accepted, void *user_data,
            GError **error)
{
  return sim_listener_new (process_of (env), address, accepted, user_data, error);
}

static const char *
env_listener_address (AempListener *listener)
{
  return ((SimListener *)listener)->text;
}

static void
env_listener_free (AempListener *listener)
{
  sim_listener_free ((SimListener *)listener);
}

static AempStream *
env_connect (AempEnv *env, const char *address, const AempStreamEvents *events, void *user_data)
{
  return &sim_stream_connect (process_of (env), address, events, user_data)->base;
}

static void
env_stream_set_events (AempStream *base, const AempStreamEvents *events, void *user_data)
{
  SimStream *stream = (SimStream *)base;

  stream->events = events;
  stream->user_data = user_data;
}

static void
env_stream_close (AempStream *stream)
{
  sim_stream_free ((SimStream *)stream);
}

static const char *
env_stream_local_address (AempStream *stream)
{
  return ((SimStream *)stream)->local_address;
}

static const char *
env_stream_peer_address (AempStream *stream)
{
  return ((SimStream *)stream)->peer_address;
}

static const AempEnvOps ops = {
  .now_us = env_now_us,
  .wall_us = env_wall_us,
  .random_bytes = env_random_bytes,
  .host_name = env_host_name,
  .interfaces = env_interfaces,
  .timer_new = env_timer_new,
  .timer_start = env_timer_start,
  .timer_stop = env_timer_stop,
  .timer_free = env_timer_free,
  .resolve = env_resolve,
  .resolution_free = env_resolution_free,
  .listen = env_listen,
  .listener_address = env_listener_address,
  .listener_free = env_listener_free,
  .connect = env_connect,
  .stream_set_events = env_stream_set_events,
  .stream_write = sim_stream_write,
  .stream_pause = sim_stream_pause,
  .stream_resume = sim_stream_resume,
  .stream_end = sim_stream_end,
  .stream_close = env_stream_close,
  .stream_abort = sim_stream_abort,
  .stream_local_address = env_stream_local_address,
  .stream_peer_address = env_stream_peer_address,
  .rare = env_rare,
};

/* --- The process --- */

/* Power comes or goes: what has happened until now has. */
static void
set_power (SimHost *host, bool up)
{
  if (host->up == up)
    return;
  for (unsigned i = 0; i < host->pairs->len; i++)
    sim_tcp_settle_all (g_ptr_array_index (host->pairs, i));
  host->up = up;
  for (unsigned i = 0; i < host->pairs->len; i++)
    for (unsigned j = 0; j < 2; j++)
      sim_way_look (&((SimPair *)g_ptr_array_index (host->pairs, i))->ways[j]);
}

SimProcess *
sim_process_new (SimHost *host)
{
  SimProcess *process = g_new0 (SimProcess, 1);

  g_assert (!host->process && host->ordinal > 0);
  process->base.ops = &ops;
  process->host = host;
  process->base.rare = &sim_process_world (process)->rare;
  process->ordinal = ++host->processes_begun;
  process->running = true;
  host->process = process;
  set_power (host, true);
  g_ptr_array_add (host->processes, process);
  return process;
}

AempEnv *
sim_process_env (SimProcess *process)
{
  return &process->base;
}

unsigned
sim_process_ordinal (SimProcess *process)
{
  return process->ordinal;
}

static void
stop (SimProcess *process)
{
  process->running = false;
  process->host->process = NULL;
  for (SimObject *object = process->objects; object; object = object->next)
    object->ops->silence (object);
}

void
sim_process_kill (SimProcess *process)
{
  g_assert (process->running);
  stop (process);
}

void
sim_process_pause (SimProcess *process)
{
  g_assert (process->running);
  process->paused = true;
}

void
sim_process_resume (SimProcess *process)
{
  g_assert (process->running);
  if (!process->paused)
    return;
  process->paused = false;
  sim_process_renew (process);
}

void
sim_process_renew (SimProcess *process)
{
  for (SimObject *object = process->objects; object; object = object->next)
    object->ops->renew (object);
}

void
sim_process_vanish (SimProcess *process)
{
  g_assert (process->running);
  process->vanishes = true;
  set_power (process->host, false);
  stop (process);
  sim_tcp_vanish_all (process->host);
}

void
sim_process_free (SimProcess *process)
{
  g_assert (!process->running);
  while (process->objects)
    process->objects->ops->free (process->objects);
  g_ptr_array_remove (process->host->processes, process);
  g_free (process);
}
