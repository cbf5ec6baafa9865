/* sim/actors/tour-monitors.c - the steps of a tour about monitors, of ports and of nodes. */

#include "sim/actors/tour.h"

#include <string.h>

/* --- Monitors ------------------------------------------------------------------------------ */

static void
link_self (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_mon_kil (node, sim_tour_id (tour, "T"), NULL);
}

static void
mon_target (AempNode *node, const AempList *nothing, void *tour)
{
  sim_tour_mon (tour, "T", "told");
}

/* Of T: told in the contexts of a port that lives and one that dies, other ports killed, a
 * message, what is guarded. */
static void
set_monitors (Tour *tour)
{
  static const char *const names[] = { "Lives", "Dies", "Linked", "Other", "Hears" };
  AempNode *node = tour->actor.node;
  const char *target = sim_tour_spawn (tour, tour->place, "T");

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    sim_tour_port (tour, names[i]);
  sim_tour_in (tour, "Lives", mon_target);
  sim_tour_in (tour, "Dies", mon_target);
  sim_tour_in (tour, "Linked", link_self);
  aemp_mon_kil (node, target, sim_tour_id (tour, "Other"));
  aemp_mon_snd (node, target, sim_tour_id (tour, "Hears"), "si", "news", (int64_t)7);
  aemp_mon_guard (node, target, sim_tour_word (tour, "guarded"), sim_tour_give_back);
  aemp_unmon (node, sim_tour_mon (tour, "T", "stopped"));
  aemp_unmon (node,
              aemp_mon_guard (node, target, sim_tour_word (tour, "unguarded"), sim_tour_give_back));
  aemp_kil (node, sim_tour_id (tour, "Dies"), "");
}

static void
kill_target (Tour *tour)
{
  sim_tour_mon (tour, "Linked", "linked");
  sim_tour_mon (tour, "Other", "other");
  aemp_kil (tour->actor.node, sim_tour_id (tour, "T"), "si", "enough", (int64_t)1);
}

static void
end_target (Tour *tour)
{
  aemp_kil (tour->actor.node, sim_tour_id (tour, "T"), "");
}

static void
greet_linked (Tour *tour)
{
  aemp_snd (tour->actor.node, sim_tour_id (tour, "Linked"), "s", "alive");
  aemp_snd (tour->actor.node, sim_tour_id (tour, "Other"), "s", "alive");
}

static void
end_linked (Tour *tour)
{
  sim_tour_end (tour, (const char *const[]){ "Linked", "Other", NULL });
}

static void
end_ears (Tour *tour)
{
  sim_tour_end (tour, (const char *const[]){ "Lives", "Hears", NULL });
}

static void
stop_monitor (Tour *tour)
{
  sim_tour_spawn (tour, tour->place, "T");
  aemp_unmon (tour->actor.node, sim_tour_mon (tour, "T", "stopped"));
}

/* The kill comes before the question about a port that is not there then.  If nobody there
 * heard that the first monitor was stopped, the second one is told of the kill. */
static void
monitor_anew (Tour *tour)
{
  aemp_kil (tour->actor.node, sim_tour_id (tour, "T"), "s", "enough");
  sim_tour_mon (tour, "T", "anew");
}

/* Two share what was asked of the other node; one is stopped, the other one stays. */
static void
monitor_twice (Tour *tour)
{
  AempNode *node = tour->actor.node;
  AempMonitor first;

  sim_tour_spawn (tour, tour->place, "T");
  first = sim_tour_mon (tour, "T", "first");
  sim_tour_mon (tour, "T", "second");
  aemp_unmon (node, first);
  aemp_unmon (node, first);
}

static void
kill_shared (Tour *tour)
{
  aemp_kil (tour->actor.node, sim_tour_id (tour, "T"), "s", "enough");
}

static void
monitor_node (Tour *tour)
{
  AempNode *node = tour->actor.node;

  tour->monitors[0] = aemp_mon (node, tour->place, TOUR_HEARD (tour, "node"));
}

/* Who monitors a node wants a connection to it, and is told that there is none. */
static void
monitor_no_node (Tour *tour)
{
  aemp_mon (tour->actor.node, TOUR_NOWHERE "-5", TOUR_HEARD (tour, "node"));
}

