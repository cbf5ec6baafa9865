/* reports/clocks.c */

#include "clocks.h"

#define SAMPLES_MAX 99 /* of one pair of lives; the first ones */

typedef struct
{
  int64_t wall_us;
  int64_t offset_us;
  bool is_set;
} Life;

/* LINK_UP of one end, which waits for that of the other. */
typedef struct
{
  uint64_t connection;
  unsigned life;
  int64_t time_us;
} Meeting;

/* Two lives that met. */
typedef struct
{
  uint64_t key;
  unsigned one;
  unsigned other;
  GArray *ahead_us; /* of int64_t: by how much the clock of `one` was ahead */
} Acquaintance;

struct ReportClocks
{
  GArray *lives;
  GHashTable *meetings;      /* by connection */
  GHashTable *acquaintances; /* by key, for look-ups; … */
  GPtrArray *all;            /* … in the order in which they met */
};

static void
acquaintance_free (void *memory)
{
  Acquaintance *acquaintance = memory;

  g_array_unref (acquaintance->ahead_us);
  g_free (acquaintance);
}

ReportClocks *
report_clocks_new (void)
{
  ReportClocks *clocks = g_new0 (ReportClocks, 1);

  clocks->lives = g_array_new (false, false, sizeof (Life));
  clocks->meetings = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  clocks->acquaintances = g_hash_table_new (g_int64_hash, g_int64_equal);
  clocks->all = g_ptr_array_new_with_free_func (acquaintance_free);
  return clocks;
}

void
report_clocks_free (ReportClocks *clocks)
{
  if (!clocks)
    return;
  g_hash_table_unref (clocks->meetings);
  g_hash_table_unref (clocks->acquaintances);
  g_ptr_array_unref (clocks->all);
  g_array_unref (clocks->lives);
  g_free (clocks);
}

unsigned
report_clocks_add (ReportClocks *clocks, int64_t wall_us)
{
  const Life life = { .wall_us = wall_us };

  g_array_append_val (clocks->lives, life);
  return clocks->lives->len - 1;
}

static Acquaintance *
acquaintance_of (ReportClocks *clocks, unsigned one, unsigned other)
{
  const uint64_t key = (uint64_t)one << 32 | other;
  Acquaintance *acquaintance = g_hash_table_lookup (clocks->acquaintances, &key);

  if (acquaintance)
    return acquaintance;
  acquaintance = g_new (Acquaintance, 1);
  *acquaintance = (Acquaintance){ key, one, other, g_array_new (false, false, sizeof (int64_t)) };
  g_hash_table_insert (clocks->acquaintances, &acquaintance->key, acquaintance);
  g_ptr_array_add (clocks->all, acquaintance);
  return acquaintance;
}

void
report_clocks_meet (ReportClocks *clocks, unsigned life, uint64_t connection, int64_t time_us)
{
  Meeting *former = g_hash_table_lookup (clocks->meetings, &connection);
  Acquaintance *acquaintance;
  int64_t ahead_us;

  if (!former)
    {
      Meeting *meeting = g_new (Meeting, 1);

      *meeting = (Meeting){ connection, life, time_us };
      g_hash_table_insert (clocks->meetings, &meeting->connection, meeting);
      return;
    }
  if (former->life == life)
    return;
  acquaintance = acquaintance_of (clocks, MIN (life, former->life), MAX (life, former->life));
  ahead_us = life < former->life ? time_us - former->time_us : former->time_us - time_us;
  if (acquaintance->ahead_us->len < SAMPLES_MAX)
    g_array_append_val (acquaintance->ahead_us, ahead_us);
  g_hash_table_remove (clocks->meetings, &connection);
}

/* --- Setting --- */

static int
compare_times (const void *one, const void *other)
{
  const int64_t a = *(const int64_t *)one;
  const int64_t b = *(const int64_t *)other;

  return (a > b) - (a < b);
}

static int64_t
median (GArray *times)
{
  g_array_sort (times, compare_times);
  return g_array_index (times, int64_t, times->len / 2);
}

static Life *
life_at (const ReportClocks *clocks, unsigned life)
{
  return &g_array_index (clocks->lives, Life, life);
}

/* One of the two may set the other's clock. */
static bool
set_by_acquaintance (const ReportClocks *clocks, const Acquaintance *acquaintance)
{
  Life *one = life_at (clocks, acquaintance->one);
  Life *other = life_at (clocks, acquaintance->other);

  if (one->is_set == other->is_set)
    return false;
  if (one->is_set)
    other->offset_us = one->offset_us + median (acquaintance->ahead_us);
  else
    one->offset_us = other->offset_us - median (acquaintance->ahead_us);
  one->is_set = other->is_set = true;
  return true;
}

static void
set_all_acquainted (const ReportClocks *clocks)
{
  bool changed;

  do
    {
      changed = false;
      for (unsigned at = 0; at < clocks->all->len; at++)
        changed |= set_by_acquaintance (clocks, clocks->all->pdata[at]);
    }
  while (changed);
}

void
report_clocks_set (ReportClocks *clocks)
{
  for (unsigned at = 0; at < clocks->lives->len; at++)
    {
      Life *life = life_at (clocks, at);

      if (life->is_set)
        continue;
      life->offset_us = life->wall_us;
      life->is_set = true;
      set_all_acquainted (clocks);
    }
}

int64_t
report_clocks_offset_us (const ReportClocks *clocks, unsigned life)
{
  return life_at (clocks, life)->offset_us;
}

bool
report_clocks_ahead_us (const ReportClocks *clocks, unsigned life, int64_t *ahead_us)
{
  const Life *first = life_at (clocks, 0);
  const Life *this = life_at (clocks, life);

  *ahead_us = (this->wall_us - this->offset_us) - (first->wall_us - first->offset_us);
  return this->wall_us != 0 && first->wall_us != 0;
}
