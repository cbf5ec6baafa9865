/* tests/world/run-node.c - the run command alone, with the built-in actors. */
#include "net/run.h"
#include "sim/actors/actors.h"

int
main (int argc, char **argv)
{
  return net_run_command (argc, argv, sim_actors_register);
}
