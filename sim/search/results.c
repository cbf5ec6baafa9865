/* sim/search/results.c - the file of results: its tables, and writing into it. */

#include "sim/search/results-parts.h"

#include <string.h>

#define FORMAT 1
#define APPLICATION 0x61656d70 /* "aemp" */
#define BUSY_MS 60000          /* another shard writes into the same file: wait for it */

G_DEFINE_QUARK (sim - results - error - quark, sim_results_error)

static const char tables[]
    = "CREATE TABLE IF NOT EXISTS build (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
      "CREATE TABLE IF NOT EXISTS mark (build INTEGER NOT NULL, bit INTEGER NOT NULL,"
      " text TEXT NOT NULL, PRIMARY KEY (build, bit)) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS story (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
      " title TEXT NOT NULL, file TEXT NOT NULL, arguments TEXT NOT NULL, source TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS signature (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
      "CREATE TABLE IF NOT EXISTS run (story INTEGER NOT NULL, build INTEGER NOT NULL,"
      " seed INTEGER NOT NULL, verdict TEXT NOT NULL, promise INTEGER, signature INTEGER, text "
      "TEXT,"
      " digest BLOB, marks INTEGER NOT NULL, events INTEGER NOT NULL, simulated_us INTEGER NOT "
      "NULL,"
      " real_us INTEGER NOT NULL, cpu_us INTEGER NOT NULL,"
      " PRIMARY KEY (story, build, seed)) WITHOUT ROWID;"
      "CREATE INDEX IF NOT EXISTS bad ON run (story, build, signature) WHERE verdict <> 'ok';"
      "CREATE TABLE IF NOT EXISTS judged (story INTEGER NOT NULL, build INTEGER NOT NULL,"
      " promise INTEGER NOT NULL, things INTEGER NOT NULL,"
      " PRIMARY KEY (story, build, promise)) WITHOUT ROWID;";

/* --- SQLite
 * ------------------------------------------------------------------------------------------ */

bool
sim_results_fail (SimResults *results, GError **error)
{
  g_set_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_SQL, "%s: %s", results->file,
               sqlite3_errmsg (results->database));
  return false;
}

bool
sim_results_execute (SimResults *results, const char *sql, GError **error)
{
  return sqlite3_exec (results->database, sql, NULL, NULL, NULL) == SQLITE_OK
         || sim_results_fail (results, error);
}

sqlite3_stmt *
sim_results_prepare (SimResults *results, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2 (results->database, sql, -1, &statement, NULL) != SQLITE_OK)
    sim_results_fail (results, error);
  return statement;
}

static void
bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

/* Does a statement that gives nothing; it can be done again. */
static bool
step (SimResults *results, sqlite3_stmt *statement, GError **error)
{
  bool done = sqlite3_step (statement) == SQLITE_DONE;
  if (!done)
    sim_results_fail (results, error);
  sqlite3_reset (statement);
  return done;
}

/* The number that a statement gives; -1 with an error. */
static int64_t
step_number (SimResults *results, sqlite3_stmt *statement, GError **error)
{
  int64_t number = -1;
  if (sqlite3_step (statement) == SQLITE_ROW)
    number = sqlite3_column_int64 (statement, 0);
  else
    sim_results_fail (results, error);
  sqlite3_reset (statement);
  return number;
}

/* --- Opening
 * ----------------------------------------------------------------------------------------- */

/* An empty file becomes one of ours; somebody else's is refused. */
static bool
check_format (SimResults *results, GError **error)
{
  g_autoptr (sqlite3_stmt) application
      = sim_results_prepare (results, "PRAGMA application_id", error);
  g_autoptr (sqlite3_stmt) format = sim_results_prepare (results, "PRAGMA user_version", error);
  g_autoptr (sqlite3_stmt) count
      = sim_results_prepare (results, "SELECT count(*) FROM sqlite_schema", error);
  if (!application || !format || !count)
    return false;
  int64_t things = step_number (results, count, error);
  if (things < 0)
    return false;
  if (things > 0
      && (step_number (results, application, NULL) != APPLICATION
          || step_number (results, format, NULL) != FORMAT))
    {
      g_set_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE,
                   "%s is a database, but none of results that this build can read", results->file);
      return false;
    }
  return true;
}

