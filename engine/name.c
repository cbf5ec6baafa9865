/* engine/name.c */

#include "name.h"

#include "hash.h"

#include <string.h>

uint64_t
aemp_hash_mix (uint64_t hash, uint64_t word)
{
  return aemp_hash_spread (aemp_hash_step (hash, word));
}

uint64_t
aemp_hash_bytes (const void *bytes, size_t length)
{
  uint64_t hash = aemp_hash_step (AEMP_HASH_SPREAD, length);

  return aemp_hash_spread (aemp_hash_absorb (hash, bytes, length));
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
