/* engine/text.c - values as text for people and tests. */

#include "json.h"
#include "utf8.h"

/* Cuts at the end of a character and says so. */
static void
cut (GByteArray *text, size_t most_bytes)
{
  size_t length = aemp_utf8_valid (text->data, most_bytes);

  g_byte_array_set_size (text, (guint)length);
  g_byte_array_append (text, (const uint8_t *)"…", sizeof "…" - 1);
}

static char *
values_to_text (const AempValue *values, size_t count, size_t most_bytes)
{
  GByteArray *text = g_byte_array_new ();

  aemp_json_write_values (text, values, count, most_bytes);
  if (most_bytes > 0 && text->len > most_bytes)
    cut (text, most_bytes);
  g_byte_array_append (text, (const uint8_t *)"", 1);
  return (char *)g_byte_array_free (text, FALSE);
}

char *
aemp_value_to_text (const AempValue *value, size_t most_bytes)
{
  return values_to_text (value, 1, most_bytes);
}

char *
aemp_list_to_text (const AempList *list, size_t most_bytes)
{
  return values_to_text (list->items, list->count, most_bytes);
}
