/* scenarios/statements-replay.c - what a scenario says of the run that it was made from. */
#include "parse.h"

#include "engine/trace.h"

#include <string.h>

/* A number from 0 to 2^64 - 1. */
static bool
read_unsigned (ScenarioParser *parser, uint64_t *number)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  if (!word)
    return scenario_expected (parser, "a number");
  *number = 0;
  for (const char *at = word; *at; at++)
    if (!g_ascii_isdigit (*at) || !g_uint64_checked_mul (number, *number, 10)
        || !g_uint64_checked_add (number, *number, (uint64_t)(*at - '0')))
      {
        g_autofree char *found = scenario_quote_for_people (word);
        return scenario_wrong (parser, token, "expected a number from 0 to 2^64 - 1, found %s",
                               found);
      }
  return true;
}

/* --- seed --- */

static bool
parse_seed (ScenarioParser *parser)
{
  Scenario *scenario = parser->scenario;
  if (scenario->seed_said)
    return scenario_wrong (parser, scenario_peek (parser), "expected one `seed` only");
  scenario->seed_said = true;
  return read_unsigned (parser, &scenario->seed);
}

const ScenarioStatement scenario_statement_seed = {
  .statement = "seed",
  .form = "seed NUMBER",
  .help = "The seed that is played when the command says none; without it, 1.",
  .example = "seed 4711",
  .parse = parse_seed,
};

/* --- decide --- */

static bool
is_said (const Scenario *scenario, const char *label, uint64_t identity)
{
  for (unsigned i = 0; i < scenario->decisions->len; i++)
    {
      const ScenarioDecision *decision = scenario->decisions->pdata[i];
      if (decision->identity == identity && strcmp (decision->label, label) == 0)
        return true;
    }
  return false;
}

static bool
parse_decide (ScenarioParser *parser)
{
  Scenario *scenario = parser->scenario;
  const ScenarioToken *token = scenario_peek (parser);
  uint64_t identity;
  int64_t value;
  if (scenario_take_word (parser, "nothing"))
    {
      scenario->decides_nothing_else = true;
      return scenario_take_word (parser, "else") || scenario_expected (parser, "`else`");
    }
  const char *label = scenario_take_text (parser);
  if (!label)
    return scenario_expected (parser, "the label of a decision or `nothing else`");
  if (!read_unsigned (parser, &identity) || !scenario_read_number (parser, 0, G_MAXUINT32, &value))
    return false;
  if (is_said (scenario, label, identity))
    return scenario_wrong (parser, token, "this was decided before");
  scenario_add_decision (scenario, label, identity, value);
  return true;
}

const ScenarioStatement scenario_statement_decide = {
  .statement = "decide",
  .form = "decide LABEL IDENTITY VALUE, decide nothing else",
  .help
  = "What chance decides at one place, whatever the seed: LABEL says where and IDENTITY which "
    "time, "
    "as the `decide` lines of a trace have them, and VALUE what; 0 is what happens when all is "
    "well. "
    " `nothing else`: at all other places of this kind (a packet is lost, a read or a write is "
    "short, a lookup fails …) all is well.  How long things take is always the seed's.",
  .example = "decide link/rain-ruth/1/there/loss 1448 1\ndecide nothing else",
  .parse = parse_decide,
};

/* --- reach --- */

static int
find_mark (const char *text)
{
  for (int i = 0; i < AEMP_MARKS_COUNT; i++)
    if (strcmp (aemp_mark_texts[i], text) == 0)
      return i;
  return -1;
}

static int
find_event (const char *name)
{
  for (int i = 0; i < AEMP_TRACE_KINDS; i++)
    if (strcmp (aemp_trace_catalogue[i].name, name) == 0)
      return i;
  return -1;
}

static const char *
mark_at (const void *names, unsigned index)
{
  return index < AEMP_MARKS_COUNT ? aemp_mark_texts[index] : NULL;
}

static const char *
event_at (const void *names, unsigned index)
{
  return index < AEMP_TRACE_KINDS ? aemp_trace_catalogue[index].name : NULL;
}

static bool
read_mark (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  int mark = find_mark (scenario_take_text (parser));
  if (mark < 0)
    {
      g_autofree char *found = scenario_quote_for_people (token->text);
      g_autofree char *near = scenario_suggest (token->text, mark_at, NULL);
      return scenario_wrong (parser, token, "expected the text of a mark, found %s%s", found, near);
    }
  scenario_add_reach (parser->scenario, mark, 0, NULL, NULL, token->line);
  return true;
}

/* A node's name; NULL: none is left, or there is none of that name, which was told. */
static bool
read_node (ScenarioParser *parser, const char **name)
{
  const ScenarioToken *token = scenario_peek (parser);
  *name = scenario_take_any_word (parser);
  if (!*name)
    return scenario_expected (parser, "a node");
  if (g_hash_table_contains (parser->nodes, *name))
    return true;
  g_autofree char *found = scenario_quote_for_people (*name);
  return scenario_missing (parser, token, "expected a node, found %s", found);
}

static bool
parse_reach (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *node = NULL, *peer = NULL;
  if (parser->scenario->reaches->len == SCENARIO_REACHES_MAX)
    return scenario_too_much (parser, token, "expected at most %d `reach`", SCENARIO_REACHES_MAX);
  if (scenario_is (parser, SCENARIO_TOKEN_STRING))
    return read_mark (parser);
  const char *word = scenario_take_any_word (parser);
  int event = word ? find_event (word) : -1;
  if (!word)
    return scenario_expected (parser, "a mark in quotes, or an event of the trace");
  if (event < 0)
    {
      g_autofree char *found = scenario_quote_for_people (word);
      g_autofree char *near = scenario_suggest (word, event_at, NULL);
      return scenario_wrong (parser, token, "expected an event of the trace, found %s%s", found,
                             near);
    }
  if (!read_node (parser, &node))
    return false;
  if (!scenario_at_end (parser) && !read_node (parser, &peer))
    return false;
  scenario_add_reach (parser->scenario, -1, event, node, peer, token->line);
  return true;
}

const ScenarioStatement scenario_statement_reach = {
  .statement = "reach",
  .form = "reach \"MARK\", reach EVENT NODE [NODE]",
  .help = "The run has to come to this place: a mark, by its text, or an event of the trace that "
          "the node "
          "reports, of another node if one is said.  If it does not, it has not tried what the "
          "scenario is there for, and is vacuous; over many seeds one of "
          "them has to come there.",
  .example = "reach \"pair: both dialed, the lower node's connection stays\"\n"
             "reach node_down rain ruth",
  .parse = parse_reach,
};

/* --- Writing ---------------------------------------------------------------------------------- */

void
scenario_append_reach (GString *out, const ScenarioReach *reach)
{
  if (reach->mark >= 0)
    {
      scenario_append_string (out, aemp_mark_texts[reach->mark]);
      return;
    }
  g_string_append_printf (out, "%s %s", aemp_trace_catalogue[reach->event].name, reach->node);
  if (reach->peer)
    g_string_append_printf (out, " %s", reach->peer);
}

void
scenario_append_decision (GString *out, const ScenarioDecision *decision)
{
  if (scenario_is_plain_word (decision->label) && strcmp (decision->label, "nothing") != 0)
    g_string_append (out, decision->label);
  else
    scenario_append_string (out, decision->label);
  g_string_append_printf (out, " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT, decision->identity,
                          decision->value);
}
