/* net/replay.c - `aemp replay`: no clock, no socket, only a recording. */
#include "net/replay.h"

#include "engine/replay.h"
#include "net/life.h"
#include "net/pcap.h"
#include "net/recording.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EXIT_DIVERGED 3
#define EXIT_USAGE 64
#define EXIT_UNREADABLE 65
#define EXIT_UNWRITABLE 73

#define TRACE_FORMAT 1

typedef struct
{
  const char *file;
  const char *trace;  /* NULL: none is written */
  const char *pcap;   /* … */
  const char *secret; /* NULL: none given */
  bool verbose;
  uint64_t trap_at;
} Arguments;

typedef struct
{
  const Arguments *arguments;
  NetRecorded *recorded;
  AempReplay *replay;
  NetListening listening;
  FILE *trace;
  NetPcap *pcap; /* NULL: none is wanted */
  GString *line;
  uint64_t trap_at; /* an event of the recording; 0: none, any more */
  int64_t begin_us; /* of the first event, by the node's clock */
  int64_t end_us;   /* of the last one */
} Replaying;

/* --- Help and arguments ---------------------------------------------------------- */

static int
print_help (void)
{
  printf ("aemp replay - lives the recorded life of a node once more\n"
          "\n"
          "  aemp replay [--verbose] [--trace OUT] [--pcap OUT] [--trap-at EVENT] FILE secret SECRET\n"
          "\n"
          "  FILE             written by aemp run --record\n"
          "  secret           of the node's network: it is not in the recording, and without it\n"
          "                   the node could not prove itself as it did\n"
          "  --verbose        tell every trace event, not just who comes and goes\n"
          "  --trace OUT      write the trace, as lines of JSON\n"
          "  --pcap OUT       write what it sent and got as a capture (pcapng), for Wireshark\n"
          "  --trap-at EVENT  stop in the debugger before the node comes to this event of the\n"
          "                   recording\n"
          "\n"
          "The node does what it did, at once and without a network, and tells what it told.  At\n"
          "the end its digest is compared with the recorded one; the recording of a node that\n"
          "was killed has none, and just breaks off.\n"
          "\n"
          "Exit status: 0 as recorded, 3 it did something else, 64 usage, 65 FILE cannot be\n"
          "read, 73 OUT cannot be written.\n");
  return 0;
}

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  net_tell ("aemp replay: %s\nTry: aemp replay --help", text);
  return EXIT_USAGE;
}

/* An option and its value, if it takes one. */
static int
read_option (Arguments *arguments, char **argv, int *next)
{
  const char *option = argv[*next];
  const char *value = argv[*next + 1];
  guint64 number;

  if (strcmp (option, "--verbose") == 0)
    {
      arguments->verbose = true;
      return 0;
    }
  if (strcmp (option, "--trace") != 0 && strcmp (option, "--pcap") != 0
      && strcmp (option, "--trap-at") != 0)
    return usage ("unknown option %s", option);
  if (!value)
    return usage ("%s: expected a value", option);
  ++*next;
  if (strcmp (option, "--trace") == 0)
    arguments->trace = value;
  else if (strcmp (option, "--pcap") == 0)
    arguments->pcap = value;
  else if (g_ascii_string_to_unsigned (value, 10, 1, G_MAXUINT64, &number, NULL))
    arguments->trap_at = number;
  else
    return usage ("--trap-at: expected the number of an event, not \"%s\"", value);
  return 0;
}

static int
read_arguments (Arguments *arguments, int argc, char **argv)
{
  for (int next = 1; next < argc; next++)
    {
      if (g_str_has_prefix (argv[next], "--"))
        {
          int status = read_option (arguments, argv, &next);

          if (status != 0)
            return status;
        }
      else if (!arguments->file)
        arguments->file = argv[next];
      else if (strcmp (argv[next], "secret") == 0 && next + 1 < argc)
        arguments->secret = argv[++next];
      else
        return usage ("expected a recording and secret SECRET, not \"%s\"", argv[next]);
    }
  return arguments->file ? 0 : usage ("expected a recording");
}

/* --- The trace ------------------------------------------------------------------- */

