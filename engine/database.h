/* engine/database.h - what many nodes say, merged.
 *
 * A pure data structure.  A database consists of parts: what one node has set, as told by one
 * speaker.  A global node speaks for itself and for its slaves.  Of the parts whose speaker
 * we are ourselves (our own group) each slave has one, and so have we; of another global
 * node there is one part, its whole group merged already: speaker and node are the same.
 *
 * The value of a key is what the first part says that has it, in the order of (speaker,
 * node), both by aemp_name_compare(): a pure function of the parts, so that all
 * nodes that know the same parts agree, whatever came first.
 *
 * A change costs the logarithm of the family and the number of parts that have the key.
 * To forget a part costs what it holds.  docs/database.md says what all this is good for. */
#pragma once

#include "family.h"

typedef struct AempDatabase AempDatabase;
typedef struct AempPart AempPart;

/* The net change of one key.  NULL: it was, or is, not there.  A value that was replaced by an
 * equal one (aemp_value_compare() says 0) has not changed. */
typedef struct
{
  const AempName *key;
  const AempValue *before; /* of all parts merged */
  const AempValue *after;
  const AempValue *own_before; /* of the parts of our own group, merged */
  const AempValue *own_after;
} AempKeyChange;

/* Told when a change ends: once for each family in which something is different from before, families and
 * keys in order.  All is valid during the call, which must not change the database. */
typedef void (*AempFamilyChanged) (AempDatabase *database, const AempName *name,
                                   const AempFamily *family, const AempKeyChange *changes,
                                   unsigned count, void *user_data);

/* `changed` may be NULL.  An empty database takes little memory. */
AempDatabase *aemp_database_new (const AempName *self, AempFamilyChanged changed,
                                 void *user_data);
void aemp_database_free (AempDatabase *database); /* with its parts; nothing is told */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempDatabase, aemp_database_free)

/* The part of (speaker, node), made when it is not there.  An empty part costs nothing to the readers. */
AempPart *aemp_database_part (AempDatabase *database, const AempName *speaker,
                              const AempName *node);
/* NULL: there is none. */
AempPart *aemp_database_find_part (AempDatabase *database, const AempName *speaker,
                                   const AempName *node);
bool aemp_part_is_empty (const AempPart *part);
/* What its keys and values take in memory, about. */
uint64_t aemp_part_bytes (const AempPart *part);

/* Changes stand between begin and end; pairs may be nested, the outermost end tells.
 * Only these may be used there; names and values are copied. */
void aemp_database_begin (AempDatabase *database);
void aemp_database_end (AempDatabase *database);
void aemp_part_set (AempPart *part, const AempName *family, const AempName *key,
                    const AempValue *value);
void aemp_part_delete (AempPart *part, const AempName *family, const AempName *key);
/* The family of this part is exactly `map` from now on (anything but a map: empty). */
void aemp_part_replace_family (AempPart *part, const AempName *family, const AempValue *map);
/* The part is exactly `families`, a map of maps. */
void aemp_part_replace (AempPart *part, const AempValue *families);
void aemp_part_clear (AempPart *part);
/* Clears and forgets it. */
void aemp_part_drop (AempPart *part);

/* NULL: nobody has a key in it. */
const AempFamily *aemp_database_family (const AempDatabase *database, const AempName *name);

/* Walks the families, in order. */
typedef struct
{
  const AempName *name;
  const AempFamily *family;
  void *place; /* NULL: before the first */
  unsigned index;
} AempDatabaseWalk;
bool aemp_database_next (const AempDatabase *database, AempDatabaseWalk *walk);
/* Like aemp_family_next(), of what our own group says: what a master is told of us, and other
 * global nodes of us and our slaves. */
bool aemp_family_next_own (const AempFamily *family, AempFamilyWalk *walk);

/* Of one pair, as it counts in aemp_family_sum(). */
uint64_t aemp_database_pair_hash (const AempName *key, const AempValue *value);
