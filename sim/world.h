/* sim/world.h - virtual time, the hosts on it, and the network between them.
 *
 * The world knows nothing of nodes: it gives each process an AempEnv and does to hosts,
 * processes and paths what it is told.  One seed decides everything in it. */
#pragma once

#include "engine/env.h"
#include "sim/book.h"
#include "sim/tcp-limits.h"

typedef struct SimWorld SimWorld;
typedef struct SimHost SimHost;
typedef struct SimProcess SimProcess;

/* From now on nodes are sent to rare points (engine/env.h), so often; 0: never. */
void sim_world_set_rare (SimWorld *world, AempRare point, uint32_t ppm);
/* A bit for each that one was sent to. */
uint32_t sim_world_rare_seen (const SimWorld *world);

typedef enum
{
  SIM_DELAY_UNIFORM, /* from delay_min_us to delay_max_us; the same: constant */
  SIM_DELAY_NORMAL,  /* about delay_min_us, with the deviation delay_spread_us */
  SIM_DELAY_PARETO,  /* from delay_min_us on, half of delay_spread_us more on average, rarely far more */
} SimDelayKind;

/* One way from one host to another; all 0: at once and in full. */
typedef struct
{
  int64_t delay_min_us;
  int64_t delay_max_us;
  int64_t delay_spread_us;
  SimDelayKind distribution;
  bool reorders;           /* what is sent later may overtake; else it waits */
  uint32_t loss_ppm;       /* of all segments */
  uint32_t loss_burst;     /* above 1: so many in a row, on average */
  uint32_t duplicate_ppm;  /* arrive twice */
  uint32_t corrupt_ppm;    /* arrive, but not as they were: dropped */
  uint64_t rate_bits;      /* 0: as fast as can be */
  uint64_t queue_bytes;    /* that may wait for the line; 0: whatever */
  uint64_t buffer_bytes;   /* of the ends; 0: the world's limit */
} SimPath;

SimWorld *sim_world_new (uint64_t seed);
void sim_world_free (SimWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimWorld, sim_world_free)

uint64_t sim_world_seed (SimWorld *world);
int64_t sim_world_now_us (SimWorld *world);
/* 2026-01-01T00:00:00Z: what right clocks on walls say when a world begins. */
#define SIM_WALL_BEGIN_US (INT64_C (1767225600) * G_USEC_PER_SEC)
uint64_t sim_world_events (SimWorld *world); /* how many have been played */
SimTcpLimits *sim_world_tcp_limits (SimWorld *world); /* to be changed before the first connection */

/* --- Hosts and processes --- */

/* A host that answers to `name` and to the address 10.x.y.z of its ordinal.  Names with `--`
 * between them are one name that has several addresses. */
SimHost *sim_host_new (SimWorld *world, const char *name);
const char *sim_host_name (SimHost *host);
const char *sim_host_address (SimHost *host); /* "10.0.0.1" */

/* Begins a process; its environment lives until the process is freed.  One at a time on
 * each host.  A host that had vanished is back. */
SimProcess *sim_process_new (SimHost *host);
AempEnv *sim_process_env (SimProcess *process);
unsigned sim_process_ordinal (SimProcess *process); /* from 1 on each host */
/* The program ends: its kernel closes all its streams (end, or reset where bytes were unread)
 * and listeners.  To be called after the program gave up its objects, or in their place. */
void sim_process_kill (SimProcess *process);
/* The program stands still, its kernel goes on: it answers, takes what there is room for, and
 * completes connections that wait to be accepted.  When the program goes on it hears of what
 * has happened, timers that came due first.  Killing a paused process is fine. */
void sim_process_pause (SimProcess *process);
void sim_process_resume (SimProcess *process);
/* The host loses power: nobody is told anything. */
void sim_process_vanish (SimProcess *process);
/* Frees it, killed or vanished; objects the program still had are gone. */
void sim_process_free (SimProcess *process);

/* --- Clocks: every host has its own; the world's time, and TCP's, is nobody's --- */

#define SIM_DRIFT_MAX_PPM 100000 /* ten percent, either way */

/* From now on the host's clocks go too fast by so many millionths, or (negative) too slow.
 * Its monotonic clock never jumps; timers keep to it, also those that run already. */
