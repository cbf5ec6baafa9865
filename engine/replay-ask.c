/* engine/replay-ask.c - what the node asks, compared and answered. */
#include "replay-internal.h"

#include "name.h"

#include <string.h>

static AempReplay *
replay_of (AempEnv *env)
{
  return (AempReplay *)env;
}

/* The node asks.  False: something else was asked then; the answer has to be made up. */
static bool
ask (AempEnv *env, const AempRecord *wanted)
{
  AempReplay *replay = replay_of (env);
  AempRecord recorded;

  if (!aemp_replay_next (replay, &recorded))
    return false;
  if (aemp_record_equal (wanted, &recorded))
    return true;
  aemp_replay_diverge (replay, wanted, &recorded);
  return false;
}
#define ASK(env, name, ...) ask (env, &(AempRecord){ .kind = AEMP_RECORD_##name, __VA_ARGS__ })

/* What was answered then.  False: it has to be made up. */
static bool
answer (AempEnv *env, AempRecordKind kind, AempRecord *record)
{
  AempReplay *replay = replay_of (env);

  if (!aemp_replay_next (replay, record))
    return false;
  if (record->kind == kind)
    return true;
  aemp_replay_broken (replay, "the answer is missing");
  return false;
}

/* An answer that cannot have been one. */
static void
refuse_answer (AempEnv *env)
{
  aemp_replay_broken (replay_of (env), "such an answer cannot be");
}

static void
object_free (AempReplayObject *object)
{
  g_hash_table_remove (replay_of (object->base.env)->objects, &object->number);
  g_free (object);
}

/* --- Clocks, randomness, the host ------------------------------------------------ */

static int64_t
replay_now_us (AempEnv *env)
{
  AempReplay *replay = replay_of (env);
  AempRecord record;

  if (!replay->in_callback && ASK (env, NOW))
    answer (env, AEMP_RECORD_IS_TIME, &record);
  return replay->reader.clock_us;
}

static int64_t
replay_wall_us (AempEnv *env)
{
  AempRecord record;

  return ASK (env, WALL) && answer (env, AEMP_RECORD_IS_NUMBER, &record) ? (int64_t)record.number
                                                                         : 0;
}

static void
replay_random_bytes (AempEnv *env, const char *label, uint64_t identity, void *bytes, size_t length)
{
  AempRecord record;

  memset (bytes, 0, length);
  if (!ASK (env, RANDOM, .text = label, .hash = identity, .number = length)
      || !answer (env, AEMP_RECORD_IS_BYTES, &record))
    return;
  if (record.length == length)
    memcpy (bytes, record.bytes, length);
  else
    refuse_answer (env);
}

/* A text that has to be there. */
static const char *
answer_text (AempEnv *env)
{
  AempRecord record;

  if (!answer (env, AEMP_RECORD_IS_TEXT, &record))
    return "";
  if (record.text)
    return record.text;
  refuse_answer (env);
  return "";
}

static const char *
replay_host_name (AempEnv *env)
{
  return ASK (env, HOST_NAME) ? answer_text (env) : "";
}

static const char *const *
replay_interfaces (AempEnv *env)
{
  AempReplay *replay = replay_of (env);
  AempRecord record = { 0 };

  if (ASK (env, INTERFACES))
    answer (env, AEMP_RECORD_IS_TEXTS, &record);
  aemp_replay_list_texts (replay->interfaces, &record);
  return (const char *const *)replay->interfaces->pdata;
}

/* --- Timers ----------------------------------------------------------------------- */

static AempTimer *
replay_timer_new (AempEnv *env, AempTimerFired fired, void *user_data)
{
  AempReplayObject *timer = aemp_replay_object_new (env, AEMP_REPLAY_TIMER, user_data);

  timer->fired = fired;
  ASK (env, TIMER_NEW, .object = timer->number);
  return &timer->base.timer;
}

static void
replay_timer_start (AempTimer *base, int64_t delay_us)
{
  AempReplayObject *timer = (AempReplayObject *)base;

  timer->waits = true;
  ASK (base->env, TIMER_START, .object = timer->number, .number = (uint64_t)delay_us);
}

static void
replay_timer_stop (AempTimer *base)
{
  AempReplayObject *timer = (AempReplayObject *)base;

  timer->waits = false;
  ASK (base->env, TIMER_STOP, .object = timer->number);
}

static void
replay_timer_free (AempTimer *base)
{
  AempReplayObject *timer = (AempReplayObject *)base;

  ASK (base->env, TIMER_FREE, .object = timer->number);
  object_free (timer);
}

/* --- Names ------------------------------------------------------------------------ */

static AempResolution *
replay_resolve (AempEnv *env, const char *host_port, AempResolved resolved, void *user_data)
{
  AempReplayObject *resolution = aemp_replay_object_new (env, AEMP_REPLAY_RESOLUTION, user_data);

  resolution->resolved = resolved;
  resolution->waits = true;
  ASK (env, RESOLVE, .object = resolution->number, .text = host_port);
  return &resolution->base.resolution;
}

static void
replay_resolution_free (AempResolution *base)
{
  AempReplayObject *resolution = (AempReplayObject *)base;

  ASK (base->env, RESOLUTION_FREE, .object = resolution->number);
  object_free (resolution);
}

