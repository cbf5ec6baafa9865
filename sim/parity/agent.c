/* sim/parity/agent.c - the program of a host, with the kernel's sockets. */
#include "sim/parity/agent.h"

#include "engine/error.h"
#include "sim/parity/namespace.h"
#include "sim/parity/program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1000000
#define FIRST_ADDRESS 0x0a000001 /* 10.0.0.1 */
#define COMMAND_FD 3             /* of the agent */

uint32_t
parity_host_address (unsigned host)
{
  return htonl (FIRST_ADDRESS + host);
}

int64_t
parity_now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* --- The kernel's sockets: a handle is the descriptor --- */

static int
fd_of (void *socket)
{
  return GPOINTER_TO_INT (socket);
}

static int
result_of (ssize_t result)
{
  return result < 0 ? -errno : (int)result;
}

static struct sockaddr_in
address_of (uint32_t address, uint16_t port)
{
  return (struct sockaddr_in){
    .sin_family = AF_INET,
    .sin_port = htons (port),
    .sin_addr.s_addr = address,
  };
}

static void *
open_socket (void *host)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_assert (fd > 0);
  return GINT_TO_POINTER (fd);
}

static int
set_number (int fd, int level, int option, int64_t number)
{
  int value = (int)number;

  return result_of (setsockopt (fd, level, option, &value, sizeof value));
}

static int
set_keepalive (int fd, const ParityStatement *statement)
{
  int result = set_number (fd, SOL_SOCKET, SO_KEEPALIVE, 1);

  if (result == 0)
    result = set_number (fd, IPPROTO_TCP, TCP_KEEPIDLE, statement->times_us[0] / SECOND_US);
  if (result == 0)
    result = set_number (fd, IPPROTO_TCP, TCP_KEEPINTVL, statement->times_us[1] / SECOND_US);
  if (result == 0)
    result = set_number (fd, IPPROTO_TCP, TCP_KEEPCNT, (int64_t)statement->number);
  return result;
}

static int
set_option (void *socket, const ParityStatement *statement)
{
  int fd = fd_of (socket);

  switch (statement->option)
    {
    case PARITY_NODELAY:
      return set_number (fd, IPPROTO_TCP, TCP_NODELAY, (int64_t)statement->number);
    case PARITY_KEEPALIVE:
      return set_keepalive (fd, statement);
    case PARITY_USER_TIMEOUT:
      return set_number (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, statement->times_us[0] / 1000);
    case PARITY_SEND_BUFFER:
      return set_number (fd, SOL_SOCKET, SO_SNDBUF, (int64_t)statement->number);
    case PARITY_RECEIVE_BUFFER:
      return set_number (fd, SOL_SOCKET, SO_RCVBUF, (int64_t)statement->number);
    }
  g_assert_not_reached ();
}

static int
bind_socket (void *socket, uint16_t port)
{
  struct sockaddr_in address = address_of (htonl (INADDR_ANY), port);
  int result = set_number (fd_of (socket), SOL_SOCKET, SO_REUSEADDR, 1);

  if (result < 0)
    return result;
  return result_of (bind (fd_of (socket), (const struct sockaddr *)&address, sizeof address));
}

static int
listen_socket (void *socket, unsigned backlog)
{
  return result_of (listen (fd_of (socket), (int)backlog));
}

static int
connect_socket (void *host, void *socket, unsigned to, uint16_t port)
{
  struct sockaddr_in address = address_of (parity_host_address (to), port);

  return result_of (connect (fd_of (socket), (const struct sockaddr *)&address, sizeof address));
}

static void *
accept_socket (void *socket, int *error)
{
  int fd = accept4 (fd_of (socket), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

  *error = fd < 0 ? -errno : 0;
  return fd < 0 ? NULL : GINT_TO_POINTER (fd);
}

static int
write_socket (void *socket, const void *bytes, size_t length)
{
  return result_of (send (fd_of (socket), bytes, length, MSG_NOSIGNAL));
}

static int
read_socket (void *socket, void *bytes, size_t length)
{
  return result_of (recv (fd_of (socket), bytes, length, 0));
}

static int
end_socket (void *socket)
{
  return result_of (shutdown (fd_of (socket), SHUT_WR));
}

static int
error_of_socket (void *socket)
{
  int number = 0;
  socklen_t length = sizeof number;

  if (getsockopt (fd_of (socket), SOL_SOCKET, SO_ERROR, &number, &length) != 0)
    return errno;
  return number;
}

static void
close_socket (void *socket)
{
  close (fd_of (socket));
}

static void
abort_socket (void *socket)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd_of (socket), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close (fd_of (socket));
}

