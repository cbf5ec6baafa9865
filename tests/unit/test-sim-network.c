/* The simulated world but for TCP: time, hosts, names, paths. */

#include "sim-story.h"

/* --- Time --- */

static void
note_call (void *user_data)
{
  Story *story = user_data;

  g_string_append_printf (story->log, "%" G_GINT64_FORMAT " call %u\n",
                          sim_world_now_us (story->world),
                          (unsigned)(strlen (story->log->str) % 1000));
}

static void
note_timer (AempTimer *timer, void *user_data)
{
  Person *person = user_data;
  int64_t time_us;

  person_log (person, "timer", &time_us);
}

static void
test_calls_first (void)
{
  g_test_summary ("What is done to the world comes before all else at its instant, in the order "
                  "it was asked for.");

  g_autoptr (Story) story = story_new (1);
  g_autoptr (AempTimer) timer = aemp_timer_new (story->rain.env, note_timer, &story->rain);

  aemp_timer_start (timer, 1000);
  sim_world_at (story->world, 1000, note_call, story);
  sim_world_at (story->world, 1000, note_call, story);
  sim_world_at (story->world, 500, note_call, story);
  g_assert_true (sim_world_step (story->world, 999));
  g_assert_cmpint (sim_world_now_us (story->world), ==, 500);
  g_assert_false (sim_world_step (story->world, 999));
  g_assert_cmpint (sim_world_now_us (story->world), ==, 999);
  g_assert_true (sim_world_step (story->world, 1000));
  g_assert_true (sim_world_step (story->world, 1000));
  g_assert_true (sim_world_step (story->world, 1000));
  g_assert_cmpstr (story->log->str, ==,
                   "500 call 0\n1000 call 11\n1000 call 24\n1000 rain timer\n");
  g_assert_cmpuint (sim_world_events (story->world), ==, 4);
}

static void
stop_world (void *user_data)
{
  sim_world_stop (user_data);
}

static void
test_stop (void)
{
  g_test_summary ("A run stops where it is told to, and goes on from there.");

  g_autoptr (Story) story = story_new (1);

  sim_world_at (story->world, 10, stop_world, story->world);
  sim_world_at (story->world, 20, note_call, story);
  sim_world_run (story->world, 100);
  g_assert_cmpint (sim_world_now_us (story->world), ==, 10);
  g_assert_cmpstr (story->log->str, ==, "");
  sim_world_run (story->world, 100);
  g_assert_cmpint (sim_world_now_us (story->world), ==, 100);
  g_assert_cmpstr (story->log->str, ==, "20 call 0\n");
}

typedef struct
{
  AempTimer *timer;
  AempTimer *other;
  unsigned fired;
} Clockwork;

static void
restart_twice (AempTimer *timer, void *user_data)
{
  Clockwork *clockwork = user_data;

  if (++clockwork->fired < 3)
    aemp_timer_start (timer, 100);
  else
    {
      aemp_timer_stop (clockwork->other);
      g_clear_pointer (&clockwork->timer, aemp_timer_free);
    }
}

static void
count_fired (AempTimer *timer, void *user_data)
{
  ((Clockwork *)user_data)->fired += 100;
}

static void
test_timers (void)
{
  g_test_summary ("A timer fires once, at its last deadline; it is restarted, stopped and freed, "
                  "also while it fires; the clocks agree.");

  g_autoptr (Story) story = story_new (1);
  AempEnv *env = story->rain.env;
  Clockwork clockwork = { 0 };
  int64_t wall_us = aemp_env_wall_us (env);

  clockwork.timer = aemp_timer_new (env, restart_twice, &clockwork);
  clockwork.other = aemp_timer_new (env, count_fired, &clockwork);
  aemp_timer_start (clockwork.timer, 50);
  aemp_timer_start (clockwork.timer, 1000);
  aemp_timer_start (clockwork.other, 1200);
  story_run (story, 999);
  g_assert_cmpuint (clockwork.fired, ==, 0);
  story_run (story, 1000);
  g_assert_cmpuint (clockwork.fired, ==, 1);
  g_assert_cmpint (aemp_env_now_us (env), ==, 1000);
  g_assert_cmpint (aemp_env_wall_us (env) - wall_us, ==, 1000);
  g_assert_cmpint (wall_us, ==, 1767225600 * SECONDS);
  story_run (story, 5000); /* at 1200 other was asked for first, and fires before it is stopped */
  g_assert_cmpuint (clockwork.fired, ==, 103);
  g_assert_null (clockwork.timer);
  aemp_timer_start (clockwork.other, -5);
  aemp_timer_start (clockwork.other, INT64_MAX);
  aemp_timer_stop (clockwork.other);
  g_assert_false (sim_world_step (story->world, INT64_MAX));
  g_assert_cmpint (sim_world_now_us (story->world), ==, 5000);
  aemp_timer_free (clockwork.other);
}

