/* sim/checkers/ledger.h - who sends to whom, who watches whom, and which send is which arrival.
 *
 * The ledger reads a trace and keeps what is under way: nodes with their ports, for each
 * ordered pair of nodes the channels between them, for each port the flow of messages from
 * each node, for each flow the monitors that watch it.  The checkers listen to its news and
 * judge; those that write to the same findings share one ledger.  See "Which send is which delivery?" in engine/trace.h.
 *
 * Packets sent to a node that is not up yet wait in a channel without a connection; the
 * connection that comes up takes it over.  A channel is over for its sender when that says so
 * (link or node down, dialing failed), and for good when the receiver says so as well: what a
 * receiver had got by then it may still process. */
#pragma once

#include "checker.h"
#include "engine/value.h"
#include "fifo.h"
#include "table.h"

#include <string.h>

#define SIM_NEVER INT64_MIN
/* What a node does "at once" is done when its clock has moved on by this much: a simulated
 * node needs no time at all, a real one may spread a long local queue over some turns. */
#define SIM_AT_ONCE_US 10000
/* … and what a real one's local queue needs while its processor is busy with other processes. */
#define SIM_BUSY_US 1000000
/* A receiver that never appears in the trace is no reason to remember more than this. */
#define SIM_UNSEEN_PACKETS_MAX 65536
/* Channels of a pair that are over for the sender, while the receiver keeps silent. */
#define SIM_OPEN_CHANNELS_MAX 8

typedef struct SimNode SimNode;
typedef struct SimPort SimPort;
typedef struct SimPair SimPair;
typedef struct SimChannel SimChannel;
typedef struct SimFlow SimFlow;
typedef struct SimWatch SimWatch;

/* A duty: something that a node has to do at once.  The judge's. */
typedef struct SimDuty SimDuty;

/* A node ID, with the process that has it now. */
struct SimNode
{
  uint64_t hash;     /* the name's */
  int64_t now_us;    /* of its latest event */
  SimChannel *local; /* to itself; NULL: nothing was sent there yet */
  bool traced;       /* it tells its own story: we saw it start */
  bool running;
  bool had_process;  /* somebody else reports and counts its processes: it is simulated */
  bool started;
  GQueue duties;     /* the judge's, and so is … */
  GQueue untold;     /* … SimWatch of ports elsewhere that died; the news is under way */
  /* --- To here all that a message needs: one line of the cache --- */
  AempName *name;
  uint64_t process;  /* counts its processes */
  GQueue outgoing;   /* SimPair, from here */
  GQueue incoming;   /* SimPair, to here */
  GQueue ports;      /* SimPort, the ones we know */
  GQueue watches;    /* SimWatch, the monitors it has set, oldest first */
  GList in_ledger;
  /* The judge's. */
  int64_t kil1_us;   /* its latest request to kill a port */
  struct SimSpawn *asked_for; /* by the latest request to spawn a port here */
};

struct SimPort
{
  SimNode *node;
  AempName *name;
  uint64_t key;
  bool alive;        /* not asked of node ports: see sim_port_alive() */
  bool born;         /* it was alive once */
  GQueue flows;
  GList in_node;
  /* The judge's: what could kill it. */
  bool dead;         /* it did die */
  uint64_t death;    /* of this */
  bool failed;
  unsigned asks;     /* times somebody asked for it … */
  uint64_t asked[2]; /* … for the first two reasons */
  uint64_t link_line; /* the latest link to it fired at this line */
  int64_t link_us;   /* links that fired at this time … */
  unsigned links;    /* … abnormally, so many … */
  uint64_t linked[2]; /* … with the first two reasons … */
  bool spared;       /* … and normally */
  bool spawned;      /* it was made by a request */
  bool doomed;       /* a local kill of it is queued … */
  uint64_t doom;     /* … with this reason … */
  uint64_t doom_mark; /* … behind so many local packets */
};

/* From one node to another (or to itself). */
struct SimPair
{
  SimNode *from;
  SimNode *to;
  SimChannel *current; /* where sends go; NULL: none yet.  Each flow knows it, too */
  uint64_t key;
  SimChannel *over;    /* the latest that is over for good, for a last look */
  GQueue channels;     /* those that are not, the current one included */
  GQueue flows;
  uint64_t given_up;   /* how many channels the sender gave up */
  int64_t loss_us;     /* when the sender last reported a loss */
  /* The judge's. */
  bool up;             /* the sender said so */
  uint64_t down_line;  /* its connection is over since this line; 0: it is not, or that was told */
  int64_t down_us;     /* … and since then */
  GList in_from;
  GList in_to;
};

