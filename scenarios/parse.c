/* scenarios/parse.c - from a file to a scenario: sentences, then names, then the rest. */
#include "parse.h"

#include "engine/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- Tokens --- */

static const ScenarioToken *
token_at (const ScenarioParser *parser, unsigned position)
{
  const GArray *tokens = parser->tokens->tokens;
  return &g_array_index (tokens, ScenarioToken, MIN (position, tokens->len - 1));
}

const ScenarioToken *
scenario_peek (const ScenarioParser *parser)
{
  return token_at (parser, parser->position);
}

const ScenarioToken *
scenario_peek_next (const ScenarioParser *parser)
{
  return token_at (parser, parser->position + 1);
}

void
scenario_skip (ScenarioParser *parser)
{
  parser->position++;
}

bool
scenario_is (const ScenarioParser *parser, ScenarioTokenKind kind)
{
  return scenario_peek (parser)->kind == kind;
}

bool
scenario_is_word (const ScenarioParser *parser, const char *word)
{
  const ScenarioToken *token = scenario_peek (parser);
  return token->kind == SCENARIO_TOKEN_WORD && strcmp (token->text, word) == 0;
}

static bool
ends_sentence (const ScenarioToken *token)
{
  return token->kind == SCENARIO_TOKEN_SEMICOLON || token->kind == SCENARIO_TOKEN_LINE_END
         || token->kind == SCENARIO_TOKEN_END;
}

bool
scenario_at_end (const ScenarioParser *parser)
{
  return ends_sentence (scenario_peek (parser));
}

bool
scenario_take (ScenarioParser *parser, ScenarioTokenKind kind)
{
  bool is_it = scenario_is (parser, kind);
  if (is_it)
    scenario_skip (parser);
  return is_it;
}

bool
scenario_take_word (ScenarioParser *parser, const char *word)
{
  bool is_it = scenario_is_word (parser, word);
  if (is_it)
    scenario_skip (parser);
  return is_it;
}

const char *
scenario_take_any_word (ScenarioParser *parser)
{
  if (!scenario_is (parser, SCENARIO_TOKEN_WORD))
    return NULL;
  const char *text = scenario_peek (parser)->text;
  scenario_skip (parser);
  return text;
}

const char *
scenario_take_text (ScenarioParser *parser)
{
  if (!scenario_is (parser, SCENARIO_TOKEN_STRING))
    return scenario_take_any_word (parser);
  const char *text = scenario_peek (parser)->text;
  scenario_skip (parser);
  return text;
}

