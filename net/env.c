/* net/env.c */
