/* tests/unit/test-json-oracle.c - random documents, read by us and by json-c.
 *
 * Documents are drawn in every form that the specification allows, and then damaged: what
 * ours takes the oracle takes, too, and sees the same in it. */

#include "oracle.h"
#include "engine/number.h"

#include <json-c/json.h>

static void
append_space (GString *json, uint64_t *seed)
{
  static const char *const spaces[] = { "", "", "", "", " ", "\n", "\t ", "\r\n" };

  g_string_append (json, draw_word (seed, spaces, G_N_ELEMENTS (spaces)));
}

static void
append_number (GString *json, uint64_t *seed)
{
  static const char *const words[] = {
    "0",
    "-0",
    "-0.0",
    "1.5",
    "1E5",
    "-1e-5",
    "18446744073709551615",
    "9223372036854775808",
    "-9223372036854775808",
    "5e-324",
    "1.7976931348623157e308",
    "123456789.125",
  };
  uint64_t number = draw (seed) >> draw_below (seed, 64);

  switch (draw_below (seed, 4))
    {
    case 0:
      g_string_append (json, draw_word (seed, words, G_N_ELEMENTS (words)));
      break;
    case 1:
      g_string_append_printf (json, "%" G_GUINT64_FORMAT, number);
      break;
    case 2:
      g_string_append_printf (json, "-%" G_GUINT64_FORMAT, number >> 1);
      break;
    default:
      g_string_append_printf (json, "%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT "e%d", number,
                              draw (seed) >> draw_below (seed, 64),
                              (int)draw_below (seed, 80) - 40);
      break;
    }
}

static void
append_string (GString *json, uint64_t *seed, bool is_key)
{
  static const char *const words[] = {
    "a",
    "b",
    "plain",
    "words with blanks",
    "é",
    "☃",
    "😀",
    "\x7f",
    "/",
    "\\/",
    "\\\"",
    "\\\\",
    "\\b\\f\\n\\r\\t",
    "\\u001f",
    "\\u00E9",
    "\\u2603",
    "\\ud83d\\ude00",
    "\\uDBFF\\uDFFF",
    "\\uffff",
  };

  g_string_append_c (json, '"');
  for (size_t count = draw_below (seed, 6); count > 0; count--)
    g_string_append (json, draw_word (seed, words, G_N_ELEMENTS (words)));
  if (!is_key && draw_below (seed, 8) == 0)
    g_string_append (json, "\\u0000"); /* json-c's keys end there */
  g_string_append_c (json, '"');
}

static void
append_json (GString *json, uint64_t *seed, int nest)
{
  static const char *const literals[] = { "null", "true", "false" };
  size_t kind = draw_below (seed, nest < NEST_MOST ? 7 : 5), count = draw_below (seed, 5);
  bool is_map = kind == 6;

  append_space (json, seed);
  if (nest == 0)
    kind = 5;
  if (kind == 0)
    g_string_append (json, draw_word (seed, literals, G_N_ELEMENTS (literals)));
  else if (kind <= 2)
    append_number (json, seed);
  else if (kind <= 4)
    append_string (json, seed, false);
  else
    {
      is_map = is_map && nest > 0;
      g_string_append_c (json, is_map ? '{' : '[');
      for (size_t index = 0; index < count; index++)
        {
          if (index > 0)
            g_string_append_c (json, ',');
          if (is_map)
            {
              append_space (json, seed);
              append_string (json, seed, true);
              append_space (json, seed);
              g_string_append_c (json, ':');
            }
          append_json (json, seed, nest + 1);
        }
      append_space (json, seed);
      g_string_append_c (json, is_map ? '}' : ']');
    }
  append_space (json, seed);
}

static void
compare_json_integer (const AempValue *ours, json_object *theirs)
{
  g_assert_cmpint (json_object_get_type (theirs), ==, json_type_int);
  if (ours->type == AEMP_TEXT) /* out of our range and theirs */
    g_assert_true (json_object_get_uint64 (theirs) == UINT64_MAX
                   || json_object_get_int64 (theirs) == INT64_MIN);
  else if (!ours->negative)
    g_assert_cmpuint (json_object_get_uint64 (theirs), ==, ours->as.integer);
  else if (ours->as.integer <= INT64_MAX)
    g_assert_cmpint (json_object_get_int64 (theirs), ==, -1 - (int64_t)ours->as.integer);
  else
    g_assert_cmpint (json_object_get_int64 (theirs), ==, INT64_MIN);
}

