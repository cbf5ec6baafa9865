/* tests/unit/test-damage-names.c - damaged traces again: promises 7 to 10 and 14.
 *
 * As in test-damage.c, one event of a whole run is falsified at many places: here ports that
 * begin, end and are mistaken for others, local messages, spawns, ups and downs of nodes, and
 * what a secure node does for others. */

#include "damage.h"

#include <string.h>

static const char busy[] = "scenario \"busy\"\n"
                           "node rain\n"
                           "node ruth  seeds rain\n"
                           "node sun   seeds rain\n"
                           "network  delay 1ms..30ms\n"
                           "actor rain.sink    sink\n"
                           "actor ruth.talk    flood rain.sink  every 70ms\n"
                           "actor sun.talk     flood rain.sink  every 90ms\n"
                           "actor rain.local   flood rain.sink  every 100ms\n"
                           "actor ruth.spawn   spawner rain  every 100ms\n"
                           "actor rain.spawn   spawner sun  every 150ms\n"
                           "actor ruth.watch   watch rain.sink\n"
                           "actor sun.watch    watch rain.sink\n"
                           "at 4s   reset rain ruth\n"
                           "at 7s   kill rain\n"
                           "at 8s   restart rain\n"
                           "at 12s  reset rain sun\n"
                           "check delivery monitors admission\n"
                           "until 16s\n";

static const char careful[] = "scenario \"careful\"\n"
                              "node rain  secure=yes\n"
                              "node sun   secure=aemp::actor  seeds rain\n"
                              "node ruth  seeds rain,sun\n"
                              "actor ruth.spawn1  spawner rain  every 100ms  count 40\n"
                              "actor ruth.spawn2  spawner sun  every 100ms  count 40\n"
                              "actor sun.spawn    spawner ruth  every 100ms  count 40\n"
                              "check admission\n"
                              "until 8s\n";

/* One fault is told once, or twice when it shows twice. */
#define A_FEW 2
/* A port that is not there is not there for all that follows; nor is a local message, which
 * is told of each kill that overtakes it. */
#define AGAIN_AND_AGAIN UINT_MAX

static bool
is_local (const AempTraceEvent *event)
{
  return event->peer && event->peer->hash == event->node->hash;
}

/* The latest event of a kind about a port of a node before this one; NULL: there is none.
 * `port` may be NULL: about any; `peer`: does the event name the node as its peer? */
static const AempTraceEvent *
find_before (const GArray *events, unsigned at, AempTraceKind kind, const AempName *node, bool peer,
             const AempName *port)
{
  while (at-- > 0)
    {
      const AempTraceEvent *event = damage_event (events, at);
      const AempName *name = peer ? event->peer : event->node;

      if (event->kind == kind && name && name->hash == node->hash
          && (!port || (event->port && event->port->hash == port->hash)))
        return event;
    }
  return NULL;
}

/* Was the port that this event reports on, at its own node, spawned? */
static bool
is_spawned (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);

  return find_before (events, at, AEMP_TRACE_SPAWN, event->node, true, event->port) != NULL;
}

/* The same moment, node and port, but something else happens. */
static AempTraceEvent
beside (const AempTraceEvent *event, AempTraceKind kind)
{
  return (AempTraceEvent){
    .kind = kind, .time_us = event->time_us, .node = event->node, .port = event->port
  };
}

static bool
leave_out (const GArray *events, unsigned at, int promise, unsigned most)
{
  damage_is_caught (events, &(Damage){ .at = at }, promise, most);
  return true;
}

static bool
double_event (const GArray *events, unsigned at, int promise)
{
  const AempTraceEvent *event = damage_event (events, at);

  damage_is_caught (events, &(Damage){ at, event, event, 0, NULL }, promise, A_FEW);
  return true;
}

static bool
call_unknown (const GArray *events, unsigned at, int promise)
{
  AempTraceEvent unknown = *damage_event (events, at);

  unknown.kind = AEMP_TRACE_UNKNOWN_PORT;
  damage_is_caught (events, &(Damage){ at, &unknown, NULL, 0, NULL }, promise, A_FEW);
  return true;
}

/* --- The stories as they are --- */

static void
test_whole (void)
{
  g_test_summary ("The two stories are fine, and try the promises that are damaged here.");

  for (unsigned which = 0; which < 2; which++)
    {
      g_autoptr (GArray) events = damage_play (which == 0 ? busy : careful, 1);
      SimFindings findings;

      damage_judge (events, NULL, &findings);
      g_assert_cmpuint (findings.kept->len, ==, 0);
      for (int promise = 7; promise <= 10; promise++)
        g_assert_true (which == 1 || findings.judged[promise] > 0);
      g_assert_true (which == 0 || findings.judged[14] > 0);
      sim_findings_clear (&findings);
    }
}

