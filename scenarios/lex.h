/* scenarios/lex.h - the words of a scenario, with where they stand.
 *
 * The text is UTF-8; columns count code points, from 1.  Comments and blanks are gone. */
#pragma once

#include "mistakes.h"

typedef enum
{
  SCENARIO_TOKEN_WORD,   /* rain, 10ms..40ms, worker*.talk */
  SCENARIO_TOKEN_STRING, /* "…": without quotes and escapes */
  SCENARIO_TOKEN_OPEN,   /* { */
  SCENARIO_TOKEN_CLOSE,  /* } */
  SCENARIO_TOKEN_BAR,    /* | */
  SCENARIO_TOKEN_COMMA,  /* , */
  SCENARIO_TOKEN_EQUALS, /* = */
  SCENARIO_TOKEN_ARROW,  /* -> */
  SCENARIO_TOKEN_SEMICOLON,
  SCENARIO_TOKEN_LINE_END,
  SCENARIO_TOKEN_WRONG, /* the rest of the line is no text, which was told */
  SCENARIO_TOKEN_END, /* of the file; always the last one */
} ScenarioTokenKind;

typedef struct
{
  ScenarioTokenKind kind;
  const char *text; /* of words and strings; of all others as they are written */
  unsigned line;
  unsigned column;
  size_t begin; /* bytes of the source: from here … */
  size_t end;   /* … to before this */
} ScenarioToken;

typedef struct
{
  GArray *tokens; /* of ScenarioToken */
  GStringChunk *texts;
} ScenarioTokens;

/* Mistakes: a string without end, a control character. */
ScenarioTokens *scenario_lex (const char *text, ScenarioMistakes *mistakes);
void scenario_tokens_free (ScenarioTokens *tokens);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScenarioTokens, scenario_tokens_free)

/* For messages: a word in backquotes, cut when it is long; "the end of the line". */
char *scenario_token_describe (const ScenarioToken *token);
/* Any text in backquotes, cut when it is long. */
char *scenario_quote_for_people (const char *text);
/* Can `text` stand in the language as one word? */
bool scenario_is_plain_word (const char *text);
/* As a string of the language, with its quotes. */
void scenario_append_string (GString *out, const char *text);
