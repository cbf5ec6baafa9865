/* sim/actors/echo.c - answers every message with itself. */

#include "sim/actors/starts.h"

/* [anything…, port]: the same without the port, to the port. */
static void
send_back (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *port = NULL;
  AempList answer = *message;

  if (message->count == 0)
    return;
  port = sim_port_at (message, message->count - 1);
  if (!port)
    return; /* nobody to answer to */
  answer.count--;
  aemp_snd_list (node, port, &answer);
}

void
sim_echo_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor = sim_actor_new (sizeof (SimActor), node, arguments, user_data, NULL);

  if (actor && sim_actor_open (actor))
    sim_actor_receive (actor, NULL, send_back);
}

void
sim_servant_start (AempNode *node, const AempList *arguments, void *user_data)
{
  if (aemp_self (node))
    aemp_rcv (node, aemp_self (node), NULL, send_back, NULL, NULL);
}
