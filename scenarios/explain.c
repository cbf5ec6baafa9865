/* scenarios/explain.c - what a scenario says, in sentences. */
#include "parse.h"

#include <string.h>

#define NAMED_MAX 40 /* names in one sentence; more are only counted */

/* Names while they are collected for one sentence; they belong to the scenario. */
static void
append_names (GString *out, const GPtrArray *names)
{
  if (names->len <= NAMED_MAX)
    {
      scenario_append_names (out, (const char *const *)names->pdata, names->len, ", ");
      return;
    }
  GString *text = g_string_new (NULL);
  scenario_append_names (text, (const char *const *)names->pdata, names->len, ", ");
  if (text->len < 200)
    g_string_append (out, text->str);
  else
    g_string_append_printf (out, "%u of them, from %s to %s", names->len,
                            (const char *)names->pdata[0],
                            (const char *)names->pdata[names->len - 1]);
  g_string_free (text, TRUE);
}

static void
append_set (GString *out, const Scenario *scenario, const GArray *set)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (unsigned i = 0; i < set->len; i++)
    g_ptr_array_add (
        names, ((ScenarioNode *)scenario->nodes->pdata[g_array_index (set, unsigned, i)])->name);
  append_names (out, names);
}

/* --- What there is --- */

static bool
equal_texts (const GPtrArray *one, const GPtrArray *other)
{
  if (one->len != other->len)
    return false;
  for (unsigned i = 0; i < one->len; i++)
    if (strcmp (one->pdata[i], other->pdata[i]) != 0)
      return false;
  return true;
}

static bool
are_alike (const ScenarioNode *one, const ScenarioNode *other)
{
  return one->global == other->global && g_strcmp0 (one->secret, other->secret) == 0
         && one->certificate == other->certificate
         && equal_texts (one->seeds, other->seeds) && equal_texts (one->settings, other->settings);
}

static void
explain_settings (GString *out, const GPtrArray *settings)
{
  for (unsigned i = 0; i + 1 < settings->len; i += 2)
    g_string_append_printf (out, "; %s is %s", (const char *)settings->pdata[i],
                            (const char *)settings->pdata[i + 1]);
}

static void
explain_alike (GString *out, const GPtrArray *names, const ScenarioNode *node)
{
  bool many = names->len > 1;
  g_string_append (out, "  ");
  append_names (out, names);
  if (node->global)
    g_string_append (out, many ? " are global nodes" : " is a global node");
  if (node->global && node->seeds->len > 0)
    g_string_append (out, " and");
  if (node->seeds->len > 0)
    {
      g_string_append (out, many ? " connect to " : " connects to ");
      append_names (out, node->seeds);
    }
  else if (!node->global)
    g_string_append (out, many ? " wait for others" : " waits for others");
  if (node->secret)
    g_string_append (out, "; with another secret than the usual one");
  if (node->certificate)
    g_string_append_printf (out, "; %s TLS, with a certificate that is %s",
                            many ? "they speak" : "it speaks", node->certificate->help);
  explain_settings (out, node->settings);
  g_string_append_c (out, '\n');
}

static void
explain_nodes (GString *out, const Scenario *scenario)
{
  const GPtrArray *nodes = scenario->nodes;
  g_string_append_printf (out, "%u node%s:\n", nodes->len, nodes->len == 1 ? "" : "s");
  for (unsigned i = 0; i < nodes->len;)
    {
      const ScenarioNode *first = nodes->pdata[i];
      g_autoptr (GPtrArray) names = g_ptr_array_new ();
      for (; i < nodes->len && are_alike (first, nodes->pdata[i]); i++)
        g_ptr_array_add (names, ((ScenarioNode *)nodes->pdata[i])->name);
      explain_alike (out, names, first);
    }
}

static void
explain_path (GString *out, const ScenarioPath *path)
{
  g_string_append (out, "a packet takes ");
  scenario_append_delay (out, path);
  g_string_append (out, ", ");
  if (path->loss_ppm == 0)
    g_string_append (out, "none");
  else
    scenario_append_loss (out, path);
  g_string_append (out, " is lost, the rate is ");
  scenario_append_rate (out, path);
  if (path->buffer_bytes > 0)
    {
      g_string_append (out, ", the buffers have ");
      scenario_append_buffer (out, path);
    }
}