/* --- Names and addresses --- */

typedef struct
{
  Story *story;
  char *address;
  GError *error;
  int64_t time_us;
} Answer;

static void
note_answer (AempResolution *resolution, const char *const *addresses, const GError *error,
             void *user_data)
{
  Answer *answer = user_data;

  g_assert_true ((addresses == NULL) == (error != NULL));
  answer->address = addresses ? g_strdup (addresses[0]) : NULL;
  answer->error = error ? g_error_copy (error) : NULL;
  answer->time_us = sim_world_now_us (answer->story->world);
  aemp_resolution_free (resolution);
}

static void
ask (Answer *answer, Story *story, const char *host_port)
{
  g_clear_error (&answer->error);
  g_clear_pointer (&answer->address, g_free);
  answer->story = story;
  answer->time_us = NEVER;
  aemp_env_resolve (story->rain.env, host_port, note_answer, answer);
  g_assert_cmpint (answer->time_us, ==, NEVER); /* never inside the call */
  story_run (story, sim_world_now_us (story->world) + SECONDS);
  g_assert_cmpint (answer->time_us, !=, NEVER);
}

static void
test_names (void)
{
  g_test_summary ("Names of hosts are found after a while, numbers at once, and what is neither "
                  "is an error of the address.");

  g_autoptr (Story) story = story_new (1);
  Answer answer = { 0 };
  static const char *const wrong[]
      = { "snow:4040", "ruth", "ruth:", ":4040", "ruth:70000", "ruth:-1", "*:4040", "1.2.3:4", "" };

  ask (&answer, story, "ruth:4040");
  g_assert_cmpstr (answer.address, ==, "10.0.0.2:4040");
  g_assert_cmpint (answer.time_us, >=, 100);
  g_assert_cmpint (answer.time_us, <=, 2000);
  ask (&answer, story, "10.0.0.2:4040");
  g_assert_cmpstr (answer.address, ==, "10.0.0.2:4040");
  g_assert_cmpint (answer.time_us, ==, SECONDS);
  ask (&answer, story, "localhost:1");
  g_assert_cmpstr (answer.address, ==, "127.0.0.1:1");
  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      ask (&answer, story, wrong[i]);
      g_assert_error (answer.error, AEMP_ERROR, AEMP_ERROR_ADDRESS);
    }
  g_clear_error (&answer.error);

  aemp_resolution_free (aemp_env_resolve (story->rain.env, "ruth:1", note_answer, &answer));
  answer.time_us = NEVER;
  story_run (story, 100 * SECONDS);
  g_assert_cmpint (answer.time_us, ==, NEVER);
}

static int
try_to_listen (Person *person, const char *address, const char *expected)
{
  g_autoptr (GError) error = NULL;
  AempListener *listener = aemp_env_listen (person->env, address, person_accepted, person, &error);

  if (listener)
    g_assert_cmpstr (aemp_listener_address (listener), ==, expected);
  else
    g_assert_true (error->domain == AEMP_ERRNO);
  return listener ? 0 : error->code;
}

