/* engine/config.c - see config.h. */
#include "config.h"

#include "printable.h"
#include "units.h"
#include "value.h"

#include <string.h>

#define QUOTED_MAX_BYTES 60
#define MESSAGE_LIMIT_MIN_BYTES 1024

static bool
refuse (GError **error, const char *expected, const char *value)
{
  g_autofree char *quoted = aemp_printable (value, strlen (value), QUOTED_MAX_BYTES);

  g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "expected %s, not \"%s\"", expected, quoted);
  return false;
}

/* --- Lists ---------------------------------------------------------------------- */

/* Is this element of a list good?  False with an error. */
typedef bool (*CheckElement) (const char *element, GError **error);

/* Replaces `*list` by the elements of `value`, which have commas between them. */
static bool
set_list (char ***list, const char *value, CheckElement check, GError **error)
{
  g_auto (GStrv) elements = g_strsplit (value, ",", -1);

  if (g_strv_length (elements) == 1 && *g_strstrip (elements[0]) == '\0')
    {
      g_free (elements[0]);
      elements[0] = NULL; /* an empty list, not a list of nothing */
    }
  for (size_t i = 0; elements[i] != NULL; i++)
    {
      g_strstrip (elements[i]);
      if (*elements[i] == '\0')
        return refuse (error, "a list with one comma between its elements", value);
      if (!check (elements[i], error))
        return false;
      for (size_t k = 0; k < i; k++)
        if (strcmp (elements[k], elements[i]) == 0)
          return refuse (error, "a list that names nothing twice", value);
    }
  g_strfreev (*list);
  *list = g_steal_pointer (&elements);
  return true;
}

static bool
is_port_number (const char *port)
{
  guint64 number;

  return g_ascii_string_to_unsigned (port, 10, 1, 65535, &number, NULL);
}

static bool
is_host (const char *host, size_t length)
{
  const char *inside = "0123456789abcdefABCDEF:.%";

  if (length > 2 && host[0] == '[' && host[length - 1] == ']')
    return strspn (host + 1, inside) == length - 2;
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalnum (host[i]) && strchr ("-._", host[i]) == NULL)
      return false;
  return length > 0;
}

static bool
check_seed (const char *element, GError **error)
{
  const char *colon = strrchr (element, ':');

  if (colon != NULL && is_host (element, (size_t)(colon - element)) && is_port_number (colon + 1))
    return true;
  return refuse (error, "a seed as host:port (a port is a number from 1 to 65535)", element);
}

static bool
check_bind (const char *element, GError **error)
{
  const char *colon = strrchr (element, ':');
  bool is_star_host = colon == element + 1 && *element == '*';

  if (strcmp (element, "*") == 0 || is_port_number (element))
    return true;
  if (colon != NULL && (is_star_host || is_host (element, (size_t)(colon - element)))
      && (strcmp (colon + 1, "*") == 0 || is_port_number (colon + 1)))
    return true;
  return refuse (error, "an address to listen on: host:port, each of them may be *, or a port",
                 element);
}

static bool
check_framing (const char *element, GError **error)
{
  if (strcmp (element, "cbor") == 0 || strcmp (element, "json") == 0)
    return true;
  if (strcmp (element, "storable") == 0)
    return refuse (error, "cbor or json (storable is Perl's own)", element);
  return refuse (error, "cbor or json", element);
}

static bool
check_offer (const char *element, GError **error)
{
  static const char *const methods[] = { "tls_sha3_512", "hmac_sha3_512", "tls_anon", NULL };

  if (g_strv_contains (methods, element))
    return true;
  if (strcmp (element, "cleartext") == 0)
    return refuse (error, "a method that keeps the secret (cleartext is never sent)", element);
  return refuse (error, "tls_sha3_512, hmac_sha3_512 or tls_anon", element);
}

static bool
check_accept (const char *element, GError **error)
{
  static const char *const methods[]
      = { "tls_sha3_512", "hmac_sha3_512", "tls_anon", "cleartext", NULL };

  return g_strv_contains (methods, element)
         || refuse (error, "tls_sha3_512, hmac_sha3_512, tls_anon or cleartext", element);
}

static bool
check_function (const char *element, GError **error)
{
  for (const char *at = element; *at != '\0'; at++)
    if (!g_ascii_isgraph (*at))
      return refuse (error, "on, off or a list of names of functions", element);
  return true;
}

/* --- Settings ------------------------------------------------------------------- */

