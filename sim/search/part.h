/* sim/search/part.h - where two runs part.
 *
 * Both are read side by side, event by event, so that neither has to be kept.  The first event that
 * is another one may only have come in another order; so the events of each host are then compared by
 * themselves, until one host's own story differs: that is where to look. */
#pragma once

#include "sim/search/lines.h"

#define SIM_PART_BEFORE 5 /* events shown before they part … */
#define SIM_PART_AFTER 4  /* … and from there on, of each */

typedef struct
{
  uint64_t together;   /* events that are the same */
  bool parted;
  GPtrArray *before;   /* of SimLine: the last ones that they share */
  GPtrArray *after[2]; /* of SimLine: what comes then */
  char *host;          /* the first one whose own story differs; NULL: only the order of hosts does */
  uint64_t host_event; /* … in its event of this number, from 1 */
  SimLine *own[2];     /* … which is this; NULL: it has no more */
  char *digest[2];     /* NULL: it has none, the run came to no end */
} SimPart;

SimPart *sim_part_find (SimLines *one, SimLines *other);
void sim_part_free (SimPart *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPart, sim_part_free)
