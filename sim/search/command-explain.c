/* sim/search/command-explain.c - `aemp explain`: why does a seed fail? */

#include "sim/search/command.h"

#include "engine/planted.h"
#include "engine/units.h"
#include "sim/actors/actors.h"
#include "sim/search/explain.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_PASSES 4
#define EXIT_USAGE 64
#define EXIT_SCENARIO 65
#define LIMIT_US (60 * G_USEC_PER_SEC)
#define PROGRESS_EVERY_US (G_USEC_PER_SEC / 10)

static const char help[]
    = "aemp explain - why does a seed fail?\n"
      "\n"
      "  aemp explain FILE [--seed N] [--time-limit T] [--jobs N] [--json]\n"
      "               [--planted NAME]… [--set key=value]… [--until T]\n"
      "\n"
      "  --seed N         the seed that fails (default: the one the scenario says, or 1)\n"
      "  --time-limit T   stop after so long with what there is by then (1m)\n"
      "  --jobs N         processes at a time (default: one for each processor)\n"
      "  --json           as one object\n"
      "  --planted NAME   a planted bug, in builds that have them\n"
      "  --set, --until   as for `aemp simulate`\n"
      "\n"
      "Says what was promised and what happened; which fault decides it, as the run passes without it;\n"
      "when the run was lost, by a curve: how many fail in the same way, no later, when everything from\n"
      "some time on is drawn again (delays, losses, what nodes draw and storms do; the scenario's own\n"
      "faults from then on happen in half of the runs); and what those saw last to whom it happened.\n"
      "\n"
      "Exit status: 0 explained, 4 the seed does not fail, 64 usage, 65 a scenario that cannot be read.\n";

typedef struct
{
  const char *file;
  uint64_t seed;
  bool seed_said;
  bool json;
  int64_t until_us;
  GPtrArray *planted;  /* of const char *, NULL behind them */
  GPtrArray *settings; /* of const char * */
  SimExplainOptions explain;
  int64_t told_us; /* progress */
} Options;

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp explain: %s\nTry: aemp explain --help\n", text);
  return EXIT_USAGE;
}

/* --- Arguments ---------------------------------------------------------------------------------- */

static int
take_duration (const char *name, const char *value, int64_t *us)
{
  g_autoptr (GError) error = NULL;
  if (!aemp_parse_duration (value, AEMP_DURATION_PLAIN, us, &error))
    return usage ("%s: %s", name, error->message);
  return *us > 0 ? 0 : usage ("%s: expected more than 0", name);
}

static int
take_planted (Options *options, const char *value)
{
  AempPlanted planted;
  if (!aemp_planted_is_built ())
    return usage ("--planted: %s", aemp_planted_advice);
  if (!aemp_planted_find (value, &planted))
    return usage ("--planted: there is no planted bug '%s'", value);
  g_ptr_array_insert (options->planted, (int)options->planted->len - 1, (void *)value);
  return 0;
}

static int
take_option (Options *options, const char *name, const char *value)
{
  static const char *const names[]
      = { "--seed", "--time-limit", "--jobs", "--planted", "--set", "--until", NULL };
  uint64_t number;
  if (!g_strv_contains (names, name))
    return usage ("unknown option %s", name);
  if (!value)
    return usage ("%s needs a value", name);
  if (strcmp (name, "--time-limit") == 0)
    return take_duration (name, value, &options->explain.limit_us);
  if (strcmp (name, "--until") == 0)
    return take_duration (name, value, &options->until_us);
  if (strcmp (name, "--planted") == 0)
    return take_planted (options, value);
  if (strcmp (name, "--set") == 0)
    g_ptr_array_add (options->settings, (void *)value);
  else if (strcmp (name, "--seed") == 0)
    {
      if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &options->seed, NULL))
        return usage ("--seed: '%s' is no number from 0 to 2^64 - 1", value);
      options->seed_said = true;
    }
  else
    {
      if (!g_ascii_string_to_unsigned (value, 10, 1, 1000, &number, NULL))
        return usage ("--jobs: '%s' is no number from 1 to 1000", value);
      options->explain.jobs = (unsigned)number;
    }
  return 0;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int i = 1; i < argc; i++)
    {
      int status = 0;
      if (strcmp (argv[i], "--json") == 0)
        options->json = true;
      else if (argv[i][0] == '-')
        status = take_option (options, argv[i], argv[i + 1]), i++; /* NULL: the last one */
      else if (options->file)
        return usage ("one scenario only");
      else
        options->file = argv[i];
      if (status)
        return status;
    }
  return options->file ? 0 : usage ("which scenario?");
}

