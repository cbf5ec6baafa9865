/* tests/unit/test-edit.c - scenarios with parts taken away make sense again. */
#include "scenario-try.h"

#include "scenarios/edit.h"
#include "sim/actors/kinds.h"

#include <string.h>

static const char town[] = "scenario \"town\"\n"
                           "node rain seeds ruth\n"
                           "node ruth seeds rain\n"
                           "node rose seeds rain,ruth\n"
                           "link rain rose loss 1%\n"
                           "actor rain.sink sink\n"
                           "actor rose.talk flood rain.sink count 5\n"
                           "actor ruth.watch watch rain.sink\n"
                           "actor ruth.echo echo\n"
                           "expect ruth.watch told never\n"
                           "at 1s cut rain | ruth rose\n"
                           "at 2s kill rose\n"
                           "at 3s heal rain | ruth rose\n"
                           "at 4s restart rose ; pause ruth for 1s\n"
                           "at 5s storm 5s cut any every 1s, kill any of rose every 2s\n"
                           "calm\n"
                           "within 10s all connected\n"
                           "check delivery\n"
                           "reach node_down rain rose\n";

/* Leaves all but the `gone` ones; reads again what is printed then. */
static Scenario *
without (const char *text, ScenarioPart part, const char *gone)
{
  g_autoptr (Scenario) scenario = try_parse (text);
  unsigned count = scenario_part_count (scenario, part);
  g_autofree bool *kept = g_new (bool, count + 1);
  for (unsigned i = 0; i < count; i++)
    kept[i] = !strchr (gone, (int)('0' + i));
  scenario_keep (scenario, part, kept);
  g_autofree char *printed = scenario_print (scenario);
  return try_parse (printed);
}

