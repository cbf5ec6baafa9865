/* engine/cbor-scan.c - finds the end of a CBOR packet and checks that it is well-formed. */

#include "cbor.h"
#include "number.h"
#include "scan.h"

/* An open level and how many items it still waits for.  Of an indefinite array it is
 * always one; of an indefinite map two before a key and one before a value: so an even
 * number before a key is true of all maps. */
typedef enum
{
  LEVEL_ARRAY, /* tags, too: they wait for one item */
  LEVEL_MAP,
  LEVEL_INDEFINITE_ARRAY,
  LEVEL_INDEFINITE_MAP,
  LEVEL_KINDS
} LevelKind;

/* `state`: inside an indefinite string its major type, otherwise 0. */

/* The scanner's fields while it runs, so that they can stay in registers. */
typedef struct
{
  const uint8_t *bytes;
  const uint8_t *cursor;
  const uint8_t *end;
  size_t values;
  size_t string_bytes;
  uint64_t waiting; /* of the innermost level */
  LevelKind kind;
  uint32_t depth;
  uint32_t state;
  uint64_t pending; /* bytes of a string that have not come yet */
} Scan;

static inline AempScanResult
fail (const AempScanner *scanner, const Scan *scan, AempErrorCode code, const char *what,
      GError **error)
{
  return aemp_scan_fail (scanner, code, what, (size_t)(scan->cursor - scan->bytes), error);
}

static inline AempScanResult
malformed (const AempScanner *scanner, const Scan *scan, const char *what, GError **error)
{
  return fail (scanner, scan, AEMP_ERROR_MALFORMED, what, error);
}

static inline bool
is_map (LevelKind kind)
{
  return kind == LEVEL_MAP || kind == LEVEL_INDEFINITE_MAP;
}

static inline bool
expects_key (const Scan *scan)
{
  return is_map (scan->kind) && scan->waiting % 2 == 0;
}

static inline void
leave_level (const AempScanner *scanner, Scan *scan)
{
  uint64_t outer = scanner->stack[--scan->depth];

  scan->kind = (LevelKind)(outer % LEVEL_KINDS);
  scan->waiting = outer / LEVEL_KINDS;
}

/* One item less to wait for, and maybe that ends what it is in, and so on. */
static inline void
take_item (const AempScanner *scanner, Scan *scan)
{
  while (scan->depth > 0)
    {
      if (scan->kind == LEVEL_INDEFINITE_ARRAY)
        return;
      if (scan->kind == LEVEL_INDEFINITE_MAP)
        {
          scan->waiting ^= 3;
          return;
        }
      if (--scan->waiting > 0)
        return;
      leave_level (scanner, scan);
    }
}

static inline AempScanResult
enter_level (AempScanner *scanner, Scan *scan, LevelKind kind, uint64_t waiting, GError **error)
{
  if (G_UNLIKELY (scan->depth >= scanner->limit_depth))
    return fail (scanner, scan, AEMP_ERROR_LIMIT, "cbor: nested too deeply", error);
  scanner->stack[scan->depth++] = scan->waiting * LEVEL_KINDS + scan->kind;
  scan->kind = kind;
  scan->waiting = waiting;
  if (waiting == 0)
    {
      leave_level (scanner, scan);
      take_item (scanner, scan);
    }
  return AEMP_SCAN_PACKET;
}

/* Can `count` more bytes behind this item's head still belong to a packet? */
static inline bool
fits (const AempScanner *scanner, const Scan *scan, size_t head, uint64_t count)
{
  size_t taken = (size_t)(scan->cursor - scan->bytes) + head;

  return taken <= scanner->limit_bytes && count <= scanner->limit_bytes - taken;
}

/* Skips the bytes of a string, as far as they are there. */
static inline AempScanResult
skip_string (const AempScanner *scanner, Scan *scan)
{
  size_t there = (size_t)(scan->end - scan->cursor);

  if (there < scan->pending)
    {
      scan->pending -= there;
      scan->cursor = scan->end;
      return AEMP_SCAN_MORE;
    }
  scan->cursor += scan->pending;
  scan->pending = 0;
  if (scan->state == 0) /* not just a chunk */
    take_item (scanner, scan);
  return AEMP_SCAN_PACKET;
}

static inline AempScanResult
scan_string (const AempScanner *scanner, Scan *scan, size_t head, uint64_t length, GError **error)
{
  if (!fits (scanner, scan, head, length))
    return fail (scanner, scan, AEMP_ERROR_LIMIT, "cbor: a string longer than a packet may be",
                 error);
  scan->cursor += head;
  scan->pending = length;
  scan->string_bytes += length;
  return skip_string (scanner, scan);
}

