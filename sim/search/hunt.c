/* sim/search/hunt.c - looks for planted bugs, each in a process of its own. */

#include "sim/search/hunt.h"

#include "engine/error.h"
#include "scenarios/scenario.h"
#include "sim/actors/actors.h"
#include "sim/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANG_SECONDS 10.0 /* for one run: the longest of the catalogue takes a fraction of one */
#define MEMORY_MAX_BYTES ((rlim_t)3 << 30)
#define TEXT_MAX_BYTES 400
#define BY_MAX_BYTES 40
/* How the catalogue names who should notice besides scenarios: a program of the unit tests, or a
 * group of the scripts about sockets, which the simulated world plays. */
#define OWN_TEST "test "
#define OWN_PARITY "parity "
#define PARITY_FOLDER "tests/parity"
#define OWN_TEST_SECONDS 60
#define REPEAT_EVERY 16 /* so many runs: one is played twice */

typedef struct
{
  Scenario *scenario;
  const char *file;
  uint64_t cost; /* events of the world */
} Story;

/* What a process says: plain data, written at once.  One before each run, one when it is over. */
typedef struct
{
  unsigned story;
  uint64_t seed;
  bool over;
  bool found;
  bool acted;
  char by[BY_MAX_BYTES];
  char text[TEXT_MAX_BYTES];
} Word;

typedef struct
{
  AempPlanted planted;
  pid_t process; /* 0: not begun, or over */
  int pipe;
  Word last;
  size_t partial; /* bytes of `last` that have come */
  Word now;       /* the run that is under way */
  bool done;
  bool acted;
  unsigned runs;
  double began;
  double heard;
  SimHuntResult result;
  char by[BY_MAX_BYTES];
  char text[TEXT_MAX_BYTES];
} Quarry;

struct SimHunt
{
  GArray *stories; /* of Story, the cheapest first */
  SimHuntLimits limits;
  GPtrArray *quarries;
  unsigned told;
};

static double
seconds_now (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- Stories -------------------------------------------------------------------------------------
 */

static int
compare_stories (const void *one, const void *other)
{
  const Story *a = one;
  const Story *b = other;
  return a->cost != b->cost ? (a->cost > b->cost) - (a->cost < b->cost) : strcmp (a->file, b->file);
}

static bool
add_story (SimHunt *hunt, const char *file, GError **error)
{
  Story story = { .file = file, .scenario = scenario_load (file, sim_actor_kinds, error) };
  if (!story.scenario)
    return false;
  g_autoptr (SimResult) result = sim_run (story.scenario, &(SimRunOptions){ .seed = 1 });
  story.cost = result->world_events;
  g_array_append_val (hunt->stories, story);
  if (sim_result_status (result) == SIM_STATUS_OK)
    return true;
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG,
               "%s fails without any planted bug, so it proves nothing", file);
  return false;
}

static void
quarry_free (void *memory)
{
  Quarry *quarry = memory;
  if (quarry->process)
    {
      kill (quarry->process, SIGKILL);
      waitpid (quarry->process, NULL, 0);
      close (quarry->pipe);
    }
  g_free (quarry);
}

static void
story_clear (void *memory)
{
  scenario_free (((Story *)memory)->scenario);
}

SimHunt *
sim_hunt_new (const GPtrArray *files, const SimHuntLimits *limits, GError **error)
{
  g_autoptr (SimHunt) hunt = g_new0 (SimHunt, 1);
  hunt->limits = *limits;
  hunt->quarries = g_ptr_array_new_with_free_func (quarry_free);
  hunt->stories = g_array_new (FALSE, FALSE, sizeof (Story));
  g_array_set_clear_func (hunt->stories, story_clear);
  for (unsigned i = 0; i < files->len; i++)
    if (!add_story (hunt, files->pdata[i], error))
      return NULL;
  g_array_sort (hunt->stories, compare_stories);
  return g_steal_pointer (&hunt);
}

