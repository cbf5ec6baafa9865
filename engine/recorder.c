/* engine/recorder.c - see recorder.h.
 *
 * Each object is a wrapper with a number around the inner environment's. */
#include "recorder.h"

#include "name.h"
#include "recording.h"

#include <string.h>

#define BUFFER_BYTES (64 * 1024) /* more is written at once */

struct AempRecorder
{
  AempEnv env;
  AempEnv *inner;
  AempRecorderWrite write; /* NULL: nothing is recorded any more */
  void *user_data;
  GByteArray *buffer;
  int64_t clock_us; /* of the last record that has one */
  bool in_callback; /* then that is what the clock says */
  uint64_t objects_made;
};

typedef struct
{
  AempTimer base;
  AempTimer *inner;
  uint64_t number;
  AempTimerFired fired;
  void *user_data;
} Timer;

typedef struct
{
  AempResolution base;
  AempResolution *inner;
  uint64_t number;
  AempResolved resolved;
  void *user_data;
} Resolution;

typedef struct
{
  AempListener base;
  AempListener *inner;
  uint64_t number;
  AempAccepted accepted;
  void *user_data;
} Listener;

typedef struct
{
  AempStream base;
  AempStream *inner;
  uint64_t number;
  AempStreamEvents events;
  void *user_data;
} Stream;

/* --- Records -------------------------------------------------------------------- */

static AempRecorder *
recorder_of (AempEnv *env)
{
  return (AempRecorder *)env;
}

void
aemp_recorder_flush (AempRecorder *recorder)
{
  if (recorder->buffer->len == 0)
    return;
  if (recorder->write
      && !recorder->write (recorder->buffer->data, recorder->buffer->len, recorder->user_data))
    recorder->write = NULL;
  g_byte_array_set_size (recorder->buffer, 0);
}

