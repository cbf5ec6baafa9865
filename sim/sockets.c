/* sim/sockets.c - sockets in the simulated world, as programs of Linux know them.
 *
 * What each call answers, and in which order it looks, is as in Linux' tcp.c and af_inet.c. */

#include "sockets.h"
#include "process.h"

#include <errno.h>
#include <string.h>

struct SimSocket
{
  SimObject object;
  SimProcess *process;
  SimUser user;
  SimEnd *end;       /* NULL: never connected, or gone */
  SimDoor *door;     /* listens */
  GQueue waiting;    /* of SimSocket: to be accepted */
  SimSocket *parent; /* in whose `waiting` it is */
  uint16_t port;
  bool dead; /* its process is over */
  bool error_told;
  bool shut_read;
  bool no_delay;
  bool keepalive;
  int64_t keepalive_time_us;
  int64_t keepalive_interval_us;
  int64_t user_timeout_us;
  int64_t linger_us;
  unsigned keepalive_probes;
  unsigned syn_retries;
  uint64_t send_bytes; /* 0: the world's */
  uint64_t receive_bytes;
};

typedef struct
{
  SimDoor door;
  SimSocket *socket;
} SocketDoor;

/* --- Ends --- */

static void
hear_nothing (SimUser *user, unsigned news)
{
}

static void
apply_options (SimSocket *socket)
{
  SimEnd *end = socket->end;

  end->eager = true;
  end->keepalive_interval_us = socket->keepalive_interval_us;
  end->keepalive_probes = socket->keepalive_probes;
  end->user_timeout_us = socket->user_timeout_us;
  end->syn_retries = socket->syn_retries;
  if (socket->send_bytes > 0)
    end->out.buffer_bytes = socket->send_bytes;
  sim_tcp_set_keepalive (end, socket->keepalive ? socket->keepalive_time_us : 0);
  sim_tcp_set_no_delay (end, socket->no_delay);
}

static void
detach (SimSocket *socket, bool aborts)
{
  SimEnd *end = socket->end;
  SimConnection *connection;

  socket->end = NULL;
  if (!end)
    return;
  if (socket->process->vanishes)
    {
      end->user = NULL;
      return;
    }
  connection = end->connection;
  sim_connection_enter (connection);
  if (aborts)
    sim_tcp_abort (end);
  else
    sim_tcp_close (end);
  sim_connection_leave (connection);
}

static void
stop_listening (SimSocket *socket)
{
  if (!socket->door)
    return;
  sim_door_remove (socket->process, socket->door);
  g_clear_pointer (&socket->door, g_free);
}

/* --- Objects of their process --- */

static void
silence (SimObject *object)
{
  SimSocket *socket = SIM_OWNER (SimSocket, object, object);

  socket->dead = true;
  stop_listening (socket);
  detach (socket, socket->parent || socket->linger_us == 0);
}

static void
renew (SimObject *object)
{
}

static void
free_socket (SimObject *object)
{
  sim_socket_close (SIM_OWNER (SimSocket, object, object));
}

static const SimObjectOps socket_ops = { silence, renew, free_socket };

SimSocket *
sim_socket_new (SimProcess *process)
{
  const SimTcpLimits *limits = &sim_process_world (process)->limits;
  SimSocket *socket = g_new0 (SimSocket, 1);

  socket->process = process;
  socket->user.news = hear_nothing;
  socket->user.wants_room = true;
  socket->keepalive_time_us = limits->keepalive_time_us;
  socket->keepalive_interval_us = limits->keepalive_interval_us;
  socket->keepalive_probes = limits->keepalive_probes;
  socket->user_timeout_us = limits->user_timeout_us;
  socket->syn_retries = limits->syn_retries;
  socket->linger_us = -1;
  g_queue_init (&socket->waiting);
  sim_object_add (process, &socket->object, &socket_ops);
  return socket;
}

void
sim_socket_close (SimSocket *socket)
{
  stop_listening (socket);
  while (socket->waiting.length > 0) /* they are reset */
    sim_socket_close (g_queue_peek_head (&socket->waiting));
  detach (socket, socket->parent || socket->linger_us == 0);
  if (socket->parent)
    {
      g_queue_remove (&socket->parent->waiting, socket);
      if (socket->parent->door)
        socket->parent->door->waiting--;
    }
  sim_object_remove (&socket->object);
  g_free (socket);
}

