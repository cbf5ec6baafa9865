/* sim/checkers/fifo.h - one direction of one connection: what was sent and is to arrive.
 *
 * The nth packet sent is the nth to arrive.  When something else arrives, the queue says
 * what it looks like and finds its place again, so that one fault is told once. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum
{
  SIM_PACKET_WAITS,
  SIM_PACKET_ARRIVED,
  SIM_PACKET_LOST,
} SimPacketState;

typedef struct
{
  uint64_t port;    /* hash of the name */
  uint64_t payload;
  void *flow;       /* the owner's; valid while the packet waits and when it is handed out */
  int64_t time_us;  /* when it was sent */
  uint64_t number : 56; /* in its flow, from 1 */
  uint64_t state : 8;
} SimPacket;

typedef struct
{
  SimPacket *ring;
  uint64_t pushed; /* packets ever sent */
  uint64_t popped; /* the first `popped` of them are done with: arrived or lost */

  /* Packets were overtaken: those that still wait below `gap_end` are late or lost.
   * 0: none. */
  uint64_t gap_end;
  uint32_t mask;       /* the ring's size - 1 */
  bool told;           /* some were late, and that was said */
  unsigned patience;   /* how many more may arrive until they are given up */
  int64_t gap_time_us; /* when the first was overtaken, and at which line of the trace */
  uint64_t gap_line;

  /* `spared` was taken for altered when `spared_at` packets were done with; if it arrives
   * after all, the other one was slipped in.  0: none. */
  uint64_t spared_at;
  SimPacket spared;
} SimFifo;

/* How an arrival fits.  The packet that comes with it is … */
typedef enum
{
  SIM_FITS,           /* … the one that arrived */
  SIM_FITS_LATE,      /* … the one that arrived: others overtook it */
  SIM_FITS_DUPLICATE, /* … the one that arrived before: a second time */
  SIM_FITS_LOST,      /* … one that had been given up for lost */
  SIM_FITS_ALTERED,   /* … the one that was due: same port, another payload */
  SIM_FITS_ASTRAY,    /* … the one that was due: same payload, another port */
  SIM_FITS_SPARED,    /* … one that had been taken for altered: all is well with it */
  SIM_FITS_STALE,     /* … the one that arrived, after a later one over another connection
                       * (said by the ledger, not by the queue) */
  SIM_FITS_NOTHING,   /* (none) */
} SimFit;

void sim_fifo_init (SimFifo *fifo);
void sim_fifo_clear (SimFifo *fifo);
void sim_fifo_grow (SimFifo *fifo);

/* The place of one more packet that waits, to be filled in. */
static inline SimPacket *
sim_fifo_push (SimFifo *fifo)
{
  if (G_UNLIKELY (fifo->pushed - fifo->popped > fifo->mask))
    sim_fifo_grow (fifo);
  return &fifo->ring[fifo->pushed++ & fifo->mask];
}

/* What should arrive next, if it looks so and nothing is missing: what arrives nearly always.
 * NULL: look closer. */
static inline SimPacket *
sim_fifo_due (const SimFifo *fifo, uint64_t port, uint64_t payload)
{
  SimPacket *due = &fifo->ring[fifo->popped & fifo->mask];

  return G_LIKELY (fifo->popped < fifo->pushed && due->payload == payload && due->port == port
                   && fifo->gap_end == 0)
             ? due
             : NULL;
}

/* It has arrived. */
static inline void
sim_fifo_take_due (SimFifo *fifo, SimPacket *due)
{
  due->state = SIM_PACKET_ARRIVED;
  fifo->popped++;
}

/* Something arrived, due or not.  `line` and `time_us` say where in the trace. */
SimFit sim_fifo_take (SimFifo *fifo, uint64_t port, uint64_t payload, int64_t time_us,
                      uint64_t line, SimPacket *packet);

/* Are there packets that were overtaken and are to be given up by now (`all`: even if
 * they could still come)?  They are handed out one after the other, as lost; the last
 * answer is false. */
bool sim_fifo_give_up (SimFifo *fifo, bool all, SimPacket *packet);
/* Takes out the first that waits, as lost.  False: there is none. */
bool sim_fifo_lose (SimFifo *fifo, SimPacket *packet);
/* The first that waits; one that waits and looks so.  NULL: there is none. */
const SimPacket *sim_fifo_first (const SimFifo *fifo);
const SimPacket *sim_fifo_find (const SimFifo *fifo, uint64_t port, uint64_t payload);
/* How many were overtaken and still wait. */
uint64_t sim_fifo_missing (const SimFifo *fifo);
/* What became of a packet that is done with: the latest of the last few that looks the
 * same.  NULL: none does. */
const SimPacket *sim_fifo_recall (const SimFifo *fifo, uint64_t port, uint64_t payload);

static inline uint64_t
sim_fifo_waiting (const SimFifo *fifo)
{
  return fifo->pushed - fifo->popped;
}
