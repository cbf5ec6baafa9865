/* tests/unit/test-check.c - the command that judges recorded traces: those of simulations, and
 * what it prints.  tests/world/traces.c has real nodes. */

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#define STORY                                                                                      \
  "scenario \"two\"\nnode rain global\nnode ruth seeds rain\n"                                     \
  "actor rain.e echo\nactor ruth.h hello rain.e\nactor ruth.w watch rain.e\n"

/* A folder with a scenario in it. */
typedef struct
{
  char *folder;
  char *story;
  char *trace;
} Desk;

static Desk *
desk_new (const char *scenario)
{
  Desk *desk = g_new (Desk, 1);

  desk->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  desk->story = g_build_filename (desk->folder, "story.scn", NULL);
  desk->trace = g_build_filename (desk->folder, "t.jsonl", NULL);
  g_assert_true (g_file_set_contents (desk->story, scenario, -1, NULL));
  return desk;
}

static void
desk_free (Desk *desk)
{
  g_unlink (desk->story);
  g_unlink (desk->trace);
  g_rmdir (desk->folder);
  g_free (desk->folder);
  g_free (desk->story);
  g_free (desk->trace);
  g_free (desk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Desk, desk_free)

static char *
source_file (const char *folder, const char *name)
{
  return g_build_filename (g_getenv ("AEMP_TEST_DATA"), "..", "..", folder, name, NULL);
}

/* Runs `command` in the folder, where $aemp is the program; gives its stdout and stderr. */
static char *
run (const Desk *desk, const char *command, int *status)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *merged = g_strconcat (command, " 2>&1", NULL);
  char *arguments[] = { (char *)"/bin/sh", (char *)"-c", merged, NULL };
  g_autoptr (GError) error = NULL;
  char *out = NULL;
  int wait_status;

  environment = g_environ_setenv (environment, "aemp", g_getenv ("AEMP_PROGRAM"), TRUE);
  g_spawn_sync (desk->folder, arguments, environment, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL,
                &wait_status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (wait_status));
  *status = WEXITSTATUS (wait_status);
  return out;
}

static void
assert_like (const char *text, const char *pattern)
{
  if (!g_pattern_match_simple (pattern, text))
    g_error ("expected: %s\nfound: %s", pattern, text);
}

/* `command` ends with this status and says what fits. */
static void
says (const Desk *desk, const char *command, int status, const char *pattern)
{
  int found;
  g_autofree char *out = run (desk, command, &found);

  assert_like (out, pattern);
  if (found != status)
    g_error ("%s: status %d: %s", command, found, out);
}

/* The lines that begin with a promise's verdict. */
static char *
verdicts_of (const char *out)
{
  g_auto (GStrv) lines = g_strsplit (out, "\n", -1);
  GString *verdicts = g_string_new (NULL);

  for (unsigned at = 0; lines[at]; at++)
    if (strlen (lines[at]) > 9 && g_str_has_prefix (lines[at], "  ")
        && (g_ascii_isdigit (lines[at][8]) || g_ascii_isdigit (lines[at][9])))
      g_string_append_printf (verdicts, "%s\n", lines[at]);
  return g_string_free (verdicts, false);
}

static void
judges_alike (const Desk *desk, const char *arguments, bool is_fine)
{
  g_autofree char *play = g_strdup_printf ("$aemp simulate %s --trace t.jsonl", arguments);
  int played, judged;
  g_autofree char *run_out = run (desk, play, &played);
  g_autofree char *check_out = run (desk, "$aemp check t.jsonl", &judged);
  g_autofree char *run_verdicts = verdicts_of (run_out);
  g_autofree char *check_verdicts = verdicts_of (check_out);

  g_test_message ("%s", arguments);
  g_assert_cmpstr (run_verdicts, !=, "");
  g_assert_cmpstr (check_verdicts, ==, run_verdicts);
  g_assert_cmpint (judged, ==, played);
  g_assert_true ((played == 0) == is_fine);
}

static void
test_as_the_run (void)
{
  g_test_summary ("The trace of a simulation is judged as the run was: the same verdicts, the same "
                  "numbers, the same status.");
  static const char *const names[] = { "chat",       "clocks",  "five-globals",        "hello",
                                       "links",      "lookups", "monitors-and-resets", "pause",
                                       "same-id",    "secure",  "small-bites",         "spawn",
                                       "nobody-out", "storm",   "wrong-secret" };
  g_autoptr (Desk) desk = desk_new (STORY);

  for (unsigned at = 0; at < G_N_ELEMENTS (names); at++)
    for (unsigned seed = 1; seed <= 3; seed++)
      {
        g_autofree char *name = g_strconcat (names[at], ".scn", NULL);
        g_autofree char *file = source_file ("scenarios/catalogue", name);
        g_autofree char *arguments = g_strdup_printf ("%s --seed %u", file, seed);

        judges_alike (desk, arguments, true);
      }
}

