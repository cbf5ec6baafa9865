/* scenarios/lint.c */
