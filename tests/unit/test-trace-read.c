/* tests/unit/test-trace-read.c - a trace that was written is read as what it was. */

#include "engine/digest.h"
#include "engine/error.h"
#include "reports/trace-read.h"

#include <string.h>

static bool
names_equal (const AempName *one, const AempName *other)
{
  if (!one || !other)
    return (one ? one->length : 0) == (other ? other->length : 0);
  return aemp_name_equal (one, other);
}

static void
comes_back (ReportTraceReader *reader, const AempTraceEvent *event, uint64_t line)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const AempTraceEvent *read;
  uint64_t number;

  aemp_trace_write_json (text, event, line);
  g_string_append_c (text, '\n');
  report_trace_read (reader, text->str, text->len, &read, &number, &error);
  g_assert_no_error (error);
  g_assert_nonnull (read);
  g_assert_cmpuint (number, ==, line);
  g_assert_cmpint (read->kind, ==, event->kind);
  g_assert_cmpint (read->time_us, ==, event->time_us);
  g_assert_true (names_equal (read->node, event->node));
  g_assert_true (names_equal (read->peer, event->peer));
  g_assert_true (names_equal (read->port, event->port));
  g_assert_true (names_equal (read->other, event->other));
  g_assert_cmpuint (read->connection, ==, event->connection);
  g_assert_cmpuint (read->number, ==, event->number);
  g_assert_cmpuint (read->payload, ==, event->payload);
  g_assert_cmpstr (read->text ? read->text : "", ==, event->text ? event->text : "");
}

/* An event with everything in it that its kind has. */
static AempTraceEvent
full_event (AempTraceKind kind, const AempName names[4])
{
  const char *fields = aemp_trace_catalogue[kind].fields;

  return (AempTraceEvent){ .kind = kind,
                           .time_us = 123456789012345,
                           .node = &names[0],
                           .peer = strchr (fields, 'p') ? &names[1] : NULL,
                           .port = strchr (fields, 'o') ? &names[2] : NULL,
                           .other = strchr (fields, 't') ? &names[3] : NULL,
                           .connection = strchr (fields, 'c') ? UINT64_MAX : 0,
                           .number = strchr (fields, 'n') ? UINT64_MAX - 1 : 0,
                           .payload = strchr (fields, 'h') ? UINT64_C (0x0123456789abcdef) : 0,
                           .text = strchr (fields, 'x') ? "a \"text\"\n\\ café ☃ \x01" : NULL };
}

static void
test_round_trip (void)
{
  g_test_summary ("Every kind of event, with all its fields and with none, comes back as it was, "
                  "and the digest of what was read is that of what happened.");

  const AempName names[4] = { aemp_name_view ("ruth/é☃", 10), aemp_name_view ("rain", 4),
                              aemp_name_view ("a\0b\"", 4), aemp_name_view ("x", 1) };
  g_autoptr (ReportTraceReader) reader = report_trace_reader_new ();

  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    {
      const AempTraceEvent full = full_event (kind, names);
      const AempTraceEvent bare = { .kind = kind, .time_us = INT64_MIN, .node = &names[0] };
      comes_back (reader, &full, kind + 1);
      comes_back (reader, &bare, 0);
    }
}

static void
test_same_digest (void)
{
  g_test_summary ("The digest of what was read is that of what was written.");

  const AempName names[4] = { aemp_name_view ("ruth", 4), aemp_name_view ("rain", 4),
                              aemp_name_view ("a1", 2), aemp_name_view ("", 0) };
  g_autoptr (ReportTraceReader) reader = report_trace_reader_new ();
  char texts[2][AEMP_DIGEST_TEXT_BYTES];
  AempDigest written, read;

  aemp_digest_init (&written, 1);
  aemp_digest_init (&read, 1);
  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    {
      const AempTraceEvent event = full_event (kind, names);
      const AempTraceEvent *again;
      g_autoptr (GString) line = g_string_new (NULL);
      aemp_digest_see (&written, &event);
      aemp_trace_write_json (line, &event, kind);
      g_assert_true (report_trace_read (reader, line->str, line->len, &again, NULL, NULL));
      aemp_digest_see (&read, again);
    }
  aemp_digest_text (&written, texts[0]);
  aemp_digest_text (&read, texts[1]);
  g_assert_cmpstr (texts[0], ==, texts[1]);
}

