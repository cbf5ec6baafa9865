/* engine/global.c - who is global; the parts of the others, and what becomes of a change.
 *
 * docs/database.md says who tells whom what, and why.  A part is bound to the connection over
 * which it was told, and is dropped with it. */

#include "global.h"

#include "planted.h"

#include <string.h>

static void on_changed (AempDatabase *database, const AempName *name, const AempFamily *family,
                        const AempKeyChange *changes, unsigned count, void *user_data);

AempGlobal *
aemp_global_new (AempNode *node)
{
  AempGlobal *global = g_new0 (AempGlobal, 1);
  global->node = node;
  global->globals = g_ptr_array_new ();
  return global;
}

void
aemp_global_free (AempGlobal *global)
{
  aemp_mesh_free (global->mesh);
  aemp_timer_free (global->patience);
  g_ptr_array_unref (global->globals);
  g_clear_pointer (&global->families, g_hash_table_unref);
  g_clear_pointer (&global->database, aemp_database_free);
  g_free (global);
}

bool
aemp_global_is (const AempNode *node)
{
  return node->global->is_global;
}

/* --- Our own part ---------------------------------------------------------------------------- */

static AempName
name_of (const char *text)
{
  return aemp_name_view (text, strlen (text));
}

static void
set_own (AempGlobal *global, const char *family, const AempName *key, const AempValue *value)
{
  AempName name = name_of (family);
  aemp_part_set (global->own, &name, key, value);
}

static void
delete_own (AempGlobal *global, const char *family, const AempName *key)
{
  AempName name = name_of (family);
  aemp_part_delete (global->own, &name, key);
}

AempMessage *
aemp_global_own_listeners (const AempNode *node)
{
  unsigned count = node->listeners->len;
  g_autofree AempValue *items = g_new (AempValue, MAX (count, 1));
  for (unsigned i = 0; i < count; i++)
    {
      const char *address = node->listener_addresses->pdata[i];
      items[i] = (AempValue){ .type = AEMP_TEXT, .length = strlen (address), .as.string = address };
    }
  AempList list = { .items = items, .count = count };
  return aemp_message_new ("[@]", &list);
}

static void
set_own_listeners (AempGlobal *global, AempPart *own)
{
  AempNode *node = global->node;
  g_autoptr (AempMessage) listeners = aemp_global_own_listeners (node);
  AempList list = aemp_message_list (listeners);
  AempName family = name_of (AEMP_FAMILY_LISTENERS);
  if (list.items[0].length > 0)
    aemp_part_set (own, &family, node->name, &list.items[0]);
}

AempPart *
aemp_global_own (AempGlobal *global)
{
  AempName *self = global->node->name;
  if (global->own)
    return global->own;
  global->database = aemp_database_new (self, on_changed, global);
  AempPart *own = aemp_database_part (global->database, self, self);
  aemp_database_begin (global->database);
  set_own_listeners (global, own);
  aemp_database_end (global->database);
  global->own = own; /* what changes from now on is news */
  return own;
}

void
aemp_global_start (AempNode *node)
{
  AempGlobal *global = node->global;
  if (global->own) /* made before there were listeners */
    {
      aemp_database_begin (global->database);
      set_own_listeners (global, global->own);
      aemp_database_end (global->database);
    }
  if (node->config->global)
    aemp_global_become (node);
}

/* --- A change ----------------------------------------------------------------------------------
 */

/* What our group says has changed: the other global nodes are told, or the master. */
static void
tell_own (AempGlobal *global, const AempName *family, const AempKeyChange *changes, unsigned count)
{
  AempTelling telling;
  if (global->is_global && global->globals->len > 0
      && !(global->master && AEMP_PLANTED (global_node_takes_master)))
    aemp_tell_begin (&telling, AEMP_TELL_UPDATE, (AempPeer *const *)global->globals->pdata,
                     global->globals->len);
  else if (global->master)
    aemp_tell_begin (&telling, AEMP_TELL_SLAVE_UPDATE, &global->master, 1);
  else
    return;
  for (unsigned i = 0; i < count; i++)
    {
      const AempKeyChange *change = &changes[i];
      if (aemp_values_same (change->own_before, change->own_after))
        continue;
      if (global->is_global && !telling.family)
        telling.behind = aemp_claims_take_news (global);
      aemp_tell_pair (&telling, family, change->key, change->own_after);
    }
  aemp_tell_end (&telling);
}

static void
look_at_globals (AempGlobal *global, const AempKeyChange *change)
{
  if (aemp_name_equal (change->key, global->node->name))
    return;
  if (change->after && !change->before)
    aemp_mesh_add (global->mesh, change->key);
  else if (!change->after)
    aemp_mesh_remove (global->mesh, change->key);
}