int
sim_socket_set (SimSocket *socket, SimSocketOption option, int64_t value)
{
  if (socket->dead)
    return -EBADF;
  switch (option)
    {
    case SIM_SOCKET_NO_DELAY:
      socket->no_delay = value != 0;
      break;
    case SIM_SOCKET_KEEPALIVE:
      socket->keepalive = value != 0;
      break;
    case SIM_SOCKET_KEEPALIVE_TIME_US:
      socket->keepalive_time_us = value;
      break;
    case SIM_SOCKET_KEEPALIVE_INTERVAL_US:
      socket->keepalive_interval_us = value;
      break;
    case SIM_SOCKET_KEEPALIVE_PROBES:
      socket->keepalive_probes = (unsigned)value;
      break;
    case SIM_SOCKET_USER_TIMEOUT_US:
      socket->user_timeout_us = value;
      break;
    case SIM_SOCKET_SYN_RETRIES:
      socket->syn_retries = (unsigned)value;
      break;
    case SIM_SOCKET_LINGER_US:
      socket->linger_us = value;
      break;
    case SIM_SOCKET_SEND_BUFFER_BYTES:
      socket->send_bytes = (uint64_t)value;
      break;
    case SIM_SOCKET_RECEIVE_BUFFER_BYTES:
      socket->receive_bytes = (uint64_t)value;
      break;
    }
  if (!socket->end)
    return 0;
  sim_connection_enter (socket->end->connection);
  apply_options (socket);
  sim_connection_leave (socket->end->connection);
  return 0;
}

/* --- Beginning --- */

static bool
is_taken (SimHost *host, uint16_t port)
{
  for (unsigned i = 0; i < host->processes->len; i++)
    {
      SimProcess *process = g_ptr_array_index (host->processes, i);

      for (SimObject *object = process->objects; object; object = object->next)
        if (object->ops == &socket_ops && SIM_OWNER (SimSocket, object, object)->port == port
            && !SIM_OWNER (SimSocket, object, object)->dead)
          return true;
    }
  return sim_door_uses (host, port);
}

int
sim_socket_bind (SimSocket *socket, uint16_t port)
{
  if (socket->dead)
    return -EBADF;
  if (socket->port != 0)
    return -EINVAL;
  if (port == 0)
    port = sim_host_take_port (socket->process->host);
  else if (is_taken (socket->process->host, port))
    return -EADDRINUSE;
  socket->port = port;
  return 0;
}

static void
accept_end (SimDoor *door, SimEnd *end)
{
  SimSocket *parent = SIM_OWNER (SocketDoor, door, door)->socket;
  SimSocket *socket = sim_socket_new (parent->process);
  SimObject object = socket->object;

  *socket = *parent; /* the options */
  socket->object = object;
  if (object.next)
    object.next->link = &socket->object.next;
  *object.link = &socket->object;
  g_queue_init (&socket->waiting);
  socket->door = NULL;
  socket->parent = parent;
  socket->end = end;
  end->user = &socket->user;
  apply_options (socket);
  g_queue_push_tail (&parent->waiting, socket);
  door->waiting++;
}

/* What the window of an answered connection is was said with the listener's buffer in mind. */
static void
prepare_end (SimDoor *door, SimEnd *end)
{
  const SimSocket *parent = SIM_OWNER (SocketDoor, door, door)->socket;

  end->eager = true;
  if (parent->receive_bytes > 0)
    end->in.buffer_bytes = parent->receive_bytes;
}

int
sim_socket_listen (SimSocket *socket, unsigned backlog)
{
  SocketDoor *door;
  int number;

  if (socket->dead)
    return -EBADF;
  if (socket->end || socket->door)
    return -EINVAL;
  door = g_new0 (SocketDoor, 1);
  door->socket = socket;
  door->door.address = (SimAddress){ .kind = SIM_ADDRESS_ANY, .port = socket->port };
  door->door.open = accept_end;
  door->door.prepare = prepare_end;
  door->door.backlog = backlog;
  number = sim_door_add (socket->process, &door->door);
  if (number != 0)
    {
      g_free (door);
      return -number;
    }
  socket->port = door->door.address.port;
  socket->door = &door->door;
  return 0;
}

int
sim_socket_connect (SimSocket *socket, SimHost *to, uint16_t port)
{
  SimHost *host = socket->process->host;
  SimWay *way;

  if (socket->dead)
    return -EBADF;
  if (socket->door)
    return -EISCONN;
  if (socket->end && socket->end->state != SIM_TCP_CLOSED)
    return socket->end->state == SIM_TCP_SYN_SENT ? -EALREADY : -EISCONN;
  detach (socket, false);
  socket->error_told = false;
  way = sim_network_way (host, to ? to : sim_network_host_by_ordinal (host->world, 0));
  if (socket->port != 0)
    socket->end = sim_tcp_connect_crosswise (&socket->user, way, socket->port, port);
  if (!socket->end)
    socket->end = sim_tcp_connect (&socket->user, way, socket->port, port, socket->receive_bytes,
                                   to == host);
  socket->port = socket->end->port;
  apply_options (socket);
  sim_connection_leave (socket->end->connection);
  return -EINPROGRESS;
}

SimSocket *
sim_socket_accept (SimSocket *socket, int *error)
{
  SimSocket *accepted;

  *error = 0;
  if (socket->dead)
    *error = -EBADF;
  else if (!socket->door)
    *error = -EINVAL;
  else if (socket->waiting.length == 0)
    *error = -EAGAIN;
  if (*error != 0)
    return NULL;
  accepted = g_queue_pop_head (&socket->waiting);
  accepted->parent = NULL;
  socket->door->waiting--;
  return accepted;
}

