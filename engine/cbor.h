/* engine/cbor.h - the parts of the CBOR codec; inside the engine. */
#pragma once

#include "codec.h"

#define AEMP_CBOR_SELF_DESCRIBED 55799 /* a tag that may stand around a packet */
#define AEMP_CBOR_BREAK 0xff

/* The major types: the upper three bits of an item's first byte. */
enum
{
  AEMP_CBOR_UNSIGNED,
  AEMP_CBOR_NEGATIVE,
  AEMP_CBOR_BYTES,
  AEMP_CBOR_TEXT,
  AEMP_CBOR_ARRAY,
  AEMP_CBOR_MAP,
  AEMP_CBOR_TAG,
  AEMP_CBOR_SIMPLE,
};

/* The lower five bits: the argument itself, or how it follows. */
enum
{
  AEMP_CBOR_1_BYTE = 24,
  AEMP_CBOR_2_BYTES = 25,
  AEMP_CBOR_4_BYTES = 26,
  AEMP_CBOR_8_BYTES = 27,
  AEMP_CBOR_INDEFINITE = 31,
};

/* With major type 7. */
enum
{
  AEMP_CBOR_FALSE = 20,
  AEMP_CBOR_TRUE = 21,
  AEMP_CBOR_NULL = 22,
  AEMP_CBOR_UNDEFINED = 23,
  AEMP_CBOR_HALF = 25,
  AEMP_CBOR_SINGLE = 26,
  AEMP_CBOR_DOUBLE = 27,
};

/* How many bytes of argument follow the first byte. */
static inline unsigned
aemp_cbor_argument_bytes (unsigned information)
{
  return information < AEMP_CBOR_1_BYTE || information > AEMP_CBOR_8_BYTES
             ? 0
             : 1u << (information - AEMP_CBOR_1_BYTE);
}

/* The argument of an item of which all these bytes are there. */
static inline uint64_t
aemp_cbor_argument (const uint8_t *item)
{
  unsigned information = item[0] & 31;
  unsigned count = aemp_cbor_argument_bytes (information);
  uint64_t argument = 0;

  if (G_LIKELY (count == 0))
    return information;
  for (unsigned index = 1; index <= count; index++)
    argument = argument << 8 | item[index];
  return argument;
}

/* The two steps of reading; see AempCodec. */
AempScanResult aemp_cbor_scan (AempScanner *scanner, const uint8_t *bytes, size_t length,
                               GError **error);
AempMessage *aemp_cbor_decode (AempScanner *scanner, const uint8_t *bytes, GError **error);
