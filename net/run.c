/* net/run.c - `aemp run`: a real node, configured by its arguments. */
#include "net/run.h"

#include "engine/recorder.h"
#include "engine/tls.h"
#include "net/env.h"
#include "net/life.h"
#include "net/recording.h"
#include "net/services.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

#define EXIT_FAILED 1
#define EXIT_USAGE 64
#define EXIT_UNWRITABLE 73
#define EXIT_PROFILE 78

#define UNIQUE_CHARACTERS 10
#define FLUSH_MS 1000 /* what nobody could notice lags behind in a recording by so much */

typedef struct
{
  bool verbose;
  const char *profile; /* NULL: none given */
  const char *services;
  GPtrArray *keys; /* of const char *: those that were given */
  const char *record; /* a file; NULL: nothing is recorded */
  const char *trace;  /* a file; NULL: none */
  char *unique;
  AempConfig *config;
} Arguments;

/* --- Help --- */

static int
print_help (void)
{
  printf ("aemp run - runs a node until it is interrupted\n"
          "\n"
          "  aemp run [--verbose] [--trace FILE] [--record FILE] [PROFILE] [KEY VALUE]…\n"
          "\n"
          "  --verbose      tell every trace event, not just who comes and goes\n"
          "  --trace FILE   write every event as a line of JSON, behind what is in the file, for\n"
          "                 aemp check; SIGHUP begins the file anew, once the old one was moved\n"
          "                 away\n"
          "  --record FILE  write down all that the node gets from its environment, in a new\n"
          "                 file, for aemp replay; it contains what the node is sent, but not\n"
          "                 the secret\n"
          "  PROFILE        gives the default node ID, PROFILE/ (default: the host's name); the\n"
          "                 profile file is not read yet\n"
          "\n"
          "Keys:\n");
  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    printf ("  %-18s %s\n", key->key, key->help);
  printf (
      "  %-18s functions to start: names with commas between, or JSON:\n"
      "  %-18s [\"a::f\", [\"a::g\", \"argument\", 2]]\n"
      "\n"
      "`cert @FILE` reads the text from a file.\n"
      "In nodeid, %%n is the host's name and %%u a unique word; one follows a / at the end, too.\n"
      "\n"
      "Exit status: 0 it was interrupted, 1 it cannot listen, 64 usage, 73 it cannot record or\n"
      "trace, 78 an unusable profile.\n",
      "services", "");
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
  net_tell ("aemp run: %s\nTry: aemp run --help", text);
  return EXIT_USAGE;
}

/* --- The node ID --- */

static char *
make_unique (AempEnv *env)
{
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  uint64_t draws[UNIQUE_CHARACTERS];
  char *word = g_malloc (UNIQUE_CHARACTERS + 1);

  aemp_env_random_bytes (env, "unique", 0, draws, sizeof draws);
  for (unsigned i = 0; i < UNIQUE_CHARACTERS; i++)
    word[i] = letters[draws[i] % (sizeof letters - 1)];
  word[UNIQUE_CHARACTERS] = '\0';
  return word;
}

static char *
expand_node_id (const char *pattern, const char *host, const char *unique)
{
  GString *node_id = g_string_new (pattern);

  g_string_replace (node_id, "%n", host, 0);
  g_string_replace (node_id, "%u", unique, 0);
  if (node_id->len > 0 && node_id->str[node_id->len - 1] == '/')
    g_string_append (node_id, unique);
  return g_string_free (node_id, false);
}

/* --- Arguments --- */

/* A profile by name is looked up in the file, once that is read.  Until then a node must
 * not run as if it had no settings. */
static int
check_profile (const char *profile)
{
  const char *named = g_getenv ("PERL_ANYEVENT_MP_RC");
  g_autofree char *file = named && *named
                              ? g_strdup (named)
                              : g_build_filename (g_get_home_dir (), ".perl-anyevent-mp", NULL);

  if (!profile || !g_file_test (file, G_FILE_TEST_EXISTS))
    return 0;
  net_tell ("aemp run: the profile \"%s\" may be in %s, which is not read yet", profile, file);
  return EXIT_PROFILE;
}

static int set_one (Arguments *arguments, AempEnv *env, const char *key, const char *value);

static bool
is_key (const char *word)
{
  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    if (strcmp (key->key, word) == 0)
      return true;
  return strcmp (word, "services") == 0;
}

static int
refuse_key (const char *word)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    g_string_append_printf (known, "%s, ", key->key);
  return usage ("\"%s\" is no key; there are %sservices", word, known->str);
}

