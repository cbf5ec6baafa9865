/* sim/tcp-connection.c - two ends, what is on its way between them, and what has to be an event.
 *
 * What cannot matter is no event.  It is made up for, in order, by whoever touches the connection
 * next: catch_up().  An acknowledgement matters when the end it goes to has something to do that
 * waits for it; a delayed one, when the end it would go to does; a timer, when it would be due
 * before the next event of the connection, and no acknowledgement on its way stops it. */

#include "engine/planted.h"
#include "process.h"
#include "tcp.h"

/* --- Connections --- */

static void arrive (SimEvent *event);
static void timer_is_due (SimEvent *event);

static void
end_init (SimConnection *connection, unsigned side, SimWay *way, SimLuck luck)
{
  SimEnd *end = &connection->ends[side];
  const SimTcpLimits *limits = &way->from->world->limits;

  end->world = way->from->world;
  end->connection = connection;
  end->peer = &connection->ends[1 - side];
  end->way = way;
  end->luck = sim_luck_below (luck, side == 0 ? "there" : "back");
  end->luck_delay = sim_luck_below (end->luck, "delay");
  end->luck_acks = sim_luck_below (end->luck, "acks");
  end->luck_pieces = sim_luck_below (end->luck, "pieces");
  end->arrival.play = arrive;
  end->arrival.host_key = way->to->key;
  end->timer.play = timer_is_due;
  end->timer.host_key = way->from->key;
  end->in.buffer_bytes = end->out.buffer_bytes = sim_way_buffer_bytes (way);
  end->keepalive_interval_us = limits->keepalive_interval_us;
  end->keepalive_probes = limits->keepalive_probes;
  end->user_timeout_us = limits->user_timeout_us;
  end->syn_retries = limits->syn_retries;
  end->eager = limits->eager;
}

SimConnection *
sim_connection_new (SimWay *way, bool loopback)
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
connection_free (SimConnection *connection)
{
  for (unsigned i = 0; i < 2; i++)
    {
      SimEnd *end = &connection->ends[i];
      SimQueue *queue = sim_end_world (end)->queue;

      sim_queue_remove (queue, &end->arrival);
      sim_queue_remove (queue, &end->timer);
      sim_wire_free (&end->wire);
      sim_bytes_forget (sim_end_world (end), &end->out.bytes, G_MAXUINT64);
      g_free (end->out.records.items);
      g_free (end->in.islands);
    }
  *connection->link = connection->next;
  if (connection->next)
    connection->next->link = connection->link;
  g_free (connection);
}

void
sim_tcp_free_all (SimPair *pair)
{
  while (pair->connections)
    connection_free (pair->connections);
}

void
sim_end_forget (SimEnd *end)
{
  end->state = SIM_TCP_CLOSED;
  end->out.records.count = 0;
  end->out.timer = SIM_TIMER_NONE;
  end->out.phase = SIM_SENDS_OPENLY;
  end->in.deadline_us = 0;
}

void
sim_end_fail (SimEnd *end, int number)
{
  sim_end_forget (end);
  end->error = number;
  end->news |= SIM_NEWS_OVER;
}

/* --- The wire --- */

static bool
is_loud (const SimEnd *to, const SimSegment *segment)
{
  return segment->length > 0 || (segment->flags & ~SIM_ACK) || segment->sacks
         || to->state == SIM_TCP_SYN_RECEIVED;
}

static void
put (SimEnd *end, SimSegment *segment, int64_t delay_us)
{
  SimWorld *world = sim_end_world (end);
  SimEnd *peer = end->peer;
  int64_t arrival_us = segment->sent_us + delay_us;

  segment->loud = is_loud (peer, segment);
  if (segment->loud) /* it may be sent late, when a timer was thought to be harmless and was not */
    arrival_us = MAX (arrival_us, world->now_us);
  if (!sim_way_path (end->way)->reorders)
    arrival_us = end->arrival_us = MAX (arrival_us, end->arrival_us);
  segment->arrival_us = arrival_us;
  segment->order = sim_queue_sequence (world->queue);
  if (segment->loud)
    end->wire.loud++;
  else
    sim_end_is_quiet_until (end, arrival_us);
  *sim_wire_add (&end->wire, arrival_us) = *segment;
  if ((segment->flags & SIM_ACK) && segment->ack > peer->expected)
    {
      peer->expected = segment->ack;
      peer->expected_us = arrival_us;
    }
}

