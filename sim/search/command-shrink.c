/* sim/search/command-shrink.c - `aemp shrink`: a failing seed as a few lines; `aemp pin`: as a
 * scenario that is kept. */
#include "sim/search/command-shrink.h"

#include "engine/planted.h"
#include "engine/units.h"
#include "sim/actors/actors.h"
#include "sim/print.h"
#include "sim/search/pin.h"
#include "sim/search/shrink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_SCENARIO 65
#define EXIT_OUTPUT 73
#define PROGRESS_EVERY_US (G_USEC_PER_SEC / 10)

#define PINNED_FOLDER "scenarios/pinned"

typedef struct
{
  const char *command; /* "shrink" */
  const char *file;
  const char *out;  /* shrink */
  const char *name; /* pin */
  const char *into; /* pin */
  SimShrinkOptions shrink;
  bool seed_said;
  GPtrArray *planted;  /* of const char *, NULL behind them */
  GPtrArray *settings; /* of const char * */
  int64_t until_us;
} Options;

static const char help[]
    = "aemp shrink - makes of a seed that fails a scenario of a few lines that still fails\n"
      "\n"
      "  aemp shrink FILE [--seed N] [-o OUT.scn] [--time-limit T] [--jobs N] [--seeds N]\n"
      "              [--planted NAME]… [--set key=value]… [--until T]\n"
      "\n"
      "  --seed N         the seed that fails (default: the one the scenario says, or 1)\n"
      "  -o OUT.scn       where the result goes (default: FILE.shrunk.scn, here); beside it goes\n"
      "                   OUT.pass.scn, a scenario that differs in little and passes\n"
      "  --time-limit T   stop after so long with what there is by then (30s, 5m)\n"
      "  --jobs N         processes at a time (default: one for each processor); the result is "
      "the\n"
      "                   same\n"
      "  --seeds N        how many seeds each variation is tried with (default 3)\n"
      "  --planted NAME   a planted bug, in builds that have them\n"
      "  --set, --until   as for `aemp simulate`\n"
      "\n"
      "Storms become the statements that they came down to; then whatever is not needed is taken\n"
      "away, and numbers are made small and round, as long as the run fails in the same way.\n"
      "\n"
      "Exit status: 0 there is a result, and it was seen to fail in a fresh process, 3 it does "
      "not\n"
      "fail there, 4 the seed does not fail, 64 usage, 65 a scenario that cannot be read, 73 the\n"
      "result cannot be written.\n";

static const char pin_help[]
    = "aemp pin - keeps a run that fails as a regression scenario\n"
      "\n"
      "  aemp pin FILE [--seed N] [--name NAME] [--into DIR] [--time-limit T] [--jobs N]\n"
      "           [--planted NAME]… [--set key=value]… [--until T]\n"
      "\n"
      "  --seed N         the seed that fails (default: the one the scenario says, or 1)\n"
      "  --name NAME      of the new scenario (default: FILE's, and the seed)\n"
      "  --into DIR       where it goes (default: " PINNED_FOLDER ", which ./check replays);\n"
      "                   made if it is not there\n"
      "  --time-limit T   stop looking for decisions that are not needed after so long\n"
      "  --jobs, --planted, --set, --until   as for `aemp shrink`\n"
      "\n"
      "Storms become the statements that they came down to, and what else chance decided and is\n"
      "needed stands there as `decide`; it says which places the run has to come to, so that one\n"
      "that does not get there any more is noticed: it is vacuous.  FILE may be what `aemp\n"
      "shrink` made; that is shorter, and worth while.\n"
      "\n"
      "Exit status: 0 it is pinned, and was seen to fail in a fresh process, 3 it does not fail\n"
      "there, 4 the seed does not fail, 64 usage, 65 a scenario that cannot be read, 73 it cannot "
      "be\n"
      "written.\n";

static int usage (const Options *options, const char *format, ...) G_GNUC_PRINTF (2, 3);

static int
usage (const Options *options, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp %s: %s\nTry: aemp %s --help\n", options->command, text, options->command);
  return EXIT_USAGE;
}

/* --- Arguments ----------------------------------------------------------------------------------
 */

static int
take_number (const Options *options, const char *name, const char *value, uint64_t most,
             uint64_t *number)
{
  if (g_ascii_string_to_unsigned (value, 10, 0, most, number, NULL))
    return 0;
  return usage (options, "%s: '%s' is no number from 0 to %" G_GUINT64_FORMAT, name, value, most);
}

