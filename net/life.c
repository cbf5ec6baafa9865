/* net/life.c - see life.h. */
#include "net/life.h"

#include "net/services.h"

static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  NetListening *listening = (NetListening *)tracer;

  if (listening->see && !listening->see (event, listening->user_data))
    return;
  if (listening->trace)
    net_trace_file_write (listening->trace, event);
  aemp_digest_see (&listening->digest, event);
  listening->teller.tracer.see (&listening->teller.tracer, event);
}

void
net_listening_init (NetListening *listening, NetLevel level)
{
  *listening = (NetListening){ .tracer = { .see = see } };
  net_teller_init (&listening->teller, level);
  aemp_digest_init (&listening->digest, 0);
}

static void
tell_listeners (AempNode *node, NetTeller *teller)
{
  const char *const *listeners = aemp_node_listeners (node);

  net_teller_say (teller, NET_LEVEL_INFO, "node %s%s", aemp_node_id (node),
                  listeners[0] ? "" : ", listening nowhere");
  for (unsigned i = 0; listeners[i]; i++)
    net_teller_say (teller, NET_LEVEL_INFO, "listening on %s", listeners[i]);
}

AempNode *
net_life_begin (AempEnv *env, const NetBirth *birth, NetListening *listening, GError **error)
{
  g_autoptr (AempNode) node = aemp_node_new (env, birth->config, &listening->tracer, error);

  g_assert (node); /* the configuration was checked */
  if (birth->register_services)
    birth->register_services (node);
  if (!net_services_are_known (node, birth->services, error) || !aemp_node_start (node, error))
    return NULL;
  tell_listeners (node, &listening->teller);
  net_services_start (node, birth->services, &listening->teller);
  return g_steal_pointer (&node);
}
