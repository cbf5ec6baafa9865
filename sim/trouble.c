/* sim/trouble.c - hosts that are not well for a while. */

#include "network.h"
#include "process.h"

/* What waits with the program finds out anew for how long. */
static void
renew (SimHost *host)
{
  if (host->process)
    sim_process_renew (host->process);
}

void
sim_host_refuse (SimHost *host, int64_t until_us)
{
  host->trouble.refuses_until_us = until_us;
}

void
sim_host_accept_late (SimHost *host, int64_t least_us, int64_t most_us, int64_t until_us)
{
  g_assert (least_us >= 0 && least_us <= most_us);
  host->trouble.accepts = (SimLateness){ least_us, most_us, until_us };
  renew (host);
}

void
sim_host_read_slowly (SimHost *host, uint64_t rate_bits, int64_t until_us)
{
  g_assert (rate_bits > 0);
  host->trouble.slow_bits = rate_bits;
  host->trouble.slow_until_us = until_us;
  renew (host);
}

void
sim_host_fail_lookups (SimHost *host, uint32_t chance_ppm, int64_t until_us)
{
  g_assert (chance_ppm <= 1000000);
  host->trouble.fails_ppm = chance_ppm;
  host->trouble.fails_until_us = until_us;
}

void
sim_host_delay_lookups (SimHost *host, int64_t least_us, int64_t most_us, int64_t until_us)
{
  g_assert (least_us >= 0 && least_us <= most_us);
  host->trouble.lookups = (SimLateness){ least_us, most_us, until_us };
  renew (host);
}

void
sim_host_recover (SimHost *host)
{
  const SimTrouble *trouble = &host->trouble;
  int64_t now_us = host->world->now_us;
  bool waits = now_us < trouble->slow_until_us || now_us < trouble->accepts.until_us
               || now_us < trouble->lookups.until_us;

  host->trouble = (SimTrouble){ 0 };
  if (waits)
    renew (host);
  for (unsigned i = 0; i < host->pairs->len; i++)
    {
      SimPair *pair = g_ptr_array_index (host->pairs, i);
      SimWay *way = &pair->ways[pair->ways[0].to == host ? 0 : 1];

      if (now_us < way->stalled_until_us)
        sim_path_stall (way->from, host, 0);
    }
}

void
sim_world_set_lookups (SimWorld *world, int64_t least_us, int64_t most_us)
{
  g_assert (least_us >= 0 && least_us <= most_us);
  world->lookup_min_us = least_us;
  world->lookup_max_us = most_us;
}
