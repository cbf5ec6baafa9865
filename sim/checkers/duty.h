/* sim/checkers/duty.h - what a node owes at once: told losses and deaths, reasons, kills.
 *
 * A duty arises from an event and is judged when the node's clock has moved on (see
 * SIM_AT_ONCE_US), so that it does not matter in which order a node reports what it does
 * at one instant. */
#pragma once

#include "ledger.h"

typedef enum
{
  SIM_DUTY_TELL_LOSS,  /* 3: the monitor has to fire, a message was lost */
  SIM_DUTY_TELL_DEATH, /* 5: … the local port is dead or was never there */
  SIM_DUTY_EXPLAIN,    /* 5: `transport_error` needs a loss of that node */
  SIM_DUTY_KILL,       /* 6: the linked port has to die */
} SimDutyKind;

struct SimDuty
{
  SimDutyKind kind;
  uint64_t number;   /* the monitor's */
  SimNode *node;     /* of the port … */
  AempName *port;    /* … that is watched, or to be killed */
  AempName *watched; /* KILL: the port whose death did it (its node: `watched_node`) */
  SimNode *watched_node;
  uint64_t message;  /* TELL_LOSS: the first that was lost, … */
  int64_t sent_us;   /* … and when it was sent */
  int64_t due_us;
  uint64_t line;
  GList in_node;
};

/* A duty of `node` about the port that `watch` is on; the caller fills in the rest. */
SimDuty *sim_duty_add (SimNode *node, SimDutyKind kind, const SimWatch *watch, int64_t due_us,
                       uint64_t line);
/* Judges all duties of `node` that were due before `now_us`, or for good. */
void sim_duties_judge (SimLedger *ledger, SimNode *node, int64_t now_us, SimFindings *findings);
void sim_duties_drop (SimNode *node);
