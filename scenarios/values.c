/* scenarios/values.c - durations, sizes, rates, parts of paths, settings. */
#include "parse.h"

#include "engine/config.h"
#include "engine/units.h"

#include <string.h>

static const AempUnit drift_units[] = {
  { "ppm", 1 },
  { "%", 10 * 1000 },
  { NULL, 0 },
};

const ScenarioNetworkKey scenario_network_keys[] = {
  { "connect_retries", false, 6, 0, 30, "how often the first packet of a connection is repeated" },
  { "data_retries", false, 15, 1, 30, "how often data is sent again before the connection breaks" },
  { "rto_first", true, 1000 * 1000, 1000, INT64_C (120) * 1000 * 1000,
    "the wait before the first packet of a connection is repeated; it doubles each time" },
  { "rto_min", true, 200 * 1000, 1000, INT64_C (120) * 1000 * 1000,
    "the wait before lost data is sent again; it doubles each time" },
  { "rto_max", true, INT64_C (120) * 1000 * 1000, 1000, INT64_C (3600) * 1000 * 1000,
    "the longest of these waits" },
  { "keepalive_time", true, INT64_C (7200) * 1000 * 1000, 1000 * 1000, SCENARIO_TIME_MAX_US,
    "how long a connection is idle before the other side is probed" },
  { "keepalive_interval", true, 75 * 1000 * 1000, 1000 * 1000, INT64_C (3600) * 1000 * 1000,
    "the time between two probes" },
  { "keepalive_probes", false, 9, 1, 100, "how many probes without answer end a connection" },
  { "lookup_min", true, 100, 0, SCENARIO_DELAY_MAX_US, "the shortest time in which a name is found" },
  { "lookup_max", true, 2000, 0, SCENARIO_DELAY_MAX_US,
    "the longest; if it is less than lookup_min, that is what it always takes" },
  { "short_reads", false, 5, 0, 100, "how many deliveries of 100 come in two pieces" },
  { "short_writes", false, 0, 0, 100,
    "of how many writes of 100 only a part is taken, although there is room" },
  { NULL, false, 0, 0, 0, NULL },
};

/* --- In the text --- */

bool
scenario_parse_time (const char *text, int64_t most_us, int64_t *us, GError **error)
{
  if (!aemp_parse_duration (text, AEMP_DURATION_PLAIN, us, error))
    return false;
  if (*us <= most_us)
    return true;
  g_autofree char *most = aemp_format_duration (most_us);
  g_autofree char *found = scenario_quote_for_people (text);
  g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
               "expected a duration of at most %s, found %s", most, found);
  return false;
}

bool
scenario_read_duration (ScenarioParser *parser, int64_t *us)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  GError *error = NULL;
  if (!word)
    return scenario_expected (parser, "a duration as 10ms or 1.5s");
  return scenario_parse_time (word, SCENARIO_TIME_MAX_US, us, &error)
         || scenario_wrong_value (parser, token, error);
}

bool
scenario_read_durations (ScenarioParser *parser, int64_t least_us, int64_t *min_us, int64_t *max_us)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  GError *error = NULL;
  if (!word)
    return scenario_expected (parser, "a duration as 10s, or two as 10s..20s");
  const char *dots = strstr (word, "..");
  g_autofree char *first = dots ? g_strndup (word, (size_t)(dots - word)) : g_strdup (word);
  if (!scenario_parse_time (first, SCENARIO_TIME_MAX_US, min_us, &error)
      || !scenario_parse_time (dots ? dots + 2 : word, SCENARIO_TIME_MAX_US, max_us, &error))
    return scenario_wrong_value (parser, token, error);
  if (*min_us > *max_us)
    return scenario_wrong (parser, token,
                           "expected two durations of which the shorter is the first, found `%s`",
                           word);
  if (*min_us >= least_us)
    return true;
  g_autofree char *least = aemp_format_duration (least_us);
  return scenario_wrong (parser, token, "expected a duration of at least %s, found `%s`", least,
                         word);
}

bool
scenario_read_signed_duration (ScenarioParser *parser, int64_t most_us, int64_t *us)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  GError *error = NULL;
  if (!word)
    return scenario_expected (parser, "a duration as 10ms or -1h");
  if (!aemp_parse_duration (word, AEMP_DURATION_SIGNED, us, &error))
    return scenario_wrong_value (parser, token, error);
  if (*us <= most_us && *us >= -most_us)
    return true;
  g_autofree char *most = aemp_format_duration (most_us);
  g_autofree char *found = scenario_quote_for_people (word);
  return scenario_wrong (parser, token, "expected a duration of at most %s, found %s", most, found);
}

