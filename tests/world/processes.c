/* tests/world/processes.c - real nodes in processes of their own. */
#include <gio/gio.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LIMIT_SECONDS 50 /* a story that hangs ends by SIGALRM */

#define ECHO "[[\"aemp::echo\", \"rain.echo\", {}]]"
#define HELLO "[[\"aemp::hello\", \"ruth.hello\", {\"target\": \"rain.echo\", \"text\": \"hej\"}]]"

typedef struct
{
  GSubprocess *subprocess;
  GDataInputStream *lines; /* of its stderr */
} Process;

static void
die_with_us (void *user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static Process *
begin (const char *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) line = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  Process *process = g_new0 (Process, 1);

  g_ptr_array_add (line, (char *)g_getenv ("AEMP_PROGRAM"));
  g_ptr_array_add (line, (char *)"run");
  for (; *arguments; arguments++)
    g_ptr_array_add (line, (char *)*arguments);
  g_ptr_array_add (line, NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_us, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "PERL_ANYEVENT_MP_RC", "/nonexistent/profile", true);
  process->subprocess
      = g_subprocess_launcher_spawnv (launcher, (const char *const *)line->pdata, &error);
  g_assert_no_error (error);
  process->lines = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process->subprocess));
  return process;
}
#define BEGIN(...) begin ((const char *const[]){ __VA_ARGS__, NULL })

static G_NORETURN void
complain (Process *process, const char *pattern)
{
  GSubprocess *subprocess = process->subprocess;

  g_subprocess_wait (subprocess, NULL, NULL);
  if (g_subprocess_get_if_exited (subprocess))
    g_error ("it ended with status %d without saying \"%s\"",
             g_subprocess_get_exit_status (subprocess), pattern);
  g_error ("it died of signal %d without saying \"%s\"", g_subprocess_get_term_sig (subprocess),
           pattern);
}

/* Reads on to a line that matches; returns it. */
static char *
expect (Process *process, const char *pattern)
{
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (process->lines, NULL, NULL, NULL);

      if (!line)
        complain (process, pattern);
      g_test_message ("%s", line);
      if (g_pattern_match_simple (pattern, line))
        return g_steal_pointer (&line);
    }
}

static void
hear (Process *process, const char *pattern)
{
  g_free (expect (process, pattern));
}

static char *
listening_at (Process *process)
{
  g_autofree char *line = expect (process, "listening on *");

  return g_strdup (line + strlen ("listening on "));
}

static void
expect_status (Process *process, int status)
{
  g_assert_true (g_subprocess_wait (process->subprocess, NULL, NULL));
  g_assert_true (g_subprocess_get_if_exited (process->subprocess));
  g_assert_cmpint (g_subprocess_get_exit_status (process->subprocess), ==, status);
  g_object_unref (process->lines);
  g_object_unref (process->subprocess);
  g_free (process);
}

static void
interrupt (Process *process, int signal_number)
{
  g_subprocess_send_signal (process->subprocess, signal_number);
  expect_status (process, 0);
}

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
  g_object_unref (rain->lines);
  g_object_unref (rain->subprocess);
  g_free (rain);
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
  hear (eve, "rain could not be joined: *secret*");
  interrupt (eve, SIGINT);
  interrupt (rain, SIGINT);
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
expect_refusal (Process *process, const char *pattern, int status)
{
  hear (process, pattern);
  expect_status (process, status);
}

static void
test_refusals (void)
{
  g_test_summary ("What cannot be is said in one line, and nothing runs.");

  expect_refusal (BEGIN ("nodeid", "rain"), "aemp run: secret: *", 64);
  expect_refusal (BEGIN ("nodeid", "ra in", "secret", "tea"), "aemp run: nodeid: *", 64);
  expect_refusal (BEGIN ("colour", "red"), "aemp run: \"colour\" is no key; *", 64);
  expect_refusal (BEGIN ("--fast"), "aemp run: unknown option --fast", 64);
  expect_refusal (BEGIN ("secret", "tea", "services", "hello"),
                  "aemp run: services: expected a function like *", 64);
  expect_refusal (BEGIN ("secret", "tea", "services", "[[\"a::b\"]"), "aemp run: services: *", 64);
  expect_refusal (BEGIN ("secret", "tea", "servces", "x"), "aemp run: \"servces\" is no key; there "
                                                           "are nodeid, *, services", 64);
  expect_refusal (BEGIN ("nodeid", "a", "secret"), "aemp run: secret needs a value", 64);
  expect_refusal (BEGIN ("secret", "a", "secret", "b"), "aemp run: secret is given twice", 64);
  expect_refusal (BEGIN ("secret", "tea", "services", "[1]"), "aemp run: services: expected *", 64);
  expect_refusal (BEGIN ("secret", "tea", "binds", "203.0.113.7:4040"),
                  "aemp run: cannot start: *203.0.113.7:4040*", 1);
}

static void
test_service_fails (void)
{
  g_test_summary ("A function that nobody registered ends its service; the node goes on.");

  Process *rain = BEGIN ("secret", "tea", "binds", "", "services", "no::such,aemp::echo");

  hear (rain, "no::such ended: *");
  interrupt (rain, SIGINT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  g_test_add_func ("/processes/hello", test_hello);
  g_test_add_func ("/processes/killed", test_killed);
  g_test_add_func ("/processes/wrong-secret", test_wrong_secret);
  g_test_add_func ("/processes/names", test_names);
  g_test_add_func ("/processes/refusals", test_refusals);
  g_test_add_func ("/processes/service-fails", test_service_fails);
  return g_test_run ();
}
