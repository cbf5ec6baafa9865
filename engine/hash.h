/* engine/hash.h - the steps of the 64-bit hash; inside the engine.
 *
 * A hash starts with aemp_hash_step() of something, absorbs words and bytes, and is
 * spread at the end. */
#pragma once

#include "load.h"

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

/* Absorbs bytes; their number has to be absorbed before. */
static inline uint64_t
aemp_hash_absorb (uint64_t hash, const void *bytes, size_t length)
{
  const uint8_t *cursor = bytes;

  for (; length >= 8; length -= 8, cursor += 8)
    hash = aemp_hash_step (hash, aemp_load_word (cursor));
  return length > 0 ? aemp_hash_step (hash, aemp_load_few (cursor, length)) : hash;
}
