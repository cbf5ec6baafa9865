/* tests/unit/test-decisions.c - what chance decides is known, and can be told otherwise. */
#include "sim/actors/kinds.h"
#include "sim/expand.h"
#include "sim/run.h"

#include <string.h>

static const char lossy[] = "scenario \"two pairs\"\n"
                            "node rain\nnode ruth seeds rain\nnode rose\nnode remy seeds rose\n"
                            "network loss 5% short_reads=10 short_writes=10\n"
                            "actor rain.sink sink\nactor ruth.talk flood rain.sink count 50\n"
                            "actor rose.sink sink\nactor remy.talk flood rose.sink count 50\n"
                            "actor ruth.more flood rain.sink count 20\n"
                            "expect ruth.talk done once\nexpect remy.talk done once\n"
                            "until 20s\n";

static const char stormy[]
    = "scenario \"storms\"\n"
      "node rain seeds ruth\nnode ruth seeds rain\nnode rose seeds rain,ruth\n"
      "actor rain.sink sink\nactor ruth.talk flood rain.sink every 100ms\n"
      "actor rose.watch watch rain.sink\n"
      "at 2s kill rose ; at 4s restart rose\n"
      "at 1s storm 30s cut any every 3s..5s for 1s, cut one refusing every 4s for 1s..2s, kill any "
      "every 3s..9s, vanish any every 7s\n"
      "at 10s storm 40s clock any every 4s, reset one every 3s..5s, pause any every 5s for "
      "100ms..3s, lookup any every 5s, half-close any every 6s, stall one every 9s\n"
      "at 45s calm\nwithin bound all connected\ncheck delivery monitors\n";

static Scenario *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_parse (text, "try.scn", sim_actor_kinds, &error);
  g_assert_no_error (error);
  return scenario;
}

static void
on_decided (const char *label, uint64_t identity, int64_t value, void *user_data)
{
  ScenarioDecision *decision = g_new (ScenarioDecision, 1);
  *decision = (ScenarioDecision){ g_strdup (label), identity, value };
  g_ptr_array_add (user_data, decision);
}

static void
free_decision (void *data)
{
  g_free (((ScenarioDecision *)data)->label);
  g_free (data);
}

static GPtrArray *
decisions_of (const Scenario *scenario, uint64_t seed, const GPtrArray *decided)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (free_decision);
  g_autoptr (SimResult) result
      = sim_run (scenario, &(SimRunOptions){ .seed = seed,
                                             .decided = on_decided,
                                             .decided_data = all,
                                             .decisions = decided,
                                             .decides_nothing_else = decided != NULL });
  return all;
}

static void
assert_same_digest (const SimResult *one, const SimResult *other)
{
  char a[AEMP_DIGEST_TEXT_BYTES], b[AEMP_DIGEST_TEXT_BYTES];
  aemp_digest_text (&one->digest, a);
  aemp_digest_text (&other->digest, b);
  g_assert_cmpstr (a, ==, b);
}

