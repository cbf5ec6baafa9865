/* sim/command-bench-planted.c - `aemp bench planted`: are the bugs that we know of found? */

#include "sim/command-bench.h"

#include "engine/planted.h"

#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 64

const char sim_bench_planted_help[]
    = "aemp bench planted - looks for bugs that were planted\n"
      "\n"
      "  aemp bench planted --list\n"
      "  aemp bench planted --reference   (what docs/planted.md says)\n";

static void
list (void)
{
  for (int i = 0; i < AEMP_PLANTED_COUNT; i++)
    {
      const AempPlantedInfo *info = aemp_planted_info ((AempPlanted)i);
      printf ("%-34s %-10s %s\n", info->name, aemp_planted_origin_text (info->origin), info->what);
    }
}

int
sim_bench_planted (int argc, char **argv)
{
  if (!aemp_planted_is_built ())
    {
      fprintf (stderr, "aemp bench planted: %s\n", aemp_planted_advice);
      return EXIT_USAGE;
    }
  if (argc > 1 && strcmp (argv[1], "--list") == 0)
    {
      list ();
      return 0;
    }
  fputs (sim_bench_planted_help, stderr);
  return EXIT_USAGE;
}
