/* sim/search/words.h - variations of a scenario's text, word by word.
 *
 * They know little of the language: many of them are no scenarios, which reading them tells. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* One, two or three words in a row taken out of a line, everywhere.  Of char *. */
GPtrArray *sim_words_fewer (const char *text);
/* A number made simpler: smaller, or rounder; of a range one end.  Of char *. */
GPtrArray *sim_words_simpler (const char *text);

#define SIM_SIMPLER_MAX 10
/* Numbers that are simpler than `number`, which is more than 0, the simplest first; how many. */
unsigned sim_simpler_numbers (int64_t number, int64_t simpler[SIM_SIMPLER_MAX]);
