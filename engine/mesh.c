/* engine/mesh.c - global nodes are kept connected.
 *
 * Every node in the merged `'g` is to be connected with us: at once, as soon as its addresses
 * are known, and after a failure or a loss again in 0.6 to 1.2 s, doubling up to
 * monitor_timeout.  A connection that lasted that long makes the next attempt come at once. */

#include "global.h"

#include "planted.h"

#define RETRY_FIRST_MIN_US 600000

typedef struct
{
  AempMesh *mesh;
  AempName *name;
  AempTimer *timer;
  unsigned attempts; /* that came to nothing, or to little */
  int64_t tried_us;  /* the last one */
  uint64_t tries;    /* of all time */
} Neighbour;

struct AempMesh
{
  AempNode *node;
  GTree *neighbours; /* AempName → Neighbour */
};

static int
compare_names (const void *one, const void *other, void *user_data)
{
  return aemp_name_compare (one, other);
}

static void
neighbour_free (void *memory)
{
  Neighbour *neighbour = memory;
  aemp_timer_free (neighbour->timer);
  aemp_name_unref (neighbour->name);
  g_free (neighbour);
}

AempMesh *
aemp_mesh_new (AempNode *node)
{
  AempMesh *mesh = g_new (AempMesh, 1);
  mesh->node = node;
  mesh->neighbours = g_tree_new_full (compare_names, NULL, NULL, neighbour_free);
  return mesh;
}

void
aemp_mesh_free (AempMesh *mesh)
{
  if (!mesh)
    return;
  g_tree_unref (mesh->neighbours);
  g_free (mesh);
}

static void
attempt (Neighbour *neighbour)
{
  AempNode *node = neighbour->mesh->node;
  AempPeer *peer = aemp_peer_get (node, neighbour->name);
  aemp_timer_stop (neighbour->timer);
  if (!aemp_global_listeners (node->global, neighbour->name))
    return; /* as soon as they are known */
  neighbour->tried_us = aemp_env_now_us (node->env);
  neighbour->tries++;
  aemp_peer_connect (peer);
}

static void
on_timer (AempTimer *timer, void *user_data)
{
  Neighbour *neighbour = user_data;
  AempNode *node = neighbour->mesh->node;
  aemp_turn_begin (node);
  attempt (neighbour);
  aemp_turn_end (node);
}

void
aemp_mesh_add (AempMesh *mesh, const AempName *name)
{
  if (g_tree_lookup (mesh->neighbours, name))
    return;
  Neighbour *neighbour = g_new0 (Neighbour, 1);
  neighbour->mesh = mesh;
  neighbour->name = aemp_name_ref (name);
  neighbour->timer = aemp_timer_new (mesh->node->env, on_timer, neighbour);
  g_tree_insert (mesh->neighbours, neighbour->name, neighbour);
  attempt (neighbour);
}

void
aemp_mesh_remove (AempMesh *mesh, const AempName *name)
{
  g_tree_remove (mesh->neighbours, name);
}

void
aemp_mesh_found (AempMesh *mesh, const AempName *name)
{
  Neighbour *neighbour = g_tree_lookup (mesh->neighbours, name);
  AempPeer *peer = aemp_peer_find (mesh->node, name);
  if (neighbour && neighbour->attempts == 0 && peer && !aemp_peer_is_up (peer))
    attempt (neighbour);
}

/* Doubling, and drawn up to twice as long. */
static int64_t
wait_us (Neighbour *neighbour)
{
  AempNode *node = neighbour->mesh->node;
  int64_t ceiling = node->config->monitor_timeout_us;
  int64_t wait = RETRY_FIRST_MIN_US;
  uint64_t draw;
  for (unsigned i = 0; i < neighbour->attempts && wait < ceiling; i++)
    wait *= 2;
  aemp_env_random_bytes (node->env, "mesh-retry", neighbour->name->hash ^ neighbour->tries, &draw,
                         sizeof draw);
  return MIN (wait + (int64_t)(draw % (uint64_t)wait), ceiling);
}

void
aemp_mesh_peer_lost (AempMesh *mesh, const AempPeer *peer)
{
  Neighbour *neighbour = g_tree_lookup (mesh->neighbours, peer->name);
  if (!neighbour)
    return;
  if (neighbour->attempts > 1 && AEMP_PLANTED (mesh_gives_up))
    return;
  AempNode *node = mesh->node;
  int64_t gone_us = aemp_env_now_us (node->env) - neighbour->tried_us;
  if (gone_us >= node->config->monitor_timeout_us)
    neighbour->attempts = 0;
  if (neighbour->attempts > 0)
    AEMP_MARK (node, MESH_RETRIED);
  aemp_timer_start (neighbour->timer, neighbour->attempts == 0 ? 0 : wait_us (neighbour));
  neighbour->attempts++;
}
