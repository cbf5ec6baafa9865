/* sim/actors/conformance.c - what other implementations can be tried against: `aemp run`
 * with the service aemp::conformance.
 *
 * Registered in the families `echo` and `sink`, and to be spawned, are ports that take:
 *
 *   echo   ["echo", anything…, port]    →  ["echo", anything…] to the port
 *          ["watch", port, other]       →  ["watching"] to other, and when port is dead
 *                                          ["watched_died", reason…]
 *          ["fail", text]               a spawned one dies of `die`, text
 *   sink   ["count", anything…, port]   →  ["count", anything…, number] to the port: how many
 *                                          messages of other kinds came, and ["reset"] begins anew
 *
 * To be spawned is `aemp::echo_init OWNER ANYTHING…`: it links itself to OWNER (if there is one)
 * and tells it ["hello", own port, ANYTHING…].  `main::echo_init` is the same, by the name that the
 * recorded sessions of Perl's nodes use, and `main::broken_init` fails at once. */

#include "sim/actors/starts.h"

/* --- Echo --- */

/* The last element, if it is a port ID; and what stands before it. */
static char *
split_reply_port (const AempList *message, AempList *rest)
{
  g_autofree char *port = NULL;

  *rest = *message;
  if (message->count == 0)
    return NULL;
  rest->count--;
  port = aemp_value_dup_text (aemp_list_get (message, message->count - 1), NULL);
  return port && *port ? g_steal_pointer (&port) : NULL;
}

static void
answer_echo (AempNode *node, const AempList *message, void *user_data)
{
  AempList rest;
  g_autofree char *reply_port = split_reply_port (message, &rest);

  if (reply_port)
    aemp_snd (node, reply_port, "s@", "echo", &rest);
}

/* [port, other]. */
static void
answer_watch (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *port = aemp_value_dup_text (aemp_list_get (message, 0), NULL);
  g_autofree char *other = aemp_value_dup_text (aemp_list_get (message, 1), NULL);

  if (!port || !*port || !other || !*other)
    return; /* nobody to watch, or to answer to */
  aemp_mon_snd (node, port, other, "s", "watched_died");
  aemp_snd (node, other, "s", "watching");
}

static void
fail (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *text = aemp_value_dup_text (aemp_list_get (message, 0), NULL);

  aemp_die (node, "%s", text ? text : "");
}

static void
ignore_message (AempNode *node, const AempList *message, void *user_data)
{
}

static void
become_echo (AempNode *node, const char *port)
{
  aemp_rcv (node, port, NULL, ignore_message, NULL, NULL);
  aemp_rcv (node, port, "echo", answer_echo, NULL, NULL);
  aemp_rcv (node, port, "watch", answer_watch, NULL, NULL);
}

/* [owner, anything…], or nothing. */
void
sim_echo_init_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autofree char *owner = aemp_value_dup_text (aemp_list_get (arguments, 0), NULL);
  const char *self = aemp_self (node);
  AempList rest = aemp_list_skip (*arguments, 1);

  if (!self)
    return; /* asked by a request to the node port: there is nobody to be */
  become_echo (node, self);
  aemp_rcv (node, self, "fail", fail, NULL, NULL);
  if (!owner || !*owner)
    return;
  aemp_mon_kil (node, owner, NULL);
  aemp_snd (node, owner, "ss@", "hello", self, &rest);
}

static void
start_broken (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_die (node, "this one fails before it begins");
}

/* --- Sink --- */

typedef struct
{
  uint64_t messages;
} Count;

static void
take (AempNode *node, const AempList *message, void *user_data)
{
  ((Count *)user_data)->messages++;
}

static void
reset (AempNode *node, const AempList *message, void *user_data)
{
  ((Count *)user_data)->messages = 0;
}

static void
answer_count (AempNode *node, const AempList *message, void *user_data)
{
  const Count *count = user_data;
  AempList rest;
  g_autofree char *reply_port = split_reply_port (message, &rest);

  if (reply_port)
    aemp_snd (node, reply_port, "s@u", "count", &rest, count->messages);
}

static const char *
make_sink (AempNode *node)
{
  Count *count = g_new0 (Count, 1);
  const char *port = aemp_port (node, take, count, g_free);

  aemp_rcv (node, port, "reset", reset, count, NULL);
  aemp_rcv (node, port, "count", answer_count, count, NULL);
  return port;
}

void
sim_conformance_start (AempNode *node, const AempList *arguments, void *user_data)
{
  const char *self = aemp_self (node);

  if (!self)
    return;
  aemp_service (node, "main::echo_init", sim_echo_init_start, NULL);
  aemp_service (node, "main::broken_init", start_broken, NULL);
  become_echo (node, self);
  aemp_db_reg (node, "echo", self, "n");
  const char *sink = make_sink (node);
  aemp_db_reg (node, "sink", sink, "n");
  aemp_mon_kil (node, self, sink);
}