static SimResults *
open_with (const char *file, int flags, GError **error)
{
  g_autoptr (SimResults) results = g_new0 (SimResults, 1);
  results->file = g_strdup (file);
  if (sqlite3_open_v2 (file, &results->database, flags, NULL) != SQLITE_OK)
    {
      g_set_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE, "cannot open %s: %s", file,
                   sqlite3_errmsg (results->database));
      return NULL;
    }
  sqlite3_busy_timeout (results->database, BUSY_MS);
  return check_format (results, error) ? g_steal_pointer (&results) : NULL;
}

SimResults *
sim_results_open (const char *file, GError **error)
{
  /* Not read-only: a file whose writer was killed has a log that wants to be played. */
  g_autoptr (SimResults) results = open_with (file, SQLITE_OPEN_READWRITE, error);
  g_autoptr (sqlite3_stmt) count
      = results ? sim_results_prepare (results, "SELECT count(*) FROM sqlite_schema", error) : NULL;
  if (!count)
    return NULL;
  if (step_number (results, count, NULL) == 0)
    {
      g_set_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE,
                   "%s is empty: no sweep has written results into it", file);
      return NULL;
    }
  return g_steal_pointer (&results);
}

static bool
prepare_writing (SimResults *results, GError **error)
{
  results->add_signature = sim_results_prepare (
      results,
      "INSERT INTO signature (text) VALUES (?1) ON CONFLICT (text) DO UPDATE SET text = text"
      " RETURNING id",
      error);
  results->add_run = sim_results_prepare (
      results, "INSERT OR REPLACE INTO run VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
      error);
  results->add_judged
      = sim_results_prepare (results,
                             "INSERT INTO judged VALUES (?1,?2,?3,?4)"
                             " ON CONFLICT DO UPDATE SET things = things + excluded.things",
                             error);
  return results->add_signature && results->add_run && results->add_judged;
}

SimResults *
sim_results_create (const char *file, GError **error)
{
  g_autofree char *format = g_strdup_printf (
      "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION, FORMAT);
  g_autoptr (SimResults) results
      = open_with (file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  /* With a log beside it, a commit is cheap, and readers see what is there while a sweep runs. */
  if (!results || !sim_results_execute (results, "PRAGMA journal_mode = WAL", error)
      || !sim_results_execute (results, "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE", error)
      || !sim_results_execute (results, format, error)
      || !sim_results_execute (results, tables, error) || !sim_results_commit (results, error)
      || !prepare_writing (results, error))
    return NULL;
  return g_steal_pointer (&results);
}

SimResults *
sim_results_open_all (const char *const *files, GError **error)
{
  if (files[0] && !files[1])
    return sim_results_open (files[0], error);
  g_autoptr (SimResults) all = sim_results_create (":memory:", error);
  for (unsigned i = 0; all && files[i]; i++)
    if (!sim_results_merge (all, files[i], error))
      return NULL;
  return g_steal_pointer (&all);
}

void
sim_results_free (SimResults *results)
{
  if (!results)
    return;
  sqlite3_finalize (results->add_signature);
  sqlite3_finalize (results->add_run);
  sqlite3_finalize (results->add_judged);
  sqlite3_close (results->database);
  g_free (results->file);
  g_free (results);
}

/* --- Builds and stories
 * -------------------------------------------------------------------------------- */

static bool
add_marks (SimResults *results, int64_t build, const char *const *marks, unsigned count,
           GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = sim_results_prepare (results, "INSERT OR REPLACE INTO mark VALUES (?1,?2,?3)", error);
  bool good = statement != NULL;
  for (unsigned bit = 0; good && bit < count; bit++)
    {
      sqlite3_bind_int64 (statement, 1, build);
      sqlite3_bind_int (statement, 2, (int)bit);
      bind_text (statement, 3, marks[bit]);
      good = step (results, statement, error);
    }
  return good;
}

int64_t
sim_results_add_build (SimResults *results, const char *name, const char *const *marks,
                       unsigned marks_count, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = sim_results_prepare (
      results,
      "INSERT INTO build (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = name"
      " RETURNING id",
      error);
  if (!statement)
    return -1;
  bind_text (statement, 1, name);
  int64_t build = step_number (results, statement, error);
  return build >= 0 && add_marks (results, build, marks, marks_count, error) ? build : -1;
}

char *
sim_results_hash (const char *source, const char *arguments)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (const guchar *)source, (gssize)strlen (source) + 1);
  g_checksum_update (sum, (const guchar *)arguments, (gssize)strlen (arguments));
  return g_strndup (g_checksum_get_string (sum), 32);
}

