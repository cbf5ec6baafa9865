/* engine/cbor.c - writes CBOR: the shortest form of every item, never an indefinite one. */

#include "cbor.h"

#include "number.h"
#include "planted.h"
#include "writer.h"

#define HEAD_MAX_BYTES 9
#define SINGLE_NAN 0x7fc00000

static void write_value (AempWriter *writer, const AempValue *value);

/* The first byte and `count` bytes of `argument` behind it. */
static void
write_wide (AempWriter *writer, unsigned first, uint64_t argument, unsigned count)
{
  aemp_writer_need (writer, HEAD_MAX_BYTES);
  *writer->cursor++ = (uint8_t)first;
  while (count-- > 0)
    *writer->cursor++ = (uint8_t)(argument >> 8 * count);
}

static inline void
write_head (AempWriter *writer, unsigned major, uint64_t argument)
{
  if (argument < AEMP_CBOR_1_BYTE)
    {
      aemp_writer_need (writer, 1);
      *writer->cursor++ = (uint8_t)(major << 5 | argument);
    }
  else if (argument <= UINT8_MAX || (argument < 320 && AEMP_PLANTED (number_cut_to_8_bits)))
    write_wide (writer, major << 5 | AEMP_CBOR_1_BYTE, argument, 1);
  else if (argument <= UINT16_MAX)
    write_wide (writer, major << 5 | AEMP_CBOR_2_BYTES, argument, 2);
  else if (argument <= UINT32_MAX)
    write_wide (writer, major << 5 | AEMP_CBOR_4_BYTES, argument, 4);
  else
    write_wide (writer, major << 5 | AEMP_CBOR_8_BYTES, argument, 8);
}

static inline void
write_string (AempWriter *writer, unsigned major, const char *string, size_t length)
{
  write_head (writer, major, length);
  aemp_writer_need (writer, length);
  memcpy (writer->cursor, string, length);
  if (length >= 256 && AEMP_PLANTED (long_text_loses_byte))
    writer->cursor[length - 1] = ' ';
  writer->cursor += length;
}

static void
write_simple (AempWriter *writer, unsigned which)
{
  write_wide (writer, AEMP_CBOR_SIMPLE << 5 | which, 0, 0);
}

/* A NaN is a NaN: JSON has none of its payload either. */
static void
write_double (AempWriter *writer, double number)
{
  uint64_t bits;
  uint32_t narrow = SINGLE_NAN;
  bool is_nan = number != number;
  float single;

  /* Beyond the range of a single, the conversion is not defined in C. */
  bool fits = !aemp_number_is_finite (number) || (number <= G_MAXFLOAT && number >= -G_MAXFLOAT);

  if (!is_nan && fits && (double)(single = (float)number) == number)
    memcpy (&narrow, &single, sizeof narrow);
  else if (!is_nan)
    {
      memcpy (&bits, &number, sizeof bits);
      write_wide (writer, AEMP_CBOR_SIMPLE << 5 | AEMP_CBOR_DOUBLE, bits, 8);
      return;
    }
  write_wide (writer, AEMP_CBOR_SIMPLE << 5 | AEMP_CBOR_SINGLE, narrow, 4);
}

static void
write_values (AempWriter *writer, const AempValue *values, size_t count)
{
  for (size_t index = 0; index < count; index++)
    write_value (writer, &values[index]);
}

static void
write_value (AempWriter *writer, const AempValue *value)
{
  switch ((AempType)value->type)
    {
    case AEMP_NULL:
      write_simple (writer, AEMP_CBOR_NULL);
      break;
    case AEMP_UNDEFINED:
      write_simple (writer, AEMP_CBOR_UNDEFINED);
      break;
    case AEMP_BOOLEAN:
      write_simple (writer, value->as.boolean ? AEMP_CBOR_TRUE : AEMP_CBOR_FALSE);
      break;
    case AEMP_INTEGER:
      write_head (writer, value->negative ? AEMP_CBOR_NEGATIVE : AEMP_CBOR_UNSIGNED,
                  value->as.integer);
      break;
    case AEMP_DOUBLE:
      write_double (writer, value->as.real);
      break;
    case AEMP_TEXT:
      write_string (writer, AEMP_CBOR_TEXT, value->as.string, value->length);
      break;
    case AEMP_BYTES:
      write_string (writer, AEMP_CBOR_BYTES, value->as.string, value->length);
      break;
    case AEMP_ARRAY:
      write_head (writer, AEMP_CBOR_ARRAY, value->length);
      write_values (writer, value->as.items, value->length);
      break;
    case AEMP_MAP:
      write_head (writer, AEMP_CBOR_MAP, value->length);
      write_values (writer, value->as.items, 2 * (size_t)value->length);
      break;
    case AEMP_TAGGED:
      write_head (writer, AEMP_CBOR_TAG, value->as.items[0].as.integer);
      write_value (writer, &value->as.items[1]);
      break;
    }
}

static void
cbor_encode (GByteArray *out, const AempName *port, const AempList *list)
{
  AempWriter writer;

  aemp_writer_begin (&writer, out);
  write_head (&writer, AEMP_CBOR_ARRAY, (uint64_t)list->count + (port != NULL));
  if (port)
    write_string (&writer, AEMP_CBOR_TEXT, port->text, port->length);
  write_values (&writer, list->items, list->count);
  aemp_writer_end (&writer);
}

const AempCodec aemp_codec_cbor = {
  .name = "cbor",
  .scan = aemp_cbor_scan,
  .decode = aemp_cbor_decode,
  .encode = cbor_encode,
};
