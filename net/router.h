/* net/router.h - a small router for hosts that are network namespaces: it passes on what they
 * send each other, and cuts, delays and loses it.
 *
 * Each host hangs on a port: one end of a veth pair, read and written as raw packets, with the
 * host's IPv4 address at the other end.  Hosts address their frames to the router
 * (NET_ROUTER_MAC); their offloads have to be off, as nobody computes a checksum here.
 *
 * It belongs into any poll loop: when its descriptor is readable there is work.  Nothing is
 * done by itself, and nothing blocks. */
#pragma once

#include "net/packet.h"

#include <glib.h>

#define NET_ROUTER_PORTS_MAX 32
#define NET_ROUTER_HELD_MAX 65536 /* packets on their way; what comes then is lost */

extern const uint8_t net_router_mac[NET_MAC_BYTES];

typedef struct NetRouter NetRouter;

typedef enum
{
  NET_ROUTER_OPEN,
  NET_ROUTER_SILENT,      /* nobody hears of what is lost */
  NET_ROUTER_REFUSING,    /* who sends TCP there gets a reset */
  NET_ROUTER_UNREACHABLE, /* ... "host unreachable" of ICMP */
} NetRouterCut;

/* What happened to what was sent one way. */
typedef struct
{
  uint64_t passed;
  uint64_t lost; /* by lot, or as there was no room */
  uint64_t cut;
} NetRouterCount;

NetRouter *net_router_new (void);
void net_router_free (NetRouter *router);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetRouter, net_router_free)

/* A place for a host with an address (in the network's byte order): the port's number. */
unsigned net_router_add (NetRouter *router, uint32_t address);
/* Puts an interface of this namespace there; `mac` is that of its other end.  False with an
 * error of AEMP_ERRNO: there is none, or packet sockets are not allowed. */
bool net_router_plug (NetRouter *router, unsigned port, const char *interface,
                      const uint8_t mac[NET_MAC_BYTES], GError **error);
/* Pulls it out; what is sent there is lost. */
void net_router_unplug (NetRouter *router, unsigned port);

int net_router_fd (const NetRouter *router);
/* Passes on what has come, and what is due. */
void net_router_work (NetRouter *router);

/* --- One way, from port to port --- */

/* How long a packet takes; between two limits by lot, so that packets may overtake others. */
void net_router_delay (NetRouter *router, unsigned from, unsigned to, int64_t least_us,
                       int64_t most_us);
/* So many in a million are lost, by lot. */
void net_router_lose_some (NetRouter *router, unsigned from, unsigned to, uint32_t loss_ppm);
/* Loses certain packets of a kind, counted from now: bit 0 of `which` is the next one.
 * Counts anew for that kind; 0: none. */
void net_router_lose (NetRouter *router, unsigned from, unsigned to, NetPacketKind kind,
                      uint64_t which);
/* A cut loses what is on its way, too. */
void net_router_cut (NetRouter *router, unsigned from, unsigned to, NetRouterCut cut);
/* How late the latest packet was, by which its delay was longer than it should be. */
int64_t net_router_late_us (const NetRouter *router);
NetRouterCount net_router_count (const NetRouter *router, unsigned from, unsigned to);
