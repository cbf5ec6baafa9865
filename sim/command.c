/* sim/command.c - `aemp simulate`: plays scenarios with seeds and prints verdicts. */

#include "sim/command.h"

#include "engine/planted.h"
#include "engine/units.h"
#include "sim/actors/actors.h"
#include "sim/command-look.h"
#include "sim/command-trace.h"
#include "sim/print.h"
#include "sim/reach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_SCENARIO 65
#define EXIT_OUTPUT 73 /* as sysexits.h: the trace or the verdicts cannot be written */

#define FAILURES_SHOWN 3 /* of many seeds; of all others only the number */
#define NUMBERS_SHOWN 50

typedef struct
{
  GPtrArray *files; /* of char * */
  uint64_t seed_first;
  uint64_t seed_last;
  bool one;  /* --seed was said */
  bool many; /* --seeds: one line a scenario, unless a seed fails */
  char *trace; /* "-": to stdout, and the verdicts to stderr */
  char *pcap;  /* NULL: no capture */
  FILE *out;   /* where the verdicts go */
  GPtrArray *settings; /* of char *: key=value */
  GPtrArray *planted;  /* of char *, and NULL at the end */
  int64_t until_us;
  SimLook look;
  char *arguments; /* what has to be repeated besides file and seed */
} Options;

static const char help[]
    = "aemp simulate - plays scenarios in a simulated world and judges them\n"
      "\n"
      "  aemp simulate FILE… [--seed N | --seeds A..B] [--trace OUT.jsonl] [--set key=value] "
      "[--until T]\n"
      "                     [--planted NAME]…\n"
      "\n"
      "  --seed N         the number that decides everything (default: what the scenario says, or 1)\n"
      "  --seeds A..B     all seeds from A to B; one line a scenario, and the first 3 failures in "
      "full\n"
      "  --trace OUT      write every event as a line of JSON (one file, one seed); - is stdout, "
      "and\n"
      "                   the verdict goes to stderr then; compressed if its name ends in .zst\n"
      "  --pcap OUT       write every TCP segment of the simulated network as a capture (pcapng), "
      "for\n"
      "                   Wireshark; reports/aemp.lua teaches it AEMP (one file, one seed)\n"
      "  --set key=value  a setting of every node (monitor_timeout=10) or of the network "
      "(delay=50ms)\n"
      "  --until T        end the run at T (30s, 2m) instead of where the scenario ends\n"
      "  --planted NAME   with a bug switched on; `aemp bench planted --list` has them all\n"
      SIM_LOOK_HELP
      "\n"
      "Exit status: 0 all promises kept, 1 a promise or an expectation failed, 2 no progress "
      "after\n"
      "calm, 4 a promise was asked for and had nothing to judge, 64 usage, 65 a scenario that "
      "cannot\n"
      "be read or has an error, 70 internal error, 73 trace or verdicts cannot be\n"
      "written.\n";

static int
usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp simulate: %s\nTry: aemp simulate --help\n", text);
  return EXIT_USAGE;
}

/* --- Arguments ------------------------------------------------------------------------------------- */

static bool
parse_number (const char *text, const char *end, uint64_t *number)
{
  g_autofree char *part = g_strndup (text, end - text);
  g_autoptr (GError) error = NULL;
  return g_ascii_string_to_unsigned (part, 10, 0, G_MAXUINT64, number, &error);
}

static bool
parse_seeds (const char *text, Options *options)
{
  const char *dots = strstr (text, "..");
  options->many = true;
  return dots && parse_number (text, dots, &options->seed_first)
         && parse_number (dots + 2, dots + strlen (dots), &options->seed_last)
         && options->seed_first <= options->seed_last;
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
  options->planted->pdata[options->planted->len - 1] = g_strdup (name);
  g_ptr_array_add (options->planted, NULL);
  return 0;
}

