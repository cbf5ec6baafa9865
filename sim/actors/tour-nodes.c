/* sim/actors/tour-nodes.c - the steps of a tour about other nodes, and the database. */

#include "sim/actors/tour.h"

#include <string.h>

#define KEY "!key" /* before all port IDs */
#define BUSY 3000  /* more messages than a node takes in a turn */
#define MANY 5000  /* more port IDs than a node remembers */

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
  sim_tour_say (tour, "%s", aemp_port_is_local (node, TOUR_NOWHERE "#x") ? "local?" : "remote");
  sim_tour_say (tour, "%s", aemp_port_id_is_valid (TOUR_NO_PORT_ID) ? "valid?" : "invalid");
  sim_tour_say (tour, "up=%d", aemp_node_is_up (node, tour->place));
  sim_tour_say (tour, "unknown=%d", aemp_node_is_up (node, TOUR_NOWHERE "-at-all"));
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
  sim_tour_end (tour, (const char *const[]){ "P", NULL });
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
  sim_tour_end (tour, (const char *const[]){ "P", NULL });
}

/* The other node has us send something to a third party, which is over then: what we ask
 * ourselves because of a death there is ours. */
static void
be_asked_to_send (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *id = aemp_node_id (node);
  const char *target = sim_tour_spawn (tour, tour->where, "T");

  aemp_mon_snd (node, target, id, "ssss", "aemp::actor", tour->actor.name, sim_tour_id (tour, "P"),
                "after");
  aemp_snd_on (node, tour->where, id, "ssss", "snd", target, "passed on", TOUR_NO_PORT_ID);
}

static void
end_sent (Tour *tour)
{
  aemp_kil (tour->actor.node, sim_tour_id (tour, "T"), "");
}

static void
hear_time (AempNode *node, const AempList *list, void *tour)
{
  double seconds = 0;

  sim_tour_say (tour, aemp_value_get_double (aemp_list_get (list, 0), &seconds) && seconds > 0
                          ? "time"
                          : "no time");
}

static void
hear_nodes (AempNode *node, const AempList *list, void *user_data)
{
  Tour *tour = user_data;
  bool here = false;
  bool there = false;

  for (uint32_t i = 0; i < list->count; i++)
    {
      here = here || aemp_value_is (&list->items[i], aemp_node_id (node));
      there = there || aemp_value_is (&list->items[i], tour->place);
    }
  sim_tour_say (tour, here && there ? "up" : "down");
}

static void
ask_questions (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_port (tour, "P");

  aemp_rcv (node, port, "time", hear_time, tour, NULL);
  aemp_rcv (node, port, "nodes", hear_nodes, tour, NULL);
  aemp_snd_to_func (node, tour->place, "kil1", "s",
                    ""); /* what is asked next is answered all the same */
  aemp_snd_to_func (node, tour->place, "time", "ss", port, "time");
  aemp_snd_to_func (node, tour->place, "up_nodes", "ss", port, "nodes");
  aemp_snd_to_func (node, tour->place, "can", "sss", "mon1", port, "can");
  aemp_snd_to_func (node, tour->place, "can", "sss", "do::nothing", port, "cannot");
}

static void
ask_to_evaluate (Tour *tour)
{
  aemp_snd_to_func (tour->actor.node, tour->place, "eval", "sss", "1 + 1", sim_tour_id (tour, "P"),
                    "eval");
}

static void
spawn_nothing (Tour *tour)
{
  AempNode *node = tour->actor.node;
  g_autofree char *child = aemp_spawn (node, tour->place, "do::nothing", "");

  sim_tour_name (tour, "Child", child);
  sim_tour_mon (tour, "Child", "child");
}

/* Is the node open on which ports are spawned now?  The other one is. */
static bool
is_open_there (const Tour *tour)
{
  return !tour->is_secure || strcmp (tour->place, tour->where) == 0;
}

