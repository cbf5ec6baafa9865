/* sim/listener.c - where connections are accepted: by the kernel, then by the program. */

#include "process.h"

#include <errno.h>
#include <string.h>

static void
silence (SimObject *object)
{
  SimListener *listener = SIM_OWNER (SimListener, object, object);

  g_ptr_array_remove (listener->process->host->listeners, listener);
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

/* Would both be asked for the same connections? */
static bool
overlap (const SimAddress *one, const SimAddress *other)
{
  if (one->port != other->port)
    return false;
  return one->kind == other->kind || one->kind == SIM_ADDRESS_ANY || other->kind == SIM_ADDRESS_ANY;
}

/* 0, or the errno that tells why nobody can listen there. */
static int
check_address (SimProcess *process, const SimAddress *address)
{
  SimHost *host = process->host;

  if (!process->running)
    return ENETDOWN;
  if (address->kind == SIM_ADDRESS_HOST && address->host != host)
    return EADDRNOTAVAIL;
  for (unsigned i = 0; i < host->listeners->len; i++)
    {
      SimListener *listener = g_ptr_array_index (host->listeners, i);

      if (overlap (&listener->address, address))
        return EADDRINUSE;
    }
  return 0;
}

AempListener *
sim_listener_new (SimProcess *process, const char *text, AempAccepted accepted, void *user_data,
                  GError **error)
{
  SimHost *host = process->host;
  SimListener *listener;
  SimAddress address;
  int number = EINVAL;

  if (sim_address_parse (host->world, text, &address))
    {
      if (address.port == 0)
        address.port = sim_host_take_port (host);
      number = check_address (process, &address);
    }
  if (number != 0)
    {
      g_propagate_error (error, aemp_errno_error (number));
      return NULL;
    }

  listener = g_new0 (SimListener, 1);
  listener->base.env = &process->base;
  listener->process = process;
  listener->address = address;
  listener->number = ++host->listeners_begun;
  listener->accepted = accepted;
  listener->user_data = user_data;
  listener->turn.play = give_first;
  listener->turn.host_key = host->key;
  g_queue_init (&listener->backlog);
  g_snprintf (listener->text, sizeof listener->text, "%s:%u", address.text, address.port);
  g_ptr_array_add (host->listeners, listener);
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

bool
sim_listener_uses (SimHost *host, uint16_t port)
{
  for (unsigned i = 0; i < host->listeners->len; i++)
    if (((SimListener *)g_ptr_array_index (host->listeners, i))->address.port == port)
      return true;
  return false;
}

SimListener *
sim_listener_find (SimHost *host, uint16_t port, bool loopback)
{
  SimAddressKind kind = loopback ? SIM_ADDRESS_LOOPBACK : SIM_ADDRESS_HOST;

  for (unsigned i = 0; i < host->listeners->len; i++)
    {
      SimListener *listener = g_ptr_array_index (host->listeners, i);

      if (listener->address.port == port
          && (listener->address.kind == SIM_ADDRESS_ANY || listener->address.kind == kind))
        return listener;
    }
  return NULL;
}

/* False: the program has closed it already. */
static bool
give (SimListener *listener, SimStream *stream)
{
  bool freed = false;

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
  stream = g_queue_pop_head (&listener->backlog);
  stream->listener = NULL;
  plan (listener);
  if (give (listener, stream))
    sim_stream_plan (stream); /* it may have heard something meanwhile */
}

void
sim_listener_accept (SimListener *listener, SimEnd *end)
{
  SimStream *stream = sim_stream_accept (listener->process, end);
  const SimLateness *late = &listener->process->host->trouble.accepts;
  int64_t now_us = sim_end_world (end)->now_us;
  bool is_late = now_us < late->until_us;

  if (!listener->process->paused && !is_late && listener->backlog.length == 0)
    {
      give (listener, stream);
      return;
    }
  stream->listener = listener;
  if (is_late)
    stream->accept_after_us
        = now_us
          + sim_luck_between (sim_luck_below (end->luck, "accept"), 0, late->min_us, late->max_us);
  g_queue_push_tail (&listener->backlog, stream);
  if (listener->backlog.length == 1)
    plan (listener);
}
