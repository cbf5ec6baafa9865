/* engine/global.h - what the parts of a node that make the database share.
 *
 * On a global node everything said goes into one AempDatabase (global.c), and what changes
 * there is told to the other global nodes, to the slaves that monitor it, and to our own
 * monitors, in this order.  On a slave there is only its own part, which the master
 * is told, and for each family that is monitored here, a copy of what the master says. */
#pragma once

#include "database.h"
#include "internal.h"

/* --- global.c ------------------------------------------------------------------------- */

/* What one peer can fill of a database, in messages of the largest size; then the connection
 * is given up, and its part with it: nobody goes on with half of what it said. */
#define AEMP_PART_MAX_MESSAGES 8

#define AEMP_FAMILY_LISTENERS "'l" /* node ID → list of host:port */
#define AEMP_FAMILY_GLOBALS "'g"   /* node ID of a global node → null */

struct AempGlobal
{
  AempNode *node;
  bool is_global;
  AempDatabase *database; /* our own part; if global, everybody's.  NULL: not needed yet */
  AempPart *own;          /* in it */
  GPtrArray *globals;     /* of AempPeer: those that said they are, oldest first */
  GHashTable *families;   /* subscribe.c: AempName → who monitors it.  NULL: nobody ever did */
  AempMesh *mesh;         /* mesh.c; NULL: we are not global */
  bool claims_news;       /* claim.c: there are claims that the other global nodes do not know */

  /* master.c */
  AempPeer *master;    /* NULL: none; never one when we are global */
  uint64_t masters;    /* chosen so far: our claim */
  unsigned asked;      /* questions that it has not answered */
  AempTimer *patience; /* with a master that does not answer; NULL: never asked one */
};

/* What a peer is in the database of a global node, as long as this connection lasts. */
struct AempMember
{
  AempPart *slave;     /* in our own group; NULL: it said nothing */
  AempPart *global;    /* as a global node; NULL: it said nothing */
  uint64_t claim;      /* that made us its master; 0: it has none (Perl) */
  bool claim_is_news;  /* the other global nodes do not know it */
  bool turned_away;    /* another one is its master now */
  bool is_probed;      /* it is being asked for a sign of life */
  GPtrArray *families; /* subscribe.c: AempName, that it monitors; NULL: none */
};

/* Our own part; it is made now at the latest. */
AempPart *aemp_global_own (AempGlobal *global);
/* A message of one list: where we listen. */
AempMessage *aemp_global_own_listeners (const AempNode *node);
AempMember *aemp_global_member (AempPeer *peer);
void aemp_member_free (AempMember *member); /* not its parts */
/* It is no slave of ours any more. */
void aemp_global_forget_slave (AempPeer *peer);
/* The merged addresses of a node; NULL: unknown. */
const AempValue *aemp_global_listeners (const AempGlobal *global, const AempName *name);
/* Host:port, as far as they are strings, for g_strfreev(). */
char **aemp_global_addresses (const AempValue *listeners);

/* --- claim.c ---------------------------------------------------------------------------- */

/* A slave made us its master; `claim` (may be NULL) stood behind its database. */
void aemp_claim_take (AempPeer *slave, const AempValue *claim);
/* Another global node speaks of its slaves' claims. */
void aemp_claims_hear (AempPeer *from, const AempValue *claims);
/* Those of all our slaves, for another global node; NULL: there are none. */
AempMessage *aemp_claims_of_all (AempGlobal *global);
/* Those that the others have not been told, and are told now; NULL: none. */
AempMessage *aemp_claims_take_news (AempGlobal *global);
/* If no change has carried them, they are told alone. */
void aemp_claims_tell_rest (AempGlobal *global);

/* --- mesh.c ----------------------------------------------------------------------------- */

AempMesh *aemp_mesh_new (AempNode *node);
void aemp_mesh_free (AempMesh *mesh);
/* A name appeared in the merged `'g`, or left it. */
void aemp_mesh_add (AempMesh *mesh, const AempName *name);
void aemp_mesh_remove (AempMesh *mesh, const AempName *name);
/* Where it listens is known now. */
void aemp_mesh_found (AempMesh *mesh, const AempName *name);
/* A connection is lost, or could not be made. */
void aemp_mesh_peer_lost (AempMesh *mesh, const AempPeer *peer);

/* --- subscribe.c ------------------------------------------------------------------------ */

void aemp_subscribers_tell (AempGlobal *global, const AempName *family,
                            const AempKeyChange *changes, unsigned count);
