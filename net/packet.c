/* net/packet.c - frames of Ethernet, IPv4 and TCP. */
#include "net/packet.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>

#define TIME_TO_LIVE 64
#define QUOTED_BYTES 8 /* behind the IP header, in a message of ICMP */

typedef struct
{
  struct iphdr ip;
  const uint8_t *rest; /* behind its options */
  size_t rest_bytes;
} Datagram;

/* Padding behind a short packet is none of it. */
static bool
read_datagram (const uint8_t *frame, size_t length, Datagram *datagram)
{
  const uint8_t *begin = frame + ETH_HLEN;
  size_t header_bytes, total_bytes;

  if (length < ETH_HLEN + sizeof datagram->ip || frame[12] != 0x08 || frame[13] != 0x00)
    return false;
  memcpy (&datagram->ip, begin, sizeof datagram->ip);
  header_bytes = datagram->ip.ihl * 4U;
  total_bytes = ntohs (datagram->ip.tot_len);
  if (datagram->ip.version != 4 || header_bytes < sizeof datagram->ip || total_bytes < header_bytes
      || total_bytes > length - ETH_HLEN)
    return false;
  datagram->rest = begin + header_bytes;
  datagram->rest_bytes = total_bytes - header_bytes;
  return true;
}

/* How many numbers of the sequence it takes, too. */
static bool
read_tcp (const Datagram *datagram, struct tcphdr *tcp, size_t *sequence_bytes)
{
  size_t header_bytes;

  if (datagram->ip.protocol != IPPROTO_TCP || datagram->rest_bytes < sizeof *tcp
      || (datagram->ip.frag_off & htons (IP_OFFMASK)) != 0)
    return false;
  memcpy (tcp, datagram->rest, sizeof *tcp);
  header_bytes = tcp->doff * 4U;
  if (header_bytes < sizeof *tcp || header_bytes > datagram->rest_bytes)
    return false;
  *sequence_bytes = datagram->rest_bytes - header_bytes + tcp->syn + tcp->fin;
  return true;
}

bool
net_packet_read (const uint8_t *frame, size_t length, NetPacket *packet)
{
  Datagram datagram;
  struct tcphdr tcp;
  size_t sequence_bytes;

  if (!read_datagram (frame, length, &datagram))
    return false;
  packet->source = datagram.ip.saddr;
  packet->destination = datagram.ip.daddr;
  if (!read_tcp (&datagram, &tcp, &sequence_bytes))
    packet->kind = NET_PACKET_OTHER;
  else if (tcp.rst)
    packet->kind = NET_PACKET_RESET;
  else
    packet->kind = sequence_bytes > 0 ? NET_PACKET_WORD : NET_PACKET_ACK;
  return true;
}

void
net_packet_address (uint8_t *frame, const uint8_t *to, const uint8_t *from)
{
  memcpy (frame, to, NET_MAC_BYTES);
  memcpy (frame + NET_MAC_BYTES, from, NET_MAC_BYTES);
}

/* --- Replies --- */

static uint32_t
add_up (uint32_t sum, const void *bytes, size_t length)
{
  const uint8_t *at = bytes;

  for (; length >= 2; at += 2, length -= 2)
    sum += (uint32_t)at[0] << 8 | at[1];
  return length > 0 ? sum + ((uint32_t)at[0] << 8) : sum;
}

static uint16_t
checksum (uint32_t sum)
{
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return htons ((uint16_t)~sum);
}

/* Writes the headers of Ethernet and IP in front of `body_bytes`; gives the frame's length. */
static size_t
put_headers (uint8_t *reply, const uint8_t *frame, uint32_t from, uint32_t to, uint8_t protocol,
             size_t body_bytes)
{
  struct iphdr ip = {
    .version = 4,
    .ihl = 5,
    .tot_len = htons ((uint16_t)(sizeof ip + body_bytes)),
    .frag_off = htons (IP_DF),
    .ttl = TIME_TO_LIVE,
    .protocol = protocol,
    .saddr = from,
    .daddr = to,
  };

  ip.check = checksum (add_up (0, &ip, sizeof ip));
  memcpy (reply, frame, ETH_HLEN);
  memcpy (reply + ETH_HLEN, &ip, sizeof ip);
  return ETH_HLEN + sizeof ip + body_bytes;
}

/* A reset is believed when it has the number that is expected next: the other side's
 * acknowledgement, or for the first packet of all an acknowledgement of that. */
size_t
net_packet_reset (const uint8_t *frame, size_t length, uint8_t *reply)
{
  Datagram datagram;
  struct tcphdr tcp, answer;
  size_t sequence_bytes;
  uint32_t sum;

  if (!read_datagram (frame, length, &datagram) || !read_tcp (&datagram, &tcp, &sequence_bytes)
      || tcp.rst)
    return 0;
  memset (&answer, 0, sizeof answer);
  answer.source = tcp.dest;
  answer.dest = tcp.source;
  answer.doff = sizeof answer / 4;
  answer.rst = 1;
  answer.ack = !tcp.ack;
  if (tcp.ack)
    answer.seq = tcp.ack_seq;
  else
    answer.ack_seq = htonl (ntohl (tcp.seq) + (uint32_t)sequence_bytes);
  sum = add_up (IPPROTO_TCP + sizeof answer, &datagram.ip.saddr, 2 * sizeof datagram.ip.saddr);
  answer.check = checksum (add_up (sum, &answer, sizeof answer));
  memcpy (reply + ETH_HLEN + sizeof datagram.ip, &answer, sizeof answer);
  return put_headers (reply, frame, datagram.ip.daddr, datagram.ip.saddr, IPPROTO_TCP,
                      sizeof answer);
}

size_t
net_packet_unreachable (const uint8_t *frame, size_t length, uint32_t router, uint8_t *reply)
{
  Datagram datagram;
  struct icmphdr icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_HOST_UNREACH };
  uint8_t *body = reply + ETH_HLEN + sizeof (struct iphdr);
  size_t quoted_bytes;

  if (!read_datagram (frame, length, &datagram) || datagram.ip.protocol == IPPROTO_ICMP)
    return 0;
  quoted_bytes = (size_t)(datagram.rest - (frame + ETH_HLEN));
  quoted_bytes += datagram.rest_bytes < QUOTED_BYTES ? datagram.rest_bytes : QUOTED_BYTES;
  memcpy (body + sizeof icmp, frame + ETH_HLEN, quoted_bytes);
  memcpy (body, &icmp, sizeof icmp);
  icmp.checksum = checksum (add_up (0, body, sizeof icmp + quoted_bytes));
  memcpy (body, &icmp, sizeof icmp);
  return put_headers (reply, frame, router, datagram.ip.saddr, IPPROTO_ICMP,
                      sizeof icmp + quoted_bytes);
}