static void
compare_with_json_c (const AempValue *ours, json_object *theirs)
{
  json_object *member;
  double real;

  switch ((AempType)ours->type)
    {
    case AEMP_NULL:
      g_assert_null (theirs);
      break;
    case AEMP_BOOLEAN:
      g_assert_cmpint (json_object_get_type (theirs), ==, json_type_boolean);
      g_assert_cmpint (json_object_get_boolean (theirs), ==, ours->as.boolean);
      break;
    case AEMP_INTEGER:
      compare_json_integer (ours, theirs);
      break;
    case AEMP_DOUBLE:
      g_assert_cmpint (json_object_get_type (theirs), ==, json_type_double);
      real = json_object_get_double (theirs);
      g_assert_cmpmem (&real, sizeof real, &ours->as.real, sizeof real);
      break;
    case AEMP_TEXT:
      if (json_object_get_type (theirs) == json_type_int)
        compare_json_integer (ours, theirs);
      else if (json_object_get_type (theirs) == json_type_double)
        g_assert_false (aemp_number_is_finite (json_object_get_double (theirs)));
      else
        {
          g_assert_cmpint (json_object_get_type (theirs), ==, json_type_string);
          g_assert_cmpmem (ours->as.string, ours->length, json_object_get_string (theirs),
                           json_object_get_string_len (theirs));
        }
      break;
    case AEMP_ARRAY:
      g_assert_cmpint (json_object_get_type (theirs), ==, json_type_array);
      g_assert_cmpuint (json_object_array_length (theirs), ==, ours->length);
      for (uint32_t index = 0; index < ours->length; index++)
        compare_with_json_c (&ours->as.items[index], json_object_array_get_idx (theirs, index));
      break;
    case AEMP_MAP:
      g_assert_cmpint (json_object_get_type (theirs), ==, json_type_object);
      g_assert_cmpint (json_object_object_length (theirs), ==, (int)ours->length);
      for (uint32_t index = 0; index < ours->length; index++)
        {
          g_assert_true (
              json_object_object_get_ex (theirs, ours->as.items[2 * index].as.string, &member));
          compare_with_json_c (&ours->as.items[2 * index + 1], member);
        }
      break;
    case AEMP_UNDEFINED:
    case AEMP_BYTES:
    case AEMP_TAGGED:
      g_assert_not_reached ();
    }
}

static json_object *
read_with_json_c (const char *bytes, size_t length, bool *taken)
{
  struct json_tokener *tokener = json_tokener_new_ex (AEMP_DEPTH_MAX + 1);
  json_object *theirs;

  json_tokener_set_flags (tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  theirs = json_tokener_parse_ex (tokener, bytes, (int)length);
  *taken = json_tokener_get_error (tokener) == json_tokener_success;
  json_tokener_free (tokener);
  return theirs;
}

/* json-c 0.16 takes U+1DC00 and others for a half of a surrogate pair: it looks at the lower
 * 16 bits only. */
static bool
has_false_surrogate (const AempValue *string)
{
  const char *end = string->as.string + string->length;

  for (const char *cursor = string->as.string; cursor < end; cursor = g_utf8_next_char (cursor))
    if (g_utf8_get_char (cursor) > 0xffff && (g_utf8_get_char (cursor) & 0xf800) == 0xd800)
      return true;
  return false;
}

/* And it cuts a key at a zero byte. */
static bool
is_beyond_json_c (const AempValue *value, bool is_key)
{
  uint32_t count = value->type == AEMP_MAP     ? 2 * value->length
                   : value->type == AEMP_ARRAY ? value->length
                                               : 0;
  bool found
      = value->type == AEMP_TEXT
        && (has_false_surrogate (value) || (is_key && memchr (value->as.string, 0, value->length)));

  for (uint32_t index = 0; index < count && !found; index++)
    found = is_beyond_json_c (&value->as.items[index], value->type == AEMP_MAP && index % 2 == 0);
  return found;
}

/* Does ours take it?  Then json-c does, and they agree, also about how ours writes it. */
static bool
check_json (const char *bytes, size_t length)
{
  g_autoptr (AempMessage) message
      = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)bytes, length, NULL);
  g_autoptr (GByteArray) again = NULL;
  AempList list;
  AempValue root;
  json_object *theirs;
  bool taken;

  if (!message)
    return false;
  list = aemp_message_list (message);
  root = (AempValue){ .type = AEMP_ARRAY, .length = list.count, .as.items = list.items };
  if (is_beyond_json_c (&root, false))
    return true;
  theirs = read_with_json_c (bytes, length, &taken);
  g_assert_true (taken);
  compare_with_json_c (&root, theirs);
  json_object_put (theirs);
  again = encode_list (&aemp_codec_json, message);
  theirs = read_with_json_c ((const char *)again->data, again->len, &taken);
  g_assert_true (taken);
  compare_with_json_c (&root, theirs);
  json_object_put (theirs);
  return true;
}

static void
test_json_c (void)
{
  g_test_summary ("Random JSON: all of it is taken, and json-c sees the same.  Of damaged JSON "
                  "some is taken, and then json-c takes it and sees the same.");

  uint64_t seed = 20;
  unsigned taken = 0;

  for (int document = 0; document < DOCUMENTS; document++)
    {
      g_autoptr (GString) json = g_string_new (NULL);

      append_json (json, &seed, 0);
      {
        g_autofree char *shown = g_strescape (json->str, NULL); /* TAP is lines of UTF-8 */
        g_test_message ("%s", shown);
      }
      g_assert_true (check_json (json->str, json->len));
      for (int index = 0; index < DAMAGES; index++)
        {
          g_autoptr (GByteArray) bytes = g_byte_array_new ();

          g_byte_array_append (bytes, (const uint8_t *)json->str, (guint)json->len);
          damage (bytes, &seed);
          taken += check_json ((const char *)bytes->data, bytes->len);
        }
    }
  g_assert_cmpuint (taken, >, DOCUMENTS);
  g_assert_cmpuint (taken, <, DOCUMENTS * DAMAGES / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-oracle/json-c", test_json_c);
  return g_test_run ();
}
