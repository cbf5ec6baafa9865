/* net/recording.c - see recording.h. */
#include "net/recording.h"

#include "engine/recording.h"
#include "engine/sha3.h"
#include "net/services.h"
#include "net/tell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_WORDS "aemp recording "
#define FIRST_LINE_MAX_BYTES 64 /* longer ones are none of ours */
#define FIRST_LINE FIRST_WORDS G_STRINGIFY (AEMP_RECORDING_FORMAT)

struct NetRecording
{
  char *path;
  int fd;
};

/* --- Writing -------------------------------------------------------------------- */

unsigned
net_secret_mark (const char *secret)
{
  static const char purpose[] = FIRST_WORDS;
  uint8_t digest[AEMP_SHA3_512_BYTES];

  if (!secret)
    return 0;
  aemp_hmac_sha3_512 (secret, strlen (secret), purpose, strlen (purpose), digest);
  return 0x10000u | (unsigned)digest[0] << 8 | digest[1];
}

static GString *
make_head (const AempConfig *config, AempMessage *services)
{
  GString *head = g_string_new (FIRST_LINE "\nbuild " AEMP_VERSION "\n");
  g_autofree char *services_text = net_services_text (services);

  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    if (strcmp (key->key, "secret") != 0 && strcmp (key->key, "cert") != 0)
      {
        g_autofree char *value = aemp_config_get (config, key->key);

        g_string_append_printf (head, "%s %s\n", key->key, value);
      }
  g_string_append_printf (head, "secret_mark %x\nservices %s\n\n", net_secret_mark (config->secret),
                          services_text);
  return head;
}

/* False with errno. */
static bool
write_all (int fd, const void *bytes, size_t length)
{
  const uint8_t *next = bytes;

  while (length > 0)
    {
      ssize_t written = write (fd, next, length);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return false;
      next += written;
      length -= (size_t)written;
    }
  return true;
}

NetRecording *
net_recording_create (const char *path, const AempConfig *config, AempMessage *services,
                      GError **error)
{
  g_autoptr (GString) head = make_head (config, services);
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  NetRecording *recording;

  if (fd < 0 || !write_all (fd, head->str, head->len))
    {
      int number = errno;

      if (fd >= 0)
        close (fd);
      g_set_error (error, AEMP_ERRNO, number, "%s: %s", path, aemp_errno_text (number));
      return NULL;
    }
  recording = g_new0 (NetRecording, 1);
  recording->path = g_strdup (path);
  recording->fd = fd;
  return recording;
}

bool
net_recording_write (const uint8_t *bytes, size_t length, void *user_data)
{
  NetRecording *recording = user_data;

  if (write_all (recording->fd, bytes, length))
    return true;
  net_tell ("the recording %s breaks off: %s", recording->path, aemp_errno_text (errno));
  return false;
}

void
net_recording_close (NetRecording *recording)
{
  if (!recording)
    return;
  close (recording->fd);
  g_free (recording->path);
  g_free (recording);
}

/* --- Reading -------------------------------------------------------------------- */

static bool
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, why);
  return false;
}

static bool
read_mark (NetRecorded *recorded, const char *value, GError **error)
{
  guint64 mark;

  if (!g_ascii_string_to_unsigned (value, 16, 0, 0x1ffff, &mark, error))
    return false;
  recorded->secret_mark = (unsigned)mark;
  return true;
}

static bool
read_services (NetRecorded *recorded, const char *value, GError **error)
{
  g_clear_pointer (&recorded->services, aemp_message_unref);
  recorded->services = net_services_parse (value, error);
  return recorded->services != NULL;
}

/* "key value" */
static bool
read_line (NetRecorded *recorded, char *line, GError **error)
{
  char *value = strchr (line, ' ');

  if (!value)
    return refuse (error, "a line has no value");
  *value++ = '\0';
  if (strcmp (line, "build") == 0)
    {
      g_free (recorded->build);
      recorded->build = g_strdup (value);
      return true;
    }
  if (strcmp (line, "secret_mark") == 0)
    return read_mark (recorded, value, error);
  if (strcmp (line, "services") == 0)
    return read_services (recorded, value, error);
  return aemp_config_set (recorded->config, line, value, error);
}

static bool
check_first_line (const char *bytes, size_t length, GError **error)
{
  const char *end = memchr (bytes, '\n', MIN (length, FIRST_LINE_MAX_BYTES));
  g_autofree char *line
      = g_strndup (bytes, end ? (size_t)(end - bytes) : MIN (length, FIRST_LINE_MAX_BYTES));
  const char *format = line + strlen (FIRST_WORDS);

  if (strcmp (line, FIRST_LINE) == 0)
    return true;
  if (!g_str_has_prefix (line, FIRST_WORDS) || !g_ascii_isdigit (*format))
    return refuse (error, "this is no recording");
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "format %d is not known, only %d",
               atoi (format), AEMP_RECORDING_FORMAT);
  return false;
}

static bool
read_head (NetRecorded *recorded, const char *bytes, size_t length, GError **error)
{
  static const char end[] = "\n\n";
  const char *behind;
  g_autofree char *head = NULL;
  g_auto (GStrv) lines = NULL;

  if (!check_first_line (bytes, length, error))
    return false;
  behind = memmem (bytes, length, end, strlen (end));
  if (!behind)
    return refuse (error, "it ends within its head");
  head = g_strndup (bytes, (size_t)(behind - bytes));
  if (!g_utf8_validate (head, behind - bytes, NULL))
    return refuse (error, "its head is broken");
  lines = g_strsplit (head, "\n", -1);
  for (char **line = lines + 1; *line; line++)
    if (!read_line (recorded, *line, error))
      return false;
  recorded->records = (const uint8_t *)behind + strlen (end);
  recorded->length = length - (size_t)(behind + strlen (end) - bytes);
  return true;
}

/* Whatever the head left out. */
static bool
check_head (NetRecorded *recorded, GError **error)
{
  if (recorded->build && recorded->services && recorded->config->node_id)
    return true;
  return refuse (error, "its head is not whole");
}

NetRecorded *
net_recorded_open (const char *path, GError **error)
{
  g_autoptr (NetRecorded) recorded = g_new0 (NetRecorded, 1);
  const char *bytes;

  recorded->config = aemp_config_new ();
  recorded->file = g_mapped_file_new (path, false, error);
  if (!recorded->file)
    return NULL;
  bytes = g_mapped_file_get_contents (recorded->file); /* NULL: it is empty */
  if (read_head (recorded, bytes ? bytes : "", g_mapped_file_get_length (recorded->file), error)
      && check_head (recorded, error))
    return g_steal_pointer (&recorded);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

void
net_recorded_free (NetRecorded *recorded)
{
  if (!recorded)
    return;
  g_free (recorded->build);
  aemp_config_free (recorded->config);
  g_clear_pointer (&recorded->services, aemp_message_unref);
  g_clear_pointer (&recorded->file, g_mapped_file_unref);
  g_free (recorded);
}
