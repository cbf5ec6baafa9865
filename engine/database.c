/* engine/database.c */

#include "merge.h"

#include "planted.h"

struct AempDatabase
{
  AempName *self;
  AempFamilyChanged changed;
  void *user_data;
  GPtrArray *parts;            /* in their order */
  AempSorted families;         /* those that have a key, but for the moment of a change */
  GPtrArray *touched_families; /* in this change */
  unsigned depth;              /* begins without an end */
  bool is_telling;
};

AempDatabase *
aemp_database_new (const AempName *self, AempFamilyChanged changed, void *user_data)
{
  AempDatabase *database = g_new0 (AempDatabase, 1);

  database->self = aemp_name_ref (self);
  database->changed = changed;
  database->user_data = user_data;
  database->parts = g_ptr_array_new ();
  database->touched_families = g_ptr_array_new ();
  return database;
}

static void
part_free (AempPart *part)
{
  void *place = NULL;
  unsigned index;

  for (AempHolding *holding; (holding = aemp_sorted_next (&part->holdings, &place, &index));)
    g_free (holding);
  aemp_sorted_clear (&part->holdings);
  aemp_name_unref (part->speaker);
  aemp_name_unref (part->node);
  g_free (part);
}

void
aemp_database_free (AempDatabase *database)
{
  void *place = NULL;
  unsigned index;

  g_assert (database->depth == 0 && !database->is_telling);
  for (AempFamily *family; (family = aemp_sorted_next (&database->families, &place, &index));)
    aemp_family_free (family);
  aemp_sorted_clear (&database->families);
  for (index = 0; index < database->parts->len; index++)
    part_free (database->parts->pdata[index]);
  g_ptr_array_unref (database->parts);
  g_ptr_array_unref (database->touched_families);
  aemp_name_unref (database->self);
  g_free (database);
}

static int
compare_with (const AempPart *part, const AempName *speaker, const AempName *node)
{
  int order = aemp_name_compare (part->speaker, speaker);

  return order != 0 ? order : aemp_name_compare (part->node, node);
}

int
aemp_part_compare (const AempPart *one, const AempPart *other)
{
  return compare_with (one, other->speaker, other->node);
}

/* Where the part is, or would be. */
static bool
find_place (const AempDatabase *database, const AempName *speaker, const AempName *node,
            unsigned *place)
{
  unsigned behind = database->parts->len;

  *place = 0;
  while (*place < behind)
    {
      unsigned middle = (*place + behind) / 2;
      int order = compare_with (database->parts->pdata[middle], speaker, node);

      if (order == 0)
        {
          *place = middle;
          return true;
        }
      if (order < 0)
        *place = middle + 1;
      else
        behind = middle;
    }
  return false;
}

AempPart *
aemp_database_find_part (AempDatabase *database, const AempName *speaker, const AempName *node)
{
  unsigned place;

  return find_place (database, speaker, node, &place) ? database->parts->pdata[place] : NULL;
}

AempPart *
aemp_database_part (AempDatabase *database, const AempName *speaker, const AempName *node)
{
  AempPart *part;
  unsigned place;

  if (find_place (database, speaker, node, &place))
    return database->parts->pdata[place];
  part = g_new0 (AempPart, 1);
  part->database = database;
  part->speaker = aemp_name_ref (speaker);
  part->node = aemp_name_ref (node);
  part->is_own = aemp_name_equal (speaker, database->self);
  g_ptr_array_insert (database->parts, (int)place, part);
  return part;
}

bool
aemp_part_is_empty (const AempPart *part)
{
  return part->holdings.count == 0;
}

void
aemp_database_begin (AempDatabase *database)
{
  g_assert (!database->is_telling);
  database->depth++;
}

static int
compare_families (const void *one, const void *other)
{
  return aemp_name_compare (&(*(AempFamily *const *)one)->name,
                            &(*(AempFamily *const *)other)->name);
}

