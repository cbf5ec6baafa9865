/* tests/unit/test-router.c - the router between two hosts that are network namespaces.
 *
 * The hosts have a socket each and send each other numbers.  Each story is told in a process of its
 * own, which leaves for namespaces; where that is not allowed it is skipped.  The time is the
 * machine's, which may be late: a story is told three times before it is a failure. */
#include "net/router.h"
#include "sim/parity/kernel.h"
#include "sim/parity/namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT 4001
#define MS 1000
#define SOON_US (30 * MS)
#define LONG_US (2000 * MS)
#define TRIES 3

enum
{
  ANN,
  BOB,
  HOSTS
};

typedef struct
{
  NetRouter *router;
  ParityNamespace hosts[HOSTS];
  int fds[HOSTS];
} Street;

static struct sockaddr_in
address_of (unsigned host)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons (PORT),
                               .sin_addr.s_addr = htonl (0x0a000001 + host) };
}

static int
open_in (const ParityNamespace *host, int type)
{
  const int on = 1;
  int back = -1;

  g_assert_true (parity_namespace_enter (host->fd, &back, NULL));
  int fd = socket (AF_INET, type | SOCK_NONBLOCK, 0);
  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  g_assert_true (parity_namespace_enter (back, NULL, NULL));
  close (back);
  return fd;
}

/* Both are connected with each other, and want to hear of errors. */
static void
build (Street *street)
{
  g_autoptr (GError) error = NULL;

  street->router = net_router_new ();
  for (unsigned i = 0; i < HOSTS; i++)
    {
      struct sockaddr_in here = address_of (i);
      unsigned port = net_router_add (street->router, here.sin_addr.s_addr);
      parity_namespace_new (&street->hosts[i], i, here.sin_addr.s_addr, &error);
      g_assert_no_error (error);
      net_router_plug (street->router, port, street->hosts[i].interface, street->hosts[i].mac,
                       &error);
      g_assert_no_error (error);
      street->fds[i] = open_in (&street->hosts[i], SOCK_DGRAM);
      g_assert_cmpint (bind (street->fds[i], (struct sockaddr *)&here, sizeof here), ==, 0);
    }
  for (unsigned i = 0; i < HOSTS; i++)
    {
      struct sockaddr_in there = address_of (!i);
      g_assert_cmpint (connect (street->fds[i], (struct sockaddr *)&there, sizeof there), ==, 0);
    }
}

static void
say (const Street *street, unsigned from, uint8_t number)
{
  g_assert_cmpint (send (street->fds[from], &number, 1, 0), ==, 1);
}

static void
say_up_to (const Street *street, unsigned from, uint8_t last)
{
  for (uint8_t number = 1; number <= last; number++)
    say (street, from, number);
}

/* For so long at the least, and once in any case. */
static void
work_for (const Street *street, int64_t us)
{
  int64_t until_us = g_get_monotonic_time () + us, left_us;

  do
    {
      left_us = MAX (until_us - g_get_monotonic_time (), 0);
      struct pollfd polled = { .fd = net_router_fd (street->router), .events = POLLIN };
      if (poll (&polled, 1, (int)((left_us + MS - 1) / MS)) > 0)
        net_router_work (street->router);
    }
  while (left_us > 0);
}

static void
hear (const Street *street, unsigned host, GString *heard)
{
  uint8_t number;

  while (recv (street->fds[host], &number, 1, 0) == 1)
    g_string_append_printf (heard, "%s%u", heard->len > 0 ? " " : "", number);
}

/* All numbers that come there soon, in their order; those that are to come have longer. */
static void
assert_heard (const Street *street, unsigned host, const char *numbers)
{
  g_autoptr (GString) heard = g_string_new (NULL);
  int64_t until_us = g_get_monotonic_time () + LONG_US;

  while (heard->len < strlen (numbers) && g_get_monotonic_time () < until_us)
    {
      work_for (street, MS);
      hear (street, host, heard);
    }
  work_for (street, SOON_US);
  hear (street, host, heard);
  g_assert_cmpstr (heard->str, ==, numbers);
}

