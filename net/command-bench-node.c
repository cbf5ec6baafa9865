/* net/command-bench-node.c - see command-bench-node.h.
 *
 * Each figure is of processes that live for it alone and are pinned.  What is compared is
 * measured in turn, in the same run, so that a busy machine is busy for both. */
#include "net/command-bench-node.h"

#include "net/bench.h"

#include <gio/gio.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_FAILED 1
#define EXIT_USAGE 64
#define RUNS_MAX 100
#define SECONDS_MIN 0.01
#define SECONDS_MAX 60.0
#define PEERS_MAX 1000000
#define PORTS_MAX 100000000
#define REST_US (300 * 1000) /* until an idle node is idle */
#define KIB_BYTES 1024
#define STRING_BYTES 20
#define MEGABYTE 1048576.0

const char net_bench_node_help[]
    = "aemp bench node - measures real nodes: processes on this machine, pinned to cores\n"
      "\n"
      "  aemp bench node [OPTION]…\n"
      "\n"
      "  --runs N     of each measure (5): the median is printed, and the least and greatest\n"
      "  --seconds S  of each measure, after a warm-up (1)\n"
      "  --only WORD  measure only what has this word in its name, and what that is compared with\n"
      "  --peers N    how many others are connected in the last measure (10,000)\n"
      "  --ports N    of how many ports the memory is measured (100,000)\n"
      "  --json       print an object of JSON\n"
      "\n"
      "Nodes are begun as by `aemp run`.  They are compared with a program of the same processes\n"
      "that has sockets and nothing else: a buffer of 64 KiB, a few lines for the same CBOR, a\n"
      "call for each message; epoll where it answers.  docs/bench.md has what each line means.\n";

/* --- What is measured --- */

typedef struct Bench Bench;
typedef struct Measure Measure;

struct Measure
{
  const char *name;
  const char *what; /* for people */
  const char *unit;
  double (*measure) (Bench *bench, const Measure *measure);
  const char *first; /* the role of the part that begins, and listens */
  const char *second;
  bool first_tells; /* its figure counts, not the second's */
  bool one_core;
  const char *framing;
  uint64_t bytes;
  uint64_t count;
  double target;      /* 0: none */
  bool is_limit;      /* the target is the most, not the least */
  const char *peer;   /* the measure it is compared with */
  double peer_target; /* how much of that it shall be; 0: no target */
};

struct Bench
{
  unsigned runs;
  double seconds;
  const char *only;
  uint64_t peers;
  uint64_t ports;
  bool json;
  int cores[2];
};

static double measure_pair (Bench *bench, const Measure *measure);
static double measure_alone (Bench *bench, const Measure *measure);
static double measure_private (Bench *bench, const Measure *measure);
static double measure_resident (Bench *bench, const Measure *measure);
static double measure_crowded (Bench *bench, const Measure *measure);

#define ONE_WAY .measure = measure_pair, .unit = "messages/s", .first_tells = true
#define TRIPS .measure = measure_pair, .unit = "round trips/s", .bytes = STRING_BYTES