/* All decisions of links whose label begins so, in a text. */
static char *
text_of (const GPtrArray *decisions, const char *prefix)
{
  GString *text = g_string_new (NULL);
  for (unsigned i = 0; i < decisions->len; i++)
    {
      const ScenarioDecision *decision = decisions->pdata[i];
      if (g_str_has_prefix (decision->label, prefix))
        g_string_append_printf (text, "%s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                                decision->label, decision->identity, decision->value);
    }
  return g_string_free (text, FALSE);
}

static void
test_replay (void)
{
  g_test_summary (
      "All decisions of a run, and nothing else: the same run, to the last bit; without "
      "the decisions it is another one, in which nothing goes wrong.");

  g_autoptr (Scenario) scenario = parse (lossy);
  g_autoptr (GPtrArray) decisions = decisions_of (scenario, 7, NULL);
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  SimRunOptions options = { .seed = 7 };
  g_autoptr (SimResult) drawn = sim_run (scenario, &options);
  options.decisions = decisions;
  options.decides_nothing_else = true;
  g_autoptr (SimResult) decided = sim_run (scenario, &options);
  options.decisions = nothing;
  g_autoptr (SimResult) neutral = sim_run (scenario, &options);

  g_assert_cmpuint (decisions->len, >, 20);
  assert_same_digest (drawn, decided);
  g_assert_cmpuint (drawn->trace_lines, ==, decided->trace_lines);
  g_autoptr (GPtrArray) none = decisions_of (scenario, 7, nothing);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (neutral->digest.low != drawn->digest.low);
}

static void
test_in_scenario (void)
{
  g_test_summary ("Decisions that stand in the scenario are decided, whatever the seed.");

  g_autoptr (Scenario) scenario = parse (lossy);
  g_autoptr (GPtrArray) decisions = decisions_of (scenario, 7, NULL);
  g_assert_cmpuint (decisions->len, >, 0);
  const ScenarioDecision *first = decisions->pdata[0]; /* nothing before it is otherwise */
  g_autofree char *text
      = g_strdup_printf ("%sdecide nothing else\ndecide %s %" G_GUINT64_FORMAT " 1\n", lossy,
                         first->label, first->identity);
  g_autoptr (Scenario) said = parse (text);
  g_autoptr (GPtrArray) only = decisions_of (said, 7, NULL);
  g_assert_cmpuint (only->len, ==, 1);
  g_assert_cmpstr (((ScenarioDecision *)only->pdata[0])->label, ==, first->label);
}

static void
test_nothing_shifts (void)
{
  g_test_summary ("An actor that is taken away changes nothing of what chance decides elsewhere.");

  g_autoptr (Scenario) scenario = parse (lossy);
  g_autofree char *text = g_strdup (lossy);
  char *more = strstr (text, "actor ruth.more");
  memset (more, ' ', (size_t)(strchr (more, '\n') - more));
  g_autoptr (Scenario) less = parse (text);
  g_autoptr (GPtrArray) decisions = decisions_of (scenario, 7, NULL);
  g_autoptr (GPtrArray) others = decisions_of (less, 7, NULL);
  g_autofree char *far = text_of (decisions, "link/remy-rose/");
  g_autofree char *far_still = text_of (others, "link/remy-rose/");
  g_autofree char *near = text_of (decisions, "link/ruth-rain/");
  g_autofree char *near_now = text_of (others, "link/ruth-rain/");

  g_assert_cmpuint (strlen (far), >, 0);
  g_assert_cmpstr (far, ==, far_still);
  g_assert_cmpstr (near, !=, near_now);
}

/* A trace without line numbers, decisions, and what says which statement it was. */
static void
take_line (const char *line, size_t length, void *user_data)
{
  const char *comma = strchr (line, ',');
  if (strstr (line, "\"event\":\"fault") || strstr (line, "\"event\":\"decide\"")
      || strstr (line, "\"event\":\"expectation\"") || !g_str_has_prefix (line, "{\"line\""))
    return;
  g_string_append_len (user_data, comma, (gssize)length - (comma - line));
}

static char *
trace_of (const Scenario *scenario, uint64_t seed)
{
  GString *trace = g_string_new (NULL);
  g_autoptr (SimResult) result = sim_run (
      scenario, &(SimRunOptions){ .seed = seed, .trace_line = take_line, .trace_data = trace });
  return g_string_free (trace, FALSE);
}

static void
test_storm (void)
{
  g_test_summary ("A storm as the statements it comes down to is the same story, event for event.");

  g_autoptr (Scenario) scenario = parse (stormy);
  for (uint64_t seed = 1; seed <= 10; seed++)
    {
      g_autoptr (Scenario) expanded = parse (stormy);
      sim_expand_storms (expanded, seed);
      g_autofree char *text = scenario_print (expanded);
      g_autoptr (Scenario) again = parse (text);
      g_autofree char *trace = trace_of (scenario, seed);
      g_autofree char *trace_again = trace_of (again, seed);

      g_assert_null (strstr (text, "storm "));
      g_assert_cmpuint (again->actions->len, >, 20);
      g_assert_cmpstr (trace, ==, trace_again);
    }
}

static void
test_stroke (void)
{
  g_test_summary ("Each stroke of a storm is a decision: taken back, it does not happen, and the "
                  "others do.");

  g_autoptr (Scenario) scenario = parse (stormy);
  g_autoptr (GPtrArray) all = decisions_of (scenario, 3, NULL);
  ScenarioDecision back = { (char *)"faults/reset/one/0", 1, 0 };
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (free_decision);
  g_ptr_array_add (taken, &back);
  g_autoptr (SimResult) result = sim_run (
      scenario, &(SimRunOptions){
                    .seed = 3, .decided = on_decided, .decided_data = left, .decisions = taken });
  g_autofree char *before = text_of (all, "faults/reset/");
  g_autofree char *after = text_of (left, "faults/reset/");
  g_autofree char *cuts = text_of (all, "faults/cut/");
  g_autofree char *cuts_after = text_of (left, "faults/cut/");

  g_assert_nonnull (strstr (before, "faults/reset/one/0 1 1\n"));
  g_assert_null (strstr (after, "faults/reset/one/0 1 1\n"));
  g_assert_nonnull (strstr (after, "faults/reset/one/0 2 1\n"));
  g_assert_cmpstr (cuts, ==, cuts_after);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decisions/replay", test_replay);
  g_test_add_func ("/decisions/in-scenario", test_in_scenario);
  g_test_add_func ("/decisions/nothing-shifts", test_nothing_shifts);
  g_test_add_func ("/decisions/storm", test_storm);
  g_test_add_func ("/decisions/stroke", test_stroke);
  return g_test_run ();
}
