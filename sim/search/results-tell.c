/* sim/search/results-tell.c - results, as people read them. */

#include "sim/search/results-tell.h"
#include "sim/print.h"
#include "sim/search/signature.h"

#include <string.h>

#define RED "\033[1;31m"
#define GREEN "\033[32m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

static const char *
colour (const SimResultsTell *tell, const char *code)
{
  return tell->colour ? code : "";
}

char *
sim_results_repeat_command (const char *program, const SimResultsStory *story, uint64_t seed)
{
  g_autofree char *quoted = sim_print_quoted (program);
  g_autofree char *file = sim_print_quoted (story->file);
  return g_strdup_printf ("%s simulate %s --seed %" G_GUINT64_FORMAT "%s", quoted, file, seed,
                          story->arguments);
}

/* --- Groups
 * ------------------------------------------------------------------------------------------ */

static void
tell_group (const SimResultsTell *tell, const SimResultsGroup *group)
{
  g_autofree char *runs = sim_print_number_of (group->runs, "seed|seeds");
  g_autofree char *command
      = sim_results_repeat_command (tell->program, group->story, group->seeds[0]);
  g_autofree char *title = sim_signature_title (group->verdict, group->signature);
  fprintf (tell->out, "  %s%s%s of %s\n      %s\n", colour (tell, RED), runs, colour (tell, PLAIN),
           group->story->title, title);
  if (group->text)
    fprintf (tell->out, "      for instance: %s\n", group->text);
  fprintf (tell->out, "      seed%s", group->seeds_count == 1 ? "" : "s");
  for (unsigned i = 0; i < group->seeds_count; i++)
    fprintf (tell->out, " %" G_GUINT64_FORMAT, group->seeds[i]);
  if (group->runs > group->seeds_count)
    {
      g_autofree char *more = sim_print_count (group->runs - group->seeds_count);
      fprintf (tell->out, " and %s more", more);
    }
  fprintf (tell->out, "\n      repeat with: %s\n", command);
}

static void
tell_groups (const SimResultsTell *tell, const char *title, const GPtrArray *groups)
{
  if (groups->len == 0)
    return;
  fprintf (tell->out, "%s%s%s\n", colour (tell, BOLD), title, colour (tell, PLAIN));
  for (unsigned i = 0; i < groups->len; i++)
    tell_group (tell, groups->pdata[i]);
}

/* --- Overview
 * ------------------------------------------------------------------------------------------ */

static void
tell_sum (const SimResultsTell *tell, const SimResultsSum *sum, unsigned marks)
{
  g_autofree char *runs = sim_print_number_of (sum->runs, "run|runs");
  fprintf (tell->out,
           "  %s%s%s  %s%s: %s of seeds %" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT
           ", %" G_GUINT64_FORMAT " failed, %.0f s simulated, %.1f ms a run, marks %u/%u\n",
           colour (tell, sum->bad ? RED : GREEN), sum->bad ? "FAIL" : "ok  ", colour (tell, PLAIN),
           sum->story->title, sum->story->arguments, runs, sum->seed_first, sum->seed_last,
           sum->bad, (double)sum->simulated_us / 1e6, (double)sum->cpu_us / 1e3 / (double)sum->runs,
           sim_count_marks (sum->marks), marks);
}

static void
tell_marks (const SimResultsTell *tell, const SimResultsOverview *overview, uint64_t reached)
{
  for (unsigned mark = 0; tell->marks && mark < overview->marks->len; mark++)
    if (!(reached >> mark & 1))
      fprintf (tell->out, "  never reached: %s\n", (const char *)overview->marks->pdata[mark]);
}

static void
tell_build (const SimResultsTell *tell, const SimResultsOverview *overview, const char *build)
{
  uint64_t reached = 0;
  bool any = false;
  for (unsigned i = 0; i < overview->sums->len; i++)
    {
      const SimResultsSum *sum = overview->sums->pdata[i];
      if (strcmp (sum->build, build) != 0)
        continue;
      if (!any)
        fprintf (tell->out, "%sbuild %s%s\n", colour (tell, BOLD), build, colour (tell, PLAIN));
      any = true;
      reached |= sum->marks;
      tell_sum (tell, sum, overview->marks->len);
    }
  if (any)
    tell_marks (tell, overview, reached);
}

void
sim_results_tell_overview (const SimResultsTell *tell, const SimResultsOverview *overview)
{
  g_autofree char *runs = sim_print_number_of (overview->runs, "run|runs");
  g_autofree char *bad = sim_print_count (overview->bad);
  for (unsigned i = 0; i < overview->builds->len; i++)
    tell_build (tell, overview, overview->builds->pdata[i]);
  for (unsigned i = 0; i < overview->builds->len; i++)
    {
      const char *build = overview->builds->pdata[i];
      g_autoptr (GPtrArray) groups = g_ptr_array_new ();
      g_autofree char *title = g_strdup_printf ("what fails with %s:", build);
      for (unsigned j = 0; j < overview->groups->len; j++)
        if (strcmp (((SimResultsGroup *)overview->groups->pdata[j])->build, build) == 0)
          g_ptr_array_add (groups, overview->groups->pdata[j]);
      tell_groups (tell, title, groups);
    }
  fprintf (tell->out, "%s, %s failed\n", runs, bad);
}

void
sim_results_tell_comparison (const SimResultsTell *tell, const SimResultsComparison *comparison)
{
  g_autofree char *compared = sim_print_number_of (comparison->compared, "run|runs");
  g_autofree char *course = sim_print_count (comparison->other_course);
  g_autofree char *old = sim_print_count (comparison->only_old);
  g_autofree char *new = sim_print_count (comparison->only_new);
  tell_groups (tell, "fails now, and did not:", comparison->now);
  tell_groups (tell, "fails otherwise than before:", comparison->otherwise);
  tell_groups (tell, "fails no more:", comparison->no_more);
  fprintf (tell->out,
           "%s compared; %s are good with both and take another course; only the old build has %s "
           "more, only the new one %s\n",
           compared, course, old, new);
}

void
sim_results_tell_run (const SimResultsTell *tell, const SimResultsRun *run)
{
  g_autofree char *command = sim_results_repeat_command (tell->program, run->story, run->seed);
  bool bad = strcmp (run->verdict, "ok") != 0;
  fprintf (tell->out, "%s%s%s  %s  seed %" G_GUINT64_FORMAT "  build %s  digest %s\n",
           colour (tell, bad ? RED : GREEN), run->verdict, colour (tell, PLAIN), run->story->title,
           run->seed, run->build, *run->digest ? run->digest : "none");
  if (run->text)
    fprintf (tell->out, "    %s\n", run->text);
  if (bad)
    fprintf (tell->out, "    repeat with: %s\n", command);
}
