/* scenarios/scenario.c - a scenario as data: make, free, compare, change. */
#include "parse.h"

#include "engine/units.h"

#include <string.h>

#define USUAL_DELAY_MIN_US 1000
#define USUAL_DELAY_MAX_US 10000

G_DEFINE_QUARK (scenario - error - quark, scenario_error)

/* --- Make and free --- */

static void
free_node (void *data)
{
  ScenarioNode *node = data;
  g_free (node->name);
  g_ptr_array_unref (node->seeds);
  g_free (node->secret);
  g_ptr_array_unref (node->settings);
  g_free (node);
}

static void
free_option (void *data)
{
  ScenarioOption *option = data;
  g_free (option->key);
  g_free (option->text);
  g_free (option);
}

static void
free_actor (void *data)
{
  ScenarioActor *actor = data;
  g_free (actor->name);
  g_free (actor->full_name);
  g_free (actor->kind);
  g_ptr_array_unref (actor->options);
  g_free (actor->arguments);
  g_free (actor);
}

static void
free_fault (void *data)
{
  ScenarioFault *fault = data;
  g_array_unref (fault->of);
  g_free (fault);
}

void
scenario_action_free (ScenarioAction *action)
{
  if (!action)
    return;
  g_array_unref (action->a);
  g_array_unref (action->b);
  g_clear_pointer (&action->faults, g_ptr_array_unref);
  g_free (action->text);
  g_free (action);
}

static void
free_action (void *data)
{
  scenario_action_free (data);
}

static void
free_expect (void *data)
{
  ScenarioExpect *expect = data;
  g_free (expect->what);
  g_free (expect->value);
  g_free (expect->text);
  g_free (expect);
}

static void
free_decision (void *data)
{
  ScenarioDecision *decision = data;
  g_free (decision->label);
  g_free (decision);
}

static void
free_reach (void *data)
{
  ScenarioReach *reach = data;
  g_free (reach->node);
  g_free (reach->peer);
  g_free (reach);
}

Scenario *
scenario_new (const char *file, const char *source)
{
  Scenario *scenario = g_new0 (Scenario, 1);
  scenario->file = g_strdup (file);
  scenario->source = g_strdup (source);
  scenario->title = g_path_get_basename (file);
  scenario->nodes = g_ptr_array_new_with_free_func (free_node);
  scenario->network.delay_min_us = USUAL_DELAY_MIN_US;
  scenario->network.delay_max_us = USUAL_DELAY_MAX_US;
  scenario->network_settings = g_ptr_array_new_with_free_func (g_free);
  scenario->links = g_ptr_array_new_with_free_func (g_free);
  scenario->actors = g_ptr_array_new_with_free_func (free_actor);
  scenario->actions = g_ptr_array_new_with_free_func (free_action);
  scenario->expects = g_ptr_array_new_with_free_func (free_expect);
  scenario->decisions = g_ptr_array_new_with_free_func (free_decision);
  scenario->reaches = g_ptr_array_new_with_free_func (free_reach);
  return scenario;
}

void
scenario_free (Scenario *scenario)
{
  if (!scenario)
    return;
  g_free (scenario->file);
  g_free (scenario->source);
  g_free (scenario->title);
  g_ptr_array_unref (scenario->nodes);
  g_ptr_array_unref (scenario->network_settings);
  g_ptr_array_unref (scenario->links);
  g_ptr_array_unref (scenario->actors);
  g_ptr_array_unref (scenario->actions);
  g_ptr_array_unref (scenario->expects);
  g_ptr_array_unref (scenario->decisions);
  g_ptr_array_unref (scenario->reaches);
  g_free (scenario);
}

ScenarioNode *
scenario_add_node (Scenario *scenario, const char *name, unsigned line)
{
  ScenarioNode *node = g_new0 (ScenarioNode, 1);
  node->name = g_strdup (name);
  node->seeds = g_ptr_array_new_with_free_func (g_free);
  node->settings = g_ptr_array_new_with_free_func (g_free);
  node->line = line;
  g_ptr_array_add (scenario->nodes, node);
  return node;
}

ScenarioActor *
scenario_add_actor (Scenario *scenario, unsigned node, const char *name, unsigned line)
{
  const ScenarioNode *host = scenario->nodes->pdata[node];
  ScenarioActor *actor = g_new0 (ScenarioActor, 1);
  actor->node = node;
  actor->name = g_strdup (name);
  actor->full_name = g_strdup_printf ("%s.%s", host->name, name);
  actor->options = g_ptr_array_new_with_free_func (free_option);
  actor->line = line;
  g_ptr_array_add (scenario->actors, actor);
  return actor;
}

