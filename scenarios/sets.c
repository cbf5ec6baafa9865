/* scenarios/sets.c - names, patterns and ranges, and the nodes and actors they stand for. */
#include "parse.h"

#include <string.h>

#define LOOKS_MAX (50 * 1000 * 1000) /* names held against patterns: a second or two of work */
#define COPIED_BYTES_A_NAME 32
#define SUGGESTED_MAX_BYTES 40
#define SUGGESTED_DISTANCE_MAX 2

/* --- Near names --- */

/* How many characters have to be changed, added or removed; both are short. */
static unsigned
edit_distance (const char *one, const char *other)
{
  unsigned row[SUGGESTED_MAX_BYTES + 1];
  size_t width = strlen (other);

  for (unsigned i = 0; i <= width; i++)
    row[i] = i;
  for (const char *at = one; *at; at++)
    {
      unsigned diagonal = row[0]++;
      for (unsigned i = 1; i <= width; i++)
        {
          unsigned changed = diagonal + (*at != other[i - 1]);
          diagonal = row[i];
          row[i] = MIN (changed, MIN (row[i], row[i - 1]) + 1);
        }
    }
  return row[width];
}

char *
scenario_suggest (const char *word, ScenarioNameAt name_at, const void *names)
{
  const char *nearest = NULL;
  const char *name;
  unsigned nearest_distance = MIN (SUGGESTED_DISTANCE_MAX, strlen (word) / 2) + 1;

  if (strlen (word) > SUGGESTED_MAX_BYTES)
    return g_strdup ("");
  for (unsigned i = 0; (name = name_at (names, i)) != NULL; i++)
    {
      if (strlen (name) > SUGGESTED_MAX_BYTES)
        continue;
      unsigned distance = edit_distance (word, name);
      if (distance < nearest_distance)
        {
          nearest = name;
          nearest_distance = distance;
        }
    }
  return nearest ? g_strdup_printf (" (did you mean `%s`?)", nearest) : g_strdup ("");
}

static const char *
node_name_at (const void *names, unsigned index)
{
  const GPtrArray *nodes = names;
  return index < nodes->len ? ((const ScenarioNode *)nodes->pdata[index])->name : NULL;
}

static const char *
actor_name_at (const void *names, unsigned index)
{
  const GPtrArray *actors = names;
  return index < actors->len ? ((const ScenarioActor *)actors->pdata[index])->full_name : NULL;
}

static bool
unknown (ScenarioParser *parser, const ScenarioToken *token, const char *what, const char *word,
         ScenarioNameAt name_at, const GPtrArray *names)
{
  if (parser->names_missing)
    return false;
  g_autofree char *found = scenario_quote_for_people (word);
  g_autofree char *near = scenario_suggest (word, name_at, names);
  return scenario_missing (parser, token, "expected %s, found %s%s", what, found, near);
}

/* --- Names --- */

bool
scenario_name_check (ScenarioParser *parser, const ScenarioToken *token, const char *name)
{
  g_autofree char *found = scenario_quote_for_people (name);
  size_t length = strlen (name);

  for (const char *at = name; *at; at++)
    if (!g_ascii_isalnum (*at) && !strchr ("_-.:/", *at))
      return scenario_wrong (parser, token,
                             "expected a name of letters, digits and _ - . : /, found %s", found);
  if (length > SCENARIO_NAME_MAX_BYTES)
    return scenario_wrong (parser, token, "expected a name of at most %d characters, found %s",
                           SCENARIO_NAME_MAX_BYTES, found);
  if (length == 0 || name[0] == '.' || name[length - 1] == '.' || strstr (name, ".."))
    return scenario_wrong (parser, token,
                           "expected a name without a point at its ends or two in a row, found %s",
                           found);
  if (strcmp (name, "any") == 0)
    return scenario_wrong (parser, token, "expected another name: `any` stands for all nodes");
  return true;
}

bool
scenario_count_spread (ScenarioParser *parser, const ScenarioToken *token, uint64_t more)
{
  parser->spread += more;
  return parser->spread <= SCENARIO_SPREAD_MAX
         || scenario_too_much (parser, token,
                               "expected sets and patterns that stand for at most %d names in sum",
                               SCENARIO_SPREAD_MAX);
}

bool
scenario_count_copies (ScenarioParser *parser, const ScenarioToken *token, uint64_t copies)
{
  g_autofree char *text = scenario_sentence_text (parser);
  return scenario_count_spread (parser, token, copies * (1 + strlen (text) / COPIED_BYTES_A_NAME));
}

/* --- Items: a name, a pattern, a range --- */

