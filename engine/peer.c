/* engine/peer.c - a record for each other node: its queue, its connection. */

#include "block.h"
#include "global.h"
#include "planted.h"

#include <string.h>

#define PASSING_BYTES 512         /* a message that is sent at once is made here, if it fits */
#define MESSAGE_OVERHEAD_BYTES 64 /* what a queued message costs beside its values */

static const AempLinkEvents peer_link_events;

/* --- Records ------------------------------------------------------------------------- */

AempPeer *
aemp_peer_find (AempNode *node, const AempName *name)
{
  return aemp_table_find (&node->peers, name);
}

static void
clear_queued (void *queued)
{
  AempQueued *entry = queued;
  aemp_name_unref (entry->port);
  aemp_list_drop (&entry->list);
}

AempPeer *
aemp_peer_get (AempNode *node, const AempName *name)
{
  AempPeer *peer = aemp_peer_find (node, name);
  if (peer)
    return peer;
  peer = g_new0 (AempPeer, 1);
  peer->node = node;
  peer->name = aemp_name_new (name->text, name->length);
  peer->queue = g_array_new (FALSE, FALSE, sizeof (AempQueued));
  g_array_set_clear_func (peer->queue, clear_queued);
  peer->by_age.data = peer;
  peer->of_dirty.data = peer;
  peer->of_held.data = peer;
  aemp_table_add (&node->peers, peer->name, peer);
  g_queue_push_tail_link (&node->peers_by_age, &peer->by_age);
  return peer;
}

static void
peer_free (AempPeer *peer)
{
  aemp_dial_end (peer);
  while (peer->watched.head)
    aemp_watch_free (peer->watched.head->data);
  g_clear_pointer (&peer->link, aemp_link_free);
  aemp_member_free (peer->member);
  g_array_unref (peer->queue);
  aemp_table_clear (&peer->sets, NULL);
  g_free (peer->instance);
  g_free (peer->turn);
  aemp_name_unref (peer->name);
  g_free (peer);
}

static void
forget_peer (AempNode *node, AempPeer *peer)
{
  g_queue_unlink (&node->peers_by_age, &peer->by_age);
  aemp_table_remove (&node->peers, peer->name);
  peer_free (peer);
}

void
aemp_peers_free (AempNode *node)
{
  while (node->peers_by_age.head)
    forget_peer (node, node->peers_by_age.head->data);
}

/* --- Addresses ------------------------------------------------------------------------- */

static bool
is_node_id (const AempName *id)
{
  for (uint32_t i = 0; i < id->length; i++)
    if ((unsigned char) id->text[i] < ' ' || id->text[i] == ';' || id->text[i] == 127)
      return false;
  return id->length > 0 && id->length <= AEMP_PEER_ID_MAX_BYTES;
}

/* "node#port" into its two names; false: it is none. */
static bool
split_port_id (const AempName *id, AempName *node_id, AempName *port)
{
  const char *hash = memchr (id->text, '#', id->length);
  uint32_t length = hash ? (uint32_t) (hash - id->text) : id->length;
  if (length > AEMP_PEER_ID_MAX_BYTES || id->length - length > 1 + AEMP_PORT_NAME_MAX_BYTES)
    return false;
  *node_id = aemp_name_view (id->text, length);
  *port = hash ? aemp_name_view (hash + 1, id->length - length - 1) : aemp_name_view ("", 0);
  return is_node_id (node_id);
}

bool
aemp_port_id_is_valid (const char *port)
{
  AempName id = aemp_name_view (port, strlen (port));
  AempName node_id, name;
  return split_port_id (&id, &node_id, &name);
}

typedef struct AempRemembered
{
  AempName *id; /* "node#port" */
  AempAddress address;
} Remembered;

static void
remembered_free (void *memory)
{
  Remembered *remembered = memory;
  aemp_name_unref (remembered->id);
  aemp_name_unref (remembered->address.port);
  g_free (remembered);
}

void
aemp_addresses_forget (AempNode *node)
{
  aemp_table_clear (&node->addresses, remembered_free);
  node->addresses_bytes = 0;
  node->last_address = NULL;
}

/* A port of ours shares its name with its address: then there is nothing to compare. */
static AempName *
port_name (AempNode *node, const AempPeer *peer, const AempName *name)
{
  AempPort *port = aemp_peer_is_self (peer) ? aemp_port_find (node, name) : NULL;
  return port ? aemp_name_ref (port->name) : aemp_name_new (name->text, name->length);
}

