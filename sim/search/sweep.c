/* sim/search/sweep.c - many seeds of many scenarios. */

#include "sim/search/sweep-parts.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define REPEATS 2 /* of a run that is repeated */
#define AHEAD 32  /* trials a process that are submitted */
#define SAVE_EVERY_US (500 * 1000)
#define SAVE_AT 2000 /* results */
#define TELL_EVERY_US (200 * 1000)

/* A run that was chosen to be repeated, until it was. */
typedef struct
{
  SimTrialResult *result;
  unsigned trials[REPEATS]; /* in fresh processes: their numbers */
  unsigned waiting;         /* … that are not done yet */
} Repeat;

/* Where the sweep is in one story. */
typedef struct
{
  uint64_t next;
  bool over;
  GArray *done; /* rows of seeds in the file; NULL: none */
  unsigned row; /* the first of them that `next` is not beyond */
  int64_t id;   /* in the file */
  unsigned plan;
  bool repeated; /* at least one of its runs */
} Cursor;

typedef struct
{
  const SimSweepOptions *options;
  SimTrials *trials;
  SimSweepTally tally;
  Cursor *cursors;     /* one for each story */
  unsigned turn;       /* whose turn it is */
  GPtrArray *repeats;  /* of Repeat */
  SimResults *results; /* NULL: not kept */
  int64_t build;
  GPtrArray *unsaved;  /* of SimTrialResult */
  SimSweepSum *judged; /* since they were saved, one for each story */
  int64_t saved_us;
} Sweep;

/* --- The file
 * ------------------------------------------------------------------------------------------- */

static SimResultsRow
row_of (const Sweep *sweep, unsigned story, const SimTrialResult *result)
{
  return (SimResultsRow){ .story = sweep->cursors[story].id,
                          .build = sweep->build,
                          .seed = result->seed,
                          .verdict = sim_trial_verdict_name (result->verdict),
                          .promise = result->promise,
                          .signature = result->signature,
                          .text = result->text,
                          .digest = result->digest,
                          .marks = result->marks,
                          .events = result->events,
                          .simulated_us = result->simulated_us,
                          .real_us = result->real_us,
                          .cpu_us = result->cpu_us };
}

static bool
save_judged (Sweep *sweep, GError **error)
{
  for (unsigned story = 0; story < sweep->options->stories->len; story++)
    if (!sim_results_judge (sweep->results, sweep->cursors[story].id, sweep->build,
                            sweep->judged[story].judged, SIM_PROMISES + 1, error))
      return false;
  memset (sweep->judged, 0, sweep->options->stories->len * sizeof *sweep->judged);
  return true;
}

static bool
save (Sweep *sweep, GError **error)
{
  sweep->saved_us = g_get_monotonic_time ();
  if (!sweep->results || sweep->unsaved->len == 0)
    return true;
  if (!sim_results_begin (sweep->results, error))
    return false;
  for (unsigned i = 0; i < sweep->unsaved->len; i++)
    {
      const SimTrialResult *result = sweep->unsaved->pdata[i];
      SimResultsRow row = row_of (sweep, result->plan, result);
      if (!sim_results_add (sweep->results, &row, error))
        return false;
    }
  if (!save_judged (sweep, error) || !sim_results_commit (sweep->results, error))
    return false;
  g_ptr_array_set_size (sweep->unsaved, 0);
  return true;
}

static bool
save_if_due (Sweep *sweep, GError **error)
{
  int64_t every_us = sweep->options->save_every_us;
  if (sweep->unsaved->len < SAVE_AT
      && g_get_monotonic_time () - sweep->saved_us < (every_us ? every_us : SAVE_EVERY_US))
    return true;
  return save (sweep, error);
}

/* What an earlier sweep has done counts, and what it found is told again at the end. */
typedef struct
{
  Sweep *sweep;
  unsigned story;
} Recall;

