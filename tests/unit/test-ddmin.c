/* tests/unit/test-ddmin.c - delta debugging with made-up things that fail. */

#include "sim/search/ddmin.h"

#define COUNT 100

typedef struct
{
  bool (*fails) (const bool *has);
  unsigned tried;
} Machine;

/* The first of them that fails. */
static int
try_all (void *user_data, const SimSubset *candidates, unsigned count)
{
  Machine *machine = user_data;
  for (unsigned i = 0; i < count; i++)
    {
      machine->tried++;
      if (machine->fails (candidates[i].has))
        return (int)i;
    }
  return -1;
}

static unsigned
search (bool (*fails) (const bool *has), bool *kept)
{
  Machine machine = { fails, 0 };
  for (unsigned i = 0; i < COUNT; i++)
    kept[i] = true;
  sim_ddmin (kept, COUNT, try_all, &machine);
  g_assert_true (fails (kept));
  return machine.tried;
}

static unsigned
count (const bool *kept)
{
  unsigned left = 0;
  for (unsigned i = 0; i < COUNT; i++)
    left += kept[i];
  return left;
}

static bool
needs_7 (const bool *has)
{
  return has[7];
}

static bool
needs_3_and_90 (const bool *has)
{
  return has[3] && has[90];
}

static bool
needs_nothing (const bool *has)
{
  return true;
}

static bool
needs_all (const bool *has)
{
  return count (has) == COUNT;
}

/* A kill needs its restart: alone each makes it fail in another way. */
static bool
needs_pairs (const bool *has)
{
  for (unsigned i = 0; i < COUNT; i += 2)
    if (has[i] != has[i + 1])
      return false;
  return has[40] && has[60];
}

/* Any three of the last ten. */
static bool
needs_three (const bool *has)
{
  unsigned found = 0;
  for (unsigned i = COUNT - 10; i < COUNT; i++)
    found += has[i];
  return found >= 3;
}

static void
test_one (void)
{
  g_test_summary ("Of a hundred things one matters: it is found in few steps.");

  bool kept[COUNT];
  unsigned tried = search (needs_7, kept);

  g_assert_cmpuint (count (kept), ==, 1);
  g_assert_true (kept[7]);
  g_assert_cmpuint (tried, <, 30);
}

static void
test_pair (void)
{
  g_test_summary ("Two things far apart matter together: nothing but them is left.");

  bool kept[COUNT];
  unsigned tried = search (needs_3_and_90, kept);

  g_assert_cmpuint (count (kept), ==, 2);
  g_assert_cmpuint (tried, <, 200);
}

static void
test_nothing (void)
{
  g_test_summary ("It fails anyway: one step, and nothing is left.");

  bool kept[COUNT];
  g_assert_cmpuint (search (needs_nothing, kept), ==, 1);
  g_assert_cmpuint (count (kept), ==, 0);
}

static void
test_all (void)
{
  g_test_summary ("Where everything is needed everything stays.");

  bool kept[COUNT];
  search (needs_all, kept);
  g_assert_cmpuint (count (kept), ==, COUNT);
}

static void
test_minimal (void)
{
  g_test_summary ("Of what is left no single thing can be taken away, whichever it is, also where "
                  "half of the subsets mean nothing.");

  bool (*const machines[]) (const bool *has) = { needs_pairs, needs_three, needs_3_and_90 };
  for (unsigned i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      bool kept[COUNT];
      search (machines[i], kept);
      for (unsigned j = 0; j < COUNT; j++)
        if (kept[j])
          {
            kept[j] = false;
            g_assert_false (machines[i](kept));
            kept[j] = true;
          }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ddmin/one", test_one);
  g_test_add_func ("/ddmin/pair", test_pair);
  g_test_add_func ("/ddmin/nothing", test_nothing);
  g_test_add_func ("/ddmin/all", test_all);
  g_test_add_func ("/ddmin/minimal", test_minimal);
  return g_test_run ();
}
