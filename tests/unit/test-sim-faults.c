/* What can be done to programs, clocks and ways of the simulated world, to the microsecond. */

#include "sim-story.h"

/* --- Paused processes --- */

static void
test_pause_kernel (void)
{
  g_test_summary (
      "ruth is paused.  Her kernel takes what its buffer has room for and no more; when "
      "she goes on she hears it all, in order, and rain can write the rest.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (200000);

  story_meet (story);
  sim_process_pause (story->ruth.process);
  story->rain.bytes = bytes;
  story->rain.left = 200000;
  person_write (&story->rain);
  story_run (story, 5 * SECONDS);
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
  /* A window of 64 KiB lies with her kernel, and as much waits with his. */
  g_assert_cmpuint (200000 - story->rain.left, ==, 2 * 65536);
  sim_process_resume (story->ruth.process);
  story_run (story, 10 * SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, 5 * SECONDS);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 200000);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
}

static void
test_pause_long (void)
{
  g_test_summary ("Ten hours of a paused peer break nothing, neither what has bytes waiting nor "
                  "keepalive: her kernel answers.");

  g_autoptr (Story) story = story_new (1);
  g_autofree uint8_t *bytes = story_bytes (200000);

  story_meet (story);
  sim_process_pause (story->ruth.process);
  story->rain.bytes = bytes;
  story->rain.left = 200000;
  person_write (&story->rain);
  story_run (story, 36000 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
  sim_process_resume (story->ruth.process);
  story_run (story, 36010 * SECONDS);
  g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 200000);
}

static void
test_pause_end (void)
{
  g_test_summary (
      "What a paused process was sent before the end, and the end itself, it hears when "
      "it goes on; a reset, too.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_process_pause (story->ruth.process);
  say (&story->rain, "by the way");
  aemp_stream_end (story->rain.stream);
  story_run (story, SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, NEVER);
  g_assert_cmpint (story->ruth.ended_us, ==, NEVER);
  sim_process_resume (story->ruth.process);
  story_run (story, 2 * SECONDS);
  assert_heard (&story->ruth, "by the way");
  g_assert_cmpint (story->ruth.first_us, ==, SECONDS);
  g_assert_cmpint (story->ruth.ended_us, >=, SECONDS);
  g_assert_cmpint (story->ruth.ended_us, <=, SECONDS + 100);

  sim_process_pause (story->ruth.process);
  sim_path_reset (story->rain.host, story->ruth.host);
  story_run (story, 3 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 2 * SECONDS + 5 * MS);
  g_assert_cmpint (story->ruth.closed_us, ==, NEVER);
  sim_process_resume (story->ruth.process);
  story_run (story, 4 * SECONDS);
  g_assert_cmpint (story->ruth.closed_us, ==, 3 * SECONDS);
  g_assert_cmpint (story->ruth.closed_number, ==, EPIPE);
}

static void
test_pause_accept (void)
{
  g_test_summary ("A paused process's kernel completes connections and takes what is said on them; "
                  "the program accepts when it goes on, and hears.");

  g_autoptr (Story) story = story_new (1);

  story->rain.greeting = "anybody in?";
  person_listen (&story->ruth);
  sim_process_pause (story->ruth.process);
  person_dial (&story->rain, &story->ruth);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.opened_us, ==, 10 * MS);
  g_assert_cmpint (story->ruth.opened_us, ==, NEVER);
  sim_process_resume (story->ruth.process);
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->ruth.opened_us, ==, SECONDS);
  g_assert_cmpint (story->ruth.first_us, ==, SECONDS);
  assert_heard (&story->ruth, "anybody in?");
  say (&story->ruth, "yes");
  story_run (story, 3 * SECONDS);
  assert_heard (&story->rain, "yes");
}

static void
test_pause_dial (void)
{
  g_test_summary (
      "Who is paused while dialing is connected all the same, and hears of that later.");

  g_autoptr (Story) story = story_new (1);

  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  sim_process_pause (story->rain.process);
  story->ruth.greeting = "hello";
  story_run (story, SECONDS);
  g_assert_cmpint (story->ruth.opened_us, ==, 15 * MS);
  g_assert_cmpint (story->rain.opened_us, ==, NEVER);
  sim_process_resume (story->rain.process);
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->rain.opened_us, ==, SECONDS);
  g_assert_cmpint (story->rain.first_us, ==, SECONDS);
  assert_heard (&story->rain, "hello");
}

#define DIALERS 200