ScenarioAction *
scenario_action_new (ScenarioActionKind kind, int64_t at_us, unsigned line)
{
  ScenarioAction *action = g_new0 (ScenarioAction, 1);
  action->kind = kind;
  action->at_us = at_us;
  action->a = g_array_new (FALSE, FALSE, sizeof (unsigned));
  action->b = g_array_new (FALSE, FALSE, sizeof (unsigned));
  action->line = line;
  return action;
}

ScenarioAction *
scenario_add_action (Scenario *scenario, ScenarioActionKind kind, int64_t at_us, unsigned line)
{
  ScenarioAction *action = scenario_action_new (kind, at_us, line);
  g_ptr_array_add (scenario->actions, action);
  return action;
}

ScenarioFault *
scenario_add_fault (ScenarioAction *storm, ScenarioActionKind kind)
{
  ScenarioFault *fault = g_new0 (ScenarioFault, 1);
  fault->kind = kind;
  fault->of = g_array_new (FALSE, FALSE, sizeof (unsigned));
  if (!storm->faults)
    storm->faults = g_ptr_array_new_with_free_func (free_fault);
  g_ptr_array_add (storm->faults, fault);
  return fault;
}

ScenarioExpect *
scenario_add_expect (Scenario *scenario, ScenarioExpectKind kind, int64_t from_us, unsigned line)
{
  ScenarioExpect *expect = g_new0 (ScenarioExpect, 1);
  expect->kind = kind;
  expect->at_least = 1;
  expect->at_most = G_MAXUINT;
  expect->from_us = from_us;
  expect->line = line;
  g_ptr_array_add (scenario->expects, expect);
  return expect;
}

void
scenario_add_decision (Scenario *scenario, const char *label, uint64_t identity, int64_t value)
{
  ScenarioDecision *decision = g_new (ScenarioDecision, 1);
  *decision = (ScenarioDecision){ g_strdup (label), identity, value };
  g_ptr_array_add (scenario->decisions, decision);
}

void
scenario_add_reach (Scenario *scenario, int mark, int event, const char *node, const char *peer,
                    unsigned line)
{
  ScenarioReach *reach = g_new (ScenarioReach, 1);
  *reach = (ScenarioReach){ mark, event, g_strdup (node), g_strdup (peer), line };
  g_ptr_array_add (scenario->reaches, reach);
}

bool
scenario_knows_node (const Scenario *scenario, const char *name)
{
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    if (strcmp (((const ScenarioNode *)scenario->nodes->pdata[i])->name, name) == 0)
      return true;
  return false;
}

/* --- After everything is said, or something was changed --- */

static void
complete_links (Scenario *scenario)
{
  const ScenarioPath *network = &scenario->network;
  for (unsigned i = 0; i < scenario->links->len; i++)
    {
      ScenarioLink *link = scenario->links->pdata[i];
      scenario_path_overlay (&link->path, network, ~link->said);
    }
}

/* The latest time that anything says, and where. */
static int64_t
find_latest (Scenario *scenario, unsigned *line, unsigned *column)
{
  int64_t latest_us = -1;
  *line = *column = 1;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      const ScenarioAction *action = scenario->actions->pdata[i];
      if (action->at_us + action->duration_us > latest_us)
        {
          latest_us = action->at_us + action->duration_us;
          *line = action->line;
          *column = action->column;
        }
    }
  for (unsigned i = 0; i < scenario->expects->len; i++)
    {
      const ScenarioExpect *expect = scenario->expects->pdata[i];
      int64_t time_us = expect->open ? expect->from_us : expect->until_us;
      if (time_us > latest_us && (!expect->open || time_us > 0))
        {
          latest_us = time_us;
          *line = expect->line;
          *column = expect->column;
        }
    }
  return latest_us;
}

/* Promises that are judged when all is at rest need that much time. */
static void
wait_for_rest (const Scenario *scenario, int64_t *latest_us, unsigned *line, unsigned *column)
{
  if (!scenario->promises[11] && !scenario->promises[12])
    return;
  int64_t rest_us = scenario_rest_us (scenario);
  if (rest_us <= *latest_us)
    return;
  const ScenarioAction *last = scenario->actions->pdata[scenario->actions->len - 1];
  *latest_us = rest_us;
  *line = last->line;
  *column = last->column;
}

