/* How connections end in the simulated world: by a close, a reset, a kill, a loss of power. */

#include "sim-story.h"

/* With 5 ms each way: what is lost is sent again 0.21 s after it was sent first. */
#define RTO_US (210 * MS)

static void
test_half_close (void)
{
  g_test_summary ("rain ends, ruth sees the end behind the last byte, answers at leisure and ends, "
                  "too: both are done, without an error.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  say (&story->rain, "over to you");
  aemp_stream_end (story->rain.stream);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, (const uint8_t *)"x", 1), ==, 0);
  story_run (story, SECONDS);
  assert_heard (&story->ruth, "over to you");
  g_assert_cmpint (story->ruth.ended_us, >=, 20 * MS);
  g_assert_cmpint (story->ruth.ended_us, <=, 20 * MS + 100);
  g_assert_cmpint (story->ruth.closed_us, ==, NEVER);
  say (&story->ruth, "and back");
  aemp_stream_end (story->ruth.stream);
  story_run (story, 2 * SECONDS);
  assert_heard (&story->rain, "and back");
  g_assert_cmpint (story->rain.closed_number, ==, 0);
  g_assert_cmpint (story->ruth.closed_number, ==, 0);
  g_assert_cmpint (story->ruth.closed_us, ==, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, story->rain.ended_us);
}

