/* tests/unit/test-results.c - the file of results: what is written into it comes out again. */

#include "sim/search/results.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *folder;
  GPtrArray *files; /* of char *, and NULL at the end */
} Files;

static void
files_init (Files *files)
{
  files->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  files->files = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (files->files, NULL);
}

static void
files_clear (Files *files)
{
  for (unsigned i = 0; files->files->pdata[i]; i++)
    g_unlink (files->files->pdata[i]);
  g_rmdir (files->folder);
  g_free (files->folder);
  g_ptr_array_unref (files->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, files_clear)

static SimResults *
create (Files *files)
{
  g_autoptr (GError) error = NULL;
  char *file = g_strdup_printf ("%s/%u.sqlite", files->folder, files->files->len);
  files->files->pdata[files->files->len - 1] = file;
  g_ptr_array_add (files->files, NULL);
  SimResults *results = sim_results_create (file, &error);
  g_assert_no_error (error);
  return results;
}

static int64_t
add_story (SimResults *results, const char *title)
{
  g_autofree char *hash = sim_results_hash (title, "");
  SimResultsStory story = { .title = (char *)title,
                            .file = (char *)"a file.scn",
                            .arguments = (char *)"",
                            .hash = hash,
                            .source = (char *)title };
  return sim_results_add_story (results, &story, NULL);
}

static int64_t
add_build (SimResults *results, const char *name)
{
  static const char *const marks[] = { "one", "two" };
  return sim_results_add_build (results, name, marks, G_N_ELEMENTS (marks), NULL);
}

/* NULL: it was ok. */
static void
add_run (SimResults *results, int64_t story, int64_t build, uint64_t seed, const char *signature)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = signature ? g_strdup_printf ("%s with %d", signature, (int)seed) : NULL;
  SimResultsRow row = { .story = story,
                        .build = build,
                        .seed = seed,
                        .verdict = signature ? "failed" : "ok",
                        .promise = signature ? 2 : 0,
                        .signature = signature,
                        .text = text,
                        .digest = build == 1 ? "00112233445566778899aabbccddeeff"
                                             : "ff112233445566778899aabbccddeeff",
                        .marks = UINT64_C (1) << 63 | 2,
                        .events = 7,
                        .simulated_us = 8,
                        .real_us = 9,
                        .cpu_us = 10 };
  g_assert_true (sim_results_begin (results, &error));
  g_assert_true (sim_results_add (results, &row, &error));
  g_assert_true (sim_results_commit (results, &error));
  g_assert_no_error (error);
}

static SimResultsOverview *
read_all (const Files *files, const SimResultsFilter *filter)
{
  g_autoptr (GError) error = NULL;
  SimResultsOverview *overview
      = sim_results_overview ((const char *const *)files->files->pdata, filter, &error);
  g_assert_no_error (error);
  return overview;
}

static bool
see_run (const SimResultsRun *run, void *user_data)
{
  unsigned *seen = user_data;
  g_assert_cmpstr (run->story->title, ==, "tea");
  g_assert_cmpstr (run->story->file, ==, "a file.scn");
  g_assert_cmpstr (run->build, ==, "first");
  g_assert_cmpuint (run->seed, ==, *seen == 0 ? 5 : G_MAXUINT64);
  g_assert_cmpstr (run->verdict, ==, *seen == 0 ? "ok" : "failed");
  g_assert_cmpint (run->promise, ==, *seen == 0 ? 0 : 2);
  g_assert_cmpstr (run->signature, ==, *seen == 0 ? NULL : "spilt");
  g_assert_cmpstr (run->text, ==, *seen == 0 ? NULL : "spilt with -1");
  g_assert_cmpstr (run->digest, ==, "00112233445566778899aabbccddeeff");
  g_assert_cmphex (run->marks, ==, UINT64_C (1) << 63 | 2);
  g_assert_cmpuint (run->events, ==, 7);
  g_assert_cmpint (run->simulated_us, ==, 8);
  g_assert_cmpint (run->real_us, ==, 9);
  g_assert_cmpint (run->cpu_us, ==, 10);
  (*seen)++;
  return true;
}

