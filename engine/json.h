/* engine/json.h - the parts of the JSON codec; inside the engine. */
#pragma once

#include "codec.h"

/* The two steps of reading; see AempCodec. */
AempScanResult aemp_json_scan (AempScanner *scanner, const uint8_t *bytes, size_t length,
                               GError **error);
AempMessage *aemp_json_decode (AempScanner *scanner, const uint8_t *bytes, GError **error);

/* Appends values with commas between; stops somewhere behind `most_bytes` of them
 * (0: never). */
void aemp_json_write_values (GByteArray *out, const AempValue *values, size_t count,
                             size_t most_bytes);

static inline bool
aemp_json_is_space (uint8_t byte)
{
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}
