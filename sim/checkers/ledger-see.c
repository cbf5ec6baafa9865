/* sim/checkers/ledger-see.c - what each event does to the ledger. */

#include "ledger-parts.h"

#define NEWS(ledger, what, ...)                                                                    \
  G_STMT_START                                                                                     \
  {                                                                                                \
    for (unsigned judge = 0; judge < (ledger)->judges_count; judge++)                              \
      if ((ledger)->news[judge]->what)                                                             \
        (ledger)->news[judge]->what ((ledger)->judges[judge], __VA_ARGS__);                        \
  }                                                                                                \
  G_STMT_END

static const AempName *
name_or_empty (const SimLedger *ledger, const AempName *name)
{
  return name ? name : &ledger->nameless;
}

/* The node's clock says something new: what it did until now is complete. */
static inline void
touch (SimLedger *ledger, SimNode *node, const AempTraceEvent *event, uint64_t line)
{
  if (event->time_us <= node->now_us)
    return;
  if (G_UNLIKELY (node->duties.length > 0
                  || (node->local && sim_fifo_waiting (&node->local->fifo) > 0)))
    NEWS (ledger, later, node, line);
  node->now_us = event->time_us;
}

static SimNode *
reporter (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = sim_ledger_need_node (ledger, event->node);

  touch (ledger, node, event, line);
  return node;
}

/* The pair from the reporting node to the one that it reports on. */
static SimPair *
reported_pair (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimPair *pair = sim_ledger_need_pair (ledger, event->node, name_or_empty (ledger, event->peer));

  touch (ledger, pair->from, event, line);
  return pair;
}

/* --- Loss --- */

static void
lose_packet (SimLedger *ledger, SimChannel *channel, const SimPacket *packet, int64_t time_us,
             uint64_t line)
{
  SimFlow *flow = packet->flow;

  flow->under_way--;
  flow->lost = MAX (flow->lost, packet->number);
  NEWS (ledger, lost, flow, packet, channel, time_us, line);
  sim_ledger_tidy_flow (ledger, flow);
}

/* Tells of those that others overtook, and gives them up. */
static void
give_up_missing (SimLedger *ledger, SimChannel *channel, bool all, int64_t time_us, uint64_t line)
{
  SimFifo *fifo = &channel->fifo;
  SimPacket packet;
  SimOddity oddity = { .fit = SIM_FITS,
                       .pair = channel->pair,
                       .time_us = fifo->gap_time_us,
                       .line = fifo->gap_line,
                       .missing = sim_fifo_missing (fifo) };

  if (oddity.missing == 0 || (fifo->patience > 0 && !all))
    return;
  oddity.packet = *sim_fifo_first (fifo);
  oddity.name = ((SimFlow *)oddity.packet.flow)->name;
  NEWS (ledger, odd, &oddity);
  while (sim_fifo_give_up (fifo, all, &packet))
    lose_packet (ledger, channel, &packet, time_us, line);
}

static void
lose_all (SimLedger *ledger, SimChannel *channel, int64_t time_us, uint64_t line)
{
  SimPacket packet;

  give_up_missing (ledger, channel, true, time_us, line);
  while (sim_fifo_lose (&channel->fifo, &packet))
    lose_packet (ledger, channel, &packet, time_us, line);
}

static void
finish_channel (SimLedger *ledger, SimChannel *channel, int64_t time_us, uint64_t line)
{
  lose_all (ledger, channel, time_us, line);
  sim_ledger_retire_channel (ledger, channel);
}

/* Nothing more is sent on the current channel. */
static void
give_up_channel (SimLedger *ledger, SimPair *pair, int64_t time_us, uint64_t line)
{
  SimChannel *channel = pair->current;

  pair->given_up++;
  sim_ledger_set_current (pair, NULL);
  if (!channel)
    return;
  channel->given_up_us = time_us;
  if (channel->connection == 0 || channel->receiver_done)
    finish_channel (ledger, channel, time_us, line);
  else if (pair->channels.length > SIM_OPEN_CHANNELS_MAX)
    finish_channel (ledger, pair->channels.head->data, time_us, line);
}

static void
give_up (SimLedger *ledger, SimPair *pair, int64_t time_us, uint64_t line)
{
  NEWS (ledger, gave_up, pair, time_us, line);
  give_up_channel (ledger, pair, time_us, line);
}

