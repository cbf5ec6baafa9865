/* tests/world/world-net.c - the suite on the real world, and what only that one has. */
#include "net/env.h"
#include "recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MS 1000

struct World
{
  GMainContext *context; /* not the default one: nothing may lean on that */
  AempEnv *envs[STORY_ENVS];
  bool is_alone; /* the one environment is all of them, and runs the context itself */
  unsigned iterations;
};

static World *
begin (bool is_alone)
{
  World *world = g_new0 (World, 1);

  world->context = g_main_context_new ();
  world->is_alone = is_alone;
  for (unsigned i = 0; i < STORY_ENVS; i++)
    world->envs[i] = is_alone && i > 0 ? world->envs[0] : net_env_new (world->context);
  return world;
}

static World *
world_begin (void)
{
  return begin (false);
}

static World *
world_begin_alone (void)
{
  return begin (true);
}

static void
world_end (World *world)
{
  for (unsigned i = 0; i < (world->is_alone ? 1 : STORY_ENVS); i++)
    net_env_free (world->envs[i]);
  while (g_main_context_iteration (world->context, false))
    ;
  g_main_context_unref (world->context);
  g_free (world);
}

static AempEnv *
world_env (World *world, unsigned which)
{
  return world->envs[which];
}

/* All of 127.0.0.0/8 is this machine. */
static const char *
world_host (World *world, unsigned which)
{
  static const char *const hosts[STORY_ENVS] = { "127.0.0.3", "127.0.0.1", "127.0.0.2" };

  return hosts[which];
}

/* The only name that every machine knows belongs to 127.0.0.1. */
static const char *
world_name (World *world, unsigned which)
{
  g_assert_cmpuint (which, ==, 1);
  return "localhost";
}

static gboolean
set_flag (void *data)
{
  *(bool *)data = true;
  return G_SOURCE_REMOVE;
}

static bool
world_run (World *world, bool (*done) (void *user_data), void *user_data, int64_t limit_us)
{
  g_autoptr (GSource) limit = g_timeout_source_new ((unsigned)(limit_us / MS));
  bool is_over = false;

  g_source_set_callback (limit, set_flag, &is_over, NULL);
  g_source_attach (limit, world->context);
  while (!done (user_data) && !is_over)
    {
      if (world->is_alone)
        net_env_iterate (world->envs[0]);
      else
        g_main_context_iteration (world->context, true);
      world->iterations++;
    }
  g_source_destroy (limit);
  return done (user_data);
}

static const WorldOps net_world = {
  .begin = world_begin,
  .end = world_end,
  .env = world_env,
  .host = world_host,
  .name = world_name,
  .run = world_run,
  /* A label of 70 characters is in no name service, and none is asked. */
  .no_such_name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.test",
};

static const WorldOps alone_world = {
  .begin = world_begin_alone,
  .end = world_end,
  .env = world_env,
  .host = world_host,
  .name = world_name,
  .run = world_run,
  .no_such_name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.test",
};

/* --- What only the real world has --- */

/* Calls with each socket that is open now. */
static void
for_each_socket (void (*call) (int fd, void *user_data), void *user_data)
{
  GDir *directory = g_dir_open ("/proc/self/fd", 0, NULL);

  for (const char *name; (name = g_dir_read_name (directory));)
    {
      g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (target && strstr (target, "socket:"))
        call (atoi (name), user_data);
    }
  g_dir_close (directory);
}

typedef struct
{
  unsigned connected;
  unsigned leaky;
  unsigned without_keepalive;
  unsigned without_nodelay;
} Sockets;

static void
look_at_socket (int fd, void *user_data)
{
  Sockets *sockets = user_data;
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  int keepalive = 0;
  int nodelay = 0;

  sockets->leaky += fd > 2 && !(fcntl (fd, F_GETFD) & FD_CLOEXEC);
  if (getpeername (fd, (struct sockaddr *)&peer, &length) != 0 || peer.ss_family != AF_INET)
    return;
  length = sizeof keepalive;
  getsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &keepalive, &length);
  getsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &length);
  sockets->connected++;
  sockets->without_keepalive += !keepalive;
  sockets->without_nodelay += !nodelay;
}

