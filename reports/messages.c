/* reports/messages.c */

#include "messages.h"

#include <string.h>

#define PACKETS_MAX 65536   /* under way on one connection */
#define CHANNELS_OVER_MAX 8 /* of a pair: given up by the sender, the receiver keeps silent */
#define LOOK_AHEAD_MAX 4096 /* packets: how far one is looked for whose turn it is not */

typedef struct Node Node;
typedef struct Pair Pair;

/* What one node sends to another on one connection, or will on the next (0). */
typedef struct
{
  Pair *pair;
  uint64_t connection;
  GArray *packets; /* ReportPacket; those before `first` have arrived */
  unsigned first;
  bool receiver_done;
  bool given_up;
  int64_t given_up_us;
  uint64_t given_up_number;
} Channel;

struct Pair
{
  Node *from;
  Node *to;
  Channel *current; /* NULL: none */
  GQueue over;      /* Channel, given up */
};

struct Node
{
  uint64_t hash;
  GPtrArray *outgoing; /* Pair */
  GPtrArray *incoming;
  bool running;
  bool had_process; /* somebody reports its processes, not only itself */
  bool started;
  bool tells; /* its process is told of */
};

typedef struct
{
  uint64_t one;
  uint64_t other;
} Key;

struct ReportMessages
{
  const ReportMessagesNews *news;
  void *user;
  GHashTable *nodes;    /* hash → Node */
  GHashTable *pairs;    /* (from, to) → Pair */
  GHashTable *channels; /* (from, connection) → Channel; not those that wait */
  bool real; /* the traces are of real nodes; of those that have none nobody knows what arrives */
  uint64_t forgotten;
};

/* --- Parts --- */

static unsigned
key_hash (const void *data)
{
  const Key *key = data;
  const uint64_t mixed
      = (key->one ^ key->other * UINT64_C (0x9e3779b97f4a7c15)) * UINT64_C (0xbf58476d1ce4e5b9);

  return (unsigned)(mixed >> 32);
}

static int
key_equal (const void *one, const void *other)
{
  return memcmp (one, other, sizeof (Key)) == 0;
}

static void
free_channel (Channel *channel)
{
  g_array_unref (channel->packets);
  g_free (channel);
}

static void
free_node (void *data)
{
  Node *node = data;

  g_ptr_array_unref (node->outgoing);
  g_ptr_array_unref (node->incoming);
  g_free (node);
}

static void
free_pair (void *data)
{
  Pair *pair = data;

  if (pair->current)
    free_channel (pair->current);
  for (Channel *channel; (channel = g_queue_pop_head (&pair->over));)
    free_channel (channel);
  g_free (pair);
}

ReportMessages *
report_messages_new (const ReportMessagesNews *news, void *user)
{
  ReportMessages *messages = g_new0 (ReportMessages, 1);

  messages->news = news;
  messages->user = user;
  messages->nodes = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_node);
  messages->pairs = g_hash_table_new_full (key_hash, key_equal, g_free, free_pair);
  messages->channels = g_hash_table_new_full (key_hash, key_equal, g_free, NULL);
  return messages;
}

void
report_messages_free (ReportMessages *messages)
{
  if (!messages)
    return;
  g_hash_table_unref (messages->channels);
  g_hash_table_unref (messages->pairs);
  g_hash_table_unref (messages->nodes);
  g_free (messages);
}

uint64_t
report_messages_forgotten (const ReportMessages *messages)
{
  return messages->forgotten;
}

static uint64_t
hash_of (const AempName *name)
{
  return name ? name->hash : 0;
}

static bool
is_empty (const AempName *name)
{
  return !name || name->length == 0;
}

static Node *
need_node (ReportMessages *messages, const AempName *name)
{
  const uint64_t hash = hash_of (name);
  Node *node = g_hash_table_lookup (messages->nodes, &hash);

  if (node)
    return node;
  node = g_new0 (Node, 1);
  node->hash = hash;
  node->outgoing = g_ptr_array_new ();
  node->incoming = g_ptr_array_new ();
  g_hash_table_insert (messages->nodes, &node->hash, node);
  return node;
}

static Pair *
need_pair (ReportMessages *messages, const AempName *from, const AempName *to)
{
  const Key key = { hash_of (from), hash_of (to) };
  Pair *pair = g_hash_table_lookup (messages->pairs, &key);

  if (pair)
    return pair;
  pair = g_new0 (Pair, 1);
  pair->from = need_node (messages, from);
  pair->to = need_node (messages, to);
  g_ptr_array_add (pair->from->outgoing, pair);
  g_ptr_array_add (pair->to->incoming, pair);
  g_hash_table_insert (messages->pairs, g_memdup2 (&key, sizeof key), pair);
  return pair;
}

