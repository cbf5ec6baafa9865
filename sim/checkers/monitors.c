/* sim/checkers/monitors.c - promises 3 to 5: losses and deaths are told, once, with the
 * right reason.  Promise 6 is in links.c, 10 in node-events.c. */

#include "links.h"

#include "engine/planted.h"

/* Monitors that are gone and still remembered, to say what is wrong with one that fires. */
#define GONE_KEPT 256

typedef enum
{
  GONE_FIRED,
  GONE_DROPPED,
} GoneHow;

typedef struct
{
  uint64_t key; /* of node, process and number; 0: none */
  GoneHow how;
  int64_t time_us;
} Gone;

typedef struct
{
  SimChecker base;
  SimLedger *ledger;
  Gone gone[GONE_KEPT];
  unsigned gone_next;
  uint64_t normal; /* the hash of the empty reason */
} Monitors;

static bool
text_is (const AempTraceEvent *event, const char *text)
{
  return event->text && strcmp (event->text, text) == 0;
}

/* --- Promise 3: loss is told --- */

static void
owe_loss (SimWatch *watch, int64_t due_us, uint64_t line)
{
  if (AEMP_PLANTED (checker_forgets_losses))
    return;
  SimDuty *duty = sim_duty_add (watch->node, SIM_DUTY_TELL_LOSS, watch, due_us, line);

  duty->message = watch->owed;
  duty->sent_us = watch->owed_sent_us;
  watch->settled = true;
}

static void
lost (void *judge, SimFlow *flow, const SimPacket *packet, SimChannel *channel, int64_t time_us,
      uint64_t line)
{
  for (GList *link = flow->watches.head; link; link = link->next)
    {
      SimWatch *watch = link->data;

      if (watch->since >= packet->number)
        return; /* and so are all later ones */
      if (watch->owed > 0)
        continue;
      watch->owed = packet->number;
      watch->owed_sent_us = packet->time_us;
      watch->owed_lost_us = time_us;
      if (channel->given_up_us != SIM_NEVER) /* the sender knows, too */
        owe_loss (watch, channel->given_up_us, line);
    }
}

/* The sender hears of losses that were certain before. */
static void
gave_up (void *judge, SimPair *pair, int64_t time_us, uint64_t line)
{
  for (GList *link = pair->from->watches.head; link; link = link->next)
    {
      SimWatch *watch = link->data;

      if (watch->flow->pair == pair && watch->owed > 0 && !watch->settled)
        owe_loss (watch, time_us, line);
    }
}

/* --- Promise 4: once --- */

static uint64_t
gone_key (const SimNode *node, uint64_t number)
{
  return sim_key (sim_key (node->name->hash, node->process), number);
}

static void
remember_gone (Monitors *monitors, const SimNode *node, const AempTraceEvent *event, GoneHow how)
{
  monitors->gone[monitors->gone_next++ % GONE_KEPT]
      = (Gone){ gone_key (node, event->number), how, event->time_us };
}

static void
judge_unset (Monitors *monitors, const SimNode *node, const AempTraceEvent *event, uint64_t line)
{
  const uint64_t key = gone_key (node, event->number);
  const Gone *gone = NULL;

  if (!node->traced || AEMP_PLANTED (checker_forgives_second_firing))
    return;
  for (unsigned at = 0; at < GONE_KEPT; at++)
    if (monitors->gone[at].key == key)
      gone = &monitors->gone[at];
  if (gone)
    sim_findings_breach (monitors->base.findings, 4, event->time_us, line,
                         "%s: monitor %" G_GUINT64_FORMAT " fired, but it %s at " SIM_TIME,
                         node->name->text, event->number,
                         gone->how == GONE_FIRED ? "had fired already" : "was dropped",
                         SIM_TIME_PARTS (gone->time_us));
  else
    sim_findings_breach (monitors->base.findings, 4, event->time_us, line,
                         "%s: monitor %" G_GUINT64_FORMAT " fired, but none of that number is set",
                         node->name->text, event->number);
}

/* --- Promise 5: death is told --- */

static void
breach_reason (Monitors *monitors, const SimWatch *watch, const AempTraceEvent *event,
               uint64_t line, const char *why)
{
  const char *reason = event->text && *event->text ? event->text : "a normal death";

  sim_findings_breach (monitors->base.findings, 5, event->time_us, line,
                       "%s: monitor %" G_GUINT64_FORMAT " on " SIM_ID " fired with %s at " SIM_TIME
                       ", but %s",
                       watch->node->name->text, watch->number,
                       SIM_ID_PARTS (watch->flow->pair->to->name, watch->flow->name), reason,
                       SIM_TIME_PARTS (event->time_us), why);
}

