/* engine/json-scan.c - finds the end of a JSON packet and checks all of its grammar. */

#include "chunk.h"
#include "json.h"
#include "scan.h"
#include "utf8.h"

const uint8_t aemp_json_kinds[256] = {
  [' '] = AEMP_JSON_SPACE,       ['\n'] = AEMP_JSON_SPACE,        ['\r'] = AEMP_JSON_SPACE,
  ['\t'] = AEMP_JSON_SPACE,      ['"'] = AEMP_JSON_QUOTE,         ['['] = AEMP_JSON_OPEN_ARRAY,
  [']'] = AEMP_JSON_CLOSE_ARRAY, ['{'] = AEMP_JSON_OPEN_MAP,      ['}'] = AEMP_JSON_CLOSE_MAP,
  [','] = AEMP_JSON_COMMA,       [':'] = AEMP_JSON_COLON,         ['t'] = AEMP_JSON_LITERAL,
  ['f'] = AEMP_JSON_LITERAL,     ['n'] = AEMP_JSON_LITERAL,       ['-'] = AEMP_JSON_MINUS,
  ['0'] = AEMP_JSON_ZERO,        ['1' ... '9'] = AEMP_JSON_DIGIT, ['+'] = AEMP_JSON_PLUS,
  ['.'] = AEMP_JSON_POINT,       ['e'] = AEMP_JSON_EXPONENT,      ['E'] = AEMP_JSON_EXPONENT,
};

/* What may come next, as bits.  At depth 0 it is an array, whatever they say: so zero
 * is a fresh start. */
enum
{
  EXPECT_VALUE = 1,
  EXPECT_KEY = 2,
  EXPECT_COLON = 4,
  EXPECT_COMMA = 8,
  EXPECT_END = 16, /* of the array or map */
  EXPECT_MASK = 31,
};

/* Where the bytes ended: between two tokens or in the middle of one, which then is what
 * was expected.  Stands in `state` beside that. */
enum
{
  INSIDE_NOTHING,
  INSIDE_STRING = 32,
  INSIDE_NUMBER = 64, /* `pending` has its beginning and how far it is */
};

/* How far a number is; in the order of `number_steps`. */
typedef enum
{
  NUMBER_END, /* this byte is no part of it */
  NUMBER_BEGIN,
  NUMBER_MINUS,
  NUMBER_ZERO,
  NUMBER_DIGITS,
  NUMBER_POINT,
  NUMBER_FRACTION,
  NUMBER_EXPONENT,
  NUMBER_SIGN,
  NUMBER_POWER,
  NUMBER_STATES
} NumberState;

static const uint8_t number_steps[NUMBER_STATES][AEMP_JSON_KINDS] = {
  [NUMBER_BEGIN] = { [AEMP_JSON_MINUS] = NUMBER_MINUS,
                     [AEMP_JSON_ZERO] = NUMBER_ZERO,
                     [AEMP_JSON_DIGIT] = NUMBER_DIGITS },
  [NUMBER_MINUS] = { [AEMP_JSON_ZERO] = NUMBER_ZERO, [AEMP_JSON_DIGIT] = NUMBER_DIGITS },
  [NUMBER_ZERO] = { [AEMP_JSON_POINT] = NUMBER_POINT, [AEMP_JSON_EXPONENT] = NUMBER_EXPONENT },
  [NUMBER_DIGITS] = { [AEMP_JSON_ZERO] = NUMBER_DIGITS,
                      [AEMP_JSON_DIGIT] = NUMBER_DIGITS,
                      [AEMP_JSON_POINT] = NUMBER_POINT,
                      [AEMP_JSON_EXPONENT] = NUMBER_EXPONENT },
  [NUMBER_POINT] = { [AEMP_JSON_ZERO] = NUMBER_FRACTION, [AEMP_JSON_DIGIT] = NUMBER_FRACTION },
  [NUMBER_FRACTION] = { [AEMP_JSON_ZERO] = NUMBER_FRACTION,
                        [AEMP_JSON_DIGIT] = NUMBER_FRACTION,
                        [AEMP_JSON_EXPONENT] = NUMBER_EXPONENT },
  [NUMBER_EXPONENT] = { [AEMP_JSON_MINUS] = NUMBER_SIGN,
                        [AEMP_JSON_PLUS] = NUMBER_SIGN,
                        [AEMP_JSON_ZERO] = NUMBER_POWER,
                        [AEMP_JSON_DIGIT] = NUMBER_POWER },
  [NUMBER_SIGN] = { [AEMP_JSON_ZERO] = NUMBER_POWER, [AEMP_JSON_DIGIT] = NUMBER_POWER },
  [NUMBER_POWER] = { [AEMP_JSON_ZERO] = NUMBER_POWER, [AEMP_JSON_DIGIT] = NUMBER_POWER },
};

