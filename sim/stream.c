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

static int64_t
now_us (const SimStream *stream)
{
  return sim_process_world (stream->process)->now_us;
}

/* --- Beginning and end --- */

/* From the program's side: the kernel goes on alone. */
static void
detach (SimStream *stream)
{
  SimEnd *end = stream->end;

  sim_queue_remove (sim_process_world (stream->process)->queue, &stream->news);
  stream->end = NULL;
  if (!end)
    return;
  end->stream = NULL;
  if (stream->process->vanishes)
    return;
  if (stream->listener) /* as Linux does with what nobody has accepted */
    sim_tcp_abort (end);
  else
    sim_tcp_close (end);
}

static void
silence (SimObject *object)
{
  detach (SIM_OWNER (SimStream, object, object));
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
  stream->news.play = play_news;
  stream->news.host_key = process->host->key;
  sim_object_add (process, &stream->object, &stream_ops);
  return stream;
}

static const char *
host_text (const SimHost *host, bool loopback)
{
  return loopback ? "127.0.0.1" : host->address;
}

SimStream *
sim_stream_accept (SimProcess *process, SimEnd *end)
{
  SimStream *stream = stream_new (process);
  bool loopback = end->connection->loopback;

  stream->end = end;
  end->stream = stream;
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
      sim_stream_fail (stream, EINVAL);
      return stream;
    }
  if (address.kind != SIM_ADDRESS_HOST)
    address.host = host;
  stream->end = sim_tcp_connect (stream, sim_network_way (host, address.host), address.port,
                                 address.kind != SIM_ADDRESS_HOST);
  g_snprintf (stream->local_address, sizeof stream->local_address, "%s:%u",
              host_text (host, stream->end->connection->loopback), stream->end->port);
  g_snprintf (stream->peer_address, sizeof stream->peer_address, "%s:%u",
              address.kind == SIM_ADDRESS_ANY ? "127.0.0.1" : address.text, address.port);
  return stream;
}

void
sim_stream_free (SimStream *stream)
{
  if (stream->freed)
    *stream->freed = true;
  detach (stream);
  if (stream->listener)
    g_queue_remove (&stream->listener->backlog, stream);
  sim_object_remove (&stream->object);
  g_free (stream);
}

void
sim_stream_fail (SimStream *stream, int number)
{
  stream->end = NULL;
  stream->error = number;
  stream->over = true;
  sim_stream_plan (stream);
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
  return stream->end && !stream->paused && stream->end->peer->unread.first;
}

/* When can it be? */
static int64_t
read_time_us (const SimStream *stream)
{
  const SimTrouble *trouble = &stream->process->host->trouble;
  int64_t time_us = MAX (stream->read_after_us, stream->end->peer->way->stalled_until_us);

  return MAX (time_us, MIN (stream->slow_after_us, trouble->slow_until_us));
}

/* Now and then only a part of a segment can be read at first. */
static void
cut_first (SimStream *stream)
{
  SimEnd *end = stream->end;
  SimSegment *segment = end->peer->unread.first;
  SimLuck luck = end->peer->luck_pieces;

  if (segment->length < 2
      || !sim_luck_chance (luck, segment->begin, sim_end_world (end)->limits.short_reads_ppm))
    return;
  sim_segments_split (&end->peer->unread,
                      (uint32_t)sim_luck_between (sim_luck_below (luck, "place"), segment->begin, 1,
                                                  segment->length - 1));
  stream->read_after_us
      = now_us (stream)
        + sim_luck_between (sim_luck_below (luck, "apart"), segment->begin, 0, PIECES_APART_MAX_US);
}

/* A slow program takes little at once, and the next only when it is done with that. */
static void
read_slowly (SimStream *stream)
{
  const SimTrouble *trouble = &stream->process->host->trouble;
  SimSegments *unread = &stream->end->peer->unread;

  if (now_us (stream) >= trouble->slow_until_us)
    return;
  if (unread->first->length > SLOW_READ_MAX_BYTES)
    sim_segments_split (unread, SLOW_READ_MAX_BYTES);
  stream->slow_after_us
      = now_us (stream)
        + (int64_t)(unread->first->length * UINT64_C (8000000) / trouble->slow_bits);
}

static void
give_end (SimStream *stream)
{
  if (stream->ends)
    stream->over = true;
  if (stream->events->ended)
    stream->events->ended (&stream->base, stream->user_data);
}

static void
give_first (SimStream *stream)
{
  SimEnd *peer = stream->end->peer;
  SimSegment *segment;

  cut_first (stream);
  read_slowly (stream);
  segment = sim_segments_pop (&peer->unread);
  sim_tcp_has_read (peer, segment);
  if (segment->length == 0)
    give_end (stream);
  else if (stream->events->received)
    stream->events->received (&stream->base, segment->bytes, segment->length, stream->user_data);
  g_free (segment);
}

