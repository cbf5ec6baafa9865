/* engine/tell.c - families in messages of a bearable size.
 *
 * What is told is gathered pair by pair.  Whenever it is a quarter of the message limit, it
 * goes out: the first part as the message that was asked for, the rest as updates. */

#include "global.h"

#include "planted.h"

#define PIECES_IN_A_MESSAGE 4
#define PAIR_OVERHEAD_BYTES (2 * sizeof (AempValue))

AempValue
aemp_name_value (const AempName *name)
{
  return (AempValue){ .type = AEMP_TEXT, .length = name->length, .as.string = name->text };
}

bool
aemp_values_same (const AempValue *one, const AempValue *other)
{
  if (one && other && one->type == AEMP_TEXT && AEMP_PLANTED (equal_sets_told_again))
    return false;
  return one == other || (one && other && aemp_value_compare (one, other) == 0);
}

void
aemp_part_set_pairs (AempPart *part, const AempName *family, const AempValue *set)
{
  for (uint32_t i = 0; set && set->type == AEMP_MAP && i < set->length; i++)
    {
      AempName key;
      g_autoptr (AempName) owned = NULL;
      if (aemp_value_name (&set->as.items[2 * i], &key, &owned))
        aemp_part_set (part, family, &key, &set->as.items[2 * i + 1]);
    }
}

void
aemp_part_delete_keys (AempPart *part, const AempName *family, const AempValue *keys)
{
  uint32_t step = keys && keys->type == AEMP_MAP ? 2 : 1;
  for (uint32_t i = 0; keys && (step == 2 || keys->type == AEMP_ARRAY) && i < keys->length; i++)
    {
      AempName key;
      g_autoptr (AempName) owned = NULL;
      if (aemp_value_name (&keys->as.items[step * i], &key, &owned))
        aemp_part_delete (part, family, &key);
    }
}

static GArray *
values_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (AempValue));
}

static AempList
list_of (const GArray *values)
{
  return (AempList){ .items = (const AempValue *)(const void *)values->data, .count = values->len };
}

void
aemp_tell_begin (AempTelling *telling, AempTellKind kind, AempPeer *const *peers, unsigned count)
{
  *telling = (AempTelling){ .kind = kind, .peers = peers, .peers_count = count };
  telling->set = values_new ();
  telling->deleted = values_new ();
  telling->families = values_new ();
}

/* --- Messages -------------------------------------------------------------------------------- */

static AempMessage *
make_update (AempTelling *telling, const char *word, const AempList *behind)
{
  const AempName *family = telling->family;
  AempList set = list_of (telling->set);
  AempList deleted = list_of (telling->deleted);
  return aemp_message_new ("st{@}[@]@", word, family->text, (size_t)family->length, &set, &deleted,
                           behind);
}

/* As 2.02's slaves say it: what is not there is left out, or null. */
static AempMessage *
make_slave_update (AempTelling *telling)
{
  const AempName *family = telling->family;
  AempList set = list_of (telling->set);
  AempList deleted = list_of (telling->deleted);
  if (deleted.count == 0)
    return aemp_message_new ("st{@}", "g_upd", family->text, (size_t)family->length, &set);
  if (set.count == 0)
    return aemp_message_new ("stn[@]", "g_upd", family->text, (size_t)family->length, &deleted);
  return aemp_message_new ("st{@}[@]", "g_upd", family->text, (size_t)family->length, &set,
                           &deleted);
}

/* The whole family; null if nobody has a key in it. */
static AempMessage *
make_contents (AempTelling *telling, const AempList *behind)
{
  const AempName *family = telling->family;
  AempList set = list_of (telling->set);
  return set.count > 0 ? aemp_message_new ("st{@}@", "g_chg1", family->text, (size_t)family->length,
                                           &set, behind)
                       : aemp_message_new ("stn", "g_chg1", family->text, (size_t)family->length);
}

static AempMessage *
make_database (AempTelling *telling, const char *word, const AempList *behind)
{
  AempList families = list_of (telling->families);
  return aemp_message_new ("s{@}@", word, &families, behind);
}

/* The message for what is gathered; and what the next one will be. */
static AempMessage *
make_message (AempTelling *telling)
{
  AempList behind = { 0 };
  if (telling->behind)
    behind = aemp_message_list (telling->behind);
  switch (telling->kind)
    {
    case AEMP_TELL_SET:
      telling->kind = AEMP_TELL_UPDATE;
      return make_database (telling, "g_set", &behind);
    case AEMP_TELL_SLAVE:
      telling->kind = AEMP_TELL_SLAVE_UPDATE;
      return make_database (telling, "g_slave", &behind);
    case AEMP_TELL_CONTENTS:
      telling->kind = AEMP_TELL_CHANGE;
      return make_contents (telling, &behind);
    case AEMP_TELL_UPDATE:
      return make_update (telling, "g_upd", &behind);
    case AEMP_TELL_SLAVE_UPDATE:
      return make_slave_update (telling);
    case AEMP_TELL_CHANGE:
      return make_update (telling, "g_chg2", &behind);
    }
  g_assert_not_reached ();
}

