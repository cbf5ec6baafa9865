/* engine/hash.h - the steps of the 64-bit hash; inside the engine.
 *
 * A hash starts with aemp_hash_step() of something, absorbs words and bytes, and is
 * spread at the end. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Odd, and with its ones well spread: the fraction of the golden ratio, and a prime. */
#define AEMP_HASH_STEP UINT64_C (0x9e3779b97f4a7c15)
#define AEMP_HASH_SPREAD UINT64_C (0xd6e8feb86659fd93)

/* Nothing gets lost: for one hash all words differ, for one word all hashes. */
static inline uint64_t
aemp_hash_step (uint64_t hash, uint64_t word)
{
  hash = (hash ^ word) * AEMP_HASH_STEP;
  return hash ^ hash >> 29;
}

/* Every bit of the hash gets to depend on every other. */
static inline uint64_t
aemp_hash_spread (uint64_t hash)
{
  hash = (hash ^ hash >> 32) * AEMP_HASH_SPREAD;
  hash = (hash ^ hash >> 32) * AEMP_HASH_SPREAD;
  return hash ^ hash >> 32;
}

/* Up to 7 bytes as a word, the first one lowest; without reading beyond them. */
static inline uint64_t
aemp_hash_load_few (const uint8_t *bytes, size_t length)
{
  uint32_t low, high;

  if (length < 4)
    return length == 0 ? 0
                       : bytes[0] | (uint64_t)bytes[length / 2] << length / 2 * 8
                             | (uint64_t)bytes[length - 1] << (length - 1) * 8;
  memcpy (&low, bytes, 4);
  memcpy (&high, bytes + length - 4, 4); /* they overlap with equal bytes */
  return GUINT32_FROM_LE (low) | (uint64_t)GUINT32_FROM_LE (high) << (length - 4) * 8;
}

/* Absorbs bytes; their number has to be absorbed before. */
static inline uint64_t
aemp_hash_absorb (uint64_t hash, const void *bytes, size_t length)
{
  const uint8_t *cursor = bytes;
  uint64_t word;

  for (; length >= 8; length -= 8, cursor += 8)
    {
      memcpy (&word, cursor, 8);
      hash = aemp_hash_step (hash, GUINT64_FROM_LE (word));
    }
  return length > 0 ? aemp_hash_step (hash, aemp_hash_load_few (cursor, length)) : hash;
}
