/* sim/actors/tour.h - what the steps of a tour are made of.
 *
 * A step does something and says what the diary has to be a while later, to the letter.
 * Everything given to the node is a word: what it hears goes into the diary, and so does that it
 * was given back.  The ports of a step have names, which stand in the diary for their IDs. */
#pragma once

#include "sim/actors/actor.h"

typedef struct Tour Tour;
typedef struct TourWord TourWord;
typedef struct TourStep TourStep;

struct TourStep
{
  const char *name; /* NULL: goes on with the one before, whose words and ports it has */
  void (*act) (Tour *tour);
  const char *diary;
  bool (*fits) (const Tour *tour); /* NULL: always */
  int64_t takes_us;                /* 0: as long as a tour waits between two steps */
};

struct Tour
{
  SimActor actor;
  char *where;         /* the other node */
  const char *place;   /* where ports are spawned: here, then on the other node */
  char *away;          /* a node that goes down and comes back; "": none */
  char *far;           /* a node that is known, and cannot be reached; "": none */
  int64_t limit_bytes; /* what its node keeps for another one; 0: unknown */
  int64_t is_secure;   /* its node runs nothing for others */
  int64_t every_us;
  unsigned chapter;
  const TourStep *step; /* the one that is under way */
  unsigned steps;       /* done */
  GString *diary;
  GPtrArray *words;        /* of TourWord: all there were */
  GPtrArray *ports;        /* of TourPort: this step's, and those of what it goes on with */
  AempMonitor monitors[4]; /* for steps that stop what those before them have set */
  AempSetting setting;     /* as well */
  unsigned count;          /* of what a busy node does */
  AempPsub *psub;          /* belongs to what calls it too late */
};

/* Each up to one without `act`. */
extern const TourStep sim_tour_monitors[];
extern const TourStep sim_tour_ports[];
extern const TourStep sim_tour_nodes[];

#define TOUR_MOMENT_US ((int64_t)50 * 1000)
#define TOUR_NOWHERE "no-such-node"
#define TOUR_NO_PORT_ID ";"

/* A callback and its word, and what gives it back. */
#define TOUR_HEARD(tour, name) sim_tour_hear, sim_tour_word (tour, name), sim_tour_give_back

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
/* The normal death of all of these, up to a NULL. */
void sim_tour_end (Tour *tour, const char *const *names);
/* Calls in the context of one of them, with the tour. */
void sim_tour_in (Tour *tour, const char *name, AempReceive call);
