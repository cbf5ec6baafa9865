/* tests/unit/oracle.h - what the tests with other people's codecs share. */
#pragma once

#include "codec-helper.h"

#define DOCUMENTS 10000
#define DAMAGES 20 /* of each */
#define NEST_MOST 6

static inline const char *
draw_word (uint64_t *seed, const char *const *words, size_t count)
{
  return words[draw_below (seed, count)];
}

/* Changes, removes or repeats some bytes. */
static inline void
damage (GByteArray *bytes, uint64_t *seed)
{
  static const char likely[] = "\"\\[]{},:0123456789.eE+-tfnu \x80\xff\xc3";
  guint place;

  for (size_t count = 1 + draw_below (seed, 2); count > 0 && bytes->len > 1; count--)
    {
      place = (guint)draw_below (seed, bytes->len);
      if (draw_below (seed, 3) == 0)
        g_byte_array_remove_index (bytes, place);
      else if (draw_below (seed, 2) == 0)
        bytes->data[place] = (uint8_t)likely[draw_below (seed, sizeof likely - 1)];
      else
        bytes->data[place] = (uint8_t)draw (seed);
    }
}
