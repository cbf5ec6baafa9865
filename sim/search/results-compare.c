/* sim/search/results-compare.c - what fails with one build and not with another. */

#include "sim/search/results-parts.h"

#include <stdlib.h>
#include <string.h>

/* Of the runs that both have; ?1 is the old build, ?2 the new one.  Whose failure is told is `b`.
 */
#define SELECT(told, condition)                                                                    \
  "SELECT b.story, b.seed, b.verdict, b.promise, ifnull(g.text, b.verdict), b.text FROM run o"     \
  " JOIN run n ON n.story = o.story AND n.seed = o.seed"                                           \
  " JOIN run b ON b.story = o.story AND b.seed = o.seed AND b.build = " told                       \
  " LEFT JOIN signature g ON g.id = b.signature"                                                   \
  " WHERE o.build = ?1 AND n.build = ?2 AND " condition " ORDER BY b.story, b.seed < 0, b.seed"

static const char select_now[] = SELECT ("?2", "o.verdict = 'ok' AND n.verdict <> 'ok'");
static const char select_no_more[] = SELECT ("?1", "o.verdict <> 'ok' AND n.verdict = 'ok'");
static const char select_otherwise[]
    = SELECT ("?2", "o.verdict <> 'ok' AND n.verdict <> 'ok' AND n.signature IS NOT o.signature");

static const char select_counts[]
    = "SELECT count(*), ifnull(sum(o.verdict = 'ok' AND n.verdict = 'ok' AND o.digest <> "
      "n.digest), 0)"
      " FROM run o JOIN run n ON n.story = o.story AND n.seed = o.seed"
      " WHERE o.build = ?1 AND n.build = ?2";
static const char select_only[]
    = "SELECT count(*) FROM run o WHERE o.build = ?1 AND NOT EXISTS"
      " (SELECT 1 FROM run n WHERE n.story = o.story AND n.seed = o.seed AND n.build = ?2)";

static int64_t
find_build (SimResults *results, const char *name, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = sim_results_prepare (results, "SELECT id FROM build WHERE name = ?1", error);
  if (!statement)
    return -1;
  sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
  if (sqlite3_step (statement) == SQLITE_ROW)
    return sqlite3_column_int64 (statement, 0);
  g_set_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE,
               "%s has no build that is called '%s'", results->file, name);
  return -1;
}

static sqlite3_stmt *
prepare (SimResults *results, const char *sql, int64_t old_build, int64_t new_build, GError **error)
{
  sqlite3_stmt *statement = sim_results_prepare (results, sql, error);
  if (!statement)
    return NULL;
  sqlite3_bind_int64 (statement, 1, old_build);
  sqlite3_bind_int64 (statement, 2, new_build);
  return statement;
}

static SimResultsGroup *
group_of (GPtrArray *groups, const SimResultsStory *story, const char *signature)
{
  for (unsigned i = 0; i < groups->len; i++)
    {
      SimResultsGroup *group = groups->pdata[i];
      if (group->story == story && strcmp (group->signature, signature) == 0)
        return group;
    }
  return NULL;
}

static void
add_run (GPtrArray *groups, const SimResultsStory *story, const char *build,
         sqlite3_stmt *statement)
{
  const char *signature = (const char *)sqlite3_column_text (statement, 4);
  SimResultsGroup *group = group_of (groups, story, signature);
  if (!group)
    {
      group = g_new0 (SimResultsGroup, 1);
      group->story = story;
      group->build = g_strdup (build);
      group->verdict = g_strdup ((const char *)sqlite3_column_text (statement, 2));
      group->promise = sqlite3_column_int (statement, 3);
      group->signature = g_strdup (signature);
      group->text = g_strdup ((const char *)sqlite3_column_text (statement, 5));
      g_ptr_array_add (groups, group);
    }
  group->runs++;
  if (group->seeds_count < G_N_ELEMENTS (group->seeds))
    group->seeds[group->seeds_count++] = (uint64_t)sqlite3_column_int64 (statement, 1);
}

/* Takes the statement, which may be NULL: then an error is told already. */
static bool
read_groups (SimResults *results, sqlite3_stmt *given, const GArray *known, const char *build,
             GPtrArray *groups, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = given;
  if (!statement)
    return false;
  int state;
  while ((state = sqlite3_step (statement)) == SQLITE_ROW)
    add_run (groups, sim_results_find_story (known, sqlite3_column_int64 (statement, 0)), build,
             statement);
  if (state != SQLITE_DONE)
    return sim_results_fail (results, error);
  if (groups->len > 0)
    qsort (groups->pdata, groups->len, sizeof (void *), sim_results_compare_groups);
  return true;
}

/* One row of one or two numbers. */
static bool
read_numbers (SimResults *results, sqlite3_stmt *given, uint64_t *one, uint64_t *other,
              GError **error)
{
  g_autoptr (sqlite3_stmt) statement = given;
  if (!statement)
    return false;
  if (sqlite3_step (statement) != SQLITE_ROW)
    return sim_results_fail (results, error);
  *one = (uint64_t)sqlite3_column_int64 (statement, 0);
  if (other)
    *other = (uint64_t)sqlite3_column_int64 (statement, 1);
  return true;
}

static bool
read_all (SimResultsComparison *comparison, SimResults *results, const char *old_build,
          const char *new_build, GError **error)
{
  g_autoptr (GArray) known = g_array_new (FALSE, FALSE, sizeof (SimResultsKnown));
  int64_t old = find_build (results, old_build, error);
  int64_t new = old >= 0 ? find_build (results, new_build, error) : -1;
  if (new < 0 || !sim_results_read_stories (results, comparison->stories, known, error))
    return false;
  return read_groups (results, prepare (results, select_now, old, new, error), known, new_build,
                      comparison->now, error)
         && read_groups (results, prepare (results, select_no_more, old, new, error), known,
                         old_build, comparison->no_more, error)
         && read_groups (results, prepare (results, select_otherwise, old, new, error), known,
                         new_build, comparison->otherwise, error)
         && read_numbers (results, prepare (results, select_counts, old, new, error),
                          &comparison->compared, &comparison->other_course, error)
         && read_numbers (results, prepare (results, select_only, old, new, error),
                          &comparison->only_old, NULL, error)
         && read_numbers (results, prepare (results, select_only, new, old, error),
                          &comparison->only_new, NULL, error);
}

SimResultsComparison *
sim_results_compare (SimResults *results, const char *old_build, const char *new_build,
                     GError **error)
{
  g_autoptr (SimResultsComparison) comparison = g_new0 (SimResultsComparison, 1);
  comparison->stories = g_ptr_array_new_with_free_func (sim_results_story_free);
  comparison->now = g_ptr_array_new_with_free_func (sim_results_group_free);
  comparison->no_more = g_ptr_array_new_with_free_func (sim_results_group_free);
  comparison->otherwise = g_ptr_array_new_with_free_func (sim_results_group_free);
  return read_all (comparison, results, old_build, new_build, error) ? g_steal_pointer (&comparison)
                                                                     : NULL;
}

void
sim_results_comparison_free (SimResultsComparison *comparison)
{
  if (!comparison)
    return;
  g_clear_pointer (&comparison->now, g_ptr_array_unref);
  g_clear_pointer (&comparison->no_more, g_ptr_array_unref);
  g_clear_pointer (&comparison->otherwise, g_ptr_array_unref);
  g_clear_pointer (&comparison->stories, g_ptr_array_unref);
  g_free (comparison);
}
