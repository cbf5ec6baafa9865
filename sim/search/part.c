/* sim/search/part.c - where two runs part. */

#include "sim/search/part.h"

#include <string.h>

#define WAITING_MAX 200000 /* events of one run that the other one has not told */

/* What one host tells: so many events, and those that only one run has told so far. */
typedef struct
{
  char *name;
  uint64_t told;
  GQueue waiting[2]; /* of SimLine */
} Host;

typedef struct
{
  SimPart *part;
  SimLines *lines[2];
  GHashTable *hosts; /* by name; only looked up, but at the end */
  GPtrArray *in_order; /* of Host */
  unsigned waiting;
} Search;

static void
line_free (void *line)
{
  sim_line_free (line);
}

static SimLine *
copy_of (const SimLine *line)
{
  SimLine *copy = g_memdup2 (line, sizeof *line);
  copy->text = g_strdup (line->text);
  copy->rest = copy->text + (line->rest - line->text);
  copy->node = g_strdup (line->node);
  return copy;
}

static void
host_free (void *memory)
{
  Host *host = memory;
  for (unsigned i = 0; i < 2; i++)
    g_queue_clear_full (&host->waiting[i], line_free);
  g_free (host->name);
  g_free (host);
}

static Host *
host_of (Search *search, const char *name)
{
  Host *host = g_hash_table_lookup (search->hosts, name);
  if (host)
    return host;
  host = g_new0 (Host, 1);
  host->name = g_strdup (name);
  g_hash_table_insert (search->hosts, host->name, host);
  g_ptr_array_add (search->in_order, host);
  return host;
}

static bool
is_same (const SimLine *one, const SimLine *other)
{
  return strcmp (one->rest, other->rest) == 0;
}

/* The host's next events, as far as both runs have told them.  False: they differ. */
static bool
compare_host (Search *search, Host *host)
{
  SimPart *part = search->part;
  while (host->waiting[0].length > 0 && host->waiting[1].length > 0)
    {
      SimLine *one = g_queue_pop_head (&host->waiting[0]);
      SimLine *other = g_queue_pop_head (&host->waiting[1]);
      bool same = is_same (one, other);
      host->told++;
      search->waiting -= 2;
      if (!same)
        {
          part->host = g_strdup (host->name);
          part->host_event = host->told;
          part->own[0] = one;
          part->own[1] = other;
          return false;
        }
      sim_line_free (one);
      sim_line_free (other);
    }
  return true;
}

/* Takes the line.  False: a host's story differs. */
static bool
take (Search *search, unsigned which, SimLine *line)
{
  if (!line)
    return true;
  if (search->part->after[which]->len < SIM_PART_AFTER)
    g_ptr_array_add (search->part->after[which], copy_of (line));
  Host *host = host_of (search, line->node);
  g_queue_push_tail (&host->waiting[which], line);
  search->waiting++;
  return compare_host (search, host);
}

/* One run ends: whose story goes on in the other one? */
static void
take_first_left (Search *search)
{
  SimPart *part = search->part;
  for (unsigned i = 0; i < search->in_order->len && !part->host; i++)
    {
      Host *host = search->in_order->pdata[i];
      for (unsigned j = 0; j < 2; j++)
        if (host->waiting[j].length > 0)
          {
            part->host = g_strdup (host->name);
            part->host_event = host->told + 1;
            part->own[j] = g_queue_pop_head (&host->waiting[j]);
            break;
          }
    }
}

static void
fill_after (Search *search)
{
  for (unsigned i = 0; i < 2; i++)
    while (search->part->after[i]->len < SIM_PART_AFTER)
      {
        SimLine *line = sim_lines_next (search->lines[i]);
        if (!line)
          break;
        g_ptr_array_add (search->part->after[i], line);
      }
}

/* They part here, with these lines. */
static void
part_with (Search *search, SimLine *one, SimLine *other)
{
  bool same = true;
  search->part->parted = true;
  while (same && (one || other) && search->waiting < WAITING_MAX)
    {
      same = take (search, 0, one);
      if (same)
        same = take (search, 1, other);
      else if (other && search->part->after[1]->len < SIM_PART_AFTER)
        g_ptr_array_add (search->part->after[1], other);
      else
        sim_line_free (other);
      if (same)
        {
          one = sim_lines_next (search->lines[0]);
          other = sim_lines_next (search->lines[1]);
        }
    }
  if (same && search->waiting >= WAITING_MAX)
    {
      sim_line_free (one);
      sim_line_free (other);
    }
  else if (same)
    take_first_left (search);
  fill_after (search);
}

static void
walk_together (Search *search)
{
  SimPart *part = search->part;
  for (;;)
    {
      SimLine *one = sim_lines_next (search->lines[0]);
      SimLine *other = sim_lines_next (search->lines[1]);
      if (!one && !other)
        return;
      if (!one || !other || !is_same (one, other))
        {
          part_with (search, one, other);
          return;
        }
      sim_line_free (other);
      part->together++;
      host_of (search, one->node)->told++;
      if (part->before->len == SIM_PART_BEFORE)
        g_ptr_array_remove_index (part->before, 0);
      g_ptr_array_add (part->before, one);
    }
}

SimPart *
sim_part_find (SimLines *one, SimLines *other)
{
  SimPart *part = g_new0 (SimPart, 1);
  Search search = { .part = part, .lines = { one, other } };
  part->before = g_ptr_array_new_with_free_func (line_free);
  for (unsigned i = 0; i < 2; i++)
    part->after[i] = g_ptr_array_new_with_free_func (line_free);
  search.hosts = g_hash_table_new (g_str_hash, g_str_equal);
  search.in_order = g_ptr_array_new_with_free_func (host_free);
  walk_together (&search);
  for (unsigned i = 0; i < 2; i++)
    part->digest[i] = g_strdup (sim_lines_digest (search.lines[i]));
  g_hash_table_unref (search.hosts);
  g_ptr_array_unref (search.in_order);
  return part;
}

void
sim_part_free (SimPart *part)
{
  if (!part)
    return;
  g_ptr_array_unref (part->before);
  for (unsigned i = 0; i < 2; i++)
    {
      g_ptr_array_unref (part->after[i]);
      sim_line_free (part->own[i]);
      g_free (part->digest[i]);
    }
  g_free (part->host);
  g_free (part);
}
