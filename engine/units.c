/* engine/units.c - see units.h. */
#include "units.h"

#include "printable.h"

#include <string.h>

#define QUOTED_MAX_BYTES 40

static const AempUnit duration_units[] = {
  { "us", 1 },
  { "ms", 1000 },
  { "s", 1000 * 1000 },
  { "m", 60 * 1000 * 1000 },
  { "h", UINT64_C (3600) * 1000 * 1000 },
  { NULL, 0 },
};

static const AempUnit bare_seconds[] = {
  { "", 1000 * 1000 },
  { NULL, 0 },
};

static const AempUnit size_units[] = {
  { "", 1 },
  { "B", 1 },
  { "kB", 1000 },
  { "MB", 1000 * 1000 },
  { "GB", 1000 * 1000 * 1000 },
  { "KiB", 1024 },
  { "MiB", 1024 * 1024 },
  { "GiB", 1024 * 1024 * 1024 },
  { NULL, 0 },
};

static bool
refuse (GError **error, const char *expected, const char *text, const char *why)
{
  g_autofree char *quoted = aemp_printable (text, strlen (text), QUOTED_MAX_BYTES);

  g_set_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "expected %s, not \"%s\"%s%s", expected,
               quoted, why != NULL ? ": " : "", why != NULL ? why : "");
  return false;
}

/* The digits in front of the point, the ones behind it (without zeros at the end) and
 * what follows the number. */
typedef struct
{
  uint64_t whole;
  uint64_t fraction;
  uint64_t fraction_unit; /* 10 to the number of digits of the fraction */
  const char *rest;
} Decimal;

/* False: NULL in `*why` when there is no number at all, else what is wrong with it. */
static bool
read_decimal (const char *text, Decimal *decimal, const char **why)
{
  const char *at = text;

  *decimal = (Decimal){ .fraction_unit = 1 };
  *why = NULL;
  if (!g_ascii_isdigit (*at))
    return false;
  *why = "the number is too large";
  for (; g_ascii_isdigit (*at); at++)
    if (!g_uint64_checked_mul (&decimal->whole, decimal->whole, 10)
        || !g_uint64_checked_add (&decimal->whole, decimal->whole, (uint64_t)(*at - '0')))
      return false;

  if (*at == '.')
    {
      const char *digits = at + 1;
      const char *end = digits + strspn (digits, "0123456789");

      at = end;
      *why = "a digit has to follow the point";
      if (digits == end)
        return false;
      while (end > digits && end[-1] == '0')
        end--;
      *why = "too many digits behind the point";
      if (end - digits > AEMP_FRACTION_DIGITS_MAX)
        return false;
      for (; digits < end; digits++)
        {
          decimal->fraction = decimal->fraction * 10 + (uint64_t)(*digits - '0');
          decimal->fraction_unit *= 10;
        }
    }
  decimal->rest = at;
  return true;
}

static bool
scale_decimal (const Decimal *decimal, uint64_t factor, uint64_t *result, const char **why)
{
  uint64_t scaled_fraction;

  g_assert (factor <= AEMP_UNIT_FACTOR_MAX); /* so that the product below fits */
  *why = "the number is too large";
  if (!g_uint64_checked_mul (result, decimal->whole, factor))
    return false;
  scaled_fraction = decimal->fraction * factor;
  if (!g_uint64_checked_add (result, *result, scaled_fraction / decimal->fraction_unit))
    return false;
  *why = "finer than the smallest unit";
  return scaled_fraction % decimal->fraction_unit == 0;
}

static const AempUnit *
find_unit (const AempUnit *units, const char *name)
{
  for (; units->name != NULL; units++)
    if (strcmp (units->name, name) == 0)
      return units;
  return NULL;
}

static bool
parse_quantity (const char *text, const AempUnit *units, uint64_t *result, const char **why)
{
  const AempUnit *unit;
  Decimal decimal;
  uint64_t scaled;

  if (!read_decimal (text, &decimal, why))
    return false;
  unit = find_unit (units, decimal.rest);
  *why = *decimal.rest == '\0' ? "the unit is missing" : "unknown unit";
  if (unit == NULL || !scale_decimal (&decimal, unit->factor, &scaled, why))
    return false;
  *result = scaled;
  return true;
}

