/* tests/unit/test-run.c - scenarios played from beginning to end, and what a run says of them. */

#include "sim/actors/actors.h"
#include "sim/run.h"

#include <string.h>

static Scenario *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_parse (text, "story.scn", sim_actor_kinds, &error);
  g_assert_no_error (error);
  return scenario;
}

static SimResult *
play (const Scenario *scenario, uint64_t seed)
{
  return sim_run (scenario, &(SimRunOptions){ .seed = seed });
}

static SimStatus
status_of (const char *text)
{
  g_autoptr (Scenario) scenario = parse (text);
  g_autoptr (SimResult) result = play (scenario, 1);
  return sim_result_status (result);
}

#define TWO "scenario \"two\"\nnode rain global\nnode ruth seeds rain\n"

static void
append_line (const char *line, size_t length, void *user_data)
{
  g_string_append_len (user_data, line, length);
}

static char *
trace_of (const Scenario *scenario, uint64_t seed)
{
  GString *trace = g_string_new (NULL);
  g_autoptr (SimResult) result = sim_run (
      scenario,
      &(SimRunOptions){ .seed = seed, .trace_line = append_line, .trace_data = trace });
  return g_string_free (trace, FALSE);
}

static void
test_repeatable (void)
{
  g_test_summary ("One seed, one story, with a trace or without; another seed, another story.");
  g_autoptr (Scenario) scenario
      = parse (TWO "network delay 1ms..50ms loss 2%\nactor rain.sink sink\n"
                   "actor ruth.talk flood rain.sink every 20ms\nat 5s reset rain ruth\nuntil 10s\n");
  g_autoptr (SimResult) one = play (scenario, 7);
  g_autoptr (SimResult) two = play (scenario, 7);
  g_autoptr (SimResult) other = play (scenario, 8);
  g_autofree char *trace = trace_of (scenario, 7);
  g_autofree char *again = trace_of (scenario, 7);
  char digest[AEMP_DIGEST_TEXT_BYTES];
  aemp_digest_text (&one->digest, digest);
  g_assert_cmpmem (&one->digest, sizeof one->digest, &two->digest, sizeof two->digest);
  g_assert_true (memcmp (&one->digest, &other->digest, sizeof one->digest) != 0);
  g_assert_cmpstr (trace, ==, again);
  g_assert_nonnull (strstr (trace, digest));
}

static void
test_expectations (void)
{
  g_test_summary ("An expectation that is met, one that is not, one that must not be: and a network that "
                  "is not whole in time is no progress.");
  g_assert_cmpint (status_of (TWO "actor rain.e echo\nactor ruth.h hello rain.e\n"
                                  "expect ruth.h heard once within 5s\n"),
                   ==, SIM_STATUS_OK);
  g_assert_cmpint (status_of (TWO "actor rain.e echo\nactor ruth.h hello rain.e\n"
                                  "expect ruth.h heard never within 5s\n"),
                   ==, SIM_STATUS_FAILED);
  g_assert_cmpint (status_of (TWO "actor rain.e echo\nactor ruth.h hello rain.e\n"
                                  "expect ruth.h broken within 5s\n"),
                   ==, SIM_STATUS_FAILED);
  g_assert_cmpint (status_of (TWO "within 5s all connected\n"), ==, SIM_STATUS_OK);
  g_assert_cmpint (status_of (TWO "at 0s cut rain | ruth\nwithin 5s all connected\n"), ==,
                   SIM_STATUS_NO_PROGRESS);
}

static void
test_whole_for_good (void)
{
  g_test_summary ("Once is enough for all connected while faults go on; after a calm the network has "
                  "to be whole when the time is over, too.");
  g_assert_cmpint (status_of (TWO "at 5s within 5s all connected\nat 9999ms restart rain\n"), ==,
                   SIM_STATUS_OK);
  g_assert_cmpint (status_of (TWO "at 5s calm\nwithin 5s all connected\nat 8s restart rain\n"), ==,
                   SIM_STATUS_OK);
  g_assert_cmpint (status_of (TWO "at 5s calm\nwithin 5s all connected\nat 9999ms restart rain\n"),
                   ==, SIM_STATUS_NO_PROGRESS);
}