/* Nothing more arrives on a channel. */
static void
end_arrivals (SimLedger *ledger, SimChannel *channel, int64_t time_us, uint64_t line)
{
  channel->receiver_done = true;
  channel->open = false;
  if (channel->given_up_us != SIM_NEVER)
    finish_channel (ledger, channel, time_us, line);
  else
    lose_all (ledger, channel, time_us, line);
}

/* --- Messages --- */

/* The receiver is gone, or never was there. */
static bool
is_pointless (SimLedger *ledger, SimChannel *channel)
{
  SimPacket packet;

  if (channel->receiver_done || channel->blind)
    return true;
  channel->open = channel->to->traced;
  if (channel->open || sim_fifo_waiting (&channel->fifo) < SIM_UNSEEN_PACKETS_MAX)
    return false;
  channel->blind = true;
  while (sim_fifo_lose (&channel->fifo, &packet))
    {
      SimFlow *flow = packet.flow;
      flow->under_way--;
    }
  return true;
}

/* The flow that a packet belongs to. */
static inline SimFlow *
sent_flow (SimLedger *ledger, const AempTraceEvent *event, const AempName *peer,
           const AempName *port)
{
  SimFlow *flow = sim_table_get (&ledger->flows,
                                 sim_key (sim_key (event->node->hash, peer->hash), port->hash));

  if (G_LIKELY (flow != NULL))
    return flow;
  return sim_ledger_need_flow (ledger, sim_ledger_need_pair (ledger, event->node, peer), port);
}

/* The latest of its flow. */
static inline void
fill_packet (SimPacket *packet, SimFlow *flow, const AempName *port, const AempTraceEvent *event)
{
  packet->port = port->hash;
  packet->payload = event->payload;
  packet->flow = flow;
  packet->time_us = event->time_us;
  packet->number = flow->sent;
  packet->state = SIM_PACKET_WAITS;
}

static void
see_send (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  const AempName *port = name_or_empty (ledger, event->port);
  SimFlow *flow = sent_flow (ledger, event, name_or_empty (ledger, event->peer), port);
  SimChannel *channel = flow->current;

  touch (ledger, flow->from, event, line);
  if (G_UNLIKELY (!channel))
    channel = sim_ledger_add_channel (ledger, flow->pair);
  flow->sent++;
  if (G_LIKELY (channel->open) || !is_pointless (ledger, channel))
    {
      fill_packet (sim_fifo_push (&channel->fifo), flow, port, event);
      flow->under_way++;
    }
  else if (!channel->blind)
    {
      SimPacket packet;
      fill_packet (&packet, flow, port, event);
      flow->under_way++;
      lose_packet (ledger, channel, &packet, event->time_us, line);
    }
}

/* Perhaps it was sent on an earlier connection. */
static void
recall_earlier (SimLedger *ledger, SimOddity *oddity, const SimChannel *channel,
                const AempTraceEvent *event)
{
  const uint64_t port = name_or_empty (ledger, event->port)->hash;
  const SimPacket *packet = NULL;

  if (oddity->fit != SIM_FITS_NOTHING)
    return;
  for (GList *link = oddity->pair->channels.head; link && !packet; link = link->next)
    if (link->data != channel)
      packet = sim_fifo_find (&((SimChannel *)link->data)->fifo, port, event->payload);
  if (!packet && oddity->pair->over)
    packet = sim_fifo_recall (&oddity->pair->over->fifo, port, event->payload);
  if (!packet)
    return;
  oddity->packet = *packet;
  oddity->resent = true;
  oddity->arrived = packet->state == SIM_PACKET_ARRIVED;
}

/* On a connection that carries nothing from that node (any more). */
static void
see_stray (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *from = sim_ledger_node (ledger, name_or_empty (ledger, event->peer));
  SimNode *to = reporter (ledger, event, line);
  SimOddity oddity
      = { .fit = SIM_FITS_NOTHING, .event = event, .time_us = event->time_us, .line = line };
  uint64_t key;

  if (!from || !from->traced)
    return;
  key = sim_key (from->name->hash, event->connection);
  if (ledger->odd_key == key) /* once is enough */
    return;
  ledger->odd_key = key;
  oddity.pair = sim_ledger_need_pair (ledger, from->name, to->name);
  recall_earlier (ledger, &oddity, NULL, event);
  NEWS (ledger, odd, &oddity);
}

