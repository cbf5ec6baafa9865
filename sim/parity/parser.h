/* sim/parity/parser.h - what the parts of the parser share: a line of words that is taken one
 * after the other.
 *
 * What takes a word says false when it is none of those, and has told of the mistake. */
#pragma once

#include "scenarios/lex.h"
#include "sim/parity/script.h"

typedef struct
{
  ScenarioTokens *tokens;
  ScenarioMistakes *mistakes;
  unsigned position;
  const char *group;
  ParityScript *preamble; /* what holds for all scripts of the file */
  ParityScript *script;   /* that is read; the preamble at first */
  GPtrArray *scripts;
} ParityParser;

ParityScript *parity_script_new (const char *name, const char *group, unsigned line);

/* --- Words (words.c) --- */

const ScenarioToken *parity_peek (const ParityParser *parser);
/* Tells of a mistake at a token, or that something else should be the next one; false. */
bool parity_wrong (ParityParser *parser, const ScenarioToken *token, const char *what);
bool parity_expected (ParityParser *parser, const char *what);
/* Is the statement over? */
bool parity_at_end (const ParityParser *parser);
bool parity_is_word (const ParityParser *parser, const char *word);
/* Takes it if it comes next; it is no mistake if it does not. */
bool parity_take_this (ParityParser *parser, const char *word);

/* `what` should be there, as the user is told; `most` at most. */
bool parity_take_number (ParityParser *parser, const char *what, uint64_t most, uint64_t *number);
bool parity_take_size (ParityParser *parser, uint64_t *bytes);
bool parity_take_time (ParityParser *parser, int64_t *us);
bool parity_find_host (const ParityParser *parser, const char *name, size_t length,
                       unsigned *host);
bool parity_take_host (ParityParser *parser, unsigned *host);
/* The first word with its name makes it. */
bool parity_take_socket (ParityParser *parser, unsigned *socket);
/* "ann -> bob", "ann bob": subject and object. */
bool parity_take_way (ParityParser *parser, ParityStatement *statement);

/* --- Statements (statements.c) --- */

/* Takes a whole one, and appends it to the script. */
bool parity_parse_statement (ParityParser *parser);
