/* engine/compare.h - the order of strings, for maps and look-ups; inside the engine. */
#pragma once

#include "value.h"

/* Order of code points; each is text or bytes. */
int aemp_compare_strings (const AempValue *one, const AempValue *other);
