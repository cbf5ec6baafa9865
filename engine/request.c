/* engine/request.c - what can be asked of the node port.
 *
 * docs/protocol.md has the table of requests.  Arguments come from the network: each of
 * them may be missing or of any kind, and then the request does nothing. */

#include "internal.h"

#include "planted.h"

#include <string.h>

typedef struct
{
  AempName *name;
  AempFunction function;
  void *user_data;
} Service;

/* Sends for a peer.  What that way comes back to our own node port is still the peer's
 * request, and no more allowed than if it had come from there. */
static void
relay (AempPeer *from, const AempAddress *address, const AempList *list)
{
  AempNode *node = from->node;
  bool before = node->relays;
  node->relays = (before || !aemp_peer_is_self (from)) && !AEMP_PLANTED (relayed_requests_trusted);
  aemp_send (node, address, list);
  node->relays = before;
}

/* --- Answers ------------------------------------------------------------------------------- */

/* Sends `reply` (a port ID and the beginning of the message) with more behind it. */
static void
reply_with (AempPeer *from, const AempList *reply, const char *format, ...)
{
  AempAddress address;
  if (!aemp_address_of_value (from->node, aemp_list_get (reply, 0), &address))
    return;
  AempList begin = aemp_list_skip (*reply, 1);
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) end = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList end_list = aemp_message_list (end);
  g_autoptr (AempMessage) whole = aemp_message_new ("@@", &begin, &end_list);
  AempList list = aemp_message_list (whole);
  relay (from, &address, &list);
}

/* --- Ports of ours, asked for from elsewhere --------------------------------------------------- */

/* A port name out of a request; false: there is none. */
static bool
name_argument (const AempList *arguments, uint32_t index, AempName *name, AempName **owned)
{
  const AempValue *value = aemp_list_get (arguments, index);
  return value && aemp_value_name (value, name, owned);
}

static void
on_mon1 (AempPeer *from, const AempList *arguments)
{
  AempNode *node = from->node;
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (aemp_peer_is_self (from) || !name_argument (arguments, 0, &name, &owned))
    return;
  if (name.length == 0)
    return; /* the node port lives as long as the connection */
  AempPort *port = aemp_port_find (node, &name);
  if (!aemp_link_is_dialed (from->link) && AEMP_PLANTED (accepted_connection_without_source))
    return;
  if (port)
    {
      aemp_watch_begin (port, from);
      return;
    }
  AEMP_MARK (node, MONITOR_DEAD_PORT);
  if (AEMP_PLANTED (monitor_of_dead_port_silent))
    return;
  g_autofree char *id = g_strconcat (node->name->text, "#", name.text, NULL);
  aemp_request (from, "stsss", "kil0", name.text, (size_t) name.length, "no_such_port",
                "cannot monitor nonexistent port", id);
}

static void
on_mon0 (AempPeer *from, const AempList *arguments)
{
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (!name_argument (arguments, 0, &name, &owned))
    return;
  AempPort *port = aemp_port_find (from->node, &name);
  if (port)
    aemp_watch_end (port, from);
}

static void
on_kil0 (AempPeer *from, const AempList *arguments)
{
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (!name_argument (arguments, 0, &name, &owned))
    return;
  AempList reason = aemp_list_skip (*arguments, 1);
  aemp_monitor_kil0 (from->node, from, &name, &reason);
}

static void
on_kil1 (AempPeer *from, const AempList *arguments)
{
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (!name_argument (arguments, 0, &name, &owned))
    return;
  if (name.length == 0 && AEMP_PLANTED (node_port_killed))
    aemp_services_free (from->node);
  AempPort *port = aemp_port_find (from->node, &name); /* never the node port */
  AempList reason = aemp_list_skip (*arguments, 1);
  if (!port)
    AEMP_MARK (from->node, KILL_OF_DEAD_PORT);
  if (port && !AEMP_PLANTED (remote_kill_does_nothing))
    aemp_port_die (from->node, port, &reason);
}

/* --- Small services ---------------------------------------------------------------------------- */

static void
on_snd (AempPeer *from, const AempList *arguments)
{
  AempAddress address;
  AempList list = aemp_list_skip (*arguments, 1);
  if (aemp_address_of_value (from->node, aemp_list_get (arguments, 0), &address))
    relay (from, &address, &list);
}

