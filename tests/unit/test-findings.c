/* tests/unit/test-findings.c - breaches are counted and kept; promises have names. */

#include "sim/checkers/jury.h"
#include "sim/checkers/fifo.h"
#include "sim/checkers/table.h"

#include <string.h>

static void
test_breaches (void)
{
  g_test_summary ("All breaches are counted; of each promise the first ones are kept.");

  SimFindings findings;
  unsigned firsts = 0;

  sim_findings_init (&findings);
  for (unsigned at = 0; at < 1000; at++)
    sim_findings_breach (&findings, 3, at, 10 + at, "%s number %u", "breach", at);
  sim_findings_breach (&findings, 13, 5000, 7, "nobody %s", "gets in");
  g_assert_cmpuint (findings.breaches[3], ==, 1000);
  g_assert_cmpuint (findings.breaches[13], ==, 1);
  g_assert_cmpuint (findings.kept->len, <, 100);
  for (unsigned at = 0; at < findings.kept->len; at++)
    {
      const SimBreach *breach = findings.kept->pdata[at];
      if (breach->promise == 13 || breach->line == 10)
        firsts++;
    }
  g_assert_cmpuint (firsts, ==, 2);
  const SimBreach *first = findings.kept->pdata[0];
  g_assert_cmpstr (first->text, ==, "breach number 0");
  g_assert_cmpint (first->time_us, ==, 0);
  sim_findings_clear (&findings);
}

static void
test_promises (void)
{
  g_test_summary ("Fourteen promises, each with a name of its own and a sentence.");

  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    {
      for (int other = 1; other < promise; other++)
        g_assert_cmpstr (sim_promise_name (promise), !=, sim_promise_name (other));
      g_assert_true (g_str_has_suffix (sim_promise_sentence (promise), "."));
    }
  g_assert_cmpstr (sim_promise_name (3), ==, "loss is told");
}

static void
test_checkers (void)
{
  g_test_summary ("Each checker has a unit for each of its promises, no promise has two "
                  "checkers, and each lives through an empty trace.");

  bool judged[SIM_PROMISES + 1] = { false };
  for (unsigned at = 0; sim_checkers[at]; at++)
    {
      const SimCheckerOps *ops = sim_checkers[at];
      SimFindings findings;
      sim_findings_init (&findings);
      for (unsigned i = 0; ops->promises[i]; i++)
        {
          g_assert_false (judged[ops->promises[i]]);
          judged[ops->promises[i]] = true;
          g_assert_nonnull (strchr (ops->units[i], '|'));
        }
      SimChecker *checker = ops->new (&findings);
      g_assert_true (checker->ops == ops);
      ops->end (checker, 1000000, true);
      ops->free (checker);
      g_assert_cmpuint (findings.kept->len, ==, 0);
      sim_findings_clear (&findings);
    }
  for (int promise = 1; promise <= 10; promise++)
    g_assert_true (judged[promise]);
  g_assert_true (judged[13]);
  g_assert_true (judged[14]);
}

/* A checker that counts what it sees in promise 1, and can be curious. */
static void
count_see (SimChecker *checker, const AempTraceEvent *event, uint64_t line)
{
  checker->findings->judged[1] += line;
  if (event->kind == AEMP_TRACE_FAULT)
    checker->findings->curious ^= checker->bit;
}

static void
count_end (SimChecker *checker, int64_t time_us, bool calm)
{
}

static void
count_free (SimChecker *checker)
{
  g_free (checker);
}

static SimChecker *count_new (SimFindings *findings);
static const SimCheckerOps count_ops = {
  .name = "count",
  .kinds = SIM_KIND (FAULT) | SIM_KIND (SEND),
  .new = count_new,
  .see = count_see,
  .end = count_end,
  .free = count_free,
};

static SimChecker *
count_new (SimFindings *findings)
{
  SimChecker *checker = g_new0 (SimChecker, 1);
  checker->ops = &count_ops;
  checker->findings = findings;
  return checker;
}

