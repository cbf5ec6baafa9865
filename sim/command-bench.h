/* sim/command-bench.h - what the benches share. */
#pragma once

#include "engine/config.h"

#define SIM_BENCH_RUNS_MAX 100

/* CPU time of this process, which has one thread. */
double sim_bench_cpu_seconds (void);
/* Sets a key of a configuration that cannot be wrong. */
void sim_bench_set (AempConfig *config, const char *key, const char *value);
/* The median of several figures, which are sorted. */
double sim_bench_median (double *figures, unsigned runs);
/* Prints it, and the least and the greatest beside it. */
void sim_bench_row (const char *what, const char *unit, double *figures, unsigned runs);

extern const char sim_bench_network_help[];
/* `aemp bench network`; argv[0] is "network". */
int sim_bench_network (int argc, char **argv);

extern const char sim_bench_planted_help[];
/* `aemp bench planted`; argv[0] is "planted". */
int sim_bench_planted (int argc, char **argv);
