/* scenarios/edit.c - a scenario with parts of it taken away. */
#include "edit.h"
#include "parse.h"

#include <string.h>

#define GONE G_MAXUINT

Scenario *
scenario_copy (const Scenario *scenario, const ScenarioActorKind *kinds)
{
  g_autofree char *text = scenario_print (scenario);
  return scenario_parse (text, scenario->file, kinds, NULL);
}

/* --- Lists ---------------------------------------------------------------------------------- */

/* The new index of each, or GONE. */
static unsigned *
renumber (const bool *kept, unsigned count)
{
  unsigned *places = g_new (unsigned, count + 1);
  unsigned next = 0;
  for (unsigned i = 0; i < count; i++)
    places[i] = kept[i] ? next++ : GONE;
  return places;
}

static void
keep_in_array (GPtrArray *array, const bool *kept)
{
  for (unsigned i = array->len; i-- > 0;)
    if (!kept[i])
      g_ptr_array_remove_index (array, i);
}

static void
keep_in_set (GArray *set, const unsigned *places)
{
  unsigned left = 0;
  for (unsigned i = 0; i < set->len; i++)
    {
      unsigned place = places[g_array_index (set, unsigned, i)];
      if (place != GONE)
        g_array_index (set, unsigned, left++) = place;
    }
  g_array_set_size (set, left);
}

/* --- Actors and what is expected of them ------------------------------------------------------ */

static void
keep_actors (Scenario *scenario, const bool *kept)
{
  g_autofree unsigned *places = renumber (kept, scenario->actors->len);
  for (unsigned i = scenario->expects->len; i-- > 0;)
    {
      ScenarioExpect *expect = scenario->expects->pdata[i];
      if (expect->kind != SCENARIO_EXPECT_NOTE)
        continue;
      expect->actor = places[expect->actor];
      if (expect->actor == GONE)
        g_ptr_array_remove_index (scenario->expects, i);
    }
  keep_in_array (scenario->actors, kept);
}

/* Is it told of something that is gone: a node or an actor? */
static bool
misses (const Scenario *scenario, const ScenarioActor *actor, const bool *actors_kept,
        const bool *nodes_kept)
{
  for (unsigned i = 0; i < actor->options->len; i++)
    {
      const char *text = ((const ScenarioOption *)actor->options->pdata[i])->text;
      for (unsigned j = 0; text && j < scenario->actors->len; j++)
        if (!actors_kept[j]
            && strcmp (((const ScenarioActor *)scenario->actors->pdata[j])->full_name, text) == 0)
          return true;
      for (unsigned j = 0; text && nodes_kept && j < scenario->nodes->len; j++)
        if (!nodes_kept[j]
            && strcmp (((const ScenarioNode *)scenario->nodes->pdata[j])->name, text) == 0)
          return true;
    }
  return false;
}

/* Lets go whoever is about one who goes, until nobody is.  `nodes_kept` may be NULL. */
static void
let_go_of_followers (const Scenario *scenario, bool *kept, const bool *nodes_kept)
{
  bool again = true;
  while (again)
    {
      again = false;
      for (unsigned i = 0; i < scenario->actors->len; i++)
        if (kept[i] && misses (scenario, scenario->actors->pdata[i], kept, nodes_kept))
          {
            kept[i] = false;
            again = true;
          }
    }
}

static void
keep_actors_and_followers (Scenario *scenario, const bool *wanted)
{
  g_autofree bool *kept = g_memdup2 (wanted, scenario->actors->len * sizeof *kept);
  let_go_of_followers (scenario, kept, NULL);
  keep_actors (scenario, kept);
}

/* --- Nodes ---------------------------------------------------------------------------------- */

static void
forget_seeds (Scenario *scenario, const char *name)
{
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      GPtrArray *seeds = ((ScenarioNode *)scenario->nodes->pdata[i])->seeds;
      for (unsigned j = seeds->len; j-- > 0;)
        if (strcmp (seeds->pdata[j], name) == 0)
          g_ptr_array_remove_index (seeds, j);
    }
}

/* False: nothing is left of it. */
static bool
keep_of_fault (ScenarioFault *fault, const unsigned *places)
{
  keep_in_set (fault->of, places);
  return fault->of->len >= (scenario_is_of_sides (fault->kind) ? 2 : 1);
}

static bool
keep_of_action (ScenarioAction *action, const unsigned *places)
{
  bool has_a = action->a->len > 0, has_b = action->b->len > 0;
  keep_in_set (action->a, places);
  keep_in_set (action->b, places);
  for (unsigned i = action->faults ? action->faults->len : 0; i-- > 0;)
    if (!keep_of_fault (action->faults->pdata[i], places))
      g_ptr_array_remove_index (action->faults, i);
  if (action->faults && action->faults->len == 0)
    return false;
  return (!has_a || action->a->len > 0) && (!has_b || action->b->len > 0);
}

