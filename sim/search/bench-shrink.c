/* sim/search/bench-shrink.c - `aemp bench shrink`: how small do known bugs become? */
#include "sim/search/command-shrink.h"

#include "engine/planted.h"
#include "engine/units.h"
#include "sim/actors/actors.h"
#include "sim/search/hunt.h"
#include "sim/search/shrink.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_SCENARIO 65

static const char help[]
    = "aemp bench shrink - finds planted bugs and shrinks what finds them\n"
      "\n"
      "  aemp bench shrink [--only NAME]… [--runs N] [--seconds N] [--time-limit T] [--jobs N]\n"
      "                    [--into DIR] [--json] [FILE…]\n"
      "\n"
      "  --only NAME     only this bug, or these\n"
      "  --runs N        give a bug up that is not found after so many runs (2000)\n"
      "  --seconds N     … or after so much time of its process (60)\n"
      "  --time-limit T  shrink each for so long at most (60s)\n"
      "  --jobs N        processes at a time (2)\n"
      "  --into DIR      write the shrunk scenarios there, NAME.scn\n"
      "  --json          a line of JSON for each bug\n"
      "  FILE…           scenarios (scenarios/catalogue/*.scn)\n"
      "\n"
      "Bugs are found as `aemp bench planted` does.  Those that only a part's own tests find are\n"
      "left out: there is no scenario to be shrunk.\n";

typedef struct
{
  GPtrArray *files;
  GPtrArray *only;
  SimHuntLimits limits;
  int64_t limit_us;
  unsigned jobs;
  const char *into;
  bool json;
} Options;

/* What a hunt brought in. */
typedef struct
{
  AempPlanted planted;
  char *file;
  uint64_t seed;
} Catch;

typedef struct
{
  GArray *statements; /* of double, one for each that was shrunk */
  GArray *nodes;
  GArray *seconds;
  unsigned found;
  unsigned verified;
  GString *others; /* those that are not */
} Sum;

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp bench shrink: %s\nTry: aemp bench shrink --help\n", text);
  return EXIT_USAGE;
}

/* --- Arguments ----------------------------------------------------------------------------------
 */

static int
take_option (Options *options, const char *name, const char *value)
{
  AempPlanted planted;
  uint64_t number;
  if (strcmp (name, "--only") == 0)
    {
      if (!aemp_planted_find (value, &planted))
        return usage ("--only: there is no bug '%s'; aemp bench planted --list has them all",
                      value);
      g_ptr_array_add (options->only, (void *)value);
      return 0;
    }
  if (strcmp (name, "--into") == 0)
    {
      options->into = value;
      return 0;
    }
  if (strcmp (name, "--time-limit") == 0)
    return aemp_parse_duration (value, AEMP_DURATION_PLAIN, &options->limit_us, NULL)
               ? 0
               : usage ("--time-limit: expected a duration as 60s, found '%s'", value);
  if (!g_ascii_string_to_unsigned (value, 10, 1, 1000000, &number, NULL))
    return usage ("%s needs a number from 1 to 1000000", name);
  if (strcmp (name, "--runs") == 0)
    options->limits.runs = (unsigned)number;
  else if (strcmp (name, "--seconds") == 0)
    options->limits.seconds = (double)number;
  else if (strcmp (name, "--jobs") == 0)
    options->jobs = (unsigned)number;
  else
    return usage ("unknown option %s", name);
  return 0;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int i = 1; i < argc; i++)
    {
      if (strcmp (argv[i], "--json") == 0)
        options->json = true;
      else if (argv[i][0] != '-')
        g_ptr_array_add (options->files, g_strdup (argv[i]));
      else if (i + 1 == argc)
        return usage ("%s needs a value", argv[i]);
      else
        {
          int status = take_option (options, argv[i], argv[i + 1]);
          if (status)
            return status;
          i++;
        }
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

/* --- One bug ------------------------------------------------------------------------------------
 */

static void
print_row (const Options *options, const char *name, const Catch *caught, const SimShrunk *shrunk,
           double seconds)
{
  g_autofree char *where = g_path_get_basename (caught->file);
  if (options->json)
    printf ("{\"bug\":\"%s\",\"scenario\":\"%s\",\"seed\":%" G_GUINT64_FORMAT
            ",\"statements_before\":%u,\"statements\":%u,\"nodes_before\":%u,\"nodes\":%u,"
            "\"lines\":%u,\"runs\":%u,\"seconds\":%.3f,\"verified\":%s}\n",
            name, where, caught->seed, shrunk->expanded.statements, shrunk->after.statements,
            shrunk->before.nodes, shrunk->after.nodes, shrunk->after.lines, shrunk->played, seconds,
            shrunk->verified ? "true" : "false");
  else
    printf ("%-9s %-38s %-24s seed %-4" G_GUINT64_FORMAT
            " %4u -> %2u statements %3u -> %u nodes %2u lines %5u runs %6.2f s\n",
            shrunk->verified ? "shrunk" : "UNSTEADY", name, where, caught->seed,
            shrunk->expanded.statements, shrunk->after.statements, shrunk->before.nodes,
            shrunk->after.nodes, shrunk->after.lines, shrunk->played, seconds);
  fflush (stdout);
}

static bool
write_into (const char *folder, const char *name, const SimShrunk *shrunk)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *base = g_strconcat (name, ".scn", NULL);
  g_autofree char *file = g_build_filename (folder, base, NULL);
  g_autofree char *text = g_strconcat ("# ", shrunk->what, "\n", shrunk->text, NULL);
  if (g_file_set_contents (file, text, -1, &error))
    return true;
  fprintf (stderr, "aemp bench shrink: %s\n", error->message);
  return false;
}

