/* tests/fuzz/fuzz-json.c - for libFuzzer: random bytes as the framing `json`. */

#include "fuzz-codec.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  fuzz_codec (&aemp_codec_json, bytes, length);
  return 0;
}