static bool
set_nodeid (AempConfig *config, const char *value, GError **error)
{
  for (const char *at = value; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("_-.:/", *at) == NULL)
      return refuse (error, "a node ID of letters, digits and _ - . : /", value);
  if (*value == '\0' || strlen (value) > AEMP_NODE_ID_MAX_BYTES)
    return refuse (error, "a node ID of 1 to " G_STRINGIFY (AEMP_NODE_ID_MAX_BYTES) " characters",
                   value);
  g_free (config->node_id);
  config->node_id = g_strdup (value);
  return true;
}

static bool
set_binds (AempConfig *config, const char *value, GError **error)
{
  return set_list (&config->binds, value, check_bind, error);
}

static bool
set_seeds (AempConfig *config, const char *value, GError **error)
{
  return set_list (&config->seeds, value, check_seed, error);
}

static bool
set_secret (AempConfig *config, const char *value, GError **error)
{
  g_free (config->secret);
  config->secret = *value != '\0' ? g_strdup (value) : NULL;
  return true;
}

static bool
set_cert (AempConfig *config, const char *value, GError **error)
{
  if (*value != '\0' && strstr (value, "-----BEGIN ") == NULL)
    {
      g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_CONFIG,
                           "expected the text of a certificate and its key in PEM");
      return false; /* what it is is not told: it may be secret */
    }
  g_free (config->cert);
  config->cert = *value != '\0' ? g_strdup (value) : NULL;
  return true;
}

static bool
set_global (AempConfig *config, const char *value, GError **error)
{
  return aemp_parse_boolean (value, &config->global, error);
}

static bool
set_time (int64_t *time_us, const char *value, GError **error)
{
  int64_t us;

  if (!aemp_parse_duration (value, AEMP_DURATION_BARE_SECONDS, &us, error))
    return false;
  if (us <= 0 || us > AEMP_CONFIG_TIME_MAX_US)
    return refuse (error, "more than nothing and at most 24 hours", value);
  *time_us = us;
  return true;
}

static bool
set_monitor_timeout (AempConfig *config, const char *value, GError **error)
{
  return set_time (&config->monitor_timeout_us, value, error);
}

static bool
set_connect_interval (AempConfig *config, const char *value, GError **error)
{
  return set_time (&config->connect_interval_us, value, error);
}

static bool
set_framing_format (AempConfig *config, const char *value, GError **error)
{
  return set_list (&config->framing_format, value, check_framing, error);
}

static bool
set_auth_offer (AempConfig *config, const char *value, GError **error)
{
  return set_list (&config->auth_offer, value, check_offer, error);
}

static bool
set_auth_accept (AempConfig *config, const char *value, GError **error)
{
  return set_list (&config->auth_accept, value, check_accept, error);
}

/* A boolean as in Perl, or a list: then the functions on it may run, nothing else. */
static bool
set_secure (AempConfig *config, const char *value, GError **error)
{
  g_auto (GStrv) allow = NULL;
  bool secure = true;

  if (aemp_parse_boolean (value, &secure, NULL))
    {
      g_clear_pointer (&config->secure_allow, g_strfreev);
      config->secure = secure;
      return true;
    }
  if (!set_list (&allow, value, check_function, error))
    return false;
  if (allow[0] == NULL)
    return refuse (error, "on, off or a list of names of functions", value);
  g_strfreev (config->secure_allow);
  config->secure_allow = g_steal_pointer (&allow);
  config->secure = true;
  return true;
}

static bool
set_queue_limit (AempConfig *config, const char *value, GError **error)
{
  return aemp_parse_size (value, &config->queue_limit_bytes, error);
}

static bool
set_message_limit (AempConfig *config, const char *value, GError **error)
{
  uint64_t bytes;

  if (!aemp_parse_size (value, &bytes, error))
    return false;
  if (bytes < MESSAGE_LIMIT_MIN_BYTES || bytes > AEMP_MESSAGE_MAX_BYTES)
    return refuse (error, "a size from 1KiB to 64MiB", value);
  config->message_limit_bytes = bytes;
  return true;
}
G_STATIC_ASSERT (AEMP_MESSAGE_MAX_BYTES == 64 * 1024 * 1024); /* as that text says */

static bool
set_depth_limit (AempConfig *config, const char *value, GError **error)
{
  guint64 depth;

  if (!g_ascii_string_to_unsigned (value, 10, 1, AEMP_DEPTH_MAX, &depth, NULL))
    return refuse (error, "a number from 1 to " G_STRINGIFY (AEMP_DEPTH_MAX), value);
  config->depth_limit = (uint32_t)depth;
  return true;
}

