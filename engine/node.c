/* engine/node.c - a node's beginning, end, and turns. */

#include "internal.h"

#include "planted.h"

#include <string.h>

#define INSTANCE_BYTES 16
#define PORT_PREFIX_CHARACTERS 10 /* of 62 kinds: 59 bits of chance a process */

/* --- The turn ----------------------------------------------------------------------------------- */

static void
empty_trash (AempNode *node)
{
  /* What is destroyed may put more behind. */
  for (unsigned i = 0; i < node->trash->len; i++)
    {
      AempCallback callback = g_array_index (node->trash, AempCallback, i);
      callback.destroy (callback.user_data);
    }
  g_array_set_size (node->trash, 0);
}

void
aemp_trash (AempNode *node, AempCallback *callback)
{
  if (callback->destroy)
    {
      g_array_append_val (node->trash, *callback);
      aemp_turn_wanted (node);
    }
  *callback = (AempCallback){ 0 };
}

void
aemp_turn_begin (AempNode *node)
{
  node->in_turn = true;
}

static void
resume_held (AempNode *node)
{
  while (node->held.head)
    aemp_peer_resume (g_queue_pop_head_link (&node->held)->data);
}

void
aemp_turn_end (AempNode *node)
{
  bool drained = aemp_local_drain (node);
  aemp_peers_flush (node);
  if (node->trash->len > 0)
    empty_trash (node);
  node->in_turn = false;
  if (drained && !(node->held.head && AEMP_PLANTED (held_peer_not_resumed)))
    resume_held (node);
  if (!drained && AEMP_PLANTED (processing_stops))
    return;
  if (node->local_count > 0 || node->trash->len > 0 || node->dirty.head)
    aemp_timer_start (node->turn_timer, 0);
}

void
aemp_turn_wanted (AempNode *node)
{
  if (!node->in_turn && node->turn_timer)
    aemp_timer_start (node->turn_timer, 0);
}

static void
on_turn_timer (AempTimer *timer, void *user_data)
{
  aemp_turn_begin (user_data);
  aemp_turn_end (user_data);
}

static void
on_rest (void *rest_data)
{
  AempNode *node = rest_data;
  if (node->in_turn)
    aemp_turn_end (node);
}

/* --- The trace ----------------------------------------------------------------------------------- */

void
aemp_trace (AempNode *node, AempTraceEvent *event)
{
  event->time_us = aemp_env_now_us (node->env);
  event->node = node->name;
  node->tracer->see (node->tracer, event);
}

void
aemp_misuse (AempNode *node, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (node->self)
    aemp_die (node, "%s", text);
  else
    {
      g_autofree char *valid = g_utf8_make_valid (text, -1);
      AEMP_TRACE (node, .kind = AEMP_TRACE_FAILURE, .text = valid);
    }
}

void
aemp_note (AempNode *node, const char *who, const char *what, const char *format, ...)
{
  if (!node->tracer)
    return;
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList list = aemp_message_list (message);
  AempName name = aemp_name_view (who, strlen (who));
  g_autoptr (GString) text = g_string_new (what);
  for (uint32_t i = 0; i < list.count; i++)
    {
      g_autofree char *word = aemp_value_is_string (&list.items[i])
                                  ? aemp_value_dup_text (&list.items[i], NULL)
                                  : aemp_value_to_text (&list.items[i], 100);
      g_string_append_printf (text, " %s", word);
    }
  AEMP_TRACE (node, .kind = AEMP_TRACE_NOTE, .other = &name,
              .port = node->self ? node->self->name : NULL, .payload = aemp_list_hash (&list),
              .text = text->str);
}

/* --- Beginning ------------------------------------------------------------------------------------- */

static void
make_port_prefix (AempNode *node)
{
  static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  uint8_t bytes[PORT_PREFIX_CHARACTERS];
  aemp_env_random_bytes (node->env, "ports", 0, bytes, sizeof bytes);
  for (unsigned i = 0; i < sizeof bytes; i++)
    node->port_prefix[i] = AEMP_PLANTED (port_names_not_random) ? digits[i] : digits[bytes[i] % 62];
}

