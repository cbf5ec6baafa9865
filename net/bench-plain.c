/* net/bench-plain.c - what a program of its own moves that has sockets and nothing else.
 *
 * It writes the packets that a node would write, ["PORT","xxx…"] in CBOR, into a buffer of
 * 64 KiB, and reads them with a few lines that know no other ones: the port is looked up, the
 * string copied, a function called. */
#include "net/bench.h"
#include "net/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BUFFER_BYTES (64 * 1024)
#define PORT_NAME "0123456789a"
#define STRING_MAX_BYTES 60000

#define CBOR_ARRAY_OF_2 0x82
#define CBOR_TEXT 0x60
#define CBOR_ONE_BYTE 24  /* the length is in the next byte … */
#define CBOR_TWO_BYTES 25 /* … or two */

typedef struct
{
  void (*call) (const char *string, size_t length, void *user_data);
  void *user_data;
  char string[STRING_MAX_BYTES + 1];
} Port;

/* The other side ends first when it is the one that measures. */
static G_GNUC_NORETURN void
fail (const char *what)
{
  if (errno == 0 || errno == EPIPE || errno == ECONNRESET)
    _exit (EXIT_SUCCESS);
  g_error ("plain: %s: %s", what, g_strerror (errno));
}

static G_GNUC_NORETURN void
fail_to_read (ssize_t got)
{
  if (got == 0)
    errno = 0;
  fail ("recv");
}

/* --- Packets --- */

static uint8_t *
write_string (uint8_t *at, const char *string, size_t length)
{
  if (length < CBOR_ONE_BYTE)
    *at++ = (uint8_t)(CBOR_TEXT | length);
  else if (length < 256)
    {
      *at++ = CBOR_TEXT | CBOR_ONE_BYTE;
      *at++ = (uint8_t)length;
    }
  else
    {
      *at++ = CBOR_TEXT | CBOR_TWO_BYTES;
      *at++ = (uint8_t)(length >> 8);
      *at++ = (uint8_t)length;
    }
  memcpy (at, string, length);
  return at + length;
}

static uint8_t *
write_packet (uint8_t *at, const char *string, size_t length)
{
  *at++ = CBOR_ARRAY_OF_2;
  at = write_string (at, PORT_NAME, strlen (PORT_NAME));
  return write_string (at, string, length);
}

/* The string at `at`, and what is behind it; NULL: it is not all there. */
static const uint8_t *
read_string (const uint8_t *at, const uint8_t *end, const char **string, size_t *length)
{
  size_t head, left = (size_t)(end - at);

  if (left < 3)
    return NULL;
  *length = *at & 31;
  head = *length == CBOR_TWO_BYTES ? 3 : *length == CBOR_ONE_BYTE ? 2 : 1;
  if (head == 2)
    *length = at[1];
  else if (head == 3)
    *length = (size_t)at[1] << 8 | at[2];
  if (left - head < *length)
    return NULL;
  *string = (const char *)at + head;
  return at + head + *length;
}

/* Calls the port for each whole packet; returns how many there were. */
static unsigned
dispatch (Port *port, const uint8_t *bytes, size_t length, size_t *taken)
{
  const uint8_t *at = bytes, *end = bytes + length;
  unsigned count = 0;

  for (;; count++)
    {
      const char *name, *string;
      size_t name_length, string_length;
      const uint8_t *next = at;

      *taken = (size_t)(at - bytes);
      if (next == end)
        return count;
      if (*next++ != CBOR_ARRAY_OF_2)
        g_error ("plain: not a packet");
      next = read_string (next, end, &name, &name_length);
      next = next ? read_string (next, end, &string, &string_length) : NULL;
      if (!next)
        return count;
      if (name_length == strlen (PORT_NAME) && memcmp (name, PORT_NAME, name_length) == 0
          && string_length <= STRING_MAX_BYTES)
        {
          memcpy (port->string, string, string_length);
          port->string[string_length] = '\0';
          port->call (port->string, string_length, port->user_data);
        }
      at = next;
    }
}

/* --- Sockets --- */

