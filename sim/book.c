/* sim/book.c - what chance decides in a world: noted, and told otherwise. */
#include "sim/book.h"

#include <string.h>

struct SimBook
{
  SimBookHead head; /* what luck.c looks at */
  SimDecided decided;
  void *user_data;
  GHashTable *labels;    /* key of a luck to its label; never walked */
  GHashTable *overrides; /* "IDENTITY LABEL" to value; never walked */
  bool nothing_else;
};

SimBook *
sim_book_new (void)
{
  SimBook *book = g_new0 (SimBook, 1);
  book->labels = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  book->overrides = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return book;
}

void
sim_book_free (SimBook *book)
{
  if (!book)
    return;
  g_hash_table_unref (book->labels);
  g_hash_table_unref (book->overrides);
  g_free (book);
}

void
sim_book_draw_again (SimBook *book, uint64_t again)
{
  book->head.again = again;
}

void
sim_book_tell (SimBook *book, SimDecided decided, void *user_data, bool reads)
{
  book->decided = decided;
  book->user_data = user_data;
  book->head.knows_labels = book->head.knows_labels || reads;
}

static char *
place_of (const char *label, uint64_t identity)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", identity, label);
}

void
sim_book_override (SimBook *book, const char *label, uint64_t identity, int64_t value)
{
  g_hash_table_replace (book->overrides, place_of (label, identity),
                        g_memdup2 (&value, sizeof value));
  book->head.knows_labels = book->head.tells_otherwise = true;
}

void
sim_book_decide_nothing_else (SimBook *book)
{
  book->nothing_else = true;
  book->head.tells_otherwise = true;
}

/* --- Labels ----------------------------------------------------------------------------------- */

void
sim_book_note_label (SimBook *book, uint64_t key, const char *label)
{
  if (!g_hash_table_contains (book->labels, &key))
    g_hash_table_insert (book->labels, g_memdup2 (&key, sizeof key), g_strdup (label));
}

void
sim_book_note_below (SimBook *book, uint64_t parent, uint64_t key, const char *label)
{
  if (g_hash_table_contains (book->labels, &key))
    return;
  const char *above = g_hash_table_lookup (book->labels, &parent);
  g_assert (above); /* all luck in a book comes from sim_book_luck() */
  g_hash_table_insert (book->labels, g_memdup2 (&key, sizeof key),
                       g_strconcat (above, "/", label, NULL));
}

SimLuck
sim_book_luck (SimBook *book, uint64_t seed, const char *label)
{
  SimLuck luck = sim_luck (seed, label);
  luck.book = book;
  if (book && book->head.knows_labels)
    sim_book_note_label (book, luck.key, label);
  return luck;
}

/* --- Decisions -------------------------------------------------------------------------------- */

int64_t
sim_book_decide (SimBook *book, const char *label, uint64_t identity, int64_t value)
{
  const int64_t *override = NULL;
  if (g_hash_table_size (book->overrides) > 0)
    {
      g_autofree char *place = place_of (label, identity);
      override = g_hash_table_lookup (book->overrides, place);
    }
  if (override)
    value = *override;
  else if (book->nothing_else)
    value = 0;
  if (value != 0 && book->decided)
    book->decided (book->head.knows_labels ? label : NULL, identity, value, book->user_data);
  return value;
}

int
sim_book_draws (SimBook *book, uint64_t key, uint64_t identity, int drawn)
{
  return sim_book_decide (book, g_hash_table_lookup (book->labels, &key), identity, drawn) != 0;
}