static void
keep_of_actions (Scenario *scenario, const unsigned *places)
{
  for (unsigned i = scenario->actions->len; i-- > 0;)
    if (!keep_of_action (scenario->actions->pdata[i], places))
      g_ptr_array_remove_index (scenario->actions, i);
}

static void
keep_of_links (Scenario *scenario, const unsigned *places)
{
  for (unsigned i = scenario->links->len; i-- > 0;)
    {
      ScenarioLink *link = scenario->links->pdata[i];
      link->one = places[link->one];
      link->other = places[link->other];
      if (link->one == GONE || link->other == GONE)
        g_ptr_array_remove_index (scenario->links, i);
    }
}

static bool
is_kept (const Scenario *scenario, const char *name, const bool *kept)
{
  for (unsigned i = 0; name && i < scenario->nodes->len; i++)
    if (!kept[i] && strcmp (((const ScenarioNode *)scenario->nodes->pdata[i])->name, name) == 0)
      return false;
  return true;
}

static void
keep_of_reaches (Scenario *scenario, const bool *kept)
{
  for (unsigned i = scenario->reaches->len; i-- > 0;)
    {
      const ScenarioReach *reach = scenario->reaches->pdata[i];
      if (!is_kept (scenario, reach->node, kept) || !is_kept (scenario, reach->peer, kept))
        g_ptr_array_remove_index (scenario->reaches, i);
    }
}

static void
keep_nodes (Scenario *scenario, const bool *kept)
{
  g_autofree unsigned *places = renumber (kept, scenario->nodes->len);
  g_autofree bool *actors = g_new (bool, scenario->actors->len + 1);
  for (unsigned i = 0; i < scenario->actors->len; i++)
    actors[i] = kept[((const ScenarioActor *)scenario->actors->pdata[i])->node];
  let_go_of_followers (scenario, actors, kept);
  keep_actors (scenario, actors);
  for (unsigned i = 0; i < scenario->actors->len; i++)
    {
      ScenarioActor *actor = scenario->actors->pdata[i];
      actor->node = places[actor->node];
    }
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    if (!kept[i])
      forget_seeds (scenario, ((const ScenarioNode *)scenario->nodes->pdata[i])->name);
  keep_of_actions (scenario, places);
  keep_of_links (scenario, places);
  keep_of_reaches (scenario, kept);
  keep_in_array (scenario->nodes, kept);
}

/* --- One node instead of two ------------------------------------------------------------------ */

static void
replace_in_set (GArray *set, unsigned from, unsigned into)
{
  for (unsigned i = 0; i < set->len; i++)
    if (g_array_index (set, unsigned, i) == from)
      g_array_index (set, unsigned, i) = into;
  scenario_set_tidy (set);
}

static void
remove_from_set (GArray *set, unsigned node)
{
  for (unsigned i = set->len; i-- > 0;)
    if (g_array_index (set, unsigned, i) == node)
      g_array_remove_index (set, i);
}

static void
replace_seeds (Scenario *scenario, const char *from, const char *into)
{
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      ScenarioNode *node = scenario->nodes->pdata[i];
      bool has = strcmp (node->name, into) == 0; /* itself, so to say */
      for (unsigned j = 0; j < node->seeds->len; j++)
        has = has || strcmp (node->seeds->pdata[j], into) == 0;
      for (unsigned j = node->seeds->len; j-- > 0;)
        if (strcmp (node->seeds->pdata[j], from) == 0)
          {
            if (has)
              {
                g_ptr_array_remove_index (node->seeds, j);
                continue;
              }
            g_free (node->seeds->pdata[j]);
            node->seeds->pdata[j] = g_strdup (into);
            has = true;
          }
    }
}

/* "from" and "from.sink" become "into" and "into.sink", as words. */
static char *
rename_in_text (const char *text, const char *from, const char *into)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  size_t length = strlen (from);
  for (unsigned i = 0; words[i]; i++)
    {
      char *quoted = words[i] + (words[i][0] == '"');
      if (strncmp (quoted, from, length) != 0
          || (quoted[length] != 0 && quoted[length] != '.' && quoted[length] != '"'))
        continue;
      char *renamed
          = g_strdup_printf ("%.*s%s%s", (int)(quoted - words[i]), words[i], into, quoted + length);
      g_free (words[i]);
      words[i] = renamed;
    }
  return g_strjoinv (" ", words);
}

static bool
has_actor (const Scenario *scenario, const char *full_name)
{
  for (unsigned i = 0; i < scenario->actors->len; i++)
    if (strcmp (((const ScenarioActor *)scenario->actors->pdata[i])->full_name, full_name) == 0)
      return true;
  return false;
}

