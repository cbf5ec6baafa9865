/* tests/unit/test-table.c - tables of names. */

#include "engine/table.h"

#define THINGS 300

typedef struct
{
  AempName name;
  char text[8];
  bool is_in;
  unsigned destroyed;
} Thing;

/* Names whose hashes are as we like: `kinds` different ones, at the end of the table. */
static void
make_things (Thing *things, unsigned count, unsigned kinds)
{
  for (unsigned i = 0; i < count; i++)
    {
      Thing *thing = &things[i];

      *thing = (Thing){ .name = { .text = thing->text, .hash = UINT64_MAX - i % kinds } };
      thing->name.length = (uint32_t)g_snprintf (thing->text, sizeof thing->text, "t%u", i);
    }
}

static void
check_all (const AempTable *table, Thing *things, unsigned count)
{
  unsigned in = 0;

  for (unsigned i = 0; i < count; i++)
    {
      AempName view = things[i].name;

      g_assert_true (aemp_table_find (table, &view) == (things[i].is_in ? &things[i] : NULL));
      in += things[i].is_in;
    }
  g_assert_cmpuint (table->count, ==, in);
}

static void
try_table (unsigned kinds)
{
  Thing things[THINGS];
  AempTable table = { .names_inside = true };
  uint32_t luck = kinds;

  make_things (things, THINGS, kinds);
  check_all (&table, things, THINGS);
  for (unsigned step = 0; step < 6000; step++)
    {
      /* It grows for a while, and shrinks for a while. */
      luck = luck * 1664525 + 1013904223;
      Thing *thing = &things[(luck >> 8) % THINGS];
      bool add = (luck >> 24) % 4 < (step / 1500 % 2 ? 1 : 3);

      if (add && !thing->is_in)
        aemp_table_add (&table, &thing->name, thing);
      else if (!add && thing->is_in)
        aemp_table_remove (&table, &thing->name);
      thing->is_in = add;
      if (step % 16 == 0)
        check_all (&table, things, THINGS);
    }
  for (unsigned i = 0; i < THINGS; i++)
    {
      if (things[i].is_in)
        aemp_table_remove (&table, &things[i].name);
      things[i].is_in = false;
      check_all (&table, things, THINGS);
    }
  g_assert_cmpuint (table.room, <=, 8);
  aemp_table_clear (&table, NULL);
}

static void
test_found (void)
{
  g_test_summary ("Whatever was added is found by its name until it is removed, and nothing else, "
                  "whether names have hashes of their own, a few or all the same one; and "
                  "a table that has become empty has become small.");

  try_table (1);
  try_table (3);
  try_table (40);
  try_table (THINGS);
}

static void
test_pointers (void)
{
  g_test_summary ("Things that begin with a pointer to their name are found by it, among many "
                  "whose hashes differ in the upper half only.");

  struct
  {
    const AempName *name;
    AempName own;
    char text[8];
  } things[THINGS];
  AempTable table = { 0 };

  for (unsigned i = 0; i < THINGS; i++)
    {
      things[i].own = (AempName){ .text = things[i].text, .hash = (uint64_t)i << 48 };
      things[i].own.length = (uint32_t)g_snprintf (things[i].text, 8, "t%u", i);
      things[i].name = &things[i].own;
      if (i % 3 != 0)
        aemp_table_add (&table, things[i].name, &things[i]);
    }
  for (unsigned i = 0; i < THINGS; i++)
    g_assert_true (aemp_table_find (&table, &things[i].own) == (i % 3 != 0 ? &things[i] : NULL));
  aemp_table_clear (&table, NULL);
}

static void
destroy_thing (void *memory)
{
  ((Thing *)memory)->destroyed++;
}

static void
test_cleared (void)
{
  g_test_summary ("A table that is cleared gives each of its things to be destroyed once, is "
                  "empty, and can be used again.");

  Thing things[THINGS];
  AempTable table = { .names_inside = true };

  make_things (things, THINGS, 7);
  aemp_table_clear (&table, destroy_thing);
  for (unsigned i = 0; i < THINGS; i += 2)
    aemp_table_add (&table, &things[i].name, &things[i]);
  aemp_table_clear (&table, destroy_thing);
  for (unsigned i = 0; i < THINGS; i++)
    g_assert_cmpuint (things[i].destroyed, ==, i % 2 == 0);
  check_all (&table, things, THINGS);
  aemp_table_add (&table, &things[1].name, &things[1]);
  things[1].is_in = true;
  check_all (&table, things, THINGS);
  aemp_table_clear (&table, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/table/found", test_found);
  g_test_add_func ("/table/pointers", test_pointers);
  g_test_add_func ("/table/cleared", test_cleared);
  return g_test_run ();
}
