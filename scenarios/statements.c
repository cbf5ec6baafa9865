/* scenarios/statements.c */
