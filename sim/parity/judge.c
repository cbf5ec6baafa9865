/* sim/parity/judge.c - compares, and tells. */
#include "sim/parity/judge.h"

#include "engine/units.h"

#include <stdio.h>
#include <string.h>

#define LATE_US 5000     /* worth mentioning */
#define SHOWN_COLUMNS 52 /* of a script's name */

void
parity_verdict_clear (ParityVerdict *verdict)
{
  parity_life_clear (&verdict->kernel);
  parity_life_clear (&verdict->model);
  g_clear_pointer (&verdict->difference, g_free);
}

/* --- Differences --- */

static const ParityOutcome *
outcome_at (const ParityLife *life, unsigned index)
{
  return index < life->outcomes->len ? &g_array_index (life->outcomes, ParityOutcome, index) : NULL;
}

static char *
describe (const ParityOutcome *outcome)
{
  if (!outcome)
    return g_strdup ("no more");
  g_autofree char *after = aemp_format_duration (outcome->after_us / 100 * 100);
  return g_strdup_printf ("%s after %s", outcome->text, after);
}

static int64_t
tolerance_of (const ParityScript *script, unsigned line)
{
  for (unsigned i = 0; i < script->statements->len; i++)
    if (parity_script_statement (script, i)->line == line)
      return parity_script_statement (script, i)->tolerance_us;
  return 0;
}

static char *
compare_lives (const ParityVerdict *verdict)
{
  for (unsigned i = 0;; i++)
    {
      const ParityOutcome *kernel = outcome_at (&verdict->kernel, i);
      const ParityOutcome *model = outcome_at (&verdict->model, i);

      if (!kernel && !model)
        return NULL;
      if (kernel && model && strcmp (kernel->text, model->text) == 0
          && parity_same_time (kernel->after_us, model->after_us,
                               MAX (kernel->span_us, model->span_us),
                               tolerance_of (verdict->script, kernel->line)))
        continue;
      g_autofree char *one = describe (kernel);
      g_autofree char *other = describe (model);
      return g_strdup_printf ("line %u: kernel %s, model %s",
                              kernel && kernel->line ? kernel->line
                              : model                ? model->line
                                                     : 0,
                              one, other);
    }
}

static char *
compare_with_script (const ParityLife *life, const char *name)
{
  for (unsigned i = 0; life->outcomes && i < life->outcomes->len; i++)
    if (!outcome_at (life, i)->met)
      {
        g_autofree char *what = describe (outcome_at (life, i));
        return g_strdup_printf ("line %u: %s %s, against the script", outcome_at (life, i)->line,
                                name, what);
      }
  return life->outcomes ? NULL : g_strdup_printf ("%s: %s", name, life->problem);
}

void
parity_judge (ParityVerdict *verdict)
{
  g_clear_pointer (&verdict->difference, g_free);
  verdict->skipped = verdict->tries > 0 && verdict->kernel.problem;
  if (verdict->tries > 0 && verdict->model_played && verdict->kernel.outcomes
      && verdict->model.outcomes)
    verdict->difference = compare_lives (verdict);
  if (!verdict->difference && verdict->tries > 0)
    verdict->difference = compare_with_script (&verdict->kernel, "kernel");
  if (!verdict->difference && verdict->model_played)
    verdict->difference = compare_with_script (&verdict->model, "model");
  verdict->same = verdict->difference == NULL;
}

/* --- Output --- */

typedef struct
{
  unsigned same;
  unsigned played;
} Sum;

static Sum
add_up (const ParityVerdict *verdicts, unsigned count)
{
  Sum sum = { 0 };

  for (unsigned i = 0; i < count; i++)
    {
      sum.played += !verdicts[i].skipped;
      sum.same += !verdicts[i].skipped && verdicts[i].same;
    }
  return sum;
}

unsigned
parity_score (const ParityVerdict *verdicts, unsigned count)
{
  Sum sum = add_up (verdicts, count);

  return sum.played > 0 ? sum.same * 100 / sum.played : 0;
}

static const char *
state_of (const ParityVerdict *verdict)
{
  if (verdict->skipped)
    return "not played";
  if (!verdict->same)
    return verdict->script->differs ? "differs, as is known" : "differs";
  return verdict->tries <= 1   ? "same"
         : verdict->tries == 2 ? "same, at the 2nd try"
                               : "same, at the 3rd try";
}