static bool
is_secure_there (const Tour *tour)
{
  return !is_open_there (tour);
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

static bool
is_home (const Tour *tour)
{
  return strcmp (tour->place, tour->where) != 0;
}

static bool
is_there (const Tour *tour)
{
  return strcmp (tour->place, tour->where) == 0;
}

/* --- Much to do ----------------------------------------------------------------------------- */

static void
count (AempNode *node, const AempList *list, void *user_data)
{
  Tour *tour = user_data;

  if (++tour->count % BUSY == 0)
    sim_tour_say (tour, "all");
}

static void
become_busy (AempNode *node, const AempList *list, void *user_data)
{
  Tour *tour = user_data;

  for (int i = 0; i < BUSY; i++)
    aemp_snd (node, sim_tour_id (tour, "P"), "s", "count");
}

/* While the node has more to do than fits into a turn, what else comes from there has to wait. */
static void
be_busy_again (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_id (tour, "P");

  aemp_snd_on (node, tour->place, port, "s", "go");
  aemp_snd_on (node, tour->place, port, "s", "then");
}

static void
be_busy (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *port = sim_tour_port (tour, "P");

  aemp_rcv (node, port, "go", become_busy, tour, NULL);
  aemp_rcv (node, port, "count", count, tour, NULL);
  be_busy_again (tour);
}

/* --- Many names ----------------------------------------------------------------------------- */

/* A node forgets who was only mentioned, if they are too many; but nobody whom a monitor
 * or something later is about. */
static void
mention_many (Tour *tour)
{
  AempNode *node = tour->actor.node;
  const char *target = sim_tour_spawn (tour, tour->place, "T");

  aemp_mon_snd (node, target, TOUR_NOWHERE "-1#x", "s", "news");
  aemp_mon_kil (node, target, TOUR_NOWHERE "-2#x");
  aemp_after_snd (node, 2 * TOUR_MOMENT_US, TOUR_NOWHERE "-3#x", "s", "later");
  sim_tour_say (tour, "unknown=%d", aemp_node_is_up (node, TOUR_NOWHERE "-4#x"));
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

  aemp_mon (node, TOUR_NOWHERE "-4#x", TOUR_HEARD (tour, "nowhere"));
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

/* It is dead before its turn to be registered has come. */
static void
register_dying (Tour *tour)
{
  AempNode *node = tour->actor.node;
  g_autofree char *family = family_of (tour);
  const char *port = sim_tour_port (tour, "Dying");

  aemp_kil (node, port, "");
  aemp_grp_reg (node, family, port);
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

  aemp_db_keys (node, family, TOUR_HEARD (tour, "keys"));
}

static void
unwatch_family (Tour *tour)
{
  aemp_unmon (tour->actor.node, tour->monitors[0]);
}

/* --- The steps ------------------------------------------------------------------------------ */

const TourStep sim_tour_nodes[] = {
  { "node IDs", ask_node, "here local remote invalid up=1 unknown=-1 P[\"from there\"]", NULL, 0 },
  { NULL, list_nodes, "sorted here there -P", NULL, 0 },
  { "asked", be_asked, "P[null]", is_open, 0 },
  { NULL, be_asked, "", is_secure, 0 },
  { NULL, ask_ourselves, "P[\"our own\",\"tour\"] -Q", NULL, 0 },
  { NULL, be_asked_to_send, "", NULL, 0 },
  { NULL, end_sent, "P[\"after\",\"tour\"]", NULL, 0 },
  { NULL, end_asked, "-P", NULL, 0 },
  { "questions", ask_questions, "time up P[\"can\",\"1\"] P[\"cannot\",\"\"]", NULL, 0 },
  { NULL, ask_to_evaluate, "P[\"eval\",\"this node does not evaluate code\"]", is_open_there, 0 },
  { NULL, ask_to_evaluate, "", is_secure_there, 0 },
  { NULL, end_asked, "-P", NULL, 0 },
  { "nothing", spawn_nothing, "child[\"die\",\"no such function: do::nothing\"] -child", is_home,
    0 },
  /* It is dead before the question comes. */
  { "nothing there", spawn_nothing,
    "child[\"no_such_port\",\"cannot monitor nonexistent port\",\"Child\"] -child", is_there, 0 },
  { "busy", be_busy, "all P[\"then\"]", is_there, 0 },
  { NULL, be_busy_again, "all P[\"then\"]", is_there, 0 },
  { NULL, end_asked, "-P", is_there, 0 },
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
  { NULL, register_dying, "-Dying", NULL, 0 },
  { NULL, ask_keys, "keys[[]] -keys", NULL, 0 },
  { NULL, unwatch_family, "-family", NULL, 0 },
  { NULL, NULL, NULL, NULL, 0 },
};
