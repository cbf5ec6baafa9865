/* net/profile-file.c - see profile-file.h. */
#include "net/profile-file.h"

#include "engine/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME ".perl-anyevent-mp"

char *
net_profile_path (void)
{
  const char *named = g_getenv ("PERL_ANYEVENT_MP_RC");

  return named && *named ? g_strdup (named) : g_build_filename (g_get_home_dir (), FILE_NAME, NULL);
}

/* --- Reading ---------------------------------------------------------------------- */

/* False with errno. */
static bool
read_all (int fd, GByteArray *bytes)
{
  uint8_t buffer[16384];
  ssize_t got;

  while ((got = read (fd, buffer, sizeof buffer)) != 0)
    {
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return false;
      g_byte_array_append (bytes, buffer, (unsigned)got);
      if (bytes->len > NET_PROFILE_MAX_BYTES)
        {
          errno = EFBIG;
          return false;
        }
    }
  return true;
}

static NetProfiles *
complain (const char *path, GError **error)
{
  g_set_error (error, AEMP_ERRNO, errno, "%s: %s", path, aemp_errno_text (errno));
  return NULL;
}

NetProfiles *
net_profiles_load (const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  NetProfiles *profiles;
  bool is_read;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

  if (fd < 0 && errno == ENOENT)
    return net_profiles_new ();
  if (fd < 0)
    return complain (path, error);
  is_read = read_all (fd, bytes);
  g_close (fd, NULL);
  if (!is_read)
    return complain (path, error);
  profiles = net_profiles_parse ((const char *)bytes->data, bytes->len, error);
  if (!profiles)
    g_prefix_error (error, "%s: ", path);
  return profiles;
}

/* --- Writing ---------------------------------------------------------------------- */

/* All of these are false with errno. */

static bool
write_all (int fd, const char *text)
{
  size_t length = strlen (text);

  while (length > 0)
    {
      ssize_t put = write (fd, text, length);

      if (put < 0 && errno != EINTR)
        return false;
      if (put > 0)
        {
          text += put;
          length -= (size_t)put;
        }
    }
  return fsync (fd) == 0;
}

static bool
write_new (char *pattern, const char *text)
{
  int fd = mkostemp (pattern, O_CLOEXEC); /* of mode 0600 */
  bool is_written;
  int number;

  if (fd < 0)
    return false;
  is_written = write_all (fd, text);
  number = errno;
  is_written = close (fd) == 0 && is_written;
  if (!is_written)
    {
      unlink (pattern);
      errno = number;
    }
  return is_written;
}

/* By a second name, so that the first is there all the time. */
static bool
keep_old (const char *path, const char *spare)
{
  g_autofree char *kept = g_strconcat (path, "~", NULL);

  if (link (path, spare) == 0)
    {
      chmod (spare, S_IRUSR | S_IWUSR); /* it has secrets, too */
      return rename (spare, kept) == 0;
    }
  if (errno == ENOENT)
    return true;                   /* the first one */
  return rename (path, kept) == 0; /* file systems without second names */
}

/* That the new name outlives a power failure, where it can be had. */
static void
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

static bool
replace (const char *path, const char *text)
{
  g_autofree char *new_file = g_strconcat (path, ".XXXXXX", NULL);
  g_autofree char *spare = NULL;
  int number;

  if (!write_new (new_file, text))
    return false;
  spare = g_strconcat (new_file, "~", NULL);
  if (keep_old (path, spare) && rename (new_file, path) == 0)
    {
      sync_directory (path);
      return true;
    }
  number = errno;
  unlink (new_file);
  unlink (spare);
  errno = number;
  return false;
}

bool
net_profiles_save (const NetProfiles *profiles, const char *path, GError **error)
{
  g_autofree char *text = net_profiles_print (profiles);
  char *real = realpath (path, NULL); /* a link stays one */
  bool is_saved = replace (real ? real : path, text);

  free (real);
  if (!is_saved)
    complain (path, error);
  return is_saved;
}

int
net_profile_lock (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    while (flock (fd, LOCK_EX) != 0 && errno == EINTR)
      ;
  return fd;
}
