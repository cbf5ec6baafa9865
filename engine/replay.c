/* engine/replay.c - see replay.h. */
#include "replay-internal.h"

#include <string.h>

static bool
goes_on (const AempReplay *replay)
{
  return replay->state == AEMP_REPLAY_GOES_ON;
}

/* --- The recording --------------------------------------------------------------- */

static void
fail (AempReplay *replay, GError *error)
{
  g_assert (!replay->error);
  replay->state = AEMP_REPLAY_FAILED;
  replay->error = error;
}

void
aemp_replay_broken (AempReplay *replay, const char *what)
{
  fail (replay, g_error_new (AEMP_ERROR, AEMP_ERROR_MALFORMED,
                             "the recording is broken at event %" G_GUINT64_FORMAT ": %s",
                             replay->reader.count, what));
}

bool
aemp_replay_next (AempReplay *replay, AempRecord *record)
{
  GError *error = NULL;

  if (!goes_on (replay))
    return false;
  if (aemp_record_read (&replay->reader, record, &error))
    {
      if (replay->watch)
        replay->watch->saw (replay->watch, record);
      return true;
    }
  if (error)
    fail (replay, error);
  else
    replay->state = AEMP_REPLAY_CUT;
  return false;
}

void
aemp_replay_set_watch (AempReplay *replay, AempReplayWatch *watch)
{
  replay->watch = watch;
}

void
aemp_replay_diverge (AempReplay *replay, const AempRecord *wanted, const AempRecord *recorded)
{
  g_autofree char *wants = aemp_record_describe (wanted);
  g_autofree char *has = aemp_record_describe (recorded);

  fail (replay, g_error_new (AEMP_ERROR, AEMP_ERROR_DIVERGED,
                             "diverged at event %" G_GUINT64_FORMAT
                             ": the node wanted %s%s, the recording has: %s",
                             replay->reader.count, wanted->kind ? "to " : "", wants, has));
}

/* --- Objects --------------------------------------------------------------------- */

AempReplayObject *
aemp_replay_object_new (AempEnv *env, AempReplayType type, void *user_data)
{
  AempReplay *replay = (AempReplay *)env;
  AempReplayObject *object = g_new0 (AempReplayObject, 1);

  object->base.env = env;
  object->type = type;
  object->number = ++replay->objects_made;
  object->user_data = user_data;
  g_hash_table_insert (replay->objects, &object->number, object);
  return object;
}

void
aemp_replay_list_texts (GPtrArray *list, const AempRecord *record)
{
  g_ptr_array_set_size (list, 0);
  for (size_t at = 0; at < record->length; at += strlen ((const char *)record->bytes + at) + 1)
    g_ptr_array_add (list, (char *)record->bytes + at);
  g_ptr_array_add (list, NULL);
}

/* --- Inputs ----------------------------------------------------------------------- */

static void
play_fired (AempReplay *replay, AempReplayObject *timer, const AempRecord *record)
{
  timer->waits = false;
  timer->fired (&timer->base.timer, timer->user_data);
}

static void
play_resolved (AempReplay *replay, AempReplayObject *resolution, const AempRecord *record)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();
  g_autoptr (GError) error = aemp_record_error (record);

  resolution->waits = false;
  aemp_replay_list_texts (addresses, record);
  resolution->resolved (&resolution->base.resolution,
                        error ? NULL : (const char *const *)addresses->pdata, error,
                        resolution->user_data);
}

static void
play_accepted (AempReplay *replay, AempReplayObject *listener, const AempRecord *record)
{
  AempReplayObject *stream = aemp_replay_object_new (&replay->env, AEMP_REPLAY_STREAM, NULL);

  stream->news = AEMP_REPLAY_NEWS_OPENED;
  listener->accepted (&listener->base.listener, &stream->base.stream, listener->user_data);
}

static void
play_opened (AempReplay *replay, AempReplayObject *stream, const AempRecord *record)
{
  stream->news = AEMP_REPLAY_NEWS_OPENED;
  if (stream->events.opened)
    stream->events.opened (&stream->base.stream, stream->user_data);
}

static void
play_received (AempReplay *replay, AempReplayObject *stream, const AempRecord *record)
{
  if (stream->events.received)
    stream->events.received (&stream->base.stream, record->bytes, record->length,
                             stream->user_data);
}

static void
play_writable (AempReplay *replay, AempReplayObject *stream, const AempRecord *record)
{
  if (stream->events.writable)
    stream->events.writable (&stream->base.stream, stream->user_data);
}

static void
play_ended (AempReplay *replay, AempReplayObject *stream, const AempRecord *record)
{
  stream->news = AEMP_REPLAY_NEWS_ENDED;
  if (stream->events.ended)
    stream->events.ended (&stream->base.stream, stream->user_data);
}

static void
play_closed (AempReplay *replay, AempReplayObject *stream, const AempRecord *record)
{
  g_autoptr (GError) error = aemp_record_error (record);

  stream->news = AEMP_REPLAY_NEWS_CLOSED;
  if (stream->events.closed)
    stream->events.closed (&stream->base.stream, error, stream->user_data);
}

/* What an input is for, and whether it can come: a node leans on the promises of its
 * environment, which a damaged recording would break. */
