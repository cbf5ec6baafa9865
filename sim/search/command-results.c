/* sim/search/command-results.c - `aemp results`: what sweeps have found. */

#include "sim/search/command.h"
#include "sim/search/results-tell.h"

#include "reports/results-page.h"
#include "sim/search/trial.h"

#include <errno.h>

#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_DATA 65
#define EXIT_OUTPUT 73

typedef struct
{
  GPtrArray *files; /* of char *, and NULL at the end */
  SimResultsFilter filter;
  const char *old_build; /* of --compare */
  const char *new_build;
  const char *merge_to;
  const char *html;
  bool list;
  bool json;
  SimResultsTell tell;
} Options;

static const char help[]
    = "aemp results - what sweeps have found\n"
      "\n"
      "  aemp results DB.sqlite… [--scenario PATTERN] [--build PATTERN] [--verdict V] [--promise "
      "N]\n"
      "               [--signature TEXT] [--list] [--marks] [--json]\n"
      "  aemp results DB.sqlite… --html FILE\n"
      "  aemp results DB.sqlite… --compare OLD NEW [--json]\n"
      "  aemp results DB.sqlite… --merge ALL.sqlite\n"
      "\n"
      "Says for each build and scenario how many runs there were, and what failed: runs that fail "
      "in\n"
      "the same way are one group.  Several files are read as if they were one.\n"
      "\n"
      "  --scenario PATTERN  only those with this title or file; * stands for anything\n"
      "  --build PATTERN     only runs of these builds\n"
      "  --verdict V         only: ok, failed, no progress, crash, sanitizer, hang, memory, not\n"
      "                      repeatable; or bad: all but ok\n"
      "  --promise N         only runs that broke this promise first\n"
      "  --signature TEXT    only those of the group with exactly this text\n"
      "  --list              each run by itself\n"
      "  --marks             also the marks that no run has reached\n"
      "  --compare OLD NEW   what fails with build NEW and did not with OLD, and the reverse\n"
      "  --merge FILE        put all of it into this file, new or not\n"
      "  --html FILE         a page for a browser: failures by promise and likeness, with the commands\n"
      "                      that repeat them, history by build, seeds a second, marks\n"
      "  --json              for programs: one object; with --list, one a line\n"
      "\n"
      "Exit status: 0, also if runs have failed; with --compare 1 if something fails now that did "
      "not.\n"
      "64 usage, 65 a file cannot be read, 73 cannot be written.\n";

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp results: %s\nTry: aemp results --help\n", text);
  return EXIT_USAGE;
}

/* --- Arguments
 * --------------------------------------------------------------------------------------- */

static int
take_verdict (Options *options, const char *value)
{
  SimTrialVerdict verdict;
  if (strcmp (value, "bad") != 0 && !sim_trial_verdict_find (value, &verdict))
    return usage ("--verdict: there is no verdict '%s'", value);
  options->filter.verdict = value;
  return 0;
}

static int
take_promise (Options *options, const char *value)
{
  uint64_t promise;
  if (!g_ascii_string_to_unsigned (value, 10, 1, SIM_PROMISES, &promise, NULL))
    return usage ("--promise: expected a number from 1 to %d, found '%s'", SIM_PROMISES, value);
  options->filter.promise = (int)promise;
  return 0;
}

static int
take_option (Options *options, const char *name, const char *value)
{
  const struct
  {
    const char *name;
    const char **place;
  } texts[] = { { "--scenario", &options->filter.story },
                { "--build", &options->filter.build },
                { "--signature", &options->filter.signature },
                { "--html", &options->html },
                { "--merge", &options->merge_to } };
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i].name, name) == 0)
      {
        *texts[i].place = value;
        return value ? 0 : usage ("%s needs a value", name);
      }
  if (strcmp (name, "--verdict") == 0)
    return value ? take_verdict (options, value) : usage ("%s needs a value", name);
  if (strcmp (name, "--promise") == 0)
    return value ? take_promise (options, value) : usage ("%s needs a value", name);
  return usage ("unknown option %s", name);
}

static bool
take_flag (Options *options, const char *name)
{
  if (strcmp (name, "--list") == 0)
    options->list = true;
  else if (strcmp (name, "--json") == 0)
    options->json = true;
  else if (strcmp (name, "--marks") == 0)
    options->tell.marks = true;
  else
    return false;
  return true;
}

static void
add_file (Options *options, const char *file)
{
  options->files->pdata[options->files->len - 1] = (char *)file;
  g_ptr_array_add (options->files, NULL);
}

