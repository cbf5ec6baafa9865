/* engine/watch.c - monitors of families.
 *
 * All monitors of a family share what is known of it: on a global node the merge itself, on
 * others a copy of what the master says.  Changes are noted, each key with what it was when
 * monitors were told last; they are told from the local queue, the net change at once.  So a
 * new master, or a change that is taken back at once, makes no news where nothing is different. */

#include "global.h"

#include "planted.h"

#include <string.h>

struct AempFamilyWatch
{
  AempName *name;
  GQueue monitors;    /* of Monitor, in the order they were set */
  GTree *changed;     /* AempName → Before */
  GHashTable *coming; /* AempName: what all there is was so far; NULL: it is complete */
  bool is_kept;       /* also without monitors */
  bool is_known;      /* what is in it */
  bool is_scheduled;  /* monitors will be told */
  bool is_telling;    /* they are being told now */
  GList by_age;
};

typedef struct
{
  uint64_t number;
  AempFamilyWatch *watch;
  AempFamilyTold told;
  AempCallback callback; /* without its function */
  AempName *context;     /* the port it belongs to; NULL: none */
  bool has_begun;        /* it was told the beginning */
  GList of_watch;
} Monitor;

/* What a key was. */
typedef struct
{
  bool is_there;
  uint64_t hash;
} Before;

struct AempWatches
{
  GHashTable *by_name;  /* AempName → AempFamilyWatch */
  GHashTable *monitors; /* number → Monitor */
  GQueue by_age;        /* of AempFamilyWatch */
  AempDatabase *copy;   /* of what the master says; NULL: not needed */
  AempPart *copied;     /* its only part */
};

static void
on_copy_changed (AempDatabase *database, const AempName *name, const AempFamily *family,
                 const AempKeyChange *changes, unsigned count, void *user_data)
{
  aemp_watches_change (user_data, name, changes, count);
}

const AempDatabase *
aemp_watches_copy (const AempNode *node)
{
  return node->watches ? node->watches->copy : NULL;
}

static AempWatches *
watches_of (AempNode *node)
{
  if (node->watches)
    return node->watches;
  AempWatches *watches = g_new0 (AempWatches, 1);
  watches->by_name = g_hash_table_new (aemp_name_hash_func, aemp_name_equal_func);
  watches->monitors = g_hash_table_new (g_int64_hash, g_int64_equal);
  node->watches = watches;
  return watches;
}

static AempPart *
copied (AempNode *node)
{
  AempWatches *watches = node->watches;
  if (!watches->copy)
    {
      watches->copy = aemp_database_new (node->name, on_copy_changed, node);
      watches->copied = aemp_database_part (watches->copy, node->name, node->name);
    }
  return watches->copied;
}

static AempFamilyWatch *
find (AempNode *node, const AempName *name)
{
  return node->watches ? g_hash_table_lookup (node->watches->by_name, name) : NULL;
}

/* What is known of a family; NULL: nothing is in it. */
static const AempFamily *
contents (AempNode *node, const AempName *name)
{
  const AempDatabase *database
      = node->global->is_global ? node->global->database : node->watches->copy;
  return database ? aemp_database_family (database, name) : NULL;
}

static void
schedule (AempNode *node, AempFamilyWatch *watch)
{
  if (watch->is_scheduled || !watch->is_known)
    return;
  watch->is_scheduled = true;
  aemp_local_push (node, &(AempLocalItem){ .kind = AEMP_LOCAL_TELL, .port = watch->name });
}

/* --- What changes ------------------------------------------------------------------------------
 */

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
note_before (AempFamilyWatch *watch, const AempName *key, const AempValue *before)
{
  if (g_tree_lookup (watch->changed, key) && !AEMP_PLANTED (first_change_not_noted))
    return;
  Before *note = g_new (Before, 1);
  *note = (Before){ before, before ? aemp_database_pair_hash (key, before) : 0 };
  g_tree_insert (watch->changed, aemp_name_new (key->text, key->length), note);
}

void
aemp_watches_change (AempNode *node, const AempName *family, const AempKeyChange *changes,
                     unsigned count)
{
  AempFamilyWatch *watch = find (node, family);
  if (!watch || !watch->is_known)
    return;
  for (unsigned i = 0; i < count; i++)
    if (!aemp_values_same (changes[i].before, changes[i].after))
      note_before (watch, changes[i].key, changes[i].before);
  schedule (node, watch);
}

