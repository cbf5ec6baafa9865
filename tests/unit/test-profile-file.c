/* tests/unit/test-profile-file.c - the profile file where it lies: replaced, kept, never lost. */
#include "engine/error.h"
#include "net/profile-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char *directory;
  char *path;
  char *kept;
} Place;

static void
place_begin (Place *place, const void *unused)
{
  g_autoptr (GError) error = NULL;

  place->directory = g_dir_make_tmp ("aemp-profile-XXXXXX", &error);
  g_assert_no_error (error);
  place->path = g_build_filename (place->directory, "rc", NULL);
  place->kept = g_strconcat (place->path, "~", NULL);
}

/* Removes everything, also what a killed writer has left. */
static void
place_end (Place *place, const void *unused)
{
  g_autoptr (GDir) directory = g_dir_open (place->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (directory)))
    {
      g_autofree char *path = g_build_filename (place->directory, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (place->directory), ==, 0);
  g_free (place->directory);
  g_free (place->path);
  g_free (place->kept);
}

static unsigned
count_files (const Place *place)
{
  g_autoptr (GDir) directory = g_dir_open (place->directory, 0, NULL);
  unsigned count = 0;

  while (g_dir_read_name (directory))
    count++;
  return count;
}

static void
save (const char *path, const char *secret)
{
  g_autoptr (NetProfiles) profiles = net_profiles_new ();
  g_autoptr (GError) error = NULL;

  net_section_put (net_profiles_global (profiles), "secret", "s", secret);
  g_assert_true (net_profiles_save (profiles, path, &error));
  g_assert_no_error (error);
}

static void
expect_secret (const char *path, const char *secret)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NetProfiles) profiles = net_profiles_load (path, &error);

  g_assert_no_error (error);
  g_assert_true (
      aemp_value_is (net_section_get (net_profiles_global (profiles), "secret"), secret));
}

static void
expect_mode (const char *path, mode_t mode)
{
  struct stat facts;

  g_assert_cmpint (stat (path, &facts), ==, 0);
  g_assert_cmphex (facts.st_mode & 0777, ==, mode);
}

static void
test_replace (Place *place, const void *unused)
{
  g_test_summary ("A new file is its owner's alone, whatever the mode of the old one, which is "
                  "kept; nothing else is left behind.");

  g_autoptr (NetProfiles) none = net_profiles_load (place->path, NULL);
  g_assert_cmpuint (net_section_count (net_profiles_global (none)), ==, 0);
  save (place->path, "one");
  expect_mode (place->path, 0600);
  g_assert_false (g_file_test (place->kept, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_chmod (place->path, 0644), ==, 0);
  save (place->path, "two");
  save (place->path, "three");
  expect_secret (place->path, "three");
  expect_secret (place->kept, "two");
  expect_mode (place->path, 0600);
  expect_mode (place->kept, 0600);
  g_assert_cmpuint (count_files (place), ==, 2);
}

static void
test_link (Place *place, const void *unused)
{
  g_test_summary ("A file that is a link to another one stays one.");

  g_autofree char *link_path = g_build_filename (place->directory, "link", NULL);

  save (place->path, "one");
  g_assert_cmpint (symlink ("rc", link_path), ==, 0);
  save (link_path, "two");
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));
  expect_secret (place->path, "two");
  expect_secret (place->kept, "one");
}

