/* tests/unit/test-report-exports.c - what other tools get of a trace, read as they read it. */

#include "engine/codec.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

static char *folder;

/* Runs a command in a shell, where $aemp is the program, in a folder of our own; the exit status.
 */
static int
run (const char *command, char **out)
{
  g_auto (GStrv) environment
      = g_environ_setenv (g_get_environ (), "aemp", g_getenv ("AEMP_PROGRAM"), TRUE);
  char *arguments[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  environment = g_environ_setenv (environment, "sources", g_getenv ("AEMP_SOURCES"), TRUE);
  g_spawn_sync (folder, arguments, environment, G_SPAWN_DEFAULT, NULL, NULL, out, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* A run with a cut, and one that fails. */
static const char two_runs[]
    = "printf 'scenario \"x & <y>\"\\nnode rain\\nnode ruth seeds rain\\nactor rain.e sink\\n"
      "actor ruth.p flood rain.e every 500ms\\nat 2s cut rain | ruth\\nat 4s kill rain\\nat 6s restart rain\\nat "
      "9s heal\\nuntil 60s\\n' >good.scn &&"
      "printf 'scenario \"bad\"\\nnode rain\\nnode ruth seeds rain\\nactor rain.e sink\\n"
      "actor ruth.w watch rain.e\\nexpect ruth.w told once within 9s\\n' >bad.scn;"
      "$aemp simulate good.scn --trace good.jsonl >said || exit 9;"
      "$aemp simulate bad.scn --trace bad.jsonl >said; test $? = 1";

static void
test_verdicts (void)
{
  g_test_summary (
      "Servers that run tests read the verdicts: of a good run, of a failed one and of a "
      "cut trace.  The XML is what the schema says; the plan of TAP is kept.");

  g_autofree char *good = NULL, *bad = NULL, *cut = NULL, *tap = NULL, *checked = NULL;

  g_assert_cmpint (run ("$aemp report good.jsonl --junit -", &good), ==, 0);
  g_assert_cmpint (run ("$aemp report bad.jsonl --junit -", &bad), ==, 0);
  g_assert_cmpint (
      run ("head -c 3000 good.jsonl >cut.jsonl; $aemp report cut.jsonl --junit -", &cut), ==, 65);
  g_assert_cmpint (run ("$aemp report bad.jsonl --tap -", &tap), ==, 0);
  g_assert_nonnull (strstr (good, "failures=\"0\""));
  g_assert_nonnull (strstr (good, "x &amp; &lt;y&gt;"));
  g_assert_nonnull (strstr (bad, "failures=\"1\""));
  g_assert_nonnull (strstr (bad, "<failure message=\""));
  g_assert_nonnull (strstr (bad, "aemp simulate &apos;bad.scn&apos; --seed 1"));
  g_assert_nonnull (strstr (cut, "<error message=\"it has no last line"));
  g_auto (GStrv) lines = g_strsplit (tap, "\n", -1);
  unsigned results = 0, failed = 0;
  for (char **line = lines; *line; line++)
    {
      results += g_str_has_prefix (*line, "ok ") || g_str_has_prefix (*line, "not ok ");
      failed += g_str_has_prefix (*line, "not ok ");
    }
  g_autofree char *plan = g_strdup_printf ("1..%u", results);
  g_assert_cmpstr (lines[1], ==, plan);
  g_assert_cmpuint (failed, ==, 1);
  if (run ("command -v xmllint", &checked) != 0)
    {
      g_test_message ("xmllint is not there: the XML was not held against its schema");
      return;
    }
  g_free (g_steal_pointer (&checked));
  g_assert_cmpint (
      run ("for trace in good bad cut; do $aemp report $trace.jsonl --junit $trace.xml;"
           "xmllint --noout --schema $sources/tests/data/junit.xsd $trace.xml || exit 9;"
           "done; sed s/failures=/fails=/ bad.xml >other.xml;"
           "! xmllint --noout --schema $sources/tests/data/junit.xsd other.xml",
           &checked),
      ==, 0);
}

/* --- ShiViz --- */

/* The clock of one entry: each of its hosts has had so many events, and its own has one more
 * than before. */
static unsigned
check_clock (GHashTable *ticks, const char *host, const char *clock)
{
  g_autofree char *list = g_strdup_printf ("[%s]", clock);
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) message
      = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)list, strlen (list), &error);
  const AempValue *map;

  g_assert_no_error (error);
  map = aemp_message_list (message).items;
  for (uint32_t at = 0; at < map->length; at++)
    {
      g_autofree char *other = aemp_value_dup_text (&map->as.items[2 * at], NULL);
      const unsigned known = GPOINTER_TO_UINT (g_hash_table_lookup (ticks, other));
      const uint64_t tick = map->as.items[2 * at + 1].as.integer;
      if (strcmp (other, host) == 0)
        {
          g_assert_cmpuint (tick, ==, known + 1);
          g_hash_table_insert (ticks, g_strdup (host), GUINT_TO_POINTER ((unsigned)tick));
        }
      else
        g_assert_cmpuint (tick, <=, known);
    }
  g_assert_nonnull (aemp_map_get (map, host));
  return map->length;
}

