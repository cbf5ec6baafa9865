/* sim/deeds.c - what a scenario does to the world, at its times. */

#include "sim/deeds.h"

#include "engine/planted.h"
#include "scenarios/edit.h"
#include "sim/book.h"
#include "sim/paths.h"
#include "sim/storm.h"

/* One statement of the scenario. */
typedef struct
{
  SimDeeds *deeds;
  const ScenarioAction *action;
  SimStorm *storm; /* of STORM */
} Deed;

/* What is the case for a while, said by the scenario or by a storm. */
typedef struct
{
  SimDeeds *deeds;
  GArray *paused; /* of unsigned: nodes that go on then; NULL: it is no pause */
  char *text;
  unsigned line;
  bool over;
} Spell;

struct SimDeeds
{
  SimWorld *world;
  const Scenario *scenario;
  const SimDeedsOps *ops;
  void *user_data;
  Deed *all;                /* of the scenario's actions */
  unsigned *firsts;         /* of each action the first one of its episode; NULL: all happen */
  int64_t again_at_us;      /* not NULL: since when they are drawn */
  GPtrArray *spells;        /* of Spell, as they began */
  int64_t *paused_until_us; /* of each node */
};

/* --- Reports -------------------------------------------------------------------------------- */

static void
report (SimDeeds *deeds, AempTraceKind kind, unsigned line, const char *text)
{
  deeds->ops->report (deeds->user_data,
                      &(AempTraceEvent){ .kind = kind, .number = line, .text = text });
}

/* --- Whom it concerns ------------------------------------------------------------------------ */

static unsigned
node_at (const GArray *set, unsigned i)
{
  return g_array_index (set, unsigned, i);
}

static SimHost *
host_at (SimDeeds *deeds, const GArray *set, unsigned i)
{
  return deeds->ops->host (deeds->user_data, node_at (set, i));
}

static SimProcess *
process_of (SimDeeds *deeds, unsigned node)
{
  return deeds->ops->process (deeds->user_data, node);
}

/* --- Between hosts ---------------------------------------------------------------------------- */

typedef void (*PairDeed) (SimHost *one, SimHost *other);

static void
for_pairs (SimDeeds *deeds, const ScenarioAction *action, PairDeed deed)
{
  for (unsigned i = 0; i < action->a->len; i++)
    for (unsigned j = 0; j < action->b->len; j++)
      deed (host_at (deeds, action->a, i), host_at (deeds, action->b, j));
}

/* … and back, unless it goes one way only. */
static void
for_ways (SimDeeds *deeds, const ScenarioAction *action, PairDeed deed)
{
  for (unsigned i = 0; i < action->a->len; i++)
    for (unsigned j = 0; j < action->b->len; j++)
      {
        deed (host_at (deeds, action->a, i), host_at (deeds, action->b, j));
        if (!action->one_way && !(action->kind == SCENARIO_CUT && AEMP_PLANTED (sim_cut_leaks)))
          deed (host_at (deeds, action->b, j), host_at (deeds, action->a, i));
      }
}

static void
cut (SimDeeds *deeds, const ScenarioAction *action)
{
  for_ways (deeds, action, action->refusing ? sim_path_refuse : sim_path_cut);
}

static void
change_paths (SimDeeds *deeds, const ScenarioAction *action)
{
  for (unsigned i = 0; i < action->a->len; i++)
    for (unsigned j = 0; j < action->b->len; j++)
      {
        SimHost *one = host_at (deeds, action->a, i), *other = host_at (deeds, action->b, j);
        sim_path_follow (one, other, action);
        if (!action->one_way)
          sim_path_follow (other, one, action);
      }
}

static void
restore_paths (SimDeeds *deeds)
{
  unsigned count = deeds->scenario->nodes->len;
  for (unsigned i = 0; i < count; i++)
    for (unsigned j = 0; j < count; j++)
      if (i != j)
        sim_path_restore (deeds->ops->host (deeds->user_data, i),
                          deeds->ops->host (deeds->user_data, j));
}