static void
explain_network (GString *out, const Scenario *scenario)
{
  g_string_append (out, "Between them ");
  explain_path (out, &scenario->network);
  explain_settings (out, scenario->network_settings);
  g_string_append (out, ".\n");
  for (unsigned i = 0; i < scenario->links->len; i++)
    {
      const ScenarioLink *link = scenario->links->pdata[i];
      const ScenarioNode *one = scenario->nodes->pdata[link->one];
      const ScenarioNode *other = scenario->nodes->pdata[link->other];
      g_string_append_printf (out, "  between %s and %s ", one->name, other->name);
      explain_path (out, &link->path);
      g_string_append_c (out, '\n');
    }
}

static bool
do_alike (const ScenarioActor *one, const ScenarioActor *other)
{
  return strcmp (one->name, other->name) == 0 && strcmp (one->kind, other->kind) == 0
         && strcmp (one->arguments, other->arguments) == 0;
}

static void
explain_actors (GString *out, const Scenario *scenario)
{
  const GPtrArray *actors = scenario->actors;
  g_string_append (out, actors->len == 0 ? "No actors.\n" : "Actors:\n");
  for (unsigned i = 0; i < actors->len;)
    {
      const ScenarioActor *first = actors->pdata[i];
      g_autoptr (GPtrArray) names = g_ptr_array_new ();
      for (; i < actors->len && do_alike (first, actors->pdata[i]); i++)
        {
          const ScenarioActor *actor = actors->pdata[i];
          g_ptr_array_add (names, ((ScenarioNode *)scenario->nodes->pdata[actor->node])->name);
        }
      g_string_append_printf (out, "  %s on ", first->name);
      append_names (out, names);
      g_string_append_printf (out, ": %s%s%s\n", first->kind, *first->arguments ? " " : "",
                              first->arguments);
    }
}

/* --- The story --- */

/* What happens to some of many. */
static const char *
explain_stroke (ScenarioActionKind kind)
{
  switch (kind)
    {
    case SCENARIO_CUT:
      return "nothing passes any more between";
    case SCENARIO_RESET:
      return "all connections are reset between";
    case SCENARIO_STALL:
      return "nothing is delivered between";
    case SCENARIO_HALF_CLOSE:
      return "what is sent is ended between";
    case SCENARIO_KILL:
      return "the process is killed of";
    case SCENARIO_VANISH:
      return "the power is taken from";
    case SCENARIO_PAUSE:
      return "the process is paused of";
    case SCENARIO_CLOCK:
      return "the clock goes wrong of";
    case SCENARIO_SLOW:
      return "the reading is slowed down of";
    case SCENARIO_ACCEPT:
      return "connections have to wait for";
    case SCENARIO_REFUSE:
      return "nobody can dial";
    case SCENARIO_LOOKUP:
      return "names are not found by";
    case SCENARIO_DELAY:
    case SCENARIO_LOSS:
    case SCENARIO_RATE:
    case SCENARIO_HEAL:
    case SCENARIO_RESTART:
    case SCENARIO_CALM:
    case SCENARIO_STORM:
    case SCENARIO_ACTION_KINDS:
      break;
    }
  g_assert_not_reached ();
}

/* "1m: by chance nothing passes any more between two sides of rain, ruth and rose every
 * 10s..20s, for 1s..5s; …" */
static void
explain_fault (GString *out, const Scenario *scenario, const ScenarioFault *fault)
{
  bool of_sides = scenario_is_of_sides (fault->kind);
  g_string_append (out, explain_stroke (fault->kind));
  g_string_append (out, of_sides && fault->one ? " two of "
                        : of_sides             ? " two sides of "
                                               : " one of ");
  append_set (out, scenario, fault->of);
  if (fault->one_way)
    g_string_append (out, ", one way");
  if (fault->refusing)
    g_string_append (out, ", with resets");
  g_string_append (out, ", every ");
  scenario_append_durations (out, fault->every_min_us, fault->every_max_us);
  if (fault->for_max_us == 0)
    return;
  g_string_append (out, ", for ");
  scenario_append_durations (out, fault->for_min_us, fault->for_max_us);
}

static void
explain_storm (GString *out, const Scenario *scenario, const ScenarioAction *storm)
{
  scenario_append_duration (out, storm->duration_us);
  if (storm->knobs)
    g_string_append (out, ", with time limits by chance");
  if (storm->rare)
    g_string_append (out, ", nodes go ways that are seldom gone");
  for (unsigned i = 0; i < storm->faults->len; i++)
    {
      const char *chance = storm->swarm ? ", by chance some of these: " : ", by chance: ";
      g_string_append (out, i > 0 ? "; " : chance);
      explain_fault (out, scenario, storm->faults->pdata[i]);
    }
}

