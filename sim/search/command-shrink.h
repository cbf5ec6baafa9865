/* sim/search/command-shrink.h - `aemp shrink` and `aemp pin`. */
#pragma once

/* argv[0] is the command's name; gives the exit status. */
int sim_shrink_command (int argc, char **argv);