static bool
recall_run (const SimResultsRun *run, void *user_data)
{
  Recall *recall = user_data;
  const SimSweepOptions *options = recall->sweep->options;
  SimTrialResult result = { .seed = run->seed,
                            .promise = run->promise,
                            .marks = run->marks,
                            .events = run->events,
                            .simulated_us = run->simulated_us,
                            .real_us = run->real_us,
                            .cpu_us = run->cpu_us,
                            .text = (char *)run->text,
                            .signature = (char *)run->signature };
  if (run->seed < options->seed_first || run->seed > options->seed_last
      || !sim_trial_verdict_find (run->verdict, &result.verdict))
    return true;
  sim_sweep_tally_add (&recall->sweep->tally, recall->story, &result, false);
  recall->sweep->tally.sums[recall->story].before++;
  recall->sweep->tally.all.before++;
  return true;
}

static bool
recall (Sweep *sweep, unsigned story, GError **error)
{
  const SimSweepOptions *options = sweep->options;
  const SimSweepStory *about = options->stories->pdata[story];
  Cursor *cursor = &sweep->cursors[story];
  Recall what = { sweep, story };
  SimResultsFilter filter = { .build = options->build, .hash = about->about.hash };
  cursor->done = sim_results_seeds (sweep->results, cursor->id, sweep->build, options->seed_first,
                                    options->seed_last, error);
  return cursor->done
         && sim_results_judged (sweep->results, cursor->id, sweep->build,
                                sweep->tally.sums[story].judged, SIM_PROMISES + 1, error)
         && sim_results_each (sweep->results, &filter, recall_run, &what, error);
}

static bool
open_results (Sweep *sweep, GError **error)
{
  const SimSweepOptions *options = sweep->options;
  if (!options->results_file)
    return true;
  sweep->results = sim_results_create (options->results_file, error);
  if (!sweep->results)
    return false;
  sweep->build = sim_results_add_build (sweep->results, options->build, aemp_mark_texts,
                                        AEMP_MARKS_COUNT, error);
  for (unsigned i = 0; i < options->stories->len && sweep->build >= 0; i++)
    {
      const SimSweepStory *story = options->stories->pdata[i];
      sweep->cursors[i].id = sim_results_add_story (sweep->results, &story->about, error);
      if (sweep->cursors[i].id < 0 || (options->resume && !recall (sweep, i, error)))
        return false;
    }
  return sweep->build >= 0;
}

/* --- What is to be played
 * ---------------------------------------------------------------------------------- */

static bool
is_done (Cursor *cursor, uint64_t seed)
{
  const GArray *done = cursor->done;
  while (done && cursor->row < done->len && g_array_index (done, uint64_t, cursor->row + 1) < seed)
    cursor->row += 2;
  return done && cursor->row < done->len && g_array_index (done, uint64_t, cursor->row) <= seed;
}

/* Seeds and stories go round the shards together, so that each has its share of both. */
static bool
is_ours (const SimSweepOptions *options, unsigned story, uint64_t seed)
{
  return (seed % options->shards + story) % options->shards == options->shard - 1;
}

/* The story's next seed, if it has one for us. */
static void
advance (Sweep *sweep, unsigned story)
{
  const SimSweepOptions *options = sweep->options;
  Cursor *cursor = &sweep->cursors[story];
  uint64_t seed = cursor->next;
  cursor->over = seed == options->seed_last;
  cursor->next++;
  if (is_ours (options, story, seed) && !is_done (cursor, seed))
    sim_trials_submit (sweep->trials, cursor->plan, seed, 0);
}

static bool
is_all_submitted (const Sweep *sweep)
{
  return sweep->cursors[sweep->options->stories->len - 1].over;
}

static void
submit_more (Sweep *sweep)
{
  while (!is_all_submitted (sweep)
         && sim_trials_pending (sweep->trials) < sweep->options->jobs * AHEAD)
    {
      advance (sweep, sweep->turn);
      sweep->turn = (sweep->turn + 1) % sweep->options->stories->len;
    }
}

/* How many there are to be played, without those that were. */
static uint64_t
count_planned (const Sweep *sweep)
{
  const SimSweepOptions *options = sweep->options;
  uint64_t seeds = options->seed_last - options->seed_first; /* and one more */
  if (options->shards == 1)
    return (seeds + 1) * options->stories->len;
  uint64_t planned = 0;
  for (unsigned story = 0; story < options->stories->len; story++)
    {
      uint64_t skipped = 0;
      while (skipped <= seeds && !is_ours (options, story, options->seed_first + skipped))
        skipped++;
      planned += skipped <= seeds ? (seeds - skipped) / options->shards + 1 : 0;
    }
  return planned;
}

