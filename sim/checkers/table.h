/* sim/checkers/table.h - finds things by a 64-bit key, fast.
 *
 * Open addressing with linear probing.  The keys are hashes of names and numbers, wide
 * enough to be taken for what they name.  There is no way to walk a table: what is to be
 * walked stands in a list, in an order that means something. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct
{
  uint64_t key;
  void *value; /* NULL: the place is free */
} SimPlace;

typedef struct
{
  SimPlace *places;
  size_t mask;    /* places - 1; places are a power of two, at most a quarter of them taken */
  size_t taken;
  unsigned shift; /* 64 - log2 (places) */
} SimTable;

#define SIM_TABLE_SPREAD UINT64_C (0x9e3779b97f4a7c15)

/* The key of a thing that two words name together, in this order. */
static inline uint64_t
sim_key (uint64_t one, uint64_t other)
{
  const uint64_t key = one * UINT64_C (0xd6e8feb86659fd93) + other;

  return (key ^ key >> 32) * SIM_TABLE_SPREAD;
}

static inline void
sim_table_init (SimTable *table)
{
  *table = (SimTable){ .places = g_new0 (SimPlace, 16), .mask = 15, .shift = 60 };
}

static inline void
sim_table_clear (SimTable *table)
{
  g_clear_pointer (&table->places, g_free);
}

static inline size_t
sim_table_home (const SimTable *table, uint64_t key)
{
  return (size_t)(key * SIM_TABLE_SPREAD >> table->shift);
}

/* The place of a key, or the free one where it belongs. */
static inline SimPlace *
sim_table_place (const SimTable *table, uint64_t key)
{
  size_t at = sim_table_home (table, key);

  while (table->places[at].value && table->places[at].key != key)
    at = (at + 1) & table->mask;
  return &table->places[at];
}

static inline void *
sim_table_get (const SimTable *table, uint64_t key)
{
  return sim_table_place (table, key)->value;
}

static inline void
sim_table_grow (SimTable *table)
{
  const SimTable old = *table;

  table->mask = old.mask * 2 + 1;
  table->shift--;
  table->places = g_new0 (SimPlace, table->mask + 1);
  for (size_t at = 0; at <= old.mask; at++)
    if (old.places[at].value)
      *sim_table_place (table, old.places[at].key) = old.places[at];
  g_free (old.places);
}

/* The key must not be there yet. */
static inline void
sim_table_add (SimTable *table, uint64_t key, void *value)
{
  if (table->taken * 4 > table->mask)
    sim_table_grow (table);
  table->taken++;
  *sim_table_place (table, key) = (SimPlace){ key, value };
}

/* Takes a key out, if it is there, and closes the gap so that all others are found. */
static inline void
sim_table_remove (SimTable *table, uint64_t key)
{
  SimPlace *gap = sim_table_place (table, key);
  size_t at = (size_t)(gap - table->places);

  if (!gap->value)
    return;
  table->taken--;
  for (;;)
    {
      at = (at + 1) & table->mask;
      SimPlace *place = &table->places[at];
      if (!place->value)
        break;
      /* It may fill the gap unless its home lies behind the gap. */
      const size_t from_home = (at - sim_table_home (table, place->key)) & table->mask;
      const size_t from_gap = (at - (size_t)(gap - table->places)) & table->mask;
      if (from_home < from_gap)
        continue;
      *gap = *place;
      gap = place;
    }
  gap->value = NULL;
}
