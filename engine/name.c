/* engine/name.c */

#include "name.h"

#include <string.h>

/* Odd, and with its ones well spread: the fraction of the golden ratio, and a prime. */
#define HASH_STEP UINT64_C (0x9e3779b97f4a7c15)
#define HASH_SPREAD UINT64_C (0xd6e8feb86659fd93)

static inline uint64_t
hash_step (uint64_t hash, uint64_t word)
{
  hash = (hash ^ word) * HASH_STEP;
  return hash ^ hash >> 29;
}

/* Every bit of the hash gets to depend on every other. */
static inline uint64_t
hash_spread (uint64_t hash)
{
  hash = (hash ^ hash >> 32) * HASH_SPREAD;
  hash = (hash ^ hash >> 32) * HASH_SPREAD;
  return hash ^ hash >> 32;
}

uint64_t
aemp_hash_mix (uint64_t hash, uint64_t word)
{
  return hash_spread (hash_step (hash, word));
}

uint64_t
aemp_hash_bytes (const void *bytes, size_t length)
{
  const uint8_t *cursor = bytes;
  uint64_t hash = hash_step (HASH_SPREAD, length);
  size_t left = length;
  uint64_t word = 0;

  for (; left >= 8; left -= 8, cursor += 8)
    {
      memcpy (&word, cursor, 8);
      hash = hash_step (hash, GUINT64_FROM_LE (word));
    }
  if (left > 0)
    {
      word = 0;
      memcpy (&word, cursor, left);
      hash = hash_step (hash, GUINT64_FROM_LE (word));
    }
  return hash_spread (hash);
}

AempName
aemp_name_view (const char *text, size_t length)
{
  g_assert (length <= UINT32_MAX);
  return (AempName){ .hash = aemp_hash_bytes (text, length),
                     .length = (uint32_t)length,
                     .text = length > 0 ? text : "" };
}

static AempName *
name_copy (const AempName *view)
{
  AempName *name = g_malloc (sizeof *name + view->length + 1);
  char *text = (char *)(name + 1);

  if (view->length > 0)
    memcpy (text, view->text, view->length);
  text[view->length] = '\0';
  *name = (AempName){ .hash = view->hash, .length = view->length, .references = 1, .text = text };
  return name;
}

AempName *
aemp_name_new (const char *text, size_t length)
{
  const AempName view = aemp_name_view (text, length);

  return name_copy (&view);
}

AempName *
aemp_name_ref (const AempName *name)
{
  AempName *counted = (AempName *)name;

  if (name->references == 0)
    return name_copy (name);
  g_assert (name->references < UINT32_MAX);
  counted->references++;
  return counted;
}

void
aemp_name_unref (AempName *name)
{
  if (!name)
    return;
  g_assert (name->references > 0);
  if (--name->references == 0)
    g_free (name);
}

bool
aemp_name_equal (const AempName *one, const AempName *other)
{
  return one == other
         || (one->hash == other->hash && one->length == other->length
             && memcmp (one->text, other->text, one->length) == 0);
}

/* The order of UTF-8's bytes is the order of its code points. */
int
aemp_name_compare (const AempName *one, const AempName *other)
{
  int order = memcmp (one->text, other->text, MIN (one->length, other->length));

  if (order != 0)
    return order;
  return (one->length > other->length) - (one->length < other->length);
}

unsigned
aemp_name_hash_func (const void *name)
{
  return (unsigned)((const AempName *)name)->hash;
}

int
aemp_name_equal_func (const void *one, const void *other)
{
  return aemp_name_equal (one, other);
}