/* --- Promise 7 --- */

static bool
reach_the_dead (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);
  const AempTraceEvent dead = beside (event, AEMP_TRACE_PORT_DEAD);

  damage_is_caught (events, &(Damage){ at, &dead, event, 0, NULL }, 7, AGAIN_AND_AGAIN);
  return true;
}

static void
test_dead_port (void)
{
  g_test_summary ("A message reaches a port that has just died.");
  damage_try_all (busy, AEMP_TRACE_DELIVER, 29, 20, reach_the_dead);
}

/* The first event of a kind about the port that is spawned here; 0: there is none. */
static unsigned
find_spawned (const GArray *events, unsigned at, AempTraceKind kind)
{
  const AempTraceEvent *spawn = damage_event (events, at);

  for (unsigned later = at + 1; later < events->len; later++)
    {
      const AempTraceEvent *event = damage_event (events, later);

      if (event->kind == kind && event->node->hash == spawn->peer->hash
          && event->port->hash == spawn->port->hash)
        return later;
    }
  return 0;
}

/* Nobody told of the spawn, so that the port is one like all others. */
static bool
never_make (const GArray *events, unsigned at)
{
  const unsigned made = find_spawned (events, at, AEMP_TRACE_PORT_NEW);
  AempTraceEvent note;

  if (made == 0 || find_spawned (events, at, AEMP_TRACE_DELIVER) == 0)
    return false;
  note = beside (damage_event (events, made), AEMP_TRACE_NOTE);
  note.port = NULL;
  note.other = note.node;
  damage_is_caught (events, &(Damage){ at, NULL, NULL, made, &note }, 7, AGAIN_AND_AGAIN);
  return true;
}

static void
test_never_made (void)
{
  g_test_summary ("Messages reach a port that was never made.");
  damage_try_all (busy, AEMP_TRACE_SPAWN, 13, 20, never_make);
}

static bool
mistake_for_unknown (const GArray *events, unsigned at)
{
  const unsigned message = find_spawned (events, at, AEMP_TRACE_DELIVER);
  AempTraceEvent unknown;

  if (message == 0 || is_local (damage_event (events, message)))
    return false;
  unknown = *damage_event (events, message);
  unknown.kind = AEMP_TRACE_UNKNOWN_PORT;
  damage_is_caught (events, &(Damage){ at, NULL, NULL, message, &unknown }, 7, A_FEW);
  return true;
}

static void
test_unknown (void)
{
  g_test_summary ("A port is there, and a message for it is dropped as if it were not.");
  damage_try_all (busy, AEMP_TRACE_SPAWN, 13, 20, mistake_for_unknown);
}

static bool
begin_twice (const GArray *events, unsigned at)
{
  return double_event (events, at, 7);
}

static bool
begin_again (const GArray *events, unsigned at)
{
  const AempTraceEvent *dead = damage_event (events, at);
  const AempTraceEvent again = beside (dead, AEMP_TRACE_PORT_NEW);

  damage_is_caught (events, &(Damage){ at, dead, &again, 0, NULL }, 7, A_FEW);
  return true;
}

static void
test_name_again (void)
{
  g_test_summary ("A port gets a name that another one has, or had.");
  damage_try_all (busy, AEMP_TRACE_PORT_NEW, 13, 20, begin_twice);
  damage_try_all (busy, AEMP_TRACE_PORT_DEAD, 13, 20, begin_again);
}

/* --- Promise 8 --- */

static bool
lose_local (const GArray *events, unsigned at)
{
  return is_local (damage_event (events, at)) && leave_out (events, at, 8, AGAIN_AND_AGAIN);
}

static bool
double_local (const GArray *events, unsigned at)
{
  return is_local (damage_event (events, at)) && double_event (events, at, 8);
}

static bool
alter_local (const GArray *events, unsigned at)
{
  AempTraceEvent altered = *damage_event (events, at);

  if (!is_local (&altered))
    return false;
  altered.payload ^= 1;
  damage_is_caught (events, &(Damage){ at, &altered, NULL, 0, NULL }, 8, A_FEW);
  return true;
}

static bool
drop_local (const GArray *events, unsigned at)
{
  return is_local (damage_event (events, at)) && call_unknown (events, at, 8);
}