bool
scenario_read_drift (ScenarioParser *parser, int64_t *ppm)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  uint64_t amount;
  GError *error = NULL;
  if (!word)
    return scenario_expected (parser, "a drift as 200ppm or -0.5%");
  bool has_sign = *word == '-' || *word == '+';
  if (!aemp_parse_quantity (word + has_sign, drift_units, "a drift as 200ppm or -0.5%", &amount,
                            &error))
    return scenario_wrong_value (parser, token, error);
  if (amount > SCENARIO_DRIFT_MAX_PPM)
    {
      g_autofree char *found = scenario_quote_for_people (word);
      return scenario_wrong (parser, token, "expected a drift of at most 10%%, found %s", found);
    }
  *ppm = *word == '-' ? -(int64_t)amount : (int64_t)amount;
  return true;
}

/* A plain decimal number without sign and leading zeros, up to `end`. */
static bool
parse_digits (const char *text, const char *end, int64_t *number)
{
  uint64_t value = 0;
  if (text == end || (*text == '0' && end - text > 1) || end - text > 18)
    return false;
  for (const char *at = text; at < end; at++)
    {
      if (!g_ascii_isdigit (*at))
        return false;
      value = value * 10 + (uint64_t)(*at - '0');
    }
  *number = (int64_t)value;
  return true;
}

static bool
parse_number (const char *text, int64_t least, int64_t most, int64_t *number, GError **error)
{
  if (parse_digits (text, text + strlen (text), number) && *number >= least && *number <= most)
    return true;
  g_autofree char *found = scenario_quote_for_people (text);
  g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
               "expected a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", found %s",
               least, most, found);
  return false;
}

bool
scenario_read_number (ScenarioParser *parser, int64_t least, int64_t most, int64_t *number)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  GError *error = NULL;
  if (!word)
    return scenario_expected (parser, "a number");
  return parse_number (word, least, most, number, &error)
         || scenario_wrong_value (parser, token, error);
}

bool
scenario_read_size (ScenarioParser *parser, uint64_t *bytes)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  GError *error = NULL;
  if (!word)
    return scenario_expected (parser, "a size as 64KiB");
  if (!aemp_parse_size (word, bytes, &error))
    return scenario_wrong_value (parser, token, error);
  if (*bytes > INT64_MAX)
    return scenario_wrong (parser, token, "expected a smaller size, found `%s`", word);
  return true;
}

bool
scenario_split_range (const char *text, int64_t *from, int64_t *to)
{
  const char *dots = strstr (text, "..");
  return dots && parse_digits (text, dots, from)
         && parse_digits (dots + 2, dots + 2 + strlen (dots + 2), to);
}

char *
scenario_read_value (ScenarioParser *parser)
{
  const char *word = scenario_take_text (parser);
  if (!word)
    {
      scenario_expected (parser, "a value behind the `=`");
      return NULL;
    }
  g_autoptr (GString) value = g_string_new (word);
  while (scenario_take (parser, SCENARIO_TOKEN_COMMA))
    {
      word = scenario_take_text (parser);
      if (!word)
        {
          scenario_expected (parser, "one more value behind the `,`");
          return NULL;
        }
      g_string_append_printf (value, ",%s", word);
    }
  return g_string_free (g_steal_pointer (&value), FALSE);
}

/* --- Settings --- */

void
scenario_settings_put (GPtrArray *settings, const char *key, const char *value)
{
  for (unsigned i = 0; i + 1 < settings->len; i += 2)
    if (strcmp (settings->pdata[i], key) == 0)
      {
        g_free (settings->pdata[i + 1]);
        settings->pdata[i + 1] = g_strdup (value);
        return;
      }
  g_ptr_array_add (settings, g_strdup (key));
  g_ptr_array_add (settings, g_strdup (value));
}

static const char *
config_key_at (const void *names, unsigned index)
{
  return ((const AempConfigKey *)names)[index].key;
}

static const char *
network_key_at (const void *names, unsigned index)
{
  return ((const ScenarioNetworkKey *)names)[index].key;
}

static bool
unknown_key (const char *what, const char *key, ScenarioNameAt name_at, const void *names,
             GError **error)
{
  g_autofree char *found = scenario_quote_for_people (key);
  g_autofree char *near = scenario_suggest (key, name_at, names);
  g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX, "expected %s, found %s%s", what, found,
               near);
  return false;
}

