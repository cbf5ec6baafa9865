/* net/run.c - `aemp run`: options, a profile, settings; then it runs. */
#include "net/run.h"

#include "net/configure.h"
#include "net/env.h"
#include "net/keys.h"
#include "net/running.h"
#include "net/show.h"

#include <string.h>

/* --- Help --------------------------------------------------------------------------- */

void
net_run_print_help (void)
{
  printf (
      "aemp run - runs a node until it is interrupted\n"
      "\n"
      "  aemp run [OPTION]… [PROFILE] [KEY VALUE]…\n"
      "\n"
      "  PROFILE            what the profile file says under this name (default: the host's\n"
      "                     name); it need not be there, and gives the default node ID, PROFILE/\n"
      "  --log LEVEL        error, warn, info (the default), or debug: every trace event\n"
      "  --verbose          the same as --log debug\n"
      "  --trace FILE       write every event as a line of JSON, before others can notice it,\n"
      "                     behind what is in the file, for aemp check; SIGHUP begins the file\n"
      "                     anew, once the old one was moved away\n"
      "  --record FILE      write down all that the node gets from its environment, in a new\n"
      "                     file, for aemp replay; it contains what the node is sent, but not\n"
      "                     the secret\n"
      "  --watchdog[=SECONDS]  begin the node again when it dies, or was not heard of for so\n"
      "                     long (300), or when aemp restart asks for it\n"
      "\n"
      "Keys:\n");
  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    printf ("  %-18s %s\n", key->key, key->help);
  printf (
      "  %-18s %s:\n"
      "  %-18s [\"a::f\", [\"a::g\", \"argument\", 2]]\n"
      "  %-18s on: what is set here overrides the profile file, not the other way round\n"
      "  %-18s on: the profile file does not count\n"
      "\n"
      "Built-in defaults, then what is set here, then what the file says for all, for the\n"
      "profile's parents, for the profile: each overrides what stands before.\n"
      "In nodeid, %%n is the host's name and %%u a unique word; one follows a / at the end, too.\n"
      "\n"
      "Exit status: 0 it was told to end, 1 it cannot listen, 64 usage, 73 it cannot record or\n"
      "trace, 78 an unusable profile.\n",
      "services", net_key_help ("services"), "", "force", "norc");
}

/* --- Options ------------------------------------------------------------------------- */

/* The option's value; NULL: it is missing, which was told. */
static const char *
take_value (NetSession *session, NetWords *words, const char *option, const char *what)
{
  const NetWord *word = net_words_take (words);

  if (!word)
    net_session_usage (session, "%s: expected %s", option, what);
  return word ? word->text : NULL;
}

static bool
take_level (NetSession *session, NetWords *words, NetRunning *running)
{
  const char *text = take_value (session, words, "--log", "a level");

  if (!text)
    return false;
  if (net_level_parse (text, &running->level))
    return true;
  net_session_usage (session, "--log: expected error, warn, info or debug, not \"%s\"", text);
  return false;
}

static bool
take_heartbeat (NetSession *session, const char *option, unsigned *heartbeat_seconds)
{
  const char *value = strchr (option, '=');
  guint64 seconds = NET_WATCHDOG_HEARTBEAT_SECONDS;

  if (value && !g_ascii_string_to_unsigned (value + 1, 10, 1, 24 * 3600, &seconds, NULL))
    {
      net_session_usage (session, "--watchdog: expected seconds from 1 to 86400, not \"%s\"",
                         value + 1);
      return false;
    }
  *heartbeat_seconds = (unsigned)seconds;
  return true;
}

typedef struct
{
  NetRunning running;
  unsigned heartbeat_seconds; /* 0: nobody watches */
} Options;

static bool
refuse_option (NetSession *session, const char *option)
{
  net_session_usage (session, "unknown option %s", option);
  return false;
}

static bool
take_option (NetSession *session, NetWords *words, Options *options)
{
  NetRunning *running = &options->running;
  const char *option = net_words_take (words)->text;

  if (strcmp (option, "--verbose") == 0)
    running->level = NET_LEVEL_DEBUG;
  else if (strcmp (option, "--log") == 0)
    return take_level (session, words, running);
  else if (strcmp (option, "--trace") == 0)
    return (running->trace = take_value (session, words, option, "a file")) != NULL;
  else if (strcmp (option, "--record") == 0)
    return (running->record = take_value (session, words, option, "a file")) != NULL;
  else if (strcmp (option, "--watchdog") == 0 || g_str_has_prefix (option, "--watchdog="))
    return take_heartbeat (session, option, &options->heartbeat_seconds);
  else
    return refuse_option (session, option);
  return true;
}