static void
socket_options (Story *story)
{
  Sockets before = { 0 };
  Sockets after = { 0 };
  End *dialer;
  End *acceptor;

  for_each_socket (look_at_socket, &before);
  story_pair (story, &dialer, &acceptor);
  for_each_socket (look_at_socket, &after);
  g_assert_cmpuint (after.connected, ==, before.connected + 2);
  g_assert_cmpuint (after.leaky, ==, before.leaky);
  g_assert_cmpuint (after.without_keepalive, ==, before.without_keepalive);
  g_assert_cmpuint (after.without_nodelay, ==, before.without_nodelay);
}

static void
ipv6_accepted (AempListener *listener, AempStream *stream, void *user_data)
{
  *(char **)user_data = g_strdup (aemp_stream_peer_address (stream));
  aemp_stream_close (stream);
}

static void
ipv6 (Story *story)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *peer = NULL;
  AempEnv *env = story_env (story, 0);
  AempListener *listener = aemp_env_listen (env, "[::1]:0", ipv6_accepted, &peer, &error);
  const char *address;
  End *end;

  if (g_error_matches (error, AEMP_ERRNO, EADDRNOTAVAIL)
      || g_error_matches (error, AEMP_ERRNO, EAFNOSUPPORT))
    {
      g_test_skip ("this machine has no IPv6");
      return;
    }
  g_assert_no_error (error);
  address = aemp_listener_address (listener);
  g_assert_true (g_str_has_prefix (address, "[::1]:"));
  end = end_connect (story, 1, address, NULL);
  story_until (story, &end->ended);
  g_assert_cmpstr (aemp_stream_peer_address (end->stream), ==, address);
  g_assert_cmpstr (aemp_stream_local_address (end->stream), ==, peer);
  aemp_listener_free (listener);
}

/* Both wildcards, one port: an IPv6 socket that takes IPv4 as well would be in the way. */
static void
both_wildcards (Story *story)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *peer = NULL;
  AempEnv *env = story_env (story, 0);
  AempListener *ipv4 = aemp_env_listen (env, "0.0.0.0:0", ipv6_accepted, &peer, &error);
  AempListener *ipv6 = NULL;
  g_autofree char *address = NULL;

  g_assert_no_error (error);
  address = g_strdup_printf ("[::]%s", strrchr (aemp_listener_address (ipv4), ':'));
  ipv6 = aemp_env_listen (env, address, ipv6_accepted, &peer, &error);
  if (g_error_matches (error, AEMP_ERRNO, EAFNOSUPPORT))
    g_test_skip ("this machine has no IPv6");
  else
    g_assert_no_error (error);
  aemp_listener_free (ipv4);
  aemp_listener_free (ipv6);
}

/* Takes all descriptors but one. */
static int
take_descriptors (struct rlimit *before)
{
  struct rlimit few;
  int highest = dup (0);

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, before), ==, 0);
  few = *before;
  few.rlim_cur = (rlim_t)highest + 1;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  return highest;
}

/* The dialer has the last descriptor, so there is none for the accepted stream. */
static void
no_descriptors (Story *story)
{
  Server *server = server_new (story, 1);
  struct rlimit before;
  int reserve = take_descriptors (&before);
  End *dialer;
  End *hopeless;
  unsigned iterations;

  close (reserve);
  dialer = end_connect (story, 0, server->address, NULL);
  hopeless = end_connect (story, 0, server->address, NULL);
  story_until (story, &dialer->opened);
  story_until (story, &hopeless->closed);
  g_assert_cmpint (hopeless->error, ==, EMFILE);
  iterations = story->world->iterations;
  story_wait (story, 250 * MS);
  g_assert_cmpuint (story->world->iterations - iterations, <, 20);
  g_assert_cmpuint (server->accepted, ==, 0);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  story_until_count (story, &server->accepted, 1);
}

static void
expect_quiet (Story *story)
{
  unsigned iterations = story->world->iterations;

  story_wait (story, 100 * MS);
  g_assert_cmpuint (story->world->iterations - iterations, <, 5);
}

