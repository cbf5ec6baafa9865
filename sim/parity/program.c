/* sim/parity/program.c - does what a script says with sockets. */
#include "sim/parity/program.h"

#include <errno.h>

#define PIECE_BYTES (64 * 1024)

typedef struct
{
  void *handle;         /* NULL: there is none */
  unsigned accepts_for; /* + 1, the socket that the next connection becomes; 0: it waits */
  uint64_t to_write;
  bool begun; /* before that there is nothing to be seen of it */
  bool listens;
  bool connects;
  bool paused;
  bool ended; /* by the peer */
  bool over;  /* nothing is looked for any more */
} Socket;

struct ParityProgram
{
  const ParityScript *script;
  unsigned host;
  const ParitySocketOps *ops;
  void *ops_host;
  ParityReport report;
  void *user_data;
  Socket sockets[PARITY_SOCKETS_MAX];
  uint8_t piece[PIECE_BYTES];
};

ParityProgram *
parity_program_new (const ParityScript *script, unsigned host, const ParitySocketOps *ops,
                    void *ops_host, ParityReport report, void *user_data)
{
  ParityProgram *program = g_new0 (ParityProgram, 1);

  program->script = script;
  program->host = host;
  program->ops = ops;
  program->ops_host = ops_host;
  program->report = report;
  program->user_data = user_data;
  return program;
}

void
parity_program_free (ParityProgram *program)
{
  g_free (program);
}

static unsigned
index_of (const ParityProgram *program, const Socket *socket)
{
  return (unsigned)(socket - program->sockets);
}

static void
report (const ParityProgram *program, const Socket *socket, ParityNewsKind kind, uint64_t number)
{
  program->report (index_of (program, socket), kind, number, program->user_data);
}

static void
fail (const ParityProgram *program, Socket *socket, int number)
{
  socket->over = true;
  socket->to_write = 0;
  report (program, socket, PARITY_ERROR, (uint64_t)number);
}

/* Of what was asked for just now. */
static void
check (const ParityProgram *program, Socket *socket, int result)
{
  if (result < 0 && result != -EINPROGRESS)
    report (program, socket, PARITY_ERROR, (uint64_t)-result);
}

static uint16_t
port_of (unsigned socket)
{
  return (uint16_t)(PARITY_PORT_BASE + socket);
}

static void
make (const ParityProgram *program, Socket *socket)
{
  if (!socket->handle)
    *socket = (Socket){ .handle = program->ops->open (program->ops_host) };
}

/* --- Statements --- */

static void
begin_listening (ParityProgram *program, Socket *socket, unsigned backlog)
{
  int result = program->ops->bind (socket->handle, port_of (index_of (program, socket)));

  if (result == 0)
    result = program->ops->listen (socket->handle, backlog);
  socket->listens = socket->begun = result == 0;
  check (program, socket, result);
}

/* One that somebody dials has a port of its own: both dial at once. */
static void
begin_connecting (ParityProgram *program, Socket *socket, unsigned target)
{
  int result = 0;

  if (program->script->sockets[index_of (program, socket)].is_dialed)
    result = program->ops->bind (socket->handle, port_of (index_of (program, socket)));
  if (result == 0)
    result = program->ops->connect (program->ops_host, socket->handle,
                                    program->script->sockets[target].host, port_of (target));
  socket->connects = socket->begun = result == -EINPROGRESS;
  check (program, socket, result);
}

static void
write_some (ParityProgram *program, Socket *socket)
{
  while (socket->to_write > 0)
    {
      size_t length = MIN (socket->to_write, PIECE_BYTES);
      int result = program->ops->write (socket->handle, program->piece, length);

      if (result == -EAGAIN)
        return;
      if (result < 0)
        {
          fail (program, socket, -result);
          return;
        }
      socket->to_write -= (uint64_t)result;
    }
  report (program, socket, PARITY_WROTE, 0);
}

/* False: there is no more for now, or ever. */
static bool
read_some (ParityProgram *program, Socket *socket, size_t length)
{
  int result = program->ops->read (socket->handle, program->piece, length);

  if (result > 0)
    report (program, socket, PARITY_BYTES, (uint64_t)result);
  else if (result == 0)
    {
      socket->ended = true;
      report (program, socket, PARITY_ENDED, 0);
    }
  else if (result != -EAGAIN)
    fail (program, socket, -result);
  return result > 0;
}

