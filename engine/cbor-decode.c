/* engine/cbor-decode.c - makes a message of a CBOR packet that is well-formed. */

#include "cbor.h"
#include "load.h"
#include "number.h"
#include "scan.h"
#include "utf8.h"

#define SINGLE_BIAS 127
#define HALF_BIAS 15

/* A container that is open. */
typedef struct
{
  AempValue *begin; /* of its elements */
  uint64_t waiting; /* items; UINT64_MAX until the break */
  AempType type;
} Level;

typedef struct
{
  AempBlock block;
  const uint8_t *bytes;
  const uint8_t *invalid; /* text that is no UTF-8 begins to be wrong here */
  uint32_t depth;
  Level levels[AEMP_DEPTH_MAX];
} Decoder;

/* Copies a string, and maybe some bytes more: the block has room for them.  Tells
 * whether all of it was ASCII. */
static inline bool
copy_string (uint8_t *to, const uint8_t *from, size_t length)
{
  uint64_t all = 0, word;

  for (; length >= 8; length -= 8, from += 8, to += 8)
    {
      word = aemp_load_word (from);
      aemp_store_word (to, word);
      all |= word;
    }
  word = aemp_load_few (from, length);
  aemp_store_word (to, word); /* with an ending zero */
  return ((all | word) & UINT64_C (0x8080808080808080)) == 0;
}

/* Remembers the first byte that is wrong, or where a character begins that has no end. */
static inline void
check_text (Decoder *decoder, const uint8_t *text, size_t length)
{
  size_t valid = aemp_utf8_valid (text, length);

  if (G_UNLIKELY (valid < length) && !decoder->invalid)
    {
      int character = aemp_utf8_character (text + valid, length - valid);

      decoder->invalid = text + valid + (character < 0 ? -1 - character : 0);
    }
}

static inline const uint8_t *
decode_string (Decoder *decoder, const uint8_t *from, size_t length, AempType type)
{
  char *string = aemp_block_string (&decoder->block, length);
  bool is_ascii = copy_string ((uint8_t *)string, from, length);

  if (type == AEMP_TEXT && !is_ascii)
    check_text (decoder, from, length);
  *aemp_block_push (&decoder->block)
      = (AempValue){ .type = (uint8_t)type, .length = (uint32_t)length, .as.string = string };
  return from + length;
}

/* Joins the chunks; `cursor` is behind the head. */
static const uint8_t *
decode_chunks (Decoder *decoder, const uint8_t *cursor, AempType type)
{
  AempBlock *block = &decoder->block;
  char *string = block->next_string;

  while (*cursor != AEMP_CBOR_BREAK)
    {
      size_t head = 1 + aemp_cbor_argument_bytes (*cursor & 31);
      size_t length = (size_t)aemp_cbor_argument (cursor);
      char *chunk = aemp_block_string (block, length);

      if (type == AEMP_TEXT)
        check_text (decoder, cursor + head, length); /* no chunk may cut a character */
      memcpy (chunk, cursor + head, length);
      block->next_string--; /* the next chunk overwrites the zero */
      cursor += head + length;
    }
  aemp_block_string (block, 0);
  *aemp_block_push (block) = (AempValue){ .type = (uint8_t)type,
                                          .length = (uint32_t)(block->next_string - 1 - string),
                                          .as.string = string };
  return cursor + 1;
}

/* Integers become text as keys. */
static void
decode_integer_key (AempBlock *block, const AempValue *integer)
{
  char digits[AEMP_NUMBER_MAX_BYTES];
  size_t length = (size_t)(aemp_number_write_integer (digits, integer) - digits);
  char *string = memcpy (aemp_block_string (block, length), digits, length);

  *aemp_block_push (block)
      = (AempValue){ .type = AEMP_TEXT, .length = (uint32_t)length, .as.string = string };
}

static double
double_of_bits (uint64_t bits)
{
  double real;

  memcpy (&real, &bits, sizeof real);
  return real;
}

static double
double_of_half (uint64_t half)
{
  uint64_t sign = half >> 15 << 63, exponent = half >> 10 & 31, fraction = half & 1023;
  double size;

  if (exponent == 31)
    return double_of_bits (sign | UINT64_C (0x7ff) << 52 | fraction << 42);
  if (exponent > 0)
    return double_of_bits (sign | (exponent - HALF_BIAS + 1023) << 52 | fraction << 42);
  size = (double)fraction / (1 << 24);
  return sign ? -size : size;
}

static double
double_of_single (uint64_t bits)
{
  uint32_t narrow = (uint32_t)bits;
  float single;

  memcpy (&single, &narrow, sizeof single);
  return (double)single;
}

static void
decode_simple (AempBlock *block, unsigned information, uint64_t argument)
{
  AempValue *value = aemp_block_push (block);

  *value = (AempValue){ .type = AEMP_DOUBLE };
  switch (information)
    {
    case AEMP_CBOR_FALSE:
    case AEMP_CBOR_TRUE:
      *value = (AempValue){ .type = AEMP_BOOLEAN, .as.boolean = information == AEMP_CBOR_TRUE };
      break;
    case AEMP_CBOR_NULL:
      value->type = AEMP_NULL;
      break;
    case AEMP_CBOR_UNDEFINED:
      value->type = AEMP_UNDEFINED;
      break;
    case AEMP_CBOR_HALF:
      value->as.real = double_of_half (argument);
      break;
    case AEMP_CBOR_SINGLE:
      value->as.real = double_of_single (argument);
      break;
    default:
      value->as.real = double_of_bits (argument);
      break;
    }
}

