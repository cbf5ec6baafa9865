/* tests/unit/test-tell.c - trace events as lines for people. */

#include "net/tell.h"

static void
tell_all_kinds (NetLevel level)
{
  g_autoptr (AempName) node = aemp_name_new ("rain", 4);
  g_autoptr (AempName) peer = aemp_name_new ("ruth", 4);
  g_autoptr (AempName) port = aemp_name_new ("fruit", 5);
  g_autoptr (AempName) other = aemp_name_new ("apple", 5);
  NetTeller teller;

  net_teller_init (&teller, level);
  for (int kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    {
      const AempTraceEvent event = { .kind = (AempTraceKind)kind,
                                     .time_us = 1000 * kind + 1,
                                     .node = node,
                                     .peer = peer,
                                     .port = port,
                                     .other = other,
                                     .number = 7,
                                     .payload = 0xaa,
                                     .text = "because\n",
                                     .address = "10.0.0.1:4040" };
      teller.tracer.see (&teller.tracer, &event);
    }
}

static void
test_verbose (void)
{
  g_test_summary ("Every kind of event can be told, with all its fields, in one line each, "
                  "whatever is in them.");

  if (g_test_subprocess ())
    {
      tell_all_kinds (NET_LEVEL_DEBUG);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("* node_down ruth because.\n*");
  g_test_trap_assert_stderr ("* db_set fruit apple 00000000000000aa\n*");
  g_test_trap_assert_stderr ("* db_monitor 7 fruit\n*");
  g_test_trap_assert_stderr ("* db_answer 7 fruit 00000000000000aa*\n*");
}

static void
test_words (void)
{
  g_test_summary ("Without that, who comes and goes is told in words, and nothing of the rest.");

  if (g_test_subprocess ())
    {
      tell_all_kinds (NET_LEVEL_INFO);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*ruth is down: because.\n*");
  g_test_trap_assert_stderr ("*apple because.\n*"); /* a remark */
  g_test_trap_assert_stderr_unmatched ("*db_set*");
}

static void
test_levels (void)
{
  g_test_summary (
      "At the level of warnings it is not told who comes, but who goes; each line says its "
      "level to the journal, and a refusal where it was dialed.");

  if (g_test_subprocess ())
    {
      g_setenv ("JOURNAL_STREAM", "8:1", true);
      tell_all_kinds (NET_LEVEL_WARN);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*<4>ruth is down: because.\n*");
  g_test_trap_assert_stderr ("*<4>ruth at 10.0.0.1:4040 was not let in: because.\n*");
  g_test_trap_assert_stderr ("*<3>error in port fruit: because.\n*");
  g_test_trap_assert_stderr_unmatched ("*is up*");
  g_test_trap_assert_stderr_unmatched ("*apple because*");
}

int
main (int count, char **arguments)
{
  g_test_init (&count, &arguments, NULL);
  g_test_add_func ("/tell/verbose", test_verbose);
  g_test_add_func ("/tell/words", test_words);
  g_test_add_func ("/tell/levels", test_levels);
  return g_test_run ();
}