static bool knows (AempNode *node, const char *word);

static void
on_can (AempPeer *from, const AempList *arguments)
{
  g_autofree char *word = aemp_value_dup_text (aemp_list_get (arguments, 0), NULL);
  AempList reply = aemp_list_skip (*arguments, 1);
  reply_with (from, &reply, "s", word && knows (from->node, word) ? "1" : "");
}

static void
on_time (AempPeer *from, const AempList *arguments)
{
  double seconds = (double) aemp_env_wall_us (from->node->env) / 1e6;
  reply_with (from, arguments, "d", seconds);
}

static void
on_devnull (AempPeer *from, const AempList *arguments)
{
}

/* Perl evaluates; there is no Perl in here. */
static void
on_eval (AempPeer *from, const AempList *arguments)
{
  AempList reply = aemp_list_skip (*arguments, 1);
  AEMP_TRACE (from->node, .kind = AEMP_TRACE_REFUSED, .peer = from->name, .text = "eval");
  if (!from->node->config->secure)
    reply_with (from, &reply, "s", "this node does not evaluate code");
}

static void
on_up_nodes (AempPeer *from, const AempList *arguments)
{
  g_auto (GStrv) names = aemp_up_nodes (from->node);
  unsigned count = g_strv_length (names);
  g_autofree AempValue *items = g_new (AempValue, count + 1);
  for (unsigned i = 0; i < count; i++)
    items[i] = (AempValue){ .type = AEMP_TEXT, .length = strlen (names[i]),
                            .as.string = names[i] };
  AempList list = { items, count, NULL };
  reply_with (from, arguments, "@", &list);
}

/* --- Functions by name --------------------------------------------------------------------------- */

static Service *
find_service (AempNode *node, const char *name)
{
  AempName view = aemp_name_view (name, strlen (name));
  return aemp_table_find (&node->services, &view);
}

/* What comes from the network needs to be allowed; what we ask ourselves does not. */
static bool
is_allowed (const AempPeer *from, const char *function)
{
  const AempConfig *config = from->node->config;
  return (aemp_peer_is_self (from) && !from->node->relays) || !config->secure
         || AEMP_PLANTED (secure_allows_functions)
         || (config->secure_allow
             && g_strv_contains ((const char *const *)config->secure_allow, function));
}

typedef struct
{
  const char *function;
  const Service *service; /* NULL: there is none */
} Init;

static void
run_init (AempNode *node, const AempList *arguments, void *user_data)
{
  const Init *init = user_data;
  if (init->service)
    init->service->function (node, arguments, init->service->user_data);
  else
    aemp_die (node, "no such function: %s", init->function);
}

static void
on_spawn (AempPeer *from, const AempList *arguments)
{
  AempNode *node = from->node;
  AempName name;
  g_autoptr (AempName) owned = NULL;
  g_autofree char *function = aemp_value_dup_text (aemp_list_get (arguments, 1), NULL);
  if (!function || !name_argument (arguments, 0, &name, &owned))
    return;
  AempPort *port = is_allowed (from, function) ? aemp_port_make (node, &name) : NULL;
  if (!port)
    {
      AEMP_TRACE (node, .kind = AEMP_TRACE_REFUSED, .peer = from->name, .text = function);
      return;
    }
  Init init = { function, find_service (node, function) };
  AempList rest = aemp_list_skip (*arguments, 2);
  aemp_call_in_context (node, port, run_init, &rest, &init);
}

static void
run_function (AempPeer *from, const char *function, const AempList *arguments)
{
  AempNode *node = from->node;
  const Service *service = find_service (node, function);
  if (!service || !is_allowed (from, function))
    {
      AEMP_MARK (node, REQUEST_REFUSED);
      AEMP_TRACE (node, .kind = AEMP_TRACE_REFUSED, .peer = from->name, .text = function);
      return;
    }
  aemp_call_in_context (node, NULL, service->function, arguments, service->user_data);
}

/* --- The table ------------------------------------------------------------------------------------ */

typedef struct
{
  const char *word;
  void (*handle) (AempPeer *from, const AempList *arguments);
} Request;

