/* net/talk.h - a node for as long as one command talks to others. */
#pragma once

#include "engine/trace.h"
#include "net/command.h"

typedef struct
{
  NetSession *session;
  AempNode *node;
  GMainLoop *loop;
  unsigned limit_seconds;
  int status;      /* when it ends */
  bool is_over;    /* it ends; what still comes is not told */
  void *user_data; /* the command's */
  AempTracer tracer;
  char *trouble;   /* what went wrong last between nodes; NULL: nothing */
} NetTalk;

#define NET_TALK_NO_LIMIT 0

/* Begins a node as the profile file says, calls `begin` and goes on until net_talk_end(), a
 * signal, or for `limit_seconds`, and then says that it gave up.  The node has the profile
 * `aemp`, or the one the line is about, but an ID of its own; services are not started.  The
 * exit status. */
int net_talk (NetSession *session, unsigned limit_seconds, void (*begin) (NetTalk *talk),
              void *user_data);

void net_talk_end (NetTalk *talk, int status);
/* Ends with a line that says why. */
void net_talk_fail (NetTalk *talk, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The ID of a port or a node, as the next word.  NULL: there is none, which was told. */
const char *net_talk_take_port (NetSession *session, NetWords *words, const char *what);
