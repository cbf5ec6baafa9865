/* engine/global.c - who knows whose addresses: global nodes, masters.
 *
 * Of the global protocol this has what nodes need to find each other: the family `'l`,
 * node ID → listening addresses.  A global node keeps apart what each other node told it;
 * what its slaves tell it goes on to the other global nodes, what those tell it does not. */

#include "internal.h"

#include <string.h>

#define FAMILY_LISTENERS "'l"
#define FAMILY_GLOBALS "'g"

/* What one node says of another one's addresses. */
typedef struct
{
  AempPeer *source;
  char **addresses;
} Entry;

struct AempGlobal
{
  AempNode *node;
  bool is_global;
  AempPeer *master; /* NULL: none; never one when we are global */
  GTree *known;     /* AempName → GPtrArray of Entry, never empty */
};

static void
entry_free (void *memory)
{
  Entry *entry = memory;
  g_strfreev (entry->addresses);
  g_free (entry);
}

static int
compare_names (const void *one, const void *other, void *user_data)
{
  return aemp_name_compare (one, other);
}

static void
name_free (void *name)
{
  aemp_name_unref (name);
}

static void
entries_free (void *entries)
{
  g_ptr_array_unref (entries);
}

AempGlobal *
aemp_global_new (AempNode *node)
{
  AempGlobal *global = g_new0 (AempGlobal, 1);
  global->node = node;
  global->known = g_tree_new_full (compare_names, NULL, name_free, entries_free);
  return global;
}

void
aemp_global_free (AempGlobal *global)
{
  if (!global)
    return;
  g_tree_unref (global->known);
  g_free (global);
}

bool
aemp_global_is (const AempNode *node)
{
  return node->global->is_global;
}

/* --- What is known ------------------------------------------------------------------------ */

static void
forget (AempGlobal *global, const AempName *name, const AempPeer *source)
{
  GPtrArray *entries = g_tree_lookup (global->known, name);
  for (unsigned i = 0; entries && i < entries->len; i++)
    if (((Entry *) entries->pdata[i])->source == source)
      {
        g_ptr_array_remove_index (entries, i);
        if (entries->len == 0)
          g_tree_remove (global->known, name);
        return;
      }
}

static void
learn (AempGlobal *global, const AempName *name, AempPeer *source, char **addresses)
{
  forget (global, name, source);
  GPtrArray *entries = g_tree_lookup (global->known, name);
  if (!entries)
    {
      entries = g_ptr_array_new_with_free_func (entry_free);
      g_tree_insert (global->known, aemp_name_new (name->text, name->length), entries);
    }
  Entry *entry = g_new (Entry, 1);
  entry->source = source;
  entry->addresses = addresses;
  g_ptr_array_add (entries, entry);
}

typedef struct
{
  const AempPeer *source;
  GPtrArray *names; /* of AempName, referenced */
} NamesOf;

static int
collect_name_of (void *key, void *value, void *user_data)
{
  NamesOf *wanted = user_data;
  const GPtrArray *entries = value;
  for (unsigned i = 0; i < entries->len; i++)
    if (((Entry *) entries->pdata[i])->source == wanted->source)
      g_ptr_array_add (wanted->names, aemp_name_ref (key));
  return FALSE;
}

/* Forgets all that a node said; returns whom it spoke of. */
static GPtrArray *
forget_all_of (AempGlobal *global, const AempPeer *source)
{
  NamesOf wanted = { source, g_ptr_array_new_with_free_func (name_free) };
  g_tree_foreach (global->known, collect_name_of, &wanted);
  for (unsigned i = 0; i < wanted.names->len; i++)
    forget (global, wanted.names->pdata[i], source);
  return wanted.names;
}

static char **
addresses_of (const AempValue *value)
{
  GPtrArray *addresses = g_ptr_array_new ();
  for (uint32_t i = 0; value && value->type == AEMP_ARRAY && i < value->length; i++)
    {
      char *text = aemp_value_dup_text (&value->as.items[i], NULL);
      if (text)
        g_ptr_array_add (addresses, text);
    }
  g_ptr_array_add (addresses, NULL);
  return (char **) g_ptr_array_free (addresses, FALSE);
}

/* Everything in a map of the family `'l`. */
static void
learn_map (AempGlobal *global, AempPeer *source, const AempValue *map)
{
  for (uint32_t i = 0; map && map->type == AEMP_MAP && i < map->length; i++)
    {
      AempName name;
      g_autoptr (AempName) owned = NULL;
      if (aemp_value_name (&map->as.items[2 * i], &name, &owned) && name.length > 0)
        learn (global, &name, source, addresses_of (&map->as.items[2 * i + 1]));
    }
}

static void
forget_list (AempGlobal *global, const AempPeer *source, const AempValue *list)
{
  for (uint32_t i = 0; list && list->type == AEMP_ARRAY && i < list->length; i++)
    {
      AempName name;
      g_autoptr (AempName) owned = NULL;
      if (aemp_value_name (&list->as.items[i], &name, &owned))
        forget (global, &name, source);
    }
}

