/* sim/queue.c - a wheel of wheels, and a heap for the present instant.
 *
 * An event hangs at the level of the highest of its time's eight bytes that differs from
 * the cursor's, in the slot of that byte's value: near events far down, those of the next
 * hours (keepalive) far up, where they cost nothing until their time draws near.  The
 * cursor goes from one occupied slot to the next; what hangs there moves down, by its time
 * as it is then, until it is due at the cursor itself: that is the instant, a pairing heap
 * in which the rest of the order counts. */

#include "queue.h"

#include "engine/planted.h"

#define LEVELS 8 /* a byte of the time each */
#define SLOTS 256
#define WORDS (SLOTS / 64)

typedef struct
{
  uint64_t occupied[WORDS]; /* may be set for a slot that has become empty */
  SimEvent *slots[SLOTS];
} Level;

struct SimQueue
{
  int64_t cursor_us;
  uint64_t sequence;
  SimEvent *instant; /* due at the cursor: the root of a heap */
  Level levels[LEVELS];
};

SimQueue *
sim_queue_new (void)
{
  return g_new0 (SimQueue, 1);
}

void
sim_queue_free (SimQueue *queue)
{
  g_free (queue);
}

/* --- The instant --- */

static uint64_t
turn (const SimEvent *event)
{
  if (event->host_key == SIM_WORLD_KEY)
    return 0;
  return sim_luck_draw ((SimLuck){ .key = event->host_key }, (uint64_t)event->due_us) | 1;
}

/* Of two events at one time. */
static inline bool
comes_before (const SimEvent *one, const SimEvent *other)
{
  if (one->host_key == other->host_key && one->host_key != SIM_WORLD_KEY
      && AEMP_PLANTED (sim_order_swapped))
    return one->sequence > other->sequence;
  if (one->host_key != other->host_key)
    {
      uint64_t one_turn = turn (one);
      uint64_t other_turn = turn (other);

      if (one_turn != other_turn)
        return one_turn < other_turn;
    }
  return AEMP_PLANTED (sim_order_by_address) ? one < other : one->sequence < other->sequence;
}

/* Two heaps become one; their roots' `next` and `link` are not looked at. */
static inline SimEvent *
meld (SimEvent *one, SimEvent *other)
{
  if (!comes_before (one, other))
    {
      SimEvent *later = one;

      one = other;
      other = later;
    }
  other->next = one->child;
  if (other->next)
    other->next->link = &other->next;
  other->link = &one->child;
  one->child = other;
  return one;
}

static void
instant_set (SimQueue *queue, SimEvent *root)
{
  queue->instant = root;
  if (root)
    {
      root->next = NULL;
      root->link = &queue->instant;
    }
}

static void
instant_add (SimQueue *queue, SimEvent *event)
{
  event->child = NULL;
  instant_set (queue, queue->instant ? meld (queue->instant, event) : event);
}

/* Siblings become one heap: in pairs from the front, then all from the back. */
static SimEvent *
meld_siblings (SimEvent *first)
{
  SimEvent *pairs = NULL;

  while (first)
    {
      SimEvent *one = first;
      SimEvent *other = one->next;

      first = other ? other->next : NULL;
      if (other)
        one = meld (one, other);
      one->next = pairs;
      pairs = one;
    }
  while (pairs && pairs->next)
    {
      SimEvent *rest = pairs->next->next;

      pairs = meld (pairs, pairs->next);
      pairs->next = rest;
    }
  return pairs;
}

/* --- The wheels --- */

static inline void
place (SimQueue *queue, SimEvent *event)
{
  uint64_t differs = (uint64_t)event->due_us ^ (uint64_t)queue->cursor_us;

  if (differs == 0)
    {
      instant_add (queue, event);
      return;
    }

  unsigned level = (unsigned)(63 - __builtin_clzll (differs)) / 8;
  unsigned slot = (uint64_t)event->due_us >> (8 * level) & (SLOTS - 1);
  Level *wheel = &queue->levels[level];

  wheel->occupied[slot / 64] |= UINT64_C (1) << (slot % 64);
  event->next = wheel->slots[slot];
  if (event->next)
    event->next->link = &event->next;
  event->link = &wheel->slots[slot];
  wheel->slots[slot] = event;
}

