/* scenarios/parse.h - what the parse functions of the statements share.
 *
 * Every function that returns false has told a mistake, unless that may come of one that
 * was told; the sentence is not read any further then, and the next one is. */
#pragma once

#include "lex.h"
#include "mistakes.h"

typedef struct
{
  const ScenarioStatement *statement;
  bool is_wrong;  /* was told: it is not looked at any more */
  bool has_time;  /* `at TIME` stands in front: */
  int64_t at_us;  /* … that time */
  unsigned begin; /* the token of the statement's name */
} ScenarioSentence;

struct ScenarioParser
{
  Scenario *scenario;
  const ScenarioActorKind *kinds;
  ScenarioTokens *tokens;
  GArray *sentences;         /* of ScenarioSentence */
  unsigned position;         /* the token that is looked at */
  const ScenarioSentence *sentence; /* the one that is parsed */
  GHashTable *nodes;         /* name to index + 1; never walked */
  GHashTable *actors;        /* full name to index + 1; never walked */
  GHashTable *links;         /* index of one << 32 | of the other, to index + 1; never walked */
  bool titled;
  int64_t now_us;            /* where the story has come to */
  uint64_t spread;           /* names that sets stood for so far */
  uint64_t looked;           /* names that patterns were held against so far */
  ScenarioMistakes *mistakes;
  bool times_missing;        /* of statements that cannot be read: others may come too early */
  unsigned told;             /* mistakes in this pass */
  bool too_much;             /* a limit was reached, and told */
  bool names_missing;        /* a statement that cannot be read may have made some */
};

/* --- Making one (scenario.c) --- */

Scenario *scenario_new (const char *file, const char *source);
ScenarioNode *scenario_add_node (Scenario *scenario, const char *name, unsigned line);
ScenarioActor *scenario_add_actor (Scenario *scenario, unsigned node, const char *name,
                                   unsigned line);
ScenarioAction *scenario_add_action (Scenario *scenario, ScenarioActionKind kind, int64_t at_us,
                                     unsigned line);
ScenarioFault *scenario_add_fault (ScenarioAction *storm, ScenarioActionKind kind);
ScenarioExpect *scenario_add_expect (Scenario *scenario, ScenarioExpectKind kind,
                                     int64_t from_us, unsigned line);
void scenario_add_decision (Scenario *scenario, const char *label, uint64_t identity, int64_t value);
/* `mark` or, when that is -1, `event`; `peer` may be NULL. */
void scenario_add_reach (Scenario *scenario, int mark, int event, const char *node,
                         const char *peer, unsigned line);
bool scenario_paths_equal (const ScenarioPath *one, const ScenarioPath *other);
/* The deadlines of every `within bound` (bound.c). */
void scenario_compute_bounds (Scenario *scenario);
/* The conditions of `within`, as written, in the order of their bits; NULL ends them. */
extern const char *const scenario_conditions[];

/* --- Tokens --- */

const ScenarioToken *scenario_peek (const ScenarioParser *parser);
const ScenarioToken *scenario_peek_next (const ScenarioParser *parser); /* the one behind */
void scenario_skip (ScenarioParser *parser);
bool scenario_is (const ScenarioParser *parser, ScenarioTokenKind kind);
bool scenario_is_word (const ScenarioParser *parser, const char *word);
bool scenario_at_end (const ScenarioParser *parser); /* of the statement */
/* Takes the token if it is that one. */
bool scenario_take (ScenarioParser *parser, ScenarioTokenKind kind);
bool scenario_take_word (ScenarioParser *parser, const char *word);
/* Takes a word, or a string too; NULL: it is something else, nothing is taken. */
const char *scenario_take_any_word (ScenarioParser *parser);
const char *scenario_take_text (ScenarioParser *parser);

/* --- Errors; all return false --- */

