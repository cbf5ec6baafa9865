/* sim/search/ddmin.h - delta debugging: the few of many things that it takes.
 *
 * Of `count` things a subset is looked for of which none can be taken away.  Trying one gives
 * three answers: it fails in the same way, it passes, or it does something else; for the search the
 * last two are one, and the caller keeps them apart.  Knows nothing of scenarios. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Some of `count` things. */
typedef struct
{
  bool *has; /* [count] */
} SimSubset;

/* Which of these `candidates` fails in the same way?  The first one that does; -1: none.  All that
 * comes before it is wanted no more, so several may be tried at a time. */
typedef int (*SimDdminTry) (void *user_data, const SimSubset *candidates, unsigned candidate_count);

/* `kept` says at first which things there are to choose from (all of them together fail), and in the
 * end which are needed. */
void sim_ddmin (bool *kept, unsigned count, SimDdminTry try, void *user_data);
