/* sim/stream.c - the program's side of a connection's end.
 *
 * What comes from the peer is told in the event in which it arrives; all else - what was
 * left unread, room to write, the end of it all - in an event of the stream's own. */

#include "process.h"

#include "engine/planted.h"

#include <errno.h>

/* A delivery may be cut in two; so long the second piece is behind. */
#define PIECES_APART_MAX_US 100
/* What a slow program takes at once. */
#define SLOW_READ_MAX_BYTES 4096

static void play_news (SimEvent *event);
static void take_news (SimUser *user, unsigned news);

static int64_t
now_us (const SimStream *stream)
{
  return sim_process_world (stream->process)->now_us;
}

static SimConnection *
enter (const SimStream *stream)
{
  SimConnection *connection = stream->end ? stream->end->connection : NULL;

  if (connection)
    sim_connection_enter (connection);
  return connection;
}

static void
leave (SimConnection *connection)
{
  if (connection)
    sim_connection_leave (connection);
}

/* --- Beginning and end --- */

/* From the program's side: the kernel goes on alone. */
static void
detach (SimStream *stream, bool aborts)
{
  SimEnd *end = stream->end;
  SimConnection *connection;

  sim_queue_remove (sim_process_world (stream->process)->queue, &stream->news);
  if (end && stream->process->vanishes)
    end->user = NULL;
  else if (end)
    {
      connection = enter (stream);
      if (aborts || stream->listener) /* as Linux does with what nobody has accepted */
        sim_tcp_abort (end);
      else
        sim_tcp_close (end);
      leave (connection);
    }
  stream->end = NULL;
}

static void
silence (SimObject *object)
{
  detach (SIM_OWNER (SimStream, object, object), false);
}

static void
renew (SimObject *object)
{
  sim_stream_plan (SIM_OWNER (SimStream, object, object));
}

static void
free_stream (SimObject *object)
{
  sim_stream_free (SIM_OWNER (SimStream, object, object));
}

static const SimObjectOps stream_ops = { silence, renew, free_stream };

static SimStream *
stream_new (SimProcess *process)
{
  SimStream *stream = g_new0 (SimStream, 1);

  stream->base.env = &process->base;
  stream->process = process;
  stream->user.news = take_news;
  stream->news.play = play_news;
  stream->news.host_key = process->host->key;
  sim_object_add (process, &stream->object, &stream_ops);
  return stream;
}

static void
fail (SimStream *stream, int number)
{
  stream->error = number;
  stream->over = true;
  sim_stream_plan (stream);
}

static const char *
host_text (const SimHost *host, bool loopback)
{
  return loopback ? "127.0.0.1" : host->address;
}

/* All streams keep alive what they have, and do not wait for more to send. */
static void
have_end (SimStream *stream, SimEnd *end)
{
  stream->end = end;
  end->user = &stream->user;
  sim_tcp_set_keepalive (end, sim_end_limits (end)->keepalive_time_us);
  sim_tcp_set_no_delay (end, true);
}

SimStream *
sim_stream_accept (SimProcess *process, SimEnd *end)
{
  SimStream *stream = stream_new (process);
  bool loopback = end->connection->loopback;

  have_end (stream, end);
  g_snprintf (stream->local_address, sizeof stream->local_address, "%s:%u",
              host_text (end->way->from, loopback), end->port);
  g_snprintf (stream->peer_address, sizeof stream->peer_address, "%s:%u",
              host_text (end->way->to, loopback), end->peer->port);
  return stream;
}

SimStream *
sim_stream_connect (SimProcess *process, const char *text, const AempStreamEvents *events,
                    void *user_data)
{
  SimStream *stream = stream_new (process);
  SimHost *host = process->host;
  SimAddress address;

  stream->events = events;
  stream->user_data = user_data;
  if (!process->running)
    return stream;
  if (!sim_address_parse (host->world, text, &address))
    {
      fail (stream, EINVAL);
      return stream;
    }
  if (address.kind != SIM_ADDRESS_HOST)
    address.host = host;
  have_end (stream, sim_tcp_connect (&stream->user, sim_network_way (host, address.host), 0,
                                     address.port, 0, address.kind != SIM_ADDRESS_HOST));
  g_snprintf (stream->local_address, sizeof stream->local_address, "%s:%u",
              host_text (host, stream->end->connection->loopback), stream->end->port);
  g_snprintf (stream->peer_address, sizeof stream->peer_address, "%s:%u",
              address.kind == SIM_ADDRESS_ANY ? "127.0.0.1" : address.text, address.port);
  leave (stream->end->connection);
  return stream;
}

static void
free_now (SimStream *stream, bool aborts)
{
  if (stream->freed)
    *stream->freed = true;
  detach (stream, aborts);
  if (stream->listener)
    sim_listener_forget (stream->listener, stream);
  sim_object_remove (&stream->object);
  g_free (stream);
}

