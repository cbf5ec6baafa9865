/* tests/unit/test-damage-database.c - what a network tells of its database, damaged, is caught.
 *
 * As test-damage.c does, for promises 11 and 12. */

#include "damage.h"

#include <string.h>

/* What nobody set, each monitor is told of. */
#define MANY 64

static const char rough[] = "scenario \"rough\"\n"
                            "nodes hub 1..2 global seeds hub1,hub2\n"
                            "nodes w 1..3 seeds hub1,hub2\n"
                            "actor hub1.set setter work keys 3 every 700ms delete 5 count 20\n"
                            "actor w*.set setter work keys 3 every 1100ms delete 5 count 20\n"
                            "actor {hub1 w*}.one setter work word shared keys 1 every 5s count 4\n"
                            "actor {hub1 w*}.see dbwatch work\n"
                            "actor {hub1 w*}.ask asker work\n"
                            "at 5s   reset hub1 w1..3\n"
                            "at 9s   kill hub2 ; kill w3\n"
                            "at 12s  restart hub2 w3\n"
                            "at 15s  cut {hub1 w1} | {hub2 w2..3}\n"
                            "at 18s  heal\n"
                            "at 20s  calm\n"
                            "check database\n";

static const AempTraceEvent *
find (const GArray *events, unsigned at, AempTraceKind kind)
{
  const uint64_t node = damage_event (events, at)->node->hash;

  while (++at < events->len)
    if (damage_event (events, at)->kind == kind && damage_event (events, at)->node->hash == node)
      return damage_event (events, at);
  return NULL;
}

/* Does the process go on to the end? */
static bool
lives_on (const GArray *events, unsigned at)
{
  return !find (events, at, AEMP_TRACE_PROCESS_START);
}

static void
test_whole (void)
{
  g_test_summary ("As it is all is fine, and both promises were tried.");

  g_autoptr (GArray) events = damage_play (rough, 1);
  SimFindings findings;
  damage_judge (events, NULL, &findings);
  g_assert_cmpuint (findings.kept->len, ==, 0);
  g_assert_cmpuint (findings.judged[11], >, 500);
  g_assert_cmpuint (findings.judged[12], ==, 5);
  sim_findings_clear (&findings);
}

static bool
lose (const GArray *events, unsigned at)
{
  damage_is_caught (events, &(Damage){ .at = at }, 11, MANY);
  return true;
}

static bool
twice (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);

  damage_is_caught (events, &(Damage){ at, event, event, 0, NULL }, 11, MANY);
  return true;
}

static bool
alter (const GArray *events, unsigned at)
{
  AempTraceEvent altered = *damage_event (events, at);

  altered.payload ^= 1;
  damage_is_caught (events, &(Damage){ at, &altered, NULL, 0, NULL }, 11, MANY);
  return true;
}

static bool
alter_if_there (const GArray *events, unsigned at)
{
  return damage_event (events, at)->payload != 0 && alter (events, at);
}

static bool
misname (const GArray *events, unsigned at)
{
  const AempName key = aemp_name_view ("another", 7);
  AempTraceEvent altered = *damage_event (events, at);

  altered.other = &key;
  damage_is_caught (events, &(Damage){ at, &altered, NULL, 0, NULL }, 11, MANY);
  return true;
}

static void
test_change (void)
{
  g_test_summary ("A change is not told, told twice, or told wrong: another value, another key.");
  damage_try_all (rough, AEMP_TRACE_DB_CHANGE, 7, 60, lose);
  damage_try_all (rough, AEMP_TRACE_DB_CHANGE, 7, 60, twice);
  damage_try_all (rough, AEMP_TRACE_DB_CHANGE, 7, 60, alter_if_there);
  damage_try_all (rough, AEMP_TRACE_DB_CHANGE, 7, 60, misname);
}

static bool
lose_call (const GArray *events, unsigned at)
{
  return strcmp (damage_event (events, at)->text, "first") == 0 && lives_on (events, at)
         && lose (events, at);
}

static void
test_call (void)
{
  g_test_summary (
      "A monitor is shown another family, is called twice, or never for the first time.");
  damage_try_all (rough, AEMP_TRACE_DB_TOLD, 7, 40, alter);
  damage_try_all (rough, AEMP_TRACE_DB_TOLD, 7, 40, twice);
  damage_try_all (rough, AEMP_TRACE_DB_TOLD, 1, 4, lose_call);
}

