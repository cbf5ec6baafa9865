/* net/snd.c - see snd.h. */
#include "net/snd.h"

#include "net/talk.h"

#define SND_SECONDS 5
#define EVAL_SECONDS 5
#define RESTART_SECONDS 10
#define RESTART "AnyEvent::Watchdog::Util::restart" /* as Perl calls it */

/* What is said to whom. */
typedef struct
{
  const char *port;
  AempMessage *message;
} Saying;

static void
print_list (const AempList *list)
{
  g_autofree char *text = aemp_list_to_text (list, 0);

  puts (text);
}

/* The port died, or what we said was lost. */
static void
on_died (AempNode *node, const AempList *reason, void *user_data)
{
  NetTalk *talk = user_data;
  const Saying *saying = talk->user_data;
  g_autofree char *text = aemp_list_to_text (reason, 0);

  net_talk_fail (talk, "%s is gone: %s", saying->port, reason->count > 0 ? text : "normally");
}

/* --- snd -------------------------------------------------------------------------------- */

/* What was sent before the question has arrived with it. */
static void
on_arrived (AempNode *node, const AempList *reply, void *user_data)
{
  if (reply->count > 0)
    net_talk_end (user_data, 0);
}

/* A port that ends well may do so because of what we said: that has reached it. */
static void
on_died_of_it (AempNode *node, const AempList *reason, void *user_data)
{
  if (reason->count > 0)
    on_died (node, reason, user_data);
}

static void
begin_snd (NetTalk *talk)
{
  const Saying *saying = talk->user_data;
  AempList list = aemp_message_list (saying->message);
  g_autofree char *node_id = aemp_node_of (saying->port);

  aemp_mon (talk->node, saying->port, on_died_of_it, talk, NULL);
  aemp_snd_list (talk->node, saying->port, &list);
  aemp_cal (talk->node, node_id, AEMP_NO_TIMEOUT, on_arrived, talk, NULL, "s", "time");
}