int64_t
sim_results_add_story (SimResults *results, const SimResultsStory *story, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = sim_results_prepare (
      results,
      "INSERT INTO story (hash, title, file, arguments, source) VALUES (?1,?2,?3,?4,?5)"
      " ON CONFLICT (hash) DO UPDATE SET file = excluded.file RETURNING id",
      error);
  if (!statement)
    return -1;
  bind_text (statement, 1, story->hash);
  bind_text (statement, 2, story->title);
  bind_text (statement, 3, story->file);
  bind_text (statement, 4, story->arguments);
  bind_text (statement, 5, story->source);
  return step_number (results, statement, error);
}

/* --- Runs
 * ---------------------------------------------------------------------------------------------- */

bool
sim_results_begin (SimResults *results, GError **error)
{
  return sim_results_execute (results, "BEGIN IMMEDIATE", error);
}

bool
sim_results_commit (SimResults *results, GError **error)
{
  return sim_results_execute (results, "COMMIT", error);
}

/* 32 hex digits as 16 bytes; false: they are none. */
static bool
digest_bytes (const char *text, uint8_t bytes[16])
{
  if (!text || strlen (text) != 32)
    return false;
  for (unsigned i = 0; i < 16; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);
      if (high < 0 || low < 0)
        return false;
      bytes[i] = (uint8_t)(high << 4 | low);
    }
  return true;
}

static bool
bind_signature (SimResults *results, const char *signature, GError **error)
{
  if (!signature)
    return sqlite3_bind_null (results->add_run, 6) == SQLITE_OK;
  bind_text (results->add_signature, 1, signature);
  int64_t number = step_number (results, results->add_signature, error);
  return number >= 0 && sqlite3_bind_int64 (results->add_run, 6, number) == SQLITE_OK;
}

bool
sim_results_add (SimResults *results, const SimResultsRow *row, GError **error)
{
  sqlite3_stmt *statement = results->add_run;
  uint8_t digest[16];
  if (!bind_signature (results, row->signature, error))
    return false;
  sqlite3_bind_int64 (statement, 1, row->story);
  sqlite3_bind_int64 (statement, 2, row->build);
  sqlite3_bind_int64 (statement, 3, (int64_t)row->seed);
  bind_text (statement, 4, row->verdict);
  if (row->promise > 0)
    sqlite3_bind_int (statement, 5, row->promise);
  else
    sqlite3_bind_null (statement, 5);
  bind_text (statement, 7, row->text);
  if (digest_bytes (row->digest, digest))
    sqlite3_bind_blob (statement, 8, digest, sizeof digest, SQLITE_TRANSIENT);
  else
    sqlite3_bind_null (statement, 8);
  sqlite3_bind_int64 (statement, 9, (int64_t)row->marks);
  sqlite3_bind_int64 (statement, 10, (int64_t)row->events);
  sqlite3_bind_int64 (statement, 11, row->simulated_us);
  sqlite3_bind_int64 (statement, 12, row->real_us);
  sqlite3_bind_int64 (statement, 13, row->cpu_us);
  return step (results, statement, error);
}

bool
sim_results_judge (SimResults *results, int64_t story, int64_t build, const uint64_t *judged,
                   unsigned count, GError **error)
{
  bool good = true;
  for (unsigned promise = 1; good && promise < count; promise++)
    if (judged[promise] > 0)
      {
        sqlite3_bind_int64 (results->add_judged, 1, story);
        sqlite3_bind_int64 (results->add_judged, 2, build);
        sqlite3_bind_int (results->add_judged, 3, (int)promise);
        sqlite3_bind_int64 (results->add_judged, 4, (int64_t)judged[promise]);
        good = step (results, results->add_judged, error);
      }
  return good;
}

bool
sim_results_judged (SimResults *results, int64_t story, int64_t build, uint64_t *judged,
                    unsigned count, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = sim_results_prepare (
      results, "SELECT promise, things FROM judged WHERE story = ?1 AND build = ?2", error);
  if (!statement)
    return false;
  memset (judged, 0, count * sizeof *judged);
  sqlite3_bind_int64 (statement, 1, story);
  sqlite3_bind_int64 (statement, 2, build);
  int state;
  while ((state = sqlite3_step (statement)) == SQLITE_ROW)
    {
      int promise = sqlite3_column_int (statement, 0);
      if (promise > 0 && (unsigned)promise < count)
        judged[promise] = (uint64_t)sqlite3_column_int64 (statement, 1);
    }
  return state == SQLITE_DONE || sim_results_fail (results, error);
}

