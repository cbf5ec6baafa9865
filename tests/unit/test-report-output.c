/* tests/unit/test-report-output.c - `aemp report` as people and machines call it. */

#include "engine/codec.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#define PAGE_MAX_BYTES_OF_100000 (2 * 1024 * 1024)

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

static AempMessage *
parse (const char *text, size_t length)
{
  g_autofree char *list = g_strdup_printf ("[%.*s]", (int)length, text);
  g_autoptr (GError) error = NULL;
  AempMessage *message
      = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)list, strlen (list), &error);

  g_assert_no_error (error);
  return message;
}

/* --- A JSON Schema, as far as ours goes: type, const, minimum, required, properties,
 * additionalProperties, items, $ref to $defs --- */

static const AempValue *
resolve (const AempValue *root, const AempValue *schema)
{
  const AempValue *reference = aemp_map_get (schema, "$ref");

  if (!reference)
    return schema;
  g_autofree char *path = aemp_value_dup_text (reference, NULL);
  g_assert_true (g_str_has_prefix (path, "#/$defs/"));
  schema = aemp_map_get (aemp_map_get (root, "$defs"), path + strlen ("#/$defs/"));
  g_assert_nonnull (schema);
  return schema;
}

static bool
has_type (const AempValue *value, const AempValue *type)
{
  static const struct
  {
    const char *name;
    AempType type;
  } types[] = { { "object", AEMP_MAP },
                { "array", AEMP_ARRAY },
                { "string", AEMP_TEXT },
                { "integer", AEMP_INTEGER },
                { "boolean", AEMP_BOOLEAN } };

  for (unsigned at = 0; at < G_N_ELEMENTS (types); at++)
    if (aemp_value_is (type, types[at].name))
      return value->type == types[at].type;
  g_assert_not_reached (); /* the schema has others: teach them to this test */
}

static bool validate (const AempValue *root, const AempValue *schema, const AempValue *value);

static bool
validate_map (const AempValue *root, const AempValue *schema, const AempValue *value)
{
  const AempValue *required = aemp_map_get (schema, "required");
  const AempValue *others = aemp_map_get (schema, "additionalProperties");

  for (uint32_t at = 0; required && at < required->length; at++)
    {
      g_autofree char *key = aemp_value_dup_text (&required->as.items[at], NULL);
      if (!aemp_map_get (value, key))
        return false;
    }
  for (uint32_t at = 0; at < value->length; at++)
    {
      g_autofree char *key = aemp_value_dup_text (&value->as.items[2 * at], NULL);
      const AempValue *one = aemp_map_get (aemp_map_get (schema, "properties"), key);
      if (!one && others && others->type == AEMP_BOOLEAN && !others->as.boolean)
        return false;
      if (!one && others && others->type == AEMP_MAP)
        one = others;
      if (one && !validate (root, one, &value->as.items[2 * at + 1]))
        return false;
    }
  return true;
}

static bool
validate (const AempValue *root, const AempValue *schema, const AempValue *value)
{
  schema = resolve (root, schema);
  const AempValue *type = aemp_map_get (schema, "type");
  const AempValue *constant = aemp_map_get (schema, "const");
  const AempValue *items = aemp_map_get (schema, "items");

  if ((type && !has_type (value, type)) || (constant && aemp_value_compare (constant, value) != 0)
      || (aemp_map_get (schema, "minimum") && value->negative)) /* all of ours are 0 */
    return false;
  if (value->type == AEMP_MAP)
    return validate_map (root, schema, value);
  for (uint32_t at = 0; items && value->type == AEMP_ARRAY && at < value->length; at++)
    if (!validate (root, items, &value->as.items[at]))
      return false;
  return true;
}

static AempMessage *
load_schema (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("AEMP_SOURCES"), "docs/report.schema.json", NULL);
  g_autofree char *text = NULL;
  size_t length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  return parse (text, length);
}

static bool
is_valid (const char *report)
{
  g_autoptr (AempMessage) schema = load_schema ();
  g_autoptr (AempMessage) message = parse (report, strlen (report));
  const AempValue *root = aemp_message_list (schema).items;

  return validate (root, root, aemp_message_list (message).items);
}

