/* tests/unit/test-value.c - names, and what can be asked of values. */

#include "engine/value.h"

#include <string.h>

#define HASH_EMPTY UINT64_C (0x2ea02b1365def25e)
#define HASH_RUTH UINT64_C (0x1a6d3cedd3ca02f0)
#define HASH_LONG UINT64_C (0x4b04db003d6cb235)
#define HASH_MIX UINT64_C (0x006b716eb6dd21ad)

static AempValue
text (const char *string)
{
  return (AempValue){ .type = AEMP_TEXT, .length = (uint32_t)strlen (string), .as.string = string };
}

static AempValue
bytes (const char *string)
{
  AempValue value = text (string);

  value.type = AEMP_BYTES;
  return value;
}

static AempValue
integer (int64_t number)
{
  return (AempValue){ .type = AEMP_INTEGER,
                      .negative = number < 0,
                      .as.integer = (uint64_t)(number < 0 ? -1 - number : number) };
}

static AempValue
real (double number)
{
  return (AempValue){ .type = AEMP_DOUBLE, .as.real = number };
}

static void
test_names (void)
{
  g_test_summary ("A name is found again by a view that was made without allocation; a reference "
                  "to a view is a name of its own, which outlives the text.");

  char buffer[] = "ruth#abc";
  AempName view = aemp_name_view (buffer, 4);
  g_autoptr (AempName) kept = aemp_name_ref (&view);
  g_autoptr (AempName) same = aemp_name_ref (kept);
  g_autoptr (AempName) other = aemp_name_new ("rutH", 4);
  g_autoptr (AempName) longer = aemp_name_new (buffer, sizeof buffer - 1);
  g_autoptr (AempName) empty = aemp_name_new (NULL, 0);

  memset (buffer, 'x', sizeof buffer);
  g_assert_true (same == kept);
  g_assert_cmpstr (kept->text, ==, "ruth");
  g_assert_cmpstr (empty->text, ==, "");
  view = aemp_name_view ("ruth", 4);
  g_assert_true (aemp_name_equal (&view, kept));
  g_assert_cmpuint (view.hash, ==, kept->hash);
  g_assert_false (aemp_name_equal (other, kept));
  g_assert_cmpint (aemp_name_compare (other, kept), <, 0);
  g_assert_cmpint (aemp_name_compare (longer, kept), >, 0);
  g_assert_cmpint (aemp_name_compare (empty, kept), <, 0);
  g_assert_cmpint (aemp_name_compare (&view, kept), ==, 0);
}

static void
test_hash_is_fixed (void)
{
  g_test_summary ("Hashes stand in digests: these numbers may never change.  Every length and "
                  "every byte counts, and nothing behind the length does.");

  GHashTable *seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  uint64_t hashes[40 * 2];
  char buffer[48];

  g_assert_cmphex (aemp_hash_bytes ("", 0), ==, HASH_EMPTY);
  g_assert_cmphex (aemp_hash_bytes ("ruth", 4), ==, HASH_RUTH);
  g_assert_cmphex (aemp_hash_bytes ("a longer name, two words and more", 33), ==, HASH_LONG);
  g_assert_cmphex (aemp_hash_mix (1, 2), ==, HASH_MIX);
  for (size_t length = 0; length < 40; length++)
    {
      memset (buffer, 0, sizeof buffer);
      hashes[2 * length] = aemp_hash_bytes (buffer, length);
      buffer[length] = 'x'; /* behind the end */
      g_assert_cmphex (aemp_hash_bytes (buffer, length), ==, hashes[2 * length]);
      hashes[2 * length + 1] = aemp_hash_bytes (buffer, length + 1);
    }
  for (size_t index = 0; index < G_N_ELEMENTS (hashes); index++)
    g_assert_true (g_hash_table_add (seen, &hashes[index]));
  g_hash_table_unref (seen);
}

static void
test_hash_bits (void)
{
  g_test_summary ("One bit changed in the bytes changes about half of the bits of the hash.");

  for (size_t length = 1; length <= 24; length++)
    for (size_t bit = 0; bit < 8 * length; bit++)
      {
        uint8_t buffer[24] = { 0x5a, 1, 2, 3 };
        uint64_t before = aemp_hash_bytes (buffer, length), after;

        buffer[bit / 8] ^= (uint8_t)(1 << bit % 8);
        after = aemp_hash_bytes (buffer, length);
        g_assert_cmpint (__builtin_popcountll (before ^ after), >, 12);
        g_assert_cmpint (__builtin_popcountll (before ^ after), <, 52);
      }
}