bool
aemp_parse_quantity (const char *text, const AempUnit *units, const char *expected,
                     uint64_t *result, GError **error)
{
  const char *why;

  return parse_quantity (text, units, result, &why) || refuse (error, expected, text, why);
}

static const char *
expected_duration (AempDurationFlags flags)
{
  if ((flags & AEMP_DURATION_BARE_SECONDS) != 0)
    return "a duration (seconds, or with a unit: 500ms, 2.5s, 1m)";
  if ((flags & AEMP_DURATION_SIGNED) != 0)
    return "a duration with a unit (500ms, 2.5s, -1h)";
  return "a duration with a unit (500ms, 2.5s, 1m)";
}

bool
aemp_parse_duration (const char *text, AempDurationFlags flags, int64_t *us, GError **error)
{
  const char *number = text;
  const char *why = NULL;
  bool negative = *text == '-';
  bool is_read;
  uint64_t magnitude;
  Decimal decimal;

  if (negative && (flags & AEMP_DURATION_SIGNED) == 0)
    return refuse (error, expected_duration (flags), text, "it must not be negative");
  if ((flags & AEMP_DURATION_SIGNED) != 0 && (*text == '-' || *text == '+'))
    number++;

  if (read_decimal (number, &decimal, &why) && *decimal.rest == '\0'
      && ((flags & AEMP_DURATION_BARE_SECONDS) != 0
          || (decimal.whole == 0 && decimal.fraction == 0)))
    is_read = parse_quantity (number, bare_seconds, &magnitude, &why);
  else
    is_read = parse_quantity (number, duration_units, &magnitude, &why);

  if (is_read && magnitude > INT64_MAX)
    return refuse (error, expected_duration (flags), text, "the number is too large");
  if (!is_read)
    return refuse (error, expected_duration (flags), text, why);
  *us = negative ? -(int64_t)magnitude : (int64_t)magnitude;
  return true;
}

bool
aemp_parse_size (const char *text, uint64_t *bytes, GError **error)
{
  return aemp_parse_quantity (text, size_units, "a size (bytes, or with a unit: 64KiB, 1MiB, 2GB)",
                              bytes, error);
}

bool
aemp_parse_boolean (const char *text, bool *result, GError **error)
{
  static const char *const yes[] = { "on", "true", "yes", "1", NULL };
  static const char *const no[] = { "off", "false", "no", "0", NULL };

  if (!g_strv_contains (yes, text) && !g_strv_contains (no, text))
    return refuse (error, "on or off", text, NULL);
  *result = g_strv_contains (yes, text);
  return true;
}

/* Writes `units` of `factor` each with as many digits behind the point as needed. */
static char *
format_decimal (const char *sign, uint64_t magnitude, uint64_t factor, const char *unit)
{
  uint64_t fraction = magnitude % factor;
  int digits = 0;

  for (uint64_t left = factor; left > 1; left /= 10)
    digits++;
  if (fraction == 0)
    return g_strdup_printf ("%s%" G_GUINT64_FORMAT "%s", sign, magnitude / factor, unit);
  while (fraction % 10 == 0)
    {
      fraction /= 10;
      digits--;
    }
  return g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%0*" G_GUINT64_FORMAT "%s", sign,
                          magnitude / factor, digits, fraction, unit);
}

char *
aemp_format_duration (int64_t us)
{
  const uint64_t second = 1000 * 1000;
  const char *sign = us < 0 ? "-" : "";
  uint64_t magnitude = us < 0 ? -(uint64_t)us : (uint64_t)us;

  if (magnitude == 0)
    return g_strdup ("0s");
  if (magnitude % (3600 * second) == 0)
    return format_decimal (sign, magnitude, 3600 * second, "h");
  if (magnitude % (60 * second) == 0)
    return format_decimal (sign, magnitude, 60 * second, "m");
  if (magnitude >= second)
    return format_decimal (sign, magnitude, second, "s");
  if (magnitude >= 1000)
    return format_decimal (sign, magnitude, 1000, "ms");
  return format_decimal (sign, magnitude, 1, "us");
}
