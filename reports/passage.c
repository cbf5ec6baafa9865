/* reports/passage.c */

#include "passage.h"

/* One direction of a connection. */
typedef struct
{
  uint64_t key;  /* of sender and connection */
  uint64_t from; /* names' hashes */
  uint64_t to;
  uint64_t connection;
  uint64_t sent;
  uint64_t arrived;
  bool sender_done;
  bool receiver_done;
} Way;

/* What a node has for another one. */
typedef struct
{
  uint64_t key; /* of the other */
  Way *current; /* NULL: packets wait for one */
  uint64_t waiting;
} Outbox;

typedef struct
{
  uint64_t key;
  GHashTable *outboxes;  /* of its process */
  GHashTable *instances; /* of its processes that are yet to begin */
  GHashTable *falls;     /* connections that processes of it will end with */
  GHashTable *up;        /* those that its process has now */
  bool over;
} Node;

struct ReportPassage
{
  GHashTable *nodes;
  GHashTable *ways;
};

static uint64_t
way_key (uint64_t from, uint64_t connection)
{
  return aemp_hash_mix (from, connection);
}

static void
node_free (void *memory)
{
  Node *node = memory;

  g_hash_table_unref (node->outboxes);
  g_hash_table_unref (node->instances);
  g_hash_table_unref (node->falls);
  g_hash_table_unref (node->up);
  g_free (node);
}

ReportPassage *
report_passage_new (void)
{
  ReportPassage *passage = g_new0 (ReportPassage, 1);

  passage->nodes = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, node_free);
  passage->ways = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return passage;
}

void
report_passage_free (ReportPassage *passage)
{
  if (!passage)
    return;
  g_hash_table_unref (passage->nodes);
  g_hash_table_unref (passage->ways);
  g_free (passage);
}

static Node *
node_of (const ReportPassage *passage, const AempName *name)
{
  return name ? g_hash_table_lookup (passage->nodes, &name->hash) : NULL;
}

void
report_passage_add_node (ReportPassage *passage, const AempName *name)
{
  Node *node;

  if (node_of (passage, name))
    return;
  node = g_new0 (Node, 1);
  node->key = name->hash;
  node->outboxes = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  node->instances = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  node->falls = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  node->up = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_hash_table_insert (passage->nodes, &node->key, node);
}

void
report_passage_add_instance (ReportPassage *passage, const AempName *name, uint64_t instance)
{
  g_hash_table_add (node_of (passage, name)->instances, g_memdup2 (&instance, sizeof instance));
}

void
report_passage_add_fall (ReportPassage *passage, const AempName *name, uint64_t connection)
{
  g_hash_table_add (node_of (passage, name)->falls, g_memdup2 (&connection, sizeof connection));
}

unsigned
report_passage_size (const ReportPassage *passage)
{
  return g_hash_table_size (passage->ways);
}

/* --- Ways --- */

static Way *
way_of (const ReportPassage *passage, const AempName *from, uint64_t connection)
{
  const uint64_t key = way_key (from ? from->hash : 0, connection);

  return g_hash_table_lookup (passage->ways, &key);
}

static void
forget_if_done (ReportPassage *passage, Way *way)
{
  if (way->sender_done && way->receiver_done)
    g_hash_table_remove (passage->ways, &way->key);
}

static void
end_sending (ReportPassage *passage, Outbox *outbox)
{
  Way *way = outbox->current;

  outbox->current = NULL;
  outbox->waiting = 0;
  if (!way)
    return;
  way->sender_done = true;
  way->receiver_done |= !g_hash_table_contains (passage->nodes, &way->to);
  forget_if_done (passage, way);
}

static void
end_receiving (ReportPassage *passage, const AempName *from, uint64_t connection)
{
  Way *way = way_of (passage, from, connection);

  if (!way)
    return;
  way->receiver_done = true;
  forget_if_done (passage, way);
}

static Outbox *
outbox_for (Node *node, const AempName *peer)
{
  const uint64_t key = peer ? peer->hash : 0;
  Outbox *outbox = g_hash_table_lookup (node->outboxes, &key);

  if (outbox)
    return outbox;
  outbox = g_new0 (Outbox, 1);
  outbox->key = key;
  g_hash_table_insert (node->outboxes, &outbox->key, outbox);
  return outbox;
}

/* What waited goes over the connection. */
static void
see_node_up (ReportPassage *passage, Node *node, const AempTraceEvent *event)
{
  Outbox *outbox = outbox_for (node, event->peer);
  Way *way;

  if (event->connection == 0
      || (outbox->current && outbox->current->connection == event->connection))
    return;
  if (outbox->current)
    end_sending (passage, outbox);
  way = g_new (Way, 1);
  *way = (Way){ .key = way_key (node->key, event->connection),
                .from = node->key,
                .to = outbox->key,
                .connection = event->connection,
                .sent = outbox->waiting };
  g_hash_table_replace (passage->ways, &way->key, way);
  outbox->current = way;
  outbox->waiting = 0;
}

