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
 * For one network, and so for equal databases, too:
 *
 *   a wait                of a global node until it tries another one again that it hears of
 *                         from the seed: monitor_timeout at most.  (Its attempt is the one above;
 *                         between seeds, whose retries have the same ceiling, all this happens
 *                         while they dial each other as seeds.)
 *
 * For equal databases:
 *
 *   a sign of life        that a master asks of a slave, because another process has its name:
 *                         monitor_timeout, then the part of the dead one is dropped.
 *   a question            to a master that does not answer: monitor_timeout, then it is asked of
 *                         another one.
 *
 * Messages need some ways more, slave to master, to the other global nodes, to their slaves: what
 * is left of all these waits, each of which is the longest that it can be, covers that many times.
 *
 * Of a storm all is taken together: its cuts may follow so closely that TCP's waits double
 * through all of it, and what it kills it may kill behind one of its cuts.
 *
 * Where a path was slow, or lost packets, TCP waits as after a silence of that time and of some ways
 * there and back; and what was sent last may still be under way.
 *
 * A process that is still paused then does nothing before it goes on; what stalls, is slow, or
 * refuses is as good as paused; and where clocks are slow all the nodes' own waits are longer.
 * Where names take longer than usual each attempt does: its lookup comes before it.
 *
 * One thing more: a host that vanished, or a process that was killed behind a cut, leaves
 * connections of which one side knows nothing.  So does a reset that gets lost: nobody
 * sends it again.  If nothing is sent on them, only TCP's
 * keepalive finds out: keepalive_time and all its probes.  If something is, a host that is back
 * answers with a reset; where it stays away, TCP sends it again data_retries times before what
 * that node had set vanishes: for equal databases the longer of the two counts. */
#include "parse.h"

#include "engine/config.h"

#define USUAL_LOOKUP_US 2000 /* is in the noise */
#define USUAL_BUFFER_BYTES 65536
#define ROUND_TRIPS 3 /* RTO of the first one: its time and four times its deviation, which is half of it */

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

/* What is sent into a silence that never ends is given up after so long. */
static int64_t
retransmission_us (const Scenario *scenario)
{
  int64_t wait_us = scenario_network_value (scenario, "rto_min");
  int64_t most_us = MAX (scenario_network_value (scenario, "rto_max"), wait_us);
  int64_t sum_us = 0;
  for (int64_t i = scenario_network_value (scenario, "data_retries"); i >= 0; i--)
    {
      sum_us += wait_us;
      wait_us = MIN (2 * wait_us, most_us);
    }
  return sum_us;
}

static int64_t
keepalive_us (const Scenario *scenario)
{
  return scenario_network_value (scenario, "keepalive_time")
         + scenario_network_value (scenario, "keepalive_probes")
               * scenario_network_value (scenario, "keepalive_interval");
}

/* What a lookup may take more than usual. */
static int64_t
late_lookup_us (const Scenario *scenario)
{
  int64_t most_us = MAX (scenario_network_value (scenario, "lookup_min"),
                         scenario_network_value (scenario, "lookup_max"));
  return MAX (most_us - USUAL_LOOKUP_US, 0);
}

/* What the faults before a time leave behind. */
typedef struct
{
  int64_t silence_us;     /* the longest */
  int64_t late_us;        /* the longest rest of a pause, or of what else ends by itself */
  int64_t slow_ppm;       /* the slowest clock is that much too slow */
  int64_t way_us;         /* the longest that a packet may still take on a path that was changed */
  bool half_open;         /* a connection may be, of which one side knows nothing */
  bool is_lossy;          /* the network is, somewhere */
  bool is_cut;            /* while we look: something is, */
  int64_t cuts_until_us;  /* … or may be by a storm up to here; */
  int64_t kills_until_us; /* a storm may kill or reset up to here */
} Past;

static void
look_at_cut (Past *past, int64_t at_us, int64_t from_us)
{
  past->silence_us = MAX (past->silence_us, from_us - at_us);
  past->half_open = past->half_open || at_us <= past->kills_until_us;
}

static void
look_at_end (Past *past, int64_t at_us)
{
  past->half_open
      = past->half_open || past->is_lossy || past->is_cut || at_us <= past->cuts_until_us;
}

static void
look_at_vanish (Past *past, int64_t at_us, int64_t from_us)
{
  past->half_open = true;
  past->silence_us = MAX (past->silence_us, from_us - at_us);
}

