/* scenarios/lex.c - from bytes to words. */
#include "lex.h"

#include <string.h>

#define SHOWN_CHARACTERS_MAX 40 /* of a word in a message */

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

typedef struct
{
  const char *text;
  const char *at;
  unsigned line;
  unsigned column;
  ScenarioTokens *tokens;
  ScenarioMistakes *mistakes;
} Lexer;

void
scenario_tokens_free (ScenarioTokens *tokens)
{
  g_array_unref (tokens->tokens);
  g_string_chunk_free (tokens->texts);
  g_free (tokens);
}

static bool
fail (const Lexer *lexer, const char *what)
{
  scenario_mistakes_add (lexer->mistakes, SCENARIO_ERROR_SYNTAX, lexer->line, lexer->column, what);
  return false;
}

/* One character further; the text is known to be UTF-8. */
static void
step (Lexer *lexer)
{
  lexer->at = g_utf8_next_char (lexer->at);
  lexer->column++;
}

static ScenarioToken
begin_token (const Lexer *lexer, ScenarioTokenKind kind)
{
  return (ScenarioToken){
    .kind = kind,
    .line = lexer->line,
    .column = lexer->column,
    .begin = (size_t)(lexer->at - lexer->text),
  };
}

static void
end_token (Lexer *lexer, ScenarioToken *token, const char *text, size_t length)
{
  token->end = (size_t)(lexer->at - lexer->text);
  token->text = g_string_chunk_insert_len (lexer->tokens->texts, text, (gssize)length);
  g_array_append_val (lexer->tokens->tokens, *token);
}