char *
scenario_sentence_text (const ScenarioParser *parser)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (unsigned i = parser->sentence->begin; !ends_sentence (token_at (parser, i)); i++)
    {
      const ScenarioToken *token = token_at (parser, i);
      if (text->len > 0 && token->begin > token_at (parser, i - 1)->end)
        g_string_append_c (text, ' ');
      g_string_append_len (text, parser->scenario->source + token->begin,
                           (gssize)(token->end - token->begin));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- Errors --- */

static bool
fail (ScenarioParser *parser, const ScenarioToken *token, int code, const char *what)
{
  parser->told++;
  scenario_mistakes_add (parser->mistakes, code, token->line, token->column, what);
  return false;
}

bool
scenario_expected (ScenarioParser *parser, const char *what)
{
  g_autofree char *found = scenario_token_describe (scenario_peek (parser));
  return scenario_wrong (parser, scenario_peek (parser), "expected %s, found %s", what, found);
}

bool
scenario_wrong (ScenarioParser *parser, const ScenarioToken *token, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return fail (parser, token, SCENARIO_ERROR_SYNTAX, what);
}

bool
scenario_missing (ScenarioParser *parser, const ScenarioToken *token, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return !parser->names_missing && fail (parser, token, SCENARIO_ERROR_SYNTAX, what);
}

bool
scenario_too_much (ScenarioParser *parser, const ScenarioToken *token, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (!parser->too_much)
    fail (parser, token, SCENARIO_ERROR_SYNTAX, what);
  parser->too_much = true;
  return false;
}

bool
scenario_not_yet (ScenarioParser *parser, const ScenarioToken *token, const char *what)
{
  g_autofree char *text
      = g_strdup_printf ("`%s` is part of the language, but this build cannot play it yet", what);
  return fail (parser, token, SCENARIO_ERROR_NOT_YET, text);
}

bool
scenario_wrong_value (ScenarioParser *parser, const ScenarioToken *token, GError *error)
{
  fail (parser, token, SCENARIO_ERROR_SYNTAX, error->message);
  g_error_free (error);
  return false;
}

/* --- Sentences --- */

static const char *
statement_name_at (const void *names, unsigned index)
{
  const ScenarioStatement *const *statements = names;
  return statements[index] ? statements[index]->statement : NULL;
}

static const ScenarioStatement *
find_statement (const char *name)
{
  for (unsigned i = 0; scenario_statements[i]; i++)
    if (strcmp (scenario_statements[i]->statement, name) == 0)
      return scenario_statements[i];
  return NULL;
}

/* The name of a statement is known, and this build can play it. */
static bool
read_statement_name (ScenarioParser *parser, ScenarioSentence *sentence)
{
  const ScenarioToken *token = scenario_peek (parser);
  sentence->begin = parser->position;
  sentence->statement = token->kind == SCENARIO_TOKEN_WORD ? find_statement (token->text) : NULL;
  if (!sentence->statement)
    {
      parser->names_missing = true; /* who knows what it was meant to be */
      g_autofree char *found = scenario_token_describe (token);
      g_autofree char *near
          = scenario_suggest (token->text, statement_name_at, scenario_statements);
      return scenario_wrong (parser, token, "expected a statement, found %s%s", found, near);
    }
  if (sentence->statement->not_yet)
    return scenario_not_yet (parser, token, sentence->statement->statement);
  return true;
}

/* `at TIME` in front of another statement. */
static bool
read_at (ScenarioParser *parser, ScenarioSentence *sentence)
{
  scenario_skip (parser);
  if (!scenario_statement_at.parse (parser))
    return false;
  sentence->has_time = true;
  sentence->at_us = parser->now_us;
  if (scenario_is_word (parser, "at"))
    return scenario_expected (parser, "one `at` only");
  return true;
}

static bool
read_sentence (ScenarioParser *parser)
{
  ScenarioSentence sentence = { 0 };
  if (parser->sentences->len == SCENARIO_STATEMENTS_MAX)
    {
      parser->names_missing = true;
      return scenario_too_much (parser, scenario_peek (parser), "expected at most %d statements",
                                SCENARIO_STATEMENTS_MAX);
    }
  if (scenario_is_word (parser, "at") && !read_at (parser, &sentence))
    return false;
  const ScenarioToken *token = scenario_peek (parser);
  if (!read_statement_name (parser, &sentence))
    return false;
  if (sentence.has_time && !sentence.statement->takes_at)
    return scenario_wrong (parser, token, "expected a statement that happens at a time, found `%s`",
                           sentence.statement->statement);
  g_array_append_val (parser->sentences, sentence);
  return true;
}

/* Nobody reads more than some of them; what was not looked at may have made names, too. */
static bool
is_told_enough (ScenarioParser *parser)
{
  if (parser->told < SCENARIO_MISTAKES_MAX)
    return false;
  parser->names_missing = true;
  parser->mistakes->more = true;
  return true;
}

/* Is there something in this sentence that is no text?  That was told. */
static bool
is_no_text (ScenarioParser *parser)
{
  for (unsigned i = parser->position; !ends_sentence (token_at (parser, i)); i++)
    if (token_at (parser, i)->kind == SCENARIO_TOKEN_WRONG)
      return true;
  return false;
}

static void
skip_sentence (ScenarioParser *parser)
{
  while (!scenario_at_end (parser))
    scenario_skip (parser);
}

static void
read_sentences (ScenarioParser *parser)
{
  parser->told = 0;
  while (!scenario_is (parser, SCENARIO_TOKEN_END) && !is_told_enough (parser))
    {
      if (scenario_take (parser, SCENARIO_TOKEN_LINE_END))
        continue;
      if (is_no_text (parser))
        parser->names_missing = true;
      else
        read_sentence (parser);
      skip_sentence (parser);
      if (!scenario_take (parser, SCENARIO_TOKEN_SEMICOLON) || !scenario_at_end (parser))
        continue;
      scenario_expected (parser, "a statement behind the `;`");
      while (scenario_take (parser, SCENARIO_TOKEN_SEMICOLON))
        ;
    }
}

/* --- Passes --- */

/* Actors are on nodes, and everything else may be about actors. */
typedef enum
{
  ACTORS,
  ALL_OTHERS,
} Which;

static bool
is_one_of (const ScenarioSentence *sentence, Which which)
{
  return (sentence->statement == &scenario_statement_actor) == (which == ACTORS);
}

/* Goes through the sentences of which nothing wrong is known, until enough is told: those behind
 * stay unread, also by the passes that follow, for which they would lack their names. */
static void
pass (ScenarioParser *parser, Which which, bool (*read) (ScenarioParser *parser))
{
  parser->told = 0;
  parser->now_us = 0;
  for (unsigned i = 0; i < parser->sentences->len; i++)
    {
      ScenarioSentence *sentence = &g_array_index (parser->sentences, ScenarioSentence, i);
      if (sentence->is_wrong || !is_one_of (sentence, which))
        continue;
      parser->sentence = sentence;
      parser->position = sentence->begin + 1;
      sentence->is_wrong = is_told_enough (parser) || !read (parser);
    }
}

static bool
declare_names (ScenarioParser *parser)
{
  const ScenarioStatement *statement = parser->sentence->statement;
  if (!statement->declare || statement->declare (parser))
    return true;
  parser->names_missing = true;
  return false;
}

static bool
parse_sentence (ScenarioParser *parser)
{
  if (parser->sentence->has_time)
    parser->now_us = parser->sentence->at_us;
  const ScenarioStatement *statement = parser->sentence->statement;
  if (statement->parse (parser)
      && (scenario_at_end (parser) || scenario_expected (parser, "the end of the statement")))
    return true;
  parser->times_missing |= statement == &scenario_statement_storm; /* they take a while */
  return false;
}

static int
compare_actions (const void *one, const void *other)
{
  int64_t one_us = (*(ScenarioAction *const *)one)->at_us;
  int64_t other_us = (*(ScenarioAction *const *)other)->at_us;
  return (one_us > other_us) - (one_us < other_us);
}

/* A calm network stays calm: what is judged from then on needs that. */
static void
check_calm (ScenarioParser *parser)
{
  const GPtrArray *actions = parser->scenario->actions;
  const ScenarioAction *calm = NULL;
  for (unsigned i = 0; i < actions->len; i++)
    {
      const ScenarioAction *action = actions->pdata[i];
      if (action->kind == SCENARIO_CALM)
        calm = calm ? calm : action;
      else if (calm && action->kind != SCENARIO_HEAL && action->kind != SCENARIO_RESTART)
        {
          const ScenarioToken place = { .line = action->line, .column = action->column };
          scenario_wrong (parser, &place,
                          "expected no more faults after the `calm` of line %u, found `%s`",
                          calm->line, action->text);
        }
    }
}

static void
parse_tokens (ScenarioParser *parser)
{
  Scenario *scenario = parser->scenario;
  read_sentences (parser);
  parser->times_missing = scenario_mistakes_any (parser->mistakes);
  pass (parser, ALL_OTHERS, declare_names);
  pass (parser, ACTORS, declare_names);
  pass (parser, ACTORS, parse_sentence);
  pass (parser, ALL_OTHERS, parse_sentence);
  g_ptr_array_sort (scenario->actions, compare_actions); /* keeps the order of equal times */
  if (!parser->times_missing)
    check_calm (parser);
  if (scenario->nodes->len == 0 && !scenario_mistakes_any (parser->mistakes))
    scenario_wrong (parser, token_at (parser, parser->tokens->tokens->len - 1),
                    "expected at least one `node` in the file");
}

static bool
parse_text (Scenario *scenario, const ScenarioActorKind *kinds, GError **error)
{
  static const ScenarioActorKind no_kinds[] = { { NULL, NULL, NULL, NULL } };
  g_autoptr (ScenarioMistakes) mistakes = scenario_mistakes_new ();
  g_autoptr (ScenarioTokens) tokens = scenario_lex (scenario->source, mistakes);
  ScenarioParser parser = {
    .scenario = scenario,
    .kinds = kinds ? kinds : no_kinds,
    .tokens = tokens,
    .sentences = g_array_new (FALSE, FALSE, sizeof (ScenarioSentence)),
    .nodes = g_hash_table_new (g_str_hash, g_str_equal),
    .actors = g_hash_table_new (g_str_hash, g_str_equal),
    .links = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL),
    .mistakes = mistakes,
  };
  parse_tokens (&parser);
  g_hash_table_unref (parser.links);
  g_hash_table_unref (parser.actors);
  g_hash_table_unref (parser.nodes);
  g_array_unref (parser.sentences);
  if (!scenario_mistakes_any (mistakes))
    return scenario_settle (scenario, error);
  scenario_mistakes_tell (mistakes, scenario->file, error);
  return false;
}

