/* sim/checkers/spawns.c */

#include "spawns.h"

/* The request that asks for a port. */
#define SPAWN_WORD "AnyEvent::MP::_spawn"

void
sim_spawns_init (SimSpawns *spawns, SimLedger *ledger, SimFindings *findings)
{
  *spawns = (SimSpawns){ .ledger = ledger, .findings = findings };
  sim_table_init (&spawns->by_port);
  sim_table_init (&spawns->by_request);
}

static void
drop (SimSpawns *spawns, SimSpawn *spawn)
{
  SimNode *node = sim_ledger_node (spawns->ledger, spawn->to);

  if (node && node->asked_for == spawn)
    node->asked_for = NULL;
  if (spawns->latest == spawn)
    spawns->latest = NULL;
  sim_table_remove (&spawns->by_port, spawn->key);
  if (spawn->sent)
    sim_table_remove (&spawns->by_request, spawn->request);
  g_queue_unlink (&spawns->all, &spawn->in_spawns);
  aemp_name_unref (spawn->from);
  aemp_name_unref (spawn->to);
  aemp_name_unref (spawn->port);
  g_free (spawn);
}

void
sim_spawns_clear (SimSpawns *spawns)
{
  while (spawns->all.head)
    drop (spawns, spawns->all.head->data);
  sim_table_clear (&spawns->by_port);
  sim_table_clear (&spawns->by_request);
}

static SimSpawn *
find (const SimSpawns *spawns, const AempName *node, const AempName *port)
{
  return sim_table_get (&spawns->by_port, sim_key (node->hash, port->hash));
}

void
sim_spawns_ask (SimSpawns *spawns, const AempTraceEvent *event, uint64_t line, bool known)
{
  SimSpawn *spawn;

  if (known || find (spawns, event->peer, event->port))
    {
      sim_findings_breach (spawns->findings, 9, event->time_us, line,
                           "%s spawned " SIM_ID " at " SIM_TIME
                           ", though there was such a port before",
                           event->node->text, SIM_ID_PARTS (event->peer, event->port),
                           SIM_TIME_PARTS (event->time_us));
      return;
    }
  if (spawns->all.length == SIM_SPAWNS_MAX)
    drop (spawns, spawns->all.head->data);
  spawn = g_new0 (SimSpawn, 1);
  spawn->from = aemp_name_ref (event->node);
  spawn->to = aemp_name_ref (event->peer);
  spawn->port = aemp_name_ref (event->port);
  spawn->key = sim_key (event->peer->hash, event->port->hash);
  spawn->time_us = event->time_us;
  spawn->in_spawns.data = spawn;
  g_queue_push_tail_link (&spawns->all, &spawn->in_spawns);
  sim_table_add (&spawns->by_port, spawn->key, spawn);
  spawns->latest = spawn;
}

void
sim_spawns_send (SimSpawns *spawns, const AempTraceEvent *event)
{
  SimSpawn *spawn = spawns->latest;
  uint64_t request;

  if (!spawn || spawn->from->hash != event->node->hash || !event->peer
      || event->peer->hash != spawn->to->hash || (event->port && event->port->length > 0))
    return;
  spawns->latest = NULL;
  request = sim_key (spawn->to->hash, event->payload);
  if (sim_table_get (&spawns->by_request, request))
    return;
  spawn->request = request;
  spawn->sent = true;
  sim_table_add (&spawns->by_request, request, spawn);
}

/* The node did not do what it was asked for, and goes on. */
static void
breach_ignored (SimSpawns *spawns, SimSpawn *spawn)
{
  sim_findings_breach (spawns->findings, 9, spawn->arrived_us, spawn->arrived_line,
                       "the request of %s for " SIM_ID " arrived at " SIM_TIME
                       ", and the port neither began nor was refused",
                       spawn->from->text, SIM_ID_PARTS (spawn->to, spawn->port),
                       SIM_TIME_PARTS (spawn->arrived_us));
  drop (spawns, spawn);
}

void
sim_spawns_arrive (SimSpawns *spawns, SimNode *node, const AempTraceEvent *event, uint64_t line)
{
  SimSpawn *spawn;

  if (!event->text || strcmp (event->text, SPAWN_WORD) != 0)
    return;
  if (node->asked_for)
    breach_ignored (spawns, node->asked_for);
  spawn = sim_table_get (&spawns->by_request, sim_key (node->name->hash, event->payload));
  if (!spawn || spawn->arrived)
    return;
  spawns->findings->judged[9]++;
  spawn->arrived = true;
  spawn->arrived_us = event->time_us;
  spawn->arrived_line = line;
  node->asked_for = spawn;
}

void
sim_spawns_born (SimSpawns *spawns, SimPort *port, const AempTraceEvent *event, uint64_t line)
{
  SimSpawn *spawn = sim_table_get (&spawns->by_port, port->key);

  if (!spawn)
    return;
  port->spawned = true;
  if (spawn == spawns->latest || (spawn->sent && !spawn->arrived))
    sim_findings_breach (
        spawns->findings, 9, event->time_us, line,
        SIM_ID " began at " SIM_TIME ", before the request of %s for it had arrived",
        SIM_ID_PARTS (spawn->to, spawn->port), SIM_TIME_PARTS (event->time_us), spawn->from->text);
  drop (spawns, spawn);
}

void
sim_spawns_refuse (SimSpawns *spawns, SimNode *node)
{
  if (node->asked_for)
    drop (spawns, node->asked_for);
}

void
sim_spawns_lose (SimSpawns *spawns, const SimFlow *flow, const SimPacket *packet)
{
  SimSpawn *spawn;

  if (flow->name->length > 0)
    return;
  spawn
      = sim_table_get (&spawns->by_request, sim_key (flow->pair->to->name->hash, packet->payload));
  if (spawn)
    drop (spawns, spawn);
}

bool
sim_spawns_judge_early (SimSpawns *spawns, const AempTraceEvent *event, const AempName *port,
                        const char *what, uint64_t line)
{
  const SimSpawn *spawn = find (spawns, event->node, port);

  if (!spawn)
    return false;
  sim_findings_breach (spawns->findings, 9, event->time_us, line,
                       SIM_ID ", spawned by %s at " SIM_TIME ", %s at " SIM_TIME
                              ", before it began",
                       SIM_ID_PARTS (spawn->to, spawn->port), spawn->from->text,
                       SIM_TIME_PARTS (spawn->time_us), what, SIM_TIME_PARTS (event->time_us));
  return true;
}

void
sim_spawns_judge_unknown (SimSpawns *spawns, const AempTraceEvent *event, uint64_t line)
{
  SimSpawn *spawn = find (spawns, event->node, event->port);

  if (spawn && spawn->arrived)
    breach_ignored (spawns, spawn);
}

void
sim_spawns_stop (SimSpawns *spawns, const SimNode *node)
{
  for (GList *link = spawns->all.head, *next; link; link = next)
    {
      SimSpawn *spawn = link->data;

      next = link->next;
      if (spawn == spawns->latest && spawn->from->hash == node->name->hash)
        drop (spawns, spawn);
      else if (spawn->arrived && spawn->to->hash == node->name->hash)
        drop (spawns, spawn);
    }
}

void
sim_spawns_end (SimSpawns *spawns, int64_t end_us)
{
  for (GList *link = spawns->all.head, *next; link; link = next)
    {
      SimSpawn *spawn = link->data;

      next = link->next;
      if (spawn->arrived && spawn->arrived_us + SIM_AT_ONCE_US < end_us)
        breach_ignored (spawns, spawn);
    }
}