static const ParitySocketOps kernel_sockets = {
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

/* --- The agent's loop --- */

static void
report (unsigned socket, ParityNewsKind kind, uint64_t number, void *user_data)
{
  ParityNews news = { parity_now_us (), number, socket, kind };

  send (COMMAND_FD, &news, sizeof news, MSG_NOSIGNAL);
}

static void
obey (ParityProgram *program, const ParityScript *script)
{
  ParityNews done = { .kind = PARITY_DONE };
  uint32_t statement;

  if (recv (COMMAND_FD, &statement, sizeof statement, 0) != sizeof statement)
    _exit (0); /* the other end is gone */
  done.time_us = parity_now_us ();
  parity_program_do (program, parity_script_statement (script, statement));
  send (COMMAND_FD, &done, sizeof done, MSG_NOSIGNAL);
}

static short
to_poll (unsigned events)
{
  return (short)((events & PARITY_POLL_IN ? POLLIN : 0) | (events & PARITY_POLL_OUT ? POLLOUT : 0));
}

static unsigned
from_poll (short events)
{
  return (events & POLLIN ? PARITY_POLL_IN : 0) | (events & POLLOUT ? PARITY_POLL_OUT : 0)
         | (events & POLLERR ? PARITY_POLL_ERROR : 0) | (events & POLLHUP ? PARITY_POLL_HANGUP : 0);
}

static void
turn (ParityProgram *program, const ParityScript *script)
{
  struct pollfd polled[PARITY_SOCKETS_MAX + 1] = { { .fd = COMMAND_FD, .events = POLLIN } };
  unsigned sockets[PARITY_SOCKETS_MAX + 1];
  unsigned count = 1, events;
  void *handle;

  for (unsigned i = 0; i < script->sockets_count; i++)
    if (parity_program_wants (program, i, &handle, &events))
      {
        sockets[count] = i;
        polled[count++] = (struct pollfd){ .fd = fd_of (handle), .events = to_poll (events) };
      }
  if (poll (polled, count, -1) < 0)
    return;
  for (unsigned i = 1; i < count; i++)
    parity_program_look (program, sockets[i], from_poll (polled[i].revents));
  if (polled[0].revents != 0)
    obey (program, script);
}

/* Has what it needs, and no other descriptor of its parent. */
static void
live (const ParityScript *script, unsigned host, int namespace_fd, int command_fd)
{
  ParityProgram *program;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (!parity_namespace_enter (namespace_fd, NULL, NULL) || dup2 (command_fd, COMMAND_FD) < 0)
    _exit (1);
  close_range (COMMAND_FD + 1, UINT32_MAX, 0);
  program = parity_program_new (script, host, &kernel_sockets, NULL, report, NULL);
  for (;;)
    turn (program, script);
}

bool
parity_agent_start (ParityAgent *agent, const ParityScript *script, unsigned host, int namespace_fd,
                    GError **error)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
    {
      g_propagate_error (error, aemp_errno_error (errno));
      return false;
    }
  agent->pid = fork ();
  if (agent->pid == 0)
    live (script, host, namespace_fd, fds[1]);
  close (fds[1]);
  agent->fd = fds[0];
  if (agent->pid > 0)
    return true;
  g_propagate_error (error, aemp_errno_error (errno));
  agent->pid = 0;
  close (agent->fd);
  return false;
}

void
parity_agent_kill (ParityAgent *agent)
{
  if (agent->pid == 0)
    return;
  kill (agent->pid, SIGKILL);
  waitpid (agent->pid, NULL, 0);
  close (agent->fd);
  agent->pid = 0;
}

void
parity_agent_tell (const ParityAgent *agent, unsigned statement)
{
  uint32_t index = statement;

  send (agent->fd, &index, sizeof index, MSG_NOSIGNAL);
}