static bool
take_options (NetSession *session, NetWords *words, Options *options)
{
  while (net_words_left (words) > 0 && g_str_has_prefix (net_words_peek (words)->text, "--"))
    if (!take_option (session, words, options))
      return false;
  if (!options->running.record || options->heartbeat_seconds == 0)
    return true;
  net_session_usage (session, "a recording is of one life: --record and --watchdog do not go "
                              "together");
  return false;
}

/* --- Settings ------------------------------------------------------------------------- */

/* A profile may stand in front of the pairs; NULL: none does. */
static const char *
take_profile (NetWords *words)
{
  if (net_words_left (words) % 2 == 0 || net_key_is_known (net_words_peek (words)->text))
    return NULL; /* or a value is missing, which is told later */
  return net_words_take (words)->text;
}

/* Its name, wherever it was said. */
static char *
profile_name (const NetSession *session, const char *taken, const NetSection *arguments)
{
  const AempValue *value = net_section_get (arguments, "profile");

  if (taken)
    return g_strdup (taken);
  if (value)
    return net_value_text (value);
  return g_strdup (session->profile ? session->profile : g_get_host_name ());
}

static void
tell_overridden (const NetSession *session, const NetSection *arguments, const NetSection *settings)
{
  g_autofree const char **names = net_configure_overridden (arguments, settings);

  for (unsigned i = 0; names[i]; i++)
    net_tell ("%s: %s says otherwise, and counts more (unless force is on)", names[i],
              session->path);
}

/* --- Running -------------------------------------------------------------------------- */

static int
run_configured (NetSession *session, const Options *options, const NetConfigured *configured)
{
  NetBirth birth = { configured->config, configured->services, session->register_services };
  AempEnv *env = net_env_new (NULL);
  int status;

  net_env_set_nodelay (env, configured->nodelay);
  status = net_running (&options->running, &birth, env);
  net_env_free (env);
  return status;
}

static int
run (NetSession *session, Options *options, const NetSection *settings)
{
  g_autofree char *unique = NULL;
  g_auto (NetConfigured) configured = { 0 };
  g_autoptr (GError) error = NULL;
  int status;

  options->running.watched.fd = -1;
  if (options->heartbeat_seconds > 0
      && !net_watchdog_begin (options->heartbeat_seconds, &options->running.watched, &status))
    return status;
  unique = net_unique_word (); /* a new one in each life */
  if (!net_configure (settings, g_get_host_name (), unique, &configured, &error))
    return net_session_fail (session, NET_EXIT_PROFILE, "%s", error->message);
  if (options->running.record && configured.config->cert)
    return net_session_usage (session,
                              "--record: a node with a certificate cannot be recorded: what "
                              "TLS draws by chance does not come from the environment");
  return run_configured (session, options, &configured);
}

int
net_run_obey (NetSession *session, NetWords *words, const char *key)
{
  Options options = { .running = { .level = NET_LEVEL_INFO } };
  g_autoptr (NetSection) arguments = NULL;
  g_autoptr (NetSection) settings = NULL;
  g_autofree char *profile = NULL;
  g_autoptr (GError) error = NULL;
  const char *taken;

  if (!net_session_save (session))
    return NET_EXIT_PROFILE;
  if (!take_options (session, words, &options))
    return NET_EXIT_USAGE;
  taken = take_profile (words);
  arguments = net_show_take_pairs (session, words);
  if (!arguments)
    return NET_EXIT_USAGE;
  if (!net_section_is_true (arguments, "norc") && !net_session_profiles (session))
    return NET_EXIT_PROFILE;
  profile = profile_name (session, taken, arguments);
  settings = net_configure_merge (session->profiles, profile, arguments, &error);
  if (!settings)
    return net_session_fail (session, NET_EXIT_PROFILE, "%s", error->message);
  tell_overridden (session, arguments, settings);
  return run (session, &options, settings);
}