static bool
is_database (const AempTelling *telling)
{
  return telling->kind == AEMP_TELL_SET || telling->kind == AEMP_TELL_SLAVE;
}

/* What was gathered of a family becomes a part of the database's beginning. */
static void
close_family (AempTelling *telling)
{
  if (telling->set->len == 0)
    return;
  AempValue pair[2] = { aemp_name_value (telling->family), { .type = AEMP_MAP } };
  pair[1].length = telling->set->len / 2;
  pair[1].as.items = (const AempValue *)(void *)g_array_free (telling->set, FALSE);
  g_array_append_vals (telling->families, pair, 2);
  telling->set = values_new ();
}

static void
free_families (AempTelling *telling)
{
  for (unsigned i = 1; i < telling->families->len; i += 2)
    g_free ((void *)g_array_index (telling->families, AempValue, i).as.items);
  g_array_set_size (telling->families, 0);
}

/* Of contents that come in pieces, all but the last say that there are more. */
static void
mark_piece (AempTelling *telling, bool more)
{
  if (telling->kind == AEMP_TELL_CONTENTS)
    telling->is_open = more;
  if (telling->is_open && more)
    telling->behind = aemp_message_new ("b", true);
}

static void
flush (AempTelling *telling, bool more)
{
  if (is_database (telling))
    close_family (telling);
  bool again = telling->is_open;
  mark_piece (telling, more);
  g_autoptr (AempMessage) message = make_message (telling);
  AempList list = aemp_message_list (message);
  for (unsigned i = 0; i < telling->peers_count; i++)
    {
      AempPeer *peer = telling->peers[i];
      if (i > 0 && i + 1 == telling->peers_count && AEMP_PLANTED (last_peer_not_told))
        break;
      if (again && more && AEMP_PLANTED (pieces_after_first_lost))
        break;
      aemp_send (peer->node, &(AempAddress){ peer, peer->node->no_name }, &list);
    }
  free_families (telling);
  g_array_set_size (telling->set, 0);
  g_array_set_size (telling->deleted, 0);
  telling->bytes = 0;
  g_clear_pointer (&telling->behind, aemp_message_unref);
}

/* --- Gathering ------------------------------------------------------------------------------- */

static void
begin_family (AempTelling *telling, const AempName *family)
{
  if (is_database (telling))
    close_family (telling);
  else if (telling->set->len > 0 || telling->deleted->len > 0)
    flush (telling, false);
  telling->family = family;
}

void
aemp_tell_pair (AempTelling *telling, const AempName *family, const AempName *key,
                const AempValue *value)
{
  AempNode *node = telling->peers[0]->node;
  AempValue pair[2] = { aemp_name_value (key) };
  if (telling->family != family)
    begin_family (telling, family);
  if (value)
    {
      pair[1] = *value;
      g_array_append_vals (telling->set, pair, 2);
      telling->bytes += PAIR_OVERHEAD_BYTES + key->length + aemp_values_bytes (value, 1);
    }
  else
    {
      g_array_append_vals (telling->deleted, pair, 1);
      telling->bytes += sizeof (AempValue) + key->length;
    }
  if (telling->bytes < node->config->message_limit_bytes / PIECES_IN_A_MESSAGE
      && !aemp_env_rare (node->env, AEMP_RARE_TOLD_IN_PIECES, telling->bytes))
    return;
  AEMP_MARK (node, TOLD_IN_PIECES);
  flush (telling, true);
}

void
aemp_tell_own (AempTelling *telling, const AempDatabase *database)
{
  AempDatabaseWalk families = { 0 };
  while (aemp_database_next (database, &families))
    {
      AempFamilyWalk pairs = { 0 };
      while (aemp_family_next_own (families.family, &pairs))
        aemp_tell_pair (telling, families.name, pairs.key, pairs.value);
    }
}

void
aemp_tell_family (AempTelling *telling, const AempName *name, const AempFamily *family)
{
  AempFamilyWalk pairs = { 0 };
  telling->family = name;
  while (family && aemp_family_next (family, &pairs))
    aemp_tell_pair (telling, name, pairs.key, pairs.value);
}

void
aemp_tell_end (AempTelling *telling)
{
  bool is_first = is_database (telling) || telling->kind == AEMP_TELL_CONTENTS;
  if (is_first || telling->is_open || telling->set->len > 0 || telling->deleted->len > 0)
    flush (telling, false);
  g_array_unref (telling->set);
  g_array_unref (telling->deleted);
  g_array_unref (telling->families);
  g_clear_pointer (&telling->behind, aemp_message_unref);
}
