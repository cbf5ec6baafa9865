/* scenarios/statements-story.c - what happens, and what is expected of it. */
#include "parse.h"

#include <string.h>

#define TIMES_MAX (1000 * 1000)

static const ScenarioToken *
statement_name (const ScenarioParser *parser)
{
  return &g_array_index (parser->tokens->tokens, ScenarioToken, parser->sentence->begin);
}

/* --- Faults, and their end --- */

ScenarioAction *
scenario_begin_action (ScenarioParser *parser, ScenarioActionKind kind)
{
  const ScenarioToken *name = statement_name (parser);
  ScenarioAction *action = scenario_add_action (parser->scenario, kind, parser->now_us, name->line);
  action->column = name->column;
  action->text = scenario_sentence_text (parser);
  return action;
}

static bool
parse_cut (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_CUT);
  if (!scenario_read_sides (parser, action->a, action->b, &action->one_way, "refusing"))
    return false;
  action->refusing = scenario_take_word (parser, "refusing");
  return true;
}

const ScenarioStatement scenario_statement_cut = {
  .statement = "cut",
  .form = "cut SETS | SETS [refusing], cut SETS -> SETS [refusing]",
  .help
  = "Nothing passes between the two sides any more, in silence: `|` both ways, `->` only from "
    "the left to the right.  What is on its way is lost; TCP sends it again until the `heal`, or "
    "until it gives up (data_retries: after about 15 minutes).  Nodes on no side are not "
    "concerned.  Several cuts add up.  `refusing`: who sends there "
    "is answered with resets, as by a firewall, so that connecting is refused and connections are "
    "reset as soon as something is sent on them; the other side hears nothing.  (Not yet: "
    "`cut any …`.)",
  .example = "at 5s  cut {rain worker1..4} | {ruth worker5..8}",
  .takes_at = true,
  .parse = parse_cut,
};

static bool
parse_heal (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_HEAL);
  return scenario_at_end (parser) || scenario_read_sides (parser, action->a, action->b, NULL, NULL);
}

const ScenarioStatement scenario_statement_heal = {
  .statement = "heal",
  .form = "heal, heal SET SET, heal SETS | SETS",
  .help = "Ends all cuts, or what is cut between the two sides, both ways.",
  .example = "at 20s  heal",
  .takes_at = true,
  .parse = parse_heal,
};

static bool
parse_on_nodes (ScenarioParser *parser, ScenarioActionKind kind)
{
  return scenario_read_sets (parser, scenario_begin_action (parser, kind)->a, NULL);
}

static bool
parse_kill (ScenarioParser *parser)
{
  return parse_on_nodes (parser, SCENARIO_KILL);
}

const ScenarioStatement scenario_statement_kill = {
  .statement = "kill",
  .form = "kill SETS",
  .help
  = "The processes end at once, as by `kill -9`: their kernels close all their connections, so "
    "the peers hear an end or a reset.  They stay away until a `restart`.",
  .example = "at 25s  kill worker3",
  .takes_at = true,
  .parse = parse_kill,
};

static bool
parse_vanish (ScenarioParser *parser)
{
  return parse_on_nodes (parser, SCENARIO_VANISH);
}

const ScenarioStatement scenario_statement_vanish = {
  .statement = "vanish",
  .form = "vanish SETS",
  .help
  = "The hosts lose power: nobody is told anything.  When a host is back (`restart`), it answers "
    "what belongs to its former life with resets.",
  .example = "at 26s  vanish worker4",
  .takes_at = true,
  .parse = parse_vanish,
};

static bool
parse_restart (ScenarioParser *parser)
{
  return parse_on_nodes (parser, SCENARIO_RESTART);
}

const ScenarioStatement scenario_statement_restart = {
  .statement = "restart",
  .form = "restart SETS",
  .help
  = "The nodes begin anew, as new processes with the same node ID and new actors.  One that is "
    "running is killed first.",
  .example = "at 30s  restart worker3,worker4",
  .takes_at = true,
  .parse = parse_restart,
};

static bool
parse_reset (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_RESET);
  return scenario_read_sides (parser, action->a, action->b, NULL, NULL);
}

