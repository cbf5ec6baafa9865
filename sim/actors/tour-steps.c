/* sim/actors/tour-steps.c - the steps of a tour: what is done, and what has to come of it. */

#include "sim/actors/tour.h"

#include <string.h>

#define MOMENT_US ((int64_t)50 * 1000)
#define NOWHERE "no-such-node"
#define NO_PORT_ID ";"
#define KEY "!key" /* before all port IDs */
#define MANY 5000  /* more port IDs than a node remembers */

/* A word for a callback or a reference, with what gives it back. */
#define HEARD(tour, name) sim_tour_hear, sim_tour_word (tour, name), sim_tour_give_back

static void
kill_all (Tour *tour, const char *const *names)
{
  for (; *names; names++)
    aemp_kil (tour->actor.node, sim_tour_id (tour, *names), "");
}

/* --- Callbacks ---------------------------------------------------------------------------- */

static void
set_tags (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_port (tour, "P");

  aemp_rcv (node, port, "a", HEARD (tour, "a"));
  aemp_rcv (node, port, "b", HEARD (tour, "b"));
  aemp_rcv (node, port, "a", HEARD (tour, "a-anew"));
  aemp_rcv (node, port, "z", NULL, sim_tour_word (tour, "z"), sim_tour_give_back);
  aemp_snd (node, port, "sI", "a", 1);
  aemp_snd (node, port, "sI", "b", 2);
  aemp_snd (node, port, "sI", "c", 3);
  aemp_snd (node, port, "");
}

static void
remove_tags (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_id (tour, "P");

  aemp_rcv (node, port, "a", NULL, NULL, NULL);
  aemp_rcv (node, port, NULL, HEARD (tour, "rest"));
  aemp_snd (node, port, "sI", "a", 4);
  aemp_snd (node, port, "sI", "b", 5);
}

static void
remove_default (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_id (tour, "P");

  aemp_rcv (node, port, NULL, NULL, NULL, NULL);
  sim_tour_mon (tour, "P", "died");
  aemp_snd (node, port, "sI", "b", 6);
  aemp_snd (node, port, "s", "odd\001t\303\244g of which only thirty are quoted");
}

static void
set_too_late (Tour *tour)
{
  const char *port = sim_tour_id (tour, "P");

  aemp_rcv (tour->actor.node, port, "a", HEARD (tour, "late-tag"));
  aemp_rcv (tour->actor.node, port, NULL, HEARD (tour, "late"));
  sim_tour_mon (tour, "P", "died-again");
}

/* --- Contexts ------------------------------------------------------------------------------ */

static void
say_self (Tour *tour)
{
  sim_tour_say (tour, "self=%s", aemp_self (tour->actor.node));
}

static void
die_inside (AempNode *node, const AempList *nothing, void *tour)
{
  say_self (tour);
  aemp_die (node, "inner");
}

static void
die_around (AempNode *node, const AempList *nothing, void *tour)
{
  say_self (tour);
  aemp_die (node, "first of %d", 2);
  sim_tour_in (tour, "Q", die_inside);
  aemp_die (node, "second");
  say_self (tour);
}

static void
live_around (AempNode *node, const AempList *nothing, void *tour)
{
  sim_tour_in (tour, "R", die_inside);
}

static void
die_nested (Tour *tour)
{
  AempNode *node = tour->actor.node;

  sim_tour_port (tour, "P");
  sim_tour_port (tour, "Q");
  sim_tour_port (tour, "R");
  sim_tour_port (tour, "S");
  sim_tour_mon (tour, "P", "p");
  sim_tour_mon (tour, "Q", "q");
  sim_tour_mon (tour, "R", "r");
  sim_tour_in (tour, "P", die_around);
  sim_tour_in (tour, "S", live_around);
  aemp_snd (node, sim_tour_id (tour, "P"), "s", "before the end");
  aemp_kil (node, sim_tour_id (tour, "S"), "");
}

static void
bind (AempNode *node, const AempList *nothing, void *user_data)
{
  Tour *tour = user_data;

  tour->psub = aemp_psub (node, HEARD (tour, "psub"));
}