static void
judge_no_such_port (Monitors *monitors, const SimWatch *watch, const AempTraceEvent *event,
                    uint64_t line)
{
  if (sim_port_alive (watch->flow->port))
    breach_reason (monitors, watch, event, line, "that port is there");
  else if (watch->died && watch->exact)
    breach_reason (monitors, watch, event, line,
                   "it was in place when the port died of another reason");
}

static void
judge_reason (Monitors *monitors, const SimWatch *watch, const AempTraceEvent *event, uint64_t line)
{
  const SimPort *port = watch->flow->port;
  const SimPair *pair = watch->flow->pair;
  const AempName *name = event->port ? event->port : &monitors->ledger->nameless;

  if (!port->node->traced)
    return;
  monitors->base.findings->judged[5]++;
  if (name->hash != port->name->hash
      || (event->peer && event->peer->hash != port->node->name->hash))
    breach_reason (monitors, watch, event, line, "the event names another port");
  else if ((watch->died && watch->death == event->payload)
           || (port->dead && port->death == event->payload))
    return;
  else if (text_is (event, "no_such_port"))
    judge_no_such_port (monitors, watch, event, line);
  else if (text_is (event, "transport_error") && pair->from != pair->to)
    {
      if (pair->loss_us == SIM_NEVER || pair->loss_us < event->time_us - SIM_AT_ONCE_US)
        sim_duty_add (watch->node, SIM_DUTY_EXPLAIN, watch, event->time_us, line);
    }
  else if (sim_port_alive (port))
    breach_reason (monitors, watch, event, line, "that port is alive");
  else if (watch->died || port->dead)
    breach_reason (monitors, watch, event, line, "the port died of another reason");
  else if (port->born)
    breach_reason (monitors, watch, event, line, "the port did not die of anything");
}

/* A monitor on a local port hears of it at once, also when the port is not there. */
static void
owe_death (SimWatch *watch, int64_t time_us, uint64_t line)
{
  if (watch->node == watch->flow->pair->to)
    sim_duty_add (watch->node, SIM_DUTY_TELL_DEATH, watch, time_us, line);
}

/* The news of a remote death is among what its node sends at that instant. */
static void
await_news (SimWatch *watch, int64_t died_us)
{
  const SimPair *pair = watch->flow->pair;

  watch->died_us = died_us;
  watch->exact = watch->mark > 0 && pair->given_up == watch->mark_given_up && pair->current
                 && pair->current->fifo.popped >= watch->mark;
  if (!watch->exact || watch->untold)
    return;
  watch->untold = true;
  g_queue_push_tail_link (&watch->node->untold, &watch->in_untold);
}

/* Something arrives that was sent after a death: the news of that should have come before. */
static void
overdue (void *judge, SimNode *node, const SimFlow *flow, const SimPacket *packet, int64_t time_us,
         uint64_t line)
{
  Monitors *monitors = judge;

  for (GList *link = node->untold.head, *next; link; link = next)
    {
      SimWatch *watch = link->data;

      next = link->next;
      if (watch->flow->pair->to != flow->pair->from
          || packet->time_us <= watch->died_us + SIM_AT_ONCE_US)
        continue;
      g_queue_unlink (&node->untold, &watch->in_untold);
      watch->untold = false;
      watch->news_judged = true;
      sim_findings_breach (monitors->base.findings, 5, time_us, line,
                           SIM_ID
                           " died at " SIM_TIME ", and monitor %" G_GUINT64_FORMAT
                           " of %s was not told, though later messages from there have arrived",
                           SIM_ID_PARTS (watch->flow->pair->to->name, watch->flow->name),
                           SIM_TIME_PARTS (watch->died_us), watch->number, node->name->text);
    }
}

static void
died (void *judge, SimPort *port, const AempTraceEvent *event, uint64_t line)
{
  Monitors *monitors = judge;

  for (GList *flow = port->flows.head; flow; flow = flow->next)
    for (GList *link = ((SimFlow *)flow->data)->watches.head; link; link = link->next)
      {
        SimWatch *watch = link->data;

        watch->died = true;
        watch->death = event->payload;
        await_news (watch, event->time_us);
        owe_death (watch, event->time_us, line);
      }
  sim_links_judge_death (port, event, line, monitors->normal, monitors->base.findings);
}