static void
assert_count (const Street *street, unsigned from, uint64_t passed, uint64_t lost, uint64_t cut)
{
  NetRouterCount count = net_router_count (street->router, from, !from);

  g_assert_cmpuint (count.passed, ==, passed);
  g_assert_cmpuint (count.lost, ==, lost);
  g_assert_cmpuint (count.cut, ==, cut);
}

/* --- Stories --- */

static void
tell_both_ways (Street *street)
{
  say_up_to (street, ANN, 5);
  say_up_to (street, BOB, 3);
  assert_heard (street, BOB, "1 2 3 4 5");
  assert_heard (street, ANN, "1 2 3");
  assert_count (street, ANN, 5, 0, 0);
  assert_count (street, BOB, 3, 0, 0);
}

static void
tell_cut (Street *street)
{
  net_router_delay (street->router, ANN, BOB, 400 * MS, 400 * MS);
  say (street, ANN, 1);
  work_for (street, SOON_US);
  net_router_cut (street->router, ANN, BOB, NET_ROUTER_SILENT); /* 1 is on its way */
  net_router_delay (street->router, ANN, BOB, 0, 0);
  say (street, ANN, 2);
  say (street, BOB, 1);
  work_for (street, 500 * MS);
  assert_heard (street, BOB, "");
  assert_heard (street, ANN, "1");
  net_router_cut (street->router, ANN, BOB, NET_ROUTER_OPEN);
  say (street, ANN, 3);
  assert_heard (street, BOB, "3");
  assert_count (street, ANN, 2, 0, 2);
  assert_count (street, BOB, 1, 0, 0);
}

static void
tell_unreachable (Street *street)
{
  uint8_t number;
  struct sockaddr_in there = address_of (BOB);
  int fd = open_in (&street->hosts[ANN], SOCK_STREAM), error = 0;
  socklen_t length = sizeof error;

  net_router_cut (street->router, ANN, BOB, NET_ROUTER_UNREACHABLE);
  say (street, ANN, 1);
  work_for (street, SOON_US);
  g_assert_cmpint (recv (street->fds[ANN], &number, 1, 0), ==, -1);
  g_assert_cmpint (errno, ==, EHOSTUNREACH);
  net_router_cut (street->router, ANN, BOB, NET_ROUTER_REFUSING);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&there, sizeof there), ==, -1);
  g_assert_cmpint (errno, ==, EINPROGRESS);
  work_for (street, SOON_US);
  g_assert_cmpint (getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &length), ==, 0);
  g_assert_cmpint (error, ==, ECONNREFUSED);
  assert_heard (street, BOB, "");
  close (fd);
}

/* When it was there, after it was sent; less than nothing: never. */
static int64_t
time_one (Street *street, unsigned from)
{
  int64_t began_us = g_get_monotonic_time ();
  uint8_t number;

  say (street, from, 1);
  while (g_get_monotonic_time () < began_us + 500 * MS)
    {
      work_for (street, MS);
      if (recv (street->fds[!from], &number, 1, 0) == 1)
        return g_get_monotonic_time () - began_us;
    }
  return -1;
}

static void
tell_delay (Street *street)
{
  net_router_delay (street->router, ANN, BOB, 200 * MS, 200 * MS);
  g_assert_cmpint (time_one (street, ANN), >=, 200 * MS);
  int64_t other_way_us = time_one (street, BOB);
  g_assert_cmpint (other_way_us, >=, 0);
  g_assert_cmpint (other_way_us, <, 150 * MS);
  say_up_to (street, ANN, 9);
  work_for (street, 60 * MS);
  net_router_delay (street->router, ANN, BOB, 0, 0);
  say (street, ANN, 10); /* what is on its way keeps its time */
  assert_heard (street, BOB, "10 1 2 3 4 5 6 7 8 9");
  net_router_delay (street->router, ANN, BOB, 300 * MS, 300 * MS);
  say (street, ANN, 1);
  work_for (street, MS);
  net_router_delay (street->router, ANN, BOB, 100 * MS, 100 * MS);
  say (street, ANN, 2); /* overtakes */
  assert_heard (street, BOB, "2 1");
  net_router_delay (street->router, ANN, BOB, 20 * MS, 60 * MS);
  for (unsigned i = 0; i < 5; i++)
    g_assert_cmpint (time_one (street, ANN), >=, 20 * MS);
}

