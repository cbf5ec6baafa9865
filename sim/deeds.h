/* sim/deeds.h - what a scenario does to the world, at its times.
 *
 * Every statement of the story is planned when the deeds are made.  Each is reported as it
 * happens, and what a statement began for a while is reported once more when it is over:
 * by itself, or by a calm, which ends everything. */
#pragma once

#include "engine/trace.h"
#include "scenarios/scenario.h"
#include "sim/world.h"

typedef struct
{
  SimHost *(*host) (void *user_data, unsigned node);
  SimProcess *(*process) (void *user_data, unsigned node); /* NULL: it has none */
  void (*start) (void *user_data, unsigned node);          /* it has none */
  void (*stop) (void *user_data, unsigned node, bool vanishes); /* its process, if it has one */
  void (*calm) (void *user_data); /* all faults are over */
  void (*report) (void *user_data, const AempTraceEvent *event); /* without time and node */
} SimDeedsOps;

typedef struct SimDeeds SimDeeds;

/* `scenario` and `ops` outlive the deeds. */
SimDeeds *sim_deeds_new (SimWorld *world, const Scenario *scenario, const SimDeedsOps *ops,
                         void *user_data);
/* From now on each fault that the scenario says itself, and has not begun, happens in half of all cases
 * only, as the world's luck decides; what ends a fault goes with it. */
void sim_deeds_draw_again (SimDeeds *deeds);
/* To be freed when the world is played no more. */
void sim_deeds_free (SimDeeds *deeds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimDeeds, sim_deeds_free)
