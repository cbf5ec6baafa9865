/* sim/checkers/fifo.c */

#include "fifo.h"

#include "engine/planted.h"

#define SMALLEST_RING 16
/* How far ahead a packet is looked for that is not the one due. */
#define LOOK_AHEAD_PACKETS 4096
/* How many that are done with are looked through for a duplicate. */
#define LOOK_BACK_PACKETS 16
/* How many may overtake a packet until it is given up for lost. */
#define PATIENCE_PACKETS 16

void
sim_fifo_init (SimFifo *fifo)
{
  *fifo = (SimFifo){ .ring = g_new0 (SimPacket, SMALLEST_RING), .mask = SMALLEST_RING - 1 };
}

void
sim_fifo_clear (SimFifo *fifo)
{
  g_clear_pointer (&fifo->ring, g_free);
}

void
sim_fifo_grow (SimFifo *fifo)
{
  const uint32_t mask = fifo->mask * 2 + 1;
  SimPacket *ring = g_new0 (SimPacket, (size_t)mask + 1);
  /* Those that are done with come along: duplicates are looked for among them. */
  const uint64_t first = fifo->pushed > fifo->mask ? fifo->pushed - fifo->mask - 1 : 0;

  for (uint64_t at = first; at < fifo->pushed; at++)
    ring[at & mask] = fifo->ring[at & fifo->mask];
  g_free (fifo->ring);
  fifo->ring = ring;
  fifo->mask = mask;
}

static inline SimPacket *
packet_at (const SimFifo *fifo, uint64_t at)
{
  return &fifo->ring[at & fifo->mask];
}

static inline bool
looks_like (const SimPacket *packet, uint64_t port, uint64_t payload)
{
  return packet->payload == payload && packet->port == port;
}

/* Where the arrival is among those that wait; `pushed`: nowhere. */
static uint64_t
find_waiting (const SimFifo *fifo, uint64_t port, uint64_t payload)
{
  const uint64_t end = MIN (fifo->pushed, fifo->popped + LOOK_AHEAD_PACKETS);

  /* While some are missing, what follows those that overtook them is the likeliest. */
  if (fifo->gap_end > 0 && fifo->gap_end < end
      && looks_like (packet_at (fifo, fifo->gap_end), port, payload))
    return fifo->gap_end;
  for (uint64_t at = fifo->popped; at < end; at++)
    if (packet_at (fifo, at)->state == SIM_PACKET_WAITS
        && looks_like (packet_at (fifo, at), port, payload))
      return at;
  return fifo->pushed;
}

/* The first that is not done with waits, or there is none. */
static void
settle (SimFifo *fifo)
{
  while (fifo->popped < fifo->pushed && packet_at (fifo, fifo->popped)->state != SIM_PACKET_WAITS)
    fifo->popped++;
  if (fifo->popped >= fifo->gap_end)
    fifo->gap_end = 0;
}

static SimFit
take_waiting (SimFifo *fifo, uint64_t at, int64_t time_us, uint64_t line, SimPacket *packet)
{
  SimFit fit = SIM_FITS;

  if (at < fifo->gap_end && !fifo->told && !AEMP_PLANTED (checker_takes_late_for_fitting))
    {
      fifo->told = true;
      fit = SIM_FITS_LATE;
    }
  else if (at > fifo->popped && fifo->gap_end == 0)
    {
      fifo->patience = PATIENCE_PACKETS;
      fifo->told = false;
      fifo->gap_time_us = time_us;
      fifo->gap_line = line;
    }
  else if (fifo->patience > 0)
    fifo->patience--;
  packet_at (fifo, at)->state = SIM_PACKET_ARRIVED;
  *packet = *packet_at (fifo, at);
  fifo->gap_end = MAX (fifo->gap_end, at + 1);
  settle (fifo);
  return fit;
}

static void
take_due (SimFifo *fifo, SimPacket *packet)
{
  *packet = *packet_at (fifo, fifo->popped);
  packet_at (fifo, fifo->popped)->state = SIM_PACKET_ARRIVED;
  settle (fifo);
}

SimFit
sim_fifo_take (SimFifo *fifo, uint64_t port, uint64_t payload, int64_t time_us, uint64_t line,
               SimPacket *packet)
{
  SimPacket *as_due = sim_fifo_due (fifo, port, payload);
  const uint64_t at = find_waiting (fifo, port, payload);
  const SimPacket *due = sim_fifo_first (fifo);
  const SimPacket *before;

  if (as_due)
    {
      sim_fifo_take_due (fifo, as_due);
      *packet = *as_due;
      return SIM_FITS;
    }
  if (at < fifo->pushed)
    return take_waiting (fifo, at, time_us, line, packet);
  if (fifo->spared_at > 0 && fifo->spared_at == fifo->popped
      && looks_like (&fifo->spared, port, payload))
    {
      fifo->spared_at = 0;
      *packet = fifo->spared;
      return SIM_FITS_SPARED;
    }
  before = sim_fifo_recall (fifo, port, payload);
  if (before)
    {
      *packet = *before;
      return before->state == SIM_PACKET_LOST ? SIM_FITS_LOST : SIM_FITS_DUPLICATE;
    }
  if (due && due->payload == payload)
    {
      take_due (fifo, packet);
      return SIM_FITS_ASTRAY;
    }
  if (due && due->port == port)
    {
      fifo->spared = *due;
      take_due (fifo, packet);
      fifo->spared_at = fifo->popped;
      return SIM_FITS_ALTERED;
    }
  return SIM_FITS_NOTHING;
}

bool
sim_fifo_give_up (SimFifo *fifo, bool all, SimPacket *packet)
{
  if (fifo->gap_end == 0 || (fifo->patience > 0 && !all))
    return false;
  return sim_fifo_lose (fifo, packet);
}

bool
sim_fifo_lose (SimFifo *fifo, SimPacket *packet)
{
  if (fifo->popped == fifo->pushed)
    return false;
  packet_at (fifo, fifo->popped)->state = SIM_PACKET_LOST;
  *packet = *packet_at (fifo, fifo->popped);
  settle (fifo);
  return true;
}

const SimPacket *
sim_fifo_first (const SimFifo *fifo)
{
  return fifo->popped < fifo->pushed ? packet_at (fifo, fifo->popped) : NULL;
}

const SimPacket *
sim_fifo_find (const SimFifo *fifo, uint64_t port, uint64_t payload)
{
  const uint64_t at = find_waiting (fifo, port, payload);

  return at < fifo->pushed ? packet_at (fifo, at) : NULL;
}

uint64_t
sim_fifo_missing (const SimFifo *fifo)
{
  uint64_t missing = 0;

  for (uint64_t at = fifo->popped; at < fifo->gap_end; at++)
    missing += packet_at (fifo, at)->state == SIM_PACKET_WAITS;
  return missing;
}

const SimPacket *
sim_fifo_recall (const SimFifo *fifo, uint64_t port, uint64_t payload)
{
  const uint64_t kept = fifo->pushed > fifo->mask ? fifo->pushed - fifo->mask - 1 : 0;
  const uint64_t end = MAX (fifo->popped, fifo->gap_end);
  const uint64_t first = end > LOOK_BACK_PACKETS ? end - LOOK_BACK_PACKETS : 0;

  for (uint64_t at = end; at > MAX (first, kept); at--)
    if (packet_at (fifo, at - 1)->state != SIM_PACKET_WAITS
        && looks_like (packet_at (fifo, at - 1), port, payload))
      return packet_at (fifo, at - 1);
  return NULL;
}
