/* sim/parity/parser.c - from files to scripts. */
#include "sim/parity/parser.h"

#include <string.h>

/* --- Sentences --- */

static ParityScript *
script_begin (const ParityParser *parser, const char *name, unsigned line)
{
  const ParityScript *preamble = parser->preamble;
  ParityScript *script = parity_script_new (name, parser->group, line);

  for (unsigned i = 0; i < preamble->hosts_count; i++)
    script->hosts[script->hosts_count++] = g_strdup (preamble->hosts[i]);
  memcpy (script->limits, preamble->limits, sizeof script->limits);
  g_array_append_vals (script->statements, preamble->statements->data, preamble->statements->len);
  return script;
}

static bool
parse_script (ParityParser *parser)
{
  const ScenarioToken *token = parity_peek (parser);

  if (token->kind != SCENARIO_TOKEN_STRING)
    return parity_expected (parser, "the script's name in quotes");
  parser->position++;
  parser->script = script_begin (parser, token->text, token->line);
  g_ptr_array_add (parser->scripts, parser->script);
  return true;
}

static bool
parse_hosts (ParityParser *parser)
{
  ParityScript *script = parser->script;
  unsigned known;

  while (!parity_at_end (parser))
    {
      const char *name = parity_peek (parser)->text;
      if (parity_peek (parser)->kind != SCENARIO_TOKEN_WORD || strchr (name, '.'))
        return parity_expected (parser, "a host's name");
      if (parity_find_host (parser, name, strlen (name), &known))
        return parity_wrong (parser, parity_peek (parser), "this host is there already");
      if (script->hosts_count == PARITY_HOSTS_MAX)
        return parity_wrong (parser, parity_peek (parser), "too many hosts");
      script->hosts[script->hosts_count++] = g_strdup (name);
      parser->position++;
    }
  return true;
}

static bool
parse_limit (ParityParser *parser)
{
  for (unsigned i = 0; i < PARITY_LIMITS; i++)
    if (parity_take_this (parser, parity_limit_kinds[i].name))
      {
        uint64_t number = 0;
        int64_t *value = &parser->script->limits[i];
        if (parity_limit_kinds[i].unit_us > 0)
          return parity_take_time (parser, value);
        if (!parity_take_number (parser, "a number", 255, &number))
          return false;
        *value = (int64_t)number;
        return true;
      }
  return parity_expected (parser, "a limit like retries2");
}

static bool
parse_differs (ParityParser *parser)
{
  const ScenarioToken *token = parity_peek (parser);

  if (token->kind != SCENARIO_TOKEN_STRING || parser->script == parser->preamble)
    return parity_expected (parser, "in a script, and in quotes, why the simulated world differs");
  g_free (parser->script->differs);
  parser->script->differs = g_strdup (token->text);
  parser->position++;
  return true;
}

static bool
parse_sentence (ParityParser *parser)
{
  if (parity_take_this (parser, "script"))
    return parse_script (parser);
  if (parity_take_this (parser, "hosts"))
    return parse_hosts (parser);
  if (parity_take_this (parser, "limit"))
    return parse_limit (parser);
  if (parity_take_this (parser, "differs"))
    return parse_differs (parser);
  return parity_parse_statement (parser);
}

static void
parse_all (ParityParser *parser)
{
  while (parity_peek (parser)->kind != SCENARIO_TOKEN_END)
    {
      if (!parity_at_end (parser) && parse_sentence (parser) && !parity_at_end (parser))
        parity_expected (parser, "the end of the line");
      while (!parity_at_end (parser))
        parser->position++;
      if (parity_peek (parser)->kind != SCENARIO_TOKEN_END)
        parser->position++;
    }
}

/* --- Files --- */

static void
set_model_limits (ParityScript *script)
{
  for (unsigned i = 0; i < PARITY_LIMITS; i++)
    script->model_limits[i]
        = script->limits[i] >= 0 ? script->limits[i] : parity_limit_kinds[i].usual;
}

/* "tests/parity/reset.tcp": "reset". */
static char *
name_group (const char *file)
{
  g_autofree char *base = g_path_get_basename (file);
  char *dot = strrchr (base, '.');

  if (dot)
    *dot = '\0';
  return g_steal_pointer (&base);
}

bool
parity_scripts_parse (const char *file, const char *text, GPtrArray *scripts, GError **error)
{
  g_autoptr (ScenarioMistakes) mistakes = scenario_mistakes_new ();
  g_autofree char *group = name_group (file);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_FILE, "%s: is not UTF-8", file);
      return false;
    }
  g_autoptr (ScenarioTokens) tokens = scenario_lex (text, mistakes);
  ParityParser parser
      = { .tokens = tokens, .mistakes = mistakes, .group = group, .scripts = scripts };
  parser.preamble = parity_script_new ("", group, 0);
  parser.script = parser.preamble;
  parse_all (&parser);
  parity_script_free (parser.preamble);
  for (unsigned i = 0; i < scripts->len; i++)
    set_model_limits (g_ptr_array_index (scripts, i));
  if (scenario_mistakes_any (mistakes))
    {
      scenario_mistakes_tell (mistakes, file, error);
      return false;
    }
  return true;
}

bool
parity_scripts_load (const char *file, GPtrArray *scripts, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;

  if (!g_file_get_contents (file, &text, NULL, &why))
    {
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_FILE, "%s", why->message);
      return false;
    }
  return parity_scripts_parse (file, text, scripts, error);
}
