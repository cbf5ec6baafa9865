/* sim/tcp.c - how connections begin and end, and the packets that do it. */

#include "tcp.h"
#include "process.h"

#include <errno.h>

/* How long a kernel keeps an end that its program closed and the peer did not. */
#define CLOSED_END_LIVES_US (60 * G_USEC_PER_SEC)

/* --- Connections --- */

static void
end_init (SimConnection *connection, unsigned side, SimWay *way, SimLuck luck)
{
  SimEnd *end = &connection->ends[side];

  end->connection = connection;
  end->peer = &connection->ends[1 - side];
  end->way = way;
  end->luck = sim_luck_below (luck, side == 0 ? "there" : "back");
  end->luck_delay = sim_luck_below (end->luck, "delay");
  end->luck_acks = sim_luck_below (end->luck, "acks");
  end->luck_pieces = sim_luck_below (end->luck, "pieces");
  sim_flow_init (end);
}

static SimConnection *
connection_new (SimWay *way, bool loopback)
{
  SimConnection *connection = g_new0 (SimConnection, 1);
  SimLuck luck = sim_luck_number (way->luck, ++way->dialed);

  connection->pair = way->pair;
  connection->loopback = loopback;
  connection->began_us = way->from->world->now_us;
  end_init (connection, 0, way, luck);
  end_init (connection, 1, sim_network_way (way->to, way->from), luck);

  connection->next = way->pair->connections;
  if (connection->next)
    connection->next->link = &connection->next;
  connection->link = &way->pair->connections;
  way->pair->connections = connection;
  return connection;
}

static void
packet_free (SimPacket *packet)
{
  sim_queue_remove (sim_end_world (packet->from)->queue, &packet->event);
  *packet->link = packet->next;
  if (packet->next)
    packet->next->link = packet->link;
  g_free (packet);
}

static void
connection_free (SimConnection *connection)
{
  while (connection->packets)
    packet_free (connection->packets);
  for (unsigned i = 0; i < 2; i++)
    {
      SimEnd *end = &connection->ends[i];

      sim_patience_free (end);
      sim_queue_remove (sim_end_world (end)->queue, &end->arrival);
      sim_segments_free (&end->waiting);
      sim_segments_free (&end->flight);
      sim_segments_free (&end->unread);
    }
  *connection->link = connection->next;
  if (connection->next)
    connection->next->link = connection->link;
  g_free (connection);
}

void
sim_connection_hold (SimConnection *connection)
{
  connection->held++;
}

/* A connection that no program will hear of any more is over, whatever is on its way. */
void
sim_connection_release (SimConnection *connection)
{
  if (--connection->held > 0)
    return;
  for (unsigned i = 0; i < 2; i++)
    if (connection->ends[i].stream || connection->ends[i].state == SIM_END_ACCEPTING)
      return;
  connection_free (connection);
}

/* The kernel forgets the end; what it sent goes on travelling. */
static void
end_forget (SimEnd *end)
{
  end->state = SIM_END_GONE;
  end->stream = NULL;
  end->marks_count = 0;
  sim_segments_free (&end->waiting);
  sim_segments_free (&end->peer->unread);
  sim_patience_free (end);
}

void
sim_end_fail (SimEnd *end, int number)
{
  SimStream *stream = end->stream;

  if (end->state == SIM_END_GONE)
    return;
  end_forget (end);
  if (stream)
    sim_stream_fail (stream, number);
  sim_patience_check (end->peer); /* it may have half a connection now */
}

/* --- Accepting --- */

/* The third step, or a segment that says as much, has come. */
static void
accept_end (SimEnd *end)
{
  SimConnection *connection = end->connection;
  SimListener *listener = sim_listener_find (end->way->from, end->port, connection->loopback);

  if (!listener || listener->number != connection->listener)
    {
      end_forget (end);
      return;
    }
  sim_patience_free (end);
  end->state = SIM_END_OPEN;
  end->heard_us = sim_end_world (end)->now_us;
  sim_listener_accept (listener, end);
}