/* Something at a cut answers what `end` sent, in the peer's name. */
static void
answer (SimEnd *end, uint8_t flags)
{
  SimEnd *peer = end->peer;
  SimWorld *world = sim_end_world (end);
  uint64_t identity = (uint64_t)(world->now_us - end->connection->began_us);
  SimSegment segment = { .sent_us = world->now_us, .flags = flags | SIM_FORGED | SIM_NEAR };

  if (world->capture)
    sim_capture_see (world->capture, peer, &segment);
  put (peer, &segment, sim_way_delay_us (peer->way, peer->luck_acks, identity));
}

/* Is it one of those that somebody has counted out? */
static bool
is_counted_out (SimWay *way, const SimSegment *segment)
{
  bool is_ack = segment->length == 0 && (segment->flags & (SIM_SYN | SIM_FIN)) == 0;
  bool is_lost = way->lose[is_ack] & 1;

  if (segment->flags & SIM_RST)
    return false;
  way->lose[is_ack] >>= 1;
  return is_lost;
}

/* A planted bug: what a way has spoiled is taken all the same. */
static void
spoil (SimEnd *end, const SimSegment *segment)
{
  uint8_t *byte = sim_bytes_at (&end->out.bytes, segment->begin);

  if (byte)
    *byte ^= 1;
}

/* One that TCP allows, or so many of them on a way that does nothing to them. */
static void
send_one (SimEnd *end, SimSegment *segment, SimLuck luck, uint64_t identity)
{
  SimPassage passage
      = sim_way_pass (end->way, luck, identity, segment->length, segment->sent_us, &end->in_burst);
  SimRange *sacks = segment->sacks;

  if (is_counted_out (end->way, segment))
    passage.copies = 0;
  if (passage.is_spoiled && passage.copies > 0 && segment->length > 0)
    spoil (end, segment);

  for (unsigned i = 0; i < passage.copies; i++)
    {
      segment->sacks = i > 0 ? g_memdup2 (sacks, SIM_SACKS_MAX * sizeof *sacks) : sacks;
      put (end, segment, passage.delay_us[i]);
    }
  if (passage.copies == 0)
    g_free (sacks);
}

static void
send_in_pieces (SimEnd *end, SimSegment *segment, SimLuck luck, uint64_t identity)
{
  uint32_t most = sim_end_limits (end)->segment_bytes;
  uint32_t left = segment->length;

  while (left > most)
    {
      segment->length = most;
      send_one (end, segment, luck, identity);
      segment->begin += most;
      identity += most;
      left -= most;
    }
  segment->length = left;
  send_one (end, segment, luck, identity);
}

void
sim_wire_send (SimEnd *end, SimSegment *segment, SimLuck luck, uint64_t identity)
{
  SimWay *way = end->way;
  SimCapture *capture = sim_end_world (end)->capture;

  if (capture)
    sim_capture_see (capture, end, segment);
  if (sim_way_is_silent (way))
    {
      g_free (segment->sacks);
      if (sim_way_refuses (way) && !(segment->flags & SIM_RST))
        answer (end, SIM_RST);
      else if (sim_way_is_unreachable (way))
        answer (end, SIM_UNREACHABLE);
    }
  else if (way->clean)
    put (end, segment, sim_way_delay_us (way, luck, identity));
  else
    send_in_pieces (end, segment, luck, identity);
}

