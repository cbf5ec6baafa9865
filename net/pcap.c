/* net/pcap.c - see pcap.h. */
#include "net/pcap.h"

#include "engine/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UNKNOWN_OWN 0xc0000201  /* 192.0.2.1: an address for examples, RFC 5737 */
#define UNKNOWN_PEER 0xc0000202 /* 192.0.2.2 */
#define LOOPBACK 127
#define UNKNOWN_PORT 40000 /* and the number of the stream */

typedef struct
{
  AempPcapTalk talk;
  unsigned own; /* which end we are */
  bool begun;   /* its handshake is in the file */
  bool over;
} Stream;

struct NetPcap
{
  AempReplayWatch watch;
  char *path;
  FILE *file;
  GByteArray *blocks;
  GHashTable *streams;    /* number → Stream */
  GHashTable *listeners;  /* number → AempPcapEnd */
  int64_t time_us;        /* by the wall clock, as soon as the node has looked at it */
  int64_t wall_offset_us; /* 0: it has not */
  uint64_t asked;         /* whose address was asked for */
  AempRecordKind asked_what;
  uint64_t objects_made;
};

/* "127.0.0.1:4040"; what is no IPv4 address leaves the end as it is. */
static void
read_address (const char *text, AempPcapEnd *end)
{
  const char *colon = text ? strrchr (text, ':') : NULL;
  g_autofree char *host = colon ? g_strndup (text, (size_t)(colon - text)) : NULL;
  uint64_t port;
  unsigned parts[4];
  char rest;

  if (!colon || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    return;
  end->port = (uint16_t)port;
  if (sscanf (host, "%3u.%3u.%3u.%3u%c", &parts[0], &parts[1], &parts[2], &parts[3], &rest) == 4)
    end->address = parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3];
}

static Stream *
stream_of (NetPcap *pcap, uint64_t number)
{
  return g_hash_table_lookup (pcap->streams, &number);
}

static Stream *
stream_new (NetPcap *pcap, uint64_t number, unsigned own)
{
  Stream *stream = g_new0 (Stream, 1);

  stream->own = own;
  stream->talk.ends[own] = (AempPcapEnd){ UNKNOWN_OWN, (uint16_t)(UNKNOWN_PORT + number % 20000) };
  stream->talk.ends[1 - own]
      = (AempPcapEnd){ UNKNOWN_PEER, (uint16_t)(UNKNOWN_PORT + number % 20000) };
  g_hash_table_insert (pcap->streams, g_memdup2 (&number, sizeof number), stream);
  return stream;
}

static void
write_out (NetPcap *pcap)
{
  fwrite (pcap->blocks->data, 1, pcap->blocks->len, pcap->file);
  g_byte_array_set_size (pcap->blocks, 0);
}

/* With the first byte, so that addresses are known that are asked for once it is open. */
static void
begin_talk (NetPcap *pcap, Stream *stream)
{
  if (!stream->begun)
    aemp_pcap_talk_begin (&stream->talk, pcap->blocks, pcap->time_us);
  stream->begun = true;
}

static void
send_bytes (NetPcap *pcap, uint64_t number, bool own, const uint8_t *bytes, size_t length)
{
  Stream *stream = stream_of (pcap, number);

  if (!stream || length == 0 || stream->over)
    return;
  begin_talk (pcap, stream);
  aemp_pcap_talk_send (&stream->talk, pcap->blocks, pcap->time_us,
                       own ? stream->own : 1 - stream->own, bytes, length);
  write_out (pcap);
}

static void
end_bytes (NetPcap *pcap, uint64_t number, bool own, bool abort)
{
  Stream *stream = stream_of (pcap, number);

  if (!stream || !stream->begun || stream->over)
    return;
  aemp_pcap_talk_end (&stream->talk, pcap->blocks, pcap->time_us,
                      own ? stream->own : 1 - stream->own, abort);
  stream->over = stream->talk.ended[0] && stream->talk.ended[1];
  write_out (pcap);
}

static void
see_address (NetPcap *pcap, const char *text)
{
  AempPcapEnd *listener = g_hash_table_lookup (pcap->listeners, &pcap->asked);
  Stream *stream = stream_of (pcap, pcap->asked);

  if (pcap->asked_what == AEMP_RECORD_LISTENER_ADDRESS && listener)
    read_address (text, listener);
  else if (stream && pcap->asked_what == AEMP_RECORD_LOCAL_ADDRESS)
    read_address (text, &stream->talk.ends[stream->own]);
  else if (stream && pcap->asked_what == AEMP_RECORD_PEER_ADDRESS)
    read_address (text, &stream->talk.ends[1 - stream->own]);
  pcap->asked_what = AEMP_RECORD_NONE;
}

/* Objects have numbers in the order in which they are made; that of an accepted stream is not
 * said. */
