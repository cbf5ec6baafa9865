/* sim/search/results-tell.h - results, as people and as programs read them. */
#pragma once

#include "sim/search/results.h"

#include <stdio.h>

typedef struct
{
  FILE *out;
  const char *program; /* as it was called */
  bool colour;
  bool marks; /* … that were never reached */
} SimResultsTell;

/* The command that plays a run once more.  g_free() it. */
char *sim_results_repeat_command (const char *program, const SimResultsStory *story, uint64_t seed);

void sim_results_tell_overview (const SimResultsTell *tell, const SimResultsOverview *overview);
void sim_results_tell_comparison (const SimResultsTell *tell,
                                  const SimResultsComparison *comparison);
void sim_results_tell_run (const SimResultsTell *tell, const SimResultsRun *run);

/* One object, with a line's end. */
void sim_results_write_overview (const SimResultsTell *tell, const SimResultsOverview *overview);
void sim_results_write_comparison (const SimResultsTell *tell,
                                   const SimResultsComparison *comparison);
/* One object a run, one a line. */
void sim_results_write_run (const SimResultsTell *tell, const SimResultsRun *run);
