/* main.c - the table of commands. */

#include "net/command.h"
#include "net/command-bench-node.h"
#include "net/replay.h"
#include "sim/parity/command.h"
#include "reports/command.h"
#include "sim/actors/actors.h"
#include "sim/command.h"
#include "sim/search/command-shrink.h"
#include "sim/search/command.h"

#include <glib.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_OUTPUT 73 /* as sysexits.h */

static int
replay (int argc, char **argv)
{
  return net_replay_command (argc, argv, sim_actors_register);
}

/* Of real nodes, of the simulated world, and of what searches in it, which stands above. */
static int
bench (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "node") == 0)
    return net_bench_node (argc - 1, argv + 1);
  if (argc > 1 && strcmp (argv[1], "shrink") == 0)
    return sim_bench_shrink_command (argc - 1, argv + 1);
  if (argc > 1 && strcmp (argv[1], "explain") == 0)
    return sim_bench_explain (argc - 1, argv + 1);
  return sim_bench_command (argc, argv);
}

typedef struct
{
  const char *name;
  int (*command) (int argc, char **argv); /* argv[0] is the name; gives the exit status */
  const char *help;
} Command;

static const Command commands[] = {
  { "simulate", sim_simulate_command, "play scenarios in a simulated world and judge them" },
  { "sweep", sim_sweep_command, "play many seeds of scenarios, and keep what came of them" },
  { "results", sim_results_command, "what sweeps have found" },
  { "shrink", sim_shrink_command, "make of a seed that fails a scenario of a few lines" },
  { "pin", sim_pin_command, "keep a run that fails as a regression scenario" },
  { "check", sim_check_command, "judge recorded traces, of real nodes and of simulations" },
  { "diverge", sim_diverge_command, "where two runs part, and who reads the world outside" },
  { "explain", sim_explain_command, "why a seed fails: the fault that decides it, and when" },
  { "lint", sim_lint_command, "read scenarios and say what they mean" },
  { "replay", replay, "live the recorded life of a real node once more" },
  { "parity", parity_command, "hold the simulated TCP against the kernel's" },
  { "report", report_command, "what a recorded trace says" },
  { "bench", bench, "measure real nodes and the simulated world" },
};

static const Command *
find_command (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

/* --- Help --- */

static void
print_help (FILE *out)
{
  fputs ("aemp - message passing between nodes, and a world to test it in\n\n", out);
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  aemp %-26s %s\n", commands[i].name, commands[i].help);
  fputs ("\nThese can stand one behind the other; an argument that begins with [, { or \" is JSON:\n\n",
         out);
  net_command_list (out);
  fputs ("\naemp help COMMAND tells more.  aemp --version\n", out);
}

static int
refuse (const char *name)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  g_autofree char *suggestion = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  suggestion = net_command_suggestion (name, names);
  fprintf (stderr, "aemp: there is no command '%s'%s\nTry: aemp --help\n", name, suggestion);
  return EXIT_USAGE;
}

static int
help (const char *name)
{
  const Command *command = name ? find_command (name) : NULL;

  if (!name)
    print_help (stdout);
  else if (command)
    return command->command (2, (char *[]){ (char *)name, "--help", NULL });
  else if (!net_command_help (name))
    return refuse (name);
  return 0;
}

static bool
is_help (const char *word)
{
  return strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0 || strcmp (word, "help") == 0;
}

/* --- Obeying --- */

/* Is it one of those that can stand one behind the other? */
static bool
is_net_command (const char *name)
{
  return *name == '[' || net_command_is_known (name);
}

static int
obey (int argc, char **argv)
{
  const Command *command;

  if (argc < 2)
    {
      print_help (stderr);
      return EXIT_USAGE;
    }
  if (is_help (argv[1]))
    return help (argc > 2 ? argv[2] : NULL);
  if (strcmp (argv[1], "--version") == 0)
    {
      printf ("aemp %s\n", AEMP_VERSION);
      return 0;
    }
  command = find_command (argv[1]);
  if (command)
    return command->command (argc - 1, argv + 1);
  if (is_net_command (argv[1]))
    return net_command (argc - 1, argv + 1, sim_actors_register);
  return refuse (argv[1]);
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
  /* options are taken out of this one, and still belong to the other */
  g_autofree char **left = g_memdup2 (arguments, ((size_t)argc + 1) * sizeof *left);

  setlocale (LC_CTYPE, "");
  remember_name (argc > 0 ? argv[0] : "aemp");
  return finish (obey (argc, left));
}
