/* sim/search/trials.c - the worker processes, and which of them plays what. */

#include "sim/search/signature.h"
#include "sim/search/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#define HANG_US (10 * G_USEC_PER_SEC)
#define HANG_REAL_TIMES 6 /* of it, for a process that does nothing at all */
#define MEMORY_BYTES (UINT64_C (2) << 30)
#define WATCH_EVERY_US (100 * 1000)
#define KILLS_MAX 3    /* by somebody else, of one trial, before it is to blame */
#define AHEAD_US 10000 /* of work that waits in a process' channel */
#define AHEAD_MAX 16

typedef struct
{
  unsigned number;
  unsigned plan;
  uint64_t seed;
  SimTrialFlags flags;
  bool alone;      /* it crashed, or hung; a new process plays it once more */
  char *suspicion; /* … what was wrong then */
  unsigned kills;
} Trial;

typedef struct
{
  pid_t pid;
  int channel;
  int report_fd;
  volatile SimPulse *pulse;
  int pulse_fd; /* -1: it has inherited the pulse */
  unsigned plans_known;
  bool fresh;    /* plays one trial only */
  bool worn_out; /* plays no more: what is wrong with it would be said again and again */
  unsigned played;
  GQueue given;               /* of Trial: at the head what it plays */
  SimTrialVerdict killed_for; /* by us; OK: not */
  unsigned killed_at;         /* … the number of the trial */
  /* As it was when virtual time moved last: */
  SimPulse seen;
  int64_t seen_cpu_us;
  int64_t seen_real_us;
} Process;

struct SimTrials
{
  SimTrialsOptions options;
  GPtrArray *plans;     /* of SimTrialPlan: copies, as their addresses have to stay */
  GPtrArray *processes; /* of Process */
  GQueue waiting;       /* of Trial */
  GQueue ready;         /* of SimTrialResult, by number when ordered */
  unsigned submitted;
  unsigned returned;
  unsigned begun;   /* processes */
  int64_t usual_us; /* how long a trial takes, lately */
  int64_t watched_us;
};

static void
trial_free (Trial *trial)
{
  g_free (trial->suspicion);
  g_free (trial);
}

/* --- Processes
 * ------------------------------------------------------------------------------------------ */

static void
close_others (SimTrials *trials, const Process *own)
{
  for (unsigned i = 0; i < trials->processes->len; i++)
    {
      const Process *process = trials->processes->pdata[i];
      if (process != own)
        {
          close (process->channel);
          close (process->report_fd);
        }
    }
}

/* What has to be so in every worker: it dies with its parent, says nothing to anybody else, leaves
 * no core dump behind, and hears nothing of what is typed on the terminal. */
static void
become_worker (const Process *process, pid_t parent)
{
  sigset_t none;
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  signal (SIGINT, SIG_IGN);
  signal (SIGTERM, SIG_DFL);
  signal (SIGPIPE, SIG_DFL);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != parent)
    _exit (0);
  setrlimit (RLIMIT_CORE, &(struct rlimit){ 0, 0 });
  int nothing = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || dup2 (nothing, STDIN_FILENO) < 0
      || dup2 (process->report_fd, STDOUT_FILENO) < 0
      || dup2 (process->report_fd, STDERR_FILENO) < 0)
    _exit (SIM_STATUS_CRASH);
}

/* Whatever a run must not depend on is another thing in each fresh process. */
static char **
disguise (unsigned number)
{
  static const char *const zones[]
      = { "Asia/Kathmandu", "America/St_Johns", "UTC", "Pacific/Apia" };
  static const char *const locales[] = { "C", "de_DE.UTF-8", "C.UTF-8", "tr_TR.UTF-8" };
  char **environment = g_get_environ ();
  g_autofree char *filler = g_strnfill (number * 37 % 4096, 'x');
  environment = g_environ_setenv (environment, "TZ", zones[number % 4], TRUE);
  environment = g_environ_setenv (environment, "LC_ALL", locales[number / 4 % 4], TRUE);
  return g_environ_setenv (environment, "AEMP_FILLER", filler, TRUE);
}

static void
become_fresh (SimTrials *trials, const Process *process, int channel)
{
  static const char *const usual[] = { "/proc/self/exe", "sweep", "--serve", NULL };
  const char *const *command
      = trials->options.fresh_command ? trials->options.fresh_command : usual;
  g_auto (GStrv) environment = disguise (trials->begun);
  /* Out of the way first: they may have each other's numbers. */
  channel = fcntl (channel, F_DUPFD_CLOEXEC, 16);
  int pulse = fcntl (process->pulse_fd, F_DUPFD_CLOEXEC, 16);
  if (dup2 (channel, SIM_WORKER_CHANNEL_FD) >= 0 && dup2 (pulse, SIM_WORKER_PULSE_FD) >= 0)
    execve (command[0], (char *const *)command, environment);
  fprintf (stderr, "ERROR **: cannot start %s: %s\n", command[0], g_strerror (errno));
  _exit (SIM_STATUS_CRASH);
}

