/* sim/search/signature.c - what it means to fail in the same way. */

#include "sim/search/signature.h"

#include <string.h>

#define HASH_DIGITS 8 /* hex digits in a row, and more: an ID of something */

/* --- Words ---------------------------------------------------------------------------------------
 */

static bool
is_of_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '-' || c == '.' || c == '#' || c == '/';
}

static bool
is_node (const Scenario *scenario, const char *word, size_t length)
{
  for (unsigned i = 0; scenario && i < scenario->nodes->len; i++)
    {
      const ScenarioNode *node = scenario->nodes->pdata[i];
      if (strlen (node->name) == length && memcmp (node->name, word, length) == 0)
        return true;
    }
  return false;
}

/* "rain.sink", with a node in front. */
static bool
is_actor (const Scenario *scenario, const char *word, size_t length)
{
  for (size_t i = 1; scenario && i + 1 < length; i++)
    if (word[i] == '.' && is_node (scenario, word, i))
      return true;
  return false;
}

static bool
is_hash (const char *word, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isxdigit (word[i]))
      return false;
  return length >= HASH_DIGITS;
}

/* Every number in it becomes an N: "k17" kN, "31.204" N, "0x7f00" N. */
static void
append_without_numbers (GString *out, const char *word, size_t length)
{
  size_t i = 0;
  if (length > 2 && word[0] == '0' && word[1] == 'x')
    {
      g_string_append_c (out, 'N');
      return;
    }
  while (i < length)
    {
      if (!g_ascii_isdigit (word[i]))
        {
          g_string_append_c (out, word[i++]);
          continue;
        }
      while (i < length
             && (g_ascii_isdigit (word[i])
                 || (word[i] == '.' && i + 1 < length && g_ascii_isdigit (word[i + 1]))))
        i++;
      g_string_append_c (out, 'N');
    }
}

static void
append_word (GString *out, const Scenario *scenario, const char *word, size_t length)
{
  if (memchr (word, '#', length))
    g_string_append (out, "PORT");
  else if (is_node (scenario, word, length))
    g_string_append (out, "NODE");
  else if (is_actor (scenario, word, length))
    g_string_append (out, "ACTOR");
  else if (is_hash (word, length))
    g_string_append_c (out, 'N');
  else
    append_without_numbers (out, word, length);
}

/* --- Lists: "NODE, NODE, NODE" says no more than "NODE"
 * -------------------------------------------- */

static bool
ends_with_listed (const GString *out, const char *name, size_t begin)
{
  g_autofree char *listed = g_strconcat (name, ", ", NULL);
  size_t length = strlen (listed);
  return begin >= length && strncmp (out->str + begin - length, listed, length) == 0
         && strcmp (out->str + begin, name) == 0;
}

static void
shorten_list (GString *out, size_t begin)
{
  static const char *const names[] = { "NODE", "PORT", "ACTOR", "N" };
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    if (ends_with_listed (out, names[i], begin))
      {
        g_string_truncate (out, begin - strlen (", "));
        return;
      }
}

char *
sim_signature_plain (const Scenario *scenario, const char *text)
{
  GString *out = g_string_new (NULL);
  while (*text)
    {
      size_t length = 0;
      while (is_of_word (text[length]))
        length++;
      while (length > 0 && (text[length - 1] == '.' || text[length - 1] == '-'))
        length--; /* the end of a sentence */
      if (length == 0)
        {
          g_string_append_c (out, *text++);
          continue;
        }
      size_t begin = out->len;
      append_word (out, scenario, text, length);
      shorten_list (out, begin);
      text += length;
    }
  return g_string_free (out, FALSE);
}

char *
sim_signature (const Scenario *scenario, const char *kind, const char *text)
{
  g_autofree char *plain = sim_signature_plain (scenario, text);
  char *whole = *kind ? g_strdup_printf ("%s: %s", kind, plain) : g_steal_pointer (&plain);
  if (strlen (whole) > SIM_SIGNATURE_MAX_BYTES)
    {
      char *end = whole + SIM_SIGNATURE_MAX_BYTES;
      while ((*end & 0xc0) == 0x80)
        end--;
      *end = 0;
    }
  return whole;
}

char *
sim_signature_title (const char *verdict, const char *signature)
{
  return g_str_has_prefix (signature, verdict) ? g_strdup (signature)
                                               : g_strdup_printf ("%s: %s", verdict, signature);
}

/* --- What dying processes write ------------------------------------------------------------------
 */

/* Where a build is is nobody's business: "../../engine/port.c:88" is "port.c:88". */
static char *
without_folders (const char *text, size_t length)
{
  GString *out = g_string_new (NULL);
  size_t word = 0; /* where it begins, in `out` */
  for (size_t i = 0; i < length; i++)
    {
      if (text[i] == '/')
        {
          g_string_truncate (out, word);
          continue;
        }
      g_string_append_c (out, text[i]);
      if (!is_of_word (text[i]))
        word = out->len;
    }
  return g_string_free (out, FALSE);
}

static char *
line_from (const char *at)
{
  return at ? without_folders (at, strcspn (at, "\n")) : NULL;
}

/* "aemp:ERROR:../engine/port.c:88:aemp_port_kill: assertion failed: (port)": from the file on. */
static char *
line_of_assertion (const char *report)
{
  const char *said = strstr (report, ": assertion failed");
  if (!said)
    said = strstr (report, ": code should not be reached");
  if (!said)
    return NULL;
  const char *begin = said;
  while (begin > report && begin[-1] != '\n')
    begin--;
  const char *place = g_strstr_len (begin, said - begin, "ERROR:");
  return line_from (place ? place + strlen ("ERROR:") : begin);
}

/* ASan's and its relatives' last line has all: what, where, in which function. */
static char *
line_of_sanitizer (const char *report)
{
  static const char summary[] = "SUMMARY: ";
  const char *at = strstr (report, summary);
  if (at && !strstr (at, "UndefinedBehaviorSanitizer"))
    return line_from (at + strlen (summary));
  at = strstr (report, "runtime error: ");
  while (at && at > report && at[-1] != '\n')
    at--;
  return line_from (at ? at : strstr (report, "ERROR: "));
}

bool
sim_report_is_sanitizers (const char *report)
{
  return strstr (report, "runtime error: ")
         || (strstr (report, "Sanitizer") && strstr (report, "ERROR: "));
}

bool
sim_report_is_of_memory (const char *report)
{
  return strstr (report, "failed to allocate") || strstr (report, "out of memory")
         || strstr (report, "rss limit exhausted");
}

char *
sim_signature_of_report (const char *report)
{
  /* Process numbers and paths stand in front of all of these. */
  static const char *const marks[]
      = { "failed to allocate", "CRITICAL **: ", "ERROR **: ",     "WARNING **: ", "free(): ",
          "malloc(): ",         "double free",   "stack smashing", "corrupted " };
  if (sim_report_is_sanitizers (report))
    return line_of_sanitizer (report);
  char *line = line_of_assertion (report);
  for (unsigned i = 0; !line && i < G_N_ELEMENTS (marks); i++)
    line = line_from (strstr (report, marks[i]));
  return line;
}
