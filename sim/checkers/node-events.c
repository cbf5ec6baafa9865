/* sim/checkers/node-events.c - promise 10: ups and downs alternate, and a down comes last. */

#include "ledger.h"

#include "engine/planted.h"

typedef struct
{
  SimChecker base;
  SimLedger *ledger;
} NodeEvents;

static SimPair *
find_pair (const SimLedger *ledger, const AempTraceEvent *event)
{
  const SimNode *from = sim_ledger_node (ledger, event->node);
  const SimNode *to = event->peer ? sim_ledger_node (ledger, event->peer) : NULL;

  return from && to && from->traced ? sim_ledger_pair (ledger, from, to) : NULL;
}

static void
see_up (SimPair *pair, const AempTraceEvent *event, uint64_t line, SimFindings *findings)
{
  findings->judged[10]++;
  if (pair->up && !AEMP_PLANTED (checker_forgives_second_up))
    sim_findings_breach (findings, 10, event->time_us, line,
                         "%s says at " SIM_TIME " that %s is up, which it was already",
                         pair->from->name->text, SIM_TIME_PARTS (event->time_us),
                         pair->to->name->text);
  pair->up = true;
  pair->down_line = 0;
}

/* The first monitor that was set before the connection was over, and has not fired yet. */
static const SimWatch *
find_untold (const SimPair *pair, uint64_t line)
{
  for (GList *link = pair->from->watches.head; link; link = link->next)
    {
      const SimWatch *watch = link->data;

      if (watch->line >= line)
        return NULL; /* and so are all later ones */
      if (watch->flow->pair == pair)
        return watch;
    }
  return NULL;
}

static void
see_down (SimPair *pair, const AempTraceEvent *event, uint64_t line, SimFindings *findings)
{
  const SimWatch *watch = find_untold (pair, pair->down_line > 0 ? pair->down_line : line);

  findings->judged[10]++;
  if (!pair->up)
    sim_findings_breach (findings, 10, event->time_us, line,
                         "%s says at " SIM_TIME " that %s is down, but it was not up",
                         pair->from->name->text, SIM_TIME_PARTS (event->time_us),
                         pair->to->name->text);
  else if (watch)
    sim_findings_breach (findings, 10, event->time_us, line,
                         "%s says at " SIM_TIME " that %s is down, before its monitor "
                         "%" G_GUINT64_FORMAT " on " SIM_ID ", set at " SIM_TIME ", was told",
                         pair->from->name->text, SIM_TIME_PARTS (event->time_us),
                         pair->to->name->text, watch->number,
                         SIM_ID_PARTS (pair->to->name, watch->flow->name),
                         SIM_TIME_PARTS (watch->time_us));
  pair->up = false;
  pair->down_line = 0;
}

static void
node_events_see (SimChecker *checker, const AempTraceEvent *event, uint64_t line)
{
  SimLedger *ledger = ((NodeEvents *)checker)->ledger;
  SimPair *pair = find_pair (ledger, event);

  if (!pair)
    return;
  if (event->kind == AEMP_TRACE_NODE_UP)
    see_up (pair, event, line, checker->findings);
  else if (event->kind == AEMP_TRACE_NODE_DOWN)
    see_down (pair, event, line, checker->findings);
  else if (pair->up && pair->down_line == 0)
    {
      pair->down_line = line;
      pair->down_us = event->time_us;
    }
}

/* While the node of its port goes down, a monitor fires of nothing else. */
static void
fired (void *judge, SimNode *node, SimWatch *watch, const AempTraceEvent *event, uint64_t line)
{
  const SimPair *pair = watch ? watch->flow->pair : NULL;

  if (!pair || pair->down_line == 0 || watch->line >= pair->down_line
      || (event->text && strcmp (event->text, "transport_error") == 0))
    return;
  sim_findings_breach (((NodeEvents *)judge)->base.findings, 10, event->time_us, line,
                       "%s: monitor %" G_GUINT64_FORMAT " on " SIM_ID " fired with %s at " SIM_TIME
                       ", while %s went down: transport_error was due",
                       node->name->text, watch->number,
                       SIM_ID_PARTS (pair->to->name, watch->flow->name),
                       event->text && *event->text ? event->text : "a normal death",
                       SIM_TIME_PARTS (event->time_us), pair->to->name->text);
}

/* The process is over, and with it what it thought of others. */
static void
stopped (void *judge, SimNode *node)
{
  for (GList *link = node->outgoing.head; link; link = link->next)
    {
      SimPair *pair = link->data;
      pair->up = false;
      pair->down_line = 0;
    }
}

static void
judge_end (const SimNode *node, int64_t end_us, SimFindings *findings)
{
  for (GList *link = node->outgoing.head; link; link = link->next)
    {
      const SimPair *pair = link->data;

      if (pair->down_line > 0 && pair->down_us + SIM_AT_ONCE_US < end_us)
        sim_findings_breach (
            findings, 10, pair->down_us, pair->down_line,
            "%s lost its connection to %s at " SIM_TIME ", and never said that it is down",
            node->name->text, pair->to->name->text, SIM_TIME_PARTS (pair->down_us));
    }
}

/* --- The checker --- */

static const SimLedgerNews news = {
  .fired = fired,
  .stopped = stopped,
};

static SimChecker *
node_events_new (SimFindings *findings)
{
  NodeEvents *events = g_new0 (NodeEvents, 1);

  events->base = (SimChecker){ .ops = &sim_checker_node_events, .findings = findings };
  events->ledger = sim_ledger_join (findings, &news, events);
  return &events->base;
}

static void
node_events_end (SimChecker *checker, int64_t time_us, bool calm)
{
  for (GList *link = ((NodeEvents *)checker)->ledger->all_nodes.head; link; link = link->next)
    judge_end (link->data, time_us, checker->findings);
}

static void
node_events_free (SimChecker *checker)
{
  sim_ledger_leave (checker->findings, checker);
  g_free (checker);
}

static const int promises[] = { 10, 0 };
static const char *const units[] = { "up or down|ups and downs" };

const SimCheckerOps sim_checker_node_events = {
  .name = "monitors",
  .promises = promises,
  .units = units,
  .kinds = SIM_KIND (NODE_UP) | SIM_KIND (NODE_DOWN) | SIM_KIND (LINK_DOWN),
  .new = node_events_new,
  .see = node_events_see,
  .end = node_events_end,
  .free = node_events_free,
};
