/* tests/unit/test-cbor.c - the framing `cbor`. */

#include "codec-helper.h"

static AempMessage *
decode (const GByteArray *bytes, GError **error)
{
  return aemp_codec_decode_all (&aemp_codec_cbor, bytes->data, bytes->len, error);
}

/* Reads a packet and writes it again. */
static void
check_journey (const char *hex, const char *again, const char *json)
{
  g_autoptr (GByteArray) bytes = from_hex (hex);
  g_autoptr (GByteArray) out = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) message = decode (bytes, &error);
  g_autofree char *out_hex = NULL, *text = NULL;
  AempList list;

  g_test_message ("%s", hex);
  g_assert_no_error (error);
  list = aemp_message_list (message);
  text = aemp_list_to_text (&list, 0);
  g_assert_cmpstr (text, ==, json);
  out = encode_list (&aemp_codec_cbor, message);
  out_hex = to_hex (out->data, out->len);
  g_assert_cmpstr (out_hex, ==, again);
  assert_cuts_do_not_matter (&aemp_codec_cbor, bytes->data, bytes->len);
}

static void
test_values (void)
{
  g_test_summary ("Every form of every item is read; written is the shortest one of definite "
                  "length, and no half float.");

  static const char *const rows[][3] = {
    { "80", "80", "" },
    { "9fff", "80", "" },
    { "d9d9f7 80", "80", "" },
    { "da0000d9f7 d9d9f7 8101", "8101", "1" },
    { "98 01 00", "8100", "0" },
    { "9b 0000000000000001 17", "8117", "23" },
    { "81 1800", "8100", "0" },
    { "81 1b0000000000000018", "811818", "24" },
    { "84 18ff 190100 1a00010000 1b0000000100000000", "8418ff1901001a000100001b0000000100000000",
      "255,256,65536,4294967296" },
    { "86 17 1818 19ffff 1a00010000 1affffffff 1b0000000100000000",
      "8617181819ffff1a000100001affffffff1b0000000100000000",
      "23,24,65535,65536,4294967295,4294967296" },
    { "82 1bffffffffffffffff 3bffffffffffffffff", "821bffffffffffffffff3bffffffffffffffff",
      "18446744073709551615,-18446744073709551616" },
    { "83 20 3863 3b7fffffffffffffff", "832038633b7fffffffffffffff",
      "-1,-100,-9223372036854775808" },
    { "84 f4 f5 f6 f7", "84f4f5f6f7", "false,true,null,null" },
    { "84 f90000 f98000 f93c00 f9c400", "84fa00000000fa80000000fa3f800000fac0800000",
      "0.0,-0.0,1.0,-4.0" },
    { "83 f90001 f90400 f97bff", "83fa33800000fa38800000fa477fe000",
      "5.960464477539063e-8,0.00006103515625,65504.0" },
    { "83 f97c00 f9fc00 f97e00", "83fa7f800000faff800000fa7fc00000", "null,null,null" },
    { "82 fb7ff0000000000000 fbfff8000000000001", "82fa7f800000fa7fc00000", "null,null" },
    { "82 fb3ff8000000000000 fb3fb999999999999a", "82fa3fc00000fb3fb999999999999a", "1.5,0.1" },
    { "82 fb47efffffe0000000 fb47efffffe0000001", "82fa7f7ffffffb47efffffe0000001",
      "3.4028234663852886e+38,3.402823466385289e+38" },
    { "82 fb36a0000000000000 fb3690000000000000", "82fa00000001fb3690000000000000",
      "1.401298464324817e-45,7.006492321624085e-46" },
    { "82 40 60", "824060", "\"\",\"\"" },
    { "82 43 00e9ff 65 c3a9e29883", "824300e9ff65c3a9e29883", "\"\\u0000éÿ\",\"é☃\"" },
    { "82 5f41004201ffff 7f61616063e29883ff", "82430001ff6461e29883",
      "\"\\u0000\\u0001ÿ\",\"a☃\"" },
    { "82 5fff 7fff", "824060", "\"\",\"\"" },
    { "82 80 a0", "8280a0", "[],{}" },
    { "83 9f 01 9fff ff 9f02ff bfff", "838201808102a0", "[1,[]],[2],{}" },
    { "81 a2 616201 416102", "81a2416102616201", "{\"a\":2,\"b\":1}" },
    { "81 bf 616201 5f4161ff 02ff", "81a2416102616201", "{\"a\":2,\"b\":1}" },
    { "81 a3 616b01 416b02 616c03", "81a2416b02616c03", "{\"k\":2,\"l\":3}" },
    { "81 a2 41e901 62c3a902", "81a162c3a902", "{\"é\":2}" },
    { "81 a3 0a6161 2900 0a6162",
      "81a2632d313000623130"
      "6162",
      "{\"-10\":0,\"10\":\"b\"}" },
    { "81 a1 3bffffffffffffffff 00", "81a1752d313834343637343430373337303935353136313600",
      "{\"-18446744073709551616\":0}" },
    { "82 c1182a d9d9f780", "82c1182ad9d9f780", "42,[]" },
    { "81 c1c2db0123456789abcdef a1 4161 f7", "81c1c2db0123456789abcdefa14161f7", "{\"a\":null}" },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    check_journey (rows[row][0], rows[row][1], rows[row][2]);
}

static void
test_exact_types (void)
{
  g_test_summary ("Undefined, tags and the two kinds of strings are told apart in the message.");

  g_autoptr (GByteArray) good = from_hex ("86 f6 f7 41ff 62c3bf c24101 f5");
  g_autoptr (AempMessage) message = decode (good, NULL);
  AempList list = aemp_message_list (message);

  g_assert_cmpint (list.items[0].type, ==, AEMP_NULL);
  g_assert_cmpint (list.items[1].type, ==, AEMP_UNDEFINED);
  g_assert_cmpint (list.items[2].type, ==, AEMP_BYTES);
  g_assert_cmpint (list.items[3].type, ==, AEMP_TEXT);
  g_assert_cmpint (aemp_value_compare (&list.items[2], &list.items[3]), ==, 0);
  g_assert_cmpint (list.items[4].type, ==, AEMP_TAGGED);
  g_assert_cmpuint (list.items[4].as.items[0].as.integer, ==, 2);
  g_assert_cmpint (list.items[4].as.items[1].type, ==, AEMP_BYTES);
  g_assert_cmpint (list.items[5].type, ==, AEMP_BOOLEAN);
}

static void
test_refused (void)
{
  g_test_summary ("What is not well-formed, or no packet, is refused, and the error says what and "
                  "where, counted from the beginning of the stream.");

  static const struct
  {
    const char *hex;
    AempErrorCode code;
    const char *says;
  } rows[] = {
    { "a1 6161 01", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 0" },
    { "80 00", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 1" },
    { "63 616263", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 0" },
    { "7f", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 0" },
    { "f6", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 0" },
    { "c1 80", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 0" },
    { "d9d9f7 01", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 3" },
    { "ff", AEMP_ERROR_MALFORMED, "cbor: a packet is an array, expected one at byte 0" },
    { "81 ff", AEMP_ERROR_MALFORMED, "cbor: a break where nothing can end at byte 1" },
    { "9f c1 ff", AEMP_ERROR_MALFORMED, "cbor: a break where nothing can end at byte 2" },
    { "81 a1 ff", AEMP_ERROR_MALFORMED, "cbor: a break where nothing can end at byte 2" },
    { "81 bf 6161 ff", AEMP_ERROR_MALFORMED, "cbor: a key without value at byte 4" },
    { "81 1c", AEMP_ERROR_MALFORMED, "cbor: a reserved first byte of an item at byte 1" },
    { "9d", AEMP_ERROR_MALFORMED, "cbor: a reserved first byte of an item at byte 0" },
    { "81 7e", AEMP_ERROR_MALFORMED, "cbor: a reserved first byte of an item at byte 1" },
    { "81 1f", AEMP_ERROR_MALFORMED, "cbor: a reserved first byte of an item at byte 1" },
    { "81 3f", AEMP_ERROR_MALFORMED, "cbor: a reserved first byte of an item at byte 1" },
    { "81 df", AEMP_ERROR_MALFORMED, "cbor: a reserved first byte of an item at byte 1" },
    { "81 fc", AEMP_ERROR_MALFORMED, "cbor: a reserved first byte of an item at byte 1" },
    { "81 e0", AEMP_ERROR_MALFORMED, "cbor: a simple value without meaning at byte 1" },
    { "81 f3", AEMP_ERROR_MALFORMED, "cbor: a simple value without meaning at byte 1" },
    { "81 f820", AEMP_ERROR_MALFORMED, "cbor: a simple value without meaning at byte 1" },
    { "81 f814", AEMP_ERROR_MALFORMED, "cbor: a simple value without meaning at byte 1" },
    { "81 7f 4161 ff", AEMP_ERROR_MALFORMED,
      "cbor: a string with a chunk of another type at byte 2" },
    { "81 5f 6161 ff", AEMP_ERROR_MALFORMED,
      "cbor: a string with a chunk of another type at byte 2" },
    { "81 5f 5f4161ff ff", AEMP_ERROR_MALFORMED,
      "cbor: a string with a chunk of another type at byte 2" },
    { "81 7f 00 ff", AEMP_ERROR_MALFORMED,
      "cbor: a string with a chunk of another type at byte 2" },
    { "81 a1 80 00", AEMP_ERROR_MALFORMED,
      "cbor: a key that is no string and no integer at byte 2" },
    { "81 a1 f6 00", AEMP_ERROR_MALFORMED,
      "cbor: a key that is no string and no integer at byte 2" },
    { "81 a1 c14161 00", AEMP_ERROR_MALFORMED,
      "cbor: a key that is no string and no integer at byte 2" },
    { "81 bf 6161 00 fa3f800000 00 ff", AEMP_ERROR_MALFORMED,
      "cbor: a key that is no string and no integer at byte 5" },
    { "82 61 78 63 6162ff", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 6" },
    { "81 62 c080", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 2" },
    { "81 63 eda080", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 3" },
    { "81 64 f4908080", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 3" },
    { "81 63 6162c3", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 4" },
    { "81 7f 61c3 61a9 ff", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 3" },
    { "81 a1 61ff 00", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 3" },
    { "80 81 61ff", AEMP_ERROR_MALFORMED, "cbor: invalid UTF-8 in a text at byte 3" },
    { "81 5b 8000000000000000", AEMP_ERROR_LIMIT,
      "cbor: a string longer than a packet may be at byte 1" },
    { "81 7b ffffffffffffffff", AEMP_ERROR_LIMIT,
      "cbor: a string longer than a packet may be at byte 1" },
    { "81 5a 04000000", AEMP_ERROR_LIMIT, "cbor: a string longer than a packet may be at byte 1" },
    { "81 5f 5a 04000000", AEMP_ERROR_LIMIT,
      "cbor: a string longer than a packet may be at byte 2" },
    { "9b 1000000000000000", AEMP_ERROR_LIMIT,
      "cbor: more elements than fit into a packet at byte 0" },
    { "81 bb 8000000000000000", AEMP_ERROR_LIMIT,
      "cbor: more elements than fit into a packet at byte 1" },
    { "81 ba 02000000", AEMP_ERROR_LIMIT, "cbor: more elements than fit into a packet at byte 1" },
    { "81 bb ffffffffffffffff", AEMP_ERROR_LIMIT,
      "cbor: more elements than fit into a packet at byte 1" },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autoptr (GByteArray) bytes = from_hex (rows[row].hex);
      AempScanner fresh;
      g_auto (Story) story = { NULL, NULL, 0 };

      g_test_message ("%s", rows[row].hex);
      aemp_scanner_init (&fresh);
      story = read_stream (&aemp_codec_cbor, &fresh, bytes->data, bytes->len, 0, 0);
      g_assert_error (story.error, AEMP_ERROR, (int)rows[row].code);
      g_assert_cmpstr (story.error->message, ==, rows[row].says);
      assert_cuts_do_not_matter (&aemp_codec_cbor, bytes->data, bytes->len);
    }
}

static void
test_first_bytes (void)
{
  g_test_summary ("Whatever the first two bytes of an element are, the outcome is the same however "
                  "the packet is cut.");

  for (unsigned first = 0; first < 256; first++)
    for (unsigned second = 0; second < 256; second += 5)
      {
        uint8_t bytes[] = { 0x9f, (uint8_t)first, (uint8_t)second, 0x40, 0x00, 0xff, 0xff };

        assert_cuts_do_not_matter (&aemp_codec_cbor, bytes, sizeof bytes);
      }
}

static void
test_incomplete (void)
{
  g_test_summary ("Every true beginning of a packet asks for more.");

  g_autoptr (GByteArray) bytes = from_hex (
      "d9d9f7 9f 1b0000000100000000 5f42010241ffff a1 626162 9fff c1 fb3fb999999999999a "
      "58 03 010203 ff");
  AempScanner scanner;

  for (size_t length = 0; length <= bytes->len; length++)
    {
      g_autofree uint8_t *copy = g_memdup2 (bytes->data, length);

      aemp_scanner_init (&scanner);
      g_assert_cmpint (aemp_codec_cbor.scan (&scanner, copy, length, NULL), ==,
                       length < bytes->len ? AEMP_SCAN_MORE : AEMP_SCAN_PACKET);
    }
  g_assert_cmpuint (scanner.position, ==, bytes->len);
}

/* `depth` levels of one kind around an empty array. */
static GByteArray *
nest (int depth, const char *level, const char *end)
{
  g_autoptr (GString) hex = g_string_new ("81");

  for (int count = 2; count < depth; count++)
    g_string_append (hex, level);
  g_string_append (hex, "80");
  for (int count = 2; count < depth; count++)
    g_string_append (hex, end);
  return from_hex (hex->str);
}

static void
test_depth (void)
{
  g_test_summary ("512 levels are taken, the 513th is refused where it begins: arrays, maps, tags, "
                  "definite or not.");

  static const struct
  {
    const char *level;
    const char *end;
    int bytes;
  } kinds[] = {
    { "81", "", 1 }, { "9f", "ff", 1 }, { "a14161", "", 3 }, { "bf4161", "ff", 3 }, { "c1", "", 1 }
  };

  for (int depth = 511; depth <= 514; depth++)
    for (size_t kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
      {
        g_autoptr (GByteArray) bytes = nest (depth, kinds[kind].level, kinds[kind].end);
        g_autoptr (GError) error = NULL;
        g_autoptr (AempMessage) message = decode (bytes, &error);
        g_autofree char *says
            = g_strdup_printf ("cbor: nested too deeply at byte %d", 1 + 511 * kinds[kind].bytes);

        g_assert_cmpint (message != NULL, ==, depth <= 512);
        if (depth <= 512)
          g_assert_no_error (error);
        else
          {
            g_assert_error (error, AEMP_ERROR, AEMP_ERROR_LIMIT);
            g_assert_cmpstr (error->message, ==, says);
          }
        assert_cuts_do_not_matter (&aemp_codec_cbor, bytes->data, bytes->len);
      }
}

static void
test_length_limit (void)
{
  g_test_summary ("A packet of just the limit is taken; one byte more is refused as soon as that "
                  "is sure, also while its bytes are still to come.");

  static const struct
  {
    const char *hex;
    bool taken;
  } rows[] = {
    { "81 48 0102030405060708", true },
    { "81 49 010203040506070809", false },
    { "81 49", false },
    { "89 0101010101010101 80", true },
    { "8a", false },
    { "9f 0101010101010101 ff", true },
    { "9f 010101010101010101 ff", false },
    { "9f 0101010101010101 1b", false },
    { "82 1b0000000000000000 00", false },
    { "81 a5", false },
    { "81 5f 41014101 41014101", false },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    for (size_t most = 0; most < 4; most++)
      {
        g_autoptr (GByteArray) bytes = from_hex (rows[row].hex);
        AempScanner scanner;
        g_auto (Story) story = { NULL, NULL, 0 };

        aemp_scanner_init (&scanner);
        scanner.limit_bytes = 10;
        story = read_stream (&aemp_codec_cbor, &scanner, bytes->data, bytes->len, most, most);
        g_test_message ("%s", rows[row].hex);
        if (rows[row].taken)
          {
            g_assert_no_error (story.error);
            g_assert_cmpuint (story.packets->len, ==, 1);
          }
        else
          g_assert_error (story.error, AEMP_ERROR, AEMP_ERROR_LIMIT);
      }
}

static void
test_memory_limit (void)
{
  g_test_summary ("20 MiB of zeros would be 320 MiB of values: refused, wherever the bytes are "
                  "cut, before anything is allocated for them.");

  size_t length = 20 * 1024 * 1024;
  g_autofree uint8_t *bytes = g_malloc0 (length);
  g_autoptr (GError) error = NULL, cut_error = NULL;
  AempScanner scanner;

  bytes[0] = 0x9f;
  bytes[length - 1] = 0xff;
  g_assert_null (aemp_codec_decode_all (&aemp_codec_cbor, bytes, length, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_LIMIT);
  g_assert_true (g_str_has_prefix (error->message, "cbor: the packet takes too much memory"));
  aemp_scanner_init (&scanner);
  for (size_t there = 0; !cut_error; there = MIN (there + 999983, length))
    aemp_codec_cbor.scan (&scanner, bytes, there, &cut_error);
  g_assert_cmpstr (error->message, ==, cut_error->message);
}

/* See test-json.c. */
static void
assert_keeps_up (const GByteArray *bytes, size_t unit)
{
  AempScanner scanner;

  aemp_scanner_init (&scanner);
  for (size_t there = 1; there < bytes->len; there++)
    {
      g_assert_cmpint (aemp_codec_cbor.scan (&scanner, bytes->data, there, NULL), ==,
                       AEMP_SCAN_MORE);
      g_assert_cmpuint (there - scanner.position, <, unit);
    }
  g_assert_cmpint (aemp_codec_cbor.scan (&scanner, bytes->data, bytes->len, NULL), ==,
                   AEMP_SCAN_PACKET);
}

static void
test_trickle (void)
{
  g_test_summary ("A megabyte that trickles in byte by byte is not looked at again and again: a "
                  "long string, many small values.");

  size_t size = 1 << 20;
  g_autoptr (GByteArray) string = from_hex ("81 5a 00100000");
  g_autoptr (GByteArray) many = from_hex ("9f");
  g_autoptr (GByteArray) item
      = from_hex ("a2 4161 1903e8 426262 9f fb3fb999999999999a 5f4101ff ff");

  g_byte_array_set_size (string, (guint)(string->len + size));
  memset (string->data + 6, 'x', size);
  assert_keeps_up (string, 9);
  while (many->len < size)
    g_byte_array_append (many, item->data, item->len);
  g_byte_array_append (many, (const uint8_t *)"\xff", 1);
  assert_keeps_up (many, 9);
}

static void
test_encode (void)
{
  g_test_summary ("Packets are appended to what is there: with a port, without one, with a port "
                  "alone, and the keepalive; names are text.");

  g_autoptr (AempMessage) message = aemp_message_new ("s I", "tag", -1);
  g_autoptr (AempName) port = aemp_name_new ("é", 2);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *hex = NULL;
  AempList list = aemp_message_list (message), none = { .count = 0 };

  aemp_codec_cbor.encode (out, port, &list);
  aemp_codec_cbor.encode (out, NULL, &list);
  aemp_codec_cbor.encode (out, port, &none);
  aemp_codec_cbor.encode (out, NULL, &none);
  hex = to_hex (out->data, out->len);
  g_assert_cmpstr (hex, ==,
                   "8362c3a9637461672082637461672081"
                   "62c3a980");
}

static void
test_long_strings (void)
{
  g_test_summary ("Strings around every border of lengths come back as they were, in both forms.");

  static const size_t lengths[]
      = { 0, 1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 255, 256, 257, 65535, 65536, 70000 };

  for (size_t index = 0; index < G_N_ELEMENTS (lengths); index++)
    {
      g_autofree char *string = g_strnfill (lengths[index], 'x');
      g_autoptr (AempMessage) message = aemp_message_new ("s y", string, string, lengths[index]);
      g_autoptr (GByteArray) out = encode_list (&aemp_codec_cbor, message);
      g_autoptr (GError) error = NULL;
      g_autoptr (AempMessage) back = decode (out, &error);
      AempList list;

      g_assert_no_error (error);
      list = aemp_message_list (back);
      for (uint32_t form = 0; form < 2; form++)
        {
          g_assert_cmpint (list.items[form].type, ==, form == 0 ? AEMP_TEXT : AEMP_BYTES);
          g_assert_cmpmem (list.items[form].as.string, list.items[form].length + 1, string,
                           lengths[index] + 1);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cbor/values", test_values);
  g_test_add_func ("/cbor/exact-types", test_exact_types);
  g_test_add_func ("/cbor/refused", test_refused);
  g_test_add_func ("/cbor/first-bytes", test_first_bytes);
  g_test_add_func ("/cbor/incomplete", test_incomplete);
  g_test_add_func ("/cbor/depth", test_depth);
  g_test_add_func ("/cbor/length-limit", test_length_limit);
  g_test_add_func ("/cbor/memory-limit", test_memory_limit);
  g_test_add_func ("/cbor/trickle", test_trickle);
  g_test_add_func ("/cbor/encode", test_encode);
  g_test_add_func ("/cbor/long-strings", test_long_strings);
  return g_test_run ();
}
