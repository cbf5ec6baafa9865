/* tests/world/stories-timers.c - time. */
#include "suite.h"

#define MS 1000

static void
order (Story *story)
{
  const int64_t delays_ms[] = { 30, 10, 20, 10, 0, 25, 10 };
  const unsigned expected[] = { 4, 1, 3, 6, 2, 5, 0 };
  Alarm alarms[G_N_ELEMENTS (delays_ms)];
  int64_t begin_us = aemp_env_now_us (story_env (story, 0));

  for (unsigned i = 0; i < G_N_ELEMENTS (alarms); i++)
    alarm_init (&alarms[i], story, 0, NULL, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (alarms); i++)
    alarm_start (&alarms[i], delays_ms[i] * MS);
  story_until (story, &alarms[0].rang);
  for (unsigned i = 0; i < G_N_ELEMENTS (alarms); i++)
    {
      g_assert_cmpuint (alarms[expected[i]].place, ==, i + 1);
      g_assert_cmpint (alarms[i].fired_us - begin_us, >=, delays_ms[i] * MS);
      alarm_clear (&alarms[i]);
    }
}

/* Enough of them, and started in disorder, to reach every corner of a heap. */
#define MANY 500

static void
note_order (Alarm *alarm)
{
  int64_t *last_us = alarm->hook_data;

  g_assert_cmpint (alarm->fired_us, >=, *last_us);
  *last_us = alarm->fired_us;
}

static void
many (Story *story)
{
  g_autofree Alarm *alarms = g_new0 (Alarm, MANY);
  g_autofree bool *runs = g_new0 (bool, MANY);
  int64_t last_us = 0;
  unsigned running = 0;

  for (unsigned i = 0; i < MANY; i++)
    alarm_init (&alarms[i], story, 0, note_order, &last_us);
  for (unsigned i = 0; i < 4 * MANY; i++)
    {
      unsigned which = story_luck (story, MANY);

      runs[which] = story_luck (story, 4) != 0;
      if (runs[which])
        alarm_start (&alarms[which], story_luck (story, 50 * MS));
      else
        DO (story, aemp_timer_stop (alarms[which].timer));
    }
  for (unsigned i = 0; i < MANY; i += 7)
    {
      alarm_clear (&alarms[i]);
      runs[i] = false;
    }
  for (unsigned i = 0; i < MANY; i++)
    running += runs[i];
  g_assert_cmpuint (running, >, MANY / 2);
  story_until_count (story, &story->callbacks, running);
  story_wait (story, 60 * MS);
  for (unsigned i = 0; i < MANY; i++)
    {
      g_assert_cmpuint (alarms[i].fired, ==, runs[i]);
      alarm_clear (&alarms[i]);
    }
}

static void
restart (Story *story)
{
  Alarm later;
  Alarm earlier;
  Alarm stopped;
  Alarm again;
  int64_t begin_us = aemp_env_now_us (story_env (story, 0));

  alarm_init (&later, story, 0, NULL, NULL);
  alarm_init (&earlier, story, 0, NULL, NULL);
  alarm_init (&stopped, story, 0, NULL, NULL);
  alarm_init (&again, story, 0, NULL, NULL);
  alarm_start (&later, 5 * MS);
  alarm_start (&later, 40 * MS);
  alarm_start (&earlier, (int64_t)3600 * G_USEC_PER_SEC);
  alarm_start (&earlier, 20 * MS);
  alarm_start (&stopped, 10 * MS);
  DO (story, aemp_timer_stop (stopped.timer));
  alarm_start (&again, 10 * MS);
  DO (story, aemp_timer_stop (again.timer));
  alarm_start (&again, 30 * MS);
  story_until (story, &later.rang);
  story_wait (story, 20 * MS);
  g_assert_cmpuint (later.fired, ==, 1);
  g_assert_cmpuint (earlier.fired, ==, 1);
  g_assert_cmpuint (stopped.fired, ==, 0);
  g_assert_cmpuint (again.fired, ==, 1);
  g_assert_cmpuint (earlier.place, ==, 1);
  g_assert_cmpuint (again.place, ==, 2);
  g_assert_cmpint (later.fired_us - begin_us, >=, 40 * MS);
  alarm_clear (&later);
  alarm_clear (&earlier);
  alarm_clear (&stopped);
  alarm_clear (&again);
}

static void
restart_self (Alarm *alarm)
{
  if (alarm->fired < 5)
    alarm_start (alarm, 2 * MS);
}

static void
stop_self (Alarm *alarm)
{
  alarm_start (alarm, 0);
  DO (alarm->story, aemp_timer_stop (alarm->timer));
}