/* Everything is as it will be before anybody hears of it. */
static void
settle (AempDatabase *database, GArray *changes, unsigned *counts)
{
  for (unsigned index = 0; index < database->touched_families->len; index++)
    {
      AempFamily *family = database->touched_families->pdata[index];
      unsigned before = changes->len;

      aemp_family_settle (family, changes);
      counts[index] = changes->len - before;
      if (family->keys.count == 0)
        aemp_sorted_remove (&database->families, &family->name);
    }
}

static void
tell (AempDatabase *database, const GArray *changes, const unsigned *counts)
{
  const AempKeyChange *next = (const AempKeyChange *)changes->data;

  database->is_telling = true;
  for (unsigned index = 0; index < database->touched_families->len; index++)
    {
      const AempFamily *family = database->touched_families->pdata[index];

      if (counts[index] == 0)
        continue;
      if (database->changed)
        database->changed (database, &family->name, family, next, counts[index],
                           database->user_data);
      next += counts[index];
    }
  database->is_telling = false;
}

void
aemp_database_end (AempDatabase *database)
{
  g_autoptr (GArray) changes = NULL;
  g_autofree unsigned *counts = NULL;

  g_assert (database->depth > 0);
  if (--database->depth > 0 || database->touched_families->len == 0)
    return;
  changes = g_array_new (FALSE, FALSE, sizeof (AempKeyChange));
  counts = g_new (unsigned, database->touched_families->len);
  g_ptr_array_sort (database->touched_families, compare_families);
  settle (database, changes, counts);
  tell (database, changes, counts);
  for (unsigned index = 0; index < database->touched_families->len; index++)
    {
      AempFamily *family = database->touched_families->pdata[index];

      aemp_family_forget (family);
      if (family->keys.count == 0)
        aemp_family_free (family);
    }
  g_ptr_array_set_size (database->touched_families, 0);
}

static AempFamily *
family_of (AempDatabase *database, const AempName *name)
{
  AempFamily *family = aemp_sorted_find (&database->families, name);

  if (!family)
    {
      family = aemp_family_new (name, database->touched_families);
      aemp_sorted_insert (&database->families, family);
    }
  return family;
}

/* Made when it is not there; it must not stay without a key. */
static AempHolding *
holding_of (AempPart *part, const AempName *name)
{
  AempHolding *holding = aemp_sorted_find (&part->holdings, name);

  if (holding)
    return holding;
  holding = g_new0 (AempHolding, 1);
  holding->part = part;
  holding->family = family_of (part->database, name);
  holding->name = holding->family->name;
  holding->claims = (AempLink){ &holding->claims, &holding->claims };
  aemp_sorted_insert (&part->holdings, holding);
  return holding;
}

static bool
is_empty (const AempLink *claims)
{
  return claims->next == claims;
}

/* The family stays until the change is settled, unless it never had a key. */
static void
forget_if_empty (AempHolding *holding)
{
  AempFamily *family = holding->family;
  AempDatabase *database = holding->part->database;

  if (!is_empty (&holding->claims))
    return;
  aemp_sorted_remove (&holding->part->holdings, &holding->name);
  g_free (holding);
  if (family->keys.count == 0)
    {
      aemp_sorted_remove (&database->families, &family->name);
      aemp_family_free (family);
    }
}

uint64_t
aemp_part_bytes (const AempPart *part)
{
  return part->bytes;
}

static void
remove_all (AempLink *claims)
{
  while (!is_empty (claims))
    aemp_claim_remove ((AempClaim *)claims->next);
}

void
aemp_part_set (AempPart *part, const AempName *family, const AempName *key, const AempValue *value)
{
  AempHolding *holding = holding_of (part, family);

  g_assert (part->database->depth > 0);
  aemp_family_claim (holding->family, holding, key, value);
}

