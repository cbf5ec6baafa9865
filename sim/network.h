/* sim/network.h - hosts, the ways between them, and what they do to what travels.
 *
 * Knows nothing of connections but that they exist: what is lost by a cut they are told
 * by sim/tcp.h. */
#pragma once

#include "queue.h"
#include "world.h"

typedef struct SimWay SimWay;
typedef struct SimPair SimPair;
typedef struct SimConnection SimConnection;
typedef struct SimChunk SimChunk;
typedef struct SimListener SimListener;

struct SimWorld
{
  uint64_t seed;
  int64_t now_us;
  uint64_t events;
  bool stopped;
  SimQueue *queue;
  GQueue calls; /* of what sim_world_at() was asked for and has not happened */
  SimTcpLimits limits;
  struct SimCapture *capture; /* NULL: nobody looks */
  SimPath path; /* of all ways that have none */
  int64_t lookup_min_us;
  int64_t lookup_max_us;
  GPtrArray *hosts; /* of SimHost, by ordinal; the first is `nowhere` */
  GPtrArray *pairs; /* of SimPair, as they came */
  SimChunk *spare_chunks; /* small ones that nobody needs now */
  unsigned spare_chunks_count;
  GHashTable *hosts_by_name; /* only looked up, never walked */
  uint32_t rare_ppm[AEMP_RARE_COUNT]; /* how often nodes are sent there; 0: never */
  uint32_t rare;      /* where that is not never: a bit each */
  uint32_t rare_seen; /* a bit for each of those that they were sent to */
  SimBook *book;
};

/* A host's idea of time. */
typedef struct
{
  int32_t drift_ppm;
  int64_t since_us;       /* when it began to drift like that, in the world's time ... */
  int64_t base_us;        /* ... and its own */
  int64_t wall_offset_us; /* of the clock on the wall, from its own */
} SimClock;

/* Something that takes longer than it should, for a while. */
typedef struct
{
  int64_t min_us;
  int64_t max_us;
  int64_t until_us; /* not after now: it does not */
} SimLateness;

/* What is wrong with a host for a while; all 0: nothing. */
typedef struct
{
  int64_t refuses_until_us;
  int64_t slow_until_us; /* its programs read `slow_bits` a second */
  uint64_t slow_bits;
  int64_t fails_until_us; /* `fails_ppm` of all lookups do */
  uint32_t fails_ppm;
  SimLateness accepts;
  SimLateness lookups;
} SimTrouble;

struct SimHost
{
  SimWorld *world;
  SimClock clock;
  SimTrouble trouble;
  char *name;
  char *address;
  const char *interfaces[2];
  unsigned ordinal; /* from 1; 0 is nowhere: the host of all addresses that nobody has */
  SimLuck luck;     /* "host/NAME" */
  uint64_t key;     /* its place among the hosts of an instant: SimEvent.host_key */
  bool up;          /* it has power: its kernel answers */
  uint16_t next_port;
  unsigned processes_begun;
  uint64_t listeners_begun;
  SimProcess *process;   /* that runs; NULL: none */
  GPtrArray *processes;  /* of SimProcess: all that have not been freed */
  GPtrArray *listeners;  /* of SimDoor: not owned */
  GPtrArray *pairs;      /* of SimPair with one end here, by the other host's ordinal */
};

/* One way from a host to a host. */
struct SimWay
{
  SimHost *from;
  SimHost *to;
  SimPair *pair;
  SimPath path; /* its own, or the world's */
  SimPath *usual; /* what it was before it was changed; NULL: it was not */
  bool has_path; /* its own */
  bool clean;    /* it lets all pass as it is, at no other cost than a delay */
  bool cut;
  bool refuses; /* ... and answers with resets, */
  bool unreachable; /* ... or with ICMP */
  bool counts;      /* what is sent: */
  uint64_t lose[2]; /* ... which of it is lost, bit 0 is the next; [1]: of acknowledgements */
  int64_t stalled_until_us; /* what arrives is told to no program before that */
  int64_t line_free_us; /* all that was sent at the path's rate is on the line by then */
  uint64_t dialed;      /* connections begun in this direction */
  SimLuck luck;         /* "link/FROM-TO" */
};

