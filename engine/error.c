/* engine/error.c */
