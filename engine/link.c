/* engine/link.c - one connection: a stream, its handshake, then packets. */

#include "link.h"

#include "planted.h"

#include <errno.h>

#define NONCE_BYTES 66 /* as Perl; 88 characters on the wire */

struct AempLink
{
  AempEnv *env;
  AempStream *stream;
  const AempLinkEvents *events;
  void *user_data;

  const AempLinkConfig config;
  AempHandshake *handshake;
  AempTimer *timer; /* the handshake's limit; afterwards what brings a resumed link back */
  uint64_t connection; /* its name; 0 before the greeting */
  bool dialed;

  bool handing_out; /* one of our callbacks runs: a free has to wait */
  bool freed;
  bool over;   /* `closed` was told */
  bool held;   /* `packet` said no more */
  bool paused; /* the stream is, because of that or of a withheld answer */
  bool stuck;  /* the last write was short */

  const AempCodec *codec_in;
  const AempCodec *codec_out;
  AempScanner *partial;   /* of a packet whose rest has not come; NULL: there is none */
  uint64_t stream_offset; /* bytes of all packets that were taken */
  GByteArray *in; /* what was read and belongs to no whole packet yet */
  GByteArray *out;
  size_t out_taken; /* the stream has that much of it */
};

static const AempStreamEvents tls_events;

static void destroy (AempLink *link);

/* Every callback of the stream and the timer runs between these two. */
static void
begin_turn (AempLink *link)
{
  link->handing_out = true;
}

static void
end_turn (AempLink *link)
{
  AempLinkConfig config = link->config;
  link->handing_out = false;
  if (link->freed)
    destroy (link);
  config.rest (config.rest_data);
}

static void
fail (AempLink *link, const GError *error)
{
  if (link->over || link->freed)
    return;
  link->over = true;
  aemp_timer_stop (link->timer);
  link->events->closed (link, error, link->user_data);
}

static bool
is_live (const AempLink *link)
{
  return !link->over && !link->freed;
}

/* --- Reading -------------------------------------------------------------------- */

static void
pause_reading (AempLink *link)
{
  if (!link->paused && link->stream)
    aemp_stream_pause (link->stream);
  link->paused = true;
}

static void
begin_packets (AempLink *link)
{
  link->codec_in = aemp_handshake_codec_in (link->handshake);
  link->codec_out = aemp_handshake_codec_out (link->handshake);
  aemp_timer_stop (link->timer);
}

/* From here on the stream is one inside TLS; what was read behind the greeting is TLS, too. */
static void
begin_tls (AempLink *link, const uint8_t *bytes, size_t length)
{
  const AempTlsBegin begin = {
    .identity = link->config.identity,
    .is_client = aemp_handshake_is_tls_client (link->handshake),
    .read = bytes,
    .read_bytes = length,
    .unsent = link->out->data + link->out_taken,
    .unsent_bytes = link->out->len - link->out_taken,
  };
  link->stream = aemp_tls_stream_new (link->stream, &begin, &tls_events, link);
  g_byte_array_set_size (link->out, 0);
  link->out_taken = 0;
  link->stuck = false;
}

/* Takes what belongs to the handshake and returns how many bytes that were. */
static size_t
take_handshake (AempLink *link, const uint8_t *bytes, size_t length)
{
  g_autoptr (GError) error = NULL;
  size_t taken = 0;
  AempHandshakeState before = aemp_handshake_state (link->handshake);
  if (!aemp_handshake_feed (link->handshake, bytes, length, &taken, &error))
    {
      fail (link, error);
      return length;
    }
  AempHandshakeState after = aemp_handshake_state (link->handshake);
  if (after == before)
    return taken;
  if (after == AEMP_HANDSHAKE_DONE)
    begin_packets (link);
  if (before == AEMP_HANDSHAKE_GREETING)
    link->connection = aemp_handshake_connection (link->handshake);
  if (before == AEMP_HANDSHAKE_GREETING && aemp_handshake_uses_tls (link->handshake))
    {
      begin_tls (link, bytes + taken, length - taken);
      taken = length;
    }
  if (after == AEMP_HANDSHAKE_AUTH)
    link->events->greeted (link, link->user_data);
  else
    link->events->verified (link, link->user_data);
  return taken;
}