/* --- Repeating
 * -----------------------------------------------------------------------------------------------
 */

static void
repeat_free (void *memory)
{
  Repeat *entry = memory;
  sim_trial_result_free (entry->result);
  g_free (entry);
}

static bool
is_to_be_repeated (Sweep *sweep, const SimTrialResult *result)
{
  Cursor *cursor = &sweep->cursors[result->plan];
  uint64_t mixed = (result->seed ^ result->plan) * UINT64_C (0x9e3779b97f4a7c15);
  bool chosen = !cursor->repeated || (mixed >> 32) % 1000000 < sweep->options->repeat_ppm;
  if (!chosen || sweep->options->repeat_ppm == 0 || result->verdict >= SIM_TRIAL_CRASH)
    return false;
  cursor->repeated = true;
  return true;
}

static void
repeat (Sweep *sweep, SimTrialResult *result)
{
  Repeat *entry = g_new0 (Repeat, 1);
  *entry = (Repeat){ .result = result, .waiting = REPEATS };
  for (unsigned i = 0; i < REPEATS; i++)
    entry->trials[i]
        = sim_trials_submit (sweep->trials, result->plan, result->seed, SIM_TRIAL_FRESH);
  g_ptr_array_add (sweep->repeats, entry);
}

static Repeat *
find_repeat (const Sweep *sweep, unsigned trial)
{
  for (unsigned i = 0; i < sweep->repeats->len; i++)
    {
      Repeat *entry = sweep->repeats->pdata[i];
      for (unsigned j = 0; j < REPEATS; j++)
        if (entry->trials[j] == trial)
          return entry;
    }
  return NULL;
}

static void
compare (Sweep *sweep, SimTrialResult *one, const SimTrialResult *other)
{
  if (one->verdict == SIM_TRIAL_NOT_REPEATABLE
      || (one->verdict == other->verdict && strcmp (one->digest, other->digest) == 0))
    return;
  g_autofree char *was = g_steal_pointer (&one->text);
  g_free (one->signature);
  one->text = g_strdup_printf ("%s, digest %s; in a fresh process %s, digest %s",
                               was ? was : sim_trial_verdict_name (one->verdict), one->digest,
                               other->text ? other->text : sim_trial_verdict_name (other->verdict),
                               *other->digest ? other->digest : "none");
  one->signature = g_strdup ("not repeatable: another digest in a fresh process");
  one->verdict = SIM_TRIAL_NOT_REPEATABLE;
  sweep->tally.different++;
}

/* --- Playing
 * ---------------------------------------------------------------------------------------------------
 */

/* Nothing will change it any more. */
static void
finish (Sweep *sweep, SimTrialResult *result)
{
  sim_sweep_tally_add (&sweep->tally, result->plan, result, true);
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    sweep->judged[result->plan].judged[promise] += result->judged[promise];
  if (sweep->results)
    g_ptr_array_add (sweep->unsaved, result);
  else
    sim_trial_result_free (result);
}

/* A result from a fresh process. */
static void
take_repeated (Sweep *sweep, Repeat *entry, SimTrialResult *result)
{
  compare (sweep, entry->result, result);
  sim_trial_result_free (result);
  if (--entry->waiting > 0)
    return;
  sweep->tally.repeated++;
  finish (sweep, g_steal_pointer (&entry->result));
  g_ptr_array_remove_fast (sweep->repeats, entry);
}

static void
take (Sweep *sweep, SimTrialResult *result)
{
  Repeat *entry = find_repeat (sweep, result->number);
  if (entry)
    take_repeated (sweep, entry, result);
  else if (is_to_be_repeated (sweep, result))
    repeat (sweep, result);
  else
    finish (sweep, result);
}

