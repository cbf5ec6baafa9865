/* sim/flow.c - bytes from one end of a connection to the other.
 *
 * A write becomes a segment, which is sent at once when nothing waits before it, or waits:
 * for the window, or for what was lost before it.  What arrives is given to the peer's
 * program, or lies unread with its kernel while the program reads nothing. */

#include "process.h"
#include "tcp.h"

#include <string.h>

/* Writes that have to wait are put together in segments of this size. */
#define WAITING_ROOM_BYTES 4096
#define WRITE_MAX_BYTES ((size_t)1 << 30)

/* --- Segments --- */

static void
segments_push (SimSegments *segments, SimSegment *segment)
{
  segment->next = NULL;
  if (segments->last)
    segments->last->next = segment;
  else
    segments->first = segment;
  segments->last = segment;
}

SimSegment *
sim_segments_pop (SimSegments *segments)
{
  SimSegment *segment = segments->first;

  segments->first = segment->next;
  if (!segments->first)
    segments->last = NULL;
  return segment;
}

void
sim_segments_free (SimSegments *segments)
{
  while (segments->first)
    g_free (sim_segments_pop (segments));
}

static SimSegment *
segment_new (uint64_t begin, const uint8_t *bytes, uint32_t length, uint32_t room)
{
  SimSegment *segment = g_malloc (sizeof *segment + room);

  segment->next = NULL;
  segment->begin = begin;
  segment->sent_us = 0;
  segment->length = length;
  segment->room = room;
  if (length > 0)
    memcpy (segment->bytes, bytes, length);
  return segment;
}

void
sim_segments_split (SimSegments *segments, uint32_t length)
{
  SimSegment *segment = segments->first;
  uint32_t rest = segment->length - length;
  SimSegment *second = segment_new (segment->begin + length, segment->bytes + length, rest, rest);

  g_assert (length > 0 && length < segment->length);
  second->sent_us = segment->sent_us;
  second->next = segment->next;
  segment->next = second;
  if (segments->last == segment)
    segments->last = second;
  segment->length = length;
  segment->room = length;
}

static inline uint64_t
segment_end (const SimSegment *segment)
{
  return segment->begin + MAX (segment->length, 1);
}

/* --- Acknowledgements --- */

static uint64_t
buffer_bytes (const SimEnd *end)
{
  return sim_way_buffer_bytes (end->way);
}

void
sim_flow_settle (SimEnd *end, int64_t until_us)
{
  unsigned came = 0;

  while (came < end->marks_count && end->marks[came].time_us <= until_us)
    came++;
  if (came == 0)
    return;
  end->acked = MAX (end->acked, end->marks[came - 1].end);
  end->heard_us = MAX (end->heard_us, end->marks[came - 1].time_us);
  end->marks_count -= (uint8_t)came;
  memmove (end->marks, end->marks + came, end->marks_count * sizeof end->marks[0]);
}

/* Notes when this end will know that all that it has sent until now has arrived. */
static void
note_acknowledgement (SimEnd *end)
{
  SimWay *back = end->peer->way;
  unsigned count;
  uint64_t before;
  int64_t time_us;

  /* A peer whose program has closed answers with a reset, not like this. */
  if ((!end->peer->stream && end->peer->state != SIM_END_ACCEPTING)
      || !sim_way_passes (back, end->luck_acks, end->sent))
    {
      sim_patience_check (end);
      return;
    }
  time_us = end->arrival_us + sim_way_delay_us (back, end->luck_acks, end->sent, 0);

  /* It tells of everything before it, too. */
  count = end->marks_count;
  for (unsigned i = 0; i < count; i++)
    end->marks[i].time_us = MIN (end->marks[i].time_us, time_us);

  before = count > 1 ? end->marks[count - 2].end : end->acked;
  if (count == 0
      || (count < SIM_MARKS && end->marks[count - 1].end - before >= buffer_bytes (end) / 4))
    count++;
  end->marks[count - 1] = (SimMark){ end->sent, time_us };
  end->marks_count = (uint8_t)count;
}

