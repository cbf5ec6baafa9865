/* engine/inspect.c - what a node has in its memory, as one value. */

#include "inspect.h"

#include "global.h"

/* A list in the making. */
typedef struct
{
  GArray *values;      /* of AempValue */
  GPtrArray *messages; /* of AempMessage, that the values lie in */
} Items;

static void
unref_message (void *message)
{
  aemp_message_unref (message);
}

static void
items_init (Items *items)
{
  items->values = g_array_new (FALSE, FALSE, sizeof (AempValue));
  items->messages = g_ptr_array_new_with_free_func (unref_message);
}

static void
items_clear (Items *items)
{
  g_array_unref (items->values);
  g_ptr_array_unref (items->messages);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Items, items_clear)

/* All values of a message; it is taken. */
static void
items_take (Items *items, AempMessage *message)
{
  AempList list = aemp_message_list (message);
  g_array_append_vals (items->values, list.items, list.count);
  g_ptr_array_add (items->messages, message);
}

static AempList
items_list (const Items *items)
{
  return (AempList){ .items = (const AempValue *)(void *)items->values->data,
                     .count = items->values->len };
}

static AempValue
text_of_name (const AempName *name)
{
  return (AempValue){ .type = AEMP_TEXT, .length = name->length, .as.string = name->text };
}

/* A member of a map, if it is worth saying. */
static void
say_text (Items *map, const char *key, const char *text)
{
  if (text && *text)
    items_take (map, aemp_message_new ("ss", key, text));
}

static void
say_name (Items *map, const char *key, const AempName *name)
{
  if (name && name->length > 0)
    {
      AempValue value = text_of_name (name);
      items_take (map, aemp_message_new ("sv", key, &value));
    }
}

static void
say_number (Items *map, const char *key, uint64_t number)
{
  if (number > 0)
    items_take (map, aemp_message_new ("su", key, number));
}

static void
say_true (Items *map, const char *key, bool is_so)
{
  if (is_so)
    items_take (map, aemp_message_new ("sb", key, true));
}

static void
say_list (Items *map, const char *key, const Items *list)
{
  AempList all = items_list (list);
  if (all.count > 0)
    items_take (map, aemp_message_new ("s[@]", key, &all));
}

static void
say_connection (Items *map, uint64_t connection)
{
  if (connection == 0)
    return;
  g_autofree char *text = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", connection);
  say_text (map, "connection", text);
}

/* One more element, a map of these members. */
static void
list_map (Items *list, const Items *map)
{
  AempList all = items_list (map);
  items_take (list, aemp_message_new ("{@}", &all));
}

static void
list_name (Items *list, const AempName *name)
{
  AempValue value = text_of_name (name);
  items_take (list, aemp_message_new ("v", &value));
}

/* --- Monitors ------------------------------------------------------------------------------- */

static const char *const actions[] = {
  [AEMP_MON_CALLBACK] = "callback",
  [AEMP_MON_KILL] = "kill",
  [AEMP_MON_SEND] = "send",
  [AEMP_MON_GUARD] = "guard",
};

static void
list_monitor (Items *list, const AempMon *monitor, bool of_peer)
{
  g_auto (Items) map;
  items_init (&map);
  say_number (&map, "number", monitor->number);
  say_text (&map, "does", actions[monitor->action]);
  if (of_peer)
    say_name (&map, "port", monitor->port);
  say_name (&map, "context", monitor->context);
  if (monitor->other.peer)
    {
      say_name (&map, "to_node", monitor->other.peer->name);
      say_name (&map, "to_port", monitor->other.port);
    }
  list_map (list, &map);
}

static void
say_monitors (Items *map, const char *key, const GQueue *monitors, bool of_peer)
{
  g_auto (Items) list;
  items_init (&list);
  for (const GList *l = monitors->head; l; l = l->next)
    list_monitor (&list, l->data, of_peer);
  say_list (map, key, &list);
}

/* --- Ports ---------------------------------------------------------------------------------- */

static void
say_tags (Items *map, const AempPort *port)
{
  g_auto (Items) list;
  items_init (&list);
  for (uint32_t i = 0; i < port->more->tags_count; i++)
    list_name (&list, port->more->tags[i].tag);
  say_list (map, "tags", &list);
}

static void
say_watchers (Items *map, const AempPort *port)
{
  g_auto (Items) list;
  items_init (&list);
  for (const GList *l = port->more->watches.head; l; l = l->next)
    list_name (&list, ((const AempWatch *)l->data)->peer->name);
  say_list (map, "watched_by", &list);
}

static void
say_ports (Items *whole, const AempNode *node)
{
  g_auto (Items) list;
  items_init (&list);
  for (const AempPort *port = node->oldest_port; port; port = port->newer)
    {
      g_auto (Items) map;
      items_init (&map);
      say_name (&map, "port", port->name);
      say_true (&map, "takes_all", port->receive != NULL);
      if (port->more)
        {
          say_tags (&map, port);
          say_monitors (&map, "monitors", &port->more->monitors, false);
          say_watchers (&map, port);
        }
      list_map (&list, &map);
    }
  say_list (whole, "ports", &list);
}

/* --- Peers ---------------------------------------------------------------------------------- */

static void
say_link (Items *map, const AempLink *link)
{
  if (!link)
    return;
  say_connection (map, aemp_link_connection (link));
  say_true (map, "dialed", aemp_link_is_dialed (link));
  say_text (map, "address", aemp_link_peer_address (link));
  say_number (map, "unwritten_bytes", aemp_link_queued_bytes (link));
  say_true (map, "waits_for_room", aemp_link_is_stuck (link));
}