#define NUMBER_COMPLETE                                                                            \
  (1 << NUMBER_ZERO | 1 << NUMBER_DIGITS | 1 << NUMBER_FRACTION | 1 << NUMBER_POWER)
/* Then the fields of a scan stay in registers. */
#define ALWAYS inline __attribute__ ((always_inline))
#define INTEGER_SAFE_BYTES 19 /* a number that is longer may have to stay text */

/* The scanner's fields while it runs, so that they can stay in registers. */
typedef struct
{
  const uint8_t *bytes;
  const uint8_t *cursor;
  const uint8_t *end;
  size_t values;
  size_t string_bytes;
  uint64_t pending;
  uint32_t depth;
  uint32_t expect;
  uint32_t inside;
  bool in_map;
} Scan;

/* Whether to go on with the next token, or the result. */
typedef enum
{
  STEP_MORE = AEMP_SCAN_MORE,
  STEP_PACKET = AEMP_SCAN_PACKET,
  STEP_ERROR = AEMP_SCAN_ERROR,
  STEP_ON,
} Step;

static const char *
describe_expectation (Scan scan)
{
  if (scan.depth == 0)
    return "json: a packet is an array, expected `[`";
  switch (scan.expect)
    {
    case EXPECT_VALUE | EXPECT_END:
      return "json: expected a value or `]`";
    case EXPECT_KEY | EXPECT_END:
      return "json: expected a key or `}`";
    case EXPECT_KEY:
      return "json: expected a key";
    case EXPECT_COLON:
      return "json: expected `:`";
    case EXPECT_COMMA | EXPECT_END:
      return scan.in_map ? "json: expected `,` or `}`" : "json: expected `,` or `]`";
    default:
      return "json: expected a value";
    }
}

/* The first byte that is not simply part of a string, or `end`. */
static inline const uint8_t *
skip_plain (const uint8_t *cursor, const uint8_t *end)
{
  return aemp_chunk_skip (cursor, end, AEMP_CHUNK_CONTROLS | AEMP_CHUNK_HIGH);
}

/* Reads the four digits behind \u.  0: fine, otherwise as check_escape(). */
static int
check_hex (const uint8_t *cursor, size_t length, size_t first, uint32_t *code_unit)
{
  *code_unit = 0;
  for (size_t index = first; index < first + 4; index++)
    {
      int digit;

      if (index >= length)
        return INT_MAX;
      digit = g_ascii_xdigit_value ((char)cursor[index]);
      if (digit < 0)
        return -1 - (int)index;
      *code_unit = *code_unit << 4 | (unsigned)digit;
    }
  return 0;
}

/* The length of the escape at `cursor`; 0: not complete; -1 - N: byte N is wrong. */
static int
check_escape (const uint8_t *cursor, size_t length, const char **what)
{
  uint32_t first, second;
  int problem;

  *what = "json: unknown escape";
  if (length < 2)
    return 0;
  if (cursor[1] != 'u')
    return cursor[1] != '\0' && strchr ("\"\\/bfnrt", cursor[1]) ? 2 : -1 - 1;
  *what = "json: expected four hexadecimal digits";
  if ((problem = check_hex (cursor, length, 2, &first)) != 0)
    return problem == INT_MAX ? 0 : problem;
  if (first < 0xd800 || first > 0xdfff)
    return 6;
  *what = "json: half of a surrogate pair";
  if (first > 0xdbff || (length > 6 && cursor[6] != '\\') || (length > 7 && cursor[7] != 'u'))
    return -1;
  if (length < 8)
    return 0;
  if ((problem = check_hex (cursor, length, 8, &second)) != 0)
    return problem == INT_MAX ? 0 : problem;
  return second < 0xdc00 || second > 0xdfff ? -1 : 12;
}

