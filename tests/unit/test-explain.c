/* tests/unit/test-explain.c - why a seed fails: the fault that decides it, and when it was lost. */

#include "sim/actors/actors.h"
#include "sim/search/explain.h"

#include <string.h>

#define TOWN                                                                                       \
  "scenario \"town\"\nnode rain global\nnode ruth seeds rain\nnode rose seeds rain\n"              \
  "network delay 1ms..20ms\nactor rain.sink sink\nactor ruth.talk flood rain.sink every 50ms\n"    \
  "actor rose.watch watch rain.sink\n"

static Scenario *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_parse (text, "story.scn", sim_actor_kinds, &error);
  g_assert_no_error (error);
  return scenario;
}

static SimExplained *
explain (const Scenario *scenario, uint64_t seed)
{
  return sim_explain (scenario, &(SimExplainOptions){ .seed = seed, .jobs = 2 });
}

static const SimExplainFault *
fault_at (const SimExplained *explained, int index)
{
  g_assert_cmpint (index, >=, 0);
  g_assert_cmpint (index, <, (int)explained->faults->len);
  return explained->faults->pdata[index];
}

/* --- Which fault ----------------------------------------------------------------------------------- */

static void
test_deciding (void)
{
  g_test_summary ("Of three resets one breaks the expectation.  It is named, the others are not, and the "
                  "run without it passes; and the curve's step is where it happens.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "expect rose.watch told transport_error never within 12s\n"
                    "at 3s reset rain ruth\nat 6s reset rain rose\nat 9s reset rain ruth\nuntil 12s\n");
  g_autoptr (SimExplained) explained = explain (scenario, 1);
  g_assert_cmpint (explained->verdict, ==, SIM_TRIAL_FAILED);
  g_assert_cmpuint (explained->faults->len, ==, 3);
  const SimExplainFault *deciding = fault_at (explained, explained->deciding);
  g_assert_cmpint (deciding->at_us, ==, 6000000);
  g_assert_cmpstr (deciding->text, ==, "reset rain | rose");
  g_assert_cmpuint (deciding->line, ==, 11);
  g_assert_true (deciding->is_left_out);
  g_assert_cmpint (fault_at (explained, 0)->without, ==, SIM_WITHOUT_SAME);
  g_assert_cmpint (explained->time_us, <, 7000000);
  g_assert_cmpint (fault_at (explained, 2)->without, ==, SIM_WITHOUT_UNKNOWN); /* it came later */
  g_assert_cmpuint (explained->left_out, ==, 1);
  g_assert_false (explained->fails_later);
  g_assert_cmpint (explained->step_fault, ==, explained->deciding);
  g_assert_cmpint (explained->lost_after_us, ==, 6000000);
  g_assert_cmpint (explained->lost_before_us, ==, 6000001);
}

static void
test_several (void)
{
  g_test_summary ("Where either of two faults is enough, both have to be left out, and only they are.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "expect rose.watch told transport_error never within 12s\n"
                    "at 3s reset rain rose\nat 3s reset rain ruth\nat 3s kill rain ; at 7s restart rain\n"
                    "until 12s\n");
  g_autoptr (SimExplained) explained = explain (scenario, 1);
  g_assert_cmpint (explained->deciding, ==, -1);
  g_assert_cmpuint (explained->left_out, ==, 2);
  g_assert_true (fault_at (explained, 0)->is_left_out);
  g_assert_false (fault_at (explained, 1)->is_left_out);
  g_assert_true (fault_at (explained, 2)->is_left_out);
  g_assert_cmpint (fault_at (explained, 3)->without, ==, SIM_WITHOUT_UNKNOWN);
}

static void
test_once_more_later (void)
{
  g_test_summary ("Where a later fault breaks the expectation once more, the first one is named all the "
                  "same, and it is said that the run fails later without it.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "expect rose.watch told transport_error never within 12s\n"
                    "at 3s reset rain rose\nat 8s reset rain rose\nuntil 12s\n");
  g_autoptr (SimExplained) explained = explain (scenario, 1);
  g_assert_cmpint (explained->deciding, ==, 0);
  g_assert_cmpint (explained->step_fault, ==, 0);
  g_assert_true (explained->fails_later);
}