static void
say_queue (Items *map, const AempPeer *peer)
{
  g_auto (Items) list;
  items_init (&list);
  for (unsigned i = 0; peer->queue && i < peer->queue->len; i++)
    {
      const AempQueued *queued = &g_array_index (peer->queue, AempQueued, i);
      AempValue port = text_of_name (queued->port);
      items_take (&list, aemp_message_new ("{svs[@]}", "port", &port, "message", &queued->list));
    }
  say_list (map, "queue", &list);
  say_number (map, "queued_bytes", peer->queued_bytes);
}

static void
list_peer (Items *list, const AempPeer *peer)
{
  g_auto (Items) map;
  items_init (&map);
  say_name (&map, "node", peer->name);
  say_text (&map, "is", aemp_peer_is_up (peer) ? "up" : peer->known ? "down" : "unknown");
  say_link (&map, peer->link);
  say_true (&map, "is_dialed_now", peer->dial != NULL);
  say_true (&map, "is_global", peer->is_global);
  say_true (&map, "is_slave", peer->is_slave);
  say_true (&map, "waits_for_us", peer->held);
  say_queue (&map, peer);
  say_monitors (&map, "monitors", &peer->monitors, true);
  list_map (list, &map);
}

static void
say_peers (Items *whole, const AempNode *node)
{
  g_auto (Items) list;
  items_init (&list);
  for (const GList *l = node->peers_by_age.head; l; l = l->next)
    if (!aemp_peer_is_self (l->data))
      list_peer (&list, l->data);
  say_list (whole, "peers", &list);
}

static void
say_meetings (Items *whole, const AempNode *node)
{
  g_auto (Items) list;
  items_init (&list);
  for (const GList *l = node->meetings.head; l; l = l->next)
    {
      const AempMeeting *meeting = l->data;
      g_auto (Items) map;
      items_init (&map);
      say_name (&map, "claims_to_be", meeting->claim);
      say_text (&map, "dials", meeting->address);
      say_link (&map, meeting->link);
      say_true (&map, "peer_is_verified", meeting->verified);
      say_true (&map, "has_answered", meeting->answered);
      say_true (&map, "waits", meeting->waits_since_us != 0);
      list_map (&list, &map);
    }
  say_list (whole, "meetings", &list);
}

/* --- What the node says to itself ---------------------------------------------------------- */

static const char *const local_kinds[] = {
  [AEMP_LOCAL_MESSAGE] = "message",
  [AEMP_LOCAL_KILL] = "kill",
  [AEMP_LOCAL_MONITOR] = "monitor",
  [AEMP_LOCAL_PEER_LOST] = "peer is lost",
  [AEMP_LOCAL_SET] = "set",
  [AEMP_LOCAL_UNSET] = "unset",
  [AEMP_LOCAL_DELETE] = "delete",
  [AEMP_LOCAL_TELL] = "tell monitors of a family",
  [AEMP_LOCAL_ASK] = "question",
};

static void
say_local (Items *whole, const AempNode *node)
{
  g_auto (Items) list;
  items_init (&list);
  for (uint32_t i = 0; i < node->local_count; i++)
    {
      const AempLocalItem *item = &node->local[(node->local_first + i) & (node->local_room - 1)];
      g_auto (Items) map;
      items_init (&map);
      say_text (&map, "is", local_kinds[item->kind]);
      say_name (&map, "port", item->port);
      if (item->peer)
        say_name (&map, "node", item->peer->name);
      say_number (&map, "number", item->number);
      if (item->list.count > 0)
        items_take (&map, aemp_message_new ("s[@]", "message", &item->list));
      list_map (&list, &map);
    }
  say_list (whole, "local", &list);
}

/* --- The database --------------------------------------------------------------------------- */

static void
list_family (Items *list, const AempName *name, const AempFamily *family)
{
  g_auto (Items) pairs;
  items_init (&pairs);
  AempFamilyWalk walk = { 0 };
  while (aemp_family_next (family, &walk))
    {
      list_name (&pairs, walk.key);
      items_take (&pairs, aemp_message_new ("v", walk.value));
    }
  AempList all = items_list (&pairs);
  AempValue family_name = text_of_name (name);
  items_take (list, aemp_message_new ("{svs{@}}", "family", &family_name, "keys", &all));
}

static void
say_families (Items *map, const char *key, const AempDatabase *database)
{
  g_auto (Items) list;
  items_init (&list);
  AempDatabaseWalk walk = { 0 };
  while (database && aemp_database_next (database, &walk))
    list_family (&list, walk.name, walk.family);
  say_list (map, key, &list);
}

static void
say_database (Items *whole, const AempNode *node)
{
  const AempGlobal *global = node->global;
  g_auto (Items) map;
  items_init (&map);
  say_true (&map, "is_global", global->is_global);
  if (global->master)
    say_name (&map, "master", global->master->name);
  say_number (&map, "unanswered_questions", global->asked);
  say_families (&map, global->is_global ? "families" : "own", global->database);
  if (!global->is_global)
    say_families (&map, "copy_of_master", aemp_watches_copy (node));
  AempList all = items_list (&map);
  items_take (whole, aemp_message_new ("s{@}", "database", &all));
}

AempMessage *
aemp_node_inspect (AempNode *node)
{
  g_auto (Items) whole;
  items_init (&whole);
  say_name (&whole, "node", node->name);
  say_text (&whole, "instance", node->instance);
  say_ports (&whole, node);
  say_monitors (&whole, "monitors_of_nodes", &node->node_monitors, false);
  say_peers (&whole, node);
  say_meetings (&whole, node);
  say_local (&whole, node);
  say_number (&whole, "laters", node->laters.length);
  say_database (&whole, node);
  AempList all = items_list (&whole);
  return aemp_message_new ("{@}", &all);
}