static bool
can_come (const AempReplayObject *object, const AempRecord *record)
{
  switch ((int)record->kind) /* inputs only */
    {
    case AEMP_RECORD_FIRED:
      return object->type == AEMP_REPLAY_TIMER && object->waits;
    case AEMP_RECORD_RESOLVED:
      return object->type == AEMP_REPLAY_RESOLUTION && object->waits && record->length > 0;
    case AEMP_RECORD_UNRESOLVED:
      return object->type == AEMP_REPLAY_RESOLUTION && object->waits && record->domain;
    case AEMP_RECORD_ACCEPTED:
      return object->type == AEMP_REPLAY_LISTENER;
    case AEMP_RECORD_OPENED:
      return object->type == AEMP_REPLAY_STREAM && object->news == AEMP_REPLAY_NEWS_NONE;
    case AEMP_RECORD_RECEIVED:
      return object->type == AEMP_REPLAY_STREAM && object->news == AEMP_REPLAY_NEWS_OPENED
             && !object->paused && record->length > 0;
    case AEMP_RECORD_WRITABLE:
      return object->type == AEMP_REPLAY_STREAM
             && (object->news == AEMP_REPLAY_NEWS_OPENED || object->news == AEMP_REPLAY_NEWS_ENDED);
    case AEMP_RECORD_ENDED:
      return object->type == AEMP_REPLAY_STREAM && object->news == AEMP_REPLAY_NEWS_OPENED
             && !object->paused;
    case AEMP_RECORD_CLOSED:
      return object->type == AEMP_REPLAY_STREAM && object->news != AEMP_REPLAY_NEWS_CLOSED;
    default:
      g_assert_not_reached ();
    }
}

typedef void (*Play) (AempReplay *replay, AempReplayObject *object, const AempRecord *record);

static const Play plays[AEMP_RECORD_LAST_INPUT] = {
  [AEMP_RECORD_FIRED] = play_fired,         [AEMP_RECORD_RESOLVED] = play_resolved,
  [AEMP_RECORD_UNRESOLVED] = play_resolved, [AEMP_RECORD_ACCEPTED] = play_accepted,
  [AEMP_RECORD_OPENED] = play_opened,       [AEMP_RECORD_RECEIVED] = play_received,
  [AEMP_RECORD_WRITABLE] = play_writable,   [AEMP_RECORD_ENDED] = play_ended,
  [AEMP_RECORD_CLOSED] = play_closed,
};

static void
play (AempReplay *replay, const AempRecord *record)
{
  AempReplayObject *object = g_hash_table_lookup (replay->objects, &record->object);

  if (!object || !can_come (object, record))
    {
      aemp_replay_broken (replay, "such an input cannot come");
      return;
    }
  replay->in_callback = true;
  plays[record->kind](replay, object, record);
  replay->in_callback = false;
}

static void
stop (AempReplay *replay, const AempRecord *record)
{
  replay->state = AEMP_REPLAY_STOPPED;
  replay->digest = record->text ? record->text : "";
  replay->events = record->number;
}

AempReplayState
aemp_replay_step (AempReplay *replay)
{
  AempRecord record;

  if (!aemp_replay_next (replay, &record))
    return replay->state;
  if (!aemp_record_is_input (&record))
    aemp_replay_diverge (replay, &(AempRecord){ 0 }, &record);
  else if (record.kind == AEMP_RECORD_STOP)
    stop (replay, &record);
  else
    play (replay, &record);
  return replay->state;
}

/* --- The whole -------------------------------------------------------------------- */

AempReplay *
aemp_replay_new (const uint8_t *records, size_t length)
{
  AempReplay *replay = g_new0 (AempReplay, 1);

  replay->env.ops = &aemp_replay_ops;
  replay->reader = (AempRecordReader){ .bytes = records, .length = length };
  replay->objects = g_hash_table_new (g_int64_hash, g_int64_equal);
  replay->interfaces = g_ptr_array_new ();
  return replay;
}

AempEnv *
aemp_replay_env (AempReplay *replay)
{
  return &replay->env;
}

/* All records up to the next input belong to the one in front. */
bool
aemp_replay_reaches (const AempReplay *replay, uint64_t event)
{
  AempRecordReader reader = replay->reader;
  AempRecord record;

  while (reader.count < event && aemp_record_read (&reader, &record, NULL))
    if (aemp_record_is_input (&record) && reader.count > replay->reader.count + 1)
      return false;
  return reader.count >= event;
}

AempReplayState
aemp_replay_state (const AempReplay *replay)
{
  return replay->state;
}

const GError *
aemp_replay_error (const AempReplay *replay)
{
  return replay->error;
}

uint64_t
aemp_replay_events (const AempReplay *replay)
{
  return replay->reader.count;
}

void
aemp_replay_recorded (const AempReplay *replay, const char **digest, uint64_t *events)
{
  g_assert (replay->state == AEMP_REPLAY_STOPPED);
  *digest = replay->digest;
  *events = replay->events;
}

void
aemp_replay_free (AempReplay *replay)
{
  if (!replay)
    return;
  g_assert (g_hash_table_size (replay->objects) == 0);
  g_hash_table_unref (replay->objects);
  g_ptr_array_unref (replay->interfaces);
  g_clear_error (&replay->error);
  g_free (replay);
}
