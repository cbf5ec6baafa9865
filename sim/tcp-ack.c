/* sim/tcp-ack.c - what acknowledgements tell: how long the way is, what has arrived, and what has
 * not.
 *
 * RFC 6298 with Linux' changes (tcp_rtt_estimator), RFC 2018, and of RFC 8985 what is without
 * congestion control: RACK decides what is lost, and that is sent again at once. */

#include "engine/planted.h"
#include "tcp.h"

/* --- Round trips --- */

static void
measure_first (SimSender *out, int64_t round_trip_us, int64_t rto_min_us)
{
  SimRoundTrip *trip = &out->round_trip;

  trip->smoothed_8_us = MAX (8 * round_trip_us, 1);
  trip->deviation_4_us = 2 * round_trip_us;
  trip->variation_us = MAX (trip->deviation_4_us, rto_min_us);
  trip->deviation_max_us = trip->variation_us;
  trip->until = out->next;
}

static void
measure_next (SimSender *out, int64_t round_trip_us, int64_t rto_min_us)
{
  SimRoundTrip *trip = &out->round_trip;
  int64_t error_us = round_trip_us - trip->smoothed_8_us / 8;
  int64_t change_us;

  trip->smoothed_8_us = MAX (trip->smoothed_8_us + error_us, 1);
  change_us = ABS (error_us) - trip->deviation_4_us / 4;
  if (error_us < 0 && change_us > 0) /* shorter ones change less */
    change_us /= 8;
  trip->deviation_4_us += change_us;
  if (trip->deviation_4_us > trip->deviation_max_us)
    {
      trip->deviation_max_us = trip->deviation_4_us;
      trip->variation_us = MAX (trip->variation_us, trip->deviation_max_us);
    }
  if (out->acked > trip->until) /* once in a round trip */
    {
      if (trip->deviation_max_us < trip->variation_us)
        trip->variation_us -= (trip->variation_us - trip->deviation_max_us) / 4;
      trip->until = out->next;
      trip->deviation_max_us = rto_min_us;
    }
}

void
sim_sender_measure (SimEnd *end, int64_t round_trip_us)
{
  const SimTcpLimits *limits = sim_end_limits (end);
  SimSender *out = &end->out;
  SimRoundTrip *trip = &out->round_trip;

  trip->least_us = MIN (trip->least_us, round_trip_us);
  if (trip->smoothed_8_us == 0)
    measure_first (out, round_trip_us, limits->rto_min_us);
  else
    measure_next (out, round_trip_us, limits->rto_min_us);
  trip->timeout_us = MIN (trip->smoothed_8_us / 8 + trip->variation_us, limits->rto_max_us);
  out->backoff = 0;
}

/* --- What has arrived --- */

typedef struct
{
  int64_t first_sent_us; /* of what was acknowledged and sent once; -1: none */
  bool repeated;         /* something that was sent more than once is among it */
  bool advanced;
  bool sacked;
} Found;

static void
rack_sees (SimSender *out, const SimRecord *record, int64_t now_us)
{
  int64_t round_trip_us = now_us - record->sent_us;
  uint64_t end = record->begin + record->length;

  /* It is the first sending that was answered, most likely. */
  if ((record->marks & SIM_RECORD_AGAIN) && round_trip_us < out->round_trip.least_us)
    return;
  out->rack_advanced = true;
  out->rack_round_trip_us = round_trip_us;
  if (record->sent_us > out->rack_sent_us
      || (record->sent_us == out->rack_sent_us && end > out->rack_end))
    {
      out->rack_sent_us = record->sent_us;
      out->rack_end = end;
    }
}

static bool
is_missing (const SimRecord *record)
{
  return (record->marks & (SIM_RECORD_LOST | SIM_RECORD_UNDERWAY)) == SIM_RECORD_LOST;
}

static void
found_record (SimSender *out, const SimRecord *record, int64_t now_us, Found *found)
{
  if (record->marks & SIM_RECORD_SACKED)
    {
      out->sacked--;
      return;
    }
  if (is_missing (record))
    out->lost--;
  if (record->marks & SIM_RECORD_AGAIN)
    found->repeated = true;
  else if (found->first_sent_us < 0)
    found->first_sent_us = record->sent_us;
  /* It came late, but was not lost: the way reorders. */
  if (!(record->marks & SIM_RECORD_AGAIN) && record->begin + record->length < out->sacked_until)
    out->reordering_seen = true;
  rack_sees (out, record, now_us);
}

static void
take_records (SimSender *out, uint64_t ack, int64_t now_us, Found *found)
{
  while (out->records.count > 0)
    {
      SimRecord *record = sim_record_at (&out->records, 0);

      if (record->begin + record->length > ack)
        {
          if (record->begin < ack) /* a part of what travelled together */
            {
              record->length -= (uint32_t)(ack - record->begin);
              record->begin = ack;
            }
          return;
        }
      found_record (out, record, now_us, found);
      sim_records_take (&out->records);
    }
}

