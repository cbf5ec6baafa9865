/* engine/digest.c
 *
 * An event is twelve words.  They are multiplied in pairs, each word hidden by a constant of
 * its own, and the 128-bit products summed: six multiplications that do not wait for each
 * other.  Only the sum goes through the chain, which is what has to be done one after the
 * other. */

#include "digest.h"

#include <string.h>

/* The fractions of the square roots of the first odd primes, made odd. */
static const uint64_t hide[12] = {
  UINT64_C (0xbb67ae8584caa73b), UINT64_C (0x3c6ef372fe94f82b), UINT64_C (0xa54ff53a5f1d36f1),
  UINT64_C (0x510e527fade682d1), UINT64_C (0x9b05688c2b3e6c1f), UINT64_C (0x1f83d9abfb41bd6b),
  UINT64_C (0x5be0cd19137e2179), UINT64_C (0xcbbb9d5dc1059ed9), UINT64_C (0x629a292a367cd507),
  UINT64_C (0x9159015a3070dd17), UINT64_C (0x152fecd8f70e5939), UINT64_C (0x67332667ffc00b31),
};

#define STEP_LOW UINT64_C (0x9e3779b97f4a7c15)
#define STEP_HIGH UINT64_C (0xd6e8feb86659fd93)

__extension__ typedef unsigned __int128 Wide;

static inline uint64_t
turn (uint64_t word, unsigned bits)
{
  return word << bits | word >> (64 - bits);
}

/* Every step can be undone, so nothing absorbed before is ever forgotten. */
static inline void
chain (AempDigest *digest, uint64_t high_word, uint64_t low_word)
{
  uint64_t low = (digest->low ^ low_word) * STEP_LOW;
  uint64_t high = (digest->high ^ high_word) * STEP_HIGH;

  low ^= low >> 29;
  high ^= high >> 32;
  high += turn (low, 17);
  low ^= turn (high, 41);
  digest->low = low;
  digest->high = high;
}

static inline Wide
pair (uint64_t one, uint64_t other, unsigned at)
{
  return (Wide)(one + hide[at]) * (other + hide[at + 1]);
}

static inline uint64_t
name_word (const AempName *name)
{
  return name && name->length > 0 ? name->hash : 0;
}

void
aemp_digest_init (AempDigest *digest, uint64_t seed)
{
  *digest = (AempDigest){ .high = hide[0], .low = hide[1] };
  chain (digest, seed, 0);
}

void
aemp_digest_see (AempDigest *digest, const AempTraceEvent *event)
{
  if (G_UNLIKELY (event->kind == AEMP_TRACE_DECIDE))
    return; /* what comes of it is what happened */
  const char *text = event->text;
  const uint64_t text_word = text && *text ? aemp_hash_bytes (text, strlen (text)) : 0;
  Wide sum = pair (event->kind, (uint64_t)event->time_us, 0);

  sum += pair (digest->events++, event->node->hash, 2);
  sum += pair (name_word (event->peer), name_word (event->port), 4);
  sum += pair (name_word (event->other), event->connection, 6);
  sum += pair (event->number, event->payload, 8);
  sum += pair (text_word, digest->low, 10);
  chain (digest, (uint64_t)(sum >> 64), (uint64_t)sum);
}

void
aemp_digest_text (const AempDigest *digest, char text[AEMP_DIGEST_TEXT_BYTES])
{
  AempDigest last = *digest;

  /* The last event has to reach every digit. */
  chain (&last, digest->events, 0);
  chain (&last, 0, digest->events);
  for (unsigned at = 0; at < 16; at++)
    {
      text[at] = "0123456789abcdef"[last.high >> (60 - 4 * at) & 15];
      text[16 + at] = "0123456789abcdef"[last.low >> (60 - 4 * at) & 15];
    }
  text[32] = '\0';
}
