/* What is no event, because it cannot matter, makes no difference; and what paths do to segments.
 */

#include "sim-story.h"
#include "sim/network.h"

/* Talk in both directions while the path changes under it; returns what both were told, and when.
 */
typedef enum
{
  LAZY,
  NEVER_CALM, /* lazy, but everything is looked at each time */
  EAGER,
} Mode;

static char *
tell_story (uint64_t seed, Mode mode, const SimPath *path, uint64_t *events)
{
  Story *story = story_new (seed);
  g_autofree uint8_t *bytes = story_bytes (400000);
  SimPath lossy = *path;
  char *log;

  lossy.loss_ppm = 100000;
  sim_world_tcp_limits (story->world)->eager = mode == EAGER;
  sim_world_tcp_limits (story->world)->never_calm = mode == NEVER_CALM;
  sim_world_tcp_limits (story->world)->short_writes_ppm = seed % 3 == 0 ? 200000 : 0;
  sim_world_set_path (story->world, path);
  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, SECONDS);
  for (unsigned i = 0; i < 100; i++)
    {
      SimLuck luck = sim_luck_number (sim_luck (seed, "story"), i);
      Person *person = sim_luck_chance (luck, 0, 600000) ? &story->rain : &story->ruth;

      if (i == 40)
        sim_path_set (story->rain.host, story->ruth.host, &lossy);
      if (i == 60)
        sim_path_cut (story->ruth.host, story->rain.host);
      if (i == 65)
        sim_path_heal (story->ruth.host, story->rain.host);
      if (i == 80)
        sim_path_set (story->rain.host, story->ruth.host, path);
      if (person->stream && person->left == 0)
        {
          person->bytes = bytes;
          person->left = (size_t)sim_luck_between (luck, 1, 1, i % 10 == 0 ? 200000 : 2000);
          person_write (person);
        }
      story_run (story, sim_world_now_us (story->world) + sim_luck_between (luck, 2, 1, 300 * MS));
    }
  story_run (story, sim_world_now_us (story->world) + 3 * 3600 * SECONDS);
  *events = sim_world_events (story->world);
  log = g_strdup (story->log->str);
  story_free (story);
  return log;
}

static void
test_eager (void)
{
  g_test_summary (
      "Whether acknowledgements and timers are events or made up for later: programs are told the "
      "same, at the same time, through losses and cuts; and it takes fewer events.  What a calm "
      "connection leaves out changes not even those.");

  SimPath paths[] = {
    { .delay_min_us = 5 * MS, .delay_max_us = 5 * MS },
    { .delay_min_us = 1 * MS, .delay_max_us = 40 * MS },
    { .delay_min_us = 10 * MS, .delay_spread_us = 2 * MS, .distribution = SIM_DELAY_NORMAL },
    { .delay_min_us = 5 * MS, .delay_max_us = 9 * MS, .rate_bits = 10000000, .queue_bytes = 20000 },
    { .delay_min_us = 1 * MS, .delay_max_us = 40 * MS, .reorders = true },
  };

  for (uint64_t seed = 1; seed <= 40; seed++)
    {
      const SimPath *path = &paths[seed % G_N_ELEMENTS (paths)];
      uint64_t lazy_events, attentive_events, eager_events;
      g_autofree char *lazy = tell_story (seed, LAZY, path, &lazy_events);
      g_autofree char *attentive = tell_story (seed, NEVER_CALM, path, &attentive_events);
      g_autofree char *eager = tell_story (seed, EAGER, path, &eager_events);

      g_assert_cmpstr (lazy, ==, attentive);
      g_assert_cmpuint (lazy_events, ==, attentive_events);
      g_assert_cmpstr (lazy, ==, eager);
      g_assert_cmpuint (lazy_events, <, eager_events);
    }
}

