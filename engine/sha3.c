/* engine/sha3.c - see sha3.h.  The only file that includes nettle. */
#include "sha3.h"

#include <nettle/sha3.h>
#include <string.h>

G_STATIC_ASSERT (AEMP_SHA3_512_BYTES == SHA3_512_DIGEST_SIZE);

#define BLOCK_BYTES SHA3_512_BLOCK_SIZE
G_STATIC_ASSERT (BLOCK_BYTES == 72);

void
aemp_sha3_512 (const void *bytes, size_t length, uint8_t digest[AEMP_SHA3_512_BYTES])
{
  struct sha3_512_ctx context;

  sha3_512_init (&context);
  sha3_512_update (&context, length, bytes);
  sha3_512_digest (&context, AEMP_SHA3_512_BYTES, digest);
}

/* The hash of one padded key block, then `bytes`. */
static void
hash_behind_key (const uint8_t key_block[BLOCK_BYTES], uint8_t pad, const void *bytes,
                 size_t length, uint8_t digest[AEMP_SHA3_512_BYTES])
{
  struct sha3_512_ctx context;
  uint8_t padded[BLOCK_BYTES];

  for (size_t i = 0; i < BLOCK_BYTES; i++)
    padded[i] = key_block[i] ^ pad;
  sha3_512_init (&context);
  sha3_512_update (&context, BLOCK_BYTES, padded);
  sha3_512_update (&context, length, bytes);
  sha3_512_digest (&context, AEMP_SHA3_512_BYTES, digest);
}

void
aemp_hmac_sha3_512 (const void *key, size_t key_length, const void *bytes, size_t length,
                    uint8_t digest[AEMP_SHA3_512_BYTES])
{
  uint8_t key_block[BLOCK_BYTES] = { 0 };
  uint8_t inner[AEMP_SHA3_512_BYTES];

  if (key_length > BLOCK_BYTES)
    aemp_sha3_512 (key, key_length, key_block);
  else if (key_length > 0) /* memcpy() must not see a NULL key */
    memcpy (key_block, key, key_length);

  hash_behind_key (key_block, 0x36, bytes, length, inner);
  hash_behind_key (key_block, 0x5c, inner, sizeof inner, digest);
}

bool
aemp_equal_in_constant_time (const void *one, const void *other, size_t length)
{
  const volatile uint8_t *left = one; /* volatile: no early way out for the compiler */
  const volatile uint8_t *right = other;
  uint8_t differences = 0;

  for (size_t i = 0; i < length; i++)
    differences |= left[i] ^ right[i];
  return differences == 0;
}
