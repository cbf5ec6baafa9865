/* sim/parity/statements.c - what scripts do and expect: a statement at a time. */
#include "sim/parity/parser.h"

#include "engine/units.h"

#include <string.h>

#define BACKLOG 128 /* where a script names none */

/* --- Expectations --- */

static bool
take_tolerance (ParityParser *parser, ParityStatement *statement)
{
  const char *text = parity_peek (parser)->text, *rest;
  uint64_t percent;

  if (parity_peek (parser)->kind != SCENARIO_TOKEN_WORD || !g_str_has_prefix (text, "±"))
    return true;
  rest = text + strlen ("±");
  if (g_str_has_suffix (rest, "%"))
    {
      g_autofree char *number = g_strndup (rest, strlen (rest) - 1);
      if (!g_ascii_string_to_unsigned (number, 10, 1, 100, &percent, NULL))
        return parity_expected (parser, "±10% or ±20ms");
      statement->tolerance_us = statement->after_us * (int64_t)percent / 100;
    }
  else if (!aemp_parse_duration (rest, AEMP_DURATION_PLAIN, &statement->tolerance_us, NULL))
    return parity_expected (parser, "±10% or ±20ms");
  parser->position++;
  return true;
}

static bool
take_after (ParityParser *parser, ParityStatement *statement)
{
  if (!parity_take_this (parser, "after"))
    return true;
  statement->has_time = true;
  return parity_take_time (parser, &statement->after_us) && take_tolerance (parser, statement);
}

static bool
take_error (ParityParser *parser, ParityStatement *statement)
{
  const ScenarioToken *token = parity_peek (parser);
  int number = token->kind == SCENARIO_TOKEN_WORD ? parity_errno_number (token->text) : 0;

  if (number == 0)
    return parity_expected (parser, "an error like ECONNRESET");
  parser->position++;
  statement->number = (uint64_t)number;
  return true;
}

static bool
take_news (ParityParser *parser, ParityStatement *statement)
{
  if (parity_take_this (parser, "open"))
    statement->news = PARITY_OPEN;
  else if (parity_take_this (parser, "wrote"))
    statement->news = PARITY_WROTE;
  else if (parity_take_this (parser, "end"))
    statement->news = PARITY_ENDED;
  else if (parity_take_this (parser, "bytes"))
    {
      statement->news = PARITY_BYTES;
      return parity_take_size (parser, &statement->number);
    }
  else if (parity_take_this (parser, "error"))
    {
      statement->news = PARITY_ERROR;
      return take_error (parser, statement);
    }
  else
    return parity_expected (parser, "one of open, wrote, bytes, end, error, nothing");
  return true;
}

static bool
parse_expect (ParityParser *parser, ParityStatement *statement)
{
  if (!parity_take_socket (parser, &statement->subject))
    return false;
  if (parity_take_this (parser, "nothing"))
    {
      statement->news = PARITY_NOTHING;
      return (parity_take_this (parser, "for") || parity_expected (parser, "for"))
             && parity_take_time (parser, &statement->times_us[0]);
    }
  return take_news (parser, statement) && take_after (parser, statement);
}

/* --- What is done to hosts and ways --- */

static bool
parse_cut (ParityParser *parser, ParityStatement *statement)
{
  if (!parity_take_way (parser, statement))
    return false;
  if (parity_take_this (parser, "refusing"))
    statement->number = PARITY_REFUSING;
  else if (parity_take_this (parser, "unreachable"))
    statement->number = PARITY_UNREACHABLE;
  return true;
}

static bool
parse_heal (ParityParser *parser, ParityStatement *statement)
{
  statement->all = parity_at_end (parser);
  return statement->all || parity_take_way (parser, statement);
}

static bool
parse_delay (ParityParser *parser, ParityStatement *statement)
{
  unsigned host;

  statement->all = parity_peek (parser)->kind != SCENARIO_TOKEN_WORD
                   || !parity_find_host (parser, parity_peek (parser)->text,
                                         strlen (parity_peek (parser)->text), &host);
  return (statement->all || parity_take_way (parser, statement))
         && parity_take_time (parser, &statement->times_us[0]);
}

