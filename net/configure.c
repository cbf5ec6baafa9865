/* net/configure.c - see configure.h. */
#include "net/configure.h"

#include "engine/planted.h"
#include "engine/tls.h"
#include "engine/units.h"
#include "net/keys.h"
#include "net/services.h"
#include "net/suggest.h"
#include "net/tell.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define UNIQUE_CHARACTERS 10

/* --- What holds --------------------------------------------------------------------- */

/* Of the arguments, what is no setting of a node. */
static const char *const directions[] = { "force", "norc", "profile", NULL };

/* For a planted bug: what holds where nobody says anything, said as if somebody had. */
static const struct
{
  const char *key;
  const char *value;
} built_in[] = { { "secret", "" }, { "monitor_timeout", "30" }, { "connect_interval", "2" } };

NetSection *
net_configure_merge (const NetProfiles *profiles, const char *profile, const NetSection *arguments,
                     GError **error)
{
  g_autoptr (NetProfiles) none = net_profiles_new ();
  bool force = net_section_is_true (arguments, "force");
  g_autoptr (NetSection) settings
      = net_profiles_merge (net_section_is_true (arguments, "norc") ? none : profiles, profile,
                            arguments, force ? NET_ARGUMENTS_LAST : NET_ARGUMENTS_FIRST, error);

  if (!settings)
    return NULL;
  if (force && AEMP_PLANTED (force_lets_defaults_win))
    for (unsigned i = 0; i < G_N_ELEMENTS (built_in); i++)
      net_section_put (settings, built_in[i].key, "s", built_in[i].value);
  for (unsigned i = 0; directions[i]; i++)
    net_section_delete (settings, directions[i]);
  if (!net_section_get (settings, "nodeid"))
    {
      g_autofree char *pattern = g_strconcat (profile, "/", NULL);

      net_section_put (settings, "nodeid", "s", pattern);
    }
  return g_steal_pointer (&settings);
}

const char **
net_configure_overridden (const NetSection *arguments, const NetSection *settings)
{
  GPtrArray *names = g_ptr_array_new ();

  for (unsigned i = 0; i < net_section_count (arguments); i++)
    {
      const char *key = net_section_key (arguments, i);
      const AempValue *value = net_section_get (settings, key);

      if (value && aemp_value_compare (value, net_section_get (arguments, key)) != 0)
        g_ptr_array_add (names, (char *)key);
    }
  g_ptr_array_add (names, NULL);
  return (const char **)g_ptr_array_free (names, false);
}

void
net_configure_add_defaults (NetSection *settings)
{
  g_autoptr (AempConfig) config = aemp_config_new ();

  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    {
      g_autofree char *text = aemp_config_get (config, key->key);
      g_autoptr (AempMessage) value = NULL;

      if (net_section_get (settings, key->key) || !text || *text == '\0')
        continue;
      value = net_key_value (key->key, text, NULL, NULL);
      if (value)
        net_section_set (settings, key->key, value);
    }
}

/* --- The node ID ------------------------------------------------------------------------ */

char *
net_unique_word (void)
{
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  uint64_t draws[UNIQUE_CHARACTERS];
  char *word = g_malloc (UNIQUE_CHARACTERS + 1);

  while (getrandom (draws, sizeof draws, 0) != (ssize_t)sizeof draws)
    g_assert (errno == EINTR);
  for (unsigned i = 0; i < UNIQUE_CHARACTERS; i++)
    word[i] = letters[draws[i] % (sizeof letters - 1)];
  word[UNIQUE_CHARACTERS] = '\0';
  return word;
}

static char *
expand_node_id (const char *pattern, const char *host_name, const char *unique)
{
  GString *node_id = g_string_new (pattern);

  g_string_replace (node_id, "%n", host_name, 0);
  g_string_replace (node_id, "%u", unique, 0);
  if (node_id->len > 0 && node_id->str[node_id->len - 1] == '/')
    g_string_append (node_id, unique);
  return g_string_free (node_id, false);
}

