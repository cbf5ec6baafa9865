/* net/running.c - see running.h. */
#include "net/running.h"

#include "engine/recorder.h"
#include "net/binds.h"
#include "net/env.h"
#include "net/notify.h"
#include "net/recording.h"
#include "net/trace-file.h"

#include <glib-unix.h>
#include <signal.h>

#define EXIT_FAILED 1
#define EXIT_UNWRITABLE 73
#define EXIT_PROFILE 78

#define FLUSH_MS 1000    /* what nobody could notice lags behind in a recording by so much */
#define FAREWELL_MS 5000 /* for what waits to be sent when we are told to end */
#define BEATS_A_HEARTBEAT 4
#define RESTART "AnyEvent::Watchdog::Util::restart" /* as Perl calls it */

typedef struct
{
  const NetRunning *running;
  NetListening listening;
  AempEnv *env;      /* the real one, also where a recorder is in front of it */
  GMainLoop *loop;   /* runs until the names are looked up */
  bool is_over;
  AempNode *node; /* NULL before it is there */
  NetTraceFile *trace;
  AempRecorder *recorder;
  GPtrArray *sources; /* of GSource: all of ours */
  bool ends;
  int status;
} Run;

static void
watch (Run *run, GSource *source, GSourceFunc call)
{
  g_source_set_callback (source, call, run, NULL);
  g_source_attach (source, NULL);
  g_ptr_array_add (run->sources, source);
}

static void
source_free (void *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
leave (Run *run)
{
  run->is_over = true;
  g_main_loop_quit (run->loop);
}

/* --- The end ------------------------------------------------------------------------ */

static gboolean
give_up (void *user_data)
{
  Run *run = user_data;

  net_tell ("what waited to be sent was dropped");
  leave (run);
  return G_SOURCE_REMOVE;
}

/* A source that is due when nothing waits to be sent: each turn of the loop asks it. */
typedef struct
{
  GSource parent;
  Run *run;
} Farewell;

static gboolean
is_all_sent (GSource *source)
{
  return aemp_node_queued_bytes (((Farewell *)source)->run->node) == 0;
}

static gboolean
prepare_farewell (GSource *source, int *timeout)
{
  *timeout = -1;
  return is_all_sent (source);
}

static gboolean
say_farewell (GSource *source, GSourceFunc call, void *user_data)
{
  return call (user_data);
}

static gboolean
quit (void *user_data)
{
  leave (user_data);
  return G_SOURCE_REMOVE;
}

static void
begin_farewell (Run *run)
{
  static GSourceFuncs functions = { prepare_farewell, is_all_sent, say_farewell, NULL, NULL, NULL };
  GSource *source = g_source_new (&functions, sizeof (Farewell));

  ((Farewell *)source)->run = run;
  g_source_set_priority (source, G_PRIORITY_LOW);
  watch (run, source, quit);
  watch (run, g_timeout_source_new (FAREWELL_MS), give_up);
}

/* The first time in peace. */
static void
end (Run *run, int status)
{
  run->status = status;
  if (run->ends || !run->node)
    leave (run);
  else
    begin_farewell (run);
  if (!run->ends && run->running->watched.fd < 0)
    net_notify ("STOPPING=1");
  run->ends = true;
}

static gboolean
on_end_signal (void *user_data)
{
  end (user_data, 0);
  return G_SOURCE_CONTINUE;
}

/* Asked for over the network, where the node is watched. */
static void
on_restart (AempNode *node, const AempList *arguments, void *user_data)
{
  net_tell ("told to begin again");
  end (user_data, NET_EXIT_RESTART);
}

/* --- Meanwhile -------------------------------------------------------------------------- */

static gboolean
on_reopen_signal (void *user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;

  if (run->trace && !net_trace_file_reopen (run->trace, &error))
    net_tell ("the trace goes on in its former file: %s", error->message);
  return G_SOURCE_CONTINUE;
}

static gboolean
beat (void *user_data)
{
  net_watched_beat (&((Run *)user_data)->running->watched);
  return G_SOURCE_CONTINUE;
}

static gboolean
flush_now_and_then (void *user_data)
{
  aemp_recorder_flush (((Run *)user_data)->recorder);
  return G_SOURCE_CONTINUE;
}

/* What was told to people is in the recording, too. */
static bool
flush_before_line (void *recorder)
{
  aemp_recorder_flush (recorder);
  return true;
}

/* Nobody shall notice what is not in the trace yet. */
static void
flush_trace (void *trace)
{
  net_trace_file_flush (trace);
}

/* --- Running ---------------------------------------------------------------------------- */

static void
tell_ready (Run *run)
{
  if (run->running->watched.fd >= 0)
    net_watched_is_ready (&run->running->watched);
  else
    net_notify ("READY=1");
}

/* From its beginning until it is told to end. */
static void
live_on (Run *run, AempNode *node)
{
  run->node = node;
  if (run->running->watched.fd >= 0)
    aemp_service (node, RESTART, on_restart, run);
  tell_ready (run);
  while (!run->is_over)
    net_env_iterate (run->env);
  run->node = NULL;
}

static void
live (Run *run, const NetBirth *birth, AempEnv *env)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempNode) node = net_life_begin (env, birth, &run->listening, &error);

  if (node)
    live_on (run, node);
  else
    {
      net_tell ("aemp run: cannot start: %s", error->message);
      run->status
          = g_error_matches (error, AEMP_ERROR, AEMP_ERROR_CONFIG) ? EXIT_PROFILE : EXIT_FAILED;
    }
  if (run->trace)
    net_trace_file_stop (run->trace);
  if (run->recorder) /* what the node does when it is freed is no part of its life */
    aemp_recorder_stop (run->recorder, &run->listening.digest);
}

