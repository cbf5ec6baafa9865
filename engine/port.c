/* engine/port.c - ports, their callbacks and contexts, their deaths. */

#include "internal.h"

#include "planted.h"

#include <string.h>

#define UNHANDLED_TAG_BYTES 30 /* of the tag are quoted, as Perl does */

AempPort *
aemp_port_find (AempNode *node, const AempName *name)
{
  return aemp_table_find (&node->ports, name);
}

AempPort *
aemp_port_make (AempNode *node, const AempName *name)
{
  if (name->length == 0 || memchr (name->text, '#', name->length)
      || aemp_port_find (node, name))
    return NULL;
  AempPort *port = g_new0 (AempPort, 1);
  port->name = aemp_name_new (name->text, name->length);
  port->id = g_strconcat (node->name->text, "#", port->name->text, NULL);
  port->by_age.data = port;
  aemp_table_add (&node->ports, port->name, port);
  g_queue_push_tail_link (&node->ports_by_age, &port->by_age);
  AEMP_TRACE (node, .kind = AEMP_TRACE_PORT_NEW, .port = port->name);
  return port;
}

AempName *
aemp_port_invent_name (AempNode *node)
{
  static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  char text[32];
  size_t length = strlen (node->port_prefix);
  memcpy (text, node->port_prefix, length);
  uint64_t made = ++node->ports_made;
  if (made > 40 && AEMP_PLANTED (port_name_used_again))
    made -= 20;
  for (uint64_t number = made; number > 0; number /= 62)
    text[length++] = digits[number % 62];
  return aemp_name_new (text, length);
}

const char *
aemp_port (AempNode *node, AempReceive receive, void *user_data, GDestroyNotify destroy)
{
  g_autoptr (AempName) name = aemp_port_invent_name (node);
  AempPort *port = aemp_port_make (node, name);
  g_assert (port); /* invented names are new */
  port->receive = (AempCallback){ receive, user_data, destroy };
  return port->id;
}

/* --- Callbacks --------------------------------------------------------------------- */

static AempTagged *
find_tag (AempPort *port, const AempName *tag)
{
  for (uint32_t i = 0; i < port->tags_count; i++)
    if (aemp_name_equal (port->tags[i].tag, tag))
      return &port->tags[i];
  return NULL;
}

static void
set_tag (AempNode *node, AempPort *port, const char *text, AempCallback callback)
{
  AempName tag = aemp_name_view (text, strlen (text));
  AempTagged *place = find_tag (port, &tag);
  if (!place && callback.receive)
    {
      port->tags = g_renew (AempTagged, port->tags, port->tags_count + 1);
      place = &port->tags[port->tags_count++];
      *place = (AempTagged){ .tag = aemp_name_new (tag.text, tag.length), .callback = callback };
      return;
    }
  if (!place)
    return;
  aemp_trash (node, &place->callback);
  place->callback = callback;
  if (!callback.receive)
    {
      aemp_name_unref (place->tag);
      *place = port->tags[--port->tags_count];
    }
}

/* A local port from its full ID or its bare name. */
static AempPort *
local_port (AempNode *node, const char *id)
{
  const char *hash = strchr (id, '#');
  if (hash && !aemp_port_is_local (node, id))
    return NULL;
  const char *text = hash ? hash + 1 : id;
  AempName name = aemp_name_view (text, strlen (text));
  return aemp_port_find (node, &name);
}

void
aemp_rcv (AempNode *node, const char *id, const char *tag, AempReceive receive, void *user_data,
          GDestroyNotify destroy)
{
  AempCallback given = { receive, user_data, destroy };
  AempPort *port = local_port (node, id);
  if (!port && !aemp_port_is_local (node, id))
    aemp_misuse (node, "rcv: %s is a port of another node", id);
  AempCallback callback = { 0 };
  if (port && receive)
    callback = given;
  else
    aemp_trash (node, &given);
  if (port && tag)
    set_tag (node, port, tag, callback);
  else if (port && port->tags_count > 0 && AEMP_PLANTED (default_callback_unchanged_beside_tags))
    aemp_trash (node, &callback);
  else if (port)
    {
      aemp_trash (node, &port->receive);
      port->receive = callback;
    }
}

/* --- Context ------------------------------------------------------------------------ */

const char *
aemp_self (AempNode *node)
{
  return node->self ? node->self->id : NULL;
}

