/* net/address.c - addresses as text and as the kernel wants them. */
#include "net/internal.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

static bool
parse_port (const char *text, uint16_t *port)
{
  unsigned value = 0;
  size_t digits = strspn (text, "0123456789");

  if (digits == 0 || digits > 5 || text[digits] != '\0')
    return false;
  for (size_t i = 0; i < digits; i++)
    value = value * 10 + (unsigned)(text[i] - '0');
  if (value > G_MAXUINT16)
    return false;
  *port = (uint16_t)value;
  return true;
}

bool
net_address_split (const char *text, char **host, uint16_t *port)
{
  const char *colon = strrchr (text, ':');
  bool bracketed = text[0] == '[';
  const char *begin = text + bracketed;
  const char *end;

  if (!colon)
    return false;
  end = colon - bracketed;
  if (end <= begin || (bracketed && *end != ']') || !parse_port (colon + 1, port))
    return false;
  /* An IPv6 host without brackets is too easily half of something else. */
  if (!bracketed && memchr (begin, ':', (size_t)(end - begin)))
    return false;
  *host = g_strndup (begin, (size_t)(end - begin));
  return true;
}

static bool
parse_ipv6 (const char *host, struct sockaddr_in6 *address)
{
  const char *percent = strchr (host, '%');
  g_autofree char *bare = percent ? g_strndup (host, (size_t)(percent - host)) : g_strdup (host);

  if (inet_pton (AF_INET6, bare, &address->sin6_addr) != 1)
    return false;
  if (percent)
    address->sin6_scope_id = if_nametoindex (percent + 1);
  return !percent || address->sin6_scope_id != 0;
}

bool
net_address_parse_host (const char *host, uint16_t port, NetAddress *address)
{
  struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address->storage;
  struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address->storage;

  memset (address, 0, sizeof *address);
  if (inet_pton (AF_INET, host, &ipv4->sin_addr) == 1)
    {
      ipv4->sin_family = AF_INET;
      address->length = sizeof *ipv4;
    }
  else if (parse_ipv6 (host, ipv6))
    {
      ipv6->sin6_family = AF_INET6;
      address->length = sizeof *ipv6;
    }
  else
    return false;
  net_address_set_port (address, port);
  return true;
}

bool
net_address_parse (const char *text, NetAddress *address)
{
  g_autofree char *host = NULL;
  uint16_t port;

  return net_address_split (text, &host, &port) && net_address_parse_host (host, port, address);
}

void
net_address_set_port (NetAddress *address, uint16_t port)
{
  if (address->storage.ss_family == AF_INET)
    ((struct sockaddr_in *)&address->storage)->sin_port = htons (port);
  else
    ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons (port);
}

char *
net_address_host (const NetAddress *address)
{
  const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)&address->storage;
  const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&address->storage;
  char text[INET6_ADDRSTRLEN];
  char scope[IF_NAMESIZE];

  if (address->storage.ss_family == AF_INET)
    {
      g_assert (inet_ntop (AF_INET, &ipv4->sin_addr, text, sizeof text));
      return g_strdup (text);
    }
  g_assert (address->storage.ss_family == AF_INET6);
  g_assert (inet_ntop (AF_INET6, &ipv6->sin6_addr, text, sizeof text));
  if (ipv6->sin6_scope_id != 0 && if_indextoname (ipv6->sin6_scope_id, scope))
    return g_strdup_printf ("[%s%%%s]", text, scope);
  return g_strdup_printf ("[%s]", text);
}

char *
net_address_text (const NetAddress *address)
{
  g_autofree char *host = net_address_host (address);
  uint16_t port = address->storage.ss_family == AF_INET
                      ? ((const struct sockaddr_in *)&address->storage)->sin_port
                      : ((const struct sockaddr_in6 *)&address->storage)->sin6_port;

  return g_strdup_printf ("%s:%u", host, ntohs (port));
}

/* Link-local addresses mean something else on each machine: of no use to others. */
static bool
is_for_others (const struct ifaddrs *interface)
{
  if (!interface->ifa_addr || !(interface->ifa_flags & IFF_UP)
      || (interface->ifa_flags & IFF_LOOPBACK))
    return false;
  if (interface->ifa_addr->sa_family == AF_INET6)
    return !IN6_IS_ADDR_LINKLOCAL (
        &((const struct sockaddr_in6 *)(const void *)interface->ifa_addr)->sin6_addr);
  return interface->ifa_addr->sa_family == AF_INET;
}

char **
net_address_interfaces (void)
{
  g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();
  struct ifaddrs *interfaces = NULL;

  if (getifaddrs (&interfaces) != 0)
    return g_strv_builder_end (hosts);
  for (const struct ifaddrs *interface = interfaces; interface; interface = interface->ifa_next)
    {
      NetAddress address = { 0 };

      if (!is_for_others (interface))
        continue;
      address.length = interface->ifa_addr->sa_family == AF_INET ? sizeof (struct sockaddr_in)
                                                                 : sizeof (struct sockaddr_in6);
      memcpy (&address.storage, interface->ifa_addr, address.length);
      {
        g_autofree char *host = net_address_host (&address);

        g_strv_builder_add (hosts, host);
      }
    }
  freeifaddrs (interfaces);
  return g_strv_builder_end (hosts);
}
