/* tests/unit/test-shrink.c - a seed that fails becomes a few lines; and a pin of them. */
#include "sim/actors/kinds.h"
#include "sim/reach.h"
#include "sim/search/pin.h"
#include "sim/search/shrink.h"
#include "sim/search/words.h"

#include <string.h>

/* It is said to be wrong that rose is ever told of a lost connection to rain: what is left in the
 * end is one fault between the two. */
static const char story[]
    = "scenario \"a storm that is forbidden to be noticed\"\n"
      "node rain global seeds ruth\nnode ruth global seeds rain\nnode rose seeds rain,ruth\n"
      "node rick seeds rain,ruth\nnode remy seeds ruth,rain\n"
      "network delay 1ms..30ms loss 0.5% rate 10Mbit\nlink rain remy delay 80ms..200ms\n"
      "actor rain.sink sink\nactor ruth.talk flood rain.sink every 70ms count 300\n"
      "actor rick.talk flood rain.sink every 120ms count 100\n"
      "actor rose.watch watch rain.sink\nactor remy.watch watch rain.sink\n"
      "expect rose.watch told never\nexpect ruth.talk broken never\n"
      "at 5s storm 30s reset any every 5s..9s, reset one every 3s..6s, kill any of rain rick every "
      "6s..12s, pause any every 5s for 100ms..2s\n"
      "calm\nwithin bound all connected\ncheck delivery monitors\n";

/* It fails only when a packet is lost at the right time: a connection takes long. */
static const char unlucky[] = "scenario \"unlucky\"\n"
                              "node rain\nnode ruth seeds rain\n"
                              "network delay 1ms loss 20%\n"
                              "actor rain.sink sink\nactor ruth.talk flood rain.sink count 1\n"
                              "expect ruth.talk done within 500ms\nuntil 10s\n";

static Scenario *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_parse (text, "try.scn", sim_actor_kinds, &error);
  g_assert_no_error (error);
  return scenario;
}

static uint64_t
first_failing_seed (const Scenario *scenario)
{
  for (uint64_t seed = 1; seed < 100; seed++)
    {
      g_autoptr (SimResult) result = sim_run (scenario, &(SimRunOptions){ .seed = seed });
      if (sim_result_status (result) != SIM_STATUS_OK)
        return seed;
    }
  g_assert_not_reached ();
}

static SimStatus
status_of (const char *text, uint64_t *reached)
{
  g_autoptr (Scenario) scenario = parse (text);
  g_autoptr (SimResult) result = sim_run (scenario, &(SimRunOptions){ .seed = scenario->seed });
  if (reached)
    *reached = result->reached;
  return sim_result_status (result);
}

static void
test_story (void)
{
  g_test_summary ("Five nodes and half a minute of storm become two nodes, two actors and one "
                  "fault, which fail by themselves; beside them lies something that passes.");

  g_autoptr (Scenario) scenario = parse (story);
  uint64_t seed = first_failing_seed (scenario);
  g_autoptr (SimShrunk) shrunk
      = sim_shrink (scenario, &(SimShrinkOptions){ .seed = seed, .jobs = 2 });

  g_test_message ("%s", shrunk->text);
  g_assert_nonnull (shrunk->signature);
  g_assert_true (shrunk->verified);
  g_assert_cmpuint (shrunk->before.nodes, ==, 5);
  g_assert_cmpuint (shrunk->after.nodes, <=, 2);
  g_assert_cmpuint (shrunk->after.statements, <=, 3);
  g_assert_cmpuint (shrunk->after.lines, <=, 9);
  g_assert_cmpuint (shrunk->expanded.statements, >, 10);
  g_assert_cmpint (status_of (shrunk->text, NULL), ==, SIM_STATUS_FAILED);
  g_assert_nonnull (shrunk->neighbour);
  g_assert_cmpint (status_of (shrunk->neighbour, NULL), ==, SIM_STATUS_OK);
  g_assert_nonnull (strstr (shrunk->neighbour, "expect rose.watch told never"));
}

static void
test_jobs (void)
{
  g_test_summary ("The result is the same, to the letter, with one process and with three.");

  g_autoptr (Scenario) scenario = parse (story);
  uint64_t seed = first_failing_seed (scenario);
  g_autoptr (SimShrunk) one = sim_shrink (scenario, &(SimShrinkOptions){ .seed = seed });
  g_autoptr (SimShrunk) three
      = sim_shrink (scenario, &(SimShrinkOptions){ .seed = seed, .jobs = 3 });

  g_assert_cmpstr (one->text, ==, three->text);
  g_assert_cmpstr (one->neighbour, ==, three->neighbour);
  g_assert_cmpuint (one->played, ==, three->played);
}

