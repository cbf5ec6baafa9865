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

/* --- stall, half-close --- */

static bool
parse_stall (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_STALL);
  bool *arrow = scenario_has_divider (parser) ? &action->one_way : NULL;
  return scenario_read_sides (parser, action->a, action->b, arrow, "for")
         && read_for (parser, &action->duration_us);
}

const ScenarioStatement scenario_statement_stall = {
  .statement = "stall",
  .form = "stall SETS -> SETS for DURATION, stall SETS | SETS for DURATION, "
          "stall SET SET for DURATION",
  .help
  = "Connections between the two sides deliver nothing for DURATION, `->` only from the left to "
    "the right: what is sent arrives and is acknowledged, as far as the receiver's buffer has "
    "room, but no program hears of it, nor of an end, before the time is over; then all is there, "
    "in order.  It is what a proxy does that is stuck, or a program with one thread too few.  "
    "Connections can be made meanwhile, and stall as well; resets pass.  Stalling again "
    "meanwhile sets a new end.",
  .example = "at 12s  stall rain -> ruth for 5s",
  .takes_at = true,
  .parse = parse_stall,
};

static bool
parse_half_close (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_HALF_CLOSE);
  return scenario_read_sides (parser, action->a, action->b, &action->one_way, NULL);
}

const ScenarioStatement scenario_statement_half_close = {
  .statement = "half-close",
  .form = "half-close SETS -> SETS, half-close SETS | SETS",
  .help
  = "All connections from the left to the right are ended in that direction, as by `shutdown` "
    "for writing or by a proxy: the right hears the end behind what was written so far, and may "
    "go on to write itself.  The left is not told; when it writes it finds a broken pipe.  `|`: "
    "both directions.  New connections can be made at once.",
  .example = "at 5s  half-close rain -> ruth",
  .takes_at = true,
  .parse = parse_half_close,
};

/* --- slow --- */

static bool
read_rate (ScenarioParser *parser, uint64_t *rate_bits)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  ScenarioPath path = { 0 };
  GError *error = NULL;
  if (!word)
    return scenario_expected (parser, "a rate as 64kbit");
  if (!scenario_path_set (&path, "rate", word, &error))
    return scenario_wrong_value (parser, token, error);
  *rate_bits = path.rate_bits;
  return path.rate_bits > 0
         || scenario_wrong (parser, token, "expected a rate as 64kbit, found `%s`", word);
}

static bool
parse_slow (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_SLOW);
  if (!scenario_read_sets (parser, action->a, "to"))
    return false;
  if (!scenario_take_word (parser, "to"))
    return scenario_expected (parser, "`to` and a rate");
  return read_rate (parser, &action->rate_bits) && read_for (parser, &action->duration_us);
}

const ScenarioStatement scenario_statement_slow = {
  .statement = "slow",
  .form = "slow SETS to RATE for DURATION",
  .help
  = "The processes read slowly for DURATION, from each connection no more than RATE, 4 KiB at "
    "most at once.  What is sent to them fills the buffer of their kernel, then that of the "
    "sender's, then the sender's queue.  Slowing down again meanwhile sets a new rate and end.",
  .example = "at 10s  slow ruth to 16kbit for 30s",
  .takes_at = true,
  .parse = parse_slow,
};

/* --- accept, refuse --- */

static bool
parse_accept (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_ACCEPT);
  if (!scenario_read_sets (parser, action->a, "after"))
    return false;
  if (!scenario_take_word (parser, "after"))
    return scenario_expected (parser, "`after` and a duration");
  return scenario_read_durations (parser, 0, &action->each_min_us, &action->each_max_us)
         && read_for (parser, &action->duration_us);
}

const ScenarioStatement scenario_statement_accept = {
  .statement = "accept",
  .form = "accept SETS after DURATION[..DURATION] for DURATION",
  .help
  = "The processes accept slowly, for DURATION: each connection that is made with them waits for "
    "so long with their kernel (128 at most for each listener), which takes what is sent on it.  "
    "Who has dialed believes to be connected.  They are accepted in order, and all of them when "
    "the time is over.",
  .example = "at 5s  accept rain after 50ms..2s for 20s",
  .takes_at = true,
  .parse = parse_accept,
};

static bool
parse_refuse (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_REFUSE);
  return scenario_read_sets (parser, action->a, "for") && read_for (parser, &action->duration_us);
}

const ScenarioStatement scenario_statement_refuse = {
  .statement = "refuse",
  .form = "refuse SETS for DURATION",
  .help
  = "The hosts refuse whoever dials them, for DURATION, as if nobody listened.  Connections that "
    "are there go on: that is the difference from `cut … refusing`.",
  .example = "at 5s  refuse rain for 10s",
  .takes_at = true,
  .parse = parse_refuse,
};

/* --- lookup --- */

static bool
read_fails (ScenarioParser *parser, uint32_t *fails_ppm)
{
  const ScenarioToken *token = scenario_peek (parser);
  ScenarioPath path = { .loss_ppm = 1000000 };
  GError *error = NULL;
  if (scenario_is (parser, SCENARIO_TOKEN_WORD) && !scenario_is_word (parser, "for")
      && !scenario_path_set (&path, "loss", scenario_take_any_word (parser), &error))
    return scenario_wrong_value (parser, token, error);
  *fails_ppm = path.loss_ppm;
  return path.loss_ppm > 0
         || scenario_wrong (parser, token, "expected lookups that fail, found `%s`", token->text);
}

static bool
parse_lookup (ScenarioParser *parser)
{
  ScenarioAction *action = scenario_begin_action (parser, SCENARIO_LOOKUP);
  bool good;
  if (!scenario_read_set (parser, action->a))
    return false;
  scenario_set_tidy (action->a);
  if (scenario_take_word (parser, "fails"))
    good = read_fails (parser, &action->fails_ppm);
  else if (scenario_take_word (parser, "takes"))
    good = scenario_read_durations (parser, 0, &action->each_min_us, &action->each_max_us);
  else
    good = scenario_expected (parser, "`fails` or `takes`");
  return good && read_for (parser, &action->duration_us);
}

const ScenarioStatement scenario_statement_lookup = {
  .statement = "lookup",
  .form = "lookup SET fails [PERCENT] for DURATION, "
          "lookup SET takes DURATION[..DURATION] for DURATION",
  .help
  = "For DURATION the hosts' resolvers find no names, or not in so many cases; or they take so "
    "long to find one, but not longer than until the time is over.  Nodes ask for the names of "
    "their seeds each time they dial them.  Both may be the case at once.",
  .example = "at 5s  lookup worker* fails for 20s ; lookup rain takes 1s..3s for 20s",
  .takes_at = true,
  .parse = parse_lookup,
};