/* --- Telling -----------------------------------------------------------------------------------
 */

typedef struct
{
  AempNode *node;
  AempFamilyWatch *watch;
  const AempFamily *family;
  GArray *added; /* of AempValue: names */
  GArray *changed;
  GArray *deleted;
} News;

static int
append_news (void *key, void *value, void *user_data)
{
  News *news = user_data;
  const Before *before = value;
  const AempValue *now = aemp_family_get (news->family, key);
  AempValue name = aemp_name_value (key);
  if (now && !before->is_there)
    g_array_append_val (news->added, name);
  else if (before->is_there && !now)
    g_array_append_val (news->deleted, name);
  else if (now
           && (aemp_database_pair_hash (key, now) != before->hash
               || AEMP_PLANTED (equal_sets_told_again)))
    g_array_append_val (news->changed, name);
  return FALSE;
}

static AempList
list_of (const GArray *names)
{
  return (AempList){ .items = (const AempValue *)(void *)names->data, .count = names->len };
}

static void
trace_keys (const News *news, const Monitor *monitor, const AempList *keys, const char *what)
{
  for (uint32_t i = 0; i < keys->count; i++)
    {
      AempName key = aemp_name_view (keys->items[i].as.string, keys->items[i].length);
      const AempValue *now = aemp_family_get (news->family, &key);
      AEMP_TRACE (news->node, .kind = AEMP_TRACE_DB_CHANGE, .number = monitor->number,
                  .port = news->watch->name, .other = &key,
                  .payload = now ? aemp_database_pair_hash (&key, now) : 0, .text = what);
    }
}

static void
trace_telling (const News *news, const Monitor *monitor, const AempFamilyNews *told)
{
  if (!news->node->tracer || aemp_family_is_internal (news->watch->name))
    return;
  trace_keys (news, monitor, &told->added, "added");
  trace_keys (news, monitor, &told->changed, "changed");
  trace_keys (news, monitor, &told->deleted, "deleted");
  AEMP_TRACE (news->node, .kind = AEMP_TRACE_DB_TOLD, .number = monitor->number,
              .port = news->watch->name, .payload = aemp_family_sum (news->family),
              .text = monitor->has_begun ? "change" : "first");
}

typedef struct
{
  AempFamilyTold told;
  const AempFamilyNews *news;
  void *user_data;
} Call;

static void
call (AempNode *node, const AempList *nothing, void *user_data)
{
  const Call *call = user_data;
  call->told (node, call->news, call->user_data);
}

static void
tell_one (const News *news, Monitor *monitor, const AempFamilyNews *told)
{
  AempNode *node = news->node;
  const AempList nothing = { 0 };
  Call wanted = { monitor->told, told, monitor->callback.user_data };
  AempPort *context = monitor->context ? aemp_port_find (node, monitor->context) : NULL;
  trace_telling (news, monitor, told);
  monitor->has_begun = true;
  aemp_call_in_context (node, context, call, &nothing, &wanted);
}

/* All its keys, as added ones. */
static AempMessage *
beginning (const AempFamily *family)
{
  AempFamilyWalk walk = { 0 };
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (AempValue));
  while (aemp_family_next (family, &walk))
    {
      AempValue name = aemp_name_value (walk.key);
      g_array_append_val (names, name);
    }
  AempList list = list_of (names);
  return aemp_message_new ("@", &list);
}

/* Callbacks may stop any monitor: they are gone through by number.  Those set meanwhile have
 * their own turn. */
static void
tell_all (const News *news, const AempFamilyNews *change)
{
  AempNode *node = news->node;
  g_autoptr (AempMessage) first_keys = NULL;
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  bool is_news = change->added.count + change->changed.count + change->deleted.count > 0;
  for (GList *l = news->watch->monitors.head; l; l = l->next)
    g_array_append_val (numbers, ((Monitor *)l->data)->number);
  for (unsigned i = 0; i < numbers->len; i++)
    {
      uint64_t number = g_array_index (numbers, uint64_t, i);
      Monitor *monitor = g_hash_table_lookup (node->watches->monitors, &number);
      if (!monitor || (monitor->has_begun && !is_news))
        continue;
      AempFamilyNews first = { .family = news->family };
      if (!monitor->has_begun && !first_keys)
        first_keys = beginning (news->family);
      if (!monitor->has_begun)
        first.added = aemp_message_list (first_keys);
      tell_one (news, monitor, monitor->has_begun ? change : &first);
    }
}