static void
call_bound (Tour *tour)
{
  sim_tour_port (tour, "P");
  sim_tour_in (tour, "P", bind);
  aemp_psub_call (tour->psub, "si", "called", (int64_t)1);
  aemp_kil (tour->actor.node, sim_tour_id (tour, "P"), "");
}

static void
call_unbound (Tour *tour)
{
  aemp_psub_call (tour->psub, "s", "called too late");
  g_clear_pointer (&tour->psub, aemp_psub_free);
}

/* --- Mistakes ------------------------------------------------------------------------------ */

static void
rcv_elsewhere (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_rcv (node, NOWHERE "#x", NULL, HEARD (tour, "elsewhere"));
}

static void
kil_node (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_kil (node, NOWHERE, "s", "no");
}

static void
snd_nowhere (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_snd (node, NO_PORT_ID, "s", "hello");
}

static void
mon_nowhere (AempNode *node, const AempList *nothing, void *tour)
{
  const char *self = aemp_self (node);
  bool refused
      = aemp_mon (node, NO_PORT_ID, HEARD (tour, "mon")) == 0
        && aemp_mon_guard (node, NO_PORT_ID, sim_tour_word (tour, "guard"), sim_tour_give_back) == 0
        && aemp_mon_kil (node, NO_PORT_ID, NULL) == 0 && aemp_mon_kil (node, self, NO_PORT_ID) == 0
        && aemp_mon_snd (node, NO_PORT_ID, self, "s", "x") == 0;

  sim_tour_say (tour, refused ? "refused" : "taken");
}

static void
make_mistakes (Tour *tour)
{
  static const AempReceive mistakes[] = { rcv_elsewhere, kil_node, snd_nowhere, mon_nowhere };

  for (unsigned i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *name = g_strdup_printf ("M%u", i);

      sim_tour_port (tour, name);
      sim_tour_mon (tour, name, "died");
      sim_tour_in (tour, name, mistakes[i]);
    }
}

static void
be_outside (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_snd_to_func (node, tour->place, "aemp::tour", "s", sim_tour_port (tour, "P"));
}

static void
end_outside (Tour *tour)
{
  kill_all (tour, (const char *const[]){ "P", NULL });
}

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
  kill_all (tour, (const char *const[]){ "Linked", "Other", NULL });
}

static void
end_ears (Tour *tour)
{
  kill_all (tour, (const char *const[]){ "Lives", "Hears", NULL });
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

  tour->monitors[0] = aemp_mon (node, tour->place, HEARD (tour, "node"));
}

static void
unmonitor_node (Tour *tour)
{
  aemp_unmon (tour->actor.node, tour->monitors[0]);
}

/* --- Calls, later -------------------------------------------------------------------------- */

static void
call (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *target = sim_tour_spawn (tour, tour->place, "T");
  const char *mute = sim_tour_spawn (tour, tour->place, "Mute");

  aemp_rcv (node, sim_tour_port (tour, "Ear"), "never", HEARD (tour, "never"));
  aemp_cal (node, target, AEMP_NO_TIMEOUT, HEARD (tour, "answer"), "sI", "ball", 1);
  aemp_kil (node, mute, "s", "enough");
}

static void
call_nobody (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, NO_PORT_ID, AEMP_NO_TIMEOUT, HEARD (tour, "nobody"), "s", "ball");
}

static void
call_in_vain (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, sim_tour_id (tour, "Mute"), AEMP_NO_TIMEOUT, HEARD (tour, "dead"), "s", "ball");
}

static void
call_in_time (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, sim_tour_id (tour, "T"), 4 * MOMENT_US, HEARD (tour, "in-time"), "s", "ball");
}

static void
call_too_long (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, sim_tour_id (tour, "Mute"), MOMENT_US, HEARD (tour, "too-long"), "s", "ball");
  kill_all (tour, (const char *const[]){ "T", "Ear", NULL });
}

static void
do_later (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_after (node, MOMENT_US, HEARD (tour, "later"));
}

