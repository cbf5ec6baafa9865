/* sim/tcp-rings.c - what TCP keeps in order: segments on their way, records of what was sent, and
 * the bytes themselves. */

#include "engine/planted.h"
#include "tcp.h"

#include <string.h>

#define ROOM_FIRST 2
/* Writes that have to wait are put together in chunks of this size. */
#define WAITING_ROOM_BYTES 4096
/* Most are smaller, and so often written and read that a world keeps a few spare chunks. */
#define SMALL_ROOM_BYTES 232
#define SPARE_CHUNKS_MAX 64

/* Doubles a ring, its first item first. */
static void *
grow (void *items, size_t size, uint32_t *first, uint32_t count, uint32_t *room)
{
  uint32_t new_room = *room ? 2 * *room : ROOM_FIRST;
  uint8_t *bigger = g_malloc (new_room * size);
  uint32_t until_end = MIN (count, *room - *first);

  if (count > 0)
    {
      memcpy (bigger, (uint8_t *)items + *first * size, until_end * size);
      memcpy (bigger + until_end * size, items, (count - until_end) * size);
    }
  g_free (items);
  *first = 0;
  *room = new_room;
  return bigger;
}

/* --- The wire --- */

SimSegment *
sim_wire_add (SimWire *wire, int64_t arrival_us)
{
  uint32_t place = wire->count;

  if (wire->count == wire->room)
    wire->items = grow (wire->items, sizeof *wire->items, &wire->first, wire->count, &wire->room);
  for (; place > 0 && sim_wire_at (wire, place - 1)->arrival_us > arrival_us; place--)
    *sim_wire_at (wire, place) = *sim_wire_at (wire, place - 1);
  wire->count++;
  return sim_wire_at (wire, place);
}

void
sim_wire_lose (SimWire *wire)
{
  uint32_t kept = 0;

  wire->loud = 0;
  for (uint32_t i = 0; i < wire->count; i++)
    {
      SimSegment *segment = sim_wire_at (wire, i);

      if (segment->flags & SIM_NEAR || (i == 0 && AEMP_PLANTED (tcp_cut_leaks_segment)))
        {
          wire->loud += segment->loud;
          *sim_wire_at (wire, kept++) = *segment;
        }
      else
        g_free (segment->sacks);
    }
  wire->count = kept;
}

void
sim_wire_free (SimWire *wire)
{
  for (uint32_t i = 0; i < wire->count; i++)
    g_free (sim_wire_at (wire, i)->sacks);
  g_free (wire->items);
  *wire = (SimWire){ 0 };
}

/* --- Records --- */

SimRecord *
sim_records_add (SimRecords *records)
{
  if (records->count == records->room)
    records->items = grow (records->items, sizeof *records->items, &records->first, records->count,
                           &records->room);
  return sim_record_at (records, records->count++);
}

void
sim_records_take (SimRecords *records)
{
  records->first = --records->count == 0 ? 0 : (records->first + 1) & (records->room - 1);
}

void
sim_records_split (SimRecords *records, uint32_t index, uint32_t length)
{
  SimRecord *first, *second;

  sim_records_add (records);
  for (uint32_t i = records->count - 1; i > index + 1; i--)
    *sim_record_at (records, i) = *sim_record_at (records, i - 1);
  first = sim_record_at (records, index);
  second = sim_record_at (records, index + 1);
  g_assert (length > 0 && length < first->length);
  *second = *first;
  second->begin += length;
  second->length -= length;
  first->length = length;
}

/* --- Bytes --- */

static SimChunk *
chunk_new (SimWorld *world, uint64_t begin, uint32_t room)
{
  SimChunk *chunk = world->spare_chunks;

  if (chunk && room <= SMALL_ROOM_BYTES)
    {
      world->spare_chunks = chunk->next;
      world->spare_chunks_count--;
    }
  else
    chunk = g_malloc (sizeof *chunk + MAX (room, SMALL_ROOM_BYTES));
  chunk->next = NULL;
  chunk->begin = begin;
  chunk->length = 0;
  chunk->room = room;
  return chunk;
}

