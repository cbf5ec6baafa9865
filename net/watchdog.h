/* net/watchdog.h - a process that begins a node again when it died or hangs. */
#pragma once

#include <stdbool.h>

#define NET_WATCHDOG_HEARTBEAT_SECONDS 300
#define NET_EXIT_RESTART 75 /* of a node that wants to be begun again */

/* What a watched node has of it. */
typedef struct
{
  int fd;          /* -1: it is not watched */
  unsigned lives;  /* that it had before */
  unsigned heartbeat_ms; /* it has to be heard of within this */
} NetWatched;

/* Splits the process in two.  True in the one that is to be the node, each time it begins;
 * false in the other one, at the end, with the exit status in `status`.  It ends when the
 * node ended by itself or could not begin; when it died later, or was not heard of for so
 * long, it is begun again.  Signals that want it to end or to reopen files are passed on. */
bool net_watchdog_begin (unsigned heartbeat_seconds, NetWatched *watched, int *status);

/* The node has begun; it is alive. */
void net_watched_is_ready (const NetWatched *watched);
void net_watched_beat (const NetWatched *watched);
