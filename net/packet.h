/* net/packet.h - frames of Ethernet, IPv4 and TCP: what they are, and what is said in reply.
 *
 * For the router, which passes frames on without looking into them any deeper than this. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_MAC_BYTES 6
#define NET_FRAME_MAX_BYTES 2048 /* an MTU of 1,500 and the header fit */

typedef enum
{
  NET_PACKET_OTHER, /* IPv4, but no TCP */
  NET_PACKET_WORD,  /* takes numbers of the sequence: data, SYN, FIN */
  NET_PACKET_ACK,   /* an acknowledgement, a probe, a window: all the rest but resets */
  NET_PACKET_RESET,
} NetPacketKind;

typedef struct
{
  NetPacketKind kind;
  uint32_t source; /* in the byte order of the network */
  uint32_t destination;
} NetPacket;

/* False: no whole IPv4 packet. */
bool net_packet_read (const uint8_t *frame, size_t length, NetPacket *packet);
/* Who gets it next, and from whom. */
void net_packet_address (uint8_t *frame, const uint8_t *to, const uint8_t *from);
/* Replies to a frame that was read, in `reply` (of NET_FRAME_MAX_BYTES); they give its length.
 * 0: such a frame gets no reply.  A reset as if from where it was sent ... */
size_t net_packet_reset (const uint8_t *frame, size_t length, uint8_t *reply);
/* ... "host unreachable" of ICMP, as if from `router`. */
size_t net_packet_unreachable (const uint8_t *frame, size_t length, uint32_t router,
                               uint8_t *reply);