/* Looks the whole ID up first: most messages go where others went. */
static bool
address_of_name (AempNode *node, const AempName *id, AempAddress *address)
{
  Remembered *remembered = aemp_table_find (&node->addresses, id);
  if (!remembered)
    {
      AempName node_id, port;
      if (!split_port_id (id, &node_id, &port))
        return false;
      remembered = g_new (Remembered, 1);
      remembered->id = aemp_name_new (id->text, id->length);
      remembered->address.peer = aemp_peer_get (node, &node_id);
      remembered->address.port = port_name (node, remembered->address.peer, &port);
      aemp_table_add (&node->addresses, remembered->id, remembered);
      node->addresses_bytes += id->length;
    }
  node->last_address = remembered;
  *address = remembered->address;
  return true;
}

/* And many go where the last one went. */
static bool
is_last_address (const AempNode *node, const char *port, size_t length)
{
  const Remembered *last = node->last_address;
  return last && last->id->length == length && memcmp (last->id->text, port, length) == 0;
}

/* Is this more than a name that somebody mentioned? */
static bool
is_needed (const AempPeer *peer)
{
  return aemp_peer_is_up (peer) || peer->known || peer->dial || peer->losing || peer->pins > 0
         || peer->dirty || peer->held || peer->queue->len > 0 || peer->monitors.head
         || peer->watched.head;
}

static void
forget_peers (AempNode *node)
{
  for (GList *l = node->peers_by_age.head, *next; l; l = next)
    {
      next = l->next;
      if (!is_needed (l->data))
        forget_peer (node, l->data);
    }
}

/* Forgets them all when they are too many: never in the middle of a turn, as callers
 * hold addresses. */
static void
limit_addresses (AempNode *node)
{
  if (node->addresses.count <= AEMP_ADDRESSES_MAX
      && node->addresses_bytes <= AEMP_ADDRESSES_MAX_BYTES
      && !(node->addresses.count > 0 && aemp_env_rare (node->env, AEMP_RARE_IDS_FORGOTTEN, 0)))
    return;
  AEMP_MARK (node, IDS_FORGOTTEN);
  aemp_addresses_forget (node);
  forget_peers (node);
}

bool
aemp_address_of (AempNode *node, const char *port, AempAddress *address)
{
  size_t length = strlen (port);
  if (is_last_address (node, port, length))
    {
      *address = node->last_address->address;
      return true;
    }
  AempName id = aemp_name_view (port, length);
  if (address_of_name (node, &id, address))
    return true;
  aemp_misuse (node, "'%.*s' is not a port ID", (int) MIN (id.length, 60), id.text);
  return false;
}

bool
aemp_address_of_value (AempNode *node, const AempValue *value, AempAddress *address)
{
  AempName view;
  g_autoptr (AempName) owned = NULL;
  return value && aemp_value_name (value, &view, &owned)
         && address_of_name (node, &view, address);
}

char *
aemp_node_of (const char *port)
{
  return g_strndup (port, strcspn (port, "#"));
}

bool
aemp_port_is_local (AempNode *node, const char *port)
{
  size_t length = strcspn (port, "#");
  return length == node->name->length && memcmp (port, node->name->text, length) == 0;
}

/* --- Sending ---------------------------------------------------------------------------- */

static void
mark_dirty (AempPeer *peer)
{
  if (peer->dirty)
    return;
  peer->dirty = true;
  g_queue_push_tail_link (&peer->node->dirty, &peer->of_dirty);
  aemp_turn_wanted (peer->node);
}

/* Keeps it until there is a connection. */
static void
queue_up (AempPeer *peer, AempName *port, const AempList *list)
{
  if (peer->queued_bytes > peer->node->config->queue_limit_bytes / 2
      && AEMP_PLANTED (queue_limit_drops_silently))
    return;
  AempQueued entry = { aemp_name_ref (port), aemp_list_keep (list) };
  if (AEMP_PLANTED_IS_ON (remote_kill_overtakes_sends)
      && aemp_value_is (aemp_list_get (list, 0), "kil1")
      && AEMP_PLANTED (remote_kill_overtakes_sends))
    g_array_prepend_val (peer->queue, entry);
  else if (AEMP_PLANTED_IS_ON (remote_monitor_overtakes_sends)
           && aemp_value_is (aemp_list_get (list, 0), "mon1")
           && AEMP_PLANTED (remote_monitor_overtakes_sends))
    g_array_prepend_val (peer->queue, entry);
  else
    g_array_append_val (peer->queue, entry);
  peer->queued_bytes += MESSAGE_OVERHEAD_BYTES + aemp_values_bytes (list->items, list->count);
  if (peer->queued_bytes > peer->node->config->queue_limit_bytes
      || aemp_env_rare (peer->node->env, AEMP_RARE_QUEUE_FULL, peer->queued_bytes))
    {
      AEMP_MARK (peer->node, QUEUE_LIMIT);
      aemp_peer_lose_later (peer, "send queue limit reached");
    }
  else
    aemp_peer_connect (peer);
}

