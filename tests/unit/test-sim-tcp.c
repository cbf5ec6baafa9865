/* TCP in the simulated world: what two programs see of one connection, and exactly when. */

#include "sim-story.h"

/* With 5 ms each way: what is lost is sent again 0.21 s after it was sent first, as a probe; then
 * after two, four, eight ... times as long. */
#define RTO_US (210 * MS)

/* What nobody answers is given up when 924.6 s have passed since the repetition at 2 RTO, at the next
 * one: 2, 4 ... 512 RTO and six times 120 s later. */
#define GIVE_UP_US (2 * RTO_US + 2 * 511 * RTO_US + 720 * SECONDS)

static void
test_hello (void)
{
  g_test_summary ("rain dials ruth and both say something: open after one round trip, accepted "
                  "half a one later, bytes take half a one.");

  g_autoptr (Story) story = story_new (1);

  story->rain.greeting = "hello, ruth";
  story->ruth.greeting = "hello, rain";
  story_meet (story);
  story_run (story, SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, 15 * MS);
  g_assert_cmpint (story->rain.first_us, ==, 20 * MS);
  assert_heard (&story->ruth, "hello, ruth");
  assert_heard (&story->rain, "hello, rain");
  g_assert_cmpstr (aemp_stream_local_address (story->rain.stream), ==, "10.0.0.1:32768");
  g_assert_cmpstr (aemp_stream_peer_address (story->rain.stream), ==, "10.0.0.2:4040");
  g_assert_cmpstr (aemp_stream_local_address (story->ruth.stream), ==, "10.0.0.2:4040");
  g_assert_cmpstr (aemp_stream_peer_address (story->ruth.stream), ==, "10.0.0.1:32768");
}

static void
test_healthy_is_cheap (void)
{
  g_test_summary ("A thousand segments are a thousand events, but for those that were cut in two, "
                  "and an idle connection is none at all, for days.");

  g_autoptr (Story) story = story_new (1);
  uint64_t before;

  story_meet (story);
  before = sim_world_events (story->world);
  for (unsigned i = 0; i < 1000; i++)
    {
      say (&story->rain, "a message");
      story_run (story, sim_world_now_us (story->world) + 10 * MS);
    }
  g_assert_cmpuint (sim_world_events (story->world) - before, >=, 1010);
  g_assert_cmpuint (sim_world_events (story->world) - before, <=, 1100);
  g_assert_false (sim_world_step (story->world, 7 * 86400 * SECONDS));
}

/* One side writes more than fits anywhere; returns how many pieces it came in. */
static void
play_transfer (uint64_t seed, const SimPath *path, size_t length)
{
  g_autoptr (Story) story = story_new (seed);
  g_autofree uint8_t *bytes = story_bytes (length);

  sim_world_set_path (story->world, path);
  story->rain.bytes = bytes;
  story->rain.left = length;
  story->ruth.greeting = "what a lot";
  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 5000 * SECONDS);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, length);
  assert_heard (&story->rain, "what a lot");
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
}

static void
test_stream (void)
{
  g_test_summary ("A hundred seeds, with jitter, loss and a slow line: the bytes that arrive are "
                  "those that were written, in order.");

  SimPath paths[] = {
    { .delay_min_us = 1 * MS, .delay_max_us = 40 * MS },
    { .delay_min_us = 1 * MS, .delay_max_us = 4 * MS, .loss_ppm = 100000 },
    { .delay_min_us = 1 * MS, .delay_max_us = 9 * MS, .rate_bits = 1000000, .buffer_bytes = 5000 },
    { .loss_ppm = 300000, .delay_max_us = 2 * SECONDS, .buffer_bytes = 100000 },
  };

  for (uint64_t seed = 1; seed <= 100; seed++)
    play_transfer (seed, &paths[seed % G_N_ELEMENTS (paths)], 300000);
}

