/* tests/unit/sim-story.h - two hosts and what their programs see, for tests of the world.
 *
 * rain dials, ruth listens at port 4040.  The paths take 5 ms each way unless a test says
 * otherwise; whatever the programs are told is in the log. */
#pragma once

#include "sim/world.h"

#include <errno.h>
#include <string.h>

#define MS 1000
#define SECONDS ((int64_t) 1000000)
#define NEVER ((int64_t) -1)

typedef struct Story Story;

typedef struct
{
  Story *story;
  const char *name;
  SimHost *host;
  SimProcess *process;
  AempEnv *env;
  AempListener *listener;
  AempStream *stream;
  GByteArray *received;
  const uint8_t *bytes; /* to be written as there is room */
  size_t left;
  const char *greeting; /* written once open */
  bool pauses;          /* from the start */
  bool ends_with_peer;
  bool closes_with_peer;
  bool is_dropped; /* closes when open */
  int64_t opened_us;
  int64_t first_us; /* received something */
  int64_t last_us;
  int64_t ended_us;
  int64_t closed_us;
  int closed_number; /* errno; 0: both had ended */
  unsigned writables;
} Person;

struct Story
{
  SimWorld *world;
  GString *log;
  Person rain;
  Person ruth;
};

static inline void
person_log (Person *person, const char *what, int64_t *time_us)
{
  *time_us = sim_world_now_us (person->story->world);
  g_string_append_printf (person->story->log, "%" G_GINT64_FORMAT " %s %s\n", *time_us,
                          person->name, what);
}

static inline size_t
person_write (Person *person)
{
  size_t taken = aemp_stream_write (person->stream, person->bytes, person->left);

  person->bytes += taken;
  person->left -= taken;
  return taken;
}

static inline void
person_close (Person *person)
{
  AempStream *stream = person->stream;

  person->stream = NULL;
  aemp_stream_close (stream);
}

static inline void
person_is_open (Person *person)
{
  person_log (person, "is open", &person->opened_us);
  if (person->pauses)
    aemp_stream_pause (person->stream);
  if (person->greeting)
    g_assert_cmpuint (aemp_stream_write (person->stream, (const uint8_t *) person->greeting,
                                         strlen (person->greeting)),
                      ==, strlen (person->greeting));
  if (person->left > 0)
    person_write (person);
  if (person->is_dropped)
    person_close (person);
}

static inline void
person_opened (AempStream *stream, void *user_data)
{
  person_is_open (user_data);
}

static inline void
person_received (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  Person *person = user_data;
  g_autofree char *what = g_strdup_printf ("receives %" G_GSIZE_FORMAT, length);

  g_assert_cmpuint (length, >, 0);
  g_assert_cmpint (person->ended_us, ==, NEVER);
  person_log (person, what, &person->last_us);
  if (person->first_us == NEVER)
    person->first_us = person->last_us;
  g_byte_array_append (person->received, bytes, (guint) length);
}

static inline void
person_writable (AempStream *stream, void *user_data)
{
  Person *person = user_data;
  int64_t time_us;

  person_log (person, "can write", &time_us);
  person->writables++;
  g_assert_cmpuint (person_write (person), >, 0);
}

static inline void
person_ended (AempStream *stream, void *user_data)
{
  Person *person = user_data;

  g_assert_cmpint (person->ended_us, ==, NEVER);
  person_log (person, "sees the end", &person->ended_us);
  if (person->ends_with_peer)
    aemp_stream_end (stream);
  if (person->closes_with_peer)
    person_close (person);
}

static inline void
person_closed (AempStream *stream, const GError *error, void *user_data)
{
  Person *person = user_data;

  g_assert_cmpint (person->closed_us, ==, NEVER);
  person_log (person, error ? error->message : "is done", &person->closed_us);
  person->closed_number = error ? error->code : 0;
  if (error)
    g_assert_true (error->domain == AEMP_ERRNO);
}

static const AempStreamEvents person_events
    = { person_opened, person_received, person_writable, person_ended, person_closed };

static inline void
person_accepted (AempListener *listener, AempStream *stream, void *user_data)
{
  Person *person = user_data;

  person->stream = stream;
  aemp_stream_set_events (stream, &person_events, person);
  person_is_open (person);
}

static inline void
person_begin (Person *person)
{
  person->process = sim_process_new (person->host);
  person->env = sim_process_env (person->process);
  person->stream = NULL;
}

static inline void
person_listen (Person *person)
{
  g_autoptr (GError) error = NULL;

  person->listener = aemp_env_listen (person->env, "*:4040", person_accepted, person, &error);
  g_assert_no_error (error);
}

static inline void
person_dial (Person *person, Person *other)
{
  g_autofree char *address = g_strconcat (sim_host_address (other->host), ":4040", NULL);

  person->stream = aemp_env_connect (person->env, address, &person_events, person);
}

static inline void
person_init (Person *person, Story *story, const char *name)
{
  person->story = story;
  person->name = name;
  person->host = sim_host_new (story->world, name);
  person->received = g_byte_array_new ();
  person->opened_us = person->first_us = person->last_us = NEVER;
  person->ended_us = person->closed_us = NEVER;
  person->closed_number = -1;
  person_begin (person);
}

static inline SimPath
fixed_path (int64_t delay_us)
{
  return (SimPath){ .delay_min_us = delay_us, .delay_max_us = delay_us };
}

static inline Story *
story_new (uint64_t seed)
{
  Story *story = g_new0 (Story, 1);
  SimPath path = fixed_path (5 * MS);

  story->world = sim_world_new (seed);
  story->log = g_string_new (NULL);
  sim_world_set_path (story->world, &path);
  person_init (&story->rain, story, "rain");
  person_init (&story->ruth, story, "ruth");
  return story;
}

static inline void
story_free (Story *story)
{
  sim_world_free (story->world);
  g_string_free (story->log, TRUE);
  g_byte_array_unref (story->rain.received);
  g_byte_array_unref (story->ruth.received);
  g_free (story);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Story, story_free)

static inline void
story_run (Story *story, int64_t until_us)
{
  sim_world_run (story->world, until_us);
  g_assert_cmpint (sim_world_now_us (story->world), ==, until_us);
}

/* ruth listens, rain dials; at 15 ms both are connected. */
static inline void
story_meet (Story *story)
{
  person_listen (&story->ruth);
  person_dial (&story->rain, &story->ruth);
  story_run (story, 15 * MS);
  g_assert_cmpint (story->rain.opened_us, ==, 10 * MS);
  g_assert_cmpint (story->ruth.opened_us, ==, 15 * MS);
}

static inline void
say (Person *person, const char *text)
{
  g_assert_cmpuint (
      aemp_stream_write (person->stream, (const uint8_t *) text, strlen (text)), ==, strlen (text));
}

#define assert_heard(person, text)                                                                 \
  g_assert_cmpmem ((person)->received->data, (person)->received->len, text, strlen (text))

/* Bytes that tell where they belong. */
static inline uint8_t *
story_bytes (size_t length)
{
  uint8_t *bytes = g_malloc (length);

  sim_luck_bytes (sim_luck (1, "bytes"), 0, bytes, length);
  return bytes;
}