static void
test_local (void)
{
  g_test_summary ("A local message is lost, doubled, altered, or dropped at a port that is there.");
  damage_try_all (busy, AEMP_TRACE_DELIVER, 17, 10, lose_local);
  damage_try_all (busy, AEMP_TRACE_DELIVER, 17, 10, double_local);
  damage_try_all (busy, AEMP_TRACE_DELIVER, 17, 10, alter_local);
  damage_try_all (busy, AEMP_TRACE_DELIVER, 17, 10, drop_local);
}

static bool
die_within (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);
  AempTraceEvent dead = beside (event, AEMP_TRACE_PORT_DEAD);

  if (!event->other || event->other->length == 0)
    return false;
  dead.port = event->other;
  damage_is_caught (events, &(Damage){ at, &dead, event, 0, NULL }, 8, AGAIN_AND_AGAIN);
  return true;
}

static void
test_nested (void)
{
  g_test_summary ("A port dies while its own callback sends.");
  damage_try_all (busy, AEMP_TRACE_SEND, 29, 20, die_within);
}

/* --- Promise 9 --- */

static bool
ignore_spawn (const GArray *events, unsigned at)
{
  return is_spawned (events, at) && leave_out (events, at, 9, AGAIN_AND_AGAIN);
}

static void
test_no_effect (void)
{
  g_test_summary ("A request to spawn arrives, and the port does not begin.");
  damage_try_all (busy, AEMP_TRACE_PORT_NEW, 13, 10, ignore_spawn);
}

static bool
begin_early (const GArray *events, unsigned at)
{
  const AempTraceEvent *spawn = damage_event (events, at);
  AempTraceEvent early = beside (spawn, AEMP_TRACE_PORT_NEW);

  if (!find_before (events, at, AEMP_TRACE_NODE_START, spawn->peer, false, NULL))
    return false;
  early.node = spawn->peer;
  damage_is_caught (events, &(Damage){ at, spawn, &early, 0, NULL }, 9, A_FEW);
  return true;
}

static bool
spawn_twice (const GArray *events, unsigned at)
{
  return double_event (events, at, 9);
}

static void
test_early (void)
{
  g_test_summary ("A spawned port begins before its request arrives; one name is spawned twice.");
  damage_try_all (busy, AEMP_TRACE_SPAWN, 13, 20, begin_early);
  damage_try_all (busy, AEMP_TRACE_SPAWN, 13, 20, spawn_twice);
}

static bool
miss_work (const GArray *events, unsigned at)
{
  if (is_local (damage_event (events, at)) || !is_spawned (events, at))
    return false;
  return call_unknown (events, at, 9);
}

static void
test_work_is_lost (void)
{
  g_test_summary ("A spawned port is there, and does not get what was sent right after.");
  damage_try_all (busy, AEMP_TRACE_DELIVER, 11, 10, miss_work);
}

/* --- Promise 10 --- */

/* What the same process says of the same node next; NULL: nothing. */
static const AempTraceEvent *
next_news (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);

  for (unsigned next = at + 1; next < events->len; next++)
    {
      const AempTraceEvent *other = damage_event (events, next);

      if (other->node->hash != event->node->hash)
        continue;
      if (other->kind == AEMP_TRACE_PROCESS_END)
        return NULL;
      if ((other->kind == AEMP_TRACE_NODE_UP || other->kind == AEMP_TRACE_NODE_DOWN)
          && other->peer->hash == event->peer->hash)
        return other;
    }
  return NULL;
}

static bool
say_twice (const GArray *events, unsigned at)
{
  return double_event (events, at, 10);
}

static bool
say_nothing (const GArray *events, unsigned at)
{
  return next_news (events, at) && leave_out (events, at, 10, A_FEW);
}

static void
test_ups_and_downs (void)
{
  g_test_summary ("A node is said to be up, or down, twice, or not at all.");
  damage_try_all (busy, AEMP_TRACE_NODE_UP, 1, 6, say_twice);
  damage_try_all (busy, AEMP_TRACE_NODE_DOWN, 1, 6, say_twice);
  damage_try_all (busy, AEMP_TRACE_NODE_UP, 1, 6, say_nothing);
  damage_try_all (busy, AEMP_TRACE_NODE_DOWN, 1, 6, say_nothing);
}

static bool
forget_monitor (const GArray *events, unsigned at)
{
  const AempTraceEvent *fired = damage_event (events, at);
  const AempTraceEvent *next = next_news (events, at);

  if (!fired->text || strcmp (fired->text, "transport_error") != 0 || !next
      || next->kind != AEMP_TRACE_NODE_DOWN || next->time_us != fired->time_us)
    return false;
  return leave_out (events, at, 10, A_FEW);
}

