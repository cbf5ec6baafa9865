/* scenarios/mistakes.h - what is wrong with a text: all of it, in the order of its lines. */
#pragma once

#include "scenario.h"

typedef struct
{
  GArray *kept; /* the first ones, by place */
  bool more;    /* there are others, or there may be: nobody looked any further */
} ScenarioMistakes;

ScenarioMistakes *scenario_mistakes_new (void);
void scenario_mistakes_free (ScenarioMistakes *mistakes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScenarioMistakes, scenario_mistakes_free)

/* Notes one, whatever the order in which they are found. */
void scenario_mistakes_add (ScenarioMistakes *mistakes, int code, unsigned line, unsigned column,
                            const char *what);
bool scenario_mistakes_any (const ScenarioMistakes *mistakes);
/* A line for each, "FILE:LINE:COLUMN: WHAT", and the code of the first.  There has to be one. */
void scenario_mistakes_tell (const ScenarioMistakes *mistakes, const char *file, GError **error);
