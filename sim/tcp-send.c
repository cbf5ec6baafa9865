/* sim/tcp-send.c - what is sent when, first or again. */

#include "engine/planted.h"
#include "tcp.h"

#include <string.h>

/* --- Segments --- */

/* What identifies a segment for chance: the first time its bytes, else its time. */
static uint64_t
age_us (const SimEnd *end, int64_t now_us)
{
  return (uint64_t)(now_us - end->connection->began_us);
}

static void
add_ack (SimEnd *end, SimSegment *segment)
{
  segment->flags |= SIM_ACK;
  segment->window = sim_receiver_offer (end);
  segment->ack = end->in.next;
  segment->echo_us = end->in.echo_us;
  sim_receiver_has_told (end);
}

static void
transmit (SimEnd *end, SimRecord *record, int64_t now_us)
{
  bool takes_one = record->flags & (SIM_SYN | SIM_FIN);
  SimSegment segment = {
    .begin = record->begin,
    .length = takes_one ? 0 : record->length,
    .flags = record->flags,
    .sent_us = now_us,
  };
  bool first = record->times == 0;

  if (end->in.next > 0)
    add_ack (end, &segment);
  else
    segment.window = (uint32_t)end->in.buffer_bytes;
  record->sent_us = now_us;
  if (record->times < UINT16_MAX)
    record->times++;
  sim_wire_send (end, &segment, first ? end->luck_delay : end->luck_acks,
                 first ? record->begin : age_us (end, now_us));
}

/* Selective acknowledgements: the islands, those that changed last would be first; which that is
 * makes no difference to who keeps them all in mind. */
static void
add_sacks (SimEnd *end, SimSegment *segment)
{
  unsigned count = MIN (end->in.islands_count, SIM_SACKS_MAX);

  if (count == 0)
    return;
  segment->sacks = g_new (SimRange, SIM_SACKS_MAX);
  segment->sacks_count = (uint8_t)count;
  memcpy (segment->sacks, end->in.islands + end->in.islands_count - count,
          count * sizeof *segment->sacks);
}

void
sim_send_ack (SimEnd *end, int64_t now_us)
{
  SimSegment segment = { .begin = end->out.next, .sent_us = now_us };

  add_ack (end, &segment);
  add_sacks (end, &segment);
  sim_wire_send (end, &segment, end->luck_acks, age_us (end, now_us));
}

void
sim_send_probe (SimEnd *end, int64_t now_us)
{
  SimSegment segment = { .begin = end->out.acked - 1, .flags = SIM_PROBE, .sent_us = now_us };

  add_ack (end, &segment);
  sim_wire_send (end, &segment, end->luck_acks, age_us (end, now_us));
}

void
sim_send_reset (SimEnd *end, int64_t now_us)
{
  SimSegment segment = { .begin = end->out.next, .flags = SIM_RST, .sent_us = now_us };

  add_ack (end, &segment);
  sim_wire_send (end, &segment, end->luck_acks, age_us (end, now_us));
}

void
sim_send_refusal (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  SimSegment answer = { .flags = SIM_RST, .sent_us = now_us };

  if (segment->flags & SIM_ACK)
    answer.begin = segment->ack;
  else
    {
      answer.flags |= SIM_ACK;
      answer.ack = segment->begin + segment->length + !!(segment->flags & (SIM_SYN | SIM_FIN));
    }
  sim_wire_send (end, &answer, end->luck_acks, age_us (end, now_us));
}

/* --- Sending for the first time --- */

static void
send_new (SimEnd *end, uint32_t length, uint8_t flags, int64_t now_us)
{
  SimSender *out = &end->out;
  SimRecord *record = sim_records_add (&out->records);

  *record = (SimRecord){ .begin = out->next, .length = length, .flags = flags };
  out->next += length;
  transmit (end, record, now_us);
}

void
sim_sender_begin (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;

  out->written = 1;
  out->round_trip.timeout_us = sim_end_limits (end)->rto_first_us;
  out->round_trip.least_us = G_MAXINT64;
  send_new (end, 1, SIM_SYN, now_us);
  sim_timer_set (end, SIM_TIMER_RETRANSMIT, now_us + out->round_trip.timeout_us);
}

/* Nagle as Minshall refined it: a small segment waits as long as another one is unanswered. */
static bool
has_to_wait (const SimEnd *end, uint64_t length)
{
  const SimSender *out = &end->out;

  return length < sim_end_limits (end)->segment_bytes && !end->no_delay
         && out->small_end > out->acked && out->small_end <= out->next && !out->ended
         && !AEMP_PLANTED (tcp_small_segments_never_wait);
}

