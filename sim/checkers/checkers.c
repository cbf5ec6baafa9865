/* sim/checkers/checkers.c - all of them. */

#include "checker.h"

const SimCheckerOps *const sim_checkers[] = {
  &sim_checker_delivery,
  &sim_checker_ports,
  &sim_checker_monitors,
  &sim_checker_node_events,
  &sim_checker_database,
  &sim_checker_network,
  &sim_checker_admission,
  &sim_checker_functions,
  NULL,
};
