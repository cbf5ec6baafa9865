/* engine/local.c - what the node says to itself: one first-in-first-out queue.
 *
 * Local sends, kills, monitors and spawns all go through it, in order, and nothing in it
 * is done from inside a call of the program's: so nothing nests, and nothing overtakes. */

#include "internal.h"

#include "planted.h"

#define ROOM_FIRST 16

AempList
aemp_list_keep (const AempList *list)
{
  if (list->count == 0)
    return (AempList){ 0 };
  if (!list->message)
    return aemp_message_list (aemp_message_new ("@", list));
  AempList kept = *list;
  aemp_message_ref (kept.message);
  return kept;
}

void
aemp_list_drop (AempList *list)
{
  g_clear_pointer (&list->message, aemp_message_unref);
  list->count = 0;
}

static void
grow (AempNode *node)
{
  uint32_t room = node->local_room ? 2 * node->local_room : ROOM_FIRST;
  AempLocalItem *items = g_new (AempLocalItem, room);
  for (uint32_t i = 0; i < node->local_count; i++)
    items[i] = node->local[(node->local_first + i
                            + (node->local_first > 0 && AEMP_PLANTED (local_queue_grows_wrong)))
                           & (node->local_room - 1)];
  g_free (node->local);
  node->local = items;
  node->local_room = room;
  node->local_first = 0;
}

/* The place behind the last one, which is the last one from now on. */
static AempLocalItem *
new_place (AempNode *node)
{
  if (node->local_count == node->local_room)
    grow (node);
  aemp_turn_wanted (node);
  return &node->local[(node->local_first + node->local_count++) & (node->local_room - 1)];
}

void
aemp_local_push (AempNode *node, const AempLocalItem *item)
{
  AempLocalItem *place = new_place (node);
  if (item->kind == AEMP_LOCAL_KILL && node->local_count > 1 && AEMP_PLANTED (local_kill_overtakes))
    {
      node->local_first = (node->local_first - 1) & (node->local_room - 1);
      place = &node->local[node->local_first];
    }
  *place = *item;
  place->list = aemp_list_keep (&item->list);
  if (item->port)
    place->port = aemp_name_ref (item->port);
}

/* Field by field: a copy of what was just written would wait for that. */
void
aemp_local_push_message (AempNode *node, const AempName *port, const AempList *list)
{
  AempLocalItem *place = new_place (node);
  place->kind = AEMP_LOCAL_MESSAGE;
  place->port = aemp_name_ref (port);
  place->list = aemp_list_keep (list);
  place->number = node->relays;
}

static AempLocalItem
pop (AempNode *node)
{
  AempLocalItem item = node->local[node->local_first];
  node->local_first = (node->local_first + 1) & (node->local_room - 1);
  node->local_count--;
  return item;
}

static void
clear_item (AempLocalItem *item)
{
  g_clear_pointer (&item->port, aemp_name_unref);
  aemp_list_drop (&item->list);
}

static void
take_message (AempNode *node, const AempLocalItem *item)
{
  if (item->port->length == 0)
    {
      node->relays = item->number;
      aemp_request_handle (node->self_peer, item->list, 0);
      node->relays = false;
      return;
    }
  AempPort *port = aemp_port_find (node, item->port);
  if (!port)
    {
      AEMP_TRACE (node, .kind = AEMP_TRACE_UNKNOWN_PORT, .peer = node->name, .port = item->port,
                  .payload = aemp_list_hash (&item->list));
      return;
    }
  AEMP_TRACE_MESSAGE (node, .kind = AEMP_TRACE_DELIVER, .peer = node->name, .port = item->port,
                      .payload = aemp_list_hash (&item->list));
  aemp_port_deliver (node, port, &item->list);
}

static void
take_kill (AempNode *node, const AempLocalItem *item)
{
  AempPort *port = aemp_port_find (node, item->port);
  if (port)
    aemp_port_die (node, port, &item->list);
}

static void
take_peer_lost (const AempLocalItem *item)
{
  g_autofree char *text = aemp_value_dup_text (aemp_list_get (&item->list, 0), NULL);
  if (item->peer->losing)
    aemp_peer_lost (item->peer, text);
}

static void
take (AempNode *node, const AempLocalItem *item)
{
  switch (item->kind)
    {
    case AEMP_LOCAL_MESSAGE:
      take_message (node, item);
      return;
    case AEMP_LOCAL_KILL:
      take_kill (node, item);
      return;
    case AEMP_LOCAL_MONITOR:
      aemp_monitor_begin_local (node, item->number);
      return;
    case AEMP_LOCAL_PEER_LOST:
      take_peer_lost (item);
      return;
    case AEMP_LOCAL_SET:
    case AEMP_LOCAL_UNSET:
    case AEMP_LOCAL_DELETE:
    case AEMP_LOCAL_TELL:
    case AEMP_LOCAL_ASK:
      aemp_database_take (node, item);
      return;
    }
  g_assert_not_reached ();
}

bool
aemp_local_drain (AempNode *node)
{
  for (unsigned done = 0; node->local_count > 0; done++)
    {
      if (done == AEMP_LOCAL_TURN_MAX
          || (done > 0 && aemp_env_rare (node->env, AEMP_RARE_TURN_CUT, node->local_count)))
        {
          AEMP_MARK (node, LOCAL_QUEUE_LONG);
          if (AEMP_PLANTED (local_message_lost_in_long_turn))
            {
              AempLocalItem item = pop (node);
              clear_item (&item);
            }
          return false;
        }
      AempLocalItem item = pop (node);
      take (node, &item);
      clear_item (&item);
    }
  return true;
}

void
aemp_local_clear (AempNode *node)
{
  while (node->local_count > 0)
    {
      AempLocalItem item = pop (node);
      if (item.kind == AEMP_LOCAL_MONITOR)
        aemp_monitor_forget (node, item.number);
      clear_item (&item);
    }
  g_clear_pointer (&node->local, g_free);
  node->local_room = 0;
}