/* With the next packet, or the one whose beginning was seen. */
static void
prepare_scanner (AempLink *link, AempScanner *scanner)
{
  if (link->partial)
    {
      aemp_scanner_go_on (scanner, link->partial);
      g_clear_pointer (&link->partial, g_free);
      return;
    }
  aemp_scanner_init (scanner);
  scanner->limit_bytes = link->config.message_limit_bytes;
  scanner->limit_depth = link->config.depth_limit;
  scanner->stream_offset = link->stream_offset;
}

/* Takes whole packets until there is none, or the owner wants no more. */
static size_t
take_packets (AempLink *link, const uint8_t *bytes, size_t length)
{
  AempScanner scanner;
  size_t taken = 0;
  while (is_live (link) && !link->held && taken < length)
    {
      g_autoptr (GError) error = NULL;
      prepare_scanner (link, &scanner);
      AempScanResult result
          = link->codec_in->scan (&scanner, bytes + taken, length - taken, &error);
      if (result == AEMP_SCAN_MORE)
        {
          link->partial = aemp_scanner_keep (&scanner);
          break;
        }
      size_t size = scanner.position;
      g_autoptr (AempMessage) message = NULL;
      if (result == AEMP_SCAN_PACKET)
        message = link->codec_in->decode (&scanner, bytes + taken, &error);
      if (!message)
        {
          if (!AEMP_PLANTED (deaf_after_malformed))
            fail (link, error);
          return length;
        }
      taken += size;
      link->stream_offset += size;
      if (aemp_message_list (message).count > 0)
        link->held = !link->events->packet (link, message, link->user_data);
    }
  return taken;
}

/* Neither the handshake nor the owner takes more right now? */
static bool
waits (const AempLink *link)
{
  return link->held
         || (!link->codec_in
             && aemp_handshake_state (link->handshake) == AEMP_HANDSHAKE_VERIFIED);
}

static size_t
take (AempLink *link, const uint8_t *bytes, size_t length)
{
  size_t taken = 0;
  while (taken < length && is_live (link) && !waits (link))
    {
      bool had_codec = link->codec_in;
      size_t some = link->codec_in ? take_packets (link, bytes + taken, length - taken)
                                  : take_handshake (link, bytes + taken, length - taken);
      bool became_done = !had_codec && link->codec_in;
      taken += some;
      if (became_done && taken < length && AEMP_PLANTED (packets_behind_proof_lost))
        return length;
      if (some == 0)
        break;
    }
  return taken;
}

/* Whole packets are taken where they were read; only what is left over is kept. */
static void
read_bytes (AempLink *link, const uint8_t *bytes, size_t length)
{
  if (link->in->len > 0)
    {
      g_byte_array_append (link->in, bytes, length);
      size_t taken = take (link, link->in->data, link->in->len);
      g_byte_array_remove_range (link->in, 0, taken);
    }
  else
    {
      size_t taken = take (link, bytes, length);
      if (is_live (link) && taken < length
          && !(link->partial && AEMP_PLANTED (partial_packet_dropped)))
        g_byte_array_append (link->in, bytes + taken, length - taken);
    }
  if (is_live (link) && waits (link))
    pause_reading (link);
}

static void
on_received (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  AempLink *link = user_data;
  size_t first = 0;
  begin_turn (link);
  if (length > 1 && aemp_env_rare (link->env, AEMP_RARE_READ_IN_TWO, link->config.ordinal))
    read_bytes (link, bytes, first = length / 2);
  if (is_live (link))
    read_bytes (link, bytes + first, length - first);
  end_turn (link);
}

/* Who does not even let us in is another trouble than who says nothing. */
static void
fail_late (AempLink *link)
{
  g_autoptr (GError) error = NULL;
  if (link->handshake)
    error = g_error_new_literal (AEMP_ERROR, AEMP_ERROR_LIMIT, "handshake timeout");
  else
    error = g_error_new_literal (AEMP_ERRNO, ETIMEDOUT, "connect timeout");
  fail (link, error);
}

