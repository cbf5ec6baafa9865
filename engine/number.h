/* engine/number.h - numbers and their digits, exact both ways. */
#pragma once

#include "value.h"

/* The longest are -18446744073709551616 and -2.2250738585072014e-308. */
#define AEMP_NUMBER_MAX_BYTES 32

/* Write digits (no ending zero) and return their end. */
char *aemp_number_write_unsigned (char *out, uint64_t number);
char *aemp_number_write_integer (char *out, const AempValue *integer);
/* The shortest digits that are read back as this very double, always with a `.` or an
 * `e`; it has to be finite. */
char *aemp_number_write_double (char *out, double number);

/* Not NaN, not infinite. */
bool aemp_number_is_finite (double number);
/* Is the double a whole number of -2^64 to 2^64 - 1?  Then `integer` is it. */
bool aemp_number_to_integer (double number, AempValue *integer);
/* The double nearest to an integer. */
double aemp_number_to_double (const AempValue *integer);

/* Is it a number as JSON spells them? */
bool aemp_number_is_spelled (const char *text, size_t length);
/* Reads such a number: an integer if it has neither `.` nor `e`, otherwise a double,
 * correctly rounded.  False if it is out of range of that. */
bool aemp_number_read (const char *text, size_t length, AempValue *number);
