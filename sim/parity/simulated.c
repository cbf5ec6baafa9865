/* sim/parity/simulated.c - the hosts of a script in the simulated world. */
#include "sim/parity/simulated.h"

#include "engine/error.h"
#include "sim/parity/program.h"
#include "sim/sockets.h"

#include <errno.h>

#define SEED 1

typedef struct
{
  ParityWorld *world;
  SimHost *sim;
  SimProcess *process; /* NULL: the host has vanished */
  ParityProgram *program;
} Host;

struct ParityWorld
{
  const ParityScript *script;
  SimWorld *sim;
  Host hosts[PARITY_HOSTS_MAX];
  GQueue news; /* of ParityNews, copied */
};

/* --- The simulated sockets --- */

static void *
open_socket (void *host)
{
  return sim_socket_new (((Host *)host)->process);
}

static int
set_keepalive (SimSocket *socket, const ParityStatement *statement)
{
  sim_socket_set (socket, SIM_SOCKET_KEEPALIVE, 1);
  sim_socket_set (socket, SIM_SOCKET_KEEPALIVE_TIME_US, statement->times_us[0]);
  sim_socket_set (socket, SIM_SOCKET_KEEPALIVE_INTERVAL_US, statement->times_us[1]);
  return sim_socket_set (socket, SIM_SOCKET_KEEPALIVE_PROBES, (int64_t)statement->number);
}

static int
set_option (void *socket, const ParityStatement *statement)
{
  int64_t number = (int64_t)statement->number;

  switch (statement->option)
    {
    case PARITY_NODELAY:
      return sim_socket_set (socket, SIM_SOCKET_NO_DELAY, number);
    case PARITY_KEEPALIVE:
      return set_keepalive (socket, statement);
    case PARITY_USER_TIMEOUT:
      return sim_socket_set (socket, SIM_SOCKET_USER_TIMEOUT_US, statement->times_us[0]);
    case PARITY_SEND_BUFFER:
      return sim_socket_set (socket, SIM_SOCKET_SEND_BUFFER_BYTES, number);
    case PARITY_RECEIVE_BUFFER:
      return sim_socket_set (socket, SIM_SOCKET_RECEIVE_BUFFER_BYTES, number);
    }
  g_assert_not_reached ();
}

static int
bind_socket (void *socket, uint16_t port)
{
  return sim_socket_bind (socket, port);
}

static int
listen_socket (void *socket, unsigned backlog)
{
  return sim_socket_listen (socket, backlog);
}

static int
connect_socket (void *host, void *socket, unsigned to, uint16_t port)
{
  return sim_socket_connect (socket, ((Host *)host)->world->hosts[to].sim, port);
}

static void *
accept_socket (void *socket, int *error)
{
  return sim_socket_accept (socket, error);
}

static int
write_socket (void *socket, const void *bytes, size_t length)
{
  return sim_socket_write (socket, bytes, length);
}

static int
read_socket (void *socket, void *bytes, size_t length)
{
  return sim_socket_read (socket, bytes, length);
}

static int
end_socket (void *socket)
{
  return sim_socket_shutdown (socket, SIM_SHUT_WRITE);
}

static int
error_of_socket (void *socket)
{
  return sim_socket_error (socket);
}

static void
close_socket (void *socket)
{
  sim_socket_close (socket);
}

static void
abort_socket (void *socket)
{
  sim_socket_set (socket, SIM_SOCKET_LINGER_US, 0);
  sim_socket_close (socket);
}

static const ParitySocketOps simulated_sockets = {
  .open = open_socket,
  .set = set_option,
  .bind = bind_socket,
  .listen = listen_socket,
  .connect = connect_socket,
  .accept = accept_socket,
  .write = write_socket,
  .read = read_socket,
  .end = end_socket,
  .error = error_of_socket,
  .close = close_socket,
  .abort = abort_socket,
};

static void
set_limits (const ParityScript *script, SimTcpLimits *limits)
{
  const int64_t *values = script->model_limits;

  limits->syn_retries = (unsigned)values[PARITY_SYN_RETRIES];
  limits->syn_linear_timeouts = (unsigned)values[PARITY_SYN_LINEAR_TIMEOUTS];
  limits->syn_ack_retries = (unsigned)values[PARITY_SYNACK_RETRIES];
  limits->data_retries = (unsigned)values[PARITY_RETRIES2];
  if (values[PARITY_ORPHAN_RETRIES] > 0) /* 0 stands for a constant of the kernel */
    limits->orphan_retries = (unsigned)values[PARITY_ORPHAN_RETRIES];
  limits->keepalive_probes = (unsigned)values[PARITY_KEEPALIVE_PROBES];
  limits->keepalive_time_us = values[PARITY_KEEPALIVE_TIME];
  limits->keepalive_interval_us = values[PARITY_KEEPALIVE_INTERVAL];
  limits->fin_timeout_us = values[PARITY_FIN_TIMEOUT];
  limits->rto_min_us = values[PARITY_RTO_MIN];
  limits->rto_max_us = values[PARITY_RTO_MAX];
}

/* --- Begin and end --- */

