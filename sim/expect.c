/* sim/expect.c - what a scenario expects of its run, and whether it came true. */

#include "sim/checkers/whole.h"
#include "sim/expect.h"

#include <string.h>

#define SHOWN_CHARACTERS_MAX 100 /* of a remark */

/* What is told of an expectation that is not met: where to look in the trace. */
typedef struct
{
  uint64_t line; /* of the trace; 0: there is nothing */
  int64_t time_us;
  char *text;
} Heard;

typedef struct
{
  SimExpectations *all;
  const ScenarioExpect *expect;
  unsigned seen;
  Heard last;    /* NOTE: the last remark of the actor, whatever it was … */
  Heard surplus; /* … and the first one that was too many */
  bool met; /* WHOLE: it was so once in the time given */
  bool over;
} Expectation;

struct SimExpectations
{
  SimWorld *world;
  const Scenario *scenario;
  SimResult *result;
  const SimExpectOps *ops;
  void *user_data;
  Expectation *each;
  Heard change;     /* the last one of who is there and connected */
  bool look_around; /* a node came or went, or was told something: is all well now? */
  int64_t calm_us;  /* G_MAXINT64: not yet */
  SimFindings findings; /* of those two; nobody reads them */
  SimChecker *network;  /* NULL: no expectation needs it */
  SimChecker *database;
};

/* --- What was heard ------------------------------------------------------------------------- */

/* Takes `text`. */
static void
hear (Heard *heard, const AempTraceEvent *event, uint64_t line, char *text)
{
  g_free (heard->text);
  *heard = (Heard){ line, event->time_us, text };
}

static void
append_time (GString *out, int64_t time_us)
{
  g_string_append_printf (out, "%" G_GINT64_FORMAT ".%03d s", time_us / 1000000,
                          (int) (time_us / 1000 % 1000));
}

/* "at 3.100 s (line 55 of the trace): told normal" */
static void
append_heard (GString *out, const Heard *heard)
{
  g_string_append (out, "at ");
  append_time (out, heard->time_us);
  g_string_append_printf (out, " (line %" G_GUINT64_FORMAT " of the trace): ", heard->line);
  long length = g_utf8_strlen (heard->text, -1);
  g_autofree char *shown
      = g_utf8_substring (heard->text, 0, MIN (length, SHOWN_CHARACTERS_MAX));
  g_string_append (out, shown);
}

/* --- Remarks -------------------------------------------------------------------------------- */

static bool
is_of_actor (const SimExpectations *all, const ScenarioExpect *expect, const AempTraceEvent *event)
{
  const ScenarioActor *actor = all->scenario->actors->pdata[expect->actor];
  return strcmp (event->other->text, actor->full_name) == 0;
}

static bool
is_remark (const ScenarioExpect *expect, const char *text)
{
  g_autofree char *wanted = expect->value ? g_strdup_printf ("%s %s", expect->what, expect->value)
                                          : g_strdup (expect->what);
  size_t length = strlen (wanted);
  return strncmp (text, wanted, length) == 0 && (text[length] == 0 || text[length] == ' ');
}

static bool
see_remark (SimExpectations *all, const AempTraceEvent *event, uint64_t line)
{
  bool wanted = false;
  for (unsigned i = 0; i < all->scenario->expects->len; i++)
    {
      Expectation *expectation = &all->each[i];
      const ScenarioExpect *expect = expectation->expect;
      if (expect->kind != SCENARIO_EXPECT_NOTE || !is_of_actor (all, expect, event))
        continue;
      if (!expectation->over)
        hear (&expectation->last, event, line, g_strdup (event->text));
      if (event->time_us < expect->from_us || event->time_us > expect->until_us
          || !is_remark (expect, event->text))
        continue;
      if (++expectation->seen == (uint64_t) expect->at_most + 1)
        hear (&expectation->surplus, event, line, g_strdup (event->text));
      wanted |= expect->at_least > 0;
    }
  return wanted;
}

/* Does it change who is connected to whom? */
static bool
is_change (const AempTraceEvent *event)
{
  return event->kind == AEMP_TRACE_NODE_UP || event->kind == AEMP_TRACE_NODE_DOWN
         || event->kind == AEMP_TRACE_PROCESS_START || event->kind == AEMP_TRACE_PROCESS_END
         || event->kind == AEMP_TRACE_DIAL_FAILED;
}

