/* tests/fuzz/fuzz-codec.h - what may never happen, whatever the bytes are. */
#pragma once

#include "engine/codec.h"

#include <string.h>

/* Reads the bytes as a stream, in one piece and in pieces as the first byte says; both
 * have to tell the same.  What was read is written and read again: the same values. */
void fuzz_codec (const AempCodec *codec, const uint8_t *bytes, size_t length);
