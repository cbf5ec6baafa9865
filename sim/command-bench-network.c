/* sim/command-bench-network.c - `aemp bench network`: what a large network costs.
 *
 * Everything is the engine itself in the simulated world: nodes dial, shake hands, choose
 * masters, register ports and look addresses up, as they would on a wire. */

#include "sim/command-bench.h"

#include "engine/digest.h"
#include "engine/node.h"
#include "sim/luck.h"
#include "sim/print.h"
#include "sim/world.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define EXIT_USAGE 64
#define SECOND ((int64_t)1000000)
#define MINUTE (60 * SECOND)
#define NODES_FOR_A_GLOBAL 25
#define PARTNERS 10               /* to whom a node sends, one after the other */
#define AWAY_US (30 * SECOND)     /* between leaving and joining */
#define STEP_US (SECOND / 10)     /* so often is looked whether something has come about */
#define PATIENCE_US (10 * MINUTE) /* with what has to come about */
#define KEYS_NODES 100
#define LINKED_NODES 100

/* Figures of a network that is broken are worth nothing. */
G_GNUC_NORETURN G_GNUC_PRINTF (1, 2)
static void
give_up (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fflush (stdout);
  fprintf (stderr, "aemp bench network: %s\n", text);
  exit (1);
}

/* --- A network ------------------------------------------------------------------------------- */

typedef struct Member Member;

typedef struct
{
  AempTracer tracer; /* of all nodes */
  AempDigest digest;
  uint64_t events;
  uint64_t delivered; /* to the ports of members */
  uint64_t sent;
  uint64_t left; /* how many nodes have left, and joined again */
  SimWorld *world;
  SimLuck luck;
  const char *family; /* that some watch */
  Member *members;
  unsigned count;
  unsigned globals;  /* the first of them */
  unsigned watchers; /* the first of them: all global nodes, and maybe others */
  unsigned room;     /* for members */
} Network;

struct Member
{
  Network *network;
  unsigned index;
  SimHost *host;
  SimProcess *process;
  AempNode *node; /* NULL: it is away */
  char *port;
  uint64_t ticks;
  unsigned keys; /* of the family, as it was told */
  uint64_t sum;
};

static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  Network *network = (Network *)tracer;
  network->events++;
  aemp_digest_see (&network->digest, event);
}

static Network *
network_new (unsigned count, unsigned room, const char *family)
{
  Network *network = g_new0 (Network, 1);
  SimPath path = { .delay_min_us = 1000, .delay_max_us = 10000 };
  network->tracer.see = see;
  network->world = sim_world_new (1);
  network->luck = sim_luck (1, "bench");
  network->family = family;
  network->count = count;
  network->globals = (count + NODES_FOR_A_GLOBAL - 1) / NODES_FOR_A_GLOBAL;
  network->watchers = network->globals;
  network->room = room;
  network->members = g_new0 (Member, room);
  sim_world_set_path (network->world, &path);
  aemp_digest_init (&network->digest, 1);
  return network;
}

static unsigned
draw (const Member *member, const char *what, uint64_t which, unsigned below)
{
  SimLuck luck = sim_luck_number (sim_luck_below (member->network->luck, what), member->index);
  return (unsigned)sim_luck_between (luck, which, 0, below - 1);
}

/* Node 0 is the seed of the global nodes; each other one has two of these. */
static char *
seeds_of (const Member *member)
{
  unsigned globals = member->network->globals;
  if (member->index < globals || globals == 1)
    return g_strdup ("node0:4040");
  unsigned one = draw (member, "seed", 0, globals);
  unsigned other = (one + 1 + draw (member, "seed", 1, globals - 1)) % globals;
  return g_strdup_printf ("node%u:4040,node%u:4040", one, other);
}

static AempConfig *
configure (const Member *member)
{
  AempConfig *config = aemp_config_new ();
  g_autofree char *seeds = seeds_of (member);
  sim_bench_set (config, "nodeid", sim_host_name (member->host));
  sim_bench_set (config, "binds", "*:4040");
  sim_bench_set (config, "secret", "the secret of the bench");
  sim_bench_set (config, "framing_format", "json");
  if (member->index < member->network->globals)
    sim_bench_set (config, "global", "on");
  if (member->index > 0)
    sim_bench_set (config, "seeds", seeds);
  return config;
}

static void
receive (AempNode *node, const AempList *message, void *user_data)
{
  Member *member = user_data;
  member->network->delivered++;
}

static void
told (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  Member *member = user_data;
  member->keys = aemp_family_count (news->family);
  member->sum = aemp_family_sum (news->family);
}

/* So does one who comes later. */
static bool
watches (const Member *member)
{
  return member->index < member->network->watchers || member->index == member->network->count;
}

