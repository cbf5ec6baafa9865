/* sim/storm.c - faults by chance, for a while. */

#include "sim/storm.h"

#define HALF 500000 /* millionths */

/* One fault of the storm: when does it strike next? */
typedef struct
{
  SimStorm *storm;
  const ScenarioFault *fault;
  SimLuck luck;
  uint64_t ordinal; /* of the next stroke */
} Front;

/* What ends one stroke: a heal or a restart, not done yet. */
typedef struct
{
  SimStorm *storm;
  ScenarioAction *end; /* NULL: done */
} Stroke;

struct SimStorm
{
  SimWorld *world;
  const Scenario *scenario;
  const ScenarioAction *action;
  const SimStormOps *ops;
  void *user_data;
  Front *fronts;      /* one for each of the action's faults */
  GPtrArray *strokes; /* of Stroke: those that last, as they came */
  bool over;
};

/* --- Luck ----------------------------------------------------------------------------------- */

static const char *
label_of (const ScenarioFault *fault)
{
  switch (fault->kind)
    {
    case SCENARIO_CUT:
      return fault->one ? "faults/cut/one" : "faults/cut/any";
    case SCENARIO_RESET:
      return fault->one ? "faults/reset/one" : "faults/reset/any";
    case SCENARIO_KILL:
      return "faults/kill/any";
    case SCENARIO_VANISH:
      return "faults/vanish/any";
    case SCENARIO_HEAL:
    case SCENARIO_RESTART:
    case SCENARIO_CALM:
    case SCENARIO_PAUSE:
    case SCENARIO_CLOCK:
    case SCENARIO_STORM:
    case SCENARIO_ACTION_KINDS:
      break;
    }
  g_assert_not_reached ();
}

/* How many faults like this one are there before it in the scenario? */
static unsigned
count_before (const Scenario *scenario, const ScenarioFault *fault)
{
  unsigned count = 0;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      const ScenarioAction *action = scenario->actions->pdata[i];
      for (unsigned j = 0; action->kind == SCENARIO_STORM && j < action->faults->len; j++)
        {
          const ScenarioFault *other = action->faults->pdata[j];
          if (other == fault)
            return count;
          count += other->kind == fault->kind && other->one == fault->one;
        }
    }
  g_assert_not_reached ();
}

static int64_t
draw_between (const Front *front, const char *label, int64_t least, int64_t most)
{
  return sim_luck_between (sim_luck_below (front->luck, label), front->ordinal, least, most);
}

/* The lot that a node drew for this stroke. */
static uint64_t
lot_of (const Front *front, const char *label, unsigned node)
{
  const ScenarioNode *of = front->storm->scenario->nodes->pdata[node];
  SimLuck luck = sim_luck_below (sim_luck_below (front->luck, label), of->name);
  return sim_luck_draw (luck, front->ordinal);
}

/* The node with the highest lot, leaving out `but` (G_MAXUINT: nobody). */
static unsigned
choose_node (const Front *front, unsigned but)
{
  const GArray *of = front->fault->of;
  unsigned chosen = G_MAXUINT;
  uint64_t highest = 0;
  for (unsigned i = 0; i < of->len; i++)
    {
      unsigned node = g_array_index (of, unsigned, i);
      uint64_t lot = lot_of (front, "who", node);
      if (node == but || (chosen != G_MAXUINT && lot <= highest))
        continue;
      chosen = node;
      highest = lot;
    }
  return chosen;
}

static void
choose_pair (const Front *front, ScenarioAction *action)
{
  unsigned one = choose_node (front, G_MAXUINT);
  unsigned other = choose_node (front, one);
  g_array_append_val (action->a, one);
  g_array_append_val (action->b, other);
  action->one_way
      = action->kind == SCENARIO_CUT
        && sim_luck_chance (sim_luck_below (front->luck, "one way"), front->ordinal, HALF);
}

/* Each node goes to a side by itself; where all went to one, the node with the highest lot
 * goes to the other. */
static void
choose_sides (const Front *front, ScenarioAction *action)
{
  const GArray *of = front->fault->of;
  unsigned alone = choose_node (front, G_MAXUINT);
  unsigned lefts = 0;
  for (unsigned i = 0; i < of->len; i++)
    lefts += lot_of (front, "side", g_array_index (of, unsigned, i)) >> 63;
  for (unsigned i = 0; i < of->len; i++)
    {
      unsigned node = g_array_index (of, unsigned, i);
      bool left
          = lefts == 0 || lefts == of->len ? node == alone : lot_of (front, "side", node) >> 63;
      g_array_append_val (left ? action->a : action->b, node);
    }
}

