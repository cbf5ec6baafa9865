/* tests/unit/test-number.c - digits and numbers, exact both ways. */

#include "codec-helper.h"
#include "engine/number.h"
#include "engine/powers.h"

#define LIMBS 40 /* of 32 bits: enough for ten to the 342 */

/* Doubles of all sizes, and those that people write. */
static double
draw_double (uint64_t *seed)
{
  uint64_t bits = draw (seed);
  double number;

  switch (draw_below (seed, 4))
    {
    case 0:
      return (double)(int64_t)draw_below (seed, 2000000) / 1000 - 1000;
    case 1:
      return (double)draw (seed) / (double)(1 + draw_below (seed, 1000000));
    case 2:
      bits &= ~UINT64_C (0) << draw_below (seed, 52); /* a short fraction; powers of two */
      break;
    default:
      break;
    }
  memcpy (&number, &bits, sizeof number);
  return aemp_number_is_finite (number) ? number : 1;
}

/* How many digits printf() needs, at least, to be read back. */
static size_t
count_digits_needed (double number)
{
  char text[64], format[8];

  for (size_t digits = 1; digits < 17; digits++)
    {
      g_snprintf (format, sizeof format, "%%.%zue", digits - 1);
      g_ascii_formatd (text, sizeof text, format, number);
      if (g_ascii_strtod (text, NULL) == number)
        return digits;
    }
  return 17;
}

static size_t
count_digits (const char *text)
{
  size_t count = 0, zeros = 0;

  for (; *text && *text != 'e'; text++)
    if (g_ascii_isdigit (*text) && (count > 0 || *text != '0'))
      {
        count++;
        zeros = *text == '0' ? zeros + 1 : 0;
      }
  return MAX (count - zeros, 1);
}

static void
test_doubles (void)
{
  g_test_summary ("A hundred thousand doubles: what is written is read back as the very same "
                  "bits, by us and by the C library, and no shorter digits would do.");

  uint64_t seed = 4711;

  for (int index = 0; index < 100000; index++)
    {
      double number = draw_double (&seed), back;
      char text[AEMP_NUMBER_MAX_BYTES + 1];
      AempValue value;

      *aemp_number_write_double (text, number) = '\0';
      g_assert_true (strpbrk (text, ".e") != NULL);
      g_assert_true (aemp_number_is_spelled (text, strlen (text)));
      g_assert_true (aemp_number_read (text, strlen (text), &value));
      g_assert_cmpint (value.type, ==, AEMP_DOUBLE);
      g_assert_cmpmem (&value.as.real, sizeof (double), &number, sizeof (double));
      back = g_ascii_strtod (text, NULL);
      g_assert_cmpmem (&back, sizeof back, &number, sizeof number);
      if (index % 8 == 0)
        g_assert_cmpuint (count_digits (text), <=, count_digits_needed (number));
    }
}

static void
test_decimals (void)
{
  g_test_summary ("A hundred thousand spellings, many digits and few, are read as the double that "
                  "the C library reads: the nearest one.");

  uint64_t seed = 815;

  for (int index = 0; index < 100000; index++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      size_t digits = 1 + draw_below (&seed, index % 10 == 0 ? 60 : 20);
      AempValue value;
      double expected;

      g_string_append_printf (text, "%zu.", draw_below (&seed, 10));
      while (digits-- > 0)
        g_string_append_c (text, (char)('0' + draw_below (&seed, 10)));
      g_string_append_printf (text, "e%d", (int)draw_below (&seed, 660) - 340);
      expected = g_ascii_strtod (text->str, NULL);
      if (!aemp_number_is_finite (expected))
        {
          g_assert_false (aemp_number_read (text->str, text->len, &value));
          continue;
        }
      g_assert_true (aemp_number_read (text->str, text->len, &value));
      g_assert_cmpmem (&value.as.real, sizeof (double), &expected, sizeof expected);
    }
}

static void
test_halfway (void)
{
  g_test_summary ("The decimal exactly between two doubles goes to the even one; one more digit "
                  "far behind it goes up.");

  uint64_t seed = 99;

  for (int index = 0; index < 2000; index++)
    {
      uint64_t whole = (UINT64_C (1) << 53) + draw_below (&seed, (size_t)1 << 53); /* a step of 2 */
      g_autofree char *tie = g_strdup_printf ("%" G_GUINT64_FORMAT ".0", whole | 1);
      g_autofree char *above
          = g_strdup_printf ("%" G_GUINT64_FORMAT ".00000000000000001", whole | 1);
      AempValue value;

      g_assert_true (aemp_number_read (tie, strlen (tie), &value));
      g_assert_true (value.as.real == (double)(whole | 1));
      g_assert_true (aemp_number_read (above, strlen (above), &value));
      g_assert_true (value.as.real == (double)((whole | 1) + 1));
    }
}