/* Those who wait for an address. */
static void
look_at_listeners (AempGlobal *global, const AempKeyChange *change)
{
  AempPeer *peer = aemp_peer_find (global->node, change->key);
  if (!change->after)
    return;
  aemp_mesh_found (global->mesh, change->key);
  if (!peer || !peer->dial || !aemp_dial_wants_addresses (peer->dial))
    return;
  g_auto (GStrv) addresses = aemp_global_addresses (change->after);
  aemp_dial_found (peer, (const char *const *)addresses);
}

static void
on_changed (AempDatabase *database, const AempName *name, const AempFamily *family,
            const AempKeyChange *changes, unsigned count, void *user_data)
{
  AempGlobal *global = user_data;
  bool globals = strcmp (name->text, AEMP_FAMILY_GLOBALS) == 0;
  bool listeners = strcmp (name->text, AEMP_FAMILY_LISTENERS) == 0;
  if (!global->own)
    return; /* a master knows where we listen */
  tell_own (global, name, changes, count);
  if (!global->is_global)
    return; /* what others see of it, and we, comes from the master */
  aemp_subscribers_tell (global, name, changes, count);
  aemp_watches_change (global->node, name, changes, count);
  for (unsigned i = 0; i < count && globals; i++)
    look_at_globals (global, &changes[i]);
  for (unsigned i = 0; i < count && listeners; i++)
    look_at_listeners (global, &changes[i]);
}

/* --- Becoming global ----------------------------------------------------------------------------
 */

static void
send_set (AempGlobal *global, AempPeer *to)
{
  AempTelling telling;
  aemp_tell_begin (&telling, AEMP_TELL_SET, &to, 1);
  if (to->instance) /* 2.02 knows no claims */
    telling.behind = aemp_claims_of_all (global);
  aemp_tell_own (&telling, global->database);
  aemp_tell_end (&telling);
}

/* All are told that we are global; those that are as well hear what we have, and are noted. */
static void
tell_everybody (AempGlobal *global)
{
  AempNode *node = global->node;
  for (GList *l = node->peers_by_age.head; l; l = l->next)
    if (((AempPeer *)l->data)->link)
      aemp_request (l->data, "s", "g_global");
  aemp_database_begin (global->database);
  for (unsigned i = 0; i < global->globals->len; i++)
    set_own (global, AEMP_FAMILY_GLOBALS, ((AempPeer *)global->globals->pdata[i])->name,
             &(AempValue){ .type = AEMP_NULL });
  aemp_database_end (global->database);
  for (unsigned i = 0; i < global->globals->len; i++)
    send_set (global, global->globals->pdata[i]);
}

void
aemp_global_become (AempNode *node)
{
  AempGlobal *global = node->global;
  if (global->is_global)
    return;
  aemp_master_leave (global);
  aemp_global_own (global);
  aemp_database_begin (global->database);
  set_own (global, AEMP_FAMILY_GLOBALS, node->name, &(AempValue){ .type = AEMP_NULL });
  aemp_database_end (global->database);
  global->mesh = aemp_mesh_new (node);
  global->is_global = true;
  AEMP_TRACE (node, .kind = AEMP_TRACE_GLOBAL);
  tell_everybody (global);
  aemp_watches_become_global (node);
  aemp_questions_put (node);
}

/* --- Peers come and go ---------------------------------------------------------------------------
 */

AempMember *
aemp_global_member (AempPeer *peer)
{
  if (!peer->member)
    peer->member = g_new0 (AempMember, 1);
  return peer->member;
}

void
aemp_member_free (AempMember *member)
{
  if (!member)
    return;
  g_clear_pointer (&member->families, g_ptr_array_unref);
  g_free (member);
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
  aemp_request (peer, "s", "g_slave");
  aemp_master_offer (peer->node->global, peer);
}

static void
drop_part (AempPart **part)
{
  g_clear_pointer (part, aemp_part_drop);
}

void
aemp_global_forget_slave (AempPeer *peer)
{
  AempGlobal *global = peer->node->global;
  peer->is_slave = false;
  if (!peer->member || !peer->member->slave)
    return;
  aemp_database_begin (global->database);
  drop_part (&peer->member->slave);
  aemp_database_end (global->database);
}

