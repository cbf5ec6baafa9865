/* tests/world/hostile.c - strangers and false friends besiege a real node.
 *
 * Rain's node runs in a process of its own.  A friend, who lives here, asks it for the time
 * again and again, one question after the other, while a thread does what nobody should.
 * Each story then looks at three things: the friend was never disconnected, its round trips
 * went on, and Rain's memory stayed under a limit.
 *
 * AEMP_HOSTILE_CONNECTIONS says with how many (default 1500): 10000 are for by hand. */
#include "process.h"
#include "raw.h"

#include "engine/internal.h" /* the limits */
#include "net/env.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMIT_SECONDS 240 /* a story that hangs ends by SIGALRM */
#define SECRET "tea"
#define CONNECTIONS 1500
#define LINES_MAX 100 /* in Rain's log, however many are not let in */
#define SOURCES 8     /* addresses that they come from: 127.0.0.2 and so on */
#define TRIPS_MIN 20
#define TRIP_MAX_US (2 * 1000 * 1000) /* on a machine that does other things, too */
#define MIB (1024 * 1024)
#define GIB (UINT64_C (1024) * MIB)
#define OWN_DESCRIPTORS 64 /* what Rain has beside strangers, at most */
/* Strangers: 1024 handshakes, each three lines at most, and the kernel's share is not ours. */
#define STRANGERS_MAX_BYTES (24 * MIB)
/* A friend may send one message of 64 MiB, in a buffer that doubles as it grows. */
#define FRIEND_MAX_BYTES (160 * MIB)

typedef struct
{
  Process *rain;
  GThread *drain; /* of what it says */
  uint16_t port;
  AempEnv *env;
  AempNode *node; /* the friend's */
  bool is_up;
  unsigned losses;
  unsigned trips;
  int64_t asked_us;
  int64_t slowest_us;
  int attack_over;      /* atomic */
  const char *expected; /* Rain has to say this, once; NULL: nothing */
} Siege;

/* --- The friend ------------------------------------------------------------------------ */

static void ask (Siege *siege);

static void
hear_time (AempNode *node, const AempList *reply, void *user_data)
{
  Siege *siege = user_data;
  int64_t took_us = g_get_monotonic_time () - siege->asked_us;

  if (reply->count == 0)
    return; /* lost: that is counted as such */
  siege->trips++;
  siege->slowest_us = MAX (siege->slowest_us, took_us);
  ask (siege);
}

static void
ask (Siege *siege)
{
  siege->asked_us = g_get_monotonic_time ();
  aemp_cal (siege->node, "rain", AEMP_NO_TIMEOUT, hear_time, siege, NULL, "s", "time");
}

static void
see_node (AempNode *node, const AempList *news, void *user_data)
{
  Siege *siege = user_data;
  bool up = news->items[1].as.boolean;

  siege->losses += siege->is_up && !up;
  siege->is_up = up;
}

static void
set (AempConfig *config, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;

  aemp_config_set (config, key, value, &error);
  g_assert_no_error (error);
}

static void
friend_begin (Siege *siege, const char *seed)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GError) error = NULL;

  set (config, "nodeid", "friend");
  set (config, "binds", "");
  set (config, "secret", SECRET);
  set (config, "seeds", seed);
  siege->env = net_env_new (NULL);
  siege->node = aemp_node_new (siege->env, config, NULL, &error);
  g_assert_no_error (error);
  aemp_mon_nodes (siege->node, see_node, siege, NULL);
  g_assert_true (aemp_node_start (siege->node, &error));
  while (!siege->is_up)
    g_main_context_iteration (NULL, true);
  ask (siege);
}

/* --- Rain ------------------------------------------------------------------------------ */

static void *
drain (void *rain)
{
  return hear_out (rain);
}

/* The most memory that Rain ever had, since this was written to it. */
static void
forget_most (Siege *siege)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/clear_refs",
                                           g_subprocess_get_identifier (siege->rain->subprocess));
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  fputs ("5", file);
  fclose (file);
}

static uint64_t
most_bytes (Siege *siege)
{
  g_autofree char *path
      = g_strdup_printf ("/proc/%s/status", g_subprocess_get_identifier (siege->rain->subprocess));
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
  line = strstr (status, "VmHWM:");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10) * 1024;
}

static void
siege_begin (Siege *siege, const void *unused)
{
  *siege = (Siege){ 0 };
  siege->rain = BEGIN ("nodeid", "rain", "binds", "127.0.0.1:*", "secret", SECRET, "global", "on",
                       "queue_limit", "4MiB");
  g_autofree char *address = listening_at (siege->rain);

  siege->port = (uint16_t)g_ascii_strtoull (strrchr (address, ':') + 1, NULL, 10);
  siege->drain = g_thread_new ("drain", drain, siege->rain);
  friend_begin (siege, address);
}

