/* engine/value.c */

#include "value.h"

#include "compare.h"
#include "number.h"
#include "utf8.h"

#include <string.h>

AempList
aemp_list_skip (AempList list, uint32_t count)
{
  if (count >= list.count)
    return (AempList){ .message = list.message };
  list.items += count;
  list.count -= count;
  return list;
}

const AempValue *
aemp_list_get (const AempList *list, uint32_t index)
{
  return index < list->count ? &list->items[index] : NULL;
}

bool
aemp_value_is_string (const AempValue *value)
{
  return value && (value->type == AEMP_TEXT || value->type == AEMP_BYTES);
}

/* The number that a value is or spells: an integer where it is whole, otherwise a
 * finite double. */
static bool
read_number (const AempValue *value, AempValue *number)
{
  if (!value)
    return false;
  if (aemp_value_is_string (value))
    {
      if (!aemp_number_is_spelled (value->as.string, value->length)
          || !aemp_number_read (value->as.string, value->length, number))
        return false;
    }
  else if (value->type == AEMP_INTEGER || value->type == AEMP_DOUBLE)
    *number = *value;
  else
    return false;
  if (number->type == AEMP_INTEGER)
    return true;
  return aemp_number_to_integer (number->as.real, number)
         || aemp_number_is_finite (number->as.real);
}

bool
aemp_value_get_integer (const AempValue *value, int64_t *result)
{
  AempValue number;

  if (!read_number (value, &number) || number.type != AEMP_INTEGER || number.as.integer > INT64_MAX)
    return false;
  *result = number.negative ? -1 - (int64_t)number.as.integer : (int64_t)number.as.integer;
  return true;
}

bool
aemp_value_get_unsigned (const AempValue *value, uint64_t *result)
{
  AempValue number;

  if (!read_number (value, &number) || number.type != AEMP_INTEGER || number.negative)
    return false;
  *result = number.as.integer;
  return true;
}

bool
aemp_value_get_double (const AempValue *value, double *result)
{
  AempValue number;

  if (!read_number (value, &number))
    return false;
  if (value->type == AEMP_DOUBLE)
    *result = value->as.real; /* -0.0 stays what it is */
  else
    *result = number.type == AEMP_INTEGER ? aemp_number_to_double (&number) : number.as.real;
  return true;
}

/* The digits of a number, as Perl writes them into a string: 3.0 is "3".  Their
 * length; 0 if it is no number. */
static size_t
write_digits (char digits[AEMP_NUMBER_MAX_BYTES], const AempValue *value)
{
  AempValue number;

  if (aemp_value_is_string (value) || !read_number (value, &number))
    return 0;
  if (number.type == AEMP_INTEGER)
    return (size_t)(aemp_number_write_integer (digits, &number) - digits);
  return (size_t)(aemp_number_write_double (digits, number.as.real) - digits);
}

static char *
dup_bytes_as_text (const AempValue *bytes, size_t *length)
{
  const uint8_t *raw = (const uint8_t *)bytes->as.string;
  char *text;

  *length = aemp_utf8_bytes_length (raw, bytes->length);
  text = g_malloc (*length + 1);
  *aemp_utf8_write_bytes (text, raw, bytes->length) = '\0';
  return text;
}

char *
aemp_value_dup_text (const AempValue *value, size_t *length)
{
  char digits[AEMP_NUMBER_MAX_BYTES];
  size_t ignored;

  if (!length)
    length = &ignored;
  if (value && value->type == AEMP_BYTES)
    return dup_bytes_as_text (value, length);
  if (value && value->type == AEMP_TEXT)
    {
      *length = value->length;
      return memcpy (g_malloc ((size_t)value->length + 1), value->as.string,
                     (size_t)value->length + 1);
    }
  *length = write_digits (digits, value);
  return *length > 0 ? g_strndup (digits, *length) : NULL;
}

bool
aemp_value_name (const AempValue *value, AempName *view, AempName **owned)
{
  g_autofree char *text = NULL;
  size_t length;

  *owned = NULL;
  if (!value)
    return false;
  if (value->type == AEMP_TEXT
      || (value->type == AEMP_BYTES
          && aemp_utf8_is_ascii ((const uint8_t *)value->as.string, value->length)))
    {
      *view = aemp_name_view (value->as.string, value->length);
      return true;
    }
  text = aemp_value_dup_text (value, &length);
  if (!text)
    return false;
  *owned = aemp_name_new (text, length);
  *view = aemp_name_view ((*owned)->text, length);
  return true;
}

/* A value on the stack for a text of ours. */
static AempValue
text_view (const char *text, size_t length)
{
  g_assert (length <= UINT32_MAX);
  return (AempValue){ .type = AEMP_TEXT, .length = (uint32_t)length, .as.string = text };
}

bool
aemp_value_is (const AempValue *value, const char *text)
{
  AempValue expected = text_view (text, strlen (text));
  char digits[AEMP_NUMBER_MAX_BYTES];
  size_t length;

  if (aemp_value_is_string (value))
    return aemp_compare_strings (value, &expected) == 0;
  length = write_digits (digits, value);
  return length > 0 && length == expected.length && memcmp (digits, text, length) == 0;
}

const AempValue *
aemp_map_get (const AempValue *map, const char *key)
{
  AempValue expected = text_view (key, strlen (key));
  uint32_t first = 0, behind;

  if (!map || map->type != AEMP_MAP)
    return NULL;
  behind = map->length;
  while (first < behind)
    {
      uint32_t middle = first + (behind - first) / 2;
      int order = aemp_compare_strings (&expected, &map->as.items[2 * middle]);

      if (order == 0)
        return &map->as.items[2 * middle + 1];
      if (order < 0)
        behind = middle;
      else
        first = middle + 1;
    }
  return NULL;
}

uint64_t
aemp_values_bytes (const AempValue *values, uint64_t count)
{
  uint64_t bytes = count * sizeof (AempValue);
  for (uint64_t i = 0; i < count; i++)
    {
      const AempValue *value = &values[i];
      if (aemp_value_is_string (value))
        bytes += value->length;
      else if (value->type == AEMP_ARRAY)
        bytes += aemp_values_bytes (value->as.items, value->length);
      else if (value->type == AEMP_MAP)
        bytes += aemp_values_bytes (value->as.items, 2 * (uint64_t)value->length);
      else if (value->type == AEMP_TAGGED)
        bytes += aemp_values_bytes (value->as.items, 2);
    }
  return bytes;
}
