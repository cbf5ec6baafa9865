/* tests/unit/test-packet.c - frames of Ethernet, IPv4 and TCP, and what is said in reply. */
#include "net/packet.h"

#include <arpa/inet.h>
#include <glib.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>

typedef struct
{
  uint8_t bytes[NET_FRAME_MAX_BYTES];
  size_t length;
} Frame;

#define OTHER 0x80 /* beside the flags of TCP: another protocol */

/* From 10.0.0.1:1000 to 10.0.0.2:2000; sequence 100, acknowledging 200. */
static Frame
make (uint8_t flags, size_t data_bytes)
{
  Frame frame
      = { .length = ETH_HLEN + sizeof (struct iphdr) + sizeof (struct tcphdr) + data_bytes };
  struct iphdr ip = { .version = 4,
                      .ihl = 5,
                      .tot_len = htons ((uint16_t)(frame.length - ETH_HLEN)),
                      .ttl = 64,
                      .protocol = flags & OTHER ? IPPROTO_UDP : IPPROTO_TCP,
                      .saddr = htonl (0x0a000001),
                      .daddr = htonl (0x0a000002) };
  struct tcphdr tcp = { .source = htons (1000),
                        .dest = htons (2000),
                        .seq = htonl (100),
                        .ack_seq = htonl (200),
                        .doff = 5 };

  tcp.syn = (flags & TH_SYN) != 0;
  tcp.ack = (flags & TH_ACK) != 0;
  tcp.fin = (flags & TH_FIN) != 0;
  tcp.rst = (flags & TH_RST) != 0;
  frame.bytes[12] = 0x08;
  memcpy (frame.bytes + ETH_HLEN, &ip, sizeof ip);
  memcpy (frame.bytes + ETH_HLEN + sizeof ip, &tcp, sizeof tcp);
  return frame;
}

static void
assert_kind (Frame frame, NetPacketKind kind)
{
  NetPacket packet;

  g_assert_true (net_packet_read (frame.bytes, frame.length, &packet));
  g_assert_cmpint (packet.kind, ==, kind);
  g_assert_cmphex (packet.source, ==, htonl (0x0a000001));
  g_assert_cmphex (packet.destination, ==, htonl (0x0a000002));
}

static void
test_kinds (void)
{
  g_test_summary ("What takes numbers of the sequence is a word, all else of TCP an "
                  "acknowledgement, but resets; padding is no data.");

  Frame padded = make (TH_ACK, 0);

  padded.length += 6;
  assert_kind (make (TH_SYN, 0), NET_PACKET_WORD);
  assert_kind (make (TH_SYN | TH_ACK, 0), NET_PACKET_WORD);
  assert_kind (make (TH_FIN | TH_ACK, 0), NET_PACKET_WORD);
  assert_kind (make (TH_ACK, 1), NET_PACKET_WORD);
  assert_kind (make (TH_ACK, 0), NET_PACKET_ACK);
  assert_kind (padded, NET_PACKET_ACK);
  assert_kind (make (TH_RST, 0), NET_PACKET_RESET);
  assert_kind (make (OTHER, 4), NET_PACKET_OTHER);
}

static void
test_broken (void)
{
  g_test_summary ("What is cut off anywhere, or lies about its length, is no packet.");

  Frame whole = make (TH_ACK, 10), version = whole, header = whole, other = whole;
  NetPacket packet;

  for (size_t length = 0; length < whole.length; length++)
    {
      g_autofree uint8_t *cut = g_memdup2 (whole.bytes, length); /* for the sanitizers */
      g_assert_false (net_packet_read (cut, length, &packet));
    }
  version.bytes[ETH_HLEN] = 0x65;
  header.bytes[ETH_HLEN] = 0x44;
  other.bytes[12] = 0x86;
  g_assert_false (net_packet_read (version.bytes, version.length, &packet));
  g_assert_false (net_packet_read (header.bytes, header.length, &packet));
  g_assert_false (net_packet_read (other.bytes, other.length, &packet));
}