static void
append (AempRecorder *recorder, const AempRecord *record)
{
  if (!recorder->write)
    return;
  aemp_record_append (recorder->buffer, record, &recorder->clock_us);
  if (recorder->buffer->len >= BUFFER_BYTES)
    aemp_recorder_flush (recorder);
}
#define APPEND(env, name, ...)                                                                     \
  append (recorder_of (env), &(AempRecord){ .kind = AEMP_RECORD_##name, __VA_ARGS__ })

/* The inner environment is about to do what others can notice. */
static void
before_effect (AempEnv *env)
{
  aemp_recorder_flush (recorder_of (env));
}

static uint64_t
next_number (AempEnv *env)
{
  return ++recorder_of (env)->objects_made;
}

/* --- Inputs --------------------------------------------------------------------- */

/* Fills in the time, and lets it stand still until end_input(). */
static void
begin_input (AempEnv *env, AempRecord *record)
{
  AempRecorder *recorder = recorder_of (env);

  record->time_us = aemp_env_now_us (recorder->inner);
  append (recorder, record);
  recorder->clock_us = record->time_us;
  recorder->in_callback = true;
}
#define BEGIN_INPUT(env, name, ...)                                                                \
  begin_input (env, &(AempRecord){ .kind = AEMP_RECORD_##name, __VA_ARGS__ })

static void
end_input (AempEnv *env)
{
  recorder_of (env)->in_callback = false;
}

static void
on_fired (AempTimer *inner, void *user_data)
{
  Timer *timer = user_data;
  AempEnv *env = timer->base.env;

  BEGIN_INPUT (env, FIRED, .object = timer->number);
  timer->fired (&timer->base, timer->user_data);
  end_input (env);
}

static void
on_resolved (AempResolution *inner, const char *const *addresses, const GError *error,
             void *user_data)
{
  Resolution *resolution = user_data;
  AempEnv *env = resolution->base.env;
  g_autoptr (GByteArray) texts = g_byte_array_new ();
  AempRecord record = { .kind = addresses ? AEMP_RECORD_RESOLVED : AEMP_RECORD_UNRESOLVED,
                        .object = resolution->number };

  for (unsigned i = 0; addresses && addresses[i]; i++)
    g_byte_array_append (texts, (const uint8_t *)addresses[i], (unsigned)strlen (addresses[i]) + 1);
  record.bytes = texts->data;
  record.length = texts->len;
  aemp_record_set_error (&record, error);
  begin_input (env, &record);
  resolution->resolved (&resolution->base, addresses, error, resolution->user_data);
  end_input (env);
}

static Stream *
stream_new (AempEnv *env, AempStream *inner)
{
  Stream *stream = g_new0 (Stream, 1);

  stream->base.env = env;
  stream->inner = inner;
  stream->number = next_number (env);
  return stream;
}

static void
on_accepted (AempListener *inner, AempStream *inner_stream, void *user_data)
{
  Listener *listener = user_data;
  AempEnv *env = listener->base.env;
  Stream *stream = stream_new (env, inner_stream);

  BEGIN_INPUT (env, ACCEPTED, .object = listener->number);
  listener->accepted (&listener->base, &stream->base, listener->user_data);
  end_input (env);
}

static void
on_opened (AempStream *inner, void *user_data)
{
  Stream *stream = user_data;
  AempEnv *env = stream->base.env;

  BEGIN_INPUT (env, OPENED, .object = stream->number);
  if (stream->events.opened)
    stream->events.opened (&stream->base, stream->user_data);
  end_input (env);
}

static void
on_received (AempStream *inner, const uint8_t *bytes, size_t length, void *user_data)
{
  Stream *stream = user_data;
  AempEnv *env = stream->base.env;

  BEGIN_INPUT (env, RECEIVED, .object = stream->number, .bytes = bytes, .length = length);
  if (stream->events.received)
    stream->events.received (&stream->base, bytes, length, stream->user_data);
  end_input (env);
}

static void
on_writable (AempStream *inner, void *user_data)
{
  Stream *stream = user_data;
  AempEnv *env = stream->base.env;

  BEGIN_INPUT (env, WRITABLE, .object = stream->number);
  if (stream->events.writable)
    stream->events.writable (&stream->base, stream->user_data);
  end_input (env);
}

static void
on_ended (AempStream *inner, void *user_data)
{
  Stream *stream = user_data;
  AempEnv *env = stream->base.env;

  BEGIN_INPUT (env, ENDED, .object = stream->number);
  if (stream->events.ended)
    stream->events.ended (&stream->base, stream->user_data);
  end_input (env);
}

static void
on_closed (AempStream *inner, const GError *error, void *user_data)
{
  Stream *stream = user_data;
  AempEnv *env = stream->base.env;
  AempRecord record = { .kind = AEMP_RECORD_CLOSED, .object = stream->number };

  aemp_record_set_error (&record, error);
  begin_input (env, &record);
  if (stream->events.closed)
    stream->events.closed (&stream->base, error, stream->user_data);
  end_input (env);
}

static const AempStreamEvents inner_events = {
  .opened = on_opened,
  .received = on_received,
  .writable = on_writable,
  .ended = on_ended,
  .closed = on_closed,
};

/* --- Clocks, randomness, the host ----------------------------------------------- */

static int64_t
record_now_us (AempEnv *env)
{
  AempRecorder *recorder = recorder_of (env);
  int64_t now_us;

  if (recorder->in_callback)
    return recorder->clock_us;
  now_us = aemp_env_now_us (recorder->inner);
  APPEND (env, NOW);
  APPEND (env, IS_TIME, .time_us = now_us);
  return now_us;
}

static int64_t
record_wall_us (AempEnv *env)
{
  int64_t wall_us = aemp_env_wall_us (recorder_of (env)->inner);

  APPEND (env, WALL);
  APPEND (env, IS_NUMBER, .number = (uint64_t)wall_us);
  return wall_us;
}

static void
record_random_bytes (AempEnv *env, const char *label, uint64_t identity, void *bytes, size_t length)
{
  aemp_env_random_bytes (recorder_of (env)->inner, label, identity, bytes, length);
  APPEND (env, RANDOM, .text = label, .hash = identity, .number = length);
  APPEND (env, IS_BYTES, .bytes = bytes, .length = length);
}

static const char *
record_host_name (AempEnv *env)
{
  const char *name = aemp_env_host_name (recorder_of (env)->inner);

  APPEND (env, HOST_NAME);
  APPEND (env, IS_TEXT, .text = name);
  return name;
}

static const char *const *
record_interfaces (AempEnv *env)
{
  const char *const *hosts = aemp_env_interfaces (recorder_of (env)->inner);
  g_autoptr (GByteArray) texts = g_byte_array_new ();

  for (unsigned i = 0; hosts[i]; i++)
    g_byte_array_append (texts, (const uint8_t *)hosts[i], (unsigned)strlen (hosts[i]) + 1);
  APPEND (env, INTERFACES);
  APPEND (env, IS_TEXTS, .bytes = texts->data, .length = texts->len);
  return hosts;
}

/* --- Timers --------------------------------------------------------------------- */

static AempTimer *
record_timer_new (AempEnv *env, AempTimerFired fired, void *user_data)
{
  Timer *timer = g_new0 (Timer, 1);

  timer->base.env = env;
  timer->number = next_number (env);
  timer->fired = fired;
  timer->user_data = user_data;
  timer->inner = aemp_timer_new (recorder_of (env)->inner, on_fired, timer);
  APPEND (env, TIMER_NEW, .object = timer->number);
  return &timer->base;
}

static void
record_timer_start (AempTimer *base, int64_t delay_us)
{
  Timer *timer = (Timer *)base;

  APPEND (base->env, TIMER_START, .object = timer->number, .number = (uint64_t)delay_us);
  aemp_timer_start (timer->inner, delay_us);
}

static void
record_timer_stop (AempTimer *base)
{
  Timer *timer = (Timer *)base;

  APPEND (base->env, TIMER_STOP, .object = timer->number);
  aemp_timer_stop (timer->inner);
}

static void
record_timer_free (AempTimer *base)
{
  Timer *timer = (Timer *)base;

  APPEND (base->env, TIMER_FREE, .object = timer->number);
  aemp_timer_free (timer->inner);
  g_free (timer);
}

/* --- Names ---------------------------------------------------------------------- */

static AempResolution *
record_resolve (AempEnv *env, const char *host_port, AempResolved resolved, void *user_data)
{
  Resolution *resolution = g_new0 (Resolution, 1);

  resolution->base.env = env;
  resolution->number = next_number (env);
  resolution->resolved = resolved;
  resolution->user_data = user_data;
  APPEND (env, RESOLVE, .object = resolution->number, .text = host_port);
  before_effect (env);
  resolution->inner
      = aemp_env_resolve (recorder_of (env)->inner, host_port, on_resolved, resolution);
  return &resolution->base;
}

static void
record_resolution_free (AempResolution *base)
{
  Resolution *resolution = (Resolution *)base;

  APPEND (base->env, RESOLUTION_FREE, .object = resolution->number);
  aemp_resolution_free (resolution->inner);
  g_free (resolution);
}

/* --- Listeners ------------------------------------------------------------------ */

/* One that cannot listen has a number, too. */
static AempListener *
record_listen (AempEnv *env, const char *address, AempAccepted accepted, void *user_data,
               GError **error)
{
  Listener *listener = g_new0 (Listener, 1);
  AempRecord answer = { .kind = AEMP_RECORD_IS_ERROR };
  GError *failure = NULL;

  listener->base.env = env;
  listener->number = next_number (env);
  listener->accepted = accepted;
  listener->user_data = user_data;
  APPEND (env, LISTEN, .object = listener->number, .text = address);
  before_effect (env);
  listener->inner
      = aemp_env_listen (recorder_of (env)->inner, address, on_accepted, listener, &failure);
  aemp_record_set_error (&answer, failure);
  append (recorder_of (env), &answer);
  if (listener->inner)
    return &listener->base;
  g_propagate_error (error, failure);
  g_free (listener);
  return NULL;
}

static const char *
record_listener_address (AempListener *base)
{
  Listener *listener = (Listener *)base;
  const char *address = aemp_listener_address (listener->inner);

  APPEND (base->env, LISTENER_ADDRESS, .object = listener->number);
  APPEND (base->env, IS_TEXT, .text = address);
  return address;
}

static void
record_listener_free (AempListener *base)
{
  Listener *listener = (Listener *)base;

  APPEND (base->env, LISTENER_FREE, .object = listener->number);
  before_effect (base->env);
  aemp_listener_free (listener->inner);
  g_free (listener);
}

/* --- Streams -------------------------------------------------------------------- */

static AempStream *
record_connect (AempEnv *env, const char *address, const AempStreamEvents *events, void *user_data)
{
  Stream *stream = stream_new (env, NULL);

  stream->events = *events;
  stream->user_data = user_data;
  APPEND (env, CONNECT, .object = stream->number, .text = address);
  before_effect (env);
  stream->inner = aemp_env_connect (recorder_of (env)->inner, address, &inner_events, stream);
  return &stream->base;
}

static void
record_set_events (AempStream *base, const AempStreamEvents *events, void *user_data)
{
  Stream *stream = (Stream *)base;

  stream->events = *events;
  stream->user_data = user_data;
  APPEND (base->env, TAKE, .object = stream->number);
  aemp_stream_set_events (stream->inner, &inner_events, stream);
}

/* The answer is what was left over: nothing, mostly. */
static size_t
record_write (AempStream *base, const uint8_t *bytes, size_t length)
{
  Stream *stream = (Stream *)base;
  size_t taken;

  APPEND (base->env, WRITE, .object = stream->number, .number = length,
          .hash = aemp_hash_bytes (bytes, length));
  before_effect (base->env);
  taken = aemp_stream_write (stream->inner, bytes, length);
  APPEND (base->env, IS_NUMBER, .number = length - taken);
  return taken;
}

static void
record_pause (AempStream *base)
{
  Stream *stream = (Stream *)base;

  APPEND (base->env, PAUSE, .object = stream->number);
  aemp_stream_pause (stream->inner);
}

static void
record_resume (AempStream *base)
{
  Stream *stream = (Stream *)base;

  APPEND (base->env, RESUME, .object = stream->number);
  aemp_stream_resume (stream->inner);
}

static void
record_end (AempStream *base)
{
  Stream *stream = (Stream *)base;

  APPEND (base->env, END, .object = stream->number);
  before_effect (base->env);
  aemp_stream_end (stream->inner);
}

static void
record_close (AempStream *base)
{
  Stream *stream = (Stream *)base;

  APPEND (base->env, CLOSE, .object = stream->number);
  before_effect (base->env);
  aemp_stream_close (stream->inner);
  g_free (stream);
}

static void
record_abort (AempStream *base)
{
  Stream *stream = (Stream *)base;

  APPEND (base->env, ABORT, .object = stream->number);
  before_effect (base->env);
  aemp_stream_abort (stream->inner);
  g_free (stream);
}

static const char *
record_local_address (AempStream *base)
{
  Stream *stream = (Stream *)base;
  const char *address = aemp_stream_local_address (stream->inner);

  APPEND (base->env, LOCAL_ADDRESS, .object = stream->number);
  APPEND (base->env, IS_TEXT, .text = address);
  return address;
}

static const char *
record_peer_address (AempStream *base)
{
  Stream *stream = (Stream *)base;
  const char *address = aemp_stream_peer_address (stream->inner);

  APPEND (base->env, PEER_ADDRESS, .object = stream->number);
  APPEND (base->env, IS_TEXT, .text = address);
  return address;
}

/* --- The whole ------------------------------------------------------------------ */

static const AempEnvOps record_ops = {
  .now_us = record_now_us,
  .wall_us = record_wall_us,
  .random_bytes = record_random_bytes,
  .host_name = record_host_name,
  .interfaces = record_interfaces,
  .timer_new = record_timer_new,
  .timer_start = record_timer_start,
  .timer_stop = record_timer_stop,
  .timer_free = record_timer_free,
  .resolve = record_resolve,
  .resolution_free = record_resolution_free,
  .listen = record_listen,
  .listener_address = record_listener_address,
  .listener_free = record_listener_free,
  .connect = record_connect,
  .stream_set_events = record_set_events,
  .stream_write = record_write,
  .stream_pause = record_pause,
  .stream_resume = record_resume,
  .stream_end = record_end,
  .stream_close = record_close,
  .stream_abort = record_abort,
  .stream_local_address = record_local_address,
  .stream_peer_address = record_peer_address,
  /* Nothing is rare: what is recorded is what any world can play again. */
};

AempRecorder *
aemp_recorder_new (AempEnv *env, AempRecorderWrite write, void *user_data)
{
  AempRecorder *recorder = g_new0 (AempRecorder, 1);

  recorder->env.ops = &record_ops;
  recorder->inner = env;
  recorder->write = write;
  recorder->user_data = user_data;
  recorder->buffer = g_byte_array_sized_new (BUFFER_BYTES);
  return recorder;
}

AempEnv *
aemp_recorder_env (AempRecorder *recorder)
{
  return &recorder->env;
}

void
aemp_recorder_stop (AempRecorder *recorder, const AempDigest *digest)
{
  char text[AEMP_DIGEST_TEXT_BYTES];

  aemp_digest_text (digest, text);
  APPEND (&recorder->env, STOP, .number = digest->events, .text = text);
  aemp_recorder_flush (recorder);
  recorder->write = NULL;
}

void
aemp_recorder_free (AempRecorder *recorder)
{
  if (!recorder)
    return;
  aemp_recorder_flush (recorder);
  g_byte_array_unref (recorder->buffer);
  g_free (recorder);
}
