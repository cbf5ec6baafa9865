/* engine/family.c */

#include "merge.h"

#include "planted.h"

#include <string.h>

#define KEPT_BOXED 0xff   /* in the message */
#define KEPT_NOTHING 0xfe /* there was no value */
#define PAIR_BYTES 100    /* what a pair takes besides its key's text and its value */
#define WALK_SHARE 8      /* a family of which that share is touched is walked instead of sorted */

/* A key as it was before the change. */
typedef struct
{
  AempKey *key;
  AempKept before;
  AempKept own_before;
} Touched;

static AempKept
keep (const AempValue *value)
{
  switch ((AempType)value->type)
    {
    case AEMP_NULL:
    case AEMP_UNDEFINED:
    case AEMP_BOOLEAN:
    case AEMP_INTEGER:
    case AEMP_DOUBLE:
      return (AempKept){ .value = *value };
    case AEMP_TEXT:
    case AEMP_BYTES:
    case AEMP_ARRAY:
    case AEMP_MAP:
    case AEMP_TAGGED:
      return (AempKept){
        .boxed = { .type = KEPT_BOXED, .message = aemp_message_new ("v", value) },
      };
    }
  g_assert_not_reached ();
}

static AempKept
keep_too (const AempKept *kept)
{
  if (!kept)
    return (AempKept){ .boxed.type = KEPT_NOTHING };
  if (kept->boxed.type == KEPT_BOXED)
    aemp_message_ref (kept->boxed.message);
  return *kept;
}

static void
release (AempKept *kept)
{
  if (kept->boxed.type == KEPT_BOXED)
    aemp_message_unref (kept->boxed.message);
}

static const AempValue *
value_of (const AempKept *kept)
{
  if (!kept || kept->boxed.type == KEPT_NOTHING)
    return NULL;
  return kept->boxed.type == KEPT_BOXED ? aemp_message_list (kept->boxed.message).items
                                        : &kept->value;
}

static const AempKept *
merged (const AempKey *key)
{
  return key->claims ? &key->claims->kept : NULL;
}

static const AempKept *
own (const AempKey *key)
{
  for (const AempClaim *claim = key->claims; claim; claim = claim->next)
    if (claim->holding->part->is_own)
      return &claim->kept;
  return NULL;
}

AempFamily *
aemp_family_new (const AempName *name, GPtrArray *touched_families)
{
  AempFamily *family = g_malloc0 (sizeof *family + name->length + 1);

  memcpy (family->text, name->text, name->length);
  family->name = (AempName){ .hash = name->hash, .length = name->length, .text = family->text };
  family->touched_families = touched_families;
  return family;
}

static AempKey *
key_new (const AempName *name)
{
  AempKey *key = g_malloc (G_STRUCT_OFFSET (AempKey, text) + name->length + 1);

  key->name = (AempName){ .hash = name->hash, .length = name->length, .text = key->text };
  key->claims = NULL;
  key->first.holding = NULL;
  key->touched = 0;
  memcpy (key->text, name->text, name->length);
  key->text[name->length] = '\0';
  return key;
}

static void
claim_free (AempClaim *claim)
{
  release (&claim->kept);
  claim->holding = NULL;
  if (claim != &claim->key->first)
    g_free (claim);
}

void
aemp_family_free (AempFamily *family)
{
  void *place = NULL;
  unsigned index;

  for (AempKey *key; (key = aemp_sorted_next (&family->keys, &place, &index));)
    {
      for (AempClaim *claim = key->claims, *next; claim; claim = next)
        {
          next = claim->next;
          claim_free (claim);
        }
      g_free (key);
    }
  aemp_sorted_clear (&family->keys);
  g_free (family);
}

static void
touch (AempFamily *family, AempKey *key)
{
  Touched touched;

  if (key->touched > 0)
    return;
  if (!family->touched)
    {
      family->touched = g_array_new (FALSE, FALSE, sizeof touched);
      g_ptr_array_add (family->touched_families, family);
    }
  touched = (Touched){ key, keep_too (merged (key)), keep_too (own (key)) };
  g_array_append_val (family->touched, touched);
  key->touched = family->touched->len;
}

static AempClaim *
find_claim (const AempKey *key, const AempHolding *holding)
{
  for (AempClaim *claim = key->claims; claim; claim = claim->next)
    if (claim->holding == holding)
      return claim;
  return NULL;
}

/* A new claim, at its place. */
static AempClaim *
add_claim (AempKey *key, AempHolding *holding)
{
  AempClaim *claim = key->first.holding ? g_new (AempClaim, 1) : &key->first;
  AempClaim **place = &key->claims;

  while (*place && aemp_part_compare ((*place)->holding->part, holding->part) < 0
         && !AEMP_PLANTED (own_key_told_by_others_wins))
    place = &(*place)->next;
  *claim = (AempClaim){ .next = *place, .key = key, .holding = holding };
  *place = claim;
  aemp_link_append (&holding->claims, &claim->link);
  return claim;
}

static uint64_t
claim_bytes (const AempClaim *claim)
{
  return PAIR_BYTES + claim->key->name.length + aemp_values_bytes (value_of (&claim->kept), 1);
}

