/* tests/unit/test-simulate.c - the command that plays scenarios: what it prints, and where. */

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#define STORY                                                                                      \
  "scenario \"two\"\nnode rain global\nnode ruth seeds rain\n"                                     \
  "actor rain.e echo\nactor ruth.h hello rain.e\nactor ruth.w watch rain.e\n"

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
  if (play->file)
    g_unlink (play->file);
  if (play->folder)
    g_rmdir (play->folder);
  g_free (play->folder);
  g_free (play->file);
  g_free (play->out);
  g_free (play->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Play, play_clear)

/* Runs `command` in a shell, where $aemp is the program and $file the scenario. */
static void
run (Play *play, const char *scenario, const char *command)
{
  g_auto (GStrv) environment = g_get_environ ();
  char *arguments[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };
  g_autoptr (GError) error = NULL;
  int wait_status;

  play->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  play->file = g_build_filename (play->folder, "story.scn", NULL);
  g_assert_true (g_file_set_contents (play->file, scenario, -1, NULL));
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
assert_like (const char *text, const char *pattern)
{
  if (!g_pattern_match_simple (pattern, text))
    g_error ("expected: %s\nfound: %s", pattern, text);
}

static unsigned
count (const char *text, const char *part)
{
  unsigned times = 0;
  for (const char *at = text; (at = strstr (at, part)); at++)
    times++;
  return times;
}

/* --- Verdicts --------------------------------------------------------------------------- */

static void
test_unmet (void)
{
  g_test_summary ("An expectation that is not met says where to look: at what was one too many "
                  "…");
  g_auto (Play) play = { 0 };

  run (&play, STORY "expect ruth.h heard never within 5s\n", "$aemp simulate $file");
  g_assert_cmpint (play.status, ==, 1);
  assert_like (play.out, "*expected: expect ruth.h heard never within 5s (line 7 of the scenario): "
                         "seen 1 time between 0.000 s and 5.000 s; the first one too many was at "
                         "0.??? s (line * of the trace): heard hello\n*");
}

static void
test_last_remark (void)
{
  g_test_summary ("… at what the actor said last, if it said anything, or at the last change in the "
                  "network.");
  g_auto (Play) play = { 0 };
  g_auto (Play) silent = { 0 };
  g_auto (Play) apart = { 0 };

  run (&play, STORY "expect ruth.w told within 5s\n", "$aemp simulate $file");
  assert_like (play.out, "*seen 0 times between 0.000 s and 5.000 s; the last remark of ruth.w was "
                         "at 0.??? s (line * of the trace): found rain#*");
  run (&silent, STORY "expect ruth.h broken within 5s\nat 0s cut rain | ruth\n",
       "$aemp simulate $file");
  assert_like (silent.out, "*; ruth.h made no remark at all\n*");
  run (&apart, STORY "at 3s cut rain | ruth\nat 4s restart ruth\nwithin 5s all connected\n",
       "$aemp simulate $file");
  g_assert_cmpint (apart.status, ==, 2);
  assert_like (apart.out, "*: ruth is not connected to its seed rain; the last change was at *"
                          " (line * of the trace): *");
}

static void
test_repeat (void)
{
  g_test_summary ("The line that repeats a run names the program as it was called.");
  g_auto (Play) play = { 0 };
  g_auto (Play) passed_on = { 0 };

  run (&play, STORY "expect ruth.w told within 5s\n", "$aemp simulate $file --set delay=2ms");
  g_autofree char *line
      = g_strdup_printf ("*\nrepeat with: %s simulate %s --seed 1 --set 'delay=2ms' --trace "
                         "out.jsonl\n",
                         g_getenv ("AEMP_PROGRAM"), play.file);
  assert_like (play.out, line);
  run (&passed_on, STORY "expect ruth.w told within 5s\n",
       "AEMP_CALLED_AS=./run $aemp simulate $file");
  assert_like (passed_on.out, "*\nrepeat with: ./run simulate *");
}

static void
test_one (void)
{
  g_test_summary ("One is one: no plural behind it.");
  g_auto (Play) play = { 0 };
  g_auto (Play) many = { 0 };

  run (&play, "scenario \"one\"\nnode rain\nuntil 5s\ncheck 1\n", "$aemp simulate $file");
  assert_like (play.out, "one   seed 1   1 node   5.000 s simulated*");
  run (&many, "scenario \"one\"\nnode rain\nuntil 5s\n", "$aemp simulate $file --seeds 4..4");
  assert_like (many.out, "ok    one: 1 seed, 0 failed,*");
}

static void
test_many_failures (void)
{
  g_test_summary ("Of many seeds that fail three are shown in full, of the others the numbers, and "
                  "of all together what failed how often.");
  g_auto (Play) play = { 0 };
  g_auto (Play) few = { 0 };
  g_auto (Play) very_many = { 0 };

  run (&play, STORY "expect ruth.w told within 5s\n", "$aemp simulate $file --seeds 1..6");
  g_assert_cmpint (play.status, ==, 1);
  g_assert_cmpuint (count (play.out, "repeat with"), ==, 3);
  assert_like (play.out, "*\nFAIL  two: 6 seeds, 6 failed,*\n  also failed: seed 4 5 6\n"
                         "  expectations: failed with 6 seeds\n");
  run (&few, STORY "expect ruth.w told within 5s\n", "$aemp simulate $file --seeds 1..3");
  g_assert_cmpuint (count (few.out, "repeat with"), ==, 3);
  g_assert_null (strstr (few.out, "also failed"));
  run (&very_many, STORY "expect ruth.w told within 1ms\nuntil 2ms\n",
       "$aemp simulate $file --seeds 1..60");
  g_assert_cmpuint (count (very_many.out, "repeat with"), ==, 3);
  assert_like (very_many.out, "*: seed 4 5 * 52 53 and 7 more\n*failed with 60 seeds\n");
}

/* --- Output ----------------------------------------------------------------------------- */

static void
test_trace_to_stdout (void)
{
  g_test_summary ("`--trace -` writes the trace, and nothing else, to stdout, and the verdict to "
                  "stderr.");
  g_auto (Play) play = { 0 };
  g_auto (Play) file = { 0 };

  run (&play, STORY "until 2s\n", "$aemp simulate $file --trace -");
  g_assert_cmpint (play.status, ==, 0);
  assert_like (play.err, "two   seed 1   2 nodes*");
  g_auto (GStrv) lines = g_strsplit (play.out, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), >, 10);
  for (unsigned i = 0; lines[i] && *lines[i]; i++)
    g_assert_true (lines[i][0] == '{' && g_str_has_suffix (lines[i], "}"));
  run (&file, STORY "until 2s\n", "$aemp simulate $file --trace t >v && cat t && rm t && cat v >&2"
                                  " && rm v");
  g_assert_cmpint (file.status, ==, 0);
  g_assert_cmpuint (strlen (file.out), >, 1000);
}