static void watch_end_if_unused (AempNode *node, AempFamilyWatch *watch);

void
aemp_watches_tell (AempNode *node, const AempName *name)
{
  AempFamilyWatch *watch = find (node, name);
  if (!watch || !watch->is_scheduled)
    return;
  watch->is_scheduled = false;
  News news = { .node = node, .watch = watch, .family = contents (node, name) };
  g_autoptr (GArray) added = news.added = g_array_new (FALSE, FALSE, sizeof (AempValue));
  g_autoptr (GArray) changed = news.changed = g_array_new (FALSE, FALSE, sizeof (AempValue));
  g_autoptr (GArray) deleted = news.deleted = g_array_new (FALSE, FALSE, sizeof (AempValue));
  g_autoptr (GTree) notes = watch->changed;
  watch->changed = g_tree_new_full (compare_names, NULL, name_free, g_free);
  g_tree_foreach (notes, append_news, &news);
  watch->is_telling = true;
  tell_all (&news, &(AempFamilyNews){ news.family, list_of (added), list_of (changed),
                                      list_of (deleted) });
  watch->is_telling = false;
  watch_end_if_unused (node, watch);
}

/* --- Beginning and end of a watch
 * ----------------------------------------------------------------- */

static void
ask_master (AempNode *node, const AempFamilyWatch *watch)
{
  aemp_master_ask (node->global, "st", "g_mon1", watch->name->text, (size_t)watch->name->length);
}

static void
tell_master_off (AempPeer *master, const AempFamilyWatch *watch)
{
  aemp_request (master, "st", "g_mon0", watch->name->text, (size_t)watch->name->length);
}

static AempFamilyWatch *
watch_get (AempNode *node, const char *family)
{
  AempWatches *watches = watches_of (node);
  AempName view = aemp_name_view (family, strlen (family));
  AempFamilyWatch *watch = find (node, &view);
  if (watch)
    return watch;
  watch = g_new0 (AempFamilyWatch, 1);
  watch->name = aemp_name_new (family, strlen (family));
  watch->changed = g_tree_new_full (compare_names, NULL, name_free, g_free);
  watch->is_known = node->global->is_global;
  watch->by_age.data = watch;
  g_hash_table_insert (watches->by_name, watch->name, watch);
  g_queue_push_tail_link (&watches->by_age, &watch->by_age);
  if (node->global->master)
    ask_master (node, watch);
  return watch;
}

static void
watch_free (AempNode *node, AempFamilyWatch *watch)
{
  g_queue_unlink (&node->watches->by_age, &watch->by_age);
  g_hash_table_remove (node->watches->by_name, watch->name);
  g_tree_unref (watch->changed);
  g_clear_pointer (&watch->coming, g_hash_table_unref);
  aemp_name_unref (watch->name);
  g_free (watch);
}

/* Anything but a map: there is nothing in it. */
static void
replace_copy (AempNode *node, const AempName *family, const AempValue *map)
{
  const AempValue nothing = { .type = AEMP_NULL };
  AempPart *part = copied (node);
  aemp_database_begin (node->watches->copy);
  aemp_part_replace_family (part, family, map ? map : &nothing);
  aemp_database_end (node->watches->copy);
}

static void
watch_end_if_unused (AempNode *node, AempFamilyWatch *watch)
{
  if (watch->monitors.head || watch->is_kept || watch->is_telling)
    return;
  if (node->global->master)
    tell_master_off (node->global->master, watch);
  watch->is_known = false; /* nobody wants to hear what is forgotten now */
  if (node->watches->copy)
    replace_copy (node, watch->name, NULL);
  watch_free (node, watch);
}

/* --- Masters
 * --------------------------------------------------------------------------------------- */

