/* engine/number.c */

#include "number.h"

#include "double.h"

#include <string.h>

#define TWO_TO_64 18446744073709551616.0
#define DIGITS_EXACT 19 /* as many always fit into 64 bits */

static const char digit_pairs[200] = "00010203040506070809101112131415161718192021222324"
                                     "25262728293031323334353637383940414243444546474849"
                                     "50515253545556575859606162636465666768697071727374"
                                     "75767778798081828384858687888990919293949596979899";

static unsigned
count_digits (uint64_t number)
{
  unsigned count = 1;

  for (; number >= 10000; number /= 10000)
    count += 4;
  return count + (number >= 10) + (number >= 100) + (number >= 1000);
}

char *
aemp_number_write_unsigned (char *out, uint64_t number)
{
  char *end = out + count_digits (number);
  char *cursor = end;

  for (; number >= 100; number /= 100)
    memcpy (cursor -= 2, &digit_pairs[number % 100 * 2], 2);
  if (number >= 10)
    memcpy (cursor - 2, &digit_pairs[number * 2], 2);
  else
    cursor[-1] = (char)('0' + number);
  return end;
}

char *
aemp_number_write_integer (char *out, const AempValue *integer)
{
  static const char least[] = "-18446744073709551616";

  if (!integer->negative)
    return aemp_number_write_unsigned (out, integer->as.integer);
  if (integer->as.integer == UINT64_MAX)
    return (char *)memcpy (out, least, sizeof least - 1) + sizeof least - 1;
  *out++ = '-';
  return aemp_number_write_unsigned (out, integer->as.integer + 1);
}

bool
aemp_number_is_finite (double number)
{
  uint64_t bits;

  memcpy (&bits, &number, sizeof bits);
  return (bits >> 52 & 0x7ff) != 0x7ff;
}

bool
aemp_number_to_integer (double number, AempValue *integer)
{
  bool negative = number < 0;
  double size = negative ? -number : number;

  if (negative && size == TWO_TO_64)
    {
      *integer = (AempValue){ .type = AEMP_INTEGER, .negative = true, .as.integer = UINT64_MAX };
      return true;
    }
  if (!(size < TWO_TO_64) || (double)(uint64_t)size != size)
    return false;
  *integer = (AempValue){ .type = AEMP_INTEGER,
                          .negative = negative,
                          .as.integer = (uint64_t)size - (negative ? 1 : 0) };
  return true;
}

double
aemp_number_to_double (const AempValue *integer)
{
  if (!integer->negative)
    return (double)integer->as.integer;
  if (integer->as.integer == UINT64_MAX)
    return -TWO_TO_64;
  return -(double)(integer->as.integer + 1);
}

/* `digits` with the decimal point behind the first `point` of them: plain if that is
 * short, otherwise with an exponent. */
static char *
write_decimal (char *out, const char *digits, int count, int point)
{
  if (point > 0 && point <= 17)
    {
      for (int index = 0; index < MAX (count, point); index++)
        {
          if (index == point)
            *out++ = '.';
          *out++ = index < count ? digits[index] : '0';
        }
      if (count <= point)
        out = (char *)memcpy (out, ".0", 2) + 2;
      return out;
    }
  if (point <= 0 && point > -5)
    {
      out = (char *)memcpy (out, "0.0000", 6) + 2 - point;
      return (char *)memcpy (out, digits, (size_t)count) + count;
    }
  *out++ = digits[0];
  if (count > 1)
    {
      *out++ = '.';
      out = (char *)memcpy (out, digits + 1, (size_t)count - 1) + count - 1;
    }
  *out++ = 'e';
  *out++ = point > 0 ? '+' : '-';
  return aemp_number_write_unsigned (out, (uint64_t)(point > 0 ? point - 1 : 1 - point));
}

char *
aemp_number_write_double (char *out, double number)
{
  char digits[AEMP_NUMBER_MAX_BYTES];
  AempDecimal decimal;
  uint64_t bits;
  int count;

  g_assert (aemp_number_is_finite (number));
  memcpy (&bits, &number, sizeof bits);
  if (bits >> 63)
    {
      *out++ = '-';
      number = -number;
    }
  if (number == 0)
    return (char *)memcpy (out, "0.0", 3) + 3;
  decimal = aemp_double_shortest (number);
  count = (int)(aemp_number_write_unsigned (digits, decimal.digits) - digits);
  return write_decimal (out, digits, count, count + decimal.power);
}

bool
aemp_number_is_spelled (const char *text, size_t length)
{
  const char *end = text + length;

  if (text < end && *text == '-')
    text++;
  if (text == end || !g_ascii_isdigit (*text))
    return false;
  if (*text++ != '0')
    while (text < end && g_ascii_isdigit (*text))
      text++;
  if (text < end && *text == '.')
    {
      if (++text == end || !g_ascii_isdigit (*text))
        return false;
      while (text < end && g_ascii_isdigit (*text))
        text++;
    }
  if (text < end && (*text == 'e' || *text == 'E'))
    {
      if (++text < end && (*text == '+' || *text == '-'))
        text++;
      if (text == end || !g_ascii_isdigit (*text))
        return false;
      while (text < end && g_ascii_isdigit (*text))
        text++;
    }
  return text == end;
}

/* `text` is digits only. */
static bool
read_integer (const char *text, size_t length, bool negative, AempValue *number)
{
  unsigned __int128 size = 0;

  if (length > DIGITS_EXACT + 1)
    return false;
  for (size_t index = 0; index < length; index++)
    size = size * 10 + (unsigned)(text[index] - '0');
  if (negative && size > 0)
    size--;
  else
    negative = false;
  if (size > UINT64_MAX)
    return false;
  *number = (AempValue){ .type = AEMP_INTEGER, .negative = negative, .as.integer = (uint64_t)size };
  return true;
}

bool
aemp_number_read (const char *text, size_t length, AempValue *number)
{
  bool negative = *text == '-';
  size_t digits;
  double size;

  text += negative;
  length -= negative;
  for (digits = 0; digits < length && g_ascii_isdigit (text[digits]); digits++)
    ;
  if (digits == length)
    return read_integer (text, length, negative, number);
  size = aemp_double_read (text, length);
  if (!aemp_number_is_finite (size))
    return false;
  *number = (AempValue){ .type = AEMP_DOUBLE, .as.real = negative ? -size : size };
  return true;
}
