/* sim/tcp.h - TCP, segment by segment, as Linux speaks it.
 *
 * RFC 9293 (the machine), 6298 (timeouts), 2018 and 8985 (SACK, RACK, loss probes), 5961 (who may
 * reset), 1122 (delayed acknowledgements, Nagle, soft errors); and where these leave a choice, what
 * Linux' tcp_input.c, tcp_output.c and tcp_timer.c do.  docs/tcp.md has the exceptions.
 *
 * An end is a pure machine: a segment, a call or a timer, and the time, go in; segments go onto
 * its wire, news to its user.  What makes it cheap is around it (tcp-connection.c): both ends lie
 * side by side, and what cannot matter now - an acknowledgement that nobody waits for, a timer that
 * will have been stopped when it is due - is no event but waits in its place until
 * somebody touches the connection; then all that would have happened meanwhile happens, in order
 * and each at its own time.  With SimTcpLimits.eager everything is an event, and programs see the
 * same.
 *
 * tcp-connection.c  two ends, what is on its way between them, and what has to be an event
 * tcp-state.c       how connections begin and end
 * tcp-send.c        what is sent when, first or again
 * tcp-ack.c         what acknowledgements tell
 * tcp-receive.c     what arrives, and when it is acknowledged
 * tcp-timers.c      what is done when nothing comes
 * tcp-rings.c       the containers of all this
 * tcp-faults.c      what is done to connections from outside */
#pragma once

#include "capture.h"
#include "network.h"

typedef struct SimEnd SimEnd;
typedef struct SimUser SimUser;
typedef struct SimDoor SimDoor;

/* --- What travels --- */

#define SIM_SYN 1
#define SIM_ACK 2
#define SIM_FIN 4
#define SIM_RST 8
#define SIM_UNREACHABLE 16 /* no segment: ICMP about one */
#define SIM_PROBE 32       /* asks for an answer */
#define SIM_FORGED 64      /* by something on the way, that knows what would be believed, */
#define SIM_NEAR 128       /* ... so near that no cut is between */
#define SIM_SACKS_MAX 3

typedef struct
{
  uint64_t begin;
  uint64_t end;
} SimRange;

/* Bytes are numbered from 1 (SYN is 0), and numbers do not wrap.  A segment may be longer than TCP
 * allows: it then is so many that travel together. */
typedef struct
{
  int64_t arrival_us;
  uint64_t order; /* its place in the world's queue */
  uint64_t begin;
  uint64_t ack;
  int64_t sent_us; /* the timestamp ... */
  int64_t echo_us; /* ... and what it echoes */
  SimRange *sacks; /* SIM_SACKS_MAX of them; NULL: none */
  uint32_t length; /* of its bytes */
  uint32_t window;
  uint8_t flags;
  uint8_t sacks_count;
  bool loud; /* an event in any case */
} SimSegment;

/* From one end to the other, in the order of arrival. */
typedef struct
{
  SimSegment *items;
  uint32_t first;
  uint32_t count;
  uint32_t room; /* a power of two */
  uint32_t loud; /* so many of them are */
} SimWire;

/* --- What was sent and is not known to have arrived --- */

#define SIM_RECORD_SACKED 1
#define SIM_RECORD_LOST 2
#define SIM_RECORD_AGAIN 4      /* sent more than once */
#define SIM_RECORD_UNDERWAY 8 /* lost, and sent again since */

typedef struct
{
  uint64_t begin;
  int64_t sent_us;
  uint32_t length; /* SYN and FIN count as one */
  uint8_t flags;   /* SIM_SYN, SIM_FIN */
  uint8_t marks;
  uint16_t times; /* sent before */
} SimRecord;

typedef struct
{
  SimRecord *items;
  uint32_t first;
  uint32_t count;
  uint32_t room;
} SimRecords;

/* --- What was written and somebody still may want --- */

struct SimChunk
{
  SimChunk *next;
  uint64_t begin;
  uint32_t length;
  uint32_t room; /* as asked for; what a small one has may be more */
  uint8_t bytes[];
};

typedef struct
{
  SimChunk *first;
  SimChunk *last;
  SimChunk *reading; /* where the peer's program reads next; NULL: at the end of it all */
} SimBytes;

/* --- An end --- */