/* A seed, and three who have it. */
#define FOUR "node hub\nnode east seeds hub\nnode west seeds hub\nnode rain seeds hub\n"

static void
test_one_network (void)
{
  g_test_summary ("One network: global nodes with each other, all others with their masters.  It is "
                  "expected, and judged by promise 12, which is vacuous without a calm.");
  g_assert_cmpint (status_of (FOUR "within 5s one network\n"), ==, SIM_STATUS_OK);
  g_assert_cmpint (status_of (FOUR "at 0s cut rain | hub\nat 1s within 9s one network\n"), ==,
                   SIM_STATUS_NO_PROGRESS);
  g_assert_cmpint (status_of (FOUR "at 5s cut rain | hub\nat 20s heal\nwithin bound one network\n"
                                   "at 80s calm\ncheck 12\n"),
                   ==, SIM_STATUS_OK);
  g_assert_cmpint (status_of (FOUR "at 5s calm\nwithin 5s one network\nat 9999ms restart rain\n"),
                   ==, SIM_STATUS_NO_PROGRESS);

  g_autoptr (Scenario) calm = parse (FOUR "at 5s reset hub | rain\ncalm\ncheck 12\n");
  SimRunOptions options = { .seed = 1 };
  g_autoptr (SimResult) whole = sim_run (calm, &options);
  g_assert_cmpuint (whole->findings.judged[12], ==, 4);
  options.until_us = calm->until_us - 2 * G_USEC_PER_SEC;
  g_autoptr (SimResult) short_of_it = sim_run (calm, &options);
  g_assert_cmpuint (short_of_it->findings.judged[12], ==, 0);
}

static void
test_equal_databases (void)
{
  g_test_summary ("Where nobody has a monitor all databases are equal.");
  g_assert_cmpint (status_of (FOUR "within 5s databases equal\n"), ==, SIM_STATUS_OK);
}

static int64_t
first_told_us (const char *settings)
{
  g_autofree char *text = g_strconcat (
      TWO "network delay 10ms ", settings,
      "\nactor rain.sink sink\nactor ruth.talk flood rain.sink every 100ms\n"
      "at 10s cut rain | ruth\nexpect ruth.talk told transport_error within 30m\nuntil 31m\n",
      NULL);
  g_autoptr (Scenario) scenario = parse (text);
  g_autofree char *trace = trace_of (scenario, 1);
  const char *told = strstr (trace, "\"text\":\"told transport_error");
  g_assert_nonnull (told);
  while (told > trace && told[-1] != '\n')
    told--;
  const char *time = strstr (told, "\"t\":");
  return g_ascii_strtoll (time + 4, NULL, 10);
}

static void
test_network_settings (void)
{
  g_test_summary ("The settings of the network are those of its kernels: with three repetitions of "
                  "lost data silence ends after seconds instead of a quarter of an hour.");
  g_assert_cmpint (first_told_us (""), >, 900 * (int64_t) 1000000);
  g_assert_cmpint (first_told_us ("data_retries=3"), <, 20 * (int64_t) 1000000);
}

static void
test_vacuous (void)
{
  g_test_summary ("A group is vacuous when none of its promises judged anything, a promise that is "
                  "named by number is by itself.");
  g_autoptr (Scenario) group = parse ("scenario \"one\"\nnode rain\ncheck monitors\nuntil 5s\n");
  g_autoptr (Scenario) number = parse (TWO "check 1, 6\nuntil 5s\n");
  g_autoptr (Scenario) fine = parse (TWO "check 1, admission\nuntil 5s\n");
  g_autoptr (SimResult) of_group = play (group, 1);
  g_autoptr (SimResult) of_number = play (number, 1);
  g_autoptr (SimResult) of_fine = play (fine, 1);
  int promise;
  g_assert_true (sim_judged_nothing (group, of_group->findings.judged, &promise));
  g_assert_true (sim_judged_nothing (number, of_number->findings.judged, &promise));
  g_assert_cmpint (promise, ==, 6);
  g_assert_false (sim_judged_nothing (fine, of_fine->findings.judged, &promise));
}