static void
join (Member *member)
{
  Network *network = member->network;
  g_autoptr (AempConfig) config = configure (member);
  g_autoptr (GError) error = NULL;
  member->process = sim_process_new (member->host);
  member->node
      = aemp_node_new (sim_process_env (member->process), config, &network->tracer, &error);
  if (!member->node || !aemp_node_start (member->node, &error))
    give_up ("%s", error->message);
  g_free (member->port);
  member->port = g_strdup (aemp_port (member->node, receive, member, NULL));
  member->keys = 0;
  if (watches (member))
    aemp_db_mon (member->node, network->family, told, member, NULL);
}

/* What it leaves the kernel ends. */
static void
leave (Member *member)
{
  sim_process_kill (member->process);
  g_clear_pointer (&member->node, aemp_node_free);
  g_clear_pointer (&member->process, sim_process_free);
}

static Member *
add_member (Network *network, unsigned index)
{
  g_assert (index < network->room);
  g_autofree char *name = g_strdup_printf ("node%u", index);
  Member *member = &network->members[index];
  member->network = network;
  member->index = index;
  member->host = sim_host_new (network->world, name);
  join (member);
  return member;
}

static void
network_free (Network *network)
{
  for (unsigned i = 0; i < network->room; i++)
    {
      Member *member = &network->members[i];
      if (member->node)
        {
          sim_process_vanish (member->process);
          aemp_node_free (member->node);
          sim_process_free (member->process);
        }
      g_free (member->port);
    }
  sim_world_free (network->world);
  g_free (network->members);
  g_free (network);
}

/* Everybody who watches knows so many keys, and the same ones. */
static bool
agree (const Network *network, unsigned keys)
{
  for (unsigned i = 0; i < network->watchers; i++)
    if (network->members[i].keys != keys || network->members[i].sum != network->members[0].sum)
      return false;
  return true;
}

static void
wait_until_agreed (Network *network, unsigned keys)
{
  int64_t until_us = sim_world_now_us (network->world) + PATIENCE_US;
  while (!agree (network, keys))
    {
      if (sim_world_now_us (network->world) >= until_us)
        give_up ("%u nodes do not agree on %u keys", network->count, keys);
      sim_world_run (network->world, sim_world_now_us (network->world) + STEP_US);
    }
}

static double
heap_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();
  return (double)(info.uordblks + info.hblkhd);
}

static double
most_bytes (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss * 1024;
}

/* --- An hour: messages, and nodes that leave and join ---------------------------------------- */

#define MEMBERS "members"

typedef struct
{
  double cpu_seconds[SIM_BENCH_RUNS_MAX];
  uint64_t sent;
  uint64_t delivered;
  uint64_t events;
  uint64_t left;
  double heap_bytes;
  double most_bytes;
} Hour;

static void
say_something (AempNode *node, const AempList *message, void *user_data)
{
  Member *member = user_data;
  Network *network = member->network;
  unsigned other = draw (member, "partner", member->ticks % PARTNERS, network->count);
  aemp_snd (node, network->members[other].port, "si", "hello", (int64_t)member->ticks);
  network->sent++;
  member->ticks++;
  aemp_after (node, MINUTE, say_something, member, NULL);
}

static void
take_part (Member *member)
{
  AempNode *node = member->node;
  aemp_db_reg (node, MEMBERS, member->port, "I", (int)member->index);
  aemp_after (node, draw (member, "first", member->ticks, MINUTE), say_something, member, NULL);
}

static void
come_back (void *user_data)
{
  Member *member = user_data;
  join (member);
  take_part (member);
}

static void
one_leaves (void *user_data)
{
  Network *network = user_data;
  SimLuck luck = sim_luck_below (network->luck, "leaves");
  int64_t which = sim_luck_between (luck, network->left, 1, network->count - 1);
  Member *member = &network->members[which];
  int64_t now_us = sim_world_now_us (network->world);
  network->left++;
  leave (member);
  sim_world_at (network->world, now_us + AWAY_US, come_back, member);
}

static void
measure_hour (Hour *hour, unsigned run, unsigned nodes, unsigned minutes)
{
  double heap = heap_bytes ();
  double began = sim_bench_cpu_seconds ();
  Network *network = network_new (nodes, nodes, MEMBERS);
  network->watchers = MIN (2 * network->globals, nodes);
  for (unsigned i = 0; i < nodes; i++)
    take_part (add_member (network, i));
  for (unsigned minute = 1; minute < minutes && nodes > 1; minute++)
    sim_world_at (network->world, minute * MINUTE, one_leaves, network);
  sim_world_run (network->world, minutes * MINUTE);
  hour->cpu_seconds[run] = sim_bench_cpu_seconds () - began;
  hour->heap_bytes = heap_bytes () - heap;
  hour->most_bytes = most_bytes ();
  hour->sent = network->sent;
  hour->delivered = network->delivered;
  hour->events = network->events;
  hour->left = network->left;
  wait_until_agreed (network, nodes);
  network_free (network);
}