static void
work (SimTrials *trials, const Process *process, int channel)
{
  struct rlimit memory = { trials->options.memory_bytes * 2, trials->options.memory_bytes * 2 };
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  setrlimit (RLIMIT_DATA, &memory); /* for those that are quicker than we look */
#endif
  (void)memory;
  sim_worker_serve (&(SimWorker){ .plans = (const SimTrialPlan *const *)trials->plans->pdata,
                                  .plans_count = trials->plans->len,
                                  .play = trials->options.play,
                                  .channel = channel,
                                  .pulse = process->pulse });
  _exit (0);
}

/* Nothing of this can be missing in a system that works. */
static int
need (int result, const char *what)
{
  if (result < 0)
    g_error ("no worker process can be started: %s: %s", what, g_strerror (errno));
  return result;
}

static void
open_process (Process *process, int channels[2])
{
  need (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channels), "socketpair");
  process->channel = channels[0];
  process->report_fd = need (memfd_create ("report", MFD_CLOEXEC), "memfd_create");
  need (fcntl (process->report_fd, F_SETFL, O_APPEND), "O_APPEND");
  process->pulse_fd = need (memfd_create ("pulse", MFD_CLOEXEC), "memfd_create");
  need (ftruncate (process->pulse_fd, sizeof (SimPulse)), "ftruncate");
  void *pulse
      = mmap (NULL, sizeof (SimPulse), PROT_READ | PROT_WRITE, MAP_SHARED, process->pulse_fd, 0);
  need (pulse == MAP_FAILED ? -1 : 0, "mmap");
  process->pulse = pulse;
}

static Process *
process_begin (SimTrials *trials, bool fresh)
{
  Process *process = g_new0 (Process, 1);
  int channels[2];
  pid_t parent = getpid ();
  process->fresh = fresh;
  process->plans_known = trials->plans->len;
  g_queue_init (&process->given);
  open_process (process, channels);
  trials->begun++;
  process->pid = need (fork (), "fork");
  if (process->pid == 0)
    {
      become_worker (process, parent);
      close_others (trials, process);
      close (channels[0]);
      if (fresh)
        become_fresh (trials, process, channels[1]);
      work (trials, process, channels[1]);
    }
  close (channels[1]);
  g_ptr_array_add (trials->processes, process);
  return process;
}

/* Returns how it ended. */
static int
process_end (SimTrials *trials, Process *process)
{
  int status = 0;
  kill (process->pid, SIGKILL); /* in vain if it is dead: then its status is what it was */
  while (waitpid (process->pid, &status, 0) < 0 && errno == EINTR)
    ;
  close (process->channel);
  close (process->report_fd);
  close (process->pulse_fd);
  munmap ((void *)process->pulse, sizeof (SimPulse));
  g_queue_clear_full (&process->given, (GDestroyNotify)trial_free);
  g_ptr_array_remove_fast (trials->processes, process);
  g_free (process);
  return status;
}

/* --- Make and free
 * ---------------------------------------------------------------------------------------- */

SimTrials *
sim_trials_new (const SimTrialsOptions *options)
{
  SimTrials *trials = g_new0 (SimTrials, 1);
  trials->options = *options;
  trials->options.jobs = MAX (options->jobs, 1);
  if (!options->play)
    trials->options.play = sim_trial_play;
  if (options->hang_us == 0)
    trials->options.hang_us = HANG_US;
  if (options->memory_bytes == 0)
    trials->options.memory_bytes = MEMORY_BYTES;
  trials->plans = g_ptr_array_new_with_free_func (g_free);
  trials->processes = g_ptr_array_new ();
  g_queue_init (&trials->waiting);
  g_queue_init (&trials->ready);
  return trials;
}

void
sim_trials_free (SimTrials *trials)
{
  if (!trials)
    return;
  while (trials->processes->len > 0)
    process_end (trials, trials->processes->pdata[0]);
  g_queue_clear_full (&trials->waiting, (GDestroyNotify)trial_free);
  g_queue_clear_full (&trials->ready, (GDestroyNotify)sim_trial_result_free);
  g_ptr_array_unref (trials->plans);
  g_ptr_array_unref (trials->processes);
  g_free (trials);
}

