/* sim/search/diverge.c - `aemp diverge`: plays a scenario twice, or takes two traces, and shows the first
 * event that is another one. */

#include "sim/search/command.h"

#include "sim/actors/actors.h"
#include "sim/search/outside.h"
#include "sim/search/part.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_DIFFERENT 3
#define EXIT_USAGE 64
#define EXIT_SCENARIO 65
#define SEARCH_US (60 * G_USEC_PER_SEC)

static const char help[]
    = "aemp diverge - where do two runs part?\n"
      "\n"
      "  aemp diverge FILE --seed N            the same run twice, in fresh processes, the second one\n"
      "                                        in another environment: they should be the same\n"
      "  aemp diverge FILE --seed N --against PROGRAM\n"
      "                                        … the second one by another build of aemp\n"
      "  aemp diverge FILE OTHER --seed N      two scenarios\n"
      "  aemp diverge FILE --seed N --other-seed M\n"
      "  aemp diverge TRACE OTHER              two recorded traces, or a trace and a scenario\n"
      "\n"
      "  --set key=value, --until T, --planted NAME\n"
      "                   as with aemp simulate, for both\n"
      "  --quick          do not look for who reads the world outside\n"
      "\n"
      "Shows the first event that is not the same in both, what came before it, and the host whose own\n"
      "story differs first.  When it is the same run, a debug build also names the function that reads\n"
      "the world outside: time, environment, locale, addresses, memory that nobody has written …\n"
      "\n"
      "Exit status: 0 they are the same, 3 they are not, 64 usage, 65 one of them cannot be read.\n";

typedef struct
{
  const char *files[2];
  const char *program[2];
  const char *seed[2];
  GPtrArray *passed_on; /* of const char *: arguments of aemp simulate */
  bool quick;
} Options;

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp diverge: %s\nTry: aemp diverge --help\n", text);
  return EXIT_USAGE;
}

/* --- Arguments ---------------------------------------------------------------------------------- */

static bool
is_seed (const char *text)
{
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, NULL, NULL);
}

static int
take_option (Options *options, const char *name, const char *value)
{
  static const char *const names[]
      = { "--seed", "--other-seed", "--against", "--set", "--until", "--planted", NULL };
  if (!g_strv_contains (names, name))
    return usage ("unknown option %s", name);
  if (!value)
    return usage ("%s needs a value", name);
  if (strcmp (name, "--seed") == 0 || strcmp (name, "--other-seed") == 0)
    {
      if (!is_seed (value))
        return usage ("%s: '%s' is no number from 0 to 2^64 - 1", name, value);
      options->seed[strcmp (name, "--seed") != 0] = value;
    }
  else if (strcmp (name, "--against") == 0)
    options->program[1] = value;
  else
    {
      g_ptr_array_add (options->passed_on, (char *)name);
      g_ptr_array_add (options->passed_on, (char *)value);
    }
  return 0;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int i = 1; i < argc; i++)
    {
      int status = 0;
      if (strcmp (argv[i], "--quick") == 0)
        options->quick = true;
      else if (argv[i][0] == '-')
        status = take_option (options, argv[i], argv[i + 1]), i++; /* NULL: the last one */
      else if (options->files[1])
        return usage ("two files at most");
      else
        options->files[options->files[0] != NULL] = argv[i];
      if (status)
        return status;
    }
  return options->files[0] ? 0 : usage ("which scenario, or which traces?");
}

/* --- What is compared ----------------------------------------------------------------------------- */

static bool
is_trace (const char *file)
{
  char begin[14] = "";
  FILE *opened = fopen (file, "r");
  if (!opened)
    return false;
  bool read = fgets (begin, sizeof begin, opened) != NULL;
  fclose (opened);
  return read && g_str_has_prefix (begin, "{\"aemp_trace\"");
}

/* Can both be read, and are there two?  0, or the exit status.  What only another build plays, it reads. */
static int
check_files (const Options *options)
{
  g_autoptr (GError) error = NULL;
  for (unsigned i = 0; i < 2 && options->files[i] && !error; i++)
    if (!is_trace (options->files[i]) && options->program[i] == options->program[0])
      {
        g_autoptr (Scenario) scenario
            = scenario_load (options->files[i], sim_actor_kinds, &error);
      }
  if (error)
    {
      fprintf (stderr, "aemp diverge: %s\n", error->message);
      return EXIT_SCENARIO;
    }
  if (!options->files[1] && is_trace (options->files[0]))
    return usage ("%s is a trace: with which other one, or with which scenario, is it compared?",
                  options->files[0]);
  return 0;
}