static void
test_storm (void)
{
  g_test_summary ("What a storm did is told as single faults, with the line of the storm; the one that "
                  "breaks the expectation is named.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "expect rose.watch told transport_error never within 20s\n"
                    "at 2s storm 10s reset one every 1s..5s\nuntil 20s\n");
  unsigned found = 0;
  for (uint64_t seed = 1; seed <= 6; seed++)
    {
      g_autoptr (SimExplained) explained = explain (scenario, seed);
      if (explained->verdict == SIM_TRIAL_OK || explained->deciding < 0)
        continue;
      const SimExplainFault *deciding = fault_at (explained, explained->deciding);
      found++;
      g_assert_true (deciding->of_storm);
      g_assert_cmpuint (deciding->line, ==, 10);
      g_assert_nonnull (strstr (deciding->text, "rose"));
      g_assert_nonnull (strstr (deciding->text, "rain"));
    }
  g_assert_cmpuint (found, >=, 1);
}

static void
test_no_fault (void)
{
  g_test_summary ("What fails whatever happens was lost from the beginning, and no fault is to blame.");
  g_autoptr (Scenario) scenario = parse (TOWN "expect rose.watch told \"no such thing\" once within 5s\n"
                                              "at 3s reset rain ruth\nuntil 9s\n");
  g_autoptr (SimExplained) explained = explain (scenario, 1);
  g_assert_cmpint (explained->deciding, ==, -1);
  g_assert_cmpuint (explained->left_out, ==, 0);
  g_assert_cmpint (explained->lost_before_us, ==, 0);
  g_assert_cmpuint (g_array_index (explained->curve, SimExplainPoint, 0).same, ==, 16);
}

static void
test_passes (void)
{
  g_test_summary ("A seed that does not fail has nothing to be explained.");
  g_autoptr (Scenario) scenario = parse (TOWN "until 5s\ncheck delivery\n");
  g_autoptr (SimExplained) explained = explain (scenario, 1);
  g_assert_cmpint (explained->verdict, ==, SIM_TRIAL_OK);
  g_assert_cmpuint (explained->played, ==, 1);
  g_autofree char *text = sim_explained_print (explained, scenario, 1, "");
  g_assert_cmpstr (text, ==, "town   seed 1   does not fail\n");
}

/* --- What is said ------------------------------------------------------------------------------------ */

static void
test_text (void)
{
  g_test_summary ("People are told what was promised, what happened, what decides it, when it was lost and "
                  "what was seen last; programs get the same.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "expect rose.watch told transport_error never within 12s\n"
                    "at 6s reset rain rose\nuntil 12s\n");
  g_autoptr (SimExplained) explained = explain (scenario, 1);
  g_autofree char *text = sim_explained_print (explained, scenario, 1, "aemp simulate story.scn");
  static const char *const said[]
      = { "town   seed 1   fails\n", "  promised   what the scenario expects\n",
          "told transport_error never within 12s",
          "without this one fault (of 1 tried) the run passes.\n",
          "\n    at 6.000 s  reset rain | rose   (line 10)\n",
          "when everything from then on is drawn again", "  16 of 16\n", "It was lost when this happened",
          "The last that was seen", "link_down", "see it again with: aemp simulate story.scn\n" };
  for (unsigned i = 0; i < G_N_ELEMENTS (said); i++)
    if (!strstr (text, said[i]))
      g_error ("expected: %s\nfound: %s", said[i], text);
  g_autofree char *json = sim_explained_json (explained, scenario, 1);
  g_assert_nonnull (strstr (json, "\"deciding\":0,\"step_fault\":0,\"lost_after\":6000000,"
                                  "\"lost_before\":6000001,\"story\":[{\"line\":"));
  g_assert_nonnull (strstr (json, "\"text\":\"What decides it: reset rain | rose at 6.000 s. Without it the "
                                  "run passes.\"}],\"faults\":[{\"at\":6000000,"));
  g_assert_nonnull (strstr (json, "\"curve\":[{\"at\":0,"));
}

/* --- Drawn again ----------------------------------------------------------------------------------------- */

static char *
digest_of (const Scenario *scenario, const SimRunOptions *options)
{
  g_autoptr (SimResult) result = sim_run (scenario, options);
  char *text = g_malloc (AEMP_DIGEST_TEXT_BYTES);
  aemp_digest_text (&result->digest, text);
  return text;
}

typedef struct
{
  AempDigest digest;
  int64_t until_us;
} Before;

static void
see_before (const AempTraceEvent *event, uint64_t line, void *user_data)
{
  Before *before = user_data;
  if (event->time_us < before->until_us)
    aemp_digest_see (&before->digest, event);
}