static void
test_shiviz (void)
{
  g_test_summary (
      "ShiViz takes a log apart by the expression in its first line.  Every event of the "
      "run is there, each host counts its own from 1, and messages carry clocks along.");

  g_autofree char *log = NULL, *events = NULL;
  g_autoptr (GHashTable) ticks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GError) error = NULL;
  unsigned entries = 0, of_two = 0;

  g_assert_cmpint (run ("$aemp report good.jsonl --shiviz -", &log), ==, 0);
  g_assert_cmpint (run ("grep -c '\"event\"' good.jsonl", &events), ==, 0);
  char *second = strchr (log, '\n');
  *second = 0;
  g_assert_cmpint (second[1], ==, '\n'); /* one run: nothing divides it */
  g_autoptr (GRegex) regex = g_regex_new (log, 0, 0, &error);
  g_assert_no_error (error);
  g_regex_match (regex, second + 2, 0, &match);
  for (; g_match_info_matches (match); g_match_info_next (match, NULL), entries++)
    {
      g_autofree char *host = g_match_info_fetch_named (match, "host");
      g_autofree char *clock = g_match_info_fetch_named (match, "clock");
      g_autofree char *event = g_match_info_fetch_named (match, "event");
      g_assert_cmpuint (strlen (event), >, 0);
      of_two += check_clock (ticks, host, clock) > 1;
    }
  g_assert_cmpuint (entries, ==, (unsigned)g_ascii_strtoull (events, NULL, 10));
  g_assert_cmpuint (of_two, >, 10);
}

/* --- Chrome --- */

static unsigned
count_phase (const AempValue *entries, const char *phase)
{
  unsigned found = 0;

  for (uint32_t at = 0; at < entries->length; at++)
    found += aemp_value_is (aemp_map_get (&entries->as.items[at], "ph"), phase);
  return found;
}

static void
test_chrome (void)
{
  g_test_summary (
      "Perfetto's JSON can be parsed; each arrow has both ends, each process that begins "
      "ends, and there are as many arrows as messages that arrived.");

  g_autofree char *text = NULL, *arrived = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run ("printf [; $aemp report good.jsonl --chrome-trace -; printf ]", &text), ==,
                   0);
  g_assert_cmpint (
      run ("grep -c '\"event\":\"\\(deliver\\|request\\|unknown_port\\)\"' good.jsonl", &arrived),
      ==, 0);
  g_autoptr (AempMessage) message
      = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)text, strlen (text), &error);
  g_assert_no_error (error);
  const AempValue *entries = aemp_map_get (aemp_message_list (message).items, "traceEvents");
  g_assert_cmpuint (count_phase (entries, "s"), ==, (unsigned)g_ascii_strtoull (arrived, NULL, 10));
  g_assert_cmpuint (count_phase (entries, "f"), ==, count_phase (entries, "s"));
  g_assert_cmpuint (count_phase (entries, "B"), ==, 3);
  g_assert_cmpuint (count_phase (entries, "E"), ==, 3);
}

/* --- Excerpts --- */

static void
count_element (GMarkupParseContext *context, const char *name, const char **names,
               const char **values, void *data, GError **error)
{
  for (unsigned at = 0; names[at]; at++)
    if (strcmp (names[at], "class") == 0)
      {
        const unsigned known = GPOINTER_TO_UINT (g_hash_table_lookup (data, values[at]));
        g_hash_table_insert (data, g_strdup (values[at]), GUINT_TO_POINTER (known + 1));
      }
}

static GHashTable *
classes_of (const char *svg)
{
  static const GMarkupParser parser = { .start_element = count_element };
  GHashTable *classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, classes, NULL);
  g_autoptr (GError) error = NULL;

  g_markup_parse_context_parse (context, svg, -1, &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  return classes;
}

static unsigned
count_of (GHashTable *classes, const char *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (classes, name));
}

static void
test_svg (void)
{
  g_test_summary (
      "A picture is well-formed, has the cut as a band, messages as arrows and the lost "
      "ones with a mark; an excerpt before the cut has no band, and fewer arrows.");

  g_autofree char *whole = NULL, *early = NULL, *alone = NULL;

  g_assert_cmpint (run ("$aemp report good.jsonl --svg -", &whole), ==, 0);
  g_assert_cmpint (run ("$aemp report good.jsonl --svg - --to 1s", &early), ==, 0);
  g_assert_cmpint (run ("$aemp report good.jsonl --svg - --node rain", &alone), ==, 0);
  g_autoptr (GHashTable) all = classes_of (whole);
  g_autoptr (GHashTable) first = classes_of (early);
  g_autoptr (GHashTable) rain = classes_of (alone);
  g_assert_cmpuint (count_of (all, "band"), ==, 4);
  g_assert_cmpuint (count_of (all, "m"), >, 10);
  g_assert_cmpuint (count_of (all, "m lost"), >, 0);
  g_assert_cmpuint (count_of (all, "up"), >=, 4);
  g_assert_cmpuint (count_of (first, "band"), ==, 0);
  g_assert_cmpuint (count_of (first, "m"), <, count_of (all, "m"));
  g_assert_cmpuint (count_of (rain, "m"), ==, 0);
  g_assert_nonnull (strstr (alone, ">rain<"));
  g_assert_null (strstr (alone, ">ruth<"));
}