static void
test_end_is_sent_again (void)
{
  g_test_summary ("The end is lost like any byte, and comes after the heal.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_cut (story->rain.host, story->ruth.host);
  say (&story->rain, "bye");
  person_close (&story->rain);
  story_run (story, SECONDS);
  sim_path_heal (story->rain.host, story->ruth.host);
  story_run (story, 60 * SECONDS);
  assert_heard (&story->ruth, "bye");
  /* A probe after two round trips and 2 ms; 1, 3 and 7 RTO later the bytes; the end when they are
   * known to be there. */
  g_assert_cmpint (story->ruth.ended_us, ==, 15 * MS + 22 * MS + 7 * RTO_US + 15 * MS);
}

static void
test_abort (void)
{
  g_test_summary (
      "rain aborts: what was on its way arrives, then the reset; what waited does not.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  say (&story->rain, "so long");
  aemp_stream_abort (story->rain.stream);
  story->rain.stream = NULL;
  story_run (story, SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, 20 * MS);
  g_assert_cmpint (story->ruth.closed_us, ==, 20 * MS);
  g_assert_cmpint (story->ruth.closed_number, ==, ECONNRESET);
  g_assert_cmpuint (aemp_stream_write (story->ruth.stream, (const uint8_t *)"x", 1), ==, 0);
}

static void
test_reset_on_the_way (void)
{
  g_test_summary ("Something between the two resets the connection: both are told.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_reset (story->rain.host, story->ruth.host);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 20 * MS);
  g_assert_cmpint (story->ruth.closed_us, ==, 20 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
  g_assert_cmpint (story->ruth.closed_number, ==, ECONNRESET);
}

static void
test_reset_one_way (void)
{
  g_test_summary ("Something between the two resets the connection, but only rain is told: ruth "
                  "has half a connection, until keepalive finds out.");

  g_autoptr (Story) story = story_new (1);
  SimPath path = fixed_path (5 * MS);

  story_meet (story);
  path.loss_ppm = 1000000;
  sim_path_set (story->rain.host, story->ruth.host, &path);
  sim_path_reset (story->rain.host, story->ruth.host);
  path.loss_ppm = 0;
  sim_path_set (story->rain.host, story->ruth.host, &path);
  story_run (story, 10000 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 20 * MS);
  g_assert_cmpint (story->ruth.closed_us, ==, 15 * MS + 7200 * SECONDS + 10 * MS);
  g_assert_cmpint (story->ruth.closed_number, ==, ECONNRESET);
}

static void
test_killed (void)
{
  g_test_summary ("A killed process gives its peer an end; what the peer writes after that is "
                  "answered with a reset, which tells a broken pipe as the end came first.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  say (&story->ruth, "last words");
  sim_process_kill (story->ruth.process);
  story_run (story, SECONDS);
  assert_heard (&story->rain, "last words");
  g_assert_cmpint (story->rain.ended_us, >=, 20 * MS);
  g_assert_cmpint (story->rain.ended_us, <=, 20 * MS + 100);
  say (&story->rain, "anybody there?");
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, SECONDS + 10 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, EPIPE);
}

static void
test_killed_unread (void)
{
  g_test_summary ("A process that is killed with bytes unread gives its peer a reset.");

  g_autoptr (Story) story = story_new (1);

  story->ruth.pauses = true;
  story_meet (story);
  say (&story->rain, "listen!");
  story_run (story, SECONDS);
  sim_process_kill (story->ruth.process);
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, SECONDS + 5 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
  g_assert_cmpint (story->rain.ended_us, ==, NEVER);
}

static void
test_killed_while_told (void)
{
  g_test_summary ("Bytes reach a process that has just been killed: reset, although an end was on "
                  "its way.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  say (&story->rain, "listen!");
  sim_process_kill (story->ruth.process);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.ended_us, ==, 20 * MS);
  g_assert_cmpint (story->rain.closed_us, ==, 25 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, EPIPE);
}

static void
test_lost_reset (void)
{
  g_test_summary ("ruth is killed while rain's words are on their way, and the reset that answers "
                  "them gets lost: they are said again, and answered again.");

  g_autoptr (Story) story = story_new (1);
  SimPath lossy = fixed_path (5 * MS);

  lossy.loss_ppm = 1000000;
  story_meet (story);
  say (&story->rain, "listen!");
  story_run (story, 17 * MS);
  sim_path_set (story->ruth.host, story->rain.host, &lossy);
  sim_process_kill (story->ruth.process);
  story_run (story, 100 * MS);
  lossy.loss_ppm = 0;
  sim_path_set (story->ruth.host, story->rain.host, &lossy);
  story_run (story, 100 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 15 * MS + RTO_US + 10 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
}

static void
test_reset_comes_last (void)
{
  g_test_summary ("However different the delays, a reset does not overtake the bytes before it, "
                  "nor these the handshake.");

  SimPath path = { .delay_min_us = 0, .delay_max_us = SECONDS };

  for (uint64_t seed = 1; seed <= 200; seed++)
    {
      g_autoptr (Story) story = story_new (seed);

      sim_world_set_path (story->world, &path);
      person_listen (&story->ruth);
      person_dial (&story->rain, &story->ruth);
      while (story->rain.opened_us == NEVER)
        sim_world_step (story->world, INT64_MAX);
      say (&story->rain, "x");
      aemp_stream_abort (story->rain.stream);
      story_run (story, 10 * SECONDS);
      assert_heard (&story->ruth, "x");
      g_assert_cmpint (story->ruth.closed_number, ==, ECONNRESET);
    }
}

static void
test_kernel_forgets (void)
{
  g_test_summary ("ruth is killed, rain sees the end and only ends its side an hour later: the "
                  "kernel there has forgotten everything, which rain need not know.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_process_kill (story->ruth.process);
  story_run (story, 3600 * SECONDS);
  g_assert_cmpint (story->rain.ended_us, ==, 20 * MS);
  aemp_stream_end (story->rain.stream);
  story_run (story, 3700 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 3600 * SECONDS);
  g_assert_cmpint (story->rain.closed_number, ==, 0);
}

static void
test_half_closed_for_hours (void)
{
  g_test_summary ("ruth is killed and rain never says anything: keepalive finds out that nobody is "
                  "there.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_process_kill (story->ruth.process);
  story_run (story, 10000 * SECONDS);
  g_assert_cmpint (story->rain.ended_us, ==, 20 * MS);
  g_assert_cmpint (story->rain.closed_us, ==, 20 * MS + 7200 * SECONDS + 10 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, EPIPE);
}

static void
test_vanished (void)
{
  g_test_summary ("ruth's host loses power: silence; once it is back a segment of old is answered "
                  "with a reset.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_process_vanish (story->ruth.process);
  aemp_stream_close (story->ruth.stream); /* whatever the program still does, nobody hears it */
  story_run (story, 100 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
  g_assert_cmpint (story->rain.ended_us, ==, NEVER);
  say (&story->rain, "hello?");
  story_run (story, 110 * SECONDS);
  sim_process_free (story->ruth.process);
  person_begin (&story->ruth);
  person_listen (&story->ruth);
  story_run (story, 200 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 100 * SECONDS + 64 * RTO_US + 10 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
  g_assert_cmpuint (sim_process_ordinal (story->ruth.process), ==, 2);
}

static void
test_vanished_idle (void)
{
  g_test_summary ("ruth's host loses power and comes back while rain is idle: rain goes on to have "
                  "half a connection, until keepalive finds out.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  say (&story->ruth, "on its way");
  sim_process_vanish (story->ruth.process);
  story_run (story, 100 * SECONDS);
  person_begin (&story->ruth);
  story_run (story, 20000 * SECONDS);
  assert_heard (&story->rain, "on its way");
  g_assert_cmpint (story->rain.closed_us, ==, 20 * MS + 7200 * SECONDS + 10 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
}

static void
test_close_while_dialing (void)
{
  g_test_summary ("rain gives up before the answer has come: ruth never hears of it.");

  g_autoptr (Story) story = story_new (1);

  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 9 * MS);
  person_close (&story->rain);
  story_run (story, 1000 * SECONDS);
  g_assert_cmpstr (story->log->str, ==, "");
}

static void
test_close_in_callback (void)
{
  g_test_summary (
      "Streams are closed from inside their own callbacks, whichever it is, and nothing "
      "is told after that.");

  g_autoptr (Story) story = story_new (1);

  story->rain.greeting = "hello";
  story->rain.is_dropped = true;
  story->ruth.closes_with_peer = true;
  story_meet (story);
  story_run (story, SECONDS);
  assert_heard (&story->ruth, "hello");
  g_assert_cmpint (story->ruth.ended_us, >=, 15 * MS);
  g_assert_cmpint (story->ruth.closed_us, ==, NEVER);

  g_autoptr (Story) other = story_new (1);

  other->ruth.is_dropped = true;
  other->rain.ends_with_peer = true;
  story_meet (other);
  story_run (other, SECONDS);
  g_assert_cmpint (other->rain.ended_us, ==, 20 * MS);
  g_assert_cmpint (other->rain.closed_number, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-ends/half-close", test_half_close);
  g_test_add_func ("/sim-ends/end-is-sent-again", test_end_is_sent_again);
  g_test_add_func ("/sim-ends/abort", test_abort);
  g_test_add_func ("/sim-ends/reset-on-the-way", test_reset_on_the_way);
  g_test_add_func ("/sim-ends/reset-one-way", test_reset_one_way);
  g_test_add_func ("/sim-ends/killed", test_killed);
  g_test_add_func ("/sim-ends/killed-unread", test_killed_unread);
  g_test_add_func ("/sim-ends/killed-while-told", test_killed_while_told);
  g_test_add_func ("/sim-ends/lost-reset", test_lost_reset);
  g_test_add_func ("/sim-ends/reset-comes-last", test_reset_comes_last);
  g_test_add_func ("/sim-ends/kernel-forgets", test_kernel_forgets);
  g_test_add_func ("/sim-ends/half-closed-for-hours", test_half_closed_for_hours);
  g_test_add_func ("/sim-ends/vanished", test_vanished);
  g_test_add_func ("/sim-ends/vanished-idle", test_vanished_idle);
  g_test_add_func ("/sim-ends/close-while-dialing", test_close_while_dialing);
  g_test_add_func ("/sim-ends/close-in-callback", test_close_in_callback);
  return g_test_run ();
}