static void
test_readers_forgive (void)
{
  g_test_summary ("Perl mixes numbers and their digits: both are taken, as long as they are whole "
                  "numbers where those are asked for.  What does not fit leaves the result alone.");

  static const struct
  {
    const char *spelled;
    bool is_integer, is_unsigned, is_double;
    int64_t integer;
    double real;
  } rows[] = {
    { "0", true, true, true, 0, 0 },
    { "-7", true, false, true, -7, -7 },
    { "9223372036854775807", true, true, true, INT64_MAX, 9223372036854775807.0 },
    { "-9223372036854775808", true, false, true, INT64_MIN, -9223372036854775808.0 },
    { "9223372036854775808", false, true, true, 0, 9223372036854775808.0 },
    { "18446744073709551616", false, false, false, 0, 0 },
    { "1.5", false, false, true, 0, 1.5 },
    { "3.0", true, true, true, 3, 3 },
    { "1e3", true, true, true, 1000, 1000 },
    { "1e400", false, false, false, 0, 0 },
    { "", false, false, false, 0, 0 },
    { "12 ", false, false, false, 0, 0 },
    { "0x10", false, false, false, 0, 0 },
    { "+1", false, false, false, 0, 0 },
    { "012", false, false, false, 0, 0 },
    { "ruth", false, false, false, 0, 0 },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      AempValue both[] = { text (rows[row].spelled), bytes (rows[row].spelled) };

      for (size_t form = 0; form < 2; form++)
        {
          int64_t whole = 99;
          uint64_t natural = 99;
          double number = 99;

          g_test_message ("%s", rows[row].spelled);
          g_assert_cmpint (aemp_value_get_integer (&both[form], &whole), ==, rows[row].is_integer);
          g_assert_cmpint (whole, ==, rows[row].is_integer ? rows[row].integer : 99);
          g_assert_cmpint (aemp_value_get_unsigned (&both[form], &natural), ==,
                           rows[row].is_unsigned);
          g_assert_cmpint (aemp_value_get_double (&both[form], &number), ==, rows[row].is_double);
          g_assert_true (number == (rows[row].is_double ? rows[row].real : 99));
        }
    }
}

static void
test_numbers_as_numbers (void)
{
  g_test_summary ("Numbers answer as what they are; nothing but strings and numbers does.");

  AempValue half = real (0.5), three = real (3), huge = real (1e300),
            nan = real (__builtin_nan (""));
  AempValue least = { .type = AEMP_INTEGER, .negative = true, .as.integer = UINT64_MAX };
  AempValue yes = { .type = AEMP_BOOLEAN, .as.boolean = true };
  int64_t whole = 99;
  uint64_t natural = 99;
  double number = 99;

  g_assert_false (aemp_value_get_integer (NULL, &whole));
  g_assert_false (aemp_value_get_integer (&half, &whole));
  g_assert_false (aemp_value_get_integer (&huge, &whole));
  g_assert_false (aemp_value_get_integer (&least, &whole));
  g_assert_false (aemp_value_get_integer (&yes, &whole));
  g_assert_false (aemp_value_get_double (&nan, &number));
  g_assert_cmpint (whole, ==, 99);
  g_assert_true (aemp_value_get_integer (&three, &whole));
  g_assert_cmpint (whole, ==, 3);
  g_assert_true (aemp_value_get_unsigned (&three, &natural));
  g_assert_cmpint (natural, ==, 3);
  g_assert_true (aemp_value_get_double (&least, &number));
  g_assert_true (number == -18446744073709551616.0);
  g_assert_true (aemp_value_get_double (&half, &number));
  g_assert_true (number == 0.5);
}

