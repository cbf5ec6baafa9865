/* engine/double.h - the double nearest to some digits, and the shortest digits of a
 * double; for engine/number.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Reads digits with a point or an exponent, no sign; correctly rounded.  It may be
 * infinite. */
double aemp_double_read (const char *text, size_t length);

/* `digits` times ten to the `power`: of all decimals that are read as this double the
 * shortest, and of these the nearest.  For finite numbers greater than 0. */
typedef struct
{
  uint64_t digits; /* does not end with a zero */
  int power;
} AempDecimal;
AempDecimal aemp_double_shortest (double number);
