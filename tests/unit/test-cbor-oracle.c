/* tests/unit/test-cbor-oracle.c - random documents, read by us and by libcbor.
 *
 * Documents are drawn in every form that the specification allows, and then damaged: what
 * ours takes the oracle takes, too, and sees the same in it. */

#include "oracle.h"

#include <cbor.h>

/* An item's head in one of the forms that its argument fits into. */
static void
append_head (GByteArray *cbor, uint64_t *seed, unsigned major, uint64_t argument)
{
  unsigned least = argument < 24            ? 0
                   : argument <= 255        ? 1
                   : argument <= 65535      ? 2
                   : argument <= UINT32_MAX ? 3
                                            : 4;
  unsigned form = least + (draw_below (seed, 6) == 0 ? (unsigned)draw_below (seed, 5 - least) : 0);
  uint8_t head[9] = { (uint8_t)(major << 5 | (form == 0 ? argument : 23 + form)) };
  unsigned count = form == 0 ? 0 : 1u << (form - 1);

  for (unsigned index = 0; index < count; index++)
    head[1 + index] = (uint8_t)(argument >> 8 * (count - 1 - index));
  g_byte_array_append (cbor, head, 1 + count);
}

static void
append_byte (GByteArray *cbor, unsigned byte)
{
  uint8_t single = (uint8_t)byte;

  g_byte_array_append (cbor, &single, 1);
}

static void
append_cbor_string (GByteArray *cbor, uint64_t *seed, bool whole)
{
  static const char *const words[] = { "", "a", "b", "é", "☃", "😀", "some more words than fit" };
  unsigned major = 2 + (unsigned)draw_below (seed, 2);
  bool indefinite = !whole && draw_below (seed, 4) == 0;
  size_t chunks = indefinite ? draw_below (seed, 4) : 1;

  if (indefinite)
    append_byte (cbor, major << 5 | 31);
  for (; chunks > 0; chunks--)
    {
      const char *word = draw_word (seed, words, G_N_ELEMENTS (words));

      append_head (cbor, seed, major, strlen (word));
      g_byte_array_append (cbor, (const uint8_t *)word, (guint)strlen (word));
    }
  if (indefinite)
    append_byte (cbor, 0xff);
}

static void
append_cbor_float (GByteArray *cbor, uint64_t *seed)
{
  unsigned form = (unsigned)draw_below (seed, 3); /* half, single, double */
  uint8_t bytes[9] = { (uint8_t)(0xf9 + form) };

  for (unsigned index = 1; index <= 2u << form; index++)
    bytes[index] = (uint8_t)draw (seed);
  g_byte_array_append (cbor, bytes, 1 + (2u << form));
}

static void append_cbor (GByteArray *cbor, uint64_t *seed, int nest);

static void
append_cbor_container (GByteArray *cbor, uint64_t *seed, unsigned major, int nest)
{
  size_t count = draw_below (seed, 5);
  bool indefinite = draw_below (seed, 3) == 0;

  if (indefinite)
    append_byte (cbor, major << 5 | 31);
  else
    append_head (cbor, seed, major, count);
  for (size_t index = 0; index < count; index++)
    {
      if (major == 5 && draw_below (seed, 5) == 0)
        append_head (cbor, seed, (unsigned)draw_below (seed, 2), draw_below (seed, 30));
      else if (major == 5)
        append_cbor_string (cbor, seed, false);
      append_cbor (cbor, seed, nest + 1);
    }
  if (indefinite)
    append_byte (cbor, 0xff);
}

static void
append_cbor (GByteArray *cbor, uint64_t *seed, int nest)
{
  size_t kind = nest == 0 ? 7 : draw_below (seed, nest < NEST_MOST ? 9 : 6);

  if (kind <= 1)
    append_head (cbor, seed, (unsigned)kind, draw (seed) >> draw_below (seed, 64));
  else if (kind <= 3)
    append_cbor_string (cbor, seed, false);
  else if (kind == 4)
    append_byte (cbor, 0xf4 + (unsigned)draw_below (seed, 4));
  else if (kind == 5)
    append_cbor_float (cbor, seed);
  else if (kind == 6)
    {
      append_head (cbor, seed, 6, draw (seed) >> draw_below (seed, 64));
      append_cbor (cbor, seed, nest + 1);
    }
  else
    append_cbor_container (cbor, seed, kind == 7 ? 4 : 5, nest);
}