typedef enum
{
  SIM_TCP_CLOSED, /* or not yet there: all it says is RST */
  SIM_TCP_SYN_SENT,
  SIM_TCP_SYN_RECEIVED,
  SIM_TCP_ESTABLISHED,
  SIM_TCP_CLOSE_WAIT, /* the peer has ended, */
  SIM_TCP_LAST_ACK,   /* ... then we */
  SIM_TCP_FIN_WAIT_1, /* we have ended, */
  SIM_TCP_FIN_WAIT_2, /* ... which is acknowledged */
  SIM_TCP_CLOSING,    /* both at once */
  SIM_TCP_TIME_WAIT,
} SimTcpState;

typedef enum
{
  SIM_SENDS_OPENLY,
  SIM_SENDS_IN_DISORDER, /* something later has arrived */
  SIM_SENDS_RECOVERING,  /* something is lost, and was sent again */
  SIM_SENDS_AFTER_LOSS,  /* nothing came for so long that all is in doubt */
} SimSendPhase;

typedef enum
{
  SIM_TIMER_NONE,
  SIM_TIMER_RETRANSMIT,
  SIM_TIMER_LOSS_PROBE,
  SIM_TIMER_REORDER,
  SIM_TIMER_WINDOW_PROBE,
} SimTimerKind;

/* RFC 6298 as Linux computes it: in eighths and quarters of microseconds. */
typedef struct
{
  int64_t smoothed_8_us; /* 0: nothing measured */
  int64_t deviation_4_us;
  int64_t deviation_max_us;
  int64_t variation_us;
  int64_t least_us; /* the shortest round trip seen */
  int64_t timeout_us;
  uint64_t until; /* the variation may shrink when that is acknowledged */
} SimRoundTrip;

typedef struct
{
  SimBytes bytes;
  SimRecords records;
  uint64_t acked;   /* SND.UNA */
  uint64_t next;    /* SND.NXT */
  uint64_t written; /* by the program; its end counts as one */
  uint64_t edge;    /* of the peer's window: acked + SND.WND */
  uint64_t buffer_bytes;
  uint64_t window_begin; /* SND.WL1 */
  uint64_t small_end;    /* behind the last small segment: Nagle, Minshall */
  uint64_t sacked_until; /* the highest that is */
  uint64_t recovers_until; /* what is being recovered from is over when this is acknowledged */
  uint64_t probed_until; /* a loss probe is out, for all before this; 0: none */
  SimRoundTrip round_trip;
  /* RACK: the latest-sent of what has arrived */
  int64_t rack_sent_us;
  int64_t rack_round_trip_us;
  uint64_t rack_end;
  bool rack_advanced;
  bool reordering_seen;
  bool ended; /* its end is among `written` */
  uint8_t phase; /* SimSendPhase */
  uint8_t timer; /* SimTimerKind */
  uint8_t backoff;
  unsigned lost;   /* records that are, and were not sent again */
  unsigned sacked; /* records */
  unsigned retries;
  unsigned probes; /* for the window, or to keep alive */
  int64_t deadline_us;     /* of `timer` */
  int64_t repeats_since_us; /* the first repetition; 0: none */
  int64_t probes_since_us;
} SimSender;

typedef struct
{
  uint64_t next; /* RCV.NXT */
  uint64_t read; /* by the program */
  uint64_t told; /* the last acknowledgement that was sent */
  uint64_t edge; /* of the window that was offered */
  uint64_t end;  /* where the peer's end is; 0: not known */
  SimRange *islands; /* what arrived behind a gap, sorted */
  unsigned islands_count;
  unsigned islands_room;
  uint64_t buffer_bytes;
  int64_t echo_us;     /* the timestamp to be echoed */
  int64_t data_us;     /* when bytes came */
  int64_t patience_us; /* how long an acknowledgement may wait: "ato"; 0: nothing came yet */
  int64_t deadline_us; /* of an acknowledgement that waits; 0: none does */
  uint32_t segment_bytes; /* of the largest that came */
  unsigned quick;      /* so many are acknowledged at once */
  bool wants_ack;      /* there is something to be acknowledged */
  uint8_t pushed;      /* so many small segments came since (2: or more) */
  bool talks_back;     /* "pingpong": acknowledgements can wait for what the program answers */
  bool shut;           /* the program wants nothing more */
} SimReceiver;

/* What can be told to whom has an end. */
#define SIM_NEWS_OPEN 1
#define SIM_NEWS_DATA 2 /* or the end */
#define SIM_NEWS_ROOM 4
#define SIM_NEWS_OVER 8 /* end->error says why */

