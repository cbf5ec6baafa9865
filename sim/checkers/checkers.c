/* sim/checkers/checkers.c - all of them. */

#include "checker.h"

const SimCheckerOps *const sim_checkers[] = {



  NULL,
};
