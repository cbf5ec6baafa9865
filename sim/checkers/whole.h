/* sim/checkers/whole.h - is the network whole now?  For those who ask in the middle of a run.
 *
 * The checkers of promises 11 and 12 know; whoever asks has one of his own. */
#pragma once

#include "checker.h"

/* All living nodes that have seeds, or are one, are one network.  Meant to be asked often. */
bool sim_network_is_one (SimChecker *network);
/* NULL: it is; or who waits for what.  g_free() it. */
char *sim_network_why_not_one (SimChecker *network);

/* All monitors of a group have been told, and of just what its nodes have set now. */
bool sim_database_is_equal (SimChecker *database);
char *sim_database_why_not_equal (SimChecker *database);
