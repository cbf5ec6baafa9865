/* tests/unit/test-units.c - durations and sizes as people write them. */
#include "engine/printable.h"
#include "engine/units.h"

#include <string.h>

typedef struct
{
  const char *text;
  AempDurationFlags flags;
  int64_t us;
} Duration;

static void
test_duration_meaning (void)
{
  static const Duration durations[] = {
    { "0", AEMP_DURATION_PLAIN, 0 },
    { "0s", AEMP_DURATION_PLAIN, 0 },
    { "1us", AEMP_DURATION_PLAIN, 1 },
    { "500ms", AEMP_DURATION_PLAIN, 500000 },
    { "2s", AEMP_DURATION_PLAIN, 2000000 },
    { "1m", AEMP_DURATION_PLAIN, 60000000 },
    { "2h", AEMP_DURATION_PLAIN, INT64_C (7200000000) },
    { "2.5s", AEMP_DURATION_PLAIN, 2500000 },
    { "0.1s", AEMP_DURATION_PLAIN, 100000 }, /* as a double: not exact */
    { "1.000001s", AEMP_DURATION_PLAIN, 1000001 },
    { "1.00000100000000s", AEMP_DURATION_PLAIN, 1000001 },
    { "0.00000005m", AEMP_DURATION_PLAIN, 3 },
    { "007s", AEMP_DURATION_PLAIN, 7000000 },
    { "9223372036854775807us", AEMP_DURATION_PLAIN, INT64_MAX },
    { "2.5", AEMP_DURATION_BARE_SECONDS, 2500000 },
    { "30", AEMP_DURATION_BARE_SECONDS, 30000000 },
    { "500ms", AEMP_DURATION_BARE_SECONDS, 500000 },
    { "-1h", AEMP_DURATION_SIGNED, INT64_C (-3600000000) },
    { "+1.5ms", AEMP_DURATION_SIGNED, 1500 },
    { "-0.25", AEMP_DURATION_SIGNED | AEMP_DURATION_BARE_SECONDS, -250000 },
  };

  g_test_summary ("Durations with every unit, fractions, signs and the largest number "
                  "come out exact in microseconds.");

  for (size_t i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      g_autoptr (GError) error = NULL;
      int64_t us = INT64_MIN;
      bool is_read = aemp_parse_duration (durations[i].text, durations[i].flags, &us, &error);

      g_test_message ("%s", durations[i].text);
      g_assert_no_error (error);
      g_assert_true (is_read);
      g_assert_cmpint (us, ==, durations[i].us);
    }
}

static void
test_duration_refused (void)
{
  static const struct
  {
    const char *text;
    AempDurationFlags flags;
    const char *why; /* a part of the error */
  } refusals[] = {
    { "", AEMP_DURATION_BARE_SECONDS, "expected a duration" },
    { "s", AEMP_DURATION_PLAIN, "expected a duration" },
    { ".5s", AEMP_DURATION_PLAIN, "expected a duration" },
    { "-", AEMP_DURATION_SIGNED, "expected a duration" },
    { "--1s", AEMP_DURATION_SIGNED, "expected a duration" },
    { "2.5", AEMP_DURATION_PLAIN, "the unit is missing" },
    { "5 s", AEMP_DURATION_PLAIN, "unknown unit" },
    { "5sec", AEMP_DURATION_PLAIN, "unknown unit" },
    { "5S", AEMP_DURATION_PLAIN, "unknown unit" },
    { "1e3s", AEMP_DURATION_PLAIN, "unknown unit" },
    { "1,5s", AEMP_DURATION_PLAIN, "unknown unit" },
    { "1.s", AEMP_DURATION_PLAIN, "a digit has to follow" },
    { "1.5us", AEMP_DURATION_PLAIN, "finer than the smallest unit" },
    { "0.0000001", AEMP_DURATION_BARE_SECONDS, "finer than the smallest unit" },
    { "0.000000025m", AEMP_DURATION_PLAIN, "finer than the smallest unit" }, /* 1.5 us */
    { "0.0000000001h", AEMP_DURATION_PLAIN, "too many digits" },
    { "-1s", AEMP_DURATION_PLAIN, "must not be negative" },
    { "-1", AEMP_DURATION_BARE_SECONDS, "must not be negative" },
    { "+1s", AEMP_DURATION_PLAIN, "expected a duration" },
    { "9223372036854775808us", AEMP_DURATION_PLAIN, "too large" },
    { "5124095576h", AEMP_DURATION_PLAIN, "too large" },
    { "99999999999999999999s", AEMP_DURATION_PLAIN, "too large" },
    { "18446744073709551616", AEMP_DURATION_BARE_SECONDS, "too large" },
  };

  g_test_summary ("What is no duration is refused with the reason and an example; "
                  "the result stays as it was.");

  for (size_t i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;
      int64_t us = 4711;

      g_test_message ("%s", refusals[i].text);
      g_assert_false (aemp_parse_duration (refusals[i].text, refusals[i].flags, &us, &error));
      g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, "expected a duration"));
      g_assert_nonnull (strstr (error->message, refusals[i].why));
      g_assert_cmpint (us, ==, 4711);
    }
}

