/* tests/unit/test-sim-trouble.c - hosts and ways of the simulated world that are not well for a
 * while: stalls, half-closed connections, slow readers, late accepts, refusals, lookups. */

#include "sim-story.h"

/* --- Stalls --- */

static void
test_stall_one_way (void)
{
  g_test_summary ("What rain sends into a stall ruth hears when it is over, to the microsecond and "
                  "in order; her own words reach him at once.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_stall (story->rain.host, story->ruth.host, 5 * SECONDS);
  say (&story->rain, "one, ");
  say (&story->ruth, "are you there?");
  story_run (story, SECONDS);
  say (&story->rain, "two");
  story_run (story, 5 * SECONDS - 1);
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
  assert_heard (&story->rain, "are you there?");
  g_assert_cmpint (story->rain.first_us, ==, 20 * MS);
  story_run (story, 5 * SECONDS + MS);
  assert_heard (&story->ruth, "one, two");
  g_assert_cmpint (story->ruth.first_us, ==, 5 * SECONDS);
}

static void
test_stall_buffers (void)
{
  g_test_summary ("A stall is acknowledged as far as the receiver's buffer has room: no more is "
                  "taken, nothing breaks in ten hours, and behind it all arrives.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (200000);

  story_meet (story);
  sim_path_stall (story->rain.host, story->ruth.host, 36000 * SECONDS);
  story->rain.bytes = bytes;
  story->rain.left = 200000;
  person_write (&story->rain);
  story_run (story, 36000 * SECONDS - 1);
  g_assert_cmpuint (200000 - story->rain.left, ==, 2 * 65536);
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
  story_run (story, 36010 * SECONDS);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 200000);
}

static void
test_stall_ends (void)
{
  g_test_summary ("An end waits for the end of the stall, behind the bytes before it; a reset does "
                  "not wait.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_stall (story->rain.host, story->ruth.host, 5 * SECONDS);
  say (&story->rain, "good bye");
  aemp_stream_end (story->rain.stream);
  story_run (story, 6 * SECONDS);
  assert_heard (&story->ruth, "good bye");
  g_assert_cmpint (story->ruth.ended_us, >=, 5 * SECONDS);
  g_assert_cmpint (story->ruth.ended_us, <=, 5 * SECONDS + 100);
  sim_path_stall (story->rain.host, story->ruth.host, 10 * SECONDS);
  sim_path_reset (story->rain.host, story->ruth.host);
  story_run (story, 7 * SECONDS);
  g_assert_cmpint (story->ruth.closed_us, ==, 6 * SECONDS + 5 * MS);
}

static void
test_stall_new (void)
{
  g_test_summary ("A connection can be made in a stall, and stalls as well; a new stall sets a new "
                  "end, a host that recovers hears at once.");

  g_autoptr (Story) story = story_new (1);

  story->rain.greeting = "hello";
  person_listen (&story->ruth);
  sim_path_stall (story->rain.host, story->ruth.host, SECONDS);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 500 * MS);
  g_assert_cmpint (story->ruth.opened_us, ==, 15 * MS);
  g_assert_cmpint (story->ruth.first_us, ==, NEVER);
  sim_path_stall (story->rain.host, story->ruth.host, 9 * SECONDS);
  story_run (story, 3 * SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, NEVER);
  sim_host_recover (story->rain.host); /* he is well: it is the way to ruth that is not */
  story_run (story, 4 * SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, NEVER);
  sim_host_recover (story->ruth.host);
  story_run (story, 5 * SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, 4 * SECONDS);
  assert_heard (&story->ruth, "hello");
}

/* --- Half-closed connections --- */

static void
test_half_close (void)
{
  g_test_summary ("rain's kernel ends the connection behind what he wrote.  ruth hears that, then "
                  "the end, and may go on to write, which he hears; he is told when he writes.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  say (&story->rain, "before");
  sim_path_half_close (story->rain.host, story->ruth.host);
  story_run (story, SECONDS);
  assert_heard (&story->ruth, "before");
  g_assert_cmpint (story->ruth.ended_us, ==, 20 * MS);
  say (&story->ruth, "you have ended?");
  story_run (story, 2 * SECONDS);
  assert_heard (&story->rain, "you have ended?");
  g_assert_cmpint (story->rain.ended_us, ==, NEVER);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, (const uint8_t *)"no", 2), ==, 0);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER); /* not from inside the call */
  story_run (story, 3 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 2 * SECONDS);
  g_assert_cmpint (story->rain.closed_number, ==, EPIPE);
  say (&story->ruth, "nobody has that any more");
  story_run (story, 4 * SECONDS);
  g_assert_cmpint (story->ruth.closed_us, ==, 3 * SECONDS + 10 * MS);
  assert_heard (&story->ruth, "before");
}

