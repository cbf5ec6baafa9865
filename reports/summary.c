/* reports/summary.c */

#include "summary.h"

#include "messages.h"

#include <string.h>

typedef struct
{
  uint64_t one;
  uint64_t other;
} Key;

struct ReportSummaryIndex
{
  ReportMessages *messages;
  GHashTable *nodes;       /* hash of the name → ReportNode */
  GHashTable *links;       /* Key of two nodes → ReportLink */
  GHashTable *ports;       /* Key of node and port → ReportPort */
  GHashTable *connections; /* number → ReportConnection */
};

static unsigned
key_hash (const void *data)
{
  const Key *key = data;

  return (unsigned)((key->one ^ key->other * UINT64_C (0x9e3779b97f4a7c15)) >> 32);
}

static int
key_equal (const void *one, const void *other)
{
  return memcmp (one, other, sizeof (Key)) == 0;
}

/* --- Lists --- */

static void
free_node (void *data)
{
  aemp_name_unref (((ReportNode *)data)->name);
  g_free (data);
}

static void
free_link (void *data)
{
  g_free (((ReportLink *)data)->latency);
  g_free (data);
}

static void
free_port (void *data)
{
  aemp_name_unref (((ReportPort *)data)->name);
  g_free (data);
}

static void
free_connection (void *data)
{
  g_free (((ReportConnection *)data)->why);
  g_free (data);
}

static void
free_fault (void *data)
{
  g_free (((ReportFault *)data)->statement);
  g_free (data);
}

static bool
has_room (ReportSummary *summary, const GPtrArray *list, unsigned most)
{
  if (list->len < most)
    return true;
  summary->unlisted++;
  return false;
}

/* NULL: the list is full, here and below. */
static ReportNode *
need_node (ReportSummary *summary, const AempName *name)
{
  ReportNode *node;

  if (!name)
    return NULL;
  node = g_hash_table_lookup (summary->index->nodes, &name->hash);
  if (node || !has_room (summary, summary->nodes, REPORT_NODES_MAX))
    return node;
  node = g_new0 (ReportNode, 1);
  node->name = aemp_name_new (name->text, name->length);
  g_ptr_array_add (summary->nodes, node);
  g_hash_table_insert (summary->index->nodes, &node->name->hash, node);
  return node;
}

static ReportLink *
need_link (ReportSummary *summary, const AempName *from, const AempName *to)
{
  const Key key = { from ? from->hash : 0, to ? to->hash : 0 };
  ReportLink *link = g_hash_table_lookup (summary->index->links, &key);

  if (link || !from || !to || !has_room (summary, summary->links, REPORT_LINKS_MAX))
    return link;
  ReportNode *one = need_node (summary, from);
  ReportNode *other = need_node (summary, to);
  if (!one || !other)
    return NULL;
  link = g_new0 (ReportLink, 1);
  link->from = one;
  link->to = other;
  g_ptr_array_add (summary->links, link);
  g_hash_table_insert (summary->index->links, g_memdup2 (&key, sizeof key), link);
  return link;
}

static ReportPort *
need_port (ReportSummary *summary, const AempName *node, const AempName *name)
{
  const Key key = { node ? node->hash : 0, name ? name->hash : 0 };
  ReportPort *port = g_hash_table_lookup (summary->index->ports, &key);
  ReportNode *owner;

  if (port || !node || !has_room (summary, summary->ports, REPORT_PORTS_MAX)
      || !(owner = need_node (summary, node)))
    return port;
  port = g_new0 (ReportPort, 1);
  port->node = owner;
  port->name = aemp_name_new (name ? name->text : "", name ? name->length : 0);
  g_ptr_array_add (summary->ports, port);
  g_hash_table_insert (summary->index->ports, g_memdup2 (&key, sizeof key), port);
  return port;
}

static ReportConnection *
need_connection (ReportSummary *summary, uint64_t number, int64_t time_us)
{
  ReportConnection *connection = g_hash_table_lookup (summary->index->connections, &number);

  if (connection || !has_room (summary, summary->connections, REPORT_CONNECTIONS_MAX))
    return connection;
  connection = g_new0 (ReportConnection, 1);
  connection->connection = number;
  connection->up_us = time_us;
  connection->down_us = REPORT_NEVER;
  g_ptr_array_add (summary->connections, connection);
  g_hash_table_insert (summary->index->connections, &connection->connection, connection);
  return connection;
}

