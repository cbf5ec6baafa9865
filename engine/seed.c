/* engine/seed.c - the seeds: how a node that knows nobody finds the network.
 *
 * A seed is a name, host:port, and each address that the name has is a child of its own: it
 * leads to one node, or to ourselves, or nowhere.  Each child that we are not connected to is
 * dialed at once; after a failure again in 1.2 to 2.4 s, doubling up to monitor_timeout; and at
 * once when its connection is lost, but no more than HURRIES_MAX times in monitor_timeout: two
 * living processes with the same node ID push each other out, and should not do it as fast as they
 * can. The name is looked up anew for every attempt; a child whose address it has no more is
 * forgotten then. */

#include "internal.h"

#include "planted.h"

#include <string.h>

#define RETRY_FIRST_MIN_US 1200000
#define HURRIES_MAX 10

/* A timer that waits longer each time. */
typedef struct
{
  AempNode *node;
  AempTimer *timer; /* NULL: it never had to wait */
  AempTimerFired fired;
  void *user_data;
  uint64_t key;      /* for its luck */
  unsigned attempts; /* since the last success */
  uint64_t draws;    /* of all time */
} Patience;

struct AempSeedName
{
  AempNode *node;
  char *name; /* as configured: host:port */
  AempResolution *resolution;
  Patience patience; /* with the resolver */
  GQueue children;   /* of AempSeed */
  GList by_age;
};

struct AempSeed
{
  AempSeedName *name;
  char *address;
  AempName *leads_to; /* the peer it was last connected to; NULL: none now */
  bool is_self;
  bool is_open; /* a connection is under way */
  bool is_due;  /* it is to be dialed when the name has been looked up */
  Patience patience;
  int64_t hurried_us; /* since when `hurries` are counted */
  unsigned hurries;   /* times that a loss made us dial at once */
  GList by_age;
};

/* --- Waiting ---------------------------------------------------------------------------------- */

static void
patience_begin (Patience *patience, AempNode *node, uint64_t key, AempTimerFired fired,
                void *user_data)
{
  patience->node = node;
  patience->key = key;
  patience->fired = fired;
  patience->user_data = user_data;
}

static void
stop_waiting (Patience *patience)
{
  if (patience->timer)
    aemp_timer_stop (patience->timer);
}

static void
wait_longer (Patience *patience)
{
  AempNode *node = patience->node;
  int64_t ceiling = node->config->monitor_timeout_us;
  int64_t wait = RETRY_FIRST_MIN_US;
  for (unsigned i = 0; i < patience->attempts && wait < ceiling; i++)
    wait *= 2;
  uint64_t draw;
  aemp_env_random_bytes (node->env, "seed-retry", patience->key ^ ++patience->draws, &draw,
                         sizeof draw);
  wait += (int64_t)(draw % (uint64_t)wait);
  patience->attempts++;
  if (aemp_env_rare (node->env, AEMP_RARE_RETRY_EARLY, patience->key))
    wait = 0;
  if (!patience->timer)
    patience->timer = aemp_timer_new (node->env, patience->fired, patience->user_data);
  if (!(patience->attempts > 2 && AEMP_PLANTED (retry_timer_not_restarted)))
    aemp_timer_start (patience->timer, MIN (wait, ceiling));
}

/* --- Names and their addresses ------------------------------------------------------------------
 */

static void on_resolved (AempResolution *resolution, const char *const *addresses,
                         const GError *error, void *user_data);

static void
look_up (AempSeedName *name)
{
  if (!name->resolution)
    name->resolution = aemp_env_resolve (name->node->env, name->name, on_resolved, name);
}

static void
on_name_retry (AempTimer *timer, void *user_data)
{
  AempSeedName *name = user_data;
  aemp_turn_begin (name->node);
  look_up (name);
  aemp_turn_end (name->node);
}

static void
make_due (AempSeed *seed)
{
  stop_waiting (&seed->patience);
  seed->is_due = true;
  look_up (seed->name);
}

static void
on_retry (AempTimer *timer, void *user_data)
{
  AempSeed *seed = user_data;
  AempNode *node = seed->name->node;
  aemp_turn_begin (node);
  make_due (seed);
  aemp_turn_end (node);
}

static AempSeed *
find_child (const AempSeedName *name, const char *address)
{
  for (GList *l = name->children.head; l; l = l->next)
    if (strcmp (((AempSeed *)l->data)->address, address) == 0)
      return l->data;
  return NULL;
}

static void
make_child (AempSeedName *name, const char *address)
{
  AempSeed *seed = g_new0 (AempSeed, 1);
  seed->name = name;
  seed->address = g_strdup (address);
  seed->is_due = true;
  patience_begin (&seed->patience, name->node,
                  name->patience.key ^ aemp_hash_bytes (address, strlen (address)), on_retry, seed);
  seed->by_age.data = seed;
  g_queue_push_tail_link (&name->children, &seed->by_age);
}

static void
child_free (AempSeed *seed)
{
  g_queue_unlink (&seed->name->children, &seed->by_age);
  aemp_timer_free (seed->patience.timer);
  g_clear_pointer (&seed->leads_to, aemp_name_unref);
  g_free (seed->address);
  g_free (seed);
}

static void
forget_old_addresses (AempSeedName *name, const char *const *addresses)
{
  for (GList *l = name->children.head, *next; l; l = next)
    {
      AempSeed *seed = l->data;
      next = l->next;
      if (!seed->is_open && !seed->leads_to && !g_strv_contains (addresses, seed->address))
        child_free (seed);
    }
}

