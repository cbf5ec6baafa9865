/* Luck: the same everywhere, the same again, and evenly spread. */

#include "sim/luck.h"

#include <glib.h>
#include <string.h>

static void
test_known (void)
{
  g_test_summary ("Draws are the same on every machine and in every version to come: recorded "
                  "seeds keep their stories.");

  SimLuck luck = sim_luck (42, "host/ruth/nonce");
  static const uint8_t expected[11]
      = { 0xf4, 0x2c, 0x31, 0x2f, 0x3c, 0xeb, 0x2f, 0xe8, 0x6b, 0x3b, 0xaf };
  uint8_t bytes[11];

  g_assert_cmphex (luck.key, ==, UINT64_C (0xaee2fab1397c28dc));
  g_assert_cmphex (sim_luck_draw (luck, 0), ==, UINT64_C (0x5bdf02adfdc6a991));
  g_assert_cmphex (sim_luck_draw (luck, 1), ==, UINT64_C (0x48353f69c601512e));
  g_assert_cmphex (sim_luck_draw (luck, UINT64_MAX), ==, UINT64_C (0x98f9bebe1be8e13e));
  g_assert_cmphex (sim_luck_draw (sim_luck (0, ""), 0), ==, UINT64_C (0xa706dd2f4d197e6f));
  g_assert_cmpint (sim_luck_between (luck, 7, -1000, 1000), ==, 714);
  sim_luck_bytes (luck, 7, bytes, sizeof bytes);
  g_assert_cmpmem (bytes, sizeof bytes, expected, sizeof expected);
}

static void
test_labels (void)
{
  g_test_summary ("A stream is named by its whole path, however one got there.");

  SimLuck link = sim_luck (1, "link/a-b");

  g_assert_cmphex (sim_luck_below (link, "loss").key, ==, sim_luck (1, "link/a-b/loss").key);
  g_assert_cmphex (sim_luck_number (link, 0).key, ==, sim_luck (1, "link/a-b/0").key);
  g_assert_cmphex (sim_luck_number (link, 907).key, ==, sim_luck (1, "link/a-b/907").key);
  g_assert_cmphex (sim_luck_number (link, UINT64_MAX).key, ==,
                   sim_luck (1, "link/a-b/18446744073709551615").key);
  g_assert_cmphex (link.key, !=, sim_luck (2, "link/a-b").key);
  g_assert_cmphex (link.key, !=, sim_luck (1, "link/b-a").key);
}

static void
test_ranges (void)
{
  g_test_summary ("Draws stay in their range, reach both of its ends, and one value is no choice.");

  SimLuck luck = sim_luck (3, "ranges");
  unsigned lowest = 0, highest = 0;

  for (uint64_t i = 0; i < 10000; i++)
    {
      int64_t drawn = sim_luck_between (luck, i, -3, 3);

      g_assert_cmpint (drawn, >=, -3);
      g_assert_cmpint (drawn, <=, 3);
      lowest += drawn == -3;
      highest += drawn == 3;
    }
  g_assert_cmpuint (lowest, >, 1200);
  g_assert_cmpuint (highest, >, 1200);
  g_assert_cmpint (sim_luck_between (luck, 1, 5, 5), ==, 5);
  g_assert_cmphex ((uint64_t)sim_luck_between (luck, 9, INT64_MIN, INT64_MAX), ==,
                   sim_luck_draw (luck, 9));
}

static void
test_even (void)
{
  g_test_summary ("Every bit is set half of the time and every sixteenth of a range is met as "
                  "often, along identities as along labels.");

  enum
  {
    DRAWS = 100000
  };
  unsigned bits[2][64] = { 0 };
  unsigned parts[2][16] = { 0 };

  for (unsigned i = 0; i < DRAWS; i++)
    {
      SimLuck along_labels = sim_luck_number (sim_luck (7, "link/a-b"), i);
      uint64_t draws[2] = { sim_luck_draw (sim_luck (7, "x"), i), sim_luck_draw (along_labels, 0) };

      for (unsigned way = 0; way < 2; way++)
        {
          for (unsigned bit = 0; bit < 64; bit++)
            bits[way][bit] += draws[way] >> bit & 1;
          parts[way][draws[way] >> 60]++;
        }
    }
  for (unsigned way = 0; way < 2; way++)
    {
      for (unsigned bit = 0; bit < 64; bit++)
        g_assert_cmpuint (ABS ((int)bits[way][bit] - DRAWS / 2), <, 800); /* five sigma */
      for (unsigned part = 0; part < 16; part++)
        g_assert_cmpuint (ABS ((int)parts[way][part] - DRAWS / 16), <, 400);
    }
}

static void
test_chance (void)
{
  g_test_summary ("What happens in so many cases of a million does, never and always included.");

  SimLuck luck = sim_luck (11, "loss");
  unsigned rare = 0;

  for (uint64_t i = 0; i < 100000; i++)
    {
      rare += sim_luck_chance (luck, i, 1000) != 0;
      g_assert_false (sim_luck_chance (luck, i, 0));
      g_assert_true (sim_luck_chance (luck, i, 1000000));
    }
  g_assert_cmpuint (rare, >, 50);
  g_assert_cmpuint (rare, <, 150);
}

static void
test_bytes (void)
{
  g_test_summary ("Bytes of one identity begin the same whatever their number, and differ from "
                  "those of another.");

  SimLuck luck = sim_luck (5, "nonce");
  uint8_t few[5], many[33], other[33];

  sim_luck_bytes (luck, 1, few, sizeof few);
  sim_luck_bytes (luck, 1, many, sizeof many);
  sim_luck_bytes (luck, 2, other, sizeof other);
  g_assert_cmpmem (few, sizeof few, many, sizeof few);
  g_assert_true (memcmp (many, other, sizeof many) != 0);
  g_assert_true (memcmp (many, many + 8, 8) != 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/luck/known", test_known);
  g_test_add_func ("/luck/labels", test_labels);
  g_test_add_func ("/luck/ranges", test_ranges);
  g_test_add_func ("/luck/even", test_even);
  g_test_add_func ("/luck/chance", test_chance);
  g_test_add_func ("/luck/bytes", test_bytes);
  return g_test_run ();
}