static void
write_map (FILE *trace, const char *format, ...)
{
  va_list arguments;
  g_autoptr (AempMessage) message = NULL;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  text = aemp_value_to_text (&aemp_message_list (message).items[0], 0);
  fprintf (trace, "%s\n", text);
}

static void
write_event (Replaying *replaying, const AempTraceEvent *event)
{
  g_string_truncate (replaying->line, 0);
  aemp_trace_write_json (replaying->line, event, replaying->listening.digest.events + 1);
  g_string_append_c (replaying->line, '\n');
  fwrite (replaying->line->str, 1, replaying->line->len, replaying->trace);
}

/* What the node does where the recording has ended has no meaning. */
static bool
goes_on (void *user_data)
{
  Replaying *replaying = user_data;

  return aemp_replay_state (replaying->replay) == AEMP_REPLAY_GOES_ON;
}

static bool
see (const AempTraceEvent *event, void *user_data)
{
  Replaying *replaying = user_data;

  if (!goes_on (replaying))
    return false;
  if (replaying->listening.digest.events == 0)
    replaying->begin_us = event->time_us;
  replaying->end_us = event->time_us;
  if (replaying->trace)
    write_event (replaying, event);
  return true;
}

/* --- The end ---------------------------------------------------------------------- */

/* Empty unless it was stopped. */
static const char *
recorded_digest (const Replaying *replaying)
{
  const char *digest = "";
  uint64_t events;

  if (aemp_replay_state (replaying->replay) == AEMP_REPLAY_STOPPED)
    aemp_replay_recorded (replaying->replay, &digest, &events);
  return digest;
}

static int
tell_end (Replaying *replaying, const char *digest)
{
  const char *recorded = recorded_digest (replaying);
  double seconds = (double)(replaying->end_us - replaying->begin_us) / 1e6;

  switch (aemp_replay_state (replaying->replay))
    {
    case AEMP_REPLAY_GOES_ON:
      break;
    case AEMP_REPLAY_FAILED:
      net_tell ("aemp replay: %s", aemp_replay_error (replaying->replay)->message);
      return g_error_matches (aemp_replay_error (replaying->replay), AEMP_ERROR,
                              AEMP_ERROR_DIVERGED)
                 ? EXIT_DIVERGED
                 : EXIT_UNREADABLE;
    case AEMP_REPLAY_STOPPED:
    case AEMP_REPLAY_CUT:
      printf ("%s   %" G_GUINT64_FORMAT " events in the recording   %" G_GUINT64_FORMAT
              " in the trace   %.3f s\n",
              replaying->recorded->config->node_id, aemp_replay_events (replaying->replay),
              replaying->listening.digest.events, seconds);
      if (!*recorded)
        printf ("digest %s   the recording breaks off here\n", digest);
      else
        printf ("digest %s   %s%s\n", digest,
                strcmp (recorded, digest) == 0 ? "as recorded" : "recorded: ",
                strcmp (recorded, digest) == 0 ? "" : recorded);
      return *recorded && strcmp (recorded, digest) != 0 ? EXIT_DIVERGED : 0;
    }
  g_assert_not_reached ();
}

/* --- Replaying -------------------------------------------------------------------- */

static void
trap_if_wanted (Replaying *replaying)
{
  if (!replaying->trap_at || !aemp_replay_reaches (replaying->replay, replaying->trap_at))
    return;
  replaying->trap_at = 0;
  G_BREAKPOINT ();
}

static void
play (Replaying *replaying, const NetBirth *birth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempNode) node
      = net_life_begin (aemp_replay_env (replaying->replay), birth, &replaying->listening, &error);

  if (!node && goes_on (replaying))
    net_tell ("the node could not start: %s", error->message);
  do
    trap_if_wanted (replaying);
  while (aemp_replay_step (replaying->replay) == AEMP_REPLAY_GOES_ON);
}

static int
replay_and_tell (Replaying *replaying, const NetBirth *birth)
{
  char digest[AEMP_DIGEST_TEXT_BYTES];
  int status;

  if (replaying->trace)
    write_map (replaying->trace, "{sI ss ss}", "aemp_trace", TRACE_FORMAT, "build", AEMP_VERSION,
               "recording", replaying->arguments->file);
  play (replaying, birth);
  aemp_digest_text (&replaying->listening.digest, digest);
  status = tell_end (replaying, digest);
  if (replaying->trace)
    write_map (replaying->trace, "{ss sI si si}", "digest", digest, "events",
               replaying->listening.digest.events, "end", replaying->end_us, "status", status);
  return status;
}