/* Distributions are cut off, see sim/link.c. */
static int64_t
longest_delay_us (const ScenarioPath *path)
{
  switch (path->delay)
    {
    case SCENARIO_DELAY_UNIFORM:
      return path->delay_max_us;
    case SCENARIO_DELAY_NORMAL:
      return path->delay_min_us + 4 * path->delay_max_us;
    case SCENARIO_DELAY_PARETO:
      return path->delay_min_us + 40 * path->delay_max_us;
    }
  g_assert_not_reached ();
}

/* Before a slow line there is what both buffers of a connection hold, at most. */
static int64_t
line_us (const ScenarioPath *network, uint64_t rate_bits)
{
  uint64_t bytes = 2 * (network->buffer_bytes > 0 ? network->buffer_bytes : USUAL_BUFFER_BYTES);
  return rate_bits == 0 ? 0 : (int64_t)(8 * bytes * 1000000 / rate_bits);
}

static void
look_at_path (Past *past, const Scenario *scenario, const ScenarioAction *action, int64_t from_us)
{
  int64_t way_us = 0;
  if (action->kind == SCENARIO_DELAY)
    way_us = longest_delay_us (&action->path);
  else if (action->kind == SCENARIO_RATE)
    way_us = line_us (&scenario->network, action->path.rate_bits);
  past->is_lossy = past->is_lossy || action->path.loss_ppm > 0;
  past->way_us = MAX (past->way_us, way_us);
  past->silence_us = MAX (past->silence_us, from_us - action->at_us + ROUND_TRIPS * 2 * way_us);
}

/* One fault of a storm, which may strike at any time of it.  What ends by itself ends with the
 * storm at the latest. */
static void
look_at_fault (Past *past, const ScenarioAction *storm, const ScenarioFault *fault, int64_t from_us)
{
  int64_t end_us = storm->at_us + storm->duration_us;
  switch (fault->kind)
    {
    case SCENARIO_CUT:
      past->cuts_until_us = MAX (past->cuts_until_us, end_us);
      past->half_open = past->half_open || fault->refusing;
      look_at_cut (past, storm->at_us, from_us);
      return;
    case SCENARIO_VANISH:
      past->kills_until_us = MAX (past->kills_until_us, end_us);
      look_at_end (past, storm->at_us);
      look_at_vanish (past, storm->at_us, from_us);
      return;
    case SCENARIO_KILL:
    case SCENARIO_RESET:
    case SCENARIO_HALF_CLOSE:
      past->kills_until_us = MAX (past->kills_until_us, end_us);
      look_at_end (past, storm->at_us);
      return;
    case SCENARIO_CLOCK:
      if (from_us < end_us)
        past->slow_ppm = SCENARIO_DRIFT_MAX_PPM;
      return;
    case SCENARIO_PAUSE:
    case SCENARIO_STALL:
    case SCENARIO_SLOW:
    case SCENARIO_ACCEPT:
    case SCENARIO_REFUSE:
    case SCENARIO_LOOKUP:
      past->late_us = MAX (past->late_us, end_us - from_us);
      return;
    case SCENARIO_HEAL:
    case SCENARIO_RESTART:
    case SCENARIO_DELAY:
    case SCENARIO_LOSS:
    case SCENARIO_RATE:
    case SCENARIO_CALM:
    case SCENARIO_STORM:
    case SCENARIO_ACTION_KINDS:
      break;
    }
  g_assert_not_reached ();
}

