/* engine/monitor.c - monitors of ports here and elsewhere.
 *
 * A monitor of a local port stands in that port's queue; one of a remote port stands in
 * the set of that port, whose members share one `mon1`, and in its peer's queue of all.
 * What fires leaves all queues first, so a callback may set and stop others freely. */

#include "internal.h"

#include "planted.h"

#include <string.h>

static AempMon *
find (AempNode *node, uint64_t number)
{
  return g_hash_table_lookup (node->monitors, &number);
}

static AempMon *
mon_new (AempNode *node, AempMonAction action)
{
  AempMon *mon = g_new0 (AempMon, 1);
  mon->number = ++node->monitors_made;
  mon->action = action;
  mon->of_queue.data = mon;
  mon->of_peer.data = mon;
  g_hash_table_insert (node->monitors, &mon->number, mon);
  return mon;
}

static void
address_keep (AempAddress *address)
{
  address->port = aemp_name_ref (address->port);
  address->peer->pins++;
}

static void
mon_free (AempNode *node, AempMon *mon)
{
  g_hash_table_remove (node->monitors, &mon->number);
  aemp_trash (node, &mon->callback);
  g_clear_pointer (&mon->port, aemp_name_unref);
  g_clear_pointer (&mon->context, aemp_name_unref);
  if (mon->other.port)
    mon->other.peer->pins--;
  g_clear_pointer (&mon->other.port, aemp_name_unref);
  g_clear_pointer (&mon->message, aemp_message_unref);
  g_free (mon);
}

static void
enqueue (AempMon *mon, GQueue *queue)
{
  mon->queue = queue;
  g_queue_push_tail_link (queue, &mon->of_queue);
}

/* Takes it out of every queue and returns its set, if that is empty now. */
static AempMonSet *
detach (AempMon *mon)
{
  AempMonSet *set = mon->set;
  if (mon->queue)
    g_queue_unlink (mon->queue, &mon->of_queue);
  mon->queue = NULL;
  if (!set)
    return NULL;
  g_queue_unlink (&mon->peer->monitors, &mon->of_peer);
  mon->set = NULL;
  return set->monitors.head ? NULL : set;
}

static void
set_free (AempMonSet *set)
{
  aemp_table_remove (&set->peer->sets, set->port);
  aemp_name_unref (set->port);
  g_free (set);
}

/* Moves the monitors of a set, which is freed. */
static void
take_all (GQueue *from, GQueue *to)
{
  while (from->head)
    {
      AempMon *mon = from->head->data;
      AempMonSet *emptied = detach (mon);
      enqueue (mon, to);
      if (emptied)
        {
          set_free (emptied);
          return;
        }
    }
}

/* --- Firing ------------------------------------------------------------------------- */

static void
call_back (AempNode *node, AempMon *mon, const AempList *reason)
{
  AempPort *context = NULL;
  if (mon->context)
    {
      context = aemp_port_find (node, mon->context);
      if (!context)
        return; /* who wanted to know is dead itself */
    }
  aemp_call_in_context (node, context, mon->callback.receive, reason, mon->callback.user_data);
}

static void
send_news (AempNode *node, AempMon *mon, const AempList *reason)
{
  AempList begin = aemp_message_list (mon->message);
  g_autoptr (AempMessage) message = aemp_message_new ("@@", &begin, reason);
  AempList list = aemp_message_list (message);
  aemp_send (node, &mon->other, &list);
}

static void
kill_other (AempNode *node, AempMon *mon, const AempList *reason)
{
  if (reason->count == 0 && !AEMP_PLANTED (normal_death_kills_link))
    return; /* a normal death kills nobody */
  g_autofree char *id
      = g_strconcat (mon->other.peer->name->text, "#", mon->other.port->text, NULL);
  aemp_kil_list (node, id, reason);
}