static void
test_schema (void)
{
  g_test_summary ("The report of a run with faults, of a cut file and of an empty one are what the "
                  "schema says; something else is not.");

  g_autofree char *storm = NULL, *cut = NULL, *empty = NULL;

  g_assert_cmpint (
      run ("$aemp simulate $sources/scenarios/catalogue/storm-short.scn --trace s.jsonl "
           ">said && $aemp report --json s.jsonl",
           &storm),
      ==, 0);
  g_assert_cmpint (run ("head -c 60000 s.jsonl >c.jsonl; $aemp report --json c.jsonl", &cut), ==,
                   65);
  g_assert_cmpint (run (": >e.jsonl; $aemp report --json e.jsonl", &empty), ==, 65);
  g_assert_true (is_valid (storm));
  g_assert_true (is_valid (cut));
  g_assert_true (is_valid (empty));
  g_assert_nonnull (strstr (storm, "\"complete\":true"));
  g_assert_nonnull (strstr (cut, "\"complete\":false"));
  g_assert_false (is_valid ("{}"));
  char *sent = strstr (storm, "\"lost\":");
  memcpy (sent, "\"last\":", strlen ("\"last\":"));
  g_assert_false (is_valid (storm));
}

static void
test_page (void)
{
  g_test_summary ("The page of a run: its data can be read, it loads nothing from elsewhere, and a "
                  "hundred thousand events would fit into 2 MiB.");

  static const char opening[] = "<script type=\"application/json\" id=\"data\">\n";
  g_autofree char *page = NULL, *said = NULL;

  g_assert_cmpint (
      run ("$aemp simulate $sources/scenarios/catalogue/partition.scn --trace p.jsonl >said"
           " && $aemp report p.jsonl --html p.html && cat p.html",
           &page),
      ==, 0);
  const char *data = strstr (page, opening);
  g_assert_nonnull (data);
  data += strlen (opening);
  const char *end = strstr (data, "</script>");
  g_assert_nonnull (end);
  g_autoptr (AempMessage) message = parse (data, (size_t)(end - data));
  uint64_t count = 0;
  const AempValue *runs = aemp_map_get (aemp_message_list (message).items, "runs");
  g_assert_cmpuint (runs->length, ==, 1);
  g_assert_true (aemp_value_get_unsigned (aemp_map_get (runs->as.items, "count"), &count));
  g_assert_cmpuint (count, >, 50000);
  g_assert_cmpuint (strlen (page) * 100000 / count, <=, PAGE_MAX_BYTES_OF_100000);
  g_assert_null (strstr (page, "http:"));
  g_assert_null (strstr (page, "https:"));
  g_assert_null (strstr (page, "@\n")); /* every place was filled */
}

static void
test_words (void)
{
  g_test_summary (
      "A failed run: the report for people has the verdict, and the last events end where "
      "it failed.  A foreign file and a missing one are told apart.");

  g_autofree char *bad = NULL, *foreign = NULL, *missing = NULL;

  g_assert_cmpint (run ("printf 'scenario \"x\"\\nnode rain\\nnode ruth seeds rain\\nactor rain.e echo\\n"
                        "actor ruth.w watch rain.e\\nexpect ruth.w told once within 9s\\n' >x.scn;"
                        "$aemp simulate x.scn --trace x.jsonl >said; $aemp report x.jsonl", &bad), ==, 0);
  g_assert_nonnull (strstr (bad, "FAIL     expected: expect ruth.w told once"));
  g_assert_nonnull (strstr (bad, "the last events before it failed"));
  g_assert_nonnull (strstr (strstr (bad, "the last events"), "expectation"));
  g_assert_cmpint (run ("cp $sources/README.md f; $aemp report f", &foreign), ==, 65);
  g_assert_nonnull (strstr (foreign, "no event could be read"));
  g_assert_nonnull (strstr (foreign, "the first is line 1:"));
  g_assert_cmpint (run ("$aemp report nothing.jsonl", &missing), ==, 66);
}

int
main (int argc, char **argv)
{
  g_autofree char *remove = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  g_test_add_func ("/report-output/schema", test_schema);
  g_test_add_func ("/report-output/page", test_page);
  g_test_add_func ("/report-output/words", test_words);
  status = g_test_run ();
  run ("rm -f s.jsonl c.jsonl e.jsonl p.jsonl p.html x.scn x.jsonl f said", &remove);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