static void
add_up (Sum *sum, const char *name, const SimShrunk *shrunk, double seconds)
{
  double statements = shrunk->after.statements, nodes = shrunk->after.nodes;
  sum->found++;
  sum->verified += shrunk->verified;
  if (!shrunk->verified)
    g_string_append_printf (sum->others, "  %s: %s\n", name,
                            shrunk->signature ? "fails another time in another way"
                                              : "does not fail another time");
  g_array_append_val (sum->statements, statements);
  g_array_append_val (sum->nodes, nodes);
  g_array_append_val (sum->seconds, seconds);
}

static void
shrink (const Options *options, const Catch *caught, Sum *sum)
{
  const char *name = aemp_planted_info (caught->planted)->name;
  const char *const planted[] = { name, NULL };
  SimShrinkOptions of_shrink = {
    .seed = caught->seed, .planted = planted, .jobs = options->jobs, .limit_us = options->limit_us
  };
  g_autoptr (Scenario) scenario = scenario_load (caught->file, sim_actor_kinds, NULL);
  int64_t began_us = g_get_monotonic_time ();
  g_autoptr (SimShrunk) shrunk = sim_shrink (scenario, &of_shrink);
  double seconds = (double)(g_get_monotonic_time () - began_us) / 1e6;
  print_row (options, name, caught, shrunk, seconds);
  add_up (sum, name, shrunk, seconds);
  if (options->into)
    write_into (options->into, name, shrunk);
}

/* --- All of them --------------------------------------------------------------------------------
 */

static void
take_catch (AempPlanted planted, const SimHuntResult *result, void *user_data)
{
  GArray *catches = user_data;
  Catch caught = { planted, g_strdup (result->scenario), result->seed };
  if (result->found && result->scenario)
    g_array_append_val (catches, caught);
}

static void
catch_clear (void *caught)
{
  g_free (((Catch *)caught)->file);
}

static int
compare_doubles (const void *one, const void *other)
{
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

static double
median (GArray *numbers)
{
  g_array_sort (numbers, compare_doubles);
  return numbers->len > 0 ? g_array_index (numbers, double, numbers->len / 2) : 0;
}

static void
print_sum (const Options *options, Sum *sum)
{
  fprintf (options->json ? stderr : stdout,
           "%u of %u shrunk and verified (%.1f %%); medians: %.0f statements, %.0f nodes, %.1f s\n",
           sum->verified, sum->found, sum->found ? 100.0 * sum->verified / sum->found : 0,
           median (sum->statements), median (sum->nodes), median (sum->seconds));
  if (sum->others->len > 0)
    fprintf (options->json ? stderr : stdout, "not verified:\n%s", sum->others->str);
}

static bool
is_wanted (const Options *options, const AempPlantedInfo *info)
{
  return options->only->len == 0
         || g_ptr_array_find_with_equal_func (options->only, info->name, g_str_equal, NULL);
}

static int
find_and_shrink (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) catches = g_array_new (FALSE, FALSE, sizeof (Catch));
  g_array_set_clear_func (catches, catch_clear);
  g_autoptr (SimHunt) all = sim_hunt_new (options->files, &options->limits, &error);
  if (!all)
    {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_SCENARIO;
    }
  for (int i = 0; i < AEMP_PLANTED_COUNT; i++)
    if (is_wanted (options, aemp_planted_info ((AempPlanted)i)))
      sim_hunt_add (all, (AempPlanted)i);
  sim_hunt_all (all, options->jobs, take_catch, catches);
  g_autoptr (GArray) statements = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) seconds = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GString) others = g_string_new (NULL);
  Sum sum = { statements, nodes, seconds, 0, 0, others };
  for (unsigned i = 0; i < catches->len; i++)
    shrink (options, &g_array_index (catches, Catch, i), &sum);
  print_sum (options, &sum);
  return 0;
}

int
sim_bench_shrink_command (int argc, char **argv)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) only = g_ptr_array_new ();
  Options options = {
    .files = files, .only = only, .limits = { 2000, 60 }, .limit_us = 60 * G_USEC_PER_SEC, .jobs = 2
  };
  if (argc == 2 && strcmp (argv[1], "--help") == 0)
    {
      fputs (help, stdout);
      return 0;
    }
  if (!aemp_planted_is_built ())
    return usage ("%s", aemp_planted_advice);
  int status = parse_arguments (argc, argv, &options);
  if (status)
    return status;
  if (files->len == 0)
    add_catalogue (files);
  if (files->len == 0)
    return usage ("no scenarios: there is no scenarios/catalogue here, name some");
  return find_and_shrink (&options);
}