/* --- News of monitors --- */

/* The monitor is over: if messages were sent under it, promise 3 was tried on it. */
static void
count_loss (Monitors *monitors, const SimWatch *watch)
{
  if (watch->flow->sent > watch->since)
    monitors->base.findings->judged[3]++;
}

static void
set (void *judge, SimWatch *watch, bool again, const AempTraceEvent *event, uint64_t line)
{
  Monitors *monitors = judge;
  const SimPair *pair = watch->flow->pair;

  if (again)
    {
      sim_findings_breach (monitors->base.findings, 4, event->time_us, line,
                           "%s: number %" G_GUINT64_FORMAT " names a second monitor",
                           watch->node->name->text, event->number);
      return;
    }
  if (pair->from != pair->to)
    {
      /* Its request is the next packet, if one is needed at all. */
      watch->mark = pair->current ? pair->current->fifo.pushed + 1 : 1;
      watch->mark_given_up = pair->given_up;
    }
  else if (!sim_port_alive (watch->flow->port))
    owe_death (watch, event->time_us, line);
}

static void
fired (void *judge, SimNode *node, SimWatch *watch, const AempTraceEvent *event, uint64_t line)
{
  Monitors *monitors = judge;
  SimFindings *findings = monitors->base.findings;

  if (!watch)
    {
      judge_unset (monitors, node, event, line);
      return;
    }
  findings->judged[4]++;
  count_loss (monitors, watch);
  judge_reason (monitors, watch, event, line);
  sim_links_fire (monitors->ledger, watch, event, line, monitors->normal, findings);
  remember_gone (monitors, node, event, GONE_FIRED);
}

static void
dropped (void *judge, SimNode *node, SimWatch *watch, const AempTraceEvent *event)
{
  Monitors *monitors = judge;

  if (!watch)
    return; /* dropping one that fired is fine */
  monitors->base.findings->judged[4]++;
  count_loss (monitors, watch);
  remember_gone (monitors, node, event, GONE_DROPPED);
}

static void
danger (void *judge, SimNode *node, const AempTraceEvent *event, uint64_t line)
{
  sim_links_see (((Monitors *)judge)->ledger, node, event, line);
}

static void
later (void *judge, SimNode *node, uint64_t line)
{
  Monitors *monitors = judge;

  sim_duties_judge (monitors->ledger, node, node->now_us, monitors->base.findings);
}

static void
stopped (void *judge, SimNode *node)
{
  sim_duties_drop (node);
}

/* --- The end --- */

/* The middle between the last fault and the end: what was under way before should have come
 * to rest. */
static int64_t
settled_us (const SimLedger *ledger, int64_t end_us)
{
  const int64_t fault_us = ledger->fault_us == SIM_NEVER ? 0 : ledger->fault_us;

  return fault_us + (end_us - fault_us) / 2;
}

static void
breach_loss (Monitors *monitors, SimWatch *watch, const char *what, uint64_t message,
             int64_t sent_us, int64_t end_us, uint64_t line)
{
  watch->settled = true;
  sim_findings_breach (monitors->base.findings, 3, end_us, line,
                       "%s → " SIM_ID ": message %" G_GUINT64_FORMAT ", sent at " SIM_TIME
                       ", %s, and monitor %" G_GUINT64_FORMAT " was not told by " SIM_TIME,
                       watch->node->name->text,
                       SIM_ID_PARTS (watch->flow->pair->to->name, watch->flow->name), message,
                       SIM_TIME_PARTS (sent_us), what, watch->number, SIM_TIME_PARTS (end_us));
}

/* What has been under way for too long, in a channel where nothing moves. */
static void
judge_stuck (Monitors *monitors, const SimChannel *channel, int64_t end_us, uint64_t line)
{
  const int64_t limit_us = settled_us (monitors->ledger, end_us);
  const SimFifo *fifo = &channel->fifo;

  if (!channel->pair->to->traced || channel->arrival_us >= limit_us)
    return;
  for (uint64_t at = fifo->popped; at < fifo->pushed; at++)
    {
      const SimPacket *packet = &fifo->ring[at & fifo->mask];

      if (packet->time_us >= limit_us)
        return;
      if (packet->state != SIM_PACKET_WAITS)
        continue;
      for (GList *link = ((SimFlow *)packet->flow)->watches.head; link; link = link->next)
        {
          SimWatch *watch = link->data;
          if (watch->since < packet->number && watch->owed == 0 && !watch->settled)
            breach_loss (monitors, watch, "has not arrived", packet->number, packet->time_us,
                         end_us, line);
        }
    }
}

