/* tests/world/processes.c - real nodes in processes of their own. */
#include "process.h"

#include "scenarios/scenario.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 50 /* a story that hangs ends by SIGALRM */

#define ECHO "[[\"aemp::echo\", \"rain.echo\", {}]]"
#define HELLO "[[\"aemp::hello\", \"ruth.hello\", {\"target\": \"rain.echo\", \"text\": \"hej\"}]]"

static void
test_hello (void)
{
  g_test_summary ("Ruth's process joins by Rain's and says hello to an echo there.  Rain is "
                  "told to end, which Ruth sees; she is interrupted, too.");

  Process *rain = BEGIN ("nodeid", "rain", "binds", "127.0.0.1:*", "secret", "tea", "global", "on",
                         "services", ECHO);
  g_autofree char *address = listening_at (rain);
  Process *ruth = BEGIN ("nodeid", "ruth", "binds", "127.0.0.1:*", "secret", "tea", "seeds",
                         address, "services", HELLO);

  hear (rain, "ruth is up");
  hear (ruth, "rain is up");
  hear (ruth, "ruth.hello heard hej");
  interrupt (rain, SIGTERM);
  hear (ruth, "rain is down: *");
  interrupt (ruth, SIGINT);
}

static void
test_killed (void)
{
  g_test_summary ("Rain's process is killed, and another begins under the same name and at the "
                  "same address.  Ruth sees the one go and the other come.");

  Process *rain = BEGIN ("nodeid", "rain", "binds", "127.0.0.1:*", "secret", "tea", "global", "on");
  g_autofree char *address = listening_at (rain);
  Process *ruth = BEGIN ("nodeid", "ruth", "binds", "", "secret", "tea", "seeds", address);

  hear (ruth, "rain is up");
  g_subprocess_force_exit (rain->subprocess);
  hear (ruth, "rain is down: *");
  g_subprocess_wait (rain->subprocess, NULL, NULL);
  process_free (rain);
  rain = BEGIN ("nodeid", "rain", "binds", address, "secret", "tea");
  hear (ruth, "rain is up");
  hear (rain, "ruth is up");
  interrupt (ruth, SIGINT);
  hear (rain, "ruth is down: *");
  interrupt (rain, SIGINT);
}

static void
test_wrong_secret (void)
{
  g_test_summary ("Eve's secret is another one: she is not let in, and says so herself.");

  Process *rain = BEGIN ("nodeid", "rain", "binds", "127.0.0.1:*", "secret", "tea", "global", "on");
  g_autofree char *address = listening_at (rain);
  Process *eve = BEGIN ("nodeid", "eve", "binds", "", "secret", "coffee", "seeds", address);

  hear (rain, "eve was not let in: *secret*");
  hear (eve, "rain at 127.0.0.1:* could not be joined: *secret*");
  interrupt (eve, SIGINT);
  interrupt (rain, SIGINT);
}

static void
expect_refusal (Process *process, const char *pattern, int status)
{
  hear (process, pattern);
  expect_status (process, status);
}

