/* reports/page-data.h - the events of a trace as compact columns, for the page that draws them.
 *
 * A column holds one field of all events that have it, as numbers of variable length (seven bits a
 * byte, the lowest first, the high bit says that more follow), in base64.  A kind's letters in the
 * catalogue say which fields its events have.
 *
 *   kind         a byte each          time    since the event before, zigzag
 *   node peer    index in names       port    o and f, likewise      other   t and k, likewise
 *   connection   index in connections number  as it is               text    index in texts
 *   match        of arrivals: how many events ago it was sent, 0: not known
 *
 * `lost` has pairs: the event that sent, from the one before, zigzag; when it was lost, in µs since the
 * first event, zigzag.  `gaps` has [index, number] where numbers of events do not just count on. */
#pragma once

#include "summary-print.h"

typedef struct ReportPageData ReportPageData;
/* Events numbered `first` to `last` are kept, and all of the few that faults and processes are. */
ReportPageData *report_page_data_new (uint64_t first, uint64_t last);
void report_page_data_free (ReportPageData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportPageData, report_page_data_free)

void report_page_data_see (ReportPageData *data, const AempTraceEvent *event, uint64_t number);
void report_page_data_end (ReportPageData *data);
/* The object, for a page: it has no `<`. */
void report_page_data_write (ReportPageData *data, GString *out, const ReportFrame *frame);
