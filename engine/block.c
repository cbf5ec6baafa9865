/* engine/block.c */

#include "block.h"

#include "compare.h"

#include <string.h>

#define INSERTION_PAIRS 12 /* up to here insertion beats the heap */

typedef struct
{
  AempValue key;
  AempValue value;
} Pair;

void
aemp_block_begin (AempBlock *block, size_t values, size_t string_bytes)
{
  aemp_block_begin_in (block, NULL, 0, values, string_bytes);
}

void
aemp_block_begin_in (AempBlock *block, void *room, size_t room_bytes, size_t values,
                     size_t string_bytes)
{
  AempMessage *message = room;
  size_t bytes = sizeof *message + values * sizeof (AempValue) + string_bytes;

  g_assert (values > 0 && values <= UINT32_MAX && string_bytes <= SIZE_MAX / 4);
  if (bytes > room_bytes)
    message = g_malloc (bytes);
  message->references = 1;
  message->depth = 0;
  block->message = message;
  block->next_value = message->values + 1;
  block->values_end = message->values + values;
  block->next_string = (char *)block->values_end;
  block->strings_end = block->next_string + string_bytes;
}

AempMessage *
aemp_block_end (AempBlock *block)
{
  AempMessage *message = g_steal_pointer (&block->message);

  g_assert (message->values[0].type == AEMP_ARRAY);
  g_assert (block->next_value <= block->values_end);
  g_assert (block->next_string <= block->strings_end);
  return message;
}

/* Equal keys stay in the order in which they came: their strings tell it. */
static int
compare_pairs (const Pair *one, const Pair *other)
{
  int order = aemp_compare_strings (&one->key, &other->key);

  if (order != 0)
    return order;
  return (one->key.as.string > other->key.as.string) - (one->key.as.string < other->key.as.string);
}

static void
sort_by_insertion (Pair *pairs, uint32_t count)
{
  for (uint32_t index = 1; index < count; index++)
    {
      Pair pair = pairs[index];
      uint32_t hole = index;

      for (; hole > 0 && compare_pairs (&pairs[hole - 1], &pair) > 0; hole--)
        pairs[hole] = pairs[hole - 1];
      pairs[hole] = pair;
    }
}

/* Lets the pair at `hole` sink to its place in the heap below. */
static void
sink (Pair *pairs, uint32_t hole, uint32_t count)
{
  Pair pair = pairs[hole];

  for (uint32_t child; (child = 2 * hole + 1) < count; hole = child)
    {
      if (child + 1 < count && compare_pairs (&pairs[child], &pairs[child + 1]) < 0)
        child++;
      if (compare_pairs (&pairs[child], &pair) <= 0)
        break;
      pairs[hole] = pairs[child];
    }
  pairs[hole] = pair;
}

/* In place, and no peer can find keys that make it slow. */
static void
sort_by_heap (Pair *pairs, uint32_t count)
{
  for (uint32_t index = count / 2; index-- > 0;)
    sink (pairs, index, count);
  for (uint32_t left = count; left-- > 1;)
    {
      Pair last = pairs[left];

      pairs[left] = pairs[0];
      pairs[0] = last;
      sink (pairs, 0, left);
    }
}

static bool
is_strictly_sorted (const Pair *pairs, uint32_t count)
{
  for (uint32_t index = 1; index < count; index++)
    if (aemp_compare_strings (&pairs[index - 1].key, &pairs[index].key) >= 0)
      return false;
  return true;
}

uint32_t
aemp_block_sort_map (AempValue *items, uint32_t pairs)
{
  Pair *all = (Pair *)items;
  uint32_t kept = 0;

  if (is_strictly_sorted (all, pairs))
    return pairs; /* what our own kind writes */
  if (pairs <= INSERTION_PAIRS)
    sort_by_insertion (all, pairs);
  else
    sort_by_heap (all, pairs);
  for (uint32_t index = 0; index < pairs; index++)
    if (index + 1 == pairs || aemp_compare_strings (&all[index].key, &all[index + 1].key) != 0)
      all[kept++] = all[index];
  return kept;
}

static uint32_t
children (const AempValue *value)
{
  switch ((AempType)value->type)
    {
    case AEMP_ARRAY:
      return value->length;
    case AEMP_MAP:
      return 2 * value->length;
    case AEMP_TAGGED:
      return 2;
    case AEMP_NULL:
    case AEMP_UNDEFINED:
    case AEMP_BOOLEAN:
    case AEMP_INTEGER:
    case AEMP_DOUBLE:
    case AEMP_TEXT:
    case AEMP_BYTES:
      break;
    }
  return 0;
}

static bool
is_container (const AempValue *value)
{
  return value->type == AEMP_ARRAY || value->type == AEMP_MAP || value->type == AEMP_TAGGED;
}

void
aemp_block_measure (const AempValue *value, size_t *values, size_t *string_bytes)
{
  uint32_t count = children (value);

  *values += 1;
  if (aemp_value_is_string (value))
    *string_bytes += (size_t)value->length + 1;
  for (uint32_t index = 0; index < count; index++)
    aemp_block_measure (&value->as.items[index], values, string_bytes);
}

uint32_t
aemp_block_depth (const AempValue *value)
{
  uint32_t count = children (value);
  uint32_t deepest = 0;

  for (uint32_t index = 0; index < count; index++)
    {
      uint32_t depth = aemp_block_depth (&value->as.items[index]);

      deepest = MAX (deepest, depth);
    }
  return deepest + is_container (value);
}

uint32_t
aemp_block_copy (AempBlock *block, AempValue *place, const AempValue *value)
{
  uint32_t count = children (value);
  uint32_t deepest = 0;

  *place = *value;
  if (aemp_value_is_string (value))
    {
      char *string = aemp_block_string (block, value->length);

      memcpy (string, value->as.string, value->length);
      place->as.string = string;
    }
  else if (count > 0)
    {
      AempValue *items = aemp_block_values (block, count);

      for (uint32_t index = 0; index < count; index++)
        {
          uint32_t depth = aemp_block_copy (block, &items[index], &value->as.items[index]);

          deepest = MAX (deepest, depth);
        }
      place->as.items = items;
    }
  return deepest + is_container (value);
}
