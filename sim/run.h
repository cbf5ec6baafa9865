/* sim/run.h - one scenario, one seed, one run, judged. */
#pragma once

#include "engine/digest.h"
#include "engine/value.h"
#include "scenarios/scenario.h"
#include "sim/book.h"
#include "sim/capture.h"
#include "sim/checkers/checker.h"

/* What `aemp` exits with; of many runs, the worst counts, in this order. */
typedef enum
{
  SIM_STATUS_CRASH = 70,
  SIM_STATUS_NOT_REPEATABLE = 3,
  SIM_STATUS_FAILED = 1,      /* a promise or an expectation */
  SIM_STATUS_NO_PROGRESS = 2, /* the network was not whole again in time */
  SIM_STATUS_VACUOUS = 4,     /* a promise was asked for and had nothing to judge */
  SIM_STATUS_OK = 0,
} SimStatus;

SimStatus sim_status_worse (SimStatus one, SimStatus other);

/* Gets each line of the trace, with its line end. */
typedef void (*SimTraceLine) (const char *line, size_t length, void *user_data);

/* A node that is looked at when everything up to and including a time has happened. */
typedef struct
{
  unsigned node;
  int64_t at_us;
} SimLookAt;

/* Gets what is there: see sim/inspect.h; valid during the call. */
typedef void (*SimInspected) (const SimLookAt *place, const AempValue *state, void *user_data);

/* How far a run is, for those who watch over it from another process. */
typedef struct
{
  int64_t now_us;
  uint64_t world_events;
} SimPulse;

typedef struct
{
  uint64_t seed;
  int64_t until_us;        /* 0: the scenario's end */
  const char *const *planted; /* names of planted bugs, NULL behind them; NULL: as they are */
  volatile SimPulse *pulse; /* NULL: nobody watches */
  /* From `again_at_us` on chance is another one, as `again` decides (0: it is not), and each of the
   * scenario's own faults from then on happens or does not, unless `keeps_faults`. */
  uint64_t again;
  int64_t again_at_us;
  bool keeps_faults;
  const SimLookAt *places; /* in the order of their times; the run ends at `until_us` all the same */
  unsigned places_count;
  SimInspected inspected;
  void *inspected_data;
  /* Decisions in the place of what chance and the scenario decide (sim/book.h), of
   * ScenarioDecision; NULL: none.  A storm's stroke is one, too: its value 0 takes it away. */
  const GPtrArray *decisions;
  bool decides_nothing_else; /* all others are 0 */
  SimDecided decided;        /* is told all that are not; NULL: nobody */
  void *decided_data;
  /* Sees each event before anybody else does, with its line; NULL: nobody does. */
  void (*observe) (const AempTraceEvent *event, uint64_t line, void *user_data);
  void *observe_data;
  SimTraceLine trace_line; /* NULL: no trace is written */
  void *trace_data;
  SimCapture *capture;     /* NULL: nobody looks at the network */
} SimRunOptions;

/* An expectation of the scenario that did not come true. */
typedef struct
{
  const ScenarioExpect *expect;
  char *text;
  int64_t time_us; /* when that was certain: too much was seen, or the time was over */
  uint64_t line;   /* of the trace, where it was one too many; 0: it was not */
} SimMissed;

typedef struct
{
  uint64_t seed;
  int64_t simulated_us;
  uint64_t trace_lines;
  uint64_t world_events;
  uint64_t marks;
  uint64_t reached; /* a bit for each `reach` of the scenario (sim/reach.h) */
  AempDigest digest;
  SimFindings findings;
  GPtrArray *missed; /* of SimMissed */
  unsigned expected; /* expectations tried */
  unsigned broken;   /* remarks `broken` of actors that nobody expected: what they check was wrong */
  char *first_broken; /* who, and what; NULL: none */
  uint32_t rare; /* a bit for each AempRare that a node was sent to */
  int64_t planted_us;    /* when a planted bug first made a difference; -1: never */
  uint64_t planted_line; /* … and how many lines the trace had before it */
  char *trouble;     /* NULL; or why a node could not be started */
} SimResult;

/* The planted bugs in the options have to be known: aemp_planted_find(). */
SimResult *sim_run (const Scenario *scenario, const SimRunOptions *options);
void sim_result_free (SimResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimResult, sim_result_free)

/* Failed, or no progress; vacuity is judged over all seeds, see sim_judged_nothing(). */
SimStatus sim_result_status (const SimResult *result);

/* Does the scenario ask for one of the promises that this checker judges? */
bool sim_is_asked_for (const Scenario *scenario, const SimCheckerOps *ops);
/* Was a promise asked for that had nothing to judge?  `judged` counts over all runs. */
bool sim_judged_nothing (const Scenario *scenario, const uint64_t judged[SIM_PROMISES + 1],
                         int *promise);
