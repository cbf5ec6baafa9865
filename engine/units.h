/* engine/units.h - durations, sizes and other quantities, as people write them.
 *
 * A quantity is a decimal number with a unit right behind it: "2.5s", "64KiB".  The
 * arithmetic is on integers and exact: what is no whole number of the smallest unit
 * is refused, never rounded.  Nothing depends on the locale. */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

#define AEMP_FRACTION_DIGITS_MAX 9 /* behind the point; zeros at the end do not count */

/* A unit and how many of the smallest there are in one.  A table of them ends with a
 * NULL name; the empty name stands for a number without unit.  No factor exceeds
 * AEMP_UNIT_FACTOR_MAX. */
typedef struct
{
  const char *name;
  uint64_t factor;
} AempUnit;
#define AEMP_UNIT_FACTOR_MAX (UINT64_C (18) * 1000 * 1000 * 1000)

/* Reads `text`, all of it.  False with AEMP_ERROR_CONFIG: `expected` ("a rate like
 * 10Mbit") is part of the text. */
bool aemp_parse_quantity (const char *text, const AempUnit *units, const char *expected,
                          uint64_t *result, GError **error);

typedef enum
{
  AEMP_DURATION_PLAIN = 0,             /* not negative, with a unit */
  AEMP_DURATION_BARE_SECONDS = 1 << 0, /* a number without unit counts seconds */
  AEMP_DURATION_SIGNED = 1 << 1,       /* a sign may stand in front */
} AempDurationFlags;

/* Units: us, ms, s, m (minutes), h.  A zero needs no unit. */
bool aemp_parse_duration (const char *text, AempDurationFlags flags, int64_t *us, GError **error);

/* Units: B, kB, MB, GB (powers of 1000), KiB, MiB, GiB; a bare number counts bytes. */
bool aemp_parse_size (const char *text, uint64_t *bytes, GError **error);

/* "on", "true", "yes", "1" and their opposites. */
bool aemp_parse_boolean (const char *text, bool *result, GError **error);

/* "1.5s", "20ms", "2m", "-1h": the largest unit that needs no fraction, or seconds
 * (milliseconds below one second) with one.  Parsing it gives the same again. */
char *aemp_format_duration (int64_t us);
