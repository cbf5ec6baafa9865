/* sim/search/explain-tell.c - an explanation, for people and for programs. */

#include "sim/search/explain.h"

#include "sim/checkers/checker.h"
#include "sim/print.h"
#include "sim/search/lines.h"

#include <string.h>

#define BAR 32 /* characters of a point that is all */
#define EVENTS_TOLD 12

static const SimExplainFault *
fault_at (const SimExplained *explained, unsigned index)
{
  return explained->faults->pdata[index];
}

static unsigned
count_without (const SimExplained *explained, SimWithout without)
{
  unsigned count = 0;
  for (unsigned i = 0; i < explained->faults->len; i++)
    count += fault_at (explained, i)->without == without;
  return count;
}

static void
tell_time (GString *out, int64_t time_us)
{
  g_string_append_printf (out, "%" G_GINT64_FORMAT ".%03d s", time_us / G_USEC_PER_SEC,
                          (int)(time_us / 1000 % 1000));
}

/* --- What was promised, what happened ------------------------------------------------------------ */

/* Without the promise, which was said. */
static const char *
what_text (const SimExplained *explained)
{
  if (!explained->what)
    return sim_trial_verdict_name (explained->verdict);
  const char *behind = explained->promise ? strstr (explained->what, ": ") : NULL;
  return behind && g_str_has_prefix (explained->what, "promise ") ? behind + 2 : explained->what;
}

static void
tell_failure (GString *out, const SimExplained *explained)
{
  if (explained->promise)
    g_string_append_printf (out, "  promised   %d, %s: %s\n", explained->promise,
                            sim_promise_name (explained->promise),
                            sim_promise_sentence (explained->promise));
  else
    g_string_append_printf (out, "  promised   %s\n",
                            explained->verdict == SIM_TRIAL_FAILED ? "what the scenario expects"
                            : explained->verdict == SIM_TRIAL_NO_PROGRESS
                                ? "that the network is whole again in time"
                                : "that nothing makes the program fail");
  g_string_append_printf (out, "  happened   %s", what_text (explained));
  g_string_append (out, "\n             noticed at ");
  tell_time (out, explained->time_us);
  if (explained->line)
    g_string_append_printf (out, ", line %" G_GUINT64_FORMAT " of the trace", explained->line);
  g_string_append_c (out, '\n');
}

/* --- Which faults ---------------------------------------------------------------------------------- */

static void
tell_fault (GString *out, const SimExplainFault *fault)
{
  g_string_append (out, "    at ");
  tell_time (out, fault->at_us);
  g_string_append_printf (out, "  %s   (line %u%s)\n", fault->text, fault->line,
                          fault->of_storm ? ", the storm" : "");
}

static void
tell_others (GString *out, const SimExplained *explained)
{
  unsigned needed = count_without (explained, SIM_WITHOUT_PASSES);
  unsigned told = 0;
  if (needed > 1)
    g_string_append_printf (out, "  It also takes %s, before:\n",
                            needed == 2 ? "this one" : "each of these");
  for (unsigned i = 0; needed > 1 && i < explained->faults->len && told < 5; i++)
    if ((int)i != explained->deciding
        && fault_at (explained, i)->without == SIM_WITHOUT_PASSES)
      {
        tell_fault (out, fault_at (explained, i));
        told++;
      }
  if (told == 5 && needed > 6)
    g_string_append_printf (out, "    … and %u more\n", needed - 6);
}

