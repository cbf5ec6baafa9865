/* sim/checkers/ports.c - promises 7 and 8: a message reaches the port that it names and no
 * other, and what is local is done in order, at once.  Promise 9 is in spawns.c. */

#include "spawns.h"

#include "engine/planted.h"

/* Names of ports that are gone and still remembered, of all nodes together. */
#define GONE_KEPT 65536
/* Of those, the ones that are looked at for whatever is done in the context of a port. */
#define HINTS 256

typedef struct
{
  uint64_t key; /* of the port; 0: none */
  int64_t time_us;
} Gone;

typedef struct
{
  SimChecker base;
  SimLedger *ledger;
  SimSpawns spawns;
  Gone *gone; /* a ring */
  unsigned gone_next;
  SimTable gone_by_key;
  uint64_t hints[HINTS]; /* hashes of names that died lately */
  uint64_t arrived_line; /* where the latest message arrived as it should */
} Ports;

static const AempName *
name_or_empty (const Ports *ports, const AempName *name)
{
  return name ? name : &ports->ledger->nameless;
}

/* --- Names that are gone --- */

static void
bury (Ports *ports, const SimPort *port, int64_t time_us)
{
  Gone *gone = sim_table_get (&ports->gone_by_key, port->key);

  if (!gone)
    {
      gone = &ports->gone[ports->gone_next++ % GONE_KEPT];
      if (gone->key != 0)
        sim_table_remove (&ports->gone_by_key, gone->key);
      gone->key = port->key;
      sim_table_add (&ports->gone_by_key, gone->key, gone);
    }
  gone->time_us = time_us;
  ports->hints[port->name->hash % HINTS] = port->name->hash;
}

static const Gone *
find_gone (const Ports *ports, const AempName *node, const AempName *port)
{
  return sim_table_get (&ports->gone_by_key, sim_key (node->hash, port->hash));
}

/* --- Promise 7: no wrong port --- */

static void
judge_absent (Ports *ports, const AempTraceEvent *event, uint64_t line)
{
  const AempName *name = name_or_empty (ports, event->port);
  const AempName *peer = name_or_empty (ports, event->peer);
  const Gone *gone = find_gone (ports, event->node, name);

  if (sim_spawns_judge_early (&ports->spawns, event, name, "got a message", line)
      || AEMP_PLANTED (checker_forgives_wrong_port))
    return;
  if (gone)
    sim_findings_breach (ports->base.findings, 7, event->time_us, line,
                         "a message from %s reached " SIM_ID " at " SIM_TIME
                         ", a port that was gone since " SIM_TIME,
                         peer->text, SIM_ID_PARTS (event->node, name),
                         SIM_TIME_PARTS (event->time_us), SIM_TIME_PARTS (gone->time_us));
  else
    sim_findings_breach (
        ports->base.findings, 7, event->time_us, line,
        "a message from %s reached " SIM_ID " at " SIM_TIME ", a port that was never made",
        peer->text, SIM_ID_PARTS (event->node, name), SIM_TIME_PARTS (event->time_us));
}

/* Both ends know a connection by the same number: this one leads to another node. */
static bool
judge_node (Ports *ports, const SimNode *node, const AempTraceEvent *event, uint64_t line)
{
  const AempName *peer = name_or_empty (ports, event->peer);
  const SimChannel *channel
      = event->connection == 0
            ? NULL
            : sim_table_get (&ports->ledger->channels, sim_key (peer->hash, event->connection));

  if (!channel || channel->pair->to == node)
    return false;
  sim_findings_breach (ports->base.findings, 7, event->time_us, line,
                       "a message that %s sent to %s reached %s at " SIM_TIME, peer->text,
                       channel->pair->to->name->text, node->name->text,
                       SIM_TIME_PARTS (event->time_us));
  return true;
}

/* It is called unknown, and is there: what that breaks depends on where it came from. */
static void
judge_unknown (Ports *ports, const SimNode *node, const SimPort *port, const AempTraceEvent *event,
               uint64_t line)
{
  const AempName *peer = name_or_empty (ports, event->peer);
  const int promise = peer->hash == node->name->hash ? 8 : port && port->spawned ? 9 : 7;

  if (port && port->alive)
    sim_findings_breach (ports->base.findings, promise, event->time_us, line,
                         "a message from %s for " SIM_ID " was dropped at " SIM_TIME
                         ", as if there were no such port",
                         peer->text, SIM_ID_PARTS (event->node, port->name),
                         SIM_TIME_PARTS (event->time_us));
  else if (event->port)
    sim_spawns_judge_unknown (&ports->spawns, event, line);
}

