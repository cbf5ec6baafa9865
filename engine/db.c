/* engine/db.c - what this node sets in the database.
 *
 * A setting takes effect in order with what was sent before, from the local queue; so the
 * database never changes while a program is called.  Each key of our own part has
 * one setting, the last; those before it are history, and cannot be taken back. */

#include "global.h"

#include "planted.h"

#include <string.h>

typedef struct
{
  uint64_t number;
  AempName *family;
  AempName *key;
  AempName *port; /* with which it ends; NULL: with none */
} Setting;

struct AempSettings
{
  uint64_t made;
  GHashTable *by_number; /* number → Setting */
  GHashTable *by_key;    /* Setting → itself, by family and key */
  GHashTable *by_port;   /* AempName → GPtrArray of Setting */
};

static unsigned
hash_setting (const void *memory)
{
  const Setting *setting = memory;
  return (unsigned)aemp_hash_mix (setting->family->hash, setting->key->hash);
}

static int
equal_settings (const void *one_memory, const void *other_memory)
{
  const Setting *one = one_memory;
  const Setting *other = other_memory;
  return aemp_name_equal (one->family, other->family) && aemp_name_equal (one->key, other->key);
}

static void
setting_free (void *memory)
{
  Setting *setting = memory;
  aemp_name_unref (setting->family);
  aemp_name_unref (setting->key);
  g_clear_pointer (&setting->port, aemp_name_unref);
  g_free (setting);
}

static void
array_free (void *array)
{
  g_ptr_array_unref (array);
}

static void
name_free (void *name)
{
  aemp_name_unref (name);
}

static AempSettings *
settings_of (AempNode *node)
{
  if (node->settings)
    return node->settings;
  AempSettings *settings = g_new0 (AempSettings, 1);
  settings->by_number = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, setting_free);
  settings->by_key = g_hash_table_new (hash_setting, equal_settings);
  settings->by_port
      = g_hash_table_new_full (aemp_name_hash_func, aemp_name_equal_func, name_free, array_free);
  node->settings = settings;
  return settings;
}

void
aemp_settings_free (AempNode *node)
{
  AempSettings *settings = g_steal_pointer (&node->settings);
  if (!settings)
    return;
  g_hash_table_unref (settings->by_port);
  g_hash_table_unref (settings->by_key);
  g_hash_table_unref (settings->by_number);
  g_free (settings);
}

/* --- Asking for it --------------------------------------------------------------------------- */

bool
aemp_family_is_internal (const AempName *family)
{
  return family->length > 0 && family->text[0] == '\'';
}

static bool
may_change (AempNode *node, const char *family)
{
  if (*family != '\'')
    return true;
  aemp_misuse (node, "the family %s is the network's own", family);
  return false;
}

static AempSetting
set_va (AempNode *node, const char *family, const char *key, const AempName *port,
        const char *format, va_list *arguments)
{
  if (!may_change (node, family))
    return 0;
  g_autoptr (AempMessage) value = aemp_message_new_va (format, arguments);
  AempList values = aemp_message_list (value);
  const AempValue *first = aemp_list_get (&values, 0);
  const AempValue null = { .type = AEMP_NULL };
  g_autoptr (AempMessage) message = aemp_message_new ("ssv", family, key, first ?: &null);
  uint64_t number = ++settings_of (node)->made;
  aemp_local_push (node, &(AempLocalItem){ .kind = AEMP_LOCAL_SET,
                                           .number = number,
                                           .port = (AempName *)port,
                                           .list = aemp_message_list (message) });
  return number;
}

AempSetting
aemp_db_set (AempNode *node, const char *family, const char *key, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  AempSetting setting = set_va (node, family, key, NULL, format, &arguments);
  va_end (arguments);
  return setting;
}

AempSetting
aemp_db_reg (AempNode *node, const char *family, const char *port, const char *format, ...)
{
  const char *hash = strchr (port, '#');
  if (!hash || hash[1] == 0 || !aemp_port_is_local (node, port))
    {
      aemp_misuse (node, "'%.60s' is no port of this node: it cannot be registered here", port);
      return 0;
    }
  AempName name = aemp_name_view (hash + 1, strlen (hash + 1));
  va_list arguments;
  va_start (arguments, format);
  AempSetting setting = set_va (node, family, port, &name, format, &arguments);
  va_end (arguments);
  return setting;
}

AempSetting
aemp_grp_reg (AempNode *node, const char *group, const char *port)
{
  return aemp_db_reg (node, group, port, "n");
}

AempMonitor
aemp_grp_mon (AempNode *node, const char *group, AempFamilyTold told, void *user_data,
              GDestroyNotify destroy)
{
  return aemp_db_mon (node, group, told, user_data, destroy);
}

void
aemp_db_unset (AempNode *node, AempSetting setting)
{
  if (setting != 0)
    aemp_local_push (node, &(AempLocalItem){ .kind = AEMP_LOCAL_UNSET, .number = setting });
}

