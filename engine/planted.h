/* engine/planted.h - mistakes that a test build can be asked to make.
 *
 * Who looks for bugs has to find those that are known to be there.  planted-list.h is the
 * catalogue; a line of code that could be wrong asks
 *
 *     if (AEMP_PLANTED (monitor_fires_twice))
 *
 * In a normal build that is false while it is compiled: nothing of it is left, and neither is
 * the catalogue.  In a build with -Dplanted=true it is true when that bug was switched on by
 * its name, by --planted or in the environment (AEMP_PLANTED=name).  What is switched on is a
 * variable of the process, the only one that engine and sim ever have.
 *
 * The question stands last in a condition, so that it is only asked where the answer makes a
 * difference: the first time that it is answered with yes is the time when things went wrong. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum
{
#define PLANTED(name, origin, where, what, noticed, survives) AEMP_PLANTED_##name,
#include "planted-list.h"
#undef PLANTED
  AEMP_PLANTED_COUNT
} AempPlanted;

/* Where the idea comes from. */
typedef enum
{
  AEMP_PLANTED_FROM_LOG,       /* AEMP's change log tells of it */
  AEMP_PLANTED_FROM_PERL,      /* Perl's 2.02 does it: a letter of docs/protocol.md's list */
  AEMP_PLANTED_FROM_PROTOCOLS, /* protocol code of all kinds has it */
  AEMP_PLANTED_FROM_SIMULATOR, /* the simulated world lies */
  AEMP_PLANTED_FROM_CHECKERS,  /* a checker is blind; its own tests have to notice */
} AempPlantedOrigin;

typedef struct
{
  const char *name;
  AempPlantedOrigin origin;
  const char *where;    /* the file */
  const char *what;     /* what goes wrong */
  const char *noticed;  /* the promise, checker or test that should notice */
  const char *survives; /* NULL; or why nothing finds it */
} AempPlantedInfo;

#ifdef AEMP_PLANTED_BUGS

#define AEMP_PLANTED(name)                                                                         \
  (G_UNLIKELY (aemp_planted_on[AEMP_PLANTED_##name]) && aemp_planted_acts (AEMP_PLANTED_##name))

/* Is it switched on?  Stands in front of conditions that cost something. */
#define AEMP_PLANTED_IS_ON(name) G_UNLIKELY (aemp_planted_on[AEMP_PLANTED_##name])

extern bool aemp_planted_on[AEMP_PLANTED_COUNT];
/* Counts; always true. */
bool aemp_planted_acts (AempPlanted planted);
/* How often was a mistake made since it was switched on? */
uint64_t aemp_planted_count (void);

#else

#define AEMP_PLANTED(name) ((void)AEMP_PLANTED_##name, false)
#define AEMP_PLANTED_IS_ON(name) AEMP_PLANTED (name)

static inline uint64_t
aemp_planted_count (void)
{
  return 0;
}

#endif

/* What follows is in every build; without -Dplanted=true there is nothing to be found. */

/* Says what to type where this build has no planted bugs. */
extern const char aemp_planted_advice[];
bool aemp_planted_is_built (void);
bool aemp_planted_find (const char *name, AempPlanted *planted);
const AempPlantedInfo *aemp_planted_info (AempPlanted planted);
/* "change log", "Perl" …: as lists and pages say it. */
const char *aemp_planted_origin_text (AempPlantedOrigin origin);
/* From now on the process makes this mistake; counts anew. */
void aemp_planted_switch_on (AempPlanted planted);
/* … makes no mistakes. */
void aemp_planted_switch_off_all (void);