static int
take_duration (const Options *options, const char *name, const char *value, int64_t *us)
{
  g_autoptr (GError) error = NULL;
  if (!aemp_parse_duration (value, AEMP_DURATION_PLAIN, us, &error))
    return usage (options, "%s: %s", name, error->message);
  return *us > 0 ? 0 : usage (options, "%s: expected more than 0", name);
}

static int
take_planted (Options *options, const char *value)
{
  AempPlanted planted;
  if (!aemp_planted_is_built ())
    return usage (options, "--planted: %s", aemp_planted_advice);
  if (!aemp_planted_find (value, &planted))
    return usage (options, "--planted: there is no planted bug '%s'", value);
  g_ptr_array_insert (options->planted, (int)options->planted->len - 1, (void *)value);
  return 0;
}

static bool
is_option (const Options *options, const char *name)
{
  static const char *const both[]
      = { "--seed", "--time-limit", "--until", "--planted", "--set", "--jobs", NULL };
  static const char *const of_pin[] = { "--name", "--into", NULL };
  static const char *const of_shrink[] = { "-o", "--seeds", NULL };
  return g_strv_contains (both, name)
         || g_strv_contains (strcmp (options->command, "pin") == 0 ? of_pin : of_shrink, name);
}

static int
take_option (Options *options, const char *name, const char *value)
{
  uint64_t number = 0;
  int status = 0;
  if (!is_option (options, name))
    return usage (options, "unknown option %s", name);
  if (!value)
    return usage (options, "%s needs a value", name);
  if (strcmp (name, "--seed") == 0)
    {
      options->seed_said = true;
      return take_number (options, name, value, G_MAXUINT64, &options->shrink.seed);
    }
  if (strcmp (name, "-o") == 0)
    options->out = value;
  else if (strcmp (name, "--name") == 0)
    options->name = value;
  else if (strcmp (name, "--into") == 0)
    options->into = value;
  else if (strcmp (name, "--time-limit") == 0)
    return take_duration (options, name, value, &options->shrink.limit_us);
  else if (strcmp (name, "--until") == 0)
    return take_duration (options, name, value, &options->until_us);
  else if (strcmp (name, "--planted") == 0)
    return take_planted (options, value);
  else if (strcmp (name, "--set") == 0)
    g_ptr_array_add (options->settings, (void *)value);
  else if (strcmp (name, "--jobs") == 0)
    {
      status = take_number (options, name, value, 1000, &number);
      options->shrink.jobs = (unsigned)number;
    }
  else
    {
      status = take_number (options, name, value, 1000, &number);
      options->shrink.seeds = (unsigned)number;
    }
  return status;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int i = 1; i < argc; i++)
    {
      if (argv[i][0] != '-' || argv[i][1] == 0)
        {
          if (options->file)
            return usage (options, "one scenario only, found %s and %s", options->file, argv[i]);
          options->file = argv[i];
          continue;
        }
      const char *equals = strchr (argv[i], '=');
      g_autofree char *name
          = equals ? g_strndup (argv[i], (size_t)(equals - argv[i])) : g_strdup (argv[i]);
      const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
      int status = take_option (options, name, value);
      if (status)
        return status;
    }
  return options->file ? 0 : usage (options, "which scenario?");
}

static int
load (const Options *options, Scenario **scenario)
{
  g_autoptr (GError) error = NULL;
  *scenario = scenario_load (options->file, sim_actor_kinds, &error);
  if (!*scenario)
    {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_SCENARIO;
    }
  for (unsigned i = 0; i < options->settings->len; i++)
    if (!scenario_set (*scenario, options->settings->pdata[i], &error))
      return usage (options, "--set %s: %s", (const char *)options->settings->pdata[i],
                    error->message);
  if (options->until_us > 0)
    {
      (*scenario)->until_said = true;
      (*scenario)->until_us = options->until_us;
      if (!scenario_settle (*scenario, &error))
        return usage (options, "--until: %s", error->message);
    }
  return 0;
}

/* --- Progress -----------------------------------------------------------------------------------
 */

static void
show_progress (const char *stage, const SimTries *tries, void *user_data)
{
  int64_t *last_us = user_data;
  int64_t now_us = g_get_monotonic_time ();
  if (now_us - *last_us < PROGRESS_EVERY_US)
    return;
  *last_us = now_us;
  SimSize size = sim_size_of (sim_tries_text (tries));
  fprintf (stderr, "\r%u runs, %u nodes, %u statements, %u lines; trying fewer %s\033[K",
           sim_tries_played (tries), size.nodes, size.statements, size.lines, stage);
}