/* Takes one option and its value; 0, or the exit status. */
static int
take_option (Options *options, const char *name, const char *value)
{
  static const char *const names[]
      = { "--seed", "--seeds", "--trace", "--pcap", "--set", "--until", "--planted", NULL };
  g_autoptr (GError) error = NULL;
  if (!g_strv_contains (names, name) && !sim_look_knows (name))
    return usage ("unknown option %s", name);
  if (!value)
    return usage ("%s needs a value", name);
  if (sim_look_knows (name))
    {
      g_autofree char *trouble = sim_look_take (&options->look, name, value);
      return trouble ? usage ("%s", trouble) : 0;
    }
  if (strcmp (name, "--seed") == 0)
    {
      if (!parse_number (value, value + strlen (value), &options->seed_first))
        return usage ("--seed: '%s' is no number from 0 to 2^64 - 1", value);
      options->seed_last = options->seed_first;
      options->one = true;
    }
  else if (strcmp (name, "--seeds") == 0)
    {
      if (!parse_seeds (value, options))
        return usage ("--seeds: expected A..B with A not greater than B, found '%s'", value);
    }
  else if (strcmp (name, "--trace") == 0)
    {
      g_free (options->trace);
      options->trace = g_strdup (value);
    }
  else if (strcmp (name, "--pcap") == 0)
    {
      g_free (options->pcap);
      options->pcap = g_strdup (value);
    }
  else if (strcmp (name, "--set") == 0)
    g_ptr_array_add (options->settings, g_strdup (value));
  else if (strcmp (name, "--planted") == 0)
    return take_planted (options, value);
  else if (strcmp (name, "--until") == 0)
    {
      if (!aemp_parse_duration (value, AEMP_DURATION_PLAIN, &options->until_us, &error))
        return usage ("--until: %s", error->message);
      if (options->until_us == 0)
        return usage ("--until: expected more than 0");
    }
  return 0;
}

static bool
is_stdout (const char *trace)
{
  return trace && strcmp (trace, "-") == 0;
}

static bool
is_same_file (const char *one, const char *other)
{
  struct stat first, second;
  return stat (one, &first) == 0 && stat (other, &second) == 0
         && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Do the arguments, each good by itself, fit together? */
static int
check_arguments (const Options *options)
{
  const char *trace = options->trace;
  if (options->files->len == 0)
    return usage ("which scenario? for instance: aemp simulate scenarios/catalogue/hello.scn");
  if (options->one && options->many)
    return usage ("either --seed or --seeds, not both");
  if (trace && (options->files->len > 1 || options->seed_first != options->seed_last))
    return usage ("--trace is for one scenario and one seed");
  if ((options->look.trap_at || options->look.wanted)
      && (options->files->len > 1 || options->seed_first != options->seed_last))
    return usage ("--trap-at and --inspect are for one scenario and one seed");
  if (options->look.json && !options->look.wanted)
    return usage ("--json is for --inspect");
  if (options->pcap && (options->files->len > 1 || options->seed_first != options->seed_last))
    return usage ("--pcap is for one scenario and one seed");
  if (options->pcap && is_same_file (options->pcap, options->files->pdata[0]))
    return usage ("--pcap would overwrite the scenario %s", options->pcap);
  if (trace && !is_stdout (trace) && is_same_file (trace, options->files->pdata[0]))
    return usage ("--trace would overwrite the scenario %s", trace);
  return 0;
}

/* "--seed=7" and "--seed 7" are the same. */
static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int i = 1; i < argc; i++)
    {
      if (argv[i][0] != '-' || argv[i][1] == 0)
        {
          g_ptr_array_add (options->files, g_strdup (argv[i]));
          continue;
        }
      if (strcmp (argv[i], "--json") == 0)
        {
          options->look.json = true;
          continue;
        }
      const char *equals = strchr (argv[i], '=');
      g_autofree char *name
          = equals ? g_strndup (argv[i], equals - argv[i]) : g_strdup (argv[i]);
      const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
      int status = take_option (options, name, value);
      if (status)
        return status;
    }
  options->out = is_stdout (options->trace) || options->look.json ? stderr : stdout;
  return check_arguments (options);
}

