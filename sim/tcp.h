/* sim/tcp.h - what one connection does.
 *
 * A connection is kept as a whole, with its two ends side by side, which makes a healthy
 * one cheap: one event for a segment that arrives, none for an acknowledgement (its time
 * is noted, and looked at when somebody writes), none for keepalive.  Only when something
 * is lost does an end get patience: the timers of retransmission and keepalive, with the
 * packets that they send as events of their own.
 *
 * tcp.c     how connections begin and end; packets
 * flow.c    bytes from one end to the other
 * patience.c  what an end does when nothing comes back */
#pragma once

#include "network.h"

typedef struct SimEnd SimEnd;
typedef struct SimPacket SimPacket;
typedef struct SimPatience SimPatience;
typedef struct SimSegment SimSegment;
typedef struct SimStream SimStream;

/* Some bytes that were written, or (no bytes) the end behind them all. */
struct SimSegment
{
  SimSegment *next;
  uint64_t begin;     /* the number of its first byte */
  int64_t sent_us;    /* for the last time */
  int64_t arrival_us; /* when on its way: its time and place in the world's queue */
  uint64_t sequence;
  uint32_t length; /* 0: the end, which counts as one byte */
  uint32_t room;
  uint8_t bytes[];
};

typedef struct
{
  SimSegment *first;
  SimSegment *last;
} SimSegments;

/* An acknowledgement on its way: all before `end` will be known to have arrived. */
typedef struct
{
  uint64_t end;
  int64_t time_us;
} SimMark;

/* Acknowledgements are noted for each quarter of the send buffer: four quarters at most
 * are on their way, one may be begun, and the end is one more. */
#define SIM_MARKS 6

typedef enum
{
  SIM_END_GONE, /* or not yet there: a kernel that knows nothing of it answers with a reset */
  SIM_END_CONNECTING,
  SIM_END_ACCEPTING, /* has answered, waits for the third step */
  SIM_END_OPEN,      /* without a stream: closed by its program, the kernel goes on */
} SimEndState;

/* One end, and the bytes it sends.  Bytes are numbered from 0; written >= sent >= arrived
 * >= read, and sent >= acked. */
struct SimEnd
{
  SimConnection *connection;
  SimEnd *peer;
  SimWay *way;            /* to the peer */
  SimStream *stream;      /* the program's; NULL: not accepted yet, or closed */
  SimPatience *patience;  /* NULL as long as all is well */
  SimLuck luck;           /* "link/FROM-TO/ORDINAL/there" (of the dialer) or ".../back" */
  SimLuck luck_delay;     /* .../delay */
  SimLuck luck_acks;      /* .../acks */
  SimLuck luck_pieces;    /* .../pieces */
  SimEvent arrival;       /* at the peer, of the first of `flight` */
  SimSegments waiting;    /* to be sent, or sent again */
  SimSegments flight;     /* on their way */
  SimSegments unread;     /* with the peer's kernel */
  uint64_t written;
  uint64_t sent;
  uint64_t arrived;
  uint64_t read;  /* by the peer's program */
  uint64_t acked; /* and this end knows, but for `marks` */
  int64_t arrival_us; /* nothing sent later arrives before this */
  int64_t sent_us;    /* the last segment, or step of the handshake */
  int64_t heard_us;   /* when something came from the peer, but for `marks` */
  int64_t closed_us;  /* by its program */
  SimMark marks[SIM_MARKS];
  uint8_t marks_count;
  uint8_t state; /* SimEndState */
  bool ended;       /* its end has been written */
  bool end_arrived; /* ... and the peer's kernel has it */
  bool window_closed; /* it has to send more than the peer has room for */
  bool window_asked;  /* news of room is on its way */
  uint16_t port;
};

struct SimConnection
{
  SimPair *pair;
  SimConnection *next; /* of the pair's */
  SimConnection **link;
  SimPacket *packets; /* on their way, either direction */
  int64_t began_us;
  uint64_t listener; /* SimListener.number that the dialer was answered for */
  unsigned held;     /* by those who still need it although it may be over */
  bool loopback;     /* dialed by the address that every host has */
  SimEnd ends[2];    /* [0] dialed */
};

