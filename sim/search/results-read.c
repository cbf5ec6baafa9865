/* sim/search/results-read.c - reading what sweeps have found. */

#include "sim/search/results-parts.h"

#include <stdio.h>
#include <string.h>

/* In the order of SELECT below. */
typedef enum
{
  AT_STORY,
  AT_BUILD,
  AT_SEED,
  AT_VERDICT,
  AT_PROMISE,
  AT_SIGNATURE,
  AT_TEXT,
  AT_DIGEST,
  AT_MARKS,
  AT_EVENTS,
  AT_SIMULATED,
  AT_REAL,
  AT_CPU,
} Column;

static const char select_runs[]
    = "SELECT r.story, b.name, r.seed, r.verdict, r.promise, g.text, r.text, r.digest, r.marks,"
      " r.events, r.simulated_us, r.real_us, r.cpu_us"
      " FROM run r JOIN story s ON s.id = r.story JOIN build b ON b.id = r.build"
      " LEFT JOIN signature g ON g.id = r.signature"
      " WHERE (?1 IS NULL OR s.title GLOB ?1 OR s.file GLOB ?1)"
      " AND (?2 IS NULL OR b.name GLOB ?2)"
      " AND (?3 IS NULL OR r.verdict = ?3 OR (?3 = 'bad' AND r.verdict <> 'ok'))"
      " AND (?4 = 0 OR r.promise = ?4) AND (?5 IS NULL OR g.text = ?5)"
      " AND (?6 IS NULL OR s.hash = ?6)"
      " ORDER BY r.story, r.build, r.seed < 0, r.seed";

static const char *
text_at (sqlite3_stmt *statement, Column column)
{
  return (const char *)sqlite3_column_text (statement, column);
}

static uint64_t
number_at (sqlite3_stmt *statement, Column column)
{
  return (uint64_t)sqlite3_column_int64 (statement, column);
}

/* --- Stories
 * ----------------------------------------------------------------------------------------- */

void
sim_results_story_free (void *memory)
{
  SimResultsStory *story = memory;
  g_free (story->title);
  g_free (story->file);
  g_free (story->arguments);
  g_free (story->hash);
  g_free (story->source);
  g_free (story);
}

bool
sim_results_read_stories (SimResults *results, GPtrArray *list, GArray *known, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = sim_results_prepare (
      results, "SELECT id, title, file, arguments, hash, source FROM story ORDER BY id", error);
  if (!statement)
    return false;
  int state;
  while ((state = sqlite3_step (statement)) == SQLITE_ROW)
    {
      SimResultsStory *story = g_new (SimResultsStory, 1);
      *story = (SimResultsStory){ .title = g_strdup (text_at (statement, 1)),
                                  .file = g_strdup (text_at (statement, 2)),
                                  .arguments = g_strdup (text_at (statement, 3)),
                                  .hash = g_strdup (text_at (statement, 4)),
                                  .source = g_strdup (text_at (statement, 5)) };
      SimResultsKnown entry = { sqlite3_column_int64 (statement, 0), story };
      g_ptr_array_add (list, story);
      g_array_append_val (known, entry);
    }
  return state == SQLITE_DONE || sim_results_fail (results, error);
}

const SimResultsStory *
sim_results_find_story (const GArray *known, int64_t id)
{
  for (unsigned i = 0; i < known->len; i++)
    if (g_array_index (known, SimResultsKnown, i).id == id)
      return g_array_index (known, SimResultsKnown, i).story;
  g_assert_not_reached (); /* the rows were joined with their stories */
}

/* --- Runs
 * -------------------------------------------------------------------------------------------- */

static void
bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  if (text)
    sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

static void
bind_filter (sqlite3_stmt *statement, const SimResultsFilter *filter)
{
  static const SimResultsFilter everything;
  if (!filter)
    filter = &everything;
  bind_text (statement, 1, filter->story);
  bind_text (statement, 2, filter->build);
  bind_text (statement, 3, filter->verdict);
  sqlite3_bind_int (statement, 4, filter->promise);
  bind_text (statement, 5, filter->signature);
  bind_text (statement, 6, filter->hash);
}

