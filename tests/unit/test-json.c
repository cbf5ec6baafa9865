/* tests/unit/test-json.c - the framing `json`. */

#include "codec-helper.h"

static AempMessage *
decode (const char *json, GError **error)
{
  return aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)json, strlen (json), error);
}

/* The one value in `[value]`. */
static char *
journey (const char *value)
{
  g_autofree char *json = g_strdup_printf ("[%s]", value);
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) message = decode (json, &error);
  AempList list;

  g_assert_no_error (error);
  list = aemp_message_list (message);
  g_assert_cmpuint (list.count, ==, 1);
  return aemp_value_to_text (&list.items[0], 0);
}

static void
test_values (void)
{
  g_test_summary ("Values are read and written again; white space, the order of keys and the way "
                  "in which a number or a character is spelled are not kept.");

  static const char *const rows[][2] = {
    { "null", "null" },
    { " true\t", "true" },
    { "\r\nfalse", "false" },
    { "[]", "[]" },
    { "[ ]", "[]" },
    { "{ }", "{}" },
    { "[[],[[]],{}]", "[[],[[]],{}]" },
    { "{\"b\" : 1 , \"a\" : [ 2 , 3 ]}", "{\"a\":[2,3],\"b\":1}" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
    { "{\"\":{\"\":\"\"}}", "{\"\":{\"\":\"\"}}" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
    { "\"\\u0000\\u001F\\u007f\\u00e9\\u2603\\ud83D\\uDe00\"", "\"\\u0000\\u001f\x7fé☃😀\"" },
    { "\"plain words that are longer than one machine word\"",
      "\"plain words that are longer than one machine word\"" },
    { "\"1234567\\n89012345\\\"☃\"", "\"1234567\\n89012345\\\"☃\"" },
    { "{\"a\\u0000b\":1,\"a\":2}", "{\"a\":2,\"a\\u0000b\":1}" },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autofree char *written = journey (rows[row][0]);

      g_assert_cmpstr (written, ==, rows[row][1]);
    }
}

static void
test_numbers (void)
{
  g_test_summary ("Integers are exact from -2^64 to 2^64-1; beyond, and where a double is too "
                  "small for a size, the digits stay as text.  Doubles are the nearest ones, and "
                  "are written so that they stay doubles.");

  static const struct
  {
    const char *spelled;
    AempType type;
    const char *written;
  } rows[] = {
    { "0", AEMP_INTEGER, "0" },
    { "-0", AEMP_INTEGER, "0" },
    { "-1", AEMP_INTEGER, "-1" },
    { "999999999999999999", AEMP_INTEGER, "999999999999999999" },
    { "9999999999999999999", AEMP_INTEGER, "9999999999999999999" },
    { "9007199254740993", AEMP_INTEGER, "9007199254740993" },
    { "-9223372036854775809", AEMP_INTEGER, "-9223372036854775809" },
    { "18446744073709551615", AEMP_INTEGER, "18446744073709551615" },
    { "18446744073709551616", AEMP_TEXT, "\"18446744073709551616\"" },
    { "-18446744073709551616", AEMP_INTEGER, "-18446744073709551616" },
    { "-18446744073709551617", AEMP_TEXT, "\"-18446744073709551617\"" },
    { "99999999999999999999999", AEMP_TEXT, "\"99999999999999999999999\"" },
    { "0.0", AEMP_DOUBLE, "0.0" },
    { "-0.0", AEMP_DOUBLE, "-0.0" },
    { "-0e5", AEMP_DOUBLE, "-0.0" },
    { "0e999999999999999999999", AEMP_DOUBLE, "0.0" },
    { "1.0", AEMP_DOUBLE, "1.0" },
    { "10e-1", AEMP_DOUBLE, "1.0" },
    { "1.50", AEMP_DOUBLE, "1.5" },
    { "-0.25", AEMP_DOUBLE, "-0.25" },
    { "1E+2", AEMP_DOUBLE, "100.0" },
    { "0.1", AEMP_DOUBLE, "0.1" },
    { "0.30000000000000004", AEMP_DOUBLE, "0.30000000000000004" },
    { "1e-7", AEMP_DOUBLE, "1e-7" },
    { "0.00001", AEMP_DOUBLE, "0.00001" },
    { "123456789.125", AEMP_DOUBLE, "123456789.125" },
    { "1795229759.93549", AEMP_DOUBLE, "1795229759.93549" },
    { "1795229764.6642814", AEMP_DOUBLE, "1795229764.6642814" },
    { "9007199254740993.0", AEMP_DOUBLE, "9007199254740992.0" },
    { "1e16", AEMP_DOUBLE, "10000000000000000.0" },
    { "1e17", AEMP_DOUBLE, "1e+17" },
    { "1e22", AEMP_DOUBLE, "1e+22" },
    { "1e23", AEMP_DOUBLE, "1e+23" },
    { "1e+100", AEMP_DOUBLE, "1e+100" },
    { "123456789012345678901234567890.0", AEMP_DOUBLE, "1.2345678901234568e+29" },
    { "5e-324", AEMP_DOUBLE, "5e-324" },
    { "2.4703282292062327e-324", AEMP_DOUBLE, "0.0" },    /* just less than half of the least */
    { "2.4703282292062328e-324", AEMP_DOUBLE, "5e-324" }, /* and just more */
    { "1e-400", AEMP_DOUBLE, "0.0" },
    { "-1e-400", AEMP_DOUBLE, "-0.0" },
    { "2.2250738585072011e-308", AEMP_DOUBLE, "2.225073858507201e-308" },
    { "1.7976931348623157e308", AEMP_DOUBLE, "1.7976931348623157e+308" },
    { "1.7976931348623158e308", AEMP_DOUBLE, "1.7976931348623157e+308" },
    { "1.7976931348623159e308", AEMP_TEXT, "\"1.7976931348623159e308\"" },
    { "1E400", AEMP_TEXT, "\"1E400\"" },
    { "-1E400", AEMP_TEXT, "\"-1E400\"" },
    { "1e99999999999999999999", AEMP_TEXT, "\"1e99999999999999999999\"" },
    { "5.6843418860808015e-14", AEMP_DOUBLE, "5.684341886080802e-14" }, /* 2^-44 */
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autofree char *json = g_strdup_printf ("[%s]", rows[row].spelled);
      g_autofree char *written = journey (rows[row].spelled);
      g_autoptr (AempMessage) message = decode (json, NULL);
      AempList list = aemp_message_list (message);

      g_assert_cmpstr (written, ==, rows[row].written);
      g_assert_cmpint (list.items[0].type, ==, rows[row].type);
    }
}

static void
test_infinities (void)
{
  g_test_summary ("JSON has no word for infinities and NaN: they are written as null.");

  g_autoptr (AempMessage) message
      = aemp_message_new ("d d d", __builtin_inf (), -__builtin_inf (), __builtin_nan (""));
  g_autoptr (GByteArray) out = encode_list (&aemp_codec_json, message);

  g_assert_cmpmem (out->data, out->len, "[null,null,null]", 16);
}

static void
test_refused (void)
{
  g_test_summary ("What is no JSON, or no packet, is refused, and the error says what and where, "
                  "counted from the beginning of the stream.");

  static const struct
  {
    const char *json;
    const char *says;
  } rows[] = {
    { "{\"a\":1}", "json: a packet is an array, expected `[` at byte 0" },
    { " \n\"x\"", "json: a packet is an array, expected `[` at byte 2" },
    { "1", "json: a packet is an array, expected `[` at byte 0" },
    { "null", "json: a packet is an array, expected `[` at byte 0" },
    { "]", "json: a packet is an array, expected `[` at byte 0" },
    { "[1],[2]", "json: a packet is an array, expected `[` at byte 3" },
    { "[]x", "json: a packet is an array, expected `[` at byte 2" },
    { "\xef\xbb\xbf[]", "json: a packet is an array, expected `[` at byte 0" },
    { "[,1]", "json: expected a value or `]` at byte 1" },
    { "[1,]", "json: expected a value at byte 3" },
    { "[1,,2]", "json: expected a value at byte 3" },
    { "[1 2]", "json: expected `,` or `]` at byte 3" },
    { "[1}", "json: expected `,` or `]` at byte 2" },
    { "[1:2]", "json: expected `,` or `]` at byte 2" },
    { "[{]", "json: expected a key or `}` at byte 2" },
    { "[{1:2}]", "json: expected a key or `}` at byte 2" },
    { "[{\"a\"}]", "json: expected `:` at byte 5" },
    { "[{\"a\",1}]", "json: expected `:` at byte 5" },
    { "[{\"a\":}]", "json: expected a value at byte 6" },
    { "[{\"a\":1,}]", "json: expected a key at byte 8" },
    { "[{\"a\":1]", "json: expected `,` or `}` at byte 7" },
    { "[{\"a\":1 \"b\":2}]", "json: expected `,` or `}` at byte 8" },
    { "[{,}]", "json: expected a key or `}` at byte 2" },
    { "[tru]", "json: expected `true`, `false` or `null` at byte 4" },
    { "[nulL]", "json: expected `true`, `false` or `null` at byte 4" },
    { "[True]", "json: expected a value or `]` at byte 1" },
    { "[truex]", "json: expected `,` or `]` at byte 5" },
    { "[NaN]", "json: expected a value or `]` at byte 1" },
    { "[inf]", "json: expected a value or `]` at byte 1" },
    { "[01]", "json: expected `,` or `]` at byte 2" },
    { "[-]", "json: expected a digit at byte 2" },
    { "[-01]", "json: expected `,` or `]` at byte 3" },
    { "[+1]", "json: expected a value or `]` at byte 1" },
    { "[.5]", "json: expected a value or `]` at byte 1" },
    { "[1.]", "json: expected a digit at byte 3" },
    { "[1.e5]", "json: expected a digit at byte 3" },
    { "[1e]", "json: expected a digit at byte 3" },
    { "[1e+]", "json: expected a digit at byte 4" },
    { "[1e5.5]", "json: expected `,` or `]` at byte 4" },
    { "[0x10]", "json: expected `,` or `]` at byte 2" },
    { "[1-2]", "json: expected `,` or `]` at byte 2" },
    { "[\"a\nb\"]", "json: control character in a string at byte 3" },
    { "[\"12345678\t\"]", "json: control character in a string at byte 10" },
    { "[\"\\x\"]", "json: unknown escape at byte 3" },
    { "[\"\\'\"]", "json: unknown escape at byte 3" },
    { "[\"\\u12g4\"]", "json: expected four hexadecimal digits at byte 6" },
    { "[\"\\u\"]", "json: expected four hexadecimal digits at byte 4" },
    { "[\"\\ud800\"]", "json: half of a surrogate pair at byte 2" },
    { "[\"\\ud800x\"]", "json: half of a surrogate pair at byte 2" },
    { "[\"\\ud800\\n\"]", "json: half of a surrogate pair at byte 2" },
    { "[\"\\ud800\\u0041\"]", "json: half of a surrogate pair at byte 2" },
    { "[\"\\ud800\\ud800\"]", "json: half of a surrogate pair at byte 2" },
    { "[\"ab\\udc00\"]", "json: half of a surrogate pair at byte 4" },
    { "[\"\xff\"]", "json: invalid UTF-8 at byte 2" },
    { "[\"\x80\"]", "json: invalid UTF-8 at byte 2" },
    { "[\"\xc0\x80\"]", "json: invalid UTF-8 at byte 2" },
    { "[\"\xc1\xbf\"]", "json: invalid UTF-8 at byte 2" },
    { "[\"\xc3(\"]", "json: invalid UTF-8 at byte 3" },
    { "[\"\xe0\x9f\xbf\"]", "json: invalid UTF-8 at byte 3" },
    { "[\"\xe2\x98\"]", "json: invalid UTF-8 at byte 4" },
    { "[\"\xed\xa0\x80\"]", "json: invalid UTF-8 at byte 3" },
    { "[\"\xf0\x8f\xbf\xbf\"]", "json: invalid UTF-8 at byte 3" },
    { "[\"\xf4\x90\x80\x80\"]", "json: invalid UTF-8 at byte 3" },
    { "[\"\xf5\x80\x80\x80\"]", "json: invalid UTF-8 at byte 2" },
    { "[é]", "json: expected a value or `]` at byte 1" },
    { "[1]/* a */[2]", "json: a packet is an array, expected `[` at byte 3" },
    { "[1 # one\n]", "json: expected `,` or `]` at byte 3" },
    { "[1,2] [3", "json: the packet is not complete" },
    { "['a']", "json: expected a value or `]` at byte 1" },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      const uint8_t *bytes = (const uint8_t *)rows[row].json;
      size_t length = strlen (rows[row].json);
      AempScanner fresh;
      g_auto (Story) story = { NULL, NULL, 0 };
      g_autofree char *printable = g_strescape (rows[row].json, NULL);

      g_test_message ("%s", printable);
      aemp_scanner_init (&fresh);
      story = read_stream (&aemp_codec_json, &fresh, bytes, length, 0, 0);
      if (story.error)
        {
          g_assert_error (story.error, AEMP_ERROR, AEMP_ERROR_MALFORMED);
          g_assert_cmpstr (story.error->message, ==, rows[row].says);
        }
      else
        {
          g_assert_cmpstr (rows[row].says, ==, "json: the packet is not complete");
          g_assert_cmpuint (story.left, ==, 3);
        }
      assert_cuts_do_not_matter (&aemp_codec_json, bytes, length);
    }
}

static void
test_controls (void)
{
  g_test_summary ("Each control character is refused at each place of a string, and each byte "
                  "above is taken there.");

  for (uint8_t byte = 0; byte < 0x80; byte++)
    for (size_t place = 0; place < 40; place++)
      {
        g_autofree char *fill = g_strnfill (40, 'x');
        g_autofree char *json = g_strdup_printf ("[\"%s\"]", fill);
        g_autofree char *says
            = g_strdup_printf ("json: control character in a string at byte %zu", 2 + place);
        g_autoptr (AempMessage) message = NULL;
        g_autoptr (GError) error = NULL;

        if (byte == '"' || byte == '\\')
          continue;
        json[2 + place] = (char)byte;
        message = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)json, 44, &error);
        g_assert_cmpint (message != NULL, ==, byte >= 0x20);
        if (byte < 0x20)
          g_assert_cmpstr (error->message, ==, says);
      }
}