/* Between the chunks of an indefinite string. */
static AempScanResult
scan_chunk (const AempScanner *scanner, Scan *scan, size_t head, uint64_t length, GError **error)
{
  uint8_t first = *scan->cursor;

  if (first == AEMP_CBOR_BREAK)
    {
      scan->cursor++;
      scan->state = 0;
      take_item (scanner, scan);
      return AEMP_SCAN_PACKET;
    }
  if (first >> 5 != (int)scan->state || (first & 31) == AEMP_CBOR_INDEFINITE)
    return malformed (scanner, scan, "cbor: a string with a chunk of another type", error);
  return scan_string (scanner, scan, head, length, error);
}

/* Only an array may be a packet, and only these may be keys. */
static AempScanResult
check_place (const AempScanner *scanner, const Scan *scan, unsigned major, uint64_t argument,
             GError **error)
{
  if (scan->depth == 0 && major != AEMP_CBOR_ARRAY
      && !(major == AEMP_CBOR_TAG && argument == AEMP_CBOR_SELF_DESCRIBED))
    return malformed (scanner, scan, "cbor: a packet is an array, expected one", error);
  if (expects_key (scan) && major > AEMP_CBOR_TEXT && *scan->cursor != AEMP_CBOR_BREAK)
    return malformed (scanner, scan, "cbor: a key that is no string and no integer", error);
  return AEMP_SCAN_PACKET;
}

/* Of indefinite length. */
static AempScanResult
scan_indefinite (AempScanner *scanner, Scan *scan, unsigned major, GError **error)
{
  AempScanResult result = AEMP_SCAN_PACKET;

  if (major == AEMP_CBOR_ARRAY || major == AEMP_CBOR_MAP)
    result = enter_level (scanner, scan,
                          major == AEMP_CBOR_MAP ? LEVEL_INDEFINITE_MAP : LEVEL_INDEFINITE_ARRAY,
                          major == AEMP_CBOR_MAP ? 2 : 1, error);
  else
    {
      scan->state = major;
      scan->string_bytes++;
    }
  scan->values++;
  scan->cursor++;
  return result;
}

static AempScanResult
scan_break (const AempScanner *scanner, Scan *scan, GError **error)
{
  if (scan->kind == LEVEL_INDEFINITE_MAP && scan->waiting != 2)
    return malformed (scanner, scan, "cbor: a key without value", error);
  if (scan->depth == 0 || scan->kind == LEVEL_ARRAY || scan->kind == LEVEL_MAP)
    return malformed (scanner, scan, "cbor: a break where nothing can end", error);
  scan->cursor++;
  leave_level (scanner, scan);
  take_item (scanner, scan);
  return AEMP_SCAN_PACKET;
}

static AempScanResult
scan_tag (AempScanner *scanner, Scan *scan, size_t head, GError **error)
{
  AempScanResult result = AEMP_SCAN_PACKET;

  if (scan->depth > 0)
    {
      scan->values += 2; /* itself and the number */
      result = enter_level (scanner, scan, LEVEL_ARRAY, 1, error);
    }
  scan->cursor += head;
  return result;
}

static AempScanResult
scan_simple (const AempScanner *scanner, Scan *scan, size_t head, GError **error)
{
  unsigned information = *scan->cursor & 31;

  if (information < AEMP_CBOR_FALSE || information == AEMP_CBOR_1_BYTE)
    return malformed (scanner, scan, "cbor: a simple value without meaning", error);
  scan->values++;
  scan->cursor += head;
  take_item (scanner, scan);
  return AEMP_SCAN_PACKET;
}

/* A whole item's head, or more where that is easy; its first byte has been checked. */
static inline AempScanResult
scan_head (AempScanner *scanner, Scan *scan, size_t head, uint64_t argument, GError **error)
{
  unsigned major = *scan->cursor >> 5;
  bool wide = major == AEMP_CBOR_MAP;

  switch (major)
    {
    case AEMP_CBOR_UNSIGNED:
    case AEMP_CBOR_NEGATIVE:
      if (expects_key (scan))
        scan->string_bytes += AEMP_NUMBER_MAX_BYTES; /* becomes its digits */
      scan->values++;
      scan->cursor += head;
      take_item (scanner, scan);
      return AEMP_SCAN_PACKET;
    case AEMP_CBOR_BYTES:
    case AEMP_CBOR_TEXT:
      scan->values++;
      scan->string_bytes++;
      return scan_string (scanner, scan, head, argument, error);
    case AEMP_CBOR_ARRAY:
    case AEMP_CBOR_MAP:
      if (argument > scanner->limit_bytes || !fits (scanner, scan, head, argument << wide))
        return fail (scanner, scan, AEMP_ERROR_LIMIT, "cbor: more elements than fit into a packet",
                     error);
      scan->values++;
      if (enter_level (scanner, scan, wide ? LEVEL_MAP : LEVEL_ARRAY, argument << wide, error)
          == AEMP_SCAN_ERROR)
        return AEMP_SCAN_ERROR;
      scan->cursor += head;
      return AEMP_SCAN_PACKET;
    case AEMP_CBOR_TAG:
      return scan_tag (scanner, scan, head, error);
    default:
      return scan_simple (scanner, scan, head, error);
    }
}

