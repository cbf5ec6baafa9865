/* sim/tcp-timers.c - what is done when nothing comes: Linux' tcp_timer.c, and loss probes.
 *
 * One thing sent and unanswered: after RTO a loss probe, which is the same again; after RTO once
 * more the first repetition that counts; then after 2 RTO, 4 RTO ..., rto_max at most.  It ends
 * when since the first repetition so much time has passed as `data_retries` of them would take with
 * RTO = rto_min: 0.2 + 0.4 + ... + 102.4 s, then six times 120 s, which is 924.6 s. */

#include "engine/planted.h"
#include "tcp.h"

#include <errno.h>

/* TCP_RTO_MIN: what giving up is reckoned with, and the least wait before a closed window is asked
 * about, whatever rto_min_us says. */
#define PATIENCE_FIRST_US 200000

#define NOT_YET (-1)

/* The least by which a loss probe is later than two round trips. */
#define LOSS_PROBE_LEAST_US 2000

/* `first_us` doubled `times` times, `most_us` at most. */
static int64_t
doubled (int64_t first_us, unsigned times, int64_t most_us)
{
  int64_t time_us = MIN (first_us, most_us);

  while (times-- > 0 && time_us < most_us)
    time_us = MIN (2 * time_us, most_us);
  return time_us;
}

void
sim_timer_set (SimEnd *end, SimTimerKind kind, int64_t time_us)
{
  end->out.timer = (uint8_t)kind;
  end->out.deadline_us = time_us;
  sim_end_is_quiet_until (end, time_us);
}

/* --- Beginning --- */

/* Since when an answer is missing: NOT_YET before the first repetition, but for a SYN. */
static int64_t
unanswered_since_us (const SimEnd *end)
{
  if (end->state == SIM_TCP_SYN_SENT)
    return end->connection->began_us;
  return end->out.repeats_since_us != 0 ? end->out.repeats_since_us : NOT_YET;
}

/* So that who gave a limit is told in time. */
static int64_t
clamp_to_user (const SimEnd *end, int64_t wait_us, int64_t since_us, int64_t now_us)
{
  if (end->user_timeout_us == 0 || since_us == NOT_YET)
    return wait_us;
  return MIN (wait_us, MAX (since_us + end->user_timeout_us - now_us, 1));
}

static void
start_retransmit (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;
  int64_t wait_us = out->round_trip.timeout_us;

  if (out->timer == SIM_TIMER_LOSS_PROBE || out->timer == SIM_TIMER_REORDER)
    wait_us = MAX (sim_record_at (&out->records, 0)->sent_us + wait_us - now_us, 1);
  if (AEMP_PLANTED (tcp_repetition_early))
    wait_us = wait_us * 9 / 10;
  wait_us = clamp_to_user (end, wait_us, unanswered_since_us (end), now_us);
  sim_timer_set (end, SIM_TIMER_RETRANSMIT, now_us + wait_us);
}

static void
start_loss_probe (SimEnd *end, bool advancing, int64_t now_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  const SimSender *out = &end->out;
  const SimRecord *first = sim_record_at (&out->records, 0);
  bool alone = out->records.count == 1 && first->length <= limits->segment_bytes;
  int64_t left_us = out->round_trip.timeout_us - (advancing ? 0 : now_us - first->sent_us);
  int64_t wait_us = out->round_trip.smoothed_8_us / 4;

  if (out->round_trip.smoothed_8_us == 0)
    wait_us = limits->rto_first_us;
  else
    wait_us += alone ? limits->rto_min_us : LOSS_PROBE_LEAST_US;
  if (left_us > 0)
    wait_us = MIN (wait_us, left_us);
  sim_timer_set (end, SIM_TIMER_LOSS_PROBE, now_us + wait_us);
}

void
sim_timer_start (SimEnd *end, bool advancing, int64_t now_us)
{
  const SimSender *out = &end->out;

  if (out->records.count == 0)
    return;
  /* A probe is out: writing more does not put off what follows it. */
  if (!advancing && out->probed_until != 0 && out->timer == SIM_TIMER_RETRANSMIT)
    return;
  if (!sim_end_limits (end)->no_loss_probes && out->phase == SIM_SENDS_OPENLY
      && end->state >= SIM_TCP_ESTABLISHED)
    start_loss_probe (end, advancing, now_us);
  else if (advancing || out->timer != SIM_TIMER_RETRANSMIT)
    start_retransmit (end, now_us);
}