static void
stall (SimDeeds *deeds, const ScenarioAction *action)
{
  int64_t until_us = sim_world_now_us (deeds->world) + action->duration_us;
  for (unsigned i = 0; i < action->a->len; i++)
    for (unsigned j = 0; j < action->b->len; j++)
      {
        SimHost *one = host_at (deeds, action->a, i), *other = host_at (deeds, action->b, j);
        sim_path_stall (one, other, until_us);
        if (!action->one_way)
          sim_path_stall (other, one, until_us);
      }
}

static void
heal_all (SimDeeds *deeds)
{
  unsigned count = deeds->scenario->nodes->len;
  for (unsigned i = 0; i < count; i++)
    for (unsigned j = 0; j < i; j++)
      {
        SimHost *one = deeds->ops->host (deeds->user_data, i);
        SimHost *other = deeds->ops->host (deeds->user_data, j);
        sim_path_heal (one, other);
        if (!AEMP_PLANTED (sim_heal_goes_one_way))
          sim_path_heal (other, one);
      }
}

static void
heal (SimDeeds *deeds, const ScenarioAction *action)
{
  if (action->a->len == 0)
    heal_all (deeds);
  else
    for_ways (deeds, action, sim_path_heal);
}

/* --- Processes -------------------------------------------------------------------------------- */

static void
stop_all (SimDeeds *deeds, const ScenarioAction *action)
{
  for (unsigned i = 0; i < action->a->len; i++)
    deeds->ops->stop (deeds->user_data, node_at (action->a, i), action->kind == SCENARIO_VANISH);
}

static void
restart (SimDeeds *deeds, const ScenarioAction *action)
{
  for (unsigned i = 0; i < action->a->len; i++)
    {
      unsigned node = node_at (action->a, i);
      deeds->ops->stop (deeds->user_data, node, false);
      deeds->ops->start (deeds->user_data, node);
    }
}

static void
resume (SimDeeds *deeds, unsigned node)
{
  SimProcess *process = process_of (deeds, node);
  if (process)
    sim_process_resume (process);
}

static void
pause_all (SimDeeds *deeds, const ScenarioAction *action)
{
  for (unsigned i = 0; i < action->a->len; i++)
    {
      unsigned node = node_at (action->a, i);
      SimProcess *process = process_of (deeds, node);
      if (!process)
        continue;
      deeds->paused_until_us[node] = sim_world_now_us (deeds->world) + action->duration_us;
      sim_process_pause (process);
    }
}

/* --- Hosts ------------------------------------------------------------------------------------ */

static void
change_clock (SimHost *host, const ScenarioAction *action)
{
  switch (action->clock)
    {
    case SCENARIO_CLOCK_DRIFT:
      sim_clock_drift (host, (int32_t)action->amount);
      return;
    case SCENARIO_CLOCK_OFFSET:
      sim_clock_set_offset (host, action->amount);
      return;
    case SCENARIO_CLOCK_JUMP:
      sim_clock_jump (host, action->amount);
      return;
    case SCENARIO_CLOCK_KINDS:
      break;
    }
  g_assert_not_reached ();
}

static void
trouble_host (SimDeeds *deeds, SimHost *host, const ScenarioAction *action)
{
  int64_t until_us = sim_world_now_us (deeds->world) + action->duration_us;
  if (action->kind == SCENARIO_CLOCK)
    change_clock (host, action);
  else if (action->kind == SCENARIO_SLOW)
    sim_host_read_slowly (host, action->rate_bits, until_us);
  else if (action->kind == SCENARIO_ACCEPT)
    sim_host_accept_late (host, action->each_min_us, action->each_max_us, until_us);
  else if (action->kind == SCENARIO_REFUSE)
    sim_host_refuse (host, until_us);
  else if (action->fails_ppm > 0)
    sim_host_fail_lookups (host, action->fails_ppm, until_us);
  else
    sim_host_delay_lookups (host, action->each_min_us, action->each_max_us, until_us);
}