/* Does `name` fit `pattern`, where each `*` stands for any characters? */
static bool
fits (const char *pattern, const char *name)
{
  const char *star = NULL, *resume = NULL;
  while (*name)
    {
      if (*pattern == '*')
        {
          star = pattern++;
          resume = name;
        }
      else if (*pattern == *name)
        {
          pattern++;
          name++;
        }
      else if (star)
        {
          pattern = star + 1;
          name = ++resume;
        }
      else
        return false;
    }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

static bool
find_pattern (ScenarioParser *parser, const ScenarioToken *token, const char *pattern,
              GArray *found)
{
  const GPtrArray *nodes = parser->scenario->nodes;
  unsigned before = found->len;

  parser->looked += nodes->len;
  if (parser->looked > LOOKS_MAX)
    return scenario_too_much (parser, token, "expected fewer patterns for so many nodes");
  for (unsigned i = 0; i < nodes->len; i++)
    if (fits (pattern, ((const ScenarioNode *)nodes->pdata[i])->name))
      g_array_append_val (found, i);
  return found->len > before
         || unknown (parser, token, "a pattern that at least one node fits", pattern, node_name_at,
                     nodes);
}

static bool
find_name (ScenarioParser *parser, const ScenarioToken *token, const char *name, GArray *found)
{
  unsigned index = GPOINTER_TO_UINT (g_hash_table_lookup (parser->nodes, name));
  if (index == 0)
    return unknown (parser, token, "a node", name, node_name_at, parser->scenario->nodes);
  index--;
  g_array_append_val (found, index);
  return true;
}

/* worker1..4: worker1, worker2, worker3, worker4 */
static bool
find_range (ScenarioParser *parser, const ScenarioToken *token, const char *word, GArray *found)
{
  const char *digits = strstr (word, "..");
  int64_t from, to;
  while (digits > word && g_ascii_isdigit (digits[-1]))
    digits--;
  if (!scenario_split_range (digits, &from, &to) || from > to)
    {
      g_autofree char *shown = scenario_quote_for_people (word);
      return scenario_wrong (parser, token, "expected a range as worker1..4, found %s", shown);
    }
  for (int64_t i = from; i <= to; i++)
    {
      g_autofree char *name
          = g_strdup_printf ("%.*s%" G_GINT64_FORMAT, (int)(digits - word), word, i);
      if (!find_name (parser, token, name, found))
        return false;
    }
  return true;
}

bool
scenario_find_nodes (ScenarioParser *parser, const ScenarioToken *token, const char *word,
                     GArray *found)
{
  unsigned before = found->len;
  if (strcmp (word, "any") == 0)
    return scenario_not_yet (parser, token, "any");
  bool good = strstr (word, "..")  ? find_range (parser, token, word, found)
              : strchr (word, '*') ? find_pattern (parser, token, word, found)
                                   : find_name (parser, token, word, found);
  return good && scenario_count_spread (parser, token, found->len - before);
}

/* --- Sets --- */

static bool
read_item (ScenarioParser *parser, GArray *set)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  if (!word)
    return scenario_expected (parser, "a node, a pattern as worker* or a range as worker1..4");
  return scenario_find_nodes (parser, token, word, set);
}

static bool
read_braces (ScenarioParser *parser, GArray *set)
{
  do
    {
      if (!read_item (parser, set))
        return false;
      scenario_take (parser, SCENARIO_TOKEN_COMMA);
      if (scenario_at_end (parser))
        return scenario_expected (parser, "`}`");
    }
  while (!scenario_take (parser, SCENARIO_TOKEN_CLOSE));
  return true;
}

bool
scenario_read_set (ScenarioParser *parser, GArray *set)
{
  if (scenario_take (parser, SCENARIO_TOKEN_OPEN))
    return read_braces (parser, set);
  do
    if (!read_item (parser, set))
      return false;
  while (scenario_take (parser, SCENARIO_TOKEN_COMMA));
  return true;
}

bool
scenario_read_sets (ScenarioParser *parser, GArray *set, const char *stop)
{
  do
    if (!scenario_read_set (parser, set))
      return false;
  while (
      scenario_is (parser, SCENARIO_TOKEN_OPEN)
      || (scenario_is (parser, SCENARIO_TOKEN_WORD) && !(stop && scenario_is_word (parser, stop))));
  scenario_set_tidy (set);
  return true;
}

static int
compare_indices (const void *one, const void *other)
{
  unsigned a = *(const unsigned *)one, b = *(const unsigned *)other;
  return (a > b) - (a < b);
}

void
scenario_set_tidy (GArray *set)
{
  unsigned kept = 0;
  g_array_sort (set, compare_indices);
  for (unsigned i = 0; i < set->len; i++)
    {
      unsigned index = g_array_index (set, unsigned, i);
      if (kept == 0 || g_array_index (set, unsigned, kept - 1) != index)
        g_array_index (set, unsigned, kept++) = index;
    }
  g_array_set_size (set, kept);
}

bool
scenario_has_divider (const ScenarioParser *parser)
{
  ScenarioParser ahead = *parser; /* looks only; nothing of it is kept */
  while (!scenario_at_end (&ahead))
    {
      if (scenario_is (&ahead, SCENARIO_TOKEN_BAR) || scenario_is (&ahead, SCENARIO_TOKEN_ARROW))
        return true;
      scenario_skip (&ahead);
    }
  return false;
}

