/* tests/unit/test-codec-odd-input.c - odd input: what Perl's 2.02 does, what ours does, and
 * why where the two differ.
 *
 * Perl's part is in tests/data/captures/probe-perl-2.02.jsonl; the tables here have a row
 * for each of its rows about odd input, and more. */

#include "captures.h"

/* What a receiver does with a stream.  Perl has no third way: where it does not take
 * something it closes nothing, but throws away all later input of the connection. */
typedef enum
{
  PERL_TAKES, /* the connection goes on; a value that is no array is logged */
  PERL_DEAF,
} Perl;

typedef struct
{
  const char *name;  /* the case in the recording; in brackets: not recorded */
  const char *bytes; /* JSON as it is, CBOR in hexadecimal */
  Perl perl;
  const char *ours;   /* the packets with ` | ` between, or the error */
  const char *reason; /* where the two differ */
} StreamRow;

#define NO_ARRAY "a value that is no array is not from a node: close, instead of guessing"
#define DEAF_IS_WORSE "refused by both; ours closes the connection and says why"

#define TEN(text) text text text text text text text text text text
#define OPEN_100 TEN (TEN ("["))
#define CLOSE_100 TEN (TEN ("]"))
#define OPEN_499 OPEN_100 OPEN_100 OPEN_100 OPEN_100 TEN ("[[[[[[[[[") "[[[[[[[[["
#define CLOSE_499 CLOSE_100 CLOSE_100 CLOSE_100 CLOSE_100 TEN ("]]]]]]]]]") "]]]]]]]]]"

static const StreamRow json_streams[] = {
  { "two in one write", "[\"\",\"devnull\"][\"\",\"time\"]", PERL_TAKES,
    "\"\",\"devnull\" | \"\",\"time\"", NULL },
  { "newline separated", "[\"\",\"a\"]\n\r\n[\"\",\"b\"]\n", PERL_TAKES, "\"\",\"a\" | \"\",\"b\"",
    NULL },
  { "empty array", "[]", PERL_TAKES, "", NULL },
  { "null port", "[null,1]", PERL_TAKES, "null,1", NULL },
  { "number port", "[12,1]", PERL_TAKES, "12,1", NULL },
  { "array port", "[[],1]", PERL_TAKES, "[],1", NULL },
  { "null tag", "[\"\",null]", PERL_TAKES, "\"\",null", NULL },
  { "array tag", "[\"\",[1]]", PERL_TAKES, "\"\",[1]", NULL },
  { "no tag", "[\"\"]", PERL_TAKES, "\"\"", NULL },
  { "unknown port", "[\"nosuchport\",1]", PERL_TAKES, "\"nosuchport\",1", NULL },
  { "unknown function", "[\"\",\"no::such\"]", PERL_TAKES, "\"\",\"no::such\"", NULL },
  { "port with nodeid", "[\"seed#x\",1]", PERL_TAKES, "\"seed#x\",1", NULL },
  { "object instead of array", "{\"a\":1}", PERL_TAKES,
    "json: a packet is an array, expected `[` at byte 0", NO_ARRAY },
  { "string instead of array", "\"text\"", PERL_TAKES,
    "json: a packet is an array, expected `[` at byte 0", NO_ARRAY },
  { "number", "12 ", PERL_TAKES, "json: a packet is an array, expected `[` at byte 0", NO_ARRAY },
  { "garbage", "garbage", PERL_DEAF, "json: a packet is an array, expected `[` at byte 0",
    DEAF_IS_WORSE },
  { "unbalanced", "[1]]", PERL_DEAF, "json: a packet is an array, expected `[` at byte 3",
    DEAF_IS_WORSE },
  { "bad utf8", "[\"\xff\xfe\"]", PERL_DEAF, "json: invalid UTF-8 at byte 2", DEAF_IS_WORSE },
  { "overlong", "[\"\xc0\xaf\"]", PERL_DEAF, "json: invalid UTF-8 at byte 2", DEAF_IS_WORSE },
  { "utf8 bom", "\xef\xbb\xbf[]", PERL_DEAF, "json: a packet is an array, expected `[` at byte 0",
    DEAF_IS_WORSE },
  { "lone surrogate", "[\"\\ud800\"]", PERL_DEAF, "json: half of a surrogate pair at byte 2",
    DEAF_IS_WORSE },
  { "raw control", "[\"a\x01\"]", PERL_DEAF, "json: control character in a string at byte 3",
    DEAF_IS_WORSE },
  { "big number", "[123456789012345678901234567890]", PERL_TAKES,
    "\"123456789012345678901234567890\"", NULL },
  { "huge exponent", "[1E400]", PERL_TAKES, "\"1E400\"",
    "Perl makes an infinity of it and echoes `inf`, which is no JSON; the digits lose nothing" },
  { "leading zero", "[01]", PERL_DEAF, "json: expected `,` or `]` at byte 2", DEAF_IS_WORSE },
  { "trailing comma", "[1,]", PERL_DEAF, "json: expected a value at byte 3", DEAF_IS_WORSE },
  { "comment", "# comment\n[]", PERL_TAKES, "json: a packet is an array, expected `[` at byte 0",
    "RFC 8259 knows no comments, and no node sends any" },
  { "depth 500", "[" OPEN_499 CLOSE_499 "]", PERL_TAKES, OPEN_499 CLOSE_499, NULL },
  { "depth 600", "[" OPEN_499 OPEN_100 CLOSE_100 CLOSE_499 "]", PERL_DEAF,
    "json: nested too deeply at byte 512", DEAF_IS_WORSE },
  { "one byte a write", "[\"t\",\"spl☃it\"]", PERL_TAKES, "\"t\",\"spl☃it\"", NULL },
  { "(comment inside)", "[1 # one\n,2]", PERL_TAKES, "json: expected `,` or `]` at byte 3",
    "as above" },
  { "(duplicate keys)", "[{\"a\":1,\"b\":2,\"a\":3}]", PERL_TAKES, "{\"a\":3,\"b\":2}", NULL },
  { "(null)", "null ", PERL_TAKES, "json: a packet is an array, expected `[` at byte 0", NO_ARRAY },
};

