/* tests/world/stories-places.c - names, listeners, connecting. */
#include "suite.h"

#include <errno.h>
#include <string.h>

#define MS 1000

/* --- Names --- */

typedef struct
{
  Story *story;
  AempResolution *resolution; /* NULL: given back */
  bool frees_itself;
  bool told;
  char **addresses;
  GError *error;
} Asking;

static void
on_resolved (AempResolution *resolution, const char *const *addresses, const GError *error,
             void *user_data)
{
  Asking *asking = user_data;
  AempEnv *env = resolution->env;

  story_enter (asking->story, env);
  g_assert_true (asking->resolution == resolution);
  g_assert_false (asking->told);
  g_assert_true ((addresses != NULL) != (error != NULL));
  g_assert_true (!addresses || addresses[0]);
  if (asking->frees_itself)
    DO (asking->story, aemp_resolution_free (g_steal_pointer (&asking->resolution)));
  asking->told = true;
  asking->addresses = g_strdupv ((char **)addresses);
  asking->error = error ? g_error_copy (error) : NULL;
  story_leave (asking->story, env);
}

static void
ask (Asking *asking, Story *story, const char *host_port)
{
  *asking = (Asking){ .story = story };
  asking->resolution
      = CALL (story, aemp_env_resolve (story_env (story, 0), host_port, on_resolved, asking));
}

static void
asking_clear (Asking *asking)
{
  if (asking->resolution)
    DO (asking->story, aemp_resolution_free (g_steal_pointer (&asking->resolution)));
  g_strfreev (asking->addresses);
  g_clear_error (&asking->error);
}

static void
expect_address (Story *story, const char *host_port, const char *address)
{
  Asking asking;

  ask (&asking, story, host_port);
  asking.frees_itself = story_luck (story, 2) == 0;
  story_until (story, &asking.told);
  g_assert_no_error (asking.error);
  g_assert_true (g_strv_contains ((const char *const *)asking.addresses, address));
  asking_clear (&asking);
}

static void
resolve (Story *story)
{
  g_autofree char *name = g_strdup_printf ("%s:4040", story->ops->name (story->world, 1));
  g_autofree char *address = story_address (story, 1, 4040);

  expect_address (story, name, address);
  expect_address (story, address, address);
  expect_address (story, name, address);
}

static void
expect_no_address (Story *story, const char *host_port)
{
  Asking asking;

  ask (&asking, story, host_port);
  asking.frees_itself = story_luck (story, 2) == 0;
  story_until (story, &asking.told);
  g_assert_error (asking.error, AEMP_ERROR, AEMP_ERROR_ADDRESS);
  asking_clear (&asking);
}

static void
resolve_fails (Story *story)
{
  g_autofree char *no_such_name = g_strdup_printf ("%s:4040", story->ops->no_such_name);
  g_autofree char *no_such_port = story_address (story, 1, 65536);
  const char *const texts[] = { "no-port", "host:", ":4040", "host:port" };

  expect_no_address (story, no_such_name);
  expect_no_address (story, no_such_port);
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    expect_no_address (story, texts[i]);
}

static void
resolve_freed (Story *story)
{
  g_autofree char *name = g_strdup_printf ("%s:4040", story->ops->name (story->world, 1));
  g_autofree char *address = story_address (story, 1, 4040);
  Asking by_name;
  Asking by_number;
  Asking last;

  ask (&by_name, story, name);
  ask (&by_number, story, address);
  asking_clear (&by_name);
  asking_clear (&by_number);
  ask (&last, story, name);
  story_until (story, &last.told);
  story_wait (story, 20 * MS);
  g_assert_false (by_name.told || by_number.told);
  asking_clear (&last);
}

/* --- Listeners --- */

static void
no_connection (AempListener *listener, AempStream *stream, void *user_data)
{
  g_assert_not_reached ();
}

static void
expect_no_listener (Story *story, const char *address, int number)
{
  g_autoptr (GError) error = NULL;
  AempListener *listener
      = CALL (story, aemp_env_listen (story_env (story, 0), address, no_connection, NULL, &error));

  g_assert_null (listener);
  g_assert_error (error, AEMP_ERRNO, number);
}

