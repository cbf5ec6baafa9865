/* sim/search/signature.h - what it means to fail in the same way.
 *
 * Two runs fail the same way when their signatures are equal: the kind of verdict, the promise or the
 * expectation, and what was said about it without what differs from seed to seed, which are
 * numbers, times, and the names of nodes, ports and actors.
 *
 *     promise 3, loss is told: NODE → PORT: message N, sent at N s, was lost, …
 */
#pragma once

#include "scenarios/scenario.h"

#define SIM_SIGNATURE_MAX_BYTES 240

/* `text` with all names and numbers taken out; `scenario` (may be NULL) has the names.  g_free() it. */
char *sim_signature_plain (const Scenario *scenario, const char *text);
/* `kind` is what stands in front: "promise 3, loss is told"; "" for nothing. */
char *sim_signature (const Scenario *scenario, const char *kind, const char *text);

/* The verdict's name in front, unless it is there already, as it is where nothing else says what kind of
 * failure it was.  g_free() it. */
char *sim_signature_title (const char *verdict, const char *signature);

/* The line of what a dying process wrote that says why, without a log's decoration: a broken assertion, a
 * sanitizer's complaint with the function.  NULL: it has none.  g_free() it. */
char *sim_signature_of_report (const char *report);
/* Does a sanitizer complain in it? */
bool sim_report_is_sanitizers (const char *report);
/* … does somebody say that there was no memory? */
bool sim_report_is_of_memory (const char *report);
