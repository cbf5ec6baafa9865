/* A storm over the simulated network, and then calm. */

#include "sim-story.h"

enum
{
  STORM_HOSTS = 5,
  STORM_STREAMS = 60,
  STORM_BYTES = 1 << 20
};

typedef struct Storm Storm;

/* One end of a connection as its program has it.  What is written is a known sequence, from
 * a place that the first eight bytes tell. */
typedef struct
{
  Storm *storm;
  AempStream *stream;
  unsigned host;
  unsigned number; /* of all ever */
  uint64_t written;
  uint64_t received;
  uint64_t place; /* of the peer's sequence */
  unsigned peer;  /* its number, told by its bytes */
  bool open, ended, closed, paused;
} Talk;

struct Storm
{
  SimWorld *world;
  SimLuck luck;
  uint64_t step;
  SimHost *hosts[STORM_HOSTS];
  SimProcess *processes[STORM_HOSTS];
  GPtrArray *talks; /* those that their programs still have */
  unsigned talks_begun;
  uint64_t bytes;
  unsigned failed;
  uint8_t *sequence;
};

static void
talk_write (Talk *talk, size_t length)
{
  uint8_t head[4] = { (uint8_t)talk->number, (uint8_t)(talk->number >> 8),
                      (uint8_t)(talk->number >> 16), (uint8_t)(talk->number >> 24) };

  if (!talk->open || talk->closed)
    return;
  if (talk->written < 4)
    talk->written += aemp_stream_write (talk->stream, head + talk->written, 4 - talk->written);
  if (talk->written < 4)
    return;
  length = MIN (length, STORM_BYTES - talk->written);
  talk->written += aemp_stream_write (talk->stream, talk->storm->sequence + talk->written, length);
}

static void
talk_opened (AempStream *stream, void *user_data)
{
  Talk *talk = user_data;

  g_assert_true (stream == talk->stream && !talk->open && !talk->closed);
  talk->open = true;
  talk_write (talk, 1000);
}

static void
talk_received (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  Talk *talk = user_data;

  g_assert_true (stream == talk->stream && !talk->ended && !talk->closed && !talk->paused);
  for (size_t i = 0; i < length; i++, talk->received++)
    if (talk->received < 4)
      talk->peer |= (unsigned)bytes[i] << (8 * talk->received);
    else
      g_assert_cmphex (bytes[i], ==, talk->storm->sequence[talk->received]);
  talk->storm->bytes += length;
}

static void
talk_writable (AempStream *stream, void *user_data)
{
  talk_write (user_data, 5000);
}

static void
talk_ended (AempStream *stream, void *user_data)
{
  Talk *talk = user_data;

  g_assert_true (!talk->ended && !talk->closed && !talk->paused);
  talk->ended = true;
}

static void
talk_closed (AempStream *stream, const GError *error, void *user_data)
{
  Talk *talk = user_data;

  g_assert_true (!talk->closed);
  talk->closed = true;
  talk->storm->failed += error != NULL;
}

static const AempStreamEvents talk_events
    = { talk_opened, talk_received, talk_writable, talk_ended, talk_closed };

static Talk *
talk_new (Storm *storm, unsigned host)
{
  Talk *talk = g_new0 (Talk, 1);

  talk->storm = storm;
  talk->host = host;
  talk->number = ++storm->talks_begun;
  g_ptr_array_add (storm->talks, talk);
  return talk;
}

static void
talk_accepted (AempListener *listener, AempStream *stream, void *user_data)
{
  Storm *storm = user_data;
  unsigned host = 0;
  Talk *talk;

  while (!storm->processes[host] || sim_process_env (storm->processes[host]) != stream->env)
    host++;
  talk = talk_new (storm, host);
  talk->stream = stream;
  aemp_stream_set_events (stream, &talk_events, talk);
  talk->open = true;
  talk_write (talk, 500);
}

static int64_t
storm_draw (Storm *storm, const char *what, int64_t most)
{
  return sim_luck_between (sim_luck_below (storm->luck, what), storm->step, 0, most);
}

static void
storm_begin (Storm *storm, unsigned host)
{
  g_autoptr (GError) error = NULL;

  storm->processes[host] = sim_process_new (storm->hosts[host]);
  g_assert_nonnull (aemp_env_listen (sim_process_env (storm->processes[host]), "*:4040",
                                     talk_accepted, storm, &error));
}

