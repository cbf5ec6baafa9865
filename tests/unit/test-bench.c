/* tests/unit/test-bench.c - the command that measures: a little of each. */

#include <glib.h>
#include <string.h>
#include <sys/wait.h>

/* Runs `aemp bench` with the arguments; returns the exit status. */
static int
bench (const char *arguments, char **out, char **err)
{
  g_autofree char *line = g_strdup_printf ("%s bench %s", g_getenv ("AEMP_PROGRAM"), arguments);
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  int wait_status;

  g_spawn_sync (NULL, words, NULL, G_SPAWN_DEFAULT, NULL, NULL, out, err, &wait_status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (wait_status));
  return WEXITSTATUS (wait_status);
}

static void
assert_like (const char *text, const char *pattern)
{
  if (!g_pattern_match_simple (pattern, text))
    g_error ("expected: %s\nfound: %s", pattern, text);
}

static void
test_network (void)
{
  g_test_summary ("Twenty nodes live for three minutes, two are replaced; a thousand keys are told "
                  "to one node more.  Everybody agrees, or there would be no figures.");
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  g_assert_cmpint (bench ("network --nodes 20 --minutes 3 --keys 1000 --runs 2", &out, &err), ==,
                   0);
  g_assert_cmpstr (err, ==, "");
  assert_like (out, "3 minutes; *\n2 nodes *\n4 nodes *\n8 nodes *\n20 nodes * ms of CPU *");
  assert_like (out, "*\n20 nodes *\n  60 messages sent, 5? delivered, 2 nodes replaced, *");
  assert_like (out, "* MiB at the end, * MiB at the most\nCPU time grows with the nodes to the "
                    "power of ?.??\n*");
  assert_like (out, "*\na connection takes * bytes, *");
  assert_like (out, "*\n1,000 keys in one family, over 100 nodes, of which 4 are global\n*");
  assert_like (out, "*\none more node joins and watches * ms of CPU *");
}

static void
test_smallest (void)
{
  g_test_summary ("A network of one node is one, too.");
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  g_assert_cmpint (bench ("network --nodes 10 --minutes 1 --keys 100 --runs 1", &out, &err), ==, 0);
  g_assert_cmpstr (err, ==, "");
  assert_like (out, "1 minute*\n1 node *\n2 nodes *\n4 nodes *\n10 nodes *");
}

/* How often? */
static unsigned
times (const char *text, const char *part)
{
  unsigned count = 0;

  for (; (text = strstr (text, part)); text += strlen (part))
    count++;
  return count;
}

static void
test_node (void)
{
  g_test_summary ("Each measure of real nodes comes to a figure, in every run; what is compared "
                  "is told beside it, and so is what was to be reached.");
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  g_assert_cmpint (bench ("node --runs 2 --seconds 0.02 --peers 120 --ports 1000", &out, &err), ==,
                   0);
  g_assert_cmpstr (err, ==, "");
  assert_like (out, "*plain-one-way * messages/s *(* to *)\n*");
  assert_like (out, "*\none-way-cbor * messages/s *(* to *)\n *% of plain-one-way*\n*target: at "
                    "least 4,000,000 messages/s  *\n*");
  assert_like (out, "*\none-way-json *\n*\nkib-cbor *target: at least 60 % of plain-kib *\n*");
  assert_like (out, "*\ntrips *% of plain-trips *\ntrips-64 *\ntrips-64-apart *\nlocal *");
  assert_like (out, "*\nidle-private * MB *\nidle-resident * MB *\nport-bytes * bytes *");
  assert_like (out, "*\ncrowded * messages/s *\n *% of one-way-cbor *");
  g_assert_cmpuint (times (out, " ("), ==, 17);
  g_assert_cmpuint (times (out, "target: "), ==, 10);
}

static void
test_node_json (void)
{
  g_test_summary ("One measure, and what it is compared with, as JSON.");
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  g_assert_cmpint (bench ("node --json --only kib-cbor --runs 1 --seconds 0.02", &out, &err), ==,
                   0);
  g_assert_cmpstr (err, ==, "");
  assert_like (out, "{\"runs\":1,\"seconds\":0.020,\"measures\":[\n{\"name\":\"plain-kib\",*},\n"
                    "{\"name\":\"kib-cbor\",*,\"peer\":\"plain-kib\",\"share\":*,"
                    "\"least_share\":0.60,\"reached\":*}\n]}\n");
  g_assert_cmpuint (times (out, "name"), ==, 2);
}

static void
test_help (void)
{
  g_test_summary ("Each bench has a help of its own.");
  static const char *const lines[] = { "simulate --help", "network --help", "node --help" };

  for (unsigned i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *out = NULL;
      g_autofree char *err = NULL;
      g_assert_cmpint (bench (lines[i], &out, &err), ==, 0);
      g_assert_cmpstr (err, ==, "");
      assert_like (out, "aemp bench *--runs N *");
    }
}

static void
test_planted (void)
{
  g_test_summary ("A build without planted bugs says how to get one that has them.");
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  g_assert_cmpint (bench ("planted --list", &out, &err), ==, 64);
  g_assert_cmpstr (out, ==, "");
  assert_like (err, "aemp bench planted: this build has no planted bugs;*-Dplanted=true*");
}

static void
test_arguments (void)
{
  static const char *const wrong[]
      = { "network --nodes 9", "network --keys many",      "network --runs", "network --seed 1",
          "simulate --runs 0", "simulate --runs 1 --runs", "world",
          "node --runs 0",     "node --runs",         "node --only rest",  "node --seconds soon",
          "node --peers 0",    "node --fast" };
  g_test_summary ("What is not understood is answered with the help, and nothing is measured.");

  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *out = NULL;
      g_autofree char *err = NULL;
      g_assert_cmpint (bench (wrong[i], &out, &err), ==, 64);
      g_assert_cmpstr (out, ==, "");
      assert_like (err, "aemp bench *");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench/network", test_network);
  g_test_add_func ("/bench/smallest", test_smallest);
  g_test_add_func ("/bench/planted", test_planted);
  g_test_add_func ("/bench/node", test_node);
  g_test_add_func ("/bench/node-json", test_node_json);
  g_test_add_func ("/bench/help", test_help);
  g_test_add_func ("/bench/arguments", test_arguments);
  return g_test_run ();
}