static void
tell (AempNode *node, AempMon *mon, const AempList *reason)
{
  g_autofree char *word = aemp_value_dup_text (aemp_list_get (reason, 0), NULL);
  AEMP_TRACE (node, .kind = AEMP_TRACE_MON_FIRED, .number = mon->number, .peer = mon->peer->name,
              .port = mon->port, .payload = aemp_list_hash (reason), .text = word);
  switch (mon->action)
    {
    case AEMP_MON_CALLBACK:
      call_back (node, mon, reason);
      break;
    case AEMP_MON_KILL:
      if (!(aemp_value_is (aemp_list_get (reason, 0), "transport_error")
            && AEMP_PLANTED (link_forgotten_when_remote)))
        kill_other (node, mon, reason);
      break;
    case AEMP_MON_SEND:
      send_news (node, mon, reason);
      break;
    case AEMP_MON_GUARD:
      break;
    }
}

/* The monitor is in no queue any more. */
static void
fire (AempNode *node, AempMon *mon, const AempList *reason)
{
  g_hash_table_remove (node->monitors, &mon->number); /* its callback cannot stop it now */
  tell (node, mon, reason);
  if (!aemp_peer_is_self (mon->peer) && AEMP_PLANTED (monitor_fires_twice))
    tell (node, mon, reason);
  if (!(mon->action == AEMP_MON_GUARD && AEMP_PLANTED (late_guard_leaks)))
    mon_free (node, mon);
}

void
aemp_monitors_fire (AempNode *node, GQueue *queue, const AempList *reason)
{
  while (queue->head)
    {
      AempMon *mon = queue->head->data;
      detach (mon);
      fire (node, mon, reason);
    }
}

static void
fire_no_such_port (AempNode *node, AempMon *mon)
{
  g_autofree char *id = g_strconcat (mon->peer->name->text, "#", mon->port->text, NULL);
  g_autoptr (AempMessage) message
      = aemp_message_new ("sss", "no_such_port", "cannot monitor nonexistent port", id);
  AempList reason = aemp_message_list (message);
  fire (node, mon, &reason);
}

void
aemp_monitor_begin_local (AempNode *node, uint64_t number)
{
  AempMon *mon = find (node, number);
  if (!mon)
    return; /* stopped meanwhile */
  if (mon->port->length == 0)
    {
      enqueue (mon, &node->self_monitors); /* our own node port does not die */
      return;
    }
  AempPort *port = aemp_port_find (node, mon->port);
  if (port)
    enqueue (mon, &aemp_port_more (port)->monitors);
  else
    {
      AEMP_MARK (node, MONITOR_DEAD_PORT);
      if (AEMP_PLANTED (local_monitor_of_dead_port_silent))
        return;
      fire_no_such_port (node, mon);
    }
}

void
aemp_monitor_kil0 (AempNode *node, AempPeer *peer, const AempName *port, const AempList *reason)
{
  AempMonSet *set = aemp_table_find (&peer->sets, port);
  if (!set)
    {
      AEMP_MARK (node, LATE_KIL0);
      if (AEMP_PLANTED (late_death_crashes))
        g_assert_not_reached ();
      return;
    }
  /* The set goes first: a callback may monitor the port anew, with a `mon1` of its own. */
  GQueue firing = G_QUEUE_INIT;
  if (set->monitors.length > 1 && AEMP_PLANTED (shared_monitor_not_told))
    {
      AempMon *first = set->monitors.head->data;
      detach (first);
      enqueue (first, &firing);
    }
  else
    take_all (&set->monitors, &firing);
  aemp_monitors_fire (node, &firing, reason);
}

void
aemp_monitors_peer_lost (AempNode *node, AempPeer *peer, const AempList *reason)
{
  /* All sets go first: those that callbacks set now belong to the next connection. */
  GQueue firing = G_QUEUE_INIT;
  while (peer->monitors.head)
    {
      AempMon *mon = peer->monitors.head->data;
      AempMonSet *emptied = detach (mon);
      enqueue (mon, &firing);
      if (emptied)
        set_free (emptied);
    }
  aemp_monitors_fire (node, &firing, reason);
  if (peer->monitors.head && AEMP_PLANTED (remonitoring_never_ends))
    aemp_monitors_peer_lost (node, peer, reason);
}

