/* reports/junit.c - how a run went, as servers that run tests read it: JUnit's XML, and TAP. */

#include "cases.h"
#include "export.h"

/* What XML cannot have is left out. */
static void
append_escaped (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  g_autofree char *escaped = NULL;
  char *end = valid;

  for (const char *at = valid; *at; at++)
    if ((uint8_t)*at >= 0x20 || *at == '\n' || *at == '\t')
      *end++ = *at;
  *end = 0;
  escaped = g_markup_escape_text (valid, -1);
  g_string_append (out, escaped);
}

static void
append_attribute (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, " %s=\"", name);
  append_escaped (out, text);
  g_string_append_c (out, '"');
}

static unsigned
count (const GPtrArray *cases, ReportCaseResult result)
{
  unsigned found = 0;

  for (unsigned at = 0; at < cases->len; at++)
    found += ((const ReportCase *)cases->pdata[at])->result == result;
  return found;
}

static char *
suite_name (const ReportFrame *frame)
{
  g_autofree char *title = report_title (frame->head);

  return g_strdup (title ? title : frame->path);
}

static void
append_case (GString *out, const ReportCase *one, const char *suite)
{
  static const char *const elements[] = { [REPORT_CASE_SKIPPED] = "skipped",
                                          [REPORT_CASE_FAILED] = "failure",
                                          [REPORT_CASE_ERROR] = "error" };

  g_string_append (out, "    <testcase");
  append_attribute (out, "classname", suite);
  append_attribute (out, "name", one->name);
  g_string_append (out, " time=\"0\"");
  if (one->result == REPORT_CASE_PASSED)
    {
      g_string_append (out, "/>\n");
      return;
    }
  g_string_append_printf (out, ">\n      <%s", elements[one->result]);
  append_attribute (out, "message", one->text);
  if (one->result != REPORT_CASE_SKIPPED)
    append_attribute (out, "type", one->result == REPORT_CASE_ERROR ? "trace" : "promise");
  g_string_append (out, "/>\n    </testcase>\n");
}

static void *
begin_junit (GString *out, const ReportFrame *frame)
{
  g_autoptr (GPtrArray) cases = report_cases (frame);
  g_autofree char *suite = suite_name (frame);
  g_autofree char *repeat = report_repeat_command (frame->head);
  g_autofree char *counts
      = g_strdup_printf ("tests=\"%u\" failures=\"%u\" errors=\"%u\"", cases->len,
                         count (cases, REPORT_CASE_FAILED), count (cases, REPORT_CASE_ERROR));

  g_string_append_printf (out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites %s>\n",
                          counts);
  g_string_append (out, "  <testsuite");
  append_attribute (out, "name", suite);
  g_string_append_printf (out, " %s skipped=\"%u\" time=\"0\">\n", counts,
                          count (cases, REPORT_CASE_SKIPPED));
  for (unsigned at = 0; at < cases->len; at++)
    append_case (out, cases->pdata[at], suite);
  if (repeat)
    {
      g_string_append (out, "    <system-out>");
      append_escaped (out, repeat);
      g_string_append (out, "</system-out>\n");
    }
  g_string_append (out, "  </testsuite>\n</testsuites>\n");
  return NULL;
}

/* --- TAP --- */

/* A description must not have a line end, nor begin a directive. */
static void
append_plain (GString *out, const char *text)
{
  for (const char *at = text; *at; at++)
    if (*at == '#' || *at == '\\')
      g_string_append_printf (out, "\\%c", *at);
    else
      g_string_append_c (out, (uint8_t)*at < 0x20 ? ' ' : *at);
}

static void *
begin_tap (GString *out, const ReportFrame *frame)
{
  g_autoptr (GPtrArray) cases = report_cases (frame);
  g_autofree char *suite = suite_name (frame);
  g_autofree char *repeat = report_repeat_command (frame->head);

  g_string_append_printf (out, "TAP version 13\n1..%u\n# ", cases->len);
  append_plain (out, suite);
  g_string_append_c (out, '\n');
  for (unsigned at = 0; at < cases->len; at++)
    {
      const ReportCase *one = cases->pdata[at];
      const bool good = one->result == REPORT_CASE_PASSED || one->result == REPORT_CASE_SKIPPED;

      g_string_append_printf (out, "%sok %u - ", good ? "" : "not ", at + 1);
      append_plain (out, one->name);
      g_string_append (out,
                       one->result == REPORT_CASE_SKIPPED ? " # SKIP nothing to judge\n" : "\n");
      if (one->text && one->result != REPORT_CASE_SKIPPED)
        {
          g_string_append (out, "  # ");
          append_plain (out, one->text);
          g_string_append_c (out, '\n');
        }
    }
  if (repeat)
    g_string_append_printf (out, "# %s\n", repeat);
  return NULL;
}

const ReportExportOps report_junit
    = { .option = "--junit", .meaning = "the verdicts as JUnit's XML", .begin = begin_junit };
const ReportExportOps report_tap = { .option = "--tap",
                                     .meaning = "the verdicts in the Test Anything Protocol",
                                     .begin = begin_tap };
