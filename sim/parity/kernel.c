/* sim/parity/kernel.c - hosts in network namespaces, and the router between them. */
#include "sim/parity/kernel.h"

#include "engine/error.h"
#include "net/router.h"
#include "sim/parity/agent.h"
#include "sim/parity/namespace.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MILLION 1000000
#define PRIORITY (-15) /* times are measured; where it is not allowed it is not so important */

/* A host has a namespace, and when it vanishes and returns another one, made before. */
typedef struct
{
  ParityNamespace namespace;
  ParityNamespace spare;
  ParityAgent agent;
} Host;

struct ParityWorld
{
  const ParityScript *script;
  NetRouter *router;
  Host hosts[PARITY_HOSTS_MAX];
  GQueue news;     /* of ParityNews, copied */
  int64_t late_us; /* the processes of hosts */
};

/* --- Begin and end --- */

static bool
returns (const ParityScript *script, unsigned host)
{
  for (unsigned i = 0; i < script->statements->len; i++)
    if (parity_script_statement (script, i)->verb == PARITY_RETURN
        && parity_script_statement (script, i)->subject == host)
      return true;
  return false;
}

/* In the host's namespace. */
static bool
set_limits (const ParityScript *script, const ParityNamespace *namespace, GError **error)
{
  int back = -1;
  bool done = parity_namespace_enter (namespace->fd, &back, error);

  for (unsigned i = 0; done && i < PARITY_LIMITS; i++)
    if (script->limits[i] >= 0 && !parity_limit_write (i, script->limits[i]))
      {
        g_set_error (error, AEMP_ERRNO, EPERM, "the limit %s cannot be set",
                     parity_limit_kinds[i].name);
        done = false;
      }
  if (back >= 0)
    {
      if (setns (back, CLONE_NEWNET) != 0)
        g_error ("no way back: %s", aemp_errno_text (errno));
      close (back);
    }
  return done;
}

static bool
make_namespace (ParityWorld *world, unsigned host, unsigned ordinal, ParityNamespace *namespace,
                GError **error)
{
  return parity_namespace_new (namespace, ordinal, parity_host_address (host), error)
         && set_limits (world->script, namespace, error);
}

static bool
plug (ParityWorld *world, unsigned host, GError **error)
{
  const ParityNamespace *namespace = &world->hosts[host].namespace;

  return net_router_plug (world->router, host, namespace->interface, namespace->mac, error)
         && parity_agent_start (&world->hosts[host].agent, world->script, host, namespace->fd,
                                error);
}

static bool
make_host (ParityWorld *world, unsigned host, GError **error)
{
  Host *at = &world->hosts[host];

  net_router_add (world->router, parity_host_address (host));
  at->spare.fd = -1;
  return make_namespace (world, host, host, &at->namespace, error)
         && (!returns (world->script, host)
             || make_namespace (world, host, PARITY_HOSTS_MAX + host, &at->spare, error))
         && plug (world, host, error);
}

static void
end (ParityWorld *world)
{
  for (unsigned i = 0; i < world->script->hosts_count; i++)
    {
      parity_agent_kill (&world->hosts[i].agent);
      parity_namespace_close (&world->hosts[i].namespace);
      parity_namespace_close (&world->hosts[i].spare);
    }
  net_router_free (world->router);
  g_queue_clear_full (&world->news, g_free);
  g_free (world);
}

static ParityWorld *
begin (const ParityScript *script, GError **error)
{
  ParityWorld *world;

  setpriority (PRIO_PROCESS, 0, PRIORITY);
  if (!parity_namespace_leave (error))
    return NULL;
  world = g_new0 (ParityWorld, 1);
  world->script = script;
  world->router = net_router_new ();
  g_queue_init (&world->news);
  for (unsigned i = 0; i < script->hosts_count; i++)
    world->hosts[i].namespace.fd = world->hosts[i].spare.fd = -1;
  for (unsigned i = 0; i < script->hosts_count; i++)
    if (!make_host (world, i, error))
      {
        end (world);
        return NULL;
      }
  return world;
}

/* A child tries, since there is no way back. */
bool
parity_kernel_is_there (GError **error)
{
  g_autoptr (GPtrArray) scripts = parity_scripts_new ();
  int fds[2];
  char why[200] = "the process that tried died";
  ssize_t length;
  pid_t pid;

  if (!parity_scripts_parse ("try", "script \"try\"\nhosts one two", scripts, NULL)
      || pipe (fds) != 0)
    return false;
  pid = fork ();
  if (pid == 0)
    {
      g_autoptr (GError) problem = NULL;
      ParityWorld *world = begin (g_ptr_array_index (scripts, 0), &problem);
      const char *text = world ? "" : problem->message;
      length = write (fds[1], text, strlen (text) + 1);
      if (world)
        end (world);
      _exit (length < 0);
    }
  close (fds[1]);
  length = pid < 0 ? 0 : read (fds[0], why, sizeof why - 1);
  close (fds[0]);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  if (length > 0 && why[0] == '\0')
    return true;
  g_set_error_literal (error, AEMP_ERRNO, EPERM, why);
  return false;
}

/* --- News --- */

static int64_t
now_us (ParityWorld *world)
{
  return parity_now_us ();
}

/* True: the agent has done what it was told. */
static bool
take_news (ParityWorld *world, Host *host, int64_t *done_us)
{
  ParityNews news;

  if (recv (host->agent.fd, &news, sizeof news, 0) != sizeof news)
    g_error ("the process of a host has died");
  if (news.kind != PARITY_DONE)
    {
      g_queue_push_tail (&world->news, g_memdup2 (&news, sizeof news));
      return false;
    }
  if (done_us)
    *done_us = news.time_us;
  return true;
}

