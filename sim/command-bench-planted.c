/* sim/command-bench-planted.c - `aemp bench planted`: are the bugs that we know of found? */

#include "sim/command-bench.h"

#include "engine/planted.h"
#include "sim/search/hunt.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_SCENARIO 65
#define QUICK_RUNS 200 /* what counts as found soon … */
#define QUICK_SECONDS 10.0

const char sim_bench_planted_help[]
    = "aemp bench planted - looks for bugs that were planted (engine/planted-list.h)\n"
      "\n"
      "  aemp bench planted [--only NAME]… [--runs N] [--seconds N] [--jobs N] [--json] [FILE…]\n"
      "  aemp bench planted --list\n"
      "  aemp bench planted --reference   (docs/planted.md)\n"
      "\n"
      "  --only NAME  only this bug, or these\n"
      "  --runs N     give a bug up after so many runs (2000)\n"
      "  --seconds N  … after so much time of its process (60)\n"
      "  --jobs N     so many bugs at once (2)\n"
      "  --json       a line of JSON for each bug\n"
      "  --expect     exit with 1 unless all are found\n"
      "  FILE…        scenarios (scenarios/catalogue/*.scn)\n"
      "\n"
      "Every bug is looked for in the same way: all scenarios in the order of what they cost, "
      "with\n"
      "seed 1, then all with seed 2, and so on.  What breaks a promise or an expectation,\n"
      "makes no progress, crashes, hangs, takes too much memory or is not repeatable, is found.\n"
      "Bugs of parts that scenarios do not reach are found by their own tests, if those are "
      "built.\n";

typedef struct
{
  GPtrArray *files;
  GPtrArray *only;
  SimHuntLimits limits;
  unsigned jobs;
  bool json;
  bool expects;
} Options;

/* --- The catalogue -------------------------------------------------------------------------------
 */

static int
list (void)
{
  for (int i = 0; i < AEMP_PLANTED_COUNT; i++)
    {
      const AempPlantedInfo *info = aemp_planted_info ((AempPlanted)i);
      printf ("%-38s %-10s %s\n", info->name, aemp_planted_origin_text (info->origin), info->what);
    }
  return 0;
}

static int
print_reference (void)
{
  static const char *const titles[]
      = { [AEMP_PLANTED_FROM_LOG] = "Bugs that AEMP had, by its change log",
          [AEMP_PLANTED_FROM_PERL] = "What Perl's 2.02 gets wrong",
          [AEMP_PLANTED_FROM_PROTOCOLS] = "Bugs that protocol code has",
          [AEMP_PLANTED_FROM_SIMULATOR] = "A simulator that lies",
          [AEMP_PLANTED_FROM_CHECKERS] = "Checkers that are blind" };
  fputs ("# Planted bugs\n\n"
         "Mistakes that a build with `-Dplanted=true` can be asked to make, one by one, to see "
         "whether they are\n"
         "noticed: `aemp simulate FILE --planted NAME`, and `aemp bench planted` for all of them. "
         "This page is what\n"
         "`aemp bench planted --reference` prints; the catalogue is `engine/planted-list.h`, the "
         "way it works is in\n"
         "`engine/planted.h`. A normal build has none of it.\n",
         stdout);
  for (int i = 0, origin = -1; i < AEMP_PLANTED_COUNT; i++)
    {
      const AempPlantedInfo *info = aemp_planted_info ((AempPlanted)i);
      if ((int)info->origin != origin)
        printf ("\n## %s\n\n| name | where | what goes wrong | who should notice |\n"
                "| --- | --- | --- | --- |\n",
                titles[info->origin]);
      origin = (int)info->origin;
      printf ("| `%s` | `%s` | %s | %s%s%s |\n", info->name, info->where, info->what, info->noticed,
              info->survives ? "; survives: " : "", info->survives ? info->survives : "");
    }
  return 0;
}

/* --- Arguments -----------------------------------------------------------------------------------
 */

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp bench planted: %s\nTry: aemp bench planted --help\n", text);
  return EXIT_USAGE;
}

static int
take_number (const char *name, const char *value, uint64_t most, uint64_t *number)
{
  if (!value || !g_ascii_string_to_unsigned (value, 10, 1, most, number, NULL))
    return usage ("%s needs a number from 1 to %" G_GUINT64_FORMAT, name, most);
  return 0;
}

/* 0, or the exit status; takes its value from `next`. */
static int
take_option (Options *options, const char *name, const char *next, bool *took_next)
{
  AempPlanted planted;
  uint64_t number = 0;
  int status = 0;
  *took_next = true;
  if (strcmp (name, "--only") == 0)
    {
      if (!next || !aemp_planted_find (next, &planted))
        return usage ("--only: there is no bug '%s'; --list has them all", next ?: "");
      g_ptr_array_add (options->only, g_strdup (next));
    }
  else if (strcmp (name, "--runs") == 0)
    {
      status = take_number (name, next, 1000000, &number);
      options->limits.runs = (unsigned)number;
    }
  else if (strcmp (name, "--seconds") == 0)
    {
      status = take_number (name, next, 1000000, &number);
      options->limits.seconds = (double)number;
    }
  else if (strcmp (name, "--jobs") == 0)
    {
      status = take_number (name, next, 64, &number);
      options->jobs = (unsigned)number;
    }
  else
    {
      *took_next = false;
      if (strcmp (name, "--json") == 0)
        options->json = true;
      else if (strcmp (name, "--expect") == 0)
        options->expects = true;
      else
        return usage ("unknown option %s", name);
    }
  return status;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int i = 1; i < argc; i++)
    {
      bool took_next = false;
      int status = 0;
      if (argv[i][0] == '-')
        status = take_option (options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &took_next);
      else
        g_ptr_array_add (options->files, g_strdup (argv[i]));
      if (status)
        return status;
      i += took_next;
    }
  return 0;
}

