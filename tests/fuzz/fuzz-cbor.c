/* tests/fuzz/fuzz-cbor.c - for libFuzzer: random bytes as the framing `cbor`. */

#include "fuzz-codec.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  fuzz_codec (&aemp_codec_cbor, bytes, length);
  return 0;
}
