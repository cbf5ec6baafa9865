/* sim/search/lines.c - the events of a run, line by line. */

#include "sim/search/lines.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct SimLines
{
  FILE *file;
  GPid process; /* 0: none, it is a file */
  char *room;   /* getline()'s */
  size_t room_bytes;
  char *digest;
};

/* --- A line ------------------------------------------------------------------------------------ */

void
sim_line_free (SimLine *line)
{
  if (!line)
    return;
  g_free (line->text);
  g_free (line->node);
  g_free (line);
}

/* Where the value that begins here ends. */
static const char *
skip_value (const char *at)
{
  bool in_text = false;
  unsigned depth = 0;
  for (; *at; at++)
    {
      if (in_text && *at == '\\' && at[1])
        at++;
      else if (*at == '"')
        in_text = !in_text;
      else if (!in_text && (*at == '{' || *at == '['))
        depth++;
      else if (!in_text && (*at == '}' || *at == ']') && depth > 0)
        depth--;
      else if (!in_text && depth == 0 && (*at == ',' || *at == '}'))
        break;
    }
  return at;
}

/* Walks the members of a line.  False: there are no more. */
typedef struct
{
  const char *key, *key_end, *value, *value_end;
} Member;

static bool
next_member (const char *text, Member *member)
{
  const char *at = member->value_end ? member->value_end : text;
  if ((*at != '{' && *at != ',') || at[1] != '"')
    return false;
  member->key = at + 2;
  member->key_end = strchr (member->key, '"');
  if (!member->key_end || member->key_end[1] != ':')
    return false;
  member->value = member->key_end + 2;
  member->value_end = skip_value (member->value);
  return true;
}

static char *
find_field (const char *text, const char *key)
{
  Member member = { 0 };
  while (next_member (text, &member))
    if ((size_t)(member.key_end - member.key) == strlen (key)
        && strncmp (member.key, key, strlen (key)) == 0)
      return g_strndup (member.value, (size_t)(member.value_end - member.value));
  return g_strdup ("");
}

char *
sim_line_field (const SimLine *line, const char *key)
{
  return find_field (line->text, key);
}

static void
add_difference (GString *names, const char *key, size_t length)
{
  g_autofree char *name = g_strndup (key, length);
  if (strcmp (name, "line") == 0)
    return;
  g_string_append_printf (names, "%s%s", names->len ? ", " : "",
                          strcmp (name, "t") == 0 ? "time" : name);
}

char *
sim_lines_difference (const SimLine *one, const SimLine *other)
{
  GString *names = g_string_new (NULL);
  Member member = { 0 };
  while (next_member (one->text, &member))
    {
      g_autofree char *key = g_strndup (member.key, (size_t)(member.key_end - member.key));
      g_autofree char *here = find_field (one->text, key);
      g_autofree char *there = find_field (other->text, key);
      if (strcmp (here, there) != 0)
        add_difference (names, key, strlen (key));
    }
  member = (Member){ 0 };
  while (next_member (other->text, &member))
    {
      g_autofree char *key = g_strndup (member.key, (size_t)(member.key_end - member.key));
      g_autofree char *here = find_field (one->text, key);
      if (!*here)
        add_difference (names, key, strlen (key));
    }
  return g_string_free (names, FALSE);
}

static bool
is_left_out (const char *key, size_t length, bool brief)
{
  static const char *const keys[] = { "line", "t", "node", "event", "payload", "connection" };
  unsigned count = brief ? G_N_ELEMENTS (keys) : 4;
  for (unsigned i = 0; i < count; i++)
    if (strlen (keys[i]) == length && strncmp (keys[i], key, length) == 0)
      return true;
  return false;
}

static char *
unquoted (char *text)
{
  size_t length = strlen (text);
  if (length < 2 || *text != '"')
    return text;
  memmove (text, text + 1, length - 2);
  text[length - 2] = 0;
  return text;
}

char *
sim_line_print (const SimLine *line, bool brief)
{
  g_autofree char *event = unquoted (find_field (line->text, "event"));
  GString *out = g_string_new (NULL);
  Member member = { 0 };
  g_string_append_printf (out, "%7" G_GUINT64_FORMAT "  %4" G_GINT64_FORMAT ".%06d s  %-10s %-14s",
                          line->line, line->time_us / G_USEC_PER_SEC,
                          (int)(line->time_us % G_USEC_PER_SEC), line->node, event);
  while (next_member (line->text, &member))
    {
      size_t length = (size_t)(member.key_end - member.key);
      if (is_left_out (member.key, length, brief))
        continue;
      g_autofree char *value
          = unquoted (g_strndup (member.value, (size_t)(member.value_end - member.value)));
      g_string_append_printf (out, " %.*s %s ", (int)length, member.key, value);
    }
  return g_strchomp (g_string_free (out, FALSE));
}

SimLine *
sim_line_new (const char *text)
{
  g_autofree char *number = find_field (text, "line");
  g_autofree char *time = find_field (text, "t");
  g_autofree char *node = unquoted (find_field (text, "node"));
  const char *rest = strstr (text, "\"t\":");
  if (!*time || !*node || !rest)
    return NULL;
  SimLine *line = g_new0 (SimLine, 1);
  line->text = g_strdup (text);
  line->rest = line->text + (rest - text);
  line->line = g_ascii_strtoull (number, NULL, 10);
  line->time_us = g_ascii_strtoll (time, NULL, 10);
  line->node = g_steal_pointer (&node);
  return line;
}

/* --- All of them ------------------------------------------------------------------------------- */

SimLines *
sim_lines_play (const char *const *command, char **environment, const char *folder,
                GError **error)
{
  SimLines *lines = g_new0 (SimLines, 1);
  int out;
  if (!g_spawn_async_with_pipes (folder, (char **)command, environment,
                                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH
                                     | G_SPAWN_STDERR_TO_DEV_NULL,
                                 NULL, NULL, &lines->process, NULL, &out, NULL, error))
    {
      g_free (lines);
      return NULL;
    }
  lines->file = fdopen (out, "r");
  return lines;
}

SimLines *
sim_lines_open (const char *file, GError **error)
{
  FILE *opened = fopen (file, "r");
  if (!opened)
    {
      g_set_error (error, G_FILE_ERROR, (int)g_file_error_from_errno (errno), "%s: %s", file,
                   g_strerror (errno));
      return NULL;
    }
  SimLines *lines = g_new0 (SimLines, 1);
  lines->file = opened;
  return lines;
}

SimLine *
sim_lines_next (SimLines *lines)
{
  ssize_t length;
  while ((length = getline (&lines->room, &lines->room_bytes, lines->file)) > 0)
    {
      if (lines->room[length - 1] == '\n')
        lines->room[length - 1] = 0;
      SimLine *line = sim_line_new (lines->room);
      if (line)
        return line;
      if (g_str_has_prefix (lines->room, "{\"digest\":"))
        {
          g_free (lines->digest);
          lines->digest = unquoted (find_field (lines->room, "digest"));
        }
    }
  return NULL;
}

const char *
sim_lines_digest (const SimLines *lines)
{
  return lines->digest;
}

void
sim_lines_free (SimLines *lines)
{
  if (!lines)
    return;
  fclose (lines->file);
  if (lines->process)
    {
      kill (lines->process, SIGTERM); /* it may have more to say, that nobody wants to hear */
      waitpid (lines->process, NULL, 0);
      g_spawn_close_pid (lines->process);
    }
  free (lines->room);
  g_free (lines->digest);
  g_free (lines);
}
