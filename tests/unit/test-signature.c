/* tests/unit/test-signature.c - what it means to fail in the same way. */

#include "scenario-try.h"
#include "sim/search/signature.h"

#include <string.h>

static void
assert_plain (const char *text, const char *plain)
{
  g_autoptr (Scenario) scenario = try_parse ("scenario \"s\"\nnode rain\nnodes worker 1..3\n"
                                             "actor rain.sink sink\n");
  g_autofree char *found = sim_signature_plain (scenario, text);
  g_assert_cmpstr (found, ==, plain);
}

static void
assert_report (const char *report, const char *line)
{
  g_autofree char *found = sim_signature_of_report (report);
  g_assert_cmpstr (found, ==, line);
}

static void
test_names (void)
{
  g_test_summary (
      "Two seeds lose another message of another node at another time: what is left of both "
      "sentences is the same.");
  assert_plain ("rain → worker1#a1: message 311, sent at 31.204 s, was lost",
                "NODE → PORT: message N, sent at N s, was lost");
  assert_plain ("worker3 → rain#b77: message 2, sent at 0.1 s, was lost",
                "NODE → PORT: message N, sent at N s, was lost");
  assert_plain ("rain.sink: broken order", "ACTOR: broken order");
}

static void
test_words (void)
{
  g_test_summary (
      "Words stay, also those that have a node's name in them or end a sentence; a node's "
      "name that no node has is a word.");
  assert_plain ("it rains on rain-coats, says rain.", "it rains on rain-coats, says NODE.");
  assert_plain ("ruth is not connected to its seed rain", "ruth is not connected to its seed NODE");
  assert_plain ("key k17 of f: 3 … 0x7f00 and 00ff00ff00", "key kN of f: N … N and N");
}

static void
test_lists (void)
{
  g_test_summary ("How many are listed makes no difference.");
  assert_plain ("not known to worker1, worker2, rain", "not known to NODE");
  assert_plain ("not known to rain", "not known to NODE");
  assert_plain ("rain, whose seed is worker1, and 3, 4", "NODE, whose seed is NODE, and N");
}

static void
test_kind (void)
{
  g_test_summary ("The promise stands in front, so two promises never look alike; a long text ends "
                  "between two characters.");
  g_autofree char *one = sim_signature (NULL, "promise 3, loss is told", "8 of 9");
  g_autofree char *bare = sim_signature (NULL, "", "8 of 9");
  g_autofree char *much = g_strnfill (SIM_SIGNATURE_MAX_BYTES - 1, 'x');
  g_autofree char *more = g_strconcat (much, "→→", NULL);
  g_autofree char *cut = sim_signature (NULL, "", more);
  g_assert_cmpstr (one, ==, "promise 3, loss is told: N of N");
  g_assert_cmpstr (bare, ==, "N of N");
  g_assert_cmpstr (cut, ==, much);
  g_autofree char *titled = sim_signature_title ("failed", one);
  g_autofree char *again = sim_signature_title ("failed", titled);
  g_assert_cmpstr (titled, ==, "failed: promise 3, loss is told: N of N");
  g_assert_cmpstr (again, ==, titled);
}

static void
test_assertion (void)
{
  g_test_summary (
      "A broken assertion is known by file, function and condition, wherever it was built.");
  assert_report (
      "**\naemp:ERROR:../../home/me/engine/port.c:88:aemp_port_kill: assertion failed: (port)\n"
      "Bail out!\n",
      "port.c:88:aemp_port_kill: assertion failed: (port)");
  assert_report ("**\naemp:ERROR:../engine/link.c:7:see: code should not be reached\n",
                 "link.c:7:see: code should not be reached");
  assert_report ("(process:77): aemp-CRITICAL **: 11:02:03.456: f: assertion 'x != NULL' failed\n",
                 "CRITICAL **: 11:02:03.456: f: assertion 'x != NULL' failed");
  assert_report (
      "\n(x:1): GLib-ERROR **: 11:22:33.444: ../glib/gmem.c:136: failed to allocate 9 bytes\n",
      "failed to allocate 9 bytes");
  assert_report ("just talking\n", NULL);
  g_assert_true (sim_report_is_of_memory ("GLib-ERROR **: failed to allocate 9 bytes\n"));
  g_assert_false (sim_report_is_of_memory ("assertion failed\n"));
}

static void
test_sanitizers (void)
{
  g_test_summary ("Of a sanitizer's pages the line that says what and where.");
  assert_report (
      "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x6\nREAD of size 8\n"
      "SUMMARY: AddressSanitizer: heap-use-after-free ../engine/port.c:88 in aemp_port_kill\n",
      "AddressSanitizer: heap-use-after-free port.c:88 in aemp_port_kill");
  assert_report ("../sim/luck.c:8:3: runtime error: signed integer overflow: 1 + 2 cannot be\n"
                 "SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior ../sim/luck.c:8:3 in\n",
                 "luck.c:8:3: runtime error: signed integer overflow: 1 + 2 cannot be");
  g_assert_true (sim_report_is_sanitizers ("x.c:1:2: runtime error: load of misaligned address\n"));
  g_assert_true (sim_report_is_sanitizers ("==1==ERROR: LeakSanitizer: detected memory leaks\n"));
  g_assert_false (sim_report_is_sanitizers ("ERROR: bad day\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signature/names", test_names);
  g_test_add_func ("/signature/words", test_words);
  g_test_add_func ("/signature/lists", test_lists);
  g_test_add_func ("/signature/kind", test_kind);
  g_test_add_func ("/signature/assertion", test_assertion);
  g_test_add_func ("/signature/sanitizers", test_sanitizers);
  return g_test_run ();
}