static void
test_one_packet (void)
{
  g_test_summary ("One packet from memory has to be whole, and nothing but blanks may follow it.");

  static const char *const rows[][2] = {
    { "[1] \n", NULL },
    { "", "json: the packet is not complete at byte 0" },
    { " ", "json: the packet is not complete at byte 1" },
    { "[1", "json: the packet is not complete at byte 2" },
    { "[1][2]", "json: something follows the packet at byte 3" },
    { "[1] x", "json: something follows the packet at byte 4" },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AempMessage) message = decode (rows[row][0], &error);

      g_assert_cmpint (message != NULL, ==, rows[row][1] == NULL);
      g_assert_cmpstr (error ? error->message : NULL, ==, rows[row][1]);
    }
  g_assert_true (aemp_codec_by_name ("json", 4) == &aemp_codec_json);
  g_assert_true (aemp_codec_by_name ("cbor", 4) == &aemp_codec_cbor);
  g_assert_null (aemp_codec_by_name ("json;", 5));
  g_assert_null (aemp_codec_by_name ("storable", 8));
}

static void
test_streams (void)
{
  g_test_summary ("Packets stand one behind the other, with or without white space; an error in "
                  "the third names its place in the whole stream.");

  static const char stream[]
      = "[]\n[\"snow ☃\"] \t\r\n[1,\"\\u2603\\ud83d\\ude00\",[-1.5e3]][[truE]]";
  AempScanner fresh;
  g_auto (Story) story = { NULL, NULL, 0 };

  aemp_scanner_init (&fresh);
  story = read_stream (&aemp_codec_json, &fresh, (const uint8_t *)stream, sizeof stream - 1, 0, 0);
  g_assert_cmpuint (story.packets->len, ==, 3);
  g_assert_error (story.error, AEMP_ERROR, AEMP_ERROR_MALFORMED);
  g_assert_cmpstr (story.error->message, ==, "json: expected `true`, `false` or `null` at byte 57");
  assert_cuts_do_not_matter (&aemp_codec_json, (const uint8_t *)stream, sizeof stream - 1);
}

