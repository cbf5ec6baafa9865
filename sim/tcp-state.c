/* sim/tcp-state.c - how connections begin and end: RFC 9293 section 3.10, in Linux' order. */

#include "engine/planted.h"
#include "process.h"
#include "tcp.h"

#include <errno.h>

/* --- Beginning --- */

SimEnd *
sim_tcp_connect (SimUser *user, SimWay *way, uint16_t from_port, uint16_t port,
                 uint64_t receive_bytes, bool loopback)
{
  SimConnection *connection = sim_connection_new (way, loopback);
  SimEnd *end = &connection->ends[0];

  connection->held = 1; /* until the caller leaves */
  end->user = user;
  end->port = from_port != 0 ? from_port : sim_host_take_port (way->from);
  end->peer->port = port;
  end->state = SIM_TCP_SYN_SENT;
  if (receive_bytes > 0)
    end->in.buffer_bytes = receive_bytes;
  sim_sender_begin (end, connection->began_us);
  return end;
}

SimEnd *
sim_tcp_connect_crosswise (SimUser *user, SimWay *way, uint16_t from_port, uint16_t port)
{
  for (SimConnection *connection = way->pair->connections; connection;
       connection = connection->next)
    {
      SimEnd *end = &connection->ends[1];

      if (end->way != way || end->port != from_port || end->peer->port != port
          || end->state != SIM_TCP_CLOSED || end->user || end->peer->state != SIM_TCP_SYN_SENT)
        continue;
      sim_connection_enter (connection);
      end->user = user;
      end->state = SIM_TCP_SYN_SENT;
      sim_sender_begin (end, sim_end_world (end)->now_us);
      return end;
    }
  return NULL;
}

/* The peer's SYN is here: its window and number are known. */
static void
take_syn (SimEnd *end, const SimSegment *segment)
{
  end->in.next = end->in.read = end->in.told = 1;
  end->in.edge = 1 + end->in.buffer_bytes;
  end->in.echo_us = segment->sent_us;
  end->out.edge = segment->window; /* from 0, our SYN */
  end->out.window_begin = segment->begin;
}

static void
send_syn_ack (SimEnd *end, int64_t now_us)
{
  end->syn_ack_us = now_us + (sim_end_limits (end)->rto_first_us << MIN (end->out.retries, 30u));
  sim_sender_repeat (end, 0, now_us);
}

static void
answer_dialer (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  SimConnection *connection = end->connection;
  SimHost *host = end->way->from;
  SimDoor *door = sim_door_find (host, end->port, connection->loopback);

  if (end->peer->state != SIM_TCP_SYN_SENT)
    return; /* nobody waits for it any more */
  if (!door || now_us < host->trouble.refuses_until_us)
    {
      sim_send_refusal (end, segment, now_us);
      return;
    }
  if (door->waiting > door->backlog && !AEMP_PLANTED (tcp_backlog_without_end))
    return;
  connection->door = door;
  connection->door_number = door->number;
  end->state = SIM_TCP_SYN_RECEIVED;
  end->passive = true;
  if (door->prepare)
    door->prepare (door, end);
  take_syn (end, segment);
  sim_sender_begin (end, now_us);
  sim_timer_stop (end); /* it has one of its own */
  end->syn_ack_us = now_us + sim_end_limits (end)->rto_first_us;
}

void
sim_end_repeat_syn_ack (SimEnd *end, int64_t now_us)
{
  if (end->out.retries >= sim_end_limits (end)->syn_ack_retries)
    {
      sim_end_forget (end);
      return;
    }
  end->out.retries++;
  send_syn_ack (end, now_us);
}

static void
be_established (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  end->state = SIM_TCP_ESTABLISHED;
  end->heard_us = end->in.data_us = now_us;
  end->out.retries = 0;
  sim_sender_take (end, segment, now_us);
}

/* The third step, or a segment that says as much, has come; false: nobody takes it. */
static bool
be_accepted (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  SimConnection *connection = end->connection;
  SimDoor *door = sim_door_find (end->way->from, end->port, connection->loopback);

  if (!door || door->number != connection->door_number)
    {
      sim_send_refusal (end, segment, now_us);
      sim_end_forget (end);
      return false;
    }
  if (door->waiting > door->backlog)
    return false;
  be_established (end, segment, now_us);
  end->keepalive_time_us = 0;
  door->open (door, end);
  return end->state == SIM_TCP_ESTABLISHED;
}

