/* tests/world/raw.h - a TCP connection to a node, driven by hand.
 *
 * Calls block, for ten seconds at most; bind one to another address of the loopback
 * network, and it comes from another address. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

typedef struct
{
  int fd;         /* -1: not connected any more */
  GString *heard; /* what was read and not taken out yet */
} Raw;

/* False: refused, or no descriptor is left. */
bool raw_dial (Raw *raw, const char *from, uint16_t port);
void raw_clear (Raw *raw);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raw, raw_clear)

/* False: the other side has closed. */
bool raw_say (Raw *raw, const void *bytes, size_t length);
/* Reads some more.  False: the end, or a reset. */
bool raw_listen (Raw *raw);
/* Reads to the end, or until that time is over: false. */
bool raw_ends (Raw *raw);
/* Reads until this was heard. */
bool raw_hears (Raw *raw, const char *text);

/* Goes through the handshake as the node `node_id`, which will send in `framing`. */
bool raw_join (Raw *raw, const char *node_id, const char *secret, const char *framing);
