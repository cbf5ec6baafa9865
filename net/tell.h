/* net/tell.h - trace events as lines for people, on stderr. */
#pragma once

#include "engine/trace.h"

#define NET_STRANGERS_TOLD_MAX 10 /* who were not let in, in that time; the others are counted */
#define NET_STRANGERS_TIME_US (1000 * 1000)

typedef struct
{
  AempTracer tracer; /* to be given to the node */
  bool verbose;      /* tell everything, not just what matters to people */
  int64_t begin_us;  /* of the first event */
  int64_t strangers_since_us;
  unsigned strangers; /* since then */
  bool (*before) (void *user_data); /* a line is told; false: not this one.  NULL: all are */
  void *user_data;
} NetTeller;

void net_teller_init (NetTeller *teller, bool verbose);
/* A line of a node's. */
void net_teller_say (NetTeller *teller, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A line of the program's own. */
void net_tell (const char *format, ...) G_GNUC_PRINTF (1, 2);