struct SimUser
{
  /* Called last in an event of the end's host, or from a fault. */
  void (*news) (SimUser *user, unsigned news);
  bool wants_room; /* it is to hear of room as soon as there is */
};

/* What each segment needs stands first, so that it is near each other in memory. */
struct SimEnd
{
  SimWorld *world;
  SimConnection *connection;
  SimEnd *peer;
  SimWay *way; /* to the peer */
  SimUser *user; /* the program's; NULL: none yet, or closed by it */
  uint8_t state; /* SimTcpState */
  uint8_t news;  /* not told yet */
  bool no_delay; /* not Nagle */
  bool eager;    /* whatever comes here is an event */
  bool passive;  /* it was dialed */
  bool in_burst; /* of losses */
  uint16_t port;
  int soft_error; /* what ICMP said: why, should nothing else come */
  int error;      /* why it is over, an errno; 0: both ended, or it is not over */
  SimWire wire; /* to the peer */
  SimReceiver in;
  SimSender out;
  int64_t arrival_us;  /* nothing sent later arrives before this, unless the path reorders */
  int64_t heard_us;    /* the last segment with news for the sender */
  int64_t expected_us; /* an acknowledgement up to `expected` will be here by then */
  uint64_t expected;
  SimLuck luck_delay;  /* "link/FROM-TO/ORDINAL/there" (of the dialer) or ".../back": .../delay */
  SimLuck luck_acks;   /* .../acks */
  SimLuck luck_pieces; /* .../pieces */
  SimEvent arrival;    /* at the peer: of the first on the wire that matters */
  SimEvent timer;      /* the first of ours that matters */
  SimLuck luck;        /* what these three are below */
  uint64_t captured_until; /* what is before this is in the capture */
  int64_t over_us;      /* FIN_WAIT_2 without a program, or TIME_WAIT, ends then */
  int64_t syn_ack_us;   /* SYN_RECEIVED: when it is repeated */
  int64_t keepalive_time_us; /* 0: none */
  int64_t keepalive_next_us; /* when a probe is out: the next */
  int64_t keepalive_interval_us;
  int64_t user_timeout_us;
  unsigned keepalive_probes;
  unsigned syn_retries;
};

struct SimConnection
{
  SimPair *pair;
  SimConnection *next; /* of the pair's */
  SimConnection **link;
  int64_t began_us;
  int64_t quiet_until_us; /* there is nothing to be made up for before */
  SimDoor *door;  /* that the dialer was answered for, */
  uint64_t door_number;
  unsigned held;  /* by those who still need it although it may be over */
  bool loopback;  /* dialed by the address that every host has */
  bool calm;      /* both ends are: so that there is less to look at */
  SimEnd ends[2]; /* [0] dialed */
};

/* Where connections are accepted. */
struct SimDoor
{
  SimAddress address;
  uint64_t number;  /* of all the host ever had */
  unsigned waiting; /* connections that the program has not accepted */
  unsigned backlog;
  /* Takes an end that is established; in an event of the host. */
  void (*open) (SimDoor *door, SimEnd *end);
  /* An end is dialed, and about to be answered; NULL: nothing has to be done for that. */
  void (*prepare) (SimDoor *door, SimEnd *end);
};

SimDoor *sim_door_find (SimHost *host, uint16_t port, bool loopback);

/* --- For those who have ends: streams and sockets --- */

/* Between these two all other calls: the connection is brought up to date, and afterwards
 * what has to happen is planned; it may be gone then. */
void sim_connection_enter (SimConnection *connection);
void sim_connection_leave (SimConnection *connection);

/* Begins to connect; the way leads to where the address is.  `from_port` 0: an ephemeral one;
 * `receive_bytes` 0: the usual buffer.  The connection has been entered, so that options can be set. */
SimEnd *sim_tcp_connect (SimUser *user, SimWay *way, uint16_t from_port, uint16_t port,
                         uint64_t receive_bytes, bool loopback);
/* ... with what was dialed from there to here just now; NULL: nothing was. */
SimEnd *sim_tcp_connect_crosswise (SimUser *user, SimWay *way, uint16_t from_port, uint16_t port);
size_t sim_tcp_write (SimEnd *end, const uint8_t *bytes, size_t length);
/* Ends what is written; the peer may go on. */
void sim_tcp_end (SimEnd *end);
/* The program has no use for it any more. */
void sim_tcp_close (SimEnd *end);
void sim_tcp_abort (SimEnd *end);
/* What lies unread: so many bytes in one piece, up to `most`; 0: nothing. */
size_t sim_tcp_unread (SimEnd *end, size_t most, const uint8_t **bytes);
/* The program has taken so many of them; they stay valid until the connection is left. */
void sim_tcp_has_read (SimEnd *end, size_t length);
void sim_tcp_has_read_end (SimEnd *end);
void sim_tcp_set_no_delay (SimEnd *end, bool no_delay);
void sim_tcp_set_keepalive (SimEnd *end, int64_t time_us);