static void
test_half_close_and_end (void)
{
  g_test_summary ("Who ends by himself what his kernel has ended is well: when the other one ends, "
                  "too, both are done, without an error.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_half_close (story->rain.host, story->ruth.host);
  sim_path_half_close (story->rain.host, story->ruth.host);
  story_run (story, SECONDS);
  aemp_stream_end (story->rain.stream);
  aemp_stream_end (story->ruth.stream);
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->rain.ended_us, ==, SECONDS + 5 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, 0);
  g_assert_cmpint (story->ruth.closed_number, ==, 0);
}

static void
test_half_close_lost (void)
{
  g_test_summary ("An end behind a cut is sent again until the heal.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_cut (story->rain.host, story->ruth.host);
  sim_path_half_close (story->rain.host, story->ruth.host);
  story_run (story, SECONDS);
  g_assert_cmpint (story->ruth.ended_us, ==, NEVER);
  sim_path_heal (story->rain.host, story->ruth.host);
  story_run (story, 5 * SECONDS);
  g_assert_cmpint (story->ruth.ended_us, >, SECONDS);
}

/* --- Slow readers --- */

static void
test_slow (void)
{
  g_test_summary (
      "ruth reads 64 kbit a second: 4 KiB, which take her 512 ms, and so on; when she is "
      "fast again she has the rest at once.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (40000);

  sim_world_tcp_limits (story->world)->short_reads_ppm = 0;
  story_meet (story);
  sim_host_read_slowly (story->ruth.host, 64000, 2 * SECONDS);
  g_string_truncate (story->log, 0);
  g_assert_cmpuint (aemp_stream_write (story->rain.stream, bytes, 40000), ==, 40000);
  story_run (story, 3 * SECONDS);
  g_assert_cmpstr (story->log->str, ==,
                   "20000 ruth receives 4096\n532000 ruth receives 4096\n"
                   "1044000 ruth receives 4096\n1556000 ruth receives 4096\n"
                   "2000000 ruth receives 23616\n");
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 40000);
}

static void
test_slow_stops_writer (void)
{
  g_test_summary ("A slow reader stops who writes: his kernel takes no more than the buffers hold "
                  "and she has read.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (1000000);

  story_meet (story);
  sim_host_read_slowly (story->ruth.host, 80000, 3600 * SECONDS);
  story->rain.bytes = bytes;
  story->rain.left = 1000000;
  person_write (&story->rain);
  story_run (story, 30 * SECONDS);
  g_assert_cmpuint (story->ruth.received->len, >, 290000);
  g_assert_cmpuint (story->ruth.received->len, <, 310000);
  g_assert_cmpuint (1000000 - story->rain.left, <=, story->ruth.received->len + 2 * 65536);
  sim_host_recover (story->ruth.host);
  story_run (story, 31 * SECONDS);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 1000000);
}

/* --- Late accepts, refusals --- */

static void
test_accept_late (void)
{
  g_test_summary ("rain is connected at once, and talks; ruth takes the connection a second later "
                  "and hears it then.");

  g_autoptr (Story) story = story_new (1);

  story->rain.greeting = "anybody?";
  person_listen (&story->ruth);
  sim_host_accept_late (story->ruth.host, SECONDS, SECONDS, 10 * SECONDS);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->rain.opened_us, ==, 10 * MS);
  g_assert_cmpint (story->ruth.opened_us, ==, SECONDS + 15 * MS);
  assert_heard (&story->ruth, "anybody?");
}