const ScenarioStatement scenario_statement_reset = {
  .statement = "reset",
  .form = "reset SET SET, reset SETS | SETS",
  .help
  = "All connections between the two sides are reset, as by a middlebox that forgot them; new "
    "ones can be made at once.",
  .example = "at 5s  reset rain ruth",
  .takes_at = true,
  .parse = parse_reset,
};

static bool
parse_calm (ScenarioParser *parser)
{
  scenario_begin_action (parser, SCENARIO_CALM);
  return true;
}

const ScenarioStatement scenario_statement_calm = {
  .statement = "calm",
  .form = "calm",
  .help
  = "Every fault ends here: all cuts are healed, storms are over, paused processes go on, clocks "
    "are set right, nobody stalls, is slow or refuses any more.  What a "
    "storm killed or let vanish is restarted.  (What a `kill` or `vanish` took stays away without "
    "a `restart`.)  From here on the network has to become whole, and no more fault may follow.",
  .example = "at 60s  calm",
  .takes_at = true,
  .parse = parse_calm,
};

/* --- Expectations --- */

/* DURATION or `bound`, behind `within`. */
static bool
read_deadline (ScenarioParser *parser, int64_t *duration_us, bool *bound)
{
  *duration_us = 0;
  *bound = scenario_take_word (parser, "bound");
  if (*bound)
    return true;
  if (!scenario_is (parser, SCENARIO_TOKEN_WORD))
    return scenario_expected (parser, "a duration as 10s, or `bound`");
  return scenario_read_duration (parser, duration_us);
}

const char *const scenario_conditions[]
    = { "all connected", "one network", "databases equal", NULL };

/* Two words each, and all begin differently. */
static bool
read_condition (ScenarioParser *parser, unsigned *conditions)
{
  for (unsigned i = 0; scenario_conditions[i]; i++)
    {
      g_auto (GStrv) words = g_strsplit (scenario_conditions[i], " ", 2);
      if (!scenario_take_word (parser, words[0]))
        continue;
      *conditions |= 1u << i;
      g_autofree char *expected = g_strdup_printf ("`%s`", words[1]);
      return scenario_take_word (parser, words[1]) || scenario_expected (parser, expected);
    }
  return scenario_expected (parser, "`all connected`, `one network` or `databases equal`");
}

static bool
parse_within (ScenarioParser *parser)
{
  unsigned line = scenario_peek (parser)->line, conditions = 0;
  int64_t duration_us;
  bool bound;
  if (!read_deadline (parser, &duration_us, &bound) || !read_condition (parser, &conditions))
    return false;
  while (scenario_take (parser, SCENARIO_TOKEN_COMMA))
    if (!read_condition (parser, &conditions))
      return false;
  ScenarioExpect *expect
      = scenario_add_expect (parser->scenario, SCENARIO_EXPECT_WHOLE, parser->now_us, line);
  expect->conditions = conditions;
  expect->until_us = parser->now_us + duration_us;
  expect->bound = bound;
  expect->column = statement_name (parser)->column;
  expect->text = scenario_sentence_text (parser);
  return true;
}

const ScenarioStatement scenario_statement_within = {
  .statement = "within",
  .form = "within DURATION CONDITION, …, within bound CONDITION, …",
  .help
  = "At some time from here on, and before DURATION is over, all the conditions must be true at "
    "once; after a `calm` also when DURATION is over.  DURATION "
    "counts from the statement before (a fault, a heal, `calm`), or from the time of its own "
    "`at`.\n\n"
    "`all connected`: each "
    "living node is connected to each of its living seeds, as both of them see it.  "
    "`one network`: of all living nodes that have seeds, or are one, the global ones are connected "
    "with each other, and every other one with its master, which is one of them.  `databases "
    "equal`: every monitor of a family has been told, and knows exactly what the living nodes of "
    "its network have set; of a key that several have set, one of their values, the same one "
    "everywhere.\n\n"
    "`bound` is computed from the settings, see scenarios/bound.c: the longest wait of "
    "TCP that may be under way (as long as the silence was, and rto_first; rto_max at most), 4 "
    "times monitor_timeout (5 times for one network, 7 times for equal databases), 2 times "
    "connect_interval, the rest of a `pause` or of another fault that ends by itself, and where a "
    "connection may be half open "
    "(after a `vanish`; after a `kill` or `reset` behind a cut, or where packets are lost, which "
    "takes what is sent only once) the time of keepalive (for equal databases that of all "
    "retransmissions, if it is longer).",
  .example = "at 20s  heal\nwithin bound  one network, databases equal",
  .takes_at = true,
  .parse = parse_within,
};

