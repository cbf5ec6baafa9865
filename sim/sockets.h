/* sim/sockets.h - sockets in the simulated world, as programs of Linux know them.
 *
 * For scripts that compare the world with a kernel: no node, no AempEnv, no callbacks.  No
 * call blocks: where a kernel would let a program wait, a call answers -EAGAIN.  Who waits
 * plays the world event by event (sim_world_step) and looks with sim_socket_poll(); whatever
 * a socket could be told is an event of the world, so nothing is seen late.
 *
 * A process that is killed has its sockets closed by its kernel; one that vanishes loses them
 * without a word.  They stay valid until closed here (every call then answers -EBADF), or
 * until their process is freed. */
#pragma once

#include "world.h"

typedef struct SimSocket SimSocket;

typedef enum
{
  SIM_SOCKET_NO_DELAY,            /* TCP_NODELAY; 0 at first: Nagle */
  SIM_SOCKET_KEEPALIVE,           /* SO_KEEPALIVE; 0 at first */
  SIM_SOCKET_KEEPALIVE_TIME_US,   /* TCP_KEEPIDLE; the world's limits, at first, as all below */
  SIM_SOCKET_KEEPALIVE_INTERVAL_US, /* TCP_KEEPINTVL */
  SIM_SOCKET_KEEPALIVE_PROBES,    /* TCP_KEEPCNT */
  SIM_SOCKET_USER_TIMEOUT_US,     /* TCP_USER_TIMEOUT; 0: none */
  SIM_SOCKET_SYN_RETRIES,         /* TCP_SYNCNT */
  SIM_SOCKET_LINGER_US,           /* SO_LINGER; below 0 (at first): off; 0: closing resets */
  SIM_SOCKET_SEND_BUFFER_BYTES,   /* what SO_SNDBUF comes to for bytes alone */
  SIM_SOCKET_RECEIVE_BUFFER_BYTES, /* ... SO_RCVBUF; before connect or listen */
} SimSocketOption;

typedef enum
{
  SIM_SHUT_READ = 1,
  SIM_SHUT_WRITE = 2,
  SIM_SHUT_BOTH = 3,
} SimShut;

/* As poll(2) has them; the last three are told whether they were asked for or not. */
#define SIM_POLL_IN 1
#define SIM_POLL_OUT 2
#define SIM_POLL_PEER_ENDED 4 /* POLLRDHUP */
#define SIM_POLL_ERROR 8
#define SIM_POLL_HANGUP 16

/* Every int below is 0 (or a count) or a negative errno. */

SimSocket *sim_socket_new (SimProcess *process);
int sim_socket_set (SimSocket *socket, SimSocketOption option, int64_t value);
/* Port 0 takes an ephemeral one.  -EADDRINUSE, -EINVAL (it has one). */
int sim_socket_bind (SimSocket *socket, uint16_t port);
/* `backlog` + 1 connections fit, as in Linux; a SYN beyond is dropped. */
int sim_socket_listen (SimSocket *socket, unsigned backlog);
/* NULL for `to` is an address that nobody has.  -EINPROGRESS: poll for OUT, then ask sim_socket_error().  Two sockets that are bound and
 * connect to each other at once open simultaneously. */
int sim_socket_connect (SimSocket *socket, SimHost *to, uint16_t port);
/* NULL and `*error` -EAGAIN, or -EINVAL (it does not listen). */
SimSocket *sim_socket_accept (SimSocket *socket, int *error);
/* -EAGAIN, -EPIPE, -ENOTCONN, or the connection's error, which is told once. */
int sim_socket_write (SimSocket *socket, const void *bytes, size_t length);
/* 0: the end. */
int sim_socket_read (SimSocket *socket, void *bytes, size_t length);
int sim_socket_shutdown (SimSocket *socket, SimShut how);
/* SO_ERROR: why the connection is over, an errno (positive), told once; 0: nothing to tell. */
int sim_socket_error (SimSocket *socket);
unsigned sim_socket_poll (SimSocket *socket);
uint16_t sim_socket_port (const SimSocket *socket); /* its own; 0: none yet */
/* Closes and frees it. */
void sim_socket_close (SimSocket *socket);