/* --- Ending --- */

static void
wait_for_late (SimEnd *end, int64_t now_us)
{
  end->state = SIM_TCP_TIME_WAIT;
  end->over_us = now_us + sim_end_limits (end)->time_wait_us;
  sim_timer_stop (end);
}

void
sim_end_was_acknowledged (SimEnd *end, int64_t now_us)
{
  if (!end->out.ended || end->out.acked < end->out.written)
    return;
  if (end->state == SIM_TCP_FIN_WAIT_1)
    {
      end->state = SIM_TCP_FIN_WAIT_2;
      end->over_us = now_us + sim_end_limits (end)->fin_timeout_us;
    }
  else if (end->state == SIM_TCP_CLOSING)
    wait_for_late (end, now_us);
  else if (end->state == SIM_TCP_LAST_ACK)
    sim_end_forget (end);
}

/* What was left by its program is forgotten after a while. */
static void
expire (SimEnd *end, int64_t now_us)
{
  bool waits = end->state == SIM_TCP_TIME_WAIT || (end->state == SIM_TCP_FIN_WAIT_2 && !end->user);

  if (waits && now_us >= end->over_us)
    sim_end_forget (end);
}

/* The peer's end has arrived behind all bytes. */
static void
take_end (SimEnd *end, int64_t now_us)
{
  end->in.wants_ack = true;
  switch ((SimTcpState)end->state)
    {
    case SIM_TCP_ESTABLISHED:
      end->state = SIM_TCP_CLOSE_WAIT;
      end->in.talks_back = true;
      end->news |= SIM_NEWS_DATA;
      break;
    case SIM_TCP_FIN_WAIT_1:
      end->state = SIM_TCP_CLOSING;
      end->news |= SIM_NEWS_DATA;
      sim_send_ack (end, now_us);
      break;
    case SIM_TCP_FIN_WAIT_2:
      wait_for_late (end, now_us);
      end->news |= SIM_NEWS_DATA;
      sim_send_ack (end, now_us);
      break;
    case SIM_TCP_CLOSED:
    case SIM_TCP_SYN_SENT:
    case SIM_TCP_SYN_RECEIVED:
    case SIM_TCP_CLOSE_WAIT:
    case SIM_TCP_LAST_ACK:
    case SIM_TCP_CLOSING:
    case SIM_TCP_TIME_WAIT:
      break;
    }
}

void
sim_tcp_end (SimEnd *end)
{
  int64_t now_us = sim_end_world (end)->now_us;

  end->connection->calm = false;
  if (end->out.ended)
    return;
  switch ((SimTcpState)end->state)
    {
    case SIM_TCP_ESTABLISHED:
      end->state = SIM_TCP_FIN_WAIT_1;
      break;
    case SIM_TCP_CLOSE_WAIT:
      end->state = SIM_TCP_LAST_ACK;
      break;
    case SIM_TCP_CLOSED:
    case SIM_TCP_SYN_SENT:
    case SIM_TCP_SYN_RECEIVED:
    case SIM_TCP_LAST_ACK:
    case SIM_TCP_FIN_WAIT_1:
    case SIM_TCP_FIN_WAIT_2:
    case SIM_TCP_CLOSING:
    case SIM_TCP_TIME_WAIT:
      return;
    }
  if (end->out.next < end->out.written && AEMP_PLANTED (tcp_end_forgotten_behind_bytes))
    return;
  end->out.ended = true;
  end->out.written++;
  sim_sender_push (end, now_us);
}

static void
reset (SimEnd *end)
{
  sim_send_reset (end, sim_end_world (end)->now_us);
  sim_end_forget (end);
}

