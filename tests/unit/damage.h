/* tests/unit/damage.h - the trace of a whole run, damaged in one place, and who notices.
 *
 * A story is a scenario's text.  It is played, its trace is written and read again, and then
 * one event of it is left out, doubled, put elsewhere or falsified. */
#pragma once

#include "sim/checkers/checker.h"

typedef struct
{
  unsigned at;                 /* instead of this event … */
  const AempTraceEvent *first; /* … these come; NULL: none */
  const AempTraceEvent *second;
  unsigned later;              /* and instead of this one … */
  const AempTraceEvent *third; /* … this one; NULL: it stays */
} Damage;

/* The events of a story, with names and texts of their own.  All is fine with it, and its
 * digest is that of the trace as read. */
GArray *damage_play (const char *story, uint64_t seed);

static inline const AempTraceEvent *
damage_event (const GArray *events, unsigned at)
{
  return &g_array_index (events, AempTraceEvent, at);
}

/* All checkers on the damaged trace, which ends calm if its story has a `calm`.  NULL: on the
 * whole one. */
void damage_judge (const GArray *events, const Damage *damage, SimFindings *findings);
/* The promise is called broken, at most `most` times. */
void damage_is_caught (const GArray *events, const Damage *damage, int promise, unsigned most);

/* Damages the trace at this event, if that makes sense there, and sees it caught. */
typedef bool (*TryDamage) (const GArray *events, unsigned at);

/* Every `stride`th of the events of a kind is tried, in the story with two seeds; at least
 * `at_least` of them make sense. */
void damage_try_all (const char *story, AempTraceKind kind, unsigned stride, unsigned at_least,
                     TryDamage try_damage);
