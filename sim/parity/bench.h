/* sim/parity/bench.h - what the router costs. */
#pragma once

/* Measures round trips with and without it, and how many messages it passes on; prints them
 * and gives the exit status. */
int parity_bench (void);
