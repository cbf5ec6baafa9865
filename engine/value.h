/* engine/value.h - messages and the values in them.
 *
 * A message is one counted, immutable block of memory; the values are plain
 * structs inside it and live as long as it does.  References are counted
 * without locks: a message belongs to one thread. */
#pragma once

#include "name.h"

#include <stdarg.h>

#define AEMP_DEPTH_MAX 512                       /* how deep values may be nested */
#define AEMP_MESSAGE_MAX_BYTES (64 * 1024 * 1024) /* of one message as it goes over the wire */

typedef enum
{
  AEMP_NULL,
  AEMP_UNDEFINED, /* CBOR only; JSON writes null */
  AEMP_BOOLEAN,
  AEMP_INTEGER,   /* -2^64 to 2^64 - 1, all exact */
  AEMP_DOUBLE,
  AEMP_TEXT,      /* UTF-8, checked */
  AEMP_BYTES,     /* each byte is the code point 0 to 255 */
  AEMP_ARRAY,
  AEMP_MAP,       /* pairs in the order of their keys' code points, no key twice */
  AEMP_TAGGED,    /* CBOR only: a tag number and its content; JSON writes the content */
} AempType;

typedef struct AempValue AempValue;
struct AempValue
{
  uint8_t type;    /* an AempType */
  bool negative;   /* AEMP_INTEGER: the number is -1 - `integer`, as in CBOR */
  uint32_t length; /* bytes of a string, elements of an array, pairs of a map */
  union
  {
    bool boolean;
    uint64_t integer;
    double real;
    const char *string;     /* text and bytes; a zero byte follows, not counted */
    const AempValue *items; /* array: the elements; map: key, value, key, value…;
                             * tagged: the tag number as an integer, the content */
  } as;
};

typedef struct AempMessage AempMessage;

/* Some consecutive values: the elements of a message, or what is left of them
 * behind a tag, or the reason of a death.  A list borrows from its message;
 * an empty list may have none. */
typedef struct
{
  const AempValue *items;
  uint32_t count;
  AempMessage *message; /* keep a reference to this to keep the values */
} AempList;

AempMessage *aemp_message_ref (AempMessage *message);
void aemp_message_unref (AempMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempMessage, aemp_message_unref)
AempList aemp_message_list (AempMessage *message);

/* Makes a message from a format and its arguments.  Blanks are skipped.
 *
 *   n                      null
 *   b  int                 boolean
 *   i  int64_t             integer           I  int
 *   u  uint64_t            integer
 *   d  double              double
 *   s  const char *        text, UTF-8, ends with a zero
 *   t  const char *, size_t   text of that many bytes
 *   y  const void *, size_t   bytes
 *   v  const AempValue *   a copy of a value
 *   @  const AempList *    copies of all its values, one after the other (in an
 *                          array or at the top)
 *   [ … ]                  array
 *   { key value … }        map; the keys are s, t, y or v; the order is free, of
 *                          equal keys the last one counts
 *
 * A format that does not fit is a bug of ours and aborts, and so is text that is
 * not UTF-8: what comes from outside is checked where it comes in. */
AempMessage *aemp_message_new (const char *format, ...);
AempMessage *aemp_message_new_va (const char *format, va_list *arguments);

/* Is it, as a message, nested deeper than AEMP_DEPTH_MAX?  Nodes do not take that. */
bool aemp_list_is_too_deep (const AempList *list);

/* The list without its first `count` values (or the empty list). */
AempList aemp_list_skip (AempList list, uint32_t count);

/* Readers forgive what Perl mixes up: a string of digits is taken for a number
 * and a number for its digits.  They return false when the value is missing
 * (NULL) or does not fit, and leave the result alone. */
const AempValue *aemp_list_get (const AempList *list, uint32_t index); /* NULL: there is none */
bool aemp_value_get_integer (const AempValue *value, int64_t *result);
bool aemp_value_get_unsigned (const AempValue *value, uint64_t *result);
bool aemp_value_get_double (const AempValue *value, double *result);
bool aemp_value_is_string (const AempValue *value); /* text or bytes */
/* The code points of a string, or a number's digits, as new UTF-8 text, with its
 * length in `length` (may be NULL); it may hold zero bytes.  NULL: neither. */
char *aemp_value_dup_text (const AempValue *value, size_t *length);

/* A look-up key for a string or number, without allocation for all common
 * strings: `*owned` is NULL, or what to unref after use of the view. */
bool aemp_value_name (const AempValue *value, AempName *view, AempName **owned);

/* Is it a string (or a number) of exactly these code points?  `text` is UTF-8. */
bool aemp_value_is (const AempValue *value, const char *text);

/* The value of a key of a map.  NULL: no map, or no such key. */
const AempValue *aemp_map_get (const AempValue *map, const char *key);

/* Order of code points for strings (text and bytes alike); for everything else some
 * fixed total order.  Zero: the same after a journey through JSON: undefined is
 * null, a tag is its content, 1.0 is 1, bytes are the text of their code points. */
int aemp_value_compare (const AempValue *one, const AempValue *other);

/* A hash that is equal for values that compare equal. */
uint64_t aemp_value_hash (const AempValue *value);
uint64_t aemp_list_hash (const AempList *list);

/* What they take in memory, which is not far from what they take on the wire. */
uint64_t aemp_values_bytes (const AempValue *values, uint64_t count);

/* For people and tests: JSON of a value or of the values of a list with commas
 * between, cut after `most_bytes` with "…" (0: never). */
char *aemp_value_to_text (const AempValue *value, size_t most_bytes);
char *aemp_list_to_text (const AempList *list, size_t most_bytes);