/* What epoll tells unasked, and what nobody can act on, must not spin the loop. */
static void
no_spinning (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  expect_quiet (story);
  DO (story, aemp_stream_pause (acceptor->stream));
  end_send (dialer, 1000);
  expect_quiet (story); /* bytes wait */
  DO (story, aemp_stream_end (dialer->stream));
  expect_quiet (story); /* and the end */
  DO (story, aemp_stream_end (acceptor->stream));
  story_until (story, &dialer->closed);
  expect_quiet (story); /* and the end of both sides */
  DO (story, aemp_stream_pause (acceptor->stream));
  expect_quiet (story);
  DO (story, aemp_stream_resume (acceptor->stream));
  story_until (story, &acceptor->closed);
  expect_quiet (story); /* nobody closes */

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_end (dialer->stream));
  story_until (story, &acceptor->ended);
  expect_quiet (story); /* half closed */
  DO (story, aemp_stream_pause (dialer->stream));
  end_abort (acceptor);
  story_until (story, &dialer->closed);
  expect_quiet (story);
}

static gboolean
start_alarm (void *data)
{
  alarm_start (data, 5 * MS);
  return G_SOURCE_REMOVE;
}

static void
foreign_source (Story *story)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Alarm alarm;

  alarm_init (&alarm, story, 0, NULL, NULL);
  g_source_set_callback (source, start_alarm, &alarm, NULL);
  g_source_attach (source, story->world->context);
  story_until (story, &alarm.rang);
  alarm_clear (&alarm);
}

static void
start_again (Alarm *alarm)
{
  alarm_start (alarm, 0);
}

static void
endless_chain (Story *story)
{
  Alarm chain;
  End *dialer;
  End *acceptor;

  alarm_init (&chain, story, 0, start_again, NULL);
  alarm_start (&chain, 0);
  story_pair (story, &dialer, &acceptor);
  end_send_all (dialer, 1000000);
  story_until (story, &acceptor->ended);
  alarm_clear (&chain);
}

/* The other's write is the first to meet the reset. */
static void
write_to_other (End *end, News news)
{
  End *other = end->hook_data;

  if (news == NEWS_RECEIVED && other->stream && !other->closed)
    end_send (other, 10);
}

static void
bytes_before_reset (Story *story)
{
  End *dialers[2];
  End *acceptors[2];

  for (unsigned i = 0; i < 2; i++)
    story_pair (story, &dialers[i], &acceptors[i]);
  for (unsigned i = 0; i < 2; i++)
    {
      acceptors[i]->hook = write_to_other;
      acceptors[i]->hook_data = acceptors[1 - i];
      end_send (dialers[i], 1000);
      end_abort (dialers[i]);
    }
  for (unsigned i = 0; i < 2; i++)
    {
      story_until (story, &acceptors[i]->closed);
      g_assert_cmpuint (acceptors[i]->received, ==, 1000);
      g_assert_false (acceptors[i]->ended);
    }
}

static void
close_when_received (End *end, News news)
{
  if (news == NEWS_RECEIVED)
    end_close (end);
}

/* The failed write is told in a turn of its own: bytes come first there, too. */
static void
close_before_reset (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  acceptor->hook = close_when_received;
  end_send (dialer, 1000);
  end_abort (dialer);
  end_send (acceptor, 10);
  story_until_count (story, &acceptor->news[NEWS_RECEIVED], 1);
  story_wait (story, 20 * MS);
  g_assert_false (acceptor->closed);
}

static void
pause_when_received (End *end, News news)
{
  if (news == NEWS_RECEIVED)
    DO (end->story, aemp_stream_pause (end->stream));
}

static void
pause_before_reset (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  acceptor->hook = pause_when_received;
  end_send (dialer, 200000); /* more than is read at once */
  end_abort (dialer);
  end_send (acceptor, 10);
  story_until (story, &acceptor->closed);
  g_assert_cmpuint (acceptor->news[NEWS_RECEIVED], ==, 1);
}

static void
note_opened (AempStream *stream, void *user_data)
{
  g_error ("connected with itself: %s", aemp_stream_local_address (stream));
}

static void
note_closed (AempStream *stream, const GError *error, void *user_data)
{
  g_assert_error (error, AEMP_ERRNO, ECONNREFUSED);
  *(bool *)user_data = true;
}

/* The first of the ports that the system gives to those who connect: it comes up again and
 * again, once in 10,000 times or so. */
static char *
own_port_address (void)
{
  g_autofree char *range = NULL;

  if (!g_file_get_contents ("/proc/sys/net/ipv4/ip_local_port_range", &range, NULL, NULL))
    return g_strdup ("127.0.0.1:32768");
  return g_strdup_printf ("127.0.0.1:%d", atoi (range));
}

