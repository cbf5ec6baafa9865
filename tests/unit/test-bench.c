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
          "simulate --runs 0", "simulate --runs 1 --runs", "world" };
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
  g_test_add_func ("/bench/arguments", test_arguments);
  return g_test_run ();
}
