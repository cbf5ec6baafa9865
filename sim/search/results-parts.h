/* sim/search/results-parts.h - what the files that read and write results share. */
#pragma once

#include "sim/search/results.h"

#include <sqlite3.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

struct SimResults
{
  sqlite3 *database;
  char *file;
  sqlite3_stmt *add_signature; /* of those that are written */
  sqlite3_stmt *add_run;
  sqlite3_stmt *add_judged;
};

/* Tells what SQLite complains of; false. */
bool sim_results_fail (SimResults *results, GError **error);
bool sim_results_execute (SimResults *results, const char *sql, GError **error);
/* NULL with an error. */
sqlite3_stmt *sim_results_prepare (SimResults *results, const char *sql, GError **error);

/* --- Shared by those who read --- */

typedef struct
{
  int64_t id;
  SimResultsStory *story;
} SimResultsKnown;

void sim_results_story_free (void *story);
/* All of them into `list`, and with their numbers into `known`. */
bool sim_results_read_stories (SimResults *results, GPtrArray *list, GArray *known,
                               GError **error);
const SimResultsStory *sim_results_find_story (const GArray *known, int64_t id);
void sim_results_group_free (void *group);
/* The most frequent first. */
int sim_results_compare_groups (const void *one, const void *other);