static void
read_run (sqlite3_stmt *statement, SimResultsRun *run)
{
  const uint8_t *digest = sqlite3_column_blob (statement, AT_DIGEST);
  int digest_bytes = sqlite3_column_bytes (statement, AT_DIGEST);
  *run = (SimResultsRun){ .build = text_at (statement, AT_BUILD),
                          .seed = number_at (statement, AT_SEED),
                          .verdict = text_at (statement, AT_VERDICT),
                          .promise = sqlite3_column_int (statement, AT_PROMISE),
                          .signature = text_at (statement, AT_SIGNATURE),
                          .text = text_at (statement, AT_TEXT),
                          .marks = number_at (statement, AT_MARKS),
                          .events = number_at (statement, AT_EVENTS),
                          .simulated_us = sqlite3_column_int64 (statement, AT_SIMULATED),
                          .real_us = sqlite3_column_int64 (statement, AT_REAL),
                          .cpu_us = sqlite3_column_int64 (statement, AT_CPU) };
  for (int i = 0; i < digest_bytes && digest_bytes == 16; i++)
    sprintf (run->digest + 2 * i, "%02x", digest[i]);
}

static bool
each_run (SimResults *results, const SimResultsFilter *filter, const GArray *known,
          SimResultsSee see, void *user_data, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = sim_results_prepare (results, select_runs, error);
  if (!statement)
    return false;
  bind_filter (statement, filter);
  int state;
  while ((state = sqlite3_step (statement)) == SQLITE_ROW)
    {
      SimResultsRun run;
      read_run (statement, &run);
      run.story = sim_results_find_story (known, sqlite3_column_int64 (statement, AT_STORY));
      if (!see (&run, user_data))
        return true;
    }
  return state == SQLITE_DONE || sim_results_fail (results, error);
}

bool
sim_results_each (SimResults *results, const SimResultsFilter *filter, SimResultsSee see,
                  void *user_data, GError **error)
{
  g_autoptr (GPtrArray) stories = g_ptr_array_new_with_free_func (sim_results_story_free);
  g_autoptr (GArray) known = g_array_new (FALSE, FALSE, sizeof (SimResultsKnown));
  return sim_results_read_stories (results, stories, known, error)
         && each_run (results, filter, known, see, user_data, error);
}

/* --- Overview
 * ------------------------------------------------------------------------------------------ */

void
sim_results_group_free (void *memory)
{
  SimResultsGroup *group = memory;
  g_free (group->build);
  g_free (group->verdict);
  g_free (group->signature);
  g_free (group->text);
  g_free (group);
}

static void
sum_free (void *memory)
{
  SimResultsSum *sum = memory;
  g_free (sum->build);
  g_free (sum);
}

/* Runs come by story and build, so those of one sum stand together. */
typedef struct
{
  SimResultsOverview *overview;
  SimResultsSum *sum;   /* the latest */
  unsigned first_group; /* of the latest sum */
  GHashTable *groups;   /* of the latest sum, by signature; never walked */
} Reading;

int
sim_results_compare_groups (const void *one, const void *other)
{
  const SimResultsGroup *a = *(SimResultsGroup *const *)one;
  const SimResultsGroup *b = *(SimResultsGroup *const *)other;
  if (a->runs != b->runs)
    return a->runs > b->runs ? -1 : 1;
  return strcmp (a->signature, b->signature);
}

/* The groups of the latest sum are complete. */
static void
close_sum (Reading *reading)
{
  GPtrArray *groups = reading->overview->groups;
  if (groups->len > reading->first_group)
    qsort (groups->pdata + reading->first_group, groups->len - reading->first_group,
           sizeof (void *), sim_results_compare_groups);
  reading->first_group = groups->len;
  g_hash_table_remove_all (reading->groups);
}

static void
begin_sum (Reading *reading, const SimResultsRun *run)
{
  close_sum (reading);
  reading->sum = g_new0 (SimResultsSum, 1);
  reading->sum->story = run->story;
  reading->sum->build = g_strdup (run->build);
  reading->sum->seed_first = run->seed;
  g_ptr_array_add (reading->overview->sums, reading->sum);
}