static void
trouble_hosts (SimDeeds *deeds, const ScenarioAction *action)
{
  for (unsigned i = 0; i < action->a->len; i++)
    trouble_host (deeds, host_at (deeds, action->a, i), action);
}

/* --- What ends by itself ------------------------------------------------------------------------
 */

static void
spell_free (void *memory)
{
  Spell *spell = memory;
  if (spell->paused)
    g_array_unref (spell->paused);
  g_free (spell->text);
  g_free (spell);
}

static void
spell_end (Spell *spell)
{
  if (spell->over)
    return;
  spell->over = true;
  report (spell->deeds, AEMP_TRACE_FAULT_OVER, spell->line, spell->text);
}

static void
on_spell_over (void *user_data)
{
  Spell *spell = user_data;
  SimDeeds *deeds = spell->deeds;
  for (unsigned i = 0; spell->paused && i < spell->paused->len; i++)
    {
      unsigned node = node_at (spell->paused, i);
      if (sim_world_now_us (deeds->world) >= deeds->paused_until_us[node]) /* not paused anew */
        resume (deeds, node);
    }
  spell_end (spell);
}

static void
spell_begin (SimDeeds *deeds, const ScenarioAction *action)
{
  Spell *spell = g_new0 (Spell, 1);
  *spell = (Spell){ .deeds = deeds, .text = g_strdup (action->text), .line = action->line };
  if (action->kind == SCENARIO_PAUSE)
    spell->paused = g_array_ref (action->a);
  g_ptr_array_add (deeds->spells, spell);
  sim_world_at (deeds->world, sim_world_now_us (deeds->world) + action->duration_us, on_spell_over,
                spell);
}

/* --- All of it
 * ------------------------------------------------------------------------------------ */

static void
end_faults (SimDeeds *deeds)
{
  for (unsigned i = 0; i < deeds->scenario->actions->len; i++)
    if (deeds->all[i].storm)
      sim_storm_end (deeds->all[i].storm);
  heal_all (deeds);
  restore_paths (deeds);
  for (unsigned i = 0; i < deeds->scenario->nodes->len; i++)
    {
      SimHost *host = deeds->ops->host (deeds->user_data, i);
      resume (deeds, i);
      sim_clock_drift (host, 0);
      sim_clock_set_offset (host, 0);
      sim_host_recover (host);
    }
  for (unsigned i = 0; i < deeds->spells->len; i++)
    spell_end (deeds->spells->pdata[i]);
  deeds->ops->calm (deeds->user_data);
}

static void
do_deed (SimDeeds *deeds, const ScenarioAction *action)
{
  switch (action->kind)
    {
    case SCENARIO_CUT:
      cut (deeds, action);
      return;
    case SCENARIO_HEAL:
      heal (deeds, action);
      return;
    case SCENARIO_DELAY:
    case SCENARIO_LOSS:
    case SCENARIO_RATE:
      change_paths (deeds, action);
      return;
    case SCENARIO_STALL:
      stall (deeds, action);
      return;
    case SCENARIO_HALF_CLOSE:
      for_ways (deeds, action, sim_path_half_close);
      return;
    case SCENARIO_RESET:
      for_pairs (deeds, action, sim_path_reset);
      return;
    case SCENARIO_KILL:
    case SCENARIO_VANISH:
      stop_all (deeds, action);
      return;
    case SCENARIO_RESTART:
      restart (deeds, action);
      return;
    case SCENARIO_PAUSE:
      pause_all (deeds, action);
      return;
    case SCENARIO_CLOCK:
    case SCENARIO_SLOW:
    case SCENARIO_ACCEPT:
    case SCENARIO_REFUSE:
    case SCENARIO_LOOKUP:
      trouble_hosts (deeds, action);
      return;
    case SCENARIO_CALM:
      end_faults (deeds);
      return;
    case SCENARIO_STORM: /* begins by itself, see on_deed() */
    case SCENARIO_ACTION_KINDS:
      break;
    }
  g_assert_not_reached ();
}

