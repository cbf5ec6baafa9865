/* net/watchdog.c - see watchdog.h. */
#include "net/watchdog.h"

#include "net/notify.h"
#include "net/tell.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY 'r'
#define BEAT 'b'
#define PAUSE_FIRST_SECONDS 1 /* before a node that died soon is begun again; then twice as long… \
                               */
#define PAUSE_MAX_SECONDS 60  /* … up to this; who lived longer is begun again after the first */

typedef struct
{
  int64_t heartbeat_us;
  int signals; /* a signalfd */
  sigset_t mask_before;
  pid_t node;
  int beats; /* the reading end of its pipe */
  bool is_ready;
  bool ends;  /* somebody wants that */
  bool hangs; /* it was killed for that */
  int64_t heard_us;
  int64_t begun_us;
  unsigned pause_seconds;
} Watchdog;

/* --- The node's side ---------------------------------------------------------------- */

static void
say (const NetWatched *watched, char word)
{
  if (watched->fd >= 0)
    while (write (watched->fd, &word, 1) < 0 && errno == EINTR)
      ;
}

void
net_watched_is_ready (const NetWatched *watched)
{
  say (watched, READY);
}

void
net_watched_beat (const NetWatched *watched)
{
  say (watched, BEAT);
}

/* --- Beginning ------------------------------------------------------------------------ */

static void
hold_signals (Watchdog *watchdog)
{
  sigset_t mask;

  sigemptyset (&mask);
  sigaddset (&mask, SIGTERM);
  sigaddset (&mask, SIGINT);
  sigaddset (&mask, SIGHUP);
  sigaddset (&mask, SIGCHLD);
  sigprocmask (SIG_BLOCK, &mask, &watchdog->mask_before);
  watchdog->signals = signalfd (-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
  g_assert (watchdog->signals >= 0);
}

static void
become_node (Watchdog *watchdog, const int ends[2], pid_t parent)
{
  close (ends[0]);
  close (watchdog->signals);
  sigprocmask (SIG_SETMASK, &watchdog->mask_before, NULL);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != parent)
    raise (SIGTERM); /* it died meanwhile */
}

/* True in the node. */
static bool
split (Watchdog *watchdog, NetWatched *watched)
{
  pid_t parent = getpid ();
  int ends[2];
  int is_made = pipe2 (ends, O_CLOEXEC);

  g_assert (is_made == 0);
  fflush (NULL);
  watchdog->node = fork ();
  g_assert (watchdog->node >= 0);
  if (watchdog->node == 0)
    {
      watched->fd = ends[1];
      become_node (watchdog, ends, parent);
      return true;
    }
  close (ends[1]);
  watched->lives++;
  watchdog->beats = ends[0];
  watchdog->hangs = false;
  watchdog->begun_us = watchdog->heard_us = g_get_monotonic_time ();
  return false;
}

/* --- Watching --------------------------------------------------------------------------- */

static void
pass_signals (Watchdog *watchdog)
{
  struct signalfd_siginfo signal;

  while (read (watchdog->signals, &signal, sizeof signal) == sizeof signal)
    {
      if (signal.ssi_signo == SIGCHLD)
        continue;
      watchdog->ends |= signal.ssi_signo != SIGHUP;
      if (watchdog->node > 0)
        kill (watchdog->node, (int)signal.ssi_signo);
    }
}

/* False: it will say no more. */
static bool
hear (Watchdog *watchdog)
{
  char words[64];
  ssize_t count = read (watchdog->beats, words, sizeof words);

  if (count > 0)
    watchdog->heard_us = g_get_monotonic_time ();
  if (count > 0 && memchr (words, READY, (size_t)count) && !watchdog->is_ready)
    {
      watchdog->is_ready = true;
      net_notify ("READY=1");
    }
  return count > 0 || (count < 0 && errno == EINTR);
}