static void
wait (Tour *tour)
{
  AempNode *node = tour->actor.node;

  sim_tour_port (tour, "Lives");
  sim_tour_port (tour, "Dies");
  sim_tour_in (tour, "Lives", do_later);
  sim_tour_in (tour, "Dies", do_later);
  aemp_after_snd (node, 2 * MOMENT_US, sim_tour_id (tour, "Lives"), "sI", "sent", 1);
  aemp_after (node, -1, HEARD (tour, "now"));
  aemp_kil (node, sim_tour_id (tour, "Dies"), "");
}

static void
end_wait (Tour *tour)
{
  kill_all (tour, (const char *const[]){ "Lives", NULL });
}

/* --- Nodes --------------------------------------------------------------------------------- */

static void
ask_node (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_port (tour, "P");
  g_autofree char *id = aemp_node_of (port);

  aemp_snd_on (node, tour->place, port, "s", "from there");
  sim_tour_say (tour, "%s", strcmp (id, aemp_node_id (node)) == 0 ? "here" : "where?");
  sim_tour_say (tour, "%s", aemp_port_is_local (node, port) ? "local" : "remote?");
  sim_tour_say (tour, "%s", aemp_port_is_local (node, NOWHERE "#x") ? "local?" : "remote");
  sim_tour_say (tour, "%s", aemp_port_id_is_valid (NO_PORT_ID) ? "valid?" : "invalid");
  sim_tour_say (tour, "up=%d", aemp_node_is_up (node, tour->place));
  sim_tour_say (tour, "unknown=%d", aemp_node_is_up (node, NOWHERE "-at-all"));
}

static void
list_nodes (Tour *tour)
{
  AempNode *node = tour->actor.node;
  g_auto (GStrv) names = aemp_up_nodes (node);
  bool sorted = true;

  for (unsigned i = 1; names[0] && names[i]; i++)
    sorted = sorted && strcmp (names[i - 1], names[i]) < 0;
  sim_tour_say (tour, "%s", sorted ? "sorted" : "mixed up");
  sim_tour_say (tour, "%s",
                g_strv_contains ((const char *const *)names, aemp_node_id (node)) ? "here" : "?");
  sim_tour_say (tour, "%s",
                g_strv_contains ((const char *const *)names, tour->place) ? "there" : "?");
  kill_all (tour, (const char *const[]){ "P", NULL });
}

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
  kill_all (tour, (const char *const[]){ "P", NULL });
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

/* --- What others ask ----------------------------------------------------------------------- */

/* The other node sends us a request that has us ask ourselves: it is its request all the
 * same.  What we ask ourselves when a monitor fires is ours again. */
static void
be_asked (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *id = aemp_node_id (node);
  const char *port = sim_tour_port (tour, "P");

  sim_tour_port (tour, "Q");
  aemp_mon_snd (node, sim_tour_id (tour, "Q"), id, "ssss", "aemp::actor", tour->actor.name, port,
                "our own");
  aemp_snd_on (node, tour->where, id, "sssss", "snd", id, "aemp::actor", "nobody.is", port);
}

static void
ask_ourselves (Tour *tour)
{
  aemp_kil (tour->actor.node, sim_tour_id (tour, "Q"), "");
}

static void
end_asked (Tour *tour)
{
  kill_all (tour, (const char *const[]){ "P", NULL });
}

static bool
is_secure (const Tour *tour)
{
  return tour->is_secure;
}

static bool
is_open (const Tour *tour)
{
  return !tour->is_secure;
}

static bool
has_limit (const Tour *tour)
{
  return tour->limit_bytes > 0 && *tour->far && strcmp (tour->place, tour->where) == 0;
}

/* A good half of what is kept for a node. */
static void
say_half (Tour *tour)
{
  AempNode *node = tour->actor.node;
  g_autofree char *port = g_strconcat (tour->far, "#x", NULL);
  char text[1001] = { 0 };

  memset (text, 'x', sizeof text - 1);
  for (int64_t said = 0; said <= tour->limit_bytes / 2; said += (int64_t)sizeof text - 1)
    aemp_snd (node, port, "s", text);
}

static void
say_to_far (Tour *tour)
{
  g_autofree char *port = g_strconcat (tour->far, "#x", NULL);

  sim_tour_name (tour, "Far", port);
  sim_tour_name (tour, "far", tour->far);
  sim_tour_mon (tour, "Far", "told");
  say_half (tour);
}