/* "expected WHAT, found …" at the current token. */
bool scenario_expected (ScenarioParser *parser, const char *what);
bool scenario_wrong (ScenarioParser *parser, const ScenarioToken *token, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* … a name or nodes that are not there; not told if that may come of another mistake. */
bool scenario_missing (ScenarioParser *parser, const ScenarioToken *token, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* … more than there may be: told once. */
bool scenario_too_much (ScenarioParser *parser, const ScenarioToken *token, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* "`what` is part of the language, but this build cannot play it yet". */
bool scenario_not_yet (ScenarioParser *parser, const ScenarioToken *token, const char *what);
/* … what `error` (which is taken) says. */
bool scenario_wrong_value (ScenarioParser *parser, const ScenarioToken *token, GError *error);

/* The name nearest to `word`: " (did you mean `rain`?)", or "". */
typedef const char *(*ScenarioNameAt) (const void *names, unsigned index); /* NULL: no more */
char *scenario_suggest (const char *word, ScenarioNameAt name_at, const void *names);

/* --- Values --- */

bool scenario_read_duration (ScenarioParser *parser, int64_t *us);
/* "10s" or "10s..20s", of at least `least_us`. */
bool scenario_read_durations (ScenarioParser *parser, int64_t least_us, int64_t *min_us,
                              int64_t *max_us);
/* With a sign or without; at most `most_us`, either way. */
bool scenario_read_signed_duration (ScenarioParser *parser, int64_t most_us, int64_t *us);
bool scenario_read_drift (ScenarioParser *parser, int64_t *ppm);
bool scenario_read_number (ScenarioParser *parser, int64_t least, int64_t most, int64_t *number);
bool scenario_read_size (ScenarioParser *parser, uint64_t *bytes);
/* `text` is two numbers with `..` between: false, without an error, when not. */
bool scenario_split_range (const char *text, int64_t *from, int64_t *to);
#define SCENARIO_DELAY_MAX_US (INT64_C (3600) * 1000 * 1000)
#define SCENARIO_PATH_PARTS 8
extern const char *const scenario_path_parts[SCENARIO_PATH_PARTS];
bool scenario_parse_time (const char *text, int64_t most_us, int64_t *us, GError **error);
/* The value of one part of a path, as text: also for `--set`. */
/* How many more words belong to a value that begins with this one, if the next is that one (or NULL). */
unsigned scenario_path_more_words (const char *part, const char *value, const char *next);
/* Puts what was said over a path. */
void scenario_path_overlay (ScenarioPath *path, const ScenarioPath *said, unsigned parts);
bool scenario_path_set (ScenarioPath *path, const char *part, const char *value, GError **error);
/* The value of a part, whose name was read; several words, if it is such a value. */
bool scenario_read_path_part (ScenarioParser *parser, const char *part, ScenarioPath *path);
/* Which part is called so?  0: none. */
unsigned scenario_path_part (const char *name);
/* The value behind `key =`: a string, or words with commas between.  g_free() it. */
char *scenario_read_value (ScenarioParser *parser);
/* Notes a setting, instead of an earlier one of that key. */
void scenario_settings_put (GPtrArray *settings, const char *key, const char *value);
/* Does the key exist, is the value possible? */
bool scenario_node_setting_check (const char *key, const char *value, GError **error);
/* For `--set`, where a key may be of either: is it one of a node?  Says that it is none at all. */
bool scenario_is_node_key (const char *key);
bool scenario_unknown_key (const char *key, GError **error);
/* NULL: none is called that. */
const ScenarioCertificate *scenario_certificate_need (const char *name, GError **error);
/* Nodes have it, but in the language it is not said as KEY=VALUE: how then?  NULL: it is. */
const char *scenario_has_own_place (const char *key);
bool scenario_network_setting_check (const char *key, const char *value, GError **error);

/* --- Nodes and actors --- */

bool scenario_name_check (ScenarioParser *parser, const ScenarioToken *token, const char *name);
/* The indices of the nodes a word stands for: a name, a pattern, a range. */
bool scenario_find_nodes (ScenarioParser *parser, const ScenarioToken *token, const char *word,
                          GArray *found);
/* SET: an item, some with commas between, or any number in braces. */
bool scenario_read_set (ScenarioParser *parser, GArray *set);
/* One or more SETs, up to something else or the word `stop` (may be NULL). */
bool scenario_read_sets (ScenarioParser *parser, GArray *set, const char *stop);
/* SET SET, without a common node. */
bool scenario_read_pair (ScenarioParser *parser, GArray *a, GArray *b);
/* SETs | SETs without a common node.  `arrow` may be `->` instead of the `|`, and tells
 * whether it was; without `arrow`, SET SET will do, too. */
bool scenario_read_sides (ScenarioParser *parser, GArray *a, GArray *b, bool *arrow,
                          const char *stop);
/* SET | SET or SET -> SET, which `one_way` tells, without a common node. */
bool scenario_read_ends (ScenarioParser *parser, GArray *a, GArray *b, bool *one_way);
/* Is there a `|` or `->` before the end of the statement? */
bool scenario_has_divider (const ScenarioParser *parser);
/* Sorts and removes doubles. */
void scenario_set_tidy (GArray *set);
/* `worker*.talk`, `{rain worker1..4}.talk`: the indices of its nodes, and "talk". */
bool scenario_read_actor (ScenarioParser *parser, GArray *nodes, const char **name);
/* The same: the indices of the actors of that name which these nodes have. */
bool scenario_read_actors (ScenarioParser *parser, GArray *found);
/* The actor's kind and what stands behind it, into `actor`. */
bool scenario_read_kind (ScenarioParser *parser, ScenarioActor *actor);
/* Does an actor whose kind is read make this remark? */
bool scenario_remark_check (ScenarioParser *parser, const ScenarioToken *token,
                            const ScenarioActor *actor, const char *what);
/* The same for another one. */
void scenario_copy_kind (const ScenarioActor *from, ScenarioActor *to);
bool scenario_count_spread (ScenarioParser *parser, const ScenarioToken *token, uint64_t more);
/* What the sentence says is kept that many times: long texts count more. */
bool scenario_count_copies (ScenarioParser *parser, const ScenarioToken *token, uint64_t copies);

/* The groups of promises that `check` knows; ends with a NULL name. */
typedef struct
{
  const char *name;
  unsigned promises[6]; /* end with 0 */
} ScenarioGroup;
extern const ScenarioGroup scenario_groups[];

/* --- Writing (print.c) --- */

/* "rain, worker1..4": names in order, numbered ones in a row made one range. */
void scenario_append_names (GString *out, const char *const *names, unsigned count,
                            const char *between);
/* … of the nodes of a set of indices. */
void scenario_append_set (GString *out, const Scenario *scenario, const GArray *set,
                          const char *between);
/* … that stands in a sentence: with braces if it is more than one. */
void scenario_append_braces (GString *out, const Scenario *scenario, const GArray *set);
/* "10s..20s" */
void scenario_append_durations (GString *out, int64_t min_us, int64_t max_us);
/* "1ms..10ms" */
void scenario_append_delay (GString *out, const ScenarioPath *path);
void scenario_append_loss (GString *out, const ScenarioPath *path);
void scenario_append_rate (GString *out, const ScenarioPath *path);
void scenario_append_buffer (GString *out, const ScenarioPath *path);
void scenario_append_duration (GString *out, int64_t us);
/* " drift -200ppm" */
void scenario_append_clock (GString *out, const ScenarioAction *action);
/* " takes 1s..2s": of an action what stands between its nodes and the `for`. */
void scenario_append_how (GString *out, const ScenarioAction *action);

/* --- Statements (statements.c, statements-*.c) --- */

extern const ScenarioStatement scenario_statement_scenario, scenario_statement_node,
    scenario_statement_nodes, scenario_statement_network, scenario_statement_link,
    scenario_statement_actor, scenario_statement_at, scenario_statement_cut,
    scenario_statement_heal, scenario_statement_kill, scenario_statement_vanish,
    scenario_statement_restart, scenario_statement_reset, scenario_statement_storm,
    scenario_statement_pause, scenario_statement_clock, scenario_statement_delay,
    scenario_statement_loss, scenario_statement_rate, scenario_statement_stall,
    scenario_statement_half_close, scenario_statement_slow, scenario_statement_accept,
    scenario_statement_refuse, scenario_statement_lookup, scenario_statement_calm,
    scenario_statement_within, scenario_statement_expect, scenario_statement_check,
    scenario_statement_until, scenario_statement_seed, scenario_statement_decide,
    scenario_statement_reach;

/* What stands behind `reach` and `decide` (statements-replay.c). */
void scenario_append_reach (GString *out, const ScenarioReach *reach);
void scenario_append_decision (GString *out, const ScenarioDecision *decision);

/* What a storm says behind its duration (statements-storm.c). */
void scenario_append_faults (GString *out, const Scenario *scenario, const ScenarioAction *storm);

/* What happens at the time the story has come to; for the parse functions of faults. */
ScenarioAction *scenario_begin_action (ScenarioParser *parser, ScenarioActionKind kind);
/* "jump" and the like; ends with NULL. */
extern const char *const scenario_clock_names[];
/* The text of the statement as it is written, blanks made one. */
char *scenario_sentence_text (const ScenarioParser *parser);