bool
sim_end_answers (SimEnd *end)
{
  if (end->state == SIM_END_ACCEPTING)
    accept_end (end);
  else if (end->state == SIM_END_OPEN && !end->stream && end->end_arrived
           && sim_end_world (end)->now_us - end->closed_us >= CLOSED_END_LIVES_US)
    end_forget (end);
  return end->state == SIM_END_OPEN;
}

static void
take_syn (SimEnd *end)
{
  SimConnection *connection = end->connection;
  SimListener *listener = sim_listener_find (end->way->from, end->port, connection->loopback);

  if (end->peer->state != SIM_END_CONNECTING)
    return;
  if (!listener || sim_end_world (end)->now_us < end->way->from->trouble.refuses_until_us)
    {
      end_forget (end);
      sim_packet_send (end, SIM_PACKET_REFUSAL);
      return;
    }
  if (sim_listener_is_full (listener))
    {
      sim_patience_repeat_step (end->peer);
      return;
    }
  if (end->state == SIM_END_GONE)
    end->sent_us = sim_end_world (end)->now_us;
  end->state = SIM_END_ACCEPTING;
  connection->listener = listener->number;
  sim_packet_send (end, SIM_PACKET_SYN_ACK);
}

static void
take_syn_ack (SimEnd *end)
{
  bool was_connecting = end->state == SIM_END_CONNECTING;

  if (end->state == SIM_END_GONE)
    {
      sim_packet_send (end, SIM_PACKET_RESET);
      return;
    }
  if (was_connecting)
    {
      sim_patience_free (end);
      end->state = SIM_END_OPEN;
      end->heard_us = sim_end_world (end)->now_us;
    }
  sim_packet_send (end, SIM_PACKET_THIRD);
  if (was_connecting)
    sim_stream_open (end->stream);
}

/* --- Packets --- */

/* As Linux reports a reset in the state that the end is in. */
static int
reset_number (const SimEnd *end)
{
  if (end->state == SIM_END_CONNECTING)
    return ECONNREFUSED;
  return end->peer->end_arrived && !end->ended ? EPIPE : ECONNRESET;
}

static void
take_packet (SimEnd *end, SimPacketKind kind, uint64_t arrived)
{
  switch (kind)
    {
    case SIM_PACKET_SYN:
      take_syn (end);
      break;
    case SIM_PACKET_SYN_ACK:
      take_syn_ack (end);
      break;
    case SIM_PACKET_THIRD:
      if (!sim_end_answers (end))
        sim_packet_send (end, SIM_PACKET_RESET);
      break;
    case SIM_PACKET_REFUSAL:
      if (end->state == SIM_END_CONNECTING)
        sim_end_fail (end, ECONNREFUSED);
      break;
    case SIM_PACKET_RESET:
      sim_end_fail (end, reset_number (end));
      break;
    case SIM_PACKET_PROBE:
      sim_packet_send (end, sim_end_answers (end) ? SIM_PACKET_ANSWER : SIM_PACKET_RESET);
      break;
    case SIM_PACKET_ANSWER:
      if (end->state != SIM_END_OPEN)
        break;
      end->acked = MAX (end->acked, arrived);
      sim_patience_answered (end);
      break;
    }
}

static void
packet_arrives (SimEvent *event)
{
  SimPacket *packet = SIM_OWNER (SimPacket, event, event);
  SimEnd *end = packet->from->peer;
  SimPacketKind kind = packet->kind;
  uint64_t arrived = packet->arrived;
  SimConnection *connection = end->connection;

  sim_connection_hold (connection);
  packet_free (packet);
  take_packet (end, kind, arrived);
  sim_connection_release (connection);
}