static inline void
unlink_event (SimQueue *queue, SimEvent *event)
{
  SimEvent *children = event->child;

  *event->link = event->next;
  if (event->next)
    event->next->link = event->link;
  event->next = NULL;
  event->link = NULL;
  event->child = NULL;
  if (children)
    {
      children = meld_siblings (children);
      instant_set (queue, queue->instant ? meld (queue->instant, children) : children);
    }
}

/* The first occupied slot of a wheel, or -1.  All are ahead of the cursor. */
static int
first_occupied (Level *wheel)
{
  for (unsigned i = 0; i < WORDS; i++)
    while (wheel->occupied[i])
      {
        unsigned bit = (unsigned)__builtin_ctzll (wheel->occupied[i]);

        if (wheel->slots[i * 64 + bit])
          return (int)(i * 64 + bit);
        wheel->occupied[i] &= wheel->occupied[i] - 1;
      }
  return -1;
}

/* Moves what hangs in a slot down, by its time as it is now. */
static void
spread (SimQueue *queue, unsigned level, unsigned slot)
{
  Level *wheel = &queue->levels[level];
  SimEvent *event = wheel->slots[slot];

  wheel->slots[slot] = NULL;
  wheel->occupied[slot / 64] &= ~(UINT64_C (1) << (slot % 64));
  while (event)
    {
      SimEvent *next = event->next;

      place (queue, event);
      event = next;
    }
}

/* Where the cursor goes in the first occupied slot of all: to its beginning, or past all the
 * levels below to an event that is alone there, which is the next of all then. */
static int64_t
next_stop_us (const Level *wheel, unsigned level, unsigned slot, int64_t begin_us, int64_t until_us)
{
  const SimEvent *event = wheel->slots[slot];
  bool is_here = (uint64_t)(event->due_us ^ begin_us) >> (8 * level) == 0; /* not put off since */

  return is_here && !event->next && event->due_us <= until_us ? event->due_us : begin_us;
}

/* Moves the cursor to the next occupied slot, if that does not begin after `until_us`. */
static bool
advance (SimQueue *queue, int64_t until_us)
{
  for (unsigned level = 0; level < LEVELS; level++)
    {
      int slot = first_occupied (&queue->levels[level]);
      uint64_t above = level == LEVELS - 1 ? 0 : ~UINT64_C (0) << (8 * (level + 1));
      int64_t begin_us;

      if (slot < 0)
        continue;
      begin_us = (int64_t)(((uint64_t)queue->cursor_us & above) | ((uint64_t)slot << (8 * level)));
      if (begin_us > until_us)
        return false;
      queue->cursor_us
          = next_stop_us (&queue->levels[level], level, (unsigned)slot, begin_us, until_us);
      spread (queue, level, (unsigned)slot);
      return true;
    }
  return false;
}

uint64_t
sim_queue_sequence (SimQueue *queue)
{
  return ++queue->sequence;
}

void
sim_queue_add_as (SimQueue *queue, SimEvent *event, int64_t time_us, uint64_t sequence)
{
  g_assert (time_us >= queue->cursor_us);
  if (event->link)
    {
      /* In the instant the order counts at once; in a wheel only later times can wait. */
      if (event->due_us > queue->cursor_us && time_us >= event->due_us)
        {
          event->due_us = time_us;
          event->sequence = sequence;
          return;
        }
      unlink_event (queue, event);
    }
  event->due_us = time_us;
  event->sequence = sequence;
  place (queue, event);
}

void
sim_queue_add (SimQueue *queue, SimEvent *event, int64_t time_us)
{
  sim_queue_add_as (queue, event, time_us, ++queue->sequence);
}

void
sim_queue_remove (SimQueue *queue, SimEvent *event)
{
  if (event->link)
    unlink_event (queue, event);
}

SimEvent *
sim_queue_take (SimQueue *queue, int64_t until_us)
{
  SimEvent *event;

  while (!queue->instant)
    if (!advance (queue, until_us))
      return NULL;
  if (queue->cursor_us > until_us)
    return NULL;
  event = queue->instant;
  unlink_event (queue, event);
  return event;
}
