/* engine/tls-stream.c - see tls-stream.h. */
#include "tls-stream.h"

#define SEALED_AT_ONCE_BYTES (64 * 1024) /* of plain bytes, between two writes */

typedef struct
{
  AempStream base; /* its environment is the one below */
  AempEnv env;     /* ours, which has nothing but what streams do */
  AempStream *below;
  AempTimer *soon; /* news that came up inside a call */
  AempTls *tls;
  const AempStreamEvents *events;
  void *user_data;

  GByteArray *plain;  /* what has come and was not told yet */
  GByteArray *sealed; /* what goes out */
  size_t sealed_taken;
  GError *failure; /* why it is over; to be told as `closed` */

  bool telling; /* a callback of ours runs: a free has to wait */
  bool freed;
  bool paused;
  bool stuck;   /* the stream below has no room */
  bool blocked; /* a write was short: `writable` is owed */
  bool ends;    /* our end is to follow what is still sealed */
  bool over;    /* nothing is sent any more */
  bool open_told;
  bool end_told;
  bool closed_told;
} TlsStream;

static TlsStream *
tls_stream_of (AempStream *stream)
{
  return (TlsStream *)stream;
}

static void
destroy (TlsStream *stream)
{
  aemp_timer_free (stream->soon);
  aemp_tls_free (stream->tls);
  g_byte_array_unref (stream->plain);
  g_byte_array_unref (stream->sealed);
  g_clear_error (&stream->failure);
  g_free (stream);
}

/* --- Out ------------------------------------------------------------------------------ */

static size_t
waiting_bytes (const TlsStream *stream)
{
  return stream->sealed->len - stream->sealed_taken;
}

static void
send_sealed (TlsStream *stream)
{
  size_t waiting = waiting_bytes (stream);

  if (stream->stuck || waiting == 0)
    return;
  size_t taken
      = aemp_stream_write (stream->below, stream->sealed->data + stream->sealed_taken, waiting);
  stream->stuck = taken < waiting;
  stream->sealed_taken += taken;
  if (!stream->stuck)
    {
      g_byte_array_set_size (stream->sealed, 0);
      stream->sealed_taken = 0;
    }
}

static void
send_end (TlsStream *stream)
{
  if (stream->ends && waiting_bytes (stream) == 0)
    {
      stream->ends = false;
      aemp_stream_end (stream->below);
    }
}

static bool
may_write (const TlsStream *stream)
{
  return aemp_tls_is_ready (stream->tls) && !stream->over && !stream->failure;
}

static size_t
stream_write (AempStream *base, const uint8_t *bytes, size_t length)
{
  TlsStream *stream = tls_stream_of (base);
  size_t taken = 0;

  while (may_write (stream) && taken < length && waiting_bytes (stream) == 0)
    {
      size_t some = MIN (length - taken, SEALED_AT_ONCE_BYTES);

      aemp_tls_seal (stream->tls, bytes + taken, some, stream->sealed);
      taken += some;
      send_sealed (stream);
    }
  stream->blocked = taken < length;
  return taken;
}

/* --- In ------------------------------------------------------------------------------- */

static void
feed (TlsStream *stream, const uint8_t *bytes, size_t length)
{
  if (stream->failure || aemp_tls_is_ended (stream->tls))
    return;
  aemp_tls_feed (stream->tls, bytes, length, aemp_env_wall_us (stream->below->env), stream->plain,
                 stream->sealed, &stream->failure);
  send_sealed (stream);
  if (!stream->failure && waiting_bytes (stream) > AEMP_TLS_WAITING_MAX_BYTES)
    stream->failure = g_error_new_literal (AEMP_ERROR, AEMP_ERROR_LIMIT,
                                           "the peer has TLS answer, and does not read");
}

static void
tell_open (TlsStream *stream)
{
  if (stream->freed || stream->open_told || !aemp_tls_is_ready (stream->tls))
    return;
  stream->open_told = true;
  stream->blocked = false; /* who waits to write hears it by this */
  if (stream->events->opened)
    stream->events->opened (&stream->base, stream->user_data);
}

static void
tell_bytes (TlsStream *stream)
{
  if (stream->freed || stream->paused || stream->closed_told || stream->plain->len == 0)
    return;
  g_autoptr (GByteArray) plain = g_steal_pointer (&stream->plain);
  stream->plain = g_byte_array_new ();
  if (stream->events->received)
    stream->events->received (&stream->base, plain->data, plain->len, stream->user_data);
}

static void
tell_end (TlsStream *stream)
{
  if (stream->freed || stream->paused || stream->end_told || stream->closed_told
      || stream->plain->len > 0 || !aemp_tls_is_ended (stream->tls))
    return;
  stream->end_told = true;
  if (stream->events->ended)
    stream->events->ended (&stream->base, stream->user_data);
}

static void
tell_failure (TlsStream *stream)
{
  if (stream->freed || stream->closed_told || !stream->failure)
    return;
  stream->closed_told = stream->over = true;
  if (stream->events->closed)
    stream->events->closed (&stream->base, stream->failure, stream->user_data);
}

/* All callbacks end with this: what there is to tell, in its order. */
static void
tell (TlsStream *stream)
{
  stream->telling = true;
  tell_open (stream);
  tell_bytes (stream);
  tell_end (stream);
  tell_failure (stream);
  stream->telling = false;
  if (stream->freed)
    destroy (stream);
}

