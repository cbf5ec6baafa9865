/* sim/listener.c - where connections are accepted: by the kernel, then by the program. */

#include "process.h"

#include <errno.h>
#include <string.h>

static void
silence (SimObject *object)
{
  SimListener *listener = SIM_OWNER (SimListener, object, object);

  sim_door_remove (listener->process, &listener->door);
  sim_queue_remove (sim_process_world (listener->process)->queue, &listener->turn);
}

/* When the first of the backlog is given to the program. */
static void
plan (SimListener *listener)
{
  SimWorld *world = sim_process_world (listener->process);
  const SimStream *first = g_queue_peek_head (&listener->backlog);
  int64_t time_us;

  if (!first || listener->process->paused)
    return;
  time_us = MIN (first->accept_after_us, listener->process->host->trouble.accepts.until_us);
  sim_queue_add (world->queue, &listener->turn, MAX (time_us, world->now_us));
}

static void
renew (SimObject *object)
{
  plan (SIM_OWNER (SimListener, object, object));
}

static void
free_listener (SimObject *object)
{
  sim_listener_free (SIM_OWNER (SimListener, object, object));
}

static const SimObjectOps listener_ops = { silence, renew, free_listener };

static void give_first (SimEvent *event);

/* --- Doors --- */

/* Would both be asked for the same connections? */
static bool
overlap (const SimAddress *one, const SimAddress *other)
{
  if (one->port != other->port)
    return false;
  return one->kind == other->kind || one->kind == SIM_ADDRESS_ANY || other->kind == SIM_ADDRESS_ANY;
}

int
sim_door_add (SimProcess *process, SimDoor *door)
{
  SimHost *host = process->host;
  SimAddress *address = &door->address;

  if (address->port == 0)
    address->port = sim_host_take_port (host);
  if (!process->running)
    return ENETDOWN;
  if (address->kind == SIM_ADDRESS_HOST && address->host != host)
    return EADDRNOTAVAIL;
  for (unsigned i = 0; i < host->listeners->len; i++)
    {
      SimDoor *other = g_ptr_array_index (host->listeners, i);

      if (overlap (&other->address, address))
        return EADDRINUSE;
    }
  door->number = ++host->listeners_begun;
  g_ptr_array_add (host->listeners, door);
  return 0;
}

void
sim_door_remove (SimProcess *process, SimDoor *door)
{
  g_ptr_array_remove (process->host->listeners, door);
}

bool
sim_door_uses (SimHost *host, uint16_t port)
{
  for (unsigned i = 0; i < host->listeners->len; i++)
    if (((SimDoor *)g_ptr_array_index (host->listeners, i))->address.port == port)
      return true;
  return false;
}

SimDoor *
sim_door_find (SimHost *host, uint16_t port, bool loopback)
{
  SimAddressKind kind = loopback ? SIM_ADDRESS_LOOPBACK : SIM_ADDRESS_HOST;

  for (unsigned i = 0; i < host->listeners->len; i++)
    {
      SimDoor *door = g_ptr_array_index (host->listeners, i);

      if (door->address.port == port
          && (door->address.kind == SIM_ADDRESS_ANY || door->address.kind == kind))
        return door;
    }
  return NULL;
}

/* --- Listeners --- */

static void accept_end (SimDoor *door, SimEnd *end);

AempListener *
sim_listener_new (SimProcess *process, const char *text, AempAccepted accepted, void *user_data,
                  GError **error)
{
  SimHost *host = process->host;
  SimListener *listener = g_new0 (SimListener, 1);
  SimAddress *address = &listener->door.address;
  int number = EINVAL;

  listener->door.open = accept_end;
  listener->door.backlog = host->world->limits.backlog;
  if (sim_address_parse (host->world, text, address))
    number = sim_door_add (process, &listener->door);
  if (number != 0)
    {
      g_free (listener);
      g_propagate_error (error, aemp_errno_error (number));
      return NULL;
    }

  listener->base.env = &process->base;
  listener->process = process;
  listener->accepted = accepted;
  listener->user_data = user_data;
  listener->turn.play = give_first;
  listener->turn.host_key = host->key;
  g_queue_init (&listener->backlog);
  g_snprintf (listener->text, sizeof listener->text, "%s:%u", address->text, address->port);
  sim_object_add (process, &listener->object, &listener_ops);
  return &listener->base;
}

void
sim_listener_free (SimListener *listener)
{
  if (listener->process->running)
    silence (&listener->object);
  while (listener->backlog.length > 0) /* they are reset */
    sim_stream_free (g_queue_peek_head (&listener->backlog));
  sim_object_remove (&listener->object);
  g_free (listener);
}

void
sim_listener_forget (SimListener *listener, SimStream *stream)
{
  g_queue_remove (&listener->backlog, stream);
  listener->door.waiting--;
}

/* False: the program has closed it already. */
static bool
give (SimListener *listener, SimStream *stream)
{
  bool freed = false;

  sim_listener_forget (listener, stream);
  stream->listener = NULL;
  plan (listener);
  stream->freed = &freed;
  listener->accepted (&listener->base, &stream->base, listener->user_data);
  if (freed)
    return false;
  stream->freed = NULL;
  g_assert (stream->events); /* env.h: to be taken or closed, at once */
  return true;
}

static void
give_first (SimEvent *event)
{
  SimListener *listener = SIM_OWNER (SimListener, turn, event);
  SimStream *stream;

  if (listener->process->paused)
    return;
  stream = g_queue_peek_head (&listener->backlog);
  if (give (listener, stream))
    sim_stream_plan (stream); /* it may have heard something meanwhile */
}

bool
sim_listener_offer (SimListener *listener, SimStream *stream)
{
  const SimLateness *late = &listener->process->host->trouble.accepts;
  SimEnd *end = stream->end;
  int64_t now_us = sim_end_world (end)->now_us;
  bool is_late = now_us < late->until_us;
  bool is_first = g_queue_peek_head (&listener->backlog) == stream;

  if (is_late)
    stream->accept_after_us
        = now_us
          + sim_luck_between (sim_luck_below (end->luck, "accept"), 0, late->min_us, late->max_us);
  if (!listener->process->paused && !is_late && is_first)
    return give (listener, stream);
  if (is_first)
    plan (listener);
  return false;
}

/* It waits until its news are told, at least. */
static void
accept_end (SimDoor *door, SimEnd *end)
{
  SimListener *listener = SIM_OWNER (SimListener, door, door);
  SimStream *stream = sim_stream_accept (listener->process, end);

  stream->listener = listener;
  g_queue_push_tail (&listener->backlog, stream);
  door->waiting++;
  end->news |= SIM_NEWS_OPEN;
}
