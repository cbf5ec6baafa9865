/* engine/powers.h - ten to the powers that doubles can have; for engine/double.c. */
#pragma once

#include <stdint.h>

#define AEMP_POWER_LEAST (-342)
#define AEMP_POWER_MOST 324

/* The upper 128 bits of a power; the first one is 1. */
typedef struct
{
  uint64_t high;
  uint64_t low;
} AempPower;

extern const AempPower aemp_powers_of_ten[AEMP_POWER_MOST - AEMP_POWER_LEAST + 1];

/* The exponent of two at that first bit: how often two goes into the power. */
static inline int
aemp_power_exponent (int power)
{
  return (power * 1741647) >> 19;
}