static void
test_cut_in_pieces (void)
{
  g_test_summary ("Now and then a segment arrives in two pieces: nobody can rely on boundaries.");

  g_autoptr (Story) story = story_new (1);
  unsigned pieces = 0;

  story_meet (story);
  for (unsigned i = 0; i < 1000; i++)
    {
      say (&story->rain, "0123456789");
      story_run (story, sim_world_now_us (story->world) + SECONDS);
    }
  for (const char *line = story->log->str; (line = strstr (line, "receives")); line++)
    pieces++;
  g_assert_cmpuint (story->ruth.received->len, ==, 10000);
  g_assert_cmpuint (pieces, >, 1020);
  g_assert_cmpuint (pieces, <, 1090);
}

static void
test_refused (void)
{
  g_test_summary ("Nobody listens: refused after one round trip.");

  g_autoptr (Story) story = story_new (1);

  person_dial (&story->rain, &story->ruth);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 10 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNREFUSED);
  g_assert_cmpint (story->rain.opened_us, ==, NEVER);
}

static void
test_dial_into_silence (void)
{
  g_test_summary ("Where nobody answers, dialing fails after 127 s: behind a cut either way, at a "
                  "host without power, at an address that nobody has.");

  for (unsigned i = 0; i < 4; i++)
    {
      g_autoptr (Story) story = story_new (1);
      Person *rain = &story->rain;

      person_listen (&story->ruth);
      if (i == 0)
        sim_path_cut (rain->host, story->ruth.host);
      if (i == 1)
        sim_path_cut (story->ruth.host, rain->host);
      if (i == 2)
        sim_process_vanish (story->ruth.process);
      if (i == 3)
        rain->stream = aemp_env_connect (rain->env, "10.9.9.9:4040", &person_events, rain);
      else
        person_dial (rain, &story->ruth);
      story_run (story, 200 * SECONDS);
      g_assert_cmpint (rain->closed_us, ==, 127 * SECONDS);
      g_assert_cmpint (rain->closed_number, ==, ETIMEDOUT);
      g_assert_cmpint (story->ruth.opened_us, ==, NEVER);
    }
}

static void
test_dial_is_repeated (void)
{
  g_test_summary ("A way is cut while each of the three steps of the handshake travels: it is "
                  "repeated when it is due after the heal.");

  static const int64_t cut_us[] = { 2 * MS, 7 * MS, 12 * MS };
  static const int64_t opened_us[] = { 7 * SECONDS + 10 * MS, 7 * SECONDS + 10 * MS, 10 * MS };
  static const int64_t accepted_us[]
      = { 7 * SECONDS + 15 * MS, 7 * SECONDS + 15 * MS, 7 * SECONDS + 15 * MS };

  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr (Story) story = story_new (1);
      SimHost *rain = story->rain.host, *ruth = story->ruth.host;

      person_listen (&story->ruth);
      person_dial (&story->rain, &story->ruth);
      story_run (story, cut_us[i]);
      sim_path_cut (rain, ruth);
      sim_path_cut (ruth, rain);
      story_run (story, 5 * SECONDS);
      sim_path_heal (rain, ruth);
      sim_path_heal (ruth, rain);
      story_run (story, 60 * SECONDS);
      g_assert_cmpint (story->rain.opened_us, ==, opened_us[i]);
      g_assert_cmpint (story->ruth.opened_us, ==, accepted_us[i]);
    }
}

static void
test_third_step_in_data (void)
{
  g_test_summary ("The third step of the handshake is lost, but not what is said after it: that "
                  "tells as much, and comes right behind the accept.");

  g_autoptr (Story) story = story_new (1);

  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 12 * MS);
  sim_path_cut (story->rain.host, story->ruth.host);
  sim_path_heal (story->rain.host, story->ruth.host);
  say (&story->rain, "hello");
  story_run (story, SECONDS / 2);
  g_assert_cmpint (story->ruth.opened_us, ==, 17 * MS);
  g_assert_cmpint (story->ruth.first_us, ==, 17 * MS);
  assert_heard (&story->ruth, "hello");
}