/* Everything sent has arrived, long enough ago to have had its effect. */
static bool
is_idle (const SimChannel *channel, int64_t end_us)
{
  return sim_fifo_waiting (&channel->fifo) == 0
         && (channel->arrival_us == SIM_NEVER || channel->arrival_us + SIM_AT_ONCE_US < end_us);
}

static bool
is_idle_both_ways (const Monitors *monitors, const SimPair *there, int64_t end_us)
{
  const SimPair *back = sim_ledger_pair (monitors->ledger, there->to, there->from);

  return there->current && back && back->current && there->current->connection != 0
         && there->current->connection == back->current->connection
         && is_idle (there->current, end_us) && is_idle (back->current, end_us);
}

static void
judge_watch (Monitors *monitors, SimWatch *watch, int64_t end_us, bool calm, uint64_t line)
{
  const SimPair *pair = watch->flow->pair;

  count_loss (monitors, watch);
  if (calm && watch->owed > 0 && !watch->settled
      && watch->owed_lost_us < settled_us (monitors->ledger, end_us))
    breach_loss (monitors, watch, "was lost", watch->owed, watch->owed_sent_us, end_us, line);
  if (pair->from != pair->to && pair->to->running && !sim_port_alive (watch->flow->port)
      && !watch->news_judged && watch->time_us + SIM_AT_ONCE_US < end_us
      && is_idle_both_ways (monitors, pair, end_us))
    sim_findings_breach (
        monitors->base.findings, 5, end_us, line,
        SIM_ID " %s, and monitor %" G_GUINT64_FORMAT " of %s was not told by " SIM_TIME,
        SIM_ID_PARTS (pair->to->name, watch->flow->name), watch->died ? "died" : "is not there",
        watch->number, pair->from->name->text, SIM_TIME_PARTS (end_us));
}

static void
judge_end (Monitors *monitors, SimNode *node, int64_t end_us, bool calm, uint64_t line)
{
  sim_duties_judge (monitors->ledger, node, calm ? end_us : node->now_us, monitors->base.findings);
  for (GList *link = node->watches.head; link; link = link->next)
    judge_watch (monitors, link->data, end_us, calm, line);
  if (!calm)
    return;
  for (GList *pair = node->outgoing.head; pair; pair = pair->next)
    for (GList *link = ((SimPair *)pair->data)->channels.head; link; link = link->next)
      judge_stuck (monitors, link->data, end_us, line);
}

/* --- The checker --- */

static const SimLedgerNews news = {
  .overdue = overdue,
  .lost = lost,
  .gave_up = gave_up,
  .later = later,
  .stopped = stopped,
  .set = set,
  .fired = fired,
  .dropped = dropped,
  .died = died,
  .danger = danger,
};

static SimChecker *
monitors_new (SimFindings *findings)
{
  Monitors *monitors = g_new0 (Monitors, 1);
  const AempList normal = { 0 };

  monitors->base = (SimChecker){ .ops = &sim_checker_monitors, .findings = findings };
  monitors->normal = aemp_list_hash (&normal);
  monitors->ledger = sim_ledger_join (findings, &news, monitors);
  return &monitors->base;
}

static void
monitors_end (SimChecker *checker, int64_t time_us, bool calm)
{
  Monitors *monitors = (Monitors *)checker;

  for (GList *link = monitors->ledger->all_nodes.head; link; link = link->next)
    judge_end (monitors, link->data, time_us, calm, checker->findings->line);
}

static void
monitors_free (SimChecker *checker)
{
  Monitors *monitors = (Monitors *)checker;

  for (GList *link = monitors->ledger->all_nodes.head; link; link = link->next)
    sim_duties_drop (link->data);
  sim_ledger_leave (checker->findings, monitors);
  g_free (monitors);
}

static const int promises[] = { 3, 4, 5, 6, 0 };
static const char *const units[] = { "monitor|monitors", "monitor|monitors", "death|deaths", "link|links" };

const SimCheckerOps sim_checker_monitors = {
  .name = "monitors",
  .promises = promises,
  .units = units,
  .new = monitors_new,
  .end = monitors_end,
  .free = monitors_free,
};