static void
no_own_echo (Story *story)
{
  const AempStreamEvents events = { .opened = note_opened, .closed = note_closed };
  g_autofree char *address = own_port_address ();
  unsigned attempts = g_test_slow () ? 100000 : 30000;

  for (unsigned i = 0; i < attempts; i++)
    {
      bool done = false;
      AempStream *stream = aemp_env_connect (story_env (story, 0), address, &events, &done);

      story_until (story, &done);
      aemp_stream_close (stream);
    }
}

static const StoryEntry net_stories[] = {
  { "/net/socket-options",
    "Connections are kept alive, do not wait for more to send, and are closed when another "
    "program is started.",
    socket_options },
  { "/net/ipv6", "IPv6 addresses stand in brackets and work as others do.", ipv6 },
  { "/net/both-wildcards", "0.0.0.0 and [::] share a port.", both_wildcards },
  { "/net/no-descriptors",
    "Without descriptors a connection waits at the door; the loop sleeps meanwhile, and the "
    "connection gets in when there is one again.",
    no_descriptors },
  { "/net/no-spinning", "Streams that wait for their owners let the loop sleep.", no_spinning },
  { "/net/foreign-source", "A timer that another source of the context starts is noticed.",
    foreign_source },
  { "/net/endless-chain", "A timer that restarts itself without delay lets streams go on.",
    endless_chain },
  { "/net/bytes-before-reset",
    "Bytes that arrived before a reset are delivered, even when a write meets the reset.",
    bytes_before_reset },
  { "/net/close-before-reset", "Their receiver may close there, and hears no more.",
    close_before_reset },
  { "/net/pause-before-reset", "It may pause there, and is told of the reset only.",
    pause_before_reset },
  { "/net/no-own-echo",
    "Nobody listens at a port that the system may give to the very socket that connects to "
    "it: refused, and no connection of the stream with itself.",
    no_own_echo },
  { 0 },
};

/* --- What only an environment that runs its context has --- */

/* Bytes are waiting, and the callback has a loop of its own. */
static void
loop_when_received (End *end, News news)
{
  World *world = end->story->world;
  bool is_over = false;
  unsigned rounds = 0;
  GSource *source;

  if (news != NEWS_RECEIVED || end->news[NEWS_RECEIVED] > 1)
    return;
  source = g_timeout_source_new (50);
  g_source_set_callback (source, set_flag, &is_over, NULL);
  g_source_attach (source, world->context);
  g_source_unref (source);
  while (!is_over)
    {
      g_main_context_iteration (world->context, true);
      rounds++;
    }
  g_assert_cmpuint (rounds, <=, 5);
}

static void
nested_loop (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  acceptor->hook = loop_when_received;
  end_send (dialer, 200000); /* more than is read at once */
  story_until_count (story, &acceptor->news[NEWS_RECEIVED], 2);
}

static gboolean
close_end (void *data)
{
  end_close (data);
  return G_SOURCE_REMOVE;
}

/* An urgent source runs before the turn that both are ready for. */
static void
closed_by_another (Story *story)
{
  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr (GSource) source = g_idle_source_new ();
      End *dialer;
      End *acceptor;

      story_pair (story, &dialer, &acceptor);
      end_send (dialer, 1000);
      g_usleep (MS); /* it is there */
      g_source_set_priority (source, G_PRIORITY_HIGH);
      g_source_set_callback (source, close_end, acceptor, NULL);
      g_source_attach (source, story->world->context);
      story_until (story, &dialer->closed); /* by a reset: there were bytes */
      g_assert_cmpuint (acceptor->news[NEWS_RECEIVED], ==, 0);
      end_close (dialer);
    }
}

static const StoryEntry alone_stories[] = {
  { "/alone/nested-loop",
    "A callback that has a loop of its own is not called from that, and the loop sleeps.",
    nested_loop },
  { "/alone/closed-by-another",
    "A stream for which there are bytes is closed by another source, just before its turn.",
    closed_by_another },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1 && strcmp (argv[1], "recorded") == 0)
    suite_add (recorded_world (&net_world), NULL);
  else if (argc > 1 && strcmp (argv[1], "alone") == 0)
    suite_add (&alone_world, alone_stories);
  else
    suite_add (&net_world, net_stories);
  return g_test_run ();
}
