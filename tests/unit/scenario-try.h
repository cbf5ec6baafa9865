/* tests/unit/scenario-try.h - a small table of kinds, for tests of the language. */
#pragma once

#include "scenarios/scenario.h"

static const ScenarioActorKind try_kinds[] = {
  { "echo", "", "Answers.", NULL },
  { "mute", "", "Says nothing.", "" },
  { "sink", "", "Takes.", NULL },
  { "watch", "TARGET:target", "Watches over another.", "found PORT; told REASON, twice; quit" },
  { "flood",
    "TARGET:target [every DURATION:every_us] [size SIZE:size_bytes] [count NUMBER:count]",
    "Sends.", NULL },
  { "chat_client", "TEXT:nick TARGET:target [say TEXT:say]", "Talks.", NULL },
  { "pair", "from TARGET:from to TARGET:to [NUMBER:times]", "Has words between its values.",
    NULL },
  { NULL, NULL, NULL, NULL },
};

/* Parses what has to be right. */
static inline Scenario *
try_parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_parse (text, "try.scn", try_kinds, &error);
  g_assert_no_error (error);
  g_assert_nonnull (scenario);
  return scenario;
}
