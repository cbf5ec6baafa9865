/* sim/command-bench.c - `aemp bench simulate`: what the simulated world costs.
 *
 * Figures are per second of CPU time of this process, which has one thread: medians of
 * several runs with the least and the greatest beside them. */

#include "sim/command-bench.h"
#include "sim/command.h"

#include "engine/digest.h"
#include "engine/node.h"
#include "sim/actors/actors.h"
#include "sim/checkers/jury.h"
#include "sim/print.h"
#include "sim/run.h"
#include "sim/world.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXIT_USAGE 64
#define RUNS_MAX SIM_BENCH_RUNS_MAX
#define SECOND ((int64_t) 1000000)
#define RING_MESSAGES 600000 /* about so many are delivered in a run */
#define SETTLE_US (10 * SECOND) /* until all are connected */

double
sim_bench_cpu_seconds (void)
{
  struct timespec now;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* --- The ring: N nodes, one message in flight a node ----------------------------------------- */

typedef struct
{
  AempTracer tracer; /* of all nodes */
  AempDigest digest;
  SimFindings findings;
  SimJury jury;
  uint64_t delivered;
  uint64_t line;
  SimWorld *world;
  struct Member *members;
  unsigned count;
  bool flowing;
} Ring;

typedef struct Member
{
  Ring *ring;
  SimProcess *process;
  AempNode *node;
  char *port;
  const char *next;
} Member;

static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  Ring *ring = (Ring *) tracer;
  ring->line++;
  ring->delivered += event->kind == AEMP_TRACE_DELIVER;
  aemp_digest_see (&ring->digest, event);
  if (ring->jury.count > 0)
    sim_jury_see (&ring->jury, event, ring->line);
}

static void
pass_on (AempNode *node, const AempList *message, void *user_data)
{
  Member *member = user_data;
  int64_t hops = 0;
  aemp_value_get_integer (aemp_list_get (message, 1), &hops);
  if (member->ring->flowing)
    aemp_snd (node, member->next, "si", "ball", hops + 1);
}

void
sim_bench_set (AempConfig *config, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  if (!aemp_config_set (config, key, value, &error))
    g_error ("%s", error->message);
}

static void
add_member (Ring *ring, unsigned index)
{
  Member *member = &ring->members[index];
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("node%u", index);
  member->ring = ring;
  member->process = sim_process_new (sim_host_new (ring->world, name));
  sim_bench_set (config, "nodeid", name);
  sim_bench_set (config, "binds", "*:4040");
  sim_bench_set (config, "secret", "the secret of the bench");
  sim_bench_set (config, "framing_format", "json");
  sim_bench_set (config, index == 0 ? "global" : "seeds", index == 0 ? "on" : "node0:4040");
  member->node
      = aemp_node_new (sim_process_env (member->process), config, &ring->tracer, &error);
  if (!member->node || !aemp_node_start (member->node, &error))
    g_error ("%s", error->message);
  member->port = g_strdup (aemp_port (member->node, pass_on, member, NULL));
}

/* The checkers of a group; ALL_GROUPS, NULL: none. */
#define ALL_GROUPS "all"

static void
call_group (SimJury *jury, const char *group)
{
  for (unsigned i = 0; group && sim_checkers[i]; i++)
    if (strcmp (group, ALL_GROUPS) == 0 || strcmp (group, sim_checkers[i]->name) == 0)
      sim_jury_call (jury, sim_checkers[i]);
}

static Ring *
ring_new (unsigned count, const char *group)
{
  Ring *ring = g_new0 (Ring, 1);
  SimPath path = { .delay_min_us = 1000, .delay_max_us = 10000 };
  ring->tracer.see = see;
  ring->count = count;
  ring->world = sim_world_new (1);
  ring->members = g_new0 (Member, count);
  sim_world_set_path (ring->world, &path);
  aemp_digest_init (&ring->digest, 1);
  sim_findings_init (&ring->findings);
  sim_jury_init (&ring->jury, &ring->findings);
  call_group (&ring->jury, group);
  for (unsigned i = 0; i < count; i++)
    add_member (ring, i);
  for (unsigned i = 0; i < count; i++)
    ring->members[i].next = ring->members[(i + 1) % count].port;
  sim_world_run (ring->world, SETTLE_US);
  return ring;
}

