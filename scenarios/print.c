/* scenarios/print.c */
