/* net/life.h - how a real node begins, and what it tells.
 *
 * `aemp run` and `aemp replay` begin a node in the same way, word for word: only then does a
 * recording fit. */
#pragma once

#include "engine/digest.h"
#include "engine/node.h"
#include "net/tell.h"
#include "net/trace-file.h"

typedef struct
{
  const AempConfig *config;
  AempMessage *services;
  void (*register_services) (AempNode *node); /* may be NULL */
} NetBirth;

/* Hears a node: a digest of all, lines of some. */
typedef struct
{
  AempTracer tracer; /* to be given to the node */
  NetTeller teller;
  AempDigest digest; /* nobody's business where the tracer skips messages */
  NetTraceFile *trace; /* NULL: none is written */
  /* Sees events in front of these; false: they do not count.  NULL: none does. */
  bool (*see) (const AempTraceEvent *event, void *user_data);
  void *user_data;
} NetListening;

void net_listening_init (NetListening *listening, NetLevel level);

/* A node that listens, with its services, of whose beginning was told.  NULL: it cannot
 * listen.  The configuration has to be good. */
AempNode *net_life_begin (AempEnv *env, const NetBirth *birth, NetListening *listening,
                          GError **error);
