/* Sockets in the simulated world: TCP's rules, with the times that follow from them. */

#include "sim/sockets.h"
#include "sim-story.h"

typedef struct
{
  SimWorld *world;
  SimHost *rain_host, *ruth_host;
  SimProcess *rain_process, *ruth_process;
  SimSocket *listener, *rain, *ruth;
} Two;

static void
two_begin (Two *two, int64_t delay_us)
{
  SimPath path = fixed_path (delay_us);

  *two = (Two){ .world = sim_world_new (1) };
  sim_world_set_path (two->world, &path);
  two->rain_host = sim_host_new (two->world, "rain");
  two->ruth_host = sim_host_new (two->world, "ruth");
  two->rain_process = sim_process_new (two->rain_host);
  two->ruth_process = sim_process_new (two->ruth_host);
  two->listener = sim_socket_new (two->ruth_process);
  two->rain = sim_socket_new (two->rain_process);
  g_assert_cmpint (sim_socket_bind (two->listener, 4040), ==, 0);
  g_assert_cmpint (sim_socket_listen (two->listener, 0), ==, 0);
}

/* At 3 delays both are connected. */
static void
two_meet (Two *two, int64_t delay_us)
{
  int error;

  two_begin (two, delay_us);
  g_assert_cmpint (sim_socket_connect (two->rain, two->ruth_host, 4040), ==, -EINPROGRESS);
  sim_world_run (two->world, 3 * delay_us);
  two->ruth = sim_socket_accept (two->listener, &error);
  g_assert_nonnull (two->ruth);
}

/* Plays until a socket can do something; returns when. */
static int64_t
wait_for (Two *two, SimSocket *socket, unsigned mask, int64_t until_us)
{
  while (!(sim_socket_poll (socket) & mask))
    if (!sim_world_step (two->world, until_us))
      return NEVER;
  return sim_world_now_us (two->world);
}

static void
test_words (void)
{
  g_test_summary (
      "Both write, read, and end: the end is read behind the bytes, and nothing is left.");

  Two two;
  char bytes[8];

  two_meet (&two, 5 * MS);
  g_assert_cmpint (sim_socket_write (two.rain, "hello", 5), ==, 5);
  g_assert_cmpint (sim_socket_read (two.ruth, bytes, sizeof bytes), ==, -EAGAIN);
  g_assert_cmpint (wait_for (&two, two.ruth, SIM_POLL_IN, SECONDS), ==, 20 * MS);
  g_assert_cmpint (sim_socket_read (two.ruth, bytes, 3), ==, 3);
  g_assert_cmpint (sim_socket_read (two.ruth, bytes, sizeof bytes), ==, 2);
  g_assert_cmpint (sim_socket_shutdown (two.rain, SIM_SHUT_WRITE), ==, 0);
  g_assert_cmpint (sim_socket_write (two.rain, "!", 1), ==, -EPIPE);
  g_assert_cmpint (wait_for (&two, two.ruth, SIM_POLL_PEER_ENDED, SECONDS), ==, 25 * MS);
  g_assert_cmpint (sim_socket_read (two.ruth, bytes, sizeof bytes), ==, 0);
  g_assert_cmpint (sim_socket_write (two.ruth, "bye", 3), ==, 3);
  sim_socket_close (two.ruth);
  g_assert_cmpint (wait_for (&two, two.rain, SIM_POLL_HANGUP, SECONDS), ==, 30 * MS);
  g_assert_cmpint (sim_socket_read (two.rain, bytes, sizeof bytes), ==, 3);
  g_assert_cmpint (sim_socket_read (two.rain, bytes, sizeof bytes), ==, 0);
  g_assert_cmpint (sim_socket_error (two.rain), ==, 0);
  sim_world_free (two.world);
}

static void
test_reset_behind_bytes (void)
{
  g_test_summary (
      "A socket that is closed with bytes unread resets; the other one still reads what had "
      "come, then finds the error once, then an end; writing is a broken pipe.");

  Two two;
  char bytes[8];

  two_meet (&two, 5 * MS);
  g_assert_cmpint (sim_socket_write (two.ruth, "first", 5), ==, 5);
  g_assert_cmpint (sim_socket_write (two.rain, "hello", 5), ==, 5);
  sim_world_run (two.world, SECONDS);
  sim_socket_close (two.ruth);
  g_assert_cmpint (wait_for (&two, two.rain, SIM_POLL_ERROR, 2 * SECONDS), ==, SECONDS + 5 * MS);
  g_assert_cmpint (sim_socket_read (two.rain, bytes, sizeof bytes), ==, 5);
  g_assert_cmpint (sim_socket_read (two.rain, bytes, sizeof bytes), ==, -ECONNRESET);
  g_assert_cmpint (sim_socket_read (two.rain, bytes, sizeof bytes), ==, 0);
  g_assert_cmpint (sim_socket_write (two.rain, "?", 1), ==, -EPIPE);
  sim_world_free (two.world);
}

