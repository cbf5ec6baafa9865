/* engine/trace.h - the catalogue of everything that a run can tell.
 *
 * The engine (and the world around it) reports events to a tracer.  An event is a
 * struct on the stack that borrows its names; text is made by writers only.  The
 * checkers see nothing else, so the same ones judge a simulation as it runs and the
 * recorded trace of real nodes.
 *
 * Which send is which delivery?  Every packet that is handed to a node for another
 * one is one SEND, and every packet that comes out of a connection at the other end
 * is one DELIVER, UNKNOWN_PORT or REQUEST (requests to the node port are packets,
 * too: `port` is empty then).  Both sides report a connection by the same number, and a
 * prefix arrives: so the nth SEND to a peer since its NODE_UP (with those that were
 * queued before it in front) is the nth arrival on that connection.  A hash of the
 * payload shows that it is unaltered.  What is lost with a connection is lost at LINK_DOWN, what
 * was queued without one at DIAL_FAILED; between LINK_DOWN and the NODE_DOWN that follows,
 * monitors fire, and what they send belongs to the next connection.  Local messages are SEND and DELIVER with
 * the node itself as peer and connection 0, nth and nth again. */
#pragma once

#include "name.h"

/* X (NAME, "name", fields, meaning).  Fields are letters in the order in which they are
 * written: p peer, o port, t other, c connection, n number, h payload, x text; f family (a
 * name in `port`), k key (a name in `other`). */
#define AEMP_TRACE_EVENTS(X)                                                                       \
  /* The world around the nodes. */                                                                \
  X (PROCESS_START, "process_start", "nhx", "a process begins: its ordinal on this host from 1, 0: of a real node, by which it is told from a simulated one; h: a mark of its secret, 0 unknown; x: who signed its certificate, and ` until ` the µs at which that expires; empty: it has none")  \
  X (PROCESS_END, "process_end", "nx", "it is over: x = killed, vanished, stopped")                \
  X (FAULT, "fault", "nx", "the scenario does something: its line n, the statement x")             \
  X (EXPECTATION, "expectation", "nx", "an expectation of the scenario came true (x = met) or did not (x = why): its line n") \
  /* A node and its connections. */                                                                \
  X (NODE_START, "node_start", "hx", "a node begins; h: hash of its instance; x: secure, and the functions it allows") \
  X (LISTEN, "listen", "x", "it listens at the address x")                                         \
  X (DIAL, "dial", "px", "it connects to x; p: the node it wants, empty for a seed")                \
  X (DIAL_FAILED, "dial_failed", "px", "it gives up reaching p; everything queued for p is lost")   \
  X (LINK_UP, "link_up", "pcnhx", "a handshake is done: with p, n = 1 dialed, 0 accepted; h: hash of the peer's instance; x: its method") \
  X (LINK_REFUSED, "link_refused", "pcnx", "a handshake failed or was given up, x says why; p: who it claimed to be, may be empty") \
  X (LINK_DOWN, "link_down", "pcx", "a connection that was up is over; what was sent on it and has not arrived is lost") \
  X (MALFORMED, "malformed", "pcx", "the peer sent what is no packet")                            \
  X (NODE_UP, "node_up", "pc", "p is reachable from now on, over this connection")                 \
  X (NODE_DOWN, "node_down", "px", "p is not reachable any more")                                  \
  X (MASTER, "master", "p", "p is the master from now on; empty: none")                            \
  X (GLOBAL, "global", "", "this is a global node from now on")                                    \
  /* Messages: seen at the edge of the API. */                                                     \
  X (SEND, "send", "poht", "a message for port o of node p; t: the port in whose context, may be empty") \
  X (DELIVER, "deliver", "poch", "a message from node p reaches its port o")                       \
  X (UNKNOWN_PORT, "unknown_port", "poch", "a message from node p for a port that is not there: dropped") \
  X (REQUEST, "request", "pchx", "a request x from node p to the node port; keepalives are none")  \
  X (REFUSED, "refused", "px", "a request from node p that is not allowed or not known")           \
  /* Ports. */                                                                                     \
  X (PORT_NEW, "port_new", "o", "a port begins")                                                   \
  X (PORT_DEAD, "port_dead", "ohx", "a port is dead; h: hash of the reason, x: its first word, empty if normal") \
  X (KILL, "kill", "pohx", "somebody here asked to kill port o of node p, with reason h")          \
  X (FAILURE, "failure", "ohx", "an error in the context of port o: it will die of `die`, x")      \
  X (SPAWN, "spawn", "pox", "somebody here asked node p to create port o with function x")         \
  /* Monitors: n is the monitor's number, never used twice by a node's process. */                 \
  X (MON_SET, "mon_set", "npotx", "a monitor on port o of node p; x: callback, kill (t: whom), send, guard") \
  X (MON_FIRED, "mon_fired", "npohx", "it fires with reason h, whose first word is x (empty: normal)") \
  X (MON_DROPPED, "mon_dropped", "n", "its guard was dropped")                                     \
  /* The application. */                                                                           \
  X (NOTE, "note", "tohx", "actor t remarks x; o: its port")                                       \
  /* The database: seen at the edge of the API, families that begin with an apostrophe left out. */ \
  X (SEED, "seed", "x", "it has the seed x, host:port as configured")                              \
  X (DB_SET, "db_set", "fkh", "in its own part of the database it sets key k of family f to a value; h: hash of the pair") \
  X (DB_DELETE, "db_delete", "fk", "in its own part it deletes key k of family f, which was there") \
  X (DB_MONITOR, "db_monitor", "nf", "monitor n of family f begins")                               \
  X (DB_CHANGE, "db_change", "nfkhx", "monitor n is about to be told of key k; x: added, changed, deleted; h: hash of the pair as it is now, 0 deleted") \
  X (DB_TOLD, "db_told", "nfhx", "monitor n is told, of the keys before; h: the sum of the family's pairs from now on; x: first or change") \
  X (DB_DROPPED, "db_dropped", "n", "monitor n is no more")                                        \
  X (DB_QUERY, "db_query", "nfx", "question n: what has family f? x: family, keys, values")        \
  X (DB_ANSWER, "db_answer", "nfhx", "question n is answered; h: the sum of the hashes of the pairs, the keys, the values") \
  /* Of the world again; at the end, as digests know kinds by their place. */                      \
  X (FAULT_OVER, "fault_over", "nx", "what the scenario did for a while is over: its line n, the statement x that began it") \
  X (DECIDE, "decide", "nx", "chance departs from what is usual: x is the label of the decision and behind a blank its value, n its identity; not in digests")

