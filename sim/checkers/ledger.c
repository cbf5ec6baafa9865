/* sim/checkers/ledger.c - the parts of the ledger; what events do to them is in
 * ledger-see.c. */

#include "ledger-parts.h"

#define CACHE_LINE_BYTES 64
/* What every message touches begins a line of the cache: with a thousand nodes that is what
 * time is spent on. */
#define SIM_NEW(Type) ((Type *)g_aligned_alloc0 (1, sizeof (Type), CACHE_LINE_BYTES))
G_STATIC_ASSERT (G_STRUCT_OFFSET (SimNode, untold.tail) <= CACHE_LINE_BYTES);
G_STATIC_ASSERT (G_STRUCT_OFFSET (SimFlow, pair) <= CACHE_LINE_BYTES);
G_STATIC_ASSERT (G_STRUCT_OFFSET (SimChannel, fifo.patience) <= CACHE_LINE_BYTES);

/* --- Look-ups --- */

SimNode *
sim_ledger_node (const SimLedger *ledger, const AempName *name)
{
  return sim_table_get (&ledger->nodes, name->hash);
}

SimPort *
sim_ledger_port (const SimLedger *ledger, const SimNode *node, const AempName *name)
{
  return sim_table_get (&ledger->ports, sim_key (node->name->hash, name->hash));
}

SimPair *
sim_ledger_pair (const SimLedger *ledger, const SimNode *from, const SimNode *to)
{
  return sim_table_get (&ledger->pairs, sim_key (from->name->hash, to->name->hash));
}

SimWatch *
sim_ledger_watch (const SimLedger *ledger, const SimNode *node, uint64_t number)
{
  return sim_table_get (&ledger->watches, sim_key (node->name->hash, number));
}

/* --- Nodes, ports, pairs --- */

SimNode *
sim_ledger_need_node (SimLedger *ledger, const AempName *name)
{
  SimNode *node = sim_ledger_node (ledger, name);

  if (node)
    return node;
  node = SIM_NEW (SimNode);
  node->name = aemp_name_new (name->text, name->length);
  node->hash = name->hash;
  node->now_us = SIM_NEVER;
  node->kil1_us = SIM_NEVER;
  node->in_ledger.data = node;
  g_queue_push_tail_link (&ledger->all_nodes, &node->in_ledger);
  sim_table_add (&ledger->nodes, name->hash, node);
  return node;
}

SimPort *
sim_ledger_need_port (SimLedger *ledger, SimNode *node, const AempName *name)
{
  SimPort *port = sim_ledger_port (ledger, node, name);

  if (port)
    return port;
  port = g_new0 (SimPort, 1);
  port->node = node;
  port->name = aemp_name_new (name->text, name->length);
  port->key = sim_key (node->name->hash, name->hash);
  port->link_us = SIM_NEVER;
  port->in_node.data = port;
  g_queue_push_tail_link (&node->ports, &port->in_node);
  sim_table_add (&ledger->ports, port->key, port);
  return port;
}

void
sim_ledger_tidy_port (SimLedger *ledger, SimPort *port)
{
  if (port->alive || port->flows.length > 0)
    return;
  g_queue_unlink (&port->node->ports, &port->in_node);
  sim_table_remove (&ledger->ports, port->key);
  aemp_name_unref (port->name);
  g_free (port);
}

SimPair *
sim_ledger_need_pair (SimLedger *ledger, const AempName *from, const AempName *to)
{
  const uint64_t key = sim_key (from->hash, to->hash);
  SimPair *pair = sim_table_get (&ledger->pairs, key);

  if (G_LIKELY (pair != NULL))
    return pair;
  pair = SIM_NEW (SimPair);
  pair->from = sim_ledger_need_node (ledger, from);
  pair->to = sim_ledger_need_node (ledger, to);
  pair->key = key;
  pair->loss_us = SIM_NEVER;
  pair->in_from.data = pair->in_to.data = pair;
  g_queue_push_tail_link (&pair->from->outgoing, &pair->in_from);
  g_queue_push_tail_link (&pair->to->incoming, &pair->in_to);
  sim_table_add (&ledger->pairs, key, pair);
  return pair;
}

/* --- Flows --- */

