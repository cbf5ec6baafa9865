/* scenarios/statements.c - the table of statements; what they do stands beside each, in
 * statements-*.c. */
#include "parse.h"

static bool
parse_at (ScenarioParser *parser)
{
  if (!scenario_is (parser, SCENARIO_TOKEN_WORD))
    return scenario_expected (parser, "a time as 10s");
  return scenario_read_duration (parser, &parser->now_us);
}

const ScenarioStatement scenario_statement_at = {
  .statement = "at",
  .form = "at TIME STATEMENT",
  .help
  = "Moves the story to TIME, counted from the start of the run, and lets the statement happen "
    "then.  What follows without an `at` happens at the same time, also on the next lines.  "
    "Times may go back and forth: the run sorts them.  Only statements of the story can stand "
    "behind it: the faults, heal, restart, calm, within and expect.",
  .example = "at 25s  kill worker3 ; at 26s  restart worker3",
  .parse = parse_at,
};

/* Parts of the language that are decided, and come with later builds. */

static const ScenarioStatement service = {
  .statement = "service",
  .form = "service SET MODULE FUNCTION [ARGUMENT…]",
  .help = "Loads a module of the user's and starts one of its functions on each node.",
  .example = "service worker* \"modules/chat.so\" \"chat::client\" \"nick\"",
  .not_yet = true,
};

const ScenarioStatement *const scenario_statements[] = {
  &scenario_statement_scenario,
  &scenario_statement_node,
  &scenario_statement_nodes,
  &scenario_statement_network,
  &scenario_statement_link,
  &scenario_statement_actor,
  &service,
  &scenario_statement_at,
  &scenario_statement_cut,
  &scenario_statement_heal,
  &scenario_statement_kill,
  &scenario_statement_vanish,
  &scenario_statement_restart,
  &scenario_statement_reset,
  &scenario_statement_pause,
  &scenario_statement_stall,
  &scenario_statement_half_close,
  &scenario_statement_slow,
  &scenario_statement_accept,
  &scenario_statement_refuse,
  &scenario_statement_lookup,
  &scenario_statement_clock,
  &scenario_statement_delay,
  &scenario_statement_loss,
  &scenario_statement_rate,
  &scenario_statement_storm,
  &scenario_statement_calm,
  &scenario_statement_within,
  &scenario_statement_expect,
  &scenario_statement_check,
  &scenario_statement_until,
  &scenario_statement_seed,
  &scenario_statement_decide,
  &scenario_statement_reach,
  NULL,
};
