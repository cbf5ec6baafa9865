/* engine/json-scan.c - finds the end of a JSON packet and checks all of its grammar. */

#include "json.h"
#include "scan.h"
#include "utf8.h"

/* What a byte can begin, or be in a number. */
typedef enum
{
  KIND_OTHER,
  KIND_SPACE,
  KIND_QUOTE,
  KIND_OPEN_ARRAY,
  KIND_CLOSE_ARRAY,
  KIND_OPEN_MAP,
  KIND_CLOSE_MAP,
  KIND_COMMA,
  KIND_COLON,
  KIND_LITERAL,
  KIND_MINUS,
  KIND_ZERO,
  KIND_DIGIT,
  KIND_PLUS,
  KIND_POINT,
  KIND_EXPONENT,
  KINDS
} Kind;

static const uint8_t kinds[256] = {
  [' '] = KIND_SPACE,       ['\n'] = KIND_SPACE,        ['\r'] = KIND_SPACE,
  ['\t'] = KIND_SPACE,      ['"'] = KIND_QUOTE,         ['['] = KIND_OPEN_ARRAY,
  [']'] = KIND_CLOSE_ARRAY, ['{'] = KIND_OPEN_MAP,      ['}'] = KIND_CLOSE_MAP,
  [','] = KIND_COMMA,       [':'] = KIND_COLON,         ['t'] = KIND_LITERAL,
  ['f'] = KIND_LITERAL,     ['n'] = KIND_LITERAL,       ['-'] = KIND_MINUS,
  ['0'] = KIND_ZERO,        ['1' ... '9'] = KIND_DIGIT, ['+'] = KIND_PLUS,
  ['.'] = KIND_POINT,       ['e'] = KIND_EXPONENT,      ['E'] = KIND_EXPONENT,
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

static const uint8_t number_steps[NUMBER_STATES][KINDS] = {
  [NUMBER_BEGIN]
  = { [KIND_MINUS] = NUMBER_MINUS, [KIND_ZERO] = NUMBER_ZERO, [KIND_DIGIT] = NUMBER_DIGITS },
  [NUMBER_MINUS] = { [KIND_ZERO] = NUMBER_ZERO, [KIND_DIGIT] = NUMBER_DIGITS },
  [NUMBER_ZERO] = { [KIND_POINT] = NUMBER_POINT, [KIND_EXPONENT] = NUMBER_EXPONENT },
  [NUMBER_DIGITS] = { [KIND_ZERO] = NUMBER_DIGITS,
                      [KIND_DIGIT] = NUMBER_DIGITS,
                      [KIND_POINT] = NUMBER_POINT,
                      [KIND_EXPONENT] = NUMBER_EXPONENT },
  [NUMBER_POINT] = { [KIND_ZERO] = NUMBER_FRACTION, [KIND_DIGIT] = NUMBER_FRACTION },
  [NUMBER_FRACTION] = { [KIND_ZERO] = NUMBER_FRACTION,
                        [KIND_DIGIT] = NUMBER_FRACTION,
                        [KIND_EXPONENT] = NUMBER_EXPONENT },
  [NUMBER_EXPONENT] = { [KIND_MINUS] = NUMBER_SIGN,
                        [KIND_PLUS] = NUMBER_SIGN,
                        [KIND_ZERO] = NUMBER_POWER,
                        [KIND_DIGIT] = NUMBER_POWER },
  [NUMBER_SIGN] = { [KIND_ZERO] = NUMBER_POWER, [KIND_DIGIT] = NUMBER_POWER },
  [NUMBER_POWER] = { [KIND_ZERO] = NUMBER_POWER, [KIND_DIGIT] = NUMBER_POWER },
};

#define NUMBER_COMPLETE                                                                            \
  (1 << NUMBER_ZERO | 1 << NUMBER_DIGITS | 1 << NUMBER_FRACTION | 1 << NUMBER_POWER)
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
  for (; end - cursor >= 8; cursor += 8)
    {
      uint64_t word = aemp_scan_load_word (cursor);
      uint64_t quotes = (word ^ AEMP_SCAN_EACH_BYTE ('"')) - AEMP_SCAN_EACH_BYTE (1);
      uint64_t escapes = (word ^ AEMP_SCAN_EACH_BYTE ('\\')) - AEMP_SCAN_EACH_BYTE (1);
      uint64_t controls = word - AEMP_SCAN_EACH_BYTE (0x20);
      /* Borrows make false marks, but only above the first true one. */
      uint64_t marks = (quotes | escapes | controls | word) & AEMP_SCAN_EACH_BYTE (0x80);

      if (marks)
        return cursor + aemp_scan_first_mark (marks);
    }
  while (cursor < end && *cursor >= 0x20 && *cursor < 0x80 && *cursor != '"' && *cursor != '\\')
    cursor++;
  return cursor;
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

static inline AempScanResult
fail (const AempScanner *scanner, const Scan *scan, AempErrorCode code, const char *what,
      GError **error)
{
  return aemp_scan_fail (scanner, code, what, (size_t)(scan->cursor - scan->bytes), error);
}

/* A whole token has been read: the one that was expected. */
static inline AempScanResult
take_value (const AempScanner *scanner, Scan *scan, GError **error)
{
  scan->inside = INSIDE_NOTHING;
  scan->expect = scan->expect & EXPECT_KEY ? EXPECT_COLON : EXPECT_COMMA | EXPECT_END;
  scan->values++;
  if (G_UNLIKELY (aemp_scan_is_too_large (scan->values, scan->string_bytes)))
    return fail (scanner, scan, AEMP_ERROR_LIMIT, "json: the packet takes too much memory", error);
  return AEMP_SCAN_PACKET;
}

/* On with a string, from its inside. */
static inline AempScanResult
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
    return AEMP_SCAN_MORE;
  scan->cursor++;
  scan->string_bytes++; /* the ending zero */
  return take_value (scanner, scan, error);
}

