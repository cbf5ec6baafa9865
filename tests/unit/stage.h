/* tests/unit/stage.h - built-in actors in a town, for stories about them. */
#pragma once

#include "sim/actors/actors.h"
#include "town.h"

/* rain and ruth, who know the actors. */
Town *stage_new (uint64_t seed);
/* "rain.sink" on rain; its options by a format of one map. */
void stage_act (Town *town, const char *name, const char *kind, const char *format, ...);
/* How often did this actor remark that?  A whole remark, or (ends with a blank) its begin.
 * Fails if some actor made a remark that the language is not told of. */
unsigned stage_noted (Town *town, const char *actor, const char *remark);
/* What the directory of the actor's node answers: its port ID, for g_free(). */
char *stage_port (Town *town, const char *name);
/* The world loses the connection between rain and ruth. */
void stage_lose_connection (Town *town);
/* The function `aemp::actor` in place of a node's directory: every actor is the port that
 * `user_data` names. */
void stage_answer_with_port (AempNode *node, const AempList *arguments, void *user_data);
