/* parity/script.c - from text to scripts. */
#include "parity/script.h"

#include "engine/units.h"
#include "scenarios/lex.h"

#include <errno.h>
#include <string.h>

#define BACKLOG 128 /* where a script names none */

typedef struct
{
  ScenarioTokens *tokens;
  ScenarioMistakes *mistakes;
  unsigned position;
  const char *group;
  ParityScript *preamble; /* what holds for all scripts of the file */
  ParityScript *script;   /* that is read; the preamble at first */
  GPtrArray *scripts;
} Parser;

/* --- Names of errors --- */

static const struct
{
  int number;
  const char *name;
} errors[] = {
  { ECONNREFUSED, "ECONNREFUSED" },
  { ECONNRESET, "ECONNRESET" },
  { EPIPE, "EPIPE" },
  { ETIMEDOUT, "ETIMEDOUT" },
  { EHOSTUNREACH, "EHOSTUNREACH" },
  { ENETUNREACH, "ENETUNREACH" },
  { ECONNABORTED, "ECONNABORTED" },
  { EADDRINUSE, "EADDRINUSE" },
  { EADDRNOTAVAIL, "EADDRNOTAVAIL" },
  { ENOTCONN, "ENOTCONN" },
  { EINVAL, "EINVAL" },
  { EISCONN, "EISCONN" },
};

const char *
parity_errno_name (int number)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (errors); i++)
    if (errors[i].number == number)
      return errors[i].name;
  return NULL;
}

int
parity_errno_number (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (errors); i++)
    if (strcmp (errors[i].name, name) == 0)
      return errors[i].number;
  return 0;
}

/* --- Scripts --- */

static ParityScript *
script_new (const char *name, const char *group, unsigned line)
{
  ParityScript *script = g_new0 (ParityScript, 1);

  script->name = g_strdup (name);
  script->group = g_strdup (group);
  script->line = line;
  script->statements = g_array_new (FALSE, TRUE, sizeof (ParityStatement));
  for (unsigned i = 0; i < PARITY_LIMITS; i++)
    script->limits[i] = -1;
  return script;
}

void
parity_script_free (ParityScript *script)
{
  for (unsigned i = 0; i < script->hosts_count; i++)
    g_free (script->hosts[i]);
  for (unsigned i = 0; i < script->sockets_count; i++)
    g_free (script->sockets[i].name);
  g_array_unref (script->statements);
  g_free (script->differs);
  g_free (script->name);
  g_free (script->group);
  g_free (script);
}

static void
free_script (void *script)
{
  parity_script_free (script);
}

GPtrArray *
parity_scripts_new (void)
{
  return g_ptr_array_new_with_free_func (free_script);
}

static ParityScript *
script_begin (const Parser *parser, const char *name, unsigned line)
{
  const ParityScript *preamble = parser->preamble;
  ParityScript *script = script_new (name, parser->group, line);

  for (unsigned i = 0; i < preamble->hosts_count; i++)
    script->hosts[script->hosts_count++] = g_strdup (preamble->hosts[i]);
  memcpy (script->limits, preamble->limits, sizeof script->limits);
  g_array_append_vals (script->statements, preamble->statements->data, preamble->statements->len);
  return script;
}

int64_t
parity_script_length_us (const ParityScript *script)
{
  int64_t sum_us = 0;

  for (unsigned i = 0; i < script->statements->len; i++)
    {
      const ParityStatement *statement = parity_script_statement (script, i);
      bool lasts = statement->verb == PARITY_WAIT || statement->verb == PARITY_EXPECT
                   || statement->verb == PARITY_ACCEPT;
      sum_us += lasts ? statement->times_us[0] + statement->after_us : 0;
    }
  return sum_us;
}

/* --- Tokens --- */

static const ScenarioToken *
peek (const Parser *parser)
{
  const GArray *tokens = parser->tokens->tokens;
  return &g_array_index (tokens, ScenarioToken, MIN (parser->position, tokens->len - 1));
}

