/* net/resolve.c - names to addresses, in GLib's resolver threads. */
#include "net/internal.h"

typedef struct NetLookup NetLookup;

typedef struct
{
  AempResolution parent;
  NetDeferred deferred;
  AempResolved resolved;
  void *user_data;
  NetLookup *lookup; /* under way */
  char **addresses;  /* or the error: found, to be told */
  GError *error;
} NetResolution;

/* What the resolver's answer comes back to: it may outlive the resolution. */
struct NetLookup
{
  NetResolution *resolution; /* NULL: freed meanwhile */
  GCancellable *cancellable;
  char *host;
  uint16_t port;
};

static void
tell (NetDeferred *deferred)
{
  NetResolution *resolution
      = (NetResolution *)((char *)deferred - G_STRUCT_OFFSET (NetResolution, deferred));
  g_auto (GStrv) addresses = g_steal_pointer (&resolution->addresses);
  g_autoptr (GError) error = g_steal_pointer (&resolution->error);

  /* Stolen, because the callback may free the resolution. */
  resolution->resolved (&resolution->parent, (const char *const *)addresses, error,
                        resolution->user_data);
}

static void
lookup_free (NetLookup *lookup)
{
  g_object_unref (lookup->cancellable);
  g_free (lookup->host);
  g_free (lookup);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetLookup, lookup_free)

static char *
address_text (GInetAddress *inet_address, uint16_t port)
{
  g_autoptr (GSocketAddress) socket_address = g_inet_socket_address_new (inet_address, port);
  NetAddress address;

  address.length = (socklen_t)g_socket_address_get_native_size (socket_address);
  g_assert (g_socket_address_to_native (socket_address, &address.storage, sizeof address.storage,
                                        NULL));
  return net_address_text (&address);
}

static char **
address_texts (GList *inet_addresses, uint16_t port)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();

  for (GList *each = inet_addresses; each; each = each->next)
    g_ptr_array_add (texts, address_text (each->data, port));
  g_ptr_array_add (texts, NULL);
  return (char **)g_ptr_array_steal (texts, NULL);
}

/* The resolver's own texts change with the locale; ours travel. */
static GError *
lookup_error (const char *host, const GError *cause)
{
  if (g_error_matches (cause, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
    return g_error_new (AEMP_ERROR, AEMP_ERROR_ADDRESS, "%s: no such host", host);
  if (g_error_matches (cause, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE))
    return g_error_new (AEMP_ERROR, AEMP_ERROR_ADDRESS, "%s: no name server answers", host);
  return g_error_new (AEMP_ERROR, AEMP_ERROR_ADDRESS, "%s: the name cannot be looked up", host);
}

/* Comes from the loop, but not from our turn: the news waits for that. */
static void
lookup_ready (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (NetLookup) lookup = user_data;
  NetResolution *resolution = lookup->resolution;
  g_autoptr (GError) error = NULL;
  GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (resolution)
    {
      resolution->lookup = NULL;
      if (found)
        resolution->addresses = address_texts (found, lookup->port);
      else
        resolution->error = lookup_error (lookup->host, error);
      net_defer (net_env (resolution->parent.env), &resolution->deferred);
    }
  g_resolver_free_addresses (found);
}

static void
lookup_begin (NetResolution *resolution, char *host, uint16_t port)
{
  NetEnv *env = net_env (resolution->parent.env);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  NetLookup *lookup = g_new0 (NetLookup, 1);

  lookup->resolution = resolution;
  lookup->cancellable = g_cancellable_new ();
  lookup->host = host;
  lookup->port = port;
  resolution->lookup = lookup;
  g_main_context_push_thread_default (env->context); /* where the answer comes */
  g_resolver_lookup_by_name_async (resolver, host, lookup->cancellable, lookup_ready, lookup);
  g_main_context_pop_thread_default (env->context);
}

AempResolution *
net_resolve (AempEnv *env, const char *host_port, AempResolved resolved, void *user_data)
{
  NetResolution *resolution = g_new0 (NetResolution, 1);
  g_autofree char *host = NULL;
  NetAddress address;
  uint16_t port;

  resolution->parent.env = env;
  resolution->resolved = resolved;
  resolution->user_data = user_data;
  net_deferred_init (&resolution->deferred, tell);
  net_env (env)->objects++;
  if (!net_address_split (host_port, &host, &port))
    resolution->error
        = g_error_new (AEMP_ERROR, AEMP_ERROR_ADDRESS, "\"%s\" is not a host:port", host_port);
  else if (net_address_parse_host (host, port, &address))
    {
      resolution->addresses = g_new0 (char *, 2);
      resolution->addresses[0] = net_address_text (&address);
    }
  else
    {
      lookup_begin (resolution, g_steal_pointer (&host), port);
      return &resolution->parent;
    }
  net_defer (net_env (env), &resolution->deferred);
  return &resolution->parent;
}

void
net_resolution_free (AempResolution *base)
{
  NetResolution *resolution = (NetResolution *)base;
  NetLookup *lookup = resolution->lookup;

  if (lookup)
    {
      lookup->resolution = NULL;
      g_cancellable_cancel (lookup->cancellable);
    }
  net_defer_cancel (net_env (base->env), &resolution->deferred);
  g_strfreev (resolution->addresses);
  g_clear_error (&resolution->error);
  net_env (base->env)->objects--;
  g_free (resolution);
}