static const StreamRow cbor_streams[] = {
  { "text strings", "82 60 6474696d65", PERL_TAKES, "\"\",\"time\"", NULL },
  { "byte strings", "82 40 4474696d65", PERL_TAKES, "\"\",\"time\"", NULL },
  { "indefinite array", "9f 40 4474696d65 ff", PERL_TAKES, "\"\",\"time\"", NULL },
  { "indefinite string", "82 40 5f 427469 426d65 ff", PERL_TAKES, "\"\",\"time\"", NULL },
  { "null port", "82 f6 01", PERL_TAKES, "null,1", NULL },
  { "empty array", "80", PERL_TAKES, "", NULL },
  { "map instead of array", "a1 4161 01", PERL_TAKES,
    "cbor: a packet is an array, expected one at byte 0", NO_ARRAY },
  { "string instead of array", "4161", PERL_TAKES,
    "cbor: a packet is an array, expected one at byte 0", NO_ARRAY },
  { "number", "0c", PERL_TAKES, "cbor: a packet is an array, expected one at byte 0", NO_ARRAY },
  { "self describe tag", "d9d9f7 82 40 4474696d65", PERL_TAKES, "\"\",\"time\"", NULL },
  { "bad utf8 text", "82 40 62 c328", PERL_TAKES, "cbor: invalid UTF-8 in a text at byte 4",
    "RFC 8949 calls it invalid; inside Perl it becomes a broken string, and nobody could write "
    "it as JSON" },
  { "undefined", "82 40 f7", PERL_TAKES, "\"\",null", NULL },
  { "unknown tag", "82 40 d93039 01", PERL_TAKES, "\"\",1", NULL },
  { "perl object tag 26", "82 40 d81a 82 6158 01", PERL_DEAF, "\"\",[\"X\",1]",
    "to us it is a tag like any other; only Perl would make an object of it" },
  { "shared ref tags 28/29", "83 40 d81c 81 01 d81d 00", PERL_TAKES, "\"\",[1],0",
    NULL }, /* Perl resolves the reference, ours keeps both tags; neither was ever sent */
  { "stringref tags 256/25", "82 40 d90100 82 63616263 d819 00", PERL_TAKES, "\"\",[\"abc\",0]",
    NULL }, /* as before */
  { "break alone", "ff", PERL_DEAF, "cbor: a packet is an array, expected one at byte 0",
    DEAF_IS_WORSE },
  { "reserved 1c", "82 40 1c", PERL_DEAF, "cbor: a reserved first byte of an item at byte 2",
    DEAF_IS_WORSE },
  { "one byte a write", "82 4174 4573706c6974", PERL_TAKES, "\"t\",\"split\"", NULL },
  { "(null)", "f6", PERL_TAKES, "cbor: a packet is an array, expected one at byte 0", NO_ARRAY },
  { "(bignum beyond 64 bits)", "82 40 c2 49 010000000000000000", PERL_TAKES,
    "\"\",\"\\u0001\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\"", NULL },
  { "(duplicate keys)", "81 a2 4161 01 4161 02", PERL_TAKES, "{\"a\":2}", NULL },
  { "(list as a key)", "81 a1 80 01", PERL_TAKES,
    "cbor: a key that is no string and no integer at byte 2",
    "Perl's key would be the address of a list" },
};

