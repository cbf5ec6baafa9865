/* sim/parity/command.h - the command that holds the simulated TCP against the kernel's. */
#pragma once

/* `aemp parity`: gives the exit status. */
int parity_command (int argc, char **argv);