/* Every node monitors the next one and sends it a ball. */
static void
ring_begin (Ring *ring)
{
  ring->flowing = true;
  for (unsigned i = 0; i < ring->count; i++)
    {
      Member *member = &ring->members[i];
      aemp_mon (member->node, member->next, pass_on, member, NULL);
      aemp_snd (member->node, member->next, "sI", "ball", 0);
    }
  sim_world_run (ring->world, 2 * SETTLE_US);
}

static void
ring_free (Ring *ring)
{
  for (unsigned i = 0; i < ring->count; i++)
    {
      Member *member = &ring->members[i];
      sim_process_vanish (member->process);
      aemp_node_free (member->node);
      sim_process_free (member->process);
      g_free (member->port);
    }
  sim_jury_clear (&ring->jury);
  sim_findings_clear (&ring->findings);
  sim_world_free (ring->world);
  g_free (ring->members);
  g_free (ring);
}

/* Delivered messages a second of CPU time. */
static double
measure_ring (unsigned count, const char *group)
{
  Ring *ring = ring_new (count, group);
  ring_begin (ring);
  uint64_t before = ring->delivered;
  double began = sim_bench_cpu_seconds ();
  /* A hop takes 5.5 ms on average. */
  sim_world_run (ring->world, sim_world_now_us (ring->world)
                                  + (int64_t) RING_MESSAGES * 5500 / (int64_t) count);
  double rate = (double) (ring->delivered - before) / (sim_bench_cpu_seconds () - began);
  ring_free (ring);
  return rate;
}

/* Bytes of the heap for each node of a ring at rest. */
static double
measure_memory (unsigned count)
{
  size_t before = mallinfo2 ().uordblks;
  Ring *ring = ring_new (count, NULL);
  ring_begin (ring);
  double bytes = (double) (mallinfo2 ().uordblks - before) / count;
  ring_free (ring);
  return bytes;
}

/* --- Bare events -------------------------------------------------------------------------------- */

typedef struct
{
  AempTimer *timer;
  int64_t period_us;
  uint64_t *fired;
} Tick;

static void
tick (AempTimer *timer, void *user_data)
{
  Tick *state = user_data;
  ++*state->fired;
  aemp_timer_start (timer, state->period_us);
}

static double
measure_events (unsigned pending)
{
  SimWorld *world = sim_world_new (1);
  SimProcess *process = sim_process_new (sim_host_new (world, "host"));
  AempEnv *env = sim_process_env (process);
  SimLuck luck = sim_luck (1, "bench");
  uint64_t fired = 0;
  g_autofree Tick *ticks = g_new (Tick, pending);
  for (unsigned i = 0; i < pending; i++)
    {
      ticks[i] = (Tick){ NULL, sim_luck_between (luck, i, 1000, 100000), &fired };
      ticks[i].timer = aemp_timer_new (env, tick, &ticks[i]);
      aemp_timer_start (ticks[i].timer, ticks[i].period_us);
    }
  sim_world_run (world, SECOND / 10);
  uint64_t before = fired;
  double began = sim_bench_cpu_seconds ();
  while (fired - before < 3000000)
    sim_world_run (world, sim_world_now_us (world) + SECOND / 10);
  double rate = (double) (fired - before) / (sim_bench_cpu_seconds () - began);
  for (unsigned i = 0; i < pending; i++)
    aemp_timer_free (ticks[i].timer);
  sim_process_kill (process);
  sim_process_free (process);
  sim_world_free (world);
  return rate;
}

/* --- Whole scenarios ------------------------------------------------------------------------------ */