/* --- Messages that hold maps ----------------------------------------------------------------- */

static AempValue
text_value (const char *text)
{
  return (AempValue){ .type = AEMP_TEXT, .length = strlen (text), .as.string = text };
}

/* Borrows everything; give `->as.items` of all of it back with the array's own free. */
static void
append_addresses (GArray *pairs, GPtrArray *owned, const char *name, char **addresses)
{
  unsigned count = g_strv_length (addresses);
  AempValue *items = g_new (AempValue, MAX (count, 1));
  g_ptr_array_add (owned, items);
  for (unsigned i = 0; i < count; i++)
    items[i] = text_value (addresses[i]);
  AempValue key = text_value (name);
  AempValue list = { .type = AEMP_ARRAY, .length = count, .as.items = items };
  g_array_append_val (pairs, key);
  g_array_append_val (pairs, list);
}

typedef struct
{
  AempGlobal *global;
  GArray *pairs;
  GPtrArray *owned;
} OwnPart;

/* We speak for ourselves and our slaves; of one that has become global, for itself only:
 * what it speaks for, and what becomes of that, the others hear from it. */
static bool
is_own (const AempName *name, const AempPeer *source)
{
  if (source->is_slave && source->is_global)
    return aemp_name_equal (name, source->name);
  return aemp_peer_is_self (source) || source->is_slave;
}

static int
collect_own (void *key, void *value, void *user_data)
{
  OwnPart *part = user_data;
  const GPtrArray *entries = value;
  for (unsigned i = 0; i < entries->len; i++)
    {
      const Entry *entry = entries->pdata[i];
      if (!is_own (key, entry->source))
        continue;
      append_addresses (part->pairs, part->owned, ((AempName *) key)->text, entry->addresses);
      return FALSE;
    }
  return FALSE;
}

static void
send_set (AempGlobal *global, AempPeer *to)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (AempValue));
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  OwnPart part = { global, pairs, owned };
  g_tree_foreach (global->known, collect_own, &part);
  AempValue map = { .type = AEMP_MAP, .length = pairs->len / 2,
                    .as.items = (const AempValue *) (void *) pairs->data };
  aemp_request (to, "s{sv s{sn}}", "g_set", FAMILY_LISTENERS, &map, FAMILY_GLOBALS,
                global->node->name->text);
}

static void
send_to_globals (AempGlobal *global, const AempValue *set, const AempValue *removed)
{
  for (GList *l = global->node->peers_by_age.head; l; l = l->next)
    {
      AempPeer *peer = l->data;
      if (peer->link && peer->is_global)
        aemp_request (peer, "ssvv", "g_upd", FAMILY_LISTENERS, set, removed);
    }
}

static const AempValue empty_map = { .type = AEMP_MAP };
static const AempValue empty_list = { .type = AEMP_ARRAY };

static void
send_removed (AempGlobal *global, const GPtrArray *names)
{
  if (names->len == 0)
    return;
  g_autofree AempValue *items = g_new (AempValue, names->len);
  for (unsigned i = 0; i < names->len; i++)
    items[i] = text_value (((AempName *) names->pdata[i])->text);
  AempValue list = { .type = AEMP_ARRAY, .length = names->len, .as.items = items };
  send_to_globals (global, &empty_map, &list);
}

/* --- Masters ----------------------------------------------------------------------------------- */

static void
ask_master (AempGlobal *global, const AempPeer *wanted)
{
  aemp_request (global->master, "st", "g_find", wanted->name->text,
                (size_t) wanted->name->length);
}

static void
set_master (AempGlobal *global, AempPeer *master)
{
  AempNode *node = global->node;
  global->master = master;
  AEMP_TRACE (node, .kind = AEMP_TRACE_MASTER, .peer = master ? master->name : NULL);
  if (!master)
    return;
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (AempValue));
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  if (node->listeners->len > 0)
    append_addresses (pairs, owned, node->name->text, (char **) node->listener_addresses->pdata);
  AempValue map = { .type = AEMP_MAP, .length = pairs->len / 2,
                    .as.items = (const AempValue *) (void *) pairs->data };
  aemp_request (master, "s{sv}", "g_slave", FAMILY_LISTENERS, &map);
  for (GList *l = node->peers_by_age.head; l; l = l->next)
    if (((AempPeer *) l->data)->dial)
      ask_master (global, l->data);
}

void
aemp_global_become (AempNode *node)
{
  AempGlobal *global = node->global;
  if (global->is_global)
    return;
  global->is_global = true;
  AEMP_TRACE (node, .kind = AEMP_TRACE_GLOBAL);
  if (node->listeners->len > 0)
    learn (global, node->name, node->self_peer,
           g_strdupv ((char **) node->listener_addresses->pdata));
  if (global->master)
    set_master (global, NULL);
  for (GList *l = node->peers_by_age.head; l; l = l->next)
    {
      AempPeer *peer = l->data;
      if (!peer->link)
        continue;
      aemp_request (peer, "s", "g_global");
      if (peer->is_global)
        send_set (global, peer);
    }
}