static void
test_worse (void)
{
  g_test_summary ("Of many runs the worst counts: crash, not repeatable, failed, no progress, "
                  "vacuous, good.");
  static const SimStatus order[] = { SIM_STATUS_CRASH,       SIM_STATUS_NOT_REPEATABLE,
                                     SIM_STATUS_FAILED,      SIM_STATUS_NO_PROGRESS,
                                     SIM_STATUS_VACUOUS,     SIM_STATUS_OK };
  for (unsigned i = 0; i < G_N_ELEMENTS (order); i++)
    for (unsigned j = i; j < G_N_ELEMENTS (order); j++)
      {
        g_assert_cmpint (sim_status_worse (order[i], order[j]), ==, order[i]);
        g_assert_cmpint (sim_status_worse (order[j], order[i]), ==, order[i]);
      }
}

static void
test_faults (void)
{
  g_test_summary ("Kill, vanish, restart of what runs and of what does not, of everybody at once: "
                  "the world goes on, and is whole in the end.");
  g_assert_cmpint (status_of (TWO "node rose seeds rain\nactor rain.sink sink\n"
                                  "actor ruth.talk flood rain.sink every 50ms\n"
                                  "at 1s kill ruth ; kill ruth ; vanish ruth ; vanish rain\n"
                                  "at 2s restart rain,ruth ; restart rain\n"
                                  "at 3s vanish rain,ruth,rose ; at 3500ms kill rose\n"
                                  "at 4s restart rain,ruth,rose\nat 5s calm\n"
                                  "within bound all connected\ncheck delivery monitors admission\n"),
                   ==, SIM_STATUS_OK);
}

/* --- Storms --- */

#define THREE TWO "node rose seeds rain,ruth\nnetwork loss 1%\n" \
                  "actor rain.sink sink\nactor ruth.talk flood rain.sink every 50ms\n" \
                  "actor rose.talk flood rain.sink every 70ms\n"

/* "at 7660701us  cut ruth -> rose": everything that the storm of `scenario` did, as lines of
 * the language.  `kind` (may be NULL): only what begins with it. */
static char *
deeds_of (const Scenario *scenario, const char *kind)
{
  g_autofree char *trace = trace_of (scenario, 5);
  g_auto (GStrv) lines = g_strsplit (trace, "\n", -1);
  GString *deeds = g_string_new (NULL);
  for (unsigned i = 1; lines[i]; i++)
    {
      const char *time = strstr (lines[i], "\"t\":"), *text = strstr (lines[i], "\"text\":\"");
      if (!strstr (lines[i], "\"event\":\"fault\"") || g_str_has_prefix (text + 8, "storm ")
          || (kind && !g_str_has_prefix (text + 8, kind)))
        continue;
      g_string_append_printf (deeds, "at %" G_GINT64_FORMAT "us  %.*s\n",
                              g_ascii_strtoll (time + 4, NULL, 10), (int) strcspn (text + 8, "\""),
                              text + 8);
    }
  return g_string_free (deeds, FALSE);
}

/* The trace without lines of faults and decisions, line numbers and the first and last line. */
static char *
events_of (const Scenario *scenario)
{
  g_autofree char *trace = trace_of (scenario, 5);
  g_auto (GStrv) lines = g_strsplit (trace, "\n", -1);
  GString *events = g_string_new (NULL);
  for (unsigned i = 1; lines[i]; i++)
    if (strstr (lines[i], "\"event\":") && !strstr (lines[i], "\"event\":\"fault")
        && !strstr (lines[i], "\"event\":\"decide"))
      g_string_append_printf (events, "%s\n", strstr (lines[i], "\"t\":"));
  return g_string_free (events, FALSE);
}

#define EVERYTHING \
  "at 2s storm 30s cut any every 1s..4s, cut one every 1s..4s for 1s..3s, " \
  "kill any every 3s..6s for 0s..4s, vanish any of rose every 4s..8s for 1s, " \
  "reset any every 3s, reset one every 1s..5s, " \
  "cut any one-way every 5s for 1s, cut any refusing every 7s for 1s, " \
  "cut one one-way refusing every 6s for 2s, pause any every 2s..5s for 0s..40s, " \
  "clock any every 1s..4s for 1s..3s, stall any every 3s..6s for 1s, stall one every 2s for 0s..5s, " \
  "half-close any every 5s, half-close one every 3s, slow any every 4s, accept any every 4s, " \
  "refuse any every 5s, lookup any every 3s\ncalm\n"