/* Skips what skip_plain() does not, up to the closing quote, to the end of what is
 * complete or, with `what`, to an error. */
static void
skip_special (const uint8_t **at, const uint8_t *end, const char **what)
{
  const uint8_t *cursor = *at;

  *what = NULL;
  while (cursor < end && *cursor != '"')
    {
      const char *problem = "json: invalid UTF-8";
      size_t left = (size_t)(end - cursor);
      int length = -1;

      if (*cursor >= 0x80)
        length = aemp_utf8_character (cursor, left);
      else if (*cursor == '\\')
        length = check_escape (cursor, left, &problem);
      else
        problem = "json: control character in a string";
      if (length <= 0)
        {
          *what = length < 0 ? problem : NULL;
          cursor += length < 0 ? -1 - length : 0;
          break;
        }
      cursor = skip_plain (cursor + length, end);
    }
  *at = cursor;
}

static ALWAYS Step
fail (const AempScanner *scanner, const Scan *scan, AempErrorCode code, const char *what,
      GError **error)
{
  return (Step)aemp_scan_fail (scanner, code, what, (size_t)(scan->cursor - scan->bytes), error);
}

/* A value or key has been read; the comma is taken with it, so that most values cost one
 * step. */
static ALWAYS Step
take_value (const AempScanner *scanner, Scan *scan, GError **error)
{
  scan->inside = INSIDE_NOTHING;
  scan->values++;
  if (G_UNLIKELY (aemp_scan_is_too_large (scan->values, scan->string_bytes)))
    return fail (scanner, scan, AEMP_ERROR_LIMIT, "json: the packet takes too much memory", error);
  if (scan->expect & EXPECT_KEY)
    scan->expect = EXPECT_COLON;
  else if (scan->cursor < scan->end && *scan->cursor == ',')
    {
      scan->cursor++;
      scan->expect = scan->in_map ? EXPECT_KEY : EXPECT_VALUE;
    }
  else
    scan->expect = EXPECT_COMMA | EXPECT_END;
  return STEP_ON;
}

/* On with a string, from its inside. */
static ALWAYS Step
scan_string (const AempScanner *scanner, Scan *scan, GError **error)
{
  const uint8_t *begin = scan->cursor;
  const uint8_t *cursor = skip_plain (begin, scan->end);

  if (cursor < scan->end && *cursor != '"')
    {
      const uint8_t *special = cursor;
      const char *what;

      skip_special (&special, scan->end, &what);
      cursor = special;
      if (what)
        {
          scan->cursor = cursor;
          return fail (scanner, scan, AEMP_ERROR_MALFORMED, what, error);
        }
    }
  scan->string_bytes += (size_t)(cursor - begin); /* escapes only shrink */
  scan->cursor = cursor;
  scan->inside = INSIDE_STRING;
  if (cursor == scan->end || *cursor != '"')
    return STEP_MORE;
  scan->cursor++;
  scan->string_bytes++; /* the ending zero */
  return take_value (scanner, scan, error);
}

/* On with a number that began at byte `begin` and is as far as `state`. */
static ALWAYS Step
scan_number (const AempScanner *scanner, Scan *scan, size_t begin, unsigned state, GError **error)
{
  const uint8_t *cursor = scan->cursor;
  unsigned next;
  size_t length;

  while (cursor < scan->end && (next = number_steps[state][aemp_json_kinds[*cursor]]) != NUMBER_END)
    {
      state = next;
      cursor++;
      if (state == NUMBER_DIGITS)
        while (cursor < scan->end && (uint8_t)(*cursor - '0') < 10)
          cursor++;
    }
  scan->cursor = cursor;
  scan->inside = INSIDE_NUMBER;
  scan->pending = (uint64_t)begin * NUMBER_STATES + state;
  if (cursor == scan->end)
    return STEP_MORE;
  if (!(NUMBER_COMPLETE >> state & 1))
    return fail (scanner, scan, AEMP_ERROR_MALFORMED, "json: expected a digit", error);
  length = (size_t)(cursor - scan->bytes) - begin;
  if (length > INTEGER_SAFE_BYTES || state == NUMBER_POWER)
    scan->string_bytes += length + 1;
  return take_value (scanner, scan, error);
}

