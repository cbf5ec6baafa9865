/* reports/passage.h - what has been sent so far, and so may arrive.
 *
 * See "Which send is which delivery?" in engine/trace.h: the nth packet sent on a connection is
 * the nth to arrive.  So to know whether an arrival may happen now it takes two numbers for
 * each direction of a connection, and the number of packets that wait for one.  Nothing is
 * remembered of connections that are over at both ends. */
#pragma once

#include "engine/trace.h"

typedef struct ReportPassage ReportPassage;

ReportPassage *report_passage_new (void);
void report_passage_free (ReportPassage *passage);

/* A node whose trace is there; arrivals from others may always happen. */
void report_passage_add_node (ReportPassage *passage, const AempName *node);
/* Some process of it begins as this instance: who meets it does so later. */
void report_passage_add_instance (ReportPassage *passage, const AempName *node, uint64_t instance);
/* Some process of it ends with this connection up. */
void report_passage_add_fall (ReportPassage *passage, const AempName *node, uint64_t connection);
/* Nothing more comes from this node, in none of its lives. */
void report_passage_end_node (ReportPassage *passage, const AempName *node);

/* Has what this event follows from happened? */
bool report_passage_may (const ReportPassage *passage, const AempTraceEvent *event);
/* The same, and what it probably follows from: that a connection is lost, from the end of the
 * process that had it till then.  It may have been the other way round. */
bool report_passage_should (const ReportPassage *passage, const AempTraceEvent *event);
/* It happens. */
void report_passage_see (ReportPassage *passage, const AempTraceEvent *event);
/* How many connections are remembered. */
unsigned report_passage_size (const ReportPassage *passage);