AempClaim *
aemp_family_claim (AempFamily *family, AempHolding *holding, const AempName *name,
                   const AempValue *value)
{
  AempKey *key = aemp_sorted_find_near (&family->keys, name);
  AempClaim *claim = key ? find_claim (key, holding) : NULL;

  if (claim && aemp_value_compare (value_of (&claim->kept), value) == 0
      && !AEMP_PLANTED (equal_sets_told_again))
    return claim;
  if (!key)
    {
      key = key_new (name);
      aemp_sorted_insert (&family->keys, key);
    }
  touch (family, key);
  if (claim)
    {
      holding->part->bytes -= claim_bytes (claim);
      release (&claim->kept);
    }
  else
    claim = add_claim (key, holding);
  claim->kept = keep (value);
  holding->part->bytes += claim_bytes (claim);
  return claim;
}

AempClaim *
aemp_family_find_claim (AempFamily *family, const AempHolding *holding, const AempName *name)
{
  const AempKey *key = aemp_sorted_find_near (&family->keys, name);

  return key ? find_claim (key, holding) : NULL;
}

/* A key that nobody claims stays until the change is settled. */
void
aemp_claim_remove (AempClaim *claim)
{
  AempKey *key = claim->key;
  AempClaim **place = &key->claims;

  touch (claim->holding->family, key);
  claim->holding->part->bytes -= claim_bytes (claim);
  while (*place != claim)
    place = &(*place)->next;
  *place = claim->next;
  aemp_link_unlink (&claim->link);
  claim_free (claim);
}

static int
compare_keys (const void *one, const void *other)
{
  return aemp_name_compare (&(*(AempKey *const *)one)->name, &(*(AempKey *const *)other)->name);
}

static GPtrArray *
touched_in_order (const AempFamily *family)
{
  GPtrArray *keys = g_ptr_array_sized_new (family->touched->len);
  void *place = NULL;
  unsigned index;

  if (family->touched->len > family->keys.count / WALK_SHARE)
    {
      for (AempKey *key; (key = aemp_sorted_next (&family->keys, &place, &index));)
        if (key->touched > 0)
          g_ptr_array_add (keys, key);
      return keys;
    }
  for (index = 0; index < family->touched->len; index++)
    g_ptr_array_add (keys, g_array_index (family->touched, Touched, index).key);
  g_ptr_array_sort (keys, compare_keys);
  return keys;
}

static bool
differ (const AempValue *one, const AempValue *other)
{
  if (!one || !other)
    return one != other;
  return one != other && aemp_value_compare (one, other) != 0;
}

static uint64_t
pair_hash (const AempKey *key, const AempValue *value)
{
  return value ? aemp_database_pair_hash (&key->name, value) : 0;
}

static void
settle_key (AempFamily *family, AempKey *key, GArray *changes)
{
  const Touched *touched = &g_array_index (family->touched, Touched, key->touched - 1);
  AempKeyChange change = { .key = &key->name,
                           .before = value_of (&touched->before),
                           .after = value_of (merged (key)),
                           .own_before = value_of (&touched->own_before),
                           .own_after = value_of (own (key)) };
  bool is_changed = differ (change.before, change.after) || AEMP_PLANTED (equal_sets_told_again);

  key->touched = 0;
  family->own_count += (change.own_after != NULL);
  family->own_count -= (change.own_before != NULL);
  if (is_changed)
    family->sum += pair_hash (key, change.after) - pair_hash (key, change.before);
  if (is_changed || differ (change.own_before, change.own_after))
    g_array_append_val (changes, change);
  if (!key->claims)
    aemp_sorted_remove (&family->keys, &key->name);
}

void
aemp_family_settle (AempFamily *family, GArray *changes)
{
  g_autoptr (GPtrArray) keys = touched_in_order (family);

  for (unsigned index = 0; index < keys->len; index++)
    settle_key (family, keys->pdata[index], changes);
}

void
aemp_family_forget (AempFamily *family)
{
  for (unsigned index = 0; index < family->touched->len; index++)
    {
      Touched *touched = &g_array_index (family->touched, Touched, index);

      release (&touched->before);
      release (&touched->own_before);
      if (!touched->key->claims)
        g_free (touched->key);
    }
  g_array_unref (g_steal_pointer (&family->touched));
}

const AempValue *
aemp_family_get (const AempFamily *family, const AempName *key)
{
  const AempKey *found = family ? aemp_sorted_find (&family->keys, key) : NULL;

  return found ? value_of (merged (found)) : NULL;
}

unsigned
aemp_family_count (const AempFamily *family)
{
  return family ? family->keys.count : 0;
}

uint64_t
aemp_family_sum (const AempFamily *family)
{
  return family ? family->sum : 0;
}

bool
aemp_family_next (const AempFamily *family, AempFamilyWalk *walk)
{
  const AempKey *key
      = family ? aemp_sorted_next (&family->keys, &walk->place, &walk->index) : NULL;

  if (!key)
    return false;
  walk->key = &key->name;
  walk->value = value_of (merged (key));
  return true;
}

bool
aemp_family_next_own (const AempFamily *family, AempFamilyWalk *walk)
{
  if (family->own_count == 0)
    return false;
  while (aemp_family_next (family, walk))
    {
      walk->value = value_of (own ((const AempKey *)walk->key));
      if (walk->value)
        return true;
    }
  return false;
}

uint64_t
aemp_database_pair_hash (const AempName *key, const AempValue *value)
{
  return aemp_hash_mix (key->hash, aemp_value_hash (value));
}