static void
on_timer (AempTimer *timer, void *user_data)
{
  AempLink *link = user_data;
  begin_turn (link);
  if (!aemp_link_is_done (link))
    fail_late (link);
  else
    {
      if (link->in->len > 0 && !AEMP_PLANTED (rest_forgotten_on_resume))
        read_bytes (link, NULL, 0);
      if (is_live (link) && !waits (link) && link->paused)
        {
          link->paused = false;
          aemp_stream_resume (link->stream);
        }
    }
  end_turn (link);
}

void
aemp_link_resume (AempLink *link)
{
  link->held = false;
  if (link->paused || link->in->len > 0)
    aemp_timer_start (link->timer, 0);
}

/* --- The stream ------------------------------------------------------------------ */

static void
greet (AempLink *link)
{
  uint8_t nonce[NONCE_BYTES];
  aemp_env_random_bytes (link->env, "nonce", link->config.ordinal, nonce, sizeof nonce);
  link->handshake = aemp_handshake_new (link->config.handshake,
                                        aemp_stream_peer_address (link->stream), nonce,
                                        sizeof nonce);
  aemp_handshake_greet (link->handshake, link->out);
  aemp_link_flush (link);
}

static void
on_opened (AempStream *stream, void *user_data)
{
  greet (user_data);
}

static void
on_writable (AempStream *stream, void *user_data)
{
  AempLink *link = user_data;
  begin_turn (link);
  link->stuck = link->stuck && AEMP_PLANTED (room_to_write_not_noticed);
  aemp_link_flush (link);
  end_turn (link);
}

static void
on_ended (AempStream *stream, void *user_data)
{
  AempLink *link = user_data;
  begin_turn (link);
  g_autoptr (GError) error
      = g_error_new_literal (AEMP_ERRNO, 0, "Unexpected end-of-file");
  if (!AEMP_PLANTED (end_of_stream_ignored))
    fail (link, error);
  end_turn (link);
}

static void
on_closed (AempStream *stream, const GError *error, void *user_data)
{
  AempLink *link = user_data;
  begin_turn (link);
  fail (link, error);
  end_turn (link);
}

static const AempStreamEvents stream_events = {
  .opened = on_opened,
  .received = on_received,
  .writable = on_writable,
  .ended = on_ended,
  .closed = on_closed,
};

/* Inside TLS: once that is open, what has been waiting goes out. */
static const AempStreamEvents tls_events = {
  .opened = on_writable,
  .received = on_received,
  .writable = on_writable,
  .ended = on_ended,
  .closed = on_closed,
};

/* --- Begin and end ---------------------------------------------------------------- */

static AempLink *
link_new (AempEnv *env, const AempLinkConfig *config, const AempLinkEvents *events,
          void *user_data)
{
  AempLink *link = g_new0 (AempLink, 1);
  link->env = env;
  link->events = events;
  link->user_data = user_data;
  *(AempLinkConfig *) &link->config = *config;
  link->in = g_byte_array_new ();
  link->out = g_byte_array_new ();
  link->timer = aemp_timer_new (env, on_timer, link);
  if (!AEMP_PLANTED (handshake_never_cut_off))
    aemp_timer_start (link->timer, config->handshake_limit_us);
  return link;
}

AempLink *
aemp_link_dial (AempEnv *env, const AempLinkConfig *config, const char *address,
                const AempLinkEvents *events, void *user_data)
{
  AempLink *link = link_new (env, config, events, user_data);
  link->dialed = true;
  link->stream = aemp_env_connect (env, address, &stream_events, link);
  return link;
}

AempLink *
aemp_link_accept (AempStream *stream, const AempLinkConfig *config,
                  const AempLinkEvents *events, void *user_data)
{
  AempLink *link = link_new (stream->env, config, events, user_data);
  link->stream = stream;
  aemp_stream_set_events (stream, &stream_events, link);
  greet (link);
  return link;
}

