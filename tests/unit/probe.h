/* tests/unit/probe.h - how a node of Perl's 2.02 answered a probe, row by row, and how ours does.
 *
 * Rows are tests/data/captures/probe-perl-2.02.jsonl.  Where ours differs on purpose, it
 * stands in tests/data/probe-differences.txt, with the reason. */
#pragma once

#include "captures.h"

/* Begins with all rows of these probes (NULL-terminated) unplayed. */
void probe_begin (const char *const *probes);
/* Each row was played, and each difference in the table was one. */
void probe_end (void);

/* The next row of this probe whose `case` or `line` is `name` (NULL: it has none). */
const AempValue *probe_row (const char *probe, const char *name);
/* Packets of such a row, as text: "[...] [...]", EOF for the end; NULL: there is no such key. */
char *probe_packets (const AempValue *row, const char *key);
/* What our node said, the same way: all packets behind the handshake's lines. */
char *probe_heard (const AempCodec *codec, const char *bytes, size_t length, bool closed);
/* What one answers equals the other, or the table says why not. */
void probe_compare (const char *probe, const char *name, const char *perl, const char *ours);
