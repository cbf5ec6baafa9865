/* tests/unit/test-chaos.c - nodes do anything at any time while the network does its worst.
 *
 * Every story is decided by its seed.  What has to be true of all of them: nothing crashes or
 * leaks, the checkers find no promise broken, each callback is destroyed once and never called
 * after that, and at the end everybody is connected with the seed again. */

#include "sim/checkers/jury.h"
#include "sim/luck.h"
#include "town.h"

#include <stdlib.h>
#include <string.h>

#define NODES 4
#define STORIES 200
#define TROUBLE_US (40 * SECOND)
#define CALM_US (180 * SECOND)
#define OPERATIONS_MAX 6000 /* so that callbacks that call back come to an end */
#define PORTS_KEPT 24
#define MONITORS_KEPT 16

static const char *const names[NODES] = { "seed", "anna", "rain", "ruth" };

typedef struct
{
  unsigned called;
  unsigned destroyed;
  bool stopped;
  bool once; /* a monitor of a port */
} Thing;

typedef struct
{
  Thing *thing;
  AempMonitor monitor;
} Kept;

typedef struct
{
  Town *town;
  SimLuck luck;
  uint64_t draws;
  unsigned operations;
  bool calm;
  SimJury jury;
  GPtrArray *things;
  SimFindings findings;
  uint64_t lines;
  unsigned processes[NODES];
  bool alive[NODES];
  char *ports[PORTS_KEPT]; /* anybody's, dead or alive */
  Kept monitors[NODES][MONITORS_KEPT];
} Chaos;

static Chaos *chaos; /* the story that is played */

static unsigned
below (unsigned count)
{
  return sim_luck_draw (chaos->luck, chaos->draws++) % count;
}

/* --- What is judged ------------------------------------------------------------------ */

static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  sim_jury_see (&chaos->jury, event, ++chaos->lines);
}

static void
report_process (unsigned which, AempTraceKind kind, const char *text)
{
  g_autoptr (AempName) name = aemp_name_new (names[which], strlen (names[which]));
  see (NULL, &(AempTraceEvent){ .kind = kind,
                                .node = name,
                                .time_us = sim_world_now_us (chaos->town->world),
                                .number = chaos->processes[which],
                                .text = text,
                                .payload = kind == AEMP_TRACE_PROCESS_START });
}

static Thing *
thing_new (bool once)
{
  Thing *thing = g_new0 (Thing, 1);
  thing->once = once;
  g_ptr_array_add (chaos->things, thing);
  return thing;
}

static void
on_destroyed (void *user_data)
{
  Thing *thing = user_data;
  g_assert_cmpuint (thing->destroyed++, ==, 0);
}

static void
check_call (Thing *thing)
{
  thing->called++;
  g_assert_cmpuint (thing->destroyed, ==, 0);
  g_assert_false (thing->stopped);
  g_assert_true (!thing->once || thing->called == 1);
}

/* --- What nodes do ---------------------------------------------------------------------- */

static void do_something (AempNode *node);

static void
on_call (AempNode *node, const AempList *message, void *user_data)
{
  check_call (user_data);
  for (unsigned i = below (4); i > 1; i--)
    do_something (node);
}

static void
keep_port (const char *id)
{
  char **place = &chaos->ports[below (PORTS_KEPT)];
  g_free (*place);
  *place = g_strdup (id);
}

/* A port, a node, or what was never there. */
static const char *
any_port (void)
{
  const char *port = chaos->ports[below (PORTS_KEPT)];
  if (below (10) == 0)
    return names[below (NODES)];
  if (below (20) == 0)
    return "nobody#x";
  return port ? port : "seed#none";
}

static unsigned
number_of (const char *name)
{
  unsigned which = 0;
  while (strcmp (names[which], name) != 0)
    which++;
  return which;
}

static void
keep_monitor (AempNode *node, Thing *thing, AempMonitor monitor)
{
  chaos->monitors[number_of (aemp_node_id (node))][below (MONITORS_KEPT)]
      = (Kept){ thing, monitor };
}

static void
stop_monitor (AempNode *node)
{
  Kept *kept = &chaos->monitors[number_of (aemp_node_id (node))][below (MONITORS_KEPT)];
  if (kept->thing)
    kept->thing->stopped = true;
  aemp_unmon (node, kept->monitor);
  *kept = (Kept){ 0 };
}

static void
monitor (AempNode *node)
{
  Thing *thing = thing_new (true);
  keep_monitor (node, thing, aemp_mon (node, any_port (), on_call, thing, on_destroyed));
}