static void
test_data_into_silence (void)
{
  g_test_summary ("What is written into silence is sent again until 924.6 s have passed since the "
                  "first repetition, and given up at the next: after 935.04 s with 10 ms there and "
                  "back; with none after 1044.8 s, for 0.2 s are missing at the one before.");

  static const int64_t delays_us[] = { 0, 5 * MS };
  static const int64_t ends_us[] = { 1044800 * (int64_t)MS, GIVE_UP_US };

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (Story) story = story_new (1);
      SimPath path = fixed_path (delays_us[i]);

      sim_world_set_path (story->world, &path);
      person_listen (&story->ruth);
      person_dial (&story->rain, &story->ruth);
      story_run (story, 10 * SECONDS);
      sim_path_cut (story->rain.host, story->ruth.host);
      say (&story->rain, "hello?");
      story_run (story, 2000 * SECONDS);
      g_assert_cmpint (story->rain.closed_us, ==, 10 * SECONDS + ends_us[i]);
      g_assert_cmpint (story->rain.closed_number, ==, ETIMEDOUT);
      g_assert_cmpuint (story->ruth.received->len, ==, 0);
      g_assert_cmpint (story->ruth.closed_us, ==, NEVER); /* it has not heard anything */
    }
}

static void
test_writing_on_into_silence (void)
{
  g_test_summary ("Who goes on writing into silence, ten times a second, is told no later than "
                  "who waits for an answer.");

  g_autoptr (Story) story = story_new (1);
  SimPath path = fixed_path (0);

  sim_world_set_path (story->world, &path);
  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 10 * SECONDS);
  sim_path_cut (story->rain.host, story->ruth.host);
  for (int64_t time_us = 10 * SECONDS; time_us < 900 * SECONDS; time_us += SECONDS / 10)
    {
      say (&story->rain, "hello?");
      story_run (story, time_us);
    }
  story_run (story, 2000 * SECONDS);
  /* Earlier: the probe goes out 2 ms after the second write, and RTO counts from there. */
  g_assert_cmpint (story->rain.closed_us, ==, 10 * SECONDS + 1044602 * (int64_t)MS);
  g_assert_cmpint (story->rain.closed_number, ==, ETIMEDOUT);
}

static void
test_each_loss_for_itself (void)
{
  g_test_summary ("An answer is lost, and made good by a later one before anything is repeated; "
                  "what is lost after that is repeated in its own time.");

  g_autoptr (Story) story = story_new (1);
  SimPath good = fixed_path (5 * MS), bad = fixed_path (5 * MS);

  bad.loss_ppm = 1000000;
  story_meet (story);
  sim_path_set (story->ruth.host, story->rain.host, &bad);
  say (&story->rain, "a");
  sim_path_set (story->ruth.host, story->rain.host, &good);
  story_run (story, 100 * MS);
  say (&story->rain, "b");
  story_run (story, 200 * MS);
  sim_path_set (story->rain.host, story->ruth.host, &bad);
  say (&story->rain, "c");
  sim_path_set (story->rain.host, story->ruth.host, &good);
  story_run (story, 100 * SECONDS);
  assert_heard (&story->ruth, "abc");
  g_assert_cmpint (story->ruth.last_us, ==, 200 * MS + RTO_US + 5 * MS);
}

static void
test_lost_bytes_fill_the_buffer (void)
{
  g_test_summary ("What was lost takes its room in the send buffer until it has arrived.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (65537);

  story_meet (story);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, bytes, 65536), ==, 65536);
  story_run (story, 17 * MS);
  sim_path_cut (story->rain.host, story->ruth.host);
  story_run (story, 100 * MS);
  sim_path_heal (story->rain.host, story->ruth.host);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, bytes + 65536, 1), ==, 0);
  /* A probe after 22 ms, RTO after that the first segment, and with its answer the rest. */
  story_run (story, 15 * MS + 22 * MS + RTO_US + 10 * MS - 1);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, bytes + 65536, 1), ==, 0);
  story->rain.bytes = bytes + 65536;
  story->rain.left = 1;
  story_run (story, 15 * MS + 22 * MS + RTO_US + 20 * MS - 1);
  g_assert_cmpuint (story->rain.left, ==, 1);
  story_run (story, 15 * MS + 22 * MS + RTO_US + 20 * MS);
  g_assert_cmpuint (story->rain.left, ==, 0);
  story_run (story, SECONDS);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 65537);
}