static void
tell_faults (GString *out, const SimExplained *explained)
{
  unsigned tried = explained->faults->len - count_without (explained, SIM_WITHOUT_UNKNOWN);
  const char *outcome = explained->fails_later ? "has not failed by then (it does later)" : "passes";
  if (explained->deciding >= 0)
    {
      g_string_append_printf (out, "\n  What decides it: without this one fault (of %u tried) the run %s.\n",
                              tried, outcome);
      tell_fault (out, fault_at (explained, (unsigned)explained->deciding));
      tell_others (out, explained);
    }
  else if (explained->left_out > 0)
    {
      g_string_append_printf (out, "\n  What decides it: no single fault; without these %u the run %s.\n",
                              explained->left_out, outcome);
      for (unsigned i = 0; i < explained->faults->len; i++)
        if (fault_at (explained, i)->is_left_out)
          tell_fault (out, fault_at (explained, i));
    }
  else if (tried > 0)
    g_string_append_printf (out, "\n  What decides it: no fault does; without %s it fails, too.\n",
                            tried == 1 ? "the one there is" : "any of them");
  else
    g_string_append (out, "\n  What decides it: nothing that is done to the network; there was no "
                          "fault before.\n");
}

/* --- When --------------------------------------------------------------------------------------------- */

static void
tell_point (GString *out, const SimExplainPoint *point)
{
  g_autofree char *bar = g_strnfill (point->same * BAR / point->runs, '#');
  g_string_append_printf (out, "    %8" G_GINT64_FORMAT ".%03d s  %-*s  %u of %u\n",
                          point->at_us / G_USEC_PER_SEC, (int)(point->at_us / 1000 % 1000), BAR, bar,
                          point->same, point->runs);
}

static void
tell_curve (GString *out, const SimExplained *explained)
{
  if (explained->curve->len < 2)
    return;
  g_string_append (out, "\n  When it was lost: so many fail in this way when everything from then on is "
                        "drawn again.\n");
  for (unsigned i = 0; i < explained->curve->len; i++)
    tell_point (out, &g_array_index (explained->curve, SimExplainPoint, i));
  if (explained->lost_before_us < 0)
    return;
  if (explained->lost_before_us == 0)
    {
      g_string_append_printf (out, "  It was lost from the beginning: whatever is drawn, it fails%s.\n",
                              explained->deciding >= 0 ? ", if that fault happens" : "");
      return;
    }
  if (explained->step_fault >= 0)
    {
      g_string_append (out, "  It was lost when this happened:\n");
      tell_fault (out, fault_at (explained, (unsigned)explained->step_fault));
      return;
    }
  g_string_append (out, "  It was lost between ");
  tell_time (out, explained->lost_after_us);
  g_string_append (out, " and ");
  tell_time (out, explained->lost_before_us);
  g_string_append (out, explained->by_chance ? ", by chance: delays, losses, what nodes draw.\n"
                                             : ".\n");
}

/* Do they tell the same, but for numbers? */
static bool
are_alike (const SimLine *one, const SimLine *other)
{
  static const char *const keys[] = { "event", "peer", "port", "text" };
  if (!one || strcmp (one->node, other->node) != 0)
    return false;
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *here = sim_line_field (one, keys[i]);
      g_autofree char *there = sim_line_field (other, keys[i]);
      if (strcmp (here, there) != 0)
        return false;
    }
  return true;
}

static void
free_line (void *line)
{
  sim_line_free (line);
}

/* Of several that are alike the last is told, and how many there were. */
static void
tell_events (GString *out, const SimExplained *explained)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (free_line);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (unsigned));
  for (unsigned i = 0; i < explained->events->len; i++)
    {
      SimLine *line = sim_line_new (explained->events->pdata[i]);
      unsigned one = 1;
      if (!line)
        continue;
      if (lines->len > 0 && are_alike (lines->pdata[lines->len - 1], line))
        {
          one = g_array_index (times, unsigned, times->len - 1) + 1;
          g_array_set_size (times, times->len - 1);
          g_ptr_array_remove_index (lines, lines->len - 1);
        }
      g_ptr_array_add (lines, line);
      g_array_append_val (times, one);
    }
  if (lines->len > 0)
    g_string_append (out, "\n  The last that was seen by those it happened to:\n");
  for (unsigned i = lines->len > EVENTS_TOLD ? lines->len - EVENTS_TOLD : 0; i < lines->len; i++)
    {
      g_autofree char *text = sim_line_print (lines->pdata[i], true);
      unsigned alike = g_array_index (times, unsigned, i);
      g_string_append_printf (out, "  %s", text);
      if (alike > 1)
        g_string_append_printf (out, "   (and %u before it)", alike - 1);
      g_string_append_c (out, '\n');
    }
}