static void
test_storm_written_out (void)
{
  g_test_summary ("What a storm did stands in the trace as statements; a scenario that says them "
                  "in its place is the same story, event for event.");
  g_autoptr (Scenario) storm = parse (THREE EVERYTHING "until 50s\n");
  g_autofree char *deeds = deeds_of (storm, NULL);
  g_autofree char *text = g_strconcat (THREE, deeds, "until 50s\n", NULL);
  g_autoptr (Scenario) written_out = parse (text);
  g_autofree char *events = events_of (storm);
  g_autofree char *events_again = events_of (written_out);
  static const char *const all[]
      = { "cut {",  "cut r",   " -> ",      "heal ",    "kill ",   "vanish rose", "restart ",
          "reset ", "pause r", "refusing",  " drift ",  " jump ",  " offset 0s",  " drift 0ppm",
          "stall ", " for ",   "half-close", "slow r",  "accept r", "refuse r",   " fails 100%",
          "calm" };
  for (unsigned i = 0; i < G_N_ELEMENTS (all); i++)
    if (!strstr (deeds, all[i]))
      g_error ("a storm without `%s`:\n%s", all[i], deeds);
  g_assert_cmpstr (events, ==, events_again);
}

static void
test_storm_apart (void)
{
  g_test_summary ("Taking one kind of fault from a storm leaves the others as they were: the same "
                  "cuts between the same nodes at the same times.");
  static const char *const without[] = {
    "cut any every 1s..4s, cut one every 1s..4s for 1s..3s",
    ("cut one every 1s..4s for 1s..3s, cut any every 1s..4s, reset any every 2s, "
     "kill any of rose every 2s, pause any every 1s"),
    "cut one every 1s..4s for 1s..3s\nat 2s storm 30s cut any every 1s..4s",
  };
  static const char others[]
      = ", cut one one-way refusing every 6s for 2s, cut any refusing every 7s for 1s, "
        "cut any one-way every 5s for 1s\n";
  g_autoptr (Scenario) storm = parse (THREE EVERYTHING);
  g_autofree char *cuts = deeds_of (storm, "cut");
  for (unsigned i = 0; i < G_N_ELEMENTS (without); i++)
    {
      g_autofree char *text = g_strconcat (THREE, "at 2s storm 30s ", without[i], others, NULL);
      g_autoptr (Scenario) less = parse (text);
      g_autofree char *fewer = deeds_of (less, "cut");
      g_assert_cmpstr (cuts, ==, fewer);
    }
}

static void
test_storm_ends (void)
{
  g_test_summary ("A storm ends all of it: at its end, or when a calm comes first, everything is "
                  "healed and everybody is back.");
  static const char *const stories[] = {
    "at 5s storm 10s cut any every 1s for 1h, kill any every 2s for 1h, vanish any every 2s for 1h\n",
    ("at 5s storm 1h cut any every 1s for 1h, kill any every 2s for 1h, vanish any every 2s for 1h\n"
     "at 15s calm\n"),
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (stories); i++)
    {
      g_autofree char *text = g_strconcat (
          TWO "node rose seeds rain,ruth\n"
              "network keepalive_time=2s keepalive_interval=1s keepalive_probes=2\n",
          stories[i], "at 15s within bound all connected\n", NULL);
      g_autoptr (Scenario) scenario = parse (text);
      g_autofree char *deeds = deeds_of (scenario, NULL);
      g_autoptr (SimResult) result = play (scenario, 5);
      unsigned restarts = 0, ends = 0;
      for (const char *at = deeds; (at = strstr (at, "restart ")); at++)
        restarts++;
      for (const char *at = deeds; (at = strstr (at, "at 15000000us")); at++)
        ends++;
      g_assert_cmpuint (restarts, ==, 3); /* nobody is killed who is away */
      g_assert_cmpuint (ends, >, 4);
      g_assert_null (strstr (deeds, "at 16"));
      g_assert_cmpint (sim_result_status (result), ==, SIM_STATUS_OK);
    }
}