static unsigned
count_open (SimWorld *world, AempStream **streams, int64_t *opened_us)
{
  unsigned count = 0;

  for (unsigned i = 0; i < DIALERS; i++)
    count += opened_us[i] != NEVER;
  return count;
}

static void
note_opened (AempStream *stream, void *user_data)
{
  *(int64_t *)user_data = aemp_env_now_us (stream->env);
}

static void
note_closed (AempStream *stream, const GError *error, void *user_data)
{
  *(int64_t *)user_data = NEVER;
}

static void
test_pause_backlog (void)
{
  g_test_summary (
      "200 dial a paused listener: 129 wait in its backlog, the others hear nothing and "
      "ask again.  When the listener's process is killed all of them are turned away.");

  static const AempStreamEvents events = { .opened = note_opened, .closed = note_closed };
  g_autoptr (Story) story = story_new (1);
  AempStream *streams[DIALERS];
  int64_t opened_us[DIALERS];
  g_autofree char *address = g_strconcat (sim_host_address (story->ruth.host), ":4040", NULL);

  person_listen (&story->ruth);
  sim_process_pause (story->ruth.process);
  for (unsigned i = 0; i < DIALERS; i++)
    {
      opened_us[i] = NEVER;
      streams[i] = aemp_env_connect (story->rain.env, address, &events, &opened_us[i]);
      story_run (story, 20 * MS * (i + 1));
    }
  story_run (story, 60 * SECONDS);
  g_assert_cmpuint (count_open (story->world, streams, opened_us), ==, 129);
  sim_process_kill (story->ruth.process);
  story_run (story, 200 * SECONDS);
  g_assert_cmpuint (count_open (story->world, streams, opened_us), ==, 0);
  for (unsigned i = 0; i < DIALERS; i++)
    aemp_stream_close (streams[i]);
}

typedef struct
{
  Story *story;
  const char *name;
  AempTimer *timer;
} Alarm;

static void
ring (AempTimer *timer, void *user_data)
{
  Alarm *alarm = user_data;

  g_string_append_printf (alarm->story->log, "%" G_GINT64_FORMAT " %s\n",
                          aemp_env_now_us (alarm->story->rain.env), alarm->name);
}

static void
set_alarm (Alarm *alarm, Story *story, const char *name, int64_t delay_us)
{
  *alarm = (Alarm){ story, name, aemp_timer_new (story->rain.env, ring, alarm) };
  aemp_timer_start (alarm->timer, delay_us);
}

static void
test_pause_timers (void)
{
  g_test_summary ("Timers of a paused process that come due fire when it goes on, in the order in "
                  "which they came due; the others at their time.");

  g_autoptr (Story) story = story_new (1);
  Alarm late, third, first, second;

  set_alarm (&late, story, "late", 11 * SECONDS);
  set_alarm (&third, story, "third", 9 * SECONDS);
  set_alarm (&first, story, "first", 2 * SECONDS);
  set_alarm (&second, story, "second", 2 * SECONDS);
  story_run (story, SECONDS);
  sim_process_pause (story->rain.process);
  story_run (story, 10 * SECONDS);
  g_assert_cmpstr (story->log->str, ==, "");
  sim_process_resume (story->rain.process);
  story_run (story, 20 * SECONDS);
  g_assert_cmpstr (story->log->str, ==,
                   "10000000 first\n10000000 second\n10000000 third\n11000000 late\n");
}

static void
note_resolved (AempResolution *resolution, const char *const *addresses, const GError *error,
               void *user_data)
{
  *(int64_t *)user_data = addresses ? aemp_env_now_us (resolution->env) : NEVER;
}

static void
test_pause_lookup (void)
{
  g_test_summary ("The answer to a question for a name waits for who asked.");

  g_autoptr (Story) story = story_new (1);
  int64_t resolved_us = NEVER;
  AempResolution *resolution
      = aemp_env_resolve (story->rain.env, "ruth:4040", note_resolved, &resolved_us);

  sim_process_pause (story->rain.process);
  story_run (story, SECONDS);
  g_assert_cmpint (resolved_us, ==, NEVER);
  sim_process_resume (story->rain.process);
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (resolved_us, ==, SECONDS);
  aemp_resolution_free (resolution);
}

