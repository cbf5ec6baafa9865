/* engine/internal.h - the parts of a node, for the files that make it up.
 *
 *   local.c    what the node says to itself: one first-in-first-out queue
 *   port.c     ports, their callbacks and contexts, their deaths
 *   monitor.c  monitors of ports here and elsewhere
 *   peer.c     a record for each other node: its queue, its connection
 *   pair.c     connections in handshake, and which of two stays
 *   door.c     how many strangers may be in handshake at once
 *   dial.c     reaching a node by its ID
 *   seed.c     the seeds
 *   request.c  what can be asked of the node port
 *
 * and of the database, with global.h as their header:
 *   global.c     who is global; the parts of the others, and what becomes of a change
 *   claim.c      whose slave a node is, when two say that it is theirs
 *   mesh.c       global nodes are kept connected
 *   subscribe.c  what slaves ask a global node: monitors, queries, addresses
 *   master.c     the other side: which global node a slave asks, and what it answers
 *   tell.c       families in messages of a bearable size
 *   db.c         what this node sets
 *   watch.c      monitors of families
 *   question.c   queries
 *
 *   call.c     later, calls, callbacks bound to a port
 *   node.c     beginning, end, turns
 *   inspect.c  all of it as one value, for people
 *
 * A turn is everything that happens in one callback from the loop: what was read or what
 * a timer does, then the local queue, then the output of all links.  The engine's own
 * callbacks begin with aemp_turn_begin() and end with aemp_turn_end(). */
#pragma once

#include "link.h"
#include "node.h"
#include "table.h"

#define AEMP_LOCAL_TURN_MAX 1000     /* local items handled in a turn; the rest comes next turn */
#define AEMP_MEETINGS_MAX 1024       /* accepted connections in handshake at once … */
#define AEMP_MEETINGS_OF_HOST_MAX 256 /* … and from one address: see door.c */
#define AEMP_MEETING_GRACE_US (1000 * 1000) /* for so long none has to make room for another */
#define AEMP_NONCES_KEPT 64          /* of accepted connections, to know ourselves again */
#define AEMP_ADDRESSES_MAX 4096      /* port IDs remembered with their peers; then all are forgotten,
                                      * and with them the peers of which nothing is known or wanted */
#define AEMP_ADDRESSES_MAX_BYTES (1024 * 1024) /* … of these IDs: others choose how long they are */
#define AEMP_PEER_ID_MAX_BYTES (2 * AEMP_HANDSHAKE_LINE_MAX_BYTES) /* a greeting has no longer one,
                                                                    * in UTF-8 */
#define AEMP_PORT_NAME_MAX_BYTES 4096

typedef struct AempPeer AempPeer;
typedef struct AempPort AempPort;
typedef struct AempMeeting AempMeeting;
typedef struct AempDial AempDial;
typedef struct AempSeed AempSeed; /* an address of a seed */
typedef struct AempSeedName AempSeedName;
typedef struct AempGlobal AempGlobal;
typedef struct AempMember AempMember;
typedef struct AempMesh AempMesh;
typedef struct AempSettings AempSettings;
typedef struct AempWatches AempWatches;
typedef struct AempFamilyWatch AempFamilyWatch;
typedef struct AempQuestions AempQuestions;
typedef struct AempLater AempLater;

typedef struct
{
  AempReceive receive; /* NULL: none */
  void *user_data;
  GDestroyNotify destroy;
} AempCallback;

/* A port ID, taken apart. */
typedef struct
{
  AempPeer *peer;
  AempName *port; /* the empty name: the node port */
} AempAddress;

typedef enum
{
  AEMP_LOCAL_MESSAGE,   /* `list` to `port`; `number` 1: a peer had us send it */
  AEMP_LOCAL_KILL,      /* `port` dies of `list` */
  AEMP_LOCAL_MONITOR,   /* monitor `number` begins */
  AEMP_LOCAL_PEER_LOST, /* `peer` cannot be reached: `list` is the text */
  AEMP_LOCAL_SET,       /* setting `number`: `list` is family, key, value; `port` (if any): of it */
  AEMP_LOCAL_UNSET,     /* setting `number` is taken back */
  AEMP_LOCAL_DELETE,    /* `list` is family, key */
  AEMP_LOCAL_TELL,      /* the monitors of the family `port` are told */
  AEMP_LOCAL_ASK,       /* question `number` is put */
} AempLocalKind;