void
aemp_watches_ask (AempNode *node)
{
  for (GList *l = node->watches ? node->watches->by_age.head : NULL; l; l = l->next)
    {
      AempFamilyWatch *watch = l->data;
      g_clear_pointer (&watch->coming, g_hash_table_unref);
      if (!(watch->is_known && AEMP_PLANTED (families_not_asked_again)))
        ask_master (node, watch);
    }
}

void
aemp_watches_take_leave (AempNode *node, AempPeer *master)
{
  for (GList *l = node->watches ? node->watches->by_age.head : NULL; l; l = l->next)
    tell_master_off (master, l->data);
}

static void
note_keys (GHashTable *keys, const AempValue *map)
{
  for (uint32_t i = 0; map && map->type == AEMP_MAP && i < map->length; i++)
    {
      AempName key;
      g_autoptr (AempName) owned = NULL;
      if (aemp_value_name (&map->as.items[2 * i], &key, &owned))
        g_hash_table_add (keys, aemp_name_new (key.text, key.length));
    }
}

/* All pieces have come: what was in none of them is not there any more. */
static void
delete_what_did_not_come (AempNode *node, AempFamilyWatch *watch)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (name_free);
  const AempFamily *family = aemp_database_family (node->watches->copy, watch->name);
  AempFamilyWalk walk = { 0 };
  while (aemp_family_next (family, &walk))
    if (!g_hash_table_contains (watch->coming, walk.key))
      g_ptr_array_add (gone, aemp_name_new (walk.key->text, walk.key->length));
  aemp_database_begin (node->watches->copy);
  for (unsigned i = 0; i < gone->len; i++)
    aemp_part_delete (node->watches->copied, watch->name, gone->pdata[i]);
  aemp_database_end (node->watches->copy);
  g_clear_pointer (&watch->coming, g_hash_table_unref);
}

static void
hear (AempNode *node, const AempName *family, const AempValue *set, const AempValue *deleted)
{
  AempPart *part = copied (node);
  aemp_database_begin (node->watches->copy);
  aemp_part_set_pairs (part, family, set);
  aemp_part_delete_keys (part, family, deleted);
  aemp_database_end (node->watches->copy);
}

static void
hear_piece (AempNode *node, AempFamilyWatch *watch, const AempValue *set, bool more)
{
  hear (node, watch->name, set, NULL);
  note_keys (watch->coming, set);
  if (more)
    return;
  AEMP_MARK (node, HEARD_IN_PIECES);
  delete_what_did_not_come (node, watch);
  watch->is_known = true;
  schedule (node, watch);
}

void
aemp_watches_hear_contents (AempNode *node, const AempName *family, const AempValue *map, bool more)
{
  AempFamilyWatch *watch = find (node, family);
  if (!watch || node->global->is_global)
    return;
  g_clear_pointer (&watch->coming, g_hash_table_unref);
  if (more)
    {
      watch->coming
          = g_hash_table_new_full (aemp_name_hash_func, aemp_name_equal_func, name_free, NULL);
      hear_piece (node, watch, map, true);
      return;
    }
  replace_copy (node, family, map);
  watch->is_known = true;
  schedule (node, watch);
}

void
aemp_watches_hear_change (AempNode *node, const AempName *family, const AempValue *set,
                          const AempValue *deleted, bool more)
{
  AempFamilyWatch *watch = find (node, family);
  if (!watch || node->global->is_global)
    return;
  if (watch->coming)
    hear_piece (node, watch, set, more);
  else if (watch->is_known) /* 2.02 tells what nobody asked for: all of it comes first */
    hear (node, family, set, deleted);
}

/* What was known from a master, and what is in our own merge: all that is different is noted. */
static void
compare_with_merge (AempNode *node, AempFamilyWatch *watch)
{
  const AempDatabase *copy = node->watches->copy;
  const AempFamily *known = copy ? aemp_database_family (copy, watch->name) : NULL;
  AempFamilyWalk before = { 0 };
  AempFamilyWalk now = { 0 };
  while (aemp_family_next (known, &before))
    note_before (watch, before.key, before.value);
  while (aemp_family_next (contents (node, watch->name), &now))
    note_before (watch, now.key, NULL);
}

