/* sim/search/sweep-tell.c - what a sweep says to people. */

#include "sim/search/sweep-parts.h"
#include "sim/print.h"
#include "sim/search/signature.h"

#include <stdlib.h>
#include <string.h>

#define LINE_EVERY_US (10 * G_USEC_PER_SEC) /* where nobody can redraw it */
#define DRAW_EVERY_US (G_USEC_PER_SEC / 5)
#define FAILURES_SHOWN 3 /* at once; all are told in groups at the end */
#define RED "\033[1;31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"
#define CLEAR "\r\033[K"

static const char *
colour (const SimSweepTally *tally, const char *code)
{
  return tally->options->colour ? code : "";
}

static const SimSweepStory *
story_of (const SimSweepTally *tally, unsigned story)
{
  return tally->options->stories->pdata[story];
}

static double
seconds_since (int64_t began_us)
{
  return (double)MAX (g_get_monotonic_time () - began_us, 1) / 1e6;
}

/* --- Progress
 * ---------------------------------------------------------------------------------------- */

/* "2 h 5 min", "12 s" */
static char *
time_text (double seconds)
{
  int64_t whole = (int64_t)(seconds + 0.5);
  if (whole >= 3600)
    return g_strdup_printf ("%d h %d min", (int)(whole / 3600), (int)(whole / 60 % 60));
  if (whole >= 60)
    return g_strdup_printf ("%d min %d s", (int)(whole / 60), (int)(whole % 60));
  return g_strdup_printf ("%d s", (int)whole);
}

static char *
time_left (const SimSweepTally *tally)
{
  const SimSweepOptions *options = tally->options;
  double gone = seconds_since (tally->began_us);
  double done = (double)(tally->all.runs - tally->all.before);
  double left = done > 0 ? gone / done * (double)(tally->planned - tally->all.runs) : 0;
  if (options->time_limit_us > 0)
    left = MIN (left, MAX ((double)options->time_limit_us / 1e6 - gone, 0));
  return time_text (left);
}

static char *
progress_text (const SimSweepTally *tally)
{
  g_autofree char *done = sim_print_count (tally->all.runs);
  g_autofree char *planned = sim_print_number_of (tally->planned, "run|runs");
  g_autofree char *left = time_left (tally);
  return g_strdup_printf (
      "%s of %s, %.0f/s, %" G_GUINT64_FORMAT " failed, marks %u/%d, %s left", done, planned,
      (double)(tally->all.runs - tally->all.before) / seconds_since (tally->began_us),
      tally->all.bad, sim_count_marks (tally->all.marks), AEMP_MARKS_COUNT, left);
}

void
sim_sweep_tell_progress (SimSweepTally *tally)
{
  const SimSweepOptions *options = tally->options;
  int64_t now_us = g_get_monotonic_time ();
  if (now_us - tally->told_us < (options->terminal ? DRAW_EVERY_US : LINE_EVERY_US))
    return;
  tally->told_us = now_us;
  g_autofree char *text = progress_text (tally);
  if (options->terminal)
    fprintf (options->progress, "\r%s\033[K", text);
  else
    fprintf (options->progress, "%s\n", text);
  fflush (options->progress);
}

static void
clear_progress (const SimSweepTally *tally)
{
  if (tally->options->terminal)
    {
      fputs (CLEAR, tally->options->progress);
      fflush (tally->options->progress);
    }
}

/* --- Failures
 * ---------------------------------------------------------------------------------------- */

static char *
repeat_command (const SimSweepTally *tally, unsigned story, uint64_t seed)
{
  const SimSweepStory *about = story_of (tally, story);
  g_autofree char *program = sim_print_quoted (tally->options->program);
  g_autofree char *file = sim_print_quoted (about->about.file);
  return g_strdup_printf ("%s simulate %s --seed %" G_GUINT64_FORMAT "%s", program, file, seed,
                          about->about.arguments);
}

void
sim_sweep_tell_failure (SimSweepTally *tally, unsigned story, const SimTrialResult *result)
{
  FILE *out = tally->options->out;
  if (tally->shown == FAILURES_SHOWN)
    return;
  tally->shown++;
  g_autofree char *command = repeat_command (tally, story, result->seed);
  clear_progress (tally);
  fprintf (out,
           "%sFAIL%s  %s   seed %" G_GUINT64_FORMAT "\n        %s: %s\n        repeat with: %s\n",
           colour (tally, RED), colour (tally, PLAIN), story_of (tally, story)->about.title,
           result->seed, sim_trial_verdict_name (result->verdict),
           result->text ? result->text : "no more is known", command);
  fflush (out);
}

static int
compare_groups (const void *one, const void *other)
{
  const SimSweepGroup *a = *(SimSweepGroup *const *)one;
  const SimSweepGroup *b = *(SimSweepGroup *const *)other;
  if (a->runs != b->runs)
    return a->runs > b->runs ? -1 : 1;
  if (a->story != b->story)
    return a->story < b->story ? -1 : 1;
  return strcmp (a->signature, b->signature);
}