/* "KEY VALUE" as people wrote it. */
static int
take_pair (Arguments *arguments, AempEnv *env, const char *key, const char *value)
{
  if (!is_key (key))
    return refuse_key (key);
  for (unsigned i = 0; i < arguments->keys->len; i++)
    if (strcmp (arguments->keys->pdata[i], key) == 0)
      return usage ("%s is given twice", key);
  g_ptr_array_add (arguments->keys, (char *)key);
  return set_one (arguments, env, key, value);
}

/* A certificate is long, and its key a secret that should not stand in a command line. */
static int
read_cert (const char *path, char **text)
{
  g_autoptr (GError) error = NULL;

  if (g_file_get_contents (path, text, NULL, &error))
    return 0;
  return usage ("cert: %s", error->message);
}

static int
set_one (Arguments *arguments, AempEnv *env, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *expanded = NULL;

  if (strcmp (key, "services") == 0)
    {
      arguments->services = value;
      return 0;
    }
  if (strcmp (key, "nodeid") == 0)
    value = expanded = expand_node_id (value, aemp_env_host_name (env), arguments->unique);
  if (strcmp (key, "cert") == 0 && *value == '@')
    {
      int status = read_cert (value + 1, &expanded);

      if (status != 0)
        return status;
      value = expanded;
    }
  if (!aemp_config_set (arguments->config, key, value, &error))
    return usage ("%s", error->message);
  return 0;
}

static int
set_default_node_id (Arguments *arguments, AempEnv *env)
{
  const char *profile = arguments->profile ? arguments->profile : aemp_env_host_name (env);
  g_autofree char *pattern = g_strconcat (profile, "/", NULL);

  return set_one (arguments, env, "nodeid", pattern);
}

/* Options, perhaps a profile, pairs. */
static int
read_arguments (Arguments *arguments, AempEnv *env, int argc, char **argv)
{
  int next = 1;

  for (; next < argc && g_str_has_prefix (argv[next], "--"); next++)
    if (strcmp (argv[next], "--verbose") == 0)
      arguments->verbose = true;
    else if (strcmp (argv[next], "--record") == 0 && next + 1 < argc)
      arguments->record = argv[++next];
    else if (strcmp (argv[next], "--trace") == 0 && next + 1 < argc)
      arguments->trace = argv[++next];
    else if (strcmp (argv[next], "--record") == 0 || strcmp (argv[next], "--trace") == 0)
      return usage ("%s: expected a file", argv[next]);
    else
      return usage ("unknown option %s", argv[next]);
  if ((argc - next) % 2 == 1 && is_key (argv[next])) /* no profile, but a value is missing */
    return usage ("%s needs a value", argv[argc - 1]);
  if ((argc - next) % 2 == 1)
    arguments->profile = argv[next++];
  for (; next < argc; next += 2)
    {
      int status = take_pair (arguments, env, argv[next], argv[next + 1]);

      if (status != 0)
        return status;
    }
  if (!arguments->config->node_id)
    return set_default_node_id (arguments, env);
  return 0;
}

/* --- Running --- */

static gboolean
quit (void *loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

/* What was told to people is in the recording, too. */
static bool
flush_before_line (void *recorder)
{
  aemp_recorder_flush (recorder);
  return true;
}

static gboolean
flush_now_and_then (void *recorder)
{
  aemp_recorder_flush (recorder);
  return G_SOURCE_CONTINUE;
}

static int
run_node (const NetBirth *birth, AempEnv *env, NetListening *listening, GMainLoop *loop,
          AempRecorder *recorder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempNode) node = net_life_begin (env, birth, listening, &error);

  if (node)
    g_main_loop_run (loop);
  else
    net_tell ("aemp run: cannot start: %s", error->message);
  if (listening->trace)
    net_trace_file_stop (listening->trace);
  if (recorder)
    aemp_recorder_stop (recorder, &listening->digest);
  return node ? 0 : EXIT_FAILED;
}

/* A peer that is let in by its secret in the clear sends it to us. */
static void
warn_of_cleartext (const AempConfig *config, const char *path)
{
  if (g_strv_contains ((const char *const *)config->auth_accept, "cleartext"))
    net_tell ("auth_accept lists cleartext: %s will contain the secret", path);
}