static void
test_dialing (void)
{
  g_test_summary (
      "Nobody listens: refused.  Unreachable: told at once.  Silence: after 127 s, or 131 s "
      "where the first four waits do not double.");

  for (unsigned i = 0; i < 4; i++)
    {
      static const int errors[] = { ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT, ETIMEDOUT };
      static const int64_t times_us[] = { 10 * MS, 5 * MS, 127 * SECONDS, 131 * SECONDS };
      Two two;

      two_begin (&two, 5 * MS);
      if (i == 1)
        sim_path_unreachable (two.rain_host, two.ruth_host);
      if (i >= 2)
        sim_path_cut (two.rain_host, two.ruth_host);
      sim_world_tcp_limits (two.world)->syn_linear_timeouts = i == 3 ? 4 : 0;
      sim_socket_connect (two.rain, two.ruth_host, 4041);
      g_assert_cmpint (wait_for (&two, two.rain, SIM_POLL_ERROR, 300 * SECONDS), ==, times_us[i]);
      g_assert_cmpint (sim_socket_error (two.rain), ==, errors[i]);
      g_assert_cmpint (sim_socket_error (two.rain), ==, 0);
      sim_world_free (two.world);
    }
}

static void
test_crosswise (void)
{
  g_test_summary ("Two dial each other at the same moment, from the ports that are dialed: one "
                  "connection, open on both sides after one round trip.");

  Two two;
  char bytes[8];

  two_begin (&two, 5 * MS);
  two.ruth = sim_socket_new (two.ruth_process);
  sim_socket_bind (two.rain, 5000);
  sim_socket_bind (two.ruth, 6000);
  sim_socket_connect (two.rain, two.ruth_host, 6000);
  sim_socket_connect (two.ruth, two.rain_host, 5000);
  g_assert_cmpint (wait_for (&two, two.rain, SIM_POLL_OUT, SECONDS), ==, 10 * MS);
  sim_world_run (two.world, 10 * MS);
  g_assert_cmpuint (sim_socket_poll (two.ruth), ==, SIM_POLL_OUT);
  g_assert_cmpint (sim_socket_write (two.rain, "hello", 5), ==, 5);
  g_assert_cmpint (wait_for (&two, two.ruth, SIM_POLL_IN, SECONDS), ==, 15 * MS);
  g_assert_cmpint (sim_socket_read (two.ruth, bytes, sizeof bytes), ==, 5);
  sim_world_free (two.world);
}

static void
test_nagle (void)
{
  g_test_summary (
      "Without no-delay a small segment waits for the answer to the one before; an answer is "
      "put off for 40 ms by who has just answered something.");

  for (unsigned no_delay = 0; no_delay < 2; no_delay++)
    {
      Two two;
      char bytes[8];

      two_meet (&two, 5 * MS);
      sim_socket_set (two.rain, SIM_SOCKET_NO_DELAY, no_delay);
      sim_world_run (two.world, SECONDS);
      sim_socket_write (two.rain, "a", 1);
      sim_socket_write (two.rain, "b", 1);
      g_assert_cmpint (wait_for (&two, two.ruth, SIM_POLL_IN, 2 * SECONDS), ==, SECONDS + 5 * MS);
      sim_world_run (two.world, SECONDS + 5 * MS);
      g_assert_cmpint (sim_socket_read (two.ruth, bytes, 8), ==, no_delay ? 2 : 1);
      if (!no_delay)
        g_assert_cmpint (wait_for (&two, two.ruth, SIM_POLL_IN, 2 * SECONDS), ==,
                         SECONDS + 15 * MS);
      sim_world_free (two.world);
    }
}

static void
test_backlog (void)
{
  g_test_summary (
      "A backlog of 0 holds one; the second SYN is dropped and comes again after 1 s, when "
      "there is room.");

  Two two;
  SimSocket *second;
  int error;

  two_begin (&two, 5 * MS);
  second = sim_socket_new (two.rain_process);
  sim_socket_connect (two.rain, two.ruth_host, 4040);
  sim_world_run (two.world, 100 * MS);
  sim_socket_connect (second, two.ruth_host, 4040);
  sim_world_run (two.world, 200 * MS);
  g_assert_cmpuint (sim_socket_poll (two.rain) & SIM_POLL_OUT, !=, 0);
  g_assert_cmpuint (sim_socket_poll (second), ==, 0);
  g_assert_nonnull (sim_socket_accept (two.listener, &error));
  g_assert_cmpint (wait_for (&two, second, SIM_POLL_OUT, 10 * SECONDS), ==, 1110 * MS);
  sim_world_free (two.world);
}

