/* engine/block.h - how a message's one block of memory is filled; for codecs.
 *
 * Whoever fills a block knows how many values there will be, but not yet how many
 * elements the array has that just began.  So values are pushed onto a stack at the
 * front; when a container ends, its elements are cut off there, moved to the back, and
 * the container itself is pushed.  Nothing is in the way: a value is either on the
 * stack or at its place. */
#pragma once

#include "value.h"

struct AempMessage
{
  uint32_t references;
  uint32_t depth; /* of what aemp_message_new() made; 0: a codec's, who keeps it within the limit */
  AempValue values[]; /* the root first; strings behind the last */
};

/* Room for `values` values (the root is one of them) and `string_bytes` bytes of
 * strings, each with its ending zero counted. */
typedef struct
{
  AempMessage *message;
  AempValue *next_value;  /* the stack ends here */
  AempValue *values_end;  /* values at their place begin here */
  char *next_string;      /* behind all the values; in the order in which they are taken */
  char *strings_end;
} AempBlock;

/* The root is the first value of the block; it has to become an array. */
void aemp_block_begin (AempBlock *block, size_t values, size_t string_bytes);
/* … in `room`, where that is enough: such a message is nobody's, it must not be kept, and
 * goes when its room does. */
void aemp_block_begin_in (AempBlock *block, void *room, size_t room_bytes, size_t values,
                          size_t string_bytes);
/* As aemp_message_new_va(), with that room (NULL: none). */
AempMessage *aemp_message_new_in (void *room, size_t room_bytes, const char *format,
                                  va_list *arguments);
/* Sorts the `pairs` pairs at `items` by key and removes all but the last of equal
 * keys; returns how many are left.  The strings of the keys are this block's, taken in
 * the order of the pairs. */
uint32_t aemp_block_sort_map (AempValue *items, uint32_t pairs);
/* Copies a value with all that it holds.  Returns how deep it is nested: 0, if it is no container. */
uint32_t aemp_block_copy (AempBlock *block, AempValue *place, const AempValue *value);
/* Adds what a copy of the value takes. */
void aemp_block_measure (const AempValue *value, size_t *values, size_t *string_bytes);
/* What a copy would return. */
uint32_t aemp_block_depth (const AempValue *value);
/* The finished message with one reference; the block is used up. */
AempMessage *aemp_block_end (AempBlock *block);

/* All of these assert that no more is taken than there is room for. */

static inline AempValue *
aemp_block_root (AempBlock *block)
{
  return &block->message->values[0];
}

/* Takes `count` consecutive values, not initialised. */
static inline AempValue *
aemp_block_values (AempBlock *block, size_t count)
{
  g_assert (count <= (size_t)(block->values_end - block->next_value));
  return block->values_end -= count;
}

/* One more value on the stack, not initialised. */
static inline AempValue *
aemp_block_push (AempBlock *block)
{
  g_assert (block->next_value < block->values_end);
  return block->next_value++;
}

/* Takes everything from `first` on off the stack and returns where it is now. */
static inline const AempValue *
aemp_block_close (AempBlock *block, AempValue *first)
{
  size_t count = (size_t)(block->next_value - first);
  AempValue *place = block->values_end -= count;

  block->next_value = first;
  if (place != first)
    for (size_t index = count; index-- > 0;) /* they may overlap; most are few */
      place[index] = first[index];
  return place;
}

/* Takes room for a string of `length` bytes; its ending zero is set. */
static inline char *
aemp_block_string (AempBlock *block, size_t length)
{
  char *string = block->next_string;

  g_assert (length < (size_t)(block->strings_end - string));
  block->next_string += length + 1;
  string[length] = '\0';
  return string;
}