static void
destroy (AempLink *link)
{
  aemp_handshake_free (link->handshake);
  g_free (link->partial);
  g_byte_array_unref (link->in);
  g_byte_array_unref (link->out);
  g_free (link);
}

static void
end (AempLink *link, bool reset)
{
  if (link->freed)
    return;
  link->freed = true;
  g_clear_pointer (&link->timer, aemp_timer_free);
  if (reset)
    g_clear_pointer (&link->stream, aemp_stream_abort);
  else
    g_clear_pointer (&link->stream, aemp_stream_close);
  if (!link->handing_out)
    destroy (link);
}

void
aemp_link_free (AempLink *link)
{
  if (!link)
    return;
  if (is_live (link) && !link->stuck)
    aemp_link_flush (link);
  end (link, false);
}

void
aemp_link_abort (AempLink *link)
{
  end (link, true);
}

void
aemp_link_settle (AempLink *link)
{
  g_assert (aemp_link_is_done (link));
  g_clear_pointer (&link->handshake, aemp_handshake_free);
}

void
aemp_link_set_owner (AempLink *link, const AempLinkEvents *events, void *user_data)
{
  link->events = events;
  link->user_data = user_data;
}

/* --- What the owner asks ----------------------------------------------------------- */

bool
aemp_link_answer (AempLink *link, const char *options)
{
  aemp_handshake_answer (link->handshake, link->out, options);
  aemp_link_flush (link);
  if (aemp_handshake_state (link->handshake) != AEMP_HANDSHAKE_DONE)
    return false;
  begin_packets (link);
  if (link->paused || link->in->len > 0)
    aemp_timer_start (link->timer, 0);
  return true;
}

bool
aemp_link_is_done (const AempLink *link)
{
  return link->codec_in;
}

const AempHandshake *
aemp_link_handshake (const AempLink *link)
{
  return link->handshake;
}

const char *
aemp_link_peer_address (const AempLink *link)
{
  const char *address = aemp_stream_peer_address (link->stream);
  return address ? address : "an unknown address";
}

bool
aemp_link_is_dialed (const AempLink *link)
{
  return link->dialed;
}

uint64_t
aemp_link_connection (const AempLink *link)
{
  return link->connection;
}

void
aemp_link_send (AempLink *link, const AempName *port, const AempList *list)
{
  link->codec_out->encode (link->out, port, list);
}

/* All that waits is written at once, but for rare cases. */
static size_t
piece_to_write (const AempLink *link)
{
  size_t length = aemp_link_queued_bytes (link);
  AempRare point = link->codec_in ? AEMP_RARE_WRITE_IN_TWO : AEMP_RARE_GREETING_IN_TWO;
  if (length > 1 && aemp_env_rare (link->env, point, link->config.ordinal ^ length << 32))
    return length / 2;
  return length;
}

static void
write_some (AempLink *link, size_t length)
{
  size_t taken = aemp_stream_write (link->stream, link->out->data + link->out_taken, length);
  link->stuck = taken < length;
  if (link->stuck && AEMP_PLANTED (short_write_counts_as_whole))
    taken = length;
  if (!(link->stuck && taken > 0 && AEMP_PLANTED (short_write_sent_again)))
    link->out_taken += taken;
  if (link->out_taken == link->out->len)
    {
      link->out->len = 0;
      link->out_taken = 0;
    }
  else if (link->out_taken > link->out->len / 2) /* so each byte is moved once at most */
    {
      g_byte_array_remove_range (link->out, 0, link->out_taken);
      link->out_taken = 0;
    }
}

void
aemp_link_flush (AempLink *link)
{
  if (link->stuck || aemp_link_queued_bytes (link) == 0 || !link->stream)
    return;
  write_some (link, piece_to_write (link));
  if (!link->stuck && aemp_link_queued_bytes (link) > 0)
    write_some (link, aemp_link_queued_bytes (link));
}

size_t
aemp_link_queued_bytes (const AempLink *link)
{
  return link->out->len - link->out_taken;
}

bool
aemp_link_is_stuck (const AempLink *link)
{
  return link->stuck;
}
