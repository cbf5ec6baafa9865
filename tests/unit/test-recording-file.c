/* tests/unit/test-recording-file.c - recordings as files: their head, and whose they are. */

#include "net/recording.h"
#include "net/services.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define SERVICES "[[\"aemp::hello\",\"ruth.hello\",{\"target\":\"rain.echo\",\"text\":\"h\303\266j\\n\"}],\"a::b\"]"

typedef struct
{
  char *directory;
  char *path;
} Place;

static void
place_begin (Place *place, const void *unused)
{
  g_autoptr (GError) error = NULL;
  place->directory = g_dir_make_tmp ("aemp-recording-XXXXXX", &error);
  g_assert_no_error (error);
  place->path = g_build_filename (place->directory, "rain.rec", NULL);
}

static void
place_end (Place *place, const void *unused)
{
  g_unlink (place->path);
  g_assert_cmpint (g_rmdir (place->directory), ==, 0);
  g_free (place->path);
  g_free (place->directory);
}

static void
set (AempConfig *config, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  aemp_config_set (config, key, value, &error);
  g_assert_no_error (error);
}

/* Nothing is what it would be by itself. */
static AempConfig *
make_config (void)
{
  AempConfig *config = aemp_config_new ();
  set (config, "nodeid", "rain/1");
  set (config, "binds", "");
  set (config, "seeds", "ruth:4040,[::1]:4041");
  set (config, "secret", "darjeeling");
  set (config, "global", "on");
  set (config, "monitor_timeout", "1500ms");
  set (config, "connect_interval", "333333us");
  set (config, "framing_format", "json");
  set (config, "auth_accept", "hmac_sha3_512,cleartext");
  set (config, "secure", "a::b,c::d");
  set (config, "queue_limit", "1MB");
  set (config, "message_limit", "1025");
  set (config, "depth_limit", "9");
  return config;
}

static void
record_bytes (const char *path, const char *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempConfig) config = make_config ();
  g_autoptr (AempMessage) services = net_services_parse (SERVICES, &error);
  g_assert_no_error (error);
  g_autoptr (NetRecording) recording = net_recording_create (path, config, services, &error);
  g_assert_no_error (error);
  g_assert_true (net_recording_write ((const uint8_t *) bytes, strlen (bytes), recording));
}

static void
test_kept (Place *place, const void *unused)
{
  g_test_summary ("A file keeps the configuration, all but the secret, the services and the records.");
  g_autoptr (GError) error = NULL;
  g_autoptr (AempConfig) config = make_config ();
  record_bytes (place->path, "records\n\nof all kinds");
  g_autoptr (NetRecorded) recorded = net_recorded_open (place->path, &error);
  g_assert_no_error (error);
  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    {
      g_autofree char *wanted = aemp_config_get (config, key->key);
      g_autofree char *got = aemp_config_get (recorded->config, key->key);
      g_assert_cmpstr (got, ==, strcmp (key->key, "secret") == 0 ? "" : wanted);
    }
  g_autofree char *services = net_services_text (recorded->services);
  g_assert_cmpstr (services, ==, SERVICES);
  g_assert_cmpstr (recorded->build, ==, AEMP_VERSION);
  g_assert_cmpuint (recorded->secret_mark, ==, net_secret_mark ("darjeeling"));
  g_assert_cmpuint (recorded->secret_mark, !=, net_secret_mark ("assam"));
  g_assert_cmpuint (recorded->secret_mark, !=, net_secret_mark (NULL));
  g_assert_cmpmem (recorded->records, recorded->length, "records\n\nof all kinds", 21);
}

static void
test_private (Place *place, const void *unused)
{
  g_test_summary ("The secret is not in the file, which is its owner's alone, and which nothing "
                  "overwrites.");
  g_autoptr (GError) error = NULL;
  g_autoptr (AempConfig) config = make_config ();
  g_autoptr (AempMessage) services = net_services_parse ("", &error);
  g_autofree char *bytes = NULL;
  GStatBuf status;
  record_bytes (place->path, "x");
  g_assert_true (g_file_get_contents (place->path, &bytes, NULL, &error));
  g_assert_null (strstr (bytes, "darjeeling"));
  g_assert_cmpint (g_stat (place->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_null (net_recording_create (place->path, config, services, &error));
  g_assert_error (error, AEMP_ERRNO, EEXIST);
  g_assert_nonnull (strstr (error->message, place->path));
}

static void
assert_refused (Place *place, const char *bytes, size_t length, const char *fault)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents (place->path, bytes, (gssize) length, &error));
  g_autofree char *wanted = g_strconcat (place->path, ": ", fault, NULL);
  g_assert_null (net_recorded_open (place->path, &error));
  g_assert_nonnull (error);
  if (!g_pattern_match_simple (wanted, error->message))
    g_error ("\"%s\" is not \"%s\"", error->message, wanted);
}
#define ASSERT_REFUSED(place, text, fault) assert_refused (place, text, strlen (text), fault)