static bool
is_control (const char *at)
{
  gunichar character = g_utf8_get_char (at);
  return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

static bool
ends_word (const char *at)
{
  return strchr (" {}|,=;\"#", *at) != NULL /* also at the zero */
         || is_control (at) || (at[0] == '-' && at[1] == '>');
}

static void
read_word (Lexer *lexer)
{
  ScenarioToken token = begin_token (lexer, SCENARIO_TOKEN_WORD);
  const char *begin = lexer->at;
  while (!ends_word (lexer->at))
    step (lexer);
  end_token (lexer, &token, begin, (size_t)(lexer->at - begin));
}

static bool
read_escape (Lexer *lexer, GString *text)
{
  static const char escapes[] = "\"\\nt", meanings[] = "\"\\\n\t";
  const char *found = lexer->at[1] ? strchr (escapes, lexer->at[1]) : NULL;
  if (!found)
    return fail (lexer, "expected one of \\\" \\\\ \\n \\t behind the backslash");
  g_string_append_c (text, meanings[found - escapes]);
  step (lexer);
  step (lexer);
  return true;
}

static bool
read_string (Lexer *lexer)
{
  ScenarioToken token = begin_token (lexer, SCENARIO_TOKEN_STRING);
  g_autoptr (GString) text = g_string_new (NULL);
  Lexer quote = *lexer; /* where to point when it has no end */

  step (lexer);
  while (*lexer->at != '"')
    {
      if (*lexer->at == '\0' || *lexer->at == '\n' || *lexer->at == '\r')
        return fail (&quote, "expected a closing quote before the end of the line");
      if (*lexer->at == '\\')
        {
          if (!read_escape (lexer, text))
            return false;
          continue;
        }
      if (is_control (lexer->at) && *lexer->at != '\t')
        return fail (lexer, "expected no control character in a string");
      g_string_append_unichar (text, g_utf8_get_char (lexer->at));
      step (lexer);
    }
  step (lexer);
  end_token (lexer, &token, text->str, text->len);
  return true;
}

static void
read_mark (Lexer *lexer, ScenarioTokenKind kind, unsigned length)
{
  ScenarioToken token = begin_token (lexer, kind);
  const char *begin = lexer->at;
  for (unsigned i = 0; i < length; i++)
    step (lexer);
  end_token (lexer, &token, begin, length);
}

static void
read_line_end (Lexer *lexer)
{
  read_mark (lexer, SCENARIO_TOKEN_LINE_END, *lexer->at == '\r' ? 2 : 1);
  lexer->line++;
  lexer->column = 1;
}

static bool
read_control (Lexer *lexer)
{
  if (*lexer->at == '\t')
    {
      step (lexer);
      return true;
    }
  if (*lexer->at == '\n' || (lexer->at[0] == '\r' && lexer->at[1] == '\n'))
    {
      read_line_end (lexer);
      return true;
    }
  g_autofree char *what = g_strdup_printf ("expected text, found the control character U+%04X",
                                           (unsigned)g_utf8_get_char (lexer->at));
  return fail (lexer, what);
}

static void
skip_line (Lexer *lexer)
{
  while (*lexer->at && *lexer->at != '\n' && !(lexer->at[0] == '\r' && lexer->at[1] == '\n'))
    step (lexer);
}

static bool
read_token (Lexer *lexer)
{
  static const char marks[] = "{}|,=;";
  static const ScenarioTokenKind kinds[] = {
    SCENARIO_TOKEN_OPEN,  SCENARIO_TOKEN_CLOSE,  SCENARIO_TOKEN_BAR,
    SCENARIO_TOKEN_COMMA, SCENARIO_TOKEN_EQUALS, SCENARIO_TOKEN_SEMICOLON,
  };
  const char *mark = strchr (marks, *lexer->at);

  if (*lexer->at == ' ')
    step (lexer);
  else if (*lexer->at == '#')
    skip_line (lexer);
  else if (*lexer->at == '"')
    return read_string (lexer);
  else if (mark)
    read_mark (lexer, kinds[mark - marks], 1);
  else if (lexer->at[0] == '-' && lexer->at[1] == '>')
    read_mark (lexer, SCENARIO_TOKEN_ARROW, 2);
  else if (is_control (lexer->at))
    return read_control (lexer);
  else
    read_word (lexer);
  return true;
}

ScenarioTokens *
scenario_lex (const char *text, ScenarioMistakes *mistakes)
{
  g_autoptr (ScenarioTokens) tokens = g_new (ScenarioTokens, 1);
  tokens->tokens = g_array_new (FALSE, FALSE, sizeof (ScenarioToken));
  tokens->texts = g_string_chunk_new (4096);
  Lexer lexer = { .text = text, .at = text, .line = 1, .column = 1 };
  lexer.tokens = tokens;
  lexer.mistakes = mistakes;

  if (g_str_has_prefix (text, BYTE_ORDER_MARK))
    lexer.at += strlen (BYTE_ORDER_MARK);
  while (*lexer.at)
    if (!read_token (&lexer))
      {
        read_mark (&lexer, SCENARIO_TOKEN_WRONG, 0);
        skip_line (&lexer);
      }
  read_mark (&lexer, SCENARIO_TOKEN_END, 0);
  return g_steal_pointer (&tokens);
}

char *
scenario_quote_for_people (const char *text)
{
  if (g_utf8_strlen (text, -1) <= SHOWN_CHARACTERS_MAX)
    return g_strdup_printf ("`%s`", text);
  g_autofree char *cut = g_utf8_substring (text, 0, SHOWN_CHARACTERS_MAX);
  return g_strdup_printf ("`%s…`", cut);
}

char *
scenario_token_describe (const ScenarioToken *token)
{
  g_autoptr (GString) string = NULL;

  switch (token->kind)
    {
    case SCENARIO_TOKEN_END:
      return g_strdup ("the end of the file");
    case SCENARIO_TOKEN_LINE_END:
      return g_strdup ("the end of the line");
    case SCENARIO_TOKEN_STRING:
      string = g_string_new (NULL);
      scenario_append_string (string, token->text);
      return scenario_quote_for_people (string->str);
    case SCENARIO_TOKEN_WRONG:
    case SCENARIO_TOKEN_WORD:
    case SCENARIO_TOKEN_OPEN:
    case SCENARIO_TOKEN_CLOSE:
    case SCENARIO_TOKEN_BAR:
    case SCENARIO_TOKEN_COMMA:
    case SCENARIO_TOKEN_EQUALS:
    case SCENARIO_TOKEN_ARROW:
    case SCENARIO_TOKEN_SEMICOLON:
      break;
    }
  return scenario_quote_for_people (token->text);
}

bool
scenario_is_plain_word (const char *text)
{
  for (const char *at = text; *at; at++)
    if (!g_ascii_isalnum (*at) && !strchr ("_-.:/%", *at))
      return false;
  return *text != '\0';
}

void
scenario_append_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *at = text; *at; at++)
    {
      if (*at == '"' || *at == '\\')
        g_string_append_c (out, '\\');
      if (*at == '\n')
        g_string_append (out, "\\n");
      else if (*at == '\t')
        g_string_append (out, "\\t");
      else
        g_string_append_c (out, *at);
    }
  g_string_append_c (out, '"');
}