static int
compare_seeds (const void *one, const void *other)
{
  uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
  return a < b ? -1 : a > b;
}

GArray *
sim_results_seeds (SimResults *results, int64_t story, int64_t build, uint64_t first, uint64_t last,
                   GError **error)
{
  g_autoptr (sqlite3_stmt) statement = sim_results_prepare (
      results, "SELECT seed FROM run WHERE story = ?1 AND build = ?2", error);
  g_autoptr (GArray) seeds = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  if (!statement)
    return NULL;
  sqlite3_bind_int64 (statement, 1, story);
  sqlite3_bind_int64 (statement, 2, build);
  int state;
  while ((state = sqlite3_step (statement)) == SQLITE_ROW)
    {
      uint64_t seed = (uint64_t)sqlite3_column_int64 (statement, 0);
      if (seed >= first && seed <= last)
        g_array_append_val (seeds, seed);
    }
  if (state != SQLITE_DONE)
    {
      sim_results_fail (results, error);
      return NULL;
    }
  g_array_sort (seeds, compare_seeds); /* SQLite has those above 2^63 in front */
  for (unsigned i = 0; i < seeds->len; i++)
    {
      uint64_t seed = g_array_index (seeds, uint64_t, i);
      if (rows->len > 0 && g_array_index (rows, uint64_t, rows->len - 1) + 1 == seed)
        g_array_index (rows, uint64_t, rows->len - 1) = seed;
      else
        {
          g_array_append_val (rows, seed);
          g_array_append_val (rows, seed);
        }
    }
  return g_steal_pointer (&rows);
}

/* --- Merging
 * --------------------------------------------------------------------------------------------- */

static const char merging[]
    = "BEGIN IMMEDIATE;"
      "INSERT OR IGNORE INTO build (name) SELECT name FROM other.build ORDER BY id;"
      "INSERT OR IGNORE INTO story (hash, title, file, arguments, source)"
      " SELECT hash, title, file, arguments, source FROM other.story ORDER BY id;"
      "INSERT OR IGNORE INTO signature (text) SELECT text FROM other.signature ORDER BY id;"
      "INSERT OR IGNORE INTO mark SELECT b.id, m.bit, m.text FROM other.mark m"
      " JOIN other.build o ON o.id = m.build JOIN build b ON b.name = o.name;"
      "INSERT OR IGNORE INTO run SELECT s.id, b.id, r.seed, r.verdict, r.promise, g.id, r.text,"
      " r.digest, r.marks, r.events, r.simulated_us, r.real_us, r.cpu_us FROM other.run r"
      " JOIN other.story t ON t.id = r.story JOIN story s ON s.hash = t.hash"
      " JOIN other.build o ON o.id = r.build JOIN build b ON b.name = o.name"
      " LEFT JOIN other.signature h ON h.id = r.signature LEFT JOIN signature g ON g.text = h.text;"
      "INSERT INTO judged SELECT s.id, b.id, j.promise, j.things FROM other.judged j"
      " JOIN other.story t ON t.id = j.story JOIN story s ON s.hash = t.hash"
      " JOIN other.build o ON o.id = j.build JOIN build b ON b.name = o.name WHERE true"
      " ON CONFLICT DO UPDATE SET things = max(things, excluded.things);"
      "COMMIT";

bool
sim_results_merge (SimResults *results, const char *file, GError **error)
{
  /* Opened by itself first: attaching would make an empty database of what is not there. */
  g_autoptr (SimResults) other = sim_results_open (file, error);
  g_autoptr (sqlite3_stmt) attach
      = other ? sim_results_prepare (results, "ATTACH ?1 AS other", error) : NULL;
  if (!attach)
    return false;
  bind_text (attach, 1, file);
  if (!step (results, attach, error))
    return false;
  g_clear_pointer (&attach, sqlite3_finalize);
  bool merged = sim_results_execute (results, merging, error);
  if (!merged)
    sim_results_execute (results, "ROLLBACK", NULL);
  return sim_results_execute (results, "DETACH other", merged ? error : NULL) && merged;
}