void
sim_timer_start_window_probe (SimEnd *end, int64_t now_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  SimSender *out = &end->out;
  int64_t wait_us = doubled (MAX (out->round_trip.timeout_us, PATIENCE_FIRST_US), out->backoff,
                             limits->rto_max_us);
  int64_t since_us = out->probes_since_us != 0 ? out->probes_since_us : NOT_YET;

  sim_timer_set (end, SIM_TIMER_WINDOW_PROBE,
                 now_us + clamp_to_user (end, wait_us, since_us, now_us));
}

/* --- Giving up --- */

static void
give_up (SimEnd *end)
{
  sim_end_fail (end, end->soft_error ? end->soft_error : ETIMEDOUT);
}

/* So long would so many repetitions take. */
static int64_t
model_us (const SimTcpLimits *limits, unsigned retries, int64_t first_us)
{
  int64_t time_us = 0;

  for (unsigned i = 0; i <= retries; i++)
    time_us += doubled (first_us, i, limits->rto_max_us);
  return time_us;
}

static bool
is_out_of_time (const SimEnd *end, int64_t now_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  const SimSender *out = &end->out;
  int64_t limit_us = end->user_timeout_us;

  if (out->retries == 0)
    return false;
  if (end->state < SIM_TCP_ESTABLISHED)
    {
      if (out->retries >= end->syn_retries + limits->syn_linear_timeouts)
        return true;
      if (limit_us == 0 && end->state != SIM_TCP_SYN_SENT)
        return false;
    }
  if (limit_us == 0 && end->state == SIM_TCP_SYN_SENT)
    limit_us = model_us (limits, end->syn_retries, limits->rto_first_us);
  else if (limit_us == 0)
    limit_us = model_us (limits, end->user ? limits->data_retries : limits->orphan_retries,
                         PATIENCE_FIRST_US);
  return now_us - unanswered_since_us (end) >= limit_us && !AEMP_PLANTED (tcp_never_gives_up);
}

/* --- Retransmission --- */

static void
back_off (SimEnd *end)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  SimSender *out = &end->out;

  if (end->state == SIM_TCP_SYN_SENT && out->retries <= limits->syn_linear_timeouts)
    return;
  if (AEMP_PLANTED (tcp_backoff_not_doubled))
    return;
  out->backoff = (uint8_t)MIN (out->backoff + 1u, UINT8_MAX);
  out->round_trip.timeout_us = MIN (2 * out->round_trip.timeout_us, limits->rto_max_us);
}

static void
retransmit (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;

  if (out->records.count == 0)
    return;
  if (is_out_of_time (end, now_us))
    {
      give_up (end);
      return;
    }
  if (out->phase != SIM_SENDS_AFTER_LOSS)
    out->recovers_until = out->next;
  out->phase = SIM_SENDS_AFTER_LOSS;
  out->retries++;
  sim_sender_mark_all_lost (end, now_us);
  if (!AEMP_PLANTED (tcp_repetition_forgotten))
    sim_sender_repeat_lost (end, 1, now_us);
  back_off (end);
  start_retransmit (end, now_us);
}

/* Sends what comes next, or the last again, so that an answer tells what is missing. */
static void
probe_for_loss (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;
  uint32_t most = sim_end_limits (end)->segment_bytes;

  if (out->records.count == 0)
    return;
  if (out->probed_until == 0)
    {
      if (!sim_sender_force (end, now_us))
        {
          uint32_t last = out->records.count - 1;
          const SimRecord *record = sim_record_at (&out->records, last);
          uint32_t rest = record->length % most ? record->length % most : most;

          if (record->length > rest)
            sim_records_split (&out->records, last++, record->length - rest);
          sim_sender_repeat (end, last, now_us);
        }
      out->probed_until = out->next;
    }
  else
    out->timer = SIM_TIMER_LOSS_PROBE; /* one is enough: as late as if there had been none */
  start_retransmit (end, now_us);
}

static void
look_for_lost (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;

  sim_sender_find_lost (end, now_us);
  if (out->lost > 0)
    {
      if (out->phase < SIM_SENDS_RECOVERING)
        {
          out->phase = SIM_SENDS_RECOVERING;
          out->recovers_until = out->next;
        }
      sim_sender_repeat_lost (end, G_MAXUINT, now_us);
    }
  if (out->timer == SIM_TIMER_NONE && out->records.count > 0)
    {
      out->timer = SIM_TIMER_REORDER; /* counts from when the first was sent */
      start_retransmit (end, now_us);
    }
}