void
sim_hunt_free (SimHunt *hunt)
{
  if (!hunt)
    return;
  g_ptr_array_unref (hunt->quarries);
  g_array_unref (hunt->stories);
  g_free (hunt);
}

void
sim_hunt_add (SimHunt *hunt, AempPlanted planted)
{
  Quarry *quarry = g_new0 (Quarry, 1);
  quarry->planted = planted;
  /* Where all else is right, no scenario shows that a checker is blind. */
  quarry->done = aemp_planted_info (planted)->origin == AEMP_PLANTED_FROM_CHECKERS;
  g_ptr_array_add (hunt->quarries, quarry);
}

/* --- In the quarry's process ---------------------------------------------------------------------
 */

/* What noticed it, in a few words. */
static void
judge (const SimResult *result, Word *word)
{
  word->found = true;
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (result->findings.breaches[promise] > 0)
      {
        const SimBreach *breach = result->findings.kept->pdata[0];
        g_snprintf (word->by, sizeof word->by, "promise %d, %s", promise,
                    sim_promise_name (promise));
        g_strlcpy (word->text, breach->text, sizeof word->text);
        return;
      }
  if (result->broken > 0)
    {
      g_strlcpy (word->by, "an actor", sizeof word->by);
      g_strlcpy (word->text, result->first_broken, sizeof word->text);
    }
  else if (result->trouble)
    {
      g_strlcpy (word->by, "a node did not start", sizeof word->by);
      g_strlcpy (word->text, result->trouble, sizeof word->text);
    }
  else
    {
      const SimMissed *missed = result->missed->pdata[0];
      bool whole = missed->expect->kind == SCENARIO_EXPECT_WHOLE;
      g_strlcpy (word->by, whole ? "no progress" : "expectation", sizeof word->by);
      g_strlcpy (word->text, missed->text, sizeof word->text);
    }
}

static bool
is_repeated (const Scenario *scenario, const SimRunOptions *options, const SimResult *result)
{
  g_autoptr (SimResult) again = sim_run (scenario, options);
  return memcmp (&again->digest, &result->digest, sizeof result->digest) == 0;
}

static void
play (const Story *story, const char *bug, unsigned run, Word *word)
{
  const char *const planted[] = { bug, NULL };
  SimRunOptions options = { .seed = word->seed, .planted = planted };
  g_autoptr (SimResult) result = sim_run (story->scenario, &options);
  word->over = true;
  word->acted = result->planted_us >= 0;
  if (sim_result_status (result) != SIM_STATUS_OK)
    judge (result, word);
  else if (run % REPEAT_EVERY == 0 && !is_repeated (story->scenario, &options, result))
    {
      word->found = true;
      g_strlcpy (word->by, "not repeatable", sizeof word->by);
    }
}

G_GNUC_NORETURN static void
be_quarry (const SimHunt *hunt, AempPlanted planted, int out)
{
  const char *bug = aemp_planted_info (planted)->name;
  struct rlimit memory = { MEMORY_MAX_BYTES, MEMORY_MAX_BYTES };
  struct rlimit none = { 0, 0 };
  int nowhere = open ("/dev/null", O_WRONLY);
  setrlimit (RLIMIT_AS, &memory);
  setrlimit (RLIMIT_CORE, &none);
  dup2 (nowhere, STDERR_FILENO); /* broken assertions are expected here */
  dup2 (nowhere, STDOUT_FILENO);
  for (unsigned run = 0;; run++)
    {
      Word word = { .story = run % hunt->stories->len, .seed = 1 + run / hunt->stories->len };
      if (write (out, &word, sizeof word) != sizeof word)
        _exit (1);
      play (&g_array_index (hunt->stories, Story, word.story), bug, run, &word);
      if (write (out, &word, sizeof word) != sizeof word)
        _exit (1);
    }
}

/* --- In ours
 * --------------------------------------------------------------------------------------- */

