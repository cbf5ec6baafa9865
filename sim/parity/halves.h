/* sim/parity/halves.h - plays many scripts in either world. */
#pragma once

#include "sim/parity/play.h"

/* One script's life in one world. */
typedef struct
{
  GArray *outcomes; /* of ParityOutcome; NULL: it could not be played */
  char *problem;    /* why */
  int64_t late_us;  /* how late the world was at worst */
} ParityLife;

void parity_life_clear (ParityLife *life);
/* Plays those of `scripts` that are `chosen` with the kernel, `jobs` at once, each in a process
 * of its own; what was in their lives before is gone. */
void parity_play_with_kernel (const GPtrArray *scripts, const bool *chosen, unsigned jobs,
                              ParityLife *lives);
/* One in the simulated world. */
void parity_play_simulated (const ParityScript *script, ParityLife *life);
