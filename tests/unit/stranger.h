/* tests/unit/stranger.h - a peer that is no node of ours: it says what a test writes.
 *
 * With it a test plays a Perl node (no `instance`, no `dial`), somebody who only claims to be
 * a friend, or somebody who sends what nobody should. */
#pragma once

#include "town.h"

typedef struct
{
  AempStream *stream;
  GString *said;  /* by us: the greeting, for the auth line */
  GString *heard; /* all that came */
  const char *understands; /* framings; json unless set */
  const char *speaks;
  bool opened;
  bool closed;
} Stranger;

/* Connects from a process (its environment) to a node of the town. */
Stranger *stranger_dial (AempEnv *env, const char *address);
/* Listens at port 4040 of the process's host; the next connection is taken. */
Stranger *stranger_listen (AempEnv *env, AempListener **listener);
void stranger_free (Stranger *stranger);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stranger, stranger_free)

void stranger_say (Stranger *stranger, const char *text);
void stranger_say_bytes (Stranger *stranger, const uint8_t *bytes, size_t length);
/* Greets as a node: `keys` is "" or like "instance=x;dial=1". */
void stranger_greet (Stranger *stranger, const char *node_id, const char *nonce, const char *keys);
/* Gives the auth line for the greeting that was heard. */
void stranger_prove (Stranger *stranger, const char *secret, const char *options);
/* Such a line, without its end, for these four lines of both. */
char *stranger_proof (const char *secret, const char *lines, const char *framing);
/* Has the other side given its auth line? */
bool stranger_was_answered (const Stranger *stranger);
