/* scenarios/parse.c */