/* A string of theirs in one piece. */
static GByteArray *
join_string (const cbor_item_t *theirs)
{
  GByteArray *bytes = g_byte_array_new ();
  bool is_text = cbor_isa_string (theirs);

  if (is_text ? cbor_string_is_definite (theirs) : cbor_bytestring_is_definite (theirs))
    {
      if (is_text)
        g_byte_array_append (bytes, cbor_string_handle (theirs),
                             (guint)cbor_string_length (theirs));
      else
        g_byte_array_append (bytes, cbor_bytestring_handle (theirs),
                             (guint)cbor_bytestring_length (theirs));
      return bytes;
    }
  for (size_t index = 0;
       index < (is_text ? cbor_string_chunk_count (theirs) : cbor_bytestring_chunk_count (theirs));
       index++)
    {
      g_autoptr (GByteArray) chunk
          = join_string ((is_text ? cbor_string_chunks_handle (theirs)
                                  : cbor_bytestring_chunks_handle (theirs))[index]);

      g_byte_array_append (bytes, chunk->data, chunk->len);
    }
  return bytes;
}

static void compare_with_libcbor (const AempValue *ours, cbor_item_t *theirs);

/* Their value of a key of ours: the last one, as they keep them all. */
static cbor_item_t *
find_in_libcbor (const AempValue *key, cbor_item_t *theirs)
{
  cbor_item_t *found = NULL;

  for (size_t index = 0; index < cbor_map_size (theirs); index++)
    {
      const struct cbor_pair *pair = &cbor_map_handle (theirs)[index];
      AempValue value = { .type = AEMP_TEXT };
      g_autoptr (GByteArray) string = NULL;
      g_autofree char *digits = NULL;

      if (cbor_isa_uint (pair->key) || cbor_isa_negint (pair->key))
        {
          digits = cbor_isa_uint (pair->key)
                       ? g_strdup_printf ("%" G_GUINT64_FORMAT, cbor_get_int (pair->key))
                       : g_strdup_printf ("-%" G_GUINT64_FORMAT, cbor_get_int (pair->key) + 1);
          value.as.string = digits;
          value.length = (uint32_t)strlen (digits);
        }
      else
        {
          string = join_string (pair->key);
          value.type = cbor_isa_string (pair->key) ? AEMP_TEXT : AEMP_BYTES;
          value.as.string = (const char *)string->data;
          value.length = string->len;
        }
      if (value.length == 0)
        value.as.string = "";
      if (aemp_value_compare (&value, key) == 0)
        found = pair->value;
    }
  return found;
}

static void
compare_tag (const AempValue *ours, cbor_item_t *theirs)
{
  cbor_item_t *content;

  g_assert_true (cbor_isa_tag (theirs));
  g_assert_cmpuint (cbor_tag_value (theirs), ==, ours->as.items[0].as.integer);
  content = cbor_tag_item (theirs);
  compare_with_libcbor (&ours->as.items[1], content);
  cbor_decref (&content);
}

static void
compare_string (const AempValue *ours, const cbor_item_t *theirs)
{
  g_autoptr (GByteArray) string = NULL;

  g_assert_true (ours->type == AEMP_TEXT ? cbor_isa_string (theirs) : cbor_isa_bytestring (theirs));
  string = join_string (theirs);
  g_assert_cmpmem (ours->as.string, ours->length, string->data, string->len);
}