static bool
wrong (Parser *parser, const ScenarioToken *token, const char *what)
{
  scenario_mistakes_add (parser->mistakes, SCENARIO_ERROR_SYNTAX, token->line, token->column, what);
  return false;
}

static bool
expected (Parser *parser, const char *what)
{
  g_autofree char *found = scenario_token_describe (peek (parser));
  g_autofree char *text = g_strdup_printf ("expected %s, found %s", what, found);

  return wrong (parser, peek (parser), text);
}

static bool
at_end (const Parser *parser)
{
  ScenarioTokenKind kind = peek (parser)->kind;

  return kind == SCENARIO_TOKEN_LINE_END || kind == SCENARIO_TOKEN_END
         || kind == SCENARIO_TOKEN_SEMICOLON;
}

static bool
is_word (const Parser *parser, const char *word)
{
  return peek (parser)->kind == SCENARIO_TOKEN_WORD && strcmp (peek (parser)->text, word) == 0;
}

static bool
take_this (Parser *parser, const char *word)
{
  bool is_it = is_word (parser, word);

  parser->position += is_it;
  return is_it;
}

static bool
take_number (Parser *parser, const char *what, uint64_t most, uint64_t *number)
{
  if (peek (parser)->kind != SCENARIO_TOKEN_WORD
      || !g_ascii_string_to_unsigned (peek (parser)->text, 10, 0, most, number, NULL))
    return expected (parser, what);
  parser->position++;
  return true;
}

static bool
take_size (Parser *parser, uint64_t *bytes)
{
  if (peek (parser)->kind != SCENARIO_TOKEN_WORD
      || !aemp_parse_size (peek (parser)->text, bytes, NULL))
    return expected (parser, "a number of bytes like 1000 or 64KiB");
  parser->position++;
  return true;
}

static bool
take_time (Parser *parser, int64_t *us)
{
  if (peek (parser)->kind != SCENARIO_TOKEN_WORD
      || !aemp_parse_duration (peek (parser)->text, AEMP_DURATION_PLAIN, us, NULL))
    return expected (parser, "a time like 200ms");
  parser->position++;
  return true;
}

/* --- Hosts and sockets --- */

static bool
find_host (const Parser *parser, const char *name, size_t length, unsigned *host)
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

static bool
take_host (Parser *parser, unsigned *host)
{
  const ScenarioToken *token = peek (parser);

  if (token->kind != SCENARIO_TOKEN_WORD
      || !find_host (parser, token->text, strlen (token->text), host))
    return expected (parser, "a host");
  parser->position++;
  return true;
}

/* The first word with its name makes it. */
static bool
take_socket (Parser *parser, unsigned *socket)
{
  ParityScript *script = parser->script;
  const ScenarioToken *token = peek (parser);
  const char *dot = token->kind == SCENARIO_TOKEN_WORD ? strchr (token->text, '.') : NULL;
  unsigned host;

  if (!dot || !dot[1] || !find_host (parser, token->text, (size_t)(dot - token->text), &host))
    return expected (parser, "a socket like HOST.NAME");
  for (*socket = 0; *socket < script->sockets_count; ++*socket)
    if (strcmp (script->sockets[*socket].name, token->text) == 0)
      break;
  if (*socket == PARITY_SOCKETS_MAX)
    return wrong (parser, token, "too many sockets");
  if (*socket == script->sockets_count)
    script->sockets[script->sockets_count++]
        = (ParitySocket){ .name = g_strdup (token->text), .host = host };
  parser->position++;
  return true;
}

/* "ann -> bob", "ann bob". */
static bool
take_way (Parser *parser, ParityStatement *statement)
{
  if (!take_host (parser, &statement->subject))
    return false;
  statement->both = peek (parser)->kind != SCENARIO_TOKEN_ARROW;
  parser->position += !statement->both;
  return take_host (parser, &statement->object);
}