void
sim_stream_read (SimStream *stream)
{
  bool freed = false;

  if (!can_read (stream) || is_alone (stream))
    return;
  if (read_time_us (stream) > now_us (stream))
    {
      sim_stream_plan (stream);
      return;
    }
  stream->freed = &freed;
  give_first (stream);
  if (freed)
    return;
  stream->freed = NULL;
  if (stream->over || (stream->end && stream->end->peer->unread.first))
    sim_stream_plan (stream);
}

/* --- News --- */

static int64_t
news_time_us (SimStream *stream)
{
  int64_t time_us = G_MAXINT64;

  if (stream->told || is_alone (stream))
    return time_us;
  if (stream->opens)
    return now_us (stream);
  if (can_read (stream))
    time_us = MAX (read_time_us (stream), now_us (stream));
  else if (stream->over)
    time_us = now_us (stream);
  if (!stream->blocked || !stream->end || stream->end->state != SIM_END_OPEN)
    return time_us;
  if (sim_flow_room (stream->end) > 0)
    return now_us (stream);
  if (stream->end->marks_count > 0)
    time_us = MIN (time_us, stream->end->marks[0].time_us);
  return time_us;
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
tell_news (SimStream *stream)
{
  if (stream->opens)
    tell_opened (stream);
  else if (can_read (stream) && read_time_us (stream) <= now_us (stream))
    give_first (stream);
  else if (stream->over && !can_read (stream))
    tell_closed (stream);
  else if (stream->blocked && stream->end && sim_flow_room (stream->end) > 0)
    {
      stream->blocked = false;
      if (stream->events->writable)
        stream->events->writable (&stream->base, stream->user_data);
    }
}

static void
play_news (SimEvent *event)
{
  SimStream *stream = SIM_OWNER (SimStream, news, event);
  SimConnection *connection = stream->end ? stream->end->connection : NULL;
  bool freed = false;

  if (is_alone (stream))
    return;
  if (connection)
    sim_connection_hold (connection);
  stream->freed = &freed;
  tell_news (stream);
  if (!freed)
    {
      stream->freed = NULL;
      sim_stream_plan (stream);
    }
  if (connection)
    sim_connection_release (connection);
}

void
sim_stream_open (SimStream *stream)
{
  bool freed = false;

  if (stream->ends)
    sim_tcp_end (stream->end);
  stream->opens = true;
  if (is_alone (stream))
    return;
  stream->freed = &freed;
  tell_opened (stream);
  if (freed)
    return;
  stream->freed = NULL;
  if (stream->blocked)
    sim_stream_plan (stream);
}

/* --- What the program does --- */

/* Its kernel has ended the connection, not the program: it is told, and has no more of it. */
static void
break_pipe (SimStream *stream)
{
  SimEnd *end = stream->end;

  sim_stream_fail (stream, EPIPE);
  sim_tcp_close (end);
}

/* Now and then only a part of what there is room for is taken. */
static size_t
shorten (const SimEnd *end, size_t length)
{
  uint32_t short_ppm = sim_end_world (end)->limits.short_writes_ppm;
  SimLuck luck;

  if (short_ppm == 0 || length < 2)
    return length;
  luck = sim_luck_below (end->luck, "writes");
  if (!sim_luck_chance (luck, end->written, short_ppm))
    return length;
  return (size_t)sim_luck_between (sim_luck_below (luck, "place"), end->written, 1,
                                   (int64_t)length - 1);
}

size_t
sim_stream_write (AempStream *base, const uint8_t *bytes, size_t length)
{
  SimStream *stream = (SimStream *)base;
  size_t taken = 0;

  if (!stream->end || stream->ends || length == 0)
    return 0;
  if (stream->end->ended)
    {
      break_pipe (stream);
      return 0;
    }
  if (stream->end->state == SIM_END_OPEN)
    taken = sim_tcp_write (stream->end, bytes, shorten (stream->end, length));
  if (taken < length)
    {
      stream->blocked = true;
      sim_stream_plan (stream);
    }
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

void
sim_stream_end (AempStream *base)
{
  SimStream *stream = (SimStream *)base;
  SimEnd *end = stream->end;

  if (!end || stream->ends)
    return;
  stream->ends = true;
  stream->blocked = false;
  if (end->state != SIM_END_OPEN)
    return;
  sim_tcp_end (end);
  if (end->peer->end_arrived && !end->peer->unread.first)
    {
      stream->over = true;
      sim_stream_plan (stream);
    }
}
