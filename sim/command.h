/* sim/command.h - the commands of the simulated world. */
#pragma once

/* `aemp simulate`: plays scenarios with seeds and prints verdicts. */
int sim_simulate_command (int argc, char **argv);
/* `aemp lint`: says what scenarios mean; with the actors that there are here. */
int sim_lint_command (int argc, char **argv);
/* `aemp check`: judges recorded traces, of simulations and of real nodes. */
int sim_check_command (int argc, char **argv);
/* docs/trace.md, as `aemp check --reference` prints it. */
char *sim_trace_reference (void);
/* `aemp bench simulate`, `aemp bench network`: measures it. */
int sim_bench_command (int argc, char **argv);
