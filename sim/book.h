/* sim/book.h - what chance decides in a world: noted, and told otherwise.
 *
 * Most of chance is noise: how long things take, in which order they happen.  A decision is what
 * departs from what is usual: a packet is lost, a read is short, a name is not found, a storm
 * strikes.  Each has a label and an identity (luck.h) that belong to what it is about, so a
 * run can be played again with some decisions taken back or put in, and all others as they
 * were; whatever the seed.
 *
 * Labels are known only to a book that somebody reads; otherwise decisions are counted. */
#pragma once

#include "sim/luck.h"

#include <glib.h>
#include <stdbool.h>

/* `value` is not 0; `label` is NULL in a book that nobody reads. */
typedef void (*SimDecided) (const char *label, uint64_t identity, int64_t value, void *user_data);

SimBook *sim_book_new (void);
void sim_book_free (SimBook *book);

/* From now on all that is drawn is another thing, as `again` (not 0) decides. */
void sim_book_draw_again (SimBook *book, uint64_t again);

/* What follows comes before the first draw. */

/* Tells of each decision; `reads`: with labels. */
void sim_book_tell (SimBook *book, SimDecided decided, void *user_data, bool reads);
/* This has that value, whatever chance says. */
void sim_book_override (SimBook *book, const char *label, uint64_t identity, int64_t value);
/* … and everything else is as usual. */
void sim_book_decide_nothing_else (SimBook *book);

/* The luck of that name, whose draws, and those of all below it, are in the book (NULL: in none). */
SimLuck sim_book_luck (SimBook *book, uint64_t seed, const char *label);
/* A decision without a draw of its own: `value` is what it would be; returns what it is. */
int64_t sim_book_decide (SimBook *book, const char *label, uint64_t identity, int64_t value);
