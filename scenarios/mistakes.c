/* scenarios/mistakes.c - what is wrong with a text: all of it, in the order of its lines. */
#include "mistakes.h"

typedef struct
{
  unsigned line;
  unsigned column;
  int code;
  char *what;
} Mistake;

static void
clear_mistake (void *mistake)
{
  g_free (((Mistake *)mistake)->what);
}

ScenarioMistakes *
scenario_mistakes_new (void)
{
  ScenarioMistakes *mistakes = g_new0 (ScenarioMistakes, 1);
  mistakes->kept = g_array_new (FALSE, FALSE, sizeof (Mistake));
  g_array_set_clear_func (mistakes->kept, clear_mistake);
  return mistakes;
}

void
scenario_mistakes_free (ScenarioMistakes *mistakes)
{
  g_array_unref (mistakes->kept);
  g_free (mistakes);
}

static bool
is_behind (const Mistake *mistake, unsigned line, unsigned column)
{
  return mistake->line > line || (mistake->line == line && mistake->column > column);
}

/* A text may hold what breaks lines; a mistake is one. */
static char *
on_one_line (const char *what)
{
  char *line = g_strdup (what);

  for (char *at = line; *at; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  return line;
}

void
scenario_mistakes_add (ScenarioMistakes *mistakes, int code, unsigned line, unsigned column,
                       const char *what)
{
  unsigned place = mistakes->kept->len;
  while (place > 0 && is_behind (&g_array_index (mistakes->kept, Mistake, place - 1), line, column))
    place--;
  Mistake mistake = { line, column, code, on_one_line (what) };
  g_array_insert_val (mistakes->kept, place, mistake);
  if (mistakes->kept->len > SCENARIO_MISTAKES_MAX)
    {
      g_array_set_size (mistakes->kept, SCENARIO_MISTAKES_MAX);
      mistakes->more = true;
    }
}

bool
scenario_mistakes_any (const ScenarioMistakes *mistakes)
{
  return mistakes->kept->len > 0;
}

void
scenario_mistakes_tell (const ScenarioMistakes *mistakes, const char *file, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (unsigned i = 0; i < mistakes->kept->len; i++)
    {
      const Mistake *mistake = &g_array_index (mistakes->kept, Mistake, i);
      g_string_append_printf (text, "%s%s:%u:%u: %s", i > 0 ? "\n" : "", file, mistake->line,
                              mistake->column, mistake->what);
    }
  if (mistakes->more)
    g_string_append_printf (text, "\n%s: there may be more errors behind these", file);
  g_set_error_literal (error, SCENARIO_ERROR, g_array_index (mistakes->kept, Mistake, 0).code,
                       text->str);
}