/* Reads one item, a container's head or a string's chunk. */
static inline AempScanResult
scan_item (AempScanner *scanner, Scan *scan, GError **error)
{
  uint8_t first = *scan->cursor;
  unsigned major = first >> 5, information = first & 31;
  size_t head = 1 + aemp_cbor_argument_bytes (information);
  uint64_t argument;

  if (information > AEMP_CBOR_8_BYTES
      && (information != AEMP_CBOR_INDEFINITE || major < AEMP_CBOR_BYTES || major == AEMP_CBOR_TAG))
    return malformed (scanner, scan, "cbor: a reserved first byte of an item", error);
  if ((size_t)(scan->end - scan->cursor) < head)
    return AEMP_SCAN_MORE; /* from its beginning again */
  argument = aemp_cbor_argument (scan->cursor);
  if (G_UNLIKELY (scan->state != 0))
    return scan_chunk (scanner, scan, head, argument, error);
  if (scan->depth == 0 || is_map (scan->kind))
    if (check_place (scanner, scan, major, argument, error) == AEMP_SCAN_ERROR)
      return AEMP_SCAN_ERROR;
  if (first == AEMP_CBOR_BREAK)
    return scan_break (scanner, scan, error);
  if (information == AEMP_CBOR_INDEFINITE)
    return scan_indefinite (scanner, scan, major, error);
  return scan_head (scanner, scan, head, argument, error);
}

/* Most elements of arrays are integers and strings whose head is one byte.  They are
 * taken here, in a few registers, up to the last but one; whatever is special in any way
 * is left to scan_item(). */
static inline void
scan_easy_elements (Scan *scan)
{
  const uint8_t *cursor = scan->cursor, *end = scan->end;
  size_t values = scan->values, string_bytes = scan->string_bytes;
  uint64_t waiting = scan->waiting;

  for (; waiting > 1 && cursor < end; waiting--)
    {
      unsigned information = *cursor & 31;
      bool is_string = *cursor >= AEMP_CBOR_BYTES << 5;
      size_t length = 1 + (is_string ? information : aemp_cbor_argument_bytes (information));

      if (information > (is_string ? AEMP_CBOR_1_BYTE - 1 : AEMP_CBOR_8_BYTES)
          || *cursor >= AEMP_CBOR_ARRAY << 5 || (size_t)(end - cursor) < length
          || aemp_scan_is_too_large (values, string_bytes))
        break;
      values++;
      string_bytes += is_string ? length : 0; /* the zero instead of the head */
      cursor += length;
    }
  scan->cursor = cursor;
  scan->values = values;
  scan->string_bytes = string_bytes;
  scan->waiting = waiting;
}

AempScanResult
aemp_cbor_scan (AempScanner *scanner, const uint8_t *bytes, size_t length, GError **error)
{
  if (length == 0)
    return AEMP_SCAN_MORE; /* `bytes` may be NULL then */

  AempScanResult result = AEMP_SCAN_PACKET;
  uint64_t level = scanner->depth > 0 ? scanner->stack[scanner->depth] : 0;
  Scan scan = { .bytes = bytes,
                .cursor = bytes + scanner->position,
                .end = bytes + MIN (length, scanner->limit_bytes),
                .values = scanner->values,
                .string_bytes = scanner->string_bytes,
                .waiting = level / LEVEL_KINDS,
                .kind = (LevelKind)(level % LEVEL_KINDS),
                .depth = scanner->depth,
                .state = scanner->state,
                .pending = scanner->pending };

  aemp_scan_check_limits (scanner);
  if (scan.pending > 0)
    result = skip_string (scanner, &scan);
  while (result == AEMP_SCAN_PACKET && (scan.depth > 0 || scan.values == 0))
    {
      if (scan.kind == LEVEL_ARRAY && scan.state == 0)
        scan_easy_elements (&scan);
      if (G_UNLIKELY (aemp_scan_is_too_large (scan.values, scan.string_bytes)))
        return fail (scanner, &scan, AEMP_ERROR_LIMIT, "cbor: the packet takes too much memory",
                     error);
      result = scan.cursor < scan.end ? scan_item (scanner, &scan, error) : AEMP_SCAN_MORE;
    }

  if (result == AEMP_SCAN_MORE && length >= scanner->limit_bytes)
    return aemp_scan_fail_length (scanner, "cbor", error);
  scanner->position = (size_t)(scan.cursor - bytes);
  scanner->values = scan.values;
  scanner->string_bytes = scan.string_bytes;
  scanner->pending = scan.pending;
  scanner->depth = scan.depth;
  scanner->state = scan.state;
  scanner->stack[scan.depth] = scan.waiting * LEVEL_KINDS + scan.kind;
  return result;
}
