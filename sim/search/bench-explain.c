/* sim/search/bench-explain.c - `aemp bench explain`: how near do explanations come to what was planted?
 *
 * Each planted bug is looked for; the run that it makes fail is explained; and it is counted how
 * many faults lie between the step of the curve and the nearest moment when the bug made a difference. */

#include "sim/search/command.h"

#include "engine/planted.h"
#include "sim/actors/actors.h"
#include "sim/search/explain.h"
#include "sim/search/hunt.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_SCENARIO 65

static const char help[]
    = "aemp bench explain - how near do explanations come to what was planted?\n"
      "\n"
      "  aemp bench explain [--only NAME]… [--runs N] [--seconds N] [--limit N] [--json] [FILE…]\n"
      "\n"
      "  --only NAME  only this planted bug, or these\n"
      "  --runs N     a bug that so many runs do not find is left out (200)\n"
      "  --seconds N  … or so much time of its process (10)\n"
      "  --limit N    seconds for each explanation (60)\n"
      "  --json       a line of JSON for each bug\n"
      "  FILE…        scenarios (scenarios/catalogue/*.scn)\n"
      "\n"
      "`faults between` counts the faults between the step of the curve and the nearest moment when the\n"
      "bug made a difference: 0 or 1 is as near as can be asked for.\n";

typedef struct
{
  const char *name;
  char *scenario;
  uint64_t seed;
} Found;

typedef struct
{
  GPtrArray *files;
  GPtrArray *only; /* of const char * */
  SimHuntLimits limits;
  uint64_t limit_seconds;
  bool json;
  GArray *found; /* of Found */
  unsigned explained, near, named;
} Bench;

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp bench explain: %s\nTry: aemp bench explain --help\n", text);
  return EXIT_USAGE;
}

/* --- Arguments ---------------------------------------------------------------------------------- */

static int
take_option (Bench *bench, const char *name, const char *value)
{
  uint64_t number;
  AempPlanted planted;
  if (strcmp (name, "--only") == 0)
    {
      if (!aemp_planted_find (value, &planted))
        return usage ("--only: there is no planted bug '%s'", value);
      g_ptr_array_add (bench->only, (char *)value);
      return 0;
    }
  if (!g_ascii_string_to_unsigned (value, 10, 1, 1000000, &number, NULL))
    return usage ("%s: '%s' is no number from 1 to 1,000,000", name, value);
  if (strcmp (name, "--runs") == 0)
    bench->limits.runs = (unsigned)number;
  else if (strcmp (name, "--seconds") == 0)
    bench->limits.seconds = (double)number;
  else if (strcmp (name, "--limit") == 0)
    bench->limit_seconds = number;
  else
    return usage ("unknown option %s", name);
  return 0;
}

static void
add_catalogue (Bench *bench)
{
  glob_t found;
  if (glob ("scenarios/catalogue/*.scn", 0, NULL, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++)
      g_ptr_array_add (bench->files, g_strdup (found.gl_pathv[i]));
  globfree (&found);
}

static int
parse_arguments (int argc, char **argv, Bench *bench)
{
  for (int i = 1; i < argc; i++)
    {
      int status = 0;
      if (strcmp (argv[i], "--json") == 0)
        bench->json = true;
      else if (argv[i][0] == '-' && i + 1 == argc)
        return usage ("%s needs a value", argv[i]);
      else if (argv[i][0] == '-')
        status = take_option (bench, argv[i], argv[i + 1]), i++;
      else
        g_ptr_array_add (bench->files, g_strdup (argv[i]));
      if (status)
        return status;
    }
  if (bench->files->len == 0)
    add_catalogue (bench);
  return bench->files->len > 0 ? 0 : usage ("which scenarios?  There is no scenarios/catalogue here");
}

/* --- Finding what to explain ------------------------------------------------------------------------ */

static void
take_found (AempPlanted planted, const SimHuntResult *result, void *user_data)
{
  Bench *bench = user_data;
  Found found = { aemp_planted_info (planted)->name, g_strdup (result->scenario), result->seed };
  if (result->found && result->scenario)
    g_array_append_val (bench->found, found);
  else
    g_free (found.scenario);
}

static bool
is_wanted (const Bench *bench, const char *name)
{
  bool wanted = bench->only->len == 0;
  for (unsigned i = 0; i < bench->only->len; i++)
    wanted |= strcmp (bench->only->pdata[i], name) == 0;
  return wanted;
}

/* 0, or the exit status. */
static int
find_all (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimHunt) hunt = sim_hunt_new (bench->files, &bench->limits, &error);
  if (!hunt)
    {
      fprintf (stderr, "aemp bench explain: %s\n", error->message);
      return EXIT_SCENARIO;
    }
  for (int i = 0; i < AEMP_PLANTED_COUNT; i++)
    if (is_wanted (bench, aemp_planted_info ((AempPlanted)i)->name))
      sim_hunt_add (hunt, (AempPlanted)i);
  sim_hunt_all (hunt, g_get_num_processors (), take_found, bench);
  return 0;
}

