/* engine/seed.c - the seeds: how a node that knows nobody finds the network.
 *
 * Each seed that we are not connected to is dialed at once; after a failure again in 1.2 to
 * 2.4 s, doubling up to monitor_timeout; and at once when its connection is lost, but no more
 * than HURRIES_MAX times in monitor_timeout: two living processes with the same node ID push
 * each other out, and should not do it as fast as they can.  Its name is looked up anew for
 * every attempt. */

#include "internal.h"

#include <string.h>

#define RETRY_FIRST_MIN_US 1200000
#define HURRIES_MAX 10

struct AempSeed
{
  AempNode *node;
  char *address; /* as configured: host:port */
  uint64_t key;  /* of its name, for its luck */
  AempName *leads_to; /* the peer it was last connected to; NULL: none now */
  bool is_self;
  AempResolution *resolution;
  unsigned attempts; /* since the last success */
  uint64_t tries;    /* of all time */
  int64_t hurried_us; /* since when `hurries` are counted */
  unsigned hurries;   /* times that a loss made us dial at once */
  unsigned open;     /* connections under way */
  AempTimer *retry;
  GList by_age;
};

static void attempt (AempSeed *seed);

static void
retry_later (AempSeed *seed)
{
  AempNode *node = seed->node;
  int64_t ceiling = node->config->monitor_timeout_us;
  int64_t wait = RETRY_FIRST_MIN_US;
  for (unsigned i = 0; i < seed->attempts && wait < ceiling; i++)
    wait *= 2;
  uint64_t draw;
  aemp_env_random_bytes (node->env, "seed-retry", seed->key ^ seed->tries, &draw, sizeof draw);
  wait += (int64_t) (draw % (uint64_t) wait);
  seed->attempts++;
  aemp_timer_start (seed->retry, MIN (wait, ceiling));
}

static void
on_resolved (AempResolution *resolution, const char *const *addresses, const GError *error,
             void *user_data)
{
  AempSeed *seed = user_data;
  AempNode *node = seed->node;
  aemp_turn_begin (node);
  if (error)
    retry_later (seed);
  for (unsigned i = 0; addresses && addresses[i]; i++)
    {
      seed->open++;
      aemp_meeting_dial (node, addresses[i], NULL, seed);
    }
  g_clear_pointer (&seed->resolution, aemp_resolution_free);
  aemp_turn_end (node);
}

static void
attempt (AempSeed *seed)
{
  if (seed->is_self || seed->leads_to || seed->resolution || seed->open > 0)
    return;
  seed->tries++;
  aemp_timer_stop (seed->retry);
  seed->resolution = aemp_env_resolve (seed->node->env, seed->address, on_resolved, seed);
}

static void
on_retry (AempTimer *timer, void *user_data)
{
  AempSeed *seed = user_data;
  aemp_turn_begin (seed->node);
  attempt (seed);
  aemp_turn_end (seed->node);
}

void
aemp_seeds_begin (AempNode *node)
{
  for (char **address = node->config->seeds; address && *address; address++)
    {
      AempSeed *seed = g_new0 (AempSeed, 1);
      seed->node = node;
      seed->address = g_strdup (*address);
      seed->key = aemp_hash_bytes (*address, strlen (*address));
      seed->retry = aemp_timer_new (node->env, on_retry, seed);
      seed->by_age.data = seed;
      g_queue_push_tail_link (&node->seeds, &seed->by_age);
      attempt (seed);
    }
}

void
aemp_seed_met (AempSeed *seed, AempPeer *peer)
{
  if (seed->open > 0)
    seed->open--;
  seed->attempts = 0;
  g_clear_pointer (&seed->leads_to, aemp_name_unref);
  seed->leads_to = aemp_name_ref (peer->name);
  aemp_timer_stop (seed->retry);
  if (aemp_peer_is_up (peer))
    aemp_global_met_seed (peer);
}

void
aemp_seed_failed (AempSeed *seed)
{
  if (seed->open > 0)
    seed->open--;
  if (seed->open == 0 && !seed->leads_to && !seed->is_self)
    retry_later (seed);
}

void
aemp_seed_is_self (AempSeed *seed)
{
  AEMP_MARK (seed->node, SEED_IS_SELF);
  seed->is_self = true;
  if (seed->open > 0)
    seed->open--;
  aemp_timer_stop (seed->retry);
  aemp_global_become (seed->node);
}

static bool
may_hurry (AempSeed *seed)
{
  AempNode *node = seed->node;
  int64_t now_us = aemp_env_now_us (node->env);
  if (now_us - seed->hurried_us >= node->config->monitor_timeout_us)
    {
      seed->hurried_us = now_us;
      seed->hurries = 0;
    }
  return seed->hurries++ < HURRIES_MAX;
}

void
aemp_seeds_peer_lost (AempNode *node, AempPeer *peer)
{
  for (GList *l = node->seeds.head; l; l = l->next)
    {
      AempSeed *seed = l->data;
      if (!seed->leads_to || !aemp_name_equal (seed->leads_to, peer->name))
        continue;
      g_clear_pointer (&seed->leads_to, aemp_name_unref);
      if (may_hurry (seed))
        attempt (seed);
      else
        retry_later (seed);
    }
}

AempPeer *
aemp_seeds_connected (AempNode *node, const AempPeer *not_this)
{
  for (GList *l = node->seeds.head; l; l = l->next)
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
      AempSeed *seed = g_queue_pop_head_link (&node->seeds)->data;
      aemp_timer_free (seed->retry);
      aemp_resolution_free (seed->resolution);
      g_clear_pointer (&seed->leads_to, aemp_name_unref);
      g_free (seed->address);
      g_free (seed);
    }
}
