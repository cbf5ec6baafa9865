/* engine/table.c - open addressing: a thing stands in the slot of its hash, or in the first
 * that is free behind it. */

#include "table.h"

#define ROOM_LEAST 4

/* A slot is a pointer, of which no machine uses the upper bits, and in these the upper bits of
 * the hash: a thing is looked at only when they fit.  0: the slot is free. */
#define POINTER_BITS 48
#define POINTER_MASK ((UINT64_C (1) << POINTER_BITS) - 1)

static inline void *
thing_in (AempTableSlot slot)
{
  return (void *)(uintptr_t)(slot & POINTER_MASK);
}

static inline AempTableSlot
slot_of (const AempName *name, void *thing)
{
  return (name->hash & ~POINTER_MASK) | (uintptr_t)thing;
}

static inline const AempName *
name_of (const AempTable *table, AempTableSlot slot)
{
  return table->names_inside ? thing_in (slot) : *(const AempName *const *)thing_in (slot);
}

/* The slot of a name, or the free one behind which it cannot be. */
static inline AempTableSlot *
look (const AempTable *table, const AempName *name)
{
  uint32_t mask = table->room - 1;

  for (uint32_t at = name->hash & mask;; at = (at + 1) & mask)
    {
      AempTableSlot *slot = &table->slots[at];

      if (*slot == 0
          || (((*slot ^ name->hash) & ~POINTER_MASK) == 0
              && aemp_name_equal (name_of (table, *slot), name)))
        return slot;
    }
}

void *
aemp_table_find (const AempTable *table, const AempName *name)
{
  return table->count > 0 ? thing_in (*look (table, name)) : NULL;
}

static void
resize (AempTable *table, uint32_t room)
{
  g_autofree AempTableSlot *before = table->slots;
  uint32_t room_before = table->room;

  table->slots = g_new0 (AempTableSlot, room);
  table->room = room;
  for (uint32_t at = 0; at < room_before; at++)
    if (before[at] != 0)
      *look (table, name_of (table, before[at])) = before[at];
}

void
aemp_table_add (AempTable *table, const AempName *name, void *thing)
{
  AempTableSlot *slot;

  g_assert (((uintptr_t)thing & ~POINTER_MASK) == 0);
  if (table->count >= table->room / 4 * 3)
    resize (table, MAX (2 * table->room, ROOM_LEAST));
  slot = look (table, name);
  g_assert (*slot == 0);
  *slot = slot_of (name, thing);
  g_assert (name_of (table, *slot) == name);
  table->count++;
}

/* Frees a slot: those behind it move up, as far as that brings them nearer to their own. */
static void
close_gap (AempTable *table, uint32_t gap)
{
  uint32_t mask = table->room - 1;

  for (uint32_t at = (gap + 1) & mask; table->slots[at] != 0; at = (at + 1) & mask)
    {
      uint32_t way = (at - (uint32_t)name_of (table, table->slots[at])->hash) & mask;

      if (way < ((at - gap) & mask))
        continue;
      table->slots[gap] = table->slots[at];
      gap = at;
    }
  table->slots[gap] = 0;
}

void
aemp_table_remove (AempTable *table, const AempName *name)
{
  AempTableSlot *slot = look (table, name);

  g_assert (*slot != 0);
  close_gap (table, (uint32_t)(slot - table->slots));
  if (--table->count < table->room / 8 && table->room > ROOM_LEAST)
    resize (table, table->room / 2);
}

void
aemp_table_clear (AempTable *table, GDestroyNotify destroy)
{
  g_autofree AempTableSlot *slots = table->slots;
  uint32_t room = table->room;

  *table = (AempTable){ .names_inside = table->names_inside };
  for (uint32_t at = 0; destroy && at < room; at++)
    if (slots[at] != 0)
      destroy (thing_in (slots[at]));
}
