/* sim/luck.h - all the chance in a simulated world.
 *
 * Chance comes in streams named by label path ("host/ruth/nonce", "link/a-b").  A draw is
 * a hash of seed, label and identity, without state: identity says what the draw is for
 * (the connection's ordinal and the byte offset, say), never how many came before, so one
 * draw more or less anywhere shifts no other. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct SimBook SimBook; /* where decisions are noted: book.h */

typedef struct
{
  uint64_t key;
  SimBook *book; /* NULL: none; all luck below is in the same one */
} SimLuck;

SimLuck sim_luck (uint64_t seed, const char *label);
/* A stream below another: "link/a-b" and "loss" make "link/a-b/loss". */
SimLuck sim_luck_below (SimLuck luck, const char *label);
/* … named by a number. */
SimLuck sim_luck_number (SimLuck luck, uint64_t number);

uint64_t sim_luck_draw (SimLuck luck, uint64_t identity);
/* Uniform in low … high, both included. */
int64_t sim_luck_between (SimLuck luck, uint64_t identity, int64_t low, int64_t high);
/* True in `millionths` of all cases; this is what a book calls a decision. */
int sim_luck_chance (SimLuck luck, uint64_t identity, uint32_t millionths);
void sim_luck_bytes (SimLuck luck, uint64_t identity, void *bytes, size_t length);

/* --- For book.c --- */

typedef struct
{
  int knows_labels;
  int tells_otherwise; /* what is decided may be another thing than what is drawn */
  uint64_t again;      /* not 0: draws are others since it was set */
} SimBookHead;

void sim_book_note_label (SimBook *book, uint64_t key, const char *label);
void sim_book_note_below (SimBook *book, uint64_t parent, uint64_t key, const char *label);
int sim_book_draws (SimBook *book, uint64_t key, uint64_t identity, int drawn);