static const char five_nodes[]
    = "scenario \"five nodes, three faults\"\n"
      "node a global\nnodes w 1..4 seeds a\nnetwork delay 1ms..10ms\n"
      "actor a.sink sink\nactor w1.sink sink\n"
      "actor w1..4.talk flood a.sink every 50ms\nactor a.talk flood w1.sink every 50ms\n"
      "at 15s cut {a w1} | {w2 w3 w4}\nat 20s heal\n"
      "at 30s kill w3 ; at 35s restart w3\nat 45s reset a w2\n"
      "check delivery monitors admission\nuntil 60s\n";

static const char idle_nodes[]
    = "scenario \"five idle nodes\"\n"
      "node a global\nnodes w 1..4 seeds a\nnetwork delay 1ms..10ms\nuntil 1000h\n";

static double
measure_seeds (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario
      = scenario_parse (five_nodes, "five nodes", sim_actor_kinds, &error);
  if (!scenario)
    g_error ("%s", error->message);
  double began = sim_bench_cpu_seconds ();
  for (uint64_t seed = 1; seed <= 50; seed++)
    {
      g_autoptr (SimResult) result = sim_run (scenario, &(SimRunOptions){ .seed = seed });
      if (sim_result_status (result) != SIM_STATUS_OK)
        g_error ("five nodes, seed %d failed", (int) seed);
    }
  return 50 / (sim_bench_cpu_seconds () - began);
}

/* Microseconds of CPU time for a node and an hour. */
static double
measure_idle (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario
      = scenario_parse (idle_nodes, "idle nodes", sim_actor_kinds, &error);
  if (!scenario)
    g_error ("%s", error->message);
  double began = sim_bench_cpu_seconds ();
  g_autoptr (SimResult) result = sim_run (scenario, &(SimRunOptions){ .seed = 1 });
  return (sim_bench_cpu_seconds () - began) * 1e6 / 5 / 1000;
}

/* --- The table --------------------------------------------------------------------------------------- */

static int
compare (const void *one, const void *other)
{
  double a = *(const double *) one;
  double b = *(const double *) other;
  return (a > b) - (a < b);
}

double
sim_bench_median (double *figures, unsigned runs)
{
  qsort (figures, runs, sizeof *figures, compare);
  return figures[runs / 2];
}

void
sim_bench_row (const char *what, const char *unit, double *figures, unsigned runs)
{
  g_autofree char *median = sim_print_count ((uint64_t) sim_bench_median (figures, runs));
  g_autofree char *least = sim_print_count ((uint64_t) figures[0]);
  g_autofree char *greatest = sim_print_count ((uint64_t) figures[runs - 1]);
  printf ("%-44s %12s %-22s (%s to %s)\n", what, median, unit, least, greatest);
  fflush (stdout);
}

/* What is measured of a ring: without checkers, with all, and with each group alone. */
#define GROUPS_MAX 8

typedef struct
{
  const char *group;
  double rate[RUNS_MAX];
  double cost[RUNS_MAX]; /* percent of the time without checkers */
} Checked;

static unsigned
list_groups (Checked table[GROUPS_MAX])
{
  unsigned count = 0;
  table[count++].group = NULL;
  table[count++].group = ALL_GROUPS;
  for (unsigned i = 0; sim_checkers[i]; i++)
    if (count < GROUPS_MAX && g_strcmp0 (table[count - 1].group, sim_checkers[i]->name) != 0)
      table[count++].group = sim_checkers[i]->name; /* a group's checkers are neighbours */
  return count;
}