static SimResultsGroup *
group_of (Reading *reading, const SimResultsRun *run)
{
  const char *signature = run->signature ? run->signature : run->verdict;
  SimResultsGroup *group = g_hash_table_lookup (reading->groups, signature);
  if (group)
    return group;
  group = g_new0 (SimResultsGroup, 1);
  group->story = run->story;
  group->build = g_strdup (run->build);
  group->verdict = g_strdup (run->verdict);
  group->promise = run->promise;
  group->signature = g_strdup (signature);
  group->text = g_strdup (run->text);
  g_ptr_array_add (reading->overview->groups, group);
  g_hash_table_insert (reading->groups, group->signature, group);
  return group;
}

static bool
see_run (const SimResultsRun *run, void *user_data)
{
  Reading *reading = user_data;
  SimResultsSum *sum = reading->sum;
  if (!sum || sum->story != run->story || strcmp (sum->build, run->build) != 0)
    begin_sum (reading, run);
  sum = reading->sum;
  sum->runs++;
  sum->seed_last = run->seed;
  sum->marks |= run->marks;
  sum->events += run->events;
  sum->simulated_us += run->simulated_us;
  sum->real_us += run->real_us;
  sum->cpu_us += run->cpu_us;
  reading->overview->runs++;
  if (strcmp (run->verdict, "ok") == 0)
    return true;
  SimResultsGroup *group = group_of (reading, run);
  sum->bad++;
  reading->overview->bad++;
  group->runs++;
  if (group->seeds_count < G_N_ELEMENTS (group->seeds))
    group->seeds[group->seeds_count++] = run->seed;
  return true;
}

/* One text a row, as they come. */
static bool
read_texts (SimResults *results, const char *sql, GPtrArray *texts, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = sim_results_prepare (results, sql, error);
  if (!statement)
    return false;
  int state;
  while ((state = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (texts, g_strdup (text_at (statement, 0)));
  return state == SQLITE_DONE || sim_results_fail (results, error);
}

SimResultsOverview *
sim_results_overview_of (SimResults *results, const SimResultsFilter *filter, GError **error)
{
  g_autoptr (SimResultsOverview) overview = g_new0 (SimResultsOverview, 1);
  g_autoptr (GArray) known = g_array_new (FALSE, FALSE, sizeof (SimResultsKnown));
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);
  Reading reading = { .overview = overview, .groups = groups };
  overview->builds = g_ptr_array_new_with_free_func (g_free);
  overview->stories = g_ptr_array_new_with_free_func (sim_results_story_free);
  overview->sums = g_ptr_array_new_with_free_func (sum_free);
  overview->groups = g_ptr_array_new_with_free_func (sim_results_group_free);
  overview->marks = g_ptr_array_new_with_free_func (g_free);
  if (!sim_results_read_stories (results, overview->stories, known, error)
      || !read_texts (results, "SELECT name FROM build ORDER BY id", overview->builds, error)
      || !read_texts (results,
                      "SELECT text FROM mark WHERE build = (SELECT max(build) FROM mark)"
                      " ORDER BY bit",
                      overview->marks, error)
      || !each_run (results, filter, known, see_run, &reading, error))
    return NULL;
  close_sum (&reading);
  return g_steal_pointer (&overview);
}

SimResultsOverview *
sim_results_overview (const char *const *files, const SimResultsFilter *filter, GError **error)
{
  g_autoptr (SimResults) results = sim_results_open_all (files, error);
  return results ? sim_results_overview_of (results, filter, error) : NULL;
}

void
sim_results_overview_free (SimResultsOverview *overview)
{
  if (!overview)
    return;
  g_clear_pointer (&overview->builds, g_ptr_array_unref);
  g_clear_pointer (&overview->sums, g_ptr_array_unref);
  g_clear_pointer (&overview->groups, g_ptr_array_unref);
  g_clear_pointer (&overview->stories, g_ptr_array_unref);
  g_clear_pointer (&overview->marks, g_ptr_array_unref);
  g_free (overview);
}