unsigned
sim_trials_add_plan (SimTrials *trials, const SimTrialPlan *plan)
{
  g_ptr_array_add (trials->plans, g_memdup2 (plan, sizeof *plan));
  return trials->plans->len - 1;
}

unsigned
sim_trials_submit (SimTrials *trials, unsigned plan, uint64_t seed, SimTrialFlags flags)
{
  Trial *trial = g_new0 (Trial, 1);
  *trial = (Trial){ .number = trials->submitted++, .plan = plan, .seed = seed, .flags = flags };
  g_queue_push_tail (&trials->waiting, trial);
  return trial->number;
}

unsigned
sim_trials_pending (const SimTrials *trials)
{
  return trials->submitted - trials->returned;
}

unsigned
sim_trials_processes (const SimTrials *trials)
{
  return trials->begun;
}

/* --- Who plays what
 * ----------------------------------------------------------------------------------------- */

/* How many trials a process may have in its channel besides the one that it plays: so many that it
 * need not wait for us, so few that another one is not idle in the end. */
static unsigned
ahead (const SimTrials *trials)
{
  int64_t by_time = AHEAD_US / MAX (trials->usual_us, 1);
  unsigned by_work = trials->waiting.length / (2 * trials->options.jobs);
  return MIN (by_work, (unsigned)CLAMP (by_time, 1, AHEAD_MAX));
}

static void
give (SimTrials *trials, Process *process, Trial *trial)
{
  SimTrialRequest request = { .number = trial->number, .plan = trial->plan, .seed = trial->seed };
  if (process->given.length == 0)
    process->seen_real_us = 0; /* the watch begins anew */
  g_queue_push_tail (&process->given, trial);
  if (process->fresh)
    {
      request.plan = 0;
      sim_worker_send_plan (process->channel, trials->plans->pdata[trial->plan]);
    }
  sim_worker_send (process->channel, &request, sizeof request); /* if it is dead we hear of it */
}

static bool
may_play (const Process *process, const Trial *trial)
{
  return !process->fresh && !process->worn_out && process->killed_for == SIM_TRIAL_OK
         && trial->plan < process->plans_known;
}

/* The process with the least to do of those that may play it. */
static Process *
find_process (SimTrials *trials, const Trial *trial)
{
  Process *best = NULL;
  for (unsigned i = 0; i < trials->processes->len; i++)
    {
      Process *process = trials->processes->pdata[i];
      if (may_play (process, trial) && (!best || process->given.length < best->given.length))
        best = process;
    }
  return best;
}

static Process *
find_idle (SimTrials *trials)
{
  for (unsigned i = 0; i < trials->processes->len; i++)
    if (((Process *)trials->processes->pdata[i])->given.length == 0)
      return trials->processes->pdata[i];
  return NULL;
}

/* A new process, if there may be one; one that has nothing to do gives way. */
static Process *
make_room (SimTrials *trials, bool fresh)
{
  Process *idle = find_idle (trials);
  if (trials->processes->len >= trials->options.jobs && idle)
    process_end (trials, idle);
  return trials->processes->len < trials->options.jobs ? process_begin (trials, fresh) : NULL;
}

static Process *
process_for (SimTrials *trials, const Trial *trial)
{
  bool fresh = trial->flags & SIM_TRIAL_FRESH;
  if (fresh || trial->alone)
    return make_room (trials, fresh);
  Process *process = find_process (trials, trial);
  if (process && process->given.length == 0)
    return process;
  Process *another = make_room (trials, false);
  if (another)
    return another;
  return process && process->given.length <= ahead (trials) ? process : NULL;
}

static void
give_all (SimTrials *trials)
{
  while (trials->waiting.length > 0)
    {
      Process *process = process_for (trials, g_queue_peek_head (&trials->waiting));
      if (!process)
        return;
      give (trials, process, g_queue_pop_head (&trials->waiting));
    }
}

/* --- Results
 * ---------------------------------------------------------------------------------------------------
 */

static int
compare_numbers (const void *one, const void *other, void *user_data)
{
  const SimTrialResult *a = one, *b = other;
  return a->number < b->number ? -1 : a->number > b->number;
}

/* Crashed once, and not when a new process played it: then what was played before has left
 * something behind, or it depends on the address layout, and that is worse than a crash. */
static void
confirm (SimTrialResult *result, const Trial *trial)
{
  if (!trial->suspicion || result->verdict >= SIM_TRIAL_CRASH)
    return;
  result->verdict = SIM_TRIAL_NOT_REPEATABLE;
  g_free (result->text);
  g_free (result->signature);
  result->text = g_strdup_printf ("%s; but not when a new process played it", trial->suspicion);
  result->signature = sim_signature (NULL, "not repeatable", trial->suspicion);
}

