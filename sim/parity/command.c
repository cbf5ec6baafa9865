/* sim/parity/command.c - `aemp parity`. */
#include "sim/parity/command.h"

#include "sim/parity/bench.h"
#include "sim/parity/judge.h"
#include "sim/parity/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_DIFFERENT 1
#define EXIT_USAGE 64
#define EXIT_SCRIPT 65
#define JOBS 32 /* scripts wait most of the time */
#define SCORE_TO_REACH 98
#define SCRIPTS_FOLDER "tests/parity"

typedef struct
{
  GOptionContext *context;
  char **files;
  char *only;
  int jobs;
  int score;
  gboolean kernel_only;
  gboolean model_only;
  gboolean json;
  gboolean all;
  gboolean bench;
  gboolean tap;
} Options;

/* --- Scripts --- */

static int
compare_names (const void *one, const void *other)
{
  return strcmp (*(char *const *)one, *(char *const *)other);
}

static bool
load_folder (const char *folder, GPtrArray *scripts, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (!dir)
    return false;
  while ((name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".tcp"))
      g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (unsigned i = 0; i < names->len; i++)
    if (!parity_scripts_load (g_ptr_array_index (names, i), scripts, error))
      return false;
  return true;
}

static bool
load (const char *path, GPtrArray *scripts, GError **error)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR) ? load_folder (path, scripts, error)
                                                : parity_scripts_load (path, scripts, error);
}

/* All, or those whose group or name has the text in it. */
static void
keep_chosen (GPtrArray *scripts, const Options *options)
{
  const char *text = options->only;

  for (unsigned i = scripts->len; i-- > 0;)
    {
      const ParityScript *script = g_ptr_array_index (scripts, i);
      if (text && !strstr (script->name, text) && strcmp (script->group, text) != 0)
        g_ptr_array_remove_index (scripts, i);
    }
}

static bool
load_all (const Options *options, GPtrArray *scripts, GError **error)
{
  if (!options->files && !load (SCRIPTS_FOLDER, scripts, error))
    return false;
  for (char **file = options->files; file && *file; file++)
    if (!load (*file, scripts, error))
      return false;
  keep_chosen (scripts, options);
  return true;
}

/* --- Both halves --- */

/* Those that differ are played once more, fewer at a time, and once again almost alone: on a
 * busy machine times are measured wrongly, and no machine is always busy. */
static void
play_kernel (ParityVerdict *verdicts, const GPtrArray *scripts, unsigned jobs)
{
  const unsigned jobs_of_try[] = { jobs, MIN (jobs, 8), MIN (jobs, 2) };
  unsigned count = scripts->len;
  g_autofree ParityLife *lives = g_new0 (ParityLife, count);
  g_autofree bool *chosen = g_new0 (bool, count);

  for (unsigned i = 0; i < count; i++)
    chosen[i] = true;
  for (unsigned try = 0; try < G_N_ELEMENTS (jobs_of_try); try++)
    {
      parity_play_with_kernel (scripts, chosen, jobs_of_try[try], lives);
      for (unsigned i = 0; i < count; i++)
        {
          verdicts[i].tries += chosen[i];
          verdicts[i].kernel = lives[i];
          parity_judge (&verdicts[i]);
          chosen[i] = !verdicts[i].same;
        }
    }
}

/* What a script does not set is for the simulated world as it is here. */
static void
take_kernel_limits (const GPtrArray *scripts)
{
  for (unsigned i = 0; i < scripts->len; i++)
    {
      ParityScript *script = g_ptr_array_index (scripts, i);
      for (unsigned limit = 0; limit < PARITY_LIMITS; limit++)
        if (script->limits[limit] < 0)
          script->model_limits[limit] = parity_limit_read (limit);
    }
}

static int
compare_halves (const Options *options, const GPtrArray *scripts)
{
  g_autofree ParityVerdict *verdicts = g_new0 (ParityVerdict, scripts->len);
  g_autoptr (GError) why = NULL;
  bool with_kernel = !options->model_only;
  unsigned score;

  for (unsigned i = 0; i < scripts->len; i++)
    verdicts[i].script = g_ptr_array_index (scripts, i);
  if (with_kernel && !parity_kernel_is_there (&why))
    {
      with_kernel = false;
      fprintf (stderr, "aemp: the kernel's half is skipped: %s\n", why->message);
    }
  if (with_kernel)
    take_kernel_limits (scripts);
  for (unsigned i = 0; i < scripts->len && !options->kernel_only; i++)
    {
      verdicts[i].model_played = true;
      parity_play_simulated (verdicts[i].script, &verdicts[i].model);
    }
  if (with_kernel)
    play_kernel (verdicts, scripts, (unsigned)options->jobs);
  for (unsigned i = 0; i < scripts->len; i++)
    parity_judge (&verdicts[i]);
  score = parity_score (verdicts, scripts->len);
  if (options->tap)
    parity_print_tap (verdicts, scripts->len, (unsigned)options->score, why ? why->message : NULL);
  else if (options->json)
    parity_print_json (verdicts, scripts->len);
  else
    parity_print_table (verdicts, scripts->len, options->all);
  for (unsigned i = 0; i < scripts->len; i++)
    parity_verdict_clear (&verdicts[i]);
  return options->tap || score >= (unsigned)options->score ? 0 : EXIT_DIFFERENT;
}

/* --- The command line --- */

static bool
read_options (Options *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "kernel", 'k', 0, G_OPTION_ARG_NONE, &options->kernel_only, "the kernel's half only", NULL },
    { "simulated", 's', 0, G_OPTION_ARG_NONE, &options->model_only, "the simulated half only",
      NULL },
    { "only", 'o', 0, G_OPTION_ARG_STRING, &options->only,
      "scripts of this group, or with this in their name", "TEXT" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &options->jobs, "so many at once with the kernel (32)",
      "N" },
    { "score", 0, 0, G_OPTION_ARG_INT, &options->score, "to reach, in percent (98)", "N" },
    { "all", 'a', 0, G_OPTION_ARG_NONE, &options->all, "also tell of those that are the same",
      NULL },
    { "bench", 0, 0, G_OPTION_ARG_NONE, &options->bench,
      "measure what the router costs, and nothing else", NULL },
    { "tap", 0, 0, G_OPTION_ARG_NONE, &options->tap, "a line for each script, for test programs",
      NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, "everything that was seen, as JSON", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, "", "[FILE...]" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, "Plays short scripts about sockets with this machine's kernel and in the simulated\n"
               "world, and says where they differ.  Files or folders; none: " SCRIPTS_FOLDER ".");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return false;
  options->jobs = CLAMP (options->jobs, 1, 64);
  options->score = CLAMP (options->score, 0, 100);
  return true;
}

int
parity_command (int argc, char **argv)
{
  Options options = { .jobs = JOBS, .score = SCORE_TO_REACH };
  g_autoptr (GPtrArray) scripts = parity_scripts_new ();
  g_autoptr (GError) error = NULL;
  int status = EXIT_USAGE;

  if (read_options (&options, argc, argv, &error) && options.bench)
    status = parity_bench ();
  else if (!error)
    status
        = load_all (&options, scripts, &error) ? compare_halves (&options, scripts) : EXIT_SCRIPT;
  if (error)
    fprintf (stderr, "aemp: %s\n", error->message);
  g_strfreev (options.files);
  g_free (options.only);
  return status;
}