void
aemp_db_del (AempNode *node, const char *family, const char *key)
{
  if (!may_change (node, family))
    return;
  g_autoptr (AempMessage) message = aemp_message_new ("ss", family, key);
  aemp_local_push (
      node, &(AempLocalItem){ .kind = AEMP_LOCAL_DELETE, .list = aemp_message_list (message) });
}

/* --- Doing it --------------------------------------------------------------------------------- */

static void
unbind (AempSettings *settings, Setting *setting)
{
  GPtrArray *of_port
      = setting->port ? g_hash_table_lookup (settings->by_port, setting->port) : NULL;
  if (of_port && g_ptr_array_remove (of_port, setting) && of_port->len == 0)
    g_hash_table_remove (settings->by_port, setting->port);
}

static void
forget (AempSettings *settings, Setting *setting)
{
  unbind (settings, setting);
  g_hash_table_remove (settings->by_key, setting);
  g_hash_table_remove (settings->by_number, &setting->number);
}

static void
bind_to (AempSettings *settings, Setting *setting)
{
  GPtrArray *of_port = g_hash_table_lookup (settings->by_port, setting->port);
  if (!of_port)
    {
      of_port = g_ptr_array_new ();
      g_hash_table_insert (settings->by_port, aemp_name_ref (setting->port), of_port);
    }
  g_ptr_array_add (of_port, setting);
}

static Setting *
find_by_key (AempSettings *settings, const AempName *family, const AempName *key)
{
  Setting wanted = { .family = (AempName *)family, .key = (AempName *)key };
  return g_hash_table_lookup (settings->by_key, &wanted);
}

/* The names at the head of a list that was made by us. */
static void
names_of (const AempList *list, AempName *family, AempName *key)
{
  *family = aemp_name_view (list->items[0].as.string, list->items[0].length);
  *key = aemp_name_view (list->items[1].as.string, list->items[1].length);
}

static void
set (AempNode *node, const AempLocalItem *item)
{
  AempSettings *settings = settings_of (node);
  const AempValue *value = aemp_list_get (&item->list, 2);
  AempName family, key;
  if (item->port && !aemp_port_find (node, item->port) && !AEMP_PLANTED (dead_port_registered))
    {
      AEMP_MARK (node, DEAD_PORT_NOT_REGISTERED);
      return;
    }
  names_of (&item->list, &family, &key);
  Setting *before = find_by_key (settings, &family, &key);
  if (before)
    forget (settings, before);
  Setting *setting = g_new (Setting, 1);
  *setting = (Setting){ item->number, aemp_name_ref (&family), aemp_name_ref (&key),
                        item->port ? aemp_name_ref (item->port) : NULL };
  g_hash_table_insert (settings->by_number, &setting->number, setting);
  g_hash_table_add (settings->by_key, setting);
  if (setting->port)
    bind_to (settings, setting);
  AEMP_TRACE (node, .kind = AEMP_TRACE_DB_SET, .port = &family, .other = &key,
              .payload = aemp_database_pair_hash (&key, value));
  AempPart *part = aemp_global_own (node->global);
  aemp_database_begin (node->global->database);
  aemp_part_set (part, &family, &key, value);
  aemp_database_end (node->global->database);
}

static void delete (AempNode *node, Setting *setting)
{
  if (!setting)
    return;
  AEMP_TRACE (node, .kind = AEMP_TRACE_DB_DELETE, .port = setting->family, .other = setting->key);
  aemp_database_begin (node->global->database);
  aemp_part_delete (node->global->own, setting->family, setting->key);
  aemp_database_end (node->global->database);
  forget (node->settings, setting);
}

static void
delete_key (AempNode *node, const AempLocalItem *item)
{
  AempName family, key;
  names_of (&item->list, &family, &key);
  if (node->settings)
    delete (node, find_by_key (node->settings, &family, &key));
}

static void
unset (AempNode *node, uint64_t number)
{
  if (node->settings)
    delete (node, g_hash_table_lookup (node->settings->by_number, &number));
}

void
aemp_database_port_dead (AempNode *node, const AempPort *port)
{
  const GPtrArray *of_port
      = node->settings ? g_hash_table_lookup (node->settings->by_port, port->name) : NULL;
  for (unsigned i = 0; of_port && i < of_port->len && !AEMP_PLANTED (registration_outlives_port);
       i++)
    aemp_db_unset (node, ((const Setting *)of_port->pdata[i])->number);
  if (port->more && port->more->has_family_monitors)
    aemp_watches_port_dead (node, port->name);
}

void
aemp_database_take (AempNode *node, const AempLocalItem *item)
{
  if (item->kind == AEMP_LOCAL_SET)
    set (node, item);
  else if (item->kind == AEMP_LOCAL_UNSET)
    unset (node, item->number);
  else if (item->kind == AEMP_LOCAL_DELETE)
    delete_key (node, item);
  else if (item->kind == AEMP_LOCAL_TELL)
    aemp_watches_tell (node, item->port);
  else if (item->kind == AEMP_LOCAL_ASK)
    aemp_question_put (node, item->number);
  else
    g_assert_not_reached ();
}

void
aemp_database_forget (AempNode *node)
{
  aemp_watches_free (node);
  aemp_questions_free (node);
  aemp_settings_free (node);
}
