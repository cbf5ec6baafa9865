/* The queue: one total order, against an oracle that sorts. */

#include "sim/queue.h"

#include <stdlib.h>

typedef struct
{
  SimEvent event;
  bool expected; /* to come up */
  int64_t time_us;
  uint64_t order; /* in which it was asked for */
} Thing;

static void
play_nothing (SimEvent *event)
{
}

static uint64_t
turn (const Thing *thing)
{
  SimLuck luck = { .key = thing->event.host_key };

  return luck.key == SIM_WORLD_KEY ? 0 : sim_luck_draw (luck, (uint64_t)thing->time_us) | 1;
}

static bool
is_before (const Thing *one, const Thing *other)
{
  if (one->time_us != other->time_us)
    return one->time_us < other->time_us;
  if (turn (one) != turn (other))
    return turn (one) < turn (other);
  return one->order < other->order;
}

/* What the queue should give next: found by looking at every thing. */
static Thing *
next_of_all (Thing *things, unsigned count, int64_t until_us)
{
  Thing *first = NULL;

  for (unsigned i = 0; i < count; i++)
    if (things[i].expected && things[i].time_us <= until_us
        && (!first || is_before (&things[i], first)))
      first = &things[i];
  return first;
}

/* Delays of all sizes: often none, and now and then hours. */
static int64_t
draw_delay (SimLuck luck, uint64_t step)
{
  unsigned bits = (unsigned)sim_luck_between (sim_luck_below (luck, "bits"), step, 0, 40);

  if (sim_luck_chance (sim_luck_below (luck, "soon"), step, 400000))
    return sim_luck_between (sim_luck_below (luck, "delay"), step, 0, 3);
  return sim_luck_between (sim_luck_below (luck, "delay"), step, 0, (INT64_C (1) << bits) - 1);
}

static void
play_randomly (uint64_t seed, unsigned count, unsigned steps)
{
  SimLuck luck = sim_luck (seed, "queue");
  SimLuck which = sim_luck_below (luck, "which"), what = sim_luck_below (luck, "what");
  g_autoptr (SimQueue) queue = sim_queue_new ();
  g_autofree Thing *things = g_new0 (Thing, count);
  int64_t now_us = 0;
  uint64_t order = 0;

  for (unsigned i = 0; i < count; i++)
    {
      things[i].event.play = play_nothing;
      things[i].event.host_key = i % 7 == 0 ? SIM_WORLD_KEY : sim_luck_number (luck, i % 5).key;
    }
  for (unsigned step = 0; step < steps; step++)
    {
      Thing *thing = &things[sim_luck_between (which, step, 0, count - 1)];
      int64_t choice = sim_luck_between (what, step, 0, 9);

      if (choice < 5)
        {
          thing->expected = true;
          thing->time_us = now_us + draw_delay (luck, step);
          thing->order = order++;
          sim_queue_add (queue, &thing->event, thing->time_us);
        }
      else if (choice < 6)
        {
          thing->expected = false;
          sim_queue_remove (queue, &thing->event);
        }
      else
        {
          int64_t until_us = choice < 7 ? now_us + draw_delay (luck, step) : INT64_MAX;
          Thing *expected = next_of_all (things, count, until_us);
          SimEvent *event = sim_queue_take (queue, until_us);

          g_assert_true (event == (expected ? &expected->event : NULL));
          if (expected)
            {
              g_assert_cmpint (event->due_us, ==, expected->time_us);
              now_us = expected->time_us;
              expected->expected = false;
            }
          else if (until_us < INT64_MAX)
            now_us = until_us;
        }
      g_assert_true (sim_event_is_queued (&thing->event) == thing->expected);
    }
}

static void
test_oracle (void)
{
  g_test_summary ("Events are added, moved, removed and taken at random: always the one comes up "
                  "that a search through all of them finds.");

  for (uint64_t seed = 1; seed <= 200; seed++)
    {
      play_randomly (seed, 5, 2000);
      play_randomly (seed, 60, 10000);
    }
}

static int
compare_things (const void *one, const void *other)
{
  return is_before (one, other) ? -1 : 1;
}

static void
test_many (void)
{
  g_test_summary ("A million events, many at one instant, come out as they are sorted.");

  enum
  {
    COUNT = 1000000
  };
  SimLuck luck = sim_luck (1, "many");
  g_autoptr (SimQueue) queue = sim_queue_new ();
  Thing *things = g_new0 (Thing, COUNT);
  Thing *sorted;

  for (unsigned i = 0; i < COUNT; i++)
    {
      things[i].event.play = play_nothing;
      things[i].event.host_key = sim_luck_number (luck, i % 10).key;
      things[i].time_us = sim_luck_between (luck, i, 0, 100000);
      things[i].order = i;
      sim_queue_add (queue, &things[i].event, things[i].time_us);
    }
  sorted = g_memdup2 (things, COUNT * sizeof *things);
  qsort (sorted, COUNT, sizeof *sorted, compare_things);
  for (unsigned i = 0; i < COUNT; i++)
    g_assert_true (sim_queue_take (queue, INT64_MAX) == &things[sorted[i].order].event);
  g_assert_null (sim_queue_take (queue, INT64_MAX));
  g_free (sorted);
  g_free (things);
}

static void
test_turns (void)
{
  g_test_summary ("Two hosts with something to do at each instant take turns, about half of them "
                  "each way, and each keeps its own order.");

  g_autoptr (SimQueue) queue = sim_queue_new ();
  uint64_t keys[2] = { sim_luck (1, "host/rain/order").key, sim_luck (1, "host/ruth/order").key };
  unsigned rain_first = 0;

  for (int64_t time_us = 1; time_us <= 1000; time_us++)
    {
      SimEvent events[2][2] = { 0 };
      SimEvent *taken[4];
      unsigned first;

      for (unsigned i = 0; i < 4; i++)
        {
          events[i % 2][i / 2].host_key = keys[i % 2];
          sim_queue_add (queue, &events[i % 2][i / 2], time_us);
        }
      for (unsigned i = 0; i < 4; i++)
        taken[i] = sim_queue_take (queue, time_us);
      first = taken[0] == &events[0][0] ? 0 : 1;
      rain_first += first == 0;
      g_assert_true (taken[0] == &events[first][0] && taken[1] == &events[first][1]);
      g_assert_true (taken[2] == &events[1 - first][0] && taken[3] == &events[1 - first][1]);
    }
  g_assert_cmpuint (rain_first, >, 400);
  g_assert_cmpuint (rain_first, <, 600);
}

static void
test_restarted (void)
{
  g_test_summary ("A timer that is restarted again and again never comes up, and then at its last "
                  "deadline, behind what was asked for that instant before.");

  g_autoptr (SimQueue) queue = sim_queue_new ();
  SimEvent timer = { .host_key = 1 }, other = { .host_key = 1 };

  for (int64_t now_us = 0; now_us < 100000; now_us += 100)
    {
      sim_queue_add (queue, &timer, now_us + 7000);
      g_assert_null (sim_queue_take (queue, now_us + 99));
    }
  sim_queue_add (queue, &other, 107000);
  sim_queue_add (queue, &timer, 107000);
  g_assert_null (sim_queue_take (queue, 106999));
  g_assert_true (sim_queue_take (queue, 107000) == &other);
  g_assert_true (sim_queue_take (queue, 107000) == &timer);
  g_assert_null (sim_queue_take (queue, INT64_MAX));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/queue/oracle", test_oracle);
  g_test_add_func ("/queue/many", test_many);
  g_test_add_func ("/queue/turns", test_turns);
  g_test_add_func ("/queue/restarted", test_restarted);
  return g_test_run ();
}