static int
run_recorded (const char *path, const NetBirth *birth, AempEnv *env, NetListening *listening,
              GMainLoop *loop)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NetRecording) recording
      = net_recording_create (path, birth->config, birth->services, &error);
  g_autoptr (AempRecorder) recorder = NULL;
  unsigned flush;
  int status;

  if (!recording)
    {
      net_tell ("aemp run: cannot record: %s", error->message);
      return EXIT_UNWRITABLE;
    }
  warn_of_cleartext (birth->config, path);
  recorder = aemp_recorder_new (env, net_recording_write, recording);
  listening->teller.before = flush_before_line;
  listening->teller.user_data = recorder;
  flush = g_timeout_add (FLUSH_MS, flush_now_and_then, recorder);
  status = run_node (birth, aemp_recorder_env (recorder), listening, loop, recorder);
  g_source_remove (flush);
  return status;
}

static int
run_perhaps_recorded (const Arguments *arguments, const NetBirth *birth, AempEnv *env,
                      NetListening *listening, GMainLoop *loop)
{
  if (arguments->record)
    return run_recorded (arguments->record, birth, env, listening, loop);
  return run_node (birth, env, listening, loop, NULL);
}

static void
flush_trace (void *file)
{
  net_trace_file_flush (file);
}

static gboolean
reopen_trace (void *file)
{
  g_autoptr (GError) error = NULL;

  if (!net_trace_file_reopen (file, &error))
    net_tell ("the trace goes on in its former file: %s", error->message);
  return G_SOURCE_CONTINUE;
}

static int
run_traced (const Arguments *arguments, const NetBirth *birth, AempEnv *env,
            NetListening *listening, GMainLoop *loop)
{
  g_autoptr (GError) error = NULL;
  NetTraceFile *file
      = net_trace_file_open (arguments->trace, birth->config->node_id, &error);
  char digest[AEMP_DIGEST_TEXT_BYTES];
  unsigned hangup;
  int status;

  if (!file)
    {
      net_tell ("aemp run: cannot write the trace: %s", error->message);
      return EXIT_UNWRITABLE;
    }
  listening->trace = file;
  net_env_set_before_effects (env, flush_trace, file);
  hangup = g_unix_signal_add (SIGHUP, reopen_trace, file);
  status = run_perhaps_recorded (arguments, birth, env, listening, loop);
  g_source_remove (hangup);
  net_env_set_before_effects (env, NULL, NULL);
  aemp_digest_text (&listening->digest, digest);
  net_trace_file_end (file, digest, status);
  if (net_trace_file_close (file, &error))
    return status;
  net_tell ("aemp run: the trace is not whole: %s", error->message);
  return status ? status : EXIT_UNWRITABLE;
}

/* Signals are heard before the node says its first word: who reads that may send one. */
static int
run_until_interrupted (const Arguments *arguments, const NetBirth *birth, AempEnv *env)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, false);
  unsigned interrupt = g_unix_signal_add (SIGINT, quit, loop);
  unsigned terminate = g_unix_signal_add (SIGTERM, quit, loop);
  NetListening listening;
  int status;

  net_listening_init (&listening, arguments->verbose);
  if (arguments->trace)
    status = run_traced (arguments, birth, env, &listening, loop);
  else
    status = run_perhaps_recorded (arguments, birth, env, &listening, loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  return status;
}

/* With what only reading the certificate tells. */
static bool
check_config (const AempConfig *config, GError **error)
{
  g_autoptr (AempTlsIdentity) identity = NULL;

  if (!aemp_config_check (config, error))
    return false;
  return !config->cert || (identity = aemp_tls_identity_new (config->cert, error));
}

static int
run (Arguments *arguments, AempEnv *env, int argc, char **argv,
     void (*register_services) (AempNode *node))
{
  g_autoptr (AempMessage) services = NULL;
  g_autoptr (GError) error = NULL;
  int status = read_arguments (arguments, env, argc, argv);

  if (status == 0)
    status = check_profile (arguments->profile);
  if (status != 0)
    return status;
  services = net_services_parse (arguments->services ? arguments->services : "", &error);
  if (!services)
    return usage ("services: %s", error->message);
  if (!check_config (arguments->config, &error))
    return usage ("%s", error->message);
  if (arguments->record && arguments->config->cert)
    return usage ("--record: a node with a certificate cannot be recorded: what TLS draws by chance "
                  "does not come from the environment");
  return run_until_interrupted (arguments,
                                &(NetBirth){ arguments->config, services, register_services }, env);
}

int
net_run_command (int argc, char **argv, void (*register_services) (AempNode *node))
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  Arguments arguments = { .config = config, .keys = keys };
  AempEnv *env;
  int status;

  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0)
      return print_help ();
  env = net_env_new (NULL);
  arguments.unique = make_unique (env);
  status = run (&arguments, env, argc, argv, register_services);
  g_free (arguments.unique);
  net_env_free (env);
  return status;
}
