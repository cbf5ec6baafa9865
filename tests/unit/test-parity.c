/* tests/unit/test-parity.c - scripts about sockets: reading them, walking through them, and
 * judging two lives of one. */
#include "sim/parity/judge.h"

#include "scenarios/lex.h"

#include <errno.h>
#include <string.h>

static GPtrArray *
read_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *scripts = parity_scripts_new ();

  parity_scripts_parse ("some/group.tcp", text, scripts, &error);
  g_assert_no_error (error);
  return scripts;
}

/* --- Reading --- */

static void
test_read (void)
{
  g_test_summary ("What stands before the first script holds for all; sockets are made by their "
                  "first use; a link is four statements.");

  g_autoptr (GPtrArray) scripts = read_good ("hosts ann bob # two\n"
                                             "delay 5ms\n"
                                             "limit retries2 3\n"
                                             "script \"one\"\n"
                                             "link ann.c bob.s\n"
                                             "lose ann -> bob 1 3\n"
                                             "cut bob ann refusing\n"
                                             "expect ann.c error ECONNRESET after 200ms ±10%\n"
                                             "script \"two\"\n"
                                             "limit retries2 1\n"
                                             "differs \"for a reason\"\n");
  const ParityScript *one = g_ptr_array_index (scripts, 0), *two = g_ptr_array_index (scripts, 1);
  const ParityStatement *lose, *cut, *expect;

  g_assert_cmpuint (scripts->len, ==, 2);
  g_assert_cmpstr (one->group, ==, "group");
  g_assert_cmpstr (one->name, ==, "one");
  g_assert_cmpuint (one->sockets_count, ==, 3);
  g_assert_cmpstr (one->sockets[2].name, ==, "bob.s-door");
  g_assert_cmpuint (one->statements->len, ==, 8);
  g_assert_cmpint (one->limits[PARITY_RETRIES2], ==, 3);
  g_assert_cmpint (two->limits[PARITY_RETRIES2], ==, 1);
  g_assert_cmpint (two->model_limits[PARITY_RETRIES2], ==, 1);
  g_assert_cmpint (two->model_limits[PARITY_SYN_RETRIES], ==, 6);
  g_assert_cmpuint (two->statements->len, ==, 1);
  g_assert_cmpstr (two->differs, ==, "for a reason");
  lose = parity_script_statement (one, 5);
  g_assert_cmpuint (lose->number, ==, 5);
  g_assert_true (parity_statement_means (lose, 0, 1));
  g_assert_false (parity_statement_means (lose, 1, 0));
  cut = parity_script_statement (one, 6);
  g_assert_cmpuint (cut->number, ==, PARITY_REFUSING);
  g_assert_true (parity_statement_means (cut, 0, 1));
  g_assert_true (parity_statement_means (cut, 1, 0));
  expect = parity_script_statement (one, 7);
  g_assert_cmpuint (expect->number, ==, ECONNRESET);
  g_assert_cmpint (expect->after_us, ==, 200000);
  g_assert_cmpint (expect->tolerance_us, ==, 20000);
  g_assert_cmpint (parity_script_length_us (one), ==, 200000);
}

static void
test_mistakes (void)
{
  g_test_summary ("Every mistake is told with its line and column, and what was expected; the "
                  "lines behind it are read all the same.");

  static const struct
  {
    const char *text;
    const char *told;
  } cases[] = {
    { "hosts ann ann", "f.tcp:1:11: this host is there already" },
    { "hosts ann\nscript", "f.tcp:2:7: expected the script's name in quotes, found the end of the "
                           "file" },
    { "hosts ann\nwait 1s", "f.tcp:2:8: only hosts, limit and delay may stand before a script" },
    { "hosts ann\nscript \"a\"\nwait 5", "f.tcp:3:6: expected a time like 200ms, found `5`" },
    { "hosts ann\nscript \"a\"\nbob.c close",
      "f.tcp:3:1: expected a socket like HOST.NAME, found `bob.c`" },
    { "hosts ann\nscript \"a\"\nann.c jump",
      "f.tcp:3:7: expected what the socket does: listen, connect, accept, write, read, pause, "
      "resume, end, close, abort, set, found `jump`" },
    { "hosts ann\nscript \"a\"\nexpect ann.c error EWHAT",
      "f.tcp:3:20: expected an error like ECONNRESET, found `EWHAT`" },
    { "hosts ann\nscript \"a\"\nexpect ann.c end after 1s ±ten",
      "f.tcp:3:27: expected ±10% or ±20ms, found `±ten`" },
    { "hosts ann bob\nscript \"a\"\nlose ann -> bob 65",
      "f.tcp:3:17: expected which of them to lose: 1 is the next one, found `65`" },
    { "hosts ann\nscript \"a\"\nwait 1s 2s\nlimit what 3",
      "f.tcp:3:9: expected the end of the line, found `2s`\n"
      "f.tcp:4:7: expected a limit like retries2, found `what`" },
    { "hosts ann\nscript \"a\"\nann.c set colour",
      "f.tcp:3:11: expected one of nodelay, keepalive, user-timeout, send-buffer, receive-buffer, "
      "found `colour`" },
    { "hosts ann\nscript \"a\"\ndiffers why",
      "f.tcp:3:9: expected in a script, and in quotes, why the simulated world differs, found "
      "`why`" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) scripts = parity_scripts_new ();
      g_autoptr (GError) error = NULL;
      g_assert_false (parity_scripts_parse ("f.tcp", cases[i].text, scripts, &error));
      g_assert_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX);
      g_assert_cmpstr (error->message, ==, cases[i].told);
    }
}

