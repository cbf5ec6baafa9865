/* engine/name.h - node IDs, port names and tags: counted strings with a hash.
 *
 * Names are UTF-8 inside, whatever form they had on the wire, so that equal
 * code points are equal names.  The hash depends on the text alone: it is the
 * same in every process, build and run, and stands in digests. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct
{
  uint64_t hash;
  uint32_t length;     /* in bytes, without the zero that ends the text */
  uint32_t references; /* 0: on a stack, see aemp_name_view() */
  const char *text;
} AempName;

/* A name of its own, to be given back by unref. */
AempName *aemp_name_new (const char *text, size_t length);
/* One more reference; of a view: a name of its own. */
AempName *aemp_name_ref (const AempName *name);
void aemp_name_unref (AempName *name);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempName, aemp_name_unref)

/* A name for a look-up, made without allocation.  It borrows `text`. */
AempName aemp_name_view (const char *text, size_t length);

bool aemp_name_equal (const AempName *one, const AempName *other);
/* Order of code points; negative, zero, positive. */
int aemp_name_compare (const AempName *one, const AempName *other);

/* The 64-bit hash of some bytes that names, payloads and digests build on. */
uint64_t aemp_hash_bytes (const void *bytes, size_t length);
/* Mixes one more word into a hash. */
uint64_t aemp_hash_mix (uint64_t hash, uint64_t word);