void
parity_print_table (const ParityVerdict *verdicts, unsigned count, bool all)
{
  Sum sum = add_up (verdicts, count);
  const char *group = "";

  for (unsigned i = 0; i < count; i++)
    {
      const ParityScript *script = verdicts[i].script;
      if (!all && verdicts[i].same && verdicts[i].tries <= 1)
        continue;
      if (strcmp (group, script->group) != 0)
        printf ("%s\n", script->group);
      group = script->group;
      printf ("  %-*s  %s\n", SHOWN_COLUMNS, script->name, state_of (&verdicts[i]));
      if (verdicts[i].difference)
        printf ("      %s\n", verdicts[i].difference);
      if (!verdicts[i].same && verdicts[i].kernel.late_us > LATE_US)
        printf ("      (the machine was late by %" G_GINT64_FORMAT " ms)\n",
                verdicts[i].kernel.late_us / 1000);
    }
  if (sum.played > 0)
    printf ("%u of %u the same: %u.%u %%\n", sum.same, sum.played, sum.same * 100 / sum.played,
            sum.same * 1000 / sum.played % 10);
}

/* It differs, but the machine was so late that this means nothing. */
static bool
is_unsure (const ParityVerdict *verdict)
{
  return !verdict->skipped && !verdict->same && !verdict->script->differs
         && verdict->kernel.late_us > LATE_US;
}

static void
print_tap_line (const ParityVerdict *verdict, unsigned number)
{
  const ParityScript *script = verdict->script;
  bool unsure = is_unsure (verdict);
  bool known = !verdict->same && script->differs;

  if (verdict->difference)
    printf ("# %s\n", verdict->difference);
  printf ("%s %u /parity/%s/%s",
          verdict->same || verdict->skipped || unsure || known ? "ok" : "not ok", number,
          script->group, script->name);
  if (verdict->skipped)
    printf (" # SKIP %s", verdict->kernel.problem);
  else if (known)
    printf (" # SKIP it differs: %s", script->differs);
  else if (unsure)
    printf (" # SKIP the machine was late by %" G_GINT64_FORMAT " ms",
            verdict->kernel.late_us / 1000);
  putchar ('\n');
}

/* Of those that could be measured; of most, or it means nothing. */
static void
print_tap_score (const ParityVerdict *verdicts, unsigned count, unsigned least_score)
{
  Sum sum = add_up (verdicts, count);

  for (unsigned i = 0; i < count; i++)
    sum.played -= is_unsure (&verdicts[i]);
  bool means_something = sum.played > 0 && sum.played * 10 >= count * 9;
  printf ("# %u of %u the same\n", sum.same, sum.played);
  printf ("%s %u /parity/score-of-%u-percent",
          !means_something || sum.same * 100 >= sum.played * least_score ? "ok" : "not ok",
          count + 1, least_score);
  if (!means_something)
    printf (" # SKIP only %u of %u could be measured", sum.played, count);
  putchar ('\n');
}

void
parity_print_tap (const ParityVerdict *verdicts, unsigned count, unsigned least_score,
                  const char *no_kernel)
{
  printf ("1..%u\n", count + 1 + (no_kernel != NULL));
  for (unsigned i = 0; i < count; i++)
    print_tap_line (&verdicts[i], i + 1);
  print_tap_score (verdicts, count, least_score);
  if (no_kernel)
    printf ("ok %u /parity/kernel # SKIP %s\n", count + 2, no_kernel);
}

static void
print_json_string (const char *text)
{
  putchar ('"');
  for (; *text; text++)
    if (*text == '"' || *text == '\\')
      printf ("\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      printf ("\\u%04x", (unsigned)*text);
    else
      putchar (*text);
  putchar ('"');
}

static void
print_json_life (const char *name, const ParityLife *life)
{
  printf (", \"%s\": [", name);
  for (unsigned i = 0; life->outcomes && i < life->outcomes->len; i++)
    {
      const ParityOutcome *outcome = outcome_at (life, i);
      printf ("%s{\"line\": %u, \"result\": ", i > 0 ? ", " : "", outcome->line);
      print_json_string (outcome->text);
      printf (", \"after_us\": %" G_GINT64_FORMAT ", \"met\": %s}", outcome->after_us,
              outcome->met ? "true" : "false");
    }
  putchar (']');
}

static void
print_json_verdict (const ParityVerdict *verdict)
{
  printf ("  {\"group\": ");
  print_json_string (verdict->script->group);
  printf (", \"script\": ");
  print_json_string (verdict->script->name);
  printf (", \"same\": %s, \"tries\": %u, \"late_us\": %" G_GINT64_FORMAT,
          verdict->same ? "true" : "false", verdict->tries, verdict->kernel.late_us);
  if (verdict->difference)
    {
      printf (", \"difference\": ");
      print_json_string (verdict->difference);
    }
  if (verdict->tries > 0)
    print_json_life ("kernel", &verdict->kernel);
  if (verdict->model_played)
    print_json_life ("model", &verdict->model);
  putchar ('}');
}

void
parity_print_json (const ParityVerdict *verdicts, unsigned count)
{
  Sum sum = add_up (verdicts, count);

  printf ("{\"scripts\": [\n");
  for (unsigned i = 0; i < count; i++)
    {
      print_json_verdict (&verdicts[i]);
      printf (i + 1 < count ? ",\n" : "\n");
    }
  printf ("], \"played\": %u, \"same\": %u}\n", sum.played, sum.same);
}