void
sim_timer_take_back (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;
  int64_t since_us;

  if (out->timer != SIM_TIMER_RETRANSMIT || out->retries == 0 || out->backoff == 0)
    return;
  out->backoff--;
  out->round_trip.timeout_us
      = doubled (out->round_trip.smoothed_8_us / 8 + out->round_trip.variation_us, out->backoff,
                 sim_end_limits (end)->rto_max_us);
  since_us = sim_record_at (&out->records, 0)->sent_us;
  sim_timer_set (end, SIM_TIMER_RETRANSMIT, MAX (since_us + out->round_trip.timeout_us, now_us));
}

/* --- The window --- */

static void
probe_window (SimEnd *end, int64_t now_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  SimSender *out = &end->out;
  unsigned most = end->user ? limits->data_retries : limits->orphan_retries;

  if (out->records.count > 0 || out->next == out->written)
    {
      out->probes = 0;
      out->probes_since_us = 0;
      return;
    }
  if (out->probes_since_us == 0)
    out->probes_since_us = now_us;
  if (out->probes >= most
      || (end->user_timeout_us && now_us - out->probes_since_us >= end->user_timeout_us))
    {
      give_up (end);
      return;
    }
  if (sim_sender_force (end, now_us))
    {
      sim_timer_start (end, false, now_us);
      return;
    }
  sim_send_probe (end, now_us);
  out->probes++;
  out->backoff = (uint8_t)MIN (out->backoff + 1u, limits->data_retries);
  sim_timer_start_window_probe (end, now_us);
}

void
sim_timer_fire (SimEnd *end, int64_t now_us)
{
  SimTimerKind kind = end->out.timer;

  end->out.timer = SIM_TIMER_NONE;
  switch (kind)
    {
    case SIM_TIMER_NONE:
      break;
    case SIM_TIMER_RETRANSMIT:
      retransmit (end, now_us);
      break;
    case SIM_TIMER_LOSS_PROBE:
      probe_for_loss (end, now_us);
      break;
    case SIM_TIMER_REORDER:
      look_for_lost (end, now_us);
      break;
    case SIM_TIMER_WINDOW_PROBE:
      probe_window (end, now_us);
      break;
    }
}

/* --- Keepalive --- */

/* When the last of the probes before now was answered, or something else came. */
static int64_t
last_heard_us (const SimEnd *end, int64_t now_us)
{
  int64_t heard_us = MAX (end->heard_us, end->in.data_us);
  int64_t period_us = end->keepalive_time_us + sim_way_longest_us (end->way)
                      + sim_way_longest_us (end->peer->way);

  return heard_us + (now_us - heard_us) / period_us * period_us;
}

int64_t
sim_keepalive_due_us (SimEnd *end, int64_t now_us)
{
  const SimSender *out = &end->out;

  if (end->state < SIM_TCP_ESTABLISHED || end->state == SIM_TCP_TIME_WAIT)
    return G_MAXINT64;
  if (AEMP_PLANTED (tcp_keepalive_never))
    return G_MAXINT64;
  if (sim_end_is_whole (end) && out->probes == 0 && !end->eager)
    return G_MAXINT64;
  if (out->records.count > 0 || out->next < out->written)
    return now_us + end->keepalive_time_us;
  if (out->probes > 0)
    return end->keepalive_next_us;
  return last_heard_us (end, now_us) + end->keepalive_time_us;
}

void
sim_keepalive_fire (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;
  int64_t silent_us = now_us - MAX (end->heard_us, end->in.data_us);
  bool over = out->probes >= end->keepalive_probes;

  if (end->user_timeout_us)
    over = out->probes > 0 && silent_us >= end->user_timeout_us;
  if (over)
    {
      sim_send_reset (end, now_us);
      give_up (end);
      return;
    }
  sim_send_probe (end, now_us);
  out->probes++;
  end->keepalive_next_us = now_us + end->keepalive_interval_us;
}

void
sim_tcp_set_keepalive (SimEnd *end, int64_t time_us)
{
  end->keepalive_time_us = time_us;
}

void
sim_tcp_set_no_delay (SimEnd *end, bool no_delay)
{
  end->no_delay = no_delay;
  if (no_delay)
    sim_sender_push (end, sim_end_world (end)->now_us);
}