static void
send_to_link (AempPeer *peer, AempName *port, const AempList *list)
{
  if (aemp_link_queued_bytes (peer->link) > 20000 && AEMP_PLANTED (hole_when_congested))
    return;
  aemp_link_send (peer->link, port, list);
  mark_dirty (peer);
  if (aemp_link_queued_bytes (peer->link) > peer->node->config->queue_limit_bytes)
    {
      AEMP_MARK (peer->node, QUEUE_LIMIT);
      aemp_peer_lose_later (peer, "send queue limit reached");
    }
}

bool
aemp_list_check (AempNode *node, const AempList *list)
{
  if (!aemp_list_is_too_deep (list))
    return true;
  aemp_misuse (node, "a message is nested more than %d deep: no node takes it", AEMP_DEPTH_MAX);
  return false;
}

static bool
deliver_inside (AempNode *node, const AempAddress *address, const AempList *list)
{
  AempPort *port = aemp_port_find (node, address->port);
  if (!port || !AEMP_PLANTED (local_delivery_recurses))
    return false;
  AEMP_TRACE (node, .kind = AEMP_TRACE_DELIVER, .peer = node->name, .port = port->name,
              .payload = aemp_list_hash (list));
  aemp_port_deliver (node, port, list);
  return true;
}

void
aemp_send (AempNode *node, const AempAddress *address, const AempList *list)
{
  AempPeer *peer = address->peer;
  if (!aemp_list_check (node, list))
    return;
  AEMP_TRACE_MESSAGE (node, .kind = AEMP_TRACE_SEND, .peer = peer->name, .port = address->port,
                      .payload = aemp_list_hash (list),
                      .other = node->self ? node->self->name : NULL);
  if (AEMP_PLANTED_IS_ON (local_delivery_recurses) && aemp_peer_is_self (peer)
      && deliver_inside (node, address, list))
    return;
  if (aemp_peer_is_self (peer))
    aemp_local_push_message (node, address->port, list);
  else if (peer->losing)
    return; /* lost with all the rest, as will be told before this turn is over */
  else if (peer->link)
    send_to_link (peer, address->port, list);
  else
    queue_up (peer, address->port, list);
}

void
aemp_request (AempPeer *peer, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList list = aemp_message_list (message);
  aemp_send (peer->node, &(AempAddress){ peer, peer->node->no_name }, &list);
}

void
aemp_snd_list (AempNode *node, const char *port, const AempList *message)
{
  AempAddress address;
  if (aemp_address_of (node, port, &address))
    aemp_send (node, &address, message);
}

/* What goes into the output of a link at once needs no message of its own: nobody keeps it. */
static void
send_passing (AempNode *node, const AempAddress *address, const char *format, va_list *arguments)
{
  uint64_t room[PASSING_BYTES / sizeof (uint64_t)];
  AempMessage *message = aemp_message_new_in (room, sizeof room, format, arguments);
  AempList list = aemp_message_list (message);
  bool is_passing = message == (AempMessage *) room;
  if (is_passing)
    list.message = NULL;
  aemp_send (node, address, &list);
  if (!is_passing)
    aemp_message_unref (message);
}

static void
send_kept (AempNode *node, const AempAddress *address, const char *format, va_list *arguments)
{
  g_autoptr (AempMessage) message = aemp_message_new_va (format, arguments);
  AempList list = aemp_message_list (message);
  aemp_send (node, address, &list);
}

void
aemp_snd (AempNode *node, const char *port, const char *format, ...)
{
  AempAddress address;
  if (!aemp_address_of (node, port, &address))
    return;
  va_list arguments;
  va_start (arguments, format);
  if (address.peer->link)
    send_passing (node, &address, format, &arguments);
  else
    send_kept (node, &address, format, &arguments);
  va_end (arguments);
}

/* --- Up and down ------------------------------------------------------------------------ */