static void
mark_sacked (SimSender *out, uint32_t index, int64_t now_us, Found *found)
{
  SimRecord *record = sim_record_at (&out->records, index);

  if (is_missing (record))
    out->lost--;
  record->marks &= (uint8_t) ~(SIM_RECORD_LOST | SIM_RECORD_UNDERWAY);
  if (!(record->marks & SIM_RECORD_AGAIN) && record->begin + record->length < out->sacked_until)
    out->reordering_seen = true;
  out->sacked_until = MAX (out->sacked_until, record->begin + record->length);
  rack_sees (out, record, now_us);
  record->marks |= SIM_RECORD_SACKED;
  out->sacked++;
  found->sacked = true;
}

static void
split_at (SimSender *out, uint32_t index, uint64_t at)
{
  SimRecord *record = sim_record_at (&out->records, index);

  if (record->begin >= at || record->begin + record->length <= at)
    return;
  if (is_missing (record))
    out->lost++;
  sim_records_split (&out->records, index, (uint32_t)(at - record->begin));
}

static void
take_sack (SimSender *out, const SimRange *range, int64_t now_us, Found *found)
{
  for (uint32_t i = 0; i < out->records.count; i++)
    {
      const SimRecord *record = sim_record_at (&out->records, i);

      if (record->begin >= range->end)
        return;
      if (record->marks & SIM_RECORD_SACKED || record->begin + record->length <= range->begin)
        continue;
      split_at (out, i, range->begin);
      record = sim_record_at (&out->records, i);
      if (record->begin < range->begin)
        continue; /* the second half is next */
      split_at (out, i, range->end);
      mark_sacked (out, i, now_us, found);
    }
}

/* --- What is lost --- */

/* How much later than the latest something may come that was sent before it. */
static int64_t
reordering_us (const SimSender *out)
{
  const SimRoundTrip *trip = &out->round_trip;

  if (!out->reordering_seen && (out->phase >= SIM_SENDS_RECOVERING || out->sacked >= 3))
    return 0;
  return MIN (trip->least_us / 4, trip->smoothed_8_us / 8);
}

static bool
was_sent_before_rack (const SimSender *out, const SimRecord *record)
{
  uint64_t end = record->begin + record->length;

  return record->sent_us < out->rack_sent_us
         || (record->sent_us == out->rack_sent_us && end < out->rack_end);
}

static void
mark_lost (SimSender *out, SimRecord *record)
{
  if (is_missing (record))
    return;
  record->marks = (uint8_t)((record->marks | SIM_RECORD_LOST) & ~SIM_RECORD_UNDERWAY);
  out->lost++;
}

void
sim_sender_find_lost (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;
  int64_t late_us = reordering_us (out), wait_us = 0;

  for (uint32_t i = 0; i < out->records.count; i++)
    {
      SimRecord *record = sim_record_at (&out->records, i);
      int64_t left_us = record->sent_us + out->rack_round_trip_us + late_us - now_us;

      if ((record->marks & SIM_RECORD_SACKED) || is_missing (record)
          || !was_sent_before_rack (out, record))
        continue;
      if (left_us <= 0 && !AEMP_PLANTED (tcp_gap_not_repeated))
        mark_lost (out, record);
      else
        wait_us = MAX (wait_us, left_us);
    }
  if (wait_us > 0)
    sim_timer_set (end, SIM_TIMER_REORDER, now_us + wait_us);
}

void
sim_sender_mark_all_lost (SimEnd *end, int64_t now_us)
{
  SimSender *out = &end->out;

  for (uint32_t i = 0; i < out->records.count; i++)
    {
      SimRecord *record = sim_record_at (&out->records, i);

      if (record->marks & SIM_RECORD_SACKED)
        continue;
      if (i > 0 && record->sent_us + out->rack_round_trip_us > now_us)
        continue; /* may still be under way */
      mark_lost (out, record);
    }
}

/* --- Phases --- */

static void
be_open (SimSender *out)
{
  out->phase = out->sacked > 0 ? SIM_SENDS_IN_DISORDER : SIM_SENDS_OPENLY;
  out->repeats_since_us = 0;
}

/* What was sent first has been answered: nothing was lost, the answer was late. */
static bool
was_late (const SimSender *out, const SimSegment *segment, const Found *found)
{
  return found->advanced && out->repeats_since_us != 0 && segment->echo_us != 0
         && segment->echo_us < out->repeats_since_us;
}