/* --- Processes --- */

static gboolean
is_done_for (void *key, void *value, void *node)
{
  Way *way = value;

  way->sender_done |= way->from == ((Node *)node)->key;
  way->receiver_done |= way->to == ((Node *)node)->key;
  return way->sender_done && way->receiver_done;
}

static gboolean
is_fallen (void *connection, void *value, void *node)
{
  g_hash_table_remove (((Node *)node)->falls, connection);
  return true;
}

static void
end_process (ReportPassage *passage, Node *node)
{
  g_hash_table_foreach_remove (node->up, is_fallen, node);
  g_hash_table_remove_all (node->outboxes);
  g_hash_table_foreach_remove (passage->ways, is_done_for, node);
}

void
report_passage_end_node (ReportPassage *passage, const AempName *name)
{
  Node *node = node_of (passage, name);

  end_process (passage, node);
  node->over = true;
}

/* --- Events --- */

static bool
may_arrive (const ReportPassage *passage, const AempTraceEvent *event)
{
  const Node *from = node_of (passage, event->peer);
  const Way *way;

  if (event->connection == 0 || !from)
    return true;
  way = way_of (passage, event->peer, event->connection);
  return way ? way->arrived < way->sent || way->sender_done : from->over;
}

static bool
may_meet (const ReportPassage *passage, const AempTraceEvent *event)
{
  const Node *peer = node_of (passage, event->peer);

  return !peer || peer->over || !g_hash_table_contains (peer->instances, &event->payload);
}

bool
report_passage_may (const ReportPassage *passage, const AempTraceEvent *event)
{
  switch ((int)event->kind) /* all others follow from nothing elsewhere */
    {
    case AEMP_TRACE_DELIVER:
    case AEMP_TRACE_UNKNOWN_PORT:
    case AEMP_TRACE_REQUEST:
      return may_arrive (passage, event);
    case AEMP_TRACE_LINK_UP:
      return may_meet (passage, event);
    default:
      return true;
    }
}

bool
report_passage_should (const ReportPassage *passage, const AempTraceEvent *event)
{
  const Node *peer = event->kind == AEMP_TRACE_LINK_DOWN ? node_of (passage, event->peer) : NULL;

  if (peer && !peer->over && g_hash_table_contains (peer->falls, &event->connection))
    return false;
  return report_passage_may (passage, event);
}

static void
see_send (Node *node, const AempTraceEvent *event)
{
  Outbox *outbox = outbox_for (node, event->peer);

  if (outbox->current)
    outbox->current->sent++;
  else
    outbox->waiting++;
}

static void
see_arrival (ReportPassage *passage, const AempTraceEvent *event)
{
  Way *way = event->connection != 0 ? way_of (passage, event->peer, event->connection) : NULL;

  if (way)
    way->arrived++;
}

static void
see_link_down (ReportPassage *passage, Node *node, const AempTraceEvent *event)
{
  Outbox *outbox = outbox_for (node, event->peer);

  if (outbox->current && outbox->current->connection == event->connection)
    end_sending (passage, outbox);
  end_receiving (passage, event->peer, event->connection);
  g_hash_table_remove (node->falls, &event->connection);
  g_hash_table_remove (node->up, &event->connection);
}

void
report_passage_see (ReportPassage *passage, const AempTraceEvent *event)
{
  Node *node = node_of (passage, event->node);
  Outbox *outbox;

  if (!node)
    return;
  switch ((int)event->kind) /* all others change nothing */
    {
    case AEMP_TRACE_SEND:
      see_send (node, event);
      break;
    case AEMP_TRACE_DELIVER:
    case AEMP_TRACE_UNKNOWN_PORT:
    case AEMP_TRACE_REQUEST:
      see_arrival (passage, event);
      break;
    case AEMP_TRACE_NODE_UP:
      see_node_up (passage, node, event);
      break;
    case AEMP_TRACE_NODE_DOWN:
      outbox = outbox_for (node, event->peer);
      if (outbox->current)
        end_sending (passage, outbox);
      break;
    case AEMP_TRACE_DIAL_FAILED:
      outbox = outbox_for (node, event->peer);
      if (!outbox->current)
        outbox->waiting = 0;
      break;
    case AEMP_TRACE_LINK_UP:
      g_hash_table_add (node->up, g_memdup2 (&event->connection, sizeof event->connection));
      break;
    case AEMP_TRACE_LINK_DOWN:
      see_link_down (passage, node, event);
      break;
    case AEMP_TRACE_LINK_REFUSED:
      end_receiving (passage, event->peer, event->connection);
      break;
    case AEMP_TRACE_NODE_START:
      g_hash_table_remove (node->instances, &event->payload);
      break;
    case AEMP_TRACE_PROCESS_START:
    case AEMP_TRACE_PROCESS_END:
      end_process (passage, node);
      break;
    default:
      break;
    }
}
