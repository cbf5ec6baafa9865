/* sim/patience.c - what an end does when nothing comes back.
 *
 * Retransmission: what is not known to have arrived is sent again after RTO, 2 RTO, 4 RTO
 * ..., where RTO is rto_min and the longest round trip, none longer than rto_max; all that
 * waits goes along, and what is written meanwhile waits for the answer.  As in Linux it
 * ends at the first such moment when `data_retries` repetitions at RTO = rto_min would be
 * over: 0.2 + 0.4 + ... + 102.4 s, then six times 120 s, which is 924.6 s after the
 * first of it was sent, if the round trip takes no time; with 10 ms it is 934.83 s
 * (0.21 * 1023 + 6 * 120).
 *
 * Keepalive: on a connection that is well, probes are answered, so that nothing need
 * happen.  On one that is not, the timer begins where it would be if all before had been
 * answered. */

#include "process.h"
#include "tcp.h"

#include <errno.h>

/* Linux' constants without a setting of ours. */
#define SYN_ACK_RETRIES 5
#define CLOSED_RETRIES 8 /* for data that the program has left behind */

/* `first_us` doubled `times` times, `most_us` at most. */
static int64_t
doubled (int64_t first_us, unsigned times, int64_t most_us)
{
  int64_t time_us = MIN (first_us, most_us);

  while (times-- > 0 && time_us < most_us)
    time_us = MIN (2 * time_us, most_us);
  return time_us;
}

static int64_t
data_timeout_us (const SimEnd *end, unsigned retries)
{
  const SimTcpLimits *limits = &sim_end_world (end)->limits;
  int64_t first_us = limits->rto_min_us + sim_way_round_trip_us (end->way, end->peer->way);

  return doubled (first_us, retries, limits->rto_max_us);
}

static int64_t
silence_limit_us (const SimEnd *end)
{
  const SimTcpLimits *limits = &sim_end_world (end)->limits;
  unsigned retries = end->stream ? limits->data_retries : CLOSED_RETRIES;
  int64_t limit_us = 0;

  for (unsigned i = 0; i <= retries; i++)
    limit_us += doubled (limits->rto_min_us, i, limits->rto_max_us);
  return limit_us;
}

static bool
is_broken (const SimEnd *end)
{
  const SimEnd *peer = end->peer;

  if (sim_way_is_silent (end->way) || sim_way_is_silent (peer->way))
    return true;
  return !peer->stream && peer->state != SIM_END_ACCEPTING;
}

/* Is there something that nobody will answer of himself? */
static bool
needs_retry (const SimEnd *end)
{
  if (!sim_flow_is_covered (end))
    return true;
  if (!end->window_closed)
    return end->waiting.first != NULL;
  return !end->window_asked
         && (is_broken (end) || end->arrived - end->read <= sim_way_buffer_bytes (end->way) / 2);
}

/* --- The handshake --- */

static int64_t
step_timeout_us (const SimEnd *end)
{
  const SimTcpLimits *limits = &sim_end_world (end)->limits;

  return doubled (limits->rto_first_us, end->patience->retries, limits->rto_max_us);
}

static void
retry_step (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);
  bool dials = end->state == SIM_END_CONNECTING;
  unsigned most = dials ? world->limits.syn_retries : SYN_ACK_RETRIES;

  if (end->patience->retries >= most)
    {
      sim_end_fail (end, ETIMEDOUT);
      return;
    }
  end->patience->retries++;
  end->sent_us = world->now_us;
  if (!dials) /* until the third step has come */
    sim_queue_add (world->queue, &end->patience->retry, world->now_us + step_timeout_us (end));
  sim_packet_send (end, dials ? SIM_PACKET_SYN : SIM_PACKET_SYN_ACK);
}

/* --- Data --- */

/* Is all that was sent known to have arrived, but the window closed? */
static bool
asks_for_room (const SimEnd *end)
{
  return end->window_closed && sim_flow_is_covered (end);
}

static int64_t
first_unanswered_us (const SimEnd *end)
{
  if (asks_for_room (end))
    return sim_end_world (end)->now_us;
  if (end->flight.first)
    return end->flight.first->sent_us;
  return end->waiting.first ? end->waiting.first->sent_us : end->sent_us;
}

static void
start_retry (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);
  SimPatience *patience = end->patience;
  int64_t time_us;

  sim_queue_remove (world->queue, &patience->keepalive);
  patience->probes = 0;
  if (sim_event_is_queued (&patience->retry))
    return;
  patience->retries = 0;
  patience->since_us = first_unanswered_us (end);
  time_us = patience->since_us + data_timeout_us (end, 0);
  sim_queue_add (world->queue, &patience->retry, MAX (time_us, world->now_us));
}

/* Is it too early to send again?  What the timer was started for may have been answered,
 * and something sent later be missing now. */
static bool
is_early (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);
  SimPatience *patience = end->patience;
  int64_t time_us;

  if (end->marks_count > 0) /* there are answers on their way */
    time_us = end->marks[end->marks_count - 1].time_us;
  else if (patience->retries > 0 || asks_for_room (end))
    return false;
  else
    {
      patience->since_us = first_unanswered_us (end);
      time_us = patience->since_us + data_timeout_us (end, 0);
    }
  if (time_us <= world->now_us)
    return false;
  sim_queue_add (world->queue, &patience->retry, time_us);
  return true;
}

