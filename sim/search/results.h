/* sim/search/results.h - what sweeps have found, in a file.
 *
 * An SQLite database; docs/sweep.md has its tables.  A run is known by its story (a scenario's text
 * and what was said on the command line), its build and its seed, so files of several shards
 * can be merged, and one file can hold what several builds did. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SIM_RESULTS_ERROR (sim_results_error_quark ())
GQuark sim_results_error_quark (void);
typedef enum
{
  SIM_RESULTS_ERROR_FILE, /* cannot be opened, or is none of ours */
  SIM_RESULTS_ERROR_SQL,  /* cannot be read or written: the text says why */
} SimResultsErrorCode;

/* --- Reading --- */

typedef struct
{
  char *title;
  char *file;
  char *arguments; /* of the command that repeats a run: " --set delay=50ms", or "" */
  char *hash;      /* of text and arguments */
  char *source;    /* the scenario's text */
} SimResultsStory;

/* What is asked for; NULL and 0 are everything. */
typedef struct
{
  const char *story;     /* title or file, as a pattern of the shell's kind */
  const char *build;     /* as above */
  const char *verdict;   /* "ok", "failed", "crash" …; "bad": all but ok */
  const char *signature; /* exactly */
  const char *hash;      /* of the story, exactly */
  int promise;
} SimResultsFilter;

/* One run.  What it points to lives as long as the callback. */
typedef struct
{
  const SimResultsStory *story;
  const char *build;
  uint64_t seed;
  const char *verdict;
  int promise;           /* 0: none */
  const char *signature; /* NULL: nothing is wrong with it */
  const char *text;      /* … */
  char digest[33];       /* "": it had no end */
  uint64_t marks;
  uint64_t events;
  int64_t simulated_us;
  int64_t real_us;
  int64_t cpu_us;
} SimResultsRun;

/* False ends the reading. */
typedef bool (*SimResultsSee) (const SimResultsRun *run, void *user_data);

/* Runs that fail in the same way: one signature of one story and build. */
typedef struct
{
  const SimResultsStory *story;
  char *build;
  char *verdict;
  int promise;
  char *signature;
  char *text; /* of the run with the lowest seed */
  uint64_t runs;
  uint64_t seeds[8]; /* the lowest, in order */
  unsigned seeds_count;
} SimResultsGroup;

/* What one build did with one story. */
typedef struct
{
  const SimResultsStory *story;
  char *build;
  uint64_t runs;
  uint64_t bad; /* all that are not ok */
  uint64_t seed_first, seed_last;
  uint64_t marks; /* reached by any of them */
  uint64_t events;
  int64_t simulated_us;
  int64_t real_us;
  int64_t cpu_us;
} SimResultsSum;

/* All that there is to say about a file, or several. */
typedef struct
{
  GPtrArray *builds;  /* of char *, in the order in which they came */
  GPtrArray *stories; /* of SimResultsStory, in the order in which they came */
  GPtrArray *sums;    /* of SimResultsSum: by story, then build */
  GPtrArray *groups;  /* of SimResultsGroup: by story, then build, then the most frequent first */
  GPtrArray *marks;   /* of char *: their texts, by bit; of the latest build */
  uint64_t runs;
  uint64_t bad;
} SimResultsOverview;

/* Reads files, as if they were one: runs that are in several count once.  NULL with an error. */
SimResultsOverview *sim_results_overview (const char *const *files, const SimResultsFilter *filter,
                                          GError **error);
void sim_results_overview_free (SimResultsOverview *overview);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimResultsOverview, sim_results_overview_free)

/* --- A file that is open --- */

typedef struct SimResults SimResults;

/* An existing file, to be read. */
SimResults *sim_results_open (const char *file, GError **error);
/* Several, as if they were one; what they hold is copied to memory if it is more than one. */
SimResults *sim_results_open_all (const char *const *files, GError **error);
/* An existing file or a new one, to be written. */
SimResults *sim_results_create (const char *file, GError **error);
void sim_results_free (SimResults *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimResults, sim_results_free)

/* Shows all runs that fit, by story, build and seed.  False with an error. */
bool sim_results_each (SimResults *results, const SimResultsFilter *filter, SimResultsSee see,
                       void *user_data, GError **error);
SimResultsOverview *sim_results_overview_of (SimResults *results, const SimResultsFilter *filter,
                                             GError **error);

/* Two builds, as far as both have played the same seeds of the same stories. */
typedef struct
{
  GPtrArray *stories;   /* of SimResultsStory */
  GPtrArray *now;       /* of SimResultsGroup: what was ok and fails */
  GPtrArray *no_more;   /* … failed (how, is what the group says) and is ok */
  GPtrArray *otherwise; /* … failed, and fails in another way (the new one) */
  uint64_t compared;    /* runs */
  uint64_t other_course; /* … that are ok with both, with different digests */
  uint64_t only_old;
  uint64_t only_new;
} SimResultsComparison;

/* Builds by their names.  NULL with an error. */
SimResultsComparison *sim_results_compare (SimResults *results, const char *old_build,
                                           const char *new_build, GError **error);
void sim_results_comparison_free (SimResultsComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimResultsComparison, sim_results_comparison_free)

/* --- Writing --- */

typedef struct
{
  int64_t story; /* as sim_results_add_story() has it */
  int64_t build;
  uint64_t seed;
  const char *verdict;
  int promise;
  const char *signature;
  const char *text;
  const char *digest;
  uint64_t marks;
  uint64_t events;
  int64_t simulated_us;
  int64_t real_us;
  int64_t cpu_us;
} SimResultsRow;

/* Their numbers in the file; -1 with an error.  What is there already keeps its number. */
int64_t sim_results_add_build (SimResults *results, const char *name, const char *const *marks,
                               unsigned marks_count, GError **error);
int64_t sim_results_add_story (SimResults *results, const SimResultsStory *story, GError **error);
/* The hash of a text and its arguments.  g_free() it. */
char *sim_results_hash (const char *source, const char *arguments);

/* Between begin and commit, all is written or nothing.  A run that is there already is replaced. */
bool sim_results_begin (SimResults *results, GError **error);
bool sim_results_add (SimResults *results, const SimResultsRow *row, GError **error);
bool sim_results_commit (SimResults *results, GError **error);
/* Adds how many things each promise was tried on, 1 to `count` - 1. */
bool sim_results_judge (SimResults *results, int64_t story, int64_t build, const uint64_t *judged,
                        unsigned count, GError **error);
/* … and says it; what is not there is 0. */
bool sim_results_judged (SimResults *results, int64_t story, int64_t build, uint64_t *judged,
                         unsigned count, GError **error);

/* The seeds from `first` to `last` that were played: pairs of first and last of each row of them,
 * ascending; of uint64_t.  NULL with an error. */
GArray *sim_results_seeds (SimResults *results, int64_t story, int64_t build, uint64_t first,
                           uint64_t last, GError **error);

/* Everything in `file` that is not in `results` yet. */
bool sim_results_merge (SimResults *results, const char *file, GError **error);
