/* net/internal.h - what the files of the real world share; for net/ only. */
#pragma once

#include "net/env.h"

#include <gio/gio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define NET_READ_BYTES (64 * 1024)         /* most that one stream reads in one turn */
#define NET_EVENTS_A_TURN 64               /* sockets served before the loop's others run */
#define NET_ACCEPTS_A_TURN 16              /* connections taken from one listener in one turn */
#define NET_ACCEPT_PAUSE_US (100 * 1000)   /* without descriptors, look again after this */

typedef struct NetEnv NetEnv;
typedef struct NetTimer NetTimer;

/* A descriptor in the epoll set.  Streams and listeners begin with the public part, then
 * this; epoll's events may still name one that was freed meanwhile in the same turn, so its
 * memory is kept until the turn is over. */
typedef struct NetWatch NetWatch;
struct NetWatch
{
  NetEnv *env;
  int fd;            /* -1: closed */
  uint32_t interest; /* EPOLLIN, EPOLLOUT */
  bool added;        /* in the epoll set */
  void (*ready) (NetWatch *watch, uint32_t events);
  void *object; /* what to free when the turn is over */
  NetWatch *next_freed;
};

/* News that was found inside a call, to be told from the loop. */
typedef struct NetDeferred NetDeferred;
struct NetDeferred
{
  GList link; /* `data` is the NetDeferred; NULL while not queued */
  void (*run) (NetDeferred *deferred);
};

typedef struct
{
  int64_t deadline_us;
  uint64_t sequence; /* of equal deadlines the one started first fires first */
  NetTimer *timer;
} NetTimerEntry;

struct NetTimer
{
  AempTimer parent;
  AempTimerFired fired;
  void *user_data;
  bool running;
  int64_t deadline_us;
  uint64_t sequence;
  size_t place; /* in the heap, from 1; 0: not in it */
};

struct NetEnv
{
  AempEnv parent;
  GMainContext *context;
  GSource *source;
  int epoll_fd;
  void *epoll_tag;
  bool deaf; /* a loop inside of a callback runs: what comes waits for the end of the turn */
  unsigned objects; /* alive; none may be left at the end */

  int wake_fd; /* by which GLib wakes its loop up, in our set; -1: it is not */
  struct epoll_event events[NET_EVENTS_A_TURN]; /* what is ready … */
  int events_count; /* … as net_env_iterate() has heard; 0: nobody has asked */

  bool in_turn;
  int64_t turn_us; /* the clock of this turn */
  NetWatch *freed; /* in this turn */
  GQueue deferred;

  GArray *heap; /* of NetTimerEntry */
  uint64_t timer_sequence;

  bool nodelay;
  void (*before_effects) (void *user_data); /* NULL: nothing has to happen */
  void *before_effects_data;

  char *host_name;
  char **interfaces;
  uint8_t *read_buffer;
};

static inline NetEnv *
net_env (AempEnv *env)
{
  return (NetEnv *) env;
}

static inline void
net_before_effects (NetEnv *env)
{
  if (G_UNLIKELY (env->before_effects != NULL))
    env->before_effects (env->before_effects_data);
}

/* --- loop.c --- */

void net_loop_init (NetEnv *env);
void net_loop_clear (NetEnv *env);
int64_t net_now_us (AempEnv *env);

void net_watch_init (NetWatch *watch, NetEnv *env, void *object,
                     void (*ready) (NetWatch *watch, uint32_t events));
/* Takes over the descriptor; nothing is watched yet. */
void net_watch_open (NetWatch *watch, int fd);
/* Watches for these events (and, as epoll does, for errors and the end of everything). */
void net_watch_set (NetWatch *watch, uint32_t interest);
/* Not even for those. */
void net_watch_remove (NetWatch *watch);
/* Closes the descriptor and frees the object, which is valid until the turn is over. */
void net_watch_free (NetWatch *watch);

void net_deferred_init (NetDeferred *deferred, void (*run) (NetDeferred *deferred));
void net_defer (NetEnv *env, NetDeferred *deferred); /* queued once, however often asked */
void net_defer_cancel (NetEnv *env, NetDeferred *deferred);

/* --- timer.c --- */

AempTimer *net_timer_new (AempEnv *env, AempTimerFired fired, void *user_data);
void net_timer_start (AempTimer *timer, int64_t delay_us);
void net_timer_stop (AempTimer *timer);
void net_timer_free (AempTimer *timer);
/* When to look again; it may be early.  INT64_MAX: there is no timer. */
int64_t net_timers_next_us (NetEnv *env);
void net_timers_fire (NetEnv *env);

/* --- address.c --- */

typedef struct
{
  struct sockaddr_storage storage;
  socklen_t length;
} NetAddress;

/* "10.0.0.1:4040", "[fe80::1%eth0]:4040". */
bool net_address_parse (const char *text, NetAddress *address);
char *net_address_text (const NetAddress *address);
/* The host alone, as it stands in front of the port. */
char *net_address_host (const NetAddress *address);
void net_address_set_port (NetAddress *address, uint16_t port);
/* Cuts "host:port" in two; the brackets of an IPv6 host go.  False: no such thing. */
bool net_address_split (const char *text, char **host, uint16_t *port);
bool net_address_parse_host (const char *host, uint16_t port, NetAddress *address);
/* Hosts of this machine other than loopback and link-local ones. */
char **net_address_interfaces (void);

/* --- resolve.c --- */

AempResolution *net_resolve (AempEnv *env, const char *host_port, AempResolved resolved,
                             void *user_data);
void net_resolution_free (AempResolution *resolution);

/* --- listener.c --- */

AempListener *net_listen (AempEnv *env, const char *address, AempAccepted accepted,
                          void *user_data, GError **error);
const char *net_listener_address (AempListener *listener);
void net_listener_free (AempListener *listener);

/* --- stream.c --- */

AempStream *net_connect (AempEnv *env, const char *address, const AempStreamEvents *events,
                         void *user_data);
/* A stream of an accepted connection; takes over the descriptor. */
AempStream *net_stream_accepted (NetEnv *env, int fd, const NetAddress *peer);
/* Did the one that it was given to neither take nor close it? */
bool net_stream_is_orphan (AempStream *stream);
void net_stream_set_events (AempStream *stream, const AempStreamEvents *events, void *user_data);
size_t net_stream_write (AempStream *stream, const uint8_t *bytes, size_t length);
void net_stream_pause (AempStream *stream);
void net_stream_resume (AempStream *stream);
void net_stream_end (AempStream *stream);
void net_stream_close (AempStream *stream);
void net_stream_abort (AempStream *stream);
const char *net_stream_local_address (AempStream *stream);
const char *net_stream_peer_address (AempStream *stream);