void
aemp_die (AempNode *node, const char *format, ...)
{
  if (!node->self || node->failure)
    return; /* the first error counts; outside of ports there is nobody to die */
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  AEMP_TRACE (node, .kind = AEMP_TRACE_FAILURE, .port = node->self->name, .text = valid);
  node->failure = aemp_message_new ("ss", "die", valid);
}

static bool
die_inside (AempNode *node, const AempName *name, const AempList *reason)
{
  AempPort *port = aemp_port_find (node, name);
  if (!port || port == node->self || !AEMP_PLANTED (kill_inside_caller))
    return false;
  aemp_port_die (node, port, reason);
  return true;
}

static void
push_kill (AempNode *node, AempName *port, const AempList *reason)
{
  if (AEMP_PLANTED_IS_ON (kill_inside_caller) && die_inside (node, port, reason))
    return;
  aemp_local_push (node, &(AempLocalItem){ .kind = AEMP_LOCAL_KILL, .port = port,
                                           .list = *reason });
}

void
aemp_call_in_context (AempNode *node, AempPort *port, AempReceive receive, const AempList *list,
                      void *user_data)
{
  AempPort *self_before = node->self;
  AempMessage *failure_before = node->failure;
  bool relays_before = node->relays;
  node->self = port;
  node->failure = NULL;
  node->relays = false; /* what the program does is its own */

  receive (node, list, user_data);

  g_autoptr (AempMessage) failure = node->failure;
  node->self = self_before;
  node->failure = failure_before;
  node->relays = relays_before;
  if (failure && !(port->tags_count > 0 && AEMP_PLANTED (error_beside_tags_not_caught)))
    {
      AempList reason = aemp_message_list (failure);
      push_kill (node, port->name, &reason);
    }
}

void
aemp_peval (AempNode *node, const char *id, AempReceive call, void *user_data)
{
  AempPort *port = local_port (node, id);
  AempList nothing = { 0 };
  if (port)
    aemp_call_in_context (node, port, call, &nothing, user_data);
}

/* --- Messages ------------------------------------------------------------------------ */

static void
die_unhandled (AempNode *node, AempPort *port, const AempList *list)
{
  g_autofree char *tag = aemp_value_dup_text (aemp_list_get (list, 0), NULL);
  GString *text = g_string_new ("no callback found for message '");
  unsigned quoted = 0;
  for (const char *p = tag ? tag : ""; *p && quoted < UNHANDLED_TAG_BYTES;
       p = g_utf8_next_char (p), quoted++)
    g_string_append_c (text, *p >= ' ' && *p <= '~' ? *p : '.');
  g_string_append_c (text, '\'');
  g_autoptr (AempMessage) message = aemp_message_new ("ss", "unhandled_message", text->str);
  g_string_free (text, TRUE);
  AempList reason = aemp_message_list (message);
  AEMP_TRACE (node, .kind = AEMP_TRACE_FAILURE, .port = port->name, .text = "unhandled_message");
  push_kill (node, port->name, &reason);
}

static AempTagged *
find_tag_of (AempPort *port, const AempList *list)
{
  if (port->tags_count == 0 || list->count == 0 || !aemp_value_is_string (&list->items[0]))
    return NULL;
  AempName view;
  g_autoptr (AempName) owned = NULL;
  aemp_value_name (&list->items[0], &view, &owned);
  return find_tag (port, &view);
}

void
aemp_port_deliver (AempNode *node, AempPort *port, const AempList *list)
{
  AempTagged *tagged = find_tag_of (port, list);
  if (tagged)
    {
      AempList rest = aemp_list_skip (*list, AEMP_PLANTED (tag_kept_in_message) ? 0 : 1);
      aemp_call_in_context (node, port, tagged->callback.receive, &rest,
                            tagged->callback.user_data);
    }
  else if (port->receive.receive
           && !(port->tags_count > 0 && AEMP_PLANTED (default_callback_unused_beside_tags)))
    aemp_call_in_context (node, port, port->receive.receive, list, port->receive.user_data);
  else if (!AEMP_PLANTED (unhandled_message_ignored))
    die_unhandled (node, port, list);
}

/* --- Death --------------------------------------------------------------------------- */

/* The first word of a reason, for traces; empty for a normal death. */
static char *
first_word (const AempList *reason)
{
  char *word = aemp_value_dup_text (aemp_list_get (reason, 0), NULL);
  return word ? word : g_strdup ("");
}