/* --- Files --- */

/* Line and column of a place in the text, whatever is behind it. */
static void
find_place (const char *text, const char *place, unsigned *line, unsigned *column)
{
  *line = 1;
  *column = 1;
  for (const char *at = text; at < place; at = g_utf8_next_char (at))
    {
      (*column)++;
      if (*at == '\n')
        {
          (*line)++;
          *column = 1;
        }
    }
}

static bool
check_bytes (const char *text, size_t length, const char *file, GError **error)
{
  const char *end;
  unsigned line, column;
  if (length > SCENARIO_FILE_MAX_BYTES)
    {
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_FILE,
                   "%s:1:1: expected a file of at most %d bytes", file, SCENARIO_FILE_MAX_BYTES);
      return false;
    }
  if (g_utf8_validate_len (text, length, &end)) /* refuses a zero byte, too */
    return true;
  find_place (text, end, &line, &column);
  g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_FILE,
               "%s:%u:%u: expected UTF-8, found the byte 0x%02x", file, line, column,
               (unsigned)(unsigned char)*end);
  return false;
}

Scenario *
scenario_parse (const char *text, const char *file, const ScenarioActorKind *kinds, GError **error)
{
  if (!check_bytes (text, strlen (text), file, error))
    return NULL;
  g_autoptr (Scenario) scenario = scenario_new (file, text);
  if (!parse_text (scenario, kinds, error))
    return NULL;
  return g_steal_pointer (&scenario);
}

/* No more than the limit and one byte: there are files without end. */
static GString *
read_file (const char *file, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char part[16 * 1024];
  size_t count;
  FILE *stream = fopen (file, "rb");

  while (stream && text->len <= SCENARIO_FILE_MAX_BYTES
         && (count = fread (part, 1, sizeof part, stream)) > 0)
    g_string_append_len (text, part, (gssize)count);
  if (!stream || ferror (stream))
    {
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_FILE, "%s: expected a readable file: %s",
                   file, aemp_errno_text (errno));
      g_string_free (g_steal_pointer (&text), TRUE);
    }
  if (stream)
    fclose (stream);
  return g_steal_pointer (&text);
}

Scenario *
scenario_load (const char *file, const ScenarioActorKind *kinds, GError **error)
{
  g_autoptr (GString) text = read_file (file, error);
  if (!text || !check_bytes (text->str, text->len, file, error))
    return NULL;
  return scenario_parse (text->str, file, kinds, error);
}
