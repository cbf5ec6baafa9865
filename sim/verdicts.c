/* sim/verdicts.c */

#include "sim/verdicts.h"

#include "engine/value.h"


#include <string.h>

/* One more element of an array. */
static void
append_value (GString *out, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  g_autofree char *text = aemp_value_to_text (&aemp_message_list (message).items[0], 0);
  g_string_append_printf (out, "%s%s", out->str[out->len - 1] == '[' ? "" : ",", text);
}

static const SimBreach *
first_breach (const SimResult *result, int promise)
{
  for (unsigned i = 0; i < result->findings.kept->len; i++)
    {
      const SimBreach *breach = result->findings.kept->pdata[i];
      if (breach->promise == promise)
        return breach;
    }
  return NULL;
}

static void
append_verdict (GString *out, const SimResult *result, int promise, const char *units)
{
  const SimBreach *breach = first_breach (result, promise);
  const char *several = strchr (units, '|');
  several = several ? several + 1 : units;
  if (breach)
    append_value (out, "{sI ss ss su su su ss}", "promise", promise, "name",
                  sim_promise_name (promise), "units", several, "judged",
                  result->findings.judged[promise], "breaches", result->findings.breaches[promise],
                  "line", breach->line, "text", breach->text);
  else
    append_value (out, "{sI ss ss su su}", "promise", promise, "name", sim_promise_name (promise),
                  "units", several, "judged", result->findings.judged[promise], "breaches",
                  result->findings.breaches[promise]);
}

static void
append_verdicts (GString *out, const Scenario *scenario, const SimResult *result)
{
  g_string_append (out, ",\"verdicts\":[");
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    for (unsigned i = 0; scenario->promises[promise] && sim_checkers[i]; i++)
      for (unsigned j = 0; sim_checkers[i]->promises[j]; j++)
        if (sim_checkers[i]->promises[j] == promise)
          append_verdict (out, result, promise, sim_checkers[i]->units[j]);
  g_string_append_c (out, ']');
}

static void
append_expectations (GString *out, const SimResult *result)
{
  g_string_append_printf (out, ",\"expectations\":%u,\"missed\":[", result->expected);
  for (unsigned i = 0; i < result->missed->len; i++)
    {
      const SimMissed *missed = result->missed->pdata[i];
      append_value (out, "{su ss ss}", "line", (uint64_t) missed->expect->line, "expected",
                    missed->expect->text, "text", missed->text);
    }
  g_string_append_c (out, ']');
}

static void
append_marks (GString *out, uint64_t marks)
{
  g_string_append (out, ",\"marks\":[");
  for (unsigned i = 0; i < AEMP_MARKS_COUNT; i++)
    if (marks >> i & 1)
      append_value (out, "s", aemp_mark_texts[i]);
  g_string_append_c (out, ']');
}

/* A text that is rarely there. */
static void
append_text (GString *out, const char *key, const char *text)
{
  if (!text)
    return;
  g_autoptr (AempMessage) message = aemp_message_new ("s", text);
  g_autofree char *quoted = aemp_value_to_text (&aemp_message_list (message).items[0], 0);
  g_string_append_printf (out, ",\"%s\":%s", key, quoted);
}

char *
sim_verdicts_line (const Scenario *scenario, const SimResult *result, bool rested)
{
  GString *out = g_string_new (NULL);
  char digest[AEMP_DIGEST_TEXT_BYTES];
  aemp_digest_text (&result->digest, digest);
  g_string_append_printf (out, "{\"digest\":\"%s\",\"end\":%" G_GINT64_FORMAT
                          ",\"events\":%" G_GUINT64_FORMAT ",\"rested\":%s,\"status\":%d",
                          digest, result->simulated_us, result->trace_lines,
                          rested ? "true" : "false", (int) sim_result_status (result));
  append_verdicts (out, scenario, result);
  append_expectations (out, result);
  append_marks (out, result->marks);
  if (result->broken)
    g_string_append_printf (out, ",\"broken\":%u", result->broken);
  append_text (out, "first_broken", result->first_broken);
  append_text (out, "trouble", result->trouble);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}