/* Waits for something to happen until then, and lets the router work. */
static void
work_until (ParityWorld *world, int64_t until_us)
{
  struct pollfd polled[PARITY_HOSTS_MAX + 1]
      = { { .fd = net_router_fd (world->router), .events = POLLIN } };
  int64_t left_us = MAX (until_us - parity_now_us (), 0);
  struct timespec timeout = { left_us / MILLION, left_us % MILLION * 1000 };
  unsigned count = world->script->hosts_count;

  for (unsigned i = 0; i < count; i++)
    polled[i + 1]
        = (struct pollfd){ .fd = world->hosts[i].agent.pid ? world->hosts[i].agent.fd : -1,
                           .events = POLLIN };
  if (ppoll (polled, count + 1, &timeout, NULL) < 0)
    return;
  if (polled[0].revents != 0)
    net_router_work (world->router);
  for (unsigned i = 0; i < count; i++)
    if (polled[i + 1].revents != 0)
      take_news (world, &world->hosts[i], NULL);
}

static bool
next (ParityWorld *world, int64_t until_us, ParityNews *news)
{
  while (g_queue_is_empty (&world->news) && parity_now_us () < until_us)
    work_until (world, until_us);
  g_autofree ParityNews *first = g_queue_pop_head (&world->news);
  if (first)
    *news = *first;
  return first != NULL;
}

/* --- What is done --- */

/* Each of the ways that a statement means: both hosts, or any when it means all. */
static void
for_ways (ParityWorld *world, const ParityStatement *statement,
          void (*change) (ParityWorld *world, unsigned from, unsigned to,
                          const ParityStatement *statement))
{
  for (unsigned from = 0; from < world->script->hosts_count; from++)
    for (unsigned to = 0; to < world->script->hosts_count; to++)
      if (parity_statement_means (statement, from, to))
        change (world, from, to, statement);
}

static void
cut (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  static const NetRouterCut cuts[] = {
    [PARITY_SILENT] = NET_ROUTER_SILENT,
    [PARITY_REFUSING] = NET_ROUTER_REFUSING,
    [PARITY_UNREACHABLE] = NET_ROUTER_UNREACHABLE,
  };

  net_router_cut (world->router, from, to, cuts[statement->number]);
}

static void
heal (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  net_router_cut (world->router, from, to, NET_ROUTER_OPEN);
}

static void
set_delay (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  net_router_delay (world->router, from, to, statement->times_us[0], statement->times_us[0]);
}

static void
lose (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  net_router_lose (world->router, from, to, statement->acks ? NET_PACKET_ACK : NET_PACKET_WORD,
                   statement->number);
}

static void
restart (ParityWorld *world, unsigned host)
{
  g_autoptr (GError) error = NULL;

  parity_agent_kill (&world->hosts[host].agent);
  if (!parity_agent_start (&world->hosts[host].agent, world->script, host,
                           world->hosts[host].namespace.fd, &error))
    g_error ("%s", error->message);
}

static void
vanish (ParityWorld *world, unsigned host)
{
  net_router_unplug (world->router, host);
  parity_agent_kill (&world->hosts[host].agent);
  parity_namespace_close (&world->hosts[host].namespace);
}

static void
come_back (ParityWorld *world, unsigned host)
{
  g_autoptr (GError) error = NULL;
  Host *at = &world->hosts[host];

  at->namespace = at->spare;
  at->spare.fd = -1;
  if (!plug (world, host, &error))
    g_error ("%s", error->message);
}

static int64_t
tell_agent (ParityWorld *world, const ParityStatement *statement)
{
  const ParityScript *script = world->script;
  Host *host = &world->hosts[script->sockets[statement->subject].host];
  int64_t began_us = parity_now_us (), done_us = 0;

  parity_agent_tell (&host->agent, (unsigned)(statement - parity_script_statement (script, 0)));
  while (!take_news (world, host, &done_us))
    ;
  world->late_us = MAX (world->late_us, parity_now_us () - began_us);
  return done_us;
}

static int64_t
act (ParityWorld *world, const ParityStatement *statement)
{
  int64_t began_us = parity_now_us ();

  switch (statement->verb)
    {
    case PARITY_LISTEN:
    case PARITY_CONNECT:
    case PARITY_ACCEPT:
    case PARITY_WRITE:
    case PARITY_READ:
    case PARITY_PAUSE:
    case PARITY_RESUME:
    case PARITY_END:
    case PARITY_CLOSE:
    case PARITY_ABORT:
    case PARITY_SET:
      return tell_agent (world, statement);
    case PARITY_KILL:
      restart (world, statement->subject);
      break;
    case PARITY_VANISH:
      vanish (world, statement->subject);
      break;
    case PARITY_RETURN:
      come_back (world, statement->subject);
      break;
    case PARITY_CUT:
      for_ways (world, statement, cut);
      break;
    case PARITY_HEAL:
      for_ways (world, statement, heal);
      break;
    case PARITY_DELAY:
      for_ways (world, statement, set_delay);
      break;
    case PARITY_LOSE:
      for_ways (world, statement, lose);
      break;
    case PARITY_WAIT:
    case PARITY_EXPECT:
      g_assert_not_reached ();
    }
  return began_us;
}

static int64_t
late_us (ParityWorld *world)
{
  return MAX (world->late_us, net_router_late_us (world->router));
}

const ParityWorldOps parity_kernel_world = {
  .begin = begin,
  .now_us = now_us,
  .act = act,
  .next = next,
  .late_us = late_us,
  .end = end,
};