/* --- Settings as text ------------------------------------------------------------- */

static char *
get_list (char **list)
{
  return list ? g_strjoinv (",", list) : g_strdup ("");
}

static char *
get_boolean (bool is_on)
{
  return g_strdup (is_on ? "on" : "off");
}

static char *
get_count (uint64_t count)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, count);
}

static char *
get_nodeid (const AempConfig *config)
{
  return g_strdup (config->node_id ? config->node_id : "");
}

static char *
get_binds (const AempConfig *config)
{
  return get_list (config->binds);
}

static char *
get_seeds (const AempConfig *config)
{
  return get_list (config->seeds);
}

static char *
get_secret (const AempConfig *config)
{
  return g_strdup (config->secret ? config->secret : "");
}

static char *
get_cert (const AempConfig *config)
{
  return g_strdup (config->cert ? config->cert : "");
}

static char *
get_global (const AempConfig *config)
{
  return get_boolean (config->global);
}

static char *
get_monitor_timeout (const AempConfig *config)
{
  return aemp_format_duration (config->monitor_timeout_us);
}

static char *
get_connect_interval (const AempConfig *config)
{
  return aemp_format_duration (config->connect_interval_us);
}

static char *
get_framing_format (const AempConfig *config)
{
  return get_list (config->framing_format);
}

static char *
get_auth_offer (const AempConfig *config)
{
  return get_list (config->auth_offer);
}

static char *
get_auth_accept (const AempConfig *config)
{
  return get_list (config->auth_accept);
}

static char *
get_secure (const AempConfig *config)
{
  return config->secure_allow ? get_list (config->secure_allow) : get_boolean (config->secure);
}

static char *
get_queue_limit (const AempConfig *config)
{
  return get_count (config->queue_limit_bytes);
}

static char *
get_message_limit (const AempConfig *config)
{
  return get_count (config->message_limit_bytes);
}

static char *
get_depth_limit (const AempConfig *config)
{
  return get_count (config->depth_limit);
}

/* --- The table -------------------------------------------------------------------- */

/* X (key, help); set_KEY() and get_KEY() above do it. */
#define SETTINGS(X)                                                                                \
  X (nodeid, "the node's ID: letters, digits and _ - . : /")                                       \
  X (binds, "where to listen: host:port, each may be *, or a port; empty: nowhere")                \
  X (seeds, "nodes to join by: host:port")                                                         \
  X (secret, "what all nodes of a network share; empty: none")                                     \
  X (cert, "TLS: the text in PEM of our key, its certificate, and those we trust; empty: none")    \
  X (global, "on: be a global node from the start")                                                \
  X (monitor_timeout, "limit of handshakes and connecting, ceiling of retries; seconds: 30")       \
  X (connect_interval, "limit of one attempt to connect; seconds: 2")                              \
  X (framing_format, "cbor and json in order of preference")                                       \
  X (auth_offer, "methods we may prove ourselves by: tls_sha3_512, hmac_sha3_512, tls_anon")       \
  X (auth_accept, "methods we let others in by, best first; cleartext only where listed")          \
  X (secure, "on: the network runs no functions; a list: it runs these")                           \
  X (queue_limit, "bytes that may wait for one peer before they are dropped: 80MiB")               \
  X (message_limit, "bytes of the longest message taken: 64MiB")                                   \
  X (depth_limit, "how deep the values of a message may be nested: 512")

const AempConfigKey aemp_config_keys[] = {
#define X(name, text) { #name, text },
  SETTINGS (X)
#undef X
      { NULL, NULL },
};

typedef bool (*SetKey) (AempConfig *config, const char *value, GError **error);

/* In the order of the keys. */
static const SetKey setters[] = {
#define X(name, text) set_##name,
  SETTINGS (X)
#undef X
};

typedef char *(*GetKey) (const AempConfig *config);

static const GetKey getters[] = {
#define X(name, text) get_##name,
  SETTINGS (X)
#undef X
};

static bool
refuse_key (const char *key, GError **error)
{
  g_autoptr (GString) expected = g_string_new ("one of ");

  for (size_t i = 0; aemp_config_keys[i].key != NULL; i++)
    g_string_append_printf (expected, "%s%s", i > 0 ? ", " : "", aemp_config_keys[i].key);
  return refuse (error, expected->str, key);
}

