/* tests/unit/visitor.h - a stranger that got in: it speaks to a town's node by hand, packet by
 * packet, as Perl's nodes do, or worse. */
#pragma once

#include "stranger.h"

typedef struct
{
  Town *town;
  SimProcess *process;
  AempListener *listener;
  Stranger *stranger;
  size_t read; /* of what was heard */
} Visitor;

/* Connects to a node of the town as `id`, perhaps again, once it is freed; `keys` as for
 * stranger_greet(). */
Visitor *visitor_new (Town *town, const char *node, const char *id, const char *keys);
/* Connects from `host` as an `id` that is connected already; this takes as long as it may. */
Visitor *visitor_again (Town *town, const char *node, const char *host, const char *id);
/* Listens at `id`:4040, to be a seed; visitor_welcome() when somebody has come. */
Visitor *visitor_wait (Town *town, const char *id);
void visitor_welcome (Visitor *visitor, const char *id, const char *keys);
void visitor_free (Visitor *visitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Visitor, visitor_free)

/* Says packets, with ' for " and ` for ', and lets half a second pass. */
void visitor_say (Visitor *visitor, const char *packets);
/* What was heard since the last time is exactly this, written the same way, with blanks between packets. */
#define visitor_heard(visitor, wanted)                                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *heard_packets = visitor_take (visitor);                                       \
    g_assert_cmpstr (heard_packets, ==, wanted);                                                   \
  }                                                                                                \
  G_STMT_END
char *visitor_take (Visitor *visitor);