/* clang-format off */
static const Measure measures[] = {
  { .name = "plain-one-way", .what = "plain TCP: one way, 20 bytes", ONE_WAY, .first = "plain-take",
    .second = "plain-send", .bytes = STRING_BYTES },
  { .name = "one-way-cbor", .what = "one way, 20 bytes, CBOR", ONE_WAY, .first = "take", .second = "send",
    .framing = "cbor", .bytes = STRING_BYTES, .target = 4000000, .peer = "plain-one-way" },
  { .name = "one-way-json", .what = "one way, 20 bytes, JSON", ONE_WAY, .first = "take", .second = "send",
    .framing = "json", .bytes = STRING_BYTES, .target = 3000000, .peer = "plain-one-way" },
  { .name = "plain-kib", .what = "plain TCP: one way, 1 KiB", ONE_WAY, .first = "plain-take",
    .second = "plain-send", .bytes = KIB_BYTES },
  { .name = "kib-cbor", .what = "one way, 1 KiB, CBOR", ONE_WAY, .first = "take", .second = "send",
    .framing = "cbor", .bytes = KIB_BYTES, .peer = "plain-kib", .peer_target = 0.6 },
  { .name = "kib-json", .what = "one way, 1 KiB, JSON", ONE_WAY, .first = "take", .second = "send",
    .framing = "json", .bytes = KIB_BYTES, .peer = "plain-kib" },
  { .name = "plain-trips", .what = "plain epoll: there and back, one core", TRIPS, .first = "plain-echo",
    .second = "plain-call", .count = 1, .one_core = true },
  { .name = "trips", .what = "there and back, one core", TRIPS, .first = "echo", .second = "call", .count = 1,
    .one_core = true, .target = 55000, .peer = "plain-trips" },
  { .name = "plain-trips-64", .what = "plain epoll: … 64 under way, one core", TRIPS, .first = "plain-echo",
    .second = "plain-call", .count = 64, .one_core = true },
  { .name = "trips-64", .what = "… 64 under way, one core", TRIPS, .first = "echo", .second = "call",
    .count = 64, .one_core = true, .target = 500000, .peer = "plain-trips-64" },
  { .name = "trips-64-apart", .what = "… 64 under way, two cores", TRIPS, .first = "echo", .second = "call",
    .count = 64, .target = 500000 },
  { .name = "local", .what = "a port sends to itself", .unit = "messages/s", .measure = measure_alone, .first = "local",
    .bytes = STRING_BYTES, .target = 20000000 },
  { .name = "local-again", .what = "… the same message again", .unit = "messages/s", .measure = measure_alone,
    .first = "local-again", .bytes = STRING_BYTES },
  { .name = "idle-private", .what = "an idle node, written to and its own", .unit = "MB", .measure = measure_private,
    .target = 2, .is_limit = true },
  { .name = "idle-resident", .what = "an idle node, all of it in memory", .unit = "MB", .measure = measure_resident },
  { .name = "port-bytes", .what = "memory of a port", .unit = "bytes", .measure = measure_alone, .first = "ports",
    .target = 120, .is_limit = true },
  { .name = "crowded", .what = "one way, 20 bytes, many others connected", .unit = "messages/s",
    .measure = measure_crowded, .first = "take", .first_tells = true, .second = "send", .framing = "cbor", .bytes = STRING_BYTES, .peer = "one-way-cbor",
    .peer_target = 0.9 },
};
/* clang-format on */

#define MEASURES G_N_ELEMENTS (measures)

static const Measure *
find_measure (const char *name)
{
  for (unsigned i = 0; i < MEASURES; i++)
    if (strcmp (measures[i].name, name) == 0)
      return &measures[i];
  g_assert_not_reached ();
}

/* Asked for, or compared with what is? */
static bool
is_wanted (const Bench *bench, const Measure *measure)
{
  if (!bench->only || strstr (measure->name, bench->only))
    return true;
  for (unsigned i = 0; i < MEASURES; i++)
    if (measures[i].peer && strcmp (measures[i].peer, measure->name) == 0
        && strstr (measures[i].name, bench->only))
      return true;
  return false;
}

/* --- Parts --- */

typedef struct
{
  GSubprocess *process;
  GDataInputStream *says;
} Part;

static void
part_clear (Part *part)
{
  if (part->process)
    {
      g_subprocess_force_exit (part->process);
      g_subprocess_wait (part->process, NULL, NULL);
    }
  g_clear_object (&part->says);
  g_clear_object (&part->process);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Part, part_clear)

