/* sim/luck.c */