void
aemp_watches_become_global (AempNode *node)
{
  AempWatches *watches = node->watches;
  if (!watches)
    return;
  if (watches->by_age.head)
    AEMP_MARK (node, GLOBAL_WITH_WATCHES);
  for (GList *l = watches->by_age.head; l; l = l->next)
    {
      AempFamilyWatch *watch = l->data;
      if (watch->is_known)
        compare_with_merge (node, watch);
      watch->is_known = true;
      schedule (node, watch);
    }
  g_clear_pointer (&watches->copy, aemp_database_free);
  watches->copied = NULL;
}

/* --- For programs
 * ------------------------------------------------------------------------------------ */

AempMonitor
aemp_db_mon (AempNode *node, const char *family, AempFamilyTold told, void *user_data,
             GDestroyNotify destroy)
{
  AempFamilyWatch *watch = watch_get (node, family);
  Monitor *monitor = g_new0 (Monitor, 1);
  monitor->number = ++node->monitors_made;
  monitor->watch = watch;
  monitor->told = told;
  monitor->callback = (AempCallback){ NULL, user_data, destroy };
  monitor->context = node->self ? aemp_name_ref (node->self->name) : NULL;
  if (node->self)
    aemp_port_more (node->self)->has_family_monitors = true;
  monitor->of_watch.data = monitor;
  g_queue_push_tail_link (&watch->monitors, &monitor->of_watch);
  g_hash_table_insert (node->watches->monitors, &monitor->number, monitor);
  if (!aemp_family_is_internal (watch->name))
    AEMP_TRACE (node, .kind = AEMP_TRACE_DB_MONITOR, .number = monitor->number,
                .port = watch->name);
  schedule (node, watch);
  return monitor->number;
}

static void
monitor_free (AempNode *node, Monitor *monitor)
{
  g_queue_unlink (&monitor->watch->monitors, &monitor->of_watch);
  g_hash_table_remove (node->watches->monitors, &monitor->number);
  aemp_trash (node, &monitor->callback);
  g_clear_pointer (&monitor->context, aemp_name_unref);
  g_free (monitor);
}

bool
aemp_database_unmon (AempNode *node, AempMonitor number)
{
  Monitor *monitor = node->watches ? g_hash_table_lookup (node->watches->monitors, &number) : NULL;
  if (!monitor)
    return false;
  AempFamilyWatch *watch = monitor->watch;
  if (!aemp_family_is_internal (watch->name))
    AEMP_TRACE (node, .kind = AEMP_TRACE_DB_DROPPED, .number = number);
  monitor_free (node, monitor);
  watch_end_if_unused (node, watch);
  return true;
}

void
aemp_watches_port_dead (AempNode *node, const AempName *port)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  for (GList *l = node->watches ? node->watches->by_age.head : NULL; l; l = l->next)
    for (GList *m = ((AempFamilyWatch *)l->data)->monitors.head; m; m = m->next)
      {
        const Monitor *monitor = m->data;
        if (monitor->context && aemp_name_equal (monitor->context, port))
          g_array_append_val (numbers, monitor->number);
      }
  for (unsigned i = 0; i < numbers->len; i++)
    aemp_database_unmon (node, g_array_index (numbers, uint64_t, i));
}

char **
aemp_grp_get (AempNode *node, const char *group)
{
  AempFamilyWatch *watch = watch_get (node, group);
  GPtrArray *ports = g_ptr_array_new ();
  AempFamilyWalk walk = { 0 };
  watch->is_kept = true;
  while (aemp_family_next (contents (node, watch->name), &walk))
    g_ptr_array_add (ports, g_strdup (walk.key->text));
  g_ptr_array_add (ports, NULL);
  return (char **)g_ptr_array_free (ports, FALSE);
}

void
aemp_watches_free (AempNode *node)
{
  AempWatches *watches = node->watches;
  for (GList *l = watches ? watches->by_age.head : NULL, *next; l; l = next)
    {
      AempFamilyWatch *watch = l->data;
      next = l->next;
      while (watch->monitors.head)
        monitor_free (node, watch->monitors.head->data);
      watch_free (node, watch);
    }
  if (!watches)
    return;
  g_hash_table_unref (watches->monitors);
  g_hash_table_unref (watches->by_name);
  g_clear_pointer (&watches->copy, aemp_database_free);
  g_clear_pointer (&node->watches, g_free);
}
