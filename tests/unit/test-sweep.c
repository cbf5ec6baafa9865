/* tests/unit/test-sweep.c - sweeps that are ended, shared out and gone on with; what they tell. */

#include "sim/actors/kinds.h"
#include "sim/search/sweep.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STORIES 3
#define SEEDS 40
#define ALL (STORIES * SEEDS)
#define HELD_SEED 30 /* where a run waits while it is told to */

static const char *const fresh_command[] = { "/proc/self/exe", "--serve", NULL };
static const char *const odd_command[] = { "/proc/self/exe", "--serve-oddly", NULL };

/* What all processes see. */
typedef struct
{
  volatile int played;
  volatile int hold; /* at HELD_SEED */
  volatile int held;
} Shared;
static Shared *shared;

static void
play (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse, SimTrialResult *result)
{
  if (shared)
    __atomic_add_fetch (&shared->played, 1, __ATOMIC_SEQ_CST);
  while (shared && shared->hold && seed == HELD_SEED)
    {
      shared->held = 1;
      pause ();
    }
  g_snprintf (result->digest, sizeof result->digest, "%032" G_GINT64_MODIFIER "x", seed);
  result->simulated_us = 1000;
  result->marks = 1;
  result->judged[1] = 1;
}

/* Like it, but every tenth seed fails: the even ones in one way, the odd ones never. */
static void
play_with_failures (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
                    SimTrialResult *result)
{
  play (plan, seed, pulse, result);
  if (seed % 10 != 0)
    return;
  result->verdict = seed == 40 ? SIM_TRIAL_NO_PROGRESS : SIM_TRIAL_FAILED;
  result->promise = seed == 40 ? 0 : 3;
  result->text = g_strdup_printf ("message %" G_GUINT64_FORMAT " was lost", seed);
  result->signature = g_strdup (seed == 40 ? "expected more" : "promise 3: message N was lost");
}

static void
play_with_a_crash (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
                   SimTrialResult *result)
{
  play (plan, seed, pulse, result);
  g_assert_cmpuint (seed, !=, 13);
}

/* Depends on the process. */
static void
play_oddly (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
            SimTrialResult *result)
{
  play (plan, seed, pulse, result);
  if (seed == 1)
    g_snprintf (result->digest, sizeof result->digest, "%032x", (unsigned)getpid ());
}

/* --- A stage
 * --------------------------------------------------------------------------------------------- */

typedef struct
{
  char *folder;
  char *file;
  GPtrArray *stories;
  SimSweepOptions options;
  char *said; /* by the latest sweep */
} Stage;

static void
add_story (Stage *stage, unsigned number)
{
  SimSweepStory *story = g_new0 (SimSweepStory, 1);
  g_autofree char *source = g_strdup_printf ("scenario \"story %u\"\nnode rain\ncheck 1\n", number);
  Scenario *scenario = scenario_parse (source, "story.scn", sim_actor_kinds, NULL);
  story->scenario = scenario;
  story->about = (SimResultsStory){ .title = scenario->title,
                                    .file = scenario->file,
                                    .arguments = (char *)" --set delay=1ms",
                                    .source = scenario->source };
  story->about.hash = sim_results_hash (scenario->source, story->about.arguments);
  story->plan.scenario = scenario;
  g_ptr_array_add (stage->stories, story);
}

static void
story_free (void *memory)
{
  SimSweepStory *story = memory;
  scenario_free ((Scenario *)story->scenario);
  g_free (story->about.hash);
  g_free (story);
}

static void
stage_init (Stage *stage, SimTrialPlay how)
{
  stage->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  stage->file = g_build_filename (stage->folder, "results.sqlite", NULL);
  stage->stories = g_ptr_array_new_with_free_func (story_free);
  for (unsigned i = 0; i < STORIES; i++)
    add_story (stage, i);
  stage->options = (SimSweepOptions){ .stories = stage->stories,
                                      .seed_first = 1,
                                      .seed_last = SEEDS,
                                      .jobs = 2,
                                      .shard = 1,
                                      .shards = 1,
                                      .results_file = stage->file,
                                      .build = "new",
                                      .program = "./run",
                                      .play = how,
                                      .fresh_command = fresh_command,
                                      .save_every_us = 1 };
}