static char *
repeated_arguments (const Options *options)
{
  GString *text = g_string_new (NULL);
  for (unsigned i = 0; i < options->settings->len; i++)
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

/* --- Running ----------------------------------------------------------------------------------------- */

static void
write_capture (const uint8_t *bytes, size_t length, void *file)
{
  fwrite (bytes, 1, length, file);
}

/* NULL: the trace could not be written, which was said. */
static SimResult *
run_traced (const Scenario *scenario, Options *options, uint64_t seed, SimCapture *capture)
{
  SimRunOptions run
      = { .seed = seed,
          .until_us = options->until_us,
          .planted
          = options->planted->len > 1 ? (const char *const *)options->planted->pdata : NULL,
          .capture = capture };
  SimTraceFile *trace = options->trace ? sim_trace_file_open (options->trace) : NULL;
  if (options->trace && !trace)
    {
      fprintf (stderr, "aemp simulate: cannot write %s: %s\n", options->trace,
               g_strerror (errno));
      return NULL;
    }
  if (trace)
    {
      run.trace_line = sim_trace_file_write;
      run.trace_data = trace;
    }
  sim_look_begin (&options->look, &run);
  g_autoptr (SimResult) result = sim_run (scenario, &run);
  sim_look_end (&options->look);
  if (options->look.trap_at > result->trace_lines)
    fprintf (stderr, "aemp simulate: the trace ends at line %" G_GUINT64_FORMAT
             ", before line %" G_GUINT64_FORMAT "\n", result->trace_lines, options->look.trap_at);
  if (trace && !sim_trace_file_close (trace))
    {
      fprintf (stderr, "aemp simulate: cannot write all of %s\n", options->trace);
      return NULL;
    }
  return g_steal_pointer (&result);
}

/* The same of the trace and the capture. */
static SimResult *
run_seed (const Scenario *scenario, Options *options, uint64_t seed)
{
  FILE *file = options->pcap ? fopen (options->pcap, "w") : NULL;
  if (!options->pcap)
    return run_traced (scenario, options, seed, NULL);
  if (!file)
    {
      fprintf (stderr, "aemp simulate: cannot write %s: %s\n", options->pcap, g_strerror (errno));
      return NULL;
    }
  g_autofree char *comment = g_strdup_printf ("%s, seed %" G_GUINT64_FORMAT, scenario->title, seed);
  g_autoptr (SimCapture) capture = sim_capture_new (comment, write_capture, file);
  g_autoptr (SimResult) result = run_traced (scenario, options, seed, capture);
  bool failed = ferror (file);
  if (fclose (file) != 0 || failed)
    {
      fprintf (stderr, "aemp simulate: cannot write all of %s\n", options->pcap);
      return NULL;
    }
  fprintf (stderr, "%s: %" G_GUINT64_FORMAT " segments, %" G_GUINT64_FORMAT
           " of them sent again\n", options->pcap,
           sim_capture_segments (capture), sim_capture_repeated (capture));
  return g_steal_pointer (&result);
}

typedef struct
{
  uint64_t judged[SIM_PROMISES + 1];
  uint64_t runs;
  uint64_t failed;
  uint64_t failed_by[SIM_PROMISES + 1]; /* promise; 0: expectations and what actors find broken */
  GString *unshown; /* the numbers of the failed seeds of which nothing else is printed */
  uint64_t lines;
  uint64_t marks;
  uint64_t reached;
  int64_t simulated_us;
  SimStatus worst;
} Sum;

static void
add_failure (Sum *sum, const SimResult *result)
{
  sum->failed++;
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    sum->failed_by[promise] += result->findings.breaches[promise] > 0;
  sum->failed_by[0] += result->missed->len > 0 || result->broken > 0 || result->trouble;
  if (sum->failed > FAILURES_SHOWN && sum->failed <= FAILURES_SHOWN + NUMBERS_SHOWN)
    g_string_append_printf (sum->unshown, " %" G_GUINT64_FORMAT, result->seed);
}

static void
add_up (Sum *sum, const SimResult *result, SimStatus status)
{
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    sum->judged[promise] += result->findings.judged[promise];
  sum->runs++;
  if (status != SIM_STATUS_OK)
    add_failure (sum, result);
  sum->lines += result->trace_lines;
  sum->marks |= result->marks;
  sum->reached |= result->reached;
  sum->simulated_us += result->simulated_us;
  sum->worst = sim_status_worse (sum->worst, status);
}

static void
show_progress (const Scenario *scenario, const Options *options, uint64_t seed, int64_t began_us)
{
  double gone = (double) (g_get_monotonic_time () - began_us) / 1e6;
  uint64_t done = seed - options->seed_first + 1;
  uint64_t all = options->seed_last - options->seed_first + 1;
  fprintf (stderr, "\r%s: seed %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
           ", %.0f seeds/s, %.0f s left \033[K",
           scenario->title, done, all, (double) done / gone, gone / (double) done * (double) (all - done));
}

static void
print_sum (FILE *out, const Scenario *scenario, const Sum *sum, double real_seconds, bool colour)
{
  g_autofree char *runs = sim_print_number_of (sum->runs, "seed|seeds");
  g_autofree char *lines = sim_print_number_of (sum->lines, "event|events");
  fprintf (out, "%s%s%s  %s: %s, %" G_GUINT64_FORMAT " failed, %.0f s simulated in %.3f s "
           "(%.0f seeds/s), %s, marks %u/%d\n",
           colour ? sum->failed ? "\033[1;31m" : "\033[32m" : "", sum->failed ? "FAIL" : "ok  ",
           colour ? "\033[0m" : "", scenario->title, runs, sum->failed,
           (double) sum->simulated_us / 1e6, real_seconds, (double) sum->runs / real_seconds, lines,
           sim_count_marks (sum->marks), AEMP_MARKS_COUNT);
}

/* Of the failures that were not printed: which seeds, and of all what failed how often. */
static void
print_failures (FILE *out, const Sum *sum)
{
  fprintf (out, "  also failed: seed%s", sum->unshown->str);
  if (sum->failed > FAILURES_SHOWN + NUMBERS_SHOWN)
    fprintf (out, " and %" G_GUINT64_FORMAT " more",
             sum->failed - FAILURES_SHOWN - NUMBERS_SHOWN);
  fputc ('\n', out);
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (sum->failed_by[promise] > 0)
      {
        g_autofree char *seeds = sim_print_number_of (sum->failed_by[promise], "seed|seeds");
        fprintf (out, "  promise %d, %s: failed with %s\n", promise, sim_promise_name (promise),
                 seeds);
      }
  if (sum->failed_by[0] > 0)
    {
      g_autofree char *seeds = sim_print_number_of (sum->failed_by[0], "seed|seeds");
      fprintf (out, "  expectations: failed with %s\n", seeds);
    }
}

static SimStatus
complain_if_vacuous (FILE *out, const Scenario *scenario, const Sum *sum)
{
  int promise;
  g_autofree char *missed = sim_reach_missed (scenario, sum->reached);
  if (missed)
    {
      fprintf (out, "  VACUOUS  it does not reach %s any more\n", missed);
      return SIM_STATUS_VACUOUS;
    }
  if (!sim_judged_nothing (scenario, sum->judged, &promise))
    return SIM_STATUS_OK;
  fprintf (out, "  VACUOUS  promise %d, %s, was to be checked and had nothing to judge\n", promise,
           sim_promise_name (promise));
  return SIM_STATUS_VACUOUS;
}

/* False: it cannot be written. */
static bool
print_seed (const Scenario *scenario, const Options *options, const SimResult *result,
            double real_seconds)
{
  SimPrintOptions print = { .colour = isatty (fileno (options->out)),
                            .program = g_get_prgname () ? g_get_prgname () : "aemp",
                            .file = scenario->file,
                            .arguments = options->arguments,
                            .trace = options->trace,
                            .real_seconds = real_seconds };
  g_autofree char *text = sim_print_result (scenario, result, &print);
  fputs (text, options->out);
  return fflush (options->out) == 0;
}

/* What there is to say when all seeds are done; the exit status. */
static int
print_end (const Scenario *scenario, const Options *options, const Sum *sum, int64_t began_us)
{
  double real_seconds = (double) (g_get_monotonic_time () - began_us) / 1e6;
  bool colour = isatty (fileno (options->out));
  if (options->many)
    print_sum (options->out, scenario, sum, real_seconds, colour);
  if (sum->failed > FAILURES_SHOWN)
    print_failures (options->out, sum);
  int status = sim_status_worse (sum->worst, complain_if_vacuous (options->out, scenario, sum));
  return fflush (options->out) == 0 ? status : EXIT_OUTPUT;
}

/* All seeds of one scenario. */
static int
run_scenario (const Scenario *scenario, Options *options)
{
  g_autoptr (GString) unshown = g_string_new (NULL);
  Sum sum = { .unshown = unshown };
  bool progress = options->many && isatty (STDERR_FILENO);
  int64_t began_us = g_get_monotonic_time ();
  for (uint64_t seed = options->seed_first;; seed++)
    {
      int64_t seed_began_us = g_get_monotonic_time ();
      g_autoptr (SimResult) result = run_seed (scenario, options, seed);
      if (!result)
        return EXIT_OUTPUT;
      double real_seconds = (double) (g_get_monotonic_time () - seed_began_us) / 1e6;
      SimStatus status = sim_result_status (result);
      add_up (&sum, result, status);
      bool shown = !options->many || (status != SIM_STATUS_OK && sum.failed <= FAILURES_SHOWN);
      if (progress && shown)
        fprintf (stderr, "\r\033[K");
      if (shown && !print_seed (scenario, options, result, real_seconds))
        return EXIT_OUTPUT;
      if (progress)
        show_progress (scenario, options, seed, began_us);
      if (seed == options->seed_last)
        break;
    }
  if (progress)
    fprintf (stderr, "\r\033[K");
  return print_end (scenario, options, &sum, began_us);
}

/* … with the seed that it says itself, when the command says none. */
static int
run_as_said (const Scenario *scenario, const Options *options)
{
  Options own = *options;
  if (scenario->seed_said && !options->one && !options->many)
    own.seed_first = own.seed_last = scenario->seed;
  return run_scenario (scenario, &own);
}

/* Everything is read and checked before anything is played. */
static int
load_all (const Options *options, GPtrArray *scenarios)
{
  for (unsigned i = 0; i < options->files->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Scenario) scenario
          = scenario_load (options->files->pdata[i], sim_actor_kinds, &error);
      for (unsigned j = 0; scenario && j < options->settings->len; j++)
        if (!scenario_set (scenario, options->settings->pdata[j], &error))
          return usage ("--set %s: %s", (char *) options->settings->pdata[j], error->message);
      if (!scenario)
        {
          fprintf (stderr, "%s\n", error->message);
          return EXIT_SCENARIO;
        }
      g_ptr_array_add (scenarios, g_steal_pointer (&scenario));
    }
  return 0;
}