static void
free_port (AempNode *node, AempPort *port)
{
  aemp_trash (node, &port->receive);
  for (uint32_t i = 0; i < port->tags_count; i++)
    {
      aemp_trash (node, &port->tags[i].callback);
      aemp_name_unref (port->tags[i].tag);
    }
  g_free (port->tags);
  g_free (port->id);
  aemp_name_unref (port->name);
  g_free (port);
}

static void
remove_port (AempNode *node, AempPort *port)
{
  aemp_table_remove (&node->ports, port->name);
  g_queue_unlink (&node->ports_by_age, &port->by_age);
}

void
aemp_port_die (AempNode *node, AempPort *port, const AempList *reason)
{
  g_autofree char *word = first_word (reason);
  AEMP_TRACE (node, .kind = AEMP_TRACE_PORT_DEAD, .port = port->name,
              .payload = aemp_list_hash (reason), .text = word);
  remove_port (node, port);
  aemp_monitors_fire (node, &port->monitors, reason);
  aemp_database_port_dead (node, port);
  while (port->watches.head)
    {
      AempWatch *watch = port->watches.head->data;
      AempPeer *peer = watch->peer;
      aemp_watch_free (watch);
      AempList first = { reason->items, MIN (reason->count, 1), NULL };
      if (reason->count > 1 && AEMP_PLANTED (reason_cut))
        aemp_request (peer, "st@", "kil0", port->name->text, (size_t)port->name->length, &first);
      else
        aemp_request (peer, "st@", "kil0", port->name->text, (size_t)port->name->length, reason);
    }
  free_port (node, port);
}

static AempWatch *
find_watch (AempPort *port, const AempPeer *peer)
{
  for (GList *l = port->watches.tail; l; l = l->prev)
    if (((AempWatch *)l->data)->peer == peer || AEMP_PLANTED (watch_shared_by_peers))
      return l->data;
  return NULL;
}

void
aemp_watch_begin (AempPort *port, AempPeer *peer)
{
  if (find_watch (port, peer))
    return;
  AempWatch *watch = g_new0 (AempWatch, 1);
  watch->port = port;
  watch->peer = peer;
  watch->of_port.data = watch;
  watch->of_peer.data = watch;
  g_queue_push_tail_link (&port->watches, &watch->of_port);
  g_queue_push_tail_link (&peer->watched, &watch->of_peer);
}

void
aemp_watch_free (AempWatch *watch)
{
  g_queue_unlink (&watch->port->watches, &watch->of_port);
  g_queue_unlink (&watch->peer->watched, &watch->of_peer);
  g_free (watch);
}

void
aemp_watch_end (AempPort *port, AempPeer *peer)
{
  AempWatch *watch = find_watch (port, peer);
  if (watch && !AEMP_PLANTED (remote_monitor_never_cleaned_up))
    aemp_watch_free (watch);
}

/* --- Kill ---------------------------------------------------------------------------- */

static void
kill_address (AempNode *node, const AempAddress *address, const AempList *reason)
{
  g_autofree char *word = first_word (reason);
  AEMP_TRACE (node, .kind = AEMP_TRACE_KILL, .peer = address->peer->name, .port = address->port,
              .payload = aemp_list_hash (reason), .text = word);
  if (aemp_peer_is_self (address->peer))
    push_kill (node, address->port, reason);
  else
    aemp_request (address->peer, "st@", "kil1", address->port->text,
                  (size_t) address->port->length, reason);
}

void
aemp_kil_list (AempNode *node, const char *port, const AempList *reason)
{
  AempAddress address;
  if (!aemp_address_of (node, port, &address) || !aemp_list_check (node, reason))
    return;
  if (address.port->length == 0)
    aemp_misuse (node, "kil: %s is a node, and nodes cannot be killed", port);
  else
    kill_address (node, &address, reason);
}

void
aemp_kil (AempNode *node, const char *port, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList reason = aemp_message_list (message);
  aemp_kil_list (node, port, &reason);
}

void
aemp_ports_free (AempNode *node)
{
  while (node->ports_by_age.head)
    {
      AempPort *port = node->ports_by_age.head->data;
      while (port->watches.head)
        aemp_watch_free (port->watches.head->data);
      remove_port (node, port);
      free_port (node, port);
    }
}