static void
explain_how (GString *out, const ScenarioAction *action)
{
  bool is_lookup = action->kind == SCENARIO_LOOKUP;
  if (is_lookup && action->fails_ppm > 0)
    {
      g_string_append (out, ": ");
      scenario_append_loss (out, &(ScenarioPath){ .loss_ppm = action->fails_ppm });
      g_string_append (out, " fail,");
    }
  else if (is_lookup || action->kind == SCENARIO_ACCEPT)
    {
      g_string_append (out, is_lookup ? ": each takes " : ", each ");
      scenario_append_durations (out, action->each_min_us, action->each_max_us);
      g_string_append_c (out, ',');
    }
  else
    {
      g_string_append (out, scenario_is_of_paths (action->kind) ? " to" : "");
      scenario_append_how (out, action);
    }
}

static void
explain_action (GString *out, const Scenario *scenario, const ScenarioAction *action)
{
  static const char *const what[] = {
    [SCENARIO_CUT] = "nothing passes any more ",
    [SCENARIO_HEAL] = "heals what is cut ",
    [SCENARIO_KILL] = "kills the processes of ",
    [SCENARIO_VANISH] = "takes the power from ",
    [SCENARIO_RESTART] = "begins anew ",
    [SCENARIO_RESET] = "resets the connections ",
    [SCENARIO_CALM] = "ends every fault",
    [SCENARIO_STORM] = "begins a storm of ",
    [SCENARIO_PAUSE] = "pauses ",
    [SCENARIO_CLOCK] = "changes the clocks of ",
    [SCENARIO_STALL] = "nothing is delivered ",
    [SCENARIO_HALF_CLOSE] = "ends what is sent ",
    [SCENARIO_SLOW] = "slows down the reading of ",
    [SCENARIO_ACCEPT] = "lets connections wait for ",
    [SCENARIO_REFUSE] = "lets nobody dial ",
    [SCENARIO_LOOKUP] = "disturbs the lookups of ",
    [SCENARIO_DELAY] = "changes the delay ",
    [SCENARIO_LOSS] = "changes the loss ",
    [SCENARIO_RATE] = "changes the rate ",
  };
  g_string_append (out, "  at ");
  scenario_append_duration (out, action->at_us);
  g_string_append_printf (out, " %s", what[action->kind]);
  if (action->kind == SCENARIO_HEAL && action->a->len == 0)
    g_string_append (out, "anywhere");
  if (action->b->len > 0)
    g_string_append (out, action->one_way ? "from " : "between ");
  append_set (out, scenario, action->a);
  if (action->b->len > 0)
    {
      g_string_append (out, action->one_way ? " to " : " and ");
      append_set (out, scenario, action->b);
    }
  if (action->refusing)
    g_string_append (out, ", with resets");
  explain_how (out, action);
  if (action->kind == SCENARIO_STORM)
    explain_storm (out, scenario, action);
  else if (action->duration_us > 0)
    {
      g_string_append (out, " for ");
      scenario_append_duration (out, action->duration_us);
    }
  g_string_append_printf (out, "  (line %u)\n", action->line);
}

static void
explain_count (GString *out, const ScenarioExpect *expect)
{
  if (expect->at_most == 0)
    g_string_append (out, " never");
  else if (expect->at_most == G_MAXUINT)
    g_string_append (out, " at least once");
  else if (expect->at_most == 1)
    g_string_append (out, " once");
  else
    g_string_append_printf (out, " %u times", expect->at_most);
}

static const ScenarioActor *
actor_of (const Scenario *scenario, const ScenarioExpect *expect)
{
  return scenario->actors->pdata[expect->actor];
}

/* Was it made by the same statement, for another node? */
static bool
expect_alike (const Scenario *scenario, const ScenarioExpect *one, const ScenarioExpect *other)
{
  return one->kind == SCENARIO_EXPECT_NOTE && other->kind == SCENARIO_EXPECT_NOTE
         && one->line == other->line && strcmp (one->text, other->text) == 0
         && one->from_us == other->from_us
         && strcmp (actor_of (scenario, one)->name, actor_of (scenario, other)->name) == 0;
}

