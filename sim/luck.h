/* sim/luck.h - all the chance in a simulated world.
 *
 * Chance comes in streams named by label path ("host/ruth/nonce", "link/a-b").  A draw is
 * a hash of seed, label and identity, without state: identity says what the draw is for
 * (the connection's ordinal and the byte offset, say), never how many came before, so one
 * draw more or less anywhere shifts no other. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct
{
  uint64_t key;
  const uint64_t *again; /* while it points to something but 0, that is mixed into each draw: all
                          * luck from some time on is another one; NULL: never */
} SimLuck;

SimLuck sim_luck (uint64_t seed, const char *label);
/* A stream below another: "link/a-b" and "loss" make "link/a-b/loss". */
SimLuck sim_luck_below (SimLuck luck, const char *label);
/* … named by a number. */
SimLuck sim_luck_number (SimLuck luck, uint64_t number);

uint64_t sim_luck_draw (SimLuck luck, uint64_t identity);
/* Uniform in low … high, both included. */
int64_t sim_luck_between (SimLuck luck, uint64_t identity, int64_t low, int64_t high);
/* True in `millionths` of all cases. */
int sim_luck_chance (SimLuck luck, uint64_t identity, uint32_t millionths);
void sim_luck_bytes (SimLuck luck, uint64_t identity, void *bytes, size_t length);
