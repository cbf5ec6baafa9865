/* engine/double.c */

#include "double.h"

#include "powers.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define FRACTION_BITS 52
#define FRACTION_ONE (UINT64_C (1) << FRACTION_BITS)
#define EXPONENT_BIAS 1023
#define EXPONENT_LEAST (-1022) /* of a double that has all its bits */
#define EXPONENT_MASK 0x7ff

#define POWER_EXACT 22     /* ten to the power of this is a double */
#define POWER_128_EXACT 55 /* and this fits into 128 bits */
#define DIGITS_EXACT 19    /* as many fit into 64 bits */
#define PLAIN_BYTES 128    /* longer spellings are copied to the heap */

typedef unsigned __int128 Wide;

static const double powers[POWER_EXACT + 1] = {
  1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* Takes the digits and where their point is; false if they are too many. */
static bool
read_digits (const char *text, const char *end, uint64_t *digits, int64_t *power)
{
  bool behind_point = false;
  int count = 0;

  *digits = 0;
  *power = 0;
  for (; text < end && *text != 'e' && *text != 'E'; text++)
    {
      if (*text == '.')
        {
          behind_point = true;
          continue;
        }
      *digits = *digits * 10 + (unsigned)(*text - '0');
      *power -= behind_point;
      count += *digits > 0;
      if (count > DIGITS_EXACT)
        return false;
    }
  if (text < end)
    {
      bool negative = *++text == '-';
      int64_t exponent = 0;

      if (*text == '-' || *text == '+')
        text++;
      for (; text < end; text++)
        if (exponent < 1000000000000) /* no packet has as many digits to make up for that */
          exponent = exponent * 10 + (*text - '0');
      *power += negative ? -exponent : exponent;
    }
  return true;
}

/* The C library can do it all, but takes its time. */
static double
read_slowly (const char *text, size_t length)
{
  char plain[PLAIN_BYTES];
  g_autofree char *copy = NULL;

  if (length < sizeof plain)
    {
      memcpy (plain, text, length);
      plain[length] = '\0';
      return g_ascii_strtod (plain, NULL);
    }
  copy = g_strndup (text, length);
  return g_ascii_strtod (copy, NULL);
}

/* Multiplies the digits with the first 128 bits of the power.  What is cut off there
 * makes the product too small, by less than the digits in its lowest word.  False where
 * that could turn the rounding, and beyond the normal doubles. */
static bool
scale (uint64_t digits, int power, double *number)
{
  const AempPower *ten = &aemp_powers_of_ten[power - AEMP_POWER_LEAST];
  int shift = __builtin_clzll (digits), exponent;
  Wide low, high;
  uint64_t top, middle, bits;
  bool up;

  digits <<= shift;
  low = (Wide)digits * ten->low;
  high = (Wide)digits * ten->high + (uint64_t)(low >> 64);
  exponent = aemp_power_exponent (power) + 64 - shift;
  if (!(high >> 127))
    {
      high = high << 1 | ((uint64_t)low >> 63);
      exponent--;
    }
  top = (uint64_t)(high >> 64);
  middle = (uint64_t)high;
  if (exponent < EXPONENT_LEAST || exponent > EXPONENT_BIAS)
    return false;
  up = top >> 10 & 1;
  if ((top & 0x3ff) == 0x3ff && middle >= UINT64_MAX - 1) /* a carry could come */
    return false;
  if ((top & 0x3ff) == 0 && middle == 0 && up) /* half way, or a little more? */
    return false;
  bits = ((uint64_t)(exponent + EXPONENT_BIAS) << FRACTION_BITS) + (top >> 11) - FRACTION_ONE + up;
  memcpy (number, &bits, sizeof bits);
  return true;
}

double
aemp_double_read (const char *text, size_t length)
{
  uint64_t digits;
  int64_t power;
  double number;

  if (!read_digits (text, text + length, &digits, &power))
    return read_slowly (text, length);
  if (digits == 0)
    return 0;
  if (digits <= 2 * FRACTION_ONE && power >= -POWER_EXACT && power <= POWER_EXACT)
    return power < 0 ? (double)digits / powers[-power] : (double)digits * powers[power];
  if (power >= AEMP_POWER_LEAST && power <= AEMP_POWER_MOST && scale (digits, (int)power, &number))
    return number;
  return read_slowly (text, length);
}

/* The product's upper bits; the lowest of them is set if anything below was. */
static uint64_t
multiply_to_odd (Wide ten, uint64_t factor)
{
  Wide low = (Wide)(uint64_t)ten * factor;
  Wide high = (Wide)(uint64_t)(ten >> 64) * factor + (uint64_t)(low >> 64);

  return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* All that is between `lower` and `upper` (in quarters of ten to the `power`) is read as
 * the double at `middle`. */
static AempDecimal
choose_shortest (uint64_t lower, uint64_t middle, uint64_t upper, int power)
{
  uint64_t whole = middle / 4, tens = middle / 40;
  bool below, above;

  if (whole >= 10)
    {
      below = lower <= 40 * tens;
      above = 40 * tens + 40 <= upper;
      if (below != above)
        return (AempDecimal){ tens + above, power + 1 };
    }
  below = lower <= 4 * whole;
  above = 4 * whole + 4 <= upper;
  if (below == above) /* both or none: the nearest, then the even one */
    above = middle % 4 > 2 || (middle % 4 == 2 && whole % 2 == 1);
  return (AempDecimal){ whole + above, power };
}

/* By the method of Raffaello Giulietti's Schubfach: scale the double and the borders of
 * what is read as it, so that the interval holds at least one whole number, and no
 * two multiples of ten. */
AempDecimal
aemp_double_shortest (double number)
{
  uint64_t bits, fraction, odd, lower, middle, upper;
  int exponent, power, shift;
  bool close; /* below a power of two the doubles are twice as close */
  const AempPower *entry;
  Wide ten;
  AempDecimal decimal;

  memcpy (&bits, &number, sizeof bits);
  fraction = bits & (FRACTION_ONE - 1);
  exponent = (int)(bits >> FRACTION_BITS & EXPONENT_MASK);
  close = fraction == 0 && exponent > 1;
  if (exponent > 0)
    fraction |= FRACTION_ONE;
  exponent = MAX (exponent, 1) - EXPONENT_BIAS - FRACTION_BITS;

  /* The logarithm of the interval's length, times 2^22. */
  power = (exponent * 1262611 - (close ? 524031 : 0)) >> 22;
  shift = exponent + aemp_power_exponent (-power) + 1;
  entry = &aemp_powers_of_ten[-power - AEMP_POWER_LEAST];
  ten = (Wide)entry->high << 64 | entry->low;
  if (-power < 0 || -power > POWER_128_EXACT)
    ten++; /* here it is rounded up */

  odd = fraction & 1; /* then the borders are read as the neighbours */
  lower = multiply_to_odd (ten, (4 * fraction - (close ? 1 : 2)) << shift) + odd;
  middle = multiply_to_odd (ten, (4 * fraction) << shift);
  upper = multiply_to_odd (ten, (4 * fraction + 2) << shift) - odd;
  decimal = choose_shortest (lower, middle, upper, power);
  for (; decimal.digits % 10 == 0; decimal.power++)
    decimal.digits /= 10;
  return decimal;
}
