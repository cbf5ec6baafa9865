/* tests/unit/test-sweep-command.c - `aemp sweep` and `aemp results`, as people call them. */

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#define STORY                                                                                      \
  "scenario \"two\"\nnode rain\nnode ruth seeds rain\n"                                            \
  "actor rain.e echo\nactor ruth.h hello rain.e\ncheck 1 2\n"

/* ruth is heard within a time that depends on the seed. */
#define SHAKY                                                                                      \
  "scenario \"shaky\"\nnode rain\nnode ruth seeds rain\nnetwork delay 1ms..100ms\n"                \
  "actor rain.e echo\nactor ruth.h hello rain.e\nexpect ruth.h heard once within 480ms\n"

typedef struct
{
  char *folder;
  int status;
  char *out;
  char *err;
} Play;

static void
play_init (Play *play)
{
  static const char *const names[] = { "story.scn", "shaky.scn" };
  static const char *const texts[] = { STORY, SHAKY };
  play->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_build_filename (play->folder, names[i], NULL);
      g_assert_true (g_file_set_contents (file, texts[i], -1, NULL));
    }
}

static void
play_clear (Play *play)
{
  g_autoptr (GDir) dir = g_dir_open (play->folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir));)
    {
      g_autofree char *file = g_build_filename (play->folder, name, NULL);
      g_unlink (file);
    }
  g_rmdir (play->folder);
  g_free (play->folder);
  g_free (play->out);
  g_free (play->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Play, play_clear)

