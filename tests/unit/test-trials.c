/* tests/unit/test-trials.c - runs in processes of their own, and what becomes of those that go
 * wrong. */

#include "sim/actors/kinds.h"
#include "sim/search/trial.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_US (100 * 1000)

/* What all processes see. */
typedef struct
{
  volatile int played; /* misdeeds that were to be done */
} Shared;

typedef struct
{
  uint64_t bad_seed; /* the only one that is played badly */
  void (*misdeed) (volatile SimPulse *pulse);
  Shared *shared;
} Play;

static Shared *
new_shared (void)
{
  return mmap (NULL, sizeof (Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* --- Misdeeds
 * -------------------------------------------------------------------------------------- */

static void
break_assertion (volatile SimPulse *pulse)
{
  g_assert_not_reached ();
}

static void
segfault (volatile SimPulse *pulse)
{
  signal (SIGSEGV, SIG_DFL); /* a sanitizer would make a report of it */
  raise (SIGSEGV);
}

static void
leave (volatile SimPulse *pulse)
{
  _exit (7);
}

static void
spin (volatile SimPulse *pulse)
{
  pulse->now_us = 3 * G_USEC_PER_SEC;
  for (;;)
    pulse->now_us = 3 * G_USEC_PER_SEC;
}

static void
spin_with_events (volatile SimPulse *pulse)
{
  pulse->now_us = 4 * G_USEC_PER_SEC;
  for (;;)
    pulse->world_events++;
}

static void
sleep_for_good (volatile SimPulse *pulse)
{
  for (;;)
    pause ();
}

static void
eat (volatile SimPulse *pulse)
{
  for (;;)
    {
      memset (g_malloc (1024 * 1024), 1, 1024 * 1024);
      pulse->now_us++; /* it does go on */
    }
}

static void
kill_itself (volatile SimPulse *pulse)
{
  kill (getpid (), SIGKILL);
}

static void
complain_as_sanitizers_do (volatile SimPulse *pulse)
{
  static const char text[] = "../sim/luck.c:8:3: runtime error: shift exponent 77 is too large\n";
  g_assert_cmpint (write (STDERR_FILENO, text, strlen (text)), >, 0);
}

static void
play (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse, SimTrialResult *result)
{
  const Play *how = plan->data;
  g_snprintf (result->digest, sizeof result->digest, "%032" G_GINT64_MODIFIER "x", seed);
  result->simulated_us = G_USEC_PER_SEC;
  if (how && how->misdeed && seed == how->bad_seed)
    {
      how->shared->played++;
      how->misdeed (pulse);
    }
}

/* --- Trying it
 * ---------------------------------------------------------------------------------------- */

static SimTrials *
new_trials (unsigned jobs)
{
  return sim_trials_new (
      &(SimTrialsOptions){ .jobs = jobs, .ordered = true, .play = play, .hang_us = HANG_US });
}

/* Plays seeds 1 to 20, of which the 7th is bad: whatever happens to it happens to it alone.  The
 * result of the bad one; `played`: how often it was tried. */
static SimTrialResult *
play_badly (void (*misdeed) (volatile SimPulse *pulse), int *played)
{
  Shared *shared = new_shared ();
  Play how = { .bad_seed = 7, .misdeed = misdeed, .shared = shared };
  g_autoptr (SimTrials) trials = new_trials (2);
  unsigned plan = sim_trials_add_plan (trials, &(SimTrialPlan){ .data = &how });
  SimTrialResult *bad = NULL;

  for (uint64_t seed = 1; seed <= 20; seed++)
    sim_trials_submit (trials, plan, seed, 0);
  for (uint64_t seed = 1; seed <= 20; seed++)
    {
      SimTrialResult *result = sim_trials_next (trials, -1);
      g_assert_nonnull (result);
      g_assert_cmpuint (result->seed, ==, seed);
      if (seed == 7)
        bad = result;
      else
        {
          g_assert_cmpint (result->verdict, ==, SIM_TRIAL_OK);
          g_assert_null (result->text);
          sim_trial_result_free (result);
        }
    }
  g_assert_null (sim_trials_next (trials, -1));
  if (played)
    *played = shared->played;
  munmap (shared, sizeof *shared);
  return bad;
}

static void
assert_verdict (const SimTrialResult *result, SimTrialVerdict verdict, const char *text,
                const char *signature)
{
  g_assert_cmpstr (sim_trial_verdict_name (result->verdict), ==, sim_trial_verdict_name (verdict));
  g_assert_cmpstr (result->text, ==, text);
  g_assert_cmpstr (result->signature, ==, signature);
}

static void
test_order (void)
{
  g_test_summary (
      "Three processes play a hundred seeds: each result comes once and in order, and no "
      "more than three processes were needed.");
  g_autoptr (SimTrials) trials = new_trials (3);
  unsigned plan = sim_trials_add_plan (trials, &(SimTrialPlan){ 0 });

  for (uint64_t seed = 1; seed <= 100; seed++)
    g_assert_cmpuint (sim_trials_submit (trials, plan, seed, 0), ==, seed - 1);
  for (uint64_t seed = 1; seed <= 100; seed++)
    {
      g_autoptr (SimTrialResult) result = sim_trials_next (trials, -1);
      g_assert_cmpuint (result->seed, ==, seed);
      g_assert_cmpuint (result->number, ==, seed - 1);
      g_assert_cmpint (result->verdict, ==, SIM_TRIAL_OK);
      g_assert_cmpuint (strtoull (result->digest, NULL, 16), ==, seed);
    }
  g_assert_cmpuint (sim_trials_pending (trials), ==, 0);
  g_assert_cmpuint (sim_trials_processes (trials), ==, 3);
}

static void
test_assertion (void)
{
  g_test_summary ("A broken assertion is the verdict of its seed, confirmed in a new process.");
  int played;
  g_autoptr (SimTrialResult) result = play_badly (break_assertion, &played);

  g_assert_cmpint (played, ==, 2);
  g_assert_cmpint (result->verdict, ==, SIM_TRIAL_CRASH);
  g_assert_true (g_pattern_match_simple (
      "test-trials.c:*:break_assertion: code should not be reached; killed by signal 6, SIGABRT",
      result->text));
  g_assert_cmpstr (result->signature, ==,
                   "crash: test-trials.c:N:break_assertion: code should not be reached; killed by "
                   "signal N, SIGABRT");
  g_assert_nonnull (strstr (result->report, "break_assertion"));
}

static void
test_signal (void)
{
  g_test_summary ("Those that die without a word …");
  g_autoptr (SimTrialResult) result = play_badly (segfault, NULL);
  g_autoptr (SimTrialResult) other = play_badly (leave, NULL);
  assert_verdict (result, SIM_TRIAL_CRASH, "killed by signal 11, SIGSEGV",
                  "crash: killed by signal N, SIGSEGV");
  assert_verdict (other, SIM_TRIAL_CRASH, "ended with status 7", "crash: ended with status N");
}

static void
test_hang (void)
{
  g_test_summary (
      "Those in which virtual time stands still, whether events happen, nothing happens or the "
      "process sleeps, are ended after a while.");
  g_autoptr (SimTrialResult) spinning = play_badly (spin, NULL);
  g_autoptr (SimTrialResult) busy = play_badly (spin_with_events, NULL);
  g_autoptr (SimTrialResult) asleep = play_badly (sleep_for_good, NULL);
  assert_verdict (spinning, SIM_TRIAL_HANG,
                  "virtual time stands still at 3.000000 s, in the middle of an event",
                  "hang: virtual time stands still at N s, in the middle of an event");
  assert_verdict (busy, SIM_TRIAL_HANG,
                  "virtual time stands still at 4.000000 s, and event follows event",
                  "hang: virtual time stands still at N s, and event follows event");
  g_assert_cmpint (asleep->verdict, ==, SIM_TRIAL_HANG);
}

static void
test_memory (void)
{
  g_test_summary ("One that goes on and on and takes ever more memory is ended, too.");
  Shared *shared = new_shared ();
  Play how = { .bad_seed = 7, .misdeed = eat, .shared = shared };
  g_autoptr (SimTrials) trials
      = sim_trials_new (&(SimTrialsOptions){ .play = play, .memory_bytes = 400 * 1024 * 1024 });
  unsigned plan = sim_trials_add_plan (trials, &(SimTrialPlan){ .data = &how });
  sim_trials_submit (trials, plan, 7, 0);
  sim_trials_submit (trials, plan, 8, 0);
  g_autoptr (SimTrialResult) result = sim_trials_next (trials, -1);
  g_autoptr (SimTrialResult) next = sim_trials_next (trials, -1);
  g_assert_cmpuint (result->seed, ==, 7);
  g_assert_cmpint (result->verdict, ==, SIM_TRIAL_MEMORY);
  g_assert_cmpint (next->verdict, ==, SIM_TRIAL_OK);
  munmap (shared, sizeof *shared);
}

/* Only the first time. */
static Shared *killed;
static void
be_killed_once (volatile SimPulse *pulse)
{
  if (killed->played++ == 0)
    kill_itself (pulse);
}

static void
test_killed (void)
{
  g_test_summary (
      "A worker that somebody kills costs no seed: it is played again.  Only one that is killed "
      "each time is to blame.");
  int played;
  killed = new_shared ();
  g_autoptr (SimTrialResult) once = play_badly (be_killed_once, NULL);
  g_autoptr (SimTrialResult) always = play_badly (kill_itself, &played);
  g_assert_cmpint (killed->played, ==, 2);
  assert_verdict (once, SIM_TRIAL_OK, NULL, NULL);
  g_assert_cmpint (played, >=, 3);
  assert_verdict (always, SIM_TRIAL_CRASH, "killed by signal 9, SIGKILL",
                  "crash: killed by signal N, SIGKILL");
  munmap (killed, sizeof *killed);
}

/* What an earlier run has left behind. */
static Shared *left;
static void
crash_in_a_used_process (volatile SimPulse *pulse)
{
  if (left->played++ == 0)
    break_assertion (pulse);
}

static void
test_not_repeatable (void)
{
  g_test_summary (
      "What crashes in a process that has played others, and not in one of its own, is not "
      "repeatable, and that is what its verdict says.");
  left = new_shared ();
  g_autoptr (SimTrialResult) result = play_badly (crash_in_a_used_process, NULL);
  g_assert_cmpint (result->verdict, ==, SIM_TRIAL_NOT_REPEATABLE);
  g_assert_true (g_str_has_suffix (result->text, "; but not when a new process played it"));
  g_assert_true (g_str_has_prefix (result->signature, "not repeatable: test-trials.c:N:"));
  munmap (left, sizeof *left);
}

static void
test_sanitizer (void)
{
  g_test_summary (
      "A sanitizer that complains and lets the process go on makes a verdict of its own.");
  int played;
  g_autoptr (SimTrialResult) result = play_badly (complain_as_sanitizers_do, &played);
  g_assert_cmpint (played, ==, 1);
  assert_verdict (result, SIM_TRIAL_SANITIZER,
                  "luck.c:8:3: runtime error: shift exponent 77 is too large",
                  "sanitizer: luck.c:N:N: runtime error: shift exponent N is too large");
}

static void
play_with_payload (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
                   SimTrialResult *result)
{
  result->payload = g_byte_array_new ();
  g_byte_array_set_size (result->payload, 3 * 1000 * 1000);
  memset (result->payload->data, (int)seed, result->payload->len);
  result->text = g_strdup (plan->data);
}

static void
test_payload (void)
{
  g_test_summary (
      "What a function adds comes through, much as it is; and plans that were added when the "
      "processes had begun are known to them.");
  g_autoptr (SimTrials) trials
      = sim_trials_new (&(SimTrialsOptions){ .jobs = 2, .play = play_with_payload });
  unsigned one = sim_trials_add_plan (trials, &(SimTrialPlan){ .data = "one" });
  sim_trials_submit (trials, one, 3, 0);
  g_autoptr (SimTrialResult) first = sim_trials_next (trials, -1);
  unsigned other = sim_trials_add_plan (trials, &(SimTrialPlan){ .data = "other" });
  sim_trials_submit (trials, other, 4, 0);
  g_autoptr (SimTrialResult) second = sim_trials_next (trials, -1);

  g_assert_cmpstr (first->text, ==, "one");
  g_assert_cmpstr (second->text, ==, "other");
  g_assert_cmpuint (second->payload->len, ==, 3 * 1000 * 1000);
  g_assert_cmpuint (second->payload->data[2999999], ==, 4);
}

/* --- Scenarios
 * -------------------------------------------------------------------------------------------- */

#define STORY                                                                                      \
  "scenario \"two\"\nnode rain\nnode ruth seeds rain\nactor rain.e echo\n"                         \
  "actor ruth.h hello rain.e\nexpect ruth.h heard once within 5s\ncheck 1 2\n"

static Scenario *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Scenario *scenario = scenario_parse (text, "story.scn", sim_actor_kinds, &error);
  g_assert_no_error (error);
  return scenario;
}

static void
test_scenario (void)
{
  g_test_summary (
      "A real run: the result has what the run says of itself, in a worker as in a fresh "
      "process, where it has the same digest, with settings as without.");
  static const char *const settings[] = { "delay=50ms", NULL };
  g_autoptr (Scenario) usual = parse (STORY);
  g_autoptr (Scenario) slow = parse (STORY);
  g_assert_true (scenario_set (slow, "delay=50ms", NULL));
  g_autoptr (SimTrials) trials = sim_trials_new (&(SimTrialsOptions){
      .jobs = 2,
      .ordered = true,
      .fresh_command = (const char *const[]){ "/proc/self/exe", "--serve", NULL } });
  unsigned plans[] = {
    sim_trials_add_plan (trials, &(SimTrialPlan){ .scenario = usual }),
    sim_trials_add_plan (trials, &(SimTrialPlan){ .scenario = slow, .settings = settings }),
  };
  char digests[2][AEMP_DIGEST_TEXT_BYTES];
  for (unsigned i = 0; i < 4; i++)
    sim_trials_submit (trials, plans[i / 2], 42, i % 2 ? SIM_TRIAL_FRESH : 0);
  for (unsigned i = 0; i < 4; i++)
    {
      g_autoptr (SimTrialResult) result = sim_trials_next (trials, -1);
      g_autoptr (SimResult) run = sim_run (i / 2 ? slow : usual, &(SimRunOptions){ .seed = 42 });
      char digest[AEMP_DIGEST_TEXT_BYTES];
      aemp_digest_text (&run->digest, digest);
      g_assert_cmpstr (result->text, ==, NULL);
      g_assert_cmpint (result->verdict, ==, SIM_TRIAL_OK);
      g_assert_cmpstr (result->digest, ==, digest);
      g_assert_cmpint (result->simulated_us, ==, run->simulated_us);
      g_assert_cmpuint (result->marks, ==, run->marks);
      g_assert_cmpuint (result->judged[1], ==, run->findings.judged[1]);
      strcpy (digests[i / 2], digest);
    }
  g_assert_cmpstr (digests[0], !=, digests[1]);
}

static void
test_failure (void)
{
  g_test_summary ("An expectation that is not met: its sentence, and its signature without names.");
  g_autoptr (Scenario) scenario
      = parse ("scenario \"two\"\nnode rain\nnode ruth seeds rain\nactor rain.e echo\n"
               "actor ruth.h hello rain.e\nexpect ruth.h heard never within 5s\n");
  SimTrialResult result = { 0 };
  sim_trial_play (&(SimTrialPlan){ .scenario = scenario }, 1, NULL, &result);
  g_assert_cmpint (result.verdict, ==, SIM_TRIAL_FAILED);
  g_assert_cmpint (result.promise, ==, 0);
  g_assert_true (g_str_has_prefix (
      result.text,
      "expected expect ruth.h heard never within 5s (line 6 of the scenario): seen 1 time"));
  g_assert_cmpstr (result.signature, ==, "expected expect ACTOR heard never within Ns: too many");
  g_free (result.text);
  g_free (result.signature);
}

static void
test_wake (void)
{
  g_test_summary ("Who waits for a result can be woken: nothing is lost, it comes later.");
  int ends[2];
  g_assert_cmpint (pipe (ends), ==, 0);
  g_autoptr (SimTrials) trials
      = sim_trials_new (&(SimTrialsOptions){ .play = play, .wake_fd = ends[0] });
  unsigned plan = sim_trials_add_plan (trials, &(SimTrialPlan){ 0 });
  SimTrialResult *result;
  char byte = 1;
  g_assert_cmpint (write (ends[1], &byte, 1), ==, 1);
  sim_trials_submit (trials, plan, 1, 0);
  g_assert_null (sim_trials_next (trials, -1));
  g_assert_cmpuint (sim_trials_pending (trials), ==, 1);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, 1);
  result = sim_trials_next (trials, -1);
  g_assert_cmpuint (result->seed, ==, 1);
  sim_trial_result_free (result);
  close (ends[0]);
  close (ends[1]);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--serve") == 0)
    return sim_trial_serve (NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trials/order", test_order);
  g_test_add_func ("/trials/assertion", test_assertion);
  g_test_add_func ("/trials/signal", test_signal);
  g_test_add_func ("/trials/hang", test_hang);
  g_test_add_func ("/trials/memory", test_memory);
  g_test_add_func ("/trials/killed", test_killed);
  g_test_add_func ("/trials/not-repeatable", test_not_repeatable);
  g_test_add_func ("/trials/sanitizer", test_sanitizer);
  g_test_add_func ("/trials/payload", test_payload);
  g_test_add_func ("/trials/scenario", test_scenario);
  g_test_add_func ("/trials/failure", test_failure);
  g_test_add_func ("/trials/wake", test_wake);
  return g_test_run ();
}
