/* engine/pcap.h - pcapng files: TCP over IPv4, as Wireshark reads it.
 *
 * Appends blocks to an array; who has a file writes them there.  Checksums are right, and so is all
 * else that a capture of a real network would have. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define AEMP_PCAP_SEGMENT_MAX_BYTES 65000
#define AEMP_PCAP_SACKS_MAX 3

/* As in TCP's header. */
#define AEMP_PCAP_FIN 1
#define AEMP_PCAP_SYN 2
#define AEMP_PCAP_RST 4
#define AEMP_PCAP_PUSH 8
#define AEMP_PCAP_ACK 16

typedef struct
{
  uint32_t address; /* 10.0.0.1 is 0x0a000001 */
  uint16_t port;
} AempPcapEnd;

typedef struct
{
  int64_t time_us; /* since 1970 */
  AempPcapEnd from;
  AempPcapEnd to;
  uint32_t sequence;
  uint32_t acknowledged;
  uint8_t flags;
  uint64_t window_bytes;
  uint32_t sent_ms;   /* the timestamps option: its clock … */
  uint32_t echoed_ms; /* … and the peer's */
  unsigned sacks_count;
  uint32_t sacks[AEMP_PCAP_SACKS_MAX][2]; /* from, to */
  const uint8_t *bytes;
  size_t length; /* AEMP_PCAP_SEGMENT_MAX_BYTES at most */
} AempPcapSegment;

/* The head of a file. */
void aemp_pcap_begin (GByteArray *out, const char *program, const char *comment);
/* The name of an address, to be shown in its place. */
void aemp_pcap_name (GByteArray *out, uint32_t address, const char *name);
void aemp_pcap_segment (GByteArray *out, const AempPcapSegment *segment);

/* --- A connection of which only its bytes are known --- */

typedef struct
{
  AempPcapEnd ends[2];   /* [0]: the dialer */
  uint32_t next[2];      /* sequence numbers */
  uint32_t told[2];      /* acknowledged to the peer */
  bool ended[2];
} AempPcapTalk;

/* The handshake. */
void aemp_pcap_talk_begin (AempPcapTalk *talk, GByteArray *out, int64_t time_us);
/* The end `from` sends bytes, which arrive. */
void aemp_pcap_talk_send (AempPcapTalk *talk, GByteArray *out, int64_t time_us, unsigned from,
                          const uint8_t *bytes, size_t length);
/* It ends what it sends, or, with `abort`, all of it. */
void aemp_pcap_talk_end (AempPcapTalk *talk, GByteArray *out, int64_t time_us, unsigned from,
                         bool abort);