void
sim_stream_free (SimStream *stream)
{
  free_now (stream, false);
}

void
sim_stream_abort (AempStream *base)
{
  free_now ((SimStream *)base, true);
}

/* Is there nobody to be told? */
static bool
is_alone (const SimStream *stream)
{
  return stream->process->paused || stream->listener;
}

/* --- Reading --- */

static bool
can_read (const SimStream *stream)
{
  const SimEnd *end = stream->end;

  return end && !stream->paused && (sim_end_has_unread_bytes (end) || sim_end_has_unread_end (end));
}

/* When can it be? */
static int64_t
read_time_us (const SimStream *stream)
{
  const SimTrouble *trouble = &stream->process->host->trouble;
  int64_t time_us = MAX (stream->read_after_us, stream->end->peer->way->stalled_until_us);

  return MAX (time_us, MIN (stream->slow_after_us, trouble->slow_until_us));
}

/* Now and then only a part of what is there can be read at first. */
static size_t
cut (SimStream *stream, size_t length)
{
  const SimEnd *end = stream->end;
  SimLuck luck = end->peer->luck_pieces;
  uint64_t identity = end->in.read;

  if (length < 2 || !sim_luck_chance (luck, identity, sim_end_limits (end)->short_reads_ppm))
    return length;
  stream->read_after_us
      = now_us (stream)
        + sim_luck_between (sim_luck_below (luck, "apart"), identity, 0, PIECES_APART_MAX_US);
  return (size_t)sim_luck_between (sim_luck_below (luck, "place"), identity, 1,
                                   (int64_t)length - 1);
}

/* A slow program takes little at once, and the next only when it is done with that. */
static size_t
slow_down (SimStream *stream, size_t length)
{
  const SimTrouble *trouble = &stream->process->host->trouble;

  if (now_us (stream) >= trouble->slow_until_us)
    return length;
  length = MIN (length, SLOW_READ_MAX_BYTES);
  stream->slow_after_us
      = now_us (stream) + (int64_t)(length * UINT64_C (8000000) / trouble->slow_bits);
  return length;
}

static void
give_end (SimStream *stream)
{
  sim_tcp_has_read_end (stream->end);
  if (stream->ends)
    stream->over = true;
  if (stream->events->ended)
    stream->events->ended (&stream->base, stream->user_data);
}

static void
give_first (SimStream *stream)
{
  SimEnd *end = stream->end;
  const uint8_t *bytes;
  size_t length = sim_tcp_unread (end, SIZE_MAX, &bytes);

  if (length == 0)
    {
      give_end (stream);
      return;
    }
  length = slow_down (stream, cut (stream, length));
  sim_tcp_has_read (end, length);
  if (stream->events->received)
    stream->events->received (&stream->base, bytes, length, stream->user_data);
}

/* --- News --- */

static bool
can_write (const SimStream *stream)
{
  return stream->user.wants_room && stream->end && sim_end_is_open (stream->end)
         && sim_end_has_room (stream->end);
}

static int64_t
news_time_us (SimStream *stream)
{
  if (stream->told || is_alone (stream))
    return G_MAXINT64;
  if (stream->opens || can_write (stream))
    return now_us (stream);
  if (can_read (stream))
    return MAX (read_time_us (stream), now_us (stream));
  return stream->over ? now_us (stream) : G_MAXINT64;
}

void
sim_stream_plan (SimStream *stream)
{
  SimQueue *queue = sim_process_world (stream->process)->queue;
  int64_t time_us = news_time_us (stream);

  if (time_us == G_MAXINT64)
    sim_queue_remove (queue, &stream->news);
  else
    sim_queue_add (queue, &stream->news, time_us);
}

static void
tell_closed (SimStream *stream)
{
  g_autoptr (GError) error = stream->error ? aemp_errno_error (stream->error) : NULL;

  stream->told = stream->error == 0 || !AEMP_PLANTED (sim_closed_told_twice);
  if (stream->events->closed)
    stream->events->closed (&stream->base, error, stream->user_data);
}

static void
tell_opened (SimStream *stream)
{
  stream->opens = false;
  if (stream->events->opened)
    stream->events->opened (&stream->base, stream->user_data);
}

static void
tell_writable (SimStream *stream)
{
  stream->user.wants_room = false;
  if (stream->events->writable)
    stream->events->writable (&stream->base, stream->user_data);
}

static void
tell_next (SimStream *stream)
{
  if (stream->opens)
    tell_opened (stream);
  else if (can_read (stream) && read_time_us (stream) <= now_us (stream)
           && !(stream->over && AEMP_PLANTED (sim_end_overtakes_bytes)))
    give_first (stream);
  else if (stream->over && (!can_read (stream) || AEMP_PLANTED (sim_end_overtakes_bytes)))
    tell_closed (stream);
  else if (can_write (stream))
    tell_writable (stream);
}

