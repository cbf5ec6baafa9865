/* scenarios/print.c - a scenario in the language again. */
#include "parse.h"

#include "engine/units.h"

#include <string.h>

/* --- Values --- */

void
scenario_append_duration (GString *out, int64_t us)
{
  g_autofree char *text = aemp_format_duration (us);
  g_string_append (out, text);
}

void
scenario_append_durations (GString *out, int64_t min_us, int64_t max_us)
{
  scenario_append_duration (out, min_us);
  if (max_us == min_us)
    return;
  g_string_append (out, "..");
  scenario_append_duration (out, max_us);
}

void
scenario_append_delay (GString *out, const ScenarioPath *path)
{
  if (path->delay == SCENARIO_DELAY_UNIFORM)
    {
      scenario_append_durations (out, path->delay_min_us, path->delay_max_us);
      return;
    }
  g_string_append (out, path->delay == SCENARIO_DELAY_NORMAL ? "normal " : "pareto ");
  scenario_append_duration (out, path->delay_min_us);
  g_string_append_c (out, ' ');
  scenario_append_duration (out, path->delay_max_us);
}

static void
append_share (GString *out, uint32_t ppm)
{
  unsigned fraction = ppm % 10000;
  unsigned digits = 4;
  g_string_append_printf (out, "%u", ppm / 10000);
  while (fraction > 0 && fraction % 10 == 0)
    {
      fraction /= 10;
      digits--;
    }
  if (fraction > 0)
    g_string_append_printf (out, ".%0*u", (int)digits, fraction);
  g_string_append_c (out, '%');
}

void
scenario_append_loss (GString *out, const ScenarioPath *path)
{
  append_share (out, path->loss_ppm);
  if (path->loss_burst > 0)
    g_string_append_printf (out, " burst %u", path->loss_burst);
}

typedef struct
{
  const char *name;
  uint64_t factor;
} Unit;

/* In the largest unit that needs no fraction; the last unit's factor is 1. */
static void
append_quantity (GString *out, uint64_t value, const Unit *units)
{
  while (value % units->factor != 0)
    units++;
  g_string_append_printf (out, "%" G_GUINT64_FORMAT "%s", value / units->factor, units->name);
}

void
scenario_append_rate (GString *out, const ScenarioPath *path)
{
  static const Unit units[]
      = { { "Gbit", 1000 * 1000 * 1000 }, { "Mbit", 1000 * 1000 }, { "kbit", 1000 }, { "bit", 1 } };
  if (path->rate_bits == 0)
    g_string_append (out, "unlimited");
  else
    append_quantity (out, path->rate_bits, units);
}

static const Unit size_units[] = { { "MiB", 1024 * 1024 }, { "KiB", 1024 }, { "B", 1 } };

static void
append_queue (GString *out, const ScenarioPath *path)
{
  if (path->queue_bytes == 0)
    g_string_append (out, "unlimited");
  else
    append_quantity (out, path->queue_bytes, size_units);
}

void
scenario_append_buffer (GString *out, const ScenarioPath *path)
{
  if (path->buffer_bytes == 0)
    g_string_append (out, "usual");
  else
    append_quantity (out, path->buffer_bytes, size_units);
}

/* --- Names --- */

/* Where the number at the end of a name begins; its end if it cannot be part of a range. */
static const char *
find_number (const char *name)
{
  const char *end = name + strlen (name);
  const char *digits = end;
  while (digits > name && g_ascii_isdigit (digits[-1]))
    digits--;
  return (*digits == '0' && end - digits > 1) || end - digits > 18 ? end : digits;
}

/* Is `next` the name with the number behind that of `name`? */
static bool
follows (const char *name, const char *next)
{
  const char *number = find_number (name), *next_number = find_number (next);
  return *number && *next_number && number - name == next_number - next
         && strncmp (name, next, (size_t)(number - name)) == 0
         && g_ascii_strtoull (number, NULL, 10) + 1 == g_ascii_strtoull (next_number, NULL, 10);
}

void
scenario_append_names (GString *out, const char *const *names, unsigned count, const char *between)
{
  for (unsigned i = 0; i < count; i++)
    {
      unsigned last = i;
      while (last + 1 < count && follows (names[last], names[last + 1]))
        last++;
      g_string_append_printf (out, "%s%s", i > 0 ? between : "", names[i]);
      if (last < i + 2)
        continue;
      g_string_append_printf (out, "..%s", find_number (names[last]));
      i = last;
    }
}

void
scenario_append_set (GString *out, const Scenario *scenario, const GArray *set, const char *between)
{
  g_autofree const char **names = g_new (const char *, set->len + 1);
  for (unsigned i = 0; i < set->len; i++)
    names[i]
        = ((const ScenarioNode *)scenario->nodes->pdata[g_array_index (set, unsigned, i)])->name;
  scenario_append_names (out, names, set->len, between);
}

