/* tests/leaks/test-diverge.c - where two runs part, and who lets the world outside in. */

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#define STORY                                                                                      \
  "scenario \"leaks\"\nnode rain global\nnode ruth seeds rain\nnetwork delay 1ms..100ms\n"         \
  "actor rain.sink sink\nactor ruth.talk flood rain.sink every 20ms\nuntil 5s\n"

typedef struct
{
  char *folder;
  int status;
  char *out;
  char *err;
} Play;

static void
play_clear (Play *play)
{
  g_autofree char *command = g_strconcat ("rm -r ", play->folder, NULL);
  g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
  g_free (play->folder);
  g_free (play->out);
  g_free (play->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Play, play_clear)

/* Runs `command` in a shell, where $aemp is the program, $leaky the one with leaks, of which `leak` is
 * chosen, and story.scn the scenario. */
static void
run (Play *play, const char *leak, const char *command)
{
  g_auto (GStrv) environment = g_get_environ ();
  char *arguments[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };
  g_autoptr (GError) error = NULL;
  int wait_status;
  play->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (play->folder, "story.scn", NULL);
  g_assert_true (g_file_set_contents (file, STORY, -1, NULL));
  environment = g_environ_setenv (environment, "aemp", g_getenv ("AEMP_PROGRAM"), TRUE);
  environment = g_environ_setenv (environment, "leaky", g_getenv ("AEMP_LEAKY"), TRUE);
  environment = g_environ_setenv (environment, "AEMP_LEAK", leak ? leak : "", TRUE);
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

/* --- Where they part ---------------------------------------------------------------------------- */

static void
test_same (void)
{
  g_test_summary ("The same run twice is the same, in whatever environment, and nothing outside makes a "
                  "difference to it.");
  g_auto (Play) play = { 0 };
  run (&play, NULL, "$leaky diverge story.scn --seed 7");
  g_assert_cmpstr (play.err, ==, "");
  g_assert_cmpint (play.status, ==, 0);
  g_assert_true (g_str_has_prefix (play.out, "The same "));
  g_assert_true (strchr (play.out, '\n')[1] == 0);
}

static void
test_seeds (void)
{
  g_test_summary ("Two seeds part where the first draw is another one: at the name of a port.");
  g_auto (Play) play = { 0 };
  run (&play, NULL, "$aemp diverge story.scn --seed 7 --other-seed 8");
  g_assert_cmpint (play.status, ==, 3);
  assert_has (play.out, "A: story.scn, seed 7\nB: story.scn, seed 8\n"
                        "They are the same for 1 events, and part then:\n\n"
                        "          1     0.000000 s  rain       process_start");
  assert_has (play.out, "  A       2     0.000000 s  rain       port_new");
  assert_has (play.out, "own story differs is rain, in its event 2: port\n");
}

static void
test_traces (void)
{
  g_test_summary ("Of two traces of which one was changed in one field, it is that field of that "
                  "event; a trace and the scenario it was made from are the same.");
  g_auto (Play) play = { 0 };
  run (&play, NULL,
       "$aemp simulate story.scn --trace a.jsonl >/dev/null\n"
       "sed '/\"line\":60,/s/\"t\":[0-9]*/\"t\":77/' a.jsonl >b.jsonl\n"
       "$aemp diverge a.jsonl story.scn --seed 1 && $aemp diverge a.jsonl b.jsonl");
  g_assert_cmpint (play.status, ==, 3);
  assert_has (play.out, "They are the same for 59 events, and part then:\n");
  assert_has (play.out, "  B      60     0.000077 s");
  assert_has (play.out, ": time\n");
}

static void
test_order (void)
{
  g_test_summary ("Where two events only change places, no host's own story differs, and that is said.");
  g_auto (Play) play = { 0 };
  run (&play, NULL,
       "event () { echo \"{\\\"line\\\":$1,\\\"t\\\":5,\\\"node\\\":\\\"$2\\\",\\\"event\\\":\\\"global\\\"}\"; }\n"
       "end='{\"digest\":\"00\"}'; head='{\"aemp_trace\":1}'\n"
       "{ echo $head; event 1 a; event 2 b; event 3 c; echo $end; } >a.jsonl\n"
       "{ echo $head; event 1 a; event 2 c; event 3 b; echo $end; } >b.jsonl\n"
       "{ echo $head; event 1 a; event 2 c; echo $end; } >c.jsonl\n"
       "$aemp diverge a.jsonl b.jsonl; $aemp diverge a.jsonl c.jsonl");
  g_assert_cmpint (play.status, ==, 3);
  assert_has (play.out, "only the order of the hosts differs");
  assert_has (play.out, "differs is b, in its event 1, which only A has:\n");
}

static void
test_against (void)
{
  g_test_summary ("Another build that does something else is found out, as is one that says nothing.");
  g_auto (Play) play = { 0 };
  run (&play, "compare_as_locale_says",
       "$aemp diverge story.scn --seed 1 --against $leaky; echo $?;"
       "$aemp diverge story.scn --seed 1 --against /bin/true; echo $?");
  assert_has (play.out, ", by ");
  assert_has (play.out, "They are the same for ");
  assert_has (play.out, "own story differs is r");
  g_assert_null (strstr (play.out, "outside")); /* it is not the same program */
  assert_has (play.out, "  B (it ends)\n");
  g_assert_true (g_str_has_suffix (play.out, "3\n"));
}

static void
test_usage (void)
{
  g_test_summary ("What does not fit is said.");
  static const struct
  {
    const char *arguments, *said;
    int status;
  } mistakes[] = {
    { "", "which scenario, or which traces?", 64 },
    { "story.scn --seed x", "'x' is no number", 64 },
    { "story.scn --seed", "--seed needs a value", 64 },
    { "story.scn --other", "unknown option --other", 64 },
    { "story.scn --other 7", "unknown option --other", 64 },
    { "a b c", "two files at most", 64 },
    { "nothing.scn --seed 1", "nothing.scn: expected a readable file", 65 },
    { "story.scn nothing.scn", "nothing.scn: expected a readable file", 65 },
    { "story.scn --set nothing=1", "cannot be played with these arguments", 65 },
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_auto (Play) play = { 0 };
      g_autofree char *command = g_strconcat ("$aemp diverge ", mistakes[i].arguments, NULL);
      run (&play, NULL, command);
      g_assert_cmpint (play.status, ==, mistakes[i].status);
      assert_has (play.err, mistakes[i].said);
    }
}

/* --- Who lets the world outside in ------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  const char *said; /* behind its name and place; NULL: it is not named */
} Leak;

static const Leak leaks[] = {
  { "read_clock", "asks clock_gettime" },
  { "read_monotonic_clock", "asks clock_gettime" },
  { "read_date", "asks gettimeofday" },
  { "read_environment", "asks getenv" },
  { "read_locale", "asks nl_langinfo" },
  { "compare_as_locale_says", "asks strcoll" },
  { "ask_if_letter", "asks isalpha and the like" },
  { "race_with_thread", "asks pthread_create" },
  { "read_process", "asks getpid" },
  { "read_host_name", "asks gethostname" },
  { "read_system", "asks uname" },
  { "draw_from_glib", "asks g_random_int" },
  { "draw_from_kernel", "asks getrandom" },
  { "draw_from_library", "asks rand" },
  { "draw_with_version", "asks getenv" },
  { "read_file", "asks fopen" },
  { "read_folder", "asks getcwd" },
  { "compare_addresses", "allocates memory whose address makes a difference" },
  { "walk_table", "walks a hash table in the order of addresses" },
  { "read_unwritten", "allocates memory that is read before it is written" },
  { "read_unwritten_stack", "reads what nobody has written on the stack" },
  { "take_address_on_stack", NULL },
};

/* … of a version that can read what the compiler says of its functions: 3.19 cannot with clang. */
static bool
has_valgrind (void)
{
#ifdef __clang__
  return false;
#else
  g_autofree char *valgrind = g_find_program_in_path ("valgrind");
  return valgrind != NULL;
#endif
}

static void
test_leak (const void *data)
{
  const Leak *leak = data;
  g_auto (Play) play = { 0 };
  g_test_summary ("A leak is found, and its function named, and nobody else is.");
  run (&play, leak->name, "$leaky diverge story.scn --seed 1");
  g_assert_cmpint (play.status, ==, 3);
  assert_has (play.out, "The world outside gets in here:\n");
  if (!leak->said)
    {
      assert_has (play.out, "\n  the address of something on the stack makes a difference\n");
      return;
    }
  assert_has (play.out, leak->said);
  if (strcmp (leak->name, "read_unwritten_stack") == 0 && !has_valgrind ())
    return; /* only that knows whose frame it was */
  g_autofree char *named = g_strconcat ("here:\n  ", leak->name, "() (leaks.c:", NULL);
  assert_has (play.out, named);
  const char *list = strstr (play.out, "here:\n") + strlen ("here:\n");
  for (const char *line = list; line && *line; line = strchr (line, '\n'), line += line != NULL)
    g_assert_true (g_str_has_prefix (line + 2, leak->name));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diverge/same", test_same);
  g_test_add_func ("/diverge/seeds", test_seeds);
  g_test_add_func ("/diverge/traces", test_traces);
  g_test_add_func ("/diverge/order", test_order);
  g_test_add_func ("/diverge/against", test_against);
  g_test_add_func ("/diverge/usage", test_usage);
  for (unsigned i = 0; i < G_N_ELEMENTS (leaks); i++)
    {
      g_autofree char *path = g_strconcat ("/diverge/leak/", leaks[i].name, NULL);
      g_test_add_data_func (path, &leaks[i], test_leak);
    }
  return g_test_run ();
}