static void
test_pause_killed (void)
{
  g_test_summary ("A process that is killed while it is paused never hears anything; its kernel "
                  "resets what has bytes unread.");

  g_autoptr (Story) story = story_new (1);
  Alarm alarm;

  story_meet (story);
  set_alarm (&alarm, story, "never", 2 * SECONDS);
  say (&story->ruth, "too late");
  sim_process_pause (story->rain.process);
  story_run (story, 3 * SECONDS);
  g_string_truncate (story->log, 0);
  sim_process_kill (story->rain.process);
  sim_process_free (story->rain.process);
  story_run (story, 4 * SECONDS);
  g_assert_cmpint (story->ruth.closed_us, ==, 3 * SECONDS + 5 * MS);
  g_assert_cmpint (story->ruth.closed_number, ==, ECONNRESET); /* bytes were unread */
  g_assert_cmpint (story->rain.first_us, ==, NEVER);
}

/* --- Cuts that refuse --- */

static void
test_refuse_connect (void)
{
  g_test_summary ("rain dials through a cut that refuses: refused after 5 ms, and ruth hears "
                  "nothing.  From the other side it is her answer that is stopped, so rain has "
                  "to give up by himself.");

  g_autoptr (Story) story = story_new (1);

  person_listen (&story->ruth);
  sim_path_refuse (story->rain.host, story->ruth.host);
  person_dial (&story->rain, &story->ruth);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 5 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNREFUSED);
  g_assert_cmpint (story->ruth.opened_us, ==, NEVER);

  sim_path_heal (story->rain.host, story->ruth.host);
  sim_path_refuse (story->ruth.host, story->rain.host);
  person_close (&story->rain);
  story->rain.closed_us = NEVER;
  person_dial (&story->rain, &story->ruth);
  story_run (story, 300 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 128 * SECONDS);
  g_assert_cmpint (story->rain.closed_number, ==, ETIMEDOUT);
  g_assert_cmpint (story->ruth.opened_us, ==, NEVER);
}

static void
test_refuse_data (void)
{
  g_test_summary ("A connection that is up feels nothing of a cut that refuses until something is "
                  "sent: then who sends is reset, and the other side has half a connection, which "
                  "keepalive finds.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_refuse (story->rain.host, story->ruth.host);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, NEVER);
  say (&story->rain, "hello?");
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, SECONDS + 5 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
  sim_path_heal (story->rain.host, story->ruth.host);
  story_run (story, 10000 * SECONDS);
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
  g_assert_cmpint (story->ruth.closed_us, >=, 7200 * SECONDS);
  g_assert_cmpint (story->ruth.closed_us, <=, 7201 * SECONDS);
  g_assert_cmpint (story->ruth.closed_number, ==, ECONNRESET);
}

static void
test_refuse_acknowledgement (void)
{
  g_test_summary ("What ruth sends arrives; it is rain's acknowledgement that is stopped, and rain "
                  "is reset.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  sim_path_refuse (story->rain.host, story->ruth.host);
  say (&story->ruth, "do you hear me?");
  story_run (story, SECONDS);
  assert_heard (&story->rain, "do you hear me?");
  g_assert_cmpint (story->rain.first_us, ==, 20 * MS);
  g_assert_cmpint (story->rain.closed_us, ==, 25 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
  g_assert_cmpint (story->ruth.closed_us, ==, NEVER);
}

static void
test_refuse_both (void)
{
  g_test_summary ("Cut both ways, refusing: what is on its way is lost, and the next packet, which "
                  "is its repetition, gets the reset; each side is told when it sends.");

  g_autoptr (Story) story = story_new (1);

  story_meet (story);
  say (&story->rain, "on its way");
  sim_path_refuse (story->rain.host, story->ruth.host);
  sim_path_refuse (story->ruth.host, story->rain.host);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 15 * MS + 210 * MS + 5 * MS);
  g_assert_cmpint (story->rain.closed_number, ==, ECONNRESET);
  g_assert_cmpint (story->ruth.closed_us, ==, NEVER);
  say (&story->ruth, "rain?");
  story_run (story, 2 * SECONDS);
  g_assert_cmpint (story->ruth.closed_us, ==, SECONDS + 5 * MS);
  g_assert_cmpuint (story->ruth.received->len, ==, 0);
}

static void
test_refuse_then_silent (void)
{
  g_test_summary (
      "A reset of the cut's own is not lost when the way back is cut, too; and when the "
      "cut becomes a silent one, there are no more resets.");

  g_autoptr (Story) story = story_new (1);

  person_listen (&story->ruth);
  sim_path_refuse (story->rain.host, story->ruth.host);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 2 * MS);
  sim_path_cut (story->ruth.host, story->rain.host);
  story_run (story, SECONDS);
  g_assert_cmpint (story->rain.closed_us, ==, 5 * MS);
  person_close (&story->rain);
  story->rain.closed_us = NEVER;
  sim_path_cut (story->rain.host, story->ruth.host);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 300 * SECONDS);
  g_assert_cmpint (story->rain.closed_number, ==, ETIMEDOUT);
}

