/* tests/bench/bench-world.c - how fast the simulated world is. */

#include "sim/world.h"

#include <stdio.h>
#include <time.h>

#define SECONDS ((int64_t)1000000)

typedef struct
{
  SimWorld *world;
  double began_s;
  uint64_t events;
} Watch;

/* Of this process alone: others may be busy, too. */
static double
now_s (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static Watch
watch_begin (SimWorld *world)
{
  return (Watch){ world, now_s (), sim_world_events (world) };
}

static void
watch_end (const Watch *watch, const char *what, uint64_t count)
{
  double seconds = now_s () - watch->began_s;
  uint64_t events = sim_world_events (watch->world) - watch->events;

  printf ("%-44s %7.2f million/s %6.1f ns each %6.2f events each\n", what,
          (double)count / seconds / 1e6, seconds * 1e9 / (double)count,
          (double)events / (double)count);
}

/* --- Timers --- */

typedef struct
{
  AempTimer *timer;
  SimLuck luck;
  uint64_t fired;
} Ticker;

static void
tick (AempTimer *timer, void *user_data)
{
  Ticker *ticker = user_data;

  aemp_timer_start (timer, sim_luck_between (ticker->luck, ticker->fired++, 1, SECONDS));
}

static void
bench_timers (unsigned count, uint64_t events)
{
  SimWorld *world = sim_world_new (1);
  SimProcess *process = sim_process_new (sim_host_new (world, "rain"));
  Ticker *tickers = g_new0 (Ticker, count);
  g_autofree char *what = g_strdup_printf ("timers, %u pending", count);
  Watch watch;

  for (unsigned i = 0; i < count; i++)
    {
      tickers[i].luck = sim_luck_number (sim_luck (1, "tickers"), i);
      tickers[i].timer = aemp_timer_new (sim_process_env (process), tick, &tickers[i]);
      tick (tickers[i].timer, &tickers[i]);
    }
  for (unsigned i = 0; i < count; i++)
    sim_world_step (world, INT64_MAX);
  watch = watch_begin (world);
  for (uint64_t i = 0; i < events; i++)
    sim_world_step (world, INT64_MAX);
  watch_end (&watch, what, events);
  sim_world_free (world);
  g_free (tickers);
}

/* --- Restarts --- */

static void
ignore (AempTimer *timer, void *user_data)
{
}

static void
bench_restarts (uint64_t restarts)
{
  SimWorld *world = sim_world_new (1);
  AempEnv *env = sim_process_env (sim_process_new (sim_host_new (world, "rain")));
  AempTimer *timers[1000];
  Watch watch;

  for (unsigned i = 0; i < 1000; i++)
    timers[i] = aemp_timer_new (env, ignore, NULL);
  watch = watch_begin (world);
  for (uint64_t i = 0; i < restarts; i++)
    {
      aemp_timer_start (timers[i % 1000], 30 * SECONDS);
      if (i % 1000 == 0)
        sim_world_run (world, sim_world_now_us (world) + 1000);
    }
  watch_end (&watch, "restarts of a timer that never fires", restarts);
  sim_world_free (world);
}

/* --- Messages --- */

#define HOSTS 10

typedef struct
{
  AempListener *listener;
  SimHost *host;
  AempEnv *env;
} Player;

static uint64_t messages;
static const uint8_t message[100];

/* One end of a connection: a message may come in pieces. */
typedef struct
{
  size_t received;
} Racket;

static void
serve (AempStream *stream, void *user_data)
{
  aemp_stream_write (stream, message, sizeof message);
}

static void
hit_back (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  Racket *racket = user_data;

  racket->received += length;
  for (; racket->received >= sizeof message; racket->received -= sizeof message)
    {
      messages++;
      aemp_stream_write (stream, message, sizeof message);
    }
}

static const AempStreamEvents events = { .opened = serve, .received = hit_back };

static void
let_in (AempListener *listener, AempStream *stream, void *user_data)
{
  Racket **next = user_data;

  aemp_stream_set_events (stream, &events, (*next)++);
}

/* Each host dials each other one, and serves one ball. */
static void
bench_messages (const char *what, const SimPath *path, uint64_t count)
{
  SimWorld *world = sim_world_new (1);
  Player players[HOSTS];
  Racket rackets[2 * HOSTS * HOSTS] = { 0 };
  Racket *next = rackets;
  Watch watch;

  sim_world_set_path (world, path);
  for (unsigned i = 0; i < HOSTS; i++)
    {
      g_autofree char *name = g_strdup_printf ("host%u", i);

      players[i].host = sim_host_new (world, name);
      players[i].env = sim_process_env (sim_process_new (players[i].host));
      players[i].listener = aemp_env_listen (players[i].env, "*:4040", let_in, &next, NULL);
    }
  for (unsigned i = 0; i < HOSTS; i++)
    for (unsigned j = 0; j < HOSTS; j++)
      if (i != j)
        {
          g_autofree char *address
              = g_strconcat (sim_host_address (players[j].host), ":4040", NULL);

          aemp_env_connect (players[i].env, address, &events, next++);
        }
  sim_world_run (world, SECONDS / 10);
  messages = 0;
  watch = watch_begin (world);
  while (messages < count)
    sim_world_step (world, INT64_MAX);
  watch_end (&watch, what, messages);
  sim_world_free (world);
}

int
main (void)
{
  const SimPath steady = { .delay_min_us = 5000, .delay_max_us = 5000 };
  const SimPath jitter = { .delay_min_us = 1000, .delay_max_us = 10000 };
  const SimPath lossy = { .delay_min_us = 1000, .delay_max_us = 10000, .loss_ppm = 1000 };

  bench_timers (1000, 30000000);
  bench_timers (100000, 10000000);
  bench_restarts (100000000);
  bench_messages ("messages of 100 bytes, 10 hosts, fixed delay", &steady, 10000000);
  bench_messages ("... with jitter", &jitter, 10000000);
  bench_messages ("... and 0.1% loss", &lossy, 10000000);
  return 0;
}