/* The exponent e of the curve nodes^e that comes closest to the medians. */
static double
exponent (const unsigned *nodes, const double *seconds, unsigned count)
{
  double x = 0, y = 0, xx = 0, xy = 0;
  for (unsigned i = 0; i < count; i++)
    {
      double a = log (nodes[i]), b = log (seconds[i]);
      x += a;
      y += b;
      xx += a * a;
      xy += a * b;
    }
  return (count * xy - x * y) / (count * xx - x * x);
}

static void
print_hour (const Hour *hour, double *seconds, unsigned nodes, unsigned runs)
{
  g_autofree char *what = sim_print_number_of (nodes, "node|nodes");
  g_autofree char *sent = sim_print_count (hour->sent);
  g_autofree char *delivered = sim_print_count (hour->delivered);
  g_autofree char *events = sim_print_count (hour->events);
  sim_bench_row (what, "ms of CPU", seconds, runs);
  printf ("  %s messages sent, %s delivered, %u nodes replaced, %s trace events\n", sent, delivered,
          (unsigned)hour->left, events);
  printf ("  %.1f MiB at the end, %.1f MiB at the most\n", hour->heap_bytes / 1048576,
          hour->most_bytes / 1048576);
  fflush (stdout);
}

static void
bench_hours (unsigned nodes, unsigned minutes, unsigned runs)
{
  static const unsigned tenths[] = { 1, 2, 4, 10 };
  unsigned sizes[G_N_ELEMENTS (tenths)];
  double medians[G_N_ELEMENTS (tenths)];
  g_autofree char *time = sim_print_number_of (minutes, "minute|minutes");
  printf ("%s; each node sends a message a minute; one node a minute is replaced\n", time);
  for (unsigned i = 0; i < G_N_ELEMENTS (tenths); i++)
    {
      g_autofree Hour *hour = g_new0 (Hour, 1);
      double ms[SIM_BENCH_RUNS_MAX];
      sizes[i] = nodes * tenths[i] / 10;
      for (unsigned run = 0; run < runs; run++)
        {
          measure_hour (hour, run, sizes[i], minutes);
          ms[run] = 1000 * hour->cpu_seconds[run];
        }
      print_hour (hour, ms, sizes[i], runs);
      medians[i] = sim_bench_median (ms, runs);
    }
  printf ("CPU time grows with the nodes to the power of %.2f\n\n",
          exponent (sizes, medians, G_N_ELEMENTS (sizes)));
}

/* --- A family of many keys, and a node that joins -------------------------------------------- */

#define KEYS "keys"

static void
set_keys (Member *member, unsigned keys)
{
  unsigned nodes = member->network->count;
  for (unsigned i = member->index; i < keys; i += nodes)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);
      aemp_db_set (member->node, KEYS, key, "I", (int)i);
    }
}

typedef struct
{
  double cpu_seconds;
  double virtual_seconds;
  double heap_bytes;
} Join;

/* Until the one who joins knows all keys. */
static Join
measure_join (Network *network, unsigned keys)
{
  Member *member = &network->members[network->count];
  double heap = heap_bytes ();
  double began = sim_bench_cpu_seconds ();
  int64_t began_us = sim_world_now_us (network->world);
  if (member->host)
    join (member);
  else
    add_member (network, network->count);
  while (member->keys < keys)
    {
      int64_t now_us = sim_world_now_us (network->world);
      if (now_us - began_us >= PATIENCE_US)
        give_up ("who joins knows %u of %u keys", member->keys, keys);
      sim_world_run (network->world, now_us + STEP_US);
    }
  Join joined = { .cpu_seconds = sim_bench_cpu_seconds () - began };
  joined.virtual_seconds = (double)(sim_world_now_us (network->world) - began_us) / SECOND;
  joined.heap_bytes = heap_bytes () - heap;
  if (member->sum != network->members[0].sum)
    give_up ("who joins knows other keys");
  leave (member);
  return joined;
}

