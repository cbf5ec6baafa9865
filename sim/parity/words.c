/* sim/parity/words.c - the words of scripts: numbers, times, hosts, sockets, ways. */
#include "sim/parity/parser.h"

#include "engine/units.h"

#include <string.h>

/* --- Tokens --- */

const ScenarioToken *
parity_peek (const ParityParser *parser)
{
  const GArray *tokens = parser->tokens->tokens;
  return &g_array_index (tokens, ScenarioToken, MIN (parser->position, tokens->len - 1));
}

bool
parity_wrong (ParityParser *parser, const ScenarioToken *token, const char *what)
{
  scenario_mistakes_add (parser->mistakes, SCENARIO_ERROR_SYNTAX, token->line, token->column, what);
  return false;
}

bool
parity_expected (ParityParser *parser, const char *what)
{
  g_autofree char *found = scenario_token_describe (parity_peek (parser));
  g_autofree char *text = g_strdup_printf ("expected %s, found %s", what, found);

  return parity_wrong (parser, parity_peek (parser), text);
}

bool
parity_at_end (const ParityParser *parser)
{
  ScenarioTokenKind kind = parity_peek (parser)->kind;

  return kind == SCENARIO_TOKEN_LINE_END || kind == SCENARIO_TOKEN_END
         || kind == SCENARIO_TOKEN_SEMICOLON;
}

bool
parity_is_word (const ParityParser *parser, const char *word)
{
  return parity_peek (parser)->kind == SCENARIO_TOKEN_WORD
         && strcmp (parity_peek (parser)->text, word) == 0;
}

bool
parity_take_this (ParityParser *parser, const char *word)
{
  bool is_it = parity_is_word (parser, word);

  parser->position += is_it;
  return is_it;
}

bool
parity_take_number (ParityParser *parser, const char *what, uint64_t most, uint64_t *number)
{
  if (parity_peek (parser)->kind != SCENARIO_TOKEN_WORD
      || !g_ascii_string_to_unsigned (parity_peek (parser)->text, 10, 0, most, number, NULL))
    return parity_expected (parser, what);
  parser->position++;
  return true;
}

bool
parity_take_size (ParityParser *parser, uint64_t *bytes)
{
  if (parity_peek (parser)->kind != SCENARIO_TOKEN_WORD
      || !aemp_parse_size (parity_peek (parser)->text, bytes, NULL))
    return parity_expected (parser, "a number of bytes like 1000 or 64KiB");
  parser->position++;
  return true;
}

bool
parity_take_time (ParityParser *parser, int64_t *us)
{
  if (parity_peek (parser)->kind != SCENARIO_TOKEN_WORD
      || !aemp_parse_duration (parity_peek (parser)->text, AEMP_DURATION_PLAIN, us, NULL))
    return parity_expected (parser, "a time like 200ms");
  parser->position++;
  return true;
}

/* --- Hosts and sockets --- */

bool
parity_find_host (const ParityParser *parser, const char *name, size_t length, unsigned *host)
{
  for (unsigned i = 0; i < parser->script->hosts_count; i++)
    if (strlen (parser->script->hosts[i]) == length
        && strncmp (parser->script->hosts[i], name, length) == 0)
      {
        *host = i;
        return true;
      }
  return false;
}

bool
parity_take_host (ParityParser *parser, unsigned *host)
{
  const ScenarioToken *token = parity_peek (parser);

  if (token->kind != SCENARIO_TOKEN_WORD
      || !parity_find_host (parser, token->text, strlen (token->text), host))
    return parity_expected (parser, "a host");
  parser->position++;
  return true;
}

bool
parity_take_socket (ParityParser *parser, unsigned *socket)
{
  ParityScript *script = parser->script;
  const ScenarioToken *token = parity_peek (parser);
  const char *dot = token->kind == SCENARIO_TOKEN_WORD ? strchr (token->text, '.') : NULL;
  unsigned host;

  if (!dot || !dot[1]
      || !parity_find_host (parser, token->text, (size_t)(dot - token->text), &host))
    return parity_expected (parser, "a socket like HOST.NAME");
  for (*socket = 0; *socket < script->sockets_count; ++*socket)
    if (strcmp (script->sockets[*socket].name, token->text) == 0)
      break;
  if (*socket == PARITY_SOCKETS_MAX)
    return parity_wrong (parser, token, "too many sockets");
  if (*socket == script->sockets_count)
    script->sockets[script->sockets_count++]
        = (ParitySocket){ .name = g_strdup (token->text), .host = host };
  parser->position++;
  return true;
}

bool
parity_take_way (ParityParser *parser, ParityStatement *statement)
{
  if (!parity_take_host (parser, &statement->subject))
    return false;
  statement->both = parity_peek (parser)->kind != SCENARIO_TOKEN_ARROW;
  parser->position += !statement->both;
  return parity_take_host (parser, &statement->object);
}
