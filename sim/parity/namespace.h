/* sim/parity/namespace.h - network namespaces, each a host on a veth pair whose other end hangs on
 * a router.  Nobody has to be root for that where user namespaces are allowed. */
#pragma once

#include "net/packet.h"

#include <glib.h>

/* Leaves for namespaces of our own, of users and of the network; for processes of one thread.
 * False with an error: the system does not let us. */
bool parity_namespace_leave (GError **error);

typedef struct
{
  int fd; /* of the namespace, which is there as long as somebody has it; -1: none */
  char interface[16]; /* the router's end, in the namespace that we are in */
  uint8_t mac[NET_MAC_BYTES]; /* of the other end */
} ParityNamespace;

/* Makes one with an address (in the network's byte order), connected with the namespace that
 * we are in; all that is not for the loopback goes to the router.  `ordinal` names it. */
bool parity_namespace_new (ParityNamespace *namespace, unsigned ordinal, uint32_t address,
                           GError **error);
void parity_namespace_close (ParityNamespace *namespace);
/* Goes there; -1 in `*back`: for good, otherwise a descriptor for coming back. */
bool parity_namespace_enter (int fd, int *back, GError **error);