/* Then there may be something to be made up for. */
static inline void
sim_end_is_quiet_until (SimEnd *end, int64_t time_us)
{
  SimConnection *connection = end->connection;

  connection->quiet_until_us = MIN (connection->quiet_until_us, time_us);
}
static inline SimWorld *
sim_end_world (const SimEnd *end)
{
  return end->world;
}
static inline const SimTcpLimits *
sim_end_limits (const SimEnd *end)
{
  return &end->world->limits;
}
/* May the program write? */
static inline bool
sim_end_is_open (const SimEnd *end)
{
  return end->state == SIM_TCP_ESTABLISHED || end->state == SIM_TCP_CLOSE_WAIT;
}
static inline bool
sim_end_has_unread_bytes (const SimEnd *end)
{
  return end->in.next - (end->in.end && end->in.next > end->in.end) > end->in.read;
}
/* Has the peer's end arrived behind all bytes, and was not read? */
static inline bool
sim_end_has_unread_end (const SimEnd *end)
{
  return end->in.end && end->in.next > end->in.end && end->in.read == end->in.end;
}
/* How many bytes may be written. */
uint64_t sim_end_room (const SimEnd *end);
/* Is there so much room that who waits for it is told? */
bool sim_end_has_room (const SimEnd *end);

/* --- For the network (tcp-faults.c) --- */

/* The paths are about to change, or have: what has happened on them until now has, and what
 * matters is an event. */
void sim_tcp_settle_all (SimPair *pair);
/* What is on its way here is lost. */
void sim_tcp_lose_all (SimWay *way);
void sim_tcp_reset_all (SimPair *pair);
/* When programs hear of what is sent here has changed. */
void sim_tcp_tell_all (SimWay *way);
/* Kernels end what is open and sends here. */
void sim_tcp_end_all (SimWay *way);
/* The host has lost its power; its streams have been detached. */
void sim_tcp_vanish_all (SimHost *host);
void sim_tcp_free_all (SimPair *pair);

/* --- For captures (capture.c) --- */

/* A segment is sent. */
void sim_capture_see (SimCapture *capture, SimEnd *end, const SimSegment *segment);

/* --- Inside --- */

/* tcp-rings.c */
/* A place for one that arrives then; `loud` is the caller's to count. */
SimSegment *sim_wire_add (SimWire *wire, int64_t arrival_us);
static inline SimSegment *
sim_wire_at (const SimWire *wire, uint32_t index)
{
  return &wire->items[(wire->first + index) & (wire->room - 1)];
}
/* Frees what is first, which may have been looked at in its place. */
static inline void
sim_wire_drop (SimWire *wire)
{
  SimSegment *segment = sim_wire_at (wire, 0);

  if (segment->sacks)
    g_free (segment->sacks);
  wire->loud -= segment->loud;
  wire->first = --wire->count == 0 ? 0 : (wire->first + 1) & (wire->room - 1);
}
/* Loses all but what comes from near. */
void sim_wire_lose (SimWire *wire);
void sim_wire_free (SimWire *wire);
static inline SimRecord *
sim_record_at (const SimRecords *records, uint32_t index)
{
  return &records->items[(records->first + index) & (records->room - 1)];
}
SimRecord *sim_records_add (SimRecords *records);
void sim_records_take (SimRecords *records);
/* Cuts one in two, the first `length` long. */
void sim_records_split (SimRecords *records, uint32_t index, uint32_t length);
void sim_bytes_add (SimWorld *world, SimBytes *bytes, uint64_t begin, const uint8_t *from,
                    size_t length, bool waits);
/* Frees all before `until`. */
void sim_bytes_forget (SimWorld *world, SimBytes *bytes, uint64_t until);
void sim_spare_chunks_free (SimWorld *world);
/* For planted bugs: where a byte lies, NULL if it was forgotten; and reading on from there, if it
 * was not. */