/* Two hosts and what is between them; a host and itself, too. */
struct SimPair
{
  SimWay ways[2]; /* [0]: from the host with the lower ordinal (both are the loopback's) */
  SimConnection *connections; /* all of them, the newest first */
};

SimHost *sim_network_host_by_name (SimWorld *world, const char *name);
SimHost *sim_network_host_by_ordinal (SimWorld *world, unsigned ordinal);
/* All hosts and what is between them; no process is left. */
void sim_network_free (SimWorld *world);

/* The way between two hosts, made when first asked for. */
SimWay *sim_network_way (SimHost *from, SimHost *to);

static inline const SimPath *
sim_way_path (const SimWay *way)
{
  return &way->path;
}
/* The size of a send buffer and of a receive window at the ends of this way. */
uint64_t sim_way_buffer_bytes (const SimWay *way);
/* Is there nothing but silence at its other end? */
static inline bool
sim_way_is_silent (const SimWay *way)
{
  return way->cut || !way->to->up;
}
static inline bool
sim_way_refuses (const SimWay *way)
{
  return way->cut && way->refuses;
}
static inline bool
sim_way_is_unreachable (const SimWay *way)
{
  return way->cut && way->unreachable;
}
/* To be called when one of these has changed: the path, a cut, whether there is power. */
static inline void
sim_way_look (SimWay *way)
{
  const SimPath *path = &way->path;

  way->clean = !sim_way_is_silent (way) && !way->counts
               && (path->loss_ppm | path->duplicate_ppm | path->corrupt_ppm | path->rate_bits) == 0;
}

/* --- What becomes of what travels (link.c) --- */

typedef struct
{
  unsigned copies; /* 0: it is lost */
  bool is_spoiled; /* a planted bug takes it all the same */
  int64_t delay_us[2];
} SimPassage;

/* What happens to `length` bytes (0: nothing worth mentioning) that are sent at `now_us` on a way
 * that is not silent; they wait for their turn on the line.  `in_burst` is the sender's memory. */
SimPassage sim_way_pass (SimWay *way, SimLuck luck, uint64_t identity, uint32_t length,
                         int64_t now_us, bool *in_burst);
int64_t sim_way_delay_us (const SimWay *way, SimLuck luck, uint64_t identity);
/* No delay is longer. */
int64_t sim_way_longest_us (const SimWay *way);

/* What the host's monotonic clock says. */
static inline int64_t
sim_clock_now_us (const SimHost *host)
{
  const SimClock *clock = &host->clock;
  int64_t elapsed_us = host->world->now_us - clock->since_us;

  if (clock->drift_ppm != 0) /* in two parts, or it would overflow */
    elapsed_us += elapsed_us / 1000000 * clock->drift_ppm
                  + (elapsed_us % 1000000 * (1000000 + clock->drift_ppm) / 1000000
                     - elapsed_us % 1000000);
  return clock->base_us + elapsed_us;
}
/* When in the world's time will it say that?  Not before now. */
int64_t sim_clock_when_us (const SimHost *host, int64_t time_us);

/* An ephemeral port of the host. */
uint16_t sim_host_take_port (SimHost *host);

/* --- Addresses --- */

typedef enum
{
  SIM_ADDRESS_ANY,      /* "*", 0.0.0.0, [::] */
  SIM_ADDRESS_LOOPBACK, /* 127.0.0.1, [::1] */
  SIM_ADDRESS_HOST,     /* 10.x.y.z and the like, whether somebody has it or not */
} SimAddressKind;

typedef struct
{
  SimAddressKind kind;
  SimHost *host; /* HOST: whose; `nowhere` when nobody's */
  char text[48]; /* without the port */
  uint16_t port;
} SimAddress;

/* Reads a numeric "host:port".  False: it is none. */
bool sim_address_parse (SimWorld *world, const char *text, SimAddress *address);
/* Cuts "host:port" at its last colon into a new text; NULL: that is not what it is. */
char *sim_address_split (const char *text, uint16_t *port);
