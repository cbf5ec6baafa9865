/* sim/link.c - what a path does to what travels: it takes time, and may lose, repeat or spoil it.
 *
 * All chance is a hash of what travels, so no segment shifts another one's luck; only bursts of
 * losses have a memory, and each direction of a connection has its own. */

#include "engine/planted.h"
#include "network.h"

/* What a segment is more than its bytes: IP and TCP headers. */
#define HEADER_BYTES 40

/* --- Distributions: quantiles at i/256, in 65536ths --- */

#define STEPS 256
#define UNIT 65536

/* Of the standard normal distribution, from the middle up; cut off at 4. */
static const int32_t normal[STEPS / 2 + 1] = {
  0,      642,    1283,   1925,   2567,   3210,   3852,   4495,   5139,   5783,   6427,   7072,
  7718,   8365,   9012,   9660,   10310,  10960,  11611,  12263,  12917,  13572,  14228,  14886,
  15545,  16206,  16869,  17533,  18199,  18867,  19536,  20208,  20882,  21559,  22237,  22918,
  23601,  24287,  24976,  25668,  26362,  27059,  27759,  28463,  29170,  29880,  30594,  31311,
  32032,  32758,  33487,  34220,  34958,  35700,  36446,  37198,  37954,  38715,  39482,  40254,
  41032,  41816,  42605,  43401,  44203,  45012,  45828,  46651,  47482,  48320,  49166,  50021,
  50884,  51756,  52637,  53528,  54428,  55340,  56262,  57195,  58140,  59097,  60067,  61051,
  62048,  63060,  64087,  65131,  66191,  67268,  68364,  69480,  70616,  71774,  72954,  74159,
  75389,  76647,  77933,  79250,  80600,  81985,  83408,  84871,  86377,  87931,  89536,  91196,
  92917,  94704,  96565,  98507,  100540, 102675, 104924, 107304, 109834, 112540, 115453, 118613,
  122076, 125918, 130248, 135235, 141156, 148519, 158437, 174330, 262144,
};
#define NORMAL_MOST 4

/* Of (1 - u)^(-1/3) - 1, a Pareto distribution of shape 3 that begins at 0; cut off at 40. */
static const int32_t pareto[STEPS + 1] = {
  0,      86,     172,    258,    345,     432,    520,    608,    697,    787,    876,    966,
  1057,   1148,   1240,   1332,   1425,    1518,   1612,   1706,   1801,   1897,   1993,   2089,
  2186,   2284,   2382,   2481,   2580,    2680,   2780,   2881,   2983,   3085,   3188,   3292,
  3396,   3500,   3606,   3712,   3819,    3926,   4034,   4143,   4252,   4362,   4473,   4584,
  4697,   4810,   4923,   5038,   5153,    5269,   5385,   5503,   5621,   5740,   5860,   5980,
  6102,   6224,   6347,   6471,   6596,    6721,   6848,   6975,   7104,   7233,   7363,   7494,
  7626,   7759,   7893,   8028,   8164,    8301,   8439,   8578,   8718,   8860,   9002,   9145,
  9290,   9435,   9582,   9730,   9879,    10029,  10181,  10333,  10487,  10642,  10799,  10956,
  11115,  11276,  11437,  11601,  11765,   11931,  12098,  12267,  12437,  12609,  12782,  12957,
  13133,  13311,  13491,  13672,  13855,   14040,  14226,  14414,  14604,  14796,  14990,  15185,
  15382,  15582,  15783,  15986,  16192,   16399,  16609,  16820,  17034,  17250,  17469,  17690,
  17913,  18138,  18366,  18597,  18830,   19065,  19304,  19545,  19789,  20035,  20285,  20537,
  20792,  21051,  21313,  21577,  21845,   22117,  22391,  22670,  22952,  23237,  23526,  23819,
  24116,  24417,  24722,  25031,  25344,   25662,  25984,  26311,  26643,  26979,  27321,  27667,
  28019,  28376,  28738,  29107,  29481,   29861,  30247,  30640,  31039,  31444,  31857,  32277,
  32704,  33139,  33581,  34032,  34491,   34958,  35434,  35920,  36415,  36919,  37434,  37960,
  38496,  39043,  39603,  40174,  40758,   41355,  41966,  42591,  43231,  43886,  44558,  45246,
  45951,  46675,  47418,  48182,  48966,   49772,  50602,  51456,  52336,  53242,  54178,  55143,
  56140,  57172,  58239,  59344,  60490,   61679,  62914,  64198,  65536,  66930,  68386,  69908,
  71502,  73173,  74929,  76778,  78727,   80789,  82973,  85294,  87767,  90410,  93246,  96301,
  99604,  103195, 107121, 111439, 116224,  121573, 127613, 134517, 142528, 151998, 163468, 177817,
  196608, 222991, 264745, 350592, 2621440,
};
#define PARETO_MOST 40

static int64_t
interpolate (const int32_t *table, int64_t place)
{
  int64_t low = table[place / UNIT], high = table[place / UNIT + (place % UNIT > 0)];

  return low + (high - low) * (place % UNIT) / UNIT;
}