static void
begin (const SimHunt *hunt, Quarry *quarry)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    g_error ("pipe: %s", g_strerror (errno));
  quarry->process = fork ();
  if (quarry->process < 0)
    g_error ("fork: %s", g_strerror (errno));
  if (quarry->process == 0)
    {
      close (ends[0]);
      be_quarry (hunt, quarry->planted, ends[1]);
    }
  close (ends[1]);
  quarry->pipe = ends[0];
  quarry->began = quarry->heard = seconds_now ();
}

/* Ends its process; gives how that ended. */
static int
end (Quarry *quarry)
{
  int status = 0;
  kill (quarry->process, SIGKILL);
  while (waitpid (quarry->process, &status, 0) < 0 && errno == EINTR)
    continue;
  close (quarry->pipe);
  quarry->process = 0;
  quarry->done = true;
  return status;
}

static void
conclude (const SimHunt *hunt, Quarry *quarry, const Word *word)
{
  quarry->result = (SimHuntResult){ .found = word->found,
                                    .acted = quarry->acted || word->found,
                                    .runs = quarry->runs,
                                    .seconds = seconds_now () - quarry->began };
  if (!word->found)
    return;
  quarry->result.scenario = g_array_index (hunt->stories, Story, word->story).file;
  quarry->result.seed = word->seed;
  g_strlcpy (quarry->by, word->by, sizeof quarry->by);
  g_strlcpy (quarry->text, word->text, sizeof quarry->text);
  quarry->result.by = quarry->by;
  quarry->result.text = quarry->text;
}

/* The run that is under way is the last one of its process. */
static void
conclude_by (const SimHunt *hunt, Quarry *quarry, const char *by)
{
  Word word = quarry->now;
  word.found = true;
  g_strlcpy (word.by, by, sizeof word.by);
  quarry->runs++;
  conclude (hunt, quarry, &word);
}

static void
hear (const SimHunt *hunt, Quarry *quarry, const Word *word)
{
  quarry->heard = seconds_now ();
  quarry->now = *word;
  if (!word->over)
    return;
  quarry->runs++;
  quarry->acted |= word->acted;
  if (word->found || quarry->runs >= hunt->limits.runs
      || quarry->heard - quarry->began >= hunt->limits.seconds)
    {
      end (quarry);
      conclude (hunt, quarry, word);
    }
}

static void
listen_to (const SimHunt *hunt, Quarry *quarry)
{
  char *place = (char *)&quarry->last + quarry->partial;
  ssize_t length = read (quarry->pipe, place, sizeof quarry->last - quarry->partial);
  if (length < 0 && errno == EINTR)
    return;
  if (length <= 0)
    {
      int status = end (quarry);
      g_autofree char *by
          = WIFSIGNALED (status) && WTERMSIG (status) != SIGKILL
                ? g_strdup_printf ("crash, %s", sigabbrev_np (WTERMSIG (status)) ?: "")
                : g_strdup ("crash");
      conclude_by (hunt, quarry, by);
      return;
    }
  quarry->partial += (size_t)length;
  if (quarry->partial < sizeof quarry->last)
    return;
  quarry->partial = 0;
  hear (hunt, quarry, &quarry->last);
}

static void
look_at_clock (const SimHunt *hunt, Quarry *quarry)
{
  if (seconds_now () - quarry->heard < HANG_SECONDS)
    return;
  end (quarry);
  conclude_by (hunt, quarry, "hang");
}

/* --- A part's own tests
 * ------------------------------------------------------------------------------- */

static void
plant_in_environment (void *bug)
{
  if (bug)
    setenv ("AEMP_PLANTED", bug, 1);
  alarm (OWN_TEST_SECONDS);
}

/* What it says; NULL: it fails, or there is no such program. */
static char *
says (const char *const *arguments, const char *bug)
{
  g_autofree char *text = NULL;
  int status = -1;
  if (g_spawn_sync (NULL, (char **)arguments, NULL, G_SPAWN_STDERR_TO_DEV_NULL,
                    plant_in_environment, (void *)bug, &text, NULL, &status, NULL)
      && status == 0)
    return g_steal_pointer (&text);
  return NULL;
}