/* A file for `cert @FILE`; the path is to be freed, and the file with it removed. */
static char *
write_cert (const char *name)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (g_get_tmp_dir (), "aemp-cert-XXXXXX", NULL);
  const char *pem = scenario_certificate_find (name)->pem;
  int file = g_mkstemp (path);

  g_assert_cmpint (file, >=, 0);
  close (file);
  g_file_set_contents (path, pem, -1, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_tls (void)
{
  g_test_summary ("Rain and Ruth have certificates of one authority and no secret: they meet inside "
                  "TLS.  Eve's is of another one, Mallory's has expired: both are told.");

  g_autofree char *good = write_cert ("signed");
  g_autofree char *other = write_cert ("other");
  g_autofree char *brief = write_cert ("brief");
  g_autofree char *at_good = g_strconcat ("@", good, NULL);
  g_autofree char *at_other = g_strconcat ("@", other, NULL);
  g_autofree char *at_brief = g_strconcat ("@", brief, NULL);
  expect_refusal (BEGIN ("--record", "/nonexistent/x", "cert", at_good),
                  "aemp run: --record: a node with a certificate *", 64);
  Process *rain = BEGIN ("nodeid", "rain", "binds", "127.0.0.1:*", "cert", at_good, "global", "on",
                         "services", ECHO);
  g_autofree char *address = listening_at (rain);
  Process *ruth = BEGIN ("nodeid", "ruth", "binds", "127.0.0.1:*", "cert", at_good, "seeds",
                         address, "services", HELLO);

  hear (ruth, "rain is up");
  hear (ruth, "ruth.hello heard hej");

  Process *eve = BEGIN ("nodeid", "eve", "binds", "", "cert", at_other, "seeds", address);
  hear (eve, "rain at 127.0.0.1:* could not be joined: *certificate*");
  hear (rain, "eve was not let in: *certificate*");
  interrupt (eve, SIGINT);
  Process *mallory = BEGIN ("nodeid", "mallory", "binds", "", "cert", at_brief, "seeds", address);
  hear (rain, "mallory was not let in: *has expired, it was valid until 2026-01-01T00:01:00Z*");
  interrupt (mallory, SIGINT);
  Process *moon = BEGIN ("nodeid", "moon", "binds", "", "secret", "tea", "seeds", address);
  hear (rain, "*was not let in: *does not speak TLS*");
  interrupt (moon, SIGINT);

  g_subprocess_force_exit (ruth->subprocess);
  hear (rain, "ruth is down: Unexpected end-of-file, and TLS was not ended");
  g_subprocess_wait (ruth->subprocess, NULL, NULL);
  process_free (ruth);
  interrupt (rain, SIGTERM);
  g_unlink (good);
  g_unlink (other);
  g_unlink (brief);
}

static void
test_names (void)
{
  g_test_summary ("A node's name comes from its profile or a pattern; with a / at the end it is "
                  "another one each time.");

  Process *first = BEGIN ("shop", "secret", "tea", "binds", "127.0.0.1:*");
  Process *second = BEGIN ("shop", "secret", "tea", "binds", "");
  Process *third = BEGIN ("nodeid", "x%n:%u", "secret", "tea", "binds", "");
  g_autofree char *pattern = g_strdup_printf ("node x%s:??????????*", g_get_host_name ());
  g_autofree char *one = expect (first, "node shop/??????????");
  g_autofree char *other = expect (second, "node shop/??????????, listening nowhere");

  g_assert_false (g_str_has_prefix (other, one));
  hear (third, pattern);
  interrupt (first, SIGINT);
  interrupt (second, SIGINT);
  interrupt (third, SIGINT);
}

static void
test_refusals (void)
{
  g_test_summary ("What cannot be is said in one line, and nothing runs.");

  expect_refusal (BEGIN ("nodeid", "rain"), "aemp run: secret: *", 78);
  expect_refusal (BEGIN ("cert", "@/nonexistent"), "aemp run: cert: *", 64);
  expect_refusal (BEGIN ("cert", "-----BEGIN NOTHING-----"), "aemp run: cert: expected *", 78);
  expect_refusal (BEGIN ("nodeid", "ra in", "secret", "tea"), "aemp run: nodeid: *", 64);
  expect_refusal (BEGIN ("colour", "red"), "aemp run: \"colour\" is no key; *", 64);
  expect_refusal (BEGIN ("--fast"), "aemp run: unknown option --fast", 64);
  expect_refusal (BEGIN ("secret", "tea", "services", "hello"),
                  "aemp run: services: expected a function like *", 78);
  expect_refusal (BEGIN ("secret", "tea", "services", "[[\"a::b\"]"), "aemp run: services: *", 64);
  expect_refusal (BEGIN ("secret", "tea", "servces", "x"), "aemp run: \"servces\" is no key (did you "
                                                           "mean services?); there are *", 64);
  expect_refusal (BEGIN ("nodeid", "a", "secret"), "aemp run: secret needs a value", 64);
  expect_refusal (BEGIN ("secret", "a", "secret", "b"), "aemp run: secret is given twice", 64);
  expect_refusal (BEGIN ("secret", "tea", "services", "[1]"), "aemp run: services: expected *", 78);
  expect_refusal (BEGIN ("secret", "tea", "binds", "203.0.113.7:4040"),
                  "aemp run: cannot start: *203.0.113.7:4040*", 1);
}

static void
test_port_in_use (void)
{
  g_test_summary ("Where somebody listens already, a second node does not start, and says why.  A "
                  "name is as good as an address.");

  Process *rain = BEGIN ("nodeid", "rain", "binds", "localhost:*", "secret", "tea");
  g_autofree char *address = listening_at (rain);
  g_autofree char *expected
      = g_strdup_printf ("aemp run: cannot start: *%s: Address already in use", address);

  expect_refusal (BEGIN ("nodeid", "ruth", "binds", address, "secret", "tea"), expected, 1);
  interrupt (rain, SIGINT);
}

static void
test_service_fails (void)
{
  g_test_summary ("A function that nobody registered is told before anything runs, with those that "
                  "there are.");

  expect_refusal (BEGIN ("secret", "tea", "binds", "", "services", "aemp::echo,no::such"),
                  "aemp run: cannot start: services: there is no function no::such; there are "
                  "aemp::echo, *",
                  78);
}

/* --- Recordings ------------------------------------------------------------------ */

/* A directory for two recordings and a trace. */
typedef struct
{
  char *directory;
  char *rain;
  char *ruth;
  char *trace;
} Shelf;

static void
shelf_begin (Shelf *shelf, const void *unused)
{
  g_autoptr (GError) error = NULL;

  shelf->directory = g_dir_make_tmp ("aemp-processes-XXXXXX", &error);
  g_assert_no_error (error);
  shelf->rain = g_build_filename (shelf->directory, "rain.rec", NULL);
  shelf->ruth = g_build_filename (shelf->directory, "ruth.rec", NULL);
  shelf->trace = g_build_filename (shelf->directory, "ruth.jsonl", NULL);
}

static void
shelf_end (Shelf *shelf, const void *unused)
{
  unlink (shelf->rain);
  unlink (shelf->ruth);
  unlink (shelf->trace);
  g_assert_cmpint (rmdir (shelf->directory), ==, 0);
  g_free (shelf->rain);
  g_free (shelf->ruth);
  g_free (shelf->trace);
  g_free (shelf->directory);
}

/* Both are recorded.  Rain is killed, then Ruth interrupted; what they said. */
static void
live (Shelf *shelf, char **rain_said, char **ruth_said)
{
  Process *rain = BEGIN ("--verbose", "--record", shelf->rain, "nodeid", "rain", "binds",
                         "127.0.0.1:*", "secret", "tea", "global", "on", "services", ECHO);
  g_autofree char *address = listening_at (rain);
  Process *ruth = BEGIN ("--record", shelf->ruth, "nodeid", "ruth", "binds", "127.0.0.1:*",
                         "secret", "tea", "seeds", address, "services", HELLO);

  hear (ruth, "ruth.hello heard hej");
  g_subprocess_force_exit (rain->subprocess);
  hear (ruth, "rain is down: *");
  *rain_said = hear_out (rain);
  g_subprocess_wait (rain->subprocess, NULL, NULL);
  process_free (rain);
  g_subprocess_send_signal (ruth->subprocess, SIGINT);
  *ruth_said = hear_out (ruth);
  expect_status (ruth, 0);
}

/* It ends well, with this result on its stdout. */
static void
expect_result (Process *process, const char *pattern)
{
  GInputStream *stdout_pipe = g_subprocess_get_stdout_pipe (process->subprocess);
  char result[1000] = "";

  g_assert_true (
      g_input_stream_read_all (stdout_pipe, result, sizeof result - 1, NULL, NULL, NULL));
  g_test_message ("%s", result);
  g_assert_true (g_pattern_match_simple (pattern, result));
  expect_status (process, 0);
}

static void
test_replayed (Shelf *shelf, const void *unused)
{
  g_autofree char *rain_said = NULL;
  g_autofree char *ruth_said = NULL;
  g_autofree char *rain_again = NULL;
  g_autofree char *ruth_again = NULL;
  g_autofree char *trace = NULL;

  g_test_summary ("Rain is killed by surprise, Ruth ends in peace.  Replayed they say what they "
                  "said, line by line, and Ruth's digest is the recorded one.");

  live (shelf, &rain_said, &ruth_said);
  Process *rain = REPLAY ("--verbose", shelf->rain, "secret", "tea");
  rain_again = hear_out (rain);
  expect_result (rain, "rain   *\ndigest *   the recording breaks off here\n");
  Process *ruth = REPLAY ("--trace", shelf->trace, shelf->ruth, "secret", "tea");
  ruth_again = hear_out (ruth);
  expect_result (ruth, "ruth   *\ndigest *   as recorded\n");
  g_assert_true (g_str_has_prefix (rain_again, rain_said)); /* it was in the middle of something */
  g_assert_nonnull (strstr (rain_said, " node_up ruth "));
  g_assert_nonnull (strstr (rain_said, " deliver ruth "));
  g_assert_cmpstr (ruth_again, ==, ruth_said);
  g_assert_true (g_file_get_contents (shelf->trace, &trace, NULL, NULL));
  g_assert_nonnull (strstr (trace, "\"event\":\"node_down\",\"peer\":\"rain\""));
  g_assert_true (g_str_has_suffix (trace, ",\"status\":0}\n"));
}

/* Says another thing in the head of a recording. */
static void
change_head (const char *path, const char *from, const char *to)
{
  g_autofree char *bytes = NULL;
  char *place;
  size_t length;

  g_assert_cmpuint (strlen (from), ==, strlen (to));
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  place = strstr (bytes, from);
  g_assert_nonnull (place);
  memcpy (place, to, strlen (to));
  g_assert_true (g_file_set_contents (path, bytes, (gssize)length, NULL));
}

static void
test_replay_refusals (Shelf *shelf, const void *unused)
{
  g_autofree char *rain_said = NULL;
  g_autofree char *ruth_said = NULL;

  g_test_summary ("A recording is not overwritten, and needs the secret.  Another node than the "
                  "recorded one diverges; what is no recording is told from one.");

  live (shelf, &rain_said, &ruth_said);
  expect_refusal (BEGIN ("--record", shelf->ruth, "secret", "tea", "binds", ""),
                  "aemp run: cannot record: *: File exists", 73);
  expect_refusal (REPLAY (shelf->ruth), "aemp replay: expected secret SECRET: *", 64);
  expect_refusal (REPLAY (shelf->ruth, "secret", "coffee"),
                  "aemp replay: secret: the recorded node had another one", 64);
  expect_refusal (REPLAY ("--trap-at", "x", shelf->ruth), "aemp replay: --trap-at: *", 64);
  expect_refusal (REPLAY ("/nonexistent", "secret", "tea"), "aemp replay: *", 65);
  expect_refusal (REPLAY ("--trace", shelf->directory, shelf->ruth, "secret", "tea"),
                  "aemp replay: *: Is a directory", 73);
  change_head (shelf->ruth, "monitor_timeout 30s", "monitor_timeout 31s");
  expect_refusal (REPLAY (shelf->ruth, "secret", "tea"),
                  "aemp replay: diverged at event *: the node wanted to start timer *", 3);
  change_head (shelf->ruth, "aemp recording 1", "aemp recording 7");
  expect_refusal (REPLAY (shelf->ruth, "secret", "tea"),
                  "aemp replay: *: format 7 is not known, only 1", 65);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  g_test_add_func ("/processes/hello", test_hello);
  g_test_add_func ("/processes/killed", test_killed);
  g_test_add_func ("/processes/wrong-secret", test_wrong_secret);
  g_test_add_func ("/processes/tls", test_tls);
  g_test_add_func ("/processes/names", test_names);
  g_test_add_func ("/processes/refusals", test_refusals);
  g_test_add_func ("/processes/port-in-use", test_port_in_use);
  g_test_add_func ("/processes/service-fails", test_service_fails);
  g_test_add ("/processes/replayed", Shelf, NULL, shelf_begin, test_replayed, shelf_end);
  g_test_add ("/processes/replay-refusals", Shelf, NULL, shelf_begin, test_replay_refusals,
              shelf_end);
  return g_test_run ();
}
