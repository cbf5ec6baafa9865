/* sim/actors/tour.h - what the steps of a tour are made of.
 *
 * A step does something and says what the diary has to be a while later, to the letter.
 * Everything given to the node is a word: what it hears goes into the diary, and so does that it
 * was given back.  The ports of a step have names, which stand in the diary for their IDs. */
#pragma once

#include "sim/actors/actor.h"

typedef struct Tour Tour;
typedef struct TourWord TourWord;

struct Tour
{
  SimActor actor;
  char *where;        /* the other node */
  const char *place;  /* where ports are spawned: here, then on the other node */
  char *away;         /* a node that goes down and comes back; "": none */
  char *far;          /* a node that is known, and cannot be reached; "": none */
  int64_t limit_bytes; /* what its node keeps for another one; 0: unknown */
  int64_t is_secure;  /* its node runs nothing for others */
  int64_t every_us;
  unsigned next; /* of sim_tour_steps */
  unsigned steps; /* done */
  unsigned occasion; /* counts from 1: steps begun */
  GString *diary;
  GPtrArray *words; /* of TourWord, of this step and its successors of the same name */
  GPtrArray *ports; /* of TourPort, as well */
  AempMonitor monitors[4]; /* for steps that stop what those before them have set */
  AempPsub *psub;
  AempSetting setting;
};

typedef struct
{
  const char *name; /* NULL: goes on with the one before, whose words and ports it has */
  void (*act) (Tour *tour);
  const char *diary;
  bool (*fits) (const Tour *tour); /* NULL: always */
  int64_t takes_us;                /* 0: as long as a tour waits between two steps */
} TourStep;

extern const TourStep sim_tour_steps[]; /* up to one without `act` */

/* The step's words.  Each has to be given back once, at the latest in the last row of the step. */
TourWord *sim_tour_word (Tour *tour, const char *name);
void sim_tour_give_back (void *word);
/* For callbacks: writes WORD@SELF[VALUES]; without SELF if that is the tour or has this name. */
void sim_tour_hear (AempNode *node, const AempList *list, void *word);
/* … FAMILY(+ADDED ~CHANGED -DELETED) */
void sim_tour_hear_family (AempNode *node, const AempFamilyNews *news, void *word);
/* … only of the node that goes away: [ID, true or false]; a word "stop" ends monitors 0 and 1. */
void sim_tour_hear_nodes (AempNode *node, const AempList *list, void *word);
void sim_tour_say (Tour *tour, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* A local port that hears all; one that answers, spawned somewhere; a name for anything else.
 * The ID is valid to the end of the step. */
const char *sim_tour_port (Tour *tour, const char *name);
const char *sim_tour_spawn (Tour *tour, const char *place, const char *name);
const char *sim_tour_name (Tour *tour, const char *name, const char *id);
const char *sim_tour_id (Tour *tour, const char *name);
/* Monitors one of them with a word. */
AempMonitor sim_tour_mon (Tour *tour, const char *name, const char *word);
/* Calls in the context of one of them, with the tour. */
void sim_tour_in (Tour *tour, const char *name, AempReceive call);
