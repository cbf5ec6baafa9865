/* net/suggest.c - see suggest.h. */
#include "net/suggest.h"

#include <glib.h>
#include <string.h>

#define WORD_MAX_BYTES 40 /* longer ones are no slips of a finger */

/* Letters to change, add, leave out or swap with their neighbour. */
static unsigned
distance (const char *one, const char *other)
{
  unsigned rows[3][WORD_MAX_BYTES + 1];
  size_t one_length = strlen (one);
  size_t other_length = strlen (other);
  unsigned *before = rows[0], *above = rows[1], *row = rows[2];

  for (size_t k = 0; k <= other_length; k++)
    above[k] = (unsigned)k;
  for (size_t i = 1; i <= one_length; i++)
    {
      unsigned *spare = before;

      row[0] = (unsigned)i;
      for (size_t k = 1; k <= other_length; k++)
        {
          unsigned changed = above[k - 1] + (one[i - 1] != other[k - 1]);

          row[k] = MIN (changed, MIN (above[k], row[k - 1]) + 1);
          if (i > 1 && k > 1 && one[i - 1] == other[k - 2] && one[i - 2] == other[k - 1])
            row[k] = MIN (row[k], before[k - 2] + 1);
        }
      before = above;
      above = row;
      row = spare;
    }
  return above[other_length];
}

const char *
net_closest (const char *word, const char *const *known)
{
  const char *closest = NULL;
  unsigned least = (unsigned)MAX (strlen (word) / 3, 1) + 1;

  if (strlen (word) > WORD_MAX_BYTES)
    return NULL;
  for (; *known; known++)
    {
      unsigned away = strlen (*known) > WORD_MAX_BYTES ? least : distance (word, *known);

      if (away < least)
        {
          least = away;
          closest = *known;
        }
    }
  return closest;
}

char *
net_suggestion (const char *word, const char *const *known)
{
  const char *closest = net_closest (word, known);

  return closest ? g_strdup_printf (" (did you mean %s?)", closest) : g_strdup ("");
}