static void
report (unsigned socket, ParityNewsKind kind, uint64_t number, void *user_data)
{
  ParityWorld *world = user_data;
  ParityNews news = { sim_world_now_us (world->sim), number, socket, kind };

  g_queue_push_tail (&world->news, g_memdup2 (&news, sizeof news));
}

static void
start (Host *host)
{
  unsigned index = (unsigned)(host - host->world->hosts);

  host->process = sim_process_new (host->sim);
  host->program = parity_program_new (host->world->script, index, &simulated_sockets, host, report,
                                      host->world);
}

static void
stop (Host *host, void (*how) (SimProcess *process))
{
  if (!host->process)
    return;
  how (host->process);
  sim_process_free (host->process);
  parity_program_free (host->program);
  host->process = NULL;
  host->program = NULL;
}

static ParityWorld *
begin (const ParityScript *script, GError **error)
{
  const SimPath path = { .delay_min_us = 0 };
  ParityWorld *world = g_new0 (ParityWorld, 1);

  world->script = script;
  world->sim = sim_world_new (SEED);
  g_queue_init (&world->news);
  set_limits (script, sim_world_tcp_limits (world->sim));
  sim_world_set_path (world->sim, &path);
  for (unsigned i = 0; i < script->hosts_count; i++)
    {
      world->hosts[i].world = world;
      world->hosts[i].sim = sim_host_new (world->sim, script->hosts[i]);
      start (&world->hosts[i]);
    }
  return world;
}

static void
end (ParityWorld *world)
{
  for (unsigned i = 0; i < world->script->hosts_count; i++)
    stop (&world->hosts[i], sim_process_vanish);
  sim_world_free (world->sim);
  g_queue_clear_full (&world->news, g_free);
  g_free (world);
}

/* --- News --- */

static int64_t
now_us (ParityWorld *world)
{
  return sim_world_now_us (world->sim);
}

static unsigned
to_look_at (SimSocket *socket, unsigned wanted)
{
  unsigned polled = sim_socket_poll (socket);
  unsigned events
      = (polled & SIM_POLL_IN ? PARITY_POLL_IN : 0) | (polled & SIM_POLL_OUT ? PARITY_POLL_OUT : 0);

  return (events & wanted) | (polled & SIM_POLL_ERROR ? PARITY_POLL_ERROR : 0)
         | (polled & SIM_POLL_HANGUP ? PARITY_POLL_HANGUP : 0);
}

/* As long as any socket has something to be seen. */
static void
look (const Host *host)
{
  for (unsigned i = 0; host->program && i < host->world->script->sockets_count; i++)
    {
      void *handle;
      unsigned wanted, events;
      while (parity_program_wants (host->program, i, &handle, &wanted)
             && (events = to_look_at (handle, wanted)) != 0)
        parity_program_look (host->program, i, events);
    }
}

static void
look_everywhere (ParityWorld *world)
{
  for (unsigned i = 0; i < world->script->hosts_count; i++)
    look (&world->hosts[i]);
}

static bool
next (ParityWorld *world, int64_t until_us, ParityNews *news)
{
  look_everywhere (world);
  while (g_queue_is_empty (&world->news) && sim_world_step (world->sim, until_us))
    look_everywhere (world);
  g_autofree ParityNews *first = g_queue_pop_head (&world->news);
  if (first)
    *news = *first;
  return first != NULL;
}

/* --- What is done --- */

static void
cut (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  SimHost *one = world->hosts[from].sim, *other = world->hosts[to].sim;

  if (statement->number == PARITY_REFUSING)
    sim_path_refuse (one, other);
  else if (statement->number == PARITY_UNREACHABLE)
    sim_path_unreachable (one, other);
  else
    sim_path_cut (one, other);
}

static void
heal (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  sim_path_heal (world->hosts[from].sim, world->hosts[to].sim);
}

static void
set_delay (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  const SimPath path
      = { .delay_min_us = statement->times_us[0], .delay_max_us = statement->times_us[0] };

  sim_path_set (world->hosts[from].sim, world->hosts[to].sim, &path);
}

static void
lose (ParityWorld *world, unsigned from, unsigned to, const ParityStatement *statement)
{
  sim_path_lose (world->hosts[from].sim, world->hosts[to].sim, statement->acks, statement->number);
}

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

static int64_t
act (ParityWorld *world, const ParityStatement *statement)
{
  look_everywhere (world);
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
      parity_program_do (world->hosts[world->script->sockets[statement->subject].host].program,
                         statement);
      break;
    case PARITY_KILL:
      stop (&world->hosts[statement->subject], sim_process_kill);
      start (&world->hosts[statement->subject]);
      break;
    case PARITY_VANISH:
      stop (&world->hosts[statement->subject], sim_process_vanish);
      break;
    case PARITY_RETURN:
      start (&world->hosts[statement->subject]);
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
  return sim_world_now_us (world->sim);
}

/* Its time waits for it. */
static int64_t
late_us (ParityWorld *world)
{
  return 0;
}

const ParityWorldOps parity_simulated_world = {
  .begin = begin,
  .now_us = now_us,
  .act = act,
  .next = next,
  .late_us = late_us,
  .end = end,
};