/* --- The result ---------------------------------------------------------------------------------
 */

static char *
name_beside (const char *file, const char *ending)
{
  g_autofree char *stem = g_str_has_suffix (file, ".scn")
                              ? g_strndup (file, strlen (file) - strlen (".scn"))
                              : g_strdup (file);
  return g_strconcat (stem, ending, NULL);
}

static bool
write_file (const Options *options, const char *file, const char *comments, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *all = g_strconcat (comments, text, NULL);
  if (g_file_set_contents (file, all, -1, &error))
    return true;
  fprintf (stderr, "aemp %s: %s\n", options->command, error->message);
  return false;
}

/* " --planted NAME", for each. */
static char *
planted_arguments (const Options *options)
{
  GString *text = g_string_new (NULL);
  for (unsigned i = 0; i + 1 < options->planted->len; i++)
    g_string_append_printf (text, " --planted %s", (const char *)options->planted->pdata[i]);
  return g_string_free (text, FALSE);
}

static char *
comments_of (const Options *options, const SimShrunk *shrunk, const char *out, bool fails)
{
  GString *text = g_string_new (NULL);
  g_autofree char *base = g_path_get_basename (options->file);
  g_autofree char *out_base = g_path_get_basename (out);
  g_autofree char *planted = planted_arguments (options);
  if (fails)
    g_string_append_printf (text, "# Fails: %s\n", shrunk->what);
  else
    g_string_append_printf (text, "# Passes; a little more of it fails: %s\n", shrunk->what);
  g_string_append_printf (text, "# Shrunk from %s, seed %" G_GUINT64_FORMAT "%s.\n", base,
                          options->shrink.seed, planted);
  g_string_append_printf (text, "# Repeat with: aemp simulate %s%s\n\n", out_base, planted);
  return g_string_free (text, FALSE);
}

static void
print_shrunk (const SimShrunk *shrunk, const char *out, const char *beside, double seconds)
{
  g_autofree char *runs = sim_print_number_of (shrunk->played, "run|runs");
  g_autofree char *end = aemp_format_duration (shrunk->after.until_us);
  printf ("%s\n", shrunk->what);
  printf ("  before  %4u nodes  %4u statements (%u with storms spelled out)  %4u lines\n",
          shrunk->before.nodes, shrunk->before.statements, shrunk->expanded.statements,
          shrunk->before.lines);
  printf ("  after   %4u nodes  %4u statements  %4u lines, seed %" G_GUINT64_FORMAT
          ", ends at %s\n",
          shrunk->after.nodes, shrunk->after.statements, shrunk->after.lines, shrunk->seed, end);
  printf ("  %s in %.1f s, %u failed otherwise%s; %s\n", runs, seconds, shrunk->failed_otherwise,
          shrunk->out_of_time ? ", out of time" : "",
          shrunk->verified ? "verified in a fresh process"
                           : "NOT VERIFIED: it does not fail again");
  printf ("  %s", out);
  if (beside)
    printf (", and %s passes", beside);
  printf ("\n");
}

static int
write_shrunk (const Options *options, const SimShrunk *shrunk, double seconds)
{
  g_autofree char *base = g_path_get_basename (options->file);
  g_autofree char *out = options->out ? g_strdup (options->out) : name_beside (base, ".shrunk.scn");
  g_autofree char *beside = shrunk->neighbour ? name_beside (out, ".pass.scn") : NULL;
  g_autofree char *comments = comments_of (options, shrunk, out, true);
  if (!write_file (options, out, comments, shrunk->text))
    return EXIT_OUTPUT;
  if (beside)
    {
      g_autofree char *others = comments_of (options, shrunk, beside, false);
      if (!write_file (options, beside, others, shrunk->neighbour))
        return EXIT_OUTPUT;
    }
  print_shrunk (shrunk, out, beside, seconds);
  return shrunk->verified ? 0 : SIM_STATUS_NOT_REPEATABLE;
}

/* --- Pinning ------------------------------------------------------------------------------------
 */

