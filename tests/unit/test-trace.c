/* tests/unit/test-trace.c - the catalogue of events, and events as lines of JSON. */

#include "engine/trace.h"

#include <string.h>

static void
test_catalogue (void)
{
  g_test_summary ("Every event has a name of its own, fields that exist and no twice, and a "
                  "meaning; every mark has a text.");

  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    {
      const AempTraceInfo *info = &aemp_trace_catalogue[kind];
      g_assert_cmpuint (strspn (info->name, "abcdefghijklmnopqrstuvwxyz_"), ==,
                        strlen (info->name));
      g_assert_cmpuint (strspn (info->fields, "potcnhxfk"), ==, strlen (info->fields));
      for (const char *field = info->fields; *field; field++)
        g_assert_null (strchr (field + 1, *field));
      g_assert_cmpuint (strlen (info->meaning), >, 0);
      for (unsigned other = 0; other < kind; other++)
        g_assert_cmpstr (info->name, !=, aemp_trace_catalogue[other].name);
    }
  for (unsigned mark = 0; mark < AEMP_MARKS_COUNT; mark++)
    g_assert_nonnull (strstr (aemp_mark_texts[mark], ": "));
}

static void
writes (const AempTraceEvent *event, uint64_t line, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);

  aemp_trace_write_json (out, event, line);
  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_json (void)
{
  g_test_summary ("The fields of the kind in the catalogue's order, what is empty left out, "
                  "and hashes in hex, as JSON's numbers are too small for them.");

  const AempName ruth = aemp_name_view ("ruth", 4);
  const AempName rain = aemp_name_view ("rain", 4);
  const AempName port = aemp_name_view ("a1", 2);
  const AempName empty = aemp_name_view ("", 0);

  writes (&(AempTraceEvent){ .kind = AEMP_TRACE_LINK_UP,
                             .time_us = 31204000,
                             .node = &ruth,
                             .peer = &rain,
                             .connection = 0xfedcba9876543210,
                             .number = 1,
                             .payload = 255,
                             .text = "hmac_sha3_512" },
          10422,
          "{\"line\":10422,\"t\":31204000,\"node\":\"ruth\",\"event\":\"link_up\","
          "\"peer\":\"rain\",\"connection\":\"fedcba9876543210\",\"number\":1,"
          "\"payload\":\"00000000000000ff\",\"text\":\"hmac_sha3_512\"}");
  writes (&(AempTraceEvent){ .kind = AEMP_TRACE_SEND,
                             .node = &ruth,
                             .peer = &ruth,
                             .port = &port,
                             .other = &empty,
                             .payload = 1 },
          0,
          "{\"t\":0,\"node\":\"ruth\",\"event\":\"send\",\"peer\":\"ruth\",\"port\":\"a1\","
          "\"payload\":\"0000000000000001\"}");
  writes (
      &(AempTraceEvent){ .kind = AEMP_TRACE_GLOBAL, .time_us = -1, .node = &ruth, .text = "no" }, 1,
      "{\"line\":1,\"t\":-1,\"node\":\"ruth\",\"event\":\"global\"}");
  writes (&(AempTraceEvent){ .kind = AEMP_TRACE_MON_DROPPED,
                             .time_us = INT64_MIN,
                             .node = &ruth,
                             .number = UINT64_MAX },
          UINT64_MAX,
          "{\"line\":18446744073709551615,\"t\":-9223372036854775808,\"node\":\"ruth\","
          "\"event\":\"mon_dropped\",\"number\":18446744073709551615}");
}

static void
test_json_escapes (void)
{
  g_test_summary ("Names and texts may hold anything: quotes, control characters, zero bytes.");

  const AempName odd = aemp_name_view ("a\"\\\0\x01\x7f\t", 7);

  writes (&(AempTraceEvent){ .kind = AEMP_TRACE_FAILURE, .node = &odd, .text = "café ☃\r\n" }, 0,
          "{\"t\":0,\"node\":\"a\\\"\\\\\\u0000\\u0001\\u007f\\t\",\"event\":\"failure\","
          "\"text\":\"café ☃\\r\\n\"}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/catalogue", test_catalogue);
  g_test_add_func ("/trace/json", test_json);
  g_test_add_func ("/trace/json-escapes", test_json_escapes);
  return g_test_run ();
}
