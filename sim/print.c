/* sim/print.c - verdicts as people read them. */

#include "sim/print.h"

#include <string.h>

#define NAME_COLUMN 20
#define RED "\033[1;31m"
#define GREEN "\033[32m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

static const char *
colour (const SimPrintOptions *options, const char *code)
{
  return options->colour ? code : "";
}

char *
sim_print_count (uint64_t count)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
  size_t length = strlen (digits);
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        g_string_append_c (text, ',');
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

char *
sim_print_number_of (uint64_t count, const char *units)
{
  const char *many = strchr (units, '|') + 1;
  g_autofree char *number = sim_print_count (count);
  g_autofree char *one = g_strndup (units, (size_t) (many - 1 - units));
  return g_strdup_printf ("%s %s", number, count == 1 ? one : many);
}

char *
sim_print_quoted (const char *file)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
  return file[strspn (file, plain)] == 0 ? g_strdup (file) : g_shell_quote (file);
}

unsigned
sim_count_marks (uint64_t marks)
{
  unsigned count = 0;
  for (; marks; marks &= marks - 1)
    count++;
  return count;
}

static char *
seconds (int64_t time_us)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT ".%03d s", time_us / 1000000,
                          (int) (time_us / 1000 % 1000));
}

static const SimBreach *
first_breach (const SimFindings *findings, int promise)
{
  for (unsigned i = 0; i < findings->kept->len; i++)
    {
      const SimBreach *breach = findings->kept->pdata[i];
      if (breach->promise == promise)
        return breach;
    }
  return NULL;
}

static void
print_verdict (GString *out, const SimPrintPromises *print, const char *code, const char *word,
               int promise, const char *text)
{
  g_string_append_printf (out, "  %s%-5s%s %2d %-*s %s\n", print->colour ? code : "", word,
                          print->colour ? PLAIN : "", promise, NAME_COLUMN,
                          sim_promise_name (promise), text);
}

/* The first breach: what, where, and how many more. */
static char *
breach_text (const SimFindings *findings, const SimPrintPromises *print, int promise)
{
  const SimBreach *breach = first_breach (findings, promise);
  uint64_t breaches = findings->breaches[promise];
  GString *text = g_string_new (NULL);
  if (breach)
    g_string_append_printf (text, "%s (line %" G_GUINT64_FORMAT ")", breach->text, breach->line);
  if (breaches > 1)
    g_string_append_printf (text, "  and %" G_GUINT64_FORMAT " more like it", breaches - 1);
  g_autofree char *plain = g_string_free (text, FALSE);
  return print->name_places ? print->name_places (print->user_data, plain)
                            : g_steal_pointer (&plain);
}

static void
print_promise (GString *out, const SimFindings *findings, const SimPrintPromises *print,
               int promise, const char *units)
{
  if (findings->breaches[promise] > 0)
    {
      g_autofree char *text = breach_text (findings, print, promise);
      print_verdict (out, print, RED, "FAIL", promise, text);
    }
  else if (findings->judged[promise] == 0)
    print_verdict (out, print, DIM, "-", promise, "nothing to judge");
  else
    {
      g_autofree char *text = sim_print_number_of (findings->judged[promise], units);
      print_verdict (out, print, GREEN, "ok", promise, text);
    }
}

void
sim_print_promises (GString *out, const SimFindings *findings, const SimPrintPromises *print)
{
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    for (unsigned i = 0; print->asked[promise] && sim_checkers[i]; i++)
      for (unsigned j = 0; sim_checkers[i]->promises[j]; j++)
        if (sim_checkers[i]->promises[j] == promise)
          print_promise (out, findings, print, promise, sim_checkers[i]->units[j]);
}

static void
print_expectations (GString *out, const Scenario *scenario, const SimResult *result,
                    const SimPrintOptions *options)
{
  if (result->expected > result->missed->len)
    g_string_append_printf (out, "  %sok%s       %-*s %u of %u\n", colour (options, GREEN),
                            colour (options, PLAIN), NAME_COLUMN, "expectations",
                            result->expected - result->missed->len, result->expected);
  if (result->expected < scenario->expects->len && !result->trouble)
    {
      g_autofree char *left = sim_print_number_of (scenario->expects->len - result->expected,
                                                   "is|are");
      g_string_append_printf (out, "  -        %-*s %s due after the end and not judged\n",
                              NAME_COLUMN, "expectations", left);
    }
  for (unsigned i = 0; i < result->missed->len; i++)
    {
      const SimMissed *missed = result->missed->pdata[i];
      g_string_append_printf (out, "  %sFAIL%s     expected: %s (line %u of the scenario): %s\n",
                              colour (options, RED), colour (options, PLAIN),
                              missed->expect->text, missed->expect->line, missed->text);
    }
}

static void
print_broken (GString *out, const SimResult *result, const SimPrintOptions *options)
{
  g_string_append_printf (out, "  %sFAIL%s     %s", colour (options, RED), colour (options, PLAIN),
                          result->first_broken);
  if (result->broken > 1)
    g_string_append_printf (out, ", and %u more like it", result->broken - 1);
  g_string_append_c (out, '\n');
}

char *
sim_print_result (const Scenario *scenario, const SimResult *result,
                  const SimPrintOptions *options)
{
  GString *out = g_string_new (NULL);
  g_autofree char *simulated = seconds (result->simulated_us);
  char digest[AEMP_DIGEST_TEXT_BYTES];
  aemp_digest_text (&result->digest, digest);
  g_autofree char *nodes = sim_print_number_of (scenario->nodes->len, "node|nodes");
  g_string_append_printf (out, "%s%s%s   seed %" G_GUINT64_FORMAT
                          "   %s   %s simulated in %.3f s\n",
                          colour (options, BOLD), scenario->title, colour (options, PLAIN),
                          result->seed, nodes, simulated, options->real_seconds);
  if (result->trouble)
    g_string_append_printf (out, "  %sFAIL%s     %s\n", colour (options, RED),
                            colour (options, PLAIN), result->trouble);
  sim_print_promises (
      out, &result->findings,
      &(SimPrintPromises){ .asked = scenario->promises, .colour = options->colour });
  if (result->broken)
    print_broken (out, result, options);
  print_expectations (out, scenario, result, options);
  g_string_append_printf (out, "digest %s   marks %u/%d   ", digest,
                          sim_count_marks (result->marks), AEMP_MARKS_COUNT);
  if (options->trace)
    g_string_append_printf (out, "trace %s\n", options->trace);
  else
    g_string_append (out, "trace not kept\n");
  g_autofree char *file = sim_print_quoted (options->file);
  g_autofree char *program = sim_print_quoted (options->program);
  if (sim_result_status (result) != SIM_STATUS_OK)
    g_string_append_printf (out, "repeat with: %s simulate %s --seed %" G_GUINT64_FORMAT
                            "%s --trace out.jsonl\n",
                            program, file, result->seed, options->arguments);
  return g_string_free (out, FALSE);
}
