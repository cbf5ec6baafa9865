/* tests/world/queues.c - what waits: messages for a peer, and peers at a door. */
#include "process.h"
#include "raw.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT_SECONDS 55 /* a story that hangs ends by SIGALRM */
#define SECRET "tea"
#define MESSAGES 400 /* more bytes than the kernel's buffers take */
#define PAYLOAD_BYTES (64 * 1024)
#define WAITERS_MAX 64 /* at a door for one */

static Process *
begin_rain (uint16_t *port)
{
  Process *rain = BEGIN ("nodeid", "rain", "secret", SECRET, "binds", "127.0.0.1:*");
  g_autofree char *address = listening_at (rain);

  *port = (uint16_t)g_ascii_strtoull (strrchr (address, ':') + 1, NULL, 10);
  return rain;
}

/* --- Messages ------------------------------------------------------------------------------- */

/* Asks Rain to send so much to the one who says so, and returns when Rain has done it: what
 * there is no room for in the kernel waits in Rain's queue. */
static void
fill_queue (Raw *slow, uint16_t port)
{
  g_autofree char *payload = g_strnfill (PAYLOAD_BYTES, 'a');
  g_autofree char *packet = g_strdup_printf ("[\"\",\"snd\",\"slow#x\",\"%s\"]", payload);
  const char *last = "[\"\",\"snd\",\"friend#x\",\"done\"]";
  g_auto (Raw) friend = { 0 };

  g_assert_true (raw_dial (&friend, "127.0.0.1", port));
  g_assert_true (raw_join (&friend, "friend", SECRET, "json"));
  g_assert_true (raw_dial (slow, "127.0.0.1", port));
  g_assert_true (raw_join (slow, "slow", SECRET, "json"));
  for (unsigned i = 0; i < MESSAGES; i++)
    g_assert_true (raw_say (slow, packet, strlen (packet)));
  g_assert_true (raw_say (slow, last, strlen (last)));
  g_assert_true (raw_hears (&friend, "\"done\""));
}

/* How many of them have come? */
static unsigned
count_messages (const Raw *raw)
{
  g_autofree char *packet = g_strdup_printf ("[\"x\",\"%0*d\"]", PAYLOAD_BYTES, 0);
  unsigned count = 0;
  const char *at = raw->heard->str;

  for (char *zero = packet; *zero; zero++)
    if (*zero == '0')
      *zero = 'a';
  for (; (at = strstr (at, packet)); at += strlen (packet))
    count++;
  return count;
}

static void
test_farewell (void)
{
  g_test_summary (
      "Rain is told to end while megabytes wait for one who reads slowly: she ends when "
      "all of it is written, and nothing is missing.");

  uint16_t port;
  Process *rain = begin_rain (&port);
  g_auto (Raw) slow = { 0 };

  fill_queue (&slow, port);
  g_subprocess_send_signal (rain->subprocess, SIGTERM);
  while (raw_listen (&slow))
    ;
  g_assert_cmpuint (count_messages (&slow), ==, MESSAGES);
  g_assert_cmpuint (count_said (rain, "*dropped*"), ==, 0);
  expect_status (rain, 0);
}

static void
test_farewell_gives_up (void)
{
  g_test_summary (
      "… and for one who does not read at all: after five seconds Rain says that it was "
      "dropped, and ends.");

  uint16_t port;
  Process *rain = begin_rain (&port);
  g_auto (Raw) slow = { 0 };
  int64_t begun_us;

  fill_queue (&slow, port);
  begun_us = g_get_monotonic_time ();
  g_subprocess_send_signal (rain->subprocess, SIGTERM);
  hear (rain, "what waited to be sent was dropped");
  expect_status (rain, 0);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, >=, 4 * G_USEC_PER_SEC);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 15 * G_USEC_PER_SEC);
}

/* Until the process has noticed it, a signal more may be the same one. */
static void
test_second_signal (void)
{
  g_test_summary ("… but told a second time Rain ends at once.");

  uint16_t port;
  Process *rain = begin_rain (&port);
  g_auto (Raw) slow = { 0 };
  int64_t begun_us;

  fill_queue (&slow, port);
  begun_us = g_get_monotonic_time ();
  g_subprocess_send_signal (rain->subprocess, SIGTERM);
  g_usleep (200 * 1000);
  g_subprocess_send_signal (rain->subprocess, SIGTERM);
  expect_status (rain, 0);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 4 * G_USEC_PER_SEC);
}

#define ANSWERS 50