/* Does the arrival settle a packet that was under way? */
static inline bool
is_settled (SimFit fit)
{
  return fit == SIM_FITS || fit == SIM_FITS_LATE || fit == SIM_FITS_ALTERED
         || fit == SIM_FITS_ASTRAY || fit == SIM_FITS_STALE;
}

static void
see_odd (SimLedger *ledger, SimChannel *channel, SimFit fit, const SimPacket *packet,
         const AempTraceEvent *event, uint64_t line)
{
  SimOddity oddity = {
    .fit = fit, .pair = channel->pair, .event = event, .time_us = event->time_us, .line = line
  };

  if (fit == SIM_FITS_SPARED)
    return;
  if (fit != SIM_FITS_NOTHING)
    oddity.packet = *packet;
  if (is_settled (fit))
    oddity.name = ((SimFlow *)packet->flow)->name;
  recall_earlier (ledger, &oddity, channel, event);
  NEWS (ledger, odd, &oddity);
}

static void
settle_packet (SimLedger *ledger, SimChannel *channel, const SimPacket *packet, bool found,
               const AempTraceEvent *event, uint64_t line)
{
  SimFlow *flow = packet->flow;

  if (G_UNLIKELY (!found))
    {
      lose_packet (ledger, channel, packet, event->time_us, line);
      return;
    }
  flow->under_way--;
  for (unsigned at = 0; ledger->arrived[at].tell; at++)
    ledger->arrived[at].tell (ledger->arrived[at].judge, channel->to, flow, packet, event, line);
  if (G_UNLIKELY (channel->to->untold.head != NULL))
    NEWS (ledger, overdue, channel->to, flow, packet, event->time_us, line);
  flow->arrived = MAX (flow->arrived, packet->number);
  if (G_UNLIKELY (!flow->open && !flow->port))
    sim_ledger_tidy_flow (ledger, flow);
}

/* Anything but the packet that was due at a port that is there. */
static void
see_unexpected (SimLedger *ledger, SimChannel *channel, const AempTraceEvent *event, uint64_t line)
{
  const AempName *port = name_or_empty (ledger, event->port);
  SimPacket packet;
  SimFit fit
      = sim_fifo_take (&channel->fifo, port->hash, event->payload, event->time_us, line, &packet);
  const bool found = event->kind != AEMP_TRACE_UNKNOWN_PORT && fit != SIM_FITS_ASTRAY;

  if (fit == SIM_FITS && !channel->fifo.told
      && packet.number < ((const SimFlow *)packet.flow)->arrived)
    fit = SIM_FITS_STALE;
  if (fit != SIM_FITS)
    see_odd (ledger, channel, fit, &packet, event, line);
  if (is_settled (fit))
    settle_packet (ledger, channel, &packet, found, event, line);
  if (channel->fifo.gap_end > 0)
    give_up_missing (ledger, channel, false, event->time_us, line);
  if (!found || !is_settled (fit))
    NEWS (ledger, unexpected, event, line);
}

static void
see_arrival (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  const AempName *port = name_or_empty (ledger, event->port);
  const AempName *peer = name_or_empty (ledger, event->peer);
  SimChannel *channel = sim_table_get (&ledger->channels, sim_key (peer->hash, event->connection));
  SimPacket *due;

  if (G_UNLIKELY (!channel || channel->to->hash != event->node->hash))
    {
      see_stray (ledger, event, line);
      NEWS (ledger, unexpected, event, line);
      return;
    }
  touch (ledger, channel->to, event, line);
  if (G_UNLIKELY (channel->blind))
    {
      NEWS (ledger, unexpected, event, line);
      return;
    }
  channel->arrival_us = event->time_us;
  due = sim_fifo_due (&channel->fifo, port->hash, event->payload);
  if (G_UNLIKELY (!due || due->number < ((const SimFlow *)due->flow)->arrived
                  || event->kind == AEMP_TRACE_UNKNOWN_PORT))
    {
      see_unexpected (ledger, channel, event, line);
      return;
    }
  sim_fifo_take_due (&channel->fifo, due);
  settle_packet (ledger, channel, due, true, event, line);
}

static void
see_danger (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);

  NEWS (ledger, danger, node, event, line);
}

static void
see_request (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  see_arrival (ledger, event, line);
  see_danger (ledger, event, line);
}

/* --- Connections --- */