static void
move_actors (Scenario *scenario, unsigned from, unsigned into)
{
  const char *from_name = ((const ScenarioNode *)scenario->nodes->pdata[from])->name;
  const char *into_name = ((const ScenarioNode *)scenario->nodes->pdata[into])->name;
  for (unsigned i = 0; i < scenario->actors->len; i++)
    {
      ScenarioActor *actor = scenario->actors->pdata[i];
      char *arguments = rename_in_text (actor->arguments, from_name, into_name);
      g_free (actor->arguments);
      actor->arguments = arguments;
      if (actor->node != from)
        continue;
      g_autofree char *full_name = g_strconcat (into_name, ".", actor->name, NULL);
      actor->node = into;
      if (has_actor (scenario, full_name))
        continue; /* two of one name: it cannot be read then, nobody tries it */
      g_free (actor->full_name);
      actor->full_name = g_steal_pointer (&full_name);
    }
}

void
scenario_merge_nodes (Scenario *scenario, unsigned from, unsigned into)
{
  g_autofree bool *kept = g_new (bool, scenario->nodes->len);
  move_actors (scenario, from, into);
  replace_seeds (scenario, ((const ScenarioNode *)scenario->nodes->pdata[from])->name,
                 ((const ScenarioNode *)scenario->nodes->pdata[into])->name);
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      ScenarioAction *action = scenario->actions->pdata[i];
      bool on_both = false;
      replace_in_set (action->a, from, into);
      replace_in_set (action->b, from, into);
      for (unsigned j = 0; j < action->a->len; j++)
        for (unsigned k = 0; k < action->b->len; k++)
          on_both
              = on_both
                || g_array_index (action->a, unsigned, j) == g_array_index (action->b, unsigned, k);
      if (on_both)
        remove_from_set (action->a->len > 1 ? action->a : action->b, into);
      if (on_both && action->b->len == 0)
        g_array_append_val (action->b, from); /* goes with it, and the action with that */
      for (unsigned j = 0; action->faults && j < action->faults->len; j++)
        replace_in_set (((ScenarioFault *)action->faults->pdata[j])->of, from, into);
    }
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    kept[i] = i != from;
  scenario_keep (scenario, SCENARIO_PART_NODES, kept);
}

/* --- The story ------------------------------------------------------------------------------ */

static bool
equal_sets (const GArray *one, const GArray *other)
{
  return one->len == other->len
         && (one->len == 0 || memcmp (one->data, other->data, one->len * sizeof (unsigned)) == 0);
}

/* Does `end` undo what `action` began? */
static bool
is_end_of (const ScenarioAction *end, const ScenarioAction *action)
{
  if (!equal_sets (end->a, action->a) || !equal_sets (end->b, action->b))
    return end->kind == SCENARIO_HEAL && action->kind == SCENARIO_CUT && end->a->len == 0;
  if (end->kind == SCENARIO_HEAL)
    return action->kind == SCENARIO_CUT;
  if (end->kind == SCENARIO_RESTART)
    return action->kind == SCENARIO_KILL || action->kind == SCENARIO_VANISH;
  return end->kind == SCENARIO_CLOCK && action->kind == SCENARIO_CLOCK && end->amount == 0
         && (end->clock == SCENARIO_CLOCK_DRIFT) == (action->clock == SCENARIO_CLOCK_DRIFT);
}

unsigned *
scenario_episodes (const Scenario *scenario)
{
  const GPtrArray *actions = scenario->actions;
  unsigned *firsts = g_new (unsigned, actions->len + 1);
  for (unsigned i = 0; i < actions->len; i++)
    {
      firsts[i] = i;
      for (unsigned j = i; j-- > 0;)
        if (firsts[j] == j && is_end_of (actions->pdata[i], actions->pdata[j]))
          {
            firsts[i] = j;
            break;
          }
    }
  return firsts;
}

static unsigned
count_episodes (const Scenario *scenario)
{
  g_autofree unsigned *firsts = scenario_episodes (scenario);
  unsigned count = 0;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    count += firsts[i] == i;
  return count;
}

static void
keep_episodes (Scenario *scenario, const bool *kept)
{
  g_autofree unsigned *firsts = scenario_episodes (scenario);
  g_autofree bool *actions = g_new (bool, scenario->actions->len + 1);
  unsigned episode = 0;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    actions[i] = firsts[i] == i ? kept[episode++] : actions[firsts[i]];
  keep_in_array (scenario->actions, actions);
}

static unsigned
count_faults (const Scenario *scenario)
{
  unsigned count = 0;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      const ScenarioAction *action = scenario->actions->pdata[i];
      count += action->faults ? action->faults->len : 0;
    }
  return count;
}

