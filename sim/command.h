/* sim/command.h - the commands of the simulated world. */
#pragma once

/* `aemp simulate`: plays scenarios with seeds and prints verdicts. */
int sim_simulate_command (int argc, char **argv);
/* `aemp lint`: says what scenarios mean; with the actors that there are here. */
int sim_lint_command (int argc, char **argv);
/* `aemp bench simulate`, `aemp bench network`: measures it. */
int sim_bench_command (int argc, char **argv);
