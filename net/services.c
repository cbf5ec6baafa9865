/* net/services.c - see services.h. */
#include "net/services.h"

#include "engine/codec.h"
#include "engine/error.h"
#include "net/suggest.h"

#include <string.h>

typedef struct
{
  char *function;
  NetTeller *teller;
} Service;

/* Names with commas between: the same message as their JSON. */
static AempMessage *
parse_names (const char *text, GError **error)
{
  g_autoptr (GByteArray) json = g_byte_array_new ();
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "expected text in UTF-8");
      return NULL;
    }
  for (char **name = names; *name; name++)
    {
      g_autoptr (AempMessage) message = aemp_message_new ("s", g_strstrip (*name));
      AempList list = aemp_message_list (message);

      g_byte_array_append (json, (const uint8_t *)(name == names ? "[" : ","), 1);
      aemp_codec_json.encode (json, NULL, &list);
    }
  g_byte_array_append (json, (const uint8_t *)"]", 1);
  return aemp_codec_decode_all (&aemp_codec_json, json->data, json->len, error);
}

/* A function, or an array of one and its arguments. */
static bool
split_service (const AempValue *value, AempMessage *message, char **function, AempList *list)
{
  *list = value->type == AEMP_ARRAY ? (AempList){ value->as.items, value->length, message }
                                    : (AempList){ value, 1, message };
  *function = list->count > 0 && aemp_value_is_string (&list->items[0])
                  ? aemp_value_dup_text (&list->items[0], NULL)
                  : NULL;
  *list = aemp_list_skip (*list, 1);
  return *function != NULL;
}

#define REFUSE(error, ...)                                                                         \
  ({                                                                                               \
    g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, __VA_ARGS__);                               \
    false;                                                                                         \
  })

static bool
check (AempMessage *services, GError **error)
{
  AempList all = aemp_message_list (services);

  for (uint32_t i = 0; i < all.count; i++)
    {
      g_autofree char *function = NULL;
      AempList list;

      if (!split_service (&all.items[i], services, &function, &list))
        return REFUSE (error, "expected a function, or an array that begins with one");
      if (g_str_has_suffix (function, "::"))
        return REFUSE (error, "modules (%s) are not loaded yet", function);
      if (!strstr (function, "::"))
        return REFUSE (error, "expected a function like aemp::echo, not \"%s\"", function);
    }
  return true;
}

static AempMessage *
parse (const char *text, GError **error)
{
  if (*text == '\0')
    return aemp_message_new ("");
  if (*text != '[')
    return parse_names (text, error);
  return aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)text, strlen (text), error);
}

AempMessage *
net_services_parse (const char *text, GError **error)
{
  g_autoptr (AempMessage) services = parse (text, error);

  return services && check (services, error) ? g_steal_pointer (&services) : NULL;
}

char *
net_services_text (AempMessage *services)
{
  g_autoptr (GByteArray) json = g_byte_array_new ();
  AempList all = aemp_message_list (services);

  aemp_codec_json.encode (json, NULL, &all);
  return g_strndup ((const char *)json->data, json->len);
}

static bool
is_known (const GPtrArray *known, const char *function)
{
  for (unsigned i = 0; i < known->len; i++)
    if (strcmp (known->pdata[i], function) == 0)
      return true;
  return false;
}

static bool
refuse_unknown (const GPtrArray *known, const char *function, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *suggestion = NULL;
  g_autofree char *all = NULL;

  for (unsigned i = 0; i < known->len; i++)
    g_ptr_array_add (names, known->pdata[i]);
  g_ptr_array_add (names, NULL);
  suggestion = net_suggestion (function, (const char *const *)names->pdata);
  all = g_strjoinv (", ", (char **)names->pdata);
  return REFUSE (error, "services: there is no function %s%s; there are %s", function, suggestion,
                 all);
}

bool
net_services_are_known (AempNode *node, AempMessage *services, GError **error)
{
  const GPtrArray *known = aemp_node_services (node);
  AempList all = aemp_message_list (services);

  for (uint32_t i = 0; i < all.count; i++)
    {
      g_autofree char *function = NULL;
      AempList list;

      split_service (&all.items[i], services, &function, &list);
      if (!is_known (known, function))
        return refuse_unknown (known, function, error);
    }
  return true;
}

static void
service_free (void *data)
{
  Service *service = data;

  g_free (service->function);
  g_free (service);
}

static void
service_died (AempNode *node, const AempList *reason, void *user_data)
{
  Service *service = user_data;
  g_autofree char *text = aemp_list_to_text (reason, 1000);

  net_teller_say (service->teller, reason->count > 0 ? NET_LEVEL_ERROR : NET_LEVEL_INFO,
                  "%s ended%s%s", service->function, reason->count > 0 ? ": " : "", text);
}

void
net_services_start (AempNode *node, AempMessage *services, NetTeller *teller)
{
  AempList all = aemp_message_list (services);

  for (uint32_t i = 0; i < all.count; i++)
    {
      Service *service = g_new0 (Service, 1);
      g_autofree char *port = NULL;
      AempList list;

      service->teller = teller;
      split_service (&all.items[i], services, &service->function, &list);
      port = aemp_spawn (node, aemp_node_id (node), service->function, "@", &list);
      aemp_mon (node, port, service_died, service, service_free);
    }
}