typedef struct
{
  AempLocalKind kind;
  AempName *port;
  AempPeer *peer;
  AempList list; /* its message is referenced; may be none when empty */
  uint64_t number;
} AempLocalItem;

struct AempNode
{
  AempEnv *env;
  AempConfig *config;
  AempTracer *tracer; /* may be NULL */
  AempName *name;
  AempName *no_name; /* the empty one */
  char *instance;
  bool started;

  AempTlsIdentity *identity; /* NULL: no certificate, no TLS */
  AempHandshakeConfig handshake_config;
  AempLinkConfig link_config;
  GPtrArray *listeners;          /* of AempListener */
  GPtrArray *listener_addresses; /* of char *, NULL-terminated once started */

  /* The turn. */
  bool in_turn;
  AempTimer *turn_timer;
  GArray *trash; /* of AempCallback: destroyed when no callback runs */

  /* local.c */
  AempLocalItem *local; /* a ring */
  uint32_t local_first;
  uint32_t local_count;
  uint32_t local_room; /* a power of two */
  GQueue held;         /* of AempPeer: whose packets wait for the local queue */

  /* port.c */
  AempTable ports;      /* of AempPort, for look-ups */
  AempPort *oldest_port; /* the same */
  AempPort *newest_port;
  char port_prefix[12]; /* random: no name is ever used twice */
  uint64_t ports_made;
  AempPort *self;       /* in whose context we are */
  AempMessage *failure; /* what aemp_die() said there */

  /* monitor.c */
  GHashTable *monitors; /* number → AempMon, for look-ups */
  uint64_t monitors_made;
  GQueue node_monitors; /* of AempMon: up and down of all nodes */
  GQueue self_monitors; /* of AempMon: of our own node port; they never fire */

  /* peer.c */
  AempTable peers; /* of AempPeer, for look-ups */
  GQueue peers_by_age;
  AempPeer *self_peer;
  AempTable addresses; /* peer.c: port IDs taken apart */
  struct AempRemembered *last_address; /* of these, the one that was looked up last */
  uint64_t addresses_bytes; /* of the port IDs among them */
  GQueue dirty;        /* of AempPeer: with output to flush */

  /* pair.c */
  GQueue meetings;
  uint64_t links_made;
  uint64_t turns_given; /* auth lines to those whose arbiter we are */
  unsigned accepted_meetings;
  uint64_t accepted_nonces[AEMP_NONCES_KEPT]; /* hashes of those we sent lately */

  GQueue seeds; /* seed.c: of AempSeedName */
  AempGlobal *global;       /* global.c */
  AempSettings *settings;   /* db.c; NULL: nothing was set yet */
  AempWatches *watches;     /* watch.c; NULL: nothing was monitored yet */
  AempQuestions *questions; /* question.c; NULL: nothing was asked yet */
  AempTable services; /* request.c: functions */
  GPtrArray *service_names; /* of const char *, in the order of registration */
  bool relays; /* what is sent, or asked, now was wanted by a peer */
  GQueue laters;        /* call.c */
  uint64_t laters_made;
};

/* --- node.c --------------------------------------------------------------------------- */

void aemp_turn_begin (AempNode *node);
void aemp_turn_end (AempNode *node);
/* Something is to be done at the end of a turn; if there is none now, soon. */
void aemp_turn_wanted (AempNode *node);
/* Destroys it when no callback is running any more. */
void aemp_trash (AempNode *node, AempCallback *callback);
/* Fills in time and node, and reports. */
void aemp_trace (AempNode *node, AempTraceEvent *event);
#define AEMP_TRACE(node, ...)                                                                     \
  G_STMT_START                                                                                    \
  {                                                                                               \
    if ((node)->tracer)                                                                           \
      aemp_trace ((node), &(AempTraceEvent){ __VA_ARGS__ });                                      \
  }                                                                                               \
  G_STMT_END
/* … of a message that is sent or delivered. */
#define AEMP_TRACE_MESSAGE(node, ...)                                                             \
  G_STMT_START                                                                                    \
  {                                                                                               \
    if ((node)->tracer && !(node)->tracer->skips_messages)                                        \
      aemp_trace ((node), &(AempTraceEvent){ __VA_ARGS__ });                                      \
  }                                                                                               \
  G_STMT_END
#define AEMP_MARK(node, name)                                                                     \
  G_STMT_START                                                                                    \
  {                                                                                               \
    if ((node)->tracer)                                                                           \
      (node)->tracer->marks |= (uint64_t) 1 << AEMP_MARK_##name;                                  \
  }                                                                                               \
  G_STMT_END
