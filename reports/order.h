/* reports/order.h - the traces of several nodes as one, in the order of cause.
 *
 * A node's own events keep their order.  A message arrives after it was sent, and who meets a
 * process does so after it began (reports/passage.h).  Among what may happen next the earliest
 * comes first, by clocks that are set by each other (reports/clocks.h); what a node does at one
 * instant stays together.  However wrong the clocks are, causes come first; with clocks that
 * are right little waits.  Only the next event of each node is in memory.
 *
 * A node that was started again has several traces, or one that was continued.  A process whose
 * trace breaks off is told to have been killed.  The trace of a simulation, which has all
 * nodes, is in order already, and comes alone. */
#pragma once

#include "trace-file.h"

typedef struct ReportOrder ReportOrder;

/* Reads all of them once, for their clocks.  NULL with an error that names the file. */
ReportOrder *report_order_new (const char *const *paths, GError **error);
void report_order_free (ReportOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportOrder, report_order_free)

/* The next event, until the next call; its time counts from the first one's, unless it is of a
 * simulation.  `place` says where it stands: with one file it is the line.  NULL: that was the
 * last, or there is an error. */
const AempTraceEvent *report_order_next (ReportOrder *order, uint64_t *place, GError **error);

/* "rain.jsonl:12". */
char *report_place_text (const ReportOrder *order, uint64_t place);
/* A text of a checker, in which "line NUMBER" is a place: with the files' names in it. */
char *report_order_name_places (const ReportOrder *order, const char *text);

/* Did the latest event end a process in peace, and is no other one of its node to come? */
bool report_order_is_farewell (const ReportOrder *order);

/* What is known at the end (the maps until the order is freed). */
bool report_order_is_simulated (const ReportOrder *order);
const AempValue *report_order_head (const ReportOrder *order); /* of the first file */
const AempValue *report_order_tail (const ReportOrder *order); /* of a simulation; NULL: cut off */
/* Those of a simulation are not counted: 0. */
unsigned report_order_nodes (const ReportOrder *order);
unsigned report_order_lives (const ReportOrder *order);
unsigned report_order_cut (const ReportOrder *order); /* lives whose trace breaks off */
/* Of each node with a clock of its own: its name, and by how much its wall clock is ahead of the
 * first one's.  False: nobody knows, or there is no such node. */
bool report_order_clock (const ReportOrder *order, unsigned node, const char **name,
                         int64_t *ahead_us);
/* What stands before its cause in every order: how often, and the first of it. */
uint64_t report_order_breaks (const ReportOrder *order);
const char *report_order_first_break (const ReportOrder *order);