static Channel *
need_channel (Pair *pair)
{
  if (!pair->current)
    {
      pair->current = g_new0 (Channel, 1);
      pair->current->pair = pair;
      pair->current->packets = g_array_new (FALSE, FALSE, sizeof (ReportPacket));
    }
  return pair->current;
}

/* --- Losses --- */

static void
lose (ReportMessages *messages, Channel *channel, unsigned end, int64_t time_us, uint64_t number)
{
  const Pair *pair = channel->pair;

  for (; channel->first < end; channel->first++)
    if (!messages->real || pair->to->tells)
      messages->news->lost (messages->user, pair->from->hash, pair->to->hash,
                            &g_array_index (channel->packets, ReportPacket, channel->first),
                            time_us, number);
}

static void
lose_all (ReportMessages *messages, Channel *channel, int64_t time_us, uint64_t number)
{
  if (channel->given_up) /* that was the first to tell */
    lose (messages, channel, channel->packets->len, channel->given_up_us, channel->given_up_number);
  else
    lose (messages, channel, channel->packets->len, time_us, number);
}

/* Nobody will speak of it again. */
static void
finish_channel (ReportMessages *messages, Channel *channel, int64_t time_us, uint64_t number)
{
  const Key key = { channel->pair->from->hash, channel->connection };

  lose_all (messages, channel, time_us, number);
  if (g_hash_table_lookup (messages->channels, &key) == channel)
    g_hash_table_remove (messages->channels, &key);
  g_queue_remove (&channel->pair->over, channel);
  if (channel->pair->current == channel)
    channel->pair->current = NULL;
  free_channel (channel);
}

/* The sender says that it is over; the receiver may still process what it has got. */
static void
give_up (ReportMessages *messages, Pair *pair, int64_t time_us, uint64_t number)
{
  Channel *channel = pair->current;

  if (!channel)
    return;
  if (channel->connection == 0 || channel->receiver_done)
    {
      finish_channel (messages, channel, time_us, number);
      return;
    }
  channel->given_up = true;
  channel->given_up_us = time_us;
  channel->given_up_number = number;
  g_queue_push_tail (&pair->over, channel);
  pair->current = NULL;
  if (pair->over.length > CHANNELS_OVER_MAX)
    finish_channel (messages, pair->over.head->data, time_us, number);
}

/* The receiver says so: what has not arrived never will. */
static void
end_arrivals (ReportMessages *messages, Channel *channel, int64_t time_us, uint64_t number)
{
  if (channel->given_up)
    {
      finish_channel (messages, channel, time_us, number);
      return;
    }
  channel->receiver_done = true;
  lose_all (messages, channel, time_us, number);
}

/* --- Packets --- */

static void
make_room (ReportMessages *messages, Channel *channel)
{
  if (channel->packets->len - channel->first >= PACKETS_MAX)
    {
      channel->first++;
      messages->forgotten++;
    }
  if (channel->first >= 64 && channel->first >= channel->packets->len / 2)
    {
      g_array_remove_range (channel->packets, 0, channel->first);
      channel->first = 0;
    }
}

static void
see_send (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Channel *channel = need_channel (need_pair (messages, event->node, event->peer));
  const ReportPacket packet = { .number = number,
                                .time_us = event->time_us,
                                .payload = event->payload,
                                .port = hash_of (event->port) };

  make_room (messages, channel);
  g_array_append_val (channel->packets, packet);
  if (channel->receiver_done)
    lose_all (messages, channel, event->time_us, number);
}

static bool
fits (const ReportPacket *packet, const AempTraceEvent *event)
{
  return packet->payload == event->payload && packet->port == hash_of (event->port);
}

static Channel *
find_channel (ReportMessages *messages, const AempTraceEvent *event)
{
  const Key key = { hash_of (event->peer), event->connection };
  Channel *channel;

  if (event->connection == 0)
    return need_pair (messages, event->peer, event->node)->current;
  channel = g_hash_table_lookup (messages->channels, &key);
  return channel && channel->pair->to->hash == hash_of (event->node) ? channel : NULL;
}

static void
see_arrival (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Channel *channel = find_channel (messages, event);
  const unsigned end = channel ? MIN (channel->packets->len, channel->first + LOOK_AHEAD_MAX) : 0;

  for (unsigned at = channel ? channel->first : 0; at < end; at++)
    {
      const ReportPacket packet = g_array_index (channel->packets, ReportPacket, at);
      if (!fits (&packet, event))
        continue;
      lose (messages, channel, at, event->time_us, number);
      channel->first++;
      messages->news->arrived (messages->user, &packet, event, number);
      return;
    }
  messages->news->arrived (messages->user, NULL, event, number);
}

/* --- Connections --- */

