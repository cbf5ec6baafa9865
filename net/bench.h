/* net/bench.h - the parts that `aemp bench node` plays, each in a process of its own.
 *
 * The command starts itself once more for each part, `aemp bench node --play ROLE WORD=VALUE…`,
 * and reads what it says on its standard output: "ready …", and at the end "figure X".  A part
 * that is not needed any more is killed. */
#pragma once

#include "engine/node.h"
#include "net/life.h"

#define NET_BENCH_LIMIT_S 120 /* a part that lives longer dies */

/* What a part is told.  Texts are NULL and numbers 0 where it is not told anything. */
typedef struct
{
  int core; /* -1: any */
  char *framing;
  char *address; /* of the other part */
  char *port;    /* its port's ID */
  uint64_t bytes; /* of the string in each message */
  uint64_t count; /* messages under way, ports, peers */
  double seconds;
} NetBenchPart;

/* `aemp bench node --play …`; argv[0] is the role.  The exit status. */
int net_bench_play (int argc, char **argv);

/* A line on standard output, at once. */
void net_bench_say (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Counts what happens; warms up, measures for a while, says the figure, and ends the process. */
typedef struct
{
  double seconds;
  unsigned step; /* the clock is looked at after so many */
  uint64_t count;
  uint64_t next_look;
  int64_t first_us;
  int64_t begin_us; /* 0: warming up */
  uint64_t begin_count;
} NetBenchMeter;

void net_bench_meter_init (NetBenchMeter *meter, double seconds, unsigned step);
void net_bench_meter_look (NetBenchMeter *meter);
static inline void
net_bench_meter_count (NetBenchMeter *meter, uint64_t count)
{
  meter->count += count;
  if (meter->count >= meter->next_look)
    net_bench_meter_look (meter);
}

/* bench-node.c: parts played by a whole node, as `aemp run` has it. */
void net_bench_take (const NetBenchPart *part);
void net_bench_send (const NetBenchPart *part);
void net_bench_echo (const NetBenchPart *part);
void net_bench_call (const NetBenchPart *part);
void net_bench_local (const NetBenchPart *part);
void net_bench_local_again (const NetBenchPart *part);
void net_bench_ports (const NetBenchPart *part);
void net_bench_crowd (const NetBenchPart *part);

/* bench-plain.c: the same with sockets and nothing else. */
void net_bench_plain_take (const NetBenchPart *part);
void net_bench_plain_send (const NetBenchPart *part);
void net_bench_plain_echo (const NetBenchPart *part);
void net_bench_plain_call (const NetBenchPart *part);

/* Bytes that a process has to itself and has written to; of all that it has in memory.
 * False: it cannot be told. */
bool net_bench_memory (int pid, uint64_t *private_dirty_bytes, uint64_t *resident_bytes);