static int
ms_until (int64_t deadline_us)
{
  int64_t left_us = deadline_us - g_get_monotonic_time ();

  return (int)CLAMP ((left_us + 999) / 1000, 0, G_MAXINT);
}

static void
kill_if_it_hangs (Watchdog *watchdog)
{
  if (watchdog->hangs || g_get_monotonic_time () < watchdog->heard_us + watchdog->heartbeat_us)
    return;
  net_tell ("watchdog: the node was not heard of for %d s, and is killed",
            (int)(watchdog->heartbeat_us / G_USEC_PER_SEC));
  watchdog->hangs = true;
  kill (watchdog->node, SIGKILL);
}

/* Until the node is over; how it ended, as wait(2) tells. */
static int
watch (Watchdog *watchdog)
{
  int ended;

  for (;;)
    {
      struct pollfd fds[] = { { watchdog->beats, POLLIN, 0 }, { watchdog->signals, POLLIN, 0 } };

      poll (fds, 2, ms_until (watchdog->heard_us + watchdog->heartbeat_us));
      pass_signals (watchdog);
      if (fds[0].revents != 0 && !hear (watchdog))
        break;
      kill_if_it_hangs (watchdog);
    }
  close (watchdog->beats);
  while (waitpid (watchdog->node, &ended, 0) < 0 && errno == EINTR)
    ;
  watchdog->node = 0;
  return ended;
}

/* Is this the end?  Then the exit status is told. */
static bool
is_over (const Watchdog *watchdog, int ended, int *status)
{
  if (WIFEXITED (ended))
    *status = WEXITSTATUS (ended);
  else
    *status = 128 + WTERMSIG (ended);
  if (watchdog->ends || *status == 0)
    return true;
  return !watchdog->is_ready && WIFEXITED (ended); /* it could not even begin */
}

/* A node that dies again and again is begun ever more slowly. */
static void
rest (Watchdog *watchdog, int ended)
{
  int64_t now_us = g_get_monotonic_time ();
  int64_t lived_us = now_us - watchdog->begun_us;
  int64_t deadline_us;

  if (WIFEXITED (ended) && WEXITSTATUS (ended) == NET_EXIT_RESTART)
    {
      net_tell ("watchdog: the node is begun again, as it was asked to");
      return;
    }
  if (lived_us > (int64_t)PAUSE_MAX_SECONDS * G_USEC_PER_SEC)
    watchdog->pause_seconds = PAUSE_FIRST_SECONDS;
  net_tell ("watchdog: the node %s %d, and is begun again in %u s",
            WIFEXITED (ended) ? "ended with status" : "died of signal",
            WIFEXITED (ended) ? WEXITSTATUS (ended) : WTERMSIG (ended), watchdog->pause_seconds);
  deadline_us = now_us + (int64_t)watchdog->pause_seconds * G_USEC_PER_SEC;
  watchdog->pause_seconds = MIN (watchdog->pause_seconds * 2, PAUSE_MAX_SECONDS);
  while (!watchdog->ends && ms_until (deadline_us) > 0)
    {
      struct pollfd fd = { watchdog->signals, POLLIN, 0 };

      poll (&fd, 1, ms_until (deadline_us));
      pass_signals (watchdog);
    }
}

bool
net_watchdog_begin (unsigned heartbeat_seconds, NetWatched *watched, int *status)
{
  Watchdog watchdog = { .heartbeat_us = (int64_t)heartbeat_seconds * G_USEC_PER_SEC,
                        .pause_seconds = PAUSE_FIRST_SECONDS };

  hold_signals (&watchdog);
  *watched = (NetWatched){ -1, 0, heartbeat_seconds * 1000 };
  do
    {
      int ended;

      if (split (&watchdog, watched))
        return true;
      ended = watch (&watchdog);
      if (is_over (&watchdog, ended, status))
        break;
      rest (&watchdog, ended);
    }
  while (!watchdog.ends);
  close (watchdog.signals);
  return false;
}
