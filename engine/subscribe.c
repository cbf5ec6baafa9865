/* engine/subscribe.c - what slaves ask a global node: monitors, queries, addresses.
 *
 * Who is no slave of ours is answered, too. */

#include "global.h"

#include "planted.h"

#include <string.h>

#define FAMILIES_MAX 10000 /* that one peer can monitor; what is beyond is refused */

/* --- Monitors -------------------------------------------------------------------------------- */

static void
subscribers_free (void *subscribers)
{
  g_ptr_array_unref (subscribers);
}

static void
name_free (void *name)
{
  aemp_name_unref (name);
}

static GPtrArray *
find_subscribers (const AempGlobal *global, const AempName *family)
{
  return global->families ? g_hash_table_lookup (global->families, family) : NULL;
}

static bool
name_argument (const AempList *arguments, AempName *name, AempName **owned)
{
  const AempValue *value = aemp_list_get (arguments, 0);
  return value && aemp_value_name (value, name, owned);
}

void
aemp_subscribers_tell (AempGlobal *global, const AempName *family, const AempKeyChange *changes,
                       unsigned count)
{
  const GPtrArray *subscribers = find_subscribers (global, family);
  if (!subscribers)
    return;
  AempTelling telling;
  aemp_tell_begin (&telling, AEMP_TELL_CHANGE, (AempPeer *const *)subscribers->pdata,
                   subscribers->len);
  for (unsigned i = 0; i < count; i++)
    {
      const AempKeyChange *change = &changes[i];
      if (change->before && change->after && AEMP_PLANTED (changed_values_not_told))
        continue;
      if (!aemp_values_same (change->before, change->after))
        aemp_tell_pair (&telling, family, change->key, change->after);
    }
  aemp_tell_end (&telling);
}

static void
subscribe (AempGlobal *global, AempPeer *peer, const AempName *family)
{
  AempMember *member = aemp_global_member (peer);
  if (!global->families)
    global->families = g_hash_table_new_full (aemp_name_hash_func, aemp_name_equal_func, name_free,
                                              subscribers_free);
  GPtrArray *subscribers = find_subscribers (global, family);
  if (!subscribers)
    {
      subscribers = g_ptr_array_new ();
      g_hash_table_insert (global->families, aemp_name_ref (family), subscribers);
    }
  if (g_ptr_array_find (subscribers, peer, NULL))
    return;
  if (!member->families)
    member->families = g_ptr_array_new_with_free_func (name_free);
  g_ptr_array_add (subscribers, peer);
  g_ptr_array_add (member->families, aemp_name_ref (family));
}

static void
unsubscribe (AempGlobal *global, AempPeer *peer, const AempName *family)
{
  GPtrArray *subscribers = find_subscribers (global, family);
  if (subscribers && g_ptr_array_remove (subscribers, peer) && subscribers->len == 0)
    g_hash_table_remove (global->families, family);
}

void
aemp_subscriber_lost (AempPeer *peer)
{
  if (peer->known && AEMP_PLANTED (subscribers_outlive_connection))
    return;
  GPtrArray *families = peer->member ? g_steal_pointer (&peer->member->families) : NULL;
  for (unsigned i = 0; families && i < families->len; i++)
    unsubscribe (peer->node->global, peer, families->pdata[i]);
  g_clear_pointer (&families, g_ptr_array_unref);
}

void
aemp_on_mon1 (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (!global->is_global || !name_argument (arguments, &name, &owned))
    return;
  if (from->member && from->member->families && from->member->families->len >= FAMILIES_MAX)
    {
      AEMP_TRACE (from->node, .kind = AEMP_TRACE_REFUSED, .peer = from->name, .text = "g_mon1");
      return;
    }
  AempTelling telling;
  subscribe (global, from, &name);
  aemp_tell_begin (&telling, AEMP_TELL_CONTENTS, &from, 1);
  aemp_tell_family (&telling, &name, aemp_database_family (global->database, &name));
  aemp_tell_end (&telling);
}

static void
forget_family (AempMember *member, const AempName *family)
{
  for (unsigned i = 0; member && member->families && i < member->families->len; i++)
    if (aemp_name_equal (member->families->pdata[i], family))
      {
        g_ptr_array_remove_index_fast (member->families, i);
        return;
      }
}

void
aemp_on_mon0 (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (!name_argument (arguments, &name, &owned))
    return;
  unsubscribe (global, from, &name);
  forget_family (from->member, &name);
}

/* --- Queries --------------------------------------------------------------------------------- */

static void
answer (AempGlobal *global, AempPeer *from, const AempList *arguments, AempAsk ask)
{
  AempName name;
  g_autoptr (AempName) owned = NULL;
  const AempValue *number = aemp_list_get (arguments, 1);
  if (!global->is_global || !number || !name_argument (arguments, &name, &owned))
    return;
  g_autoptr (AempMessage) answer = aemp_family_answer (global->node, &name, ask);
  AempList list = aemp_message_list (answer);
  aemp_request (from, "sv@", "g_reply", number, &list);
}

void
aemp_on_db_family (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  answer (global, from, arguments, AEMP_ASK_FAMILY);
}

void
aemp_on_db_keys (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  answer (global, from, arguments, AEMP_ASK_KEYS);
}

void
aemp_on_db_values (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  answer (global, from, arguments, AEMP_ASK_VALUES);
}

void
aemp_on_find (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (!global->is_global || !name_argument (arguments, &name, &owned))
    return;
  const AempValue *listeners = aemp_global_listeners (global, &name);
  const AempValue *wanted = aemp_list_get (arguments, 0);
  if (listeners)
    aemp_request (from, "svv", "g_found", wanted, listeners);
  else
    aemp_request (from, "svn", "g_found", wanted);
}