/* --- News of messages --- */

static void
see_arrived (void *user, const ReportPacket *packet, const AempTraceEvent *event, uint64_t number)
{
  ReportSummary *summary = user;
  ReportLink *link = need_link (summary, event->peer, event->node);
  const bool local = event->connection == 0;

  if (link)
    link->arrived++;
  if (!packet)
    {
      summary->unexplained++;
      return;
    }
  if (!local)
    report_histogram_add (&summary->latency, event->time_us - packet->time_us);
  if (!link || local)
    return;
  if (!link->latency && summary->links->len <= REPORT_LINKS_TIMED_MAX)
    link->latency = g_new0 (ReportHistogram, 1);
  if (link->latency)
    report_histogram_add (link->latency, event->time_us - packet->time_us);
}

static void
see_lost (void *user, uint64_t from, uint64_t to, const ReportPacket *packet, int64_t time_us,
          uint64_t number)
{
  ReportSummary *summary = user;
  const Key key = { from, to };
  ReportLink *link = g_hash_table_lookup (summary->index->links, &key);

  summary->lost++;
  if (link)
    link->lost++;
}

/* --- Events --- */

static void
see_link_up (ReportSummary *summary, const AempTraceEvent *event)
{
  ReportLink *link = need_link (summary, event->node, event->peer);
  ReportConnection *connection = need_connection (summary, event->connection, event->time_us);

  if (link)
    link->connections++;
  if (!connection)
    return;
  *(event->number ? &connection->dialer : &connection->accepter) = need_node (summary, event->node);
  *(event->number ? &connection->accepter : &connection->dialer) = need_node (summary, event->peer);
}

static void
see_link_down (ReportSummary *summary, const AempTraceEvent *event)
{
  ReportConnection *connection
      = g_hash_table_lookup (summary->index->connections, &event->connection);

  if (!connection || connection->down_us != REPORT_NEVER)
    return;
  connection->down_us = event->time_us;
  connection->down_by = need_node (summary, event->node);
  connection->why = g_strdup (event->text ? event->text : "");
}

static void
see_fault (ReportSummary *summary, const AempTraceEvent *event, uint64_t number)
{
  ReportFault *fault;

  if (!has_room (summary, summary->faults, REPORT_FAULTS_MAX))
    return;
  fault = g_new0 (ReportFault, 1);
  fault->number = number;
  fault->line = event->number;
  fault->begin_us = event->time_us;
  fault->end_us = REPORT_NEVER;
  fault->statement = g_strdup (event->text ? event->text : "");
  g_ptr_array_add (summary->faults, fault);
}

/* Several of one statement may go on; the oldest ends first. */
static void
see_fault_over (ReportSummary *summary, const AempTraceEvent *event)
{
  for (unsigned at = 0; at < summary->faults->len; at++)
    {
      ReportFault *fault = summary->faults->pdata[at];
      if (fault->end_us == REPORT_NEVER && fault->line == event->number
          && g_strcmp0 (fault->statement, event->text ? event->text : "") == 0)
        {
          fault->end_us = event->time_us;
          return;
        }
    }
}

static void
see_process_end (ReportNode *node, const char *how)
{
  node->killed += g_strcmp0 (how, "killed") == 0;
  node->vanished += g_strcmp0 (how, "vanished") == 0;
  node->stopped += g_strcmp0 (how, "stopped") == 0;
}

static void
see_message (ReportSummary *summary, const AempTraceEvent *event)
{
  const bool sent = event->kind == AEMP_TRACE_SEND;
  ReportPort *port = need_port (summary, sent ? event->peer : event->node, event->port);
  ReportLink *link = sent ? need_link (summary, event->node, event->peer) : NULL;

  *(sent ? &summary->sent : &summary->arrived) += 1;
  if (link)
    link->sent++;
  if (!port)
    return;
  port->sent += sent;
  port->arrived += !sent;
  port->unknown += event->kind == AEMP_TRACE_UNKNOWN_PORT;
}