/* --- As data ------------------------------------------------------------------------------ */

/* Perl's own framing may stand in a file that both use. */
static char *
without_storable (const char *list)
{
  g_auto (GStrv) elements = g_strsplit (list, ",", -1);
  g_autoptr (GString) rest = g_string_new (NULL);

  for (unsigned i = 0; elements[i]; i++)
    if (strcmp (g_strstrip (elements[i]), "storable") != 0)
      g_string_append_printf (rest, "%s%s", rest->len > 0 ? "," : "", elements[i]);
  if (rest->len == 0 || strlen (list) == rest->len)
    return g_strdup (list);
  net_tell ("framing_format: storable is Perl's own, and left out");
  return g_string_free (g_steal_pointer (&rest), false);
}

static bool
refuse (GError **error, const char *key, const char *expected)
{
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "%s: expected %s", key, expected);
  return false;
}

static bool
set_services (NetConfigured *configured, const AempValue *value, GError **error)
{
  g_autofree char *text = value->type == AEMP_ARRAY ? aemp_value_to_text (value, 0)
                                                    : aemp_value_dup_text (value, NULL);

  if (!text)
    return refuse (error, "services", "a list of functions");
  g_clear_pointer (&configured->services, aemp_message_unref);
  configured->services = net_services_parse (text, error);
  if (!configured->services)
    g_prefix_error (error, "services: ");
  return configured->services != NULL;
}

/* A key that does nothing here. */
static void
skip (const char *key)
{
  g_autofree const char **names = net_key_names ();
  g_autofree char *suggestion = net_suggestion (key, names);

  if (strcmp (key, "eval") == 0)
    net_tell ("eval: Perl code is for Perl's nodes, and not run");
  else if (!net_key_is_known (key))
    net_tell ("%s: not a key of ours%s, not used", key, suggestion);
}

static bool
is_of_engine (const char *key)
{
  for (const AempConfigKey *known = aemp_config_keys; known->key; known++)
    if (strcmp (known->key, key) == 0)
      return true;
  return false;
}

static bool
set_one (NetConfigured *configured, const char *key, const AempValue *value, const char *host_name,
         const char *unique, GError **error)
{
  g_autofree char *text = net_value_text (value);
  g_autofree char *made = NULL;

  if (strcmp (key, "services") == 0)
    return set_services (configured, value, error);
  if (strcmp (key, "nodelay") == 0)
    return aemp_parse_boolean (text ? text : "", &configured->nodelay, error);
  if (!is_of_engine (key))
    {
      skip (key);
      return true;
    }
  if (!text)
    return refuse (error, key, "text, or a list of texts");
  if (strcmp (key, "nodeid") == 0)
    made = expand_node_id (text, host_name, unique);
  if (strcmp (key, "framing_format") == 0)
    made = without_storable (text);
  return aemp_config_set (configured->config, key, made ? made : text, error);
}

/* With what only reading the certificate tells. */
static bool
check (const AempConfig *config, GError **error)
{
  g_autoptr (AempTlsIdentity) identity = NULL;

  if (!aemp_config_check (config, error))
    return false;
  return !config->cert || (identity = aemp_tls_identity_new (config->cert, error));
}

bool
net_configure (const NetSection *settings, const char *host_name, const char *unique,
               NetConfigured *configured, GError **error)
{
  *configured = (NetConfigured){ aemp_config_new (), aemp_message_new (""), true };
  for (unsigned i = 0; i < net_section_count (settings); i++)
    {
      const char *key = net_section_key (settings, i);

      if (!set_one (configured, key, net_section_get (settings, key), host_name, unique, error))
        return false;
    }
  return check (configured->config, error);
}

void
net_configured_clear (NetConfigured *configured)
{
  g_clear_pointer (&configured->config, aemp_config_free);
  g_clear_pointer (&configured->services, aemp_message_unref);
}