/* One that is not complete is looked at from its beginning again. */
static ALWAYS Step
scan_literal (const AempScanner *scanner, Scan *scan, GError **error)
{
  const uint8_t *cursor = scan->cursor;
  const char *literal = *cursor == 't' ? "true" : *cursor == 'f' ? "false" : "null";

  for (; *literal != '\0'; literal++, cursor++)
    {
      if (cursor == scan->end)
        return STEP_MORE;
      if (*cursor != (uint8_t)*literal)
        {
          scan->cursor = cursor;
          return fail (scanner, scan, AEMP_ERROR_MALFORMED,
                       "json: expected `true`, `false` or `null`", error);
        }
    }
  scan->cursor = cursor;
  return take_value (scanner, scan, error);
}

static ALWAYS Step
scan_open (AempScanner *scanner, Scan *scan, bool is_map, GError **error)
{
  if (G_UNLIKELY (scan->depth >= scanner->limit_depth))
    return fail (scanner, scan, AEMP_ERROR_LIMIT, "json: nested too deeply", error);
  scanner->stack[scan->depth++] = scan->in_map;
  scan->in_map = is_map;
  scan->expect = (is_map ? EXPECT_KEY : EXPECT_VALUE) | EXPECT_END;
  scan->cursor++;
  return STEP_ON;
}

static ALWAYS Step
scan_close (const AempScanner *scanner, Scan *scan, GError **error)
{
  scan->cursor++;
  scan->in_map = scanner->stack[--scan->depth];
  if (scan->depth == 0)
    {
      scan->values++;
      return STEP_PACKET;
    }
  scan->expect = EXPECT_VALUE;
  return take_value (scanner, scan, error);
}

/* Reads one token. */
static ALWAYS Step
scan_token (AempScanner *scanner, Scan *scan, GError **error)
{
  uint8_t byte = *scan->cursor;

  switch ((AempJsonKind)aemp_json_kinds[byte])
    {
    case AEMP_JSON_SPACE:
      scan->cursor++;
      return STEP_ON;
    case AEMP_JSON_QUOTE:
      if (!(scan->expect & (EXPECT_VALUE | EXPECT_KEY)))
        break;
      scan->cursor++;
      return scan_string (scanner, scan, error);
    case AEMP_JSON_COMMA:
      if (!(scan->expect & EXPECT_COMMA))
        break;
      scan->cursor++;
      scan->expect = scan->in_map ? EXPECT_KEY : EXPECT_VALUE;
      return STEP_ON;
    case AEMP_JSON_COLON:
      if (!(scan->expect & EXPECT_COLON))
        break;
      scan->cursor++;
      scan->expect = EXPECT_VALUE;
      return STEP_ON;
    case AEMP_JSON_MINUS:
    case AEMP_JSON_ZERO:
    case AEMP_JSON_DIGIT:
      if (!(scan->expect & EXPECT_VALUE))
        break;
      return scan_number (scanner, scan, (size_t)(scan->cursor - scan->bytes), NUMBER_BEGIN, error);
    case AEMP_JSON_LITERAL:
      if (!(scan->expect & EXPECT_VALUE))
        break;
      return scan_literal (scanner, scan, error);
    case AEMP_JSON_OPEN_ARRAY:
      if (!(scan->expect & EXPECT_VALUE) && scan->depth > 0)
        break;
      return scan_open (scanner, scan, false, error);
    case AEMP_JSON_OPEN_MAP:
      if (!(scan->expect & EXPECT_VALUE))
        break;
      return scan_open (scanner, scan, true, error);
    case AEMP_JSON_CLOSE_ARRAY:
    case AEMP_JSON_CLOSE_MAP:
      if (!(scan->expect & EXPECT_END) || scan->in_map != (byte == '}'))
        break;
      return scan_close (scanner, scan, error);
    case AEMP_JSON_OTHER:
    case AEMP_JSON_PLUS:
    case AEMP_JSON_POINT:
    case AEMP_JSON_EXPONENT:
    case AEMP_JSON_KINDS:
      break;
    }
  return fail (scanner, scan, AEMP_ERROR_MALFORMED, describe_expectation (*scan), error);
}