/* A big number, lowest limb first. */
typedef struct
{
  uint32_t limbs[LIMBS];
} Big;

static void
big_multiply (Big *big, uint64_t factor)
{
  unsigned __int128 carry = 0;

  for (int index = 0; index < LIMBS; index++)
    {
      carry += (unsigned __int128)big->limbs[index] * factor;
      big->limbs[index] = (uint32_t)carry;
      carry >>= 32;
    }
  g_assert_true (carry == 0);
}

static int
big_bits (const Big *big)
{
  int index = LIMBS;

  while (index > 0 && big->limbs[index - 1] == 0)
    index--;
  return index == 0 ? 0 : 32 * index - __builtin_clz (big->limbs[index - 1]);
}

static int
big_bit (const Big *big, int bit)
{
  return bit < 0 ? 0 : (int)(big->limbs[bit / 32] >> bit % 32 & 1);
}

/* high and low times the number. */
static Big
big_times_power (const Big *big, const AempPower *power)
{
  Big high = *big, low = *big;
  uint64_t carry = 0;

  big_multiply (&high, power->high);
  big_multiply (&low, power->low);
  for (int index = 0; index < LIMBS; index++)
    {
      carry += low.limbs[index];
      if (index >= 2)
        carry += high.limbs[index - 2];
      low.limbs[index] = (uint32_t)carry;
      carry >>= 32;
    }
  return low;
}

static void
test_powers (void)
{
  g_test_summary ("The table of powers, against big integers: the upper 128 bits of each, and the "
                  "place of the first of them.");

  Big ten = { { 1 } };

  for (int power = 0; power <= AEMP_POWER_MOST; power++)
    {
      const AempPower *entry = &aemp_powers_of_ten[power - AEMP_POWER_LEAST];
      int bits = big_bits (&ten);

      g_assert_cmpint (aemp_power_exponent (power), ==, bits - 1);
      for (int bit = 0; bit < 64; bit++)
        {
          g_assert_cmpint (big_bit (&ten, bits - 1 - bit), ==,
                           (int)(entry->high >> (63 - bit) & 1));
          g_assert_cmpint (big_bit (&ten, bits - 65 - bit), ==,
                           (int)(entry->low >> (63 - bit) & 1));
        }
      big_multiply (&ten, 10);
    }

  ten = (Big){ { 1 } };
  for (int power = -1; power >= AEMP_POWER_LEAST; power--)
    {
      const AempPower *entry = &aemp_powers_of_ten[power - AEMP_POWER_LEAST];
      AempPower next = { entry->high + (entry->low == UINT64_MAX), entry->low + 1 };
      Big below, above;
      int bits = 128 - aemp_power_exponent (power); /* of two to this, over ten to the power */

      big_multiply (&ten, 10);
      below = big_times_power (&ten, entry);
      above = big_times_power (&ten, &next);
      g_assert_true (entry->high >> 63);
      g_assert_cmpint (big_bits (&below), ==, bits - 1);
      g_assert_cmpint (big_bits (&above), ==, bits);
    }
}

static void
test_integers (void)
{
  g_test_summary ("Integers of every length are written and read as they are.");

  uint64_t seed = 3;

  for (int index = 0; index < 20000; index++)
    {
      AempValue integer = { .type = AEMP_INTEGER, .negative = index % 2 == 1 }, back;
      char text[AEMP_NUMBER_MAX_BYTES + 1];
      g_autofree char *expected = NULL;

      integer.as.integer = index < 4 ? UINT64_MAX - (uint64_t)(index / 2) * 9
                                     : draw (&seed) >> draw_below (&seed, 64);
      *aemp_number_write_integer (text, &integer) = '\0';
      g_assert_true (aemp_number_read (text, strlen (text), &back));
      g_assert_cmpint (back.type, ==, AEMP_INTEGER);
      g_assert_cmpint (back.negative, ==, integer.negative);
      g_assert_cmpuint (back.as.integer, ==, integer.as.integer);
      if (integer.negative && integer.as.integer == UINT64_MAX)
        expected = g_strdup ("-18446744073709551616");
      else
        expected = g_strdup_printf ("%s%" G_GUINT64_FORMAT, integer.negative ? "-" : "",
                                    integer.as.integer + integer.negative);
      g_assert_cmpstr (text, ==, expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/number/integers", test_integers);
  g_test_add_func ("/number/doubles", test_doubles);
  g_test_add_func ("/number/decimals", test_decimals);
  g_test_add_func ("/number/halfway", test_halfway);
  g_test_add_func ("/number/powers", test_powers);
  return g_test_run ();
}
