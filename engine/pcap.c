/* engine/pcap.c */

#include "pcap.h"

#include <string.h>

/* Blocks of pcapng, and options in them. */
#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_NAMES 4
#define BLOCK_PACKET 6
#define BYTE_ORDER_MARK 0x1a2b3c4d
#define LINK_RAW_IP 101
#define OPTION_COMMENT 1
#define OPTION_APPLICATION 4
#define NAME_IPV4 1

#define IP_BYTES 20
#define TCP_BYTES 20
#define TCP_OPTIONS_MAX_BYTES 40
#define TCP_PROTOCOL 6
#define TIME_TO_LIVE 64

/* Options of TCP. */
#define TCP_NO_OPERATION 1
#define TCP_SEGMENT_SIZE 2
#define TCP_WINDOW_SCALE 3
#define TCP_SACK_PERMITTED 4
#define TCP_SACK 5
#define TCP_TIMESTAMPS 8

#define SEGMENT_BYTES 1448 /* what fits into Ethernet's 1500 */
#define WINDOW_SHIFT 7
#define WINDOW_BYTES 65536 /* of which nothing is known */

/* --- Numbers --- */

static void
put_little (GByteArray *out, uint32_t number, unsigned length)
{
  for (unsigned at = 0; at < length; at++)
    {
      const uint8_t byte = (uint8_t)(number >> 8 * at);
      g_byte_array_append (out, &byte, 1);
    }
}

static void
set_big (uint8_t *bytes, uint32_t number, unsigned length)
{
  for (unsigned at = 0; at < length; at++)
    bytes[at] = (uint8_t)(number >> 8 * (length - 1 - at));
}

static void
pad (GByteArray *out)
{
  while (out->len % 4 != 0)
    put_little (out, 0, 1);
}

/* --- Blocks --- */

/* Where it begins; its length is not known yet. */
static unsigned
open_block (GByteArray *out, uint32_t type)
{
  const unsigned begin = out->len;

  g_assert (begin % 4 == 0);
  put_little (out, type, 4);
  put_little (out, 0, 4);
  return begin;
}

/* The length stands at both ends. */
static void
close_block (GByteArray *out, unsigned begin)
{
  const uint32_t length = out->len + 4 - begin;

  put_little (out, length, 4);
  memcpy (out->data + begin + 4, out->data + out->len - 4, 4);
}

static void
put_option (GByteArray *out, uint32_t code, const char *text)
{
  const size_t length = strlen (text);

  put_little (out, code, 2);
  put_little (out, (uint32_t)length, 2);
  g_byte_array_append (out, (const uint8_t *)text, (unsigned)length);
  pad (out);
}

void
aemp_pcap_begin (GByteArray *out, const char *program, const char *comment)
{
  unsigned begin = open_block (out, BLOCK_SECTION);

  put_little (out, BYTE_ORDER_MARK, 4);
  put_little (out, 1, 2); /* version 1.0 */
  put_little (out, 0, 2);
  put_little (out, UINT32_MAX, 4); /* the section's length: not said */
  put_little (out, UINT32_MAX, 4);
  put_option (out, OPTION_COMMENT, comment);
  put_option (out, OPTION_APPLICATION, program);
  put_little (out, 0, 4);
  close_block (out, begin);
  begin = open_block (out, BLOCK_INTERFACE);
  put_little (out, LINK_RAW_IP, 2);
  put_little (out, 0, 2);
  put_little (out, 0, 4); /* packets are whole */
  close_block (out, begin);
}

void
aemp_pcap_name (GByteArray *out, uint32_t address, const char *name)
{
  const unsigned begin = open_block (out, BLOCK_NAMES);
  const size_t length = strlen (name) + 1;
  uint8_t bytes[4];

  set_big (bytes, address, 4);
  put_little (out, NAME_IPV4, 2);
  put_little (out, (uint32_t)(sizeof bytes + length), 2);
  g_byte_array_append (out, bytes, sizeof bytes);
  g_byte_array_append (out, (const uint8_t *)name, (unsigned)length);
  pad (out);
  put_little (out, 0, 4); /* the last of them */
  close_block (out, begin);
}

/* --- Packets --- */

/* The sum of RFC 1071, to be folded at the end. */
static uint32_t
add_up (uint32_t sum, const uint8_t *bytes, size_t length)
{
  for (size_t at = 0; at + 1 < length; at += 2)
    {
      sum += (uint32_t)(bytes[at] << 8 | bytes[at + 1]);
      sum = (sum & 0xffff) + (sum >> 16);
    }
  if (length % 2 == 1)
    sum += (uint32_t)bytes[length - 1] << 8;
  return (sum & 0xffff) + (sum >> 16);
}