#define HEAD "aemp recording 1\nbuild 0\nnodeid rain\nsecret_mark 0\n"

static void
test_foreign (Place *place, const void *unused)
{
  g_test_summary ("What is no recording, or one of another format, or has another head than we "
                  "write, is refused, and the error says why.");
  ASSERT_REFUSED (place, "", "this is no recording");
  ASSERT_REFUSED (place, "\n\n", "this is no recording");
  ASSERT_REFUSED (place, "\x7f" "ELF\xff\n\n", "this is no recording");
  ASSERT_REFUSED (place, "{\"aemp_trace\":1}\n", "this is no recording");
  ASSERT_REFUSED (place, "aemp recording 2\nbuild 9\n\n", "format 2 is not known, only 1");
  ASSERT_REFUSED (place, "aemp recording \xff\n\n", "this is no recording");
  ASSERT_REFUSED (place, "aemp recording 1\nbuild 0\n\n", "its head is not whole");
  ASSERT_REFUSED (place, HEAD "services [1]\n\n", "expected a function, *");
  ASSERT_REFUSED (place, HEAD "services []\ncolour red\n\n", "expected one of nodeid, *");
  ASSERT_REFUSED (place, HEAD "services []\nbinds *:0:*\n\n", "binds: expected *");
  ASSERT_REFUSED (place, HEAD "services []\nalone\n\n", "a line has no value");
  ASSERT_REFUSED (place, HEAD "services []\nsecret_mark 99999\n\n", "*");
  ASSERT_REFUSED (place, HEAD "services \xff\n\n", "its head is broken");
  g_unlink (place->path);
  g_autoptr (GError) error = NULL;
  g_assert_null (net_recorded_open (place->path, &error));
  g_assert_nonnull (strstr (error->message, "rain.rec"));
}

static void
test_cut_head (Place *place, const void *unused)
{
  g_test_summary ("A head that is cut anywhere is told from a whole one.");
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  size_t length;
  record_bytes (place->path, "");
  g_assert_true (g_file_get_contents (place->path, &bytes, &length, &error));
  for (size_t cut = 0; cut < length; cut++)
    assert_refused (place, bytes, cut,
                    cut < strlen ("aemp recording 1") ? "this is no recording"
                                                      : "it ends within its head");
}

/* More than this process may write into one file. */
#define FILE_MAX_BYTES 8192

static void
test_full_disk (Place *place, const void *unused)
{
  g_test_summary ("When no more can be written, that is told once, and the recorder is told to give "
                  "up.  What was written before counts.");
  if (g_test_subprocess ())
    {
      static const uint8_t bytes[FILE_MAX_BYTES];
      g_autoptr (GError) error = NULL;
      g_autoptr (AempConfig) config = make_config ();
      g_autoptr (AempMessage) services = net_services_parse ("", &error);
      g_autoptr (NetRecording) recording
          = net_recording_create (place->path, config, services, &error);
      g_assert_no_error (error);
      signal (SIGXFSZ, SIG_IGN);
      g_assert_cmpint (
          setrlimit (RLIMIT_FSIZE, &(struct rlimit){ FILE_MAX_BYTES, FILE_MAX_BYTES }), ==, 0);
      g_assert_true (net_recording_write (bytes, 1000, recording));
      g_assert_false (net_recording_write (bytes, sizeof bytes, recording));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*the recording *rain.rec breaks off: File too large*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define STORY(path, tell) g_test_add (path, Place, NULL, place_begin, tell, place_end)
  STORY ("/recording-file/kept", test_kept);
  STORY ("/recording-file/private", test_private);
  STORY ("/recording-file/foreign", test_foreign);
  STORY ("/recording-file/cut-head", test_cut_head);
  STORY ("/recording-file/full-disk", test_full_disk);
  return g_test_run ();
}