uint8_t *sim_bytes_at (SimBytes *bytes, uint64_t number);
bool sim_bytes_go_back (SimBytes *bytes, uint64_t number);
/* Takes note that so much arrived; the first range that touches `next` moves it. */
void sim_islands_add (SimReceiver *in, uint64_t begin, uint64_t end);

/* tcp-connection.c */
SimConnection *sim_connection_new (SimWay *way, bool loopback);
/* The first time it will be on the wire is now; it gets lost, or not. */
void sim_wire_send (SimEnd *end, SimSegment *segment, SimLuck luck, uint64_t identity);
/* Something on the way resets an end in its peer's name. */
void sim_wire_reset (SimEnd *peer);
/* The kernel forgets the end; what it sent goes on travelling. */
void sim_end_forget (SimEnd *end);
/* Over; the program, if it still has it, is told why. */
void sim_end_fail (SimEnd *end, int number);

/* tcp-state.c */
void sim_end_take (SimEnd *end, const SimSegment *segment, int64_t now_us);
void sim_end_repeat_syn_ack (SimEnd *end, int64_t now_us);
/* All that was sent is acknowledged, the end, too, perhaps. */
void sim_end_was_acknowledged (SimEnd *end, int64_t now_us);

/* tcp-send.c */
void sim_sender_begin (SimEnd *end, int64_t now_us);
/* Sends what may be sent. */
void sim_sender_push (SimEnd *end, int64_t now_us);
/* Sends lost records again, `most` of them at most. */
void sim_sender_repeat_lost (SimEnd *end, unsigned most, int64_t now_us);
void sim_sender_repeat (SimEnd *end, uint32_t index, int64_t now_us);
/* Sends bytes for which the window may be too small; false: there are none. */
bool sim_sender_force (SimEnd *end, int64_t now_us);
void sim_send_ack (SimEnd *end, int64_t now_us);
/* An old sequence number, that the peer has to answer. */
void sim_send_probe (SimEnd *end, int64_t now_us);
void sim_send_reset (SimEnd *end, int64_t now_us);
/* ... as an answer to a segment. */
void sim_send_refusal (SimEnd *end, const SimSegment *segment, int64_t now_us);

/* tcp-ack.c */
void sim_sender_measure (SimEnd *end, int64_t round_trip_us);
void sim_sender_take (SimEnd *end, const SimSegment *segment, int64_t now_us);
/* Finds what is lost by RACK; sets a timer for what will be. */
void sim_sender_find_lost (SimEnd *end, int64_t now_us);
void sim_sender_mark_all_lost (SimEnd *end, int64_t now_us);

/* tcp-receive.c */
void sim_receiver_take (SimEnd *end, const SimSegment *segment, int64_t now_us);
/* Acknowledges what came: now, or later. */
void sim_receiver_acknowledge (SimEnd *end, int64_t now_us);
/* How much more may be sent here; is offered by that. */
uint32_t sim_receiver_offer (SimEnd *end);
/* Something was sent that acknowledges. */
void sim_receiver_has_told (SimEnd *end);
/* The deadline of a delayed acknowledgement is here. */
void sim_receiver_ack_late (SimEnd *end, int64_t now_us);
/* Data was sent: it may have been an answer. */
void sim_receiver_has_answered (SimEnd *end, int64_t now_us);

/* tcp-timers.c */
void sim_timer_set (SimEnd *end, SimTimerKind kind, int64_t time_us);
static inline void
sim_timer_stop (SimEnd *end)
{
  end->out.timer = SIM_TIMER_NONE;
}
/* For what was sent and is unanswered: a loss probe or retransmission. */
void sim_timer_start (SimEnd *end, bool advancing, int64_t now_us);
/* For a window that is too small. */
void sim_timer_start_window_probe (SimEnd *end, int64_t now_us);
/* ICMP says that it was the network that did not answer: RFC 6069. */
void sim_timer_take_back (SimEnd *end, int64_t now_us);
/* The sender's timer is due. */
void sim_timer_fire (SimEnd *end, int64_t now_us);
void sim_keepalive_fire (SimEnd *end, int64_t now_us);
/* Would the peer answer? */
static inline bool
sim_end_is_whole (const SimEnd *end)
{
  return end->peer->user && end->peer->state >= SIM_TCP_ESTABLISHED && end->way->clean
         && end->peer->way->clean;
}
/* When keepalive has something to do; G_MAXINT64: never, as far as one can see. */
int64_t sim_keepalive_due_us (SimEnd *end, int64_t now_us);