/* Runs `command` in a shell and in the folder, where $aemp is the program. */
static void
run (Play *play, const char *command)
{
  g_auto (GStrv) environment = g_get_environ ();
  char *arguments[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };
  g_autoptr (GError) error = NULL;
  int wait_status;

  g_clear_pointer (&play->out, g_free);
  g_clear_pointer (&play->err, g_free);
  environment = g_environ_setenv (environment, "aemp", g_getenv ("AEMP_PROGRAM"), TRUE);
  environment = g_environ_setenv (environment, "AEMP_CALLED_AS", "./run", TRUE);
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

static void
assert_refused (Play *play, const char *command, int status, const char *pattern)
{
  run (play, command);
  g_assert_cmpint (play->status, ==, status);
  g_assert_cmpstr (play->out, ==, "");
  assert_like (play->err, pattern);
}

static void
test_usage (void)
{
  g_test_summary ("What is missing or makes no sense is said, before anything is played or made.");
  g_auto (Play) play = { 0 };
  play_init (&play);
  assert_refused (&play, "$aemp sweep --seeds 1..2", 64, "aemp sweep: which scenarios? *");
  assert_refused (&play, "$aemp sweep story.scn", 64, "aemp sweep: which seeds? *");
  assert_refused (&play, "$aemp sweep story.scn --seeds 2..1", 64,
                  "*--seeds: expected A..B*'2..1'*");
  assert_refused (&play, "$aemp sweep story.scn --seeds 1..2 --shard 3/2", 64,
                  "*--shard: expected*");
  assert_refused (&play, "$aemp sweep story.scn --seeds 1..2 --jobs 0", 64, "*--jobs: expected*");
  assert_refused (&play, "$aemp sweep story.scn --seeds 1..2 --repeat-sample 101%", 64,
                  "*--repeat-sample: expected at most 100%*");
  assert_refused (&play, "$aemp sweep story.scn --seeds 1..2 --resume", 64, "*--resume needs*");
  assert_refused (&play, "$aemp sweep story.scn ./story.scn --seeds 1..2", 64,
                  "*./story.scn is there twice*");
  assert_refused (&play, "$aemp sweep story.scn --seeds 1..2 --set tea=2", 64, "*--set tea=2: *");
  assert_refused (&play, "$aemp sweep none.scn --seeds 1..2", 65, "*none.scn*");
  assert_refused (&play, "$aemp sweep story.scn --seeds 1..2 --results no/where", 73,
                  "*cannot open no/where*");
  assert_refused (&play, "$aemp results", 64, "*which file? *");
  assert_refused (&play, "$aemp results a --verdict bitter", 64, "*no verdict 'bitter'*");
  assert_refused (&play, "$aemp results a --promise 99", 64, "*--promise: expected*");
  assert_refused (&play, "$aemp results a --compare b", 64, "*--compare needs*");
  assert_refused (&play, "$aemp results none.sqlite", 65, "*cannot open none.sqlite*");
}

static void
test_good (void)
{
  g_test_summary ("A sweep of a good story: one line about it, one about all; every run of it "
                  "comes to the same "
                  "in fresh processes, in other time zones and languages.");
  g_auto (Play) play = { 0 };
  play_init (&play);
  run (&play,
       "$aemp sweep story.scn --seeds 1..20 --jobs 2 --repeat-sample 100% --results r.sqlite");
  g_assert_cmpint (play.status, ==, 0);
  assert_like (play.out,
               "ok    two: 20 seeds, 0 failed, 200 s simulated, * ms a seed, marks 0/*\n"
               "20 runs in * s with 2 processes: */s; 0 failed; marks 0/*; 20 repeated in fresh "
               "processes, 0 with another digest\n");
}

static void
test_same (void)
{
  g_test_summary ("A run in a sweep is the run that `aemp simulate` plays.");
  g_auto (Play) play = { 0 };
  play_init (&play);
  run (&play,
       "$aemp sweep shaky.scn --seeds 7..7 --set delay=3ms --results r.sqlite >said;"
       "$aemp results r.sqlite --list --json | sed 's/.*\"digest\":\"\\([^\"]*\\)\".*/\\1/' >one;"
       "$aemp simulate shaky.scn --seed 7 --set delay=3ms | sed -n 's/^digest \\([^ ]*\\).*/\\1/p' "
       ">two;"
       "cat one; diff one two && test -s one");
  g_assert_cmpint (play.status, ==, 0);
}

static void
test_failures (void)
{
  g_test_summary (
      "Seeds that fail are one group; the line that is printed repeats one; results say the same "
      "again, for people and for programs.");
  g_auto (Play) play = { 0 };
  play_init (&play);
  run (&play, "$aemp sweep shaky.scn --seeds 1..60 --results r.sqlite --build one");
  g_assert_cmpint (play.status, ==, 1);
  assert_like (
      play.out,
      "*1 way to fail:\n  * seeds of shaky\n      failed: expected expect ACTOR heard once "
      "within Nms: too few\n      seeds *");
  run (&play, "$aemp results r.sqlite");
  g_assert_cmpint (play.status, ==, 0);
  assert_like (play.out,
               "build one\n  FAIL  shaky: 60 runs of seeds 1..60, *what fails with one:\n*: too "
               "few\n*\n60 runs, * failed\n");
  run (&play, "$aemp $($aemp results r.sqlite | sed -n 's/ *repeat with: .\\/run //p')");
  g_assert_cmpint (play.status, ==, 1);
  assert_like (play.out, "shaky   seed *expected: expect ruth.h heard once within 480ms*");
  run (&play, "$aemp results r.sqlite --verdict failed --list --json | head -n 1");
  assert_like (play.out, "{\"build\":\"one\",*\"scenario\":\"shaky\",*\"verdict\":\"failed\"}\n");
}

static void
test_compare (void)
{
  g_test_summary (
      "With a setting that mends it, another build is good where the first was not; the other way "
      "round the exit status says that something is worse.");
  g_auto (Play) play = { 0 };
  play_init (&play);
  run (&play,
       "$aemp sweep shaky.scn --seeds 1..60 --results r.sqlite --build one >one;"
       "$aemp sweep shaky.scn --seeds 1..60 --results s.sqlite --build two --until 100ms >two;"
       "$aemp results r.sqlite s.sqlite --merge all.sqlite && $aemp results all.sqlite");
  g_assert_cmpint (play.status, ==, 0);
  assert_like (play.out,
               "build one\n*shaky: 60 runs*build two\n*shaky --until 100ms: 60 runs*120 runs, *");
  run (&play, "$aemp results all.sqlite --compare one two");
  assert_like (play.out, "0 runs compared; *only the old build has 60 more, only the new one 60\n");
  g_assert_cmpint (play.status, ==, 0);
  run (&play, "$aemp sweep shaky.scn --seeds 1..60 --results r.sqlite --build again >again;"
              "$aemp results r.sqlite --compare one again --json");
  assert_like (play.out,
               "{\"fails_now\":[],\"fails_otherwise\":[],\"fails_no_more\":[],\"compared\":60,"
               "\"other_course\":0,\"only_old\":0,\"only_new\":0}\n");
  run (&play, "$aemp results r.sqlite --compare one third");
  g_assert_cmpint (play.status, ==, 65);
}

static void
test_progress (void)
{
  g_test_summary (
      "Where nobody redraws lines, progress is a plain line every now and then: of a short sweep "
      "none; a sweep that reads its scenario from a pipe works as well.");
  g_auto (Play) play = { 0 };
  play_init (&play);
  run (&play, "cat story.scn | $aemp sweep /dev/stdin --seeds 1..3 --repeat-sample 100%");
  g_assert_cmpint (play.status, ==, 0);
  g_assert_null (strchr (play.err, '\r'));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sweep-command/usage", test_usage);
  g_test_add_func ("/sweep-command/good", test_good);
  g_test_add_func ("/sweep-command/same", test_same);
  g_test_add_func ("/sweep-command/failures", test_failures);
  g_test_add_func ("/sweep-command/compare", test_compare);
  g_test_add_func ("/sweep-command/progress", test_progress);
  return g_test_run ();
}
