/* reports/summary.h - what a trace says, counted: for the texts that people and machines read.
 *
 * Takes events one by one.  Memory is bounded: lists have the limits below, and what goes beyond
 * them is counted and not listed. */
#pragma once

#include "histogram.h"
#include "skim.h"

#define REPORT_NODES_MAX 100000
#define REPORT_LINKS_MAX 100000
#define REPORT_LINKS_TIMED_MAX 5000 /* with percentiles of their own */
#define REPORT_PORTS_MAX 100000
#define REPORT_CONNECTIONS_MAX 20000
#define REPORT_FAULTS_MAX 20000
#define REPORT_NEVER INT64_MIN

typedef struct
{
  AempName *name;
  uint64_t events;
  uint64_t processes;
  uint64_t killed;
  uint64_t vanished;
  uint64_t stopped;
  uint64_t ports_new;
  uint64_t ports_dead;
  uint64_t monitors_set;
  uint64_t monitors_fired;
} ReportNode;

/* From one node to another, or to itself. */
typedef struct
{
  ReportNode *from;
  ReportNode *to;
  uint64_t sent;
  uint64_t arrived;
  uint64_t lost;
  uint64_t connections;    /* that came up, as `from` says */
  ReportHistogram *latency; /* NULL: none was measured */
} ReportLink;

typedef struct
{
  ReportNode *node;
  AempName *name;  /* empty: the node port */
  uint64_t sent;   /* to it */
  uint64_t arrived;
  uint64_t unknown; /* arrived, and it was not there */
} ReportPort;

typedef struct
{
  uint64_t connection;
  ReportNode *dialer;   /* NULL: did not tell */
  ReportNode *accepter;
  int64_t up_us;        /* what the first of them says */
  int64_t down_us;      /* REPORT_NEVER: it is up at the end */
  ReportNode *down_by;  /* the first to notice */
  char *why;
} ReportConnection;

typedef struct
{
  uint64_t number;   /* of the event */
  uint64_t line;     /* of the scenario */
  int64_t begin_us;
  int64_t end_us;    /* REPORT_NEVER: it has no end of its own */
  char *statement;
} ReportFault;

typedef struct ReportSummary
{
  uint64_t kinds[AEMP_TRACE_KINDS];
  int64_t begin_us;
  int64_t end_us;
  uint64_t sent;
  uint64_t arrived;
  uint64_t lost;
  uint64_t first_missed;     /* the first expectation that did not come true; 0: none */
  uint64_t unexplained;      /* arrivals without a send */
  uint64_t forgotten;        /* sends that were too many to follow */
  ReportHistogram latency;   /* between nodes */
  GPtrArray *nodes;          /* ReportNode, and so on, in the order in which they appear */
  GPtrArray *links;
  GPtrArray *ports;
  GPtrArray *connections;
  GPtrArray *faults;
  uint64_t unlisted;         /* what found its list full */
  struct ReportSummaryIndex *index;
} ReportSummary;

ReportSummary *report_summary_new (void);
void report_summary_free (ReportSummary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportSummary, report_summary_free)

void report_summary_see (ReportSummary *summary, const AempTraceEvent *event, uint64_t number);
void report_summary_end (ReportSummary *summary);
