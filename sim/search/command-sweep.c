/* sim/search/command-sweep.c - `aemp sweep`: its arguments. */

#include "sim/search/command.h"
#include "sim/search/sweep.h"

#include "engine/planted.h"
#include "engine/units.h"
#include "sim/actors/kinds.h"

#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_SCENARIO 65
#define JOBS_MAX 1024
#define REPEAT_PPM 1000

typedef struct
{
  GPtrArray *files;    /* of char * */
  GPtrArray *settings; /* of char *, and NULL at the end */
  GPtrArray *planted;  /* … */
  int64_t until_us;
  char *arguments; /* what has to be repeated besides file and seed */
  char *results_file;
  char *build;
  bool seeds_said;
  bool serve; /* this is a fresh process */
  SimSweepOptions sweep;
} Options;

static const char help[]
    = "aemp sweep - plays many seeds of scenarios, in several processes, and keeps what came of "
      "it\n"
      "\n"
      "  aemp sweep FILE… --seeds A..B [--jobs N] [--results DB.sqlite] [--resume] [--shard I/N]\n"
      "             [--time-limit T] [--marks] [--repeat-sample P] [--set key=value] [--until T]\n"
      "             [--planted NAME] [--build NAME] [--hang T] [--memory SIZE]\n"
      "\n"
      "  --seeds A..B       all seeds from A to B of each scenario\n"
      "  --jobs N           so many processes (as many as there are processors)\n"
      "  --results DB       keep each run in this file; several sweeps can share one\n"
      "  --resume           … and do not play again what is there already\n"
      "  --shard I/N        only the Ith of N parts; `aemp results --merge` puts them together\n"
      "  --time-limit T     end after so long (30s, 2h)\n"
      "  --marks            say which marks were never reached; exit status 4 if there are any\n"
      "  --repeat-sample P  so many of the seeds (0.1%) and the first of each scenario are played\n"
      "                     twice more, in fresh processes, and have to come to the same; 0%: "
      "none\n"
      "  --set key=value    a setting of every node or of the network, as `aemp simulate` has it\n"
      "  --until T          end each run at T\n"
      "  --planted NAME     with a bug switched on; `aemp bench planted --list` has them all\n"
      "  --build NAME       what this build is called in the results (its version and a hash)\n"
      "  --hang T           virtual time may stand still for so long (10s of a processor)\n"
      "  --memory SIZE      a process may have so much (2GiB)\n"
      "\n"
      "A crash, a sanitizer's complaint, a hang and too much memory are verdicts of their seed.\n"
      "SIGINT and SIGTERM end the sweep; what is done is told and kept.  docs/sweep.md tells "
      "more.\n"
      "\n"
      "Exit status, of the worst run: 70 crash, hang, memory, sanitizer, 3 not repeatable, 1 a "
      "promise\n"
      "or an expectation failed, 2 no progress after calm, 4 a promise was asked for and had "
      "nothing\n"
      "to judge, or a mark was never reached; 0 all is well.  64 usage, 65 a scenario cannot be\n"
      "read, 73 the results cannot be written, 128 and the number of a signal that ended it.\n";

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp sweep: %s\nTry: aemp sweep --help\n", text);
  return EXIT_USAGE;
}

/* --- Values
 * ------------------------------------------------------------------------------------------ */

static bool
parse_number (const char *text, const char *end, uint64_t least, uint64_t most, uint64_t *number)
{
  g_autofree char *part = g_strndup (text, (size_t)(end - text));
  return g_ascii_string_to_unsigned (part, 10, least, most, number, NULL);
}

static int
take_seeds (Options *options, const char *value)
{
  const char *dots = strstr (value, "..");
  SimSweepOptions *sweep = &options->sweep;
  options->seeds_said = true;
  if (!dots || !parse_number (value, dots, 0, G_MAXUINT64, &sweep->seed_first)
      || !parse_number (dots + 2, value + strlen (value), sweep->seed_first, G_MAXUINT64,
                        &sweep->seed_last))
    return usage ("--seeds: expected A..B with A not greater than B, found '%s'", value);
  return 0;
}

static int
take_jobs (Options *options, const char *value)
{
  uint64_t jobs;
  if (!parse_number (value, value + strlen (value), 1, JOBS_MAX, &jobs))
    return usage ("--jobs: expected a number from 1 to %d, found '%s'", JOBS_MAX, value);
  options->sweep.jobs = (unsigned)jobs;
  return 0;
}

static int
take_shard (Options *options, const char *value)
{
  const char *slash = strchr (value, '/');
  uint64_t shard, shards;
  if (!slash || !parse_number (slash + 1, value + strlen (value), 1, G_MAXUINT16, &shards)
      || !parse_number (value, slash, 1, shards, &shard))
    return usage ("--shard: expected I/N with I from 1 to N, found '%s'", value);
  options->sweep.shard = (unsigned)shard;
  options->sweep.shards = (unsigned)shards;
  return 0;
}

