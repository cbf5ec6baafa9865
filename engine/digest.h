/* engine/digest.h - a 128-bit chain over everything that happened.
 *
 * Two runs with the same digest told the same events with the same fields in the
 * same order.  No cryptography: nobody attacks it. */
#pragma once

#include "trace.h"

typedef struct
{
  uint64_t high;
  uint64_t low;
  uint64_t events;
} AempDigest;

#define AEMP_DIGEST_TEXT_BYTES 33

void aemp_digest_init (AempDigest *digest, uint64_t seed);
/* Absorbs the event's kind, time, place in the chain and every field; DECIDE is left out. */
void aemp_digest_see (AempDigest *digest, const AempTraceEvent *event);
/* 32 hex digits. */
void aemp_digest_text (const AempDigest *digest, char text[AEMP_DIGEST_TEXT_BYTES]);