static void
look_at_action (Past *past, const Scenario *scenario, const ScenarioAction *action, int64_t from_us)
{
  switch (action->kind)
    {
    case SCENARIO_CUT:
      past->is_cut = true;
      past->half_open = past->half_open || action->refusing; /* only one side is reset */
      look_at_cut (past, action->at_us, from_us);
      return;
    case SCENARIO_VANISH:
      look_at_vanish (past, action->at_us, from_us);
      return;
    case SCENARIO_KILL:
    case SCENARIO_RESTART: /* of a running process: it is killed first */
    case SCENARIO_RESET:
    case SCENARIO_HALF_CLOSE: /* who hears of it may close with a reset */
      look_at_end (past, action->at_us);
      return;
    case SCENARIO_DELAY:
    case SCENARIO_LOSS:
    case SCENARIO_RATE:
      look_at_path (past, scenario, action, from_us);
      return;
    case SCENARIO_HEAL:
      past->is_cut = past->is_cut && action->a->len > 0; /* part of it may be left */
      return;
    case SCENARIO_PAUSE:
    case SCENARIO_STALL:
    case SCENARIO_SLOW:
    case SCENARIO_ACCEPT:
    case SCENARIO_REFUSE:
    case SCENARIO_LOOKUP:
      past->late_us = MAX (past->late_us, action->at_us + action->duration_us - from_us);
      return;
    case SCENARIO_CLOCK:
      if (action->clock == SCENARIO_CLOCK_DRIFT) /* of some; others may still be slower */
        past->slow_ppm = MAX (past->slow_ppm, -action->amount);
      return;
    case SCENARIO_CALM:
      past->is_cut = false;
      past->slow_ppm = 0;
      past->late_us = 0;
      past->cuts_until_us = past->kills_until_us = -1;
      return;
    case SCENARIO_STORM:
      for (unsigned i = 0; i < action->faults->len; i++)
        look_at_fault (past, action, action->faults->pdata[i], from_us);
      return;
    case SCENARIO_ACTION_KINDS:
      return;
    }
}

static bool
loses_packets (const Scenario *scenario)
{
  bool is_lossy = scenario->network.loss_ppm > 0;
  for (unsigned i = 0; i < scenario->links->len; i++)
    is_lossy = is_lossy || ((const ScenarioLink *)scenario->links->pdata[i])->path.loss_ppm > 0;
  return is_lossy;
}

static Past
look_back (const Scenario *scenario, int64_t from_us)
{
  Past past = { .is_lossy = loses_packets (scenario), .cuts_until_us = -1, .kills_until_us = -1 };
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      const ScenarioAction *action = scenario->actions->pdata[i];
      if (action->at_us > from_us)
        break;
      look_at_action (&past, scenario, action, from_us);
    }
  return past;
}

static int64_t
timeouts (unsigned conditions)
{
  if (conditions & SCENARIO_DATABASES_EQUAL)
    return 7;
  return conditions & SCENARIO_ONE_NETWORK ? 5 : 4;
}

static int64_t
compute_bound_us (const Scenario *scenario, const Slowest *slowest, unsigned conditions,
                  int64_t from_us)
{
  Past past = look_back (scenario, from_us);
  int64_t own_us = timeouts (conditions) * slowest->monitor_timeout_us
                   + 2 * slowest->connect_interval_us + 2 * late_lookup_us (scenario);
  int64_t gone_us = keepalive_us (scenario);
  if (conditions & SCENARIO_DATABASES_EQUAL)
    gone_us = MAX (gone_us, retransmission_us (scenario));
  own_us += own_us / (1000000 - past.slow_ppm) * past.slow_ppm + past.slow_ppm;
  return past.late_us + past.way_us + longest_rto_us (scenario, past.silence_us) + own_us
         + (past.half_open ? gone_us : 0);
}

int64_t
scenario_bound_us (const Scenario *scenario, unsigned conditions, int64_t from_us)
{
  Slowest slowest = find_slowest (scenario);
  return compute_bound_us (scenario, &slowest, conditions, from_us);
}

int64_t
scenario_rest_us (const Scenario *scenario)
{
  unsigned conditions = SCENARIO_ALL_CONNECTED;
  int64_t latest_us = -1;
  bool is_calm = false;
  if (scenario->promises[12])
    conditions |= SCENARIO_ONE_NETWORK;
  if (scenario->promises[11])
    conditions |= SCENARIO_DATABASES_EQUAL;
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      const ScenarioAction *action = scenario->actions->pdata[i];
      is_calm = is_calm || action->kind == SCENARIO_CALM;
      latest_us = MAX (latest_us, action->at_us);
    }
  return is_calm ? latest_us + scenario_bound_us (scenario, conditions, latest_us) : -1;
}

void
scenario_compute_bounds (Scenario *scenario)
{
  Slowest slowest = find_slowest (scenario);
  int64_t from_us = -1, bound_us = 0; /* several in a row are often the same */
  unsigned conditions = 0;
  for (unsigned i = 0; i < scenario->expects->len; i++)
    {
      ScenarioExpect *expect = scenario->expects->pdata[i];
      if (!expect->bound)
        continue;
      if (expect->from_us != from_us || expect->conditions != conditions)
        bound_us = compute_bound_us (scenario, &slowest, expect->conditions, expect->from_us);
      from_us = expect->from_us;
      conditions = expect->conditions;
      expect->until_us = from_us + bound_us;
    }
}