/* once, never, N times: false without an error if it is none of them. */
static bool
is_count (const ScenarioParser *parser)
{
  const ScenarioToken *next = scenario_peek_next (parser);
  return scenario_is_word (parser, "once") || scenario_is_word (parser, "never")
         || (scenario_is (parser, SCENARIO_TOKEN_WORD) && next->kind == SCENARIO_TOKEN_WORD
             && strcmp (next->text, "times") == 0);
}

static bool
read_count (ScenarioParser *parser, ScenarioExpect *expect)
{
  int64_t times;
  if (scenario_take_word (parser, "once"))
    times = 1;
  else if (scenario_take_word (parser, "never"))
    times = 0;
  else if (!scenario_read_number (parser, 0, TIMES_MAX, &times))
    return false;
  else
    scenario_skip (parser); /* the word `times` */
  expect->at_least = expect->at_most = (unsigned)times;
  return true;
}

static bool
is_value (const ScenarioParser *parser)
{
  return scenario_is (parser, SCENARIO_TOKEN_STRING)
         || (scenario_is (parser, SCENARIO_TOKEN_WORD) && !is_count (parser)
             && !scenario_is_word (parser, "within"));
}

/* What stands behind the actor, into `expect`, which is on the stack. */
static bool
read_expect (ScenarioParser *parser, ScenarioExpect *expect, const char **what, const char **value)
{
  int64_t duration_us;
  *what = is_value (parser) ? scenario_take_text (parser) : NULL;
  if (!*what)
    return scenario_expected (parser, "what the actor remarks, as told");
  *value = is_value (parser) ? scenario_take_text (parser) : NULL;
  if (is_count (parser) && !read_count (parser, expect))
    return false;
  expect->open = !scenario_take_word (parser, "within");
  if (!expect->open && !read_deadline (parser, &duration_us, &expect->bound))
    return false;
  if (!expect->open)
    expect->until_us = expect->from_us + duration_us;
  return scenario_at_end (parser)
         || scenario_expected (parser, "`once`, `never`, `3 times`, `within 1s` or the end of the "
                                       "statement");
}

static void
add_expect (ScenarioParser *parser, const ScenarioExpect *like, unsigned actor, const char *what,
            const char *value)
{
  ScenarioExpect *expect
      = scenario_add_expect (parser->scenario, like->kind, like->from_us, like->line);
  *expect = *like;
  expect->actor = actor;
  expect->what = g_strdup (what);
  expect->value = g_strdup (value);
  expect->text = scenario_sentence_text (parser);
}

static bool
parse_expect (ScenarioParser *parser)
{
  g_autoptr (GArray) actors = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const ScenarioToken *token = scenario_peek (parser);
  const ScenarioToken *remark;
  const char *what = NULL, *value = NULL;
  ScenarioExpect expect = {
    .kind = SCENARIO_EXPECT_NOTE,
    .at_least = 1,
    .at_most = G_MAXUINT,
    .from_us = parser->now_us,
    .line = token->line,
    .column = statement_name (parser)->column,
  };

  if (!scenario_read_actors (parser, actors))
    return false;
  remark = scenario_peek (parser);
  if (!read_expect (parser, &expect, &what, &value)
      || !scenario_count_copies (parser, token, actors->len))
    return false;
  for (unsigned i = 0; i < actors->len; i++)
    if (!scenario_remark_check (
            parser, remark, parser->scenario->actors->pdata[g_array_index (actors, unsigned, i)],
            what))
      return false;
  for (unsigned i = 0; i < actors->len; i++)
    add_expect (parser, &expect, g_array_index (actors, unsigned, i), what, value);
  return true;
}