static void
retry_data (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);
  SimPatience *patience = end->patience;

  sim_flow_settle (end, world->now_us);
  if (!needs_retry (end))
    {
      patience->retries = 0;
      sim_flow_send_waiting (end);
      return;
    }
  if (is_early (end))
    return;
  if (world->now_us - patience->since_us >= silence_limit_us (end))
    {
      sim_end_fail (end, ETIMEDOUT);
      return;
    }
  patience->retries++;
  sim_queue_add (world->queue, &patience->retry,
                 world->now_us + data_timeout_us (end, patience->retries));
  if (sim_flow_send_again (end, patience->retries))
    sim_packet_launch (end, SIM_PACKET_PROBE); /* the answer to what was sent, or to nothing new */
}

static void
retry (SimEvent *event)
{
  SimEnd *end = SIM_OWNER (SimPatience, retry, event)->end;
  SimConnection *connection = end->connection;

  sim_connection_hold (connection);
  if (end->state == SIM_END_OPEN)
    retry_data (end);
  else
    retry_step (end);
  sim_connection_release (connection);
}

/* --- Keepalive --- */

/* When the last of the probes before now was answered, or something else came. */
static int64_t
last_heard_us (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);
  int64_t time_us = world->limits.keepalive_time_us;
  int64_t period_us = time_us + sim_way_round_trip_us (end->way, end->peer->way);

  sim_flow_settle (end, world->now_us);
  return end->heard_us + (world->now_us - end->heard_us) / period_us * period_us;
}

static void
start_keepalive (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);
  SimPatience *patience = end->patience;
  int64_t time_us;

  if (sim_event_is_queued (&patience->keepalive))
    return;
  patience->probes = 0;
  time_us = last_heard_us (end) + world->limits.keepalive_time_us;
  sim_queue_add (world->queue, &patience->keepalive, MAX (time_us, world->now_us));
}

static void
probe (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);
  SimPatience *patience = end->patience;
  int64_t due_us;

  if (!is_broken (end)) /* it would be answered */
    {
      patience->probes = 0;
      return;
    }
  sim_flow_settle (end, world->now_us);
  due_us = end->heard_us + world->limits.keepalive_time_us;
  if (patience->probes == 0 && due_us > world->now_us)
    {
      sim_queue_add (world->queue, &patience->keepalive, due_us);
      return;
    }
  if (patience->probes >= world->limits.keepalive_probes)
    {
      sim_packet_send (end, SIM_PACKET_RESET);
      sim_end_fail (end, ETIMEDOUT);
      return;
    }
  patience->probes++;
  sim_queue_add (world->queue, &patience->keepalive,
                 world->now_us + world->limits.keepalive_interval_us);
  sim_packet_send (end, SIM_PACKET_PROBE);
}

static void
keepalive (SimEvent *event)
{
  SimEnd *end = SIM_OWNER (SimPatience, keepalive, event)->end;
  SimConnection *connection = end->connection;

  sim_connection_hold (connection);
  probe (end);
  sim_connection_release (connection);
}

/* --- Beginning and end --- */

static void
have_patience (SimEnd *end)
{
  SimPatience *patience = end->patience;

  if (patience)
    return;
  patience = g_new0 (SimPatience, 1);
  patience->end = end;
  patience->retry.play = retry;
  patience->retry.host_key = end->way->from->key;
  patience->keepalive.play = keepalive;
  patience->keepalive.host_key = end->way->from->key;
  end->patience = patience;
}

void
sim_patience_check (SimEnd *end)
{
  if (end->state != SIM_END_OPEN)
    return;
  if (needs_retry (end))
    {
      have_patience (end);
      start_retry (end);
    }
  else if (end->stream && is_broken (end))
    {
      have_patience (end);
      if (!sim_event_is_queued (&end->patience->retry))
        start_keepalive (end);
    }
}

void
sim_patience_repeat_step (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);

  if (end->state != SIM_END_CONNECTING && end->state != SIM_END_ACCEPTING)
    return;
  have_patience (end);
  if (!sim_event_is_queued (&end->patience->retry))
    sim_queue_add (world->queue, &end->patience->retry,
                   MAX (end->sent_us + step_timeout_us (end), world->now_us));
}

void
sim_patience_answered (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);

  end->heard_us = world->now_us;
  end->window_closed = false;
  end->window_asked = false;
  if (end->patience)
    {
      end->patience->retries = 0;
      end->patience->probes = 0;
      sim_queue_remove (world->queue, &end->patience->retry);
      sim_queue_remove (world->queue, &end->patience->keepalive);
    }
  sim_flow_send_waiting (end);
  if (end->stream)
    sim_stream_plan (end->stream);
}

void
sim_patience_free (SimEnd *end)
{
  SimWorld *world = sim_end_world (end);

  if (!end->patience)
    return;
  sim_queue_remove (world->queue, &end->patience->retry);
  sim_queue_remove (world->queue, &end->patience->keepalive);
  g_clear_pointer (&end->patience, g_free);
}
