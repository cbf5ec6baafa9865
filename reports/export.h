/* reports/export.h - a trace as other tools and documents want it.
 *
 * An export is told of the events of an excerpt, one after the other, each message when it
 * arrives or is known to be lost.  It appends to a text that is written out as it grows. */
#pragma once

#include "messages.h"
#include "summary-print.h"

/* What of a trace is wanted; what is 0 or NULL does not matter. */
typedef struct
{
  int64_t from_us; /* since the first event */
  int64_t to_us;
  bool has_to;
  GPtrArray *nodes; /* of AempName: events of these, and messages between them; NULL: all */
} ReportExcerpt;

/* An event of the excerpt. */
typedef struct
{
  const AempTraceEvent *event;
  uint64_t number;
  const ReportPacket *packet; /* of an arrival: its send, if that is in the excerpt; NULL */
} ReportMoment;

/* A message that was sent in the excerpt and is lost.  Nodes are by their names' hashes. */
typedef struct
{
  uint64_t from;
  uint64_t to;
  const ReportPacket *packet;
  int64_t time_us;
  uint64_t number;
} ReportLoss;

typedef struct
{
  const char *option;  /* "--mermaid" */
  const char *meaning; /* for --help */
  /* More are not shown: those before the failure, or the first.  0: it wants none, as all it says
   * is in the last line; UINT64_MAX: all. */
  uint64_t events_max;
  void *(*begin) (GString *out, const ReportFrame *frame);
  void (*see) (void *export, const ReportMoment *moment);
  void (*lose) (void *export, const ReportLoss *loss); /* NULL: does not matter */
  void (*end) (void *export); /* frees it as well */
} ReportExportOps;

extern const ReportExportOps report_junit;
extern const ReportExportOps report_tap;
extern const ReportExportOps report_shiviz;
extern const ReportExportOps report_chrome;
extern const ReportExportOps report_svg;
extern const ReportExportOps report_mermaid;
extern const ReportExportOps *const report_exports[]; /* ends with NULL */

/* Names by their hashes, numbered as they come. */
typedef struct
{
  GHashTable *places; /* hash → place + 1 */
  GPtrArray *names;   /* of AempName */
} ReportLanes;
void report_lanes_init (ReportLanes *lanes);
void report_lanes_clear (ReportLanes *lanes);
unsigned report_lanes_add (ReportLanes *lanes, const AempName *name);
/* False: it was not added. */
bool report_lanes_find (const ReportLanes *lanes, uint64_t hash, unsigned *place);

/* Reads the trace once more, for one export.  False with an error: it could not be read, or not
 * be written. */
bool report_export (const ReportExportOps *ops, const ReportFrame *frame,
                    const ReportExcerpt *excerpt, int64_t begin_us, const char *path,
                    GError **error);
