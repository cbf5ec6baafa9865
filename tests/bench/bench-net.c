/* tests/bench/bench-net.c - what the real world's environment costs.
 *
 * Two environments in one context and one thread talk over loopback.  Not a test: nothing
 * here can fail. */
#include "engine/tls-stream.h"
#include "net/env.h"
#include "scenarios/scenario.h"

#include <stdio.h>

#define SECONDS_EACH 2
#define ECHO_BYTES 100
#define PIECE_BYTES (256 * 1024)

typedef struct
{
  GMainContext *context;
  AempEnv *envs[2];
  AempListener *listener;
  AempStream *dialer;
  AempStream *acceptor;
  AempTlsIdentity *identity; /* NULL: plain bytes */
  const AempStreamEvents *inside; /* TLS: the dialer's events */
  uint64_t count; /* round trips, bytes or turns */
  uint8_t piece[PIECE_BYTES];
} Bench;

static void
send_back (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  Bench *bench = user_data;

  bench->count += stream == bench->dialer;
  aemp_stream_write (stream, bytes, length);
}

static void
count_bytes (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  ((Bench *)user_data)->count += length;
}

static void
write_more (AempStream *stream, void *user_data)
{
  Bench *bench = user_data;

  while (aemp_stream_write (stream, bench->piece, PIECE_BYTES) == PIECE_BYTES)
    ;
}

static void
say_hello (AempStream *stream, void *user_data)
{
  aemp_stream_write (stream, ((Bench *)user_data)->piece, ECHO_BYTES);
}

static const AempStreamEvents echo_dialer = { .opened = say_hello, .received = send_back };
static const AempStreamEvents echo_acceptor = { .received = send_back };
static const AempStreamEvents flow_dialer = { .opened = write_more, .writable = write_more };
static const AempStreamEvents flow_acceptor = { .received = count_bytes };

static void
take (Bench *bench, AempStream *stream, const AempStreamEvents *events)
{
  const AempTlsBegin begin = { .identity = bench->identity };

  aemp_stream_set_events (stream, events, bench);
  bench->acceptor
      = bench->identity ? aemp_tls_stream_new (stream, &begin, events, bench) : stream;
}

static void
take_echo (AempListener *listener, AempStream *stream, void *user_data)
{
  take (user_data, stream, &echo_acceptor);
}

static void
take_flow (AempListener *listener, AempStream *stream, void *user_data)
{
  take (user_data, stream, &flow_acceptor);
}

/* --- Inside TLS --- */

static void
begin_tls (AempStream *stream, void *user_data)
{
  Bench *bench = user_data;
  const AempTlsBegin begin = { .identity = bench->identity, .is_client = true };

  bench->dialer = aemp_tls_stream_new (stream, &begin, bench->inside, bench);
}

static const AempStreamEvents tls_dialer = { .opened = begin_tls };

static void shake_again (AempStream *stream, void *user_data);
static const AempStreamEvents shake_dialer = { .opened = shake_again };

static void
shake_again (AempStream *stream, void *user_data)
{
  Bench *bench = user_data;

  bench->count++;
  aemp_stream_close (stream);
  bench->dialer = aemp_env_connect (bench->envs[0], aemp_listener_address (bench->listener),
                                    &tls_dialer, bench);
}

static void
close_acceptor (AempStream *stream, void *user_data)
{
  aemp_stream_close (stream);
  ((Bench *)user_data)->acceptor = NULL;
}

static void
take_shake (AempListener *listener, AempStream *stream, void *user_data)
{
  static const AempStreamEvents events = { .ended = close_acceptor };

  take (user_data, stream, &events);
}

/* How much was counted in a second. */
static double
measure (Bench *bench)
{
  int64_t begin_us = g_get_monotonic_time ();
  int64_t gone_us;

  bench->count = 0;
  do
    {
      for (unsigned i = 0; i < 100; i++)
        g_main_context_iteration (bench->context, true);
      gone_us = g_get_monotonic_time () - begin_us;
    }
  while (gone_us < SECONDS_EACH * G_USEC_PER_SEC);
  return (double)bench->count * 1e6 / (double)gone_us;
}

static double
measure_streams (Bench *bench, AempAccepted accepted, const AempStreamEvents *events)
{
  double result;

  bench->acceptor = NULL;
  bench->listener = aemp_env_listen (bench->envs[1], "127.0.0.1:0", accepted, bench, NULL);
  g_assert (bench->listener);
  bench->inside = events;
  bench->dialer = aemp_env_connect (bench->envs[0], aemp_listener_address (bench->listener),
                                    bench->identity ? &tls_dialer : events, bench);
  result = measure (bench);
  aemp_stream_close (bench->dialer);
  aemp_stream_close (bench->acceptor);
  aemp_listener_free (bench->listener);
  return result;
}

static void
turn_again (AempTimer *timer, void *user_data)
{
  ((Bench *)user_data)->count++;
  aemp_timer_start (timer, 0);
}

static void
ignore (AempTimer *timer, void *user_data)
{
}

/* A turn of the loop, and a restart, with so many timers waiting. */
static void
measure_timers (Bench *bench, unsigned waiting)
{
  g_autofree AempTimer **timers = g_new (AempTimer *, waiting);
  AempTimer *turning = aemp_timer_new (bench->envs[0], turn_again, bench);
  const unsigned restarts = 4000000;
  double turns;
  int64_t begin_us;

  for (unsigned i = 0; i < waiting; i++)
    {
      timers[i] = aemp_timer_new (bench->envs[0], ignore, NULL);
      aemp_timer_start (timers[i], (int64_t)3600 * G_USEC_PER_SEC + i);
    }
  aemp_timer_start (turning, 0);
  turns = measure (bench);
  begin_us = g_get_monotonic_time ();
  for (unsigned i = 0; i < restarts; i++)
    aemp_timer_start (timers[i % waiting], (int64_t)3600 * G_USEC_PER_SEC + i);
  printf ("%7u timers waiting: a turn %.2f us, a restart %.0f ns\n", waiting, 1e6 / turns,
          (double)(g_get_monotonic_time () - begin_us) * 1e3 / restarts);
  for (unsigned i = 0; i < waiting; i++)
    aemp_timer_free (timers[i]);
  aemp_timer_free (turning);
}

int
main (void)
{
  g_autofree Bench *bench = g_new0 (Bench, 1);

  bench->context = g_main_context_new ();
  for (unsigned i = 0; i < 2; i++)
    bench->envs[i] = net_env_new (bench->context);
  printf ("echo of %d bytes: %.0f round trips/s\n", ECHO_BYTES,
          measure_streams (bench, take_echo, &echo_dialer));
  printf ("one way: %.0f MB/s\n", measure_streams (bench, take_flow, &flow_dialer) / 1e6);
  bench->identity = aemp_tls_identity_new (scenario_certificate_find ("signed")->pem, NULL);
  printf ("inside TLS, echo of %d bytes: %.0f round trips/s\n", ECHO_BYTES,
          measure_streams (bench, take_echo, &echo_dialer));
  printf ("inside TLS, one way: %.0f MB/s\n",
          measure_streams (bench, take_flow, &flow_dialer) / 1e6);
  printf ("TLS handshakes, both sides: %.0f/s\n",
          measure_streams (bench, take_shake, &shake_dialer));
  measure_timers (bench, 1);
  measure_timers (bench, 1000);
  measure_timers (bench, 100000);
  for (unsigned i = 0; i < 2; i++)
    net_env_free (bench->envs[i]);
  g_main_context_unref (bench->context);
  aemp_tls_identity_free (bench->identity);
  return 0;
}