/* --- Doing it ------------------------------------------------------------------------------------ */

static void
on_progress (const char *stage, unsigned played, void *user_data)
{
  Options *options = user_data;
  int64_t now_us = g_get_monotonic_time ();
  if (now_us - options->told_us < PROGRESS_EVERY_US)
    return;
  options->told_us = now_us;
  fprintf (stderr, "\r%s: %u runs \033[K", stage, played);
}

static Scenario *
load (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario = scenario_load (options->file, sim_actor_kinds, &error);
  for (unsigned i = 0; scenario && !error && i < options->settings->len; i++)
    scenario_set (scenario, options->settings->pdata[i], &error);
  if (error)
    {
      fprintf (stderr, "aemp explain: %s\n", error->message);
      return NULL;
    }
  if (options->until_us)
    scenario->until_us = options->until_us;
  return g_steal_pointer (&scenario);
}

/* What shows the run again. */
static char *
repeat_command (const Options *options)
{
  GString *command = g_string_new (NULL);
  g_string_append_printf (command, "%s simulate %s --seed %" G_GUINT64_FORMAT,
                          g_get_prgname () ? g_get_prgname () : "aemp", options->file,
                          options->explain.seed);
  for (unsigned i = 0; i + 1 < options->planted->len; i++)
    g_string_append_printf (command, " --planted %s", (char *)options->planted->pdata[i]);
  for (unsigned i = 0; i < options->settings->len; i++)
    g_string_append_printf (command, " --set %s", (char *)options->settings->pdata[i]);
  if (options->until_us)
    {
      g_autofree char *until = aemp_format_duration (options->until_us);
      g_string_append_printf (command, " --until %s", until);
    }
  return g_string_free (command, FALSE);
}

static int
explain (Options *options)
{
  g_autoptr (Scenario) scenario = load (options);
  if (!scenario)
    return EXIT_SCENARIO;
  options->explain.seed = options->seed_said     ? options->seed
                          : scenario->seed_said ? scenario->seed
                                                : 1;
  g_autoptr (SimExplained) explained = sim_explain (scenario, &options->explain);
  if (options->explain.progress)
    fputs ("\r\033[K", stderr);
  g_autofree char *command = repeat_command (options);
  g_autofree char *text
      = options->json
            ? sim_explained_json (explained, scenario, options->explain.seed)
            : sim_explained_print (explained, scenario, options->explain.seed, command);
  fputs (text, stdout);
  if (options->json)
    putchar ('\n');
  return explained->verdict == SIM_TRIAL_OK ? EXIT_PASSES : 0;
}

int
sim_explain_command (int argc, char **argv)
{
  if (argc > 1 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0))
    {
      fputs (help, stdout);
      return 0;
    }
  g_autoptr (GPtrArray) planted = g_ptr_array_new ();
  g_autoptr (GPtrArray) settings = g_ptr_array_new ();
  g_ptr_array_add (planted, NULL);
  Options options = { .planted = planted,
                      .settings = settings,
                      .explain = { .jobs = g_get_num_processors (), .limit_us = LIMIT_US } };
  options.explain.user_data = &options;
  options.explain.progress = isatty (STDERR_FILENO) ? on_progress : NULL;
  int status = parse_arguments (argc, argv, &options);
  options.explain.planted
      = planted->len > 1 ? (const char *const *)planted->pdata : NULL;
  return status ? status : explain (&options);
}
