/* sim/search/ddmin.c - delta debugging: the few of many things that it takes. */
#include "sim/search/ddmin.h"

#include <string.h>

typedef struct
{
  bool *kept;
  unsigned count;
  SimDdminTry try;
  void *user_data;
} Search;

static unsigned
count_kept (const Search *search)
{
  unsigned kept = 0;
  for (unsigned i = 0; i < search->count; i++)
    kept += search->kept[i];
  return kept;
}

/* Chunk number `chunk` of the `chunks` into which what is kept falls; or all but that one. */
static bool *
make_candidate (const Search *search, unsigned chunk, unsigned chunks, bool without)
{
  bool *has = g_new0 (bool, search->count);
  unsigned all = count_kept (search);
  unsigned first = (unsigned)((guint64)all * chunk / chunks);
  unsigned end = (unsigned)((guint64)all * (chunk + 1) / chunks);
  unsigned place = 0;
  for (unsigned i = 0; i < search->count; i++)
    if (search->kept[i])
      {
        has[i] = (place >= first && place < end) != without;
        place++;
      }
  return has;
}

/* Tries them all; takes the first that fails. */
static bool
take_first (Search *search, unsigned chunks, bool without)
{
  SimSubset *candidates = g_new (SimSubset, chunks);
  for (unsigned i = 0; i < chunks; i++)
    candidates[i].has = make_candidate (search, i, chunks, without);
  int found = search->try (search->user_data, candidates, chunks);
  if (found >= 0)
    memcpy (search->kept, candidates[found].has, search->count * sizeof *search->kept);
  for (unsigned i = 0; i < chunks; i++)
    g_free (candidates[i].has);
  g_free (candidates);
  return found >= 0;
}

/* It may take none of them. */
static bool
take_none (Search *search)
{
  g_autofree bool *nothing = g_new0 (bool, search->count);
  if (search->try (search->user_data, &(SimSubset){ nothing }, 1) < 0)
    return false;
  memset (search->kept, 0, search->count * sizeof *search->kept);
  return true;
}

/* Zeller and Hildebrandt's ddmin: a part of them; all but a part; smaller parts. */
void
sim_ddmin (bool *kept, unsigned count, SimDdminTry try, void *user_data)
{
  Search search = { kept, count, try, user_data };
  unsigned chunks = 2;
  if (count_kept (&search) == 0 || take_none (&search))
    return;
  while (count_kept (&search) >= 2)
    {
      chunks = MIN (chunks, count_kept (&search));
      if (take_first (&search, chunks, false))
        chunks = 2;
      else if (chunks > 2 && take_first (&search, chunks, true))
        chunks = MAX (chunks - 1, 2);
      else if (chunks < count_kept (&search))
        chunks *= 2;
      else
        break;
    }
}