/* Everything that was bound to the connection goes, in one change. */
static void
forget_member (AempGlobal *global, AempPeer *peer)
{
  AempMember *member = g_steal_pointer (&peer->member);
  peer->is_slave = false;
  if (global->is_global)
    {
      aemp_database_begin (global->database);
      if (member && !AEMP_PLANTED (slave_part_outlives_slave))
        drop_part (&member->slave);
      if (member && !AEMP_PLANTED (part_outlives_node))
        drop_part (&member->global);
      delete_own (global, AEMP_FAMILY_GLOBALS, peer->name);
      if (!AEMP_PLANTED (stale_addresses_told))
        delete_own (global, AEMP_FAMILY_LISTENERS, peer->name);
      aemp_database_end (global->database);
    }
  aemp_member_free (member);
}

void
aemp_global_unreachable (AempPeer *peer)
{
  AempMesh *mesh = peer->node->global->mesh;
  if (mesh)
    aemp_mesh_peer_lost (mesh, peer);
}

void
aemp_global_peer_lost (AempPeer *peer)
{
  AempGlobal *global = peer->node->global;
  g_ptr_array_remove (global->globals, peer);
  aemp_subscriber_lost (peer);
  forget_member (global, peer);
  aemp_master_lost (global, peer);
  aemp_global_unreachable (peer);
}

/* --- Addresses
 * ------------------------------------------------------------------------------------ */

const AempValue *
aemp_global_listeners (const AempGlobal *global, const AempName *name)
{
  AempName family_name = name_of (AEMP_FAMILY_LISTENERS);
  const AempFamily *family
      = global->database ? aemp_database_family (global->database, &family_name) : NULL;
  return family ? aemp_family_get (family, name) : NULL;
}

char **
aemp_global_addresses (const AempValue *listeners)
{
  GPtrArray *addresses = g_ptr_array_new ();
  for (uint32_t i = 0; listeners && listeners->type == AEMP_ARRAY && i < listeners->length; i++)
    {
      char *text = aemp_value_dup_text (&listeners->as.items[i], NULL);
      if (text)
        g_ptr_array_add (addresses, text);
    }
  g_ptr_array_add (addresses, NULL);
  return (char **)g_ptr_array_free (addresses, FALSE);
}

void
aemp_global_find (AempPeer *peer)
{
  AempGlobal *global = peer->node->global;
  if (global->is_global)
    {
      g_auto (GStrv) addresses = aemp_global_addresses (aemp_global_listeners (global, peer->name));
      aemp_dial_found (peer, (const char *const *)addresses);
    }
  else if (global->master)
    aemp_master_ask (global, "st", "g_find", peer->name->text, (size_t)peer->name->length);
}

/* --- What other global nodes and slaves say
 * --------------------------------------------------------- */

/* 2.02 answers by g_set, but not if it was no global node yet when it heard that we are one: it
 * hears it again, while it knows nothing of us that it would drop. */
static void
repeat_global (AempPeer *to)
{
  if (!to->instance)
    aemp_request (to, "s", "g_global");
}

static void
on_global (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  bool is_news = !from->is_global;
  if (is_news)
    g_ptr_array_add (global->globals, from);
  from->is_global = true;
  if (!global->is_global)
    return;
  if (is_news)
    repeat_global (from);
  AempMember *member = aemp_global_member (from);
  aemp_database_begin (global->database);
  member->claim = 0;
  drop_part (&member->slave);
  drop_part (&member->global);
  set_own (global, AEMP_FAMILY_GLOBALS, from->name, &(AempValue){ .type = AEMP_NULL });
  aemp_database_end (global->database);
  send_set (global, from);
}

static AempPart *
part_of_slave (AempGlobal *global, AempPeer *from)
{
  AempMember *member = aemp_global_member (from);
  if (!member->slave)
    member->slave = aemp_database_part (global->database, global->node->name, from->name);
  return member->slave;
}

static AempPart *
part_of_global (AempGlobal *global, AempPeer *from)
{
  AempMember *member = aemp_global_member (from);
  if (!member->global)
    member->global = aemp_database_part (global->database, from->name, from->name);
  return member->global;
}

static void
limit_part (AempPeer *from, const AempPart *part)
{
  uint64_t limit = from->node->config->message_limit_bytes * AEMP_PART_MAX_MESSAGES;
  if (part && aemp_part_bytes (part) > limit)
    aemp_peer_lose_later (from, "its part of the database is too large");
}

/* A change of what a peer has said is over. */
static void
end_change (AempGlobal *global, AempPeer *from)
{
  aemp_database_end (global->database);
  limit_part (from, from->member->slave);
  limit_part (from, from->member->global);
}

