/* scenarios/statements-storm.c - faults by chance, for a while. */
#include "parse.h"

#define EVERY_MIN_US 1000
#define USUAL_FOR_MIN_US (INT64_C (1) * 1000 * 1000)
#define USUAL_FOR_MAX_US (INT64_C (10) * 1000 * 1000)

static const struct
{
  ScenarioActionKind kind;
  bool of_sides; /* it happens between two sides, or between `one` pair */
  bool lasts;
} kinds[] = {
  { SCENARIO_CUT, true, true },     { SCENARIO_KILL, false, true },
  { SCENARIO_VANISH, false, true }, { SCENARIO_RESET, true, false },
  { SCENARIO_PAUSE, false, true },  { SCENARIO_CLOCK, false, true },
  { SCENARIO_STALL, true, true },   { SCENARIO_HALF_CLOSE, true, false },
  { SCENARIO_SLOW, false, true },   { SCENARIO_ACCEPT, false, true },
  { SCENARIO_REFUSE, false, true }, { SCENARIO_LOOKUP, false, true },
};

bool
scenario_is_of_sides (ScenarioActionKind kind)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].kind == kind)
      return kinds[i].of_sides;
  return false;
}

bool
scenario_has_knobs (const Scenario *scenario)
{
  for (unsigned i = 0; i < scenario->actions->len; i++)
    if (((const ScenarioAction *)scenario->actions->pdata[i])->knobs)
      return true;
  return false;
}

/* --- Reading --- */

/* SETs, up to the word that goes on. */
static bool
read_storm_set (ScenarioParser *parser, GArray *set)
{
  do
    if (!scenario_read_set (parser, set))
      return false;
  while (scenario_is (parser, SCENARIO_TOKEN_OPEN)
         || (scenario_is (parser, SCENARIO_TOKEN_WORD) && !scenario_is_word (parser, "every")
             && !scenario_is_word (parser, "one-way") && !scenario_is_word (parser, "refusing")));
  scenario_set_tidy (set);
  return true;
}

/* Behind `any` or `one`; without an `of` it is all nodes. */
static bool
read_of (ScenarioParser *parser, ScenarioFault *fault, unsigned least)
{
  const ScenarioToken *token = scenario_peek (parser);
  unsigned count = parser->scenario->nodes->len;
  if (scenario_take_word (parser, "of"))
    {
      token = scenario_peek (parser);
      if (!read_storm_set (parser, fault->of))
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

/* A cut may be of one kind only. */
static void
read_kind_of_cut (ScenarioParser *parser, ScenarioFault *fault)
{
  fault->one_way = scenario_take_word (parser, "one-way");
  fault->refusing = scenario_take_word (parser, "refusing");
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

/* "expected `cut`, `kill`, … or `lookup`" */
static bool
expect_fault (ScenarioParser *parser)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_string_append_printf (names, "%s`%s`",
                            i == 0                          ? ""
                            : i + 1 == G_N_ELEMENTS (kinds) ? " or "
                                                            : ", ",
                            scenario_action_name (kinds[i].kind));
  return scenario_expected (parser, names->str);
}

static bool
read_fault (ScenarioParser *parser, ScenarioAction *storm)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (scenario_take_word (parser, scenario_action_name (kinds[i].kind)))
      {
        ScenarioFault *fault = scenario_add_fault (storm, kinds[i].kind);
        if (!read_whom (parser, fault, kinds[i].of_sides))
          return false;
        if (fault->kind == SCENARIO_CUT)
          read_kind_of_cut (parser, fault);
        return read_times (parser, fault, kinds[i].lasts);
      }
  return expect_fault (parser);
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
  storm->swarm = scenario_take_word (parser, "swarm");
  storm->knobs = scenario_take_word (parser, "knobs");
  storm->rare = scenario_take_word (parser, "rare");
  do
    if (!read_fault (parser, storm))
      return false;
  while (scenario_take (parser, SCENARIO_TOKEN_COMMA));
  parser->now_us += storm_us; /* what follows comes after the storm */
  return true;
}

const ScenarioStatement scenario_statement_storm = {
  .statement = "storm",
  .form = "storm DURATION [swarm] [knobs] [rare] FAULT, FAULT, …",
  .help
  = "Faults by chance, for DURATION.  Each FAULT is one of `cut`, `kill`, `vanish`, `reset`, "
    "`pause`, `clock`, `stall`, `half-close`, `slow`, `accept`, `refuse` and `lookup`, "
    "behind it `any`, perhaps `of SETS` (otherwise all nodes), `every DURATION` or `every "
    "DURATION..DURATION` (from one to the next, the first so long after the beginning), and "
    "perhaps `for DURATION` or `for DURATION..DURATION`, which is how long one of them lasts: "
    "1s..10s if nothing is said; a cut is healed then, who was killed or has vanished is "
    "restarted.  `cut any` tears the nodes into two sides, `reset any` resets all connections "
    "between two such sides; `cut one` and `reset one` are about one pair (a cut about half the "
    "time only one way).  In front of `every` a cut may say `one-way`, `refusing`, or both.  "
    "`stall` and `half-close` are, too, between two sides (`any`) or one pair (`one`), about half "
    "the time only one way.  The others take one node: `kill any`, `vanish any` and `pause any` "
    "do nothing if it is away; `clock any` lets its clock jump by up to an hour or drift by up to "
    "10%, either way; `slow any` lets it read 16 to 256 kbit a second, `accept any` accept after "
    "0s..2s, `lookup any` find no name."
    "\n\n"
    "In a `swarm` every run draws for each FAULT whether there is any of it at all, half of the "
    "time, and whether it strikes up to four times as often, or as rarely, as it says: what "
    "would be hidden by too much trouble of other kinds has a chance then.  With `knobs` every "
    "process of the run, from the beginning, draws its time limits (`monitor_timeout`, "
    "`connect_interval`): from a third of what is configured up to that.  With `rare` nodes are "
    "sent, while the storm lasts, where they could go at any time but seldom do: what is read or "
    "written comes in two pieces, a queue counts as full, a turn is cut, another address comes "
    "first, a seed is dialed again sooner or later (engine/env.h has them all); in a swarm every "
    "run draws for each of these whether there is any of it, and how often."
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
  g_string_append_printf (out, " %s %s", scenario_action_name (fault->kind),
                          fault->one ? "one" : "any");
  if (fault->of->len < scenario->nodes->len)
    {
      g_string_append (out, " of");
      scenario_append_braces (out, scenario, fault->of);
    }
  if (fault->one_way)
    g_string_append (out, " one-way");
  if (fault->refusing)
    g_string_append (out, " refusing");
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
