/* engine/json.h - the parts of the JSON codec; inside the engine. */
#pragma once

#include "codec.h"

/* What a byte can begin, or be in a number. */
typedef enum
{
  AEMP_JSON_OTHER,
  AEMP_JSON_SPACE,
  AEMP_JSON_QUOTE,
  AEMP_JSON_OPEN_ARRAY,
  AEMP_JSON_CLOSE_ARRAY,
  AEMP_JSON_OPEN_MAP,
  AEMP_JSON_CLOSE_MAP,
  AEMP_JSON_COMMA,
  AEMP_JSON_COLON,
  AEMP_JSON_LITERAL,
  AEMP_JSON_MINUS,
  AEMP_JSON_ZERO,
  AEMP_JSON_DIGIT,
  AEMP_JSON_PLUS,
  AEMP_JSON_POINT,
  AEMP_JSON_EXPONENT,
  AEMP_JSON_KINDS
} AempJsonKind;
extern const uint8_t aemp_json_kinds[256];

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
