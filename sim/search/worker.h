/* sim/search/worker.h - what a pool of trials and its worker processes say to each other.
 *
 * A stream socket: requests one way, results the other, in the same order.  Both ends are the
 * same program, so what goes over it are its own structs.  Beside it is a page that both
 * have, in which the worker leaves behind how far it is. */
#pragma once

#include "sim/search/trial.h"

typedef struct
{
  unsigned number;
  unsigned plan;
  uint64_t seed;
} SimTrialRequest;

/* --- The worker's side --- */

typedef struct
{
  const SimTrialPlan *const *plans;
  unsigned plans_count;
  SimTrialPlay play;
  int channel;
  volatile SimPulse *pulse;
} SimWorker;

/* Plays what is asked for until the channel ends.  What the process writes to its standard error, which is
 * a file of its own, goes into the results. */
void sim_worker_serve (const SimWorker *worker);

/* --- Both --- */

/* Takes what was written to such a file, and empties it; NULL: nothing. */
char *sim_worker_take_report (int report_fd);
/* Takes the report, and what it says about how the run went. */
void sim_worker_judge_report (SimTrialResult *result, char *report);

/* Descriptors of a fresh process. */
#define SIM_WORKER_CHANNEL_FD 3
#define SIM_WORKER_PULSE_FD 4

/* The first thing that a fresh process is sent.  False: it is gone. */
bool sim_worker_send_plan (int channel, const SimTrialPlan *plan);
/* False: the other end is gone. */
bool sim_worker_send (int channel, const void *bytes, size_t length);
/* Takes `length` bytes; false: the end came first. */
bool sim_worker_receive (int channel, void *bytes, size_t length);
/* NULL: the other end is gone, and this result did not come in full. */
SimTrialResult *sim_worker_receive_result (int channel);