static void
test_duration_format (void)
{
  static const struct
  {
    int64_t us;
    const char *text;
  } durations[] = {
    { 0, "0s" },
    { 17, "17us" },
    { 1000, "1ms" },
    { 1500, "1.5ms" },
    { 20000, "20ms" },
    { 999999, "999.999ms" },
    { 1000000, "1s" },
    { 1000001, "1.000001s" },
    { 2500000, "2.5s" },
    { 90000000, "90s" },
    { 120000000, "2m" },
    { INT64_C (7200000000), "2h" },
    { -1500, "-1.5ms" },
    { INT64_C (-3600000000), "-1h" },
    { INT64_MAX, "9223372036854.775807s" },
  };

  g_test_summary ("A duration is written with the unit that fits, and reads back the same.");

  for (size_t i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      g_autofree char *text = aemp_format_duration (durations[i].us);
      g_autoptr (GError) error = NULL;
      int64_t us;

      g_assert_cmpstr (text, ==, durations[i].text);
      g_assert_true (aemp_parse_duration (text, AEMP_DURATION_SIGNED, &us, &error));
      g_assert_cmpint (us, ==, durations[i].us);
    }
}

static void
test_duration_round_trip (void)
{
  g_test_summary ("Ten thousand durations of every magnitude survive writing and reading.");

  uint64_t state = 1;
  for (int i = 0; i < 10000; i++)
    {
      int64_t us, again;

      state = state * UINT64_C (6364136223846793005) + UINT64_C (1442695040888963407);
      us = (int64_t)(state >> (1 + i % 63));
      if (i % 2 == 1)
        us = -us;
      g_autofree char *text = aemp_format_duration (us);
      g_assert_true (aemp_parse_duration (text, AEMP_DURATION_SIGNED, &again, NULL));
      g_assert_cmpint (again, ==, us);
    }
}

static void
test_size (void)
{
  static const struct
  {
    const char *text;
    uint64_t bytes;
  } sizes[] = {
    { "0", 0 },
    { "4096", 4096 },
    { "17B", 17 },
    { "1kB", 1000 },
    { "64KiB", 65536 },
    { "1.5KiB", 1536 },
    { "2MB", 2000000 },
    { "64MiB", 67108864 },
    { "1GB", 1000000000 },
    { "0.5GiB", 536870912 },
    { "18446744073709551615", UINT64_MAX },
  };
  static const char *const refused[] = { "",      "KiB",    "-1",
                                         "1K",    "1kib",   "1 KiB",
                                         "0.5",   "1.1KiB", "17179869184GiB",
                                         "1TiB?", "0x10",   "18446744073709551616" };

  g_test_summary ("Sizes count bytes, powers of 1000 and powers of 1024; what is no "
                  "whole number of bytes, too large or has no known unit is refused.");

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;
      uint64_t bytes = 4711;

      g_assert_true (aemp_parse_size (sizes[i].text, &bytes, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (bytes, ==, sizes[i].bytes);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      uint64_t bytes = 4711;

      g_test_message ("%s", refused[i]);
      g_assert_false (aemp_parse_size (refused[i], &bytes, &error));
      g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, "64KiB"));
      g_assert_cmpuint (bytes, ==, 4711);
    }
}

static void
test_quantity (void)
{
  static const AempUnit rates[] = { { "kbit", 1000 }, { "Mbit", 1000000 }, { NULL, 0 } };
  g_autoptr (GError) error = NULL;
  uint64_t bits = 0;

  g_test_summary ("Anybody can bring a table of units of their own.");

  g_assert_true (aemp_parse_quantity ("2.5Mbit", rates, "a rate like 10Mbit", &bits, &error));
  g_assert_cmpuint (bits, ==, 2500000);
  g_assert_false (aemp_parse_quantity ("2.5", rates, "a rate like 10Mbit", &bits, &error));
  g_assert_cmpstr (error->message, ==,
                   "expected a rate like 10Mbit, not \"2.5\": the unit is missing");
  g_assert_cmpuint (bits, ==, 2500000);
}

static void
test_boolean (void)
{
  static const char *const yes[] = { "on", "true", "yes", "1" };
  static const char *const no[] = { "off", "false", "no", "0" };
  g_autoptr (GError) error = NULL;
  bool result;

  g_test_summary ("Four words for yes, four for no, and nothing else.");

  for (size_t i = 0; i < G_N_ELEMENTS (yes); i++)
    {
      result = false;
      g_assert_true (aemp_parse_boolean (yes[i], &result, &error));
      g_assert_true (result);
      g_assert_true (aemp_parse_boolean (no[i], &result, &error));
      g_assert_false (result);
    }
  g_assert_false (aemp_parse_boolean ("maybe", &result, &error));
  g_assert_cmpstr (error->message, ==, "expected on or off, not \"maybe\"");
}

static void
test_printable (void)
{
  g_autofree char *whole = aemp_printable ("tea", 3, 3);
  g_autofree char *cut = aemp_printable ("coffee", 6, 3);
  g_autofree char *odd = aemp_printable ("\x1b[2J\0\n\xe9~ ", 9, 40);
  g_autofree char *empty = aemp_printable ("", 0, 0);

  g_test_summary ("Bytes of strangers are cut, and what could move a cursor is a dot.");

  g_assert_cmpstr (whole, ==, "tea");
  g_assert_cmpstr (cut, ==, "cof...");
  g_assert_cmpstr (odd, ==, ".[2J...~ ");
  g_assert_cmpstr (empty, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/units/duration/meaning", test_duration_meaning);
  g_test_add_func ("/units/duration/refused", test_duration_refused);
  g_test_add_func ("/units/duration/format", test_duration_format);
  g_test_add_func ("/units/duration/round-trip", test_duration_round_trip);
  g_test_add_func ("/units/size", test_size);
  g_test_add_func ("/units/quantity", test_quantity);
  g_test_add_func ("/units/boolean", test_boolean);
  g_test_add_func ("/units/printable", test_printable);
  return g_test_run ();
}
