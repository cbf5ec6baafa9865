/* engine/table.c - open addressing: a thing stands in the slot of its hash, or in the first
 * that is free behind it. */

#include "table.h"

#define ROOM_LEAST 4

struct AempTableSlot
{
  uint64_t hash;
  const AempName *name;
  void *thing; /* NULL: free */
};

/* The slot of a name, or the free one behind which it cannot be. */
static inline AempTableSlot *
look (const AempTable *table, const AempName *name)
{
  uint32_t mask = table->room - 1;

  for (uint32_t at = name->hash & mask;; at = (at + 1) & mask)
    {
      AempTableSlot *slot = &table->slots[at];

      if (!slot->thing || (slot->hash == name->hash && aemp_name_equal (slot->name, name)))
        return slot;
    }
}

void *
aemp_table_find (const AempTable *table, const AempName *name)
{
  return table->count > 0 ? look (table, name)->thing : NULL;
}

static void
resize (AempTable *table, uint32_t room)
{
  g_autofree AempTableSlot *before = table->slots;
  uint32_t room_before = table->room;

  table->slots = g_new0 (AempTableSlot, room);
  table->room = room;
  for (uint32_t at = 0; at < room_before; at++)
    if (before[at].thing)
      *look (table, before[at].name) = before[at];
}

void
aemp_table_add (AempTable *table, const AempName *name, void *thing)
{
  AempTableSlot *slot;

  if (table->count >= table->room / 4 * 3)
    resize (table, MAX (2 * table->room, ROOM_LEAST));
  slot = look (table, name);
  g_assert (!slot->thing);
  *slot = (AempTableSlot){ name->hash, name, thing };
  table->count++;
}

/* Frees a slot: those behind it move up, as far as that brings them nearer to their own. */
static void
close_gap (AempTable *table, uint32_t gap)
{
  uint32_t mask = table->room - 1;

  for (uint32_t at = (gap + 1) & mask; table->slots[at].thing; at = (at + 1) & mask)
    {
      uint32_t way = (at - (uint32_t)table->slots[at].hash) & mask;

      if (way < ((at - gap) & mask))
        continue;
      table->slots[gap] = table->slots[at];
      gap = at;
    }
  table->slots[gap].thing = NULL;
}

void
aemp_table_remove (AempTable *table, const AempName *name)
{
  AempTableSlot *slot = look (table, name);

  g_assert (slot->thing);
  close_gap (table, (uint32_t)(slot - table->slots));
  if (--table->count < table->room / 8 && table->room > ROOM_LEAST)
    resize (table, table->room / 2);
}

void
aemp_table_clear (AempTable *table, GDestroyNotify destroy)
{
  g_autofree AempTableSlot *slots = table->slots;
  uint32_t room = table->room;

  *table = (AempTable){ 0 };
  for (uint32_t at = 0; destroy && at < room; at++)
    if (slots[at].thing)
      destroy (slots[at].thing);
}
