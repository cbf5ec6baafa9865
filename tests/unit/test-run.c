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
                                  "expect ruth.h told within 5s\n"),
                   ==, SIM_STATUS_FAILED);
  g_assert_cmpint (status_of (TWO "within 5s all connected\n"), ==, SIM_STATUS_OK);
  g_assert_cmpint (status_of (TWO "at 0s cut rain | ruth\nwithin 5s all connected\n"), ==,
                   SIM_STATUS_NO_PROGRESS);
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
  g_autoptr (Scenario) group = parse (TWO "check monitors\nuntil 5s\n");
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/repeatable", test_repeatable);
  g_test_add_func ("/run/expectations", test_expectations);
  g_test_add_func ("/run/network-settings", test_network_settings);
  g_test_add_func ("/run/vacuous", test_vacuous);
  g_test_add_func ("/run/worse", test_worse);
  g_test_add_func ("/run/faults", test_faults);
  return g_test_run ();
}