/* An arrival that the ledger did not match with what was due. */
static void
unexpected (void *judge, const AempTraceEvent *event, uint64_t line)
{
  Ports *ports = judge;
  const SimNode *node = sim_ledger_node (ports->ledger, event->node);
  const SimPort *port;

  if (!node || !node->traced)
    return;
  ports->base.findings->judged[7]++;
  if (judge_node (ports, node, event, line) || event->kind == AEMP_TRACE_REQUEST)
    return;
  port = sim_ledger_port (ports->ledger, node, name_or_empty (ports, event->port));
  if (event->kind == AEMP_TRACE_UNKNOWN_PORT)
    judge_unknown (ports, node, port, event, line);
  else if (!port || !port->alive)
    judge_absent (ports, event, line);
}

static void
judge_name (Ports *ports, const SimPort *port, const AempTraceEvent *event, uint64_t line)
{
  const Gone *gone = sim_table_get (&ports->gone_by_key, port->key);

  if (port->alive)
    sim_findings_breach (ports->base.findings, 7, event->time_us, line,
                         "a second port named " SIM_ID " began at " SIM_TIME,
                         SIM_ID_PARTS (port->node->name, port->name),
                         SIM_TIME_PARTS (event->time_us));
  else if (gone)
    sim_findings_breach (ports->base.findings, 7, event->time_us, line,
                         "a port named " SIM_ID " began at " SIM_TIME
                         ", as one was named before, until " SIM_TIME,
                         SIM_ID_PARTS (port->node->name, port->name),
                         SIM_TIME_PARTS (event->time_us), SIM_TIME_PARTS (gone->time_us));
}

/* --- Promise 8: local --- */

static inline bool
is_local (const SimPair *pair)
{
  return pair->from == pair->to;
}

/* Local kills and messages stand in one queue. */
static void
doom (Ports *ports, const SimNode *node, const AempTraceEvent *event)
{
  SimPort *port = event->port && event->peer && event->peer->hash == node->name->hash
                      ? sim_ledger_port (ports->ledger, node, event->port)
                      : NULL;

  if (!port || port->doomed)
    return; /* the first one counts */
  port->doomed = true;
  port->doom = event->payload;
  port->doom_mark = node->local ? node->local->fifo.pushed : 0;
}

/* A message that was sent after the kill. */
static void
judge_doomed (Ports *ports, const SimPort *port, const SimPacket *packet,
              const AempTraceEvent *event, uint64_t line)
{
  if (!port || !port->doomed || port->node->local->fifo.popped <= port->doom_mark)
    return;
  sim_findings_breach (ports->base.findings, 8, event->time_us, line,
                       "%s → " SIM_ID ": local message %" G_GUINT64_FORMAT
                       " arrived, though the port had been killed before it was sent",
                       port->node->name->text, SIM_ID_PARTS (port->node->name, port->name),
                       (uint64_t)packet->number);
}

/* The messages that were sent before the kill. */
static void
judge_kill (Ports *ports, const SimPort *port, const AempTraceEvent *event, uint64_t line)
{
  const SimNode *node = port->node;

  if (!port->doomed || port->doom != event->payload || node->kil1_us == event->time_us
      || !node->local || node->local->fifo.popped >= port->doom_mark)
    return;
  sim_findings_breach (ports->base.findings, 8, event->time_us, line,
                       SIM_ID " was killed at " SIM_TIME ", before %" G_GUINT64_FORMAT
                              " local messages that were sent earlier had arrived",
                       SIM_ID_PARTS (node->name, port->name), SIM_TIME_PARTS (event->time_us),
                       port->doom_mark - node->local->fifo.popped);
}

static void
breach_stuck (Ports *ports, const SimNode *node, uint64_t line)
{
  const SimPacket *packet = sim_fifo_first (&node->local->fifo);
  const SimFlow *flow = packet->flow;

  node->local->stuck = true;
  sim_findings_breach (ports->base.findings, 8, packet->time_us, line,
                       "%s → " SIM_ID ": local message %" G_GUINT64_FORMAT ", sent at " SIM_TIME
                       ", did not arrive before the clock moved on",
                       node->name->text, SIM_ID_PARTS (node->name, flow->name),
                       (uint64_t)packet->number, SIM_TIME_PARTS (packet->time_us));
}