/* --- Expectations --- */

static bool
take_tolerance (Parser *parser, ParityStatement *statement)
{
  const char *text = peek (parser)->text, *rest;
  uint64_t percent;

  if (peek (parser)->kind != SCENARIO_TOKEN_WORD || !g_str_has_prefix (text, "±"))
    return true;
  rest = text + strlen ("±");
  if (g_str_has_suffix (rest, "%"))
    {
      g_autofree char *number = g_strndup (rest, strlen (rest) - 1);
      if (!g_ascii_string_to_unsigned (number, 10, 1, 100, &percent, NULL))
        return expected (parser, "±10% or ±20ms");
      statement->tolerance_us = statement->after_us * (int64_t)percent / 100;
    }
  else if (!aemp_parse_duration (rest, AEMP_DURATION_PLAIN, &statement->tolerance_us, NULL))
    return expected (parser, "±10% or ±20ms");
  parser->position++;
  return true;
}

static bool
take_after (Parser *parser, ParityStatement *statement)
{
  if (!take_this (parser, "after"))
    return true;
  statement->has_time = true;
  return take_time (parser, &statement->after_us) && take_tolerance (parser, statement);
}

static bool
take_error (Parser *parser, ParityStatement *statement)
{
  const ScenarioToken *token = peek (parser);
  int number = token->kind == SCENARIO_TOKEN_WORD ? parity_errno_number (token->text) : 0;

  if (number == 0)
    return expected (parser, "an error like ECONNRESET");
  parser->position++;
  statement->number = (uint64_t)number;
  return true;
}

static bool
take_news (Parser *parser, ParityStatement *statement)
{
  if (take_this (parser, "open"))
    statement->news = PARITY_OPEN;
  else if (take_this (parser, "wrote"))
    statement->news = PARITY_WROTE;
  else if (take_this (parser, "end"))
    statement->news = PARITY_ENDED;
  else if (take_this (parser, "bytes"))
    {
      statement->news = PARITY_BYTES;
      return take_size (parser, &statement->number);
    }
  else if (take_this (parser, "error"))
    {
      statement->news = PARITY_ERROR;
      return take_error (parser, statement);
    }
  else
    return expected (parser, "one of open, wrote, bytes, end, error, nothing");
  return true;
}

static bool
parse_expect (Parser *parser, ParityStatement *statement)
{
  if (!take_socket (parser, &statement->subject))
    return false;
  if (take_this (parser, "nothing"))
    {
      statement->news = PARITY_NOTHING;
      return (take_this (parser, "for") || expected (parser, "for"))
             && take_time (parser, &statement->times_us[0]);
    }
  return take_news (parser, statement) && take_after (parser, statement);
}

/* --- What is done to hosts and ways --- */

static bool
parse_cut (Parser *parser, ParityStatement *statement)
{
  if (!take_way (parser, statement))
    return false;
  if (take_this (parser, "refusing"))
    statement->number = PARITY_REFUSING;
  else if (take_this (parser, "unreachable"))
    statement->number = PARITY_UNREACHABLE;
  return true;
}

static bool
parse_heal (Parser *parser, ParityStatement *statement)
{
  statement->all = at_end (parser);
  return statement->all || take_way (parser, statement);
}

static bool
parse_delay (Parser *parser, ParityStatement *statement)
{
  unsigned host;

  statement->all = peek (parser)->kind != SCENARIO_TOKEN_WORD
                   || !find_host (parser, peek (parser)->text, strlen (peek (parser)->text), &host);
  return (statement->all || take_way (parser, statement))
         && take_time (parser, &statement->times_us[0]);
}