static bool
fire_of_something_else (const GArray *events, unsigned at)
{
  AempTraceEvent fired = *damage_event (events, at);
  const AempTraceEvent *next = next_news (events, at);

  if (!fired.text || strcmp (fired.text, "transport_error") != 0 || !next
      || next->kind != AEMP_TRACE_NODE_DOWN || next->time_us != fired.time_us)
    return false;
  fired.text = "coffee";
  damage_is_caught (events, &(Damage){ at, &fired, NULL, 0, NULL }, 10, A_FEW);
  return true;
}

static void
test_monitors_first (void)
{
  g_test_summary ("A node is said to be down, and a monitor of its ports did not fire before, "
                  "or fired of something else.");
  damage_try_all (busy, AEMP_TRACE_MON_FIRED, 1, 4, forget_monitor);
  damage_try_all (busy, AEMP_TRACE_MON_FIRED, 1, 4, fire_of_something_else);
}

/* --- Promise 14 --- */

/* The refusal right behind a request; 0: it was not refused. */
static unsigned
refusal_of (const GArray *events, unsigned at)
{
  const AempTraceEvent *request = damage_event (events, at);

  for (unsigned next = at + 1; next < events->len; next++)
    if (damage_event (events, next)->node->hash == request->node->hash)
      return damage_event (events, next)->kind == AEMP_TRACE_REFUSED ? next : 0;
  return 0;
}

static bool
spawn_for_others (const GArray *events, unsigned at)
{
  const AempTraceEvent *refused = damage_event (events, at);
  const AempTraceEvent *spawn
      = find_before (events, at, AEMP_TRACE_SPAWN, refused->node, true, NULL);
  AempTraceEvent begun = beside (refused, AEMP_TRACE_PORT_NEW);

  g_assert_nonnull (spawn);
  begun.port = spawn->port;
  damage_is_caught (events, &(Damage){ at, &begun, NULL, 0, NULL }, 14, A_FEW);
  return true;
}

static void
test_spawned_for_others (void)
{
  g_test_summary ("A secure node begins a port that it should have refused.");
  damage_try_all (careful, AEMP_TRACE_REFUSED, 7, 10, spawn_for_others);
}

static bool
run_function (const GArray *events, unsigned at)
{
  AempTraceEvent request = *damage_event (events, at);
  const unsigned refusal = refusal_of (events, at);
  AempTraceEvent note;

  if (refusal == 0)
    return false;
  note = beside (damage_event (events, refusal), AEMP_TRACE_NOTE);
  note.other = note.node;
  note.text = "went on";
  request.text = "kitchen::explode";
  damage_is_caught (events, &(Damage){ at, &request, NULL, refusal, &note }, 14, A_FEW);
  return true;
}

static void
test_function_runs (void)
{
  g_test_summary ("A secure node is asked to run a function, and goes on without refusing.");
  damage_try_all (careful, AEMP_TRACE_REQUEST, 7, 6, run_function);
}

static bool
claim_to_be_secure (const GArray *events, unsigned at)
{
  AempTraceEvent start = *damage_event (events, at);

  if (strcmp (start.node->text, "ruth") != 0)
    return false;
  start.text = "secure";
  damage_is_caught (events, &(Damage){ at, &start, NULL, 0, NULL }, 14, AGAIN_AND_AGAIN);
  return true;
}

static void
test_claim (void)
{
  g_test_summary ("A node says that it is secure, and spawns for everybody.");
  damage_try_all (careful, AEMP_TRACE_NODE_START, 1, 2, claim_to_be_secure);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/damage-names/whole", test_whole);
  g_test_add_func ("/damage-names/dead-port", test_dead_port);
  g_test_add_func ("/damage-names/never-made", test_never_made);
  g_test_add_func ("/damage-names/unknown", test_unknown);
  g_test_add_func ("/damage-names/name-again", test_name_again);
  g_test_add_func ("/damage-names/local", test_local);
  g_test_add_func ("/damage-names/nested", test_nested);
  g_test_add_func ("/damage-names/no-effect", test_no_effect);
  g_test_add_func ("/damage-names/early", test_early);
  g_test_add_func ("/damage-names/work-is-lost", test_work_is_lost);
  g_test_add_func ("/damage-names/ups-and-downs", test_ups_and_downs);
  g_test_add_func ("/damage-names/monitors-first", test_monitors_first);
  g_test_add_func ("/damage-names/spawned-for-others", test_spawned_for_others);
  g_test_add_func ("/damage-names/function-runs", test_function_runs);
  g_test_add_func ("/damage-names/claim", test_claim);
  return g_test_run ();
}