/* The caller did what is not allowed: reported, and SELF dies of it. */
void aemp_misuse (AempNode *node, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* --- local.c -------------------------------------------------------------------------- */

/* Takes references to what the item needs. */
void aemp_local_push (AempNode *node, const AempLocalItem *item);
/* … of the kind AEMP_LOCAL_MESSAGE, which is most of them. */
void aemp_local_push_message (AempNode *node, const AempName *port, const AempList *list);
/* Works the queue off, up to the limit of a turn.  False: some is left. */
bool aemp_local_drain (AempNode *node);
void aemp_local_clear (AempNode *node);
/* A list that keeps its values: a reference to its message, or a copy. */
AempList aemp_list_keep (const AempList *list);
void aemp_list_drop (AempList *list);

/* --- port.c --------------------------------------------------------------------------- */

typedef struct
{
  AempName *tag;
  AempCallback callback;
} AempTagged;

/* What few ports have. */
typedef struct
{
  GDestroyNotify destroy; /* of the user data of `receive` */
  AempTagged *tags;
  uint32_t tags_count;
  bool has_family_monitors; /* watch.c: some may have been set in its context */
  GQueue monitors; /* of AempMon: local monitors, in the order they were set */
  GQueue watches;  /* of AempWatch: nodes that monitor it */
} AempPortMore;

/* There may be very many: a port is one piece of memory.  It is its name, with more behind it;
 * so the memory of a dead one goes when nobody keeps its name any more. */
struct AempPort
{
  AempName name[1];
  AempReceive receive; /* NULL: none */
  void *user_data;
  AempPortMore *more; /* NULL: none */
  AempPort *older;
  AempPort *newer;
  char id[]; /* "node#name"; the name's text is its end */
};

/* A node monitors a port of ours. */
typedef struct
{
  AempPort *port;
  AempPeer *peer;
  GList of_port;
  GList of_peer;
} AempWatch;

/* Is made when there is none. */
AempPortMore *aemp_port_more (AempPort *port);
/* NULL: there is none. */
AempPort *aemp_port_find (AempNode *node, const AempName *name);
/* NULL: there is one with that name, or it is not a name. */
AempPort *aemp_port_make (AempNode *node, const AempName *name);
/* A name that was never used: for ports here and those we spawn elsewhere. */
AempName *aemp_port_invent_name (AempNode *node);
/* A message has arrived. */
void aemp_port_deliver (AempNode *node, AempPort *port, const AempList *list);
/* Dies now, and tells all that monitor it. */
void aemp_port_die (AempNode *node, AempPort *port, const AempList *reason);
/* Calls in the context of a port (NULL: outside of all). */
void aemp_call_in_context (AempNode *node, AempPort *port, AempReceive receive,
                           const AempList *list, void *user_data);
/* A peer has one at most on each port: its monitors share it. */
void aemp_watch_begin (AempPort *port, AempPeer *peer);
void aemp_watch_end (AempPort *port, AempPeer *peer);
void aemp_watch_free (AempWatch *watch);
void aemp_ports_free (AempNode *node);

/* --- monitor.c ------------------------------------------------------------------------ */

typedef enum
{
  AEMP_MON_CALLBACK,
  AEMP_MON_KILL,
  AEMP_MON_SEND,
  AEMP_MON_GUARD,
} AempMonAction;

typedef struct AempMonSet AempMonSet;

typedef struct
{
  uint64_t number;
  AempMonAction action;
  AempPeer *peer; /* whose port; NULL: it monitors nodes */
  AempName *port;
  AempCallback callback; /* CALLBACK, GUARD */
  AempName *context;     /* CALLBACK: the port it runs in, NULL: none */
  AempAddress other;     /* KILL, SEND */
  AempMessage *message;  /* SEND */
  AempMonSet *set;       /* of a remote port */
  GQueue *queue;         /* the queue it stands in, NULL: not begun yet */
  GList of_queue;        /* its place there */
  GList of_peer;         /* its place among all of a remote peer */
} AempMon;

/* The local monitors of one remote port: they share one `mon1`. */
struct AempMonSet
{
  AempName *port; /* the first: by it a table knows it */
  AempPeer *peer;
  GQueue monitors;
};

/* A queued monitor of a local port begins. */
void aemp_monitor_begin_local (AempNode *node, uint64_t number);
/* All monitors in the queue fire, in the order they were set. */
void aemp_monitors_fire (AempNode *node, GQueue *queue, const AempList *reason);
/* A peer's port died. */
void aemp_monitor_kil0 (AempNode *node, AempPeer *peer, const AempName *port,
                        const AempList *reason);
/* Messages to a peer were lost: all monitors of its ports fire. */
void aemp_monitors_peer_lost (AempNode *node, AempPeer *peer, const AempList *reason);
void aemp_monitors_node_changed (AempNode *node, const AempList *news);
/* Frees one that has not begun. */
void aemp_monitor_forget (AempNode *node, uint64_t number);
void aemp_monitors_free (AempNode *node);

/* --- peer.c --------------------------------------------------------------------------- */

typedef struct
{
  AempName *port;
  AempList list;
} AempQueued;

struct AempPeer
{
  AempName *name; /* the first: by it tables know it */
  AempNode *node;
  AempLink *link; /* NULL: not connected */
  char *instance; /* of the process at the other end of the link; may be NULL */
  char *turn;     /* of that process's auth line there, if it is the arbiter */
  uint64_t link_began; /* counts meetings: which of them are older than the link */
  bool known;     /* was connected once: the record stays */
  bool coming;    /* a connection is about to be its own: none has to be made */
  bool losing;    /* is about to be declared lost: nothing is queued any more */
  bool dirty;     /* is in node->dirty */
  bool held;      /* is in node->held */
  bool is_global; /* it said so on this connection */
  bool is_slave;  /* it made us its master on this connection */
  AempMember *member; /* its parts of the database, on this connection; NULL: none */
  GArray *queue;  /* of AempQueued, until connected */
  uint64_t queued_bytes;
  AempTable sets;   /* of AempMonSet, for look-ups */
  GQueue monitors;  /* of AempMon: of all its ports, in the order they were set */
  GQueue watched;   /* of AempWatch: our ports that it monitors */
  unsigned new_processes; /* that pushed out a former one, since … */
  int64_t new_processes_since_us;
  AempDial *dial;   /* NULL: no attempt under way */
  int64_t next_dial_us; /* before this no other one begins; 0: at once */
  unsigned pins;    /* what will be sent to it later: monitors, timers */
  GList by_age;
  GList of_dirty; /* its place there */
  GList of_held;
};

AempPeer *aemp_peer_find (AempNode *node, const AempName *name);
AempPeer *aemp_peer_get (AempNode *node, const AempName *name);
static inline bool
aemp_peer_is_self (const AempPeer *peer)
{
  return peer == peer->node->self_peer;
}
static inline bool
aemp_peer_is_up (const AempPeer *peer)
{
  return peer->link || aemp_peer_is_self (peer);
}
void aemp_addresses_forget (AempNode *node);
/* Takes a port ID apart; false (and a misuse) for what is none.  Valid until the end of
 * the turn. */
bool aemp_address_of (AempNode *node, const char *port, AempAddress *address);
/* … that came from the network: no misuse of ours. */
bool aemp_address_of_value (AempNode *node, const AempValue *value, AempAddress *address);

/* Can this be sent?  False: a misuse, nodes do not take what is nested so deeply. */
bool aemp_list_check (AempNode *node, const AempList *list);
/* A message for a port anywhere: the edge of the API, where it is traced. */
void aemp_send (AempNode *node, const AempAddress *address, const AempList *list);
/* A request to a peer's node port. */
void aemp_request (AempPeer *peer, const char *format, ...);
/* Makes a connection if there is none. */
void aemp_peer_connect (AempPeer *peer);
/* It has a connection from now on: everything queued goes out. */
void aemp_peer_up (AempPeer *peer, AempLink *link);
/* The connection, if any, is over, or cannot be made: now. */
void aemp_peer_lost (AempPeer *peer, const char *text);
/* … at the end of this turn. */
void aemp_peer_lose_later (AempPeer *peer, const char *text);
/* Its packets go on. */
void aemp_peer_resume (AempPeer *peer);
void aemp_peers_flush (AempNode *node);
void aemp_peers_free (AempNode *node);

/* --- pair.c --------------------------------------------------------------------------- */

/* A connection in handshake. */
struct AempMeeting
{
  AempNode *node;
  AempLink *link;
  uint64_t ordinal;   /* from 1, the order of all connections of this process */
  uint64_t host;      /* accepted: a hash of the address that it comes from */
  int64_t began_us;
  AempDial *dial;     /* dialed for a node; or NULL */
  AempSeed *seed;     /* dialed for a seed; or NULL */
  char *address;      /* dialed; or NULL */
  AempName *claim;    /* who it claims to be; NULL: no greeting yet */
  bool verified;      /* the peer's auth line was right */
  bool answered;      /* ours went out */
  bool probes;        /* for its sake the connection that is up was asked for the time */
  int64_t waits_since_us; /* it waits for another one, or another one waits for it; 0: no */
  AempTimer *limit;   /* of that waiting */
  GList by_age;
};

AempMeeting *aemp_meeting_dial (AempNode *node, const char *address, AempDial *dial,
                                AempSeed *seed);
void aemp_meeting_accept (AempNode *node, AempStream *stream);
/* It comes to nothing: those who wanted it are told why. */
void aemp_meeting_refuse (AempMeeting *meeting, const char *text);
/* Ends it without news to its dial or seed. */
void aemp_meeting_free (AempMeeting *meeting);
/* Looks at all connections with a node anew. */
void aemp_pair_consider (AempNode *node, const AempName *peer);
void aemp_meetings_free (AempNode *node);

/* --- door.c --------------------------------------------------------------------------- */

/* Names the address that a connection comes from. */
uint64_t aemp_door_host_of (AempStream *stream);
/* Is there room for one more from there?  Another one may have to go for it. */
bool aemp_door_make_room (AempNode *node, uint64_t host);

/* --- dial.c --------------------------------------------------------------------------- */

void aemp_dial_begin (AempPeer *peer);
void aemp_dial_end (AempPeer *peer);
/* Addresses were found (none: NULL or empty). */
void aemp_dial_found (AempPeer *peer, const char *const *addresses);
/* One of its connections came to nothing. */
void aemp_dial_failed (AempDial *dial, const char *text);
/* Some other connection with its node came to nothing: was it the last hope? */
void aemp_dial_look (AempDial *dial, const char *text);
AempPeer *aemp_dial_peer (const AempDial *dial);
/* Are its addresses still being asked for? */
bool aemp_dial_wants_addresses (const AempDial *dial);
/* Does one of its connections still wait for the peer's greeting? */
bool aemp_dial_is_waiting (const AempDial *dial);

/* --- seed.c --------------------------------------------------------------------------- */

void aemp_seeds_begin (AempNode *node);
/* Its connection is up, and leads to this peer. */
void aemp_seed_met (AempSeed *seed, AempPeer *peer);
/* Its connection came to nothing. */
void aemp_seed_failed (AempSeed *seed);
/* It leads to ourselves. */
void aemp_seed_is_self (AempSeed *seed);
void aemp_seeds_peer_lost (AempNode *node, AempPeer *peer);
/* A connected seed other than `not_this` (may be NULL); NULL: none. */
AempPeer *aemp_seeds_connected (AempNode *node, const AempPeer *not_this);
void aemp_seeds_free (AempNode *node);

/* --- The database: global.h has the rest --------------------------------------------- */

AempGlobal *aemp_global_new (AempNode *node);
void aemp_global_free (AempGlobal *global);
/* The listeners are known. */
void aemp_global_start (AempNode *node);
void aemp_global_become (AempNode *node);
bool aemp_global_is (const AempNode *node);
void aemp_global_peer_up (AempPeer *peer);
void aemp_global_peer_lost (AempPeer *peer);
/* An attempt to connect has failed. */
void aemp_global_unreachable (AempPeer *peer);
/* It is a seed of ours, and connected. */
void aemp_global_met_seed (AempPeer *peer);
/* Asks for a peer's addresses: aemp_dial_found() is called, now or later, or never. */
void aemp_global_find (AempPeer *peer);
/* A request that begins with "g_"; false: not one of these. */
bool aemp_global_request (AempPeer *from, const char *word, const AempList *arguments);
bool aemp_global_knows_request (const char *word);
/* What the node said to itself about the database: the last kinds of AempLocalKind. */
void aemp_database_take (AempNode *node, const AempLocalItem *item);
void aemp_database_port_dead (AempNode *node, const AempPort *port);
/* What programs wait for: stops a monitor; frees everything. */
bool aemp_database_unmon (AempNode *node, AempMonitor number);
void aemp_database_forget (AempNode *node);

/* --- request.c ------------------------------------------------------------------------ */

/* A request to the node port, from a peer (or ourselves). */
void aemp_request_handle (AempPeer *from, AempList list, uint64_t connection);
void aemp_services_free (AempNode *node);

/* --- call.c --------------------------------------------------------------------------- */

void aemp_laters_free (AempNode *node);
