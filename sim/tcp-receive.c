/* sim/tcp-receive.c - what arrives, and when it is acknowledged: at once, late, or with an answer.
 */

#include "engine/planted.h"
#include "tcp.h"

/* The program's answer is worth waiting for if it came so soon the last time. */
#define SEGMENT_FIRST_BYTES 536 /* as long as nobody knows better */

/* --- What arrives --- */

static void
expect_more (SimEnd *end, uint32_t length, int64_t now_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  SimReceiver *in = &end->in;
  int64_t rest_us = now_us - in->data_us;

  in->wants_ack = true;
  length = MIN (length, limits->segment_bytes);
  if (in->segment_bytes == 0)
    in->segment_bytes = MIN (SEGMENT_FIRST_BYTES, limits->segment_bytes);
  if (length >= in->segment_bytes)
    in->segment_bytes = length;
  else if (in->pushed < 2)
    in->pushed++;

  if (in->patience_us == 0) /* the first of all */
    {
      in->quick = limits->quick_acks;
      in->patience_us = limits->ack_delay_min_us;
    }
  else if (rest_us <= limits->ack_delay_min_us / 2)
    in->patience_us = in->patience_us / 2 + limits->ack_delay_min_us / 2;
  else if (rest_us < in->patience_us)
    in->patience_us = MIN (in->patience_us / 2 + rest_us, end->out.round_trip.timeout_us);
  else if (rest_us > end->out.round_trip.timeout_us)
    in->quick = limits->quick_acks;
  in->data_us = now_us;
}

/* Planted bugs: what follows a gap comes before what fills it; what comes twice is read twice. */
static void
swap_at_gap (SimEnd *end, uint64_t first, uint64_t last)
{
  uint8_t *before = sim_bytes_at (&end->peer->out.bytes, first);
  uint8_t *behind = sim_bytes_at (&end->peer->out.bytes, last);
  uint8_t byte;

  if (!before || !behind)
    return;
  byte = *before;
  *before = *behind;
  *behind = byte;
}

static void
read_again (SimEnd *end, const SimSegment *segment)
{
  if (segment->begin >= end->in.read || !sim_bytes_go_back (&end->peer->out.bytes, segment->begin))
    return;
  end->in.read = segment->begin;
  end->news |= SIM_NEWS_DATA;
}

void
sim_receiver_take (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  SimReceiver *in = &end->in;
  uint64_t first = MAX (segment->begin, in->next);
  uint64_t last = segment->begin + segment->length;
  uint64_t before = in->next;

  if ((segment->flags & SIM_FIN) && last <= in->edge)
    in->end = last;
  if (segment->begin <= in->told) /* what the next acknowledgement is for: RFC 7323 */
    in->echo_us = MAX (in->echo_us, segment->sent_us);
  last = MIN (last, in->edge);
  if (first < last)
    {
      expect_more (end, segment->length, now_us);
      sim_islands_add (in, first, last);
      if (in->next > last && AEMP_PLANTED (tcp_segments_swapped))
        swap_at_gap (end, first, last);
    }
  else if (segment->length > 0 && AEMP_PLANTED (tcp_duplicate_read_twice))
    read_again (end, segment);
  if (in->end && in->next == in->end)
    in->next++;
  if (in->next > before)
    end->news |= SIM_NEWS_DATA;
  /* Old, ahead of a gap, or more than there was room for: the peer has to know at once. */
  if (in->next == before || in->islands_count > 0 || segment->begin + segment->length > in->edge)
    {
      in->wants_ack = true;
      in->quick = MAX (in->quick, 1);
      in->talks_back = false;
    }
}

/* --- What is acknowledged --- */

static uint64_t
free_bytes (const SimReceiver *in)
{
  uint64_t used = in->next - in->read;

  return in->buffer_bytes > used ? in->buffer_bytes - used : 0;
}

static uint64_t
least_offer (const SimReceiver *in)
{
  return in->segment_bytes ? MIN (in->segment_bytes, in->buffer_bytes) : 1;
}

/* Little room is none, and what was offered is not taken back. */
static uint64_t
offer (const SimReceiver *in)
{
  uint64_t bytes = free_bytes (in);

  if (bytes < in->buffer_bytes / 2 && (bytes < in->buffer_bytes / 16 || bytes < least_offer (in)))
    bytes = 0;
  return MAX (bytes, in->edge > in->next ? in->edge - in->next : 0);
}

uint32_t
sim_receiver_offer (SimEnd *end)
{
  uint64_t bytes = MIN (offer (&end->in), UINT32_MAX);

  end->in.edge = end->in.next + bytes;
  return (uint32_t)bytes;
}