static bool
check_apart (ScenarioParser *parser, const ScenarioToken *token, const GArray *a, const GArray *b)
{
  for (unsigned i = 0, j = 0; i < a->len && j < b->len;)
    {
      unsigned one = g_array_index (a, unsigned, i), other = g_array_index (b, unsigned, j);
      if (one == other)
        return scenario_wrong (parser, token,
                               "expected two sets without a common node, found `%s` on both sides",
                               ((const ScenarioNode *)parser->scenario->nodes->pdata[one])->name);
      if (one < other)
        i++;
      else
        j++;
    }
  return true;
}

static bool
tidy_sides (ScenarioParser *parser, const ScenarioToken *token, GArray *a, GArray *b)
{
  scenario_set_tidy (a);
  scenario_set_tidy (b);
  return check_apart (parser, token, a, b);
}

bool
scenario_read_pair (ScenarioParser *parser, GArray *a, GArray *b)
{
  const ScenarioToken *token = scenario_peek (parser);
  return scenario_read_set (parser, a) && scenario_read_set (parser, b)
         && tidy_sides (parser, token, a, b);
}

bool
scenario_read_sides (ScenarioParser *parser, GArray *a, GArray *b, bool *arrow, const char *stop)
{
  const ScenarioToken *token = scenario_peek (parser);
  if (!arrow && !scenario_has_divider (parser))
    return scenario_read_pair (parser, a, b);
  if (!scenario_read_sets (parser, a, NULL))
    return false;
  if (arrow)
    *arrow = scenario_is (parser, SCENARIO_TOKEN_ARROW);
  if (arrow && *arrow)
    scenario_skip (parser);
  else if (!scenario_take (parser, SCENARIO_TOKEN_BAR))
    return scenario_expected (parser, arrow ? "`|` or `->`" : "`|`");
  return scenario_read_sets (parser, b, stop) && tidy_sides (parser, token, a, b);
}

bool
scenario_read_ends (ScenarioParser *parser, GArray *a, GArray *b, bool *one_way)
{
  const ScenarioToken *token = scenario_peek (parser);
  if (!scenario_read_set (parser, a))
    return false;
  *one_way = scenario_is (parser, SCENARIO_TOKEN_ARROW);
  if (!*one_way && !scenario_is (parser, SCENARIO_TOKEN_BAR))
    return scenario_expected (parser, "`|` or `->`");
  scenario_skip (parser);
  return scenario_read_set (parser, b) && tidy_sides (parser, token, a, b);
}

/* --- Actors --- */

static bool
no_actor (ScenarioParser *parser, const ScenarioToken *token, const char *word)
{
  g_autofree char *found = scenario_quote_for_people (word);
  return scenario_wrong (parser, token, "expected an actor as rain.talk, found %s", found);
}

/* "worker*.talk" into its nodes and "talk", a view into `word`. */
static bool
split_actor (ScenarioParser *parser, const ScenarioToken *token, const char *word, GArray *nodes,
             const char **name)
{
  const char *dot = strrchr (word, '.');
  if (!dot || dot == word || dot[-1] == '.')
    return no_actor (parser, token, word);
  g_autofree char *node = g_strndup (word, (size_t)(dot - word));
  *name = dot + 1;
  return scenario_find_nodes (parser, token, node, nodes);
}

bool
scenario_read_actor (ScenarioParser *parser, GArray *nodes, const char **name)
{
  const ScenarioToken *token = scenario_peek (parser);
  bool braces = scenario_take (parser, SCENARIO_TOKEN_OPEN);
  if (braces && !read_braces (parser, nodes))
    return false;
  const ScenarioToken *word_token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  if (!word)
    return scenario_expected (parser, braces ? "the actor of these nodes as .talk"
                                             : "an actor as rain.talk");
  if (!braces)
    return split_actor (parser, token, word, nodes, name);
  if (word[0] != '.' || strchr (word + 1, '.'))
    return no_actor (parser, word_token, word);
  scenario_set_tidy (nodes);
  *name = word + 1;
  return true;
}

/* The actors of these nodes that have one of that name. */
static bool
find_named (ScenarioParser *parser, const ScenarioToken *token, const GArray *nodes,
            const char *name, GArray *found)
{
  unsigned before = found->len;

  for (unsigned i = 0; i < nodes->len; i++)
    {
      const ScenarioNode *node = parser->scenario->nodes->pdata[g_array_index (nodes, unsigned, i)];
      g_autofree char *full_name = g_strdup_printf ("%s.%s", node->name, name);
      unsigned index = GPOINTER_TO_UINT (g_hash_table_lookup (parser->actors, full_name));
      if (index-- > 0)
        g_array_append_val (found, index);
    }
  return found->len > before
         || unknown (parser, token, "an actor",
                     token->kind == SCENARIO_TOKEN_WORD ? token->text : name, actor_name_at,
                     parser->scenario->actors);
}

bool
scenario_read_actors (ScenarioParser *parser, GArray *found)
{
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const ScenarioToken *token = scenario_peek (parser);
  const char *name;
  if (!scenario_read_actor (parser, nodes, &name))
    return false;
  return find_named (parser, token, nodes, name, found);
}