typedef struct
{
  const char *sent;
  const char *perl;
  const char *ours; /* NULL: the same */
  const char *reason;
} JsonRow;

#define STAYS_DOUBLE "a double stays a double: nobody has to guess whether it was one"
#define SAME_DOUBLE "the same double, spelled shorter"
#define EXACT "integers are exact in the range of CBOR's"

static const JsonRow json_values[] = {
  { "0", "0", NULL, NULL },
  { "1", "1", NULL, NULL },
  { "-1", "-1", NULL, NULL },
  { "-0", "0", NULL, NULL },
  { "12", "12", NULL, NULL },
  { "\"12\"", "\"12\"", NULL, NULL },
  { "1.0", "1", "1.0", STAYS_DOUBLE },
  { "1.5", "1.5", NULL, NULL },
  { "-0.0", "-0", "-0.0", STAYS_DOUBLE },
  { "1e3", "1000", "1000.0", STAYS_DOUBLE },
  { "1E400", "inf", "\"1E400\"", "`inf` is no JSON; the digits lose nothing" },
  { "0.1", "0.1", NULL, NULL },
  { "1e100", "1e+100", NULL, NULL },
  { "1e-7", "1e-07", "1e-7", SAME_DOUBLE },
  { "123456789.125", "123456789.125", NULL, NULL },
  { "3.14159265358979", "3.14159265358979", NULL, NULL },
  { "9007199254740993", "9007199254740993", NULL, NULL },
  { "9223372036854775807", "9223372036854775807", NULL, NULL },
  { "9223372036854775808", "9223372036854775808", NULL, NULL },
  { "18446744073709551615", "18446744073709551615", NULL, NULL },
  { "18446744073709551616", "\"18446744073709551616\"", NULL, NULL },
  { "-9223372036854775808", "\"-9223372036854775808\"", "-9223372036854775808", EXACT },
  { "-9223372036854775809", "\"-9223372036854775809\"", "-9223372036854775809", EXACT },
  { "12345678901234567890123", "\"12345678901234567890123\"", NULL, NULL },
  { "true", "true", NULL, NULL },
  { "false", "false", NULL, NULL },
  { "null", "null", NULL, NULL },
  { "\"\"", "\"\"", NULL, NULL },
  { "[]", "[]", NULL, NULL },
  { "{}", "{}", NULL, NULL },
  { "{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}", NULL, NULL },
  { "\"\\u00e9\"", "\"é\"", NULL, NULL },
  { "\"é\"", "\"é\"", NULL, NULL },
  { "\"\\u2603\"", "\"☃\"", NULL, NULL },
  { "\"\\ud83d\\ude00\"", "\"😀\"", NULL, NULL },
  { "\"\\u0000\"", "\"\\u0000\"", NULL, NULL },
  { "\"\\u007f\"", "\"\x7f\"", NULL, NULL },
  { "\"\\/\"", "\"/\"", NULL, NULL },
  { "\"a\\tb\"", "\"a\\tb\"", NULL, NULL },
  { "\"\\u001f\"", "\"\\u001f\"", NULL, NULL },
  { "\"\\u2028\"", "\"\xe2\x80\xa8\"", NULL, NULL },
  { "\"\\ufffe\"", "\"\xef\xbf\xbe\"", NULL, NULL },
};