static void
unmark_lost (SimSender *out)
{
  for (uint32_t i = 0; i < out->records.count; i++)
    {
      SimRecord *record = sim_record_at (&out->records, i);

      record->marks &= (uint8_t) ~(SIM_RECORD_LOST | SIM_RECORD_UNDERWAY);
    }
  out->lost = 0;
}

static void
change_phase (SimEnd *end, const SimSegment *segment, const Found *found, int64_t now_us)
{
  SimSender *out = &end->out;

  if (out->phase >= SIM_SENDS_RECOVERING)
    {
      if (was_late (out, segment, found))
        unmark_lost (out);
      if (out->acked >= out->recovers_until || was_late (out, segment, found))
        be_open (out);
    }
  else
    out->phase = out->sacked > 0 ? SIM_SENDS_IN_DISORDER : SIM_SENDS_OPENLY;
  if (out->rack_advanced && out->phase != SIM_SENDS_OPENLY)
    {
      out->rack_advanced = false;
      sim_sender_find_lost (end, now_us);
    }
  if (out->lost > 0 && out->phase < SIM_SENDS_RECOVERING)
    {
      out->phase = SIM_SENDS_RECOVERING;
      out->recovers_until = out->next;
    }
}

/* --- Acknowledgements --- */

static void
take_window (SimEnd *end, const SimSegment *segment)
{
  SimSender *out = &end->out;
  uint64_t edge = segment->ack + segment->window;

  if (segment->ack > out->acked || segment->begin > out->window_begin
      || (segment->begin == out->window_begin && edge > out->edge))
    {
      out->window_begin = segment->begin;
      out->edge = edge;
    }
}

static void
measure (SimEnd *end, const SimSegment *segment, const Found *found, int64_t now_us)
{
  if (found->first_sent_us >= 0 && !found->repeated)
    sim_sender_measure (end, now_us - found->first_sent_us);
  else if (found->advanced && segment->echo_us != 0)
    sim_sender_measure (end, now_us - segment->echo_us);
}

static void
set_timer (SimEnd *end, bool advanced, int64_t now_us)
{
  SimSender *out = &end->out;

  if (out->records.count > 0)
    {
      if (out->timer != SIM_TIMER_REORDER && (advanced || out->timer == SIM_TIMER_NONE))
        sim_timer_start (end, true, now_us);
      return;
    }
  sim_timer_stop (end);
  if (out->next < out->written)
    {
      if (out->edge > out->next)
        {
          out->backoff = 0;
          out->probes_since_us = 0;
        }
      sim_timer_start_window_probe (end, now_us);
    }
}

static void
take_ack (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  SimSender *out = &end->out;
  Found found = { .first_sent_us = -1, .advanced = segment->ack > out->acked };

  end->heard_us = now_us;
  end->soft_error = 0;
  out->probes = 0;
  take_window (end, segment);
  if (found.advanced)
    {
      out->retries = 0;
      out->acked = segment->ack;
      if (segment->ack >= out->probed_until)
        out->probed_until = 0;
      take_records (out, segment->ack, now_us, &found);
      if (end->user && end->user->wants_room && sim_end_has_room (end)
          && !AEMP_PLANTED (tcp_room_not_told))
        end->news |= SIM_NEWS_ROOM;
    }
  for (unsigned i = 0; i < segment->sacks_count; i++)
    take_sack (out, &segment->sacks[i], now_us, &found);
  measure (end, segment, &found, now_us);
  if (out->phase != SIM_SENDS_OPENLY || found.sacked)
    change_phase (end, segment, &found, now_us);
  set_timer (end, found.advanced || found.sacked, now_us);
  if (out->lost > 0 && out->phase >= SIM_SENDS_RECOVERING)
    {
      sim_sender_repeat_lost (end, G_MAXUINT, now_us);
      if (out->timer != SIM_TIMER_REORDER)
        sim_timer_start (end, true, now_us);
    }
  if (found.advanced)
    sim_end_was_acknowledged (end, now_us);
}

/* Nothing is unanswered, and nothing is to be sent: only the window may have changed. */
static inline void
take_idle (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  end->heard_us = now_us;
  end->soft_error = 0;
  end->out.probes = 0;
  take_window (end, segment);
  sim_timer_stop (end);
}

void
sim_sender_take (SimEnd *end, const SimSegment *segment, int64_t now_us)
{
  const SimSender *out = &end->out;

  if (segment->ack == out->next && out->acked == out->next && out->next == out->written
      && out->phase == SIM_SENDS_OPENLY)
    {
      take_idle (end, segment, now_us);
      return;
    }
  if (segment->ack > end->out.next)
    sim_send_ack (end, now_us); /* of what was never sent */
  else if (segment->ack >= end->out.acked)
    take_ack (end, segment, now_us);
}