bool
scenario_settle (Scenario *scenario, GError **error)
{
  unsigned line, column;
  complete_links (scenario);
  scenario_compute_bounds (scenario);
  int64_t latest_us = find_latest (scenario, &line, &column);
  wait_for_rest (scenario, &latest_us, &line, &column);

  if (!scenario->until_said)
    scenario->until_us = latest_us < 0 ? SCENARIO_UNTIMED_US : latest_us + SCENARIO_REST_US;
  if (latest_us > scenario->until_us)
    {
      g_autofree char *latest = aemp_format_duration (latest_us);
      g_autofree char *end = aemp_format_duration (scenario->until_us);
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
                   "%s:%u:%u: expected an `until` of at least %s, which this statement needs, "
                   "found %s",
                   scenario->file, line, column, latest, end);
      return false;
    }
  for (unsigned i = 0; i < scenario->expects->len; i++)
    {
      ScenarioExpect *expect = scenario->expects->pdata[i];
      if (expect->open)
        expect->until_us = scenario->until_us;
    }
  return true;
}

/* --- Changes from outside --- */

static bool
set_network_part (Scenario *scenario, const char *key, const char *value, GError **error)
{
  ScenarioPath before = scenario->network;
  if (!scenario_path_set (&scenario->network, key, value, error))
    return false;
  if (scenario_settle (scenario, error))
    return true;
  scenario->network = before;
  scenario_settle (scenario, NULL);
  return false;
}

static GPtrArray *
copy_settings (const GPtrArray *settings)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < settings->len; i++)
    g_ptr_array_add (copy, g_strdup (settings->pdata[i]));
  return copy;
}

static bool
set_network_setting (Scenario *scenario, const char *key, const char *value, GError **error)
{
  GPtrArray *before;
  if (!scenario_network_setting_check (key, value, error))
    return false;
  before = copy_settings (scenario->network_settings);
  scenario_settings_put (scenario->network_settings, key, value);
  bool good = scenario_settle (scenario, error);
  if (!good)
    {
      g_ptr_array_unref (scenario->network_settings);
      scenario->network_settings = g_steal_pointer (&before);
      scenario_settle (scenario, NULL);
    }
  g_clear_pointer (&before, g_ptr_array_unref);
  return good;
}

static bool
set_secret (Scenario *scenario, const char *value, GError **error)
{
  if (*value == '\0' || !g_utf8_validate (value, -1, NULL))
    {
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
                   "expected a secret of UTF-8 that is not empty");
      return false;
    }
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      ScenarioNode *node = scenario->nodes->pdata[i];
      g_free (node->secret);
      node->secret = g_strdup (value);
    }
  return true;
}

static bool
set_certificate (Scenario *scenario, const char *value, GError **error)
{
  const ScenarioCertificate *certificate = scenario_certificate_need (value, error);
  if (!certificate)
    return false;
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    ((ScenarioNode *)scenario->nodes->pdata[i])->certificate = certificate;
  return true;
}

static bool
set_global (Scenario *scenario, const char *value, GError **error)
{
  bool global;
  if (!aemp_parse_boolean (value, &global, error))
    return false;
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    ((ScenarioNode *)scenario->nodes->pdata[i])->global = global;
  return true;
}

static bool
set_node_setting (Scenario *scenario, const char *key, const char *value, GError **error)
{
  if (!scenario_node_setting_check (key, value, error))
    return false;
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      ScenarioNode *node = scenario->nodes->pdata[i];
      g_ptr_array_add (before, copy_settings (node->settings));
      scenario_settings_put (node->settings, key, value);
    }
  if (scenario_settle (scenario, error))
    return true;
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      ScenarioNode *node = scenario->nodes->pdata[i];
      g_ptr_array_unref (node->settings);
      node->settings = g_ptr_array_ref (before->pdata[i]);
    }
  scenario_settle (scenario, NULL);
  return false;
}

static bool
is_network_key (const char *key)
{
  for (const ScenarioNetworkKey *known = scenario_network_keys; known->key; known++)
    if (strcmp (known->key, key) == 0)
      return true;
  return false;
}

bool
scenario_set (Scenario *scenario, const char *key_value, GError **error)
{
  const char *equals = strchr (key_value, '=');
  if (!equals || equals == key_value)
    {
      g_autofree char *found = scenario_quote_for_people (key_value);
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
                   "expected key=value, as loss=1%% or monitor_timeout=10s, found %s", found);
      return false;
    }
  g_autofree char *key = g_strndup (key_value, (size_t)(equals - key_value));
  const char *value = equals + 1;
  if (scenario_path_part (key))
    return set_network_part (scenario, key, value, error);
  if (is_network_key (key))
    return set_network_setting (scenario, key, value, error);
  if (strcmp (key, "global") == 0)
    return set_global (scenario, value, error);
  if (strcmp (key, "secret") == 0)
    return set_secret (scenario, value, error);
  if (strcmp (key, "cert") == 0)
    return set_certificate (scenario, value, error);
  if (!scenario_is_node_key (key))
    return scenario_unknown_key (key, error);
  return set_node_setting (scenario, key, value, error);
}