static void
assert_prints (const Scenario *scenario, const char *expected)
{
  g_autofree char *text = scenario_print (scenario);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_node (void)
{
  g_test_summary ("With a node go its actors, those who need them, what is expected of them, its "
                  "links and seeds, what is done to it, and places that only it comes to.");

  g_autoptr (Scenario) scenario = without (town, SCENARIO_PART_NODES, "0");
  assert_prints (scenario,
                 "scenario \"town\"\n"
                 "node ruth\n"
                 "node rose  seeds ruth\n"
                 "actor ruth.echo  echo\n"
                 "at 2s  kill rose\n"
                 "at 4s  restart rose\n"
                 "pause ruth for 1s\n"
                 "at 5s  storm 5s  cut any every 1s for 1s..10s, kill any of rose every 2s "
                 "for 1s..10s\n"
                 "calm\n"
                 "within 10s  all connected\n"
                 "check delivery\n");
}

static void
test_actor (void)
{
  g_test_summary ("With an actor go those who are about it, and what is expected of them.");

  g_autoptr (Scenario) scenario = without (town, SCENARIO_PART_ACTORS, "0");
  g_assert_cmpuint (scenario->actors->len, ==, 1);
  g_assert_cmpuint (scenario->expects->len, ==, 1);
}

static void
test_episodes (void)
{
  g_test_summary ("A cut and its heal are one episode, a kill and its restart another.");

  g_autoptr (Scenario) scenario = try_parse (town);
  g_assert_cmpuint (scenario_part_count (scenario, SCENARIO_PART_EPISODES), ==, 5);

  g_autoptr (Scenario) uncut = without (town, SCENARIO_PART_EPISODES, "0");
  for (unsigned i = 0; i < uncut->actions->len; i++)
    {
      const ScenarioAction *action = uncut->actions->pdata[i];
      g_assert_true (action->kind != SCENARIO_CUT && action->kind != SCENARIO_HEAL);
    }
  g_assert_cmpuint (uncut->actions->len, ==, scenario->actions->len - 2);
}

static void
test_parts (void)
{
  g_test_summary ("Faults of storms, promises, links and expectations one by one.");

  g_autoptr (Scenario) storm = without (town, SCENARIO_PART_FAULTS, "0");
  const ScenarioAction *action = storm->actions->pdata[5];
  g_assert_cmpuint (action->faults->len, ==, 1);
  g_autoptr (Scenario) no_storm = without (town, SCENARIO_PART_FAULTS, "01");
  g_assert_cmpuint (no_storm->actions->len, ==, 6);
  g_autoptr (Scenario) promise = without (town, SCENARIO_PART_PROMISES, "0234");
  g_autofree char *text = scenario_print (promise);
  g_assert_nonnull (strstr (text, "\ncheck 2\n"));
  g_autoptr (Scenario) no_link = without (town, SCENARIO_PART_LINKS, "0");
  g_assert_cmpuint (no_link->links->len, ==, 0);
  g_autoptr (Scenario) less = without (town, SCENARIO_PART_EXPECTS, "0");
  g_assert_cmpuint (less->expects->len, ==, 1);
}

static void
test_merge (void)
{
  g_test_summary ("One node takes the place of another: seeds, actors, and who names them; what "
                  "cannot be between a node and itself is gone.");

  g_autoptr (Scenario) scenario
      = try_parse ("scenario \"two\"\nnode rain\nnode ruth seeds rain\nnode rose seeds ruth\n"
                   "actor ruth.sink sink\nactor rose.talk flood ruth.sink count 2\n"
                   "at 1s reset ruth rose ; reset rain ruth ; kill ruth\n");
  scenario_merge_nodes (scenario, 1, 0);
  assert_prints (scenario, "scenario \"two\"\n"
                           "node rain\n"
                           "node rose  seeds rain\n"
                           "actor rain.sink  sink\n"
                           "actor rose.talk  flood rain.sink count 2\n"
                           "at 1s  reset rain | rose\n"
                           "kill rain\n");
}

static void
test_shift (void)
{
  g_test_summary ("What comes after a time comes earlier, and so does the end.");

  g_autoptr (Scenario) scenario
      = try_parse ("scenario \"s\"\nnode a\nat 1s kill a\nat 5s restart a\n"
                   "within 3s all connected\nuntil 20s\n");
  scenario_shift (scenario, 1000000, -3000000);
  assert_prints (scenario, "scenario \"s\"\n"
                           "node a\n"
                           "at 1s  kill a\n"
                           "at 2s  restart a\n"
                           "within 3s  all connected\n"
                           "until 17s\n");
}

static void
test_catalogue (void)
{
  g_test_summary (
      "Every scenario of the catalogue is written so that it parses to an equal one, and "
      "is written in the same way again.");

  const char *folder = g_getenv ("AEMP_CATALOGUE");
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  unsigned seen = 0;
  g_assert_nonnull (files);
  for (const char *name; (name = g_dir_read_name (files));)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *file = g_build_filename (folder, name, NULL);
      if (!g_str_has_suffix (name, ".scn"))
        continue;
      g_autoptr (Scenario) scenario = scenario_load (file, sim_actor_kinds, &error);
      g_assert_no_error (error);
      g_autofree char *text = scenario_print (scenario);
      g_autoptr (Scenario) again = scenario_parse (text, file, sim_actor_kinds, &error);
      g_assert_no_error (error);
      g_assert_true (scenario_equal (scenario, again));
      g_autofree char *text_again = scenario_print (again);
      g_assert_cmpstr (text, ==, text_again);
      seen++;
    }
  g_assert_cmpuint (seen, >, 50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edit/node", test_node);
  g_test_add_func ("/edit/actor", test_actor);
  g_test_add_func ("/edit/episodes", test_episodes);
  g_test_add_func ("/edit/parts", test_parts);
  g_test_add_func ("/edit/merge", test_merge);
  g_test_add_func ("/edit/shift", test_shift);
  g_test_add_func ("/edit/catalogue", test_catalogue);
  return g_test_run ();
}