static void
test_rough_paths (void)
{
  g_test_summary (
      "Bursts of losses, duplicates, spoiled segments, a short queue, segments that overtake each "
      "other: the bytes that arrive are those that were written, in order, once.");

  for (uint64_t seed = 1; seed <= 30; seed++)
    {
      g_autoptr (Story) story = story_new (seed);
      g_autofree uint8_t *bytes = story_bytes (300000);
      SimPath path = {
        .delay_min_us = 5 * MS,
        .delay_spread_us = 3 * MS,
        .distribution = seed % 2 ? SIM_DELAY_NORMAL : SIM_DELAY_PARETO,
        .reorders = true,
        .loss_ppm = 20000,
        .loss_burst = 5,
        .duplicate_ppm = 50000,
        .corrupt_ppm = 10000,
        .rate_bits = 5000000,
        .queue_bytes = 30000,
      };

      sim_world_set_path (story->world, &path);
      story->rain.bytes = bytes;
      story->rain.left = 300000;
      person_listen (&story->ruth);
      person_dial (&story->rain, &story->ruth);
      story_run (story, 3000 * SECONDS);
      g_assert_cmpmem (story->ruth.received->data, story->ruth.received->len, bytes, 300000);
    }
}

#define DRAWS 100000

static void
test_distributions (void)
{
  g_test_summary ("A normal delay has its mean and deviation; a Pareto delay begins at its base, "
                  "is half a spread "
                  "longer on average, and seldom much longer.");

  g_autoptr (Story) story = story_new (1);
  SimPath normal
      = { .delay_min_us = 10 * MS, .delay_spread_us = 2 * MS, .distribution = SIM_DELAY_NORMAL };
  SimPath pareto
      = { .delay_min_us = 10 * MS, .delay_spread_us = 2 * MS, .distribution = SIM_DELAY_PARETO };
  SimWay *way = sim_network_way (story->rain.host, story->ruth.host);
  SimLuck luck = sim_luck (1, "delays");
  int64_t sum_us = 0, beyond = 0, least_us = G_MAXINT64, most_us = 0;

  sim_path_set (story->rain.host, story->ruth.host, &normal);
  for (uint64_t i = 0; i < DRAWS; i++)
    {
      int64_t delay_us = sim_way_delay_us (way, luck, i);

      sum_us += delay_us;
      beyond += ABS (delay_us - 10 * MS) > 2 * MS;
    }
  g_assert_cmpint (ABS (sum_us / DRAWS - 10 * MS), <, 50);
  g_assert_cmpint (beyond, >, DRAWS * 31 / 100);
  g_assert_cmpint (beyond, <, DRAWS * 33 / 100);

  sim_path_set (story->rain.host, story->ruth.host, &pareto);
  sum_us = beyond = 0;
  for (uint64_t i = 0; i < DRAWS; i++)
    {
      int64_t delay_us = sim_way_delay_us (way, luck, i);

      sum_us += delay_us;
      least_us = MIN (least_us, delay_us);
      most_us = MAX (most_us, delay_us);
      beyond += delay_us > 20 * MS; /* five spreads: 6^-3 */
    }
  g_assert_cmpint (least_us, >=, 10 * MS);
  g_assert_cmpint (most_us, <=, sim_way_longest_us (way));
  g_assert_cmpint (ABS (sum_us / DRAWS - 11 * MS), <, 200);
  g_assert_cmpint (beyond, >, DRAWS * 4 / 1000);
  g_assert_cmpint (beyond, <, DRAWS * 6 / 1000);
}

static void
test_bursts (void)
{
  g_test_summary ("Of 100,000 segments 5 % are lost, ten in a row on average.");

  g_autoptr (Story) story = story_new (1);
  SimPath path = { .loss_ppm = 50000, .loss_burst = 10 };
  SimWay *way = sim_network_way (story->rain.host, story->ruth.host);
  SimLuck luck = sim_luck (1, "bursts");
  unsigned lost = 0, bursts = 0;
  bool in_burst = false, before = false;

  sim_path_set (story->rain.host, story->ruth.host, &path);
  for (uint64_t i = 0; i < DRAWS; i++)
    {
      bool gone = sim_way_pass (way, luck, i, 100, 0, &in_burst).copies == 0;

      lost += gone;
      bursts += gone && !before;
      before = gone;
    }
  g_assert_cmpuint (lost, >, DRAWS * 4 / 100);
  g_assert_cmpuint (lost, <, DRAWS * 6 / 100);
  g_assert_cmpuint (lost / bursts, >=, 9);
  g_assert_cmpuint (lost / bursts, <=, 11);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-lazy/eager", test_eager);
  g_test_add_func ("/sim-lazy/rough-paths", test_rough_paths);
  g_test_add_func ("/sim-lazy/distributions", test_distributions);
  g_test_add_func ("/sim-lazy/bursts", test_bursts);
  return g_test_run ();
}