void
sim_receiver_has_told (SimEnd *end)
{
  SimReceiver *in = &end->in;

  if (in->quick > 0 && --in->quick == 0)
    in->patience_us = sim_end_limits (end)->ack_delay_min_us;
  in->told = in->next;
  in->wants_ack = false;
  in->pushed = 0;
  in->deadline_us = 0;
}

static bool
is_quick (const SimReceiver *in)
{
  return in->quick > 0 && !in->talks_back;
}

static void
acknowledge_later (SimEnd *end, int64_t now_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  SimReceiver *in = &end->in;
  int64_t wait_us = in->patience_us ? in->patience_us : limits->ack_delay_min_us;
  int64_t smoothed_us = end->out.round_trip.smoothed_8_us / 8;

  if (wait_us > limits->ack_delay_min_us)
    {
      int64_t most_us
          = in->talks_back || in->pushed ? limits->ack_delay_max_us : G_USEC_PER_SEC / 2;

      if (smoothed_us > 0)
        most_us = MIN (most_us, MAX (smoothed_us, limits->ack_delay_min_us));
      wait_us = MIN (wait_us, most_us);
    }
  if (in->deadline_us == 0)
    in->deadline_us = now_us + wait_us;
  else if (in->deadline_us <= now_us + wait_us / 4)
    sim_send_ack (end, now_us);
  else
    in->deadline_us = MIN (in->deadline_us, now_us + wait_us);
  if (in->deadline_us != 0)
    sim_end_is_quiet_until (end, in->deadline_us);
}

void
sim_receiver_acknowledge (SimEnd *end, int64_t now_us)
{
  SimReceiver *in = &end->in;

  if (!in->wants_ack || end->state == SIM_TCP_CLOSED)
    return;
  if (is_quick (in)
      || (in->next - in->told > in->segment_bytes && in->segment_bytes > 0
          && in->next + offer (in) >= in->edge))
    sim_send_ack (end, now_us);
  else
    acknowledge_later (end, now_us);
}

void
sim_receiver_ack_late (SimEnd *end, int64_t now_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  SimReceiver *in = &end->in;

  in->deadline_us = 0;
  if (!in->wants_ack || end->state == SIM_TCP_CLOSED || AEMP_PLANTED (tcp_late_ack_forgotten))
    return;
  if (in->talks_back) /* it did not, this time */
    {
      in->talks_back = false;
      in->patience_us = limits->ack_delay_min_us;
    }
  else
    in->patience_us = MIN (2 * in->patience_us, end->out.round_trip.timeout_us);
  sim_send_ack (end, now_us);
}

void
sim_receiver_has_answered (SimEnd *end, int64_t now_us)
{
  if (now_us - end->in.data_us < end->in.patience_us)
    end->in.talks_back = true;
}

/* --- Reading --- */

size_t
sim_tcp_unread (SimEnd *end, size_t most, const uint8_t **bytes)
{
  SimChunk *chunk = end->peer->out.bytes.reading;
  const SimReceiver *in = &end->in;
  uint64_t last = in->end && in->next > in->end ? in->end : in->next;
  uint64_t length;

  if (last <= in->read)
    return 0;
  length = MIN (last, chunk->begin + chunk->length) - in->read;
  *bytes = chunk->bytes + (in->read - chunk->begin);
  return MIN ((size_t)length, most);
}

/* Who reads a lot tells, if it makes a difference; who has read all acknowledges what need not
 * wait. */
static void
tell_of_reading (SimEnd *end, int64_t now_us)
{
  SimReceiver *in = &end->in;
  uint64_t known = in->edge > in->next ? in->edge - in->next : 0;
  bool tells = false;

  if (in->wants_ack && in->segment_bytes > 0)
    tells = in->next - in->told > in->segment_bytes
            || ((in->pushed > 1 || (in->pushed && !in->talks_back))
                && !sim_end_has_unread_bytes (end));
  if (!tells && 2 * known <= in->buffer_bytes)
    {
      uint64_t now = offer (in);

      tells = now > 0 && now >= 2 * known;
    }
  if (tells && !AEMP_PLANTED (tcp_window_not_reopened))
    sim_send_ack (end, now_us);
}

void
sim_tcp_has_read (SimEnd *end, size_t length)
{
  SimBytes *bytes = &end->peer->out.bytes;

  end->in.read += length;
  if (end->in.read >= bytes->reading->begin + bytes->reading->length)
    bytes->reading = bytes->reading->next;
  if (end->state != SIM_TCP_CLOSED)
    tell_of_reading (end, sim_end_world (end)->now_us);
}

void
sim_tcp_has_read_end (SimEnd *end)
{
  end->in.read = end->in.next;
}