static void
free_scenario (void *scenario)
{
  scenario_free (scenario);
}

int
sim_simulate_command (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      {
        fputs (help, stdout);
        return 0;
      }
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) scenarios = g_ptr_array_new_with_free_func (free_scenario);
  g_autoptr (GPtrArray) planted = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (planted, NULL);
  Options options = { .files = files,
                      .settings = settings,
                      .planted = planted,
                      .seed_first = 1,
                      .seed_last = 1,
                      .out = stdout };
  int status = parse_arguments (argc, argv, &options);
  if (!status)
    status = load_all (&options, scenarios);
  g_autofree char *trouble
      = status || scenarios->len != 1 ? NULL : sim_look_prepare (&options.look, scenarios->pdata[0]);
  if (trouble)
    status = usage ("%s", trouble);
  options.arguments = repeated_arguments (&options);
  SimStatus worst = SIM_STATUS_OK;
  for (unsigned i = 0; status == 0 && i < scenarios->len; i++)
    {
      int one = run_as_said (scenarios->pdata[i], &options);
      if (one == EXIT_OUTPUT)
        status = one;
      else
        worst = sim_status_worse (worst, one);
    }
  g_free (options.trace);
  g_free (options.pcap);
  g_free (options.arguments);
  sim_look_clear (&options.look);
  return status ? status : (int) worst;
}

int
sim_lint_command (int argc, char **argv)
{
  return scenario_lint_command (argc, argv, sim_actor_kinds);
}
