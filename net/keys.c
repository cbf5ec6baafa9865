/* net/keys.c - see keys.h. */
#include "net/keys.h"

#include "engine/codec.h"
#include "engine/config.h"
#include "engine/units.h"

#include <string.h>

typedef enum
{
  KIND_TEXT,
  KIND_LIST,
  KIND_SECONDS,
  KIND_BOOLEAN,
  KIND_BOOLEAN_OR_LIST,
} Kind;

typedef struct
{
  const char *key;
  Kind kind;
  const char *help; /* of those that the engine does not know */
} Key;

/* What is not here is text. */
static const Key keys[] = {
  { "binds", KIND_LIST, NULL },
  { "seeds", KIND_LIST, NULL },
  { "framing_format", KIND_LIST, NULL },
  { "auth_offer", KIND_LIST, NULL },
  { "auth_accept", KIND_LIST, NULL },
  { "monitor_timeout", KIND_SECONDS, NULL },
  { "connect_interval", KIND_SECONDS, NULL },
  { "global", KIND_BOOLEAN, NULL },
  { "secure", KIND_BOOLEAN_OR_LIST, NULL },
  { "services", KIND_LIST, "functions to start: names with commas, or JSON" },
  { "parent", KIND_TEXT, "of a profile: another one, which this one overrides" },
  { "autocork", KIND_BOOLEAN, "accepted: what is sent is always written once a turn" },
  { "nodelay", KIND_BOOLEAN, "on: small packets are not held back" },
  { "eval", KIND_TEXT, "Perl code for Perl's nodes; not run here" },
};

/* --- Which there are ---------------------------------------------------------------- */

static const Key *
find (const char *key)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].key, key) == 0)
      return &keys[i];
  return NULL;
}

static bool
is_of_engine (const char *key)
{
  for (const AempConfigKey *known = aemp_config_keys; known->key; known++)
    if (strcmp (known->key, key) == 0)
      return true;
  return false;
}

const char **
net_key_names (void)
{
  GPtrArray *names = g_ptr_array_new ();

  for (const AempConfigKey *known = aemp_config_keys; known->key; known++)
    g_ptr_array_add (names, (char *)known->key);
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!is_of_engine (keys[i].key))
      g_ptr_array_add (names, (char *)keys[i].key);
  g_ptr_array_add (names, NULL);
  return (const char **)g_ptr_array_free (names, false);
}

bool
net_key_is_known (const char *key)
{
  return is_of_engine (key) || find (key);
}

const char *
net_key_help (const char *key)
{
  const Key *known = find (key);

  return known && !is_of_engine (key) ? known->help : NULL;
}

static Kind
kind_of (const char *key)
{
  const Key *known = find (key);

  return known ? known->kind : KIND_TEXT;
}

bool
net_key_is_list (const char *key)
{
  return kind_of (key) == KIND_LIST;
}

/* --- Values --------------------------------------------------------------------------- */

static char *
scalar_text (const AempValue *value)
{
  if (value->type == AEMP_BOOLEAN)
    return g_strdup (value->as.boolean ? "on" : "off");
  return aemp_value_dup_text (value, NULL);
}

char *
net_value_text (const AempValue *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (value->type != AEMP_ARRAY)
    return scalar_text (value);
  for (uint32_t i = 0; i < value->length; i++)
    {
      g_autofree char *element = scalar_text (&value->as.items[i]);

      if (!element)
        return NULL;
      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", element);
    }
  return g_string_free (g_steal_pointer (&text), false);
}

/* Would a node take it?  %n and %u in a node ID stand for something harmless. */
static bool
try_value (const char *key, const char *text, GError **error)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GString) tried = g_string_new (text);

  if (!is_of_engine (key))
    return true;
  if (strcmp (key, "nodeid") == 0)
    {
      g_string_replace (tried, "%n", "n", 0);
      g_string_replace (tried, "%u", "u", 0);
    }
  return aemp_config_set (config, key, tried->str, error);
}

static AempMessage *
list_of_text (const char *text)
{
  g_auto (GStrv) elements = g_strsplit (text, ",", -1);
  unsigned count = g_strv_length (elements);
  g_autofree AempValue *items = g_new0 (AempValue, count + 1);
  AempValue array = { .type = AEMP_ARRAY, .length = count, .as.items = items };

  for (unsigned i = 0; i < count; i++)
    {
      g_strstrip (elements[i]);
      items[i] = (AempValue){ .type = AEMP_TEXT,
                              .length = (uint32_t)strlen (elements[i]),
                              .as.string = elements[i] };
    }
  return aemp_message_new ("v", &array);
}

/* Perl takes bare numbers only, and 1 and 0 for yes and no. */
static AempMessage *
value_of_kind (Kind kind, const char *text, GError **error)
{
  int64_t us;
  bool is_on;

  switch (kind)
    {
    case KIND_TEXT:
      return aemp_message_new ("s", text);
    case KIND_LIST:
      return *text ? list_of_text (text) : aemp_message_new ("[]");
    case KIND_SECONDS:
      if (!aemp_parse_duration (text, AEMP_DURATION_BARE_SECONDS, &us, error))
        return NULL;
      return us % 1000000 == 0 ? aemp_message_new ("i", us / 1000000)
                               : aemp_message_new ("d", (double)us / 1e6);
    case KIND_BOOLEAN:
      if (!aemp_parse_boolean (text, &is_on, error))
        return NULL;
      return aemp_message_new ("I", is_on);
    case KIND_BOOLEAN_OR_LIST:
      return aemp_parse_boolean (text, &is_on, NULL) ? aemp_message_new ("I", is_on)
                                                     : list_of_text (text);
    }
  g_assert_not_reached ();
}

AempMessage *
net_key_value (const char *key, const char *text, const AempValue *value, GError **error)
{
  g_autofree char *plain = value ? net_value_text (value) : NULL;
  AempMessage *message;

  if (value && strcmp (key, "services") == 0)
    return aemp_message_new ("v", value);
  if (!value && strcmp (key, "services") == 0 && *text == '[')
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG,
                   "services: what begins with [ has to be JSON, and \"%s\" is none", text);
      return NULL;
    }
  if (!plain)
    plain = g_strdup (text);
  if (!g_utf8_validate (plain, -1, NULL))
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "%s: expected text in UTF-8", key);
      return NULL;
    }
  if (!try_value (key, plain, error))
    return NULL;
  message = value_of_kind (kind_of (key), plain, error);
  if (!message)
    g_prefix_error (error, "%s: ", key);
  return message;
}
