/* tests/unit/story.h - small stories of events, and what a checker says to them.
 *
 * A story is lines of text: the time in seconds, the node, the event, and its fields in the
 * order of the catalogue in engine/trace.h, `-` for an empty one; those at the end may be
 * missing.  Connections, numbers and hashes are numbers; a hash may also be a word, and then
 * is that of the reason of this one word (`normal`: of the empty reason).  The text is the rest of the
 * line.  What stands behind a `~` is for the reader only.
 *
 *     1.0  ruth  send  rain a1 7     ~ port a1 of rain, payload 7 */
#pragma once

#include "engine/value.h"
#include "sim/checkers/jury.h"

typedef struct
{
  SimFindings findings;
  int64_t end_us;
} Story;

/* How a story ends. */
#define STORY_GOES_ON false
#define STORY_IS_CALM true

/* Plays a story of several parts, one after the other, NULL at the end, to a checker. */
Story *story_play (const SimCheckerOps *ops, bool calm, double end_seconds, ...)
    G_GNUC_NULL_TERMINATED;
void story_free (Story *story);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Story, story_free)

/* Nothing is wrong, and the promise was tried on `judged` things. */
void story_is_fine (const Story *story, int promise, uint64_t judged);
/* Exactly this one promise is broken, once, at this line, and the text holds `part`. */
void story_breaks (const Story *story, int promise, uint64_t line, const char *part);

/* ruth and rain, connected over connection 1, 10 ms after they began; 8 lines. */
#define STORY_PAIR                                                                                 \
  "0.00  ruth  process_start  1 500\n"                                                             \
  "0.00  ruth  node_start     71\n"                                                                \
  "0.00  rain  process_start  1 500\n"                                                             \
  "0.00  rain  node_start     81\n"                                                                \
  "0.01  ruth  link_up        rain 1 1 81 hmac_sha3_512\n"                                         \
  "0.01  ruth  node_up        rain 1\n"                                                            \
  "0.01  rain  link_up        ruth 1 0 71 hmac_sha3_512\n"                                         \
  "0.01  rain  node_up        ruth 1\n"
