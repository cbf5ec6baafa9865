/* engine/greeting.c - see greeting.h. */
#include "greeting.h"

#include "printable.h"

#include <string.h>

#define QUOTED_MAX_BYTES 40
#define PROVIDER_MAX_BYTES 80

/* The fields in front of the pairs. */
enum
{
  FIELD_PROTOCOL,
  FIELD_VERSION,
  FIELD_NODE_ID,
  FIELD_METHODS,
  FIELD_FRAMINGS,
  FIELD_PAIRS,
};

static bool
refuse (GError **error, const char *fault, const char *quoted)
{
  g_autofree char *printable = aemp_printable (quoted, strlen (quoted), QUOTED_MAX_BYTES);

  g_set_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL, "%s: \"%s\"", fault, printable);
  return false;
}

void
aemp_line_append_pair (GString *line, const char *key, const char *value)
{
  g_string_append_printf (line, ";%s=", key);
  for (; *value != '\0'; value++)
    if (*value == ';')
      g_string_append (line, "%3b");
    else if (*value == '%')
      g_string_append (line, "%25");
    else
      g_string_append_c (line, *value);
}

static void
unescape (char *text)
{
  char *out = text;

  while (*text != '\0')
    if (g_ascii_strncasecmp (text, "%3b", 3) == 0)
      {
        *out++ = ';';
        text += 3;
      }
    else if (strncmp (text, "%25", 3) == 0)
      {
        *out++ = '%';
        text += 3;
      }
    else
      *out++ = *text++;
  *out = '\0';
}

void
aemp_pairs_unescape (char **pairs)
{
  for (; *pairs != NULL; pairs++)
    unescape (*pairs);
}

const char *
aemp_pairs_get (char *const *pairs, const char *key)
{
  size_t length = strlen (key);
  const char *value = NULL;

  for (; *pairs != NULL; pairs++)
    if (strncmp (*pairs, key, length) == 0)
      {
        if ((*pairs)[length] == '=')
          value = *pairs + length + 1;
        else if ((*pairs)[length] == '\0')
          value = *pairs + length;
      }
  return value;
}

static bool
check_protocol (const char *word, const char *line, GError **error)
{
  if (strcmp (word, "aemp") == 0)
    return true;
  if (g_str_has_prefix (word, "aemp-"))
    return refuse (error, "the peer asks for a sub-protocol that this node does not speak", word);
  return refuse (error, "not an AEMP node, its first line begins with", line);
}

/* Perl compares numbers: `1.0` is 1, too. */
static bool
is_version_1 (const char *version)
{
  if (g_str_has_prefix (version, "1.0"))
    return version[2 + strspn (version + 2, "0")] == '\0';
  return strcmp (version, "1") == 0;
}

static bool
check_version (const char *version, GError **error)
{
  return is_version_1 (version)
         || refuse (error, "the peer speaks another version of the protocol than 1", version);
}

/* NULL with an error when nobody can be called that. */
static char *
read_node_id (const char *field, GError **error)
{
  g_autoptr (GString) node_id = g_string_new (NULL);

  if (*field == '\0')
    {
      g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL, "the peer has no node ID");
      return NULL;
    }
  for (const char *at = field; *at != '\0'; at++)
    {
      gunichar code_point = (guchar)*at;

      if (code_point == '#' || code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0))
        {
          refuse (error, "the peer's node ID has a # or a control character in it", field);
          return NULL;
        }
      g_string_append_unichar (node_id, code_point);
    }
  return g_string_free (g_steal_pointer (&node_id), FALSE);
}

static char *
read_printable (char *const *pairs, const char *key)
{
  const char *value = aemp_pairs_get (pairs, key);

  return value != NULL ? aemp_printable (value, strlen (value), PROVIDER_MAX_BYTES) : NULL;
}

static void
read_pairs (AempGreeting *greeting, char **pairs)
{
  const char *dial, *instance, *tls;

  aemp_pairs_unescape (pairs);
  dial = aemp_pairs_get (pairs, "dial");
  instance = aemp_pairs_get (pairs, "instance");
  tls = aemp_pairs_get (pairs, "tls");
  greeting->dial = g_strcmp0 (dial, "1") == 0;
  greeting->instance = instance != NULL && *instance != '\0' ? instance : NULL;
  greeting->tls = tls != NULL && g_str_has_prefix (tls, "1.");
  greeting->provider = read_printable (pairs, "provider");
  greeting->peer_address = read_printable (pairs, "peeraddr");
}

bool
aemp_greeting_read (AempGreeting *greeting, const char *line, GError **error)
{
  char **fields = g_strsplit (line, ";", -1);

  *greeting = (AempGreeting){ .fields = fields };
  if (fields[0] == NULL) /* what g_strsplit() makes of an empty line */
    return refuse (error, "not an AEMP node, its first line begins with", line);
  if (!check_protocol (fields[FIELD_PROTOCOL], line, error))
    return false;
  if (g_strv_length (fields) < FIELD_PAIRS)
    return refuse (error, "the peer's greeting is too short", line);
  if (!check_version (fields[FIELD_VERSION], error))
    return false;
  greeting->node_id = read_node_id (fields[FIELD_NODE_ID], error);
  if (greeting->node_id == NULL)
    return false;
  greeting->methods = g_strsplit (fields[FIELD_METHODS], ",", -1);
  greeting->framings = g_strsplit (fields[FIELD_FRAMINGS], ",", -1);
  read_pairs (greeting, fields + FIELD_PAIRS);
  return true;
}

void
aemp_greeting_clear (AempGreeting *greeting)
{
  g_strfreev (greeting->fields);
  g_strfreev (greeting->methods);
  g_strfreev (greeting->framings);
  g_free (greeting->node_id);
  g_free (greeting->provider);
  g_free (greeting->peer_address);
  *greeting = (AempGreeting){ 0 };
}

static void
append_list (GString *line, const char *const *elements)
{
  g_string_append_c (line, ';');
  for (size_t i = 0; elements[i] != NULL; i++)
    g_string_append_printf (line, "%s%s", i > 0 ? "," : "", elements[i]);
}

GString *
aemp_greeting_new_line (const char *node_id, const char *const *methods,
                        const char *const *framings)
{
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "aemp;1;%s", node_id);
  append_list (line, methods);
  append_list (line, framings);
  return line;
}
