/* engine/json-decode.c - makes a message of a JSON packet whose grammar has been checked. */

#include "chunk.h"
#include "json.h"
#include "number.h"
#include "scan.h"
#include "utf8.h"

#define INTEGER_PLAIN_DIGITS 18 /* so many digits fit into 64 bits */

static uint32_t
read_code_unit (const uint8_t *digits)
{
  uint32_t code_unit = 0;

  for (int index = 0; index < 4; index++)
    code_unit = code_unit << 4 | (uint32_t)g_ascii_xdigit_value ((char)digits[index]);
  return code_unit;
}

/* Writes what an escape stands for and returns the byte behind it. */
static const uint8_t *
decode_escape (const uint8_t *cursor, uint8_t **out)
{
  static const char plain[128] = { ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r',
                                   ['t'] = '\t', ['"'] = '"',  ['\\'] = '\\', ['/'] = '/' };
  uint32_t code_point;

  if (cursor[1] != 'u')
    {
      *(*out)++ = (uint8_t)plain[cursor[1] & 0x7f];
      return cursor + 2;
    }
  code_point = read_code_unit (cursor + 2);
  cursor += 6;
  if (code_point >= 0xd800 && code_point <= 0xdfff)
    {
      code_point = 0x10000 + ((code_point - 0xd800) << 10) + (read_code_unit (cursor + 2) - 0xdc00);
      cursor += 6;
    }
  *out = (uint8_t *)aemp_utf8_write ((char *)*out, code_point);
  return cursor;
}

static inline const uint8_t *
decode_string (AempBlock *block, const uint8_t *cursor, const uint8_t *end)
{
  uint8_t *string = (uint8_t *)block->next_string;
  uint8_t *out = string;

  cursor = aemp_chunk_copy (&out, cursor + 1, end, AEMP_CHUNK_QUOTES);
  while (*cursor != '"')
    {
      cursor = decode_escape (cursor, &out);
      cursor = aemp_chunk_copy (&out, cursor, end, AEMP_CHUNK_QUOTES);
    }
  *out++ = '\0';
  g_assert ((char *)out <= block->strings_end);
  block->next_string = (char *)out;
  *aemp_block_push (block) = (AempValue){ .type = AEMP_TEXT,
                                          .length = (uint32_t)(out - 1 - string),
                                          .as.string = (char *)string };
  return cursor + 1;
}

/* A fraction, an exponent, or many digits. */
static const uint8_t *
decode_long_number (AempBlock *block, const uint8_t *begin)
{
  AempValue *value = aemp_block_push (block);
  const uint8_t *cursor = begin;
  size_t length;
  char *digits;

  while (g_ascii_isdigit (*cursor) || *cursor == '.' || *cursor == '-' || *cursor == '+'
         || *cursor == 'e' || *cursor == 'E')
    cursor++;
  length = (size_t)(cursor - begin);
  if (aemp_number_read ((const char *)begin, length, value))
    return cursor;
  /* Out of range for a number of ours: the digits lose nothing. */
  digits = aemp_block_string (block, length);
  memcpy (digits, begin, length);
  *value = (AempValue){ .type = AEMP_TEXT, .length = (uint32_t)length, .as.string = digits };
  return cursor;
}

static inline const uint8_t *
decode_number (AempBlock *block, const uint8_t *begin)
{
  const uint8_t *cursor = begin + (*begin == '-');
  const uint8_t *digits = cursor;
  uint64_t size = 0;
  bool negative;

  for (uint8_t digit; (digit = (uint8_t)(*cursor - '0')) < 10; cursor++)
    size = size * 10 + digit;
  if (cursor - digits > INTEGER_PLAIN_DIGITS || *cursor == '.' || (*cursor | 0x20) == 'e')
    return decode_long_number (block, begin);
  negative = digits != begin && size > 0;
  *aemp_block_push (block)
      = (AempValue){ .type = AEMP_INTEGER, .negative = negative, .as.integer = size - negative };
  return cursor;
}

static inline const uint8_t *
decode_literal (AempBlock *block, const uint8_t *cursor)
{
  AempValue value = { .type = *cursor == 'n' ? AEMP_NULL : AEMP_BOOLEAN };

  if (*cursor == 't')
    value.as.boolean = true;
  *aemp_block_push (block) = value;
  return cursor + (*cursor == 'f' ? 5 : 4);
}

/* What was pushed since `first` becomes one array or map, in `place`. */
static inline void
close_container (AempBlock *block, AempValue *first, bool is_map, AempValue *place)
{
  size_t count = (size_t)(block->next_value - first);
  AempValue value = { .type = is_map ? AEMP_MAP : AEMP_ARRAY, .length = (uint32_t)count };

  if (is_map)
    {
      value.length = aemp_block_sort_map (first, (uint32_t)(count / 2));
      block->next_value = first + 2 * (size_t)value.length;
    }
  value.as.items = aemp_block_close (block, first);
  *(place ? place : aemp_block_push (block)) = value;
}

/* Most values are followed by one. */
static inline const uint8_t *
skip_comma (const uint8_t *cursor)
{
  return cursor + (*cursor == ',');
}

/* Fills the block; the grammar tells where to stop. */
static void
decode_values (AempBlock *block, const uint8_t *cursor, const uint8_t *end)
{
  AempValue *begin[AEMP_DEPTH_MAX]; /* of the elements of each open container */
  uint32_t depth = 0;

  for (;;)
    switch ((AempJsonKind)aemp_json_kinds[*cursor])
      {
      case AEMP_JSON_QUOTE:
        cursor = skip_comma (decode_string (block, cursor, end));
        break;
      case AEMP_JSON_OPEN_ARRAY:
      case AEMP_JSON_OPEN_MAP:
        begin[depth++] = block->next_value;
        cursor++;
        break;
      case AEMP_JSON_CLOSE_ARRAY:
      case AEMP_JSON_CLOSE_MAP:
        depth--;
        close_container (block, begin[depth], *cursor == '}',
                         depth == 0 ? aemp_block_root (block) : NULL);
        if (depth == 0)
          return;
        cursor++;
        break;
      case AEMP_JSON_LITERAL:
        cursor = skip_comma (decode_literal (block, cursor));
        break;
      case AEMP_JSON_MINUS:
      case AEMP_JSON_ZERO:
      case AEMP_JSON_DIGIT:
        cursor = skip_comma (decode_number (block, cursor));
        break;
      case AEMP_JSON_SPACE:
      case AEMP_JSON_COMMA:
      case AEMP_JSON_COLON:
        cursor++;
        break;
      case AEMP_JSON_OTHER:
      case AEMP_JSON_PLUS:
      case AEMP_JSON_POINT:
      case AEMP_JSON_EXPONENT:
      case AEMP_JSON_KINDS:
        g_assert_not_reached (); /* scanned before */
      }
}

AempMessage *
aemp_json_decode (AempScanner *scanner, const uint8_t *bytes, GError **error)
{
  AempBlock block;

  aemp_scan_begin_block (scanner, &block);
  decode_values (&block, bytes, bytes + scanner->position);
  aemp_scan_next (scanner);
  return aemp_block_end (&block);
}
