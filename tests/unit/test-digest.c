/* tests/unit/test-digest.c - the digest is the same everywhere, and of everything. */

#include "engine/digest.h"

#include <string.h>

static void
digest_is (const AempDigest *digest, const char *expected)
{
  char text[AEMP_DIGEST_TEXT_BYTES];

  aemp_digest_text (digest, text);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_golden (void)
{
  g_test_summary ("Known digests: every build, compiler and machine has to agree with them.");

  const AempName ruth = aemp_name_view ("ruth", 4);
  const AempName rain = aemp_name_view ("rain", 4);
  const AempName port = aemp_name_view ("a1", 2);
  const AempTraceEvent send = { .kind = AEMP_TRACE_SEND,
                                .time_us = 1000,
                                .node = &ruth,
                                .peer = &rain,
                                .port = &port,
                                .payload = 0x1234567890abcdef };
  const AempTraceEvent note = { .kind = AEMP_TRACE_NOTE,
                                .time_us = -5,
                                .node = &rain,
                                .other = &port,
                                .connection = 7,
                                .number = UINT64_MAX,
                                .text = "told \xe2\x98\x83" };
  AempDigest digest;

  aemp_digest_init (&digest, 0);
  digest_is (&digest, "5a3a3eda254b7c6d8879baea1cf78ac6");
  aemp_digest_init (&digest, 42);
  digest_is (&digest, "1e52ed63e16dd56106d2e7a94639fd57");
  aemp_digest_see (&digest, &send);
  digest_is (&digest, "d6e1371e1a2d4139d0758062508100ce");
  aemp_digest_see (&digest, &note);
  digest_is (&digest, "3583822f0e7354ff83d5df05fe3bd843");
  for (unsigned at = 0; at < 1000; at++)
    aemp_digest_see (&digest, at % 2 ? &note : &send);
  digest_is (&digest, "9814177a2e5eb2f835deefb3558818d2");
  g_assert_cmpuint (digest.events, ==, 1002);
}

/* The digest of one event behind a few others. */
static void
digest_of (const AempTraceEvent *event, char text[AEMP_DIGEST_TEXT_BYTES])
{
  const AempName ruth = aemp_name_view ("ruth", 4);
  AempDigest digest;

  aemp_digest_init (&digest, 1);
  aemp_digest_see (&digest, &(AempTraceEvent){ .kind = AEMP_TRACE_GLOBAL, .node = &ruth });
  aemp_digest_see (&digest, event);
  aemp_digest_text (&digest, text);
}

static void
test_every_field (void)
{
  g_test_summary ("Whatever field changes, by however little, changes the digest; no two such "
                  "changes look the same.");

  const AempName one = aemp_name_view ("one", 3);
  const AempName two = aemp_name_view ("two", 3);
  const AempTraceEvent base = { .kind = AEMP_TRACE_SEND, .time_us = 1, .node = &one };
  AempTraceEvent changed[12];
  char texts[G_N_ELEMENTS (changed)][AEMP_DIGEST_TEXT_BYTES];

  for (unsigned at = 0; at < G_N_ELEMENTS (changed); at++)
    changed[at] = base;
  changed[1].kind = AEMP_TRACE_DELIVER;
  changed[2].time_us = 2;
  changed[3].node = &two;
  changed[4].peer = &two;
  changed[5].port = &two;
  changed[6].other = &two;
  changed[7].connection = 1;
  changed[8].number = 1;
  changed[9].payload = 1;
  changed[10].text = "a";
  changed[11].payload = UINT64_C (1) << 63;
  for (unsigned at = 0; at < G_N_ELEMENTS (changed); at++)
    {
      digest_of (&changed[at], texts[at]);
      for (unsigned other = 0; other < at; other++)
        g_assert_cmpstr (texts[at], !=, texts[other]);
    }
}

static void
test_empty_is_none (void)
{
  g_test_summary ("No name and the empty name are the same, no text and the empty text, too: a "
                  "trace that was read back has the digest of the one that was written.");

  const AempName ruth = aemp_name_view ("ruth", 4);
  const AempName empty = aemp_name_view ("", 0);
  char without[AEMP_DIGEST_TEXT_BYTES], with[AEMP_DIGEST_TEXT_BYTES];

  digest_of (&(AempTraceEvent){ .kind = AEMP_TRACE_SEND, .node = &ruth }, without);
  digest_of (&(AempTraceEvent){ .kind = AEMP_TRACE_SEND,
                                .node = &ruth,
                                .peer = &empty,
                                .port = &empty,
                                .other = &empty,
                                .text = "" },
             with);
  g_assert_cmpstr (without, ==, with);
}

static void
test_order (void)
{
  g_test_summary ("The same events in another order are another story, and so is one event "
                  "once more.");

  const AempName ruth = aemp_name_view ("ruth", 4);
  const AempTraceEvent one = { .kind = AEMP_TRACE_MON_DROPPED, .node = &ruth, .number = 1 };
  const AempTraceEvent two = { .kind = AEMP_TRACE_MON_DROPPED, .node = &ruth, .number = 2 };
  const AempTraceEvent *const orders[][3]
      = { { &one, &two, NULL }, { &two, &one, NULL }, { &one, &two, &two } };
  char texts[3][AEMP_DIGEST_TEXT_BYTES];

  for (unsigned at = 0; at < 3; at++)
    {
      AempDigest digest;
      aemp_digest_init (&digest, 1);
      for (unsigned i = 0; i < 3 && orders[at][i]; i++)
        aemp_digest_see (&digest, orders[at][i]);
      aemp_digest_text (&digest, texts[at]);
    }
  g_assert_cmpstr (texts[0], !=, texts[1]);
  g_assert_cmpstr (texts[0], !=, texts[2]);
  g_assert_cmpstr (texts[1], !=, texts[2]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/digest/golden", test_golden);
  g_test_add_func ("/digest/every-field", test_every_field);
  g_test_add_func ("/digest/empty-is-none", test_empty_is_none);
  g_test_add_func ("/digest/order", test_order);
  return g_test_run ();
}