/* --- Setting ------------------------------------------------------------------------ */

static const char *const action_names[] = {
  [AEMP_MON_CALLBACK] = "callback",
  [AEMP_MON_KILL] = "kill",
  [AEMP_MON_SEND] = "send",
  [AEMP_MON_GUARD] = "guard",
};

static void
begin_remote (AempMon *mon)
{
  AempPeer *peer = mon->peer;
  AempMonSet *set = aemp_table_find (&peer->sets, mon->port);
  bool first = !set;
  if (first)
    {
      set = g_new0 (AempMonSet, 1);
      set->peer = peer;
      set->port = aemp_name_ref (mon->port);
      aemp_table_add (&peer->sets, set->port, set);
    }
  else
    AEMP_MARK (peer->node, MONITOR_SHARED);
  mon->set = set;
  enqueue (mon, &set->monitors);
  g_queue_push_tail_link (&peer->monitors, &mon->of_peer);
  if (!first)
    return;
  if (mon->port->length > 0)
    aemp_request (peer, "st", "mon1", mon->port->text, (size_t) mon->port->length);
  else if (!AEMP_PLANTED (node_monitor_makes_no_connection))
    aemp_peer_connect (peer); /* a node is monitored by having a connection to it */
}

/* All is set but what is monitored: begins. */
static AempMonitor
begin (AempNode *node, AempMon *mon, const AempAddress *address)
{
  mon->peer = address->peer;
  mon->port = aemp_name_ref (address->port);
  AEMP_TRACE (node, .kind = AEMP_TRACE_MON_SET, .number = mon->number, .peer = mon->peer->name,
              .port = mon->port, .other = mon->other.port, .text = action_names[mon->action]);
  if (aemp_peer_is_self (mon->peer))
    aemp_local_push (node, &(AempLocalItem){ .kind = AEMP_LOCAL_MONITOR, .port = mon->port,
                                             .number = mon->number });
  else
    begin_remote (mon);
  return mon->number;
}

static void
set_callback (AempNode *node, AempMon *mon, AempReceive receive, void *user_data,
              GDestroyNotify destroy)
{
  mon->callback = (AempCallback){ receive, user_data, destroy };
  mon->context = node->self ? aemp_name_ref (node->self->name) : NULL;
}

AempMonitor
aemp_mon (AempNode *node, const char *port, AempReceive died, void *user_data,
          GDestroyNotify destroy)
{
  AempAddress address;
  AempCallback callback = { died, user_data, destroy };
  if (!aemp_address_of (node, port, &address))
    {
      aemp_trash (node, &callback);
      return 0;
    }
  AempMon *mon = mon_new (node, AEMP_MON_CALLBACK);
  set_callback (node, mon, died, user_data, destroy);
  return begin (node, mon, &address);
}

AempMonitor
aemp_mon_kil (AempNode *node, const char *port, const char *other)
{
  AempAddress address;
  AempAddress victim;
  if (!other)
    other = aemp_self (node);
  if (!other)
    {
      aemp_misuse (node, "mon: there is no port to kill here");
      return 0;
    }
  if (!aemp_address_of (node, port, &address) || !aemp_address_of (node, other, &victim))
    return 0;
  AempMon *mon = mon_new (node, AEMP_MON_KILL);
  mon->other = victim;
  address_keep (&mon->other);
  return begin (node, mon, &address);
}

AempMonitor
aemp_mon_snd (AempNode *node, const char *port, const char *other, const char *format, ...)
{
  AempAddress address;
  AempAddress receiver;
  if (!aemp_address_of (node, port, &address) || !aemp_address_of (node, other, &receiver))
    return 0;
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList list = aemp_message_list (message);
  if (!aemp_list_check (node, &list))
    return 0;
  AempMon *mon = mon_new (node, AEMP_MON_SEND);
  mon->message = g_steal_pointer (&message);
  mon->other = receiver;
  address_keep (&mon->other);
  return begin (node, mon, &address);
}