static const Request requests[] = {
  { "mon1", on_mon1 }, { "mon0", on_mon0 },       { "kil0", on_kil0 }, { "kil1", on_kil1 },
  { "snd", on_snd },   { "can", on_can },         { "time", on_time }, { "devnull", on_devnull },
  { "eval", on_eval }, { "up_nodes", on_up_nodes }, { "", on_devnull },
  { "AnyEvent::MP::_spawn", on_spawn },
};

static const Request *
find_request (const char *word)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (requests); i++)
    if (strcmp (requests[i].word, word) == 0)
      return &requests[i];
  return NULL;
}

static bool
knows (AempNode *node, const char *word)
{
  return find_request (word) || aemp_global_knows_request (word) || find_service (node, word);
}

void
aemp_request_handle (AempPeer *from, AempList list, uint64_t connection)
{
  g_autofree char *word = aemp_value_dup_text (aemp_list_get (&list, 0), NULL);
  AempList arguments = aemp_list_skip (list, 1);
  AEMP_TRACE (from->node, .kind = AEMP_TRACE_REQUEST, .peer = from->name,
              .connection = connection, .payload = aemp_list_hash (&list), .text = word);
  const Request *request = word ? find_request (word) : NULL;
  if (!word)
    return; /* `[""]`, or no word at all: nothing is asked */
  if (request)
    request->handle (from, &arguments);
  else if (!aemp_global_request (from, word, &arguments))
    run_function (from, word, &arguments);
}

/* --- For programs ----------------------------------------------------------------------------------- */

void
aemp_service (AempNode *node, const char *name, AempFunction function, void *user_data)
{
  g_return_if_fail (strstr (name, "::"));
  Service *service = find_service (node, name);
  if (!service)
    {
      service = g_new (Service, 1);
      service->name = aemp_name_new (name, strlen (name));
      aemp_table_add (&node->services, service->name, service);
      g_ptr_array_add (node->service_names, (char *) service->name->text);
    }
  service->function = function;
  service->user_data = user_data;
}

char *
aemp_spawn (AempNode *node, const char *where, const char *function, const char *format, ...)
{
  AempAddress address;
  g_autoptr (AempName) name = aemp_port_invent_name (node);
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) init = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  g_autofree char *node_id = aemp_node_of (where);
  char *id = g_strconcat (node_id, "#", name->text, NULL);
  AempList list = aemp_message_list (init);
  if (!aemp_address_of (node, node_id, &address) || !aemp_list_check (node, &list))
    return id;
  AEMP_TRACE (node, .kind = AEMP_TRACE_SPAWN, .peer = address.peer->name, .port = name,
              .text = function);
  if (aemp_peer_is_self (address.peer) && AEMP_PLANTED (local_spawn_runs_inside))
    {
      g_autoptr (AempMessage) inside
          = aemp_message_new ("ts@", name->text, (size_t)name->length, function, &list);
      AempList now = aemp_message_list (inside);
      on_spawn (node->self_peer, &now);
      return id;
    }
  aemp_request (address.peer, "sts@", "AnyEvent::MP::_spawn", name->text, (size_t) name->length,
                function, &list);
  return id;
}

static void
snd_to_node (AempNode *node, const char *where, const AempList *list)
{
  AempAddress address;
  g_autofree char *node_id = aemp_node_of (where);
  if (aemp_address_of (node, node_id, &address))
    aemp_send (node, &address, list);
}

void
aemp_snd_to_func (AempNode *node, const char *where, const char *function, const char *format,
                  ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) rest = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList rest_list = aemp_message_list (rest);
  g_autoptr (AempMessage) message = aemp_message_new ("s@", function, &rest_list);
  AempList list = aemp_message_list (message);
  snd_to_node (node, where, &list);
}

void
aemp_snd_on (AempNode *node, const char *where, const char *port, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) rest = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList rest_list = aemp_message_list (rest);
  g_autoptr (AempMessage) message = aemp_message_new ("ss@", "snd", port, &rest_list);
  AempList list = aemp_message_list (message);
  snd_to_node (node, where, &list);
}

static void
service_free (void *memory)
{
  Service *service = memory;
  aemp_name_unref (service->name);
  g_free (service);
}

void
aemp_services_free (AempNode *node)
{
  aemp_table_clear (&node->services, service_free);
}
