/* engine/family.h - a family of the shared database, for those who read it.
 *
 * A family maps keys to values.  What is read here is the merge of what all nodes say, as far
 * as this node knows it.  Everything is valid until the family changes: during the
 * callback that gave it.  Keys are walked in the order of their code points.  NULL is the
 * family without a key. */
#pragma once

#include "value.h"

typedef struct AempFamily AempFamily;

/* NULL: there is no such key.  A key without a value has the value null. */
const AempValue *aemp_family_get (const AempFamily *family, const AempName *key);
unsigned aemp_family_count (const AempFamily *family);
/* Over all its keys and values: a sum of aemp_database_pair_hash(), so that the order does
 * not matter, and equal families have equal sums.  0: empty. */
uint64_t aemp_family_sum (const AempFamily *family);

/* Walks it:
 *
 *   AempFamilyWalk walk = { 0 };
 *   while (aemp_family_next (family, &walk))
 *     use (walk.key, walk.value);
 */
typedef struct
{
  const AempName *key;
  const AempValue *value;
  void *place; /* NULL: before the first */
  unsigned index;
} AempFamilyWalk;
bool aemp_family_next (const AempFamily *family, AempFamilyWalk *walk);
