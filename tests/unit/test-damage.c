/* tests/unit/test-damage.c - the trace of a whole run, damaged in one place, is caught.
 *
 * A checker that finds none of its bugs is no checker: here a simulated network plays a
 * rough story, its trace is written and read again, and is fine.  Then one event of it is
 * lost, doubled, swapped or falsified, at many places, and each time the right promise has
 * to be called broken. */

#include "damage.h"

#include <string.h>

static const char rough[] = "scenario \"rough\"\n"
                            "node rain\n"
                            "node ruth  seeds rain\n"
                            "node sun   seeds rain\n"
                            "network  delay 1ms..30ms  loss 0.5%\n"
                            "actor rain.sink    sink\n"
                            "actor sun.sink     sink\n"
                            "actor ruth.talk    flood rain.sink  every 10ms\n"
                            "actor sun.talk     flood rain.sink  every 70ms\n"
                            "actor rain.talk    flood sun.sink  every 90ms\n"
                            "actor rain.local   flood rain.sink  every 200ms\n"
                            "actor ruth.spawn   spawner rain\n"
                            "actor sun.watch    watch rain.sink\n"
                            "at 5s   reset rain ruth\n"
                            "at 9s   kill rain\n"
                            "at 10s  restart rain\n"
                            "at 14s  reset rain sun\n"
                            "check delivery monitors admission\n"
                            "until 20s\n";

/* --- Tools --- */

/* One fault is told once, or twice when it shows twice. */
static void
is_caught (const GArray *events, const Damage *damage, int promise)
{
  damage_is_caught (events, damage, promise, 2);
}

static void
try_all (AempTraceKind kind, unsigned stride, unsigned at_least, TryDamage try_damage)
{
  damage_try_all (rough, kind, stride, at_least, try_damage);
}

static bool
names_equal (const AempName *one, const AempName *other)
{
  return (one ? one->hash : 0) == (other ? other->hash : 0);
}

/* The next arrival at a port over the same connection, of the same process; 0: none. */
static unsigned
next_arrival (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);

  for (unsigned next = at + 1; next < events->len; next++)
    {
      const AempTraceEvent *other = damage_event (events, next);
      if (other->kind == AEMP_TRACE_PROCESS_END && other->node->hash == event->node->hash)
        return 0;
      if (other->kind == AEMP_TRACE_DELIVER && other->connection == event->connection
          && other->node->hash == event->node->hash && other->peer->hash == event->peer->hash)
        return next;
    }
  return 0;
}

/* --- The story as it is --- */

static void
test_whole (void)
{
  g_test_summary ("A trace that was written and read is judged as the run was: all is fine, and "
                  "all promises but the links were tried.");

  g_autoptr (GArray) events = damage_play (rough, 1);
  SimFindings findings;
  damage_judge (events, NULL, &findings);
  g_assert_cmpuint (findings.kept->len, ==, 0);
  for (int promise = 1; promise <= 5; promise++)
    g_assert_cmpuint (findings.judged[promise], >, 0);
  g_assert_cmpuint (findings.judged[13], >, 0);
  sim_findings_clear (&findings);
}

/* --- Promise 1 --- */

static bool
lose (const GArray *events, unsigned at)
{
  if (next_arrival (events, at) == 0)
    return false;
  is_caught (events, &(Damage){ .at = at }, 1);
  return true;
}

static void
test_lost (void)
{
  g_test_summary ("A message does not arrive, later ones do.");
  try_all (AEMP_TRACE_DELIVER, 13, 30, lose);
}

static bool
double_event (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);

  is_caught (events, &(Damage){ at, event, event, 0, NULL }, 1);
  return true;
}

static void
test_duplicated (void)
{
  g_test_summary ("A message arrives twice.");
  try_all (AEMP_TRACE_DELIVER, 13, 30, double_event);
}

/* Had a message been sent when this event happened? */
static bool
is_sent (const GArray *events, unsigned at, const AempTraceEvent *arrival)
{
  while (at-- > 0)
    if (damage_event (events, at)->kind == AEMP_TRACE_SEND
        && damage_event (events, at)->payload == arrival->payload
        && damage_event (events, at)->node->hash == arrival->peer->hash
        && names_equal (damage_event (events, at)->port, arrival->port))
      return true;
  return false;
}

static bool
swap (const GArray *events, unsigned at)
{
  const unsigned next = next_arrival (events, at);
  AempTraceEvent first, second;

  if (next == 0)
    return false;
  first = *damage_event (events, next);
  second = *damage_event (events, at);
  if (first.payload == second.payload || !is_sent (events, at, &first))
    return false;
  first.time_us = second.time_us;
  second.time_us = damage_event (events, next)->time_us;
  is_caught (events, &(Damage){ at, &first, NULL, next, &second }, 1);
  return true;
}

static void
test_swapped (void)
{
  g_test_summary ("Two messages change places.");
  try_all (AEMP_TRACE_DELIVER, 13, 30, swap);
}

static bool
alter (const GArray *events, unsigned at)
{
  AempTraceEvent altered = *damage_event (events, at);

  altered.payload ^= 1;
  is_caught (events, &(Damage){ at, &altered, NULL, 0, NULL }, 1);
  return true;
}

static void
test_altered (void)
{
  g_test_summary ("A message, or a request, is altered on its way.");
  try_all (AEMP_TRACE_DELIVER, 13, 30, alter);
  try_all (AEMP_TRACE_REQUEST, 7, 10, alter);
}