static void
test_loss (void)
{
  g_test_summary ("One in five segments is lost, and comes with its repetition: then four in five "
                  "of the rest, and so on.");

  g_autoptr (Story) story = story_new (1);
  SimPath lossy = fixed_path (5 * MS);
  unsigned late[3] = { 0 };

  story_meet (story);
  lossy.loss_ppm = 200000;
  sim_path_set (story->rain.host, story->ruth.host, &lossy);
  for (unsigned i = 0; i < 1000; i++)
    {
      int64_t said_us = sim_world_now_us (story->world);

      say (&story->rain, "x");
      story_run (story, said_us + 100 * SECONDS);
      for (unsigned retries = 0; retries < 3; retries++)
        late[retries] += story->ruth.last_us == said_us + retries * RTO_US + 5 * MS;
    }
  g_assert_cmpuint (story->ruth.received->len, ==, 1000);
  g_assert_cmpuint (late[0], >, 760);
  g_assert_cmpuint (late[0], <, 840);
  g_assert_cmpuint (late[1], >, 120);
  g_assert_cmpuint (late[1], <, 200);
  g_assert_cmpuint (late[2], >, 10);
}

static void
test_heal (void)
{
  g_test_summary ("A cut takes what is on its way; after the heal it comes with the next "
                  "repetition, in order, with all that was written meanwhile.");

  g_autoptr (Story) story = story_new (1);
  int64_t said_us = 20 * SECONDS;

  story_meet (story);
  story_run (story, said_us);
  say (&story->rain, "one ");
  story_run (story, said_us + 3 * MS);
  sim_path_cut (story->rain.host, story->ruth.host);
  sim_path_cut (story->ruth.host, story->rain.host);
  story_run (story, said_us + 2 * SECONDS);
  say (&story->rain, "two ");
  say (&story->rain, "three");
  story_run (story, said_us + 10 * SECONDS);
  sim_path_heal (story->rain.host, story->ruth.host);
  sim_path_heal (story->ruth.host, story->rain.host);
  g_assert_cmpint (story->ruth.first_us, ==, NEVER);
  story_run (story, said_us + 100 * SECONDS);
  /* Sent again after 1, 2, 4, ... 64 RTO. */
  g_assert_cmpint (story->ruth.first_us, ==, said_us + 64 * RTO_US + 5 * MS);
  assert_heard (&story->ruth, "one two three");
  say (&story->rain, "!");
  story_run (story, said_us + 101 * SECONDS);
  g_assert_cmpint (story->ruth.last_us, <=, said_us + 100 * SECONDS + 5 * MS + 100);
  assert_heard (&story->ruth, "one two three!");
}

static void
test_lost_answer (void)
{
  g_test_summary ("Only the way back is cut: what rain says arrives at once and once, but rain "
                  "does not know, sends nothing new, and gives up in the end.");

  for (unsigned heals = 0; heals < 2; heals++)
    {
      g_autoptr (Story) story = story_new (1);

      story_meet (story);
      say (&story->rain, "hello");
      story_run (story, 22 * MS); /* it has arrived, the answer is on its way */
      sim_path_cut (story->ruth.host, story->rain.host);
      assert_heard (&story->ruth, "hello");
      story_run (story, 100 * SECONDS);
      if (heals)
        sim_path_heal (story->ruth.host, story->rain.host);
      say (&story->rain, ", ruth");
      story_run (story, 2000 * SECONDS);
      assert_heard (&story->ruth, heals ? "hello, ruth" : "hello");
      g_assert_cmpint (story->rain.closed_us, ==, heals ? NEVER : 15 * MS + GIVE_UP_US);
      g_assert_cmpint (story->rain.closed_number, ==, heals ? -1 : ETIMEDOUT);
      g_assert_cmpint (story->ruth.closed_us, ==, NEVER);
    }
}

