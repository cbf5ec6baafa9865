/* net/command-bench-node.h - `aemp bench node`: how fast real nodes are. */
#pragma once

extern const char net_bench_node_help[];
/* argv[0] is "node". */
int net_bench_node (int argc, char **argv);