void sim_clock_drift (SimHost *host, int32_t drift_ppm);
/* The clock on its wall is set forward or back. */
void sim_clock_jump (SimHost *host, int64_t by_us);
/* ... is set to be that far from the right time. */
void sim_clock_set_offset (SimHost *host, int64_t offset_us);

/* --- Hosts that are not well, each time until `until_us`; a new call sets a new end --- */

/* The kernel refuses whoever dials, as if nobody listened. */
void sim_host_refuse (SimHost *host, int64_t until_us);
/* Programs accept late: each connection waits for so long with the kernel. */
void sim_host_accept_late (SimHost *host, int64_t least_us, int64_t most_us, int64_t until_us);
/* Programs read slowly: no more than `rate_bits` a second from each connection. */
void sim_host_read_slowly (SimHost *host, uint64_t rate_bits, int64_t until_us);
/* Names that are asked for are not found, in so many millionths of all cases. */
void sim_host_fail_lookups (SimHost *host, uint32_t chance_ppm, int64_t until_us);
/* ... are found late: a lookup takes so long, or until the end of it. */
void sim_host_delay_lookups (SimHost *host, int64_t least_us, int64_t most_us, int64_t until_us);
/* It is well again, for what waits already, too; so are the ways to it that are stalled. */
void sim_host_recover (SimHost *host);

/* --- The network --- */

/* How long a name takes to be found, usually: 100 us to 2 ms. */
void sim_world_set_lookups (SimWorld *world, int64_t least_us, int64_t most_us);
void sim_world_set_path (SimWorld *world, const SimPath *path); /* of all that have none */
void sim_path_set (SimHost *from, SimHost *to, const SimPath *path);
/* What one way is like now. */
SimPath sim_path_get (SimHost *from, SimHost *to);
/* ... and what it is like from now on, until it is as it was again. */
void sim_path_change (SimHost *from, SimHost *to, const SimPath *path);
void sim_path_restore (SimHost *from, SimHost *to);
/* Cuts one way: silence; what is on its way is lost. */
void sim_path_cut (SimHost *from, SimHost *to);
/* ... refusing: who sends there gets a reset for each packet, the other one hears nothing.  On
 * what is cut already it only changes how. */
void sim_path_refuse (SimHost *from, SimHost *to);
/* ... and who sends there is told by ICMP that the host cannot be reached. */
void sim_path_unreachable (SimHost *from, SimHost *to);
void sim_path_heal (SimHost *from, SimHost *to);
/* Loses certain of what is sent there, counted from now: bit 0 of `which` is the next one; of
 * pure acknowledgements (also probes, and news of a window), or of all that takes numbers of the
 * sequence (SYN, SYN-ACK, end, bytes).  A call counts anew for its kind. */
void sim_path_lose (SimHost *from, SimHost *to, bool acks, uint64_t which);
/* Resets all connections between two hosts, as a middlebox does. */
void sim_path_reset (SimHost *one, SimHost *other);
/* What `from` sends arrives and is acknowledged, as far as the window goes, but no program hears
 * of it until `until_us`; neither of ends.  Resets pass. */
void sim_path_stall (SimHost *from, SimHost *to, int64_t until_us);
/* The kernel of `from` ends all its connections to `to`, behind what was written on them; the
 * other direction goes on.  Its program is not told: who writes finds a broken pipe. */
void sim_path_half_close (SimHost *from, SimHost *to);

/* --- Chance --- */

/* What chance decides in this world is in this book, which is the world's. */
SimBook *sim_world_book (const SimWorld *world);

/* --- Time --- */

/* Calls back at a time, before whatever else happens then; for what is done to the world. */
typedef void (*SimWorldCall) (void *user_data);
void sim_world_at (SimWorld *world, int64_t time_us, SimWorldCall call, void *user_data);

/* Plays the next event; false: there is none up to and including `until_us` (then the time is
 * `until_us`, unless that is INT64_MAX: "as long as there is something"). */
bool sim_world_step (SimWorld *world, int64_t until_us);
/* Plays up to `until_us`, or until stopped. */
void sim_world_run (SimWorld *world, int64_t until_us);
void sim_world_stop (SimWorld *world);
