/* engine/load.h - bytes as words, never looking behind the last one. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes, the first one lowest. */
static inline uint64_t
aemp_load_word (const uint8_t *bytes)
{
  uint64_t word;

  memcpy (&word, bytes, sizeof word);
  return GUINT64_FROM_LE (word);
}

static inline void
aemp_store_word (uint8_t *bytes, uint64_t word)
{
  word = GUINT64_TO_LE (word);
  memcpy (bytes, &word, sizeof word);
}

/* Up to 7 bytes, the first one lowest, zeros above. */
static inline uint64_t
aemp_load_few (const uint8_t *bytes, size_t length)
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
