/* tests/world/networks.c - networks of real nodes, each in a process of its own. */
#include "process.h"
#include "raw.h"

#include <glob.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 110 /* a story that hangs ends by SIGALRM */
#define RUTHS 8

#define SECRET "secret", "tea"
#define ANYWHERE "binds", "127.0.0.1:*"
#define SINK "[[\"aemp::sink\", \"rain.sink\", {}], [\"aemp::echo\", \"rain.echo\", {}]]"
#define WATCH(name) "[\"aemp::watch\", \"" name ".watch\", {\"target\": \"rain.echo\"}]"
#define HELLO(name)                                                                                \
  "[\"aemp::hello\", \"" name ".hello\", {\"target\": \"rain.echo\", \"text\": \"hej\"}]"

static Process *
begin_hub (char **address)
{
  Process *hub = BEGIN ("nodeid", "hub", ANYWHERE, SECRET, "global", "on");

  *address = listening_at (hub);
  return hub;
}

static Process *
begin_rain (const char *hub)
{
  Process *rain = BEGIN ("nodeid", "rain", ANYWHERE, SECRET, "seeds", hub, "services", SINK);

  hear (rain, "hub is up");
  return rain;
}

/* It is gone without a word. */
static void
kill_now (Process *process)
{
  g_subprocess_force_exit (process->subprocess);
  g_subprocess_wait (process->subprocess, NULL, NULL);
  process_free (process);
}

/* --- Ten nodes ------------------------------------------------------------------------------ */

/* Floods rain's sink, and watches her echo. */
static Process *
begin_ruth (const char *hub, unsigned number)
{
  g_autofree char *id = g_strdup_printf ("ruth%u", number);
  g_autofree char *services
      = g_strdup_printf ("[[\"aemp::flood\", \"%s.flood\","
                         " {\"target\": \"rain.sink\", \"count\": 200, \"every_us\": 1000}],"
                         " [\"aemp::watch\", \"%s.watch\", {\"target\": \"rain.echo\"}]]",
                         id, id);

  return BEGIN ("nodeid", id, ANYWHERE, SECRET, "seeds", hub, "services", services);
}

static void
test_ten (void)
{
  g_test_summary ("A hub, rain, and eight who find her by it.  Each sends her 200 messages and "
                  "watches her; she is killed, all are told, once; she comes back, and all find "
                  "her again.");

  g_autofree char *address = NULL;
  Process *hub = begin_hub (&address);
  Process *rain = begin_rain (address);
  Process *ruths[RUTHS];

  for (unsigned i = 0; i < RUTHS; i++)
    ruths[i] = begin_ruth (address, i);
  for (unsigned i = 0; i < RUTHS; i++)
    HEAR_EACH (ruths[i], "ruth?.flood done 200", "ruth?.watch found rain#*");
  kill_now (rain);
  for (unsigned i = 0; i < RUTHS; i++)
    HEAR_EACH (ruths[i], "rain is down: *", "ruth?.watch told transport_error");
  hear (hub, "rain is down: *");
  rain = begin_rain (address);
  for (unsigned i = 0; i < RUTHS; i++)
    {
      HEAR_EACH (ruths[i], "rain is up", "ruth?.watch found rain#*");
      g_assert_cmpuint (count_said (ruths[i], "*.watch told *"), ==, 1);
      g_assert_cmpuint (count_said (ruths[i], "* broken *"), ==, 0);
    }
  for (unsigned i = 0; i < RUTHS; i++)
    interrupt (ruths[i], SIGINT);
  interrupt (rain, SIGINT);
  interrupt (hub, SIGINT);
}

/* --- Three nodes ---------------------------------------------------------------------------- */

static void
test_stopped (void)
{
  g_test_summary ("Rain's process is stopped: whoever watches her is told nothing, and a newcomer "
                  "gets no answer.  She goes on, and so does everything.");

  g_autofree char *address = NULL;
  Process *hub = begin_hub (&address);
  Process *rain = begin_rain (address);
  Process *ruth = BEGIN ("nodeid", "ruth", "binds", "", SECRET, "seeds", address, "services",
                         "[" WATCH ("ruth") "]");
  Process *late;

  hear (ruth, "ruth.watch found rain#*");
  g_subprocess_send_signal (rain->subprocess, SIGSTOP);
  late = BEGIN ("nodeid", "late", "binds", "", SECRET, "seeds", address, "services",
                "[" HELLO ("late") "]");
  hear (late, "hub is up");
  g_subprocess_send_signal (rain->subprocess, SIGCONT);
  HEAR_EACH (late, "late.hello heard hej", "rain is up");
  interrupt (rain, SIGINT);
  HEAR_EACH (ruth, "ruth.watch told transport_error", "rain is down: *");
  g_assert_cmpuint (count_said (ruth, "*.watch told *"), ==, 1);
  interrupt (late, SIGINT);
  interrupt (ruth, SIGINT);
  interrupt (hub, SIGINT);
}