static void
unmonitor_node (Tour *tour)
{
  aemp_unmon (tour->actor.node, tour->monitors[0]);
}

/* --- Of nodes ------------------------------------------------------------------------------ */

static bool
goes_away (const Tour *tour)
{
  return *tour->away && strcmp (tour->place, tour->where) != 0;
}

static void
mon_nodes_dying (AempNode *node, const AempList *nothing, void *user_data)
{
  Tour *tour = user_data;

  tour->monitors[3] = aemp_mon_nodes (node, sim_tour_hear_nodes, sim_tour_word (tour, "untold"),
                                      sim_tour_give_back);
}

/* The other node asks to be told of the death of our port, because we ask it to. */
static void
be_monitored (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_spawn (tour, aemp_node_id (node), "W");

  aemp_snd_on (node, tour->away, aemp_node_id (node), "ss", "mon1", strchr (port, '#') + 1);
}

/* The second one stops itself and the first one, the last one's port is dead by then. */
static void
mon_nodes (Tour *tour)
{
  static const char *const names[] = { "one", "stop", "stays" };
  AempNode *node = tour->actor.node;

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    tour->monitors[i] = aemp_mon_nodes (node, sim_tour_hear_nodes, sim_tour_word (tour, names[i]),
                                        sim_tour_give_back);
  sim_tour_port (tour, "P");
  sim_tour_in (tour, "P", mon_nodes_dying);
  sim_tour_end (tour, (const char *const[]){ "P", NULL });
  be_monitored (tour);
}

/* As above: the node came back, and its former life's monitor has to be forgotten. */
static void
be_monitored_anew (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *watched = sim_tour_id (tour, "W");
  g_autofree char *child = NULL;

  aemp_kil (node, watched, "s", "enough");
  child = aemp_spawn (node, tour->away, "aemp::echo_init", "s", watched);
  sim_tour_name (tour, "Child", child);
  sim_tour_mon (tour, "Child", "child");
}

static void
unmon_nodes (Tour *tour)
{
  aemp_unmon (tour->actor.node, tour->monitors[2]);
  aemp_unmon (tour->actor.node, tour->monitors[3]);
}

/* --- The steps ------------------------------------------------------------------------------ */

const TourStep sim_tour_monitors[] = {
  { "nodes", mon_nodes, "-P one[down] stop[down] stays[down] -one -stop stays[up]", goes_away,
    (int64_t)8000 * 1000 },
  { NULL, be_monitored_anew,
    "child[\"no_such_port\",\"cannot monitor nonexistent port\",\"W\"] -child", goes_away, 0 },
  { NULL, unmon_nodes, "-stays -untold", goes_away, 0 },
  { "killed", set_monitors, "-stopped -unguarded -Dies", NULL, 0 },
  { NULL, kill_target,
    "told@Lives[\"enough\",1] linked[\"enough\",1] other[\"enough\",1] "
    "Hears[\"news\",7,\"enough\",1] -told -told -guarded -linked -Linked -other -Other",
    NULL, 0 },
  { NULL, end_ears, "-Lives -Hears", NULL, 0 },
  { "ended", set_monitors, "-stopped -unguarded -Dies", NULL, 0 },
  { NULL, end_target, "told@Lives[] Hears[\"news\",7] -told -told -guarded", NULL, 0 },
  { NULL, greet_linked, "Linked[\"alive\"] Other[\"alive\"]", NULL, 0 },
  { NULL, end_linked, "-Linked -Other", NULL, 0 },
  { NULL, end_ears, "-Lives -Hears", NULL, 0 },
  { "stopped", stop_monitor, "-stopped", NULL, 0 },
  { NULL, monitor_anew, "anew[\"no_such_port\",\"cannot monitor nonexistent port\",\"T\"] -anew",
    NULL, 0 },
  { "shared", monitor_twice, "-first", NULL, 0 },
  { NULL, kill_shared, "second[\"enough\"] -second", NULL, 0 },
  { "node", monitor_node, "", NULL, 0 },
  { NULL, unmonitor_node, "-node", NULL, 0 },
  { "no node", monitor_no_node,
    "node[\"transport_error\",\"no-such-node-5\",\"no known address\"] -node", NULL, 0 },
  { NULL, NULL, NULL, NULL, 0 },
};