static char *
make_instance (AempNode *node)
{
  uint8_t bytes[INSTANCE_BYTES];
  GString *text = g_string_new (NULL);
  aemp_env_random_bytes (node->env, "instance", 0, bytes, sizeof bytes);
  for (unsigned i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

static void
configure_links (AempNode *node)
{
  const AempConfig *config = node->config;
  node->handshake_config = (AempHandshakeConfig){
    .node_id = config->node_id,
    .instance = node->instance,
    .provider = "aemp-" AEMP_VERSION,
    .secret = config->secret,
    .tls = node->identity,
    .auth_offer = (const char *const *) config->auth_offer,
    .auth_accept = (const char *const *) config->auth_accept,
    .framings = (const char *const *) config->framing_format,
  };
  node->link_config = (AempLinkConfig){
    .handshake = &node->handshake_config,
    .identity = node->identity,
    .handshake_limit_us = config->monitor_timeout_us,
    .message_limit_bytes = config->message_limit_bytes,
    .depth_limit = config->depth_limit,
    .rest = on_rest,
    .rest_data = node,
  };
}

static void
listener_free (void *listener)
{
  aemp_listener_free (listener);
}

AempNode *
aemp_node_new (AempEnv *env, const AempConfig *config, AempTracer *tracer, GError **error)
{
  g_autoptr (AempTlsIdentity) identity = NULL;
  if (!aemp_config_check (config, error))
    return NULL;
  if (config->cert && !(identity = aemp_tls_identity_new (config->cert, error)))
    return NULL;
  AempNode *node = g_new0 (AempNode, 1);
  node->identity = g_steal_pointer (&identity);
  node->env = env;
  node->config = aemp_config_copy (config);
  node->tracer = tracer;
  node->name = aemp_name_new (config->node_id, strlen (config->node_id));
  node->no_name = aemp_name_new ("", 0);
  node->instance = make_instance (node);
  make_port_prefix (node);
  configure_links (node);
  node->listeners = g_ptr_array_new_with_free_func (listener_free);
  node->listener_addresses = g_ptr_array_new_with_free_func (g_free);
  node->turn_timer = aemp_timer_new (env, on_turn_timer, node);
  node->trash = g_array_new (FALSE, FALSE, sizeof (AempCallback));
  node->monitors = g_hash_table_new (g_int64_hash, g_int64_equal);
  node->service_names = g_ptr_array_new ();
  node->ports.names_inside = true;
  node->self_peer = aemp_peer_get (node, node->name);
  node->global = aemp_global_new (node);
  return node;
}

static void
on_accepted (AempListener *listener, AempStream *stream, void *user_data)
{
  aemp_turn_begin (user_data);
  aemp_meeting_accept (user_data, stream);
  aemp_turn_end (user_data);
}

static bool
listen_at (AempNode *node, const char *address, GError **error)
{
  AempListener *listener = aemp_env_listen (node->env, address, on_accepted, node, error);
  if (!listener)
    {
      g_prefix_error (error, "cannot listen at %s: ", address);
      return false;
    }
  const char *got = aemp_listener_address (listener);
  g_ptr_array_add (node->listeners, listener);
  g_ptr_array_add (node->listener_addresses, g_strdup (got));
  AEMP_TRACE (node, .kind = AEMP_TRACE_LISTEN, .text = got);
  return true;
}

/* `*` as host is every interface; `*` as port, one that the system picks. */
static bool
bind_to (AempNode *node, const char *bind, GError **error)
{
  const char *colon = strrchr (bind, ':');
  const char *port = colon ? colon + 1 : bind;
  g_autofree char *host
      = colon ? g_strndup (bind, colon - bind) : g_strdup (aemp_env_host_name (node->env));
  if (strcmp (port, "*") == 0)
    port = "0";
  if (strcmp (bind, "*") == 0 || strcmp (host, "*") == 0)
    {
      const char *const *interfaces = aemp_env_interfaces (node->env);
      if (!interfaces[0])
        {
          g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG,
                       "bind %s: this host has no address but the loopback", bind);
          return false;
        }
      for (unsigned i = 0; interfaces[i]; i++)
        {
          g_autofree char *address = g_strdup_printf ("%s:%s", interfaces[i], port);
          if (!listen_at (node, address, error))
            return false;
        }
      return true;
    }
  g_autofree char *address = g_strdup_printf ("%s:%s", host, port);
  return listen_at (node, address, error);
}

/* A secure node says so, with the functions that it allows: "secure one,other". */
static void
trace_start (AempNode *node)
{
  const AempConfig *config = node->config;
  g_autofree char *allowed
      = config->secure_allow ? g_strjoinv (",", config->secure_allow) : g_strdup ("");
  g_autofree char *text
      = g_strconcat (config->secure ? "secure" : "", *allowed ? " " : "", allowed, NULL);
  AEMP_TRACE (node, .kind = AEMP_TRACE_NODE_START,
              .payload = aemp_hash_bytes (node->instance, strlen (node->instance)),
              .text = text);
}

bool
aemp_node_start (AempNode *node, GError **error)
{
  g_return_val_if_fail (!node->started, false);
  node->started = true;
  aemp_turn_begin (node);
  trace_start (node);
  for (char **bind = node->config->binds; bind && *bind; bind++)
    if (!bind_to (node, *bind, error))
      return false;
  g_ptr_array_add (node->listener_addresses, NULL);
  aemp_global_start (node);
  aemp_seeds_begin (node);
  aemp_turn_end (node);
  return true;
}

const char *const *
aemp_node_listeners (AempNode *node)
{
  return (const char *const *) node->listener_addresses->pdata;
}

const GPtrArray *
aemp_node_services (AempNode *node)
{
  return node->service_names;
}

uint64_t
aemp_node_queued_bytes (AempNode *node)
{
  uint64_t bytes = 0;
  for (GList *l = node->peers_by_age.head; l; l = l->next)
    {
      const AempPeer *peer = l->data;
      bytes += peer->queued_bytes + (peer->link ? aemp_link_queued_bytes (peer->link) : 0);
    }
  return bytes;
}

void
aemp_node_free (AempNode *node)
{
  if (!node)
    return;
  node->tracer = NULL; /* the end of a process is told by its host */
  node->in_turn = true;
  aemp_seeds_free (node);
  g_ptr_array_unref (node->listeners);
  /* What is destroyed may still look things up, and even make new ones. */
  do
    {
      aemp_laters_free (node);
      aemp_local_clear (node);
      aemp_monitors_free (node);
      aemp_ports_free (node);
      aemp_database_forget (node);
      empty_trash (node);
    }
  while (node->laters.head || node->local_count > 0 || g_hash_table_size (node->monitors) > 0
         || node->oldest_port || node->watches || node->questions);
  aemp_local_clear (node); /* the ring itself */
  aemp_peers_free (node);
  aemp_meetings_free (node);
  aemp_global_free (node->global);
  g_hash_table_unref (node->monitors);
  aemp_table_clear (&node->ports, NULL);
  aemp_table_clear (&node->peers, NULL);
  aemp_services_free (node);
  aemp_addresses_forget (node);
  g_ptr_array_unref (node->service_names);
  g_array_unref (node->trash);
  aemp_timer_free (node->turn_timer);
  g_ptr_array_unref (node->listener_addresses);
  g_free (node->instance);
  aemp_name_unref (node->no_name);
  aemp_name_unref (node->name);
  aemp_tls_identity_free (node->identity);
  aemp_config_free (node->config);
  g_free (node);
}

/* --- What programs ask ----------------------------------------------------------------------------- */

const char *
aemp_node_id (AempNode *node)
{
  return node->name->text;
}

int64_t
aemp_now_us (AempNode *node)
{
  return aemp_env_now_us (node->env);
}

uint64_t
aemp_random (AempNode *node, const char *label, uint64_t identity)
{
  uint64_t draw;
  g_autofree char *path = g_strconcat ("program/", label, NULL);
  aemp_env_random_bytes (node->env, path, identity, &draw, sizeof draw);
  return draw;
}