static char *
pinned_comments (const Options *options, const SimPinned *pinned, const char *out)
{
  GString *text = g_string_new (NULL);
  g_autofree char *base = g_path_get_basename (options->file);
  g_autofree char *planted = planted_arguments (options);
  g_string_append_printf (text, "# What went wrong: %s\n", pinned->what);
  g_string_append_printf (text, "# Pinned from %s, seed %" G_GUINT64_FORMAT "%s.\n", base,
                          options->shrink.seed, planted);
  g_string_append_printf (text, "# Repeat with: aemp simulate %s%s\n\n", out, planted);
  return g_string_free (text, FALSE);
}

/* DIR/NAME.scn */
static char *
name_pinned (const Options *options)
{
  g_autofree char *base = g_path_get_basename (options->file);
  g_autofree char *ending = g_strdup_printf ("-%" G_GUINT64_FORMAT ".scn", options->shrink.seed);
  g_autofree char *file
      = options->name ? g_strconcat (options->name, ".scn", NULL) : name_beside (base, ending);
  return g_build_filename (options->into ? options->into : PINNED_FOLDER, file, NULL);
}

static int
write_pinned (const Options *options, const SimPinned *pinned)
{
  g_autofree char *out = name_pinned (options);
  g_autofree char *comments = pinned_comments (options, pinned, out);
  if (options->into)
    g_mkdir_with_parents (options->into, 0777); /* or writing says why not */
  if (!write_file (options, out, comments, pinned->text))
    return EXIT_OUTPUT;
  g_autofree char *decisions = sim_print_number_of (pinned->decisions, "decision|decisions");
  g_autofree char *places = sim_print_number_of (pinned->places, "place|places");
  printf ("%s\n  %s: %s, %s to come to; %s\n", pinned->what, out, decisions, places,
          pinned->verified ? "verified in a fresh process" : "NOT VERIFIED");
  return pinned->verified ? 0 : SIM_STATUS_NOT_REPEATABLE;
}

/* --- The commands -------------------------------------------------------------------------------
 */

static int
say_nothing_fails (const Options *options)
{
  printf ("%s passes with seed %" G_GUINT64_FORMAT ": there is nothing to %s\n", options->file,
          options->shrink.seed, options->command);
  return SIM_STATUS_VACUOUS;
}

static int
shrink (Options *options, const Scenario *scenario)
{
  int64_t began_us = g_get_monotonic_time (), last_us = 0;
  if (isatty (STDERR_FILENO))
    {
      options->shrink.progress = show_progress;
      options->shrink.user_data = &last_us;
    }
  g_autoptr (SimShrunk) shrunk = sim_shrink (scenario, &options->shrink);
  if (last_us)
    fputs ("\r\033[K", stderr);
  if (!shrunk->signature)
    return say_nothing_fails (options);
  return write_shrunk (options, shrunk, (double)(g_get_monotonic_time () - began_us) / 1e6);
}

static int
pin (Options *options, const Scenario *scenario)
{
  SimPinOptions of_pin = { .seed = options->shrink.seed,
                           .planted = options->shrink.planted,
                           .jobs = options->shrink.jobs,
                           .limit_us = options->shrink.limit_us };
  g_autoptr (SimPinned) pinned = sim_pin (scenario, &of_pin);
  return pinned->signature ? write_pinned (options, pinned) : say_nothing_fails (options);
}

static int
obey (int argc, char **argv, const char *text, int (*command) (Options *, const Scenario *))
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      {
        fputs (text, stdout);
        return 0;
      }
  g_autoptr (Scenario) scenario = NULL;
  g_autoptr (GPtrArray) planted = g_ptr_array_new ();
  g_autoptr (GPtrArray) settings = g_ptr_array_new ();
  Options options = { .command = argv[0], .planted = planted, .settings = settings };
  g_ptr_array_add (planted, NULL);
  int status = parse_arguments (argc, argv, &options);
  if (!status)
    status = load (&options, &scenario);
  if (status)
    return status;
  if (!options.seed_said)
    options.shrink.seed = scenario->seed_said ? scenario->seed : 1;
  if (planted->len > 1)
    options.shrink.planted = (const char *const *)planted->pdata;
  if (options.shrink.jobs == 0)
    options.shrink.jobs = g_get_num_processors ();
  return command (&options, scenario);
}

int
sim_shrink_command (int argc, char **argv)
{
  return obey (argc, argv, help, shrink);
}

int
sim_pin_command (int argc, char **argv)
{
  return obey (argc, argv, pin_help, pin);
}