void
sim_wire_reset (SimEnd *peer)
{
  SimWorld *world = sim_end_world (peer);
  uint64_t identity = (uint64_t)(world->now_us - peer->connection->began_us);
  SimSegment segment = { .sent_us = world->now_us, .flags = SIM_RST | SIM_FORGED };

  sim_wire_send (peer, &segment, peer->luck_acks, identity);
}

/* --- What would have happened --- */

typedef enum
{
  MADE_UP_NOTHING,
  MADE_UP_ARRIVAL,
  MADE_UP_ACK,
  MADE_UP_TIMER,
} MadeUp;

static void
look_for_earlier (SimEnd *end, SimEnd **who, MadeUp *what, int64_t *time_us)
{
  if (end->wire.count > 0 && !sim_wire_at (&end->wire, 0)->loud
      && sim_wire_at (&end->wire, 0)->arrival_us < *time_us)
    {
      *time_us = sim_wire_at (&end->wire, 0)->arrival_us;
      *who = end;
      *what = MADE_UP_ARRIVAL;
    }
  if (end->in.deadline_us != 0 && end->in.deadline_us < *time_us)
    {
      *time_us = end->in.deadline_us;
      *who = end;
      *what = MADE_UP_ACK;
    }
  if (end->out.timer != SIM_TIMER_NONE && end->out.deadline_us < *time_us)
    {
      *time_us = end->out.deadline_us;
      *who = end;
      *what = MADE_UP_TIMER;
    }
}

/* It stays in its place meanwhile: what it is answered with goes onto the other wire. */
static inline void
take_first (SimEnd *from, int64_t now_us)
{
  sim_end_take (from->peer, sim_wire_at (&from->wire, 0), now_us);
  sim_wire_drop (&from->wire);
}

static void
catch_up (SimConnection *connection)
{
  int64_t now_us = sim_end_world (&connection->ends[0])->now_us;

  for (;;)
    {
      int64_t time_us = G_MAXINT64;
      SimEnd *who = NULL;
      MadeUp what = MADE_UP_NOTHING;

      look_for_earlier (&connection->ends[0], &who, &what, &time_us);
      look_for_earlier (&connection->ends[1], &who, &what, &time_us);
      if (time_us > now_us)
        {
          connection->quiet_until_us = time_us;
          return;
        }
      switch (what)
        {
        case MADE_UP_NOTHING:
          break;
        case MADE_UP_ARRIVAL:
          take_first (who, time_us);
          break;
        case MADE_UP_ACK:
          sim_receiver_ack_late (who, time_us);
          break;
        case MADE_UP_TIMER:
          connection->calm = false;
          sim_timer_fire (who, time_us);
          break;
        }
    }
}

/* --- What has to be an event --- */

/* Does the end wait for what is no news by itself? */
static bool
is_attentive (const SimEnd *end)
{
  return end->eager || end->out.next < end->out.written || end->out.phase != SIM_SENDS_OPENLY
         || end->state <= SIM_TCP_SYN_RECEIVED || (end->user && end->user->wants_room);
}

static void
plan_arrival (SimEnd *end)
{
  SimQueue *queue = sim_end_world (end)->queue;
  const SimSegment *next = NULL;

  if (end->wire.count > 0 && is_attentive (end->peer))
    next = sim_wire_at (&end->wire, 0);
  else if (end->wire.loud > 0)
    for (uint32_t i = 0; !next; i++)
      if (sim_wire_at (&end->wire, i)->loud)
        next = sim_wire_at (&end->wire, i);
  if (!next && sim_event_is_queued (&end->arrival))
    sim_queue_remove (queue, &end->arrival);
  else if (!next)
    return;
  else if (!sim_event_is_queued (&end->arrival) || end->arrival.due_us != next->arrival_us
           || end->arrival.sequence != next->order)
    sim_queue_add_as (queue, &end->arrival, next->arrival_us, next->order);
}

static int64_t
next_arrival_us (const SimConnection *connection)
{
  int64_t time_us = G_MAXINT64;

  for (unsigned i = 0; i < 2; i++)
    if (sim_event_is_queued (&connection->ends[i].arrival))
      time_us = MIN (time_us, connection->ends[i].arrival.due_us);
  return time_us;
}