SimFlow *
sim_ledger_need_flow (SimLedger *ledger, SimPair *pair, const AempName *name)
{
  const uint64_t key = sim_key (pair->key, name->hash);
  SimFlow *flow = sim_table_get (&ledger->flows, key);

  if (G_LIKELY (flow != NULL))
    return flow;
  flow = SIM_NEW (SimFlow);
  flow->pair = pair;
  flow->from = pair->from;
  flow->current = pair->current;
  flow->local = pair->from == pair->to;
  flow->port = sim_ledger_need_port (ledger, pair->to, name);
  flow->open = flow->port->alive;
  flow->since = UINT64_MAX;
  flow->name = aemp_name_ref (flow->port->name);
  flow->key = key;
  flow->in_pair.data = flow->in_port.data = flow;
  g_queue_push_tail_link (&pair->flows, &flow->in_pair);
  g_queue_push_tail_link (&flow->port->flows, &flow->in_port);
  sim_table_add (&ledger->flows, key, flow);
  return flow;
}

void
sim_ledger_detach_flow (SimLedger *ledger, SimFlow *flow)
{
  SimPort *port = flow->port;

  g_queue_unlink (&flow->pair->flows, &flow->in_pair);
  g_queue_unlink (&port->flows, &flow->in_port);
  sim_table_remove (&ledger->flows, flow->key);
  flow->port = NULL;
  flow->current = NULL;
  flow->open = false;
  sim_ledger_tidy_port (ledger, port);
  sim_ledger_tidy_flow (ledger, flow);
}

void
sim_ledger_tidy_flow (SimLedger *ledger, SimFlow *flow)
{
  if (flow->under_way > 0 || flow->watches.length > 0)
    return;
  if (flow->port && !sim_port_alive (flow->port))
    {
      sim_ledger_detach_flow (ledger, flow);
      return;
    }
  if (flow->port)
    return;
  aemp_name_unref (flow->name);
  g_aligned_free (flow);
}

/* --- Channels --- */

void
sim_ledger_set_current (SimPair *pair, SimChannel *channel)
{
  pair->current = channel;
  for (GList *link = pair->flows.head; link; link = link->next)
    ((SimFlow *)link->data)->current = channel;
}

SimChannel *
sim_ledger_add_channel (SimLedger *ledger, SimPair *pair)
{
  SimChannel *channel = SIM_NEW (SimChannel);

  channel->pair = pair;
  channel->to = pair->to;
  channel->given_up_us = SIM_NEVER;
  channel->arrival_us = SIM_NEVER;
  channel->in_pair.data = channel;
  sim_fifo_init (&channel->fifo);
  g_queue_push_tail_link (&pair->channels, &channel->in_pair);
  sim_ledger_set_current (pair, channel);
  if (pair->from == pair->to)
    {
      sim_table_add (&ledger->channels, sim_key (pair->from->name->hash, 0), channel);
      pair->from->local = channel;
    }
  return channel;
}

void
sim_ledger_bind_channel (SimLedger *ledger, SimChannel *channel, uint64_t connection)
{
  channel->connection = connection;
  sim_table_add (&ledger->channels, sim_key (channel->pair->from->name->hash, connection), channel);
}

static void
free_channel (SimChannel *channel)
{
  if (!channel)
    return;
  sim_fifo_clear (&channel->fifo);
  g_aligned_free (channel);
}

void
sim_ledger_retire_channel (SimLedger *ledger, SimChannel *channel)
{
  SimPair *pair = channel->pair;

  g_assert (sim_fifo_waiting (&channel->fifo) == 0);
  if (channel->connection != 0 || pair->from == pair->to)
    sim_table_remove (&ledger->channels, sim_key (pair->from->name->hash, channel->connection));
  g_queue_unlink (&pair->channels, &channel->in_pair);
  if (pair->current == channel)
    sim_ledger_set_current (pair, NULL);
  if (pair->from->local == channel)
    pair->from->local = NULL;
  free_channel (pair->over);
  pair->over = channel;
}

/* --- Monitors --- */

SimWatch *
sim_ledger_add_watch (SimLedger *ledger, SimNode *node, SimFlow *flow, uint64_t number)
{
  SimWatch *watch = g_new0 (SimWatch, 1);

  watch->number = number;
  watch->node = node;
  watch->flow = flow;
  watch->since = flow->sent;
  flow->since = MIN (flow->since, watch->since);
  watch->in_node.data = watch->in_flow.data = watch->in_untold.data = watch;
  g_queue_push_tail_link (&node->watches, &watch->in_node);
  g_queue_push_tail_link (&flow->watches, &watch->in_flow);
  sim_table_add (&ledger->watches, sim_key (node->name->hash, number), watch);
  return watch;
}