static void
finish (SimTrials *trials, Trial *trial, SimTrialResult *result)
{
  result->number = trial->number;
  result->plan = trial->plan;
  result->seed = trial->seed;
  confirm (result, trial);
  trial_free (trial);
  if (trials->options.ordered)
    g_queue_insert_sorted (&trials->ready, result, compare_numbers, NULL);
  else
    g_queue_push_tail (&trials->ready, result);
}

static SimTrialResult *
pop_ready (SimTrials *trials)
{
  SimTrialResult *first = g_queue_peek_head (&trials->ready);
  if (!first || (trials->options.ordered && first->number != trials->returned))
    return NULL;
  trials->returned++;
  return g_queue_pop_head (&trials->ready);
}

/* --- Deaths
 * ------------------------------------------------------------------------------------------------------
 */

static void
tell (SimTrialResult *result, SimTrialVerdict verdict, const char *text)
{
  result->verdict = verdict;
  result->text = g_strdup (text);
  result->signature = sim_signature (NULL, sim_trial_verdict_name (verdict), text);
}

static void
tell_of_hang (SimTrialResult *result, const Process *process)
{
  bool busy = process->pulse->world_events > process->seen.world_events;
  g_autofree char *text = g_strdup_printf (
      "virtual time stands still at %.6f s, %s", (double)process->pulse->now_us / 1e6,
      busy ? "and event follows event" : "in the middle of an event");
  tell (result, SIM_TRIAL_HANG, text);
}

static void
tell_of_death (SimTrialResult *result, int status)
{
  g_autofree char *line = result->report ? sim_signature_of_report (result->report) : NULL;
  g_autofree char *text = NULL;
  if (WIFSIGNALED (status))
    text = g_strdup_printf ("%s%skilled by signal %d, SIG%s", line ? line : "", line ? "; " : "",
                            WTERMSIG (status), sigabbrev_np (WTERMSIG (status)));
  else
    text = g_strdup_printf ("%s%sended with status %d", line ? line : "", line ? "; " : "",
                            WEXITSTATUS (status));
  if (result->report && sim_report_is_sanitizers (result->report))
    tell (result, SIM_TRIAL_SANITIZER, line ? line : text);
  else if (result->report && sim_report_is_of_memory (result->report))
    tell (result, SIM_TRIAL_MEMORY, line ? line : text);
  else
    tell (result, SIM_TRIAL_CRASH, text);
}

static SimTrialResult *
autopsy (const Process *process, char *report, int status)
{
  SimTrialResult *result = g_new0 (SimTrialResult, 1);
  result->simulated_us = process->pulse->now_us;
  result->planted_us = -1;
  result->report = report;
  if (process->killed_for == SIM_TRIAL_HANG)
    tell_of_hang (result, process);
  else if (process->killed_for == SIM_TRIAL_MEMORY)
    tell (result, SIM_TRIAL_MEMORY, "the process had more memory than it may have");
  else
    tell_of_death (result, status);
  return result;
}

/* Somebody else killed it, or we did when it was just done with another one: that is no fault of
 * the trial's. */
static bool
is_from_outside (const Process *process, const Trial *trial, int status)
{
  if (process->killed_for != SIM_TRIAL_OK)
    return trial && trial->number != process->killed_at;
  return WIFSIGNALED (status) && (WTERMSIG (status) == SIGKILL || WTERMSIG (status) == SIGTERM);
}

static void
once_more (SimTrials *trials, Trial *trial, SimTrialResult *result)
{
  trial->alone = true;
  g_free (trial->suspicion);
  trial->suspicion = g_strdup (result->text);
  sim_trial_result_free (result);
  g_queue_push_head (&trials->waiting, trial);
}

static void
bury (SimTrials *trials, Process *process)
{
  bool is_first = process->played == 0;
  Trial *trial = g_queue_pop_head (&process->given);
  while (process->given.length > 0)
    g_queue_push_head (&trials->waiting, g_queue_pop_tail (&process->given));
  int status = 0;
  while (waitpid (process->pid, &status, 0) < 0 && errno == EINTR)
    ;
  char *report = sim_worker_take_report (process->report_fd);
  SimTrialResult *result = autopsy (process, report, status);
  bool from_outside = is_from_outside (process, trial, status);
  process_end (trials, process);
  if (!trial || (from_outside && ++trial->kills < KILLS_MAX))
    {
      sim_trial_result_free (result);
      if (trial)
        g_queue_push_head (&trials->waiting, trial);
    }
  else if (!is_first && !trial->alone)
    once_more (trials, trial, result);
  else
    finish (trials, trial, result);
}

