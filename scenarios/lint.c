/* scenarios/lint.c - the command `aemp lint`: reads scenarios and explains them. */
#include "scenario.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_SCENARIO 65

static const char usage[] = "usage: aemp lint [--quiet | --print] FILE…\n";

static const char help[] = "aemp lint - reads scenarios and says what they mean\n"
                           "\n"
                           "  aemp lint [--quiet | --print] FILE…\n"
                           "\n"
                           "  --quiet      only the errors\n"
                           "  --print      write them in the language again, everything spread out\n"
                           "  --reference  docs/scenario-language.md: all statements\n"
                           "\n"
                           "Nothing is played.  Exit status: 0 good, 64 usage, 65 an error in a\n"
                           "scenario.\n";

typedef enum
{
  OUTPUT_EXPLAIN,
  OUTPUT_PRINT,
  OUTPUT_NOTHING,
} Output;

/* Texts are UTF-8, whatever the locale: not g_print(), which would convert them. */
static int
show (const char *text)
{
  fputs (text, stdout);
  return 0;
}

static int
refuse (const char *what, const char *argument)
{
  fprintf (stderr, "aemp lint: %s%s\n%s", what, argument, usage);
  return EXIT_USAGE;
}

static int
lint_file (const char *file, Output output, const ScenarioActorKind *kinds)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario = scenario_load (file, kinds, &error);
  g_autofree char *text = NULL;

  if (!scenario)
    {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_SCENARIO;
    }
  switch (output)
    {
    case OUTPUT_EXPLAIN:
      text = scenario_explain (scenario);
      break;
    case OUTPUT_PRINT:
      text = scenario_print (scenario);
      break;
    case OUTPUT_NOTHING:
      return 0;
    }
  return show (text);
}

static int
lint_files (char **files, int count, Output output, const ScenarioActorKind *kinds)
{
  int status = 0;
  if (count == 0)
    return refuse ("expected at least one FILE", "");
  for (int i = 0; i < count; i++)
    {
      if (i > 0 && output != OUTPUT_NOTHING)
        show ("\n");
      if (lint_file (files[i], output, kinds) != 0)
        status = EXIT_SCENARIO;
    }
  return status;
}

static int
show_reference (const ScenarioActorKind *kinds)
{
  g_autofree char *text = scenario_reference (kinds);
  return show (text);
}

int
scenario_lint_command (int argc, char **argv, const ScenarioActorKind *kinds)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  Output output = OUTPUT_EXPLAIN;
  bool only_files = false; /* behind -- */

  for (int i = 1; i < argc; i++)
    if (only_files || argv[i][0] != '-' || argv[i][1] == '\0')
      g_ptr_array_add (files, argv[i]);
    else if (strcmp (argv[i], "--") == 0)
      only_files = true;
    else if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      return show (help);
    else if (strcmp (argv[i], "--reference") == 0)
      return show_reference (kinds);
    else if (strcmp (argv[i], "--quiet") == 0)
      output = OUTPUT_NOTHING;
    else if (strcmp (argv[i], "--print") == 0)
      output = OUTPUT_PRINT;
    else
      return refuse ("unknown option ", argv[i]);
  return lint_files ((char **)files->pdata, (int)files->len, output, kinds);
}