static void
part_begin (Part *part, const char *const *words)
{
  g_autoptr (GError) error = NULL;

  part->process = g_subprocess_newv (words, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (!part->process)
    g_error ("%s", error->message);
  part->says = g_data_input_stream_new (g_subprocess_get_stdout_pipe (part->process));
}

/* What it says behind the word; the program ends when it says something else, or nothing. */
static char *
part_hear (Part *part, const char *word)
{
  g_autofree char *line = g_data_input_stream_read_line (part->says, NULL, NULL, NULL);

  if (!line || !g_str_has_prefix (line, word))
    {
      part_clear (part);
      fprintf (stderr, "aemp bench node: a part of the bench failed\n");
      exit (EXIT_FAILED);
    }
  return g_strdup (g_strchug (line + strlen (word)));
}

static double
part_figure (Part *part)
{
  g_autofree char *text = part_hear (part, "figure");

  return g_ascii_strtod (text, NULL);
}

static void
add_word (GPtrArray *words, const char *name, const char *value)
{
  if (value)
    g_ptr_array_add (words, g_strdup_printf ("%s=%s", name, value));
}

static void
add_number (GPtrArray *words, const char *name, uint64_t value)
{
  g_ptr_array_add (words, g_strdup_printf ("%s=%" G_GUINT64_FORMAT, name, value));
}

static uint64_t
count_for (const Bench *bench, const Measure *measure, const char *role)
{
  if (strcmp (role, "ports") == 0)
    return bench->ports;
  return strcmp (role, "crowd") == 0 ? bench->peers : measure->count;
}

static void
part_play (Part *part, const Bench *bench, const Measure *measure, const char *role, int core,
           const char *address, const char *port)
{
  static const char *const begin[] = { "/proc/self/exe", "bench", "node", "--play" };
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  for (unsigned i = 0; i < G_N_ELEMENTS (begin); i++)
    g_ptr_array_add (words, g_strdup (begin[i]));
  g_ptr_array_add (words, g_strdup (role));
  if (core >= 0)
    add_number (words, "core", (uint64_t)core);
  add_word (words, "framing", measure->framing);
  add_word (words, "address", address);
  add_word (words, "port", port);
  add_number (words, "bytes", measure->bytes);
  add_number (words, "count", count_for (bench, measure, role));
  add_word (words, "seconds", g_ascii_dtostr (seconds, sizeof seconds, bench->seconds));
  g_ptr_array_add (words, NULL);
  part_begin (part, (const char *const *)words->pdata);
}

/* "ADDRESS PORT" of a part that listens. */
static char **
part_ready (Part *part)
{
  g_autofree char *text = part_hear (part, "ready");
  char **words = g_strsplit (text, " ", 2);

  g_assert (words[0] && words[1]);
  return words;
}

/* --- Measuring --- */

static double
measure_with (Bench *bench, const Measure *measure, bool crowded)
{
  g_auto (Part) first = { 0 };
  g_auto (Part) second = { 0 };
  g_auto (Part) crowd = { 0 };
  g_auto (GStrv) ready = NULL;
  g_autofree char *met = NULL;

  part_play (&first, bench, measure, measure->first, bench->cores[measure->one_core ? 0 : 1], NULL,
             NULL);
  ready = part_ready (&first);
  if (crowded)
    {
      part_play (&crowd, bench, measure, "crowd", bench->cores[0], ready[0], NULL);
      met = part_hear (&crowd, "ready");
    }
  part_play (&second, bench, measure, measure->second, bench->cores[0], ready[0], ready[1]);
  return part_figure (measure->first_tells ? &first : &second);
}

static double
measure_pair (Bench *bench, const Measure *measure)
{
  return measure_with (bench, measure, false);
}

static double
measure_crowded (Bench *bench, const Measure *measure)
{
  return measure_with (bench, measure, true);
}

static double
measure_alone (Bench *bench, const Measure *measure)
{
  g_auto (Part) part = { 0 };

  part_play (&part, bench, measure, measure->first, bench->cores[0], NULL, NULL);
  return part_figure (&part);
}

/* A node that listens and has nothing to do. */
static void
idle_memory (uint64_t *private_dirty_bytes, uint64_t *resident_bytes)
{
  static const char *const words[] = { "/proc/self/exe", "run",    "idle",  "norc",        "on",
                                       "secret",         "unused", "binds", "127.0.0.1:*", NULL };
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_auto (Part) part = { 0 };
  g_autofree char *line = NULL;

  part.process = g_subprocess_launcher_spawnv (launcher, words, NULL);
  g_assert (part.process);
  part.says = g_data_input_stream_new (g_subprocess_get_stderr_pipe (part.process));
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (part.says, NULL, NULL, NULL);
    }
  while (line && !strstr (line, "listening on"));
  g_usleep (REST_US);
  if (!line
      || !net_bench_memory (atoi (g_subprocess_get_identifier (part.process)), private_dirty_bytes,
                            resident_bytes))
    {
      part_clear (&part);
      fprintf (stderr, "aemp bench node: an idle node could not be looked at\n");
      exit (EXIT_FAILED);
    }
}

