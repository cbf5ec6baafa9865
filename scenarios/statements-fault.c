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

/* --- clock --- */

const char *const scenario_clock_names[] = {
  [SCENARIO_CLOCK_JUMP] = "jump",
  [SCENARIO_CLOCK_OFFSET] = "offset",
  [SCENARIO_CLOCK_DRIFT] = "drift",
  [SCENARIO_CLOCK_KINDS] = NULL,
};

static bool
parse_clock (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_CLOCK);
  if (!scenario_read_set (parser, action->a))
    return false;
  scenario_set_tidy (action->a);
  while (scenario_clock_names[action->clock]
         && !scenario_take_word (parser, scenario_clock_names[action->clock]))
    action->clock++;
  switch (action->clock)
    {
    case SCENARIO_CLOCK_JUMP:
    case SCENARIO_CLOCK_OFFSET:
      return scenario_read_signed_duration (parser, SCENARIO_JUMP_MAX_US, &action->amount);
    case SCENARIO_CLOCK_DRIFT:
      return scenario_read_drift (parser, &action->amount);
    case SCENARIO_CLOCK_KINDS:
      break;
    }
  return scenario_expected (parser, "`jump`, `offset` or `drift`");
}

const ScenarioStatement scenario_statement_clock = {
  .statement = "clock",
  .form = "clock SET jump DURATION, clock SET offset DURATION, clock SET drift DRIFT",
  .help
  = "Hosts have clocks of their own.  `jump` sets the clock on the wall forward or (-1h) back; "
    "`offset` sets it to be that far from the right time.  `drift` makes all clocks of the host go "
    "too fast or too slow from now on, by millionths (200ppm) or percents (-0.5%), 10% at most: "
    "the monotonic clock that timers keep to never jumps, but it drifts.  `drift 0ppm` ends that.  "
    "Times in a scenario, in traces and in TCP are the world's.",
  .example = "at 33s  clock worker1 jump -1h ; clock worker2,worker3 drift 200ppm",
  .takes_at = true,
  .parse = parse_clock,
};
