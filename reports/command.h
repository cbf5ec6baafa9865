/* reports/command.h - `aemp report`. */
#pragma once

/* argv[0] is "report"; gives the exit status. */
int report_command (int argc, char **argv);
