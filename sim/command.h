/* sim/command.h - `aemp simulate`: plays scenarios with seeds and prints verdicts. */
#pragma once

int sim_simulate_command (int argc, char **argv);