static uint16_t
fold (uint32_t sum)
{
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

static void
write_ip (uint8_t header[IP_BYTES], const AempPcapSegment *segment, unsigned length)
{
  memset (header, 0, IP_BYTES);
  header[0] = 0x45; /* version 4, five words */
  set_big (header + 2, IP_BYTES + length, 2);
  set_big (header + 6, 0x4000, 2); /* not to be fragmented */
  header[8] = TIME_TO_LIVE;
  header[9] = TCP_PROTOCOL;
  set_big (header + 12, segment->from.address, 4);
  set_big (header + 16, segment->to.address, 4);
  set_big (header + 10, fold (add_up (0, header, IP_BYTES)), 2);
}

static unsigned
write_syn_options (uint8_t *options)
{
  static const uint8_t fixed[] = { TCP_SEGMENT_SIZE,
                                   4,
                                   0x05,
                                   0xb4, /* 1460 */
                                   TCP_SACK_PERMITTED,
                                   2,
                                   TCP_NO_OPERATION,
                                   TCP_WINDOW_SCALE,
                                   3,
                                   WINDOW_SHIFT,
                                   TCP_NO_OPERATION,
                                   TCP_NO_OPERATION };

  memcpy (options, fixed, sizeof fixed);
  return sizeof fixed;
}

static unsigned
write_sacks (uint8_t *options, const AempPcapSegment *segment)
{
  const unsigned count = MIN (segment->sacks_count, AEMP_PCAP_SACKS_MAX);

  options[0] = options[1] = TCP_NO_OPERATION;
  options[2] = TCP_SACK;
  options[3] = (uint8_t)(2 + 8 * count);
  for (unsigned at = 0; at < count; at++)
    {
      set_big (options + 4 + 8 * at, segment->sacks[at][0], 4);
      set_big (options + 8 + 8 * at, segment->sacks[at][1], 4);
    }
  return 4 + 8 * count;
}

/* How long they are, a multiple of four. */
static unsigned
write_options (uint8_t options[TCP_OPTIONS_MAX_BYTES], const AempPcapSegment *segment)
{
  unsigned length = segment->flags & AEMP_PCAP_SYN ? write_syn_options (options) : 0;

  options[length] = options[length + 1] = TCP_NO_OPERATION;
  options[length + 2] = TCP_TIMESTAMPS;
  options[length + 3] = 10;
  set_big (options + length + 4, segment->sent_ms, 4);
  set_big (options + length + 8, segment->echoed_ms, 4);
  length += 12;
  if (segment->sacks_count > 0 && !(segment->flags & AEMP_PCAP_SYN))
    length += write_sacks (options + length, segment);
  return length;
}

/* The header with its options, but the checksum; its length. */
static unsigned
write_tcp (uint8_t header[TCP_BYTES + TCP_OPTIONS_MAX_BYTES], const AempPcapSegment *segment)
{
  const unsigned shift = segment->flags & AEMP_PCAP_SYN ? 0 : WINDOW_SHIFT;
  const uint64_t window = (segment->window_bytes + (1 << shift) - 1) >> shift;

  memset (header, 0, TCP_BYTES);
  set_big (header, segment->from.port, 2);
  set_big (header + 2, segment->to.port, 2);
  set_big (header + 4, segment->sequence, 4);
  set_big (header + 8, segment->flags & AEMP_PCAP_ACK ? segment->acknowledged : 0, 4);
  header[13] = segment->flags;
  set_big (header + 14, (uint32_t)MIN (window, UINT16_MAX), 2);
  const unsigned length = TCP_BYTES + write_options (header + TCP_BYTES, segment);
  header[12] = (uint8_t)(length / 4 << 4);
  return length;
}

static void
write_checksum (uint8_t *header, unsigned header_bytes, const AempPcapSegment *segment)
{
  const size_t length = header_bytes + segment->length;
  uint8_t pseudo[12] = { 0 };
  uint32_t sum;

  set_big (pseudo, segment->from.address, 4);
  set_big (pseudo + 4, segment->to.address, 4);
  pseudo[9] = TCP_PROTOCOL;
  set_big (pseudo + 10, (uint32_t)length, 2);
  sum = add_up (0, pseudo, sizeof pseudo);
  sum = add_up (sum, header, header_bytes);
  sum = add_up (sum, segment->bytes, segment->length);
  set_big (header + 16, fold (sum), 2);
}

void
aemp_pcap_segment (GByteArray *out, const AempPcapSegment *segment)
{
  uint8_t ip[IP_BYTES];
  uint8_t tcp[TCP_BYTES + TCP_OPTIONS_MAX_BYTES];
  const unsigned tcp_bytes = write_tcp (tcp, segment);
  const uint32_t length = (uint32_t)(IP_BYTES + tcp_bytes + segment->length);
  const unsigned begin = open_block (out, BLOCK_PACKET);

  g_assert (segment->length <= AEMP_PCAP_SEGMENT_MAX_BYTES);
  write_checksum (tcp, tcp_bytes, segment);
  write_ip (ip, segment, (unsigned)(tcp_bytes + segment->length));
  put_little (out, 0, 4); /* the one interface */
  put_little (out, (uint32_t)((uint64_t)segment->time_us >> 32), 4);
  put_little (out, (uint32_t)segment->time_us, 4);
  put_little (out, length, 4); /* that is there, and that there was */
  put_little (out, length, 4);
  g_byte_array_append (out, ip, sizeof ip);
  g_byte_array_append (out, tcp, tcp_bytes);
  if (segment->length > 0)
    g_byte_array_append (out, segment->bytes, (unsigned)segment->length);
  pad (out);
  close_block (out, begin);
}

/* --- A connection of which only its bytes are known --- */

static void
say (AempPcapTalk *talk, GByteArray *out, int64_t time_us, unsigned from, uint8_t flags,
     const uint8_t *bytes, size_t length)
{
  const AempPcapSegment segment
      = { .time_us = time_us,
          .from = talk->ends[from],
          .to = talk->ends[1 - from],
          .sequence = talk->next[from],
          .acknowledged = talk->next[1 - from],
          .flags = flags,
          .window_bytes = flags & AEMP_PCAP_SYN ? UINT16_MAX : WINDOW_BYTES,
          .sent_ms = (uint32_t)(time_us / 1000),
          .echoed_ms = flags & AEMP_PCAP_ACK ? (uint32_t)(time_us / 1000) : 0,
          .bytes = bytes,
          .length = length };

  aemp_pcap_segment (out, &segment);
  talk->next[from] += (uint32_t)length + !!(flags & (AEMP_PCAP_SYN | AEMP_PCAP_FIN));
  if (flags & AEMP_PCAP_ACK)
    talk->told[from] = segment.acknowledged;
}

void
aemp_pcap_talk_begin (AempPcapTalk *talk, GByteArray *out, int64_t time_us)
{
  say (talk, out, time_us, 0, AEMP_PCAP_SYN, NULL, 0);
  say (talk, out, time_us, 1, AEMP_PCAP_SYN | AEMP_PCAP_ACK, NULL, 0);
  say (talk, out, time_us, 0, AEMP_PCAP_ACK, NULL, 0);
}

/* What the other end has not acknowledged, it acknowledges now. */
static void
acknowledge (AempPcapTalk *talk, GByteArray *out, int64_t time_us, unsigned from)
{
  if (talk->told[from] != talk->next[1 - from])
    say (talk, out, time_us, from, AEMP_PCAP_ACK, NULL, 0);
}

void
aemp_pcap_talk_send (AempPcapTalk *talk, GByteArray *out, int64_t time_us, unsigned from,
                     const uint8_t *bytes, size_t length)
{
  for (size_t at = 0; at < length; at += SEGMENT_BYTES)
    {
      const size_t part = MIN (length - at, SEGMENT_BYTES);
      const uint8_t push = at + part == length ? AEMP_PCAP_PUSH : 0;
      say (talk, out, time_us, from, AEMP_PCAP_ACK | push, bytes + at, part);
    }
  acknowledge (talk, out, time_us, 1 - from);
}

void
aemp_pcap_talk_end (AempPcapTalk *talk, GByteArray *out, int64_t time_us, unsigned from, bool abort)
{
  if (talk->ended[from])
    return;
  talk->ended[from] = true;
  if (abort)
    {
      talk->ended[1 - from] = true;
      say (talk, out, time_us, from, AEMP_PCAP_RST | AEMP_PCAP_ACK, NULL, 0);
      return;
    }
  say (talk, out, time_us, from, AEMP_PCAP_FIN | AEMP_PCAP_ACK, NULL, 0);
  acknowledge (talk, out, time_us, 1 - from);
}