static bool
parse_lose (Parser *parser, ParityStatement *statement)
{
  uint64_t which;

  statement->acks = take_this (parser, "acks");
  if (!take_way (parser, statement))
    return false;
  do
    {
      if (!take_number (parser, "which of them to lose: 1 is the next one", PARITY_LOTS_MAX,
                        &which))
        return false;
      if (which == 0)
        return wrong (parser, peek (parser), "they are counted from 1");
      statement->number |= UINT64_C (1) << (which - 1);
    }
  while (!at_end (parser));
  return true;
}

static bool
parse_host (Parser *parser, ParityStatement *statement)
{
  return take_host (parser, &statement->subject);
}

static bool
parse_wait (Parser *parser, ParityStatement *statement)
{
  return take_time (parser, &statement->times_us[0]);
}

/* --- What is done with sockets --- */

static bool
parse_listen (Parser *parser, ParityStatement *statement)
{
  parser->script->sockets[statement->subject].listens = true;
  statement->number = BACKLOG;
  return !take_this (parser, "backlog")
         || take_number (parser, "the backlog's length", 4096, &statement->number);
}

static bool
parse_connect (Parser *parser, ParityStatement *statement)
{
  if (!take_socket (parser, &statement->object))
    return false;
  parser->script->sockets[statement->object].is_dialed = true;
  return true;
}

static bool
parse_accept (Parser *parser, ParityStatement *statement)
{
  statement->news = PARITY_ACCEPTED;
  return take_socket (parser, &statement->object) && take_after (parser, statement);
}

static bool
parse_bytes (Parser *parser, ParityStatement *statement)
{
  return take_size (parser, &statement->number);
}

static bool
parse_keepalive (Parser *parser, ParityStatement *statement)
{
  return take_time (parser, &statement->times_us[0]) && take_time (parser, &statement->times_us[1])
         && take_number (parser, "a number of probes", 100, &statement->number);
}

static bool
parse_set (Parser *parser, ParityStatement *statement)
{
  if (take_this (parser, "nodelay"))
    {
      statement->option = PARITY_NODELAY;
      statement->number = 1;
      return true;
    }
  if (take_this (parser, "keepalive"))
    {
      statement->option = PARITY_KEEPALIVE;
      return parse_keepalive (parser, statement);
    }
  if (take_this (parser, "user-timeout"))
    {
      statement->option = PARITY_USER_TIMEOUT;
      return take_time (parser, &statement->times_us[0]);
    }
  if (take_this (parser, "send-buffer"))
    statement->option = PARITY_SEND_BUFFER;
  else if (take_this (parser, "receive-buffer"))
    statement->option = PARITY_RECEIVE_BUFFER;
  else
    return expected (parser,
                     "one of nodelay, keepalive, user-timeout, send-buffer, receive-buffer");
  return take_size (parser, &statement->number);
}