/* "ruth node_down rain" */
static char *
describe_change (const AempTraceEvent *event)
{
  return g_strdup_printf ("%s %s%s%s", event->node->text, aemp_trace_catalogue[event->kind].name,
                          event->peer ? " " : "", event->peer ? event->peer->text : "");
}

/* --- The network's conditions --------------------------------------------------------------- */

static void
see_network (SimExpectations *all, const AempTraceEvent *event, uint64_t line)
{
  all->network->ops->see (all->network, event, line);
  if (event->kind == AEMP_TRACE_MASTER || event->kind == AEMP_TRACE_GLOBAL)
    all->look_around = true;
}

static void
see_database (SimExpectations *all, const AempTraceEvent *event, uint64_t line)
{
  all->database->ops->see (all->database, event, line);
  if (event->kind == AEMP_TRACE_MASTER || event->kind == AEMP_TRACE_DB_TOLD
      || event->kind == AEMP_TRACE_DB_SET || event->kind == AEMP_TRACE_DB_DELETE
      || event->kind == AEMP_TRACE_DB_DROPPED)
    all->look_around = true;
}

bool
sim_expectations_see (SimExpectations *all, const AempTraceEvent *event, uint64_t line)
{
  if (event->kind == AEMP_TRACE_NODE_UP || event->kind == AEMP_TRACE_PROCESS_END)
    all->look_around = true;
  if (is_change (event))
    hear (&all->change, event, line, describe_change (event));
  if (all->network)
    see_network (all, event, line);
  if (all->database)
    see_database (all, event, line);
  return event->kind == AEMP_TRACE_NOTE && see_remark (all, event, line);
}

static bool
is_all_connected (const SimExpectations *all)
{
  g_autofree char *why = all->ops->why_not_connected (all->user_data);
  return !why;
}

static bool
is_whole (const SimExpectations *all, unsigned conditions)
{
  return (!(conditions & SCENARIO_ALL_CONNECTED) || is_all_connected (all))
         && (!(conditions & SCENARIO_ONE_NETWORK) || sim_network_is_one (all->network))
         && (!(conditions & SCENARIO_DATABASES_EQUAL) || sim_database_is_equal (all->database));
}

/* The first condition that is not fulfilled, and why; NULL: all are. */
static char *
why_not_whole (const SimExpectations *all, unsigned conditions)
{
  char *why = NULL;
  if (conditions & SCENARIO_ALL_CONNECTED)
    why = all->ops->why_not_connected (all->user_data);
  if (!why && conditions & SCENARIO_ONE_NETWORK)
    why = sim_network_why_not_one (all->network);
  if (!why && conditions & SCENARIO_DATABASES_EQUAL)
    why = sim_database_why_not_equal (all->database);
  return why;
}

void
sim_expectations_look (SimExpectations *all)
{
  if (!all->look_around)
    return;
  all->look_around = false;
  int64_t now_us = sim_world_now_us (all->world);
  for (unsigned i = 0; i < all->scenario->expects->len; i++)
    {
      const ScenarioExpect *expect = all->each[i].expect;
      if (expect->kind == SCENARIO_EXPECT_WHOLE && !all->each[i].met && now_us >= expect->from_us
          && now_us <= expect->until_us)
        all->each[i].met = is_whole (all, expect->conditions);
    }
}

static void
on_look (void *user_data)
{
  ((SimExpectations *) user_data)->look_around = true;
}

void
sim_expectations_calm (SimExpectations *all)
{
  all->calm_us = MIN (all->calm_us, sim_world_now_us (all->world));
}

/* Connections that are whole when the faults end may be doomed all the same; so after a calm
 * the network has to be whole when the time is over, too. */
static char *
why_not_whole_in_time (Expectation *expectation)
{
  SimExpectations *all = expectation->all;
  bool for_good = expectation->expect->from_us >= all->calm_us;
  if (expectation->met && !for_good)
    return NULL;
  return why_not_whole (all, expectation->expect->conditions);
}

/* --- Judging -------------------------------------------------------------------------------- */

static char *
why_not_yet (Expectation *expectation)
{
  const Heard *change = &expectation->all->change;
  g_autofree char *why = why_not_whole_in_time (expectation);
  if (!why || change->line == 0)
    return g_steal_pointer (&why);
  GString *text = g_string_new (why);
  g_string_append (text, "; the last change was ");
  append_heard (text, change);
  return g_string_free (text, FALSE);
}