static void
tell_group (const SimSweepTally *tally, const SimSweepGroup *group)
{
  FILE *out = tally->options->out;
  g_autofree char *seeds = sim_print_number_of (group->runs, "seed|seeds");
  g_autofree char *command = repeat_command (tally, group->story, group->seeds[0]);
  g_autofree char *title
      = sim_signature_title (sim_trial_verdict_name (group->verdict), group->signature);
  fprintf (out, "  %s%s%s of %s\n      %s\n      seed%s", colour (tally, RED), seeds,
           colour (tally, PLAIN), story_of (tally, group->story)->about.title, title,
           group->seeds_count == 1 ? "" : "s");
  for (unsigned i = 0; i < group->seeds_count; i++)
    fprintf (out, " %" G_GUINT64_FORMAT, group->seeds[i]);
  if (group->runs > group->seeds_count)
    {
      g_autofree char *more = sim_print_count (group->runs - group->seeds_count);
      fprintf (out, " and %s more", more);
    }
  fprintf (out, "\n      repeat with: %s\n", command);
}

static void
tell_groups (const SimSweepTally *tally)
{
  GPtrArray *groups = tally->groups;
  if (groups->len == 0)
    return;
  g_autofree char *ways = sim_print_number_of (groups->len, "way|ways");
  qsort (groups->pdata, groups->len, sizeof (void *), compare_groups);
  fprintf (tally->options->out, "%s to fail:\n", ways);
  for (unsigned i = 0; i < groups->len; i++)
    tell_group (tally, groups->pdata[i]);
}

/* --- The end
 * ------------------------------------------------------------------------------------------- */

static bool
is_complete (const SimSweepTally *tally)
{
  return tally->all.runs >= tally->planned;
}

/* Of all seeds together: so only who has all can say it. */
static void
tell_vacuous (SimSweepTally *tally)
{
  int promise;
  for (unsigned i = 0; i < tally->options->stories->len; i++)
    if (sim_judged_nothing (story_of (tally, i)->scenario, tally->sums[i].judged, &promise))
      {
        fprintf (tally->options->out,
                 "VACUOUS  %s: promise %d, %s, was to be checked and had nothing to judge\n",
                 story_of (tally, i)->about.title, promise, sim_promise_name (promise));
        tally->worst = sim_status_worse (tally->worst, SIM_STATUS_VACUOUS);
      }
}

static void
tell_story (const SimSweepTally *tally, unsigned story)
{
  const SimSweepSum *sum = &tally->sums[story];
  g_autofree char *runs = sim_print_number_of (sum->runs, "seed|seeds");
  fprintf (tally->options->out,
           "%s%s%s  %s: %s, %" G_GUINT64_FORMAT
           " failed, %.0f s simulated, %.1f ms a seed, marks %u/%d\n",
           colour (tally, sum->bad ? RED : GREEN), sum->bad ? "FAIL" : "ok  ",
           colour (tally, PLAIN), story_of (tally, story)->about.title, runs, sum->bad,
           (double)sum->simulated_us / 1e6,
           sum->runs ? (double)sum->cpu_us / 1e3 / (double)sum->runs : 0.0,
           sim_count_marks (sum->marks), AEMP_MARKS_COUNT);
}

static void
tell_marks (SimSweepTally *tally)
{
  FILE *out = tally->options->out;
  unsigned reached = sim_count_marks (tally->all.marks);
  if (!tally->options->marks)
    return;
  g_autofree char *last = sim_print_number_of (tally->last_mark_runs, "run|runs");
  if (reached > 0)
    fprintf (out, "marks: %u of %d, the last of them after %s\n", reached, AEMP_MARKS_COUNT, last);
  for (int mark = 0; mark < AEMP_MARKS_COUNT; mark++)
    if (!(tally->all.marks >> mark & 1))
      {
        fprintf (out, "never reached: %s\n", aemp_mark_texts[mark]);
        tally->worst = sim_status_worse (tally->worst, SIM_STATUS_VACUOUS);
      }
}

static void
tell_why_it_ended (const SimSweepTally *tally)
{
  if (is_complete (tally))
    return;
  g_autofree char *left = sim_print_number_of (tally->planned - tally->all.runs, "run|runs");
  fprintf (tally->options->out, "%s, %s left%s\n",
           tally->ended_by ? "ended by a signal" : "ended as the time is over", left,
           tally->options->results_file ? ": --resume plays them" : "");
}

static void
tell_sum (const SimSweepTally *tally)
{
  double seconds = seconds_since (tally->began_us);
  const SimSweepSum *all = &tally->all;
  g_autofree char *runs = sim_print_number_of (all->runs - all->before, "run|runs");
  g_autofree char *repeated = sim_print_count (tally->repeated);
  g_autofree char *processes = sim_print_number_of (tally->options->jobs, "process|processes");
  fprintf (tally->options->out,
           "%s in %.1f s with %s: %.0f/s; %" G_GUINT64_FORMAT
           " failed; marks %u/%d; %s repeated in "
           "fresh processes, %" G_GUINT64_FORMAT " with another digest\n",
           runs, seconds, processes, (double)(all->runs - all->before) / seconds, all->bad,
           sim_count_marks (all->marks), AEMP_MARKS_COUNT, repeated, tally->different);
  if (all->before > 0)
    {
      g_autofree char *before = sim_print_number_of (all->before, "run was|runs were");
      fprintf (tally->options->out, "%s in %s before\n", before, tally->options->results_file);
    }
}

void
sim_sweep_tell_end (SimSweepTally *tally)
{
  clear_progress (tally);
  for (unsigned i = 0; i < tally->options->stories->len; i++)
    tell_story (tally, i);
  tell_groups (tally);
  if (is_complete (tally) && tally->options->shards == 1)
    tell_vacuous (tally);
  tell_marks (tally);
  tell_why_it_ended (tally);
  tell_sum (tally);
  fflush (tally->options->out);
}
