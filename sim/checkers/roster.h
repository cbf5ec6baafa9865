/* sim/checkers/roster.h - who lives, who is connected with whom, and who speaks for whom.
 *
 * Read from a trace.  It knows the network as it is, and as the seeds mean it to be:
 *
 *   A node's seeds are the addresses that it reports (SEED) and those that it dials as seeds.  An
 *   address is that of the node that listens there, or whose ID and port it is (hosts of
 *   simulated nodes have their names).  What nobody listened at in this trace counts for nothing.
 *
 *   A *circle* are living nodes that belong together by their seeds: everybody with its living
 *   seeds, and with theirs.  Nodes with different secrets do not belong together.  A circle
 *   is complete when of each two of its seeds one has the other as a seed.
 *
 *   A *group* are living nodes that are connected: global nodes with each other, and
 *   everybody else with its master. */
#pragma once

#include "ledger.h"

typedef struct SimMember SimMember;
typedef struct SimRoster SimRoster;

/* A node ID, with the process that has it now. */
struct SimMember
{
  AempName *name;
  bool traced;     /* it tells its own story: we saw it start */
  bool alive;
  bool is_begun;   /* its process is reported, its node is not yet */
  bool is_global;
  bool listens;
  uint64_t secret; /* its mark; 0: unknown */
  SimMember *master; /* as it says; NULL: none … */
  uint64_t master_line; /* … since then */
  int64_t master_us;
  int64_t ended_us; /* its latest process; SIM_NEVER */
  uint64_t ended_line;
  GPtrArray *seeds; /* of AempName: addresses */
  GQueue links;     /* what it thinks of others */
  GList in_roster;
  void *records;    /* the owner's */
  /* By sim_roster_look(): */
  bool is_seed;     /* somebody alive has it as a seed; it may be itself */
  const SimMember *seed_of;
  bool belongs;     /* is a seed, or has one that is alive */
  SimMember *circle; /* one of its circle stands for it; NULL: dead */
  SimMember *group;  /* one of its group; NULL: in none */
};

struct SimRoster
{
  SimTable members;
  SimTable links;     /* by both ends */
  SimTable addresses; /* SimMember, by the hash of the address */
  GQueue all;         /* SimMember, as they appeared */
  int64_t fault_us;   /* when the world last did something to the nodes */
  int64_t changed_us; /* when anything in here last changed */
  bool strangers;     /* somebody met a node that does not tell its story */
  /* What was told last by sim_roster_judge(): who waits, and for whom; NULL: nobody. */
  const SimMember *waits;
  const SimMember *waits_for; /* NULL: for a master */
};

/* The events that it is made of. */
#define SIM_ROSTER_KINDS                                                                           \
  (SIM_KIND (FAULT) | SIM_KIND (PROCESS_START) | SIM_KIND (PROCESS_END) | SIM_KIND (NODE_START)    \
   | SIM_KIND (LISTEN) | SIM_KIND (DIAL) | SIM_KIND (NODE_UP) | SIM_KIND (NODE_DOWN)               \
   | SIM_KIND (MASTER) | SIM_KIND (GLOBAL) | SIM_KIND (SEED))

void sim_roster_init (SimRoster *roster);
void sim_roster_clear (SimRoster *roster); /* `records` go first */
/* True: this node's process is over, or another one begins. */
bool sim_roster_see (SimRoster *roster, const AempTraceEvent *event, uint64_t line);
SimMember *sim_roster_member (const SimRoster *roster, const AempName *name);

/* Finds circles and groups anew. */
void sim_roster_look (SimRoster *roster);
/* Both say that the other is up. */
bool sim_roster_connected (const SimRoster *roster, const SimMember *one, const SimMember *other);
/* Who speaks for it: itself, or its master if that is a living global node, and connected.
 * NULL: nobody. */
const SimMember *sim_roster_speaker (const SimRoster *roster, const SimMember *member);

/* Why is there nobody who speaks for it; why may one not hear from another?  Appended. */
void sim_roster_say_why_alone (GString *out, const SimRoster *roster, const SimMember *member);
void sim_roster_say_why_deaf (GString *out, const SimRoster *roster, const SimMember *member,
                              const SimMember *source);
/* What `one` knows of its connection with `other`, and since when.  False: nothing. */
bool sim_roster_since (const SimRoster *roster, const SimMember *one, const SimMember *other,
                       int64_t *time_us, uint64_t *line);
void sim_roster_say_link (GString *out, const SimRoster *roster, const SimMember *one,
                          const SimMember *other);

/* Who hears what is wrong: since when, and one line of text.  False: that is enough. */
typedef struct
{
  bool (*tell) (void *user_data, int64_t time_us, uint64_t line, const char *text);
  void *user_data;
} SimTold;

/* After sim_roster_look(): tells what is missing for each circle that is complete to be one
 * network; with `all`, for everybody who has seeds or is one, whatever the seeds are.
 * Returns how many nodes were judged. */
unsigned sim_roster_judge (SimRoster *roster, bool all, const SimTold *told);
/* Does the one who was told of last still wait?  Quick; false says nothing about the others. */
bool sim_roster_still_waits (const SimRoster *roster);
