/* sim/parity/bench.c - round trips and messages through the router, and on a wire without it. */
#include "sim/parity/bench.h"

#include "engine/error.h"
#include "net/router.h"
#include "sim/parity/namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT 4001
#define MESSAGE_BYTES 200
#define WARM_UP 500
#define ROUND_TRIPS 10000
#define STREAM_SECONDS 2
#define STREAM_IN_FLIGHT 64
#define ADDRESS(host) htonl (0x0a000001 + (host))

static double
seconds_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- The two programs --- */

static struct sockaddr_in
address_of (uint32_t address)
{
  return (struct sockaddr_in){
    .sin_family = AF_INET,
    .sin_port = htons (PORT),
    .sin_addr.s_addr = address,
  };
}

static void
set_no_delay (int fd)
{
  const int on = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool
read_message (int fd, uint8_t *message)
{
  return recv (fd, message, MESSAGE_BYTES, MSG_WAITALL) == MESSAGE_BYTES;
}

static bool
write_message (int fd, const uint8_t *message)
{
  return send (fd, message, MESSAGE_BYTES, MSG_NOSIGNAL) == MESSAGE_BYTES;
}

/* Gives each message back. */
static void
run_echo (int listener)
{
  uint8_t message[MESSAGE_BYTES];
  int fd = accept (listener, NULL, NULL);

  set_no_delay (fd);
  while (read_message (fd, message) && write_message (fd, message))
    ;
  _exit (0);
}

static int
compare (const void *one, const void *other)
{
  double a = *(const double *)one, b = *(const double *)other;

  return (a > b) - (a < b);
}

/* The median, in microseconds. */
static double
measure_round_trip (int fd)
{
  static double times[ROUND_TRIPS];
  uint8_t message[MESSAGE_BYTES] = { 0 };

  for (unsigned i = 0; i < WARM_UP + ROUND_TRIPS; i++)
    {
      double began = seconds_now ();
      if (!write_message (fd, message) || !read_message (fd, message))
        return 0;
      if (i >= WARM_UP)
        times[i - WARM_UP] = seconds_now () - began;
    }
  qsort (times, ROUND_TRIPS, sizeof *times, compare);
  return times[ROUND_TRIPS / 2] * 1e6;
}

/* Messages a second, there and back again, with many on their way. */
static double
measure_rate (int fd)
{
  uint8_t message[MESSAGE_BYTES] = { 0 };
  double began = seconds_now (), took = 0;
  uint64_t count = 0;

  for (unsigned i = 0; i < STREAM_IN_FLIGHT; i++)
    if (!write_message (fd, message))
      return 0;
  for (; took < STREAM_SECONDS; count++)
    {
      if (!read_message (fd, message) || !write_message (fd, message))
        return 0;
      if (count % 100 == 0)
        took = seconds_now () - began;
    }
  return (double)count / took;
}

typedef struct
{
  double round_trip_us;
  double rate;
} Figures;

static Figures
measure (uint32_t address)
{
  struct sockaddr_in to = address_of (address);
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  Figures figures = { 0 };

  set_no_delay (fd);
  if (connect (fd, (const struct sockaddr *)&to, sizeof to) != 0)
    return figures;
  figures.round_trip_us = measure_round_trip (fd);
  figures.rate = measure_rate (fd);
  close (fd);
  return figures;
}

/* --- Who runs where --- */

static int
listen_in (int namespace_fd, GError **error)
{
  struct sockaddr_in at = address_of (htonl (INADDR_ANY));
  int back = -1, fd = -1;

  if (!parity_namespace_enter (namespace_fd, &back, error))
    return -1;
  fd = socket (AF_INET, SOCK_STREAM, 0);
  if (bind (fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen (fd, 1) != 0)
    g_propagate_error (error, aemp_errno_error (errno));
  parity_namespace_enter (back, NULL, NULL);
  close (back);
  return fd;
}

/* In a process of its own, in another namespace unless that is -1; tells through `fd`. */
static pid_t
start_client (int namespace_fd, uint32_t address, int fd)
{
  pid_t pid = fork ();

  if (pid != 0)
    return pid;
  Figures figures = { 0 };
  if (namespace_fd < 0 || parity_namespace_enter (namespace_fd, NULL, NULL))
    figures = measure (address);
  _exit (write (fd, &figures, sizeof figures) != sizeof figures);
}

static pid_t
start_echo (int namespace_fd, GError **error)
{
  int listener = listen_in (namespace_fd, error);
  pid_t pid = *error ? -1 : fork ();

  if (pid == 0)
    run_echo (listener);
  close (listener);
  return pid;
}

static bool
hear (int fd, NetRouter *router, Figures *figures)
{
  struct pollfd polled[2] = { { .fd = fd, .events = POLLIN },
                              { .fd = router ? net_router_fd (router) : -1, .events = POLLIN } };

  while (poll (polled, 2, -1) >= 0 && polled[0].revents == 0)
    net_router_work (router);
  return read (fd, figures, sizeof *figures) == sizeof *figures && figures->rate > 0;
}

static bool
play (int client_fd, int echo_fd, NetRouter *router, Figures *figures, GError **error)
{
  int fds[2];
  pid_t echo = start_echo (echo_fd, error), client;
  bool heard;

  if (echo < 0 || pipe (fds) != 0)
    return false;
  client = start_client (client_fd, ADDRESS (1), fds[1]);
  close (fds[1]);
  heard = hear (fds[0], router, figures);
  close (fds[0]);
  kill (echo, SIGKILL);
  waitpid (client, NULL, 0);
  waitpid (echo, NULL, 0);
  if (!heard)
    g_set_error_literal (error, AEMP_ERRNO, EIO, "no message came back");
  return heard;
}

/* --- The wire without a router: our end of a host's pair becomes a host --- */

static bool
take_routers_place (const char *interface)
{
  int fd = socket (AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = { 0 };
  struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;

  g_strlcpy (request.ifr_name, interface, sizeof request.ifr_name);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  memcpy (request.ifr_hwaddr.sa_data, net_router_mac, NET_MAC_BYTES);
  bool done = ioctl (fd, SIOCSIFHWADDR, &request) == 0;
  memset (&request.ifr_addr, 0, sizeof request.ifr_addr);
  in->sin_family = AF_INET;
  in->sin_addr.s_addr = ADDRESS (0);
  done = done && ioctl (fd, SIOCSIFADDR, &request) == 0; /* of a network 10.0.0.0/8 */
  close (fd);
  return done;
}

static bool
play_directly (Figures *figures, GError **error)
{
  ParityNamespace host;

  if (!parity_namespace_new (&host, 1, ADDRESS (1), error))
    return false;
  if (!take_routers_place (host.interface))
    {
      g_propagate_error (error, aemp_errno_error (errno));
      return false;
    }
  return play (-1, host.fd, NULL, figures, error);
}

static bool
play_through_router (Figures *figures, GError **error)
{
  g_autoptr (NetRouter) router = net_router_new ();
  ParityNamespace hosts[2];

  for (unsigned i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      unsigned port = net_router_add (router, ADDRESS (i));
      if (!parity_namespace_new (&hosts[i], i, ADDRESS (i), error)
          || !net_router_plug (router, port, hosts[i].interface, hosts[i].mac, error))
        return false;
    }
  return play (hosts[0].fd, hosts[1].fd, router, figures, error);
}

/* Each in a process and namespaces of its own. */
static bool
play_apart (bool (*player) (Figures *figures, GError **error), Figures *figures)
{
  int fds[2];

  if (pipe (fds) != 0)
    return false;
  pid_t pid = fork ();
  if (pid == 0)
    {
      g_autoptr (GError) error = NULL;
      if (!parity_namespace_leave (&error) || !player (figures, &error))
        {
          fprintf (stderr, "aemp: the router cannot be measured: %s\n", error->message);
          _exit (1);
        }
      _exit (write (fds[1], figures, sizeof *figures) != sizeof *figures);
    }
  close (fds[1]);
  bool told = pid > 0 && read (fds[0], figures, sizeof *figures) == sizeof *figures;
  close (fds[0]);
  waitpid (pid, NULL, 0);
  return told;
}

int
parity_bench (void)
{
  Figures direct, routed;

  if (!play_apart (play_directly, &direct) || !play_apart (play_through_router, &routed))
    return 1;
  printf ("round trip of %u bytes, median of %u\n", MESSAGE_BYTES, ROUND_TRIPS);
  printf ("  on the wire            %8.1f us\n", direct.round_trip_us);
  printf ("  through the router     %8.1f us\n", routed.round_trip_us);
  printf ("  added                  %8.1f us   (at most 50)\n",
          routed.round_trip_us - direct.round_trip_us);
  printf ("messages there and back, %u on their way\n", STREAM_IN_FLIGHT);
  printf ("  on the wire            %8.0f a second\n", direct.rate);
  printf ("  through the router     %8.0f a second   (at least 25000)\n", routed.rate);
  return 0;
}