/* How many bytes may be sent now: whole segments, and the last one if it need not wait. */
static uint32_t
sendable (const SimEnd *end)
{
  const SimSender *out = &end->out;
  uint32_t most = sim_end_limits (end)->segment_bytes;
  uint64_t left = out->written - out->ended - out->next;
  uint64_t window = out->edge > out->next ? out->edge - out->next : 0;
  uint64_t rest = left < most ? left : left % most; /* dividing takes time */

  if (left > window && AEMP_PLANTED (tcp_window_ignored))
    window = left;
  if (left > window)
    return (uint32_t)(MIN (window, UINT32_MAX / 2) / most * most);
  if (rest > 0 && has_to_wait (end, rest))
    left -= rest;
  return (uint32_t)MIN (left, UINT32_MAX / 2);
}

static bool
may_send (const SimEnd *end)
{
  return end->state >= SIM_TCP_ESTABLISHED
         && !(end->out.phase == SIM_SENDS_AFTER_LOSS && end->out.retries > 0);
}

static void
send_some (SimEnd *end, uint32_t length, int64_t now_us)
{
  uint32_t most = sim_end_limits (end)->segment_bytes;

  send_new (end, length, 0, now_us);
  sim_receiver_has_answered (end, now_us);
  if (length < most || length % most != 0)
    end->out.small_end = end->out.next;
}

void
sim_sender_push (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;
  uint32_t length;
  bool sent = false;

  if (out->next == out->written || !may_send (end))
    return;
  length = sendable (end);
  if (length > 0)
    {
      send_some (end, length, now_us);
      sent = true;
    }
  if (out->ended && out->next + 1 == out->written)
    {
      send_new (end, 1, SIM_FIN, now_us);
      sent = true;
    }
  if (sent)
    sim_timer_start (end, false, now_us);
  else if (out->records.count == 0 && out->timer == SIM_TIMER_NONE)
    sim_timer_start_window_probe (end, now_us);
}

bool
sim_sender_force (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;
  uint64_t left = out->written - out->ended - out->next;
  uint64_t window = out->edge > out->next ? out->edge - out->next : 0;

  left = MIN (MIN (left, window), sim_end_limits (end)->segment_bytes);
  if (left == 0)
    return false;
  send_new (end, (uint32_t)left, 0, now_us);
  return true;
}

/* --- Sending again --- */

void
sim_sender_repeat (SimEnd *end, uint32_t index, int64_t now_us)
{
  SimRecord *record = sim_record_at (&end->out.records, index);

  if (record->marks & SIM_RECORD_LOST && !(record->marks & SIM_RECORD_UNDERWAY))
    {
      record->marks |= SIM_RECORD_UNDERWAY;
      end->out.lost--;
    }
  record->marks |= SIM_RECORD_AGAIN;
  transmit (end, record, now_us);
}

void
sim_sender_repeat_lost (SimEnd *end, unsigned most, int64_t now_us)
{
  SimSender *out = &end->out;

  for (uint32_t i = 0; i < out->records.count && out->lost > 0 && most > 0; i++)
    {
      const SimRecord *record = sim_record_at (&out->records, i);
      uint8_t marks = record->marks;

      if (!(marks & SIM_RECORD_LOST) || (marks & SIM_RECORD_UNDERWAY))
        continue;
      if (most == 1 && record->length > sim_end_limits (end)->segment_bytes)
        {
          sim_records_split (&out->records, i, sim_end_limits (end)->segment_bytes);
          out->lost++;
        }
      if (out->repeats_since_us == 0)
        out->repeats_since_us = now_us;
      sim_sender_repeat (end, i, now_us);
      most--;
    }
}

/* --- Writing --- */

uint64_t
sim_end_room (const SimEnd *end)
{
  uint64_t used = end->out.written - end->out.acked;

  return end->out.buffer_bytes > used ? end->out.buffer_bytes - used : 0;
}

/* As Linux' sk_stream_is_writeable(): what is free is half of what is used, at least. */
bool
sim_end_has_room (const SimEnd *end)
{
  uint64_t used = end->out.written - end->out.acked;
  uint64_t room = sim_end_room (end);

  return room > 0 && room >= used / 2;
}

#define WRITE_MAX_BYTES ((size_t)1 << 30)

size_t
sim_tcp_write (SimEnd *end, const uint8_t *bytes, size_t length)
{
  SimSender *out = &end->out;
  int64_t now_us = sim_end_world (end)->now_us;
  size_t taken, lost = 0;

  taken = MIN (MIN (length, WRITE_MAX_BYTES), sim_end_room (end));
  if (taken > 0)
    {
      if (taken > sim_end_limits (end)->segment_bytes && AEMP_PLANTED (tcp_byte_lost))
        taken -= lost = 1;
      sim_bytes_add (sim_end_world (end), &out->bytes, out->written, bytes, taken,
                     out->next < out->written);
      out->written += taken;
      sim_sender_push (end, now_us);
    }
  taken += lost;
  if (taken < length || out->next < out->written)
    end->connection->calm = false;
  return taken;
}