/* Who waits for a packet that was lost has to do something in time. */
static void
packet_is_lost (SimEnd *from, SimPacketKind kind)
{
  SimEnd *dialer = &from->connection->ends[0];
  SimEnd *acceptor = &from->connection->ends[1];

  switch (kind)
    {
    case SIM_PACKET_SYN:
    case SIM_PACKET_REFUSAL:
      sim_patience_repeat_step (dialer);
      break;
    case SIM_PACKET_SYN_ACK:
      if (dialer->state == SIM_END_GONE && acceptor->state == SIM_END_ACCEPTING)
        end_forget (acceptor); /* nobody is there to be accepted */
      else
        sim_patience_repeat_step (dialer->state == SIM_END_CONNECTING ? dialer : acceptor);
      break;
    case SIM_PACKET_THIRD:
      sim_patience_repeat_step (acceptor);
      sim_patience_check (dialer);
      break;
    case SIM_PACKET_ANSWER:
      from->peer->window_asked = false;
      sim_patience_check (from->peer);
      break;
    case SIM_PACKET_RESET:
    case SIM_PACKET_PROBE:
      sim_patience_check (from);
      sim_patience_check (from->peer);
      break;
    }
}

static SimPacket *
launch (SimEnd *from, SimPacketKind kind)
{
  SimConnection *connection = from->connection;
  SimWorld *world = sim_end_world (from);
  SimPacket *packet = g_new0 (SimPacket, 1);
  SimLuck luck = sim_luck_number (sim_luck_below (from->luck, "packets"), kind);
  int64_t delay_us
      = sim_way_delay_us (from->way, luck, (uint64_t)(world->now_us - connection->began_us), 0);

  packet->event.play = packet_arrives;
  packet->event.host_key = from->way->to->key;
  packet->from = from;
  packet->kind = kind;
  packet->arrived = from->peer->arrived;
  packet->next = connection->packets;
  if (packet->next)
    packet->next->link = &packet->next;
  packet->link = &connection->packets;
  connection->packets = packet;

  from->arrival_us = MAX (world->now_us + delay_us, from->arrival_us);
  sim_queue_add (world->queue, &packet->event, from->arrival_us);
  return packet;
}

void
sim_packet_launch (SimEnd *from, SimPacketKind kind)
{
  launch (from, kind);
}

/* It comes in the peer's name and behind what the peer has sent, whatever became of the way
 * from there. */
void
sim_end_was_stopped (SimEnd *end)
{
  if (sim_way_refuses (end->way))
    launch (end->peer, SIM_PACKET_RESET)->is_forged = true;
}

void
sim_packet_send (SimEnd *from, SimPacketKind kind)
{
  SimLuck luck = sim_luck_number (sim_luck_below (from->luck, "packets"), kind);
  int64_t age_us = sim_end_world (from)->now_us - from->connection->began_us;

  if (sim_way_passes (from->way, luck, (uint64_t)age_us))
    {
      sim_packet_launch (from, kind);
      return;
    }
  packet_is_lost (from, kind);
  if (kind != SIM_PACKET_RESET && kind != SIM_PACKET_REFUSAL)
    sim_end_was_stopped (from);
}

/* --- For streams --- */

SimEnd *
sim_tcp_connect (SimStream *stream, SimWay *way, uint16_t port, bool loopback)
{
  SimConnection *connection = connection_new (way, loopback);
  SimEnd *end = &connection->ends[0];

  end->stream = stream;
  end->port = sim_host_take_port (way->from);
  end->peer->port = port;
  end->state = SIM_END_CONNECTING;
  end->sent_us = connection->began_us;
  sim_packet_send (end, SIM_PACKET_SYN);
  return end;
}

/* A program gives up before it was connected: the other one never hears of it. */
static void
forget_both (SimConnection *connection)
{
  end_forget (&connection->ends[0]);
  end_forget (&connection->ends[1]);
}

static bool
has_unread_bytes (const SimEnd *end)
{
  return end->peer->unread.first && end->peer->unread.first->length > 0;
}

static void
reset_peer (SimEnd *end)
{
  end_forget (end);
  sim_packet_send (end, SIM_PACKET_RESET);
}