static void
test_failures (Place *place, const void *unused)
{
  g_test_summary ("What cannot be read, for whatever reason, is an error that names the file; what "
                  "cannot be written leaves everything as it was.");

  g_autoptr (NetProfiles) profiles = net_profiles_new ();
  g_autoptr (GError) garbage = NULL;
  g_autoptr (GError) directory = NULL;
  g_autoptr (GError) missing = NULL;
  g_autofree char *lost = g_build_filename (place->directory, "no", "rc", NULL);

  g_assert_true (g_file_set_contents (place->path, "{\"secret\": ", -1, NULL));
  g_assert_null (net_profiles_load (place->path, &garbage));
  g_assert_true (g_str_has_prefix (garbage->message, place->path));
  g_assert_null (net_profiles_load (place->directory, &directory));
  g_assert_error (directory, AEMP_ERRNO, EISDIR);
  g_assert_false (net_profiles_save (profiles, lost, &missing));
  g_assert_cmpint (missing->code, ==, ENOENT);
  g_assert_cmpint (g_mkdir (place->kept, 0700), ==, 0); /* the old one cannot be kept */
  g_clear_error (&missing);
  g_assert_false (net_profiles_save (profiles, place->path, &missing));
  g_assert_cmpuint (count_files (place), ==, 2);
}

/* Says when it begins with each file. */
static G_NORETURN void
write_for_ever (const Place *place, int pipe_end)
{
  g_autoptr (NetProfiles) profiles = net_profiles_new ();

  for (unsigned i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("profile-%u", i);

      net_section_put (net_profiles_get (profiles, name), "nodeid", "s", name);
    }
  for (unsigned i = 0;; i++)
    {
      net_section_put (net_profiles_global (profiles), "number", "I", (int)i);
      if (write (pipe_end, "x", 1) != 1 || !net_profiles_save (profiles, place->path, NULL))
        _exit (1);
    }
}

static void
kill_one_that_writes (const Place *place, unsigned files)
{
  int ends[2];
  pid_t child;

  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  if (child == 0)
    write_for_ever (place, ends[1]);
  close (ends[1]);
  for (unsigned i = 0; i < files; i++)
    {
      char word;

      g_assert_cmpint (read (ends[0], &word, 1), ==, 1);
    }
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  close (ends[0]);
}

static void
test_killed (Place *place, const void *unused)
{
  g_test_summary ("Writers are killed in the middle of it: what lies there is a whole file each "
                  "time, an old or a new one.");

  save (place->path, "first");
  for (unsigned i = 1; i <= 40; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (NetProfiles) profiles = NULL;

      kill_one_that_writes (place, 1 + i % 4);
      g_assert_true (g_file_test (place->path, G_FILE_TEST_EXISTS));
      profiles = net_profiles_load (place->path, &error);
      g_assert_no_error (error);
      g_assert_true (net_section_get (net_profiles_global (profiles), "secret")
                     || net_profiles_find (profiles, "profile-199"));
    }
}

static void
test_lock (Place *place, const void *unused)
{
  g_test_summary ("Who wants to change the file waits until another one is done.");

  int ends[2];
  int lock = net_profile_lock (place->path);
  char word = 0;
  pid_t child;

  g_assert_cmpint (lock, >=, 0);
  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  if (child == 0)
    {
      close (lock); /* it is held as long as somebody has it */
      if (write (ends[1], "b", 1) != 1 || net_profile_lock (place->path) < 0)
        _exit (1);
      _exit (write (ends[1], "l", 1) != 1);
    }
  g_assert_cmpint (read (ends[0], &word, 1), ==, 1);
  g_assert_cmpint (fcntl (ends[0], F_SETFL, O_NONBLOCK), ==, 0);
  g_assert_cmpint (read (ends[0], &word, 1), ==, -1);
  g_assert_cmpint (fcntl (ends[0], F_SETFL, 0), ==, 0);
  close (lock);
  g_assert_cmpint (read (ends[0], &word, 1), ==, 1);
  g_assert_cmpint (word, ==, 'l');
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  close (ends[0]);
  close (ends[1]);
}

#define ADD(name, test)                                                                            \
  g_test_add ("/profile-file/" name, Place, NULL, place_begin, test, place_end)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (100);
  ADD ("replace", test_replace);
  ADD ("link", test_link);
  ADD ("failures", test_failures);
  ADD ("killed", test_killed);
  ADD ("lock", test_lock);
  return g_test_run ();
}
