/* sim/checkers/spawns.h - promise 9: a spawn shows no effect before it returns, and the new
 * port is there for what was sent after it.
 *
 * A spawn is remembered from the SPAWN until its port begins, its request is refused, or its
 * request is lost.  The request is the SEND right behind the SPAWN; its payload names it. */
#pragma once

#include "ledger.h"

/* More that are under way than this are not remembered. */
#define SIM_SPAWNS_MAX 65536

typedef struct SimSpawn SimSpawn;
struct SimSpawn
{
  AempName *from;
  AempName *to;
  AempName *port;
  uint64_t key;        /* of the port */
  uint64_t request;    /* of the request, once it is sent */
  bool sent;
  bool arrived;
  int64_t time_us;     /* of the SPAWN */
  int64_t arrived_us;
  uint64_t arrived_line;
  GList in_spawns;
};

typedef struct
{
  SimLedger *ledger;
  SimFindings *findings;
  SimTable by_port;
  SimTable by_request;
  GQueue all;       /* oldest first */
  SimSpawn *latest; /* its request was not sent yet; or NULL */
} SimSpawns;

void sim_spawns_init (SimSpawns *spawns, SimLedger *ledger, SimFindings *findings);
void sim_spawns_clear (SimSpawns *spawns);

/* What happens, in the order in which a spawn should.  `known`: there was such a port. */
void sim_spawns_ask (SimSpawns *spawns, const AempTraceEvent *event, uint64_t line, bool known);
void sim_spawns_send (SimSpawns *spawns, const AempTraceEvent *event);
void sim_spawns_arrive (SimSpawns *spawns, SimNode *node, const AempTraceEvent *event,
                        uint64_t line);
void sim_spawns_born (SimSpawns *spawns, SimPort *port, const AempTraceEvent *event,
                      uint64_t line);
void sim_spawns_refuse (SimSpawns *spawns, SimNode *node);
void sim_spawns_lose (SimSpawns *spawns, const SimFlow *flow, const SimPacket *packet);
/* Something is done at, or in the context of, a port that is not there: is it one that is yet
 * to begin?  That is judged, then. */
bool sim_spawns_judge_early (SimSpawns *spawns, const AempTraceEvent *event,
                             const AempName *port, const char *what, uint64_t line);
/* A message found no port: was that to begin before? */
void sim_spawns_judge_unknown (SimSpawns *spawns, const AempTraceEvent *event, uint64_t line);
void sim_spawns_stop (SimSpawns *spawns, const SimNode *node);
void sim_spawns_end (SimSpawns *spawns, int64_t end_us);

static inline bool
sim_spawns_any (const SimSpawns *spawns)
{
  return spawns->all.length > 0;
}
