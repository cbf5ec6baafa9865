/* tests/unit/test-recorded-codec.c - every packet that Perl's nodes were recorded with. */

#include "captures.h"

#include <stdlib.h>

static const char *const captures[] = {
  "direct-json-to-seed.jsonl",
  "direct-json.jsonl",
  "global-mesh-json.jsonl",
  "join-mixed-framing.jsonl",
  "join-work-cbor.jsonl",
  "join-work-json.jsonl",
  "promote-json.jsonl",
  "simple-handshake-cbor.jsonl",
  "simple-handshake-cleartext.jsonl",
  "simultaneous-connect-to-alice-2.jsonl",
  "simultaneous-connect-to-alice-3.jsonl",
  "simultaneous-connect-to-alice.jsonl",
  "simultaneous-connect-to-bob-2.jsonl",
  "simultaneous-connect-to-bob-3.jsonl",
  "simultaneous-connect-to-bob.jsonl",
};

/* One direction of a recording behind its three lines. */
typedef struct
{
  GByteArray *bytes;
  const AempCodec *codec; /* NULL: it never got as far */
} Direction;

static void
direction_clear (Direction *direction)
{
  g_clear_pointer (&direction->bytes, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Direction, direction_clear)

/* Takes one line off the front. */
static char *
take_line (GByteArray *bytes)
{
  const uint8_t *end = memchr (bytes->data, '\n', bytes->len);
  char *line;

  if (!end)
    return NULL;
  line = g_strndup ((char *)bytes->data, (size_t)(end - bytes->data));
  g_byte_array_remove_range (bytes, 0, (guint)(end - bytes->data + 1));
  return line;
}

static Direction
read_direction (const char *name, const char *which)
{
  g_autoptr (GPtrArray) lines = capture_lines (name);
  Direction direction = { .bytes = g_byte_array_new () };

  for (guint index = 1; index < lines->len; index++)
    {
      const AempValue *map = capture_map (lines, index);
      const char *hex = capture_string (map, "hex");

      if (hex && strcmp (capture_string (map, "dir"), which) == 0)
        {
          g_autoptr (GByteArray) chunk = from_hex (hex);

          g_byte_array_append (direction.bytes, chunk->data, chunk->len);
        }
    }
  for (int line = 0; line < 3; line++)
    {
      g_autofree char *text = take_line (direction.bytes);
      g_auto (GStrv) fields = text && line == 2 ? g_strsplit (text, ";", -1) : NULL;

      if (fields && g_strv_length (fields) >= 3)
        direction.codec = aemp_codec_by_name (fields[2], strlen (fields[2]));
    }
  return direction;
}

/* The whole story of a direction, and that no cut changes it. */
static Story
read_packets (const Direction *direction, uint64_t seed)
{
  AempScanner fresh;
  Story story;

  aemp_scanner_init (&fresh);
  story
      = read_stream (direction->codec, &fresh, direction->bytes->data, direction->bytes->len, 0, 0);
  g_assert_no_error (story.error);
  g_assert_cmpuint (story.left, ==, 0);
  for (size_t most = 1; most < 300; most *= 3)
    {
      g_auto (Story) pieces = read_stream (direction->codec, &fresh, direction->bytes->data,
                                           direction->bytes->len, most, seed + most);

      assert_same_story (&story, &pieces);
    }
  return story;
}

static size_t append_sorted (GByteArray *out, const uint8_t *item);

static int
compare_pairs (const void *one, const void *other)
{
  const GByteArray *a = *(GByteArray *const *)one, *b = *(GByteArray *const *)other;
  int order = memcmp (a->data, b->data, MIN (a->len, b->len));

  return order != 0 ? order : (int)a->len - (int)b->len;
}

static size_t
append_sorted_pairs (GByteArray *out, const uint8_t *pairs, size_t count)
{
  g_autoptr (GPtrArray) sorted
      = g_ptr_array_new_with_free_func ((GDestroyNotify)g_byte_array_unref);
  size_t length = 0;

  for (size_t index = 0; index < count; index++)
    {
      GByteArray *pair = g_byte_array_new ();

      length += append_sorted (pair, pairs + length);
      length += append_sorted (pair, pairs + length);
      g_ptr_array_add (sorted, pair);
    }
  g_ptr_array_sort (sorted, compare_pairs);
  for (guint index = 0; index < sorted->len; index++)
    {
      const GByteArray *pair = sorted->pdata[index];

      g_byte_array_append (out, pair->data, pair->len);
    }
  return length;
}

/* The shorter form of a double that a hand-written client sent at full length. */
static bool
append_single (GByteArray *out, const uint8_t *item)
{
  uint64_t bits = 0;
  uint32_t narrow;
  double real;
  float single;

  for (int index = 1; index < 9; index++)
    bits = bits << 8 | item[index];
  memcpy (&real, &bits, sizeof real);
  single = (float)real;
  if ((double)single != real)
    return false;
  memcpy (&narrow, &single, sizeof narrow);
  narrow = GUINT32_TO_BE (narrow);
  g_byte_array_append (out, (const uint8_t *)"\xfa", 1);
  g_byte_array_append (out, (const uint8_t *)&narrow, 4);
  return true;
}

/* Copies one item of CBOR (of definite length) with the pairs of maps in the order of
 * their bytes and floats in their shortest form; returns its length.  A reader of its
 * own, so that ours has a judge. */
static size_t
append_sorted (GByteArray *out, const uint8_t *item)
{
  unsigned major = item[0] >> 5, information = item[0] & 31;
  size_t length = 1 + (information >= 24 ? (size_t)1 << (information - 24) : 0);
  uint64_t argument = information;

  g_assert_cmpuint (information, <, 28);
  for (size_t index = 1; index < length; index++)
    argument = (index == 1 ? 0 : argument << 8) | item[index];
  if (major == 2 || major == 3)
    length += argument;
  if (item[0] != 0xfb || !append_single (out, item))
    g_byte_array_append (out, item, (guint)length);
  if (major == 4 || major == 6)
    for (uint64_t count = major == 6 ? 1 : argument; count > 0; count--)
      length += append_sorted (out, item + length);
  if (major == 5)
    length += append_sorted_pairs (out, item + length, argument);
  return length;
}

static void
check_cbor_again (const uint8_t *packet, size_t length, const GByteArray *again)
{
  g_autoptr (GByteArray) expected = g_byte_array_new (), sorted = g_byte_array_new ();

  g_assert_cmpuint (append_sorted (expected, packet), ==, length);
  g_assert_cmpuint (append_sorted (sorted, again->data), ==, again->len);
  g_assert_cmpmem (sorted->data, sorted->len, expected->data, expected->len);
}

/* JSON of Perl's is as short as ours: even the bytes are the same, but for the keys. */
static void
check_json_again (const uint8_t *packet, size_t length, const GByteArray *again,
                  AempMessage *message)
{
  g_autoptr (AempMessage) back
      = aemp_codec_decode_all (&aemp_codec_json, again->data, again->len, NULL);
  AempList list = aemp_message_list (message), back_list = aemp_message_list (back);

  g_assert_cmpuint (list.count, ==, back_list.count);
  for (uint32_t index = 0; index < list.count; index++)
    g_assert_cmpint (aemp_value_compare (&list.items[index], &back_list.items[index]), ==, 0);
  g_assert_cmpuint (again->len, ==, length);
  if (!memchr (packet, '{', length))
    g_assert_cmpmem (again->data, again->len, packet, length);
}

static guint
check_direction (const char *name, const char *which)
{
  g_auto (Direction) direction = read_direction (name, which);
  g_auto (Story) story = { NULL, NULL, 0 };
  AempScanner scanner;
  const uint8_t *cursor = direction.bytes->data;

  if (!direction.codec)
    {
      g_assert_cmpuint (direction.bytes->len, ==, 0);
      return 0;
    }
  story = read_packets (&direction, strlen (name));
  aemp_scanner_init (&scanner);
  for (guint index = 0; index < story.packets->len; index++)
    {
      AempMessage *message = story.packets->pdata[index];
      g_autoptr (GByteArray) again = encode_list (direction.codec, message);
      size_t left = (size_t)(direction.bytes->data + direction.bytes->len - cursor), length;

      g_assert_cmpint (direction.codec->scan (&scanner, cursor, left, NULL), ==, AEMP_SCAN_PACKET);
      length = scanner.position;
      aemp_message_unref (direction.codec->decode (&scanner, cursor, NULL));
      if (direction.codec == &aemp_codec_cbor)
        check_cbor_again (cursor, length, again);
      else
        check_json_again (cursor, length, again, message);
      cursor += length;
    }
  return story.packets->len;
}

static void
test_every_byte (void)
{
  g_test_summary ("Every recorded byte behind the auth lines, cut at random places, becomes "
                  "packets; written again they are the same bytes, but for the order of keys.");

  guint packets = 0;

  for (size_t index = 0; index < G_N_ELEMENTS (captures); index++)
    {
      guint forth = check_direction (captures[index], ">");
      guint back = check_direction (captures[index], "<");

      g_test_message ("%s: %u packets and %u back", captures[index], forth, back);
      packets += forth + back;
    }
  g_assert_cmpuint (packets, ==, 440);
}

/* The table "Values on the wire": what a Perl value is in JSON and in CBOR, maps in our
 * order of keys. */
static const char *const values[][2] = {
  { "0", "00" },
  { "1", "01" },
  { "-1", "20" },
  { "255", "18ff" },
  { "65536", "1a00010000" },
  { "2147483648", "1a80000000" },
  { "9223372036854775807", "1b7fffffffffffffff" },
  { "-9223372036854775807", "3b7ffffffffffffffe" },
  { "1.5", "fa3fc00000" },
  { "-0.25", "fabe800000" },
  { "1e+100", "fb54b249ad2594c37d" },
  { "3", "03" }, /* a float */
  { "\"\"", "40" },
  { "\"0\"", "4130" },
  { "\"12\"", "423132" },
  { "\"1.5\"", "43312e35" },
  { "\"ascii\"", "456173636969" },
  { "\"café\"", "44636166e9" },
  { "\"snow ☃ smile 😀\"", "73736e6f7720e2988320736d696c6520f09f9880" },
  { "\"upgraded ascii\"", "6e7570677261646564206173636969" },
  { "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f"
    "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c"
    "\\u001d\\u001e\\u001f\x7f\xc2\x80\xc3\xbf\"",
    "5823000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f7f80ff" },
  { "null", "f6" },
  { "[]", "80" },
  { "[1,[2,[\"x\"]]]", "82018202814178" },
  { "{}", "a0" },
  { "{\"k\":\"v\",\"n\":1,\"u\":null}", "a3416b4176416e014175f6" },
  { "{\"snow ☃ smile 😀\":\"snow ☃ smile 😀\"}",
    "a173736e6f7720e2988320736d696c6520f09f988073736e6f7720e2988320736d696c6520f09f9880" },
  { "true", "f5" },
  { "false", "f4" },
  { "true", "d9565201" },  /* a reference to 1 */
  { "false", "d9565200" }, /* a reference to 0 */
  { "\"\\\"quotes\\\" back\\\\slash / tab\\t newline\\n\"",
    "58232271756f74657322206261636b5c736c617368202f2074616209206e65776c696e650a" },
  { "\"12\"", "423132" }, /* a number that was used as a string */
  { "\"7\"", "4137" },    /* a string that was used as a number */
  { "5", "05" },          /* a string + 0 */
};

static char *
value_as_recorded (const AempCodec *codec, const AempValue *value)
{
  AempList list = { .items = value, .count = 1 };
  g_autoptr (GByteArray) out = g_byte_array_new ();

  if (codec == &aemp_codec_json)
    return aemp_value_to_text (value, 0);
  codec->encode (out, NULL, &list);
  return to_hex (out->data + 1, out->len - 1);
}

/* The values follow the packet that says hello; the last but `behind` in a packet each. */
static void
check_values (const char *name, const char *which, uint32_t behind)
{
  g_auto (Direction) direction = read_direction (name, which);
  g_auto (Story) story = read_packets (&direction, 1);
  bool in_json = direction.codec == &aemp_codec_json;
  guint first = 0;

  for (guint index = 0; first == 0 && index < story.packets->len; index++)
    {
      AempList list = aemp_message_list (story.packets->pdata[index]);
      const AempValue *word = aemp_list_get (&list, 2);

      if (aemp_value_is (word, "hello"))
        first = index + 1;
    }
  g_assert_cmpuint (first, >, 0);
  for (guint row = 0; row < G_N_ELEMENTS (values); row++)
    {
      AempList list = aemp_message_list (story.packets->pdata[first + row]);
      g_autofree char *recorded = NULL;

      g_assert_true (aemp_value_is (aemp_list_get (&list, 1), "echo"));
      recorded = value_as_recorded (direction.codec, &list.items[list.count - 1 - behind]);
      g_assert_cmpstr (recorded, ==, values[row][in_json ? 0 : 1]);
    }
}

static void
test_values (void)
{
  g_test_summary ("The documented values, as alice sent them and as they came back.");

  check_values ("join-work-json.jsonl", ">", 1);
  check_values ("join-work-json.jsonl", "<", 0);
  check_values ("join-work-cbor.jsonl", ">", 1);
  check_values ("join-work-cbor.jsonl", "<", 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recorded-codec/every-byte", test_every_byte);
  g_test_add_func ("/recorded-codec/values", test_values);
  return g_test_run ();
}
