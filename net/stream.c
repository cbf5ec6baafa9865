/* net/stream.c - one TCP connection.
 *
 * epoll always tells of errors and of the end of both directions, wanted or not; a stream
 * that cannot act on them (paused, with both sides at their end) leaves the set until it
 * can, or the loop would spin. */
#include "net/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef enum
{
  STREAM_CONNECTING,
  STREAM_OPEN,
  STREAM_CLOSED, /* `closed` was told, the owner's close is still to come */
} StreamState;

typedef struct
{
  AempStream parent;
  NetWatch watch;
  NetDeferred finish;
  StreamState state;
  bool taken; /* has events; an accepted stream begins without */
  bool paused;
  bool wants_room; /* after a short write */
  bool peer_ended;
  bool we_ended;
  int failure; /* an errno; 0: none yet */
  AempStreamEvents events;
  void *user_data;
  NetAddress peer;
  char *local_text; /* made when first asked for */
  char *peer_text;
} NetStream;

static NetStream *
net_stream (AempStream *stream)
{
  return (NetStream *)stream;
}

static bool
is_reading (const NetStream *stream)
{
  return stream->state == STREAM_OPEN && stream->taken && !stream->paused && !stream->peer_ended
         && stream->failure == 0;
}

static void
watch_again (NetStream *stream)
{
  uint32_t interest = 0;

  if (stream->watch.fd < 0 || stream->state == STREAM_CLOSED || !stream->taken)
    return;
  if (is_reading (stream))
    interest |= EPOLLIN;
  if (stream->state == STREAM_CONNECTING || stream->wants_room)
    interest |= EPOLLOUT;
  net_watch_set (&stream->watch, interest);
}

/* The last news. */
static void
tell_closed (NetStream *stream)
{
  g_autoptr (GError) error = stream->failure != 0 ? aemp_errno_error (stream->failure) : NULL;

  stream->state = STREAM_CLOSED;
  net_defer_cancel (stream->watch.env, &stream->finish);
  net_watch_remove (&stream->watch);
  if (stream->events.closed)
    stream->events.closed (&stream->parent, error, stream->user_data);
}

static void
fail (NetStream *stream, int number)
{
  stream->failure = number;
  tell_closed (stream);
}

/* Why epoll calls it dead.  A write may have fetched the error already. */
static int
pending_error (NetStream *stream)
{
  int number = 0;
  socklen_t length = sizeof number;

  if (getsockopt (stream->watch.fd, SOL_SOCKET, SO_ERROR, &number, &length) != 0)
    return errno;
  return number;
}

/* Reads one piece and tells of it.  False: there was none, `*number` says why (0: the end). */
static bool
read_piece (NetStream *stream, int *number)
{
  uint8_t *buffer = stream->watch.env->read_buffer;
  ssize_t got = recv (stream->watch.fd, buffer, NET_READ_BYTES, 0);

  *number = got < 0 ? errno : 0;
  if (got > 0 && stream->events.received)
    stream->events.received (&stream->parent, buffer, (size_t)got, stream->user_data);
  return got > 0;
}

static void
read_some (NetStream *stream)
{
  int number;

  if (read_piece (stream, &number) || number == EAGAIN || number == EINTR)
    return;
  if (number != 0)
    {
      fail (stream, number);
      return;
    }
  stream->peer_ended = true;
  watch_again (stream);
  if (stream->we_ended)
    net_defer (stream->watch.env, &stream->finish);
  if (stream->events.ended)
    stream->events.ended (&stream->parent, stream->user_data);
}

/* Both sides have ended, or a call failed.  What had arrived before the failure counts. */
static void
finish (NetDeferred *deferred)
{
  NetStream *stream = (NetStream *)((char *)deferred - G_STRUCT_OFFSET (NetStream, finish));
  bool reads = stream->state == STREAM_OPEN && !stream->peer_ended;
  int number;

  while (reads && !stream->paused && read_piece (stream, &number))
    if (!stream->watch.ready) /* closed by its owner */
      return;
  tell_closed (stream);
}

/* A port of this machine that nobody listens at can be given to the very socket that
 * connects to it, and TCP then connects it with itself. */
static bool
is_own_echo (NetStream *stream)
{
  NetAddress local = { .length = sizeof local.storage };

  return getsockname (stream->watch.fd, (struct sockaddr *)&local.storage, &local.length) == 0
         && local.length == stream->peer.length
         && memcmp (&local.storage, &stream->peer.storage, local.length) == 0;
}

static void
connect_ready (NetStream *stream, uint32_t events)
{
  int number = pending_error (stream);

  if (number == 0 && !(events & EPOLLOUT))
    return;
  if (number == 0 && is_own_echo (stream))
    number = ECONNREFUSED;
  if (number != 0)
    {
      fail (stream, number);
      return;
    }
  stream->state = STREAM_OPEN;
  if (stream->we_ended)
    shutdown (stream->watch.fd, SHUT_WR);
  watch_again (stream);
  if (stream->events.opened)
    stream->events.opened (&stream->parent, stream->user_data);
}

static void
tell_writable (NetStream *stream)
{
  stream->wants_room = false;
  watch_again (stream);
  if (stream->events.writable)
    stream->events.writable (&stream->parent, stream->user_data);
}

/* Trouble while we do not read. */
static void
dead_ready (NetStream *stream, uint32_t events)
{
  int number = pending_error (stream);

  if (number != 0)
    fail (stream, number);
  else if (stream->paused)
    net_watch_remove (&stream->watch); /* resuming looks again */
  else
    fail (stream, ECONNRESET);
}