/* What stands behind the `=`, or is the next argument; `i` is the latest that was taken. */
static const char *
value_of (int argc, char **argv, int *i, char **name)
{
  char *equals = strchr (argv[*i], '=');
  if (!equals)
    {
      *name = g_strdup (argv[*i]);
      return *i + 1 < argc ? argv[++*i] : NULL;
    }
  *name = g_strndup (argv[*i], (size_t)(equals - argv[*i]));
  return equals + 1;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  int status = 0;
  for (int i = 1; i < argc && !status; i++)
    {
      g_autofree char *name = NULL;
      if (argv[i][0] != '-')
        add_file (options, argv[i]);
      else if (strcmp (argv[i], "--compare") == 0)
        {
          if (i + 2 >= argc)
            return usage ("--compare needs the names of two builds");
          options->old_build = argv[++i];
          options->new_build = argv[++i];
        }
      else if (!take_flag (options, argv[i]))
        {
          const char *value = value_of (argc, argv, &i, &name);
          status = take_option (options, name, value);
        }
    }
  if (!status && !options->files->pdata[0])
    status = usage ("which file? for instance: aemp results results.sqlite");
  return status;
}

/* --- Doing it
 * ---------------------------------------------------------------------------------------- */

static bool
show_run (const SimResultsRun *run, void *user_data)
{
  const Options *options = user_data;
  if (options->json)
    sim_results_write_run (&options->tell, run);
  else
    sim_results_tell_run (&options->tell, run);
  return true;
}

/* 0, or the exit status: it was told. */
static int
write_page (const Options *options, const SimResultsOverview *overview)
{
  g_autoptr (GString) page = g_string_new (NULL);
  report_results_page (page, overview, sim_promise_name, sim_results_repeat_command);
  FILE *file = fopen (options->html, "w");
  bool good = file && fwrite (page->str, 1, page->len, file) == page->len;
  if (file && fclose (file) != 0)
    good = false;
  if (good)
    return 0;
  fprintf (stderr, "aemp results: cannot write %s: %s\n", options->html, g_strerror (errno));
  return EXIT_OUTPUT;
}

static bool
show_overview (Options *options, SimResults *results, int *status, GError **error)
{
  g_autoptr (SimResultsOverview) overview
      = sim_results_overview_of (results, &options->filter, error);
  if (!overview)
    return false;
  if (options->html)
    *status = write_page (options, overview);
  else if (options->json)
    sim_results_write_overview (&options->tell, overview);
  else
    sim_results_tell_overview (&options->tell, overview);
  return true;
}

/* -1: it cannot be read. */
static int
show_comparison (Options *options, SimResults *results, GError **error)
{
  g_autoptr (SimResultsComparison) comparison
      = sim_results_compare (results, options->old_build, options->new_build, error);
  if (!comparison)
    return -1;
  if (options->json)
    sim_results_write_comparison (&options->tell, comparison);
  else
    sim_results_tell_comparison (&options->tell, comparison);
  return comparison->now->len > 0 ? 1 : 0;
}

static int
complain (const GError *error, int status)
{
  fprintf (stderr, "aemp results: %s\n", error->message);
  return status;
}

static int
merge (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimResults) all = sim_results_create (options->merge_to, &error);
  if (!all)
    return complain (error, EXIT_OUTPUT);
  for (unsigned i = 0; options->files->pdata[i]; i++)
    if (!sim_results_merge (all, options->files->pdata[i], &error))
      return complain (error, EXIT_DATA);
  return 0;
}

static int
show (Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimResults) results
      = sim_results_open_all ((const char *const *)options->files->pdata, &error);
  if (!results)
    return complain (error, EXIT_DATA);
  int status = 0;
  if (options->old_build)
    status = show_comparison (options, results, &error);
  else if (options->list)
    sim_results_each (results, &options->filter, show_run, options, &error);
  else
    show_overview (options, results, &status, &error);
  return error ? complain (error, EXIT_DATA) : status;
}

int
sim_results_command (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      {
        fputs (help, stdout);
        return 0;
      }
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_ptr_array_add (files, NULL);
  Options options = { .files = files,
                      .tell = { .out = stdout,
                                .program = g_get_prgname () ? g_get_prgname () : "aemp",
                                .colour = isatty (STDOUT_FILENO) } };
  int status = parse_arguments (argc, argv, &options);
  if (status)
    return status;
  return options.merge_to ? merge (&options) : show (&options);
}