void
scenario_append_braces (GString *out, const Scenario *scenario, const GArray *set)
{
  g_string_append (out, set->len > 1 ? " {" : " ");
  scenario_append_set (out, scenario, set, " ");
  g_string_append (out, set->len > 1 ? "}" : "");
}

/* --- What there is --- */

static void
print_settings (GString *out, const GPtrArray *settings)
{
  for (unsigned i = 0; i + 1 < settings->len; i += 2)
    {
      g_string_append_printf (out, "  %s=", (const char *)settings->pdata[i]);
      if (scenario_is_plain_word (settings->pdata[i + 1]))
        g_string_append (out, settings->pdata[i + 1]);
      else
        scenario_append_string (out, settings->pdata[i + 1]);
    }
}

static void
print_path (GString *out, const ScenarioPath *path, unsigned parts)
{
  if (parts & SCENARIO_PATH_DELAY)
    {
      g_string_append (out, "  delay ");
      scenario_append_delay (out, path);
    }
  if (parts & SCENARIO_PATH_LOSS)
    {
      g_string_append (out, "  loss ");
      scenario_append_loss (out, path);
    }
  if (parts & SCENARIO_PATH_RATE)
    {
      g_string_append (out, "  rate ");
      scenario_append_rate (out, path);
    }
  if (parts & SCENARIO_PATH_BUFFER)
    {
      g_string_append (out, "  buffer ");
      scenario_append_buffer (out, path);
    }
  if (parts & SCENARIO_PATH_DUPLICATE)
    {
      g_string_append (out, "  duplicate ");
      append_share (out, path->duplicate_ppm);
    }
  if (parts & SCENARIO_PATH_CORRUPT)
    {
      g_string_append (out, "  corrupt ");
      append_share (out, path->corrupt_ppm);
    }
  if (parts & SCENARIO_PATH_QUEUE)
    {
      g_string_append (out, "  queue ");
      append_queue (out, path);
    }
  if (parts & SCENARIO_PATH_REORDER)
    g_string_append (out, path->reorders ? "  reorder on" : "  reorder off");
}

static void
print_network (GString *out, const Scenario *scenario)
{
  const ScenarioPath *path = &scenario->network;
  g_string_append (out, "network");
  print_path (out, path,
              SCENARIO_PATH_DELAY | (path->loss_ppm > 0 ? SCENARIO_PATH_LOSS : 0)
                  | (path->rate_bits > 0 ? SCENARIO_PATH_RATE : 0)
                  | (path->buffer_bytes > 0 ? SCENARIO_PATH_BUFFER : 0)
                  | (path->duplicate_ppm > 0 ? SCENARIO_PATH_DUPLICATE : 0)
                  | (path->corrupt_ppm > 0 ? SCENARIO_PATH_CORRUPT : 0)
                  | (path->queue_bytes > 0 ? SCENARIO_PATH_QUEUE : 0)
                  | (path->reorders ? SCENARIO_PATH_REORDER : 0));
  print_settings (out, scenario->network_settings);
  g_string_append_c (out, '\n');
}

static void
print_node (GString *out, const ScenarioNode *node)
{
  g_string_append_printf (out, "node %s", node->name);
  if (node->seeds->len > 0)
    {
      g_string_append (out, "  seeds ");
      scenario_append_names (out, (const char *const *)node->seeds->pdata, node->seeds->len, ",");
    }
  if (node->global)
    g_string_append (out, "  global");
  if (node->secret)
    {
      g_string_append (out, "  secret ");
      scenario_append_string (out, node->secret);
    }
  if (node->certificate)
    g_string_append_printf (out, "  cert %s", node->certificate->name);
  print_settings (out, node->settings);
  g_string_append_c (out, '\n');
}

static void
print_link (GString *out, const Scenario *scenario, const ScenarioLink *link)
{
  const ScenarioNode *one = scenario->nodes->pdata[link->one];
  const ScenarioNode *other = scenario->nodes->pdata[link->other];
  g_string_append_printf (out, "link %s %s", one->name, other->name);
  print_path (out, &link->path, link->said);
  g_string_append_c (out, '\n');
}

static void
print_actor (GString *out, const ScenarioActor *actor)
{
  g_string_append_printf (out, "actor %s  %s", actor->full_name, actor->kind);
  if (*actor->arguments)
    g_string_append_printf (out, " %s", actor->arguments);
  g_string_append_c (out, '\n');
}

/* --- The story --- */

/* What is printed next happens at `time_us`. */
static void
move_to (GString *out, int64_t *now_us, int64_t time_us)
{
  if (*now_us == time_us)
    return;
  g_string_append (out, "at ");
  scenario_append_duration (out, time_us);
  g_string_append (out, "  ");
  *now_us = time_us;
}