static void
test_accept_over (void)
{
  g_test_summary (
      "Whoever still waits is accepted when the time is over, or she recovers, or goes on "
      "after a pause.");

  static const int64_t ends_us[] = { 5 * SECONDS, 3 * SECONDS, 7 * SECONDS };

  for (unsigned i = 0; i < G_N_ELEMENTS (ends_us); i++)
    {
      g_autoptr (Story) story = story_new (1);

      person_listen (&story->ruth);
      sim_host_accept_late (story->ruth.host, 60 * SECONDS, 90 * SECONDS, 5 * SECONDS);
      person_dial (&story->rain, &story->ruth);
      if (i == 2)
        sim_process_pause (story->ruth.process);
      story_run (story, 3 * SECONDS);
      g_assert_cmpint (story->ruth.opened_us, ==, NEVER);
      if (i == 1)
        sim_host_recover (story->ruth.host);
      story_run (story, 7 * SECONDS);
      if (i == 2)
        sim_process_resume (story->ruth.process);
      story_run (story, 8 * SECONDS);
      g_assert_cmpint (story->ruth.opened_us, ==, ends_us[i]);
    }
}

static void
test_refuse (void)
{
  g_test_summary ("ruth refuses who dials, and keeps whom she has; then she listens again.");

  g_autoptr (Story) story = story_new (1);
  AempStream *first;

  story_meet (story);
  first = story->rain.stream;
  sim_host_refuse (story->ruth.host, 5 * SECONDS);
  person_dial (&story->rain, &story->ruth);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 25 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNREFUSED);
  person_close (&story->rain);
  story->rain.stream = first;
  say (&story->rain, "still here");
  story_run (story, 5 * SECONDS);
  assert_heard (&story->ruth, "still here");
  story->rain.closed_us = NEVER;
  person_dial (&story->rain, &story->ruth);
  story_run (story, 6 * SECONDS);
  g_assert_cmpint (story->rain.opened_us, ==, 5 * SECONDS + 10 * MS);
}

/* --- Lookups --- */

typedef struct
{
  int64_t time_us;
  bool found;
} Answer;

static void
note_answer (AempResolution *resolution, const char *const *addresses, const GError *error,
             void *user_data)
{
  Answer *answer = user_data;

  g_assert_true ((addresses != NULL) == (error == NULL));
  answer->time_us = aemp_env_now_us (resolution->env);
  answer->found = addresses != NULL;
}

static Answer
look_up (Story *story, const char *name, int64_t until_us)
{
  Answer answer = { NEVER, false };
  AempResolution *resolution = aemp_env_resolve (story->rain.env, name, note_answer, &answer);

  story_run (story, until_us);
  aemp_resolution_free (resolution);
  return answer;
}

static void
test_lookup_fails (void)
{
  g_test_summary ("While rain's resolver is away he finds no name, but numbers and himself; ruth's "
                  "is another one.  Of half a failure half the names are found.");

  g_autoptr (Story) story = story_new (1);
  unsigned found = 0;

  sim_host_fail_lookups (story->rain.host, 1000000, 5 * SECONDS);
  sim_host_fail_lookups (story->ruth.host, 0, 5 * SECONDS);
  g_assert_false (look_up (story, "ruth:4040", SECONDS).found);
  g_assert_true (look_up (story, "10.0.0.2:4040", 2 * SECONDS).found);
  g_assert_true (look_up (story, "localhost:4040", 3 * SECONDS).found);
  g_assert_false (look_up (story, "ruth:4040", 4 * SECONDS).found);
  story_run (story, 5 * SECONDS);
  g_assert_true (look_up (story, "ruth:4040", 6 * SECONDS).found);
  sim_host_fail_lookups (story->rain.host, 500000, 3600 * SECONDS);
  for (unsigned i = 0; i < 200; i++)
    found += look_up (story, "ruth:4040", 7 * SECONDS + i * 10 * MS).found;
  g_assert_cmpuint (found, >, 70);
  g_assert_cmpuint (found, <, 130);
  sim_host_recover (story->rain.host);
  g_assert_true (look_up (story, "ruth:4040", 10 * SECONDS).found);
}

