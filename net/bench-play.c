/* net/bench-play.c - what the parts of a bench have in common. */
#include "net/bench.h"

#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define WARM_UP 0.25 /* of the time that is measured */

void
net_bench_say (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
}

/* --- The meter --- */

void
net_bench_meter_init (NetBenchMeter *meter, double seconds, unsigned step)
{
  *meter = (NetBenchMeter){ .seconds = seconds, .step = step };
}

void
net_bench_meter_look (NetBenchMeter *meter)
{
  int64_t now_us = g_get_monotonic_time ();
  int64_t gone_us;

  meter->next_look = meter->count + meter->step;
  if (meter->first_us == 0)
    meter->first_us = now_us;
  if (meter->begin_us == 0)
    {
      if ((double)(now_us - meter->first_us) < WARM_UP * meter->seconds * G_USEC_PER_SEC)
        return;
      meter->begin_us = now_us;
      meter->begin_count = meter->count;
    }
  gone_us = now_us - meter->begin_us;
  if (gone_us == 0 || (double)gone_us < meter->seconds * G_USEC_PER_SEC)
    return;
  net_bench_say ("figure %.1f",
                 (double)(meter->count - meter->begin_count) * G_USEC_PER_SEC / (double)gone_us);
  _exit (EXIT_SUCCESS);
}

/* --- Memory --- */

/* "Rss:  7956 kB" in the text; false: it is not there. */
static bool
find_kilobytes (const char *text, const char *name, uint64_t *bytes)
{
  const char *line = strstr (text, name);

  if (!line)
    return false;
  *bytes = 1024 * g_ascii_strtoull (line + strlen (name), NULL, 10);
  return true;
}

bool
net_bench_memory (int pid, uint64_t *private_dirty_bytes, uint64_t *resident_bytes)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL)
         && find_kilobytes (text, "\nPrivate_Dirty:", private_dirty_bytes)
         && find_kilobytes (text, "\nRss:", resident_bytes);
}

/* --- Roles --- */

typedef struct
{
  const char *name;
  void (*play) (const NetBenchPart *part);
} Role;

static const Role roles[] = {
  { "take", net_bench_take },
  { "send", net_bench_send },
  { "echo", net_bench_echo },
  { "call", net_bench_call },
  { "local", net_bench_local },
  { "local-again", net_bench_local_again },
  { "ports", net_bench_ports },
  { "crowd", net_bench_crowd },
  { "plain-take", net_bench_plain_take },
  { "plain-send", net_bench_plain_send },
  { "plain-echo", net_bench_plain_echo },
  { "plain-call", net_bench_plain_call },
};

static const Role *
find_role (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (roles); i++)
    if (strcmp (roles[i].name, name) == 0)
      return &roles[i];
  return NULL;
}

/* The value of "name=value"; NULL: another name. */
static const char *
value_of (const char *word, const char *name)
{
  size_t length = strlen (name);

  return strncmp (word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static bool
take_word (NetBenchPart *part, const char *word)
{
  const char *value;

  if ((value = value_of (word, "core")))
    part->core = (int)g_ascii_strtoll (value, NULL, 10);
  else if ((value = value_of (word, "framing")))
    part->framing = g_strdup (value);
  else if ((value = value_of (word, "address")))
    part->address = g_strdup (value);
  else if ((value = value_of (word, "port")))
    part->port = g_strdup (value);
  else if ((value = value_of (word, "bytes")))
    part->bytes = g_ascii_strtoull (value, NULL, 10);
  else if ((value = value_of (word, "count")))
    part->count = g_ascii_strtoull (value, NULL, 10);
  else if ((value = value_of (word, "seconds")))
    part->seconds = g_ascii_strtod (value, NULL);
  else
    return false;
  return true;
}

static void
pin (int core)
{
  cpu_set_t cores;

  CPU_ZERO (&cores);
  CPU_SET ((unsigned)core, &cores);
  if (sched_setaffinity (0, sizeof cores, &cores) != 0)
    g_error ("cannot be pinned to core %d", core);
}

/* Thousands of connections take as many. */
static void
raise_descriptors (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

int
net_bench_play (int argc, char **argv)
{
  const Role *role = argc > 0 ? find_role (argv[0]) : NULL;
  NetBenchPart part = { .core = -1 };

  for (int i = 1; i < argc && role; i++)
    if (!take_word (&part, argv[i]))
      role = NULL;
  if (!role)
    return 64;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  alarm (NET_BENCH_LIMIT_S);
  if (part.core >= 0)
    pin (part.core);
  raise_descriptors ();
  role->play (&part);
  return 0;
}
