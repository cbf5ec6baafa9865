/* tests/unit/session.h - a recorded session with a node of 2.02, played again: one of its nodes
 * is ours.
 *
 * What that node's program did is read off the packets that it sent: each is made once more by the
 * call that makes it, and what the other node sent is said by a visitor, in its turn and its
 * framing.  What the nodes make up (names of ports, numbers of queries, addresses) is another
 * each time, and translated.
 *
 * Ours does not say all that 2.02 says: a second `g_slave`, and the question for an address that
 * it does not need; and it says more: `mon0` behind a call that was answered, and an update for
 * each key.  The rest has to be the same, packet by packet. */
#pragma once

#include "captures.h"
#include "visitor.h"

/* All packets of one direction, ">" or "<". */
Story session_story (const char *capture, const char *direction);
/* The word of a request to the node port; NULL: it is none. */
char *session_word (const AempList *packet);
/* Of a value, its lists in some order: 2.02 has none in its keys. */
char *session_text (const AempValue *value);

typedef struct
{
  Town *town;
  Visitor *peer; /* the other node */
  const char *self;
  const char *other;
  bool has_friend; /* another session has it send to the nodes that it looks for */

  /* Of a global node: what it tells of this one is said to it by a visitor, who monitors the family
   * `mesh`. */
  const char *slave_name;
  Visitor *slave;
  char *slave_heard; /* to its end */

  GPtrArray *packets;  /* of AempMessage */
  GString *directions; /* of these; ours is `mine` */
  GArray *times;       /* of double: seconds */
  char mine;
  const AempCodec *codecs[2]; /* of ">" and "<" */
  unsigned at;                /* the packet that is next */
  unsigned acted;             /* up to here our program has acted */
  bool has_met;

  GPtrArray *names;     /* of char *: recorded, ours … */
  GPtrArray *arena;     /* what translated values point to */
  GHashTable *monitors; /* port or family → two AempMonitor */
  GHashTable *known;    /* families that are monitored → GTree: key → value */
  char *call;           /* the recorded reply port of a call that is not named yet */
  GHashTable *calls;    /* recorded reply port → whom to tell mon0 */
  uint64_t questions;
  bool was_slave; /* it said g_slave */

  GString *to_say; /* by our node */
  GString *said;
  GString *to_hear; /* by its program */
  GString *heard;
} Session;

/* A town where `self`, our node, sent what has this direction to `other`; that one waits to be
 * dialed, or, if ours was dialed in the recording, has dialed.  Both then speak json. */
Session *session_new (Town *town, const char *capture, char mine, const char *self,
                      const char *other);
void session_free (Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Session, session_free)
void session_bind (Session *session, const char *recorded, const char *ours);

/* The name of a port of ours that stands for a recorded one. */
const char *session_port (Session *session, const char *recorded);

/* The program acts, up to what the other says next, or a pause. */
void session_begin (Session *session);
/* … and what it does is sent. */
void session_act (Session *session);
/* The other's turn. */
void session_feed (Session *session);
/* All that is left, and compares. */
void session_play (Session *session);
void session_compare (const Session *session);