static void
test_listen (void)
{
  g_test_summary ("Who may listen where; ports of the system's choice are counted from 32768.");

  g_autoptr (Story) story = story_new (1);
  Person *rain = &story->rain;

  g_assert_cmpint (try_to_listen (rain, "10.0.0.1:4040", "10.0.0.1:4040"), ==, 0);
  g_assert_cmpint (try_to_listen (rain, "10.0.0.1:4040", NULL), ==, EADDRINUSE);
  g_assert_cmpint (try_to_listen (rain, "*:4040", NULL), ==, EADDRINUSE);
  g_assert_cmpint (try_to_listen (rain, "127.0.0.1:4040", "127.0.0.1:4040"), ==, 0);
  g_assert_cmpint (try_to_listen (rain, "10.0.0.2:4040", NULL), ==, EADDRNOTAVAIL);
  g_assert_cmpint (try_to_listen (rain, "ruth:4040", NULL), ==, EINVAL);
  g_assert_cmpint (try_to_listen (rain, "*:32768", "0.0.0.0:32768"), ==, 0);
  g_assert_cmpint (try_to_listen (rain, "*:0", "0.0.0.0:32769"), ==, 0);
  g_assert_cmpint (try_to_listen (rain, "10.0.0.1:0", "10.0.0.1:32770"), ==, 0);
  g_assert_cmpint (try_to_listen (&story->ruth, "10.0.0.2:4040", "10.0.0.2:4040"), ==, 0);
  g_assert_cmpstr (aemp_env_host_name (rain->env), ==, "rain");
  g_assert_cmpstr (aemp_env_interfaces (rain->env)[0], ==, "10.0.0.1");
  g_assert_null (aemp_env_interfaces (rain->env)[1]);
}

static void
test_listener_freed (void)
{
  g_test_summary ("A listener that is freed accepts nobody any more, not even who was answered "
                  "already.");

  g_autoptr (Story) story = story_new (1);

  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 12 * MS); /* rain believes to be connected */
  aemp_listener_free (story->ruth.listener);
  story_run (story, SECONDS);
  g_assert_cmpint (story->ruth.opened_us, ==, NEVER);
  g_assert_cmpint (story->rain.closed_us, ==, 20 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
  story->rain.closed_us = NEVER;
  person_close (&story->rain);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNREFUSED);
  person_listen (&story->ruth); /* the port is free again */
}

static void
test_listener_replaced (void)
{
  g_test_summary ("Who was answered for a listener that is gone is not accepted by the next one.");

  g_autoptr (Story) story = story_new (1);

  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 12 * MS);
  aemp_listener_free (story->ruth.listener);
  person_listen (&story->ruth);
  story_run (story, SECONDS);
  g_assert_cmpint (story->ruth.opened_us, ==, NEVER);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
}

static void
test_after_the_end (void)
{
  g_test_summary ("A program goes on with the objects of its process after that was killed, or "
                  "vanished: nothing happens any more, until it has given them all back.");

  for (unsigned vanishes = 0; vanishes < 2; vanishes++)
    {
      g_autoptr (Story) story = story_new (1);
      Person *rain = &story->rain;
      AempTimer *timers[2];
      AempResolution *resolutions[2];
      Answer answer = { .story = story, .time_us = NEVER };
      AempStream *late;

      story_meet (story);
      timers[0] = aemp_timer_new (rain->env, note_timer, rain);
      aemp_timer_start (timers[0], 0);
      resolutions[0] = aemp_env_resolve (rain->env, "ruth:1", note_answer, &answer);
      g_string_truncate (story->log, 0);
      if (vanishes)
        sim_process_vanish (rain->process);
      else
        sim_process_kill (rain->process);
      timers[1] = aemp_timer_new (rain->env, note_timer, rain);
      aemp_timer_start (timers[0], 10);
      aemp_timer_start (timers[1], 10);
      resolutions[1] = aemp_env_resolve (rain->env, "ruth:1", note_answer, &answer);
      late = aemp_env_connect (rain->env, "10.0.0.2:4040", &person_events, rain);
      g_assert_cmpint (try_to_listen (rain, "*:1", NULL), ==, ENETDOWN);
      g_assert_cmpuint (aemp_stream_write (rain->stream, (const uint8_t *)"x", 1), ==, 0);
      aemp_stream_pause (rain->stream);
      aemp_stream_resume (rain->stream);
      aemp_stream_end (rain->stream);
      story_run (story, 10 * SECONDS);
      g_assert_cmpint (answer.time_us, ==, NEVER);
      g_assert_cmpstr (story->log->str, ==, vanishes ? "" : "20000 ruth sees the end\n");
      aemp_stream_close (rain->stream);
      aemp_stream_abort (late);
      for (unsigned i = 0; i < 2; i++)
        {
          aemp_timer_free (timers[i]);
          aemp_resolution_free (resolutions[i]);
        }
    }
}

