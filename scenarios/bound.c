/* scenarios/bound.c - how long a network may take to be whole again: `within bound`.
 *
 * The worst that can be under way when all faults end at `from`:
 *
 *   the wait of TCP       What was sent into the silence is sent again after waits that
 *                         double, so the wait that is running is as long as the silence
 *                         was, and one first wait more; rto_max at most.
 *   an attempt            that began before and leads nowhere: given up after
 *                         monitor_timeout.
 *   a wait                until the next attempt, monitor_timeout at most: the ceiling of
 *                         all retries.
 *   an attempt            that leads to the seed; it may take monitor_timeout, then it
 *                         would count as failed.
 *   a question            for the addresses of nodes behind the seed: connect_interval.
 *   an attempt            to reach them: monitor_timeout, and connect_interval for those
 *                         that are told of it last.
 *
 * One thing more: a host that vanished, or a process that was killed behind a cut, leaves
 * connections of which one side knows nothing.  If nothing is sent on them, only TCP's
 * keepalive finds out: keepalive_time and all its probes. */
#include "parse.h"

#include "engine/config.h"

typedef struct
{
  int64_t monitor_timeout_us;
  int64_t connect_interval_us;
} Slowest;

/* The largest that any node has of each. */
static Slowest
find_slowest (const Scenario *scenario)
{
  Slowest slowest = { 0, 0 };
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      const GPtrArray *settings = ((const ScenarioNode *)scenario->nodes->pdata[i])->settings;
      g_autoptr (AempConfig) config = aemp_config_new ();
      for (unsigned j = 0; j + 1 < settings->len; j += 2)
        if (!aemp_config_set (config, settings->pdata[j], settings->pdata[j + 1], NULL))
          g_assert_not_reached (); /* was checked when it was put there */
      slowest.monitor_timeout_us = MAX (slowest.monitor_timeout_us,
                                        MIN (config->monitor_timeout_us, SCENARIO_TIME_MAX_US));
      slowest.connect_interval_us = MAX (slowest.connect_interval_us,
                                         MIN (config->connect_interval_us, SCENARIO_TIME_MAX_US));
    }
  return slowest;
}

static int64_t
longest_rto_us (const Scenario *scenario, int64_t silence_us)
{
  int64_t first_us = MAX (scenario_network_value (scenario, "rto_first"),
                          scenario_network_value (scenario, "rto_min"));
  int64_t most_us = MAX (scenario_network_value (scenario, "rto_max"), first_us);
  return MIN (silence_us + first_us, most_us);
}

static int64_t
keepalive_us (const Scenario *scenario)
{
  return scenario_network_value (scenario, "keepalive_time")
         + scenario_network_value (scenario, "keepalive_probes")
               * scenario_network_value (scenario, "keepalive_interval");
}

/* What the faults before `from_us` leave behind. */
static void
look_back (const Scenario *scenario, int64_t from_us, int64_t *silence_us, bool *half_open)
{
  bool is_cut = false;
  *silence_us = 0;
  *half_open = false;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      const ScenarioAction *action = scenario->actions->pdata[i];
      if (action->at_us > from_us)
        break;
      switch (action->kind)
        {
        case SCENARIO_CUT:
          is_cut = true;
          *silence_us = MAX (*silence_us, from_us - action->at_us);
          break;
        case SCENARIO_VANISH:
          *half_open = true;
          *silence_us = MAX (*silence_us, from_us - action->at_us);
          break;
        case SCENARIO_KILL:
        case SCENARIO_RESTART: /* of a running process: it is killed first */
        case SCENARIO_RESET:
          *half_open = *half_open || is_cut;
          break;
        case SCENARIO_HEAL:
          is_cut = is_cut && action->a->len > 0; /* part of it may be left */
          break;
        case SCENARIO_CALM:
          is_cut = false;
          break;
        case SCENARIO_ACTION_KINDS:
          break;
        }
    }
}

static int64_t
compute_bound_us (const Scenario *scenario, const Slowest *slowest, int64_t from_us)
{
  int64_t silence_us;
  bool half_open;
  look_back (scenario, from_us, &silence_us, &half_open);
  return longest_rto_us (scenario, silence_us) + 4 * slowest->monitor_timeout_us
         + 2 * slowest->connect_interval_us + (half_open ? keepalive_us (scenario) : 0);
}

int64_t
scenario_bound_us (const Scenario *scenario, int64_t from_us)
{
  Slowest slowest = find_slowest (scenario);
  return compute_bound_us (scenario, &slowest, from_us);
}

void
scenario_compute_bounds (Scenario *scenario)
{
  Slowest slowest = find_slowest (scenario);
  int64_t from_us = -1, bound_us = 0; /* several in a row count from the same time */
  for (unsigned i = 0; i < scenario->expects->len; i++)
    {
      ScenarioExpect *expect = scenario->expects->pdata[i];
      if (!expect->bound)
        continue;
      if (expect->from_us != from_us)
        bound_us = compute_bound_us (scenario, &slowest, expect->from_us);
      from_us = expect->from_us;
      expect->until_us = from_us + bound_us;
    }
}
