/* sim/tcp-faults.c - what is done to connections from outside. */

#include "process.h"
#include "tcp.h"

#include <errno.h>

typedef void (*Deed) (SimEnd *end);

/* Does something to all ends that send on a way, or (NULL) on either. */
static void
do_to_all (SimPair *pair, const SimWay *way, Deed deed)
{
  for (SimConnection *connection = pair->connections, *next; connection; connection = next)
    {
      next = connection->next;
      sim_connection_enter (connection);
      connection->calm = false;
      for (unsigned i = 0; i < 2; i++)
        if (!way || connection->ends[i].way == way)
          deed (&connection->ends[i]);
      sim_connection_leave (connection);
    }
}

static void
do_nothing (SimEnd *end)
{
}

void
sim_tcp_settle_all (SimPair *pair)
{
  do_to_all (pair, NULL, do_nothing);
}

/* Nothing that was on its way there is to be expected. */
static void
lose (SimEnd *end)
{
  sim_wire_lose (&end->wire);
  end->arrival_us = sim_end_world (end)->now_us;
  end->peer->expected = end->peer->out.acked;
  if (end->peer->state == SIM_TCP_SYN_RECEIVED && end->state == SIM_TCP_CLOSED && !end->user)
    sim_end_forget (end->peer); /* nobody is there to be accepted */
}

void
sim_tcp_lose_all (SimWay *way)
{
  do_to_all (way->pair, way, lose);
}

static void
reset (SimEnd *end)
{
  if (end->state != SIM_TCP_CLOSED)
    sim_wire_reset (end->peer);
}

void
sim_tcp_reset_all (SimPair *pair)
{
  do_to_all (pair, NULL, reset);
}

static void
tell (SimEnd *end)
{
  end->peer->news |= SIM_NEWS_DATA;
}

void
sim_tcp_tell_all (SimWay *way)
{
  do_to_all (way->pair, way, tell);
}

static void
end_it (SimEnd *end)
{
  if (sim_end_is_open (end))
    sim_tcp_end (end);
}

void
sim_tcp_end_all (SimWay *way)
{
  do_to_all (way->pair, way, end_it);
}

/* Here is nothing any more, and what was on its way here is lost. */
static void
vanish (SimEnd *end)
{
  if (!end->way->from->up)
    sim_end_forget (end);
  if (!end->way->to->up)
    lose (end);
}

void
sim_tcp_vanish_all (SimHost *host)
{
  for (unsigned i = 0; i < host->pairs->len; i++)
    do_to_all (g_ptr_array_index (host->pairs, i), NULL, vanish);
}