static void
expect_listener (Story *story, const char *host)
{
  g_autofree char *address = g_strdup_printf ("%s:0", host);
  g_autoptr (GError) error = NULL;
  AempListener *listener
      = CALL (story, aemp_env_listen (story_env (story, 0), address, no_connection, NULL, &error));

  g_assert_no_error (error);
  DO (story, aemp_listener_free (listener));
}

static void
self (Story *story)
{
  AempEnv *env = story_env (story, 0);
  const char *const *interfaces = aemp_env_interfaces (env);
  uint8_t one[64] = { 0 };
  uint8_t other[64] = { 0 };

  g_assert_cmpuint (strlen (aemp_env_host_name (env)), >, 0);
  for (unsigned i = 0; interfaces[i]; i++)
    {
      g_assert_false (g_str_has_prefix (interfaces[i], "127."));
      g_assert_cmpstr (interfaces[i], !=, "[::1]");
      expect_listener (story, interfaces[i]);
    }
  aemp_env_random_bytes (env, "nonce", 1, one, sizeof one);
  aemp_env_random_bytes (env, "nonce", 2, other, sizeof other);
  g_assert_true (memcmp (one, other, sizeof one) != 0);
  /* To the last byte: 16 zeros at the end come by chance once in 2^128. */
  g_assert_true (memcmp (one + 48, (uint8_t[16]){ 0 }, 16) != 0);
}