void
sim_tcp_close (SimEnd *end)
{
  end->connection->calm = false;
  end->user = NULL;
  if (end->state == SIM_TCP_CLOSED)
    return;
  if (end->state == SIM_TCP_SYN_SENT)
    sim_end_forget (end);
  else if (end->state == SIM_TCP_SYN_RECEIVED
           || (sim_end_has_unread_bytes (end) && !AEMP_PLANTED (tcp_unread_bytes_end_in_order)))
    reset (end);
  else
    {
      end->in.read = end->in.next;
      end->in.shut = true;
      if (end->state == SIM_TCP_FIN_WAIT_2)
        end->over_us = sim_end_world (end)->now_us + sim_end_limits (end)->fin_timeout_us;
      sim_tcp_end (end);
    }
}

void
sim_tcp_abort (SimEnd *end)
{
  end->connection->calm = false;
  end->user = NULL;
  switch ((SimTcpState)end->state)
    {
    case SIM_TCP_SYN_RECEIVED:
    case SIM_TCP_ESTABLISHED:
    case SIM_TCP_CLOSE_WAIT:
    case SIM_TCP_FIN_WAIT_1:
    case SIM_TCP_FIN_WAIT_2:
      reset (end);
      break;
    case SIM_TCP_CLOSED:
    case SIM_TCP_SYN_SENT:
    case SIM_TCP_LAST_ACK: /* both had ended: no connection is left to be reset */
    case SIM_TCP_CLOSING:
    case SIM_TCP_TIME_WAIT:
      sim_end_forget (end);
      break;
    }
}

/* --- Segments --- */

/* Which error a reset is depends on the state that the end is in. */
static void
take_reset (SimEnd *end)
{
  if (end->state == SIM_TCP_TIME_WAIT || (end->passive && end->state == SIM_TCP_SYN_RECEIVED))
    sim_end_forget (end);
  else if (end->state == SIM_TCP_SYN_SENT)
    sim_end_fail (end, ECONNREFUSED);
  else
    sim_end_fail (end, end->state == SIM_TCP_CLOSE_WAIT ? EPIPE : ECONNRESET);
}

static void
take_unreachable (SimEnd *end, int64_t now_us)
{
  if (end->state == SIM_TCP_CLOSED || end->passive)
    {
      end->soft_error = EHOSTUNREACH;
      return;
    }
  if (end->state == SIM_TCP_SYN_SENT || end->state == SIM_TCP_SYN_RECEIVED)
    {
      sim_end_fail (end, EHOSTUNREACH);
      return;
    }
  if (end->out.records.count == 0)
    return; /* it quotes a probe, whose number is outside of all that is under way */
  end->soft_error = EHOSTUNREACH;
  sim_timer_take_back (end, now_us);
}

static void
take_while_closed (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  if (segment->flags & SIM_RST)
    return;
  if ((segment->flags & (SIM_SYN | SIM_ACK)) == SIM_SYN)
    answer_dialer (end, segment, now_us);
  else
    sim_send_refusal (end, segment, now_us);
}

static void
take_while_dialing (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  if ((segment->flags & SIM_ACK) && (segment->ack == 0 || segment->ack > end->out.next))
    {
      if (!(segment->flags & SIM_RST))
        sim_send_refusal (end, segment, now_us);
      return;
    }
  if (segment->flags & SIM_RST)
    {
      if (segment->flags & (SIM_ACK | SIM_FORGED))
        take_reset (end);
      return;
    }
  if (!(segment->flags & SIM_SYN))
    return;
  take_syn (end, segment);
  if (segment->flags & SIM_ACK)
    {
      be_established (end, segment, now_us);
      end->news |= SIM_NEWS_OPEN;
      sim_send_ack (end, now_us);
      return;
    }
  end->state = SIM_TCP_SYN_RECEIVED; /* both dial at once */
  sim_sender_repeat (end, 0, now_us);
}

/* True: it goes on with what the segment brings. */
static bool
take_while_answered (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  if (segment->flags & SIM_RST)
    {
      take_reset (end);
      return false;
    }
  if ((segment->flags & (SIM_SYN | SIM_ACK)) == SIM_SYN)
    {
      if (end->passive)
        send_syn_ack (end, now_us);
      return false;
    }
  if (!(segment->flags & SIM_ACK) || segment->ack != 1)
    {
      sim_send_refusal (end, segment, now_us);
      return false;
    }
  if (end->passive)
    return be_accepted (end, segment, now_us);
  be_established (end, segment, now_us);
  end->news |= SIM_NEWS_OPEN;
  return !(segment->flags & SIM_SYN);
}