static void
test_mermaid (void)
{
  g_test_summary ("A sequence diagram says of every line whose it is: nodes that it has declared.  "
                  "What means something to Mermaid is escaped.");

  g_autofree char *diagram = NULL;
  g_autoptr (GError) error = NULL;
#define WORDS "([^;:<>\"#]|#\\d+;)*"
  g_autoptr (GRegex) regex = g_regex_new (
      "^  (title " WORDS "|participant n\\d+ as \\S+|n[01](->>|-x)n[01]: " WORDS
      "|Note over n[01](,n[01])?: " WORDS ")$",
      0, 0, &error);
  unsigned messages = 0, lost = 0;

  g_assert_no_error (error);
  g_assert_cmpint (run ("$aemp report good.jsonl --mermaid -", &diagram), ==, 0);
  g_assert_nonnull (strstr (diagram, "title x & #60;y#62;"));
  g_assert_nonnull (strstr (diagram, "participant n0 as rain\n  participant n1 as ruth\n"));
  g_auto (GStrv) lines = g_strsplit (diagram, "\n", -1);
  g_assert_cmpstr (lines[0], ==, "sequenceDiagram");
  for (char **line = lines + 1; **line; line++)
    {
      if (!g_regex_match (regex, *line, 0, NULL))
        g_error ("not a line for Mermaid: %s", *line);
      messages += strstr (*line, "->>") != NULL;
      lost += strstr (*line, "-x") != NULL;
    }
  g_assert_cmpuint (messages, >, 10);
  g_assert_cmpuint (lost, >, 0);
}

static void
test_refused (void)
{
  g_test_summary ("What cannot be: to write over the trace, to read stdin twice, an output that "
                  "cannot be written, a time that is none.");

  g_autofree char *said = NULL;

  g_assert_cmpint (run ("$aemp report good.jsonl --tap good.jsonl 2>&1", &said), ==, 64);
  g_free (g_steal_pointer (&said));
  g_assert_cmpint (run ("$aemp report - --tap x <good.jsonl 2>&1", &said), ==, 64);
  g_free (g_steal_pointer (&said));
  g_assert_cmpint (run ("$aemp report good.jsonl --tap nowhere/x 2>&1", &said), ==, 73);
  g_assert_nonnull (strstr (said, "cannot write nowhere/x"));
  g_free (g_steal_pointer (&said));
  g_assert_cmpint (run ("$aemp report good.jsonl --svg - --from soon 2>&1", &said), ==, 64);
}

static void
test_compressed (void)
{
  g_test_summary ("A compressed trace is the same trace: written by a simulation, reported and "
                  "judged.  Cut, it is read to where it is cut; damaged, that is said.");

  g_autofree char *said = NULL;

  g_assert_cmpint (
      run ("$aemp simulate good.scn --trace g.jsonl.zst >said && $aemp report good.jsonl >one &&"
           " $aemp report g.jsonl.zst >other && cmp one other && $aemp check g.jsonl.zst &&"
           " test $(wc -c <g.jsonl.zst) -lt $(($(wc -c <good.jsonl) / 4))",
           &said),
      ==, 0);
  g_free (g_steal_pointer (&said));
  g_assert_cmpint (
      run ("$aemp simulate $sources/scenarios/catalogue/storm-short.scn --trace p.zst >said;"
           " size=$(wc -c <p.zst); head -c $((size / 2)) p.zst >c.zst; $aemp report c.zst",
           &said),
      ==, 65);
  g_assert_nonnull (strstr (said, "NOTE  the file is cut"));
  g_assert_nonnull (strstr (said, "messages: "));
  g_free (g_steal_pointer (&said));
  g_assert_cmpint (
      run ("(head -c $((size = $(wc -c <p.zst) / 2)) p.zst; head -c 4000 /dev/zero | tr "
           "'\\0' x) >d.zst; $aemp report d.zst 2>&1",
           &said),
      ==, 65);
  g_assert_nonnull (strstr (said, "d.zst: the compressed data is damaged behind line "));
  g_assert_nonnull (strstr (said, "messages: "));
}

int
main (int argc, char **argv)
{
  g_autofree char *nothing = NULL, *remove = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  g_assert_cmpint (run (two_runs, &nothing), ==, 0);
  g_test_add_func ("/report-exports/verdicts", test_verdicts);
  g_test_add_func ("/report-exports/shiviz", test_shiviz);
  g_test_add_func ("/report-exports/chrome", test_chrome);
  g_test_add_func ("/report-exports/svg", test_svg);
  g_test_add_func ("/report-exports/mermaid", test_mermaid);
  g_test_add_func ("/report-exports/refused", test_refused);
  g_test_add_func ("/report-exports/compressed", test_compressed);
  status = g_test_run ();
  run ("rm -f *", &remove);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
