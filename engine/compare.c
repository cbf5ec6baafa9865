/* engine/compare.c */

#include "compare.h"

#include "hash.h"
#include "number.h"
#include "utf8.h"

#include <string.h>

#define STACK_BYTES 256               /* strings up to here are converted without allocation */
#define WHOLE_FROM 9007199254740992.0 /* a double of this size has no fraction */

/* What JSON keeps apart, in our order. */
typedef enum
{
  RANK_NULL, /* null, undefined, and what JSON has no digits for */
  RANK_BOOLEAN,
  RANK_NUMBER,
  RANK_STRING,
  RANK_ARRAY,
  RANK_MAP,
} Rank;

static int
compare_same_form (const AempValue *one, const AempValue *other)
{
  int order = memcmp (one->as.string, other->as.string, MIN (one->length, other->length));

  if (order != 0)
    return order;
  return (one->length > other->length) - (one->length < other->length);
}

/* Each byte of `bytes` is made UTF-8 on the way. */
static int
compare_bytes_with_text (const AempValue *bytes, const AempValue *text)
{
  const uint8_t *text_cursor = (const uint8_t *)text->as.string;
  const uint8_t *text_end = text_cursor + text->length;

  for (uint32_t index = 0; index < bytes->length; index++)
    {
      char encoded[4];
      char *end = aemp_utf8_write (encoded, (uint8_t)bytes->as.string[index]);

      for (char *cursor = encoded; cursor < end; cursor++, text_cursor++)
        {
          if (text_cursor == text_end)
            return 1;
          if ((uint8_t)*cursor != *text_cursor)
            return (uint8_t)*cursor < *text_cursor ? -1 : 1;
        }
    }
  return text_cursor == text_end ? 0 : -1;
}

int
aemp_compare_strings (const AempValue *one, const AempValue *other)
{
  if (one->type == other->type)
    return compare_same_form (one, other);
  if (one->type == AEMP_BYTES)
    return compare_bytes_with_text (one, other);
  return -compare_bytes_with_text (other, one);
}

static const AempValue *
content_of (const AempValue *value)
{
  while (value->type == AEMP_TAGGED)
    value = &value->as.items[1];
  return value;
}

static Rank
rank_of (const AempValue *value)
{
  switch ((AempType)value->type)
    {
    case AEMP_NULL:
    case AEMP_UNDEFINED:
      return RANK_NULL;
    case AEMP_BOOLEAN:
      return RANK_BOOLEAN;
    case AEMP_INTEGER:
      return RANK_NUMBER;
    case AEMP_DOUBLE:
      return aemp_number_is_finite (value->as.real) ? RANK_NUMBER : RANK_NULL;
    case AEMP_TEXT:
    case AEMP_BYTES:
      return RANK_STRING;
    case AEMP_ARRAY:
      return RANK_ARRAY;
    case AEMP_MAP:
      return RANK_MAP;
    case AEMP_TAGGED:
      break;
    }
  g_assert_not_reached (); /* content_of() was asked first */
}

static int
compare_integers (const AempValue *one, const AempValue *other)
{
  int order = (one->as.integer > other->as.integer) - (one->as.integer < other->as.integer);

  if (one->negative != other->negative)
    return one->negative ? -1 : 1;
  return one->negative ? -order : order;
}

/* `real` is finite, and no integer of our range. */
static int
compare_integer_with_double (const AempValue *integer, double real)
{
  AempValue whole;
  int order;

  if (real > WHOLE_FROM || real < -WHOLE_FROM)
    return real > 0 ? -1 : 1;
  aemp_number_to_integer ((double)(int64_t)real, &whole);
  order = compare_integers (integer, &whole);
  if (order != 0)
    return order;
  return real > (double)(int64_t)real ? -1 : 1;
}

static int
compare_numbers (const AempValue *one, const AempValue *other)
{
  AempValue one_whole, other_whole;

  if (one->type == AEMP_DOUBLE && aemp_number_to_integer (one->as.real, &one_whole))
    one = &one_whole;
  if (other->type == AEMP_DOUBLE && aemp_number_to_integer (other->as.real, &other_whole))
    other = &other_whole;
  if (one->type == AEMP_INTEGER && other->type == AEMP_INTEGER)
    return compare_integers (one, other);
  if (one->type == AEMP_INTEGER)
    return compare_integer_with_double (one, other->as.real);
  if (other->type == AEMP_INTEGER)
    return -compare_integer_with_double (other, one->as.real);
  return (one->as.real > other->as.real) - (one->as.real < other->as.real);
}