void
aemp_part_delete (AempPart *part, const AempName *family, const AempName *key)
{
  AempHolding *holding = aemp_sorted_find (&part->holdings, family);
  AempClaim *claim = holding ? aemp_family_find_claim (holding->family, holding, key) : NULL;

  g_assert (part->database->depth > 0);
  if (!claim)
    return;
  aemp_claim_remove (claim);
  forget_if_empty (holding);
}

/* What the map has goes into the list anew; what stays in the old one is gone. */
static void
replace_holding (AempHolding *holding, const AempValue *map)
{
  AempLink old = { &old, &old };

  if (!is_empty (&holding->claims))
    {
      aemp_link_append (&holding->claims, &old);
      aemp_link_unlink (&holding->claims);
      holding->claims = (AempLink){ &holding->claims, &holding->claims };
    }
  for (uint32_t index = 0; index < map->length; index++)
    {
      g_autoptr (AempName) owned = NULL;
      AempClaim *claim;
      AempName key;

      if (!aemp_value_name (&map->as.items[2 * index], &key, &owned))
        continue;
      claim = AEMP_PLANTED_IS_ON (map_merged_backwards)
                  ? aemp_family_find_claim (holding->family, holding, &key)
                  : NULL;
      if (!claim || !AEMP_PLANTED (map_merged_backwards))
        claim = aemp_family_claim (holding->family, holding, &key, &map->as.items[2 * index + 1]);
      aemp_link_unlink (&claim->link);
      aemp_link_append (&holding->claims, &claim->link);
    }
  remove_all (&old);
}

void
aemp_part_replace_family (AempPart *part, const AempName *family, const AempValue *map)
{
  AempHolding *holding;

  g_assert (part->database->depth > 0);
  if (map->type == AEMP_MAP && map->length > 0)
    {
      holding = holding_of (part, family);
      replace_holding (holding, map);
    }
  else
    {
      holding = aemp_sorted_find (&part->holdings, family);
      if (!holding)
        return;
      remove_all (&holding->claims);
    }
  forget_if_empty (holding);
}

/* Clears what was not named, and takes the names away again. */
static void
clear_unnamed (AempPart *part)
{
  AempHolding *holding;
  AempSorted old = part->holdings;
  void *place = NULL;
  unsigned index;

  part->holdings = (AempSorted){ 0 };
  while ((holding = aemp_sorted_next (&old, &place, &index)))
    if (holding->is_named)
      {
        holding->is_named = false;
        aemp_sorted_insert (&part->holdings, holding);
      }
    else
      {
        remove_all (&holding->claims);
        g_free (holding);
      }
  aemp_sorted_clear (&old);
}

void
aemp_part_replace (AempPart *part, const AempValue *families)
{
  uint32_t count = families->type == AEMP_MAP ? families->length : 0;

  g_assert (part->database->depth > 0);
  for (uint32_t index = 0; index < count; index++)
    {
      g_autoptr (AempName) owned = NULL;
      AempHolding *holding;
      AempName name;

      if (!aemp_value_name (&families->as.items[2 * index], &name, &owned))
        continue;
      aemp_part_replace_family (part, &name, &families->as.items[2 * index + 1]);
      holding = aemp_sorted_find (&part->holdings, &name);
      if (holding)
        holding->is_named = true;
    }
  clear_unnamed (part);
}

void
aemp_part_clear (AempPart *part)
{
  g_assert (part->database->depth > 0);
  clear_unnamed (part); /* nothing is */
}

void
aemp_part_drop (AempPart *part)
{
  AempDatabase *database = part->database;

  aemp_part_clear (part);
  g_ptr_array_remove (database->parts, part);
  part_free (part);
}

const AempFamily *
aemp_database_family (const AempDatabase *database, const AempName *name)
{
  return aemp_sorted_find (&database->families, name);
}

bool
aemp_database_next (const AempDatabase *database, AempDatabaseWalk *walk)
{
  const AempFamily *family = aemp_sorted_next (&database->families, &walk->place, &walk->index);

  if (!family)
    return false;
  walk->name = &family->name;
  walk->family = family;
  return true;
}