static void
test_user_timeout (void)
{
  g_test_summary (
      "With a limit of 10 s on what nobody answers, it is over 10 s after the first repetition.");

  Two two;

  two_meet (&two, 5 * MS);
  sim_socket_set (two.rain, SIM_SOCKET_USER_TIMEOUT_US, 10 * SECONDS);
  sim_path_cut (two.rain_host, two.ruth_host);
  sim_socket_write (two.rain, "?", 1);
  g_assert_cmpint (wait_for (&two, two.rain, SIM_POLL_ERROR, 100 * SECONDS), ==,
                   15 * MS + 420 * MS + 10 * SECONDS);
  g_assert_cmpint (sim_socket_write (two.rain, "?", 1), ==, -ETIMEDOUT);
  sim_world_free (two.world);
}

static void
test_soft_error (void)
{
  g_test_summary (
      "What ICMP says of an open connection is no error yet, but the reason when it is given "
      "up.");

  Two two;

  two_meet (&two, 5 * MS);
  sim_path_unreachable (two.rain_host, two.ruth_host);
  sim_socket_write (two.rain, "?", 1);
  sim_world_run (two.world, 10 * SECONDS);
  g_assert_cmpuint (sim_socket_poll (two.rain) & SIM_POLL_ERROR, ==, 0);
  g_assert_cmpint (wait_for (&two, two.rain, SIM_POLL_ERROR, 3000 * SECONDS), !=, NEVER);
  g_assert_cmpint (sim_socket_write (two.rain, "?", 1), ==, -EHOSTUNREACH);
  sim_world_free (two.world);
}

static void
test_keepalive (void)
{
  g_test_summary (
      "Probes after 10 s of silence, three of them, one a second: over after 13 s.  A host that "
      "is back without its connections answers the first of them with a reset.");

  for (unsigned back = 0; back < 2; back++)
    {
      Two two;

      two_meet (&two, 5 * MS);
      sim_socket_set (two.rain, SIM_SOCKET_KEEPALIVE, 1);
      sim_socket_set (two.rain, SIM_SOCKET_KEEPALIVE_TIME_US, 10 * SECONDS);
      sim_socket_set (two.rain, SIM_SOCKET_KEEPALIVE_INTERVAL_US, SECONDS);
      sim_socket_set (two.rain, SIM_SOCKET_KEEPALIVE_PROBES, 3);
      sim_process_vanish (two.ruth_process);
      sim_process_free (two.ruth_process);
      if (back)
        sim_process_new (two.ruth_host);
      g_assert_cmpint (wait_for (&two, two.rain, SIM_POLL_ERROR, 100 * SECONDS), ==,
                       back ? 10 * SECONDS + 20 * MS : 13 * SECONDS + 10 * MS);
      g_assert_cmpint (sim_socket_error (two.rain), ==, back ? ECONNRESET : ETIMEDOUT);
      sim_world_free (two.world);
    }
}

static void
test_fast_retransmit (void)
{
  g_test_summary (
      "One of eight segments gets lost, and is sent again as soon as it is known that later ones "
      "have come: long before any timer.");

  Two two;
  SimPath bad = fixed_path (5 * MS), good = fixed_path (5 * MS);
  g_autofree uint8_t *bytes = story_bytes (8 * 1448);
  uint8_t heard[8 * 1448];

  bad.loss_ppm = 1000000;
  two_meet (&two, 5 * MS);
  sim_socket_set (two.rain, SIM_SOCKET_NO_DELAY, 1);
  sim_world_run (two.world, SECONDS);
  sim_socket_write (two.rain, bytes, 1448);
  sim_path_set (two.rain_host, two.ruth_host, &bad);
  sim_socket_write (two.rain, bytes + 1448, 1448);
  sim_path_set (two.rain_host, two.ruth_host, &good);
  sim_socket_write (two.rain, bytes + 2 * 1448, 6 * 1448);
  sim_world_run (two.world, SECONDS + 15 * MS - 1);
  g_assert_cmpint (sim_socket_read (two.ruth, heard, sizeof heard), ==, 1448);
  sim_world_run (two.world, SECONDS + 20 * MS);
  g_assert_cmpint (sim_socket_read (two.ruth, heard, sizeof heard), ==, 7 * 1448);
  g_assert_cmpmem (heard, 7 * 1448, bytes + 1448, 7 * 1448);
  sim_world_free (two.world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-sockets/words", test_words);
  g_test_add_func ("/sim-sockets/reset-behind-bytes", test_reset_behind_bytes);
  g_test_add_func ("/sim-sockets/dialing", test_dialing);
  g_test_add_func ("/sim-sockets/crosswise", test_crosswise);
  g_test_add_func ("/sim-sockets/nagle", test_nagle);
  g_test_add_func ("/sim-sockets/backlog", test_backlog);
  g_test_add_func ("/sim-sockets/user-timeout", test_user_timeout);
  g_test_add_func ("/sim-sockets/soft-error", test_soft_error);
  g_test_add_func ("/sim-sockets/keepalive", test_keepalive);
  g_test_add_func ("/sim-sockets/fast-retransmit", test_fast_retransmit);
  return g_test_run ();
}
