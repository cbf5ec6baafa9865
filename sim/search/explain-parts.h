/* sim/search/explain-parts.h - what the parts of an explanation share. */
#pragma once

#include "sim/search/explain.h"

/* What each trial needs to know besides its plan. */
typedef struct
{
  uint64_t seed;
  const char *const *nodes; /* whose last events are wanted, NULL at the end; NULL: nobody's */
  uint64_t line;            /* … up to this one */
} SimExplainTrial;

typedef struct
{
  const Scenario *scenario;
  const Scenario *expanded; /* the same story with the faults of storms as statements; NULL: it is not */
  const SimExplainOptions *options;
  SimExplained *explained;
  SimExplainTrial trial;
  SimTrials *trials;
  int64_t until_us; /* as far as a run is to be played to see whether it fails; 0: to its end */
  int64_t began_us;
} SimExplanation;

bool sim_explanation_is_late (SimExplanation *explanation);
/* Plays what was submitted; gives results in order, to be freed.  NULL: the time is over. */
SimTrialResult *sim_explanation_next (SimExplanation *explanation, const char *stage);
/* Does it fail in the way that is to be explained? */
bool sim_explanation_is_same (const SimExplanation *explanation, const SimTrialResult *result);
/* What came of it by the time when the run that is to be explained failed. */
SimWithout sim_explanation_outcome (const SimExplanation *explanation, const SimTrialResult *result);

/* Which faults does it take? */
void sim_explain_faults (SimExplanation *explanation);
/* When was it lost? */
void sim_explain_curve (SimExplanation *explanation);