/* --- Explaining it ------------------------------------------------------------------------------------ */

static char *
deciding_text (const SimExplained *explained)
{
  int index = explained->step_fault >= 0 ? explained->step_fault : explained->deciding;
  if (index >= 0)
    return g_strdup (((const SimExplainFault *)explained->faults->pdata[index])->text);
  if (explained->left_out > 0)
    return g_strdup_printf ("%u faults together", explained->left_out);
  return g_strdup (explained->lost_before_us == 0 ? "(from the beginning)" : "(chance)");
}

static void
tell (Bench *bench, const Found *found, const SimExplained *explained)
{
  int distance = sim_explained_distance (explained);
  g_autofree char *deciding = deciding_text (explained);
  bench->explained++;
  bench->near += distance == 0 || distance == 1;
  bench->named += explained->left_out > 0 || explained->step_fault >= 0;
  if (bench->json)
    printf ("{\"bug\":\"%s\",\"scenario\":\"%s\",\"seed\":%" G_GUINT64_FORMAT
            ",\"faults_between\":%d,\"lost_after\":%" G_GINT64_FORMAT ",\"lost_before\":%"
            G_GINT64_FORMAT ",\"noticed\":%" G_GINT64_FORMAT ",\"left_out\":%u,\"runs\":%u,\"seconds\":"
            "%.3f}\n",
            found->name, found->scenario, found->seed, distance, explained->lost_after_us,
            explained->lost_before_us, explained->time_us, explained->left_out, explained->played,
            (double)explained->real_us / 1e6);
  else
    printf ("%-38s %3d  %9.3f s … %9.3f s  %5.1f s  %-26s  %.*s\n", found->name, distance,
            (double)explained->lost_after_us / 1e6, (double)explained->lost_before_us / 1e6,
            (double)explained->real_us / 1e6, strrchr (found->scenario, '/') + 1, 40, deciding);
  fflush (stdout);
}

static int
explain_one (Bench *bench, const Found *found)
{
  const char *planted[] = { found->name, NULL };
  SimExplainOptions options = { .seed = found->seed,
                                .planted = planted,
                                .jobs = g_get_num_processors (),
                                .limit_us = (int64_t)bench->limit_seconds * G_USEC_PER_SEC };
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario = scenario_load (found->scenario, sim_actor_kinds, &error);
  if (!scenario)
    {
      fprintf (stderr, "aemp bench explain: %s\n", error->message);
      return EXIT_SCENARIO;
    }
  g_autoptr (SimExplained) explained = sim_explain (scenario, &options);
  tell (bench, found, explained);
  return 0;
}

static int
explain_all (Bench *bench)
{
  int status = 0;
  if (!bench->json)
    printf ("%-38s faults between, lost between, took, scenario, what decided it\n", "planted bug");
  for (unsigned i = 0; i < bench->found->len && status == 0; i++)
    status = explain_one (bench, &g_array_index (bench->found, Found, i));
  if (!bench->json && status == 0)
    printf ("%u explained, %u (%.0f %%) with the step at most one fault from the planted cause; "
            "%u with a fault named\n",
            bench->explained, bench->near,
            bench->explained ? 100.0 * bench->near / bench->explained : 0, bench->named);
  return status;
}

int
sim_bench_explain (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "--help") == 0)
    {
      fputs (help, stdout);
      return 0;
    }
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) only = g_ptr_array_new ();
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Found));
  Bench bench = { .files = files, .only = only, .found = found, .limits = { 200, 10 }, .limit_seconds = 60 };
  if (!aemp_planted_is_built ())
    {
      fprintf (stderr, "aemp bench explain: %s\n", aemp_planted_advice);
      return EXIT_USAGE;
    }
  int status = parse_arguments (argc, argv, &bench);
  if (!status)
    status = find_all (&bench);
  if (!status)
    status = explain_all (&bench);
  for (unsigned i = 0; i < found->len; i++)
    g_free (g_array_index (found, Found, i).scenario);
  return status;
}