char *
sim_explained_print (const SimExplained *explained, const Scenario *scenario, uint64_t seed,
                     const char *command)
{
  GString *out = g_string_new (NULL);
  if (explained->verdict == SIM_TRIAL_OK)
    {
      g_string_append_printf (out, "%s   seed %" G_GUINT64_FORMAT "   does not fail%s\n",
                              scenario->title, seed,
                              explained->out_of_time ? ", as far as it was played" : "");
      return g_string_free (out, FALSE);
    }
  g_string_append_printf (out, "%s   seed %" G_GUINT64_FORMAT "   %s\n", scenario->title, seed,
                          explained->verdict == SIM_TRIAL_FAILED
                              ? "fails"
                              : sim_trial_verdict_name (explained->verdict));
  tell_failure (out, explained);
  tell_faults (out, explained);
  tell_curve (out, explained);
  tell_events (out, explained);
  g_autofree char *runs = sim_print_number_of (explained->played, "run|runs");
  g_string_append_printf (out, "\n%s in %.1f s%s; see it again with: %s\n", runs,
                          (double)explained->real_us / 1e6,
                          explained->out_of_time ? ", then the time was over" : "", command);
  return g_string_free (out, FALSE);
}

/* --- For programs --------------------------------------------------------------------------------------- */

static void
add_value (GString *out, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  g_autofree char *text = aemp_value_to_text (&aemp_message_list (message).items[0], 0);
  char last = out->str[out->len - 1];
  g_string_append_printf (out, "%s%s", last == '[' || last == ':' ? "" : ",", text);
}

/* One more member; its value follows. */
static void
add_key (GString *out, const char *key)
{
  g_string_append_printf (out, "%s\"%s\":", out->str[out->len - 1] == '{' ? "" : ",", key);
}

static void
add_faults (GString *out, const SimExplained *explained)
{
  static const char *const words[] = { [SIM_WITHOUT_UNKNOWN] = "unknown",
                                       [SIM_WITHOUT_PASSES] = "passes",
                                       [SIM_WITHOUT_SAME] = "fails the same way",
                                       [SIM_WITHOUT_OTHER] = "fails otherwise" };
  add_key (out, "faults");
  g_string_append_c (out, '[');
  for (unsigned i = 0; i < explained->faults->len; i++)
    {
      const SimExplainFault *fault = fault_at (explained, i);
      add_value (out, "{sssisusbsssb}", "text", fault->text, "at", fault->at_us, "line",
                 (uint64_t)fault->line, "of_storm", fault->of_storm, "without",
                 words[fault->without], "left_out", fault->is_left_out);
    }
  g_string_append_c (out, ']');
}

static void
add_curve (GString *out, const SimExplained *explained)
{
  add_key (out, "curve");
  g_string_append_c (out, '[');
  for (unsigned i = 0; i < explained->curve->len; i++)
    {
      const SimExplainPoint *point = &g_array_index (explained->curve, SimExplainPoint, i);
      add_value (out, "{sisususu}", "at", point->at_us, "runs", (uint64_t)point->runs, "same",
                 (uint64_t)point->same, "passed", (uint64_t)point->passed);
    }
  g_string_append_c (out, ']');
}

/* Where it stands in the trace, as far as the last events tell; 0: they do not. */
static uint64_t
trace_line_of (const SimExplained *explained, const SimExplainFault *fault)
{
  for (unsigned i = 0; i < explained->events->len; i++)
    {
      g_autoptr (SimLine) line = sim_line_new (explained->events->pdata[i]);
      if (line && line->time_us == fault->at_us && strcmp (line->node, "world") == 0)
        return line->line;
    }
  return 0;
}

