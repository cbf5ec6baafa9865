/* sim/storm.c - faults by chance, for a while. */

#include "sim/storm.h"

#include "engine/planted.h"

/* What a storm draws from, besides times and nodes. */
#define JUMP_MAX_US (INT64_C (3600) * 1000 * 1000)
#define SLOW_MIN_BITS 16000
#define SLOW_MAX_BITS 256000
#define ACCEPT_MAX_US (2 * 1000 * 1000)
/* In a swarm: how much more often, or rarely, a fault strikes. */
#define RARE_PPM 5000 /* of all cases, and in a swarm up to … */
#define RARE_DOUBLINGS 6
#define PACE_DOUBLINGS 2

/* One fault of the storm: when does it strike next? */
typedef struct
{
  SimStorm *storm;
  const ScenarioFault *fault;
  SimLuck luck;
  char *label;      /* of the decision that it strikes */
  uint64_t ordinal; /* of the next stroke */
  bool exists;      /* in a swarm, not all do */
  int doublings;    /* ... and they strike so much less often, if negative so much more */
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

/* Of one front: "faults/cut/one/0", "faults/cut/any/refusing/1". */
static char *
label_of (const ScenarioFault *fault, unsigned ordinal)
{
  return g_strdup_printf ("faults/%s%s%s%s/%u", scenario_action_name (fault->kind),
                          fault->one ? "/one" : "/any", fault->one_way ? "/one-way" : "",
                          fault->refusing ? "/refusing" : "", ordinal);
}

static bool
are_alike (const ScenarioFault *one, const ScenarioFault *other)
{
  return one->kind == other->kind && one->one == other->one && one->one_way == other->one_way
         && one->refusing == other->refusing;
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
          count += are_alike (other, fault);
        }
    }
  g_assert_not_reached ();
}

static bool
draw_half (const Front *front, const char *label)
{
  /* No decision: that is the whole stroke. */
  return sim_luck_between (sim_luck_below (front->luck, label), front->ordinal, 0, 1) == 0;
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
}

static bool
is_one_way (const Front *front)
{
  const ScenarioFault *fault = front->fault;
  if (fault->kind == SCENARIO_CUT)
    return fault->one_way || (fault->one && draw_half (front, "one way"));
  return fault->kind != SCENARIO_RESET && draw_half (front, "one way");
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
  if (end->kind == SCENARIO_RESTART && AEMP_PLANTED (sim_restart_forgotten))
    return;
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

/* The statement that ends what `action` began; NULL: it ends by itself, or at once. */
static ScenarioAction *
end_of (const ScenarioAction *action)
{
  ScenarioActionKind kind = action->kind;
  if (kind == SCENARIO_CUT)
    kind = SCENARIO_HEAL;
  else if (kind == SCENARIO_KILL || kind == SCENARIO_VANISH)
    kind = SCENARIO_RESTART;
  else if (kind != SCENARIO_CLOCK)
    return NULL;
  ScenarioAction *end = scenario_action_new (kind, 0, action->line);
  g_array_append_vals (end->a, action->a->data, action->a->len);
  g_array_append_vals (end->b, action->b->data, action->b->len);
  end->clock = action->clock == SCENARIO_CLOCK_DRIFT ? SCENARIO_CLOCK_DRIFT : SCENARIO_CLOCK_OFFSET;
  return end;
}

/* Plans the end of what `action` began. */
static void
stroke_lasts (const Front *front, const ScenarioAction *action, int64_t for_us)
{
  SimStorm *storm = front->storm;
  ScenarioAction *end = end_of (action);
  if (!end)
    return;
  Stroke *stroke = g_new0 (Stroke, 1);
  stroke->storm = storm;
  stroke->end = end;
  g_ptr_array_add (storm->strokes, stroke);
  sim_world_at (storm->world, action->at_us + for_us, on_stroke_end, stroke);
}

/* --- What strikes ----------------------------------------------------------------------------- */

/* Is there nothing to be done to the node while it is away? */
static bool
needs_process (ScenarioActionKind kind)
{
  return kind == SCENARIO_KILL || kind == SCENARIO_VANISH || kind == SCENARIO_PAUSE;
}

/* False: it is away. */
static bool
choose_whom (const Front *front, ScenarioAction *action)
{
  if (scenario_is_of_sides (action->kind))
    {
      if (front->fault->one)
        choose_pair (front, action);
      else
        choose_sides (front, action);
      action->one_way = is_one_way (front);
      action->refusing = front->fault->refusing;
      return true;
    }
  SimStorm *storm = front->storm;
  unsigned node = choose_node (front, G_MAXUINT);
  g_array_append_val (action->a, node);
  return !needs_process (action->kind) || storm->ops->is_running (storm->user_data, node);
}

static void
choose_clock (const Front *front, ScenarioAction *action)
{
  action->clock = draw_half (front, "drifts") ? SCENARIO_CLOCK_DRIFT : SCENARIO_CLOCK_JUMP;
  if (action->clock == SCENARIO_CLOCK_DRIFT)
    action->amount = draw_between (front, "drift", -SCENARIO_DRIFT_MAX_PPM, SCENARIO_DRIFT_MAX_PPM);
  else
    action->amount = draw_between (front, "jump", -JUMP_MAX_US, JUMP_MAX_US);
}

/* How bad is it? */
static void
choose_how (const Front *front, ScenarioAction *action)
{
  if (action->kind == SCENARIO_CLOCK)
    choose_clock (front, action);
  else if (action->kind == SCENARIO_SLOW)
    action->rate_bits = (uint64_t)draw_between (front, "rate", SLOW_MIN_BITS, SLOW_MAX_BITS);
  else if (action->kind == SCENARIO_ACCEPT)
    action->each_max_us = ACCEPT_MAX_US;
  else if (action->kind == SCENARIO_LOOKUP)
    action->fails_ppm = 1000000;
}

/* Does it say itself for how long?  Then it ends with the storm at the latest, and says so. */
static bool
ends_by_itself (ScenarioActionKind kind)
{
  return kind == SCENARIO_PAUSE || kind == SCENARIO_STALL || kind == SCENARIO_SLOW
         || kind == SCENARIO_ACCEPT || kind == SCENARIO_REFUSE || kind == SCENARIO_LOOKUP;
}

static void
strike (const Front *front)
{
  SimStorm *storm = front->storm;
  const ScenarioFault *fault = front->fault;
  const ScenarioAction *whole = storm->action;
  g_autoptr (ScenarioAction) action
      = scenario_action_new (fault->kind, sim_world_now_us (storm->world), whole->line);
  int64_t for_us = draw_between (front, "for", fault->for_min_us, fault->for_max_us);
  if (!choose_whom (front, action))
    return;
  choose_how (front, action);
  if (ends_by_itself (fault->kind))
    {
      action->duration_us = MIN (for_us, whole->at_us + whole->duration_us - action->at_us);
      if (action->duration_us == 0)
        return;
    }
  if (!sim_book_decide (sim_world_book (storm->world), front->label, front->ordinal, 1))
    return;
  act (storm, action);
  stroke_lasts (front, action, for_us);
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
  if (front->doublings < 0)
    wait_us = MAX (wait_us >> -front->doublings, 1);
  else
    wait_us <<= front->doublings;
  sim_world_at (world, sim_world_now_us (world) + wait_us, on_strike, front);
}

/* What this run has of it. */
static void
join_swarm (Front *front)
{
  front->exists = true;
  if (!front->storm->action->swarm)
    return;
  front->exists = draw_half (front, "exists");
  front->doublings = (int)draw_between (front, "pace", -PACE_DOUBLINGS, PACE_DOUBLINGS);
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
      char *label = label_of (fault, count_before (scenario, fault));
      storm->fronts[i] = (Front){ .storm = storm,
                                  .fault = fault,
                                  .label = label,
                                  .luck = sim_book_luck (sim_world_book (world),
                                                         sim_world_seed (world), label) };
      join_swarm (&storm->fronts[i]);
    }
  return storm;
}

