/* sim/search/outside.h - who in a simulated run asks the world outside?
 *
 * Plays a run again and again in fresh processes under outside-shim.c, each time with one thing in the
 * world outside changed: what one place in the program is answered, where memory lies, what is in
 * memory that nobody has written.  What makes another run of it is a leak. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct
{
  char *what;     /* "asks clock_gettime", "uses memory that nobody has written" */
  char *function; /* of ours that does; NULL: not known */
  char *place;    /* "file.c:12"; NULL: not known */
  uint64_t line;  /* the trace's line before which it does so first; 0: not known */
} SimLeak;

void sim_leak_free (void *leak);

/* Is this a build that can find out? */
bool sim_outside_is_there (void);
/* `command` plays one run and prints its digest; NULL at the end.  `limit_us` of real time.
 * Returns an array of SimLeak, the surest first; empty: nothing outside makes a difference. */
GPtrArray *sim_outside_find (const char *const *command, int64_t limit_us);