static unsigned
segments_with_data (const Raw *raw)
{
  struct tcp_info facts = { 0 };
  socklen_t length = sizeof facts;

  g_assert_cmpint (getsockopt (raw->fd, IPPROTO_TCP, TCP_INFO, &facts, &length), ==, 0);
  return facts.tcpi_data_segs_in;
}

static void
test_one_write (void)
{
  g_test_summary ("Fifty questions come at once: the fifty answers of that turn leave together, in "
                  "one write, also without autocork.");

  uint16_t port;
  Process *rain = begin_rain (&port);
  g_auto (Raw) ruth = { 0 };
  g_autoptr (GString) questions = g_string_new (NULL);
  const char *first = "[\"\",\"can\",\"time\",\"ruth#x\",\"begun\"]";
  unsigned before;

  for (unsigned i = 1; i <= ANSWERS; i++)
    g_string_append_printf (questions, "[\"\",\"can\",\"time\",\"ruth#x\",\"answer %u\"]", i);
  g_assert_true (raw_dial (&ruth, "127.0.0.1", port));
  g_assert_true (raw_join (&ruth, "ruth", SECRET, "json"));
  g_assert_true (raw_say (&ruth, first, strlen (first)));
  g_assert_true (raw_hears (&ruth, "\"begun\""));
  before = segments_with_data (&ruth);
  g_assert_true (raw_say (&ruth, questions->str, questions->len));
  g_assert_true (raw_hears (&ruth, "\"answer 50\""));
  g_assert_cmpuint (segments_with_data (&ruth) - before, ==, 1);
  interrupt (rain, SIGTERM);
}

/* --- A door with a full backlog ------------------------------------------------------------------
 */

/* Nobody is let in here. */
static int
make_door (char **address)
{
  struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof here;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *)&here, sizeof here), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *)&here, &length), ==, 0);
  *address = g_strdup_printf ("127.0.0.1:%u", ntohs (here.sin_port));
  return fd;
}

/* Lines up at the door until the next one does not get through. */
static unsigned
fill_backlog (int door, int waiters[])
{
  struct sockaddr_in there;
  socklen_t length = sizeof there;

  getsockname (door, (struct sockaddr *)&there, &length);
  for (unsigned count = 0; count < WAITERS_MAX;)
    {
      struct pollfd connected = { .events = POLLOUT };

      connected.fd = waiters[count++]
          = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      connect (connected.fd, (struct sockaddr *)&there, length);
      if (poll (&connected, 1, 200) == 0)
        return count;
    }
  g_error ("the backlog is never full");
}

/* Lets them in, up to the first who says something: the greeting of a node. */
static void
hear_greeting (int door, const char *expected)
{
  for (;;)
    {
      int guest = accept (door, NULL, NULL);
      char text[256] = "";
      ssize_t count = recv (guest, text, sizeof text - 1, 0);

      close (guest);
      if (count <= 0)
        continue; /* one of those who lined up */
      g_assert_true (g_str_has_prefix (text, expected));
      return;
    }
}

static void
test_full_backlog (void)
{
  g_test_summary ("A seed has a full backlog, and nobody gets through.  Ruth says so, joins by the "
                  "other seed meanwhile, and tries again until there is room.");

  g_autofree char *door_address = NULL;
  g_autofree char *seeds = NULL;
  g_autofree char *expected = NULL;
  int waiters[WAITERS_MAX];
  int door = make_door (&door_address);
  unsigned count = fill_backlog (door, waiters);
  uint16_t port;
  Process *rain = begin_rain (&port);
  Process *ruth;

  seeds = g_strdup_printf ("%s,127.0.0.1:%u", door_address, port);
  expected = g_strdup_printf ("%s could not be joined: connect timeout", door_address);
  ruth = BEGIN ("nodeid", "ruth", "secret", SECRET, "binds", "", "seeds", seeds, "monitor_timeout",
                "2s", "connect_interval", "1s");
  HEAR_EACH (ruth, "rain is up", expected);
  while (count > 0)
    close (waiters[--count]);
  hear_greeting (door, "aemp;1;ruth;");
  close (door);
  interrupt (ruth, SIGTERM);
  interrupt (rain, SIGTERM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/queues/farewell", test_farewell);
  g_test_add_func ("/queues/farewell-gives-up", test_farewell_gives_up);
  g_test_add_func ("/queues/second-signal", test_second_signal);
  g_test_add_func ("/queues/one-write", test_one_write);
  g_test_add_func ("/queues/full-backlog", test_full_backlog);
  return g_test_run ();
}
