/* engine/sorted.h - things in the order of their names; inside the engine.
 *
 * A B+ tree of pointers: ten bytes or so for each, however many there are, and what
 * comes in order is put in without a search.  A thing begins with its AempName, which
 * stays as it is while the thing is here, and no two have the same. */
#pragma once

#include "name.h"

typedef struct AempSortedNode AempSortedNode;

/* All zero: empty. */
typedef struct
{
  AempSortedNode *root;
  AempSortedNode *near; /* where the next one is expected; NULL: anywhere */
  unsigned near_index;
  unsigned height; /* nodes from the root to a leaf, both counted */
  unsigned count;
} AempSorted;

/* Empties it; the things are the caller's. */
void aemp_sorted_clear (AempSorted *sorted);

/* NULL: there is none.  The second is faster when what is looked for, or is inserted next, comes
 * in order. */
void *aemp_sorted_find (const AempSorted *sorted, const AempName *name);
void *aemp_sorted_find_near (AempSorted *sorted, const AempName *name);

void aemp_sorted_insert (AempSorted *sorted, void *thing);
/* There has to be one of this name. */
void aemp_sorted_remove (AempSorted *sorted, const AempName *name);

/* The next one in order; NULL: that was the last.  `*place` is NULL in the beginning. */
void *aemp_sorted_next (const AempSorted *sorted, void **place, unsigned *index);