/* --- Walking: a world whose news is written down beforehand --- */

#define MS 1000

struct ParityWorld
{
  const ParityNews *news; /* ends with a time of 0 */
  int64_t now_us;
  unsigned acts;
};

static int64_t
now_us (ParityWorld *world)
{
  return world->now_us;
}

static int64_t
act (ParityWorld *world, const ParityStatement *statement)
{
  world->acts++;
  return world->now_us;
}

static bool
next (ParityWorld *world, int64_t until_us, ParityNews *news)
{
  if (world->news->time_us == 0 || world->news->time_us > until_us)
    {
      world->now_us = MAX (world->now_us, until_us);
      return false;
    }
  *news = *world->news++;
  world->now_us = news->time_us;
  return true;
}

static const ParityWorldOps written_world = { .now_us = now_us, .act = act, .next = next };

/* Every outcome as "TEXT @AFTER-IN-MS", unmet ones with a "!" behind; `hosts` and a script's
 * name are added, so that the text begins with line 3. */
static void
assert_walk (const char *text, const ParityNews *news, const char *outcomes)
{
  g_autofree char *whole = g_strconcat ("hosts ann bob\nscript \"walk\"\n", text, NULL);
  g_autoptr (GPtrArray) scripts = read_good (whole);
  g_autoptr (GString) told = g_string_new (NULL);
  ParityWorld world = { .news = news };
  g_autoptr (GArray) found = parity_play (g_ptr_array_index (scripts, 0), &written_world, &world);

  for (unsigned i = 0; i < found->len; i++)
    {
      const ParityOutcome *outcome = &g_array_index (found, ParityOutcome, i);
      g_string_append_printf (told, "%s%s @%d%s", i > 0 ? "; " : "", outcome->text,
                              (int)(outcome->after_us / MS), outcome->met ? "" : "!");
    }
  g_assert_cmpstr (told->str, ==, outcomes);
}

static void
test_walk (void)
{
  g_test_summary ("Bytes are gathered, times count from the statement before, what was not "
                  "expected is told at the end.");

  const ParityNews news[]
      = { { 10 * MS, 0, 0, PARITY_OPEN },       { 20 * MS, 300, 0, PARITY_BYTES },
          { 30 * MS, 900, 0, PARITY_BYTES },    { 150 * MS, 0, 0, PARITY_ENDED },
          { 155 * MS, 3, 1, PARITY_BYTES },     { 155 * MS, 4, 1, PARITY_BYTES },
          { 155 * MS, EPIPE, 1, PARITY_ERROR }, { 0, 0, 0, 0 } };

  assert_walk (
      "ann.c connect bob.s\n"
      "expect ann.c open after 10ms\n"
      "expect ann.c bytes 1000 after 20ms\n"
      "wait 100ms\n"
      "expect ann.c bytes 200 after 0ms ±110ms\n"
      "expect ann.c end after 20ms\n",
      news,
      "open @10; bytes 1000 @20; bytes 200 @-100; end @20; rest bob.s bytes 7, error EPIPE @0");
}

static void
test_walk_against (void)
{
  g_test_summary ("The walk ends where something else comes than was expected, or at another "
                  "time, or nothing.");

  const ParityNews reset[] = { { 10 * MS, 400, 0, PARITY_BYTES },
                               { 20 * MS, ECONNRESET, 0, PARITY_ERROR },
                               { 0, 0, 0, 0 } };
  const ParityNews none[] = { { 0, 0, 0, 0 } };

  assert_walk ("expect ann.c bytes 1000\nexpect ann.c end\n", reset,
               "bytes 400, then error ECONNRESET @20!");
  assert_walk ("expect ann.c bytes 400 after 100ms\nexpect ann.c end\n", reset, "bytes 400 @10!");
  assert_walk ("expect ann.c bytes 400\nexpect ann.c error EPIPE\n", reset,
               "bytes 400 @10; error ECONNRESET @10!");
  assert_walk ("expect ann.c nothing for 5ms\nexpect ann.c nothing for 1s\n", reset,
               "nothing @5; bytes 400 @5!");
  assert_walk ("expect ann.c end\n", none, "nothing @4000!");
}

static void
test_walk_writes (void)
{
  g_test_summary ("That a write was done matters to who expects it, and to nobody else.");

  const ParityNews news[] = { { 10 * MS, 0, 0, PARITY_WROTE },
                              { 20 * MS, 5, 0, PARITY_BYTES },
                              { 30 * MS, 0, 0, PARITY_WROTE },
                              { 0, 0, 0, 0 } };

  assert_walk ("expect ann.c bytes 5\nexpect ann.c wrote\n", news, "bytes 5 @20; wrote @10");
}