/* The process is stopped one way or the other; its program gives up its objects before or
 * after that, or leaves them to the process. */
static void
storm_stop (Storm *storm, unsigned host, bool vanishes, bool leaves)
{
  if (vanishes)
    sim_process_vanish (storm->processes[host]);
  else
    sim_process_kill (storm->processes[host]);
  for (unsigned i = storm->talks->len; i-- > 0;)
    {
      Talk *talk = g_ptr_array_index (storm->talks, i);

      if (talk->host != host)
        continue;
      if (!leaves)
        aemp_stream_close (talk->stream);
      g_ptr_array_remove_index_fast (storm->talks, i);
    }
  sim_process_free (storm->processes[host]);
  storm->processes[host] = NULL;
}

static void
storm_dial (Storm *storm, unsigned from, unsigned to)
{
  g_autofree char *address = g_strconcat (sim_host_address (storm->hosts[to]), ":4040", NULL);
  Talk *talk;

  if (!storm->processes[from] || storm->talks->len >= STORM_STREAMS)
    return;
  talk = talk_new (storm, from);
  talk->stream
      = aemp_env_connect (sim_process_env (storm->processes[from]), address, &talk_events, talk);
}

static void
storm_close (Storm *storm, Talk *talk, bool aborts)
{
  if (aborts)
    aemp_stream_abort (talk->stream);
  else
    aemp_stream_close (talk->stream);
  g_ptr_array_remove_fast (storm->talks, talk);
}

/* Something that ends by itself, or at the calm. */
static void
storm_trouble (Storm *storm, SimHost *one, SimHost *other)
{
  int64_t until_us = sim_world_now_us (storm->world) + storm_draw (storm, "until", 20 * SECONDS);

  switch (storm_draw (storm, "what trouble", 6))
    {
    case 0:
    case 1:
      sim_path_stall (one, other, until_us);
      break;
    case 2:
      if (one != other)
        sim_path_half_close (one, other);
      break;
    case 3:
      sim_host_refuse (one, until_us);
      break;
    case 4:
      sim_host_accept_late (one, 0, storm_draw (storm, "late", 9 * SECONDS), until_us);
      break;
    default:
      sim_host_read_slowly (one, 1000 + (uint64_t)storm_draw (storm, "rate", 1000000), until_us);
      break;
    }
}

static void
storm_do_something (Storm *storm)
{
  unsigned one = (unsigned)storm_draw (storm, "one", STORM_HOSTS - 1);
  unsigned other = (unsigned)storm_draw (storm, "other", STORM_HOSTS - 1);
  unsigned which
      = storm->talks->len ? (unsigned)storm_draw (storm, "which", storm->talks->len - 1) : 0;
  Talk *talk = storm->talks->len ? g_ptr_array_index (storm->talks, which) : NULL;
  int64_t what = storm_draw (storm, "what", 99);

  if (talk && talk->closed)
    {
      storm_close (storm, talk, what < 50);
      return;
    }
  if (storm_draw (storm, "trouble", 99) < 8)
    {
      storm_trouble (storm, storm->hosts[one], storm->hosts[other]);
      return;
    }
  if (what < 20 || !talk)
    storm_dial (storm, one, other);
  else if (what < 55)
    talk_write (talk, (size_t)storm_draw (storm, "length", 40000));
  else if (what < 62 && one != other)
    sim_path_cut (storm->hosts[one], storm->hosts[other]);
  else if (what < 74)
    sim_path_heal (storm->hosts[one], storm->hosts[other]);
  else if (what < 80)
    {
      talk->paused = true;
      aemp_stream_pause (talk->stream);
    }
  else if (what < 87)
    {
      talk->paused = false;
      aemp_stream_resume (talk->stream);
    }
  else if (what < 90)
    aemp_stream_end (talk->stream);
  else if (what < 94)
    storm_close (storm, talk, what < 92);
  else if (what < 95)
    sim_path_reset (storm->hosts[one], storm->hosts[other]);
  else if (what < 97 && storm->processes[one])
    storm_stop (storm, one, storm_draw (storm, "vanishes", 1), storm_draw (storm, "leaves", 1));
  else if (!storm->processes[one])
    storm_begin (storm, one);
}