static void
test_lookup_late (void)
{
  g_test_summary (
      "Lookups take 1 to 2 s, numbers none; one that would take longer than it lasts is "
      "answered at the end of it, or when the host recovers.");

  g_autoptr (Story) story = story_new (1);
  Answer answer;

  sim_host_delay_lookups (story->rain.host, SECONDS, 2 * SECONDS, 10 * SECONDS);
  answer = look_up (story, "ruth:4040", 3 * SECONDS);
  g_assert_true (answer.found);
  g_assert_cmpint (answer.time_us, >=, SECONDS);
  g_assert_cmpint (answer.time_us, <=, 2 * SECONDS);
  g_assert_cmpint (look_up (story, "10.0.0.2:4040", 4 * SECONDS).time_us, ==, 3 * SECONDS);
  sim_host_delay_lookups (story->rain.host, 60 * SECONDS, 60 * SECONDS, 10 * SECONDS);
  g_assert_cmpint (look_up (story, "ruth:4040", 20 * SECONDS).time_us, ==, 10 * SECONDS);

  Answer second = { NEVER, false };
  sim_host_delay_lookups (story->rain.host, 60 * SECONDS, 60 * SECONDS, 90 * SECONDS);
  AempResolution *resolution
      = aemp_env_resolve (story->rain.env, "ruth:4040", note_answer, &second);
  story_run (story, 30 * SECONDS);
  g_assert_cmpint (second.time_us, ==, NEVER);
  sim_host_recover (story->rain.host);
  story_run (story, 31 * SECONDS);
  g_assert_cmpint (second.time_us, ==, 30 * SECONDS);
  aemp_resolution_free (resolution);
}

static void
test_lookup_usual (void)
{
  g_test_summary ("How long names take usually is a setting of the world.");

  g_autoptr (Story) story = story_new (1);

  sim_world_set_lookups (story->world, 700 * MS, 700 * MS);
  g_assert_cmpint (look_up (story, "ruth:4040", SECONDS).time_us, ==, 700 * MS);
}

/* --- Small bites --- */

static void
test_short_writes (void)
{
  g_test_summary ("Every write takes only a part, and `writable` comes at once: all arrives.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (50000);

  sim_world_tcp_limits (story->world)->short_writes_ppm = 1000000;
  story_meet (story);
  story->rain.bytes = bytes;
  story->rain.left = 50000;
  g_assert_cmpuint (person_write (&story->rain), <, 50000);
  story_run (story, SECONDS);
  g_assert_cmpuint (story->rain.left, ==, 0);
  g_assert_cmpuint (story->rain.writables, >=, 3);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 50000);
}

static void
test_short_reads (void)
{
  g_test_summary ("Every delivery comes in pieces; with none, in one.");

  static const uint32_t ppm[] = { 0, 1000000 };
  size_t lines[2];

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (Story) story = story_new (1);

      sim_world_tcp_limits (story->world)->short_reads_ppm = ppm[i];
      story_meet (story);
      g_string_truncate (story->log, 0);
      say (&story->rain, "hello");
      story_run (story, SECONDS);
      assert_heard (&story->ruth, "hello");
      g_auto (GStrv) parts = g_strsplit (story->log->str, "\n", -1);
      lines[i] = g_strv_length (parts) - 1;
    }
  g_assert_cmpuint (lines[0], ==, 1);
  g_assert_cmpuint (lines[1], >, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-trouble/stall/one-way", test_stall_one_way);
  g_test_add_func ("/sim-trouble/stall/buffers", test_stall_buffers);
  g_test_add_func ("/sim-trouble/stall/ends", test_stall_ends);
  g_test_add_func ("/sim-trouble/stall/new", test_stall_new);
  g_test_add_func ("/sim-trouble/half-close/writes", test_half_close);
  g_test_add_func ("/sim-trouble/half-close/ends", test_half_close_and_end);
  g_test_add_func ("/sim-trouble/half-close/lost", test_half_close_lost);
  g_test_add_func ("/sim-trouble/slow/reads", test_slow);
  g_test_add_func ("/sim-trouble/slow/stops-writer", test_slow_stops_writer);
  g_test_add_func ("/sim-trouble/accept/late", test_accept_late);
  g_test_add_func ("/sim-trouble/accept/over", test_accept_over);
  g_test_add_func ("/sim-trouble/refuse", test_refuse);
  g_test_add_func ("/sim-trouble/lookup/fails", test_lookup_fails);
  g_test_add_func ("/sim-trouble/lookup/late", test_lookup_late);
  g_test_add_func ("/sim-trouble/lookup/usual", test_lookup_usual);
  g_test_add_func ("/sim-trouble/short/writes", test_short_writes);
  g_test_add_func ("/sim-trouble/short/reads", test_short_reads);
  return g_test_run ();
}