void
scenario_append_clock (GString *out, const ScenarioAction *action)
{
  g_string_append_printf (out, " %s ", scenario_clock_names[action->clock]);
  if (action->clock == SCENARIO_CLOCK_DRIFT)
    g_string_append_printf (out, "%" G_GINT64_FORMAT "ppm", action->amount);
  else
    scenario_append_duration (out, action->amount);
}

const char *
scenario_action_name (ScenarioActionKind kind)
{
  static const char *const names[] = {
    [SCENARIO_CUT] = "cut",         [SCENARIO_HEAL] = "heal",
    [SCENARIO_KILL] = "kill",       [SCENARIO_VANISH] = "vanish",
    [SCENARIO_RESET] = "reset",     [SCENARIO_CALM] = "calm",
    [SCENARIO_RESTART] = "restart", [SCENARIO_STORM] = "storm",
    [SCENARIO_PAUSE] = "pause",     [SCENARIO_CLOCK] = "clock",
    [SCENARIO_STALL] = "stall",     [SCENARIO_SLOW] = "slow",
    [SCENARIO_ACCEPT] = "accept",   [SCENARIO_REFUSE] = "refuse",
    [SCENARIO_LOOKUP] = "lookup",   [SCENARIO_HALF_CLOSE] = "half-close",
    [SCENARIO_DELAY] = "delay",     [SCENARIO_LOSS] = "loss",
    [SCENARIO_RATE] = "rate",
  };
  return names[kind];
}

static void
append_part (GString *out, const ScenarioAction *action)
{
  g_string_append_c (out, ' ');
  if (action->kind == SCENARIO_DELAY)
    scenario_append_delay (out, &action->path);
  else if (action->kind == SCENARIO_LOSS)
    scenario_append_loss (out, &action->path);
  else
    scenario_append_rate (out, &action->path);
}

/* What stands between the nodes and the `for`. */
void
scenario_append_how (GString *out, const ScenarioAction *action)
{
  if (action->kind == SCENARIO_CLOCK)
    scenario_append_clock (out, action);
  else if (action->kind == SCENARIO_SLOW)
    {
      g_string_append (out, " to ");
      scenario_append_rate (out, &(ScenarioPath){ .rate_bits = action->rate_bits });
    }
  else if (action->kind == SCENARIO_LOOKUP && action->fails_ppm > 0)
    {
      g_string_append (out, " fails ");
      scenario_append_loss (out, &(ScenarioPath){ .loss_ppm = action->fails_ppm });
    }
  else if (action->kind == SCENARIO_LOOKUP || action->kind == SCENARIO_ACCEPT)
    {
      g_string_append (out, action->kind == SCENARIO_LOOKUP ? " takes " : " after ");
      scenario_append_durations (out, action->each_min_us, action->each_max_us);
    }
  else if (scenario_is_of_paths (action->kind))
    append_part (out, action);
}

static void
print_action (GString *out, const Scenario *scenario, const ScenarioAction *action)
{
  g_string_append (out, scenario_action_name (action->kind));
  if (action->a->len > 0)
    scenario_append_braces (out, scenario, action->a);
  if (action->b->len > 0)
    {
      g_string_append (out, action->one_way ? " ->" : " |");
      scenario_append_braces (out, scenario, action->b);
    }
  if (action->refusing)
    g_string_append (out, " refusing");
  scenario_append_how (out, action);
  if (action->duration_us > 0)
    {
      g_string_append (out, action->kind == SCENARIO_STORM ? " " : " for ");
      scenario_append_duration (out, action->duration_us);
    }
  if (action->kind == SCENARIO_STORM)
    {
      g_string_append_printf (out, "%s%s%s ", action->swarm ? " swarm" : "",
                              action->knobs ? " knobs" : "", action->rare ? " rare" : "");
      scenario_append_faults (out, scenario, action);
    }
}

char *
scenario_print_action (const Scenario *scenario, const ScenarioAction *action)
{
  GString *out = g_string_new (NULL);
  print_action (out, scenario, action);
  return g_string_free (out, FALSE);
}

/* A word that the parser would take for something else stands in quotes. */
static void
append_remark (GString *out, const char *text)
{
  static const char *const taken[] = { "once", "never", "within", "times", NULL };
  g_string_append_c (out, ' ');
  if (scenario_is_plain_word (text) && !g_strv_contains (taken, text) && !g_ascii_isdigit (*text))
    g_string_append (out, text);
  else
    scenario_append_string (out, text);
}

static void
print_note (GString *out, const Scenario *scenario, const ScenarioExpect *expect)
{
  const ScenarioActor *actor = scenario->actors->pdata[expect->actor];
  g_string_append_printf (out, "expect %s", actor->full_name);
  append_remark (out, expect->what);
  if (expect->value)
    append_remark (out, expect->value);
  if (expect->at_most == 0)
    g_string_append (out, " never");
  else if (expect->at_most == 1)
    g_string_append (out, " once");
  else if (expect->at_most < G_MAXUINT)
    g_string_append_printf (out, " %u times", expect->at_most);
}