/* The one at `index` and all that are like it; returns how many. */
static unsigned
explain_remarks (GString *out, const Scenario *scenario, unsigned index)
{
  const GPtrArray *expects = scenario->expects;
  const ScenarioExpect *first = expects->pdata[index];
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (unsigned i = index; i < expects->len && expect_alike (scenario, first, expects->pdata[i]);
       i++)
    {
      unsigned node = actor_of (scenario, expects->pdata[i])->node;
      g_ptr_array_add (names, ((ScenarioNode *)scenario->nodes->pdata[node])->name);
    }
  g_string_append_printf (out, "%s on ", actor_of (scenario, first)->name);
  append_names (out, names);
  g_string_append_printf (out, "%s %s%s%s", names->len > 1 ? " each remark" : " remarks",
                          first->what, first->value ? " " : "", first->value ? first->value : "");
  explain_count (out, first);
  return names->len;
}

static void
explain_conditions (GString *out, unsigned conditions)
{
  static const char *const texts[] = {
    "the network becomes whole",
    "the nodes become one network",
    "the databases become equal",
  };
  bool any = false;
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    if (conditions & 1u << i)
      {
        g_string_append_printf (out, "%s%s", any ? ", " : "", texts[i]);
        any = true;
      }
}

static unsigned
explain_expect (GString *out, const Scenario *scenario, unsigned index)
{
  const ScenarioExpect *expect = scenario->expects->pdata[index];
  unsigned count = 1;
  g_string_append (out, "  from ");
  scenario_append_duration (out, expect->from_us);
  g_string_append (out, " to ");
  scenario_append_duration (out, expect->until_us);
  g_string_append_printf (out, "%s ", expect->bound ? " (bound)" : "");
  switch (expect->kind)
    {
    case SCENARIO_EXPECT_NOTE:
      count = explain_remarks (out, scenario, index);
      break;
    case SCENARIO_EXPECT_WHOLE:
      explain_conditions (out, expect->conditions);
      break;
    }
  g_string_append_printf (out, "  (line %u)\n", expect->line);
  return count;
}

static void
explain_checks (GString *out, const Scenario *scenario)
{
  g_autoptr (GString) numbers = g_string_new (NULL);
  for (unsigned i = 1; i < G_N_ELEMENTS (scenario->promises); i++)
    if (scenario->promises[i])
      g_string_append_printf (numbers, " %u", i);
  if (numbers->len > 0)
    g_string_append_printf (out, "Judged by the promises%s.\n", numbers->str);
  else
    g_string_append (out, "No promise is judged: there is no `check`.\n");
}

static void
explain_replay (GString *out, const Scenario *scenario)
{
  for (unsigned i = 0; i < scenario->decisions->len; i++)
    {
      g_string_append (out, i == 0 ? "Decided, whatever the seed: " : ", ");
      scenario_append_decision (out, scenario->decisions->pdata[i]);
    }
  if (scenario->decisions->len > 0)
    g_string_append (out, ".\n");
  if (scenario->decides_nothing_else)
    g_string_append (out, scenario->decisions->len > 0
                              ? "Nothing else goes wrong by chance.\n"
                              : "Nothing goes wrong by chance.\n");
  for (unsigned i = 0; i < scenario->reaches->len; i++)
    {
      const ScenarioReach *reach = scenario->reaches->pdata[i];
      g_string_append (out, "It has to reach ");
      scenario_append_reach (out, reach);
      g_string_append_printf (out, ".  (line %u)\n", reach->line);
    }
}

char *
scenario_explain (const Scenario *scenario)
{
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "%s\n", scenario->title);
  explain_nodes (out, scenario);
  explain_network (out, scenario);
  explain_actors (out, scenario);
  g_string_append (out,
                   scenario->actions->len == 0 ? "Nothing is done to them.\n" : "What happens:\n");
  for (unsigned i = 0; i < scenario->actions->len; i++)
    explain_action (out, scenario, scenario->actions->pdata[i]);
  if (scenario->expects->len > 0)
    g_string_append (out, "What is expected:\n");
  for (unsigned i = 0; i < scenario->expects->len;)
    i += explain_expect (out, scenario, i);
  explain_checks (out, scenario);
  explain_replay (out, scenario);
  g_string_append (out, "It ends at ");
  scenario_append_duration (out, scenario->until_us);
  g_string_append (out, ".\n");
  return g_string_free (out, FALSE);
}
