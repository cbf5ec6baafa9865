/* net/tell.h - trace events as lines for people, on stderr. */
#pragma once

#include "engine/trace.h"

typedef struct
{
  AempTracer tracer; /* to be given to the node */
  bool verbose;      /* tell everything, not just what matters to people */
  int64_t begin_us;  /* of the first event */
  bool (*before) (void *user_data); /* a line is told; false: not this one.  NULL: all are */
  void *user_data;
} NetTeller;

void net_teller_init (NetTeller *teller, bool verbose);
/* A line of a node's. */
void net_teller_say (NetTeller *teller, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A line of the program's own. */
void net_tell (const char *format, ...) G_GNUC_PRINTF (1, 2);