/* --- The stream below ------------------------------------------------------------------ */

static void
on_received (AempStream *below, const uint8_t *bytes, size_t length, void *user_data)
{
  feed (user_data, bytes, length);
  tell (user_data);
}

static void
on_writable (AempStream *below, void *user_data)
{
  TlsStream *stream = user_data;

  stream->stuck = false;
  send_sealed (stream);
  send_end (stream);
  if (!stream->blocked || waiting_bytes (stream) > 0 || !may_write (stream))
    return;
  stream->blocked = false;
  stream->telling = true;
  if (stream->events->writable)
    stream->events->writable (&stream->base, stream->user_data);
  stream->telling = false;
  if (stream->freed)
    destroy (stream);
}

static void
on_ended (AempStream *below, void *user_data)
{
  TlsStream *stream = user_data;

  if (!stream->failure && !aemp_tls_is_ended (stream->tls))
    stream->failure = g_error_new_literal (AEMP_ERRNO, 0,
                                           aemp_tls_is_ready (stream->tls)
                                               ? "Unexpected end-of-file, and TLS was not ended"
                                               : "Unexpected end-of-file in the TLS handshake");
  tell (stream);
}

static void
on_closed (AempStream *below, const GError *error, void *user_data)
{
  TlsStream *stream = user_data;

  if (error && !stream->failure)
    stream->failure = g_error_copy (error);
  else if (!error && !stream->closed_told && stream->events->closed)
    {
      stream->closed_told = stream->over = stream->telling = true;
      stream->events->closed (&stream->base, NULL, stream->user_data);
    }
  tell (stream);
}

static const AempStreamEvents below_events = {
  .received = on_received,
  .writable = on_writable,
  .ended = on_ended,
  .closed = on_closed,
};

static void
on_soon (AempTimer *timer, void *user_data)
{
  tell (user_data);
}

/* --- What an owner does ------------------------------------------------------------------ */

static void
stream_set_events (AempStream *base, const AempStreamEvents *events, void *user_data)
{
  TlsStream *stream = tls_stream_of (base);

  stream->events = events;
  stream->user_data = user_data;
}

static void
stream_pause (AempStream *base)
{
  TlsStream *stream = tls_stream_of (base);

  stream->paused = true;
  aemp_stream_pause (stream->below);
}

static void
stream_resume (AempStream *base)
{
  TlsStream *stream = tls_stream_of (base);

  stream->paused = false;
  aemp_stream_resume (stream->below);
  aemp_timer_start (stream->soon, 0);
}

/* Says goodbye, as far as there is somebody to hear it. */
static void
say_end (TlsStream *stream)
{
  if (!may_write (stream))
    return;
  stream->over = true;
  aemp_tls_end (stream->tls, stream->sealed);
  send_sealed (stream);
}

static void
stream_end (AempStream *base)
{
  TlsStream *stream = tls_stream_of (base);

  if (stream->over)
    return;
  say_end (stream);
  stream->over = stream->ends = true;
  send_end (stream);
}

static void
give_up (TlsStream *stream, void (*let_go) (AempStream *below))
{
  stream->freed = true;
  aemp_timer_stop (stream->soon);
  let_go (g_steal_pointer (&stream->below));
  if (!stream->telling)
    destroy (stream);
}

static void
stream_close (AempStream *base)
{
  say_end (tls_stream_of (base));
  give_up (tls_stream_of (base), aemp_stream_close);
}

static void
stream_abort (AempStream *base)
{
  give_up (tls_stream_of (base), aemp_stream_abort);
}

static const char *
stream_local_address (AempStream *base)
{
  return aemp_stream_local_address (tls_stream_of (base)->below);
}

static const char *
stream_peer_address (AempStream *base)
{
  return aemp_stream_peer_address (tls_stream_of (base)->below);
}

static const AempEnvOps stream_ops = {
  .stream_set_events = stream_set_events,
  .stream_write = stream_write,
  .stream_pause = stream_pause,
  .stream_resume = stream_resume,
  .stream_end = stream_end,
  .stream_close = stream_close,
  .stream_abort = stream_abort,
  .stream_local_address = stream_local_address,
  .stream_peer_address = stream_peer_address,
};

AempStream *
aemp_tls_stream_new (AempStream *below, const AempTlsBegin *begin, const AempStreamEvents *events,
                     void *user_data)
{
  TlsStream *stream = g_new0 (TlsStream, 1);

  stream->env.ops = &stream_ops;
  stream->base.env = &stream->env;
  stream->below = below;
  stream->events = events;
  stream->user_data = user_data;
  stream->plain = g_byte_array_new ();
  stream->sealed = g_byte_array_new ();
  stream->soon = aemp_timer_new (below->env, on_soon, stream);
  stream->tls = aemp_tls_new (begin->identity, begin->is_client);
  aemp_stream_set_events (below, &below_events, stream);
  g_byte_array_append (stream->sealed, begin->unsent, (guint)begin->unsent_bytes);
  feed (stream, begin->read, begin->read_bytes);
  if (stream->failure || stream->plain->len > 0)
    aemp_timer_start (stream->soon, 0);
  return &stream->base;
}
