/* tests/world/recorded.c - see recorded.h. */
#include "recorded.h"

#include "engine/recorder.h"
#include "engine/recording.h"

struct World
{
  World *inner;
  AempRecorder *recorders[STORY_ENVS];
  GByteArray *recordings[STORY_ENVS];
};

static const WorldOps *inner_ops;

static bool
keep (const uint8_t *bytes, size_t length, void *user_data)
{
  g_byte_array_append (user_data, bytes, (unsigned)length);
  return true;
}

static World *
recorded_begin (void)
{
  World *world = g_new0 (World, 1);

  world->inner = inner_ops->begin ();
  for (unsigned i = 0; i < STORY_ENVS; i++)
    {
      world->recordings[i] = g_byte_array_new ();
      world->recorders[i] = aemp_recorder_new (inner_ops->env (world->inner, i), keep,
                                               world->recordings[i]);
    }
  return world;
}

static void
check (GByteArray *recording)
{
  AempRecordReader reader = { .bytes = recording->data, .length = recording->len };
  g_autoptr (GError) error = NULL;
  AempRecord record;

  while (aemp_record_read (&reader, &record, &error))
    ;
  g_assert_no_error (error);
  g_assert_cmpuint (reader.at, ==, reader.length);
}

static void
recorded_end (World *world)
{
  for (unsigned i = 0; i < STORY_ENVS; i++)
    {
      aemp_recorder_free (world->recorders[i]);
      check (world->recordings[i]);
      g_byte_array_unref (world->recordings[i]);
    }
  inner_ops->end (world->inner);
  g_free (world);
}

static AempEnv *
recorded_env (World *world, unsigned which)
{
  return aemp_recorder_env (world->recorders[which]);
}

static const char *
recorded_host (World *world, unsigned which)
{
  return inner_ops->host (world->inner, which);
}

static const char *
recorded_name (World *world, unsigned which)
{
  return inner_ops->name (world->inner, which);
}

static bool
recorded_run (World *world, bool (*done) (void *user_data), void *user_data, int64_t limit_us)
{
  return inner_ops->run (world->inner, done, user_data, limit_us);
}

const WorldOps *
recorded_world (const WorldOps *inner)
{
  static WorldOps ops;

  g_assert (!inner_ops);
  inner_ops = inner;
  ops = (WorldOps){
    .begin = recorded_begin,
    .end = recorded_end,
    .env = recorded_env,
    .host = recorded_host,
    .name = recorded_name,
    .run = recorded_run,
    .no_such_name = inner->no_such_name,
  };
  return &ops;
}
