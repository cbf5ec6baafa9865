/* sim/checkers/network.c - promise 12: after the faults, one network. */

#include "roster.h"
#include "whole.h"

typedef struct
{
  SimChecker base;
  SimRoster roster;
} Network;

static void
network_see (SimChecker *checker, const AempTraceEvent *event, uint64_t line)
{
  sim_roster_see (&((Network *)checker)->roster, event, line);
}

static bool
tell_breach (void *user_data, int64_t time_us, uint64_t line, const char *text)
{
  sim_findings_breach (((Network *)user_data)->base.findings, 12, time_us, line, "%s", text);
  return true;
}

static void
network_end (SimChecker *checker, int64_t time_us, bool calm)
{
  Network *network = (Network *)checker;

  if (!calm)
    return;
  sim_roster_look (&network->roster);
  checker->findings->judged[12]
      += sim_roster_judge (&network->roster, false, &(SimTold){ tell_breach, network });
}

/* --- In the middle of a run --- */

static bool
keep_text (void *user_data, int64_t time_us, uint64_t line, const char *text)
{
  *(char **)user_data = g_strdup (text);
  return false;
}

char *
sim_network_why_not_one (SimChecker *checker)
{
  Network *network = (Network *)checker;
  char *text = NULL;

  sim_roster_look (&network->roster);
  sim_roster_judge (&network->roster, true, &(SimTold){ keep_text, &text });
  return text;
}

bool
sim_network_is_one (SimChecker *checker)
{
  g_autofree char *text = NULL;

  if (sim_roster_still_waits (&((Network *)checker)->roster))
    return false;
  text = sim_network_why_not_one (checker);
  return !text;
}

/* --- The checker --- */

static SimChecker *
network_new (SimFindings *findings)
{
  Network *network = g_new0 (Network, 1);

  network->base = (SimChecker){ .ops = &sim_checker_network, .findings = findings };
  sim_roster_init (&network->roster);
  return &network->base;
}

static void
network_free (SimChecker *checker)
{
  sim_roster_clear (&((Network *)checker)->roster);
  g_free (checker);
}

static const int promises[] = { 12, 0 };
static const char *const units[] = { "node|nodes" };

const SimCheckerOps sim_checker_network = {
  .name = "database",
  .promises = promises,
  .units = units,
  .kinds = SIM_ROSTER_KINDS,
  .new = network_new,
  .see = network_see,
  .end = network_end,
  .free = network_free,
};