/* The key is added and told of, but nobody has set it. */
static bool
lose_set (const GArray *events, unsigned at)
{
  const AempTraceEvent *set = damage_event (events, at);

  for (unsigned i = 0; i < events->len; i++)
    {
      const AempTraceEvent *event = damage_event (events, i);
      if (i != at && event->kind == AEMP_TRACE_DB_SET && event->payload == set->payload)
        return false; /* the same pair, by another process */
      if (event->kind == AEMP_TRACE_DB_CHANGE && event->payload == set->payload)
        return lose (events, at);
    }
  return false;
}

static void
test_set (void)
{
  g_test_summary ("What is told was never set.");
  damage_try_all (rough, AEMP_TRACE_DB_SET, 3, 20, lose_set);
}

static bool
is_quiet (const GArray *events, unsigned at)
{
  return damage_event (events, at)->time_us
         > damage_event (events, events->len - 1)->time_us / 3 * 2;
}

static bool
alter_answer (const GArray *events, unsigned at)
{
  const AempTraceEvent *answer = damage_event (events, at);

  return is_quiet (events, at) && answer->payload != 0 && alter (events, at);
}

static bool
lose_answer (const GArray *events, unsigned at)
{
  return damage_event (events, at)->time_us < damage_event (events, events->len - 1)->time_us / 2
         && lives_on (events, at) && lose (events, at);
}

static void
test_answer (void)
{
  g_test_summary ("A question is not answered, answered twice, or wrongly after all is quiet.");
  damage_try_all (rough, AEMP_TRACE_DB_ANSWER, 17, 20, twice);
  damage_try_all (rough, AEMP_TRACE_DB_ANSWER, 17, 10, alter_answer);
  damage_try_all (rough, AEMP_TRACE_DB_ANSWER, 17, 10, lose_answer);
}

/* --- One network --- */

static bool
lose_for_good (const GArray *events, unsigned at)
{
  if (!lives_on (events, at))
    return false;
  damage_is_caught (events, &(Damage){ .at = at }, 12, MANY);
  return true;
}

/* The latest that the node says of this peer? */
static bool
lose_up (const GArray *events, unsigned at)
{
  const AempTraceEvent *up = damage_event (events, at);

  if (!g_str_has_prefix (up->node->text, "hub") || !g_str_has_prefix (up->peer->text, "hub"))
    return false;
  for (unsigned i = at + 1; i < events->len; i++)
    {
      const AempTraceEvent *event = damage_event (events, i);
      if ((event->kind == AEMP_TRACE_NODE_UP || event->kind == AEMP_TRACE_NODE_DOWN)
          && event->node->hash == up->node->hash && event->peer->hash == up->peer->hash)
        return false;
    }
  return lose_for_good (events, at);
}

/* Another master would do, if it is alive again. */
static bool
had_master (const GArray *events, unsigned at)
{
  const uint64_t node = damage_event (events, at)->node->hash;

  while (at-- > 0)
    if (damage_event (events, at)->node->hash == node)
      {
        if (damage_event (events, at)->kind == AEMP_TRACE_PROCESS_START)
          return false;
        if (damage_event (events, at)->kind == AEMP_TRACE_MASTER)
          return damage_event (events, at)->peer && damage_event (events, at)->peer->length > 0;
      }
  return false;
}

static bool
lose_master (const GArray *events, unsigned at)
{
  return !find (events, at, AEMP_TRACE_MASTER) && !had_master (events, at)
         && lose_for_good (events, at);
}

static void
test_network (void)
{
  g_test_summary ("A global node is none, is not connected with another one, or a slave has no "
                  "master.");
  damage_try_all (rough, AEMP_TRACE_GLOBAL, 1, 4, lose_for_good);
  damage_try_all (rough, AEMP_TRACE_NODE_UP, 1, 4, lose_up);
  damage_try_all (rough, AEMP_TRACE_MASTER, 1, 2, lose_master);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/damage-database/" name, function)
  ADD ("whole", test_whole);
  ADD ("change", test_change);
  ADD ("call", test_call);
  ADD ("set", test_set);
  ADD ("answer", test_answer);
  ADD ("network", test_network);
  return g_test_run ();
}