static bool
parse_lose (ParityParser *parser, ParityStatement *statement)
{
  uint64_t which;

  statement->acks = parity_take_this (parser, "acks");
  if (!parity_take_way (parser, statement))
    return false;
  do
    {
      if (!parity_take_number (parser, "which of them to lose: 1 is the next one", PARITY_LOTS_MAX,
                               &which))
        return false;
      if (which == 0)
        return parity_wrong (parser, parity_peek (parser), "they are counted from 1");
      statement->number |= UINT64_C (1) << (which - 1);
    }
  while (!parity_at_end (parser));
  return true;
}

static bool
parse_host (ParityParser *parser, ParityStatement *statement)
{
  return parity_take_host (parser, &statement->subject);
}

static bool
parse_wait (ParityParser *parser, ParityStatement *statement)
{
  return parity_take_time (parser, &statement->times_us[0]);
}

/* --- What is done with sockets --- */

static bool
parse_listen (ParityParser *parser, ParityStatement *statement)
{
  parser->script->sockets[statement->subject].listens = true;
  statement->number = BACKLOG;
  return !parity_take_this (parser, "backlog")
         || parity_take_number (parser, "the backlog's length", 4096, &statement->number);
}

static bool
parse_connect (ParityParser *parser, ParityStatement *statement)
{
  if (!parity_take_socket (parser, &statement->object))
    return false;
  parser->script->sockets[statement->object].is_dialed = true;
  return true;
}

static bool
parse_accept (ParityParser *parser, ParityStatement *statement)
{
  statement->news = PARITY_ACCEPTED;
  return parity_take_socket (parser, &statement->object) && take_after (parser, statement);
}

static bool
parse_bytes (ParityParser *parser, ParityStatement *statement)
{
  return parity_take_size (parser, &statement->number);
}

static bool
parse_keepalive (ParityParser *parser, ParityStatement *statement)
{
  return parity_take_time (parser, &statement->times_us[0])
         && parity_take_time (parser, &statement->times_us[1])
         && parity_take_number (parser, "a number of probes", 100, &statement->number);
}

static bool
parse_set (ParityParser *parser, ParityStatement *statement)
{
  if (parity_take_this (parser, "nodelay"))
    {
      statement->option = PARITY_NODELAY;
      statement->number = 1;
      return true;
    }
  if (parity_take_this (parser, "keepalive"))
    {
      statement->option = PARITY_KEEPALIVE;
      return parse_keepalive (parser, statement);
    }
  if (parity_take_this (parser, "user-timeout"))
    {
      statement->option = PARITY_USER_TIMEOUT;
      return parity_take_time (parser, &statement->times_us[0]);
    }
  if (parity_take_this (parser, "send-buffer"))
    statement->option = PARITY_SEND_BUFFER;
  else if (parity_take_this (parser, "receive-buffer"))
    statement->option = PARITY_RECEIVE_BUFFER;
  else
    return parity_expected (parser,
                            "one of nodelay, keepalive, user-timeout, send-buffer, receive-buffer");
  return parity_take_size (parser, &statement->number);
}

static bool
parse_nothing (ParityParser *parser, ParityStatement *statement)
{
  return true;
}

/* --- A connection that is there when the story begins --- */

static unsigned
add_door (ParityScript *script, unsigned server)
{
  g_autofree char *name = g_strconcat (script->sockets[server].name, "-door", NULL);

  script->sockets[script->sockets_count] = (ParitySocket){ .name = g_steal_pointer (&name),
                                                           .host = script->sockets[server].host,
                                                           .is_dialed = true };
  return script->sockets_count++;
}