static void
test_lost_reset (void)
{
  g_test_summary ("A reset may get lost; then only keepalive finds out that a connection is half "
                  "open, and the bound knows of it.");
  for (uint64_t seed = 1; seed <= 40; seed++)
    {
      g_autoptr (Scenario) scenario
          = parse (TWO "node rose seeds rain,ruth\nactor rain.sink sink\n"
                       "actor ruth.talk flood rain.sink every 50ms count 60\n"
                       "network loss 30%\nat 5s storm 20s reset any every 1s..5s\ncalm\n"
                         "within bound all connected\n");
      g_autoptr (SimResult) result = play (scenario, seed);
      g_assert_cmpint (sim_result_status (result), ==, SIM_STATUS_OK);
    }
}

/* --- What ends by itself --- */

/* "5000000 fault pause rain for 2s": what the trace says of faults. */
static char *
faults_of (const Scenario *scenario)
{
  g_autofree char *trace = trace_of (scenario, 5);
  g_auto (GStrv) lines = g_strsplit (trace, "\n", -1);
  GString *faults = g_string_new (NULL);
  for (unsigned i = 1; lines[i]; i++)
    {
      const char *time = strstr (lines[i], "\"t\":"), *text = strstr (lines[i], "\"text\":\"");
      const char *kind = strstr (lines[i], "\"event\":\"fault");
      if (kind)
        g_string_append_printf (faults, "%" G_GINT64_FORMAT " %.*s %.*s\n",
                                g_ascii_strtoll (time + 4, NULL, 10),
                                (int) strcspn (kind + 9, "\""), kind + 9,
                                (int) strcspn (text + 8, "\""), text + 8);
    }
  return g_string_free (faults, FALSE);
}

static void
test_over (void)
{
  g_test_summary ("What a statement does for a while is told twice: as it begins, and when it is "
                  "over, by itself or by a calm, once.");
  g_autoptr (Scenario) scenario
      = parse (TWO "at 1s pause rain for 2s ; stall rain -> ruth for 1s\n"
                   "at 2s slow ruth to 1kbit for 10s ; pause rain for 3s ; reset rain ruth\n"
                   "at 3s lookup * fails for 1500ms\n"
                   "at 4s storm 1s clock any every 10s\n"
                   "at 6s refuse rain for 1h ; accept rain after 1s for 1s\n"
                   "at 8s calm\n");
  g_autofree char *faults = faults_of (scenario);
  g_assert_cmpstr (faults, ==,
                   "1000000 fault pause rain for 2s\n"
                   "1000000 fault stall rain -> ruth for 1s\n"
                   "2000000 fault slow ruth to 1kbit for 10s\n"
                   "2000000 fault pause rain for 3s\n"
                   "2000000 fault reset rain ruth\n"
                   "2000000 fault_over stall rain -> ruth for 1s\n"
                   "3000000 fault lookup * fails for 1500ms\n"
                   "3000000 fault_over pause rain for 2s\n"
                   "4000000 fault storm 1s clock any every 10s\n"
                   "4500000 fault_over lookup * fails for 1500ms\n"
                   "5000000 fault_over pause rain for 3s\n"
                   "5000000 fault_over storm 1s clock any every 10s\n"
                   "6000000 fault refuse rain for 1h\n"
                   "6000000 fault accept rain after 1s for 1s\n"
                   "7000000 fault_over accept rain after 1s for 1s\n"
                   "8000000 fault calm\n"
                   "8000000 fault_over slow ruth to 1kbit for 10s\n"
                   "8000000 fault_over refuse rain for 1h\n");
}

static void
test_pause_anew (void)
{
  g_test_summary ("A pause is over at its time, when nobody has paused the process anew: nobody can "
                  "connect to it before, and soon after that somebody does.");
  static const struct
  {
    const char *pauses;
    const char *paused; /* for so long from 3s on */
  } cases[] = {
    { "at 2s pause rain for 10s", "9s" },
    { "at 2s pause rain for 10s ; at 3s pause rain for 20s", "20s" },
    { "at 2s pause rain for 20s ; at 3s pause rain for 5s", "5s" },
    { "at 2s pause rain for 20s ; at 3s restart rain ; pause rain for 5s", "5s" },
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned longer = 0; longer < 2; longer++)
      {
        g_autofree char *text = g_strdup_printf (
            TWO "at 1s kill ruth\n%s\nat 2s restart ruth\nat 3s within %s all connected\n",
            cases[i].pauses, longer ? "55s" : cases[i].paused);
        g_assert_cmpint (status_of (text), ==, longer ? SIM_STATUS_OK : SIM_STATUS_NO_PROGRESS);
      }
}