static void
bench_keys (unsigned nodes, unsigned keys, unsigned runs)
{
  double ms[SIM_BENCH_RUNS_MAX];
  double heap = heap_bytes ();
  double began = sim_bench_cpu_seconds ();
  g_autofree char *count = sim_print_count (keys);
  Network *network = network_new (nodes, nodes + 1, KEYS);
  Join joined = { 0 };
  printf ("%s keys in one family, over %u nodes, of which %u are global\n", count, nodes,
          network->globals);
  for (unsigned i = 0; i < nodes; i++)
    add_member (network, i);
  sim_world_run (network->world, MINUTE);
  for (unsigned i = 0; i < nodes; i++)
    set_keys (&network->members[i], keys);
  wait_until_agreed (network, keys);
  double setting = sim_bench_cpu_seconds () - began;
  printf ("  set in %.1f s of CPU; %.1f MiB, %.0f bytes a key\n", setting,
          (heap_bytes () - heap) / 1048576, (heap_bytes () - heap) / keys);
  for (unsigned run = 0; run < runs; run++)
    {
      joined = measure_join (network, keys);
      ms[run] = 1000 * joined.cpu_seconds;
      sim_world_run (network->world, sim_world_now_us (network->world) + MINUTE);
    }
  sim_bench_row ("one more node joins and watches", "ms of CPU", ms, runs);
  printf ("  %.1f s of virtual time, %.1f MiB more; %.1f MiB at the most\n\n",
          joined.virtual_seconds, joined.heap_bytes / 1048576, most_bytes () / 1048576);
  fflush (stdout);
  network_free (network);
}

/* --- A connection ---------------------------------------------------------------------------- */

/* Each node sends a message to each other one. */
static void
bench_links (unsigned nodes)
{
  Network *network = network_new (nodes, nodes, MEMBERS);
  double bytes[2];
  for (unsigned i = 0; i < nodes; i++)
    add_member (network, i);
  sim_world_run (network->world, MINUTE);
  for (unsigned part = 0; part < 2; part++) /* the second half of them is measured */
    {
      double heap = heap_bytes ();
      for (unsigned i = 0; i < nodes; i++)
        for (unsigned j = 0; j < i; j++)
          if ((i + j) % 2 == part)
            aemp_snd (network->members[i].node, network->members[j].port, "s", "hello");
      sim_world_run (network->world, sim_world_now_us (network->world) + MINUTE);
      bytes[part] = heap_bytes () - heap;
    }
  unsigned links = nodes * (nodes - 1) / 4;
  if (network->delivered != (uint64_t)nodes * (nodes - 1) / 2)
    give_up ("not all were delivered");
  printf ("a connection takes %.0f bytes, both ends together with their kernels\n",
          bytes[1] / links);
  network_free (network);
}

/* --- The command ----------------------------------------------------------------------------- */

const char sim_bench_network_help[]
    = "aemp bench network - measures large networks in the simulated world\n"
      "\n"
      "  aemp bench network [--nodes N] [--minutes N] [--keys N] [--runs N]\n"
      "\n"
      "  --nodes N    of the largest network (500); it is measured with 10, 20, 40 and 100 %\n"
      "  --minutes N  of virtual time (60)\n"
      "  --keys N     in one family over 100 nodes, which one more node joins (1,000,000)\n"
      "  --runs N     of each measurement (3)\n"
      "\n"
      "CPU time is that of one core, from the first node on, without checkers.  One node in 25 is\n"
      "global; all register a port, and the global nodes and as many others watch that\n"
      "family.  In the end these have to agree: the status is 1 if they do not.\n";

typedef struct
{
  const char *name;
  uint64_t least;
  uint64_t most;
  uint64_t value;
} Option;

enum
{
  NODES,
  MINUTES,
  KEYS_COUNT,
  RUNS,
};

static bool
read_options (Option *options, unsigned count, int argc, char **argv)
{
  for (int i = 1; i < argc; i += 2)
    {
      unsigned which = 0;
      while (which < count && strcmp (argv[i], options[which].name) != 0)
        which++;
      if (which == count || i + 1 == argc
          || !g_ascii_string_to_unsigned (argv[i + 1], 10, options[which].least,
                                          options[which].most, &options[which].value, NULL))
        return false;
    }
  return true;
}

int
sim_bench_network (int argc, char **argv)
{
  Option options[] = {
    [NODES] = { "--nodes", 10, 10000, 500 },
    [MINUTES] = { "--minutes", 1, 1440, 60 },
    [KEYS_COUNT] = { "--keys", KEYS_NODES, 10000000, 1000000 },
    [RUNS] = { "--runs", 1, SIM_BENCH_RUNS_MAX, 3 },
  };
  if (!read_options (options, G_N_ELEMENTS (options), argc, argv))
    {
      fprintf (stderr, "%s", sim_bench_network_help);
      return EXIT_USAGE;
    }
  unsigned runs = (unsigned)options[RUNS].value;
  bench_hours ((unsigned)options[NODES].value, (unsigned)options[MINUTES].value, runs);
  bench_links (LINKED_NODES);
  bench_keys (KEYS_NODES, (unsigned)options[KEYS_COUNT].value, runs);
  return 0;
}