bool
aemp_config_set (AempConfig *config, const char *key, const char *value, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (setters); i++)
    if (strcmp (aemp_config_keys[i].key, key) == 0)
      {
        if (setters[i](config, value, error))
          return true;
        g_prefix_error (error, "%s: ", key);
        return false;
      }
  return refuse_key (key, error);
}

char *
aemp_config_get (const AempConfig *config, const char *key)
{
  for (size_t i = 0; i < G_N_ELEMENTS (getters); i++)
    if (strcmp (aemp_config_keys[i].key, key) == 0)
      return getters[i](config);
  g_assert_not_reached ();
}

/* --- The whole ------------------------------------------------------------------ */

AempConfig *
aemp_config_new (void)
{
  static const struct
  {
    const char *key;
    const char *value;
  } defaults[] = {
    { "binds", "*" },
    { "seeds", "" },
    { "monitor_timeout", "30s" },
    { "connect_interval", "2s" },
    { "framing_format", "cbor,json" },
    { "auth_offer", "tls_sha3_512,hmac_sha3_512" },
    { "auth_accept", "tls_sha3_512,hmac_sha3_512,tls_anon" },
    { "message_limit", "64MiB" },
  };
  AempConfig *config = g_new0 (AempConfig, 1);

  for (size_t i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (!aemp_config_set (config, defaults[i].key, defaults[i].value, NULL))
      g_assert_not_reached ();
  config->queue_limit_bytes = AEMP_QUEUE_LIMIT_DEFAULT_BYTES;
  config->depth_limit = AEMP_DEPTH_MAX;
  return config;
}

AempConfig *
aemp_config_copy (const AempConfig *config)
{
  AempConfig *copy = g_new (AempConfig, 1);

  *copy = *config;
  copy->node_id = g_strdup (config->node_id);
  copy->binds = g_strdupv (config->binds);
  copy->seeds = g_strdupv (config->seeds);
  copy->secret = g_strdup (config->secret);
  copy->cert = g_strdup (config->cert);
  copy->framing_format = g_strdupv (config->framing_format);
  copy->auth_offer = g_strdupv (config->auth_offer);
  copy->auth_accept = g_strdupv (config->auth_accept);
  copy->secure_allow = g_strdupv (config->secure_allow);
  return copy;
}

void
aemp_config_free (AempConfig *config)
{
  if (config == NULL)
    return;
  g_free (config->node_id);
  g_strfreev (config->binds);
  g_strfreev (config->seeds);
  g_free (config->secret);
  g_free (config->cert);
  g_strfreev (config->framing_format);
  g_strfreev (config->auth_offer);
  g_strfreev (config->auth_accept);
  g_strfreev (config->secure_allow);
  g_free (config);
}

static bool
find_fault (GError **error, const char *fault)
{
  g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_CONFIG, fault);
  return false;
}

static bool
has (char **list, const char *element)
{
  return g_strv_contains ((const char *const *)list, element);
}

static bool
has_tls (char **list)
{
  return has (list, "tls_sha3_512") || has (list, "tls_anon");
}

/* With a certificate TLS is spoken wherever the peer does, too, so there has to be a way in. */
static bool
check_methods (const AempConfig *config, GError **error)
{
  if (config->cert != NULL && !has_tls (config->auth_offer))
    return find_fault (error, "auth_offer: with a certificate it has to list tls_sha3_512");
  if (config->cert != NULL && !has_tls (config->auth_accept))
    return find_fault (error, "auth_accept: with a certificate it has to list tls_sha3_512");
  if (config->cert == NULL && !has (config->auth_offer, "hmac_sha3_512"))
    return find_fault (error, "auth_offer: without TLS it has to list hmac_sha3_512");
  if (config->cert == NULL && !has (config->auth_accept, "hmac_sha3_512")
      && !has (config->auth_accept, "cleartext"))
    return find_fault (error, "auth_accept: without TLS it has to list hmac_sha3_512 or cleartext");
  return true;
}

bool
aemp_config_check (const AempConfig *config, GError **error)
{
  if (config->node_id == NULL)
    return find_fault (error, "nodeid: a node needs an ID");
  if (config->secret == NULL && config->cert == NULL)
    return find_fault (error,
                       "secret: without one, and without a certificate, no connection is possible");
  if (config->framing_format[0] == NULL)
    return find_fault (error, "framing_format: expected cbor, json or both, not an empty list");
  if (!check_methods (config, error))
    return false;
  if (config->connect_interval_us > config->monitor_timeout_us)
    return find_fault (error, "connect_interval: it must not exceed monitor_timeout");
  return true;
}