static void
test_other_lines (void)
{
  g_test_summary ("The first and the last line are no events, but can be looked into; fields of "
                  "later versions are skipped.");

  g_autoptr (ReportTraceReader) reader = report_trace_reader_new ();
  const char *first = "{\"aemp_trace\":1,\"seed\":18446744073709551615}";
  const char *later = "{\"event\":\"global\",\"node\":\"ruth\",\"t\":5,\"mood\":[{}]}";
  const AempTraceEvent *event;
  uint64_t seed = 0;

  g_assert_null (report_trace_reader_map (reader));
  g_assert_true (report_trace_read (reader, first, strlen (first), &event, NULL, NULL));
  g_assert_null (event);
  g_assert_true (
      aemp_value_get_unsigned (aemp_map_get (report_trace_reader_map (reader), "seed"), &seed));
  g_assert_cmpuint (seed, ==, UINT64_MAX);
  g_assert_true (report_trace_read (reader, later, strlen (later), &event, NULL, NULL));
  g_assert_cmpint (event->kind, ==, AEMP_TRACE_GLOBAL);
}

static void
test_errors (void)
{
  g_test_summary ("What cannot be read is refused with a word on what is wrong, and the next "
                  "line is read as if nothing had been.");

  static const struct
  {
    const char *line;
    int code;
    const char *word;
  } rows[] = {
    { "", AEMP_ERROR_MALFORMED, "no JSON object" },
    { "[]", AEMP_ERROR_MALFORMED, "no JSON object" },
    { "1,2", AEMP_ERROR_MALFORMED, "no JSON object" },
    { "{},{}", AEMP_ERROR_MALFORMED, "no JSON object" },
    { "{", AEMP_ERROR_MALFORMED, "" },
    { "{\"event\":\"tea\",\"t\":1,\"node\":\"a\"}", AEMP_ERROR_PROTOCOL, "\"event\" is \"tea\"" },
    { "{\"event\":7,\"t\":1,\"node\":\"a\"}", AEMP_ERROR_PROTOCOL, "\"event\" is 7" },
    { "{\"event\":\"global\",\"node\":\"a\"}", AEMP_ERROR_PROTOCOL, "\"t\" is missing" },
    { "{\"event\":\"global\",\"t\":1}", AEMP_ERROR_PROTOCOL, "\"node\" is missing" },
    { "{\"event\":\"global\",\"t\":1.5,\"node\":\"a\"}", AEMP_ERROR_PROTOCOL, "\"t\" is 1.5" },
    { "{\"event\":\"global\",\"t\":9223372036854775808,\"node\":\"a\"}", AEMP_ERROR_PROTOCOL,
      "\"t\" is" },
    { "{\"event\":\"send\",\"t\":1,\"node\":\"a\",\"peer\":[]}", AEMP_ERROR_PROTOCOL,
      "\"peer\" is []" },
    { "{\"event\":\"send\",\"t\":1,\"node\":\"a\",\"payload\":\"12g\"}", AEMP_ERROR_PROTOCOL,
      "\"payload\" is" },
    { "{\"event\":\"send\",\"t\":1,\"node\":\"a\",\"payload\":\"12345678901234567\"}",
      AEMP_ERROR_PROTOCOL, "hex digits" },
    { "{\"event\":\"send\",\"t\":1,\"node\":\"a\",\"number\":-1}", AEMP_ERROR_PROTOCOL,
      "\"number\" is -1" },
    { "{\"event\":\"send\",\"t\":1,\"node\":\"a\",\"text\":null}", AEMP_ERROR_PROTOCOL,
      "\"text\" is null" },
    { "{\"event\":\"send\",\"t\":1,\"node\":\"a\",\"line\":\"x\"}", AEMP_ERROR_PROTOCOL,
      "\"line\" is" },
  };
  const AempName ruth = aemp_name_view ("ruth", 4);
  g_autoptr (ReportTraceReader) reader = report_trace_reader_new ();

  for (unsigned at = 0; at < G_N_ELEMENTS (rows); at++)
    {
      g_autoptr (GError) error = NULL;
      const AempTraceEvent *event = NULL;
      g_assert_false (
          report_trace_read (reader, rows[at].line, strlen (rows[at].line), &event, NULL, &error));
      g_assert_error (error, AEMP_ERROR, rows[at].code);
      g_assert_nonnull (strstr (error->message, rows[at].word));
      g_assert_null (event);
      g_assert_null (report_trace_reader_map (reader));
      comes_back (reader, &(AempTraceEvent){ .kind = AEMP_TRACE_GLOBAL, .node = &ruth }, at);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace-read/round-trip", test_round_trip);
  g_test_add_func ("/trace-read/same-digest", test_same_digest);
  g_test_add_func ("/trace-read/other-lines", test_other_lines);
  g_test_add_func ("/trace-read/errors", test_errors);
  return g_test_run ();
}
