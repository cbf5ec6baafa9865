/* sim/search/hunt.h - looks for planted bugs, each in a process of its own.
 *
 * A planted bug may crash, hang or eat all memory, so it has a process, which plays one
 * scenario after the other and says after each how it went; a process that dies, or says
 * nothing for long, tells something, too. */
#pragma once

#include "engine/planted.h"

typedef struct
{
  unsigned runs;  /* then a bug is given up, */
  double seconds; /* ... or after so much time */
} SimHuntLimits;

typedef struct
{
  bool found;
  bool acted;           /* the wrong line was reached in some run */
  const char *by;       /* "4 once", "expectation", "crash" … */
  const char *scenario; /* its file; NULL: the bug's own tests found it */
  uint64_t seed;
  unsigned runs;  /* until it was found, or given up */
  double seconds; /* ... of its process */
  const char *text; /* what was wrong, or NULL */
} SimHuntResult;

typedef void (*SimHuntTake) (AempPlanted planted, const SimHuntResult *result, void *user_data);

typedef struct SimHunt SimHunt;

/* Reads the scenarios; plays each once without a bug, to see what it costs.  NULL with an error:
 * one cannot be read, or is not well without bugs. */
SimHunt *sim_hunt_new (const GPtrArray *files, const SimHuntLimits *limits, GError **error);
void sim_hunt_free (SimHunt *hunt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimHunt, sim_hunt_free)

void sim_hunt_add (SimHunt *hunt, AempPlanted planted);
/* Hunts for all, `jobs` at a time; they are told in the order in which they were added. */
void sim_hunt_all (SimHunt *hunt, unsigned jobs, SimHuntTake take, void *user_data);