static void
see_node_up (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Pair *pair = need_pair (messages, event->node, event->peer);
  Key key = { pair->from->hash, event->connection };
  Channel *former = g_hash_table_lookup (messages->channels, &key);

  if (event->connection == 0 || (former && former == pair->current))
    return;
  if (pair->current && pair->current->connection != 0)
    give_up (messages, pair, event->time_us, number);
  if (former && g_hash_table_lookup (messages->channels, &key) == former)
    finish_channel (messages, former, event->time_us, number);
  need_channel (pair)->connection = event->connection;
  g_hash_table_insert (messages->channels, g_memdup2 (&key, sizeof key), pair->current);
}

/* It is over as a way in, whatever else it was. */
static void
see_way_in_end (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Channel *channel = event->connection != 0 ? find_channel (messages, event) : NULL;

  if (channel)
    end_arrivals (messages, channel, event->time_us, number);
}

static void
see_link_down (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Pair *pair = need_pair (messages, event->node, event->peer);

  if (event->connection != 0 && pair->current && pair->current->connection == event->connection)
    give_up (messages, pair, event->time_us, number);
  see_way_in_end (messages, event, number);
}

static void
see_node_down (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Pair *pair = need_pair (messages, event->node, event->peer);

  /* What was sent after the connection was lost waits for the next one. */
  if (pair->current && pair->current->connection != 0)
    give_up (messages, pair, event->time_us, number);
}

static void
see_dial_failed (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Pair *pair;

  if (is_empty (event->peer)) /* a seed: nothing waits for it by name */
    return;
  pair = need_pair (messages, event->node, event->peer);
  if (pair->current && pair->current->connection == 0)
    give_up (messages, pair, event->time_us, number);
}

/* --- Processes --- */

static void
end_all_arrivals (ReportMessages *messages, Pair *pair, int64_t time_us, uint64_t number)
{
  for (GList *link = pair->over.head, *next; link; link = next)
    {
      next = link->next;
      end_arrivals (messages, link->data, time_us, number);
    }
  if (pair->current && pair->current->connection != 0)
    end_arrivals (messages, pair->current, time_us, number);
}

static void
stop_process (ReportMessages *messages, Node *node, int64_t time_us, uint64_t number)
{
  node->running = false;
  for (unsigned at = 0; at < node->outgoing->len; at++)
    give_up (messages, node->outgoing->pdata[at], time_us, number);
  for (unsigned at = 0; at < node->incoming->len; at++)
    end_all_arrivals (messages, node->incoming->pdata[at], time_us, number);
}

static void
see_process (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Node *node = need_node (messages, event->node);

  if (node->running)
    stop_process (messages, node, event->time_us, number);
  node->running = event->kind == AEMP_TRACE_PROCESS_START;
  node->had_process = true;
  node->tells = true;
  messages->real
      = messages->real || (event->kind == AEMP_TRACE_PROCESS_START && event->number == 0);
  node->started = false;
}

/* A node that begins without a word of its process is one process. */
static void
see_node_start (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  Node *node = need_node (messages, event->node);

  if (node->running && node->started && !node->had_process)
    stop_process (messages, node, event->time_us, number);
  node->running = node->started = true;
}

/* --- All of it --- */

typedef void (*See) (ReportMessages *messages, const AempTraceEvent *event, uint64_t number);

static const See see[AEMP_TRACE_KINDS] = {
  [AEMP_TRACE_SEND] = see_send,
  [AEMP_TRACE_DELIVER] = see_arrival,
  [AEMP_TRACE_UNKNOWN_PORT] = see_arrival,
  [AEMP_TRACE_REQUEST] = see_arrival,
  [AEMP_TRACE_NODE_UP] = see_node_up,
  [AEMP_TRACE_NODE_DOWN] = see_node_down,
  [AEMP_TRACE_LINK_DOWN] = see_link_down,
  [AEMP_TRACE_LINK_REFUSED] = see_way_in_end,
  [AEMP_TRACE_DIAL_FAILED] = see_dial_failed,
  [AEMP_TRACE_PROCESS_START] = see_process,
  [AEMP_TRACE_PROCESS_END] = see_process,
  [AEMP_TRACE_NODE_START] = see_node_start,
};

void
report_messages_see (ReportMessages *messages, const AempTraceEvent *event, uint64_t number)
{
  if (see[event->kind])
    see[event->kind](messages, event, number);
}

static void
end_channels (void *key, void *value, void *user)
{
  Pair *pair = value;

  for (GList *link = pair->over.head; link; link = link->next)
    lose_all (user, link->data, 0, 0);
}

void
report_messages_end (ReportMessages *messages)
{
  g_hash_table_foreach (messages->pairs, end_channels, messages);
}