static void
test_strings (void)
{
  g_test_summary ("Text and bytes of the same code points are the same string; a number is its "
                  "digits.");

  AempValue latin = bytes ("caf\xe9"), utf8 = text ("café"), snow = text ("sn☃w");
  AempValue twelve = integer (12), minus = integer (-3), half = real (2.5), whole = real (3);
  AempValue nothing = { .type = AEMP_NULL };
  g_autofree char *latin_text = NULL, *half_text = NULL, *whole_text = NULL;
  size_t length;

  g_assert_true (aemp_value_is (&latin, "café"));
  g_assert_true (aemp_value_is (&utf8, "café"));
  g_assert_false (aemp_value_is (&latin, "caf"));
  g_assert_false (aemp_value_is (&latin, "café!"));
  g_assert_false (aemp_value_is (&latin, "caf☃"));
  g_assert_true (aemp_value_is (&snow, "sn☃w"));
  g_assert_true (aemp_value_is (&twelve, "12"));
  g_assert_false (aemp_value_is (&twelve, "1"));
  g_assert_true (aemp_value_is (&minus, "-3"));
  g_assert_true (aemp_value_is (&half, "2.5"));
  g_assert_true (aemp_value_is (&whole, "3"));
  g_assert_false (aemp_value_is (&nothing, ""));
  g_assert_false (aemp_value_is (NULL, ""));
  latin_text = aemp_value_dup_text (&latin, &length);
  g_assert_cmpstr (latin_text, ==, "café");
  g_assert_cmpuint (length, ==, 5);
  half_text = aemp_value_dup_text (&half, NULL);
  g_assert_cmpstr (half_text, ==, "2.5");
  whole_text = aemp_value_dup_text (&whole, NULL);
  g_assert_cmpstr (whole_text, ==, "3");
  g_assert_null (aemp_value_dup_text (&nothing, &length));
  g_assert_null (aemp_value_dup_text (NULL, NULL));
}

static void
test_names_of_values (void)
{
  g_test_summary ("The name of a string borrows it where it can: only bytes from 0x80 on and "
                  "numbers need one of their own.");

  AempValue values[] = { text ("ruth"), bytes ("ruth"), text ("é"), bytes ("\xe9"), integer (7) };
  const char *names[] = { "ruth", "ruth", "é", "é", "7" };
  bool own[] = { false, false, false, true, true };
  AempValue list = { .type = AEMP_ARRAY };
  AempName view;
  AempName *owned;

  for (size_t index = 0; index < G_N_ELEMENTS (values); index++)
    {
      AempName expected = aemp_name_view (names[index], strlen (names[index]));

      g_assert_true (aemp_value_name (&values[index], &view, &owned));
      g_assert_true (aemp_name_equal (&view, &expected));
      g_assert_cmpint (owned != NULL, ==, own[index]);
      aemp_name_unref (owned);
    }
  g_assert_false (aemp_value_name (&list, &view, &owned));
  g_assert_null (owned);
  g_assert_false (aemp_value_name (NULL, &view, &owned));
}

