/* scenarios/statements-storm.c - faults by chance, for a while. */
#include "parse.h"

#define EVERY_MIN_US 1000
#define USUAL_FOR_MIN_US (INT64_C (1) * 1000 * 1000)
#define USUAL_FOR_MAX_US (INT64_C (10) * 1000 * 1000)

static const struct
{
  const char *name;
  ScenarioActionKind kind;
  bool of_sides; /* it happens between two sides, or between `one` pair */
  bool lasts;
} kinds[] = {
  { "cut", SCENARIO_CUT, true, true },
  { "kill", SCENARIO_KILL, false, true },
  { "vanish", SCENARIO_VANISH, false, true },
  { "reset", SCENARIO_RESET, true, false },
};

/* --- Reading --- */

/* Behind `any` or `one`; without an `of` it is all nodes. */
static bool
read_of (ScenarioParser *parser, ScenarioFault *fault, unsigned least)
{
  const ScenarioToken *token = scenario_peek (parser);
  unsigned count = parser->scenario->nodes->len;
  if (scenario_take_word (parser, "of"))
    {
      token = scenario_peek (parser);
      if (!scenario_read_sets (parser, fault->of, "every"))
        return false;
    }
  else if (!scenario_count_spread (parser, token, count))
    return false;
  else
    for (unsigned i = 0; i < count; i++)
      g_array_append_val (fault->of, i);
  return fault->of->len >= least
         || scenario_missing (parser, token, "expected a storm among at least %u nodes, found %u",
                              least, fault->of->len);
}

static bool
read_whom (ScenarioParser *parser, ScenarioFault *fault, bool of_sides)
{
  if (of_sides)
    fault->one = scenario_take_word (parser, "one");
  if (!fault->one && !scenario_take_word (parser, "any"))
    return scenario_expected (parser, of_sides ? "`any` or `one`" : "`any`");
  return read_of (parser, fault, of_sides ? 2 : 1);
}

static bool
read_times (ScenarioParser *parser, ScenarioFault *fault, bool lasts)
{
  if (!scenario_take_word (parser, "every"))
    return scenario_expected (parser, "`of` or `every`");
  if (!scenario_read_durations (parser, EVERY_MIN_US, &fault->every_min_us, &fault->every_max_us))
    return false;
  if (!lasts)
    return true;
  fault->for_min_us = USUAL_FOR_MIN_US;
  fault->for_max_us = USUAL_FOR_MAX_US;
  return !scenario_take_word (parser, "for")
         || scenario_read_durations (parser, 0, &fault->for_min_us, &fault->for_max_us);
}

static bool
read_fault (ScenarioParser *parser, ScenarioAction *storm)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (scenario_take_word (parser, kinds[i].name))
      {
        ScenarioFault *fault = scenario_add_fault (storm, kinds[i].kind);
        return read_whom (parser, fault, kinds[i].of_sides)
               && read_times (parser, fault, kinds[i].lasts);
      }
  return scenario_expected (parser, "`cut`, `kill`, `vanish` or `reset`");
}

static bool
parse_storm (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  int64_t storm_us;
  if (!scenario_read_duration (parser, &storm_us))
    return false;
  if (storm_us == 0)
    return scenario_wrong (parser, token, "expected a storm that lasts, found `%s`", token->text);
  if (storm_us > SCENARIO_TIME_MAX_US - parser->now_us)
    return scenario_wrong (parser, token, "expected a storm that is over sooner, found `%s`",
                           token->text);
  ScenarioAction *storm = scenario_begin_action (parser, SCENARIO_STORM);
  storm->duration_us = storm_us;
  do
    if (!read_fault (parser, storm))
      return false;
  while (scenario_take (parser, SCENARIO_TOKEN_COMMA));
  parser->now_us += storm_us; /* what follows comes after the storm */
  return true;
}

const ScenarioStatement scenario_statement_storm = {
  .statement = "storm",
  .form = "storm DURATION FAULT, FAULT, …",
  .help
  = "Faults by chance, for DURATION.  Each FAULT is one of `cut`, `kill`, `vanish` and `reset`, "
    "behind it `any`, perhaps `of SETS` (otherwise all nodes), `every DURATION` or `every "
    "DURATION..DURATION` (from one to the next, the first so long after the beginning), and "
    "perhaps `for DURATION` or `for DURATION..DURATION`, which is how long one of them lasts: "
    "1s..10s if nothing is said; a cut is healed then, who was killed or has vanished is "
    "restarted.  `cut any` tears the nodes into two sides, `reset any` resets all connections "
    "between two such sides; `cut one` and `reset one` are about one pair (a cut about half the "
    "time only one way); `kill any` and `vanish any` take one node, and do nothing if it is away.  "
    "\n\n"
    "At the end of the storm every fault of it ends, too.  *What follows without an `at` happens "
    "then*, not when the storm begins.  Each thing a storm does stands in the trace as a "
    "statement (`cut {rain ruth} | rose`) that does the same in a scenario; a heal heals what "
    "lies between its two sides, whoever cut it.  The seed decides; each FAULT has its luck by "
    "itself, so that taking one kind away does not change what the others do.",
  .example = "storm 60s  cut any every 10s..20s for 5s, kill any of worker* every 30s\n"
             "calm\n"
             "within bound  all connected",
  .takes_at = true,
  .parse = parse_storm,
};

/* --- Writing --- */

static void
append_fault (GString *out, const Scenario *scenario, const ScenarioFault *fault)
{
  unsigned i = 0;
  while (kinds[i].kind != fault->kind)
    i++;
  g_string_append_printf (out, " %s %s", kinds[i].name, fault->one ? "one" : "any");
  if (fault->of->len < scenario->nodes->len)
    {
      g_string_append (out, " of");
      scenario_append_braces (out, scenario, fault->of);
    }
  g_string_append (out, " every ");
  scenario_append_durations (out, fault->every_min_us, fault->every_max_us);
  if (!kinds[i].lasts)
    return;
  g_string_append (out, " for ");
  scenario_append_durations (out, fault->for_min_us, fault->for_max_us);
}

void
scenario_append_faults (GString *out, const Scenario *scenario, const ScenarioAction *storm)
{
  for (unsigned i = 0; i < storm->faults->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_fault (out, scenario, storm->faults->pdata[i]);
    }
}