/* --- Judging --- */

static ParityLife
life_of (unsigned count, const ParityOutcome *outcomes)
{
  ParityLife life = { .outcomes = g_array_new (FALSE, TRUE, sizeof (ParityOutcome)) };

  g_array_append_vals (life.outcomes, outcomes, count);
  return life;
}

static void
assert_verdict (const ParityOutcome *kernel, const ParityOutcome *model, const char *difference)
{
  g_autoptr (GPtrArray) scripts = read_good ("hosts ann\nscript \"judged\"\n");
  ParityVerdict verdict = { .script = g_ptr_array_index (scripts, 0),
                            .tries = 1,
                            .model_played = true,
                            .kernel = life_of (2, kernel),
                            .model = life_of (2, model) };

  parity_judge (&verdict);
  g_assert_cmpstr (verdict.difference, ==, difference);
  g_assert_true (verdict.same == (difference == NULL));
  g_assert_cmpuint (parity_score (&verdict, 1), ==, difference ? 0 : 100);
  parity_verdict_clear (&verdict);
}

static void
test_judge (void)
{
  g_test_summary ("Two lives are the same when they saw the same, at times that differ by a tenth "
                  "at most.");

  const ParityOutcome kernel[]
      = { { 3, 10 * MS, 10 * MS, true, "open" }, { 4, 600 * MS, 600 * MS, true, "bytes 1" } };
  const ParityOutcome close[]
      = { { 3, 11 * MS, 11 * MS, true, "open" }, { 4, 545 * MS, 545 * MS, true, "bytes 1" } };
  const ParityOutcome far[]
      = { { 3, 10 * MS, 10 * MS, true, "open" }, { 4, 530 * MS, 530 * MS, true, "bytes 1" } };
  const ParityOutcome other[]
      = { { 3, 10 * MS, 10 * MS, true, "open" }, { 4, 600 * MS, 600 * MS, true, "error EPIPE" } };
  const ParityOutcome unmet[]
      = { { 3, 10 * MS, 10 * MS, true, "open" }, { 4, 600 * MS, 600 * MS, false, "bytes 1" } };

  assert_verdict (kernel, kernel, NULL);
  assert_verdict (kernel, close, NULL);
  assert_verdict (kernel, far, "line 4: kernel bytes 1 after 600ms, model bytes 1 after 530ms");
  assert_verdict (kernel, other,
                  "line 4: kernel bytes 1 after 600ms, model error EPIPE after 600ms");
  assert_verdict (unmet, unmet, "line 4: kernel bytes 1 after 600ms, against the script");
}

/* --- Those that there are --- */

/* Does it put up with more than a tenth? */
static bool
is_tolerant (const ParityScript *script)
{
  for (unsigned i = 0; i < script->statements->len; i++)
    {
      const ParityStatement *statement = parity_script_statement (script, i);
      if (statement->tolerance_us * 10 > statement->after_us)
        return true;
    }
  return false;
}

static void
test_catalogue (void)
{
  g_test_summary (
      "There are at least a hundred scripts, each with a name of its own in its group, "
      "and docs/tcp.md tells of what the simulated world is known to do otherwise, and of "
      "each tolerance beyond a tenth.");

  g_autofree char *folder = g_build_filename (g_getenv ("AEMP_TEST_DATA"), "..", "parity", NULL);
  g_autofree char *page
      = g_build_filename (g_getenv ("AEMP_TEST_DATA"), "..", "..", "docs", "tcp.md", NULL);
  g_autofree char *said = NULL;
  g_autoptr (GPtrArray) scripts = parity_scripts_new ();
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;
      if (g_str_has_suffix (name, ".tcp") && !parity_scripts_load (file, scripts, &error))
        g_error ("%s", error->message);
    }
  g_assert_cmpuint (scripts->len, >=, 100);
  g_assert_true (g_file_get_contents (page, &said, NULL, NULL));
  for (unsigned i = 0; i < scripts->len; i++)
    {
      const ParityScript *script = g_ptr_array_index (scripts, i);
      if (!g_hash_table_add (names, g_strdup_printf ("%s: %s", script->group, script->name)))
        g_error ("%s has two scripts \"%s\"", script->group, script->name);
      g_autofree char *row = g_strdup_printf ("| %s |", script->name);
      if ((script->differs || is_tolerant (script)) != (strstr (said, row) != NULL))
        g_error ("docs/tcp.md should tell of \"%s\" if that is an exception", script->name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parity/read", test_read);
  g_test_add_func ("/parity/mistakes", test_mistakes);
  g_test_add_func ("/parity/walk", test_walk);
  g_test_add_func ("/parity/walk-against", test_walk_against);
  g_test_add_func ("/parity/walk-writes", test_walk_writes);
  g_test_add_func ("/parity/judge", test_judge);
  g_test_add_func ("/parity/catalogue", test_catalogue);
  return g_test_run ();
}