static void
test_restarts (void)
{
  g_test_summary ("Rain is killed and begins anew, again and again: each of her processes is "
                  "found, and each death is told once.");

  g_autofree char *address = NULL;
  Process *hub = begin_hub (&address);
  Process *ruth = BEGIN ("nodeid", "ruth", "binds", "", SECRET, "seeds", address, "services",
                         "[" WATCH ("ruth") "]");

  for (unsigned i = 1; i <= 5; i++)
    {
      Process *rain = begin_rain (address);

      hear (ruth, "ruth.watch found rain#*");
      kill_now (rain);
      HEAR_EACH (ruth, "rain is down: *", "ruth.watch told transport_error");
      g_assert_cmpuint (count_said (ruth, "*.watch told *"), ==, i);
    }
  interrupt (ruth, SIGINT);
  interrupt (hub, SIGINT);
}

/* --- Another clock ---------------------------------------------------------------------------- */

/* The library of faketime, wherever Debian has it; NULL: it is not installed. */
static char *
find_faketime (void)
{
  glob_t found = { 0 };
  char *path = NULL;

  if (glob ("/usr/lib/*/faketime/libfaketimeMT.so.1", 0, NULL, &found) == 0)
    path = g_strdup (found.gl_pathv[0]);
  globfree (&found);
  return path;
}

/* What time a node thinks it is: asked by a peer of its own name. */
static double
time_at (const char *address, const char *node_id)
{
  g_autofree char *question = g_strdup_printf ("[\"\",\"time\",\"%s#t\"]", node_id);
  uint16_t port = (uint16_t)g_ascii_strtoull (strrchr (address, ':') + 1, NULL, 10);
  g_auto (Raw) raw = { 0 };

  g_assert_true (raw_dial (&raw, "127.0.0.1", port));
  g_assert_true (raw_join (&raw, node_id, "tea", "json"));
  g_assert_true (raw_say (&raw, question, strlen (question)));
  g_assert_true (raw_hears (&raw, "[\"t\","));
  while (!strchr (strstr (raw.heard->str, "[\"t\","), ']'))
    g_assert_true (raw_listen (&raw));
  return g_ascii_strtod (strstr (raw.heard->str, "[\"t\",") + strlen ("[\"t\","), NULL);
}

/* The clock of ruth jumps, and somebody asks her whether it did. */
static void
jump (const char *file, const char *ruth, const char *offset, double wanted_seconds)
{
  static unsigned times;
  g_autofree char *asker = g_strdup_printf ("asker%u", times++);
  g_autoptr (GError) error = NULL;
  double ahead;

  g_file_set_contents (file, offset, -1, &error);
  g_assert_no_error (error);
  ahead = time_at (ruth, asker) - (double)g_get_real_time () / 1e6;
  g_test_message ("the clock is %.0f s ahead", ahead);
  g_assert_cmpfloat (ABS (ahead - wanted_seconds), <, 60);
}

static void
test_clock (void)
{
  g_autofree char *library = find_faketime ();
  g_autofree char *address = NULL;
  g_autofree char *file = g_strdup_printf ("%s/aemp-clock-%d", g_get_tmp_dir (), getpid ());

  g_test_summary ("The wall clock of ruth's process is a day ahead, jumps back by two, and a year "
                  "forward.  Her monitor says nothing, nobody is down, and she talks on.");
  if (!library)
    {
      g_test_skip ("libfaketime is not installed");
      return;
    }
  if (g_getenv ("AEMP_SANITIZED"))
    {
      g_test_skip ("a sanitizer wants to be loaded before libfaketime");
      return;
    }

  const char *const environment[] = { "LD_PRELOAD",
                                      library,
                                      "FAKETIME_TIMESTAMP_FILE",
                                      file,
                                      "FAKETIME_NO_CACHE",
                                      "1",
                                      "FAKETIME_DONT_FAKE_MONOTONIC",
                                      "1",
                                      NULL };
  Process *hub = begin_hub (&address);
  Process *rain = begin_rain (address);
  g_assert_true (g_file_set_contents (file, "+1d", -1, NULL));
  Process *ruth
      = begin_in (environment, "run",
                  (const char *const[]){ "nodeid", "ruth", ANYWHERE, SECRET, "seeds", address,
                                         "services", "[" WATCH ("ruth") "]", NULL });
  g_autofree char *ruth_address = listening_at (ruth);

  hear (ruth, "ruth.watch found rain#*");
  jump (file, ruth_address, "+1d", 24 * 3600);
  jump (file, ruth_address, "-1d", -24 * 3600);
  jump (file, ruth_address, "+365d", 365 * 24 * 3600);
  g_assert_cmpuint (count_said (ruth, "rain is down*") + count_said (ruth, "hub is down*"), ==, 0);
  interrupt (rain, SIGINT);
  HEAR_EACH (ruth, "rain is down: *", "ruth.watch told transport_error");
  g_assert_cmpuint (count_said (ruth, "*.watch told *"), ==, 1);
  g_assert_cmpuint (count_said (ruth, "hub is down*"), ==, 0);
  interrupt (ruth, SIGINT);
  interrupt (hub, SIGINT);
  unlink (file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  g_test_add_func ("/networks/ten", test_ten);
  g_test_add_func ("/networks/stopped", test_stopped);
  g_test_add_func ("/networks/restarts", test_restarts);
  g_test_add_func ("/networks/clock", test_clock);
  return g_test_run ();
}
