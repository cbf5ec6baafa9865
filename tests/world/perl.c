/* tests/world/perl.c - the commands that ask nodes in Perl, against a stand-in for one.
 *
 * It answers as AnyEvent::MP 2.02 was recorded to: `can` with "1" or "", `eval` with an error text
 * and the results, and nothing to what it does not know.  It evaluates what it was taught. */
#include "house.h"
#include "raw.h"

#include "engine/codec.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT_SECONDS 55 /* a story that hangs ends by SIGALRM */
#define SECRET "tea"
#define UP_NODES "AnyEvent::MP::Kernel::up_nodes ()"
#define RESTART "AnyEvent::Watchdog::Util::restart"

typedef struct
{
  House house;
  int door;
  GThread *thread;
  bool is_restarted; /* it was asked to, and did */
} Perl;

/* --- What it says ------------------------------------------------------------------------ */

/* Perl's "reply…": a port ID, and what stands in front of the answer. */
static void
reply (Raw *raw, AempList to, const char *answers)
{
  g_autofree char *port = aemp_value_dup_text (aemp_list_get (&to, 0), NULL);
  AempList front = aemp_list_skip (to, 1);
  g_autofree char *words = aemp_list_to_text (&front, 0);
  g_autofree char *packet = g_strdup_printf ("[\"%s\"%s%s,%s]", strchr (port, '#') + 1,
                                             front.count > 0 ? "," : "", words, answers);

  g_assert_true (raw_say (raw, packet, strlen (packet)));
}

static const char *
value_of (const char *text)
{
  if (strcmp (text, "1 + 1") == 0)
    return "\"\",2";
  if (strcmp (text, "die") == 0)
    return "\"Died at (eval 20) line 1.\\n\"";
  if (strcmp (text, UP_NODES) == 0)
    return "\"\",\"perl\"";
  return "\"\"";
}

/* False: the process is over. */
static bool
obey (Perl *perl, Raw *raw, const AempList *packet)
{
  AempList arguments = aemp_list_skip (*packet, 2);
  const AempValue *request = aemp_list_get (packet, 1);

  if (!request || !aemp_value_is (aemp_list_get (packet, 0), ""))
    return true;
  if (aemp_value_is (request, "can"))
    reply (raw, aemp_list_skip (arguments, 1), "\"\"");
  else if (aemp_value_is (request, "eval"))
    {
      g_autofree char *text = aemp_value_dup_text (aemp_list_get (&arguments, 0), NULL);

      reply (raw, aemp_list_skip (arguments, 1), value_of (text));
    }
  else if (aemp_value_is (request, RESTART))
    return !(perl->is_restarted = true);
  return true;
}

/* --- The node ------------------------------------------------------------------------------ */

static bool
obey_all (Perl *perl, Raw *raw)
{
  AempScanner scanner;

  aemp_scanner_init (&scanner);
  while (raw->heard->len > 0
         && aemp_codec_json.scan (&scanner, (const uint8_t *)raw->heard->str, raw->heard->len, NULL)
                == AEMP_SCAN_PACKET)
    {
      size_t length = scanner.position;
      g_autoptr (AempMessage) message
          = aemp_codec_json.decode (&scanner, (const uint8_t *)raw->heard->str, NULL);
      AempList list = aemp_message_list (message);

      if (!obey (perl, raw, &list))
        return false;
      g_string_erase (raw->heard, 0, (gssize)length);
    }
  return true;
}

/* Takes one after the other, until the door is shut. */
static void *
live (void *user_data)
{
  Perl *perl = user_data;
  int guest;

  while ((guest = accept (perl->door, NULL, NULL)) >= 0)
    {
      g_auto (Raw) raw = { guest, g_string_new (NULL) };

      if (!raw_join (&raw, "perl", SECRET, "json"))
        continue;
      while (obey_all (perl, &raw) && raw_listen (&raw))
        ;
    }
  return NULL;
}

static void
perl_begin (Perl *perl, const void *unused)
{
  struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof here;
  g_autofree char *address = NULL;

  house_begin (&perl->house, NULL);
  perl->door = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (perl->door, (struct sockaddr *)&here, sizeof here), ==, 0);
  g_assert_cmpint (listen (perl->door, 8), ==, 0);
  g_assert_cmpint (getsockname (perl->door, (struct sockaddr *)&here, &length), ==, 0);
  address = g_strdup_printf ("127.0.0.1:%u", ntohs (here.sin_port));
  EXPECT (&perl->house, 0, "", "setsecret", SECRET, "setseeds", address);
  perl->thread = g_thread_new ("perl", live, perl);
}

static void
perl_end (Perl *perl, const void *unused)
{
  shutdown (perl->door, SHUT_RDWR);
  g_thread_join (perl->thread);
  close (perl->door);
  house_end (&perl->house, NULL);
}

/* --- The stories ------------------------------------------------------------------------------ */

static void
test_eval (Perl *perl, const void *unused)
{
  g_test_summary ("What Perl evaluates is printed, and so is its error.");

  EXPECT (&perl->house, 0, "2\n", "eval", "perl", "1", "+", "1");
  EXPECT (&perl->house, 0, "\n", "eval", "perl", "()");
  EXPECT (&perl->house, 1, "aemp eval: Died at (eval 20) line 1.\n", "eval", "perl", "die");
}

static void
test_trace (Perl *perl, const void *unused)
{
  g_test_summary (
      "A node in Perl knows no up_nodes: it is asked to evaluate who its neighbours are.");

  EXPECT (&perl->house, 0, "perl\n", "trace", "perl");
}

static void
test_shell (Perl *perl, const void *unused)
{
  g_test_summary ("In the shell a line for Perl is evaluated, also one that is a JSON array.");

  g_autofree char *said = try (&perl->house, 0, "1 + 1\ndie\n[1]\n1 + 1\n",
                               (const char *const[]){ "shell", "perl", NULL });
  g_assert_cmpstr (said, ==, "2\nDied at (eval 20) line 1.\n\n2\n");
}

static void
test_restart (Perl *perl, const void *unused)
{
  g_test_summary (
      "A node in Perl is restarted by the function of its watchdog: the command is done "
      "when the connection is lost.");

  EXPECT (&perl->house, 0, "", "restart", "perl");
  g_assert_true (perl->is_restarted);
}

#define ADD(name, test) g_test_add ("/perl/" name, Perl, NULL, perl_begin, test, perl_end)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  signal (SIGPIPE, SIG_IGN);
  ADD ("eval", test_eval);
  ADD ("trace", test_trace);
  ADD ("shell", test_shell);
  ADD ("restart", test_restart);
  return g_test_run ();
}