/* --- Hearing of them
 * -----------------------------------------------------------------------------------------------
 */

static void
take_result (SimTrials *trials, Process *process)
{
  SimTrialResult *result = sim_worker_receive_result (process->channel);
  if (!result)
    {
      bury (trials, process);
      return;
    }
  Trial *trial = g_queue_pop_head (&process->given);
  process->played++;
  process->seen_real_us = 0;
  trials->usual_us = (trials->usual_us * 7 + result->real_us) / 8;
  process->worn_out = result->verdict >= SIM_TRIAL_CRASH;
  while (process->worn_out && process->given.length > 0)
    g_queue_push_head (&trials->waiting, g_queue_pop_tail (&process->given));
  bool done = process->fresh || process->worn_out;
  finish (trials, trial, result);
  if (done)
    process_end (trials, process);
}

static int64_t
cpu_us (pid_t pid)
{
  clockid_t clock;
  struct timespec time = { 0 };
  if (clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    return 0;
  return (int64_t)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static uint64_t
resident_bytes (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/statm", pid);
  g_autofree char *text = NULL;
  uint64_t pages = 0;
  if (!g_file_get_contents (path, &text, NULL, NULL)
      || sscanf (text, "%*u %" G_GUINT64_FORMAT, &pages) != 1)
    return 0;
  return pages * (uint64_t)sysconf (_SC_PAGESIZE);
}

static bool
hangs (const SimTrials *trials, Process *process, int64_t real_us)
{
  int64_t process_us = cpu_us (process->pid);
  if (process->seen_real_us == 0 || process->pulse->now_us != process->seen.now_us)
    {
      process->seen = *process->pulse;
      process->seen_cpu_us = process_us;
      process->seen_real_us = real_us;
    }
  return process_us - process->seen_cpu_us > trials->options.hang_us
         || real_us - process->seen_real_us > trials->options.hang_us * HANG_REAL_TIMES;
}

/* Is one of them in trouble that it does not notice itself? */
static void
watch (SimTrials *trials)
{
  int64_t now_us = g_get_monotonic_time ();
  if (now_us - trials->watched_us < WATCH_EVERY_US)
    return;
  trials->watched_us = now_us;
  for (unsigned i = 0; i < trials->processes->len; i++)
    {
      Process *process = trials->processes->pdata[i];
      if (process->given.length == 0 || process->killed_for != SIM_TRIAL_OK)
        continue;
      if (hangs (trials, process, now_us))
        process->killed_for = SIM_TRIAL_HANG;
      else if (resident_bytes (process->pid) > trials->options.memory_bytes)
        process->killed_for = SIM_TRIAL_MEMORY;
      if (process->killed_for == SIM_TRIAL_OK)
        continue;
      process->killed_at = ((Trial *)process->given.head->data)->number;
      kill (process->pid, SIGKILL); /* and its channel tells us when it is dead */
    }
}

/* True: `wake_fd` can be read. */
static bool
wait_for_news (SimTrials *trials, int64_t wait_us)
{
  unsigned count = trials->processes->len;
  g_autofree struct pollfd *polls = g_new0 (struct pollfd, count + 1);
  g_autofree Process **processes = g_memdup2 (trials->processes->pdata, count * sizeof (Process *));
  for (unsigned i = 0; i < count; i++)
    polls[i] = (struct pollfd){ .fd = processes[i]->channel, .events = POLLIN };
  polls[count].fd = trials->options.wake_fd > 0 ? trials->options.wake_fd : -1;
  polls[count].events = POLLIN;
  int milliseconds = (int)CLAMP ((wait_us + 999) / 1000, 0, WATCH_EVERY_US / 1000);
  if (poll (polls, count + 1, milliseconds) <= 0)
    return false;
  for (unsigned i = 0; i < count; i++)
    if (polls[i].revents)
      take_result (trials, processes[i]);
  return polls[count].revents & POLLIN;
}

SimTrialResult *
sim_trials_next (SimTrials *trials, int64_t wait_us)
{
  int64_t until_us = wait_us < 0 ? G_MAXINT64 : g_get_monotonic_time () + wait_us;
  while (sim_trials_pending (trials) > 0)
    {
      SimTrialResult *result = pop_ready (trials);
      if (result)
        return result;
      give_all (trials);
      watch (trials);
      int64_t now_us = g_get_monotonic_time ();
      if (wait_for_news (trials, until_us - now_us))
        return NULL;
      if (now_us >= until_us)
        return pop_ready (trials);
    }
  return NULL;
}