static void
test_keepalive_into_silence (void)
{
  g_test_summary ("Both ends are idle when the cable is pulled: two hours after they last heard "
                  "of each other nine probes go out, and 75 s after the last of them it is over.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  story_run (story, 1000 * SECONDS);
  sim_path_cut (story->rain.host, story->ruth.host);
  sim_path_cut (story->ruth.host, story->rain.host);
  story_run (story, 10000 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 10 * MS + (7200 + 9 * 75) * SECONDS);
  g_assert_cmpint (story->ruth.closed_us, ==, 15 * MS + (7200 + 9 * 75) * SECONDS);
  g_assert_cmpint (story->rain.closed_number, ==, ETIMEDOUT);
  g_assert_cmpint (story->ruth.closed_number, ==, ETIMEDOUT);
}

static void
test_keepalive_phase (void)
{
  g_test_summary ("The cable is pulled after days: the probes of all those days were answered, "
                  "and the next one is due two hours after the last.");

  g_autoptr (Story) story = story_new (1);
  int64_t answered_us = 10 * MS + 20 * (7200 * SECONDS + 10 * MS);

  story_meet (story);
  story_run (story, answered_us + 1000 * SECONDS);
  sim_path_cut (story->rain.host, story->ruth.host);
  story_run (story, answered_us + 10000 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, answered_us + (7200 + 9 * 75) * SECONDS);
}

static void
test_keepalive_healed (void)
{
  g_test_summary ("The cable is back before the last probe: nobody has noticed anything.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_cut (story->rain.host, story->ruth.host);
  story_run (story, (7200 + 8 * 75 - 1) * SECONDS);
  sim_path_heal (story->rain.host, story->ruth.host);
  story_run (story, 86400 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
  say (&story->rain, "still there?");
  story_run (story, 86401 * SECONDS);
  assert_heard (&story->ruth, "still there?");
}

static void
test_window (void)
{
  g_test_summary ("A reader that does not read stops the writer: both buffers fill, writes become "
                  "short; when it reads again all comes, in order.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (400000);

  story->ruth.pauses = true;
  story_meet (story);
  story->rain.bytes = bytes;
  story->rain.left = 400000;
  g_assert_cmpuint (person_write (&story->rain), ==, 65536);
  story_run (story, 60 * SECONDS);
  g_assert_cmpuint (400000 - story->rain.left, ==, 2 * 65536);
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, bytes, 1), ==, 0);

  aemp_stream_resume (story->ruth.stream);
  story_run (story, 120 * SECONDS);
  g_assert_cmpuint (story->rain.left, ==, 0);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 400000);
  g_assert_cmpuint (story->rain.writables, >, 2);
}

static void
test_window_and_cut (void)
{
  g_test_summary ("The news that there is room again is lost: the writer goes on asking for it, after "
                  "twice the time each time, and gives up 120 s after the fifteenth time that nobody "
                  "answers.");

  for (unsigned heals = 0; heals < 2; heals++)
    {
      g_autoptr (Story) story = story_new (1);
      g_autofree uint8_t *bytes = story_bytes (200000);

      story->ruth.pauses = true;
      story_meet (story);
      story->rain.bytes = bytes;
      story->rain.left = 200000;
      person_write (&story->rain);
      story_run (story, 10 * SECONDS);
      sim_path_cut (story->ruth.host, story->rain.host);
      aemp_stream_resume (story->ruth.stream);
      story_run (story, 100 * SECONDS);
      g_assert_cmpuint (story->ruth.received->len, <=, 2 * 65536);
      if (heals)
        sim_path_heal (story->ruth.host, story->rain.host);
      story_run (story, 2000 * SECONDS);
      /* Asked after 0.21, 0.63, ... 6.51 s, and answered; then after 13.23, ... 214.83 s, and
       * ten times more.  It begins when rain knows that the window is closed. */
      g_assert_cmpint (story->rain.closed_us, ==, heals ? NEVER : 1534830 * (int64_t)MS + 75 * MS);
      if (heals)
        g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 200000);
    }
}