/* Will the sender's timer have been stopped, or looked at again, before it is due? */
static bool
is_harmless (const SimEnd *end, int64_t next_us)
{
  const SimSender *out = &end->out;
  const SimEnd *peer = end->peer;

  if (end->eager)
    return false;
  if (next_us <= out->deadline_us)
    return true;
  if (out->phase != SIM_SENDS_OPENLY || out->next < out->written)
    return false;
  if (end->expected >= out->next)
    return end->expected_us <= out->deadline_us;
  return peer->in.deadline_us != 0 && peer->in.next == out->next && peer->way->clean
         && peer->in.deadline_us + sim_way_longest_us (peer->way) <= out->deadline_us;
}

static int64_t
timer_due_us (SimEnd *end, int64_t next_us)
{
  SimWorld *world = sim_end_world (end);
  int64_t time_us = G_MAXINT64;

  if (end->news && end->user)
    return world->now_us;
  if (end->state == SIM_TCP_CLOSED)
    return time_us;
  if (end->out.timer != SIM_TIMER_NONE && !is_harmless (end, next_us))
    time_us = end->out.deadline_us;
  if (end->in.deadline_us != 0 && (is_attentive (end->peer) || !end->way->clean))
    time_us = MIN (time_us, end->in.deadline_us);
  if (end->state == SIM_TCP_SYN_RECEIVED && end->passive && next_us > end->syn_ack_us)
    time_us = MIN (time_us, end->syn_ack_us);
  if (end->keepalive_time_us != 0 && end->user
      && (end->eager || end->out.probes > 0 || !sim_end_is_whole (end)))
    time_us = MIN (time_us, sim_keepalive_due_us (end, world->now_us));
  return MAX (time_us, world->now_us);
}

static void
plan_timer (SimEnd *end, int64_t next_us)
{
  SimQueue *queue = sim_end_world (end)->queue;
  int64_t time_us = timer_due_us (end, next_us);

  if (time_us == G_MAXINT64)
    {
      if (sim_event_is_queued (&end->timer))
        sim_queue_remove (queue, &end->timer);
    }
  else if (!sim_event_is_queued (&end->timer) || end->timer.due_us != time_us)
    sim_queue_add (queue, &end->timer, time_us);
}

/* What the peer's program has read nobody needs again, acknowledged or not: what is sent again is
 * only counted. */
static inline uint64_t
read_until (const SimEnd *end)
{
  if (AEMP_PLANTED_IS_ON (tcp_duplicate_read_twice))
    return MIN (end->peer->in.read, end->out.acked);
  return end->peer->in.read;
}

static void
forget_bytes (SimEnd *end)
{
  const SimEnd *peer = end->peer;
  uint64_t until = read_until (end);

  if (peer->state == SIM_TCP_CLOSED && !peer->user) /* not yet there, or gone */
    until = end->state == SIM_TCP_CLOSED ? G_MAXUINT64 : end->out.acked;
  if (end->out.bytes.first)
    sim_bytes_forget (sim_end_world (end), &end->out.bytes, until);
}

static inline int64_t
connection_now_us (const SimConnection *connection)
{
  return sim_end_world (&connection->ends[0])->now_us;
}

void
sim_connection_enter (SimConnection *connection)
{
  if (connection->held++ == 0 && connection->quiet_until_us <= connection_now_us (connection))
    catch_up (connection);
}

/* Will no program ever hear of it? */
static bool
is_over (const SimConnection *connection)
{
  for (unsigned i = 0; i < 2; i++)
    if (connection->ends[i].user || connection->ends[i].state == SIM_TCP_SYN_RECEIVED)
      return false;
  return true;
}

/* Does an end wait for nothing but what comes next, on a path that does nothing but take time, and
 * lets nothing overtake what is expected first? */