static void
see_node_up (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimPair *pair = reported_pair (ledger, event, line);
  SimChannel *former;

  if (event->connection == 0 || (pair->current && pair->current->connection == event->connection))
    return;
  if (pair->current && pair->current->connection != 0)
    give_up (ledger, pair, event->time_us, line);
  former = sim_table_get (&ledger->channels, sim_key (event->node->hash, event->connection));
  if (former)
    finish_channel (ledger, former, event->time_us, line);
  sim_ledger_bind_channel (ledger,
                           pair->current ? pair->current : sim_ledger_add_channel (ledger, pair),
                           event->connection);
}

/* It is over as a way in, whatever else it was. */
static void
see_way_in_end (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  const AempName *peer = name_or_empty (ledger, event->peer);
  SimChannel *channel = sim_table_get (&ledger->channels, sim_key (peer->hash, event->connection));

  if (event->connection != 0 && channel && channel->pair->to->name->hash == event->node->hash)
    end_arrivals (ledger, channel, event->time_us, line);
}

static void
see_link_down (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimPair *pair = reported_pair (ledger, event, line);

  pair->loss_us = event->time_us;
  if (event->connection != 0 && pair->current && pair->current->connection == event->connection)
    give_up (ledger, pair, event->time_us, line);
  see_way_in_end (ledger, event, line);
}

static void
see_link_refused (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  reporter (ledger, event, line);
  see_way_in_end (ledger, event, line);
}

static void
see_node_down (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimPair *pair = reported_pair (ledger, event, line);

  /* What was sent after the connection was lost waits for the next one. */
  pair->loss_us = event->time_us;
  if (pair->current && pair->current->connection != 0)
    give_up (ledger, pair, event->time_us, line);
}

static void
see_dial_failed (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimPair *pair;

  if (!event->peer || event->peer->length == 0) /* a seed: nothing waits for it by name */
    {
      reporter (ledger, event, line);
      return;
    }
  pair = reported_pair (ledger, event, line);
  pair->loss_us = event->time_us;
  if (!pair->current || pair->current->connection == 0)
    give_up (ledger, pair, event->time_us, line);
}

/* --- Processes --- */

/* The last flow to go takes the port along. */
static void
bury_port (SimLedger *ledger, SimPort *port)
{
  const unsigned flows = port->flows.length;

  port->alive = false;
  for (GList *link = port->flows.head, *next; link; link = next)
    {
      next = link->next;
      ((SimFlow *)link->data)->open = false;
      sim_ledger_tidy_flow (ledger, link->data);
    }
  if (flows == 0)
    sim_ledger_tidy_port (ledger, port);
}

static void
stop_process (SimLedger *ledger, SimNode *node, int64_t time_us, uint64_t line)
{
  NEWS (ledger, stopped, node);
  while (node->watches.head)
    sim_ledger_drop_watch (ledger, node->watches.head->data);
  node->running = false;
  for (GList *link = node->outgoing.head; link; link = link->next)
    {
      SimPair *pair = link->data;
      while (pair->flows.head)
        sim_ledger_detach_flow (ledger, pair->flows.head->data);
      give_up_channel (ledger, pair, time_us, line);
    }
  for (GList *link = node->incoming.head; link; link = link->next)
    {
      SimPair *pair = link->data;
      for (GList *channel = pair->channels.head, *next; channel; channel = next)
        {
          next = channel->next;
          if (((SimChannel *)channel->data)->connection != 0)
            end_arrivals (ledger, channel->data, time_us, line);
        }
    }
  for (GList *link = node->ports.head, *next; link; link = next)
    {
      next = link->next;
      bury_port (ledger, link->data);
    }
  node->process++;
}

static void
start_process (SimLedger *ledger, SimNode *node, int64_t time_us, uint64_t line)
{
  if (node->running)
    stop_process (ledger, node, time_us, line);
  node->traced = node->running = true;
  node->started = false;
}

static void
see_process_start (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);

  start_process (ledger, node, event->time_us, line);
  node->had_process |= event->number > 0;
  ledger->fault_us = event->time_us;
}

static void
see_process_end (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);

  ledger->fault_us = event->time_us;
  if (node->running)
    stop_process (ledger, node, event->time_us, line);
}

static void
see_node_start (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);

  /* Ports and monitors may be older than the start of their node, so where somebody tells
   * of processes those count. */
  if (!node->running || (node->started && !node->had_process))
    start_process (ledger, node, event->time_us, line);
  node->started = true;
}