static int
take_duration (const char *name, const char *value, int64_t *us)
{
  g_autoptr (GError) error = NULL;
  if (!aemp_parse_duration (value, AEMP_DURATION_PLAIN, us, &error))
    return usage ("%s: %s", name, error->message);
  return *us > 0 ? 0 : usage ("%s: expected more than 0", name);
}

/* "0.1%": in millionths that is 1000. */
static int
take_repeat (Options *options, const char *value)
{
  static const AempUnit units[] = { { "%", 10000 }, { NULL, 0 } };
  g_autoptr (GError) error = NULL;
  uint64_t ppm;
  if (!aemp_parse_quantity (value, units, "a share like 0.1%", &ppm, &error))
    return usage ("--repeat-sample: %s", error->message);
  if (ppm > 1000000)
    return usage ("--repeat-sample: expected at most 100%%, found '%s'", value);
  options->sweep.repeat_ppm = (uint32_t)ppm;
  return 0;
}

static int
take_memory (Options *options, const char *value)
{
  g_autoptr (GError) error = NULL;
  if (!aemp_parse_size (value, &options->sweep.memory_bytes, &error))
    return usage ("--memory: %s", error->message);
  return options->sweep.memory_bytes > 0 ? 0 : usage ("--memory: expected more than 0");
}

static void
add_text (GPtrArray *texts, const char *text)
{
  texts->pdata[texts->len - 1] = g_strdup (text);
  g_ptr_array_add (texts, NULL);
}

static int
take_planted (Options *options, const char *name)
{
  AempPlanted planted;
  if (!aemp_planted_is_built ())
    return usage ("--planted: %s", aemp_planted_advice);
  if (!aemp_planted_find (name, &planted))
    return usage ("--planted: there is no bug '%s'; `aemp bench planted --list` has them all",
                  name);
  add_text (options->planted, name);
  return 0;
}

static void
replace (char **text, const char *value)
{
  g_free (*text);
  *text = g_strdup (value);
}

/* --- Arguments
 * --------------------------------------------------------------------------------------- */

/* -1: it is no option without a value. */
static int
take_flag (Options *options, const char *name)
{
  if (strcmp (name, "--resume") == 0)
    options->sweep.resume = true;
  else if (strcmp (name, "--marks") == 0)
    options->sweep.marks = true;
  else if (strcmp (name, "--serve") == 0)
    options->serve = true;
  else
    return -1;
  return 0;
}

static int
take_value (Options *options, const char *name, const char *value)
{
  if (strcmp (name, "--seeds") == 0)
    return take_seeds (options, value);
  if (strcmp (name, "--jobs") == 0)
    return take_jobs (options, value);
  if (strcmp (name, "--shard") == 0)
    return take_shard (options, value);
  if (strcmp (name, "--time-limit") == 0)
    return take_duration (name, value, &options->sweep.time_limit_us);
  if (strcmp (name, "--until") == 0)
    return take_duration (name, value, &options->until_us);
  if (strcmp (name, "--hang") == 0)
    return take_duration (name, value, &options->sweep.hang_us);
  if (strcmp (name, "--repeat-sample") == 0)
    return take_repeat (options, value);
  if (strcmp (name, "--memory") == 0)
    return take_memory (options, value);
  if (strcmp (name, "--planted") == 0)
    return take_planted (options, value);
  if (strcmp (name, "--set") == 0)
    add_text (options->settings, value);
  else if (strcmp (name, "--results") == 0)
    replace (&options->results_file, value);
  else
    replace (&options->build, value);
  return 0;
}

static int
take_option (Options *options, const char *name, const char *value)
{
  static const char *const names[]
      = { "--seeds",   "--jobs",          "--shard",  "--time-limit", "--until",
          "--hang",    "--repeat-sample", "--memory", "--planted",    "--set",
          "--results", "--build",         NULL };
  if (!g_strv_contains (names, name))
    return usage ("unknown option %s", name);
  return value ? take_value (options, name, value) : usage ("%s needs a value", name);
}

static int
check_arguments (const Options *options)
{
  if (options->serve)
    return 0;
  if (options->files->len == 0)
    return usage (
        "which scenarios? for instance: aemp sweep scenarios/catalogue/*.scn --seeds 1..100");
  if (!options->seeds_said)
    return usage ("which seeds? for instance: --seeds 1..100");
  if (options->sweep.resume && !options->results_file)
    return usage ("--resume needs the file of --results");
  return 0;
}