/* A simulated node needs no time at all; a real one is slow, but does not stand still. */
static void
judge_stuck (Ports *ports, const SimNode *node, int64_t now_us, uint64_t line)
{
  const int64_t slack_us = node->had_process ? 0 : SIM_BUSY_US;
  const SimChannel *local = node->local;
  const SimPacket *packet = local && !local->stuck ? sim_fifo_first (&local->fifo) : NULL;

  if (!packet || !node->traced || packet->time_us + slack_us >= now_us
      || (slack_us > 0 && local->arrival_us != SIM_NEVER && local->arrival_us + slack_us >= now_us))
    return;
  breach_stuck (ports, node, line);
}

/* Is anything done in the context of a port that is not there (yet, or any more)?  Then its
 * end, or its beginning, took place inside of a callback. */
static void
judge_context (Ports *ports, const AempTraceEvent *event, const AempName *context, uint64_t line)
{
  const Gone *gone;

  if (!context || context->length == 0)
    return;
  if (sim_spawns_any (&ports->spawns))
    sim_spawns_judge_early (&ports->spawns, event, context, "did something", line);
  if (G_LIKELY (ports->hints[context->hash % HINTS] != context->hash))
    return;
  gone = find_gone (ports, event->node, context);
  if (gone)
    sim_findings_breach (ports->base.findings, 8, event->time_us, line,
                         SIM_ID " did something at " SIM_TIME ", though it was gone since " SIM_TIME
                                ": it died while its callback ran",
                         SIM_ID_PARTS (event->node, context), SIM_TIME_PARTS (event->time_us),
                         SIM_TIME_PARTS (gone->time_us));
}

/* --- News --- */

static void
arrived (void *judge, SimNode *node, SimFlow *flow, const SimPacket *packet,
         const AempTraceEvent *event, uint64_t line)
{
  Ports *ports = judge;
  SimFindings *findings = ports->base.findings;
  const SimPort *port;

  if (!node->traced)
    return;
  ports->arrived_line = line;
  findings->judged[7]++;
  if (flow->local)
    findings->judged[8]++;
  if (event->kind != AEMP_TRACE_DELIVER || G_LIKELY (flow->open && !flow->local))
    return;
  port = flow->port;
  if (!port) /* who sent it is over */
    port = sim_ledger_port (ports->ledger, node, flow->name);
  if (!port || !port->alive)
    judge_absent (ports, event, line);
  else if (flow->local)
    judge_doomed (ports, port, packet, event, line);
}

/* What is told of lost ones here, judge_stuck() has told of a simulated node. */
static void
odd (void *judge, const SimOddity *oddity)
{
  Ports *ports = judge;
  const SimPair *pair = oddity->pair;
  const AempName *name = oddity->name ? oddity->name : &ports->ledger->nameless;

  if (!is_local (pair) || (oddity->fit == SIM_FITS && pair->from->had_process))
    return;
  if (!oddity->name && oddity->event)
    name = name_or_empty (ports, oddity->event->port);
  sim_findings_breach (ports->base.findings, 8, oddity->time_us, oddity->line,
                       "%s → " SIM_ID ": a local message was lost, doubled, altered or overtaken",
                       pair->from->name->text, SIM_ID_PARTS (pair->to->name, name));
}

static void
lost (void *judge, SimFlow *flow, const SimPacket *packet, SimChannel *channel, int64_t time_us,
      uint64_t line)
{
  Ports *ports = judge;

  if (sim_spawns_any (&ports->spawns))
    sim_spawns_lose (&ports->spawns, flow, packet);
}

static void
later (void *judge, SimNode *node, uint64_t line)
{
  /* `now_us` is when its clock stood still last: what waits was sent until then. */
  judge_stuck (judge, node, node->had_process ? INT64_MAX : node->now_us, line);
}

static void
stopped (void *judge, SimNode *node)
{
  Ports *ports = judge;

  for (GList *link = node->ports.head; link; link = link->next)
    if (((SimPort *)link->data)->alive)
      bury (ports, link->data, node->now_us);
  sim_spawns_stop (&ports->spawns, node);
}

static void
born (void *judge, SimPort *port, const AempTraceEvent *event, uint64_t line)
{
  Ports *ports = judge;

  judge_name (ports, port, event, line);
  if (sim_spawns_any (&ports->spawns))
    sim_spawns_born (&ports->spawns, port, event, line);
}