/* With an empty database, and no claim, one of ours takes back that we are its master. */
static void
on_slave (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *database = aemp_list_get (arguments, 0);
  const AempValue *claim = aemp_list_get (arguments, 1);
  aemp_global_become (global->node);
  if (!database || database->type != AEMP_MAP)
    return;
  if (database->length == 0 && !claim && from->instance)
    {
      aemp_global_forget_slave (from);
      return;
    }
  from->is_slave = true;
  aemp_claim_take (from, claim);
  aemp_database_begin (global->database);
  aemp_part_replace (part_of_slave (global, from), database);
  end_change (global, from);
  aemp_claims_tell_rest (global);
}

/* Where another global node listens, as it says itself, is noted in our own part. */
static void
note_listeners (AempGlobal *global, const AempPeer *from, const AempValue *listeners)
{
  for (uint32_t i = 0; listeners && listeners->type == AEMP_MAP && i < listeners->length; i++)
    {
      AempName key;
      g_autoptr (AempName) owned = NULL;
      if (aemp_value_name (&listeners->as.items[2 * i], &key, &owned)
          && aemp_name_equal (&key, from->name)
          && !(AEMP_PLANTED_IS_ON (listeners_of_restarted_stay)
               && aemp_global_listeners (global, from->name)
               && AEMP_PLANTED (listeners_of_restarted_stay)))
        set_own (global, AEMP_FAMILY_LISTENERS, from->name, &listeners->as.items[2 * i + 1]);
    }
}

static void
on_set (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *database = aemp_list_get (arguments, 0);
  if (!global->is_global || !from->is_global || !database || database->type != AEMP_MAP)
    return;
  aemp_database_begin (global->database);
  aemp_claims_hear (from, aemp_list_get (arguments, 1));
  aemp_part_replace (part_of_global (global, from), database);
  note_listeners (global, from, aemp_map_get (database, AEMP_FAMILY_LISTENERS));
  end_change (global, from);
}

/* A global node of 2.02 that has made us its master goes on telling what it sets in the form
 * of slaves, and only us: so we speak for it.  What it had said as a global node is older. */
static void
update_slave (AempGlobal *global, AempPeer *from, const AempName *family, const AempValue *set,
              const AempValue *deleted)
{
  AempPart *part = part_of_slave (global, from);
  aemp_part_set_pairs (part, family, set);
  aemp_part_delete_keys (part, family, deleted);
  if (!from->member->global)
    return;
  aemp_part_delete_keys (from->member->global, family, set);
  aemp_part_delete_keys (from->member->global, family, deleted);
}

static void
update_global (AempGlobal *global, AempPeer *from, const AempName *family, const AempValue *set,
               const AempValue *deleted)
{
  AempPart *part = part_of_global (global, from);
  aemp_part_set_pairs (part, family, set);
  if (!AEMP_PLANTED (deletes_not_taken_over))
    aemp_part_delete_keys (part, family, deleted);
  if (strcmp (family->text, AEMP_FAMILY_LISTENERS) == 0)
    note_listeners (global, from, set);
}

static void
on_update (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *family_value = aemp_list_get (arguments, 0);
  const AempValue *set = aemp_list_get (arguments, 1);
  const AempValue *deleted = aemp_list_get (arguments, 2);
  AempName family;
  g_autoptr (AempName) owned = NULL;
  bool complete = set && set->type == AEMP_MAP && deleted;
  if (!global->is_global || !family_value || !aemp_value_name (family_value, &family, &owned))
    return;
  if (from->member && from->member->turned_away)
    return;
  aemp_database_begin (global->database);
  if (from->is_global)
    aemp_claims_hear (from, aemp_list_get (arguments, 3));
  if (from->is_global && (complete || !from->is_slave))
    update_global (global, from, &family, set, deleted);
  else
    update_slave (global, from, &family, set, deleted);
  end_change (global, from);
}

/* --- The table
 * ------------------------------------------------------------------------------------- */

typedef struct
{
  const char *word;
  void (*handle) (AempGlobal *global, AempPeer *from, const AempList *arguments);
} GlobalRequest;

static const GlobalRequest requests[] = {
  { "g_global", on_global },
  { "g_slave", on_slave },
  { "g_set", on_set },
  { "g_upd", on_update },
  { "g_find", aemp_on_find },
  { "g_found", aemp_on_found },
  { "g_mon1", aemp_on_mon1 },
  { "g_mon0", aemp_on_mon0 },
  { "g_chg1", aemp_on_chg1 },
  { "g_chg2", aemp_on_chg2 },
  { "g_db_family", aemp_on_db_family },
  { "g_db_keys", aemp_on_db_keys },
  { "g_db_values", aemp_on_db_values },
  { "g_reply", aemp_on_reply },
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
