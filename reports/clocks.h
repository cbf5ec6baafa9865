/* reports/clocks.h - what the clocks of several nodes have to do with each other.
 *
 * Each life of a node (a process) has a monotonic clock of its own.  A handshake takes some
 * messages in both directions, so both ends see LINK_UP about the time of one way apart: the
 * median of the differences between two lives is the difference between their clocks, within
 * the delay of a message.  From the first life on, everybody's clock is set by somebody whose
 * clock is set already; who met nobody is believed what its wall clock said.
 *
 * No order depends on this. */
#pragma once

#include "engine/trace.h"

typedef struct ReportClocks ReportClocks;

ReportClocks *report_clocks_new (void);
void report_clocks_free (ReportClocks *clocks);

/* One more life, numbered from 0; its wall clock was ahead of its own by `wall_us` (0: nobody
 * says). */
unsigned report_clocks_add (ReportClocks *clocks, int64_t wall_us);
/* It saw LINK_UP. */
void report_clocks_meet (ReportClocks *clocks, unsigned life, uint64_t connection, int64_t time_us);
/* When all lives and meetings are known. */
void report_clocks_set (ReportClocks *clocks);

/* What is to be added to its times, so that they are those of the first life. */
int64_t report_clocks_offset_us (const ReportClocks *clocks, unsigned life);
/* By how much its wall clock is ahead of that of the first life.  False: unknown. */
bool report_clocks_ahead_us (const ReportClocks *clocks, unsigned life, int64_t *ahead_us);