/* "link ann.c bob.s": four statements. */
static bool
parse_link (ParityParser *parser)
{
  ParityScript *script = parser->script;
  const ScenarioToken *token = parity_peek (parser);
  unsigned client, server, door;

  if (!parity_take_socket (parser, &client) || !parity_take_socket (parser, &server))
    return false;
  if (script == parser->preamble)
    return parity_wrong (parser, token, "only hosts, limit and delay may stand before a script");
  if (script->sockets_count == PARITY_SOCKETS_MAX)
    return parity_wrong (parser, token, "too many sockets");
  door = add_door (script, server);
  const ParityStatement statements[] = {
    { .verb = PARITY_LISTEN, .subject = door, .number = BACKLOG, .line = token->line },
    { .verb = PARITY_CONNECT, .subject = client, .object = door, .line = token->line },
    { .verb = PARITY_EXPECT, .subject = client, .news = PARITY_OPEN, .line = token->line },
    { .verb = PARITY_ACCEPT,
      .subject = server,
      .object = door,
      .news = PARITY_ACCEPTED,
      .line = token->line },
  };
  g_array_append_vals (script->statements, statements, G_N_ELEMENTS (statements));
  return true;
}

/* --- Statements --- */

typedef struct
{
  const char *word;
  ParityVerb verb;
  bool (*parse) (ParityParser *parser, ParityStatement *statement);
} Statement;

static const Statement statements_of_sockets[] = {
  { "listen", PARITY_LISTEN, parse_listen },  { "connect", PARITY_CONNECT, parse_connect },
  { "accept", PARITY_ACCEPT, parse_accept },  { "write", PARITY_WRITE, parse_bytes },
  { "read", PARITY_READ, parse_bytes },       { "pause", PARITY_PAUSE, parse_nothing },
  { "resume", PARITY_RESUME, parse_nothing }, { "end", PARITY_END, parse_nothing },
  { "close", PARITY_CLOSE, parse_nothing },   { "abort", PARITY_ABORT, parse_nothing },
  { "set", PARITY_SET, parse_set },
};

static const Statement statements_of_all[] = {
  { "kill", PARITY_KILL, parse_host },       { "vanish", PARITY_VANISH, parse_host },
  { "return", PARITY_RETURN, parse_host },   { "cut", PARITY_CUT, parse_cut },
  { "heal", PARITY_HEAL, parse_heal },       { "delay", PARITY_DELAY, parse_delay },
  { "lose", PARITY_LOSE, parse_lose },       { "wait", PARITY_WAIT, parse_wait },
  { "expect", PARITY_EXPECT, parse_expect },
};

static const Statement *
find_statement (const ParityParser *parser, const Statement *statements, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    if (parity_is_word (parser, statements[i].word))
      return &statements[i];
  return NULL;
}

static bool
parse_known (ParityParser *parser, const Statement *known, ParityStatement *statement)
{
  parser->position++;
  statement->verb = known->verb;
  if (!known->parse (parser, statement))
    return false;
  if (parser->script == parser->preamble && known->verb != PARITY_DELAY)
    return parity_wrong (parser, parity_peek (parser),
                         "only hosts, limit and delay may stand before a script");
  g_array_append_val (parser->script->statements, *statement);
  return true;
}

static bool
parse_of_socket (ParityParser *parser, ParityStatement *statement)
{
  const Statement *known;

  if (!parity_take_socket (parser, &statement->subject))
    return false;
  known = find_statement (parser, statements_of_sockets, G_N_ELEMENTS (statements_of_sockets));
  if (!known)
    return parity_expected (parser,
                            "what the socket does: listen, connect, accept, write, read, pause, "
                            "resume, end, close, abort, set");
  return parse_known (parser, known, statement);
}

bool
parity_parse_statement (ParityParser *parser)
{
  ParityStatement statement = { .line = parity_peek (parser)->line };
  const Statement *known;

  if (parity_take_this (parser, "link"))
    return parse_link (parser);
  known = find_statement (parser, statements_of_all, G_N_ELEMENTS (statements_of_all));
  if (known)
    return parse_known (parser, known, &statement);
  if (parity_peek (parser)->kind != SCENARIO_TOKEN_WORD
      || !strchr (parity_peek (parser)->text, '.'))
    return parity_expected (
        parser,
        "a statement: script, differs, hosts, limit, link, a socket, cut, heal, delay, lose, "
        "kill, vanish, return, wait, expect");
  return parse_of_socket (parser, &statement);
}