void
sim_ledger_drop_watch (SimLedger *ledger, SimWatch *watch)
{
  SimFlow *flow = watch->flow;

  sim_table_remove (&ledger->watches, sim_key (watch->node->name->hash, watch->number));
  g_queue_unlink (&watch->node->watches, &watch->in_node);
  g_queue_unlink (&flow->watches, &watch->in_flow);
  flow->since = flow->watches.head ? ((SimWatch *)flow->watches.head->data)->since : UINT64_MAX;
  if (watch->untold)
    g_queue_unlink (&watch->node->untold, &watch->in_untold);
  if (watch->other)
    aemp_name_unref (watch->other);
  g_free (watch);
  sim_ledger_tidy_flow (ledger, flow);
}

/* --- All of it --- */

static SimLedger *
ledger_new (void)
{
  SimLedger *ledger = g_new0 (SimLedger, 1);

  ledger->fault_us = SIM_NEVER;
  ledger->nameless = aemp_name_view ("", 0);
  sim_table_init (&ledger->nodes);
  sim_table_init (&ledger->ports);
  sim_table_init (&ledger->pairs);
  sim_table_init (&ledger->channels);
  sim_table_init (&ledger->flows);
  sim_table_init (&ledger->watches);
  return ledger;
}

/* Those who want to hear of arrivals, one behind the other. */
static void
list_arrived (SimLedger *ledger)
{
  unsigned count = 0;

  for (unsigned at = 0; at < ledger->judges_count; at++)
    if (ledger->news[at]->arrived)
      {
        ledger->arrived[count].tell = ledger->news[at]->arrived;
        ledger->arrived[count++].judge = ledger->judges[at];
      }
  ledger->arrived[count].tell = NULL;
}

SimLedger *
sim_ledger_join (SimFindings *findings, const SimLedgerNews *news, void *judge)
{
  SimLedger *ledger = findings->ledger ? findings->ledger : ledger_new ();

  g_assert (ledger->judges_count < SIM_LEDGER_JUDGES_MAX);
  findings->ledger = ledger;
  ledger->news[ledger->judges_count] = news;
  ledger->judges[ledger->judges_count++] = judge;
  list_arrived (ledger);
  return ledger;
}

/* Everything under way from here goes, and the flows with it. */
static void
free_pair (SimLedger *ledger, SimPair *pair)
{
  SimPacket packet;

  while (pair->flows.head)
    sim_ledger_detach_flow (ledger, pair->flows.head->data);
  while (pair->channels.head)
    {
      SimChannel *channel = pair->channels.head->data;

      while (sim_fifo_lose (&channel->fifo, &packet))
        {
          SimFlow *flow = packet.flow;
          flow->under_way--;
          sim_ledger_tidy_flow (ledger, flow);
        }
      sim_ledger_retire_channel (ledger, channel);
    }
  free_channel (pair->over);
  g_aligned_free (pair);
}

static void
ledger_free (SimLedger *ledger)
{
  for (GList *link = ledger->all_nodes.head; link; link = link->next)
    {
      SimNode *node = link->data;
      while (node->watches.head)
        sim_ledger_drop_watch (ledger, node->watches.head->data);
    }
  for (GList *link = ledger->all_nodes.head; link; link = link->next)
    {
      SimNode *node = link->data;
      SimPair *pair;
      while (node->outgoing.head)
        {
          pair = node->outgoing.head->data;
          g_queue_unlink (&node->outgoing, &pair->in_from);
          free_pair (ledger, pair);
        }
    }
  while (ledger->all_nodes.head)
    {
      SimNode *node = ledger->all_nodes.head->data;
      SimPort *port;
      g_queue_unlink (&ledger->all_nodes, &node->in_ledger);
      while (node->ports.head)
        {
          port = node->ports.head->data;
          port->alive = false;
          sim_ledger_tidy_port (ledger, port);
        }
      aemp_name_unref (node->name);
      g_aligned_free (node);
    }
  sim_table_clear (&ledger->nodes);
  sim_table_clear (&ledger->ports);
  sim_table_clear (&ledger->pairs);
  sim_table_clear (&ledger->channels);
  sim_table_clear (&ledger->flows);
  sim_table_clear (&ledger->watches);
  g_free (ledger);
}

void
sim_ledger_leave (SimFindings *findings, void *judge)
{
  SimLedger *ledger = findings->ledger;
  unsigned at = 0;

  while (ledger->judges[at] != judge)
    g_assert (++at < ledger->judges_count);
  for (ledger->judges_count--; at < ledger->judges_count; at++)
    {
      ledger->judges[at] = ledger->judges[at + 1];
      ledger->news[at] = ledger->news[at + 1];
    }
  list_arrived (ledger);
  if (ledger->judges_count == 0)
    g_clear_pointer (&findings->ledger, ledger_free);
}