/* Ends the token in whose middle the bytes of the last call ended. */
static ALWAYS Step
scan_rest (AempScanner *scanner, Scan *scan, GError **error)
{
  if (scan->inside == INSIDE_STRING)
    return scan_string (scanner, scan, error);
  return scan_number (scanner, scan, scan->pending / NUMBER_STATES, scan->pending % NUMBER_STATES,
                      error);
}

/* The end of a small integer in the usual spelling; `cursor` if it is none. */
static inline const uint8_t *
skip_small_integer (const uint8_t *cursor, const uint8_t *end)
{
  const uint8_t *digit = cursor;

  while (digit < end && (uint8_t)(*digit - '0') < 10)
    digit++;
  if (digit - cursor >= INTEGER_SAFE_BYTES || (*cursor == '0' && digit - cursor > 1))
    return cursor;
  return digit;
}

/* Most elements of arrays are plain strings and small integers, with a comma or the end
 * right behind.  They are taken here, in a few registers; whatever is special in any way
 * is left to scan_token(). */
static inline void
scan_easy_elements (Scan *scan)
{
  const uint8_t *cursor = scan->cursor, *end = scan->end;
  size_t values = scan->values, string_bytes = scan->string_bytes;

  while (cursor < end)
    {
      const uint8_t *behind;
      size_t room = 0;

      if (*cursor == '"')
        {
          behind = skip_plain (cursor + 1, end);
          room = (size_t)(behind - cursor);
          if (behind == end || *behind++ != '"')
            break;
        }
      else if ((behind = skip_small_integer (cursor, end)) == cursor)
        break;
      if (behind == end || (*behind != ',' && *behind != ']')
          || aemp_scan_is_too_large (values + 1, string_bytes + room))
        break;
      values++;
      string_bytes += room;
      cursor = behind;
      scan->expect = EXPECT_COMMA | EXPECT_END;
      if (*behind == ']')
        break;
      scan->expect = EXPECT_VALUE;
      cursor++;
    }
  scan->cursor = cursor;
  scan->values = values;
  scan->string_bytes = string_bytes;
}

AempScanResult
aemp_json_scan (AempScanner *scanner, const uint8_t *bytes, size_t length, GError **error)
{
  if (length == 0)
    return AEMP_SCAN_MORE; /* `bytes` may be NULL then */

  Step step = STEP_ON;
  Scan scan = { .bytes = bytes,
                .cursor = bytes + scanner->position,
                .end = bytes + MIN (length, scanner->limit_bytes),
                .values = scanner->values,
                .string_bytes = scanner->string_bytes,
                .pending = scanner->pending,
                .depth = scanner->depth,
                .expect = scanner->state & EXPECT_MASK,
                .inside = scanner->state & ~(uint32_t)EXPECT_MASK };

  aemp_scan_check_limits (scanner);
  scan.in_map = scanner->stack[scan.depth];
  if (scan.inside != INSIDE_NOTHING && scan.cursor < scan.end)
    step = scan_rest (scanner, &scan, error);
  while (step == STEP_ON)
    {
      if ((scan.expect & EXPECT_VALUE) && !scan.in_map)
        scan_easy_elements (&scan);
      step = scan.cursor < scan.end ? scan_token (scanner, &scan, error) : STEP_MORE;
    }

  if (step == STEP_MORE && length >= scanner->limit_bytes)
    return aemp_scan_fail_length (scanner, "json", error);
  scanner->position = (size_t)(scan.cursor - bytes);
  scanner->values = scan.values;
  scanner->string_bytes = scan.string_bytes;
  scanner->pending = scan.pending;
  scanner->depth = scan.depth;
  scanner->state = scan.expect | scan.inside;
  scanner->stack[scan.depth] = scan.in_map;
  return (AempScanResult)step;
}