/* Is it time to end?  A second signal is not waited for: nothing takes long from here. */
static bool
is_over (Sweep *sweep, int signals)
{
  const SimSweepOptions *options = sweep->options;
  struct signalfd_siginfo signal;
  if (read (signals, &signal, sizeof signal) == sizeof signal)
    sweep->tally.ended_by = (int)signal.ssi_signo;
  sweep->tally.out_of_time
      = options->time_limit_us > 0
        && g_get_monotonic_time () - sweep->tally.began_us >= options->time_limit_us;
  return sweep->tally.ended_by || sweep->tally.out_of_time;
}

static bool
play_all (Sweep *sweep, int signals, GError **error)
{
  bool good = true;
  while (good && !is_over (sweep, signals))
    {
      submit_more (sweep);
      SimTrialResult *result = sim_trials_next (sweep->trials, TELL_EVERY_US);
      if (result)
        take (sweep, result);
      else if (sim_trials_pending (sweep->trials) == 0 && is_all_submitted (sweep))
        break;
      good = save_if_due (sweep, error);
      sim_sweep_tell_progress (&sweep->tally);
    }
  return save (sweep, good ? error : NULL) && good;
}

/* --- Putting it together
 * ------------------------------------------------------------------------------------------ */

static int
open_signals (void)
{
  sigset_t signals;
  sigemptyset (&signals);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGHUP);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  return signalfd (-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void
sweep_init (Sweep *sweep, const SimSweepOptions *options, int signals)
{
  unsigned count = options->stories->len;
  *sweep
      = (Sweep){ .options = options,
                 .cursors = g_new0 (Cursor, count),
                 .repeats = g_ptr_array_new_with_free_func (repeat_free),
                 .unsaved = g_ptr_array_new_with_free_func ((GDestroyNotify)sim_trial_result_free),
                 .judged = g_new0 (SimSweepSum, count) };
  sim_sweep_tally_init (&sweep->tally, options);
  sweep->trials = sim_trials_new (&(SimTrialsOptions){ .jobs = options->jobs,
                                                       .hang_us = options->hang_us,
                                                       .memory_bytes = options->memory_bytes,
                                                       .play = options->play,
                                                       .wake_fd = signals,
                                                       .fresh_command = options->fresh_command });
  for (unsigned i = 0; i < count; i++)
    {
      const SimSweepStory *story = options->stories->pdata[i];
      sweep->cursors[i].next = options->seed_first;
      sweep->cursors[i].plan = sim_trials_add_plan (sweep->trials, &story->plan);
    }
  sweep->tally.planned = count_planned (sweep);
}

static void
sweep_clear (Sweep *sweep)
{
  sim_trials_free (sweep->trials);
  for (unsigned i = 0; i < sweep->options->stories->len; i++)
    if (sweep->cursors[i].done)
      g_array_unref (sweep->cursors[i].done);
  g_free (sweep->cursors);
  g_free (sweep->judged);
  g_ptr_array_unref (sweep->repeats);
  g_ptr_array_unref (sweep->unsaved);
  sim_sweep_tally_clear (&sweep->tally);
  sim_results_free (sweep->results);
}

static int
exit_status (const SimSweepTally *tally)
{
  if (tally->worst == SIM_STATUS_OK && tally->ended_by)
    return 128 + tally->ended_by;
  return (int)tally->worst;
}

int
sim_sweep (const SimSweepOptions *options)
{
  g_autoptr (GError) error = NULL;
  int signals = open_signals ();
  Sweep sweep;
  sweep_init (&sweep, options, signals);
  bool open = open_results (&sweep, &error);
  bool good = open && play_all (&sweep, signals, &error);
  if (open)
    sim_sweep_tell_end (&sweep.tally);
  int status = exit_status (&sweep.tally);
  if (!good)
    {
      fprintf (stderr, "aemp sweep: %s\n", error->message);
      status = SIM_SWEEP_ERROR_RESULTS;
    }
  sweep_clear (&sweep);
  close (signals);
  return status;
}

char *
sim_sweep_build_name (void)
{
  g_autofree char *bytes = NULL;
  size_t length;
  if (!g_file_get_contents ("/proc/self/exe", &bytes, &length, NULL))
    return g_strdup (AEMP_VERSION);
  g_autofree char *hash
      = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)bytes, length);
  return g_strdup_printf ("%s-%.8s", AEMP_VERSION, hash);
}