typedef struct
{
  const char *name;
  const char *sent;
  const char *perl; /* empty: deaf from then on */
  const char *ours; /* NULL: the same; may be an error */
  const char *reason;
} CborRow;

#define STAYS_TEXT "a key keeps the form in which it came"
#define KEEPS_TAG "a tag of whatever number is kept as it is"

static const CborRow cbor_values[] = {
  { "0", "00", "00", NULL, NULL },
  { "-1", "20", "20", NULL, NULL },
  { "300", "19012c", "19012c", NULL, NULL },
  { "2^32", "1b0000000100000000", "1b0000000100000000", NULL, NULL },
  { "2^63-1", "1b7fffffffffffffff", "1b7fffffffffffffff", NULL, NULL },
  { "2^63", "1b8000000000000000", "1b8000000000000000", NULL, NULL },
  { "2^64-1", "1bffffffffffffffff", "1bffffffffffffffff", NULL, NULL },
  { "-2^63", "3b7fffffffffffffff", "3b7fffffffffffffff", NULL, NULL },
  { "-2^63-1", "3b8000000000000000", "1b7fffffffffffffff", "3b8000000000000000", EXACT },
  { "-2^64", "3bffffffffffffffff", "00", "3bffffffffffffffff", EXACT },
  { "long form 1", "1801", "01", NULL, NULL },
  { "long form 1 (8 bytes)", "1b0000000000000001", "01", NULL, NULL },
  { "1.5 double", "fb3ff8000000000000", "fa3fc00000", NULL, NULL },
  { "0.1 double", "fb3fb999999999999a", "fb3fb999999999999a", NULL, NULL },
  { "1.0 double", "fb3ff0000000000000", "01", "fa3f800000", STAYS_DOUBLE },
  { "1e300", "fb7e37e43c8800759c", "fb7e37e43c8800759c", NULL, NULL },
  { "1.5 half", "f93e00", "fa3fc00000", NULL, NULL },
  { "1.5 single", "fa3fc00000", "fa3fc00000", NULL, NULL },
  { "inf", "f97c00", "fa7f800000", NULL, NULL },
  { "nan", "f97e00", "fb7ff8000000000000", "fa7fc00000", "NaN is NaN, in fewer bytes" },
  { "text ascii", "63616263", "63616263", NULL, NULL },
  { "text empty", "60", "60", NULL, NULL },
  { "text e-acute", "62c3a9", "62c3a9", NULL, NULL },
  { "text snowman", "63e29883", "63e29883", NULL, NULL },
  { "bytes abc", "43616263", "43616263", NULL, NULL },
  { "bytes ff", "42ff00", "42ff00", NULL, NULL },
  { "bytes utf8 snowman", "43e29883", "43e29883", NULL, NULL },
  { "text 12", "623132", "623132", NULL, NULL },
  { "true", "f5", "f5", NULL, NULL },
  { "false", "f4", "f4", NULL, NULL },
  { "null", "f6", "f6", NULL, NULL },
  { "undefined", "f7", "f7", NULL, NULL },
  { "simple 32", "f820", "", "cbor: a simple value without meaning at byte 1", DEAF_IS_WORSE },
  { "array", "82018102", "82018102", NULL, NULL },
  { "map text key", "a1616b01", "a1416b01", "a1616b01", STAYS_TEXT },
  { "map bytes key", "a1416b01", "a1416b01", NULL, NULL },
  { "map int key", "a10102", "a1413102", "a1613102",
    "its digits are text; as a key it is the same" },
  { "map snowman key", "a163e2988301", "a163e2988301", NULL, NULL },
  { "indef array", "9f01ff", "8101", NULL, NULL },
  { "indef map", "bf616b01ff", "a1416b01", "a1616b01", STAYS_TEXT },
  { "indef text", "7f61616162ff", "626162", NULL, NULL },
  { "tag 0 date", "c074323032302d30312d30315430303a30303a30305a", "c11a5e0be100",
    "c074323032302d30312d30315430303a30303a30305a", KEEPS_TAG },
  { "tag 1 epoch", "c101", "c101", NULL, NULL },
  { "bignum tag 2", "c249010000000000000000", "c249010000000000000000", NULL, NULL },
  { "uri tag 32", "d82069687474703a2f2f612f", "", "d82069687474703a2f2f612f", KEEPS_TAG },
};