static void
add_catalogue (GPtrArray *files)
{
  glob_t found;
  if (glob ("scenarios/catalogue/*.scn", 0, NULL, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++)
      g_ptr_array_add (files, g_strdup (found.gl_pathv[i]));
  globfree (&found);
}

/* --- What is said --------------------------------------------------------------------------------
 */

typedef struct
{
  const Options *options;
  unsigned bugs, found, quick, by_tests;
  GString *survivors;
} Sum;

static void
print_json (const AempPlantedInfo *info, const SimHuntResult *result)
{
  g_autofree char *text = g_strescape (result->text ?: "", NULL);
  printf ("{\"bug\":\"%s\",\"origin\":\"%s\",\"found\":%s,\"by\":\"%s\",\"scenario\":\"%s\","
          "\"seed\":%" G_GUINT64_FORMAT
          ",\"runs\":%u,\"seconds\":%.3f,\"acted\":%s,\"text\":\"%s\"}\n",
          info->name, aemp_planted_origin_text (info->origin), result->found ? "true" : "false",
          result->by ?: "", result->scenario ?: "", result->seed, result->runs, result->seconds,
          result->acted ? "true" : "false", text);
}

static void
print_row (const AempPlantedInfo *info, const SimHuntResult *result)
{
  g_autofree char *where = result->scenario ? g_path_get_basename (result->scenario) : NULL;
  if (result->found && where)
    printf ("found     %-38s %-24s %-24s seed %-4" G_GUINT64_FORMAT " %5u runs %7.2f s\n",
            info->name, result->by, where, result->seed, result->runs, result->seconds);
  else if (result->found)
    printf ("found     %-38s %s\n", info->name, result->by);
  else
    printf ("SURVIVED  %-38s %s%*s %5u runs %7.2f s\n", info->name,
            result->acted ? "though it acted" : "and never acted", result->acted ? 45 : 45, "",
            result->runs, result->seconds);
}

static void
take_result (AempPlanted planted, const SimHuntResult *result, void *user_data)
{
  Sum *sum = user_data;
  const AempPlantedInfo *info = aemp_planted_info (planted);
  sum->bugs++;
  sum->found += result->found;
  sum->by_tests += result->found && !result->scenario;
  sum->quick += result->found && result->scenario && result->runs <= QUICK_RUNS
                && result->seconds <= QUICK_SECONDS;
  if (!result->found)
    g_string_append_printf (sum->survivors, "  %s: %s\n", info->name,
                            info->survives ? info->survives : "not found");
  if (sum->options->json)
    print_json (info, result);
  else
    print_row (info, result);
  fflush (stdout);
}

static double
percent (unsigned part, unsigned whole)
{
  return whole ? 100.0 * part / whole : 0;
}

static void
print_sum (const Sum *sum)
{
  FILE *out = sum->options->json ? stderr : stdout;
  fprintf (out,
           "%u of %u found (%.1f %%), %u of them by tests of their own; "
           "%u (%.1f %%) by scenarios within %d runs and %.0f s\n",
           sum->found, sum->bugs, percent (sum->found, sum->bugs), sum->by_tests, sum->quick,
           percent (sum->quick, sum->bugs), QUICK_RUNS, QUICK_SECONDS);
  if (sum->survivors->len > 0)
    fprintf (out, "survivors:\n%s", sum->survivors->str);
}

static int
hunt (Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) survivors = g_string_new (NULL);
  Sum sum = { .options = options, .survivors = survivors };
  if (options->files->len == 0)
    add_catalogue (options->files);
  if (options->files->len == 0)
    return usage ("no scenarios: there is no scenarios/catalogue here, name some");
  g_autoptr (SimHunt) all = sim_hunt_new (options->files, &options->limits, &error);
  if (!all)
    {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_SCENARIO;
    }
  for (int i = 0; i < AEMP_PLANTED_COUNT; i++)
    if (options->only->len == 0
        || g_ptr_array_find_with_equal_func (
            options->only, aemp_planted_info ((AempPlanted)i)->name, g_str_equal, NULL))
      sim_hunt_add (all, (AempPlanted)i);
  sim_hunt_all (all, options->jobs, take_result, &sum);
  print_sum (&sum);
  return options->expects && sum.found < sum.bugs ? 1 : 0;
}

int
sim_bench_planted (int argc, char **argv)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) only = g_ptr_array_new_with_free_func (g_free);
  Options options = { .files = files, .only = only, .limits = { 2000, 60 }, .jobs = 2 };
  if (!aemp_planted_is_built ())
    {
      fprintf (stderr, "aemp bench planted: %s\n", aemp_planted_advice);
      return EXIT_USAGE;
    }
  if (argc == 2 && strcmp (argv[1], "--list") == 0)
    return list ();
  if (argc == 2 && strcmp (argv[1], "--reference") == 0)
    return print_reference ();
  int status = parse_arguments (argc, argv, &options);
  return status ? status : hunt (&options);
}
