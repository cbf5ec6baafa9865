/* scenarios/statements-path.c - what paths are like from now on. */
#include "parse.h"

static bool
parse_part (ScenarioParser *parser, ScenarioActionKind kind)
{
  ScenarioAction *action = scenario_begin_action (parser, kind);
  return scenario_read_ends (parser, action->a, action->b, &action->one_way)
         && scenario_read_path_part (parser, scenario_action_name (kind), &action->path);
}

static bool
parse_delay (ScenarioParser *parser)
{
  return parse_part (parser, SCENARIO_DELAY);
}

static bool
parse_loss (ScenarioParser *parser)
{
  return parse_part (parser, SCENARIO_LOSS);
}

static bool
parse_rate (ScenarioParser *parser)
{
  return parse_part (parser, SCENARIO_RATE);
}

const ScenarioStatement scenario_statement_delay = {
  .statement = "delay",
  .form = "delay SET | SET DELAY, delay SET -> SET DELAY",
  .help
  = "The paths between two sets, `->` only from the left to the right, take so long from now on: a "
    "delay as behind `link`, until another one is said, or `calm`.  What is on its way keeps its "
    "time, and nothing overtakes it, unless the path reorders.",
  .example = "at 10s  delay rain | ruth 200ms..400ms",
  .takes_at = true,
  .parse = parse_delay,
};

const ScenarioStatement scenario_statement_loss = {
  .statement = "loss",
  .form = "loss SET | SET PERCENT [burst NUMBER], loss SET -> SET PERCENT [burst NUMBER]",
  .help
  = "The paths between two sets lose so many packets from now on, `->` only from the left to the "
    "right, until something else is said, or `calm`.",
  .example = "at 10s  loss rain -> {ruth sun} 5% burst 3",
  .takes_at = true,
  .parse = parse_loss,
};

const ScenarioStatement scenario_statement_rate = {
  .statement = "rate",
  .form = "rate SET | SET RATE, rate SET -> SET RATE",
  .help
  = "The paths between two sets let so many bits pass in a second from now on, `->` only from the "
    "left to the right, until something else is said, or `calm`.  What waits for the line already "
    "waits as long as before.",
  .example = "at 10s  rate rain | ruth 64kbit",
  .takes_at = true,
  .parse = parse_rate,
};