static void
test_order (void)
{
  g_test_summary ("One total order over everything: each of these rows is greater than the one "
                  "before.  Within a row all are equal, and their hashes with them.");

  AempValue one_two[] = { integer (1), integer (2) }, one[] = { real (1) },
            big_one[] = { integer (2) };
  AempValue tagged_content[] = { integer (5), text ("b") };
  AempValue pair[] = { text ("k"), integer (1) }, bytes_pair[] = { bytes ("k"), real (1) };
  AempValue later_pair[] = { text ("l"), integer (0) };
  AempValue rows[][4] = {
    { { .type = AEMP_NULL },
      { .type = AEMP_UNDEFINED },
      real (__builtin_nan ("")),
      real (__builtin_inf ()) },
    { { .type = AEMP_BOOLEAN, .as.boolean = false } },
    { { .type = AEMP_BOOLEAN, .as.boolean = true } },
    { real (-1e300) },
    { { .type = AEMP_INTEGER, .negative = true, .as.integer = UINT64_MAX },
      real (-18446744073709551616.0) },
    { { .type = AEMP_INTEGER, .negative = true, .as.integer = UINT64_MAX - 1 } },
    { integer (-3), real (-3) },
    { real (-2.5) },
    { integer (-2), real (-2) },
    { real (-0.5) },
    { integer (0), real (0), real (-0.0) },
    { real (5e-324) },
    { real (0.5) },
    { integer (1), real (1) },
    { integer (9007199254740992), real (9007199254740992.0) },
    { integer (9007199254740993) },
    { { .type = AEMP_INTEGER, .as.integer = UINT64_MAX } },
    { real (18446744073709551616.0) },
    { text (""), bytes ("") },
    { text ("1"), bytes ("1") },
    { text ("a") },
    { text ("ab"), bytes ("ab") },
    { text ("b"), bytes ("b"), { .type = AEMP_TAGGED, .length = 2, .as.items = tagged_content } },
    { bytes ("\x7f") },
    { bytes ("\xc3\xa9") }, /* the code points c3 and a9 */
    { bytes ("\xe9"), text ("é") },
    { text ("ÿ"), bytes ("\xff") },
    { text ("☃") },
    { text ("\xef\xbf\xbf") }, /* U+FFFF, which UTF-16 would put behind the next */
    { text ("😀") },
    { { .type = AEMP_ARRAY } },
    { { .type = AEMP_ARRAY, .length = 1, .as.items = one },
      { .type = AEMP_ARRAY, .length = 1, .as.items = one_two } },
    { { .type = AEMP_ARRAY, .length = 2, .as.items = one_two } },
    { { .type = AEMP_ARRAY, .length = 1, .as.items = big_one } },
    { { .type = AEMP_MAP } },
    { { .type = AEMP_MAP, .length = 1, .as.items = pair },
      { .type = AEMP_MAP, .length = 1, .as.items = bytes_pair } },
    { { .type = AEMP_MAP, .length = 1, .as.items = later_pair } },
  };

  for (size_t row = 0; row < G_N_ELEMENTS (rows); row++)
    for (size_t other = 0; other < G_N_ELEMENTS (rows); other++)
      for (size_t column = 0; column < 4; column++)
        {
          const AempValue *value = &rows[row][column], *with = &rows[other][0];
          int order;

          if (column > 0 && value->type == AEMP_NULL)
            continue; /* the row is shorter */
          order = aemp_value_compare (value, with);
          g_test_message ("row %zu column %zu with row %zu", row, column, other);
          g_assert_cmpint ((order > 0) - (order < 0), ==, (row > other) - (row < other));
          order = aemp_value_compare (with, value);
          g_assert_cmpint ((order > 0) - (order < 0), ==, (row < other) - (row > other));
          g_assert_true ((aemp_value_hash (value) == aemp_value_hash (with)) == (row == other));
        }
}

static void
test_long_latin (void)
{
  g_test_summary ("A long byte string hashes as the text of its code points, also where it does "
                  "not fit on the stack.");

  g_autofree char *raw = g_strnfill (1000, '\xe9');
  g_autofree char *utf8 = g_convert (raw, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  AempValue one = bytes (raw), other = text (utf8);

  g_assert_cmpuint (aemp_value_hash (&one), ==, aemp_value_hash (&other));
  g_assert_cmpint (aemp_value_compare (&one, &other), ==, 0);
}

static void
test_map_get (void)
{
  g_test_summary ("Every key of a map is found, in either form, and no other.");

  AempValue items[2 * 50];
  char keys[50][8];
  AempValue map = { .type = AEMP_MAP, .length = 50, .as.items = items };

  for (int index = 0; index < 50; index++)
    {
      g_snprintf (keys[index], sizeof keys[index], "k%02d", 2 * index);
      items[2 * index] = index % 2 ? text (keys[index]) : bytes (keys[index]);
      items[2 * index + 1] = integer (index);
    }
  for (map.length = 0; map.length <= 50; map.length++)
    for (int number = -1; number < 101; number++)
      {
        g_autofree char *key = g_strdup_printf ("k%02d", number);
        const AempValue *found = aemp_map_get (&map, key);

        if (number >= 0 && number % 2 == 0 && number / 2 < (int)map.length)
          g_assert_true (found == &items[number + 1]);
        else
          g_assert_null (found);
      }
  g_assert_null (aemp_map_get (NULL, "k00"));
  g_assert_null (aemp_map_get (&items[0], "k00"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/name/views-and-references", test_names);
  g_test_add_func ("/name/hash-is-fixed", test_hash_is_fixed);
  g_test_add_func ("/name/hash-bits", test_hash_bits);
  g_test_add_func ("/value/readers-forgive", test_readers_forgive);
  g_test_add_func ("/value/numbers", test_numbers_as_numbers);
  g_test_add_func ("/value/strings", test_strings);
  g_test_add_func ("/value/names", test_names_of_values);
  g_test_add_func ("/value/order", test_order);
  g_test_add_func ("/value/long-latin", test_long_latin);
  g_test_add_func ("/value/map-get", test_map_get);
  return g_test_run ();
}