static void
test_one_host (void)
{
  g_test_summary ("A process talks to itself, by its address and by the loopback's.");

  static const char *const addresses[]
      = { "127.0.0.1:4040", "10.0.0.1:4040", "0.0.0.0:4040", "[::1]:4040" };

  for (unsigned i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (Story) story = story_new (1);
      Person *rain = &story->rain, *ruth = &story->ruth;

      sim_process_kill (ruth->process); /* she is at rain's */
      ruth->env = rain->env;
      person_listen (ruth);
      rain->stream = aemp_env_connect (rain->env, addresses[i], &person_events, rain);
      rain->greeting = "it is me";
      story_run (story, SECONDS);
      assert_heard (ruth, "it is me");
      g_assert_cmpint (ruth->opened_us, >=, 60);
      g_assert_cmpint (ruth->opened_us, <=, 150);
      sim_process_vanish (rain->process);
      story_run (story, 10 * SECONDS);
      g_assert_cmpint (rain->closed_us, ==, NEVER);
    }
}

static void
test_bad_address (void)
{
  g_test_summary ("What is no numeric address cannot be dialed: told later, like all news.");

  g_autoptr (Story) story = story_new (1);

  story->rain.stream
      = aemp_env_connect (story->rain.env, "ruth:4040", &person_events, &story->rain);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
  story_run (story, 1);
  g_assert_cmpint (story->rain.closed_number, ==, EINVAL);
}

static void
test_random_bytes (void)
{
  g_test_summary ("A process has its own randomness, its successor another; the same world has "
                  "the same.");

  uint8_t bytes[4][16];

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (Story) story = story_new (1);

      aemp_env_random_bytes (story->rain.env, "nonce", 1, bytes[0], 16);
      sim_process_kill (story->rain.process);
      person_begin (&story->rain);
      aemp_env_random_bytes (story->rain.env, "nonce", 1, bytes[1], 16);
      aemp_env_random_bytes (story->ruth.env, "nonce", 1, bytes[2], 16);
      if (i == 0)
        memcpy (bytes[3], bytes[0], 16);
      g_assert_true (memcmp (bytes[0], bytes[1], 16) != 0);
      g_assert_true (memcmp (bytes[0], bytes[2], 16) != 0);
    }
  g_assert_cmpmem (bytes[0], 16, bytes[3], 16);
}

/* --- Paths --- */

static void
test_path_each_way (void)
{
  g_test_summary ("A path of its own each way; the others keep the world's.");

  g_autoptr (Story) story = story_new (1);
  SimPath there = fixed_path (30 * MS), back = fixed_path (1 * MS);

  sim_path_set (story->rain.host, story->ruth.host, &there);
  sim_path_set (story->ruth.host, story->rain.host, &back);
  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.opened_us, ==, 31 * MS);
  g_assert_cmpint (story->ruth.opened_us, ==, 61 * MS);
}

static void
test_jitter (void)
{
  g_test_summary ("Delays are drawn from the path's range, all of it; order stays.");

  g_autoptr (Story) story = story_new (1);
  SimPath path = { .delay_min_us = 2 * MS, .delay_max_us = 3 * MS };
  int64_t least_us = INT64_MAX, most_us = 0;

  story_meet (story);
  sim_world_set_path (story->world, &path);
  for (unsigned i = 0; i < 500; i++)
    {
      int64_t said_us = sim_world_now_us (story->world), took_us;

      say (&story->rain, "x");
      story_run (story, said_us + 10 * MS);
      took_us = story->ruth.last_us - said_us;
      least_us = MIN (least_us, took_us);
      most_us = MAX (most_us, took_us);
    }
  g_assert_cmpint (least_us, >=, 2000);
  g_assert_cmpint (least_us, <=, 2020);
  g_assert_cmpint (most_us, <=, 3000);
  g_assert_cmpint (most_us, >=, 2980);
}