void
aemp_global_peer_up (AempPeer *peer)
{
  if (peer->node->global->is_global)
    aemp_request (peer, "s", "g_global");
}

void
aemp_global_met_seed (AempPeer *peer)
{
  AempGlobal *global = peer->node->global;
  aemp_request (peer, "s", "g_slave");
  if (!global->is_global && !global->master)
    set_master (global, peer);
}

void
aemp_global_peer_lost (AempPeer *peer)
{
  AempGlobal *global = peer->node->global;
  g_autoptr (GPtrArray) names = forget_all_of (global, peer);
  if (peer->is_slave)
    send_removed (global, names);
  peer->is_slave = false;
  if (global->master != peer)
    return;
  AEMP_MARK (peer->node, MASTER_LOST);
  set_master (global, aemp_seeds_connected (peer->node));
}

/* --- Looking for addresses ------------------------------------------------------------------------ */

static char **
find_addresses (AempGlobal *global, const AempName *name)
{
  GPtrArray *entries = g_tree_lookup (global->known, name);
  return entries ? ((Entry *) entries->pdata[0])->addresses : NULL;
}

void
aemp_global_find (AempPeer *peer)
{
  AempGlobal *global = peer->node->global;
  if (global->is_global)
    aemp_dial_found (peer, (const char *const *) find_addresses (global, peer->name));
  else if (global->master)
    ask_master (global, peer);
}

/* --- Requests --------------------------------------------------------------------------------------- */

static void
on_global (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  from->is_global = true;
  if (!global->is_global)
    return;
  g_ptr_array_unref (forget_all_of (global, from));
  send_set (global, from);
}

static void
on_slave (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *database = aemp_list_get (arguments, 0);
  aemp_global_become (global->node);
  if (!database || database->type != AEMP_MAP)
    return;
  from->is_slave = true;
  g_ptr_array_unref (forget_all_of (global, from));
  const AempValue *listeners = aemp_map_get (database, FAMILY_LISTENERS);
  if (!listeners || listeners->type != AEMP_MAP)
    return;
  learn_map (global, from, listeners);
  send_to_globals (global, listeners, &empty_list);
}

static void
on_set (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  if (!global->is_global)
    return;
  g_ptr_array_unref (forget_all_of (global, from));
  learn_map (global, from, aemp_map_get (aemp_list_get (arguments, 0), FAMILY_LISTENERS));
}

static void
on_update (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *family = aemp_list_get (arguments, 0);
  const AempValue *set = aemp_list_get (arguments, 1);
  const AempValue *removed = aemp_list_get (arguments, 2);
  if (!global->is_global || !family || !aemp_value_is (family, FAMILY_LISTENERS))
    return;
  learn_map (global, from, set);
  forget_list (global, from, removed);
  if (from->is_slave && !from->is_global)
    send_to_globals (global, set && set->type == AEMP_MAP ? set : &empty_map,
                     removed && removed->type == AEMP_ARRAY ? removed : &empty_list);
}

static void
on_find (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *wanted = aemp_list_get (arguments, 0);
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (!wanted || !aemp_value_name (wanted, &name, &owned))
    return;
  char **addresses = find_addresses (global, &name);
  if (!addresses)
    {
      aemp_request (from, "svn", "g_found", wanted);
      return;
    }
  g_autoptr (GPtrArray) lists = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) pair = g_array_new (FALSE, FALSE, sizeof (AempValue));
  append_addresses (pair, lists, "", addresses);
  aemp_request (from, "svv", "g_found", wanted, &g_array_index (pair, AempValue, 1));
}

static void
on_found (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *wanted = aemp_list_get (arguments, 0);
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (from != global->master || !wanted || !aemp_value_name (wanted, &name, &owned))
    return; /* late news from a former master */
  AempPeer *peer = aemp_peer_find (global->node, &name);
  g_auto (GStrv) addresses = addresses_of (aemp_list_get (arguments, 1));
  if (peer)
    aemp_dial_found (peer, (const char *const *) addresses);
}

typedef struct
{
  const char *word;
  void (*handle) (AempGlobal *global, AempPeer *from, const AempList *arguments);
} GlobalRequest;

static const GlobalRequest requests[] = {
  { "g_global", on_global }, { "g_slave", on_slave }, { "g_set", on_set },
  { "g_upd", on_update },    { "g_find", on_find },   { "g_found", on_found },
};

static const GlobalRequest *
find_request (const char *word)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (requests); i++)
    if (strcmp (requests[i].word, word) == 0)
      return &requests[i];
  return NULL;
}

bool
aemp_global_knows_request (const char *word)
{
  return find_request (word);
}

bool
aemp_global_request (AempPeer *from, const char *word, const AempList *arguments)
{
  const GlobalRequest *request = find_request (word);
  if (request && !aemp_peer_is_self (from)) /* relayed by somebody: nothing we say of ourselves */
    request->handle (from->node->global, from, arguments);
  return request;
}
