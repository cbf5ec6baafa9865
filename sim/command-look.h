/* sim/command-look.h - the options of `aemp simulate` that look into one run. */
#pragma once

#include "sim/run.h"

typedef struct
{
  uint64_t trap_at;  /* the line before which the debugger gets the word; 0: none */
  GPtrArray *wanted; /* of char *: NODE@TIME; NULL: nothing is inspected */
  GArray *places;    /* of SimLookAt: the same, in the order of their times */
  bool json;
  void (*line_told) (uint64_t line); /* sim/search/outside-shim.c listens; NULL: it is not there */
} SimLook;

#define SIM_LOOK_HELP                                                                              \
  "  --trap-at LINE   under a debugger: stops exactly before the event of trace line LINE\n"       \
  "                   (gdb --args aemp simulate FILE --seed N --trap-at LINE)\n"                   \
  "  --inspect NODE@TIME\n"                                                                        \
  "                   prints the node's ports, monitors, peers, queues and database when all\n"    \
  "                   up to and including TIME has happened; may be said several times\n"          \
  "  --json           … as one object a line\n"

void sim_look_clear (SimLook *look);

/* Is it the name of one of these options that takes a value? */
bool sim_look_knows (const char *name);
/* NULL, or what is wrong with the value, for g_free(). */
char *sim_look_take (SimLook *look, const char *name, const char *value);
/* With the scenario read: NULL, or what does not fit. */
char *sim_look_prepare (SimLook *look, const Scenario *scenario);
/* Hangs itself into the run, which is about to begin; `look` outlives it. */
void sim_look_begin (SimLook *look, SimRunOptions *run);
/* It is over. */
void sim_look_end (const SimLook *look);
