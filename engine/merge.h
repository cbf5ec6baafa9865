/* engine/merge.h - what families are made of; for engine/database.c and engine/family.c.
 *
 * A key has a claim for each part that says something of it, in the order of the parts: the first
 * one counts.  What a key was before a change is noted when it is touched first, and compared when
 * the change is settled. */
#pragma once

#include "database.h"
#include "sorted.h"

/* In a ring around the list's head. */
typedef struct AempLink AempLink;
struct AempLink
{
  AempLink *previous;
  AempLink *next;
};

/* A value that we keep; what has no place in one is in a message of its own. */
typedef union
{
  AempValue value;
  struct
  {
    uint8_t type; /* as in `value`: an AempType, or one of our own */
    AempMessage *message;
  } boxed;
} AempKept;

struct AempPart
{
  AempDatabase *database;
  AempName *speaker;
  AempName *node;
  bool is_own; /* we are the speaker */
  uint64_t bytes; /* of all its claims */
  AempSorted holdings;
};

/* What a part has of a family: at least one key, but for the moment of a change. */
typedef struct
{
  AempName name; /* a view of the family's */
  AempPart *part;
  AempFamily *family;
  AempLink claims;
  bool is_named; /* while the part is replaced */
} AempHolding;

typedef struct AempClaim AempClaim;
typedef struct AempKey AempKey;
struct AempClaim
{
  AempLink link; /* in the holding */
  AempClaim *next; /* of the same key */
  AempKey *key;
  AempHolding *holding; /* NULL: not in use */
  AempKept kept;
};

/* In one block with its first claim and its text: a key takes 100 bytes. */
struct AempKey
{
  AempName name; /* a view of `text` */
  AempClaim *claims;
  AempClaim first; /* for whoever claims the key while that is free */
  uint32_t touched; /* 0: not in this change; else the place in the family's list, and one */
  char text[];
};

struct AempFamily
{
  AempName name; /* a view of `text` */
  AempSorted keys;
  uint64_t sum;
  unsigned own_count;         /* keys that our own group has */
  GPtrArray *touched_families; /* the database's */
  GArray *touched;            /* NULL: none */
  char text[];
};

/* The order in which parts count. */
int aemp_part_compare (const AempPart *one, const AempPart *other);

AempFamily *aemp_family_new (const AempName *name, GPtrArray *touched_families);
/* With its keys and all that is claimed of them. */
void aemp_family_free (AempFamily *family);
AempClaim *aemp_family_claim (AempFamily *family, AempHolding *holding, const AempName *name,
                              const AempValue *value);
/* The holding's; NULL: it has no such key. */
AempClaim *aemp_family_find_claim (AempFamily *family, const AempHolding *holding,
                                   const AempName *name);
void aemp_claim_remove (AempClaim *claim);

/* Ends the change of a family that was touched: appends what is different to `changes`. */
void aemp_family_settle (AempFamily *family, GArray *changes);
/* Forgets what was before. */
void aemp_family_forget (AempFamily *family);

static inline void
aemp_link_unlink (AempLink *link)
{
  link->previous->next = link->next;
  link->next->previous = link->previous;
}

static inline void
aemp_link_append (AempLink *head, AempLink *link)
{
  link->previous = head->previous;
  link->next = head;
  head->previous->next = link;
  head->previous = link;
}
