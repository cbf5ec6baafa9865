/* sim/search/pin.h - a run that fails, kept as a scenario that says whether it still gets there. */
#pragma once

#include "sim/search/reduce.h"

typedef struct
{
  uint64_t seed;
  const char *const *planted; /* names of planted bugs, NULL behind them; or NULL */
  unsigned jobs;
  int64_t limit_us; /* of real time; 0: none */
} SimPinOptions;

typedef struct
{
  char *text;      /* the scenario: with its seed, its decisions, and the places it has to come to */
  char *signature; /* how it fails; NULL: it does not */
  char *what;      /* … in a line */
  unsigned decisions;
  unsigned places;
  bool verified; /* it fails in a fresh process, and (with planted bugs) passes without them */
} SimPinned;

SimPinned *sim_pin (const Scenario *scenario, const SimPinOptions *options);
void sim_pinned_free (SimPinned *pinned);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPinned, sim_pinned_free)