static void
test_depth (void)
{
  g_test_summary ("512 levels are taken, as Perl takes them, the 513th is refused where it begins; "
                  "arrays and maps count alike.");

  for (int depth = 510; depth <= 514; depth++)
    for (int maps = 0; maps < 2; maps++)
      {
        g_autoptr (GString) json = g_string_new ("[");
        g_autoptr (AempMessage) message = NULL;
        g_autoptr (GError) error = NULL;

        for (int level = 1; level < depth; level++)
          g_string_append (json, maps ? level == 1 ? "{\"k\":" : "[" : "[");
        for (int level = depth; level-- > 1;)
          g_string_append (json, maps && level == 1 ? "}" : "]");
        if (maps && depth == 2)
          g_string_append (json, "1");
        g_string_append (json, "]");
        message = decode (json->str, &error);
        if (depth <= 512)
          g_assert_no_error (error);
        else
          {
            g_autofree char *says
                = g_strdup_printf ("json: nested too deeply at byte %d", maps ? 516 : 512);

            g_assert_error (error, AEMP_ERROR, AEMP_ERROR_LIMIT);
            g_assert_cmpstr (error->message, ==, says);
          }
        assert_cuts_do_not_matter (&aemp_codec_json, (const uint8_t *)json->str, json->len);
      }
}

