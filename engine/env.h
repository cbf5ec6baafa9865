/* engine/env.h - all that a node may ask of the world.
 *
 * Two worlds implement this table: net/ (sockets, GLib's main loop) and sim/
 * (virtual time).  Every implementation promises, and tests/world tries on both:
 *
 *   1. Nothing calls back from inside a call: every callback starts from the loop.
 *   2. After a close, stop or free returned, that object calls back no more; all of
 *      them may be called from the object's own callback.
 *   3. A stream delivers bytes in the order written, cut anywhere.
 *   4. The clock stands still while a callback runs.
 *   5. `closed` is the one and last end-of-life news of a stream, also of one that
 *      never opened; the owner still closes (or aborts) it to free it.
 *
 * Objects begin with a pointer to their environment, so that the short functions
 * below find the table.  Addresses are text, "10.0.0.1:4040" or "[::1]:4040". */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct AempEnv AempEnv;
typedef struct AempTimer AempTimer;
typedef struct AempResolution AempResolution;
typedef struct AempListener AempListener;
typedef struct AempStream AempStream;

typedef void (*AempTimerFired) (AempTimer *timer, void *user_data);

/* `addresses`: NULL-terminated, numeric, never empty; NULL with an error.  Both are
 * valid during the call.  The resolution is over and still has to be freed. */
typedef void (*AempResolved) (AempResolution *resolution, const char *const *addresses,
                              const GError *error, void *user_data);

/* A new connection.  Take it with aemp_stream_set_events() or close it, at once. */
typedef void (*AempAccepted) (AempListener *listener, AempStream *stream, void *user_data);

/* Bytes are valid during the call.  Any member may be NULL. */
typedef struct
{
  void (*opened) (AempStream *stream, void *user_data); /* connect() succeeded */
  void (*received) (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data);
  void (*writable) (AempStream *stream, void *user_data); /* after a short write: there is room */
  void (*ended) (AempStream *stream, void *user_data); /* the peer sends no more; we still may */
  /* NULL: both sides had ended.  Otherwise an error with its errno. */
  void (*closed) (AempStream *stream, const GError *error, void *user_data);
} AempStreamEvents;

/* Where a node could go another way that is as right, but seldom taken.  A world that looks for
 * bugs may send it there. */
typedef enum
{
  AEMP_RARE_READ_IN_TWO,      /* what was read is looked at in two pieces */
  AEMP_RARE_WRITE_IN_TWO,     /* what is written is written in two pieces … */
  AEMP_RARE_GREETING_IN_TWO,  /* … in the handshake */
  AEMP_RARE_QUEUE_FULL,       /* what waits for a node is too much already */
  AEMP_RARE_TURN_CUT,         /* a turn ends before the local queue is worked off */
  AEMP_RARE_IDS_FORGOTTEN,    /* port IDs that were mentioned are forgotten */
  AEMP_RARE_TOLD_IN_PIECES,   /* a change of the database fills a message by itself */
  AEMP_RARE_ADDRESSES_TURNED, /* the last address of a node is tried first */
  AEMP_RARE_DIAL_RESTS,       /* an attempt to reach a node waits a moment */
  AEMP_RARE_RETRY_EARLY,      /* a seed is dialed again at once … */
  AEMP_RARE_RETRY_LATE,       /* … or not at once, although it was lost for the first time */
  AEMP_RARE_COUNT
} AempRare;

typedef struct
{
  int64_t (*now_us) (AempEnv *env);  /* monotonic, from any beginning */
  int64_t (*wall_us) (AempEnv *env); /* since 1970, for people and the `time` request */
  void (*random_bytes) (AempEnv *env, const char *label, uint64_t identity, void *bytes,
                        size_t length);
  const char *(*host_name) (AempEnv *env);
  const char *const *(*interfaces) (AempEnv *env); /* numeric, as in addresses ("10.0.0.1", "[fd00::2]"), without loopback */

  AempTimer *(*timer_new) (AempEnv *env, AempTimerFired fired, void *user_data);
  void (*timer_start) (AempTimer *timer, int64_t delay_us);
  void (*timer_stop) (AempTimer *timer);
  void (*timer_free) (AempTimer *timer);

  AempResolution *(*resolve) (AempEnv *env, const char *host_port, AempResolved resolved,
                              void *user_data);
  void (*resolution_free) (AempResolution *resolution);

  AempListener *(*listen) (AempEnv *env, const char *address, AempAccepted accepted,
                           void *user_data, GError **error);
  const char *(*listener_address) (AempListener *listener);
  void (*listener_free) (AempListener *listener);

  AempStream *(*connect) (AempEnv *env, const char *address, const AempStreamEvents *events,
                          void *user_data);
  void (*stream_set_events) (AempStream *stream, const AempStreamEvents *events, void *user_data);
  size_t (*stream_write) (AempStream *stream, const uint8_t *bytes, size_t length);
  void (*stream_pause) (AempStream *stream);
  void (*stream_resume) (AempStream *stream);
  void (*stream_end) (AempStream *stream);
  void (*stream_close) (AempStream *stream);
  void (*stream_abort) (AempStream *stream);
  const char *(*stream_local_address) (AempStream *stream);
  const char *(*stream_peer_address) (AempStream *stream);
  /* Is now one of the rare cases?  `identity` tells those apart that a node asks about at one
   * instant. */
  bool (*rare) (AempEnv *env, AempRare point, uint64_t identity);
} AempEnvOps;

