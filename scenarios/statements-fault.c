/* scenarios/statements-fault.c - faults that last for a while. */
#include "parse.h"

/* `for DURATION`, which is not nothing. */
static bool
read_for (ScenarioParser *parser, int64_t *duration_us)
{
  if (!scenario_take_word (parser, "for"))
    return scenario_expected (parser, "`for` and a duration");
  const ScenarioToken *token = scenario_peek (parser);
  if (!scenario_read_duration (parser, duration_us))
    return false;
  return *duration_us > 0 || scenario_wrong (parser, token, "expected a duration of more than 0s");
}

/* --- pause --- */

static bool
parse_pause (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_PAUSE);
  return scenario_read_sets (parser, action->a, "for") && read_for (parser, &action->duration_us);
}

const ScenarioStatement scenario_statement_pause = {
  .statement = "pause",
  .form = "pause SETS for DURATION",
  .help
  = "The processes stand still, as by `kill -STOP`, and go on after DURATION.  Their kernels go on "
    "all the time: they answer, take what their buffers have room for, and complete connections "
    "that nobody has accepted yet (128 for each listener).  A process that goes on finds that its "
    "clock has moved on, and first of all plays the timers that came due.  Pausing it again "
    "meanwhile sets a new end.",
  .example = "at 31s  pause worker5 for 2s",
  .takes_at = true,
  .parse = parse_pause,
};