static void
see_fault (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  ledger->fault_us = event->time_us;
}

/* --- Ports and monitors --- */

static void
see_port_new (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);
  SimPort *port = sim_ledger_need_port (ledger, node, name_or_empty (ledger, event->port));

  NEWS (ledger, born, port, event, line);
  port->alive = port->born = true;
  for (GList *link = port->flows.head; link; link = link->next)
    ((SimFlow *)link->data)->open = true;
}

static void
see_port_dead (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);
  SimPort *port = sim_ledger_need_port (ledger, node, name_or_empty (ledger, event->port));

  NEWS (ledger, died, port, event, line);
  port->dead = true;
  port->death = event->payload;
  bury_port (ledger, port);
}

static void
see_mon_set (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimPair *pair = reported_pair (ledger, event, line);
  SimWatch *watch = sim_ledger_watch (ledger, pair->from, event->number);
  const bool again = watch != NULL;

  if (!again)
    {
      watch = sim_ledger_add_watch (
          ledger, pair->from,
          sim_ledger_need_flow (ledger, pair, name_or_empty (ledger, event->port)), event->number);
      watch->time_us = event->time_us;
      watch->line = line;
      watch->links = event->text && strcmp (event->text, "kill") == 0;
      watch->other = event->other ? aemp_name_new (event->other->text, event->other->length) : NULL;
    }
  NEWS (ledger, set, watch, again, event, line);
}

static void
see_mon_fired (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);
  SimWatch *watch = sim_ledger_watch (ledger, node, event->number);

  NEWS (ledger, fired, node, watch, event, line);
  if (watch)
    sim_ledger_drop_watch (ledger, watch);
}

static void
see_mon_dropped (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  SimNode *node = reporter (ledger, event, line);
  SimWatch *watch = sim_ledger_watch (ledger, node, event->number);

  NEWS (ledger, dropped, node, watch, event);
  if (watch)
    sim_ledger_drop_watch (ledger, watch);
}

/* --- All of it --- */

typedef void (*SeeEvent) (SimLedger *ledger, const AempTraceEvent *event, uint64_t line);

static const SeeEvent see_event[AEMP_TRACE_KINDS] = {
  [AEMP_TRACE_SEND] = see_send,
  [AEMP_TRACE_DELIVER] = see_arrival,
  [AEMP_TRACE_UNKNOWN_PORT] = see_arrival,
  [AEMP_TRACE_REQUEST] = see_request,
  [AEMP_TRACE_KILL] = see_danger,
  [AEMP_TRACE_FAILURE] = see_danger,
  [AEMP_TRACE_NODE_UP] = see_node_up,
  [AEMP_TRACE_NODE_DOWN] = see_node_down,
  [AEMP_TRACE_LINK_DOWN] = see_link_down,
  [AEMP_TRACE_LINK_REFUSED] = see_link_refused,
  [AEMP_TRACE_DIAL_FAILED] = see_dial_failed,
  [AEMP_TRACE_PROCESS_START] = see_process_start,
  [AEMP_TRACE_PROCESS_END] = see_process_end,
  [AEMP_TRACE_NODE_START] = see_node_start,
  [AEMP_TRACE_FAULT] = see_fault,
  [AEMP_TRACE_FAULT_OVER] = see_fault,
  [AEMP_TRACE_PORT_NEW] = see_port_new,
  [AEMP_TRACE_PORT_DEAD] = see_port_dead,
  [AEMP_TRACE_MON_SET] = see_mon_set,
  [AEMP_TRACE_MON_FIRED] = see_mon_fired,
  [AEMP_TRACE_MON_DROPPED] = see_mon_dropped,
};

void
sim_ledger_see (SimLedger *ledger, const AempTraceEvent *event, uint64_t line)
{
  const SeeEvent see = see_event[event->kind];

  if (see)
    see (ledger, event, line);
}

void
sim_ledger_end (SimLedger *ledger)
{
  for (GList *node = ledger->all_nodes.head; node; node = node->next)
    for (GList *pair = ((SimNode *)node->data)->outgoing.head; pair; pair = pair->next)
      for (GList *link = ((SimPair *)pair->data)->channels.head; link; link = link->next)
        {
          SimFifo *fifo = &((SimChannel *)link->data)->fifo;
          give_up_missing (ledger, link->data, true, fifo->gap_time_us, fifo->gap_line);
        }
}
