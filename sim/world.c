/* sim/world.c - virtual time. */

#include "network.h"
#include "process.h"

typedef struct
{
  SimEvent event;
  SimWorld *world;
  GList *place; /* among the world's calls */
  SimWorldCall call;
  void *user_data;
} WorldCall;

/* Until somebody says otherwise, hosts are a short way apart. */
static const SimPath first_path = { .delay_min_us = 1000, .delay_max_us = 10000 };

/* How long a host's resolver takes for a name. */
#define LOOKUP_MIN_US 100
#define LOOKUP_MAX_US 2000

SimWorld *
sim_world_new (uint64_t seed)
{
  SimWorld *world = g_new0 (SimWorld, 1);

  world->seed = seed;
  world->queue = sim_queue_new ();
  g_queue_init (&world->calls);
  world->limits = sim_tcp_limits_of_linux;
  world->path = first_path;
  world->lookup_min_us = LOOKUP_MIN_US;
  world->lookup_max_us = LOOKUP_MAX_US;
  world->hosts = g_ptr_array_new ();
  world->pairs = g_ptr_array_new ();
  world->hosts_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  sim_host_new (world, "nowhere");
  world->book = sim_book_new (); /* there are no decisions nowhere */
  return world;
}

static void
end_processes (SimHost *host)
{
  while (host->processes->len > 0)
    {
      SimProcess *process = g_ptr_array_index (host->processes, 0);

      if (process->running)
        sim_process_kill (process);
      sim_process_free (process);
    }
}

void
sim_world_free (SimWorld *world)
{
  if (!world)
    return;
  for (unsigned i = 0; i < world->hosts->len; i++)
    end_processes (g_ptr_array_index (world->hosts, i));
  sim_network_free (world);
  g_queue_clear_full (&world->calls, g_free);
  sim_queue_free (world->queue);
  sim_book_free (world->book);
  g_free (world);
}

uint64_t
sim_world_seed (SimWorld *world)
{
  return world->seed;
}

SimBook *
sim_world_book (const SimWorld *world)
{
  return world->book;
}

int64_t
sim_world_now_us (SimWorld *world)
{
  return world->now_us;
}

uint64_t
sim_world_events (SimWorld *world)
{
  return world->events;
}

SimTcpLimits *
sim_world_tcp_limits (SimWorld *world)
{
  return &world->limits;
}

static void
play_call (SimEvent *event)
{
  WorldCall *call = SIM_OWNER (WorldCall, event, event);
  SimWorldCall function = call->call;
  void *user_data = call->user_data;

  g_queue_delete_link (&call->world->calls, call->place);
  g_free (call);
  function (user_data);
}

void
sim_world_at (SimWorld *world, int64_t time_us, SimWorldCall function, void *user_data)
{
  WorldCall *call = g_new0 (WorldCall, 1);

  g_assert (time_us >= world->now_us);
  call->event.play = play_call;
  call->event.host_key = SIM_WORLD_KEY;
  call->world = world;
  call->call = function;
  call->user_data = user_data;
  g_queue_push_tail (&world->calls, call);
  call->place = g_queue_peek_tail_link (&world->calls);
  sim_queue_add (world->queue, &call->event, time_us);
}

bool
sim_world_step (SimWorld *world, int64_t until_us)
{
  SimEvent *event = sim_queue_take (world->queue, until_us);

  if (!event)
    {
      if (until_us < G_MAXINT64) /* "as long as there is something" is no time to be at */
        world->now_us = MAX (world->now_us, until_us);
      return false;
    }
  world->now_us = event->due_us;
  world->events++;
  event->play (event);
  return true;
}

void
sim_world_run (SimWorld *world, int64_t until_us)
{
  world->stopped = false;
  while (!world->stopped && sim_world_step (world, until_us))
    continue;
}

void
sim_world_stop (SimWorld *world)
{
  world->stopped = true;
}

void
sim_world_set_rare (SimWorld *world, AempRare point, uint32_t ppm)
{
  world->rare_ppm[point] = ppm;
  world->rare = ppm > 0 ? world->rare | 1u << point : world->rare & ~(1u << point);
}

uint32_t
sim_world_rare_seen (const SimWorld *world)
{
  return world->rare_seen;
}
