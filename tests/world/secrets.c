/* tests/world/secrets.c - the secret of a real node stays with it. */
#include "process.h"
#include "raw.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 50
#define SECRET "Xq7-tea-with-milk"
#define SECRET_HEX "5871372d7465612d776974682d6d696c6b"

static void
expect_no_secret (const char *bytes, size_t length)
{
  g_assert_cmpuint (length, >, 0);
  g_assert_null (memmem (bytes, length, SECRET, strlen (SECRET)));
  g_assert_null (memmem (bytes, length, SECRET_HEX, strlen (SECRET_HEX)));
}

static void
expect_no_secret_in (const char *path)
{
  g_autofree char *bytes = NULL;
  size_t length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  expect_no_secret (bytes, length);
}

static void
expect_no_secret_in_title (Process *process)
{
  g_autofree char *path
      = g_strdup_printf ("/proc/%s/cmdline", g_subprocess_get_identifier (process->subprocess));

  expect_no_secret_in (path);
}

static void
test_title (void)
{
  g_test_summary ("A node is given its secret as an argument.  It is in use, and whoever lists "
                  "processes sees stars.");

  Process *rain
      = BEGIN ("nodeid", "rain", "binds", "127.0.0.1:*", "secret", SECRET, "global", "on");
  g_autofree char *address = listening_at (rain);
  Process *ruth = BEGIN ("nodeid", "ruth", "binds", "", "secret", SECRET, "seeds", address);

  hear (ruth, "rain is up");
  expect_no_secret_in_title (rain);
  expect_no_secret_in_title (ruth);
  interrupt (ruth, SIGINT);
  interrupt (rain, SIGINT);
}

/* A peer that was told to send the secret as it is. */
static void
send_in_the_clear (uint16_t port)
{
  static const char greeting[] = "aemp;1;careless;hmac_sha3_512;json\nnonce\n";
  static const char answer[] = "cleartext;" SECRET_HEX ";json\n";
  g_auto (Raw) careless = { 0 };

  g_assert_true (raw_dial (&careless, "127.0.0.1", port));
  g_assert_true (raw_say (&careless, greeting, strlen (greeting)));
  g_assert_true (raw_hears (&careless, "\nhmac_sha3_512;"));
  g_assert_true (raw_say (&careless, answer, strlen (answer)));
  g_assert_true (raw_ends (&careless));
}

static void
test_said (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("aemp-secrets-XXXXXX", &error);
  g_autofree char *recording = g_build_filename (directory, "ruth.rec", NULL);
  g_autofree char *trace = g_build_filename (directory, "ruth.jsonl", NULL);

  g_test_summary ("Rain tells all there is to tell, while a friend and one with another secret "
                  "come, and a careless one who sends it in the clear; Ruth is recorded and "
                  "replayed.  The secret is in no line, no recording, no trace.");

  Process *rain = BEGIN ("--verbose", "nodeid", "rain", "binds", "127.0.0.1:*", "secret", SECRET,
                         "global", "on");
  g_autofree char *line = expect (rain, "* listen *127.0.0.1:*");
  uint16_t port = (uint16_t)g_ascii_strtoull (strrchr (line, ':') + 1, NULL, 10);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", port);
  Process *ruth = BEGIN ("--record", recording, "nodeid", "ruth", "binds", "", "secret", SECRET,
                         "seeds", address);
  Process *eve = BEGIN ("nodeid", "eve", "binds", "", "secret", "coffee", "seeds", address);

  hear (ruth, "rain is up");
  hear (eve, "rain at * could not be joined: *secret*");
  interrupt (eve, SIGINT);
  send_in_the_clear (port);
  hear (rain, "* link_refused careless *");
  g_subprocess_send_signal (ruth->subprocess, SIGINT);
  g_autofree char *ruth_said = hear_out (ruth);
  expect_status (ruth, 0);
  g_subprocess_send_signal (rain->subprocess, SIGINT);
  g_autofree char *rain_said = hear_out (rain);
  expect_status (rain, 0);
  expect_no_secret (ruth_said, strlen (ruth_said));
  expect_no_secret (rain_said, strlen (rain_said));
  expect_no_secret_in (recording);
  ruth = REPLAY ("--trace", trace, recording, "secret", SECRET);
  expect_status (ruth, 0);
  expect_no_secret_in (trace);
  unlink (recording);
  unlink (trace);
  g_assert_cmpint (rmdir (directory), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  g_test_add_func ("/secrets/title", test_title);
  g_test_add_func ("/secrets/said", test_said);
  return g_test_run ();
}
