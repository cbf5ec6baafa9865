/* net/running.h - a configured node, from its beginning to its end. */
#pragma once

#include "net/life.h"
#include "net/watchdog.h"

typedef struct
{
  NetLevel level;     /* how much is told */
  const char *record; /* a file for `aemp replay`; NULL: none */
  const char *trace;  /* a file for the trace; NULL: none */
  NetWatched watched;
} NetRunning;

/* Runs it until SIGTERM or SIGINT; what waits to be sent then is sent, within a limit, unless a
 * second one comes.  SIGHUP reopens the trace.  The exit status. */
int net_running (const NetRunning *running, const NetBirth *birth, AempEnv *env);