/* The sum of all words is 0xffff when the checksum among them is right. */
static uint32_t
sum_of (const uint8_t *bytes, size_t length, uint32_t sum)
{
  for (size_t i = 0; i < length; i++)
    sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

static struct tcphdr
reset_for (Frame frame)
{
  uint8_t reply[NET_FRAME_MAX_BYTES];
  struct iphdr ip;
  struct tcphdr tcp;
  size_t length = net_packet_reset (frame.bytes, frame.length, reply);

  g_assert_cmpuint (length, ==, ETH_HLEN + sizeof ip + sizeof tcp);
  memcpy (&ip, reply + ETH_HLEN, sizeof ip);
  memcpy (&tcp, reply + ETH_HLEN + sizeof ip, sizeof tcp);
  g_assert_cmphex (ip.saddr, ==, htonl (0x0a000002));
  g_assert_cmphex (ip.daddr, ==, htonl (0x0a000001));
  g_assert_cmphex (sum_of (reply + ETH_HLEN, sizeof ip, 0), ==, 0xffff);
  /* the pseudo header has the two addresses, the protocol and the length */
  g_assert_cmphex (sum_of (reply + ETH_HLEN + 12, 8 + sizeof tcp, IPPROTO_TCP + sizeof tcp), ==,
                   0xffff);
  g_assert_cmpint (ntohs (tcp.source), ==, 2000);
  g_assert_cmpint (ntohs (tcp.dest), ==, 1000);
  g_assert_true (tcp.rst);
  return tcp;
}

static void
test_resets (void)
{
  g_test_summary ("A reset has the number that the other side acknowledged, or acknowledges a SYN; "
                  "a reset gets none.");

  uint8_t reply[NET_FRAME_MAX_BYTES];
  Frame reset = make (TH_RST, 0), other = make (OTHER, 4);
  struct tcphdr to_data = reset_for (make (TH_ACK, 10)), to_syn = reset_for (make (TH_SYN, 0));

  g_assert_cmpuint (ntohl (to_data.seq), ==, 200);
  g_assert_false (to_data.ack);
  g_assert_cmpuint (ntohl (to_syn.ack_seq), ==, 101);
  g_assert_true (to_syn.ack);
  g_assert_cmpuint (net_packet_reset (reset.bytes, reset.length, reply), ==, 0);
  g_assert_cmpuint (net_packet_reset (other.bytes, other.length, reply), ==, 0);
}

static void
test_unreachable (void)
{
  g_test_summary ("\"Host unreachable\" quotes the packet's header and eight bytes more.");

  uint8_t reply[NET_FRAME_MAX_BYTES];
  Frame frame = make (TH_ACK, 100);
  const uint32_t router = htonl (0x0afffffe);
  size_t length = net_packet_unreachable (frame.bytes, frame.length, router, reply);
  const uint8_t *icmp = reply + ETH_HLEN + sizeof (struct iphdr);

  g_assert_cmpuint (length, ==, ETH_HLEN + 2 * sizeof (struct iphdr) + sizeof (struct icmphdr) + 8);
  g_assert_cmpint (icmp[0], ==, ICMP_DEST_UNREACH);
  g_assert_cmpint (icmp[1], ==, ICMP_HOST_UNREACH);
  g_assert_cmpmem (icmp + sizeof (struct icmphdr), sizeof (struct iphdr) + 8,
                   frame.bytes + ETH_HLEN, sizeof (struct iphdr) + 8);
  g_assert_cmphex (sum_of (icmp, sizeof (struct icmphdr) + sizeof (struct iphdr) + 8, 0), ==,
                   0xffff);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packet/kinds", test_kinds);
  g_test_add_func ("/packet/broken", test_broken);
  g_test_add_func ("/packet/resets", test_resets);
  g_test_add_func ("/packet/unreachable", test_unreachable);
  return g_test_run ();
}