void
sim_tcp_close (SimEnd *end)
{
  SimConnection *connection = end->connection;

  sim_connection_hold (connection);
  end->stream = NULL;
  end->closed_us = sim_end_world (end)->now_us;
  if (end->state == SIM_END_CONNECTING)
    forget_both (connection);
  else if (has_unread_bytes (end))
    reset_peer (end);
  else
    {
      sim_segments_free (&end->peer->unread);
      sim_tcp_end (end);
    }
  sim_connection_release (connection);
}

void
sim_tcp_abort (SimEnd *end)
{
  SimConnection *connection = end->connection;

  sim_connection_hold (connection);
  end->stream = NULL;
  if (end->state == SIM_END_CONNECTING)
    forget_both (connection);
  else if (end->end_arrived && end->peer->end_arrived)
    end_forget (end); /* both had ended: no connection is left to be reset */
  else
    reset_peer (end);
  sim_connection_release (connection);
}

/* --- For the network --- */

/* Packets do not lose each other: what one of them starts is seen by the next. */
static void
lose_packets (SimEnd *end)
{
  SimPacket *packet = end->connection->packets;

  while (packet)
    {
      SimPacket *next = packet->next;
      SimPacketKind kind = packet->kind;

      if (packet->from == end && !packet->is_forged)
        {
          packet_free (packet);
          packet_is_lost (end, kind);
        }
      packet = next;
    }
}

static void
lose (SimEnd *end)
{
  lose_packets (end);
  sim_flow_lose (end);
  sim_patience_check (end);
  sim_patience_check (end->peer);
}

void
sim_tcp_lose_all (SimWay *way)
{
  for (SimConnection *connection = way->pair->connections, *next; connection; connection = next)
    {
      next = connection->next;
      sim_connection_hold (connection);
      for (unsigned i = 0; i < 2; i++)
        if (connection->ends[i].way == way)
          lose (&connection->ends[i]);
      sim_connection_release (connection);
    }
}

void
sim_tcp_reset_all (SimPair *pair)
{
  for (SimConnection *connection = pair->connections; connection; connection = connection->next)
    for (unsigned i = 0; i < 2; i++)
      if (connection->ends[i].state != SIM_END_GONE)
        sim_packet_send (connection->ends[i].peer, SIM_PACKET_RESET);
}

void
sim_tcp_plan_all (SimWay *way)
{
  for (SimConnection *connection = way->pair->connections; connection;
       connection = connection->next)
    for (unsigned i = 0; i < 2; i++)
      if (connection->ends[i].way == way && connection->ends[i].peer->stream)
        sim_stream_plan (connection->ends[i].peer->stream);
}

void
sim_tcp_end_all (SimWay *way)
{
  for (SimConnection *connection = way->pair->connections, *next; connection; connection = next)
    {
      next = connection->next;
      sim_connection_hold (connection);
      for (unsigned i = 0; i < 2; i++)
        if (connection->ends[i].way == way && connection->ends[i].state == SIM_END_OPEN)
          sim_tcp_end (&connection->ends[i]);
      sim_connection_release (connection);
    }
}

static void
vanish_ends (SimConnection *connection, SimHost *host)
{
  for (unsigned i = 0; i < 2; i++)
    if (connection->ends[i].way->from == host)
      end_forget (&connection->ends[i]);
  for (unsigned i = 0; i < 2; i++)
    if (connection->ends[i].way->to == host)
      lose (&connection->ends[i]);
}

void
sim_tcp_vanish_all (SimHost *host)
{
  for (unsigned i = 0; i < host->pairs->len; i++)
    {
      SimPair *pair = g_ptr_array_index (host->pairs, i);

      for (SimConnection *connection = pair->connections, *next; connection; connection = next)
        {
          next = connection->next;
          sim_connection_hold (connection);
          vanish_ends (connection, host);
          sim_connection_release (connection);
        }
    }
}

void
sim_tcp_free_all (SimPair *pair)
{
  while (pair->connections)
    connection_free (pair->connections);
}