/* Is nothing left to be told, and nothing planned?  (Most often it is so.) */
static inline bool
has_told_all (const SimStream *stream)
{
  return !stream->opens && !stream->over && !stream->user.wants_room && stream->end
         && !sim_end_has_unread_bytes (stream->end) && !stream->end->in.end
         && !sim_event_is_queued (&stream->news);
}

/* One thing is told now, and the next, if there is one, in an event of its own. */
static void
tell_one (SimStream *stream)
{
  bool freed = false;

  stream->freed = &freed;
  tell_next (stream);
  if (!freed)
    {
      stream->freed = NULL;
      if (!has_told_all (stream))
        sim_stream_plan (stream);
    }
}

static void
play_news (SimEvent *event)
{
  SimStream *stream = SIM_OWNER (SimStream, news, event);
  SimConnection *connection;

  if (is_alone (stream))
    return;
  connection = enter (stream);
  tell_one (stream);
  leave (connection);
}

/* What comes from the peer is told in the event in which it comes. */
static void
take_news (SimUser *user, unsigned news)
{
  SimStream *stream = SIM_OWNER (SimStream, user, user);

  if (news & SIM_NEWS_OVER)
    {
      stream->error = stream->end->error;
      stream->over = true;
    }
  if (stream->listener)
    {
      if (!(news & SIM_NEWS_OPEN) || !sim_listener_offer (stream->listener, stream))
        return;
    }
  else if (news & SIM_NEWS_OPEN)
    {
      if (stream->ends)
        sim_tcp_end (stream->end);
      stream->opens = true;
    }
  if (is_alone (stream) || stream->told)
    return;
  if (!(news & SIM_NEWS_OVER) && (stream->opens || (news & SIM_NEWS_DATA)))
    tell_one (stream);
  else
    sim_stream_plan (stream);
}

/* --- What the program does --- */

/* Its kernel has ended the connection, not the program: it is told, and has no more of it. */
static void
break_pipe (SimStream *stream)
{
  sim_tcp_close (stream->end);
  stream->end = NULL;
  fail (stream, EPIPE);
}

/* Now and then only a part of what there is room for is taken. */
static size_t
shorten (const SimEnd *end, size_t length)
{
  uint32_t short_ppm = sim_end_limits (end)->short_writes_ppm;
  SimLuck luck;

  if (short_ppm == 0 || length < 2)
    return length;
  luck = sim_luck_below (end->luck, "writes");
  if (!sim_luck_chance (luck, end->out.written, short_ppm))
    return length;
  return (size_t)sim_luck_between (sim_luck_below (luck, "place"), end->out.written, 1,
                                   (int64_t)length - 1);
}

static size_t
write_some (SimStream *stream, const uint8_t *bytes, size_t length)
{
  SimEnd *end = stream->end;
  size_t taken = 0;

  if (end->out.ended) /* not by us */
    {
      break_pipe (stream);
      return 0;
    }
  if (sim_end_is_open (end))
    taken = sim_tcp_write (end, bytes, shorten (end, length));
  if (taken < length)
    {
      stream->user.wants_room = true;
      end->connection->calm = false;
      sim_stream_plan (stream);
    }
  return taken;
}

size_t
sim_stream_write (AempStream *base, const uint8_t *bytes, size_t length)
{
  SimStream *stream = (SimStream *)base;
  SimConnection *connection;
  size_t taken;

  if (!stream->end || stream->ends || stream->over || length == 0)
    return 0;
  connection = enter (stream);
  taken = write_some (stream, bytes, length);
  leave (connection);
  return taken;
}

void
sim_stream_pause (AempStream *base)
{
  SimStream *stream = (SimStream *)base;

  stream->paused = true;
}

void
sim_stream_resume (AempStream *base)
{
  SimStream *stream = (SimStream *)base;

  stream->paused = false;
  if (can_read (stream))
    sim_stream_plan (stream);
}

/* Has the program been told of the peer's end? */
static bool
has_read_end (const SimEnd *end)
{
  return end->in.end && end->in.read > end->in.end;
}

void
sim_stream_end (AempStream *base)
{
  SimStream *stream = (SimStream *)base;
  SimConnection *connection;

  if (!stream->end || stream->ends)
    return;
  stream->ends = true;
  stream->user.wants_room = false;
  connection = enter (stream);
  if (stream->end->state > SIM_TCP_SYN_RECEIVED)
    sim_tcp_end (stream->end);
  if (has_read_end (stream->end))
    {
      stream->over = true;
      sim_stream_plan (stream);
    }
  leave (connection);
}