/* What ours does with a stream, as in the tables. */
static char *
describe (const AempCodec *codec, const uint8_t *bytes, size_t length)
{
  AempScanner fresh;
  g_auto (Story) story = { NULL, NULL, 0 };
  g_autoptr (GString) text = g_string_new (NULL);

  aemp_scanner_init (&fresh);
  story = read_stream (codec, &fresh, bytes, length, 0, 0);
  assert_cuts_do_not_matter (codec, bytes, length);
  if (story.error)
    return g_strdup (story.error->message);
  for (guint index = 0; index < story.packets->len; index++)
    {
      AempList list = aemp_message_list (story.packets->pdata[index]);
      g_autofree char *packet = aemp_list_to_text (&list, 0);

      g_string_append_printf (text, "%s%s", index > 0 ? " | " : "", packet);
    }
  return g_strdup (text->str);
}

static bool
is_error (const char *ours)
{
  return g_str_has_prefix (ours, "json:") || g_str_has_prefix (ours, "cbor:");
}

static void
check_streams (const AempCodec *codec, const StreamRow *rows, size_t count)
{
  for (size_t row = 0; row < count; row++)
    {
      g_autoptr (GByteArray) bytes = NULL;
      g_autofree char *ours = NULL;

      g_test_message ("%s", rows[row].name);
      if (codec == &aemp_codec_cbor)
        bytes = from_hex (rows[row].bytes);
      else
        {
          bytes = g_byte_array_new ();
          g_byte_array_append (bytes, (const uint8_t *)rows[row].bytes,
                               (guint)strlen (rows[row].bytes));
        }
      ours = describe (codec, bytes->data, bytes->len);
      g_assert_cmpstr (ours, ==, rows[row].ours);
      if (rows[row].perl == PERL_DEAF || is_error (ours))
        g_assert_nonnull (rows[row].reason);
    }
}

static void
test_json_streams (void)
{
  g_test_summary ("Odd JSON after the handshake: taken, or refused with the place and a reason.");
  check_streams (&aemp_codec_json, json_streams, G_N_ELEMENTS (json_streams));
}

static void
test_cbor_streams (void)
{
  g_test_summary ("Odd CBOR after the handshake: taken, or refused with the place and a reason.");
  check_streams (&aemp_codec_cbor, cbor_streams, G_N_ELEMENTS (cbor_streams));
}

static void
test_json_values (void)
{
  g_test_summary ("Values that Perl echoes in JSON: ours are the same or differ for a reason.");

  for (size_t row = 0; row < G_N_ELEMENTS (json_values); row++)
    {
      const char *expected = json_values[row].ours ? json_values[row].ours : json_values[row].perl;
      g_autofree char *packet = g_strdup_printf ("[%s]", json_values[row].sent);
      g_autofree char *ours = describe (&aemp_codec_json, (const uint8_t *)packet, strlen (packet));

      g_assert_cmpstr (ours, ==, expected);
      g_assert_cmpint (g_strcmp0 (ours, json_values[row].perl) != 0, ==,
                       json_values[row].reason != NULL);
    }
}