typedef enum
{
#define X(name, text, fields, meaning) AEMP_TRACE_##name,
  AEMP_TRACE_EVENTS (X)
#undef X
    AEMP_TRACE_KINDS
} AempTraceKind;

typedef struct
{
  AempTraceKind kind;
  int64_t time_us;      /* of the node's monotonic clock; the world's time in a simulation */
  const AempName *node; /* who reports; never NULL */
  /* What the kind does not use is NULL or 0.  A NULL name counts as the empty name. */
  const AempName *peer;
  const AempName *port;
  const AempName *other;
  uint64_t connection;
  uint64_t number;
  uint64_t payload;
  const char *text; /* UTF-8, ends with a zero; NULL is the empty text */
  const char *address; /* LINK_REFUSED, for people only, neither written nor in digests: what was dialed, or NULL */
} AempTraceEvent;

typedef struct
{
  const char *name;    /* "link_up" */
  const char *fields;  /* "pcnhx" */
  const char *meaning;
} AempTraceInfo;
extern const AempTraceInfo aemp_trace_catalogue[AEMP_TRACE_KINDS];

/* Places that are rarely reached; a sweep tells which were never.
 * X (NAME, "topic: what is special"). */
#define AEMP_MARKS(X)                                                                              \
  X (DIAL_CROSSED, "pair: both dialed, the lower node's connection stays")                         \
  X (ANSWER_WITHHELD, "pair: the lower node withholds its auth line")                              \
  X (ANSWER_RELEASED, "pair: a withheld auth line goes out after all")                             \
  X (SAME_INSTANCE_REPLACED, "pair: a new connection of the same process replaces the old one")    \
  X (NEW_INSTANCE_REPLACED, "pair: a new process under a known ID replaces the old one")           \
  X (QUEUE_DROPPED, "peer: messages queued for a node that cannot be reached are dropped")         \
  X (QUEUE_LIMIT, "peer: the send queue reached its limit")                                        \
  X (DIAL_SECOND_ADDRESS, "dial: another than the first address is tried")                         \
  X (DIAL_WRONG_NODE, "dial: another node answers than the one dialed")                            \
  X (SEED_IS_SELF, "seed: a seed turns out to be this node")                                       \
  X (MASTER_LOST, "global: the master is lost, another one is taken")                              \
  X (MASTER_GIVEN_UP, "global: a master that does not answer is given up for another one")         \
  X (SLAVE_TURNED_AWAY, "global: a slave has another master since")                                \
  X (SLAVE_PROBED, "global: a slave is asked for a sign of life, as another process has its name")  \
  X (MONITOR_DEAD_PORT, "monitor: of a port that is not there")                                    \
  X (MONITOR_SHARED, "monitor: a second one on the same remote port")                              \
  X (LATE_KIL0, "monitor: a death is told that nobody asked for any more")                         \
  X (LOCAL_QUEUE_LONG, "node: the local queue is cut, the rest comes next turn")                   \
  X (HANDSHAKE_TIMEOUT, "link: a handshake takes too long")                                        \
  X (WRITE_SHORT, "link: the send buffer is full")                                                 \
  X (NODE_CONTESTED, "pair: two living processes push each other out")                             \
  X (NEWER_PROCESS_FIRST, "pair: a newer process goes before one that has our auth line")          \
  X (NO_ANSWER_TO_ANSWER, "pair: nothing comes after our auth line, another connection goes on")   \
  X (DIAL_RESTS, "dial: an attempt waits a moment, as the one before is so young")                 \
  X (DIAL_TOO_LONG, "dial: an attempt takes too long")                                             \
  X (NO_KNOWN_ADDRESS, "dial: a node has no known address")                                        \
  X (SEED_NOT_FOUND, "seed: its name is not found")                                                \
  X (SEED_NOT_HURRIED, "seed: it was lost too often to be dialed at once")                         \
  X (MESH_RETRIED, "mesh: a global node is dialed again after a failure")                          \
  X (OLD_CLAIM_ANSWERED, "claim: an older claim is answered by a newer one")                       \
  X (TOLD_IN_PIECES, "tell: what is told does not fit into one message")                           \
  X (HEARD_IN_PIECES, "watch: contents that came in pieces are complete")                          \
  X (GLOBAL_WITH_WATCHES, "watch: a node that monitors families becomes global")                   \
  X (OLD_MASTER_IGNORED, "master: news of a former master")                                        \
  X (QUESTION_REPEATED, "question: it is put to the next master")                                  \
  X (PACKETS_HELD, "peer: packets wait until the local queue is worked off")                       \
  X (IDS_FORGOTTEN, "peer: too many port IDs were mentioned, all are forgotten")                   \
  X (DEAD_PORT_NOT_REGISTERED, "db: a port dies before it is registered")                          \
  X (KILL_OF_DEAD_PORT, "request: another node kills a port that is not there")                    \
  X (REQUEST_REFUSED, "request: a function is not there, or not allowed")                          \
  X (ANSWER_TO_DEAD_CONTEXT, "call: the answer to a port that died meanwhile")

typedef enum
{
#define X(name, text) AEMP_MARK_##name,
  AEMP_MARKS (X)
#undef X
    AEMP_MARKS_COUNT
} AempMark;
extern const char *const aemp_mark_texts[AEMP_MARKS_COUNT];

/* Who listens.  Never calls back into the node. */
typedef struct AempTracer AempTracer;
struct AempTracer
{
  void (*see) (AempTracer *tracer, const AempTraceEvent *event);
  uint64_t marks; /* a bit for each AempMark seen */
  bool skips_messages; /* SEND and DELIVER need not be told: they cost what a message costs */
};
G_STATIC_ASSERT (AEMP_MARKS_COUNT <= 64);

/* One event as a line of JSON (without the line end): {"t":…,"node":…,"event":…,
 * fields}.  64-bit hashes and connections are hex strings. */
void aemp_trace_write_json (GString *out, const AempTraceEvent *event, uint64_t line);
