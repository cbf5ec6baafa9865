/* sim/actors/find.h - finds another actor, by messages alone, and stays with it.
 *
 * It asks the node port of the target's node, again and again, a little slower each time,
 * until the answer is a port ID; then it monitors that port.  When the monitor fires it
 * says so and begins anew.  Part of an actor, one for each actor. */
#pragma once

#include "sim/actors/actor.h"

typedef struct SimFind SimFind;
struct SimFind
{
  const char *port; /* where the target is; NULL: being searched */
  uint64_t search;  /* counts from 1: the same target found again is another search */
  /* For this part alone: */
  SimActor *actor;
  char *target;
  char *where; /* the target's node */
  char *found_port;
  uint32_t attempt;
  void (*found) (SimActor *actor);
  void (*lost) (SimActor *actor, const AempList *reason);
};

/* Reads the option `target`.  False: SELF dies, it is no NODE.NAME. */
bool sim_find_option (SimFind *find, SimActor *actor);
/* Begins to search, once the actor is open.  `found` is called when the monitor is set,
 * what is sent to find->port from then on is watched over; `lost` (may be NULL) when it
 * has fired. */
void sim_find_start (SimFind *find, void (*found) (SimActor *actor),
                     void (*lost) (SimActor *actor, const AempList *reason));
void sim_find_clear (SimFind *find);