static void
give_up (const ParityProgram *program, Socket *socket, bool abruptly)
{
  if (abruptly)
    program->ops->abort (socket->handle);
  else
    program->ops->close (socket->handle);
  *socket = (Socket){ .handle = NULL };
}

static void
do_with (ParityProgram *program, Socket *socket, const ParityStatement *statement)
{
  switch (statement->verb)
    {
    case PARITY_LISTEN:
      begin_listening (program, socket, (unsigned)statement->number);
      break;
    case PARITY_CONNECT:
      begin_connecting (program, socket, statement->object);
      break;
    case PARITY_WRITE:
      socket->to_write += statement->number;
      write_some (program, socket);
      break;
    case PARITY_READ:
      read_some (program, socket, MIN (statement->number, PIECE_BYTES));
      break;
    case PARITY_PAUSE:
      socket->paused = true;
      break;
    case PARITY_RESUME:
      socket->paused = false;
      break;
    case PARITY_END:
      check (program, socket, program->ops->end (socket->handle));
      break;
    case PARITY_CLOSE:
      give_up (program, socket, false);
      break;
    case PARITY_ABORT:
      give_up (program, socket, true);
      break;
    case PARITY_SET:
      check (program, socket, program->ops->set (socket->handle, statement));
      break;
    case PARITY_ACCEPT:
    case PARITY_KILL:
    case PARITY_VANISH:
    case PARITY_RETURN:
    case PARITY_CUT:
    case PARITY_HEAL:
    case PARITY_DELAY:
    case PARITY_LOSE:
    case PARITY_WAIT:
    case PARITY_EXPECT:
      g_assert_not_reached ();
    }
}

void
parity_program_do (ParityProgram *program, const ParityStatement *statement)
{
  Socket *socket = &program->sockets[statement->subject];

  if (statement->verb == PARITY_ACCEPT)
    {
      program->sockets[statement->object].accepts_for = statement->subject + 1;
      return;
    }
  make (program, socket);
  do_with (program, socket, statement);
}

/* --- News --- */

bool
parity_program_wants (const ParityProgram *program, unsigned index, void **handle, unsigned *events)
{
  const Socket *socket = &program->sockets[index];

  *handle = socket->handle;
  *events = 0;
  if (!socket->begun || socket->over || (socket->listens && socket->accepts_for == 0))
    return false;
  if (socket->listens || (!socket->connects && !socket->paused && !socket->ended))
    *events |= PARITY_POLL_IN;
  if (socket->connects || socket->to_write > 0)
    *events |= PARITY_POLL_OUT;
  return true;
}

static void
take_connection (ParityProgram *program, Socket *listener)
{
  int error = 0;
  void *handle = program->ops->accept (listener->handle, &error);
  Socket *socket = &program->sockets[listener->accepts_for - 1];

  if (!handle)
    {
      if (error != -EAGAIN)
        check (program, listener, error);
      return;
    }
  listener->accepts_for = 0;
  *socket = (Socket){ .handle = handle, .begun = true };
  report (program, socket, PARITY_ACCEPTED, 0);
}

static void
see_connected (ParityProgram *program, Socket *socket)
{
  int number = program->ops->error (socket->handle);

  socket->connects = false;
  if (number != 0)
    fail (program, socket, number);
  else
    report (program, socket, PARITY_OPEN, 0);
}

/* Trouble, and nobody reads; without an error both directions are at their end. */
static void
see_trouble (ParityProgram *program, Socket *socket)
{
  int number = program->ops->error (socket->handle);

  if (number != 0)
    fail (program, socket, number);
  else
    socket->over = true;
}

void
parity_program_look (ParityProgram *program, unsigned index, unsigned events)
{
  Socket *socket = &program->sockets[index];
  bool trouble = events & (PARITY_POLL_ERROR | PARITY_POLL_HANGUP);

  if (events == 0)
    return;
  if (socket->listens)
    take_connection (program, socket);
  else if (socket->connects)
    see_connected (program, socket);
  else if (!socket->paused && !socket->ended)
    read_some (program, socket, PIECE_BYTES);
  else if (trouble)
    see_trouble (program, socket);
  if (!socket->over && socket->to_write > 0 && (events & PARITY_POLL_OUT))
    write_some (program, socket);
}