/* "--jobs=2" and "--jobs 2" are the same. */
static int
parse_arguments (int argc, char **argv, Options *options)
{
  int status = 0;
  for (int i = 1; i < argc && !status; i++)
    {
      if (argv[i][0] != '-' || argv[i][1] == 0)
        {
          g_ptr_array_add (options->files, g_strdup (argv[i]));
          continue;
        }
      if (take_flag (options, argv[i]) == 0)
        continue;
      const char *equals = strchr (argv[i], '=');
      g_autofree char *name
          = equals ? g_strndup (argv[i], (size_t)(equals - argv[i])) : g_strdup (argv[i]);
      const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
      status = take_option (options, name, value);
    }
  return status ? status : check_arguments (options);
}

static char *
repeated_arguments (const Options *options)
{
  GString *text = g_string_new (NULL);
  for (unsigned i = 0; i + 1 < options->settings->len; i++)
    {
      g_autofree char *quoted = g_shell_quote (options->settings->pdata[i]);
      g_string_append_printf (text, " --set %s", quoted);
    }
  for (unsigned i = 0; i + 1 < options->planted->len; i++)
    g_string_append_printf (text, " --planted %s", (char *)options->planted->pdata[i]);
  if (options->until_us)
    {
      g_autofree char *until = aemp_format_duration (options->until_us);
      g_string_append_printf (text, " --until %s", until);
    }
  return g_string_free (text, FALSE);
}

/* --- Stories
 * ----------------------------------------------------------------------------------------- */

static void
story_free (void *memory)
{
  SimSweepStory *story = memory;
  scenario_free ((Scenario *)story->scenario);
  g_free (story->about.hash);
  g_free (story);
}

/* Takes the scenario.  False: it is among them already. */
static bool
add_story (Options *options, Scenario *scenario)
{
  SimSweepStory *story = g_new0 (SimSweepStory, 1);
  story->scenario = scenario;
  story->about = (SimResultsStory){ .title = scenario->title,
                                    .file = scenario->file,
                                    .arguments = options->arguments,
                                    .source = scenario->source };
  story->about.hash = sim_results_hash (scenario->source, options->arguments);
  story->plan = (SimTrialPlan){
    .scenario = scenario,
    .options
    = { .until_us = options->until_us, .planted = (const char *const *)options->planted->pdata },
    .settings = (const char *const *)options->settings->pdata,
  };
  for (unsigned i = 0; i < options->sweep.stories->len; i++)
    if (strcmp (((SimSweepStory *)options->sweep.stories->pdata[i])->about.hash, story->about.hash)
        == 0)
      {
        story_free (story);
        return false;
      }
  g_ptr_array_add (options->sweep.stories, story);
  return true;
}

/* Everything is read and checked before anything is played. */
static int
load_all (Options *options)
{
  for (unsigned i = 0; i < options->files->len; i++)
    {
      const char *file = options->files->pdata[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (Scenario) scenario = scenario_load (file, sim_actor_kinds, &error);
      for (unsigned j = 0; scenario && j + 1 < options->settings->len; j++)
        if (!scenario_set (scenario, options->settings->pdata[j], &error))
          return usage ("--set %s: %s", (char *)options->settings->pdata[j], error->message);
      if (!scenario)
        {
          fprintf (stderr, "%s\n", error->message);
          return EXIT_SCENARIO;
        }
      if (!add_story (options, g_steal_pointer (&scenario)))
        return usage ("%s is there twice", file);
    }
  return 0;
}

static int
sweep (Options *options)
{
  SimSweepOptions *what = &options->sweep;
  options->arguments = repeated_arguments (options);
  int status = load_all (options);
  if (status)
    return status;
  if (options->results_file && !options->build)
    options->build = sim_sweep_build_name ();
  what->results_file = options->results_file;
  what->build = options->build;
  what->program = g_get_prgname () ? g_get_prgname () : "aemp";
  what->out = stdout;
  what->progress = stderr;
  what->colour = isatty (STDOUT_FILENO);
  what->terminal = isatty (STDERR_FILENO);
  return sim_sweep (what);
}

static bool
wants_help (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      return true;
  return false;
}

static GPtrArray *
new_texts (void)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (texts, NULL);
  return texts;
}

int
sim_sweep_command (int argc, char **argv)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) settings = new_texts ();
  g_autoptr (GPtrArray) planted = new_texts ();
  g_autoptr (GPtrArray) stories = g_ptr_array_new_with_free_func (story_free);
  Options options = { .files = files,
                      .settings = settings,
                      .planted = planted,
                      .sweep = { .stories = stories,
                                 .jobs = g_get_num_processors (),
                                 .shard = 1,
                                 .shards = 1,
                                 .repeat_ppm = REPEAT_PPM } };
  if (wants_help (argc, argv))
    {
      fputs (help, stdout);
      return 0;
    }
  int status = parse_arguments (argc, argv, &options);
  if (!status)
    status = options.serve ? sim_trial_serve (NULL) : sweep (&options);
  g_free (options.arguments);
  g_free (options.results_file);
  g_free (options.build);
  return status;
}
