/* tests/unit/test-sorted.c - things in the order of their names, and what that costs. */

#include "codec-helper.h"

#include <stdio.h>
#include <string.h>

/* The code itself, so that its comparisons can be counted. */
#define aemp_name_compare count_and_compare
static int count_and_compare (const AempName *one, const AempName *other);
#include "engine/sorted.c"
#undef aemp_name_compare

#define MANY 20000 /* three levels */

typedef struct
{
  AempName name;
  char text[16];
  bool is_in;
} Thing;

static unsigned comparisons;

static int
count_and_compare (const AempName *one, const AempName *other)
{
  comparisons++;
  return aemp_name_compare (one, other);
}

/* In order. */
static Thing *
things_new (void)
{
  Thing *things = g_new0 (Thing, MANY);

  for (unsigned index = 0; index < MANY; index++)
    {
      int length = snprintf (things[index].text, sizeof things[index].text, "thing-%06u", index);

      things[index].name = aemp_name_view (things[index].text, (size_t)length);
    }
  return things;
}

/* A walk meets those that are in and no others; levels and bounds are as they should be. */
static void
assert_sound (const AempSorted *sorted, const Thing *things)
{
  unsigned index, count = 0;
  void *place = NULL;

  for (unsigned at = 0; at < MANY; at++)
    {
      g_assert_true (aemp_sorted_find (sorted, &things[at].name)
                     == (things[at].is_in ? &things[at] : NULL));
      if (!things[at].is_in)
        continue;
      g_assert_true (aemp_sorted_next (sorted, &place, &index) == &things[at]);
      count++;
    }
  g_assert_null (place || count == 0 ? aemp_sorted_next (sorted, &place, &index) : NULL);
  g_assert_cmpuint (sorted->count, ==, count);
}

static unsigned
count_nodes (const AempSortedNode *node, unsigned height)
{
  unsigned nodes = 1;

  g_assert_cmpint (node->is_leaf, ==, height == 1);
  g_assert_cmpuint (node->count, >, node->is_leaf ? 0 : 1);
  for (unsigned index = 0; !node->is_leaf && index < node->count; index++)
    {
      g_assert_true (node->children[index]->names[0] == node->names[index]);
      nodes += count_nodes (node->children[index], height - 1);
    }
  return nodes;
}

static void
test_in_order (void)
{
  g_test_summary (
      "What comes in order is put in without a search, about three comparisons each, and "
      "leaves are full.");

  g_autofree Thing *things = things_new ();
  AempSorted sorted = { 0 };

  comparisons = 0;
  for (unsigned index = 0; index < MANY; index++)
    {
      g_assert_null (aemp_sorted_find_near (&sorted, &things[index].name));
      aemp_sorted_insert (&sorted, &things[index]);
      things[index].is_in = true;
    }
  g_assert_cmpuint (comparisons, <, 4 * MANY);
  g_assert_cmpuint (count_nodes (sorted.root, sorted.height), <, MANY / WIDTH * 11 / 10);
  assert_sound (&sorted, things);
  comparisons = 0;
  for (unsigned index = 0; index < MANY; index++)
    g_assert_true (aemp_sorted_find_near (&sorted, &things[index].name) == &things[index]);
  g_assert_cmpuint (comparisons, <, 4 * MANY);
  aemp_sorted_clear (&sorted);
  g_assert_null (sorted.root);
}

static void
test_backwards (void)
{
  g_test_summary ("Put in backwards, taken out forwards, they are found all the time.");

  g_autofree Thing *things = things_new ();
  AempSorted sorted = { 0 };

  for (unsigned index = MANY; index-- > 0;)
    {
      aemp_sorted_insert (&sorted, &things[index]);
      things[index].is_in = true;
    }
  assert_sound (&sorted, things);
  count_nodes (sorted.root, sorted.height);
  for (unsigned index = 0; index < MANY; index++)
    {
      aemp_sorted_remove (&sorted, &things[index].name);
      things[index].is_in = false;
      if (index % (MANY / 10) == 0)
        assert_sound (&sorted, things);
    }
  g_assert_null (sorted.root);
  g_assert_cmpuint (sorted.height, ==, 0);
}

/* Makes one of the things be in or out. */
static void
toggle (AempSorted *sorted, Thing *thing)
{
  comparisons = 0;
  g_assert_true (aemp_sorted_find_near (sorted, &thing->name) == (thing->is_in ? thing : NULL));
  if (thing->is_in)
    aemp_sorted_remove (sorted, &thing->name);
  else
    aemp_sorted_insert (sorted, thing);
  thing->is_in = !thing->is_in;
  g_assert_cmpuint (comparisons, <, 60); /* two searches of 15 or so */
}

static void
test_at_random (void)
{
  g_test_summary (
      "Things come and go at random, many at one time and few at another: each costs the "
      "logarithm of their number, and the nodes are filled decently.");

  g_autofree Thing *things = things_new ();
  AempSorted sorted = { 0 };
  uint64_t seed = 4711;

  for (unsigned round = 0; round < 12; round++)
    {
      bool is_filled = round % 2 == 0;

      for (unsigned step = 0; step < 2 * MANY; step++)
        {
          /* runs in order, too */
          unsigned first = (unsigned)draw_below (&seed, MANY),
                   run = (unsigned)draw_below (&seed, 8);

          for (unsigned at = first; at < MIN (first + run, MANY); at++)
            if (things[at].is_in != is_filled || draw_below (&seed, 16) == 0)
              toggle (&sorted, &things[at]);
        }
      assert_sound (&sorted, things);
      g_assert_cmpuint (count_nodes (sorted.root, sorted.height), <=, sorted.count / 6 + 2);
    }
  aemp_sorted_clear (&sorted);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sorted/in-order", test_in_order);
  g_test_add_func ("/sorted/backwards", test_backwards);
  g_test_add_func ("/sorted/at-random", test_at_random);
  return g_test_run ();
}