static void
compare_with_libcbor (const AempValue *ours, cbor_item_t *theirs)
{
  double real;

  switch ((AempType)ours->type)
    {
    case AEMP_NULL:
      g_assert_true (cbor_is_null (theirs));
      break;
    case AEMP_UNDEFINED:
      g_assert_true (cbor_is_undef (theirs));
      break;
    case AEMP_BOOLEAN:
      g_assert_true (cbor_is_bool (theirs));
      g_assert_cmpint (cbor_get_bool (theirs), ==, ours->as.boolean);
      break;
    case AEMP_INTEGER:
      g_assert_true (ours->negative ? cbor_isa_negint (theirs) : cbor_isa_uint (theirs));
      g_assert_cmpuint (cbor_get_int (theirs), ==, ours->as.integer);
      break;
    case AEMP_DOUBLE:
      g_assert_true (cbor_is_float (theirs));
      real = cbor_float_get_float (theirs);
      if (ours->as.real != ours->as.real)
        g_assert_true (real != real);
      else
        g_assert_cmpmem (&real, sizeof real, &ours->as.real, sizeof real);
      break;
    case AEMP_TEXT:
    case AEMP_BYTES:
      compare_string (ours, theirs);
      break;
    case AEMP_ARRAY:
      g_assert_true (cbor_isa_array (theirs));
      g_assert_cmpuint (cbor_array_size (theirs), ==, ours->length);
      for (uint32_t index = 0; index < ours->length; index++)
        compare_with_libcbor (&ours->as.items[index], cbor_array_handle (theirs)[index]);
      break;
    case AEMP_MAP:
      g_assert_true (cbor_isa_map (theirs));
      g_assert_cmpuint (cbor_map_size (theirs), >=, ours->length);
      for (uint32_t index = 0; index < ours->length; index++)
        {
          cbor_item_t *member = find_in_libcbor (&ours->as.items[2 * index], theirs);

          g_assert_nonnull (member);
          compare_with_libcbor (&ours->as.items[2 * index + 1], member);
        }
      break;
    case AEMP_TAGGED:
      compare_tag (ours, theirs);
      break;
    }
}

/* libcbor 0.8 calls the tags 6 to 20 malformed, in their one-byte form. */
static bool
stumbled_over_tag (const struct cbor_load_result *result, const uint8_t *bytes)
{
  uint8_t first = bytes[result->error.position];

  return result->error.code == CBOR_ERR_MALFORMATED && first >= 0xc6 && first <= 0xd4;
}

static void
compare_packet (AempMessage *message, const uint8_t *bytes, size_t length)
{
  AempList list = aemp_message_list (message);
  AempValue root = { .type = AEMP_ARRAY, .length = list.count, .as.items = list.items };
  struct cbor_load_result result;
  cbor_item_t *theirs = cbor_load (bytes, length, &result);

  if (!theirs && stumbled_over_tag (&result, bytes))
    return;
  if (!theirs)
    {
      g_autofree char *hex = to_hex (bytes, length);

      g_error ("libcbor: error %d at byte %zu of %s", (int)result.error.code, result.error.position,
               hex);
    }
  g_assert_cmpuint (result.read, ==, length);
  compare_with_libcbor (&root, theirs);
  cbor_decref (&theirs);
}

static bool
check_cbor (const GByteArray *bytes)
{
  g_autoptr (AempMessage) message
      = aemp_codec_decode_all (&aemp_codec_cbor, bytes->data, bytes->len, NULL);
  g_autoptr (GByteArray) again = NULL;

  if (!message)
    return false;
  compare_packet (message, bytes->data, bytes->len);
  again = encode_list (&aemp_codec_cbor, message);
  compare_packet (message, again->data, again->len);
  return true;
}

static void
test_libcbor (void)
{
  g_test_summary ("Random CBOR: all of it is taken, and libcbor sees the same.  Of damaged CBOR "
                  "some is taken, and then libcbor takes it and sees the same.");

  uint64_t seed = 20;
  unsigned taken = 0;

  for (int document = 0; document < DOCUMENTS; document++)
    {
      g_autoptr (GByteArray) cbor = g_byte_array_new ();

      append_cbor (cbor, &seed, 0);
      g_assert_true (check_cbor (cbor));
      for (int index = 0; index < DAMAGES; index++)
        {
          g_autoptr (GByteArray) bytes = g_byte_array_new ();

          g_byte_array_append (bytes, cbor->data, cbor->len);
          damage (bytes, &seed);
          taken += check_cbor (bytes);
        }
    }
  g_assert_cmpuint (taken, >, DOCUMENTS);
  g_assert_cmpuint (taken, <, DOCUMENTS * DAMAGES / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cbor-oracle/libcbor", test_libcbor);
  return g_test_run ();
}