static void
monitor_nodes (AempNode *node)
{
  Thing *thing = thing_new (false);
  keep_monitor (node, thing, aemp_mon_nodes (node, on_call, thing, on_destroyed));
}

static void
send (AempNode *node)
{
  g_autofree char *text = g_strnfill (below (8) == 0 ? below (20000) : below (10), 'x');
  const char *tag = below (2) ? "a" : "b";
  for (unsigned i = below (4); i > 0; i--)
    aemp_snd (node, any_port (), "sIs", tag, below (1000), text);
}

static void
on_init (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_rcv (node, aemp_self (node), below (2) ? "a" : NULL, on_call, thing_new (false),
            on_destroyed);
  keep_port (aemp_self (node)); /* not before: others might know it before it is there */
  do_something (node);
}

static void
receive (AempNode *node)
{
  const char *port = any_port ();
  if (aemp_port_is_local (node, port))
    aemp_rcv (node, port, below (2) ? "a" : NULL, below (4) ? on_call : NULL, thing_new (false),
              on_destroyed);
}

static void
kill_some (AempNode *node)
{
  const char *port = any_port ();
  if (below (2))
    aemp_kil (node, port, "sI", "murder", below (10));
  else
    aemp_kil (node, port, "");
}

static void
spawn (AempNode *node)
{
  g_autofree char *id = aemp_spawn (node, names[below (NODES)], "chaos::init", "");
  aemp_snd (node, id, "s", "a");
  Thing *thing = thing_new (true);
  keep_monitor (node, thing, aemp_mon (node, id, on_call, thing, on_destroyed));
}

static void
do_something (AempNode *node)
{
  if (chaos->calm || chaos->operations++ > OPERATIONS_MAX)
    return;
  switch (below (20))
    {
    case 0:
      keep_port (aemp_port (node, on_call, thing_new (false), on_destroyed));
      return;
    case 1:
      keep_port (aemp_port (node, NULL, NULL, NULL));
      return;
    case 2:
    case 3:
      monitor (node);
      return;
    case 4:
      aemp_mon_kil (node, any_port (), any_port ());
      return;
    case 5:
      aemp_mon_snd (node, any_port (), any_port (), "s", "a");
      return;
    case 6:
      aemp_mon_guard (node, any_port (), thing_new (true), on_destroyed);
      return;
    case 7:
    case 8:
      stop_monitor (node);
      return;
    case 9:
      kill_some (node);
      return;
    case 10:
      spawn (node);
      return;
    case 11:
      aemp_cal (node, any_port (), below (2) ? AEMP_NO_TIMEOUT : below (3000000), on_call,
                thing_new (true), on_destroyed, "s", "a");
      return;
    case 12:
      aemp_after (node, below (2000000), on_call, thing_new (true), on_destroyed);
      return;
    case 13:
      aemp_after_snd (node, below (2000000), any_port (), "s", "b");
      return;
    case 14:
      receive (node);
      return;
    case 15:
      monitor_nodes (node);
      return;
    case 16:
      aemp_snd_on (node, names[below (NODES)], any_port (), "s", "a");
      return;
    case 17:
      if (below (4) == 0)
        aemp_die (node, "bored");
      return;
    default:
      send (node);
    }
}

/* --- What is done to them --------------------------------------------------------------- */

static void
start (unsigned which)
{
  chaos->processes[which]++;
  report_process (which, AEMP_TRACE_PROCESS_START, NULL);
  if (chaos->processes[which] > 1)
    town_restart (chaos->town, names[which]);
  chaos->alive[which] = true;
}

static void
introduce (unsigned which)
{
  aemp_service (town_node (chaos->town, names[which]), "chaos::init", on_init, NULL);
}

static void
stop (unsigned which, bool silently)
{
  if (!chaos->alive[which])
    return;
  report_process (which, AEMP_TRACE_PROCESS_END, silently ? "vanished" : "killed");
  chaos->alive[which] = false;
  if (silently)
    town_vanish (chaos->town, names[which]);
  else
    town_kill (chaos->town, names[which]);
  memset (chaos->monitors[which], 0, sizeof chaos->monitors[which]);
}

static void
back (unsigned which)
{
  if (chaos->alive[which])
    return;
  start (which);
  introduce (which);
}

