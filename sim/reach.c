/* sim/reach.c - does a run come to the places that its scenario is there for? */
#include "sim/reach.h"

#include "scenarios/parse.h"

#include <string.h>

G_STATIC_ASSERT (SCENARIO_REACHES_MAX <= 64);

static bool
is_named (const AempName *name, const char *text)
{
  return !text || (name && strcmp (name->text, text) == 0);
}

uint64_t
sim_reach_of_event (const Scenario *scenario, const AempTraceEvent *event)
{
  uint64_t reached = 0;
  for (unsigned i = 0; i < scenario->reaches->len; i++)
    {
      const ScenarioReach *reach = scenario->reaches->pdata[i];
      if (reach->mark < 0 && (int)event->kind == reach->event && is_named (event->node, reach->node)
          && is_named (event->peer, reach->peer))
        reached |= UINT64_C (1) << i;
    }
  return reached;
}

uint64_t
sim_reach_of_marks (const Scenario *scenario, uint64_t marks)
{
  uint64_t reached = 0;
  for (unsigned i = 0; i < scenario->reaches->len; i++)
    {
      const ScenarioReach *reach = scenario->reaches->pdata[i];
      if (reach->mark >= 0 && marks >> reach->mark & 1)
        reached |= UINT64_C (1) << i;
    }
  return reached;
}

char *
sim_reach_missed (const Scenario *scenario, uint64_t reached)
{
  for (unsigned i = 0; i < scenario->reaches->len; i++)
    if (!(reached >> i & 1))
      {
        GString *text = g_string_new (NULL);
        scenario_append_reach (text, scenario->reaches->pdata[i]);
        return g_string_free (text, FALSE);
      }
  return NULL;
}