/* The items of arrays one by one; of maps key, value, key, value. */
static int
compare_items (const AempValue *one, const AempValue *other, uint32_t each)
{
  uint32_t shared = MIN (one->length, other->length) * each;

  for (uint32_t index = 0; index < shared; index++)
    {
      int order = aemp_value_compare (&one->as.items[index], &other->as.items[index]);

      if (order != 0)
        return order;
    }
  return (one->length > other->length) - (one->length < other->length);
}

int
aemp_value_compare (const AempValue *one, const AempValue *other)
{
  Rank one_rank, other_rank;

  one = content_of (one);
  other = content_of (other);
  one_rank = rank_of (one);
  other_rank = rank_of (other);
  if (one_rank != other_rank)
    return one_rank < other_rank ? -1 : 1;
  switch (one_rank)
    {
    case RANK_NULL:
      return 0;
    case RANK_BOOLEAN:
      return one->as.boolean - other->as.boolean;
    case RANK_NUMBER:
      return compare_numbers (one, other);
    case RANK_STRING:
      return aemp_compare_strings (one, other);
    case RANK_ARRAY:
      return compare_items (one, other, 1);
    case RANK_MAP:
      return compare_items (one, other, 2);
    }
  g_assert_not_reached ();
}

static uint64_t absorb_value (uint64_t hash, const AempValue *value);

/* A word that begins every value: what it is, and a size that fits 32 bits, or so. */
static inline uint64_t
absorb_begin (uint64_t hash, Rank rank, uint64_t size)
{
  return aemp_hash_step (hash, (uint64_t)rank << 56 | size);
}

static uint64_t
absorb_latin (uint64_t hash, const AempValue *bytes)
{
  const uint8_t *raw = (const uint8_t *)bytes->as.string;
  size_t length = aemp_utf8_bytes_length (raw, bytes->length);
  char converted[STACK_BYTES];
  g_autofree char *heap = length > sizeof converted ? g_malloc (length) : NULL;
  char *text = heap ? heap : converted;

  aemp_utf8_write_bytes (text, raw, bytes->length);
  return aemp_hash_absorb (absorb_begin (hash, RANK_STRING, length), text, length);
}

static inline uint64_t
absorb_string (uint64_t hash, const AempValue *string)
{
  if (string->type == AEMP_BYTES
      && !aemp_utf8_is_ascii ((const uint8_t *)string->as.string, string->length))
    return absorb_latin (hash, string);
  return aemp_hash_absorb (absorb_begin (hash, RANK_STRING, string->length), string->as.string,
                           string->length);
}

static uint64_t
absorb_number (uint64_t hash, const AempValue *number)
{
  AempValue whole;
  uint64_t bits;

  if (number->type == AEMP_DOUBLE && aemp_number_to_integer (number->as.real, &whole))
    number = &whole;
  if (number->type == AEMP_INTEGER)
    return aemp_hash_step (absorb_begin (hash, RANK_NUMBER, number->negative), number->as.integer);
  memcpy (&bits, &number->as.real, sizeof bits);
  return aemp_hash_step (absorb_begin (hash, RANK_NUMBER, 2), bits);
}

static uint64_t
absorb_items (uint64_t hash, const AempValue *items, uint64_t count)
{
  for (uint64_t index = 0; index < count; index++)
    hash = absorb_value (hash, &items[index]);
  return hash;
}

static uint64_t
absorb_value (uint64_t hash, const AempValue *value)
{
  value = content_of (value);
  switch (rank_of (value))
    {
    case RANK_NULL:
      return absorb_begin (hash, RANK_NULL, 0);
    case RANK_BOOLEAN:
      return absorb_begin (hash, RANK_BOOLEAN, value->as.boolean);
    case RANK_NUMBER:
      return absorb_number (hash, value);
    case RANK_STRING:
      return absorb_string (hash, value);
    case RANK_ARRAY:
      return absorb_items (absorb_begin (hash, RANK_ARRAY, value->length), value->as.items,
                           value->length);
    case RANK_MAP:
      return absorb_items (absorb_begin (hash, RANK_MAP, value->length), value->as.items,
                           2 * (uint64_t)value->length);
    }
  g_assert_not_reached ();
}

uint64_t
aemp_value_hash (const AempValue *value)
{
  return aemp_hash_spread (absorb_value (AEMP_HASH_SPREAD, value));
}

uint64_t
aemp_list_hash (const AempList *list)
{
  uint64_t hash = absorb_begin (AEMP_HASH_SPREAD, RANK_ARRAY, list->count);

  return aemp_hash_spread (absorb_items (hash, list->items, list->count));
}
