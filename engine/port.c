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

AempPortMore *
aemp_port_more (AempPort *port)
{
  if (!port->more)
    port->more = g_new0 (AempPortMore, 1);
  return port->more;
}

/* Writes both names behind it. */
static AempPort *
new_port (AempNode *node, const AempName *name)
{
  size_t before = (size_t) node->name->length + 1;
  AempPort *port = g_malloc0 (sizeof *port + before + name->length + 1);
  memcpy (port->id, node->name->text, before - 1);
  port->id[before - 1] = '#';
  memcpy (port->id + before, name->text, name->length);
  *port->name = (AempName){ .hash = name->hash,
                            .length = name->length,
                            .references = 1,
                            .text = port->id + before };
  return port;
}

AempPort *
aemp_port_make (AempNode *node, const AempName *name)
{
  if (name->length == 0 || memchr (name->text, '#', name->length)
      || aemp_port_find (node, name))
    return NULL;
  AempPort *port = new_port (node, name);
  aemp_table_add (&node->ports, port->name, port);
  port->older = node->newest_port;
  *(port->older ? &port->older->newer : &node->oldest_port) = port;
  node->newest_port = port;
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

static void
set_receive (AempNode *node, AempPort *port, AempCallback callback)
{
  AempCallback before
      = { port->receive, port->user_data, port->more ? port->more->destroy : NULL };
  aemp_trash (node, &before);
  port->receive = callback.receive;
  port->user_data = callback.user_data;
  if (callback.destroy || port->more)
    aemp_port_more (port)->destroy = callback.destroy;
}

const char *
aemp_port (AempNode *node, AempReceive receive, void *user_data, GDestroyNotify destroy)
{
  g_autoptr (AempName) name = aemp_port_invent_name (node);
  AempPort *port = aemp_port_make (node, name);
  g_assert (port); /* invented names are new */
  set_receive (node, port, (AempCallback){ receive, user_data, destroy });
  return port->id;
}

/* --- Callbacks --------------------------------------------------------------------- */

static bool
has_tags (const AempPort *port)
{
  return port->more && port->more->tags_count > 0;
}

static AempTagged *
find_tag (AempPort *port, const AempName *tag)
{
  AempPortMore *more = port->more;
  for (uint32_t i = 0; more && i < more->tags_count; i++)
    if (aemp_name_equal (more->tags[i].tag, tag))
      return &more->tags[i];
  return NULL;
}

static void
set_tag (AempNode *node, AempPort *port, const char *text, AempCallback callback)
{
  AempName tag = aemp_name_view (text, strlen (text));
  AempTagged *place = find_tag (port, &tag);
  if (!place && callback.receive)
    {
      AempPortMore *more = aemp_port_more (port);
      more->tags = g_renew (AempTagged, more->tags, more->tags_count + 1);
      place = &more->tags[more->tags_count++];
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
      *place = port->more->tags[--port->more->tags_count];
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
  else if (port && has_tags (port) && AEMP_PLANTED (default_callback_unchanged_beside_tags))
    aemp_trash (node, &callback);
  else if (port)
    set_receive (node, port, callback);
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
  if (failure && !(has_tags (port) && AEMP_PLANTED (error_beside_tags_not_caught)))
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
  if (!has_tags (port) || list->count == 0 || !aemp_value_is_string (&list->items[0]))
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
  else if (port->receive && !(has_tags (port) && AEMP_PLANTED (default_callback_unused_beside_tags)))
    aemp_call_in_context (node, port, port->receive, list, port->user_data);
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
  AempPortMore *more = port->more;
  set_receive (node, port, (AempCallback){ 0 });
  for (uint32_t i = 0; more && i < more->tags_count; i++)
    {
      aemp_trash (node, &more->tags[i].callback);
      aemp_name_unref (more->tags[i].tag);
    }
  if (more)
    g_free (more->tags);
  g_clear_pointer (&port->more, g_free);
  aemp_name_unref (port->name); /* and with it, sooner or later, all of it */
}

static void
remove_port (AempNode *node, AempPort *port)
{
  aemp_table_remove (&node->ports, port->name);
  *(port->older ? &port->older->newer : &node->oldest_port) = port->newer;
  *(port->newer ? &port->newer->older : &node->newest_port) = port->older;
}

void
aemp_port_die (AempNode *node, AempPort *port, const AempList *reason)
{
  g_autofree char *word = first_word (reason);
  AEMP_TRACE (node, .kind = AEMP_TRACE_PORT_DEAD, .port = port->name,
              .payload = aemp_list_hash (reason), .text = word);
  remove_port (node, port);
  if (port->more)
    aemp_monitors_fire (node, &port->more->monitors, reason);
  aemp_database_port_dead (node, port);
  while (port->more && port->more->watches.head)
    {
      AempWatch *watch = port->more->watches.head->data;
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
  for (GList *l = port->more ? port->more->watches.tail : NULL; l; l = l->prev)
    if (((AempWatch *) l->data)->peer == peer || AEMP_PLANTED (watch_shared_by_peers))
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
  g_queue_push_tail_link (&aemp_port_more (port)->watches, &watch->of_port);
  g_queue_push_tail_link (&peer->watched, &watch->of_peer);
}

void
aemp_watch_free (AempWatch *watch)
{
  g_queue_unlink (&watch->port->more->watches, &watch->of_port);
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
  while (node->oldest_port)
    {
      AempPort *port = node->oldest_port;
      while (port->more && port->more->watches.head)
        aemp_watch_free (port->more->watches.head->data);
      remove_port (node, port);
      free_port (node, port);
    }
}
