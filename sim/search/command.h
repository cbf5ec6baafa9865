/* sim/search/command.h - the commands that search. */
#pragma once

/* `aemp diverge`: where do two runs part? */
int sim_diverge_command (int argc, char **argv);