typedef enum
{
  SIM_PACKET_SYN,
  SIM_PACKET_SYN_ACK,
  SIM_PACKET_THIRD,   /* the dialer's answer to it */
  SIM_PACKET_REFUSAL, /* nobody listens */
  SIM_PACKET_RESET,
  SIM_PACKET_PROBE, /* asks for an answer */
  SIM_PACKET_ANSWER, /* what has arrived; and that there is room */
} SimPacketKind;

struct SimPacket
{
  SimEvent event;
  SimPacket *next;
  SimPacket **link;
  SimEnd *from;
  SimPacketKind kind;
  bool is_forged;   /* the peer knows nothing of it */
  uint64_t arrived; /* ANSWER */
};

/* The timers of an end that something was lost for. */
struct SimPatience
{
  SimEnd *end;
  SimEvent retry;
  SimEvent keepalive;
  unsigned retries;
  unsigned probes;
  int64_t since_us; /* what nobody answers was sent */
};

/* --- For streams --- */

/* Begins to connect; the way leads to where the address is. */
SimEnd *sim_tcp_connect (SimStream *stream, SimWay *way, uint16_t port, bool loopback);
size_t sim_tcp_write (SimEnd *end, const uint8_t *bytes, size_t length);
void sim_tcp_end (SimEnd *end);
/* The program has no stream any more; the end may be gone after that. */
void sim_tcp_close (SimEnd *end);
void sim_tcp_abort (SimEnd *end);
/* The program has taken bytes, or the end, of what `from` sent. */
void sim_tcp_has_read (SimEnd *from, const SimSegment *segment);

/* --- For the network --- */

/* What is on its way here is lost. */
void sim_tcp_lose_all (SimWay *way);
void sim_tcp_reset_all (SimPair *pair);
/* When programs hear of what is sent here has changed. */
void sim_tcp_plan_all (SimWay *way);
/* Kernels end what is open and sends here. */
void sim_tcp_end_all (SimWay *way);
/* The host has lost its power; its streams have been detached. */
void sim_tcp_vanish_all (SimHost *host);
void sim_tcp_free_all (SimPair *pair);

/* --- Inside (tcp.c) --- */

static inline SimWorld *
sim_end_world (const SimEnd *end)
{
  return end->way->from->world;
}
/* Something arrives from the peer: is there an end for it?  An accepting one opens. */
bool sim_end_answers (SimEnd *end);
/* Over; the program, if it still has a stream, is told why. */
void sim_end_fail (SimEnd *end, int number);
void sim_connection_hold (SimConnection *connection);
void sim_connection_release (SimConnection *connection);
/* Sends a packet, which may get lost. */
void sim_packet_send (SimEnd *from, SimPacketKind kind);
/* ... that does not get lost now. */
void sim_packet_launch (SimEnd *from, SimPacketKind kind);

/* Something was sent from there and did not pass: if the way refuses, a reset comes back. */
void sim_end_was_stopped (SimEnd *end);

/* --- Inside (flow.c) --- */

SimSegment *sim_segments_pop (SimSegments *segments);
void sim_segments_free (SimSegments *segments);
/* Cuts the first segment in two, the first of them `length` bytes long. */
void sim_segments_split (SimSegments *segments, uint32_t length);
void sim_flow_init (SimEnd *end);
/* Takes note of the acknowledgements that came up to a time. */
void sim_flow_settle (SimEnd *end, int64_t until_us);
/* How many bytes may be written. */
uint64_t sim_flow_room (SimEnd *end);
/* Sends what waits, as far as the window allows. */
void sim_flow_send_waiting (SimEnd *end);
/* ... again, all at once; false: it got lost at once. */
bool sim_flow_send_again (SimEnd *end, unsigned retries);
/* What is on its way from here is lost, acknowledgements of the peer's bytes included. */
void sim_flow_lose (SimEnd *end);
/* Will the acknowledgements that are on their way tell of all that was sent? */
bool sim_flow_is_covered (const SimEnd *end);

/* --- Inside (patience.c) --- */

/* Starts the timer that has to run, if one has to. */
void sim_patience_check (SimEnd *end);
/* A step of the handshake was lost, and this end has to repeat its own. */
void sim_patience_repeat_step (SimEnd *end);
/* The peer has answered: no more waiting. */
void sim_patience_answered (SimEnd *end);
void sim_patience_free (SimEnd *end);
