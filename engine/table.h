/* engine/table.h - things by their names.
 *
 * For look-ups only: nothing can walk a table, so nothing can depend on an order in it.  It
 * owns neither the things nor their names.
 *
 * Hash, name and thing lie side by side, and a table is part of its owner: a look-up reads
 * one line of memory before it comes to what it finds. */
#pragma once

#include "name.h"

typedef struct AempTableSlot AempTableSlot;

/* All zero when empty. */
typedef struct
{
  AempTableSlot *slots;
  uint32_t room; /* 0 or a power of two; some are always free */
  uint32_t count;
} AempTable;

/* NULL: there is none of this name. */
void *aemp_table_find (const AempTable *table, const AempName *name);
/* There has to be none of this name, which lives and stays the same until it is removed. */
void aemp_table_add (AempTable *table, const AempName *name, void *thing);
/* It has to be there. */
void aemp_table_remove (AempTable *table, const AempName *name);
/* Makes it empty; `destroy` (may be NULL) gets each thing, in no order that means anything,
 * and must not look at the table. */
void aemp_table_clear (AempTable *table, GDestroyNotify destroy);