static void
see_made (NetPcap *pcap, const AempRecord *record)
{
  const AempPcapEnd *listener = g_hash_table_lookup (pcap->listeners, &record->object);
  AempPcapEnd end = { UNKNOWN_OWN, 0 };
  Stream *stream;

  pcap->objects_made
      = record->kind == AEMP_RECORD_ACCEPTED ? pcap->objects_made + 1 : record->object;
  switch ((int)record->kind)
    {
    case AEMP_RECORD_LISTEN:
      read_address (record->text, &end);
      g_hash_table_insert (pcap->listeners, g_memdup2 (&record->object, sizeof record->object),
                           g_memdup2 (&end, sizeof end));
      return;
    case AEMP_RECORD_CONNECT:
      stream = stream_new (pcap, record->object, 0);
      read_address (record->text, &stream->talk.ends[1]);
      if (stream->talk.ends[1].address >> 24 == LOOPBACK)
        stream->talk.ends[0].address = stream->talk.ends[1].address;
      return;
    case AEMP_RECORD_ACCEPTED:
      stream = stream_new (pcap, pcap->objects_made, 1);
      if (listener)
        stream->talk.ends[1] = *listener;
      return;
    }
}

/* Of the wall clock, once: from then on it is known which time it was. */
static void
see_time (NetPcap *pcap, int64_t time_us)
{
  if (pcap->asked_what == AEMP_RECORD_WALL && pcap->wall_offset_us == 0)
    pcap->wall_offset_us = time_us - pcap->time_us;
  pcap->asked_what = AEMP_RECORD_NONE;
}

static void
saw (AempReplayWatch *watch, const AempRecord *record)
{
  NetPcap *pcap = (NetPcap *)watch;

  if (aemp_record_is_input (record))
    pcap->time_us = record->time_us + pcap->wall_offset_us;
  switch ((int)record->kind)
    {
    case AEMP_RECORD_TIMER_NEW:
    case AEMP_RECORD_RESOLVE:
    case AEMP_RECORD_LISTEN:
    case AEMP_RECORD_CONNECT:
    case AEMP_RECORD_ACCEPTED:
      see_made (pcap, record);
      return;
    case AEMP_RECORD_LISTENER_ADDRESS:
    case AEMP_RECORD_LOCAL_ADDRESS:
    case AEMP_RECORD_PEER_ADDRESS:
      pcap->asked = record->object;
      pcap->asked_what = record->kind;
      return;
    case AEMP_RECORD_WALL:
      pcap->asked_what = record->kind;
      return;
    case AEMP_RECORD_IS_TIME:
      see_time (pcap, record->time_us);
      return;
    case AEMP_RECORD_IS_TEXT:
      see_address (pcap, record->text);
      return;
    case AEMP_RECORD_RECEIVED:
      send_bytes (pcap, record->object, false, record->bytes, record->length);
      return;
    case AEMP_RECORD_ENDED:
      end_bytes (pcap, record->object, false, false);
      return;
    case AEMP_RECORD_CLOSED:
      end_bytes (pcap, record->object, false, record->domain != 0);
      return;
    case AEMP_RECORD_END:
    case AEMP_RECORD_CLOSE:
      end_bytes (pcap, record->object, true, false);
      return;
    case AEMP_RECORD_ABORT:
      end_bytes (pcap, record->object, true, true);
      return;
    default:
      return;
    }
}

static void
wrote (AempReplayWatch *watch, uint64_t stream, const uint8_t *bytes, size_t length)
{
  send_bytes ((NetPcap *)watch, stream, true, bytes, length);
}

/* --- The file --------------------------------------------------------------------- */

NetPcap *
net_pcap_open (const char *path, const char *node_id, GError **error)
{
  FILE *file = fopen (path, "we");
  g_autofree char *comment = g_strdup_printf ("what the node %s sent and got, replayed", node_id);
  NetPcap *pcap;

  if (!file)
    {
      g_set_error (error, AEMP_ERRNO, errno, "%s: %s", path, aemp_errno_text (errno));
      return NULL;
    }
  pcap = g_new0 (NetPcap, 1);
  pcap->watch = (AempReplayWatch){ saw, wrote };
  pcap->path = g_strdup (path);
  pcap->file = file;
  pcap->blocks = g_byte_array_new ();
  pcap->streams = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  pcap->listeners = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  aemp_pcap_begin (pcap->blocks, "aemp " AEMP_VERSION, comment);
  write_out (pcap);
  return pcap;
}

AempReplayWatch *
net_pcap_watch (NetPcap *pcap)
{
  return &pcap->watch;
}

bool
net_pcap_close (NetPcap *pcap, GError **error)
{
  bool good = !ferror (pcap->file);

  good = fclose (pcap->file) == 0 && good;
  if (!good)
    g_set_error (error, AEMP_ERRNO, errno, "%s: %s", pcap->path, aemp_errno_text (errno));
  g_hash_table_unref (pcap->streams);
  g_hash_table_unref (pcap->listeners);
  g_byte_array_unref (pcap->blocks);
  g_free (pcap->path);
  g_free (pcap);
  return good;
}