void aemp_subscriber_lost (AempPeer *peer);
void aemp_on_mon1 (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_mon0 (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_db_family (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_db_keys (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_db_values (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_find (AempGlobal *global, AempPeer *from, const AempList *arguments);

/* --- master.c --------------------------------------------------------------------------- */

/* A seed is connected: it may become the master. */
void aemp_master_offer (AempGlobal *global, AempPeer *seed);
void aemp_master_lost (AempGlobal *global, AempPeer *peer);
/* We are global from now on. */
void aemp_master_leave (AempGlobal *global);
/* Sends it a request that it will answer. */
void aemp_master_ask (AempGlobal *global, const char *format, ...);
void aemp_on_found (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_reply (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_chg1 (AempGlobal *global, AempPeer *from, const AempList *arguments);
void aemp_on_chg2 (AempGlobal *global, AempPeer *from, const AempList *arguments);

/* --- tell.c ----------------------------------------------------------------------------- */

typedef enum
{
  AEMP_TELL_SET,          /* g_set DATABASE, then UPDATE */
  AEMP_TELL_SLAVE,        /* g_slave DATABASE, then SLAVE_UPDATE */
  AEMP_TELL_CONTENTS,     /* g_chg1 FAMILY MAP, then CHANGE */
  AEMP_TELL_UPDATE,       /* g_upd FAMILY SET DELETED */
  AEMP_TELL_SLAVE_UPDATE, /* g_upd FAMILY SET, or g_upd FAMILY null DELETED */
  AEMP_TELL_CHANGE,       /* g_chg2 FAMILY SET DELETED */
} AempTellKind;

typedef struct
{
  AempTellKind kind;
  AempPeer *const *peers; /* to whom */
  unsigned peers_count;
  AempMessage *behind;    /* elements behind those of the first message; may be NULL */
  const AempName *family; /* of `set` and `deleted` */
  GArray *set;            /* of AempValue: key, value …; what they point to is borrowed */
  GArray *deleted;        /* of AempValue */
  GArray *families;       /* of AempValue: name, map …: the beginning of a database */
  uint64_t bytes;         /* of all of it, about */
  bool is_open;           /* of the contents more is to come: the last piece will not say so */
} AempTelling;

void aemp_tell_begin (AempTelling *telling, AempTellKind kind, AempPeer *const *peers,
                      unsigned count);
/* Names and values have to stay until the end; a NULL value: the key is deleted. */
void aemp_tell_pair (AempTelling *telling, const AempName *family, const AempName *key,
                     const AempValue *value);
/* All in our own group; all there is in a family. */
void aemp_tell_own (AempTelling *telling, const AempDatabase *database);
void aemp_tell_family (AempTelling *telling, const AempName *name, const AempFamily *family);
void aemp_tell_end (AempTelling *telling);
/* Both missing, or equal. */
bool aemp_values_same (const AempValue *one, const AempValue *other);
AempValue aemp_name_value (const AempName *name);
/* Sets the pairs of a map; deletes the keys of a map or a list; anything else is nothing. */
void aemp_part_set_pairs (AempPart *part, const AempName *family, const AempValue *set);
void aemp_part_delete_keys (AempPart *part, const AempName *family, const AempValue *keys);

/* --- db.c ------------------------------------------------------------------------------- */

void aemp_settings_take (AempNode *node, const AempLocalItem *item);
void aemp_settings_free (AempNode *node);
/* Families of the network itself are not for programs, nor for the trace. */
bool aemp_family_is_internal (const AempName *family);

/* --- watch.c ---------------------------------------------------------------------------- */

/* The merged contents changed: on a global node all of it, else what a master told. */
void aemp_watches_change (AempNode *node, const AempName *family, const AempKeyChange *changes,
                          unsigned count);
void aemp_watches_tell (AempNode *node, const AempName *family);
/* What they watch is not what a master says any more, but our own merge. */
void aemp_watches_become_global (AempNode *node);
/* A new master, who is asked for all families; one who is asked for them no more. */
void aemp_watches_ask (AempNode *node);
void aemp_watches_take_leave (AempNode *node, AempPeer *master);
/* What a master said: all there is, or a change; each of them may be missing, or of any kind.
 * `more`: the rest of all there is comes as changes, of which the last one has no more. */
void aemp_watches_hear_contents (AempNode *node, const AempName *family, const AempValue *map,
                                 bool more);
void aemp_watches_hear_change (AempNode *node, const AempName *family, const AempValue *set,
                               const AempValue *deleted, bool more);
/* Monitors that were set in its context end. */
void aemp_watches_port_dead (AempNode *node, const AempName *port);
/* All that a master has said; NULL: nothing. */
const AempDatabase *aemp_watches_copy (const AempNode *node);
void aemp_watches_free (AempNode *node);

/* --- question.c ------------------------------------------------------------------------- */

void aemp_question_put (AempNode *node, uint64_t number);
/* All of them, again: there is a new master, or we are global. */
void aemp_questions_put (AempNode *node);
void aemp_question_answered (AempNode *node, uint64_t number, const AempValue *answer);
void aemp_questions_free (AempNode *node);
/* The map, the keys or the values of a family as a message of one value; NULL: too large. */
typedef enum
{
  AEMP_ASK_FAMILY,
  AEMP_ASK_KEYS,
  AEMP_ASK_VALUES,
} AempAsk;
AempMessage *aemp_family_answer (AempNode *node, const AempName *name, AempAsk ask);