/* `spread_us` times what is at a random place of the table. */
static int64_t
scale (int64_t quantile, int64_t spread_us)
{
  return spread_us / UNIT * quantile + spread_us % UNIT * quantile / UNIT;
}

static int64_t
draw_normal_us (const SimPath *path, SimLuck luck, uint64_t identity)
{
  int64_t place = sim_luck_between (luck, identity, -STEPS / 2 * UNIT, STEPS / 2 * UNIT);
  int64_t offset_us = scale (interpolate (normal, ABS (place)), path->delay_spread_us);

  return MAX (path->delay_min_us + (place < 0 ? -offset_us : offset_us), 0);
}

static int64_t
draw_pareto_us (const SimPath *path, SimLuck luck, uint64_t identity)
{
  int64_t place = sim_luck_between (luck, identity, 0, STEPS * UNIT);

  return path->delay_min_us + scale (interpolate (pareto, place), path->delay_spread_us);
}

int64_t
sim_way_delay_us (const SimWay *way, SimLuck luck, uint64_t identity)
{
  const SimPath *path = sim_way_path (way);

  switch (path->distribution)
    {
    case SIM_DELAY_UNIFORM:
      if (path->delay_max_us > path->delay_min_us)
        return sim_luck_between (luck, identity, path->delay_min_us, path->delay_max_us);
      return path->delay_min_us;
    case SIM_DELAY_NORMAL:
      return draw_normal_us (path, luck, identity);
    case SIM_DELAY_PARETO:
      return draw_pareto_us (path, luck, identity);
    }
  g_assert_not_reached ();
}

int64_t
sim_way_longest_us (const SimWay *way)
{
  const SimPath *path = sim_way_path (way);

  switch (path->distribution)
    {
    case SIM_DELAY_UNIFORM:
      return path->delay_max_us;
    case SIM_DELAY_NORMAL:
      return path->delay_min_us + NORMAL_MOST * path->delay_spread_us;
    case SIM_DELAY_PARETO:
      return path->delay_min_us + PARETO_MOST * path->delay_spread_us;
    }
  g_assert_not_reached ();
}

/* --- Losses --- */

static bool
is_chosen (SimLuck luck, const char *why, uint64_t identity, uint32_t ppm)
{
  return ppm > 0 && sim_luck_chance (sim_luck_below (luck, why), identity, ppm);
}

/* Gilbert and Elliott: losses come in bursts of `burst` segments on average, so often that
 * `loss_ppm` of all are lost. */
static bool
is_in_burst (const SimPath *path, SimLuck luck, uint64_t identity, bool *in_burst)
{
  uint64_t passes_ppm = 1000000 - path->loss_ppm;
  uint64_t enters_ppm = passes_ppm > 0
                            ? path->loss_ppm * UINT64_C (1000000) / (passes_ppm * path->loss_burst)
                            : 1000000;

  if (*in_burst)
    *in_burst = !is_chosen (luck, "loss ends", identity, 1000000 / path->loss_burst);
  else
    *in_burst = is_chosen (luck, "loss", identity, (uint32_t)MIN (enters_ppm, 1000000));
  return *in_burst;
}

static bool
is_lost (const SimPath *path, SimLuck luck, uint64_t identity, bool *in_burst)
{
  if (path->loss_burst > 1)
    return is_in_burst (path, luck, identity, in_burst);
  return is_chosen (luck, "loss", identity, path->loss_ppm);
}

/* --- The line --- */

/* How long until its last bit is on the line; -1: there is no room to wait. */
static int64_t
wait_for_line_us (SimWay *way, const SimPath *path, uint32_t length, int64_t now_us)
{
  uint64_t bits = 8 * ((uint64_t)length + HEADER_BYTES);
  int64_t free_us = MAX (way->line_free_us, now_us);

  if (path->queue_bytes > 0
      && (uint64_t)(free_us - now_us) > 8000000 * path->queue_bytes / path->rate_bits)
    return -1;
  way->line_free_us = free_us + (int64_t)((bits * 1000000 + path->rate_bits - 1) / path->rate_bits);
  return way->line_free_us - now_us;
}

SimPassage
sim_way_pass (SimWay *way, SimLuck luck, uint64_t identity, uint32_t length, int64_t now_us,
              bool *in_burst)
{
  const SimPath *path = sim_way_path (way);
  SimPassage passage = { .copies = 1 };
  int64_t wait_us = 0;

  if (is_lost (path, luck, identity, in_burst))
    return (SimPassage){ 0 };
  if (path->rate_bits > 0 && length > 0)
    wait_us = wait_for_line_us (way, path, length, now_us);
  if (wait_us < 0)
    return (SimPassage){ 0 };
  passage.is_spoiled = is_chosen (luck, "corrupt", identity, path->corrupt_ppm);
  if (passage.is_spoiled && !AEMP_PLANTED (tcp_checksum_not_checked))
    return (SimPassage){ 0 };
  passage.delay_us[0] = wait_us + sim_way_delay_us (way, luck, identity);
  if (is_chosen (luck, "duplicate", identity, path->duplicate_ppm))
    {
      passage.copies = 2;
      passage.delay_us[1]
          = wait_us + sim_way_delay_us (way, sim_luck_below (luck, "second"), identity);
    }
  return passage;
}
