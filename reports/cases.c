/* reports/cases.c */

#include "cases.h"

#include "trace-file.h"

static void
free_case (void *memory)
{
  ReportCase *one = memory;

  g_free (one->name);
  g_free (one->text);
  g_free (one);
}

/* Takes name and text. */
static void
add (GPtrArray *cases, ReportCaseResult result, char *name, char *text)
{
  ReportCase *one = g_new (ReportCase, 1);

  *one = (ReportCase){ name, result, text };
  g_ptr_array_add (cases, one);
}

static const AempValue *
list_in (const AempValue *map, const char *key, uint32_t *length)
{
  const AempValue *value = map ? aemp_map_get (map, key) : NULL;
  const bool is_list = value && value->type == AEMP_ARRAY;

  *length = is_list ? value->length : 0;
  return is_list ? value->as.items : NULL;
}

static void
add_verdict (GPtrArray *cases, const AempValue *verdict)
{
  const int64_t breaches = report_map_number (verdict, "breaches", 0);
  const int64_t judged = report_map_number (verdict, "judged", 0);
  g_autofree char *promise = report_map_text (verdict, "name");
  g_autofree char *units = report_map_text (verdict, "units");
  g_autofree char *text = report_map_text (verdict, "text");
  char *name = g_strdup_printf ("promise %d: %s, %s",
                                (int)report_map_number (verdict, "promise", 0), promise, units);

  if (breaches > 0)
    add (cases, REPORT_CASE_FAILED, name,
         g_strdup_printf ("%s (%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ")", text, breaches,
                          judged));
  else if (judged > 0)
    add (cases, REPORT_CASE_PASSED, name,
         g_strdup_printf ("%" G_GINT64_FORMAT " %s", judged, units));
  else
    add (cases, REPORT_CASE_SKIPPED, name, g_strdup ("nothing to judge"));
}

static void
add_expectations (GPtrArray *cases, const AempValue *tail)
{
  const int64_t tried = report_map_number (tail, "expectations", 0);
  uint32_t length;
  const AempValue *missed = list_in (tail, "missed", &length);

  for (uint32_t at = 0; at < length; at++)
    {
      g_autofree char *expected = report_map_text (&missed[at], "expected");
      add (cases, REPORT_CASE_FAILED,
           g_strdup_printf ("line %d: %s", (int)report_map_number (&missed[at], "line", 0),
                            expected),
           report_map_text (&missed[at], "text"));
    }
  if (tried > length)
    add (cases, REPORT_CASE_PASSED, g_strdup ("expectations"),
         g_strdup_printf ("%" G_GINT64_FORMAT " came true", tried - length));
}

static void
add_text (GPtrArray *cases, const AempValue *tail, const char *key, const char *name,
          ReportCaseResult result)
{
  char *text = report_map_text (tail, key);

  if (text)
    add (cases, result, g_strdup (name), text);
}

GPtrArray *
report_cases (const ReportFrame *frame)
{
  GPtrArray *cases = g_ptr_array_new_with_free_func (free_case);
  uint32_t length;
  const AempValue *verdicts = list_in (frame->tail, "verdicts", &length);

  for (uint32_t at = 0; at < length; at++)
    add_verdict (cases, &verdicts[at]);
  if (frame->tail)
    {
      add_expectations (cases, frame->tail);
      add_text (cases, frame->tail, "first_broken", "programs find nothing broken",
                REPORT_CASE_FAILED);
      add_text (cases, frame->tail, "trouble", "all nodes could be started", REPORT_CASE_ERROR);
    }
  else
    add (cases, REPORT_CASE_ERROR, g_strdup ("the trace is whole"),
         g_strdup ("it has no last line: the run was cut off, or goes on"));
  if (frame->state->bad_lines > 0)
    add (cases, REPORT_CASE_ERROR, g_strdup ("every line can be read"),
         g_strdup_printf ("line %" G_GUINT64_FORMAT ": %s", frame->state->first_bad,
                          frame->state->first_bad_why));
  if (cases->len == 0)
    add (cases, REPORT_CASE_PASSED, g_strdup ("the trace is whole"), NULL);
  return cases;
}

char *
report_repeat_command (const AempValue *head)
{
  g_autofree char *file = report_map_text (head, "file");
  g_autofree char *quoted = file ? g_shell_quote (file) : NULL;
  const int64_t seed = report_map_number (head, "seed", -1);

  if (!file || seed < 0)
    return NULL;
  return g_strdup_printf ("aemp simulate %s --seed %" G_GINT64_FORMAT, quoted, seed);
}