static void
see_of_kind (ReportSummary *summary, const AempTraceEvent *event, ReportNode *node, uint64_t number)
{
  const AempTraceKind kind = event->kind;

  if (kind == AEMP_TRACE_SEND || kind == AEMP_TRACE_DELIVER || kind == AEMP_TRACE_REQUEST
      || kind == AEMP_TRACE_UNKNOWN_PORT)
    see_message (summary, event);
  else if (kind == AEMP_TRACE_LINK_UP)
    see_link_up (summary, event);
  else if (kind == AEMP_TRACE_LINK_DOWN)
    see_link_down (summary, event);
  else if (kind == AEMP_TRACE_FAULT)
    see_fault (summary, event, number);
  else if (kind == AEMP_TRACE_FAULT_OVER)
    see_fault_over (summary, event);
  else if (kind == AEMP_TRACE_EXPECTATION && summary->first_missed == 0
           && g_strcmp0 (event->text, "met") != 0)
    summary->first_missed = number;
  if (!node)
    return;
  node->events++;
  node->processes += kind == AEMP_TRACE_PROCESS_START;
  node->ports_new += kind == AEMP_TRACE_PORT_NEW;
  node->ports_dead += kind == AEMP_TRACE_PORT_DEAD;
  node->monitors_set += kind == AEMP_TRACE_MON_SET;
  node->monitors_fired += kind == AEMP_TRACE_MON_FIRED;
  if (kind == AEMP_TRACE_PROCESS_END)
    see_process_end (node, event->text);
}

/* The world tells of faults and expectations under a name of its own, and is no node. */
static bool
is_of_the_world (AempTraceKind kind)
{
  return kind == AEMP_TRACE_FAULT || kind == AEMP_TRACE_FAULT_OVER
         || kind == AEMP_TRACE_EXPECTATION || kind == AEMP_TRACE_DECIDE;
}

void
report_summary_see (ReportSummary *summary, const AempTraceEvent *event, uint64_t number)
{
  ReportNode *node = is_of_the_world (event->kind) ? NULL : need_node (summary, event->node);

  if (summary->begin_us == REPORT_NEVER)
    summary->begin_us = event->time_us;
  summary->begin_us = MIN (summary->begin_us, event->time_us);
  summary->end_us = MAX (summary->end_us, event->time_us);
  summary->kinds[event->kind]++;
  see_of_kind (summary, event, node, number);
  report_messages_see (summary->index->messages, event, number);
}

void
report_summary_end (ReportSummary *summary)
{
  report_messages_end (summary->index->messages);
  summary->forgotten = report_messages_forgotten (summary->index->messages);
}

static const ReportMessagesNews news = { see_arrived, see_lost };

ReportSummary *
report_summary_new (void)
{
  ReportSummary *summary = g_new0 (ReportSummary, 1);
  struct ReportSummaryIndex *index = g_new0 (struct ReportSummaryIndex, 1);

  summary->begin_us = summary->end_us = REPORT_NEVER;
  summary->nodes = g_ptr_array_new_with_free_func (free_node);
  summary->links = g_ptr_array_new_with_free_func (free_link);
  summary->ports = g_ptr_array_new_with_free_func (free_port);
  summary->connections = g_ptr_array_new_with_free_func (free_connection);
  summary->faults = g_ptr_array_new_with_free_func (free_fault);
  summary->index = index;
  index->messages = report_messages_new (&news, summary);
  index->nodes = g_hash_table_new (g_int64_hash, g_int64_equal);
  index->links = g_hash_table_new_full (key_hash, key_equal, g_free, NULL);
  index->ports = g_hash_table_new_full (key_hash, key_equal, g_free, NULL);
  index->connections = g_hash_table_new (g_int64_hash, g_int64_equal);
  return summary;
}

void
report_summary_free (ReportSummary *summary)
{
  if (!summary)
    return;
  report_messages_free (summary->index->messages);
  g_hash_table_unref (summary->index->nodes);
  g_hash_table_unref (summary->index->links);
  g_hash_table_unref (summary->index->ports);
  g_hash_table_unref (summary->index->connections);
  g_free (summary->index);
  g_ptr_array_unref (summary->connections);
  g_ptr_array_unref (summary->faults);
  g_ptr_array_unref (summary->ports);
  g_ptr_array_unref (summary->links);
  g_ptr_array_unref (summary->nodes);
  g_free (summary);
}