static void
append_last_remark (GString *out, const Expectation *expectation)
{
  const ScenarioExpect *expect = expectation->expect;
  const ScenarioActor *actor = expectation->all->scenario->actors->pdata[expect->actor];
  const Heard *last = &expectation->last;
  if (last->line == 0)
    g_string_append_printf (out, "; %s made no remark at all", actor->full_name);
  else
    {
      g_string_append_printf (out, "; the last remark of %s was ", actor->full_name);
      append_heard (out, last);
    }
}

/* How often it was seen, and the event where one would begin to look. */
static char *
why_not_remarked (const Expectation *expectation)
{
  const ScenarioExpect *expect = expectation->expect;
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "seen %u %s between ", expectation->seen,
                          expectation->seen == 1 ? "time" : "times");
  append_time (text, expect->from_us);
  g_string_append (text, " and ");
  append_time (text, expect->until_us);
  if (expectation->seen > expect->at_most)
    {
      g_string_append (text, "; the first one too many was ");
      append_heard (text, &expectation->surplus);
    }
  else
    append_last_remark (text, expectation);
  return g_string_free (text, FALSE);
}

static char *
why_not_met (Expectation *expectation)
{
  const ScenarioExpect *expect = expectation->expect;
  if (expect->kind == SCENARIO_EXPECT_WHOLE)
    return why_not_yet (expectation);
  if (expectation->seen >= expect->at_least && expectation->seen <= expect->at_most)
    return NULL;
  return why_not_remarked (expectation);
}

static void
on_expected (void *user_data)
{
  Expectation *expectation = user_data;
  SimExpectations *all = expectation->all;
  if (expectation->over)
    return;
  all->look_around = true;
  sim_expectations_look (all);
  expectation->over = true;
  all->result->expected++;
  char *why = why_not_met (expectation);
  all->ops->report (all->user_data,
                    &(AempTraceEvent){ .kind = AEMP_TRACE_EXPECTATION,
                                       .number = expectation->expect->line,
                                       .text = why ? why : "met" });
  if (!why)
    return;
  SimMissed *missed = g_new (SimMissed, 1);
  *missed = (SimMissed){ expectation->expect, why, sim_world_now_us (all->world), 0 };
  if (expectation->surplus.line > 0)
    {
      missed->time_us = expectation->surplus.time_us;
      missed->line = expectation->surplus.line;
    }
  g_ptr_array_add (all->result->missed, missed);
}

/* --- Make and free -------------------------------------------------------------------------- */

static void
plan (Expectation *expectation)
{
  const ScenarioExpect *expect = expectation->expect;
  SimWorld *world = expectation->all->world;
  if (expect->kind == SCENARIO_EXPECT_WHOLE)
    sim_world_at (world, expect->from_us, on_look, expectation->all);
  sim_world_at (world, expect->until_us, on_expected, expectation);
}

static void
call_observers (SimExpectations *all)
{
  unsigned conditions = 0;
  for (unsigned i = 0; i < all->scenario->expects->len; i++)
    conditions |= all->each[i].expect->conditions;
  sim_findings_init (&all->findings);
  if (conditions & SCENARIO_ONE_NETWORK)
    all->network = sim_checker_network.new (&all->findings);
  if (conditions & SCENARIO_DATABASES_EQUAL)
    all->database = sim_checker_database.new (&all->findings);
}

SimExpectations *
sim_expectations_new (SimWorld *world, const Scenario *scenario, SimResult *result,
                      const SimExpectOps *ops, void *user_data)
{
  SimExpectations *all = g_new (SimExpectations, 1);
  *all = (SimExpectations){ .world = world,
                            .scenario = scenario,
                            .result = result,
                            .ops = ops,
                            .user_data = user_data,
                            .each = g_new0 (Expectation, scenario->expects->len + 1),
                            .calm_us = G_MAXINT64 };
  for (unsigned i = 0; i < scenario->expects->len; i++)
    {
      all->each[i] = (Expectation){ .all = all, .expect = scenario->expects->pdata[i] };
      plan (&all->each[i]);
    }
  call_observers (all);
  return all;
}

void
sim_expectations_free (SimExpectations *all)
{
  if (!all)
    return;
  for (unsigned i = 0; i < all->scenario->expects->len; i++)
    {
      g_free (all->each[i].last.text);
      g_free (all->each[i].surplus.text);
    }
  g_free (all->change.text);
  if (all->network)
    all->network->ops->free (all->network);
  if (all->database)
    all->database->ops->free (all->database);
  sim_findings_clear (&all->findings);
  g_free (all->each);
  g_free (all);
}