/* --- Clocks --- */

#define HOUR (3600 * SECONDS)

static void
test_clock_jump (void)
{
  g_test_summary (
      "The clock on the wall jumps and is set wrong and right again; the monotonic clock "
      "and the timers know nothing of it, nor does the neighbour's wall.");

  g_autoptr (Story) story = story_new (1);
  AempEnv *rain = story->rain.env;
  AempEnv *ruth = story->ruth.env;
  Alarm alarm;
  int64_t begin_us = aemp_env_wall_us (rain);

  set_alarm (&alarm, story, "tea", 10 * SECONDS);
  story_run (story, SECONDS);
  sim_clock_jump (story->rain.host, -HOUR);
  g_assert_cmpint (aemp_env_wall_us (rain), ==, begin_us + SECONDS - HOUR);
  g_assert_cmpint (aemp_env_wall_us (ruth), ==, begin_us + SECONDS);
  g_assert_cmpint (aemp_env_now_us (rain), ==, SECONDS);
  sim_clock_jump (story->rain.host, 5);
  g_assert_cmpint (aemp_env_wall_us (rain), ==, begin_us + SECONDS - HOUR + 5);
  sim_clock_set_offset (story->rain.host, 250 * MS);
  story_run (story, 20 * SECONDS);
  g_assert_cmpint (aemp_env_wall_us (rain), ==, begin_us + 20 * SECONDS + 250 * MS);
  sim_clock_set_offset (story->rain.host, 0);
  g_assert_cmpint (aemp_env_wall_us (rain), ==, aemp_env_wall_us (ruth));
  g_assert_cmpstr (story->log->str, ==, "10000000 tea\n");
}

static void
test_clock_drift (void)
{
  g_test_summary (
      "A clock that is 1% too fast is 36 s ahead after an hour, one that is 1% too slow "
      "36 s behind; when they are right again the differences stay.");

  g_autoptr (Story) story = story_new (1);
  AempEnv *rain = story->rain.env;
  AempEnv *ruth = story->ruth.env;
  int64_t begin_us = aemp_env_wall_us (rain);

  sim_clock_drift (story->rain.host, 10000);
  sim_clock_drift (story->ruth.host, -10000);
  story_run (story, HOUR);
  g_assert_cmpint (aemp_env_now_us (rain), ==, HOUR + 36 * SECONDS);
  g_assert_cmpint (aemp_env_now_us (ruth), ==, HOUR - 36 * SECONDS);
  g_assert_cmpint (aemp_env_wall_us (rain), ==, begin_us + HOUR + 36 * SECONDS);
  sim_clock_drift (story->rain.host, 0);
  sim_clock_drift (story->ruth.host, 0);
  story_run (story, 2 * HOUR);
  g_assert_cmpint (aemp_env_now_us (rain), ==, 2 * HOUR + 36 * SECONDS);
  g_assert_cmpint (aemp_env_now_us (ruth), ==, 2 * HOUR - 36 * SECONDS);
  sim_clock_set_offset (story->rain.host, 0);
  g_assert_cmpint (aemp_env_wall_us (rain), ==, begin_us + 2 * HOUR);
}

static void
note_time (AempTimer *timer, void *user_data)
{
  Story *story = user_data;

  g_string_append_printf (story->log, "%" G_GINT64_FORMAT " is %" G_GINT64_FORMAT "\n",
                          sim_world_now_us (story->world), aemp_env_now_us (story->rain.env));
}

static void
test_clock_timers (void)
{
  g_test_summary ("Timers keep to their host's clock: one that is 10% fast fires after 9.090910 s "
                  "of 10, and not a moment before its clock says so.  A change of the drift counts "
                  "for those that run, also while their process is paused.");

  g_autoptr (Story) story = story_new (1);
  AempTimer *first = aemp_timer_new (story->rain.env, note_time, story);
  AempTimer *second = aemp_timer_new (story->rain.env, note_time, story);
  AempTimer *third = aemp_timer_new (story->rain.env, note_time, story);

  sim_clock_drift (story->rain.host, 100000);
  aemp_timer_start (first, 10 * SECONDS);
  aemp_timer_start (second, 22 * SECONDS);
  aemp_timer_start (third, 44 * SECONDS);
  story_run (story, 10 * SECONDS);
  g_assert_cmpstr (story->log->str, ==, "9090910 is 10000001\n");
  sim_clock_drift (story->rain.host, -100000); /* it says 11 s; 11 more take 12.222223 s */
  story_run (story, 30 * SECONDS);
  g_assert_cmpstr (story->log->str, ==, "9090910 is 10000001\n22222223 is 22000000\n");
  sim_process_pause (story->rain.process);
  sim_clock_drift (story->rain.host, 0); /* it says 29 s: 15 more */
  story_run (story, 40 * SECONDS);
  sim_process_resume (story->rain.process);
  story_run (story, 60 * SECONDS);
  g_assert_cmpstr (story->log->str, ==,
                   "9090910 is 10000001\n22222223 is 22000000\n45000000 is 44000000\n");
}

