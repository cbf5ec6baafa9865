/* tests/world/stories-freeing.c - anything may be freed in any callback. */
#include "suite.h"

#define MS 1000
#define MIB (1024 * 1024)

/* --- A stream in each of its own callbacks --- */

typedef struct
{
  News news;
  bool aborts;
  bool done;
} Leaving;

static void
leave_at (End *end, News news)
{
  Leaving *leaving = end->hook_data;

  if (news != leaving->news)
    return;
  leaving->done = true;
  if (leaving->aborts)
    end_abort (end);
  else
    end_close (end);
}

static void
tell_leaving (Story *story, News news, bool aborts)
{
  Leaving leaving = { .news = news, .aborts = aborts };
  Server *server = server_new (story, 1);
  End *dialer = end_connect (story, 0, server->address, leave_at);
  unsigned count = 0;

  dialer->hook_data = &leaving;
  /* 100 MiB meet a full buffer; to be `closed`, both sides have to end in good time. */
  end_send_all (dialer, news == NEWS_WRITABLE ? 100 * MIB : 1000);
  story_until_count (story, &server->accepted, 1);
  end_send_all (server->last, 1000);
  story_until (story, &leaving.done);
  for (unsigned i = 0; i < NEWS_KINDS; i++)
    count += dialer->news[i];
  story_wait (story, 50 * MS);
  for (unsigned i = 0; i < NEWS_KINDS; i++)
    count -= dialer->news[i];
  g_assert_cmpuint (count, ==, 0);
  if (server->last->stream)
    end_close (server->last);
  server_free (server);
}

static void
own_callbacks (Story *story)
{
  for (News news = 0; news < NEWS_KINDS; news++)
    for (unsigned aborts = 0; aborts < 2; aborts++)
      tell_leaving (story, news, aborts);
}

/* --- Everything, in the nth callback --- */

#define PAIRS 6
#define ALARMS 3

typedef struct
{
  Story *story;
  unsigned left; /* callbacks until everything is freed */
  bool over;
  End *ends[2 * PAIRS];
  Alarm alarms[ALARMS];
  AempResolution *resolution;
  Server *server;
} Household;

static void
count_down (Household *household)
{
  g_assert_false (household->over);
  if (--household->left > 0)
    return;
  household->over = true;
  for (unsigned i = 0; i < G_N_ELEMENTS (household->ends); i++)
    end_close (household->ends[i]);
  for (unsigned i = 0; i < ALARMS; i++)
    alarm_clear (&household->alarms[i]);
  DO (household->story, aemp_resolution_free (household->resolution));
  server_free (household->server);
}

static void
end_counts (End *end, News news)
{
  count_down (end->hook_data);
}

static void
alarm_counts (Alarm *alarm)
{
  count_down (alarm->hook_data);
}

static void
resolved_counts (AempResolution *resolution, const char *const *addresses, const GError *error,
                 void *user_data)
{
  Household *household = user_data;
  AempEnv *env = resolution->env;

  story_enter (household->story, env);
  count_down (household);
  story_leave (household->story, env);
}

static void
accepted_counts (Server *server, AempStream *stream)
{
  DO (server->story, aemp_stream_close (stream));
  count_down (server->hook_data);
}

/* Everybody has news at the same time: bytes for all streams, a guest, timers, a name. */
static void
household_begin (Household *household, Story *story, unsigned left)
{
  g_autofree char *address = story_address (story, 0, 4040);

  *household = (Household){ .story = story, .left = left };
  for (unsigned i = 0; i < PAIRS; i++)
    story_pair (story, &household->ends[2 * i], &household->ends[2 * i + 1]);
  household->server = server_new (story, 0);
  household->server->hook = accepted_counts;
  household->server->hook_data = household;
  for (unsigned i = 0; i < ALARMS; i++)
    {
      alarm_init (&household->alarms[i], story, 0, alarm_counts, household);
      alarm_start (&household->alarms[i], 0);
    }
  household->resolution
      = CALL (story, aemp_env_resolve (story_env (story, 0), address, resolved_counts, household));
  for (unsigned i = 0; i < G_N_ELEMENTS (household->ends); i++)
    {
      household->ends[i]->hook = end_counts;
      household->ends[i]->hook_data = household;
      end_send (household->ends[i], 100);
    }
}

