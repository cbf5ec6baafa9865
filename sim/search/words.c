/* sim/search/words.c - variations of a scenario's text, word by word. */
#include "sim/search/words.h"

#include "engine/units.h"
#include "scenarios/lex.h"

#include <stdbool.h>
#include <string.h>

#define WORDS_MAX 3 /* that are taken out at once: `, name`, `key = value`, `delay 1ms` */

static const ScenarioToken *
token_at (const ScenarioTokens *tokens, unsigned place)
{
  return &g_array_index (tokens->tokens, ScenarioToken, place);
}

static bool
ends_line (const ScenarioToken *token)
{
  return token->kind == SCENARIO_TOKEN_LINE_END || token->kind == SCENARIO_TOKEN_SEMICOLON
         || token->kind == SCENARIO_TOKEN_END || token->kind == SCENARIO_TOKEN_WRONG;
}

static ScenarioTokens *
read_tokens (const char *text)
{
  g_autoptr (ScenarioMistakes) mistakes = scenario_mistakes_new ();
  return scenario_lex (text, mistakes);
}

static char *
replace (const char *text, size_t begin, size_t end, const char *by)
{
  return g_strdup_printf ("%.*s%s%s", (int)begin, text, by, text + end);
}

/* --- What is left alone -------------------------------------------------------------------------
 */

static bool
is_word (const ScenarioToken *token, const char *word)
{
  return token->kind == SCENARIO_TOKEN_WORD && strcmp (token->text, word) == 0;
}

/* The token with the name of the statement that begins at `first`. */
static const ScenarioToken *
name_of_statement (const ScenarioTokens *tokens, unsigned first)
{
  bool timed = is_word (token_at (tokens, first), "at") && first + 2 < tokens->tokens->len;
  return token_at (tokens, timed ? first + 2 : first);
}

/* Is it none that says what happens, but by what that is judged, or what chance does?  With less of
 * these something else would fail. */
static bool
is_fixed (const ScenarioToken *name)
{
  static const char *const fixed[]
      = { "check", "decide", "expect", "reach", "scenario", "seed", "until", "within", NULL };
  return name->kind == SCENARIO_TOKEN_WORD && g_strv_contains (fixed, name->text);
}

/* For each token: does it belong to such a statement?  g_free() it. */
static bool *
find_fixed (const ScenarioTokens *tokens)
{
  bool *fixed = g_new (bool, tokens->tokens->len + 1);
  bool begins = true;
  for (unsigned i = 0; i < tokens->tokens->len; i++)
    {
      fixed[i] = begins ? is_fixed (name_of_statement (tokens, i)) : fixed[i - 1];
      begins = ends_line (token_at (tokens, i));
    }
  return fixed;
}

/* --- Fewer words ------------------------------------------------------------------------------ */

/* The text without `count` tokens; NULL: they are not on one line, or stay.  How many there are of
 * something stays said: without it there would be more. */
static char *
without (const char *text, const ScenarioTokens *tokens, const bool *fixed, unsigned first,
         unsigned count)
{
  for (unsigned i = first; i < first + count; i++)
    if (i >= tokens->tokens->len || fixed[i] || ends_line (token_at (tokens, i))
        || is_word (token_at (tokens, i), "count"))
      return NULL;
  size_t begin = token_at (tokens, first)->begin;
  size_t end = token_at (tokens, first + count - 1)->end;
  while (begin > 0 && text[begin - 1] == ' ')
    begin--;
  bool needs_blank = begin > 0 && text[begin - 1] != '\n' && text[end] != '\n' && text[end] != ' ';
  return replace (text, begin, end, needs_blank ? " " : "");
}

GPtrArray *
sim_words_fewer (const char *text)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ScenarioTokens) tokens = read_tokens (text);
  g_autofree bool *fixed = find_fixed (tokens);
  for (unsigned count = WORDS_MAX; count > 0; count--)
    for (unsigned i = 0; i < tokens->tokens->len; i++)
      {
        char *fewer = without (text, tokens, fixed, i, count);
        if (fewer)
          g_ptr_array_add (texts, fewer);
      }
  return texts;
}

/* --- Simpler numbers -------------------------------------------------------------------------- */

/* `number` with its first `digits` digits only, the others 0. */
static int64_t
round_down (int64_t number, unsigned digits)
{
  int64_t least = 1, factor = 1;
  while (--digits > 0)
    least *= 10;
  while (number / factor >= least * 10)
    factor *= 10;
  return number / factor * factor;
}

