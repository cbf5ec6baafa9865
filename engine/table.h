/* engine/table.h - things by their names.
 *
 * For look-ups only: nothing can walk a table, so nothing can depend on an order in it.  It
 * owns neither the things nor their names.  A thing begins with a pointer to its name; or, in a
 * table that says so, with its name itself.
 *
 * A table is part of its owner, and of a thing it has eight bytes: a look-up reads one line of
 * memory before it comes to what it finds. */
#pragma once

#include "name.h"

typedef uint64_t AempTableSlot;

/* All zero when empty. */
typedef struct
{
  AempTableSlot *slots;
  uint32_t room; /* 0 or a power of two; some are always free */
  uint32_t count;
  bool names_inside; /* a thing begins with its name, not with a pointer to it */
} AempTable;

/* NULL: there is none of this name. */
void *aemp_table_find (const AempTable *table, const AempName *name);
/* `name` is the thing's, and there has to be none of that name; it lives and stays the same until it is removed. */
void aemp_table_add (AempTable *table, const AempName *name, void *thing);
/* It has to be there. */
void aemp_table_remove (AempTable *table, const AempName *name);
/* Makes it empty; `destroy` (may be NULL) gets each thing, in no order that means anything,
 * and must not look at the table. */
void aemp_table_clear (AempTable *table, GDestroyNotify destroy);
