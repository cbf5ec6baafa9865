/* scenarios/scenario.c */
