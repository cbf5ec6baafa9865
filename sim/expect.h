/* sim/expect.h - what a scenario expects of its run, and whether it came true. */
#pragma once

#include "sim/run.h"
#include "sim/world.h"

typedef struct
{
  /* NULL: each living node is connected to each of its living seeds; or who is not.  g_free() it. */
  char *(*why_not_connected) (void *user_data);
  /* An expectation was judged. */
  void (*report) (void *user_data, const AempTraceEvent *event);
} SimExpectOps;

typedef struct SimExpectations SimExpectations;

/* All of a scenario's, planned in its world; what does not come true is added to `result`.
 * Everything that is given outlives them. */
SimExpectations *sim_expectations_new (SimWorld *world, const Scenario *scenario, SimResult *result,
                                       const SimExpectOps *ops, void *user_data);
/* To be freed when the world is played no more. */
void sim_expectations_free (SimExpectations *expectations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimExpectations, sim_expectations_free)

/* Has to see every event of the trace, with its line.  True: a remark that is expected. */
bool sim_expectations_see (SimExpectations *expectations, const AempTraceEvent *event,
                           uint64_t line);
/* Between two events of the world: if a node came or went, is all connected now? */
void sim_expectations_look (SimExpectations *expectations);
/* No fault happens from now on. */
void sim_expectations_calm (SimExpectations *expectations);
