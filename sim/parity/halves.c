/* sim/parity/halves.c - many scripts, several at a time.
 *
 * With the kernel they are played in waves: namespaces take much of a processor to make and to
 * end, which would show in the times of those who play meanwhile.  So all of a wave are made,
 * then they begin one after the other, then they end.  Those that take about as long make a
 * wave. */
#include "sim/parity/halves.h"

#include "engine/error.h"
#include "sim/parity/kernel.h"
#include "sim/parity/simulated.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEGIN_EVERY_US 5000

void
parity_life_clear (ParityLife *life)
{
  g_clear_pointer (&life->outcomes, g_array_unref);
  g_clear_pointer (&life->problem, g_free);
}

void
parity_play_simulated (const ParityScript *script, ParityLife *life)
{
  const ParityWorldOps *ops = &parity_simulated_world;
  g_autoptr (GError) error = NULL;
  ParityWorld *world = ops->begin (script, &error);

  parity_life_clear (life);
  if (!world)
    {
      life->problem = g_strdup (error->message);
      return;
    }
  life->outcomes = parity_play (script, ops, world);
  ops->end (world);
}

/* --- One process: it tells READY, waits, plays, and tells what it saw --- */

#define READY 'r'

typedef struct
{
  const ParityScript *script;
  ParityLife *life;
  pid_t pid;
  int tell_fd; /* to it */
  int hear_fd; /* from it */
} Job;

static void
write_all (int fd, const void *bytes, size_t length)
{
  const char *at = bytes;

  while (length > 0)
    {
      ssize_t written = write (fd, at, length);
      if (written <= 0)
        _exit (1);
      at += written;
      length -= (size_t)written;
    }
}

static void
live (const ParityScript *script, int hear_fd, int tell_fd)
{
  const ParityWorldOps *ops = &parity_kernel_world;
  g_autoptr (GError) error = NULL;
  ParityWorld *world = ops->begin (script, &error);
  char go = READY;

  if (!world)
    {
      write_all (tell_fd, "n", 1);
      write_all (tell_fd, error->message, strlen (error->message));
      _exit (0);
    }
  write_all (tell_fd, &go, 1);
  if (read (hear_fd, &go, 1) != 1)
    _exit (1);
  g_autoptr (GArray) outcomes = parity_play (script, ops, world);
  int64_t late_us = ops->late_us (world);
  write_all (tell_fd, &late_us, sizeof late_us);
  write_all (tell_fd, outcomes->data, outcomes->len * sizeof (ParityOutcome));
  close (tell_fd);
  if (read (hear_fd, &go, 1) < 0) /* until the whole wave is over */
    _exit (1);
  ops->end (world);
  _exit (0);
}

static void
start (Job *job)
{
  int to[2], from[2];

  if (pipe2 (to, O_CLOEXEC) != 0 || pipe2 (from, O_CLOEXEC) != 0)
    g_error ("no pipe: %s", aemp_errno_text (errno));
  job->pid = fork ();
  if (job->pid < 0)
    g_error ("no process: %s", aemp_errno_text (errno));
  if (job->pid == 0)
    {
      close (to[1]);
      close (from[0]);
      live (job->script, to[0], from[1]);
    }
  close (to[0]);
  close (from[1]);
  job->tell_fd = to[1];
  job->hear_fd = from[0];
}

static GByteArray *
hear_all (int fd)
{
  GByteArray *told = g_byte_array_new ();
  uint8_t piece[4096];
  ssize_t length;

  while ((length = read (fd, piece, sizeof piece)) > 0)
    g_byte_array_append (told, piece, (unsigned)length);
  return told;
}

/* --- A wave of them --- */

static void
wait_until_ready (Job *job)
{
  char told = 0;
  g_autoptr (GByteArray) why = NULL;

  if (read (job->hear_fd, &told, 1) == 1 && told == READY)
    return;
  why = hear_all (job->hear_fd);
  job->life->problem = why->len > 0 ? g_strndup ((const char *)why->data, why->len)
                                    : g_strdup ("its process died");
}

static void
hear (Job *job)
{
  ParityLife *life = job->life;
  g_autoptr (GByteArray) told = NULL;

  if (life->problem)
    return;
  told = hear_all (job->hear_fd);
  if (told->len < sizeof life->late_us)
    {
      life->problem = g_strdup ("its process died");
      return;
    }
  memcpy (&life->late_us, told->data, sizeof life->late_us);
  life->outcomes = g_array_new (FALSE, TRUE, sizeof (ParityOutcome));
  g_array_append_vals (life->outcomes, told->data + sizeof life->late_us,
                       (told->len - (unsigned)sizeof life->late_us)
                           / (unsigned)sizeof (ParityOutcome));
}

static void
play_wave (Job *jobs, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    start (&jobs[i]);
  for (unsigned i = 0; i < count; i++)
    wait_until_ready (&jobs[i]);
  for (unsigned i = 0; i < count; i++)
    {
      if (!jobs[i].life->problem)
        write_all (jobs[i].tell_fd, "g", 1);
      g_usleep (BEGIN_EVERY_US);
    }
  for (unsigned i = 0; i < count; i++)
    hear (&jobs[i]);
  for (unsigned i = 0; i < count; i++)
    {
      close (jobs[i].tell_fd);
      close (jobs[i].hear_fd);
    }
  for (unsigned i = 0; i < count; i++)
    waitpid (jobs[i].pid, NULL, 0);
}

/* --- Waves --- */

static int
compare_lengths (const void *one, const void *other)
{
  int64_t one_us = parity_script_length_us (((const Job *)one)->script);
  int64_t other_us = parity_script_length_us (((const Job *)other)->script);

  return (one_us > other_us) - (one_us < other_us);
}

void
parity_play_with_kernel (const GPtrArray *scripts, const bool *chosen, unsigned jobs_at_once,
                         ParityLife *lives)
{
  g_autofree Job *jobs = g_new0 (Job, scripts->len);
  unsigned count = 0;

  for (unsigned i = 0; i < scripts->len; i++)
    if (chosen[i])
      {
        parity_life_clear (&lives[i]);
        jobs[count++] = (Job){ .script = g_ptr_array_index (scripts, i), .life = &lives[i] };
      }
  qsort (jobs, count, sizeof *jobs, compare_lengths);
  for (unsigned i = 0; i < count; i += jobs_at_once)
    play_wave (jobs + i, MIN (jobs_at_once, count - i));
}