static void
test_clock_never_back (void)
{
  g_test_summary ("However the drift changes, the monotonic clock never goes back, and a timer "
                  "never fires before its time, nor more than one tick after it.");

  g_autoptr (Story) story = story_new (1);
  SimLuck luck = sim_luck (1, "drift");
  AempTimer *timer = aemp_timer_new (story->rain.env, note_time, story);
  int64_t before_us = 0;

  for (unsigned i = 0; i < 2000; i++)
    {
      int64_t wait_us = sim_luck_between (luck, 2 * i, 0, 3 * SECONDS);

      sim_clock_drift (
          story->rain.host,
          (int32_t)sim_luck_between (luck, 2 * i + 1, -SIM_DRIFT_MAX_PPM, SIM_DRIFT_MAX_PPM));
      g_assert_cmpint (aemp_env_now_us (story->rain.env), >=, before_us);
      g_string_truncate (story->log, 0);
      aemp_timer_start (timer, wait_us);
      before_us = aemp_env_now_us (story->rain.env) + wait_us;
      story_run (story, sim_world_now_us (story->world) + 4 * SECONDS);
      g_assert_cmpint (g_ascii_strtoll (strstr (story->log->str, "is ") + 3, NULL, 10) - before_us,
                       >=, 0);
      g_assert_cmpint (g_ascii_strtoll (strstr (story->log->str, "is ") + 3, NULL, 10) - before_us,
                       <=, 1);
    }
}

static void
test_clock_far (void)
{
  g_test_summary ("A hundred years with a wrong clock overflow nothing, and a timer that is to "
                  "fire never is not in the way.");

  g_autoptr (Story) story = story_new (1);
  AempTimer *timer = aemp_timer_new (story->rain.env, note_time, story);

  sim_clock_drift (story->rain.host, -100000);
  aemp_timer_start (timer, G_MAXINT64);
  story_run (story, 876000 * HOUR);
  g_assert_cmpint (aemp_env_now_us (story->rain.env), ==, 788400 * HOUR);
  sim_clock_drift (story->rain.host, 100000);
  story_run (story, 2 * 876000 * HOUR);
  g_assert_cmpint (aemp_env_now_us (story->rain.env), ==, (788400 + 963600) * HOUR);
  g_assert_cmpstr (story->log->str, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-faults/pause/kernel", test_pause_kernel);
  g_test_add_func ("/sim-faults/pause/long", test_pause_long);
  g_test_add_func ("/sim-faults/pause/end", test_pause_end);
  g_test_add_func ("/sim-faults/pause/accept", test_pause_accept);
  g_test_add_func ("/sim-faults/pause/dial", test_pause_dial);
  g_test_add_func ("/sim-faults/pause/backlog", test_pause_backlog);
  g_test_add_func ("/sim-faults/pause/timers", test_pause_timers);
  g_test_add_func ("/sim-faults/pause/lookup", test_pause_lookup);
  g_test_add_func ("/sim-faults/pause/killed", test_pause_killed);
  g_test_add_func ("/sim-faults/refuse/connect", test_refuse_connect);
  g_test_add_func ("/sim-faults/refuse/data", test_refuse_data);
  g_test_add_func ("/sim-faults/refuse/acknowledgement", test_refuse_acknowledgement);
  g_test_add_func ("/sim-faults/refuse/both", test_refuse_both);
  g_test_add_func ("/sim-faults/refuse/then-silent", test_refuse_then_silent);
  g_test_add_func ("/sim-faults/clock/jump", test_clock_jump);
  g_test_add_func ("/sim-faults/clock/drift", test_clock_drift);
  g_test_add_func ("/sim-faults/clock/timers", test_clock_timers);
  g_test_add_func ("/sim-faults/clock/never-back", test_clock_never_back);
  g_test_add_func ("/sim-faults/clock/far", test_clock_far);
  return g_test_run ();
}