const ScenarioStatement scenario_statement_expect = {
  .statement = "expect",
  .form = "expect ACTOR WHAT [VALUE] [once | never | N times] [within DURATION | within bound]",
  .help
  = "The actor must remark WHAT, which is one of the notes of its kind (and go on with VALUE, if "
    "one is said): at least once unless told otherwise; `once` is neither less nor more.  Counted "
    "are the remarks from the statement before (a fault, a heal, `calm`), or from the time of its "
    "own `at`, to before DURATION later; without `within` to the end of the run.  In front of all "
    "faults, without `within`, that is the whole run.  A pattern (worker*.watch), or a SET in "
    "braces, makes one expectation of each actor it fits.  A VALUE that could be one of the other "
    "words stands in quotes.",
  .example = "expect ruth.watcher told transport_error once within 1s",
  .takes_at = true,
  .parse = parse_expect,
};

/* --- check, until --- */

const ScenarioGroup scenario_groups[] = {
  { "delivery", { 1, 2, 7, 8, 9 } },
  { "monitors", { 3, 4, 5, 6, 10 } },
  { "database", { 11, 12 } },
  { "admission", { 13, 14 } },
  { NULL, { 0 } },
};

static const char *
group_at (const void *names, unsigned index)
{
  return ((const ScenarioGroup *)names)[index].name;
}

static void
check_number (ScenarioParser *parser, unsigned promise)
{
  parser->scenario->promises[promise] = true;
  parser->scenario->promise_by_number[promise] = true;
}

static void
check_group (ScenarioParser *parser, const unsigned *promises)
{
  for (; *promises > 0; promises++)
    parser->scenario->promises[*promises] = true;
}

static bool
read_check (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  static const char expected[]
      = "delivery, monitors, database, admission or the number of a promise (1 to 14)";
  if (!word)
    return scenario_expected (parser, expected);
  for (const ScenarioGroup *group = scenario_groups; group->name; group++)
    if (strcmp (group->name, word) == 0)
      {
        check_group (parser, group->promises);
        return true;
      }
  for (unsigned promise = 1; promise < G_N_ELEMENTS (parser->scenario->promises); promise++)
    {
      g_autofree char *number = g_strdup_printf ("%u", promise);
      if (strcmp (number, word) == 0)
        {
          check_number (parser, promise);
          return true;
        }
    }
  g_autofree char *found = scenario_quote_for_people (word);
  g_autofree char *near = scenario_suggest (word, group_at, scenario_groups);
  return scenario_wrong (parser, token, "expected %s, found %s%s", expected, found, near);
}

static bool
parse_check (ScenarioParser *parser)
{
  do
    if (!read_check (parser))
      return false;
  while (scenario_take (parser, SCENARIO_TOKEN_COMMA) || !scenario_at_end (parser));
  return true;
}

const ScenarioStatement scenario_statement_check = {
  .statement = "check",
  .form = "check GROUP or NUMBER…",
  .help
  = "Which promises of a node the run is judged by: the groups delivery (1 2 7 8 9), monitors (3 4 "
    "5 6 10), database (11 12) and admission (13 14), or promises by number.  "
    "A promise asked for by number must have had something to judge, of a group at "
    "least one; otherwise the run is vacuous.  Without any `check` only the expectations are "
    "judged.  How a `database` ends is judged after a `calm` only, and then the run lasts at "
    "least for the `bound` of what is judged.",
  .example = "check delivery monitors 13",
  .parse = parse_check,
};

static bool
parse_until (ScenarioParser *parser)
{
  Scenario *scenario = parser->scenario;
  const ScenarioToken *token = scenario_peek (parser);
  if (scenario->until_said)
    return scenario_wrong (parser, token, "expected one `until` only");
  if (!scenario_read_duration (parser, &scenario->until_us))
    return false;
  if (scenario->until_us == 0)
    return scenario_wrong (parser, token, "expected a time after the start, found `%s`",
                           token->text);
  scenario->until_said = true;
  return true;
}

const ScenarioStatement scenario_statement_until = {
  .statement = "until",
  .form = "until TIME",
  .help
  = "The end of the run, counted from the start; nothing in the file may be later.  Without it the "
    "run ends 1 second after the latest time that any statement or deadline names, and after "
    "10 seconds when nothing names a time.",
  .example = "until 2m",
  .parse = parse_until,
};
