/* tests/fuzz/fuzz-scenario.c - for libFuzzer: random bytes as a scenario.
 *
 * What is refused has lines that say why; what is taken is written and read again, and
 * is the same then.  Give it scenarios/catalogue as one more corpus, and
 * -dict=tests/fuzz/scenario.dict. */

#include "scenarios/scenario.h"

#include <stdlib.h>
#include <string.h>

static const ScenarioActorKind kinds[] = {
  { "echo", "", "", NULL },
  { "sink", "", "", NULL },
  { "watch", "TARGET:target", "", "found PORT; told REASON" },
  { "flood", "TARGET:target [every DURATION:every_us] [size SIZE:size_bytes] [count NUMBER:count]",
    "", NULL },
  { "chat_client", "TEXT:nick TARGET:target [say TEXT:say]", "", NULL },
  { "hello", "TARGET:target [text TEXT:text]", "", NULL },
  { "pair", "from TARGET:from to TARGET:to [NUMBER:times]", "", NULL },
  { NULL, NULL, NULL, NULL },
};

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static void
expect_lines (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == SCENARIO_ERROR);
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), <=, SCENARIO_MISTAKES_MAX + 1);
  for (unsigned i = 0; lines[i]; i++)
    g_assert_true (g_str_has_prefix (lines[i], "fuzz:"));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
expect_the_same_again (const Scenario *scenario)
{
  g_autofree char *text = scenario_print (scenario);
  g_autofree char *explained = scenario_explain (scenario);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_utf8_validate (explained, -1, NULL));
  if (strlen (text) > SCENARIO_FILE_MAX_BYTES)
    return; /* patterns are short, what they stand for may be too long for a file */
  g_autoptr (Scenario) again = scenario_parse (text, "again", kinds, &error);
  if (error && strstr (error->message, "statements"))
    return; /* one statement may stand for many, too */
  g_assert_no_error (error);
  g_assert_true (scenario_equal (scenario, again));
  g_autofree char *text_again = scenario_print (again);
  g_assert_cmpstr (text, ==, text_again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  g_autofree char *text = g_strndup ((const char *)bytes, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario = scenario_parse (text, "fuzz", kinds, &error);

  if (scenario)
    expect_the_same_again (scenario);
  else
    expect_lines (error);
  return 0;
}