const char *
scenario_has_own_place (const char *key)
{
  static const char *const places[][2] = {
    { "nodeid", "the name of a node is its node ID" },
    { "binds", "the simulated world gives each node its address, or none with binds=\"\", or "
               "more ports with binds=" SCENARIO_NODE_PORT ",…" },
    { "seeds", "say `seeds rain,ruth`" },
    { "secret", "say `secret \"…\"`" },
    { "cert", "say `cert signed`" },
    { "global", "say `global`" },
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (places); i++)
    if (strcmp (places[i][0], key) == 0)
      return places[i][1];
  return NULL;
}

/* All keys that `--set` takes. */
static const char *
any_key_at (const void *names, unsigned index)
{
  if (index < SCENARIO_PATH_PARTS)
    return scenario_path_parts[index];
  index -= SCENARIO_PATH_PARTS;
  if (index < G_N_ELEMENTS (scenario_network_keys) - 1)
    return scenario_network_keys[index].key;
  return aemp_config_keys[index - (G_N_ELEMENTS (scenario_network_keys) - 1)].key;
}

bool
scenario_unknown_key (const char *key, GError **error)
{
  return unknown_key ("a setting of the network or of a node", key, any_key_at, NULL, error);
}

static const char *
certificate_at (const void *names, unsigned index)
{
  return ((const ScenarioCertificate *)names)[index].name;
}

const ScenarioCertificate *
scenario_certificate_need (const char *name, GError **error)
{
  const ScenarioCertificate *certificate = scenario_certificate_find (name);
  if (!certificate)
    unknown_key ("a certificate", name, certificate_at, scenario_certificates, error);
  return certificate;
}

bool
scenario_is_node_key (const char *key)
{
  const AempConfigKey *known = aemp_config_keys;
  while (known->key && strcmp (known->key, key) != 0)
    known++;
  return known->key != NULL;
}

/* Nowhere, or besides the port that seeds are dialed at, at others. */
static bool
are_binds (const char *value)
{
  g_auto (GStrv) ports = g_strsplit (value, ",", 0);
  if (!ports[0])
    return true;
  for (unsigned i = 0; ports[i]; i++)
    if (!g_ascii_string_to_unsigned (ports[i], 10, 1, G_MAXUINT16, NULL, NULL))
      return false;
  return strcmp (ports[0], SCENARIO_NODE_PORT) == 0;
}

bool
scenario_node_setting_check (const char *key, const char *value, GError **error)
{
  if (!scenario_is_node_key (key))
    return unknown_key ("a setting of a node", key, config_key_at, aemp_config_keys, error);
  bool is_binds = strcmp (key, "binds") == 0 && are_binds (value);
  if (scenario_has_own_place (key) && !is_binds)
    {
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX, "`%s` is not set so: %s", key,
                   scenario_has_own_place (key));
      return false;
    }
  g_autoptr (AempConfig) config = aemp_config_new ();
  return aemp_config_set (config, key, value, error);
}

static const ScenarioNetworkKey *
find_network_key (const char *key)
{
  const ScenarioNetworkKey *known = scenario_network_keys;
  while (known->key && strcmp (known->key, key) != 0)
    known++;
  return known->key ? known : NULL;
}

static bool
parse_network_value (const ScenarioNetworkKey *key, const char *value, int64_t *number,
                     GError **error)
{
  if (!key->duration)
    return parse_number (value, key->least, key->most, number, error);
  if (!scenario_parse_time (value, key->most, number, error))
    return false;
  if (*number >= key->least)
    return true;
  g_autofree char *least = aemp_format_duration (key->least);
  g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
               "expected a duration of at least %s, found `%s`", least, value);
  return false;
}

bool
scenario_network_setting_check (const char *key, const char *value, GError **error)
{
  const ScenarioNetworkKey *known = find_network_key (key);
  int64_t number;
  if (!known)
    return unknown_key ("a part of a path (delay, loss …) or a setting of the network", key,
                        network_key_at, scenario_network_keys, error);
  return parse_network_value (known, value, &number, error);
}

int64_t
scenario_network_value (const Scenario *scenario, const char *key)
{
  const ScenarioNetworkKey *known = find_network_key (key);
  const GPtrArray *settings = scenario->network_settings;
  g_assert (known != NULL);
  int64_t number = known->usual;
  for (unsigned i = 0; i + 1 < settings->len; i += 2)
    if (strcmp (settings->pdata[i], key) == 0
        && !parse_network_value (known, settings->pdata[i + 1], &number, NULL))
      g_assert_not_reached (); /* was checked when it was put there */
  return number;
}