static void
test_length_limit (void)
{
  g_test_summary ("A packet of just the limit is taken, one byte more is refused, and so is what "
                  "cannot end within it; blanks in front count.");

  static const struct
  {
    const char *json;
    size_t limit_bytes;
    bool taken;
  } rows[] = {
    { "[\"2345678\"]", 11, true }, { "[\"2345678\"]", 10, false }, { "        []", 10, true },
    { "        []", 9, false },    { "             ", 9, false },  { "[1,2,3,4,5,6", 11, false },
    { "[\"23456789", 10, false },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    for (size_t most = 0; most < 3; most++)
      {
        AempScanner scanner;
        g_auto (Story) story = { NULL, NULL, 0 };

        aemp_scanner_init (&scanner);
        scanner.limit_bytes = rows[row].limit_bytes;
        story = read_stream (&aemp_codec_json, &scanner, (const uint8_t *)rows[row].json,
                             strlen (rows[row].json), most, 1);
        g_test_message ("%s", rows[row].json);
        if (rows[row].taken)
          {
            g_assert_no_error (story.error);
            g_assert_cmpuint (story.packets->len, ==, 1);
          }
        else
          {
            g_assert_error (story.error, AEMP_ERROR, AEMP_ERROR_LIMIT);
            g_assert_true (
                g_str_has_prefix (story.error->message, "json: the packet is longer than"));
          }
      }
}

static void
test_memory_limit (void)
{
  g_test_summary ("A packet within the length limit may still become too large in memory: 40 "
                  "million zeros are refused, before anything is allocated for them.");

  size_t length = 2 * 20 * 1024 * 1024;
  g_autofree char *json = g_malloc (length + 1);
  g_autoptr (GError) error = NULL;

  for (size_t index = 0; index < length; index += 2)
    memcpy (json + index, "0,", 2);
  json[0] = '[';
  json[length] = '\0';
  g_assert_null (decode (json, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED); /* `[,` */
  g_clear_error (&error);
  json[1] = '1';
  g_assert_null (decode (json, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_LIMIT);
  g_assert_true (g_str_has_prefix (error->message, "json: the packet takes too much memory"));
}

/* A scanner that is behind by no more than one unit (an escape is the longest) after each byte
 * looks at every byte a bounded number of times. */
static void
assert_keeps_up (const char *json, size_t length, size_t unit)
{
  AempScanner scanner;
  g_autoptr (GError) error = NULL;

  aemp_scanner_init (&scanner);
  for (size_t there = 1; there < length; there++)
    {
      g_assert_cmpint (aemp_codec_json.scan (&scanner, (const uint8_t *)json, there, &error), ==,
                       AEMP_SCAN_MORE);
      g_assert_cmpuint (there - scanner.position, <, unit);
    }
  g_assert_cmpint (aemp_codec_json.scan (&scanner, (const uint8_t *)json, length, &error), ==,
                   AEMP_SCAN_PACKET);
}

static void
test_trickle (void)
{
  g_test_summary ("A megabyte that trickles in byte by byte is not looked at again and again: a "
                  "long string, a long number, many small values.");

  size_t size = 1 << 20;
  g_autofree char *fill = g_strnfill (size, '7');
  g_autofree char *string = g_strdup_printf ("[\"%s\"]", fill);
  g_autofree char *number = g_strdup_printf ("[%s]", fill);
  g_autoptr (GString) many = g_string_new ("[");

  assert_keeps_up (string, strlen (string), 2);
  assert_keeps_up (number, strlen (number), 2);
  while (many->len < size)
    g_string_append (many, "{\"\\ud83d\\ude00☃\":[null,-1.5e-7,\"\\n\"]} ,\n");
  g_string_append (many, "[]]");
  assert_keeps_up (many->str, many->len, 12);
}

static void
test_encode (void)
{
  g_test_summary ("Packets are appended to what is there: with a port, without one, with a port "
                  "alone, and the keepalive; Perl's table of values for bytes, tags, undefined.");

  g_autoptr (AempMessage) message = aemp_message_new ("s", "tag");
  g_autoptr (AempMessage) cbor = NULL;
  g_autoptr (AempName) port = aemp_name_new ("p\"☃", 5);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GByteArray) bytes = from_hex ("84 43 00e9ff c1 18 2a f7 d9d9f7 f5");
  AempList list = aemp_message_list (message), none = { .count = 0 };

  aemp_codec_json.encode (out, port, &list);
  aemp_codec_json.encode (out, NULL, &list);
  aemp_codec_json.encode (out, port, &none);
  aemp_codec_json.encode (out, NULL, &none);
  g_byte_array_append (out, (const uint8_t *)"", 1);
  g_assert_cmpstr ((char *)out->data, ==, "[\"p\\\"☃\",\"tag\"][\"tag\"][\"p\\\"☃\"][]");

  cbor = aemp_codec_decode_all (&aemp_codec_cbor, bytes->data, bytes->len, NULL);
  list = aemp_message_list (cbor);
  g_byte_array_set_size (out, 0);
  aemp_codec_json.encode (out, NULL, &list);
  g_byte_array_append (out, (const uint8_t *)"", 1);
  g_assert_cmpstr ((char *)out->data, ==, "[\"\\u0000éÿ\",42,null,true]");
}

/* A string with something special in one place, there and back. */
static void
check_string_again (size_t length, size_t place, char special, const char *format)
{
  g_autofree char *string = g_strnfill (length + 1, 'x');
  g_autoptr (AempMessage) message = NULL, back = NULL;
  g_autoptr (GByteArray) out = NULL;
  g_autoptr (GError) error = NULL;
  AempList list, back_list;

  string[place] = special;
  message = aemp_message_new (format, string, length + 1);
  out = encode_list (&aemp_codec_json, message);
  back = aemp_codec_decode_all (&aemp_codec_json, out->data, out->len, &error);
  g_assert_no_error (error);
  list = aemp_message_list (message);
  back_list = aemp_message_list (back);
  g_assert_cmpint (aemp_value_compare (&list.items[0], &back_list.items[0]), ==, 0);
  g_assert_cmpint (back_list.items[0].type, ==, AEMP_TEXT);
}

static void
test_long_strings (void)
{
  g_test_summary ("Strings of every length up to some machine words and pieces, with something to "
                  "escape at each place, come back as they were, as text and as bytes.");

  static const char specials[] = { '"', '\\', '\x01', '\x1f', '\x7f', '\xe9' };

  for (size_t length = 0; length < 600; length = length < 40 ? length + 1 : length + 111)
    for (size_t place = 0; place <= length; place += length < 40 ? 1 : 37)
      for (size_t kind = 0; kind < G_N_ELEMENTS (specials); kind++)
        {
          check_string_again (length, place, specials[kind], "y");
          if (specials[kind] > 0) /* alone it would be no UTF-8 */
            check_string_again (length, place, specials[kind], "t");
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/values", test_values);
  g_test_add_func ("/json/numbers", test_numbers);
  g_test_add_func ("/json/infinities", test_infinities);
  g_test_add_func ("/json/refused", test_refused);
  g_test_add_func ("/json/controls", test_controls);
  g_test_add_func ("/json/one-packet", test_one_packet);
  g_test_add_func ("/json/streams", test_streams);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/length-limit", test_length_limit);
  g_test_add_func ("/json/memory-limit", test_memory_limit);
  g_test_add_func ("/json/trickle", test_trickle);
  g_test_add_func ("/json/encode", test_encode);
  g_test_add_func ("/json/long-strings", test_long_strings);
  return g_test_run ();
}