void
aemp_peer_connect (AempPeer *peer)
{
  if (!aemp_peer_is_up (peer) && !peer->dial && !peer->coming && !peer->losing)
    aemp_dial_begin (peer);
}

static void
flush_queue (AempPeer *peer)
{
  if (peer->queue->len > 0 && AEMP_PLANTED (messages_while_coming_up_lost))
    g_array_set_size (peer->queue, 0);
  if (peer->queue->len > 1 && AEMP_PLANTED (queue_loses_last))
    g_array_set_size (peer->queue, peer->queue->len - 1);
  for (unsigned i = 0; i < peer->queue->len; i++)
    {
      AempQueued *entry = &g_array_index (peer->queue, AempQueued, i);
      if (peer->queue->len > 1 && AEMP_PLANTED (flush_order_reversed))
        entry = &g_array_index (peer->queue, AempQueued, peer->queue->len - 1 - i);
      send_to_link (peer, entry->port, &entry->list);
    }
  g_array_set_size (peer->queue, 0);
  peer->queued_bytes = 0;
}

static void
tell_node_monitors (AempPeer *peer, bool up, const AempList *reason)
{
  g_autoptr (AempMessage) news = aemp_message_new ("sb@", peer->name->text, up, reason);
  AempList list = aemp_message_list (news);
  aemp_monitors_node_changed (peer->node, &list);
}

void
aemp_peer_up (AempPeer *peer, AempLink *link)
{
  AempNode *node = peer->node;
  const AempHandshakePeer *greeting = aemp_handshake_peer (aemp_link_handshake (link));
  AempList nothing = { 0 };
  g_assert (!peer->link);
  peer->link = link;
  peer->link_began = node->links_made;
  peer->next_dial_us = 0;
  peer->known = true;
  g_free (peer->instance);
  peer->instance = g_strdup (greeting->instance);
  aemp_link_set_owner (link, &peer_link_events, peer);
  aemp_link_settle (link);
  AEMP_TRACE (node, .kind = AEMP_TRACE_NODE_UP, .peer = peer->name,
              .connection = aemp_link_connection (link));
  aemp_dial_end (peer);
  flush_queue (peer);
  aemp_global_peer_up (peer);
  tell_node_monitors (peer, true, &nothing);
}

static void
drop_watches (AempPeer *peer)
{
  while (peer->watched.head && !AEMP_PLANTED (watches_outlive_connection))
    aemp_watch_free (peer->watched.head->data);
}

/* Ends the link, or the attempts to get one; tells the trace. */
static bool
end_link (AempPeer *peer, const char *text)
{
  AempNode *node = peer->node;
  bool was_up = peer->link;
  if (was_up)
    AEMP_TRACE (node, .kind = AEMP_TRACE_LINK_DOWN, .peer = peer->name,
                .connection = aemp_link_connection (peer->link), .text = text);
  else
    AEMP_TRACE (node, .kind = AEMP_TRACE_DIAL_FAILED, .peer = peer->name, .text = text);
  if (peer->queue->len > 0)
    AEMP_MARK (node, QUEUE_DROPPED);
  aemp_dial_end (peer);
  g_clear_pointer (&peer->link, aemp_link_free);
  g_array_set_size (peer->queue, 0);
  peer->queued_bytes = 0;
  peer->losing = !was_up && peer->monitors.head && AEMP_PLANTED (connection_error_breaks_record);
  peer->is_global = false;
  if (peer->held)
    g_queue_unlink (&node->held, &peer->of_held);
  peer->held = false;
  return was_up;
}

void
aemp_peer_lost (AempPeer *peer, const char *text)
{
  AempNode *node = peer->node;
  bool was_up = end_link (peer, text);
  drop_watches (peer);
  g_autoptr (AempMessage) message
      = aemp_message_new ("sss", "transport_error", peer->name->text, text);
  AempList reason = aemp_message_list (message);
  if (was_up && peer->monitors.head && AEMP_PLANTED (monitors_fire_after_down))
    AEMP_TRACE (node, .kind = AEMP_TRACE_NODE_DOWN, .peer = peer->name, .text = text);
  if (!(strstr (text, "reset") && AEMP_PLANTED (reset_is_clean_end)))
    aemp_monitors_peer_lost (node, peer, &reason);
  if (!was_up)
    {
      aemp_global_unreachable (peer);
      return;
    }
  if (peer->coming && AEMP_PLANTED (down_not_told_on_switch))
    return;
  AEMP_TRACE (node, .kind = AEMP_TRACE_NODE_DOWN, .peer = peer->name, .text = text);
  aemp_global_peer_lost (peer);
  tell_node_monitors (peer, false, &reason);
  aemp_seeds_peer_lost (node, peer);
}