static void
test_cbor_values (void)
{
  g_test_summary ("Values that Perl echoes in CBOR: ours are the same or differ for a reason.");

  for (size_t row = 0; row < G_N_ELEMENTS (cbor_values); row++)
    {
      const char *expected = cbor_values[row].ours ? cbor_values[row].ours : cbor_values[row].perl;
      g_autofree char *packet = g_strconcat ("81", cbor_values[row].sent, NULL);
      g_autoptr (GByteArray) bytes = from_hex (packet);
      g_autoptr (GError) error = NULL;
      g_autoptr (AempMessage) message
          = aemp_codec_decode_all (&aemp_codec_cbor, bytes->data, bytes->len, &error);
      g_autofree char *ours = NULL;

      g_test_message ("%s", cbor_values[row].name);
      if (message)
        {
          g_autoptr (GByteArray) out = encode_list (&aemp_codec_cbor, message);

          ours = to_hex (out->data + 1, out->len - 1);
        }
      else
        ours = g_strdup (error->message);
      g_assert_cmpstr (ours, ==, expected);
      g_assert_cmpint (g_strcmp0 (ours, cbor_values[row].perl) != 0, ==,
                       cbor_values[row].reason != NULL);
    }
}

static const StreamRow *
find_stream (const StreamRow *rows, size_t count, const char *name)
{
  for (size_t row = 0; row < count; row++)
    if (strcmp (rows[row].name, name) == 0)
      return &rows[row];
  return NULL;
}

/* A recorded stream case has its row, with the same fate. */
static void
check_recorded_stream (const AempValue *map, const StreamRow *row)
{
  const AempValue *alive = aemp_map_get (map, "alive");

  g_test_message ("%s", capture_string (map, "case"));
  g_assert_nonnull (row);
  g_assert_cmpint (row->perl == PERL_TAKES, ==, alive ? alive->as.boolean : true);
}

static void
check_recorded_json (const AempValue *map, guint row)
{
  g_assert_cmpuint (row, <, G_N_ELEMENTS (json_values));
  g_assert_cmpstr (capture_string (map, "sent"), ==, json_values[row].sent);
  g_assert_cmpstr (capture_string (map, "got"), ==, json_values[row].perl);
}

static void
check_recorded_cbor (const AempValue *map, guint row)
{
  g_assert_cmpuint (row, <, G_N_ELEMENTS (cbor_values));
  g_assert_cmpstr (capture_string (map, "sent"), ==, cbor_values[row].name);
  g_assert_cmpstr (capture_string (map, "sent_hex"), ==, cbor_values[row].sent);
  g_assert_cmpstr (capture_string (map, "got_hex"), ==, cbor_values[row].perl);
}

static void
test_recorded (void)
{
  g_test_summary ("The tables have a row for each recorded case, and Perl's column says what was "
                  "recorded.");

  g_autoptr (GPtrArray) lines = capture_lines ("probe-perl-2.02.jsonl");
  guint json_streams_seen = 0, cbor_streams_seen = 0, json_seen = 0, cbor_seen = 0;

  for (guint index = 0; index < lines->len; index++)
    {
      const AempValue *map = capture_map (lines, index);
      const char *probe = capture_string (map, "probe"), *name = capture_string (map, "case");

      if (strcmp (probe, "json_stream") == 0 && ++json_streams_seen)
        check_recorded_stream (map, find_stream (json_streams, G_N_ELEMENTS (json_streams), name));
      else if (strcmp (probe, "cbor_stream") == 0 && ++cbor_streams_seen)
        check_recorded_stream (map, find_stream (cbor_streams, G_N_ELEMENTS (cbor_streams), name));
      else if (strcmp (probe, "json_values") == 0)
        check_recorded_json (map, json_seen++);
      else if (strcmp (probe, "cbor_values") == 0)
        check_recorded_cbor (map, cbor_seen++);
    }
  g_assert_cmpuint (json_streams_seen, ==, 30);
  g_assert_cmpuint (cbor_streams_seen, ==, 19);
  g_assert_cmpuint (json_seen, ==, G_N_ELEMENTS (json_values));
  g_assert_cmpuint (cbor_seen, ==, G_N_ELEMENTS (cbor_values));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/odd-input/recorded", test_recorded);
  g_test_add_func ("/odd-input/json-streams", test_json_streams);
  g_test_add_func ("/odd-input/cbor-streams", test_cbor_streams);
  g_test_add_func ("/odd-input/json-values", test_json_values);
  g_test_add_func ("/odd-input/cbor-values", test_cbor_values);
  return g_test_run ();
}