/* The command that plays one of the two; with its trace on stdout, or only the verdict. */
static GPtrArray *
command_of (const Options *options, unsigned which, bool trace)
{
  const char *file = options->files[which] ? options->files[which] : options->files[0];
  const char *seed = options->seed[which] ? options->seed[which] : options->seed[0];
  GPtrArray *command = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (command, g_strdup (options->program[which]));
  g_ptr_array_add (command, g_strdup ("simulate"));
  g_ptr_array_add (command, g_canonicalize_filename (file, NULL));
  if (seed)
    {
      g_ptr_array_add (command, g_strdup ("--seed"));
      g_ptr_array_add (command, g_strdup (seed));
    }
  for (unsigned i = 0; i < options->passed_on->len; i++)
    g_ptr_array_add (command, g_strdup (options->passed_on->pdata[i]));
  if (trace)
    {
      g_ptr_array_add (command, g_strdup ("--trace"));
      g_ptr_array_add (command, g_strdup ("-"));
    }
  g_ptr_array_add (command, NULL);
  return command;
}

/* Another place, another language, another heap: what should make no difference. */
static char **
disguise (void)
{
  static const char *const variables[][2]
      = { { "LC_ALL", "C" },   { "LANG", "C" }, { "TZ", "Pacific/Auckland" },  { "HOME", "/" },
          { "USER", "nobody" }, { "HOSTNAME", "elsewhere" }, { "MALLOC_PERTURB_", "165" },
          { "G_RANDOM_VERSION", "2.0" }, { "G_SLICE", "always-malloc" } };
  char **environment = g_get_environ ();
  g_autofree char *rest = g_strnfill (3000, 'x');
  for (unsigned i = 0; i < G_N_ELEMENTS (variables); i++)
    environment = g_environ_setenv (environment, variables[i][0], variables[i][1], TRUE);
  return g_environ_setenv (environment, "AEMP_DISGUISE", rest, TRUE);
}

static SimLines *
open_lines (const Options *options, unsigned which)
{
  const char *file = options->files[which] ? options->files[which] : options->files[0];
  g_autoptr (GError) error = NULL;
  SimLines *lines;
  if (is_trace (file))
    lines = sim_lines_open (file, &error);
  else
    {
      g_autoptr (GPtrArray) command = command_of (options, which, true);
      g_auto (GStrv) environment = which == 1 ? disguise () : g_get_environ ();
      lines = sim_lines_play ((const char *const *)command->pdata, environment,
                              which == 1 ? "/" : NULL, &error);
    }
  if (!lines)
    fprintf (stderr, "aemp diverge: %s\n", error->message);
  return lines;
}

/* --- What is said ----------------------------------------------------------------------------------- */

static char *
name_of (const Options *options, unsigned which)
{
  const char *file = options->files[which] ? options->files[which] : options->files[0];
  const char *seed = options->seed[which] ? options->seed[which] : options->seed[0];
  if (is_trace (file))
    return g_strdup (file);
  return g_strdup_printf ("%s, %s%s%s%s", file, seed ? "seed " : "its seed", seed ? seed : "",
                          which == 1 && options->program[1] != options->program[0] ? ", by " : "",
                          which == 1 && options->program[1] != options->program[0]
                              ? options->program[1]
                              : "");
}

static void
print_lines (const char *mark, const GPtrArray *lines)
{
  for (unsigned i = 0; i < lines->len; i++)
    {
      g_autofree char *text = sim_line_print (lines->pdata[i], false);
      printf ("  %s %s\n", mark, text);
    }
  if (lines->len == 0)
    printf ("  %s (it ends)\n", mark);
}

static void
print_host (const SimPart *part)
{
  if (!part->host)
    {
      puts ("  Each host tells the same story by itself; only the order of the hosts differs.");
      return;
    }
  printf ("  The first host whose own story differs is %s, in its event %" G_GUINT64_FORMAT,
          part->host, part->host_event);
  if (!part->own[0] || !part->own[1])
    {
      printf (", which only %s has:\n", part->own[0] ? "A" : "B");
      g_autofree char *text = sim_line_print (part->own[0] ? part->own[0] : part->own[1], false);
      printf ("  %s %s\n", part->own[0] ? "A" : "B", text);
      return;
    }
  g_autofree char *fields = sim_lines_difference (part->own[0], part->own[1]);
  printf (": %s\n", fields);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autofree char *text = sim_line_print (part->own[i], false);
      printf ("  %c %s\n", "AB"[i], text);
    }
}