static bool
misdeliver (const GArray *events, unsigned at)
{
  const AempName port = aemp_name_view ("another", 7);
  AempTraceEvent astray = *damage_event (events, at);

  astray.port = &port;
  is_caught (events, &(Damage){ at, &astray, NULL, 0, NULL }, 1);
  return true;
}

static void
test_wrong_port (void)
{
  g_test_summary ("A message gets to another port.");
  try_all (AEMP_TRACE_DELIVER, 13, 30, misdeliver);
}

/* --- Promises 3 to 5 --- */

/* Was something sent to the port after the monitor was set, that never arrived? */
static bool
is_loss (const GArray *events, unsigned at)
{
  const AempTraceEvent *fired = damage_event (events, at);

  for (unsigned before = at; before-- > 0;)
    {
      const AempTraceEvent *event = damage_event (events, before);
      if (event->node->hash != fired->node->hash)
        continue;
      if (event->kind == AEMP_TRACE_PROCESS_START
          || (event->kind == AEMP_TRACE_MON_SET && event->number == fired->number))
        return false;
      if (event->kind != AEMP_TRACE_SEND || !event->port || !fired->port
          || event->port->hash != fired->port->hash || event->peer->hash != fired->peer->hash)
        continue;
      for (unsigned later = before; later < events->len; later++)
        {
          const AempTraceEvent *arrival = damage_event (events, later);
          if (arrival->kind == AEMP_TRACE_DELIVER && arrival->payload == event->payload
              && arrival->port->hash == event->port->hash
              && arrival->peer->hash == fired->node->hash)
            return false; /* the latest arrived, so all did */
        }
      return true;
    }
  return false;
}

static bool
do_not_fire (const GArray *events, unsigned at)
{
  if (strcmp (damage_event (events, at)->text ? damage_event (events, at)->text : "",
              "transport_error")
          != 0
      || !is_loss (events, at))
    return false;
  is_caught (events, &(Damage){ .at = at }, 3);
  return true;
}

static void
test_loss_not_told (void)
{
  g_test_summary ("A connection breaks, a message is lost, its monitor does not fire.");
  try_all (AEMP_TRACE_MON_FIRED, 1, 3, do_not_fire);
}

static bool
fire_twice (const GArray *events, unsigned at)
{
  const AempTraceEvent *event = damage_event (events, at);

  is_caught (events, &(Damage){ at, event, event, 0, NULL }, 4);
  return true;
}

static void
test_fired_twice (void)
{
  g_test_summary ("A monitor fires twice.");
  try_all (AEMP_TRACE_MON_FIRED, 3, 10, fire_twice);
}

/* Did the monitored port begin between the monitor and its firing, or stand there before?
 * Of a port that was never there, or is long dead, nobody can say what it may have died of. */
static bool
is_born (const GArray *events, unsigned at)
{
  const AempTraceEvent *fired = damage_event (events, at);

  while (at-- > 0)
    if (damage_event (events, at)->kind == AEMP_TRACE_PORT_NEW
        && damage_event (events, at)->node->hash == fired->peer->hash
        && names_equal (damage_event (events, at)->port, fired->port))
      return true;
  return false;
}

static bool
fire_with_another_reason (const GArray *events, unsigned at)
{
  AempTraceEvent fired = *damage_event (events, at);

  if (!is_born (events, at))
    return false;
  fired.payload ^= 1;
  fired.text = "coffee";
  is_caught (events, &(Damage){ at, &fired, NULL, 0, NULL }, 5);
  return true;
}

static void
test_wrong_reason (void)
{
  g_test_summary ("A monitor fires with another reason.");
  try_all (AEMP_TRACE_MON_FIRED, 3, 10, fire_with_another_reason);
}

/* --- Promise 13 --- */

/* Each is judged for itself. */
#define EVERY_HANDSHAKE UINT_MAX

static bool
change_secret (const GArray *events, unsigned at)
{
  AempTraceEvent start = *damage_event (events, at);

  start.payload ^= 1;
  damage_is_caught (events, &(Damage){ at, &start, NULL, 0, NULL }, 13, EVERY_HANDSHAKE);
  return true;
}

static void
test_other_secret (void)
{
  g_test_summary ("A process has another secret, and comes in all the same.");
  try_all (AEMP_TRACE_PROCESS_START, 1, 6, change_secret);
}

static bool
skip_handshake (const GArray *events, unsigned at)
{
  damage_is_caught (events, &(Damage){ .at = at }, 13, EVERY_HANDSHAKE);
  return true;
}

static void
test_no_handshake (void)
{
  g_test_summary ("A node is up without a handshake.");
  try_all (AEMP_TRACE_LINK_UP, 1, 6, skip_handshake);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/damage/whole", test_whole);
  g_test_add_func ("/damage/lost", test_lost);
  g_test_add_func ("/damage/duplicated", test_duplicated);
  g_test_add_func ("/damage/swapped", test_swapped);
  g_test_add_func ("/damage/altered", test_altered);
  g_test_add_func ("/damage/wrong-port", test_wrong_port);
  g_test_add_func ("/damage/loss-not-told", test_loss_not_told);
  g_test_add_func ("/damage/fired-twice", test_fired_twice);
  g_test_add_func ("/damage/wrong-reason", test_wrong_reason);
  g_test_add_func ("/damage/other-secret", test_other_secret);
  g_test_add_func ("/damage/no-handshake", test_no_handshake);
  return g_test_run ();
}