static void
test_short_write (void)
{
  g_test_summary ("A write takes what there is room for; writable comes when an answer has made "
                  "room; before the connection is open nothing is taken.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (70000);

  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, bytes, 10), ==, 0);
  story->rain.bytes = bytes;
  story->rain.left = 70000;
  story_run (story, 10 * MS); /* opened: the first 65536 */
  g_assert_cmpuint (story->rain.left, ==, 70000 - 65536);
  story_run (story, 20 * MS - 1);
  g_assert_cmpuint (story->rain.left, ==, 70000 - 65536);
  story_run (story, 20 * MS);
  g_assert_cmpuint (story->rain.left, ==, 0);
  g_assert_cmpuint (story->rain.writables, ==, 1);
  story_run (story, SECONDS);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 70000);
}

/* A day with everything in it, as a log. */
static char *
tell_day (uint64_t seed)
{
  g_autoptr (Story) story = story_new (seed);
  g_autofree uint8_t *bytes = story_bytes (200000);
  SimPath path = { .delay_min_us = 1 * MS, .delay_max_us = 30 * MS, .loss_ppm = 20000 };

  sim_world_set_path (story->world, &path);
  story->rain.bytes = bytes;
  story->rain.left = 200000;
  story->ruth.greeting = "hello";
  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 2 * SECONDS);
  sim_path_cut (story->rain.host, story->ruth.host);
  story_run (story, 4 * SECONDS);
  sim_path_heal (story->rain.host, story->ruth.host);
  story_run (story, 30 * SECONDS);
  sim_process_kill (story->ruth.process);
  story_run (story, 60 * SECONDS);
  return g_strdup (story->log->str);
}

static void
test_seed (void)
{
  g_test_summary ("The same seed tells the same story to the last microsecond, another seed "
                  "another one.");

  g_autofree char *one = tell_day (1), *again = tell_day (1), *other = tell_day (2);

  g_assert_cmpstr (one, ==, again);
  g_assert_cmpstr (one, !=, other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-tcp/hello", test_hello);
  g_test_add_func ("/sim-tcp/healthy-is-cheap", test_healthy_is_cheap);
  g_test_add_func ("/sim-tcp/stream", test_stream);
  g_test_add_func ("/sim-tcp/cut-in-pieces", test_cut_in_pieces);
  g_test_add_func ("/sim-tcp/refused", test_refused);
  g_test_add_func ("/sim-tcp/dial-into-silence", test_dial_into_silence);
  g_test_add_func ("/sim-tcp/dial-is-repeated", test_dial_is_repeated);
  g_test_add_func ("/sim-tcp/third-step-in-data", test_third_step_in_data);
  g_test_add_func ("/sim-tcp/data-into-silence", test_data_into_silence);
  g_test_add_func ("/sim-tcp/heal", test_heal);
  g_test_add_func ("/sim-tcp/lost-answer", test_lost_answer);
  g_test_add_func ("/sim-tcp/writing-on-into-silence", test_writing_on_into_silence);
  g_test_add_func ("/sim-tcp/keepalive-into-silence", test_keepalive_into_silence);
  g_test_add_func ("/sim-tcp/keepalive-phase", test_keepalive_phase);
  g_test_add_func ("/sim-tcp/keepalive-healed", test_keepalive_healed);
  g_test_add_func ("/sim-tcp/window", test_window);
  g_test_add_func ("/sim-tcp/window-and-cut", test_window_and_cut);
  g_test_add_func ("/sim-tcp/short-write", test_short_write);
  g_test_add_func ("/sim-tcp/each-loss-for-itself", test_each_loss_for_itself);
  g_test_add_func ("/sim-tcp/lost-bytes-fill-the-buffer", test_lost_bytes_fill_the_buffer);
  g_test_add_func ("/sim-tcp/loss", test_loss);
  g_test_add_func ("/sim-tcp/seed", test_seed);
  return g_test_run ();
}