static void
print_part (const Options *options, const SimPart *part)
{
  g_autofree char *one = name_of (options, 0);
  g_autofree char *other = name_of (options, 1);
  printf ("A: %s\nB: %s\n", one, other);
  if (part->together == 0)
    puts ("They part in the first event:\n");
  else
    printf ("They are the same for %" G_GUINT64_FORMAT " events, and part then:\n\n",
            part->together);
  for (unsigned i = 0; i < part->before->len; i++)
    {
      g_autofree char *text = sim_line_print (part->before->pdata[i], false);
      printf ("    %s\n", text);
    }
  print_lines ("A", part->after[0]);
  print_lines ("B", part->after[1]);
  putchar ('\n');
  print_host (part);
}

static void
print_leak (const SimLeak *leak)
{
  if (leak->function)
    printf ("  %s()%s%s%s %s", leak->function, leak->place ? " (" : "",
            leak->place ? leak->place : "", leak->place ? ")" : "", leak->what);
  else
    printf ("  %s", leak->what);
  if (leak->line)
    printf (", first before line %" G_GUINT64_FORMAT, leak->line);
  putchar ('\n');
}

/* Is it meant to be the same run? */
static bool
is_same_run (const Options *options)
{
  return !options->files[1] && !options->seed[1] && options->program[0] == options->program[1];
}

/* How many leaks were found and told. */
static unsigned
find_leaks (const Options *options, bool parted)
{
  if (options->quick || !is_same_run (options))
    return 0;
  if (!sim_outside_is_there ())
    {
      if (parted)
        puts ("\nWho reads the world outside, a debug build with its shim would tell (meson setup …).");
      return 0;
    }
  g_autoptr (GPtrArray) command = command_of (options, 0, false);
  g_autoptr (GPtrArray) leaks
      = sim_outside_find ((const char *const *)command->pdata, SEARCH_US);
  if (leaks->len > 0)
    puts ("\nThe world outside gets in here:");
  else if (parted)
    puts ("\nWhere the world outside gets in was not found.");
  for (unsigned i = 0; i < leaks->len; i++)
    print_leak (leaks->pdata[i]);
  return leaks->len;
}

static int
compare (const Options *options)
{
  g_autoptr (SimLines) one = open_lines (options, 0);
  g_autoptr (SimLines) other = one ? open_lines (options, 1) : NULL;
  if (!other)
    return EXIT_SCENARIO;
  g_autoptr (SimPart) part = sim_part_find (one, other);
  bool ended = part->digest[0] && part->digest[1];
  if (part->together == 0 && !part->digest[0] && !part->digest[1])
    {
      fprintf (stderr, "aemp diverge: %s cannot be played with these arguments; `aemp simulate` says why\n",
               options->files[0]);
      return EXIT_SCENARIO;
    }
  bool parted = part->parted || !ended || strcmp (part->digest[0], part->digest[1]) != 0;
  if (part->parted)
    print_part (options, part);
  else if (!ended)
    printf ("The same %" G_GUINT64_FORMAT " events; %s breaks off then.\n", part->together,
            part->digest[0] ? "the second run" : "the first run");
  else if (parted)
    printf ("The same %" G_GUINT64_FORMAT " events, and other digests: %s, %s\n", part->together,
            part->digest[0], part->digest[1]);
  else
    printf ("The same %" G_GUINT64_FORMAT " events, digest %s\n", part->together, part->digest[0]);
  unsigned leaks = find_leaks (options, parted);
  return parted || leaks > 0 ? EXIT_DIFFERENT : 0;
}

int
sim_diverge_command (int argc, char **argv)
{
  if (argc > 1 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0))
    {
      fputs (help, stdout);
      return 0;
    }
  g_autoptr (GPtrArray) passed_on = g_ptr_array_new ();
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  Options options = { .passed_on = passed_on, .program = { self, self } };
  int status = parse_arguments (argc, argv, &options);
  if (!status)
    status = check_files (&options);
  return status ? status : compare (&options);
}