/* --- Listeners -------------------------------------------------------------------- */

static AempListener *
replay_listen (AempEnv *env, const char *address, AempAccepted accepted, void *user_data,
               GError **error)
{
  AempReplayObject *listener = aemp_replay_object_new (env, AEMP_REPLAY_LISTENER, user_data);
  AempRecord record = { 0 };

  listener->accepted = accepted;
  if (ASK (env, LISTEN, .object = listener->number, .text = address))
    answer (env, AEMP_RECORD_IS_ERROR, &record);
  if (!record.domain)
    return &listener->base.listener;
  g_propagate_error (error, aemp_record_error (&record));
  object_free (listener);
  return NULL;
}

static const char *
replay_listener_address (AempListener *base)
{
  AempReplayObject *listener = (AempReplayObject *)base;

  return ASK (base->env, LISTENER_ADDRESS, .object = listener->number) ? answer_text (base->env)
                                                                       : "";
}

static void
replay_listener_free (AempListener *base)
{
  AempReplayObject *listener = (AempReplayObject *)base;

  ASK (base->env, LISTENER_FREE, .object = listener->number);
  object_free (listener);
}

/* --- Streams ---------------------------------------------------------------------- */

static AempStream *
replay_connect (AempEnv *env, const char *address, const AempStreamEvents *events, void *user_data)
{
  AempReplayObject *stream = aemp_replay_object_new (env, AEMP_REPLAY_STREAM, user_data);

  stream->events = *events;
  ASK (env, CONNECT, .object = stream->number, .text = address);
  return &stream->base.stream;
}

static void
replay_set_events (AempStream *base, const AempStreamEvents *events, void *user_data)
{
  AempReplayObject *stream = (AempReplayObject *)base;

  stream->events = *events;
  stream->user_data = user_data;
  ASK (base->env, TAKE, .object = stream->number);
}

static size_t
replay_write (AempStream *base, const uint8_t *bytes, size_t length)
{
  AempReplayObject *stream = (AempReplayObject *)base;
  AempRecord record;

  if (!ASK (base->env, WRITE, .object = stream->number, .number = length,
            .hash = aemp_hash_bytes (bytes, length))
      || !answer (base->env, AEMP_RECORD_IS_NUMBER, &record))
    return length;
  if (record.number <= length)
    {
      AempReplayWatch *watch = ((AempReplay *)base->env)->watch;
      if (watch)
        watch->wrote (watch, stream->number, bytes, length - (size_t)record.number);
      return length - (size_t)record.number;
    }
  refuse_answer (base->env);
  return length;
}

static void
replay_pause (AempStream *base)
{
  AempReplayObject *stream = (AempReplayObject *)base;

  stream->paused = true;
  ASK (base->env, PAUSE, .object = stream->number);
}

static void
replay_resume (AempStream *base)
{
  AempReplayObject *stream = (AempReplayObject *)base;

  stream->paused = false;
  ASK (base->env, RESUME, .object = stream->number);
}

static void
replay_end (AempStream *base)
{
  ASK (base->env, END, .object = ((AempReplayObject *)base)->number);
}

static void
replay_close (AempStream *base)
{
  AempReplayObject *stream = (AempReplayObject *)base;

  ASK (base->env, CLOSE, .object = stream->number);
  object_free (stream);
}

static void
replay_abort (AempStream *base)
{
  AempReplayObject *stream = (AempReplayObject *)base;

  ASK (base->env, ABORT, .object = stream->number);
  object_free (stream);
}

/* These may be unknown, and were then. */
static const char *
answer_address (AempEnv *env)
{
  AempRecord record;

  return answer (env, AEMP_RECORD_IS_TEXT, &record) ? record.text : "";
}

static const char *
replay_local_address (AempStream *base)
{
  return ASK (base->env, LOCAL_ADDRESS, .object = ((AempReplayObject *)base)->number)
             ? answer_address (base->env)
             : "";
}

static const char *
replay_peer_address (AempStream *base)
{
  return ASK (base->env, PEER_ADDRESS, .object = ((AempReplayObject *)base)->number)
             ? answer_address (base->env)
             : "";
}

/* --- The table -------------------------------------------------------------------- */

const AempEnvOps aemp_replay_ops = {
  .now_us = replay_now_us,
  .wall_us = replay_wall_us,
  .random_bytes = replay_random_bytes,
  .host_name = replay_host_name,
  .interfaces = replay_interfaces,
  .timer_new = replay_timer_new,
  .timer_start = replay_timer_start,
  .timer_stop = replay_timer_stop,
  .timer_free = replay_timer_free,
  .resolve = replay_resolve,
  .resolution_free = replay_resolution_free,
  .listen = replay_listen,
  .listener_address = replay_listener_address,
  .listener_free = replay_listener_free,
  .connect = replay_connect,
  .stream_set_events = replay_set_events,
  .stream_write = replay_write,
  .stream_pause = replay_pause,
  .stream_resume = replay_resume,
  .stream_end = replay_end,
  .stream_close = replay_close,
  .stream_abort = replay_abort,
  .stream_local_address = replay_local_address,
  .stream_peer_address = replay_peer_address,
};