/* --- What is asked of a connection --- */

static bool
is_connecting (const SimEnd *end)
{
  return end->state == SIM_TCP_SYN_SENT || end->state == SIM_TCP_SYN_RECEIVED;
}

static bool
peer_has_ended (const SimEnd *end)
{
  return end->in.end && end->in.next > end->in.end;
}

/* The error that is to be told, once. */
static int
take_error (SimSocket *socket)
{
  if (!socket->end || socket->error_told || socket->end->error == 0)
    return 0;
  socket->error_told = true;
  return socket->end->error;
}

int
sim_socket_error (SimSocket *socket)
{
  int number = take_error (socket);

  if (number == 0 && socket->end)
    {
      number = socket->end->soft_error;
      socket->end->soft_error = 0;
    }
  return number;
}

static int
write_some (SimSocket *socket, const void *bytes, size_t length)
{
  SimEnd *end = socket->end;
  int number = take_error (socket);
  size_t taken;

  if (number != 0)
    return -number;
  if (is_connecting (end))
    return -EAGAIN;
  if (!sim_end_is_open (end))
    return -EPIPE;
  if (length == 0)
    return 0;
  taken = sim_tcp_write (end, bytes, MIN (length, G_MAXINT));
  return taken > 0 ? (int)taken : -EAGAIN;
}

int
sim_socket_write (SimSocket *socket, const void *bytes, size_t length)
{
  SimConnection *connection;
  int result;

  if (socket->dead)
    return -EBADF;
  if (!socket->end)
    return -EPIPE;
  connection = socket->end->connection;
  sim_connection_enter (connection);
  result = write_some (socket, bytes, length);
  sim_connection_leave (connection);
  return result;
}

static int
read_some (SimSocket *socket, uint8_t *bytes, size_t length)
{
  SimEnd *end = socket->end;
  const uint8_t *from;
  size_t done = 0, piece;
  int number;

  while (done < length && (piece = sim_tcp_unread (end, length - done, &from)) > 0)
    {
      memcpy (bytes + done, from, piece);
      sim_tcp_has_read (end, piece);
      done += piece;
    }
  if (done > 0)
    return (int)done;
  if (peer_has_ended (end))
    {
      sim_tcp_has_read_end (end);
      return 0;
    }
  number = take_error (socket);
  if (number != 0)
    return -number;
  return end->state == SIM_TCP_CLOSED || socket->shut_read ? 0 : -EAGAIN;
}

int
sim_socket_read (SimSocket *socket, void *bytes, size_t length)
{
  SimConnection *connection;
  int result;

  if (socket->dead)
    return -EBADF;
  if (!socket->end)
    return -ENOTCONN;
  connection = socket->end->connection;
  sim_connection_enter (connection);
  result = read_some (socket, bytes, MIN (length, G_MAXINT));
  sim_connection_leave (connection);
  return result;
}

int
sim_socket_shutdown (SimSocket *socket, SimShut how)
{
  SimConnection *connection;

  if (socket->dead)
    return -EBADF;
  if (!socket->end || socket->end->state == SIM_TCP_CLOSED)
    return -ENOTCONN;
  connection = socket->end->connection;
  sim_connection_enter (connection);
  if (how & SIM_SHUT_READ)
    socket->shut_read = true;
  if (how & SIM_SHUT_WRITE)
    sim_tcp_end (socket->end);
  sim_connection_leave (connection);
  return 0;
}

static unsigned
poll_end (const SimSocket *socket)
{
  const SimEnd *end = socket->end;
  bool closed = end->state == SIM_TCP_CLOSED;
  bool in_shut = closed || peer_has_ended (end) || socket->shut_read;
  bool out_shut = closed || end->out.ended;
  unsigned mask = 0;

  if (in_shut && out_shut)
    mask |= SIM_POLL_HANGUP;
  if (in_shut)
    mask |= SIM_POLL_IN | SIM_POLL_PEER_ENDED;
  if (!is_connecting (end))
    {
      if (sim_end_has_unread_bytes (end))
        mask |= SIM_POLL_IN;
      if (out_shut || sim_end_has_room (end))
        mask |= SIM_POLL_OUT;
    }
  if (end->error != 0 && !socket->error_told)
    mask |= SIM_POLL_ERROR;
  return mask;
}

unsigned
sim_socket_poll (SimSocket *socket)
{
  if (socket->door)
    return socket->waiting.length > 0 ? SIM_POLL_IN : 0;
  if (!socket->end)
    return SIM_POLL_OUT | SIM_POLL_HANGUP;
  return poll_end (socket);
}

uint16_t
sim_socket_port (const SimSocket *socket)
{
  return socket->port;
}
