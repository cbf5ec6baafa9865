/* reports/messages.h - which send is which arrival, and what was lost.
 *
 * The rule is the one of engine/trace.h: the nth packet sent on a connection is the nth to arrive.
 * A packet whose turn it is not, by its payload and port, is looked for behind; those passed over
 * are lost.  What is remembered is what is under way, up to limits; beyond them the oldest are
 * forgotten, and counted. */
#pragma once

#include "engine/trace.h"

/* A packet that was sent. */
typedef struct
{
  uint64_t number; /* of its SEND, as given to see() */
  int64_t time_us;
  uint64_t payload;
  uint64_t port;   /* its name's hash */
} ReportPacket;

typedef struct
{
  /* `event`, with its number, is the arrival of `packet` (NULL: nobody knows of it). */
  void (*arrived) (void *user, const ReportPacket *packet, const AempTraceEvent *event,
                   uint64_t number);
  /* `packet` from one node to another will never arrive; `number` is of the event that told, or
   * of the first that did.  Nodes are by their names' hashes. */
  void (*lost) (void *user, uint64_t from, uint64_t to, const ReportPacket *packet, int64_t time_us,
                uint64_t number);
} ReportMessagesNews;

typedef struct ReportMessages ReportMessages;
ReportMessages *report_messages_new (const ReportMessagesNews *news, void *user);
void report_messages_free (ReportMessages *messages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportMessages, report_messages_free)

/* `number` rises from event to event. */
void report_messages_see (ReportMessages *messages, const AempTraceEvent *event, uint64_t number);
/* The trace is over: what was given up by its sender is lost.  The rest is under way. */
void report_messages_end (ReportMessages *messages);

uint64_t report_messages_forgotten (const ReportMessages *messages);