static void
test_decisions (void)
{
  g_test_summary ("Where chance did it, what it did is left: a lost packet or two, and no other.");

  g_autoptr (Scenario) scenario = parse (unlucky);
  uint64_t seed = first_failing_seed (scenario);
  g_autoptr (SimShrunk) shrunk
      = sim_shrink (scenario, &(SimShrinkOptions){ .seed = seed, .jobs = 2, .seeds = 1 });
  g_autoptr (Scenario) small = parse (shrunk->text);

  g_test_message ("%s", shrunk->text);
  g_assert_true (shrunk->verified);
  g_assert_true (small->decides_nothing_else);
  g_assert_cmpuint (small->decisions->len, >=, 1);
  g_assert_cmpuint (small->decisions->len, <=, 2);
  g_assert_nonnull (strstr (shrunk->text, "/loss"));

  g_ptr_array_set_size (small->decisions, 0);
  g_autofree char *lucky = scenario_print (small);
  g_assert_cmpint (status_of (lucky, NULL), ==, SIM_STATUS_OK);
}

static void
test_passes (void)
{
  g_test_summary ("A seed that passes is left alone.");

  g_autoptr (Scenario) scenario = parse ("node rain\nnode ruth seeds rain\n"
                                         "within 5s all connected\n");
  g_autoptr (SimShrunk) shrunk = sim_shrink (scenario, &(SimShrinkOptions){ .seed = 1 });
  g_autoptr (SimPinned) pinned = sim_pin (scenario, &(SimPinOptions){ .seed = 1 });

  g_assert_null (shrunk->signature);
  g_assert_false (shrunk->verified);
  g_assert_cmpuint (shrunk->played, ==, 1);
  g_assert_null (pinned->signature);
}

static void
test_pin (void)
{
  g_test_summary ("A pinned run fails as it did, says where it has to come to, and comes there; "
                  "without what it was about it does not, and that is seen.");

  g_autoptr (Scenario) scenario = parse (story);
  uint64_t seed = first_failing_seed (scenario), reached;
  g_autoptr (SimPinned) pinned = sim_pin (scenario, &(SimPinOptions){ .seed = seed, .jobs = 2 });
  g_autoptr (Scenario) kept = parse (pinned->text);

  g_test_message ("%s", pinned->text);
  g_assert_true (pinned->verified);
  g_assert_cmpuint (kept->reaches->len, ==, pinned->places);
  g_assert_cmpuint (pinned->places, >, 0);
  g_assert_true (kept->decides_nothing_else && kept->seed_said);
  g_assert_cmpint (status_of (pinned->text, &reached), ==, SIM_STATUS_FAILED);
  g_autofree char *missed = sim_reach_missed (kept, reached);
  g_assert_null (missed);

  g_ptr_array_set_size (kept->actions, 0);
  g_ptr_array_set_size (kept->actors, 0);
  g_ptr_array_set_size (kept->expects, 0);
  g_autofree char *empty = scenario_print (kept);
  g_assert_cmpint (status_of (empty, &reached), ==, SIM_STATUS_OK);
  g_autofree char *missed_now = sim_reach_missed (kept, reached);
  g_assert_nonnull (missed_now);
}

static void
test_words (void)
{
  g_test_summary ("Numbers get smaller and rounder, and never larger; the simplest come first.");

  int64_t simpler[SIM_SIMPLER_MAX];
  unsigned count = sim_simpler_numbers (1234567, simpler);
  static const int64_t expected[] = { 0, 1000, 10000, 100000, 300000, 600000, 1000000, 1200000 };
  g_assert_cmpmem (simpler, count * sizeof *simpler, expected, sizeof expected);
  count = sim_simpler_numbers (1, simpler);
  g_assert_cmpmem (simpler, count * sizeof *simpler, expected, sizeof *expected);

  g_autoptr (GPtrArray) fewer = sim_words_fewer ("node a seeds b\n");
  g_assert_true (
      g_ptr_array_find_with_equal_func (fewer, "node a\n", (GEqualFunc)g_str_equal, NULL));
  g_autoptr (GPtrArray) numbers
      = sim_words_simpler ("network delay 1ms..40ms\nat 5s pause a for 2s\ncheck 3\n");
  g_assert_true (g_ptr_array_find_with_equal_func (
      numbers, "network delay 1ms\nat 5s pause a for 2s\ncheck 3\n", (GEqualFunc)g_str_equal,
      NULL));
  g_assert_true (g_ptr_array_find_with_equal_func (
      numbers, "network delay 1ms..40ms\nat 5s pause a for 1s\ncheck 3\n", (GEqualFunc)g_str_equal,
      NULL));
  for (unsigned i = 0; i < numbers->len; i++)
    g_assert_nonnull (strstr (numbers->pdata[i], "at 5s pause"));
}

int
main (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "sweep") == 0) /* a fresh process of our own */
    return sim_trial_serve (NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shrink/story", test_story);
  g_test_add_func ("/shrink/jobs", test_jobs);
  g_test_add_func ("/shrink/decisions", test_decisions);
  g_test_add_func ("/shrink/passes", test_passes);
  g_test_add_func ("/shrink/pin", test_pin);
  g_test_add_func ("/shrink/words", test_words);
  return g_test_run ();
}
