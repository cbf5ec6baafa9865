/* tests/unit/test-tls-stream.c - a stream inside TLS is a stream: in a simulated world. */

#include "engine/tls-stream.h"
#include "scenarios/scenario.h"
#include "sim/world.h"

#include <string.h>

#define SECOND INT64_C (1000000)
#define PORT ":4040"

typedef struct
{
  SimProcess *process;
  AempTlsIdentity *identity;
  AempStream *stream; /* the one inside TLS, or before that the one below; NULL: closed */
  AempStream *below;  /* borrowed: it is the stream's */
  bool is_client;
  const char *early; /* what was read before TLS began, as if it were TLS */
  GString *story;    /* "opened ", "received ", … */
  GString *heard;
  const char *closes_on; /* closes the stream in this event */
  const char *pauses_on;
} End;

typedef struct
{
  SimWorld *world;
  AempListener *listener;
  End dialer;
  End acceptor;
} Pair;

static void
note (End *end, const char *event)
{
  g_string_append_printf (end->story, "%s ", event);
  if (g_strcmp0 (end->closes_on, event) == 0)
    g_clear_pointer (&end->stream, aemp_stream_close);
  else if (g_strcmp0 (end->pauses_on, event) == 0)
    aemp_stream_pause (end->stream);
}

static void
on_opened (AempStream *stream, void *user_data)
{
  note (user_data, "opened");
}

static void
on_received (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  g_string_append_len (((End *)user_data)->heard, (const char *)bytes, (gssize)length);
  note (user_data, "received");
}

static void
on_writable (AempStream *stream, void *user_data)
{
  note (user_data, "writable");
}

static void
on_ended (AempStream *stream, void *user_data)
{
  note (user_data, "ended");
}

static void
on_closed (AempStream *stream, const GError *error, void *user_data)
{
  g_autofree char *event
      = g_strdup_printf ("closed(%s)", error ? error->message : "both had ended");

  note (user_data, event);
  note (user_data, "");
}

static const AempStreamEvents inside = {
  .opened = on_opened,
  .received = on_received,
  .writable = on_writable,
  .ended = on_ended,
  .closed = on_closed,
};

static void
begin_tls (End *end, AempStream *below)
{
  const AempTlsBegin begin = {
    .identity = end->identity,
    .is_client = end->is_client,
    .read = (const uint8_t *)end->early,
    .read_bytes = end->early ? strlen (end->early) : 0,
  };

  end->below = below;
  end->stream = aemp_tls_stream_new (below, &begin, &inside, end);
}

static void
on_connected (AempStream *below, void *user_data)
{
  begin_tls (user_data, below);
}

static const AempStreamEvents outside = { .opened = on_connected };

static void
on_accepted (AempListener *listener, AempStream *below, void *user_data)
{
  begin_tls (&((Pair *)user_data)->acceptor, below);
}

static void
end_begin (End *end, SimWorld *world, const char *host, const char *certificate)
{
  end->process = sim_process_new (sim_host_new (world, host));
  end->identity = aemp_tls_identity_new (scenario_certificate_find (certificate)->pem, NULL);
  end->story = g_string_new (NULL);
  end->heard = g_string_new (NULL);
}

static void
run (Pair *pair, int64_t duration_us)
{
  sim_world_run (pair->world, sim_world_now_us (pair->world) + duration_us);
}

static Pair *
pair_new (const char *dialer_certificate)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->world = sim_world_new (1);
  sim_world_set_path (pair->world, &(SimPath){ .delay_min_us = 1000, .delay_max_us = 5000 });
  end_begin (&pair->dialer, pair->world, "dialer", dialer_certificate);
  end_begin (&pair->acceptor, pair->world, "acceptor", "signed");
  pair->dialer.is_client = true;
  return pair;
}

