/* sim/actors/dbwatch.c - monitors a family of the database, and says what it is told.
 *
 * An independent judge: it keeps its own account of the keys and values from the news
 * alone, and each call has to follow from the one before. */

#include "sim/actors/starts.h"

#include <string.h>

typedef struct
{
  SimActor actor;
  char *family;
  char *begin;         /* keys that begin so are remarked one by one; NULL: none */
  GHashTable *account; /* char *: a key → hash of its value, uint64_t */
  bool told;
} Watch;

static void
clear_watch (SimActor *actor)
{
  Watch *watch = (Watch *)actor;

  g_free (watch->family);
  g_free (watch->begin);
  if (watch->account)
    g_hash_table_unref (watch->account);
}

static void
unref_actor (void *user_data)
{
  sim_actor_unref (user_data);
}

static void
remark (Watch *watch, const char *what, const char *key, const AempValue *value)
{
  AempNode *node = watch->actor.node;

  if (!watch->begin || !g_str_has_prefix (key, watch->begin))
    return;
  if (value)
    aemp_note (node, watch->actor.name, what, "sv", key, value);
  else
    aemp_note (node, watch->actor.name, what, "s", key);
}

static const AempValue *
find_value (const AempFamily *family, const char *key)
{
  AempName name = aemp_name_view (key, strlen (key));

  return aemp_family_get (family, &name);
}

/* Keys that were added, or had another value. */
static void
take_set (Watch *watch, const AempFamilyNews *news, const AempList *keys, const char *what)
{
  bool should_be_known = keys == &news->changed;

  for (uint32_t i = 0; i < keys->count && !watch->actor.broken; i++)
    {
      g_autofree char *key = aemp_value_dup_text (&keys->items[i], NULL);
      const AempValue *value = find_value (news->family, key);
      const uint64_t *known = g_hash_table_lookup (watch->account, key);
      uint64_t hash = value ? aemp_value_hash (value) : 0;

      if (!value)
        sim_actor_broken (&watch->actor, "key %s is told as %s, and is not there", key, what);
      else if (should_be_known != (known != NULL))
        sim_actor_broken (&watch->actor, "key %s is told as %s, and was%s there before", key, what,
                          known ? "" : " not");
      else if (known && *known == hash)
        sim_actor_broken (&watch->actor, "key %s is told as changed, and is not", key);
      else
        remark (watch, what, key, value);
      g_hash_table_replace (watch->account, g_steal_pointer (&key), g_memdup2 (&hash, sizeof hash));
    }
}

static void
take_deleted (Watch *watch, const AempFamilyNews *news)
{
  for (uint32_t i = 0; i < news->deleted.count && !watch->actor.broken; i++)
    {
      g_autofree char *key = aemp_value_dup_text (&news->deleted.items[i], NULL);

      if (!g_hash_table_remove (watch->account, key))
        sim_actor_broken (&watch->actor, "key %s is told as deleted, and was not there", key);
      else if (find_value (news->family, key))
        sim_actor_broken (&watch->actor, "key %s is told as deleted, and is there", key);
      else
        remark (watch, "deleted", key, NULL);
    }
}

static void
take_news (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  Watch *watch = user_data;
  unsigned before = g_hash_table_size (watch->account);

  if (watch->told && news->added.count + news->changed.count + news->deleted.count == 0)
    sim_actor_broken (&watch->actor, "it is called without news");
  if (!watch->told && news->changed.count + news->deleted.count > 0)
    sim_actor_broken (&watch->actor, "the first call has more than what is added");
  take_deleted (watch, news);
  take_set (watch, news, &news->added, "added");
  take_set (watch, news, &news->changed, "changed");
  unsigned count = aemp_family_count (news->family);
  if (!watch->actor.broken && count != g_hash_table_size (watch->account))
    sim_actor_broken (&watch->actor, "the family has %u keys, and %u were told", count,
                      g_hash_table_size (watch->account));
  if (!watch->told)
    aemp_note (node, watch->actor.name, "first", "I", (int)count);
  if (!watch->told || count != before)
    aemp_note (node, watch->actor.name, "has", "I", (int)count);
  watch->told = true;
}

void
sim_dbwatch_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Watch), node, arguments, user_data, clear_watch);
  Watch *watch = (Watch *)actor;

  if (!watch || !sim_actor_text (actor, "family", NULL, &watch->family)
      || !sim_actor_text (actor, "keys", "", &watch->begin) || !sim_actor_open (actor))
    return;
  if (!*watch->begin)
    g_clear_pointer (&watch->begin, g_free);
  watch->account = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  aemp_db_mon (node, watch->family, take_news, sim_actor_ref (actor), unref_actor);
}
