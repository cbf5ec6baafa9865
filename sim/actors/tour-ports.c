/* sim/actors/tour-ports.c - the steps of a tour about ports: callbacks, contexts, mistakes, what
 * comes later. */

#include "sim/actors/tour.h"

#include <string.h>

/* --- Callbacks ---------------------------------------------------------------------------- */

static void
set_tags (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_port (tour, "P");

  aemp_rcv (node, port, "a", TOUR_HEARD (tour, "a"));
  aemp_rcv (node, port, "b", TOUR_HEARD (tour, "b"));
  aemp_rcv (node, port, "a", TOUR_HEARD (tour, "a-anew"));
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
  aemp_rcv (node, port, NULL, TOUR_HEARD (tour, "rest"));
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

  aemp_rcv (tour->actor.node, port, "a", TOUR_HEARD (tour, "late-tag"));
  aemp_rcv (tour->actor.node, port, NULL, TOUR_HEARD (tour, "late"));
  sim_tour_mon (tour, "P", "died-again");
}

static void
fail (AempNode *node, const AempList *list, void *user_data)
{
  aemp_die (node, "on purpose");
}

/* The default callback comes after one for a tag, and its error counts as any other. */
static void
fail_beside_tags (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_port (tour, "P");

  aemp_rcv (node, port, "a", TOUR_HEARD (tour, "a"));
  aemp_rcv (node, port, NULL, fail, NULL, NULL);
  sim_tour_mon (tour, "P", "died");
  aemp_snd (node, port, "sI", "a", 1);
  aemp_snd (node, port, "s", "b");
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
free_psub (void *psub)
{
  aemp_psub_free (psub);
}

static void
call_too_late (AempNode *node, const AempList *nothing, void *psub)
{
  aemp_psub_call (psub, "s", "called too late");
}

static void
bind (AempNode *node, const AempList *nothing, void *user_data)
{
  Tour *tour = user_data;

  tour->psub = aemp_psub (node, TOUR_HEARD (tour, "psub"));
}

static void
call_bound (Tour *tour)
{
  AempNode *node = tour->actor.node;

  sim_tour_port (tour, "P");
  sim_tour_in (tour, "P", bind);
  aemp_psub_call (tour->psub, "si", "called", (int64_t)1);
  aemp_kil (node, sim_tour_id (tour, "P"), "");
  aemp_after (node, TOUR_MOMENT_US, call_too_late, tour->psub, free_psub);
}

/* --- Mistakes ------------------------------------------------------------------------------ */

static void
rcv_elsewhere (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_rcv (node, TOUR_NOWHERE "#x", NULL, TOUR_HEARD (tour, "elsewhere"));
}

static void
kil_node (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_kil (node, TOUR_NOWHERE, "s", "no");
}

static void
snd_nowhere (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_snd (node, TOUR_NO_PORT_ID, "s", "hello");
}

static void
mon_nowhere (AempNode *node, const AempList *nothing, void *tour)
{
  const char *self = aemp_self (node);
  bool refused
      = aemp_mon (node, TOUR_NO_PORT_ID, TOUR_HEARD (tour, "mon")) == 0
        && aemp_mon_guard (node, TOUR_NO_PORT_ID, sim_tour_word (tour, "guard"), sim_tour_give_back)
               == 0
        && aemp_mon_kil (node, TOUR_NO_PORT_ID, NULL) == 0
        && aemp_mon_kil (node, self, TOUR_NO_PORT_ID) == 0
        && aemp_mon_snd (node, TOUR_NO_PORT_ID, self, "s", "x") == 0;

  sim_tour_say (tour, refused ? "refused" : "taken");
}

static void
snd_too_deep (AempNode *node, const AempList *nothing, void *tour)
{
  AempMessage *message = aemp_message_new ("");

  for (int depth = 0; depth <= AEMP_DEPTH_MAX; depth++)
    {
      g_autoptr (AempMessage) inner = message;
      AempList list = aemp_message_list (inner);

      message = aemp_message_new ("[@]", &list);
    }
  AempList list = aemp_message_list (message);
  aemp_snd_list (node, aemp_self (node), &list);
  aemp_message_unref (message);
}

static void
make_mistakes (Tour *tour)
{
  static const AempReceive mistakes[]
      = { rcv_elsewhere, kil_node, snd_nowhere, mon_nowhere, snd_too_deep };

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
  sim_tour_end (tour, (const char *const[]){ "P", NULL });
}

/* --- Calls, later -------------------------------------------------------------------------- */

static void
call (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *target = sim_tour_spawn (tour, tour->place, "T");
  const char *mute = sim_tour_spawn (tour, tour->place, "Mute");

  aemp_rcv (node, sim_tour_port (tour, "Ear"), "never", TOUR_HEARD (tour, "never"));
  aemp_cal (node, target, AEMP_NO_TIMEOUT, TOUR_HEARD (tour, "answer"), "sI", "ball", 1);
  aemp_kil (node, mute, "s", "enough");
}

static void
call_nobody (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, TOUR_NO_PORT_ID, AEMP_NO_TIMEOUT, TOUR_HEARD (tour, "nobody"), "s", "ball");
}

