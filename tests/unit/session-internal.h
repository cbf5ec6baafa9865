/* tests/unit/session-internal.h - what the files session*.c share. */
#pragma once

#include "session.h"

/* --- session-read.c --- */

/* All packets in the order in which they were complete, with their directions, and the seconds when
 * that was; and the codecs of both directions. */
GPtrArray *session_read (const char *capture, GString *directions, GArray *times,
                         const AempCodec *codecs[2]);
/* "LABEL: value value\n" */
void session_write (GString *out, const char *label, const AempList *list);

/* --- session-act.c --- */

AempNode *session_node (Session *session);
/* A recorded packet with our names in it. */
AempMessage *session_translate (Session *session, const AempList *packet);
/* An element as text; "": there is none. */
char *session_dup (const AempList *packet, unsigned index);
/* A call is known by what it says; its reply port by what our node sends then. */
bool session_is_call (const AempList *packet);

/* --- session.c --- */

AempList session_packet (const Session *session, unsigned index);
bool session_is_mine (const Session *session, unsigned index);