static void
test_rate (void)
{
  g_test_summary ("A line of 1 Mbit/s: segments leave one after the other, 8.32 ms for 1000 bytes "
                  "and 40 of headers, whichever connection they belong to.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (1000);
  SimPath path = { .delay_min_us = 5 * MS, .delay_max_us = 5 * MS, .rate_bits = 1000000 };

  story_meet (story);
  sim_path_set (story->rain.host, story->ruth.host, &path);
  story_run (story, SECONDS);
  for (unsigned i = 0; i < 10; i++)
    g_assert_cmpuint (aemp_stream_write (story->rain.stream, bytes, 1000), ==, 1000);
  story_run (story, SECONDS + 5 * MS + 10 * 8320 - 1);
  g_assert_cmpuint (story->ruth.received->len, <, 10000);
  story_run (story, SECONDS + 5 * MS + 10 * 8320 + 100);
  g_assert_cmpuint (story->ruth.received->len, ==, 10000);
  g_assert_cmpint (story->ruth.first_us, ==, SECONDS + 5 * MS + 8320);
}

static void
test_cut_one_way (void)
{
  g_test_summary ("A cut goes one way: the other one's bytes still come.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_cut (story->rain.host, story->ruth.host);
  say (&story->rain, "you cannot hear me");
  say (&story->ruth, "hello?");
  story_run (story, 5 * SECONDS);
  assert_heard (&story->rain, "hello?");
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
}

/* When rain hears from ruth, with or without somebody else about. */
static char *
tell_with_snow (bool snow_is_there)
{
  g_autoptr (Story) story = story_new (5);
  SimPath path = {
    .delay_min_us = 1 * MS, .delay_max_us = 90 * MS, .loss_ppm = 100000, .buffer_bytes = 5000
  };
  Person snow = { 0 };
  g_autofree uint8_t *bytes = story_bytes (300000);

  sim_world_set_path (story->world, &path);
  story->rain.bytes = bytes;
  story->rain.left = 300000;
  person_listen (&story->ruth);
  if (snow_is_there)
    {
      person_init (&snow, story, "snow");
      snow.story = story;
      snow.greeting = "hello";
      person_dial (&snow, &story->ruth);
    }
  story->ruth.opened_us = NEVER;
  story_run (story, SECONDS / 2);
  g_string_truncate (story->log, 0);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 100 * SECONDS);
  if (snow_is_there)
    g_byte_array_unref (snow.received);
  return g_strdup (story->log->str);
}

static void
test_others_luck (void)
{
  g_test_summary ("That snow talks to ruth, too, changes nothing between rain and ruth.");

  g_autofree char *without = tell_with_snow (false), *with = tell_with_snow (true);

  g_assert_cmpstr (without, ==, with);
  g_assert_cmpuint (strlen (without), >, 500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-network/calls-first", test_calls_first);
  g_test_add_func ("/sim-network/stop", test_stop);
  g_test_add_func ("/sim-network/timers", test_timers);
  g_test_add_func ("/sim-network/names", test_names);
  g_test_add_func ("/sim-network/listen", test_listen);
  g_test_add_func ("/sim-network/listener-freed", test_listener_freed);
  g_test_add_func ("/sim-network/listener-replaced", test_listener_replaced);
  g_test_add_func ("/sim-network/after-the-end", test_after_the_end);
  g_test_add_func ("/sim-network/one-host", test_one_host);
  g_test_add_func ("/sim-network/bad-address", test_bad_address);
  g_test_add_func ("/sim-network/random-bytes", test_random_bytes);
  g_test_add_func ("/sim-network/path-each-way", test_path_each_way);
  g_test_add_func ("/sim-network/jitter", test_jitter);
  g_test_add_func ("/sim-network/rate", test_rate);
  g_test_add_func ("/sim-network/cut-one-way", test_cut_one_way);
  g_test_add_func ("/sim-network/others-luck", test_others_luck);
  return g_test_run ();
}
