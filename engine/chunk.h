/* engine/chunk.h - looks at many bytes of a string at once; for the JSON codec.
 *
 * A wide chunk is 16 bytes where the processor has SSE2, otherwise as long as the
 * narrow one of 8, which needs nothing but arithmetic.  Marks say which bytes of a
 * chunk are not plain. */
#pragma once

#include "load.h"

#include <stdbool.h>

#ifdef __SSE2__
#include <emmintrin.h>
#define AEMP_CHUNK_BYTES 16
#else
#define AEMP_CHUNK_BYTES 8
#endif

/* What is not plain, besides quotes and backslashes. */
typedef enum
{
  AEMP_CHUNK_QUOTES = 0,   /* nothing */
  AEMP_CHUNK_CONTROLS = 1, /* bytes below 0x20 */
  AEMP_CHUNK_HIGH = 2,     /* bytes from 0x80 on */
} AempChunkMarks;

#define AEMP_CHUNK_EACH(byte) (UINT64_C (0x0101010101010101) * (byte))

/* In a word: 0x80 in each byte that is marked. */
static inline uint64_t
aemp_chunk_marks_narrow (uint64_t word, AempChunkMarks marks)
{
  uint64_t found, high = marks & AEMP_CHUNK_HIGH ? AEMP_CHUNK_EACH (0x80) : 0;

  found = ((word ^ AEMP_CHUNK_EACH ('"')) - AEMP_CHUNK_EACH (1))
          | ((word ^ AEMP_CHUNK_EACH ('\\')) - AEMP_CHUNK_EACH (1));
  if (marks & AEMP_CHUNK_CONTROLS)
    found |= word - AEMP_CHUNK_EACH (0x20);
  /* Borrows make false marks, but only behind the first true one. */
  return (found & ~word & AEMP_CHUNK_EACH (0x80)) | (word & high);
}

/* How many bytes are before the first mark. */
static inline unsigned
aemp_chunk_first_narrow (uint64_t found)
{
  return (unsigned)__builtin_ctzll (found) / 8;
}

#ifdef __SSE2__

/* In 16 bytes: a bit for each one that is marked. */
static inline uint64_t
aemp_chunk_marks (const uint8_t *bytes, AempChunkMarks marks)
{
  __m128i chunk = _mm_loadu_si128 ((const __m128i *)bytes);
  __m128i found = _mm_or_si128 (_mm_cmpeq_epi8 (chunk, _mm_set1_epi8 ('"')),
                                _mm_cmpeq_epi8 (chunk, _mm_set1_epi8 ('\\')));

  if ((marks & AEMP_CHUNK_CONTROLS) && (marks & AEMP_CHUNK_HIGH)) /* those are below 0 */
    found = _mm_or_si128 (found, _mm_cmplt_epi8 (chunk, _mm_set1_epi8 (0x20)));
  else if (marks & AEMP_CHUNK_CONTROLS)
    found = _mm_or_si128 (found,
                          _mm_cmpeq_epi8 (_mm_min_epu8 (chunk, _mm_set1_epi8 (0x1f)), chunk));
  return (unsigned)_mm_movemask_epi8 (found);
}

static inline unsigned
aemp_chunk_first (uint64_t found)
{
  return (unsigned)__builtin_ctzll (found);
}

#else

static inline uint64_t
aemp_chunk_marks (const uint8_t *bytes, AempChunkMarks marks)
{
  return aemp_chunk_marks_narrow (aemp_load_word (bytes), marks);
}

static inline unsigned
aemp_chunk_first (uint64_t found)
{
  return aemp_chunk_first_narrow (found);
}

#endif

/* Up to 7 bytes as a word; what is above them is plain. */
static inline uint64_t
aemp_chunk_load_few (const uint8_t *bytes, size_t length)
{
  return aemp_load_few (bytes, length) | AEMP_CHUNK_EACH (' ') << 8 * length;
}

/* The first byte that is marked, or `end`. */
static inline const uint8_t *
aemp_chunk_skip (const uint8_t *cursor, const uint8_t *end, AempChunkMarks marks)
{
  uint64_t found;

  for (; end - cursor >= AEMP_CHUNK_BYTES; cursor += AEMP_CHUNK_BYTES)
    if ((found = aemp_chunk_marks (cursor, marks)) != 0)
      return cursor + aemp_chunk_first (found);
  for (; end - cursor >= 8; cursor += 8)
    if ((found = aemp_chunk_marks_narrow (aemp_load_word (cursor), marks)) != 0)
      return cursor + aemp_chunk_first_narrow (found);
  if (cursor == end)
    return end;
  found = aemp_chunk_marks_narrow (aemp_chunk_load_few (cursor, (size_t)(end - cursor)), marks);
  return found ? cursor + aemp_chunk_first_narrow (found) : end;
}

/* Copies up to there, too, and maybe some more: there has to be room for a chunk more.
 * `*to` ends where the copy does. */
static inline const uint8_t *
aemp_chunk_copy (uint8_t **to, const uint8_t *cursor, const uint8_t *end, AempChunkMarks marks)
{
  uint8_t *out = *to;
  unsigned count;
  uint64_t found, word;

  for (; end - cursor >= AEMP_CHUNK_BYTES; cursor += AEMP_CHUNK_BYTES, out += AEMP_CHUNK_BYTES)
    {
      memcpy (out, cursor, AEMP_CHUNK_BYTES);
      if ((found = aemp_chunk_marks (cursor, marks)) != 0)
        {
          *to = out + aemp_chunk_first (found);
          return cursor + aemp_chunk_first (found);
        }
    }
  for (; end - cursor >= 8; cursor += 8, out += 8)
    {
      memcpy (out, cursor, 8);
      if ((found = aemp_chunk_marks_narrow (aemp_load_word (cursor), marks)) != 0)
        {
          *to = out + aemp_chunk_first_narrow (found);
          return cursor + aemp_chunk_first_narrow (found);
        }
    }
  word = aemp_chunk_load_few (cursor, (size_t)(end - cursor));
  aemp_store_word (out, word);
  found = aemp_chunk_marks_narrow (word, marks);
  count = found ? aemp_chunk_first_narrow (found) : (unsigned)(end - cursor);
  *to = out + count;
  return cursor + count;
}
