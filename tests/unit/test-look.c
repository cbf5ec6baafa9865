/* tests/unit/test-look.c - looking into one run: at a line, and at a node. */

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define STORY                                                                                      \
  "scenario \"two\"\nnode rain global\nnode ruth seeds rain\n"                                     \
  "actor rain.e echo\nactor ruth.h hello rain.e\nactor ruth.w watch rain.e\n"                      \
  "actor ruth.set setter fruit keys 1\nat 5s cut rain -> ruth\nat 8s kill ruth\nuntil 9s\n"

typedef struct
{
  char *folder;
  char *file;
  int status;
  char *out;
  char *err;
} Play;

static void
play_clear (Play *play)
{
  g_unlink (play->file);
  g_rmdir (play->folder);
  g_free (play->folder);
  g_free (play->file);
  g_free (play->out);
  g_free (play->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Play, play_clear)

static void
prepare (Play *play)
{
  play->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  play->file = g_build_filename (play->folder, "story.scn", NULL);
  g_assert_true (g_file_set_contents (play->file, STORY, -1, NULL));
}

/* Runs `command` in a shell, where $aemp is the program and $file the scenario. */
static void
run (Play *play, const char *command)
{
  g_auto (GStrv) environment = g_get_environ ();
  char *arguments[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };
  g_autoptr (GError) error = NULL;
  int wait_status;
  prepare (play);
  environment = g_environ_setenv (environment, "aemp", g_getenv ("AEMP_PROGRAM"), TRUE);
  environment = g_environ_setenv (environment, "file", play->file, TRUE);
  environment = g_environ_unsetenv (environment, "AEMP_CALLED_AS");
  g_spawn_sync (play->folder, arguments, environment, G_SPAWN_DEFAULT, NULL, NULL, &play->out,
                &play->err, &wait_status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (wait_status));
  play->status = WEXITSTATUS (wait_status);
}

static void
assert_has (const char *text, const char *part)
{
  if (!strstr (text, part))
    g_error ("expected: %s\nfound: %s", part, text);
}

/* --- At a node ------------------------------------------------------------------------------- */

static void
test_inspect (void)
{
  g_test_summary ("A node is shown as it is at that time: its ports, who monitors what, its peers "
                  "and what waits for them, its database, and the ways that are cut.");
  g_auto (Play) play = { 0 };
  run (&play, "$aemp simulate $file --inspect ruth@3s --inspect rain@6s");
  g_assert_cmpint (play.status, ==, 0);
  assert_has (play.out, "ruth at 3s\n  process: running   begun: 1   clock: 3000000\n  ports (");
  assert_has (play.out, "monitors (1):\n        1   context: ");
  assert_has (play.out, "    rain   address: 10.0.0.1:4040   connection: ");
  assert_has (play.out, "  database:   master: rain\n");
  assert_has (play.out, "fruit\n");
  assert_has (play.out, "rain at 6s\n");
  assert_has (play.out, "ways (1):\n    cut   from: rain   to: ruth\n");
  assert_has (play.out, "watched_by: [\"ruth\"]");
  g_assert_null (strstr (strstr (play.out, "ruth at 3s"), "ways (2)"));
}

static void
test_inspect_gone (void)
{
  g_test_summary ("A node that was killed has no process, and its host is still there; to look "
                  "at a run changes nothing in it.");
  g_auto (Play) play = { 0 };
  run (&play, "$aemp simulate $file --inspect ruth@8500ms; $aemp simulate $file | grep digest");
  assert_has (play.out, "ruth at 8.5s\n  process: none   begun: 1");
  const char *first = strstr (play.out, "digest ");
  const char *second = strstr (first + 1, "digest ");
  g_assert_nonnull (second);
  g_assert_cmpmem (first, 40, second, 40);
}

static void
test_inspect_json (void)
{
  g_test_summary ("… and as one JSON object a line on stdout, the verdict on stderr.");
  g_auto (Play) play = { 0 };
  run (&play, "$aemp simulate $file --json --inspect rain@3s");
  g_assert_cmpint (play.status, ==, 0);
  g_assert_true (g_str_has_prefix (play.out, "{\"address\":\"10.0.0.1\",\"host\":\"rain\","
                                             "\"process\":{\"begun\":1,\"clock\":3000000,"
                                             "\"is\":\"running\"},\"state\":{\"database\":{"));
  g_assert_true (strchr (play.out, '\n')[1] == 0);
  assert_has (play.out, "\"watched_by\":[\"ruth\"]");
  assert_has (play.err, "digest ");
}

static void
test_usage (void)
{
  g_test_summary ("What does not fit is said before anything is played.");
  static const char *const mistakes[][2] = {
    { "--inspect nobody@3s", "has no node 'nobody'" },
    { "--inspect ruth", "expected NODE@TIME" },
    { "--inspect ruth@soon", "--inspect: " },
    { "--trap-at 0", "'0' is no line of a trace" },
    { "--trap-at 7", "stops in a debugger, and there is none" },
    { "--inspect ruth@1s --seeds 1..2", "for one scenario and one seed" },
    { "--json", "--json is for --inspect" },
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_auto (Play) play = { 0 };
      g_autofree char *command = g_strconcat ("$aemp simulate $file ", mistakes[i][0], NULL);
      run (&play, command);
      g_assert_cmpint (play.status, ==, 64);
      assert_has (play.err, mistakes[i][1]);
    }
}

/* --- At a line --------------------------------------------------------------------------------- */

/* A debugger as small as can be: how often does it get a trap after the program has begun? */
static unsigned
count_traps (const char *file, const char *line, const char *trace)
{
  pid_t child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      int nowhere = open ("/dev/null", O_WRONLY); /* stdout is for what this test says */
      dup2 (nowhere, STDOUT_FILENO);
      dup2 (nowhere, STDERR_FILENO);
      ptrace (PTRACE_TRACEME, 0, NULL, NULL);
      execl (g_getenv ("AEMP_PROGRAM"), "aemp", "simulate", file, "--trap-at", line, "--trace",
             trace, NULL);
      _exit (127);
    }
  unsigned traps = 0;
  bool begun = false;
  for (int status; waitpid (child, &status, 0) == child && WIFSTOPPED (status);)
    {
      bool trap = WSTOPSIG (status) == SIGTRAP;
      traps += trap && begun;
      begun = true;
      ptrace (PTRACE_CONT, child, NULL, trap ? 0 : (void *)(intptr_t)WSTOPSIG (status));
    }
  return traps;
}

