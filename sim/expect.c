/* sim/expect.c - what a scenario expects of its run, and whether it came true. */

#include "sim/expect.h"

#include <string.h>

typedef struct
{
  SimExpectations *all;
  const ScenarioExpect *expect;
  unsigned seen;
  bool met; /* ALL_CONNECTED: it was so once in the time given */
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
  bool look_around; /* a node came or went: is all connected now? */
  int64_t calm_us;  /* G_MAXINT64: not yet */
};

/* --- Remarks -------------------------------------------------------------------------------- */

static bool
is_remark (const SimExpectations *all, const ScenarioExpect *expect, const AempTraceEvent *event)
{
  const ScenarioActor *actor = all->scenario->actors->pdata[expect->actor];
  g_autofree char *wanted = expect->value ? g_strdup_printf ("%s %s", expect->what, expect->value)
                                          : g_strdup (expect->what);
  size_t length = strlen (wanted);
  return strcmp (event->other->text, actor->full_name) == 0
         && strncmp (event->text, wanted, length) == 0
         && (event->text[length] == 0 || event->text[length] == ' ');
}

static bool
see_remark (SimExpectations *all, const AempTraceEvent *event)
{
  bool wanted = false;
  for (unsigned i = 0; i < all->scenario->expects->len; i++)
    {
      const ScenarioExpect *expect = all->each[i].expect;
      if (expect->kind != SCENARIO_EXPECT_NOTE || event->time_us < expect->from_us
          || event->time_us > expect->until_us || !is_remark (all, expect, event))
        continue;
      all->each[i].seen++;
      wanted |= expect->at_least > 0;
    }
  return wanted;
}

bool
sim_expectations_see (SimExpectations *all, const AempTraceEvent *event)
{
  if (event->kind == AEMP_TRACE_NODE_UP || event->kind == AEMP_TRACE_PROCESS_END)
    all->look_around = true;
  return event->kind == AEMP_TRACE_NOTE && see_remark (all, event);
}

/* --- All connected -------------------------------------------------------------------------- */

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
      if (expect->kind != SCENARIO_EXPECT_ALL_CONNECTED || all->each[i].met
          || now_us < expect->from_us || now_us > expect->until_us)
        continue;
      g_autofree char *why = all->ops->why_not_connected (all->user_data);
      all->each[i].met = !why;
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
why_not_whole (Expectation *expectation)
{
  SimExpectations *all = expectation->all;
  bool for_good = expectation->expect->from_us >= all->calm_us;
  if (expectation->met && !for_good)
    return NULL;
  return all->ops->why_not_connected (all->user_data);
}

/* --- Judging -------------------------------------------------------------------------------- */

static char *
why_not_met (Expectation *expectation)
{
  const ScenarioExpect *expect = expectation->expect;
  if (expect->kind == SCENARIO_EXPECT_ALL_CONNECTED)
    return why_not_whole (expectation);
  if (expectation->seen >= expect->at_least && expectation->seen <= expect->at_most)
    return NULL;
  return g_strdup_printf ("seen %u times between %" G_GINT64_FORMAT ".%03d s and %" G_GINT64_FORMAT
                          ".%03d s",
                          expectation->seen, expect->from_us / 1000000,
                          (int) (expect->from_us / 1000 % 1000), expect->until_us / 1000000,
                          (int) (expect->until_us / 1000 % 1000));
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
  *missed = (SimMissed){ expectation->expect, why };
  g_ptr_array_add (all->result->missed, missed);
}

/* --- Make and free -------------------------------------------------------------------------- */

static void
plan (Expectation *expectation)
{
  const ScenarioExpect *expect = expectation->expect;
  SimWorld *world = expectation->all->world;
  if (expect->kind == SCENARIO_EXPECT_ALL_CONNECTED)
    sim_world_at (world, expect->from_us, on_look, expectation->all);
  sim_world_at (world, expect->until_us, on_expected, expectation);
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
  return all;
}

void
sim_expectations_free (SimExpectations *all)
{
  if (!all)
    return;
  g_free (all->each);
  g_free (all);
}
