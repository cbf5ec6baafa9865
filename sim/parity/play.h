/* sim/parity/play.h - one script, played in one of the worlds. */
#pragma once

#include "sim/parity/script.h"

/* What was seen of a socket, and when: from any beginning. */
typedef struct
{
  int64_t time_us;
  uint64_t number;
  uint32_t socket;
  uint32_t kind; /* ParityNewsKind */
} ParityNews;

typedef struct ParityWorld ParityWorld;

typedef struct
{
  /* NULL with an error: it cannot be played here. */
  ParityWorld *(*begin) (const ParityScript *script, GError **error);
  int64_t (*now_us) (ParityWorld *world);
  /* Does everything but waiting and expecting; gives the time at which it was done. */
  int64_t (*act) (ParityWorld *world, const ParityStatement *statement);
  /* Lets time go on until there is news, or (false) until that time. */
  bool (*next) (ParityWorld *world, int64_t until_us, ParityNews *news);
  /* How late the world was at worst with what it had to do, which says how good its times are. */
  int64_t (*late_us) (ParityWorld *world);
  void (*end) (ParityWorld *world);
} ParityWorldOps;

/* How what a statement expects turned out. */
typedef struct
{
  unsigned line;
  int64_t after_us; /* the statement before it */
  int64_t span_us;  /* ... the last thing that a program did or saw, which timers began with */
  bool met;
  char text[60]; /* "bytes 1000"; "rest ann.c end" behind the last statement */
} ParityOutcome;

/* Of ParityOutcome, in their order; it ends with the first that was not met. */
GArray *parity_play (const ParityScript *script, const ParityWorldOps *ops, ParityWorld *world);

/* Are the two times the same, up to a tenth of the span (a script may know better: `tolerance_us`
 * is not 0), and as far as can be measured? */
bool parity_same_time (int64_t one_us, int64_t other_us, int64_t span_us, int64_t tolerance_us);