bool
sim_flow_is_covered (const SimEnd *end)
{
  return (end->marks_count ? end->marks[end->marks_count - 1].end : end->acked) >= end->sent;
}

uint64_t
sim_flow_room (SimEnd *end)
{
  uint64_t used;

  sim_flow_settle (end, sim_end_world (end)->now_us);
  used = end->written - end->acked;
  return buffer_bytes (end) > used ? buffer_bytes (end) - used : 0;
}

/* --- Sending --- */

static void
launch (SimEnd *end, SimSegment *segment)
{
  SimWorld *world = sim_end_world (end);
  int64_t delay_us
      = sim_way_delay_us (end->way, end->luck_delay, segment->begin, MAX (segment->length, 1));

  end->arrival_us = MAX (world->now_us + delay_us, end->arrival_us);
  end->sent = MAX (end->sent, segment_end (segment));
  segment->arrival_us = end->arrival_us;
  segment->sequence = sim_queue_sequence (world->queue);
  segments_push (&end->flight, segment);
  if (!sim_event_is_queued (&end->arrival))
    sim_queue_add_as (world->queue, &end->arrival, segment->arrival_us, segment->sequence);
}

/* Sends a segment that nothing has to wait for; false: it got lost, and is still ours. */
static bool
send_segment (SimEnd *end, SimSegment *segment)
{
  segment->sent_us = sim_end_world (end)->now_us;
  end->sent_us = segment->sent_us;
  if (!sim_way_passes (end->way, end->luck, segment->begin))
    {
      sim_end_was_stopped (end);
      return false;
    }
  launch (end, segment);
  note_acknowledgement (end);
  return true;
}

/* May the first segment that waits be sent, as far as the window goes?  It is cut to that. */
static bool
fit_window (SimEnd *end)
{
  SimSegment *segment = end->waiting.first;
  uint64_t edge = end->read + buffer_bytes (end);

  if (segment->begin + segment->length <= edge)
    return true;
  if (segment->begin >= edge)
    {
      end->window_closed = true;
      return false;
    }
  sim_segments_split (&end->waiting, (uint32_t)(edge - segment->begin));
  return true;
}

static bool
may_send (const SimEnd *end)
{
  return !end->window_closed && !(end->patience && end->patience->retries > 0);
}

void
sim_flow_send_waiting (SimEnd *end)
{
  while (end->waiting.first && may_send (end) && fit_window (end))
    {
      SimSegment *segment = sim_segments_pop (&end->waiting);

      if (send_segment (end, segment))
        continue;
      segment->next = end->waiting.first;
      end->waiting.first = segment;
      if (!end->waiting.last)
        end->waiting.last = segment;
      break;
    }
  sim_patience_check (end);
}

bool
sim_flow_send_again (SimEnd *end, unsigned retries)
{
  int64_t now_us = sim_end_world (end)->now_us;

  end->sent_us = now_us;
  if (!sim_way_passes (end->way, sim_luck_number (end->luck, retries), end->arrived))
    {
      sim_end_was_stopped (end);
      return false;
    }
  end->window_closed = false;
  while (end->waiting.first && fit_window (end))
    {
      SimSegment *segment = sim_segments_pop (&end->waiting);

      segment->sent_us = now_us;
      launch (end, segment);
    }
  return true;
}

/* Puts bytes behind what waits already. */
static void
wait_with (SimEnd *end, const uint8_t *bytes, uint32_t length)
{
  SimSegment *last = end->waiting.last;

  if (last && last->length > 0 && last->room - last->length >= length)
    {
      memcpy (last->bytes + last->length, bytes, length);
      last->length += length;
      return;
    }
  last = segment_new (end->written, bytes, length, MAX (length, WAITING_ROOM_BYTES));
  last->sent_us = sim_end_world (end)->now_us;
  segments_push (&end->waiting, last);
}