/* On with a number that began at byte `begin` and is as far as `state`. */
static inline AempScanResult
scan_number (const AempScanner *scanner, Scan *scan, size_t begin, unsigned state, GError **error)
{
  const uint8_t *cursor = scan->cursor;
  unsigned next;
  size_t length;

  while (cursor < scan->end && (next = number_steps[state][kinds[*cursor]]) != NUMBER_END)
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
    return AEMP_SCAN_MORE;
  if (!(NUMBER_COMPLETE >> state & 1))
    return fail (scanner, scan, AEMP_ERROR_MALFORMED, "json: expected a digit", error);
  length = (size_t)(cursor - scan->bytes) - begin;
  if (length > INTEGER_SAFE_BYTES || state == NUMBER_POWER)
    scan->string_bytes += length + 1;
  return take_value (scanner, scan, error);
}

/* One that is not complete is looked at from its beginning again. */
static inline AempScanResult
scan_literal (const AempScanner *scanner, Scan *scan, GError **error)
{
  const uint8_t *cursor = scan->cursor;
  const char *literal = *cursor == 't' ? "true" : *cursor == 'f' ? "false" : "null";

  for (; *literal != '\0'; literal++, cursor++)
    {
      if (cursor == scan->end)
        return AEMP_SCAN_MORE;
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

static inline AempScanResult
scan_open (AempScanner *scanner, Scan *scan, bool is_map, GError **error)
{
  if (G_UNLIKELY (scan->depth >= scanner->limit_depth))
    return fail (scanner, scan, AEMP_ERROR_LIMIT, "json: nested too deeply", error);
  scanner->stack[scan->depth++] = scan->in_map;
  scan->in_map = is_map;
  scan->expect = (is_map ? EXPECT_KEY : EXPECT_VALUE) | EXPECT_END;
  scan->cursor++;
  return AEMP_SCAN_PACKET;
}

static inline AempScanResult
scan_close (const AempScanner *scanner, Scan *scan, GError **error)
{
  scan->cursor++;
  scan->in_map = scanner->stack[--scan->depth];
  scan->expect = EXPECT_VALUE;
  return take_value (scanner, scan, error);
}

/* Reads one token.  PACKET means here: the token is complete. */
static inline AempScanResult
scan_token (AempScanner *scanner, Scan *scan, GError **error)
{
  uint8_t byte = *scan->cursor;

  switch ((Kind)kinds[byte])
    {
    case KIND_SPACE:
      scan->cursor++;
      return AEMP_SCAN_PACKET;
    case KIND_QUOTE:
      if (!(scan->expect & (EXPECT_VALUE | EXPECT_KEY)))
        break;
      scan->cursor++;
      return scan_string (scanner, scan, error);
    case KIND_COMMA:
      if (!(scan->expect & EXPECT_COMMA))
        break;
      scan->cursor++;
      scan->expect = scan->in_map ? EXPECT_KEY : EXPECT_VALUE;
      return AEMP_SCAN_PACKET;
    case KIND_COLON:
      if (!(scan->expect & EXPECT_COLON))
        break;
      scan->cursor++;
      scan->expect = EXPECT_VALUE;
      return AEMP_SCAN_PACKET;
    case KIND_MINUS:
    case KIND_ZERO:
    case KIND_DIGIT:
      if (!(scan->expect & EXPECT_VALUE))
        break;
      return scan_number (scanner, scan, (size_t)(scan->cursor - scan->bytes), NUMBER_BEGIN, error);
    case KIND_LITERAL:
      if (!(scan->expect & EXPECT_VALUE))
        break;
      return scan_literal (scanner, scan, error);
    case KIND_OPEN_ARRAY:
      if (!(scan->expect & EXPECT_VALUE) && scan->depth > 0)
        break;
      return scan_open (scanner, scan, false, error);
    case KIND_OPEN_MAP:
      if (!(scan->expect & EXPECT_VALUE))
        break;
      return scan_open (scanner, scan, true, error);
    case KIND_CLOSE_ARRAY:
    case KIND_CLOSE_MAP:
      if (!(scan->expect & EXPECT_END) || scan->in_map != (byte == '}'))
        break;
      return scan_close (scanner, scan, error);
    case KIND_OTHER:
    case KIND_PLUS:
    case KIND_POINT:
    case KIND_EXPONENT:
    case KINDS:
      break;
    }
  return fail (scanner, scan, AEMP_ERROR_MALFORMED, describe_expectation (*scan), error);
}

/* Ends the token in whose middle the bytes of the last call ended. */
static AempScanResult
scan_rest (AempScanner *scanner, Scan *scan, GError **error)
{
  if (scan->inside == INSIDE_STRING)
    return scan_string (scanner, scan, error);
  return scan_number (scanner, scan, scan->pending / NUMBER_STATES, scan->pending % NUMBER_STATES,
                      error);
}

AempScanResult
aemp_json_scan (AempScanner *scanner, const uint8_t *bytes, size_t length, GError **error)
{
  AempScanResult result = AEMP_SCAN_PACKET;
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
    result = scan_rest (scanner, &scan, error);
  while (result == AEMP_SCAN_PACKET && (scan.depth > 0 || scan.values == 0))
    result = scan.cursor < scan.end ? scan_token (scanner, &scan, error) : AEMP_SCAN_MORE;

  if (result == AEMP_SCAN_MORE && length >= scanner->limit_bytes)
    return aemp_scan_fail_length (scanner, "json", error);
  scanner->position = (size_t)(scan.cursor - bytes);
  scanner->values = scan.values;
  scanner->string_bytes = scan.string_bytes;
  scanner->pending = scan.pending;
  scanner->depth = scan.depth;
  scanner->state = scan.expect | scan.inside;
  scanner->stack[scan.depth] = scan.in_map;
  return result;
}
