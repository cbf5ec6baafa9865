/* sim/search/command.h - the commands that search for bugs. */
#pragma once

/* `aemp sweep`: many seeds of many scenarios. */
int sim_sweep_command (int argc, char **argv);
/* `aemp results`: what sweeps have found. */
int sim_results_command (int argc, char **argv);
/* `aemp diverge`: where do two runs part? */
int sim_diverge_command (int argc, char **argv);
/* `aemp explain`: why does a seed fail? */
int sim_explain_command (int argc, char **argv);
/* `aemp bench explain`: how near do explanations come to what was planted?  argv[0] is "explain". */
int sim_bench_explain (int argc, char **argv);
