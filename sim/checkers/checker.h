/* sim/checkers/checker.h - what judges a trace.
 *
 * A checker sees trace events and nothing else, streaming, with memory bounded by what
 * is under way: the same one judges a simulation as it runs and the recorded trace of
 * real nodes.  It judges one or more of the promises of docs/promises.md by number. */
#pragma once

#include "engine/trace.h"

#define SIM_PROMISES 14

/* One promise broken. */
typedef struct
{
  int promise;
  int64_t time_us;
  uint64_t line; /* of the trace: the event at which it was noticed */
  char *text;    /* who, what, when: one line for a newcomer */
} SimBreach;

/* Where checkers write what they find. */
typedef struct
{
  uint64_t judged[SIM_PROMISES + 1];   /* how many things each promise was tried on */
  uint64_t breaches[SIM_PROMISES + 1]; /* how many were wrong */
  GPtrArray *kept;                      /* the first SimBreach of each promise, and some more */
  struct SimLedger *ledger;             /* what the checkers share, while there are some */
  uint64_t line;                        /* of the trace: the latest event */
  uint8_t curious;                      /* the bits of checkers that want to see all events now */
} SimFindings;

typedef struct SimChecker SimChecker;
typedef struct
{
  const char *name;        /* "delivery": its group; several may share one */
  const int *promises;     /* ends with 0 */
  const char *const *units; /* what is counted for each of them, one and more: "message|messages" */
  uint64_t kinds; /* of events that it wants to see: SIM_KIND's bits */
  SimChecker *(*new) (SimFindings *findings);
  /* After the ledger has seen it.  NULL: the ledger's news are all that it needs. */
  void (*see) (SimChecker *checker, const AempTraceEvent *event, uint64_t line);
  /* The trace is over at `time_us`; nothing is under way for good any more when `calm`:
   * the network had all the time it may need to come to rest. */
  void (*end) (SimChecker *checker, int64_t time_us, bool calm);
  void (*free) (SimChecker *checker);
} SimCheckerOps;

struct SimChecker
{
  const SimCheckerOps *ops; /* every checker begins with this */
  SimFindings *findings;
  uint8_t bit; /* the jury's: which of its checkers this is */
};

#define SIM_KIND(NAME) (UINT64_C (1) << AEMP_TRACE_##NAME)

void sim_findings_init (SimFindings *findings);
void sim_findings_clear (SimFindings *findings);
/* Notes a breach; the text is made by printf's rules. */
void sim_findings_breach (SimFindings *findings, int promise, int64_t time_us, uint64_t line,
                           const char *format, ...) G_GNUC_PRINTF (5, 6);

/* "order", "no holes", "loss is told", …: the promise's short name. */
const char *sim_promise_name (int promise);
/* What it says, in one sentence. */
const char *sim_promise_sentence (int promise);

/* All checkers, in the order of their promises; NULL ends them. */
extern const SimCheckerOps *const sim_checkers[];
extern const SimCheckerOps sim_checker_delivery;
extern const SimCheckerOps sim_checker_monitors;
extern const SimCheckerOps sim_checker_node_events;
extern const SimCheckerOps sim_checker_ports;
extern const SimCheckerOps sim_checker_database;
extern const SimCheckerOps sim_checker_network;
extern const SimCheckerOps sim_checker_admission;
extern const SimCheckerOps sim_checker_functions;