static void
test_seed_and_seeds (void)
{
  g_test_summary ("One seed or many: who asks for both is asked back.");
  g_auto (Play) play = { 0 };
  g_auto (Play) other = { 0 };

  run (&play, STORY, "$aemp simulate $file --seed 1 --seeds 1..2");
  g_assert_cmpint (play.status, ==, 64);
  assert_like (play.err, "*either --seed or --seeds, not both\n*");
  run (&other, STORY, "$aemp simulate $file --seeds 1..2 --seed 1");
  g_assert_cmpint (other.status, ==, 64);
}

static void
test_full_disk (void)
{
  g_test_summary ("What cannot be written is not passed over: verdicts, traces, explanations.");
  static const char *const commands[] = {
    "$aemp simulate $file >/dev/full",
    "$aemp simulate $file --seeds 1..3 >/dev/full",
    "$aemp simulate $file --trace - >/dev/full",
    "$aemp simulate $file --trace /dev/full",
    "$aemp lint $file >/dev/full",
    "$aemp --help >/dev/full",
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_auto (Play) play = { 0 };
      run (&play, STORY "until 2s\n", commands[i]);
      if (play.status != 73 || !strstr (play.err, "writ"))
        g_error ("%s: %d, %s", commands[i], play.status, play.err);
    }
}

static void
test_closed_pipe (void)
{
  g_test_summary ("Nobody reads any more: that ends the command, and not well.");
  g_auto (Play) play = { 0 };

  run (&play, STORY "until 2s\n",
       "trap '' PIPE; { $aemp simulate $file --seeds 1..100; echo $? >&2; } | :");
  assert_like (play.err, "*written\n73\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulate/unmet", test_unmet);
  g_test_add_func ("/simulate/last-remark", test_last_remark);
  g_test_add_func ("/simulate/repeat", test_repeat);
  g_test_add_func ("/simulate/one", test_one);
  g_test_add_func ("/simulate/many-failures", test_many_failures);
  g_test_add_func ("/simulate/trace-to-stdout", test_trace_to_stdout);
  g_test_add_func ("/simulate/seed-and-seeds", test_seed_and_seeds);
  g_test_add_func ("/simulate/full-disk", test_full_disk);
  g_test_add_func ("/simulate/closed-pipe", test_closed_pipe);
  return g_test_run ();
}