static void
add_simpler (int64_t number, int64_t simpler, int64_t *list, unsigned *count)
{
  for (unsigned i = 0; i < *count; i++)
    if (list[i] == simpler)
      return;
  if (simpler < number)
    list[(*count)++] = simpler;
}

unsigned
sim_simpler_numbers (int64_t number, int64_t simpler[SIM_SIMPLER_MAX])
{
  static const int64_t parts[] = { 1000, 100, 10, 4, 2, 1 };
  unsigned count = 0;
  add_simpler (number, 0, simpler, &count);
  for (unsigned i = 0; i < G_N_ELEMENTS (parts); i++)
    if (number / parts[i] > 0)
      add_simpler (number, round_down (number / parts[i], 1), simpler, &count);
  add_simpler (number, round_down (number, 2), simpler, &count);
  return count;
}

typedef struct
{
  GPtrArray *texts;
  const char *text;
  size_t begin; /* of the part that is replaced */
  size_t end;
} Place;

static void
add_variation (const Place *place, const char *by)
{
  g_ptr_array_add (place->texts, replace (place->text, place->begin, place->end, by));
}

/* "1.5s" and the like. */
static void
add_durations (const Place *place, int64_t duration_us)
{
  int64_t simpler[SIM_SIMPLER_MAX];
  unsigned count = sim_simpler_numbers (duration_us, simpler);
  for (unsigned i = 0; i < count; i++)
    {
      g_autofree char *by = aemp_format_duration (simpler[i]);
      add_variation (place, by);
    }
}

/* "16", "64KiB", "0.5%": the number in front, in the same unit.  None of something is not less of
 * it: a `count 0` would be another story. */
static void
add_numbers (const Place *place, const char *word)
{
  int64_t simpler[SIM_SIMPLER_MAX];
  size_t digits = strspn (word, "0123456789");
  size_t fraction = word[digits] == '.' ? 1 + strspn (word + digits + 1, "0123456789") : 0;
  const char *unit = word + digits + fraction;
  if (digits == 0 || digits > 15)
    return;
  int64_t number = (int64_t)g_ascii_strtoull (word, NULL, 10);
  unsigned count = number > 0 ? sim_simpler_numbers (number, simpler) : 0;
  for (unsigned i = 0; i < count; i++)
    {
      if (simpler[i] == 0)
        continue;
      g_autofree char *by = g_strdup_printf ("%" G_GINT64_FORMAT "%s", simpler[i], unit);
      add_variation (place, by);
    }
  if (fraction == 0)
    return;
  g_autofree char *whole = g_strdup_printf ("%" G_GINT64_FORMAT "%s", number, unit);
  add_variation (place, whole);
}

static void
add_simpler_words (const Place *place, const char *word)
{
  int64_t duration_us;
  if (!g_ascii_isdigit (*word))
    return;
  if (aemp_parse_duration (word, AEMP_DURATION_PLAIN, &duration_us, NULL))
    {
      if (duration_us > 0 && strspn (word, "0123456789.") < strlen (word))
        add_durations (place, duration_us);
      else
        add_numbers (place, word);
    }
  else
    add_numbers (place, word);
}

/* "1ms..30ms": one end instead of both, then each end by itself. */
static void
add_range (const Place *place, const char *word, const char *dots)
{
  g_autofree char *first = g_strndup (word, (size_t)(dots - word));
  const char *second = dots + strlen ("..");
  if (!g_ascii_isdigit (*first))
    return;
  add_variation (place, first);
  add_variation (place, second);
  Place part = *place;
  part.end = place->begin + strlen (first);
  add_simpler_words (&part, first);
  part = *place;
  part.begin = place->end - strlen (second);
  add_simpler_words (&part, second);
}

/* Times behind `at` are looked at together, and not here. */
GPtrArray *
sim_words_simpler (const char *text)
{
  Place place = { .texts = g_ptr_array_new_with_free_func (g_free), .text = text };
  g_autoptr (ScenarioTokens) tokens = read_tokens (text);
  g_autofree bool *fixed = find_fixed (tokens);
  for (unsigned i = 0; i < tokens->tokens->len; i++)
    {
      const ScenarioToken *token = token_at (tokens, i);
      bool is_time = i > 0 && is_word (token_at (tokens, i - 1), "at");
      if (token->kind != SCENARIO_TOKEN_WORD || fixed[i] || is_time)
        continue;
      const char *dots = strstr (token->text, "..");
      place.begin = token->begin;
      place.end = token->end;
      if (dots)
        add_range (&place, token->text, dots);
      else
        add_simpler_words (&place, token->text);
    }
  return place.texts;
}