size_t
sim_tcp_write (SimEnd *end, const uint8_t *bytes, size_t length)
{
  uint32_t taken = (uint32_t)MIN (MIN (length, WRITE_MAX_BYTES), sim_flow_room (end));

  if (taken == 0)
    return 0;
  if (!end->waiting.first && may_send (end)
      && end->written + taken <= end->read + buffer_bytes (end))
    {
      SimSegment *segment = segment_new (end->written, bytes, taken, taken);

      end->written += taken;
      if (!send_segment (end, segment))
        {
          segments_push (&end->waiting, segment);
          sim_patience_check (end);
        }
      return taken;
    }
  /* What waits already waits for an answer: writing more does not bring it. */
  bool first = !end->waiting.first;
  wait_with (end, bytes, taken);
  end->written += taken;
  if (first)
    sim_flow_send_waiting (end);
  return taken;
}

void
sim_tcp_end (SimEnd *end)
{
  SimSegment *segment;

  if (end->ended)
    return;
  end->ended = true;
  segment = segment_new (end->written, NULL, 0, 0);
  segment->sent_us = sim_end_world (end)->now_us;
  segments_push (&end->waiting, segment);
  end->written++;
  if (end->waiting.first == segment)
    sim_flow_send_waiting (end);
}

/* --- Arriving --- */

static void
take_segment (SimEnd *from, SimSegment *segment)
{
  SimEnd *to = from->peer;
  bool first = !from->unread.first;

  to->heard_us = sim_end_world (to)->now_us;
  sim_end_was_stopped (to); /* the acknowledgement */
  from->arrived = segment_end (segment);
  if (segment->length == 0)
    from->end_arrived = true;
  segments_push (&from->unread, segment);
  if (!to->stream)
    sim_segments_free (&from->unread); /* the end, for one that was closed */
  else if (first)
    sim_stream_read (to->stream);
  if (from->end_arrived)
    sim_patience_check (to); /* whose peer may have closed for good */
}

static void
segment_arrives (SimEvent *event)
{
  SimEnd *from = SIM_OWNER (SimEnd, arrival, event);
  SimEnd *to = from->peer;
  SimConnection *connection = from->connection;
  SimSegment *segment = sim_segments_pop (&from->flight);

  if (from->flight.first)
    sim_queue_add_as (sim_end_world (from)->queue, event, from->flight.first->arrival_us,
                      from->flight.first->sequence);

  sim_connection_hold (connection);
  if (sim_end_answers (to) && (to->stream || segment->length == 0))
    take_segment (from, segment);
  else
    {
      g_free (segment);
      from->marks_count = 0;
      if (to->state == SIM_END_OPEN)
        sim_end_fail (to, 0);
      sim_packet_send (to, SIM_PACKET_RESET);
    }
  sim_connection_release (connection);
}

void
sim_tcp_has_read (SimEnd *from, const SimSegment *segment)
{
  from->read = segment_end (segment);
  if (from->window_closed && !from->window_asked
      && from->arrived - from->read <= buffer_bytes (from) / 2)
    {
      from->window_asked = true;
      sim_packet_send (from->peer, SIM_PACKET_ANSWER);
    }
}

void
sim_flow_init (SimEnd *end)
{
  end->arrival.play = segment_arrives;
  end->arrival.host_key = end->way->to->key;
}

/* --- Losing --- */

/* Acknowledgements of what will not arrive now are none. */
static void
lose_marks (SimEnd *end)
{
  for (unsigned i = 0; i < end->marks_count; i++)
    if (end->marks[i].end >= end->arrived)
      {
        end->marks[i].end = end->arrived;
        end->marks_count = (uint8_t)(i + 1);
      }
}

void
sim_flow_lose (SimEnd *end)
{
  int64_t now_us = sim_end_world (end)->now_us;

  sim_flow_settle (end, now_us - 1);
  sim_flow_settle (end->peer, now_us - 1);
  end->peer->marks_count = 0;
  end->arrival_us = now_us;
  if (!end->flight.first)
    return;

  sim_queue_remove (sim_end_world (end)->queue, &end->arrival);
  lose_marks (end);
  if (end->state == SIM_END_GONE)
    {
      sim_segments_free (&end->flight);
      return;
    }
  end->flight.last->next = end->waiting.first;
  end->waiting.first = end->flight.first;
  if (!end->waiting.last)
    end->waiting.last = end->flight.last;
  end->flight = (SimSegments){ NULL, NULL };
}