static unsigned
count_lines (const char *text)
{
  unsigned count = 0;

  for (; *text; text++)
    count += *text == '\n';
  return count;
}

static void
siege_end (Siege *siege, const void *unused)
{
  aemp_node_free (siege->node);
  net_env_free (siege->env);
  g_subprocess_send_signal (siege->rain->subprocess, SIGTERM);
  g_autofree char *said = g_thread_join (siege->drain);
  expect_status (siege->rain, 0);
  g_assert_cmpuint (count_lines (said), <, LINES_MAX);
  if (siege->expected)
    {
      const char *place = strstr (said, siege->expected);

      g_assert_nonnull (place);
      g_assert_null (strstr (place + 1, siege->expected));
    }
}

typedef struct
{
  Siege *siege;
  void (*attack) (Siege *siege);
} Order;

static void *
carry_out (void *data)
{
  Order *order = data;

  order->attack (order->siege);
  g_atomic_int_set (&order->siege->attack_over, true);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
besiege (Siege *siege, void (*attack) (Siege *siege), uint64_t limit_bytes)
{
  Order order = { siege, attack };
  int64_t began_us = g_get_monotonic_time ();
  GThread *thread;

  forget_most (siege);
  thread = g_thread_new ("attack", carry_out, &order);
  while (!g_atomic_int_get (&siege->attack_over) || siege->trips < TRIPS_MIN)
    {
      g_main_context_iteration (NULL, true);
      if (siege->losses > 0) /* nobody would answer any more */
        g_error ("the friend was disconnected");
    }
  g_thread_join (thread);
  g_test_message ("%.1f s: %u round trips of the friend, the slowest %.1f ms; Rain's memory "
                  "%.1f MiB at most",
                  (double)(g_get_monotonic_time () - began_us) / 1e6, siege->trips,
                  (double)siege->slowest_us / 1e3, (double)most_bytes (siege) / MIB);
  g_assert_cmpint (siege->slowest_us, <, TRIP_MAX_US);
  if (!g_getenv ("AEMP_SANITIZED"))
    g_assert_cmpuint (most_bytes (siege), <, limit_bytes);
}

/* --- Strangers --------------------------------------------------------------------------- */

static unsigned
connections (void)
{
  const char *text = g_getenv ("AEMP_HOSTILE_CONNECTIONS");

  return text ? (unsigned)g_ascii_strtoull (text, NULL, 10) : CONNECTIONS;
}

/* Somebody with the secret, who was not there before, comes in now. */
static void
expect_open_door (Siege *siege, const char *node_id)
{
  g_auto (Raw) late = { 0 };

  g_assert_true (raw_dial (&late, "127.0.0.1", siege->port));
  g_assert_true (raw_join (&late, node_id, SECRET, "json"));
  g_assert_true (raw_hears (&late, "g_global"));
}

/* Open in Rain's process. */
static unsigned
count_descriptors (Siege *siege)
{
  g_autofree char *path
      = g_strdup_printf ("/proc/%s/fd", g_subprocess_get_identifier (siege->rain->subprocess));
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  unsigned count = 0;

  g_assert_nonnull (directory);
  while (g_dir_read_name (directory))
    count++;
  return count;
}

/* Many connect from several addresses, each says `text` and then no more, or bit by bit. */
static void
crowd_in (Siege *siege, unsigned sources, const char *text, bool trickles)
{
  unsigned count = connections ();
  unsigned most = MIN (count, sources == 1 ? AEMP_MEETINGS_OF_HOST_MAX : AEMP_MEETINGS_MAX);
  unsigned descriptors;
  g_autofree Raw *crowd = g_new0 (Raw, count);

  for (unsigned i = 0; i < count; i++)
    {
      g_autofree char *from = g_strdup_printf ("127.0.0.%u", 2 + i % sources);

      if (raw_dial (&crowd[i], from, siege->port))
        raw_say (&crowd[i], text, strlen (text));
    }
  g_usleep (AEMP_MEETING_GRACE_US + 100 * 1000); /* so long nobody has to go for another */
  for (unsigned round = 0; trickles && round < 20; round++)
    for (unsigned i = 0; i < count; i++)
      raw_say (&crowd[i], "x", 1);
  descriptors = count_descriptors (siege);
  g_test_message ("%u connected, Rain has %u descriptors", count, descriptors);
  g_assert_cmpuint (descriptors, >, most / 2);
  g_assert_cmpuint (descriptors, <, most + OWN_DESCRIPTORS);
  expect_open_door (siege, "late");
  for (unsigned i = 0; i < count; i++)
    raw_clear (&crowd[i]);
}

static void
say_nothing (Siege *siege)
{
  crowd_in (siege, SOURCES, "", false);
}

static void
test_silent (Siege *siege, const void *unused)
{
  g_test_summary ("Many strangers connect from several addresses and say nothing.");
  besiege (siege, say_nothing, STRANGERS_MAX_BYTES);
}

static void
say_nothing_from_here (Siege *siege)
{
  crowd_in (siege, 1, "", false);
}

static void
test_silent_from_one (Siege *siege, const void *unused)
{
  g_test_summary ("They come from one address: the others have three quarters of the places.");
  besiege (siege, say_nothing_from_here, STRANGERS_MAX_BYTES);
}

static void
say_half (Siege *siege)
{
  g_autofree char *half = g_strnfill (3000, 'a');

  crowd_in (siege, SOURCES, half, false);
}

static void
test_half_a_line (Siege *siege, const void *unused)
{
  g_test_summary ("Each says 3000 bytes of a line, and never its end.");
  besiege (siege, say_half, STRANGERS_MAX_BYTES);
}

static void
trickle (Siege *siege)
{
  crowd_in (siege, SOURCES, "aemp;1;", true);
}

static void
test_trickle (Siege *siege, const void *unused)
{
  g_test_summary ("Each says its greeting, one byte at a time.");
  besiege (siege, trickle, STRANGERS_MAX_BYTES);
}

/* They take all descriptors there are, and go after a while. */
static void
exhaust (Siege *siege)
{
  pid_t rain
      = (pid_t)g_ascii_strtoull (g_subprocess_get_identifier (siege->rain->subprocess), NULL, 10);
  struct rlimit few = { count_descriptors (siege) + 20, count_descriptors (siege) + 20 };
  Raw crowd[100];

  g_assert_cmpint (prlimit (rain, RLIMIT_NOFILE, &few, NULL), ==, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (crowd); i++)
    g_assert_true (raw_dial (&crowd[i], "127.0.0.2", siege->port)); /* the kernel's queue is long */
  g_usleep (300 * 1000); /* Rain looks again three times */
  for (unsigned i = 0; i < G_N_ELEMENTS (crowd); i++)
    raw_clear (&crowd[i]);
  expect_open_door (siege, "late");
}

static void
test_no_descriptors (Siege *siege, const void *unused)
{
  g_test_summary ("Strangers take all of Rain's descriptors.  It says so once, serves its friends, "
                  "and lets others in as soon as it can.");
  siege->expected = "nobody can be let in at ";
  besiege (siege, exhaust, STRANGERS_MAX_BYTES);
}

/* As much of it as is taken; how many bytes that were. */
static uint64_t
pour (Raw *raw, char byte, uint64_t total)
{
  static const size_t piece = 256 * 1024;
  g_autofree char *bytes = g_strnfill (piece, byte);
  uint64_t poured = 0;

  while (poured < total && raw_say (raw, bytes, MIN (piece, total - poured)))
    poured += piece;
  return poured;
}

static void
say_digits (Siege *siege)
{
  g_auto (Raw) stranger = { 0 };

  g_assert_true (raw_dial (&stranger, "127.0.0.2", siege->port));
  g_assert_cmpuint (pour (&stranger, '7', GIB), <, 16 * MIB); /* what the kernel's buffers take */
}

static void
test_digits (Siege *siege, const void *unused)
{
  g_test_summary ("A stranger begins to say a gigabyte of digits: it ends after one line.");
  besiege (siege, say_digits, STRANGERS_MAX_BYTES);
}

/* Reads two lines and says them, for Rain to make the proof. */
static void
echo_greeting (Siege *siege)
{
  for (unsigned i = 0; i < 200; i++)
    {
      g_auto (Raw) echo = { 0 };
      const char *nonce;

      g_assert_true (raw_dial (&echo, "127.0.0.2", siege->port));
      g_assert_true (raw_hears (&echo, "\n"));
      nonce = strchr (echo.heard->str, '\n') + 1;
      while (!strchr (nonce, '\n'))
        {
          g_assert_true (raw_listen (&echo));
          nonce = strchr (echo.heard->str, '\n') + 1;
        }
      raw_say (&echo, echo.heard->str, echo.heard->len);
      g_assert_true (raw_ends (&echo));
      g_assert_null (strstr (echo.heard->str, "\nhmac_sha3_512;"));
    }
}

static void
test_echo (Siege *siege, const void *unused)
{
  g_test_summary ("Strangers say Rain's own greeting: none gets a proof for it.");
  besiege (siege, echo_greeting, STRANGERS_MAX_BYTES);
}

/* --- False friends: they have the secret --------------------------------------------------- */

static void
false_friend (Siege *siege, Raw *raw, const char *framing)
{
  g_assert_true (raw_dial (raw, "127.0.0.2", siege->port));
  g_assert_true (raw_join (raw, "judas", SECRET, framing));
}

static void
say_long_number (Siege *siege)
{
  g_auto (Raw) judas = { 0 };

  false_friend (siege, &judas, "json");
  g_assert_true (raw_say (&judas, "[\"\",", 4));
  g_assert_cmpuint (pour (&judas, '7', GIB), <, 96 * MIB);
}

static void
test_long_number (Siege *siege, const void *unused)
{
  g_test_summary ("One who is let in sends a number of a gigabyte: it ends at the limit of a "
                  "message.");
  besiege (siege, say_long_number, FRIEND_MAX_BYTES);
}

static void
nest_with (Siege *siege, const char *framing, char opening)
{
  g_auto (Raw) judas = { 0 };

  false_friend (siege, &judas, framing);
  pour (&judas, opening, MIB);
  g_assert_true (raw_ends (&judas));
}

static void
nest (Siege *siege)
{
  nest_with (siege, "json", '[');
  nest_with (siege, "cbor", '\x81');
}

static void
test_nested (Siege *siege, const void *unused)
{
  g_test_summary ("… a million arrays, one inside the other.");
  besiege (siege, nest, STRANGERS_MAX_BYTES);
}

/* An array in which something claims to be that long. */
static void
claim_with (Siege *siege, uint8_t kind)
{
  const uint8_t claim[] = { 0x81, kind, 0x80, 0, 0, 0, 0, 0, 0, 0 };
  g_auto (Raw) judas = { 0 };

  false_friend (siege, &judas, "cbor");
  g_assert_true (raw_say (&judas, claim, sizeof claim));
  g_assert_true (raw_ends (&judas));
}

static void
claim (Siege *siege)
{
  claim_with (siege, 0x5b); /* bytes */
  claim_with (siege, 0x7b); /* text */
  claim_with (siege, 0x9b); /* an array */
  claim_with (siege, 0xbb); /* a map */
}

static void
test_claim (Siege *siege, const void *unused)
{
  g_test_summary ("… a string, an array, a map of 2^63 items.");
  besiege (siege, claim, STRANGERS_MAX_BYTES);
}

/* Rain is to send back what is said to it, and nobody reads that. */
static void
never_read (Siege *siege)
{
  g_autofree char *payload = g_strnfill (64 * 1024, 'a');
  g_autofree char *packet = g_strdup_printf ("[\"\",\"snd\",\"judas#x\",\"%s\"]", payload);
  g_auto (Raw) judas = { 0 };
  uint64_t said = 0;

  false_friend (siege, &judas, "json");
  while (said < GIB && raw_say (&judas, packet, strlen (packet)))
    said += strlen (packet);
  g_assert_cmpuint (said, <, 64 * MIB); /* the limit, and what the kernel's buffers take */
}

static void
test_never_reads (Siege *siege, const void *unused)
{
  g_test_summary ("One who is let in has messages sent to itself and does not read them: when the "
                  "queue is full it is dropped, and Rain says why.");
  siege->expected = "judas is down: send queue limit reached\n";
  besiege (siege, never_read, STRANGERS_MAX_BYTES);
}

int
main (int argc, char **argv)
{
  struct rlimit descriptors;

  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  signal (SIGPIPE, SIG_IGN);
  getrlimit (RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit (RLIMIT_NOFILE, &descriptors);
#define ADD(path, story) g_test_add (path, Siege, NULL, siege_begin, story, siege_end)
  ADD ("/hostile/silent", test_silent);
  ADD ("/hostile/silent-from-one", test_silent_from_one);
  ADD ("/hostile/half-a-line", test_half_a_line);
  ADD ("/hostile/trickle", test_trickle);
  ADD ("/hostile/no-descriptors", test_no_descriptors);
  ADD ("/hostile/digits", test_digits);
  ADD ("/hostile/echo", test_echo);
  ADD ("/hostile/long-number", test_long_number);
  ADD ("/hostile/nested", test_nested);
  ADD ("/hostile/claim", test_claim);
  ADD ("/hostile/never-reads", test_never_reads);
  return g_test_run ();
}