static void
stage_clear (Stage *stage)
{
  static const char *const ends[] = { "", "-wal", "-shm" };
  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *file = g_strconcat (stage->file, ends[i], NULL);
      g_unlink (file);
    }
  g_rmdir (stage->folder);
  g_free (stage->folder);
  g_free (stage->file);
  g_free (stage->said);
  g_ptr_array_unref (stage->stories);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stage, stage_clear)

static int
sweep (Stage *stage)
{
  size_t length;
  g_clear_pointer (&stage->said, free);
  stage->options.out = open_memstream (&stage->said, &length);
  stage->options.progress = stage->options.out;
  int status = sim_sweep (&stage->options);
  fclose (stage->options.out);
  return status;
}

static void
assert_said (const Stage *stage, const char *pattern)
{
  if (!g_pattern_match_simple (pattern, stage->said))
    g_error ("expected: %s\nfound: %s", pattern, stage->said);
}

/* How many runs there are in a file, and whether each is there once. */
typedef struct
{
  unsigned runs;
  unsigned seen[STORIES][SEEDS + 1];
} Found;

static bool
see_run (const SimResultsRun *run, void *user_data)
{
  Found *found = user_data;
  unsigned story = (unsigned)(run->story->title[strlen ("story ")] - '0');
  found->runs++;
  found->seen[story][run->seed]++;
  return true;
}

static void
find (const char *file, Found *found)
{
  g_autoptr (GError) error = NULL;
  *found = (Found){ 0 };
  g_autoptr (SimResults) results = sim_results_open (file, &error);
  if (results)
    sim_results_each (results, NULL, see_run, found, &error);
}

static void
assert_all (const char *file)
{
  Found found;
  find (file, &found);
  g_assert_cmpuint (found.runs, ==, ALL);
  for (unsigned story = 0; story < STORIES; story++)
    for (unsigned seed = 1; seed <= SEEDS; seed++)
      g_assert_cmpuint (found.seen[story][seed], ==, 1);
}