static inline bool
is_calm (const SimEnd *end)
{
  return end->user && end->state == SIM_TCP_ESTABLISHED && end->way->clean
         && !sim_way_path (end->way)->reorders && !is_attentive (end) && end->news == 0
         && end->out.probes == 0;
}

static void
plan (SimConnection *connection)
{
  SimEnd *ends = connection->ends;
  int64_t next_us;

  plan_arrival (&ends[0]);
  plan_arrival (&ends[1]);
  next_us = next_arrival_us (connection);
  plan_timer (&ends[0], next_us);
  plan_timer (&ends[1], next_us);
  connection->calm = is_calm (&ends[0]) && is_calm (&ends[1])
                     && !sim_end_limits (&ends[0])->never_calm;
}

/* Of a calm end: what nobody wants any more goes, and the next arrival is planned. */
static inline void
look_calmly (SimEnd *end)
{
  const SimBytes *bytes = &end->out.bytes;

  if (bytes->first != bytes->reading)
    sim_bytes_forget (sim_end_world (end), &end->out.bytes, read_until (end));
  if (sim_event_is_queued (&end->arrival) != (end->wire.loud > 0))
    plan_arrival (end);
}

/* Between calm ends only the sender's timer can matter. */
static inline void
plan_timer_calmly (SimEnd *end, int64_t next_us)
{
  const SimSender *out = &end->out;
  bool matters = out->timer != SIM_TIMER_NONE && next_us > out->deadline_us
                 && !is_harmless (end, next_us);

  if (matters ? !sim_event_is_queued (&end->timer) || end->timer.due_us != out->deadline_us
              : sim_event_is_queued (&end->timer))
    plan_timer (end, next_us);
}

/* As plan(), with less to look at. */
static inline void
plan_calmly (SimConnection *connection)
{
  SimEnd *ends = connection->ends;
  int64_t next_us;

  look_calmly (&ends[0]);
  look_calmly (&ends[1]);
  next_us = next_arrival_us (connection);
  plan_timer_calmly (&ends[0], next_us);
  plan_timer_calmly (&ends[1], next_us);
}

void
sim_connection_leave (SimConnection *connection)
{
  if (--connection->held > 0)
    return;
  if (connection->calm)
    {
      plan_calmly (connection);
      return;
    }
  if (is_over (connection))
    {
      connection_free (connection);
      return;
    }
  forget_bytes (&connection->ends[0]);
  forget_bytes (&connection->ends[1]);
  plan (connection);
}

/* --- Events --- */

static void
tell (SimEnd *end)
{
  unsigned news = end->news;

  if (!news || !end->user)
    return;
  end->news = 0;
  end->user->news (end->user, news);
}

static void
arrive (SimEvent *event)
{
  SimEnd *end = SIM_OWNER (SimEnd, arrival, event);
  SimConnection *connection = end->connection;
  int64_t now_us = sim_end_world (end)->now_us;

  sim_connection_enter (connection);
  while (end->wire.count > 0 && sim_wire_at (&end->wire, 0)->arrival_us <= now_us)
    take_first (end, now_us);
  if (end->wire.count > 0 && !sim_wire_at (&end->wire, 0)->loud)
    sim_end_is_quiet_until (end, sim_wire_at (&end->wire, 0)->arrival_us);
  tell (end->peer);
  sim_connection_leave (connection);
}

static void
timer_is_due (SimEvent *event)
{
  SimEnd *end = SIM_OWNER (SimEnd, timer, event);
  SimConnection *connection = end->connection;
  int64_t now_us = sim_end_world (end)->now_us;

  sim_connection_enter (connection); /* fires the sender's, and acknowledges */
  connection->calm = false;
  if (end->state == SIM_TCP_SYN_RECEIVED && end->passive && end->syn_ack_us <= now_us)
    sim_end_repeat_syn_ack (end, now_us);
  if (end->keepalive_time_us != 0 && end->user && sim_keepalive_due_us (end, now_us) <= now_us)
    sim_keepalive_fire (end, now_us);
  tell (end);
  sim_connection_leave (connection);
}