struct SimChannel
{
  SimNode *to;
  int64_t arrival_us;  /* the latest; SIM_NEVER */
  bool open;           /* its receiver is known to be there; false: look closer */
  bool receiver_done;
  bool blind;          /* the receiver never appeared: nothing is remembered or judged */
  bool stuck;          /* the judge's: a local message stayed, and that was said */
  SimFifo fifo;
  /* --- Its first fields are the last of a message's line --- */
  SimPair *pair;
  uint64_t connection; /* 0: waiting for one, or local */
  int64_t given_up_us; /* when the sender gave it up; SIM_NEVER */
  GList in_pair;
};

/* The messages of one process to one port. */
struct SimFlow
{
  SimNode *from;
  SimChannel *current; /* the pair's; NULL also once the sending process is over */
  SimPort *port;       /* NULL once the sending process is over */
  uint64_t sent;       /* the number of the latest message */
  uint64_t arrived;    /* of the latest that reached the port */
  uint64_t lost;       /* of the latest that is lost for sure; 0: none */
  uint64_t since;      /* messages sent before the oldest monitor was set; UINT64_MAX: none is */
  uint32_t under_way;
  bool open;           /* the port is there, and alive */
  bool local;          /* sender and receiver are the same node */
  /* --- To here one line of the cache --- */
  SimPair *pair;
  AempName *name;      /* of the port */
  uint64_t key;
  GQueue watches;      /* SimWatch, oldest first */
  GList in_pair;
  GList in_port;
};

/* A monitor that is set and neither fired nor dropped. */
struct SimWatch
{
  uint64_t number;
  SimNode *node;
  SimFlow *flow;
  bool links;          /* it kills `other` */
  AempName *other;
  uint64_t since;      /* messages sent before it was set */
  int64_t time_us;
  uint64_t line;
  GList in_node;
  GList in_flow;
  /* The judge's. */
  uint64_t mark;           /* when so many packets have arrived, the other node has it for sure, … */
  uint64_t mark_given_up;  /* … if the pair's channel is still the same */
  uint64_t owed;           /* the first message lost under it; 0: none */
  int64_t owed_sent_us;    /* when that was sent, … */
  int64_t owed_lost_us;    /* … and when it was lost for sure */
  bool settled;            /* that was judged, or is about to be */
  bool died;               /* the port did, … */
  bool exact;              /* … when the monitor was in place for sure … */
  uint64_t death;          /* … of this, … */
  int64_t died_us;         /* … then, by its node's clock */
  bool untold;             /* among its node's `untold` */
  bool news_judged;        /* … and the verdict is spoken */
  GList in_untold;
};

/* Something arrived that is not what was due. */
typedef struct
{
  SimFit fit;        /* SIM_FITS: `missing` packets were passed over by later ones */
  const AempTraceEvent *event; /* the arrival; NULL for those */
  SimPair *pair;
  SimPacket packet;  /* see SimFit; number 0: none */
  const AempName *name; /* the port that `packet` was for; NULL: no longer known */
  uint64_t missing;
  bool resent;       /* `packet` went over an earlier connection … */
  bool arrived;      /* … and arrived there */
  int64_t time_us;
  uint64_t line;
} SimOddity;

/* A packet that was due arrived at its port on `node` (`event` is a DELIVER or REQUEST). */
typedef void (*SimArrived) (void *judge, SimNode *node, SimFlow *flow, const SimPacket *packet,
                            const AempTraceEvent *event, uint64_t line);

