/* sim/queue.h - what is going to happen, in one total order.
 *
 * The order: time; then world calls before all else; then a hash of the host's key and
 * the time, so that hosts at one instant take turns as the seed decides; then first in,
 * first out.  Events are part of what they happen to: adding one allocates nothing. */
#pragma once

#include "luck.h"

#include <glib.h>
#include <stdbool.h>

typedef struct SimQueue SimQueue;
typedef struct SimEvent SimEvent;
typedef void (*SimPlay) (SimEvent *event);

#define SIM_WORLD_KEY 0 /* the key of what is done to the world: before all hosts */

/* All zero when at rest, but for `play` and `host_key`, which are the owner's to set (not
 * while it is in a queue).  The rest is the queue's. */
struct SimEvent
{
  SimPlay play;
  uint64_t host_key; /* made by sim_luck(); never SIM_WORLD_KEY for a host */
  int64_t due_us;
  uint64_t sequence;
  SimEvent *next;
  SimEvent **link; /* what points here; NULL: at rest */
  SimEvent *child;
};

/* The struct that an event is a member of. */
#define SIM_OWNER(type, member, event) ((type *) ((char *) (event) - offsetof (type, member)))

SimQueue *sim_queue_new (void);
/* Events left in it are not touched. */
void sim_queue_free (SimQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimQueue, sim_queue_free)

/* Adds an event, or gives one that is in the queue a new time (and a new place behind its
 * equals); a later time is only noted, the entry is moved when it comes up.  No time
 * before that of the event taken last is possible. */
void sim_queue_add (SimQueue *queue, SimEvent *event, int64_t time_us);
/* Takes a place in the first in, first out now, for an event to be added later. */
uint64_t sim_queue_sequence (SimQueue *queue);
void sim_queue_add_as (SimQueue *queue, SimEvent *event, int64_t time_us, uint64_t sequence);
/* Fine also when it is not there. */
void sim_queue_remove (SimQueue *queue, SimEvent *event);

/* Takes out the next event, if its time is not later than `until_us`; or NULL. */
SimEvent *sim_queue_take (SimQueue *queue, int64_t until_us);

static inline bool
sim_event_is_queued (const SimEvent *event)
{
  return event->link != NULL;
}