static void
add_sentence (GString *out, uint64_t line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
add_sentence (GString *out, uint64_t line, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (line > 0)
    add_value (out, "{sssu}", "text", text, "line", line);
  else
    add_value (out, "{ss}", "text", text);
}

static void
add_fault_sentence (GString *out, const SimExplained *explained, int index, const char *before,
                    const char *behind)
{
  const SimExplainFault *fault = fault_at (explained, (unsigned)index);
  g_autoptr (GString) time = g_string_new (NULL);
  tell_time (time, fault->at_us);
  add_sentence (out, trace_line_of (explained, fault), "%s%s at %s%s", before, fault->text, time->str,
                behind);
}

/* In words, for the page of a report. */
static void
add_story (GString *out, const SimExplained *explained)
{
  add_key (out, "story");
  g_string_append_c (out, '[');
  if (explained->promise)
    add_sentence (out, 0, "Promised: %s", sim_promise_sentence (explained->promise));
  add_sentence (out, explained->line, "What happened: %s.", what_text (explained));
  if (explained->deciding >= 0)
    add_fault_sentence (out, explained, explained->deciding, "What decides it: ",
                        explained->fails_later ? ". Without it the run has not failed by then."
                                               : ". Without it the run passes.");
  for (unsigned i = 0; explained->left_out > 1 && i < explained->faults->len; i++)
    if (fault_at (explained, i)->is_left_out)
      add_fault_sentence (out, explained, (int)i, "One of those that decide it together: ", ".");
  if (explained->step_fault >= 0 && explained->step_fault != explained->deciding)
    add_fault_sentence (out, explained, explained->step_fault, "When it was lost: ", ".");
  else if (explained->lost_before_us > 0 && explained->step_fault < 0)
    {
      g_autoptr (GString) time = g_string_new (NULL);
      tell_time (time, explained->lost_before_us);
      add_sentence (out, 0, "It was lost by %s%s.", time->str, explained->by_chance ? ", by chance" : "");
    }
  g_string_append_c (out, ']');
}

char *
sim_explained_json (const SimExplained *explained, const Scenario *scenario, uint64_t seed)
{
  GString *out = g_string_new ("{");
  add_key (out, "file");
  add_value (out, "s", scenario->file);
  add_key (out, "title");
  add_value (out, "s", scenario->title);
  g_string_append_printf (out, ",\"seed\":%" G_GUINT64_FORMAT ",\"verdict\":\"%s\"", seed,
                          sim_trial_verdict_name (explained->verdict));
  if (explained->verdict != SIM_TRIAL_OK)
    {
      add_key (out, "what");
      add_value (out, "s", explained->what ? explained->what : "");
      if (explained->promise)
        {
          g_string_append_printf (out, ",\"promise\":%d", explained->promise);
          add_key (out, "promised");
          add_value (out, "s", sim_promise_sentence (explained->promise));
        }
      g_string_append_printf (out, ",\"line\":%" G_GUINT64_FORMAT ",\"at\":%" G_GINT64_FORMAT
                              ",\"deciding\":%d,\"step_fault\":%d,\"lost_after\":%" G_GINT64_FORMAT
                              ",\"lost_before\":%" G_GINT64_FORMAT,
                              explained->line, explained->time_us, explained->deciding,
                              explained->step_fault, explained->lost_after_us, explained->lost_before_us);
      add_story (out, explained);
      add_faults (out, explained);
      add_curve (out, explained);
      add_key (out, "events");
      g_string_append_c (out, '[');
      for (unsigned i = 0; i < explained->events->len; i++)
        g_string_append_printf (out, "%s%s", i ? "," : "", (char *)explained->events->pdata[i]);
      g_string_append_c (out, ']');
    }
  g_string_append_printf (out, ",\"runs\":%u,\"out_of_time\":%s}", explained->played,
                          explained->out_of_time ? "true" : "false");
  return g_string_free (out, FALSE);
}