static void
household_story (Story *story, unsigned left)
{
  Household household;
  End *guest;

  household_begin (&household, story, left);
  guest = end_connect (story, 2, household.server->address, NULL);
  story_until (story, &household.over);
  story_wait (story, 30 * MS);
  end_close (guest);
}

static void
everything (Story *story)
{
  /* The guest comes in addition: so many callbacks there surely are. */
  for (unsigned left = 1; left <= 2 * PAIRS + ALARMS + 1; left++)
    household_story (story, left);
}

/* --- Chaos --- */

#define CHAOS_STREAMS 150

typedef struct
{
  Story *story;
  Server *servers[STORY_ENVS];
  GPtrArray *ends;
  unsigned connected;
} Chaos;

static void chaos_hook (End *end, News news);

static void
chaos_connect (Chaos *chaos)
{
  Story *story = chaos->story;
  End *end;

  if (chaos->connected == CHAOS_STREAMS)
    return;
  chaos->connected++;
  end = end_connect (story, story_luck (story, STORY_ENVS),
                     chaos->servers[story_luck (story, STORY_ENVS)]->address, chaos_hook);
  end->hook_data = chaos;
  g_ptr_array_add (chaos->ends, end);
}

/* Something happens to one of them, be it open or not, or done with. */
static void
chaos_act (Chaos *chaos)
{
  Story *story = chaos->story;
  End *end = chaos->ends->pdata[story_luck (story, chaos->ends->len)];
  uint32_t action = story_luck (story, 10);

  if (!end->stream || action == 0)
    {
      chaos_connect (chaos);
      return;
    }
  switch (action)
    {
    case 1:
      end_close (end);
      break;
    case 2:
      end_abort (end);
      break;
    case 3:
      end_send_all (end, story_luck (story, 100000));
      break;
    case 4:
      DO (story, aemp_stream_pause (end->stream));
      break;
    case 5:
    case 6:
      DO (story, aemp_stream_resume (end->stream));
      break;
    default:
      end_send (end, story_luck (story, 100000));
      break;
    }
}

static void
chaos_hook (End *end, News news)
{
  for (unsigned i = story_luck (end->story, 3); i > 0; i--)
    chaos_act (end->hook_data);
}

static void
chaos_accept (Server *server, AempStream *stream)
{
  Chaos *chaos = server->hook_data;
  End *end = server_take (server, stream);

  end->hook = chaos_hook;
  end->hook_data = chaos;
  g_ptr_array_add (chaos->ends, end);
  chaos_act (chaos);
}

static void
chaos_tick (Alarm *alarm)
{
  Chaos *chaos = alarm->hook_data;

  chaos_act (chaos);
  chaos_connect (chaos);
  alarm_start (alarm, story_luck (chaos->story, 2 * MS));
}

static void
chaos (Story *story)
{
  Chaos state = { .story = story, .ends = g_ptr_array_new () };
  Alarm alarm;

  for (unsigned i = 0; i < STORY_ENVS; i++)
    {
      state.servers[i] = server_new (story, i);
      state.servers[i]->hook = chaos_accept;
      state.servers[i]->hook_data = &state;
    }
  chaos_connect (&state);
  alarm_init (&alarm, story, 0, chaos_tick, &state);
  alarm_start (&alarm, 0);
  story_until_count (story, &state.connected, CHAOS_STREAMS);
  story_wait (story, 100 * MS);
  alarm_clear (&alarm);
  for (unsigned i = 0; i < STORY_ENVS; i++)
    server_free (state.servers[i]);
  for (unsigned i = 0; i < state.ends->len; i++)
    if (((End *)state.ends->pdata[i])->stream)
      end_close (state.ends->pdata[i]);
  g_ptr_array_unref (state.ends);
}

const StoryEntry freeing_stories[] = {
  { "/freeing/own-callbacks",
    "A stream is closed, or aborted, in each of its callbacks in turn, and stays silent.",
    own_callbacks },
  { "/freeing/everything",
    "Streams, timers, a name and a guest have news at the same time; in the nth callback "
    "everything is freed at once, for each n.",
    everything },
  { "/freeing/chaos",
    "A hundred and fifty connections between three hosts, and in every callback something "
    "happens to any of them.",
    chaos },
  { 0 },
};
