/* sim/search/explain.h - why a seed fails.
 *
 * Three questions are asked of a run that fails.  Which of its faults does it take?  Each is left out by
 * itself; where that is not enough, several.  When was it lost?  Everything from some time on is drawn
 * again, several times, and how many of these runs fail in the same way by the time the first one did
 * makes a curve, whose step says when.  And what did the nodes concerned see last? */
#pragma once

#include "sim/search/trial.h"

typedef struct
{
  uint64_t seed;
  const char *const *planted; /* names of planted bugs, NULL behind them; or NULL */
  unsigned jobs;              /* processes at a time; 0: one */
  int64_t limit_us;           /* of real time; 0: none */
  void (*progress) (const char *stage, unsigned played, void *user_data); /* may be NULL */
  void *user_data;
} SimExplainOptions;

typedef enum
{
  SIM_WITHOUT_UNKNOWN, /* it was not tried */
  SIM_WITHOUT_PASSES,  /* as far as this one came */
  SIM_WITHOUT_SAME,    /* it fails all the same */
  SIM_WITHOUT_OTHER,   /* it fails, in another way */
} SimWithout;

/* Something that the scenario, or a storm in it, does to the network before the run fails. */
typedef struct
{
  char *text;      /* the statement: "reset rain ruth" */
  int64_t at_us;
  unsigned line;   /* of the scenario; of a storm's fault: the storm's */
  bool of_storm;
  bool is_end;     /* it only ends what another one began, or all of them */
  SimWithout without;
  bool is_left_out; /* in the nearest run that passes */
} SimExplainFault;

/* A point of the curve: of so many runs in which all from then on was drawn again … */
typedef struct
{
  int64_t at_us;
  unsigned runs;
  unsigned same;   /* … fail in the same way, no later than the first one did; … */
  unsigned passed; /* … have not failed by then */
} SimExplainPoint;

typedef struct
{
  SimTrialVerdict verdict; /* SIM_TRIAL_OK: it does not fail, and what follows is empty */
  int promise;
  char *what;      /* a line; NULL: nothing is wrong */
  char *signature;
  uint64_t line;   /* of the trace, where it was noticed; 0: not known */
  int64_t time_us; /* … when */
  GPtrArray *faults; /* of SimExplainFault, in the order of their times */
  int deciding;      /* the one of them without which it passes, the last one; -1: no single one is */
  int step_fault;    /* the one that happens at the curve's step; -1: none does */
  unsigned left_out; /* how many of them the nearest run that passes does without; 0: none passes */
  bool fails_later;  /* … and fails all the same, after the time when this one did */
  bool by_chance;    /* no fault decides it, but chance does: see the curve */
  GArray *curve;     /* of SimExplainPoint, in the order of their times */
  int64_t lost_after_us; /* its step: what happens between these two … */
  int64_t lost_before_us; /* … decides; both 0: all was lost from the beginning; both -1: not known */
  GPtrArray *events; /* of char *: the last lines of the trace that concern those it happened to */
  GArray *planted_us; /* of int64_t: when a planted bug made a difference */
  unsigned played;   /* runs */
  int64_t real_us;
  bool out_of_time;
} SimExplained;

/* `scenario` outlives nothing of it. */
SimExplained *sim_explain (const Scenario *scenario, const SimExplainOptions *options);
void sim_explained_free (SimExplained *explained);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimExplained, sim_explained_free)

/* How many faults (with what ends them, each is one) lie between the step (or, where there is none, or it is
 * the beginning, the deciding fault) and the nearest time at which a planted bug made a difference; -1: there is no step and no deciding fault, or no such time. */
int sim_explained_distance (const SimExplained *explained);

/* For people (explain-tell.c); `command` repeats the run.  g_free() it. */
char *sim_explained_print (const SimExplained *explained, const Scenario *scenario, uint64_t seed,
                           const char *command);
/* One JSON object. */
char *sim_explained_json (const SimExplained *explained, const Scenario *scenario, uint64_t seed);
