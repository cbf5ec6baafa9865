/* tests/unit/test-swarm.c - storms that differ from run to run in what they are made of. */

#include "sim/actors/actors.h"
#include "sim/run.h"

#include <string.h>

#define SEEDS 60

static Scenario *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_parse (text, "swarm.scn", sim_actor_kinds, &error);

  g_assert_no_error (error);
  return scenario;
}

static void
append_line (const char *line, size_t length, void *user_data)
{
  g_string_append_len (user_data, line, length);
}

static GString *
trace_of (const Scenario *scenario, uint64_t seed)
{
  GString *trace = g_string_new (NULL);
  g_autoptr (SimResult) result = sim_run (
      scenario, &(SimRunOptions){ .seed = seed, .trace_line = append_line, .trace_data = trace });

  return trace;
}

/* How often did the storm do this? */
static unsigned
count (const GString *trace, const char *deed)
{
  unsigned found = 0;

  for (const char *at = trace->str; (at = strstr (at, "\"event\":\"fault\"")); at++)
    {
      const char *text = strstr (at, "\"text\":\"");

      found += g_str_has_prefix (text + strlen ("\"text\":\""), deed);
    }
  return found;
}

typedef struct
{
  unsigned runs;        /* that have it */
  unsigned least, most; /* of those */
} Share;

static Share
share_of (const Scenario *scenario, const char *deed)
{
  Share share = { .least = G_MAXUINT };

  for (uint64_t seed = 1; seed <= SEEDS; seed++)
    {
      GString *trace = trace_of (scenario, seed);
      unsigned found = count (trace, deed);

      g_string_free (trace, TRUE);
      if (found == 0)
        continue;
      share.runs++;
      share.least = MIN (share.least, found);
      share.most = MAX (share.most, found);
    }
  return share;
}

#define THREE "node rain global\nnode ruth seeds rain\nnode rose seeds rain\n"
#define FAULTS "reset any every 1s, pause any every 1s for 10ms\nuntil 42s\n"

static void
test_some (void)
{
  g_test_summary ("In a swarm about half of the runs have a fault at all, each by itself, and some "
                  "have much of it and some have little; otherwise all have the same.");
  g_autoptr (Scenario) swarm = parse (THREE "at 1s storm 40s swarm " FAULTS);
  g_autoptr (Scenario) usual = parse (THREE "at 1s storm 40s " FAULTS);
  Share resets = share_of (swarm, "reset ");
  Share pauses = share_of (swarm, "pause ");
  Share always = share_of (usual, "reset ");

  g_assert_cmpuint (resets.runs, >, SEEDS / 4);
  g_assert_cmpuint (resets.runs, <, SEEDS * 3 / 4);
  g_assert_cmpuint (pauses.runs, >, SEEDS / 4);
  g_assert_cmpuint (resets.most, >=, 155);
  g_assert_cmpuint (resets.least, <=, 10);
  g_assert_cmpuint (always.runs, ==, SEEDS);
  g_assert_cmpuint (always.least, ==, always.most);
}

static void
test_apart (void)
{
  g_test_summary ("Taking one fault from a swarm leaves the others of the run as they were.");
  g_autoptr (Scenario) both = parse (THREE "at 1s storm 40s swarm " FAULTS);
  g_autoptr (Scenario) alone
      = parse (THREE "at 1s storm 40s swarm reset any every 1s\nuntil 42s\n");

  for (uint64_t seed = 1; seed <= 10; seed++)
    {
      GString *one = trace_of (both, seed);
      GString *other = trace_of (alone, seed);

      g_assert_cmpuint (count (one, "reset "), ==, count (other, "reset "));
      g_string_free (one, TRUE);
      g_string_free (other, TRUE);
    }
}

static uint32_t
rare_seen (const Scenario *scenario, uint64_t seed)
{
  g_autoptr (SimResult) result = sim_run (scenario, &(SimRunOptions){ .seed = seed });

  return result->rare;
}

static bool
is_told_alike (const Scenario *one, const Scenario *other, uint64_t seed)
{
  g_autoptr (SimResult) a = sim_run (one, &(SimRunOptions){ .seed = seed });
  g_autoptr (SimResult) b = sim_run (other, &(SimRunOptions){ .seed = seed });

  return memcmp (&a->digest, &b->digest, sizeof a->digest) == 0;
}

#define BUSY                                                                                       \
  "node rain global binds=4040,4041\nnode ruth seeds rain\nnode rose seeds rain binds=4040,4041\n" \
  "actor rose.sink sink\nactor rain.sink sink\nactor ruth.talk flood rose.sink every 20ms\n"       \
  "actor ruth.more flood rain.sink every 20ms\nactor rose.own setter fruit every 100ms\n"          \
  "actor ruth.see dbwatch fruit\nactor ruth.many monitors ruth monitors 20 every 1s\n"

