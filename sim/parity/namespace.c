/* sim/parity/namespace.c - network namespaces as hosts. */
#include "sim/parity/namespace.h"

#include "engine/error.h"
#include "net/router.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define INNER_NAME "net0"
#define ROUTER_ADDRESS 0x0afffffe /* 10.255.255.254, as the router says it of itself */
#define FIRST_WINDOW 1000         /* segments: nothing waits for the window of congestion to open */

static bool
fail (const char *what, GError **error)
{
  GError *why = aemp_errno_error (errno);

  g_propagate_prefixed_error (error, why, "%s: ", what);
  return false;
}

static bool
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  bool written = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t)strlen (text);

  if (fd >= 0)
    close (fd);
  return written;
}

/* Root of a user namespace may do to its networks what it likes, and nothing elsewhere. */
bool
parity_namespace_leave (GError **error)
{
  g_autofree char *users = g_strdup_printf ("0 %u 1", (unsigned)geteuid ());
  g_autofree char *groups = g_strdup_printf ("0 %u 1", (unsigned)getegid ());

  if (unshare (CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return fail ("no user namespace", error);
  write_file ("/proc/self/setgroups", "deny"); /* an old kernel does not have it */
  if (!write_file ("/proc/self/uid_map", users) || !write_file ("/proc/self/gid_map", groups))
    return fail ("no user namespace", error);
  return true;
}

bool
parity_namespace_enter (int fd, int *back, GError **error)
{
  if (back)
    *back = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if ((back && *back < 0) || setns (fd, CLONE_NEWNET) != 0)
    return fail ("no way into a network namespace", error);
  return true;
}

/* --- rtnetlink --- */

typedef struct
{
  struct nlmsghdr head;
  uint8_t body[1024];
} Message;

static void
put (Message *message, const void *bytes, size_t length)
{
  size_t at = NLMSG_ALIGN (message->head.nlmsg_len);

  g_assert (at + length <= sizeof *message);
  memcpy ((uint8_t *)message + at, bytes, length);
  message->head.nlmsg_len = (uint32_t)(at + length);
}

/* Attributes that hold others are opened, and closed behind the last one. */
static size_t
open_attribute (Message *message, unsigned short type)
{
  struct rtattr head = { .rta_type = type, .rta_len = sizeof head };
  size_t at = NLMSG_ALIGN (message->head.nlmsg_len);

  put (message, &head, sizeof head);
  return at;
}

static void
close_attribute (Message *message, size_t at)
{
  struct rtattr *head = (struct rtattr *)((uint8_t *)message + at);

  head->rta_len = (unsigned short)(message->head.nlmsg_len - at);
}

static void
put_attribute (Message *message, unsigned short type, const void *bytes, size_t length)
{
  size_t at = open_attribute (message, type);

  put (message, bytes, length);
  close_attribute (message, at);
}

static void
put_number (Message *message, unsigned short type, uint32_t number)
{
  put_attribute (message, type, &number, sizeof number);
}

static Message
new_message (uint16_t type, uint16_t flags)
{
  return (Message){ .head = { .nlmsg_len = NLMSG_HDRLEN,
                              .nlmsg_type = type,
                              .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags) } };
}

/* The kernel's answer is an error, which may be 0. */
static bool
ask_kernel (const Message *message, const char *what, GError **error)
{
  struct
  {
    struct nlmsghdr head;
    struct nlmsgerr error;
    uint8_t rest[2048];
  } answer;
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  bool answered = fd >= 0 && send (fd, message, message->head.nlmsg_len, 0) >= 0
                  && recv (fd, &answer, sizeof answer, 0) >= (ssize_t)NLMSG_LENGTH (sizeof (int));

  if (fd >= 0)
    close (fd);
  if (answered && answer.head.nlmsg_type == NLMSG_ERROR && answer.error.error == 0)
    return true;
  if (answered)
    errno = -answer.error.error;
  return fail (what, error);
}

static bool
make_veth (const ParityNamespace *namespace, GError **error)
{
  Message message = new_message (RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  const struct ifinfomsg none = { .ifi_family = AF_UNSPEC };
  const uint32_t fd = (uint32_t) namespace->fd;
  size_t info, data, peer;

  put (&message, &none, sizeof none);
  put_attribute (&message, IFLA_IFNAME, namespace->interface, strlen (namespace->interface) + 1);
  info = open_attribute (&message, IFLA_LINKINFO);
  put_attribute (&message, IFLA_INFO_KIND, "veth", strlen ("veth"));
  data = open_attribute (&message, IFLA_INFO_DATA);
  peer = open_attribute (&message, VETH_INFO_PEER);
  put (&message, &none, sizeof none);
  put_attribute (&message, IFLA_IFNAME, INNER_NAME, sizeof INNER_NAME);
  put_attribute (&message, IFLA_ADDRESS, namespace->mac, NET_MAC_BYTES);
  put_attribute (&message, IFLA_NET_NS_FD, &fd, sizeof fd);
  close_attribute (&message, peer);
  close_attribute (&message, data);
  close_attribute (&message, info);
  return ask_kernel (&message, "no veth pair", error);
}

/* Everything goes to the router. */
static bool
add_route (GError **error)
{
  Message message = new_message (RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  const struct rtmsg route = {
    .rtm_family = AF_INET,
    .rtm_table = RT_TABLE_MAIN,
    .rtm_protocol = RTPROT_STATIC,
    .rtm_scope = RT_SCOPE_UNIVERSE,
    .rtm_type = RTN_UNICAST,
    .rtm_flags = RTNH_F_ONLINK,
  };
  size_t metrics;

  put (&message, &route, sizeof route);
  put_number (&message, RTA_GATEWAY, htonl (ROUTER_ADDRESS));
  put_number (&message, RTA_OIF, if_nametoindex (INNER_NAME));
  metrics = open_attribute (&message, RTA_METRICS);
  put_number (&message, RTAX_INITCWND, FIRST_WINDOW);
  put_number (&message, RTAX_INITRWND, FIRST_WINDOW);
  close_attribute (&message, metrics);
  return ask_kernel (&message, "no route", error);
}

/* --- What has an ioctl --- */

static struct ifreq
request_for (const char *interface)
{
  struct ifreq request;

  memset (&request, 0, sizeof request);
  g_strlcpy (request.ifr_name, interface, sizeof request.ifr_name);
  return request;
}

static bool
set_up (int fd, const char *interface)
{
  struct ifreq request = request_for (interface);

  if (ioctl (fd, SIOCGIFFLAGS, &request) != 0)
    return false;
  request.ifr_flags |= IFF_UP;
  return ioctl (fd, SIOCSIFFLAGS, &request) == 0;
}

static bool
set_address (int fd, uint32_t address)
{
  struct ifreq request = request_for (INNER_NAME);
  struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;

  in->sin_family = AF_INET;
  in->sin_addr.s_addr = address;
  if (ioctl (fd, SIOCSIFADDR, &request) != 0)
    return false;
  in->sin_addr.s_addr = htonl (INADDR_BROADCAST); /* nobody else is on this wire */
  return ioctl (fd, SIOCSIFNETMASK, &request) == 0;
}

static bool
set_router_mac (int fd)
{
  struct arpreq request;
  struct sockaddr_in *in = (struct sockaddr_in *)&request.arp_pa;

  memset (&request, 0, sizeof request);
  in->sin_family = AF_INET;
  in->sin_addr.s_addr = htonl (ROUTER_ADDRESS);
  request.arp_ha.sa_family = ARPHRD_ETHER;
  memcpy (request.arp_ha.sa_data, net_router_mac, NET_MAC_BYTES);
  request.arp_flags = ATF_PERM | ATF_COM;
  g_strlcpy (request.arp_dev, INNER_NAME, sizeof request.arp_dev);
  return ioctl (fd, SIOCSARP, &request) == 0;
}

/* Segments as they are on a wire, with checksums in them. */
static bool
set_offloads_off (int fd)
{
  static const uint32_t commands[]
      = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SSG, ETHTOOL_STXCSUM };
  struct ethtool_value value = { .data = 0 };
  struct ifreq request = request_for (INNER_NAME);

  request.ifr_data = (char *)&value;
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      value.cmd = commands[i];
      if (ioctl (fd, SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP)
        return false;
    }
  return true;
}

static bool
set_interfaces_up (uint32_t address, GError **error)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool done = fd >= 0 && set_offloads_off (fd) && set_address (fd, address) && set_up (fd, "lo")
              && set_up (fd, INNER_NAME) && set_router_mac (fd);

  if (!done)
    fail ("no interface of a host", error);
  if (fd >= 0)
    close (fd);
  return done;
}

/* What one connection learned is not for the next one to know. */
static void
forget_metrics (void)
{
  write_file ("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
  write_file ("/proc/sys/net/ipv4/tcp_congestion_control", "cubic");
  write_file ("/proc/sys/net/ipv6/conf/" INNER_NAME "/disable_ipv6", "1");
}

/* --- Hosts --- */

static bool
make_namespace (int *fd, int *back, GError **error)
{
  *back = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (*back < 0 || unshare (CLONE_NEWNET) != 0)
    return fail ("no network namespace", error);
  *fd = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  return (*fd >= 0 && setns (*back, CLONE_NEWNET) == 0) || fail ("no network namespace", error);
}

static bool
configure (const ParityNamespace *namespace, uint32_t address, GError **error)
{
  int back = -1;
  bool done = parity_namespace_enter (namespace->fd, &back, error)
              && set_interfaces_up (address, error) && add_route (error);

  forget_metrics ();
  if (back >= 0)
    {
      if (setns (back, CLONE_NEWNET) != 0)
        done = fail ("no way back", done ? error : NULL);
      close (back);
    }
  return done;
}

static bool
set_router_end_up (const ParityNamespace *namespace, GError **error)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool done = fd >= 0 && set_up (fd, namespace->interface);

  if (!done)
    fail ("no interface of the router", error);
  if (fd >= 0)
    close (fd);
  return done;
}

/* The router's end goes up first: of a pair the kernel makes the second one ready at once, the
 * first one some time later, which is the same to a raw socket, but loses what a host sends. */
bool
parity_namespace_new (ParityNamespace *namespace, unsigned ordinal, uint32_t address,
                      GError **error)
{
  int back = -1;
  bool done;

  namespace->fd = -1;
  snprintf (namespace->interface, sizeof namespace->interface, "host%u", ordinal);
  memcpy (namespace->mac, (const uint8_t[]){ 0x02, 0, 0, 0, 1, (uint8_t)ordinal }, NET_MAC_BYTES);
  done = make_namespace (&namespace->fd, &back, error) && make_veth (namespace, error)
         && set_router_end_up (namespace, error) && configure (namespace, address, error);
  if (back >= 0)
    close (back);
  return done;
}

void
parity_namespace_close (ParityNamespace *namespace)
{
  if (namespace->fd >= 0)
    close (namespace->fd);
  namespace->fd = -1;
}
