/* reports/words.c - what an event is, for people. */

#include "summary-print.h"

/* "ruth#a1" */
static char *
port_id (const AempName *node, const AempName *port)
{
  if (!node)
    return g_strdup ("somebody");
  return port && port->length > 0 ? g_strdup_printf ("%s#%s", node->text, port->text)
                                  : g_strdup (node->text);
}

static const char *
or_else (const char *text, const char *otherwise)
{
  return text && *text ? text : otherwise;
}

char *
report_event_words (const AempTraceEvent *event)
{
  const char *node = event->node->text;
  const char *peer = event->peer && event->peer->length > 0 ? event->peer->text : "somebody";
  const char *port = event->port ? event->port->text : "";
  const char *key = event->other ? event->other->text : "";
  const char *text = event->text ? event->text : "";
  g_autofree char *there = port_id (event->peer, event->port);
  g_autofree char *here = port_id (event->node, event->port);

  switch (event->kind)
    {
    case AEMP_TRACE_PROCESS_START:
      return g_strdup_printf ("a process of %s begins", node);
    case AEMP_TRACE_PROCESS_END:
      return g_strdup_printf ("the process of %s is %s", node, text);
    case AEMP_TRACE_FAULT:
      return g_strdup (text);
    case AEMP_TRACE_FAULT_OVER:
      return g_strdup_printf ("over: %s", text);
    case AEMP_TRACE_EXPECTATION:
      return g_strdup_printf ("expectation of line %d: %s", (int)event->number, text);
    case AEMP_TRACE_NODE_START:
      return g_strdup_printf ("%s begins", node);
    case AEMP_TRACE_LISTEN:
      return g_strdup_printf ("%s listens at %s", node, text);
    case AEMP_TRACE_DIAL:
      return g_strdup_printf ("%s dials %s", node, or_else (text, peer));
    case AEMP_TRACE_DIAL_FAILED:
      return g_strdup_printf ("%s gives up reaching %s: %s", node, peer, text);
    case AEMP_TRACE_LINK_UP:
      return g_strdup_printf ("%s has a connection with %s", node, peer);
    case AEMP_TRACE_LINK_REFUSED:
      return g_strdup_printf ("%s: no connection with %s: %s", node, peer, text);
    case AEMP_TRACE_LINK_DOWN:
      return g_strdup_printf ("%s lost the connection with %s: %s", node, peer, text);
    case AEMP_TRACE_MALFORMED:
      return g_strdup_printf ("%s got no packet from %s: %s", node, peer, text);
    case AEMP_TRACE_NODE_UP:
      return g_strdup_printf ("%s can reach %s", node, peer);
    case AEMP_TRACE_NODE_DOWN:
      return g_strdup_printf ("%s cannot reach %s any more: %s", node, peer, text);
    case AEMP_TRACE_MASTER:
      return g_strdup_printf ("%s has the master %s", node, peer);
    case AEMP_TRACE_GLOBAL:
      return g_strdup_printf ("%s is a global node", node);
    case AEMP_TRACE_SEND:
      return g_strdup_printf ("%s sends to %s", node, there);
    case AEMP_TRACE_DELIVER:
      return g_strdup_printf ("%s gets a message from %s", here, peer);
    case AEMP_TRACE_UNKNOWN_PORT:
      return g_strdup_printf ("%s gets a message for %s, which is not there", node, here);
    case AEMP_TRACE_REQUEST:
      return g_strdup_printf ("%s is asked by %s: %s", node, peer, text);
    case AEMP_TRACE_REFUSED:
      return g_strdup_printf ("%s refuses %s: %s", node, peer, text);
    case AEMP_TRACE_PORT_NEW:
      return g_strdup_printf ("%s begins", here);
    case AEMP_TRACE_PORT_DEAD:
      return g_strdup_printf ("%s is dead (%s)", here, or_else (text, "a normal end"));
    case AEMP_TRACE_KILL:
      return g_strdup_printf ("%s asks to kill %s", node, there);
    case AEMP_TRACE_FAILURE:
      return g_strdup_printf ("an error in %s: %s", here, text);
    case AEMP_TRACE_SPAWN:
      return g_strdup_printf ("%s asks %s for a port that does %s", node, peer, text);
    case AEMP_TRACE_MON_SET:
      return g_strdup_printf ("%s watches %s", node, there);
    case AEMP_TRACE_MON_FIRED:
      return g_strdup_printf ("%s is told: %s is gone (%s)", node, there,
                              or_else (text, "a normal end"));
    case AEMP_TRACE_MON_DROPPED:
      return g_strdup_printf ("%s watches no more: monitor %d", node, (int)event->number);
    case AEMP_TRACE_NOTE:
      return g_strdup_printf ("%s remarks: %s", or_else (key, node), text);
    case AEMP_TRACE_SEED:
      return g_strdup_printf ("%s has the seed %s", node, text);
    case AEMP_TRACE_DB_SET:
      return g_strdup_printf ("%s sets %s / %s", node, port, key);
    case AEMP_TRACE_DB_DELETE:
      return g_strdup_printf ("%s deletes %s / %s", node, port, key);
    case AEMP_TRACE_DB_MONITOR:
      return g_strdup_printf ("%s watches the family %s", node, port);
    case AEMP_TRACE_DB_CHANGE:
      return g_strdup_printf ("%s hears of %s / %s: %s", node, port, key, text);
    case AEMP_TRACE_DB_TOLD:
      return g_strdup_printf ("%s was told of %s", node, port);
    case AEMP_TRACE_DB_DROPPED:
      return g_strdup_printf ("%s watches a family no more: monitor %d", node, (int)event->number);
    case AEMP_TRACE_DB_QUERY:
      return g_strdup_printf ("%s asks what %s has (%s)", node, port, text);
    case AEMP_TRACE_DB_ANSWER:
      return g_strdup_printf ("%s is answered about %s", node, port);
    case AEMP_TRACE_DECIDE:
      return g_strdup_printf ("chance decides: %s", text);
    case AEMP_TRACE_KINDS:
      break;
    }
  g_assert_not_reached ();
}