static void
chunk_free (SimWorld *world, SimChunk *chunk)
{
  if (chunk->room > SMALL_ROOM_BYTES || world->spare_chunks_count == SPARE_CHUNKS_MAX)
    {
      g_free (chunk);
      return;
    }
  chunk->next = world->spare_chunks;
  world->spare_chunks = chunk;
  world->spare_chunks_count++;
}

void
sim_spare_chunks_free (SimWorld *world)
{
  while (world->spare_chunks)
    {
      SimChunk *chunk = world->spare_chunks;

      world->spare_chunks = chunk->next;
      g_free (chunk);
    }
  world->spare_chunks_count = 0;
}

void
sim_bytes_add (SimWorld *world, SimBytes *bytes, uint64_t begin, const uint8_t *from,
               size_t length, bool waits)
{
  SimChunk *last = bytes->last;

  if (!waits || !last || last->room - last->length < length)
    {
      SimChunk *chunk
          = chunk_new (world, begin,
                       waits ? MAX ((uint32_t)length, WAITING_ROOM_BYTES) : (uint32_t)length);

      if (last)
        last->next = chunk;
      else
        bytes->first = chunk;
      bytes->last = last = chunk;
    }
  if (!bytes->reading)
    bytes->reading = last;
  memcpy (last->bytes + last->length, from, length);
  last->length += (uint32_t)length;
}

void
sim_bytes_forget (SimWorld *world, SimBytes *bytes, uint64_t until)
{
  while (bytes->first && bytes->first->begin + bytes->first->length <= until)
    {
      SimChunk *chunk = bytes->first;

      bytes->first = chunk->next;
      if (bytes->last == chunk)
        bytes->last = NULL;
      if (bytes->reading == chunk)
        bytes->reading = chunk->next;
      chunk_free (world, chunk);
    }
}

static SimChunk *
chunk_of (const SimBytes *bytes, uint64_t number)
{
  SimChunk *chunk = bytes->first;

  while (chunk && chunk->begin + chunk->length <= number)
    chunk = chunk->next;
  return chunk && chunk->begin <= number ? chunk : NULL;
}

uint8_t *
sim_bytes_at (SimBytes *bytes, uint64_t number)
{
  SimChunk *chunk = chunk_of (bytes, number);

  return chunk ? chunk->bytes + (number - chunk->begin) : NULL;
}

bool
sim_bytes_go_back (SimBytes *bytes, uint64_t number)
{
  SimChunk *chunk = chunk_of (bytes, number);

  if (chunk)
    bytes->reading = chunk;
  return chunk != NULL;
}

/* --- Islands --- */

/* Joins what touches [begin, end), from the island `place` on. */
static void
join (SimReceiver *in, unsigned place, uint64_t begin, uint64_t end)
{
  unsigned last = place;

  while (last < in->islands_count && in->islands[last].begin <= end)
    {
      begin = MIN (begin, in->islands[last].begin);
      end = MAX (end, in->islands[last].end);
      last++;
    }
  if (last == place)
    {
      if (in->islands_count == in->islands_room)
        {
          in->islands_room = in->islands_room ? 2 * in->islands_room : ROOM_FIRST;
          in->islands = g_renew (SimRange, in->islands, in->islands_room);
        }
      memmove (in->islands + place + 1, in->islands + place,
               (in->islands_count - place) * sizeof *in->islands);
      in->islands_count++;
    }
  else
    {
      memmove (in->islands + place + 1, in->islands + last,
               (in->islands_count - last) * sizeof *in->islands);
      in->islands_count -= last - place - 1;
    }
  in->islands[place] = (SimRange){ begin, end };
}

void
sim_islands_add (SimReceiver *in, uint64_t begin, uint64_t end)
{
  unsigned place = 0;

  if (begin > in->next)
    {
      while (place < in->islands_count && in->islands[place].end < begin)
        place++;
      join (in, place, begin, end);
      return;
    }
  in->next = MAX (in->next, end);
  for (; place < in->islands_count && in->islands[place].begin <= in->next; place++)
    in->next = MAX (in->next, in->islands[place].end);
  if (place > 0)
    {
      in->islands_count -= place;
      memmove (in->islands, in->islands + place, in->islands_count * sizeof *in->islands);
    }
}
