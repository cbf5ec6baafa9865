/* engine/sha3.h - SHA3-512 and HMAC over it (FIPS 202, RFC 2104), by nettle.
 *
 * nettle 3.8 has no HMAC of its own for SHA-3; the block size is 72 bytes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define AEMP_SHA3_512_BYTES 64
#define AEMP_SHA3_512_HEX_BYTES (2 * AEMP_SHA3_512_BYTES)

void aemp_sha3_512 (const void *bytes, size_t length, uint8_t digest[AEMP_SHA3_512_BYTES]);
void aemp_hmac_sha3_512 (const void *key, size_t key_length, const void *bytes, size_t length,
                         uint8_t digest[AEMP_SHA3_512_BYTES]);

/* Takes as long for any two inputs of one length. */
bool aemp_equal_in_constant_time (const void *one, const void *other, size_t length);