static void
say_to_far_again (Tour *tour)
{
  tour->monitors[0] = sim_tour_mon (tour, "Far", "untold");
  say_half (tour);
}

static void
end_far (Tour *tour)
{
  aemp_unmon (tour->actor.node, tour->monitors[0]);
}

/* --- Many names ----------------------------------------------------------------------------- */

static bool
is_home (const Tour *tour)
{
  return strcmp (tour->place, tour->where) != 0;
}

/* A node forgets who was only mentioned, if they are too many; but nobody whom a monitor
 * or something later is about. */
static void
mention_many (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *target = sim_tour_spawn (tour, tour->place, "T");

  aemp_mon_snd (node, target, NOWHERE "-1#x", "s", "news");
  aemp_mon_kil (node, target, NOWHERE "-2#x");
  aemp_after_snd (node, 2 * MOMENT_US, NOWHERE "-3#x", "s", "later");
  sim_tour_say (tour, "unknown=%d", aemp_node_is_up (node, NOWHERE "-4#x"));
  for (int i = 0; i < MANY; i++)
    {
      g_autofree char *port = g_strdup_printf ("%s#%d", tour->place, i);

      aemp_snd (node, port, "s", "hello");
    }
}

static void
use_again (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_mon (node, NOWHERE "-4#x", HEARD (tour, "nowhere"));
  aemp_kil (node, sim_tour_id (tour, "T"), "s", "enough");
}

/* --- The database --------------------------------------------------------------------------- */

static char *
family_of (const Tour *tour)
{
  return g_strdup_printf ("tour-%s-%s", tour->actor.name, tour->place);
}

static void
watch_family (Tour *tour)
{
  g_autofree char *family = family_of (tour);

  tour->monitors[0] = aemp_grp_mon (tour->actor.node, family, sim_tour_hear_family,
                                    sim_tour_word (tour, "family"), sim_tour_give_back);
}

static void
set_key (Tour *tour)
{
  g_autofree char *family = family_of (tour);

  tour->setting = aemp_db_set (tour->actor.node, family, KEY, "s", "value");
}

static void
register_port (Tour *tour)
{
  AempNode *node = tour->actor.node;
  g_autofree char *family = family_of (tour);

  aemp_grp_reg (node, family, sim_tour_spawn (tour, aemp_node_id (node), "P"));
}

static void
set_again (Tour *tour)
{
  g_autofree char *family = family_of (tour);

  aemp_db_set (tour->actor.node, family, KEY, "s", "the last");
}

/* Nothing happens: the first setting is history. */
static void
unset_history (Tour *tour)
{
  AempNode *node = tour->actor.node;
  g_autofree char *family = family_of (tour);
  g_auto (GStrv) ports = aemp_grp_get (node, family);

  for (unsigned i = 0; ports[i]; i++)
    sim_tour_say (tour, "%s", ports[i]);
  aemp_db_unset (node, tour->setting);
}

static void
delete_key (Tour *tour)
{
  g_autofree char *family = family_of (tour);

  aemp_db_del (tour->actor.node, family, KEY);
}

static void
unset_key (Tour *tour)
{
  aemp_db_unset (tour->actor.node, tour->setting);
}

static void
kill_registered (Tour *tour)
{
  aemp_kil (tour->actor.node, sim_tour_id (tour, "P"), "s", "enough");
}

static void
ask_keys (Tour *tour)
{
  AempNode *node = tour->actor.node;
  g_autofree char *family = family_of (tour);

  aemp_db_keys (node, family, HEARD (tour, "keys"));
}

static void
unwatch_family (Tour *tour)
{
  aemp_unmon (tour->actor.node, tour->monitors[0]);
}

/* --- The tour ------------------------------------------------------------------------------- */