static void
trouble (void)
{
  unsigned one = below (NODES);
  unsigned other = (one + 1 + below (NODES - 1)) % NODES;
  SimHost *from = town_host (chaos->town, names[one]);
  SimHost *to = town_host (chaos->town, names[other]);
  switch (below (8))
    {
    case 0:
      sim_path_cut (from, to);
      return;
    case 1:
      town_cut (chaos->town, names[one], names[other]);
      return;
    case 2:
    case 3:
      town_heal (chaos->town, names[one], names[other]);
      return;
    case 4:
      sim_path_reset (from, to);
      return;
    case 5:
      stop (one, below (2));
      return;
    default:
      for (unsigned i = 0; i < NODES; i++)
        back (i);
    }
}

static void
end_trouble (void)
{
  chaos->calm = true;
  for (unsigned i = 0; i < NODES; i++)
    {
      back (i);
      for (unsigned j = 0; j < i; j++)
        town_heal (chaos->town, names[i], names[j]);
    }
  /* Twice somebody says something, so that who has lost nothing but the news of it notices. */
  for (unsigned round = 0; round < 2; round++)
    {
      town_run (chaos->town, CALM_US / 3);
      for (unsigned i = 0; i < NODES; i++)
        for (unsigned j = 0; j < NODES; j++)
          if (aemp_node_is_up (town_node (chaos->town, names[i]), names[j]) == AEMP_NODE_UP)
            aemp_snd (town_node (chaos->town, names[i]), names[j], "s", "devnull");
    }
  town_run (chaos->town, CALM_US / 3);
}

/* --- The stories ----------------------------------------------------------------------------- */

static void
begin (Chaos *story, uint64_t seed)
{
  chaos = story;
  story->luck = sim_luck (seed, "chaos");
  story->town = town_new (seed, names[0], names[1], names[2], names[3], NULL);
  story->town->tracer.see = see;
  sim_findings_init (&story->findings);
  story->things = g_ptr_array_new_with_free_func (g_free);
  sim_jury_init (&story->jury, &story->findings);
  sim_jury_call_all (&story->jury);
  for (unsigned i = 0; i < NODES; i++)
    start (i);
  for (unsigned i = 0; i < NODES; i++)
    introduce (i);
}

static void
judge (uint64_t seed)
{
  sim_jury_end (&chaos->jury, sim_world_now_us (chaos->town->world), true);
  for (unsigned i = 0; i < chaos->findings.kept->len; i++)
    {
      const SimBreach *breach = chaos->findings.kept->pdata[i];
      g_error ("seed %" G_GUINT64_FORMAT ": promise %d at %" G_GINT64_FORMAT " us: %s", seed,
               breach->promise, breach->time_us, breach->text);
    }
  for (unsigned i = 1; i < NODES; i++)
    if (aemp_node_is_up (town_node (chaos->town, names[i]), names[0]) != AEMP_NODE_UP
        || aemp_node_is_up (town_node (chaos->town, names[0]), names[i]) != AEMP_NODE_UP)
      g_error ("seed %" G_GUINT64_FORMAT ": %s and %s are not connected", seed, names[i], names[0]);
}

static void
end (void)
{
  for (unsigned i = 0; i < NODES; i++)
    stop (i, false);
  for (unsigned i = 0; i < chaos->things->len; i++)
    g_assert_cmpuint (((Thing *)chaos->things->pdata[i])->destroyed, ==, 1);
  sim_jury_clear (&chaos->jury);
  town_free (chaos->town);
  sim_findings_clear (&chaos->findings);
  g_ptr_array_unref (chaos->things);
  for (unsigned i = 0; i < PORTS_KEPT; i++)
    g_free (chaos->ports[i]);
  chaos = NULL;
}

static void
play (uint64_t seed)
{
  Chaos story = { 0 };
  begin (&story, seed);
  while (sim_world_now_us (story.town->world) < TROUBLE_US)
    {
      unsigned which = below (NODES);
      town_run (story.town, below (4) ? below (100000) : below (3000000));
      if (below (3) == 0)
        trouble ();
      for (unsigned i = below (12); i > 0 && story.alive[which]; i--)
        do_something (town_node (story.town, names[which]));
    }
  end_trouble ();
  judge (seed);
  end ();
}

static void
test_stories (void)
{
  g_test_summary ("Many stories: every promise is kept, everything is destroyed once, and the "
                  "network is whole again.");
  for (uint64_t seed = 1; seed <= STORIES; seed++)
    play (seed);
}

/* With two numbers: plays the stories from the first seed to the second. */
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc == 3)
    {
      for (uint64_t seed = strtoull (argv[1], NULL, 10); seed <= strtoull (argv[2], NULL, 10);
           seed++)
        play (seed);
      return 0;
    }
  g_test_add_func ("/chaos/stories", test_stories);
  return g_test_run ();
}