static void
test_rare (void)
{
  g_test_summary ("A storm with `rare` sends nodes to every rare point there is, each run to some, "
                  "the same each time; without, they never go there.");
  g_autoptr (Scenario) rare = parse (BUSY "at 1s storm 20s swarm rare reset any every 1s\n");
  g_autoptr (Scenario) usual = parse (BUSY "at 1s storm 20s swarm reset any every 1s\n");
  uint32_t all = 0;
  unsigned everything = 0;

  for (uint64_t seed = 1; seed <= SEEDS; seed++)
    {
      uint32_t seen = rare_seen (rare, seed);

      all |= seen;
      everything += seen == (1u << AEMP_RARE_COUNT) - 1;
      g_assert_cmpuint (rare_seen (usual, seed), ==, 0);
    }
  g_assert_cmphex (all, ==, (1u << AEMP_RARE_COUNT) - 1);
  g_assert_cmpuint (everything, <, SEEDS / 4);
  g_assert_true (is_told_alike (rare, rare, 1));
  g_assert_false (is_told_alike (rare, usual, 1));
}

/* When was the first attempt to connect given up?  In microseconds. */
static int64_t
given_up_us (const Scenario *scenario, uint64_t seed)
{
  GString *trace = trace_of (scenario, seed);
  const char *at = strstr (trace->str, "\"text\":\"connect timeout\"");
  int64_t time_us;

  g_assert_nonnull (at);
  while (*at != '\n')
    at--;
  at = strstr (at, "\"t\":");
  time_us = g_ascii_strtoll (at + strlen ("\"t\":"), NULL, 10);
  g_string_free (trace, TRUE);
  return time_us;
}

#define ASLEEP                                                                                     \
  THREE "network delay 1ms\nactor ruth.spawner spawner rose every 4s\nat 1s pause rain for 15s\n"

static void
test_knobs (void)
{
  g_test_summary ("With knobs each run has other limits, from a third of what is configured up to "
                  "that; without, all have what is configured.");
  g_autoptr (Scenario) knobs = parse (ASLEEP "at 20s storm 1s knobs reset any every 1s\n");
  g_autoptr (Scenario) usual = parse (ASLEEP "at 20s storm 1s reset any every 1s\n");
  int64_t usually_us = given_up_us (usual, 1);
  int64_t least_us = G_MAXINT64, most_us = 0;

  for (uint64_t seed = 1; seed <= SEEDS; seed++)
    {
      int64_t time_us = given_up_us (knobs, seed);

      g_assert_cmpint (given_up_us (usual, seed), ==, usually_us);
      least_us = MIN (least_us, time_us);
      most_us = MAX (most_us, time_us);
    }
  g_assert_cmpint (most_us, <=, usually_us);
  g_assert_cmpint (most_us, >, usually_us - 300000);
  g_assert_cmpint (least_us, >=, usually_us - 1333334);
  g_assert_cmpint (least_us, <, usually_us - 1000000);
}

static void
test_language (void)
{
  g_test_summary ("Both words are read, printed and explained, and make a difference.");
  static const char *const storms[]
      = { "storm 9s reset any every 1s", "storm 9s swarm reset any every 1s",
          "storm 9s knobs reset any every 1s", "storm 9s swarm knobs reset any every 1s" };
  g_autoptr (GPtrArray) scenarios = g_ptr_array_new_with_free_func ((GDestroyNotify)scenario_free);

  for (unsigned i = 0; i < G_N_ELEMENTS (storms); i++)
    {
      g_autofree char *text = g_strconcat (THREE "at 1s ", storms[i], "\n", NULL);
      Scenario *scenario = parse (text);
      g_autofree char *printed = scenario_print (scenario);
      g_autofree char *explained = scenario_explain (scenario);
      g_autoptr (Scenario) again = parse (printed);

      g_assert_true (scenario_equal (scenario, again));
      for (unsigned j = 0; j < i; j++)
        g_assert_false (scenario_equal (scenario, scenarios->pdata[j]));
      g_assert_true (!strstr (explained, "some of these") == !strstr (storms[i], "swarm"));
      g_assert_true (!strstr (explained, "time limits") == !strstr (storms[i], "knobs"));
      g_ptr_array_add (scenarios, scenario);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/some", test_some);
  g_test_add_func ("/swarm/apart", test_apart);
  g_test_add_func ("/swarm/knobs", test_knobs);
  g_test_add_func ("/swarm/rare", test_rare);
  g_test_add_func ("/swarm/language", test_language);
  return g_test_run ();
}