AempMonitor
aemp_mon_guard (AempNode *node, const char *port, void *reference, GDestroyNotify destroy)
{
  AempAddress address;
  AempCallback callback = { NULL, reference, destroy };
  if (!aemp_address_of (node, port, &address))
    {
      aemp_trash (node, &callback);
      return 0;
    }
  AempMon *mon = mon_new (node, AEMP_MON_GUARD);
  mon->callback = callback;
  return begin (node, mon, &address);
}

static void
stop_late (AempNode *node, const AempList *nothing, void *user_data)
{
  AempMon *mon = find (node, *(const AempMonitor *)user_data);
  AempMonSet *emptied = mon ? detach (mon) : NULL;
  if (emptied)
    set_free (emptied);
  if (mon)
    mon_free (node, mon);
}

void
aemp_unmon (AempNode *node, AempMonitor number)
{
  AempMon *mon = find (node, number);
  if (!mon)
    {
      aemp_database_unmon (node, number); /* or of nothing */
      return;
    }
  AempPeer *peer = mon->peer;
  if (peer) /* monitors of nodes are not in the catalogue */
    AEMP_TRACE (node, .kind = AEMP_TRACE_MON_DROPPED, .number = number);
  if (peer && AEMP_PLANTED (guard_does_not_stop))
    return;
  if (peer && AEMP_PLANTED (guard_stops_late))
    {
      aemp_after (node, 1000, stop_late, g_memdup2 (&number, sizeof number), g_free);
      return;
    }
  bool shared = mon->set && mon->set->monitors.length > 1;
  AempMonSet *emptied = detach (mon);
  if (shared && !peer->losing && AEMP_PLANTED (unmonitor_leaves_wrong_list))
    aemp_request (peer, "st", "mon0", mon->port->text, (size_t)mon->port->length);
  if (emptied)
    {
      if (mon->port->length > 0 && !peer->losing)
        aemp_request (peer, "st", "mon0", mon->port->text, (size_t) mon->port->length);
      set_free (emptied);
    }
  mon_free (node, mon);
}

/* --- Nodes up and down ---------------------------------------------------------------- */

AempMonitor
aemp_mon_nodes (AempNode *node, AempReceive changed, void *user_data, GDestroyNotify destroy)
{
  AempMon *mon = mon_new (node, AEMP_MON_CALLBACK);
  set_callback (node, mon, changed, user_data, destroy);
  enqueue (mon, &node->node_monitors);
  return mon->number;
}

void
aemp_monitors_node_changed (AempNode *node, const AempList *news)
{
  /* Callbacks may stop any of them: go by number, in the order they were set. */
  uint64_t last = 0;
  uint64_t newest = node->monitors_made; /* later ones hear of the next change */
  for (;;)
    {
      GList *l = node->node_monitors.head;
      while (l && ((AempMon *) l->data)->number <= last)
        l = l->next;
      if (!l || ((AempMon *) l->data)->number > newest)
        return;
      AempMon *mon = l->data;
      last = mon->number;
      /* Held over the call: the callback may stop its own monitor. */
      AempCallback callback = mon->callback;
      AempPort *context = mon->context ? aemp_port_find (node, mon->context) : NULL;
      if (!mon->context || context)
        aemp_call_in_context (node, context, callback.receive, news, callback.user_data);
    }
}

static void
free_queue (AempNode *node, GQueue *queue)
{
  while (queue->head)
    {
      AempMon *mon = queue->head->data;
      AempMonSet *emptied = detach (mon);
      if (emptied)
        set_free (emptied);
      mon_free (node, mon);
    }
}

void
aemp_monitor_forget (AempNode *node, uint64_t number)
{
  AempMon *mon = find (node, number);
  if (mon)
    mon_free (node, mon);
}

void
aemp_monitors_free (AempNode *node)
{
  for (AempPort *port = node->oldest_port; port; port = port->newer)
    if (port->more)
      free_queue (node, &port->more->monitors);
  for (GList *l = node->peers_by_age.head; l; l = l->next)
    free_queue (node, &((AempPeer *) l->data)->monitors);
  free_queue (node, &node->node_monitors);
  free_queue (node, &node->self_monitors);
}