static void
bench_ring (unsigned nodes, unsigned runs)
{
  g_autofree Checked *table = g_new0 (Checked, GROUPS_MAX);
  unsigned count = list_groups (table);
  for (unsigned run = 0; run < runs; run++) /* in turn: noise hits all alike */
    for (unsigned i = 0; i < count; i++)
      {
        table[i].rate[run] = measure_ring (nodes, table[i].group);
        table[i].cost[run] = MAX (100 * (table[0].rate[run] / table[i].rate[run] - 1), 0);
      }
  g_autofree char *what = g_strdup_printf ("ring of %u", nodes);
  g_autofree char *with = g_strdup_printf ("ring of %u, all checkers", nodes);
  sim_bench_row (what, "messages/s", table[0].rate, runs);
  sim_bench_row (with, "messages/s", table[1].rate, runs);
  sim_bench_row ("  what the checkers cost", "%", table[1].cost, runs);
  for (unsigned i = 2; i < count; i++)
    {
      g_autofree char *alone = g_strdup_printf ("  %s alone", table[i].group);
      sim_bench_row (alone, "%", table[i].cost, runs);
    }
}

static void
bench_rings (unsigned runs)
{
  static const unsigned counts[] = { 10, 100, 1000 };
  for (unsigned i = 0; i < G_N_ELEMENTS (counts); i++)
    bench_ring (counts[i], runs);
}

static void
bench_rest (unsigned runs)
{
  double few[RUNS_MAX], many[RUNS_MAX], memory[RUNS_MAX], seeds[RUNS_MAX], idle[RUNS_MAX];
  for (unsigned run = 0; run < runs; run++)
    {
      few[run] = measure_events (1000);
      many[run] = measure_events (100000);
      memory[run] = measure_memory (1000);
      seeds[run] = measure_seeds ();
      idle[run] = measure_idle ();
    }
  sim_bench_row ("timers, 1,000 pending", "events/s", few, runs);
  sim_bench_row ("timers, 100,000 pending", "events/s", many, runs);
  sim_bench_row ("memory of a node in a ring of 1,000", "bytes", memory, runs);
  sim_bench_row ("5 nodes, 60 s, 100 messages/s, 3 faults", "seeds/s", seeds, runs);
  sim_bench_row ("5 idle nodes with keepalive", "us a node and hour", idle, runs);
}

static const char help[]
    = "aemp bench - measures the simulated world\n"
      "\n"
      "  aemp bench simulate [--runs N]\n"
      "  aemp bench network …            (aemp bench network --help)\n"
      "  aemp bench planted …            (aemp bench planted --help)\n"
      "  aemp bench explain …            (aemp bench explain --help)\n"
      "  aemp bench shrink …             (aemp bench shrink --help)\n"
      "  aemp bench node …               (real ones: aemp bench node --help)\n"
      "\n"
      "  --runs N  of each measurement (5): the median is printed, and the least and greatest\n"
      "\n"
      "Rates are per second of CPU time, of one core.  A ring has one message in flight a node,\n"
      "links of 1 to 10 ms, and whole nodes: handshake, JSON, ports, monitors, the digest.\n"
      "What checkers cost is told for all of them, and for each group alone: groups share a\n"
      "ledger, so that their sum is more than all together cost.\n";

static int
bench_simulate (int argc, char **argv)
{
  uint64_t runs = 5;
  if (argc > 1
      && (argc != 3 || strcmp (argv[1], "--runs") != 0
          || !g_ascii_string_to_unsigned (argv[2], 10, 1, RUNS_MAX, &runs, NULL)))
    {
      fprintf (stderr, "%s", help);
      return EXIT_USAGE;
    }
  bench_rings ((unsigned) runs);
  bench_rest ((unsigned) runs);
  return 0;
}

int
sim_bench_command (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  bool network = strcmp (what, "network") == 0;
  bool planted = strcmp (what, "planted") == 0;
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0)
      {
        fputs (network ? sim_bench_network_help : planted ? sim_bench_planted_help : help, stdout);
        return 0;
      }
  if (network)
    return sim_bench_network (argc - 1, argv + 1);
  if (planted)
    return sim_bench_planted (argc - 1, argv + 1);
  if (strcmp (what, "simulate") == 0)
    return bench_simulate (argc - 1, argv + 1);
  fprintf (stderr, "%s", help);
  return EXIT_USAGE;
}