static void
test_not_fine (void)
{
  g_test_summary ("So is one that failed: an expectation, no progress, nothing to judge, one that "
                  "was cut short before it came to rest, one with other settings.");
  static const struct
  {
    const char *more;
    const char *arguments;
    bool is_fine;
  } cases[] = {
    { "check delivery\nexpect ruth.h heard never within 5s\n", "story.scn", false },
    { "check delivery\nat 0s cut rain | ruth\nwithin 5s all connected\n", "story.scn", false },
    { "check 6\n", "story.scn", false },
    { "at 5s calm\ncheck database 12\n", "story.scn --until 6s", false },
    { "at 5s calm\ncheck database 12\n", "story.scn --set monitor_timeout=40", true },
  };

  for (unsigned at = 0; at < G_N_ELEMENTS (cases); at++)
    {
      g_autofree char *story = g_strconcat (STORY, cases[at].more, NULL);
      g_autoptr (Desk) desk = desk_new (story);

      judges_alike (desk, cases[at].arguments, cases[at].is_fine);
    }
}

static void
test_expectations (void)
{
  g_test_summary (
      "Expectations are taken from the trace; without its last line it does not say how "
      "the run ended, and its end is not judged.");
  g_autofree char *story = g_strconcat (STORY, "expect ruth.h heard never within 5s\n", NULL);
  g_autoptr (Desk) desk = desk_new (story);

  says (desk, "$aemp simulate story.scn --trace t.jsonl", 1, "*");
  says (desk, "$aemp check t.jsonl", 1,
        "story.scn   seed 1   * events   *\n*"
        "  FAIL     expectations         line 7 of the scenario: seen 1 time *\n"
        "  the run itself ended with status 1\n");
  says (desk, "sed -i '$d' t.jsonl; $aemp check t.jsonl", 1, "* not at rest\n*FAIL     expect*");
}

static void
test_altered (void)
{
  g_test_summary ("A trace that somebody changed is known by its digest, and by what it breaks.");
  g_autoptr (Desk) desk = desk_new (STORY);

  says (desk, "$aemp simulate story.scn --trace t.jsonl", 0, "*");
  says (desk,
        "sed -i '0,/\"deliver\"/s/\"deliver\"/\"unknown_port\"/' t.jsonl; $aemp check t.jsonl", 1,
        "*FAIL   9 spawn *was dropped*FAIL     digest               this is not the trace that was "
        "written\n*");
}

static void
test_json (void)
{
  g_test_summary ("Verdicts for programs: what was judged, and each breach with its place.");
  g_autoptr (Desk) desk = desk_new (STORY);

  says (desk,
        "$aemp simulate story.scn --trace t.jsonl && $aemp check --json --promises 1,7 t.jsonl", 0,
        "*{\"altered\":false,\"breaches\":*\"promises\":?{\"breaches\":0,\"judged\":*,"
        "\"name\":\"order\",\"promise\":1},{*\"promise\":7}],\"rested\":false,\"status\":0}\n");
  says (
      desk,
      "sed -i '0,/\"deliver\"/s/\"deliver\"/\"unknown_port\"/' t.jsonl; $aemp check --json t.jsonl",
      1, "*\"breaches\":?{\"at\":\"t.jsonl:*\",\"promise\":*,\"t\":*,\"text\":\"*\"status\":1}\n");
}

static void
test_usage (void)
{
  g_test_summary ("What is asked for in a wrong way, and traces that cannot be read.");
  g_autoptr (Desk) desk = desk_new (STORY);

  says (desk, "$aemp check", 64, "aemp check: which traces?*");
  says (desk, "$aemp check --loud x", 64, "aemp check: unknown option --loud\n*");
  says (desk, "$aemp check --promises 1,15 x", 64, "aemp check: --promises: expected numbers *");
  says (desk, "$aemp check --promises", 64, "aemp check: --promises: expected numbers *");
  says (desk, "$aemp check --help", 0, "aemp check - judges *");
  says (desk, "$aemp check nowhere", 65, "aemp check: nowhere: No such file*");
  says (desk, "$aemp check story.scn", 65, "aemp check: story.scn:1: this is no trace\n");
  says (desk, "$aemp simulate story.scn --trace t.jsonl && $aemp check t.jsonl t.jsonl", 65,
        "*aemp check: t.jsonl: the trace of a simulation is to be read alone\n");
  says (desk, "$aemp simulate story.scn --trace t.jsonl && $aemp check --promises 6 t.jsonl", 4,
        "*VACUOUS  promise 6, links, *");
  says (desk, "echo '{\"aemp_trace\":1,\"node\":\"ruth\"}' > t.jsonl; $aemp check t.jsonl", 4,
        "*VACUOUS  there was nothing to judge\n");
}

static void
test_reference (void)
{
  g_test_summary ("docs/trace.md is what `aemp check --reference` prints.");
  g_autofree char *file = source_file ("docs", "trace.md");
  g_autofree char *committed = NULL;
  g_autoptr (Desk) desk = desk_new (STORY);
  int status;
  g_autofree char *made = run (desk, "$aemp check --reference", &status);

  g_assert_true (g_file_get_contents (file, &committed, NULL, NULL));
  if (strcmp (committed, made) != 0)
    g_error ("it is old; make it again: aemp check --reference > docs/trace.md");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check/as-the-run", test_as_the_run);
  g_test_add_func ("/check/not-fine", test_not_fine);
  g_test_add_func ("/check/expectations", test_expectations);
  g_test_add_func ("/check/altered", test_altered);
  g_test_add_func ("/check/json", test_json);
  g_test_add_func ("/check/usage", test_usage);
  g_test_add_func ("/check/reference", test_reference);
  return g_test_run ();
}