static int
accept_one (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  const int on = 1;
  int listener = socket (AF_INET, SOCK_STREAM, 0);
  int fd;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (listener < 0 || bind (listener, (struct sockaddr *)&address, sizeof address) != 0
      || listen (listener, 1) != 0
      || getsockname (listener, (struct sockaddr *)&address, &length) != 0)
    fail ("listen");
  net_bench_say ("ready 127.0.0.1:%d " PORT_NAME, ntohs (address.sin_port));
  fd = accept (listener, NULL, NULL);
  if (fd < 0)
    fail ("accept");
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static int
connect_to (const char *text)
{
  NetAddress address;
  const int on = 1;
  int fd;

  if (!net_address_parse (text, &address))
    g_error ("plain: no address");
  fd = socket (AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *)&address.storage, address.length) != 0)
    fail ("connect");
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static void
send_all (int fd, const uint8_t *bytes, size_t length)
{
  while (length > 0)
    {
      ssize_t sent = send (fd, bytes, length, MSG_NOSIGNAL);

      if (sent < 0)
        fail ("send");
      bytes += sent;
      length -= (size_t)sent;
    }
}

/* --- One way --- */

static void
count (const char *string, size_t length, void *user_data)
{
  net_bench_meter_count (user_data, 1);
}

void
net_bench_plain_take (const NetBenchPart *part)
{
  NetBenchMeter meter;
  Port port = { .call = count, .user_data = &meter };
  uint8_t buffer[BUFFER_BYTES];
  size_t filled = 0, taken;
  int fd = accept_one ();

  net_bench_meter_init (&meter, part->seconds, 1024);
  for (;;)
    {
      ssize_t got = recv (fd, buffer + filled, sizeof buffer - filled, 0);

      if (got <= 0)
        fail_to_read (got);
      filled += (size_t)got;
      dispatch (&port, buffer, filled, &taken);
      filled -= taken;
      memmove (buffer, buffer + taken, filled);
    }
}

void
net_bench_plain_send (const NetBenchPart *part)
{
  g_autofree char *string = g_strnfill (part->bytes, 'x');
  uint8_t buffer[BUFFER_BYTES];
  int fd = connect_to (part->address);

  for (;;)
    {
      uint8_t *at = buffer;

      while (part->bytes + 32 <= (size_t)(buffer + sizeof buffer - at))
        at = write_packet (at, string, part->bytes);
      send_all (fd, buffer, (size_t)(at - buffer));
    }
}

/* --- Round trips: both sides answer what they get --- */

typedef struct
{
  Port port;
  uint8_t out[BUFFER_BYTES];
  uint8_t *end;
  NetBenchMeter *meter; /* NULL: the other side counts */
} Talker;

static void
answer (const char *string, size_t length, void *user_data)
{
  Talker *talker = user_data;

  talker->end = write_packet (talker->end, string, length);
  if (talker->meter)
    net_bench_meter_count (talker->meter, 1);
}

static void
talk (Talker *talker, int fd)
{
  struct epoll_event event = { .events = EPOLLIN };
  uint8_t buffer[BUFFER_BYTES];
  size_t filled = 0, taken;
  int epoll = epoll_create1 (EPOLL_CLOEXEC);

  talker->port.call = answer;
  talker->port.user_data = talker;
  if (epoll < 0 || epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    fail ("epoll");
  for (;;)
    {
      ssize_t got;

      if (talker->end > talker->out)
        send_all (fd, talker->out, (size_t)(talker->end - talker->out));
      talker->end = talker->out;
      if (epoll_wait (epoll, &event, 1, -1) < 0)
        fail ("epoll_wait");
      got = recv (fd, buffer + filled, sizeof buffer - filled, 0);
      if (got <= 0)
        fail_to_read (got);
      filled += (size_t)got;
      dispatch (&talker->port, buffer, filled, &taken);
      filled -= taken;
      memmove (buffer, buffer + taken, filled);
    }
}

void
net_bench_plain_echo (const NetBenchPart *part)
{
  g_autofree Talker *talker = g_new0 (Talker, 1);

  talker->end = talker->out;
  talk (talker, accept_one ());
}

void
net_bench_plain_call (const NetBenchPart *part)
{
  g_autofree char *string = g_strnfill (part->bytes, 'x');
  g_autofree Talker *talker = g_new0 (Talker, 1);
  NetBenchMeter meter;

  net_bench_meter_init (&meter, part->seconds, 64);
  talker->meter = &meter;
  talker->end = talker->out;
  for (uint64_t i = 0; i < part->count; i++)
    talker->end = write_packet (talker->end, string, part->bytes);
  talk (talker, connect_to (part->address));
}