void
aemp_peer_lose_later (AempPeer *peer, const char *text)
{
  if (peer->losing)
    return;
  peer->losing = true;
  g_autoptr (AempMessage) message = aemp_message_new ("s", text);
  aemp_local_push (peer->node, &(AempLocalItem){ .kind = AEMP_LOCAL_PEER_LOST, .peer = peer,
                                                 .list = aemp_message_list (message) });
}

/* --- The link ---------------------------------------------------------------------------- */

static void
take_message (AempPeer *peer, AempList list)
{
  AempNode *node = peer->node;
  uint64_t connection = aemp_link_connection (peer->link);
  AempName view = aemp_name_view ("", 0);
  g_autoptr (AempName) owned = NULL;
  bool named = aemp_value_name (&list.items[0], &view, &owned);
  AempList rest = aemp_list_skip (list, 1);
  if (named && view.length == 0)
    {
      aemp_request_handle (peer, rest, connection);
      return;
    }
  AempPort *port = named ? aemp_port_find (node, &view) : NULL;
  if (port)
    {
      AEMP_TRACE_MESSAGE (node, .kind = AEMP_TRACE_DELIVER, .peer = peer->name,
                          .port = port->name, .connection = connection,
                          .payload = aemp_list_hash (&rest));
      aemp_port_deliver (node, port, &rest);
    }
  else
    AEMP_TRACE (node, .kind = AEMP_TRACE_UNKNOWN_PORT, .peer = peer->name, .port = &view,
                .connection = connection, .payload = aemp_list_hash (&rest));
}

/* The local queue is worked off before the next packet. */
static bool
on_packet (AempLink *link, AempMessage *message, void *user_data)
{
  AempPeer *peer = user_data;
  AempNode *node = peer->node;
  aemp_turn_begin (node);
  if (!peer->losing)
    take_message (peer, aemp_message_list (message));
  if (aemp_local_drain (node))
    return true;
  if (peer->link == link && !peer->held)
    {
      AEMP_MARK (node, PACKETS_HELD);
      peer->held = true;
      g_queue_push_tail_link (&node->held, &peer->of_held);
    }
  return false;
}

void
aemp_peer_resume (AempPeer *peer)
{
  peer->held = false;
  if (peer->link)
    aemp_link_resume (peer->link);
}

static void
on_closed (AempLink *link, const GError *error, void *user_data)
{
  AempPeer *peer = user_data;
  aemp_turn_begin (peer->node);
  if (error->domain == AEMP_ERROR)
    AEMP_TRACE (peer->node, .kind = AEMP_TRACE_MALFORMED, .peer = peer->name,
                .connection = aemp_link_connection (link), .text = error->message);
  aemp_peer_lost (peer, error->message);
}

static const AempLinkEvents peer_link_events = {
  .packet = on_packet,
  .closed = on_closed,
};

void
aemp_peers_flush (AempNode *node)
{
  while (node->dirty.head)
    {
      AempPeer *peer = g_queue_pop_head_link (&node->dirty)->data;
      peer->dirty = false;
      if (!peer->link)
        continue;
      aemp_link_flush (peer->link);
      if (aemp_link_is_stuck (peer->link))
        AEMP_MARK (node, WRITE_SHORT);
    }
  limit_addresses (node);
}

/* --- For programs -------------------------------------------------------------------------- */

AempNodeState
aemp_node_is_up (AempNode *node, const char *node_id)
{
  AempName name = aemp_name_view (node_id, strlen (node_id));
  AempPeer *peer = aemp_peer_find (node, &name);
  if (!peer)
    return AEMP_NODE_UNKNOWN;
  return aemp_peer_is_up (peer) ? AEMP_NODE_UP : AEMP_NODE_DOWN;
}

static int
compare_texts (const void *one, const void *other)
{
  return strcmp (*(char *const *) one, *(char *const *) other);
}

char **
aemp_up_nodes (AempNode *node)
{
  GPtrArray *names = g_ptr_array_new ();
  for (GList *l = node->peers_by_age.head; l; l = l->next)
    if (aemp_peer_is_up (l->data))
      g_ptr_array_add (names, g_strdup (((AempPeer *) l->data)->name->text));
  g_ptr_array_sort (names, compare_texts);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}
