/* sim/luck.c - draws as hashes.
 *
 * A label is absorbed byte by byte into the key, so that a stream below another is found
 * from the other's key alone.  A draw is the SplitMix64 sequence that starts at the key,
 * at the place `identity`. */

#include "luck.h"

#include "engine/planted.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define STEP UINT64_C (0x9e3779b97f4a7c15)     /* 2^64 divided by the golden ratio */
#define ABSORBER UINT64_C (0xd6e8feb86659fd93) /* odd, its bits well mixed */

static inline uint64_t
mix (uint64_t bits)
{
  bits = (bits ^ (bits >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * UINT64_C (0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

static inline uint64_t
absorb (uint64_t key, uint8_t byte)
{
  key = (key ^ byte) * ABSORBER;
  return key ^ (key >> 32);
}

static uint64_t
absorb_text (uint64_t key, const char *text)
{
  for (; *text; text++)
    key = absorb (key, (uint8_t)*text);
  return key;
}

/* Does somebody read the book, if there is one? */
static inline bool
is_read (SimLuck luck)
{
  return luck.book && ((const SimBookHead *)luck.book)->knows_labels;
}

SimLuck
sim_luck (uint64_t seed, const char *label)
{
  return (SimLuck){ absorb_text (mix (seed + STEP), label), NULL };
}

SimLuck
sim_luck_below (SimLuck luck, const char *label)
{
  SimLuck below = { absorb_text (absorb (luck.key, '/'), label), luck.book };
  if (is_read (luck))
    sim_book_note_below (luck.book, luck.key, below.key, label);
  return below;
}

SimLuck
sim_luck_number (SimLuck luck, uint64_t number)
{
  uint64_t key = absorb (luck.key, '/');
  uint64_t power = 1;

  while (number / power >= 10)
    power *= 10;
  for (; power > 0; power /= 10)
    key = absorb (key, (uint8_t)('0' + number / power % 10));
  if (is_read (luck))
    {
      g_autofree char *label = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
      sim_book_note_below (luck.book, luck.key, key, label);
    }
  return (SimLuck){ key, luck.book };
}

uint64_t
sim_luck_draw (SimLuck luck, uint64_t identity)
{
  if (AEMP_PLANTED (sim_luck_remembers))
    {
      static uint64_t draws; /* of an earlier run, too */
      identity += ++draws;
    }
  const SimBookHead *book = (const SimBookHead *)luck.book;
  uint64_t key = luck.key;
  if (book && G_UNLIKELY (book->again != 0))
    key = mix (key ^ book->again);
  return mix (key + (identity + 1) * STEP);
}

__extension__ typedef unsigned __int128 Wide;

/* The upper half of the product of two 64-bit numbers. */
static inline uint64_t
multiply_high (uint64_t one, uint64_t other)
{
  return (uint64_t)((Wide)one * other >> 64);
}

int64_t
sim_luck_between (SimLuck luck, uint64_t identity, int64_t low, int64_t high)
{
  uint64_t count = (uint64_t)high - (uint64_t)low + 1;
  uint64_t draw = sim_luck_draw (luck, identity);

  g_assert (low <= high);
  if (count == 0) /* all 2^64 of them */
    return (int64_t)draw;
  return (int64_t)((uint64_t)low + multiply_high (draw, count));
}

int
sim_luck_chance (SimLuck luck, uint64_t identity, uint32_t millionths)
{
  int drawn = multiply_high (sim_luck_draw (luck, identity), 1000000) < millionths;
  const SimBookHead *book = (const SimBookHead *)luck.book;
  if (!book || (!drawn && !book->tells_otherwise))
    return drawn;
  return sim_book_draws (luck.book, luck.key, identity, drawn);
}

void
sim_luck_bytes (SimLuck luck, uint64_t identity, void *bytes, size_t length)
{
  SimLuck words = { sim_luck_draw (luck, identity), NULL };
  uint8_t *next = bytes;
  uint64_t word = 0;

  for (size_t i = 0; i < length; i++)
    {
      if (i % 8 == 0)
        word = sim_luck_draw (words, i / 8);
      *next++ = (uint8_t)(word >> (i % 8 * 8)); /* the same on machines of either byte order */
    }
}
