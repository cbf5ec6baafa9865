/* net/talk.c - see talk.h. */
#include "net/talk.h"

#include "net/binds.h"
#include "net/configure.h"
#include "net/env.h"
#include "net/tell.h"

#include "engine/node.h"

#include <glib-unix.h>
#include <signal.h>

#define PROFILE "aemp"
#define NODE_ID "aemp/%n/%u"
#define BINDS "*:*"

/* --- The end ------------------------------------------------------------------------ */

void
net_talk_end (NetTalk *talk, int status)
{
  if (!talk->is_over)
    talk->status = status;
  talk->is_over = true;
  g_main_loop_quit (talk->loop);
}

void
net_talk_fail (NetTalk *talk, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  if (talk->is_over)
    return;
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  net_session_fail (talk->session, 0, "%s", text);
  net_talk_end (talk, NET_EXIT_FAILED);
}

static gboolean
give_up (void *user_data)
{
  NetTalk *talk = user_data;

  net_talk_fail (talk, "gave up: no answer within %u s%s%s", talk->limit_seconds,
                 talk->trouble ? "; " : "", talk->trouble ? talk->trouble : "");
  return G_SOURCE_REMOVE;
}

static gboolean
on_signal (void *user_data)
{
  net_talk_end (user_data, NET_EXIT_FAILED);
  return G_SOURCE_CONTINUE;
}

/* --- The settings --------------------------------------------------------------------- */

/* The node has to have an ID of its own: not the one that is set for all, or for those who
 * run as the profile. */
static NetSection *
settings_of (NetSession *session, const NetProfiles *profiles, GError **error)
{
  g_autoptr (NetSection) own = net_section_new ();
  g_autoptr (NetSection) settings = NULL;

  net_section_put (own, "nodeid", "s", NODE_ID);
  net_section_put (own, "binds", "s", BINDS);
  settings = session->profile
                 ? net_profiles_merge (profiles, session->profile, own, NET_ARGUMENTS_LAST, error)
                 : net_profiles_merge (profiles, PROFILE, own, NET_ARGUMENTS_OVER_GLOBAL, error);
  if (settings)
    {
      net_section_delete (settings, "services");
      net_section_delete (settings, "global");
      net_section_delete (settings, "eval");
    }
  return g_steal_pointer (&settings);
}

static int
configure (NetSession *session, NetConfigured *configured)
{
  const NetProfiles *profiles = net_session_profiles (session);
  g_autofree char *unique = net_unique_word ();
  g_autoptr (GError) error = NULL;
  g_autoptr (NetSection) settings = profiles ? settings_of (session, profiles, &error) : NULL;

  if (!profiles)
    return NET_EXIT_PROFILE;
  if (!settings || !net_configure (settings, g_get_host_name (), unique, configured, &error))
    return net_session_fail (session, NET_EXIT_PROFILE, "%s (in %s)", error->message,
                             session->path);
  if (configured->config->seeds[0])
    return 0;
  return net_session_fail (session, NET_EXIT_PROFILE,
                           "no seeds are set in %s: nobody is known to talk to\n"
                           "Try: aemp setseeds HOST:PORT",
                           session->path);
}

/* --- The node --------------------------------------------------------------------------- */

/* Keeps what may explain a silence. */
static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  NetTalk *talk = (NetTalk *)((char *)tracer - offsetof (NetTalk, tracer));

  if (event->kind != AEMP_TRACE_LINK_REFUSED && event->kind != AEMP_TRACE_DIAL_FAILED)
    return;
  g_free (talk->trouble);
  talk->trouble = net_event_words (event);
}

/* A host without a network has nothing but the loopback; what we talk over we dial. */
static AempNode *
start_node (NetTalk *talk, AempEnv *env, AempConfig *config, GError **error)
{
  bool is_found = net_binds_find (config, env, talk->loop, NULL);
  g_autoptr (AempNode) node = aemp_node_new (env, config, &talk->tracer, error);

  if (!node)
    return NULL;
  if (is_found && aemp_node_start (node, NULL))
    return g_steal_pointer (&node);
  g_clear_pointer (&node, aemp_node_free);
  if (!aemp_config_set (config, "binds", "", error))
    return NULL;
  node = aemp_node_new (env, config, &talk->tracer, error);
  return node && aemp_node_start (node, error) ? g_steal_pointer (&node) : NULL;
}

static unsigned
add_limit (NetTalk *talk)
{
  return talk->limit_seconds == NET_TALK_NO_LIMIT
             ? 0
             : g_timeout_add (talk->limit_seconds * 1000, give_up, talk);
}

/* A source that may be gone by itself. */
static void
remove_source (unsigned id)
{
  GSource *source = id ? g_main_context_find_source_by_id (NULL, id) : NULL;

  if (source)
    g_source_destroy (source);
}

static void
run (NetTalk *talk, void (*begin) (NetTalk *talk))
{
  unsigned interrupt = g_unix_signal_add (SIGINT, on_signal, talk);
  unsigned terminate = g_unix_signal_add (SIGTERM, on_signal, talk);
  unsigned limit = add_limit (talk);

  begin (talk);
  g_main_loop_run (talk->loop);
  remove_source (limit);
  remove_source (interrupt);
  remove_source (terminate);
}

static void
talk_as (NetTalk *talk, NetConfigured *configured, void (*begin) (NetTalk *talk))
{
  AempEnv *env = net_env_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, false);
  g_autoptr (GError) error = NULL;

  net_env_set_nodelay (env, configured->nodelay);
  talk->loop = loop;
  talk->node = start_node (talk, env, configured->config, &error);
  if (talk->node)
    run (talk, begin);
  else
    talk->status = net_session_fail (talk->session, NET_EXIT_FAILED, "%s", error->message);
  g_clear_pointer (&talk->node, aemp_node_free);
  net_env_free (env);
}

int
net_talk (NetSession *session, unsigned limit_seconds, void (*begin) (NetTalk *talk),
          void *user_data)
{
  NetTalk talk = { .session = session,
                   .limit_seconds = limit_seconds,
                   .user_data = user_data,
                   .tracer = { .see = see } };
  g_auto (NetConfigured) configured = { 0 };
  int status;

  if (!net_session_save (session))
    return NET_EXIT_PROFILE;
  status = configure (session, &configured);
  if (status != 0)
    return status;
  talk_as (&talk, &configured, begin);
  g_free (talk.trouble);
  return talk.status;
}

const char *
net_talk_take_port (NetSession *session, NetWords *words, const char *what)
{
  const char *port = net_session_take (session, words, what);

  if (!port || aemp_port_id_is_valid (port))
    return port;
  net_session_usage (session, "expected %s, not \"%s\"", what, port);
  return NULL;
}