struct AempEnv
{
  const AempEnvOps *ops; /* every environment begins with this */
  const uint32_t *rare;  /* of which AempRare `rare` is worth to be asked, a bit each; NULL: of none */
};
struct AempTimer
{
  AempEnv *env; /* and every object with this */
};
struct AempResolution
{
  AempEnv *env;
};
struct AempListener
{
  AempEnv *env;
};
struct AempStream
{
  AempEnv *env;
};

static inline int64_t
aemp_env_now_us (AempEnv *env)
{
  return env->ops->now_us (env);
}

static inline int64_t
aemp_env_wall_us (AempEnv *env)
{
  return env->ops->wall_us (env);
}

/* Randomness for one purpose.  `label` says which ("nonce", "retry"), `identity`
 * which of its kind (the number of the connection, of the attempt): the simulated
 * world derives the bytes from seed, host, process, label and identity, so one draw
 * more never shifts another.  The real one asks the kernel. */
static inline void
aemp_env_random_bytes (AempEnv *env, const char *label, uint64_t identity, void *bytes,
                       size_t length)
{
  env->ops->random_bytes (env, label, identity, bytes, length);
}

static inline bool
aemp_env_rare (AempEnv *env, AempRare point, uint64_t identity)
{
  return env->rare && *env->rare & 1u << point && env->ops->rare (env, point, identity);
}

static inline const char *
aemp_env_host_name (AempEnv *env)
{
  return env->ops->host_name (env);
}

static inline const char *const *
aemp_env_interfaces (AempEnv *env)
{
  return env->ops->interfaces (env);
}

/* A timer at rest. */
static inline AempTimer *
aemp_timer_new (AempEnv *env, AempTimerFired fired, void *user_data)
{
  return env->ops->timer_new (env, fired, user_data);
}

/* Fires once, `delay_us` (0: as soon as the loop comes round) from now; a running
 * timer gets this new deadline. */
static inline void
aemp_timer_start (AempTimer *timer, int64_t delay_us)
{
  timer->env->ops->timer_start (timer, delay_us);
}

static inline void
aemp_timer_stop (AempTimer *timer)
{
  timer->env->ops->timer_stop (timer);
}

static inline void
aemp_timer_free (AempTimer *timer)
{
  if (timer)
    timer->env->ops->timer_free (timer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempTimer, aemp_timer_free)

/* Looks up "host:port" (the host may be a name or numeric). */
static inline AempResolution *
aemp_env_resolve (AempEnv *env, const char *host_port, AempResolved resolved, void *user_data)
{
  return env->ops->resolve (env, host_port, resolved, user_data);
}

static inline void
aemp_resolution_free (AempResolution *resolution)
{
  if (resolution)
    resolution->env->ops->resolution_free (resolution);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempResolution, aemp_resolution_free)

/* Listens at a numeric "host:port" (port 0: the system picks one; the listener's
 * address tells which).  NULL with an error of the domain AEMP_ERRNO. */
static inline AempListener *
aemp_env_listen (AempEnv *env, const char *address, AempAccepted accepted, void *user_data,
                 GError **error)
{
  return env->ops->listen (env, address, accepted, user_data, error);
}

static inline const char *
aemp_listener_address (AempListener *listener)
{
  return listener->env->ops->listener_address (listener);
}

static inline void
aemp_listener_free (AempListener *listener)
{
  if (listener)
    listener->env->ops->listener_free (listener);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempListener, aemp_listener_free)

/* Begins to connect to a numeric address; never fails at once: the news is `opened`
 * or `closed`. */
static inline AempStream *
aemp_env_connect (AempEnv *env, const char *address, const AempStreamEvents *events,
                  void *user_data)
{
  return env->ops->connect (env, address, events, user_data);
}

static inline void
aemp_stream_set_events (AempStream *stream, const AempStreamEvents *events, void *user_data)
{
  stream->env->ops->stream_set_events (stream, events, user_data);
}

/* Takes as many bytes as the send buffer has room for and says how many; when fewer
 * than `length`, `writable` comes later.  Before `opened` and after the end: none. */
static inline size_t
aemp_stream_write (AempStream *stream, const uint8_t *bytes, size_t length)
{
  return stream->env->ops->stream_write (stream, bytes, length);
}

/* No `received` and no `ended` until resumed; the peer is held back in the end.  A
 * reset may still bring `closed`. */
static inline void
aemp_stream_pause (AempStream *stream)
{
  stream->env->ops->stream_pause (stream);
}

static inline void
aemp_stream_resume (AempStream *stream)
{
  stream->env->ops->stream_resume (stream);
}

/* Half-close: what was written is still sent, then the peer sees our end. */
static inline void
aemp_stream_end (AempStream *stream)
{
  stream->env->ops->stream_end (stream);
}

/* Frees the stream; what was written is still sent (unless the peer's bytes were left
 * unread: then the system resets, as Linux does). */
static inline void
aemp_stream_close (AempStream *stream)
{
  if (stream)
    stream->env->ops->stream_close (stream);
}

/* Frees the stream; the peer gets a reset, what was not sent yet is thrown away. */
static inline void
aemp_stream_abort (AempStream *stream)
{
  if (stream)
    stream->env->ops->stream_abort (stream);
}

/* Valid from `opened` (or accepted) on, as long as the stream. */
static inline const char *
aemp_stream_local_address (AempStream *stream)
{
  return stream->env->ops->stream_local_address (stream);
}

static inline const char *
aemp_stream_peer_address (AempStream *stream)
{
  return stream->env->ops->stream_peer_address (stream);
}
