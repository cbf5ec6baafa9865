/* net/listener.c - taking connections. */
#include "net/internal.h"
#include "net/tell.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef struct
{
  AempListener parent;
  NetWatch watch;
  AempAccepted accepted;
  void *user_data;
  char *address;
  AempTimer *retry;
  bool in_trouble; /* so it was told */
} NetListener;

/* No descriptors or no memory: the connection stays in the queue and its readiness would
 * spin the loop, so nobody looks for a while.  Nobody but us knows of it, so we tell. */
static void
pause_accepting (NetListener *listener, int number)
{
  if (!listener->in_trouble)
    net_tell ("nobody can be let in at %s for now: %s", listener->address,
              aemp_errno_text (number));
  listener->in_trouble = true;
  net_watch_remove (&listener->watch);
  aemp_timer_start (listener->retry, NET_ACCEPT_PAUSE_US);
}

static void
retry_accepting (AempTimer *timer, void *user_data)
{
  NetListener *listener = user_data;

  net_watch_set (&listener->watch, EPOLLIN);
}

/* Errors of accept() that belong to one connection, which is gone with them. */
static bool
is_of_one_connection (int number)
{
  switch (number)
    {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return true;
    default:
      return false;
    }
}

static void
take_one (NetListener *listener, int fd, const NetAddress *peer)
{
  AempStream *stream = net_stream_accepted (net_env (listener->parent.env), fd, peer);

  listener->accepted (&listener->parent, stream, listener->user_data);
  g_assert (!net_stream_is_orphan (stream));
}

/* Nobody waits at the door any more: the trouble, if there was some, is over. */
static void
all_are_in (NetListener *listener)
{
  if (listener->in_trouble)
    net_tell ("all have been let in at %s", listener->address);
  listener->in_trouble = false;
}

static void
listener_ready (NetWatch *watch, uint32_t events)
{
  NetListener *listener = watch->object;

  for (unsigned i = 0; i < NET_ACCEPTS_A_TURN && watch->added; i++)
    {
      NetAddress peer = { .length = sizeof peer.storage };
      int fd = accept4 (watch->fd, (struct sockaddr *)&peer.storage, &peer.length,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd >= 0)
        take_one (listener, fd, &peer);
      else if (errno == EAGAIN)
        {
          all_are_in (listener);
          return;
        }
      else if (!is_of_one_connection (errno))
        pause_accepting (listener, errno);
    }
}

/* An IPv6 socket takes IPv6 only, so that both wildcards can be bound at once. */
static int
listen_at (const NetAddress *address)
{
  int fd = socket (address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->storage.ss_family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind (fd, (const struct sockaddr *)&address->storage, address->length) != 0
      || listen (fd, SOMAXCONN) != 0)
    {
      int number = errno;

      close (fd);
      errno = number;
      return -1;
    }
  return fd;
}

static char *
bound_address (int fd)
{
  NetAddress address = { .length = sizeof address.storage };

  g_assert (getsockname (fd, (struct sockaddr *)&address.storage, &address.length) == 0);
  return net_address_text (&address);
}

AempListener *
net_listen (AempEnv *env, const char *address, AempAccepted accepted, void *user_data,
            GError **error)
{
  NetListener *listener;
  NetAddress parsed;
  int fd;

  if (!net_address_parse (address, &parsed))
    {
      g_propagate_error (error, aemp_errno_error (EINVAL));
      return NULL;
    }
  fd = listen_at (&parsed);
  if (fd < 0)
    {
      g_propagate_error (error, aemp_errno_error (errno));
      return NULL;
    }
  listener = g_new0 (NetListener, 1);
  listener->parent.env = env;
  listener->accepted = accepted;
  listener->user_data = user_data;
  listener->address = bound_address (fd);
  listener->retry = net_timer_new (env, retry_accepting, listener);
  net_watch_init (&listener->watch, net_env (env), listener, listener_ready);
  net_watch_open (&listener->watch, fd);
  net_watch_set (&listener->watch, EPOLLIN);
  return &listener->parent;
}

const char *
net_listener_address (AempListener *base)
{
  return ((NetListener *)base)->address;
}

void
net_listener_free (AempListener *base)
{
  NetListener *listener = (NetListener *)base;

  aemp_timer_free (listener->retry);
  g_free (listener->address);
  net_watch_free (&listener->watch);
}