static bool
parse_nothing (Parser *parser, ParityStatement *statement)
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
parse_link (Parser *parser)
{
  ParityScript *script = parser->script;
  const ScenarioToken *token = peek (parser);
  unsigned client, server, door;

  if (!take_socket (parser, &client) || !take_socket (parser, &server))
    return false;
  if (script == parser->preamble)
    return wrong (parser, token, "only hosts, limit and delay may stand before a script");
  if (script->sockets_count == PARITY_SOCKETS_MAX)
    return wrong (parser, token, "too many sockets");
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
  bool (*parse) (Parser *parser, ParityStatement *statement);
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
find_statement (const Parser *parser, const Statement *statements, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    if (is_word (parser, statements[i].word))
      return &statements[i];
  return NULL;
}

static bool
parse_known (Parser *parser, const Statement *known, ParityStatement *statement)
{
  parser->position++;
  statement->verb = known->verb;
  if (!known->parse (parser, statement))
    return false;
  if (parser->script == parser->preamble && known->verb != PARITY_DELAY)
    return wrong (parser, peek (parser), "only hosts, limit and delay may stand before a script");
  g_array_append_val (parser->script->statements, *statement);
  return true;
}

static bool
parse_of_socket (Parser *parser, ParityStatement *statement)
{
  const Statement *known;

  if (!take_socket (parser, &statement->subject))
    return false;
  known = find_statement (parser, statements_of_sockets, G_N_ELEMENTS (statements_of_sockets));
  if (!known)
    return expected (parser, "what the socket does: listen, connect, accept, write, read, pause, "
                             "resume, end, close, abort, set");
  return parse_known (parser, known, statement);
}

static bool
parse_script (Parser *parser)
{
  const ScenarioToken *token = peek (parser);

  if (token->kind != SCENARIO_TOKEN_STRING)
    return expected (parser, "the script's name in quotes");
  parser->position++;
  parser->script = script_begin (parser, token->text, token->line);
  g_ptr_array_add (parser->scripts, parser->script);
  return true;
}

static bool
parse_hosts (Parser *parser)
{
  ParityScript *script = parser->script;
  unsigned known;

  while (!at_end (parser))
    {
      const char *name = peek (parser)->text;
      if (peek (parser)->kind != SCENARIO_TOKEN_WORD || strchr (name, '.'))
        return expected (parser, "a host's name");
      if (find_host (parser, name, strlen (name), &known))
        return wrong (parser, peek (parser), "this host is there already");
      if (script->hosts_count == PARITY_HOSTS_MAX)
        return wrong (parser, peek (parser), "too many hosts");
      script->hosts[script->hosts_count++] = g_strdup (name);
      parser->position++;
    }
  return true;
}

static bool
parse_limit (Parser *parser)
{
  for (unsigned i = 0; i < PARITY_LIMITS; i++)
    if (take_this (parser, parity_limit_kinds[i].name))
      {
        uint64_t number = 0;
        int64_t *value = &parser->script->limits[i];
        if (parity_limit_kinds[i].unit_us > 0)
          return take_time (parser, value);
        if (!take_number (parser, "a number", 255, &number))
          return false;
        *value = (int64_t)number;
        return true;
      }
  return expected (parser, "a limit like retries2");
}

static bool
parse_differs (Parser *parser)
{
  const ScenarioToken *token = peek (parser);

  if (token->kind != SCENARIO_TOKEN_STRING || parser->script == parser->preamble)
    return expected (parser, "in a script, and in quotes, why the simulated world differs");
  g_free (parser->script->differs);
  parser->script->differs = g_strdup (token->text);
  parser->position++;
  return true;
}

static bool
parse_sentence (Parser *parser)
{
  ParityStatement statement = { .line = peek (parser)->line };
  const Statement *known;

  if (take_this (parser, "script"))
    return parse_script (parser);
  if (take_this (parser, "hosts"))
    return parse_hosts (parser);
  if (take_this (parser, "limit"))
    return parse_limit (parser);
  if (take_this (parser, "differs"))
    return parse_differs (parser);
  if (take_this (parser, "link"))
    return parse_link (parser);
  known = find_statement (parser, statements_of_all, G_N_ELEMENTS (statements_of_all));
  if (known)
    return parse_known (parser, known, &statement);
  if (peek (parser)->kind != SCENARIO_TOKEN_WORD || !strchr (peek (parser)->text, '.'))
    return expected (
        parser,
        "a statement: script, differs, hosts, limit, link, a socket, cut, heal, delay, lose, "
        "kill, vanish, return, wait, expect");
  return parse_of_socket (parser, &statement);
}

static void
parse_all (Parser *parser)
{
  while (peek (parser)->kind != SCENARIO_TOKEN_END)
    {
      if (!at_end (parser) && parse_sentence (parser) && !at_end (parser))
        expected (parser, "the end of the line");
      while (!at_end (parser))
        parser->position++;
      if (peek (parser)->kind != SCENARIO_TOKEN_END)
        parser->position++;
    }
}

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
  Parser parser = { .tokens = tokens, .mistakes = mistakes, .group = group, .scripts = scripts };
  parser.preamble = script_new ("", group, 0);
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