static void
pair_connect (Pair *pair)
{
  AempEnv *env = sim_process_env (pair->acceptor.process);
  g_autofree char *address = g_strconcat (aemp_env_interfaces (env)[0], PORT, NULL);

  pair->listener = aemp_env_listen (env, address, on_accepted, pair, NULL);
  g_assert_nonnull (pair->listener);
  pair->dialer.stream
      = aemp_env_connect (sim_process_env (pair->dialer.process), address, &outside, &pair->dialer);
  run (pair, SECOND);
}

static void
end_free (End *end)
{
  g_clear_pointer (&end->stream, aemp_stream_close);
  aemp_tls_identity_free (end->identity);
  g_string_free (end->story, TRUE);
  g_string_free (end->heard, TRUE);
}

static void
pair_free (Pair *pair)
{
  aemp_listener_free (pair->listener);
  end_free (&pair->dialer);
  end_free (&pair->acceptor);
  sim_process_kill (pair->dialer.process);
  sim_process_kill (pair->acceptor.process);
  sim_process_free (pair->dialer.process);
  sim_process_free (pair->acceptor.process);
  sim_world_free (pair->world);
  g_free (pair);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static void
say (End *end, const char *text)
{
  g_assert_cmpuint (aemp_stream_write (end->stream, (const uint8_t *)text, strlen (text)), ==,
                    strlen (text));
}

static void
assert_story (End *end, const char *story)
{
  g_assert_cmpstr (end->story->str, ==, story);
  g_string_truncate (end->story, 0);
}

static void
test_ends (void)
{
  g_test_summary (
      "Both are told when it is open, and hear each other; one ends, the other one still "
      "speaks, and ends as well.");

  g_autoptr (Pair) pair = pair_new ("signed");
  g_assert_null (pair->acceptor.stream);
  pair_connect (pair);
  assert_story (&pair->dialer, "opened ");
  assert_story (&pair->acceptor, "opened ");
  say (&pair->dialer, "hello");
  aemp_stream_end (pair->dialer.stream);
  g_assert_cmpuint (aemp_stream_write (pair->dialer.stream, (const uint8_t *)"x", 1), ==, 0);
  run (pair, SECOND);
  assert_story (&pair->acceptor, "received ended ");
  g_assert_cmpstr (pair->acceptor.heard->str, ==, "hello");
  say (&pair->acceptor, "goodbye");
  aemp_stream_end (pair->acceptor.stream);
  run (pair, SECOND);
  g_assert_cmpstr (pair->dialer.heard->str, ==, "goodbye");
  assert_story (&pair->dialer, "received ended closed(both had ended)  ");
  assert_story (&pair->acceptor, "closed(both had ended)  ");
}

static void
test_before_open (void)
{
  g_test_summary ("Before it is open nothing is taken.");

  g_autoptr (Pair) pair = pair_new ("other");
  pair_connect (pair);
  g_assert_cmpuint (aemp_stream_write (pair->dialer.stream, (const uint8_t *)"x", 1), ==, 0);
  assert_story (&pair->dialer, "closed(the peer's certificate is signed by nobody we trust)  ");
  assert_story (&pair->acceptor, "closed(the peer does not trust who signed our certificate)  ");
}

static void
test_truncated (void)
{
  g_test_summary (
      "Somebody ends the connection below, so that it looks as if the peer had said all: it "
      "is told as a loss, behind what did arrive.");

  g_autoptr (Pair) pair = pair_new ("signed");
  pair_connect (pair);
  say (&pair->dialer, "pay rain 10");
  aemp_stream_end (pair->dialer.below);
  run (pair, SECOND);
  g_assert_cmpstr (pair->acceptor.heard->str, ==, "pay rain 10");
  assert_story (&pair->acceptor, "opened received closed(Unexpected end-of-file, and TLS was "
                                 "not ended)  ");
}

static void
test_paused (void)
{
  g_test_summary (
      "A stream that is paused in its callback tells nothing more until it is resumed; then "
      "it tells what came, in order, and from the loop.");

  g_autoptr (Pair) pair = pair_new ("signed");
  pair->acceptor.pauses_on = "received";
  pair_connect (pair);
  for (unsigned i = 0; i < 3; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      say (&pair->dialer, text);
      run (pair, SECOND);
    }
  aemp_stream_close (g_steal_pointer (&pair->dialer.stream));
  run (pair, SECOND);
  g_assert_cmpstr (pair->acceptor.heard->str, ==, "0");
  assert_story (&pair->acceptor, "opened received ");
  aemp_stream_resume (pair->acceptor.stream);
  g_assert_cmpstr (pair->acceptor.heard->str, ==, "0");
  run (pair, SECOND);
  assert_story (&pair->acceptor, "received "); /* and is paused again, in front of the end */
  pair->acceptor.pauses_on = NULL;
  aemp_stream_resume (pair->acceptor.stream);
  run (pair, SECOND);
  g_assert_cmpstr (pair->acceptor.heard->str, ==, "012");
  g_assert_true (g_str_has_suffix (pair->acceptor.story->str, "ended "));
}

static void
test_backpressure (void)
{
  g_test_summary ("The other side does not read: no more is taken than buffers hold and the limit "
                  "says.  Once it reads, we are told, and all arrives.");

  g_autoptr (Pair) pair = pair_new ("signed");
  g_autofree char *piece = g_strnfill (1000 * 1000, 'x');
  size_t taken = 0;

  pair_connect (pair);
  aemp_stream_pause (pair->acceptor.stream);
  for (unsigned i = 0; i < 100; i++)
    {
      taken += aemp_stream_write (pair->dialer.stream, (const uint8_t *)piece, 1000 * 1000);
      run (pair, SECOND);
    }
  g_assert_cmpuint (taken, >, 100 * 1000);
  g_assert_cmpuint (taken, <, 20 * 1000 * 1000);
  g_string_truncate (pair->dialer.story, 0);
  aemp_stream_resume (pair->acceptor.stream);
  run (pair, 5 * SECOND);
  assert_story (&pair->dialer, "writable ");
  g_assert_cmpuint (pair->acceptor.heard->len, ==, taken);
}

static void
test_closed_in_callback (void)
{
  g_test_summary ("It may be closed in any of its own callbacks, and then calls back no more.");

  static const char *const events[] = { "opened", "received", "ended", "" };

  for (unsigned i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autoptr (Pair) pair = pair_new (*events[i] ? "signed" : "other");
      pair->acceptor.closes_on = events[i];
      pair_connect (pair);
      if (*events[i])
        {
          aemp_stream_write (pair->dialer.stream, (const uint8_t *)"x", 1);
          aemp_stream_end (pair->dialer.stream);
          run (pair, SECOND);
        }
      g_assert_null (pair->acceptor.stream);
      g_autofree char *story = g_strdup (pair->acceptor.story->str);
      g_autofree char *last = g_strconcat (events[i], " ", NULL);
      g_assert_true (g_str_has_suffix (story, last));
      run (pair, SECOND);
      g_assert_cmpstr (pair->acceptor.story->str, ==, story);
    }
}

static void
test_early_garbage (void)
{
  g_test_summary (
      "What was read before TLS began is no TLS: that is told from the loop, not in the "
      "call that began it.");

  g_autoptr (Pair) pair = pair_new ("signed");
  pair->acceptor.early = "GET / HTTP/1.1\r\n\r\n";
  pair_connect (pair);
  assert_story (&pair->acceptor, "closed(the peer's TLS is not what it should be "
                                 "(GNUTLS_E_UNEXPECTED_PACKET))  ");
  g_assert_nonnull (strstr (pair->dialer.story->str, "closed("));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/tls-stream/" name, function)
  ADD ("ends", test_ends);
  ADD ("before-open", test_before_open);
  ADD ("truncated", test_truncated);
  ADD ("paused", test_paused);
  ADD ("backpressure", test_backpressure);
  ADD ("closed-in-callback", test_closed_in_callback);
  ADD ("early-garbage", test_early_garbage);
#undef ADD
  return g_test_run ();
}