static void
dial_those_due (AempSeedName *name)
{
  for (GList *l = name->children.head; l; l = l->next)
    {
      AempSeed *seed = l->data;
      if (!seed->is_due || seed->is_open || seed->leads_to || seed->is_self)
        continue;
      seed->is_due = false;
      seed->is_open = true;
      aemp_meeting_dial (name->node, seed->address, NULL, seed);
    }
}

/* Those who waited for the name go on waiting. */
static void
put_off (AempSeedName *name)
{
  bool none = true;
  for (GList *l = name->children.head; l; l = l->next)
    {
      AempSeed *seed = l->data;
      none = false;
      if (seed->is_due)
        wait_longer (&seed->patience);
      seed->is_due = false;
    }
  if (none)
    wait_longer (&name->patience);
}

static void
on_resolved (AempResolution *resolution, const char *const *addresses, const GError *error,
             void *user_data)
{
  AempSeedName *name = user_data;
  AempNode *node = name->node;
  aemp_turn_begin (node);
  if (error || !addresses || !addresses[0])
    {
      AEMP_TRACE (node, .kind = AEMP_TRACE_LINK_REFUSED, .number = 1, .address = name->name,
                  .text = error ? error->message : "it has no address");
      AEMP_MARK (node, SEED_NOT_FOUND);
      put_off (name);
    }
  else
    {
      name->patience.attempts = 0;
      forget_old_addresses (name, addresses);
      for (unsigned i = 0; addresses[i]; i++)
        if (!find_child (name, addresses[i]))
          make_child (name, addresses[i]);
      dial_those_due (name);
    }
  g_clear_pointer (&name->resolution, aemp_resolution_free);
  aemp_turn_end (node);
}

void
aemp_seeds_begin (AempNode *node)
{
  for (char **configured = node->config->seeds; configured && *configured; configured++)
    {
      AempSeedName *name = g_new0 (AempSeedName, 1);
      name->node = node;
      name->name = g_strdup (*configured);
      patience_begin (&name->patience, node, aemp_hash_bytes (*configured, strlen (*configured)),
                      on_name_retry, name);
      name->by_age.data = name;
      g_queue_push_tail_link (&node->seeds, &name->by_age);
      AEMP_TRACE (node, .kind = AEMP_TRACE_SEED, .text = *configured);
      look_up (name);
    }
}

/* --- What became of a connection ----------------------------------------------------------------
 */

void
aemp_seed_met (AempSeed *seed, AempPeer *peer)
{
  seed->is_open = false;
  seed->is_due = false;
  seed->patience.attempts = 0;
  g_clear_pointer (&seed->leads_to, aemp_name_unref);
  seed->leads_to = aemp_name_ref (peer->name);
  stop_waiting (&seed->patience);
  if (aemp_peer_is_up (peer))
    aemp_global_met_seed (peer);
}

void
aemp_seed_failed (AempSeed *seed)
{
  seed->is_open = false;
  if (!seed->leads_to && !seed->is_self)
    wait_longer (&seed->patience);
}

void
aemp_seed_is_self (AempSeed *seed)
{
  AempNode *node = seed->name->node;
  AEMP_MARK (node, SEED_IS_SELF);
  seed->is_self = true;
  seed->is_open = false;
  stop_waiting (&seed->patience);
  aemp_global_become (node);
}

static bool
may_hurry (AempSeed *seed)
{
  AempNode *node = seed->name->node;
  int64_t now_us = aemp_env_now_us (node->env);
  if (now_us - seed->hurried_us >= node->config->monitor_timeout_us)
    {
      seed->hurried_us = now_us;
      seed->hurries = 0;
    }
  return seed->hurries++ < HURRIES_MAX;
}

static bool
leads_to (const AempSeed *seed, const AempPeer *peer)
{
  return seed->leads_to && aemp_name_equal (seed->leads_to, peer->name);
}

void
aemp_seeds_peer_lost (AempNode *node, AempPeer *peer)
{
  for (GList *n = node->seeds.head; n; n = n->next)
    for (GList *l = ((AempSeedName *)n->data)->children.head; l; l = l->next)
      {
        AempSeed *seed = l->data;
        if (!leads_to (seed, peer))
          continue;
        g_clear_pointer (&seed->leads_to, aemp_name_unref);
        if (AEMP_PLANTED (lost_seed_not_dialed))
          continue;
        if (may_hurry (seed)
            && !aemp_env_rare (node->env, AEMP_RARE_RETRY_LATE, seed->patience.key))
          make_due (seed);
        else
          {
            AEMP_MARK (node, SEED_NOT_HURRIED);
            wait_longer (&seed->patience);
          }
      }
}

AempPeer *
aemp_seeds_connected (AempNode *node, const AempPeer *not_this)
{
  for (GList *n = node->seeds.head; n; n = n->next)
    for (GList *l = ((AempSeedName *)n->data)->children.head; l; l = l->next)
      {
        const AempSeed *seed = l->data;
        AempPeer *peer = seed->leads_to ? aemp_peer_find (node, seed->leads_to) : NULL;
        if (peer && peer != not_this && peer->link)
          return peer;
      }
  return NULL;
}

void
aemp_seeds_free (AempNode *node)
{
  while (node->seeds.head)
    {
      AempSeedName *name = g_queue_pop_head_link (&node->seeds)->data;
      while (name->children.head)
        child_free (name->children.head->data);
      aemp_timer_free (name->patience.timer);
      aemp_resolution_free (name->resolution);
      g_free (name->name);
      g_free (name);
    }
}