static void
clear_self_and_other (Alarm *alarm)
{
  alarm_clear (alarm);
  alarm_clear (alarm->hook_data);
}

static void
own_callback (Story *story)
{
  Alarm repeating;
  Alarm stopping;
  Alarm victim;
  Alarm clearing;

  alarm_init (&repeating, story, 0, restart_self, NULL);
  alarm_init (&stopping, story, 0, stop_self, NULL);
  alarm_init (&victim, story, 0, NULL, NULL);
  alarm_init (&clearing, story, 0, clear_self_and_other, &victim);
  alarm_start (&stopping, 1 * MS);
  alarm_start (&clearing, 1 * MS);
  alarm_start (&victim, 1 * MS);
  alarm_start (&repeating, 1 * MS);
  story_until_count (story, &repeating.fired, 5);
  story_wait (story, 10 * MS);
  g_assert_cmpuint (repeating.fired, ==, 5);
  g_assert_cmpuint (stopping.fired, ==, 1);
  g_assert_cmpuint (clearing.fired, ==, 1);
  g_assert_cmpuint (victim.fired, ==, 0);
  alarm_clear (&repeating);
  alarm_clear (&stopping);
}

static void
restart_at_once (Alarm *alarm)
{
  if (alarm->fired < 1000)
    alarm_start (alarm, 0);
}

static void
zero_delay (Story *story)
{
  Alarm chain;
  Alarm other;

  alarm_init (&chain, story, 0, restart_at_once, NULL);
  alarm_init (&other, story, 0, NULL, NULL);
  alarm_start (&chain, 0);
  alarm_start (&other, 0);
  g_assert_false (chain.rang);
  story_until_count (story, &chain.fired, 1000);
  g_assert_cmpuint (other.place, ==, 2); /* the chain did not push in front */
  alarm_clear (&chain);
  alarm_clear (&other);
}

static void
odd_delays (Story *story)
{
  Alarm negative;
  Alarm endless;

  alarm_init (&negative, story, 0, NULL, NULL);
  alarm_init (&endless, story, 0, NULL, NULL);
  alarm_start (&endless, INT64_MAX);
  alarm_start (&negative, -5);
  story_until (story, &negative.rang);
  story_wait (story, 5 * MS);
  g_assert_false (endless.rang);
  alarm_clear (&negative);
  alarm_clear (&endless);
}

static void
take_time (Alarm *alarm)
{
  AempEnv *env = alarm->timer->env;
  int64_t began_us = aemp_env_now_us (env);
  int64_t until_us = g_get_monotonic_time () + 3 * MS;

  while (g_get_monotonic_time () < until_us)
    g_assert_cmpint (aemp_env_now_us (env), ==, began_us);
  alarm_start (alarm->hook_data, 10 * MS);
}

static void
clock_stands_still (Story *story)
{
  AempEnv *env = story_env (story, 0);
  Alarm slow;
  Alarm next;
  int64_t wall_us = aemp_env_wall_us (env);

  alarm_init (&next, story, 0, NULL, NULL);
  alarm_init (&slow, story, 0, take_time, &next);
  alarm_start (&slow, 1 * MS);
  story_until (story, &next.rang);
  g_assert_cmpint (next.fired_us - slow.fired_us, >=, 10 * MS);
  g_assert_cmpint (aemp_env_now_us (env), >=, next.fired_us);
  g_assert_cmpint (aemp_env_wall_us (env), >=, wall_us);
  g_assert_cmpint (wall_us, >, 0);
  alarm_clear (&slow);
  alarm_clear (&next);
}

const StoryEntry timer_stories[] = {
  { "/timers/order",
    "Timers are started in disorder, some for one and the same time.  They fire by deadline, "
    "those of one deadline in the order of their starts, and none too early.",
    order },
  { "/timers/many",
    "Hundreds of timers are started, restarted, stopped and freed at random.  Those that "
    "run in the end fire once each, in order.",
    many },
  { "/timers/restart",
    "A restart moves the deadline, to either side; a stopped timer stays silent until it is "
    "started again.",
    restart },
  { "/timers/own-callback",
    "Timers restart, stop and free themselves and others in their callbacks; one that was "
    "freed when already due does not fire.",
    own_callback },
  { "/timers/zero-delay",
    "A timer without delay does not fire inside the call, and a chain of them keeps no "
    "other waiting.",
    zero_delay },
  { "/timers/odd-delays", "A negative delay is none; one of 292,000 years does not wrap around.",
    odd_delays },
  { "/timers/clock-stands-still",
    "A callback that takes long sees one time, and counts its delays from there.",
    clock_stands_still },
  { 0 },
};