static bool
is_acceptable (const SimEnd *end, const SimSegment *segment)
{
  uint64_t last = segment->begin + segment->length + !!(segment->flags & (SIM_SYN | SIM_FIN));

  return last >= end->in.told && segment->begin <= end->in.edge;
}

/* RFC 5961: only who knows exactly what is expected may reset; behind an end, also who does not
 * know that it has arrived. */
static bool
is_believed (const SimEnd *end, const SimSegment *segment)
{
  const SimReceiver *in = &end->in;
  bool has_end = end->state == SIM_TCP_CLOSE_WAIT || end->state == SIM_TCP_LAST_ACK
                 || end->state == SIM_TCP_CLOSING;

  return (segment->flags & SIM_FORGED) || segment->begin == in->next
         || (has_end && segment->begin + 1 == in->next)
         || (in->islands_count > 0 && segment->begin == in->islands[in->islands_count - 1].end);
}

/* Is there more to be done with it? */
static bool
check (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  bool is_reset = segment->flags & SIM_RST;

  if (is_reset && is_believed (end, segment))
    {
      if (!AEMP_PLANTED (tcp_reset_ignored))
        take_reset (end);
      return false;
    }
  if (!is_acceptable (end, segment))
    {
      if (!is_reset)
        sim_send_ack (end, now_us);
      return false;
    }
  if (is_reset || (segment->flags & SIM_SYN)) /* let the peer prove itself */
    {
      sim_send_ack (end, now_us);
      return false;
    }
  return segment->flags & SIM_ACK;
}

/* Bytes for a program that has closed. */
static bool
is_for_nobody (const SimEnd *end, const SimSegment *segment)
{
  return end->in.shut && !end->user && segment->begin + segment->length > end->in.next
         && segment->length > 0;
}

static void
take_data (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  uint64_t before = end->in.next;

  if (end->in.end && end->in.next > end->in.end) /* what comes behind the end is old */
    {
      if (segment->length > 0 || (segment->flags & SIM_FIN))
        sim_send_ack (end, now_us);
      return;
    }
  if (is_for_nobody (end, segment))
    {
      sim_send_refusal (end, segment, now_us);
      sim_end_forget (end);
      return;
    }
  sim_receiver_take (end, segment, now_us);
  if (end->in.end && end->in.next > end->in.end && before <= end->in.end)
    take_end (end, now_us);
}

/* What comes to an end that is established, and brings nothing but bytes and an acknowledgement. */
static inline void
take_plain (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  sim_sender_take (end, segment, now_us);
  if (segment->length > 0)
    take_data (end, segment, now_us);
  if (end->state == SIM_TCP_CLOSED)
    return;
  if (end->out.next < end->out.written)
    sim_sender_push (end, now_us);
  if (end->in.wants_ack)
    sim_receiver_acknowledge (end, now_us);
}

static void
take_other (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  expire (end, now_us);
  if (segment->flags & SIM_UNREACHABLE)
    {
      take_unreachable (end, now_us);
      return;
    }
  if (end->state == SIM_TCP_CLOSED)
    {
      take_while_closed (end, segment, now_us);
      return;
    }
  if (end->state == SIM_TCP_SYN_SENT)
    {
      take_while_dialing (end, segment, now_us);
      return;
    }
  if (end->state == SIM_TCP_SYN_RECEIVED)
    {
      if (!take_while_answered (end, segment, now_us))
        return;
    }
  else
    {
      if (!check (end, segment, now_us))
        return;
      sim_sender_take (end, segment, now_us);
    }
  if (end->state == SIM_TCP_CLOSED)
    return;
  if (segment->length > 0 || (segment->flags & SIM_FIN))
    take_data (end, segment, now_us);
  if (end->state == SIM_TCP_CLOSED)
    return;
  sim_sender_push (end, now_us);
  sim_receiver_acknowledge (end, now_us);
}

void
sim_end_take (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  bool plain = segment->flags == SIM_ACK && end->state == SIM_TCP_ESTABLISHED
               && is_acceptable (end, segment);

  if (!plain || segment->sacks)
    end->connection->calm = false;
  if (plain)
    take_plain (end, segment, now_us);
  else
    take_other (end, segment, now_us);
}
