/* tests/world/suite.c - the helpers of the stories. */
#include "suite.h"

#define LIMIT_US (60 * G_USEC_PER_SEC)
#define PIECE_MAX_BYTES 100000

/* --- Stories --- */

typedef struct
{
  const WorldOps *ops;
  const StoryEntry *entry;
} Telling;

static void
end_free (void *data)
{
  End *end = data;

  if (end->stream)
    DO (end->story, aemp_stream_close (end->stream));
  g_free (end);
}

static void
server_destroy (void *data)
{
  Server *server = data;

  server_free (server);
  g_free (server->address);
  g_free (server);
}

static void
tell (const void *data)
{
  const Telling *telling = data;
  Story story = { .ops = telling->ops, .luck = 4711 };

  g_test_summary (telling->entry->summary);
  story.ends = g_ptr_array_new_with_free_func (end_free);
  story.servers = g_ptr_array_new_with_free_func (server_destroy);
  story.world = story.ops->begin ();
  telling->entry->tell (&story);
  g_ptr_array_unref (story.ends);
  g_ptr_array_unref (story.servers);
  story.ops->end (story.world);
}

static void
add_table (const WorldOps *ops, const StoryEntry *entries)
{
  for (const StoryEntry *entry = entries; entry && entry->path; entry++)
    {
      Telling *telling = g_new (Telling, 1);

      *telling = (Telling){ ops, entry };
      g_test_add_data_func_full (entry->path, telling, tell, g_free);
    }
}

void
suite_add (const WorldOps *ops, const StoryEntry *more)
{
  add_table (ops, timer_stories);
  add_table (ops, place_stories);
  add_table (ops, stream_stories);
  add_table (ops, end_stories);
  add_table (ops, freeing_stories);
  add_table (ops, more);
}

void
story_enter (Story *story, AempEnv *env)
{
  g_assert_false (story->calling);
  g_assert_false (story->in_callback);
  story->in_callback = true;
  story->callbacks++;
  story->clock_us = aemp_env_now_us (env);
}

void
story_leave (Story *story, AempEnv *env)
{
  g_assert_cmpint (aemp_env_now_us (env), ==, story->clock_us);
  story->in_callback = false;
}

char *
story_address (Story *story, unsigned which, unsigned port)
{
  return g_strdup_printf ("%s:%u", story->ops->host (story->world, which), port);
}

static bool
is_set (void *data)
{
  return *(const bool *)data;
}

void
story_until (Story *story, const bool *flag)
{
  g_assert_true (story->ops->run (story->world, is_set, (void *)flag, LIMIT_US));
}

typedef struct
{
  const unsigned *count;
  unsigned wanted;
} Count;

static bool
is_reached (void *data)
{
  const Count *count = data;

  return *count->count >= count->wanted;
}

void
story_until_count (Story *story, const unsigned *count, unsigned wanted)
{
  Count goal = { count, wanted };

  g_assert_true (story->ops->run (story->world, is_reached, &goal, LIMIT_US));
}

static bool
never (void *data)
{
  return false;
}

void
story_wait (Story *story, int64_t while_us)
{
  story->ops->run (story->world, never, NULL, while_us);
}

uint32_t
story_luck (Story *story, uint32_t below)
{
  story->luck = story->luck * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)story->luck * below) >> 32);
}

/* --- Streams --- */

static uint8_t
pattern (uint64_t place)
{
  return (uint8_t)((place * 2654435761u) >> 13);
}

static void
pump (End *end)
{
  static uint8_t piece[PIECE_MAX_BYTES];

  while (end->stream && end->sent < end->to_send)
    {
      uint32_t most = story_luck (end->story, 4) == 0 ? 64 : PIECE_MAX_BYTES;
      size_t size = story_luck (end->story, most) + 1;
      size_t taken;

      size = MIN (size, end->to_send - end->sent);
      for (size_t i = 0; i < size; i++)
        piece[i] = pattern (end->sent + i);
      taken = CALL (end->story, aemp_stream_write (end->stream, piece, size));
      g_assert_cmpuint (taken, <=, size);
      end->sent += taken;
      if (taken < size)
        return;
    }
  if (end->stream && end->end_when_sent)
    {
      DO (end->story, aemp_stream_end (end->stream));
      end->end_when_sent = false;
    }
}

/* True when the news may be told at all. */
static End *
begin_news (AempStream *stream, void *user_data, News news)
{
  End *end = user_data;

  story_enter (end->story, end->env);
  g_assert_true (end->stream == stream); /* it was not given back */
  g_assert_false (end->closed);
  end->news[news]++;
  return end;
}

static void
finish_news (End *end, News news)
{
  if (end->hook)
    end->hook (end, news);
  story_leave (end->story, end->env);
}

static void
on_opened (AempStream *stream, void *user_data)
{
  End *end = begin_news (stream, user_data, NEWS_OPENED);

  g_assert_false (end->opened);
  end->opened = true;
  pump (end);
  finish_news (end, NEWS_OPENED);
}

static void
on_received (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  End *end = begin_news (stream, user_data, NEWS_RECEIVED);

  g_assert_true (end->opened && !end->ended);
  g_assert_cmpuint (length, >, 0);
  for (size_t i = 0; i < length; i++)
    if (bytes[i] != pattern (end->received + i))
      g_error ("byte %" G_GUINT64_FORMAT " is wrong", end->received + i);
  end->received += length;
  end->satisfied = end->received >= end->wanted;
  finish_news (end, NEWS_RECEIVED);
}