static void
stream_ready (NetWatch *watch, uint32_t events)
{
  NetStream *stream = watch->object;
  bool is_dead = events & (EPOLLERR | EPOLLHUP);

  if (stream->finish.link.data)
    return; /* the end is on its way */
  if (stream->state == STREAM_CONNECTING)
    {
      connect_ready (stream, events);
      return;
    }
  if (is_reading (stream) && (is_dead || (events & EPOLLIN)))
    read_some (stream);
  else if (is_dead)
    dead_ready (stream, events);
  if (watch->added && stream->wants_room && !is_dead && (events & EPOLLOUT))
    tell_writable (stream);
}

static NetStream *
stream_new (NetEnv *env, StreamState state)
{
  NetStream *stream = g_new0 (NetStream, 1);

  stream->parent.env = &env->parent;
  stream->state = state;
  net_watch_init (&stream->watch, env, stream, stream_ready);
  net_deferred_init (&stream->finish, finish);
  return stream;
}

/* Keepalive finds dead peers; unless that is not wanted, nothing waits for more to send. */
static void
set_options (const NetEnv *env, int fd)
{
  const int on = 1;
  const int nodelay = env->nodelay;

  setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof nodelay);
}

/* Zero, or the errno. */
static int
connect_begin (NetStream *stream, const char *address)
{
  int fd;

  if (!net_address_parse (address, &stream->peer))
    return EINVAL;
  fd = socket (stream->peer.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return errno;
  net_watch_open (&stream->watch, fd);
  set_options (stream->watch.env, fd);
  net_before_effects (stream->watch.env);
  if (connect (fd, (const struct sockaddr *)&stream->peer.storage, stream->peer.length) != 0
      && errno != EINPROGRESS && errno != EINTR)
    return errno;
  return 0;
}

AempStream *
net_connect (AempEnv *env, const char *address, const AempStreamEvents *events, void *user_data)
{
  NetStream *stream = stream_new (net_env (env), STREAM_CONNECTING);

  stream->taken = true;
  stream->events = *events;
  stream->user_data = user_data;
  stream->peer_text = g_strdup (address);
  stream->failure = connect_begin (stream, address);
  if (stream->failure == 0)
    watch_again (stream);
  else
    net_defer (net_env (env), &stream->finish);
  return &stream->parent;
}

AempStream *
net_stream_accepted (NetEnv *env, int fd, const NetAddress *peer)
{
  NetStream *stream = stream_new (env, STREAM_OPEN);

  stream->peer = *peer;
  net_watch_open (&stream->watch, fd);
  set_options (env, fd);
  return &stream->parent;
}

bool
net_stream_is_orphan (AempStream *base)
{
  NetStream *stream = net_stream (base);

  return stream->watch.ready && !stream->taken;
}

void
net_stream_set_events (AempStream *base, const AempStreamEvents *events, void *user_data)
{
  NetStream *stream = net_stream (base);

  stream->taken = true;
  stream->events = *events;
  stream->user_data = user_data;
  watch_again (stream);
}

size_t
net_stream_write (AempStream *base, const uint8_t *bytes, size_t length)
{
  NetStream *stream = net_stream (base);
  ssize_t sent;

  if (stream->state != STREAM_OPEN || stream->we_ended || stream->failure != 0 || length == 0)
    return 0;
  net_before_effects (stream->watch.env);
  sent = send (stream->watch.fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == (ssize_t)length)
    return length;
  if (sent < 0 && errno != EAGAIN && errno != EINTR)
    {
      stream->failure = errno;
      net_defer (stream->watch.env, &stream->finish);
      return 0;
    }
  stream->wants_room = true;
  watch_again (stream);
  return sent < 0 ? 0 : (size_t)sent;
}

void
net_stream_pause (AempStream *base)
{
  net_stream (base)->paused = true;
  watch_again (net_stream (base));
}

void
net_stream_resume (AempStream *base)
{
  net_stream (base)->paused = false;
  watch_again (net_stream (base));
}

/* A shutdown that fails means a dead connection: epoll tells of that. */
void
net_stream_end (AempStream *base)
{
  NetStream *stream = net_stream (base);

  if (stream->state == STREAM_CLOSED || stream->we_ended)
    return;
  stream->we_ended = true;
  stream->wants_room = false;
  if (stream->state == STREAM_CONNECTING)
    return;
  shutdown (stream->watch.fd, SHUT_WR);
  watch_again (stream);
  if (stream->peer_ended)
    net_defer (stream->watch.env, &stream->finish);
}

void
net_stream_close (AempStream *base)
{
  NetStream *stream = net_stream (base);

  net_defer_cancel (stream->watch.env, &stream->finish);
  g_free (stream->local_text);
  g_free (stream->peer_text);
  net_watch_free (&stream->watch);
}

void
net_stream_abort (AempStream *base)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  NetStream *stream = net_stream (base);

  if (stream->watch.fd >= 0)
    setsockopt (stream->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  net_stream_close (base);
}

const char *
net_stream_local_address (AempStream *base)
{
  NetStream *stream = net_stream (base);
  NetAddress local = { .length = sizeof local.storage };

  if (stream->state == STREAM_CONNECTING || stream->watch.fd < 0)
    return NULL;
  if (!stream->local_text
      && getsockname (stream->watch.fd, (struct sockaddr *)&local.storage, &local.length) == 0)
    stream->local_text = net_address_text (&local);
  return stream->local_text;
}

const char *
net_stream_peer_address (AempStream *base)
{
  NetStream *stream = net_stream (base);

  if (!stream->peer_text)
    stream->peer_text = net_address_text (&stream->peer);
  return stream->peer_text;
}