/* The secret is not in the recording. */
static int
take_secret (Replaying *replaying)
{
  AempConfig *config = replaying->recorded->config;
  const char *secret = replaying->arguments->secret;
  g_autoptr (GError) error = NULL;

  if (!secret)
    return usage ("expected secret SECRET: it is not in the recording");
  if (!aemp_config_set (config, "secret", secret, &error) || !aemp_config_check (config, &error))
    return usage ("%s", error->message);
  if (net_secret_mark (config->secret) != replaying->recorded->secret_mark)
    return usage ("secret: the recorded node had another one");
  if (strcmp (replaying->recorded->build, AEMP_VERSION) != 0)
    net_tell ("recorded by aemp %s, replayed by %s: they may differ", replaying->recorded->build,
              AEMP_VERSION);
  return 0;
}

/* With what the recording says, and a trace open or not wanted. */
static int
run (Replaying *replaying, void (*register_services) (AempNode *node))
{
  const NetRecorded *recorded = replaying->recorded;
  g_autoptr (AempReplay) replay = aemp_replay_new (recorded->records, recorded->length);
  g_autoptr (GString) line = g_string_new (NULL);

  replaying->replay = replay;
  if (replaying->pcap)
    aemp_replay_set_watch (replay, net_pcap_watch (replaying->pcap));
  replaying->line = line;
  replaying->trap_at = replaying->arguments->trap_at;
  net_listening_init (&replaying->listening,
                      replaying->arguments->verbose ? NET_LEVEL_DEBUG : NET_LEVEL_INFO);
  replaying->listening.see = see;
  replaying->listening.user_data = replaying;
  replaying->listening.teller.before = goes_on;
  replaying->listening.teller.user_data = replaying;
  return replay_and_tell (replaying,
                          &(NetBirth){ recorded->config, recorded->services, register_services });
}

static int
complain_of_trace (const char *path)
{
  net_tell ("aemp replay: %s: %s", path, aemp_errno_text (errno));
  return EXIT_UNWRITABLE;
}

/* As run(), with a capture if one is wanted. */
static int
run_captured (Replaying *replaying, void (*register_services) (AempNode *node))
{
  g_autoptr (GError) error = NULL;
  int status;

  if (replaying->arguments->pcap)
    replaying->pcap = net_pcap_open (replaying->arguments->pcap,
                                     replaying->recorded->config->node_id, &error);
  if (error)
    {
      net_tell ("aemp replay: %s", error->message);
      return EXIT_UNWRITABLE;
    }
  status = run (replaying, register_services);
  if (!replaying->pcap || net_pcap_close (replaying->pcap, &error))
    return status;
  net_tell ("aemp replay: %s", error->message);
  return EXIT_UNWRITABLE;
}

static int
run_traced (Replaying *replaying, void (*register_services) (AempNode *node))
{
  const char *path = replaying->arguments->trace;
  bool is_whole;
  int status;

  if (!path)
    return run_captured (replaying, register_services);
  replaying->trace = fopen (path, "we");
  if (!replaying->trace)
    return complain_of_trace (path);
  status = run_captured (replaying, register_services);
  is_whole = !ferror (replaying->trace);
  if (fclose (replaying->trace) != 0 || !is_whole)
    return complain_of_trace (path);
  return status;
}

int
net_replay_command (int argc, char **argv, void (*register_services) (AempNode *node))
{
  Arguments arguments = { 0 };
  Replaying replaying = { .arguments = &arguments };
  g_autoptr (NetRecorded) recorded = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0)
      return print_help ();
  status = read_arguments (&arguments, argc, argv);
  if (status != 0)
    return status;
  recorded = net_recorded_open (arguments.file, &error);
  if (!recorded)
    {
      net_tell ("aemp replay: %s", error->message);
      return EXIT_UNREADABLE;
    }
  replaying.recorded = recorded;
  status = take_secret (&replaying);
  return status != 0 ? status : run_traced (&replaying, register_services);
}