/* PORT ARG… */
static int
say (NetSession *session, NetWords *words, unsigned limit_seconds, void (*begin) (NetTalk *talk))
{
  Saying saying = { .port = net_talk_take_port (session, words, "a port ID, like node#port") };
  g_autoptr (AempMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  if (!saying.port)
    return NET_EXIT_USAGE;
  message = net_words_take_message (words, &error);
  if (!message)
    return net_session_usage (session, "%s", error->message);
  saying.message = message;
  return net_talk (session, limit_seconds, begin, &saying);
}

int
net_snd_obey (NetSession *session, NetWords *words, const char *key)
{
  return say (session, words, SND_SECONDS, begin_snd);
}

/* --- cal -------------------------------------------------------------------------------- */

static void
on_reply (AempNode *node, const AempList *reply, void *user_data)
{
  NetTalk *talk = user_data;

  if (talk->is_over)
    return; /* it is no reply, the port died */
  print_list (reply);
  net_talk_end (talk, 0);
}

/* The monitor was set before that of the call, and tells why there is no reply. */
static void
begin_cal (NetTalk *talk)
{
  const Saying *saying = talk->user_data;
  AempList list = aemp_message_list (saying->message);

  aemp_mon (talk->node, saying->port, on_died, talk, NULL);
  aemp_cal (talk->node, saying->port, AEMP_NO_TIMEOUT, on_reply, talk, NULL, "@", &list);
}

int
net_snd_cal_obey (NetSession *session, NetWords *words, const char *key)
{
  return say (session, words, NET_TALK_NO_LIMIT, begin_cal);
}

/* --- mon -------------------------------------------------------------------------------- */

static void
on_told (AempNode *node, const AempList *reason, void *user_data)
{
  print_list (reason);
  net_talk_end (user_data, 0);
}

static void
begin_mon (NetTalk *talk)
{
  const Saying *saying = talk->user_data;

  aemp_mon (talk->node, saying->port, on_told, talk, NULL);
}

int
net_snd_mon_obey (NetSession *session, NetWords *words, const char *key)
{
  Saying saying = { .port = net_talk_take_port (session, words, "a port ID, like node#port") };

  return saying.port ? net_talk (session, NET_TALK_NO_LIMIT, begin_mon, &saying) : NET_EXIT_USAGE;
}

/* --- eval ------------------------------------------------------------------------------- */

/* An error text, empty when all went well, and the results. */
static void
on_evaluated (AempNode *node, const AempList *reply, void *user_data)
{
  NetTalk *talk = user_data;
  const AempValue *value = aemp_list_get (reply, 0);
  g_autofree char *failure = value ? aemp_value_dup_text (value, NULL) : NULL;
  AempList results = aemp_list_skip (*reply, 1);

  if (talk->is_over)
    return;
  if (failure && *failure)
    {
      net_talk_fail (talk, "%s", g_strchomp (failure));
      return;
    }
  print_list (&results);
  net_talk_end (talk, 0);
}

static void
begin_eval (NetTalk *talk)
{
  const Saying *saying = talk->user_data;
  AempList list = aemp_message_list (saying->message);

  aemp_mon (talk->node, saying->port, on_died, talk, NULL);
  aemp_cal (talk->node, saying->port, AEMP_NO_TIMEOUT, on_evaluated, talk, NULL, "@", &list);
}

int
net_snd_eval_obey (NetSession *session, NetWords *words, const char *key)
{
  const char *port = net_talk_take_port (session, words, "a node ID");
  g_autofree char *node_id = port ? aemp_node_of (port) : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (AempMessage) message = NULL;

  if (!port)
    return NET_EXIT_USAGE;
  while (net_words_left (words) > 0)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", net_words_take (words)->text);
  if (text->len == 0 || !g_utf8_validate (text->str, -1, NULL))
    return net_session_usage (session, "expected what to evaluate, as text");
  message = aemp_message_new ("ss", "eval", text->str);
  return net_talk (session, EVAL_SECONDS, begin_eval, &(Saying){ node_id, message });
}

/* --- restart ---------------------------------------------------------------------------- */

static void
on_ended (AempNode *node, const AempList *reason, void *user_data)
{
  net_talk_end (user_data, 0);
}

static void
ask_to_begin_again (NetTalk *talk)
{
  const Saying *saying = talk->user_data;

  aemp_mon (talk->node, saying->port, on_ended, talk, NULL);
  aemp_snd_to_func (talk->node, saying->port, RESTART, "");
}

static void
on_can_restart (AempNode *node, const AempList *reply, void *user_data)
{
  NetTalk *talk = user_data;

  if (aemp_value_is (aemp_list_get (reply, 0), "1"))
    ask_to_begin_again (talk);
  else
    net_talk_fail (talk, "%s is not run with --watchdog", ((Saying *)talk->user_data)->port);
}

/* Ours can be asked for more; Perl's finds the function when it is to be called. */
static void
on_is_ours (AempNode *node, const AempList *reply, void *user_data)
{
  NetTalk *talk = user_data;
  const Saying *saying = talk->user_data;

  if (reply->count == 0)
    net_talk_fail (talk, "%s cannot be reached", saying->port);
  else if (aemp_value_is (aemp_list_get (reply, 0), "1"))
    aemp_cal (node, saying->port, AEMP_NO_TIMEOUT, on_can_restart, talk, NULL, "ss", "can",
              RESTART);
  else
    ask_to_begin_again (talk);
}

static void
begin_restart (NetTalk *talk)
{
  const Saying *saying = talk->user_data;

  aemp_cal (talk->node, saying->port, AEMP_NO_TIMEOUT, on_is_ours, talk, NULL, "ss", "can",
            "up_nodes");
}

int
net_snd_restart_obey (NetSession *session, NetWords *words, const char *key)
{
  const char *port = net_talk_take_port (session, words, "a node ID");
  g_autofree char *node_id = port ? aemp_node_of (port) : NULL;

  return port ? net_talk (session, RESTART_SECONDS, begin_restart, &(Saying){ node_id, NULL })
              : NET_EXIT_USAGE;
}