static void
test_jury (void)
{
  g_test_summary ("A checker sees the kinds of events that it wants, and all of them while it is "
                  "curious; the others see theirs all the same.");

  static const AempTraceKind kinds[] = { AEMP_TRACE_SEND, AEMP_TRACE_NOTE,  AEMP_TRACE_FAULT,
                                         AEMP_TRACE_NOTE, AEMP_TRACE_FAULT, AEMP_TRACE_DELIVER };
  const AempName name = aemp_name_view ("rain", 4);
  SimFindings findings;
  SimJury jury;
  sim_findings_init (&findings);
  sim_jury_init (&jury, &findings);
  sim_jury_call (&jury, &sim_checker_admission);
  sim_jury_call (&jury, &count_ops);
  for (unsigned at = 0; at < G_N_ELEMENTS (kinds); at++)
    sim_jury_see (&jury, &(AempTraceEvent){ .kind = kinds[at], .node = &name }, at + 1);
  g_assert_cmpuint (findings.judged[1], ==, 1 + 3 + 4 + 5);
  g_assert_cmpuint (findings.line, ==, G_N_ELEMENTS (kinds));
  g_assert_cmpuint (findings.curious, ==, 0);
  sim_jury_clear (&jury);
  sim_findings_clear (&findings);
}

static void
test_table (void)
{
  g_test_summary ("A table does the same as a plain array, through growth, collisions and "
                  "removals.");

  static uint64_t values[512];
  SimTable table;
  uint64_t draw = 1;

  memset (values, 0, sizeof values);
  sim_table_init (&table);
  for (unsigned round = 0; round < 100000; round++)
    {
      draw = draw * UINT64_C (6364136223846793005) + 1442695040888963407;
      const unsigned at = (unsigned)(draw >> 40) % 512;
      /* Keys that differ in a few bits only. */
      const uint64_t key = (uint64_t)at << (at % 2 ? 55 : 0);
      g_assert_true (sim_table_get (&table, key) == (values[at] ? &values[at] : NULL));
      if (values[at])
        sim_table_remove (&table, key);
      else
        sim_table_add (&table, key, &values[at]);
      values[at] = !values[at];
    }
  sim_table_clear (&table);
}

static void
test_queue_finds_its_place (void)
{
  g_test_summary ("Whatever is lost, doubled or swapped on the way: when the confusion is over, "
                  "packets are taken as they come again.");

  uint64_t draw = 4711;
  for (unsigned story = 0; story < 2000; story++)
    {
      SimFifo fifo;
      SimPacket packet;
      uint64_t arrivals[100];
      unsigned count = 0;
      sim_fifo_init (&fifo);
      for (uint64_t number = 1; number <= 80; number++)
        {
          *sim_fifo_push (&fifo)
              = (SimPacket){ .port = number % 3, .payload = number * 7, .number = number };
          draw = draw * UINT64_C (6364136223846793005) + 1442695040888963407;
          const unsigned what = number < 40 ? (unsigned)(draw >> 40) % 20 : 20;
          if (what != 0)
            arrivals[count++] = number;
          if (what == 1)
            arrivals[count++] = number;
          if (what == 2 && count > 1)
            {
              arrivals[count - 1] = arrivals[count - 2];
              arrivals[count - 2] = number;
            }
        }
      for (unsigned at = 0; at < count; at++)
        {
          const SimFit fit
              = sim_fifo_take (&fifo, arrivals[at] % 3, arrivals[at] * 7, 0, at + 1, &packet);
          if (fit == SIM_FITS)
            g_assert_cmpuint (packet.number, ==, arrivals[at]);
          if (arrivals[at] > 60)
            g_assert_cmpint (fit, ==, SIM_FITS);
          while (sim_fifo_give_up (&fifo, false, &packet))
            g_assert_cmpuint (packet.number, <, 40);
        }
      g_assert_cmpuint (sim_fifo_waiting (&fifo), ==, 0);
      sim_fifo_clear (&fifo);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/findings/breaches", test_breaches);
  g_test_add_func ("/findings/promises", test_promises);
  g_test_add_func ("/findings/checkers", test_checkers);
  g_test_add_func ("/findings/jury", test_jury);
  g_test_add_func ("/findings/table", test_table);
  g_test_add_func ("/findings/queue-finds-its-place", test_queue_finds_its_place);
  return g_test_run ();
}
