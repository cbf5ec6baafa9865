/* tests/unit/probe.c - see probe.h. */
#include "probe.h"

typedef struct
{
  char *perl;
  char *ours;
  bool used;
} Difference;

static GPtrArray *rows;
static bool *played;
static const char *const *wanted;
static GHashTable *differences; /* "probe: name" → Difference */

/* --- The table --------------------------------------------------------------------------- */

static void
difference_free (void *memory)
{
  Difference *difference = memory;

  g_free (difference->perl);
  g_free (difference->ours);
  g_free (difference);
}

/* What stands behind that word in one of its lines. */
static char *
field (const char *line, const char *word)
{
  g_assert_true (g_str_has_prefix (line, word));
  g_assert_cmpuint (strlen (line), >, strlen (word));
  return g_strdup (line + strlen (word));
}

/* "probe: name", and behind it a line for each answer and one with the reason. */
static void
take_block (char *block)
{
  g_auto (GStrv) lines = g_strsplit (g_strstrip (block), "\n", -1);
  g_autofree char *why = NULL;
  Difference *difference;

  if (*block == '#' || *block == '\0')
    return;
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  difference = g_new0 (Difference, 1);
  difference->perl = field (lines[1], "  perl ");
  difference->ours = field (lines[2], "  ours ");
  why = field (lines[3], "  why  ");
  g_assert_true (g_hash_table_insert (differences, g_strdup (lines[0]), difference));
}

static void
read_differences (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("AEMP_TEST_DATA"), "probe-differences.txt", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) blocks = g_strsplit (content, "\n\n", -1);
  differences = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, difference_free);
  for (char **block = blocks; *block; block++)
    take_block (*block);
}

/* --- The rows ---------------------------------------------------------------------------- */

void
probe_begin (const char *const *probes)
{
  rows = capture_lines ("probe-perl-2.02.jsonl");
  played = g_new0 (bool, rows->len);
  wanted = probes;
  read_differences ();
}

static const char *
name_of (const AempValue *row)
{
  const char *name = capture_string (row, "case");

  return name ? name : capture_string (row, "line");
}

/* Is this "probe: name" one of ours? */
static bool
is_wanted (const char *key)
{
  g_autofree char *probe = g_strndup (key, strcspn (key, ":"));

  return g_strv_contains (wanted, probe);
}

void
probe_end (void)
{
  GHashTableIter iter;
  void *key, *value;

  for (guint i = 0; i < rows->len; i++)
    {
      const AempValue *row = capture_map (rows, i);
      const char *probe = capture_string (row, "probe");

      if (g_strv_contains (wanted, probe) && !played[i])
        g_error ("%s: %s was not played", probe, name_of (row) ? name_of (row) : "");
    }
  g_hash_table_iter_init (&iter, differences);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (!((Difference *)value)->used && is_wanted (key))
      g_error ("%s is in the table of differences, and is none", (const char *)key);
  g_hash_table_unref (differences);
  g_ptr_array_unref (rows);
  g_free (played);
}

const AempValue *
probe_row (const char *probe, const char *name)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const AempValue *row = capture_map (rows, i);

      if (!played[i] && strcmp (capture_string (row, "probe"), probe) == 0
          && g_strcmp0 (name_of (row), name) == 0)
        {
          played[i] = true;
          return row;
        }
    }
  g_error ("there is no such row: %s: %s", probe, name ? name : "");
}

/* --- As text ------------------------------------------------------------------------------- */

/* What differs from run to run, and from framing to framing, is put in words. */
static char *
without_chance (const char *text)
{
  static const char *const patterns[][2] = {
    { "\\b1[0-9]{9}(\\.[0-9]+)?\\b", "TIME" },
    { "seed#[A-Za-z0-9]{10,}", "seed#PORT" },
    { "(127\\.0\\.0\\.1|10\\.0\\.0\\.1):4040", "SEED:4040" },
    { "\\{\"bytes\":\"675f676c6f62616c\"\\}", "\"g_global\"" },
    { "\\{\"bytes\":\"\"\\}", "\"\"" },
  };
  char *result = g_strdup (text);

  for (size_t i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (patterns[i][0], 0, 0, NULL);
      char *next = g_regex_replace (regex, result, -1, 0, patterns[i][1], 0, NULL);

      g_free (result);
      result = next;
    }
  return result;
}

/* A packet, or the word of the probe for the end. */
static void
append_packet (GString *out, const AempValue *packet)
{
  g_autofree char *text
      = aemp_value_is (packet, "EOF") ? g_strdup ("EOF") : aemp_value_to_text (packet, 0);

  g_string_append_printf (out, "%s%s", out->len > 0 ? " " : "", text);
}

char *
probe_packets (const AempValue *row, const char *key)
{
  const AempValue *packets = aemp_map_get (row, key);
  g_autoptr (GString) out = g_string_new (NULL);

  if (!packets)
    return NULL;
  g_assert (packets->type == AEMP_ARRAY);
  for (uint32_t i = 0; i < packets->length; i++)
    append_packet (out, &packets->as.items[i]);
  return without_chance (out->str);
}

char *
probe_heard (const AempCodec *codec, const char *bytes, size_t length, bool closed)
{
  g_autoptr (GString) out = g_string_new (NULL);
  AempScanner scanner;

  aemp_scanner_init (&scanner);
  g_auto (Story) story = read_stream (codec, &scanner, (const uint8_t *)bytes, length, 0, 0);

  g_assert_no_error (story.error);
  for (guint i = 0; i < story.packets->len; i++)
    {
      AempList list = aemp_message_list (story.packets->pdata[i]);
      g_autofree char *text = aemp_list_to_text (&list, 0);

      g_string_append_printf (out, "%s[%s]", out->len > 0 ? " " : "", text);
    }
  if (closed)
    g_string_append (out, out->len > 0 ? " EOF" : "EOF");
  return without_chance (out->str);
}

static const char *
or_nothing (const char *text)
{
  return *text ? text : "(nothing)";
}

void
probe_compare (const char *probe, const char *name, const char *perl, const char *ours)
{
  g_autofree char *key = name ? g_strdup_printf ("%s: %s", probe, name) : g_strdup (probe);
  Difference *difference = g_hash_table_lookup (differences, key);

  g_test_message ("%s\n  perl %s\n  ours %s", key, perl, ours);
  if (!difference)
    {
      g_assert_cmpstr (or_nothing (ours), ==, or_nothing (perl));
      return;
    }
  difference->used = true;
  g_assert_cmpstr (or_nothing (perl), ==, difference->perl);
  g_assert_cmpstr (or_nothing (ours), ==, difference->ours);
  g_assert_cmpstr (ours, !=, perl);
}
