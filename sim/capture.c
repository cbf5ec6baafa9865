/* sim/capture.c */

#include "sim/capture.h"

#include "engine/pcap.h"
#include "sim/tcp.h"

#include <string.h>

struct SimCapture
{
  SimCaptureWrite write;
  void *user_data;
  GByteArray *blocks;
  GByteArray *named; /* of each host, by ordinal: is its name in the file? */
  GByteArray *bytes; /* of the segment at hand */
  uint64_t segments;
  uint64_t repeated;
};

static void
write_out (SimCapture *capture)
{
  capture->write (capture->blocks->data, capture->blocks->len, capture->user_data);
  g_byte_array_set_size (capture->blocks, 0);
}

SimCapture *
sim_capture_new (const char *comment, SimCaptureWrite write, void *user_data)
{
  SimCapture *capture = g_new0 (SimCapture, 1);

  capture->write = write;
  capture->user_data = user_data;
  capture->blocks = g_byte_array_new ();
  capture->named = g_byte_array_new ();
  capture->bytes = g_byte_array_new ();
  aemp_pcap_begin (capture->blocks, "aemp " AEMP_VERSION, comment);
  write_out (capture);
  return capture;
}

void
sim_capture_free (SimCapture *capture)
{
  if (!capture)
    return;
  g_byte_array_unref (capture->blocks);
  g_byte_array_unref (capture->named);
  g_byte_array_unref (capture->bytes);
  g_free (capture);
}

void
sim_capture_attach (SimCapture *capture, SimWorld *world)
{
  world->capture = capture;
  world->limits.eager = true;
  world->limits.never_calm = true;
}

uint64_t
sim_capture_segments (const SimCapture *capture)
{
  return capture->segments;
}

uint64_t
sim_capture_repeated (const SimCapture *capture)
{
  return capture->repeated;
}

/* --- A segment --- */

static uint32_t
address_of (const SimHost *host)
{
  return UINT32_C (10) << 24 | host->ordinal;
}

static void
name_host (SimCapture *capture, const SimHost *host)
{
  const unsigned known = capture->named->len;

  if (host->ordinal >= known)
    {
      g_byte_array_set_size (capture->named, host->ordinal + 1);
      memset (capture->named->data + known, 0, host->ordinal + 1 - known);
    }
  if (capture->named->data[host->ordinal])
    return;
  capture->named->data[host->ordinal] = 1;
  aemp_pcap_name (capture->blocks, address_of (host), host->name);
}

/* The clock of RFC 9293, so that a port that is used again begins elsewhere; each way has its own. */
static uint32_t
first_sequence (const SimEnd *end)
{
  return (uint32_t)(end->connection->began_us / 4) + (end->passive ? UINT32_C (1) << 31 : 0);
}

static uint8_t
flags_of (const SimSegment *segment)
{
  return (uint8_t)((segment->flags & SIM_SYN ? AEMP_PCAP_SYN : 0)
                   | (segment->flags & SIM_ACK ? AEMP_PCAP_ACK : 0)
                   | (segment->flags & SIM_FIN ? AEMP_PCAP_FIN : 0)
                   | (segment->flags & SIM_RST ? AEMP_PCAP_RST : 0)
                   | (segment->length > 0 ? AEMP_PCAP_PUSH : 0));
}

/* What was written and is not acknowledged is still there. */
static void
collect_bytes (SimCapture *capture, const SimEnd *end, uint64_t begin, uint32_t length)
{
  g_byte_array_set_size (capture->bytes, length);
  memset (capture->bytes->data, 0, length);
  for (const SimChunk *chunk = end->out.bytes.first; chunk; chunk = chunk->next)
    {
      const uint64_t first = MAX (chunk->begin, begin);
      const uint64_t last = MIN (chunk->begin + chunk->length, begin + length);

      if (first < last)
        memcpy (capture->bytes->data + (first - begin), chunk->bytes + (first - chunk->begin),
                last - first);
    }
}

static void
fill_in (AempPcapSegment *packet, const SimEnd *end, const SimSegment *segment)
{
  const bool is_forged = segment->flags & SIM_FORGED; /* it says what would be believed */
  const uint64_t begin = is_forged ? end->out.next : segment->begin;
  const uint64_t ack = is_forged ? end->in.next : segment->ack;

  *packet = (AempPcapSegment){
    .time_us = SIM_WALL_BEGIN_US + segment->sent_us,
    .from = { address_of (end->way->from), end->port },
    .to = { address_of (end->way->to), end->peer->port },
    .sequence = first_sequence (end) + (uint32_t)begin,
    .acknowledged = first_sequence (end->peer) + (uint32_t)ack,
    .flags = flags_of (segment),
    .window_bytes = segment->window,
    .sent_ms = (uint32_t)(segment->sent_us / 1000),
    .echoed_ms = (uint32_t)(segment->echo_us / 1000),
    .sacks_count = segment->sacks ? segment->sacks_count : 0,
  };
  for (unsigned at = 0; at < packet->sacks_count; at++)
    {
      packet->sacks[at][0] = first_sequence (end->peer) + (uint32_t)segment->sacks[at].begin;
      packet->sacks[at][1] = first_sequence (end->peer) + (uint32_t)segment->sacks[at].end;
    }
}

/* Of the sequence: bytes, or SYN or FIN. */
static uint64_t
numbers_of (const SimSegment *segment)
{
  return segment->length > 0 ? segment->length : !!(segment->flags & (SIM_SYN | SIM_FIN));
}

/* Several that travel together are told one by one. */
void
sim_capture_see (SimCapture *capture, SimEnd *end, const SimSegment *segment)
{
  const uint32_t most = sim_end_limits (end)->segment_bytes;
  AempPcapSegment packet;
  uint32_t done = 0;

  if (segment->flags & SIM_UNREACHABLE) /* that is no TCP */
    return;
  name_host (capture, end->way->from);
  name_host (capture, end->way->to);
  fill_in (&packet, end, segment);
  if (segment->length > 0)
    collect_bytes (capture, end, segment->begin, segment->length);
  do
    {
      packet.length = MIN (segment->length - done, most);
      packet.bytes = capture->bytes->data + done;
      aemp_pcap_segment (capture->blocks, &packet);
      capture->segments++;
      capture->repeated += numbers_of (segment) > 0 && segment->begin + done < end->captured_until;
      packet.sequence += (uint32_t)packet.length;
      done += (uint32_t)packet.length;
    }
  while (done < segment->length);
  end->captured_until = MAX (end->captured_until, segment->begin + numbers_of (segment));
  write_out (capture);
}