static Shared *
share (void)
{
  return mmap (NULL, sizeof (Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* --- Ends that nobody planned
 * ------------------------------------------------------------------------------ */

/* A sweep in a process of its own, until one of its runs is held and others are in the file. */
static pid_t
begin_held_sweep (Stage *stage)
{
  Found found = { 0 };
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    _exit (sweep (stage));
  while (!shared->held || found.runs == 0)
    {
      sched_yield ();
      find (stage->file, &found);
    }
  return pid;
}

static int
end_sweep (pid_t pid, int signal)
{
  int status;
  kill (pid, signal);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static void
assert_resumed (Stage *stage)
{
  Found before;
  find (stage->file, &before);
  g_assert_cmpuint (before.runs, >, 0);
  g_assert_cmpuint (before.runs, <, ALL);
  shared->hold = 0;
  shared->played = 0;
  stage->options.resume = true;
  g_assert_cmpint (sweep (stage), ==, 0);
  g_assert_cmpint (shared->played, ==, ALL - (int)before.runs);
  assert_all (stage->file);
  g_autofree char *words = g_strdup_printf ("*%u runs were in * before\n", before.runs);
  assert_said (stage, words);
}

static void
test_killed (void)
{
  g_test_summary (
      "A sweep is killed in the middle of a run.  What was saved is there, and another one plays "
      "exactly what is missing.");
  g_auto (Stage) stage = { 0 };
  shared = share ();
  shared->hold = 1;
  stage_init (&stage, play);
  int status = end_sweep (begin_held_sweep (&stage), SIGKILL);
  g_assert_true (WIFSIGNALED (status));
  assert_resumed (&stage);
  munmap (g_steal_pointer (&shared), sizeof (Shared));
}

static void
test_terminated (void)
{
  g_test_summary (
      "SIGTERM ends a sweep at once, though a run of it hangs: it says so by its exit status, and "
      "what is done is kept.");
  g_auto (Stage) stage = { 0 };
  shared = share ();
  shared->hold = 1;
  stage_init (&stage, play);
  int status = end_sweep (begin_held_sweep (&stage), SIGTERM);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 128 + SIGTERM);
  assert_resumed (&stage);
  munmap (g_steal_pointer (&shared), sizeof (Shared));
}

static void
test_time_limit (void)
{
  g_test_summary ("A sweep whose time is over ends well and says what is left.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play);
  stage.options.time_limit_us = 1;
  g_assert_cmpint (sweep (&stage), ==, 0);
  assert_said (&stage, "*ended as the time is over, 120 runs left: --resume plays them\n*");
}

static void
test_crash (void)
{
  g_test_summary ("A crash is the verdict of its seed, and the sweep goes on.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play_with_a_crash);
  g_assert_cmpint (sweep (&stage), ==, SIM_STATUS_CRASH);
  assert_all (stage.file);
  assert_said (&stage,
               "*FAIL  story 0   seed 13\n        crash: test-sweep.c:*:play_with_a_crash: "
               "assertion failed*: (13 != 13); killed by signal 6, SIGABRT\n"
               "        repeat with: ./run simulate story.scn --seed 13 --set delay=1ms\n*");
  assert_said (&stage, "*FAIL  story 2: 40 seeds, 1 failed,*");
}

/* --- Parts
 * -------------------------------------------------------------------------------------------------
 */

static void
test_shards (void)
{
  g_test_summary (
      "Four shards, each with a file of its own, have each run once between them; merged, the "
      "files are the file of the whole sweep.");
  g_auto (Stage) stage = { 0 };
  g_autoptr (GError) error = NULL;
  unsigned sum = 0;
  stage_init (&stage, play);
  g_autofree char *whole = g_steal_pointer (&stage.file);
  {
    g_autoptr (SimResults) merged = sim_results_create (whole, &error);
    g_assert_no_error (error);
    for (unsigned shard = 1; shard <= 4; shard++)
      {
        Found found;
        g_free (stage.file);
        stage.file = g_strdup_printf ("%s-%u", whole, shard);
        stage.options.results_file = stage.file;
        stage.options.shard = shard;
        stage.options.shards = 4;
        g_assert_cmpint (sweep (&stage), ==, 0);
        g_assert_null (strstr (stage.said, "runs left"));
        find (stage.file, &found);
        g_assert_cmpuint (found.runs, ==, ALL / 4);
        sum += found.runs;
        g_assert_true (sim_results_merge (merged, stage.file, &error));
        g_assert_true (sim_results_merge (merged, stage.file, &error)); /* twice is once */
        g_unlink (stage.file);
      }
  }
  g_assert_cmpuint (sum, ==, ALL);
  assert_all (whole);
  g_free (stage.file);
  stage.file = g_steal_pointer (&whole);
}

static void
test_again (void)
{
  g_test_summary ("Without --resume all is played again, and takes the place of what was there.");
  g_auto (Stage) stage = { 0 };
  shared = share ();
  stage_init (&stage, play);
  g_assert_cmpint (sweep (&stage), ==, 0);
  g_assert_cmpint (sweep (&stage), ==, 0);
  g_assert_cmpint (shared->played, ==, 2 * ALL);
  assert_all (stage.file);
  munmap (g_steal_pointer (&shared), sizeof (Shared));
}

/* --- What is found
 * --------------------------------------------------------------------------------------------- */

static void
test_failures (void)
{
  g_test_summary (
      "The first failures are told at once, all of them in groups at the end; a sweep that goes on "
      "with the same file and has nothing to do finds the same.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play_with_failures);
  stage.options.jobs = 1; /* of several, any may be the first */
  g_assert_cmpint (sweep (&stage), ==, SIM_STATUS_FAILED);
  assert_said (&stage, "*FAIL  story 0   seed 10\n        failed: message 10 was lost\n*");
  assert_said (&stage, "*6 ways to fail:\n"
                       "  3 seeds of story 0\n      failed: promise 3: message N was lost\n"
                       "      seeds 10 20 30\n      repeat with: ./run simulate story.scn --seed "
                       "10 --set delay=1ms\n"
                       "  3 seeds of story 1\n*"
                       "  1 seed of story 2\n      no progress: expected more\n      seed 40\n*");
  stage.options.resume = true;
  g_assert_cmpint (sweep (&stage), ==, SIM_STATUS_FAILED);
  assert_said (&stage, "*6 ways to fail:\n  3 seeds of story 0\n*");
  g_assert_null (strstr (stage.said, "   seed 10\n"));
}

static void
test_not_repeatable (void)
{
  g_test_summary (
      "A run that depends on its process is found when it is repeated, and that is worse than any "
      "failure: exit status 3.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play_oddly);
  stage.options.fresh_command = odd_command;
  stage.options.repeat_ppm = 1;
  g_assert_cmpint (sweep (&stage), ==, SIM_STATUS_NOT_REPEATABLE);
  assert_said (&stage, "*      not repeatable: another digest in a fresh process\n      seed 1\n*");
  assert_all (stage.file);
}

static void
test_repeatable (void)
{
  g_test_summary (
      "A sweep in which all is repeated, each run twice in processes of their own, finds nothing "
      "when there is nothing.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play);
  stage.options.repeat_ppm = 1000000;
  stage.options.seed_last = 4;
  g_assert_cmpint (sweep (&stage), ==, 0);
  assert_said (&stage, "*12 repeated in fresh processes, 0 with another digest\n");
}

static void
play_nothing (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
              SimTrialResult *result)
{
}

static void
test_vacuous (void)
{
  g_test_summary ("A promise that was asked for and had nothing to judge with any seed is told; a "
                  "part of a sweep "
                  "does not know.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play_nothing);
  g_assert_cmpint (sweep (&stage), ==, SIM_STATUS_VACUOUS);
  assert_said (&stage, "*VACUOUS  story 2: promise 1, order, was to be checked and had nothing*");
  stage.options.shards = 2;
  g_assert_cmpint (sweep (&stage), ==, 0);
}

static void
test_marks (void)
{
  g_test_summary ("Marks that were never reached are named when one asks for them.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play);
  g_assert_cmpint (sweep (&stage), ==, 0);
  g_assert_null (strstr (stage.said, "never reached"));
  stage.options.marks = true;
  g_assert_cmpint (sweep (&stage), ==, SIM_STATUS_VACUOUS);
  g_autofree char *first = g_strdup_printf ("never reached: %s\n", aemp_mark_texts[0]);
  g_autofree char *second = g_strdup_printf ("never reached: %s\n", aemp_mark_texts[1]);
  g_assert_null (strstr (stage.said, first));
  g_assert_nonnull (strstr (stage.said, second));
}

static void
test_unwritable (void)
{
  g_test_summary ("A file that is none of ours is left alone.");
  g_auto (Stage) stage = { 0 };
  stage_init (&stage, play);
  g_assert_true (g_file_set_contents (stage.file, "a diary, dear to its owner", -1, NULL));
  g_assert_cmpint (sweep (&stage), ==, SIM_SWEEP_ERROR_RESULTS);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (stage.file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "a diary, dear to its owner");
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--serve") == 0)
    return sim_trial_serve (play);
  if (argc == 2 && strcmp (argv[1], "--serve-oddly") == 0)
    return sim_trial_serve (play_oddly);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sweep/killed", test_killed);
  g_test_add_func ("/sweep/terminated", test_terminated);
  g_test_add_func ("/sweep/time-limit", test_time_limit);
  g_test_add_func ("/sweep/crash", test_crash);
  g_test_add_func ("/sweep/shards", test_shards);
  g_test_add_func ("/sweep/again", test_again);
  g_test_add_func ("/sweep/failures", test_failures);
  g_test_add_func ("/sweep/not-repeatable", test_not_repeatable);
  g_test_add_func ("/sweep/repeatable", test_repeatable);
  g_test_add_func ("/sweep/vacuous", test_vacuous);
  g_test_add_func ("/sweep/marks", test_marks);
  g_test_add_func ("/sweep/unwritable", test_unwritable);
  return g_test_run ();
}