static void
listen_twice (Story *story)
{
  Server *server = server_new (story, 0);
  Server *another = server_new (story, 0);
  AempListener *again;
  g_autoptr (GError) error = NULL;

  g_assert_false (g_str_has_suffix (server->address, ":0"));
  g_assert_cmpstr (server->address, !=, another->address);
  expect_no_listener (story, server->address, EADDRINUSE);
  server_free (server);
  again = CALL (
      story, aemp_env_listen (story_env (story, 0), server->address, no_connection, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (aemp_listener_address (again), ==, server->address);
  DO (story, aemp_listener_free (again));
}

/* Connections of the listener before, closed by this side first, linger for minutes. */
static void
listen_after_talk (Story *story)
{
  Server *server = server_new (story, 1);
  End *dialer = end_connect (story, 0, server->address, NULL);
  AempListener *again;
  g_autoptr (GError) error = NULL;

  story_until_count (story, &server->accepted, 1);
  end_close (server->last);
  story_until (story, &dialer->ended);
  end_close (dialer);
  story_wait (story, 20 * MS);
  server_free (server);
  again = CALL (
      story, aemp_env_listen (story_env (story, 1), server->address, no_connection, NULL, &error));
  g_assert_no_error (error);
  DO (story, aemp_listener_free (again));
}

static void
listen_fails (Story *story)
{
  expect_no_listener (story, "203.0.113.7:4040", EADDRNOTAVAIL);
  expect_no_listener (story, "nonsense", EINVAL);
}

/* --- Connecting --- */

static void
hello (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  g_assert_cmpstr (aemp_stream_peer_address (dialer->stream), ==,
                   aemp_stream_local_address (acceptor->stream));
  g_assert_cmpstr (aemp_stream_local_address (dialer->stream), ==,
                   aemp_stream_peer_address (acceptor->stream));
  end_want (acceptor, 5);
  end_want (dialer, 7);
  end_send (dialer, 5);
  story_until (story, &acceptor->satisfied);
  end_send (acceptor, 7);
  story_until (story, &dialer->satisfied);
  g_assert_cmpuint (acceptor->received, ==, 5);
  g_assert_cmpuint (dialer->received, ==, 7);
}

static void
send_early (Story *story)
{
  Server *server = server_new (story, 1);
  End *dialer = end_connect (story, 0, server->address, NULL);
  size_t taken = CALL (story, aemp_stream_write (dialer->stream, (const uint8_t *)"early", 5));

  g_assert_cmpuint (taken, ==, 0);
  end_send (dialer, 100); /* when it is open */
  story_until_count (story, &server->accepted, 1);
  end_want (server->last, 100);
  story_until (story, &server->last->satisfied);
  g_assert_cmpuint (server->last->received, ==, 100);
}

static void
close_at_news (End *end, News news)
{
  end_close (end);
}

static void
refused (Story *story)
{
  Server *server = server_new (story, 1);
  End *keeper;
  End *closer;

  server_free (server);
  keeper = end_connect (story, 0, server->address, NULL);
  closer = end_connect (story, 0, server->address, close_at_news);
  g_assert_false (keeper->closed);
  story_until (story, &keeper->closed);
  story_until (story, &closer->closed);
  story_wait (story, 20 * MS);
  g_assert_cmpint (keeper->error, ==, ECONNREFUSED);
  g_assert_cmpint (closer->error, ==, ECONNREFUSED);
  g_assert_false (keeper->opened || closer->opened);
}

static void
bad_address (Story *story)
{
  End *end = end_connect (story, 0, "nonsense", NULL);

  g_assert_false (end->closed);
  story_until (story, &end->closed);
  g_assert_cmpint (end->error, !=, 0);
  g_assert_false (end->opened);
}

static void
given_up (Story *story)
{
  Server *server = server_new (story, 1);
  End *closed = end_connect (story, 0, server->address, NULL);
  End *aborted = end_connect (story, 0, server->address, NULL);

  end_close (closed);
  end_abort (aborted);
  story_wait (story, 200 * MS);
  for (unsigned news = 0; news < NEWS_KINDS; news++)
    g_assert_cmpuint (closed->news[news] + aborted->news[news], ==, 0);
}

static void
turn_away (Server *server, AempStream *stream)
{
  if (server->accepted == 1)
    DO (server->story, aemp_stream_close (stream));
  else
    DO (server->story, aemp_stream_abort (stream));
}

static void
turned_away (Story *story)
{
  Server *server = server_new (story, 1);
  End *first = end_connect (story, 0, server->address, NULL);
  End *second;

  server->hook = turn_away;
  story_until (story, &first->ended);
  second = end_connect (story, 0, server->address, NULL);
  story_until (story, &second->closed);
  g_assert_cmpint (second->error, ==, ECONNRESET);
  g_assert_false (first->closed);
}

static void
take_and_stop_listening (Server *server, AempStream *stream)
{
  server_take (server, stream);
  server_free (server);
}

static void
last_guest (Story *story)
{
  Server *server = server_new (story, 1);
  End *dialer = end_connect (story, 0, server->address, NULL);
  End *late = end_connect (story, 2, server->address, NULL);

  server->hook = take_and_stop_listening;
  end_send_all (dialer, 1000);
  end_send_all (late, 1000);
  story_until_count (story, &server->accepted, 1);
  end_want (server->last, 1000);
  story_until (story, &server->last->satisfied);
  story_wait (story, 50 * MS);
  g_assert_cmpuint (server->accepted, ==, 1);
}

static void
crowd (Story *story)
{
  Server *server = server_new (story, 1);
  End *ends[100];

  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    ends[i] = end_connect (story, i % 2 * 2, server->address, NULL);
  story_until_count (story, &server->accepted, G_N_ELEMENTS (ends));
  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    story_until (story, &ends[i]->opened);
}

const StoryEntry place_stories[] = {
  { "/names/resolve", "A name leads to its address, and an address to itself.", resolve },
  { "/names/failure",
    "A name that nobody has, and what is no host:port at all, give an error, later.",
    resolve_fails },
  { "/names/freed", "Resolutions that were freed never answer.", resolve_freed },
  { "/names/self",
    "The host has a name; it can listen at its interfaces; its luck differs by "
    "occasion.",
    self },
  { "/listen/twice",
    "Port 0 finds a port of its own each time; an address in use is refused until its "
    "listener is freed.",
    listen_twice },
  { "/listen/after-talk", "The address of a listener that is gone, but had guests, is free.",
    listen_after_talk },
  { "/listen/failure", "Another host's address, and nonsense, are refused.", listen_fails },
  { "/listen/turned-away",
    "A guest whose stream is closed at once sees the end, one whose stream is aborted a reset.",
    turned_away },
  { "/listen/last-guest",
    "A listener is freed in its own callback, with another guest at the door.", last_guest },
  { "/listen/crowd", "A hundred connect at once, from two hosts; all get in.", crowd },
  { "/connect/hello", "Two meet, agree on their addresses, and talk.", hello },
  { "/connect/send-early", "Before a stream is open it takes nothing.", send_early },
  { "/connect/refused",
    "Nobody listens: `closed` says so, once, later; the owner may close there or never.", refused },
  { "/connect/bad-address", "Even what is no address fails by `closed` only.", bad_address },
  { "/connect/given-up", "Streams given up before they opened call back no more.", given_up },
  { 0 },
};