static void
on_writable (AempStream *stream, void *user_data)
{
  End *end = begin_news (stream, user_data, NEWS_WRITABLE);

  g_assert_true (end->opened);
  pump (end);
  finish_news (end, NEWS_WRITABLE);
}

static void
on_ended (AempStream *stream, void *user_data)
{
  End *end = begin_news (stream, user_data, NEWS_ENDED);

  g_assert_true (end->opened && !end->ended);
  end->ended = true;
  finish_news (end, NEWS_ENDED);
}

static void
on_closed (AempStream *stream, const GError *error, void *user_data)
{
  End *end = begin_news (stream, user_data, NEWS_CLOSED);

  g_assert_true (!error || error->domain == AEMP_ERRNO);
  g_assert_true (error || end->ended);
  g_assert_true (!error || error->code > 0);
  end->error = error ? error->code : 0;
  end->closed = true;
  finish_news (end, NEWS_CLOSED);
}

static const AempStreamEvents end_events = {
  .opened = on_opened,
  .received = on_received,
  .writable = on_writable,
  .ended = on_ended,
  .closed = on_closed,
};

static End *
end_new (Story *story, AempEnv *env, void (*hook) (End *end, News news))
{
  End *end = g_new0 (End, 1);

  end->story = story;
  end->env = env;
  end->hook = hook;
  end->wanted = UINT64_MAX;
  g_ptr_array_add (story->ends, end);
  return end;
}

End *
end_connect (Story *story, unsigned which, const char *address, void (*hook) (End *end, News news))
{
  End *end = end_new (story, story_env (story, which), hook);

  end->stream = CALL (story, aemp_env_connect (end->env, address, &end_events, end));
  return end;
}

void
end_send (End *end, uint64_t bytes)
{
  end->to_send += bytes;
  if (end->opened)
    pump (end);
}

void
end_send_all (End *end, uint64_t bytes)
{
  end->end_when_sent = true;
  end_send (end, bytes);
}

void
end_want (End *end, uint64_t bytes)
{
  end->wanted = bytes;
  end->satisfied = end->received >= bytes;
}

void
end_close (End *end)
{
  AempStream *stream = g_steal_pointer (&end->stream);

  DO (end->story, aemp_stream_close (stream));
}

void
end_abort (End *end)
{
  AempStream *stream = g_steal_pointer (&end->stream);

  DO (end->story, aemp_stream_abort (stream));
}

/* --- Servers --- */

static void
on_accepted (AempListener *listener, AempStream *stream, void *user_data)
{
  Server *server = user_data;
  AempEnv *env = listener->env;

  story_enter (server->story, env);
  g_assert_true (server->listener == listener);
  server->accepted++;
  if (server->hook)
    server->hook (server, stream);
  else
    server_take (server, stream);
  story_leave (server->story, env);
}

End *
server_take (Server *server, AempStream *stream)
{
  End *end = end_new (server->story, stream->env, server->end_hook);

  end->stream = stream;
  end->opened = true;
  DO (server->story, aemp_stream_set_events (stream, &end_events, end));
  server->last = end;
  return end;
}

Server *
server_new (Story *story, unsigned which)
{
  Server *server = g_new0 (Server, 1);
  g_autofree char *address = story_address (story, which, 0);
  g_autoptr (GError) error = NULL;

  server->story = story;
  server->listener = CALL (
      story, aemp_env_listen (story_env (story, which), address, on_accepted, server, &error));
  g_assert_no_error (error);
  server->address = g_strdup (aemp_listener_address (server->listener));
  g_ptr_array_add (story->servers, server);
  return server;
}

void
server_free (Server *server)
{
  AempListener *listener = g_steal_pointer (&server->listener);

  DO (server->story, aemp_listener_free (listener));
}

void
story_pair (Story *story, End **dialer, End **acceptor)
{
  Server *server = server_new (story, 1);

  *dialer = end_connect (story, 0, server->address, NULL);
  story_until (story, &(*dialer)->opened);
  story_until_count (story, &server->accepted, 1);
  *acceptor = server->last;
}

/* --- Timers --- */

static void
on_fired (AempTimer *timer, void *user_data)
{
  Alarm *alarm = user_data;
  AempEnv *env = timer->env;

  story_enter (alarm->story, env);
  g_assert_true (alarm->timer == timer);
  alarm->fired++;
  alarm->rang = true;
  alarm->fired_us = aemp_env_now_us (env);
  alarm->place = alarm->story->callbacks;
  if (alarm->hook)
    alarm->hook (alarm);
  story_leave (alarm->story, env);
}

void
alarm_init (Alarm *alarm, Story *story, unsigned which, void (*hook) (Alarm *alarm),
            void *hook_data)
{
  *alarm = (Alarm){ .story = story, .hook = hook, .hook_data = hook_data };
  alarm->timer = CALL (story, aemp_timer_new (story_env (story, which), on_fired, alarm));
}

void
alarm_start (Alarm *alarm, int64_t delay_us)
{
  DO (alarm->story, aemp_timer_start (alarm->timer, delay_us));
}

void
alarm_clear (Alarm *alarm)
{
  AempTimer *timer = g_steal_pointer (&alarm->timer);

  if (timer)
    DO (alarm->story, aemp_timer_free (timer));
}
