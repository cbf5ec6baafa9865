/* sim/search/bench-explain.h - how near do explanations come to what was planted? */
#pragma once

extern const char sim_bench_explain_help[];
/* `aemp bench explain`; argv[0] is "explain". */
int sim_bench_explain (int argc, char **argv);