static void
test_trap (void)
{
  g_test_summary ("Under a debugger the run stops once, at the line that was asked for; with a "
                  "line that never comes it does not stop.");
  g_auto (Play) play = { 0 };
  prepare (&play);
  g_assert_cmpuint (count_traps (play.file, "20", "/dev/null"), ==, 1);
  g_assert_cmpuint (count_traps (play.file, "1000000", "/dev/null"), ==, 0);
}

static void
test_gdb (void)
{
  g_test_summary ("In gdb the function that reports the event of that line is on the stack.");
  g_auto (Play) play = { 0 };
  g_autofree char *gdb = g_find_program_in_path ("gdb");
  if (!gdb)
    {
      g_test_skip ("gdb is not installed");
      return;
    }
  run (&play, "line=$($aemp simulate $file --trace - 2>/dev/null"
              " | sed -n '/\"event\":\"node_up\"/{s/.*\"line\":\\([0-9]*\\).*/\\1/p;q}')\n"
              "gdb -nx -batch -ex run -ex bt --args $aemp simulate $file --trap-at $line 2>&1");
  assert_has (play.out, "SIGTRAP");
  assert_has (play.out, "\"event\":\"node_up\"");
  assert_has (play.out, "aemp_peer_up");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/look/inspect", test_inspect);
  g_test_add_func ("/look/inspect-gone", test_inspect_gone);
  g_test_add_func ("/look/inspect-json", test_inspect_json);
  g_test_add_func ("/look/usage", test_usage);
  g_test_add_func ("/look/trap", test_trap);
  g_test_add_func ("/look/gdb", test_gdb);
  return g_test_run ();
}