/* How that is called; NULL: scenarios have to notice. */
static char **
own_test (const char *noticed)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GStrvBuilder) arguments = g_strv_builder_new ();
  if (self && g_str_has_prefix (noticed, OWN_TEST))
    {
      g_autofree char *folder = g_path_get_dirname (self);
      g_autofree char *program
          = g_strdup_printf ("%s/tests/unit/test-%s", folder, noticed + strlen (OWN_TEST));
      g_strv_builder_add (arguments, program);
    }
  else if (self && g_str_has_prefix (noticed, OWN_PARITY))
    {
      g_autofree char *scripts
          = g_strdup_printf ("%s/%s.tcp", PARITY_FOLDER, noticed + strlen (OWN_PARITY));
      g_strv_builder_add_many (arguments, self, "parity", "--simulated", "--tap", scripts, NULL);
    }
  else
    return NULL;
  return g_strv_builder_end (arguments);
}

/* As a matter of course it has to pass without the bug.  Of scripts it is told which differ from
 * the kernel, and some do, for a reason; with the bug there are others. */
static void
ask_own_test (Quarry *quarry)
{
  const AempPlantedInfo *info = aemp_planted_info (quarry->planted);
  g_auto (GStrv) call = own_test (info->noticed);
  if (!call)
    return;
  bool told = g_str_has_prefix (info->noticed, OWN_PARITY);
  g_autofree char *without = says ((const char *const *)call, NULL);
  g_autofree char *with = without ? says ((const char *const *)call, info->name) : NULL;
  if (!without || (with && (!told || strcmp (with, without) == 0)))
    return;
  quarry->result.found = quarry->result.acted = true;
  g_snprintf (quarry->by, sizeof quarry->by, "its own %s", info->noticed);
  quarry->result.by = quarry->by;
}

/* What is done is told in order. */
static void
tell (SimHunt *hunt, SimHuntTake take, void *user_data)
{
  while (hunt->told < hunt->quarries->len)
    {
      Quarry *quarry = hunt->quarries->pdata[hunt->told];
      if (!quarry->done)
        return;
      hunt->told++;
      if (!quarry->result.found)
        ask_own_test (quarry);
      take (quarry->planted, &quarry->result, user_data);
    }
}

static void
wait_for_news (SimHunt *hunt)
{
  g_autoptr (GArray) fds = g_array_new (FALSE, TRUE, sizeof (struct pollfd));
  g_autoptr (GPtrArray) running = g_ptr_array_new ();
  for (unsigned i = 0; i < hunt->quarries->len; i++)
    {
      Quarry *quarry = hunt->quarries->pdata[i];
      if (!quarry->process)
        continue;
      struct pollfd fd = { .fd = quarry->pipe, .events = POLLIN };
      g_array_append_val (fds, fd);
      g_ptr_array_add (running, quarry);
    }
  poll ((struct pollfd *)(void *)fds->data, fds->len, 200);
  for (unsigned i = 0; i < running->len; i++)
    if (g_array_index (fds, struct pollfd, i).revents)
      listen_to (hunt, running->pdata[i]);
    else
      look_at_clock (hunt, running->pdata[i]);
}

static unsigned
begin_some (SimHunt *hunt, unsigned jobs)
{
  unsigned running = 0;
  for (unsigned i = 0; i < hunt->quarries->len; i++)
    running += ((const Quarry *)hunt->quarries->pdata[i])->process != 0;
  for (unsigned i = 0; i < hunt->quarries->len && running < jobs; i++)
    {
      Quarry *quarry = hunt->quarries->pdata[i];
      if (quarry->done || quarry->process)
        continue;
      begin (hunt, quarry);
      running++;
    }
  return running;
}

void
sim_hunt_all (SimHunt *hunt, unsigned jobs, SimHuntTake take, void *user_data)
{
  fflush (NULL);
  while (begin_some (hunt, jobs) > 0)
    {
      wait_for_news (hunt);
      tell (hunt, take, user_data);
    }
  tell (hunt, take, user_data);
}