static void
test_calm (void)
{
  g_test_summary ("A calm ends everything that would go on for an hour: the two are connected soon "
                  "after it, and not before.");
  static const char *const faults[] = {
    "pause rain for 1h",        "stall rain ruth for 1h",     "stall ruth -> rain for 1h",
    "accept * after 1h for 1h", "refuse rain for 1h",         "lookup ruth fails for 1h",
    "slow rain to 1bit for 1h", "lookup * takes 1h for 1h",   "slow ruth to 1bit for 1h",
    "cut rain | ruth refusing", "storm 1h lookup any every 1ms for 1h",
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (faults); i++)
    for (unsigned calm = 0; calm < 2; calm++)
      {
        g_autofree char *text = g_strdup_printf (
            TWO "node sun\nat 1s kill ruth\nat 2s %s\nat 3s restart ruth\n"
                "%s\nat 20s within 25s all connected\nuntil 2h\n",
            faults[i], calm ? "at 20s calm" : "");
        g_autoptr (Scenario) scenario = parse (text);
        g_autoptr (SimResult) result = sim_run (
            scenario, &(SimRunOptions){ .seed = 1, .until_us = INT64_C (50) * 1000 * 1000 });
        if (sim_result_status (result) != (calm ? SIM_STATUS_OK : SIM_STATUS_NO_PROGRESS))
          g_error ("%s, %s calm: %d", faults[i], calm ? "with" : "without",
                   sim_result_status (result));
      }
}

typedef struct
{
  GString *lines;
  uint64_t written;
} Order;

static void
count_line (const char *line, size_t length, void *user_data)
{
  Order *order = user_data;
  order->written += g_str_has_prefix (line, "{\"line\":");
}

static void
before_line (const AempTraceEvent *event, uint64_t line, void *user_data)
{
  Order *order = user_data;
  g_assert_cmpuint (line, ==, order->written + 1);
  aemp_trace_write_json (order->lines, event, line);
  g_string_append_c (order->lines, '\n');
}

static void
test_before (void)
{
  g_test_summary ("Who waits for events gets each of them just before its line is written, with "
                  "the number of that line.");
  g_autoptr (Scenario) scenario = parse (TWO "actor rain.e echo\nactor ruth.h hello rain.e\n");
  g_autoptr (GString) lines = g_string_new (NULL);
  Order order = { .lines = lines };
  g_autoptr (SimResult) result
      = sim_run (scenario, &(SimRunOptions){ .seed = 1, .trace_line = count_line,
                                             .trace_data = &order, .observe = before_line,
                                             .observe_data = &order });
  g_autofree char *trace = trace_of (scenario, 1);
  g_assert_cmpuint (order.written, ==, result->trace_lines);
  g_assert_nonnull (strstr (trace, lines->str));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/repeatable", test_repeatable);
  g_test_add_func ("/run/expectations", test_expectations);
  g_test_add_func ("/run/whole-for-good", test_whole_for_good);
  g_test_add_func ("/run/one-network", test_one_network);
  g_test_add_func ("/run/equal-databases", test_equal_databases);
  g_test_add_func ("/run/network-settings", test_network_settings);
  g_test_add_func ("/run/vacuous", test_vacuous);
  g_test_add_func ("/run/worse", test_worse);
  g_test_add_func ("/run/faults", test_faults);
  g_test_add_func ("/run/storm/written-out", test_storm_written_out);
  g_test_add_func ("/run/storm/apart", test_storm_apart);
  g_test_add_func ("/run/storm/ends", test_storm_ends);
  g_test_add_func ("/run/storm/lost-reset", test_lost_reset);
  g_test_add_func ("/run/over", test_over);
  g_test_add_func ("/run/pause-anew", test_pause_anew);
  g_test_add_func ("/run/calm", test_calm);
  g_test_add_func ("/run/before", test_before);
  return g_test_run ();
}
