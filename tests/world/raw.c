/* tests/world/raw.c - a TCP connection to a node, driven by hand. */
#include "raw.h"

#include "engine/sha3.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_SECONDS 10

static struct sockaddr_in
loopback (const char *host, uint16_t port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };

  g_assert_cmpint (inet_pton (AF_INET, host, &address.sin_addr), ==, 1);
  return address;
}

bool
raw_dial (Raw *raw, const char *from, uint16_t port)
{
  struct sockaddr_in here = loopback (from, 0);
  struct sockaddr_in there = loopback ("127.0.0.1", port);
  struct timeval patience = { .tv_sec = PATIENCE_SECONDS };

  *raw = (Raw){ socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), g_string_new (NULL) };
  if (raw->fd < 0)
    return false;
  setsockopt (raw->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt (raw->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return bind (raw->fd, (struct sockaddr *)&here, sizeof here) == 0
         && connect (raw->fd, (struct sockaddr *)&there, sizeof there) == 0;
}

void
raw_clear (Raw *raw)
{
  if (raw->fd >= 0)
    close (raw->fd);
  if (raw->heard)
    g_string_free (raw->heard, true);
  *raw = (Raw){ -1, NULL };
}

bool
raw_say (Raw *raw, const void *bytes, size_t length)
{
  const char *next = bytes;

  while (length > 0)
    {
      ssize_t sent = send (raw->fd, next, length, MSG_NOSIGNAL);

      if (sent < 0)
        return false;
      next += sent;
      length -= (size_t)sent;
    }
  return true;
}

bool
raw_listen (Raw *raw)
{
  char bytes[64 * 1024];
  errno = 0; /* the end leaves it as it is */
  ssize_t got = recv (raw->fd, bytes, sizeof bytes, 0);

  if (got > 0)
    g_string_append_len (raw->heard, bytes, got);
  return got > 0;
}

bool
raw_ends (Raw *raw)
{
  while (raw_listen (raw))
    ;
  return errno != EAGAIN;
}

bool
raw_hears (Raw *raw, const char *text)
{
  while (!strstr (raw->heard->str, text))
    if (!raw_listen (raw))
      return false;
  return true;
}

static const char *
after_lines (const GString *text, unsigned lines)
{
  const char *at = text->str;

  for (; lines > 0 && at; lines--)
    {
      at = strchr (at, '\n');
      at = at ? at + 1 : NULL;
    }
  return at;
}

static bool
hears_lines (Raw *raw, unsigned lines)
{
  while (!after_lines (raw->heard, lines))
    if (!raw_listen (raw))
      return false;
  return true;
}

static char *
proof (const char *secret, const char *lines)
{
  uint8_t digest[AEMP_SHA3_512_BYTES];
  GString *hex = g_string_new (NULL);

  aemp_hmac_sha3_512 (secret, strlen (secret), lines, strlen (lines), digest);
  for (size_t i = 0; i < sizeof digest; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  return g_string_free (hex, false);
}

bool
raw_join (Raw *raw, const char *node_id, const char *secret, const char *framing)
{
  g_autofree char *greeting
      = g_strdup_printf ("aemp;1;%s;hmac_sha3_512;json;mproto=1\nnonce of %s\n", node_id, node_id);
  g_autofree char *theirs = NULL;
  g_autofree char *lines = NULL;
  g_autofree char *data = NULL;
  g_autofree char *answer = NULL;

  if (!raw_say (raw, greeting, strlen (greeting)) || !hears_lines (raw, 2))
    return false;
  theirs = g_strndup (raw->heard->str, (gsize)(after_lines (raw->heard, 2) - raw->heard->str));
  lines = g_strconcat (greeting, theirs, NULL);
  data = proof (secret, lines);
  answer = g_strdup_printf ("hmac_sha3_512;%s;%s\n", data, framing);
  if (!raw_say (raw, answer, strlen (answer)) || !hears_lines (raw, 3))
    return false;
  g_string_erase (raw->heard, 0, after_lines (raw->heard, 3) - raw->heard->str);
  return true;
}
