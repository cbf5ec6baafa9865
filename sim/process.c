/* sim/process.c */