/* --- Strokes -------------------------------------------------------------------------------- */

static void
act (SimStorm *storm, ScenarioAction *action)
{
  action->text = scenario_print_action (storm->scenario, action);
  storm->ops->act (storm->user_data, action);
}

static void
stroke_free (void *memory)
{
  Stroke *stroke = memory;
  scenario_action_free (stroke->end);
  g_free (stroke);
}

static void
stroke_end (Stroke *stroke)
{
  SimStorm *storm = stroke->storm;
  g_autoptr (ScenarioAction) end = g_steal_pointer (&stroke->end);
  if (!end)
    return;
  end->at_us = sim_world_now_us (storm->world);
  if (end->kind == SCENARIO_RESTART
      && storm->ops->is_running (storm->user_data, g_array_index (end->a, unsigned, 0)))
    return; /* somebody else was faster */
  act (storm, end);
}

static void
on_stroke_end (void *user_data)
{
  stroke_end (user_data);
}

/* Plans the end of what `action` began. */
static void
stroke_lasts (const Front *front, const ScenarioAction *action)
{
  SimStorm *storm = front->storm;
  int64_t for_us = draw_between (front, "for", front->fault->for_min_us, front->fault->for_max_us);
  Stroke *stroke = g_new0 (Stroke, 1);
  stroke->storm = storm;
  stroke->end = scenario_action_new (
      action->kind == SCENARIO_CUT ? SCENARIO_HEAL : SCENARIO_RESTART, 0, action->line);
  g_array_append_vals (stroke->end->a, action->a->data, action->a->len);
  g_array_append_vals (stroke->end->b, action->b->data, action->b->len);
  g_ptr_array_add (storm->strokes, stroke);
  sim_world_at (storm->world, action->at_us + for_us, on_stroke_end, stroke);
}

static void
strike (const Front *front)
{
  SimStorm *storm = front->storm;
  const ScenarioFault *fault = front->fault;
  g_autoptr (ScenarioAction) action
      = scenario_action_new (fault->kind, sim_world_now_us (storm->world), storm->action->line);
  if (fault->kind == SCENARIO_KILL || fault->kind == SCENARIO_VANISH)
    {
      unsigned node = choose_node (front, G_MAXUINT);
      if (!storm->ops->is_running (storm->user_data, node))
        return;
      g_array_append_val (action->a, node);
    }
  else if (fault->one)
    choose_pair (front, action);
  else
    choose_sides (front, action);
  act (storm, action);
  if (fault->kind != SCENARIO_RESET)
    stroke_lasts (front, action);
}

static void front_wait (Front *front);

static void
on_strike (void *user_data)
{
  Front *front = user_data;
  if (front->storm->over)
    return;
  strike (front);
  front->ordinal++;
  front_wait (front);
}

static void
front_wait (Front *front)
{
  SimWorld *world = front->storm->world;
  int64_t wait_us
      = draw_between (front, "every", front->fault->every_min_us, front->fault->every_max_us);
  sim_world_at (world, sim_world_now_us (world) + wait_us, on_strike, front);
}

/* --- The whole ------------------------------------------------------------------------------ */

SimStorm *
sim_storm_new (SimWorld *world, const Scenario *scenario, const ScenarioAction *action,
               const SimStormOps *ops, void *user_data)
{
  SimStorm *storm = g_new0 (SimStorm, 1);
  *storm = (SimStorm){ .world = world,
                       .scenario = scenario,
                       .action = action,
                       .ops = ops,
                       .user_data = user_data,
                       .fronts = g_new0 (Front, action->faults->len),
                       .strokes = g_ptr_array_new_with_free_func (stroke_free) };
  for (unsigned i = 0; i < action->faults->len; i++)
    {
      const ScenarioFault *fault = action->faults->pdata[i];
      SimLuck luck = sim_luck (sim_world_seed (world), label_of (fault));
      storm->fronts[i] = (Front){ .storm = storm,
                                  .fault = fault,
                                  .luck = sim_luck_number (luck, count_before (scenario, fault)) };
    }
  return storm;
}

void
sim_storm_free (SimStorm *storm)
{
  if (!storm)
    return;
  g_ptr_array_unref (storm->strokes);
  g_free (storm->fronts);
  g_free (storm);
}

void
sim_storm_begin (SimStorm *storm)
{
  for (unsigned i = 0; i < storm->action->faults->len; i++)
    front_wait (&storm->fronts[i]);
}

void
sim_storm_end (SimStorm *storm)
{
  if (storm->over)
    return;
  storm->over = true;
  for (unsigned i = 0; i < storm->strokes->len; i++)
    stroke_end (storm->strokes->pdata[i]);
}