static void
call_in_vain (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, sim_tour_id (tour, "Mute"), AEMP_NO_TIMEOUT, TOUR_HEARD (tour, "dead"), "s",
            "ball");
}

static void
call_in_time (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, sim_tour_id (tour, "T"), 4 * TOUR_MOMENT_US, TOUR_HEARD (tour, "in-time"), "s",
            "ball");
}

static void
call_inside (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_cal (node, sim_tour_id (tour, "T"), AEMP_NO_TIMEOUT, TOUR_HEARD (tour, "to-the-dead"), "s",
            "ball");
}

/* Who wanted to know is dead when the answer comes. */
static void
call_and_die (Tour *tour)
{
  sim_tour_port (tour, "Asks");
  sim_tour_in (tour, "Asks", call_inside);
  aemp_kil (tour->actor.node, sim_tour_id (tour, "Asks"), "");
}

static void
call_too_long (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_cal (node, sim_tour_id (tour, "Mute"), TOUR_MOMENT_US, TOUR_HEARD (tour, "too-long"), "s",
            "ball");
  sim_tour_end (tour, (const char *const[]){ "T", "Ear", NULL });
}

static void
do_later (AempNode *node, const AempList *nothing, void *tour)
{
  aemp_after (node, TOUR_MOMENT_US, TOUR_HEARD (tour, "later"));
}

static void
wait (Tour *tour)
{
  AempNode *node = tour->actor.node;

  sim_tour_port (tour, "Lives");
  sim_tour_port (tour, "Dies");
  sim_tour_in (tour, "Lives", do_later);
  sim_tour_in (tour, "Dies", do_later);
  aemp_after_snd (node, 2 * TOUR_MOMENT_US, sim_tour_id (tour, "Lives"), "sI", "sent", 1);
  aemp_after (node, -1, TOUR_HEARD (tour, "now"));
  aemp_kil (node, sim_tour_id (tour, "Dies"), "");
}

static void
end_wait (Tour *tour)
{
  sim_tour_end (tour, (const char *const[]){ "Lives", NULL });
}

/* --- The steps ------------------------------------------------------------------------------ */

const TourStep sim_tour_ports[] = {
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
  { "beside tags", fail_beside_tags, "a@P[1] died[\"die\",\"on purpose\"] -P -died -a", NULL, 0 },
  { "deaths", die_nested,
    "self=P self=Q self=P self=R q[\"die\",\"inner\"] p[\"die\",\"first of 2\"] "
    "r[\"die\",\"inner\"] -q -Q -p -P -r -R -S",
    NULL, 0 },
  { "bound", call_bound, "psub@P[\"called\",1] -P -psub", NULL, 0 },
  { "mistakes", make_mistakes,
    "refused died[\"die\",\"rcv: no-such-node#x is a port of another node\"] "
    "died[\"die\",\"kil: no-such-node is a node, and nodes cannot be killed\"] "
    "died[\"die\",\"';' is not a port ID\"] died[\"die\",\"';' is not a port ID\"] "
    "died[\"die\",\"a message is nested more than 512 deep: no node takes it\"] "
    "-elsewhere -mon -guard -died -M0 -died -M1 -died -M2 -died -M3 -died -M4",
    NULL, 0 },
  { "outside", be_outside, "P[\"outside\",true]", NULL, 0 },
  { NULL, end_outside, "-P", NULL, 0 },
  { "calls", call, "answer[\"ball\",1] -answer", NULL, 0 },
  { NULL, call_nobody, "nobody[] -nobody", NULL, 0 },
  { NULL, call_in_vain, "dead[] -dead", NULL, 0 },
  { NULL, call_in_time, "in-time[\"ball\"] -in-time", NULL, 0 },
  { NULL, call_and_die, "-Asks -to-the-dead", NULL, 0 },
  { NULL, call_too_long, "-Ear -never too-long[] -too-long", NULL, 0 },
  { "later", wait, "-Dies now[] -now later@Lives[] -later -later Lives[\"sent\",1]", NULL, 0 },
  { NULL, end_wait, "-Lives", NULL, 0 },
  { NULL, NULL, NULL, NULL, 0 },
};