static void
died (void *judge, SimPort *port, const AempTraceEvent *event, uint64_t line)
{
  Ports *ports = judge;

  judge_kill (ports, port, event, line);
  bury (ports, port, event->time_us);
}

static void
danger (void *judge, SimNode *node, const AempTraceEvent *event, uint64_t line)
{
  Ports *ports = judge;

  if (event->kind == AEMP_TRACE_KILL)
    doom (ports, node, event);
  else if (event->kind == AEMP_TRACE_REQUEST && event->text && strcmp (event->text, "kil1") == 0)
    node->kil1_us = event->time_us;
}

/* --- The checker --- */

static const SimLedgerNews news = {
  .arrived = arrived,
  .unexpected = unexpected,
  .odd = odd,
  .lost = lost,
  .later = later,
  .stopped = stopped,
  .born = born,
  .died = died,
  .danger = danger,
};

static SimChecker *
ports_new (SimFindings *findings)
{
  Ports *ports = g_new0 (Ports, 1);

  ports->base = (SimChecker){ .ops = &sim_checker_ports, .findings = findings };
  ports->ledger = sim_ledger_join (findings, &news, ports);
  ports->gone = g_new0 (Gone, GONE_KEPT);
  sim_table_init (&ports->gone_by_key);
  sim_spawns_init (&ports->spawns, ports->ledger, findings);
  return &ports->base;
}

static void
see_spawn (Ports *ports, const AempTraceEvent *event, uint64_t line)
{
  const SimPort *port;
  uint64_t key;

  if (!event->peer || !event->port)
    return;
  key = sim_key (event->peer->hash, event->port->hash);
  port = sim_table_get (&ports->ledger->ports, key);
  sim_spawns_ask (&ports->spawns, event, line,
                  (port && port->born) || sim_table_get (&ports->gone_by_key, key));
}

static void
see_answer (Ports *ports, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = sim_ledger_node (ports->ledger, event->node);

  if (!node || !node->traced)
    return;
  if (event->kind == AEMP_TRACE_REQUEST)
    sim_spawns_arrive (&ports->spawns, node, event, line);
  else
    sim_spawns_refuse (&ports->spawns, node);
}

static void
ports_see (SimChecker *checker, const AempTraceEvent *event, uint64_t line)
{
  Ports *ports = (Ports *)checker;

  switch ((int)event->kind)
    {
    case AEMP_TRACE_SEND:
      judge_context (ports, event, event->other, line);
      sim_spawns_send (&ports->spawns, event);
      return;
    case AEMP_TRACE_NOTE:
    case AEMP_TRACE_FAILURE:
      judge_context (ports, event, event->port, line);
      return;
    case AEMP_TRACE_SPAWN:
      see_spawn (ports, event, line);
      return;
    case AEMP_TRACE_REQUEST:
    case AEMP_TRACE_REFUSED:
      if (sim_spawns_any (&ports->spawns))
        see_answer (ports, event, line);
      return;
    }
}

static void
ports_end (SimChecker *checker, int64_t time_us, bool calm)
{
  Ports *ports = (Ports *)checker;

  for (GList *link = ports->ledger->all_nodes.head; link; link = link->next)
    if (((SimNode *)link->data)->running)
      judge_stuck (ports, link->data, time_us, ports->arrived_line);
  sim_spawns_end (&ports->spawns, time_us);
}

static void
ports_free (SimChecker *checker)
{
  Ports *ports = (Ports *)checker;

  sim_spawns_clear (&ports->spawns);
  sim_ledger_leave (checker->findings, checker);
  sim_table_clear (&ports->gone_by_key);
  g_free (ports->gone);
  g_free (ports);
}

static const int promises[] = { 7, 8, 9, 0 };
static const char *const units[] = { "message|messages", "local message|local messages", "spawn|spawns" };

const SimCheckerOps sim_checker_ports = {
  .name = "delivery",
  .promises = promises,
  .units = units,
  .kinds = SIM_KIND (SEND) | SIM_KIND (NOTE) | SIM_KIND (FAILURE) | SIM_KIND (SPAWN)
           | SIM_KIND (REQUEST) | SIM_KIND (REFUSED),
  .new = ports_new,
  .see = ports_see,
  .end = ports_end,
  .free = ports_free,
};