static void
test_fields (void)
{
  g_test_summary (
      "All that a run has comes back as it was; seeds beyond 2^63 stand behind the others.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  unsigned seen = 0;
  g_autoptr (SimResults) results = create (&files);
  int64_t story = add_story (results, "tea"), build = add_build (results, "first");
  add_run (results, story, build, G_MAXUINT64, "spilt");
  add_run (results, story, build, 5, NULL);
  g_assert_true (sim_results_each (results, NULL, see_run, &seen, NULL));
  g_assert_cmpuint (seen, ==, 2);
}

static void
test_seeds (void)
{
  g_test_summary ("Which seeds were played: rows of them, within bounds.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  g_autoptr (SimResults) results = create (&files);
  int64_t story = add_story (results, "tea"), build = add_build (results, "first");
  static const uint64_t seeds[] = { 9, 1, 2, 3, 5, 6, G_MAXUINT64 };
  static const uint64_t rows[] = { 2, 3, 5, 6, 9, 9, G_MAXUINT64, G_MAXUINT64 };
  for (unsigned i = 0; i < G_N_ELEMENTS (seeds); i++)
    add_run (results, story, build, seeds[i], NULL);
  g_autoptr (GArray) found = sim_results_seeds (results, story, build, 2, G_MAXUINT64, NULL);
  g_assert_cmpmem (found->data, found->len * sizeof (uint64_t), rows, sizeof rows);
}

static void
test_groups (void)
{
  g_test_summary (
      "What fails in the same way is one group: how often, with which seeds, and how the first of "
      "them put it; the most frequent stands first.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  {
    g_autoptr (SimResults) results = create (&files);
    int64_t tea = add_story (results, "tea"), rice = add_story (results, "rice");
    int64_t build = add_build (results, "first");
    for (uint64_t seed = 20; seed > 0; seed--)
      add_run (results, tea, build, seed, seed % 5 == 0 ? "cold" : seed > 10 ? "spilt" : NULL);
    add_run (results, rice, build, 3, "cold");
  }
  g_autoptr (SimResultsOverview) overview = read_all (&files, NULL);
  const SimResultsGroup *group = overview->groups->pdata[0];
  const SimResultsSum *sum = overview->sums->pdata[0];
  g_assert_cmpuint (overview->runs, ==, 21);
  g_assert_cmpuint (overview->bad, ==, 13);
  g_assert_cmpuint (overview->groups->len, ==, 3);
  g_assert_cmpuint (sum->runs, ==, 20);
  g_assert_cmpuint (sum->bad, ==, 12);
  g_assert_cmpuint (sum->seed_last, ==, 20);
  g_assert_cmphex (sum->marks, ==, UINT64_C (1) << 63 | 2);
  g_assert_cmpstr (group->signature, ==, "spilt");
  g_assert_cmpstr (group->text, ==, "spilt with 11");
  g_assert_cmpuint (group->runs, ==, 8);
  g_assert_cmpuint (group->seeds_count, ==, 8);
  g_assert_cmpuint (group->seeds[4], ==, 16); /* 15 is cold */
  group = overview->groups->pdata[2];
  g_assert_cmpstr (group->story->title, ==, "rice");
  g_assert_cmpstr (overview->marks->pdata[1], ==, "two");
}

static void
assert_found (const Files *files, SimResultsFilter filter, uint64_t runs)
{
  g_autoptr (SimResultsOverview) overview = read_all (files, &filter);
  g_assert_cmpuint (overview->runs, ==, runs);
}

static void
test_filters (void)
{
  g_test_summary (
      "Filters by scenario, build, verdict, promise and signature leave what they should.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  {
    g_autoptr (SimResults) results = create (&files);
    int64_t tea = add_story (results, "tea"), rice = add_story (results, "rice");
    int64_t first = add_build (results, "first"), second = add_build (results, "second");
    for (uint64_t seed = 1; seed <= 10; seed++)
      {
        add_run (results, tea, first, seed, seed == 3 ? "cold" : NULL);
        add_run (results, rice, second, seed, seed < 3 ? "burnt" : NULL);
      }
  }
  assert_found (&files, (SimResultsFilter){ .story = "t*" }, 10);
  assert_found (&files, (SimResultsFilter){ .story = "*.scn" }, 20);
  assert_found (&files, (SimResultsFilter){ .build = "second" }, 10);
  assert_found (&files, (SimResultsFilter){ .build = "third" }, 0);
  assert_found (&files, (SimResultsFilter){ .verdict = "bad" }, 3);
  assert_found (&files, (SimResultsFilter){ .verdict = "ok" }, 17);
  assert_found (&files, (SimResultsFilter){ .verdict = "crash" }, 0);
  assert_found (&files, (SimResultsFilter){ .promise = 2, .story = "rice" }, 2);
  assert_found (&files, (SimResultsFilter){ .promise = 3 }, 0);
  assert_found (&files, (SimResultsFilter){ .signature = "cold" }, 1);
}

static void
test_merge (void)
{
  g_test_summary ("Files that know builds, stories and signatures by other numbers become one; "
                  "runs that both have "
                  "count once, and several files are read as if they were merged.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  {
    g_autoptr (SimResults) one = create (&files);
    g_autoptr (SimResults) other = create (&files);
    int64_t tea = add_story (one, "tea"), build = add_build (one, "first");
    for (uint64_t seed = 1; seed <= 10; seed++)
      add_run (one, tea, build, seed, seed == 3 ? "cold" : NULL);
    int64_t rice = add_story (other, "rice"), second = add_build (other, "second");
    tea = add_story (other, "tea");
    build = add_build (other, "first");
    add_run (other, rice, second, 1, "burnt");
    for (uint64_t seed = 6; seed <= 15; seed++)
      add_run (other, tea, build, seed, seed > 12 ? "cold" : NULL);
  }
  g_autoptr (SimResultsOverview) overview = read_all (&files, NULL);
  const SimResultsGroup *group = overview->groups->pdata[0];
  g_assert_cmpuint (overview->runs, ==, 16);
  g_assert_cmpuint (overview->builds->len, ==, 2);
  g_assert_cmpstr (group->story->title, ==, "tea");
  g_assert_cmpstr (group->build, ==, "first");
  g_assert_cmpstr (group->signature, ==, "cold");
  g_assert_cmpuint (group->runs, ==, 4);
  group = overview->groups->pdata[1];
  g_assert_cmpstr (group->story->title, ==, "rice");
  g_assert_cmpstr (group->build, ==, "second");
  g_assert_cmpstr (group->signature, ==, "burnt");
}

static void
test_judged (void)
{
  g_test_summary ("How much each promise was tried on adds up.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  g_autoptr (SimResults) results = create (&files);
  int64_t tea = add_story (results, "tea"), build = add_build (results, "first");
  uint64_t judged[4] = { 0, 5, 0, 7 };
  g_assert_true (sim_results_judge (results, tea, build, judged, 4, NULL));
  g_assert_true (sim_results_judge (results, tea, build, judged, 4, NULL));
  g_assert_true (sim_results_judged (results, tea, build, judged, 4, NULL));
  g_assert_cmpuint (judged[1], ==, 10);
  g_assert_cmpuint (judged[2], ==, 0);
  g_assert_cmpuint (judged[3], ==, 14);
}

static void
assert_group (const GPtrArray *groups, const char *signature, uint64_t seed, uint64_t runs)
{
  g_assert_cmpuint (groups->len, ==, 1);
  const SimResultsGroup *group = groups->pdata[0];
  g_assert_cmpstr (group->signature, ==, signature);
  g_assert_cmpuint (group->seeds[0], ==, seed);
  g_assert_cmpuint (group->runs, ==, runs);
}

static void
test_compare (void)
{
  g_test_summary ("Two builds: what fails now and did not, what fails no more, what fails in "
                  "another way, what is "
                  "good with both and went otherwise; only what both have played is compared.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  g_autoptr (SimResults) results = create (&files);
  g_autoptr (GError) error = NULL;
  int64_t tea = add_story (results, "tea");
  int64_t old = add_build (results, "old"), new = add_build (results, "new");
  for (uint64_t seed = 1; seed <= 10; seed++)
    add_run (results, tea, old, seed, seed == 3 ? "cold" : seed == 4 ? "spilt" : NULL);
  for (uint64_t seed = 3; seed <= 12; seed++)
    add_run (results, tea, new, seed, seed == 4 ? "sour" : seed > 8 ? "hot" : NULL);
  g_autoptr (SimResultsComparison) comparison = sim_results_compare (results, "old", "new", &error);
  g_assert_no_error (error);
  assert_group (comparison->now, "hot", 9, 2);
  assert_group (comparison->no_more, "cold", 3, 1);
  assert_group (comparison->otherwise, "sour", 4, 1);
  g_assert_cmpuint (comparison->compared, ==, 8);
  g_assert_cmpuint (comparison->other_course, ==, 4);
  g_assert_cmpuint (comparison->only_old, ==, 2);
  g_assert_cmpuint (comparison->only_new, ==, 2);
  g_assert_null (sim_results_compare (results, "old", "newest", &error));
  g_assert_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE);
}

static void
test_strangers (void)
{
  g_test_summary ("What is not there, or is something else, is refused, and not made.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  g_autofree char *nothing = g_build_filename (files.folder, "nothing", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) merging = NULL;
  g_autoptr (SimResults) results = create (&files);
  g_assert_null (sim_results_open (nothing, &error));
  g_assert_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE);
  g_assert_false (sim_results_merge (results, nothing, &merging));
  g_assert_error (merging, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE);
  g_assert_false (g_file_test (nothing, G_FILE_TEST_EXISTS));
}

static void
test_empty (void)
{
  g_test_summary ("An empty file is named as what it is, also if it is one of several.");
  g_auto (Files) files = { 0 };
  files_init (&files);
  g_autofree char *empty = g_build_filename (files.folder, "empty", NULL);
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) merging = NULL;
  g_autoptr (SimResults) results = create (&files);
  g_assert_null (sim_results_open (empty, &error));
  g_assert_error (error, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE);
  g_assert_false (sim_results_merge (results, empty, &merging));
  g_assert_error (merging, SIM_RESULTS_ERROR, SIM_RESULTS_ERROR_FILE);
  g_assert_nonnull (strstr (merging->message, "empty: no sweep has written"));
  g_unlink (empty);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/results/fields", test_fields);
  g_test_add_func ("/results/seeds", test_seeds);
  g_test_add_func ("/results/groups", test_groups);
  g_test_add_func ("/results/filters", test_filters);
  g_test_add_func ("/results/merge", test_merge);
  g_test_add_func ("/results/judged", test_judged);
  g_test_add_func ("/results/compare", test_compare);
  g_test_add_func ("/results/strangers", test_strangers);
  g_test_add_func ("/results/empty", test_empty);
  return g_test_run ();
}
