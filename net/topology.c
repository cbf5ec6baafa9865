/* net/topology.c - see topology.h.
 *
 * Each node that becomes known is asked for its neighbours, all at once; ours know the
 * request for that, Perl's are asked to evaluate it. */
#include "net/topology.h"

#include "net/talk.h"

#include <string.h>

#define LIMIT_SECONDS 15
#define UP_NODES "up_nodes"
#define PERL_UP_NODES "AnyEvent::MP::Kernel::up_nodes ()"

typedef struct
{
  NetTalk *talk;
  const char *first;
  GPtrArray *visits; /* of Visit */
  unsigned open;     /* without an answer */
} Topology;

typedef struct
{
  Topology *topology;
  char *node;
  bool is_over;
} Visit;

static void visit (Topology *topology, const char *node);

static void
visit_free (void *data)
{
  Visit *visited = data;

  g_free (visited->node);
  g_free (visited);
}

static void
end_visit (Visit *visited, int status)
{
  Topology *topology = visited->topology;

  visited->is_over = true;
  topology->open--;
  if (status != 0)
    topology->talk->status = status;
  fflush (stdout);
  if (topology->open == 0)
    net_talk_end (topology->talk, topology->talk->status);
}

/* --- Answers ---------------------------------------------------------------------------- */

static void
see_neighbour (Visit *visited, const AempValue *value)
{
  Topology *topology = visited->topology;
  g_autofree char *name = aemp_value_dup_text (value, NULL);

  if (!name || !aemp_port_id_is_valid (name) || strcmp (name, visited->node) == 0
      || strcmp (name, aemp_node_id (topology->talk->node)) == 0)
    return;
  printf (" %s", name);
  visit (topology, name);
}

static void
on_neighbours (Visit *visited, AempList names)
{
  if (visited->is_over)
    return;
  printf ("%s", visited->node);
  for (uint32_t i = 0; i < names.count; i++)
    see_neighbour (visited, &names.items[i]);
  printf ("\n");
  end_visit (visited, 0);
}

static void
on_up_nodes (AempNode *node, const AempList *reply, void *user_data)
{
  on_neighbours (user_data, *reply);
}

/* The first word is Perl's error, or empty. */
static void
on_evaluated (AempNode *node, const AempList *reply, void *user_data)
{
  on_neighbours (user_data, aemp_list_skip (*reply, 1));
}

static void
on_can (AempNode *node, const AempList *reply, void *user_data)
{
  Visit *visited = user_data;

  if (visited->is_over || reply->count == 0)
    return;
  if (aemp_value_is (aemp_list_get (reply, 0), "1"))
    aemp_cal (node, visited->node, AEMP_NO_TIMEOUT, on_up_nodes, visited, NULL, "s", UP_NODES);
  else
    aemp_cal (node, visited->node, AEMP_NO_TIMEOUT, on_evaluated, visited, NULL, "ss", "eval",
              PERL_UP_NODES);
}

static void
on_gone (AempNode *node, const AempList *reason, void *user_data)
{
  Visit *visited = user_data;
  g_autofree char *text = aemp_list_to_text (reason, 0);

  if (visited->is_over)
    return;
  printf ("%s: not reached: %s\n", visited->node, text);
  end_visit (visited, NET_EXIT_FAILED);
}

static void
on_limit (AempNode *node, const AempList *nothing, void *user_data)
{
  Topology *topology = user_data;

  for (unsigned i = 0; i < topology->visits->len; i++)
    {
      Visit *visited = topology->visits->pdata[i];

      if (visited->is_over)
        continue;
      printf ("%s: no answer\n", visited->node);
      end_visit (visited, NET_EXIT_FAILED);
    }
}

/* --- Asking ------------------------------------------------------------------------------- */

static bool
is_known (const Topology *topology, const char *node)
{
  for (unsigned i = 0; i < topology->visits->len; i++)
    if (strcmp (((Visit *)topology->visits->pdata[i])->node, node) == 0)
      return true;
  return false;
}

static void
visit (Topology *topology, const char *node)
{
  Visit *visited;

  if (is_known (topology, node))
    return;
  visited = g_new (Visit, 1);
  *visited = (Visit){ topology, g_strdup (node), false };
  g_ptr_array_add (topology->visits, visited);
  topology->open++;
  aemp_mon (topology->talk->node, node, on_gone, visited, NULL);
  aemp_cal (topology->talk->node, node, AEMP_NO_TIMEOUT, on_can, visited, NULL, "ss", "can",
            UP_NODES);
}

static void
begin (NetTalk *talk)
{
  Topology *topology = talk->user_data;

  topology->talk = talk;
  aemp_after (talk->node, (int64_t)LIMIT_SECONDS * 1000000, on_limit, topology, NULL);
  visit (topology, topology->first);
}

int
net_topology_obey (NetSession *session, NetWords *words, const char *key)
{
  const char *port = net_talk_take_port (session, words, "a node ID");
  g_autofree char *node = port ? aemp_node_of (port) : NULL;
  g_autoptr (GPtrArray) visits = g_ptr_array_new_with_free_func (visit_free);
  Topology topology = { .first = node, .visits = visits };

  return port ? net_talk (session, NET_TALK_NO_LIMIT, begin, &topology) : NET_EXIT_USAGE;
}