/* Everything is well for five hours: nobody may still wait for anything. */
static void
storm_calm (Storm *storm)
{
  for (unsigned one = 0; one < STORM_HOSTS; one++)
    {
      if (!storm->processes[one])
        storm_begin (storm, one);
      sim_host_recover (storm->hosts[one]);
      for (unsigned other = 0; other < STORM_HOSTS; other++)
        sim_path_heal (storm->hosts[one], storm->hosts[other]);
    }
  for (unsigned i = 0; i < storm->talks->len; i++)
    {
      Talk *talk = g_ptr_array_index (storm->talks, i);

      talk->paused = false;
      aemp_stream_resume (talk->stream);
    }
  sim_world_run (storm->world, sim_world_now_us (storm->world) + 5 * 3600 * SECONDS);
}

static Talk *
find_talk (Storm *storm, unsigned number)
{
  for (unsigned i = 0; i < storm->talks->len; i++)
    {
      Talk *talk = g_ptr_array_index (storm->talks, i);

      if (talk->number == number)
        return talk;
    }
  return NULL;
}

static unsigned
storm_judge (Storm *storm)
{
  unsigned pairs = 0;

  for (unsigned i = 0; i < storm->talks->len; i++)
    {
      Talk *talk = g_ptr_array_index (storm->talks, i);
      Talk *peer = talk->received >= 4 ? find_talk (storm, talk->peer) : NULL;

      if (talk->closed)
        continue;
      g_assert_true (talk->open);
      if (talk->ended && !(peer && !peer->closed))
        continue; /* it has only not closed yet what the other has closed for good */
      g_assert_nonnull (peer);
      g_assert_false (peer->closed);
      g_assert_cmpuint (talk->received, ==, peer->written);
      g_assert_cmpuint (peer->received, ==, talk->written);
      pairs++;
    }
  return pairs;
}

static unsigned
play_storm (uint64_t seed, GString *summary)
{
  Storm storm = { .luck = sim_luck (seed, "storm") };
  SimPath path = { .delay_min_us = 1 * MS, .delay_max_us = 20 * MS, .loss_ppm = 10000 };
  unsigned pairs;

  storm.world = sim_world_new (seed);
  storm.sequence = story_bytes (STORM_BYTES);
  storm.talks = g_ptr_array_new_with_free_func (g_free);
  path.buffer_bytes = seed % 3 == 0 ? 3000 : 0;
  path.rate_bits = seed % 5 == 0 ? 5000000 : 0;
  sim_world_set_path (storm.world, &path);
  for (unsigned i = 0; i < STORM_HOSTS; i++)
    {
      char name[] = { (char)('a' + i), 0 };

      storm.hosts[i] = sim_host_new (storm.world, name);
      storm_begin (&storm, i);
    }
  for (storm.step = 0; storm.step < 2000; storm.step++)
    {
      storm_do_something (&storm);
      sim_world_run (storm.world, sim_world_now_us (storm.world)
                                      + (storm_draw (&storm, "long", 99) == 0
                                             ? storm_draw (&storm, "pause", 400 * SECONDS)
                                             : storm_draw (&storm, "short", 20 * MS)));
    }
  storm_calm (&storm);
  pairs = storm_judge (&storm);
  g_string_append_printf (
      summary, "%u pairs, %u failed, %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT " events\n",
      pairs, storm.failed, storm.bytes, sim_world_events (storm.world));
  sim_world_free (storm.world);
  g_ptr_array_unref (storm.talks);
  g_free (storm.sequence);
  return pairs;
}

static void
test_storm (void)
{
  g_test_summary ("Dials, writes, cuts, kills, lost power and hosts that are not well at random, "
                  "then hours of calm: bytes "
                  "only ever arrive in order, and in the end each connection is whole or over, at "
                  "both ends, with nobody waiting.");

  unsigned pairs = 0;

  for (uint64_t seed = 1; seed <= 40; seed++)
    {
      g_autoptr (GString) once = g_string_new (NULL);
      g_autoptr (GString) again = g_string_new (NULL);

      pairs += play_storm (seed, once);
      if (seed % 10 == 0)
        {
          play_storm (seed, again);
          g_assert_cmpstr (once->str, ==, again->str);
        }
      g_test_message ("seed %u: %s", (unsigned)seed, once->str);
    }
  g_assert_cmpuint (pairs, >, 300); /* it has judged something */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-storm/calm", test_storm);
  return g_test_run ();
}
