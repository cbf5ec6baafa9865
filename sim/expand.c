/* sim/expand.c - storms as the statements that they come down to. */
#include "sim/expand.h"

#include "engine/config.h"
#include "engine/units.h"
#include "scenarios/parse.h"
#include "sim/storm.h"

typedef struct Expansion Expansion;

/* One statement of the scenario. */
typedef struct
{
  Expansion *expansion;
  const ScenarioAction *action;
  SimStorm *storm; /* of STORM */
} Deed;

struct Expansion
{
  SimWorld *world;
  const Scenario *scenario;
  Deed *deeds;
  bool *running;   /* of each node */
  GPtrArray *acts; /* of ScenarioAction, in order of time */
};

static ScenarioAction *
copy_action (const ScenarioAction *from)
{
  ScenarioAction *to = scenario_action_new (from->kind, from->at_us, from->line);
  GArray *a = to->a, *b = to->b;
  *to = *from;
  to->a = g_array_append_vals (a, from->a->data, from->a->len);
  to->b = g_array_append_vals (b, from->b->data, from->b->len);
  to->faults = NULL;
  to->text = g_strdup (from->text);
  return to;
}

static void
note_running (Expansion *expansion, const ScenarioAction *action)
{
  bool stops = action->kind == SCENARIO_KILL || action->kind == SCENARIO_VANISH;
  if (stops || action->kind == SCENARIO_RESTART)
    for (unsigned i = 0; i < action->a->len; i++)
      expansion->running[g_array_index (action->a, unsigned, i)] = !stops;
}

static void
act (void *user_data, const ScenarioAction *action)
{
  Expansion *expansion = user_data;
  note_running (expansion, action);
  g_ptr_array_add (expansion->acts, copy_action (action));
}

static bool
is_running (void *user_data, unsigned node)
{
  return ((Expansion *)user_data)->running[node];
}

static const SimStormOps ops = { act, is_running };

static void
on_storm_end (void *user_data)
{
  sim_storm_end (((Deed *)user_data)->storm);
}

/* What a calm ends, it ends before it is said: after it no fault may follow. */
static void
on_deed (void *user_data)
{
  Deed *deed = user_data;
  Expansion *expansion = deed->expansion;
  if (deed->storm)
    {
      sim_storm_begin (deed->storm);
      return;
    }
  for (unsigned i = 0; deed->action->kind == SCENARIO_CALM && i < expansion->scenario->actions->len;
       i++)
    if (expansion->deeds[i].storm)
      sim_storm_end (expansion->deeds[i].storm);
  act (expansion, deed->action);
}

/* In the same order as sim/deeds.c plans them. */
static void
plan (Deed *deed)
{
  Expansion *expansion = deed->expansion;
  const ScenarioAction *action = deed->action;
  sim_world_at (expansion->world, action->at_us, on_deed, deed);
  if (action->kind != SCENARIO_STORM)
    return;
  deed->storm = sim_storm_new (expansion->world, expansion->scenario, action, &ops, expansion);
  sim_world_at (expansion->world, action->at_us + action->duration_us, on_storm_end, deed);
}

static void
play (Expansion *expansion)
{
  const Scenario *scenario = expansion->scenario;
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    expansion->running[i] = true;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      expansion->deeds[i] = (Deed){ expansion, scenario->actions->pdata[i], NULL };
      plan (&expansion->deeds[i]);
    }
  while (sim_world_step (expansion->world, scenario->until_us))
    ;
}

static void
free_action (void *action)
{
  scenario_action_free (action);
}

/* --- Knobs ------------------------------------------------------------------------------------ */

static void
set_limit (ScenarioNode *node, uint64_t seed, const char *limit, int64_t limit_us)
{
  g_autofree char *value
      = aemp_format_duration (sim_storm_knob_us (seed, limit, node->name, 1, limit_us));
  scenario_settings_put (node->settings, limit, value);
}

/* The limits that each node's first process has.  Others may have had others: that cannot be said.
 */
static void
turn_knobs (Scenario *scenario, uint64_t seed)
{
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      ScenarioNode *node = scenario->nodes->pdata[i];
      g_autoptr (AempConfig) config = aemp_config_new ();
      for (unsigned j = 0; j + 1 < node->settings->len; j += 2)
        aemp_config_set (config, node->settings->pdata[j], node->settings->pdata[j + 1], NULL);
      set_limit (node, seed, "monitor_timeout", config->monitor_timeout_us);
      set_limit (node, seed, "connect_interval", config->connect_interval_us);
    }
}

void
sim_expand_storms (Scenario *scenario, uint64_t seed)
{
  GPtrArray *acts = g_ptr_array_new_with_free_func (free_action);
  Expansion expansion = { .world = sim_world_new (seed),
                          .scenario = scenario,
                          .deeds = g_new0 (Deed, scenario->actions->len + 1),
                          .running = g_new0 (bool, scenario->nodes->len + 1),
                          .acts = acts };
  play (&expansion);
  if (scenario_has_knobs (scenario))
    turn_knobs (scenario, seed);
  for (unsigned i = 0; i < scenario->actions->len; i++)
    sim_storm_free (expansion.deeds[i].storm);
  sim_world_free (expansion.world);
  g_free (expansion.deeds);
  g_free (expansion.running);
  g_ptr_array_unref (scenario->actions);
  scenario->actions = acts;
  scenario->until_said = true;
}