/* What the judge wants to hear; NULL: nothing. */
typedef struct
{
  SimArrived arrived;
  /* It did at a node that awaits news of deaths. */
  void (*overdue) (void *judge, SimNode *node, const SimFlow *flow, const SimPacket *packet,
                   int64_t time_us, uint64_t line);
  /* Something else arrived; told last, when all about it was. */
  void (*unexpected) (void *judge, const AempTraceEvent *event, uint64_t line);
  void (*odd) (void *judge, const SimOddity *oddity);
  /* It will never arrive, or found no port. */
  void (*lost) (void *judge, SimFlow *flow, const SimPacket *packet, SimChannel *channel,
                int64_t time_us, uint64_t line);
  /* The sender reported that what is under way or queued is lost. */
  void (*gave_up) (void *judge, SimPair *pair, int64_t time_us, uint64_t line);
  /* All that a node did at its time `now_us` is done; told while it has duties, or local
   * packets under way. */
  void (*later) (void *judge, SimNode *node, uint64_t line);
  /* A process is over; its monitors and flows are gone next. */
  void (*stopped) (void *judge, SimNode *node);
  /* A monitor was set; fired (just before it goes; NULL: there is no such); dropped. */
  void (*set) (void *judge, SimWatch *watch, bool again, const AempTraceEvent *event,
               uint64_t line);
  void (*fired) (void *judge, SimNode *node, SimWatch *watch, const AempTraceEvent *event,
                 uint64_t line);
  void (*dropped) (void *judge, SimNode *node, SimWatch *watch, const AempTraceEvent *event);
  /* A port begins; it does not count as alive yet. */
  void (*born) (void *judge, SimPort *port, const AempTraceEvent *event, uint64_t line);
  /* A port is dead; it still counts as alive. */
  void (*died) (void *judge, SimPort *port, const AempTraceEvent *event, uint64_t line);
  /* What could kill a port: KILL, FAILURE, REQUEST. */
  void (*danger) (void *judge, SimNode *node, const AempTraceEvent *event, uint64_t line);
} SimLedgerNews;

#define SIM_LEDGER_JUDGES_MAX 4

typedef struct SimLedger SimLedger;
struct SimLedger
{
  const SimLedgerNews *news[SIM_LEDGER_JUDGES_MAX];
  void *judges[SIM_LEDGER_JUDGES_MAX];
  unsigned judges_count;
  struct
  {
    SimArrived tell;
    void *judge;
  } arrived[SIM_LEDGER_JUDGES_MAX + 1]; /* the same for what happens most; NULL ends them */
  SimTable nodes;
  SimTable ports;
  SimTable pairs;
  SimTable channels; /* by sender and connection */
  SimTable flows;
  SimTable watches;
  AempName nameless; /* the empty name: that of node ports */
  GQueue all_nodes;  /* in the order in which they appeared */
  int64_t fault_us;  /* when the world last did something to the nodes */
  uint64_t odd_key;  /* the channel of the latest arrival that nobody sent */
};

/* The ledger of these findings, with one more judge who gets its news until it leaves.  The
 * last to leave turns off the light. */
SimLedger *sim_ledger_join (SimFindings *findings, const SimLedgerNews *news, void *judge);
void sim_ledger_leave (SimFindings *findings, void *judge);
/* Takes an event in, and tells the judges. */
void sim_ledger_see (SimLedger *ledger, const AempTraceEvent *event, uint64_t line);
/* The trace is over: tells of what was passed over and never came. */
void sim_ledger_end (SimLedger *ledger);

/* Look-ups; NULL: not known (any more). */
SimNode *sim_ledger_node (const SimLedger *ledger, const AempName *name);
SimPort *sim_ledger_port (const SimLedger *ledger, const SimNode *node, const AempName *name);
SimPair *sim_ledger_pair (const SimLedger *ledger, const SimNode *from, const SimNode *to);
SimWatch *sim_ledger_watch (const SimLedger *ledger, const SimNode *node, uint64_t number);

/* Does the node have this port now?  Its node port is there as long as it runs. */
static inline bool
sim_port_alive (const SimPort *port)
{
  return port->name->length > 0 ? port->alive : port->node->running;
}

/* The parts of a port's ID, for printf: SIM_ID, sim_id_parts (node, port). */
#define SIM_ID "%s%s%s"
#define SIM_ID_PARTS(node, port)                                                                   \
  (node)->text, (port)->length > 0 ? "#" : "", (port)->text

/* A time in seconds, for printf. */
#define SIM_TIME "%" G_GINT64_FORMAT ".%03d s"
#define SIM_TIME_PARTS(time_us) (time_us) / 1000000, (int)((time_us) / 1000 % 1000)