static void
keep_faults (Scenario *scenario, const bool *kept)
{
  unsigned place = count_faults (scenario);
  for (unsigned i = scenario->actions->len; i-- > 0;)
    {
      ScenarioAction *action = scenario->actions->pdata[i];
      if (!action->faults)
        continue;
      place -= action->faults->len;
      keep_in_array (action->faults, kept + place);
      if (action->faults->len == 0)
        g_ptr_array_remove_index (scenario->actions, i);
    }
}

/* --- Promises --------------------------------------------------------------------------------- */

static unsigned
count_promises (const Scenario *scenario)
{
  unsigned count = 0;
  for (unsigned i = 1; i < G_N_ELEMENTS (scenario->promises); i++)
    count += scenario->promises[i];
  return count;
}

/* What is kept is asked for by number, since groups stand for several. */
static void
keep_promises (Scenario *scenario, const bool *kept)
{
  unsigned place = 0;
  bool all = true;
  for (unsigned i = 0; i < count_promises (scenario); i++)
    all = all && kept[i];
  for (unsigned i = 1; !all && i < G_N_ELEMENTS (scenario->promises); i++)
    if (scenario->promises[i])
      scenario->promises[i] = scenario->promise_by_number[i] = kept[place++];
}

/* --- All of it -------------------------------------------------------------------------------- */

const char *
scenario_part_name (ScenarioPart part)
{
  static const char *const names[] = {
    [SCENARIO_PART_NODES] = "nodes",
    [SCENARIO_PART_ACTORS] = "actors",
    [SCENARIO_PART_EPISODES] = "faults",
    [SCENARIO_PART_ACTIONS] = "statements",
    [SCENARIO_PART_FAULTS] = "faults of storms",
    [SCENARIO_PART_EXPECTS] = "expectations",
    [SCENARIO_PART_PROMISES] = "promises",
    [SCENARIO_PART_LINKS] = "links",
    [SCENARIO_PART_DECISIONS] = "decisions",
  };
  return names[part];
}

unsigned
scenario_part_count (const Scenario *scenario, ScenarioPart part)
{
  switch (part)
    {
    case SCENARIO_PART_NODES:
      return scenario->nodes->len;
    case SCENARIO_PART_ACTORS:
      return scenario->actors->len;
    case SCENARIO_PART_EPISODES:
      return count_episodes (scenario);
    case SCENARIO_PART_ACTIONS:
      return scenario->actions->len;
    case SCENARIO_PART_FAULTS:
      return count_faults (scenario);
    case SCENARIO_PART_EXPECTS:
      return scenario->expects->len;
    case SCENARIO_PART_PROMISES:
      return count_promises (scenario);
    case SCENARIO_PART_LINKS:
      return scenario->links->len;
    case SCENARIO_PART_DECISIONS:
      return scenario->decisions->len;
    case SCENARIO_PARTS:
      break;
    }
  g_assert_not_reached ();
}

void
scenario_keep (Scenario *scenario, ScenarioPart part, const bool *kept)
{
  switch (part)
    {
    case SCENARIO_PART_NODES:
      keep_nodes (scenario, kept);
      return;
    case SCENARIO_PART_ACTORS:
      keep_actors_and_followers (scenario, kept);
      return;
    case SCENARIO_PART_EPISODES:
      keep_episodes (scenario, kept);
      return;
    case SCENARIO_PART_ACTIONS:
      keep_in_array (scenario->actions, kept);
      return;
    case SCENARIO_PART_FAULTS:
      keep_faults (scenario, kept);
      return;
    case SCENARIO_PART_EXPECTS:
      keep_in_array (scenario->expects, kept);
      return;
    case SCENARIO_PART_PROMISES:
      keep_promises (scenario, kept);
      return;
    case SCENARIO_PART_LINKS:
      keep_in_array (scenario->links, kept);
      return;
    case SCENARIO_PART_DECISIONS:
      keep_in_array (scenario->decisions, kept);
      return;
    case SCENARIO_PARTS:
      break;
    }
  g_assert_not_reached ();
}

/* --- Time ------------------------------------------------------------------------------------- */

static void
shift (int64_t *time_us, int64_t after_us, int64_t by_us)
{
  if (*time_us > after_us)
    *time_us += by_us;
}

void
scenario_shift (Scenario *scenario, int64_t after_us, int64_t by_us)
{
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      ScenarioAction *action = scenario->actions->pdata[i];
      shift (&action->at_us, after_us, by_us);
    }
  for (unsigned i = 0; i < scenario->expects->len; i++)
    {
      ScenarioExpect *expect = scenario->expects->pdata[i];
      int64_t length_us = expect->until_us - expect->from_us;
      shift (&expect->from_us, after_us, by_us);
      expect->until_us = expect->from_us + length_us;
    }
  shift (&scenario->until_us, after_us, by_us);
}
