/* tests/unit/test-lint.c - the command that reads scenarios, the reference, the catalogue. */
#include "sim/actors/kinds.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char *
source_file (const char *folder, const char *name)
{
  return g_build_filename (g_getenv ("AEMP_TEST_DATA"), "..", "..", folder, name, NULL);
}

/* Runs this program once more, as the command: see main(). */
static void
assert_lint (const char *const *arguments, int status, const char *out, const char *err)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GPtrArray) command = g_ptr_array_new ();
  g_autofree char *found_out = NULL, *found_err = NULL;
  int wait_status;

  g_ptr_array_add (command, self);
  g_ptr_array_add (command, (char *)"lint");
  for (; *arguments; arguments++)
    g_ptr_array_add (command, (char *)*arguments);
  g_ptr_array_add (command, NULL);
  g_assert_true (g_spawn_sync (NULL, (char **)command->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                               &found_out, &found_err, &wait_status, NULL));
  g_assert_true (WIFEXITED (wait_status));
  g_assert_cmpint (WEXITSTATUS (wait_status), ==, status);
  if (!g_pattern_match_simple (out, found_out))
    g_error ("it printed: %s", found_out);
  if (!g_pattern_match_simple (err, found_err))
    g_error ("it complained: %s", found_err);
}

static void
test_good (void)
{
  g_test_summary ("A good file is explained, or printed again, or passed in silence.");

  g_autofree char *hello = source_file ("scenarios/catalogue", "hello.scn");
  g_autofree char *chat = source_file ("scenarios/catalogue", "chat.scn");

  assert_lint (ARGUMENTS (hello), 0, "hello\n2 nodes:\n*It ends at 10s.\n", "");
  assert_lint (ARGUMENTS (hello, chat), 0, "hello\n*\n\nchat\n*", "");
  assert_lint (ARGUMENTS ("--print", hello), 0, "scenario \"hello\"\nnode rain\n*until 10s\n", "");
  assert_lint (ARGUMENTS ("--quiet", "--", hello), 0, "", "");
  assert_lint (ARGUMENTS (hello, "--quiet"), 0, "", "");
  assert_lint (ARGUMENTS ("--help"), 0, "aemp lint - *", "");
}

static void
test_bad (void)
{
  g_test_summary ("What is wrong is one line on stderr and the exit status 65; the other files are "
                  "read all the same.");

  g_autofree char *hello = source_file ("scenarios/catalogue", "hello.scn");
  g_autofree char *folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "bad.scn", NULL);
  g_autofree char *complaint
      = g_strdup_printf ("%s:2:6: expected a new name, found `rain`, a node since line 1\n", file);

  g_assert_true (g_file_set_contents (file, "node rain\nnode rain\n", -1, NULL));
  assert_lint (ARGUMENTS (file), 65, "", complaint);
  assert_lint (ARGUMENTS (file, hello), 65, "*hello\n2 nodes:\n*", complaint);
  assert_lint (ARGUMENTS ("--quiet", hello, file), 65, "", complaint);
  assert_lint (ARGUMENTS ("/nowhere/no.scn"), 65, "",
               "/nowhere/no.scn: expected a readable file: No such file or directory\n");
  g_unlink (file);
  g_rmdir (folder);
}

static void
test_usage (void)
{
  g_test_summary ("Without a file, or with an option that there is not, the usage is told.");

  assert_lint (ARGUMENTS (NULL), 64, "",
               "aemp lint: expected at least one FILE\nusage: aemp lint *");
  assert_lint (ARGUMENTS ("--quiet"), 64, "", "aemp lint: expected at least one FILE\n*");
  assert_lint (ARGUMENTS ("--loud", "x"), 64, "", "aemp lint: unknown option --loud\n*");
  assert_lint (ARGUMENTS ("x", "--loud"), 64, "", "aemp lint: unknown option --loud\n*");
}

static void
test_reference (void)
{
  g_test_summary ("docs/scenario-language.md is what `aemp lint --reference` prints.");

  g_autofree char *file = source_file ("docs", "scenario-language.md");
  g_autofree char *committed = NULL;
  g_autofree char *made = scenario_reference (sim_actor_kinds);

  g_assert_true (g_file_get_contents (file, &committed, NULL, NULL));
  if (strcmp (committed, made) != 0)
    g_error ("it is old; make it again: aemp lint --reference > docs/scenario-language.md");
}

/* An example with the world that examples live in; one that makes a part of that world
 * itself stands alone. */
static char *
example_scenario (const ScenarioStatement *statement)
{
  static const char world[] = "node rain\nnode ruth\nnode sun\nnodes worker 1..8\n"
                              "actor rain.sink sink\nactor ruth.watcher watch rain.sink\n";
  if (strcmp (statement->statement, "node") == 0)
    return g_strconcat ("node ruth\nnode sun\n", statement->example, NULL);
  if (strcmp (statement->statement, "nodes") == 0)
    return g_strconcat ("node rain\nnode ruth\n", statement->example, NULL);
  return g_strconcat (world, statement->example, NULL);
}

static void
test_examples (void)
{
  g_test_summary (
      "Each example of the reference is right, and those of statements that are not yet "
      "there are refused as such.");

  for (unsigned i = 0; scenario_statements[i]; i++)
    {
      g_autofree char *text = example_scenario (scenario_statements[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (Scenario) scenario = scenario_parse (text, "example", sim_actor_kinds, &error);
      g_assert_true ((scenario == NULL) == scenario_statements[i]->not_yet);
      if (scenario_statements[i]->not_yet)
        g_assert_error (error, SCENARIO_ERROR, SCENARIO_ERROR_NOT_YET);
      else
        g_assert_no_error (error);
    }
}

static void
test_catalogue (const void *name_of_folder)
{
  g_test_summary ("Every scenario of the catalogue, and of those for many seeds, is right, says what "
                  "it is after, checks something, and survives to be written again.");

  g_autofree char *folder = source_file ("scenarios", name_of_folder);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  unsigned count = 0;

  g_assert_nonnull (dir);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL; count++)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;
      g_assert_true (g_str_has_suffix (name, ".scn"));
      g_autoptr (Scenario) scenario = scenario_load (file, sim_actor_kinds, &error);
      g_assert_no_error (error);
      g_autofree char *text = scenario_print (scenario);
      g_autoptr (Scenario) again = scenario_parse (text, name, sim_actor_kinds, &error);
      g_assert_no_error (error);
      g_assert_true (scenario_equal (scenario, again));
      g_assert_true (g_str_has_prefix (scenario->source, "# "));
      g_assert_cmpuint (scenario->expects->len, >, 0);
    }
  g_assert_cmpuint (count, >=, 3);
}

int
main (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "lint") == 0)
    return scenario_lint_command (argc - 1, argv + 1, sim_actor_kinds);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lint/good", test_good);
  g_test_add_func ("/lint/bad", test_bad);
  g_test_add_func ("/lint/usage", test_usage);
  g_test_add_func ("/lint/reference", test_reference);
  g_test_add_func ("/lint/examples", test_examples);
  g_test_add_data_func ("/lint/catalogue", "catalogue", test_catalogue);
  g_test_add_data_func ("/lint/short", "short", test_catalogue);
  return g_test_run ();
}
