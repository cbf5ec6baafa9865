/* net/router.c - passes on packets between ports. */
#include "net/router.h"

#include "engine/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_A_TURN 64 /* taken from one port before the others get theirs */
#define BUFFER_BYTES (8 * 1024 * 1024)
#define KINDS (NET_PACKET_RESET + 1)
#define SECOND_US 1000000
#define MILLION 1000000

const uint8_t net_router_mac[NET_MAC_BYTES] = { 0x02, 0, 0, 0, 0, 0x01 };

/* "host unreachable" comes from here. */
#define ROUTER_ADDRESS 0x0afffffe /* 10.255.255.254 */

typedef struct
{
  uint32_t address;
  int fd; /* -1: nothing is plugged in */
  uint8_t mac[NET_MAC_BYTES];
} Port;

typedef struct
{
  NetRouterCut cut;
  int64_t least_us;
  int64_t most_us;
  uint32_t loss_ppm;
  uint64_t which[KINDS]; /* to be lost, the lowest bit next */
  NetRouterCount count;
} Way;

/* A packet on its way. */
typedef struct
{
  GList link; /* `data` is the packet */
  int64_t due_us;
  Way *way;
  unsigned to;
  size_t length;
  uint8_t frame[];
} Held;

struct NetRouter
{
  int epoll_fd;
  int timer_fd;
  Port ports[NET_ROUTER_PORTS_MAX];
  unsigned ports_count;
  Way ways[NET_ROUTER_PORTS_MAX][NET_ROUTER_PORTS_MAX];
  GQueue held; /* the earliest first */
  int64_t late_us;
  int64_t timer_us; /* what the timer is set to; INT64_MAX: it is not */
  GRand *lots;
  struct mmsghdr messages[FRAMES_A_TURN];
  struct iovec pieces[FRAMES_A_TURN];
  uint8_t frames[FRAMES_A_TURN][NET_FRAME_MAX_BYTES];
};