static void
print_conditions (GString *out, unsigned conditions)
{
  const char *separator = "  ";
  for (unsigned i = 0; scenario_conditions[i]; i++)
    if (conditions & 1u << i)
      {
        g_string_append_printf (out, "%s%s", separator, scenario_conditions[i]);
        separator = ", ";
      }
}

static void
print_expect (GString *out, const Scenario *scenario, const ScenarioExpect *expect)
{
  bool is_note = expect->kind == SCENARIO_EXPECT_NOTE;
  if (is_note)
    print_note (out, scenario, expect);
  if (!expect->open)
    {
      g_string_append (out, is_note ? " within " : "within ");
      if (expect->bound)
        g_string_append (out, "bound");
      else
        scenario_append_duration (out, expect->until_us - expect->from_us);
    }
  if (!is_note)
    print_conditions (out, expect->conditions);
  g_string_append_c (out, '\n');
}

/* Both lists keep their order; an expectation stands behind what happens before it. */
static void
print_story (GString *out, const Scenario *scenario)
{
  int64_t now_us = 0;
  unsigned next = 0;
  for (unsigned i = 0; i <= scenario->expects->len; i++)
    {
      const ScenarioExpect *expect
          = i < scenario->expects->len ? scenario->expects->pdata[i] : NULL;
      for (; next < scenario->actions->len; next++)
        {
          const ScenarioAction *action = scenario->actions->pdata[next];
          if (expect && action->at_us > expect->from_us)
            break;
          move_to (out, &now_us, action->at_us);
          print_action (out, scenario, action);
          g_string_append_c (out, '\n');
          if (action->kind == SCENARIO_STORM) /* what follows it comes after it */
            now_us += action->duration_us;
        }
      if (!expect)
        break;
      move_to (out, &now_us, expect->from_us);
      print_expect (out, scenario, expect);
    }
}

/* --- The end --- */

static bool
has_group (const Scenario *scenario, const unsigned *promises)
{
  for (; *promises > 0; promises++)
    if (scenario->promises[*promises] && !scenario->promise_by_number[*promises])
      return true;
  return false;
}

static void
print_checks (GString *out, const Scenario *scenario)
{
  g_autoptr (GString) checks = g_string_new (NULL);
  for (const ScenarioGroup *group = scenario_groups; group->name; group++)
    if (has_group (scenario, group->promises))
      g_string_append_printf (checks, " %s", group->name);
  for (unsigned i = 1; i < G_N_ELEMENTS (scenario->promises); i++)
    if (scenario->promise_by_number[i])
      g_string_append_printf (checks, " %u", i);
  if (checks->len > 0)
    g_string_append_printf (out, "check%s\n", checks->str);
}

static void
print_replay (GString *out, const Scenario *scenario)
{
  if (scenario->seed_said)
    g_string_append_printf (out, "seed %" G_GUINT64_FORMAT "\n", scenario->seed);
  for (unsigned i = 0; i < scenario->decisions->len; i++)
    {
      g_string_append (out, "decide ");
      scenario_append_decision (out, scenario->decisions->pdata[i]);
      g_string_append_c (out, '\n');
    }
  if (scenario->decides_nothing_else)
    g_string_append (out, "decide nothing else\n");
  for (unsigned i = 0; i < scenario->reaches->len; i++)
    {
      g_string_append (out, "reach ");
      scenario_append_reach (out, scenario->reaches->pdata[i]);
      g_string_append_c (out, '\n');
    }
}

/* Is there anything to be said about the network? */
static bool
is_unusual (const Scenario *scenario)
{
  g_autoptr (Scenario) usual = scenario_new ("", "");
  return scenario->network_settings->len > 0
         || !scenario_paths_equal (&usual->network, &scenario->network);
}

char *
scenario_print (const Scenario *scenario)
{
  GString *out = g_string_new ("scenario ");
  scenario_append_string (out, scenario->title);
  g_string_append_c (out, '\n');
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    print_node (out, scenario->nodes->pdata[i]);
  if (is_unusual (scenario))
    print_network (out, scenario);
  for (unsigned i = 0; i < scenario->links->len; i++)
    print_link (out, scenario, scenario->links->pdata[i]);
  for (unsigned i = 0; i < scenario->actors->len; i++)
    print_actor (out, scenario->actors->pdata[i]);
  print_story (out, scenario);
  print_checks (out, scenario);
  print_replay (out, scenario);
  if (scenario->until_said)
    {
      g_string_append (out, "until ");
      scenario_append_duration (out, scenario->until_us);
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}
