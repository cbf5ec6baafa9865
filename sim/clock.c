/* sim/clock.c - clocks that are not right. */

#include "network.h"
#include "engine/planted.h"
#include "process.h"

#define MILLION 1000000

int64_t
sim_clock_when_us (const SimHost *host, int64_t time_us)
{
  const SimClock *clock = &host->clock;
  int64_t rate = MILLION + clock->drift_ppm;
  int64_t ahead_us = time_us - clock->base_us;
  int64_t whole, rest;

  if (clock->drift_ppm == 0)
    return MAX (clock->since_us + ahead_us, host->world->now_us);
  if (ahead_us <= 0)
    return host->world->now_us;

  /* The first moment at which it says so: rounded up, as the clock rounds down. */
  whole = ahead_us / rate;
  rest = (ahead_us % rate * MILLION + rate - 1) / rate;
  if (whole > (G_MAXINT64 - rest - clock->since_us) / MILLION)
    return G_MAXINT64;
  return MAX (clock->since_us + whole * MILLION + rest, host->world->now_us);
}

void
sim_clock_drift (SimHost *host, int32_t drift_ppm)
{
  SimClock *clock = &host->clock;

  g_assert (ABS (drift_ppm) <= SIM_DRIFT_MAX_PPM);
  if (clock->drift_ppm == drift_ppm)
    return;
  clock->base_us = sim_clock_now_us (host);
  if (AEMP_PLANTED (sim_clock_goes_back))
    clock->base_us -= 10000000;
  clock->since_us = host->world->now_us;
  clock->drift_ppm = drift_ppm;
  if (host->process)
    sim_process_renew (host->process);
}

void
sim_clock_jump (SimHost *host, int64_t by_us)
{
  host->clock.wall_offset_us += by_us;
}

void
sim_clock_set_offset (SimHost *host, int64_t offset_us)
{
  host->clock.wall_offset_us = host->world->now_us + offset_us - sim_clock_now_us (host);
}