void
sim_storm_free (SimStorm *storm)
{
  if (!storm)
    return;
  g_ptr_array_unref (storm->strokes);
  for (unsigned i = 0; i < storm->action->faults->len; i++)
    g_free (storm->fronts[i].label);
  g_free (storm->fronts);
  g_free (storm);
}

/* How often nodes are sent to each of the rare points.  In a swarm half of them are none, and
 * the others are between seldom and every third time. */
static void
begin_rare (const SimStorm *storm)
{
  SimLuck luck = sim_luck_number (sim_luck (sim_world_seed (storm->world), "rare"),
                                  (uint64_t)storm->action->at_us);
  for (unsigned point = 0; point < AEMP_RARE_COUNT; point++)
    {
      uint32_t ppm = RARE_PPM;
      if (storm->action->swarm)
        ppm = sim_luck_between (sim_luck_below (luck, "exists"), point, 0, 1)
                  ? RARE_PPM << sim_luck_between (sim_luck_below (luck, "pace"), point, 0,
                                                  RARE_DOUBLINGS)
                  : 0;
      sim_world_set_rare (storm->world, (AempRare)point, ppm);
    }
}

static void
end_rare (const SimStorm *storm)
{
  for (unsigned point = 0; point < AEMP_RARE_COUNT; point++)
    sim_world_set_rare (storm->world, (AempRare)point, 0);
}

void
sim_storm_begin (SimStorm *storm)
{
  if (storm->action->rare)
    begin_rare (storm);
  for (unsigned i = 0; i < storm->action->faults->len; i++)
    if (storm->fronts[i].exists)
      front_wait (&storm->fronts[i]);
}

void
sim_storm_end (SimStorm *storm)
{
  if (storm->over || AEMP_PLANTED (sim_storm_never_calms))
    return;
  storm->over = true;
  if (storm->action->rare)
    end_rare (storm);
  for (unsigned i = 0; i < storm->strokes->len; i++)
    stroke_end (storm->strokes->pdata[i]);
}

int64_t
sim_storm_knob_us (uint64_t seed, const char *limit, const char *node, unsigned process,
                   int64_t limit_us)
{
  SimLuck luck = sim_luck_below (sim_luck_below (sim_luck (seed, "knobs"), limit), node);
  return sim_luck_between (luck, process, limit_us / 3, limit_us);
}
