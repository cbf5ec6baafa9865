/* main.c - the table of commands. */

#include "net/replay.h"
#include "net/run.h"
#include "sim/actors/actors.h"
#include "sim/command.h"

#include <glib.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_OUTPUT 73 /* as sysexits.h */

static int
run (int argc, char **argv)
{
  return net_run_command (argc, argv, sim_actors_register);
}

static int
replay (int argc, char **argv)
{
  return net_replay_command (argc, argv, sim_actors_register);
}

typedef struct
{
  const char *name;
  int (*command) (int argc, char **argv); /* argv[0] is the name; gives the exit status */
  const char *help;
} Command;

static const Command commands[] = {
  { "simulate", sim_simulate_command, "play scenarios in a simulated world and judge them" },
  { "check", sim_check_command, "judge recorded traces, of real nodes and of simulations" },
  { "lint", sim_lint_command, "read scenarios and say what they mean" },
  { "run", run, "run a real node" },
  { "replay", replay, "live the recorded life of a real node once more" },
  { "bench", sim_bench_command, "measure the simulated world" },
};

static void
print_help (FILE *out)
{
  fputs ("aemp - message passing between nodes, and a world to test it in\n\n", out);
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  aemp %-10s %s\n", commands[i].name, commands[i].help);
  fputs ("\naemp COMMAND --help tells more.  aemp --version\n", out);
}

static int
obey (int argc, char **argv)
{
  if (argc < 2)
    {
      print_help (stderr);
      return EXIT_USAGE;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0
      || strcmp (argv[1], "help") == 0)
    {
      print_help (stdout);
      return 0;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      printf ("aemp %s\n", AEMP_VERSION);
      return 0;
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      return commands[i].command (argc - 1, argv + 1);
  fprintf (stderr, "aemp: there is no command '%s'\nTry: aemp --help\n", argv[1]);
  return EXIT_USAGE;
}

/* Is there a secret in an argument, as `before` is in front of it? */
static bool
is_secret (const char *before, const char *argument)
{
  bool is_json = *argument == '[' || *argument == '{';

  return g_str_has_suffix (before, "secret") || g_str_has_suffix (before, "cert")
         || g_str_has_prefix (argument, "secret=")
         || (is_json && (strstr (argument, "secret") || strstr (argument, "cert")));
}

/* The arguments, for us alone: whoever may list processes sees those of the kernel, so secrets
 * leave them at once. */
static char **
hide_secrets (int argc, char **argv)
{
  char **copy = g_new0 (char *, (size_t)argc + 1);

  for (int i = 0; i < argc; i++)
    copy[i] = g_strdup (argv[i]);
  for (int i = 2; i < argc; i++)
    if (is_secret (copy[i - 1], argv[i]))
      memset (argv[i], '*', strlen (argv[i]));
  return copy;
}

/* What people typed: ./run says so, as it puts another name in its place. */
static void
remember_name (const char *called)
{
  const char *typed = g_getenv ("AEMP_CALLED_AS");
  g_set_prgname (typed && *typed ? typed : called);
}

/* A full disk is noticed by nobody else. */
static int
finish (int status)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return status;
  fputs ("aemp: the output could not be written\n", stderr);
  return status ? status : EXIT_OUTPUT;
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) arguments = hide_secrets (argc, argv);

  setlocale (LC_CTYPE, "");
  remember_name (argc > 0 ? argv[0] : "aemp");
  return finish (obey (argc, arguments));
}