/* A peer that is let in by its secret in the clear sends it to us. */
static void
warn_of_cleartext (const AempConfig *config, const char *path)
{
  if (g_strv_contains ((const char *const *)config->auth_accept, "cleartext"))
    net_tell ("auth_accept lists cleartext: %s will contain the secret", path);
}

static void
live_recorded (Run *run, const NetBirth *birth, AempEnv *env)
{
  const char *path = run->running->record;
  g_autoptr (GError) error = NULL;
  g_autoptr (NetRecording) recording
      = net_recording_create (path, birth->config, birth->services, &error);
  g_autoptr (AempRecorder) recorder = NULL;

  if (!recording)
    {
      net_tell ("aemp run: cannot record: %s", error->message);
      run->status = EXIT_UNWRITABLE;
      return;
    }
  warn_of_cleartext (birth->config, path);
  run->recorder = recorder = aemp_recorder_new (env, net_recording_write, recording);
  run->listening.teller.before = flush_before_line;
  run->listening.teller.user_data = recorder;
  watch (run, g_timeout_source_new (FLUSH_MS), flush_now_and_then);
  live (run, birth, aemp_recorder_env (recorder));
}

static void
live_traced (Run *run, const NetBirth *birth, AempEnv *env)
{
  const char *path = run->running->trace;
  g_autoptr (GError) error = NULL;
  char digest[AEMP_DIGEST_TEXT_BYTES];

  run->trace = net_trace_file_open (path, birth->config->node_id, &error);
  if (!run->trace)
    {
      net_tell ("aemp run: cannot write the trace: %s", error->message);
      run->status = EXIT_UNWRITABLE;
      return;
    }
  run->listening.trace = run->trace;
  net_env_set_before_effects (env, flush_trace, run->trace);
  if (run->running->record)
    live_recorded (run, birth, env);
  else
    live (run, birth, env);
  net_env_set_before_effects (env, NULL, NULL);
  aemp_digest_text (&run->listening.digest, digest);
  net_trace_file_end (run->trace, digest, run->status);
  if (!net_trace_file_close (run->trace, &error))
    {
      net_tell ("aemp run: the trace is not whole: %s", error->message);
      run->status = run->status ? run->status : EXIT_UNWRITABLE;
    }
}

/* Signals are heard before the node says its first word: who reads that may send one. */
static void
hear_signals (Run *run)
{
  watch (run, g_unix_signal_source_new (SIGINT), on_end_signal);
  watch (run, g_unix_signal_source_new (SIGTERM), on_end_signal);
  watch (run, g_unix_signal_source_new (SIGHUP), on_reopen_signal);
}

static void
live_somehow (Run *run, const NetBirth *birth, AempEnv *env)
{
  if (run->running->trace)
    live_traced (run, birth, env);
  else if (run->running->record)
    live_recorded (run, birth, env);
  else
    live (run, birth, env);
}

/* Before its life begins the names are looked up: a recording shall need nobody who knows them. */
static void
find_binds_and_live (Run *run, const NetBirth *birth, AempEnv *env)
{
  g_autoptr (AempConfig) config = aemp_config_copy (birth->config);
  const NetBirth found = { config, birth->services, birth->register_services };
  g_autoptr (GError) error = NULL;

  if (net_binds_find (config, env, run->loop, &error))
    live_somehow (run, &found, env);
  else if (error)
    {
      net_tell ("aemp run: cannot start: %s", error->message);
      run->status = EXIT_FAILED;
    }
}

int
net_running (const NetRunning *running, const NetBirth *birth, AempEnv *env)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (source_free);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, false);
  Run run = { .running = running, .env = env, .loop = loop, .sources = sources };

  net_listening_init (&run.listening, running->level);
  run.listening.tracer.skips_messages
      = !running->trace && !running->record && running->level < NET_LEVEL_DEBUG;
  hear_signals (&run);
  if (running->watched.fd >= 0)
    watch (&run, g_timeout_source_new (running->watched.heartbeat_ms / BEATS_A_HEARTBEAT), beat);
  find_binds_and_live (&run, birth, env);
  return run.status;
}