static double
measure_private (Bench *bench, const Measure *measure)
{
  uint64_t private_dirty_bytes, resident_bytes;

  idle_memory (&private_dirty_bytes, &resident_bytes);
  return (double)private_dirty_bytes / MEGABYTE;
}

static double
measure_resident (Bench *bench, const Measure *measure)
{
  uint64_t private_dirty_bytes, resident_bytes;

  idle_memory (&private_dirty_bytes, &resident_bytes);
  return (double)resident_bytes / MEGABYTE;
}

/* --- What is told --- */

typedef struct
{
  double figures[RUNS_MAX]; /* sorted at the end */
  double shares[RUNS_MAX];  /* of what it is compared with, in the same run; the same */
} Result;

static int
compare (const void *one, const void *other)
{
  double a = *(const double *)one, b = *(const double *)other;

  return (a > b) - (a < b);
}

static double
median (const double *sorted, unsigned count)
{
  return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* "1,234,567"; small ones with two digits behind the point. */
static char *
figure_text (double figure)
{
  GString *text = g_string_new (NULL);

  if (figure < 100)
    {
      g_string_printf (text, "%.2f", figure);
      return g_string_free (text, FALSE);
    }
  g_string_printf (text, "%.0f", figure);
  for (size_t place = text->len; place > 3; place -= 3)
    g_string_insert_c (text, (gssize)place - 3, ',');
  return g_string_free (text, FALSE);
}

static bool
is_reached (const Measure *measure, double figure, double share)
{
  if (measure->peer_target > 0 && share < measure->peer_target)
    return false;
  if (measure->target == 0)
    return true;
  return measure->is_limit ? figure <= measure->target : figure >= measure->target;
}

static bool
has_target (const Measure *measure)
{
  return measure->target > 0 || measure->peer_target > 0;
}

static void
print_target (const Measure *measure, double figure, double share)
{
  g_autofree char *target = figure_text (measure->target);

  if (!has_target (measure))
    return;
  printf ("%46starget: ", "");
  if (measure->target > 0)
    printf ("at %s %s %s", measure->is_limit ? "most" : "least", target, measure->unit);
  if (measure->peer_target > 0)
    printf ("at least %.0f %% of %s", 100 * measure->peer_target, measure->peer);
  printf ("  %s\n", is_reached (measure, figure, share) ? "reached" : "MISSED");
}

static void
print_row (const Bench *bench, const Measure *measure, const Result *result)
{
  double figure = median (result->figures, bench->runs);
  double share = median (result->shares, bench->runs);
  g_autofree char *middle = figure_text (figure);
  g_autofree char *least = figure_text (result->figures[0]);
  g_autofree char *greatest = figure_text (result->figures[bench->runs - 1]);

  printf ("%-16s %-42s %11s %-13s (%s to %s)\n", measure->name, measure->what, middle,
          measure->unit, least, greatest);
  if (measure->peer)
    printf ("%17s%.1f %% of %s in the same run\n", "", 100 * share, measure->peer);
  print_target (measure, figure, share);
}

static void
print_json_row (const Bench *bench, const Measure *measure, const Result *result)
{
  double figure = median (result->figures, bench->runs);
  double share = median (result->shares, bench->runs);

  printf ("{\"name\":\"%s\",\"what\":\"%s\",\"unit\":\"%s\",\"median\":%.3f,\"least\":%.3f,"
          "\"greatest\":%.3f",
          measure->name, measure->what, measure->unit, figure, result->figures[0],
          result->figures[bench->runs - 1]);
  if (measure->peer)
    printf (",\"peer\":\"%s\",\"share\":%.4f", measure->peer, share);
  if (measure->target > 0)
    printf (",\"%s\":%.0f", measure->is_limit ? "at_most" : "at_least", measure->target);
  if (measure->peer_target > 0)
    printf (",\"least_share\":%.2f", measure->peer_target);
  if (has_target (measure))
    printf (",\"reached\":%s", is_reached (measure, figure, share) ? "true" : "false");
  printf ("}");
}

static void
print_results (const Bench *bench, const Result *results)
{
  const char *separator = "";

  if (bench->json)
    printf ("{\"runs\":%u,\"seconds\":%.3f,\"measures\":[\n", bench->runs, bench->seconds);
  for (unsigned i = 0; i < MEASURES; i++)
    {
      if (!is_wanted (bench, &measures[i]))
        continue;
      if (bench->json)
        {
          printf ("%s", separator);
          print_json_row (bench, &measures[i], &results[i]);
          separator = ",\n";
        }
      else
        print_row (bench, &measures[i], &results[i]);
    }
  if (bench->json)
    printf ("\n]}\n");
}

/* --- The command --- */

static void
measure_all (Bench *bench, Result *results)
{
  for (unsigned run = 0; run < bench->runs; run++)
    for (unsigned i = 0; i < MEASURES; i++)
      {
        const Measure *measure = &measures[i];
        Result *result = &results[i];

        if (!is_wanted (bench, measure))
          continue;
        result->figures[run] = measure->measure (bench, measure);
        if (measure->peer)
          result->shares[run] = result->figures[run]
                                / results[find_measure (measure->peer) - measures].figures[run];
      }
  for (unsigned i = 0; i < MEASURES; i++)
    {
      qsort (results[i].figures, bench->runs, sizeof (double), compare);
      qsort (results[i].shares, bench->runs, sizeof (double), compare);
    }
}

/* The first two cores that we may run on; if there is one only, it is both. */
static void
choose_cores (Bench *bench)
{
  cpu_set_t cores;
  unsigned found = 0;

  bench->cores[0] = bench->cores[1] = -1;
  if (sched_getaffinity (0, sizeof cores, &cores) != 0)
    return;
  for (int core = 0; core < CPU_SETSIZE && found < 2; core++)
    if (CPU_ISSET ((unsigned)core, &cores))
      bench->cores[found++] = core;
  if (found == 1)
    bench->cores[1] = bench->cores[0];
}

static bool
take_number (const char *text, uint64_t most, uint64_t *number)
{
  return text && g_ascii_string_to_unsigned (text, 10, 1, most, number, NULL);
}

static bool
take_seconds (const char *text, double *seconds)
{
  char *end = NULL;

  *seconds = text ? g_ascii_strtod (text, &end) : 0;
  return text && *end == '\0' && *seconds >= SECONDS_MIN && *seconds <= SECONDS_MAX;
}

static bool
take_only (Bench *bench, const char *text)
{
  bench->only = text;
  for (unsigned i = 0; i < MEASURES && text; i++)
    if (strstr (measures[i].name, text))
      return true;
  return false;
}

static bool
take_options (Bench *bench, int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      const char *option = argv[i];
      const char *value = i + 1 < argc ? argv[i + 1] : NULL;
      uint64_t runs;
      bool fits;

      if (strcmp (option, "--json") == 0)
        {
          bench->json = true;
          continue;
        }
      if (strcmp (option, "--runs") == 0 && (fits = take_number (value, RUNS_MAX, &runs)))
        bench->runs = (unsigned)runs;
      else if (strcmp (option, "--seconds") == 0)
        fits = take_seconds (value, &bench->seconds);
      else if (strcmp (option, "--only") == 0)
        fits = take_only (bench, value);
      else if (strcmp (option, "--peers") == 0)
        fits = take_number (value, PEERS_MAX, &bench->peers);
      else if (strcmp (option, "--ports") == 0)
        fits = take_number (value, PORTS_MAX, &bench->ports);
      else
        fits = false;
      if (!fits)
        return false;
      i++;
    }
  return true;
}

int
net_bench_node (int argc, char **argv)
{
  Bench bench = { .runs = 5, .seconds = 1, .peers = 10000, .ports = 100000 };
  g_autofree Result *results = g_new0 (Result, MEASURES);

  if (argc > 2 && strcmp (argv[1], "--play") == 0)
    return net_bench_play (argc - 2, argv + 2);
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0)
      {
        fputs (net_bench_node_help, stdout);
        return 0;
      }
  if (!take_options (&bench, argc, argv))
    {
      fputs (net_bench_node_help, stderr);
      return EXIT_USAGE;
    }
  choose_cores (&bench);
  measure_all (&bench, results);
  print_results (&bench, results);
  return 0;
}
