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