/* Said by the scenario or by a storm. */
static void
act (void *user_data, const ScenarioAction *action)
{
  SimDeeds *deeds = user_data;
  report (deeds, AEMP_TRACE_FAULT, action->line, action->text);
  do_deed (deeds, action);
  if (action->duration_us > 0)
    spell_begin (deeds, action);
}

static bool
is_running (void *user_data, unsigned node)
{
  return process_of (user_data, node) != NULL;
}

static const SimStormOps storm_ops = { act, is_running };

/* Is it a fault, or the end of one, of those that are drawn, and does it not happen? */
static bool
is_left_out (const Deed *deed)
{
  SimDeeds *deeds = deed->deeds;
  if (!deeds->firsts || deed->storm || deed->action->kind == SCENARIO_CALM)
    return false;
  unsigned first = deeds->firsts[deed - deeds->all];
  const ScenarioAction *begin = deeds->all[first].action;
  SimLuck faults
      = sim_book_luck (sim_world_book (deeds->world), sim_world_seed (deeds->world), "faults/again");
  return begin->at_us >= deeds->again_at_us
         && sim_luck_draw (faults, first) >> 63;
}

static void
on_deed (void *user_data)
{
  Deed *deed = user_data;
  if (is_left_out (deed))
    return;
  if (!deed->storm)
    {
      act (deed->deeds, deed->action);
      return;
    }
  report (deed->deeds, AEMP_TRACE_FAULT, deed->action->line, deed->action->text);
  sim_storm_begin (deed->storm);
  spell_begin (deed->deeds, deed->action);
}

static void
on_storm_end (void *user_data)
{
  sim_storm_end (((Deed *)user_data)->storm);
}

/* A storm's end is planned with it, so that it comes before whatever the scenario says of that
 * time. */
static void
deed_plan (Deed *deed)
{
  SimDeeds *deeds = deed->deeds;
  const ScenarioAction *action = deed->action;
  sim_world_at (deeds->world, action->at_us, on_deed, deed);
  if (action->kind != SCENARIO_STORM)
    return;
  deed->storm = sim_storm_new (deeds->world, deeds->scenario, action, &storm_ops, deeds);
  sim_world_at (deeds->world, action->at_us + action->duration_us, on_storm_end, deed);
}

SimDeeds *
sim_deeds_new (SimWorld *world, const Scenario *scenario, const SimDeedsOps *ops, void *user_data)
{
  SimDeeds *deeds = g_new0 (SimDeeds, 1);
  *deeds = (SimDeeds){ .world = world,
                       .scenario = scenario,
                       .ops = ops,
                       .user_data = user_data,
                       .all = g_new0 (Deed, scenario->actions->len + 1),
                       .spells = g_ptr_array_new_with_free_func (spell_free),
                       .paused_until_us = g_new0 (int64_t, scenario->nodes->len) };
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      deeds->all[i] = (Deed){ .deeds = deeds, .action = scenario->actions->pdata[i] };
      deed_plan (&deeds->all[i]);
    }
  return deeds;
}

void
sim_deeds_draw_again (SimDeeds *deeds)
{
  deeds->firsts = scenario_episodes (deeds->scenario);
  deeds->again_at_us = sim_world_now_us (deeds->world);
}

void
sim_deeds_free (SimDeeds *deeds)
{
  if (!deeds)
    return;
  for (unsigned i = 0; i < deeds->scenario->actions->len; i++)
    sim_storm_free (deeds->all[i].storm);
  g_ptr_array_unref (deeds->spells);
  g_free (deeds->paused_until_us);
  g_free (deeds->firsts);
  g_free (deeds->all);
  g_free (deeds);
}
