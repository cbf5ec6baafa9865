/* scenarios/equal.c - do two scenarios say the same? */
#include "parse.h"

#include <string.h>

typedef bool (*EqualOne) (const void *one, const void *other);

static bool
equal_arrays (const GPtrArray *one, const GPtrArray *other, EqualOne equal)
{
  if (one->len != other->len)
    return false;
  for (unsigned i = 0; i < one->len; i++)
    if (!equal (one->pdata[i], other->pdata[i]))
      return false;
  return true;
}

static bool
equal_texts (const void *one, const void *other)
{
  return g_strcmp0 (one, other) == 0;
}

static bool
equal_sets (const GArray *one, const GArray *other)
{
  if (one->len != other->len)
    return false;
  for (unsigned i = 0; i < one->len; i++)
    if (g_array_index (one, unsigned, i) != g_array_index (other, unsigned, i))
      return false;
  return true;
}

bool
scenario_paths_equal (const ScenarioPath *one, const ScenarioPath *other)
{
  return one->delay == other->delay && one->delay_min_us == other->delay_min_us
         && one->delay_max_us == other->delay_max_us && one->loss_ppm == other->loss_ppm
         && one->loss_burst == other->loss_burst && one->duplicate_ppm == other->duplicate_ppm
         && one->corrupt_ppm == other->corrupt_ppm && one->reorders == other->reorders
         && one->queue_bytes == other->queue_bytes && one->rate_bits == other->rate_bits
         && one->buffer_bytes == other->buffer_bytes;
}

static bool
equal_nodes (const void *one, const void *other)
{
  const ScenarioNode *a = one, *b = other;
  return equal_texts (a->name, b->name) && a->global == b->global
         && equal_texts (a->secret, b->secret) && a->certificate == b->certificate
         && equal_arrays (a->seeds, b->seeds, equal_texts)
         && equal_arrays (a->settings, b->settings, equal_texts);
}

static bool
equal_links (const void *one, const void *other)
{
  const ScenarioLink *a = one, *b = other;
  return a->one == b->one && a->other == b->other && a->said == b->said
         && scenario_paths_equal (&a->path, &b->path);
}

static bool
equal_options (const void *one, const void *other)
{
  const ScenarioOption *a = one, *b = other;
  return equal_texts (a->key, b->key) && equal_texts (a->text, b->text) && a->number == b->number;
}

static bool
equal_actors (const void *one, const void *other)
{
  const ScenarioActor *a = one, *b = other;
  return a->node == b->node && equal_texts (a->name, b->name)
         && equal_texts (a->full_name, b->full_name) && equal_texts (a->kind, b->kind)
         && equal_texts (a->arguments, b->arguments)
         && equal_arrays (a->options, b->options, equal_options);
}

static bool
equal_faults (const void *one, const void *other)
{
  const ScenarioFault *a = one, *b = other;
  return a->kind == b->kind && a->one == b->one && a->one_way == b->one_way
         && a->refusing == b->refusing && equal_sets (a->of, b->of)
         && a->every_min_us == b->every_min_us && a->every_max_us == b->every_max_us
         && a->for_min_us == b->for_min_us && a->for_max_us == b->for_max_us;
}

static bool
equal_storms (const ScenarioAction *one, const ScenarioAction *other)
{
  return one->duration_us == other->duration_us
         && (one->kind != SCENARIO_STORM
             || (one->swarm == other->swarm && one->knobs == other->knobs
                 && one->rare == other->rare
                 && equal_arrays (one->faults, other->faults, equal_faults)));
}

static bool
equal_actions (const void *one, const void *other)
{
  const ScenarioAction *a = one, *b = other;
  return a->kind == b->kind && a->at_us == b->at_us && a->one_way == b->one_way
         && a->refusing == b->refusing && a->clock == b->clock && a->amount == b->amount
         && a->each_min_us == b->each_min_us && a->each_max_us == b->each_max_us
         && a->fails_ppm == b->fails_ppm && a->rate_bits == b->rate_bits
         && scenario_paths_equal (&a->path, &b->path) && equal_sets (a->a, b->a)
         && equal_sets (a->b, b->b) && equal_storms (a, b);
}

static bool
equal_expects (const void *one, const void *other)
{
  const ScenarioExpect *a = one, *b = other;
  return a->kind == b->kind && a->conditions == b->conditions && a->actor == b->actor
         && equal_texts (a->what, b->what) && equal_texts (a->value, b->value)
         && a->at_least == b->at_least && a->at_most == b->at_most && a->from_us == b->from_us
         && a->until_us == b->until_us && a->bound == b->bound && a->open == b->open;
}

static bool
equal_decisions (const void *one, const void *other)
{
  const ScenarioDecision *a = one, *b = other;
  return equal_texts (a->label, b->label) && a->identity == b->identity && a->value == b->value;
}

static bool
equal_reaches (const void *one, const void *other)
{
  const ScenarioReach *a = one, *b = other;
  return a->mark == b->mark && a->event == b->event && equal_texts (a->node, b->node)
         && equal_texts (a->peer, b->peer);
}

static bool
equal_replays (const Scenario *one, const Scenario *other)
{
  return one->seed_said == other->seed_said && one->seed == other->seed
         && one->decides_nothing_else == other->decides_nothing_else
         && equal_arrays (one->decisions, other->decisions, equal_decisions)
         && equal_arrays (one->reaches, other->reaches, equal_reaches);
}

bool
scenario_equal (const Scenario *one, const Scenario *other)
{
  return equal_texts (one->title, other->title)
         && equal_arrays (one->nodes, other->nodes, equal_nodes)
         && scenario_paths_equal (&one->network, &other->network)
         && equal_arrays (one->network_settings, other->network_settings, equal_texts)
         && equal_arrays (one->links, other->links, equal_links)
         && equal_arrays (one->actors, other->actors, equal_actors)
         && equal_arrays (one->actions, other->actions, equal_actions)
         && equal_arrays (one->expects, other->expects, equal_expects)
         && memcmp (one->promises, other->promises, sizeof one->promises) == 0
         && memcmp (one->promise_by_number, other->promise_by_number, sizeof one->promise_by_number)
                == 0
         && one->until_us == other->until_us && one->until_said == other->until_said
         && equal_replays (one, other);
}
