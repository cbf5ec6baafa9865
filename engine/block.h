/* engine/block.h - how a message's one block of memory is filled; for codecs. */
#pragma once

#include "value.h"

/* Room for `values` values (the root is one of them) and `string_bytes` bytes of
 * strings, each with its ending zero counted. */
typedef struct
{
  AempMessage *message;
  AempValue *next_value; /* aligned, in front */
  char *next_string;     /* behind all the values */
} AempBlock;

/* The root is the first value of the block; it has to become an array. */
void aemp_block_begin (AempBlock *block, size_t values, size_t string_bytes);
AempValue *aemp_block_root (AempBlock *block);
/* Takes `count` consecutive values, not initialised. */
AempValue *aemp_block_values (AempBlock *block, size_t count);
/* Takes room for a string of `length` bytes; its ending zero is set. */
char *aemp_block_string (AempBlock *block, size_t length);
/* Sorts the `pairs` pairs at `items` by key and removes all but the last of equal
 * keys; returns how many are left. */
uint32_t aemp_block_sort_map (AempValue *items, uint32_t pairs);
/* The finished message; the block is used up.  Asserts that no more was taken
 * than there was room for. */
AempMessage *aemp_block_end (AempBlock *block);
