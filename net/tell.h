/* net/tell.h - trace events as lines for people, on stderr.
 *
 * Where the journal of systemd reads, each line begins with its level, "<6>". */
#pragma once

#include "engine/trace.h"

#define NET_STRANGERS_TOLD_MAX 10 /* who were not let in, in that time; the others are counted */
#define NET_STRANGERS_TIME_US (1000 * 1000)
/* How much it matters; a teller tells what is at or above its level. */
typedef enum
{
  NET_LEVEL_ERROR,
  NET_LEVEL_WARN,
  NET_LEVEL_INFO,
  NET_LEVEL_DEBUG, /* every trace event */
} NetLevel;

/* "error", "warn", …; false: there is no such level. */
bool net_level_parse (const char *text, NetLevel *level);

typedef struct
{
  AempTracer tracer; /* to be given to the node */
  NetLevel level;
  int64_t begin_us;  /* of the first event */
  int64_t strangers_since_us;
  unsigned strangers; /* since then */
  bool (*before) (void *user_data); /* a line is told; false: not this one.  NULL: all are */
  void *user_data;
} NetTeller;

void net_teller_init (NetTeller *teller, NetLevel level);
/* What an event that matters to people says, for g_free(); NULL: it is none. */
char *net_event_words (const AempTraceEvent *event);
/* A line of a node's. */
void net_teller_say (NetTeller *teller, NetLevel level, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* A line of the program's own, an error or a warning. */
void net_tell (const char *format, ...) G_GNUC_PRINTF (1, 2);