static void
tell_lose (Street *street)
{
  net_router_lose (street->router, ANN, BOB, NET_PACKET_OTHER, 0x5);
  net_router_lose (street->router, ANN, BOB, NET_PACKET_ACK, 0xff); /* another kind */
  say_up_to (street, ANN, 4);
  say_up_to (street, BOB, 4);
  assert_heard (street, BOB, "2 4");
  assert_heard (street, ANN, "1 2 3 4");
  assert_count (street, ANN, 2, 2, 0);
  net_router_lose_some (street->router, BOB, ANN, 1000000);
  say_up_to (street, BOB, 4);
  assert_heard (street, ANN, "");
  assert_count (street, BOB, 4, 4, 0);
}

static void
tell_lose_some (Street *street)
{
  net_router_lose_some (street->router, ANN, BOB, 500000);
  for (unsigned i = 0; i < 20; i++)
    {
      say_up_to (street, ANN, 50);
      work_for (street, MS);
    }
  work_for (street, SOON_US);
  NetRouterCount count = net_router_count (street->router, ANN, BOB);
  g_assert_cmpuint (count.passed + count.lost, ==, 1000);
  g_assert_cmpuint (count.lost, >, 400); /* six times what would be usual away from the middle */
  g_assert_cmpuint (count.lost, <, 600);
}

static void
tell_unplug (Street *street)
{
  g_autoptr (GError) error = NULL;

  net_router_unplug (street->router, BOB);
  say (street, ANN, 1);
  say (street, BOB, 1);
  assert_heard (street, BOB, "");
  assert_heard (street, ANN, "");
  net_router_plug (street->router, BOB, street->hosts[BOB].interface, street->hosts[BOB].mac,
                   &error);
  g_assert_no_error (error);
  say (street, ANN, 2);
  say (street, BOB, 2);
  assert_heard (street, BOB, "2");
  assert_heard (street, ANN, "2");
}

/* --- A process for each --- */

typedef struct
{
  const char *path;
  const char *summary;
  void (*tell) (Street *street);
} RouterStory;

static void
live (const RouterStory *story)
{
  Street street = { 0 };
  g_autoptr (GError) error = NULL;

  dup2 (STDERR_FILENO, STDOUT_FILENO); /* what an assertion says is no line of TAP */
  parity_namespace_leave (&error);
  g_assert_no_error (error);
  build (&street);
  story->tell (&street);
  net_router_free (street.router);
  _exit (0);
}

static bool
try (const RouterStory *story)
{
  int status = -1;
  pid_t pid = fork ();

  if (pid == 0)
    live (story);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
test_story (const void *data)
{
  const RouterStory *story = data;
  g_autoptr (GError) error = NULL;
  bool told = false;

  g_test_summary (story->summary);
  if (!parity_kernel_is_there (&error))
    {
      g_test_skip (error->message);
      return;
    }
  for (unsigned i = 0; i < TRIES && !told; i++)
    told = try (story);
  g_assert_true (told);
}

static const RouterStory stories[] = {
  { "/router/both-ways", "What each says the other one hears, in order.", tell_both_ways },
  { "/router/cut",
    "One way is cut: what is on its way there is lost, and what is said; the other way is open.  "
    "Healed, what is said then arrives.",
    tell_cut },
  { "/router/unreachable", "Who sends into a cut that answers gets an error from it.",
    tell_unreachable },
  { "/router/delay",
    "One way takes its time, the other one none; what is on its way keeps the time that it began "
    "with.",
    tell_delay },
  { "/router/lose", "Certain packets are lost, one way and of one kind; or all.", tell_lose },
  { "/router/lose-some", "Half of a thousand packets are lost, by lot.", tell_lose_some },
  { "/router/unplug",
    "Nothing reaches a host that is unplugged, or comes from it; then it is back.", tell_unplug },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (stories); i++)
    g_test_add_data_func (stories[i].path, &stories[i], test_story);
  return g_test_run ();
}