static void
test_again (void)
{
  g_test_summary ("A run in which everything is drawn again from some time on is the same before that, another "
                  "one behind it, and repeatable; faults of the scenario happen or do not.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "at 6s reset rain rose\nat 7s cut rain | ruth ; at 8s heal\nuntil 12s\n");
  g_autofree char *plain = digest_of (scenario, &(SimRunOptions){ .seed = 1 });
  SimRunOptions again = { .seed = 1, .again = 5, .again_at_us = 4000000 };
  g_autofree char *one = digest_of (scenario, &again);
  g_autofree char *two = digest_of (scenario, &again);
  g_assert_cmpstr (one, ==, two);
  g_assert_cmpstr (one, !=, plain);
  Before befores[2];
  for (unsigned i = 0; i < 2; i++)
    {
      befores[i] = (Before){ .until_us = 4000000 };
      aemp_digest_init (&befores[i].digest, 0);
      again.again = i ? 5 : 0;
      again.observe = see_before;
      again.observe_data = &befores[i];
      g_autofree char *digest = digest_of (scenario, &again);
    }
  g_assert_cmpuint (befores[0].digest.events, >, 100);
  g_assert_cmpmem (&befores[0].digest, sizeof (AempDigest), &befores[1].digest, sizeof (AempDigest));
}

static void
count_fault (const AempTraceEvent *event, uint64_t line, void *user_data)
{
  unsigned *counts = user_data;
  if (event->kind == AEMP_TRACE_FAULT)
    counts[g_str_has_prefix (event->text, "cut") ? 1 : g_str_has_prefix (event->text, "reset") ? 0 : 2]++;
}

static void
test_faults_again (void)
{
  g_test_summary ("When all is drawn again, the scenario's own faults from then on happen in half of the "
                  "runs, and what ends one goes with it; those that began before stay, and all of them do "
                  "where that is wanted.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "at 2s reset rain rose\nat 7s cut rain | ruth ; at 8s heal rain | ruth\nuntil 9s\n");
  unsigned counts[3] = { 0 }, kept[3] = { 0 };
  for (uint64_t i = 1; i <= 40; i++)
    {
      SimRunOptions options = { .seed = 1, .again = i, .again_at_us = 4000000,
                                .observe = count_fault, .observe_data = counts };
      sim_result_free (sim_run (scenario, &options));
      options.keeps_faults = true;
      options.observe_data = kept;
      sim_result_free (sim_run (scenario, &options));
    }
  g_assert_cmpuint (counts[0], ==, 40);
  g_assert_cmpuint (counts[1], >=, 10);
  g_assert_cmpuint (counts[1], <=, 30);
  g_assert_cmpuint (counts[2], ==, counts[1]);
  g_assert_cmpuint (kept[1], ==, 40);
}

static void
note_fault (const AempTraceEvent *event, uint64_t line, void *user_data)
{
  if (event->kind == AEMP_TRACE_FAULT)
    g_string_append_printf (user_data, "%" G_GINT64_FORMAT " %s\n", event->time_us, event->text);
}

static void
test_storm_again (void)
{
  g_test_summary ("When all is drawn again, so is what a storm does from then on; what it did before stays.");
  g_autoptr (Scenario) scenario
      = parse (TOWN "at 2s storm 10s reset any every 500ms..1s\nuntil 12s\n");
  GString *faults[2] = { g_string_new (NULL), g_string_new (NULL) };
  for (unsigned i = 0; i < 2; i++)
    {
      SimRunOptions options = { .seed = 1, .again = i, .again_at_us = 6000000,
                                .observe = note_fault, .observe_data = faults[i] };
      sim_result_free (sim_run (scenario, &options));
    }
  size_t alike = 0;
  while (faults[0]->str[alike] && faults[0]->str[alike] == faults[1]->str[alike])
    alike++;
  g_assert_cmpstr (faults[0]->str, !=, faults[1]->str);
  const char *last = g_strrstr_len (faults[0]->str, (gssize)alike, "\n");
  g_assert_nonnull (last);
  g_assert_cmpint (g_ascii_strtoll (last + 1, NULL, 10), >=, 6000000);
  g_string_free (faults[0], TRUE);
  g_string_free (faults[1], TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain/deciding", test_deciding);
  g_test_add_func ("/explain/several", test_several);
  g_test_add_func ("/explain/once-more-later", test_once_more_later);
  g_test_add_func ("/explain/storm", test_storm);
  g_test_add_func ("/explain/no-fault", test_no_fault);
  g_test_add_func ("/explain/passes", test_passes);
  g_test_add_func ("/explain/text", test_text);
  g_test_add_func ("/explain/again", test_again);
  g_test_add_func ("/explain/faults-again", test_faults_again);
  g_test_add_func ("/explain/storm-again", test_storm_again);
  return g_test_run ();
}
