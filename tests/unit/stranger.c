/* tests/unit/stranger.c - a peer that is no node of ours. */

#include "stranger.h"

#include "engine/sha3.h"

#include <string.h>

static void
on_opened (AempStream *stream, void *user_data)
{
  ((Stranger *) user_data)->opened = true;
}

static void
on_received (AempStream *stream, const uint8_t *bytes, size_t length, void *user_data)
{
  g_string_append_len (((Stranger *) user_data)->heard, (const char *) bytes, length);
}

static void
on_ended (AempStream *stream, void *user_data)
{
  ((Stranger *) user_data)->closed = true;
}

static void
on_closed (AempStream *stream, const GError *error, void *user_data)
{
  ((Stranger *) user_data)->closed = true;
}

static const AempStreamEvents events = {
  .opened = on_opened,
  .received = on_received,
  .ended = on_ended,
  .closed = on_closed,
};

static Stranger *
stranger_new (void)
{
  Stranger *stranger = g_new0 (Stranger, 1);
  stranger->said = g_string_new (NULL);
  stranger->heard = g_string_new (NULL);
  stranger->understands = stranger->speaks = "json";
  return stranger;
}

Stranger *
stranger_dial (AempEnv *env, const char *address)
{
  Stranger *stranger = stranger_new ();
  stranger->stream = aemp_env_connect (env, address, &events, stranger);
  return stranger;
}

static void
on_accepted (AempListener *listener, AempStream *stream, void *user_data)
{
  Stranger *stranger = user_data;
  if (stranger->stream)
    {
      aemp_stream_close (stream);
      return;
    }
  stranger->stream = stream;
  stranger->opened = true;
  aemp_stream_set_events (stream, &events, stranger);
}

Stranger *
stranger_listen (AempEnv *env, AempListener **listener)
{
  g_autoptr (GError) error = NULL;
  Stranger *stranger = stranger_new ();
  g_autofree char *address = g_strdup_printf ("%s:4040", aemp_env_interfaces (env)[0]);
  *listener = aemp_env_listen (env, address, on_accepted, stranger, &error);
  g_assert_no_error (error);
  return stranger;
}

void
stranger_free (Stranger *stranger)
{
  aemp_stream_close (stranger->stream);
  g_string_free (stranger->said, TRUE);
  g_string_free (stranger->heard, TRUE);
  g_free (stranger);
}

void
stranger_say_bytes (Stranger *stranger, const uint8_t *bytes, size_t length)
{
  g_assert_cmpuint (aemp_stream_write (stranger->stream, bytes, length), ==, length);
}

void
stranger_say (Stranger *stranger, const char *text)
{
  stranger_say_bytes (stranger, (const uint8_t *) text, strlen (text));
}

void
stranger_greet (Stranger *stranger, const char *node_id, const char *nonce, const char *keys)
{
  g_string_printf (stranger->said, "aemp;1;%s;hmac_sha3_512;%s;mproto=1%s%s\n%s\n", node_id,
                   stranger->understands, *keys ? ";" : "", keys, nonce);
  stranger_say (stranger, stranger->said->str);
}

/* The first two lines that were heard. */
static char *
their_greeting (const Stranger *stranger)
{
  const char *first = strchr (stranger->heard->str, '\n');
  const char *second = first ? strchr (first + 1, '\n') : NULL;
  g_assert_nonnull (second);
  return g_strndup (stranger->heard->str, second + 1 - stranger->heard->str);
}

char *
stranger_proof (const char *secret, const char *lines, const char *framing)
{
  uint8_t digest[AEMP_SHA3_512_BYTES];
  aemp_hmac_sha3_512 (secret, strlen (secret), lines, strlen (lines), digest);
  GString *line = g_string_new ("hmac_sha3_512;");
  for (unsigned i = 0; i < sizeof digest; i++)
    g_string_append_printf (line, "%02x", digest[i]);
  g_string_append_printf (line, ";%s", framing);
  return g_string_free (line, FALSE);
}

void
stranger_prove (Stranger *stranger, const char *secret, const char *options)
{
  g_autofree char *theirs = their_greeting (stranger);
  g_autofree char *all = g_strconcat (stranger->said->str, theirs, NULL);
  g_autofree char *proof = stranger_proof (secret, all, stranger->speaks);
  g_autofree char *line = g_strconcat (proof, *options ? ";" : "", options, "\n", NULL);
  stranger_say (stranger, line);
}

bool
stranger_was_answered (const Stranger *stranger)
{
  return strstr (stranger->heard->str, "\nhmac_sha3_512;");
}