static int64_t
now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static void
watch (const NetRouter *router, int fd, uint32_t port)
{
  struct epoll_event event = { .events = EPOLLIN, .data.u32 = port };

  if (epoll_ctl (router->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    g_error ("epoll_ctl: %s", aemp_errno_text (errno));
}

NetRouter *
net_router_new (void)
{
  NetRouter *router = g_new0 (NetRouter, 1);

  router->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  router->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (router->epoll_fd < 0 || router->timer_fd < 0)
    g_error ("no descriptor for a router: %s", aemp_errno_text (errno));
  router->timer_us = INT64_MAX;
  router->lots = g_rand_new ();
  g_queue_init (&router->held);
  watch (router, router->timer_fd, NET_ROUTER_PORTS_MAX);
  for (unsigned i = 0; i < FRAMES_A_TURN; i++)
    {
      router->pieces[i] = (struct iovec){ router->frames[i], NET_FRAME_MAX_BYTES };
      router->messages[i].msg_hdr.msg_iov = &router->pieces[i];
      router->messages[i].msg_hdr.msg_iovlen = 1;
    }
  return router;
}

static void
drop_held (NetRouter *router, Held *held)
{
  g_queue_unlink (&router->held, &held->link);
  g_free (held);
}

void
net_router_free (NetRouter *router)
{
  for (unsigned i = 0; i < router->ports_count; i++)
    net_router_unplug (router, i);
  while (router->held.head)
    drop_held (router, router->held.head->data);
  close (router->timer_fd);
  close (router->epoll_fd);
  g_rand_free (router->lots);
  g_free (router);
}

unsigned
net_router_add (NetRouter *router, uint32_t address)
{
  g_assert (router->ports_count < NET_ROUTER_PORTS_MAX);
  router->ports[router->ports_count] = (Port){ .address = address, .fd = -1 };
  return router->ports_count++;
}

static bool
fail (int fd, GError **error)
{
  g_propagate_error (error, aemp_errno_error (errno));
  if (fd >= 0)
    close (fd);
  return false;
}

bool
net_router_plug (NetRouter *router, unsigned port, const char *interface,
                 const uint8_t mac[NET_MAC_BYTES], GError **error)
{
  const int on = 1, buffer_bytes = BUFFER_BYTES;
  struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons (ETH_P_IP) };
  int fd = socket (AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_assert (port < router->ports_count && router->ports[port].fd < 0);
  address.sll_ifindex = (int)if_nametoindex (interface);
  if (fd < 0 || address.sll_ifindex == 0)
    return fail (fd, error);
  setsockopt (fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  if (bind (fd, (const struct sockaddr *)&address, sizeof address) != 0)
    return fail (fd, error);
  router->ports[port].fd = fd;
  memcpy (router->ports[port].mac, mac, NET_MAC_BYTES);
  watch (router, fd, port);
  return true;
}

void
net_router_unplug (NetRouter *router, unsigned port)
{
  if (router->ports[port].fd >= 0)
    close (router->ports[port].fd); /* which takes it out of the epoll set */
  router->ports[port].fd = -1;
}

int
net_router_fd (const NetRouter *router)
{
  return router->epoll_fd;
}

/* --- The ways --- */

static Way *
way_between (NetRouter *router, unsigned from, unsigned to)
{
  g_assert (from < router->ports_count && to < router->ports_count);
  return &router->ways[from][to];
}

void
net_router_delay (NetRouter *router, unsigned from, unsigned to, int64_t least_us, int64_t most_us)
{
  way_between (router, from, to)->least_us = least_us;
  way_between (router, from, to)->most_us = most_us;
}

void
net_router_lose_some (NetRouter *router, unsigned from, unsigned to, uint32_t loss_ppm)
{
  way_between (router, from, to)->loss_ppm = loss_ppm;
}

void
net_router_lose (NetRouter *router, unsigned from, unsigned to, NetPacketKind kind, uint64_t which)
{
  way_between (router, from, to)->which[kind] = which;
}

void
net_router_cut (NetRouter *router, unsigned from, unsigned to, NetRouterCut cut)
{
  Way *way = way_between (router, from, to);

  way->cut = cut;
  for (GList *link = router->held.head, *next; link && cut != NET_ROUTER_OPEN; link = next)
    {
      Held *held = link->data;

      next = link->next;
      if (held->way != way)
        continue;
      way->count.cut++;
      drop_held (router, held);
    }
}

NetRouterCount
net_router_count (const NetRouter *router, unsigned from, unsigned to)
{
  return router->ways[from][to].count;
}

int64_t
net_router_late_us (const NetRouter *router)
{
  return router->late_us;
}

/* --- Packets --- */

static void
send_frame (const NetRouter *router, unsigned to, const uint8_t *frame, size_t length)
{
  const Port *port = &router->ports[to];

  if (port->fd >= 0 && send (port->fd, frame, length, 0) < 0 && errno == EIO)
    g_warning_once ("the router could not send: %s", aemp_errno_text (errno));
}

static bool
is_lost_by_lot (NetRouter *router, Way *way, NetPacketKind kind)
{
  bool lost = way->which[kind] & 1;

  way->which[kind] >>= 1;
  return lost
         || (way->loss_ppm > 0
             && (uint32_t)g_rand_int_range (router->lots, 0, MILLION) < way->loss_ppm);
}

/* Behind all that are due no later. */
static void
hold (NetRouter *router, Way *way, unsigned to, const uint8_t *frame, size_t length,
      int64_t delay_us)
{
  Held *held = g_malloc (sizeof *held + length);
  GList *before = router->held.tail;

  held->link = (GList){ .data = held };
  held->due_us = now_us () + delay_us;
  held->way = way;
  held->to = to;
  held->length = length;
  memcpy (held->frame, frame, length);
  while (before && ((Held *)before->data)->due_us > held->due_us)
    before = before->prev;
  if (before)
    g_queue_insert_after_link (&router->held, before, &held->link);
  else
    g_queue_push_head_link (&router->held, &held->link);
}

static int64_t
draw_delay_us (NetRouter *router, const Way *way)
{
  if (way->least_us == way->most_us)
    return way->least_us;
  return way->least_us
         + (int64_t)(g_rand_double (router->lots) * (double)(way->most_us - way->least_us + 1));
}

static void
refuse (NetRouter *router, const Way *way, unsigned from, const uint8_t *frame, size_t length)
{
  uint8_t reply[NET_FRAME_MAX_BYTES];
  size_t reply_length = 0;

  if (way->cut == NET_ROUTER_REFUSING)
    reply_length = net_packet_reset (frame, length, reply);
  else if (way->cut == NET_ROUTER_UNREACHABLE)
    reply_length = net_packet_unreachable (frame, length, htonl (ROUTER_ADDRESS), reply);
  if (reply_length == 0)
    return;
  net_packet_address (reply, router->ports[from].mac, net_router_mac);
  send_frame (router, from, reply, reply_length);
}

static void
pass_on (NetRouter *router, unsigned from, unsigned to, NetPacketKind kind, uint8_t *frame,
         size_t length)
{
  Way *way = &router->ways[from][to];
  int64_t delay_us;

  if (way->cut != NET_ROUTER_OPEN)
    {
      way->count.cut++;
      refuse (router, way, from, frame, length);
      return;
    }
  if (is_lost_by_lot (router, way, kind) || router->held.length >= NET_ROUTER_HELD_MAX)
    {
      way->count.lost++;
      return;
    }
  way->count.passed++;
  net_packet_address (frame, router->ports[to].mac, net_router_mac);
  delay_us = draw_delay_us (router, way);
  if (delay_us > 0)
    hold (router, way, to, frame, length, delay_us);
  else
    send_frame (router, to, frame, length);
}

static void
take_frame (NetRouter *router, unsigned from, uint8_t *frame, size_t length)
{
  NetPacket packet;

  if (!net_packet_read (frame, length, &packet))
    return;
  for (unsigned to = 0; to < router->ports_count; to++)
    if (router->ports[to].address == packet.destination)
      {
        pass_on (router, from, to, packet.kind, frame, length);
        return;
      }
}

static void
take_frames (NetRouter *router, unsigned from)
{
  int count = recvmmsg (router->ports[from].fd, router->messages, FRAMES_A_TURN, 0, NULL);

  for (int i = 0; i < count; i++)
    if (!(router->messages[i].msg_hdr.msg_flags & MSG_TRUNC))
      take_frame (router, from, router->frames[i], router->messages[i].msg_len);
}

static void
send_due (NetRouter *router)
{
  int64_t until_us = router->held.head ? now_us () : 0;

  while (router->held.head && ((Held *)router->held.head->data)->due_us <= until_us)
    {
      Held *held = router->held.head->data;

      router->late_us = MAX (router->late_us, until_us - held->due_us);
      send_frame (router, held->to, held->frame, held->length);
      drop_held (router, held);
    }
}

static void
set_timer (NetRouter *router)
{
  int64_t due_us = router->held.head ? ((Held *)router->held.head->data)->due_us : INT64_MAX;
  struct itimerspec at = { 0 };

  if (due_us == router->timer_us)
    return;
  router->timer_us = due_us;
  if (due_us != INT64_MAX)
    {
      at.it_value.tv_sec = due_us / SECOND_US;
      at.it_value.tv_nsec = due_us % SECOND_US * 1000;
    }
  timerfd_settime (router->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void
take_timer (NetRouter *router)
{
  uint64_t expirations;

  if (read (router->timer_fd, &expirations, sizeof expirations) > 0)
    router->timer_us = INT64_MAX;
}

void
net_router_work (NetRouter *router)
{
  struct epoll_event events[NET_ROUTER_PORTS_MAX + 1];
  int count = epoll_wait (router->epoll_fd, events, G_N_ELEMENTS (events), 0);

  for (int i = 0; i < count; i++)
    if (events[i].data.u32 == NET_ROUTER_PORTS_MAX)
      take_timer (router);
    else if (router->ports[events[i].data.u32].fd >= 0)
      take_frames (router, events[i].data.u32);
  send_due (router);
  set_timer (router);
}