static inline void
open_level (Decoder *decoder, AempType type, uint64_t waiting)
{
  decoder->levels[decoder->depth++]
      = (Level){ .begin = decoder->block.next_value, .waiting = waiting, .type = type };
}

static inline void
close_level (Decoder *decoder)
{
  AempBlock *block = &decoder->block;
  const Level *level = &decoder->levels[--decoder->depth];
  size_t count = (size_t)(block->next_value - level->begin);
  AempValue value = { .type = (uint8_t)level->type, .length = (uint32_t)count };

  if (level->type == AEMP_MAP)
    {
      value.length = aemp_block_sort_map (level->begin, (uint32_t)(count / 2));
      block->next_value = level->begin + 2 * (size_t)value.length;
    }
  value.as.items = aemp_block_close (block, level->begin);
  *(decoder->depth == 0 ? aemp_block_root (block) : aemp_block_push (block)) = value;
}

/* An item is complete; maybe that completes what it is in, and so on. */
static inline void
take_item (Decoder *decoder)
{
  while (decoder->depth > 0)
    {
      Level *level = &decoder->levels[decoder->depth - 1];

      if (level->waiting == UINT64_MAX || --level->waiting > 0)
        return;
      close_level (decoder);
    }
}

static inline void
decode_integer (Decoder *decoder, bool negative, uint64_t integer)
{
  const Level *level = &decoder->levels[decoder->depth - 1];
  AempValue value = { .type = AEMP_INTEGER, .negative = negative, .as.integer = integer };

  if (level->type == AEMP_MAP && (decoder->block.next_value - level->begin) % 2 == 0)
    decode_integer_key (&decoder->block, &value);
  else
    *aemp_block_push (&decoder->block) = value;
}

static void
open_tag (Decoder *decoder, uint64_t number)
{
  if (decoder->depth == 0)
    return; /* the packet describes itself */
  open_level (decoder, AEMP_TAGGED, 1);
  *aemp_block_push (&decoder->block) = (AempValue){ .type = AEMP_INTEGER, .as.integer = number };
}

/* The head of an array or map.  An empty one is over at once. */
static inline void
open_container (Decoder *decoder, AempType type, unsigned information, uint64_t count)
{
  open_level (decoder, type, information == AEMP_CBOR_INDEFINITE ? UINT64_MAX : count);
  if (count > 0 || information == AEMP_CBOR_INDEFINITE)
    return;
  close_level (decoder);
  take_item (decoder);
}

/* Decodes an item, or a container's head or break; returns what is behind it. */
static inline const uint8_t *
decode_item (Decoder *decoder, const uint8_t *item)
{
  unsigned major = *item >> 5, information = *item & 31;
  const uint8_t *behind = item + 1 + aemp_cbor_argument_bytes (information);
  uint64_t argument = aemp_cbor_argument (item);
  AempType type = major == AEMP_CBOR_BYTES ? AEMP_BYTES : AEMP_TEXT;

  switch (major)
    {
    case AEMP_CBOR_UNSIGNED:
    case AEMP_CBOR_NEGATIVE:
      decode_integer (decoder, major == AEMP_CBOR_NEGATIVE, argument);
      break;
    case AEMP_CBOR_BYTES:
    case AEMP_CBOR_TEXT:
      behind = information == AEMP_CBOR_INDEFINITE
                   ? decode_chunks (decoder, behind, type)
                   : decode_string (decoder, behind, argument, type);
      break;
    case AEMP_CBOR_ARRAY:
      open_container (decoder, AEMP_ARRAY, information, argument);
      return behind;
    case AEMP_CBOR_MAP:
      open_container (decoder, AEMP_MAP, information, 2 * argument);
      return behind;
    case AEMP_CBOR_TAG:
      open_tag (decoder, argument);
      return behind;
    default:
      if (information == AEMP_CBOR_INDEFINITE)
        close_level (decoder);
      else
        decode_simple (&decoder->block, information, argument);
      break;
    }
  take_item (decoder);
  return behind;
}

AempMessage *
aemp_cbor_decode (AempScanner *scanner, const uint8_t *bytes, GError **error)
{
  Decoder decoder;
  const uint8_t *cursor = bytes, *end = bytes + scanner->position;

  aemp_scan_begin_block (scanner, &decoder.block);
  decoder.bytes = bytes;
  decoder.invalid = NULL;
  decoder.depth = 0;
  while (cursor < end)
    cursor = decode_item (&decoder, cursor);
  if (decoder.invalid)
    {
      aemp_scan_fail (scanner, AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text",
                      (size_t)(decoder.invalid - bytes), error);
      g_free (g_steal_pointer (&decoder.block.message));
      aemp_scan_next (scanner);
      return NULL;
    }
  aemp_scan_next (scanner);
  return aemp_block_end (&decoder.block);
}