const TourStep sim_tour_steps[] = {
  { "nodes", mon_nodes, "-P one[down] stop[down] stays[down] -one -stop stays[up]", goes_away,
    (int64_t)8000 * 1000 },
  { NULL, be_monitored_anew,
    "child[\"no_such_port\",\"cannot monitor nonexistent port\",\"W\"] -child", goes_away, 0 },
  { NULL, unmon_nodes, "-stays -untold", goes_away, 0 },
  { "callbacks", set_tags, "a-anew@P[1] b@P[2] P[\"c\",3] P[] -a -z", NULL, 0 },
  { NULL, remove_tags, "rest@P[\"a\",4] b@P[5] -a-anew -P", NULL, 0 },
  { NULL, remove_default,
    "b@P[6] died[\"unhandled_message\",\"no callback found for message 'odd.t.g of which "
    "only thirty a'\"] -rest -died -b",
    NULL, 0 },
  { NULL, set_too_late,
    "died-again[\"no_such_port\",\"cannot monitor nonexistent port\",\"P\"] -late-tag "
    "-late -died-again",
    NULL, 0 },
  { "deaths", die_nested,
    "self=P self=Q self=P self=R q[\"die\",\"inner\"] p[\"die\",\"first of 2\"] "
    "r[\"die\",\"inner\"] -q -Q -p -P -r -R -S",
    NULL, 0 },
  { "bound", call_bound, "psub@P[\"called\",1] -P", NULL, 0 },
  { NULL, call_unbound, "-psub", NULL, 0 },
  { "mistakes", make_mistakes,
    "refused died[\"die\",\"rcv: no-such-node#x is a port of another node\"] "
    "died[\"die\",\"kil: no-such-node is a node, and nodes cannot be killed\"] "
    "died[\"die\",\"';' is not a port ID\"] died[\"die\",\"';' is not a port ID\"] "
    "-elsewhere -mon -guard -died -M0 -died -M1 -died -M2 -died -M3",
    NULL, 0 },
  { "outside", be_outside, "P[\"outside\",true]", NULL, 0 },
  { NULL, end_outside, "-P", NULL, 0 },
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
  { "calls", call, "answer[\"ball\",1] -answer", NULL, 0 },
  { NULL, call_nobody, "nobody[] -nobody", NULL, 0 },
  { NULL, call_in_vain, "dead[] -dead", NULL, 0 },
  { NULL, call_in_time, "in-time[\"ball\"] -in-time", NULL, 0 },
  { NULL, call_too_long, "-Ear -never too-long[] -too-long", NULL, 0 },
  { "later", wait, "-Dies now[] -now later@Lives[] -later -later Lives[\"sent\",1]", NULL, 0 },
  { NULL, end_wait, "-Lives", NULL, 0 },
  { "node IDs", ask_node, "here local remote invalid up=1 unknown=-1 P[\"from there\"]", NULL, 0 },
  { NULL, list_nodes, "sorted here there -P", NULL, 0 },
  { "asked", be_asked, "P[null]", is_open, 0 },
  { NULL, be_asked, "", is_secure, 0 },
  { NULL, ask_ourselves, "P[\"our own\",\"tour\"] -Q", NULL, 0 },
  { NULL, end_asked, "-P", NULL, 0 },
  { "limit", say_to_far, "", has_limit, 0 },
  { NULL, say_half, "told[\"transport_error\",\"far\",\"send queue limit reached\"] -told",
    has_limit, 0 },
  { NULL, say_to_far_again, "", has_limit, 0 },
  { NULL, end_far, "-untold", has_limit, 0 },
  { "names", mention_many, "unknown=-1", is_home, 0 },
  { NULL, use_again,
    "nowhere[\"transport_error\",\"no-such-node-4\",\"no known address\"] -nowhere", is_home, 0 },
  { "database", watch_family, "family()", NULL, 0 },
  { NULL, set_key, "family(+!key)", NULL, 0 },
  { NULL, register_port, "family(+P)", NULL, 0 },
  { NULL, set_again, "family(~!key)", NULL, 0 },
  { NULL, unset_history, "!key P", NULL, 0 },
  { NULL, delete_key, "family(-!key)", NULL, 0 },
  { NULL, set_key, "family(+!key)", NULL, 0 },
  { NULL, unset_key, "family(-!key)", NULL, 0 },
  { NULL, kill_registered, "family(-P)", NULL, 0 },
  { NULL, ask_keys, "keys[[]] -keys", NULL, 0 },
  { NULL, unwatch_family, "-family", NULL, 0 },
  { NULL, NULL, NULL, NULL, 0 },
};
