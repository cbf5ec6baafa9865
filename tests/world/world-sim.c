/* tests/world/world-sim.c - the suite on the simulated world. */
#include "recorded.h"
#include "sim/world.h"

#include <string.h>

struct World
{
  SimWorld *sim;
  SimHost *hosts[STORY_ENVS];
  SimProcess *processes[STORY_ENVS];
};

static const char *const names[STORY_ENVS] = { "rain", "ruth", "rosa" };

static World *
world_begin (void)
{
  const SimPath path = { .delay_min_us = 1000, .delay_max_us = 4000 };
  World *world = g_new0 (World, 1);

  world->sim = sim_world_new (4711);
  sim_world_set_path (world->sim, &path);
  for (unsigned i = 0; i < STORY_ENVS; i++)
    {
      world->hosts[i] = sim_host_new (world->sim, names[i]);
      world->processes[i] = sim_process_new (world->hosts[i]);
    }
  return world;
}

static void
world_end (World *world)
{
  for (unsigned i = 0; i < STORY_ENVS; i++)
    {
      sim_process_kill (world->processes[i]);
      sim_process_free (world->processes[i]);
    }
  sim_world_free (world->sim);
  g_free (world);
}

static AempEnv *
world_env (World *world, unsigned which)
{
  return sim_process_env (world->processes[which]);
}

static const char *
world_host (World *world, unsigned which)
{
  return sim_host_address (world->hosts[which]);
}

static const char *
world_name (World *world, unsigned which)
{
  return names[which];
}

static bool
world_run (World *world, bool (*done) (void *user_data), void *user_data, int64_t limit_us)
{
  int64_t until_us = sim_world_now_us (world->sim) + limit_us;

  while (!done (user_data))
    if (!sim_world_step (world->sim, until_us))
      return done (user_data);
  return true;
}

static const WorldOps sim_world = {
  .begin = world_begin,
  .end = world_end,
  .env = world_env,
  .host = world_host,
  .name = world_name,
  .run = world_run,
  .no_such_name = "nobody",
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1 && strcmp (argv[1], "recorded") == 0)
    suite_add (recorded_world (&sim_world), NULL);
  else
    suite_add (&sim_world, NULL);
  return g_test_run ();
}
