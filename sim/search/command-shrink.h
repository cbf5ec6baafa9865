/* sim/search/command-shrink.h - `aemp shrink`, `aemp pin` and `aemp bench shrink`. */
#pragma once

/* argv[0] is the command's name; gives the exit status. */
int sim_shrink_command (int argc, char **argv);
int sim_pin_command (int argc, char **argv);
/* `aemp bench shrink`; argv[0] is "shrink". */
int sim_bench_shrink_command (int argc, char **argv);
